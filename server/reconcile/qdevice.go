package reconcile

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// voteTime is how long the arbiter's vote may take to come: qdevice waits for a membership that has settled (sync_timeout, 30 s).
const voteTime = 90 * time.Second

// arbiter is the host of a quorum device.
type arbiter struct {
	Name string `json:"name"`
	Host string `json:"host"` // ID
}

// What the steps hand to each other, in memo.Carried.
const (
	carriedArbiter = "arbiter"      // wire.ArbiterOutput
	carriedRequest = "request/"     // + node
	carriedSigned  = "certificate/" // + node
)

func (a arbiter) ask(name wire.CommandName, args any) ask {
	return ask{node: a.Name, host: a.Host, name: name, args: args, timeout: filesTime}
}

// setDevice gives a cluster an arbiter, or changes it: the arbiter's daemon first, then every node's key and certificate, then all nodes'
// files and one reload, then their daemons. Taken back where one of them has no vote in time. The same again repairs what is not as it should.
var setDevice = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, before, err := e.reconfigurable(ctx, m)
		if err != nil {
			return err
		}
		after, machine, err := e.withDevice(*m.Request.QDevice, k, before)
		if err != nil {
			return err
		}
		if err := survivesWithout(k, after); err != nil {
			return err
		}
		for _, one := range k.Members {
			if !slices.Contains(m.Members, one.Node) {
				return fault.New(fault.Conflict, "qdevice.all_nodes", "every node needs a certificate; %s is not online", one.Node).With("node", one.Node)
			}
		}
		if err := e.inspectAll(ctx, m, machine, m.Members); err != nil {
			return err
		}
		m.Arbiter = &arbiter{Name: machine.Name, Host: machine.ID}
		old := before.EffectiveQuorum().Device
		if old != nil && old.Host != machine.Name {
			m.Former = e.reachableArbiter(before)
		}
		list := []ha.Setup{after}
		if old != nil && old.Host == machine.Name && after.Digest() == before.Digest() {
			if e.deviceStatus(k).Connected {
				return fault.New(fault.Conflict, "cluster.conf_same", "it is so already")
			}
			list = nil
		}
		m.setRounds(before, list)
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		nodes := nodeNames(*m.Before)
		stages := startBack(m, nodes)
		stages = append(stages, certificateStages(m, nodes)...)
		stages = append(stages, roundStages(m)...)
		if m.Before.EffectiveQuorum().Device != nil {
			stages = append(stages, stopDevices(nodes, false))
		}
		stages = append(stages, startDevices(m, nodes)...)
		stages = append(stages, recordStage(), settleDevices(nodes))
		return append(stages, leaveArbiter(m.Former)...), nil
	},
	give: giveRounds,
}

// removeDevice takes the arbiter away. The daemons end as soon as the files are there, before Corosync reads them, and so take leave in
// order; where their vote is all that keeps the rest quorate, they end after that. Keys and certificates go last, when nothing
// can be taken back any more.
var removeDevice = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		return e.checkRounds(ctx, m, func(_ context.Context, e *Engine, m *memo, k fleet.Known, before ha.Setup) ([]ha.Setup, error) {
			if before.EffectiveQuorum().Device == nil {
				return nil, errNoDevice(m.Request.Cluster)
			}
			m.Request.Object = before.Quorum.Device.Host
			m.Arbiter = e.reachableArbiter(before)
			after := before.WithoutDevice()
			m.VoteNeeded = survivesWithout(k, before) != nil
			return []ha.Setup{after}, survivesWithout(k, after)
		})
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		stages := startBack(m, m.Members)
		stages = append(stages, roundStages(m)...)
		stages = append(stages, recordStage(), stopDevices(m.Present, true))
		return append(stages, leaveArbiter(m.Arbiter)...), nil
	},
	give: giveRounds,
}

func errNoDevice(cluster string) error {
	return fault.New(fault.NotFound, "qdevice.none", "cluster %s has no quorum device", cluster).With("cluster", cluster)
}

