package ha

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// isAddress says whether an agent brings up a virtual address.
func isAddress(agent string) bool {
	return slices.Contains([]string{"ocf:hawser:IPaddr2", "ocf:heartbeat:IPaddr2", "ocf:heartbeat:IPaddr", "ocf:heartbeat:IPv6addr"}, agent)
}

// addresses: an address that comes up before what it leads to sends clients to where nobody answers.
func (f *finder) addresses() {
	for _, r := range f.cfg.Resources {
		switch r.Kind {
		case Primitive:
			if isAddress(r.Agent) {
				f.unordered(r)
			}
		case Group:
			for i, m := range r.Members {
				if i > 0 && i < len(r.Members)-1 && isAddress(m.Agent) && !isAddress(r.Members[i+1].Agent) && !isAddress(r.Members[i-1].Agent) {
					f.add(FindingVIPMiddle, Info, m.ID, nil, "resource", m.ID, "next", r.Members[i+1].ID)
				}
			}
		}
	}
}

// unordered looks for an address that must be where something else is, but may come up before it.
func (f *finder) unordered(vip Resource) {
	for _, c := range f.cfg.Constraints {
		if c.Kind != Colocation || c.Resource != vip.ID || c.With == "" || Score(c.Score) < Infinity {
			continue
		}
		with := FindResource(f.cfg.Resources, c.With)
		if with == nil || isAddress(with.Agent) || f.ordered(vip.ID, c.With) || f.ordered(c.With, vip.ID) {
			continue
		}
		// A set or a rule that is not understood may order them.
		if slices.ContainsFunc(f.cfg.Constraints, func(o Constraint) bool {
			return o.Kind == Order && o.Complex && strings.Contains(o.XML, `"`+vip.ID+`"`)
		}) {
			continue
		}
		order := Constraint{ID: freeID(f.cfg, "order-"+c.With+"-"+vip.ID), Kind: Order, First: c.With, Then: vip.ID}
		var fix []Edit
		if !c.Complex {
			fix = []Edit{{Op: CreateConstraint, ID: order.ID, Constraint: &order}}
		}
		f.add(FindingVIPUnordered, Warning, vip.ID, fix, "resource", vip.ID, "with", c.With)
		return
	}
}

// FindResource returns a resource at whatever depth, or nil.
func FindResource(list []Resource, id string) *Resource {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if r := FindResource(list[i].Members, id); r != nil {
			return r
		}
	}
	return nil
}

