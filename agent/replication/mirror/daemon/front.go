package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/fault"
)

// What follows is for the process that gives the orders, not for the daemon: that one never touches the mount that it serves.

// Raise makes this side Primary and returns the block device of the volume: by its name that stays, where the configuration has one.
func Raise(ctx context.Context, c Config) (string, error) { return c.raise(ctx, "") }

// Override is Raise despite what is known of this side's data, which the person who orders it names: see Message.
func Override(ctx context.Context, c Config, despite string) (string, error) {
	return c.raise(ctx, despite)
}

func (c Config) raise(ctx context.Context, despite string) (string, error) {
	done, err := c.alone(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	device, err := c.device(ctx, despite)
	if err != nil || c.Link == "" {
		return device, err
	}
	return c.Link, c.link(device)
}

func (c Config) device(ctx context.Context, despite string) (string, error) {
	s, err := Say(ctx, c, Message{Order: Promote, Despite: despite}, nil)
	if err != nil {
		return "", err
	}
	if s.Served {
		if device, err := fuse.Attached(c.file()); err != nil || device != "" {
			return device, err
		}
	}
	if err := c.release(ctx); err != nil { // what a daemon that died has left behind
		return "", err
	}
	device, err := c.front(ctx)
	if err != nil {
		return "", errors.Join(Fault(err), c.release(ctx))
	}
	return device, nil
}

// Lower makes this side Secondary. A device that is in use is refused.
func Lower(ctx context.Context, c Config) error {
	done, err := c.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := c.release(ctx); err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	for {
		// A daemon that did not answer in time, and whose mount was aborted for it, notices that end a moment after it answers again.
		_, err = Tell(ctx, c, Demote, nil)
		if err == nil || fault.Public(err).Reason != "mirror.in_use" || !pause(patience) {
			return err
		}
	}
}

// pause waits a moment between two looks; false is the end of patience.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(10 * time.Millisecond):
		return true
	}
}

// alone keeps others from mounting or releasing at the same time: each would take the other's mount for one that was left behind.
func (c Config) alone(ctx context.Context) (func(), error) {
	if err := os.MkdirAll(c.Dir(), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.Dir(), "front"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		if !pause(ctx) {
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
	return func() { _ = f.Close() }, nil // with it the lock is gone
}

func (c Config) file() string { return filepath.Join(c.MountPoint(), fuse.File) }

// front mounts, has the daemon serve it, and makes a block device of it.
func (c Config) front(ctx context.Context) (string, error) {
	if err := os.Mkdir(c.MountPoint(), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	dev, err := fuse.Mount(c.MountPoint())
	if err != nil {
		return "", err
	}
	_, err = Tell(ctx, c, Serve, dev)
	if err := errors.Join(err, dev.Close()); err != nil { // with the last descriptor the mount ends: only the daemon keeps one
		return "", err
	}
	return fuse.Attach(c.file())
}

// releaseTime is how long the kernel may take to let go of a loop device that nobody uses.
const releaseTime = 10 * time.Second

// Release takes the block device and the mount away, whether a daemon serves them or not. A device that is in use stays as it is.
func Release(ctx context.Context, c Config) error {
	done, err := c.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	return c.release(ctx)
}

func (c Config) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime+releaseTime)
	defer cancel()
	well, err := c.abort(ctx)
	if err != nil {
		return Fault(err)
	}
	if err := c.detach(ctx); err != nil {
		return Fault(err)
	}
	// The daemon lets go first: a copy of the mount in another namespace would keep it alive, and umount would not tell.
	if well {
		if _, err := Tell(ctx, c, Unserve, nil); err != nil && fault.Public(err).Reason != "mirror.down" {
			return err
		}
	}
	for {
		mounted, err := fuse.Mounted(c.MountPoint())
		if err != nil || !mounted {
			return err
		}
		err = unix.Unmount(c.MountPoint(), 0)
		switch {
		case err == nil:
			continue // there may be another below
		case !errors.Is(err, unix.EBUSY):
			return fmt.Errorf("unmount %s: %w", c.MountPoint(), err)
		case !pause(ctx):
			return Fault(fmt.Errorf("%s: %w", c.MountPoint(), fuse.ErrInUse))
		}
	}
}

// answerTime is how long a daemon that is well may take to say how it is.
const answerTime = 5 * time.Second

// abort ends the front end of a daemon that is not well: until then whoever touches the device waits for it, and so would this.
func (c Config) abort(ctx context.Context) (well bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if _, err := Tell(ctx, c, GiveStatus, nil); err == nil {
		return true, nil
	}
	// One that is only slow, under a file system, is left alone.
	device, err := fuse.Attached(c.file())
	if err != nil {
		return false, err
	}
	if device != "" && fuse.InUse(device) {
		return false, fmt.Errorf("%s: %w", device, fuse.ErrInUse)
	}
	return false, fuse.Abort(c.MountPoint())
}

// detach takes the loop device away, and waits until it is.
func (c Config) detach(ctx context.Context) error {
	for {
		device, err := fuse.Attached(c.file())
		if err != nil {
			return err
		}
		if device == "" {
			return c.unlink()
		}
		if err := fuse.Detach(device); err != nil {
			return err
		}
		if !pause(ctx) {
			return fmt.Errorf("%s: %w", device, fuse.ErrInUse)
		}
	}
}

// link has the name that stays lead to a device, in one step.
func (c Config) link(device string) error {
	if now, err := os.Readlink(c.Link); err == nil && now == device {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.Link), 0o755); err != nil { //nolint:gosec // a folder of names in /dev
		return err
	}
	beside := c.Link + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(device, beside); err != nil {
		return err
	}
	return os.Rename(beside, c.Link)
}

// unlink takes the name away: the number behind it may be another volume's next.
func (c Config) unlink() error {
	if c.Link == "" {
		return nil
	}
	if err := os.Remove(c.Link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
