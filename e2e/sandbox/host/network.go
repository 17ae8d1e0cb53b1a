package host

import (
	"context"
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

func (l Layout) makeNetworks(ctx context.Context) error {
	for _, n := range []string{fabric, client} {
		if err := l.makeNetns(ctx, n); err != nil {
			return err
		}
	}
	var lines []string
	for _, n := range nics {
		if n.net != netMgmt {
			lines = append(lines, bridge(n.name)...)
		}
	}
	lines = append(lines,
		fmt.Sprintf("link add svc0 netns %s address %s type veth peer name client", l.netns(client), l.mac(netSvc, 200)),
		"link set client addrgenmode none", "link set client master svc0", "link set client up")
	if err := l.ip(ctx, fabric, lines...); err != nil {
		return err
	}
	if err := l.ip(ctx, client,
		"addr add "+l.ClientAddress()+"/24 dev svc0", "addr add "+l.GatewayAddress()+"/24 dev svc0", "link set svc0 up"); err != nil {
		return err
	}
	lines = append(bridge(l.mgmtBridge()), "addr add "+l.MgmtAddress()+"/24 dev "+l.mgmtBridge())
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

// makeNodeNetwork makes a node's namespace with its cards; cut are the cables that are pulled.
func (l Layout) makeNodeNetwork(ctx context.Context, node string, index int, cut map[string]CutMode) error {
	if err := l.removeNodeNetwork(ctx, node); err != nil {
		return err
	}
	if err := l.makeNetns(ctx, node); err != nil {
		return err
	}
	last := 10 + index
	byNS := map[string][]string{}
	var inside []string
	for _, n := range nics {
		ns, port, br := l.port(node, n)
		byNS[ns] = append(byNS[ns],
			fmt.Sprintf("link add %s netns %s address %s type veth peer name %s", n.name, l.netns(node), l.mac(n.net, last), port),
			"link set "+port+" addrgenmode none")
		byNS[ns] = append(byNS[ns], plug(port, br, cut[n.cut])...)
		inside = append(inside, fmt.Sprintf("addr add %s/24 dev %s", l.address(n.net, last), n.name), "link set "+n.name+" up")
	}
	for _, ns := range []string{"", fabric} {
		if err := l.ip(ctx, ns, byNS[ns]...); err != nil {
			return err
		}
	}
	return l.ip(ctx, node, inside...)
}

// CutMode is how a network connection is cut.
type CutMode string

// Pulled is a cable out of its socket: the card sees no carrier. Silent is a dead switch behind a live port: the card sees
// a carrier, and nothing arrives.
const (
	Pulled CutMode = "pulled"
	Silent CutMode = "silent"
)

func plug(port, bridge string, cut CutMode) []string {
	switch cut {
	case Pulled:
		return []string{"link set " + port + " down"}
	case Silent:
		return []string{"link set " + port + " nomaster", "link set " + port + " up"}
	}
	return []string{"link set " + port + " master " + bridge, "link set " + port + " up"}
}

// setCut pulls or plugs one cable of a node that has power.
func (l Layout) setCut(ctx context.Context, node string, n nic, cut CutMode) error {
	ns, port, br := l.port(node, n)
	return l.ip(ctx, ns, plug(port, br, cut)...)
}

// unplug takes all cables of a node down.
func (l Layout) unplug(ctx context.Context, node string) error {
	byNS := map[string][]string{}
	for _, n := range nics {
		ns, port, _ := l.port(node, n)
		byNS[ns] = append(byNS[ns], "link set "+port+" down")
	}
	if err := l.ip(ctx, fabric, byNS[fabric]...); err != nil {
		return err
	}
	return l.ip(ctx, "", byNS[""]...)
}

// removeNodeNetwork removes a node's namespace and cables, if they are there.
func (l Layout) removeNodeNetwork(ctx context.Context, node string) error {
	if err := unmountBelow(l.netns(node)); err != nil {
		return err
	}
	if err := os.Remove(l.netns(node)); err != nil && !os.IsNotExist(err) {
		return err
	}
	// The kernel takes a namespace's cards apart later, in its own time; the other ends must be gone before new ones can have their names.
	for _, n := range nics {
		ns, port, _ := l.port(node, n)
		argv := []string{"ip", "link", "del", port}
		if ns != "" {
			argv = append([]string{"nsenter", "--net=" + l.netns(ns)}, argv...)
		}
		if _, err := run(ctx, "", argv...); err != nil && !strings.Contains(err.Error(), "Cannot find device") {
			return err
		}
	}
	return nil
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
