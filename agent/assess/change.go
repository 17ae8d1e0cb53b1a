package assess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// tag adds a tag and removes it, each time through writing and reading, and sees that only the tag came and went.
func (t *trial) tag(context.Context) error {
	cfg := t.before.Config()
	if len(cfg.Resources) == 0 || cfg.Resources[0].ID == "" {
		t.add(checkTag, Skipped, "assess.nothing_to_tag")
		return nil
	}
	id := freeID(t.before.ConfigXML())
	tagged := t.before.Clone()
	create := ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: id, Resources: []string{cfg.Resources[0].ID}}}
	if err := tagged.Apply([]ha.Edit{create}); err != nil {
		t.add(checkTag, Skipped, "assess.edit_refused", "why", err.Error())
		return nil
	}
	tagged, err := pacemaker.ParseCIB(t.written(tagged))
	if err != nil {
		t.add(checkTag, Failed, "assess.unreadable", "why", err.Error())
		return nil
	}
	if d := pacemaker.Differences(t.before, tagged); len(d) != 1 || d[0].Object != "tag" || d[0].ID != id {
		t.add(checkTag, Failed, "assess.tag_unclean", "count", strconv.Itoa(len(d)))
		return nil
	}
	after := tagged.Clone()
	err = takeBack(after, t.before, id)
	if err != nil {
		t.add(checkTag, Failed, "assess.unreadable", "why", err.Error())
		return nil
	}
	if after, err = pacemaker.ParseCIB(t.written(after)); err != nil {
		t.add(checkTag, Failed, "assess.unreadable", "why", err.Error())
		return nil
	}
	if t.same(checkTag, t.before.Bytes(), after.Bytes()) {
		t.tagged, t.after = tagged, after
		t.add(checkTag, OK, "")
	}
	return nil
}

// freeID is an ID that does not occur in the configuration at all.
func freeID(config string) string {
	for n := 1; ; n++ {
		if id := "hawser-assess-" + strconv.Itoa(n); !bytes.Contains([]byte(config), []byte(id)) {
			return id
		}
	}
}

// decisions lets the installed scheduler judge the file as it is, as it is written, with the tag, and without it again.
func (t *trial) decisions(ctx context.Context) error {
	want, err := t.tools.Decide(ctx, t.original, t.Now)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case run.Missing(err):
		t.add(checkDecisions, Skipped, "assess.no_tool", "tool", "crm_simulate")
		return nil
	case err != nil:
		t.add(checkDecisions, Skipped, "assess.tool_failed", "tool", "crm_simulate", "why", words(err))
		return nil
	}
	stages := []*pacemaker.CIB{t.before}
	if t.tagged != nil {
		if t.before.TakesTags() {
			stages = append(stages, t.tagged)
		}
		stages = append(stages, t.after)
	}
	for _, c := range stages {
		got, err := t.tools.Decide(ctx, t.written(c), t.Now)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || !bytes.Equal(got, want) {
			t.add(checkDecisions, Failed, "assess.decides_otherwise")
			return nil
		}
	}
	t.add(checkDecisions, OK, "")
	return nil
}

// write has the installed Pacemaker write the changes into a copy, as the agent would have it do in a cluster. What Pacemaker
// itself makes of the file when it only reads it is none of our changes.
func (t *trial) write(ctx context.Context) error {
	dir, err := os.MkdirTemp(t.Temp, "assess-") // mode 0700: the files hold secrets
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "cib.xml")
	if err := os.WriteFile(file, t.original, 0o600); err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	tools := t.tools
	tools.File = file
	refused := func(err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case run.Missing(err):
			t.add(checkWrite, Skipped, "assess.no_tool", "tool", "cibadmin")
		case errors.Is(err, context.DeadlineExceeded): // that says nothing about the file
			t.add(checkWrite, Skipped, "assess.tool_failed", "tool", "cibadmin", "why", words(err))
		default:
			no := false
			t.report.Writable = &no
			t.add(checkWrite, Skipped, "assess.not_writable", "why", words(err))
		}
		return nil
	}
	first, err := tools.CIB(ctx)
	if err != nil {
		return refused(err)
	}
	was, err := pacemaker.ParseCIB(first)
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	now := first
	for _, change := range t.changes(was) {
		from, err := pacemaker.ParseCIB(now)
		if err != nil {
			return fmt.Errorf("assess: %w", err)
		}
		to := from.Clone()
		if err := change(to); err != nil {
			return fmt.Errorf("assess: %w", err)
		}
		to.Stamp(from.Version())
		if err := tools.Patch(ctx, now, t.written(to)); err != nil {
			return refused(err)
		}
		if now, err = tools.CIB(ctx); err != nil {
			return refused(err)
		}
		is, err := pacemaker.ParseCIB(now)
		if err != nil {
			return fmt.Errorf("assess: %w", err)
		}
		if !t.same(checkWrite, []byte(to.ConfigXML()), []byte(is.ConfigXML())) {
			return nil
		}
	}
	yes := true
	t.report.Writable = &yes
	is, err := pacemaker.ParseCIB(now)
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	if t.same(checkWrite, []byte(was.ConfigXML()), []byte(is.ConfigXML())) {
		t.add(checkWrite, OK, "")
	}
	return nil
}

// changes are what is written: a tag and its end, or, where the schema has no tags, no more than a new version.
func (t *trial) changes(was *pacemaker.CIB) []func(*pacemaker.CIB) error {
	if t.tagged == nil || !was.TakesTags() {
		return []func(*pacemaker.CIB) error{func(*pacemaker.CIB) error { return nil }}
	}
	id := freeID(was.ConfigXML())
	create := ha.Edit{Op: ha.CreateTag, Tag: &ha.Tag{ID: id, Resources: []string{was.Config().Resources[0].ID}}}
	return []func(*pacemaker.CIB) error{
		func(c *pacemaker.CIB) error { return c.Apply([]ha.Edit{create}) },
		func(c *pacemaker.CIB) error { return takeBack(c, was, id) },
	}
}

// takeBack removes the tag. Deleting the last one takes the section with it; where an empty section was there before, the
// change is taken back as a revision is, which restores it.
func takeBack(c, was *pacemaker.CIB, id string) error {
	if was.HasEmpty("tags") {
		return c.Revert(was.ConfigXML(), c.ConfigXML())
	}
	return c.Apply([]ha.Edit{{Op: ha.DeleteTag, ID: id}})
}
