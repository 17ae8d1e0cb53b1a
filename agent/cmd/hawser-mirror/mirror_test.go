package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/internal/testkit"
)

var (
	rounds = flag.Int("rounds", 4, "how often a daemon is killed under a writer")
	seed   = flag.Uint64("seed", 1, "of the moments at which it is")
)

const diskSize = 40 << 20

// story is a file system on a volume, with a writer, whose daemons are killed.
type story struct {
	*rig
	primary *side
	dir     string       // where it is mounted
	next    int          // record that is written next
	acked   atomic.Int64 // records that were flushed
}

// TestKilled kills a daemon at moments from a seed, under a writer on ext4: each record whose flush was acknowledged is there afterwards, and
// the sides are alike once they are in sync.
func TestKilled(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	random := rand.New(rand.NewPCG(*seed, 0))
	s := newStory(t)
	s.begin(t)
	for round := range times() {
		victim, wait := s.sides[1+random.IntN(2)], time.Duration(30+random.IntN(300))*time.Millisecond
		stays, hasty := random.IntN(2) == 0, random.IntN(3) == 0
		t.Logf("round %d: Primary is side %d; side %d is killed after %v; stays %v, hasty %v", round, s.primary.Side, victim.Side, wait, stays, hasty)
		s.round(t, victim, wait, stays, hasty)
	}
	s.end(t, times())
}

// times is how many rounds there are: few with the race detector.
func times() int {
	if testing.Short() {
		return min(*rounds, 2)
	}
	return *rounds
}

func newStory(t *testing.T) *story {
	t.Helper()
	r := newRig(t, diskSize)
	s := &story{rig: r, primary: r.sides[1], dir: filepath.Join(t.TempDir(), "fs")}
	must(t, os.Mkdir(s.dir, 0o700))
	t.Cleanup(func() { _ = unix.Unmount(s.dir, 0) })
	return s
}

// end demands that both sides are alike, and that there was something to be lost.
func (s *story) end(t *testing.T, least int) {
	t.Helper()
	s.primary.inSync(t)
	s.unmount(t)
	s.primary.order(t, "demote")
	for _, x := range s.sides[1:] {
		x.kill(t)
	}
	s.alike(t)
	if acked := s.acked.Load(); acked < int64(least) {
		t.Errorf("only %d records were written: this proves little", acked)
	}
	t.Logf("%d records acknowledged", s.acked.Load())
}

// down ends a side as the story has it: its daemon, or its power.
func (s *side) down(t *testing.T) {
	t.Helper()
	if s.disk != nil {
		s.powerOff(t)
		return
	}
	s.kill(t)
}

// begin makes the first sync and the file system.
func (s *story) begin(t *testing.T) {
	t.Helper()
	for _, x := range s.sides[1:] {
		x.Size = diskSize - 1<<20
		x.save(t)
	}
	s.sides[1].order(t, "create-metadata", "--data", "source")
	s.sides[2].order(t, "create-metadata")
	for _, x := range s.sides[1:] {
		x.start(t)
	}
	device := s.primary.order(t, "promote")
	tool(t, "mkfs.ext4", "-q", "-F", device)
	tool(t, "mount", device, s.dir)
	s.primary.inSync(t)
}

// round kills a daemon under the writer, and goes on with what is left: with the same Primary or the other, and waiting until the sides are
// in sync or not.
func (s *story) round(t *testing.T, victim *side, wait time.Duration, stays, hasty bool) {
	t.Helper()
	ended := make(chan error, 1)
	stop := make(chan struct{})
	go func() { ended <- s.write(stop) }()
	s.writes(t)
	<-time.After(wait)
	victim.down(t)
	if victim != s.primary {
		s.writes(t) // it goes on once the peer is out of the set
		close(stop)
		must(t, <-ended)
		victim.start(t)
		s.synced(t, hasty)
		s.check(t)
		return
	}
	if err := <-ended; err == nil {
		t.Fatal("the writer did not notice the end of its volume")
	}
	s.unmount(t)
	victim.order(t, "release")
	if !stays && s.successor(t, s.sides[3-victim.Side]) {
		s.primary = s.sides[3-victim.Side]
	} else {
		stays = true
		victim.start(t)
	}
	device := s.primary.order(t, "promote")
	tool(t, "mount", device, s.dir)
	s.check(t)
	if !stays {
		victim.start(t)
	}
	s.synced(t, hasty)
}

func (s *story) synced(t *testing.T, hasty bool) {
	t.Helper()
	if !hasty {
		s.primary.inSync(t)
	}
}

// successor says whether a side has everything, by the set; one that has not is not promoted.
func (s *story) successor(t *testing.T, x *side) bool {
	t.Helper()
	if s.members(t)[x.Side] {
		return true
	}
	_, err := x.try("promote")
	if err == nil && !s.members(t)[x.Side] { // the last word of the one that was killed may have come just now
		t.Errorf("side %d is promoted, and is not in the set", x.Side)
	}
	return err == nil
}

// writes waits until a record has been acknowledged since it was called.
func (s *story) writes(t *testing.T) {
	t.Helper()
	before := s.acked.Load()
	testkit.Eventually(t, func() error {
		if s.acked.Load() == before {
			return errShort
		}
		return nil
	})
}

// write appends records until it is stopped or cannot, each flushed before it counts.
func (s *story) write(stop chan struct{}) error {
	f, err := os.OpenFile(filepath.Join(s.dir, "records"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if _, err := f.WriteAt(record(s.next), int64(s.next)*4096); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		s.next++
		s.acked.Store(int64(s.next))
	}
}

// check reads everything that was acknowledged, past the page cache.
func (s *story) check(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, "records"), os.O_RDONLY, 0)
	must(t, err)
	defer f.Close()
	must(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	b := make([]byte, 4096)
	acked := int(s.acked.Load())
	for n := range acked {
		if _, err := f.ReadAt(b, int64(n)*4096); err != nil || !bytes.Equal(b, record(n)) {
			t.Fatalf("record %d of %d: %v", n, acked, fmt.Errorf("%w: %w", errShort, err))
		}
	}
}

func (s *story) unmount(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, func() error { return unix.Unmount(s.dir, 0) })
}
