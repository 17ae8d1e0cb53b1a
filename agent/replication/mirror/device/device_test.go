package device_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/device"
	"hawser/internal/testkit"
)

const size = 1 << 20

func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *device.Device {
	t.Helper()
	d, err := device.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestOpen(t *testing.T) {
	path := file(t)
	d := open(t, path)
	if d.Size() != size {
		t.Errorf("size %d", d.Size())
	}
	if _, err := device.Open(path); !errors.Is(err, device.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, path); again.ID() != d.ID() {
		t.Error("the same device has another name")
	}
	copied := path + "-copy"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if open(t, copied).ID() == d.ID() {
		t.Error("a copy has the name of what it was copied from")
	}
	for _, none := range []string{path + "-none", t.TempDir(), "/dev/null"} {
		if _, err := device.Open(none); !errors.Is(err, device.ErrNoDevice) {
			t.Errorf("%s: %v", none, err)
		}
	}
}

// TestLoop: the same of a block device.
func TestLoop(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	path := file(t)
	loop := loopOn(t, path)
	mounted, err := os.OpenFile(loop, os.O_RDONLY|unix.O_EXCL, 0) // as a mount has it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := device.Open(loop); !errors.Is(err, device.ErrInUse) {
		t.Errorf("opened although it is mounted: %v", err)
	}
	if err := mounted.Close(); err != nil {
		t.Fatal(err)
	}
	d := open(t, loop)
	if d.Size() != size || d.ID() == open(t, path).ID() {
		t.Errorf("size %d, name %s", d.Size(), d.ID())
	}
	if _, err := device.Open(loop); !errors.Is(err, device.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
}

func TestReadWrite(t *testing.T) {
	d := open(t, file(t))
	odd := make([]byte, 2*device.Block+1)[1:] // not on a border of memory
	for i := range odd {
		odd[i] = byte(i % 251)
	}
	if err := d.WriteAt(odd, 3*device.Block); err != nil {
		t.Fatal(err)
	}
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
	got, err := d.ReadAt(2*device.Block, 3*device.Block)
	if err != nil || !bytes.Equal(got, odd) {
		t.Errorf("not what was written: %v", err)
	}
	for _, c := range []struct{ n, at int64 }{{512, 0}, {device.Block, 512}, {device.Block, -device.Block}} {
		if _, err := d.ReadAt(c.n, c.at); !errors.Is(err, device.ErrAligned) {
			t.Errorf("%d bytes at %d: %v", c.n, c.at, err)
		}
	}
	if _, err := d.ReadAt(device.Block, size); !errors.Is(err, unix.EIO) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestQueue: each operation ends once, with its data or its error; a flush too.
func TestQueue(t *testing.T) {
	testkit.NoLeaks(t)
	done := make(chan core.DiskDone, 1000)
	q := device.NewQueue(open(t, file(t)), func(d core.DiskDone) { done <- d })
	const n = 100
	for i := range uint64(n) {
		q.Write(core.DiskWrite{Op: i, Offset: int64(i) * device.Block, Data: bytes.Repeat([]byte{byte(i + 1)}, device.Block)})
	}
	ended := map[uint64]int{}
	wait := func(n int) (last core.DiskDone) {
		for range n {
			last = <-done
			ended[last.Op]++
			if last.Err != nil && last.Op != 3*n2 {
				t.Errorf("operation %d: %v", last.Op, last.Err)
			}
		}
		return last
	}
	wait(n)
	for i := range uint64(5) {
		q.Flush(core.DiskFlush{Op: n2 + i})
	}
	wait(5)
	if f := q.Flushes(); f < 1 || f > 5 {
		t.Errorf("%d flushes", f)
	}
	q.Read(core.DiskRead{Op: 2 * n2, Offset: 41 * device.Block, Length: device.Block})
	if d := wait(1); !bytes.Equal(d.Data, bytes.Repeat([]byte{42}, device.Block)) {
		t.Error("not what was written")
	}
	q.Read(core.DiskRead{Op: 3 * n2, Offset: size, Length: device.Block})
	if d := wait(1); d.Err == nil {
		t.Error("read behind the end")
	}
	q.Close()
	for op, times := range ended {
		if times != 1 {
			t.Errorf("operation %d ended %d times", op, times)
		}
	}
}

const n2 = 1000

// TestDiscard: zeroes, in that piece alone, whether the device can or has to write them; where it can it takes no room.
func TestDiscard(t *testing.T) {
	for name, refuses := range map[string]bool{"Punched": false, "Written": true} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			d := open(t, path)
			if err := d.WriteAt(bytes.Repeat([]byte{'x'}, size), 0); err != nil {
				t.Fatal(err)
			}
			if refuses {
				d.Refuse()
			}
			if err := d.Discard(8192, size/2); err != nil {
				t.Fatal(err)
			}
			got, err := d.ReadAt(size, 0)
			want := bytes.Repeat([]byte{'x'}, size)
			clear(want[8192 : 8192+size/2])
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("not zeroes, or not they alone: %v", err)
			}
			var st unix.Stat_t
			if err := unix.Stat(path, &st); err != nil {
				t.Fatal(err)
			}
			if punched := st.Blocks*512 <= size/2+4096; punched == refuses || d.Punches() == refuses {
				t.Errorf("%d bytes are in use; punches %v", st.Blocks*512, d.Punches())
			}
			if err := d.Discard(100, 4096); !errors.Is(err, device.ErrAligned) {
				t.Errorf("across blocks: %v", err)
			}
		})
	}
}
