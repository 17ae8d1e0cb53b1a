package ha_test

import (
	"fmt"
	"strings"
	"testing"

	"hawser/internal/ha"
)

func config() ha.Config {
	return ha.Config{
		Properties: map[string]string{"stonith-enabled": "true", "no-quorum-policy": "stop"},
		Nodes:      []ha.NodeConfig{{ID: "1", Name: "n1"}, {ID: "2", Name: "n2"}, {ID: "3", Name: "n3"}},
		Resources: []ha.Resource{
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_sandbox"},
			{ID: "pg", Kind: ha.Group, Members: []ha.Resource{
				{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem"},
				{
					ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.0.1"},
					Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}},
				},
			}},
		},
		Constraints: []ha.Constraint{{ID: "c1", Kind: ha.Location, Resource: "pg", Node: "n1", Score: "100"}},
		Tags:        []ha.Tag{{ID: "db", Resources: []string{"fs", "vip"}}},
		Other:       []ha.Fragment{{Path: "configuration/acls", ID: "a", XML: "<acl/>"}},
	}
}

func TestDiffConfig(t *testing.T) {
	member := func(c *ha.Config) *ha.Resource { return &c.Resources[1].Members[1] }
	for _, c := range []struct {
		name   string
		change func(*ha.Config)
		want   string
	}{
		{"Nothing", func(c *ha.Config) { c.Version.Epoch = 9; c.User = "root" }, ""},
		{"Property", func(c *ha.Config) { c.Properties["stonith-enabled"] = "false" }, "changed property stonith-enabled  true→false"},
		{"PropertyAdded", func(c *ha.Config) { c.Properties["x"] = "" }, "added property x  →"},
		{"PropertyGone", func(c *ha.Config) { delete(c.Properties, "no-quorum-policy") }, "removed property no-quorum-policy  stop→"},
		{"Default", func(c *ha.Config) { c.ResourceDefaults = map[string]string{"resource-stickiness": "1"} }, "added default resource-stickiness resource →1"},
		{"NodeAttribute", func(c *ha.Config) { c.Nodes[1].Attributes = map[string]string{"standby": "on"} }, "added node n2 attributes.standby →on"},
		{"NodeGone", func(c *ha.Config) { c.Nodes = c.Nodes[:2] }, "removed node n3  →;removed node n3 id 3→"},
		{"Parameter", func(c *ha.Config) { member(c).Parameters = map[string]string{"ip": "10.0.0.2"} }, "changed resource vip parameters.ip 10.0.0.1→10.0.0.2"},
		{"Operation", func(c *ha.Config) {
			member(c).Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "30s"}}
		}, "changed resource vip operations.monitor 10s timeout=20s→timeout=30s"},
		{"LeavesGroup", func(c *ha.Config) {
			c.Resources = append(c.Resources, *member(c))
			c.Resources[1].Members = c.Resources[1].Members[:1]
		}, "changed resource pg members fs vip→fs;removed resource vip group pg→"},
		{"NewResource", func(c *ha.Config) {
			c.Resources = append(c.Resources, ha.Resource{ID: "d", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"})
		}, "added resource d  →ocf:pacemaker:Dummy"},
		{"GroupGone", func(c *ha.Config) { c.Resources = c.Resources[:1] }, "removed resource pg  group→;removed resource pg members fs vip→;" +
			"removed resource fs  ocf:heartbeat:Filesystem→;removed resource fs group pg→;removed resource vip  ocf:heartbeat:IPaddr2→;" +
			"removed resource vip group pg→;removed resource vip parameters.ip 10.0.0.1→;removed resource vip operations.monitor 10s timeout=20s→"},
		{"Reordered", func(c *ha.Config) { c.Resources[0], c.Resources[1] = c.Resources[1], c.Resources[0] }, "changed resource  order fence pg→pg fence"},
		{"Score", func(c *ha.Config) { c.Constraints[0].Score = "INFINITY" }, "changed constraint c1  location resource=pg node=n1 score=100→location resource=pg node=n1 score=INFINITY"},
		{"Rule", func(c *ha.Config) {
			c.Constraints[0].Node, c.Constraints[0].Score = "", ""
			c.Constraints[0].Rule = &ha.Rule{Score: "-INFINITY", Bool: "or", Expressions: []ha.Expression{{Attribute: "pingd", Operation: "not_defined"}, {Attribute: "pingd", Operation: "lt", Value: "1"}}}
		}, "changed constraint c1  location resource=pg node=n1 score=100→location resource=pg rule(-INFINITY): not_defined pingd or pingd lt 1"},
		{"Tag", func(c *ha.Config) { c.Tags[0].Resources = []string{"vip", "fs"} }, "changed tag db resources fs vip→vip fs"},
		{"TagGone", func(c *ha.Config) { c.Tags = nil }, "removed tag db  fs vip→"},
		{"TagNew", func(c *ha.Config) { c.Tags = append(c.Tags, ha.Tag{ID: "t", Resources: []string{"pg"}}) }, "added tag t  →pg"},
		{"Other", func(c *ha.Config) { c.Other = nil }, "removed other configuration/acls/a  <acl/>→"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := config()
			c.change(&b)
			var lines []string
			for _, d := range ha.DiffConfig(config(), b) {
				lines = append(lines, fmt.Sprintf("%s %s %s %s %s→%s", d.Change, d.Object, d.ID, d.Field, d.Before, d.After))
			}
			if got := strings.Join(lines, ";"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestDiffConfigWithoutIDs: what has no ID of its own is told apart by its place among its like.
func TestDiffConfigWithoutIDs(t *testing.T) {
	three := func(second string) ha.Config {
		return ha.Config{Other: []ha.Fragment{{Path: "p", XML: "<a/>"}, {Path: "p", XML: second}, {Path: "p", XML: "<c/>"}}}
	}
	if d := ha.DiffConfig(three("<b/>"), three("<b/>")); len(d) != 0 {
		t.Errorf("a difference where there is none: %+v", d)
	}
	d := ha.DiffConfig(three("<b/>"), three("<z/>"))
	if len(d) != 1 || d[0].Before != "<b/>" || d[0].After != "<z/>" {
		t.Errorf("got %+v", d)
	}
	longer := three("<b/>")
	longer.Other = append(longer.Other, ha.Fragment{Path: "p", XML: "<d/>"})
	if d := ha.DiffConfig(three("<b/>"), longer); len(d) != 1 || d[0].After != "<d/>" || d[0].Change != ha.Added {
		t.Errorf("got %+v", d)
	}
	if d := ha.DiffConfig(longer, three("<b/>")); len(d) != 1 || d[0].Before != "<d/>" || d[0].Change != ha.Removed {
		t.Errorf("got %+v", d)
	}
}
