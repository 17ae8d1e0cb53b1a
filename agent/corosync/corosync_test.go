package corosync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hawser/agent/corosync"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite golden files")

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func setup(t testing.TB, path string) ha.Setup {
	t.Helper()
	var s ha.Setup
	if err := json.Unmarshal(read(t, path), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestNewGolden writes files and reads them back as the same cluster.
func TestNewGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/conf/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := setup(t, file)
			c, err := corosync.New(s)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimSuffix(file, ".json") + ".conf"
			if *update {
				if err := os.WriteFile(path, c.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, path); !bytes.Equal(c.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", c.Bytes(), want)
			}
			parsed, err := corosync.Parse(c.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got, err := parsed.Setup()
			if err != nil {
				t.Fatal(err)
			}
			want := s
			profile := want.Timing.Profile
			want.Timing = want.Timing.Resolved(len(want.Nodes))
			if want.Timing.Profile == "" || profile == "" {
				want.Timing.Profile = ha.ProfileBalanced
			}
			want.Autostart = false // not of this file
			if got.Links == nil || got.Quorum == nil || got.Digest() != want.Digest() {
				t.Errorf("read back as another cluster: %+v", got)
			}
			want.Links, want.Quorum = nil, nil // told apart by their digest
			got.Links, got.Quorum = nil, nil   // what Hawser would decide anyway is written out
			if !reflect.DeepEqual(got, want) {
				t.Errorf("read back as %+v, want %+v", got, want)
			}
		})
	}
}

// TestCheck lets corosync judge: it takes what Hawser writes, and refuses an unknown cipher and a cluster without this host.
func TestCheck(t *testing.T) {
	testkit.Need(t, "corosync", "address")
	own, err := testkit.Address()
	if err != nil {
		t.Fatal(err)
	}
	s := setup(t, "testdata/conf/two-nodes.json")
	for i := range s.Nodes {
		s.Nodes[i].Addresses = s.Nodes[i].Addresses[:1]
	}
	s.Nodes[0].Addresses[0] = own
	c, err := corosync.New(s)
	if err != nil {
		t.Fatal(err)
	}
	tools, key := corosync.Tools{Runner: run.System{}}, bytes.Repeat([]byte{7}, 256)
	if err := tools.Check(t.Context(), c.Bytes(), key); err != nil {
		t.Errorf("corosync refuses what Hawser writes: %v", err)
	}
	for name, conf := range map[string][]byte{
		"Cipher":    bytes.Replace(c.Bytes(), []byte("crypto_cipher: aes256"), []byte("crypto_cipher: rot13"), 1),
		"Elsewhere": bytes.Replace(c.Bytes(), []byte(own), []byte("192.0.2.77"), 1),
	} {
		if err := tools.Check(t.Context(), conf, key); err == nil {
			t.Errorf("%s: corosync takes it", name)
		}
	}
}

const foreign = `# written by somebody else
totem {
    version: 2
    cluster_name: theirs
    transport: knet
    token: 5000
    interface {
        linknumber: 0
        knet_link_priority: 9
        mcastport: 5999
    }
}
nodelist {
    node {
        ring0_addr: 10.0.0.1
        name: n1
        nodeid: 1
        quorum_votes: 2
    }
    node {
        ring0_addr: 10.0.0.2
        name: n2
        nodeid: 2
    }
}
quorum {
    provider: corosync_votequorum
    two_node: 1
    wait_for_all: 1
}
nozzle {
    name: noz1
}
`

