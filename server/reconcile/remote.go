package reconcile

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// remoteKeySize is what pcs makes, too: 4096 bytes.
const remoteKeySize = 4096

// carriedRemoteKey is the key of the cluster's remote nodes, carriedKeyed the members that had it before, in memo.Carried.
const (
	carriedRemoteKey = "remote/key"
	carriedKeyed     = "remote/keyed/" // + node
)

// byNode is an operation on a node that is another one for a remote node, which has no agent of the cluster's: members act for it.
func byNode(remote, other kind) kind {
	pick := func(m *memo) kind {
		if m.Remote {
			return remote
		}
		return other
	}
	k := kind{
		check: func(ctx context.Context, e *Engine, m *memo) error {
			var err error
			if m.Remote, err = e.aboutRemote(m); err != nil {
				return err
			}
			return pick(m).check(ctx, e, m)
		},
		plan: func(e *Engine, m *memo) ([]stage, error) { return pick(m).plan(e, m) },
	}
	if remote.take != nil && other.take != nil {
		k.take = func(ctx context.Context, e *Engine, m *memo) error { return pick(m).take(ctx, e, m) }
		k.give = func(ctx context.Context, e *Engine, m *memo) error { return pick(m).give(ctx, e, m) }
	}
	return k
}

// aboutRemote says whether a request is about a remote node. A guest node comes and goes with the resource that carries it.
func (e *Engine) aboutRemote(m *memo) (bool, error) {
	if m.Request.Node != nil {
		return m.Request.Remote != nil, nil
	}
	k, err := e.o.Picture.Known(m.Request.Cluster)
	if err != nil {
		return false, err
	}
	if err := noGuest(k, m.Request.Object); err != nil {
		return false, err
	}
	return slices.ContainsFunc(k.Remotes, func(r fleet.Member) bool { return r.Node == m.Request.Object }), nil
}

// noGuest refuses what cannot be done to a guest node.
func noGuest(k fleet.Known, node string) error {
	r, is := ha.FindRemote(resourcesOf(k), node)
	if !is || r.Kind != ha.GuestNode {
		return nil
	}
	return fault.New(fault.Conflict, "guest.by_resource", "%s is a guest node: it comes and goes with resource %s", node, r.Connection).
		With("node", node, "resource", r.Connection)
}

// addRemote makes an enrolled host a remote node: the cluster's key on every member and on the host, the host's daemon, and the
// resource that connects to it. Taken back in reverse order where the cluster does not come to see it online.
var addRemote = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		r, machine, err := e.newRemote(*m.Request.Node, *m.Request.Remote, k)
		if err != nil {
			return err
		}
		if err := allConnected(k, ""); err != nil {
			return err
		}
		if err := m.choose(k, ""); err != nil {
			return err
		}
		m.Request.Remote, m.Before = &r, &k.Setup
		m.Remotes[machine.Name] = machine.ID
		res := r.Resource(machine.Name)
		m.Edits = []ha.Edit{{Op: ha.CreateResource, ID: res.ID, Resource: &res}}
		return e.rehearse(ctx, m)
	},
	take: func(ctx context.Context, e *Engine, m *memo) error {
		return e.o.Picture.SetMembers(ctx, m.Request.Cluster, *m.Before, m.hostList())
	},
	give: func(ctx context.Context, e *Engine, m *memo) error {
		return e.o.Picture.SetMembers(ctx, m.Request.Cluster, *m.Before, m.without(m.Request.Node.Name))
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		name, r := m.Request.Node.Name, *m.Request.Remote
		var keys stage
		for _, node := range slices.Sorted(maps.Keys(m.Hosts)) {
			keys = append(keys, memberKeyStep(node))
		}
		return []stage{
			{{name: "preflight", node: name, do: func(ctx context.Context, j *job, s *spot) error {
				a := j.toRemote(name, wire.CheckRemote, wire.CheckRemoteArgs{Address: r.Address, Port: r.Port})
				a.timeout = checkTime
				return j.ready(ctx, s, a)
			}}},
			{{name: "remote_keys", node: m.Node, do: agreeOnKey}},
			keys,
			{{
				name: "join_remote", node: name,
				do: func(ctx context.Context, j *job, s *spot) error {
					a := j.toRemote(name, wire.JoinRemote, wire.JoinRemoteArgs{Cluster: j.op.Cluster, Key: j.carried(carriedRemoteKey), Port: r.Port})
					a.timeout = filesTime
					_, err := j.send(ctx, s, a, nil)
					return err
				},
				undo: func(ctx context.Context, j *job, s *spot) error { return j.leaveRemote(ctx, s, name) },
			}},
			{{
				name: "edit", node: m.Node,
				do:   func(ctx context.Context, j *job, s *spot) error { return j.revise(ctx, s, m.Node, m.Edits, nil) },
				undo: func(ctx context.Context, j *job, s *spot) error { return j.unmakeRemote(ctx, s, name) },
			}},
			{settleStep(m.Node, wire.SettleArgs{Online: []string{name}})},
		}, nil
	},
}

