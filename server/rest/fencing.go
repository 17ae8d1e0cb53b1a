package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

func (s *Server) bindFencing() {
	route(s, "fence.list", func(ctx context.Context, in *clusterIn) (*out[ha.Fencing], error) {
		return answer(s.o.Clusters.Fencing(ctx, in.Cluster))
	})
	route(s, "fence.levels", func(ctx context.Context, in *clusterWith[api.FenceLevels]) (*long, error) {
		b := in.Body
		target := ha.FenceLevel{Node: b.Node, Pattern: b.Pattern, Attribute: b.Attribute, Value: b.Value}
		levels := []ha.FenceLevel{target} // no devices: none is left
		if len(b.Levels) > 0 {
			levels = nil
		}
		for i, devices := range b.Levels {
			target.Index, target.Devices = i+1, devices
			levels = append(levels, target)
		}
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: b.Node + b.Pattern + b.Attribute, Levels: levels, Version: b.Version})
	})
	route(s, "fence.test", func(ctx context.Context, in *clusterWith[api.FenceTest]) (*long, error) {
		b := in.Body
		about(ctx, in.Cluster+"/"+b.Node)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: b.Node, Target: b.Device, Confirm: b.Confirm, Force: b.Force})
	})
	route(s, "sbd.show", func(ctx context.Context, in *clusterIn) (*out[ha.SBDView], error) {
		return answer(s.o.Changes.SBD(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "sbd.plan", func(ctx context.Context, in *clusterWith[ha.SBD]) (*out[api.SBDPlan], error) {
		return answer(s.o.Changes.PlanSBD(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "sbd.set", func(ctx context.Context, in *clusterWith[ha.SBD]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, SBD: &in.Body})
	})
	route(s, "sbd.remove", func(ctx context.Context, in *clusterMaybe[api.StopOptions]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Force: in.Body != nil && in.Body.Force})
	})
	route(s, "evidence.show", func(ctx context.Context, in *clusterIn) (*out[api.EvidenceReport], error) {
		return answer(s.o.Clusters.Evidence(ctx, in.Cluster))
	})
	route(s, "ping.create", func(ctx context.Context, in *clusterWith[ha.Ping]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: ha.PingCloneID, Ping: &in.Body})
	})
}
