package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// setLevels makes the levels of one target of the fencing topology exactly those of the request.
func setLevels(m *memo, k fleet.Known) ([]ha.Edit, error) {
	if err := ha.ValidateFenceLevels(m.Request.Levels, k.Config.Config, k.NodeNames()); err != nil {
		return nil, err
	}
	return []ha.Edit{{Op: ha.SetFenceLevels, Levels: m.Request.Levels}}, nil
}

// testFence fences a node that is well, to know that it can be done. Another node is asked: the one that is shot cannot tell how
// it went. It is refused where it would cost more than the node.
var testFence = kind{
	check: func(_ context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		r := m.Request
		if err := fenceableNode(k, r.Object); err != nil {
			return err
		}
		if err := confirmed(r.Confirm, r.Object); err != nil {
			return err
		}
		if err := m.choose(k, r.Object); err != nil {
			return err
		}
		if err := testable(k, r); err != nil {
			return err
		}
		m.Begun = e.now()
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		return []stage{
			{{name: "isolate", node: m.Request.Object, do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(m.Node, wire.Fence, wire.FenceArgs{Node: m.Request.Object, Action: "reboot", Device: m.Request.Target})
				a.timeout = fenceTime
				return j.without(ctx, s, a)
			}}},
			{{name: "evidence", node: m.Request.Object, do: func(ctx context.Context, j *job, s *spot) error { return j.recordFencing(ctx, s, m) }}},
		}, nil
	},
}

// testable refuses a test that cannot be made, or that would cost quorum or a service.
func testable(k fleet.Known, r Request) error {
	var f fault.Fields
	if r.Target != "" {
		paths := ha.FencePaths(ha.Config{Resources: resourcesOf(k)}, r.Object, nil)
		if len(paths) == 0 || !slices.Contains(paths[0].Devices, r.Target) {
			f.Add("device", "fence.device_elsewhere", "does not fence this node", "device", r.Target, "node", r.Object)
			return f.Err()
		}
	}
	if k.State == nil {
		return nil // the agent asks the cluster itself
	}
	if waiting := ha.Waiting(k.Config.Config, k.State); len(waiting) > 0 {
		return fault.New(fault.Conflict, "fence.test_busy", "the cluster is waiting for the fencing of %s", waiting[0].Args["node"]).With("node", waiting[0].Args["node"])
	}
	if r.Force {
		return nil
	}
	loss := ha.LossOf(k.Config.Config, *k.State, k.Setup, r.Object)
	switch {
	case loss.Quorum:
		return fault.New(fault.Conflict, "fence.test_quorum", "without %s the cluster has %d votes and needs %d", r.Object, loss.Votes, loss.Needed).
			With("node", r.Object, "votes", strconv.Itoa(loss.Votes), "needed", strconv.Itoa(loss.Needed))
	case len(loss.Stranded) > 0:
		list := strings.Join(loss.Stranded, ", ")
		return fault.New(fault.Conflict, "fence.test_service", "%s could run nowhere but on %s", list, r.Object).With("node", r.Object, "resource", list)
	}
	return nil
}

func resourcesOf(k fleet.Known) []ha.Resource {
	if k.Config.Config == nil {
		return nil
	}
	return k.Config.Config.Resources
}

// evidenceTime is how long the cluster's history may take to tell of a fencing that has been answered.
const evidenceTime = 30 * time.Second

