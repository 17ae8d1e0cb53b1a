package pacemaker_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/agent/replication/mirror/insync"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// house is a configuration with one of everything that refers to something else.
const house = `<configuration><crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="p1" name="a" value="1"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
<resources>
<group id="g"><primitive id="a" class="ocf" provider="x" type="y"><instance_attributes id="a-ia"><nvpair id="a-ia-passwd" name="passwd" value="old"/></instance_attributes><operations><op id="a-m" name="monitor" interval="10" timeout="20"/></operations><utilization id="a-u"><nvpair id="a-u-c" name="cpu" value="2"/></utilization></primitive><primitive id="b" class="ocf" provider="x" type="y"/></group>
<primitive id="c" class="ocf" provider="x" type="y"><instance_attributes id-ref="a-ia"/></primitive>
<primitive id="d" class="ocf" provider="x" type="y"/>
<primitive id="f" class="stonith" type="z"/><primitive id="h" class="stonith" type="z"/>
</resources>
<constraints><rsc_location id="l" rsc="d" node="n2" score="5"/><rsc_colocation id="k" rsc="d" with-rsc="g" score="INFINITY"/>
<rsc_order id="o"><resource_set id="o-s"><resource_ref id="d"/></resource_set></rsc_order>
<rsc_location id="t-l" rsc="t" node="n1" score="1"/></constraints>
<tags><tag id="t"><obj_ref id="d"/></tag></tags>
<fencing-topology><fencing-level id="fl" target="n2" index="1" devices="f,h"/></fencing-topology>
<acls><acl_role id="r"><acl_permission id="ap" kind="read" reference="d"/></acl_role></acls></configuration>`

