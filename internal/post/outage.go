package post

import (
	"hawser/internal/api"
	"hawser/internal/ha"
)

// Outages tells from events which resources were away and how long. What was moved or stopped on purpose was not in trouble.
func Outages(events []api.Event) []ha.Absence {
	changes := make([]ha.Happening, 0, len(events))
	for _, e := range events {
		changes = append(changes, e.Happening())
	}
	var out []ha.Absence
	for _, a := range ha.Absences(changes, nil) {
		if !a.Planned {
			out = append(out, a)
		}
	}
	return out
}
