package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// noPidfd is the kernel of Kylin V10, which has no pidfd_open.
func noPidfd(int) (int, error) { return -1, unix.ENOSYS }

// ways are how a kernel lets ends of processes be noticed, and how fast half of them must be on a machine with other things to do.
var ways = []struct {
	name   string
	open   func(int) (int, error)
	median time.Duration
}{
	{"pidfd", pidfdOpen, 100 * time.Millisecond},
	{"fallback", noPidfd, 2*glanceEvery + 100*time.Millisecond},
}

// late is how late a sign may be at worst: far later than ever on a machine at rest.
const late = 10 * time.Second

// child is a process that a test has started.
type child struct {
	*exec.Cmd
	done chan struct{}
}

// start starts a process that does nothing. Its end is waited for, as init does for daemons.
func start(t *testing.T) *child {
	t.Helper()
	c := &child{exec.CommandContext(context.WithoutCancel(t.Context()), "sleep", "600"), make(chan struct{})}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(c.done); _ = c.Wait() }()
	t.Cleanup(c.kill)
	return c
}

func (c *child) kill() {
	_ = c.Process.Kill()
	<-c.done
}

func (c *child) pid() int { return c.Process.Pid }

func writePID(t *testing.T, path string, pid int) {
	t.Helper()
	// In one step: a daemon that writes its file in two is not seen half-way here.
	next := path + ".new"
	if err := errors.Join(os.WriteFile(next, []byte(strconv.Itoa(pid)+"\nand more\n"), 0o600), os.Rename(next, path)); err != nil {
		t.Fatal(err)
	}
}

// trail is a source that runs, and the signs that it gave.
type trail struct {
	*processes
	mu    sync.Mutex
	signs []Sign
}

func run(t *testing.T, s *processes) *trail {
	t.Helper()
	testkit.NoLeaks(t)
	tr := &trail{processes: s}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, func(x Sign) {
			tr.mu.Lock()
			defer tr.mu.Unlock()
			tr.signs = append(tr.signs, x)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the source ended with %v", err)
		}
	})
	return tr
}

func (tr *trail) of(resource, what string) []Sign {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(tr.signs), func(s Sign) bool { return s.Resource != resource || s.What != what })
}

func (tr *trail) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.signs)
}

// bound waits until a resource's process is watched.
func (tr *trail) bound(t *testing.T, resource string, pid int) {
	t.Helper()
	testkit.Eventually(t, func() error {
		tr.processes.mu.Lock()
		defer tr.processes.mu.Unlock()
		for w, p := range tr.places {
			if w.resource == resource && slices.ContainsFunc(p.bound, func(b process) bool { return b.pid == pid }) {
				return nil
			}
		}
		return fmt.Errorf("%d of %s is not watched", pid, resource)
	})
}

// TestProcessEnds kills many processes one after the other, each seen once and soon.
func TestProcessEnds(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			const rounds, at = 200, 20
			dir := t.TempDir()
			tr := run(t, newProcesses(nil, way.open, slog.New(slog.DiscardHandler)))
			var took []time.Duration
			for round := 0; round < rounds; round += at {
				var targets []Target
				var children []*child
				for i := range at {
					c := start(t)
					id := fmt.Sprintf("r%d", round+i)
					path := filepath.Join(dir, id)
					writePID(t, path, c.pid())
					children = append(children, c)
					targets = append(targets, Target{Resource: id, PIDFiles: []string{path}})
				}
				tr.Follow(targets)
				for i, c := range children {
					tr.bound(t, targets[i].Resource, c.pid())
				}
				killed := make([]time.Time, at)
				for i, c := range children {
					killed[i] = time.Now()
					c.kill()
				}
				for i, c := range children {
					var s []Sign
					testkit.EventuallyWithin(t, late, func() error {
						if s = tr.of(targets[i].Resource, strconv.Itoa(c.pid())); len(s) == 0 {
							return fmt.Errorf("round %d: nobody has noticed", round+i)
						}
						return nil
					})
					took = append(took, s[0].At.Sub(killed[i]))
				}
			}
			slices.Sort(took)
			t.Logf("median %v, worst %v", took[len(took)/2], took[len(took)-1])
			if m := took[len(took)/2]; m > way.median {
				t.Errorf("median %v, more than %v", m, way.median)
			}
			if n := tr.count(); n != rounds {
				t.Errorf("%d signs of %d ends", n, rounds)
			}
		})
	}
}

