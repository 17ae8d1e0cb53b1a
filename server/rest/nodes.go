package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/server/reconcile"
)

type nodeIn struct {
	Cluster string `path:"cluster"`
	Node    string `path:"node"`
}

// huma passes over embedded structs that are not exported: the path stands in each input.
type nodeMaybe[B any] struct {
	Cluster string `path:"cluster"`
	Node    string `path:"node"`
	Body    *B
}

type nodeWith[B any] struct {
	Cluster string `path:"cluster"`
	Node    string `path:"node"`
	Body    B
}

func (s *Server) bindNodes() {
	route(s, "node.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.Node]], error) {
		return page(s.o.Clusters.Nodes(ctx, in.Cluster))
	})
	route(s, "node.show", func(ctx context.Context, in *nodeIn) (*out[api.Node], error) {
		return answer(s.o.Clusters.Node(ctx, in.Cluster, in.Node))
	})
	route(s, "node.add", func(ctx context.Context, in *clusterWith[api.AddNode]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.Node.Name)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.Node.Name, Node: &in.Body.Node, Remote: in.Body.Remote})
	})
	for _, name := range []string{
		"node.remove", "node.standby", "node.unstandby", "node.maintenance", "node.unmaintenance", "node.start", "node.sync",
	} {
		route(s, name, func(ctx context.Context, in *nodeIn) (*long, error) {
			return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Node})
		})
	}
	route(s, "node.stop", func(ctx context.Context, in *nodeMaybe[api.StopOptions]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Node, Force: in.Body != nil && in.Body.Force})
	})
	for _, name := range []string{"node.attributes", "node.utilization"} {
		route(s, name, func(ctx context.Context, in *nodeWith[api.ValueChange]) (*long, error) {
			return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Node, Set: in.Body.Set, Unset: in.Body.Unset, Version: in.Body.Version})
		})
	}
	route(s, "node.fence", func(ctx context.Context, in *nodeWith[api.FenceRequest]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Node, Action: in.Body.Action, Confirm: in.Body.Confirm})
	})
}
