package health

import (
	"time"

	"hawser/internal/ha"
)

// Rule is what a machine decides by.
type Rule struct {
	Yellow, Red float64 // percent
	Margin      float64 // points below a threshold at which a value counts as away from it
	Lasts, Back time.Duration
}

// Machine makes a colour of values. It has no clock: whoever feeds it says when each value was measured.
//
// The colour becomes worse when the value has been at the worse threshold for as long as Lasts, and better when it has been below a
// threshold by more than the margin for as long as Back. After a change it does not turn round before Lasts and Back have passed
// together: whatever a load does, a service is not sent away and called back more often than that.
type Machine struct {
	colour ha.Colour
	since  time.Time // of the last change; zero: before the first value
	seen   time.Time // of the last value
	turned int       // the direction of the last change: 1 worse, -1 better

	// Since when the value has been there without a break; zero where it is not.
	atYellow, atRed, belowYellow, belowRed time.Time
}

// gap is how long values may be missing until nothing is known of what was between: a machine that was suspended has not seen a value last.
const gap = 30 * time.Second

// NewMachine begins with a colour that is known, for example from before a restart.
func NewMachine(c ha.Colour) *Machine {
	if c == "" {
		c = ha.Green
	}
	return &Machine{colour: c}
}

// Colour is the colour now.
func (m *Machine) Colour() ha.Colour { return m.colour }

// Blind says that there is no value: the colour stays, and what was on its way to a change begins anew.
func (m *Machine) Blind() {
	m.atYellow, m.atRed, m.belowYellow, m.belowRed = time.Time{}, time.Time{}, time.Time{}, time.Time{}
}

// Next takes a value and returns the colour that follows.
func (m *Machine) Next(r Rule, value float64, at time.Time) ha.Colour {
	if !m.seen.IsZero() && (at.Sub(m.seen) > gap || at.Before(m.seen)) {
		m.Blind()
	}
	m.seen = at
	hold := func(since *time.Time, is bool) {
		switch {
		case !is:
			*since = time.Time{}
		case since.IsZero():
			*since = at
		}
	}
	hold(&m.atYellow, value >= r.Yellow)
	hold(&m.atRed, value >= r.Red)
	hold(&m.belowYellow, value < r.Yellow-r.Margin)
	hold(&m.belowRed, value < r.Red-r.Margin)
	lasted := func(since time.Time, d time.Duration) bool { return !since.IsZero() && at.Sub(since) >= d }
	want := m.colour
	switch {
	case m.colour != ha.Red && lasted(m.atRed, r.Lasts):
		want = ha.Red
	case m.colour == ha.Green && lasted(m.atYellow, r.Lasts):
		want = ha.Yellow
	case m.colour != ha.Green && lasted(m.belowYellow, r.Back):
		want = ha.Green
	case m.colour == ha.Red && lasted(m.belowRed, r.Back):
		want = ha.Yellow
	}
	if want == m.colour {
		return want
	}
	direction := -1
	if want.Worse(m.colour) {
		direction = 1
	}
	if m.turned == -direction && at.Sub(m.since) < r.Lasts+r.Back {
		return m.colour
	}
	m.colour, m.since, m.turned = want, at, direction
	return want
}
