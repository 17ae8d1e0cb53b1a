package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// planFence fences a node. After an interruption it is not repeated: a node that was fenced and has come back would be shot again.
//
// Pacemaker has no way to ask for one device, so where one is named, it becomes the node's topology for as long as it takes: what
// the node had is given back whatever happens, also by the agent that was killed meanwhile, when it starts again.
func planFence(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.FenceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	e := t.e
	shoot := Step{
		Name: stepFence,
		Plan: func(ctx context.Context) (bool, error) { return false, e.canFence(ctx, args) },
		Commit: func(ctx context.Context) error {
			if err := e.driver.Fence(ctx, args.Node, args.Action); err != nil {
				return fault.New(fault.Failed, "fence.failed", "fencing of %s failed: %w", args.Node, err).With("node", args.Node, "why", fmt.Sprint(err))
			}
			return nil
		},
	}
	if args.Device == "" {
		return plan{resume: never, steps: []Step{shoot}}, nil
	}
	only := patch{t: t, name: "only", change: func(c *pacemaker.CIB) error {
		return c.Apply([]ha.Edit{{Op: ha.SetFenceLevels, Levels: []ha.FenceLevel{{Node: args.Node, Index: 1, Devices: []string{args.Device}}}}})
	}}
	output := func(context.Context) (any, error) {
		made, err := spans(only, back(only))
		if err != nil || made == nil {
			return nil, err
		}
		return wire.EditOutput{Differences: []ha.Difference{}, Made: made}, nil
	}
	return plan{resume: goBack, output: output, partial: true, steps: []Step{
		{
			Name:   stepSingle,
			Plan:   func(ctx context.Context) (bool, error) { return false, e.hasDevice(ctx, args) },
			Commit: only.commit, Verify: only.verify, RollBack: only.rollBack,
		},
		shoot,
		{Name: stepGiveBack, Commit: only.rollBack},
	}}, nil
}

// canFence refuses what must not, or cannot be fenced.
func (e *Engine) canFence(ctx context.Context, args wire.FenceArgs) error {
	if !slices.Contains([]string{"reboot", "off", "on"}, args.Action) {
		return fault.New(fault.Invalid, "fence.action_unknown", "unknown fence action %q", args.Action).With("action", args.Action)
	}
	st, err := e.driver.State(ctx)
	switch {
	case err != nil:
		return err
	case !st.Running:
		return ErrDown
	case nodeOf(st, args.Node) == nil:
		return fault.New(fault.NotFound, "node.unknown", "no node %q", args.Node).With("node", args.Node)
	case !st.Fencing:
		return fault.New(fault.Conflict, "fence.disabled", "fencing is switched off (stonith-enabled)")
	case !fenceable(st):
		return fault.New(fault.Conflict, "fence.no_device", "there is no fence device")
	}
	return nil
}

func (e *Engine) hasDevice(ctx context.Context, args wire.FenceArgs) error {
	cib, _, err := e.read(ctx)
	if err != nil {
		return err
	}
	found := false
	walk(cib.Config().Resources, func(r ha.Resource) {
		found = found || r.ID == args.Device && strings.HasPrefix(r.Agent, "stonith:")
	})
	if !found {
		return fault.New(fault.NotFound, "fence.device_unknown", "there is no fence device %s", args.Device).With("device", args.Device)
	}
	return nil
}

// checkDevice refuses a fence device that cannot be right for the nodes of this cluster. Where the device answers, what it says
// of its own plugs is compared with the host map; one that does not answer now is no reason to refuse, its monitor will tell.
func (ed *editing) checkDevice(ctx context.Context, at string, r ha.Resource) error {
	cib, _, err := ed.t.e.read(ctx)
	if err != nil {
		return err
	}
	nodes := cib.Config().NodeNames()
	before := len(ed.checks)
	ha.CheckFenceDevice(&ed.checks, at, r, nodes)
	if len(ed.checks) > before || len(ha.Hosts(r)) == 0 {
		return nil
	}
	for name, value := range r.Parameters {
		if value == pacemaker.Hidden && pacemaker.IsSecret(name) {
			return nil // it cannot be asked without its password
		}
	}
	ha.CheckPlugs(&ed.checks, at, r, ed.t.e.driver.Plugs(ctx, r.Agent, r.Parameters))
	return nil
}
