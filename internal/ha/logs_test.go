package ha_test

import (
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestLogSpan: a span is refused with its reason, at the end that is wrong; a clock that is a little ahead does no harm.
func TestLogSpan(t *testing.T) {
	now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name         string
		since, until time.Duration // from now
		path, reason string
	}{
		{"the last hours", -2 * time.Hour, 0, "", ""},
		{"seven days", -7 * 24 * time.Hour, 0, "", ""},
		{"half a minute ahead", -time.Hour, 30 * time.Second, "", ""},
		{"all in the future", time.Hour, 2 * time.Hour, "since", "logs.future"},
		{"its end in the future", -time.Hour, time.Hour, "until", "logs.future"},
		{"backwards", -time.Hour, -2 * time.Hour, "until", "logs.backwards"},
		{"nothing", -time.Hour, -time.Hour, "until", "logs.backwards"},
		{"too long", -7*24*time.Hour - time.Second, 0, "since", "logs.too_long"},
	} {
		f := fault.Public(ha.CheckLogSpan(now.Add(c.since), now.Add(c.until), now))
		switch {
		case c.reason == "" && f != nil:
			t.Errorf("%s: %v", c.name, f)
		case c.reason != "" && (f == nil || len(f.Fields) != 1 || f.Fields[0].Path != c.path || f.Fields[0].Reason != c.reason):
			t.Errorf("%s: got %+v, want %s at %s", c.name, f, c.reason, c.path)
		}
	}
}