// TestProcessReplaced: a daemon that takes a new process of its own, and names it in its file, is followed to the new one; a file that
// names nobody any more is told once.
func TestProcessReplaced(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pid")
			tr := run(t, newProcesses(nil, way.open, slog.New(slog.DiscardHandler)))
			old := start(t)
			writePID(t, path, old.pid())
			tr.Follow([]Target{{Resource: "r", PIDFiles: []string{path}}})
			tr.bound(t, "r", old.pid())
			for range 20 {
				next := start(t)
				writePID(t, path, next.pid())
				old.kill()
				tr.bound(t, "r", next.pid())
				old = next
			}
			if n := tr.count(); n != 20 {
				t.Errorf("%d signs of 20 replacements", n)
			}
			// It names somebody who has gone before anybody looked.
			gone := start(t)
			gone.kill()
			writePID(t, path, gone.pid())
			old.kill()
			testkit.Eventually(t, func() error {
				if len(tr.of("r", strconv.Itoa(gone.pid()))) != 1 {
					return errors.New("who was never there is not told")
				}
				return nil
			})
			testkit.Eventually(t, func() error { // it is looked for again and again
				tr.processes.mu.Lock()
				defer tr.processes.mu.Unlock()
				for _, p := range tr.places {
					if p.wait < 8*lookSoon {
						return fmt.Errorf("it is looked for only after %v", p.wait)
					}
				}
				return nil
			})
			again := start(t)
			writePID(t, path, again.pid())
			tr.bound(t, "r", again.pid())
			if n := len(tr.of("r", strconv.Itoa(gone.pid()))); n != 1 {
				t.Errorf("who was never there is told %d times", n)
			}
			// What is not followed any more is not told.
			tr.Follow(nil)
			other := filepath.Join(t.TempDir(), "other")
			c := start(t)
			writePID(t, other, c.pid())
			before := tr.count()
			again.kill()
			tr.Follow([]Target{{Resource: "o", PIDFiles: []string{other}}})
			tr.bound(t, "o", c.pid())
			c.kill()
			testkit.Eventually(t, func() error {
				if tr.count() == before {
					return errors.New("the end of the other is not told")
				}
				return nil
			})
			if n := len(tr.of("r", strconv.Itoa(again.pid()))); n != 0 {
				t.Error("the end of what is not followed is told")
			}
		})
	}
}

// TestFollowedAgain: where something has happened in the cluster it is looked at once for who may have been started, however long nobody
// was there.
func TestFollowedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pid")
	tr := run(t, newProcesses(nil, pidfdOpen, slog.New(slog.DiscardHandler)))
	targets := []Target{{Resource: "r", PIDFiles: []string{path}}}
	tr.Follow(targets)
	testkit.Eventually(t, func() error {
		tr.processes.mu.Lock()
		defer tr.processes.mu.Unlock()
		for _, p := range tr.places {
			if p.due.Before(time.Now()) {
				return errors.New("not looked at yet")
			}
			p.due = time.Now().Add(time.Hour)
		}
		return nil
	})
	c := start(t)
	writePID(t, path, c.pid())
	tr.Follow(targets)
	tr.bound(t, "r", c.pid())
}

