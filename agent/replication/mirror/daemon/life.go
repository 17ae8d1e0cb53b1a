package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/fuse"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// What follows is for whoever starts and ends daemons: the resource agent, and the driver.

// Look asks a daemon how it is, and the kernel whose socket it is. A process that does not run has the number 0; one that runs and does not
// answer is told by an error.
func Look(ctx context.Context, c Config) (pid int, s Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		if errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) {
			return 0, Status{}, nil
		}
		return 0, Status{}, err
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, Status{}, err
	}
	var peer *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) { peer, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || failed != nil {
		return 0, Status{}, errors.Join(err, failed)
	}
	s, err = c.tell(conn, Message{Order: GiveStatus}, nil)
	return int(peer.Pid), s, err
}

// Start starts the daemon of a volume, by a program with its arguments and the configuration's file, and waits until it has read its metadata.
// What the daemon says goes to a log.
func Start(ctx context.Context, c Config, file string, program []string, log string) error {
	pid, s, err := Look(ctx, c)
	if pid == 0 && err == nil {
		if err := Release(ctx, c); err != nil {
			return err
		}
		return c.launch(ctx, file, program, log)
	}
	for err != nil || s.Mode == core.Down.String() {
		if !pause(ctx) {
			return fault.New(fault.Unreachable, "mirror.start_slow", "the daemon does not answer: %w", errors.Join(err, ctx.Err())).With("volume", c.Name)
		}
		_, s, err = Look(ctx, c)
	}
	return nil
}

func (c Config) launch(ctx context.Context, file string, program []string, log string) error {
	p, err := run.Detach(run.Cmd(program[0], append(program[1:len(program):len(program)], "--config", file, "run")...), log)
	if err != nil {
		return err
	}
	for {
		select {
		case err := <-p.Ended:
			return fault.New(fault.Failed, "mirror.start_failed", "the daemon ended: %w", err).With("volume", c.Name, "why", lastLine(log))
		default:
		}
		if pid, s, err := Look(ctx, c); pid == p.PID && err == nil && s.Mode != core.Down.String() {
			return nil
		}
		if !pause(ctx) {
			return fault.New(fault.Unreachable, "mirror.start_slow", "the daemon does not answer: %w", ctx.Err()).With("volume", c.Name)
		}
	}
}

// lastLine is what a daemon has said last.
func lastLine(log string) string {
	b, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	b = bytes.TrimSpace(b)
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

// End ends the daemon of a volume, in good order where that can be: a Primary is demoted first, which a device that is in use refuses. grace
// is done when patience with good order ends: then the daemon is killed, which to the peer is a crash, and loses nothing. Nothing is left
// of the volume on this host then.
func End(ctx, grace context.Context, c Config) error {
	pid, s, err := Look(ctx, c)
	if pid == 0 && err != nil {
		return err
	}
	if pid != 0 {
		before := born(pid)
		if err == nil && s.Role == "Primary" {
			if err := Fault(Lower(grace, c)); err != nil && fault.Public(err).Reason == "mirror.in_use" {
				return err
			}
		}
		signal := unix.SIGTERM
		if err != nil || grace.Err() != nil {
			signal = unix.SIGKILL
		}
		for before != "" && born(pid) == before {
			if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("end process %d: %w", pid, err)
			}
			if grace.Err() != nil {
				signal = unix.SIGKILL
			}
			if !pause(ctx) {
				return fault.New(fault.Failed, "mirror.stop_slow", "process %d does not end", pid).With("volume", c.Name, "pid", fmt.Sprint(pid))
			}
		}
	}
	return Release(ctx, c)
}

// born is when a process began, in ticks since the host did: with its number that is a process, which another one with that number is not.
// Nothing is what has ended, whether or not somebody has fetched its status.
func born(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // the name of a program may hold anything
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// Left says whether a daemon that has died has left a block device or a mount behind.
func (c Config) Left() (bool, error) {
	device, err := fuse.Attached(c.file())
	if err != nil || device != "" {
		return device != "", err
	}
	return fuse.Mounted(c.MountPoint())
}
