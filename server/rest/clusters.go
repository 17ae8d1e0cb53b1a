package rest

import (
	"context"
	"slices"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

type clusterIn struct {
	Cluster string `path:"cluster"`
}

type clusterWith[B any] struct {
	Cluster string `path:"cluster"`
	Body    B
}

// clusterMaybe is for a body that may be left out.
type clusterMaybe[B any] struct {
	Cluster string `path:"cluster"`
	Body    *B
}

type long = out[api.Operation]

// begin starts the operation of the route that is being called.
func (s *Server) begin(ctx context.Context, r reconcile.Request) (*long, error) {
	c := callerOf(ctx)
	r.Kind, r.Actor = c.route.Name, actorOf(ctx)
	op, err := s.o.Changes.Begin(ctx, r)
	return answer(op, err)
}

func (s *Server) bindClusters() {
	route(s, "cluster.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Cluster]], error) {
		list, err := s.o.Clusters.Clusters(ctx)
		return page(slices.DeleteFunc(list, func(c api.Cluster) bool { return callerOf(ctx).sees(c.Name) != nil }), err)
	})
	route(s, "cluster.show", func(ctx context.Context, in *clusterIn) (*out[api.ClusterDetail], error) {
		return answer(s.o.Clusters.Cluster(ctx, in.Cluster))
	})
	route(s, "cluster.create", func(ctx context.Context, in *with[ha.Setup]) (*long, error) {
		about(ctx, in.Body.Name)
		return s.begin(ctx, reconcile.Request{Cluster: in.Body.Name, Setup: &in.Body})
	})
	route(s, "cluster.discover", func(ctx context.Context, _ *none) (*out[api.Page[api.FoundCluster]], error) {
		return page(s.o.Changes.Found(ctx, actorOf(ctx)))
	})
	route(s, "cluster.adopt", func(ctx context.Context, in *clusterMaybe[api.AdoptCluster]) (*long, error) {
		r := reconcile.Request{Cluster: in.Cluster}
		if in.Body != nil {
			r.Label = in.Body.Label
		}
		return s.begin(ctx, r)
	})
	route(s, "cluster.destroy", func(ctx context.Context, in *clusterWith[api.DestroyRequest]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Confirm: in.Body.Confirm})
	})
	route(s, "cluster.remove", func(ctx context.Context, in *clusterIn) (*out[api.OK], error) {
		return done(s.o.Changes.Remove(ctx, in.Cluster))
	})
	route(s, "cluster.start", func(ctx context.Context, in *clusterIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster})
	})
	route(s, "cluster.stop", func(ctx context.Context, in *clusterMaybe[api.StopOptions]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Force: in.Body != nil && in.Body.Force})
	})
	route(s, "cluster.restart", func(ctx context.Context, in *clusterMaybe[api.StopOptions]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Force: in.Body != nil && in.Body.Force})
	})
	route(s, "cluster.cleanup", func(ctx context.Context, in *clusterMaybe[api.CleanupResource]) (*long, error) {
		r := reconcile.Request{Cluster: in.Cluster}
		if in.Body != nil {
			r.Target = in.Body.Node
		}
		return s.begin(ctx, r)
	})
	route(s, "cluster.properties", func(ctx context.Context, in *clusterWith[api.Properties]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Set: in.Body.Set, Unset: in.Body.Unset, Version: in.Body.Version})
	})
	route(s, "defaults.set", func(ctx context.Context, in *clusterWith[api.Defaults]) (*long, error) {
		b := in.Body
		return s.begin(ctx, reconcile.Request{
			Cluster: in.Cluster, Set: b.Resource.Set, Unset: b.Resource.Unset, OpSet: b.Operation.Set, OpUnset: b.Operation.Unset, Version: b.Version,
		})
	})
	route(s, "config.export", func(ctx context.Context, in *exportIn) (*out[api.Manifest], error) {
		return answer(s.o.Changes.Manifest(ctx, in.Cluster, in.Setup))
	})
	route(s, "config.migrate", func(_ context.Context, in *with[api.MigrationRequest]) (*out[api.Migration], error) {
		return answer(s.o.Changes.Migrate(in.Body))
	})
	route(s, "config.read", func(_ context.Context, in *with[api.ManifestFile]) (*out[api.ManifestContents], error) {
		return answer(s.o.Changes.ReadManifest(in.Body))
	})
	route(s, "config.compare", func(_ context.Context, in *clusterWith[api.ManifestFile]) (*out[api.ManifestComparison], error) {
		return answer(s.o.Changes.CompareManifest(in.Cluster, in.Body))
	})
	route(s, "config.plan", func(ctx context.Context, in *clusterWith[api.ManifestChange]) (*out[api.ManifestPlan], error) {
		return answer(s.o.Changes.PlanManifest(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "config.apply", func(ctx context.Context, in *clusterWith[api.ManifestChange]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Manifest: &in.Body, Version: in.Body.Version})
	})
	route(s, "property.list", func(ctx context.Context, in *optionsIn) (*out[api.Page[api.ClusterOption]], error) {
		return page(s.o.Changes.Options(ctx, actorOf(ctx), in.Cluster, in.Language))
	})
	s.bindConstraints()
	s.bindAgents()
}

type exportIn struct {
	Cluster string `path:"cluster"`
	Setup   bool   `query:"setup" doc:"With nodes, links, timing and votes, for moving the cluster to other machines."`
}

type optionsIn struct {
	Cluster  string `path:"cluster"`
	Language string `query:"language" doc:"Preferred language of Pacemaker's own texts, for example zh-CN."`
}

type constraintIn struct {
	Cluster    string `path:"cluster"`
	Constraint string `path:"constraint"`
}

// huma passes over embedded structs that are not exported: the path stands in each input.
type constraintWith[B any] struct {
	Cluster    string `path:"cluster"`
	Constraint string `path:"constraint"`
	Body       B
}

func (s *Server) bindConstraints() {
	route(s, "constraint.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[ha.Constraint]], error) {
		return page(s.o.Clusters.Constraints(ctx, in.Cluster))
	})
	route(s, "constraint.create", func(ctx context.Context, in *clusterWith[ha.Constraint]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.ID)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.ID, Constraints: []ha.Constraint{in.Body}})
	})
	route(s, "constraint.edit", func(ctx context.Context, in *constraintWith[api.EditConstraint]) (*long, error) {
		return s.begin(ctx, reconcile.Request{
			Cluster: in.Cluster, Object: in.Constraint, Constraints: []ha.Constraint{in.Body.Constraint}, Version: in.Body.Version,
		})
	})
	route(s, "constraint.delete", func(ctx context.Context, in *constraintIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Constraint})
	})
}

type agentIn struct {
	Cluster  string `path:"cluster"`
	Agent    string `path:"agent" doc:"class:provider:type, for example ocf:heartbeat:IPaddr2."`
	Language string `query:"language" doc:"Preferred language of the agent's own texts, for example zh-CN."`
}

func (s *Server) bindAgents() {
	route(s, "agent.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[api.AgentName]], error) {
		return page(s.o.Changes.Agents(ctx, actorOf(ctx), in.Cluster))
	})
	route(s, "agent.show", func(ctx context.Context, in *agentIn) (*out[ha.AgentMetadata], error) {
		return answer(s.o.Changes.Metadata(ctx, actorOf(ctx), in.Cluster, in.Agent, in.Language))
	})
}
