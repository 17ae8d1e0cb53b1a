package engine

import (
	"context"
	"reflect"
	"slices"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// window is the change of one primitive that goes on running meanwhile. Pacemaker would restart it, because it was started with
// other values. So it is taken out of management, changed, probed with the new values, and given back only where it was found
// running in the same places and the scheduler would stop nothing; otherwise everything is taken back in the same way.
type window struct {
	ed *editing
	id string
}

const isManaged = "is-managed"

func (w window) patch(name string, change func(*pacemaker.CIB) error) patch {
	return patch{t: w.ed.t, name: name, change: change}
}

// hold takes the resource out of management.
func (w window) hold() patch {
	p := w.patch("hold", w.release)
	p.expect = w.ed.args.Expect
	return p
}

// release has the cluster leave the resource as it is.
func (w window) release(c *pacemaker.CIB) error {
	return c.Apply([]ha.Edit{{Op: ha.SetMeta, ID: w.id, Values: map[string]string{isManaged: "false"}}})
}

// main makes the edits, with the resource still out of management.
func (w window) main() patch {
	return w.patch("change", func(c *pacemaker.CIB) error {
		// Between the hold and this change nobody may have changed the resource: the edits say what all of it is to be.
		held, begun, err := w.hold().intent()
		if err != nil || !begun {
			return err
		}
		was, err := pacemaker.ParseConfig(held.AfterXML)
		if err != nil {
			return err
		}
		if !sameResource(was.Config(), c.Config(), w.id) {
			return ErrMoved
		}
		if err := w.ed.change(c); err != nil {
			return err
		}
		return w.release(c)
	})
}

// manage gives the resource back to the cluster.
func (w window) manage() patch { return w.patch("manage", w.giveBack) }

func (w window) giveBack(c *pacemaker.CIB) error {
	x := ha.Edit{Op: ha.SetMeta, ID: w.id, Unset: []string{isManaged}}
	for _, e := range w.ed.args.Edits {
		if e.Resource != nil && e.Resource.ID == w.id && e.Resource.Meta[isManaged] != "" {
			x.Values, x.Unset = map[string]string{isManaged: e.Resource.Meta[isManaged]}, nil
			return c.Apply([]ha.Edit{x})
		}
	}
	held, _, err := w.hold().intent()
	if err != nil {
		return err
	}
	if c.Clone().Revert(held.BeforeXML, held.AfterXML) == nil {
		return c.Revert(held.BeforeXML, held.AfterXML) // leaves nothing behind
	}
	return c.Apply([]ha.Edit{x})
}

func sameResource(a, b ha.Config, id string) bool {
	var in [2]ha.Resource
	for i, cfg := range []ha.Config{a, b} {
		walk(cfg.Resources, func(r ha.Resource) {
			if r.ID == id {
				in[i] = r
			}
		})
	}
	return reflect.DeepEqual(in[0], in[1])
}

// open refuses where there is nothing that could go on running.
func (w window) open(st ha.State) error {
	r := find(st.Resources, w.id)
	switch {
	case r == nil:
		return fault.New(fault.NotFound, "resource.unknown", "no resource %q", w.id).With("resource", w.id)
	case r.Kind != ha.Primitive:
		return fault.New(fault.Invalid, "window.not_primitive", "%s is no primitive: name the member that changes", w.id).With("id", w.id)
	case st.Maintenance:
		return fault.New(fault.Conflict, "cluster.in_maintenance", "the cluster is in maintenance mode")
	case !r.Managed:
		return fault.New(fault.Conflict, "resource.unmanaged", "resource %s is not managed", w.id).With("id", w.id)
	case len(r.Nodes) == 0:
		return fault.New(fault.Conflict, "resource.not_running", "resource %s does not run", w.id).With("id", w.id)
	}
	if err := failureOf(st, *r); err != nil {
		return err
	}
	return w.ed.t.keep("window", sorted(r.Nodes))
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func (w window) steps() []Step {
	hold, main, manage, again := w.hold(), w.main(), w.manage(), w.patch("hold_again", w.release)
	return []Step{
		{Name: stepHold, Commit: hold.commit, Verify: hold.verify, RollBack: hold.rollBack},
		// On the way back the cluster has to learn once more with which values it runs, before it manages it again.
		{Name: stepProbeBack, Commit: func(context.Context) error { return nil }, RollBack: w.probe},
		{Name: stepPatch, Commit: main.commit, Verify: main.verify, RollBack: main.rollBack},
		{Name: stepProbe, Commit: w.probe, Verify: w.unharmed},
		{Name: stepManage, Commit: manage.commit, RollBack: again.commit},
	}
}

// probe has the cluster look anew what runs where, with the values that are configured now.
func (w window) probe(ctx context.Context) error {
	if err := w.ed.t.e.driver.Refresh(ctx, w.id, ""); err != nil {
		return err
	}
	_, err := w.ed.t.e.settled(ctx)
	return err
}

// unharmed holds what the probe has found to what ran before, and asks the scheduler what it would do once it may.
func (w window) unharmed(ctx context.Context) error {
	e := w.ed.t.e
	st, err := e.settled(ctx)
	if err != nil {
		return err
	}
	var nodes []string
	if err := w.ed.t.load("window", &nodes); err != nil {
		return err
	}
	r := find(st.Resources, w.id)
	if r == nil {
		return fault.New(fault.Conflict, "resource.unknown", "no resource %q", w.id).With("resource", w.id)
	}
	if err := failureOf(st, *r); err != nil {
		return err
	}
	if !slices.Equal(sorted(r.Nodes), nodes) {
		return fault.New(fault.Failed, "window.not_found", "with the new values %s is not found running where it runs", w.id).With("id", w.id)
	}
	cib, _, err := e.read(ctx)
	if err != nil {
		return err
	}
	if err := w.giveBack(cib); err != nil {
		return err
	}
	d, err := e.driver.Schedule(ctx, cib.Bytes(), pacemaker.Look{At: now()})
	if err != nil {
		return err
	}
	for _, a := range d.Actions {
		if !a.Blocked && a.Kind != "start" && a.Kind != "reload" {
			return fault.New(fault.Failed, "window.would_stop", "the cluster would %s %s", a.Kind, a.Resource).With("id", a.Resource)
		}
	}
	return nil
}

// span widens what was changed to all of the window: from before the resource was held to after it was given back.
func (w window) span(i *intent) error {
	held, begun, err := w.hold().intent()
	if err != nil || !begun {
		return err
	}
	i.Before, i.BeforeXML = held.Before, held.BeforeXML
	given, begun, err := w.manage().intent()
	if err == nil && begun {
		i.After, i.AfterXML = given.After, given.AfterXML
	}
	return err
}

// made are the single changes of the window.
func (w window) made() ([]wire.Span, error) {
	return spans(w.hold(), back(w.hold()), w.main(), back(w.main()), w.manage(), w.patch("hold_again", nil))
}
