package engine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// TestJournalIsTidied: outcomes hold configurations with their secrets and go after a day, or when there are many; what has
// no outcome yet stays, however old.
func TestJournalIsTidied(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(b.state, "journal")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the journal has mode %v, %v", info.Mode(), err)
	}
	b.die = "config.edit/patch/commit/before"
	unfinished := b.command(wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "5"}}}})
	if _, ok := b.run(unfinished); ok {
		t.Fatal("it was not killed")
	}
	names, err := filepath.Glob(dir + "/*.json")
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	long := time.Now().Add(-25 * time.Hour)
	for _, name := range names {
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.do(wire.Cleanup, wire.CleanupArgs{Resource: "nothing"}); fault.CodeOf(err) != fault.NotFound {
		t.Fatal(err)
	}
	left := map[string]bool{}
	names, err = filepath.Glob(dir + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		left[filepath.Base(name)] = true
	}
	if want := fmt.Sprintf("c%d.json", b.count); len(left) != 2 || !left[unfinished.ID+".json"] || !left[want] {
		t.Errorf("left are %v", left)
	}
	if r, ok := b.run(unfinished); !ok || r.err != nil {
		t.Errorf("it was not finished: %v", errors.Join(r.err))
	}
}

// TestIDs: a command's ID becomes the name of a file.
func TestIDs(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"", "../x", "a b", "a/b"} {
		c := b.command(wire.Cleanup, wire.CleanupArgs{})
		c.ID = id
		if r, _ := b.run(c); fault.Public(r.err) == nil || fault.Public(r.err).Reason != "command.id_invalid" {
			t.Errorf("%q: got %v", id, r.err)
		}
	}
}
