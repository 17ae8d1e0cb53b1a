package reconcile_test

import (
	"fmt"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// TestStraggler: whether a node has an older corosync.conf is asked of the node where something hangs on it; what it has told last may
// have been seen before its file was written.
func TestStraggler(t *testing.T) {
	s := demo(t)
	priority := 5
	change := reconcile.Request{Kind: "link.edit", Cluster: "demo", Link: 0, LinkChange: &api.LinkChange{Priority: &priority}}
	s.do(change)
	if list := s.fleet.Stragglers(); len(list) != 3 {
		t.Fatalf("the nodes have told of the new file already: %+v", list)
	}
	priority++
	s.do(change)

	s.tell("")
	s.mu.Lock()
	older := *s.by("n3").setup
	older.Version = 1
	s.by("n3").setup = &older
	s.refuse = func(host string, c wire.Command) error {
		if host == "n3" && c.Name == wire.Configure {
			return fault.New(fault.Failed, "command.failed", "its disk is full")
		}
		return nil
	}
	s.mu.Unlock()
	s.tell("")
	// It is brought to the same by itself, which fails here; meanwhile the cluster is busy.
	testkit.Eventually(t, func() error {
		_, err := s.engine.Begin(t.Context(), change)
		if f := fault.Public(err); f == nil || f.Reason != "node.straggler" || f.Args["node"] != "n3" {
			return fmt.Errorf("a change beside a straggler: %w", err)
		}
		return nil
	})
}
