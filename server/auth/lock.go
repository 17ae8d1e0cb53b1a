package auth

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// After so many failures in a row as the policy lets pass, each further one doubles the time in which nobody may try again: of
// one user from one origin, and, far later, of one origin with any name. Nobody can lock out a user elsewhere. Who has signed in from
// an origin before may do so again while that is locked for strangers: a colleague who guesses behind the same address bars nobody but
// those who have never been there. Wrong codes of the second factor count together wherever strangers send them from, because whoever
// sends one has the password.
const (
	// freeOfOrigin is so many times what one user may fail: many people may sit behind one address. Those who mistype and then sign
	// in do not count, whoever tries one password with many names does.
	freeOfOrigin = 20
	forgetAfter  = time.Hour
	// maxTracked bounds both what failed and who is known. Beyond it the oldest is forgotten; what is locked as the last.
	maxTracked = 10_000
)

// Origin is what counts as one place that requests come from: an address, or of IPv6 the network that one subscriber has.
func Origin(address string) string {
	a, err := netip.ParseAddr(address)
	if a = a.Unmap(); err != nil || a.Is4() {
		return address
	}
	network, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// lockKey is whose failures are counted: of a user from an origin, of an origin ("" as user), of a user's codes (from anywhere where
// origin is "").
type lockKey struct {
	user, origin string
	code         bool
}

type lock struct {
	failures int
	until    time.Time
	last     time.Time
}

// locks counts failed logins. It is in memory: a restart of the server forgives, which nobody can bring about from outside.
type locks struct {
	mu    sync.Mutex // guards what follows
	list  map[lockKey]*lock
	known map[lockKey]time.Time // when a user last signed in from an origin
}

func newLocks() *locks { return &locks{list: map[lockKey]*lock{}, known: map[lockKey]time.Time{}} }

// pairOf is a user at the place that an attempt comes from; no place where somebody has signed in already.
func pairOf(user, address string) lockKey { return lockKey{user: user, origin: Origin(address)} }

// passwordOf are what an attempt to give a password counts for.
func (l *locks) passwordOf(user, address string) []lockKey {
	pair := pairOf(user, address)
	if pair.origin == "" {
		return []lockKey{pair}
	}
	return []lockKey{pair, {origin: pair.origin}}
}

// codeOf is what an attempt to give a code counts for: of its own where the user is known to be, else together with all strangers.
func (l *locks) codeOf(user, address string) []lockKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	pair := pairOf(user, address)
	if _, is := l.known[pair]; !is {
		return []lockKey{{user: user, code: true}}
	}
	pair.code = true
	return []lockKey{pair}
}

// wait says how long to wait before an attempt may be made.
func (l *locks) wait(keys []lockKey, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.known[keys[0]]
	var longest time.Duration
	for _, k := range keys {
		if e := l.list[k]; e != nil && (k.user != "" || !known) {
			longest = max(longest, e.until.Sub(now))
		}
	}
	return longest
}

// failed counts a failure and returns how long the lock is that follows from it.
func (l *locks) failed(keys []lockKey, rules api.LockRules, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for _, k := range keys {
		e := l.list[k]
		if e == nil || now.Sub(e.last) > forgetAfter && now.After(e.until) {
			l.room(now)
			e = &lock{}
			l.list[k] = e
		}
		e.failures++
		e.last = now
		free := rules.Failures
		if k.user == "" {
			free *= freeOfOrigin
		}
		if over := e.failures - free; over >= 0 {
			wait := min(time.Duration(rules.FirstSeconds)*time.Second<<min(over, 16), time.Duration(rules.LongestMinutes)*time.Minute)
			e.until = now.Add(wait)
			longest = max(longest, wait)
		}
	}
	return longest
}

// succeeded forgives a user, and takes that user's failures off the origin's. What was tried there with other names still counts: one
// good password must not pay for many guesses.
func (l *locks) succeeded(user, address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pair := pairOf(user, address)
	_, known := l.known[pair]
	code := lockKey{user: user, code: true}
	if known { // strangers' guesses go on counting
		code.origin = pair.origin
	}
	if e, all := l.list[pair], l.list[lockKey{origin: pair.origin}]; e != nil && all != nil {
		all.failures = max(0, all.failures-e.failures)
	}
	delete(l.list, pair)
	if pair.origin == "" {
		return
	}
	delete(l.list, code)
	if !known && len(l.known) >= maxTracked {
		drop(l.known, func(at time.Time) time.Time { return at })
	}
	l.known[pair] = now
}

// room makes room for one more that is counted.
func (l *locks) room(now time.Time) {
	if len(l.list) < maxTracked {
		return
	}
	drop(l.list, func(e *lock) time.Time {
		if now.Before(e.until) {
			return e.until // later than any that is not locked
		}
		return e.last
	})
}

// drop forgets the oldest.
func drop[V any](from map[lockKey]V, age func(V) time.Time) {
	var oldest lockKey
	var at time.Time
	for k, v := range from {
		if t := age(v); at.IsZero() || t.Before(at) {
			oldest, at = k, t
		}
	}
	delete(from, oldest)
}

func errLocked(wait time.Duration) *fault.Error {
	seconds := strconv.Itoa(int(wait/time.Second) + 1)
	return fault.New(fault.TooMany, "login.locked", "too many failed logins; try again in %s seconds", seconds).With("seconds", seconds)
}
