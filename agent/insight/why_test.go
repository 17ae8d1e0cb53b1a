package insight_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/agent/insight"
	"hawser/internal/ha"
)

// TestWhy holds explanations to what a person has written down for each of forty prepared clusters. "Unknown" may be the answer to
// two of them; a wrong answer to none.
func TestWhy(t *testing.T) {
	s := scheduler(t)
	table, err := os.ReadFile(filepath.Join("testdata", "why", "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	cases, right, unknown := 0, 0, 0
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(f) != 5 {
			continue
		}
		cases++
		t.Run(f[0], func(t *testing.T) {
			e, err := insight.Why(t.Context(), s, read(t, filepath.Join("why", f[0]+".xml")), f[1], at)
			if err != nil {
				t.Fatal(err)
			}
			causes := e.Causes
			if f[2] != "-" {
				causes = nil
				for _, n := range e.Elsewhere {
					if n.Node == f[2] {
						causes = n.Causes
					}
				}
			}
			switch {
			case len(causes) == 0:
				t.Errorf("no answer at all: %+v", e)
			case causes[0].Code == ha.WhyUnknown:
				unknown++
				t.Logf("unknown; expected %s %s", f[3], f[4])
			case !slices.Contains(strings.Split(f[3], "|"), causes[0].Code) || !names(causes, f[4]):
				t.Errorf("got %+v, expected %s %s", causes, f[3], f[4])
			default:
				right++
			}
		})
	}
	t.Logf("%d clusters: %d right, %d unknown", cases, right, unknown)
	if cases != 40 || right < 38 {
		t.Errorf("%d right of %d", right, cases)
	}
}

// names says whether one of the objects is named by one of the causes.
func names(causes []ha.Cause, objects string) bool {
	if objects == "-" {
		return true
	}
	for _, c := range causes {
		for v := range maps.Values(c.Args) {
			if slices.Contains(strings.Split(objects, "|"), v) {
				return true
			}
		}
	}
	return false
}
