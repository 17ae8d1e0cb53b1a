package simulated_test

import (
	"fmt"
	"testing"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/engine/enginetest"
	"hawser/agent/engine/simulated"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// hosts makes simulated hosts and the setup of a cluster of them.
func hosts(t *testing.T, n int) (map[string]*simulated.Driver, ha.Setup) {
	t.Helper()
	testkit.Need(t, "pacemaker-tools")
	dir := t.TempDir()
	s := ha.Setup{Name: "sim", Timing: ha.Timing{Profile: ha.ProfileBalanced}}
	drivers := map[string]*simulated.Driver{}
	for i := range n {
		name := fmt.Sprintf("n%d", i+1)
		d, err := simulated.New(simulated.Options{Dir: dir, Node: name})
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		node := ha.SetupNode{Name: name}
		for _, net := range f.Interfaces[:2] {
			node.Addresses = append(node.Addresses, net.Addresses[0][:len(net.Addresses[0])-len("/16")])
		}
		s.Nodes = append(s.Nodes, node)
		drivers[name] = d
	}
	s.Nodes = corosync.Number(s.Nodes)
	s.Timing = s.Timing.Resolved(n)
	return drivers, s
}

func TestSuite(t *testing.T) {
	drivers, setup := hosts(t, 4)
	last := setup.Nodes[3]
	setup.Nodes = setup.Nodes[:3]
	setup.Timing = ha.Timing{Profile: ha.ProfileBalanced}.Resolved(3)
	c := &enginetest.Cluster{
		Remote: last.Name, RemoteAddress: last.Addresses[0],
		Setup: setup, Engines: map[string]*engine.Engine{}, Patience: time.Minute, Properties: map[string]string{"stonith-enabled": "false"},
		Volumes: &enginetest.Volumes{Disk: "/dev/disk/by-id/sim-local-2", Device: "/dev/drbd7", Port: 7789, Addresses: [2]string{setup.Nodes[0].Addresses[0], setup.Nodes[1].Addresses[0]}},
		FailMonitor: func(t *testing.T, resource, node string) {
			if err := drivers[node].World().FailResource(t.Context(), resource, node); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, d := range drivers {
		e, err := engine.New(engine.Options{Driver: d, StateDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		c.Engines[name] = e
	}
	enginetest.Run(t, c)
}
