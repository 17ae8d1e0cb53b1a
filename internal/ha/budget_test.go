package ha_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"hawser/internal/ha"
)

// written writes a sum as a golden case does: each step with its milliseconds and the first letter of where they come from.
func written(s ha.BudgetSum) string {
	var list []string
	for _, p := range s.Parts {
		list = append(list, strings.TrimSpace(string(p.Kind)+" "+p.Object)+" "+fmt.Sprint(p.MS)+string(p.Source)[:1])
	}
	text := strings.Join(list, " + ") + " = " + fmt.Sprint(s.MS)
	if !s.Exact {
		text += "…"
	}
	return text
}

func eventOf(t *testing.T, b ha.Budget, e ha.Event) ha.BudgetEvent {
	t.Helper()
	for _, one := range b.Events {
		if one.Event == e {
			return one
		}
	}
	t.Fatalf("%s has no %s: %+v", b.Service, e, b.Events)
	return ha.BudgetEvent{}
}

// op is an operation with its interval or none, and its timeout or none.
func op(name, interval, timeout string) ha.Operation {
	return ha.Operation{Name: name, Interval: interval, Timeout: timeout}
}

func primitive(id string, ops ...ha.Operation) ha.Resource {
	return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:test:" + id, Operations: ops, Meta: map[string]string{}}
}

func inf(id, with, role string) ha.Constraint {
	return ha.Constraint{ID: id + "-with-" + with, Kind: ha.Colocation, Resource: id, With: with, WithRole: role, Score: "INFINITY"}
}

// database is a basis of two nodes with a fence device each, and a group of fs, db and vip over a DRBD volume. It runs on n1.
func database() ha.BudgetBasis {
	drbd := primitive("drbd", op("promote", "", "90s"), op("demote", "", "90s"), op("monitor", "29s", "20s"))
	cfg := &ha.Config{
		Properties: map[string]string{},
		Nodes:      []ha.NodeConfig{{Name: "n1", Kind: "member"}, {Name: "n2", Kind: "member"}},
		Resources: []ha.Resource{
			{ID: "f1", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"pcmk_host_list": "n1", "pcmk_reboot_timeout": "30s", "pcmk_delay_base": "2s"}},
			{ID: "f2", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"pcmk_host_list": "n2"}},
			{ID: "drbd-clone", Kind: ha.Clone, Meta: map[string]string{"promotable": "true"}, Members: []ha.Resource{drbd}},
			{ID: "g", Kind: ha.Group, Meta: map[string]string{"migration-threshold": "3"}, Members: []ha.Resource{
				primitive("fs", op("monitor", "20s", "40s"), op("start", "", "60s"), op("stop", "", "50s")),
				primitive("db", op("monitor", "10s", "30s"), op("monitor", "5s", "15s"), op("start", "", "120s"), op("stop", "", "100s")),
				primitive("vip", op("monitor", "10s", "")),
			}},
		},
		Constraints: []ha.Constraint{
			inf("g", "drbd-clone", "Promoted"),
			{ID: "o", Kind: ha.Order, First: "drbd-clone", Action: "promote", Then: "g", ThenAction: "start"},
		},
	}
	on := func(id, role string, nodes ...string) ha.ResourceState {
		return ha.ResourceState{ID: id, Kind: ha.Primitive, Role: role, Nodes: nodes, Managed: true}
	}
	st := &ha.State{Running: true, Resources: []ha.ResourceState{
		{ID: "drbd-clone", Kind: ha.Clone, Members: []ha.ResourceState{on("drbd", "Promoted", "n1"), on("drbd", "Unpromoted", "n2")}},
		{ID: "g", Kind: ha.Group, Members: []ha.ResourceState{on("fs", "Started", "n1"), on("db", "Started", "n1"), on("vip", "Started", "n1")}},
	}}
	setup := ha.Setup{Nodes: []ha.SetupNode{{Name: "n1", ID: 1}, {Name: "n2", ID: 2}}, Timing: ha.Timing{Profile: ha.ProfileBalanced}}
	var times []ha.OperationTime
	took := func(resource, operation, node string, ms int) {
		times = append(times, ha.OperationTime{Resource: resource, Operation: operation, Node: node, MedianMS: ms, Count: 2, At: noon})
	}
	took("fs", "stop", "n1", 300)
	took("db", "stop", "n1", 1100)
	took("vip", "stop", "n1", 50)
	took("drbd", "demote", "n1", 80)
	took("drbd", "promote", "n2", 120)
	took("fs", "start", "n2", 400)
	took("fs", "start", "n1", 700)
	took("db", "start", "n2", 1500)
	took("db", "start", "n1", 1600)
	took("vip", "start", "n2", 90)
	took("vip", "start", "n1", 91)
	took("db", "monitor", "n1", 40)
	took("", ha.FenceOperation, "n1", 4200)
	return ha.BudgetBasis{Config: cfg, State: st, Setup: setup, Times: times}
}

