package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// mounts follows /proc/self/mountinfo. The kernel wakes whoever polls it when something is mounted or unmounted, but not when a file
// system makes itself read-only after an error; so it is read every second as well while there is anything to follow.
type mounts struct {
	path string

	mu    sync.Mutex // guards what follows
	rules map[string]Target
	seen  map[string]mounted // by resource
	wake  *os.File           // nil while nobody runs
}

const mountEvery = time.Second

// NewMounts returns the source of mounts that go or become read-only.
func NewMounts() Source { return &mounts{path: "/proc/self/mountinfo"} }

func (*mounts) Name() string { return "mounts" }

func (m *mounts) Follow(targets []Target) {
	rules := map[string]Target{}
	for _, t := range targets {
		if t.Mount != "" {
			rules[t.Resource] = t
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules = rules
	if m.wake != nil {
		_, _ = m.wake.Write([]byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (m *mounts) Watched() (ha.ChangeKind, []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for id := range m.rules {
		if m.seen[id].there {
			list = append(list, id)
		}
	}
	return ha.WatchUnmounted, list
}

// mounted is how a mount point was seen last.
type mounted struct{ there, readOnly bool }

func (m *mounts) Run(ctx context.Context, sign func(Sign)) error {
	file, err := os.Open(m.path)
	if err != nil {
		return err
	}
	defer file.Close()
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	wake := os.NewFile(uintptr(fd), "eventfd")
	m.mu.Lock()
	m.wake, m.seen = wake, nil
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.wake = nil
		m.mu.Unlock()
		_ = wake.Close()
	}()
	stop := context.AfterFunc(ctx, func() { m.Follow(nil) })
	defer stop()
	for ctx.Err() == nil {
		m.mu.Lock()
		rules, seen := m.rules, m.seen
		m.mu.Unlock()
		timeout := -1
		if len(rules) > 0 {
			timeout = int(mountEvery / time.Millisecond)
			data, err := os.ReadFile(m.path)
			if err != nil {
				return err
			}
			seen = compare(rules, seen, parseMounts(data), sign)
			m.mu.Lock()
			m.seen = seen
			m.mu.Unlock()
		}
		polled := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLPRI}, {Fd: int32(fd), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
		if _, err := unix.Poll(polled, timeout); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("poll: %w", err)
		}
		if polled[1].Revents != 0 {
			_, _ = unix.Read(fd, make([]byte, 8))
		}
	}
	return nil
}

// compare tells what became worse, and returns what is seen now.
func compare(rules map[string]Target, was, now map[string]mounted, sign func(Sign)) map[string]mounted {
	seen := map[string]mounted{}
	for id, t := range rules {
		is := now[t.Mount]
		before, known := was[id]
		switch {
		case !is.there && (!known || before.there):
			sign(Sign{Resource: id, Kind: ha.WatchUnmounted, What: t.Mount, At: time.Now()})
		case is.there && is.readOnly && !t.ReadOnly && (!known || !before.readOnly):
			sign(Sign{Resource: id, Kind: ha.WatchReadOnly, What: t.Mount, At: time.Now()})
		}
		seen[id] = is
	}
	return seen
}

// parseMounts reads mountinfo: of several mounts on one point the last is what is seen there. Source: proc_pid_mountinfo(5).
func parseMounts(data []byte) map[string]mounted {
	list := map[string]mounted{}
	for line := range bytes.Lines(data) {
		f := strings.Fields(string(line))
		dash := slices.Index(f, "-")
		if dash < 6 || len(f) < dash+4 {
			continue
		}
		ro := slices.Contains(strings.Split(f[5], ","), "ro") || slices.Contains(strings.Split(f[dash+3], ","), "ro")
		list[filepath.Clean(unescape(f[4]))] = mounted{there: true, readOnly: ro}
	}
	return list
}

// unescape reads the octal numbers that stand for space, tab, line feed and backslash.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
