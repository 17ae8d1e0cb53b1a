package rest

import (
	"context"
	"strconv"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// Heartbeat is what the interface shows of links, timing and quorum.
type Heartbeat interface {
	Links(ctx context.Context, cluster string) (api.Links, error)
	// Disk asks the nodes.
	Disk(ctx context.Context, actor, cluster string) (api.DiskHeartbeatShown, error)
	// Timing measures: it asks the nodes.
	Timing(ctx context.Context, actor, cluster string) (api.TimingShown, error)
	Quorum(ctx context.Context, actor, cluster string) (api.QuorumShown, error)
	// PlanQuorum says what a change would mean; nothing changes.
	PlanQuorum(ctx context.Context, cluster string, c api.QuorumChange) (api.QuorumPlan, error)
}

type linkIn struct {
	Cluster string `path:"cluster"`
	Link    int    `path:"link" minimum:"0" maximum:"7"`
}

type linkWith[B any] struct {
	Cluster string `path:"cluster"`
	Link    int    `path:"link" minimum:"0" maximum:"7"`
	Body    B
}

func (s *Server) bindHeartbeat() {
	route(s, "link.list", func(ctx context.Context, in *clusterIn) (*out[api.Links], error) {
		return answer(s.o.Changes.Links(ctx, in.Cluster))
	})
	route(s, "link.add", func(ctx context.Context, in *clusterWith[api.NewLink]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, NewLink: &in.Body})
	})
	route(s, "link.edit", func(ctx context.Context, in *linkWith[api.LinkChange]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: strconv.Itoa(in.Link), Link: in.Link, LinkChange: &in.Body})
	})
	route(s, "link.remove", func(ctx context.Context, in *linkIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: strconv.Itoa(in.Link), Link: in.Link})
	})
	route(s, "diskhb.show", func(ctx context.Context, in *clusterIn) (*out[api.DiskHeartbeatShown], error) {
		return answer(s.o.Changes.Disk(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "diskhb.enable", func(ctx context.Context, in *clusterWith[api.NewDiskHeartbeat]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Disk: &in.Body})
	})
	route(s, "diskhb.disable", func(ctx context.Context, in *clusterIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster})
	})
	route(s, "timing.show", func(ctx context.Context, in *clusterIn) (*out[api.TimingShown], error) {
		return answer(s.o.Changes.Timing(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "timing.set", func(ctx context.Context, in *clusterWith[ha.Timing]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Timing: &in.Body})
	})
	route(s, "quorum.show", func(ctx context.Context, in *clusterIn) (*out[api.QuorumShown], error) {
		return answer(s.o.Changes.Quorum(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "quorum.plan", func(ctx context.Context, in *clusterWith[api.QuorumChange]) (*out[api.QuorumPlan], error) {
		return answer(s.o.Changes.PlanQuorum(ctx, in.Cluster, in.Body))
	})
	route(s, "quorum.edit", func(ctx context.Context, in *clusterWith[api.QuorumChange]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Quorum: &in.Body})
	})
}
