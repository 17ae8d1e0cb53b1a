package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
)

type targetIn struct {
	Cluster string `path:"cluster"`
	Service string `path:"service"`
}

type setTargetIn struct {
	Cluster string `path:"cluster"`
	Service string `path:"service"`
	Body    ha.Target
}

func (s *Server) bindTargets() {
	route(s, "target.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.TargetShown]], error) {
		return page(s.o.Targets.List(ctx, in.Cluster))
	})
	route(s, "target.set", func(ctx context.Context, in *setTargetIn) (*out[api.OK], error) {
		return done(s.o.Targets.Set(ctx, in.Cluster, in.Service, in.Body))
	})
	route(s, "target.remove", func(ctx context.Context, in *targetIn) (*out[api.OK], error) {
		return done(s.o.Targets.Remove(ctx, in.Cluster, in.Service))
	})
	route(s, "budget.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[ha.Budget]], error) {
		return page(s.o.Targets.Budgets(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "budget.show", func(ctx context.Context, in *targetIn) (*out[ha.Budget], error) {
		return answer(s.o.Targets.Budget(ctx, actorOf(ctx), in.Cluster, in.Service))
	})
}
