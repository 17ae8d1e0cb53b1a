package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// constraintLife is how long after its command's deadline a constraint of a move is void by itself: even if this host never
// comes back, the cluster is not left with it.
const constraintLife = 10 * time.Minute

// moving is a move or restart of one resource.
type moving struct {
	t      *task
	id     string // as it was asked for
	target string // node; "" for anywhere else
	role   bool   // it is about the promoted role of a clone
	ban    bool   // it must leave From, and may be anywhere else
	kept   bool   // the constraint stays when it has arrived
	until  time.Time
	Top    string `json:"top"`  // the resource that is moved as a whole
	From   string `json:"from"` // where it was
	Pin    bool   `json:"pin"`
	Still  bool   `json:"still,omitempty"` // it is where it has to be already
}

// claim keeps two commands from working on one resource at the same time.
func (m *moving) claim(id string) error {
	e := m.t.e
	e.mu.Lock()
	defer e.mu.Unlock()
	if other, taken := e.busy[id]; taken && other != m.t.command.ID {
		return fault.New(fault.Conflict, "resource.busy", "resource %s is being moved or restarted", id).With("id", id)
	}
	e.busy[id] = m.t.command.ID
	return nil
}

func (m *moving) release() {
	e := m.t.e
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, by := range e.busy {
		if by == m.t.command.ID {
			delete(e.busy, id)
		}
	}
}

// inspect finds the resource and refuses what cannot be moved or restarted now.
func (m *moving) inspect(st ha.State) (*ha.ResourceState, error) {
	if find(st.Resources, m.id) == nil {
		return nil, fault.New(fault.NotFound, "resource.unknown", "no resource %q", m.id).With("resource", m.id)
	}
	var top *ha.ResourceState
	for i := range st.Resources {
		if find(st.Resources[i:i+1], m.id) != nil {
			top = &st.Resources[i]
		}
	}
	m.Top = top.ID
	switch {
	case st.Maintenance:
		return nil, fault.New(fault.Conflict, "cluster.in_maintenance", "the cluster is in maintenance mode and moves nothing")
	case !top.Managed:
		return nil, fault.New(fault.Conflict, "resource.unmanaged", "resource %s is not managed", top.ID).With("id", top.ID)
	case len(top.Nodes) == 0 && !m.ban:
		return nil, fault.New(fault.Conflict, "resource.not_running", "resource %s does not run", top.ID).With("id", top.ID)
	}
	return top, nil
}

// planMove moves a resource with its group: a constraint draws it to the node, or drives it from where it is. It is removed again
// when the resource has arrived, unless it is to be kept, and whenever the move fails.
func planMove(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.MoveArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	m := &moving{t: t, id: args.Resource, target: args.Node, role: args.Promoted, ban: args.Ban, kept: args.Keep, until: args.Until}
	if t.has("move") {
		if err := t.load("move", m); err != nil {
			return plan{}, err
		}
	}
	still := func(context.Context) (bool, error) { return m.t.has(there) || m.Still, nil }
	constrain := patch{t: t, name: "change", change: func(c *pacemaker.CIB) error { return c.AddConstraint(m.constraint(c)) }}
	remove := patch{t: t, name: "removal", change: func(c *pacemaker.CIB) error { return c.RemoveConstraint(m.constraintID()) }}
	return plan{
		// The resource may be on its way when the agent is killed: taking back the constraint would not bring it back.
		resume: goOn,
		steps: []Step{
			{
				Name:   stepConstrain,
				Plan:   m.planMove,
				Commit: constrain.commit, Verify: constrain.verify, RollBack: remove.commit,
			},
			{Name: stepArrive, Plan: still, Verify: m.arrived},
			{Name: stepRelease, Plan: m.releases, Commit: remove.commit, Verify: m.stays},
		},
		output: func(ctx context.Context) (any, error) {
			defer m.release()
			st, err := t.e.driver.State(ctx)
			if err != nil {
				return nil, err
			}
			out := wire.EditOutput{Differences: []ha.Difference{}, State: &st, Settled: !st.Busy}
			if s := t.step(stepConstrain); m.kept && s.Committed && !s.RolledBack {
				return m.lasting(constrain, out)
			}
			if cib, _, err := t.e.read(ctx); err == nil {
				out.Before, out.After = cib.Version(), cib.Version()
				out.BeforeXML, out.AfterXML = cib.ConfigXML(), cib.ConfigXML()
			}
			out.Made, err = spans(constrain, remove)
			return out, err
		},
		partial: true,
	}, nil
}

