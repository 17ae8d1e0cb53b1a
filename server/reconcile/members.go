package reconcile

import (
	"context"
	"slices"
	"strconv"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// addNode makes an enrolled host a node of a running cluster: its own files, then everybody's, one reload, then its daemons.
// The cluster learns of it before it starts, so that it joins instead of forming a cluster of its own.
var addNode = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		n := *m.Request.Node
		if served := e.o.Picture.Serves(n.Name); len(served) > 0 {
			return withCode(field("node.name", "qdevice.is_arbiter", "is the arbiter of "+names(served), "name", n.Name, "clusters", names(served)), fault.Conflict)
		}
		if _, is := ha.FindRemote(resourcesOf(k), n.Name); is {
			return withCode(field("node.name", "node.name_taken", "a remote or guest node has this name", "name", n.Name), fault.Conflict)
		}
		if _, has := k.Setup.FindLink(ha.DiskLinkNumber); has {
			// The new node would have to be tried on the disk first, and all daemons to learn of it.
			return fault.New(fault.Conflict, "diskhb.take_away_first", "take the disk heartbeat of cluster %s away, add the node, and enable it again", m.Request.Cluster).
				With("cluster", m.Request.Cluster)
		}
		after := k.Setup
		after.Nodes = append(slices.Clone(k.Setup.Nodes), n)
		after = retimed(after).Requorum(len(k.Setup.Nodes))
		after.Version = k.Setup.Version + 1
		if err := ha.ValidateSetup(after); err != nil {
			return newNodeFields(err, len(after.Nodes)-1)
		}
		var f fault.Fields
		code := fault.Invalid
		machine := e.checkMachine(&f, "node", n, "", &code)
		if machine != nil && len(f) == 0 && machine.Facts.Engine != k.Engine && k.Engine != "" {
			f.Add("node.name", "cluster.mixed_engines", "simulated and real nodes do not mix", "name", n.Name)
		}
		if err := f.Err(); err != nil {
			return withCode(err, code)
		}
		if err := allConnected(k, ""); err != nil {
			return err
		}
		if err := m.choose(k, ""); err != nil {
			return err
		}
		m.Hosts[n.Name] = machine.ID
		m.Before, m.After = &k.Setup, &after
		return e.deviceForNode(ctx, m)
	},
	take: func(ctx context.Context, e *Engine, m *memo) error {
		// The set-up stays the one before until all nodes have the new files: by the new one they would all be stragglers.
		return e.o.Picture.SetMembers(ctx, m.Request.Cluster, *m.Before, m.hostList())
	},
	give: func(ctx context.Context, e *Engine, m *memo) error {
		var hosts []string
		for _, n := range m.Before.Nodes {
			if id := m.Hosts[n.Name]; id != "" {
				hosts = append(hosts, id)
			}
		}
		for _, id := range m.Remotes {
			hosts = append(hosts, id)
		}
		return e.o.Picture.SetMembers(ctx, m.Request.Cluster, *m.Before, hosts)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		name := m.Request.Node.Name
		start := startStep(name)
		start.undo = func(ctx context.Context, j *job, s *spot) error {
			a := j.to(name, wire.StopHost, wire.StopArgs{Cluster: j.op.Cluster, Force: true})
			a.timeout = stopTime
			_, err := j.send(ctx, s, a, nil)
			return err
		}
		return slices.Concat(
			[]stage{{preflightStep(name, *m.After)}, {configureStep(name, *m.After)}},
			certificateStages(m, []string{name}),
			[]stage{
				{keyForNode(m.Node, name)},
				{unreloadStep(m.Node, name)},
				updates(m.Before.Nodes, *m.After, *m.Before),
				{reloadStep(m.Node)},
				{start},
				{settleStep(m.Node, wire.SettleArgs{Online: []string{name}, Quorate: true})},
			},
			startDevices(m, []string{name}),
			[]stage{
				{{name: "observe", node: m.Node, do: joined}},
				{{name: "record", do: func(ctx context.Context, j *job, _ *spot) error {
					return j.e.o.Picture.SetMembers(ctx, j.op.Cluster, *m.After, m.hostList())
				}}},
			},
		), nil
	},
}

// joined makes the revision of a node that has joined. Pacemaker wrote its entry, at this operation's asking.
func joined(ctx context.Context, j *job, s *spot) error {
	a := j.to(s.node, wire.Observe, wire.NoArgs{})
	a.timeout = readTime
	var out wire.ObserveOutput
	if _, err := j.send(ctx, s, a, &out); err != nil || out.Config == nil {
		return err
	}
	r, err := j.openRevision(ctx, 0)
	if err != nil {
		return err
	}
	now := out.Config.Config
	before := now
	before.Nodes = slices.DeleteFunc(slices.Clone(now.Nodes), func(n ha.NodeConfig) bool { return n.Name == j.memo.Request.Node.Name })
	r.State, r.Object, r.Version, r.Differences = revisionApplied, j.memo.Request.Node.Name, now.Version, ha.DiffConfig(before, now)
	// Without what was before it cannot be taken back: to remove the entry of a node that runs would bring it back at once.
	if err := j.e.o.Store.ChangeRevision(ctx, j.op.Cluster, r, Bodies{After: out.Config.XML}); err != nil {
		return err
	}
	j.e.revised(j.op.Cluster, r)
	cfg := &fleet.Configuration{Config: &now, XML: out.Config.XML}
	return j.e.o.Picture.Observed(ctx, a.host, j.op.Cluster, out.State, cfg, a.commandOf(j, s))
}

