package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

// noOutage is the longest time without an answer that still counts as none: the client writes every 50 ms, and two cores have
// other things to do.
const noOutage = 1500 * time.Millisecond

// serviceEnds are the nodes' addresses in the network of the service, which no heartbeat uses: the third link of these tests.
func serviceEnds(s *stage.Stage) []string {
	var ends []string
	for i, n := range s.Nodes() {
		ends = append(ends, n+"="+s.Service(11+i))
	}
	return ends
}

// managementEnds are those in the network of the agents.
func managementEnds(s *stage.Stage) []string {
	var ends []string
	for i, n := range s.Nodes() {
		ends = append(ends, fmt.Sprintf("%s=10.%d.0.%d", n, instance(), 11+i))
	}
	return ends
}

func links(ctx context.Context, s *stage.Stage) (api.Links, error) {
	var l api.Links
	err := s.JSON(ctx, &l, "link", "list", clusterName)
	return l, err
}

// connected says whether every node sees every other on exactly these links, and all have the same corosync.conf.
func connected(ctx context.Context, s *stage.Stage, numbers ...int) (bool, error) {
	l, err := links(ctx, s)
	if err != nil {
		return false, err
	}
	seen := map[int]int{}
	for _, m := range l.Matrix {
		if !m.Connected {
			return false, fmt.Errorf("link %d from %s to %s is cut", m.Link, m.Node, m.Peer)
		}
		seen[m.Link]++
	}
	pairs := len(s.Nodes()) * (len(s.Nodes()) - 1)
	for _, n := range numbers {
		if seen[n] != pairs {
			return false, fmt.Errorf("link %d is seen %d times, want %d", n, seen[n], pairs)
		}
		delete(seen, n)
	}
	if len(seen) > 0 {
		return false, fmt.Errorf("links too many: %v", seen)
	}
	for _, n := range l.Nodes {
		if n.State != "same" {
			return false, fmt.Errorf("%s has version %d of corosync.conf: %s", n.Node, n.Version, n.State)
		}
	}
	return true, nil
}

func waitConnected(t *testing.T, s *stage.Stage, within time.Duration, numbers ...int) {
	t.Helper()
	if err := stage.Until(t.Context(), within, fmt.Sprintf("links %v", numbers), func(ctx context.Context) (bool, error) {
		return connected(ctx, s, numbers...)
	}); err != nil {
		explain(t, s)
		t.Fatal(err)
	}
}

// sameConf says whether all nodes have the same bytes in corosync.conf.
func sameConf(ctx context.Context, s *stage.Stage) error {
	first := ""
	for _, n := range s.Nodes() {
		out, err := s.Exec(ctx, n, "cat", "/etc/corosync/corosync.conf")
		if err != nil {
			return err
		}
		if first == "" {
			first = string(out)
		} else if string(out) != first {
			return fmt.Errorf("%s has\n%s\nand %s has\n%s", n, out, s.Nodes()[0], first)
		}
	}
	return nil
}

