package pacemaker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// fenceLevel reads a level of the fencing topology, and says whether it holds nothing but what ha.FenceLevel can say.
func fenceLevel(e *etree.Element) (ha.FenceLevel, bool) {
	l := ha.FenceLevel{
		ID: e.SelectAttrValue("id", ""), Node: e.SelectAttrValue("target", ""), Pattern: e.SelectAttrValue("target-pattern", ""),
		Attribute: e.SelectAttrValue("target-attribute", ""), Value: e.SelectAttrValue("target-value", ""),
	}
	for _, id := range strings.Split(e.SelectAttrValue("devices", ""), ",") {
		if id = strings.TrimSpace(id); id != "" {
			l.Devices = append(l.Devices, id)
		}
	}
	var err error
	l.Index, err = strconv.Atoi(e.SelectAttrValue("index", ""))
	return l, e.Tag == "fencing-level" && err == nil
}

// setFenceLevels makes the levels of one target what the edit says. Where they are that already, nothing changes.
func (e *editor) setFenceLevels(x ha.Edit) error {
	if len(x.Levels) == 0 {
		return e.wrong("levels", "field.required", "missing")
	}
	cfg := e.cib.Config()
	if err := e.within("", ha.ValidateFenceLevels(x.Levels, &cfg, cfg.NodeNames())); err != nil {
		return err
	}
	var old []*etree.Element
	var was []ha.FenceLevel
	if section := e.cib.section("fencing-topology"); section != nil {
		for _, l := range section.SelectElements("fencing-level") {
			if level, known := fenceLevel(l); known && level.SameTarget(x.Levels[0]) {
				old, was = append(old, l), append(was, level)
			}
		}
	}
	want := slices.DeleteFunc(slices.Clone(x.Levels), func(l ha.FenceLevel) bool { return len(l.Devices) == 0 })
	if slices.EqualFunc(was, want, func(a, b ha.FenceLevel) bool { return a.Index == b.Index && slices.Equal(a.Devices, b.Devices) }) {
		return nil
	}
	for _, l := range old {
		remove(l)
		delete(e.ids, l.SelectAttrValue("id", ""))
	}
	for _, l := range want {
		made := e.topology().CreateElement("fencing-level")
		// The names that pcs and crm_resource's callers expect: fl-TARGET-INDEX.
		who := cmp.Or(l.Node, l.Attribute)
		if l.Pattern != "" {
			who = "pattern"
		}
		made.CreateAttr("id", e.newID("fl-"+who+"-"+strconv.Itoa(l.Index)))
		for _, a := range [...][2]string{
			{"target", l.Node},
			{"target-pattern", l.Pattern},
			{"target-attribute", l.Attribute},
			{"target-value", l.Value},
			{"index", strconv.Itoa(l.Index)},
			{"devices", strings.Join(l.Devices, ",")},
		} {
			if a[1] != "" {
				made.CreateAttr(a[0], a[1])
			}
		}
	}
	if section := e.cib.section("fencing-topology"); section != nil && len(section.ChildElements()) == 0 {
		remove(section)
	}
	return nil
}

// topology returns the section of the fencing topology, made after the constraints where there is none: the schema has it there.
func (e *editor) topology() *etree.Element {
	if s := e.cib.section("fencing-topology"); s != nil {
		return s
	}
	s := etree.NewElement("fencing-topology")
	cfg := e.cib.configuration()
	if after := cfg.SelectElement("constraints"); after != nil {
		cfg.InsertChildAt(after.Index()+1, s)
	} else {
		cfg.AddChild(s)
	}
	return s
}
