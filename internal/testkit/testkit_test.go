package testkit_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"hawser/internal/testkit"
)

// recorder is a testing.TB that notes what would have become of a test.
type recorder struct {
	testing.TB
	outcome string
	cleanup []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.outcome = "failed: " + fmt.Sprintf(format, args...)
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.outcome = "skipped: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// outcomeOf runs a test in its own goroutine, because skipping and failing end it.
func outcomeOf(t *testing.T, test func(testing.TB)) string {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); test(r) }()
	<-done
	for _, f := range r.cleanup {
		f()
	}
	return r.outcome
}

func TestNeed(t *testing.T) {
	chromium := func(tb testing.TB) { testkit.Need(tb, "chromium") }
	t.Setenv("PATH", t.TempDir()) // so that it is not found
	t.Setenv(testkit.MustVariable, "")
	if got := outcomeOf(t, chromium); !strings.HasPrefix(got, "skipped: SKIPPED, NOT TESTED: needs chromium") {
		t.Errorf("got %q, want a loud skip", got)
	}
	for _, must := range []string{"root,chromium", "all"} {
		t.Setenv(testkit.MustVariable, must)
		if got := outcomeOf(t, chromium); !strings.HasPrefix(got, "failed: needs chromium") {
			t.Errorf("%s: got %q, want a failure", must, got)
		}
	}
	if got := outcomeOf(t, func(tb testing.TB) { testkit.Need(tb, "luck") }); !strings.Contains(got, "luck") {
		t.Errorf("got %q, want a failure over an unknown need", got)
	}
	if got := outcomeOf(t, func(tb testing.TB) { testkit.Need(tb) }); got != "" {
		t.Errorf("got %q where nothing is needed", got)
	}
}

func TestEventually(t *testing.T) {
	calls := 0
	testkit.Eventually(t, func() error {
		if calls++; calls < 4 {
			return errors.New("not yet")
		}
		return nil
	})
	if calls != 4 {
		t.Errorf("checked %d times, want 4", calls)
	}
	got := outcomeOf(t, func(tb testing.TB) {
		testkit.EventuallyWithin(tb, 20*time.Millisecond, func() error { return errors.New("never") })
	})
	if !strings.Contains(got, "never") {
		t.Errorf("got %q, want a failure with the last error", got)
	}
}

func TestNoLeaks(t *testing.T) {
	if got := outcomeOf(t, func(tb testing.TB) { testkit.NoLeaks(tb) }); got != "" {
		t.Errorf("nothing was started: got %q", got)
	}
	end := make(chan struct{})
	got := outcomeOf(t, func(tb testing.TB) {
		testkit.NoLeaks(tb)
		go func() { <-end }()
	})
	close(end)
	if !strings.HasPrefix(got, "failed: 1 goroutines") {
		t.Errorf("got %q, want a complaint about one goroutine", got)
	}
}
