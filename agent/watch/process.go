package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hawser/internal/ha"
)

// processes follows the processes of resources. Where they are named, by a file or by systemd, is a place; what is found there is bound
// to it until it ends. After that the place is looked at again, soon and then less and less: a process that has been replaced, by a
// restart or by a daemon that takes a new process of its own, is found there.
type processes struct {
	units func(context.Context, []string) (map[string]Unit, error)
	open  func(int) (int, error)
	proc  string // /proc
	root  string // of control groups
	log   *slog.Logger
	wake  chan struct{}

	mu     sync.Mutex // guards what follows
	places map[where]*place
	loose  []process // that nobody is bound to any more
	// hanging are files of which an answer is still awaited.
	hanging map[string]bool
}

// where a process of a resource is named.
type where struct {
	resource   string
	unit, file string // one of them
}

// place is what was found there.
type place struct {
	bound []process
	due   time.Time // when it is looked at; zero: when nothing is bound any more
	since time.Time // since when nothing is bound
	wait  time.Duration
	// text is what the place said when it was looked at last: what has been told as gone is not told again.
	text string
	// run is systemd's number of the start whose processes were bound last: their end is told when they end.
	run string
}

const (
	// lookSoon and lookSeldom bound how long is waited until a place is looked at again: soon for as long as most restarts take.
	lookSoon   = 100 * time.Millisecond
	lookSeldom = 10 * time.Second
	soonFor    = 3 * time.Second
	// maxBound bounds the processes of a unit that has no main one.
	maxBound = 64
	// maxPIDFile bounds what is read of a file: PostgreSQL's has eight lines, of which the first counts.
	maxPIDFile = 4096
	// fileWait is how long a PID file may take.
	fileWait = time.Second
)

// NewProcesses returns the source of processes that end. Units asks systemd; open is pidfd_open, nil for this kernel's.
func NewProcesses(units func(context.Context, []string) (map[string]Unit, error), open func(pid int) (int, error), log *slog.Logger) Source {
	if open == nil {
		open = pidfdOpen
	}
	return newProcesses(units, open, log)
}

func newProcesses(units func(context.Context, []string) (map[string]Unit, error), open func(int) (int, error), log *slog.Logger) *processes {
	return &processes{units: units, open: open, proc: "/proc", root: "/sys/fs/cgroup", log: log, wake: make(chan struct{}, 1), places: map[where]*place{}, hanging: map[string]bool{}}
}

func (*processes) Name() string { return "processes" }

func (s *processes) Follow(targets []Target) {
	want := map[where]bool{}
	for _, t := range targets {
		if t.Unit != "" {
			want[where{resource: t.Resource, unit: t.Unit}] = true
		}
		for _, f := range t.PIDFiles {
			want[where{resource: t.Resource, file: f}] = true
		}
	}
	s.mu.Lock()
	for w, p := range s.places {
		if !want[w] {
			s.loose = append(s.loose, p.bound...)
			delete(s.places, w)
		}
	}
	now := time.Now()
	for w := range want {
		switch p := s.places[w]; {
		case p == nil:
			s.places[w] = &place{due: now, since: now, wait: lookSoon}
		case len(p.bound) == 0: // it may have been started
			p.due, p.wait = now, lookSoon
		}
	}
	s.mu.Unlock()
	s.poke()
}

func (s *processes) Watched() (ha.ChangeKind, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for w, p := range s.places {
		if len(p.bound) > 0 {
			list = append(list, w.resource)
		}
	}
	return ha.WatchProcess, list
}

func (s *processes) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *processes) Run(ctx context.Context, sign func(Sign)) error {
	e, err := newExits(s.proc, s.open)
	if err != nil {
		return err
	}
	if _, slow := e.(*glances); slow {
		s.log.Warn("this kernel does not tell when processes end; they are looked at instead", "every", glanceEvery)
	}
	s.mu.Lock()
	for _, p := range s.places { // an earlier run has let go of them
		p.bound, p.due, p.since, p.wait = nil, time.Now(), time.Now(), lookSoon
	}
	s.loose = nil
	s.mu.Unlock()
	ended := make(chan error, 1)
	go func() { ended <- s.waits(e, sign) }()
	stopped := false
	defer func() {
		e.close()
		if !stopped {
			<-ended //nolint:errcheck // it says only that it was ended
		}
		e.release()
	}()
	for {
		next := s.look(ctx, e, sign)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case err := <-ended:
			timer.Stop()
			stopped = true
			return err
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// waits tells of what ends.
func (s *processes) waits(e exits, sign func(Sign)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	for {
		list, err := e.next()
		if err != nil {
			return err
		}
		at := time.Now()
		s.mu.Lock()
		var signs []Sign
		for w, p := range s.places {
			for _, x := range list {
				i := slices.Index(p.bound, x)
				if i < 0 {
					continue
				}
				p.bound = slices.Delete(p.bound, i, i+1)
				p.due, p.since, p.wait = at.Add(lookSoon), at, lookSoon
				signs = append(signs, Sign{Resource: w.resource, Kind: ha.WatchProcess, What: strconv.Itoa(x.pid), At: at})
			}
		}
		s.mu.Unlock()
		for _, x := range signs {
			sign(x)
		}
		s.poke()
	}
}

// look looks at the places that are due, and says after how long the next one is.
func (s *processes) look(ctx context.Context, e exits, sign func(Sign)) time.Duration {
	now := time.Now()
	s.mu.Lock()
	for _, p := range s.loose {
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.places)), func(o *place) bool { return slices.Contains(o.bound, p) }) {
			e.remove(p)
		}
	}
	s.loose = nil
	var due []where
	var units []string
	for w, p := range s.places {
		if !p.due.IsZero() && !p.due.After(now) {
			due = append(due, w)
			if w.unit != "" && !slices.Contains(units, w.unit) {
				units = append(units, w.unit)
			}
		}
	}
	s.mu.Unlock()
	var known map[string]Unit
	if len(units) > 0 {
		slices.Sort(units)
		var err error
		if known, err = s.units(ctx, units); err != nil && ctx.Err() == nil {
			s.log.Warn("systemd not asked for the processes of units", "err", err)
		}
	}
	for _, w := range due {
		var f found
		if w.unit != "" {
			u, is := known[w.unit]
			f.pids, f.text, f.run = s.ofUnit(u), fmt.Sprintf("%s %d %s", u.Active, u.MainPID, u.Invocation), u.Invocation
			f.away = is && (u.Active == "inactive" || u.Active == "failed")
		} else {
			f.pids, f.text = s.readPIDFile(w.file)
		}
		s.bind(e, w, f, sign)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := time.Hour
	for _, p := range s.places {
		if !p.due.IsZero() {
			next = min(next, max(time.Until(p.due), 0))
		}
	}
	return next
}

