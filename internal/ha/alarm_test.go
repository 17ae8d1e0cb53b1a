package ha_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
	"time"

	"hawser/internal/ha"
)

// changeKinds reads the kinds of events from the source: a new one is found without anybody thinking of this test.
func changeKinds(t *testing.T) []ha.ChangeKind {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "state.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []ha.ChangeKind
	ast.Inspect(tree, func(n ast.Node) bool {
		v, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if id, named := v.Type.(*ast.Ident); !named || id.Name != "ChangeKind" {
			return true
		}
		for _, value := range v.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, ha.ChangeKind(text))
		}
		return true
	})
	if len(kinds) < 50 {
		t.Fatalf("only %d kinds found: does the search still understand the source?", len(kinds))
	}
	return kinds
}

// TestAlarmsOfEveryKind: of every kind of event it is decided what it means for alarms; what can be opened can be resolved, and
// every kind of alarm is opened or noted by something.
func TestAlarmsOfEveryKind(t *testing.T) {
	opened, resolved := map[ha.AlarmKind]bool{}, map[ha.AlarmKind]bool{}
	noted := map[ha.AlarmKind]bool{}
	for _, kind := range changeKinds(t) {
		if !ha.AlarmDecided(kind) {
			t.Errorf("nobody has decided what %s means for alarms: see internal/ha/alarm.go", kind)
		}
		for _, s := range ha.AlarmSteps(ha.Change{Kind: kind, Object: "o"}) {
			switch s.Effect {
			case ha.Opens:
				opened[s.Kind] = true
			case ha.Resolves:
				resolved[s.Kind] = true
			case ha.Notes:
				noted[s.Kind] = true
			}
			if !slices.Contains(ha.AlarmKinds, s.Kind) {
				t.Errorf("%s is of an alarm %s that is not in AlarmKinds", kind, s.Kind)
			}
		}
	}
	for _, k := range ha.AlarmKinds {
		switch {
		case !opened[k] && !noted[k]:
			t.Errorf("nothing opens %s", k)
		case opened[k] && noted[k]:
			t.Errorf("%s is both a condition and a notice", k)
		case opened[k] && !resolved[k]:
			t.Errorf("nothing resolves %s", k)
		}
	}
}

// TestAlarmKeys: an opening and its opposite name the same alarm, whoever tells them.
func TestAlarmKeys(t *testing.T) {
	link := map[string]string{"node": "n2", "peer": "n1", "link": "1"}
	back := map[string]string{"node": "n1", "peer": "n2", "link": "1"}
	for _, c := range []struct {
		open, over ha.Change
	}{
		{ha.Change{Kind: ha.NodeLost, Object: "n1"}, ha.Change{Kind: ha.NodeJoined, Object: "n1"}},
		{ha.Change{Kind: ha.LinkLost, Object: "n2", Args: link}, ha.Change{Kind: ha.LinkRestored, Object: "n1", Args: back}},
		{ha.Change{Kind: ha.DiskAlone, Object: "n2", Args: link}, ha.Change{Kind: ha.DiskAloneOver, Object: "n1", Args: back}},
		{ha.Change{Kind: ha.QuorumLost, Object: "x"}, ha.Change{Kind: ha.QuorumGained}},
		{ha.Change{Kind: ha.ResourceFailed, Object: "vip"}, ha.Change{Kind: ha.ResourceMoved, Object: "vip"}},
		{ha.Change{Kind: ha.FenceFailed, Object: "n1"}, ha.Change{Kind: ha.NodeFenced, Object: "n1"}},
		{ha.Change{Kind: ha.CertificateEnding, Object: "ca"}, ha.Change{Kind: ha.CertificateMade, Object: "ca"}},
	} {
		opens := ha.AlarmSteps(c.open)[0]
		if !slices.ContainsFunc(ha.AlarmSteps(c.over), func(s ha.AlarmStep) bool {
			return s.Effect == ha.Resolves && s.Kind == opens.Kind && s.Object == opens.Object
		}) {
			t.Errorf("%s opens %+v; %s does not resolve it: %+v", c.open.Kind, opens, c.over.Kind, ha.AlarmSteps(c.over))
		}
	}
	if steps := ha.AlarmSteps(ha.Change{Kind: ha.NodeFenced, Object: "n1", Args: map[string]string{"action": "on"}}); len(steps) != 0 {
		t.Errorf("a node that was switched on: %+v", steps)
	}
	if steps := ha.AlarmSteps(ha.Change{Kind: "of.tomorrow", Object: "n1"}); len(steps) != 0 {
		t.Errorf("an unknown kind: %+v", steps)
	}
}

