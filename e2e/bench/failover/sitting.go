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

// sitting is what one run has measured. Sixty rounds take longer than most people leave a machine alone: a table may be of several sittings,
// each of which has all columns, some rounds of one and then of the next.
type sitting struct {
	Commit  string                      `json:"commit"`
	Date    string                      `json:"date"`
	Rounds  int                         `json:"rounds"`
	Outages map[string]map[string][]int `json:"outages"` // milliseconds, by column and event
}

// sitting is what all columns have been through in this run.
func (r *results) sitting(commit string) sitting {
	s := sitting{Commit: commit, Date: time.Now().UTC().Format(time.DateOnly), Rounds: r.complete(), Outages: map[string]map[string][]int{}}
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

// earlier reads the sittings that a file holds; none where there is no file.
func earlier(path string) ([]sitting, error) {
	raw, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []sitting
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range list {
		for _, column := range columns {
			for _, e := range events {
				if len(s.Outages[column][e.name]) != s.Rounds {
					return nil, fmt.Errorf("%s: the sitting of %s has not %d rounds of %s, %s", path, s.Date, s.Rounds, column, e.name)
				}
			}
		}
	}
	return list, nil
}

// together is what several sittings have measured.
func together(list []sitting) map[string]map[string][]time.Duration {
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
func told(list []sitting) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%d rounds of commit %s on %s", s.Rounds, s.Commit, s.Date))
	}
	return strings.Join(parts, ", ")
}

// keepSittings writes them, with this run's behind the others.
func keepSittings(path string, list []sitting) error {
	raw, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}

// with adds a sitting to others, one that has no whole round excepted.
func with(list []sitting, s sitting) []sitting {
	if s.Rounds == 0 {
		return list
	}
	return append(slices.Clone(list), s)
}
