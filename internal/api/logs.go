package api

import (
	"time"

	"hawser/internal/fault"
)

// NewLogBundle asks for a log bundle of a cluster.
type NewLogBundle struct {
	Since time.Time `json:"since,omitzero" doc:"Begin of the span; two hours before its end where it is not given."`
	Until time.Time `json:"until,omitzero" doc:"End of the span; now where it is not given."`
	Nodes []string  `json:"nodes,omitempty" maxItems:"64" doc:"Only of these nodes; of all where it is not given."`
}

// LogBundle is a log bundle: while it is collected, how far that is; then, until it expires, what can be downloaded.
type LogBundle struct {
	ID      string          `json:"id"`
	Cluster string          `json:"cluster"`
	Actor   string          `json:"actor" doc:"Who asked for it."`
	Since   time.Time       `json:"since"`
	Until   time.Time       `json:"until"`
	Created time.Time       `json:"created"`
	State   string          `json:"state" enum:"collecting,ready,failed"`
	Percent int             `json:"percent" minimum:"0" maximum:"100"`
	Fault   *fault.Error    `json:"fault,omitempty" doc:"Why there is no bundle. A node that fails alone is named in nodes."`
	Nodes   []LogBundleNode `json:"nodes"`
	File    string          `json:"file,omitempty" doc:"Its name when it is downloaded."`
	Bytes   int64           `json:"bytes,omitempty" doc:"Size of the file."`
	SHA256  string          `json:"sha256,omitempty"`
	Expires time.Time       `json:"expires,omitzero" doc:"When the server deletes it."`
}

// LogBundleNode is how far one node is.
type LogBundleNode struct {
	Node    string       `json:"node"`
	State   string       `json:"state" enum:"waiting,collecting,sending,done,failed"`
	Source  string       `json:"source,omitempty" doc:"What is being collected."`
	Percent int          `json:"percent" minimum:"0" maximum:"100"`
	Bytes   int64        `json:"bytes,omitempty" doc:"What has been sent, compressed."`
	Files   int          `json:"files,omitempty"`
	Fault   *fault.Error `json:"fault,omitempty"`
}

// The states of a log bundle, and of a node of it.
const (
	LogCollecting = "collecting" // both
	LogReady      = "ready"
	LogFailed     = "failed" // both
	LogWaiting    = "waiting"
	LogSending    = "sending"
	LogDone       = "done"
)
