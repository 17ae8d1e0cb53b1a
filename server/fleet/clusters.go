package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// observed brings together what the hosts of a cluster see. The node that decides wins, a quorate one first; every
// node tells of its own links. What nobody can tell now is what was seen last. The caller holds mu.
func (f *Fleet) observed(c *cluster) (*ha.State, time.Time) {
	var best *host
	var views []*host
	for _, h := range f.hosts {
		if h.Cluster == c.Name && h.view != nil && h.view.cluster == c.Name && f.connected(h) {
			views = append(views, h)
		}
	}
	rank := func(h *host) int {
		if overtaken(h, views) {
			return rank(h) - rankDeciding
		}
		return rank(h)
	}
	for _, h := range views {
		if best == nil || rank(h) > rank(best) || rank(h) == rank(best) && h.Name < best.Name {
			best = h
		}
	}
	if best == nil {
		return c.State, c.Seen
	}
	st := best.view.state
	if !st.Running && c.State != nil {
		// A stopped cluster has no nodes to tell of; those of its set-up are shown as they are: offline.
		st.Nodes, st.Resources = offline(c.Setup), nil
	}
	if len(st.Nodes) == 0 && !deciding(best) && c.State != nil && st.Running {
		// Only the node that decides reports everything. Until it does, lists are as they were.
		st.Nodes, st.Resources, st.Failures, st.FenceHistory = c.State.Nodes, c.State.Resources, c.State.Failures, c.State.FenceHistory
	}
	links := slices.DeleteFunc(slices.Clone(st.Links), func(l ha.LinkState) bool {
		return slices.ContainsFunc(views, func(h *host) bool { return h != best && h.Name == l.Node })
	})
	slices.SortFunc(views, func(a, b *host) int { return strings.Compare(a.Name, b.Name) })
	for _, h := range views {
		if h == best {
			continue
		}
		for _, l := range h.view.state.Links {
			if l.Node == h.Name {
				links = append(links, l)
			}
		}
	}
	slices.SortStableFunc(links, func(a, b ha.LinkState) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Peer, b.Peer), cmp.Compare(a.Link, b.Link))
	})
	st.Links = links
	st.Health, st.Volumes, st.Watched = nil, nil, nil // each node tells of itself alone
	for _, h := range views {
		if own := h.view.state.HealthOf(h.Name); own != nil {
			st.Health = append(st.Health, *own)
		}
		st.Volumes = append(st.Volumes, h.view.state.VolumesOf(h.Name)...)
		st.Watched = append(st.Watched, h.view.state.WatchedBy(h.Name)...)
	}
	st.Resources = ha.NoticedByEvents(st.Resources, st.Watched)
	st.Stragglers = nil
	for _, s := range f.stragglers(c) {
		st.Stragglers = append(st.Stragglers, s.Node)
	}
	st.Device = device(st, views)
	st.Unheard = nil
	if !best.quorate() {
		st.Unheard = f.unheard(c)
	}
	confirmed := f.seen(best)
	if best.view.at.After(confirmed) {
		confirmed = best.view.at
	}
	st.At = confirmed
	return &st, confirmed
}

func deciding(h *host) bool { return h.view.state.Running && h.view.state.DC == h.Name }

// overtaken says whether the host's picture is from before another took over from it: it decides, and sees as online one that
// decides as well. A node that died without a word counts as connected for some seconds more, and its last picture as good.
func overtaken(h *host, views []*host) bool {
	if !deciding(h) {
		return false
	}
	return slices.ContainsFunc(views, func(other *host) bool {
		return other != h && deciding(other) && slices.ContainsFunc(h.view.state.Nodes, func(n ha.NodeState) bool { return n.Name == other.Name && n.Online })
	})
}

// rankDeciding is what deciding is worth: more than knowing all nodes, less than quorum.
const rankDeciding = 2

// rank orders views by how much they know.
func rank(h *host) int {
	s := h.view.state
	n := 0
	if s.Running {
		n += 8
	}
	if s.Quorate {
		n += 4
	}
	if s.DC == h.Name && s.DC != "" {
		n += rankDeciding
	}
	if len(s.Nodes) > 0 {
		n++
	}
	return n
}

func offline(setup ha.Setup) []ha.NodeState {
	var nodes []ha.NodeState
	for _, n := range setup.Nodes {
		nodes = append(nodes, ha.NodeState{Name: n.Name, Kind: ha.MemberNode, Resources: []string{}})
	}
	return nodes
}

// verdict judges a cluster as of now. The caller holds mu.
func (f *Fleet) verdict(c *cluster) ha.Verdict {
	st, _ := f.observed(c)
	return ha.JudgeWith(c.Cluster.Config, st, f.background(c), f.o.Now())
}

func (f *Fleet) lookUp(name string) (*cluster, error) {
	if c := f.clusters[name]; c != nil {
		return c, nil
	}
	return nil, errNoCluster(name)
}

func errNoCluster(name string) *fault.Error {
	return fault.New(fault.NotFound, "cluster.not_found", "there is no cluster %s", name).With("cluster", name)
}

// Clusters returns all clusters by name.
func (f *Fleet) Clusters(context.Context) ([]api.Cluster, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]api.Cluster, 0, len(f.clusters))
	for _, c := range f.clusters {
		head, _ := f.head(c)
		list = append(list, head)
	}
	slices.SortFunc(list, func(a, b api.Cluster) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Cluster returns a cluster with all that is known of it.
func (f *Fleet) Cluster(_ context.Context, name string) (api.ClusterDetail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return api.ClusterDetail{}, err
	}
	head, st := f.head(c)
	setup := c.Setup
	return api.ClusterDetail{Cluster: head, State: st, Config: c.Cluster.Config, Setup: &setup}, nil
}

