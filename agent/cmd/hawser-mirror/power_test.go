package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hawser/agent/replication/mirror/fuse"
	"hawser/e2e/sandbox/lun"
	"hawser/internal/testkit"
)

// disk is one that keeps in a cache what was not flushed, and loses it with its power: the sandbox's.
type disk struct {
	*lun.Server
	store string
	end   func()
}

// losesPower puts such a disk below a side.
func (s *side) losesPower(t *testing.T, size int64) {
	t.Helper()
	dir := t.TempDir()
	d := &disk{store: filepath.Join(dir, "store")}
	mount := filepath.Join(dir, "mount")
	must(t, os.Mkdir(mount, 0o700))
	must(t, os.WriteFile(d.store, nil, 0o600))
	must(t, os.Truncate(d.store, size))
	var err error
	d.Server, err = lun.NewServer(lun.Config{
		Node: s.Name, Store: d.store, Size: size, Mount: mount, Journal: filepath.Join(dir, "journal"), Socket: filepath.Join(dir, "socket"),
		Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.end = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	s.disk = d
	testkit.Eventually(t, func() error {
		on, err := fuse.Mounted(mount)
		if err == nil && !on {
			err = os.ErrNotExist
		}
		return err
	})
	s.Device = filepath.Join(mount, lun.FileName)
	s.save(t)
}

// powerOff ends a side's daemon, and takes from its disk what was not flushed.
func (s *side) powerOff(t *testing.T) {
	t.Helper()
	s.kill(t)
	must(t, s.disk.Set(lun.Fault{Mode: lun.Err}))
	t.Logf("side %d loses %d bytes", s.Side, s.disk.Status().Dropped)
	must(t, s.disk.Set(lun.Fault{Mode: lun.OK}))
}

// TestPower is TestKilled with disks that lose what was not flushed: one side loses its power under the writer, or both.
func TestPower(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	random := rand.New(rand.NewPCG(*seed, 1))
	s := newStory(t)
	for _, x := range s.sides[1:] {
		x.losesPower(t, diskSize)
	}
	s.begin(t)
	for round := range times() {
		victim, wait := s.sides[1+random.IntN(2)], time.Duration(30+random.IntN(300))*time.Millisecond
		stays, hasty, both := random.IntN(2) == 0, random.IntN(3) == 0, random.IntN(3) == 0
		t.Logf("round %d: Primary is side %d; side %d loses its power after %v; both %v, stays %v, hasty %v", round, s.primary.Side, victim.Side, wait, both, stays, hasty)
		if both {
			s.blackout(t, wait)
			continue
		}
		s.round(t, victim, wait, stays, hasty)
	}
	s.end(t, times())
}

// blackout takes the power of both. The side that was Primary may have more, and comes back as such.
func (s *story) blackout(t *testing.T, wait time.Duration) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.write(nil) }()
	s.writes(t)
	<-time.After(wait)
	for _, x := range s.sides[1:] {
		x.powerOff(t)
	}
	if err := <-ended; err == nil {
		t.Fatal("the writer did not notice the end of its volume")
	}
	s.unmount(t)
	s.primary.order(t, "release")
	for _, x := range s.sides[1:] {
		x.start(t)
	}
	other := s.sides[3-s.primary.Side]
	other.becomes(t, "connected", connected)
	if out, err := other.try("promote"); err == nil {
		t.Errorf("promoted beside the Primary that crashed: %s", out)
	}
	tool(t, "mount", s.primary.order(t, "promote"), s.dir)
	s.check(t)
	s.primary.inSync(t)
}
