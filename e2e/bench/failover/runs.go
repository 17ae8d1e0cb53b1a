package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// measured is what one run has measured. Sixty rounds take longer than most people leave a machine alone: a table may be of several runs,
// each of which has all columns, some rounds of one and then of the next.
type measured struct {
	Commit  string                      `json:"commit"`
	Date    string                      `json:"date"`
	Rounds  int                         `json:"rounds"`
	Outages map[string]map[string][]int `json:"outages"` // milliseconds, by column and event
}

// measured is what all columns have been through in this run.
func (r *results) measured(commit string) measured {
	s := measured{Commit: commit, Date: time.Now().UTC().Format(time.DateOnly), Rounds: r.complete(), Outages: map[string]map[string][]int{}}
	for _, column := range columns {
		s.Outages[column] = map[string][]int{}
		for _, e := range events {
			for _, d := range r.of(column, e) {
				s.Outages[column][e.name] = append(s.Outages[column][e.name], int(d.Milliseconds()))
			}
		}
	}
	return s
}

// earlier reads the runs that a file holds; none where there is no file.
func earlier(path string) ([]measured, error) {
	raw, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []measured
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range list {
		for _, column := range columns {
			for _, e := range events {
				if len(s.Outages[column][e.name]) != s.Rounds {
					return nil, fmt.Errorf("%s: the run of %s has not %d rounds of %s, %s", path, s.Date, s.Rounds, column, e.name)
				}
			}
		}
	}
	return list, nil
}

// together is what several runs have measured.
func together(list []measured) map[string]map[string][]time.Duration {
	all := map[string]map[string][]time.Duration{}
	for _, s := range list {
		for column, byEvent := range s.Outages {
			if all[column] == nil {
				all[column] = map[string][]time.Duration{}
			}
			for name, outages := range byEvent {
				for _, ms := range outages {
					all[column][name] = append(all[column][name], time.Duration(ms)*time.Millisecond)
				}
			}
		}
	}
	return all
}

// told says what a table is of.
func told(list []measured) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%d rounds of commit %s on %s", s.Rounds, s.Commit, s.Date))
	}
	return strings.Join(parts, ", ")
}

// keepRuns writes them, with this run's behind the others.
func keepRuns(path string, list []measured) error {
	raw, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}

// with adds a run to others, one that has no whole round excepted.
func with(list []measured, s measured) []measured {
	if s.Rounds == 0 {
		return list
	}
	return append(slices.Clone(list), s)
}
