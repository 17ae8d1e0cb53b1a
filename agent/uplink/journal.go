package uplink

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// Bounds of the journal: results are kept against a command that comes again, and no server asks again after a day.
const (
	resultsKept = 256
	resultsAge  = 24 * time.Hour
)

// idPattern is what a command's ID may be: it becomes the name of a file.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func journalPath(dir string) string { return filepath.Join(dir, "commands") }

// journal remembers which commands were given and what became of them, so that a command that comes again, whenever, is
// carried out once. The steps within a command are the engine's own business.
//
// Each command is one file: ID.json, renamed to ID.told when the server has the result. Results may be megabytes
// (configurations before and after), so they stay on disk.
type journal struct {
	dir string

	mu      sync.Mutex // guards entries; held over file I/O, which makes "is it new?" and "it is noted" one step
	entries map[string]*entry
}

type entry struct {
	id      string
	given   time.Time
	done    time.Time // zero as long as there is no result
	told    bool      // the server has the result
	running bool      // in this process
}

// page is the content of a file. Where there is a result the arguments are gone: they may be secret and are done with.
type page struct {
	Command wire.Command `json:"command"`
	Given   time.Time    `json:"given"`
	Result  *wire.Result `json:"result,omitempty"`
}

func openJournal(dir string, log *slog.Logger) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for commands: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	j := &journal{dir: dir, entries: map[string]*entry{}}
	for _, f := range files {
		path, suffix := filepath.Join(dir, f.Name()), filepath.Ext(f.Name())
		id := strings.TrimSuffix(f.Name(), suffix)
		if strings.HasPrefix(f.Name(), ".new-") { // a crash amid writeFile
			_ = os.Remove(path)
			continue
		}
		if suffix != ".json" && suffix != ".told" {
			continue
		}
		var p page
		if err := readJSON(path, &p); err != nil || p.Command.ID != id {
			// Files are replaced whole, so this is a broken disk. The command counts as never given; the others must go on.
			log.Error("a page of the journal is unreadable and was put aside", "file", path, "err", err)
			_ = os.Rename(path, path+".bad")
			continue
		}
		e := &entry{id: id, given: p.Given, told: suffix == ".told"}
		if p.Result != nil {
			e.done = p.Result.At
		}
		j.entries[id] = e
	}
	return j, nil
}

func (j *journal) path(e *entry) string {
	if e.told {
		return filepath.Join(j.dir, e.id+".told")
	}
	return filepath.Join(j.dir, e.id+".json")
}

// begin notes a command. It says whether the caller must carry it out; otherwise it runs already, or is done and its result
// is to be told again.
func (j *journal) begin(c wire.Command, now time.Time) (run bool, err error) {
	if !idPattern.MatchString(c.ID) {
		return false, fault.New(fault.Invalid, "command.id_invalid", "a command's ID is 1 to 64 letters, digits, - and _")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if e := j.entries[c.ID]; e != nil {
		if !e.done.IsZero() {
			return false, j.setTold(e, false)
		}
		run, e.running = !e.running, true // not running: from before a restart
		return run, nil
	}
	e := &entry{id: c.ID, given: now, running: true}
	if err := writeJSON(j.path(e), page{Command: c, Given: now}); err != nil {
		return false, fmt.Errorf("note command: %w", err)
	}
	j.entries[c.ID] = e
	return true, nil
}

// finish notes what became of a command.
func (j *journal) finish(r wire.Result) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.entries[r.Command]
	if e == nil {
		return fmt.Errorf("command %s was never noted", r.Command)
	}
	var p page
	if err := readJSON(j.path(e), &p); err != nil {
		return fmt.Errorf("note result: %w", err)
	}
	p.Command.Args, p.Result = nil, &r
	if err := writeJSON(j.path(e), p); err != nil {
		return fmt.Errorf("note result: %w", err)
	}
	e.running, e.done = false, r.At
	return j.forget()
}

// leave ends a command in this process without a result: the next process takes it up again.
func (j *journal) leave(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e := j.entries[id]; e != nil {
		e.running = false
	}
}

// cancel notes that nobody waits for a command, if it was never given: command and cancel may overtake each other where a
// connection breaks between them, and then the command must not begin.
func (j *journal) cancel(id string, now time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !idPattern.MatchString(id) || j.entries[id] != nil {
		return nil
	}
	r := wire.Result{Command: id, Fault: fault.New(fault.Conflict, "command.cancelled", "the command was cancelled before it began"), At: now}
	e := &entry{id: id, given: now, done: now, told: true}
	if err := writeJSON(j.path(e), page{Command: wire.Command{ID: id}, Given: now, Result: &r}); err != nil {
		return fmt.Errorf("note cancelled command: %w", err)
	}
	j.entries[id] = e
	return nil
}

// confirm notes that the server has results.
func (j *journal) confirm(ids []string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var errs []error
	for _, id := range ids {
		if e := j.entries[id]; e != nil && !e.done.IsZero() {
			errs = append(errs, j.setTold(e, true))
		}
	}
	return errors.Join(errs...)
}

// setTold renames the page. The folder is not flushed: to tell a result twice does no harm.
func (j *journal) setTold(e *entry, told bool) error {
	if e.told == told {
		return nil
	}
	before := j.path(e)
	e.told = told
	if err := os.Rename(before, j.path(e)); err != nil {
		e.told = !told
		return fmt.Errorf("note that a result was told: %w", err)
	}
	return nil
}

// untold returns the IDs of results that the server does not have, oldest first.
func (j *journal) untold() []string {
	return j.list(func(e *entry) bool { return !e.done.IsZero() && !e.told }, func(e *entry) time.Time { return e.done })
}

// unfinished returns the IDs of commands without a result, oldest first.
func (j *journal) unfinished() []string {
	return j.list(func(e *entry) bool { return e.done.IsZero() }, func(e *entry) time.Time { return e.given })
}

func (j *journal) list(want func(*entry) bool, at func(*entry) time.Time) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []*entry
	for _, e := range j.entries {
		if want(e) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *entry) int { return at(a).Compare(at(b)) })
	ids := make([]string, 0, len(list))
	for _, e := range list {
		ids = append(ids, e.id)
	}
	return ids
}

// read returns the page of a command.
func (j *journal) read(id string) (page, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.entries[id]
	if e == nil {
		return page{}, fmt.Errorf("command %s was never noted: %w", id, os.ErrNotExist)
	}
	var p page
	err := readJSON(j.path(e), &p)
	return p, err
}

// forget removes results that are old or too many. The caller holds mu.
func (j *journal) forget() error {
	var done []*entry
	for _, e := range j.entries {
		if !e.done.IsZero() {
			done = append(done, e)
		}
	}
	slices.SortFunc(done, func(a, b *entry) int { return b.done.Compare(a.done) })
	var errs []error
	for i, e := range done {
		// Age is counted from the newest, which was noted just now.
		if i < resultsKept && done[0].done.Sub(e.done) <= resultsAge {
			continue
		}
		if err := os.Remove(j.path(e)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		delete(j.entries, e.id)
	}
	return errors.Join(errs...)
}
