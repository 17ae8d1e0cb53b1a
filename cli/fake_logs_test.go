package cli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// logs is a bundle that is ready after a look, and its file, of which each answer brings only a piece before it breaks off.
type logs struct {
	bundle api.LogBundle
	file   []byte
	piece  int // bytes in an answer; 0 for all
	ranges []string
	lines  []api.TimelineEntry // of the time line, beside those that are always there
}

func newLogs(lines int) logs {
	l := logs{file: bytes.Repeat([]byte("what a node has logged\n"), lines)}
	sum := sha256.Sum256(l.file)
	l.bundle = api.LogBundle{
		ID: "b1", Cluster: "demo", Actor: "admin", Since: day.Add(-2 * time.Hour), Until: day, Created: day, State: api.LogReady, Percent: 100, Expires: day.AddDate(0, 0, 3),
		File: "hawser-demo-20260301T080000Z.tar.zst", Bytes: int64(len(l.file)), SHA256: hex.EncodeToString(sum[:]),
		Nodes: []api.LogBundleNode{
			{Node: "n1", State: api.LogDone, Percent: 100, Files: 40},
			{Node: "n2", State: api.LogFailed, Percent: 100, Fault: fault.New(fault.Unreachable, "host.unreachable", "n2 is away").With("host", "n2")},
		},
	}
	return l
}

// logBundle answers the routes of log bundles but the download.
func (s *server) logBundle(verb string) any {
	switch verb {
	case "collect":
		b := s.logs.bundle
		b.State, b.Percent, b.Nodes = api.LogCollecting, 0, []api.LogBundleNode{{Node: "n1", State: api.LogCollecting, Source: "crm_mon"}, {Node: "n2", State: api.LogWaiting}}
		return b
	case "list":
		return api.Page[api.LogBundle]{Items: []api.LogBundle{s.logs.bundle}}
	case "delete":
		return api.OK{OK: true}
	}
	return s.logs.bundle
}

// download answers with the file, or with as much of it as a broken line lets through.
func (s *server) download(w http.ResponseWriter, q *http.Request) {
	s.logs.ranges = append(s.logs.ranges, q.Header.Get("Range"))
	w.Header().Set("ETag", `"`+s.logs.bundle.SHA256+`"`)
	if s.logs.piece > 0 {
		w = &breaking{w, s.logs.piece}
	}
	http.ServeContent(w, q, "", time.Time{}, bytes.NewReader(s.logs.file))
}

// breaking breaks an answer off.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		_ = http.NewResponseController(b.ResponseWriter).Flush() // what was written is to arrive
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

// timeline is what happened to demo: one entry of each source, and what a test adds. It comes in two pages.
func (s *server) timeline(q *http.Request) any {
	lines := append([]api.TimelineEntry{
		{ID: "audit-1", At: day.Add(time.Minute), Source: api.FromAudit, Severity: ha.Warning, Kind: "node.fence", Object: "n2", Actor: "ann", Audit: &api.AuditEntry{Outcome: "denied"}},
		{ID: "operation-1", At: day.Add(50 * time.Second), Source: api.FromOperation, Severity: ha.Info, Kind: "resource.cleanup", Object: "vip", Actor: "admin", Operation: &api.Operation{State: "succeeded"}},
		{ID: "revision-2", At: day.Add(40 * time.Second), Source: api.FromRevision, Severity: ha.Info, Kind: "outside", Actor: "root", Revision: &api.Revision{Number: 2, Origin: "outside", Differences: []ha.Difference{{ID: "vip", Field: "meta.priority"}}}},
		{ID: "decision-1", At: day.Add(time.Second), Source: api.FromDecision, Severity: ha.Critical, Kind: "decision", Object: "n2", Decision: &ha.Decision{Node: "n2", Input: "pe-warn-1.bz2", Kind: "warn", Actions: []ha.ForecastAction{
			{Kind: "fence", From: "n1"}, {Kind: "move", Resource: "vip", From: "n1", To: "n2"}, {Kind: "start", Resource: "db", To: "n2"}, {Kind: "stop", Resource: "web", From: "n1", Blocked: true},
		}}},
		{ID: "decision-2", At: day.Add(time.Second), Source: api.FromDecision, Severity: ha.Info, Kind: "decision", Object: "n2", Decision: &ha.Decision{Node: "n2", Input: "pe-input-2.bz2", Kind: "input", Unplayed: true}},
		{ID: "event-1", At: day, Source: api.FromEvent, Severity: ha.Warning, Kind: s.events[0].Kind, Object: "vip", Event: &s.events[0]},
	}, s.logs.lines...)
	slices.SortStableFunc(lines, func(a, b api.TimelineEntry) int { return b.At.Compare(a.At) })
	if q.URL.Query().Get("cursor") == "" {
		return api.Timeline{Items: lines[:2], Next: "more", Silent: []string{"n1"}}
	}
	return api.Timeline{Items: lines[2:], Silent: []string{"n1"}}
}