// recordFencing reads in the cluster's own history that the node was fenced, and keeps it with who asked for it. What the
// command answered is not enough: evidence is what the cluster says.
func (j *job) recordFencing(ctx context.Context, s *spot, m *memo) error {
	r := m.Request
	until := time.Now().Add(evidenceTime)
	for nth := 0; ; nth++ {
		a := j.to(m.Node, wire.Observe, wire.NoArgs{})
		a.timeout, a.nth = readTime, nth
		var out wire.ObserveOutput
		if _, err := j.send(ctx, s, a, &out); err != nil {
			return err
		}
		for _, f := range out.State.FenceHistory {
			// Whole seconds, told by another clock than the server's, which began before the node was shot.
			if f.Node != r.Object || f.Status != ha.FenceSuccess || f.At.Before(m.Begun.Add(-clockSlack)) {
				continue
			}
			return j.e.o.Picture.Fenced(ctx, j.op.Cluster, ha.FenceRecord{
				Node: f.Node, At: f.At, Action: f.Action, Device: r.Target, Delegate: f.Delegate, Origin: f.Origin, Client: f.Client, Actor: j.op.Actor, Test: true,
			})
		}
		if time.Now().After(until) {
			return fault.New(fault.Failed, "fence.not_recorded", "the cluster does not tell that %s was fenced", r.Object).With("node", r.Object)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// clockSlack is how far a node's clock may be behind the server's; a cluster whose clocks differ more has other troubles.
const clockSlack = 2 * time.Minute

// createPing makes the measuring clone and the rules of what it protects, in one step; what is there already is brought to
// what was asked for.
func createPing(m *memo, k fleet.Known) ([]ha.Edit, error) {
	p := *m.Request.Ping
	f := fields(ha.ValidatePing(p, k.Setup), "")
	cfg := k.Config.Config
	if cfg == nil {
		cfg = &ha.Config{}
	}
	clone := p.Clone(ha.PingAgent)
	var edits []ha.Edit
	switch there := ha.FindResource(cfg.Resources, ha.PingCloneID); {
	case there == nil:
		if idTaken(cfg, ha.PingID) {
			f.Add("addresses", "resource.id_taken", "is taken", "id", ha.PingID)
		}
		edits = append(edits, ha.Edit{Op: ha.CreateResource, ID: clone.ID, Resource: &clone})
	case len(there.Members) != 1 || !ha.Pings(there.Members[0].Agent) || there.Members[0].ID != ha.PingID:
		f.Add("addresses", "resource.id_taken", "is taken", "id", ha.PingCloneID)
	default:
		clone = p.Clone(there.Members[0].Agent) // a resource keeps its agent
		edits = append(edits, ha.Edit{Op: ha.UpdateResource, ID: ha.PingID, Resource: &clone.Members[0]})
	}
	for i, id := range p.Protect {
		at := fmt.Sprintf("protect[%d]", i)
		r := ha.FindResource(cfg.Resources, id)
		switch top := topOf(cfg.Resources, id); {
		case r == nil:
			f.Add(at, "resource.unknown", "there is no such resource", "resource", id)
			continue
		case slices.Contains(p.Protect[:i], id):
			f.Add(at, "ping.twice", "given twice", "address", id)
			continue
		case strings.HasPrefix(r.Agent, "stonith:") || id == ha.PingID || id == ha.PingCloneID:
			f.Add(at, "ping.not_a_service", "is no service", "resource", id)
			continue
		case top != id:
			f.Add(at, "ping.member", "is a part of "+top, "resource", id, "group", top)
			continue
		}
		rule := p.Rule(id)
		there := slices.IndexFunc(cfg.Constraints, func(c ha.Constraint) bool { return c.ID == rule.ID })
		if there >= 0 {
			if sameRule(cfg.Constraints[there], rule) {
				continue
			}
			edits = append(edits, ha.Edit{Op: ha.DeleteConstraint, ID: rule.ID})
		}
		edits = append(edits, ha.Edit{Op: ha.CreateConstraint, ID: rule.ID, Constraint: &rule})
	}
	return edits, f.Err()
}

func sameRule(a, b ha.Constraint) bool {
	return !a.Complex && a.Resource == b.Resource && a.Rule != nil && b.Rule != nil && a.Rule.Score == b.Rule.Score && a.Rule.Bool == b.Rule.Bool &&
		slices.Equal(a.Rule.Expressions, b.Rule.Expressions)
}

// topOf returns the top-level resource that id is, or is inside of.
func topOf(list []ha.Resource, id string) string {
	for _, r := range list {
		if r.ID == id || ha.FindResource(r.Members, id) != nil {
			return r.ID
		}
	}
	return id
}
