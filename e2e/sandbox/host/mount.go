package host

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mount is one line of a mountinfo file.
type mount struct {
	dev    string // major:minor
	point  string
	fstype string
	source string
	super  string
}

func (m mount) minor() string { _, minor, _ := strings.Cut(m.dev, ":"); return minor }

func (m mount) fuse() bool {
	return m.fstype == "fuse" || strings.HasPrefix(m.fstype, "fuse.") || m.fstype == "fuseblk"
}

func readMounts(path string) ([]mount, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []mount
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		left, right, ok := strings.Cut(in.Text(), " - ")
		a, b := strings.Fields(left), strings.Fields(right)
		if !ok || len(a) < 6 || len(b) < 2 {
			return nil, fmt.Errorf("parse %s: %q", path, in.Text())
		}
		m := mount{dev: a[2], point: unescape(a[4]), fstype: b[0], source: unescape(b[1])}
		if len(b) > 2 {
			m.super = b[2]
		}
		out = append(out, m)
	}
	return out, in.Err()
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func below(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// mountsBelow returns the host's mounts at and below dir, in the order in which they were made.
func mountsBelow(dir string) ([]mount, error) {
	all, err := readMounts("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var out []mount
	for _, m := range all {
		if below(m.point, dir) {
			out = append(out, m)
		}
	}
	return out, nil
}

// unmountBelow unmounts all at and below dir, the last first. FUSE connections are aborted before, or an unmount may wait for ever.
func unmountBelow(dir string) error {
	mounts, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.fuse() {
			abortFUSE(m.minor())
		}
	}
	var errs []error
	for i := len(mounts) - 1; i >= 0; i-- {
		if err := unix.Unmount(mounts[i].point, unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", mounts[i].point, err))
		}
	}
	return errors.Join(errs...)
}

const fuseControl = "/sys/fs/fuse/connections"

// abortFUSE ends a connection whose server is dead or hangs: its waiting requests fail, and their tasks can die.
func abortFUSE(minor string) {
	if _, err := os.Stat(filepath.Join(fuseControl, minor)); err != nil {
		// The control file system is mounted by systemd where there is one.
		_ = unix.Mount("none", fuseControl, "fusectl", 0, "")
	}
	_ = os.WriteFile(filepath.Join(fuseControl, minor, "abort"), []byte("1"), 0)
}

const (
	fsIocShutdown = 0x8004587d // _IOR('X', 125, __u32)
	noLogFlush    = 2
)

// shutdown stops a file system as a loss of power does: what is not on disk, not even in the journal, is gone.
func shutdown(point, dev string) error {
	fd, err := unix.Open(point, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", point, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if got := fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev)); dev != "" && got != dev {
		return fmt.Errorf("shut down %s: device is %s, want %s", point, got, dev)
	}
	if err := unix.IoctlSetPointerInt(fd, fsIocShutdown, noLogFlush); err != nil && !errors.Is(err, unix.EIO) {
		return fmt.Errorf("shut down %s: %w", point, err)
	}
	return nil
}
