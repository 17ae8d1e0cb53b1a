package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

type tagIn struct {
	Cluster string `path:"cluster"`
	Tag     string `path:"tag"`
}

// huma passes over embedded structs that are not exported: the path stands in each input.
type tagWith[B any] struct {
	Cluster string `path:"cluster"`
	Tag     string `path:"tag"`
	Body    B
}

func (s *Server) bindTags() {
	route(s, "tag.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.TagShown]], error) {
		return page(s.o.Clusters.Tags(ctx, in.Cluster))
	})
	route(s, "tag.create", func(ctx context.Context, in *clusterWith[ha.Tag]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.ID)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.ID, Tag: &in.Body})
	})
	route(s, "tag.edit", func(ctx context.Context, in *tagWith[api.EditTag]) (*long, error) {
		return s.begin(ctx, reconcile.Request{
			Cluster: in.Cluster, Object: in.Tag, Tag: &ha.Tag{ID: in.Tag, Resources: in.Body.Resources}, Version: in.Body.Version,
		})
	})
	for _, name := range []string{"tag.delete", "tag.start", "tag.stop"} {
		route(s, name, func(ctx context.Context, in *tagIn) (*long, error) {
			return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Tag})
		})
	}
}