// found is what a place says.
type found struct {
	pids []int
	text string
	run  string
	away bool // it is a unit that does not run
}

// bind watches what a place names. What it names and is not there is told, once.
func (s *processes) bind(e exits, w where, f found, sign func(Sign)) {
	var bound []process
	gone := 0
	for _, pid := range f.pids {
		p, err := startOf(s.proc, pid)
		if err == nil {
			err = e.add(p)
		}
		switch {
		case err == nil:
			bound = append(bound, p)
		case errors.Is(err, errGone):
			gone = pid
		default:
			s.log.Debug("process not watched", "resource", w.resource, "pid", pid, "err", err)
		}
	}
	s.mu.Lock()
	p := s.places[w]
	if p == nil { // no longer wanted
		s.loose = append(s.loose, bound...)
		s.mu.Unlock()
		return
	}
	for _, b := range p.bound {
		if !slices.Contains(bound, b) {
			s.loose = append(s.loose, b)
		}
	}
	// Who has ended since it was found above may have been told of while nobody knew whose it was.
	lost := false
	bound = slices.DeleteFunc(bound, func(b process) bool {
		over := ended(s.proc, b)
		if over {
			gone, lost = b.pid, true
		}
		return over
	})
	told := p.text == f.text || f.run != "" && p.run == f.run
	p.bound, p.text, p.due = bound, f.text, time.Time{}
	if now := time.Now(); len(bound) == 0 {
		if p.since.IsZero() {
			p.since = now
		}
		p.due = now.Add(p.wait)
		if now.Sub(p.since) > soonFor {
			p.wait = min(2*p.wait, lookSeldom)
		}
	} else {
		p.since, p.run = time.Time{}, f.run
	}
	s.mu.Unlock()
	if lost || len(bound) == 0 && !told && (gone != 0 || f.away) {
		what := w.unit
		if gone != 0 {
			what = strconv.Itoa(gone)
		}
		sign(Sign{Resource: w.resource, Kind: ha.WatchProcess, What: what, At: time.Now()})
	}
}

// ofUnit lists the processes of a unit: its main one, or all of its control group where it has none.
func (s *processes) ofUnit(u Unit) []int {
	if u.MainPID > 0 {
		return []int{u.MainPID}
	}
	if u.CGroup == "" || u.CGroup == "/" {
		return nil
	}
	for _, dir := range []string{"", "unified", "systemd"} { // version 2, both, version 1
		data, err := os.ReadFile(filepath.Join(s.root, dir, filepath.Clean("/"+u.CGroup), "cgroup.procs"))
		if err != nil {
			continue
		}
		var list []int
		for line := range strings.Lines(string(data)) {
			if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 && len(list) < maxBound {
				list = append(list, pid)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// readPIDFile reads the PID on the first line of a file, and returns that line as well. A file on a disk that hangs is given up, and not
// asked again until it has answered.
func (s *processes) readPIDFile(path string) ([]int, string) {
	s.mu.Lock()
	hangs := s.hanging[path]
	s.hanging[path] = true
	s.mu.Unlock()
	if hangs {
		return nil, ""
	}
	read := make(chan int, 1)
	go func() { // ends when the disk answers
		pid := pidIn(path)
		s.mu.Lock()
		delete(s.hanging, path)
		s.mu.Unlock()
		read <- pid
	}()
	timer := time.NewTimer(fileWait)
	defer timer.Stop()
	select {
	case pid := <-read:
		if pid > 1 {
			return []int{pid}, strconv.Itoa(pid)
		}
	case <-timer.C:
		s.log.Debug("PID file does not answer", "file", path)
	}
	return nil, ""
}

// pidIn returns the PID on the first line of a file, 0 where there is none. Whoever owns the file may have put anything there.
func pidIn(path string) int {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return 0
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPIDFile))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0
	}
	return pid
}
