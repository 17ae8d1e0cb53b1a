package ha_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

// watched returns a primitive in a group in a clone, as detection by events has it after a change.
func watched(t *testing.T, change func(cfg *ha.Config, clone, group, primitive *ha.Resource)) ha.Watched {
	t.Helper()
	cfg := ha.Config{
		Properties: map[string]string{ha.WatchProperty: "on"}, ResourceDefaults: map[string]string{}, OperationDefaults: map[string]string{},
		Resources: []ha.Resource{
			{
				ID: "t", Kind: ha.Template, Agent: "ocf:heartbeat:pgsql", Meta: map[string]string{}, Parameters: map[string]string{"pgdata": "/t", "pgport": "5432"},
				Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}},
			},
			{ID: "c", Kind: ha.Clone, Meta: map[string]string{}, Members: []ha.Resource{{ID: "g", Kind: ha.Group, Meta: map[string]string{}, Members: []ha.Resource{
				{
					ID: "p", Kind: ha.Primitive, Agent: "ocf:heartbeat:pgsql", Meta: map[string]string{}, Parameters: map[string]string{"pgdata": "/p"},
					Operations: []ha.Operation{
						{Name: "start", Interval: "0s", OnFail: "fence"},
						{Name: "monitor", Interval: "10s", Timeout: "40s"},
						{Name: "monitor", Interval: "60s", Timeout: "90s", Parameters: map[string]string{"OCF_CHECK_LEVEL": "10"}},
					},
				},
			}}}},
		},
	}
	clone := &cfg.Resources[1]
	change(&cfg, clone, &clone.Members[0], &clone.Members[0].Members[0])
	list := ha.WatchedOf(cfg)
	if len(list) != 1 || list[0].ID != "p" {
		t.Fatalf("%+v", list)
	}
	return list[0]
}

func TestWatchedOf(t *testing.T) {
	for name, c := range map[string]struct {
		want   string
		change func(cfg *ha.Config, clone, group, primitive *ha.Resource)
	}{
		"as it is":           {"", func(*ha.Config, *ha.Resource, *ha.Resource, *ha.Resource) {}},
		"off":                {ha.UnwatchedOff, func(c *ha.Config, _, _, _ *ha.Resource) { c.Properties[ha.WatchProperty] = "off" }},
		"not switched on":    {ha.UnwatchedOff, func(c *ha.Config, _, _, _ *ha.Resource) { delete(c.Properties, ha.WatchProperty) }},
		"fence device":       {ha.UnwatchedFencing, func(_ *ha.Config, _, _, p *ha.Resource) { p.Agent = "stonith:fence_ipmilan" }},
		"unique":             {ha.UnwatchedUnique, func(_ *ha.Config, c, _, _ *ha.Resource) { c.Meta["globally-unique"] = "true" }},
		"no monitor":         {ha.UnwatchedMonitor, func(_ *ha.Config, _, _, p *ha.Resource) { p.Operations = p.Operations[:1] }},
		"monitor off":        {ha.UnwatchedMonitor, func(_ *ha.Config, _, _, p *ha.Resource) { off(p, 1); off(p, 2) }},
		"one monitor off":    {"", func(_ *ha.Config, _, _, p *ha.Resource) { off(p, 1) }},
		"on-fail":            {ha.UnwatchedOnFail, func(_ *ha.Config, _, _, p *ha.Resource) { p.Operations[2].OnFail = "block" }},
		"on-fail restart":    {"", func(_ *ha.Config, _, _, p *ha.Resource) { p.Operations[1].OnFail = "restart" }},
		"on-fail by default": {ha.UnwatchedOnFail, func(c *ha.Config, _, _, _ *ha.Resource) { c.OperationDefaults["on-fail"] = "ignore" }},
		"unrecorded":         {ha.UnwatchedPending, func(c *ha.Config, _, _, _ *ha.Resource) { c.OperationDefaults["record-pending"] = "false" }},
		"unrecorded start": {ha.UnwatchedPending, func(_ *ha.Config, _, _, p *ha.Resource) {
			p.Operations[0].Options = map[string]string{"record-pending": "no"}
		}},
		"maintenance":              {ha.UnwatchedMaintenance, func(c *ha.Config, _, _, _ *ha.Resource) { c.Properties["maintenance-mode"] = "TRUE" }},
		"maintenance of the group": {ha.UnwatchedMaintenance, func(_ *ha.Config, _, g, _ *ha.Resource) { g.Meta["maintenance"] = "true" }},
		"maintenance by default":   {ha.UnwatchedMaintenance, func(c *ha.Config, _, _, _ *ha.Resource) { c.ResourceDefaults["maintenance"] = "true" }},
		"unmanaged":                {ha.UnwatchedUnmanaged, func(_ *ha.Config, _, _, p *ha.Resource) { p.Meta["is-managed"] = "false" }},
		"unmanaged clone":          {ha.UnwatchedUnmanaged, func(_ *ha.Config, c, _, p *ha.Resource) { c.Meta["is-managed"] = "off"; p.Meta["is-managed"] = "true" }},
		"unmanaged by default":     {ha.UnwatchedUnmanaged, func(c *ha.Config, _, _, _ *ha.Resource) { c.ResourceDefaults["is-managed"] = "false" }},
		"unmanaged by old default": {ha.UnwatchedUnmanaged, func(c *ha.Config, _, _, _ *ha.Resource) { c.Properties["is-managed-default"] = "false" }},
		"managed against the others": {"", func(c *ha.Config, _, _, p *ha.Resource) {
			c.ResourceDefaults["is-managed"] = "false"
			p.Meta["is-managed"] = "true"
		}},
		"stopped":       {ha.UnwatchedStopped, func(_ *ha.Config, _, _, p *ha.Resource) { p.Meta["target-role"] = "stopped" }},
		"stopped group": {ha.UnwatchedStopped, func(_ *ha.Config, _, g, _ *ha.Resource) { g.Meta["target-role"] = "Stopped" }},
		"all stopped":   {ha.UnwatchedStopped, func(c *ha.Config, _, _, _ *ha.Resource) { c.Properties["stop-all-resources"] = "true" }},
		"by a template": {"", func(_ *ha.Config, _, _, p *ha.Resource) { p.Agent, p.Template, p.Operations = "", "t", nil }},
		"unmanaged template": {ha.UnwatchedUnmanaged, func(c *ha.Config, _, _, p *ha.Resource) {
			p.Agent, p.Template, c.Resources[0].Meta["is-managed"] = "", "t", "false"
		}},
	} {
		if got := watched(t, c.change); got.Why != c.want {
			t.Errorf("%s: %q, not %q", name, got.Why, c.want)
		}
	}
	plain := watched(t, func(*ha.Config, *ha.Resource, *ha.Resource, *ha.Resource) {})
	if plain.Level != 10 || plain.Timeout != 90*time.Second {
		t.Errorf("the deepest monitor is not taken: %+v", plain)
	}
	made := watched(t, func(_ *ha.Config, _, _, p *ha.Resource) { p.Agent, p.Template, p.Operations = "", "t", nil })
	if made.Agent != "ocf:heartbeat:pgsql" || made.Timeout != 30*time.Second || made.Parameters["pgdata"] != "/p" || made.Parameters["pgport"] != "5432" {
		t.Errorf("of a template: %+v", made)
	}
}

