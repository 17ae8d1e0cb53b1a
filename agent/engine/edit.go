package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// editing is an edit or a revert of the configuration.
type editing struct {
	t      *task
	args   wire.EditArgs
	change func(*pacemaker.CIB) error
	state  *ha.State // what it was when the cluster had settled
	settle bool      // the cluster was waited for, and is idle
	stop   []string  // resources that have to stop before they are deleted
	checks fault.Fields
}

// planEdit makes a list of edits. A resource that is deleted while it runs is stopped first, and if it does not stop, nothing is
// deleted: Pacemaker would have to stop an orphan with parameters that are no longer there.
//
// A resource that was created but does not start stays, and the fault says why it does not start: the cause is often outside
// of the configuration, and what was typed is not thrown away. The output is given too.
func planEdit(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.EditArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if len(args.Edits) == 0 {
		var f fault.Fields
		f.Add("edits", "field.required", "missing")
		return plan{}, f.Err()
	}
	ed := &editing{t: t, args: args}
	if t.has("edits") { // as an earlier process has completed them
		if err := t.load("edits", &ed.args.Edits); err != nil {
			return plan{}, err
		}
	}
	ed.change = func(c *pacemaker.CIB) error { return c.Apply(ed.args.Edits) }
	return ed.plan(), nil
}

// planRevert takes a revision back.
func planRevert(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.RevertArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	ed := &editing{t: t, args: wire.EditArgs{DryRun: args.DryRun}}
	ed.change = func(c *pacemaker.CIB) error {
		// What it takes away may have been asked to stop for that: that is no change of somebody else's.
		if made, begun, err := ed.halting().intent(); err != nil {
			return err
		} else if begun {
			if err := c.Revert(made.BeforeXML, made.AfterXML); err != nil {
				return err
			}
		}
		return c.Revert(args.BeforeXML, args.AfterXML)
	}
	return ed.plan(), nil
}

// window is the window in which a resource goes on running while it is changed, if that was asked for.
func (ed *editing) window() (window, bool) {
	return window{ed: ed, id: ed.args.KeepRunning}, ed.args.KeepRunning != ""
}

func (ed *editing) plan() plan {
	e := ed.t.e
	main := patch{t: ed.t, name: "change", change: ed.change, expect: ed.args.Expect}
	steps := []Step{{Name: stepCheck, Plan: ed.check}}
	if w, is := ed.window(); is && !ed.args.DryRun {
		steps = append(steps, w.steps()...)
	} else if !ed.args.DryRun {
		halt := ed.halting()
		steps = append(steps,
			Step{
				Name: stepStop,
				Plan: func(context.Context) (bool, error) { err := ed.kept(); return len(ed.stop) == 0, err },
				Commit: func(ctx context.Context) error {
					if err := ed.kept(); err != nil {
						return err
					}
					return halt.commit(ctx)
				},
				Verify: ed.halted,
				RollBack: func(ctx context.Context) error {
					if made, begun, err := main.intent(); err == nil && begun {
						if cib, _, err := e.read(ctx); err == nil {
							if is, _ := made.made(cib); is {
								return nil // they are deleted: nothing is left to start again
							}
						}
					}
					return halt.rollBack(ctx)
				},
			},
			Step{
				Name: stepPatch,
				Commit: func(ctx context.Context) error {
					if _, begun, err := halt.intent(); err != nil {
						return err
					} else if begun { // our own change before this one
						main.expect = nil
					}
					return main.commit(ctx)
				},
				Verify: main.verify, RollBack: main.rollBack,
			})
		if slices.ContainsFunc(ed.args.Edits, func(x ha.Edit) bool { return x.Op == ha.RemoveNode }) {
			steps = append(steps, Step{Name: stepForget, Commit: ed.forgetNodes})
		}
		if ed.args.Wait {
			steps = append(steps, Step{Name: stepSettle, Verify: ed.wait})
		}
	}
	return plan{steps: steps, resume: goOn, output: ed.output, partial: true}
}

