package pacemaker_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// TestTimesAll: what was kept is told with its median, how often and when last, also by a process that has only read the file.
func TestTimesAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "times.json")
	times := pacemaker.OpenTimes(file)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i, ms := range []int{900, 500, 700} {
		r := pacemaker.Ran{Resource: "db", Operation: "start", Node: "n1", Done: true, Call: i + 1, At: at.Add(time.Duration(i) * time.Minute), Took: time.Duration(ms) * time.Millisecond}
		if err := times.Note([]pacemaker.Ran{r, {Resource: "db", Operation: "monitor", Node: "n1", Done: true, Call: 9, At: at, Took: time.Second}}); err != nil {
			t.Fatal(err)
		}
	}
	fence := ha.FenceAction{Node: "n2", Action: "reboot", Status: ha.FencePending}
	if err := times.NoteFencing([]ha.FenceAction{fence}, at); err != nil {
		t.Fatal(err)
	}
	fence.Status, fence.At = ha.FenceSuccess, at.Add(4*time.Second)
	if err := times.NoteFencing([]ha.FenceAction{fence}, at.Add(4200*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	want := []ha.OperationTime{
		{Operation: ha.FenceOperation, Node: "n2", MedianMS: 4200, Count: 1, At: at.Add(4 * time.Second)},
		{Resource: "db", Operation: "start", Node: "n1", MedianMS: 700, Count: 3, At: at.Add(2 * time.Minute)},
	}
	for _, kept := range []*pacemaker.Times{times, pacemaker.OpenTimes(file)} {
		got := kept.All()
		slices.SortFunc(got, func(a, b ha.OperationTime) int { return strings.Compare(a.Resource, b.Resource) })
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
