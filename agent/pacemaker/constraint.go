package pacemaker

import (
	"github.com/beevik/etree"

	"hawser/internal/fault"
)

// AddConstraint adds a constraint element, or replaces the one of that ID.
func (c *CIB) AddConstraint(x *etree.Element) error {
	e := editor{cib: c}
	section := e.ensure("constraints")
	id := x.SelectAttrValue("id", "")
	if old := c.byID(id); old != nil {
		if old.Parent() != section {
			return fault.New(fault.Conflict, "constraint.id_taken", "the ID %s is taken", id).With("id", id)
		}
		if elementXML(old) == elementXML(x) {
			return nil
		}
		remove(old)
	}
	section.AddChild(x.Copy())
	return nil
}

// RemoveConstraint removes the constraint of that ID, if it is there.
func (c *CIB) RemoveConstraint(id string) error {
	if x := c.constraint(id); x != nil {
		remove(x)
	}
	return nil
}

// Constraint returns a copy of the constraint of that ID, or nil.
func (c *CIB) Constraint(id string) *etree.Element {
	if x := c.constraint(id); x != nil {
		return x.Copy()
	}
	return nil
}

func (c *CIB) constraint(id string) *etree.Element {
	section := c.section("constraints")
	if section == nil {
		return nil
	}
	for _, x := range section.ChildElements() {
		if x.SelectAttrValue("id", "") == id {
			return x
		}
	}
	return nil
}
