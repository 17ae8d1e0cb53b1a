package ha_test

import (
	"reflect"
	"testing"

	"hawser/internal/ha"
)

func TestFailback(t *testing.T) {
	cfg := func(stickiness string, scores map[string]string) ha.Config {
		c := ha.Config{ResourceDefaults: map[string]string{"resource-stickiness": "1"}, Resources: []ha.Resource{
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{{ID: "a", Kind: ha.Primitive}, {ID: "b", Kind: ha.Primitive}}},
		}}
		if stickiness != "" {
			c.Resources[0].Meta = map[string]string{"resource-stickiness": stickiness}
		}
		for _, node := range []string{"n1", "n2", "n3"} {
			if s := scores[node]; s != "" {
				c.Constraints = append(c.Constraints, ha.Constraint{ID: "l-" + node, Kind: ha.Location, Resource: "g", Node: node, Score: s})
			}
		}
		return c
	}
	order := map[string]string{"n1": "300", "n2": "200", "n3": "100"}
	for name, c := range map[string]struct {
		cfg  ha.Config
		want string
	}{
		"no order":                               {cfg("", nil), ""},
		"two nodes that are preferred alike":     {cfg("", map[string]string{"n1": "50", "n2": "50"}), ""},
		"kept off a node only":                   {cfg("", map[string]string{"n1": "-INFINITY"}), ""},
		"the default is below the order's steps": {cfg("", order), "automatic"},
		"each member counts":                     {cfg("50", order), "manual"},
		"below it with both members":             {cfg("49", order), "automatic"},
		"held":                                   {cfg("20000", map[string]string{"n1": "10000"}), "manual"},
	} {
		got := ""
		if b := ha.FailbackOf(c.cfg, "g"); b != nil {
			got = b.Mode
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for score, can := range map[string]bool{"40000": true, "40001": false, "INFINITY": false} {
		if got := ha.CanStay(cfg("", map[string]string{"n1": score}), "g"); got != can {
			t.Errorf("two members are held against a score of %s: %v", score, got)
		}
	}
	if b := ha.FailbackOf(cfg("", order), "nobody"); b != nil {
		t.Errorf("of nothing: %+v", b)
	}
}

// TestFailbackEdits: what is asked for is what is read afterwards, from any state to any other.
func TestFailbackEdits(t *testing.T) {
	wanted := []ha.Failback{{Mode: "automatic"}, {Mode: "manual"}, {Mode: "scheduled", Hours: "2-3", Weekdays: "6-7"}, {Mode: "scheduled", Hours: "4"}}
	for _, from := range wanted {
		for _, to := range wanted {
			c := ha.Config{
				Resources:   []ha.Resource{{ID: "r", Kind: ha.Primitive}},
				Constraints: []ha.Constraint{{ID: "l", Kind: ha.Location, Resource: "r", Node: "n1", Score: "10000"}},
			}
			for _, b := range []ha.Failback{from, to} {
				for _, e := range b.Edits(c, "r") {
					switch e.Op {
					case ha.SetMeta:
						c.Resources[0].Meta = e.Values
					case ha.PutAttributes:
						c.AttributeSets = []ha.AttributeSet{*e.Attributes}
					case ha.DeleteAttributes:
						c.AttributeSets = nil
					}
				}
			}
			if got := ha.FailbackOf(c, "r"); got == nil || !reflect.DeepEqual(*got, to) {
				t.Errorf("from %+v to %+v: %+v", from, to, got)
			}
		}
	}
}

func TestFailbackIsChecked(t *testing.T) {
	for _, c := range []struct {
		b    ha.Failback
		want string
	}{
		{ha.Failback{}, "mode field.required"},
		{ha.Failback{Mode: "never"}, "mode field.one_of"},
		{ha.Failback{Mode: "manual", Hours: "2"}, "hours failback.unscheduled"},
		{ha.Failback{Mode: "scheduled"}, "hours field.required"},
		{ha.Failback{Mode: "scheduled", Hours: "22-3"}, "hours failback.range"},
		{ha.Failback{Mode: "scheduled", Hours: "24"}, "hours failback.range"},
		{ha.Failback{Mode: "scheduled", Hours: "two"}, "hours failback.range"},
		{ha.Failback{Mode: "scheduled", Hours: "2", Weekdays: "0-5"}, "weekdays failback.range"},
		{ha.Failback{Mode: "scheduled", Hours: "0-23", Weekdays: "1-7"}, "<nil>"},
		{ha.Failback{Mode: "automatic"}, "<nil>"},
	} {
		if got := complaints(ha.ValidateFailback(c.b)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.b, got, c.want)
		}
	}
}