// newRemote checks a request for a remote node by what is known of the host and the cluster, and fills in what it leaves open.
func (e *Engine) newRemote(n ha.SetupNode, r ha.NewRemote, k fleet.Known) (ha.NewRemote, fleet.Machine, error) {
	f := fields(ha.ValidateRemote(n.Name, r), "")
	if len(n.Addresses) > 0 {
		f.Add("node.addresses", "remote.no_links", "a remote node has no links; its address is remote.address")
	}
	if n.ID != 0 {
		f.Add("node.id", "remote.no_corosync", "a remote node has no Corosync, and no ID there", "name", n.Name)
	}
	if n.Votes != nil {
		f.Add("node.votes", "remote.no_corosync", "a remote node has no vote", "name", n.Name)
	}
	if len(f) > 0 {
		return r, fleet.Machine{}, f.Err()
	}
	code := fault.Invalid
	switch {
	case slices.ContainsFunc(k.NodeNames(), func(other string) bool { return strings.EqualFold(other, n.Name) }):
		f.Add("node.name", "node.name_taken", "a node has this name", "name", n.Name)
		code = fault.Conflict
	case idTaken(k.Config.Config, n.Name):
		f.Add("node.name", "resource.id_taken", "a resource or constraint has this name, which the connection would have", "id", n.Name)
		code = fault.Conflict
	}
	machine := e.checkMachine(&f, "node", n, "", &code)
	if machine == nil || len(f) > 0 {
		return r, fleet.Machine{}, withCode(f.Err(), code)
	}
	if machine.Facts.Engine != k.Engine && k.Engine != "" {
		f.Add("node.name", "cluster.mixed_engines", "simulated and real nodes do not mix", "name", n.Name)
	}
	if r.Address == "" {
		if r.Address = commonAddress(machine.Facts, k); r.Address == "" {
			f.Add("remote.address", "remote.no_common_network", "no network that all members and the host are in", "host", n.Name)
		}
	} else if i, _ := machine.Facts.InterfaceOf(r.Address); i == nil {
		f.Add("remote.address", "address.not_on_host", "is on no interface of the host", "address", r.Address, "name", n.Name)
	}
	if r.Port == 0 {
		r.Port = ha.RemotePort
	}
	return r, *machine, f.Err()
}

// toRemote is a command for the host of a remote node.
func (j *job) toRemote(node string, name wire.CommandName, args any) ask {
	return ask{node: node, host: j.memo.Remotes[node], name: name, args: args}
}

// agreeOnKey finds the key that the members have, or makes one. Members with different keys cannot all reach one remote node, and whose
// is right nobody here can know.
func agreeOnKey(ctx context.Context, j *job, s *spot) error {
	var key []byte
	owner := ""
	for nth, node := range slices.Sorted(maps.Keys(j.memo.Hosts)) {
		a := j.to(node, wire.ReadRemoteKey, wire.NoArgs{})
		a.timeout, a.nth = readTime, nth
		var out wire.RemoteKeyOutput
		if _, err := j.send(ctx, s, a, &out); err != nil {
			return err
		}
		switch {
		case len(out.Key) == 0:
			continue
		case key != nil && !bytes.Equal(key, out.Key):
			return fault.New(fault.Conflict, "remote.keys_differ", "%s and %s have different keys of Pacemaker Remote", owner, node).With("node", owner, "other", node)
		}
		key, owner = out.Key, node
		j.carry(carriedKeyed+node, []byte{1})
	}
	if key == nil {
		key = make([]byte, remoteKeySize)
		if _, err := rand.Read(key); err != nil {
			return fmt.Errorf("make key: %w", err)
		}
	}
	j.carry(carriedRemoteKey, key)
	return nil
}

// memberKeyStep gives a member the key, and takes it away again where it had none before.
func memberKeyStep(node string) step {
	put := func(ctx context.Context, j *job, s *spot, key []byte) error {
		a := j.to(node, wire.PutRemoteKey, wire.RemoteKeyArgs{Key: key})
		a.timeout = filesTime
		_, err := j.send(ctx, s, a, nil)
		return err
	}
	return step{
		name: "remote_key", node: node,
		do: func(ctx context.Context, j *job, s *spot) error {
			if j.carried(carriedKeyed+node) != nil {
				return errSkip
			}
			return put(ctx, j, s, j.carried(carriedRemoteKey))
		},
		undo: func(ctx context.Context, j *job, s *spot) error { return put(ctx, j, s, nil) },
	}
}

