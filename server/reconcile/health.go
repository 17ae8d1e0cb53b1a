package reconcile

import (
	"context"
	"fmt"
	"slices"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// setHealth makes smart migration what the request says.
func setHealth(m *memo, k fleet.Known) ([]ha.Edit, error) {
	p := *m.Request.Health
	if err := checkHealth(p, "", k); err != nil {
		return nil, err
	}
	edits := p.Edits(*k.Config.Config)
	if len(edits) == 0 {
		return nil, fault.New(fault.Conflict, "health.so_already", "smart migration of cluster %s is like this already", k.Setup.Name).With("cluster", k.Setup.Name)
	}
	return edits, nil
}

// unsetHealth takes all of it away.
func unsetHealth(_ *memo, k fleet.Known) ([]ha.Edit, error) {
	if k.Config.Config == nil {
		return nil, fault.New(fault.Conflict, "config.unknown", "the configuration of cluster %s is not known yet", k.Setup.Name).With("cluster", k.Setup.Name)
	}
	edits := ha.NoHealth(*k.Config.Config)
	if len(edits) == 0 {
		return nil, fault.New(fault.Conflict, "health.none", "cluster %s has no smart migration", k.Setup.Name).With("cluster", k.Setup.Name)
	}
	return edits, nil
}

// checkHealth refuses what is wrong by itself, and nodes and resources that are not there.
func checkHealth(p ha.HealthPolicy, at string, k fleet.Known) error {
	cfg := k.Config.Config
	if cfg == nil {
		return fault.New(fault.Conflict, "config.unknown", "the configuration of cluster %s is not known yet", k.Setup.Name).With("cluster", k.Setup.Name)
	}
	f := fields(ha.ValidateHealth(p), at)
	for i, n := range p.Nodes {
		if !slices.ContainsFunc(cfg.Nodes, func(c ha.NodeConfig) bool { return c.Name == n.Node }) {
			f.Add(fmt.Sprintf("%snodes[%d].node", at, i), "node.unknown", "there is no such node", "node", n.Node)
		}
	}
	for i, id := range p.Except {
		path := fmt.Sprintf("%sexcept[%d]", at, i)
		switch r := ha.FindResource(cfg.Resources, id); {
		case r == nil:
			f.Add(path, "resource.unknown", "there is no such resource", "resource", id)
		case holder(k, id) != id:
			f.Add(path, "health.except_held", "colours concern the whole that it is part of", "id", id, "holder", holder(k, id))
		case r.Kind == ha.Template:
			f.Add(path, "health.except_template", "a template runs nowhere", "id", id)
		}
	}
	return f.Err()
}

// Health shows smart migration as it is.
func (e *Engine) Health(_ context.Context, cluster string) (api.HealthShown, error) {
	out := api.HealthShown{Nodes: []api.HealthNode{}, Agents: []ha.HealthAgent{}, Held: []string{}, Mistakes: []ha.HealthMistake{}, Services: []string{}, Policy: ha.DefaultHealth()}
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return out, err
	}
	if cfg := k.Config.Config; cfg != nil {
		p, wrong := ha.HealthOf(*cfg)
		out.Policy, out.Scores, out.Held, out.Version = p, p.Scores(*cfg), ha.HealthHolds(*cfg, p), &cfg.Version
		out.Agents, out.Mistakes = append(out.Agents, ha.HealthAgents(*cfg)...), append(out.Mistakes, wrong...)
		for _, r := range cfg.Resources {
			if r.Kind != ha.Template {
				out.Services = append(out.Services, r.ID)
			}
		}
	}
	for _, node := range k.NodeNames() {
		n := api.HealthNode{Node: node, Colour: ha.Green, Own: []string{}, Health: k.State.HealthOf(node)}
		n.Rules = api.HealthRules{CPU: out.Policy.RuleFor(node, ha.HealthCPU), Memory: out.Policy.RuleFor(node, ha.HealthMemory), Disk: out.Policy.RuleFor(node, ha.HealthDisk)}
		for _, o := range out.Policy.Nodes {
			for _, kind := range ha.HealthKinds {
				if o.Node == node && o.Rule(kind) != nil {
					n.Own = append(n.Own, string(kind))
				}
			}
		}
		if s := stateOf(k, node); s != nil {
			n.Online = s.Online
			if c := ha.Colour(s.Health); c.Worse(n.Colour) { // with what others than Hawser have coloured
				n.Colour = c
			}
		}
		for _, kind := range ha.HealthKinds {
			if one := n.Health.Kind(kind); one != nil && one.Colour.Worse(n.Colour) {
				n.Colour = one.Colour
			}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out, nil
}

func stateOf(k fleet.Known, node string) *ha.NodeState {
	if k.State == nil {
		return nil
	}
	if i := slices.IndexFunc(k.State.Nodes, func(n ha.NodeState) bool { return n.Name == node }); i >= 0 {
		return &k.State.Nodes[i]
	}
	return nil
}

// PlanHealth says what a policy and colours come to: what there is to be asked of the scheduler. Nothing changes.
func (e *Engine) PlanHealth(_ context.Context, cluster string, q api.HealthQuestion) (api.HealthPlan, ha.Scenario, error) {
	out := api.HealthPlan{Colours: []ha.NodeColour{}, Unknown: []string{}}
	var s ha.Scenario
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return out, s, err
	}
	var f fault.Fields
	ha.CheckColours(&f, "colours", q.Colours)
	for i, c := range q.Colours {
		if n := stateOf(k, c.Node); n == nil || !n.Online {
			f.Add(fmt.Sprintf("colours[%d].node", i), "whatif.node_not_there", "is no node that is online", "node", c.Node)
		}
	}
	if err := f.Err(); err != nil {
		return out, s, err
	}
	if q.Policy != nil {
		if err := checkHealth(*q.Policy, "policy.", k); err != nil {
			return out, s, err
		}
	}
	cfg := k.Config.Config
	if cfg == nil || k.State == nil {
		return out, s, fault.New(fault.Conflict, "config.unknown", "the configuration of cluster %s is not known yet", cluster).With("cluster", cluster)
	}
	out.Policy, _ = ha.HealthOf(*cfg)
	if q.Policy != nil {
		out.Policy = *q.Policy
		s.Edits = out.Policy.Edits(*cfg)
	}
	out.Scores, out.Held = out.Policy.Scores(*cfg), ha.HealthHolds(*cfg, out.Policy)
	for _, n := range k.State.Nodes {
		if !n.Online || !n.IsMember() {
			continue
		}
		h := k.State.HealthOf(n.Name)
		if h == nil {
			out.Unknown = append(out.Unknown, n.Name)
		}
		for _, kind := range ha.HealthKinds {
			if c := colourBy(out.Policy, q, h, n.Name, kind); c != "" {
				out.Colours = append(out.Colours, ha.NodeColour{Node: n.Name, Kind: kind, Colour: c})
			}
		}
	}
	if s.Health = out.Colours; len(s.Health)+len(s.Edits) == 0 {
		return out, s, fault.New(fault.Conflict, "health.nothing_known", "no node of cluster %s is online and tells how it is", cluster).With("cluster", cluster)
	}
	return out, s, nil
}

// colourBy is the colour of a kind: the one that is thought of; what is measured, by a policy that is thought of; or what it is.
func colourBy(p ha.HealthPolicy, q api.HealthQuestion, h *ha.NodeHealth, node string, kind ha.HealthKind) ha.Colour {
	for _, c := range q.Colours {
		if c.Node == node && c.Kind == kind {
			return c.Colour
		}
	}
	one := h.Kind(kind)
	if one == nil || one.Off == "agent" {
		return ""
	}
	if q.Policy == nil {
		return one.Colour
	}
	rule := p.RuleFor(node, kind)
	colour := ha.Green
	if !rule.On || p.Move == ha.MoveOff {
		return colour
	}
	for _, r := range one.Readings {
		if limits, is := rule.Limits(r.Measure); is && r.Error == "" {
			if c := limits.ColourOf(r.Percent); c.Worse(colour) {
				colour = c
			}
		}
	}
	return colour
}

// HealthHistory asks a node for what it has measured.
func (e *Engine) HealthHistory(ctx context.Context, actor, cluster, node string) (ha.HealthHistory, error) {
	out := ha.HealthHistory{Node: node, Samples: []ha.HealthSample{}}
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return out, err
	}
	one, err := member(k, node)
	if err != nil {
		return out, err
	}
	if one.Host == "" || !one.Connected {
		return out, errAway(one)
	}
	err = e.read(ctx, actor, one.Host, wire.HealthHistory, wire.NoArgs{}, &out)
	if out.Samples == nil {
		out.Samples = []ha.HealthSample{}
	}
	return out, err
}
