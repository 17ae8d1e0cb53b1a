package watch

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// apart runs a source in name spaces of its own, which a test may do anything to. In has something done there.
type apart struct {
	t     *testing.T
	tasks chan func() error
	done  chan error

	mu    sync.Mutex
	signs []Sign
}

func newApart(t *testing.T, spaces int) *apart {
	t.Helper()
	testkit.Need(t, "root")
	a := &apart{t: t, tasks: make(chan func() error), done: make(chan error)}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		a.done <- errors.Join(unix.Unshare(unix.CLONE_FS|spaces), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		for task := range a.tasks {
			a.done <- task()
		}
	}()
	if err := <-a.done; err != nil {
		t.Skipf("SKIPPED, NOT TESTED: no name spaces of its own: %v", err)
	}
	t.Cleanup(func() { close(a.tasks) })
	return a
}

func (a *apart) in(task func() error) {
	a.t.Helper()
	a.tasks <- task
	if err := <-a.done; err != nil {
		a.t.Fatal(err)
	}
}

// follow runs a source on a thread of its own in the same name spaces, until the test ends.
func (a *apart) follow(s Source, spaces ...string) {
	a.t.Helper()
	var fds []int
	a.in(func() error {
		for _, name := range spaces {
			fd, err := unix.Open("/proc/thread-self/ns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			fds = append(fds, fd)
		}
		return nil
	})
	ctx, cancel := context.WithCancel(a.t.Context())
	ready, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS)
		for _, fd := range fds {
			err = errors.Join(err, unix.Setns(fd, 0), unix.Close(fd))
		}
		ready <- err
		ended <- s.Run(ctx, func(x Sign) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.signs = append(a.signs, x)
		})
	}()
	if err := <-ready; err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			a.t.Errorf("%s ended with %v", s.Name(), err)
		}
	})
}

// want waits until a sign was told, and returns when.
func (a *apart) want(kind ha.ChangeKind, resource, what string) time.Time {
	a.t.Helper()
	var at time.Time
	testkit.EventuallyWithin(a.t, late, func() error {
		a.mu.Lock()
		defer a.mu.Unlock()
		i := slices.IndexFunc(a.signs, func(s Sign) bool { return s.Kind == kind && s.Resource == resource && s.What == what })
		if i < 0 {
			return fmt.Errorf("%s of %s is not told: %+v", kind, resource, a.signs)
		}
		at = a.signs[i].At
		a.signs = slices.Delete(a.signs, i, i+1)
		return nil
	})
	return at
}

func (a *apart) none() {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.signs) > 0 {
		a.t.Errorf("told besides: %+v", a.signs)
	}
}

// watched says what a source watches instead of what it should.
func watched(s Source, kind ha.ChangeKind, resources ...string) error {
	got, list := s.Watched()
	slices.Sort(list)
	if got != kind || !slices.Equal(list, resources) {
		return fmt.Errorf("watched by %s: %v", got, list)
	}
	return nil
}

// TestMounts: a mount that goes, and one that becomes read-only, as the kernel tells of them.
func TestMounts(t *testing.T) {
	a := newApart(t, unix.CLONE_NEWNS)
	dir := t.TempDir()
	one, two, ro := filepath.Join(dir, "one of two"), filepath.Join(dir, "two"), filepath.Join(dir, "ro")
	for _, d := range []string{one, two, ro} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	a.in(func() error {
		return errors.Join(unix.Mount("tmpfs", one, "tmpfs", 0, ""), unix.Mount("tmpfs", two, "tmpfs", 0, ""), unix.Mount("tmpfs", ro, "tmpfs", unix.MS_RDONLY, ""))
	})
	m := &mounts{path: "/proc/thread-self/mountinfo"}
	a.follow(m, "mnt")
	m.Follow([]Target{{Resource: "one", Mount: one}, {Resource: "two", Mount: two}, {Resource: "ro", Mount: ro, ReadOnly: true}, {Resource: "away", Mount: dir}})
	a.want(ha.WatchUnmounted, "away", dir) // it never was there
	testkit.Eventually(t, func() error { return watched(m, ha.WatchUnmounted, "one", "ro", "two") })
	back := func() { // is seen, or the next loss would not be one
		t.Helper()
		testkit.Eventually(t, func() error {
			m.mu.Lock()
			defer m.mu.Unlock()
			if !m.seen["one"].there || m.seen["two"].readOnly {
				return fmt.Errorf("the way back is not seen: %+v", m.seen)
			}
			return nil
		})
	}
	for range 20 {
		a.in(func() error { return unix.Unmount(one, 0) })
		a.want(ha.WatchUnmounted, "one", one)
		a.in(func() error { return unix.Mount("tmpfs", one, "tmpfs", 0, "") })
		back()
	}
	for range 2 { // the kernel wakes nobody: it is looked every second
		a.in(func() error { return unix.Mount("", two, "", unix.MS_REMOUNT|unix.MS_RDONLY, "") })
		a.want(ha.WatchReadOnly, "two", two)
		a.in(func() error { return unix.Mount("", two, "", unix.MS_REMOUNT, "") })
		back()
	}
	a.none()
}

