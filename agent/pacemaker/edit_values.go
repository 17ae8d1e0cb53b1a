package pacemaker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// target says where values are set.
type target struct {
	owner *etree.Element
	tag   string // of the sets
	set   string // ID of a set that has to be made
	field string // of the edit, for faults
}

func metaOf(owner *etree.Element, id, field string) target {
	return target{owner: owner, tag: "meta_attributes", set: id + "-meta_attributes", field: field}
}

func parametersOf(owner *etree.Element, id, field string) target {
	return target{owner: owner, tag: "instance_attributes", set: id + "-instance_attributes", field: field}
}

// setValues sets and removes name-value pairs and touches no others. Hidden keeps a secret as it is.
func (e *editor) setValues(t target, values map[string]string, unset []string) error {
	var f fault.Fields
	for _, name := range unset {
		if _, both := values[name]; both {
			f.Add(e.at+"unset", "field.contradiction", "set and unset at once", "name", name)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	sets := plainSets(t.owner, t.tag)
	slices.SortStableFunc(sets, func(a, b *etree.Element) int {
		first := func(x *etree.Element) int {
			if x.SelectAttrValue("id", "") == bootstrapSet {
				return 0
			}
			return 1
		}
		return first(a) - first(b)
	})
	empty := map[*etree.Element]bool{} // those that were so before are none of ours
	for _, s := range sets {
		empty[s] = len(s.Child) == 0
	}
	for _, name := range unset {
		if err := e.unset(t, sets, name); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := e.set(t, &sets, name, values[name]); err != nil {
			return err
		}
	}
	for _, s := range sets {
		if len(s.Child) == 0 && !empty[s] && s.SelectAttr("id-ref") == nil && s.SelectAttrValue("id", "") != bootstrapSet && !e.referred(s.SelectAttrValue("id", "")) {
			remove(s)
		}
	}
	return nil
}

func (e *editor) set(t target, sets *[]*etree.Element, name, value string) error {
	field := t.field + "." + name
	if name == "" || !valid(value) {
		return e.wrong(field, "attribute.value_invalid", "holds characters that XML cannot carry", "name", name)
	}
	pair, shared := e.find(*sets, name)
	if value == Hidden && IsSecret(name) {
		if pair == nil {
			return e.wrong(field, "secret.nothing_to_keep", "there is no stored value that *** could stand for", "name", name)
		}
		return nil
	}
	switch {
	case pair == nil:
	case pair.SelectAttrValue("value", "") == value:
		return nil
	case shared:
		return e.conflict(field, "resource.shared_attributes", "this value is shared with another resource by reference", "name", name)
	default:
		pair.CreateAttr("value", value)
		return nil
	}
	var set *etree.Element
	for _, s := range *sets {
		if s.SelectAttr("id-ref") == nil {
			set = s
			break
		}
	}
	if set == nil {
		set = etree.NewElement(t.tag)
		set.CreateAttr("id", e.newID(t.set))
		insertSet(t.owner, set)
		*sets = append(*sets, set)
	}
	holder := set
	if old := set.SelectElement("attributes"); old != nil {
		holder = old
	}
	pair = holder.CreateElement("nvpair")
	pair.CreateAttr("id", e.newID(set.SelectAttrValue("id", t.set)+"-"+name))
	pair.CreateAttr("name", name)
	pair.CreateAttr("value", value)
	return nil
}

func (e *editor) unset(t target, sets []*etree.Element, name string) error {
	for _, s := range sets {
		if s.SelectAttr("id-ref") != nil {
			if _, has := e.cib.merged([]*etree.Element{s})[name]; has {
				return e.conflict(t.field, "resource.shared_attributes", "this value is shared with another resource by reference", "name", name)
			}
			continue
		}
		for _, pair := range pairs(s) {
			if pair.SelectAttrValue("name", "") != name {
				continue
			}
			if id := pair.SelectAttrValue("id", ""); id != "" && e.referred(id) {
				return e.conflict(t.field, "resource.shared_attributes", "this value is shared with another resource by reference", "name", name)
			}
			remove(pair)
		}
	}
	return nil
}

// find returns the pair that decides the value of a name, and whether it belongs to somebody else as well.
func (e *editor) find(sets []*etree.Element, name string) (pair *etree.Element, shared bool) {
	for _, s := range sets {
		if ref := s.SelectAttrValue("id-ref", ""); ref != "" {
			if s, shared = e.cib.byID(ref), true; s == nil {
				continue
			}
		} else {
			shared = false
		}
		for _, p := range pairs(s) {
			inPlace := p
			if ref := p.SelectAttrValue("id-ref", ""); ref != "" {
				if inPlace = e.cib.byID(ref); inPlace == nil {
					continue
				}
			}
			own := p.SelectAttrValue("name", inPlace.SelectAttrValue("name", ""))
			if own == name {
				return inPlace, shared || inPlace != p
			}
		}
	}
	return nil, false
}

// referred says whether anything refers to an element by its ID.
func (e *editor) referred(id string) bool {
	var look func(x *etree.Element) bool
	look = func(x *etree.Element) bool {
		if x.SelectAttrValue("id-ref", "") == id {
			return true
		}
		return slices.ContainsFunc(x.ChildElements(), look)
	}
	return look(e.cib.configuration())
}

// insertSet puts a set of attributes where the schema wants it: before operations and members.
func insertSet(owner, set *etree.Element) {
	if set.Tag == "utilization" { // last in a primitive, and in a node
		owner.AddChild(set)
		return
	}
	for _, child := range owner.ChildElements() {
		_, isResource := kinds[child.Tag]
		if isResource || child.Tag == "operations" || child.Tag == "utilization" || child.Tag == "network" || child.Tag == "storage" {
			if set.Tag == "meta_attributes" && owner.Tag == "bundle" {
				continue // a bundle's meta attributes may stand last only
			}
			owner.InsertChildAt(child.Index(), set)
			return
		}
	}
	owner.AddChild(set)
}

// exactly makes values what a target's sets hold: the difference to what is there is set and unset.
func (e *editor) exactly(t target, values map[string]string) error {
	var gone []string
	for name := range e.cib.merged(plainSets(t.owner, t.tag)) {
		if _, wanted := values[name]; !wanted {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return e.setValues(t, values, gone)
}

// setOperations makes list the operations of a resource. An operation is known by its name and interval; where one name
// is left over on both sides it is the same operation with a new interval.
func (e *editor) setOperations(owner *etree.Element, id string, list []ha.Operation) error {
	r := reader{cib: e.cib, cfg: &ha.Config{}}
	holder := owner.SelectElement("operations")
	if holder == nil {
		if len(list) == 0 {
			return nil
		}
		holder = etree.NewElement("operations")
		insertOperations(owner, holder)
	}
	if holder.SelectAttr("id-ref") != nil {
		if !ha.SameOperations(r.operations("", holder), list) {
			return e.conflict("resource.operations", "resource.shared_attributes", "the operations are shared with another resource by reference", "name", "operations")
		}
		return nil
	}
	free := holder.SelectElements("op")
	take := func(match func(ha.Operation) bool) *etree.Element {
		for i, op := range free {
			if op.SelectAttr("id-ref") == nil && match(r.operation(op)) {
				free = slices.Delete(free, i, i+1)
				return op
			}
		}
		return nil
	}
	found := make([]*etree.Element, len(list))
	for i, want := range list {
		found[i] = take(func(o ha.Operation) bool {
			return o.Name == want.Name && ha.Milliseconds(o.Interval) == ha.Milliseconds(want.Interval)
		})
	}
	for i, want := range list {
		if found[i] == nil {
			found[i] = take(func(o ha.Operation) bool { return o.Name == want.Name })
		}
		isNew := found[i] == nil
		if isNew {
			found[i] = holder.CreateElement("op")
			text := want.Interval
			if text == "" {
				text = "0s"
			}
			found[i].CreateAttr("id", e.newID(id+"-"+want.Name+"-interval-"+text))
		}
		e.setOperation(found[i], want, isNew)
		field := fmt.Sprintf("resource.operations[%d].parameters", i)
		if err := e.operationParameters(found[i], want.Parameters, field); err != nil {
			return err
		}
	}
	for _, op := range free {
		if ref := op.SelectAttrValue("id", ""); ref != "" && e.referred(ref) {
			return e.conflict("resource.operations", "resource.shared_attributes", "an operation is shared with another resource by reference", "name", ref)
		}
		remove(op)
	}
	return nil
}

// setOperation brings an op element to want and leaves alone what is so already.
func (e *editor) setOperation(op *etree.Element, want ha.Operation, isNew bool) {
	was := reader{cib: e.cib, cfg: &ha.Config{}}.operation(op)
	e.opValue(op, "name", was.Name, want.Name)
	if ha.Milliseconds(was.Interval) != ha.Milliseconds(want.Interval) || isNew { // one that somebody left out stays out
		text := want.Interval
		if text == "" {
			text = "0s"
		}
		e.opValue(op, "interval", was.Interval, text)
	}
	e.opValue(op, "timeout", was.Timeout, want.Timeout)
	e.opValue(op, "on-fail", was.OnFail, want.OnFail)
	if was.Role != want.Role {
		e.opValue(op, "role", was.Role, e.cib.Role(want.Role))
	}
	names := slices.Collect(maps.Keys(was.Options))
	for name := range want.Options {
		if _, had := was.Options[name]; !had {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		e.opValue(op, name, was.Options[name], want.Options[name])
	}
}

// operationParameters makes values the parameters of an operation. Options that stand among them are none.
func (e *editor) operationParameters(op *etree.Element, values map[string]string, field string) error {
	id := op.SelectAttrValue("id", "op")
	var gone []string
	for name := range e.cib.merged(plainSets(op, "instance_attributes")) {
		if _, wanted := values[name]; !wanted && !slices.Contains(opOptions, name) {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return e.setValues(parametersOf(op, id, field), values, gone)
}

// opValue sets one value of an operation, where it stands now or else where it belongs.
func (e *editor) opValue(op *etree.Element, name, was, want string) {
	if was == want {
		return
	}
	standard := slices.Contains(opAttributes, name) || slices.Contains([]string{"name", "interval", "timeout", "on-fail", "role"}, name)
	if a := op.SelectAttr(name); a != nil {
		if standard && want != "" {
			a.Value = want
			return
		}
		op.RemoveAttr(name)
	}
	var place *etree.Element
	for _, set := range append(op.SelectElements("meta_attributes"), op.SelectElements("instance_attributes")...) {
		for _, p := range pairs(set) {
			if p.SelectAttrValue("name", "") == name && p.SelectAttr("id-ref") == nil {
				if place = p; want == "" {
					remove(p)
				}
			}
		}
		if want == "" && len(set.ChildElements()) == 0 {
			remove(set)
		}
	}
	switch {
	case want == "":
	case place != nil:
		place.CreateAttr("value", want)
	case standard:
		op.CreateAttr(name, want)
	default:
		set := op.SelectElement("meta_attributes")
		if set == nil {
			set = op.CreateElement("meta_attributes")
			set.CreateAttr("id", e.newID(op.SelectAttrValue("id", "op")+"-meta_attributes"))
		}
		pair := set.CreateElement("nvpair")
		pair.CreateAttr("id", e.newID(set.SelectAttrValue("id", "")+"-"+name))
		pair.CreateAttr("name", name)
		pair.CreateAttr("value", want)
	}
}

// insertOperations puts <operations> after the attributes of a primitive.
func insertOperations(owner, operations *etree.Element) {
	for _, child := range owner.ChildElements() {
		if child.Tag == "utilization" {
			owner.InsertChildAt(child.Index(), operations)
			return
		}
	}
	owner.AddChild(operations)
}

// valid says whether XML can carry a text.
func valid(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffd || r == 0xfffe || r == 0xffff
	})
}
