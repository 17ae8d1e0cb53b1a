// Package host builds the sandbox on this machine and hurts it: networks, nodes, their disks and their power.
// It is the inside of the daemon; tests and people use package sandbox.
package host

import (
	"fmt"
	"path/filepath"
	"regexp"
)

// The networks, by the third number of their addresses. Heartbeat network 2 is 4, behind the service network.
const (
	netMgmt  = 0
	netHB0   = 1
	netSvc   = 3
	netQNet  = 9
	maxLinks = 7 // corosync has eight, and one may be a disk
	maxNodes = 8
	maxLUNs  = 8
)

// heartbeatNet is the network of a heartbeat link.
func heartbeatNet(link int) int {
	if link < 2 {
		return netHB0 + link
	}
	return netSvc - 1 + link
}

// Arbiter is the name of the machine that holds the casting vote: beside the cluster, in no heartbeat network.
const Arbiter = "arb"

// arbiterIndex makes its addresses end in 100.
const arbiterIndex = 90

// Layout holds the names and addresses of one sandbox. Instance is the second number of its addresses and part of
// every name, so that two sandboxes on one machine never meet and what belongs to one can be found exactly.
type Layout struct {
	Instance int
	State    string // survives a reboot: disks, journal, logs
	Run      string // does not matter after a reboot: mount points, sockets
}

// DefaultInstance is the demo's.
const DefaultInstance = 213

// NewLayout returns the layout of an instance.
func NewLayout(instance int) (Layout, error) {
	if instance == 0 {
		instance = DefaultInstance
	}
	if instance < 1 || instance > 254 {
		return Layout{}, fmt.Errorf("instance %d: must be from 1 to 254", instance)
	}
	suffix := ""
	if instance != DefaultInstance {
		suffix = fmt.Sprintf("-%d", instance)
	}
	return Layout{Instance: instance, State: "/var/lib/hawser-sandbox" + suffix, Run: "/run/hawser-sandbox" + suffix}, nil
}

// Prefix begins the name of everything that is visible on the host.
func (l Layout) Prefix() string { return fmt.Sprintf("hws%d", l.Instance) }

// marker is the environment variable by which processes of this sandbox are known.
func (l Layout) marker() string { return "HAWSER_SANDBOX_PART=" + l.Prefix() }

func (l Layout) mgmtBridge() string { return l.Prefix() + "-mgmt" }

// Address is address number last in network net.
func (l Layout) address(net, last int) string {
	return fmt.Sprintf("10.%d.%d.%d", l.Instance, net, last)
}

// address6 is the same by IPv6: its numbers are written as in the other, 10.213.1.11 is fd00:213:1::11.
func (l Layout) address6(net, last int) string {
	return fmt.Sprintf("fd00:%d:%d::%d", l.Instance, net, last)
}

// MgmtAddress is the host's, where nodes reach a server.
func (l Layout) MgmtAddress() string { return l.address(netMgmt, 1) }

// ClientAddress is the measuring client's on the service network.
func (l Layout) ClientAddress() string { return l.address(netSvc, 200) }

// GatewayAddress answers pings on the service network.
func (l Layout) GatewayAddress() string { return l.address(netSvc, 254) }

// ServiceNet is the network of clients and virtual IPs.
func (l Layout) ServiceNet() string { return l.address(netSvc, 0) + "/24" }

func (l Layout) netns(name string) string { return filepath.Join(l.Run, "net", name) }

func (l Layout) nodeDir(name string) string { return filepath.Join(l.Run, "nodes", name) }

// ControlSocket is the daemon's.
func (l Layout) ControlSocket() string { return filepath.Join(l.Run, "control.sock") }

// ProbeSocket is the measuring client's.
func (l Layout) ProbeSocket() string { return filepath.Join(l.Run, "probe.sock") }

// Journal is the file of every change to a shared disk.
func (l Layout) Journal(lun int) string { return filepath.Join(l.State, lunName(lun)+".journal") }

func (l Layout) store(lun int) string { return filepath.Join(l.State, lunName(lun)+".img") }

// private begins the names of the files of a node's private disk.
func (l Layout) private(node string) string { return filepath.Join(l.State, "private-"+node) }

func lunName(lun int) string {
	if lun == 0 {
		return "lun"
	}
	return fmt.Sprintf("lun%d", lun)
}

func (l Layout) fenceDir() string { return filepath.Join(l.Run, "fence") }
func (l Layout) binary() string   { return filepath.Join(l.State, "bin", "sandbox") }
func (l Layout) logs() string     { return filepath.Join(l.State, "log") }

// In a node.
const (
	fenceSocketDir = "/run/fence-sandbox"
	FenceSocket    = fenceSocketDir + "/socket"
	lunDevices     = "/dev/hawser"
	// privateDevices is the same folder once more: /dev/hawser is the product's own, which puts no volume on what is there.
	privateDevices = "/dev/sandbox"
)

// PrivateDevice is the disk that a node has for itself.
const PrivateDevice = privateDevices + "/private"

// LUNDevice is a shared disk in a node.
func LUNDevice(lun int) string { return fmt.Sprintf("%s/lun%d", lunDevices, lun) }

// nodeName keeps the names of interfaces, such as hws213-NODE, within the kernel's fifteen characters.
var nodeName = regexp.MustCompile(`^[a-z][a-z0-9]{0,6}$`)

// nic is one network interface of a node.
type nic struct {
	name string // in the node
	net  int
	cut  string // what status calls it when it is cut
}

var mgmt = nic{"mgmt0", netMgmt, "mgmt"}

// heartbeats are a node's cards for the heartbeat.
func heartbeats(links int) []nic {
	var out []nic
	for i := range links {
		name := fmt.Sprintf("hb%d", i)
		out = append(out, nic{name, heartbeatNet(i), name})
	}
	return out
}

// nics are the cards of a machine of this configuration; the arbiter has none for heartbeat and service.
func (c Config) nics(arbiter bool) []nic {
	out := []nic{mgmt}
	if !arbiter {
		out = append(append(out, heartbeats(c.Links)...), nic{"svc0", netSvc, "client"})
	}
	if c.Arbiter {
		out = append(out, nic{"qnet0", netQNet, "arbiter"})
	}
	return out
}

// mac is fixed, as a real card's: with a new one after each boot, peers would send to the old one until their caches expire.
func (l Layout) mac(net, last int) string {
	return fmt.Sprintf("02:d5:%02x:%02x:00:%02x", l.Instance, net, last)
}
