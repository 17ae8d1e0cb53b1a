package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// splitReport gathers what came of the rows, and writes it where HAWSER_RESULTS says: beside the faults' results. Rows that this run has
// not tried stay as they are there, with their commit.
type splitReport struct{ lines []string }

func newSplitReport(t *testing.T) *splitReport {
	r := &splitReport{}
	t.Cleanup(func() { r.write(t) })
	return r
}

func (r *splitReport) add(top topology, row splitRow, o splitOutcome, err error) {
	said, named := "–", "–"
	if len(row.names) > 0 {
		said = strings.Join(row.names, " or ")
	}
	if o.named != "" {
		named = fmt.Sprintf("%s after %.1f s", o.named, o.namedAfter.Seconds())
	}
	came := fmt.Sprintf("%s (was %s), %.1f s", o.survivor, o.active, o.took.Seconds())
	verdict := "ok"
	if err != nil {
		verdict = "FAILED"
		if o.survivor == "" {
			came = "–"
		}
	}
	r.lines = append(r.lines, fmt.Sprintf("| %s | %s | %s | %.0f s | %s | %s | %s | %s | %s |", top.name, row.name, row.expected, row.deadline.Seconds(), said, came, named, verdict, os.Getenv("HAWSER_COMMIT")))
}

func (r *splitReport) write(t *testing.T) {
	path := os.Getenv("HAWSER_RESULTS")
	if path == "" {
		return
	}
	path = filepath.Join(filepath.Dir(path), "split.md")
	before, _ := os.ReadFile(path) // a first run has none
	text := fmt.Sprintf("# No split brain: shapes and faults on real nodes\n\n%s (`make test-long`); each row has its commit. Profile balanced, two heartbeat links. The writer makes a line durable on the shared disk every 20 ms; who wrote when is read from the disk's own log,\nwhich in every row was searched for two writers. Expected is what `e2e/cluster/split_table_test.go` said before the run; the deadline counts from the end of the fault, and the outcome must hold for %s after it.\nCame: who wrote at the end, and after how long a new node wrote first, or the longest pause where the writer stayed. There is no seed: the moments are what the machine makes them.\n\n| cluster | fault | expected survivor | deadline | must be named | came | named | | commit |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n%s\n",
		time.Now().UTC().Format("2006-01-02"), holds, strings.Join(r.with(string(before)), "\n"))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}

// with is the table of an earlier run with this run's rows in it: in the order in which they are tried.
func (r *splitReport) with(before string) []string {
	rows := map[string]string{}
	key := func(line string) string {
		cells := strings.SplitN(line, " | ", 3)
		return strings.Join(cells[:min(2, len(cells))], " | ")
	}
	for line := range strings.Lines(before) {
		rows[key(line)] = strings.TrimSpace(line)
	}
	for _, line := range r.lines {
		rows[key(line)] = line
	}
	var all []string
	for _, top := range topologies {
		for _, row := range rowsOf(top, true) {
			if line, tried := rows["| "+top.name+" | "+row.name]; tried {
				all = append(all, line)
			}
		}
	}
	return all
}
