package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/fileset"
	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/testkit"
)

const (
	groupLimit = 64 << 20
	dirtied    = 160 // MiB
	// pendingLimit is how long a request may wait: the file system's own patience is longer.
	pendingLimit = 30 * time.Second
)

// TestMemory: both daemons and a writer that dirties more than all of them may have. Who serves the pages that are to be written must not
// wait for them; that the writer ends is the proof.
func TestMemory(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	group := limited(t)
	r := newRig(t, 256<<20)
	for _, s := range r.sides[1:] {
		s.order(t, "create-metadata", "--data", "equal")
	}
	must(t, fileset.Write(r.set, bothMembers))
	for _, s := range r.sides[1:] {
		s.group = group
		s.start(t)
	}
	r.sides[2].becomes(t, "connected", connected)
	device := r.sides[1].order(t, "promote")
	tool(t, "mkfs.ext4", "-q", "-F", device)
	dir := t.TempDir()
	tool(t, "mount", device, dir)
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })

	script := fmt.Sprintf("echo $$ >%s/cgroup.procs && exec dd if=/dev/zero of=%s/big bs=1M count=%d conv=fsync", group, dir, dirtied)
	writer := exec.Command("sh", "-c", script)
	ended := make(chan error, 1)
	go func() {
		out, err := writer.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		ended <- err
	}()
	longest := r.watch(t, device, ended)
	t.Logf("nothing answered for %v at most; %s", longest, most(t, group))
	r.sides[1].inSync(t)
}

// watch waits for the writer, and returns for how long at most the device has had requests and answered none: read from outside, of the
// kernel. Where that is too long the front end is aborted: whatever waits for it could never be killed.
func (r *rig) watch(t *testing.T, device string, ended <-chan error) (longest time.Duration) {
	t.Helper()
	last, since := "", time.Now()
	for {
		select {
		case err := <-ended:
			must(t, err)
			return longest
		case <-time.After(20 * time.Millisecond):
		}
		answered, pending := requests(t, device)
		if answered != last || !pending {
			last, since = answered, time.Now()
		}
		if longest = max(longest, time.Since(since)); longest > pendingLimit {
			must(t, fuse.Abort(r.sides[1].MountPoint()))
			t.Fatalf("nothing was answered for %v: %v", longest, <-ended)
		}
	}
}

// requests tells of a block device how much it has answered, and whether it owes an answer.
func requests(t *testing.T, device string) (answered string, pending bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(device), "stat"))
	must(t, err)
	f := strings.Fields(string(b)) // reads, writes, requests in flight, discards, flushes: Documentation/block/stat.rst
	if len(f) < 9 {
		t.Fatalf("%q", b)
	}
	return f[0] + " " + f[4], f[8] != "0"
}

// limited returns a group of processes with little memory.
func limited(t *testing.T) string {
	t.Helper()
	parent, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(parent); err != nil {
		parent, file = "/sys/fs/cgroup", "memory.max"
	}
	group := filepath.Join(parent, fmt.Sprint("hawser-mirror-test-", os.Getpid()))
	must(t, os.Mkdir(group, 0o700))
	t.Cleanup(func() { testkit.Eventually(t, func() error { return unix.Rmdir(group) }) })
	must(t, os.WriteFile(filepath.Join(group, file), []byte(strconv.Itoa(groupLimit)), 0))
	return group
}

// most is the most memory that the group has had.
func most(t *testing.T, group string) string {
	t.Helper()
	for _, file := range []string{"memory.max_usage_in_bytes", "memory.peak"} {
		if b, err := os.ReadFile(filepath.Join(group, file)); !errors.Is(err, os.ErrNotExist) {
			return file + " " + strings.TrimSpace(string(b))
		}
	}
	return "no peak of memory is told"
}
