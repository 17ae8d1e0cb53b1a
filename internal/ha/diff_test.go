package ha_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hawser/internal/ha"
)

// three is a cluster of three nodes with two links, one group on n1 and a fence device on n3.
func three() ha.State {
	s := ha.State{
		At: epoch, Running: true, Quorate: true, Votes: 3, ExpectedVotes: 3, QuorumVotes: 2, Fencing: true, DC: "n2",
		Resources: []ha.ResourceState{
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_sandbox", Role: "Started", Nodes: []string{"n3"}, Managed: true},
			{ID: "pg", Kind: ha.Group, Managed: true, Members: []ha.ResourceState{
				{ID: "fs", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Managed: true},
				{ID: "vip", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n1"}, Managed: true},
			}},
		},
		FenceHistory: []ha.FenceAction{{Node: "n2", Action: "reboot", Status: ha.FenceSuccess, At: epoch.Add(-time.Hour)}},
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		s.Nodes = append(s.Nodes, ha.NodeState{Name: n, Online: true})
		for _, peer := range []string{"n1", "n2", "n3"} {
			if peer == n {
				continue
			}
			for link := range 2 {
				s.Links = append(s.Links, ha.LinkState{Node: n, Peer: peer, Link: link, Enabled: true, Connected: true})
			}
		}
	}
	return s
}

// vip returns the virtual address of three, to be changed.
func vip(s *ha.State) *ha.ResourceState { return &s.Resources[1].Members[1] }

// cut takes a link down for every pair that the node is part of.
func cut(s *ha.State, node string, link int) {
	for i, l := range s.Links {
		if (l.Node == node || l.Peer == node) && l.Link == link {
			s.Links[i].Connected = false
		}
	}
}

func told(changes []ha.Change) string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s", c.Kind, c.Object)))
	}
	return strings.Join(lines, "; ")
}

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(old, now *ha.State)
		want   string
	}{
		{"Nothing", func(_, now *ha.State) { now.At = now.At.Add(time.Minute); now.Busy = true }, ""},
		{"FirstSight", func(old, _ *ha.State) { *old = ha.State{} }, ""},
		{"ClusterStarted", func(old, _ *ha.State) { *old = ha.State{At: epoch} }, "cluster.started"},
		{"ClusterStopped", func(_, now *ha.State) { *now = ha.State{At: epoch} }, "cluster.stopped"},
		{"Moved", func(_, now *ha.State) { vip(now).Nodes = []string{"n2"} }, "resource.moved vip"},
		{"Stopped", func(_, now *ha.State) { vip(now).Role = "Stopped"; vip(now).Nodes = nil }, "resource.stopped vip"},
		{"Starting", func(old, now *ha.State) { vip(old).Role, vip(now).Role = "Stopped", "Starting" }, ""},
		{"Started", func(old, _ *ha.State) { vip(old).Role = "Starting" }, "resource.started vip"},
		{"Promoted", func(_, now *ha.State) { vip(now).Role = "Promoted" }, "resource.promoted vip"},
		{"Deleted", func(_, now *ha.State) { now.Resources = now.Resources[:1] }, "resource.stopped fs; resource.stopped vip"},
		{"Unmanaged", func(_, now *ha.State) { vip(now).Managed = false }, "resource.unmanaged vip"},
		{"Managed", func(old, _ *ha.State) { vip(old).Managed = false }, "resource.managed vip"},
		{"Maintenance", func(_, now *ha.State) { now.Maintenance = true; vip(now).Managed = false }, "cluster.maintenance"},
		{"Failed", func(_, now *ha.State) {
			vip(now).Failed = true
			now.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Exit: "not running", Count: 1}}
		}, "resource.failed vip"},
		{"FailedByWhatIsRemembered", func(old, now *ha.State) {
			vip(now).Failed = true
			old.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Exit: "not running", At: epoch}}
			now.Failures = old.Failures
		}, "resource.failed vip"},
		{"FailedWithoutCause", func(_, now *ha.State) { vip(now).Failed = true }, "resource.faulty vip"},
		{"FailedAgain", func(old, now *ha.State) {
			old.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Count: 1}}
			now.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Count: 2}}
		}, "resource.failed vip"},
		{"CleanedUp", func(old, _ *ha.State) {
			old.Failures = []ha.Failure{{Resource: "vip", Node: "n1", Operation: "monitor", Count: 1}}
		}, ""},
		{"Recovered", func(old, _ *ha.State) { vip(old).Failed = true }, "resource.recovered vip"},
		{"OneLink", func(_, now *ha.State) { cut(now, "n1", 1) }, "link.lost n1; link.lost n1"},
		{"OneLinkBack", func(old, _ *ha.State) { cut(old, "n1", 1) }, "link.restored n1; link.restored n1"},
		{"AllLinks", func(_, now *ha.State) { cut(now, "n1", 0); cut(now, "n1", 1) }, ""},
		{"LinkOfDeadNode", func(_, now *ha.State) { now.Nodes[0].Online = false; cut(now, "n1", 1) }, "node.lost n1"},
		{"Standby", func(_, now *ha.State) { now.Nodes[0].Standby = true }, "node.standby n1"},
		{"Active", func(old, _ *ha.State) { old.Nodes[0].Standby = true }, "node.active n1"},
		{"NodeMaintenance", func(_, now *ha.State) { now.Nodes[0].Maintenance = true }, "node.maintenance n1"},
		{"NodeManaged", func(old, _ *ha.State) { old.Nodes[0].Maintenance = true }, "node.managed n1"},
		{"NodeBack", func(old, _ *ha.State) { old.Nodes[0].Online = false; cut(old, "n1", 0); cut(old, "n1", 1) }, "node.joined n1"},
		{"NodeRemoved", func(old, now *ha.State) { old.Nodes[2].Online = false; now.Nodes = now.Nodes[:2] }, ""},
		{"QuorumLost", func(_, now *ha.State) { now.Quorate = false }, "quorum.lost"},
		{"DC", func(_, now *ha.State) { now.DC = "n3" }, "dc.changed n3"},
		{"FenceFailed", func(_, now *ha.State) {
			now.FenceHistory = append([]ha.FenceAction{{Node: "n1", Action: "off", Status: ha.FenceFailure, At: epoch}}, now.FenceHistory...)
		}, "fence.failed n1"},
		{"FencePending", func(_, now *ha.State) {
			now.FenceHistory = append([]ha.FenceAction{{Node: "n1", Action: "off", Status: ha.FencePending}}, now.FenceHistory...)
		}, "fence.begun n1"},
		{"FenceHistorySynced", func(old, _ *ha.State) { old.FenceHistory = nil }, ""},
		{"Crash", func(_, now *ha.State) {
			now.Nodes[0].Online, now.Nodes[0].Unclean = false, true
			cut(now, "n1", 0)
			cut(now, "n1", 1)
			now.FenceHistory = append([]ha.FenceAction{{Node: "n1", Action: "reboot", Status: ha.FenceSuccess, Delegate: "n3", At: epoch}}, now.FenceHistory...)
			now.Resources[1].Members[0].Nodes = []string{"n2"}
			vip(now).Nodes = []string{"n2"}
		}, "node.lost n1; node.unclean n1; node.fenced n1; resource.moved fs; resource.moved vip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, now := three(), three()
			c.change(&old, &now)
			if got := told(ha.Diff(old, now)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestDiffTellsWhereFrom(t *testing.T) {
	old, now := three(), three()
	vip(&now).Nodes = []string{"n3"}
	got := ha.Diff(old, now)
	if len(got) != 1 || got[0].Args["from"] != "n1" || got[0].Args["to"] != "n3" || got[0].Args["resource"] != "vip" {
		t.Errorf("got %+v, want vip from n1 to n3", got)
	}
}

func TestDiffGradesLoss(t *testing.T) {
	for name, c := range map[string]struct {
		was, is ha.NodeState
		want    ha.Severity
	}{
		"Announced": {ha.NodeState{Name: "n1", Online: true, Shutdown: true}, ha.NodeState{Name: "n1"}, ha.Info},
		"Silent":    {ha.NodeState{Name: "n1", Online: true}, ha.NodeState{Name: "n1"}, ha.Warning},
		"Unclean":   {ha.NodeState{Name: "n1", Online: true}, ha.NodeState{Name: "n1", Unclean: true}, ha.Critical},
	} {
		t.Run(name, func(t *testing.T) {
			old, now := three(), three()
			old.Nodes[0], now.Nodes[0] = c.was, c.is
			if got := ha.Diff(old, now); len(got) == 0 || got[0].Kind != ha.NodeLost || got[0].Severity != c.want {
				t.Errorf("got %+v, want node.lost as %s", got, c.want)
			}
		})
	}
}

// TestDiffLaws: a state does not differ from itself, and a delta that says "nothing changed" hides no change.
// TestDiffGradesStops: what stops by itself and what moves is a warning; what somebody stopped or deleted is none, nor is a fence device.
func TestDiffGradesStops(t *testing.T) {
	state := func(r ...ha.ResourceState) ha.State {
		return ha.State{At: epoch, Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2", Online: true}}, Resources: r}
	}
	on := func(node, agent string) ha.ResourceState {
		return ha.ResourceState{ID: "r", Kind: ha.Primitive, Agent: agent, Role: "Started", Nodes: []string{node}, Managed: true}
	}
	const vip, fence = "ocf:heartbeat:IPaddr2", "stonith:fence_ipmilan"
	stopped := ha.ResourceState{ID: "r", Kind: ha.Primitive, Agent: vip, Role: "Stopped", Managed: true}
	disabled := stopped
	disabled.Disabled = true
	for _, c := range []struct {
		name     string
		old, now ha.State
		want     ha.Severity
	}{
		{"Stopped", state(on("n1", vip)), state(stopped), ha.Warning},
		{"OnPurpose", state(on("n1", vip)), state(disabled), ha.Info},
		{"Deleted", state(on("n1", vip)), state(), ha.Info},
		{"Moved", state(on("n1", vip)), state(on("n2", vip)), ha.Warning},
		{"DeviceMoved", state(on("n1", fence)), state(on("n2", fence)), ha.Info},
	} {
		got := ha.Diff(c.old, c.now)
		if len(got) != 1 || got[0].Severity != c.want {
			t.Errorf("%s: got %+v, want %s", c.name, got, c.want)
		}
	}
}

func TestDiffLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := states(t, "old "), states(t, "new ")
		if got := ha.Diff(old, old); len(got) > 0 {
			t.Fatalf("a state differs from itself: %s", told(got))
		}
		changes := ha.Diff(old, now)
		if _, changed := ha.MakeDelta(&old, now); !changed && len(changes) > 0 {
			t.Fatalf("no delta, but %s", told(changes))
		}
		if slices.ContainsFunc(changes, func(c ha.Change) bool { return c.Severity == "" || c.Kind == "" }) {
			t.Fatalf("a change without kind or severity: %+v", changes)
		}
	})
}

