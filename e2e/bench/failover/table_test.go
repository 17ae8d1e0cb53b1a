package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func seconds(list ...float64) []time.Duration {
	var out []time.Duration
	for _, s := range list {
		out = append(out, time.Duration(s*float64(time.Second)))
	}
	return out
}

func TestP95(t *testing.T) {
	var sixty []time.Duration
	for i := range 60 {
		sixty = append(sixty, time.Duration(60-i)*time.Second)
	}
	for name, c := range map[string]struct {
		list []time.Duration
		want time.Duration
	}{
		"one":      {seconds(3), 3 * time.Second},
		"few":      {seconds(1, 9, 2), 9 * time.Second},
		"twenty":   {sixty[40:], 19 * time.Second},
		"sixty":    {sixty, 57 * time.Second},
		"unsorted": {seconds(5, 4, 3, 2, 1), 5 * time.Second},
	} {
		if got := p95(c.list); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestRows holds Hawser against both peers: the ratio is that of stock pcs, and an aim has two halves.
func TestRows(t *testing.T) {
	r := results{outages: map[string]map[string][]time.Duration{}}
	for round := range 2 {
		for column, took := range map[string]float64{ownColumn: 1.0, stockColumn: 5, tunedColumn: 2} {
			all := map[string]time.Duration{}
			for _, e := range events {
				all[e.name] = seconds(took + 0.1*float64(round))[0]
			}
			last := events[len(events)-1].name
			all[last] = 0
			r.add(column, all)
		}
	}
	r.outages[ownColumn]["planned move"] = append(r.outages[ownColumn]["planned move"], time.Hour) // a round that the others have not been through
	rows := r.rows()
	want := map[string]bool{
		"planned move": true, "node crash": true, "application crash": false, "crash beyond the threshold": true,
		"virtual IP's link lost": true, "clone instance lost, clients of the others": true,
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for _, row := range rows {
		met, known := want[row.Metric]
		if !known || row.Met != met {
			t.Errorf("%s (known %t): met %t, want %t: %+v", row.Metric, known, row.Met, met, row)
		}
		if row.Columns[stockColumn].Rounds != 2 {
			t.Errorf("%s: %d rounds, want 2", row.Metric, row.Columns[stockColumn].Rounds)
		}
		if row.Metric == "clone instance lost, clients of the others" {
			if row.Ratio != nil || row.RatioTuned != nil || *row.Peer != 0 {
				t.Errorf("%s: a ratio to nothing: %+v", row.Metric, row)
			}
			continue
		}
		if got := *row.Ratio; got < 1.1/5.1-1e-9 || got > 1.1/5.1+1e-9 {
			t.Errorf("%s: ratio %g", row.Metric, got)
		}
		if got := *row.RatioTuned; got < 1.1/2.1-1e-9 || got > 1.1/2.1+1e-9 {
			t.Errorf("%s: ratio to the tuned peer %g", row.Metric, got)
		}
	}
}

func TestMet(t *testing.T) {
	a := aim{time.Second, 0.3}
	for name, c := range map[string]struct {
		own, tuned float64
		want       bool
	}{"both": {0.9, 3, true}, "too slow": {1.01, 9, false}, "too little better": {0.9, 2.9, false}} {
		if got := a.met(seconds(c.own)[0], seconds(c.tuned)[0]); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
	if got := a.String(); got != "≤ 1 s and ≤ 0.3 × tuned" {
		t.Errorf("aim: %s", got)
	}
}

// TestRuns: a table of two runs is of all their rounds, and what is kept is what was measured.
func TestRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rounds.json")
	run := func(took float64) {
		t.Helper()
		list, err := earlier(file)
		if err != nil {
			t.Fatal(err)
		}
		r := results{outages: map[string]map[string][]time.Duration{}}
		for _, column := range columns {
			all := map[string]time.Duration{}
			for _, e := range events {
				all[e.name] = seconds(took)[0]
			}
			r.add(column, all)
		}
		r.outages[ownColumn]["node crash"] = append(r.outages[ownColumn]["node crash"], time.Hour) // of a round that is not whole
		if err := keepRuns(file, with(list, r.measured("abc"))); err != nil {
			t.Fatal(err)
		}
	}
	run(1)
	run(3)
	list, err := earlier(file)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d runs, %v", len(list), err)
	}
	all := results{outages: together(list)}
	if n := all.complete(); n != 2 {
		t.Errorf("%d rounds, want 2", n)
	}
	for _, row := range all.rows() {
		if got := row.Columns[ownColumn]; got.Median != 2 || got.Worst != 3 {
			t.Errorf("%s: %+v", row.Metric, got)
		}
	}
	if got := with(list, measured{}); len(got) != 2 {
		t.Errorf("a run without a round counts: %+v", got)
	}
	list[0].Rounds = 7
	if err := keepRuns(file, list); err != nil {
		t.Fatal(err)
	}
	if _, err := earlier(file); err == nil || !strings.Contains(err.Error(), "has not 7 rounds") {
		t.Errorf("a run that lacks rounds: %v", err)
	}
}
