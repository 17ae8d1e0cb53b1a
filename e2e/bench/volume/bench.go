package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fileset"
	"hawser/agent/replication/mirror/fuse"
)

const (
	volumeSize = 512 << 20
	deviceSize = volumeSize + 1<<20
	patience   = 30 * time.Second
	tickTime   = 100 // of /proc/PID/stat, per second: USER_HZ of every Linux there is
)

// bench is a volume with both its sides here, and a plain loop device.
type bench struct {
	ctx     context.Context //nolint:containedctx // of the one run
	dir     string
	program string
	plain   string // the plain device
	sides   [3]daemon.Config
	daemons [3]*exec.Cmd
	log     bytes.Buffer
}

func newBench(ctx context.Context, program, work string) (*bench, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	if work, err = filepath.Abs(work); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(work, "volume-")
	if err != nil {
		return nil, err
	}
	b := &bench{ctx: ctx, dir: dir, program: program}
	if err := b.prepare(); err != nil {
		return nil, errors.Join(err, b.end())
	}
	return b, nil
}

// prepare lays everything out: files that are written already, so that no file system below has to find room while it is measured.
func (b *bench) prepare() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	set := filepath.Join(b.dir, "set")
	if err := fileset.Write(set, core.InSync{}); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	plain := filepath.Join(b.dir, "plain")
	if err := fill(plain); err != nil {
		return err
	}
	if b.plain, err = fuse.Attach(plain); err != nil {
		return err
	}
	key := filepath.Join(b.dir, "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 40)), 0o600); err != nil {
		return err
	}
	for n := 1; n <= 2; n++ {
		c := daemon.Config{
			Name: fmt.Sprint("v", n), Volume: "0123456789abcdef0123456789abcdef", Side: uint8(n), Device: filepath.Join(b.dir, fmt.Sprint("disk", n)),
			Size: volumeSize, Address: address, KeyFile: key, RunDir: filepath.Join(b.dir, "run"), Helper: []string{self, asHelper, set},
		}
		b.sides[n] = c
		j, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if err := errors.Join(fill(c.Device), os.WriteFile(b.file(n), j, 0o600)); err != nil {
			return err
		}
		if _, err := b.order(n, "create-metadata"); err != nil {
			return err
		}
	}
	return b.start()
}

// fill writes a file of the size of a device.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	zeroes := make([]byte, 1<<20)
	for at := int64(0); at < deviceSize && err == nil; at += int64(len(zeroes)) {
		_, err = f.WriteAt(zeroes, at)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

func (b *bench) file(n int) string { return filepath.Join(b.dir, fmt.Sprint("side", n, ".json")) }

// start starts both daemons and declares their disks, which are zeroes, the same.
func (b *bench) start() error {
	for n := 1; n <= 2; n++ {
		c := exec.CommandContext(b.ctx, b.program, "--config", b.file(n), "run")
		c.Stderr = &b.log
		c.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
		if err := c.Start(); err != nil {
			return err
		}
		b.daemons[n] = c
	}
	connected := func(s daemon.Status) bool { return s.Connection == "Connected" }
	for n := 1; n <= 2; n++ {
		if err := b.until(n, connected); err != nil {
			return err
		}
	}
	if _, err := b.order(1, "first-sync", "--skip"); err != nil {
		return err
	}
	return b.until(1, func(s daemon.Status) bool { return s.Disk == "UpToDate" })
}

// until waits until a side is so.
func (b *bench) until(n int, so func(daemon.Status) bool) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		s, err := daemon.Tell(ctx, b.sides[n], daemon.GiveStatus, nil)
		if err == nil && so(s) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("side %d stands still: %+v, %w\n%s", n, s, errors.Join(err, ctx.Err()), b.log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// order gives an order as a person would and returns what is printed.
func (b *bench) order(n int, args ...string) (string, error) {
	var out, said bytes.Buffer
	c := exec.CommandContext(b.ctx, b.program, append([]string{"--config", b.file(n)}, args...)...)
	c.Env = append(os.Environ(), "HAWSER_LANG=en")
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s on side %d: %w: %s", args[0], n, err, said.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// promote makes a side Primary, and waits until its peer has everything by the set.
func (b *bench) promote(n int) (string, error) {
	device, err := b.order(n, "promote")
	if err != nil {
		return "", err
	}
	return device, b.until(n, func(s daemon.Status) bool { return s.PeerInSet })
}

// failovers moves a file system between the sides, and returns how long it took from the order until it was mounted.
func (b *bench) failovers(rounds int) ([]float64, error) {
	dir := filepath.Join(b.dir, "fs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	device, err := b.order(1, "promote")
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(b.ctx, "mkfs.ext4", "-q", "-F", device).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mkfs: %w: %s", err, out)
	}
	var took []float64
	for round := range 2 * rounds {
		from, to := 1+round%2, 2-round%2
		if _, err := b.order(from, "demote"); err != nil {
			return nil, err
		}
		if err := b.until(to, func(s daemon.Status) bool { return s.Disk == "UpToDate" }); err != nil {
			return nil, err
		}
		begun := time.Now()
		device, err := b.order(to, "promote")
		if err == nil {
			err = unix.Mount(device, dir, "ext4", 0, "")
		}
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun).Seconds())
		err = os.WriteFile(filepath.Join(dir, strconv.Itoa(round)), []byte("written here"), 0o600)
		if err := errors.Join(err, unix.Unmount(dir, 0), b.until(to, func(s daemon.Status) bool { return s.PeerInSet })); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// processor is the time that both daemons have used.
func (b *bench) processor() time.Duration {
	var ticks int64
	for _, d := range b.daemons[1:] {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.Process.Pid)) // it runs, or the load tells
		_, rest, _ := strings.Cut(string(data), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.ParseInt(f[11], 10, 64)
			system, _ := strconv.ParseInt(f[12], 10, 64)
			ticks += user + system
		}
	}
	return time.Duration(ticks) * time.Second / tickTime
}

// memory is the most that a daemon has had, in MiB.
func (b *bench) memory() (most float64, err error) {
	for _, d := range b.daemons[1:] {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.Process.Pid))
		if err != nil {
			return 0, err
		}
		_, rest, _ := strings.Cut(string(data), "VmHWM:")
		kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		if err != nil {
			return 0, err
		}
		most = max(most, kib/1024)
	}
	return most, nil
}

// end leaves nothing behind.
func (b *bench) end() error {
	ctx := context.WithoutCancel(b.ctx)
	var errs []error
	for n := 1; n <= 2; n++ {
		if b.sides[n].Name != "" {
			errs = append(errs, daemon.Release(ctx, b.sides[n]))
		}
		if d := b.daemons[n]; d != nil {
			_ = d.Process.Kill() // it may have ended
			_ = d.Wait()         // says that it was killed
		}
	}
	if b.plain != "" {
		errs = append(errs, fuse.Detach(b.plain))
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}
