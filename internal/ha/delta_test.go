package ha_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hawser/internal/ha"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// states draws small states whose objects often share names, so that two of them overlap.
func states(t *rapid.T, label string) ha.State {
	names := []string{"n1", "n2", "n3", "n4"}
	subset := func(what string, of []string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, len(of), rapid.ID[string]).Draw(t, label+what)
	}
	yes := func(what string) bool { return rapid.Bool().Draw(t, label+what) }
	s := ha.State{
		At:      epoch.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, label+"at")) * time.Second),
		Running: yes("running"), Quorate: yes("quorate"), DC: rapid.SampledFrom(names).Draw(t, label+"dc"),
		Nodes: []ha.NodeState{}, Resources: []ha.ResourceState{}, Links: []ha.LinkState{},
	}
	for _, n := range subset("nodes", names) {
		s.Nodes = append(s.Nodes, ha.NodeState{Name: n, Online: yes(n), Resources: []string{}})
	}
	for _, id := range subset("resources", []string{"a", "b", "c", "g"}) {
		r := ha.ResourceState{ID: id, Kind: ha.Primitive, Role: "Started", Nodes: subset("on "+id, names[:2]), Managed: yes("managed " + id)}
		if id == "g" {
			r.Kind, r.Members = ha.Group, []ha.ResourceState{{ID: "g1", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Failed: yes("failed")}}
		}
		s.Resources = append(s.Resources, r)
	}
	for _, peer := range subset("peers", names[1:]) {
		s.Links = append(s.Links, ha.LinkState{Node: "n1", Peer: peer, Connected: yes("link " + peer), Enabled: true})
	}
	for _, r := range subset("failures", []string{"a", "b"}) {
		s.Failures = append(s.Failures, ha.Failure{Resource: r, Node: "n1", Operation: "monitor"})
	}
	for _, n := range subset("fenced", names[:2]) {
		s.FenceHistory = append(s.FenceHistory, ha.FenceAction{Node: n, Status: ha.FenceSuccess, Action: "reboot"})
	}
	for _, r := range subset("watched", []string{"a", "b"}) {
		s.Watched = append(s.Watched, ha.Watching{Node: "n1", Resource: r, By: []ha.ChangeKind{ha.WatchProcess}})
	}
	return s
}

func asJSON(t interface{ Fatal(...any) }, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDeltaLaw: whatever two states, the delta between them, sent as JSON, turns the one into the other.
func TestDeltaLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := states(t, "old "), states(t, "new ")
		delta, changed := ha.MakeDelta(&old, now)
		var sent ha.Delta
		if err := json.Unmarshal([]byte(asJSON(t, delta)), &sent); err != nil {
			t.Fatal(err)
		}
		before := asJSON(t, old)
		if got, want := asJSON(t, ha.Apply(&old, sent)), asJSON(t, now); got != want {
			t.Fatalf("delta %s\ngot  %s\nwant %s", asJSON(t, delta), got, want)
		}
		if asJSON(t, old) != before {
			t.Fatal("Apply has changed what it was given")
		}
		later := old
		later.At = now.At
		if same := asJSON(t, later) == asJSON(t, now); changed == same {
			t.Fatalf("changed = %v between\n%s\n%s", changed, asJSON(t, old), asJSON(t, now))
		}
	})
}

func TestDeltaFromNothing(t *testing.T) {
	s := ha.State{At: epoch, Nodes: []ha.NodeState{{Name: "n1"}}}
	d, changed := ha.MakeDelta(nil, s)
	if !d.Full || !changed {
		t.Fatalf("full %v, changed %v; want both", d.Full, changed)
	}
	stale := ha.State{Nodes: []ha.NodeState{{Name: "other"}}}
	if got := ha.Apply(&stale, d); len(got.Nodes) != 1 || got.Nodes[0].Name != "n1" {
		t.Errorf("got nodes %v, want n1 alone", got.Nodes)
	}
}

// TestDeltaIsSmall: a resource that changes on a large cluster costs one resource, not the cluster.
func TestDeltaIsSmall(t *testing.T) {
	var old ha.State
	for _, id := range []string{"a", "b", "c", "d"} {
		old.Resources = append(old.Resources, ha.ResourceState{ID: id, Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}})
		old.Nodes = append(old.Nodes, ha.NodeState{Name: "node-" + id})
		old.Watched = append(old.Watched, ha.Watching{Node: "n1", Resource: id})
	}
	now := old
	now.Resources = append([]ha.ResourceState{}, old.Resources...)
	now.Resources[2].Role = "Stopped"
	d, changed := ha.MakeDelta(&old, now)
	if !changed || d.Full || len(d.State.Resources) != 1 || d.State.Nodes != nil || d.State.Watched != nil || d.Order != nil {
		t.Errorf("changed %v, delta %s; want resource c alone", changed, asJSON(t, d))
	}
}
