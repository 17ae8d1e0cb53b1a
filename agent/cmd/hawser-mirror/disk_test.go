package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fileset"
	"hawser/internal/fault"
	"hawser/internal/testkit"
)

// raised returns a rig in sync, and the block device of side 1.
func raised(t *testing.T) (*rig, string) {
	t.Helper()
	r := newRig(t, small)
	for _, s := range r.sides[1:] {
		s.order(t, "create-metadata", "--data", "equal")
	}
	must(t, fileset.Write(r.set, bothMembers))
	for _, s := range r.sides[1:] {
		s.start(t)
	}
	r.sides[2].becomes(t, "connected", connected)
	device := r.sides[1].order(t, "promote")
	r.sides[1].inSync(t)
	return r, device
}

// block is an open block device, past the page cache.
func block(t *testing.T, device string) *os.File {
	t.Helper()
	f, err := os.OpenFile(device, os.O_RDWR|unix.O_DIRECT, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// aligned is memory that O_DIRECT takes: of a mapping of its own.
func aligned(t *testing.T, n int, fill byte) []byte {
	t.Helper()
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	must(t, err)
	for i := range b {
		b[i] = fill
	}
	return b // the end of the program gives it back
}

// TestFlush: what a file system does for a flush, by loop and FUSE, reaches both disks.
func TestFlush(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	f := block(t, device)
	before := r.flushes(t)
	for n := range 3 {
		if _, err := f.WriteAt(aligned(t, 4096, 'x'), 0); err != nil {
			t.Fatal(err)
		}
		quiet := r.flushes(t)
		must(t, f.Sync())
		after := r.flushes(t)
		if after[0] <= quiet[0] || after[1] <= quiet[1] {
			t.Errorf("flush %d: the disks were flushed %v times before and %v after", n, quiet, after)
		}
	}
	if after := r.flushes(t); after[0] < before[0]+3 || after[1] < before[1]+3 {
		t.Errorf("%v and %v flushes", before, after)
	}
	for _, s := range r.sides[1:] {
		if got := s.data(t)[:4096]; !bytes.Equal(got, bytes.Repeat([]byte{'x'}, 4096)) {
			t.Errorf("side %d does not have what was flushed", s.Side)
		}
	}
}

func (r *rig) flushes(t *testing.T) (n [2]uint64) {
	t.Helper()
	for i, s := range r.sides[1:] {
		st, err := s.status()
		must(t, err)
		n[i] = st.Flushes
	}
	return n
}

// TestSizes: every size of a request that a block device knows, across the borders of pieces, is what is read again, and is on both sides.
func TestSizes(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	f := block(t, device)
	at := int64(0)
	for i, n := range []int{4096, 8192, 60 << 10, 64 << 10, 128 << 10, 256<<10 + 4096, 1 << 20, 1<<20 + 4096} {
		want := aligned(t, n, byte('a'+i))
		if _, err := f.WriteAt(want, at); err != nil {
			t.Fatalf("%d bytes at %d: %v", n, at, err)
		}
		got := aligned(t, n, 0)
		if _, err := f.ReadAt(got, at); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes at %d are not what was written: %v", n, at, err)
		}
		at += int64(n)
	}
	// A loop device of 4096 byte sectors: nothing smaller.
	if _, err := f.WriteAt(aligned(t, 512, 'z'), 0); err == nil {
		t.Error("half a block was taken")
	}
	must(t, unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_ZERO_RANGE|unix.FALLOC_FL_KEEP_SIZE, 0, 64<<10))
	got := aligned(t, 64<<10, 'q')
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, make([]byte, 64<<10)) {
		t.Errorf("zeroes are not zero: %v", err)
	}
	must(t, f.Close())
	r.sides[1].order(t, "demote")
	for _, s := range r.sides[1:] {
		s.kill(t)
	}
	r.alike(t)
}

// TestInUse: a device that is mounted stays, and so does the role.
func TestInUse(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	dir := t.TempDir()
	tool(t, "mkfs.ext4", "-q", "-F", device)
	tool(t, "mount", device, dir)
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	r.sides[1].refused(t, "still in use", "demote")
	if _, err := daemon.Tell(t.Context(), r.sides[1].Config, daemon.Demote, nil); err == nil || fault.Public(err).Reason != "mirror.in_use" {
		t.Errorf("demoted under a file system: %v", err)
	}
	var many sync.WaitGroup
	for range 4 {
		many.Go(func() {
			if again, err := r.sides[1].try("promote"); err != nil || again != device {
				t.Errorf("promoted twice: %s, then %q, %v", device, again, err)
			}
		})
	}
	many.Wait()
	must(t, os.WriteFile(filepath.Join(dir, "x"), []byte("x"), 0o600))
	must(t, unix.Unmount(dir, 0))
	r.sides[1].order(t, "demote")
	r.sides[1].order(t, "demote")
	devices := make(chan string, 4)
	for range cap(devices) {
		go func() {
			device, err := r.sides[1].try("promote")
			if err != nil {
				t.Error(err)
			}
			devices <- device
		}()
	}
	first := <-devices
	for range cap(devices) - 1 {
		if d := <-devices; d != first {
			t.Errorf("promoted at once: %s and %s", first, d)
		}
	}
}