func (m *moving) constraintID() string {
	if m.ban {
		return ha.BanID(m.Top, m.From)
	}
	return ha.MoveID(m.Top)
}

// lasting is the output of a move whose constraint stays: it is a change of the configuration.
func (m *moving) lasting(constrain patch, out wire.EditOutput) (any, error) {
	i, _, err := constrain.intent()
	if err != nil {
		return nil, err
	}
	out.Before, out.After, out.BeforeXML, out.AfterXML = i.Before, i.After, i.BeforeXML, i.AfterXML
	out.Differences, err = differences(i)
	return out, err
}

// there says that nothing has to be done.
const there = "there"

// releases says whether there is no constraint to be removed in the end.
func (m *moving) releases(context.Context) (bool, error) { return m.kept || m.t.has(there), nil }

func (m *moving) planMove(ctx context.Context) (bool, error) {
	if m.t.has("move") {
		return m.t.has(there), nil
	}
	st, err := m.t.e.driver.State(ctx)
	if err != nil {
		return false, err
	}
	if !st.Running {
		return false, ErrDown
	}
	top, err := m.inspect(st)
	if err != nil {
		return false, err
	}
	if m.ban {
		return false, m.planBan(ctx, st, *top)
	}
	at := top.Nodes
	if m.role {
		at = promotedOn(*top)
	}
	switch {
	case m.role && len(at) == 0:
		return false, fault.New(fault.Conflict, "resource.not_promoted", "no instance of %s is promoted", top.ID).With("id", top.ID)
	case m.role:
	case top.Kind == ha.Clone || top.Kind == ha.Bundle:
		return false, fault.New(fault.Invalid, "resource.not_movable", "a %s runs on several nodes and cannot be moved as one", top.Kind).With("id", top.ID, "kind", string(top.Kind))
	case len(top.Nodes) > 1:
		return false, fault.New(fault.Conflict, "resource.not_in_one_place", "resource %s is active on %s", top.ID, strings.Join(top.Nodes, ", ")).
			With("id", top.ID, "nodes", strings.Join(top.Nodes, ", "))
	}
	m.From = at[0]
	if m.target != "" {
		n := nodeOf(st, m.target)
		if n == nil {
			return false, fault.New(fault.NotFound, "node.unknown", "no node %q", m.target).With("node", m.target)
		}
		m.target = n.Name
		if !n.Online || n.Pending || n.Unclean || n.Standby || n.Maintenance || n.Shutdown {
			return false, fault.New(fault.Conflict, "node.not_ready", "node %s cannot take resources now", n.Name).With("node", n.Name)
		}
	} else if !slices.ContainsFunc(st.Nodes, func(n ha.NodeState) bool {
		return n.Name != m.From && n.Online && !n.Pending && !n.Standby && !n.Maintenance && !n.Shutdown
	}) {
		return false, fault.New(fault.Conflict, "resource.nowhere_else", "there is no other node that could take %s", top.ID).With("id", top.ID)
	}
	if err := m.claim(top.ID); err != nil {
		return false, err
	}
	if m.target != m.From {
		if err := m.foresee(ctx); err != nil {
			return false, err
		}
	}
	m.Still = m.target == m.From
	if m.Still && !m.kept {
		if err := m.t.keep(there, true); err != nil {
			return false, err
		}
	}
	return m.Still && !m.kept, m.t.keep("move", m)
}

// planBan finds out where the resource must not be.
func (m *moving) planBan(ctx context.Context, st ha.State, top ha.ResourceState) error {
	switch {
	case m.target != "":
		n := nodeOf(st, m.target)
		if n == nil {
			return fault.New(fault.NotFound, "node.unknown", "no node %q", m.target).With("node", m.target)
		}
		m.From = n.Name
	case len(top.Nodes) == 0:
		return fault.New(fault.Conflict, "resource.not_running", "resource %s does not run", top.ID).With("id", top.ID)
	case len(top.Nodes) > 1:
		return fault.New(fault.Conflict, "resource.not_in_one_place", "resource %s is active on %s", top.ID, strings.Join(top.Nodes, ", ")).
			With("id", top.ID, "nodes", strings.Join(top.Nodes, ", "))
	default:
		m.From = top.Nodes[0]
	}
	m.target = ""
	m.Still = !slices.Contains(top.Nodes, m.From)
	if err := m.claim(top.ID); err != nil {
		return err
	}
	if !m.Still {
		if err := m.foresee(ctx); err != nil {
			return err
		}
	}
	return m.t.keep("move", m)
}

