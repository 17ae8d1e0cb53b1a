package pacemaker_test

import (
	"strings"
	"testing"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// inn is a configuration with a remote node r1 and a guest g1 that vm carries; neither has an entry among the nodes.
const inn = `<configuration><crm_config/><nodes><node id="1" uname="n1"/></nodes><resources>
<primitive id="r1" class="ocf" provider="pacemaker" type="remote"><instance_attributes id="r1-ia"><nvpair id="r1-s" name="server" value="10.0.0.9"/></instance_attributes></primitive>
<primitive id="vm" class="ocf" provider="x" type="y"><meta_attributes id="vm-m"><nvpair id="vm-rn" name="remote-node" value="g1"/></meta_attributes></primitive>
<primitive id="d" class="ocf" provider="x" type="y"/></resources>
<constraints><rsc_location id="l" rsc="d" node="r1" score="5"/></constraints>
<fencing-topology><fencing-level id="fl" target="r1" index="1" devices="f"/></fencing-topology></configuration>`

func TestApplyToRemotes(t *testing.T) {
	primitive := func(id string, meta map[string]string) *ha.Resource {
		return &ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:x:y", Meta: meta}
	}
	for _, c := range []struct {
		what     string
		edits    []ha.Edit
		has, not []string
	}{
		{
			"Standby",
			[]ha.Edit{{Op: ha.SetNodeAttributes, Node: "r1", Values: map[string]string{"standby": "on"}}},
			[]string{`<node type="remote" id="r1" uname="r1"><instance_attributes id="nodes-r1"><nvpair id="nodes-r1-standby" name="standby" value="on"/>`},
			nil,
		},
		{"StandbyOfGuest", []ha.Edit{{Op: ha.SetNodeAttributes, Node: "g1", Values: map[string]string{"standby": "on"}}}, []string{`<node type="remote" id="g1" uname="g1">`}, nil},
		{"NothingToUnset", []ha.Edit{{Op: ha.SetNodeAttributes, Node: "r1", Unset: []string{"standby"}}}, nil, []string{`type="remote" id="r1"`}},
		{"Capacity", []ha.Edit{{Op: ha.SetUtilization, Node: "r1", Values: map[string]string{"cpu": "4"}}}, []string{`<utilization id="nodes-r1-utilization">`}, nil},
		{"Remove", []ha.Edit{
			{Op: ha.SetNodeAttributes, Node: "r1", Values: map[string]string{"standby": "on"}}, {Op: ha.DeleteResource, ID: "r1"}, {Op: ha.RemoveNode, Node: "r1"},
		}, []string{`id="vm"`, `<node_state remote_node="true" id="r1"`}, []string{`<primitive id="r1"`, `type="remote" id="r1"`, `node="r1"`, `target="r1"`}},
		{"RemoveBare", []ha.Edit{{Op: ha.DeleteResource, ID: "r1"}, {Op: ha.RemoveNode, Node: "r1"}}, []string{`uname="n1"`}, []string{`"r1"`}},
		{"Preferred", []ha.Edit{{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "p", Kind: ha.Location, Resource: "d", Node: "g1", Score: "7"}}}, []string{`<rsc_location id="p" rsc="d" node="g1" score="7"/>`}, nil},
		{"Guest", []ha.Edit{{Op: ha.UpdateResource, ID: "d", Resource: primitive("d", map[string]string{"remote-node": "g2"})}}, []string{`name="remote-node" value="g2"`}, nil},
		{"GuestAsItIs", []ha.Edit{{Op: ha.UpdateResource, ID: "vm", Resource: primitive("vm", map[string]string{"remote-node": "g1", "remote-port": "3122"})}}, []string{`name="remote-port" value="3122"`}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			cib := open(t, inn)
			if err := cib.Apply(c.edits); err != nil {
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
	for _, c := range []struct {
		what, reason, field string
		edit                ha.Edit
	}{
		{"NameOfMember", "node.name_taken", "edits[0].resource.id", ha.Edit{Op: ha.CreateResource, Resource: &ha.Resource{ID: "n1", Kind: ha.Primitive, Agent: ha.RemoteAgent}}},
		{"GuestWithNameOfMember", "node.name_taken", "edits[0].resource.meta.remote-node", ha.Edit{Op: ha.CreateResource, Resource: primitive("x", map[string]string{"remote-node": "N1"})}},
		{"GuestWithNameOfResource", "resource.id_taken", "edits[0].resource.meta.remote-node", ha.Edit{Op: ha.CreateResource, Resource: primitive("x", map[string]string{"remote-node": "d"})}},
		{"GuestWithNameOfGuest", "node.name_taken", "edits[0].resource.meta.remote-node", ha.Edit{Op: ha.UpdateResource, ID: "d", Resource: primitive("d", map[string]string{"remote-node": "g1"})}},
		{"ResourceWithNameOfGuest", "resource.id_taken", "edits[0].resource.id", ha.Edit{Op: ha.CreateResource, Resource: primitive("g1", nil)}},
		{"UnknownNode", "node.unknown", "edits[0].node", ha.Edit{Op: ha.SetNodeAttributes, Node: "r9", Values: map[string]string{"standby": "on"}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := fault.Public(open(t, inn).Apply([]ha.Edit{c.edit}))
			if f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != c.reason || f.Fields[0].Path != c.field {
				t.Errorf("got %+v, want %s at %s", f, c.reason, c.field)
			}
		})
	}
}

// TestStatusOfRemotes: what a recorded cluster with both kinds says; the connection to the guest, which is in no configuration, is told
// with the guest alone.
func TestStatusOfRemotes(t *testing.T) {
	st, err := pacemaker.ParseStatus(read(t, "testdata/2.1.5/crm_mon/remote.xml"), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []ha.NodeState{
		{Name: "n1", Kind: ha.MemberNode}, {Name: "r1", Kind: ha.RemoteNode, Connection: "r1", Through: "n1"}, {Name: "g1", Kind: ha.GuestNode, Connection: "vm", Through: "n2"},
	} {
		found := false
		for _, n := range st.Nodes {
			if n.Name == want.Name {
				found = n.Kind == want.Kind && n.Connection == want.Connection && n.Through == want.Through && n.Online
			}
		}
		if !found {
			t.Errorf("%s is not told so: %+v", want.Name, st.Nodes)
		}
	}
	for _, r := range ha.Leaves(st.Resources) {
		if r.ID == "g1" {
			t.Errorf("the connection to the guest is a resource: %+v", r)
		}
	}
}

// TestRemoteIsNeverUnclean: the scheduler has what it does not know fenced, a remote node that was just added or removed among others;
// so there is an entry that says that nothing runs there, for as long as any member remembers the connection.
func TestRemoteIsNeverUnclean(t *testing.T) {
	cib := open(t, house)
	connection := ha.NewRemote{Address: "10.0.0.9"}.Resource("r1")
	if err := cib.Apply([]ha.Edit{{Op: ha.CreateResource, Resource: &connection}}); err != nil {
		t.Fatal(err)
	}
	const entry = `<node_state remote_node="true" id="r1" uname="r1" in_ccm="false"`
	if text := string(cib.Bytes()); !strings.Contains(text, entry) {
		t.Errorf("no entry in\n%s", text)
	}

	history := func(node, in string) string {
		return `<node_state id="` + node + `" uname="n` + node + `" in_ccm="` + in + `"><lrm id="` + node + `"><lrm_resources><lrm_resource id="r1" class="ocf" provider="pacemaker" type="remote"/></lrm_resources></lrm></node_state>`
	}
	parse := func(status string) *pacemaker.CIB {
		c, err := pacemaker.ParseCIB([]byte(`<cib admin_epoch="0" epoch="5" num_updates="7">` + inn + `<status>` + status + `</status></cib>`))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	cib = parse(history("1", "true") + history("2", "false"))
	if err := cib.Apply([]ha.Edit{{Op: ha.DeleteResource, ID: "r1"}, {Op: ha.RemoveNode, Node: "r1"}}); err != nil {
		t.Fatal(err)
	}
	text := string(cib.Bytes())
	if !strings.Contains(text, entry) || !cib.ConnectionKnown("r1") {
		t.Errorf("n1 still remembers it, and there is no entry:\n%s", text)
	}
	if n := strings.Count(text, `lrm_resource id="r1"`); n != 1 {
		t.Errorf("%d members remember it; n2 is away and cannot forget it by itself", n)
	}
	if cib = parse(""); cib.ConnectionKnown("r1") {
		t.Error("nobody remembers anything")
	}
}
