package ha_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

// sound is a cluster about which there is nothing to say: two nodes, fencing that was tried, two links, a group in order.
func sound() (*ha.Config, *ha.State, ha.Background) {
	monitor := []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}}
	cfg := &ha.Config{
		Properties: map[string]string{"stonith-enabled": "true"}, ResourceDefaults: map[string]string{"resource-stickiness": "100"},
		Nodes: []ha.NodeConfig{{ID: "1", Name: "a", Kind: "member"}, {ID: "2", Name: "b", Kind: "member"}},
		Resources: []ha.Resource{
			{ID: "f", Kind: ha.Primitive, Agent: "stonith:fence_ipmilan", Parameters: map[string]string{"pcmk_host_list": "a b"}},
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{
				{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"fstype": "ext4"}, Operations: monitor},
				{ID: "db", Kind: ha.Primitive, Agent: "ocf:heartbeat:pgsql", Operations: monitor},
				{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Operations: monitor},
			}},
		},
	}
	st := &ha.State{Running: true, Quorate: true, Fencing: true, At: findingDay, Nodes: []ha.NodeState{{Name: "a", Online: true}, {Name: "b", Online: true}}}
	for _, n := range []string{"a", "b"} {
		st.FenceHistory = append(st.FenceHistory, ha.FenceAction{Node: n, Action: "reboot", Status: ha.FenceSuccess, At: findingDay})
	}
	b := ha.Background{Setup: ha.Setup{Nodes: []ha.SetupNode{{Name: "a", Addresses: []string{"10.0.1.1", "10.0.2.1"}}, {Name: "b", Addresses: []string{"10.0.1.2", "10.0.2.2"}}}}}
	return cfg, st, b
}

func codes(list []ha.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, strings.TrimSuffix(f.Code+" "+f.Object, " "))
	}
	return strings.Join(out, ", ")
}

