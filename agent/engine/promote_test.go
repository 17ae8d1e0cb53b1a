package engine_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// promoted are the nodes on which an instance of a clone is promoted, as n1 sees it.
func (b *bench) promoted(id string) (nodes []string) {
	b.t.Helper()
	st, err := b.drivers["n1"].State(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range st.Resources {
		if r.ID != id {
			continue
		}
		for _, i := range ha.Leaves([]ha.ResourceState{r}) {
			if i.Role == "Promoted" {
				nodes = append(nodes, i.Nodes...)
			}
		}
	}
	return nodes
}

// TestPromotedRoleMoves: the promoted role of a clone goes to the node that was named, and nothing of the move stays.
func TestPromotedRoleMoves(t *testing.T) {
	b := newBench(t)
	clone := ha.Resource{ID: "state-clone", Kind: ha.Clone, Meta: map[string]string{"promotable": "true"}, Members: []ha.Resource{{
		ID: "state", Kind: ha.Primitive, Agent: "ocf:pacemaker:Stateful", Operations: []ha.Operation{
			{Name: "monitor", Interval: "10s", Timeout: "20s", Role: "Promoted"}, {Name: "monitor", Interval: "11s", Timeout: "20s", Role: "Unpromoted"},
		},
	}}}
	edits := []ha.Edit{{Op: ha.CreateResource, Resource: &clone}}
	for name := range b.drivers {
		edits = append(edits, ha.Edit{Op: ha.SetNodeAttributes, Node: name, Values: map[string]string{"master-state": "10"}})
	}
	if _, err := b.do(wire.EditConfig, wire.EditArgs{Edits: edits, Wait: true}); err != nil {
		t.Fatal(err)
	}
	was := b.promoted("state-clone")
	if len(was) != 1 {
		t.Fatalf("promoted on %v", was)
	}
	to := map[string]string{"n1": "n2", "n2": "n3", "n3": "n1"}[was[0]]
	before, err := b.drivers["n1"].CIB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// What is foretold of it is what then happens, and nothing else; without the role it cannot be moved as one.
	for _, r := range []ha.Relocation{{Resource: "state-clone", Node: to, Promoted: true}, {Resource: "state-clone", Promoted: true}} {
		out, err := b.do(wire.WhatIf, ha.Scenario{Move: []ha.Relocation{r}})
		if err != nil {
			t.Fatal(err)
		}
		var f ha.Forecast
		if err := json.Unmarshal(out, &f); err != nil {
			t.Fatal(err)
		}
		foretold := map[string]string{}
		for _, a := range f.Actions {
			foretold[a.Kind] += a.From + a.To
		}
		if len(foretold) != 2 || !strings.Contains(foretold["promote"], r.Node) || !strings.Contains(foretold["demote"], was[0]) {
			t.Errorf("%+v: foretold %+v", r, f.Actions)
		}
	}
	for reason, r := range map[string]ha.Relocation{"resource.not_movable": {Resource: "state-clone", Node: to}, "resource.not_promoted": {Resource: "svc", Node: to, Promoted: true}} {
		if _, err := b.do(wire.WhatIf, ha.Scenario{Move: []ha.Relocation{r}}); fault.Public(err) == nil || len(fault.Public(err).Fields) != 1 || fault.Public(err).Fields[0].Reason != reason {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := b.do(wire.Move, wire.MoveArgs{Resource: "state-clone", Node: to, Promoted: true}); err != nil {
		t.Fatal(err)
	}
	if is := b.promoted("state-clone"); !slices.Equal(is, []string{to}) {
		t.Errorf("promoted on %v, not on %s", is, to)
	}
	after, err := b.drivers["n1"].CIB(t.Context())
	if left := bytes.Count(after, []byte("<rsc_location")); err != nil || left != bytes.Count(before, []byte("<rsc_location")) {
		t.Errorf("%d locations are left of the move (%v)", left, err)
	}
	for reason, args := range map[string]wire.MoveArgs{
		"resource.not_promoted": {Resource: "svc", Node: to, Promoted: true},
		"resource.not_movable":  {Resource: "state-clone", Node: to},
		"node.unknown":          {Resource: "state-clone", Node: "nobody", Promoted: true},
	} {
		if _, err := b.do(wire.Move, args); fault.Public(err) == nil || fault.Public(err).Reason != reason {
			t.Errorf("%+v: %v", args, err)
		}
	}
}
