package device

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// nameOf returns what a copy of the device on another one would not have.
func nameOf(fd int, block bool) (string, error) {
	if !block {
		return nameOfFile(fd)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", err
	}
	dir, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev)))
	if err != nil {
		return "", err
	}
	return nameOfBlock(dir)
}

// nameOfFile: a copy has another inode, and one that was made in its place another time of birth.
func nameOfFile(fd int) (string, error) {
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_INO|unix.STATX_BTIME, &st); err != nil {
		return "", err
	}
	return fmt.Sprintf("file %d %d.%09d", st.Ino, st.Btime.Sec, st.Btime.Nsec), nil
}

// nameOfBlock reads what sysfs tells of a disk, of a partition with its disk, or of a device that the kernel puts together.
func nameOfBlock(dir string) (string, error) {
	if number := attribute(dir, "partition"); number != "" {
		disk, err := nameOfBlock(filepath.Dir(dir))
		return disk + " partition " + number + " at " + attribute(dir, "start"), err
	}
	for _, file := range []string{"wwid", "device/wwid", "serial", "device/serial", "dm/uuid", "md/uuid"} {
		if name := attribute(dir, file); name != "" {
			return file + " " + name, nil
		}
	}
	if file := attribute(dir, "loop/backing_file"); file != "" {
		return "loop " + file, nil // of tests: a loop device has no name but what it stands on
	}
	return "", ErrNameless
}

func attribute(dir, file string) string {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return "" // most devices have one of these files, none has all
	}
	return strings.TrimSpace(string(b))
}
