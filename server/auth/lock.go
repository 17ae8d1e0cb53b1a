package auth

import (
	"strconv"
	"sync"
	"time"

	"hawser/internal/fault"
)

// After freeFailures in a row each further failure doubles the time in which nobody may try again: of one user from one
// address, and of one address with any name. Whoever is locked out cannot lock out the user elsewhere.
const (
	freeFailures    = 5
	freeOfAddress   = 20
	firstLock       = 5 * time.Second
	longestLock     = 15 * time.Minute
	forgetAfter     = time.Hour
	maxTrackedLocks = 10_000
)

type lockKey struct{ user, address string }

type lock struct {
	failures int
	until    time.Time
	last     time.Time
}

// locks counts failed logins. It is in memory: a restart of the server forgives, which nobody can bring about from outside.
type locks struct {
	mu   sync.Mutex // guards list
	list map[lockKey]*lock
}

func newLocks() *locks { return &locks{list: map[lockKey]*lock{}} }

type attempt struct{ wait time.Duration }

func keysOf(user, address string) []lockKey {
	if address == "" {
		return []lockKey{{user, ""}}
	}
	return []lockKey{{user, address}, {"", address}}
}

// begin says how long to wait before this attempt may be made.
func (l *locks) begin(user, address string, now time.Time) attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	var a attempt
	for _, k := range keysOf(user, address) {
		if e := l.list[k]; e != nil {
			a.wait = max(a.wait, e.until.Sub(now))
		}
	}
	return a
}

// failed counts a failure and returns how long the lock is that follows from it.
func (l *locks) failed(user, address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for _, k := range keysOf(user, address) {
		e := l.list[k]
		if e == nil || now.Sub(e.last) > forgetAfter {
			l.tidy(now)
			e = &lock{}
			l.list[k] = e
		}
		e.failures++
		e.last = now
		free := freeFailures
		if k.user == "" {
			free = freeOfAddress
		}
		if over := e.failures - free; over >= 0 {
			wait := min(firstLock<<min(over, 20), longestLock)
			e.until = now.Add(wait)
			longest = max(longest, wait)
		}
	}
	return longest
}

func (l *locks) succeeded(user, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The address keeps its count: one good password must not pay for many guesses.
	delete(l.list, lockKey{user, address})
}

// tidy forgets what is old. Where somebody fills the table on purpose, all is forgotten but what is locked.
func (l *locks) tidy(now time.Time) {
	if len(l.list) < maxTrackedLocks {
		return
	}
	for k, e := range l.list {
		if now.After(e.until) {
			delete(l.list, k)
		}
	}
}

func errLocked(wait time.Duration) *fault.Error {
	seconds := strconv.Itoa(int(wait/time.Second) + 1)
	return fault.New(fault.TooMany, "login.locked", "too many failed logins; try again in %s seconds", seconds).With("seconds", seconds)
}
