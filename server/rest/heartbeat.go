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
	// InspectDisk asks the nodes.
	InspectDisk(ctx context.Context, actor, cluster, device string) (api.DiskInspected, error)
	// Timing measures: it asks the nodes.
	Timing(ctx context.Context, actor, cluster string) (api.TimingShown, error)
	Quorum(ctx context.Context, cluster string) (api.QuorumShown, error)
	// PlanQuorum says what a change would mean; nothing changes.
	PlanQuorum(ctx context.Context, cluster string, c api.QuorumChange) (api.QuorumPlan, error)
	// QDevice asks the arbiter.
	QDevice(ctx context.Context, actor, cluster string) (api.QDeviceShown, error)
	// PlanQDevice says what a quorum device would mean; nothing changes.
	PlanQDevice(ctx context.Context, actor, cluster string, in api.QDevice) (api.QDevicePlan, error)
	// Arbiter asks a host.
	Arbiter(ctx context.Context, actor, host string) (api.ArbiterShown, error)
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
	route(s, "diskhb.inspect", func(ctx context.Context, in *clusterWith[api.DiskQuestion]) (*out[api.DiskInspected], error) {
		return answer(s.o.Changes.InspectDisk(ctx, actorOf(ctx), in.Cluster, in.Body.Device))
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
		return answer(s.o.Changes.Quorum(ctx, in.Cluster))
	})
	route(s, "quorum.plan", func(ctx context.Context, in *clusterWith[api.QuorumChange]) (*out[api.QuorumPlan], error) {
		return answer(s.o.Changes.PlanQuorum(ctx, in.Cluster, in.Body))
	})
	route(s, "quorum.edit", func(ctx context.Context, in *clusterWith[api.QuorumChange]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Quorum: &in.Body})
	})
	route(s, "qdevice.show", func(ctx context.Context, in *clusterIn) (*out[api.QDeviceShown], error) {
		return answer(s.o.Changes.QDevice(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "qdevice.plan", func(ctx context.Context, in *clusterWith[api.QDevice]) (*out[api.QDevicePlan], error) {
		return answer(s.o.Changes.PlanQDevice(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "qdevice.set", func(ctx context.Context, in *clusterWith[api.QDevice]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.Host, QDevice: &in.Body})
	})
	route(s, "qdevice.remove", func(ctx context.Context, in *clusterIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster})
	})
	route(s, "qdevice.arbiter", func(ctx context.Context, in *hostIn) (*out[api.ArbiterShown], error) {
		return answer(s.o.Changes.Arbiter(ctx, actorOf(ctx), in.Host))
	})
}
