package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// loop is a bound loop device.
type loop struct {
	path string // /dev/loopN
	name string // given by who bound it
	dev  uint64 // of the file system that holds the file
}

func (d loop) number() int { n, _ := strconv.Atoi(strings.TrimPrefix(d.path, "/dev/loop")); return n }

// attachLoop binds file to a free loop device under a name that finds it again.
func attachLoop(file, name string, direct bool) (string, error) {
	back, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer back.Close()
	ctl, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer ctl.Close()
	// Loop numbers belong to the whole machine: between asking for a free one and taking it, somebody else may have it.
	for range 64 {
		n, err := unix.IoctlRetInt(int(ctl.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", fmt.Errorf("find a free loop device: %w", err)
		}
		path := fmt.Sprintf("/dev/loop%d", n)
		dev, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return "", err
		}
		cfg := unix.LoopConfig{Fd: uint32(back.Fd())}
		if direct {
			cfg.Info.Flags = unix.LO_FLAGS_DIRECT_IO
		}
		copy(cfg.Info.File_name[:], name)
		err = unix.IoctlLoopConfigure(int(dev.Fd()), &cfg)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTTY) {
			// Kernels before 5.8.
			if err = unix.IoctlSetInt(int(dev.Fd()), unix.LOOP_SET_FD, int(back.Fd())); err == nil {
				err = unix.IoctlLoopSetStatus64(int(dev.Fd()), &cfg.Info)
			}
		}
		dev.Close()
		if errors.Is(err, unix.EBUSY) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("bind %s to %s: %w", file, path, err)
		}
		return path, nil
	}
	return "", errors.New("no free loop device in 64 attempts")
}

// loops returns all bound loop devices of the machine.
func loops() []loop {
	names, err := filepath.Glob("/sys/block/loop*/loop")
	if err != nil {
		return nil
	}
	var out []loop
	for _, n := range names {
		path := "/dev/" + filepath.Base(filepath.Dir(n))
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		info, err := unix.IoctlLoopGetStatus64(fd)
		unix.Close(fd)
		if err != nil {
			continue
		}
		name, _, _ := bytes.Cut(info.File_name[:], []byte{0})
		out = append(out, loop{path: path, name: string(name), dev: info.Device})
	}
	return out
}

// loopNodes is how many of the machine's loop devices a node can use: three nodes have a dozen of them.
const loopNodes = 64

// makeLoopDevices gives a node that boots the files of the machine's loop devices. A machine of its own has them from its kernel; a
// container's /dev has nothing that it was not given.
func makeLoopDevices(leader int) error {
	for i := range loopNodes {
		path := fmt.Sprintf("/proc/%d/root/dev/loop%d", leader, i)
		if err := unix.Mknod(path, unix.S_IFBLK|0o660, int(unix.Mkdev(7, uint32(i)))); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("make %s: %w", path, err)
		}
	}
	return nil
}

// mirrors are the file systems, by their device numbers, on which the product's own volumes have loop devices in the mount namespaces of
// these processes.
func mirrors(pids []int) map[uint64]bool {
	devs, seen := map[uint64]bool{}, map[string]bool{}
	for _, pid := range pids {
		ns := namespace(pid, "mnt")
		if ns == "" || seen[ns] {
			continue
		}
		seen[ns] = true
		mounts, err := readMounts(fmt.Sprintf("/proc/%d/mountinfo", pid))
		if err != nil {
			continue // it has ended
		}
		for _, m := range mounts {
			var major, minor uint32
			if _, err := fmt.Sscanf(m.dev, "%d:%d", &major, &minor); err == nil && m.fstype == "fuse.hawser-mirror" {
				devs[unix.Mkdev(major, minor)] = true
			}
		}
	}
	return devs
}

// loopsOn returns the loop devices whose files are on one of these file systems.
func loopsOn(devs map[uint64]bool) []loop {
	var out []loop
	for _, d := range loops() {
		if devs[d.dev] {
			out = append(out, d)
		}
	}
	return out
}

func (l Layout) loopName(node, what string) string { return l.Prefix() + "/" + node + "/" + what }

// loopsOf returns the loop devices of a node, or of the whole sandbox where node is "".
func (l Layout) loopsOf(node string) []loop {
	prefix := l.Prefix() + "/"
	if node != "" {
		prefix += node + "/"
	}
	var out []loop
	for _, d := range loops() {
		if strings.HasPrefix(d.name, prefix) {
			out = append(out, d)
		}
	}
	return out
}

// detachLoop unbinds a loop device. The kernel puts it off while it is still open.
func detachLoop(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := unix.IoctlRetInt(fd, unix.LOOP_CLR_FD); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("detach %s: %w", path, err)
	}
	return nil
}
