package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Plan is what has to be changed to make a cluster what a document says.
type Plan struct {
	Edits []ha.Edit
	// At are the places in the document that the edits come from, one for each.
	At []string
}

// kept stands for a secret in a document: it stays what it is.
const kept = "***"

// planner makes a Plan. What is there already is now, what should be there want.
type planner struct {
	now    ha.Config
	want   Document
	places Places
	plan   Plan
	faults fault.Fields
	is     map[string]spot // resources that are there
	should map[string]spot // resources that should be
}

// spot is a resource at its place.
type spot struct {
	ha.Resource
	parent string // ID, empty at the top
	kind   ha.ResourceKind
	at     string // path in the document
}

// Compare returns what has to be changed in a cluster of this configuration. Refused is what no edit can do; the cluster itself has
// the last word on the rest.
func Compare(now ha.Config, want Document, places Places) (Plan, error) {
	p := planner{now: now, want: want, places: places, is: map[string]spot{}, should: map[string]spot{}}
	p.index(p.is, now.Resources, spot{}, "")
	if want.Resources != nil {
		p.index(p.should, want.Resources, spot{}, "resources")
	} else {
		p.should = p.is
	}
	p.values(ha.SetProperties, "properties", now.Properties, want.Properties, own)
	p.values(ha.SetResourceDefault, "resourceDefaults", now.ResourceDefaults, want.ResourceDefaults, nil)
	p.values(ha.SetOpDefault, "operationDefaults", now.OperationDefaults, want.OperationDefaults, nil)
	p.nodes()
	made := p.constraints()
	p.tagsGone()
	p.levels(false)
	if want.Resources != nil {
		p.resources()
	}
	p.tagsMade()
	p.plan.Edits, p.plan.At = append(p.plan.Edits, made.Edits...), append(p.plan.At, made.At...)
	p.levels(true)
	return p.plan, p.faults.Err()
}

// same compares values as a file would have them: nothing and an empty list are one.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func (p *planner) edit(at string, e ha.Edit) {
	p.plan.Edits, p.plan.At = append(p.plan.Edits, e), append(p.plan.At, at)
}

func (p *planner) refuse(at, reason, message string, pairs ...string) {
	if line := p.places[at]; line > 0 {
		pairs = append(pairs, "line", strconv.Itoa(line))
	}
	p.faults.Add(at, reason, message, pairs...)
}

// index notes resources by ID.
func (p *planner) index(into map[string]spot, list []ha.Resource, parent spot, at string) {
	for i, r := range list {
		here := fmt.Sprintf("%s[%d]", at, i)
		if _, twice := into[r.ID]; twice && at != "" {
			p.refuse(here+".id", "resource.id_taken", "given twice", "id", r.ID)
			continue
		}
		s := spot{Resource: r, parent: parent.ID, kind: parent.Kind, at: here}
		into[r.ID] = s
		p.index(into, r.Members, s, here+".members")
	}
}