// theGroup is the budget of g.
func theGroup(t *testing.T, basis ha.BudgetBasis) ha.Budget {
	t.Helper()
	for _, b := range ha.Budgets(basis) {
		if b.Service == "g" {
			return b
		}
	}
	t.Fatal("g has no budget")
	return ha.Budget{}
}

// TestBudgets: what a service over a replicated volume needs in each event, step by step.
func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		name           string
		change         func(b *ha.BudgetBasis)
		event          ha.Event
		typical, worst string
	}{
		{
			"moved", nil, ha.EventPlanned,
			"stop vip 50m + stop db 1100m + stop fs 300m + demote drbd 80m + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 3640",
			"stop vip 20000a + stop db 100000c + stop fs 50000c + demote drbd 90000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 550000",
		},
		{
			"moved, and never measured: every step is named", func(b *ha.BudgetBasis) { b.Times = nil }, ha.EventPlanned,
			"stop vip 0u + stop db 0u + stop fs 0u + demote drbd 0u + promote drbd 0u + start fs 0u + start db 0u + start vip 0u = 0…",
			"stop vip 20000a + stop db 100000c + stop fs 50000c + demote drbd 90000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 550000",
		},
		{
			"its node dies: two_node decides, the delay is in what was measured", nil, ha.EventNode,
			"token 1000c + consensus 1200c + fence n1 4200m + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 8510",
			"token 1000c + consensus 1200c + delay n1 2000c + fence n1 30000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 324200",
		},
		{
			"fencing was never measured", func(b *ha.BudgetBasis) { b.Times = b.Times[:len(b.Times)-1] }, ha.EventNode,
			"token 1000c + consensus 1200c + delay n1 2000c + fence n1 0u + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 6310…",
			"token 1000c + consensus 1200c + delay n1 2000c + fence n1 30000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 324200",
		},
		{
			"nothing is configured of timing and fencing", func(b *ha.BudgetBasis) {
				b.Setup.Timing = ha.Timing{}
				b.Config.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1 n2"}
				b.Times = nil
			}, ha.EventNode,
			"token 1000a + consensus 1200a + fence n1 0u + promote drbd 0u + start fs 0u + start db 0u + start vip 0u = 2200…",
			"token 1000a + consensus 1200a + fence n1 60000a + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 352200",
		},
		{
			"without fencing nobody waits for it", func(b *ha.BudgetBasis) { b.Config.Properties["stonith-enabled"] = "false" }, ha.EventNode,
			"token 1000c + consensus 1200c + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 4310",
			"token 1000c + consensus 1200c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 292200",
		},
		{
			"a watchdog takes exactly as long as is waited for", func(b *ha.BudgetBasis) {
				b.Config.Resources = b.Config.Resources[2:]
				b.Config.Properties["have-watchdog"], b.Config.Properties["stonith-watchdog-timeout"] = "true", "10s"
				b.Times = b.Times[:len(b.Times)-1]
			}, ha.EventNode,
			"token 1000c + consensus 1200c + fence n1 10000c + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 14310",
			"token 1000c + consensus 1200c + fence n1 10000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 302200",
		},
		{
			"the devices of a level one after the other, with their random delays", func(b *ha.BudgetBasis) {
				b.Config.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1", "pcmk_reboot_timeout": "30s", "pcmk_delay_base": "1s", "pcmk_delay_max": "5s"}
				b.Config.Resources[1].Parameters = map[string]string{"pcmk_host_list": "n1"}
				b.Config.Levels = []ha.FenceLevel{{Index: 1, Node: "n1", Devices: []string{"f1", "f2"}}}
				b.Config.Properties["stonith-timeout"] = "40s"
				b.Times = nil
			}, ha.EventNode,
			"token 1000c + consensus 1200c + delay n1 3000c + fence n1 0u + promote drbd 0u + start fs 0u + start db 0u + start vip 0u = 5200…",
			"token 1000c + consensus 1200c + delay n1 5000c + fence n1 70000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 367200",
		},
		{
			"priority-fencing-delay makes the other node wait", func(b *ha.BudgetBasis) {
				b.Config.Properties["priority-fencing-delay"] = "15s"
				b.Config.Resources[3].Meta["priority"] = "10"
				b.Times = b.Times[:len(b.Times)-1]
			}, ha.EventNode,
			"token 1000c + consensus 1200c + delay n1 17000c + fence n1 0u + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 21310…",
			"token 1000c + consensus 1200c + delay n1 17000c + fence n1 30000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 339200",
		},
		{
			"a crash is noticed by the quickest monitor; that of fs takes longest and all after it restart in place", nil, ha.EventApplication,
			"monitor fs 10000c + stop vip 50m + stop db 1100m + stop fs 300m + start fs 700m + start db 1600m + start vip 91m = 13841",
			"monitor fs 60000c + stop vip 20000a + stop db 100000c + stop fs 50000c + start fs 60000c + start db 120000c + start vip 20000a = 430000",
		},
		{
			"an event tells of fs, and is not known to be confirmed: db is the slowest now", func(b *ha.BudgetBasis) {
				b.State.Resources[1].Members[0].ByEvent = true
				b.Config.Resources[3].Members[2].Operations[0].Interval = "2s"
			}, ha.EventApplication,
			"monitor db 2540c + stop vip 50m + stop db 1100m + start db 1600m + start vip 91m = 5381",
			"monitor fs 60000c + stop vip 20000a + stop db 100000c + stop fs 50000c + start fs 60000c + start db 120000c + start vip 20000a = 430000",
		},
		{
			"an event tells of every member: the monitor only confirms", func(b *ha.BudgetBasis) {
				for i := range b.State.Resources[1].Members {
					b.State.Resources[1].Members[i].ByEvent = true
				}
				b.Times = append(b.Times, ha.OperationTime{Resource: "fs", Operation: "monitor", Node: "n1", MedianMS: 30, Count: 1, At: noon})
			}, ha.EventApplication,
			"event fs 30m + stop vip 50m + stop db 1100m + stop fs 300m + start fs 700m + start db 1600m + start vip 91m = 3871",
			"monitor fs 60000c + stop vip 20000a + stop db 100000c + stop fs 50000c + start fs 60000c + start db 120000c + start vip 20000a = 430000",
		},
		{
			"beyond the threshold it moves with its volume", nil, ha.EventThreshold,
			"monitor fs 10000c + stop vip 50m + stop db 1100m + stop fs 300m + demote drbd 80m + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 13640",
			"monitor fs 60000c + stop vip 20000a + stop db 100000c + stop fs 50000c + demote drbd 90000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 610000",
		},
		{
			"a group without order starts and stops side by side: the slowest counts", func(b *ha.BudgetBasis) { b.Config.Resources[3].Meta["ordered"] = "false" }, ha.EventPlanned,
			"stop db 1100m + demote drbd 80m + promote drbd 120m + start db 1500m = 2800",
			"stop db 100000c + demote drbd 90000c + promote drbd 90000c + start db 120000c = 400000",
		},
		{
			"what depends on it stops before it, which does not count while it still works", func(b *ha.BudgetBasis) {
				b.Config.Resources = append(b.Config.Resources, primitive("web", op("monitor", "10s", "")))
				b.Config.Constraints = append(b.Config.Constraints, ha.Constraint{ID: "w", Kind: ha.Order, First: "g", Then: "web"})
				b.Times = append(b.Times, ha.OperationTime{Resource: "web", Operation: "stop", Node: "n2", MedianMS: 9000, Count: 1, At: noon})
			}, ha.EventPlanned,
			"stop vip 50m + stop db 1100m + stop fs 300m + demote drbd 80m + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 3640",
			"stop vip 20000a + stop db 100000c + stop fs 50000c + demote drbd 90000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 550000",
		},
		{
			"once it has crashed it does", func(b *ha.BudgetBasis) {
				b.Config.Resources = append(b.Config.Resources, primitive("web", op("monitor", "10s", "")))
				b.Config.Constraints = append(b.Config.Constraints, ha.Constraint{ID: "w", Kind: ha.Order, First: "g", Then: "web"})
				b.Times = append(b.Times, ha.OperationTime{Resource: "web", Operation: "stop", Node: "n2", MedianMS: 9000, Count: 1, At: noon})
			}, ha.EventApplication,
			"monitor fs 10000c + stop web 9000m + stop vip 50m + stop db 1100m + stop fs 300m + start fs 700m + start db 1600m + start vip 91m = 22841",
			"monitor fs 60000c + stop web 20000a + stop vip 20000a + stop db 100000c + stop fs 50000c + start fs 60000c + start db 120000c + start vip 20000a = 450000",
		},
		{
			"what stopped before it and must be back first is counted from where it stops to work", func(b *ha.BudgetBasis) {
				b.Config.Resources = append(b.Config.Resources, primitive("web", op("monitor", "10s", "")), primitive("z", op("stop", "", "500s")))
				b.Config.Constraints = []ha.Constraint{
					inf("z", "g", ""), {ID: "z", Kind: ha.Order, First: "z", Then: "fs", Symmetrical: "false"}, {ID: "w", Kind: ha.Order, First: "g", Then: "web"},
				}
				for id, ms := range map[string]int{"web": 9000, "z": 12000} {
					b.Times = append(b.Times, ha.OperationTime{Resource: id, Operation: "stop", Node: "n1", MedianMS: ms, Count: 1, At: noon})
				}
			}, ha.EventPlanned,
			"stop z 3000m + start z 0u + start fs 400m + start db 1500m + start vip 90m = 4990…",
			"stop z 480000c + start z 20000a + start fs 60000c + start db 120000c + start vip 20000a = 700000",
		},
		{
			"another service on the same node must have started before", func(b *ha.BudgetBasis) {
				b.Config.Resources = append(b.Config.Resources, primitive("base", op("start", "", "5s")))
				b.Config.Constraints = append(b.Config.Constraints, ha.Constraint{ID: "b", Kind: ha.Order, First: "base", Then: "g"})
				b.State.Resources = append(b.State.Resources, ha.ResourceState{ID: "base", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}})
				b.Times = append(b.Times, ha.OperationTime{Resource: "base", Operation: "start", Node: "n2", MedianMS: 6000, Count: 1, At: noon})
			}, ha.EventNode,
			"token 1000c + consensus 1200c + fence n1 4200m + start base 6000m + start fs 400m + start db 1500m + start vip 90m = 14390",
			"token 1000c + consensus 1200c + delay n1 2000c + fence n1 30000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 324200",
		},
		{"what migrates alive answers meanwhile; where that fails it stops and starts", func(b *ha.BudgetBasis) {
			vm := primitive("g")
			vm.Meta["allow-migrate"] = "true"
			b.Config.Resources, b.Config.Constraints = []ha.Resource{vm}, nil
		}, ha.EventPlanned, " = 0", "stop g 20000a + start g 20000a = 40000"},
		{
			"on-fail=fence shoots the node at the first crash", func(b *ha.BudgetBasis) {
				for i := range b.Config.Resources[3].Members {
					b.Config.Resources[3].Members[i].Operations[0].OnFail = "fence"
				}
			}, ha.EventApplication,
			"monitor fs 10000c + fence n1 4200m + promote drbd 120m + start fs 400m + start db 1500m + start vip 90m = 16310",
			"monitor fs 60000c + delay n1 2000c + fence n1 30000c + promote drbd 90000c + start fs 60000c + start db 120000c + start vip 20000a = 382000",
		},
		{"a template's operations and start-delay count; other defaults are configured", func(b *ha.BudgetBasis) {
			b.Config.OperationDefaults = map[string]string{"timeout": "33s"}
			p := primitive("g")
			p.Agent, p.Template = "", "t"
			b.Config.Constraints = nil
			b.Config.Resources = []ha.Resource{{ID: "t", Kind: ha.Template, Agent: "ocf:test:g", Operations: []ha.Operation{
				{Name: "start", Timeout: "10s", Options: map[string]string{"start-delay": "3s"}},
			}}, p}
			b.Times = []ha.OperationTime{{Resource: "g", Operation: "start", Node: "n2", MedianMS: 500, Count: 1, At: noon}}
		}, ha.EventPlanned, "stop g 0u + start g 3500m = 3500…", "stop g 33000c + start g 13000c = 46000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := database()
			if c.change != nil {
				c.change(&b)
			}
			e := eventOf(t, theGroup(t, b), c.event)
			if got := written(e.Typical); got != c.typical {
				t.Errorf("to be expected:\n got %s\nwant %s", got, c.typical)
			}
			if got := written(e.Worst); got != c.worst {
				t.Errorf("at worst:\n got %s\nwant %s", got, c.worst)
			}
		})
	}
}

