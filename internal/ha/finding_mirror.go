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
	var look func(list []Resource, mirror, clone string)
	look = func(list []Resource, mirror, clone string) {
		for _, r := range list {
			if r.Kind == Primitive && r.Agent != MirrorAgent && !isAddress(r.Agent) && r.Template == "" && (f.ordered(clone, r.ID) || f.ordered(mirror, r.ID)) {
				f.waits(r, mirror)
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
func (f *finder) waits(r Resource, mirror string) {
	changed, short := awaitMirror(f.cfg, r.Operations)
	if short.Name == "" {
		return
	}
	f.add(FindingMirrorTimeout, Warning, r.ID, f.withOperations(r, changed), "resource", r.ID, "operation", short.Name,
		"timeout", fmt.Sprintf("%ds", timeoutIn(f.cfg, short)/1000), "least", seconds(mirrorWait(f.cfg)), "mirror", mirror)
}

// mirrorWait is how long whoever writes to a mirror may wait while its peer is lost and not fenced yet, in milliseconds.
func mirrorWait(cfg *Config) int {
	return mirrorNotices + cmp.Or(milliseconds(cfg.property("stonith-timeout")), usualFencing)
}

// awaitMirror gives monitors and stop as much time as a mirror may make them wait. Short is the operation that had the least of those that had
// too little; it has no name where none had.
func awaitMirror(cfg *Config, operations []Operation) (changed []Operation, short Operation) {
	least := mirrorWait(cfg)
	changed = slices.Clone(operations)
	if !slices.ContainsFunc(changed, func(o Operation) bool { return o.Name == "stop" }) {
		changed = append(changed, Operation{Name: "stop", Interval: "0s"})
	}
	for i, o := range changed {
		if (o.Name != "monitor" && o.Name != "stop") || timeoutIn(cfg, o) >= least {
			continue
		}
		if short.Name == "" || timeoutIn(cfg, o) < timeoutIn(cfg, short) {
			short = o
		}
		changed[i].Timeout = seconds(least)
	}
	return changed, short
}

// timeoutIn is how long an operation may take in a cluster, in milliseconds.
func timeoutIn(cfg *Config, o Operation) int {
	standard := ""
	if cfg != nil {
		standard = cfg.OperationDefaults["timeout"]
	}
	return cmp.Or(milliseconds(o.Timeout), milliseconds(standard), usualTimeout)
}

// seconds writes milliseconds in whole seconds, never less than they are.
func seconds(ms int) string { return fmt.Sprintf("%ds", (ms+999)/1000) }
