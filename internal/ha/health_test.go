package ha_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

func TestHealthRuleText(t *testing.T) {
	rule := ha.HealthRule{On: true, Yellow: 70, Red: 90, Lasts: 30, Back: 600, Margin: 3, Mounts: []string{"/", "/srv/db"}, IOWait: &ha.HealthLimits{Yellow: 30, Red: 60}, SMART: true}
	const text = "on yellow=70 red=90 lasts=30s back=600s margin=3 mounts=/,/srv/db iowait=30/60 smart=on"
	if got := rule.Text(); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	back, err := ha.ParseHealthRule(ha.HealthDisk, text, ha.HealthRule{})
	if err != nil || back.Text() != text {
		t.Errorf("read back as %q, %v", back.Text(), err)
	}
	def := ha.DefaultHealth()
	part, err := ha.ParseHealthRule(ha.HealthCPU, "off yellow=60%", def.CPU)
	if want := (ha.HealthRule{Yellow: 60, Red: 95, Lasts: 60, Back: 120, Margin: 5}); err != nil || part.Text() != want.Text() {
		t.Errorf("what is not named stays: got %+v, %v", part, err)
	}
	for _, wrong := range []string{"yellow=x", "red=70", "lasts=5s", "back=1s", "margin=80", "colour=blue", "mounts=/srv", "smart=on", "red=101", "yellow=0"} {
		if _, err := ha.ParseHealthRule(ha.HealthCPU, wrong, def.CPU); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestValidateHealth(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ha.HealthPolicy)
		field  string
		reason string
	}{
		{"red below yellow", func(p *ha.HealthPolicy) { p.CPU.Red = 70 }, "cpu.red", "health.red_below_yellow"},
		{"red is yellow", func(p *ha.HealthPolicy) { p.Memory.Red = p.Memory.Yellow }, "mem.red", "health.red_below_yellow"},
		{"no such word", func(p *ha.HealthPolicy) { p.Move = "blue" }, "move", "field.one_of"},
		{"nothing said", func(p *ha.HealthPolicy) { p.Move = "" }, "move", "field.required"},
		{"too short", func(p *ha.HealthPolicy) { p.CPU.Lasts = 9 }, "cpu.lastsSeconds", "field.range"},
		{"too long", func(p *ha.HealthPolicy) { p.CPU.Back = 86401 }, "cpu.backSeconds", "field.range"},
		{"over 100", func(p *ha.HealthPolicy) { p.CPU.Red = 101 }, "cpu.red", "field.range"},
		{"margin", func(p *ha.HealthPolicy) { p.Disk.Yellow, p.Disk.Margin = 40, 40 }, "disk.margin", "health.margin_too_wide"},
		{"mounts of a processor", func(p *ha.HealthPolicy) { p.CPU.Mounts = []string{"/"} }, "cpu.mounts", "health.disk_only"},
		{"a relative mount point", func(p *ha.HealthPolicy) { p.Disk.Mounts = []string{"/", "srv"} }, "disk.mounts[1]", "health.mount_invalid"},
		{"a comma in it", func(p *ha.HealthPolicy) { p.Disk.Mounts = []string{"/a,b"} }, "disk.mounts[0]", "health.mount_invalid"},
		{"waiting", func(p *ha.HealthPolicy) { p.Disk.IOWait = &ha.HealthLimits{Yellow: 50, Red: 40} }, "disk.iowait.red", "health.red_below_yellow"},
		{"a node twice", func(p *ha.HealthPolicy) { p.Nodes = []ha.NodeHealthRules{{Node: "n1"}, {Node: "n1"}} }, "nodes[1].node", "node.twice"},
		{"a node's own rule", func(p *ha.HealthPolicy) {
			p.Nodes = []ha.NodeHealthRules{{Node: "n1", CPU: &ha.HealthRule{Yellow: 80, Red: 80, Lasts: 10, Back: 10}}}
		}, "nodes[0].cpu.red", "health.red_below_yellow"},
		{"no name of a resource", func(p *ha.HealthPolicy) { p.Except = []string{"a b"} }, "except[0]", "id.invalid"},
	} {
		p := ha.DefaultHealth()
		if err := ha.ValidateHealth(p); err != nil {
			t.Fatal(err)
		}
		c.change(&p)
		f := fault.Public(ha.ValidateHealth(p))
		if f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Path == c.field && x.Reason == c.reason }) {
			t.Errorf("%s: got %v, want %s of %s", c.name, f, c.reason, c.field)
		}
	}
}

