package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// scenario is what there is to begin with.
type scenario struct {
	clusters map[string][]string // name → nodes
	bare     bool                // without a service
	then     func(ctx context.Context, s *Sim) error
}

// three are the nodes of a small cluster.
var three = []string{"n1", "n2", "n3"}

func scenarios() map[string]scenario {
	nothing := func(context.Context, *Sim) error { return nil }
	demo := map[string][]string{"demo": three}
	hundred := map[string][]string{}
	for i := range 100 {
		name := fmt.Sprintf("c%03d", i+1)
		hundred[name] = []string{name + "-a", name + "-b"}
	}
	return map[string]scenario{
		"empty":   {then: nothing},
		"healthy": {clusters: demo, then: nothing},
		// A cluster, and as many free hosts to make it anew on.
		"spare":   {clusters: map[string][]string{"old": {"o1", "o2"}}, then: nothing},
		"hundred": {clusters: hundred, bare: true, then: nothing},
		"node-down": {clusters: demo, then: func(ctx context.Context, s *Sim) error {
			return s.Node("n1").PowerOff(ctx)
		}},
		"resource-failed": {clusters: demo, then: func(ctx context.Context, s *Sim) error {
			return s.Node("n1").FailResource(ctx, "db")
		}},
		// Smart migration is on, n1 is overloaded, and n2 is nearly full.
		"unwell": {clusters: demo, then: func(ctx context.Context, s *Sim) error {
			p := ha.DefaultHealth()
			p.Move, p.CPU.Lasts, p.CPU.Back = ha.MoveRed, 10, 20
			if _, err := s.Do(ctx, client.Request{Route: "health.set", Path: map[string]string{"cluster": "demo"}, Body: api.SetHealth{HealthPolicy: p}}); err != nil {
				return err
			}
			world := s.Node("n1").World()
			return errors.Join(world.SetVital(ctx, "n1", ha.MeasureCPU, 98), world.SetVital(ctx, "n2", ha.MeasureSpace, 88))
		}},
		"split-brain": {clusters: demo, then: func(ctx context.Context, s *Sim) error {
			return s.Node("n1").Isolate(ctx)
		}},
		"many": {clusters: map[string][]string{
			"demo": three, "billing": {"b1", "b2"}, "archive": {"a1", "a2", "a3", "a4"}, "mail": {"m1", "m2"},
		}, then: func(ctx context.Context, s *Sim) error {
			return s.Node("b2").PowerOff(ctx)
		}},
	}
}

// Scenarios lists the names that Play knows.
func Scenarios() []string { return slices.Sorted(maps.Keys(scenarios())) }

// NodesFor are the hosts that a scenario needs.
func NodesFor(name string) ([]string, error) {
	sc, known := scenarios()[name]
	if !known {
		return nil, fmt.Errorf("unknown scenario %q; there are %v", name, Scenarios())
	}
	nodes := slices.Clone(three)
	for _, cluster := range slices.Sorted(maps.Keys(sc.clusters)) {
		for _, n := range sc.clusters[cluster] {
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	return nodes, nil
}

// Play brings a scenario about, through the API, as a person would. Where there are clusters already it does nothing.
func (s *Sim) Play(ctx context.Context, name string) error {
	sc, known := scenarios()[name]
	if !known {
		return fmt.Errorf("unknown scenario %q; there are %v", name, Scenarios())
	}
	var there api.Page[api.Cluster]
	if err := s.API.Do(ctx, client.Request{Route: "cluster.list"}, &there); err != nil {
		return err
	}
	if len(there.Items) > 0 {
		return nil
	}
	for _, cluster := range slices.Sorted(maps.Keys(sc.clusters)) {
		if err := s.CreateCluster(ctx, cluster, sc.clusters[cluster]...); err != nil {
			return fmt.Errorf("create cluster %s: %w", cluster, err)
		}
		if sc.bare {
			continue
		}
		if err := s.Protect(ctx, cluster, sc.clusters[cluster]...); err != nil {
			return fmt.Errorf("protect a service in %s: %w", cluster, err)
		}
	}
	return sc.then(ctx, s)
}

// CreateCluster makes a cluster of these nodes, with a heartbeat link on each network that all of them have.
func (s *Sim) CreateCluster(ctx context.Context, name string, nodes ...string) error {
	setup := ha.Setup{Name: name}
	for _, n := range nodes {
		facts, err := s.Node(n).driver.Facts(ctx)
		if err != nil {
			return err
		}
		node := ha.SetupNode{Name: n}
		for _, i := range facts.Interfaces {
			for _, a := range i.Addresses {
				if p, err := netip.ParsePrefix(a); err == nil && !p.Addr().IsLoopback() && p.Addr().Is4() && len(node.Addresses) < links {
					node.Addresses = append(node.Addresses, p.Addr().String())
				}
			}
		}
		setup.Nodes = append(setup.Nodes, node)
	}
	_, err := s.Do(ctx, client.Request{Route: "cluster.create", Body: setup})
	return err
}

// Protect makes a fence device for each node, tries fencing on each of them, and puts a database with its file system and
// address under protection.
func (s *Sim) Protect(ctx context.Context, cluster string, nodes ...string) error {
	for i, n := range nodes {
		device := api.NewResource{Resource: ha.Resource{
			ID: "fence-" + n, Kind: ha.Primitive, Agent: "stonith:fence_ipmilan",
			Parameters: map[string]string{"ip": fmt.Sprintf("10.0.9.%d", i+1), "username": "fence", "password": "not-a-real-one", "pcmk_host_list": n},
			Operations: []ha.Operation{{Name: "monitor", Interval: "60s"}},
		}}
		if err := s.createResource(ctx, cluster, device); err != nil {
			return err
		}
	}
	for _, n := range nodes {
		if err := s.tryFencing(ctx, cluster, n); err != nil {
			return err
		}
	}
	return s.createResource(ctx, cluster, api.NewResource{Resource: ha.Resource{
		ID: "database", Kind: ha.Group, Members: []ha.Resource{
			{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": "/dev/disk/by-id/shared", "directory": "/srv/db", "fstype": "ext4"}},
			{ID: "db", Kind: ha.Primitive, Agent: "ocf:heartbeat:pgsql", Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}}},
			{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.8.100", "cidr_netmask": "24"}},
		},
	}})
}

// tryFencing fences a node and starts it again: a cluster whose fencing was never seen to work is not called protected.
func (s *Sim) tryFencing(ctx context.Context, cluster, node string) error {
	path := map[string]string{"cluster": cluster, "node": node}
	if _, err := s.Do(ctx, client.Request{Route: "node.fence", Path: path, Body: api.FenceRequest{Action: "reboot", Confirm: node}}); err != nil {
		return err
	}
	_, err := s.Do(ctx, client.Request{Route: "node.start", Path: path})
	return err
}

func (s *Sim) createResource(ctx context.Context, cluster string, r api.NewResource) error {
	_, err := s.Do(ctx, client.Request{Route: "resource.create", Path: map[string]string{"cluster": cluster}, Body: r})
	return err
}
