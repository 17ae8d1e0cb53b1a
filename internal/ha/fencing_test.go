package ha_test

import (
	"strings"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

func stonith(id string, parameters ...string) ha.Resource {
	r := ha.Resource{ID: id, Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{}}
	for i := 0; i+1 < len(parameters); i += 2 {
		r.Parameters[parameters[i]] = parameters[i+1]
	}
	return r
}

func reasons(err error) string {
	p := fault.Public(err)
	if p == nil {
		return ""
	}
	var list []string
	for _, f := range p.Fields {
		list = append(list, f.Path+" "+f.Reason)
	}
	return strings.Join(list, "; ")
}

// TestCheckFenceDevice: a host map that would shoot the wrong machine, or none, is refused.
func TestCheckFenceDevice(t *testing.T) {
	nodes := []string{"n1", "n2"}
	for _, c := range []struct {
		name   string
		device ha.Resource
		plugs  []string
		want   string
	}{
		{"Well", stonith("f", "pcmk_host_map", "n1:4;n2:5"), []string{"4", "5", "6"}, ""},
		{"UnknownNode", stonith("f", "pcmk_host_map", "n1:4;n3:5"), nil, "parameters.pcmk_host_map fence.host_unknown"},
		{"UnknownInList", stonith("f", "pcmk_host_list", "n1 nobody"), nil, "parameters.pcmk_host_list fence.host_unknown"},
		{"OnePlug", stonith("f", "pcmk_host_map", "n1:4 n2:4"), nil, "parameters.pcmk_host_map fence.plug_shared"},
		{"Twice", stonith("f", "pcmk_host_map", "n1:4,n1:5"), nil, "parameters.pcmk_host_map fence.host_twice"},
		{"NoMap", stonith("f", "pcmk_host_map", "n1=4"), nil, "parameters.pcmk_host_map fence.map_invalid"},
		{"PlugUnknown", stonith("f", "pcmk_host_map", "n1:4;n2:7"), []string{"4", "5"}, "parameters.pcmk_host_map fence.plug_unknown"},
		{"TurnedRound", stonith("f", "pcmk_host_map", "n1:n2;n2:n1"), []string{"n1", "n2"}, "parameters.pcmk_host_map fence.map_wrong; parameters.pcmk_host_map fence.map_wrong"},
		{"ListUnknownToDevice", stonith("f", "pcmk_host_list", "n1 n2"), []string{"n1"}, "parameters.pcmk_host_list fence.plug_unknown"},
		{"Delay", stonith("f", "pcmk_delay_base", "soon"), nil, "parameters.pcmk_delay_base duration.invalid"},
		{"DelayOrder", stonith("f", "pcmk_delay_base", "10s", "pcmk_delay_max", "5s"), nil, "parameters.pcmk_delay_max fence.delay_order"},
		{"NoFenceDevice", ha.Resource{ID: "x", Agent: "ocf:heartbeat:Dummy", Parameters: map[string]string{"pcmk_host_map": "z"}}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f fault.Fields
			ha.CheckFenceDevice(&f, "", c.device, nodes)
			ha.CheckPlugs(&f, "", c.device, c.plugs)
			if got := reasons(f.Err()); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestFencePaths(t *testing.T) {
	cfg := ha.Config{
		Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1"), stonith("b"), stonith("c", "pcmk_host_map", "n2:7")},
		Levels: []ha.FenceLevel{
			{Pattern: "^n[0-9]", Index: 1, Devices: []string{"b"}},
			{Node: "n1", Index: 2, Devices: []string{"b"}},
			{Node: "n1", Index: 1, Devices: []string{"a", "c"}},
			{Attribute: "rack", Value: "2", Index: 1, Devices: []string{"gone"}},
		},
	}
	for _, c := range []struct {
		node       string
		attributes map[string]string
		want       string
	}{
		{"n1", nil, "1: a c missing c; 2: b missing "},
		{"n2", nil, "1: b missing "},
		{"x", nil, "0: b missing "},
		{"x", map[string]string{"rack": "2"}, "1: gone missing gone"},
	} {
		var parts []string
		for _, p := range ha.FencePaths(cfg, c.node, c.attributes) {
			parts = append(parts, string(rune('0'+p.Level))+": "+strings.Join(p.Devices, " ")+" missing "+strings.Join(p.Missing, " "))
		}
		if got := strings.Join(parts, "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.node, got, c.want)
		}
	}
}

func TestRemember(t *testing.T) {
	at := epoch
	known, news := ha.Remember(nil, ha.FenceRecord{Node: "n1", At: at, Action: "reboot", Delegate: "n2"})
	if !news || len(known) != 1 {
		t.Fatal(known, news)
	}
	// Another node tells of the same fencing a second later by its own clock; that one hears of it first.
	if again, news := ha.Remember(known, ha.FenceRecord{Node: "n1", At: at.Add(time.Second), Action: "reboot", Delegate: "n2"}); news || !again[0].At.Equal(at) {
		t.Errorf("told twice: %+v", again)
	}
	merged, news := ha.Remember(known, ha.FenceRecord{Node: "n1", At: at, Action: "reboot", Actor: "admin", Test: true, Device: "f"})
	if !news || merged[0].Actor != "admin" || merged[0].Device != "f" || merged[0].Delegate != "n2" || len(merged) != 1 {
		t.Errorf("merged: %+v", merged)
	}
	if older, news := ha.Remember(known, ha.FenceRecord{Node: "n1", At: at.Add(-time.Hour), Action: "reboot"}); news || !older[0].At.Equal(at) {
		t.Errorf("an older one: %+v", older)
	}
	if on, news := ha.Remember(nil, ha.FenceRecord{Node: "n1", At: at, Action: "on"}); news || len(on) != 0 {
		t.Errorf("switching on is no fencing: %+v", on)
	}
}

// TestRace: two nodes need something that lets one of them shoot first.
func TestRace(t *testing.T) {
	two := ha.Setup{Nodes: []ha.SetupNode{{Name: "n1"}, {Name: "n2"}}}
	for _, c := range []struct {
		name string
		cfg  ha.Config
		want string
	}{
		{"OwnDevices", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1"), stonith("b", "pcmk_host_list", "n2")}}, "none a pcmk_delay_base=10s n1"},
		{"SharedList", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1 n2")}}, "none a pcmk_delay_base=n1:10s;n2:0s n1"},
		{"SharedAsked", ha.Config{Resources: []ha.Resource{stonith("a")}}, "none a pcmk_delay_max=10s "},
		{"Static", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1", "pcmk_delay_base", "5"), stonith("b", "pcmk_host_list", "n2")}}, "static  = "},
		{"StaticShared", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1 n2", "pcmk_delay_base", "n1:10s;n2:0s")}}, "static  = "},
		{"SameForBoth", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1 n2", "pcmk_delay_base", "5s")}}, "none a pcmk_delay_base=n1:10s;n2:0s n1"},
		{"Random", ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_delay_max", "8s")}}, "random  = "},
		{"PriorityOfNothing", ha.Config{Properties: map[string]string{"priority-fencing-delay": "15s"}, Resources: []ha.Resource{stonith("a")}}, "none a pcmk_delay_max=10s "},
		{"Priority", ha.Config{Properties: map[string]string{"priority-fencing-delay": "15s"}, Resources: []ha.Resource{
			stonith("a"), {ID: "db", Kind: ha.Primitive, Meta: map[string]string{"priority": "10"}},
		}}, "priority  = "},
	} {
		r := ha.ViewFencing(&c.cfg, nil, ha.Background{Setup: two}).Race
		if r == nil {
			t.Errorf("%s: nothing", c.name)
		} else if got := r.Kind + " " + r.Device + " " + r.Parameter + "=" + r.Value + " " + r.Favours; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	three := ha.Setup{Nodes: append(two.Nodes, ha.SetupNode{Name: "n3"})}
	if r := ha.ViewFencing(&ha.Config{Resources: []ha.Resource{stonith("a")}}, nil, ha.Background{Setup: three}).Race; r != nil {
		t.Errorf("three nodes have a majority: %+v", r)
	}
}

// TestGather: where the device is reached decides whether the heartbeat's failure takes fencing with it.
func TestGather(t *testing.T) {
	facts := func(networks ...string) map[string]ha.Facts {
		return map[string]ha.Facts{"n1": {Interfaces: []ha.Interface{{Name: "a", Addresses: networks}}}}
	}
	for _, c := range []struct {
		name, address, want string
		addresses           []string
		level               ha.Level
	}{
		{"OnlyLink", "10.0.1.200", "path_shared", []string{"10.0.1.1"}, ha.AtRisk},
		{"OneOfTwoLinks", "10.0.1.200", "path_on_link", []string{"10.0.1.1", "10.0.2.1"}, ha.Protected},
		{"Apart", "10.0.9.200", "path_apart", []string{"10.0.1.1"}, ha.Protected},
		{"Name", "bmc.example", "path_unknown", []string{"10.0.1.1"}, ha.Protected},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, s := config(), three()
			cfg.Resources[0].Parameters = map[string]string{"ip": c.address}
			b := ha.Background{Setup: ha.Setup{Nodes: []ha.SetupNode{{Name: "n1", Addresses: c.addresses}}}, Facts: facts("10.0.1.1/24", "10.0.2.1/24")}
			found := map[string]ha.Level{}
			for _, e := range ha.Gather(&cfg, &s, b, epoch) {
				found[e.Code] = e.Level
				if !contains(ha.EvidenceCodes, e.Code) {
					t.Errorf("unknown code %s", e.Code)
				}
			}
			if level, has := found[c.want]; !has || level != c.level {
				t.Errorf("got %v, want %s %s", found, c.want, c.level)
			}
			v := ha.JudgeWith(&cfg, &s, b, epoch)
			shared := false
			for _, r := range v.Reasons {
				shared = shared || r.Code == ha.ReasonFencePath
			}
			if shared != (c.want == "path_shared") {
				t.Errorf("the verdict and the evidence differ: %+v", v.Reasons)
			}
		})
	}
	cfg, s := config(), three()
	if old := ha.Gather(&cfg, &s, ha.Background{}, epoch.Add(time.Hour)); len(old) != 1 || old[0].Code != ha.EvidenceNotReported {
		t.Errorf("an old report is evidence of nothing: %+v", old)
	}
}

func TestStopIsFencing(t *testing.T) {
	cfg, s := config(), three()
	set := func(op ha.Operation) string {
		cfg.Resources = []ha.Resource{stonith("f"), {ID: "db", Kind: ha.Primitive, Agent: "ocf:heartbeat:pgsql", Operations: []ha.Operation{op}}}
		for _, e := range ha.Gather(&cfg, &s, ha.Background{}, epoch) {
			if e.Object == "db" {
				return e.Code + " " + e.Args["timeout"]
			}
		}
		return ""
	}
	if got := set(ha.Operation{Name: "stop", Timeout: "60s"}); got != "stop_fences 60s" {
		t.Error(got)
	}
	if got := set(ha.Operation{Name: "start", Timeout: "60s"}); got != "stop_tight 20s" {
		t.Error(got)
	}
	if got := set(ha.Operation{Name: "stop", Timeout: "60s", OnFail: "block"}); got != "stop_blocks 60s" {
		t.Error(got)
	}
}

// TestLossOf: fencing a node for a test must not cost quorum or a service.
func TestLossOf(t *testing.T) {
	cfg, s := config(), three()
	if l := ha.LossOf(&cfg, s, ha.Setup{}, "n1"); l.Quorum || len(l.Stranded) > 0 || l.Votes != 2 {
		t.Errorf("three well nodes: %+v", l)
	}
	s.Nodes[2].Online, s.Votes = false, 2
	if l := ha.LossOf(&cfg, s, ha.Setup{}, "n1"); !l.Quorum {
		t.Errorf("the last but one: %+v", l)
	}
	if l := ha.LossOf(&cfg, s, ha.Setup{}, "n3"); l.Quorum || l.Votes != 2 {
		t.Errorf("one that is off already: %+v", l)
	}
	s = three()
	s.Nodes[1].Standby, s.Nodes[2].Standby = true, true
	where := vip(&s).Nodes[0]
	if l := ha.LossOf(&cfg, s, ha.Setup{}, where); len(l.Stranded) != 1 || l.Quorum {
		t.Errorf("nobody takes the service over: %+v", l)
	}
}

func TestValidateFenceLevels(t *testing.T) {
	cfg := ha.Config{Resources: []ha.Resource{stonith("a", "pcmk_host_list", "n1"), stonith("b", "pcmk_host_list", "n2")}}
	nodes := []string{"n1", "n2"}
	for _, c := range []struct {
		levels []ha.FenceLevel
		want   string
	}{
		{[]ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"a"}}}, ""},
		{[]ha.FenceLevel{{Node: "n1"}}, ""}, // removes them
		{nil, "node field.required"},
		{[]ha.FenceLevel{{Index: 1, Devices: []string{"a"}}}, "node field.required"},
		{[]ha.FenceLevel{{Node: "n1", Pattern: "n", Index: 1, Devices: []string{"a"}}}, "node fence.one_target"},
		{[]ha.FenceLevel{{Node: "n3", Index: 1, Devices: []string{"x"}}}, "node node.unknown; levels[0][0] fence.device_unknown"},
		{[]ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"b"}}}, "levels[0][0] fence.device_elsewhere"},
		{[]ha.FenceLevel{{Pattern: "(", Index: 1, Devices: []string{"a", "a"}}}, "pattern fence.pattern_invalid; levels[0][1] fence.device_twice"},
		{[]ha.FenceLevel{{Pattern: "^z", Index: 1, Devices: []string{"a"}}}, "pattern fence.pattern_nobody"},
		{[]ha.FenceLevel{{Attribute: "rack", Index: 1, Devices: []string{"a"}}}, "value field.required"},
	} {
		if got := reasons(ha.ValidateFenceLevels(c.levels, &cfg, nodes)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.levels, got, c.want)
		}
	}
}
