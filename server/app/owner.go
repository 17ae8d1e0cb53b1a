package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"hawser/internal/fault"
)

// asOwner lets root work as the user whom a folder belongs to, so that nothing is left behind there that the server, which
// runs as that user, cannot read. The function that it returns goes back.
func asOwner(dir string) (back func() error, err error) {
	nothing := func() error { return nil }
	uid, gid, err := ownerOf(dir)
	if err != nil || os.Geteuid() != 0 || uid == 0 {
		return nothing, err
	}
	if err := syscall.Setresgid(-1, gid, -1); err != nil {
		return nothing, fmt.Errorf("work as the owner of %s: %w", dir, err)
	}
	back = func() error {
		return errors.Join(syscall.Setresuid(-1, 0, -1), syscall.Setresgid(-1, 0, -1))
	}
	if err := syscall.Setresuid(-1, uid, -1); err != nil {
		return nothing, errors.Join(fmt.Errorf("work as the owner of %s: %w", dir, err), back())
	}
	return back, nil
}

func ownerOf(path string) (uid, gid int, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, fmt.Errorf("look at data folder: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("look at data folder: %s has no owner", path)
	}
	return int(owner.Uid), int(owner.Gid), nil
}

// errRunning says that a server works on a data folder.
func errRunning(dir string) *fault.Error {
	return fault.New(fault.Conflict, "server.running", "a hawser-server is running on %s", dir).With("dir", dir)
}

// lock keeps a second server, and a restore, off a data folder until the file is closed or the process ends.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(errRunning(dir), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), f.Close())
	}
	return f, nil
}
