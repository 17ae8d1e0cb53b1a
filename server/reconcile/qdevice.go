package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
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

// certificateStages give nodes what they need in order to be known to the arbiter; none where there is no arbiter.
func certificateStages(m *memo, nodes []string) []stage {
	if m.Arbiter == nil {
		return nil
	}
	a, cluster := *m.Arbiter, m.Request.Cluster
	prepare := step{name: "arbiter", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		var out json.RawMessage
		if _, err := j.send(ctx, s, a.ask(wire.PrepareArbiter, wire.ArbiterArgs{Cluster: cluster}), &out); err != nil {
			return err
		}
		j.carry(carriedArbiter, out)
		return nil
	}}
	if d := m.Before.EffectiveQuorum().Device; d == nil || d.Host != a.Name {
		prepare.undo = func(ctx context.Context, j *job, s *spot) error {
			args := wire.LeaveArbiterArgs{Cluster: cluster}
			if data := j.carried(carriedArbiter); data != nil {
				var out wire.ArbiterOutput
				if err := json.Unmarshal(data, &out); err != nil {
					return fmt.Errorf("what the arbiter was: %w", err)
				}
				args.Before = &out.Before
			}
			_, err := j.send(ctx, s, a.ask(wire.LeaveArbiter, args), nil)
			return err
		}
	}
	sign := step{name: "sign", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		args := wire.SignArgs{Cluster: cluster, Requests: map[string][]byte{}}
		for _, node := range nodes {
			if r := j.carried(carriedRequest + node); len(r) > 0 {
				args.Requests[node] = r
			}
		}
		if len(args.Requests) == 0 {
			return errSkip // all have theirs
		}
		var out wire.SignOutput
		if _, err := j.send(ctx, s, a.ask(wire.SignDevices, args), &out); err != nil {
			return err
		}
		for node, c := range out.Certificates {
			j.carry(carriedSigned+node, c)
		}
		return nil
	}}
	var request, install stage
	for _, node := range nodes {
		request = append(request, step{
			name: "request", node: node,
			do: func(ctx context.Context, j *job, s *spot) error { return j.requestDevice(ctx, s, node) },
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.forNode(ctx, s, node, wire.SettleDevice, wire.SettleDeviceArgs{Restore: true})
			},
		})
		install = append(install, step{name: "certificate", node: node, do: func(ctx context.Context, j *job, s *spot) error {
			c := j.carried(carriedSigned + node)
			if c == nil {
				return errSkip
			}
			return j.forNode(ctx, s, node, wire.InstallDevice, wire.InstallDeviceArgs{Cluster: cluster, Certificate: c})
		}})
	}
	return []stage{{prepare}, request, {sign}, install}
}

func (j *job) requestDevice(ctx context.Context, s *spot, node string) error {
	var prepared wire.ArbiterOutput
	if err := json.Unmarshal(j.carried(carriedArbiter), &prepared); err != nil {
		return fmt.Errorf("what the arbiter told: %w", err)
	}
	a := j.to(node, wire.RequestDevice, wire.RequestDeviceArgs{
		Cluster: j.op.Cluster, Address: j.memo.After.Quorum.Device.Address, CA: prepared.CA,
	})
	a.timeout = filesTime
	var out wire.RequestDeviceOutput
	if _, err := j.send(ctx, s, a, &out); err != nil {
		return err
	}
	j.carry(carriedRequest+node, out.Request)
	return nil
}

func (j *job) carry(name string, value []byte) {
	j.change(func() {
		if j.memo.Carried == nil {
			j.memo.Carried = map[string][]byte{}
		}
		j.memo.Carried[name] = value
	})
}

func (j *job) carried(name string) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.memo.Carried[name]
}

// forNode sends a command of which only the success matters.
func (j *job) forNode(ctx context.Context, s *spot, node string, name wire.CommandName, args any) error {
	a := j.to(node, name, args)
	a.timeout = filesTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// startBack does nothing on the way forward. On the way back it comes last, when a device that was there before has its files and
// certificates again, and starts it anew with them.
func startBack(m *memo, nodes []string) []stage {
	if m.Before.EffectiveQuorum().Device == nil {
		return nil
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: "device_back", node: node, undo: func(ctx context.Context, j *job, s *spot) error {
			return j.startDevice(ctx, s, node)
		}})
	}
	return []stage{all}
}

func (j *job) startDevice(ctx context.Context, s *spot, node string) error {
	a := j.to(node, wire.StartDevice, wire.StartDeviceArgs{Cluster: j.op.Cluster})
	a.timeout = voteTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// startDevices starts the daemons, and waits until each has the arbiter's vote; nothing where the cluster has no device.
func startDevices(m *memo, nodes []string) []stage {
	if m.After.EffectiveQuorum().Device == nil {
		return nil
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{
			name: "start_device", node: node,
			do: func(ctx context.Context, j *job, s *spot) error { return j.startDevice(ctx, s, node) },
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.forNode(ctx, s, node, wire.StopDevice, wire.StopDeviceArgs{})
			},
		})
	}
	return []stage{all}
}

// stopDevices ends the daemons: all of a cluster before any starts with another configuration, because the arbiter refuses a node that
// differs from its peers.
func stopDevices(nodes []string, forget bool) stage {
	name := "stop_device"
	if forget {
		name = "forget_device"
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: name, node: node, do: func(ctx context.Context, j *job, s *spot) error {
			err := j.forNode(ctx, s, node, wire.StopDevice, wire.StopDeviceArgs{Forget: forget})
			if forget {
				return j.leftBehind(ctx, node, err)
			}
			return err
		}})
	}
	return all
}

