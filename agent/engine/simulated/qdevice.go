package simulated

import (
	"context"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// A simulated arbiter hands out tickets where a real one signs certificates, and gives its vote by the same rules. Everything about it
// is in the files of its host and of the nodes: whoever has a ticket of an arbiter that has power, and a daemon, is connected.

// arbiter is what a simulated host has of corosync-qnetd.
type arbiter struct {
	Running  bool     `json:"running"`
	Clusters []string `json:"clusters,omitempty"` // that have tickets
}

// client is what a simulated host has of corosync-qdevice.
type client struct {
	Ticket  string  `json:"ticket,omitempty"` // name of the arbiter, name of the cluster
	Running bool    `json:"running,omitempty"`
	New     string  `json:"new,omitempty"` // asked for
	Old     *string `json:"old,omitempty"` // what was there before the new one was installed
}

// ticketFor stands for a certificate: the arbiter's name is its authority.
func ticketFor(arbiter, cluster string) string { return arbiter + "/" + cluster }

// alter changes this host.
func (d *Driver) alter(ctx context.Context, change func(*host)) error {
	return d.world.change(ctx, d.node, func(h *host, _ *balance) error {
		change(h)
		return nil
	})
}

// InspectArbiter implements engine.QDevice.
func (d *Driver) InspectArbiter(ctx context.Context) (ha.Arbiter, error) {
	a := ha.Arbiter{Installed: true, Ready: true, Clusters: []ha.ArbiterCluster{}}
	h, err := d.self(ctx)
	if err != nil || h.Arbiter == nil || !h.Arbiter.Running {
		return a, err
	}
	a.Running, a.Enabled = true, true
	all, err := d.world.hosts()
	if err != nil {
		return a, err
	}
	for _, name := range h.Arbiter.Clusters {
		c := ha.ArbiterCluster{Name: name, Nodes: []ha.ArbiterNode{}}
		for _, n := range all {
			s, configured := n.setup()
			if !configured || s.Name != name || n.connected(s, all) != d.node {
				continue
			}
			c.Algorithm, c.TieBreaker = s.Quorum.Device.Algorithm, s.Quorum.Device.TieBreaker
			for _, own := range s.Nodes {
				if own.Name == n.Name {
					c.Nodes = append(c.Nodes, ha.ArbiterNode{ID: own.ID, Name: n.Name, Address: address(n.Number, 0), Secured: true, Vote: "ack"})
				}
			}
		}
		if len(c.Nodes) > 0 {
			a.Clusters = append(a.Clusters, c)
		}
	}
	return a, nil
}

// PrepareArbiter implements engine.QDevice.
func (d *Driver) PrepareArbiter(ctx context.Context) error {
	return d.alter(ctx, func(h *host) {
		if h.Arbiter == nil {
			h.Arbiter = &arbiter{}
		}
		h.Arbiter.Running = true
	})
}

// RestoreArbiter implements engine.QDevice.
func (d *Driver) RestoreArbiter(ctx context.Context, before ha.Arbiter) error {
	return d.alter(ctx, func(h *host) {
		if h.Arbiter != nil && len(h.Arbiter.Clusters) == 0 {
			h.Arbiter.Running = before.Running
		}
	})
}

// ArbiterCA implements engine.QDevice.
func (d *Driver) ArbiterCA(context.Context) ([]byte, error) { return []byte(d.node), nil }

// SignDevice implements engine.QDevice.
func (d *Driver) SignDevice(ctx context.Context, cluster string, request []byte) ([]byte, error) {
	if string(request) != ticketFor(d.node, cluster) {
		return nil, fault.New(fault.Invalid, "qdevice.request_invalid", "a request of another cluster than %s", cluster).With("cluster", cluster, "why", string(request))
	}
	return request, d.alter(ctx, func(h *host) {
		if h.Arbiter != nil && !slices.Contains(h.Arbiter.Clusters, cluster) {
			h.Arbiter.Clusters = append(h.Arbiter.Clusters, cluster)
		}
	})
}

// ForgetCluster implements engine.QDevice.
func (d *Driver) ForgetCluster(ctx context.Context, cluster string) error {
	return d.alter(ctx, func(h *host) {
		if h.Arbiter != nil {
			h.Arbiter.Clusters = slices.DeleteFunc(h.Arbiter.Clusters, func(c string) bool { return c == cluster })
		}
	})
}

// InspectDevice implements engine.QDevice.
func (d *Driver) InspectDevice(ctx context.Context, cluster string) (ha.DeviceHost, error) {
	h, err := d.self(ctx)
	return ha.DeviceHost{Installed: true, Certified: strings.HasSuffix(h.Client.Ticket, "/"+cluster), Running: h.Client.Running}, err
}

// ReachArbiter implements engine.QDevice.
func (d *Driver) ReachArbiter(_ context.Context, at string) error {
	all, err := d.world.hosts()
	if err != nil || arbiterAt(at, all) != nil {
		return err
	}
	return fault.New(fault.Conflict, "qdevice.unreachable", "%s does not reach an arbiter at %s", d.node, at).
		With("node", d.node, "address", at, "port", "5403", "why", "connection refused")
}

// Certified implements engine.QDevice.
func (d *Driver) Certified(ctx context.Context, cluster string, ca []byte) (bool, error) {
	h, err := d.self(ctx)
	return h.Client.Ticket == ticketFor(string(ca), cluster), err
}

// RequestDevice implements engine.QDevice.
func (d *Driver) RequestDevice(ctx context.Context, cluster string, ca []byte) ([]byte, error) {
	ticket := ticketFor(string(ca), cluster)
	return []byte(ticket), d.alter(ctx, func(h *host) { h.Client.New, h.Client.Old = ticket, nil })
}

// InstallDevice implements engine.QDevice.
func (d *Driver) InstallDevice(ctx context.Context, _ string, certificate []byte) error {
	return d.alter(ctx, func(h *host) {
		if h.Client.Old == nil {
			old := h.Client.Ticket
			h.Client.Old = &old
		}
		h.Client.Ticket, h.Client.New = string(certificate), ""
	})
}

// SettleDevice implements engine.QDevice.
func (d *Driver) SettleDevice(ctx context.Context, restore bool) error {
	return d.alter(ctx, func(h *host) {
		if restore && h.Client.Old != nil {
			h.Client.Ticket = *h.Client.Old
		}
		h.Client.New, h.Client.Old = "", nil
	})
}

// StartDevice implements engine.QDevice.
func (d *Driver) StartDevice(ctx context.Context) error {
	return d.alter(ctx, func(h *host) { h.Client.Running = true })
}

// StopDevice implements engine.QDevice.
func (d *Driver) StopDevice(ctx context.Context) error {
	return d.alter(ctx, func(h *host) { h.Client.Running = false })
}

// ForgetDevice implements engine.QDevice.
func (d *Driver) ForgetDevice(ctx context.Context) error {
	return d.alter(ctx, func(h *host) { h.Client = client{} })
}

// Device implements engine.QDevice.
func (d *Driver) Device(ctx context.Context) (*ha.DeviceState, error) {
	h, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	s, configured := h.setup()
	if !configured || s.Quorum == nil || s.Quorum.Device == nil {
		return nil, nil
	}
	all, err := d.world.hosts()
	if err != nil {
		return nil, err
	}
	st := &ha.DeviceState{Address: s.Quorum.Device.Address, Algorithm: s.Quorum.Device.Algorithm, State: "Connecting", Heuristics: "none"}
	if h.connected(s, all) != "" {
		st.Connected, st.Voting, st.State = true, true, "Connected"
	}
	return st, nil
}

// arbiterAt returns the host that is an arbiter at an address, and runs.
func arbiterAt(at string, all []host) *host {
	for i, h := range all {
		if h.Power && h.Arbiter != nil && h.Arbiter.Running && networkOf(h, at) >= 0 && !slices.Contains(h.Cut, networkOf(h, at)) {
			return &all[i]
		}
	}
	return nil
}

// connected names the arbiter that a host is connected to, "" where to none.
func (h host) connected(s ha.Setup, all []host) string {
	if s.Quorum == nil || s.Quorum.Device == nil || !h.Power || !h.Started || !h.Client.Running {
		return ""
	}
	a := arbiterAt(s.Quorum.Device.Address, all)
	if a == nil || slices.Contains(h.Cut, networkOf(*a, s.Quorum.Device.Address)) || h.Client.Ticket != ticketFor(a.Name, s.Name) {
		return ""
	}
	return a.Name
}

// deviceVotes are the votes that the arbiter gives to those nodes, which see each other.
func (b *balance) deviceVotes(nodes []string) int {
	d := b.setup.EffectiveQuorum().Device
	if d == nil || d.Algorithm == ha.FiftyFifty && 2*len(nodes) < len(b.setup.Nodes) {
		return 0
	}
	all, err := b.w.hosts()
	if err != nil {
		return 0 // an arbiter that nobody can read of gives no vote
	}
	for _, h := range all {
		if slices.Contains(nodes, h.Name) && h.connected(b.setup, all) != "" {
			return b.setup.DeviceVotes()
		}
	}
	return 0
}