// newNodeFields moves what is wrong with the last node of a set-up to where the request has it.
func newNodeFields(err error, last int) error {
	p := fault.Public(err)
	at := "nodes[" + strconv.Itoa(last) + "]"
	for i, f := range p.Fields {
		if len(f.Path) > len(at) && f.Path[:len(at)] == at {
			p.Fields[i].Path = "node" + f.Path[len(at):]
		}
	}
	return p
}

// retimed gives a set-up the IDs and the timing that its number of nodes asks for.
func retimed(s ha.Setup) ha.Setup {
	if s.Timing.Profile != ha.ProfileCustom {
		s.Timing = ha.Timing{Profile: s.Timing.Profile}
	} else {
		s.Timing.Consensus = 0
	}
	return resolved(s)
}

// updates changes the files of nodes that have some, and puts the old ones back.
func updates(nodes []ha.SetupNode, to, from ha.Setup) stage {
	var all stage
	for _, n := range nodes {
		all = append(all, step{
			name: "update", node: n.Name,
			do:   func(ctx context.Context, j *job, s *spot) error { return j.configure(ctx, s, n.Name, to, true, 0) },
			undo: func(ctx context.Context, j *job, s *spot) error { return j.configure(ctx, s, n.Name, from, true, 0) },
		})
	}
	return all
}

// reloadStep makes corosync read its files again, on all nodes by one command. Taken back in reverse order it would come
// before the old files are there again; see unreloadStep.
func reloadStep(node string) step {
	return step{name: "reread", node: node, do: func(ctx context.Context, j *job, s *spot) error { return j.reload(ctx, s, node) }}
}

func (j *job) reload(ctx context.Context, s *spot, node string) error {
	a := j.to(node, wire.Reload, wire.NoArgs{})
	a.timeout = filesTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// volumesOn are the names of the volumes of which a node has a side.
func (e *Engine) volumesOn(ctx context.Context, actor string, k fleet.Known, node string) []string {
	var list []string
	for _, v := range e.volumes(ctx, actor, k) {
		if v.Volume.On(node) != nil {
			list = append(list, v.Volume.Name)
		}
	}
	return list
}

// removeNode takes a node out of a cluster: its services move, its daemons stop, its files go, the others forget it. A node that
// is off for good is left out of what it would have to do itself.
var removeNode = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		one, err := member(k, m.Request.Object)
		if err != nil {
			return err
		}
		if len(k.Members) == 1 {
			return fault.New(fault.Conflict, "node.last", "%s is the only node of cluster %s; destroy the cluster instead", one.Node, k.Setup.Name).
				With("node", one.Node, "cluster", k.Setup.Name)
		}
		if !one.Connected {
			if nodeOnline(k.State, one.Node) {
				return errAway(one)
			}
			m.Gone = true
		}
		if held := e.volumesOn(ctx, m.Request.Actor, k, one.Node); len(held) > 0 && !m.Gone {
			return fault.New(fault.Conflict, "node.has_volumes", "node %s has a side of %s", one.Node, names(held)).With("node", one.Node, "volumes", names(held))
		}
		if err := allConnected(k, one.Node); err != nil {
			return err
		}
		if err := m.choose(k, one.Node); err != nil {
			return err
		}
		after := k.Setup
		after.Nodes = slices.DeleteFunc(slices.Clone(k.Setup.Nodes), func(n ha.SetupNode) bool { return n.Name == one.Node })
		after = retimed(after).Requorum(len(k.Setup.Nodes))
		after.Version = k.Setup.Version + 1
		m.Before, m.After = &k.Setup, &after
		return deviceWithout(k.Setup, one.Node)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		node := m.Request.Object
		var stages []stage
		if !m.Gone {
			stop := stopStep(node, false)
			stop.undo = func(ctx context.Context, j *job, s *spot) error {
				a := j.to(node, wire.StartHost, wire.StartArgs{Cluster: j.op.Cluster})
				a.timeout = startTime
				_, err := j.send(ctx, s, a, nil)
				return err
			}
			stages = append(stages, stage{stop}, stage{{
				name: "deconfigure", node: node,
				do: func(ctx context.Context, j *job, s *spot) error {
					a := j.to(node, wire.Deconfigure, wire.NoArgs{})
					a.timeout = stopTime
					_, err := j.send(ctx, s, a, nil)
					return err
				},
				undo: func(ctx context.Context, j *job, s *spot) error {
					return j.configure(ctx, s, node, *m.Before, false, 0)
				},
			}})
		}
		return append(stages,
			stage{unreloadStep(m.Node, "")},
			updates(m.After.Nodes, *m.After, *m.Before),
			stage{reloadStep(m.Node)},
			stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, []ha.Edit{{Op: ha.RemoveNode, Node: node}}, nil)
			}}},
			stage{{name: "leave", do: func(ctx context.Context, j *job, _ *spot) error {
				var hosts []string
				for _, n := range m.After.Nodes {
					hosts = append(hosts, j.memo.Hosts[n.Name])
				}
				for _, id := range j.memo.Remotes {
					hosts = append(hosts, id)
				}
				return j.e.o.Picture.SetMembers(ctx, j.op.Cluster, *m.After, hosts)
			}}},
		), nil
	},
}

// unreloadStep does nothing on the way forward. On the way back it comes after the old files are there again, makes corosync
// read them, and has the cluster forget a node that had joined.
func unreloadStep(node, joined string) step {
	return step{
		name: "prepare", node: node,
		undo: func(ctx context.Context, j *job, s *spot) error {
			if err := j.reload(ctx, s, node); err != nil || joined == "" {
				return err
			}
			a := j.to(node, wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.RemoveNode, Node: joined}}})
			a.timeout, a.nth = editTime, 1
			if _, err := j.patch(ctx, s, a); err != nil && fault.CodeOf(err) != fault.NotFound {
				return err
			}
			return nil
		},
	}
}
