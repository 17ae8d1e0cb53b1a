package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Names of the network namespaces that are no node's.
const (
	fabric = "fabric" // the switches of heartbeat and service networks
	client = "client" // the measuring client and what nodes ping
)

// ip runs a batch of ip commands in one of the sandbox's network namespaces, or the host's where name is "".
func (l Layout) ip(ctx context.Context, name string, lines ...string) error {
	argv := []string{"ip", "-batch", "-"}
	if name != "" {
		argv = append([]string{"nsenter", "--net=" + l.netns(name)}, argv...)
	}
	_, err := run(ctx, strings.Join(lines, "\n")+"\n", argv...)
	return err
}

// makeNetns makes a network namespace that lives as long as its file is mounted. It does not go through "ip netns",
// whose directory would stay mounted after the last one.
func (l Layout) makeNetns(ctx context.Context, name string) error {
	path := l.netns(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	if _, err := run(ctx, "", "unshare", "--net="+path, "true"); err != nil {
		return err
	}
	return l.ip(ctx, name, "link set lo up")
}

func (l Layout) makeNetworks(ctx context.Context, cfg Config) error {
	for _, n := range []string{fabric, client} {
		if err := l.makeNetns(ctx, n); err != nil {
			return err
		}
	}
	lines := bridge("svc0")
	for _, n := range heartbeats(cfg.Links) {
		lines = append(lines, bridge(n.name)...)
	}
	if cfg.Arbiter {
		lines = append(lines, bridge("qnet0")...)
	}
	lines = append(lines,
		fmt.Sprintf("link add svc0 netns %s address %s type veth peer name client", l.netns(client), l.mac(netSvc, 200)),
		"link set client addrgenmode none", "link set client master svc0", "link set client up")
	if err := l.ip(ctx, fabric, lines...); err != nil {
		return err
	}
	inside := []string{"addr add " + l.ClientAddress() + "/24 dev svc0", "addr add " + l.GatewayAddress() + "/24 dev svc0", "link set svc0 up"}
	// The host is on this switch itself, and keeps its address there, whichever ports come and go.
	lines = append(bridge(l.mgmtBridge()), "link set "+l.mgmtBridge()+" address "+l.mac(netMgmt, 1), "addr add "+l.MgmtAddress()+"/24 dev "+l.mgmtBridge())
	if cfg.IPv6 {
		inside = append(inside, "addr add "+l.address6(netSvc, 200)+"/64 dev svc0 nodad", "addr add "+l.address6(netSvc, 254)+"/64 dev svc0 nodad")
		lines = append(lines, "addr add "+l.address6(netMgmt, 1)+"/64 dev "+l.mgmtBridge()+" nodad")
	}
	if err := l.ip(ctx, client, inside...); err != nil {
		return err
	}
	if err := l.ip(ctx, "", lines...); err != nil {
		return err
	}
	// Whatever the machine forwards for others, it forwards nothing of ours.
	return os.WriteFile("/proc/sys/net/ipv4/conf/"+l.mgmtBridge()+"/forwarding", []byte("0"), 0)
}

func bridge(name string) []string {
	return []string{
		"link add " + name + " type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
		"link set " + name + " addrgenmode none", "link set " + name + " up",
	}
}

// port is the switch's end of a node's cable, and where it is.
func (l Layout) port(node string, n nic) (ns, name, bridge string) {
	if n.net == netMgmt {
		return "", l.Prefix() + "-" + node, l.mgmtBridge()
	}
	return fabric, node + "-" + n.name, n.name
}

// side is the switch of one side of a partition: cables of the same side still meet.
func side(bridge string, n int) string {
	if n == 0 {
		return bridge
	}
	return fmt.Sprintf("%s-s%d", bridge, n)
}

// makeNodeNetwork makes a node's namespace with its cards; no cable is plugged in yet.
func (h *Host) makeNodeNetwork(ctx context.Context, n *node) error {
	l := h.layout
	if err := l.removeNodeNetwork(ctx, n); err != nil {
		return err
	}
	if err := l.makeNetns(ctx, n.name); err != nil {
		return err
	}
	last := 10 + n.index
	byNS := map[string][]string{}
	var inside []string
	for _, c := range n.nics {
		ns, port, _ := l.port(n.name, c)
		byNS[ns] = append(byNS[ns],
			fmt.Sprintf("link add %s netns %s address %s type veth peer name %s", c.name, l.netns(n.name), l.mac(c.net, last), port),
			"link set "+port+" addrgenmode none")
		inside = append(inside, fmt.Sprintf("addr add %s/24 dev %s", l.address(c.net, last), c.name))
		if h.cfg.IPv6 {
			inside = append(inside, fmt.Sprintf("addr add %s/64 dev %s nodad", l.address6(c.net, last), c.name))
		}
		inside = append(inside, "link set "+c.name+" up")
	}
	for _, ns := range []string{"", fabric} {
		if err := l.ip(ctx, ns, byNS[ns]...); err != nil {
			return err
		}
	}
	for _, c := range n.nics {
		if err := h.plug(ctx, n, c); err != nil {
			return err
		}
	}
	return l.ip(ctx, n.name, inside...)
}

// CutMode is how a network connection is cut.
type CutMode string

// Pulled is a cable out of its socket: the card sees no carrier. Silent is a dead switch behind a live port: the card sees
// a carrier, and nothing arrives. In and Out are cables with one broken pair: what would arrive at the node is lost, or what
// it sends.
const (
	Pulled CutMode = "pulled"
	Silent CutMode = "silent"
	In     CutMode = "in"
	Out    CutMode = "out"
)

// plug makes a cable of a node that has power what it shall be: whole, cut or impaired. The node's change must be held.
func (h *Host) plug(ctx context.Context, n *node, c nic) error {
	ns, port, br := h.layout.port(n.name, c)
	if old := n.shapers[c.cut]; old != nil {
		delete(n.shapers, c.cut)
		old.close()
	}
	cut, impairment := n.cut[c.cut], n.impaired[c.cut]
	switch {
	case cut == Pulled:
		return h.layout.ip(ctx, ns, "link set "+port+" down")
	case cut == Silent:
		return h.layout.ip(ctx, ns, "link set "+port+" nomaster", "link set "+port+" up")
	case cut == "" && impairment == Impairment{}:
		return h.layout.ip(ctx, ns, "link set "+port+" master "+side(br, n.sideOf(c)), "link set "+port+" up")
	}
	// Another way round: out of the switch, through this process, and back in by a second port.
	if err := h.layout.ip(ctx, ns, "link set "+port+" nomaster", "link set "+port+" up"); err != nil {
		return err
	}
	s, err := h.layout.newShaper(ns, port, cut, impairment)
	if err != nil {
		return err
	}
	n.shapers[c.cut] = s
	return h.layout.ip(ctx, ns, "link set "+s.tap+" addrgenmode none", "link set "+s.tap+" master "+side(br, n.sideOf(c)), "link set "+s.tap+" up")
}

// sideOf is the side of a partition on which a card is; only the heartbeat is divided.
func (n *node) sideOf(c nic) int {
	if strings.HasPrefix(c.name, "hb") {
		return n.side
	}
	return 0
}

// partition puts nodes on sides, by name; those of different sides do not meet in any heartbeat network. All cables change in
// one go, within milliseconds.
func (h *Host) partition(ctx context.Context, sides map[string]int) error {
	highest := 0
	for _, n := range h.members() {
		n.change.Lock()
		defer n.change.Unlock()
		highest = max(highest, sides[n.name])
	}
	var lines, moves []string
	for _, c := range heartbeats(h.cfg.Links) {
		for i := 1; i <= highest; i++ {
			if name := side(c.name, i); !h.sides[name] {
				lines = append(lines, bridge(name)...)
			}
		}
	}
	for _, n := range h.members() {
		for _, c := range n.nics {
			if !strings.HasPrefix(c.name, "hb") || n.power == PowerOff || n.cut[c.cut] == Pulled || n.cut[c.cut] == Silent {
				continue
			}
			_, port, br := h.layout.port(n.name, c)
			if s := n.shapers[c.cut]; s != nil {
				port = s.tap
			}
			moves = append(moves, "link set "+port+" master "+side(br, sides[n.name]))
		}
	}
	if err := h.layout.ip(ctx, fabric, lines...); err != nil {
		return err
	}
	for _, c := range heartbeats(h.cfg.Links) {
		for i := 1; i <= highest; i++ {
			h.sides[side(c.name, i)] = true
		}
	}
	if err := h.layout.ip(ctx, fabric, moves...); err != nil {
		return err
	}
	for _, n := range h.members() {
		n.set(func() { n.side = sides[n.name] })
	}
	return nil
}

// Partition divides the heartbeat networks between groups of nodes; every node is in one of them.
func (h *Host) Partition(ctx context.Context, groups [][]string) error {
	sides := map[string]int{}
	for i, g := range groups {
		for _, name := range g {
			if _, twice := sides[name]; twice {
				return fmt.Errorf("%s is on two sides", name)
			}
			n, err := h.node(name)
			if err != nil {
				return err
			}
			if n.arbiter {
				return fmt.Errorf("%s is in no heartbeat network: cut its network to a node instead", name)
			}
			sides[name] = i
		}
	}
	if len(sides) != len(h.members()) || len(groups) < 2 {
		return fmt.Errorf("a partition names every node once, in two groups or more")
	}
	return h.partition(ctx, sides)
}

// Heal makes all networks of all machines whole again.
func (h *Host) Heal(ctx context.Context) error {
	errs := []error{h.partition(ctx, nil)}
	for _, n := range h.nodes {
		for _, c := range n.nics {
			if n.wounded(c) {
				errs = append(errs, h.rewire(ctx, n, c.cut, func() { delete(n.cut, c.cut); delete(n.impaired, c.cut) }))
			}
		}
	}
	return errors.Join(errs...)
}

func (n *node) wounded(c nic) bool {
	n.state.Lock()
	defer n.state.Unlock()
	return n.cut[c.cut] != "" || n.impaired[c.cut] != Impairment{}
}

// rewire changes what a cable shall be, and makes it so where the node has power. It stays so through a loss of power.
func (h *Host) rewire(ctx context.Context, n *node, what string, change func()) error {
	var names []string
	for _, c := range n.nics {
		if c.cut == what {
			n.change.Lock()
			defer n.change.Unlock()
			n.set(change)
			if n.power == PowerOff {
				return nil
			}
			return h.plug(ctx, n, c)
		}
		names = append(names, c.cut)
	}
	return fmt.Errorf("%s has no connection %q: %s", n.name, what, strings.Join(names, ", "))
}

// cut cuts a cable or, with an empty mode, plugs it in again; what is "hb0", "client", "mgmt" or "arbiter".
func (h *Host) cut(ctx context.Context, n *node, what string, mode CutMode) error {
	switch mode {
	case "", Pulled, Silent, In, Out:
	default:
		return fmt.Errorf("unknown cut %q: pulled, silent, in or out", mode)
	}
	return h.rewire(ctx, n, what, func() {
		delete(n.cut, what)
		if mode != "" {
			n.cut[what] = mode
		}
	})
}

// impair makes a cable bad or, with the zero value, good again.
func (h *Host) impair(ctx context.Context, n *node, what string, i Impairment) error {
	if err := i.validate(); err != nil {
		return err
	}
	return h.rewire(ctx, n, what, func() {
		delete(n.impaired, what)
		if i != (Impairment{}) {
			n.impaired[what] = i
		}
	})
}

// unplug takes all cables of a node down.
func (h *Host) unplug(ctx context.Context, n *node) error {
	byNS := map[string][]string{}
	for _, c := range n.nics {
		ns, port, _ := h.layout.port(n.name, c)
		byNS[ns] = append(byNS[ns], "link set "+port+" down")
	}
	for what, s := range n.shapers {
		delete(n.shapers, what)
		s.close()
	}
	return errors.Join(h.layout.ip(ctx, fabric, byNS[fabric]...), h.layout.ip(ctx, "", byNS[""]...))
}

// removeNodeNetwork removes a node's namespace and cables, if they are there.
func (l Layout) removeNodeNetwork(ctx context.Context, n *node) error {
	if err := unmountBelow(l.netns(n.name)); err != nil {
		return err
	}
	if err := os.Remove(l.netns(n.name)); err != nil && !os.IsNotExist(err) {
		return err
	}
	// The kernel takes a namespace's cards apart later, in its own time; the other ends must be gone before new ones can have their names.
	for _, c := range n.nics {
		ns, port, _ := l.port(n.name, c)
		argv := []string{"ip", "link", "del", port}
		if ns != "" {
			argv = append([]string{"nsenter", "--net=" + l.netns(ns)}, argv...)
		}
		if _, err := run(ctx, "", argv...); err != nil && !noDevice(err) {
			return err
		}
	}
	return nil
}

// noDevice says whether ip found no such interface, or lost it between looking and doing: the other end's namespace has gone.
func noDevice(err error) bool {
	return strings.Contains(err.Error(), "Cannot find device") || strings.Contains(err.Error(), "No such device")
}

// hostInterfaces are the sandbox's interfaces in the host's namespace.
func (l Layout) hostInterfaces() []string {
	all, err := filepath.Glob("/sys/class/net/" + l.Prefix() + "-*")
	if err != nil {
		return nil
	}
	for i := range all {
		all[i] = filepath.Base(all[i])
	}
	return all
}
