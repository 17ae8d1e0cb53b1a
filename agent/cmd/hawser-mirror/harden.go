package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// memoryLimit is a hint for the collector: what waits for a slow disk is bounded by the front end, and may exceed it for a moment.
const memoryLimit = 512 << 20

// garbage is how much of it there may be, in percent of what is in use, before it is collected: what a volume uses is buffers, which are quickly gone
// through, and a host may have many volumes.
const garbage = 50

// groups are the processes of the first version's whole hierarchy of memory. In a group with a limit, whoever needs a page waits there
// until another one of the group is written: by this program, if it is in the group (seen on Linux 6.18 with 64 MiB: nothing went on any
// more, and nothing could be killed). The second version has no such wait.
const groups = "/sys/fs/cgroup/memory/cgroup.procs"

// leaveGroup leaves that group; the service's own is in another hierarchy.
func leaveGroup() error {
	if _, err := os.Stat(groups); err != nil {
		return nil //nolint:nilerr // the second version, or none
	}
	return os.WriteFile(groups, []byte("0"), 0)
}

// again is set for a program that has begun again, which it does once.
const again = "HAWSER_MIRROR_AGAIN"

// harden keeps this program from waiting for itself when memory is short: the kernel may then write dirty pages of the very volume that is
// served here. What is refused, in a container for instance, is told and left.
func harden(log *slog.Logger) error {
	// The flag is a thread's own and new threads inherit it; a Go program has several before its first line. So it is set, and the program
	// begins again.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	on, err := unix.PrctlRetInt(unix.PR_GET_IO_FLUSHER, 0, 0, 0, 0)
	if err == nil && on == 0 && os.Getenv(again) == "" {
		if err = unix.Prctl(unix.PR_SET_IO_FLUSHER, 1, 0, 0, 0); err == nil {
			return fmt.Errorf("begin again: %w", syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), again+"=1"))) //nolint:gosec // this very program
		}
	}
	if err != nil || on == 0 {
		log.Warn("memory that is wanted here may wait for the volume that is served here", "err", err)
	}
	if err := leaveGroup(); err != nil {
		log.Warn("a limit of this program's group on memory may make it wait for the volume that is served here", "err", err)
	}
	if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
		log.Warn("memory is not locked", "err", err)
	}
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte("-1000"), 0); err != nil {
		log.Warn("the kernel may end this program when memory is short", "err", err)
	}
	debug.SetMemoryLimit(memoryLimit)
	debug.SetGCPercent(garbage)
	return nil
}
