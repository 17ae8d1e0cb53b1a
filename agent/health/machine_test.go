package health_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hawser/agent/health"
	"hawser/internal/ha"
)

var rule = health.Rule{Yellow: 80, Red: 95, Margin: 5, Lasts: 60 * time.Second, Back: 120 * time.Second}

const step = 5 * time.Second

// day is some moment; machines have no clock.
var day = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// stretch is a value that lasts.
type stretch struct {
	value float64
	d     time.Duration
}

// feed measures every step and returns the colours as they were at the end of each stretch.
func feed(m *health.Machine, r health.Rule, list ...stretch) (colours []ha.Colour) {
	at := day
	for _, s := range list {
		for end := at.Add(s.d); at.Before(end); at = at.Add(step) {
			m.Next(r, s.value, at)
		}
		colours = append(colours, m.Colour())
	}
	return colours
}

func TestMachine(t *testing.T) {
	const long = 10 * time.Minute
	for _, c := range []struct {
		name  string
		begin ha.Colour
		list  []stretch
		want  []ha.Colour
	}{
		{"idle", "", []stretch{{10, long}}, []ha.Colour{ha.Green}},
		{"a peak that does not last", "", []stretch{{99, 60 * time.Second}, {10, long}}, []ha.Colour{ha.Green, ha.Green}},
		{"one sample longer", "", []stretch{{99, 65 * time.Second}}, []ha.Colour{ha.Red}},
		{"yellow", "", []stretch{{80, 65 * time.Second}, {94, long}}, []ha.Colour{ha.Yellow, ha.Yellow}},
		{"from yellow to red at once", "", []stretch{{80, 65 * time.Second}, {95, 65 * time.Second}}, []ha.Colour{ha.Yellow, ha.Red}},
		{"within the margin nothing is better", "", []stretch{{99, 65 * time.Second}, {91, long}, {76, long}}, []ha.Colour{ha.Red, ha.Red, ha.Yellow}},
		{"back to green", "", []stretch{{99, 65 * time.Second}, {74, 120 * time.Second}, {74, 61 * time.Second}}, []ha.Colour{ha.Red, ha.Red, ha.Green}},
		{"the way back is interrupted", "", []stretch{{99, 65 * time.Second}, {10, 115 * time.Second}, {99, step}, {10, 120 * time.Second}, {10, step}}, []ha.Colour{ha.Red, ha.Red, ha.Red, ha.Red, ha.Green}},
		{"red from before", ha.Red, []stretch{{10, 115 * time.Second}, {10, 10 * time.Second}}, []ha.Colour{ha.Red, ha.Green}},
		{"red from before stays while it is so", ha.Red, []stretch{{99, long}}, []ha.Colour{ha.Red}},
		{"just recovered", ha.Red, []stretch{{10, 125 * time.Second}, {99, 170 * time.Second}, {99, 15 * time.Second}}, []ha.Colour{ha.Green, ha.Green, ha.Red}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := feed(health.NewMachine(c.begin), rule, c.list...)
			for i := range c.want {
				if got[i] != c.want[i] {
					t.Fatalf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

// TestMachineBlind: what was not measured has not lasted, however it came.
func TestMachineBlind(t *testing.T) {
	m := health.NewMachine("")
	feed(m, rule, stretch{99, 55 * time.Second})
	m.Blind()
	if c := m.Next(rule, 99, day.Add(60*time.Second)); c != ha.Green {
		t.Errorf("after a moment without a value: %s", c)
	}
	m = health.NewMachine("")
	m.Next(rule, 99, day)
	if c := m.Next(rule, 99, day.Add(time.Hour)); c != ha.Green {
		t.Errorf("after an hour of sleep: %s", c)
	}
	if c := m.Next(rule, 99, day.Add(time.Minute)); c != ha.Green { // the clock went back
		t.Errorf("after the clock went back: %s", c)
	}
}

// changes are the moments at which a machine changes its colour under a load.
func changes(m *health.Machine, r health.Rule, load func(time.Duration) float64, length time.Duration) (list []time.Duration) {
	was := m.Colour()
	for at := time.Duration(0); at < length; at += step {
		if c := m.Next(r, load(at), day.Add(at)); c != was {
			list = append(list, at)
			was = c
		}
	}
	return list
}

// TestMachineWave: under a load that comes and goes, whatever its period, between two changes there is always the time that a value
// must last and the way back together.
func TestMachineWave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := health.Rule{
			Yellow: rapid.Float64Range(20, 80).Draw(t, "yellow"), Margin: rapid.Float64Range(0, 10).Draw(t, "margin"),
			Lasts: step * time.Duration(rapid.IntRange(2, 40).Draw(t, "lasts")), Back: step * time.Duration(rapid.IntRange(2, 60).Draw(t, "back")),
		}
		r.Red = r.Yellow + rapid.Float64Range(1, 19).Draw(t, "red")
		period := time.Duration(rapid.Float64Range(0.5, 2).Draw(t, "period") * float64(r.Lasts))
		duty := rapid.Float64Range(0.05, 0.95).Draw(t, "duty")
		high := rapid.SampledFrom([]float64{r.Yellow, r.Red, 100}).Draw(t, "high")
		low := rapid.Float64Range(0, r.Yellow).Draw(t, "low")
		begin := rapid.SampledFrom([]ha.Colour{ha.Green, ha.Yellow}).Draw(t, "begin") // from red it may become better twice, which is no turn
		load := func(at time.Duration) float64 {
			if float64(at%period) < duty*float64(period) {
				return high
			}
			return low
		}
		list := changes(health.NewMachine(begin), r, load, 30*time.Minute)
		for i := 1; i < len(list); i++ {
			if list[i]-list[i-1] < r.Lasts+r.Back {
				t.Fatalf("changes at %v: %v and %v are less than %v apart", list, list[i-1], list[i], r.Lasts+r.Back)
			}
		}
	})
}

// TestMachineAnyLoad: a colour never turns round sooner than that, never gets worse before the value has lasted, and never better
// before it was away, under any load whatever.
func TestMachineAnyLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 50, 74, 76, 80, 91, 95, 100}), 50, 400).Draw(t, "values")
		m := health.NewMachine("")
		was, turned, last := ha.Green, 0, -1
		for i, v := range values {
			c := m.Next(rule, v, day.Add(time.Duration(i)*step))
			if c == was {
				continue
			}
			direction, needs, limit := 1, int(rule.Lasts/step), rule.Yellow
			if c == ha.Red {
				limit = rule.Red
			}
			if was.Worse(c) {
				direction, needs, limit = -1, int(rule.Back/step), rule.Yellow-rule.Margin
				if c == ha.Yellow {
					limit = rule.Red - rule.Margin
				}
			}
			if i < needs {
				t.Fatalf("%s after %d values", c, i+1)
			}
			for _, before := range values[i-needs : i+1] {
				if (direction > 0) != (before >= limit) {
					t.Fatalf("at %d from %s to %s, although there was %v in %v", i, was, c, before, values[i-needs:i+1])
				}
			}
			if turned == -direction && time.Duration(i-last)*step < rule.Lasts+rule.Back {
				t.Fatalf("turned round at %d, %d steps after the last change", i, i-last)
			}
			was, turned, last = c, direction, i
		}
	})
}
