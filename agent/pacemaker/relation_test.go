package pacemaker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// yard is a configuration of the newest schema that the installed Pacemaker may know, without anything to complain of.
const yard = `<cib admin_epoch="0" epoch="5" num_updates="7" validate-with="pacemaker-3.9" crm_feature_set="3.16.2"><configuration>
<crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="se" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
<resources>
<group id="g"><primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/></group>
<primitive id="c" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/>
<clone id="s-clone"><meta_attributes id="s-m"><nvpair id="s-m-p" name="promotable" value="true"/></meta_attributes><primitive id="s" class="ocf" provider="pacemaker" type="Stateful"/></clone>
<bundle id="bu"><podman image="local/x:1"/></bundle>
<primitive id="f" class="stonith" type="fence_dummy"/>
</resources>
<constraints/></configuration><status/></cib>`

func parsed(t *testing.T, text string) *pacemaker.CIB {
	t.Helper()
	c, err := pacemaker.ParseCIB([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ruleOf(t *testing.T, score, text string) *ha.Rule {
	t.Helper()
	r, err := ha.ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	r.Score = score
	return &r
}

// verified lets Pacemaker's own schema judge a CIB.
func verified(t *testing.T, c *pacemaker.CIB) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, c.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "crm_verify", "--xml-file", file, "-V").CombinedOutput(); err != nil {
		t.Errorf("crm_verify: %v\n%s\n%s", err, out, c.ConfigXML())
	}
}

// relations are constraints of every kind, each with all that it can say.
func relations(t *testing.T) []ha.Constraint {
	return []ha.Constraint{
		{ID: "l1", Kind: ha.Location, Resource: "c", Node: "n1", Score: "100", Discovery: "never"},
		{ID: "l2", Kind: ha.Location, Resource: "g", Rule: ruleOf(t, "-INFINITY", "not_defined pingd or (pingd lt number 1 and (#uname eq n1 or date gt 2026-01-01))")},
		{ID: "l3", Kind: ha.Location, Resource: "s-clone", Role: "Promoted", Node: "n2", Score: "-5"},
		{ID: "l4", Kind: ha.Location, Pattern: "^[cd]$", Node: "n2", Score: "1"},
		{ID: "l5", Kind: ha.Location, Sets: []ha.ResourceSet{{Resources: []string{"c", "d"}}}, Node: "n1", Score: "2"},
		{ID: "l6", Kind: ha.Location, Resource: "d", Rule: ruleOf(t, "3", `date in_range "2026-01-01 08:00:00Z" to duration days=2 hours=3 and date-spec weekdays=1-5 hours=9-16 and date in_range 2026-01-01 to 2027-01-01 and date lt 2028-01-01`)},
		{ID: "l7", Kind: ha.Location, Resource: "d", Rule: &ha.Rule{ScoreAttribute: "weight", Expressions: []ha.Expression{{Attribute: "rack", Operation: "eq", Value: "target", Source: "param"}}}},
		{ID: "k1", Kind: ha.Colocation, Resource: "c", With: "s-clone", WithRole: "Promoted", Score: "INFINITY", Influence: "false"},
		{ID: "k2", Kind: ha.Colocation, Resource: "d", With: "c", Score: "-200", NodeAttribute: "rack"},
		{ID: "k3", Kind: ha.Colocation, Score: "INFINITY", Sets: []ha.ResourceSet{{Resources: []string{"c", "d"}, Sequential: "false"}, {Resources: []string{"s-clone"}, Role: "Promoted"}}},
		{ID: "o1", Kind: ha.Order, First: "s-clone", Then: "g", Action: "promote", ThenAction: "start", OrderKind: "Mandatory", Symmetrical: "false"},
		{ID: "o2", Kind: ha.Order, OrderKind: "Optional", Sets: []ha.ResourceSet{{Resources: []string{"c", "d"}, Sequential: "false", RequireAll: "false"}, {Resources: []string{"g"}, Action: "start"}}},
		{ID: "t1", Kind: ha.Ticket, Resource: "s-clone", Role: "Promoted", Ticket: "site", LossPolicy: "demote"},
		{ID: "t2", Kind: ha.Ticket, Ticket: "site", Sets: []ha.ResourceSet{{Resources: []string{"c", "d"}}}},
	}
}

func attributeSets(t *testing.T) []ha.AttributeSet {
	return []ha.AttributeSet{
		{ID: "as1", Kind: ha.ParameterSet, Resource: "c", Score: "5", Rule: ruleOf(t, "", "#uname eq n1"), Values: map[string]string{"fake": "x", "passwd": "hush"}},
		{ID: "as2", Kind: ha.MetaSet, Resource: "g", Score: "1", Rule: ruleOf(t, "", "date-spec hours=8-17 or (date lt 2026-05-01 and date gt 2026-04-01)"), Values: map[string]string{"resource-stickiness": "100"}},
		{ID: "as3", Kind: ha.PropertySet, Score: "1", Rule: ruleOf(t, "", "date gt 2026-01-01"), Values: map[string]string{"batch-limit": "5"}},
		{ID: "as4", Kind: ha.ResourceDefaultSet, Score: "1", Rule: ruleOf(t, "", "resource ocf:pacemaker:Dummy"), Values: map[string]string{"resource-stickiness": "1"}},
		{ID: "as5", Kind: ha.OpDefaultSet, Score: "1", Rule: ruleOf(t, "", "resource ::Dummy and op monitor interval=10s"), Values: map[string]string{"timeout": "60s"}},
	}
}

// TestRelations makes every kind of relation and of attribute set: Pacemaker's schema takes it, it is read as it was made, made again
// nothing changes, and changed it keeps the IDs of what stays.
func TestRelations(t *testing.T) {
	before := parsed(t, yard)
	c := before.Clone()
	var edits []ha.Edit
	for _, r := range relations(t) {
		edits = append(edits, ha.Edit{Op: ha.CreateConstraint, Constraint: &r})
	}
	for _, s := range attributeSets(t) {
		edits = append(edits, ha.Edit{Op: ha.PutAttributes, Attributes: &s})
	}
	if err := c.Apply(edits); err != nil {
		t.Fatal(err)
	}
	cfg := c.Config()
	for i, want := range relations(t) {
		got := cfg.Constraints[i]
		got.XML = ""
		for n := range got.Sets {
			if got.Sets[n].Resources == nil {
				t.Error("a set without resources")
			}
		}
		if got.Text() != want.Text() || got.Complex {
			t.Errorf("%s is read as %s", want.Text(), got.Text())
		}
	}
	if len(cfg.AttributeSets) != 5 || cfg.AttributeSets[2].Kind != ha.ParameterSet || cfg.AttributeSets[2].Values["passwd"] != pacemaker.Hidden {
		t.Errorf("sets are read as %+v", cfg.AttributeSets)
	}
	if len(cfg.Other) != 0 {
		t.Errorf("not understood: %+v", cfg.Other)
	}
	// As it is shown, with hidden secrets, it can be saved without changing anything.
	same := c.Clone()
	var again []ha.Edit
	for _, r := range cfg.Constraints {
		again = append(again, ha.Edit{Op: ha.CreateConstraint, Constraint: &r}, ha.Edit{Op: ha.UpdateConstraint, Constraint: &r})
	}
	for _, s := range cfg.AttributeSets {
		again = append(again, ha.Edit{Op: ha.PutAttributes, Attributes: &s})
	}
	if err := same.Apply(again); err != nil || !pacemaker.Equal(c, same) {
		t.Errorf("saved as it is shown it is another: %v\n%s", err, firstDifference(c.ConfigXML(), same.ConfigXML()))
	}
	changed := c.Clone()
	l2 := ha.Constraint{ID: "l2", Kind: ha.Location, Resource: "g", Rule: ruleOf(t, "-500", "not_defined pingd or (pingd lt number 2 and (#uname eq n1 or date gt 2026-01-01))")}
	k3 := relations(t)[9]
	k3.Sets[0].Resources = []string{"d", "c"}
	o2 := relations(t)[11]
	o2.Sets = append([]ha.ResourceSet{{Resources: []string{"s-clone"}}}, o2.Sets...)
	s1 := cfg.AttributeSets[2]
	s1.Values = map[string]string{"passwd": pacemaker.Hidden, "fake": "z", "op_sleep": "1"}
	s1.Rule = ruleOf(t, "", "#uname eq n2")
	if err := changed.Apply([]ha.Edit{
		{Op: ha.UpdateConstraint, Constraint: &l2}, {Op: ha.UpdateConstraint, Constraint: &k3}, {Op: ha.UpdateConstraint, Constraint: &o2}, {Op: ha.PutAttributes, Attributes: &s1},
	}); err != nil {
		t.Fatal(err)
	}
	text := changed.ConfigXML()
	for _, want := range []string{
		`<rule id="l2-rule" score="-500" boolean-op="or"><expression id="l2-rule-expr" attribute="pingd" operation="not_defined"/><rule id="l2-rule-rule" score="0" boolean-op="and"><expression id="l2-rule-rule-expr" attribute="pingd" operation="lt" type="number" value="2"/>`,
		`<resource_set id="k3-set" sequential="false"><resource_ref id="d"/><resource_ref id="c"/></resource_set><resource_set id="k3-set-1" role="Promoted">`,
		`<resource_set id="o2-set-2" action="start">`,
		`name="passwd" value="hush"`, `name="op_sleep" value="1"`, `<expression id="as1-rule-expr" attribute="#uname" operation="eq" value="n2"/>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	if d := pacemaker.Differences(c, changed); len(d) != 6 {
		t.Errorf("the difference is told as %+v", d)
	}
	gone := changed.Clone()
	var undo []ha.Edit
	for _, r := range relations(t) {
		undo = append(undo, ha.Edit{Op: ha.DeleteConstraint, ID: r.ID})
	}
	for _, s := range attributeSets(t) {
		undo = append(undo, ha.Edit{Op: ha.DeleteAttributes, ID: s.ID})
	}
	if err := gone.Apply(undo); err != nil || !reflect.DeepEqual(gone.Config(), before.Config()) {
		t.Errorf("something is left: %v\n%s", err, gone.ConfigXML())
	}
	testkit.Need(t, "pacemaker-tools")
	verified(t, c)
	verified(t, changed)
}

// TestOldRoles: a CIB of a schema that does not know Promoted gets the word that it knows, and both words mean the same.
func TestOldRoles(t *testing.T) {
	c := parsed(t, strings.NewReplacer("pacemaker-3.9", "pacemaker-3.0", `<bundle id="bu"><podman image="local/x:1"/></bundle>`, "").Replace(yard))
	k := ha.Constraint{ID: "k", Kind: ha.Colocation, Resource: "c", With: "s-clone", WithRole: "Promoted", Score: "INFINITY"}
	for range 2 {
		if err := c.Apply([]ha.Edit{{Op: ha.CreateConstraint, Constraint: &k}, {Op: ha.UpdateConstraint, Constraint: &k}}); err != nil {
			t.Fatal(err)
		}
	}
	if text := c.ConfigXML(); !strings.Contains(text, `with-rsc-role="Master"`) || strings.Contains(text, "=\"Promoted\"") {
		t.Errorf("got %s", text)
	}
	testkit.Need(t, "pacemaker-tools")
	verified(t, c)
}

// TestHolders makes clones, bundles and templates.
func TestHolders(t *testing.T) {
	c := parsed(t, yard)
	container := &ha.Container{
		Technology: "podman", Image: "local/app:1", Options: map[string]string{"replicas": "2", "run-command": "/usr/sbin/pacemaker-remoted"},
		Network: map[string]string{"ip-range-start": "10.0.0.50", "host-netmask": "24"},
		Ports:   []ha.PortMapping{{Port: "80", Internal: "8080"}, {Range: "9000-9010"}},
		Storage: []ha.StorageMapping{{Source: "/srv", Target: "/srv", Options: "rw"}, {SourceRoot: "/var/log/app", Target: "/var/log"}},
	}
	for _, r := range []ha.Resource{
		{ID: "g-clone", Kind: ha.Clone, Meta: map[string]string{"interleave": "true"}, Members: []ha.Resource{{ID: "g"}}},
		{ID: "p-clone", Kind: ha.Clone, Meta: map[string]string{"promotable": "true", "promoted-max": "1"}, Members: []ha.Resource{{ID: "p", Kind: ha.Primitive, Agent: "ocf:pacemaker:Stateful"}}},
		{ID: "app", Kind: ha.Bundle, Container: container, Members: []ha.Resource{{ID: "app-in", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}}},
		{ID: "tpl", Kind: ha.Template, Agent: "ocf:pacemaker:Dummy", Operations: []ha.Operation{{Name: "monitor", Interval: "10s"}}, Utilization: map[string]string{"memory": "5"}},
		{ID: "from", Kind: ha.Primitive, Template: "tpl", Utilization: map[string]string{"memory": "7"}},
	} {
		if err := c.Apply([]ha.Edit{{Op: ha.CreateResource, Resource: &r}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Apply([]ha.Edit{
		{Op: ha.SetUtilization, Node: "n1", Values: map[string]string{"memory": "64"}},
		{Op: ha.SetUtilization, ID: "d", Values: map[string]string{"memory": "3", "cpu": "1"}},
		{Op: ha.SetUtilization, ID: "d", Unset: []string{"cpu"}},
	}); err != nil {
		t.Fatal(err)
	}
	find := func(id string) ha.Resource {
		var found ha.Resource
		var walk func(list []ha.Resource)
		walk = func(list []ha.Resource) {
			for _, r := range list {
				if r.ID == id {
					found = r
				}
				walk(r.Members)
			}
		}
		walk(c.Config().Resources)
		return found
	}
	if got := find("app"); !reflect.DeepEqual(got.Container, container) || len(got.Members) != 1 {
		t.Errorf("the bundle is read as %+v %+v", got, got.Container)
	}
	if got := find("g-clone"); len(got.Members) != 1 || len(got.Members[0].Members) != 2 {
		t.Errorf("the clone is read as %+v", got)
	}
	if find("from").Utilization["memory"] != "7" || !reflect.DeepEqual(find("d").Utilization, map[string]string{"memory": "3"}) || c.Config().Nodes[0].Utilization["memory"] != "64" {
		t.Errorf("utilization is %v, %v, %v", find("from").Utilization, find("d").Utilization, c.Config().Nodes[0].Utilization)
	}
	// An edit of the container keeps the IDs of mappings that stay, and of what it does not mention.
	ids := func() []string {
		var list []string
		for _, part := range strings.Split(c.ConfigXML(), `<`) {
			if strings.HasPrefix(part, "port-mapping") || strings.HasPrefix(part, "storage-mapping") {
				list = append(list, strings.Split(part, `"`)[1])
			}
		}
		return list
	}
	was := ids()
	edited := find("app")
	more := *container
	more.Options = map[string]string{"replicas": "3"}
	more.Ports = []ha.PortMapping{{Port: "81", Internal: "8080"}, {Range: "9000-9010"}}
	edited.Container = &more
	if err := c.Apply([]ha.Edit{{Op: ha.UpdateResource, Resource: &edited}}); err != nil {
		t.Fatal(err)
	}
	if got := find("app"); !reflect.DeepEqual(got.Container, &more) || !slices.Equal(ids(), was) {
		t.Errorf("after the edit %+v, IDs %v instead of %v", got.Container, ids(), was)
	}
	testkit.Need(t, "pacemaker-tools")
	verified(t, c)
}

