package corosync

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// ErrDown says that corosync does not run on this host.
var ErrDown = errors.New("corosync does not run")

// Tools runs corosync's command-line tools.
type Tools struct{ Runner run.Runner }

// Map reads keys below a prefix; the map is "icmap" for the configuration or "stats".
func (t Tools) Map(ctx context.Context, name, prefix string) (map[string]string, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-cmapctl", "-m", name, prefix))
	if err != nil {
		if run.Missing(err) || strings.Contains(run.Words(err), "Failed to initialize the cmap API") {
			return nil, fmt.Errorf("%w: %w", ErrDown, err)
		}
		if len(out.Stdout) == 0 && run.Code(err) == 1 {
			return map[string]string{}, nil // no such key
		}
		return nil, fmt.Errorf("read corosync's map: %w", err)
	}
	return parseMap(out.Stdout), nil
}

var mapLine = regexp.MustCompile(`^([^ ]+) \(([a-z0-9]+)\) = (.*)$`)

// parseMap reads what corosync-cmapctl prints: key (type) = value.
func parseMap(data []byte) map[string]string {
	values := map[string]string{}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if m := mapLine.FindStringSubmatch(s.Text()); m != nil {
			values[m[1]] = m[3]
		}
	}
	return values
}

// Links tells the heartbeat links of this host to each of its peers.
func (t Tools) Links(ctx context.Context, host string) ([]ha.LinkState, error) {
	stats, err := t.Map(ctx, "stats", "stats.knet.node")
	if err != nil {
		return nil, err
	}
	nodes, err := t.Map(ctx, "icmap", "nodelist.")
	if err != nil {
		return nil, err
	}
	return LinksFrom(host, stats, nodes), nil
}

var linkKey = regexp.MustCompile(`^stats\.knet\.node([0-9]+)\.link([0-9])\.(connected|enabled|latency_ave)$`)

// LinksFrom reads links out of corosync's statistics and node list.
func LinksFrom(host string, stats, nodes map[string]string) []ha.LinkState {
	names, local := map[string]string{}, ""
	addresses := map[string]string{} // of this host, by link
	for key, value := range nodes {
		if pos, found := strings.CutSuffix(key, ".nodeid"); found {
			name := nodes[pos+".name"]
			if name == "" {
				name = nodes[pos+".ring0_addr"]
			}
			names[value] = name
			if name == host || pos == "nodelist.node."+nodes["nodelist.local_node_pos"] {
				local = value
				for link := range maxLinkNumber + 1 {
					addresses[strconv.Itoa(link)] = nodes[fmt.Sprintf("%s.ring%d_addr", pos, link)]
				}
			}
		}
	}
	type key struct{ node, link string }
	found := map[key]*ha.LinkState{}
	for name, value := range stats {
		m := linkKey.FindStringSubmatch(name)
		if m == nil || m[1] == local || names[m[1]] == "" {
			continue // its own loopback, or a node that has just been taken out
		}
		k := key{m[1], m[2]}
		l := found[k]
		if l == nil {
			number, _ := strconv.Atoi(m[2])
			l = &ha.LinkState{Node: host, Peer: names[m[1]], Link: number, Address: addresses[m[2]]}
			found[k] = l
		}
		switch m[3] {
		case "connected":
			l.Connected = value == "1"
		case "enabled":
			l.Enabled = value == "1"
		case "latency_ave":
			if us, err := strconv.ParseUint(value, 10, 32); err == nil && us != 1<<32-1 {
				l.LatencyUS = int(us)
			}
		}
	}
	links := make([]ha.LinkState, 0, len(found))
	for _, l := range found {
		links = append(links, *l)
	}
	slices.SortFunc(links, func(a, b ha.LinkState) int {
		return strings.Compare(fmt.Sprintf("%s %d", a.Peer, a.Link), fmt.Sprintf("%s %d", b.Peer, b.Link))
	})
	return links
}

// Votes is what votequorum counts.
type Votes struct {
	Present, Expected, Needed int
	Quorate                   bool
}

