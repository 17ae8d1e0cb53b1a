package ha

import "strings"

// Counts are how many resources there are, and how they are.
type Counts struct{ All, Desired, Started, Failed int }

// CountResources counts the primitives that serve somebody; every figure of resources comes from here. Fence devices are counted
// apart, because they serve the cluster itself. Groups and clones are not counted, only what they hold; the instances of a clone
// share an ID and count once.
func CountResources(list []ResourceState) Counts {
	type sums struct{ desired, started, failed bool }
	seen := map[string]*sums{}
	var walk func(list []ResourceState, off bool)
	walk = func(list []ResourceState, off bool) {
		for _, r := range list {
			here := off || r.Disabled
			if len(r.Members) > 0 {
				walk(r.Members, here)
				continue
			}
			if r.Kind != Primitive || IsFenceDevice(r.Agent) {
				continue
			}
			s := seen[r.ID]
			if s == nil {
				s = &sums{}
				seen[r.ID] = s
			}
			s.desired = s.desired || !here
			s.failed = s.failed || r.Failed
			s.started = s.started || len(r.Nodes) > 0 && (r.Role == "Started" || r.Role == "Promoted" || r.Role == "Unpromoted")
		}
	}
	walk(list, false)
	c := Counts{All: len(seen)}
	for _, s := range seen {
		if s.desired {
			c.Desired++
		}
		if s.started && !s.failed {
			c.Started++
		}
		if s.failed {
			c.Failed++
		}
	}
	return c
}

// IsFenceDevice says whether a resource with this agent is a fence device.
func IsFenceDevice(agent string) bool { return strings.HasPrefix(agent, "stonith:") }
