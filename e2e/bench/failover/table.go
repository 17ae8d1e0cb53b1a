package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of a benchmark, as every benchmark of the project writes it. Peer and ratio are null where there is nothing
// to compare with.
type row struct {
	Metric string   `json:"metric"`
	Unit   string   `json:"unit"`
	Hawser float64  `json:"hawser"`
	Peer   *float64 `json:"peer"`
	Ratio  *float64 `json:"ratio"`
	Aim    string   `json:"aim"`
	Met    bool     `json:"met"`
}

// results is all that was measured: outages by column and event, and the rows of what processes use at rest.
type results struct {
	outages map[string]map[string][]time.Duration
	rest    []row
}

// tolerance is what two equals may differ by; better than the tuned peer by less is no merit, worse by less no shame.
const tolerance = 1.1

// rows compares Hawser with the tuned peer, and below with stock pcs, each by median and worst.
func (r results) rows() []row {
	var rows []row
	for _, peer := range []struct{ column, suffix string }{{tunedColumn, ""}, {stockColumn, ", against " + stockColumn}} {
		for _, e := range events {
			for _, figure := range []struct {
				name string
				of   func([]time.Duration) time.Duration
			}{{"median", median}, {"worst", slices.Max[[]time.Duration]}} {
				own := figure.of(r.outages[ownColumn][e.name]).Seconds()
				other := figure.of(r.outages[peer.column][e.name]).Seconds()
				rows = append(rows, compare(e.name+", "+figure.name+peer.suffix, own, other))
			}
		}
	}
	return append(rows, r.rest...)
}

func compare(metric string, own, peer float64) row {
	ratio := own / peer
	return row{Metric: metric, Unit: "s", Hawser: own, Peer: &peer, Ratio: &ratio, Aim: fmt.Sprintf("ratio ≤ %.1f", tolerance), Met: ratio <= tolerance}
}

// median of an even number is the mean of the two in the middle.
func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func printTable(w io.Writer, rows []row, rounds int) {
	fmt.Fprintf(w, "Outage as the client saw it, %d rounds each. Peer: pcs with Hawser's timing and operations, or with every default where it says %s.\n\n", rounds, stockColumn)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tUNIT\tHAWSER\tPEER\tRATIO\tAIM\tMET")
	for _, r := range rows {
		met := "yes"
		if !r.Met {
			met = "NO"
		}
		fmt.Fprintln(t, strings.Join([]string{r.Metric, r.Unit, fmt.Sprintf("%.2f", r.Hawser), number(r.Peer), number(r.Ratio), r.Aim, met}, "\t"))
	}
	_ = t.Flush()
}

func number(f *float64) string {
	if f == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *f)
}

func writeJSON(path string, rows []row) error {
	raw, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
