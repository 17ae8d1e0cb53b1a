package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoots are the hierarchies in which each node gets a group of its own.
//
// On a machine with version 1 the cpu hierarchy is left out on purpose: a new group there has rt_runtime_us=0, which
// refuses corosync's SCHED_RR, and handing out shares of the real-time budget throttles it instead. Time used is
// counted by cpuacct where that is mounted apart from cpu.
func cgroupRoots() ([]string, error) {
	mounts, err := readMounts("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, m := range mounts {
		switch m.fstype {
		case "cgroup2":
			roots = append(roots, m.point)
		case "cgroup":
			options := strings.Split(m.super, ",")
			if slices.Contains(options, "cpu") || slices.Contains(options, "cpuset") || slices.Contains(options, "devices") {
				continue
			}
			for _, want := range []string{"name=systemd", "memory", "pids", "cpuacct", "freezer"} {
				if slices.Contains(options, want) {
					roots = append(roots, m.point)
					break
				}
			}
		}
	}
	if len(roots) == 0 {
		return nil, errors.New("no control groups are mounted")
	}
	return roots, nil
}

// cgroupDirs are the directories of a group: "" for that of all nodes, a node's name for its own.
func (l Layout) cgroupDirs(group string) ([]string, error) {
	roots, err := cgroupRoots()
	if err != nil {
		return nil, err
	}
	for i := range roots {
		roots[i] = filepath.Join(roots[i], l.Prefix(), group)
	}
	return roots, nil
}

func (l Layout) makeCgroup(group string) error {
	dirs, err := l.cgroupDirs(group)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		// Version 2 gives a group only the controllers that the levels above hand down; those it does not have are not missed.
		for _, up := range []string{filepath.Dir(filepath.Dir(dir)), filepath.Dir(dir)} {
			for _, c := range []string{"+memory", "+pids", "+cpu"} {
				_ = os.WriteFile(filepath.Join(up, "cgroup.subtree_control"), []byte(c), 0)
			}
		}
	}
	return nil
}

// joinCgroup moves the calling process into a group, in every hierarchy. With leaf it goes into a child of the group,
// as version 2 wants it where the group itself is given to a node's systemd.
func (l Layout) joinCgroup(group, leaf string) error {
	dirs, err := l.cgroupDirs(group)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if leaf != "" {
			dir = filepath.Join(dir, leaf)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0); err != nil {
			return fmt.Errorf("join %s: %w", dir, err)
		}
	}
	return nil
}

// cgroupTasks returns every process in a group and below it, zombies excepted.
func (l Layout) cgroupTasks(group string) ([]int, error) {
	dirs, err := l.cgroupDirs(group)
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
					return nil
				}
				return err
			}
			if d.Name() != "cgroup.procs" {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return nil // the group went away, or is of a threaded kind
			}
			for _, s := range strings.Fields(string(raw)) {
				if pid, err := strconv.Atoi(s); err == nil && startTime(pid) != "" {
					seen[pid] = true
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	pids := make([]int, 0, len(seen))
	for pid := range seen {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	return pids, nil
}

// killCgroup kills all of a group, again and again, until it is empty.
func (l Layout) killCgroup(ctx context.Context, group string, limit time.Duration) error {
	return until(ctx, limit, "end of the tasks of "+l.Prefix()+"/"+group, func() error {
		pids, err := l.cgroupTasks(group)
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			return nil
		}
		var left []string
		for _, pid := range pids {
			_ = killIf(pid, func() bool { return l.inCgroup(pid, group) })
			left = append(left, fmt.Sprintf("%d (%s)", pid, comm(pid)))
		}
		return fmt.Errorf("%w: still there: %s", errLater, strings.Join(left, ", "))
	})
}

// inCgroup says whether a process is in a group or below it.
func (l Layout) inCgroup(pid int, group string) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return false
	}
	want := "/" + filepath.Join(l.Prefix(), group)
	for _, line := range strings.Split(string(raw), "\n") {
		f := strings.SplitN(line, ":", 3)
		if len(f) == 3 && (f[2] == want || strings.HasPrefix(f[2], want+"/")) {
			return true
		}
	}
	return false
}

// removeCgroup removes a group's directories, the deepest first.
func (l Layout) removeCgroup(group string) error {
	dirs, err := l.cgroupDirs(group)
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range dirs {
		var all []string
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				all = append(all, path)
			}
			return nil
		})
		slices.Reverse(all)
		for _, d := range all {
			if err := os.Remove(d); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// Usage is what a node's group has used.
type Usage struct {
	Memory int64         `json:"memory"` // bytes, without the page cache that can be given back
	CPU    time.Duration `json:"cpu"`
}

func (l Layout) usage(group string) Usage {
	var u Usage
	dirs, err := l.cgroupDirs(group)
	if err != nil {
		return u
	}
	number := func(path, key string) (int64, bool) {
		raw, err := os.ReadFile(path)
		if err != nil {
			return 0, false
		}
		for _, line := range strings.Split(string(raw), "\n") {
			f := strings.Fields(line)
			if key == "" && len(f) == 1 || len(f) == 2 && f[0] == key {
				n, err := strconv.ParseInt(f[len(f)-1], 10, 64)
				return n, err == nil
			}
		}
		return 0, false
	}
	for _, dir := range dirs {
		if n, ok := number(filepath.Join(dir, "memory.stat"), "total_rss"); ok {
			u.Memory = n
		} else if n, ok := number(filepath.Join(dir, "memory.stat"), "anon"); ok {
			u.Memory = n
		}
		if n, ok := number(filepath.Join(dir, "cpuacct.usage"), ""); ok {
			u.CPU = time.Duration(n)
		} else if n, ok := number(filepath.Join(dir, "cpu.stat"), "usage_usec"); ok {
			u.CPU = time.Duration(n) * time.Microsecond
		}
	}
	return u
}
