package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// Outcomes are kept against a command that is given again. The uplink stops asking once it has noted the result itself,
// within moments; a day is for a machine that was switched off in between.
const (
	outcomesKept = 64
	outcomesAge  = 24 * time.Hour
)

// idPattern is what a command's ID may be: it becomes the name of a file.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return fault.New(fault.Invalid, "command.id_invalid", "a command's ID is 1 to 64 letters, digits, - and _")
	}
	return nil
}

// journal keeps one file for each command. It holds secrets (configurations, keys), so nobody else may read it.
type journal struct{ dir string }

// entry is a command in the journal.
type entry struct {
	Command wire.Command `json:"command"`
	Begun   time.Time    `json:"begun"`
	// Data is what the plan found, by name: what must be known to go on or to go back.
	Data map[string]json.RawMessage `json:"data,omitempty"`
	// Steps are those that were entered, in order.
	Steps []stepEntry `json:"steps,omitempty"`
	// Rolling says that it is being taken back, and why.
	Rolling *fault.Error `json:"rolling,omitempty"`
	Outcome *outcome     `json:"outcome,omitempty"`
}

// stepEntry is how far a step has come.
type stepEntry struct {
	Name       string `json:"name"`
	Committing bool   `json:"committing,omitempty"` // its commit was about to begin
	Committed  bool   `json:"committed,omitempty"`
	Done       bool   `json:"done,omitempty"` // verified, or already so
	RolledBack bool   `json:"rolledBack,omitempty"`
}

// outcome is how a command ended.
type outcome struct {
	At     time.Time       `json:"at"`
	Fault  *fault.Error    `json:"fault,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
}

func openJournal(dir string) (journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return journal{}, fmt.Errorf("make journal: %w", err)
	}
	return journal{dir}, nil
}

func (j journal) path(id string) string { return filepath.Join(j.dir, id+".json") }

// load returns the entry of a command, or nil where it was never begun.
func (j journal) load(id string) (*entry, error) {
	data, err := os.ReadFile(j.path(id))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("read journal %s: %w", id, err)
	}
	return &e, nil
}

// store writes an entry so that it is there after a power cut.
func (j journal) store(e *entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	if err := WriteFile(j.path(e.Command.ID), data, 0o600); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// forget removes outcomes that are old or too many. What has no outcome stays, however old.
func (j journal) forget() error {
	names, err := filepath.Glob(filepath.Join(j.dir, "*.json"))
	if err != nil {
		return err
	}
	type done struct {
		path string
		at   time.Time
	}
	var list []done
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			list = append(list, done{name, info.ModTime()})
		}
	}
	slices.SortFunc(list, func(a, b done) int { return b.at.Compare(a.at) })
	var errs []error
	for i, d := range list {
		if i < outcomesKept && time.Since(d.at) < outcomesAge {
			continue
		}
		e, err := j.load(strings.TrimSuffix(filepath.Base(d.path), ".json"))
		if err != nil || e == nil || e.Outcome == nil {
			continue
		}
		if err := os.Remove(d.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// WriteFile replaces a file so that after a crash it is the old or the new one: beside, fsync, rename, fsync the folder.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	return WriteOwned(path, data, mode, -1, -1)
}

// WriteOwned is WriteFile for a file that others must read: it has its owner and group, -1 for this process's, before it has its name.
func WriteOwned(path string, data []byte, mode os.FileMode, uid, gid int) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err = f.Chown(uid, gid); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
