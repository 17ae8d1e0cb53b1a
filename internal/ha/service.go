package ha

import (
	"slices"
	"strconv"
	"strings"
)

// Infinity is the score that Pacemaker takes for without limit, as a number. A fail-count of Infinity counts no failures: it says
// that Pacemaker has given the node up.
const Infinity = 1_000_000

const infinity = Infinity

// services judges each primitive that is not a fence device: whether it runs, and whether another node could take it over.
func (j *judge) services() {
	_, active := activities(*j.st)
	many := clones(j.st.Resources, false)
	disabled := j.stoppedOnPurpose()
	seen, told := map[string]bool{}, map[string]bool{}
	for _, r := range Leaves(j.st.Resources) {
		if seen[r.ID] || r.Orphaned || strings.HasPrefix(r.Agent, "stonith:") {
			continue
		}
		seen[r.ID] = true
		a := active[r.ID]
		if len(a.on) > 1 && !many[r.ID] && r.Role != "Migrating" {
			j.add(ReasonActiveTwice, Unprotected, "resource", r.ID, "nodes", strings.Join(a.on, ", "))
		}
		switch {
		case r.Blocked:
			j.add(ReasonResourceBlocked, Unprotected, "resource", r.ID)
		case r.Disabled || disabled[r.ID]:
			j.add(ReasonResourceDisabled, Protected, "resource", r.ID)
			continue
		case a.failed:
			j.add(ReasonResourceFailed, Unprotected, "resource", r.ID)
		case len(a.on) == 0 && a.managed:
			j.add(ReasonResourceStopped, Unprotected, "resource", r.ID)
		}
		if !a.managed && !j.st.Maintenance && !j.onMaintained(a.on) {
			j.add(ReasonUnmanaged, AtRisk, "resource", r.ID)
		}
		if len(j.st.Nodes) < 2 {
			continue
		}
		spare := len(j.takers(r.ID)) - 1 - j.apart(r.ID)
		j.lower(spare)
		if top := topOf(j.st.Resources, r.ID); len(a.on) > 0 && spare < 1 && !told[top] {
			told[top] = true // members of a group stand or fall together: one line is enough
			j.add(ReasonNoTaker, Unprotected, "resource", top, "node", strings.Join(a.on, ", "))
		}
	}
	j.banned()
}

// topOf returns the top-level resource that id is, or is inside of.
func topOf(list []ResourceState, id string) string {
	for _, r := range list {
		if r.ID == id || slices.ContainsFunc(Leaves(r.Members), func(m ResourceState) bool { return m.ID == id }) {
			return r.ID
		}
	}
	return id
}

// clones returns the IDs of primitives that may run on several nodes.
func clones(list []ResourceState, inside bool) map[string]bool {
	out := map[string]bool{}
	for _, r := range list {
		in := inside || r.Kind == Clone || r.Kind == Bundle
		if len(r.Members) == 0 && in {
			out[r.ID] = true
		}
		for id := range clones(r.Members, in) {
			out[id] = true
		}
	}
	return out
}

// stoppedOnPurpose returns the primitives below a group or clone that somebody has stopped: their own entry need not say so.
func (j *judge) stoppedOnPurpose() map[string]bool {
	out := map[string]bool{}
	var walk func(list []ResourceState, off bool)
	walk = func(list []ResourceState, off bool) {
		for _, r := range list {
			here := off || r.Disabled
			out[r.ID] = here
			walk(r.Members, here)
		}
	}
	walk(j.st.Resources, false)
	return out
}

// onMaintained says that all these nodes are in maintenance: their resources are unmanaged for that reason alone.
func (j *judge) onMaintained(nodes []string) bool {
	for _, n := range j.st.Nodes {
		if slices.Contains(nodes, n.Name) && !n.Maintenance {
			return false
		}
	}
	return len(nodes) > 0
}

// takers returns the nodes on which a resource may run now: ready, and not barred by a rule of placement or by failures.
// Members of a group, and what must be on the same node, are barred together.
func (j *judge) takers(id string) []string {
	bound := j.boundTo(id)
	membersOnly := onMembersOnly(j.cfg.Resources, bound)
	var out []string
	for _, n := range j.st.Nodes {
		if membersOnly && !n.IsMember() {
			continue
		}
		if n.Online && !n.Pending && !n.Unclean && !n.Standby && !n.Maintenance && !n.Shutdown && n.Kind != "ping" && !j.barred(bound, n.Name) {
			out = append(out, n.Name)
		}
	}
	return out
}