// TestParseMounts: lines as kernels write them.
func TestParseMounts(t *testing.T) {
	const text = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
40 22 7:0 / /srv/pg rw,relatime shared:20 master:3 - ext4 /dev/loop0 ro
41 22 7:1 / /srv/a\040b\134c ro,nosuid - xfs /dev/loop1 rw,attr2
42 22 7:2 / /srv/pg/deep rw - tmpfs none rw
short line
`
	want := map[string]mounted{"/": {true, false}, "/srv/pg": {true, true}, `/srv/a b\c`: {true, true}, "/srv/pg/deep": {true, false}}
	if got := parseMounts([]byte(text)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestLinks: an address that goes, one whose interface loses its carrier or goes altogether, and who measures what that means.
func TestLinks(t *testing.T) {
	a := newApart(t, unix.CLONE_NEWNET|unix.CLONE_NEWNS)
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: no ip")
	}
	ip := func(args ...string) {
		t.Helper()
		a.in(func() error {
			out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput()
			if err != nil {
				return fmt.Errorf("ip %v: %w: %s", args, err, out)
			}
			return nil
		})
	}
	ip("link", "add", "svc0", "type", "veth", "peer", "name", "sw0")
	ip("link", "set", "svc0", "up")
	ip("link", "set", "sw0", "up")
	ip("addr", "add", "10.9.9.9/24", "dev", "svc0")
	ip("addr", "add", "fd00:9::9/64", "dev", "svc0", "nodad")
	targets := []Target{
		{Resource: "ip4", Address: netip.MustParseAddr("10.9.9.9")},
		{Resource: "ip6", Address: netip.MustParseAddr("fd00:9::9")},
		{Resource: "none", Address: netip.MustParseAddr("10.9.9.77")},
		{Resource: "ping", Reach: true},
	}
	l := NewLinks()
	a.follow(l, "net")
	l.Follow(targets)
	a.want(ha.WatchAddress, "none", "10.9.9.77")
	if err := watched(l, ha.WatchAddress, "ip4", "ip6", "none"); err != nil { // that a carrier goes is no failure of who measures it
		t.Error(err)
	}
	for range 20 {
		ip("addr", "del", "10.9.9.9/24", "dev", "svc0")
		a.want(ha.WatchAddress, "ip4", "10.9.9.9")
		ip("addr", "add", "10.9.9.9/24", "dev", "svc0")
	}
	ip("addr", "add", "10.9.9.10/24", "dev", "svc0") // somebody else's
	ip("addr", "del", "10.9.9.10/24", "dev", "svc0")
	ip("addr", "add", "10.9.9.9/32", "dev", "lo") // the same elsewhere
	ip("addr", "del", "10.9.9.9/32", "dev", "lo")
	for range 3 { // the kernel tells of a carrier that comes and goes once in a second
		ip("link", "set", "sw0", "down")
		a.want(ha.WatchCarrier, "ip4", "svc0")
		a.want(ha.WatchCarrier, "ip6", "svc0")
		a.want(ha.WatchCarrier, "ping", "svc0")
		a.want(ha.WatchCarrier, "ping", "svc0")
		ip("link", "set", "sw0", "up")
	}
	a.mu.Lock()
	if i := slices.IndexFunc(a.signs, func(s Sign) bool { return s.Kind == ha.WatchAddress }); i >= 0 {
		t.Errorf("told besides: %+v", a.signs[i])
	}
	a.mu.Unlock()
	ip("link", "del", "svc0")
	a.want(ha.WatchAddress, "ip4", "10.9.9.9")
	a.want(ha.WatchAddress, "ip6", "fd00:9::9")
}

// TestVolumes: a volume that loses its disk, once, and not one that was without from the beginning.
func TestVolumes(t *testing.T) {
	testkit.NoLeaks(t)
	v := NewVolumes()
	signs := make(chan Sign, 10)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx, func(s Sign) { signs <- s }) }()
	at := func(disk string) { v.Follow([]Target{{Resource: "drbd", Volume: "r0", Disk: disk}}) }
	for _, disk := range []string{ha.DiskDiskless, "UpToDate", "Inconsistent", "UpToDate", ha.DiskFailed, ha.DiskFailed} {
		at(disk)
	}
	if s := <-signs; s.Resource != "drbd" || s.Kind != ha.WatchDisk || s.What != "r0" {
		t.Errorf("%+v", s)
	}
	cancel()
	if err := <-ended; err != nil || len(signs) != 0 {
		t.Errorf("%v, %d more", err, len(signs))
	}
}
