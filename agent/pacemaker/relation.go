package pacemaker

import (
	"slices"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// field is an attribute of an element and where the model has it.
type field struct {
	name  string
	value *string
}

// constraintFields are the attributes of a constraint of that kind, in the order in which they are written.
func constraintFields(c *ha.Constraint) []field {
	switch c.Kind {
	case ha.Location:
		return []field{
			{"rsc", &c.Resource},
			{"rsc-pattern", &c.Pattern},
			{"role", &c.Role},
			{"node", &c.Node},
			{"score", &c.Score},
			{"resource-discovery", &c.Discovery},
		}
	case ha.Colocation:
		return []field{
			{"rsc", &c.Resource},
			{"rsc-role", &c.Role},
			{"with-rsc", &c.With},
			{"with-rsc-role", &c.WithRole},
			{"node-attribute", &c.NodeAttribute},
			{"score", &c.Score},
			{"influence", &c.Influence},
		}
	case ha.Order:
		return []field{
			{"first", &c.First},
			{"then", &c.Then},
			{"first-action", &c.Action},
			{"then-action", &c.ThenAction},
			{"kind", &c.OrderKind},
			{"symmetrical", &c.Symmetrical},
			{"require-all", &c.RequireAll},
			{"score", &c.Score},
		}
	case ha.Ticket:
		return []field{{"rsc", &c.Resource}, {"rsc-role", &c.Role}, {"ticket", &c.Ticket}, {"loss-policy", &c.LossPolicy}}
	}
	return nil
}

func setFields(s *ha.ResourceSet) []field {
	return []field{
		{"sequential", &s.Sequential},
		{"require-all", &s.RequireAll},
		{"ordering", &s.Ordering},
		{"action", &s.Action},
		{"role", &s.Role},
		{"score", &s.Score},
		{"kind", &s.Kind},
	}
}

func ruleFields(r *ha.Rule) []field {
	return []field{{"score", &r.Score}, {"score-attribute", &r.ScoreAttribute}, {"role", &r.Role}, {"boolean-op", &r.Bool}}
}

func expressionFields(x *ha.Expression) []field {
	return []field{
		{"attribute", &x.Attribute}, {"operation", &x.Operation}, {"type", &x.Type}, {"value", &x.Value}, {"value-source", &x.Source},
	}
}

func dateFields(d *ha.DateMatch) []field {
	return []field{{"operation", &d.Operation}, {"start", &d.Start}, {"end", &d.End}}
}

func agentFields(m *ha.AgentMatch) []field {
	return []field{{"class", &m.Class}, {"provider", &m.Provider}, {"type", &m.Type}}
}

func opFields(m *ha.OpMatch) []field {
	return []field{{"name", &m.Name}, {"interval", &m.Interval}}
}

// take reads attributes into their fields and says whether there are no others. An ID is nobody's field.
func take(e *etree.Element, fields []field) bool {
	for _, a := range e.Attr {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == a.FullKey() })
		switch {
		case i >= 0:
			*fields[i].value = a.Value
		case a.FullKey() != "id":
			return false
		}
	}
	return true
}

// put makes an element of fields that are set. Where it needs an ID of its own, fillIDs gives it one.
func put(tag string, withID bool, fields []field) *etree.Element {
	e := etree.NewElement(tag)
	if withID {
		e.CreateAttr("id", "")
	}
	for _, f := range fields {
		if *f.value != "" {
			e.CreateAttr(f.name, *f.value)
		}
	}
	return e
}

