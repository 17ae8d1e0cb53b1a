package sim_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/sim"
)

var (
	seeds       = flag.Uint64("seeds", 2000, "how many seeds TestSeeds runs")
	first       = flag.Uint64("first", 1, "the first of them; with -seeds 1 a failing seed is replayed")
	occurrences = flag.Int("operations", 6, "at how many occurrences of each operation TestOperations lets it go wrong; 0 is all")
	results     = flag.String("results", "", "file that TestSeeds writes, where all seeds pass")
	commit      = flag.String("commit", "unknown", "what is tested, for that file")
	tell        = flag.Bool("story", false, "print the whole story of a failing seed")
)

// TestSeeds: whatever the seed brings, no invariant breaks. A failing seed tells its story, and replays exactly.
func TestSeeds(t *testing.T) {
	if testing.Short() {
		*seeds = min(*seeds, 50) // the race detector takes ten times as long, and there is one goroutine
	}
	total, runs := map[string]int{}, map[sim.Policy]int{}
	var virtual int64
	for seed := *first; seed < *first+*seeds; seed++ {
		r := sim.Run(seed, sim.Options{})
		for what, n := range r.Count {
			total[what] += n
		}
		virtual += r.Virtual
		runs[r.Policy]++
		if r.Violation != "" {
			t.Errorf("seed %d, policy %s: %s\n%s", seed, r.Policy, r.Violation, story(seed, sim.Options{}))
			if !*tell {
				break
			}
		}
	}
	t.Logf("%d s of virtual time: %v", virtual/1_000_000, total)
	if *results != "" && !t.Failed() {
		if err := os.WriteFile(*results, []byte(table(runs, total, virtual)), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// table is what has happened in all runs, for people.
func table(runs map[sim.Policy]int, total map[string]int, virtual int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The mirror, simulated\n\nWritten by `TestSeeds` (`make test-long` runs 100,000 seeds, this file says how many it was), commit %s, %s. Seeds %d to %d of `TestSeeds`, none with a violation: %.1f hours of the volume's own time. A seed is replayed by `go test ./agent/replication/mirror/sim -run TestSeeds -seeds 1 -first N -story`.\n\n| runs | |\n| --- | --- |\n",
		*commit, time.Now().UTC().Format("2006-01-02 15:04 UTC"), *first, *first+*seeds-1, float64(virtual)/3.6e9)
	for _, p := range []sim.Policy{sim.Quorum, sim.TwoNodes, sim.NoFence} {
		fmt.Fprintf(&b, "| %s | %d |\n", p, runs[p])
	}
	b.WriteString("\n| what has happened | how often |\n| --- | --- |\n")
	for _, what := range slices.Sorted(maps.Keys(total)) {
		fmt.Fprintf(&b, "| %s | %d |\n", what, total[what])
	}
	return b.String()
}

// story runs a seed again and returns its end, or all of it.
func story(seed uint64, o sim.Options) string {
	o.Tell = true
	lines := sim.Run(seed, o).Story
	if tail := 60; !*tell && len(lines) > tail {
		lines = lines[len(lines)-tail:]
	}
	return strings.Join(lines, "\n")
}

// mutantSeeds is within how many seeds a broken rule must be noticed.
const mutantSeeds = 2000

// TestMutants is the test of the test: with any one rule broken the simulation finds a violation.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("short: minutes with the race detector; make test runs it without")
	}
	for _, rule := range core.Rules() {
		t.Run(rule.String(), func(t *testing.T) {
			o := sim.Options{Break: rule}
			for seed := uint64(1); seed <= mutantSeeds; seed++ {
				if r := sim.Run(seed, o); r.Violation != "" {
					t.Logf("seed %d, policy %s: %s", seed, r.Policy, r.Violation)
					if *tell {
						t.Log(story(seed, o))
					}
					return
				}
			}
			t.Errorf("%d seeds, and nobody notices", mutantSeeds)
		})
	}
}

// TestReplay: a seed is a run, to the last word; another is another.
func TestReplay(t *testing.T) {
	o := sim.Options{Tell: true}
	first, again, other := sim.Run(7, o), sim.Run(7, o), sim.Run(8, o)
	if len(first.Story) < 100 || !slices.Equal(first.Story, again.Story) {
		t.Errorf("%d and %d lines, which differ", len(first.Story), len(again.Story))
	}
	if slices.Equal(first.Story, other.Story) {
		t.Error("two seeds, one story")
	}
}

// TestOperations: in a course that has all of them, each named operation of each disk fails once, and is torn by a loss of power once, at
// several of its occurrences (at each with -operations 0).
func TestOperations(t *testing.T) {
	if testing.Short() {
		*occurrences = 1
	}
	plain := sim.Run(1, sim.Options{Script: true})
	if plain.Violation != "" {
		t.Fatal(plain.Violation)
	}
	for _, op := range core.Ops() {
		t.Run(op.String(), func(t *testing.T) {
			if plain.Ops[1][op]+plain.Ops[2][op] == 0 {
				t.Fatal("the course does not have it")
			}
			sprung := 0
			for node := 1; node <= 2; node++ {
				step := 1
				if *occurrences > 0 {
					step = max(1, plain.Ops[node][op] / *occurrences)
				}
				for skip := 0; skip < plain.Ops[node][op]; skip += step {
					sprung += operation(t, sim.Options{Script: true, Trap: op, On: node, Skip: skip})
					sprung += operation(t, sim.Options{Script: true, Trap: op, On: node, Skip: skip, Tear: true})
				}
			}
			if sprung < 2 {
				t.Errorf("it went wrong %d times", sprung)
			}
		})
	}
}

// operation runs the course with one operation going wrong, and returns 1 where it came to that.
func operation(t *testing.T, o sim.Options) int {
	t.Helper()
	r := sim.Run(1, o)
	if r.Violation != "" {
		t.Errorf("number %d on node %d, torn %v: %s\n%s", o.Skip, o.On, o.Tear, r.Violation, story(1, o))
	}
	if r.Sprung {
		return 1
	}
	return 0
}