// foresee has the scheduler rehearse the move, and refuses one that it would not make, or would take back as soon as the
// constraint is gone: both would be an outage for nothing. Where it cannot be rehearsed, the move itself will tell.
func (m *moving) foresee(ctx context.Context) error {
	e := m.t.e
	cib, _, err := e.read(ctx)
	if err != nil {
		return err
	}
	if err := cib.AddConstraint(m.constraint(cib)); err != nil {
		return err
	}
	data, resources, err := e.driver.Foresee(ctx, cib.Bytes())
	if err != nil {
		e.log.Debug("move not rehearsed", "resource", m.Top, "err", err)
		return ctx.Err()
	}
	if r := find(resources, m.Top); r == nil || !m.isAt(*r) {
		return fault.New(fault.Conflict, "resource.not_moved", "the cluster does not let %s run on %s", m.Top, m.where()).With("id", m.Top, "node", m.where())
	}
	if m.kept {
		return nil
	}
	moved, err := pacemaker.ParseCIB(data)
	if err != nil {
		return err
	}
	if err := moved.RemoveConstraint(m.constraintID()); err != nil {
		return err
	}
	if m.role {
		moved.SwapPromotion(primitives(resources, m.Top), m.From, m.target)
	}
	if _, resources, err = e.driver.Foresee(ctx, moved.Bytes()); err != nil {
		e.log.Debug("move not rehearsed", "resource", m.Top, "err", err)
		return ctx.Err()
	}
	if r := find(resources, m.Top); r == nil || !m.isAt(*r) {
		return fault.New(fault.Conflict, "resource.would_move_back", "%s would go back at once: the cluster prefers another node and has too little stickiness", m.Top).With("id", m.Top)
	}
	return nil
}

// constraint is what draws the resource to its new node, or drives it away. Unless it is to be kept it expires by itself soon.
func (m *moving) constraint(c *pacemaker.CIB) *etree.Element {
	return m.inRole(c, m.draw())
}

// inRole has a constraint concern the promoted role alone, where that is what moves.
func (m *moving) inRole(c *pacemaker.CIB, x *etree.Element) *etree.Element {
	if m.role {
		x.SelectElement("rule").CreateAttr("role", c.Role("Promoted"))
	}
	return x
}

func (m *moving) draw() *etree.Element {
	if m.kept {
		node, score := m.target, "INFINITY"
		if m.ban {
			node, score = m.From, "-INFINITY"
		}
		return location(m.constraintID(), m.Top, node, score, m.until)
	}
	deadline := m.t.command.Deadline
	if deadline.IsZero() {
		deadline = m.t.entry.Begun.Add(defaultWait)
	}
	return m.passing(deadline)
}

// passing is a constraint that ends by itself some time after the move has to.
func (m *moving) passing(deadline time.Time) *etree.Element {
	node, score := m.target, "INFINITY"
	if node == "" {
		node, score = m.From, "-INFINITY"
	}
	return location(m.constraintID(), m.Top, node, score, deadline.Add(constraintLife))
}

// location is a location constraint that holds until a time, or for good where that is zero.
func location(id, resource, node, score string, until time.Time) *etree.Element {
	e := etree.NewElement("rsc_location")
	e.CreateAttr("id", id)
	e.CreateAttr("rsc", resource)
	if until.IsZero() {
		e.CreateAttr("node", node)
		e.CreateAttr("score", score)
		return e
	}
	r := e.CreateElement("rule")
	r.CreateAttr("id", id+"-rule")
	r.CreateAttr("score", score)
	r.CreateAttr("boolean-op", "and")
	x := r.CreateElement("expression")
	x.CreateAttr("id", id+"-expr")
	x.CreateAttr("attribute", "#uname")
	x.CreateAttr("operation", "eq")
	x.CreateAttr("value", node)
	d := r.CreateElement("date_expression")
	d.CreateAttr("id", id+"-end")
	d.CreateAttr("operation", "lt")
	d.CreateAttr("end", until.UTC().Format("2006-01-02 15:04:05Z"))
	return e
}

