package pacemaker

import (
	"maps"
	"reflect"
	"slices"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

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
	old := e.cib.byID(c.ID)
	if old != nil {
		if was, isConstraint := constraint(old); isConstraint && sameConstraint(was, c) {
			return nil // made before
		}
	}
	if err := e.checkConstraint(c); err != nil {
		return err
	}
	if old != nil {
		return e.conflict("constraint.id", "constraint.id_taken", "this ID is taken", "id", c.ID)
	}
	e.ids[c.ID] = true
	el := constraintElement(e.withRoles(c))
	e.fillIDs(el, c.ID)
	e.ensure("constraints").AddChild(el)
	return nil
}

// updateConstraint makes a constraint exactly this. What it has in common with what it was keeps its IDs.
func (e *editor) updateConstraint(x ha.Edit) error {
	if x.Constraint == nil {
		return e.wrong("constraint", "field.required", "missing")
	}
	c := *x.Constraint
	old := e.cib.constraint(c.ID)
	if old == nil {
		return e.noConstraint("constraint.id", c.ID)
	}
	was, _ := constraint(old)
	switch {
	case was.Complex:
		return e.conflict("constraint.id", "constraint.complex", "it says more than can be edited", "id", c.ID)
	case was.Kind != c.Kind:
		return e.wrong("constraint.kind", "constraint.kind_fixed", "the kind of a constraint cannot be changed", "id", c.ID, "kind", string(was.Kind))
	case sameConstraint(was, c):
		return nil
	}
	if err := e.checkConstraint(c); err != nil {
		return err
	}
	become(old, constraintElement(e.withRoles(c)))
	e.fillIDs(old, c.ID)
	return nil
}

// checkConstraint refuses a constraint that cannot be, by itself or by what there is.
func (e *editor) checkConstraint(c ha.Constraint) error {
	if err := e.within("constraint.", ha.ValidateConstraint(c)); err != nil {
		return err
	}
	named := c.References()
	for _, field := range slices.Sorted(maps.Keys(named)) {
		if !e.exists(named[field]) {
			return e.noResource("constraint."+field, named[field])
		}
	}
	if c.Kind == ha.Location && c.Node != "" {
		if !e.hasNode(c.Node) {
			f := fault.New(fault.NotFound, "node.unknown", "no node %q", c.Node).With("node", c.Node)
			f.Fields = []fault.Field{{Path: e.at + "constraint.node", Reason: f.Reason, Message: f.Message, Args: f.Args}}
			return f
		}
	}
	return nil
}

// sameConstraint says whether two constraints mean the same. Master and Slave are other words for promoted and unpromoted.
func sameConstraint(a, b ha.Constraint) bool {
	if a.Complex || b.Complex {
		return false
	}
	plain := func(c ha.Constraint) ha.Constraint {
		c = eachRole(c, func(role string) string {
			switch role {
			case "Master":
				return "Promoted"
			case "Slave":
				return "Unpromoted"
			}
			return role
		})
		c.XML = ""
		if len(c.Sets) == 0 {
			c.Sets = nil
		}
		return c
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// withRoles says roles in the words that the schema of the CIB knows.
func (e *editor) withRoles(c ha.Constraint) ha.Constraint { return eachRole(c, e.cib.Role) }

// Role says a role in the word that the schema knows: Promoted and Unpromoted are new in 3.7.
func (c *CIB) Role(role string) string {
	v, known := schema(c.root.SelectAttrValue("validate-with", ""))
	if !known || v[0] > 3 || v[0] == 3 && v[1] >= 7 {
		return role
	}
	switch role {
	case "Promoted":
		return "Master"
	case "Unpromoted":
		return "Slave"
	}
	return role
}

// eachRole returns a copy of a constraint with its roles changed.
func eachRole(c ha.Constraint, change func(string) string) ha.Constraint {
	c.Role, c.WithRole = change(c.Role), change(c.WithRole)
	c.Sets = slices.Clone(c.Sets)
	for i := range c.Sets {
		c.Sets[i].Role = change(c.Sets[i].Role)
	}
	if c.Rule != nil {
		r := *c.Rule
		r.Role = change(r.Role)
		c.Rule = &r
	}
	return c
}

func (e *editor) deleteConstraint(id string) error {
	if el := e.cib.constraint(id); el != nil {
		remove(el)
		return nil
	}
	return e.noConstraint("id", id)
}

func (e *editor) noConstraint(field, id string) error {
	f := fault.New(fault.NotFound, "constraint.unknown", "no constraint %q", id).With("id", id)
	f.Fields = []fault.Field{{Path: e.at + field, Reason: f.Reason, Message: f.Message, Args: f.Args}}
	return f
}

// orderEdits are the edits that may close a circle among the orders.
var orderEdits = []ha.EditOp{ha.CreateConstraint, ha.UpdateConstraint, ha.PlaceResource, ha.CreateResource, ha.UpdateTag}

// checkOrders refuses edits that close a circle of orders. One that is there already is none of their fault.
func (c *CIB) checkOrders(before ha.Config, edits []ha.Edit) error {
	path, by := ha.NewCycle(before, c.Config())
	if path == nil {
		return nil
	}
	e := editor{}
	field := "edits"
	for i, x := range edits {
		switch {
		case x.Constraint != nil && x.Constraint.ID == by:
			e.at = editAt(i)
			field = "constraint.then"
			if len(x.Constraint.Sets) > 0 {
				field = "constraint.sets"
			}
		case x.Op == ha.PlaceResource && x.Group == by:
			e.at, field = editAt(i), "group"
		case x.Resource != nil && (x.Resource.ID == by || x.Group == by):
			e.at, field = editAt(i), "resource.members"
		}
	}
	return e.wrong(field, "order.cycle", "each would wait for the next", "path", arrows(path), "by", by)
}

func arrows(path []string) string {
	text := ""
	for i, id := range path {
		if i > 0 {
			text += " → "
		}
		text += id
	}
	return text
}
