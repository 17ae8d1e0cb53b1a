package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// Insight is what the interface asks about what would be, and why something is.
type Insight interface {
	// WhatIf plays a scenario through on a copy: nothing changes.
	WhatIf(ctx context.Context, actor, cluster string, s ha.Scenario) (ha.Forecast, error)
	// Why explains where a resource is.
	Why(ctx context.Context, actor, cluster, resource string) (ha.Explanation, error)
}

func (s *Server) bindInsight() {
	route(s, "check.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[ha.Finding]], error) {
		return page(s.o.Changes.Findings(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "check.fix", func(ctx context.Context, in *clusterWith[api.FixFinding]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.Object, Finding: in.Body.Code})
	})
	route(s, "why.show", func(ctx context.Context, in *resourceIn) (*out[ha.Explanation], error) {
		return answer(s.o.Insight.Why(ctx, actorOf(ctx), in.Cluster, in.Resource))
	})
	route(s, "whatif.play", func(ctx context.Context, in *clusterWith[ha.Scenario]) (*out[ha.Forecast], error) {
		return answer(s.o.Insight.WhatIf(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
}
