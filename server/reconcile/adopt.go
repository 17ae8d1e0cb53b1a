package reconcile

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// adopt takes a cluster that was made by other means into management. Agents only read: no file of the cluster is written, nothing
// is restarted. Nodes without an agent stay as they are, and become members as soon as theirs is enrolled: see watchAdopted.
var adopt = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		name := m.Request.Cluster
		if _, err := e.o.Picture.Known(name); err == nil {
			return fault.New(fault.Conflict, "cluster.name_taken", "there is a cluster %s already", name).With("name", name)
		}
		found, err := e.inspect(ctx, m.Request.Actor, name, e.o.Picture.Unmanaged()[name])
		if err != nil {
			return err
		}
		m.Hosts, m.After = found.hosts, &found.files.Setup
		m.Host, m.Node = found.host, found.node
		if len(found.files.Authkey) == 0 {
			return nil
		}
		// It is kept before the operation is: a key without a cluster does no harm and is replaced by the next try.
		return e.o.Store.PutSecret(ctx, secretOf(name), found.files.Authkey)
	},
	take: func(ctx context.Context, e *Engine, m *memo) error {
		setup := *m.After
		if k, err := e.o.Picture.Known(setup.Name); err == nil && k.Created.Equal(m.Started) {
			return nil // by the process before this one
		}
		return e.o.Picture.CreateCluster(ctx, fleet.Cluster{Name: setup.Name, Label: m.Request.Label, Created: m.Started, Setup: setup}, m.hostList())
	},
	give: create.give,
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		return []stage{
			{{name: "observe", node: m.Node, do: firstRevision}},
			{{name: "record", do: func(ctx context.Context, j *job, _ *spot) error {
				return j.e.o.Picture.Note(ctx, j.op.Cluster+"/adopted/"+j.op.ID, api.Event{
					At: j.e.now(), Cluster: j.op.Cluster, Kind: string(ha.ClusterAdopted), Severity: ha.Info, Object: j.op.Cluster, Actor: j.op.Actor,
				})
			}}},
		}, nil
	},
}

// foundCluster is what the hosts of a cluster say of it.
type foundCluster struct {
	host, node string // who is asked
	hosts      map[string]string
	files      wire.FilesOutput
}

// inspect reads the files of a cluster's enrolled hosts and refuses what cannot be adopted.
func (e *Engine) inspect(ctx context.Context, actor, name string, machines []fleet.Machine) (foundCluster, error) {
	c := foundCluster{hosts: map[string]string{}}
	if len(machines) == 0 {
		return c, fault.New(fault.NotFound, "cluster.not_found_on_hosts", "no enrolled host belongs to a cluster %s that is not managed here", name).With("cluster", name)
	}
	away := machines[0].Name
	for _, h := range machines {
		if !h.Connected {
			away = h.Name
			continue // it becomes a member when it is back
		}
		var files wire.FilesOutput
		if err := e.read(ctx, actor, h.ID, wire.ReadFiles, wire.NoArgs{}, &files); err != nil {
			return c, named(err, h.Name)
		}
		if c.host == "" {
			c.host, c.node, c.files = h.ID, h.Name, files
		} else if !sameCluster(c.files, files) {
			return c, fault.New(fault.Conflict, "cluster.files_differ", "hosts %s and %s have different files of a cluster %s", c.node, h.Name, name).
				With("node", c.node, "other", h.Name, "cluster", name)
		}
		c.hosts[h.Name] = h.ID
	}
	if c.host == "" {
		return c, fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", away).With("host", away, "node", away)
	}
	return c, e.checkFound(name, &c)
}

// sameCluster says whether two hosts belong to one cluster: the same key and the same configuration.
func sameCluster(a, b wire.FilesOutput) bool {
	return a.Digest == b.Digest && a.Setup.Version == b.Setup.Version && subtle.ConstantTimeCompare(a.Authkey, b.Authkey) == 1
}

func (e *Engine) checkFound(name string, c *foundCluster) error {
	var f fault.Fields
	code := fault.Invalid
	seen := map[string]bool{}
	if c.files.Setup.Name != name {
		f.Add("name", "cluster.other_configured", "belongs to another cluster", "node", c.node, "cluster", c.files.Setup.Name)
	}
	for i, n := range c.files.Setup.Nodes {
		at := fmt.Sprintf("nodes[%d].name", i)
		if err := ha.CheckNodeName(n.Name); err != nil {
			list := fields(err, "")
			f.Add(at, list[0].Reason, list[0].Message, "name", n.Name)
			continue
		}
		if seen[strings.ToLower(n.Name)] {
			f.Add(at, "node.name_taken", "given twice", "name", n.Name)
		}
		seen[strings.ToLower(n.Name)] = true
		if machine, err := e.o.Picture.Machine(n.Name); err == nil && machine.Cluster != "" {
			f.Add(at, "host.in_cluster", "belongs to cluster "+machine.Cluster, "name", n.Name, "cluster", machine.Cluster)
			code = fault.Conflict
		}
	}
	for node := range c.hosts {
		if !seen[strings.ToLower(node)] {
			f.Add("nodes", "node.not_in_setup", "this host is none of the nodes", "node", node)
		}
	}
	return withCode(f.Err(), code)
}

