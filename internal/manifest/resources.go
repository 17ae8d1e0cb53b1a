package manifest

import (
	"maps"
	"slices"

	"hawser/internal/ha"
)

// resources makes those that are new, moves those that belong elsewhere, removes those that are not wanted, and edits the rest.
func (p *planner) resources() {
	for i, r := range p.want.Resources {
		p.make(p.should[r.ID], p.want.Resources[i])
	}
	p.remove(p.now.Resources)
	p.update(p.want.Resources)
}

// movable says whether a resource may be moved between these places: primitives into, out of and between groups.
func movable(r ha.Resource, from, to ha.ResourceKind) bool {
	in := func(k ha.ResourceKind) bool { return k == "" || k == ha.Group }
	return r.Kind == ha.Primitive && in(from) && in(to)
}

// make makes what is new at the top, and goes on to what it holds where it is there already.
func (p *planner) make(s spot, r ha.Resource) {
	was, exists := p.is[r.ID]
	switch {
	case !exists:
		p.edit(s.at, ha.Edit{Op: ha.CreateResource, ID: r.ID, Resource: p.fresh(s, r)})
		return
	case was.parent != "" && s.parent == "":
		if !movable(r, was.kind, "") {
			p.refuse(s.at, "manifest.move", "it cannot be moved there", "id", r.ID, "from", was.parent)
			return
		}
		p.edit(s.at, ha.Edit{Op: ha.PlaceResource, ID: r.ID})
	}
	if r.Kind == ha.Group && was.Kind == ha.Group {
		p.members(r, was.Resource)
		return
	}
	for _, m := range r.Members {
		inner := p.should[m.ID]
		held, has := p.is[m.ID]
		if !has || held.parent != r.ID {
			p.refuse(inner.at, "manifest.move", "it cannot be moved there", "id", m.ID, "from", held.parent)
			continue
		}
		p.make(inner, m)
	}
}

// fresh is a new resource as an edit has it: a member that is there already is named only, and moves in.
func (p *planner) fresh(s spot, r ha.Resource) *ha.Resource {
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		if r.Parameters[name] == kept {
			p.refuse(s.at+".parameters."+name, "manifest.secret", "a new resource has no secret that could stay", "name", name)
		}
	}
	out := r
	out.Members = nil
	for _, m := range r.Members {
		inner := p.should[m.ID]
		if was, exists := p.is[m.ID]; exists {
			if !movable(m, was.kind, "") {
				p.refuse(inner.at, "manifest.move", "it cannot be moved there", "id", m.ID, "from", was.parent)
			}
			out.Members = append(out.Members, ha.Resource{ID: m.ID, Kind: m.Kind})
			continue
		}
		out.Members = append(out.Members, *p.fresh(inner, m))
	}
	return &out
}

// members brings the members of a group into their order, from the last to the first.
func (p *planner) members(want, now ha.Resource) {
	var current []string
	for _, m := range now.Members {
		if s, stays := p.should[m.ID]; stays && s.parent == want.ID {
			current = append(current, m.ID)
		}
	}
	next := ""
	for i := len(want.Members) - 1; i >= 0; i-- {
		m := want.Members[i]
		s := p.should[m.ID]
		was, exists := p.is[m.ID]
		at := slices.Index(current, m.ID)
		switch {
		case !exists:
			p.edit(s.at, ha.Edit{Op: ha.CreateResource, ID: m.ID, Resource: p.fresh(s, m), Group: want.ID, Before: next})
		case !movable(m, was.kind, ha.Group):
			p.refuse(s.at, "manifest.move", "it cannot be moved there", "id", m.ID, "from", was.parent)
		case at < 0:
			p.edit(s.at, ha.Edit{Op: ha.PlaceResource, ID: m.ID, Group: want.ID, Before: next})
		case at+1 < len(current) && current[at+1] != next, at+1 == len(current) && next != "":
			p.edit(s.at, ha.Edit{Op: ha.PlaceResource, ID: m.ID, Group: want.ID, Before: next})
			current = slices.Delete(current, at, at+1)
		default:
			next = m.ID
			continue
		}
		if at = slices.Index(current, next); at < 0 {
			at = len(current)
		}
		if !slices.Contains(current, m.ID) {
			current = slices.Insert(current, at, m.ID)
		}
		next = m.ID
	}
}

// remove removes what is not wanted, with what it holds.
func (p *planner) remove(list []ha.Resource) {
	for _, r := range list {
		if _, stays := p.should[r.ID]; stays {
			p.remove(r.Members)
			continue
		}
		p.edit("resources", ha.Edit{Op: ha.DeleteResource, ID: r.ID})
		for _, m := range r.Members {
			p.rescued(m)
		}
	}
}

// rescued refuses to keep a resource whose holder goes, unless it has been moved out of it before.
func (p *planner) rescued(r ha.Resource) {
	if s, stays := p.should[r.ID]; stays && s.parent == p.is[r.ID].parent {
		p.refuse(s.at, "manifest.move", "it cannot be moved there", "id", r.ID, "from", s.parent)
	}
	for _, m := range r.Members {
		p.rescued(m)
	}
}

// update edits what is there and should be otherwise.
func (p *planner) update(list []ha.Resource) {
	for i := range list {
		r := list[i]
		s, was := p.should[r.ID], p.is[r.ID]
		p.update(r.Members)
		if was.ID == "" {
			continue // new
		}
		switch {
		case r.Kind != was.Kind:
			p.refuse(s.at+".kind", "resource.kind_fixed", "a kind cannot be changed", "id", r.ID, "kind", string(was.Kind))
			continue
		case r.Agent != was.Agent || r.Template != was.Template:
			p.refuse(s.at+".agent", "resource.agent_fixed", "an agent cannot be changed", "id", r.ID, "agent", was.Agent)
			continue
		}
		a, b := r, was.Resource
		a.Members, b.Members = nil, nil
		if !same(a, b) {
			a.Members = was.Members // not part of the edit
			p.edit(s.at, ha.Edit{Op: ha.UpdateResource, ID: r.ID, Resource: &a})
		}
	}
}
