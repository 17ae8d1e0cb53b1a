package insight

import (
	"fmt"
	"slices"
	"strings"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// candidates collects what may be a cause, what is nearest to the resource first.
func (w *why) candidates() {
	holders := holdersOf(w.cfg.Resources, w.leaf) // innermost last, without the resource itself
	names := []string{w.leaf}
	for _, h := range slices.Backward(holders) {
		names = append(names, h.ID)
	}
	w.metaOf(names)
	w.ofCluster()
	related := w.related(names)
	w.failuresOf(related)
	w.relationsOf(names, holders)
	w.locationsOf(related)
	w.ofNodes()
	// What keeps others from running that this one needs.
	for _, id := range related {
		if !slices.Contains(names, id) {
			w.roles(id)
		}
	}
	w.ofScores(names)
}

func (w *why) add(c ha.Cause, without func(*pacemaker.CIB) error) {
	w.list = append(w.list, candidate{cause: c, without: without})
}

func edits(list ...ha.Edit) func(*pacemaker.CIB) error {
	return func(c *pacemaker.CIB) error { return c.Apply(list) }
}

// holdersOf are the groups, clones and bundles around a resource, outermost first.
func holdersOf(list []ha.Resource, id string) []ha.Resource {
	for _, r := range list {
		if r.ID == id {
			return nil
		}
		if ha.FindResource(r.Members, id) != nil {
			return append([]ha.Resource{r}, holdersOf(r.Members, id)...)
		}
	}
	return nil
}

// metaOf: what somebody has asked of the resource or of what holds it.
func (w *why) metaOf(names []string) {
	for _, id := range names {
		w.roles(id)
		r := ha.FindResource(w.cfg.Resources, id)
		if v := r.Meta["is-managed"]; v != "" && !ha.Yes(v) {
			w.add(cause(ha.WhyUnmanaged, "resource", id), edits(ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"is-managed"}}))
		}
		if ha.Yes(r.Meta["maintenance"]) {
			w.add(cause(ha.WhyUnmanaged, "resource", id), edits(ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"maintenance"}}))
		}
		if n := r.Meta["clone-max"]; n != "" {
			w.add(cause(ha.WhyCloneMax, "resource", id, "count", n), edits(ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"clone-max"}}))
		}
	}
	if v := w.cfg.ResourceDefaults["is-managed"]; v != "" && !ha.Yes(v) {
		w.add(cause(ha.WhyUnmanaged, "resource", w.leaf), edits(ha.Edit{Op: ha.SetResourceDefault, Unset: []string{"is-managed"}}))
	}
}

func (w *why) roles(id string) {
	if r := ha.FindResource(w.cfg.Resources, id); r != nil && strings.EqualFold(r.Meta["target-role"], "Stopped") {
		w.add(cause(ha.WhyDisabled, "resource", id), edits(ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"target-role"}}))
	}
}

// ofCluster: what holds for every resource.
func (w *why) ofCluster() {
	property := func(name string) string { return w.cfg.Properties[name] }
	if ha.Yes(property("maintenance-mode")) {
		w.add(cause(ha.WhyMaintenance), edits(ha.Edit{Op: ha.SetProperties, Unset: []string{"maintenance-mode"}}))
	}
	if !w.cib.Quorate() {
		policy := property("no-quorum-policy")
		if policy == "" {
			policy = "stop"
		}
		w.add(cause(ha.WhyNoQuorum, "policy", policy), func(c *pacemaker.CIB) error { c.SetQuorum(true); return nil })
	}
	off := edits(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"stonith-enabled": "false"}})
	if v := property("stonith-enabled"); v == "" || ha.Yes(v) {
		if !hasDevice(w.cfg.Resources) {
			w.add(cause(ha.WhyNoFenceDevice), off)
		}
		for _, n := range w.now.nodes {
			if n.Unclean {
				w.add(cause(ha.WhyFencing, "node", n.Name), off)
			}
		}
	}
	if v := property("symmetric-cluster"); v != "" && !ha.Yes(v) {
		w.add(cause(ha.WhyOptIn, "resource", w.leaf), edits(ha.Edit{Op: ha.SetProperties, Unset: []string{"symmetric-cluster"}}))
	}
	if v := property("placement-strategy"); v != "" && v != "default" {
		w.add(cause(ha.WhyCapacity), edits(ha.Edit{Op: ha.SetProperties, Unset: []string{"placement-strategy"}}))
	}
}

func hasDevice(list []ha.Resource) bool {
	return slices.ContainsFunc(list, func(r ha.Resource) bool { return strings.HasPrefix(r.Agent, "stonith:") || hasDevice(r.Members) })
}

