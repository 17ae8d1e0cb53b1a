package ha

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// resource looks at one resource and what it holds.
func (f *finder) resource(r Resource, holders []Resource) {
	if r.Kind != Primitive {
		for _, m := range r.Members {
			f.resource(m, append(slices.Clone(holders), r))
		}
		return
	}
	agent, ops := r.Agent, r.Operations
	if t := f.template(r); t != nil {
		agent, ops = cmp.Or(agent, t.Agent), append(slices.Clone(ops), t.Operations...)
	}
	if strings.HasPrefix(agent, "stonith:") || r.Template != "" && f.template(r) == nil {
		return
	}
	f.monitors(r, agent, ops, holders)
	f.thresholds(r, ops, holders)
	for _, op := range ops {
		if (op.OnFail == "ignore") && (op.Name == "monitor" || op.Name == "stop" || op.Name == "start") {
			f.add(FindingFailureIgnored, Warning, r.ID, nil, "resource", r.ID, "operation", op.Name)
		}
	}
	if fs := r.Parameters["fstype"]; (agent == "ocf:heartbeat:Filesystem" || agent == "ocf:hawser:Filesystem") && inClone(holders) && slices.Contains([]string{"ext2", "ext3", "ext4", "xfs", "btrfs"}, fs) && !onePlace(holders) {
		f.add(FindingCloneFS, Critical, r.ID, nil, "resource", r.ID, "fstype", fs)
	}
	if agent == "ocf:linbit:drbd" || agent == "ocf:heartbeat:drbd" {
		f.drbd(r, holders)
	}
}

func inClone(holders []Resource) bool {
	return slices.ContainsFunc(holders, func(h Resource) bool { return h.Kind == Clone })
}

// onePlace says whether a clone has one instance only.
func onePlace(holders []Resource) bool {
	return slices.ContainsFunc(holders, func(h Resource) bool { return h.Kind == Clone && h.Meta["clone-max"] == "1" })
}

// repeated are the monitors that are carried out again and again.
func repeated(ops []Operation) []Operation {
	var list []Operation
	for _, op := range ops {
		if op.Name == "monitor" && milliseconds(op.Interval) > 0 && !slices.Contains([]string{"false", "off", "no", "0"}, strings.ToLower(op.Options["enabled"])) {
			list = append(list, op)
		}
	}
	return list
}

func (f *finder) monitors(r Resource, agent string, ops []Operation, holders []Resource) {
	list := repeated(ops)
	promotable := slices.ContainsFunc(holders, func(h Resource) bool { return h.Kind == Clone && Yes(h.Meta["promotable"]) })
	plain := r.Template == "" && r.Agent != ""
	switch {
	case len(list) == 0:
		var fix []Edit
		// One that is there but switched off, or a first one that is not repeated, was somebody's decision.
		if plain && !promotable && !slices.ContainsFunc(ops, func(o Operation) bool { return o.Name == "monitor" }) {
			fix = f.withOperations(r, append(slices.Clone(r.Operations), Operation{Name: "monitor", Interval: "10s", Timeout: "60s"}))
		}
		f.add(FindingNoMonitor, Warning, r.ID, fix, "resource", r.ID)
		return
	case promotable && !slices.ContainsFunc(list, func(o Operation) bool { return promotedRole(o.Role) }):
		f.add(FindingPromotedBlind, Warning, r.ID, nil, "resource", r.ID)
	}
	if f.cfg.OperationDefaults["timeout"] != "" || f.property("default-action-timeout") != "" {
		return
	}
	if !slices.ContainsFunc(list, func(o Operation) bool { return o.Timeout == "" }) {
		return
	}
	var fix []Edit
	if plain {
		changed := slices.Clone(r.Operations)
		for i, o := range changed {
			if o.Name == "monitor" && o.Timeout == "" {
				changed[i].Timeout = "60s"
			}
		}
		fix = f.withOperations(r, changed)
	}
	f.add(FindingMonitorTimeout, Info, r.ID, fix, "resource", r.ID)
}

// withOperations is the edit that gives a resource these operations and leaves everything else of it.
func (f *finder) withOperations(r Resource, ops []Operation) []Edit {
	r.Operations = ops
	return []Edit{{Op: UpdateResource, ID: r.ID, Resource: &r}}
}

func promotedRole(role string) bool {
	return strings.EqualFold(role, "Promoted") || strings.EqualFold(role, "Master")
}

func (f *finder) thresholds(r Resource, ops []Operation, holders []Resource) {
	threshold, timeout := f.meta(r, holders, "migration-threshold"), f.meta(r, holders, "failure-timeout")
	if Score(threshold) <= 0 || Score(threshold) >= Infinity {
		return
	}
	if timeout == "" {
		own := r.Meta["migration-threshold"] != "" || f.cfg.ResourceDefaults["migration-threshold"] == ""
		if own && r.Template == "" {
			f.add(FindingNeverForgotten, Info, r.ID, []Edit{{Op: SetMeta, ID: r.ID, Values: map[string]string{"failure-timeout": "10min"}}}, "resource", r.ID, "threshold", threshold)
		}
		return
	}
	// Failures that are forgotten before the next monitor can tell of another never add up.
	slowest := 0
	for _, op := range repeated(ops) {
		slowest = max(slowest, milliseconds(op.Interval))
	}
	if t := milliseconds(timeout); t > 0 && slowest > 0 && t <= slowest && Score(threshold) > 1 {
		f.add(FindingForgetsFailures, Warning, r.ID, []Edit{{Op: SetMeta, ID: r.ID, Values: map[string]string{"failure-timeout": "10min"}}},
			"resource", r.ID, "timeout", timeout, "interval", fmt.Sprintf("%ds", slowest/1000))
	}
}

// drbd: its agent works only as a promotable clone with notifications, and two primaries without a cluster file system destroy data.
func (f *finder) drbd(r Resource, holders []Resource) {
	at := slices.IndexFunc(holders, func(h Resource) bool { return h.Kind == Clone })
	if at < 0 || !Yes(holders[at].Meta["promotable"]) {
		f.add(FindingDRBDPlain, Warning, r.ID, nil, "resource", r.ID)
		return
	}
	clone := holders[at]
	if !Yes(cmp.Or(clone.Meta["notify"], f.cfg.ResourceDefaults["notify"])) {
		f.add(FindingDRBDNotify, Warning, clone.ID, []Edit{{Op: SetMeta, ID: clone.ID, Values: map[string]string{"notify": "true"}}}, "resource", clone.ID)
	}
	if n := cmp.Or(clone.Meta["promoted-max"], clone.Meta["master-max"], "1"); Score(n) > 1 {
		f.add(FindingDRBDTwoPrimaries, Warning, clone.ID, nil, "resource", clone.ID)
	}
}
