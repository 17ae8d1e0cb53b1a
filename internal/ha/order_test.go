package ha_test

import (
	"strings"
	"testing"

	"hawser/internal/ha"
)

func TestNewCycle(t *testing.T) {
	primitive := func(id string) ha.Resource { return ha.Resource{ID: id, Kind: ha.Primitive} }
	base := ha.Config{
		Resources: []ha.Resource{
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{primitive("g1"), primitive("g2")}},
			{ID: "cl", Kind: ha.Clone, Members: []ha.Resource{primitive("c")}},
			primitive("x"), primitive("y"),
		},
		Tags: []ha.Tag{{ID: "t", Resources: []string{"x", "y"}}},
	}
	order := func(first, then string) ha.Constraint {
		return ha.Constraint{ID: first + "-" + then, Kind: ha.Order, First: first, Then: then}
	}
	with := func(c ha.Constraint, change func(*ha.Constraint)) ha.Constraint { change(&c); return c }
	for what, c := range map[string]struct {
		had, made []ha.Constraint
		path      string
	}{
		"none":              {nil, []ha.Constraint{order("x", "y"), order("g", "x")}, ""},
		"two":               {[]ha.Constraint{order("x", "y")}, []ha.Constraint{order("y", "x")}, "y x y"},
		"through a group":   {[]ha.Constraint{order("g", "x")}, []ha.Constraint{order("x", "g1")}, "x g1 g2 x"},
		"within a group":    {nil, []ha.Constraint{order("g2", "g1")}, "g2 g1 g2"},
		"through a clone":   {[]ha.Constraint{order("cl", "x")}, []ha.Constraint{order("x", "c")}, "x c x"},
		"through a tag":     {[]ha.Constraint{order("t", "cl")}, []ha.Constraint{order("c", "y")}, "c y c"},
		"optional":          {[]ha.Constraint{order("x", "y")}, []ha.Constraint{with(order("y", "x"), func(c *ha.Constraint) { c.OrderKind = "Optional" })}, ""},
		"old optional":      {[]ha.Constraint{order("x", "y")}, []ha.Constraint{with(order("y", "x"), func(c *ha.Constraint) { c.Score = "0" })}, ""},
		"stop before start": {[]ha.Constraint{order("x", "y")}, []ha.Constraint{with(order("y", "x"), func(c *ha.Constraint) { c.Action, c.ThenAction, c.Symmetrical = "stop", "start", "false" })}, ""},
		"promotion": {
			[]ha.Constraint{with(order("c", "x"), func(c *ha.Constraint) { c.Action, c.ThenAction = "promote", "start" })},
			[]ha.Constraint{order("x", "c")},
			"x c x",
		},
		"set":           {[]ha.Constraint{order("y", "x")}, []ha.Constraint{{ID: "s", Kind: ha.Order, Sets: []ha.ResourceSet{{Resources: []string{"x", "cl"}}, {Resources: []string{"y"}}}}}, "x c y x"},
		"set of equals": {[]ha.Constraint{order("y", "x")}, []ha.Constraint{{ID: "s", Kind: ha.Order, Sets: []ha.ResourceSet{{Resources: []string{"x", "y"}, Sequential: "false"}}}}, ""},
		"there already": {[]ha.Constraint{order("x", "y"), order("y", "x")}, []ha.Constraint{order("g", "cl")}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			before, after := base, base
			before.Constraints = c.had
			after.Constraints = append(append([]ha.Constraint{}, c.had...), c.made...)
			path, by := ha.NewCycle(before, after)
			if got := strings.Join(path, " "); got != c.path {
				t.Errorf("got %q, want %q", got, c.path)
			}
			if path != nil && by != c.made[0].ID {
				t.Errorf("made by %s", by)
			}
		})
	}
	moved := base
	moved.Resources = []ha.Resource{{ID: "g", Kind: ha.Group, Members: []ha.Resource{primitive("g2"), primitive("g1")}}}
	moved.Constraints = []ha.Constraint{order("g1", "g2")}
	was := base
	was.Constraints = moved.Constraints
	if path, by := ha.NewCycle(was, moved); by != "g" {
		t.Errorf("a group in another order: %v by %s", path, by)
	}
}