// check refuses what must not be done, before anything changes.
func (ed *editing) check(ctx context.Context) (bool, error) {
	e := ed.t.e
	cib, _, err := e.read(ctx)
	if err != nil {
		return false, err
	}
	if x := ed.args.Expect; x != nil && !cib.Version().SameConfig(*x) {
		return false, ErrMoved
	}
	st, err := e.driver.State(ctx)
	if err != nil {
		return false, err
	}
	for i, x := range ed.args.Edits {
		if err := ed.checkEdit(ctx, i, x, cib, st); err != nil {
			return false, err
		}
	}
	if err := ed.checks.Err(); err != nil {
		return false, err
	}
	next := cib.Clone()
	if err := ed.change(next); err != nil {
		return false, err
	}
	if w, is := ed.window(); is {
		if err := w.open(st); err != nil {
			return false, err
		}
	}
	ed.stop = active(st, deleted(cib, next))
	if len(ed.stop) > 0 && (st.Maintenance || !st.Quorate && cib.Config().Properties["no-quorum-policy"] != "ignore") {
		ed.stop = nil // nothing would be stopped; what runs there is left to itself
	}
	if ed.args.DryRun {
		return true, ed.t.keep("change", intent{Before: cib.Version(), After: cib.Version(), BeforeXML: cib.ConfigXML(), AfterXML: next.ConfigXML()})
	}
	if err := ed.t.keep("stop", ed.stop); err != nil {
		return false, err
	}
	return true, ed.t.keep("edits", ed.args.Edits)
}

// checkEdit checks an edit against what agents and the state of the cluster say. Whatever the CIB itself can tell is
// checked where it is changed.
func (ed *editing) checkEdit(ctx context.Context, i int, x ha.Edit, cib *pacemaker.CIB, st ha.State) error {
	at := fmt.Sprintf("edits[%d].", i)
	switch x.Op {
	case ha.CreateResource:
		if x.Resource == nil || ha.ValidateResource(*x.Resource) != nil {
			return nil // told by Apply, with all fields
		}
		made := *x.Resource
		if err := ed.checkAgents(ctx, at+"resource.", &made, nil); err != nil {
			return err
		}
		ed.args.Edits[i].Resource = &made
	case ha.UpdateResource:
		if x.Resource == nil {
			return nil
		}
		var before *ha.Resource
		walk(cib.Config().Resources, func(r ha.Resource) {
			if r.ID == x.Resource.ID {
				before = &r
			}
		})
		if before == nil || before.Agent == "" || x.Resource.Agent != "" && x.Resource.Agent != before.Agent {
			return nil
		}
		want := *x.Resource
		want.Agent, want.Members = before.Agent, nil
		return ed.checkAgents(ctx, at+"resource.", &want, before.Parameters)
	case ha.RemoveNode:
		n := nodeOf(st, x.Node)
		// A remote node goes with the resource that connects to it, which stops before it is deleted.
		ended := func(y ha.Edit) bool {
			carries := false
			walk(cib.Config().Resources, func(r ha.Resource) {
				_, is := ha.FindRemote([]ha.Resource{r}, x.Node)
				carries = carries || is && y.Op == ha.DeleteResource && y.ID == r.ID
			})
			return carries
		}
		if n != nil && n.Online && !slices.ContainsFunc(ed.args.Edits, ended) {
			return fault.New(fault.Conflict, "node.still_online", "node %s is online; stop it first", x.Node).With("node", x.Node)
		}
	}
	return nil
}

func walk(list []ha.Resource, visit func(ha.Resource)) {
	for _, r := range list {
		visit(r)
		walk(r.Members, visit)
	}
}

// deleted returns the primitives that are in a but not in b.
func deleted(a, b *pacemaker.CIB) []string {
	left := map[string]bool{}
	walk(b.Config().Resources, func(r ha.Resource) { left[r.ID] = true })
	var gone []string
	walk(a.Config().Resources, func(r ha.Resource) {
		if r.Kind == ha.Primitive && !left[r.ID] {
			gone = append(gone, r.ID)
		}
	})
	return gone
}

// active returns those of the resources that run and are managed.
func active(st ha.State, ids []string) []string {
	var list []string
	for _, r := range ha.Leaves(st.Resources) {
		if slices.Contains(ids, r.ID) && len(r.Nodes) > 0 && r.Managed && !slices.Contains(list, r.ID) {
			list = append(list, r.ID)
		}
	}
	return list
}

// kept reads what an earlier process has planned.
func (ed *editing) kept() error {
	if ed.stop == nil && ed.t.has("stop") {
		return ed.t.load("stop", &ed.stop)
	}
	return nil
}

// halting is the change that asks the resources that are to be deleted to stop.
func (ed *editing) halting() patch {
	return patch{t: ed.t, name: "halt", change: ed.halt, expect: ed.args.Expect}
}

