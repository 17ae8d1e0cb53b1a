package rest

import (
	"context"

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
		return answer(s.o.History.Operation(ctx, in.Operation))
	})
	route(s, "audit.list", func(ctx context.Context, in *api.AuditQuery) (*out[api.Page[api.AuditEntry]], error) {
		return answer(s.o.History.Audit(ctx, *in))
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

func errNoDemo() *fault.Error {
	return fault.New(fault.NotFound, "demo.none", "this server runs no demo")
}
