package rest

import (
	"context"
	"mime"
	"net/http"
	"os"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"hawser/internal/api"
)

// Logs is what the interface needs of log bundles.
type Logs interface {
	List(cluster string) ([]api.LogBundle, error)
	Show(cluster, id string) (api.LogBundle, error)
	// Collect begins a bundle and returns at once; what it refuses has asked nothing of any node.
	Collect(ctx context.Context, actor, cluster string, n api.NewLogBundle) (api.LogBundle, error)
	// Open returns the file of a bundle that is ready. The caller closes it.
	Open(cluster, id string) (*os.File, api.LogBundle, error)
	Delete(cluster, id string) error
}

// Timeline is what the interface needs of what happened.
type Timeline interface {
	// Show returns a part of the time line; audit says whether the caller may see the audit log.
	Show(ctx context.Context, actor, cluster string, q api.TimelineQuery, audit bool) (api.Timeline, error)
}

type timelineIn struct {
	Cluster string `path:"cluster"`
	api.TimelineQuery
}

type logsIn struct {
	Cluster string `path:"cluster"`
}

type logsWith struct {
	Cluster string `path:"cluster"`
	Body    api.NewLogBundle
}

type bundleIn struct {
	Cluster string `path:"cluster"`
	Bundle  string `path:"bundle"`
}

// download is a file as an answer, whole or a range of it.
type download struct {
	Body func(huma.Context)
}

func (s *Server) bindLogs() {
	route(s, "timeline.list", func(ctx context.Context, in *timelineIn) (*out[api.Timeline], error) {
		audit := slices.Contains(callerOf(ctx).session.Permissions, "audit.list")
		return answer(s.o.Timeline.Show(ctx, actorOf(ctx), in.Cluster, in.TimelineQuery, audit))
	})
	route(s, "logs.list", func(_ context.Context, in *logsIn) (*out[api.Page[api.LogBundle]], error) {
		return page(s.o.Logs.List(in.Cluster))
	})
	route(s, "logs.show", func(_ context.Context, in *bundleIn) (*out[api.LogBundle], error) {
		return answer(s.o.Logs.Show(in.Cluster, in.Bundle))
	})
	route(s, "logs.collect", func(ctx context.Context, in *logsWith) (*out[api.LogBundle], error) {
		return answer(s.o.Logs.Collect(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "logs.delete", func(_ context.Context, in *bundleIn) (*out[api.OK], error) {
		return done(s.o.Logs.Delete(in.Cluster, in.Bundle))
	})
	route(s, "logs.download", func(_ context.Context, in *bundleIn) (*download, error) {
		f, b, err := s.o.Logs.Open(in.Cluster, in.Bundle)
		if err != nil {
			return nil, err
		}
		return &download{func(hc huma.Context) {
			defer f.Close()
			gc := humagin.Unwrap(hc)
			h := gc.Writer.Header()
			h.Set("Content-Type", "application/zstd")
			h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": b.File}))
			h.Set("ETag", `"`+b.SHA256+`"`) // a range of another file is refused
			gc.Status(http.StatusOK)
			http.ServeContent(gc.Writer, gc.Request, b.File, b.Created, f)
		}}, nil
	})
}
