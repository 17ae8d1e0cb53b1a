package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Left is what a sandbox has on this machine outside of its state folder.
type Left struct {
	Processes  []string
	Mounts     []string
	Loops      []string
	Interfaces []string
	Groups     []string
	Files      []string
}

// Empty says whether nothing is left.
func (l Left) Empty() bool {
	return len(l.Processes)+len(l.Mounts)+len(l.Loops)+len(l.Interfaces)+len(l.Groups)+len(l.Files) == 0
}

func (l Left) String() string {
	var parts []string
	for _, p := range []struct {
		what string
		list []string
	}{{"processes", l.Processes}, {"mounts", l.Mounts}, {"loop devices", l.Loops}, {"interfaces", l.Interfaces}, {"groups", l.Groups}, {"files", l.Files}} {
		if len(p.list) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.list, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// FindLeft looks for everything that belongs to a sandbox, by its marks and names alone: no file of its own has to be right.
func (l Layout) FindLeft() (Left, error) {
	var left Left
	seen := map[int]bool{}
	tasks, err := l.cgroupTasks("")
	if err != nil {
		return left, err
	}
	for _, pid := range append(l.marked(), tasks...) {
		if !seen[pid] && pid != os.Getpid() {
			seen[pid] = true
			left.Processes = append(left.Processes, fmt.Sprintf("%d (%s)", pid, comm(pid)))
		}
	}
	mounts, err := mountsBelow(l.Run)
	if err != nil {
		return left, err
	}
	for _, m := range mounts {
		left.Mounts = append(left.Mounts, m.point)
	}
	for _, d := range l.loopsOf("") {
		left.Loops = append(left.Loops, d.path)
	}
	left.Interfaces = l.hostInterfaces()
	dirs, err := l.cgroupDirs("")
	if err != nil {
		return left, err
	}
	for _, d := range dirs {
		if exists(d) {
			left.Groups = append(left.Groups, d)
		}
	}
	left.Files = l.files()
	return left, nil
}

// files are the sandbox's outside of its state folder: its own, and those that nspawn makes for each container.
func (l Layout) files() []string {
	out, err := filepath.Glob("/run/systemd/nspawn/propagate/" + l.Prefix() + "-*")
	if err != nil {
		return nil
	}
	if exists(l.Run) {
		out = append(out, l.Run)
	}
	return out
}

const clearTimeout = 30 * time.Second

// Clear removes everything that FindLeft finds, whatever state it is in, and returns an error that names what would not go.
// Disks, journal and logs stay.
func (l Layout) Clear(ctx context.Context) error {
	left, err := l.FindLeft()
	if err != nil || left.Empty() {
		return err
	}
	// The loop devices of the product's own volumes have no name of ours. Whose they are can be seen as long as somebody has them mounted.
	tasks, err := l.cgroupTasks("")
	if err != nil {
		return err
	}
	volumes := mirrors(tasks)
	// Node by node nobody is asked any more, so everything dies at once: LUN processes first, with what they have not flushed.
	err = until(ctx, clearTimeout, "end of what was left", func() error {
		for _, pid := range l.marked() {
			_ = killIf(pid, func() bool { return l.hasMarker(pid) })
		}
		tasks, err := l.cgroupTasks("")
		if err != nil {
			return err
		}
		for _, pid := range tasks {
			_ = killIf(pid, func() bool { return l.inCgroup(pid, "") })
		}
		// A namespace's last process unmounts what is in it. Where that is who serves the volume, its end waits for itself.
		for dev := range volumes {
			abortFUSE(strconv.FormatUint(uint64(unix.Minor(dev)), 10))
		}
		mounts, err := mountsBelow(l.Run)
		if err != nil {
			return err
		}
		for _, m := range mounts {
			if m.fuse() {
				abortFUSE(m.minor())
			}
		}
		if pids := append(l.marked(), tasks...); len(pids) > 0 {
			return fmt.Errorf("%w: processes %v", errLater, pids)
		}
		errs := []error{unmountBelow(l.Run)}
		for _, d := range append(l.loopsOf(""), loopsOn(volumes)...) {
			errs = append(errs, detachLoop(d.path))
		}
		for _, name := range l.hostInterfaces() {
			if _, err := run(ctx, "", "ip", "link", "del", name); err != nil && !noDevice(err) {
				errs = append(errs, err)
			}
		}
		errs = append(errs, l.removeCgroup(""))
		if mounts, err := mountsBelow(l.Run); err == nil && len(mounts) == 0 {
			for _, f := range l.files() {
				errs = append(errs, os.RemoveAll(f))
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		left, err := l.FindLeft()
		if err != nil {
			return err
		}
		return pending(left.Empty(), left.String())
	})
	return err
}

// RemoveState removes disks, journal and logs.
func (l Layout) RemoveState() error { return os.RemoveAll(l.State) }

// Lock takes the lock of Up and Down, waiting at most as long as ctx. The file is beside the folders that Down removes.
func (l Layout) Lock(ctx context.Context) (func(), error) {
	path := l.Run + ".lock"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	err = until(ctx, 5*time.Minute, "another up or down", func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
