package testkit

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long Eventually waits: far longer than anything should take on a busy machine, so that only what will
// never come fails.
const patience = 30 * time.Second

// Eventually waits until check returns nil, and fails with its last error where it does not come in that time.
func Eventually(t testing.TB, check func() error) {
	t.Helper()
	EventuallyWithin(t, patience, check)
}

// EventuallyWithin is Eventually with a bound of its own, for what is known to take long.
func EventuallyWithin(t testing.TB, bound time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(bound)
	pause := time.Millisecond
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %v", bound, err)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("the test has ended: %v", err)
		case <-time.After(pause):
		}
		pause = min(2*pause, 100*time.Millisecond)
	}
}

// NoLeaks fails the test where goroutines that it started are still there a while after its end. Call it first in the test:
// what the test cleans up is then gone before it looks.
func NoLeaks(t testing.TB) {
	t.Helper()
	before := goroutines()
	t.Cleanup(func() {
		deadline := time.Now().Add(5 * time.Second) // connections and timers take a moment to wind up
		var left []string
		for {
			left = left[:0]
			for id, stack := range goroutines() {
				if _, old := before[id]; !old {
					left = append(left, stack)
				}
			}
			if len(left) == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Errorf("%d goroutines are left behind:\n\n%s", len(left), strings.Join(left, "\n\n"))
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

// goroutines returns the stacks of all goroutines but the caller's own and the testing package's, by their ID.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	out := map[string]string{}
	for i, stack := range strings.Split(strings.TrimSpace(string(buf)), "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		id, _, _ := strings.Cut(strings.TrimPrefix(head, "goroutine "), " ")
		switch {
		case i == 0: // the caller
		case strings.Contains(stack, "testing.(*T).Run("), strings.Contains(stack, "testing.(*M)."),
			strings.Contains(stack, "testing.tRunner"), strings.Contains(stack, "os/signal."):
			// other tests, and what the runtime keeps
		default:
			out[id] = stack
		}
	}
	return out
}