// Votes asks votequorum.
func (t Tools) Votes(ctx context.Context) (Votes, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-quorumtool", "-s"))
	// Status 0 where quorate, 2 where not: both are answers. Source: corosync-quorumtool(8).
	if err != nil && !bytes.Contains(out.Stdout, []byte("Votequorum information")) {
		if run.Missing(err) || strings.Contains(run.Words(err), "Cannot initialize") {
			return Votes{}, fmt.Errorf("%w: %w", ErrDown, err)
		}
		return Votes{}, fmt.Errorf("ask for votes: %w", err)
	}
	return parseVotes(out.Stdout)
}

func parseVotes(data []byte) (Votes, error) {
	var v Votes
	var seen int
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		key, value, found := strings.Cut(s.Text(), ":")
		if !found {
			continue
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ") // "2 Activity blocked"
		n, err := strconv.Atoi(value)
		switch strings.TrimSpace(key) {
		case "Expected votes":
			v.Expected = n
		case "Total votes":
			v.Present = n
		case "Quorum":
			v.Needed = n
		case "Quorate":
			v.Quorate, err = value == "Yes", nil
		default:
			continue
		}
		if err != nil {
			return v, fmt.Errorf("corosync-quorumtool: %q", s.Text())
		}
		seen++
	}
	if seen < 4 {
		return v, fmt.Errorf("corosync-quorumtool: only %d of 4 lines are there", seen)
	}
	return v, nil
}

// Reload makes all daemons of the cluster read their files again, and checks that this one took its own: corosync answers
// "done" before it has looked, and only logs what it does not like.
func (t Tools) Reload(ctx context.Context, want *Conf) error {
	if _, err := t.Runner.Run(ctx, run.Cmd("corosync-cfgtool", "-R")); err != nil {
		return fmt.Errorf("reload corosync: %w", err)
	}
	return t.Loaded(ctx, want)
}

// Loaded says whether the running corosync has the nodes and addresses of a file.
func (t Tools) Loaded(ctx context.Context, want *Conf) error {
	nodes, err := t.Map(ctx, "icmap", "nodelist.")
	if err != nil {
		return err
	}
	s, err := want.Setup()
	if err != nil {
		return err
	}
	loaded := map[string][]string{}
	for key, name := range nodes {
		if pos, found := strings.CutSuffix(key, ".name"); found {
			addresses := []string{nodes[pos+".nodeid"]}
			for link := range maxLinkNumber + 1 {
				if a := nodes[fmt.Sprintf("%s.ring%d_addr", pos, link)]; a != "" {
					addresses = append(addresses, a)
				}
			}
			loaded[name] = addresses
		}
	}
	for _, n := range s.Nodes {
		if got, want := loaded[n.Name], append([]string{strconv.Itoa(n.ID)}, n.Addresses...); !slices.Equal(got, want) {
			return fmt.Errorf("corosync has not taken node %s: it has %v, the file has %v", n.Name, got, want)
		}
	}
	if len(loaded) != len(s.Nodes) {
		return fmt.Errorf("corosync has %d nodes, the file has %d", len(loaded), len(s.Nodes))
	}
	return nil
}

// Check has corosync itself judge a configuration before it is put in place.
func (t Tools) Check(ctx context.Context, conf, authkey []byte) error {
	dir, err := os.MkdirTemp("", "corosync-")
	if err != nil {
		return fmt.Errorf("check corosync.conf: %w", err)
	}
	defer os.RemoveAll(dir)
	c, err := Parse(conf)
	if err != nil {
		return err
	}
	key := filepath.Join(dir, "authkey")
	c.root.ensure("totem").set("keyfile", key) // for this check only
	file := filepath.Join(dir, "corosync.conf")
	if err := errors.Join(os.WriteFile(file, c.Bytes(), 0o600), os.WriteFile(key, authkey, 0o400)); err != nil {
		return fmt.Errorf("check corosync.conf: %w", err)
	}
	if _, err := t.Runner.Run(ctx, run.Cmd("corosync", "-t", "-c", file).With("COROSYNC_MAIN_CONFIG_FILE="+file)); err != nil {
		return err
	}
	return nil
}

// Version returns corosync's version.
func (t Tools) Version(ctx context.Context) (string, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync", "-v"))
	if err != nil {
		return "", err
	}
	if m := regexp.MustCompile(`version '([0-9][^']*)'`).FindSubmatch(out.Stdout); m != nil {
		return string(m[1]), nil
	}
	return "", fmt.Errorf("corosync: no version in %q", out.Stdout)
}
