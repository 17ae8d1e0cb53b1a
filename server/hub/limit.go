package hub

import (
	"sync"
	"time"
)

// An address may fail to enrol maxFailures times within window. Tokens cannot be guessed anyway; this keeps a script from
// filling log and store. Success costs nothing: a hundred hosts behind one address may enrol, so many of them at once.
const (
	maxFailures = 10
	maxAtOnce   = 32
	window      = time.Minute
	maxTracked  = 10_000 // addresses; beyond it the oldest window is forgotten
)

type limiter struct {
	mu    sync.Mutex // guards spans
	spans map[string]*span
}

type span struct {
	from     time.Time
	failures int
	pending  int
}

func newLimiter() *limiter { return &limiter{spans: map[string]*span{}} }

// begin lets an attempt through, which end must follow, or returns how long to wait.
func (l *limiter) begin(address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.spans[address]
	if s == nil {
		if len(l.spans) >= maxTracked {
			l.forget(now)
		}
		s = &span{from: now}
		l.spans[address] = s
	}
	if now.Sub(s.from) >= window {
		s.from, s.failures = now, 0
	}
	switch {
	case s.failures >= maxFailures:
		return s.from.Add(window).Sub(now)
	case s.pending >= maxAtOnce:
		return time.Second
	}
	s.pending++
	return 0
}

func (l *limiter) end(address string, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.spans[address]
	if s == nil {
		return // forgotten meanwhile
	}
	s.pending--
	if failed {
		s.failures++
	}
	if s.failures == 0 && s.pending == 0 {
		delete(l.spans, address)
	}
}

// forget makes room: what is over first, else the oldest.
func (l *limiter) forget(now time.Time) {
	oldest := ""
	for a, s := range l.spans {
		if now.Sub(s.from) >= window && s.pending == 0 {
			delete(l.spans, a)
		} else if oldest == "" || s.from.Before(l.spans[oldest].from) {
			oldest = a
		}
	}
	if len(l.spans) >= maxTracked {
		delete(l.spans, oldest)
	}
}