// constraint reads a constraint. One that says more than ha.Constraint can is Complex.
func constraint(e *etree.Element) (ha.Constraint, bool) {
	c := ha.Constraint{ID: e.SelectAttrValue("id", ""), XML: elementXML(e)}
	switch e.Tag {
	case "rsc_location":
		c.Kind = ha.Location
	case "rsc_colocation":
		c.Kind = ha.Colocation
	case "rsc_order":
		c.Kind = ha.Order
	case "rsc_ticket":
		c.Kind = ha.Ticket
	default:
		return c, false
	}
	whole := take(e, constraintFields(&c))
	for _, child := range e.ChildElements() {
		switch {
		case child.Tag == "resource_set":
			set, understood := resourceSet(child)
			c.Sets = append(c.Sets, set)
			whole = whole && understood
		case child.Tag == "rule" && c.Kind == ha.Location && c.Rule == nil && c.Node == "" && c.Score == "":
			c.Rule = rule(child)
			whole = whole && c.Rule != nil
		default: // a second rule, a lifetime
			whole = false
		}
	}
	one := map[ha.ConstraintKind]bool{
		ha.Location: c.Resource != "" || c.Pattern != "", ha.Colocation: c.Resource != "" && c.With != "",
		ha.Order: c.First != "" && c.Then != "", ha.Ticket: c.Resource != "",
	}[c.Kind]
	whole = whole && one != (len(c.Sets) > 0)
	switch c.Kind {
	case ha.Location:
		whole = whole && (c.Rule != nil || c.Node != "" && c.Score != "")
	case ha.Colocation:
		whole = whole && (c.Score != "" || len(c.Sets) > 0)
	case ha.Ticket:
		whole = whole && c.Ticket != ""
	}
	if c.Complex = !whole; c.Complex { // half of it would be a lie
		c.Sets, c.Rule = nil, nil
	}
	return c, true
}

func resourceSet(e *etree.Element) (ha.ResourceSet, bool) {
	s := ha.ResourceSet{Resources: []string{}}
	whole := take(e, setFields(&s))
	for _, ref := range e.ChildElements() {
		s.Resources = append(s.Resources, ref.SelectAttrValue("id", ""))
		whole = whole && ref.Tag == "resource_ref" && len(ref.Attr) == 1 && len(ref.ChildElements()) == 0
	}
	return s, whole && len(s.Resources) > 0
}

// rule reads a rule, nil where it says more than ha.Rule can: by reference, or with conditions that are not known.
func rule(e *etree.Element) *ha.Rule {
	r := &ha.Rule{}
	if !take(e, ruleFields(r)) {
		return nil
	}
	for _, child := range e.ChildElements() {
		var x ha.Expression
		whole := len(child.ChildElements()) == 0
		switch child.Tag {
		case "expression":
			whole = whole && take(child, expressionFields(&x)) && x.Attribute != "" && x.Operation != ""
		case "date_expression":
			x.Date = date(child)
			whole = x.Date != nil
		case "rsc_expression":
			x.Agent = &ha.AgentMatch{}
			whole = whole && take(child, agentFields(x.Agent))
		case "op_expression":
			x.Op = &ha.OpMatch{}
			whole = whole && take(child, opFields(x.Op)) && x.Op.Name != ""
		case "rule":
			x.Rule = rule(child)
			whole = x.Rule != nil
		default:
			whole = false
		}
		if !whole {
			return nil
		}
		r.Expressions = append(r.Expressions, x)
	}
	if len(r.Expressions) == 0 {
		return nil
	}
	return r
}

func date(e *etree.Element) *ha.DateMatch {
	d := &ha.DateMatch{}
	if !take(e, dateFields(d)) {
		return nil
	}
	for _, child := range e.ChildElements() {
		var units *map[string]string
		switch child.Tag {
		case "date_spec":
			units = &d.Spec
		case "duration":
			units = &d.Duration
		default:
			return nil
		}
		if *units != nil || len(child.ChildElements()) > 0 {
			return nil
		}
		*units = map[string]string{}
		for _, a := range child.Attr {
			if a.Key != "id" {
				(*units)[a.Key] = a.Value
			}
		}
	}
	if d.Operation == "" { // what it is where nothing is said
		return nil
	}
	return d
}

