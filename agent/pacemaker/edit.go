package pacemaker

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Apply makes edits, in order. All mistakes of one edit are told at once, with their place in the list; after an error the
// CIB is half changed and of no use, so apply to a Clone.
//
// New IDs follow the conventions of Pacemaker's tools and pcs (ip-instance_attributes-ip, ip-monitor-interval-10s), so
// that those go on editing the same elements.
func (c *CIB) Apply(edits []ha.Edit) error {
	e := editor{cib: c, ids: map[string]bool{}}
	e.note(c.configuration())
	var before *ha.Config
	if slices.ContainsFunc(edits, func(x ha.Edit) bool { return slices.Contains(orderEdits, x.Op) }) {
		cfg := c.Config()
		before = &cfg
	}
	for i, edit := range edits {
		e.at = editAt(i)
		if err := e.apply(edit); err != nil {
			return err
		}
	}
	if before == nil {
		return nil
	}
	return c.checkOrders(*before, edits)
}

// editAt is where an edit stands in its request.
func editAt(i int) string { return fmt.Sprintf("edits[%d].", i) }

// Equal says whether two CIBs hold the same configuration.
func Equal(a, b *CIB) bool { return a.ConfigXML() == b.ConfigXML() }

// editor makes edits.
type editor struct {
	cib *CIB
	ids map[string]bool // every ID in the configuration
	at  string          // where the edit stands in the request
}

func (e *editor) apply(x ha.Edit) error {
	switch x.Op {
	case ha.SetProperties:
		return e.setProperties(x)
	case ha.SetResourceDefault:
		return e.setValues(target{owner: e.ensure("rsc_defaults"), tag: "meta_attributes", set: "rsc_defaults-meta_attributes", field: "values"}, x.Values, x.Unset)
	case ha.SetOpDefault:
		return e.setValues(target{owner: e.ensure("op_defaults"), tag: "meta_attributes", set: "op_defaults-meta_attributes", field: "values"}, x.Values, x.Unset)
	case ha.CreateResource:
		return e.createResource(x)
	case ha.UpdateResource:
		return e.updateResource(x)
	case ha.DeleteResource:
		return e.deleteResource(x.ID)
	case ha.PlaceResource:
		return e.placeResource(x)
	case ha.SetMeta:
		owner := e.resource(x.ID)
		if owner == nil {
			return e.noResource("id", x.ID)
		}
		return e.setValues(metaOf(owner, x.ID, "values"), x.Values, x.Unset)
	case ha.SetNodeAttributes:
		return e.setNodeAttributes(x)
	case ha.CreateConstraint:
		return e.createConstraint(x)
	case ha.UpdateConstraint:
		return e.updateConstraint(x)
	case ha.SetUtilization:
		return e.setUtilization(x)
	case ha.PutAttributes:
		return e.putAttributes(x)
	case ha.DeleteAttributes:
		return e.deleteAttributes(x.ID)
	case ha.DeleteConstraint:
		return e.deleteConstraint(x.ID)
	case ha.CreateTag:
		return e.createTag(x)
	case ha.UpdateTag:
		return e.updateTag(x)
	case ha.DeleteTag:
		return e.deleteTag(x.ID)
	case ha.RemoveNode:
		return e.removeNode(x.Node)
	case ha.SetFenceLevels:
		return e.setFenceLevels(x)
	}
	return e.wrong("op", "field.one_of", "unknown edit", "value", string(x.Op), "allowed", "properties.set, resource.create, …")
}

// wrong is the fault of one field of the edit.
func (e *editor) wrong(field, reason, message string, pairs ...string) error {
	var f fault.Fields
	f.Add(e.at+field, reason, message, pairs...)
	return f.Err()
}

// within puts the fields of a validation's fault where they stand in the request.
func (e *editor) within(field string, err error) error {
	var out *fault.Error
	if out = fault.Public(err); out == nil {
		return nil
	}
	moved := *out
	moved.Fields = slices.Clone(out.Fields)
	for i := range moved.Fields {
		moved.Fields[i].Path = e.at + field + moved.Fields[i].Path
	}
	return &moved
}

func (e *editor) noResource(field, id string) error {
	f := fault.New(fault.NotFound, "resource.unknown", "no resource %q", id).With("resource", id)
	f.Fields = []fault.Field{{Path: e.at + field, Reason: f.Reason, Message: f.Message, Args: f.Args}}
	return f
}

// conflict is a fault of a thing that is in the way.
func (e *editor) conflict(field, reason, message string, pairs ...string) error {
	f := fault.New(fault.Conflict, reason, "%s", message).With(pairs...)
	f.Fields = []fault.Field{{Path: e.at + field, Reason: reason, Message: message, Args: f.Args}}
	return f
}

