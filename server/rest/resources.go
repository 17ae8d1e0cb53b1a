package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/server/reconcile"
)

type resourceIn struct {
	Cluster  string `path:"cluster"`
	Resource string `path:"resource"`
}

// huma passes over embedded structs that are not exported: the path stands in each input.
type resourceWith[B any] struct {
	Cluster  string `path:"cluster"`
	Resource string `path:"resource"`
	Body     B
}

type resourceMaybe[B any] struct {
	Cluster  string `path:"cluster"`
	Resource string `path:"resource"`
	Body     *B
}

func (s *Server) bindResources() {
	route(s, "resource.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.Resource]], error) {
		return page(s.o.Clusters.Resources(ctx, in.Cluster))
	})
	route(s, "resource.show", func(ctx context.Context, in *resourceIn) (*out[api.Resource], error) {
		return answer(s.o.Clusters.Resource(ctx, in.Cluster, in.Resource))
	})
	route(s, "resource.create", func(ctx context.Context, in *clusterWith[api.NewResource]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.Resource.ID)
		return s.begin(ctx, reconcile.Request{
			Cluster: in.Cluster, Object: in.Body.Resource.ID,
			Resource: &in.Body.Resource, Group: in.Body.Group, Constraints: in.Body.Constraints,
		})
	})
	route(s, "resource.edit", func(ctx context.Context, in *resourceWith[api.EditResource]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource, Resource: &in.Body.Resource, KeepRunning: in.Body.KeepRunning, Version: in.Body.Version})
	})
	for _, name := range []string{
		"resource.delete", "resource.start", "resource.stop", "resource.restart", "resource.manage", "resource.unmanage",
	} {
		route(s, name, func(ctx context.Context, in *resourceIn) (*long, error) {
			return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource})
		})
	}
	route(s, "resource.move", func(ctx context.Context, in *resourceMaybe[api.MoveResource]) (*long, error) {
		r := reconcile.Request{Cluster: in.Cluster, Object: in.Resource}
		if in.Body != nil {
			r.Target, r.Lifetime = in.Body.Node, in.Body.Lifetime
		}
		return s.begin(ctx, r)
	})
	route(s, "resource.ban", func(ctx context.Context, in *resourceMaybe[api.BanResource]) (*long, error) {
		r := reconcile.Request{Cluster: in.Cluster, Object: in.Resource}
		if in.Body != nil {
			r.Target, r.Lifetime = in.Body.Node, in.Body.Lifetime
		}
		return s.begin(ctx, r)
	})
	for _, name := range []string{"resource.cleanup", "resource.refresh"} {
		route(s, name, func(ctx context.Context, in *resourceMaybe[api.CleanupResource]) (*long, error) {
			r := reconcile.Request{Cluster: in.Cluster, Object: in.Resource}
			if in.Body != nil {
				r.Target = in.Body.Node
			}
			return s.begin(ctx, r)
		})
	}
	route(s, "resource.clear", func(ctx context.Context, in *resourceMaybe[api.ClearResource]) (*long, error) {
		r := reconcile.Request{Cluster: in.Cluster, Object: in.Resource}
		if in.Body != nil {
			r.Target = in.Body.Node
		}
		return s.begin(ctx, r)
	})
	route(s, "resource.place", func(ctx context.Context, in *resourceWith[api.PlaceResource]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource, Group: in.Body.Group, Before: in.Body.Before})
	})
	route(s, "resource.prefer", func(ctx context.Context, in *resourceWith[api.PreferNodes]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource, Nodes: in.Body.Nodes, Only: in.Body.Only, Version: in.Body.Version})
	})
	route(s, "resource.failback", func(ctx context.Context, in *resourceWith[api.SetFailback]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource, Failback: &in.Body.Failback, Version: in.Body.Version})
	})
	route(s, "resource.utilization", func(ctx context.Context, in *resourceWith[api.ValueChange]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Resource, Set: in.Body.Set, Unset: in.Body.Unset, Version: in.Body.Version})
	})
}
