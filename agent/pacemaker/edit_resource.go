package pacemaker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// createResource makes a resource with what it holds. A member that is only an ID is a primitive that exists already and
// becomes a member.
func (e *editor) createResource(x ha.Edit) error {
	if x.Resource == nil {
		return e.wrong("resource", "field.required", "missing")
	}
	res := *x.Resource
	if err := e.within("resource.", ha.ValidateResource(res)); err != nil {
		return err
	}
	if c := res.Container; c != nil && c.Technology != "podman" {
		return e.wrong("resource.container.technology", "bundle.technology", "bundles of others than podman are shown, but not made", "technology", c.Technology)
	}
	if err := e.idsFree("resource.", res); err != nil {
		return err
	}
	before := e.remotes()
	if err := e.remoteFree("resource.", res, before); err != nil {
		return err
	}
	if err := e.guestHas("resource.", res, before); err != nil {
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
	if res.Agent == ha.RemoteAgent {
		e.seen(res.ID)
	}
	return e.place(parent, made, x.Before)
}

// idsFree refuses IDs that are taken, whatever has them: all elements of a CIB share one space of names.
func (e *editor) idsFree(field string, r ha.Resource) error {
	if e.ids[r.ID] {
		return e.conflict(field+"id", "resource.id_taken", "this ID is taken", "id", r.ID)
	}
	for i, m := range r.Members {
		at := fmt.Sprintf("%smembers[%d].", field, i)
		if m.IsReference() && r.Kind != ha.Bundle {
			if e.resource(m.ID) == nil {
				return e.noResource(at+"id", m.ID)
			}
			continue
		}
		if err := e.idsFree(at, m); err != nil {
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
	if err := e.setValues(utilizationOf(x, r.ID, field+"utilization"), r.Utilization, nil); err != nil {
		return nil, err
	}
	e.addContainer(x, r)
	for i, m := range r.Members {
		var member *etree.Element
		var err error
		at := fmt.Sprintf("%smembers[%d].", field, i)
		if m.IsReference() && r.Kind != ha.Bundle {
			member = e.resource(m.ID)
			if err = e.mayMove(at+"id", member, r.Kind); err == nil {
				remove(member)
			}
		} else {
			member, err = e.element(at, m)
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
	return g, nil
}

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

// mayMove refuses to take a resource out of where it stands and into one of that kind, where it cannot be, or where an empty shell
// would be left.
func (e *editor) mayMove(field string, x *etree.Element, into ha.ResourceKind) error {
	id := x.SelectAttrValue("id", "")
	if x.Tag != "primitive" && (into != ha.Clone || x.Tag != "group") {
		return e.wrong(field, "resource.nested", "it cannot be inside another", "id", id, "kind", x.Tag)
	}
	if x.SelectAttrValue("class", "") == "stonith" && into != "" {
		return e.wrong(field, "resource.nested", "a fence device stands by itself", "id", id, "kind", "stonith")
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
	} else if err := e.mayMove("id", res, map[bool]ha.ResourceKind{true: ha.Group}[parent.Tag == "group"]); err != nil {
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
	ids := func(list []ha.Resource) (ids []string) {
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		return ids
	}
	if want.Members != nil && !slices.Equal(ids(want.Members), ids(now.Members)) {
		return e.wrong("resource.members", "resource.members_fixed", "members come and go by placing them", "id", want.ID)
	}
	want.Members = now.Members // not part of this edit
	if err := e.within("resource.", ha.ValidateResource(ha.News(want, now))); err != nil {
		return err
	}
	if want.Meta["remote-node"] != now.Meta["remote-node"] {
		if want.Kind != ha.Primitive && want.Meta["remote-node"] != "" {
			return e.wrong("resource.meta.remote-node", "guest.primitive_only", "only a primitive carries a guest node", "id", want.ID)
		}
		if err := e.remoteFree("resource.", want, e.remotes()); err != nil {
			return err
		}
	}
	if err := e.setContainer(el, want, now); err != nil {
		return err
	}
	if err := e.exactly(parametersOf(el, want.ID, "resource.parameters"), want.Parameters); err != nil {
		return err
	}
	if want.Utilization != nil && !maps.Equal(want.Utilization, now.Utilization) {
		if err := e.exactly(utilizationOf(el, want.ID, "resource.utilization"), want.Utilization); err != nil {
			return err
		}
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
