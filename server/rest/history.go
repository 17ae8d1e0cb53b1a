package rest

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/reconcile"
)

type revisionsIn struct {
	Cluster string `path:"cluster"`
	api.RevisionQuery
}

type revisionIn struct {
	Cluster  string `path:"cluster"`
	Revision int    `path:"revision" minimum:"1"`
}

type compareIn struct {
	Cluster  string `path:"cluster"`
	Revision int    `path:"revision" minimum:"1"`
	With     int    `query:"with" minimum:"0" doc:"The other revision; 0 or absent for the configuration as it is now."`
}

type operationIn struct {
	Operation string `path:"operation"`
}

func (s *Server) bindHistory() {
	route(s, "revision.list", func(ctx context.Context, in *revisionsIn) (*out[api.Page[api.Revision]], error) {
		return answer(s.o.History.Revisions(ctx, in.Cluster, in.RevisionQuery))
	})
	route(s, "revision.show", func(ctx context.Context, in *revisionIn) (*out[api.Revision], error) {
		return answer(s.o.History.Revision(ctx, in.Cluster, in.Revision))
	})
	route(s, "revision.compare", func(ctx context.Context, in *compareIn) (*out[api.Comparison], error) {
		return answer(s.o.Changes.CompareRevisions(ctx, actorOf(ctx), in.Cluster, in.Revision, in.With))
	})
	route(s, "revision.revert", func(ctx context.Context, in *revisionIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Revision: in.Revision})
	})
	route(s, "event.list", func(ctx context.Context, in *api.EventQuery) (*out[api.Page[api.Event]], error) {
		return answer(s.o.History.Events(ctx, *in))
	})
	route(s, "operation.list", func(ctx context.Context, in *api.OperationQuery) (*out[api.Page[api.Operation]], error) {
		return answer(s.o.History.Operations(ctx, *in))
	})
	route(s, "operation.show", func(ctx context.Context, in *operationIn) (*out[api.Operation], error) {
		op, err := s.o.History.Operation(ctx, in.Operation)
		if err == nil {
			err = callerOf(ctx).sees(op.Cluster)
		}
		return answer(op, err)
	})
	route(s, "audit.list", func(ctx context.Context, in *api.AuditQuery) (*out[api.Page[api.AuditEntry]], error) {
		return answer(s.o.History.Audit(ctx, *in))
	})
	route(s, "audit.verify", func(ctx context.Context, in *api.AuditCheckQuery) (*out[api.AuditCheck], error) {
		if in.Entry > 0 {
			return answer(s.o.Audit.Verify(ctx, api.AuditHead{Entries: in.Entry, Hash: in.Hash}))
		}
		return answer(s.o.Audit.Verify(ctx))
	})
	route(s, "audit.export", func(_ context.Context, in *api.AuditExportQuery) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) { s.export(hc, *in) }}, nil
	})
	route(s, "demo.show", func(ctx context.Context, _ *none) (*out[api.Demo], error) {
		if s.o.Demo == nil {
			return nil, errNoDemo()
		}
		return answer(s.o.Demo.Show(ctx))
	})
	route(s, "demo.reset", func(ctx context.Context, _ *none) (*out[api.OK], error) {
		if s.o.Demo == nil {
			return nil, errNoDemo()
		}
		return done(s.o.Demo.Reset(ctx))
	})
	route(s, "demo.verify", func(ctx context.Context, _ *none) (*out[api.Demo], error) {
		if s.o.Demo == nil {
			return nil, errNoDemo()
		}
		return answer(s.o.Demo.Verify(ctx))
	})
}

// export streams the audit log. Once it has begun there is no other status: a file that breaks off has no end, and says so to
// whoever checks it.
func (s *Server) export(hc huma.Context, q api.AuditExportQuery) {
	name, kind := "hawser-audit.jsonl", "application/jsonl"
	if q.Format == api.AuditCSV {
		name, kind = "hawser-audit.csv", "text/csv; charset=utf-8"
	}
	w := humagin.Unwrap(hc).Writer
	begun := &onFirstWrite{w: w, do: func() {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}}
	err := s.o.Audit.Export(hc.Context(), begun, q)
	switch {
	case err == nil:
	case !begun.done:
		writeFault(w, s.public(hc.Context(), err))
	default:
		s.o.Log.Error("export of the audit log broke off", "err", err)
		panic(http.ErrAbortHandler) // so that the client does not take it for whole
	}
}

// onFirstWrite does something before the first byte, so that what fails before it can still be answered with a fault.
type onFirstWrite struct {
	w    io.Writer
	do   func()
	done bool
}

func (o *onFirstWrite) Write(b []byte) (int, error) {
	if !o.done {
		o.done = true
		o.do()
	}
	return o.w.Write(b)
}

func errNoDemo() *fault.Error {
	return fault.New(fault.NotFound, "demo.none", "this server runs no demo")
}
