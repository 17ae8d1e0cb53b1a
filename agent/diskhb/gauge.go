package diskhb

import (
	"sync"
	"time"
)

// gauge measures one kind of I/O, also while a call hangs.
type gauge struct {
	mu      sync.Mutex // guards what is below
	began   time.Time  // of the oldest call that is going on
	running int
	calls   uint64
	bytes   uint64
	errors  uint64
	mean    time.Duration // of the last hundred or so
	longest time.Duration
	failed  error // of the last call, nil where it was well
}

// do runs a call and measures it.
func (g *gauge) do(bytes int, call func() error) error {
	begin := time.Now()
	g.mu.Lock()
	if g.running == 0 {
		g.began = begin
	}
	g.running++
	g.mu.Unlock()
	err := call()
	took := time.Since(begin)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	g.began = time.Now() // of those that still go on at least this long is not known; it is close
	g.calls++
	g.bytes += uint64(bytes)
	g.failed = err
	if err != nil {
		g.errors++
		return err
	}
	g.longest = max(g.longest, took)
	if g.mean == 0 {
		g.mean = took
	}
	g.mean += (took - g.mean) / 64
	return nil
}

// hanging is how long the call that is going on has taken so far.
func (g *gauge) hanging(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running == 0 {
		return 0
	}
	return now.Sub(g.began)
}

func (g *gauge) status() IO {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := IO{Calls: g.calls, Bytes: g.bytes, Errors: g.errors, MeanUS: g.mean.Microseconds(), LongestUS: g.longest.Microseconds()}
	if g.failed != nil {
		s.Failed = g.failed.Error()
	}
	return s
}