func TestAlarmOver(t *testing.T) {
	s := ha.State{
		At: time.Now(), Running: true, Quorate: true,
		Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2"}},
		Links: []ha.LinkState{
			{Node: "n1", Peer: "n2", Link: 0, Enabled: true, Connected: true},
			{Node: "n2", Peer: "n1", Link: 0, Enabled: true, Connected: true},
			{Node: "n1", Peer: "n2", Link: 1, Enabled: true, Connected: true},
			{Node: "n2", Peer: "n1", Link: 1, Enabled: true},
			{Node: "n1", Peer: "n4", Link: 0, Enabled: true},
			{Node: "n1", Peer: "n4", Link: 7, Enabled: true, Connected: true, Kind: ha.DiskLink},
			{Node: "n1", Peer: "n5", Link: 0, Enabled: true},
		},
		Resources: []ha.ResourceState{
			{ID: "up", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Managed: true},
			{ID: "bad", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Managed: true, Failed: true},
			{ID: "down", Kind: ha.Primitive, Role: "Stopped", Managed: true},
			{ID: "off", Kind: ha.Primitive, Role: "Stopped", Managed: true, Disabled: true},
			{ID: "free", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}},
			{ID: "all", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Managed: true},
			{ID: "all", Kind: ha.Primitive, Role: "Stopped", Managed: true},
		},
	}
	for _, c := range []struct {
		kind   ha.AlarmKind
		object string
		want   bool
	}{
		{ha.AlarmQuorum, "", true},
		{ha.AlarmNodeAway, "n1", true},
		{ha.AlarmNodeAway, "n2", false},
		{ha.AlarmNodeAway, "removed", true},
		{ha.AlarmLink, "n1|n2|0", true},
		{ha.AlarmLink, "n1|n2|1", false},
		{ha.AlarmLink, "n1|n2|2", true},  // taken away
		{ha.AlarmLink, "n1|n3|0", false}, // nobody reports anything of it
		{ha.AlarmDiskAlone, "n1|n2", true},
		{ha.AlarmDiskAlone, "n1|n4", false},
		{ha.AlarmDiskAlone, "n1|n5", true},  // without a disk heartbeat by now
		{ha.AlarmDiskAlone, "n1|n9", false}, // nobody reports anything of it
		{ha.AlarmFailed, "up", true},
		{ha.AlarmFailed, "bad", false},
		{ha.AlarmFailed, "deleted", true},
		{ha.AlarmStopped, "down", false},
		{ha.AlarmStopped, "off", true},
		{ha.AlarmStopped, "all", true},
		{ha.AlarmUnmanaged, "free", false},
		{ha.AlarmUnmanaged, "up", true},
		{ha.AlarmOutside, "", false},
		{ha.AlarmAgent, "n1", false},
	} {
		if got := ha.AlarmOver(c.kind, c.object, s); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.kind, c.object, got, c.want)
		}
	}
	s.Quorate = false
	if ha.AlarmOver(ha.AlarmNodeAway, "n1", s) || ha.AlarmOver(ha.AlarmQuorum, "", s) {
		t.Error("a part without quorum ends an alarm")
	}
}

