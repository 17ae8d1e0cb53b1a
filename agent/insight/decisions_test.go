package insight_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hawser/agent/insight"
	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// slow is a scheduler that counts how often it is asked.
type slow struct {
	asked int
	takes time.Duration
}

func (s *slow) Schedule(_ context.Context, cib []byte, _ pacemaker.Look) (pacemaker.Decision, error) {
	s.asked++
	time.Sleep(s.takes)
	var d pacemaker.Decision
	if string(cib) != "quiet" {
		d.Actions = []ha.ForecastAction{{Kind: "move", Resource: string(cib), From: "n1", To: "n2"}}
	}
	return d, nil
}

// TestDecisions: the newest of the span that came to something; each is played once, and no longer than there is time.
func TestDecisions(t *testing.T) { synctest.Test(t, testDecisions) }

func testDecisions(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var store stored
	for i, cib := range []string{"before", "a", "quiet", "b", "after"} {
		store = append(store, struct {
			written time.Time
			cib     []byte
		}{begin.Add(time.Duration(i) * time.Minute), []byte(cib)})
	}
	var d insight.Decisions
	s := &slow{}
	for round := range 2 {
		list, err := d.List(t.Context(), s, store, "n1", begin.Add(time.Second), begin.Add(4*time.Minute), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].Actions[0].Resource != "b" || list[1].Actions[0].Resource != "a" || list[0].Node != "n1" || list[0].Unplayed {
			t.Fatalf("round %d: %+v", round, list)
		}
	}
	if s.asked != 3 {
		t.Errorf("the scheduler was asked %d times", s.asked)
	}
	if list, err := d.List(t.Context(), s, store, "n1", time.Time{}, time.Time{}, 1); err != nil || len(list) != 1 || list[0].Actions[0].Resource != "after" {
		t.Errorf("the newest: %+v, %v", list, err)
	}
	late := &slow{takes: 1700 * time.Millisecond}
	var fresh insight.Decisions
	list, err := fresh.List(t.Context(), late, store, "n1", time.Time{}, time.Time{}, 10)
	if err != nil || len(list) != 5 || list[0].Unplayed || !list[4].Unplayed || late.asked != 2 {
		t.Errorf("a slow scheduler, asked %d times: %+v, %v", late.asked, list, err)
	}
}
