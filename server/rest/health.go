package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// Health is what the interface shows of smart migration.
type Health interface {
	Health(ctx context.Context, cluster string) (api.HealthShown, error)
	// PlanHealth says what is to be asked of the scheduler; nothing changes.
	PlanHealth(ctx context.Context, cluster string, q api.HealthQuestion) (api.HealthPlan, ha.Scenario, error)
	// HealthHistory asks the node.
	HealthHistory(ctx context.Context, actor, cluster, node string) (ha.HealthHistory, error)
}

func (s *Server) bindHealth() {
	route(s, "health.show", func(ctx context.Context, in *clusterIn) (*out[api.HealthShown], error) {
		return answer(s.o.Changes.Health(ctx, in.Cluster))
	})
	route(s, "health.set", func(ctx context.Context, in *clusterWith[api.SetHealth]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Health: &in.Body.HealthPolicy, Version: in.Body.Version})
	})
	route(s, "health.unset", func(ctx context.Context, in *clusterIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster})
	})
	route(s, "health.whatif", func(ctx context.Context, in *clusterWith[api.HealthQuestion]) (*out[api.HealthPlan], error) {
		plan, scenario, err := s.o.Changes.PlanHealth(ctx, in.Cluster, in.Body)
		if err == nil {
			plan.Forecast, err = s.o.Insight.WhatIf(ctx, actorOf(ctx), in.Cluster, scenario)
		}
		return answer(plan, err)
	})
	route(s, "health.history", func(ctx context.Context, in *nodeIn) (*out[ha.HealthHistory], error) {
		return answer(s.o.Changes.HealthHistory(ctx, actorOf(ctx), in.Cluster, in.Node))
	})
}
