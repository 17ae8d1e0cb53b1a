package api

import (
	"time"

	"hawser/internal/ha"
)

// TimelineQuery says what of a cluster's time line is wanted.
type TimelineQuery struct {
	Source   []string  `query:"source" enum:"event,operation,revision,audit,decision" doc:"Only of these sources; all that the caller may see where none is given."`
	Kind     string    `query:"kind" doc:"Only this kind of event or this action, for example node.lost; node.* for all of nodes."`
	Severity string    `query:"severity" enum:"info,warning,critical" doc:"Of this severity or worse."`
	Node     string    `query:"node" doc:"Only what concerns this node."`
	Resource string    `query:"resource" doc:"Only what concerns this resource."`
	Actor    string    `query:"actor" doc:"Only what this person did."`
	Text     string    `query:"text" maxLength:"200" doc:"Only what has this text in its sentence, in either language, or in its names."`
	Since    time.Time `query:"since" doc:"Not before this time (RFC 3339)."`
	Until    time.Time `query:"until" doc:"Before this time (RFC 3339)."`
	Cut
}

// Timeline is a part of the time line, newest first.
type Timeline struct {
	Items []TimelineEntry `json:"items"`
	Next  string          `json:"next,omitempty" doc:"Give it as cursor to get what comes after. There may be more although few came: a request looks through so much and no more."`
	// Silent nodes may have decided what is not here.
	Silent []string `json:"silent,omitempty" doc:"Nodes that did not say what they have decided."`
}

// TimelineEntry is one line: an event, what a person did (an operation, a change of the configuration, anything else in the audit log),
// or what Pacemaker decided. Exactly the field that source names is set.
type TimelineEntry struct {
	ID        string      `json:"id" doc:"Unique on the time line."`
	At        time.Time   `json:"at"`
	Source    string      `json:"source" enum:"event,operation,revision,audit,decision"`
	Severity  ha.Severity `json:"severity" enum:"info,warning,critical"`
	Kind      string      `json:"kind" doc:"Kind of the event, or name of the route."`
	Object    string      `json:"object,omitempty"`
	Actor     string      `json:"actor,omitempty"`
	Event     *Event      `json:"event,omitempty"`
	Operation *Operation  `json:"operation,omitempty"`
	// Revision is one that no operation of Hawser has made; those are named by their operation.
	Revision *Revision    `json:"revision,omitempty"`
	Audit    *AuditEntry  `json:"audit,omitempty"`
	Decision *ha.Decision `json:"decision,omitempty"`
}

// The sources of a time line.
const (
	FromEvent     = "event"
	FromOperation = "operation"
	FromRevision  = "revision"
	FromAudit     = "audit"
	FromDecision  = "decision"
)
