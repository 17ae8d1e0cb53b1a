package reconcile

import "hawser/internal/ha"

// growth is what an operation adds, for the licence. It is a list of the few kinds that make something grow: whatever is not in it (edit,
// undo, fence, un-ban, delete, and whatever is yet to come) no licence can bar.
func (m *memo) growth() (g ha.Growth) {
	switch r := m.Request; r.Kind {
	case "cluster.create":
		g = ha.Growth{Clusters: 1, Nodes: len(r.Setup.Nodes)}
	case "cluster.adopt":
		g = ha.Growth{Clusters: 1, Nodes: len(m.After.Nodes)}
	case "node.add":
		g.Nodes = 1
		if r.Remote != nil {
			g.Remotes = 1
		}
	case "volume.create":
		g.Resources = 1
	case "resource.create", "config.apply", "service.database":
		for _, e := range m.Edits {
			if e.Op == ha.CreateResource && e.Resource != nil && !protects(*e.Resource) {
				g.Resources++
			}
		}
	}
	return g
}

// protects says whether a resource is a fence device, or holds nothing else: it makes what is there safer.
func protects(r ha.Resource) bool {
	for _, m := range r.Members {
		if !protects(m) {
			return false
		}
	}
	return len(r.Members) > 0 || ha.IsFenceDevice(r.Agent)
}
