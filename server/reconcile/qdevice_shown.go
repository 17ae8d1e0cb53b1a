package reconcile

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

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
