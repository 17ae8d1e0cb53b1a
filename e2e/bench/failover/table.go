package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hawser/e2e/bench/table"
)

// results is all that was measured: outages by column and event, and the rows of what processes use at rest.
type results struct {
	outages map[string]map[string][]time.Duration
	rest    []table.Row
	watch   bool // Hawser's column had detection by events switched on
}

// add adds a round of one column, all events of which happened, and cost no row.
func (r *results) add(column string, took map[string]time.Duration) {
	if r.outages[column] == nil {
		r.outages[column] = map[string][]time.Duration{}
	}
	for name, d := range took {
		r.outages[column][name] = append(r.outages[column][name], d)
	}
}

// columns are those of the table.
var columns = []string{ownColumn, stockColumn, tunedColumn}

// complete is how many rounds all columns have been through.
func (r *results) complete() int {
	least := -1
	for _, c := range columns {
		n := 0
		for _, list := range r.outages[c] {
			n = len(list)
		}
		if least < 0 || n < least {
			least = n
		}
	}
	return least
}

// of is what a column's rounds of an event took, as many of them as all columns have been through.
func (r *results) of(column string, e event) []time.Duration {
	list := r.outages[column][e.name]
	return list[:min(len(list), r.complete())]
}

// rows are the figures for programs: Hawser's 95th percentile held against that of stock pcs and of the tuned peer. A ratio to an
// outage of nothing is none.
func (r *results) rows() []table.Row {
	var rows []table.Row
	for _, e := range events {
		own, stock, tuned := p95(r.of(ownColumn, e)), p95(r.of(stockColumn, e)), p95(r.of(tunedColumn, e))
		row := table.Row{Metric: e.name, Unit: "s", Hawser: own.Seconds(), Aim: e.aim.String(), Met: e.aim.met(own, tuned), Columns: map[string]table.Spread{}}
		row.Peer, row.Ratio = against(own, stock)
		row.Tuned, row.RatioTuned = against(own, tuned)
		for _, c := range columns {
			list := r.of(c, e)
			row.Columns[c] = table.Spread{Rounds: len(list), Median: median(list).Seconds(), P95: p95(list).Seconds(), Worst: slices.Max(list).Seconds()}
		}
		rows = append(rows, row)
	}
	return append(rows, r.rest...)
}

func (a aim) met(own, tuned time.Duration) bool {
	return own <= a.most && (a.ofTuned == 0 || float64(own) <= math.Round(a.ofTuned*float64(tuned)))
}

func against(own, peer time.Duration) (other, ratio *float64) {
	o := peer.Seconds()
	if peer == 0 {
		return &o, nil
	}
	q := own.Seconds() / o
	return &o, &q
}

// median of an even number is the mean of the two in the middle.
func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// p95 is the nearest rank: the smallest value that at least 95 of 100 do not exceed. Of fewer than twenty rounds it is the worst.
func p95(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)*95+99)/100-1]
}

// page is the table as people read it; runs says what it is of.
func (r *results) page(runs string) string {
	var b strings.Builder
	watch := "switched on (`hawser-watch=on`; off is the default)"
	if !r.watch {
		watch = "off, as it is by default"
	}
	fmt.Fprintf(&b, "`make bench-failover`, %d rounds each (%s): some of one column, then of the next, the blow at moments spread over the monitors' interval. A node that was reset boots after a self-test of %s. "+
		"Outage as a client outside the cluster saw it, in seconds. In every round no acknowledged row was lost, and the shared disk never had two writers.\n\n"+
		"- **Hawser**: profile fast, the agents that the wizard takes (`ocf:hawser:Filesystem`, `pgsql`, `IPaddr2`, `ping`), detection by events %s.\n"+
		"- **stock pcs**: what pcs and `ocf:heartbeat:pgsql` make by themselves.\n"+
		"- **tuned peer**: pcs and stock agents with Hawser's token, links, operations and fencing.\n\n", r.complete(), runs, selfTest, watch)
	b.WriteString("| event | Hawser: median / p95 / worst | stock pcs | tuned peer | × stock | × tuned | aim, p95 | met |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, row := range r.rows() {
		if row.Columns == nil {
			continue
		}
		cells := []string{row.Metric}
		for _, c := range columns {
			s := row.Columns[c]
			cells = append(cells, fmt.Sprintf("%.2f / %.2f / %.2f", s.Median, s.P95, s.Worst))
		}
		cells = append(cells, ratio(row.Ratio), ratio(row.RatioTuned), row.Aim, map[bool]string{true: "yes", false: "**no**"}[row.Met])
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	if len(r.rest) > 0 {
		b.WriteString("\n" + table.Markdown(r.rest))
	}
	return b.String()
}

func ratio(f *float64) string {
	if f == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *f)
}