// TestBudgetNever: what does not come back by itself has no time, and misses every target.
func TestBudgetNever(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b *ha.BudgetBasis)
		event  ha.Event
		never  ha.Never
		about  string
	}{
		{"no device for the node", func(b *ha.BudgetBasis) { b.Config.Resources = b.Config.Resources[1:] }, ha.EventNode, ha.NoFencing, "n1"},
		{"a level names a device that is not there", func(b *ha.BudgetBasis) {
			b.Config.Levels = []ha.FenceLevel{{Index: 1, Node: "n1", Devices: []string{"gone"}}}
		}, ha.EventNode, ha.NoFencing, "n1"},
		{"one of three nodes has all votes that count", func(b *ha.BudgetBasis) {
			three := 3
			b.Setup.Nodes = append(b.Setup.Nodes, ha.SetupNode{Name: "n3", ID: 3})
			b.Setup.Nodes[0].Votes = &three
			b.Setup.Quorum = &ha.Quorum{}
		}, ha.EventNode, ha.NoQuorum, "n1"},
		{"barred from the other node", func(b *ha.BudgetBasis) {
			b.Config.Constraints = append(b.Config.Constraints, ha.Constraint{ID: "l", Kind: ha.Location, Resource: "g", Node: "n2", Score: "-INFINITY"})
		}, ha.EventPlanned, ha.NoTaker, "g"},
		{"a member without a monitor", func(b *ha.BudgetBasis) { b.Config.Resources[3].Members[2].Operations = nil }, ha.EventApplication, ha.NotWatched, "vip"},
		{"a monitor that is switched off", func(b *ha.BudgetBasis) {
			b.Config.Resources[3].Members[2].Operations[0].Options = map[string]string{"enabled": "false"}
		}, ha.EventThreshold, ha.NotWatched, "vip"},
		{"a failure that blocks", func(b *ha.BudgetBasis) { b.Config.Resources[3].Members[1].Operations[0].OnFail = "block" }, ha.EventApplication, ha.Held, "db"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := database()
			c.change(&b)
			hour := 3600
			e := eventOf(t, theGroup(t, b).Against(ha.Target{RTOPlanned: &hour, RTOUnplanned: &hour}), c.event)
			if e.Never != c.never || e.Because != c.about || e.Answer != ha.TargetMissed || e.Finding == nil || e.Finding.Args["object"] != c.about || len(e.Typical.Parts) > 0 {
				t.Errorf("got %+v", e)
			}
		})
	}
	// An event tells even of what no monitor looks at.
	b := database()
	b.Config.Resources[3].Members[2].Operations = nil
	b.State.Resources[1].Members[2].ByEvent = true
	if e := eventOf(t, theGroup(t, b), ha.EventApplication); e.Never != "" {
		t.Errorf("got %+v", e)
	}
}