// TestFindings breaks one thing at a time in a sound cluster: exactly that is found.
func TestFindings(t *testing.T) {
	type parts struct {
		cfg *ha.Config
		st  *ha.State
		b   *ha.Background
	}
	db := func(p parts) *ha.Resource { return &p.cfg.Resources[1].Members[1] }
	location := func(id, score string) ha.Constraint {
		return ha.Constraint{ID: id, Kind: ha.Location, Resource: "g", Node: "a", Score: score}
	}
	lone := func(p parts, id, agent string) {
		p.cfg.Resources = append(p.cfg.Resources, ha.Resource{ID: id, Kind: ha.Primitive, Agent: agent, Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}}})
	}
	clone := func(p parts, id, agent string, meta map[string]string, roles ...string) {
		m := ha.Resource{ID: id, Kind: ha.Primitive, Agent: agent}
		for i, role := range append([]string{""}, roles...) {
			m.Operations = append(m.Operations, ha.Operation{Name: "monitor", Interval: fmt.Sprintf("%ds", 10+i), Timeout: "30s", Role: role})
		}
		p.cfg.Resources = append(p.cfg.Resources, ha.Resource{ID: id + "-clone", Kind: ha.Clone, Meta: meta, Members: []ha.Resource{m}})
	}
	for _, c := range []struct {
		name string
		do   func(parts)
		want string
		fix  string // the operations of the fix
	}{
		{"sound", func(parts) {}, "", ""},
		{"fencing off", func(p parts) { p.cfg.Properties["stonith-enabled"] = "false" }, "fencing_off stonith-enabled", "properties.set"},
		{"fencing off, by its old name", func(p parts) { p.cfg.Properties = map[string]string{"stonith_enabled": "no"} }, "fencing_off stonith-enabled", "properties.set"},
		{"fencing off and no device", func(p parts) { p.cfg.Properties["stonith-enabled"] = "0"; p.cfg.Resources = p.cfg.Resources[1:] }, "fencing_off stonith-enabled", ""},
		{"no device", func(p parts) { p.cfg.Resources = p.cfg.Resources[1:] }, "no_fence_device", ""},
		{"a node without a device", func(p parts) { p.cfg.Resources[0].Parameters["pcmk_host_list"] = "a" }, "fence_uncovered b", ""},
		{"never tested", func(p parts) { p.st.FenceHistory = p.st.FenceHistory[:1] }, "fence_untested b", ""},
		{"one node needs none of it", func(p parts) {
			p.cfg.Nodes, p.b.Setup.Nodes, p.cfg.Resources = p.cfg.Nodes[:1], p.b.Setup.Nodes[:1], p.cfg.Resources[1:]
			p.cfg.ResourceDefaults = nil
		}, "", ""},
		{"quorum ignored", func(p parts) { p.cfg.Properties["no-quorum-policy"] = "ignore" }, "quorum_ignored no-quorum-policy", "properties.set"},
		{"quorum ignored, two nodes without two_node", func(p parts) {
			p.cfg.Properties["no-quorum-policy"], p.b.Setup.Quorum = "ignore", &ha.Quorum{}
		}, "quorum_ignored no-quorum-policy", ""},
		{"one link", func(p parts) {
			for i := range p.b.Setup.Nodes {
				p.b.Setup.Nodes[i].Addresses = p.b.Setup.Nodes[i].Addresses[:1]
			}
		}, "one_link", ""},
		{"two links in one network", func(p parts) {
			p.b.Facts = map[string]ha.Facts{"a": {Interfaces: []ha.Interface{{Name: "e0", Addresses: []string{"10.0.1.1/16"}, Up: true}, {Name: "e1", Addresses: []string{"10.0.2.1/16"}, Up: true}}}}
		}, "links_one_network", ""},
		{"two links in two networks", func(p parts) {
			p.b.Facts = map[string]ha.Facts{"a": {Interfaces: []ha.Interface{{Name: "e0", Addresses: []string{"10.0.1.1/24"}, Up: true}, {Name: "e1", Addresses: []string{"10.0.2.1/24"}, Up: true}}}}
		}, "", ""},
		{"no monitor", func(p parts) { db(p).Operations = nil }, "no_monitor db", "resource.update"},
		{"a monitor that is switched off", func(p parts) {
			db(p).Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s", Options: map[string]string{"enabled": "false"}}}
		}, "no_monitor db", ""},
		{"monitor of a template", func(p parts) {
			db(p).Agent, db(p).Template, db(p).Operations = "", "tpl", nil
			p.cfg.Resources = append(p.cfg.Resources, ha.Resource{ID: "tpl", Kind: ha.Template, Agent: "ocf:heartbeat:pgsql", Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}}})
		}, "", ""},
		{"monitor without timeout", func(p parts) { db(p).Operations = []ha.Operation{{Name: "monitor", Interval: "10s"}} }, "monitor_no_timeout db", "resource.update"},
		{"timeout by default", func(p parts) {
			db(p).Operations, p.cfg.OperationDefaults = []ha.Operation{{Name: "monitor", Interval: "10s"}}, map[string]string{"timeout": "60s"}
		}, "", ""},
		{"failure ignored", func(p parts) {
			db(p).Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "9s", OnFail: "ignore"}}
		}, "failure_ignored db", ""},
		{"no stickiness", func(p parts) { p.cfg.ResourceDefaults = nil }, "no_stickiness resource-stickiness", "resource_defaults.set"},
		{"stickiness of its own", func(p parts) {
			p.cfg.ResourceDefaults, p.cfg.Resources[1].Meta = nil, map[string]string{"resource-stickiness": "1"}
		}, "", ""},
		{"left by a move", func(p parts) { p.cfg.Constraints = []ha.Constraint{location("cli-prefer-g", "INFINITY")} }, "move_left cli-prefer-g", "constraint.delete"},
		{"left by a ban, without stickiness", func(p parts) {
			p.cfg.Constraints, p.cfg.ResourceDefaults = []ha.Constraint{location("cli-ban-g-on-a", "-INFINITY")}, nil
		}, "move_left cli-ban-g-on-a, no_stickiness resource-stickiness", ""},
		{"a preference that is meant", func(p parts) { p.cfg.Constraints = []ha.Constraint{location("prefer", "INFINITY")} }, "", ""},
		{"failures left", func(p parts) {
			p.st.Failures = []ha.Failure{{Resource: "db", Node: "a", Operation: "monitor", Count: 1}}
		}, "failures_left db@a", ""},
		{"threshold without timeout", func(p parts) { p.cfg.ResourceDefaults["migration-threshold"] = "3" }, "threshold_no_timeout migration-threshold", "resource_defaults.set"},
		{"failures forgotten too soon", func(p parts) {
			p.cfg.ResourceDefaults["migration-threshold"], db(p).Meta = "2", map[string]string{"failure-timeout": "10s"}
			p.cfg.Resources[1].Members[0].Meta, p.cfg.Resources[1].Members[2].Meta = map[string]string{"failure-timeout": "60s"}, map[string]string{"failure-timeout": "60s"}
		}, "forgets_failures db", "meta.set"},
		{"endless start", func(p parts) { p.cfg.Properties["start-failure-is-fatal"] = "false" }, "endless_start start-failure-is-fatal", "resource_defaults.set"},
		{"old property", func(p parts) { p.cfg.Properties["default-resource-stickiness"] = "5" }, "property_ignored default-resource-stickiness", "properties.set"},
		{"opt-in without a node", func(p parts) {
			p.cfg.Properties["symmetric-cluster"], p.cfg.Constraints = "false", []ha.Constraint{location("p", "100")}
		}, "runs_nowhere f", ""},
		{"address without order", func(p parts) {
			lone(p, "ip", "ocf:heartbeat:IPaddr2")
			p.cfg.Constraints = []ha.Constraint{{ID: "c", Kind: ha.Colocation, Resource: "ip", With: "db", Score: "INFINITY"}}
		}, "vip_unordered ip", "constraint.create"},
		{"address in order with the group", func(p parts) {
			lone(p, "ip", "ocf:heartbeat:IPaddr2")
			p.cfg.Constraints = []ha.Constraint{{ID: "c", Kind: ha.Colocation, Resource: "ip", With: "db", Score: "INFINITY"}, {ID: "o", Kind: ha.Order, First: "g", Then: "ip"}}
		}, "", ""},
		{"address before the service, on purpose", func(p parts) {
			lone(p, "ip", "ocf:heartbeat:IPaddr2")
			p.cfg.Constraints = []ha.Constraint{{ID: "c", Kind: ha.Colocation, Resource: "ip", With: "g", Score: "INFINITY"}, {ID: "o", Kind: ha.Order, First: "ip", Then: "g"}}
		}, "", ""},
		{"address in the middle", func(p parts) {
			m := p.cfg.Resources[1].Members
			m[1], m[2] = m[2], m[1]
		}, "vip_in_the_middle vip", ""},
		{"file system in a clone", func(p parts) {
			clone(p, "shared", "ocf:heartbeat:Filesystem", nil)
			p.cfg.Resources[2].Members[0].Parameters = map[string]string{"fstype": "xfs"}
		}, "filesystem_cloned shared", ""},
		{"own file system agent in a clone", func(p parts) {
			clone(p, "shared", "ocf:hawser:Filesystem", nil)
			p.cfg.Resources[2].Members[0].Parameters = map[string]string{"fstype": "ext4"}
		}, "filesystem_cloned shared", ""},
		{"own address agent without order", func(p parts) {
			lone(p, "ip", "ocf:hawser:IPaddr2")
			p.cfg.Constraints = []ha.Constraint{{ID: "c", Kind: ha.Colocation, Resource: "ip", With: "db", Score: "INFINITY"}}
		}, "vip_unordered ip", "constraint.create"},
		{"cluster file system in a clone", func(p parts) {
			clone(p, "shared", "ocf:heartbeat:Filesystem", nil)
			p.cfg.Resources[2].Members[0].Parameters = map[string]string{"fstype": "gfs2"}
		}, "", ""},
		{"DRBD as it should be", func(p parts) {
			clone(p, "drbd", "ocf:linbit:drbd", map[string]string{"promotable": "true", "notify": "true"}, "Promoted")
		}, "", ""},
		{"DRBD without notify, two primaries, promoted unwatched", func(p parts) {
			clone(p, "drbd", "ocf:linbit:drbd", map[string]string{"promotable": "true", "promoted-max": "2"})
		}, "drbd_two_primaries drbd-clone, drbd_no_notify drbd-clone, promoted_unmonitored drbd", "meta.set"},
		{"DRBD as a primitive", func(p parts) { lone(p, "drbd", "ocf:linbit:drbd") }, "drbd_not_promotable drbd", ""},
		{"on a mirror, without the time to wait for it", func(p parts) {
			clone(p, "data", ha.MirrorAgent, map[string]string{"promotable": "true", "notify": "true"}, "Promoted")
			p.cfg.Constraints = []ha.Constraint{{ID: "o", Kind: ha.Order, First: "data-clone", Action: "promote", Then: "g", ThenAction: "start"}}
			p.cfg.Resources[1].Members[0].Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "80s"}, {Name: "stop", Interval: "0s", Timeout: "60s"}}
		}, "mirror_timeout fs, mirror_timeout db", "resource.update resource.update"},
		{"on a mirror, with it", func(p parts) {
			clone(p, "data", ha.MirrorAgent, map[string]string{"promotable": "true", "notify": "true"}, "Promoted")
			p.cfg.Constraints = []ha.Constraint{{ID: "o", Kind: ha.Order, First: "data-clone", Action: "promote", Then: "g", ThenAction: "start"}}
			p.cfg.Properties["stonith-timeout"] = "20s"
			for i := range p.cfg.Resources[1].Members {
				p.cfg.Resources[1].Members[i].Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "40s"}, {Name: "stop", Interval: "0s", Timeout: "40s"}}
			}
		}, "", ""},
		{"clones without interleave", func(p parts) {
			clone(p, "dlm", "ocf:pacemaker:controld", nil)
			clone(p, "lvm", "ocf:heartbeat:LVM-activate", nil)
			p.cfg.Constraints = []ha.Constraint{{ID: "o", Kind: ha.Order, First: "dlm-clone", Then: "lvm-clone"}}
		}, "clone_no_interleave lvm-clone", "meta.set"},
		{"old words", func(p parts) {
			clone(p, "st", "ocf:pacemaker:Stateful", map[string]string{"promotable": "true"}, "Master")
		}, "old_syntax", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, st, b := sound()
			c.do(parts{cfg, st, &b})
			list := ha.Findings(cfg, st, b)
			if got := codes(list); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			var fix []string
			for _, f := range list {
				if !slices.Contains(ha.FindingCodes, f.Code) {
					t.Errorf("%s is in no list", f.Code)
				}
				for _, e := range f.Fix {
					fix = append(fix, string(e.Op))
				}
			}
			want := c.fix
			if c.name == "left by a ban, without stickiness" {
				want = "resource_defaults.set" // of the other finding
			}
			if got := strings.Join(fix, " "); got != want {
				t.Errorf("fix is %q, want %q", got, want)
			}
		})
	}
}

