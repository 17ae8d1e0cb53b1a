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
	ctx, cancel := context.WithCancel(ctx) // nobody is left thinking where a scenario is refused
	defer cancel()
	data, err := e.driver.CIB(ctx)
	if err != nil {
		return nil, err
	}
	at := now()
	base := insight.Ask(ctx, e.driver, data, pacemaker.Look{At: at})
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return nil, err
	}
	st, err := e.seen(ctx)
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
	after := changed.Config() // before what a move adds and takes away again
	for i, m := range s.Move {
		if err := pretendMove(changed, st, i, m); err != nil {
			return nil, err
		}
	}
	for i, c := range s.Health {
		if !changed.Colour(c.Node, c.Kind.Attribute(), c.Colour) {
			var f fault.Fields
			f.Add(fmt.Sprintf("health[%d].node", i), "node.unknown", "there is no such node", "node", c.Node)
			return nil, f.Err()
		}
	}
	stop, err := pretendStop(changed, s.StopNodes)
	if err != nil {
		return nil, err
	}
	p := insight.Play{Now: cib, Base: base, Changed: changed, Lose: s.LoseNodes, Stop: stop, Fail: s.Fail, Quorate: cib.Quorate(), Times: e.driver.Times(), At: at}
	var doubtful []string
	if len(s.Restart) > 0 || len(s.Cleanup) > 0 {
		p.Begin = changed.Clone()
		if p.Then, err = pretendRestart(p.Begin, st, s.Restart); err != nil {
			return nil, err
		}
		if doubtful, err = pretendCleanup(p.Begin, st, s.Cleanup); err != nil {
			return nil, err
		}
	}
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
	f.Engine, f.Doubtful = e.driver.Engine(), doubtful
	out := wire.WhatIfOutput{Forecast: f}
	if len(s.Edits) > 0 {
		out.Changed = &after
	}
	return out, nil
}

// operationTimes tells how long operations took. A node on which the cluster does not run knows what it has kept.
func operationTimes(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	var history []pacemaker.Ran
	if cib, _, err := e.read(ctx); err == nil {
		history = cib.History()
	} else if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return wire.OperationTimesOutput{Times: insight.OperationTimes(e.driver.Times(), history)}, nil
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

// decisions lists what the scheduler has decided on this node.
func decisions(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.DecisionsArgs](c)
	if err != nil {
		return nil, err
	}
	list, err := e.decisions.List(ctx, e.driver, e.driver, e.driver.Node(), args.Since, args.Until, args.Limit)
	if err != nil {
		return nil, err
	}
	return wire.DecisionsOutput{Decisions: list}, nil
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

// pretendRestart stops resources as a restart does, and returns what starts them again and what releases them. What is in one place is held
// there, as planRestart does.
func pretendRestart(c *pacemaker.CIB, st ha.State, ids []string) (then [][]ha.Edit, err error) {
	var stop, again, release []ha.Edit
	configured := c.Config().Resources
	for i, id := range ids {
		var f fault.Fields
		at := fmt.Sprintf("restart[%d]", i)
		m := moving{id: id}
		top, err := m.inspect(st)
		if err == nil && !startable(find(st.Resources, id)) {
			err = fault.New(fault.Conflict, "resource.not_running", "does not run").With("id", id)
		}
		if err != nil {
			p := fault.Public(err)
			f.Add(at, p.Reason, p.Message, "id", id, "resource", id)
			return nil, f.Err()
		}
		stop = append(stop, ha.Edit{Op: ha.SetMeta, ID: id, Values: map[string]string{"target-role": "Stopped"}})
		back := ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"target-role"}}
		if r := ha.FindResource(configured, id); r != nil && r.Meta["target-role"] != "" {
			back = ha.Edit{Op: ha.SetMeta, ID: id, Values: map[string]string{"target-role": r.Meta["target-role"]}}
		}
		again = append(again, back)
		if m.holds(top) {
			if err := c.AddConstraint(location(m.pinID(), m.Top, top.Nodes[0], "INFINITY", now().Add(constraintLife))); err != nil {
				return nil, err
			}
			release = append(release, ha.Edit{Op: ha.DeleteConstraint, ID: m.pinID()})
		}
	}
	for _, step := range [][]ha.Edit{again, release} {
		if len(step) > 0 {
			then = append(then, step)
		}
	}
	return then, c.Apply(stop)
}

func startable(r *ha.ResourceState) bool { return !r.Disabled && len(r.Nodes) > 0 }

// pretendCleanup forgets failures, and returns the resources of which only a probe can tell what becomes of them.
func pretendCleanup(c *pacemaker.CIB, st ha.State, list []ha.CleanedUp) (doubtful []string, err error) {
	var f fault.Fields
	for i, o := range list {
		at := fmt.Sprintf("cleanup[%d].", i)
		top := find(st.Resources, o.Resource)
		if o.Resource != "" && top == nil {
			f.Add(at+"resource", "resource.unknown", "there is no such resource", "resource", o.Resource)
			continue
		}
		if o.Node != "" && nodeOf(st, o.Node) == nil {
			f.Add(at+"node", "node.unknown", "there is no such node", "node", o.Node)
			continue
		}
		concerns := func(string) bool { return true }
		if top != nil {
			concerns = func(id string) bool { return find([]ha.ResourceState{*top}, id) != nil }
		}
		doubtful = append(doubtful, c.Forget(concerns, o.Node)...)
	}
	slices.Sort(doubtful)
	return slices.Compact(doubtful), f.Err()
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
	if r.Promoted && len(promotedOn(res)) == 0 {
		return wrong("resource", "resource.not_promoted", "no instance is promoted", "id", res.ID)
	}
	if !r.Promoted && (res.Kind == ha.Clone || res.Kind == ha.Bundle) {
		return wrong("resource", "resource.not_movable", "runs on several nodes and cannot be moved as one", "id", res.ID, "kind", string(res.Kind))
	}
	if strings.HasPrefix(res.Agent, "stonith:") {
		return wrong("resource", "resource.fence_device", "a fence device works from wherever it is", "resource", res.ID)
	}
	if len(res.Nodes) == 0 {
		return wrong("resource", "resource.not_running", "does not run", "id", res.ID)
	}
	m := moving{Top: res.ID, From: res.Nodes[0], role: r.Promoted}
	if r.Promoted {
		m.From = promotedOn(res)[0]
	}
	if r.Node != "" {
		n := nodeOf(st, r.Node)
		if n == nil {
			return wrong("node", "node.unknown", "there is no such node", "node", r.Node)
		}
		m.target = n.Name
	}
	return c.AddConstraint(m.inRole(c, m.passing(now())))
}