// Found lists the clusters that enrolled hosts belong to and that are not managed here, with what they are like now.
func (e *Engine) Found(ctx context.Context, actor string) ([]api.FoundCluster, error) {
	unmanaged := e.o.Picture.Unmanaged()
	list := []api.FoundCluster{}
	for _, name := range slices.Sorted(maps.Keys(unmanaged)) {
		c := api.FoundCluster{Name: name, Nodes: []api.FoundNode{}}
		if k, err := e.o.Picture.Known(name); err == nil {
			if slices.ContainsFunc(unmanaged[name], func(h fleet.Machine) bool { return !slices.Contains(nodeNames(k.Setup), h.Name) }) {
				c.Fault = fault.New(fault.Conflict, "cluster.name_taken", "there is a cluster %s already", name).With("name", name)
			} else {
				continue // its agents are about to become members: see watchAdopted
			}
		}
		found, err := e.inspect(ctx, actor, name, unmanaged[name])
		if err != nil && c.Fault == nil {
			c.Fault = fault.Public(err)
		}
		connected := map[string]bool{}
		for _, h := range unmanaged[name] {
			connected[h.Name] = h.Connected
			c.Engine = h.Facts.Engine
		}
		for _, n := range found.files.Setup.Nodes {
			on, enrolled := connected[n.Name]
			c.Nodes = append(c.Nodes, api.FoundNode{Name: n.Name, Addresses: n.Addresses, Enrolled: enrolled, Connected: on})
		}
		if found.host != "" {
			e.lookAt(ctx, actor, found.host, &c)
		}
		list = append(list, c)
	}
	return list, nil
}

// lookAt adds what a cluster is like now.
func (e *Engine) lookAt(ctx context.Context, actor, host string, c *api.FoundCluster) {
	var now wire.ObserveOutput
	if err := e.read(ctx, actor, host, wire.Observe, wire.NoArgs{}, &now); err != nil {
		if c.Fault == nil {
			c.Fault = fault.Public(err)
		}
		return
	}
	c.Running, c.Quorate = now.State.Running, now.State.Running && now.State.Quorate
	for _, n := range now.State.Nodes {
		if n.Online && n.IsMember() {
			c.Online++
		}
	}
	n := ha.CountResources(now.State.Resources)
	c.Resources, c.Started = n.All, n.Started
	if now.Config != nil {
		v := ha.Judge(&now.Config.Config, &now.State, e.now())
		c.Verdict = &v
	}
}

const (
	// adoptedLook is how often it is looked for agents of adopted clusters, adoptedPause how long one is left alone after it was
	// refused.
	adoptedLook  = 2 * time.Second
	adoptedPause = time.Minute
	// standInEvery is well below wire.StandInFor, so that one that is lost does no harm.
	standInEvery = 8 * time.Second
)

// watchAdopted makes agents members of the cluster that their host is a node of, and has one report for those that cannot, until ctx
// ends.
func (e *Engine) watchAdopted(ctx context.Context) {
	tick := time.NewTicker(adoptedLook)
	defer tick.Stop()
	refused := map[fleet.Joiner]time.Time{}
	asked := map[fleet.StandIn]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, c := range e.o.Picture.Joiners() {
			if time.Since(refused[c]) < adoptedPause {
				continue
			}
			if err := e.join(ctx, c); err != nil && ctx.Err() == nil {
				refused[c] = time.Now()
				e.o.Log.Warn("host not taken into its cluster", "cluster", c.Cluster, "node", c.Node, "err", err)
			}
		}
		for _, s := range e.o.Picture.StandIns() {
			if time.Since(asked[s]) < standInEvery {
				continue
			}
			asked[s] = time.Now()
			if err := e.read(ctx, Self, s.Host, wire.StandIn, wire.NoArgs{}, &wire.NoArgs{}); err != nil && ctx.Err() == nil {
				e.o.Log.Debug("node does not stand in", "cluster", s.Cluster, "host", s.Host, "err", err)
			}
		}
	}
}

// join makes a host the member that it says it is, if it has the cluster's key and configuration. A host that has other files is told
// of and left as it is: to give it the cluster's files is for somebody to decide.
func (e *Engine) join(ctx context.Context, c fleet.Joiner) error {
	id := rand.Text()
	if _, err := e.claim(c.Cluster, newClaim(id, "cluster.adopt", Self)); err != nil {
		return nil //nolint:nilerr // something is changing the cluster; it is looked at again
	}
	defer e.release(c.Cluster, id)
	k, err := e.o.Picture.Known(c.Cluster)
	if err != nil {
		return err
	}
	var files wire.FilesOutput
	if err := e.read(ctx, Self, c.Host, wire.ReadFiles, wire.NoArgs{}, &files); err != nil {
		return err
	}
	key, err := e.o.Store.Secret(ctx, secretOf(c.Cluster))
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	event := api.Event{At: e.now(), Cluster: c.Cluster, Kind: string(ha.NodeEnrolled), Severity: ha.Info, Object: c.Node, Actor: Self, Args: map[string]string{"node": c.Node}}
	if !sameCluster(files, wire.FilesOutput{Setup: k.Setup, Digest: k.Setup.Digest(), Authkey: key}) {
		event.Kind, event.Severity = string(ha.NodeForeign), ha.Warning
		if err := e.o.Picture.Note(ctx, fmt.Sprintf("%s/foreign/%s/%s", c.Cluster, c.Host, files.Digest), event); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "cluster.files_differ", "host %s has other files than cluster %s", c.Node, c.Cluster).
			With("node", c.Node, "other", c.Cluster, "cluster", c.Cluster)
	}
	hosts := []string{c.Host}
	for _, member := range slices.Concat(k.Members, k.Remotes) {
		if member.Host != "" {
			hosts = append(hosts, member.Host)
		}
	}
	if err := e.o.Picture.SetMembers(ctx, c.Cluster, k.Setup, hosts); err != nil {
		return err
	}
	return e.o.Picture.Note(ctx, c.Cluster+"/enrolled/"+c.Host, event)
}
