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

// Process is a process that can be told from a later one with the same PID.
type Process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"` // clock ticks since boot
}

// FindProcess returns the process with this PID.
func FindProcess(pid int) (Process, error) {
	start := startTime(pid)
	if start == "" {
		return Process{}, fmt.Errorf("process %d: %w", pid, os.ErrProcessDone)
	}
	return Process{PID: pid, Start: start}, nil
}

// startTime is field 22 of /proc/PID/stat, "" for a process that has ended, reaped or not.
func startTime(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name may hold spaces and parentheses: count from behind it.
	f := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// Alive says whether it runs, still or again as itself.
func (p Process) Alive() bool { return p.PID > 0 && p.Start != "" && startTime(p.PID) == p.Start }

// Kill sends SIGKILL to exactly this process.
func (p Process) Kill() error {
	return killIf(p.PID, func() bool { return p.Alive() })
}

// killIf kills a process where same still says that it is the one that was meant: the descriptor pins the process,
// so that between the question and the signal the PID cannot become somebody else's.
func killIf(pid int, same func() bool) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ENOSYS) {
		// Kernels before 5.3. The window is that of a PID's reuse between two lines.
		if !same() {
			return nil
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		return nil
	}
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if !same() {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

func allPIDs() []int {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	pids := make([]int, 0, len(names))
	for _, n := range names {
		if pid, err := strconv.Atoi(filepath.Base(n)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// hasMarker says whether a process was started by this sandbox.
func (l Layout) hasMarker(pid int) bool {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return false
	}
	for _, v := range bytes.Split(env, []byte{0}) {
		if string(v) == l.marker() {
			return true
		}
	}
	return false
}

// marked returns the living processes that this sandbox started, without the caller.
func (l Layout) marked() []int {
	var out []int
	for _, pid := range allPIDs() {
		if pid != os.Getpid() && l.hasMarker(pid) && startTime(pid) != "" {
			out = append(out, pid)
		}
	}
	return out
}

// namespace identifies a process's namespace of a kind, such as "mnt:[4026531840]".
func namespace(pid int, kind string) string {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	if err != nil {
		return ""
	}
	return link
}

// inNamespace returns the processes of a namespace.
func inNamespace(kind, id string) []int {
	if id == "" {
		return nil
	}
	var out []int
	for _, pid := range allPIDs() {
		if namespace(pid, kind) == id {
			out = append(out, pid)
		}
	}
	return out
}

// servesFUSE says whether a process has a FUSE connection open, as who serves a mount does.
func servesFUSE(pid int) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, fd := range open {
		if to, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && to == "/dev/fuse" {
			return true
		}
	}
	return false
}

func comm(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(raw), "\n")
}

func parent(pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n
}
