package insight_test

import (
	"maps"
	"slices"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// colours are what nodes have, by node: "cpu=red mem=yellow" is {HealthCPU: Red, HealthMemory: Yellow}.
type colours map[string]map[ha.HealthKind]ha.Colour

func all(c ha.Colour) map[ha.HealthKind]ha.Colour {
	return map[ha.HealthKind]ha.Colour{ha.HealthCPU: c, ha.HealthMemory: c, ha.HealthDisk: c}
}

func one(c ha.Colour) map[ha.HealthKind]ha.Colour {
	return map[ha.HealthKind]ha.Colour{ha.HealthCPU: c}
}

// TestHealthScheduler asks Pacemaker's own scheduler what a policy comes to. testdata/three.xml has the group g on n1.
func TestHealthScheduler(t *testing.T) {
	tools := scheduler(t)
	two := map[ha.HealthKind]ha.Colour{ha.HealthCPU: ha.Red, ha.HealthMemory: ha.Red}
	at1 := func(node, score string) ha.Edit {
		return ha.Edit{Op: ha.CreateConstraint, ID: "x-" + node, Constraint: &ha.Constraint{ID: "x-" + node, Kind: ha.Location, Resource: "g", Node: node, Score: score}}
	}
	sticky := func(score string) ha.Edit {
		return ha.Edit{Op: ha.SetMeta, ID: "g", Values: map[string]string{"resource-stickiness": score}}
	}
	for _, c := range []struct {
		name    string
		move    ha.HealthMove
		colours colours
		edits   []ha.Edit
		except  []string
		want    []string // where db may be then
	}{
		{"all green", ha.MoveRed, colours{}, nil, nil, []string{"n1"}},
		{"one red", ha.MoveRed, colours{"n1": one(ha.Red)}, nil, nil, []string{"n2", "n3"}},
		{"one red, which others are too", ha.MoveRed, colours{"n1": one(ha.Red), "n2": one(ha.Red), "n3": one(ha.Red)}, nil, nil, []string{"n1"}},
		{"all red by all kinds: it stays somewhere", ha.MoveRed, colours{"n1": all(ha.Red), "n2": all(ha.Red), "n3": all(ha.Red)}, nil, nil, []string{"n1"}},
		{"yellow does not move", ha.MoveRed, colours{"n1": all(ha.Yellow)}, nil, nil, []string{"n1"}},
		{"yellow does", ha.MoveYellow, colours{"n1": one(ha.Yellow)}, nil, nil, []string{"n2", "n3"}},
		{"red here, all yellow there", ha.MoveYellow, colours{"n1": one(ha.Red), "n2": all(ha.Yellow), "n3": all(ha.Yellow)}, nil, nil, []string{"n2", "n3"}},
		{"two kinds red here, one there", ha.MoveRed, colours{"n1": two, "n2": one(ha.Red), "n3": two}, nil, nil, []string{"n2"}},
		{"all red here, one red there", ha.MoveYellow, colours{"n1": all(ha.Red), "n2": all(ha.Red), "n3": one(ha.Red)}, nil, nil, []string{"n3"}},
		{"a must wins", ha.MoveRed, colours{"n1": all(ha.Red)}, []ha.Edit{at1("n1", "INFINITY")}, nil, []string{"n1"}},
		{"nowhere else", ha.MoveRed, colours{"n1": all(ha.Red)}, []ha.Edit{at1("n2", "-INFINITY"), at1("n3", "-INFINITY")}, nil, []string{"n1"}},
		{"only one is left", ha.MoveRed, colours{"n1": all(ha.Red), "n2": all(ha.Red)}, []ha.Edit{at1("n3", "-INFINITY")}, nil, []string{"n1"}},
		{"an order of nodes loses", ha.MoveRed, colours{"n1": one(ha.Red)}, []ha.Edit{at1("n1", "10000"), at1("n2", "5000")}, nil, []string{"n2"}},
		{"an order of nodes brings it back", ha.MoveRed, colours{"n2": one(ha.Green)}, []ha.Edit{at1("n2", "1000")}, nil, []string{"n2"}},
		{"stickiness below the gap", ha.MoveRed, colours{"n1": one(ha.Red)}, []ha.Edit{sticky("20000")}, nil, []string{"n2", "n3"}},
		{"stickiness above it", ha.MoveRed, colours{"n1": one(ha.Red)}, []ha.Edit{sticky("70000")}, nil, []string{"n1"}},
		{"excepted", ha.MoveRed, colours{"n1": all(ha.Red)}, nil, []string{"g"}, []string{"n1"}},
		{"excepted beside others", ha.MoveYellow, colours{"n1": all(ha.Yellow)}, nil, []string{"g", "ping-clone"}, []string{"n1"}},
		{"excepted, and preferred elsewhere", ha.MoveRed, colours{"n2": all(ha.Red)}, []ha.Edit{at1("n2", "1000")}, []string{"g"}, []string{"n2"}},
		{"prefer: what runs stays", ha.MovePrefer, colours{"n1": all(ha.Red)}, nil, nil, []string{"n1"}},
		{"off", ha.MoveOff, colours{"n1": all(ha.Red)}, nil, nil, []string{"n1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cib := read(t, "three.xml")
			cfg := cib.Config()
			p := ha.DefaultHealth()
			p.Move, p.Except = c.move, c.except
			if err := cib.Apply(slices.Concat(c.edits, p.Edits(cfg))); err != nil {
				t.Fatal(err)
			}
			for node, kinds := range c.colours {
				for k, colour := range kinds {
					if !cib.Colour(node, k.Attribute(), colour) {
						t.Fatalf("no node %s", node)
					}
				}
			}
			if got := cib.Colours("n1"); !maps.Equal(got, c.colours["n1"]) {
				t.Fatalf("n1 has %v", got)
			}
			if where := home(t, tools, cib, "db"); !slices.Contains(c.want, where) {
				t.Errorf("db would be on %q, want one of %v", where, c.want)
			}
		})
	}
}

// home is where a primitive would be once the scheduler is done.
func home(t *testing.T, tools pacemaker.Tools, cib *pacemaker.CIB, id string) string {
	t.Helper()
	after, resources, err := tools.Foresee(t.Context(), cib.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(after) == 0 {
		t.Fatal("nothing comes of it")
	}
	for _, r := range ha.Leaves(resources) {
		if r.ID == id && len(r.Nodes) > 0 {
			return r.Nodes[0]
		}
	}
	return ""
}

// TestHealthPrefersGreener: where colours only prefer, what starts goes to a green node, and an order of nodes is stronger.
func TestHealthPrefersGreener(t *testing.T) {
	tools := scheduler(t)
	for _, c := range []struct {
		name   string
		first  string // is preferred
		colour colours
		want   string
	}{
		{"the only green one", "", colours{"n1": one(ha.Yellow), "n3": one(ha.Red)}, "n2"},
		{"the least bad", "", colours{"n1": all(ha.Yellow), "n2": one(ha.Red), "n3": one(ha.Red)}, "n1"},
		{"an order of nodes", "n3", colours{"n3": all(ha.Red)}, "n3"},
	} {
		cib := read(t, "three.xml")
		p := ha.DefaultHealth()
		p.Move = ha.MovePrefer
		list := append(p.Edits(cib.Config()), ha.Edit{Op: ha.CreateResource, ID: "fresh", Resource: &ha.Resource{ID: "fresh", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}})
		if c.first != "" {
			list = append(list, ha.Edit{Op: ha.CreateConstraint, ID: "first", Constraint: &ha.Constraint{ID: "first", Kind: ha.Location, Resource: "fresh", Node: c.first, Score: "100"}})
		}
		if err := cib.Apply(list); err != nil {
			t.Fatal(err)
		}
		for node, kinds := range c.colour {
			for k, colour := range kinds {
				cib.Colour(node, k.Attribute(), colour)
			}
		}
		if where := home(t, tools, cib, "fresh"); where != c.want {
			t.Errorf("%s: it would start on %q, want %s", c.name, where, c.want)
		}
	}
}
