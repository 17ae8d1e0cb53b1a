package fleet

import (
	"context"
	"slices"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Member is a node of a cluster with its host.
type Member struct {
	Node      string
	Host      string // ID; empty where no enrolled host has the node's name, or it was revoked
	Connected bool
	Facts     ha.Facts
	Conf      *ha.ConfState   // its corosync.conf; nil where it has not told since it is connected
	Device    *ha.DeviceState // the quorum device as it sees it
}

// Known is what is known of a cluster at one moment.
type Known struct {
	Created time.Time
	Setup   ha.Setup
	Engine  string
	State   *ha.State
	Config  Configuration
	Members []Member // in the order of the set-up
	Remotes []Member // remote nodes: those that are configured, then those whose hosts are about to become one
	// LastMove is the last failover that was seen.
	LastMove *api.Outage
}

// Asked returns the member that is asked for what concerns the whole cluster: the one that decides, else any that is online.
func (k Known) Asked(except string) (Member, error) {
	online := map[string]bool{}
	running := false
	dc := ""
	if k.State != nil && k.State.Running {
		running, dc = true, k.State.DC
		for _, n := range k.State.Nodes {
			online[n.Name] = n.Online
		}
	}
	var found *Member
	connected := 0
	for i, m := range k.Members {
		if !m.Connected || m.Node == except {
			continue
		}
		connected++
		if running && !online[m.Node] {
			continue
		}
		if found == nil || m.Node == dc {
			found = &k.Members[i]
		}
	}
	switch {
	case connected == 0:
		return Member{}, fault.New(fault.Unreachable, "cluster.unreachable", "no node of cluster %s is connected to this server", k.Setup.Name).
			With("cluster", k.Setup.Name)
	case !running || found == nil:
		return Member{}, fault.New(fault.Unreachable, "cluster.stopped", "cluster %s does not run; start it first", k.Setup.Name).
			With("cluster", k.Setup.Name)
	}
	return *found, nil
}

// Known returns what is known of a cluster.
func (f *Fleet) Known(name string) (Known, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return Known{}, err
	}
	st, _ := f.observed(c)
	k := Known{LastMove: c.LastMove, Created: c.Created, Setup: c.Setup, Engine: c.Engine, State: st, Config: Configuration{Config: c.Cluster.Config, XML: c.XML}}
	for _, n := range c.Setup.Nodes {
		m := Member{Node: n.Name}
		if h := f.find(n.Name); h != nil && h.Cluster == name && !h.Revoked {
			m.Host, m.Connected, m.Facts = h.ID, f.connected(h), h.Facts
			if h.view != nil && h.view.cluster == name && m.Connected {
				m.Conf, m.Device = h.view.state.Conf, h.view.state.Device
			}
		}
		k.Members = append(k.Members, m)
	}
	k.Remotes = f.remotes(c)
	return k, nil
}

// Size counts the clusters that are managed here, and their members and remote nodes.
func (f *Fleet) Size() (clusters, nodes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.clusters {
		nodes += len(c.Setup.Nodes) + len(f.remotes(c))
	}
	return len(f.clusters), nodes
}