func ring(t *testing.T, s *stage.Stage) string {
	t.Helper()
	out, err := s.Exec(t.Context(), s.Nodes()[0], "corosync-quorumtool", "-s")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if name, value, found := strings.Cut(line, ":"); found && name == "Ring ID" {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no ring in %s", out)
	return ""
}

// TestLinksOnline adds, changes and removes links of a cluster whose service is in use: the membership stays, and the client notices
// nothing.
func TestLinksOnline(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	waitConnected(t, s, 30*time.Second, 0, 1)
	before := ring(t, s)
	for _, c := range []struct {
		name  string
		argv  []string
		links []int
	}{
		{"add", append([]string{"link", "add", clusterName}, serviceEnds(s)...), []int{0, 1, 2}},
		{"priority and times", []string{"link", "edit", clusterName, "2", "--priority", "9", "--ping-interval", "120", "--ping-timeout", "400"}, []int{0, 1, 2}},
		{"addresses", append([]string{"link", "edit", clusterName, "2"}, managementEnds(s)...), []int{0, 1, 2}},
		{"remove the first", []string{"link", "remove", clusterName, "0"}, []int{1, 2}},
		{"put it in again", []string{
			"link", "add", clusterName, "n1=" + s.Address("n1", 0), "n2=" + s.Address("n2", 0), "n3=" + s.Address("n3", 0),
		}, []int{0, 1, 2}},
		{"remove", []string{"link", "remove", clusterName, "2"}, []int{0, 1}},
		{"faster", []string{"timing", "set", clusterName, "--token", "900"}, []int{0, 1}},
		{"as before", []string{"timing", "set", clusterName, "--profile", "balanced"}, []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			outage, err := s.Outage(ctx, time.Minute, func(ctx context.Context) error {
				_, err := s.CLI(ctx, c.argv...)
				return err
			}, func(ctx context.Context) (bool, error) { return connected(ctx, s, c.links...) })
			if err != nil {
				explain(t, s)
				t.Fatal(err)
			}
			if outage > noOutage {
				t.Errorf("the client had no answer for %s", outage)
			}
			if err := sameConf(ctx, s); err != nil {
				t.Error(err)
			}
			t.Logf("longest time without an answer: %s", outage)
		})
	}
	if after := ring(t, s); after != before {
		t.Errorf("the membership went from ring %s to %s", before, after)
	}
	for node, want := range map[string]string{"n1": "1200", "n2": "1200", "n3": "1200"} { // balanced, three nodes
		out, err := s.Exec(ctx, node, "corosync-cmapctl", "-g", "runtime.config.totem.token")
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "= "+want) {
			t.Errorf("%s: %s %v", node, out, err)
		}
	}
}

// TestLinkRefusals gives links that cannot be. Each is refused with the status of its kind, and nothing changes.
func TestLinkRefusals(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	waitConnected(t, s, 30*time.Second, 0, 1)
	ends := serviceEnds(s)
	for _, c := range []struct {
		name string
		argv []string
		code int
		says string
	}{
		{"address of no interface", []string{"link", "add", clusterName, ends[0], ends[1], "n3=10.99.99.99"}, 2, "addresses.n3"},
		{"given twice", []string{"link", "add", clusterName, ends[0], ends[1], "n3=" + s.Service(11)}, 2, "addresses.n3"},
		{"same network as another", []string{"link", "add", clusterName, "n1=" + s.Address("n1", 0), ends[1], ends[2]}, 2, "addresses.n1"},
		{"a node without", []string{"link", "add", clusterName, ends[0], ends[1]}, 2, "addresses.n3"},
		{"number of the disk", append([]string{"link", "add", clusterName, "--number", "7"}, ends...), 2, "number"},
		{"number that is taken", append([]string{"link", "add", clusterName, "--number", "1"}, ends...), 2, "number"},
		{"unknown link", []string{"link", "remove", clusterName, "5"}, 3, "5"},
		{"time-out beyond the token", []string{"link", "edit", clusterName, "1", "--ping-interval", "500", "--ping-timeout", "9000"}, 2, "pingTimeout"},
		{"what is so already", []string{"timing", "set", clusterName, "--profile", "balanced"}, 4, ""},
		{"token of no use", []string{"timing", "set", clusterName, "--token", "5"}, 2, "token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.CLI(ctx, append(c.argv, "--lang", "en")...)
			exit, refused := errors.AsType[*stage.ExitError](err)
			if !refused || exit.Code != c.code || !strings.Contains(exit.Stderr, c.says) {
				t.Errorf("want exit status %d and %q, got %v", c.code, c.says, err)
			}
		})
	}
	if ok, err := connected(ctx, s, 0, 1); !ok {
		t.Error(err)
	}
}