func off(p *ha.Resource, i int) { p.Operations[i].Options = map[string]string{"enabled": "false"} }

// TestWatchKindsAreDecided: what is noticed by an event opens no alarm of its own, and that is a decision.
func TestWatchKindsAreDecided(t *testing.T) {
	for _, k := range ha.WatchKinds {
		if !ha.AlarmDecided(k) || len(ha.AlarmSteps(ha.Change{Kind: k})) != 0 {
			t.Errorf("%s", k)
		}
	}
}

// TestNoticedByEvents: what is noticed by events is watched wherever it runs, and what was marked earlier is not for ever.
func TestNoticedByEvents(t *testing.T) {
	p := func(id, role string, nodes ...string) ha.ResourceState {
		return ha.ResourceState{ID: id, Kind: ha.Primitive, Role: role, Nodes: nodes}
	}
	old := p("old", "Started", "n1")
	old.ByEvent = true
	given := []ha.ResourceState{
		{ID: "g", Kind: ha.Group, Role: "Started", Members: []ha.ResourceState{p("fs", "Started", "n1"), p("db", "Started", "n1")}},
		{ID: "c", Kind: ha.Clone, Role: "Started", Members: []ha.ResourceState{p("web", "Started", "n1"), p("web", "Started", "n2")}},
		p("both", "Started", "n1", "n2"), p("stopped", "Stopped"), p("starts", "Starting", "n1"), old,
	}
	by := func(node, id string) ha.Watching {
		return ha.Watching{Node: node, Resource: id, By: []ha.ChangeKind{ha.WatchProcess}}
	}
	of := func(list []ha.ResourceState) (ids []string) {
		for _, r := range ha.Leaves(list) {
			if r.ByEvent {
				ids = append(ids, r.ID+"@"+strings.Join(r.Nodes, "+"))
			}
		}
		return ids
	}
	got := ha.NoticedByEvents(given, []ha.Watching{by("n1", "db"), by("n2", "fs"), by("n1", "web"), by("n1", "both"), by("n1", "stopped"), by("n1", "starts")})
	if want := []string{"db@n1", "web@n1"}; !slices.Equal(of(got), want) {
		t.Errorf("%v, not %v", of(got), want)
	}
	if want := []string{"old@n1"}; !slices.Equal(of(given), want) {
		t.Errorf("what was given is %v by now", of(given))
	}
	if got := of(ha.NoticedByEvents(given, nil)); len(got) > 0 {
		t.Errorf("nobody watches any more, and %v is marked", got)
	}
}

func TestCheckWatchValue(t *testing.T) {
	for value, right := range map[string]bool{"on": true, "OFF": true, "false": true, "": false, "maybe": false} {
		if got := ha.CheckWatchValue(ha.WatchProperty, value); right != (got == "") && value != "" {
			t.Errorf("%q: %q", value, got)
		}
	}
	if ha.CheckWatchValue("batch-limit", "maybe") != "" {
		t.Error("another property is judged")
	}
}

// TestWatchedRuled: parameters that a rule gives, to the resource or to its template, are not all in what is listed.
func TestWatchedRuled(t *testing.T) {
	for name, c := range map[string]struct {
		want bool
		set  ha.AttributeSet
	}{
		"its own":    {true, ha.AttributeSet{Kind: ha.ParameterSet, Resource: "p"}},
		"template":   {true, ha.AttributeSet{Kind: ha.ParameterSet, Resource: "t"}},
		"meta":       {false, ha.AttributeSet{Kind: ha.MetaSet, Resource: "p"}},
		"another's":  {false, ha.AttributeSet{Kind: ha.ParameterSet, Resource: "g"}},
		"properties": {false, ha.AttributeSet{Kind: ha.PropertySet}},
	} {
		t.Run(name, func(t *testing.T) {
			w := watched(t, func(cfg *ha.Config, _, _, p *ha.Resource) {
				p.Template = "t"
				cfg.AttributeSets = []ha.AttributeSet{c.set}
			})
			if w.Ruled != c.want {
				t.Errorf("ruled: %t", w.Ruled)
			}
		})
	}
}
