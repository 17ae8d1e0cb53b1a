package ha

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	// mirrorNotices is how long a mirror's Primary waits for a peer that says nothing, and asks the CIB afterwards: 5 s, and 15 s for two questions
	// on a busy node.
	mirrorNotices = 20_000
	// usualFencing is Pacemaker's own stonith-timeout, usualTimeout that of an operation without one. [Pacemaker Explained 2.1]
	usualFencing, usualTimeout = 60_000, 20_000
)

// mirrors: while a mirror's peer is lost and not fenced yet, whoever writes waits. An operation that does not wait as long fails, and a stop
// that fails has the node fenced that has the data: the loss of the Secondary would take the Primary with it.
func (f *finder) mirrors() {
	least := mirrorNotices + cmp.Or(milliseconds(f.property("stonith-timeout")), usualFencing)
	var look func(list []Resource, mirror, clone string)
	look = func(list []Resource, mirror, clone string) {
		for _, r := range list {
			if r.Kind == Primitive && r.Agent != MirrorAgent && !isAddress(r.Agent) && r.Template == "" && (f.ordered(clone, r.ID) || f.ordered(mirror, r.ID)) {
				f.waits(r, mirror, least)
			}
			look(r.Members, mirror, clone)
		}
	}
	for _, r := range f.cfg.Resources {
		if r.Kind == Clone && len(r.Members) == 1 && r.Members[0].Agent == MirrorAgent {
			look(f.cfg.Resources, r.Members[0].ID, r.ID)
		}
	}
}

// waits looks whether the operations of what stands on a mirror wait for as long as it may.
func (f *finder) waits(r Resource, mirror string, least int) {
	timeout := func(o Operation) int {
		return cmp.Or(milliseconds(o.Timeout), milliseconds(f.cfg.OperationDefaults["timeout"]), usualTimeout)
	}
	changed, worst := slices.Clone(r.Operations), Operation{}
	if !slices.ContainsFunc(changed, func(o Operation) bool { return o.Name == "stop" }) {
		changed = append(changed, Operation{Name: "stop", Interval: "0s"})
	}
	for i, o := range changed {
		if (o.Name != "monitor" && o.Name != "stop") || timeout(o) >= least {
			continue
		}
		if worst.Name == "" || timeout(o) < timeout(worst) {
			worst = o
		}
		changed[i].Timeout = fmt.Sprintf("%ds", (least+999)/1000)
	}
	if worst.Name == "" {
		return
	}
	f.add(FindingMirrorTimeout, Warning, r.ID, f.withOperations(r, changed), "resource", r.ID, "operation", worst.Name,
		"timeout", fmt.Sprintf("%ds", timeout(worst)/1000), "least", fmt.Sprintf("%ds", (least+999)/1000), "mirror", mirror)
}