// TestUnitEndsUnseen: a unit that was started again, and whose new process ended before anybody looked, looks like before: failed. That it
// was another one is told by systemd's number of it.
func TestUnitEndsUnseen(t *testing.T) {
	main := start(t)
	var mu sync.Mutex
	asked, unit := 0, Unit{Active: "active", MainPID: main.pid(), Invocation: "1"}
	be := func(u Unit) {
		mu.Lock()
		defer mu.Unlock()
		unit = u
	}
	tr := run(t, newProcesses(func(context.Context, []string) (map[string]Unit, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return map[string]Unit{"a.service": unit}, nil
	}, pidfdOpen, slog.New(slog.DiscardHandler)))
	targets := []Target{{Resource: "a", Unit: "a.service"}}
	tr.Follow(targets)
	tr.bound(t, "a", main.pid())
	if kind, list := tr.Watched(); kind != ha.WatchProcess || !slices.Equal(list, []string{"a"}) {
		t.Errorf("watched by %s: %v", kind, list)
	}
	be(Unit{Active: "failed", Invocation: "1"})
	main.kill()
	told := func(times int, what string) {
		t.Helper()
		testkit.Eventually(t, func() error {
			if got := len(tr.of("a", what)); got != times {
				return fmt.Errorf("%s is told %d times, not %d", what, got, times)
			}
			return nil
		})
	}
	told(1, strconv.Itoa(main.pid()))
	if _, list := tr.Watched(); len(list) > 0 {
		t.Errorf("who has ended is watched: %v", list)
	}
	looked := func() { // twice: the first look may have begun before
		t.Helper()
		mu.Lock()
		begun := asked
		mu.Unlock()
		testkit.Eventually(t, func() error {
			mu.Lock()
			defer mu.Unlock()
			if asked < begun+2 {
				return fmt.Errorf("looked at %d times", asked-begun)
			}
			return nil
		})
	}
	looked()
	told(0, "a.service") // it has been told already
	be(Unit{Active: "failed", Invocation: "2"})
	told(1, "a.service")
	looked()
	told(1, "a.service")
}

// fleeting is a kernel on which each process ends as soon as it is watched, and that is told before anybody has noted whose it was.
type fleeting struct {
	ends  func()
	gone  chan process
	taken chan struct{}
	told  bool
}

func (f *fleeting) add(p process) error {
	f.ends()
	f.gone <- p
	<-f.taken
	return nil
}

func (f *fleeting) next() ([]process, error) {
	if f.told { // who asks for more has dealt with the last one
		f.taken <- struct{}{}
	}
	p, open := <-f.gone
	if !open {
		return nil, os.ErrClosed
	}
	f.told = true
	return []process{p}, nil
}

func (*fleeting) remove(process) {}
func (*fleeting) close()         {}
func (*fleeting) release()       {}

// TestProcessEndsWhileBound: the end of a process is told also where it comes between the moment from which the kernel tells of it and the
// moment from which it is known whose it is.
func TestProcessEndsWhileBound(t *testing.T) {
	c := start(t)
	path := filepath.Join(t.TempDir(), "pid")
	writePID(t, path, c.pid())
	tr := &trail{processes: newProcesses(nil, pidfdOpen, slog.New(slog.DiscardHandler))}
	sign := func(s Sign) { tr.signs = append(tr.signs, s) }
	tr.Follow([]Target{{Resource: "r", PIDFiles: []string{path}}})
	f := &fleeting{ends: c.kill, gone: make(chan process), taken: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- tr.waits(f, func(Sign) { t.Error("told as if it were known whose it was") }) }()
	tr.look(t.Context(), f, sign)
	close(f.gone)
	<-ended
	if n := len(tr.of("r", strconv.Itoa(c.pid()))); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// TestPIDFileOfAnybody: whoever owns a PID file may put anything there.
func TestPIDFileOfAnybody(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"one": "1\n", "minus": "-5", "words": "rm -rf /", "empty": "", "huge": "99999999999999999999", "zero": "0"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := newProcesses(nil, pidfdOpen, slog.New(slog.DiscardHandler))
		if pids, _ := s.readPIDFile(path); len(pids) != 0 {
			t.Errorf("%s: %v", name, pids)
		}
	}
	s := newProcesses(nil, pidfdOpen, slog.New(slog.DiscardHandler))
	for _, path := range []string{fifo, dir, filepath.Join(dir, "none")} {
		if pids, _ := s.readPIDFile(path); len(pids) != 0 {
			t.Errorf("%s: %v", path, pids)
		}
	}
}

