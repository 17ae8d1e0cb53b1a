package sim_test

import (
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestWhatIf plays changes and failures through over the whole way, and holds the forecast to what then happens.
func TestWhatIf(t *testing.T) {
	need(t)
	s := start(t)
	ctx := t.Context()
	if err := s.Play(ctx, "healthy"); err != nil {
		t.Fatal(err)
	}
	path := map[string]string{"cluster": "demo"}
	play := func(sc ha.Scenario) (f ha.Forecast, err error) {
		err = s.API.Do(ctx, client.Request{Route: "whatif.play", Path: path, Body: sc}, &f)
		return f, err
	}
	where := func() string {
		t.Helper()
		var r api.Resource
		if err := s.API.Do(ctx, client.Request{Route: "resource.show", Path: map[string]string{"cluster": "demo", "resource": "database"}}, &r); err != nil {
			t.Fatal(err)
		}
		return r.Node
	}
	target := func(f ha.Forecast) string {
		for _, a := range f.Actions {
			if a.Kind == "move" && a.Resource == "db" {
				return a.To
			}
		}
		return ""
	}
	from := where()
	f, err := play(ha.Scenario{LoseNodes: []string{from}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Engine != "simulated" || !f.Quorate || !f.Rest || target(f) == "" || len(f.Services) != 1 || f.Services[0].Service != "database" || !f.Services[0].Ends {
		t.Errorf("loss of a node: %+v", f)
	}
	if now := where(); now != from {
		t.Errorf("the service has moved to %s: a forecast changes nothing", now)
	}
	// Two of three take the quorum with them.
	if f, err = play(ha.Scenario{LoseNodes: []string{"n1", "n2"}}); err != nil || f.Quorate {
		t.Errorf("two of three nodes lost: %+v, %v", f, err)
	}
	// What is foretold happens.
	f, err = play(ha.Scenario{Edits: []ha.Edit{{Op: ha.SetNodeAttributes, Node: from, Values: map[string]string{"standby": "on"}}}})
	if err != nil || len(f.Differences) != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := s.Do(ctx, client.Request{Route: "node.standby", Path: map[string]string{"cluster": "demo", "node": from}}); err != nil {
		t.Fatal(err)
	}
	if now := where(); now != target(f) || now == from {
		t.Errorf("it is on %s, foretold was %q", now, target(f))
	}
	for reason, sc := range map[string]ha.Scenario{
		"field.required":        {},
		"whatif.node_not_there": {LoseNodes: []string{"n9"}},
		"whatif.twice":          {LoseNodes: []string{"n1", "n1"}},
		"resource.unknown":      {Move: []ha.Relocation{{Resource: "nobody"}}},
	} {
		_, err := play(sc)
		if e := fault.Public(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Reason != reason {
			t.Errorf("%s: got %v", reason, err)
		}
	}
}
