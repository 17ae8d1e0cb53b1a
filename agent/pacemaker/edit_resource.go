package pacemaker

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// createResource makes a resource with what it holds. A member that is only an ID is a primitive that exists already and
// becomes a member.
func (e *editor) createResource(x ha.Edit) error {
	if x.Resource == nil {
		return e.wrong("resource", "field.required", "missing")
	}
	res := *x.Resource
	if err := e.within("resource.", ha.ValidateResource(withoutMoved(res))); err != nil {
		return err
	}
	if res.Kind == ha.Bundle {
		return e.wrong("resource.kind", "resource.kind_unsupported", "bundles are shown, but not made", "kind", string(res.Kind))
	}
	if err := e.idsFree("resource.", res); err != nil {
		return err
	}
	parent, err := e.group(x, res.ID, res.Kind)
	if err != nil {
		return err
	}
	if res.Template != "" {
		if t := e.resource(res.Template); t == nil || t.Tag != "template" {
			return e.noResource("resource.template", res.Template)
		}
	}
	made, err := e.element("resource.", res)
	if err != nil {
		return err
	}
	return e.place(parent, made, x.Before)
}

// withoutMoved leaves out members that exist already: there is nothing in them to check.
func withoutMoved(r ha.Resource) ha.Resource {
	members := make([]ha.Resource, 0, len(r.Members))
	for _, m := range r.Members {
		if moved(m) {
			m = ha.Resource{ID: m.ID, Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"} // stands in for what it is
		}
		members = append(members, m)
	}
	r.Members = members
	return r
}

func moved(r ha.Resource) bool {
	return r.Agent == "" && r.Template == "" && len(r.Members) == 0 && len(r.Parameters) == 0 && len(r.Meta) == 0 && len(r.Operations) == 0
}

// idsFree refuses IDs that are taken, whatever has them: all elements of a CIB share one space of names.
func (e *editor) idsFree(field string, r ha.Resource) error {
	if e.ids[r.ID] {
		return e.conflict(field+"id", "resource.id_taken", "this ID is taken", "id", r.ID)
	}
	for _, m := range r.Members {
		if moved(m) {
			if e.resource(m.ID) == nil {
				return e.noResource(field+"members", m.ID)
			}
			continue
		}
		if err := e.idsFree(field+"members.", m); err != nil {
			return err
		}
	}
	return nil
}

// element makes the element of a resource.
func (e *editor) element(field string, r ha.Resource) (*etree.Element, error) {
	x := etree.NewElement(string(r.Kind))
	x.CreateAttr("id", r.ID)
	e.ids[r.ID] = true
	if r.Template != "" {
		x.CreateAttr("template", r.Template)
	}
	if r.Agent != "" {
		class, provider, typ := splitAgent(r.Agent)
		x.CreateAttr("class", class)
		if provider != "" {
			x.CreateAttr("provider", provider)
		}
		x.CreateAttr("type", typ)
	}
	if err := e.setValues(parametersOf(x, r.ID, field+"parameters"), r.Parameters, nil); err != nil {
		return nil, err
	}
	if err := e.setValues(metaOf(x, r.ID, field+"meta"), r.Meta, nil); err != nil {
		return nil, err
	}
	if err := e.setOperations(x, r.ID, r.Operations); err != nil {
		return nil, err
	}
	for _, m := range r.Members {
		var member *etree.Element
		var err error
		if moved(m) {
			member = e.resource(m.ID)
			if err = e.mayMove(field+"members", member); err == nil {
				remove(member)
			}
		} else {
			member, err = e.element(field+"members.", m)
		}
		if err != nil {
			return nil, err
		}
		x.AddChild(member)
	}
	return x, nil
}

// group returns the group that an edit names, or the section for none.
func (e *editor) group(x ha.Edit, id string, kind ha.ResourceKind) (*etree.Element, error) {
	if x.Group == "" {
		if x.Before != "" {
			return nil, e.wrong("before", "resource.before_unwanted", "only members of a group have an order", "id", id)
		}
		return e.ensure("resources"), nil
	}
	g := e.resource(x.Group)
	if g == nil {
		return nil, e.noResource("group", x.Group)
	}
	if g.Tag != "group" {
		return nil, e.wrong("group", "resource.not_a_group", "this is no group", "id", x.Group)
	}
	if kind != ha.Primitive {
		return nil, e.wrong("group", "resource.nested", "a group holds primitives only", "id", id, "kind", string(kind))
	}
	if e.class(g) == "stonith" {
		return nil, e.wrong("group", "resource.nested", "a group holds primitives only", "id", id, "kind", string(kind))
	}
	return g, nil
}

func (e *editor) class(x *etree.Element) string { return x.SelectAttrValue("class", "") }

// place puts a resource into parent: before the named member, or last.
func (e *editor) place(parent, x *etree.Element, before string) error {
	if before == "" {
		parent.AddChild(x)
		return nil
	}
	for _, m := range parent.ChildElements() {
		if m.SelectAttrValue("id", "") == before && m != x {
			parent.InsertChildAt(m.Index(), x)
			return nil
		}
	}
	return e.noResource("before", before)
}

// mayMove refuses to take a resource out of where it stands, where that would leave an empty shell.
func (e *editor) mayMove(field string, x *etree.Element) error {
	id := x.SelectAttrValue("id", "")
	if x.Tag != "primitive" {
		return e.wrong(field, "resource.nested", "only primitives are members of groups", "id", id, "kind", x.Tag)
	}
	p := x.Parent()
	switch {
	case p.Tag == "resources":
		return nil
	case p.Tag == "group" && len(p.SelectElements("primitive")) > 1:
		return nil
	case p.Tag == "group":
		return e.conflict(field, "group.last_member", "a group cannot be without members", "group", p.SelectAttrValue("id", ""), "id", id)
	}
	return e.conflict(field, "resource.held", "it belongs to a clone or bundle", "id", id, "holder", p.SelectAttrValue("id", ""))
}

func (e *editor) placeResource(x ha.Edit) error {
	res := e.resource(x.ID)
	if res == nil {
		return e.noResource("id", x.ID)
	}
	if x.Before == x.ID && x.ID != "" {
		return e.wrong("before", "resource.before_itself", "it cannot stand before itself", "id", x.ID)
	}
	parent, err := e.group(x, x.ID, kinds[res.Tag])
	if err != nil {
		return err
	}
	if res.Parent() == parent {
		siblings := parent.ChildElements()
		i := slices.Index(siblings, res)
		next := ""
		if i+1 < len(siblings) {
			next = siblings[i+1].SelectAttrValue("id", "")
		}
		if x.Before == next || parent.Tag == "resources" {
			return nil // it stands there already
		}
	} else if err := e.mayMove("id", res); err != nil {
		return err
	}
	if x.Before != "" && !slices.ContainsFunc(parent.ChildElements(), func(m *etree.Element) bool { return m.SelectAttrValue("id", "") == x.Before }) {
		return e.noResource("before", x.Before)
	}
	remove(res)
	return e.place(parent, res, x.Before)
}

func (e *editor) updateResource(x ha.Edit) error {
	if x.Resource == nil {
		return e.wrong("resource", "field.required", "missing")
	}
	want := *x.Resource
	if x.ID != "" && want.ID == "" {
		want.ID = x.ID
	}
	el := e.resource(want.ID)
	if el == nil {
		return e.noResource("resource.id", want.ID)
	}
	now, _ := reader{cib: e.cib, cfg: &ha.Config{}}.resource("", el)
	if want.Kind == "" {
		want.Kind = now.Kind
	}
	if want.Agent == "" && want.Template == "" {
		want.Agent, want.Template = now.Agent, now.Template
	}
	switch {
	case want.Kind != now.Kind:
		return e.wrong("resource.kind", "resource.kind_fixed", "the kind of a resource cannot be changed", "id", want.ID, "kind", string(now.Kind))
	case want.Agent != now.Agent || want.Template != now.Template:
		return e.wrong("resource.agent", "resource.agent_fixed", "the agent of a resource cannot be changed", "id", want.ID, "agent", now.Agent)
	}
	want.Members = now.Members // not part of this edit
	if want.Kind != ha.Bundle {
		if err := e.within("resource.", ha.ValidateResource(news(want, now))); err != nil {
			return err
		}
	}
	if want.Kind == ha.Bundle {
		if len(want.Parameters) > 0 && !sameValues(want.Parameters, now.Parameters) {
			return e.wrong("resource.parameters", "resource.kind_unsupported", "a bundle's container cannot be edited", "kind", string(ha.Bundle))
		}
	} else if err := e.exactly(parametersOf(el, want.ID, "resource.parameters"), want.Parameters); err != nil {
		return err
	}
	if el.Tag == "master" { // the reader adds it
		delete(want.Meta, "promotable")
	}
	if err := e.exactly(metaOf(el, want.ID, "resource.meta"), want.Meta); err != nil {
		return err
	}
	if want.Kind == ha.Primitive || want.Kind == ha.Template {
		return e.setOperations(el, want.ID, want.Operations)
	}
	return nil
}

// news is what an update changes, as a resource that can be checked: what was there before is no mistake of this edit,
// and clusters of other makers hold much that Hawser would not let pass.
func news(want, now ha.Resource) ha.Resource {
	changed := func(want, now map[string]string) map[string]string {
		out := map[string]string{}
		for name, value := range want {
			if old, had := now[name]; !had || old != value {
				out[name] = value
			}
		}
		return out
	}
	r := ha.Resource{ID: want.ID, Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}
	r.Parameters, r.Meta = changed(want.Parameters, now.Parameters), changed(want.Meta, now.Meta)
	if !sameOperations(want.Operations, now.Operations) {
		r.Operations = want.Operations
	}
	return r
}

func sameValues(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// deleteResource takes a resource out with its members and with whatever names only it.
func (e *editor) deleteResource(id string) error {
	el := e.resource(id)
	if el == nil {
		if err := ha.CheckID(id); err != nil {
			return e.within("", err)
		}
		return e.noResource("id", id)
	}
	// What would be left empty goes too.
	for p := el.Parent(); p != nil && p.Tag != "resources"; p = p.Parent() {
		left := 0
		for _, m := range p.ChildElements() {
			if _, isResource := kinds[m.Tag]; isResource && m != el {
				left++
			}
		}
		if left > 0 || p.Tag == "bundle" {
			break
		}
		el = p
	}
	gone := map[string]bool{}
	var resources func(x *etree.Element)
	resources = func(x *etree.Element) {
		gone[x.SelectAttrValue("id", "")] = true
		for _, m := range x.ChildElements() {
			if _, isResource := kinds[m.Tag]; isResource {
				resources(m)
			}
		}
	}
	resources(el)
	remove(el)
	if user := e.userOf(el, gone); user != "" {
		return e.conflict("id", "resource.in_use", "another resource takes its definition from it", "id", id, "user", user)
	}
	e.forget(gone)
	return nil
}

// userOf returns the ID of an element left in the configuration that refers into x, or "".
func (e *editor) userOf(x *etree.Element, gone map[string]bool) string {
	inside := map[string]bool{}
	var collect func(x *etree.Element)
	collect = func(x *etree.Element) {
		inside[x.SelectAttrValue("id", "")] = true
		for _, c := range x.ChildElements() {
			collect(c)
		}
	}
	collect(x)
	delete(inside, "")
	var look func(holder string, x *etree.Element) string
	look = func(holder string, x *etree.Element) string {
		if _, isResource := kinds[x.Tag]; isResource {
			holder = x.SelectAttrValue("id", "")
			if t := x.SelectAttrValue("template", ""); gone[t] {
				return holder
			}
		}
		if ref := x.SelectAttrValue("id-ref", ""); ref != "" && inside[ref] {
			return holder
		}
		for _, c := range x.ChildElements() {
			if user := look(holder, c); user != "" {
				return user
			}
		}
		return ""
	}
	return look("", e.cib.configuration())
}

// forget removes what names resources that are gone: constraints, members of sets and tags, fencing levels, permissions.
func (e *editor) forget(gone map[string]bool) {
	for len(gone) > 0 {
		tags := map[string]bool{} // a tag without members goes, and then what names the tag
		if constraints := e.cib.section("constraints"); constraints != nil {
			for _, c := range constraints.ChildElements() {
				e.forgetConstraint(c, gone)
			}
		}
		if section := e.cib.section("tags"); section != nil {
			for _, tag := range section.SelectElements("tag") {
				removeReferences(tag, "obj_ref", gone)
				if len(tag.SelectElements("obj_ref")) == 0 {
					tags[tag.SelectAttrValue("id", "")] = true
					remove(tag)
				}
			}
		}
		if topology := e.cib.section("fencing-topology"); topology != nil {
			for _, level := range topology.SelectElements("fencing-level") {
				devices := strings.Split(level.SelectAttrValue("devices", ""), ",")
				left := slices.DeleteFunc(slices.Clone(devices), func(d string) bool { return gone[strings.TrimSpace(d)] })
				switch {
				case len(left) == len(devices):
				case len(left) == 0:
					remove(level)
				default:
					level.CreateAttr("devices", strings.Join(left, ","))
				}
			}
		}
		if acls := e.cib.section("acls"); acls != nil {
			for _, p := range acls.FindElements(".//acl_permission[@reference]") {
				if gone[p.SelectAttrValue("reference", "")] {
					remove(p)
				}
			}
		}
		gone = tags
	}
}

func (e *editor) forgetConstraint(c *etree.Element, gone map[string]bool) {
	for _, name := range []string{"rsc", "with-rsc", "first", "then"} {
		if gone[c.SelectAttrValue(name, "")] {
			remove(c)
			return
		}
	}
	sets := c.SelectElements("resource_set")
	left := len(sets)
	for _, set := range sets {
		if removeReferences(set, "resource_ref", gone) && len(set.SelectElements("resource_ref")) == 0 {
			remove(set)
			left--
		}
	}
	if len(sets) > 0 && left == 0 {
		remove(c)
	}
}

// removeReferences removes references to what is gone and says whether there were any.
func removeReferences(x *etree.Element, tag string, gone map[string]bool) (found bool) {
	for _, ref := range x.SelectElements(tag) {
		if gone[ref.SelectAttrValue("id", "")] {
			remove(ref)
			found = true
		}
	}
	return found
}

// exists says whether there is a resource or tag with that ID: constraints may name either.
func (e *editor) exists(id string) bool {
	if e.resource(id) != nil {
		return true
	}
	return e.tag(id) != nil
}

func (e *editor) createConstraint(x ha.Edit) error {
	if x.Constraint == nil {
		return e.wrong("constraint", "field.required", "missing")
	}
	c := *x.Constraint
	if err := e.within("constraint.", ha.ValidateConstraint(c)); err != nil {
		return err
	}
	for field, id := range map[string]string{"resource": c.Resource, "with": c.With, "first": c.First, "then": c.Then} {
		if id != "" && !e.exists(id) {
			return e.noResource("constraint."+field, id)
		}
	}
	section := e.ensure("constraints")
	el := etree.NewElement("rsc_" + string(c.Kind))
	set := func(name, value string) {
		if value != "" {
			el.CreateAttr(name, value)
		}
	}
	set("id", c.ID)
	set("rsc", c.Resource)
	set("node", c.Node)
	set("with-rsc", c.With)
	set("first", c.First)
	set("then", c.Then)
	set("first-action", c.Action)
	set("kind", c.OrderKind)
	if c.Rule == nil {
		set("score", c.Score)
	}
	if c.Kind == ha.Location && c.Node != "" {
		if n := e.node(c.Node); n == nil {
			f := fault.New(fault.NotFound, "node.unknown", "no node %q", c.Node).With("node", c.Node)
			f.Fields = []fault.Field{{Path: e.at + "constraint.node", Reason: f.Reason, Message: f.Message, Args: f.Args}}
			return f
		}
	}
	if old := e.cib.byID(c.ID); old != nil {
		if was, isConstraint := constraint(old); isConstraint && sameConstraint(was, c) {
			return nil // made before
		}
		return e.conflict("constraint.id", "constraint.id_taken", "this ID is taken", "id", c.ID)
	}
	e.ids[c.ID] = true
	if c.Rule != nil {
		rule := el.CreateElement("rule")
		rule.CreateAttr("id", e.newID(c.ID+"-rule"))
		rule.CreateAttr("score", c.Rule.Score)
		if c.Rule.Bool != "" {
			rule.CreateAttr("boolean-op", c.Rule.Bool)
		}
		for _, want := range c.Rule.Expressions {
			expr := rule.CreateElement("expression")
			expr.CreateAttr("id", e.newID(c.ID+"-rule-expr"))
			expr.CreateAttr("attribute", want.Attribute)
			expr.CreateAttr("operation", want.Operation)
			if want.Type != "" {
				expr.CreateAttr("type", want.Type)
			}
			if want.Value != "" {
				expr.CreateAttr("value", want.Value)
			}
		}
	}
	section.AddChild(el)
	return nil
}

func sameConstraint(a, b ha.Constraint) bool {
	same := func(a, b *ha.Rule) bool {
		if a == nil || b == nil {
			return a == b
		}
		return a.Score == b.Score && a.Bool == b.Bool && slices.Equal(a.Expressions, b.Expressions)
	}
	return a.Kind == b.Kind && a.Resource == b.Resource && a.Node == b.Node && a.Score == b.Score && a.With == b.With && a.First == b.First &&
		a.Then == b.Then && a.Action == b.Action && a.OrderKind == b.OrderKind && !a.Complex && same(a.Rule, b.Rule)
}

func (e *editor) deleteConstraint(id string) error {
	section := e.cib.section("constraints")
	if section == nil {
		section = etree.NewElement("constraints")
	}
	for _, c := range section.ChildElements() {
		if c.SelectAttrValue("id", "") == id {
			remove(c)
			return nil
		}
	}
	f := fault.New(fault.NotFound, "constraint.unknown", "no constraint %q", id).With("id", id)
	f.Fields = []fault.Field{{Path: e.at + "id", Reason: f.Reason, Message: f.Message, Args: f.Args}}
	return f
}
