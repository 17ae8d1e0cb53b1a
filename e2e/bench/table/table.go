// Package table is the results of a benchmark, as every benchmark of the project writes them.
package table

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// Row is one figure. Peer and ratio are null where there is nothing to compare with.
type Row struct {
	Metric string   `json:"metric"`
	Unit   string   `json:"unit"`
	Hawser float64  `json:"hawser"`
	Peer   *float64 `json:"peer"`
	Ratio  *float64 `json:"ratio"`
	Aim    string   `json:"aim"`
	Met    bool     `json:"met"`
}

// Against compares with a peer that was measured in the same run; less is better.
func Against(metric, unit string, own, peer, most float64) Row {
	ratio := own / peer
	return Row{Metric: metric, Unit: unit, Hawser: own, Peer: &peer, Ratio: &ratio, Aim: fmt.Sprintf("ratio ≤ %.1f", most), Met: ratio <= most}
}

// AtLeast compares with a peer that was measured in the same run; more is better.
func AtLeast(metric, unit string, own, peer, least float64) Row {
	ratio := own / peer
	return Row{Metric: metric, Unit: unit, Hawser: own, Peer: &peer, Ratio: &ratio, Aim: fmt.Sprintf("ratio ≥ %.2f", least), Met: ratio >= least}
}

// Seen is a figure without an aim.
func Seen(metric, unit string, own float64) Row {
	return Row{Metric: metric, Unit: unit, Hawser: own, Aim: "–", Met: true}
}

// Below holds a figure to a limit; with a peer, which may be 0 for none, to look at.
func Below(metric, unit string, own, peer, limit float64) Row {
	r := Row{Metric: metric, Unit: unit, Hawser: own, Aim: fmt.Sprintf("< %g", limit), Met: own < limit}
	if peer > 0 {
		ratio := own / peer
		r.Peer, r.Ratio = &peer, &ratio
	}
	return r
}

// Print writes the rows for people.
func Print(w io.Writer, rows []Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tUNIT\tHAWSER\tPEER\tRATIO\tAIM\tMET")
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r.cells(), "\t"))
	}
	_ = t.Flush()
}

// Markdown is the rows as docs/results keeps them.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| metric | unit | Hawser | peer | ratio | aim | met |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		b.WriteString("| " + strings.Join(r.cells(), " | ") + " |\n")
	}
	return b.String()
}

func (r Row) cells() []string {
	met := "yes"
	if !r.Met {
		met = "NO"
	}
	return []string{r.Metric, r.Unit, number(&r.Hawser), number(r.Peer), number(r.Ratio), r.Aim, met}
}

func number(f *float64) string {
	if f == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *f)
}

// WriteJSON writes the rows for programs.
func WriteJSON(path string, rows []Row) error {
	data, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
