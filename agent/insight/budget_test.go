package insight_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/insight"
	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

var update = flag.Bool("update", false, "rewrite golden files")

// budgets computes the budgets of a CIB from what its own history tells.
func budgets(t *testing.T, file string) (ha.Config, []ha.Budget) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		t.Fatal(err)
	}
	cfg := cib.Config()
	return cfg, ha.Budgets(ha.BudgetBasis{Config: &cfg, Times: insight.OperationTimes(&pacemaker.Times{}, cib.History())})
}

// TestBudgetsGolden: budgets of CIBs as Pacemaker writes them, with the times of their own history.
func TestBudgetsGolden(t *testing.T) {
	for _, file := range []string{"testdata/three.xml", "testdata/remote.xml", "../pacemaker/testdata/2.1.5/cib/mixed.xml"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, list := budgets(t, file)
			got, err := json.MarshalIndent(list, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(file), ".xml")+".budget.golden.json")
			if *update {
				if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(got)+"\n" {
				t.Errorf("%s differs; run with -update to accept:\n%s", path, got)
			}
		})
	}
}

// TestBudgetsOfCorpus: whatever others have configured, the parts make the whole, what is to be expected is known to be so, every service
// has its planned move and node crash, and what is on the way belongs to the configuration.
func TestBudgetsOfCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/why/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{os.Getenv("HAWSER_CIB_CORPUS"), "../../../shared/data/cib"} {
		more, err := filepath.Glob(filepath.Join(dir, "*.xml"))
		if err != nil {
			t.Fatal(err)
		}
		if dir != "" {
			files = append(files, more...)
		}
	}
	count := map[string]int{}
	for _, file := range append(files, "testdata/three.xml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cfg, list := budgets(t, file)
			for _, b := range list {
				events := map[ha.Event]bool{}
				for _, e := range b.Events {
					events[e.Event] = true
					count[string(e.Event)+" "+string(e.Never)]++
					if e.Never != "" {
						if len(e.Typical.Parts)+len(e.Worst.Parts) != 0 {
							t.Errorf("%s %s never comes back, and has parts: %+v", b.Service, e.Event, e)
						}
						continue
					}
					for _, s := range []ha.BudgetSum{e.Typical, e.Worst} {
						sum, exact := 0, true
						for _, p := range s.Parts {
							sum += p.MS
							exact = exact && p.Source != ha.SourceUnknown
							if p.MS < 0 || p.Source == ha.SourceUnknown && p.MS != 0 || p.Source == ha.SourceMeasured && p.Count == 0 {
								t.Errorf("%s %s: %+v", b.Service, e.Event, p)
							}
							if p.Object != "" && p.Kind != ha.PartFence && p.Kind != ha.PartDelay && ha.FindResource(cfg.Resources, p.Object) == nil {
								t.Errorf("%s %s: there is no %s", b.Service, e.Event, p.Object)
							}
						}
						if sum != s.MS || exact != s.Exact {
							t.Errorf("%s %s: %+v is %d", b.Service, e.Event, s, sum)
						}
					}
					if !e.Worst.Exact || len(e.Worst.Parts) == 0 {
						t.Errorf("%s %s: the worst is not known: %+v", b.Service, e.Event, e.Worst)
					}
				}
				if !events[ha.EventPlanned] || !events[ha.EventNode] {
					t.Errorf("%s has %v", b.Service, events)
				}
			}
		})
	}
	t.Logf("%d files: %v", len(files), count)
}

// TestOperationTimes: what was kept counts before the history, which has only the last of each kind; repeated monitors are in it alone.
func TestOperationTimes(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ran := func(operation string, interval, code, ms int, at time.Time) pacemaker.Ran {
		return pacemaker.Ran{Resource: "db", Operation: operation, Node: "n1", Interval: interval, Code: code, Done: true, Call: 1, At: at, Took: time.Duration(ms) * time.Millisecond}
	}
	times := &pacemaker.Times{}
	if err := times.Note([]pacemaker.Ran{ran("start", 0, 0, 500, at)}); err != nil {
		t.Fatal(err)
	}
	got := insight.OperationTimes(times, []pacemaker.Ran{
		ran("start", 0, 0, 900, at), ran("monitor", 10_000, 0, 20, at), ran("monitor", 30_000, 0, 60, at.Add(time.Minute)), ran("stop", 0, 1, 70, at), ran("promote", 0, 0, 0, at),
	})
	want := []ha.OperationTime{
		{Resource: "db", Operation: "start", Node: "n1", MedianMS: 500, Count: 1, At: at},
		{Resource: "db", Operation: "monitor", Node: "n1", MedianMS: 60, Count: 1, At: at.Add(time.Minute)},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