// applied is a configuration as edits leave it, as far as the policy is concerned.
func applied(cfg ha.Config, edits []ha.Edit) ha.Config {
	out := cfg
	out.Properties, out.ResourceDefaults = maps.Clone(cfg.Properties), maps.Clone(cfg.ResourceDefaults)
	out.Nodes, out.Constraints = slices.Clone(cfg.Nodes), slices.Clone(cfg.Constraints)
	change := func(m map[string]string, e ha.Edit) map[string]string {
		m = maps.Clone(m)
		if m == nil {
			m = map[string]string{}
		}
		maps.Copy(m, e.Values)
		for _, name := range e.Unset {
			delete(m, name)
		}
		return m
	}
	for _, e := range edits {
		switch e.Op {
		case ha.SetProperties:
			out.Properties = change(out.Properties, e)
		case ha.SetResourceDefault:
			out.ResourceDefaults = change(out.ResourceDefaults, e)
		case ha.SetNodeAttributes:
			for i := range out.Nodes {
				if out.Nodes[i].Name == e.Node {
					out.Nodes[i].Attributes = change(out.Nodes[i].Attributes, e)
				}
			}
		case ha.CreateConstraint:
			out.Constraints = append(out.Constraints, *e.Constraint)
		case ha.DeleteConstraint:
			out.Constraints = slices.DeleteFunc(out.Constraints, func(c ha.Constraint) bool { return c.ID == e.ID })
		}
	}
	return out
}

func someCluster() ha.Config {
	return ha.Config{
		Properties: map[string]string{"stonith-enabled": "true"}, ResourceDefaults: map[string]string{"resource-stickiness": "1"},
		Nodes:     []ha.NodeConfig{{ID: "1", Name: "n1"}, {ID: "2", Name: "n2", Attributes: map[string]string{"standby": "on"}}},
		Resources: []ha.Resource{{ID: "db", Kind: ha.Primitive}, {ID: "web", Kind: ha.Primitive}},
	}
}

// TestHealthEdits: what is set is what is read; setting it again changes nothing; taking it away leaves nothing, whatever it was.
func TestHealthEdits(t *testing.T) {
	for _, move := range ha.HealthMoves {
		cfg := someCluster()
		p := ha.DefaultHealth()
		p.Move, p.CPU.Yellow, p.Except = move, 60, []string{"db", "web"}
		p.Node("n2").SetRule(ha.HealthMemory, &ha.HealthRule{Yellow: 50, Red: 60, Lasts: 10, Back: 10})
		set := applied(cfg, p.Edits(cfg))
		got, wrong := ha.HealthOf(set)
		if len(wrong) > 0 || got.Move != move || got.CPU.Yellow != 60 || got.RuleFor("n2", ha.HealthMemory).Red != 60 || got.RuleFor("n1", ha.HealthMemory).Red != 95 || !slices.Equal(got.Except, p.Except) {
			t.Errorf("%s: read back as %+v, %v", move, got, wrong)
		}
		if again := p.Edits(set); len(again) > 0 {
			t.Errorf("%s: set again, it changes %+v", move, again)
		}
		if want := move != ha.MoveOff; (set.Properties["node-health-strategy"] == "progressive") != want {
			t.Errorf("%s: %v", move, set.Properties)
		}
		none := applied(set, ha.NoHealth(set))
		if !maps.Equal(none.Properties, cfg.Properties) || !maps.Equal(none.ResourceDefaults, cfg.ResourceDefaults) || len(none.Constraints) > 0 || len(none.Nodes[1].Attributes) != 1 {
			t.Errorf("%s, then taken away: %v, %v, %v, %v", move, none.Properties, none.ResourceDefaults, none.Constraints, none.Nodes)
		}
		// From each to each other, as if it had been so from the beginning.
		for _, next := range ha.HealthMoves {
			p.Move = next
			if a, b := applied(set, p.Edits(set)), applied(cfg, p.Edits(cfg)); !maps.Equal(a.Properties, b.Properties) || !maps.Equal(a.ResourceDefaults, b.ResourceDefaults) || len(a.Constraints) != len(b.Constraints) {
				t.Errorf("%s, then %s: %v, %v; at once: %v, %v", move, next, a.Properties, a.ResourceDefaults, b.Properties, b.ResourceDefaults)
			}
		}
	}
}

