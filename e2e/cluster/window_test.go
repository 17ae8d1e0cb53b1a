package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// home makes a service on a node that does not run the database, preferred there, and returns the node.
func home(t *testing.T, s *stage.Stage, id string) string {
	t.Helper()
	ctx := t.Context()
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil {
		t.Fatal(err)
	}
	node := s.Nodes()[0]
	if node == active {
		node = s.Nodes()[1]
	}
	if _, err := s.CLI(ctx, "resource", "create", clusterName, id, "ocf:pacemaker:Dummy"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		_, _ = s.CLI(ctx, "node", "unstandby", clusterName, node)
		_, _ = s.CLI(ctx, "resource", "delete", clusterName, id, "--yes")
	})
	if _, err := s.CLI(ctx, "resource", "prefer", clusterName, id, "--node", node); err != nil {
		t.Fatal(err)
	}
	return node
}

// resourceOf is all that is known of a resource.
func resourceOf(ctx context.Context, s *stage.Stage, id string) (r api.Resource, err error) {
	err = s.JSON(ctx, &r, "resource", "show", clusterName, id)
	return r, err
}

// TestFailback has a service return to its first node at once, not at all, and at certain hours only, and asks each time why it
// moved.
func TestFailback(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	const id = "returning"
	node := home(t, s, id)
	do := func(argv ...string) {
		t.Helper()
		if _, err := s.CLI(ctx, argv...); err != nil {
			t.Fatalf("hawser %s: %v", strings.Join(argv, " "), err)
		}
	}
	why := func() ha.Explanation {
		t.Helper()
		var e ha.Explanation
		if err := s.JSON(ctx, &e, "why", clusterName, id); err != nil {
			t.Fatal(err)
		}
		return e
	}
	on := func(want bool) {
		t.Helper()
		r, err := resourceOf(ctx, s, id)
		if err != nil || len(r.Nodes) != 1 || (r.Nodes[0] == node) != want {
			t.Fatalf("it is on %v (home is %s), %v", r.Nodes, node, err)
		}
	}
	on(true)
	hour := time.Now().Hour() // of this machine, which the nodes share
	for _, c := range []struct {
		name     string
		failback []string
		returns  bool
		long     bool // what the two others show already, but for the rule
	}{
		{"manual", []string{"manual"}, false, true},
		{"automatic", []string{"automatic"}, true, true},
		{"at another hour", []string{"scheduled", "--hours", fmt.Sprint((hour + 12) % 24)}, false, false},
		{"at this hour", []string{"scheduled", "--hours", "0-23"}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.long {
				onlyLong(t, "a schedule takes both ways")
			}
			do(append([]string{"resource", "failback", clusterName, id}, c.failback...)...)
			r, err := resourceOf(ctx, s, id)
			if err != nil || r.Failback == nil || r.Failback.Mode != c.failback[0] {
				t.Fatalf("asked for %v, it says %+v, %v", c.failback, r.Failback, err)
			}
			do("node", "standby", clusterName, node)
			on(false)
			if m := why().Moved; m == nil || m.Action != "move" || m.From != node || m.Causes[0].Code != ha.WhyStandby {
				t.Errorf("driven from %s by standby, it says %+v", node, m)
			}
			do("node", "unstandby", clusterName, node)
			on(c.returns)
			if !c.returns {
				do("resource", "move", clusterName, id, node)
			}
			on(true)
			m, want := why().Moved, ha.WhyLocation
			if !c.returns {
				want = ha.WhyAsked
			}
			if m == nil || m.To != node || m.Causes[0].Code != want {
				t.Errorf("back on %s, it says %+v, want %s", node, m, want)
			}
		})
	}
}

// TestWindow changes what cannot be changed without a restart, and the service does not stop: where the service has followed
// already, it is taken; where it has not, all is taken back. Without a window it is restarted.
func TestWindow(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	const id, before, after, last = "steady", "/run/steady-1.state", "/run/steady-2.state", "/run/steady-3.state"
	node := home(t, s, id)
	edit := func(state string, more ...string) error {
		_, err := s.CLI(ctx, append([]string{"resource", "edit", clusterName, id, "state=" + state}, more...)...)
		return err
	}
	// The agent touches its file when it starts: a restart is seen by the file's times.
	touched := func(path string) string {
		out, err := s.Exec(ctx, node, "stat", "--format", "%i %Y %Z", path)
		if err != nil {
			return ""
		}
		return string(out)
	}
	configured := func(want string) {
		t.Helper()
		r, err := resourceOf(ctx, s, id)
		if err != nil || r.Config == nil || r.Config.Parameters["state"] != want || !r.Managed || len(r.Nodes) != 1 || r.Nodes[0] != node {
			t.Fatalf("want %s, managed, on %s: %+v, %v", want, node, r, err)
		}
	}
	if err := edit(before); err != nil {
		t.Fatal(err)
	}
	was := touched(before)
	if was == "" {
		t.Fatal("no trace of a start")
	}
	err := edit(after, "--keep-running")
	if exit, refused := errors.AsType[*stage.ExitError](err); !refused || !strings.Contains(exit.Stderr, "is not found running where it runs") {
		t.Errorf("the service has not followed: %v", err)
	}
	configured(before)
	if now := touched(before); now != was {
		t.Errorf("it was restarted by what was refused: %q, was %q", now, was)
	}
	if _, err := s.Exec(ctx, node, "cp", before, after); err != nil {
		t.Fatal(err)
	}
	followed := touched(after)
	if err := edit(after, "--keep-running"); err != nil {
		t.Fatal(err)
	}
	configured(after)
	if now := touched(before); now != was {
		t.Errorf("it was stopped: %q, was %q", now, was)
	}
	if now := touched(after); now != followed {
		t.Errorf("it was started: %q, was %q", now, followed)
	}
	if err := edit(last); err != nil {
		t.Fatal(err)
	}
	configured(last)
	if touched(last) == "" {
		t.Error("without a window it was not restarted: the test above says nothing")
	}

	// A member of a group, whose value does not concern what runs: the client outside does not notice.
	if _, err := s.CLI(ctx, "demo", "reset"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{"arp_count=7", "--unset=arp_count"} {
		if _, err := s.CLI(ctx, "resource", "edit", clusterName, stage.Group+"-ip", change, "--keep-running"); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := s.Client(ctx); err != nil || time.Duration(d.LongestOutageMS)*time.Millisecond > answerTime {
		t.Errorf("the client was without an answer: %+v, %v", d, err)
	}
}