func (f *Fleet) head(c *cluster) (api.Cluster, *ha.State) {
	st, seen := f.observed(c)
	head := api.Cluster{
		Name: c.Name, Label: c.Label, Engine: c.Engine, Created: c.Created, LastMove: c.LastMove, Seen: seen, Revision: c.Revision,
		Verdict: ha.JudgeWith(c.Cluster.Config, st, f.background(c), f.o.Now()), Nodes: []string{},
	}
	head.Stale = st == nil || f.o.Now().Sub(st.At) > ha.StaleAfter
	for _, n := range c.Setup.Nodes {
		head.Nodes = append(head.Nodes, n.Name)
	}
	if cfg := c.Cluster.Config; cfg != nil {
		head.Epoch = cfg.Version
	}
	if st == nil {
		return head, nil
	}
	head.Quorate, head.Running = st.Quorate && st.Running, st.Running
	for _, n := range st.Nodes {
		if n.Online && n.IsMember() {
			head.Online++
		}
	}
	n := ha.CountResources(st.Resources)
	head.Resources, head.Desired, head.Started, head.Failed = n.All, n.Desired, n.Started, n.Failed
	return head, st
}

// Nodes returns the nodes of a cluster, those of its set-up first.
func (f *Fleet) Nodes(_ context.Context, name string) ([]api.Node, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	return f.nodes(c), nil
}

// Node returns one node.
func (f *Fleet) Node(_ context.Context, name, node string) (api.Node, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return api.Node{}, err
	}
	for _, n := range f.nodes(c) {
		if n.Name == node {
			return n, nil
		}
	}
	return api.Node{}, fault.New(fault.NotFound, "node.not_found", "cluster %s has no node %s", name, node).With("cluster", name, "node", node)
}

func (f *Fleet) nodes(c *cluster) []api.Node {
	st, _ := f.observed(c)
	if st == nil {
		st = &ha.State{}
	}
	var configured []ha.Resource
	if cfg := c.Cluster.Config; cfg != nil {
		configured = cfg.Resources
	}
	var list []api.Node
	known := map[string]bool{}
	add := func(name string, addresses []string) {
		if known[name] {
			return
		}
		known[name] = true
		n := api.Node{Name: name, Kind: ha.MemberNode, Addresses: addresses, Resources: []string{}}
		if r, is := ha.FindRemote(configured, name); is {
			n.Kind, n.Connection = r.Kind, r.Connection
		}
		if i := slices.IndexFunc(st.Nodes, func(s ha.NodeState) bool { return s.Name == name }); i >= 0 {
			s := st.Nodes[i]
			n.State = &s
			n.Online, n.Standby, n.Maintenance, n.Unclean, n.DC = s.Online, s.Standby, s.Maintenance, s.Unclean, s.DC
			n.Resources = append(n.Resources, s.Resources...)
			if s.Connection != "" {
				n.Kind, n.Connection, n.Through = s.Kind, s.Connection, s.Through
			}
		}
		if cfg := c.Cluster.Config; cfg != nil {
			if i := slices.IndexFunc(cfg.Nodes, func(x ha.NodeConfig) bool { return x.Name == name }); i >= 0 {
				n.Config = &cfg.Nodes[i]
			} else if n.Kind != ha.MemberNode { // its entry comes with its first permanent attribute
				n.Config = &ha.NodeConfig{ID: name, Name: name, Kind: ha.RemoteNode}
			}
		}
		if h := f.find(name); h != nil && h.Cluster == c.Name {
			facts := h.Facts
			n.Facts, n.Enrolled, n.Connected = &facts, !h.Revoked, f.connected(h)
		}
		for _, l := range st.Links {
			if l.Node == name {
				n.Links = append(n.Links, l)
			}
		}
		for i, a := range st.FenceHistory {
			if a.Node == name && (n.LastFence == nil || a.At.After(n.LastFence.At)) {
				n.LastFence = &st.FenceHistory[i]
			}
		}
		list = append(list, n)
	}
	for _, n := range c.Setup.Nodes {
		add(n.Name, n.Addresses)
	}
	for _, r := range ha.Remotes(configured) {
		var at []string
		if c := ha.FindResource(configured, r.Connection); r.Kind == ha.RemoteNode && c.Parameters["server"] != "" {
			at = []string{c.Parameters["server"]}
		} else if a := c.Meta["remote-addr"]; a != "" {
			at = []string{a}
		}
		add(r.Name, at)
	}
	for _, n := range st.Nodes {
		add(n.Name, nil)
	}
	return list
}

// device is the quorum device as the teller of st sees it, with the nodes that are online and have lost it.
func device(st ha.State, views []*host) *ha.DeviceState {
	if st.Device == nil {
		return nil
	}
	d := *st.Device
	d.Lost = nil
	for _, h := range views {
		own := h.view.state.Device
		online := slices.ContainsFunc(st.Nodes, func(n ha.NodeState) bool { return n.Name == h.Name && n.Online })
		if online && own != nil && !own.Connected {
			d.Lost = append(d.Lost, h.Name)
		}
	}
	return &d
}
