package cluster_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// service is a virtual IP with a program behind it, preferring nodes in the order given.
func service(id, address string, order ...string) api.NewResource {
	r := api.NewResource{Resource: ha.Resource{ID: id, Kind: ha.Group, Members: []ha.Resource{
		{
			ID: id + "-ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2",
			Parameters: map[string]string{"ip": address, "cidr_netmask": "24", "nic": "svc0"},
			Operations: []ha.Operation{{Name: "monitor", Interval: "5s", Timeout: "20s"}},
		},
		{
			ID: id + "-app", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy",
			Operations: []ha.Operation{{Name: "monitor", Interval: "5s", Timeout: "20s"}},
		},
	}}}
	for i, node := range order {
		r.Constraints = append(r.Constraints, ha.Constraint{
			ID: fmt.Sprintf("%s-prefers-%s", id, node), Kind: ha.Location, Resource: id, Node: node, Score: fmt.Sprint(1000 - 100*i),
		})
	}
	return r
}

// TestBackup has services back each other up: two on two nodes (A2), and two with a third node that takes over from either (A3).
// The node of the first dies; each service must run once, the first where its order says, the others where they were.
func TestBackup(t *testing.T) {
	wider(t)
	s := protected(t)
	n := s.Nodes()
	for _, c := range []struct {
		name   string
		orders [][]string
		want   []string // where each runs once its first node is off
	}{
		{"two nodes for each other", [][]string{{n[0], n[1]}, {n[1], n[0]}}, []string{n[1], n[1]}},
		{"two nodes and a standby", [][]string{{n[0], n[2]}, {n[1], n[2]}}, []string{n[2], n[1]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			var ids []string
			for i, order := range c.orders {
				id := fmt.Sprintf("svc%d", i+1)
				ids = append(ids, id)
				if err := s.Create(ctx, clusterName, service(id, s.Service(111+i), order...)); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if _, err := s.CLI(context.WithoutCancel(ctx), "resource", "delete", clusterName, id, "--yes"); err != nil {
						t.Error(err)
					}
				})
			}
			where := func(want []string) error {
				return stage.Until(ctx, time.Minute, fmt.Sprintf("%v on %v", ids, want), func(ctx context.Context) (bool, error) {
					for i, id := range ids {
						if got, err := s.Active(ctx, clusterName, id); err != nil || got != want[i] {
							return false, fmt.Errorf("%s on %q: %w", id, got, err)
						}
					}
					return true, nil
				})
			}
			var home []string
			for _, order := range c.orders {
				home = append(home, order[0])
			}
			if err := where(home); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Sandbox(ctx, "poweroff", n[0]); err != nil {
				t.Fatal(err)
			}
			if err := where(c.want); err != nil {
				explain(t, s)
				t.Fatal(err)
			}
			if err := powerOn(ctx, s, n[0]); err != nil {
				t.Fatal(err)
			}
			if err := s.WaitWell(ctx, clusterName, append(ids, stage.Group)...); err != nil {
				t.Fatal(err)
			}
		})
	}
}
