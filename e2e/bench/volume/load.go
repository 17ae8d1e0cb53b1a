package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// load is what is asked of a block device, past the page cache: small pieces anywhere, large ones in a row.
type load struct {
	name  string
	size  int64
	depth int // requests under way at once
	write bool
	sync  bool // a flush after each
}

// run runs the load for a while and returns how many requests were answered.
func (l load) run(ctx context.Context, path string, long time.Duration) (float64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var done, next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, l.depth)
	deadline := time.Now().Add(long)
	for n := range l.depth {
		all.Go(func() { errs[n] = l.ask(ctx, int(f.Fd()), uint64(n), deadline, &done, &next) })
	}
	all.Wait()
	return float64(done.Load()), errors.Join(errs...)
}

func (l load) ask(ctx context.Context, fd int, seed uint64, deadline time.Time, done, next *atomic.Int64) error {
	b, err := unix.Mmap(-1, 0, int(l.size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Munmap(b) }()
	random := rand.New(rand.NewPCG(seed, uint64(deadline.UnixNano()))) //nolint:gosec // a load, no secret
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	places := volumeSize / l.size
	for time.Now().Before(deadline) && ctx.Err() == nil {
		at := random.Int64N(places) * l.size
		if l.size > 64<<10 {
			at = next.Add(1) % places * l.size
		}
		if l.write {
			_, err = unix.Pwrite(fd, b, at)
		} else {
			_, err = unix.Pread(fd, b, at)
		}
		if err == nil && l.sync {
			err = unix.Fdatasync(fd)
		}
		if err != nil {
			return err
		}
		done.Add(1)
	}
	return ctx.Err()
}
