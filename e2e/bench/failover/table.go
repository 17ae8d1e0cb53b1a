package main

import (
	"slices"
	"time"

	"hawser/e2e/bench/table"
)

// results is all that was measured: outages by column and event, and the rows of what processes use at rest.
type results struct {
	outages map[string]map[string][]time.Duration
	rest    []table.Row
}

// tolerance is what two equals may differ by; better than the tuned peer by less is no merit, worse by less no shame.
const tolerance = 1.1

// rows compares Hawser with the tuned peer, and below with stock pcs, each by median and worst.
func (r results) rows() []table.Row {
	var rows []table.Row
	for _, peer := range []struct{ column, suffix string }{{tunedColumn, ""}, {stockColumn, ", against " + stockColumn}} {
		for _, e := range events {
			for _, figure := range []struct {
				name string
				of   func([]time.Duration) time.Duration
			}{{"median", median}, {"worst", slices.Max[[]time.Duration]}} {
				own := figure.of(r.outages[ownColumn][e.name]).Seconds()
				other := figure.of(r.outages[peer.column][e.name]).Seconds()
				rows = append(rows, table.Against(e.name+", "+figure.name+peer.suffix, "s", own, other, tolerance))
			}
		}
	}
	return append(rows, r.rest...)
}

// median of an even number is the mean of the two in the middle.
func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
