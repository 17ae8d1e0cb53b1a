package sim_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/testkit"
)

// start starts a simulation that ends with the test.
func start(t *testing.T, nodes ...string) *sim.Sim {
	t.Helper()
	testkit.NoLeaks(t)
	s, err := sim.New(t.Context(), sim.Options{Dir: t.TempDir(), Nodes: nodes, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onNode waits until a resource runs on one of these nodes, and nowhere else.
func onNode(t *testing.T, s *sim.Sim, resource string, nodes ...string) string {
	t.Helper()
	var where string
	err := s.WaitFor(t.Context(), fmt.Sprintf("%s on one of %v", resource, nodes), func(ctx context.Context) error {
		var list api.Page[api.Resource]
		if err := s.API.Do(ctx, client.Request{Route: "resource.list", Path: map[string]string{"cluster": "demo"}}, &list); err != nil {
			return err
		}
		for _, r := range list.Items {
			if r.ID == resource && slices.Contains(nodes, r.Node) && !r.Failed {
				where = r.Node
				return nil
			} else if r.ID == resource {
				return fmt.Errorf("%s is %s on %q, failed %v", r.ID, r.Role, r.Node, r.Failed)
			}
		}
		return fmt.Errorf("no resource %s among %d", resource, len(list.Items))
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// TestServiceSurvives: a cluster made through the API keeps its service through the death of a node, and the time line tells it.
func TestServiceSurvives(t *testing.T) {
	s := start(t, "n1", "n2", "n3")
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	first := onNode(t, s, "vip", "n1", "n2", "n3")
	if err := s.Node(first).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	others := slices.DeleteFunc([]string{"n1", "n2", "n3"}, func(n string) bool { return n == first })
	onNode(t, s, "vip", others...)
	var kinds []string
	err := s.WaitFor(t.Context(), "the time line", func(ctx context.Context) error {
		var events api.Page[api.Event]
		if err := s.API.Do(ctx, client.Request{Route: "event.list"}, &events); err != nil {
			return err
		}
		kinds = nil
		for _, e := range events.Items {
			kinds = append(kinds, e.Kind)
		}
		for _, want := range []string{"node.lost", "node.fenced", "resource.moved"} {
			if n := strings.Count(strings.Join(kinds, " ")+" ", want+" "); n == 0 {
				return fmt.Errorf("no %s in %v", want, kinds)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, once := range []string{"node.lost", "node.fenced"} {
		if n := strings.Count(strings.Join(kinds, " ")+" ", once+" "); n != 1 {
			t.Errorf("%s is told %d times: %v", once, n, kinds)
		}
	}
	if err := s.Node(first).PowerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
}
