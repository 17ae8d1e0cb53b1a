package reconcile

import (
	"context"
	"slices"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// everyone resolves a cluster whose hosts must all answer.
func everyone(_ context.Context, e *Engine, m *memo) error {
	k, err := e.o.Picture.Known(m.Request.Cluster)
	if err != nil {
		return err
	}
	if err := allConnected(k, ""); err != nil {
		return err
	}
	m.hosts(k)
	m.Before = &k.Setup
	return nil
}

func starts(setup ha.Setup) []stage {
	var all stage
	for _, n := range setup.Nodes {
		all = append(all, startStep(n.Name))
	}
	return []stage{all, {settleStep(setup.Nodes[0].Name, wire.SettleArgs{Online: nodeNames(setup), Quorate: true})}}
}

func stops(setup ha.Setup) []stage {
	var all stage
	for _, n := range setup.Nodes {
		// Quorum is lost on the way to a stopped cluster, and that is meant.
		all = append(all, stopStep(n.Name, true))
	}
	return []stage{all}
}

// Starting and stopping are not taken back: a service that has been started for its users is not stopped because another node
// was slow, and the operation says what is missing.
var (
	startCluster = kind{
		check: everyone,
		plan:  func(_ *Engine, m *memo) ([]stage, error) { return starts(*m.Before), nil },
	}
	stopCluster = kind{
		check: everyone,
		plan:  func(_ *Engine, m *memo) ([]stage, error) { return stops(*m.Before), nil },
	}
	restartCluster = kind{
		check: everyone,
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return slices.Concat(stops(*m.Before), starts(*m.Before)), nil
		},
	}
)

// fenceableNode refuses what no device could fence.
func fenceableNode(k fleet.Known, node string) error {
	if err := nodeConfigured(k, node); err != nil {
		return err
	}
	return noGuest(k, node)
}

func stopStep(node string, force bool) step {
	return step{name: "stop", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(node, wire.StopHost, wire.StopArgs{Cluster: j.op.Cluster, Force: force})
		a.timeout = stopTime
		if _, err := j.send(ctx, s, a, nil); err != nil {
			return err
		}
		return j.shows(ctx, func(st ha.State) bool { return !nodeOnline(&st, node) })
	}}
}

// itself resolves a node that must answer for itself.
func itself(_ context.Context, e *Engine, m *memo) error {
	k, err := e.o.Picture.Known(m.Request.Cluster)
	if err != nil {
		return err
	}
	one, err := member(k, m.Request.Object)
	if err != nil {
		return err
	}
	if !one.Connected {
		return errAway(one)
	}
	m.hosts(k)
	m.Host, m.Node = one.Host, one.Node
	return nil
}

var (
	startNode = kind{
		check: itself,
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{startStep(m.Node)}, {settleStep(m.Node, wire.SettleArgs{Online: []string{m.Node}})}}, nil
		},
	}
	stopNode = kind{
		check: itself,
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{stopStep(m.Node, m.Request.Force)}}, nil
		},
	}
	// fenceNode is asked of another node: one that fences itself cannot tell how it went.
	fenceNode = kind{
		check: func(_ context.Context, e *Engine, m *memo) error {
			k, err := e.o.Picture.Known(m.Request.Cluster)
			if err != nil {
				return err
			}
			if err := fenceableNode(k, m.Request.Object); err != nil {
				return err
			}
			if err := confirmed(m.Request.Confirm, m.Request.Object); err != nil {
				return err
			}
			if a := m.Request.Action; a != "reboot" && a != "off" {
				var f fault.Fields
				f.Add("action", "field.one_of", "unknown action", "value", a, "allowed", "reboot, off")
				return f.Err()
			}
			return m.choose(k, m.Request.Object)
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{{name: "isolate", node: m.Request.Object, do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(m.Node, wire.Fence, wire.FenceArgs{Node: m.Request.Object, Action: m.Request.Action})
				a.timeout = fenceTime
				_, err := j.send(ctx, s, a, nil)
				return err
			}}}}, nil
		},
	}
)