// TestUnit: the main process of a unit, or those of its control group where it has none, and a unit that is down already.
func TestUnit(t *testing.T) {
	root := t.TempDir()
	main, first, second := start(t), start(t), start(t)
	if err := os.MkdirAll(filepath.Join(root, "systemd/system.slice/b.service"), 0o700); err != nil {
		t.Fatal(err)
	}
	procs := filepath.Join(root, "systemd/system.slice/b.service/cgroup.procs")
	if err := os.WriteFile(procs, fmt.Appendf(nil, "%d\n%d\n", first.pid(), second.pid()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newProcesses(func(context.Context, []string) (map[string]Unit, error) {
		return map[string]Unit{
			"a.service": {Active: "active", MainPID: main.pid()},
			"b.service": {Active: "active", CGroup: "/system.slice/b.service"},
			"c.service": {Active: "failed"},
		}, nil
	}, pidfdOpen, slog.New(slog.DiscardHandler))
	s.root = root
	tr := run(t, s)
	tr.Follow([]Target{{Resource: "a", Unit: "a.service"}, {Resource: "b", Unit: "b.service"}, {Resource: "c", Unit: "c.service"}, {Resource: "d", Unit: "d.service"}})
	tr.bound(t, "a", main.pid())
	tr.bound(t, "b", first.pid())
	tr.bound(t, "b", second.pid())
	main.kill()
	second.kill()
	for resource, what := range map[string]string{"a": strconv.Itoa(main.pid()), "b": strconv.Itoa(second.pid()), "c": "c.service"} {
		testkit.EventuallyWithin(t, late, func() error {
			if len(tr.of(resource, what)) != 1 {
				return fmt.Errorf("%s of %s is not told", what, resource)
			}
			return nil
		})
	}
}

// TestStartTells: a PID that was given again is another process.
func TestStartTells(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			c := start(t)
			p, err := startOf("/proc", c.pid())
			if err != nil || p.start == 0 {
				t.Fatal(p, err)
			}
			e, err := newExits("/proc", way.open)
			if err != nil {
				t.Fatal(err)
			}
			defer e.release()
			if err := e.add(process{p.pid, p.start + 1}); !errors.Is(err, errGone) {
				t.Errorf("a later process is taken for an earlier one: %v", err)
			}
			if err := e.add(p); err != nil {
				t.Error(err)
			}
			c.kill()
			if err := e.add(process{p.pid, p.start + rand.Uint64N(9) + 1}); !errors.Is(err, errGone) {
				t.Errorf("who has ended is watched: %v", err)
			}
			list, err := e.next()
			if err != nil || !slices.Equal(list, []process{p}) {
				t.Errorf("%v, %v", list, err)
			}
			e.close()
			if _, err := e.next(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("after the end: %v", err)
			}
		})
	}
	// Whose name is a trap is read all the same.
	path := filepath.Join(t.TempDir(), "stat")
	if err := os.WriteFile(path, []byte("42 (a) Z 1 (b)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if p, err := readStat(f); err != nil || p != (process{42, 4711}) {
		t.Errorf("%v, %v", p, err)
	}
}

// TestZombie: who has ended and waits for its parent has ended.
func TestZombie(t *testing.T) {
	c := exec.CommandContext(t.Context(), "true")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Wait() }()
	testkit.Eventually(t, func() error {
		if _, err := startOf("/proc", c.Process.Pid); !errors.Is(err, errGone) {
			return fmt.Errorf("it still counts: %w", err)
		}
		return nil
	})
}