// survivesWithout refuses a change during which the arbiter's vote is missing, where the nodes that are there need it.
func survivesWithout(k fleet.Known, s ha.Setup) error {
	p := poll(k, s)
	p.Arbiter = false
	if p.Quorate(p.Present) {
		return nil
	}
	v := p.Survives()
	return fault.New(fault.Conflict, "qdevice.vote_needed", "while it is changed the arbiter has no vote: %d votes would be there and %d needed", v.Votes, v.Needed).
		With("votes", strconv.Itoa(v.Votes), "needed", strconv.Itoa(v.Needed))
}

// withDevice checks a request by itself and by what hosts have told, and fills in what it leaves open.
func (e *Engine) withDevice(in api.QDevice, k fleet.Known, before ha.Setup) (ha.Setup, fleet.Machine, error) {
	machine, err := e.arbiterHost(in.Host, k)
	if err != nil {
		return before, machine, err
	}
	if option := before.DeviceConflict(); option != "" {
		return before, machine, fault.New(fault.Conflict, "qdevice.conflict", "%s does not go together with a quorum device", option).With("option", option)
	}
	d := ha.QuorumDevice{Host: machine.Name, Address: in.Address, Algorithm: in.Algorithm, TieBreaker: in.TieBreaker, Ping: in.Ping}
	var f fault.Fields
	if d.Algorithm == "" {
		d.Algorithm = ha.FiftyFifty
	}
	if d.TieBreaker == "" {
		d.TieBreaker = ha.TieLowest
	}
	if d.TieBreaker != ha.TieLowest && d.TieBreaker != ha.TieHighest {
		at := slices.IndexFunc(before.Nodes, func(n ha.SetupNode) bool { return n.Name == d.TieBreaker })
		if at < 0 {
			f.Add("tieBreaker", "node.unknown", "there is no such node", "node", d.TieBreaker)
		} else {
			d.TieBreaker = strconv.Itoa(before.Nodes[at].ID)
		}
	}
	if d.Address == "" {
		if old := before.EffectiveQuorum().Device; old != nil && old.Host == machine.Name {
			d.Address = old.Address
		} else if d.Address = commonAddress(machine.Facts, k); d.Address == "" {
			f.Add("address", "qdevice.no_common_network", "no network that all nodes and the host are in", "host", machine.Name)
		}
	} else if owner := nodeAt(k, d.Address); owner != "" {
		f.Add("address", "qdevice.address_of_node", "is an address of a node", "address", d.Address, "node", owner)
	}
	if err := f.Err(); err != nil {
		return before, machine, err
	}
	after := before.WithDevice(d)
	return after, machine, deviceFields(ha.ValidateSetup(after))
}

// deviceFields moves what is wrong with a set-up's device to where a request has it.
func deviceFields(err error) error {
	if err == nil {
		return nil
	}
	p := *fault.Public(err)
	p.Fields = slices.Clone(p.Fields)
	for i, at := range p.Fields {
		p.Fields[i].Path = strings.TrimPrefix(at.Path, "quorum.device.")
	}
	return &p
}

// arbiterHost resolves the host of an arbiter, and refuses one that is a node: an arbiter inside a cluster goes down with it.
func (e *Engine) arbiterHost(name string, k fleet.Known) (fleet.Machine, error) {
	machine, err := e.o.Picture.Machine(name)
	if err != nil {
		return machine, field("host", "host.not_enrolled", "no enrolled host has this name", "name", name)
	}
	member := machine.Cluster
	if member == "" {
		member = machine.Facts.Cluster
	}
	switch {
	case member == k.Setup.Name:
		return machine, field("host", "qdevice.inside", "is a node of the cluster itself: it would go down with it", "name", name, "cluster", member)
	case member != "":
		return machine, withCode(field("host", "host.in_cluster", "belongs to cluster "+member, "name", name, "cluster", member), fault.Conflict)
	case machine.Facts.Engine != k.Engine && k.Engine != "":
		return machine, field("host", "cluster.mixed_engines", "simulated and real nodes do not mix", "name", name)
	case !machine.Connected:
		return machine, fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", name).With("host", name)
	}
	return machine, nil
}