func open(t *testing.T, configuration string) *pacemaker.CIB {
	t.Helper()
	c, err := pacemaker.ParseCIB([]byte(`<cib admin_epoch="0" epoch="5" num_updates="7">` + configuration + `<status><node_state id="2" uname="n2"/></status></cib>`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		what     string
		edit     ha.Edit
		has, not []string
	}{
		{"IDs", ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{
			ID: "ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.0.1"}, Meta: map[string]string{"priority": "1"},
			Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s", OnFail: "restart"}, {Name: "start", Timeout: "30s"}},
		}}, []string{
			`id="ip-instance_attributes"`, `id="ip-instance_attributes-ip" name="ip" value="10.0.0.1"`, `id="ip-meta_attributes-priority"`,
			`<op id="ip-monitor-interval-10s" name="monitor" interval="10s" timeout="20s" on-fail="restart"/>`, `<op id="ip-start-interval-0s" name="start" interval="0s" timeout="30s"/>`,
			`<primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2">`,
		}, nil},
		{
			"Clone",
			ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{ID: "e-clone", Kind: ha.Clone, Meta: map[string]string{"clone-max": "2"}, Members: []ha.Resource{{ID: "e", Kind: ha.Primitive, Agent: "systemd:x@1:2"}}}},
			[]string{`<clone id="e-clone"><meta_attributes id="e-clone-meta_attributes">`, `<primitive id="e" class="systemd" type="x@1:2"/></clone>`},
			nil,
		},
		{"GroupOfExisting", ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{ID: "g2", Kind: ha.Group, Members: []ha.Resource{{ID: "d"}}}}, []string{`<group id="g2"><primitive id="d"`, `rsc="d" with-rsc="g"`}, nil},
		{
			"Delete",
			ha.Edit{Op: ha.DeleteResource, ID: "d"},
			[]string{`id="a"`, `id="fl"`},
			[]string{`"d"`, `id="l"`, `id="k"`, `id="o"`, `id="t"`, `id="t-l"`, `id="ap"`},
		},
		{"DeleteDevice", ha.Edit{Op: ha.DeleteResource, ID: "f"}, []string{`devices="h"`}, []string{`id="f"`}},
		{"DeleteMember", ha.Edit{Op: ha.DeleteResource, ID: "b"}, []string{`<group id="g">`}, []string{`id="b"`}},
		{
			"Update",
			ha.Edit{Op: ha.UpdateResource, Resource: &ha.Resource{ID: "a", Kind: ha.Primitive, Agent: "ocf:x:y", Parameters: map[string]string{"passwd": "***"}, Operations: []ha.Operation{{Name: "monitor", Interval: "30s", Timeout: "20"}}}},
			[]string{`value="old"`, `<op id="a-m" name="monitor" interval="30s" timeout="20"/>`, `<utilization id="a-u">`},
			nil,
		},
		{"SameInterval", ha.Edit{Op: ha.UpdateResource, Resource: &ha.Resource{ID: "a", Kind: ha.Primitive, Parameters: map[string]string{"passwd": "***"}, Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20"}}}}, []string{`interval="10" timeout="20"`}, nil},
		{"PlaceOut", ha.Edit{Op: ha.PlaceResource, ID: "b"}, []string{`<group id="g"><primitive id="a"`, `</primitive></group>`, `<primitive id="h" class="stonith" type="z"/><primitive id="b"`}, nil},
		{"PlaceFirst", ha.Edit{Op: ha.PlaceResource, ID: "b", Group: "g", Before: "a"}, []string{`<group id="g"><primitive id="b"`}, nil},
		{"PlaceIn", ha.Edit{Op: ha.PlaceResource, ID: "d", Group: "g"}, []string{`type="y"/><primitive id="d" class="ocf" provider="x" type="y"/></group>`}, nil},
		{"Standby", ha.Edit{Op: ha.SetNodeAttributes, Node: "n2", Values: map[string]string{"standby": "on"}}, []string{`<instance_attributes id="nodes-2"><nvpair id="nodes-2-standby" name="standby" value="on"/>`}, nil},
		{"RemoveNode", ha.Edit{Op: ha.RemoveNode, Node: "n2"}, []string{`uname="n1"`}, []string{`"n2"`}},
		{"Property", ha.Edit{Op: ha.SetProperties, Values: map[string]string{"a": "2", "b": "x\ny"}}, []string{`<nvpair id="p1" name="a" value="2"/>`, `id="cib-bootstrap-options-b" name="b" value="x&#xA;y"`}, nil},
		{"Unset", ha.Edit{Op: ha.SetProperties, Unset: []string{"a", "never"}}, []string{`cib-bootstrap-options`}, []string{`name="a"`}},
		{
			"Rule",
			ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "ping", Kind: ha.Location, Resource: "g", Rule: &ha.Rule{Score: "-INFINITY", Bool: "or", Expressions: []ha.Expression{{Attribute: "pingd", Operation: "lt", Value: "1", Type: "number"}, {Attribute: "pingd", Operation: "not_defined"}}}}},
			[]string{`<rsc_location id="ping" rsc="g"><rule id="ping-rule" score="-INFINITY" boolean-op="or"><expression id="ping-rule-expr" attribute="pingd" operation="lt" type="number" value="1"/>`},
			nil,
		},
		{"LevelsOfANode", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"f"}}, {Node: "n1", Index: 2, Devices: []string{"h", "f"}}}}, []string{
			`<fencing-level id="fl-n1-1" target="n1" index="1" devices="f"/><fencing-level id="fl-n1-2" target="n1" index="2" devices="h,f"/>`, `id="fl" target="n2"`,
		}, nil},
		{"LevelsReplaced", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: "n2", Index: 1, Devices: []string{"h"}}}}, []string{`id="fl-n2-1" target="n2" index="1" devices="h"/></fencing-topology>`}, []string{`devices="f,h"`}},
		{"LevelsAsTheyAre", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: "n2", Index: 1, Devices: []string{"f", "h"}}}}, []string{`<fencing-level id="fl" target="n2" index="1" devices="f,h"/>`}, nil},
		{"LevelsRemoved", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: "n2"}}}, nil, []string{"fencing-topology"}},
		{"LevelsOfAPattern", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Pattern: "^n", Index: 1, Devices: []string{"h"}}}}, []string{`id="fl-pattern-1" target-pattern="^n" index="1" devices="h"`}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			cib := open(t, house)
			if err := cib.Apply([]ha.Edit{c.edit}); err != nil {
				t.Fatal(err)
			}
			text := string(cib.Bytes())
			for _, want := range c.has {
				if !strings.Contains(text, want) {
					t.Errorf("%s is missing in\n%s", want, text)
				}
			}
			for _, gone := range c.not {
				if strings.Contains(text, gone) {
					t.Errorf("%s is still in\n%s", gone, text)
				}
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	for _, c := range []struct {
		what, reason, field string
		edit                ha.Edit
	}{
		{"TakenID", "resource.id_taken", "edits[0].resource.id", ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{ID: "a-ia", Kind: ha.Primitive, Agent: "ocf:x:y"}}},
		{"HiddenFromNothing", "secret.nothing_to_keep", "edits[0].resource.parameters.passwd", ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{ID: "n", Kind: ha.Primitive, Agent: "ocf:x:y", Parameters: map[string]string{"passwd": "***"}}}},
		{"SharedParameter", "resource.shared_attributes", "edits[0].resource.parameters.passwd", ha.Edit{Op: ha.UpdateResource, Resource: &ha.Resource{ID: "c", Kind: ha.Primitive, Parameters: map[string]string{"passwd": "new"}}}},
		{"DeleteShared", "resource.in_use", "edits[0].id", ha.Edit{Op: ha.DeleteResource, ID: "a"}},
		{"OtherAgent", "resource.agent_fixed", "edits[0].resource.agent", ha.Edit{Op: ha.UpdateResource, Resource: &ha.Resource{ID: "d", Kind: ha.Primitive, Agent: "ocf:x:z"}}},
		{"BeforeItself", "resource.before_itself", "edits[0].before", ha.Edit{Op: ha.PlaceResource, ID: "a", Group: "g", Before: "a"}},
		{"IntoPrimitive", "resource.not_a_group", "edits[0].group", ha.Edit{Op: ha.PlaceResource, ID: "a", Group: "d"}},
		{"GroupInGroup", "resource.nested", "edits[0].group", ha.Edit{Op: ha.PlaceResource, ID: "g", Group: "g"}},
		{"UnknownNode", "node.unknown", "edits[0].node", ha.Edit{Op: ha.SetNodeAttributes, Node: "n9", Values: map[string]string{"standby": "on"}}},
		{"UnknownWith", "resource.unknown", "edits[0].constraint.with", ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "x", Kind: ha.Colocation, Resource: "d", With: "zz", Score: "1"}}},
		{"ControlCharacter", "attribute.value_invalid", "edits[0].values.x", ha.Edit{Op: ha.SetProperties, Values: map[string]string{"x": "\x01"}}},
		{"SetAndUnset", "field.contradiction", "edits[0].unset", ha.Edit{Op: ha.SetProperties, Values: map[string]string{"x": "1"}, Unset: []string{"x"}}},
		{"UnknownEdit", "field.one_of", "edits[0].op", ha.Edit{Op: "tickle"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			err := open(t, house).Apply([]ha.Edit{c.edit})
			f := fault.Public(err)
			if f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != c.reason || f.Fields[0].Path != c.field {
				t.Errorf("got %+v, want %s at %s", f, c.reason, c.field)
			}
		})
	}
	last := open(t, `<configuration><crm_config/><nodes/><resources><group id="g"><primitive id="a" class="ocf" provider="x" type="y"/></group></resources><constraints/></configuration>`)
	if err := last.Apply([]ha.Edit{{Op: ha.PlaceResource, ID: "a"}}); fault.Public(err) == nil || fault.Public(err).Reason != "group.last_member" {
		t.Errorf("got %v", err)
	}
}

