package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hawser/agent/corosync"
	"hawser/agent/insight"
	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// whatIf plays a scenario through on a copy. The edits go through the same checks as if they were to be made.
func whatIf(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	s, err := decode[ha.Scenario](c)
	if err != nil {
		return nil, err
	}
	if err := ha.ValidateScenario(s); err != nil {
		return nil, err
	}
	cib, _, err := e.read(ctx)
	if err != nil {
		return nil, err
	}
	st, err := e.driver.State(ctx)
	if err != nil {
		return nil, err
	}
	if !st.Running {
		return nil, ErrDown
	}
	ed := &editing{t: &task{e: e, command: c}, args: wire.EditArgs{Edits: s.Edits}}
	for i, x := range s.Edits {
		if err := ed.checkEdit(ctx, i, x, cib, st); err != nil {
			return nil, err
		}
	}
	if err := ed.checks.Err(); err != nil {
		return nil, err
	}
	changed := cib.Clone()
	if err := changed.Apply(ed.args.Edits); err != nil {
		return nil, err
	}
	for i, m := range s.Move {
		if err := pretendMove(changed, st, i, m); err != nil {
			return nil, err
		}
	}
	stop, err := pretendStop(changed, s.StopNodes)
	if err != nil {
		return nil, err
	}
	p := insight.Play{Now: cib, Changed: changed, Lose: s.LoseNodes, Stop: stop, Fail: s.Fail, Quorate: cib.Quorate(), Times: e.driver.Times(), At: now()}
	files, err := e.driver.Files(ctx)
	if err != nil {
		return nil, err
	}
	if gone := slices.Concat(s.LoseNodes, stop); len(gone) > 0 && files.Conf != nil {
		setup, err := setupOf(files.Conf)
		if err != nil {
			return nil, err
		}
		p.NodeDetection = setup.Timing.DetectionTime(len(setup.Nodes))
		p.Quorate = p.Quorate && quorateWithout(setup, st, gone)
	}
	p.Quorate = p.Quorate && !s.LoseQuorum
	f, err := insight.Forecast(ctx, e.driver, p)
	if err != nil {
		return nil, err
	}
	f.Engine = e.driver.Engine()
	return f, nil
}

// why explains where a resource is, on copies.
func why(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.WhyArgs](c)
	if err != nil {
		return nil, err
	}
	cib, _, err := e.read(ctx)
	if err != nil {
		return nil, err
	}
	out, err := insight.Why(ctx, e.driver, cib, args.Resource, now())
	if err != nil {
		return nil, err
	}
	if out.Moved, err = insight.Moved(ctx, e.driver, e.driver, cib, args.Resource); err != nil {
		return nil, err
	}
	out.Engine = e.driver.Engine()
	return out, nil
}

func setupOf(conf []byte) (ha.Setup, error) {
	parsed, err := corosync.Parse(conf)
	if err != nil {
		return ha.Setup{}, err
	}
	return parsed.Setup()
}

// quorateWithout counts the votes as votequorum will.
func quorateWithout(setup ha.Setup, st ha.State, lost []string) bool {
	poll := ha.Poll{Setup: setup, Expected: st.ExpectedVotes, Arbiter: st.Device != nil && st.Device.Connected}
	var left []string
	for _, n := range st.Nodes {
		if n.Online && n.IsMember() {
			poll.Present = append(poll.Present, n.Name)
			if !slices.Contains(lost, n.Name) {
				left = append(left, n.Name)
			}
		}
	}
	return poll.Quorate(left)
}

// pretendStop takes remote nodes out in an orderly way, as stopping them does, and returns the members among the nodes.
func pretendStop(c *pacemaker.CIB, nodes []string) ([]string, error) {
	var members []string
	var edits []ha.Edit
	resources := c.Config().Resources
	for i, name := range nodes {
		switch r, is := ha.FindRemote(resources, name); {
		case !is:
			members = append(members, name)
		case r.Kind == ha.GuestNode:
			var f fault.Fields
			f.Add(fmt.Sprintf("stopNodes[%d]", i), "guest.stop_resource", "is a guest node: stop the resource that carries it", "node", name, "resource", r.Connection)
			return nil, f.Err()
		default:
			edits = append(edits, ha.Edit{Op: ha.SetMeta, ID: r.Connection, Values: map[string]string{"target-role": "Stopped"}})
		}
	}
	return members, c.Apply(edits)
}

// pretendMove adds the constraint that a move would make.
func pretendMove(c *pacemaker.CIB, st ha.State, i int, r ha.Relocation) error {
	at := fmt.Sprintf("move[%d].", i)
	wrong := func(field, reason, message string, pairs ...string) error {
		var f fault.Fields
		f.Add(at+field, reason, message, pairs...)
		return f.Err()
	}
	top := slices.IndexFunc(st.Resources, func(o ha.ResourceState) bool { return find([]ha.ResourceState{o}, r.Resource) != nil })
	if top < 0 {
		return wrong("resource", "resource.unknown", "there is no such resource", "resource", r.Resource)
	}
	res := st.Resources[top]
	if res.Kind == ha.Clone || res.Kind == ha.Bundle {
		return wrong("resource", "resource.not_movable", "runs on several nodes and cannot be moved as one", "id", res.ID, "kind", string(res.Kind))
	}
	if strings.HasPrefix(res.Agent, "stonith:") {
		return wrong("resource", "resource.fence_device", "a fence device works from wherever it is", "resource", res.ID)
	}
	if len(res.Nodes) == 0 {
		return wrong("resource", "resource.not_running", "does not run", "id", res.ID)
	}
	m := moving{Top: res.ID, From: res.Nodes[0]}
	if r.Node != "" {
		n := nodeOf(st, r.Node)
		if n == nil {
			return wrong("node", "node.unknown", "there is no such node", "node", r.Node)
		}
		m.target = n.Name
	}
	node, score := m.target, "INFINITY"
	if node == "" {
		node, score = m.From, "-INFINITY"
	}
	return c.AddConstraint(location(m.constraintID(), m.Top, node, score, now().Add(constraintLife)))
}