// halt asks the resources that are to be deleted to stop.
func (ed *editing) halt(c *pacemaker.CIB) error {
	var edits []ha.Edit
	for _, id := range ed.stop {
		edits = append(edits, ha.Edit{Op: ha.SetMeta, ID: id, Values: map[string]string{"target-role": "Stopped"}})
	}
	return c.Apply(edits)
}

// halted waits until they have stopped.
func (ed *editing) halted(ctx context.Context) error {
	if err := ed.kept(); err != nil {
		return err
	}
	_, err := ed.t.e.await(ctx, func(st ha.State) error {
		still := active(st, ed.stop)
		if len(still) == 0 {
			return nil
		}
		for _, id := range still {
			if err := failureOf(st, *find(st.Resources, id)); err != nil {
				return err
			}
		}
		return fault.New(fault.Failed, "resource.not_stopped", "resource %s does not stop", still[0]).With("resource", still[0])
	})
	return err
}

func (ed *editing) forgetNodes(ctx context.Context) error {
	for _, x := range ed.args.Edits {
		if x.Op != ha.RemoveNode {
			continue
		}
		if err := ed.t.e.disconnected(ctx, x.Node); err != nil {
			return err
		}
		if err := ed.t.e.driver.ForgetNode(ctx, x.Node); err != nil {
			return err
		}
	}
	return nil
}

// wait waits for the cluster and looks whether what was created runs.
func (ed *editing) wait(ctx context.Context) error {
	st, err := ed.t.e.settled(ctx)
	if err != nil {
		return err
	}
	ed.state, ed.settle = &st, true
	return nil
}

// created checks what was created; it is asked after the last step, so that it never rolls anything back.
func (ed *editing) created() error {
	if ed.state == nil || ed.state.Maintenance {
		return nil
	}
	for _, x := range ed.args.Edits {
		if x.Op != ha.CreateResource || x.Resource.Kind == ha.Template || strings.EqualFold(x.Resource.Meta["target-role"], "Stopped") {
			continue
		}
		r := find(ed.state.Resources, x.Resource.ID)
		if r == nil || r.Disabled || !r.Managed || running(*r) {
			continue
		}
		return notRunning(*ed.state, *r)
	}
	return nil
}

func (ed *editing) output(ctx context.Context) (any, error) {
	if s := ed.t.step(stepPatch); !ed.t.has("change") || !ed.args.DryRun && (!s.Committed || s.RolledBack) {
		return nil, nil // nothing was changed
	}
	var i intent
	if err := ed.t.load("change", &i); err != nil {
		return nil, err
	}
	made, err := spans(ed.halting())
	if w, is := ed.window(); is && !ed.args.DryRun {
		if made, err = w.made(); err == nil {
			err = w.span(&i)
		}
		if waitErr := ed.wait(ctx); waitErr != nil {
			ed.t.e.log.Warn("not waited for the cluster after a change window", "err", waitErr)
		}
	}
	if err != nil {
		return nil, err
	}
	// What was asked to stop before it was deleted was not stopped before: a revert has to start it.
	if halted, begun, err := ed.halting().intent(); err != nil {
		return nil, err
	} else if begun && halted.After.SameConfig(i.Before) {
		i.Before, i.BeforeXML = halted.Before, halted.BeforeXML
	}
	out := wire.EditOutput{Made: made, Before: i.Before, After: i.After, BeforeXML: i.BeforeXML, AfterXML: i.AfterXML, Settled: ed.settle, State: ed.state}
	if out.Differences, err = differences(i); err != nil {
		return nil, err
	}
	return out, ed.created()
}

// differences tells what a change has changed.
func differences(i intent) ([]ha.Difference, error) {
	before, err := pacemaker.ParseConfig(i.BeforeXML)
	if err != nil {
		return nil, err
	}
	after, err := pacemaker.ParseConfig(i.AfterXML)
	if err != nil {
		return nil, err
	}
	list := pacemaker.Differences(before, after)
	if list == nil {
		list = []ha.Difference{}
	}
	return list, nil
}

