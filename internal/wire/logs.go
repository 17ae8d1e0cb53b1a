package wire

import (
	"time"

	"hawser/internal/ha"
)

// CollectLogs has a node write its part of a log bundle and send it under PathUpload; nothing on it changes.
const CollectLogs CommandName = "logs.collect" // CollectArgs → CollectOutput

// PathUpload is where a part is sent, followed by its Upload: GET says how much has arrived (UploadState), PUT with ?from= sends the
// rest. It is a request of its own beside the WebSocket, so that TCP alone paces it and nothing else waits behind it.
const PathUpload = "/agent/v1/upload/"

// CollectArgs say what is wanted.
type CollectArgs struct {
	Upload string    `json:"upload"` // under which name it is sent
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// Bounds in bytes, before compression.
	SourceBytes int64 `json:"sourceBytes"`
	NodeBytes   int64 `json:"nodeBytes"`
}

// CollectOutput is what was sent.
type CollectOutput struct {
	Bytes   int64         `json:"bytes"`
	SHA256  string        `json:"sha256"`
	Entries []ha.LogEntry `json:"entries"`
}

// UploadState says how many bytes of an upload the server has.
type UploadState struct {
	Have int64 `json:"have"`
}

// Decisions lists what the scheduler has decided on this node; nothing changes.
const Decisions CommandName = "cluster.decisions" // DecisionsArgs → DecisionsOutput

// DecisionsArgs say which are wanted: the newest of a span.
type DecisionsArgs struct {
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Limit int       `json:"limit"`
}

// DecisionsOutput lists them, newest first.
type DecisionsOutput struct {
	Decisions []ha.Decision `json:"decisions"`
}