// TestAlarmsOfStates: what a cluster can suffer becomes an alarm, from the states that show it, and the way back ends it.
func TestAlarmsOfStates(t *testing.T) {
	disk := func(s *ha.State) {
		s.Links = append(s.Links, ha.LinkState{Node: "n1", Peer: "n2", Link: 7, Enabled: true, Connected: true, Kind: ha.DiskLink}, ha.LinkState{Node: "n2", Peer: "n1", Link: 7, Enabled: true, Connected: true, Kind: ha.DiskLink})
	}
	health := func(colour ha.Colour) func(*ha.State) {
		return func(s *ha.State) {
			s.Health = []ha.NodeHealth{{Node: "n1", Kinds: []ha.KindHealth{{Kind: ha.HealthCPU, Colour: colour, Readings: []ha.HealthReading{{Measure: ha.MeasureCPU, Percent: 99}}}}}}
		}
	}
	for _, c := range []struct {
		name string
		well func(*ha.State) // how it was before, where not as three
		ill  func(*ha.State)
		kind ha.AlarmKind
		ends bool
	}{
		{name: "failover", ill: func(s *ha.State) { vip(s).Nodes = []string{"n2"} }, kind: ha.AlarmMoved},
		{name: "failure", ill: func(s *ha.State) {
			vip(s).Failed, vip(s).Role, vip(s).Nodes = true, "Stopped", nil
			s.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Exit: "not running", Count: 1}}
		}, kind: ha.AlarmFailed, ends: true},
		{name: "service stopped", ill: func(s *ha.State) { vip(s).Role, vip(s).Nodes = "Stopped", nil }, kind: ha.AlarmStopped, ends: true},
		{name: "fenced", ill: func(s *ha.State) {
			s.FenceHistory = append([]ha.FenceAction{{Node: "n1", Action: "reboot", Status: ha.FenceSuccess, Delegate: "n3", At: epoch}}, s.FenceHistory...)
		}, kind: ha.AlarmNodeFenced},
		{name: "fencing failed", ill: func(s *ha.State) {
			s.Nodes[0].Online, s.Nodes[0].Unclean = false, true
			s.FenceHistory = append([]ha.FenceAction{{Node: "n1", Action: "reboot", Status: ha.FenceFailure, At: epoch}}, s.FenceHistory...)
		}, kind: ha.AlarmFencing, ends: true},
		{name: "node lost", ill: func(s *ha.State) { s.Nodes[0].Online = false }, kind: ha.AlarmNodeAway, ends: true},
		{name: "quorum lost", ill: func(s *ha.State) { s.Quorate = false }, kind: ha.AlarmQuorum, ends: true},
		{name: "link lost", ill: func(s *ha.State) { cut(s, "n1", 1) }, kind: ha.AlarmLink, ends: true},
		{name: "disk heartbeat alone", well: disk, ill: func(s *ha.State) {
			disk(s)
			for link := range 2 {
				cut(s, "n1", link)
			}
		}, kind: ha.AlarmDiskAlone, ends: true},
		{name: "health yellow", well: health(ha.Green), ill: health(ha.Yellow), kind: ha.AlarmHealth, ends: true},
		{name: "health red", well: health(ha.Green), ill: health(ha.Red), kind: ha.AlarmHealth, ends: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			well, ill := three(), three()
			if c.well != nil {
				c.well(&well)
			}
			c.ill(&ill)
			var alarm *ha.AlarmStep
			for _, change := range ha.Diff(well, ill) {
				for _, s := range ha.AlarmSteps(change) {
					if s.Kind == c.kind && s.Effect != ha.Resolves && change.Severity.AtLeast(ha.Warning) {
						alarm = &s
					}
				}
			}
			if alarm == nil {
				t.Fatalf("no alarm: %s", told(ha.Diff(well, ill)))
			}
			ended := slices.ContainsFunc(ha.Diff(ill, well), func(change ha.Change) bool {
				return slices.Contains(ha.AlarmSteps(change), ha.AlarmStep{Effect: ha.Resolves, Kind: alarm.Kind, Object: alarm.Object})
			})
			if ended != c.ends || (alarm.Effect == ha.Notes) == c.ends {
				t.Errorf("%+v; the way back ends it: %v, by %s", alarm, ended, told(ha.Diff(ill, well)))
			}
		})
	}
}
