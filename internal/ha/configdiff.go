package ha

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The changes of a Difference.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// DiffConfig says how b differs from a, object by object, in the order in which a person reads a configuration.
// Versions and who wrote them are no difference.
func DiffConfig(a, b Config) []Difference {
	var d differences
	d.pairs("property", "", "", a.Properties, b.Properties)
	d.pairs("default", "", "resource", a.ResourceDefaults, b.ResourceDefaults)
	d.pairs("default", "", "operation", a.OperationDefaults, b.OperationDefaults)

	match(a.Nodes, b.Nodes, func(n NodeConfig) string { return n.Name }, func(name string, was, is *NodeConfig) {
		if d.existence("node", name, "", was == nil, is == nil) {
			was, is = orZero(was), orZero(is)
		}
		d.value("node", name, "id", was.ID, is.ID)
		d.value("node", name, "kind", was.Kind, is.Kind)
		d.pairs("node", name, "attributes", was.Attributes, is.Attributes)
		d.pairs("node", name, "utilization", was.Utilization, is.Utilization)
	})

	type placed struct {
		Resource
		parent string
	}
	flat := func(list []Resource) []placed {
		var out []placed
		var walk func(parent string, list []Resource)
		walk = func(parent string, list []Resource) {
			for _, r := range list {
				out = append(out, placed{r, parent})
				walk(r.ID, r.Members)
			}
		}
		walk("", list)
		return out
	}
	match(flat(a.Resources), flat(b.Resources), func(p placed) string { return p.ID }, func(id string, was, is *placed) {
		what := ""
		if is != nil {
			what = describe(is.Resource)
		} else {
			what = describe(was.Resource)
		}
		if d.existence("resource", id, what, was == nil, is == nil) {
			was, is = orZero(was), orZero(is)
			was.Kind, is.Kind, was.Agent, is.Agent = "", "", "", "" // told by the line before
		}
		d.value("resource", id, "kind", string(was.Kind), string(is.Kind))
		d.value("resource", id, "agent", was.Agent, is.Agent)
		d.value("resource", id, "template", was.Template, is.Template)
		d.value("resource", id, "group", was.parent, is.parent)
		d.pairs("resource", id, "parameters", was.Parameters, is.Parameters)
		d.pairs("resource", id, "meta", was.Meta, is.Meta)
		d.pairs("resource", id, "utilization", was.Utilization, is.Utilization)
		d.pairs("resource", id, "container", container(was.Container), container(is.Container))
		d.pairs("resource", id, "operations", operations(was.Operations), operations(is.Operations))
		d.value("resource", id, "members", members(was.Members), members(is.Members))
	})
	d.value("resource", "", "order", order(a.Resources, b.Resources), order(b.Resources, a.Resources))

	match(a.Constraints, b.Constraints, func(c Constraint) string { return c.ID }, func(id string, was, is *Constraint) {
		before, after := sentence(was), sentence(is)
		switch {
		case was == nil:
			d.add(Difference{Object: "constraint", ID: id, After: after, Change: Added})
		case is == nil:
			d.add(Difference{Object: "constraint", ID: id, Before: before, Change: Removed})
		case before != after:
			d.add(Difference{Object: "constraint", ID: id, Before: before, After: after, Change: Changed})
		}
	})
	match(a.AttributeSets, b.AttributeSets, func(s AttributeSet) string { return s.ID }, func(id string, was, is *AttributeSet) {
		what := *orZero(is)
		if is == nil {
			what = *was
		}
		if d.existence("attribute_set", id, strings.TrimSpace(what.Resource+" "+what.Kind), was == nil, is == nil) {
			was, is = orZero(was), orZero(is)
		}
		d.value("attribute_set", id, "score", was.Score, is.Score)
		d.value("attribute_set", id, "rule", was.condition(), is.condition())
		d.pairs("attribute_set", id, "values", was.Values, is.Values)
	})
	match(a.Tags, b.Tags, func(t Tag) string { return t.ID }, func(id string, was, is *Tag) {
		before, after := strings.Join(orZero(was).Resources, " "), strings.Join(orZero(is).Resources, " ")
		if !d.existence("tag", id, before+after, was == nil, is == nil) {
			d.value("tag", id, "resources", before, after)
		}
	})
	match(a.Levels, b.Levels, FenceLevel.key, func(key string, was, is *FenceLevel) {
		before, after := strings.Join(orZero(was).Devices, " + "), strings.Join(orZero(is).Devices, " + ")
		if before != after {
			d.add(Difference{Object: "fence_level", ID: key, Before: before, After: after, Change: change(was == nil, is == nil)})
		}
	})
	match(a.Other, b.Other, func(f Fragment) string { return f.Path + "/" + f.ID }, func(key string, was, is *Fragment) {
		before, after := orZero(was).XML, orZero(is).XML
		if before != after {
			d.add(Difference{Object: "other", ID: key, Before: before, After: after, Change: change(was == nil, is == nil)})
		}
	})
	return d
}

type differences []Difference

