package sim_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hawser/agent/engine/simulated"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// quick is a policy whose colours come and go in seconds.
func quick(change func(*ha.HealthPolicy)) api.SetHealth {
	p := ha.DefaultHealth()
	p.Move = ha.MoveRed
	for _, k := range ha.HealthKinds {
		p.Rule(k).Lasts, p.Rule(k).Back = 10, 10
	}
	if change != nil {
		change(&p)
	}
	return api.SetHealth{HealthPolicy: p}
}

// ward is a simulated cluster whose nodes may be unwell.
type ward struct {
	*sim.Sim
	t     *testing.T
	world string
}

// seen waits until the cluster itself has a resource on a node, whatever the server sees.
func (w ward) seen(resource, node string) {
	w.t.Helper()
	d, err := simulated.New(simulated.Options{Dir: w.world, Node: "n1"})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.WaitFor(w.t.Context(), resource+" on "+node, func(ctx context.Context) error {
		st, err := d.State(ctx)
		for _, r := range ha.Leaves(st.Resources) {
			if r.ID == resource && slices.Equal(r.Nodes, []string{node}) {
				return nil
			}
		}
		return errors.Join(err, errors.New("it is not there"))
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w ward) shown() (h api.HealthShown) {
	w.t.Helper()
	if err := w.API.Do(w.t.Context(), client.Request{Route: "health.show", Path: demoPath()}, &h); err != nil {
		w.t.Fatal(err)
	}
	return h
}

func demoPath() map[string]string { return map[string]string{"cluster": "demo"} }

func (w ward) set(s api.SetHealth) {
	w.t.Helper()
	if _, err := w.Do(w.t.Context(), client.Request{Route: "health.set", Path: demoPath(), Body: s}); err != nil {
		w.t.Fatal(err)
	}
}

func (w ward) vital(node, measure string, percent float64) {
	w.t.Helper()
	if err := w.Node(node).World().SetVital(w.t.Context(), node, measure, percent); err != nil {
		w.t.Fatal(err)
	}
}

// colour waits until the server shows that colour of a node's kind.
func (w ward) colour(node string, k ha.HealthKind, want ha.Colour) {
	w.t.Helper()
	err := w.WaitFor(w.t.Context(), fmt.Sprintf("%s of %s to be %s", k, node, want), func(ctx context.Context) error {
		var h api.HealthShown
		if err := w.API.Do(ctx, client.Request{Route: "health.show", Path: demoPath()}, &h); err != nil {
			return err
		}
		for _, n := range h.Nodes {
			if one := n.Health.Kind(k); n.Node == node && one != nil && one.Colour == want {
				return nil
			}
		}
		return fmt.Errorf("it is %+v", h.Nodes)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// told are the kinds of the events of a node's health, oldest first.
func (w ward) told(node string) (kinds []string) {
	w.t.Helper()
	list, err := client.All[api.Event](w.t.Context(), w.API, client.Request{Route: "event.list", Query: map[string][]string{"cluster": {"demo"}, "kind": {"health.*"}, "object": {node}}}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range slices.Backward(list) {
		kinds = append(kinds, e.Kind+" "+e.Args["kind"])
	}
	return kinds
}

// TestHealth goes the whole way: a policy is set, a node becomes red and is left, is well again and is returned to; the forecast is
// what happens; agent and server may be away meanwhile, and each change of colour is told once.
func TestHealth(t *testing.T) {
	need(t)
	dir := t.TempDir()
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t), Sample: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()
	if err := s.Play(ctx, "healthy"); err != nil {
		t.Fatal(err)
	}
	w := ward{s, t, filepath.Join(dir, "world")}
	home := onNode(t, s, "db", "n1", "n2", "n3")
	var others []string
	for _, n := range []string{"n1", "n2", "n3"} {
		if n != home {
			others = append(others, n)
		}
	}
	if _, err := s.Do(ctx, client.Request{Route: "resource.prefer", Path: map[string]string{"cluster": "demo", "resource": "database"}, Body: api.PreferNodes{Nodes: []string{home}}}); err != nil {
		t.Fatal(err)
	}
	if h := w.shown(); h.Policy.Move != ha.MoveOff || len(h.Nodes) != 3 || h.Version == nil {
		t.Fatalf("to begin with: %+v", h)
	}
	// A policy that is thought of, on a colour that is thought of.
	ask := func(q api.HealthQuestion) (p api.HealthPlan) {
		t.Helper()
		if err := s.API.Do(ctx, client.Request{Route: "health.whatif", Path: demoPath(), Body: q}, &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	policy := quick(nil).HealthPolicy
	red := []ha.NodeColour{{Node: home, Kind: ha.HealthCPU, Colour: ha.Red}}
	moves := func(p api.HealthPlan) bool {
		return slices.ContainsFunc(p.Forecast.Actions, func(a ha.ForecastAction) bool {
			return a.Kind == "move" && a.Resource == "db" && a.From == home
		})
	}
	if p := ask(api.HealthQuestion{Policy: &policy}); moves(p) {
		t.Errorf("all are well, and it would move: %+v", p.Forecast.Actions)
	}
	if p := ask(api.HealthQuestion{Policy: &policy, Colours: red}); !moves(p) || len(p.Forecast.Differences) == 0 {
		t.Errorf("it would not move: %+v", p)
	}
	if p := ask(api.HealthQuestion{Colours: red}); moves(p) {
		t.Errorf("smart migration is off, and it would move: %+v", p.Forecast.Actions)
	}
	w.set(quick(nil))
	var revisions api.Page[api.Revision]
	if err := s.API.Do(ctx, client.Request{Route: "revision.list", Path: demoPath()}, &revisions); err != nil || revisions.Items[0].Action != "health.set" || !revisions.Items[0].Revertible {
		t.Errorf("newest revision: %+v, %v", revisions.Items[0], err)
	}
	w.colour(home, ha.HealthCPU, ha.Green)

	// Red: it moves, by the cluster alone.
	w.vital(home, ha.MeasureCPU, 99)
	if p := ask(api.HealthQuestion{Policy: &policy}); !slices.Contains(p.Colours, red[0]) && w.shown().Nodes[0].Health == nil {
		t.Errorf("what is measured is not seen: %+v", p.Colours)
	}
	w.colour(home, ha.HealthCPU, ha.Red)
	onNode(t, s, "db", others...)
	// The agent is away meanwhile and starts again: the colour stays.
	if err := s.Node(home).StopAgent(); err != nil {
		t.Fatal(err)
	}
	if err := s.Node(home).StartAgent(ctx); err != nil {
		t.Fatal(err)
	}
	w.colour(home, ha.HealthCPU, ha.Red)
	// The server cannot be reached meanwhile: it comes back by itself, and what happened is told later.
	s.Node(home).Partition(true)
	w.vital(home, ha.MeasureCPU, 3)
	w.seen("db", home)
	s.Node(home).Partition(false)
	w.colour(home, ha.HealthCPU, ha.Green)
	want := []string{"health.red cpu", "health.green cpu"}
	eventually(t, "both changes to be told", func() bool { return len(w.told(home)) >= 2 })
	if got := w.told(home); !slices.Equal(got, want) {
		t.Errorf("told: %v, want %v", got, want)
	}
	var past ha.HealthHistory
	if err := s.API.Do(ctx, client.Request{Route: "health.history", Path: map[string]string{"cluster": "demo", "node": home}}, &past); err != nil || len(past.Samples) < 5 {
		t.Errorf("%d samples, %v", len(past.Samples), err)
	}

	// All red: it stays somewhere. Excepted: it stays where it is.
	for _, n := range []string{"n1", "n2", "n3"} {
		w.vital(n, ha.MeasureMemory, 97)
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		w.colour(n, ha.HealthMemory, ha.Red)
	}
	at := onNode(t, s, "db", home) // where all are alike the order of nodes decides
	w.set(quick(func(p *ha.HealthPolicy) { p.Except = []string{"database"}; p.Memory.On = false }))
	w.vital(at, ha.MeasureSpace, 99)
	w.colour(at, ha.HealthDisk, ha.Red)
	onNode(t, s, "db", at)
	// What cannot be measured keeps its colour, and says so.
	w.vital(at, ha.MeasureSpace, -1)
	eventually(t, "the finding", func() bool {
		var list api.Page[ha.Finding]
		if err := s.API.Do(ctx, client.Request{Route: "check.list", Path: demoPath()}, &list); err != nil {
			t.Fatal(err)
		}
		_, there := ha.FindFinding(list.Items, ha.FindingHealthBlind, at)
		return there
	})
	w.colour(at, ha.HealthDisk, ha.Red)

	// Taken away: nothing is left of it.
	if _, err := s.Do(ctx, client.Request{Route: "health.unset", Path: demoPath()}); err != nil {
		t.Fatal(err)
	}
	var c api.ClusterDetail
	if err := s.API.Do(ctx, client.Request{Route: "cluster.show", Path: demoPath()}, &c); err != nil {
		t.Fatal(err)
	}
	for name := range c.Config.Properties {
		if ha.IsHealthProperty(name) || name == "node-health-strategy" {
			t.Errorf("left: %s", name)
		}
	}
	eventually(t, "the colours to be gone", func() bool {
		for _, n := range w.shown().Nodes {
			if n.Colour != ha.Green {
				return false
			}
		}
		return true
	})
}

// TestHealthRefused: what is wrong is refused at the edge, at its field, and has changed nothing.
func TestHealthRefused(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	if err := s.Play(ctx, "healthy"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, route   string
		body          any
		field, reason string
	}{
		{"red below yellow", "health.set", quick(func(p *ha.HealthPolicy) { p.CPU.Red = 10 }), "cpu.red", "health.red_below_yellow"},
		{"no such node", "health.set", quick(func(p *ha.HealthPolicy) { p.Node("n9").SetRule(ha.HealthCPU, &p.CPU) }), "nodes[0].node", "node.unknown"},
		{"no such resource", "health.set", quick(func(p *ha.HealthPolicy) { p.Except = []string{"nobody"} }), "except[0]", "resource.unknown"},
		{"a part of a group", "health.set", quick(func(p *ha.HealthPolicy) { p.Except = []string{"db"} }), "except[0]", "health.except_held"},
		{"a policy that is thought of", "health.whatif", api.HealthQuestion{Policy: &ha.HealthPolicy{Move: "red"}}, "policy.cpu.yellow", "field.range"},
		{"no such node's colour", "health.whatif", api.HealthQuestion{Colours: []ha.NodeColour{{Node: "n9", Kind: ha.HealthCPU, Colour: ha.Red}}}, "colours[0].node", "whatif.node_not_there"},
		{"by another route", "cluster.properties", api.Properties{Set: map[string]string{"hawser-health-cpu": "on yellow=many"}}, "set.hawser-health-cpu", "health.value_invalid"},
		{"a node's attribute", "node.attributes", api.ValueChange{Set: map[string]string{"hawser-health-mem": "red=1"}}, "set.hawser-health-mem", "health.value_invalid"},
	} {
		path := demoPath()
		path["node"] = "n1"
		err := s.API.Do(ctx, client.Request{Route: c.route, Path: path, Body: c.body}, nil)
		f := fault.Public(err)
		if f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Path == c.field && x.Reason == c.reason }) {
			t.Errorf("%s: got %v, want %s of %s", c.name, err, c.reason, c.field)
		}
	}
	if _, err := s.Do(ctx, client.Request{Route: "health.unset", Path: demoPath()}); fault.Public(err) == nil || fault.Public(err).Reason != "health.none" {
		t.Errorf("there is nothing to take away: %v", err)
	}
}