// related are the resource, what holds it, what is in a group with it, and whatever it needs by constraints, over a few steps.
func (w *why) related(names []string) []string {
	list := slices.Clone(names)
	note := func(id string) {
		if id != "" && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	for n := 0; n < len(list) && n < 40; n++ {
		id := list[n]
		if r := ha.FindResource(w.cfg.Resources, id); r != nil && r.Kind != ha.Primitive {
			for _, m := range r.Members {
				note(m.ID)
			}
		}
		for _, h := range holdersOf(w.cfg.Resources, id) {
			note(h.ID)
		}
		for _, c := range w.cfg.Constraints {
			switch {
			case c.Kind == ha.Colocation && c.Resource == id:
				note(c.With)
			case c.Kind == ha.Order && c.Then == id:
				note(c.First)
			}
		}
	}
	return list
}

// failuresOf: what is remembered of failures of the resource and of what it needs.
func (w *why) failuresOf(related []string) {
	for _, id := range related {
		for _, n := range w.now.nodes {
			if w.scratch.ForgetFailures(id, n.Name) {
				w.add(cause(ha.WhyFailed, "resource", id, "node", n.Name), func(c *pacemaker.CIB) error { c.ForgetFailures(id, n.Name); return nil })
			}
		}
	}
}

// relationsOf: what the resource must be together with, apart from or after.
func (w *why) relationsOf(names []string, holders []ha.Resource) {
	drop := func(id string) func(*pacemaker.CIB) error {
		return func(c *pacemaker.CIB) error { return c.RemoveConstraint(id) }
	}
	for _, c := range w.cfg.Constraints {
		switch {
		case c.Kind == ha.Colocation && (slices.Contains(names, c.Resource) || c.Resource == "" && namesIt(c.XML, names)):
			w.add(cause(ha.WhyColocation, "constraint", c.ID, "resource", c.Resource, "with", c.With), drop(c.ID))
		case c.Kind == ha.Order && (slices.Contains(names, c.Then) || c.Then == "" && namesIt(c.XML, names)):
			w.add(cause(ha.WhyOrder, "constraint", c.ID, "resource", c.Then, "first", c.First), drop(c.ID))
		case c.Kind == ha.Ticket && (slices.Contains(names, c.Resource) || c.Resource == "" && namesIt(c.XML, names)):
			w.add(cause(ha.WhyTicket, "constraint", c.ID, "resource", c.Resource), drop(c.ID))
		}
	}
	for _, h := range holders {
		if h.Kind != ha.Group || len(h.Members) == 0 || h.Members[0].ID == w.leaf {
			continue
		}
		before := slices.IndexFunc(h.Members, func(m ha.Resource) bool { return m.ID == w.leaf }) - 1
		if before >= 0 && len(holders) == 1 {
			w.add(cause(ha.WhyGroup, "group", h.ID, "resource", w.leaf, "first", h.Members[before].ID), edits(ha.Edit{Op: ha.PlaceResource, ID: w.leaf}))
		}
	}
}

func namesIt(xml string, names []string) bool {
	return slices.ContainsFunc(names, func(id string) bool { return strings.Contains(xml, fmt.Sprintf("%q", id)) })
}

// locationsOf: where the resource, and what it must be together with, may be.
func (w *why) locationsOf(related []string) {
	for _, c := range w.cfg.Constraints {
		if c.Kind != ha.Location || c.Resource != "" && !slices.Contains(related, c.Resource) || c.Resource == "" && !namesIt(c.XML, related) {
			continue
		}
		score := c.Score
		if c.Rule != nil {
			score = c.Rule.Score
		}
		w.add(cause(ha.WhyLocation, "constraint", c.ID, "resource", c.Resource, "node", c.Node, "score", score),
			func(cib *pacemaker.CIB) error { return cib.RemoveConstraint(c.ID) })
	}
}

// ofNodes: nodes that take nothing now.
func (w *why) ofNodes() {
	for _, n := range w.now.nodes {
		attributes := func(code, also string, match func(string) bool) {
			if values := w.scratch.RemoveAttributes(n.Name, match); len(values) > 0 {
				w.add(cause(code, "node", n.Name, also, values[0]), func(c *pacemaker.CIB) error { c.RemoveAttributes(n.Name, match); return nil })
			}
		}
		if n.Standby {
			attributes(ha.WhyStandby, "value", func(name string) bool { return name == "standby" })
		}
		if n.Shutdown {
			attributes(ha.WhyShutdown, "value", func(name string) bool { return name == "shutdown" })
		}
		if n.Maintenance {
			attributes(ha.WhyNodeMaintained, "value", func(name string) bool { return name == "maintenance" })
		}
		attributes(ha.WhyHealth, "health", func(name string) bool { return strings.HasPrefix(name, "#health") })
		if !n.Online && n.Kind == "member" && w.scratch.Return(n.Name) {
			w.add(cause(ha.WhyOffline, "node", n.Name), func(c *pacemaker.CIB) error { c.Return(n.Name); return nil })
		}
	}
}

// ofScores: what holds a resource where it is.
func (w *why) ofScores(names []string) {
	var list []ha.Edit
	score := w.cfg.ResourceDefaults["resource-stickiness"]
	for _, id := range names {
		if r := ha.FindResource(w.cfg.Resources, id); r.Meta["resource-stickiness"] != "" {
			score = r.Meta["resource-stickiness"]
			list = append(list, ha.Edit{Op: ha.SetMeta, ID: id, Values: map[string]string{"resource-stickiness": "0"}})
		}
	}
	if w.cfg.ResourceDefaults["resource-stickiness"] != "" {
		list = append(list, ha.Edit{Op: ha.SetResourceDefault, Values: map[string]string{"resource-stickiness": "0"}})
	}
	if len(list) > 0 && ha.Score(score) > 0 {
		w.add(cause(ha.WhyStickiness, "score", score), edits(list...))
	}
}