// TestOutOfAGroup: a member leaves, and the constraints of the group and its own are what they were (pcs#46).
func TestOutOfAGroup(t *testing.T) {
	c := parsed(t, yard)
	rules := []ha.Constraint{
		{ID: "l", Kind: ha.Location, Resource: "g", Node: "n1", Score: "5"},
		{ID: "k", Kind: ha.Colocation, Resource: "g", With: "c", Score: "INFINITY"},
		{ID: "o", Kind: ha.Order, First: "c", Then: "g"},
		{ID: "own", Kind: ha.Location, Resource: "a", Node: "n2", Score: "1"},
	}
	for _, r := range rules {
		if err := c.Apply([]ha.Edit{{Op: ha.CreateConstraint, Constraint: &r}}); err != nil {
			t.Fatal(err)
		}
	}
	had := c.Config().Constraints
	for _, x := range []ha.Edit{{Op: ha.PlaceResource, ID: "a"}, {Op: ha.PlaceResource, ID: "d", Group: "g"}, {Op: ha.PlaceResource, ID: "d", Group: "g", Before: "b"}} {
		if err := c.Apply([]ha.Edit{x}); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(c.Config().Constraints, had) {
			t.Errorf("the constraints are %+v", c.Config().Constraints)
		}
	}
	if got := c.Config().Resources[0].Members; len(got) != 2 || got[0].ID != "d" {
		t.Errorf("the group holds %+v", got)
	}
	if err := c.Apply([]ha.Edit{{Op: ha.DeleteResource, ID: "b"}}); err != nil || !reflect.DeepEqual(c.Config().Constraints, had) {
		t.Errorf("after a member was deleted: %v, %+v", err, c.Config().Constraints)
	}
}