// checkAgents checks a resource against its agent's metadata and gives a new one the operations that its agent advises.
// Before are the parameters that it has; what was there already is no mistake.
func (ed *editing) checkAgents(ctx context.Context, at string, r *ha.Resource, before map[string]string) error {
	for i := range r.Members {
		r.Members = slices.Clone(r.Members)
		if err := ed.checkAgents(ctx, fmt.Sprintf("%smembers[%d].", at, i), &r.Members[i], nil); err != nil {
			return err
		}
	}
	if r.Agent == "" {
		return nil
	}
	m, err := ed.t.e.metadata(ctx, r.Agent, "en")
	if fault.CodeOf(err) == fault.NotFound {
		ed.checks.Add(at+"agent", "agent.unknown", "no such agent on this host", "agent", r.Agent)
		return nil
	}
	if err != nil {
		return err
	}
	if strings.HasPrefix(r.Agent, "ocf:") || strings.HasPrefix(r.Agent, "stonith:") {
		ed.checkParameters(at, *r, m, before)
	}
	if strings.HasPrefix(r.Agent, "stonith:") {
		if err := ed.checkDevice(ctx, at, *r); err != nil {
			return err
		}
	}
	if before == nil && r.Operations == nil && r.Template == "" {
		r.Operations = advised(m)
	}
	return nil
}

// also are names under which fence agents take what their metadata demands under another.
var also = map[string]string{"ip": "ipaddr", "username": "login", "password": "passwd", "password_script": "passwd_script", "plug": "port", "ipport": "ipport"}

func (ed *editing) checkParameters(at string, r ha.Resource, m ha.AgentMetadata, before map[string]string) {
	known := map[string]bool{}
	for _, p := range m.Parameters {
		known[p.Name] = true
		if p.Required && r.Kind != ha.Template && p.Default == "" && r.Parameters[p.Name] == "" && r.Parameters[also[p.Name]] == "" && r.Parameters[p.Name+"_script"] == "" {
			if _, had := before[p.Name]; had || before == nil {
				ed.checks.Add(at+"parameters."+p.Name, "field.required", "missing")
			}
		}
	}
	if len(known) == 0 {
		return // an agent that says nothing of its parameters takes what it likes
	}
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		_, had := before[name]
		if known[name] || had || special(r.Agent, name) {
			continue
		}
		ed.checks.Add(at+"parameters."+name, "parameter.unknown", "the agent has no such parameter", "name", name, "agent", r.Agent)
	}
}

// special says whether a parameter is read by somebody else than the agent.
func special(agent, name string) bool {
	if strings.HasPrefix(agent, "stonith:") {
		return strings.HasPrefix(name, "pcmk_") || slices.Contains([]string{"action", "port", "plug", "nodename", "provides", "stonith-timeout", "priority"}, name) || slices.Contains(slices.Collect(maps.Values(also)), name)
	}
	return strings.HasPrefix(name, "trace_") || strings.HasPrefix(name, "CRM_meta_")
}

// advised returns the operations that an agent advises. Pacemaker's own defaults are no monitor at all, and 20 s for
// everything; a database that needs longer to stop would be fenced for it.
func advised(m ha.AgentMetadata) []ha.Operation {
	if strings.HasPrefix(m.Agent, "stonith:") {
		return []ha.Operation{{Name: "monitor", Interval: "60s"}}
	}
	var ops []ha.Operation
	monitors := 0
	for _, a := range m.Actions {
		switch a.Name {
		case "start", "stop", "promote", "demote":
			if a.Timeout != "" && !slices.ContainsFunc(ops, func(o ha.Operation) bool { return o.Name == a.Name }) {
				ops = append(ops, ha.Operation{Name: a.Name, Interval: "0s", Timeout: a.Timeout})
			}
		case "monitor":
			if a.Depth != "" && a.Depth != "0" {
				continue // deeper checks are for those who ask for them
			}
			interval := a.Interval
			if strings.Trim(interval, "0s") == "" {
				interval = "10s"
			}
			// Two monitors must not have the same interval.
			for slices.ContainsFunc(ops, func(o ha.Operation) bool { return o.Name == "monitor" && o.Interval == interval }) {
				monitors++
				interval = fmt.Sprintf("%ds", 10+monitors)
			}
			role := a.Role
			if role == "Started" {
				role = ""
			}
			if role == "" && slices.ContainsFunc(ops, func(o ha.Operation) bool { return o.Name == "monitor" && o.Role == "" }) {
				continue
			}
			ops = append(ops, ha.Operation{Name: "monitor", Interval: interval, Timeout: a.Timeout, Role: role})
		}
	}
	if !slices.ContainsFunc(ops, func(o ha.Operation) bool { return o.Name == "monitor" }) {
		ops = append(ops, ha.Operation{Name: "monitor", Interval: "10s"})
	}
	return ops
}
