package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/testkit"
)

// whole leaves a test out of a short run, which has the race detector: make test runs it without.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: make test runs it without the race detector")
	}
}

// patient is whole for what waits for somebody who says nothing; such tests wait beside each other.
func patient(t *testing.T) {
	t.Helper()
	whole(t)
	t.Parallel()
}

// TestSilent: a peer that says nothing any more, on connections that stand, is given up; the writer goes on within the bounds of the
// configuration, and the peer gets what it lacks when it speaks again.
func TestSilent(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	s := newStory(t)
	for _, x := range s.sides[1:] {
		x.Timing.Slow = 600_000 // so that silence alone counts
	}
	s.begin(t)
	peer := s.sides[2]
	peer.stop(t)
	stop, ended, begun := make(chan struct{}), make(chan error, 1), time.Now()
	go func() { ended <- s.write(stop) }()
	s.primary.becomes(t, "alone", func(st daemon.Status) bool { return st.Mode == "Alone" })
	if took, patience := time.Since(begun), time.Duration(s.primary.Timing.Silence)*time.Millisecond; took > 5*patience {
		t.Errorf("given up after %v, with a patience of %v", took, patience)
	}
	s.writes(t)
	close(stop)
	must(t, <-ended)
	must(t, peer.cmd.Process.Signal(unix.SIGCONT))
	s.primary.inSync(t)
	s.check(t)
	s.end(t, 1)
}

// TestSuperseded: a Primary that has slept while its peer was promoted acknowledges nothing any more, and ends; what it had and nobody was
// promised is gone when it has got everything.
func TestSuperseded(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	s := newStory(t)
	s.begin(t)
	old, young := s.sides[1], s.sides[2]
	ended := make(chan error, 1)
	go func() { ended <- s.write(nil) }()
	s.writes(t)
	old.stop(t)
	young.becomes(t, "alone", func(st daemon.Status) bool { return st.Mode == "Apart" })
	device := young.order(t, "promote")
	other := filepath.Join(t.TempDir(), "fs")
	must(t, os.Mkdir(other, 0o700))
	tool(t, "mount", device, other)
	t.Cleanup(func() { _ = unix.Unmount(other, 0) })
	must(t, old.cmd.Process.Signal(unix.SIGCONT))
	if err := <-ended; err == nil {
		t.Fatal("the writer on the old Primary goes on")
	}
	state, err := old.cmd.Process.Wait()
	must(t, err)
	if state.ExitCode() != exitFailed {
		t.Errorf("the old Primary ended with %v", state)
	}
	old.cmd = nil
	s.unmount(t)
	old.order(t, "release")
	s.primary, s.dir = young, other
	s.check(t) // all that the old one acknowledged
	old.start(t)
	young.inSync(t)
	s.end(t, 1)
}

// TestFenced: where the cluster orders a promotion because it has taken the Primary's power, which no connection tells, the order waits until
// the Primary's silence has lasted, and is carried out.
func TestFenced(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	r := newRig(t, small)
	a, b := r.sides[1], r.sides[2]
	a.order(t, "create-metadata", "--data", "source")
	b.order(t, "create-metadata")
	a.start(t)
	b.start(t)
	a.order(t, "promote")
	a.inSync(t)
	a.stop(t)
	b.order(t, "promote")
	b.becomes(t, "alone", func(st daemon.Status) bool { return st.Role == "Primary" && st.Mode == "Alone" })
}

// TestSlow: a Primary's daemon that does not answer in time loses its mount, which nobody uses, and is demoted once it answers again.
func TestSlow(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	r, _ := raised(t)
	s := r.sides[1]
	s.stop(t)
	demoted := make(chan error, 1)
	go func() {
		_, err := s.try("demote")
		demoted <- err
	}()
	testkit.EventuallyWithin(t, time.Minute, func() error {
		on, err := fuse.Mounted(s.MountPoint())
		if err == nil && on {
			err = errors.New("it is mounted")
		}
		return err
	})
	must(t, s.cmd.Process.Signal(unix.SIGCONT))
	must(t, <-demoted)
}

// TestSlowInUse: under a file system such a daemon keeps its mount, and goes on when it answers again.
func TestSlowInUse(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	s := newStory(t)
	s.begin(t)
	s.primary.stop(t)
	s.primary.refused(t, "in use", "demote")
	must(t, s.primary.cmd.Process.Signal(unix.SIGCONT))
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.write(stop) }()
	s.writes(t)
	close(stop)
	must(t, <-ended)
	s.end(t, 1)
}
