package sim_test

import (
	"slices"
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestWhatIf plays changes and failures through over the whole way, and holds the forecast to what then happens.
func TestWhatIf(t *testing.T) {
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
	// A restart ends where it began, and writes nothing that stays.
	f, err = play(ha.Scenario{Restart: []string{"database"}})
	if err != nil || len(f.Differences) > 0 || !f.Rest || len(f.Services) != 1 || !f.Services[0].Ends {
		t.Errorf("a restart: %+v, %v", f, err)
	}
	for _, kind := range []string{"stop", "start"} {
		if !slices.ContainsFunc(f.Actions, func(a ha.ForecastAction) bool { return a.Kind == kind && a.Resource == "db" && a.From+a.To == from }) {
			t.Errorf("a restart without a %s of db on %s: %+v", kind, from, f.Actions)
		}
	}
	if f, err = play(ha.Scenario{Cleanup: []ha.CleanedUp{{}}}); err != nil || len(f.Actions) > 0 || len(f.Doubtful) > 0 {
		t.Errorf("a clean-up of nothing: %+v, %v", f, err)
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
		"node.unknown":          {Cleanup: []ha.CleanedUp{{Node: "n9"}}},
		"resource.unknown":      {Move: []ha.Relocation{{Resource: "nobody"}}},
	} {
		_, err := play(sc)
		if e := fault.Public(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Reason != reason {
			t.Errorf("%s: got %v", reason, err)
		}
	}
}

// TestCheckFix: what is found is mended by one request, as a revision; what a person has to decide is refused.
func TestCheckFix(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	if err := s.Play(ctx, "healthy"); err != nil {
		t.Fatal(err)
	}
	path := map[string]string{"cluster": "demo"}
	if _, err := s.Do(ctx, client.Request{Route: "cluster.properties", Path: path, Body: api.Properties{Set: map[string]string{"no-quorum-policy": "ignore"}}}); err != nil {
		t.Fatal(err)
	}
	findings := func() map[string]ha.Finding {
		t.Helper()
		var list api.Page[ha.Finding]
		if err := s.API.Do(ctx, client.Request{Route: "check.list", Path: path}, &list); err != nil {
			t.Fatal(err)
		}
		found := map[string]ha.Finding{}
		for _, f := range list.Items {
			found[f.Code] = f
		}
		return found
	}
	eventually(t, "the finding", func() bool { return len(findings()[ha.FindingQuorumIgnored].Fix) == 1 })
	op, err := s.Do(ctx, client.Request{Route: "check.fix", Path: path, Body: api.FixFinding{Code: ha.FindingQuorumIgnored, Object: "no-quorum-policy"}})
	if err != nil || op.Revision == 0 {
		t.Fatal(op, err)
	}
	eventually(t, "nothing to be found any more", func() bool { _, there := findings()[ha.FindingQuorumIgnored]; return !there })
	for body, reason := range map[api.FixFinding]string{
		{Code: ha.FindingQuorumIgnored, Object: "no-quorum-policy"}: "check.not_found",
		{Code: ha.FindingVIPMiddle, Object: "nobody"}:               "check.not_found",
	} {
		if err := s.API.Do(ctx, client.Request{Route: "check.fix", Path: path, Body: body}, nil); fault.Public(err) == nil || fault.Public(err).Reason != reason {
			t.Errorf("%v: got %v, want %s", body, err, reason)
		}
	}
	// What a person has to decide: the passwords of the fence devices are not the point, that one node has no device is.
	if _, err := s.Do(ctx, client.Request{Route: "resource.delete", Path: map[string]string{"cluster": "demo", "resource": "fence-n1"}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node without a device", func() bool { _, there := findings()[ha.FindingUncovered]; return there })
	if err := s.API.Do(ctx, client.Request{Route: "check.fix", Path: path, Body: api.FixFinding{Code: ha.FindingUncovered, Object: "n1"}}, nil); fault.Public(err) == nil || fault.Public(err).Reason != "check.no_fix" {
		t.Errorf("got %v", err)
	}
}
