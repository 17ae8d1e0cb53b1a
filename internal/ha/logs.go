package ha

import (
	"time"

	"hawser/internal/fault"
)

// LogEntry is one file of a log bundle, or a source that has none and why.
type LogEntry struct {
	// Source is what it comes from: a program with its arguments, or a file.
	Source string `json:"source"`
	// Path is where it lies in the bundle; empty where there is nothing of this source.
	Path   string `json:"path,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	SHA256 string `json:"sha256,omitempty" doc:"Of the file as it lies in the bundle."`
	// Cut says that the source has more than its limit allows; what is there is its beginning.
	Cut bool `json:"cut,omitempty" doc:"There is more than fits the limit of one source."`
	// Fault says why there is nothing, or not all.
	Fault *fault.Error `json:"fault,omitempty"`
}

// Bounds of a log bundle, in bytes before compression.
const (
	LogSourceBytes = 32 << 20
	LogNodeBytes   = 192 << 20
	// LogSpan is the longest span: beyond it the limits would leave nothing whole.
	LogSpan = 7 * 24 * time.Hour
)

// logSkew is by how much the clock of whoever asks may be ahead.
const logSkew = time.Minute

// CheckLogSpan refuses a span that lies in the future, ends before it begins, or is too long.
func CheckLogSpan(since, until, now time.Time) error {
	var f fault.Fields
	switch {
	case since.After(now.Add(logSkew)):
		f.Add("since", "logs.future", "lies in the future")
	case until.After(now.Add(logSkew)):
		f.Add("until", "logs.future", "lies in the future")
	}
	switch {
	case !until.After(since):
		f.Add("until", "logs.backwards", "the span ends before it begins")
	case until.Sub(since) > LogSpan:
		f.Add("since", "logs.too_long", "the span is longer than seven days", "days", "7")
	}
	return f.Err()
}

// Decision is what Pacemaker's scheduler has decided at one moment, read off what it was given then.
type Decision struct {
	At    time.Time `json:"at"`
	Node  string    `json:"node" doc:"Node that decided; it keeps what the scheduler was given."`
	Input string    `json:"input" doc:"Name of that file."`
	Kind  string    `json:"kind" enum:"input,warn,error" doc:"How the scheduler filed it: error is what it could not work with."`
	// Actions are empty where the scheduler has not been asked yet: it takes time, and answers next time.
	Actions  []ForecastAction `json:"actions"`
	Unplayed bool             `json:"unplayed,omitempty" doc:"What it has decided is not known yet; ask again."`
}

// Concerns says whether a decision is about a node or resource of that name.
func (d Decision) Concerns(name string) bool {
	for _, a := range d.Actions {
		if a.Resource == name || a.Service == name || a.From == name || a.To == name {
			return true
		}
	}
	return d.Node == name
}

// Severity is how bad it is.
func (d Decision) Severity() Severity {
	worst := Info
	switch d.Kind {
	case "error":
		return Critical
	case "warn":
		worst = Warning
	}
	for _, a := range d.Actions {
		switch a.Kind {
		case "fence":
			return Critical
		case "recover":
			worst = Warning
		}
	}
	return worst
}