// freeID returns an ID that nothing of the configuration has.
func freeID(cfg *Config, base string) string {
	taken := func(id string) bool {
		return FindResource(cfg.Resources, id) != nil || slices.ContainsFunc(cfg.Constraints, func(c Constraint) bool { return c.ID == id }) ||
			slices.ContainsFunc(cfg.Tags, func(t Tag) bool { return t.ID == id })
	}
	id := base
	for n := 1; taken(id); n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// ordered says whether first must have started before then does, by constraints and groups, over any number of steps.
func (f *finder) ordered(first, then string) bool {
	seen := map[string]bool{}
	list := []string{first}
	for n := 0; n < len(list); n++ {
		for _, next := range f.after(list[n]) {
			if next == then || slices.Contains(holdersOf(f.cfg.Resources, then), next) {
				return true
			}
			if !seen[next] {
				seen[next] = true
				list = append(list, next)
			}
		}
	}
	return false
}

// after are the resources that start after one: by constraints on it or on what holds it, and behind it in its group.
func (f *finder) after(id string) []string {
	names := append([]string{id}, holdersOf(f.cfg.Resources, id)...)
	if r := FindResource(f.cfg.Resources, id); r != nil {
		for _, m := range r.Members { // what waits for a member waits for the group in part
			names = append(names, m.ID)
		}
	}
	var list []string
	for _, c := range f.cfg.Constraints {
		if c.Kind == Order && slices.Contains(names, c.First) && c.Then != "" {
			list = append(list, c.Then)
		}
	}
	for _, r := range f.cfg.Resources {
		group := groupIn(r)
		if group == nil {
			continue
		}
		if at := slices.IndexFunc(group.Members, func(m Resource) bool { return m.ID == id }); at >= 0 {
			for _, m := range group.Members[at+1:] {
				list = append(list, m.ID)
			}
		}
	}
	return list
}

func groupIn(r Resource) *Resource {
	switch {
	case r.Kind == Group:
		return &r
	case r.Kind == Clone && len(r.Members) == 1 && r.Members[0].Kind == Group:
		return &r.Members[0]
	}
	return nil
}

// holdersOf are the groups, clones and bundles around a resource.
func holdersOf(list []Resource, id string) []string {
	for _, r := range list {
		if r.ID != id && contains(r.Members, id) {
			return append([]string{r.ID}, holdersOf(r.Members, id)...)
		}
	}
	return nil
}

// clones: without interleave an instance waits for all instances of the clone that it depends on, on every node, and is restarted
// when one of them is.
func (f *finder) clones() {
	for _, r := range f.cfg.Resources {
		if r.Kind != Clone || Yes(cmp.Or(r.Meta["interleave"], f.cfg.ResourceDefaults["interleave"])) {
			continue
		}
		for _, c := range f.cfg.Constraints {
			if c.Kind != Order || c.Then != r.ID || c.OrderKind == "Optional" {
				continue
			}
			if first := FindResource(f.cfg.Resources, c.First); first != nil && first.Kind == Clone {
				f.add(FindingNoInterleave, Warning, r.ID, []Edit{{Op: SetMeta, ID: r.ID, Values: map[string]string{"interleave": "true"}}}, "resource", r.ID, "with", c.First)
				break
			}
		}
	}
}

// constraints: what a move or ban has left, and what may run nowhere.
func (f *finder) constraints() {
	for _, c := range f.cfg.Constraints {
		if c.Kind != Location || c.Complex || c.Rule != nil || !strings.HasPrefix(c.ID, "cli-") || Score(c.Score) < Infinity && Score(c.Score) > -Infinity {
			continue
		}
		// What holds the resource where it is must be there before the constraint goes.
		var fix []Edit
		if r := FindResource(f.cfg.Resources, c.Resource); r != nil && f.st != nil && Score(f.metaOf(c.Resource, "resource-stickiness")) > 0 {
			fix = []Edit{{Op: DeleteConstraint, ID: c.ID}}
		}
		f.add(FindingMoveLeft, Warning, c.ID, fix, "constraint", c.ID, "resource", c.Resource, "node", c.Node)
	}
	if !f.no("symmetric-cluster") {
		return
	}
	for _, r := range f.cfg.Resources {
		if r.Kind == Template || slices.ContainsFunc(f.cfg.Constraints, func(c Constraint) bool {
			return c.Kind == Location && (c.Resource == r.ID || contains(r.Members, c.Resource)) && (Score(c.Score) >= 0 && c.Score != "" || c.Rule != nil || c.Complex) ||
				c.Kind == Location && c.Complex && (c.Resource == "" || strings.Contains(c.XML, r.ID))
		}) {
			continue
		}
		f.add(FindingNowhere, Warning, r.ID, nil, "resource", r.ID)
	}
}

// metaOf is a meta attribute of a resource wherever it stands.
func (f *finder) metaOf(id, name string) string {
	j := judge{cfg: f.cfg}
	return j.meta(id, name)
}

// oldWords counts what is written as Pacemaker before 2.1 did. It is read by every version there is, and left as it is.
func (f *finder) oldWords() {
	count, example := 0, ""
	note := func(what string) {
		count++
		example = cmp.Or(example, what)
	}
	for _, c := range f.cfg.Constraints {
		if strings.Contains(c.XML, `role="Master"`) || strings.Contains(c.XML, `role="Slave"`) {
			note(c.ID)
		}
	}
	var walk func(list []Resource)
	walk = func(list []Resource) {
		for _, r := range list {
			for _, op := range r.Operations {
				if op.Role == "Master" || op.Role == "Slave" {
					note(r.ID)
				}
			}
			for _, name := range []string{"master-max", "master-node-max"} {
				if _, has := r.Meta[name]; has {
					note(r.ID)
				}
			}
			walk(r.Members)
		}
	}
	walk(f.cfg.Resources)
	if count > 0 {
		f.add(FindingOldSyntax, Info, "", nil, "example", example, "count", strconv.Itoa(count))
	}
}
