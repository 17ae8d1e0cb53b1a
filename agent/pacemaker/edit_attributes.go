package pacemaker

import (
	"maps"
	"slices"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// sets keeps what stands beside the sets of values of a section: sets with a rule by themselves, the rest as it is.
func (r reader) sets(path string, section *etree.Element, owner string, kinds map[string]string) {
	for _, child := range section.ChildElements() {
		r.set(path, child, owner, kinds)
	}
}

// set reads a set with a rule. One without is part of what owns it.
func (r reader) set(path string, e *etree.Element, owner string, kinds map[string]string) {
	kind, known := kinds[e.Tag]
	switch {
	case known && !ruled(e):
		return
	case known:
		if s, whole := r.attributeSet(e); whole {
			s.Kind, s.Resource = kind, owner
			r.cfg.AttributeSets = append(r.cfg.AttributeSets, s)
			return
		}
	}
	r.other(path, e)
}

func (r reader) attributeSet(e *etree.Element) (ha.AttributeSet, bool) {
	s := ha.AttributeSet{ID: e.SelectAttrValue("id", ""), Values: map[string]string{}}
	whole := take(e, []field{{"score", &s.Score}}) && s.ID != ""
	for _, child := range e.ChildElements() {
		switch {
		case child.Tag == "rule" && s.Rule == nil:
			s.Rule = rule(child)
			whole = whole && s.Rule != nil
		case child.Tag == "nvpair" && child.SelectAttr("id-ref") == nil:
			name, value := child.SelectAttrValue("name", ""), child.SelectAttrValue("value", "")
			_, twice := s.Values[name]
			whole = whole && name != "" && !twice
			s.Values[name] = r.cib.shown(name, value)
		default:
			whole = false
		}
	}
	return s, whole
}

// attributeSetTags are the elements of attribute sets by their kinds.
var attributeSetTags = map[string]string{
	ha.ParameterSet: "instance_attributes", ha.MetaSet: "meta_attributes", ha.PropertySet: "cluster_property_set",
	ha.ResourceDefaultSet: "meta_attributes", ha.OpDefaultSet: "meta_attributes",
}

// putAttributes makes a set with a rule, or changes the one of that ID.
func (e *editor) putAttributes(x ha.Edit) error {
	if x.Attributes == nil {
		return e.wrong("attributes", "field.required", "missing")
	}
	want := *x.Attributes
	had, now := e.attributeSet(want.ID)
	if now != nil && now.Kind == want.Kind && now.Resource == want.Resource && now.Score == want.Score && now.Rule.Equal(want.Rule) && maps.Equal(now.Values, want.Values) {
		return nil // as it is
	}
	if err := e.within("attributes.", ha.ValidateAttributeSet(want)); err != nil {
		return err
	}
	switch {
	case had == nil && e.cib.byID(want.ID) != nil:
		return e.conflict("attributes.id", "attributes.id_taken", "this ID is taken", "id", want.ID)
	case now != nil && (now.Kind != want.Kind || now.Resource != want.Resource):
		return e.wrong("attributes.kind", "attributes.place_fixed", "a set stays where it is", "id", want.ID)
	case had == nil:
		owner := map[string]func() *etree.Element{
			ha.PropertySet:        func() *etree.Element { return e.ensure("crm_config") },
			ha.ResourceDefaultSet: func() *etree.Element { return e.ensure("rsc_defaults") },
			ha.OpDefaultSet:       func() *etree.Element { return e.ensure("op_defaults") },
		}[want.Kind]
		had = etree.NewElement(attributeSetTags[want.Kind])
		had.CreateAttr("id", want.ID)
		e.ids[want.ID] = true
		if want.Score == "" {
			want.Score = "1"
		}
		if owner != nil {
			owner().AddChild(had)
		} else if r := e.resource(want.Resource); r != nil {
			insertSet(r, had)
		} else {
			return e.noResource("attributes.resource", want.Resource)
		}
	}
	if old := had.SelectAttr("score"); want.Score != "" && (old == nil || old.Value != want.Score) {
		had.CreateAttr("score", want.Score)
	} else if want.Score == "" {
		had.RemoveAttr("score")
	}
	made := ruleElement(*want.Rule, "INFINITY")
	if old := had.SelectElement("rule"); old != nil {
		become(old, made)
	} else {
		had.InsertChildAt(0, made)
	}
	e.fillIDs(had, want.ID)
	return e.pairsBecome(had, want.Values)
}

// pairsBecome makes the pairs of a set exactly these. Hidden keeps a secret as it is.
func (e *editor) pairsBecome(set *etree.Element, values map[string]string) error {
	id := set.SelectAttrValue("id", "")
	left := maps.Clone(values)
	for _, pair := range set.SelectElements("nvpair") {
		name := pair.SelectAttrValue("name", "")
		value, wanted := left[name]
		delete(left, name)
		switch {
		case !wanted:
			remove(pair)
		case value == Hidden && IsSecret(name):
		case pair.SelectAttrValue("value", "") != value:
			pair.CreateAttr("value", value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if left[name] == Hidden && IsSecret(name) {
			return e.wrong("attributes.values."+name, "secret.nothing_to_keep", "there is no stored value that *** could stand for", "name", name)
		}
		pair := set.CreateElement("nvpair")
		pair.CreateAttr("id", e.newID(id+"-"+name))
		pair.CreateAttr("name", name)
		pair.CreateAttr("value", left[name])
	}
	return nil
}

// attributeSet returns the set with a rule that has that ID, and what it says.
func (e *editor) attributeSet(id string) (*etree.Element, *ha.AttributeSet) {
	for _, s := range e.cib.Config().AttributeSets {
		if s.ID == id {
			return e.cib.byID(id), &s
		}
	}
	return nil, nil
}

func (e *editor) deleteAttributes(id string) error {
	had, _ := e.attributeSet(id)
	if had == nil {
		f := fault.New(fault.NotFound, "attributes.unknown", "no attribute set with a rule has the ID %q", id).With("id", id)
		f.Fields = []fault.Field{{Path: e.at + "id", Reason: f.Reason, Message: f.Message, Args: f.Args}}
		return f
	}
	if e.referred(id) {
		return e.conflict("id", "resource.shared_attributes", "the set is shared with another resource by reference", "name", id)
	}
	remove(had)
	return nil
}

// setUtilization sets and removes what a resource takes, or what a node has.
func (e *editor) setUtilization(x ha.Edit) error {
	if err := e.within("", ha.ValidateUtilization("values", x.Values)); err != nil {
		return err
	}
	if x.Node != "" {
		node, err := e.nodeFor(x)
		if node == nil {
			return err
		}
		return e.setValues(target{owner: node, tag: "utilization", set: "nodes-" + node.SelectAttrValue("id", "") + "-utilization", field: "values"}, x.Values, x.Unset)
	}
	owner := e.resource(x.ID)
	if owner == nil {
		return e.noResource("id", x.ID)
	}
	if owner.Tag != "primitive" && owner.Tag != "template" {
		return e.wrong("id", "resource.utilization_unwanted", "only a primitive has utilization", "id", x.ID)
	}
	return e.setValues(utilizationOf(owner, x.ID, "values"), x.Values, x.Unset)
}

func utilizationOf(owner *etree.Element, id, field string) target {
	return target{owner: owner, tag: "utilization", set: id + "-utilization", field: field}
}
