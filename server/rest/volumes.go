package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/server/reconcile"
)

// Volumes is what the interface shows of replicated volumes.
type Volumes interface {
	// Volumes asks the nodes.
	Volumes(ctx context.Context, actor, cluster string) ([]api.VolumeShown, error)
	// Volume asks the nodes.
	Volume(ctx context.Context, actor, cluster, volume string) (api.VolumeShown, error)
	// CheckVolume asks the nodes what a volume would find; nothing changes.
	CheckVolume(ctx context.Context, actor, cluster string, in api.NewVolume) (api.VolumeCheck, error)
	// ParseVolumes reads a configuration; nothing changes.
	ParseVolumes(in api.VolumeText) (api.VolumeReading, error)
}

type volumeIn struct {
	Cluster string `path:"cluster"`
	Volume  string `path:"volume"`
}

type volumeWith[B any] struct {
	Cluster string `path:"cluster"`
	Volume  string `path:"volume"`
	Body    B
}

type volumeMaybe[B any] struct {
	Cluster string `path:"cluster"`
	Volume  string `path:"volume"`
	Body    *B
}

func (s *Server) bindVolumes() {
	route(s, "volume.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.VolumeShown]], error) {
		return page(s.o.Changes.Volumes(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "volume.show", func(ctx context.Context, in *volumeIn) (*out[api.VolumeShown], error) {
		shown, err := s.o.Changes.Volume(ctx, actorOf(ctx), in.Cluster, in.Volume)
		if err == nil {
			shown.Exposures, err = s.o.Targets.Exposures(ctx, in.Cluster, in.Volume)
		}
		return answer(shown, err)
	})
	route(s, "volume.check", func(ctx context.Context, in *clusterWith[api.NewVolume]) (*out[api.VolumeCheck], error) {
		return answer(s.o.Changes.CheckVolume(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "volume.parse", func(_ context.Context, in *with[api.VolumeText]) (*out[api.VolumeReading], error) {
		return answer(s.o.Changes.ParseVolumes(in.Body))
	})
	route(s, "volume.create", func(ctx context.Context, in *clusterWith[api.NewVolume]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.Name)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.Name, Volume: &in.Body})
	})
	route(s, "volume.edit", func(ctx context.Context, in *volumeWith[api.EditVolume]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Volume, VolumeEdit: &in.Body})
	})
	route(s, "volume.delete", func(ctx context.Context, in *volumeMaybe[api.DeleteVolume]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Volume, Wipe: in.Body != nil && in.Body.Wipe})
	})
	route(s, "volume.act", func(ctx context.Context, in *volumeWith[api.ActOnVolume]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Volume, VolumeAct: &in.Body})
	})
	route(s, "volume.resolve", func(ctx context.Context, in *volumeWith[api.ResolveSplit]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Volume, Keep: in.Body.Keep})
	})
}
