package simulated

import (
	"context"
	"net/netip"
	"slices"

	"hawser/agent/pacemaker"
	"hawser/agent/preflight"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// The scheduler knows remote nodes by their resources, on a file as well as live. What a simulated host has beside that is a key, and
// a daemon: while it does not listen, nobody can connect to it, so the start of the connection fails, and it is tried again for ever.

// remote is what a simulated host has of Pacemaker Remote.
type remote struct {
	Key     []byte `json:"key,omitempty"`
	Running bool   `json:"running,omitempty"`
	Port    int    `json:"port,omitempty"`
}

// InspectRemote implements engine.Remote: every simulated host has the package.
func (d *Driver) InspectRemote(ctx context.Context) (ha.RemoteHost, error) {
	h, err := d.self(ctx)
	out := ha.RemoteHost{Installed: true, Running: h.Power && h.Remote.Running, Enabled: h.Remote.Running, Port: h.Remote.Port}
	if out.Port == 0 {
		out.Port = ha.RemotePort
	}
	return out, err
}

// CheckRemote implements engine.Remote.
func (d *Driver) CheckRemote(ctx context.Context, address string, port int) ([]ha.Check, error) {
	h, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	r, err := d.InspectRemote(ctx)
	if err != nil {
		return nil, err
	}
	return preflight.SimulatedRemote(preflight.Host{Name: d.node, Conf: h.Files.Conf, Up: h.Started, Prefixes: h.prefixes()}, preflight.Remote{Address: address, Port: port, Host: r}), nil
}

// prefixes are a host's addresses with their networks.
func (h host) prefixes() []netip.Prefix {
	var own []netip.Prefix
	for n := range networks {
		own = append(own, netip.MustParsePrefix(address(h.Number, n)+"/16"))
	}
	return own
}

// RemoteKey implements engine.Remote.
func (d *Driver) RemoteKey(ctx context.Context) ([]byte, error) {
	h, err := d.self(ctx)
	return h.Remote.Key, err
}

// WriteRemoteKey implements engine.Remote.
func (d *Driver) WriteRemoteKey(ctx context.Context, key []byte) error {
	return d.changeHost(ctx, func(h *host) { h.Remote.Key = key })
}

// StartRemote implements engine.Remote.
func (d *Driver) StartRemote(ctx context.Context, port int) error {
	h, err := d.self(ctx)
	if err != nil {
		return err
	}
	if h.Remote.Key == nil {
		return fault.New(fault.Failed, "remote.start_failed", "pacemaker_remote on %s does not start: no key", d.node).With("node", d.node, "why", "no key")
	}
	if err := d.changeHost(ctx, func(h *host) { h.Remote.Running, h.Remote.Port = true, port }); err != nil {
		return err
	}
	return d.world.reconnect(ctx, d.node)
}

// StopRemote implements engine.Remote.
func (d *Driver) StopRemote(ctx context.Context) error {
	if err := d.changeHost(ctx, func(h *host) { h.Remote.Running, h.Remote.Port = false, 0 }); err != nil {
		return err
	}
	return d.world.reconnect(ctx, d.node)
}

// host reads one host.
func (w *World) host(ctx context.Context, name string) (host, error) {
	unlock, err := w.lock(ctx)
	if err != nil {
		return host{}, err
	}
	defer unlock()
	return w.join(name)
}

// listens says whether a host can be connected to as a remote node.
func (h host) listens() bool { return h.Power && h.Remote.Running }

// reconnect lets the cluster that a host is a remote node of notice that the host has come or gone.
func (w *World) reconnect(ctx context.Context, name string) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	all, err := w.hosts()
	if err != nil {
		return err
	}
	up := slices.ContainsFunc(all, func(h host) bool { return h.Name == name && h.listens() })
	seen := map[string]bool{}
	for _, h := range all {
		s, configured := h.setup()
		if !configured || seen[s.Name] || !h.Started {
			continue
		}
		seen[s.Name] = true
		b, err := w.open(ctx, s)
		if err != nil {
			return err
		}
		if !slices.Contains(b.connections(), name) {
			continue
		}
		if up {
			b.clean(name, "")
		} else if err := b.disconnect(ctx, name); err != nil {
			return err
		}
		if err := b.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connections are the remote nodes that are configured.
func (b *balance) connections() []string {
	var list []string
	for _, p := range b.root().FindElements("configuration/resources//primitive[@type='remote']") {
		if p.SelectAttrValue("provider", "") == "pacemaker" {
			list = append(list, p.SelectAttrValue("id", ""))
		}
	}
	return list
}

// silent are the remote nodes whose hosts do not listen.
func (b *balance) silent() ([]string, error) {
	list := b.connections()
	if len(list) == 0 {
		return nil, nil
	}
	all, err := b.w.hosts()
	return slices.DeleteFunc(list, func(name string) bool {
		return !slices.ContainsFunc(all, func(h host) bool { return h.Name == name && !h.listens() })
	}), err
}

// disconnect lets the monitor of a connection fail where it runs.
func (b *balance) disconnect(ctx context.Context, name string) error {
	data, err := b.doc.WriteToBytes()
	if err != nil {
		return err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return err
	}
	for _, node := range cib.ActiveOn(name) {
		if err := b.fail(ctx, name, node); err != nil {
			return err
		}
	}
	return nil
}
