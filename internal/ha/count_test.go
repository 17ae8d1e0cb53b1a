package ha_test

import (
	"testing"

	"hawser/internal/ha"
)

func TestCountResources(t *testing.T) {
	p := func(id, agent, role string, nodes ...string) ha.ResourceState {
		return ha.ResourceState{ID: id, Kind: ha.Primitive, Agent: agent, Role: role, Nodes: nodes}
	}
	failed := p("db", "ocf:a:b", "Started", "n1")
	failed.Failed = true
	got := ha.CountResources([]ha.ResourceState{
		p("fence", "stonith:x", "Started", "n1"),
		{ID: "g", Kind: ha.Group, Disabled: true, Members: []ha.ResourceState{p("fs", "ocf:a:b", "Stopped")}},
		{ID: "c", Kind: ha.Clone, Members: []ha.ResourceState{p("ping", "ocf:a:b", "Started", "n1"), p("ping", "ocf:a:b", "Started", "n2")}},
		failed,
	})
	if want := (ha.Counts{All: 3, Desired: 2, Started: 1, Failed: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