func TestRelationsRefused(t *testing.T) {
	order := func(first, then string) *ha.Constraint {
		return &ha.Constraint{ID: first + "-" + then, Kind: ha.Order, First: first, Then: then}
	}
	made := func(r ha.Resource) ha.Edit { return ha.Edit{Op: ha.CreateResource, Resource: &r} }
	base := []ha.Edit{{Op: ha.CreateConstraint, Constraint: order("c", "d")}, {Op: ha.CreateConstraint, Constraint: order("a", "c")}}
	for _, c := range []struct {
		what          string
		edit          ha.Edit
		field, reason string
	}{
		{"Cycle", ha.Edit{Op: ha.CreateConstraint, Constraint: order("d", "c")}, "edits[0].constraint.then", "order.cycle"},
		{"CycleThroughAGroup", ha.Edit{Op: ha.CreateConstraint, Constraint: order("d", "g")}, "edits[0].constraint.then", "order.cycle"},
		{"CycleInASet", ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "set1", Kind: ha.Order, Sets: []ha.ResourceSet{{Resources: []string{"d", "c"}}}}}, "edits[0].constraint.sets", "order.cycle"},
		{"CycleByPlacing", ha.Edit{Op: ha.PlaceResource, ID: "c", Group: "g", Before: "a"}, "edits[0].group", "order.cycle"},
		{"CycleByUpdate", ha.Edit{Op: ha.UpdateConstraint, Constraint: &ha.Constraint{ID: "a-c", Kind: ha.Order, First: "d", Then: "c"}}, "edits[0].constraint.then", "order.cycle"},
		{"UnknownInASet", ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "set1", Kind: ha.Order, Sets: []ha.ResourceSet{{Resources: []string{"c", "zz"}}}}}, "edits[0].constraint.sets[0].resources[1]", "resource.unknown"},
		{"Kind", ha.Edit{Op: ha.UpdateConstraint, Constraint: &ha.Constraint{ID: "a-c", Kind: ha.Colocation, Resource: "a", With: "d", Score: "1"}}, "edits[0].constraint.kind", "constraint.kind_fixed"},
		{"UpdateUnknown", ha.Edit{Op: ha.UpdateConstraint, Constraint: order("x", "y")}, "edits[0].constraint.id", "constraint.unknown"},
		{"CloneOfABundle", made(ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "bu"}}}), "edits[0].resource.members[0].id", "resource.nested"},
		{"CloneOfAClone", made(ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "s-clone"}}}), "edits[0].resource.members[0].id", "resource.nested"},
		{"CloneOfAFenceDevice", made(ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "f"}}}), "edits[0].resource.members[0].id", "resource.nested"},
		{"CloneOfAMember", made(ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "s"}}}), "edits[0].resource.members[0].id", "resource.held"},
		{"GroupInAGroup", ha.Edit{Op: ha.PlaceResource, ID: "g", Group: "g"}, "edits[0].group", "resource.nested"},
		{"GroupOfAGroup", made(ha.Resource{ID: "x", Kind: ha.Group, Members: []ha.Resource{{ID: "g"}}}), "edits[0].resource.members[0].id", "resource.nested"},
		{"IDTaken", made(ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "c", Kind: ha.Primitive, Agent: "ocf:x:y"}}}), "edits[0].resource.members[0].id", "resource.id_taken"},
		{"IDOfAConstraint", made(ha.Resource{ID: "a-c", Kind: ha.Primitive, Agent: "ocf:x:y"}), "edits[0].resource.id", "resource.id_taken"},
		{"BundleWithoutContainer", made(ha.Resource{ID: "x", Kind: ha.Bundle}), "edits[0].resource.container", "field.required"},
		{"BundleOfDocker", made(ha.Resource{ID: "x", Kind: ha.Bundle, Container: &ha.Container{Technology: "docker", Image: "i"}}), "edits[0].resource.container.technology", "bundle.technology"},
		{"BundleUnreachable", made(ha.Resource{ID: "x", Kind: ha.Bundle, Container: &ha.Container{Technology: "podman", Image: "i"}, Members: []ha.Resource{{ID: "y", Kind: ha.Primitive, Agent: "ocf:x:y"}}}), "edits[0].resource.container.network.ip-range-start", "bundle.unreachable"},
		{"Members", ha.Edit{Op: ha.UpdateResource, Resource: &ha.Resource{ID: "g", Kind: ha.Group, Members: []ha.Resource{{ID: "b"}, {ID: "a"}}}}, "edits[0].resource.members", "resource.members_fixed"},
		{"AttributesTaken", ha.Edit{Op: ha.PutAttributes, Attributes: &ha.AttributeSet{ID: "c", Kind: ha.PropertySet, Rule: ruleOf(t, "", "a eq 1"), Values: map[string]string{"x": "y"}}}, "edits[0].attributes.id", "attributes.id_taken"},
		{"AttributesUnknown", ha.Edit{Op: ha.DeleteAttributes, ID: "zz"}, "edits[0].id", "attributes.unknown"},
		{"UtilizationOfAGroup", ha.Edit{Op: ha.SetUtilization, ID: "g", Values: map[string]string{"cpu": "1"}}, "edits[0].id", "resource.utilization_unwanted"},
		{"UtilizationOfWords", ha.Edit{Op: ha.SetUtilization, ID: "c", Values: map[string]string{"cpu": "many"}}, "edits[0].values.cpu", "field.number"},
	} {
		t.Run(c.what, func(t *testing.T) {
			cib := parsed(t, yard)
			if err := cib.Apply(base); err != nil {
				t.Fatal(err)
			}
			err := cib.Clone().Apply([]ha.Edit{c.edit})
			f := fault.Public(err)
			if f == nil || len(f.Fields) == 0 || f.Fields[0].Path != c.field || f.Fields[0].Reason != c.reason {
				t.Errorf("got %+v, want %s at %s", f, c.reason, c.field)
			}
		})
	}
}