// Pacemaker tries a fencing that fails again and again, and forgets none of it: that is one piece of news.
func TestDiffFenceFailsAgain(t *testing.T) {
	at := func(second int, status string) ha.FenceAction {
		return ha.FenceAction{Node: "n1", Action: "reboot", Status: status, At: time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC)}
	}
	state := func(history ...ha.FenceAction) ha.State {
		return ha.State{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1"}, {Name: "n2", Online: true}}, FenceHistory: history}
	}
	told := func(old, new ha.State) (failed, fenced int) {
		for _, c := range ha.Diff(old, new) {
			switch c.Kind {
			case ha.FenceFailed:
				failed++
			case ha.NodeFenced:
				fenced++
			}
		}
		return failed, fenced
	}
	none := state()
	once := state(at(1, ha.FenceFailure))
	thrice := state(at(5, ha.FenceFailure), at(3, ha.FenceFailure), at(1, ha.FenceFailure))
	after := state(at(9, ha.FenceFailure), at(7, ha.FenceSuccess), at(5, ha.FenceFailure), at(3, ha.FenceFailure), at(1, ha.FenceFailure))
	for _, c := range []struct {
		name           string
		old, new       ha.State
		failed, fenced int
	}{
		{"the first", none, once, 1, 0},
		{"the next two", once, thrice, 0, 0},
		{"three at once", none, thrice, 1, 0},
		{"success, then another failure", thrice, after, 1, 1},
	} {
		if failed, fenced := told(c.old, c.new); failed != c.failed || fenced != c.fenced {
			t.Errorf("%s: %d failures and %d fencings told, want %d and %d", c.name, failed, fenced, c.failed, c.fenced)
		}
	}
}
