package fleet

import (
	"slices"
	"strings"
	"time"
)

// Unmanaged returns the enrolled hosts that are configured for a cluster which Hawser has not made them members of, by the
// cluster's name and then by their own.
func (f *Fleet) Unmanaged() map[string][]Machine {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[string][]Machine{}
	for _, h := range f.hosts {
		if !h.Revoked && h.Cluster == "" && h.Facts.Cluster != "" {
			found[h.Facts.Cluster] = append(found[h.Facts.Cluster], Machine{Host: h.Host, Connected: f.connected(h)})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b Machine) int { return strings.Compare(a.Name, b.Name) })
	}
	return found
}

// Joiner is a host that says it is a node of a cluster which has no agent for that node yet.
type Joiner struct {
	Cluster string
	Node    string
	Host    string
}

// Joiners returns them. What they say is to be checked before they are believed.
func (f *Fleet) Joiners() []Joiner {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Joiner
	for _, c := range f.clusters {
		for _, n := range c.Setup.Nodes {
			h := f.find(n.Name)
			if h == nil || h.Revoked || h.Cluster != "" || h.Facts.Cluster != c.Name || !f.connected(h) {
				continue
			}
			list = append(list, Joiner{Cluster: c.Name, Node: n.Name, Host: h.ID})
		}
	}
	return list
}

// standInAfter is how long the agent of the node that decides may be away before another one stands in: longer than it takes to
// restart it, or to elect another node.
const standInAfter = 30 * time.Second

// StandIn is a host that is to report everything, because the node that decides cannot.
type StandIn struct {
	Cluster string
	Host    string
}

// StandIns returns one for each cluster whose deciding node has no agent, or one that has been away for standInAfter.
func (f *Fleet) StandIns() []StandIn {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.o.Now()
	var list []StandIn
	for _, c := range f.clusters {
		best := f.standIn(c)
		switch {
		case best == nil:
			c.alone, c.standIn = time.Time{}, ""
			continue
		case c.alone.IsZero():
			c.alone = now
		}
		dc := f.find(best.view.state.DC)
		if dc != nil && dc.Cluster == c.Name && now.Sub(c.alone) < standInAfter {
			continue
		}
		c.standIn = best.ID
		list = append(list, StandIn{Cluster: c.Name, Host: best.ID})
	}
	return list
}

// standIn returns who knows most of a cluster whose deciding node is not connected; nil where it is, or nobody has been elected, or
// nobody can be asked. Who stands in already goes on. The caller holds mu.
func (f *Fleet) standIn(c *cluster) *host {
	var best *host
	for _, h := range f.hosts {
		if h.Cluster != c.Name || h.view == nil || h.view.cluster != c.Name || !f.connected(h) || !h.view.state.Running {
			continue
		}
		if deciding(h) {
			return nil
		}
		if h.view.state.DC == "" {
			continue
		}
		better := best == nil || h.quorate() && !best.quorate() ||
			h.quorate() == best.quorate() && best.ID != c.standIn && (h.ID == c.standIn || h.Name < best.Name)
		if better {
			best = h
		}
	}
	return best
}