// TestUpdateKeeps: what Hawser has no word for stays, and a third node ends two_node.
func TestUpdateKeeps(t *testing.T) {
	c, err := corosync.Parse([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Setup()
	if err != nil {
		t.Fatal(err)
	}
	s.Nodes = corosync.Number(append(s.Nodes, ha.SetupNode{Name: "n3", Addresses: []string{"10.0.0.3"}}))
	if got := s.Nodes[2].ID; got != 3 {
		t.Errorf("the new node has ID %d", got)
	}
	if err := c.Update(s); err == nil {
		t.Error("two_node with three nodes is taken")
	}
	if err := c.Update(s.Requorum(2)); err != nil {
		t.Fatal(err)
	}
	text := string(c.Bytes())
	for _, kept := range []string{"knet_link_priority: 9", "mcastport: 5999", "quorum_votes: 2", "name: noz1", "ring0_addr: 10.0.0.3"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%q is gone:\n%s", kept, text)
		}
	}
	for _, gone := range []string{"two_node", "wait_for_all"} {
		if strings.Contains(text, gone) {
			t.Errorf("%s is still there:\n%s", gone, text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"Unclosed":  "totem {\n version: 2\n",
		"Unopened":  "totem {\n}\n}\n",
		"Outside":   "version: 2\n",
		"NoSetting": "totem {\n version 2\n}\n",
		"OneLine":   "totem { version: 2 }\n",
		"TooLong":   "totem {\n a: " + strings.Repeat("x", 600) + "\n}\n",
		"Control":   "totem {\n a: \x01\n}\n",
	} {
		if c, err := corosync.Parse([]byte(text)); err == nil {
			t.Errorf("%s: read as\n%s", name, c.Bytes())
		}
	}
}

// recorded is a Runner that answers as corosync 3.1.7 did: node m1 of three, m3 is down and link 1 to m2 works.
func recorded(t *testing.T) *run.Fake {
	var f run.Fake
	f.Program("corosync-cmapctl", func(_ context.Context, c run.Command) run.Output {
		if c.Args[1] == "stats" {
			return run.Output{Stdout: read(t, "testdata/3.1.7/stats.txt")}
		}
		return run.Output{Stdout: read(t, "testdata/3.1.7/nodelist.txt")}
	})
	f.Program("corosync-quorumtool", func(context.Context, run.Command) run.Output {
		return run.Output{Stdout: read(t, "testdata/3.1.7/quorate.txt")}
	})
	return &f
}

func TestLinks(t *testing.T) {
	links, counters, err := corosync.Tools{Runner: recorded(t)}.Links(t.Context(), "m1", nil)
	if err != nil || counters["stats.knet.node2.link0.connected"] == "" {
		t.Fatal(err)
	}
	if len(links) != 4 {
		t.Fatalf("got %+v", links)
	}
	for i, want := range []ha.LinkState{
		{Node: "m1", Peer: "m2", Link: 0, Address: "10.77.0.1", Enabled: true, Connected: true},
		{Node: "m1", Peer: "m2", Link: 1, Address: "10.77.1.1", Enabled: true, Connected: true},
		{Node: "m1", Peer: "m3", Link: 0, Address: "10.77.0.1", Enabled: true},
		{Node: "m1", Peer: "m3", Link: 1, Address: "10.77.1.1", Enabled: true},
	} {
		got := links[i]
		if got.Connected && got.LatencyUS <= 0 || got.LatencyUS > 100_000 {
			t.Errorf("latency %d", got.LatencyUS)
		}
		if got.Connected && (got.WorstUS < got.LatencyUS || got.MTU == 0) {
			t.Errorf("longest latency %d, MTU %d", got.WorstUS, got.MTU)
		}
		if got.LatencyUS, got.WorstUS, got.MTU, got.Cuts = 0, 0, 0, 0; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// TestLoss counts pings without an answer since the look before.
func TestLoss(t *testing.T) {
	nodes := map[string]string{
		"nodelist.node.0.nodeid": "1", "nodelist.node.0.name": "m1", "nodelist.node.0.ring0_addr": "10.0.0.1",
		"nodelist.node.1.nodeid": "2", "nodelist.node.1.name": "m2", "nodelist.node.1.ring0_addr": "10.0.0.2",
	}
	stats := func(sent, answered string) map[string]string {
		const link = "stats.knet.node2.link0."
		return map[string]string{link + "connected": "1", link + "enabled": "1", link + "tx_ping_packets": sent, link + "rx_pong_packets": answered, link + "down_count": "3"}
	}
	for _, c := range []struct {
		name        string
		now, before map[string]string
		want        float64
	}{
		{"FirstLook", stats("1000", "500"), nil, 0},
		{"NoneLost", stats("1200", "699"), stats("1000", "500"), 0},
		{"Tenth", stats("1100", "590"), stats("1000", "500"), 10},
		{"AllLost", stats("1100", "500"), stats("1000", "500"), 100},
		{"Restarted", stats("100", "50"), stats("1000", "900"), 50},
		{"TooFew", stats("1005", "500"), stats("1000", "500"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			links := corosync.LinksFrom("m1", c.now, c.before, nodes)
			if len(links) != 1 || links[0].Loss != c.want || links[0].Cuts != 2 {
				t.Errorf("got %+v, want a loss of %v", links, c.want)
			}
		})
	}
}

func TestVotes(t *testing.T) {
	got, err := corosync.Tools{Runner: recorded(t)}.Votes(t.Context())
	if want := (corosync.Votes{Present: 2, Expected: 3, Needed: 2, Quorate: true}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDown(t *testing.T) {
	var f run.Fake
	f.Program("corosync-quorumtool", func(context.Context, run.Command) run.Output {
		return run.Output{Code: 1, Stderr: []byte("Cannot initialize CFG service\n")}
	})
	f.Program("corosync-cmapctl", func(context.Context, run.Command) run.Output {
		return run.Output{Code: 1, Stderr: []byte("Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n")}
	})
	tools := corosync.Tools{Runner: &f}
	if _, err := tools.Votes(t.Context()); !errors.Is(err, corosync.ErrDown) {
		t.Errorf("got %v", err)
	}
	if _, _, err := tools.Links(t.Context(), "m1", nil); !errors.Is(err, corosync.ErrDown) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(foreign))
	files, err := filepath.Glob("testdata/conf/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := corosync.Parse(data)
		if err != nil {
			return
		}
		again, err := corosync.Parse(c.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, c.Bytes())
		}
		if !bytes.Equal(again.Bytes(), c.Bytes()) {
			t.Errorf("read again it is another one:\n%s\n%s", c.Bytes(), again.Bytes())
		}
		s, err := c.Setup()
		if err != nil {
			return
		}
		_ = again.Update(s)
	})
}
