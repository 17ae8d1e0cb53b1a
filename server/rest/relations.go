package rest

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

type setIn struct {
	Cluster string `path:"cluster"`
	Set     string `path:"set"`
}

// huma passes over embedded structs that are not exported: the path stands in each input.
type setWith[B any] struct {
	Cluster string `path:"cluster"`
	Set     string `path:"set"`
	Body    B
}

type ruleIn struct{ Body api.RuleCheck }

func (s *Server) bindRelations() {
	route(s, "attributes.list", func(ctx context.Context, in *clusterIn) (*out[api.Page[ha.AttributeSet]], error) {
		return page(s.o.Clusters.AttributeSets(ctx, in.Cluster))
	})
	route(s, "attributes.create", func(ctx context.Context, in *clusterWith[ha.AttributeSet]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.ID)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.ID, Attributes: &in.Body})
	})
	route(s, "attributes.edit", func(ctx context.Context, in *setWith[api.EditAttributes]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Set, Attributes: &in.Body.Set, Version: in.Body.Version})
	})
	route(s, "attributes.delete", func(ctx context.Context, in *setIn) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Set})
	})
	route(s, "rule.check", func(_ context.Context, in *ruleIn) (*out[api.RuleShown], error) {
		return answer(checkRule(in.Body))
	})
	route(s, "service.check", func(ctx context.Context, in *clusterWith[ha.Database]) (*out[api.DatabaseCheck], error) {
		return answer(s.o.Changes.CheckDatabase(ctx, actorOf(ctx), in.Cluster, in.Body))
	})
	route(s, "service.database", func(ctx context.Context, in *clusterWith[ha.Database]) (*long, error) {
		about(ctx, in.Cluster+"/"+in.Body.Name)
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Object: in.Body.Name, Database: &in.Body})
	})
	route(s, "service.spread", func(ctx context.Context, in *clusterWith[api.Spread]) (*long, error) {
		return s.begin(ctx, reconcile.Request{Cluster: in.Cluster, Spread: &in.Body, Version: in.Body.Version})
	})
}

// checkRule reads a rule as text, or writes one that is given.
func checkRule(in api.RuleCheck) (api.RuleShown, error) {
	var f fault.Fields
	switch {
	case in.Text != "" && in.Rule != nil:
		f.Add("rule", "rule.text_or_rule", "a text or a rule, not both")
		return api.RuleShown{}, f.Err()
	case in.Rule != nil:
		return api.RuleShown{Rule: *in.Rule, Text: in.Rule.Text()}, nil
	}
	r, err := ha.ParseRule(in.Text)
	if p := fault.Public(err); p != nil && len(p.Fields) == 0 {
		p.Fields = []fault.Field{{Path: "text", Reason: p.Reason, Message: p.Message, Args: p.Args}}
		return api.RuleShown{}, p
	}
	return api.RuleShown{Rule: r, Text: r.Text()}, err
}
