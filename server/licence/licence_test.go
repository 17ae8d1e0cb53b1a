package licence_test

import (
	"errors"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/licence"
)

// TestTrial: a new server does everything for sixty days, without any action, and says when that ends.
func TestTrial(t *testing.T) {
	w := newWorld(t)
	s := w.want("at first", api.LicenseTrialRuns, "")
	if s.DaysLeft != 60 || s.Warn || !s.Until.Equal(start.Add(60*day)) {
		t.Errorf("%d days left, until %s, warned: %v", s.DaysLeft, s.Until, s.Warn)
	}
	if got := w.allowed(ha.Growth{Clusters: 100, Nodes: 1000, Remotes: 5}); got != "" {
		t.Errorf("the trial bars %s", got)
	}
	w.pass(30 * day)
	if s = w.want("after 30 days", api.LicenseTrialRuns, ""); s.DaysLeft != 30 || !s.Warn {
		t.Errorf("%d days left, warned: %v", s.DaysLeft, s.Warn)
	}
	w.restart()
	w.pass(30*day - time.Second)
	w.want("in the last second", api.LicenseTrialRuns, "")
	w.pass(time.Second)
	w.restart()
	if s = w.want("after 60 days", api.LicenseBarred, "licence.trial_over"); !s.Warn || !s.Trial.Over {
		t.Errorf("got %+v", s)
	}
}

// TestClockBack: a clock that is set back is noticed and gains nothing, neither while the server runs nor while it is down.
func TestClockBack(t *testing.T) {
	w := newWorld(t)
	w.pass(50 * day)
	w.now = w.now.Add(-40 * day)
	if s := w.status(); !s.ClockBack || s.DaysLeft != 10 {
		t.Errorf("set back: noticed %v, %d days left", s.ClockBack, s.DaysLeft)
	}
	w.restart()
	if s := w.status(); !s.ClockBack || s.DaysLeft != 10 {
		t.Errorf("set back, after a restart: noticed %v, %d days left", s.ClockBack, s.DaysLeft)
	}
	if e := w.Ending(); !e.ClockBack {
		t.Error("nobody is told")
	}
	for range 10 { // time goes on although the clock is behind
		w.pass(day)
	}
	w.want("ten days later", api.LicenseBarred, "licence.trial_over")
	w.now = start.Add(55 * day)
	w.restart()
	w.want("and after a restart", api.LicenseBarred, "licence.trial_over")
	small := newWorld(t)
	small.pass(day)
	small.now = small.now.Add(-5 * time.Minute)
	if s := small.status(); s.ClockBack {
		t.Error("a correction of minutes counts as set back")
	}
}

// TestClockAhead: a clock that once was far ahead ends a licence only until a newer one shows what day it is.
func TestClockAhead(t *testing.T) {
	w := newWorld(t)
	old := w.site(1, 365)
	w.mustGive(old)
	w.pass(20 * 365 * day)
	w.want("in twenty years", api.LicenseBarred, "licence.expired")
	w.now = start.Add(day)
	w.restart()
	w.want("and back", api.LicenseBarred, "licence.expired")
	if _, err := w.give(old); reason(err) != "licence.expired" {
		t.Errorf("the same licence once more: %v", err)
	}
	w.mustGive(w.site(2, 365))
	if s := w.want("a new licence", api.LicenseValid, ""); s.ClockBack || s.DaysLeft != 365 {
		t.Errorf("got %+v", s)
	}
}

// TestSite: a document for a place works on any machine, within its span and its limits.
func TestSite(t *testing.T) {
	w := newWorld(t)
	out := w.mustGive(w.site(1, 100))
	if !out.Kept || !out.InForce || out.Before != nil || out.License.Site != "Building 7" || out.License.By != "admin" {
		t.Errorf("got %+v", out)
	}
	w.machine = hashes(9)
	w.restart()
	if s := w.want("on another machine", api.LicenseValid, ""); s.InForce.Number != 1 || s.DaysLeft != 100 || s.Warn {
		t.Errorf("got %+v", s)
	}
	w.use = api.LicenseUse{Clusters: 1, Nodes: 3}
	for _, c := range []struct {
		growth ha.Growth
		want   string
	}{
		{ha.Growth{Resources: 5}, ""},
		{ha.Growth{Nodes: 1}, ""},
		{ha.Growth{Nodes: 1, Remotes: 1}, ""},
		{ha.Growth{Nodes: 2}, "licence.nodes_full"},
		{ha.Growth{Clusters: 1, Nodes: 1}, ""},
		{ha.Growth{Clusters: 1, Nodes: 2}, "licence.nodes_full"},
		{ha.Growth{Clusters: 2}, "licence.clusters_full"},
	} {
		if got := w.allowed(c.growth); got != c.want {
			t.Errorf("%+v: %q, want %q", c.growth, got, c.want)
		}
	}
	// More is managed than is allowed: what is there is not touched, and resources may still be added.
	w.use = api.LicenseUse{Clusters: 5, Nodes: 50}
	if got := w.allowed(more); got != "" {
		t.Errorf("beyond the limit a resource is barred: %s", got)
	}
	w.pass(40 * day)
	if s := w.status(); !s.Warn || s.DaysLeft != 60 {
		t.Errorf("60 days before: %+v", s)
	}
	w.pass(70 * day)
	if s := w.want("after its end", api.LicenseBarred, "licence.expired"); len(s.Kept) != 1 || s.Kept[0].Fault == nil {
		t.Errorf("got %+v", s)
	}
}