// TestFindingsOfADocument is the cluster that the manual of a database has its readers build with pcs: two nodes, no fencing, quorum
// ignored, one link, an address without an order. It must be told all of that.
func TestFindingsOfADocument(t *testing.T) {
	monitor := func(interval string) []ha.Operation { return []ha.Operation{{Name: "monitor", Interval: interval}} }
	cfg := &ha.Config{
		Properties:       map[string]string{"stonith-enabled": "false", "no-quorum-policy": "ignore"},
		ResourceDefaults: map[string]string{"migration-threshold": "2"},
		Nodes:            []ha.NodeConfig{{ID: "1", Name: "ha-node01", Kind: "member"}, {ID: "2", Name: "ha-node02", Kind: "member"}},
		Resources: []ha.Resource{
			{ID: "ClusterIP", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Operations: monitor("30s")},
			{ID: "KaiwuDBGrp", Kind: ha.Group, Members: []ha.Resource{
				{ID: "KaiwuFS", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"fstype": "ext4"}, Operations: []ha.Operation{{Name: "monitor", Interval: "20s", Timeout: "40s"}}},
				{ID: "KaiwuDB", Kind: ha.Primitive, Agent: "systemd:kaiwudb.service", Meta: map[string]string{"failure-timeout": "10s"}, Operations: []ha.Operation{{Name: "monitor", Interval: "60s", OnFail: "restart"}}},
			}},
		},
		Constraints: []ha.Constraint{{ID: "colocation-ClusterIP-KaiwuDB-INFINITY", Kind: ha.Colocation, Resource: "ClusterIP", With: "KaiwuDB", Score: "INFINITY"}},
	}
	st := &ha.State{Running: true, Quorate: true, At: findingDay}
	b := ha.Background{Setup: ha.Setup{Nodes: []ha.SetupNode{{Name: "ha-node01", Addresses: []string{"10.0.0.1"}}, {Name: "ha-node02", Addresses: []string{"10.0.0.2"}}}}}
	got := codes(ha.Findings(cfg, st, b))
	want := "fencing_off stonith-enabled, quorum_ignored no-quorum-policy, one_link, vip_unordered ClusterIP, forgets_failures KaiwuDB, " +
		"no_stickiness resource-stickiness, monitor_no_timeout ClusterIP, monitor_no_timeout KaiwuDB, threshold_no_timeout migration-threshold"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

var findingDay = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
