package pacemaker

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// tag returns the tag of that ID, or nil.
func (e *editor) tag(id string) *etree.Element {
	section := e.cib.section("tags")
	if section == nil || id == "" {
		return nil
	}
	for _, t := range section.SelectElements("tag") {
		if t.SelectAttrValue("id", "") == id {
			return t
		}
	}
	return nil
}

// createTag gives resources a tag. The section of tags is there since schema 1.3; Pacemaker refuses it in an older one.
func (e *editor) createTag(x ha.Edit) error {
	if x.Tag == nil {
		return e.wrong("tag", "field.required", "missing")
	}
	want := *x.Tag
	if old := e.tag(want.ID); old != nil {
		var has []string
		for _, ref := range old.SelectElements("obj_ref") {
			has = append(has, ref.SelectAttrValue("id", ""))
		}
		if slices.Equal(has, want.Resources) {
			return nil // made before
		}
	}
	if err := e.within("tag.", ha.ValidateTag(want)); err != nil {
		return err
	}
	for i, id := range want.Resources {
		if e.resource(id) == nil {
			return e.noResource(fmt.Sprintf("tag.resources[%d]", i), id)
		}
	}
	if e.ids[want.ID] {
		return e.conflict("tag.id", "tag.id_taken", "this ID is taken", "id", want.ID)
	}
	e.ids[want.ID] = true
	t := e.ensure("tags").CreateElement("tag")
	t.CreateAttr("id", want.ID)
	for _, id := range want.Resources {
		t.CreateElement("obj_ref").CreateAttr("id", id)
	}
	return nil
}

// updateTag gives a tag to exactly these resources. References that stay are the same elements as before.
func (e *editor) updateTag(x ha.Edit) error {
	if x.Tag == nil {
		return e.wrong("tag", "field.required", "missing")
	}
	want := *x.Tag
	t := e.tag(want.ID)
	if t == nil {
		return e.noTag("tag.id", want.ID)
	}
	had := map[string]*etree.Element{}
	var was []string
	for _, ref := range t.SelectElements("obj_ref") {
		id := ref.SelectAttrValue("id", "")
		had[id] = ref
		was = append(was, id)
	}
	if slices.Equal(was, want.Resources) {
		return nil
	}
	if err := e.within("tag.", ha.ValidateTag(want)); err != nil {
		return err
	}
	for i, id := range want.Resources {
		if had[id] == nil && e.resource(id) == nil {
			return e.noResource(fmt.Sprintf("tag.resources[%d]", i), id)
		}
	}
	for _, ref := range t.SelectElements("obj_ref") {
		remove(ref)
	}
	for _, id := range want.Resources {
		if ref := had[id]; ref != nil {
			t.AddChild(ref)
		} else {
			t.CreateElement("obj_ref").CreateAttr("id", id)
		}
	}
	return nil
}

func (e *editor) noTag(field, id string) error {
	f := fault.New(fault.NotFound, "tag.unknown", "no tag %q", id).With("id", id)
	f.Fields = []fault.Field{{Path: e.at + field, Reason: f.Reason, Message: f.Message, Args: f.Args}}
	return f
}

// deleteTag removes a tag, and the section when nothing is left in it: that the section is there at all says nothing.
func (e *editor) deleteTag(id string) error {
	t := e.tag(id)
	if t == nil {
		return e.noTag("id", id)
	}
	if user := e.namesTag(id); user != "" {
		return e.conflict("id", "tag.in_use", "a constraint or permission names this tag", "id", id, "user", user)
	}
	section := t.Parent()
	remove(t)
	delete(e.ids, id)
	if len(section.Child) == 0 && len(section.Attr) == 0 {
		remove(section)
	}
	return nil
}

// namesTag returns the ID of a constraint or permission that names a tag, or nothing. Others cannot.
func (e *editor) namesTag(id string) string {
	names := []string{"rsc", "with-rsc", "first", "then", "reference"}
	var look func(holder string, x *etree.Element) string
	look = func(holder string, x *etree.Element) string {
		if own := x.SelectAttrValue("id", ""); own != "" && x.Tag != "resource_ref" {
			holder = own
		}
		for _, a := range x.Attr {
			if a.Value == id && (slices.Contains(names, a.Key) || x.Tag == "resource_ref" && a.Key == "id") {
				return holder
			}
		}
		for _, child := range x.ChildElements() {
			if user := look(holder, child); user != "" {
				return user
			}
		}
		return ""
	}
	for _, name := range []string{"constraints", "acls"} {
		if section := e.cib.section(name); section != nil {
			if user := look(name, section); user != "" {
				return user
			}
		}
	}
	return ""
}
