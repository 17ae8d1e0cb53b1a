package rest

import (
	"context"

	"hawser/internal/ha"
)

// Insight is what the interface asks about what would be, and why something is.
type Insight interface {
	// WhatIf plays a scenario through on a copy: nothing changes.
	WhatIf(ctx context.Context, actor, cluster string, s ha.Scenario) (ha.Forecast, error)
}

func (s *Server) bindInsight() {
	route(s, "whatif.play", func(ctx context.Context, in *clusterWith[ha.Scenario]) (*out[ha.Forecast], error) {
		return answer(s.o.Insight.WhatIf(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
}