// TestRevert takes single changes back while others have been made since.
func TestRevert(t *testing.T) {
	for _, c := range []struct {
		what     string
		first    []ha.Edit // is taken back
		second   []ha.Edit // stays
		conflict bool
	}{
		{"Created", []ha.Edit{{Op: ha.CreateResource, Resource: &ha.Resource{ID: "n", Kind: ha.Primitive, Agent: "ocf:x:y"}}}, []ha.Edit{{Op: ha.SetMeta, ID: "d", Values: map[string]string{"priority": "1"}}}, false},
		{"CreatedAndEdited", []ha.Edit{{Op: ha.CreateResource, Resource: &ha.Resource{ID: "n", Kind: ha.Primitive, Agent: "ocf:x:y"}}}, []ha.Edit{{Op: ha.SetMeta, ID: "n", Values: map[string]string{"priority": "1"}}}, true},
		{"Deleted", []ha.Edit{{Op: ha.DeleteResource, ID: "d"}}, []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"b": "2"}}}, false},
		{"Changed", []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"a": "2"}}}, []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"b": "2"}}}, false},
		{"ChangedTwice", []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"a": "2"}}}, []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"a": "3"}}}, true},
		{"Moved", []ha.Edit{{Op: ha.PlaceResource, ID: "b", Group: "g", Before: "a"}}, []ha.Edit{{Op: ha.PlaceResource, ID: "d", Group: "g"}}, false},
		{"MovedOut", []ha.Edit{{Op: ha.PlaceResource, ID: "b"}}, []ha.Edit{{Op: ha.DeleteConstraint, ID: "l"}}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			before := open(t, house)
			after := before.Clone()
			if err := after.Apply(c.first); err != nil {
				t.Fatal(err)
			}
			now := after.Clone()
			if err := now.Apply(c.second); err != nil {
				t.Fatal(err)
			}
			untouched := now.ConfigXML()
			err := now.Revert(before.ConfigXML(), after.ConfigXML())
			if c.conflict {
				if fault.CodeOf(err) != fault.Conflict || now.ConfigXML() != untouched {
					t.Errorf("got %v, changed: %v", err, now.ConfigXML() != untouched)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := before.Clone()
			if err := want.Apply(c.second); err != nil {
				t.Fatal(err)
			}
			if !pacemaker.Equal(now, want) {
				t.Errorf("it parts at %s", firstDifference(want.ConfigXML(), now.ConfigXML()))
			}
		})
	}
}