// TestHealthOthers: what others have set for Pacemaker's node health is not taken away by a policy that never was on.
func TestHealthOthers(t *testing.T) {
	cfg := someCluster()
	cfg.Properties["node-health-strategy"] = "migrate-on-red"
	p := ha.DefaultHealth()
	if set := applied(cfg, p.Edits(cfg)); set.Properties["node-health-strategy"] != "migrate-on-red" {
		t.Errorf("switched off by what is off: %v", set.Properties)
	}
	if none := applied(cfg, ha.NoHealth(cfg)); none.Properties["node-health-strategy"] != "migrate-on-red" {
		t.Errorf("taken away: %v", none.Properties)
	}
}

func TestHealthMistakes(t *testing.T) {
	cfg := someCluster()
	maps.Copy(cfg.Properties, map[string]string{"hawser-health-move": "red", "hawser-health-cpu": "on yellow=90 red=80", "hawser-health-mem": "on yellow=50"})
	cfg.Nodes[0].Attributes = map[string]string{"hawser-health-disk": "on red=many"}
	p, wrong := ha.HealthOf(cfg)
	if len(wrong) != 2 || p.CPU.On || !p.Memory.On || p.Memory.Yellow != 50 || p.RuleFor("n1", ha.HealthDisk).On || !p.RuleFor("n2", ha.HealthDisk).On {
		t.Errorf("got %+v, %+v", p, wrong)
	}
	list := ha.Findings(&cfg, nil, ha.Background{})
	if _, found := ha.FindFinding(list, ha.FindingHealthUnread, "hawser-health-cpu"); !found {
		t.Errorf("not told: %v", list)
	}
}

// TestHealthScores: whatever colours nodes beside Hawser, all red costs less than the base, and all yellow less than one red.
func TestHealthScores(t *testing.T) {
	foreign := []ha.Resource{
		{ID: "cpu", Kind: ha.Primitive, Agent: "ocf:pacemaker:HealthCPU"},
		{ID: "wait", Kind: ha.Primitive, Agent: "ocf:pacemaker:HealthIOWait"},
		{ID: "smart", Kind: ha.Primitive, Agent: "ocf:pacemaker:HealthSMART"},
		{ID: "info", Kind: ha.Primitive, Agent: "ocf:pacemaker:SysInfo", Parameters: map[string]string{"min_disk_free": "1G"}},
	}
	for n := range len(foreign) + 1 {
		cfg := ha.Config{Resources: []ha.Resource{{ID: "c", Kind: ha.Clone, Members: foreign[:n]}}}
		attributes := len(ha.HealthKinds) + max(0, n-1) // HealthCPU writes Hawser's own
		for _, move := range ha.HealthMoves[1:] {
			s := ha.HealthPolicy{Move: move}.Scores(cfg)
			if s.Base+attributes*s.Red <= 0 || attributes*s.Yellow <= s.Red || s.Red >= 0 || move == ha.MoveYellow && s.Yellow > -10000 {
				t.Errorf("%s with %d attributes: %+v", move, attributes, s)
			}
		}
	}
	if s := (ha.HealthPolicy{Move: ha.MoveYellow}).Scores(ha.Config{}); s != (ha.HealthScores{Base: 600000, Yellow: -50000, Red: -180000}) {
		t.Errorf("got %+v", s)
	}
	if list := ha.HealthAgents(ha.Config{Resources: []ha.Resource{{ID: "info", Agent: "ocf:pacemaker:SysInfo"}, {ID: "x", Agent: "ocf:pacemaker:Dummy"}}}); len(list) > 0 {
		t.Errorf("who colours nothing is named: %v", list)
	}
}

