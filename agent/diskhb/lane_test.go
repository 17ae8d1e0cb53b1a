package diskhb_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"hawser/agent/diskhb"
	"hawser/internal/testkit"
)

// loopDevice is a block device of so many blocks over a file.
func loopDevice(t *testing.T, blocks int64) string {
	t.Helper()
	testkit.Need(t, "root")
	file, err := os.Create(filepath.Join(t.TempDir(), "disk"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if err := file.Truncate(blocks * diskhb.BlockSize); err != nil {
		t.Fatal(err)
	}
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	var path string
	if err := errBusy(func() error {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return err
		}
		path = fmt.Sprintf("/dev/loop%d", n)
		dev, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := unix.IoctlSetInt(int(dev.Fd()), unix.LOOP_SET_FD, int(file.Fd())); err != nil {
			return errors.Join(err, dev.Close())
		}
		t.Cleanup(func() {
			if err := errors.Join(unix.IoctlSetInt(int(dev.Fd()), unix.LOOP_CLR_FD, 0), dev.Close()); err != nil {
				t.Error(err)
			}
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return path
}

// errBusy tries again while somebody else is faster with the free device.
func errBusy(do func() error) error {
	for range 20 {
		if err := do(); !errors.Is(err, unix.EBUSY) {
			return err
		}
	}
	return unix.EBUSY
}

func alignedBlock(fill byte) []byte {
	raw := bytes.Repeat([]byte{fill}, 2*diskhb.BlockSize)
	shift := int(-uintptr(unsafe.Pointer(&raw[0])) & (diskhb.BlockSize - 1))
	return raw[shift : shift+diskhb.BlockSize]
}

// TestDisk: what is written is read, also by many at once and past this handle, whether calls wait in a thread or not; the end of the device,
// an offset within a sector and a device opened for reading are errors.
func TestDisk(t *testing.T) {
	const blocks = 64
	for _, async := range []bool{false, true} {
		t.Run(fmt.Sprintf("Async=%t", async), func(t *testing.T) {
			path := loopDevice(t, blocks)
			d, err := diskhb.OpenDisk(path, diskhb.Shared)
			if err != nil {
				t.Fatal(err)
			}
			if async {
				d.Async()
			}
			other, err := diskhb.OpenDisk(path, diskhb.ReadOnly)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			var group sync.WaitGroup
			for n := range byte(8) {
				group.Go(func() {
					b, back := alignedBlock(0), alignedBlock(0)
					for round := range byte(50) {
						for i := range b {
							b[i] = n ^ round
						}
						at := int64(n)*8 + int64(round%8)
						if err := d.WriteAt(b, at*diskhb.BlockSize); err != nil {
							t.Error(err)
							return
						}
						for _, from := range []*diskhb.Disk{d, other} {
							clear(back)
							if err := from.ReadAt(back, at*diskhb.BlockSize); err != nil || !bytes.Equal(back, b) {
								t.Errorf("block %d: got %d, want %d, %v", at, back[0], b[0], err)
								return
							}
						}
					}
				})
			}
			group.Wait()
			if err := d.ReadAt(alignedBlock(0), blocks*diskhb.BlockSize); err == nil {
				t.Error("there is something behind the end")
			}
			if err := d.ReadAt(alignedBlock(0), 100); !errors.Is(err, unix.EINVAL) {
				t.Errorf("not a sector's offset: %v", err)
			}
			if err := other.WriteAt(alignedBlock(1), 0); err == nil {
				t.Error("a device opened for reading was written")
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