// note remembers the IDs of e and what it holds.
func (e *editor) note(x *etree.Element) {
	if id := x.SelectAttrValue("id", ""); id != "" {
		e.ids[id] = true
	}
	for _, child := range x.ChildElements() {
		e.note(child)
	}
}

// notXML is what cannot stand in an ID.
var notXML = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// newID returns an ID that nothing has: base, or base with a number.
func (e *editor) newID(base string) string {
	base = notXML.ReplaceAllString(base, "_")
	if c := base[0]; c >= '0' && c <= '9' || c == '-' || c == '.' {
		base = "_" + base
	}
	id := base
	for n := 1; e.ids[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	e.ids[id] = true
	return id
}

// order is how sections stand in a configuration; the schema wants it so.
var order = []string{"crm_config", "rsc_defaults", "op_defaults", "nodes", "resources", "constraints"}

// ensure returns a section, which it makes where it is missing. The first six may stand in any order in practice, but the
// optional ones must come before what follows them in the schema; Pacemaker writes nodes and resources always.
func (e *editor) ensure(name string) *etree.Element {
	if s := e.cib.section(name); s != nil {
		return s
	}
	s := etree.NewElement(name)
	cfg := e.cib.configuration()
	if name == "rsc_defaults" || name == "op_defaults" || name == "tags" {
		cfg.AddChild(s)
		return s
	}
	for _, next := range order[slices.Index(order, name)+1:] {
		if sibling := cfg.SelectElement(next); sibling != nil {
			cfg.InsertChildAt(sibling.Index(), s)
			return s
		}
	}
	cfg.AddChild(s)
	return s
}

// resource returns a resource of any kind, wherever it stands, or nil.
func (e *editor) resource(id string) *etree.Element {
	section := e.cib.section("resources")
	if section == nil || id == "" {
		return nil
	}
	return findResource(section, id)
}

func findResource(parent *etree.Element, id string) *etree.Element {
	for _, child := range parent.ChildElements() {
		if _, isResource := kinds[child.Tag]; !isResource {
			continue
		}
		if child.SelectAttrValue("id", "") == id {
			return child
		}
		if found := findResource(child, id); found != nil {
			return found
		}
	}
	return nil
}

// setNodeAttributes uses the IDs that crm_attribute uses: nodes-1, nodes-1-standby.
func (e *editor) setNodeAttributes(x ha.Edit) error {
	node, err := e.nodeFor(x)
	if node == nil {
		return err
	}
	if err := e.checkHealth(x.Values); err != nil {
		return err
	}
	set := "nodes-" + node.SelectAttrValue("id", "")
	return e.setValues(target{owner: node, tag: "instance_attributes", set: set, field: "values"}, x.Values, x.Unset)
}

func (e *editor) node(name string) *etree.Element {
	section := e.cib.section("nodes")
	if section == nil || name == "" {
		return nil
	}
	for _, n := range section.SelectElements("node") {
		if strings.EqualFold(n.SelectAttrValue("uname", ""), name) {
			return n
		}
	}
	return nil
}

func (e *editor) noNode(name string) error {
	f := fault.New(fault.NotFound, "node.unknown", "no node %q", name).With("node", name)
	f.Fields = []fault.Field{{Path: e.at + "node", Reason: f.Reason, Message: f.Message, Args: f.Args}}
	return f
}

// removeNode takes a node out of the CIB: its entry, its status, and what names only it. Rules that name it stay: they
// are true of nothing any more.
func (e *editor) removeNode(name string) error {
	if name == "" {
		return e.wrong("node", "field.required", "missing")
	}
	if node := e.node(name); node != nil && node.SelectAttrValue("type", "") != "remote" {
		id := node.SelectAttrValue("id", "")
		remove(node)
		if status := e.cib.root.SelectElement("status"); status != nil {
			for _, s := range status.SelectElements("node_state") {
				if s.SelectAttrValue("id", "") == id || strings.EqualFold(s.SelectAttrValue("uname", ""), name) {
					remove(s)
				}
			}
		}
	} else if node != nil || e.cib.ConnectionKnown(name) || e.cib.nodeState(name) != nil {
		e.removeRemote(name)
	}
	if constraints := e.cib.section("constraints"); constraints != nil {
		for _, l := range constraints.SelectElements("rsc_location") {
			if strings.EqualFold(l.SelectAttrValue("node", ""), name) {
				remove(l)
			}
		}
	}
	if topology := e.cib.section("fencing-topology"); topology != nil {
		for _, l := range topology.SelectElements("fencing-level") {
			if strings.EqualFold(l.SelectAttrValue("target", ""), name) {
				remove(l)
			}
		}
	}
	return nil
}

// remove takes an element out of its parent.
func remove(x *etree.Element) {
	if p := x.Parent(); p != nil {
		p.RemoveChildAt(x.Index())
	}
}