func TestHealthHolds(t *testing.T) {
	cfg := someCluster()
	cfg.Resources[0].Meta = map[string]string{"resource-stickiness": "200000"}
	if list := ha.HealthHolds(cfg, ha.HealthPolicy{Move: ha.MoveRed}); !slices.Equal(list, []string{"db"}) {
		t.Errorf("got %v", list)
	}
	if list := ha.HealthHolds(cfg, ha.HealthPolicy{Move: ha.MovePrefer}); !slices.Equal(list, []string{"web"}) {
		t.Errorf("with prefer: %v", list)
	}
}

// coloured is a state in which a node has a colour.
func coloured(c ha.Colour, percent float64, trouble string) ha.State {
	return ha.State{
		Running: true, Reporter: "n1", DC: "n1", Nodes: []ha.NodeState{{Name: "n1", Online: true}},
		Health: []ha.NodeHealth{{Node: "n1", Kinds: []ha.KindHealth{{Kind: ha.HealthCPU, Colour: c, Readings: []ha.HealthReading{{Measure: ha.MeasureCPU, Percent: percent, Yellow: 80, Red: 95, Colour: c, Error: trouble}}}}}},
	}
}

func TestDiffHealth(t *testing.T) {
	none := coloured("", 0, "")
	none.Health = nil
	for _, c := range []struct {
		name     string
		old, new ha.State
		want     string
	}{
		{"first told and well", none, coloured(ha.Green, 5, ""), ""},
		{"first told and red", none, coloured(ha.Red, 99, ""), "health.red critical 99 of 95"},
		{"worse", coloured(ha.Green, 5, ""), coloured(ha.Yellow, 85, ""), "health.yellow warning 85 of 80"},
		{"worse still", coloured(ha.Yellow, 85, ""), coloured(ha.Red, 96, ""), "health.red critical 96 of 95"},
		{"a little better", coloured(ha.Red, 96, ""), coloured(ha.Yellow, 85, ""), "health.yellow warning 85 of 80"},
		{"well", coloured(ha.Red, 96, ""), coloured(ha.Green, 3, ""), "health.green info 3 of 80"},
		{"another value", coloured(ha.Green, 5, ""), coloured(ha.Green, 50, ""), ""},
		{"switched off", coloured(ha.Red, 99, ""), coloured("", 99, ""), ""},
		{"not to be read", coloured(ha.Green, 5, ""), coloured(ha.Green, 0, "no figures"), "health.blind warning  of "},
		{"read again", coloured(ha.Green, 0, "no figures"), coloured(ha.Green, 5, ""), "health.seen info  of "},
	} {
		c.old.At = c.old.At.AddDate(2026, 0, 0)
		var got []string
		for _, x := range ha.Diff(c.old, c.new) {
			got = append(got, strings.Join([]string{string(x.Kind), string(x.Severity), x.Args["value"], "of", x.Args["threshold"]}, " "))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
	}
}

// TestDeltaHealth: what one node measures travels alone.
func TestDeltaHealth(t *testing.T) {
	old, next := coloured(ha.Green, 5, ""), coloured(ha.Green, 60, "")
	d, changed := ha.MakeDelta(&old, next)
	if !changed || d.Full || len(d.State.Health) != 1 || len(d.State.Nodes) != 0 {
		t.Errorf("%+v, %v", d, changed)
	}
	if back := ha.Apply(&old, d); back.Health[0].Kinds[0].Readings[0].Percent != 60 {
		t.Errorf("got %+v", back.Health)
	}
	next.Health = nil
	if d, _ = ha.MakeDelta(&old, next); len(ha.Apply(&old, d).Health) > 0 {
		t.Errorf("it stays: %+v", d)
	}
}