// keyForNode gives a member that is added the key that the others have; nothing where the cluster has no remote or guest nodes.
func keyForNode(from, node string) step {
	return step{name: "remote_key", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(from, wire.ReadRemoteKey, wire.NoArgs{})
		a.timeout = readTime
		var out wire.RemoteKeyOutput
		if _, err := j.send(ctx, s, a, &out); err != nil {
			return err
		}
		if len(out.Key) == 0 {
			return errSkip
		}
		a = j.to(node, wire.PutRemoteKey, wire.RemoteKeyArgs(out))
		a.timeout, a.nth = filesTime, 1
		_, err := j.send(ctx, s, a, nil)
		return err
	}}
}

func (j *job) leaveRemote(ctx context.Context, s *spot, node string) error {
	a := j.toRemote(node, wire.LeaveRemote, wire.NoArgs{})
	a.timeout = stopTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// unmakeRemote takes the connection out again, and with it the revision that made it.
func (j *job) unmakeRemote(ctx context.Context, s *spot, node string) error {
	a := j.to(j.memo.Node, wire.EditConfig, wire.EditArgs{Edits: removal(node)})
	a.timeout = editTime
	return j.unmakeBy(ctx, s, a)
}

// unmakeBy sends a command that takes out again what this operation has added, and with it the revision that added it.
func (j *job) unmakeBy(ctx context.Context, s *spot, a ask) error {
	if _, err := j.patch(ctx, s, a); err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	if j.memo.Revision == 0 {
		return nil
	}
	r, _, err := j.e.o.Store.Revision(ctx, j.op.Cluster, j.memo.Revision)
	if err != nil || r.State != revisionApplied {
		return err
	}
	r.State, r.Fault, r.Revertible = revisionFailed, j.memo.Why, false
	if err := j.e.o.Store.ChangeRevision(ctx, j.op.Cluster, r, Bodies{}); err != nil {
		return err
	}
	j.e.revised(j.op.Cluster, r)
	return nil
}

// removal takes a remote node out of the configuration.
func removal(node string) []ha.Edit {
	return []ha.Edit{{Op: ha.DeleteResource, ID: node}, {Op: ha.RemoveNode, Node: node}}
}

// removeRemote takes a remote node out: what runs there moves, the connection goes, the members forget the node, and its host becomes
// free. Of a host that is off for good only the cluster's part is done.
var removeRemote = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		node := m.Request.Object
		one := k.Remotes[slices.IndexFunc(k.Remotes, func(r fleet.Member) bool { return r.Node == node })]
		if !one.Connected {
			if one.Host != "" && nodeOnline(k.State, node) {
				return errAway(one)
			}
			m.Gone = true
		}
		m.Before = &k.Setup
		m.Edits = removal(node)
		if _, is := ha.FindRemote(resourcesOf(k), node); !is {
			m.Edits = m.Edits[1:] // an earlier try has come so far
		}
		return e.rehearse(ctx, m)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		node := m.Request.Object
		stages := []stage{{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.revise(ctx, s, m.Node, m.Edits, nil)
		}}}}
		if !m.Gone {
			stages = append(stages, stage{{name: "leave_remote", node: node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.leaveRemote(ctx, s, node)
			}}})
		}
		return append(stages, stage{{name: "leave", do: func(ctx context.Context, j *job, _ *spot) error {
			return j.e.o.Picture.SetMembers(ctx, j.op.Cluster, *m.Before, m.without(node))
		}}}), nil
	},
}

// powerRemote starts or stops a remote node as pcs does: by the resource that connects to it. What runs there moves first.
func powerRemote(edit ha.Edit, settle func(node string) wire.SettleArgs) kind {
	return kind{
		check: func(ctx context.Context, e *Engine, m *memo) error {
			k, err := e.editable(m)
			if err != nil {
				return err
			}
			if _, err := configured(k, m.Request.Object); err != nil {
				return err
			}
			x := edit
			x.Op, x.ID = ha.SetMeta, m.Request.Object
			m.Edits = []ha.Edit{x}
			return e.rehearse(ctx, m)
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{
				{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
					return j.revise(ctx, s, m.Node, m.Edits, m.Request.Version)
				}}},
				{settleStep(m.Node, settle(m.Request.Object))},
			}, nil
		},
	}
}

var (
	startRemote = powerRemote(ha.Edit{Unset: []string{"target-role"}}, func(node string) wire.SettleArgs { return wire.SettleArgs{Online: []string{node}} })
	stopRemote  = powerRemote(ha.Edit{Values: map[string]string{"target-role": "Stopped"}}, func(node string) wire.SettleArgs { return wire.SettleArgs{Stopped: []string{node}} })
)

// without are the hosts of the cluster but that of one remote node.
func (m *memo) without(node string) []string {
	return slices.DeleteFunc(m.hostList(), func(id string) bool { return id == m.Remotes[node] })
}
