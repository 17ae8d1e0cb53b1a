// Package host builds the sandbox on this machine and hurts it: networks, nodes, their disks and their power.
// It is the inside of the daemon; tests and people use package sandbox.
package host

import (
	"fmt"
	"path/filepath"
	"regexp"
)

// The networks, by the third number of their addresses.
const (
	netMgmt = 0
	netHB0  = 1
	netHB1  = 2
	netSvc  = 3
)

// Links is the number of heartbeat links.
const Links = 2

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

// Journal is the file of every change to the shared disk.
func (l Layout) Journal() string { return filepath.Join(l.State, "lun.journal") }

func (l Layout) store() string    { return filepath.Join(l.State, "lun.img") }
func (l Layout) fenceDir() string { return filepath.Join(l.Run, "fence") }
func (l Layout) binary() string   { return filepath.Join(l.State, "bin", "sandbox") }
func (l Layout) logs() string     { return filepath.Join(l.State, "log") }

// In a node.
const (
	fenceSocketDir = "/run/fence-sandbox"
	FenceSocket    = fenceSocketDir + "/socket"
	LUNDevice      = "/dev/hawser/lun0"
)

// nodeName keeps the names of interfaces, such as hws213-NODE, within the kernel's fifteen characters.
var nodeName = regexp.MustCompile(`^[a-z][a-z0-9]{0,6}$`)

// nic is one network interface of a node.
type nic struct {
	name string // in the node
	net  int
	cut  string // what status calls it when it is cut
}

var nics = []nic{{"mgmt0", netMgmt, "mgmt"}, {"hb0", netHB0, "hb0"}, {"hb1", netHB1, "hb1"}, {"svc0", netSvc, "client"}}

// mac is fixed, as a real card's: with a new one after each boot, peers would send to the old one until their caches expire.
func (l Layout) mac(net, last int) string {
	return fmt.Sprintf("02:d5:%02x:%02x:00:%02x", l.Instance, net, last)
}
