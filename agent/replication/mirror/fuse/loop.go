package fuse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrInUse is a device that is mounted, or part of something else.
var ErrInUse = errors.New("the volume's device is in use")

// sector of the block device: the disks below are asked for whole blocks.
const sector = 4096

// Attach makes a block device of a file and returns its path. Loop devices are the whole host's: another may take the number that was
// free a moment ago.
func Attach(file string) (string, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer control.Close()
	back, err := os.OpenFile(file, os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		return "", err
	}
	defer back.Close()
	for range 100 {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", fmt.Errorf("a free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", n)
		err = configure(device, back)
		if errors.Is(err, unix.EBUSY) {
			continue
		}
		return device, err
	}
	return "", fmt.Errorf("a free loop device: %w", unix.EBUSY)
}

func configure(device string, back *os.File) error {
	loop, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer loop.Close()
	info := unix.LoopInfo64{Flags: unix.LO_FLAGS_DIRECT_IO}
	copy(info.File_name[:len(info.File_name)-1], back.Name())
	c := unix.LoopConfig{Fd: uint32(back.Fd()), Size: sector, Info: info} //nolint:gosec // a descriptor
	err = unix.IoctlLoopConfigure(int(loop.Fd()), &c)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) { // before Linux 5.8
		err = configureOld(int(loop.Fd()), int(back.Fd()), &info)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", device, err)
	}
	if err := direct(device); err != nil {
		return err
	}
	// The kernel would ask for up to 4 GiB at once; what cannot be set stays so, and is only slower to give way to others.
	_ = os.WriteFile(filepath.Join("/sys/block", filepath.Base(device), "queue/discard_max_bytes"), []byte(strconv.Itoa(discardMost)), 0)
	return nil
}

// discardMost is how many bytes one discard of the block device has.
const discardMost = 64 << 20

// configureOld does in four steps what newer kernels do in one.
func configureOld(loop, back int, info *unix.LoopInfo64) error {
	if err := unix.IoctlSetInt(loop, unix.LOOP_SET_FD, back); err != nil {
		return err
	}
	info.Flags = 0
	for _, step := range []func() error{
		func() error { return unix.IoctlLoopSetStatus64(loop, info) },
		func() error { return unix.IoctlSetInt(loop, unix.LOOP_SET_BLOCK_SIZE, sector) },
		func() error { return unix.IoctlSetInt(loop, unix.LOOP_SET_DIRECT_IO, 1) },
	} {
		if err := step(); err != nil {
			return errors.Join(err, unix.IoctlSetInt(loop, unix.LOOP_CLR_FD, 0))
		}
	}
	return nil
}

// direct demands that the device passes the page cache of the file: the kernel leaves it out silently where it does not like it, and a
// cache between file system and volume would write when memory is short, and not before.
func direct(device string) error {
	if attribute(device, "dio") == "1" {
		return nil
	}
	return errors.Join(fmt.Errorf("%s does not pass the page cache", device), Detach(device))
}

func attribute(device, name string) string {
	b, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(device), "loop", name))
	if err != nil {
		return "" // not attached
	}
	return strings.TrimSpace(string(b))
}

// Attached returns the loop device that stands on a file, or nothing. It does not touch the file.
func Attached(file string) (string, error) {
	all, err := filepath.Glob("/sys/block/loop*")
	if err != nil {
		return "", err
	}
	for _, dir := range all {
		if device := filepath.Join("/dev", filepath.Base(dir)); attribute(device, "backing_file") == file {
			return device, nil
		}
	}
	return "", nil
}

// InUse says whether a loop device is mounted, or part of something else. The kernel knows without touching the file.
func InUse(device string) bool {
	f, err := os.OpenFile(device, os.O_RDONLY|unix.O_EXCL, 0)
	if err == nil {
		_ = f.Close() // nothing was asked of it
	}
	return errors.Is(err, unix.EBUSY)
}

// Detach takes a loop device off its file. One that is in use stays.
func Detach(device string) error {
	f, err := os.OpenFile(device, os.O_RDONLY|unix.O_EXCL, 0)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("%s: %w", device, ErrInUse)
	}
	if err != nil {
		return err
	}
	// What somebody has written to the device itself goes down first: the kernel takes it off with the last descriptor, which another
	// program that looks at it for a moment may have. Where that fails there is nothing below any more, or who serves it has ended over it.
	_ = f.Sync()
	err = unix.IoctlSetInt(int(f.Fd()), unix.LOOP_CLR_FD, 0)
	if errors.Is(err, unix.ENXIO) {
		err = nil // it is off
	}
	return errors.Join(err, f.Close())
}