// boundTo returns id, its parents and siblings in groups, and everything that it must be on the same node with.
func (j *judge) boundTo(id string) []string {
	bound := []string{id}
	for i := 0; i < len(bound); i++ { // bound grows while it is walked
		for _, c := range j.cfg.Constraints {
			if c.Kind == Colocation && c.Resource == bound[i] && score(c.Score) >= infinity && !slices.Contains(bound, c.With) {
				bound = append(bound, c.With)
			}
		}
		for _, other := range together(j.cfg.Resources, bound[i]) {
			if !slices.Contains(bound, other) {
				bound = append(bound, other)
			}
		}
	}
	return bound
}

// together returns the parents of id, and where one of them is a group, all that the group holds.
func together(list []Resource, id string) []string {
	var out []string
	for _, r := range list {
		inside := contains(r.Members, id)
		switch {
		case inside && r.Kind == Group:
			out = append(out, r.ID)
			for _, m := range r.Members {
				out = append(out, m.ID)
			}
		case inside:
			out = append(append(out, r.ID), together(r.Members, id)...)
		case r.ID == id && r.Kind == Group:
			for _, m := range r.Members {
				out = append(out, m.ID)
			}
		}
	}
	return out
}

func contains(list []Resource, id string) bool {
	return slices.ContainsFunc(list, func(r Resource) bool { return r.ID == id || contains(r.Members, id) })
}

// barred says whether one of the resources may not run on the node. Rules are left out: what they say depends on the moment.
func (j *judge) barred(resources []string, node string) bool {
	optIn := strings.EqualFold(j.cfg.Properties["symmetric-cluster"], "false")
	for _, id := range resources {
		allowed, named := !optIn, false
		for _, c := range j.cfg.Constraints {
			if c.Kind != Location || c.Resource != id || c.Complex {
				continue
			}
			named = true
			switch {
			case c.Rule == nil && c.Node == node && score(c.Score) <= -infinity:
				return true
			case c.Rule != nil, c.Node == node && score(c.Score) >= 0:
				allowed = true
			}
		}
		if !allowed && named {
			return true
		}
		for _, f := range j.st.Failures {
			if f.Resource == id && f.Node == node && j.overThreshold(f) {
				return true
			}
		}
	}
	return false
}

// apart counts the resources that may never be on the same node as id: each of them takes one node away.
func (j *judge) apart(id string) int {
	bound := j.boundTo(id)
	others := map[string]bool{}
	for _, c := range j.cfg.Constraints {
		if c.Kind != Colocation || c.Complex || score(c.Score) > -infinity {
			continue
		}
		if slices.Contains(bound, c.Resource) {
			others[c.With] = true
		}
		if slices.Contains(bound, c.With) {
			others[c.Resource] = true
		}
	}
	return len(others)
}

// banned tells the nodes that a resource has failed on so often that it does not return before a clean-up.
func (j *judge) banned() {
	told := map[string]bool{}
	for _, f := range j.st.Failures {
		if key := f.Resource + "@" + f.Node; j.overThreshold(f) && !told[key] {
			told[key] = true
			if f.Count >= infinity { // no number of failures: Pacemaker has given the node up, for example after a failed start
				j.add(ReasonResourceLimit, AtRisk, "resource", f.Resource, "node", f.Node)
				continue
			}
			j.add(ReasonResourceBanned, AtRisk, "resource", f.Resource, "node", f.Node, "count", strconv.Itoa(f.Count))
		}
	}
}

// overThreshold says whether a failure bars its node: the fail count has reached migration-threshold, which is off where it is 0.
func (j *judge) overThreshold(f Failure) bool {
	if f.Count >= infinity {
		return true
	}
	threshold := score(j.meta(f.Resource, "migration-threshold"))
	return threshold > 0 && f.Count >= threshold
}

// meta returns a meta attribute of a resource as it inherits it: its own, its parents', the defaults'.
func (j *judge) meta(id, name string) string {
	var find func(list []Resource, inherited string) (string, bool)
	find = func(list []Resource, inherited string) (string, bool) {
		for _, r := range list {
			value := inherited
			if own, has := r.Meta[name]; has {
				value = own
			}
			if r.ID == id {
				return value, true
			}
			if v, found := find(r.Members, value); found {
				return v, true
			}
		}
		return "", false
	}
	v, _ := find(j.cfg.Resources, j.cfg.ResourceDefaults[name])
	return v
}

// Yes reads Pacemaker's truth values. What is none counts as false.
func Yes(text string) bool {
	return slices.Contains([]string{"true", "on", "yes", "y", "1"}, strings.ToLower(text))
}

// Score reads Pacemaker's scores: whole numbers, and INFINITY with or without a sign, which are bounded by Infinity. What is no
// score counts as 0.
func Score(text string) int { return score(text) }

// score reads Pacemaker's scores: whole numbers, and INFINITY with or without a sign. What is no score counts as 0.
func score(s string) int {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "INFINITY", "+INFINITY":
		return infinity
	case "-INFINITY":
		return -infinity
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return min(max(n, -infinity), infinity)
}
