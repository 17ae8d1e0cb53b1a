package sim_test

import (
	"slices"
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// TestBudget: the failover budget of a service over the whole way, against its target, and a change that would break it.
func TestBudget(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	if err := s.Play(ctx, "healthy"); err != nil {
		t.Fatal(err)
	}
	path := map[string]string{"cluster": "demo", "service": "database"}
	hour := 3600
	if err := s.API.Do(ctx, client.Request{Route: "target.set", Path: path, Body: ha.Target{RTOUnplanned: &hour}}, nil); err != nil {
		t.Fatal(err)
	}
	list, err := client.All[ha.Budget](ctx, s.API, client.Request{Route: "budget.list", Path: map[string]string{"cluster": "demo"}}, 0)
	if err != nil || !slices.ContainsFunc(list, func(b ha.Budget) bool { return b.Service == "database" }) {
		t.Fatalf("got %+v, err %v", list, err)
	}
	var b ha.Budget
	if err := s.API.Do(ctx, client.Request{Route: "budget.show", Path: path}, &b); err != nil {
		t.Fatal(err)
	}
	events := map[ha.Event]ha.BudgetEvent{}
	for _, e := range b.Events {
		events[e.Event] = e
	}
	// Here time does not pass: nothing was measured, and so at least the token is known, and the time-outs are.
	node := events[ha.EventNode]
	if node.Never != "" || node.Answer != ha.TargetMet || node.Typical.Exact || node.Typical.MS <= 0 || node.Worst.MS <= node.Typical.MS || node.Typical.Parts[0].Kind != ha.PartToken {
		t.Errorf("got %+v", node)
	}
	if planned := events[ha.EventPlanned]; planned.Target != nil || planned.Answer != "" || len(planned.Typical.Parts) == 0 {
		t.Errorf("got %+v", planned)
	}
	if crash := events[ha.EventApplication]; crash.Answer != ha.TargetMet || crash.Typical.Parts[0].Kind != ha.PartMonitor {
		t.Errorf("got %+v", crash)
	}
	var db api.Resource
	if err := s.API.Do(ctx, client.Request{Route: "resource.show", Path: map[string]string{"cluster": "demo", "resource": "db"}}, &db); err != nil {
		t.Fatal(err)
	}
	every := func(interval string) (f ha.Forecast) {
		t.Helper()
		changed := *db.Config
		changed.Operations = slices.Clone(changed.Operations)
		for i, o := range changed.Operations {
			if o.Name == "monitor" {
				changed.Operations[i].Interval = interval
			}
		}
		sc := ha.Scenario{Edits: []ha.Edit{{Op: ha.UpdateResource, ID: "db", Resource: &changed}}}
		if err := s.API.Do(ctx, client.Request{Route: "whatif.play", Path: map[string]string{"cluster": "demo"}, Body: sc}, &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := every("3h")
	if len(f.Warnings) == 0 || f.Warnings[0].Code != ha.FindingBudgetMonitor || f.Warnings[0].Object != "database" || f.Warnings[0].Args["resource"] != "db" {
		t.Errorf("a monitor every three hours: %+v, differences %+v", f.Warnings, f.Differences)
	}
	if f := every("1min"); len(f.Warnings) > 0 || len(f.Differences) == 0 {
		t.Errorf("a monitor every minute: %+v, differences %+v", f.Warnings, f.Differences)
	}
}