func (d *differences) add(one Difference) { *d = append(*d, one) }

// existence tells that an object was added or removed, and says whether it did.
func (d *differences) existence(object, id, what string, wasAbsent, isAbsent bool) bool {
	switch {
	case wasAbsent:
		d.add(Difference{Object: object, ID: id, After: what, Change: Added})
	case isAbsent:
		d.add(Difference{Object: object, ID: id, Before: what, Change: Removed})
	}
	return wasAbsent || isAbsent
}

func (d *differences) value(object, id, field, before, after string) {
	if before != after {
		d.add(Difference{Object: object, ID: id, Field: field, Before: before, After: after, Change: change(before == "", after == "")})
	}
}

// pairs compares two maps. With an ID the names become fields below prefix; without one, each name is an object of its own.
func (d *differences) pairs(object, id, prefix string, a, b map[string]string) {
	names := slices.Sorted(maps.Keys(a))
	for name := range b {
		if _, had := a[name]; !had {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		before, had := a[name]
		after, has := b[name]
		if had == has && before == after {
			continue
		}
		one := Difference{Object: object, ID: id, Field: prefix + "." + name, Before: before, After: after, Change: change(!had, !has)}
		if id == "" {
			one.ID, one.Field = name, prefix
		}
		d.add(one)
	}
}

func change(wasAbsent, isAbsent bool) string {
	switch {
	case wasAbsent:
		return Added
	case isAbsent:
		return Removed
	default:
		return Changed
	}
}

// match calls pair for every key of a and b: a's order first, then what only b has. Where several have one key, the first
// of a goes with the first of b, and so on: elements that Hawser does not know need no ID.
func match[T any](a, b []T, key func(T) string, pair func(key string, was, is *T)) {
	is := make(map[string][]*T, len(b))
	for i := range b {
		k := key(b[i])
		is[k] = append(is[k], &b[i])
	}
	met := make(map[string]int, len(a))
	for i := range a {
		k := key(a[i])
		n := met[k]
		met[k]++
		if n < len(is[k]) {
			pair(k, &a[i], is[k][n])
		} else {
			pair(k, &a[i], nil)
		}
	}
	for i := range b {
		k := key(b[i])
		if met[k]--; met[k] < 0 {
			pair(k, nil, &b[i])
		}
	}
}

// orZero returns a copy of what p points to, or the zero value.
func orZero[T any](p *T) *T {
	var v T
	if p != nil {
		v = *p
	}
	return &v
}

func describe(r Resource) string {
	if r.Agent != "" {
		return r.Agent
	}
	return string(r.Kind)
}

func (s *AttributeSet) condition() string {
	if s.Rule == nil {
		return ""
	}
	return s.Rule.Text()
}

// container is what a bundle runs in, as names and values.
func container(c *Container) map[string]string {
	out := map[string]string{}
	if c == nil {
		return out
	}
	out["technology"], out["image"] = c.Technology, c.Image
	for name, value := range c.Options {
		out["options."+name] = value
	}
	for name, value := range c.Network {
		out["network."+name] = value
	}
	for i, p := range c.Ports {
		out[fmt.Sprintf("ports[%d]", i)] = joined("port", p.Port, "internal", p.Internal, "range", p.Range)
	}
	for i, s := range c.Storage {
		out[fmt.Sprintf("storage[%d]", i)] = joined("source", s.Source, "source-root", s.SourceRoot, "target", s.Target, "options", s.Options)
	}
	return out
}

func members(list []Resource) string {
	ids := make([]string, 0, len(list))
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, " ")
}

// order lists the top-level resources of a that b has too: what was added or removed is told elsewhere.
func order(a, b []Resource) string {
	var ids []string
	for _, r := range a {
		if slices.ContainsFunc(b, func(o Resource) bool { return o.ID == r.ID }) {
			ids = append(ids, r.ID)
		}
	}
	return strings.Join(ids, " ")
}

// operations names each operation by name, interval and role, because a resource may have several monitors.
func operations(list []Operation) map[string]string {
	out := make(map[string]string, len(list))
	for _, o := range list {
		name := o.Name
		if o.Interval != "" {
			name += " " + o.Interval
		}
		if o.Role != "" {
			name += " " + o.Role
		}
		text := joined("timeout", o.Timeout, "on-fail", o.OnFail)
		for _, k := range slices.Sorted(maps.Keys(o.Options)) {
			text = strings.TrimSpace(text + " " + k + "=" + o.Options[k])
		}
		out[name] = text
		for k, v := range o.Parameters {
			out[name+OperationParameter+k] = v // by itself, so that a secret can be hidden
		}
	}
	return out
}

// OperationParameter stands between an operation and its parameter in Difference.Field.
const OperationParameter = ": "

// sentence is the text of a constraint, nothing where there is none.
func sentence(c *Constraint) string {
	if c == nil {
		return ""
	}
	return c.Text()
}

// joined writes the pairs that have a value as name=value.
func joined(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+"="+pairs[i+1])
		}
	}
	return strings.Join(parts, " ")
}
