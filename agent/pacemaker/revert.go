package pacemaker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/fault"
)

// Revert takes one change back: whatever differs between the configurations before and after becomes again what it was
// before, provided that it still is what it was after. What others have changed since stays; where both touched the same,
// nothing is changed and the fault names the places.
func (c *CIB) Revert(beforeXML, afterXML string) error {
	before, err := parseSection(beforeXML)
	if err != nil {
		return err
	}
	after, err := parseSection(afterXML)
	if err != nil {
		return err
	}
	changed := c.configuration().Copy()
	var m merger
	m.element("configuration", changed, after, before)
	if len(m.conflicts) > 0 {
		slices.Sort(m.conflicts)
		places := strings.Join(slices.Compact(m.conflicts), ", ")
		return fault.New(fault.Conflict, "config.revert_conflict", "changed again since: %s", places).With("places", places)
	}
	old := c.configuration()
	at := old.Index()
	c.root.RemoveChildAt(at)
	c.root.InsertChildAt(at, changed)
	return nil
}

func parseSection(text string) (*etree.Element, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, fault.New(fault.Invalid, "config.xml_invalid", "not a configuration: %w", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "configuration" {
		return nil, fault.New(fault.Invalid, "config.xml_invalid", "not a configuration")
	}
	return withoutSpace(root), nil
}

// merger makes "now" what "to" is in all that differs between "from" and "to".
type merger struct{ conflicts []string }

func (m *merger) clash(path string) { m.conflicts = append(m.conflicts, path) }

func (m *merger) element(path string, now, from, to *etree.Element) {
	m.attributes(path, now, from, to)
	nows, froms, tos := keyed(now), keyed(from), keyed(to)
	for _, k := range froms.keys {
		was, is := froms.by[k], nows.by[k]
		will, stays := tos.by[k]
		switch {
		case stays && elementXML(was) == elementXML(will):
		case is == nil && stays:
			m.clash(place(path, k))
		case stays:
			m.element(place(path, k), is, was, will)
		case is == nil: // gone already
		case elementXML(is) != elementXML(was):
			m.clash(place(path, k))
		default:
			remove(is)
		}
	}
	for i, k := range tos.keys {
		if froms.by[k] != nil {
			continue
		}
		will := tos.by[k]
		if is := nows.by[k]; is != nil {
			if elementXML(is) != elementXML(will) {
				m.clash(place(path, k))
			}
			continue
		}
		insertAmong(now, will.Copy(), tos.keys, i)
	}
	m.order(path, now, froms, tos)
}

func (m *merger) attributes(path string, now, from, to *etree.Element) {
	names := map[string]bool{}
	for _, a := range slices.Concat(from.Attr, to.Attr) {
		names[a.FullKey()] = true
	}
	for name := range names {
		was, will, is := from.SelectAttr(name), to.SelectAttr(name), now.SelectAttr(name)
		if sameAttr(was, will) || sameAttr(is, will) {
			continue
		}
		if !sameAttr(is, was) {
			m.clash(path + "/@" + name)
			continue
		}
		if will == nil {
			now.RemoveAttr(name)
		} else {
			now.CreateAttr(name, will.Value)
		}
	}
}

func sameAttr(a, b *etree.Attr) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Value == b.Value
}

// order puts common children into to's order where from had another.
func (m *merger) order(path string, now *etree.Element, froms, tos children) {
	common := func(of, other children) []string {
		return slices.DeleteFunc(slices.Clone(of.keys), func(k string) bool { return other.by[k] == nil })
	}
	was, will := common(froms, tos), common(tos, froms)
	if slices.Equal(was, will) {
		return
	}
	nows := keyed(now)
	is := slices.DeleteFunc(slices.Clone(nows.keys), func(k string) bool { return !slices.Contains(will, k) })
	if slices.Equal(is, will) {
		return
	}
	if !slices.Equal(is, slices.DeleteFunc(was, func(k string) bool { return nows.by[k] == nil })) {
		m.clash(path)
		return
	}
	// The places that these children have now are filled anew, in order; whatever stands between stays where it is.
	places := make([]int, 0, len(is))
	for _, k := range is {
		places = append(places, nows.by[k].Index())
	}
	slices.Sort(places)
	sorted := slices.DeleteFunc(slices.Clone(will), func(k string) bool { return nows.by[k] == nil })
	for i := len(places) - 1; i >= 0; i-- {
		now.RemoveChildAt(places[i])
	}
	for i, k := range sorted {
		now.InsertChildAt(places[i], nows.by[k])
	}
}

// children are the child elements by what identifies them among their siblings.
type children struct {
	keys []string
	by   map[string]*etree.Element
}

func keyed(parent *etree.Element) children {
	c := children{by: map[string]*etree.Element{}}
	for _, e := range parent.ChildElements() {
		if ofMirrors(e) {
			continue
		}
		key := e.Tag
		for _, name := range []string{"id", "id-ref", "name"} {
			if a := e.SelectAttr(name); a != nil {
				key += "#" + a.Value
				break
			}
		}
		base := key
		for n := 2; c.by[key] != nil; n++ {
			key = fmt.Sprintf("%s/%d", base, n)
		}
		c.keys = append(c.keys, key)
		c.by[key] = e
	}
	return c
}

func place(path, key string) string { return path + "/" + strings.Replace(key, "#", " ", 1) }

// insertAmong puts a child that comes back after the nearest sibling that stood before it, or before the nearest after it.
func insertAmong(parent, child *etree.Element, keys []string, i int) {
	now := keyed(parent)
	for b := i - 1; b >= 0; b-- {
		if sibling := now.by[keys[b]]; sibling != nil {
			parent.InsertChildAt(sibling.Index()+1, child)
			return
		}
	}
	for a := i + 1; a < len(keys); a++ {
		if sibling := now.by[keys[a]]; sibling != nil {
			parent.InsertChildAt(sibling.Index(), child)
			return
		}
	}
	parent.AddChild(child)
}