// TestDiskLost: a Primary whose disk fails goes on with its peer's, and nothing is lost; the peer is promoted after it.
func TestDiskLost(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	f := block(t, device)
	want := aligned(t, 64<<10, 'w')
	_, err := f.WriteAt(want, 1<<20)
	must(t, err)
	must(t, f.Sync())
	must(t, os.Truncate(r.sides[1].Device, 64<<10)) // what is read behind it now is an error
	got := aligned(t, 64<<10, 0)
	if _, err := f.ReadAt(got, 1<<20); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("not read from the peer: %v", err)
	}
	r.sides[1].becomes(t, "without a disk", func(s daemon.Status) bool { return s.Mode == "Remote" && s.Disk == "Failed" })
	_, err = f.WriteAt(want, 2<<20)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
	r.sides[1].order(t, "demote") // the daemon ends with it: a Secondary without a disk is none
	device = r.sides[2].order(t, "promote")
	f = block(t, device)
	for _, at := range []int64{1 << 20, 2 << 20} {
		if _, err := f.ReadAt(got, at); err != nil || !bytes.Equal(got, want) {
			t.Errorf("at %d: lost with the disk: %v", at, err)
		}
	}
}

// TestVerify: a byte that has changed on the peer's disk, below it, is found, and is copied when the sides meet again.
func TestVerify(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	a, b := r.sides[1], r.sides[2]
	_, err := block(t, device).WriteAt(aligned(t, 128<<10, 'v'), 0)
	must(t, err)
	verified := func(different int64) {
		t.Helper()
		a.order(t, "verify")
		a.becomes(t, "verified", func(s daemon.Status) bool {
			v := s.Verification
			return v != nil && !v.Underway && v.Problem == nil && v.Different == different && v.Compared == s.Size
		})
	}
	verified(0)
	b.refused(t, "Only a Primary", "verify")
	b.patch(t, int64(small-len(b.data(t)))+70<<10, []byte("w")) // the volume is the device's end
	verified(64 << 10)
	a.order(t, "disconnect")
	a.order(t, "connect")
	a.inSync(t)
	verified(0)
}

// TestStuck: a daemon that neither answers nor ends does not keep others waiting: its front end is taken from it.
func TestStuck(t *testing.T) {
	patient(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	f := block(t, device)
	r.sides[1].stop(t)
	ended := make(chan error, 1)
	go func() {
		_, err := f.ReadAt(aligned(t, 4096, 0), 0)
		_ = f.Close()
		ended <- err
	}()
	r.sides[1].order(t, "release")
	if err := <-ended; err == nil {
		t.Error("who should have answered?")
	}
}

// TestDiscard: what a file system discards by the block device is zeroes on both disks, and takes no room there any more.
func TestDiscard(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	f := block(t, device)
	_, err := f.WriteAt(aligned(t, 1<<20, 'd'), 1<<20)
	must(t, err)
	_, err = f.WriteAt(aligned(t, 1<<20, 'd'), 2<<20)
	must(t, err)
	before := r.room(t)
	must(t, discard(f, 1<<20+64<<10, 1<<20))
	must(t, f.Sync())
	got := aligned(t, 2<<20, 'q')
	_, err = f.ReadAt(got, 1<<20)
	must(t, err)
	if want := append(bytes.Repeat([]byte{'d'}, 64<<10), make([]byte, 1<<20)...); !bytes.Equal(got[:len(want)], want) || got[len(want)] != 'd' {
		t.Error("not zeroes, or not they alone")
	}
	if after := r.room(t); after[0] > before[0]-1<<20 || after[1] > before[1]-1<<20 {
		t.Errorf("the disks took %v bytes before, and %v after", before, after)
	}
	must(t, f.Close())
	r.sides[1].order(t, "demote")
	for _, s := range r.sides[1:] {
		s.kill(t)
	}
	r.alike(t)
}

// discard asks a block device to forget a piece.
func discard(f *os.File, offset, length uint64) error {
	piece := [2]uint64{offset, length}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.BLKDISCARD, uintptr(unsafe.Pointer(&piece))); errno != 0 { //nolint:gosec // the ioctl reads two uint64
		return errno
	}
	return nil
}

// room is how many bytes each side's file takes.
func (r *rig) room(t *testing.T) (n [2]int64) {
	t.Helper()
	for i, s := range r.sides[1:] {
		var st unix.Stat_t
		must(t, unix.Stat(s.Device, &st))
		n[i] = st.Blocks * 512
	}
	return n
}