// constraintElement writes a constraint, without the IDs of what is in it.
func constraintElement(c ha.Constraint) *etree.Element {
	e := put("rsc_"+string(c.Kind), true, constraintFields(&c))
	e.CreateAttr("id", c.ID)
	for _, s := range c.Sets {
		set := put("resource_set", true, setFields(&s))
		for _, id := range s.Resources {
			set.CreateElement("resource_ref").CreateAttr("id", id)
		}
		e.AddChild(set)
	}
	if c.Rule != nil {
		e.AddChild(ruleElement(*c.Rule, ""))
	}
	return e
}

// ruleElement writes a rule. The schema wants a score of every rule, although only a location constraint's means something:
// otherwise is the one that is written where the rule has none.
func ruleElement(r ha.Rule, otherwise string) *etree.Element {
	if r.Score == "" && r.ScoreAttribute == "" {
		r.Score = otherwise
	}
	e := put("rule", true, ruleFields(&r))
	for _, x := range r.Expressions {
		switch {
		case x.Rule != nil:
			e.AddChild(ruleElement(*x.Rule, "0"))
		case x.Date != nil:
			d := put("date_expression", true, dateFields(x.Date))
			for _, part := range []struct {
				tag   string
				units map[string]string
			}{{"date_spec", x.Date.Spec}, {"duration", x.Date.Duration}} {
				if part.units == nil {
					continue
				}
				units := put(part.tag, true, nil)
				for _, unit := range ha.Units(part.units) {
					units.CreateAttr(unit, part.units[unit])
				}
				d.AddChild(units)
			}
			e.AddChild(d)
		case x.Agent != nil:
			e.AddChild(put("rsc_expression", true, agentFields(x.Agent)))
		case x.Op != nil:
			e.AddChild(put("op_expression", true, opFields(x.Op)))
		default:
			e.AddChild(put("expression", true, expressionFields(&x)))
		}
	}
	return e
}

// suffixes are what pcs puts behind the ID of the element around.
var suffixes = map[string]string{
	"rule": "-rule", "expression": "-expr", "date_expression": "-expr", "rsc_expression": "-expr", "op_expression": "-expr",
	"date_spec": "-datespec", "duration": "-duration", "resource_set": "-set", "port-mapping": "-port-map", "storage-mapping": "-storage-map",
}

// fillIDs gives an ID to every element below e that needs one and has none.
func (e *editor) fillIDs(x *etree.Element, base string) {
	for _, child := range x.ChildElements() {
		id := base
		if a := child.SelectAttr("id"); a != nil && a.Value == "" {
			a.Value = e.newID(base + suffixes[child.Tag])
			id = a.Value
		} else if a != nil {
			id = a.Value
		}
		e.fillIDs(child, id)
	}
}

// become makes an element say what another one says, and keeps the IDs of what stays. What is the same is not touched.
func become(old, want *etree.Element) {
	for i := len(old.Attr) - 1; i >= 0; i-- {
		if key := old.Attr[i].FullKey(); key != "id" && want.SelectAttr(key) == nil {
			old.RemoveAttr(key)
		}
	}
	for _, a := range want.Attr {
		if a.FullKey() != "id" || a.Value != "" {
			if was := old.SelectAttr(a.FullKey()); was == nil || was.Value != a.Value {
				old.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	was, is := old.ChildElements(), want.ChildElements()
	same := func(a, b *etree.Element) bool {
		return a.Tag == b.Tag && (b.SelectAttrValue("id", "") == "" || a.SelectAttrValue("id", "") == b.SelectAttrValue("id", ""))
	}
	if slices.EqualFunc(was, is, same) {
		for i := range was {
			become(was[i], is[i])
		}
		return
	}
	for _, child := range was {
		remove(child)
	}
	for _, child := range is {
		if i := slices.IndexFunc(was, func(o *etree.Element) bool { return same(o, child) }); i >= 0 {
			kept := was[i]
			was = slices.Delete(was, i, i+1)
			become(kept, child)
			child = kept
		}
		old.AddChild(child)
	}
}
