package ha_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

// TestExposures: from the loss of the other side until it has everything again.
func TestExposures(t *testing.T) {
	about := func(n int, kind ha.ChangeKind, more ...string) ha.Happening {
		return saw(n, kind, ha.Warning, "data", append([]string{"volume", "data"}, more...)...)
	}
	for name, c := range map[string]struct {
		changes []ha.Happening
		want    string
	}{
		"Nothing":              {nil, ""},
		"Connected again":      {[]ha.Happening{about(10, ha.VolumeDisconnected), about(20, ha.VolumeConnected)}, "10-20:0"},
		"Told by both":         {[]ha.Happening{about(10, ha.VolumeDisconnected), about(11, ha.VolumeDisconnected), about(20, ha.VolumeConnected), about(21, ha.VolumeConnected)}, "10-20:0"},
		"Resynced":             {[]ha.Happening{about(10, ha.VolumeDisconnected), about(20, ha.VolumeConnected), about(21, ha.VolumeSyncBegun, "bytes", "4096"), about(22, ha.VolumeConnected), about(50, ha.VolumeSyncDone)}, "10-50:4096"},
		"Still syncing":        {[]ha.Happening{about(10, ha.VolumeDisconnected), about(20, ha.VolumeConnected), about(21, ha.VolumeSyncBegun, "bytes", "1")}, "10-…:1"},
		"Made void much later": {[]ha.Happening{about(10, ha.VolumeDisconnected), about(20, ha.VolumeConnected), about(500, ha.VolumeSyncBegun, "bytes", "9"), about(600, ha.VolumeSyncDone)}, "10-20:0 500-600:9"},
		"Disk lost":            {[]ha.Happening{about(10, ha.VolumeDiskLost), about(30, ha.VolumeDiskBack)}, "10-30:0"},
		"Twice":                {[]ha.Happening{about(10, ha.VolumeDisconnected), about(20, ha.VolumeConnected), about(100, ha.VolumeSplitBrain)}, "10-20:0 100-…:0"},
		"Of another":           {[]ha.Happening{saw(10, ha.VolumeDisconnected, ha.Warning, "other", "volume", "other")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var list []string
			for _, e := range ha.Exposures("data", c.changes) {
				end := "…"
				if !e.Ended.IsZero() {
					end = fmt.Sprint(e.Ended.Sub(noon).Seconds())
				}
				list = append(list, fmt.Sprintf("%v-%s:%d", e.Started.Sub(noon).Seconds(), end, e.Bytes))
			}
			if got := strings.Join(list, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestStandExposed: what is over for longer than 30 days, or is another service's, does not count.
func TestStandExposed(t *testing.T) {
	now := noon.AddDate(0, 0, 40)
	span := func(volume string, begun, ended time.Duration) ha.Exposure {
		e := ha.Exposure{Volume: volume, Started: now.Add(-begun)}
		if ended > 0 {
			e.Ended = now.Add(-ended)
		}
		return e
	}
	day := 24 * time.Hour
	got := ha.Stand(theService, ha.Target{}, ha.History{Exposures: []ha.Exposure{
		span("data", 35*day, 31*day), span("other", 9*day, 2*day), span("data", day, day-time.Hour), span("data", time.Minute, 0),
	}}, nil, now).Exposed
	if got == nil || got.Number != 2 || got.Seconds != 3660 || got.Lasted != 3600 || !got.Worst.Started.Equal(now.Add(-day)) {
		t.Errorf("got %+v", got)
	}
	if got := ha.Stand(theService, ha.Target{}, ha.History{}, nil, now).Exposed; got != nil {
		t.Errorf("never exposed: %+v", got)
	}
}

// TestMisses: the stricter of both RPOs counts, planned absences count by theirs, and what is over before a target was set misses nothing.
func TestMisses(t *testing.T) {
	of := func(n int) *int { return &n }
	h := ha.History{
		Changes:   []ha.Happening{stopped(10, "db"), started(40, "db"), stopped(102, "db"), started(110, "db")},
		Works:     during("resource.stop", "db"),
		Exposures: []ha.Exposure{{Volume: "data", Started: second(20), Ended: second(60)}, {Volume: "other", Started: second(20)}},
	}
	for name, c := range map[string]struct {
		target ha.Target
		want   string
	}{
		"Nothing promised":  {ha.Target{}, ""},
		"Kept":              {ha.Target{RTOPlanned: of(8), RTOUnplanned: of(30), RPOUnplanned: of(40)}, ""},
		"Unplanned":         {ha.Target{RTOPlanned: of(8), RTOUnplanned: of(29)}, "rto_unplanned 29 10 30"},
		"Planned":           {ha.Target{RTOPlanned: of(7), RTOUnplanned: of(30)}, "rto_planned 7 102 8"},
		"Exposed":           {ha.Target{RPOUnplanned: of(39), RPOPlanned: of(50)}, "rpo_unplanned 39 20 40"},
		"Exposed, stricter": {ha.Target{RPOUnplanned: of(39), RPOPlanned: of(0)}, "rpo_planned 0 20 40"},
		"Set afterwards":    {ha.Target{RTOPlanned: of(0), RTOUnplanned: of(0), RPOUnplanned: of(0), Since: second(200)}, ""},
		"Set in between":    {ha.Target{RTOPlanned: of(0), RTOUnplanned: of(0), RPOUnplanned: of(0), Since: second(50)}, "rto_planned 0 102 8, rpo_unplanned 0 20 40"},
	} {
		t.Run(name, func(t *testing.T) {
			var list []string
			misses, coming := theService.Misses(c.target, h, nil, second(300))
			if coming {
				t.Error("nothing goes on, and something is coming")
			}
			for _, m := range misses {
				list = append(list, fmt.Sprint(m.Goal, " ", m.Promised, " ", m.Since.Sub(noon).Seconds(), " ", m.Length.Seconds()))
			}
			if got := strings.Join(list, ", "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestMissesComing: what goes on and is not too long yet is coming; once it is, it is a miss and comes no more.
func TestMissesComing(t *testing.T) {
	of := func(n int) *int { return &n }
	away := ha.History{Changes: []ha.Happening{saw(10, ha.ResourceFailed, ha.Critical, "db", "node", "n1")}}
	alone := ha.History{Exposures: []ha.Exposure{{Volume: "data", Started: second(10)}}}
	for name, c := range map[string]struct {
		target ha.Target
		h      ha.History
		misses int
		coming bool
	}{
		"Away, not promised":  {ha.Target{RTOPlanned: of(5)}, away, 0, false},
		"Away, not yet":       {ha.Target{RTOUnplanned: of(90)}, away, 0, true},
		"Away, too long":      {ha.Target{RTOUnplanned: of(89)}, away, 1, false},
		"Alone, not promised": {ha.Target{RTOUnplanned: of(5)}, alone, 0, false},
		"Alone, not yet":      {ha.Target{RPOUnplanned: of(90)}, alone, 0, true},
		"Alone, too long":     {ha.Target{RPOPlanned: of(89)}, alone, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			if misses, coming := theService.Misses(c.target, c.h, nil, second(100)); len(misses) != c.misses || coming != c.coming {
				t.Errorf("got %+v, %v", misses, coming)
			}
		})
	}
}
