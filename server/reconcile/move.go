package reconcile

import (
	"context"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// moving moves a resource (step "move"), or drives it away (step "ban"). A move leaves the configuration as it was, unless it has a
// lifetime; a ban is a change of it.
func moving(stepName string) kind {
	ban := stepName == "ban"
	return kind{
		check: func(_ context.Context, e *Engine, m *memo) error {
			k, err := e.editable(m)
			if err != nil {
				return err
			}
			r, err := configured(k, m.Request.Object)
			if err != nil {
				return err
			}
			if strings.HasPrefix(r.Agent, "stonith:") && !ban {
				var f fault.Fields
				f.Add("resource", "resource.fence_device", "a fence device works from wherever it is", "resource", r.ID)
				return f.Err()
			}
			if m.Request.Target != "" {
				if err := nodeConfigured(k, m.Request.Target); err != nil {
					return err
				}
			}
			if m.Request.Lifetime != "" {
				lifetime, err := ha.Lifetime("lifetime", m.Request.Lifetime)
				if err != nil {
					return err
				}
				m.Until = e.now().Add(lifetime).Truncate(time.Second)
				if m.Request.Target == "" && !ban {
					var f fault.Fields
					f.Add("node", "resource.lifetime_node", "a move that lasts names its node")
					return f.Err()
				}
			}
			return nil
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{{name: stepName, node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				keep := ban || !m.Until.IsZero()
				a := j.to(m.Node, wire.Move, wire.MoveArgs{Resource: m.Request.Object, Node: m.Request.Target, Ban: ban, Keep: keep, Until: m.Until})
				a.timeout = moveTime
				if keep {
					return j.reviseBy(ctx, s, a, 0)
				}
				return j.without(ctx, s, a)
			}}}}, nil
		},
	}
}

// clearResource removes the constraints of moves and bans, by whatever tool they were made.
func clearResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	top := holder(k, r.ID)
	var edits []ha.Edit
	for _, c := range k.Config.Config.Constraints {
		if (c.ByMove(r.ID) || c.ByMove(top)) && (m.Request.Target == "" || c.OnNode() == m.Request.Target) && (!m.Request.Only || c.Expired(time.Now())) {
			edits = append(edits, ha.Edit{Op: ha.DeleteConstraint, ID: c.ID})
		}
	}
	if len(edits) == 0 {
		return nil, fault.New(fault.Conflict, "resource.nothing_to_clear", "no move or ban of %s is in force", r.ID).With("resource", r.ID)
	}
	return edits, nil
}

// holder returns the outermost resource that holds a resource.
func holder(k fleet.Known, id string) string {
	for _, r := range resourcesOf(k) {
		if ha.FindResource([]ha.Resource{r}, id) != nil {
			return r.ID
		}
	}
	return id
}

// lapsedPause is how long a resource is left alone after its expired constraints could not be removed.
const lapsedPause = time.Minute

// clearLapsed removes constraints of moves and bans that have expired: they mean nothing any more, and nobody should wonder about them.
func (e *Engine) clearLapsed(ctx context.Context, tried map[fleet.Lapsed]time.Time) {
	for l, at := range tried {
		if time.Since(at) > lapsedPause {
			delete(tried, l)
		}
	}
	for _, l := range e.o.Picture.Lapsed(e.now()) {
		if _, lately := tried[l]; lately || e.busy(l.Cluster) {
			continue
		}
		tried[l] = time.Now()
		_, err := e.Begin(ctx, Request{Kind: "resource.clear", Cluster: l.Cluster, Object: l.Resource, Only: true, Actor: Self})
		if err != nil && fault.CodeOf(err) != fault.Conflict && ctx.Err() == nil {
			e.o.Log.Warn("expired constraint not removed", "cluster", l.Cluster, "resource", l.Resource, "err", err)
		}
	}
}

// placeResource takes a resource into, out of, or to another place in a group. Constraints stay: those of the group with the group,
// those of the resource with the resource.
func placeResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	if g := m.Request.Group; g != "" {
		switch group := ha.FindResource(resourcesOf(k), g); {
		case group == nil:
			f.Add("group", "resource.unknown", "there is no such resource", "resource", g)
		case group.Kind != ha.Group:
			f.Add("group", "resource.no_group", "is no group", "resource", g)
		case r.Kind != ha.Primitive:
			f.Add("group", "resource.nested", "cannot be inside another", "id", r.ID, "kind", string(r.Kind))
		case ha.IsFenceDevice(r.Agent):
			f.Add("group", "resource.nested", "cannot be inside another", "id", r.ID, "kind", r.Agent)
		}
	}
	return []ha.Edit{{Op: ha.PlaceResource, ID: r.ID, Group: m.Request.Group, Before: m.Request.Before}}, f.Err()
}