// TestLinkChangeLosesNode takes a node's power in the middle of a change: the others have their new files, it has not. The
// others keep quorum and go back to what they had, and the node comes back to the same.
func TestLinkChangeLosesNode(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	waitConnected(t, s, 30*time.Second, 0, 1)
	st, err := s.State(ctx, clusterName)
	if err != nil {
		t.Fatal(err)
	}
	rest := slices.Clone(s.Nodes())
	at := slices.IndexFunc(rest, func(n string) bool { return n != st.DC }) // the one that decides is asked before the change begins
	node := rest[at]
	rest = slices.Delete(rest, at, at+1)
	// Its agent stands still, so that the change stops between the files and the reload until the power is gone.
	if _, err := s.Exec(ctx, node, "systemctl", "kill", "--signal=STOP", "hawser-agent.service"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CLI(ctx, append([]string{"link", "add", clusterName, "--no-wait"}, serviceEnds(s)...)...); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, 30*time.Second, "new files on the others", func(ctx context.Context) (bool, error) {
		for _, n := range rest {
			if _, err := s.Exec(ctx, n, "grep", "-q", "ring2_addr", "/etc/corosync/corosync.conf"); err != nil {
				return false, err
			}
		}
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "poweroff", node); err != nil {
		t.Fatal(err)
	}
	var op api.Operation
	if err := stage.Until(ctx, 2*time.Minute, "the change taken back", func(ctx context.Context) (bool, error) {
		var list []api.Operation
		if err := s.JSON(ctx, &list, "operation", "list", "--cluster", clusterName); err != nil {
			return false, err
		}
		at := slices.IndexFunc(list, func(o api.Operation) bool { return o.Kind == "link.add" })
		if at < 0 {
			return false, errors.New("no such operation")
		}
		op = list[at]
		for _, n := range rest {
			if _, err := s.Exec(ctx, n, "corosync-quorumtool", "-s"); err != nil { // its status says whether there is quorum
				t.Errorf("%s has lost quorum: %v", n, err)
			}
		}
		return !op.Ended.IsZero(), nil
	}); err != nil {
		explain(t, s)
		t.Fatal(err)
	}
	if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "node.lost_meanwhile" {
		t.Errorf("the change ended %s, %+v", op.State, op.Fault)
	}
	if err := powerOn(ctx, s, node); err != nil {
		t.Fatal(err)
	}
	waitConnected(t, s, 2*time.Minute, 0, 1)
	if err := sameConf(ctx, s); err != nil {
		t.Error(err)
	}
	if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
}

// TestStraggler changes the links while a node is off. Corosync keeps the node out with its old file; the server finds it, gives it the new one,
// and it joins.
func TestStraggler(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	waitConnected(t, s, 30*time.Second, 0, 1)
	node, began := s.Nodes()[2], time.Now()
	if _, err := s.CLI(ctx, "node", "stop", clusterName, node); err != nil { // so that it is not fenced, which would start it again
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "poweroff", node); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, time.Minute, "its agent gone", func(ctx context.Context) (bool, error) {
		n, err := s.Node(ctx, clusterName, node)
		return err == nil && !n.Connected, err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CLI(ctx, append([]string{"link", "add", clusterName}, serviceEnds(s)...)...); err != nil {
		explain(t, s)
		t.Fatal(err)
	}
	if err := powerOn(ctx, s, node); err != nil {
		t.Fatal(err)
	}
	waitConnected(t, s, 2*time.Minute, 0, 1, 2)
	if err := sameConf(ctx, s); err != nil {
		t.Error(err)
	}
	// The node is told as synced when the operation ends, a moment after it is back.
	if err := stage.Until(ctx, time.Minute, "the straggler in the time line", func(ctx context.Context) (bool, error) {
		var events []api.Event
		if err := s.JSON(ctx, &events, "event", "list", "--cluster", clusterName, "--limit", "200"); err != nil {
			return false, err
		}
		told := map[string]bool{}
		for _, e := range events {
			if e.At.After(began) {
				told[e.Kind+" "+e.Object] = true
			}
		}
		for _, want := range []string{"node.straggler " + node, "node.synced " + node, "link.added 2"} {
			if !told[want] {
				return false, fmt.Errorf("%s is not told: %v", want, told)
			}
		}
		return true, s.WaitWell(ctx, clusterName, stage.Group)
	}); err != nil {
		t.Error(err)
	}
	if _, err := s.CLI(ctx, "link", "remove", clusterName, "2"); err != nil {
		t.Fatal(err)
	}
	waitConnected(t, s, 30*time.Second, 0, 1)
}