// commonAddress is an address of a host in a network that all nodes are in, those that carry no heartbeat first: "" where there is none.
func commonAddress(facts ha.Facts, k fleet.Known) string {
	heart := map[netip.Prefix]bool{}
	for _, m := range k.Members {
		for _, n := range k.Setup.Nodes {
			for _, a := range n.Addresses {
				if _, network := m.Facts.InterfaceOf(a); network.IsValid() {
					heart[network] = true
				}
			}
		}
	}
	second := ""
	for _, i := range facts.Interfaces {
		for _, text := range i.Addresses {
			p, err := netip.ParsePrefix(text)
			if err != nil || !i.Up || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() {
				continue
			}
			everywhere := !slices.ContainsFunc(k.Members, func(m fleet.Member) bool { return !inNetwork(m.Facts, p.Masked()) })
			switch {
			case everywhere && !heart[p.Masked()]:
				return p.Addr().String()
			case everywhere && second == "":
				second = p.Addr().String()
			}
		}
	}
	return second
}

func inNetwork(facts ha.Facts, network netip.Prefix) bool {
	for _, i := range facts.Interfaces {
		for _, text := range i.Addresses {
			if p, err := netip.ParsePrefix(text); err == nil && p.Masked() == network {
				return true
			}
		}
	}
	return false
}

// nodeAt names the node that has an address, "" where none has.
func nodeAt(k fleet.Known, text string) string {
	for _, m := range k.Members {
		if i, _ := m.Facts.InterfaceOf(text); i != nil {
			return m.Node
		}
	}
	return ""
}

// inspectAll asks the arbiter and the nodes for what they need. Nothing changes.
func (e *Engine) inspectAll(ctx context.Context, m *memo, machine fleet.Machine, nodes []string) error {
	var a ha.Arbiter
	if err := e.read(ctx, m.Request.Actor, machine.ID, wire.InspectArbiter, wire.NoArgs{}, &a); err != nil {
		return named(err, machine.Name)
	}
	if err := a.Refuse(machine.Name); err != nil {
		return err
	}
	for _, node := range nodes {
		var h ha.DeviceHost
		if err := e.read(ctx, m.Request.Actor, m.Hosts[node], wire.InspectDevice, wire.InspectDeviceArgs{Cluster: m.Request.Cluster}, &h); err != nil {
			return named(err, node)
		}
		if err := h.Refuse(node); err != nil {
			return err
		}
	}
	return nil
}

// reachableArbiter is the arbiter of a set-up where it can be asked, and nil where it has none, or it is away: then what it keeps of the
// cluster, a certificate that opens nothing, stays there.
func (e *Engine) reachableArbiter(s ha.Setup) *arbiter {
	d := s.EffectiveQuorum().Device
	if d == nil || d.Host == "" {
		return nil
	}
	machine, err := e.o.Picture.Machine(d.Host)
	if err != nil || !machine.Connected {
		return nil
	}
	return &arbiter{Name: machine.Name, Host: machine.ID}
}

// deviceForNode prepares that a node joins a cluster with a quorum device: it needs a certificate.
func (e *Engine) deviceForNode(ctx context.Context, m *memo) error {
	d := m.After.EffectiveQuorum().Device
	if d == nil {
		return nil
	}
	machine, err := e.o.Picture.Machine(d.Host)
	if err != nil || !machine.Connected {
		return fault.New(fault.Unreachable, "qdevice.arbiter_away", "the agent of the arbiter %s is not connected, and the new node needs a certificate of it", d.Host).With("host", d.Host)
	}
	m.Arbiter = &arbiter{Name: machine.Name, Host: machine.ID}
	return e.inspectAll(ctx, m, machine, []string{m.Request.Node.Name})
}

// deviceWithout refuses to take out a node that the quorum device needs.
func deviceWithout(s ha.Setup, node string) error {
	d := s.EffectiveQuorum().Device
	if d == nil {
		return nil
	}
	if len(s.Nodes) <= 2 {
		return fault.New(fault.Conflict, "qdevice.remove_first", "a single node would depend on the arbiter; remove the quorum device of cluster %s first", s.Name).With("cluster", s.Name)
	}
	for _, n := range s.Nodes {
		if n.Name == node && strconv.Itoa(n.ID) == d.TieBreaker {
			return fault.New(fault.Conflict, "qdevice.tie_breaker_node", "%s breaks ties for the quorum device; choose another one first", node).With("node", node)
		}
	}
	return nil
}