// difference returns what to set and to remove so that now becomes want.
func difference(now, want map[string]string, leave []string) (set map[string]string, unset []string) {
	for name, value := range want {
		if old, has := now[name]; (!has || old != value) && !slices.Contains(leave, name) {
			if set == nil {
				set = map[string]string{}
			}
			set[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, has := want[name]; !has && !slices.Contains(leave, name) {
			unset = append(unset, name)
		}
	}
	return set, unset
}

func (p *planner) values(op ha.EditOp, at string, now, want map[string]string, leave []string) {
	if want == nil {
		return
	}
	for _, name := range leave {
		if value, has := want[name]; has && value != now[name] {
			p.refuse(at+"."+name, "properties.own", "Pacemaker sets it itself", "name", name)
		}
	}
	if set, unset := difference(now, want, leave); len(set)+len(unset) > 0 {
		p.edit(at, ha.Edit{Op: op, Values: set, Unset: unset})
	}
}

func (p *planner) nodes() {
	for i, n := range p.want.Nodes {
		at := fmt.Sprintf("nodes[%d]", i)
		found := slices.IndexFunc(p.now.Nodes, func(have ha.NodeConfig) bool { return have.Name == n.Name })
		if found < 0 {
			p.refuse(at+".name", "node.unknown", "there is no such node", "node", n.Name)
			continue
		}
		if set, unset := difference(p.now.Nodes[found].Attributes, n.Attributes, nil); len(set)+len(unset) > 0 {
			p.edit(at, ha.Edit{Op: ha.SetNodeAttributes, Node: n.Name, Values: set, Unset: unset})
		}
	}
}

// constraints removes what goes, and returns what comes: that has to wait for the resources that it names.
func (p *planner) constraints() (made Plan) {
	if p.want.Constraints == nil {
		return made
	}
	now, should := map[string]ha.Constraint{}, map[string]bool{}
	for _, c := range p.now.Constraints {
		now[c.ID] = plain(c)
	}
	var gone, come []ha.Edit
	for i, c := range p.want.Constraints {
		at := fmt.Sprintf("constraints[%d]", i)
		if should[c.ID] {
			p.refuse(at+".id", "constraint.id_taken", "given twice", "id", c.ID)
			continue
		}
		should[c.ID] = true
		for _, r := range [...][2]string{{"resource", c.Resource}, {"with", c.With}, {"first", c.First}, {"then", c.Then}} {
			p.mustBe(at+"."+r[0], r[1])
		}
		old, has := now[c.ID]
		if has && same(old, c) {
			continue
		}
		if c.Complex || old.Complex {
			p.refuse(at, "manifest.complex", "it says more than a file can change", "id", c.ID)
			continue
		}
		if has {
			gone = append(gone, ha.Edit{Op: ha.DeleteConstraint, ID: c.ID})
		}
		come = append(come, ha.Edit{Op: ha.CreateConstraint, ID: c.ID, Constraint: &p.want.Constraints[i]})
		made.At = append(made.At, at)
	}
	for _, c := range p.now.Constraints {
		if !should[c.ID] {
			gone = append(gone, ha.Edit{Op: ha.DeleteConstraint, ID: c.ID})
		}
	}
	for _, e := range gone {
		p.edit("constraints", e)
	}
	made.Edits = come
	return made
}

// mustBe refuses a name of a resource that is on its way out. Other names are known to the cluster, or it refuses them.
func (p *planner) mustBe(at, id string) {
	_, was := p.is[id]
	if _, stays := p.should[id]; was && !stays {
		p.refuse(at, "resource.unknown", "there is no such resource", "resource", id)
	}
}

func (p *planner) tagsGone() {
	if p.want.Tags == nil {
		return
	}
	for _, t := range p.now.Tags {
		if i := slices.IndexFunc(p.want.Tags, func(w ha.Tag) bool { return w.ID == t.ID }); i < 0 || !same(p.want.Tags[i], t) {
			p.edit("tags", ha.Edit{Op: ha.DeleteTag, ID: t.ID})
		}
	}
}

func (p *planner) tagsMade() {
	seen := map[string]bool{}
	for i, t := range p.want.Tags {
		at := fmt.Sprintf("tags[%d]", i)
		if seen[t.ID] {
			p.refuse(at+".id", "tag.id_taken", "given twice", "id", t.ID)
		}
		seen[t.ID] = true
		for n, id := range t.Resources {
			p.mustBe(fmt.Sprintf("%s.resources[%d]", at, n), id)
		}
		if !slices.ContainsFunc(p.now.Tags, func(have ha.Tag) bool { return same(have, t) }) {
			p.edit(at, ha.Edit{Op: ha.CreateTag, ID: t.ID, Tag: &p.want.Tags[i]})
		}
	}
}

// levels brings the fencing topology to what it should be, target by target: first those that go, at last those that come.
func (p *planner) levels(come bool) {
	if p.want.FenceLevels == nil {
		return
	}
	of := func(list []ha.FenceLevel, target ha.FenceLevel, named bool) (out []ha.FenceLevel) {
		for _, l := range list {
			if l.SameTarget(target) {
				if !named {
					l.ID = ""
				}
				out = append(out, l)
			}
		}
		slices.SortStableFunc(out, func(a, b ha.FenceLevel) int { return a.Index - b.Index })
		return out
	}
	done := func(list []ha.FenceLevel, i int) bool {
		return slices.ContainsFunc(list[:i], func(l ha.FenceLevel) bool { return l.SameTarget(list[i]) })
	}
	if !come {
		for i, l := range p.now.Levels {
			if !done(p.now.Levels, i) && len(of(p.want.FenceLevels, l, false)) == 0 {
				p.edit("fenceLevels", ha.Edit{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: l.Node, Pattern: l.Pattern, Attribute: l.Attribute, Value: l.Value}}})
			}
		}
		return
	}
	for i, l := range p.want.FenceLevels {
		for n, id := range l.Devices {
			p.mustBe(fmt.Sprintf("fenceLevels[%d].devices[%d]", i, n), id)
		}
		if !done(p.want.FenceLevels, i) && !same(of(p.want.FenceLevels, l, false), of(p.now.Levels, l, false)) {
			p.edit(fmt.Sprintf("fenceLevels[%d]", i), ha.Edit{Op: ha.SetFenceLevels, Levels: of(p.want.FenceLevels, l, true)})
		}
	}
}