// TestBudgetEvents: which events a service can have. A threshold of 1 leaves no crash that is mended in place.
func TestBudgetEvents(t *testing.T) {
	for threshold, want := range map[string]string{
		"": "planned node application", "3": "planned node application threshold", "1": "planned node threshold", "INFINITY": "planned node application",
	} {
		b := database()
		b.Config.Resources[3].Meta["migration-threshold"] = threshold
		var got []string
		for _, e := range theGroup(t, b).Events {
			got = append(got, string(e.Event))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("threshold %q: got %v, want %s", threshold, got, want)
		}
	}
	if got := ha.Budgets(ha.BudgetBasis{}); got == nil || len(got) != 0 {
		t.Errorf("without a configuration: %v", got)
	}
}

// TestBudgetAgainst: what is to be expected decides; where it is not all known, the worst case does; and what takes most is named.
func TestBudgetAgainst(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b *ha.BudgetBasis)
		event  ha.Event
		target int
		answer ha.Answer
		code   string
		args   map[string]string
	}{
		{"met although the worst is not", nil, ha.EventNode, 9, ha.TargetMet, "", nil},
		{"the fencing takes most", nil, ha.EventNode, 8, ha.TargetMissed, ha.FindingBudgetFencing, map[string]string{"time": "8.5", "part": "4.2", "node": "n1", "device": "f1"}},
		{"the monitor does", nil, ha.EventApplication, 8, ha.TargetMissed, ha.FindingBudgetMonitor, map[string]string{"time": "14", "part": "10", "resource": "fs", "want": "8s"}},
		{"no interval would do", nil, ha.EventApplication, 2, ha.TargetMissed, ha.FindingBudgetMonitor, map[string]string{"want": "1s"}},
		{"the start does", nil, ha.EventPlanned, 3, ha.TargetMissed, ha.FindingBudgetStart, map[string]string{"time": "3.6", "part": "1.5", "resource": "db"}},
		{"the stop does", func(b *ha.BudgetBasis) { b.Times[1].MedianMS = 5000 }, ha.EventPlanned, 3, ha.TargetMissed, ha.FindingBudgetStop, map[string]string{"part": "5.0", "resource": "db"}},
		{"token and consensus count as one", func(b *ha.BudgetBasis) {
			b.Setup.Timing = ha.Timing{Profile: ha.ProfileTolerant}
			b.Times[12].MedianMS = 7000
		}, ha.EventNode, 10, ha.TargetMissed, ha.FindingBudgetToken, map[string]string{"part": "11"}},
		{"the delay does", func(b *ha.BudgetBasis) {
			b.Config.Resources[0].Parameters["pcmk_delay_base"] = "9s"
			b.Times = b.Times[:12]
		}, ha.EventNode, 10, ha.TargetMissed, ha.FindingBudgetDelay, map[string]string{"part": "9.0", "device": "f1"}},
		{"not all is known, and the worst is within", func(b *ha.BudgetBasis) { b.Times = nil }, ha.EventNode, 400, ha.TargetMet, "", nil},
		{"not all is known, and the worst is not", func(b *ha.BudgetBasis) { b.Times = b.Times[:12] }, ha.EventNode, 60, ha.TargetUnknown, ha.FindingBudgetUnmeasured, map[string]string{"time": "6.3", "worst": "324", "what": "fence n1"}},
		{"what is known is too long already", func(b *ha.BudgetBasis) { b.Times = nil }, ha.EventNode, 2, ha.TargetMissed, ha.FindingBudgetToken, map[string]string{"part": "2.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := database()
			if c.change != nil {
				c.change(&b)
			}
			got := eventOf(t, theGroup(t, b).Against(ha.Target{RTOPlanned: &c.target, RTOUnplanned: &c.target}), c.event)
			if got.Answer != c.answer || (got.Finding != nil) != (c.code != "") || got.Target == nil || *got.Target != c.target {
				t.Fatalf("got %s %+v %+v", got.Answer, got.Finding, got)
			}
			if f := got.Finding; f != nil {
				if f.Code != c.code || f.Object != "g" || f.Args["event"] != string(c.event) {
					t.Errorf("got %+v", f)
				}
				for name, want := range c.args {
					if f.Args[name] != want {
						t.Errorf("%s is %q, want %q", name, f.Args[name], want)
					}
				}
			}
		})
	}
	for _, e := range theGroup(t, database()).Against(ha.Target{}).Events {
		if e.Answer != "" || e.Target != nil || e.Finding != nil {
			t.Errorf("without a target: %+v", e)
		}
	}
}

