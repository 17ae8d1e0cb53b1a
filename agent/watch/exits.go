package watch

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// process is a process that no other can be taken for: the kernel gives a PID again, but not with the same start.
type process struct {
	pid   int
	start uint64 // clock ticks after boot
}

// errGone is returned where a process has ended already.
var errGone = errors.New("the process has ended")

// exits tells when processes end: all of them to one goroutine.
type exits interface {
	// add begins to watch a process; errGone where it has ended.
	add(p process) error
	remove(p process)
	// next waits until some have ended, and returns them; they are removed. An error means the end.
	next() ([]process, error)
	// close ends next; release lets go of the rest, once next has returned.
	close()
	release()
}

// newExits returns what this kernel can do. Open is pidfd_open, since Linux 5.3; where there is none, processes are looked at every fifth
// of a second. In containers of older systemd the call is forbidden, not unknown.
func newExits(proc string, open func(pid int) (int, error)) (exits, error) {
	fd, err := open(os.Getpid())
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		return newGlances(proc), nil
	case err != nil:
		return nil, fmt.Errorf("pidfd_open: %w", err)
	}
	_ = unix.Close(fd)
	return newPidfds(proc, open)
}

// pidfdOpen is the kernel's.
func pidfdOpen(pid int) (int, error) { return unix.PidfdOpen(pid, 0) }

// pidfds are exits by file descriptors of processes, one epoll over all of them.
type pidfds struct {
	proc string
	open func(int) (int, error)
	poll int
	wake int // an eventfd that ends next

	mu    sync.Mutex // guards what follows
	fds   map[process]int
	by    map[int32]process
	ended bool
}

func newPidfds(proc string, open func(int) (int, error)) (*pidfds, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(poll)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(wake)}); err != nil { //nolint:gosec // descriptors are small
		_, _ = unix.Close(poll), unix.Close(wake)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &pidfds{proc: proc, open: open, poll: poll, wake: wake, fds: map[process]int{}, by: map[int32]process{}}, nil
}

func (e *pidfds) add(p process) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, has := e.fds[p]; has {
		return nil
	}
	fd, err := e.open(p.pid)
	if errors.Is(err, unix.ESRCH) {
		return errGone
	}
	if err != nil {
		return fmt.Errorf("pidfd_open: %w", err)
	}
	// Only now nobody else can have the PID: whoever has it is who was opened.
	if now, err := startOf(e.proc, p.pid); err != nil || now != p {
		_ = unix.Close(fd)
		return errGone
	}
	if err := unix.EpollCtl(e.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil { //nolint:gosec // descriptors are small
		_ = unix.Close(fd)
		return fmt.Errorf("epoll: %w", err)
	}
	e.fds[p], e.by[int32(fd)] = fd, p //nolint:gosec // the same
	return nil
}

func (e *pidfds) remove(p process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.drop(p)
}

// drop closes a process's descriptor, which takes it out of the epoll. The caller holds mu.
func (e *pidfds) drop(p process) {
	if fd, has := e.fds[p]; has {
		delete(e.fds, p)
		delete(e.by, int32(fd)) //nolint:gosec // descriptors are small
		_ = unix.Close(fd)
	}
}

func (e *pidfds) next() ([]process, error) {
	events := make([]unix.EpollEvent, 64)
	for {
		n, err := unix.EpollWait(e.poll, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return nil, fmt.Errorf("epoll: %w", err)
		}
		e.mu.Lock()
		if e.ended {
			e.mu.Unlock()
			return nil, os.ErrClosed
		}
		var list []process
		for _, x := range events[:max(n, 0)] {
			// A descriptor that was closed meanwhile may be another process's by now: that one has not ended, unless its start says so.
			if p, has := e.by[x.Fd]; has && ended(e.proc, p) {
				e.drop(p)
				list = append(list, p)
			}
		}
		e.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
	}
}

func (e *pidfds) close() {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	_, _ = unix.Write(e.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
}

func (e *pidfds) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for p := range e.fds {
		e.drop(p)
	}
	_, _ = unix.Close(e.poll), unix.Close(e.wake)
}

// glances are exits without help of the kernel: each process is looked at every fifth of a second.
type glances struct {
	proc string
	stop chan struct{}

	mu    sync.Mutex // guards files
	files map[process]*os.File
}

const (
	glanceEvery = 200 * time.Millisecond
	// wholly is how many glances only ask whether the PID is given: reading what the kernel has to say costs it a hundred times as much,
	// and finds those who wait for their parent, or have given their PID to somebody else.
	wholly = 10
)

func newGlances(proc string) *glances {
	return &glances{proc: proc, stop: make(chan struct{}), files: map[process]*os.File{}}
}

func (g *glances) add(p process) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.files[p] != nil {
		return nil
	}
	f, err := os.Open(statPath(g.proc, p.pid)) // belongs to this process and no later one
	if errors.Is(err, os.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	if now, err := readStat(f); err != nil || now != p {
		_ = f.Close()
		return errGone
	}
	g.files[p] = f
	return nil
}

func (g *glances) remove(p process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.files[p]; f != nil {
		delete(g.files, p)
		_ = f.Close()
	}
}

func (g *glances) next() ([]process, error) {
	tick := time.NewTicker(glanceEvery)
	defer tick.Stop()
	for round := 0; ; round++ {
		select {
		case <-g.stop:
			return nil, os.ErrClosed
		case <-tick.C:
		}
		var list []process
		g.mu.Lock()
		for p, f := range g.files {
			if errors.Is(unix.Kill(p.pid, 0), unix.ESRCH) || round%wholly == 0 && other(f, p) {
				delete(g.files, p)
				_ = f.Close()
				list = append(list, p)
			}
		}
		g.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
	}
}

// other says whether a file is not of a process that still runs.
func other(f *os.File, p process) bool {
	now, err := readStat(f)
	return err != nil || now != p
}

func (g *glances) close() { close(g.stop) }

func (g *glances) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p, f := range g.files {
		delete(g.files, p)
		_ = f.Close()
	}
}

// ended says whether a process has.
func ended(proc string, p process) bool {
	now, err := startOf(proc, p.pid)
	return err != nil || now != p
}

// startOf returns the process that has a PID; errGone where none has, or it has ended and waits for its parent.
func startOf(proc string, pid int) (process, error) {
	f, err := os.Open(statPath(proc, pid))
	if errors.Is(err, os.ErrNotExist) {
		return process{}, errGone
	}
	if err != nil {
		return process{}, err
	}
	defer f.Close()
	return readStat(f)
}

func statPath(proc string, pid int) string { return filepath.Join(proc, strconv.Itoa(pid), "stat") }

// readStat reads a process's stat: PID (name) state …, of which the 22nd is the start. The name may hold anything, but it ends with the
// last parenthesis. Source: proc_pid_stat(5).
func readStat(f *os.File) (process, error) {
	buf := make([]byte, 1024)
	n, err := f.ReadAt(buf, 0)
	if n == 0 {
		if err == nil || errors.Is(err, unix.ESRCH) {
			err = errGone
		}
		return process{}, err
	}
	line := buf[:n]
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 2 || end < open {
		return process{}, fmt.Errorf("%s: cannot be read", f.Name())
	}
	rest := bytes.Fields(line[end+1:])
	if len(rest) < 20 {
		return process{}, fmt.Errorf("%s: cannot be read", f.Name())
	}
	if state := rest[0][0]; state == 'Z' || state == 'X' || state == 'x' {
		return process{}, errGone
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(line[:open])))
	if err != nil {
		return process{}, err
	}
	start, err := strconv.ParseUint(string(rest[19]), 10, 64)
	return process{pid, start}, err
}
