package rest

import (
	"context"
	"strconv"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

// What is refused to somebody who has not signed in is in the audit log, too; but whoever can reach the server could fill its disk
// with that. So in each span a few refusals are entries of their own, with what was asked for; what goes beyond is counted, and is
// one entry for each origin in the end. That is 61 entries a minute at most, whoever joins in, and 6 from one origin.
const (
	refusalSpan = time.Minute
	ownEntries  = 5  // of one origin
	allEntries  = 30 // of all
	mostOrigins = 30 // what comes from further ones is counted together
)

// Of an entry that counts: its action, and its address where that is many.
const (
	refusedMore = "session.refused"
	manyOrigins = "others"
)

// refusals counts what was refused to strangers in a span.
type refusals struct {
	mu      sync.Mutex // guards what follows
	entries int        // of their own, from all origins
	of      map[string]*refused
}

type refused struct{ entries, counted int }

// own says whether a refusal is an entry of its own, and counts it.
func (r *refusals) own(address string) bool {
	origin := auth.Origin(address)
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.of[origin]
	if n == nil && len(r.of) >= mostOrigins {
		origin = manyOrigins
		n = r.of[origin]
	}
	if n == nil {
		if r.of == nil {
			r.of = map[string]*refused{}
		}
		n = &refused{}
		r.of[origin] = n
	}
	if origin != manyOrigins && n.entries < ownEntries && r.entries < allEntries {
		n.entries++
		r.entries++
		return true
	}
	n.counted++
	return false
}

// counted ends the span and returns the entries of what was counted in it.
func (r *refusals) counted() []api.AuditEntry {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []api.AuditEntry
	for origin, n := range r.of {
		if n.counted > 0 {
			list = append(list, api.AuditEntry{Address: origin, Action: refusedMore, Object: strconv.Itoa(n.counted), Outcome: string(fault.Denied)})
		}
	}
	r.entries, r.of = 0, nil
	return list
}

// Run writes what was refused to strangers into the audit log, span by span, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	tick := time.NewTicker(refusalSpan)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.keepCounted(ctx)
			return nil
		case <-tick.C:
			s.keepCounted(ctx)
		}
	}
}

func (s *Server) keepCounted(ctx context.Context) {
	for _, e := range s.refusals.counted() {
		s.keep(ctx, e)
	}
}
