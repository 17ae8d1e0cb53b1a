package cluster_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/e2e/bench/table"
)

// strikes is what one run of TestWatchMany has done and seen. A thousand of each kind take hours: a table may be of several runs.
type strikes struct {
	Commit   string `json:"commit"`
	Date     string `json:"date"`
	Seed     uint64 `json:"seed"`
	Harmless []harm `json:"harmless"` // in the order of harmless
	Killed   deaths `json:"killed"`
}

// harm is what was done of one kind that is no failure, and how often it was reported as one.
type harm struct {
	Done     int `json:"done"`
	Reported int `json:"reported"`
}

// deaths is what became of processes that were killed.
type deaths struct {
	Done         int       `json:"done"`
	Milliseconds []float64 `json:"milliseconds"` // from the sign to the report, of those that were reported
	Own          int       `json:"own"`          // found sooner by a monitor of Pacemaker's
	Missed       int       `json:"missed"`       // neither
	More         int       `json:"more"`         // failures that count more than once
	Fewer        int       `json:"fewer"`        // failures that do not count
}

// earlierStrikes reads the runs that a file holds; none where there is no file.
func earlierStrikes(t *testing.T, path string) []strikes {
	t.Helper()
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var list []strikes
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if len(s.Harmless) != len(harmless) || s.Killed.Done != len(s.Killed.Milliseconds)+s.Killed.Own+s.Killed.Missed {
			t.Fatalf("%s: the run of %s is not whole", path, s.Date)
		}
	}
	return list
}

func keepStrikes(t *testing.T, path string, list []strikes) {
	t.Helper()
	raw, err := json.MarshalIndent(list, "", " ")
	if err == nil {
		err = os.WriteFile(filepath.Clean(path), append(raw, '\n'), 0o644) //nolint:gosec // for everybody to read
	}
	if err != nil {
		t.Error(err)
	}
}

// told says what a table is of.
func told(list []strikes) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%d of each of commit %s on %s (seed %d)", s.Killed.Done, s.Commit, s.Date, s.Seed))
	}
	return strings.Join(parts, ", ")
}

// together is the table of several runs.
func together(list []strikes) []table.Row {
	var rows []table.Row
	for i, kind := range harmless {
		var sum harm
		for _, s := range list {
			sum.Done += s.Harmless[i].Done
			sum.Reported += s.Harmless[i].Reported
		}
		rows = append(rows, none(fmt.Sprintf("%d %s: reported", sum.Done, kind.name), sum.Reported))
	}
	var sum deaths
	for _, s := range list {
		sum.Done += s.Killed.Done
		sum.Milliseconds = append(sum.Milliseconds, s.Killed.Milliseconds...)
		sum.Own += s.Killed.Own
		sum.Missed += s.Killed.Missed
		sum.More += s.Killed.More
		sum.Fewer += s.Killed.Fewer
	}
	slices.Sort(sum.Milliseconds)
	late := 0
	for _, ms := range sum.Milliseconds {
		if ms > milliseconds(soonEnough) {
			late++
		}
	}
	at := func(q float64) float64 {
		if len(sum.Milliseconds) == 0 {
			return 0
		}
		return sum.Milliseconds[min(int(q*float64(len(sum.Milliseconds))), len(sum.Milliseconds)-1)]
	}
	return append(
		rows,
		table.Below(fmt.Sprintf("%d processes killed: neither reported nor found by a monitor within 0.5 s", sum.Done), "%", 100*float64(late+sum.Missed)/float64(max(sum.Done, 1)), 0, 0.1),
		table.Below("from the sign to the report, median", "ms", at(0.5), 0, milliseconds(soonEnough)),
		table.Below("from the sign to the report, p99", "ms", at(0.99), 0, milliseconds(soonEnough)),
		table.Below("from the sign to the report, worst", "ms", at(1), 0, milliseconds(soonEnough)),
		table.Below("found by a monitor of Pacemaker's before they were reported", "", float64(sum.Own), 0, float64(sum.Done)+1),
		none("failures that count more than once", sum.More),
		none("failures that do not count", sum.Fewer),
	)
}

// TestStrikes: several runs add up, and what was late or missed in any of them is.
func TestStrikes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.json")
	run := func(reported int, ms ...float64) strikes {
		s := strikes{Commit: "c", Date: "2026-12-01", Seed: 7, Harmless: make([]harm, len(harmless)), Killed: deaths{Done: len(ms) + 2, Milliseconds: ms, Own: 1, Missed: 1, More: 1}}
		for i := range s.Harmless {
			s.Harmless[i] = harm{Done: 20, Reported: reported}
		}
		return s
	}
	if list := earlierStrikes(t, file); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	keepStrikes(t, file, []strikes{run(0, 100, 700), run(1, 200, 300, 500, 501)})
	list := earlierStrikes(t, file)
	if got, want := told(list), "4 of each of commit c on 2026-12-01 (seed 7), 6 of each of commit c on 2026-12-01 (seed 7)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	got := map[string]float64{}
	for _, r := range together(list) {
		got[r.Metric] = r.Hawser
	}
	for metric, want := range map[string]float64{
		"40 processes restarted by systemd: reported":                               1,
		"10 processes killed: neither reported nor found by a monitor within 0.5 s": 40, // 700 and 501 ms, and two that were missed
		"from the sign to the report, median":                                       500,
		"from the sign to the report, worst":                                        700,
		"found by a monitor of Pacemaker's before they were reported":               2,
		"failures that count more than once":                                        2,
	} {
		if v, ok := got[metric]; !ok || v != want {
			t.Errorf("%s: %v, want %v (of %v)", metric, v, want, got)
		}
	}
}
