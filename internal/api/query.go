package api

import "time"

// Cut says which part of a long list is wanted: newest first, a cursor from Page.Next to go on.
type Cut struct {
	Cursor string `query:"cursor" doc:"Next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"At most so many; 100 where it is not given."`
}

// EventQuery says which events are wanted.
type EventQuery struct {
	Cluster  string    `query:"cluster" doc:"Only of this cluster."`
	Kind     string    `query:"kind" doc:"Only of this kind, for example node.lost; node.* for all of nodes."`
	Severity string    `query:"severity" enum:"info,warning,critical" doc:"Of this severity or worse."`
	Object   string    `query:"object" doc:"Only of this node, resource or link."`
	Since    time.Time `query:"since" doc:"Not before this time (RFC 3339)."`
	Until    time.Time `query:"until" doc:"Before this time (RFC 3339)."`
	Cut
}

// OperationQuery says which operations are wanted.
type OperationQuery struct {
	Cluster string `query:"cluster" doc:"Only of this cluster."`
	State   string `query:"state" enum:"pending,running,succeeded,failed,rolled_back" doc:"Only in this state."`
	Active  bool   `query:"active" doc:"Only those that have not ended."`
	Cut
}

// AuditQuery says which audit entries are wanted.
type AuditQuery struct {
	Actor  string    `query:"actor" doc:"Only of this user."`
	Action string    `query:"action" doc:"Only this action: a route's name."`
	Since  time.Time `query:"since" doc:"Not before this time (RFC 3339)."`
	Until  time.Time `query:"until" doc:"Before this time (RFC 3339)."`
	Cut
}

// RevisionQuery says which revisions of a cluster are wanted.
type RevisionQuery struct {
	Cut
}

// AuditCheckQuery names an earlier end of the log, which must still be in it.
type AuditCheckQuery struct {
	Entry int64  `query:"entry" minimum:"0" doc:"Entries of an earlier end."`
	Hash  string `query:"hash" maxLength:"64" doc:"Its hash."`
}

// AuditExportQuery says what of the audit log is wanted.
type AuditExportQuery struct {
	Format AuditFormat `query:"format" enum:"jsonl,csv" default:"jsonl"`
	From   int64       `query:"from" minimum:"0" doc:"The first entry; the first of all where it is not given. It always goes to the end."`
}
