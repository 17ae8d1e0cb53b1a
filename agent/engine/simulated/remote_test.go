package simulated_test

import (
	"encoding/json"
	"slices"
	"testing"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// TestRemoteLost: a remote node that loses its power is fenced, what ran there goes on elsewhere, and with power it is connected again.
func TestRemoteLost(t *testing.T) {
	drivers, setup := hosts(t, 4)
	setup.Nodes = setup.Nodes[:3]
	conf, err := corosync.New(setup)
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 256)
	for _, n := range setup.Nodes {
		if err := drivers[n.Name].WriteFiles(t.Context(), engine.Files{Conf: conf.Bytes(), Authkey: key}); err != nil {
			t.Fatal(err)
		}
		if err := drivers[n.Name].Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	remote := drivers["n4"]
	if err := remote.StartRemote(t.Context(), ha.RemotePort); err == nil {
		t.Error("it starts without a key")
	}
	if err := remote.WriteRemoteKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := remote.StartRemote(t.Context(), ha.RemotePort); err != nil {
		t.Fatal(err)
	}
	connection := ha.NewRemote{Address: "10.71.0.4"}.Resource("n4")
	job := ha.Resource{ID: "job", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Operations: []ha.Operation{{Name: "monitor", Interval: "10s"}}}
	edit(t, drivers["n1"], []ha.Edit{
		{Op: ha.CreateResource, Resource: &ha.Resource{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_dummy"}},
		{Op: ha.CreateResource, Resource: &connection},
		{Op: ha.CreateResource, Resource: &job},
		{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "there", Kind: ha.Location, Resource: "job", Node: "n4", Score: "100"}},
	})
	on := func() (string, ha.NodeState, ha.State) {
		t.Helper()
		st, err := drivers["n1"].State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		node := st.Nodes[slices.IndexFunc(st.Nodes, func(n ha.NodeState) bool { return n.Name == "n4" })]
		for _, r := range ha.Leaves(st.Resources) {
			if r.ID == "job" && len(r.Nodes) == 1 {
				return r.Nodes[0], node, st
			}
		}
		return "", node, st
	}
	if at, n, _ := on(); at != "n4" || !n.Online {
		t.Fatalf("job is on %q, the node %+v", at, n)
	}
	if err := remote.World().PowerOff(t.Context(), "n4"); err != nil {
		t.Fatal(err)
	}
	at, n, st := on()
	if at == "n4" || at == "" || n.Online || !st.Quorate || st.Votes != 3 {
		t.Errorf("job is on %q, the node %+v, votes %d", at, n, st.Votes)
	}
	if !slices.ContainsFunc(st.FenceHistory, func(f ha.FenceAction) bool { return f.Node == "n4" && f.Status == ha.FenceSuccess }) {
		t.Errorf("it was not fenced: %+v", st.FenceHistory)
	}
	if err := remote.World().PowerOn(t.Context(), "n4"); err != nil {
		t.Fatal(err)
	}
	if at, n, _ := on(); at != "n4" || !n.Online {
		t.Errorf("back again job is on %q, the node %+v", at, n)
	}
}

// edit changes the configuration of a host's cluster.
func edit(t *testing.T, d *simulated.Driver, edits []ha.Edit) {
	t.Helper()
	e, err := engine.New(engine.Options{Driver: d, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(wire.EditArgs{Edits: edits})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Do(t.Context(), wire.Command{ID: "edit", Name: wire.EditConfig, Args: data}, nil); err != nil {
		t.Fatal(err)
	}
}