// TestMirrorSets: the in-sync sets of mirrors are no properties, are not written by anybody but their helper, and are never taken back: an older
// one would let a side be promoted that lacks what was acknowledged.
func TestMirrorSets(t *testing.T) {
	config := func(term int, more string) *pacemaker.CIB {
		return open(t, fmt.Sprintf(`<configuration><crm_config><cluster_property_set id=%q><nvpair id="hawser-mirror-1" name="hawser-mirror-1" value="term=%d seen=1 members=1"/></cluster_property_set><cluster_property_set id="cib-bootstrap-options">%s</cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration>`, insync.SetID, term, more))
	}
	const other = `<nvpair id="a" name="a" value="1"/>`
	before, after, now := config(1, other), config(2, ""), config(3, "")
	if p := before.Config().Properties; len(p) != 1 || p["a"] != "1" {
		t.Errorf("properties %v", p)
	}
	if d := ha.DiffConfig(before.Config(), config(2, other).Config()); len(d) != 0 {
		t.Errorf("a change of a set alone would be a revision: %+v", d)
	}
	if err := now.Revert(before.ConfigXML(), after.ConfigXML()); err != nil {
		t.Fatal(err)
	}
	if want := config(3, other); !pacemaker.Equal(now, want) {
		t.Errorf("it parts at %s", firstDifference(want.ConfigXML(), now.ConfigXML()))
	}
	edited := config(3, other)
	if err := edited.Apply([]ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"b": "2", "hawser-mirror-1": "x"}}}); err != nil {
		t.Fatal(err)
	}
	if text := edited.ConfigXML(); !strings.Contains(text, `value="term=3 seen=1 members=1"`) {
		t.Errorf("the set was edited: %s", text)
	}
}

// TestPatch changes a file with Pacemaker's own tools: once, only against the version that was read, and nothing that the
// schema does not know.
func TestPatch(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	file := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, read(t, "testdata/2.1.5/cib/mixed.xml"), 0o600); err != nil {
		t.Fatal(err)
	}
	tools := pacemaker.Tools{Runner: run.System{}, File: file, Temp: t.TempDir()}
	before, err := tools.CIB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	change := func(edits ...ha.Edit) []byte {
		cib, err := pacemaker.ParseCIB(before)
		if err != nil {
			t.Fatal(err)
		}
		if err := cib.Apply(edits); err != nil {
			t.Fatal(err)
		}
		v := cib.Version()
		cib.Stamp(v)
		return cib.Bytes()
	}
	after := change(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "9"}}, ha.Edit{Op: ha.DeleteResource, ID: "web"})
	if err := tools.Patch(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
	now, err := tools.CIB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := pacemaker.ParseCIB(now)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pacemaker.ParseCIB(after)
	if err != nil {
		t.Fatal(err)
	}
	// Pacemaker raises the epoch of a patch once more by itself [2.1.5].
	if v, stamped := got.Version(), want.Version(); !pacemaker.Equal(got, want) || v.Epoch < stamped.Epoch || v.Epoch > stamped.Epoch+1 {
		t.Errorf("%+v parts from %+v at %s", got.Version(), want.Version(), firstDifference(want.ConfigXML(), got.ConfigXML()))
	}
	if err := tools.Patch(t.Context(), before, after); !errors.Is(err, pacemaker.ErrMoved) {
		t.Errorf("a stale patch gives %v", err)
	}
	before = now
	bad := []byte(strings.Replace(string(change(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"x": "y"}})), "<constraints", "<nonsense/><constraints", 1))
	if err := tools.Patch(t.Context(), before, bad); err == nil || errors.Is(err, pacemaker.ErrMoved) {
		t.Errorf("nonsense gives %v", err)
	}
}
