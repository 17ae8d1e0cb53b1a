package alert_test

import (
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/alert"
)

const aDay = 24 * time.Hour

// TestLicenceEnds: it is told 60, 30, 7 and 1 days before, and when it is over; once each, by one alarm that gets worse; and it is over when
// another licence counts.
func TestLicenceEnds(t *testing.T) {
	l := alert.Licence{Name: "7"}
	w, c := timed(t, func(o *alert.Options) {
		o.Licence = func() alert.Licence { return l }
	})
	l.End = c.Now().Add(100 * aDay)
	events := func() (list []string) {
		for _, n := range w.picture.notes {
			list = append(list, n.Kind+" "+n.Args["days"]+" "+string(n.Severity))
		}
		return list
	}
	for range 101 {
		for range 3 {
			l.Now = c.Now()
			w.sweep()
		}
		c.pass(aDay)
	}
	l.Now, l.Barred = c.Now(), true
	w.sweep()
	w.sweep()
	want := []string{
		"licence.expiring 60 warning", "licence.expiring 30 warning", "licence.expiring 7 critical", "licence.expiring 1 critical", "licence.over 0 critical",
	}
	got := events()
	if len(got) != len(want) {
		t.Fatalf("told %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("told %q, want %q", got[i], want[i])
		}
	}
	w.want("over", "licence.expiring 7")
	list, err := w.List(t.Context(), api.AlarmQuery{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Severity != ha.Critical {
		t.Errorf("got %+v, %v", list.Items, err)
	}
	l = alert.Licence{Name: "8", End: c.Now().AddDate(1, 0, 0), Now: c.Now()}
	w.sweep()
	w.want("another licence")
}

// TestTrialEnds: the trial is not told of in its first half.
func TestTrialEnds(t *testing.T) {
	l := alert.Licence{Name: "trial", Trial: true}
	w, c := timed(t, func(o *alert.Options) { o.Licence = func() alert.Licence { return l } })
	l.Now, l.End = c.Now(), c.Now().Add(60*aDay)
	w.sweep()
	w.want("at first")
	l.Now = c.Now().Add(30 * aDay)
	w.sweep()
	w.want("30 days before its end", "licence.expiring trial")
}

// TestNoEnd: of a licence without an end there is nothing to tell.
func TestNoEnd(t *testing.T) {
	w, c := timed(t, func(o *alert.Options) {
		o.Licence = func() alert.Licence { return alert.Licence{Name: "7", Now: time.Now()} }
	})
	c.pass(1000 * aDay)
	w.sweep()
	w.want("without an end")
}

// TestUkeyAway: a token that is pulled out is told of until it is back.
func TestUkeyAway(t *testing.T) {
	l := alert.Licence{Name: "7"}
	w, c := timed(t, func(o *alert.Options) { o.Licence = func() alert.Licence { return l } })
	l.Now, l.UkeyAway = c.Now(), c.Now().Add(3*aDay)
	w.sweep()
	w.sweep()
	w.want("pulled out", "licence.ukey 7")
	l.UkeyAway = time.Time{}
	w.sweep()
	w.want("put in again")
	if n := len(w.picture.notes); n != 2 {
		t.Errorf("told %d times", n)
	}
}

// TestClockBack: a clock that is set back is told of once.
func TestClockBack(t *testing.T) {
	l := alert.Licence{Name: "7", Now: time.Now(), ClockBack: true}
	w, _ := timed(t, func(o *alert.Options) { o.Licence = func() alert.Licence { return l } })
	for range 3 {
		w.sweep()
	}
	list, err := w.List(t.Context(), api.AlarmQuery{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Kind != ha.AlarmClock || !list.Items[0].Notice {
		t.Errorf("got %+v, %v", list.Items, err)
	}
}