// TestBreaks: a change warns of what it would break, not of what is broken already.
func TestBreaks(t *testing.T) {
	planned, unplanned := 3, 15 // the planned one is missed as it is
	target := ha.Target{RTOPlanned: &planned, RTOUnplanned: &unplanned}
	with := func(change func(b *ha.BudgetBasis)) []ha.Budget {
		b := database()
		change(&b)
		return []ha.Budget{theGroup(t, b).Against(target)}
	}
	before := with(func(*ha.BudgetBasis) {})
	interval := func(text string) func(*ha.BudgetBasis) {
		return func(b *ha.BudgetBasis) { b.Config.Resources[3].Members[0].Operations[0].Interval = text }
	}
	if got := ha.Breaks(before, with(interval("19s"))); len(got) != 0 {
		t.Errorf("a change that breaks nothing: %+v", got)
	}
	got := ha.Breaks(before, with(interval("60s")))
	if len(got) != 2 || got[0].Code != ha.FindingBudgetMonitor || got[0].Args["event"] != string(ha.EventApplication) || got[1].Args["event"] != string(ha.EventThreshold) {
		t.Errorf("a slower monitor: %+v", got)
	}
	got = ha.Breaks(before, with(func(b *ha.BudgetBasis) {
		m := b.Config.Resources[3].Members
		b.Config.Resources[3].Members = append(m, primitive("new", op("monitor", "10s", "")))
	}))
	if len(got) != 3 || got[0].Code != ha.FindingBudgetUnmeasured || got[0].Severity != ha.Info {
		t.Errorf("a member that was never measured: %+v", got)
	}
}

// TestMergeTimes: of what several nodes have seen of the same operation the newest counts.
func TestMergeTimes(t *testing.T) {
	a := ha.OperationTime{Resource: "db", Operation: "start", Node: "n1", MedianMS: 5, Count: 3, At: noon}
	newer := a
	newer.MedianMS, newer.At = 7, second(1)
	more := a
	more.Count = 4
	other := a
	other.Node = "n2"
	if got, want := ha.MergeTimes([]ha.OperationTime{newer, other}, nil, []ha.OperationTime{a}), []ha.OperationTime{newer, other}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := ha.MergeTimes([]ha.OperationTime{a}, []ha.OperationTime{more}); len(got) != 1 || got[0].Count != 4 {
		t.Errorf("got %+v", got)
	}
}