// isAt says whether a resource runs where it was asked to.
func (m *moving) isAt(r ha.ResourceState) bool {
	if m.role {
		return slices.Equal(promotedOn(r), []string{m.target})
	}
	if m.ban {
		return running(r) && !slices.Contains(r.Nodes, m.From)
	}
	if !running(r) || len(r.Nodes) != 1 {
		return false
	}
	if m.target == "" {
		return r.Nodes[0] != m.From
	}
	return r.Nodes[0] == m.target
}

// primitives are the IDs of all that a resource is made of.
func primitives(resources []ha.ResourceState, id string) []string {
	var ids []string
	for _, r := range ha.Leaves([]ha.ResourceState{*find(resources, id)}) {
		if !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// promotedOn are the nodes on which an instance is promoted.
func promotedOn(r ha.ResourceState) []string {
	var nodes []string
	for _, i := range ha.Leaves([]ha.ResourceState{r}) {
		if i.Role == "Promoted" {
			nodes = append(nodes, i.Nodes...)
		}
	}
	return nodes
}

// arrived waits until the cluster has done what it wants to do. If the resource is elsewhere then, it will not come any more.
func (m *moving) arrived(ctx context.Context) error {
	_, err := m.t.e.await(ctx, func(st ha.State) error {
		r := find(st.Resources, m.Top)
		if r == nil {
			return fault.New(fault.Conflict, "resource.unknown", "no resource %q", m.Top).With("resource", m.Top)
		}
		if m.isAt(*r) {
			return nil
		}
		if err := failureOf(st, *r); err != nil && len(r.Nodes) == 0 {
			return err
		}
		return fault.New(fault.Failed, "resource.not_moved", "the cluster does not let %s run on %s", m.Top, m.where()).With("id", m.Top, "node", m.where())
	})
	return err
}

func (m *moving) where() string {
	if m.target == "" {
		return "another node than " + m.From
	}
	return m.target
}

// stays waits once more: without stickiness, a resource goes back as soon as nothing holds it any longer.
func (m *moving) stays(ctx context.Context) error {
	_, err := m.t.e.await(ctx, func(st ha.State) error {
		if r := find(st.Resources, m.Top); r != nil && !m.isAt(*r) {
			return fault.New(fault.Failed, "resource.moved_back", "%s has gone back: the cluster prefers another node and has too little stickiness", m.Top).With("id", m.Top)
		}
		return nil
	})
	return err
}

// planRestart stops a resource and starts it again on the same node.
func planRestart(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.RestartArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	m := &moving{t: t, id: args.Resource}
	if t.has("move") {
		if err := t.load("move", m); err != nil {
			return plan{}, err
		}
	}
	stop := patch{t: t, name: "stop", change: func(c *pacemaker.CIB) error {
		if m.Pin {
			until := t.command.Deadline
			if until.IsZero() {
				until = t.entry.Begun.Add(defaultWait)
			}
			if err := c.AddConstraint(location(m.pinID(), m.Top, m.From, "INFINITY", until.Add(constraintLife))); err != nil {
				return err
			}
		}
		return c.Apply([]ha.Edit{{Op: ha.SetMeta, ID: m.id, Values: map[string]string{"target-role": "Stopped"}}})
	}}
	unpin := patch{t: t, name: "unpin", change: func(c *pacemaker.CIB) error { return c.RemoveConstraint(m.pinID()) }}
	// What is given back is the role that was there before, in one change and before the pin: the node is chosen at that moment.
	start := patch{t: t, name: "start", change: func(c *pacemaker.CIB) error { return m.giveBack(c, stop) }}
	return plan{
		// It may be down when the agent is killed: to finish is what was asked for, and the way by which it is up again first.
		resume: goOn,
		steps: []Step{
			{
				Name: stepHalt, Plan: m.planRestart, Commit: stop.commit, Verify: m.isDown,
				RollBack: func(ctx context.Context) error { defer m.release(); return m.upAgain(ctx, stop, start, unpin) },
			},
			{Name: stepResume, Commit: start.commit, Verify: m.isUp, RollBack: unpin.commit},
			{Name: stepRelease, Plan: func(context.Context) (bool, error) { return !m.Pin, nil }, Commit: unpin.commit, Verify: m.isUp},
		},
		output: func(context.Context) (any, error) {
			m.release()
			made, err := spans(stop, back(stop), start, unpin)
			if err != nil || made == nil {
				return nil, err
			}
			return wire.EditOutput{Differences: []ha.Difference{}, Made: made}, nil
		},
		partial: true,
	}, nil
}

// holds says whether a restart keeps the resource where it is: only what is in one place can be held there, and a part of a group is held by
// the rest.
func (m *moving) holds(top *ha.ResourceState) bool {
	return m.id == top.ID && len(top.Nodes) == 1 && (top.Kind == ha.Primitive || top.Kind == ha.Group)
}

func (m *moving) pinID() string { return "hawser-restart-" + m.Top }

// upAgain takes the stop back. The pin goes last: the node is chosen at the moment at which the resource starts.
func (m *moving) upAgain(ctx context.Context, stop, start, unpin patch) error {
	made, begun, err := stop.intent()
	if err != nil || !begun {
		return err
	}
	cib, _, err := m.t.e.read(ctx)
	if err != nil {
		return err
	}
	if is, known := made.made(cib); known && !is {
		return nil
	}
	if err := start.commit(ctx); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, rollBackTime/2)
	defer cancel()
	if err := m.isUp(wait); err != nil {
		m.t.e.log.Warn("resource not up again", "resource", m.id, "err", err)
	}
	return unpin.commit(ctx)
}

// giveBack takes the stop back but for the pin.
func (m *moving) giveBack(c *pacemaker.CIB, stop patch) error {
	made, begun, err := stop.intent()
	if err != nil || !begun {
		return err
	}
	pin := c.Constraint(m.pinID())
	if err := c.Revert(made.BeforeXML, made.AfterXML); err != nil {
		return err
	}
	if pin != nil {
		return c.AddConstraint(pin)
	}
	return nil
}

func (m *moving) planRestart(ctx context.Context) (bool, error) {
	if m.t.has("move") {
		return false, nil
	}
	st, err := m.t.e.driver.State(ctx)
	if err != nil {
		return false, err
	}
	if !st.Running {
		return false, ErrDown
	}
	top, err := m.inspect(st)
	if err != nil {
		return false, err
	}
	r := find(st.Resources, m.id)
	if !startable(r) {
		return false, fault.New(fault.Conflict, "resource.not_running", "resource %s does not run", m.id).With("id", m.id)
	}
	m.Pin = m.holds(top)
	m.From = r.Nodes[0]
	if err := m.claim(top.ID); err != nil {
		return false, err
	}
	return false, m.t.keep("move", m)
}

func (m *moving) isDown(ctx context.Context) error {
	_, err := m.t.e.await(ctx, func(st ha.State) error {
		r := find(st.Resources, m.id)
		if r != nil && len(r.Nodes) > 0 {
			if err := failureOf(st, *r); err != nil {
				return err
			}
			return fault.New(fault.Failed, "resource.not_stopped", "resource %s does not stop", m.id).With("resource", m.id)
		}
		return nil
	})
	return err
}

func (m *moving) isUp(ctx context.Context) error {
	_, err := m.t.e.await(ctx, func(st ha.State) error {
		r := find(st.Resources, m.id)
		if r == nil {
			return fault.New(fault.Conflict, "resource.unknown", "no resource %q", m.id).With("resource", m.id)
		}
		if !running(*r) {
			return notRunning(st, *r)
		}
		return nil
	})
	return err
}

// planCleanup forgets failures and waits until the cluster knows again what runs where.
func planCleanup(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.CleanupArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	e := t.e
	return plan{resume: goOn, steps: []Step{{
		Name: stepCleanup,
		Plan: func(ctx context.Context) (bool, error) {
			st, err := e.driver.State(ctx)
			switch {
			case err != nil:
				return false, err
			case !st.Running:
				return false, ErrDown
			case args.Resource != "" && find(st.Resources, args.Resource) == nil:
				return false, fault.New(fault.NotFound, "resource.unknown", "no resource %q", args.Resource).With("resource", args.Resource)
			case args.Node != "" && nodeOf(st, args.Node) == nil:
				return false, fault.New(fault.NotFound, "node.unknown", "no node %q", args.Node).With("node", args.Node)
			}
			return false, nil
		},
		Commit: func(ctx context.Context) error {
			if args.Refresh {
				return e.driver.Refresh(ctx, args.Resource, args.Node)
			}
			return e.driver.Cleanup(ctx, args.Resource, args.Node)
		},
		Verify: func(ctx context.Context) error { _, err := e.settled(ctx); return err },
	}}}, nil
}
