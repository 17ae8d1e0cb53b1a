package pacemaker_test

import (
	"slices"
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestTags: tags are made and removed, and nothing else is touched.
func TestTags(t *testing.T) {
	before := open(t, house)
	if got := before.Config().Tags; len(got) != 1 || got[0].ID != "t" || !slices.Equal(got[0].Resources, []string{"d"}) {
		t.Fatalf("the tags are told as %+v", got)
	}
	c := before.Clone()
	create := ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "u", Resources: []string{"a", "g"}}}
	for range 2 { // done twice is done once
		if err := c.Apply([]ha.Edit{create}); err != nil {
			t.Fatal(err)
		}
	}
	if want := `<tags><tag id="t"><obj_ref id="d"/></tag><tag id="u"><obj_ref id="a"/><obj_ref id="g"/></tag></tags>`; !strings.Contains(c.ConfigXML(), want) {
		t.Errorf("no %s in %s", want, c.ConfigXML())
	}
	if d := pacemaker.Differences(before, c); len(d) != 1 || d[0].Object != "tag" || d[0].After != "a g" {
		t.Errorf("the difference is told as %+v", d)
	}
	if err := c.Apply([]ha.Edit{{Op: ha.UpdateTag, Tag: &ha.Tag{ID: "u", Resources: []string{"b", "g"}}}}); err != nil {
		t.Fatal(err)
	}
	if want := `<tag id="u"><obj_ref id="b"/><obj_ref id="g"/></tag></tags>`; !strings.Contains(c.ConfigXML(), want) {
		t.Errorf("no %s in %s", want, c.ConfigXML())
	}
	if err := c.Apply([]ha.Edit{{Op: ha.DeleteTag, ID: "u"}}); err != nil {
		t.Fatal(err)
	}
	if !pacemaker.Equal(before, c) {
		t.Errorf("something is left: %s", c.ConfigXML())
	}
	// The first tag brings the section, the last one takes it along.
	none := open(t, strings.Replace(strings.Replace(house, `<rsc_location id="t-l" rsc="t" node="n1" score="1"/>`, "", 1), `<tags><tag id="t"><obj_ref id="d"/></tag></tags>`, "", 1))
	c = none.Clone()
	if err := c.Apply([]ha.Edit{create, {Op: ha.DeleteTag, ID: "u"}}); err != nil {
		t.Fatal(err)
	}
	if !pacemaker.Equal(none, c) {
		t.Errorf("something is left: %s", c.ConfigXML())
	}
}

func TestTagsRefused(t *testing.T) {
	for _, c := range []struct {
		what          string
		edit          ha.Edit
		field, reason string
	}{
		{"Nothing", ha.Edit{Op: ha.CreateTag}, "edits[0].tag", "field.required"},
		{"Empty", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "u"}}, "edits[0].tag.resources", "field.required"},
		{"BadID", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "1 u", Resources: []string{"a"}}}, "edits[0].tag.id", "id.invalid"},
		{"Twice", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "u", Resources: []string{"a", "a"}}}, "edits[0].tag.resources[1]", "resource.id_taken"},
		{"UnknownResource", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "u", Resources: []string{"a", "zz"}}}, "edits[0].tag.resources[1]", "resource.unknown"},
		{"Taken", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "g", Resources: []string{"a"}}}, "edits[0].tag.id", "tag.id_taken"},
		{"OtherTag", ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: "t", Resources: []string{"a"}}}, "edits[0].tag.id", "tag.id_taken"},
		{"UpdateUnknown", ha.Edit{Op: ha.UpdateTag, Tag: &ha.Tag{ID: "zz", Resources: []string{"a"}}}, "edits[0].tag.id", "tag.unknown"},
		{"UpdateEmpty", ha.Edit{Op: ha.UpdateTag, Tag: &ha.Tag{ID: "t"}}, "edits[0].tag.resources", "field.required"},
		{"UpdateToUnknown", ha.Edit{Op: ha.UpdateTag, Tag: &ha.Tag{ID: "t", Resources: []string{"d", "zz"}}}, "edits[0].tag.resources[1]", "resource.unknown"},
		{"DeleteUnknown", ha.Edit{Op: ha.DeleteTag, ID: "g"}, "edits[0].id", "tag.unknown"},
		{"DeleteUsed", ha.Edit{Op: ha.DeleteTag, ID: "t"}, "edits[0].id", "tag.in_use"},
	} {
		t.Run(c.what, func(t *testing.T) {
			cib := open(t, house)
			err := cib.Apply([]ha.Edit{c.edit})
			f := fault.Public(err)
			if f == nil || len(f.Fields) != 1 || f.Fields[0].Path != c.field || f.Fields[0].Reason != c.reason {
				t.Errorf("got %+v, want %s at %s", f, c.reason, c.field)
			}
			if !pacemaker.Equal(cib, open(t, house)) {
				t.Error("it has changed something")
			}
		})
	}
}