// TestFeature: without the feature no remote node is added; members are.
func TestFeature(t *testing.T) {
	w := newWorld(t)
	l := w.site(1, 100)
	l.Features, l.Nodes, l.Clusters = nil, 0, 0
	w.mustGive(l)
	if got := w.allowed(ha.Growth{Nodes: 1, Remotes: 1}); got != "licence.no_feature" {
		t.Errorf("a remote node: %q", got)
	}
	if got := w.allowed(ha.Growth{Clusters: 10, Nodes: 1000}); got != "" {
		t.Errorf("members: %q", got)
	}
}

// TestBest: of several licences the one that allows most counts; when it ends, the next one does, and then the rest of the trial.
func TestBest(t *testing.T) {
	w := newWorld(t)
	large, small, later := w.site(1, 10), w.site(2, 30), w.site(3, 40)
	large.Nodes, small.Nodes = 100, 10
	later.Nodes, later.From = 200, dayOf(w.now.Add(20*day))
	w.mustGive(large)
	if out := w.mustGive(small); out.InForce || out.Before.Number != 1 {
		t.Errorf("the smaller one: %+v", out)
	}
	if out := w.mustGive(later); out.InForce || out.License.Fault.Reason != "licence.early" {
		t.Errorf("one that begins later: %+v", out)
	}
	for _, c := range []struct {
		after  time.Duration
		number uint32
	}{{0, 1}, {12 * day, 2}, {10 * day, 3}} {
		w.pass(c.after)
		if s := w.status(); s.InForce == nil || s.InForce.Number != c.number {
			t.Errorf("after %s: %+v, want %d", c.after, s.InForce, c.number)
		}
	}
	w.pass(20 * day)
	w.want("all have ended", api.LicenseTrialRuns, "")
	again := w.site(3, 5)
	w.mustGive(again)
	if n := len(w.status().Kept); n != 3 {
		t.Errorf("one of the same number is kept beside the old one: %d", n)
	}
}

// TestLost: what cannot be read bars growth only; it counts again as soon as it can be read, and a new licence takes its place.
func TestLost(t *testing.T) {
	w := newWorld(t)
	w.mustGive(w.site(1, 100))
	w.broken = errors.New("no disk")
	w.restart()
	w.want("not readable", api.LicenseBarred, "licence.trial_over")
	if w.writes != 2 {
		t.Errorf("it was written over: %d", w.writes)
	}
	w.broken = nil
	w.pass(time.Minute)
	w.want("readable again", api.LicenseValid, "")
	w.secrets["licence/state"] = []byte("{")
	w.restart()
	w.pass(time.Minute)
	w.want("damaged", api.LicenseBarred, "licence.trial_over")
	w.mustGive(w.site(2, 100))
	w.restart()
	w.want("a new licence", api.LicenseValid, "")
}

// TestFoundAgain: a database that was away for a moment costs no licence, whatever somebody does before it is looked for again.
func TestFoundAgain(t *testing.T) {
	w := newWorld(t)
	w.mustGive(w.site(1, 100))
	w.broken = errors.New("no connection")
	w.restart()
	w.broken = nil
	if _, err := w.Request(t.Context(), "admin", api.NewLicenseRequest{Customer: "x", Nodes: 1}); err != nil {
		t.Fatal(err)
	}
	w.want("after a request", api.LicenseValid, "")
	w.restart()
	w.want("after a restart", api.LicenseValid, "")
}

// TestSaved: the time that was reached is kept now and then, not with every look.
func TestSaved(t *testing.T) {
	w := newWorld(t, func(o *licence.Options) { o.Token = nil })
	before := w.writes
	for range 60 {
		w.pass(time.Minute)
	}
	if n := w.writes - before; n < 5 || n > 7 {
		t.Errorf("written %d times in an hour", n)
	}
}

// TestEnding: what is told is the licence that counts, or the one that has stopped to.
func TestEnding(t *testing.T) {
	w := newWorld(t)
	if e := w.Ending(); e.Name != licence.TrialName || e.Barred || !e.End.Equal(start.Add(60*day)) {
		t.Errorf("the trial: %+v", e)
	}
	w.mustGive(w.site(7, 100))
	if e := w.Ending(); e.Name != "7" || e.Barred || e.End.Sub(w.now).Round(day) != 100*day {
		t.Errorf("the licence: %+v", e)
	}
	w.pass(200 * day)
	if e := w.Ending(); e.Name != "7" || !e.Barred {
		t.Errorf("its end: %+v", e)
	}
}
