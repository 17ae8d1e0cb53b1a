package ha_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hawser/internal/ha"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(cfg *ha.Config, s *ha.State)
		level    ha.Level
		survives int
		reasons  string
	}{
		{"AllWell", func(*ha.Config, *ha.State) {}, ha.Protected, 1, ""},
		{"Stale", func(_ *ha.Config, s *ha.State) { s.At = s.At.Add(-time.Minute) }, ha.UnknownLevel, 0, "stale"},
		{"NotRunning", func(_ *ha.Config, s *ha.State) { s.Running = false }, ha.StoppedCluster, 0, "not_running"},
		{"NodeLost", func(_ *ha.Config, s *ha.State) { s.Nodes[2].Online, s.Votes = false, 2 }, ha.Unprotected, 0, "quorum_margin node_lost"},
		{"QuorumLost", func(_ *ha.Config, s *ha.State) {
			s.Nodes[1].Online, s.Nodes[2].Online, s.Quorate, s.Votes = false, false, false, 1
		}, ha.Unprotected, 0, "quorum_lost no_taker node_lost node_lost"},
		{"QuorumIgnored", func(cfg *ha.Config, s *ha.State) {
			cfg.Properties["no-quorum-policy"] = "ignore"
			s.Nodes[2].Online, s.Votes = false, 2
		}, ha.AtRisk, 1, "node_lost"},
		{"FiveNodes", func(_ *ha.Config, s *ha.State) {
			s.Nodes = append(s.Nodes, ha.NodeState{Name: "n4", Online: true}, ha.NodeState{Name: "n5", Online: true})
			s.Votes, s.ExpectedVotes, s.QuorumVotes = 5, 5, 3
		}, ha.Protected, 2, ""},
		{"TwoNodes", func(_ *ha.Config, s *ha.State) { // two_node: one vote is enough
			s.Nodes, s.Votes, s.ExpectedVotes, s.QuorumVotes, s.Links = s.Nodes[:2], 2, 2, 1, nil
		}, ha.Protected, 1, ""},
		{"Unclean", func(_ *ha.Config, s *ha.State) { s.Nodes[2].Online, s.Nodes[2].Unclean = false, true }, ha.Unprotected, 0, "node_unclean"},
		{"Failed", func(_ *ha.Config, s *ha.State) { vip(s).Failed = true }, ha.Unprotected, 1, "resource_failed"},
		{"Stopped", func(_ *ha.Config, s *ha.State) { vip(s).Role, vip(s).Nodes = "Stopped", nil }, ha.Unprotected, 1, "resource_stopped"},
		{"Disabled", func(_ *ha.Config, s *ha.State) { vip(s).Role, vip(s).Nodes, vip(s).Disabled = "Stopped", nil, true }, ha.Protected, 1, "resource_disabled"},
		{"GroupDisabled", func(_ *ha.Config, s *ha.State) {
			s.Resources[1].Disabled = true
			for i := range s.Resources[1].Members {
				s.Resources[1].Members[i].Role, s.Resources[1].Members[i].Nodes = "Stopped", nil
			}
		}, ha.Protected, 1, "resource_disabled resource_disabled"},
		{"Blocked", func(_ *ha.Config, s *ha.State) { vip(s).Blocked = true }, ha.Unprotected, 1, "resource_blocked"},
		{"Twice", func(_ *ha.Config, s *ha.State) { vip(s).Nodes = []string{"n1", "n2"} }, ha.Unprotected, 1, "resource_twice"},
		{"Unmanaged", func(_ *ha.Config, s *ha.State) { vip(s).Managed = false }, ha.AtRisk, 1, "resource_unmanaged"},
		{"Maintenance", func(_ *ha.Config, s *ha.State) { s.Maintenance = true }, ha.InMaintenance, 0, "maintenance"},
		{"NodeMaintenance", func(_ *ha.Config, s *ha.State) { s.Nodes[2].Maintenance = true }, ha.AtRisk, 1, "node_maintenance"},
		{"Standby", func(_ *ha.Config, s *ha.State) { s.Nodes[2].Standby = true }, ha.Protected, 1, "node_standby"},
		{"StandbyLeavesNoTaker", func(_ *ha.Config, s *ha.State) { s.Nodes[1].Standby, s.Nodes[2].Standby = true, true }, ha.Unprotected, 0, "no_taker node_standby node_standby"},
		{"FencingOff", func(_ *ha.Config, s *ha.State) { s.Fencing = false }, ha.AtRisk, 1, "fencing_disabled"},
		{"NoDevice", func(cfg *ha.Config, s *ha.State) { cfg.Resources, s.Resources = cfg.Resources[1:], s.Resources[1:] }, ha.Unprotected, 0, "no_fencing"},
		{"DeviceOff", func(cfg *ha.Config, _ *ha.State) { cfg.Resources[0].Meta = map[string]string{"target-role": "Stopped"} }, ha.Unprotected, 0, "no_fencing"},
		{"Watchdog", func(cfg *ha.Config, _ *ha.State) {
			cfg.Resources = cfg.Resources[1:]
			cfg.Properties["have-watchdog"], cfg.Properties["stonith-watchdog-timeout"] = "true", "10s"
		}, ha.Protected, 1, ""},
		{"NodeUncovered", func(cfg *ha.Config, _ *ha.State) {
			cfg.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1,n2"}
		}, ha.Unprotected, 0, "fence_uncovered"},
		{"HostMap", func(cfg *ha.Config, _ *ha.State) {
			cfg.Resources[0].Parameters = map[string]string{"pcmk_host_map": "n1:1;n2:2 n3:3,4"}
		}, ha.Protected, 1, ""},
		{"Untested", func(_ *ha.Config, s *ha.State) { s.FenceHistory = nil }, ha.AtRisk, 1, "fence_untested"},
		{"FencePending", func(_ *ha.Config, s *ha.State) {
			s.Nodes[2].Online, s.Nodes[2].Unclean = false, true
			s.FenceHistory = append(s.FenceHistory, ha.FenceAction{Node: "n3", Action: "reboot", Status: ha.FencePending})
		}, ha.Unprotected, 0, "fence_pending node_unclean"},
		{"FenceRetry", func(_ *ha.Config, s *ha.State) {
			s.Nodes[2].Online, s.Nodes[2].Unclean = false, true
			s.FenceHistory = append(s.FenceHistory, ha.FenceAction{Node: "n3", Action: "reboot", Status: ha.FenceFailure, At: epoch})
		}, ha.Unprotected, 0, "fence_retry node_unclean fence_failed"},
		{"LevelWithoutDevice", func(cfg *ha.Config, _ *ha.State) {
			cfg.Levels = []ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"gone"}}}
		}, ha.Unprotected, 0, "fence_uncovered"},
		{"LevelTwoIsWhole", func(cfg *ha.Config, _ *ha.State) {
			cfg.Levels = []ha.FenceLevel{{Pattern: "n[12]", Index: 1, Devices: []string{"gone"}}, {Pattern: "n[12]", Index: 2, Devices: []string{"fence"}}}
		}, ha.Protected, 1, ""},
		{"LastFenceFailed", func(_ *ha.Config, s *ha.State) {
			s.FenceHistory = append(s.FenceHistory, ha.FenceAction{Node: "n1", Status: ha.FenceFailure, At: epoch})
		}, ha.AtRisk, 1, "fence_failed"},
		{"FencedAfterAll", func(_ *ha.Config, s *ha.State) {
			s.FenceHistory = append(s.FenceHistory, ha.FenceAction{Node: "n2", Status: ha.FenceFailure, At: epoch.Add(-2 * time.Hour)})
		}, ha.Protected, 1, ""},
		{"DeviceDown", func(_ *ha.Config, s *ha.State) { s.Resources[0].Role = "Stopped" }, ha.AtRisk, 1, "fence_device_down"},
		{"LinkLost", func(_ *ha.Config, s *ha.State) { cut(s, "n1", 1) }, ha.AtRisk, 1, "link_lost link_lost"},
		{"OneLink", func(_ *ha.Config, s *ha.State) {
			for i := range s.Links {
				s.Links[i].Link = 0
			}
		}, ha.AtRisk, 1, "one_link"},
		{"Health", func(_ *ha.Config, s *ha.State) { s.Nodes[0].Health = "red" }, ha.AtRisk, 1, "node_health"},
		{"BannedByFailures", func(cfg *ha.Config, s *ha.State) {
			cfg.ResourceDefaults = map[string]string{"migration-threshold": "3"}
			s.Failures = []ha.Failure{{Resource: "fs", Node: "n2", Operation: "monitor", Count: 3}}
		}, ha.AtRisk, 1, "resource_banned"},
		{"LimitOfFailures", func(_ *ha.Config, s *ha.State) {
			s.Failures = []ha.Failure{{Resource: "fs", Node: "n2", Operation: "start", Count: ha.Infinity}}
		}, ha.AtRisk, 1, "resource_limit"},
		{"SeenWithoutQuorum", func(_ *ha.Config, s *ha.State) { s.Reporter, s.Unheard = "n1", []string{"n2", "n3"} }, ha.Unprotected, 1, "minority_report"},
		{"BannedEverywhereElse", func(cfg *ha.Config, _ *ha.State) {
			cfg.Constraints = append(cfg.Constraints,
				ha.Constraint{ID: "x", Kind: ha.Location, Resource: "fs", Node: "n2", Score: "-INFINITY"},
				ha.Constraint{ID: "y", Kind: ha.Location, Resource: "pg", Node: "n3", Score: "-INFINITY"})
		}, ha.Unprotected, 0, "no_taker"},
		{"OptIn", func(cfg *ha.Config, _ *ha.State) { cfg.Properties["symmetric-cluster"] = "false" }, ha.Unprotected, 0, "no_taker"},
		{"NeverTogether", func(cfg *ha.Config, s *ha.State) { // with two of three nodes, each of the two services blocks the other's only refuge
			cfg.Resources = append(cfg.Resources, ha.Resource{ID: "d", Kind: ha.Primitive})
			cfg.Constraints = append(cfg.Constraints, ha.Constraint{ID: "x", Kind: ha.Colocation, Resource: "d", With: "pg", Score: "-INFINITY"})
			s.Resources = append(s.Resources, ha.ResourceState{ID: "d", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}, Managed: true})
			s.Nodes[2].Standby = true
		}, ha.Unprotected, 0, "no_taker no_taker node_standby"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, s := config(), three()
			background := ha.Background{Fenced: []ha.FenceRecord{
				{Node: "n1", At: epoch.Add(-time.Hour)}, {Node: "n3", At: epoch.Add(-time.Hour)}, {Node: "n4", At: epoch.Add(-time.Hour)}, {Node: "n5", At: epoch.Add(-time.Hour)},
			}} // n2's is in the cluster's own history
			c.change(&cfg, &s)
			v := ha.JudgeWith(&cfg, &s, background, epoch.Add(time.Second))
			var codes []string
			for _, r := range v.Reasons {
				codes = append(codes, r.Code)
			}
			if got := strings.Join(codes, " "); v.Level != c.level || v.Survives != c.survives || got != c.reasons {
				t.Errorf("got %s, survives %d, %q\nwant %s, survives %d, %q", v.Level, v.Survives, got, c.level, c.survives, c.reasons)
			}
		})
	}
}

