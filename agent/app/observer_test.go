package app

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// TestControllerDies: until another one is elected the dead controller is named still, and nobody would tell that it is lost.
func TestControllerDies(t *testing.T) {
	var told []string
	o, err := newObserver(t.TempDir(), func(events ...wire.Event) error {
		for _, e := range events {
			told = append(told, string(e.Change.Kind)+" "+e.Change.Object)
		}
		return nil
	}, func(string, string) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		dc string
		n2 ha.NodeState
	}{
		{"n2", ha.NodeState{Name: "n2", Online: true}},
		{"n2", ha.NodeState{Name: "n2", Online: true, Unclean: true}},
		{"n2", ha.NodeState{Name: "n2"}},
		{"", ha.NodeState{Name: "n2"}},
		{"n1", ha.NodeState{Name: "n2"}},
	} {
		s := ha.State{At: at.Add(time.Duration(i) * time.Second), Running: true, Quorate: true, Reporter: "n1", DC: c.dc, Nodes: []ha.NodeState{{Name: "n1", Online: true}, c.n2}}
		if err := o.observe("demo", s, false); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(told, []string{"node.lost n2", "dc.changed n1"}) {
		t.Errorf("told %q", told)
	}
}

// TestFailuresOfOneSecond: Pacemaker's times are whole seconds, and a service can fail, be restarted and fail again in one. Both are told.
func TestFailuresOfOneSecond(t *testing.T) {
	keys := map[string]bool{}
	o, err := newObserver(t.TempDir(), func(events ...wire.Event) error {
		for _, e := range events {
			if e.Change.Kind == ha.ResourceFailed {
				keys[e.Key] = true
			}
		}
		return nil
	}, func(string, string) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	second := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	for i, calls := range [][]int{nil, {5}, nil, {9}, {9}, {12}} {
		s := ha.State{
			At: second.Add(time.Duration(i) * 100 * time.Millisecond), Running: true, Quorate: true, Reporter: "n1", DC: "n1",
			Nodes: []ha.NodeState{{Name: "n1", Online: true}}, Resources: []ha.ResourceState{{ID: "app", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}}},
		}
		for _, call := range calls {
			s.Failures = append(s.Failures, ha.Failure{Resource: "app", Node: "n1", Operation: "asyncmon", ExitCode: 1, Count: 1, Call: call, At: second})
		}
		if err := o.observe("demo", s, false); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 3 {
		t.Errorf("told %d failures of 3", len(keys))
	}
}