// settleDevices removes the keys and certificates from before.
func settleDevices(nodes []string) stage {
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: "settle_device", node: node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.leftBehind(ctx, node, j.forNode(ctx, s, node, wire.SettleDevice, wire.SettleDeviceArgs{}))
		}})
	}
	return all
}

// leaveArbiter has an arbiter forget a cluster; nothing where it cannot be asked.
func leaveArbiter(a *arbiter) []stage {
	if a == nil {
		return nil
	}
	return []stage{{{name: "leave_arbiter", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		_, err := j.send(ctx, s, a.ask(wire.LeaveArbiter, wire.LeaveArbiterArgs{Cluster: j.op.Cluster}), nil)
		return j.leftBehind(ctx, a.Name, err)
	}}}}
}

// leftBehind makes of a failure after all is decided what it is: something that stays on a host and does no harm.
func (j *job) leftBehind(ctx context.Context, host string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	j.e.o.Log.Warn("certificates of a quorum device stay behind", "cluster", j.op.Cluster, "host", host, "err", err)
	return errSkip
}

// deviceStatus is a cluster's quorum device as its nodes have told; nil where there is none.
func (e *Engine) deviceStatus(k fleet.Known) *api.QDeviceStatus {
	d := k.Setup.EffectiveQuorum().Device
	if d == nil {
		return nil
	}
	out := &api.QDeviceStatus{QuorumDevice: *d, Connected: true, Nodes: []api.QDeviceNode{}}
	for _, m := range k.Members {
		n := api.QDeviceNode{Node: m.Node, Online: nodeOnline(k.State, m.Node)}
		if st := m.Device; st != nil {
			n.Connected, n.Voting, n.State, n.Heuristics = st.Connected, st.Voting, st.State, st.Heuristics
			out.Votes = max(out.Votes, st.Votes)
		}
		out.Connected = out.Connected && (n.Connected || !n.Online)
		out.Nodes = append(out.Nodes, n)
	}
	if machine, err := e.o.Picture.Machine(d.Host); err == nil {
		out.Arbiter = machine.Connected
	}
	return out
}

// QDevice shows a cluster's quorum device from both ends: it asks the arbiter.
func (e *Engine) QDevice(ctx context.Context, actor, cluster string) (api.QDeviceShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.QDeviceShown{}, err
	}
	out := api.QDeviceShown{Device: e.deviceStatus(k)}
	if out.Device == nil {
		return out, nil
	}
	a, err := e.askArbiter(ctx, actor, out.Device.Host)
	if err != nil {
		out.Device.Fault = fault.Public(err)
		return out, nil
	}
	for _, c := range a.Clusters {
		if c.Name != cluster {
			continue
		}
		for _, seen := range c.Nodes {
			for i, n := range k.Setup.Nodes {
				if n.ID == seen.ID {
					seen.Name = n.Name
					out.Device.Nodes[i].Seen = &seen
				}
			}
		}
	}
	return out, nil
}

func (e *Engine) askArbiter(ctx context.Context, actor, host string) (ha.Arbiter, error) {
	machine, err := e.o.Picture.Machine(host)
	if err != nil {
		return ha.Arbiter{}, err
	}
	if !machine.Connected {
		return ha.Arbiter{}, fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", host).With("host", host)
	}
	var a ha.Arbiter
	if err := e.read(ctx, actor, machine.ID, wire.InspectArbiter, wire.NoArgs{}, &a); err != nil {
		return a, named(err, host)
	}
	return a, nil
}

// Arbiter shows a host as an arbiter, and whom it serves.
func (e *Engine) Arbiter(ctx context.Context, actor, host string) (api.ArbiterShown, error) {
	machine, err := e.o.Picture.Machine(host)
	if err != nil {
		return api.ArbiterShown{}, err
	}
	a, err := e.askArbiter(ctx, actor, machine.Name)
	if err != nil {
		return api.ArbiterShown{}, err
	}
	out := api.ArbiterShown{Host: machine.Name, Serves: append([]string{}, e.o.Picture.Serves(machine.Name)...), Arbiter: a}
	for _, c := range out.Clusters {
		k, err := e.o.Picture.Known(c.Name)
		if err != nil {
			continue // not of this server
		}
		for i := range c.Nodes {
			for _, n := range k.Setup.Nodes {
				if n.ID == c.Nodes[i].ID {
					c.Nodes[i].Name = n.Name
				}
			}
		}
	}
	return out, nil
}

// PlanQDevice says what a quorum device would mean. Nothing changes.
func (e *Engine) PlanQDevice(ctx context.Context, actor, cluster string, in api.QDevice) (api.QDevicePlan, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.QDevicePlan{}, err
	}
	after, machine, err := e.withDevice(in, k, k.Setup)
	if err != nil {
		return api.QDevicePlan{}, err
	}
	m := memo{Request: Request{Cluster: cluster, Actor: actor}}
	m.hosts(k)
	var nodes []string
	for _, one := range k.Members {
		if one.Connected {
			nodes = append(nodes, one.Node)
		}
	}
	if err := e.inspectAll(ctx, &m, machine, nodes); err != nil {
		return api.QDevicePlan{}, err
	}
	now, then := poll(k, k.Setup), poll(k, after)
	then.Arbiter = true
	out := api.QDevicePlan{Device: *after.EffectiveQuorum().Device, Before: now.Survives(), After: then.Survives(), Complete: complete(after).Survives(), Cleared: []string{}}
	was, is := k.Setup.EffectiveQuorum(), after.EffectiveQuorum()
	if was.TwoNode && !is.TwoNode {
		out.Cleared = append(out.Cleared, "two_node")
	}
	if was.WaitForAll && !is.WaitForAll {
		out.Cleared = append(out.Cleared, "wait_for_all")
	}
	return out, nil
}