func TestJudgeWithoutReport(t *testing.T) {
	if v := ha.Judge(nil, nil, epoch); v.Level != ha.UnknownLevel || len(v.Reasons) != 1 || v.Reasons[0].Code != ha.ReasonNoReport {
		t.Errorf("got %+v", v)
	}
}

// TestJudgeLaws: protected means that a loss is survived, an inquorate cluster never is, and every reason has a known code.
func TestJudgeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := states(t, "")
		s.At, s.Fencing = epoch, rapid.Bool().Draw(t, "fencing")
		s.QuorumVotes, s.Votes = 2, rapid.IntRange(0, 4).Draw(t, "votes")
		cfg := config()
		v := ha.Judge(&cfg, &s, epoch)
		if v.Survives < 0 || v.Survives > max(0, len(s.Nodes)-1) {
			t.Fatalf("survives %d of %d nodes", v.Survives, len(s.Nodes))
		}
		if s.Running && !s.Quorate && (v.Level != ha.Unprotected || v.Survives != 0) {
			t.Fatalf("inquorate, but %s, survives %d", v.Level, v.Survives)
		}
		if v.Level == ha.Protected && len(s.Nodes) > 1 && v.Survives == 0 {
			t.Fatalf("protected, but no loss is survived: %+v", s)
		}
		for _, r := range v.Reasons {
			if !contains(ha.ReasonCodes, r.Code) || r.Level == "" {
				t.Fatalf("unknown reason %+v", r)
			}
		}
	})
}

func contains(list []string, one string) bool {
	for _, e := range list {
		if e == one {
			return true
		}
	}
	return false
}