// remotes are the remote nodes of a cluster with their hosts: those that are configured, then hosts that belong to the cluster and are
// no members. The caller holds mu.
func (f *Fleet) remotes(c *cluster) []Member {
	var list []Member
	known := map[string]bool{}
	for _, n := range c.Setup.Nodes {
		known[n.Name] = true
	}
	add := func(name string) {
		if known[name] {
			return
		}
		known[name] = true
		m := Member{Node: name}
		if h := f.find(name); h != nil && h.Cluster == c.Name && !h.Revoked {
			m.Host, m.Connected, m.Facts = h.ID, f.connected(h), h.Facts
		}
		list = append(list, m)
	}
	if cfg := c.Cluster.Config; cfg != nil {
		for _, r := range ha.Remotes(cfg.Resources) {
			if r.Kind == ha.RemoteNode {
				add(r.Name)
			}
		}
	}
	var others []string
	for _, h := range f.hosts {
		if h.Cluster == c.Name && !h.Revoked {
			others = append(others, h.Name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		add(name)
	}
	return list
}

// NodeNames are all nodes: the members, then remote and guest nodes, as they are configured.
func (k Known) NodeNames() []string {
	var list []string
	for _, n := range k.Setup.Nodes {
		list = append(list, n.Name)
	}
	if k.Config.Config != nil {
		for _, r := range ha.Remotes(k.Config.Config.Resources) {
			list = append(list, r.Name)
		}
	}
	return list
}

// Straggler is a node whose corosync.conf is older than its cluster's.
type Straggler struct {
	Cluster string
	Node    string
	Host    string // its ID
	Version uint64 // what it has told last; a file that was just written is newer
	Want    uint64 // what the cluster has
}

// Stragglers returns the nodes that are connected and have an older corosync.conf than their cluster: they were off while it was
// changed.
func (f *Fleet) Stragglers() []Straggler {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Straggler
	for _, c := range f.clusters {
		list = append(list, f.stragglers(c)...)
	}
	return list
}

// stragglers are those of one cluster. The caller holds mu.
func (f *Fleet) stragglers(c *cluster) []Straggler {
	var list []Straggler
	if c.Setup.Version == 0 {
		return nil
	}
	for _, n := range c.Setup.Nodes {
		h := f.find(n.Name)
		if h == nil || h.Cluster != c.Name || !f.connected(h) || h.view == nil || h.view.cluster != c.Name {
			continue
		}
		if conf := h.view.state.Conf; conf != nil && conf.Version < c.Setup.Version {
			list = append(list, Straggler{Cluster: c.Name, Node: n.Name, Host: h.ID, Version: conf.Version, Want: c.Setup.Version})
		}
	}
	return list
}

// Serves names the clusters whose quorum device a host is.
func (f *Fleet) Serves(host string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.serves(host)
}

// serves is Serves for who holds mu.
func (f *Fleet) serves(host string) []string {
	var list []string
	for _, c := range f.clusters {
		if q := c.Setup.Quorum; q != nil && q.Device != nil && q.Device.Host == host {
			list = append(list, c.Name)
		}
	}
	slices.Sort(list)
	return list
}

// Machine is an enrolled host that may become a node.
type Machine struct {
	Host
	Connected bool
}

// Machine returns the host of that name.
func (f *Fleet) Machine(name string) (Machine, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.find(name)
	if h == nil || h.Revoked {
		return Machine{}, errNoHost(name)
	}
	return Machine{Host: h.Host, Connected: f.connected(h)}, nil
}

// CreateCluster makes a cluster of these hosts, by ID.
func (f *Fleet) CreateCluster(ctx context.Context, c Cluster, hosts []string) error {
	if err := f.o.Store.CreateCluster(ctx, c, hosts); err != nil {
		return err
	}
	f.mu.Lock()
	f.clusters[c.Name] = &cluster{Cluster: c}
	f.belong(c.Name, hosts)
	f.mu.Unlock()
	f.publishCluster(c.Name)
	return nil
}

// SetMembers gives a cluster another set-up and exactly these hosts.
func (f *Fleet) SetMembers(ctx context.Context, name string, setup ha.Setup, hosts []string) error {
	if err := f.o.Store.SetMembers(ctx, name, setup, hosts); err != nil {
		return err
	}
	f.mu.Lock()
	if c := f.clusters[name]; c != nil {
		c.Setup = setup
	}
	f.belong(name, hosts)
	f.mu.Unlock()
	f.publishCluster(name)
	return nil
}

// DeleteCluster takes a cluster out; its hosts stay enrolled. One that is gone already is no error.
func (f *Fleet) DeleteCluster(ctx context.Context, name string) error {
	if err := f.o.Store.DeleteCluster(ctx, name); err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	f.mu.Lock()
	delete(f.clusters, name)
	f.belong(name, nil)
	f.mu.Unlock()
	f.publishCluster(name)
	return nil
}

// belong makes exactly these hosts members of a cluster. The caller holds mu.
func (f *Fleet) belong(name string, hosts []string) {
	for id, h := range f.hosts {
		switch {
		case slices.Contains(hosts, id):
			h.Cluster = name
		case h.Cluster == name:
			h.Cluster = ""
		}
	}
}

// Observed puts what was asked afresh into the picture, as if the host had reported it.
func (f *Fleet) Observed(ctx context.Context, id, name string, st ha.State, cfg *Configuration, command string) error {
	f.mu.Lock()
	if c, h := f.clusters[name], f.hosts[id]; c != nil && h != nil && h.Cluster == name {
		c.State, c.Seen, c.dirty = &st, st.At, true
		if c.Engine == "" {
			c.Engine = st.Engine
		}
	}
	f.mu.Unlock()
	f.publishCluster(name)
	if cfg == nil {
		return nil
	}
	return f.takeOver(ctx, id, name, *cfg, command)
}

// Revised notes the number of a cluster's newest revision.
func (f *Fleet) Revised(name string, number int) {
	f.mu.Lock()
	if c := f.clusters[name]; c != nil {
		c.Revision = max(c.Revision, number)
	}
	f.mu.Unlock()
}
