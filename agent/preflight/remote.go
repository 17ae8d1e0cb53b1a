package preflight

import (
	"context"
	"net/netip"
	"strconv"

	"hawser/internal/ha"
)

// Remote is what a host would be as a remote node.
type Remote struct {
	Address string // where the members would reach it
	Port    int
	Host    ha.RemoteHost
	Taken   string // the program that listens at the port, "" where none does
}

// The codes of checks of a remote node.
const (
	remotePackage = "remote_package"   //
	remoteIdle    = "remote_idle"      //
	remotePort    = "remote_port_free" // port, program
)

// CheckRemote looks whether the host is fit to be a remote node. It needs no corosync, and must not have one that runs.
func CheckRemote(ctx context.Context, h Host, r Remote) []ha.Check {
	c := &checker{Host: h}
	c.programs()
	c.clock(ctx)
	c.disk()
	return c.remote(r)
}

// SimulatedRemote looks at a host that does not exist.
func SimulatedRemote(h Host, r Remote) []ha.Check { return (&checker{Host: h}).remote(r) }

func (c *checker) remote(r Remote) []ha.Check {
	result := OK
	if !r.Host.Installed {
		result = Failed
	}
	c.add(remotePackage, result)
	c.cluster()
	result = OK
	if r.Host.Running { // it is somebody's remote node
		result = Failed
	}
	c.add(remoteIdle, result)
	result = Failed
	missing := r.Address
	if a, err := netip.ParseAddr(r.Address); err == nil {
		for _, p := range c.prefixes() {
			if p.Addr() == a.Unmap() {
				result, missing = OK, ""
			}
		}
	}
	c.add(addresses, result, "missing", missing)
	result = OK
	if r.Taken != "" {
		result = Failed
	}
	c.add(remotePort, result, "port", strconv.Itoa(r.Port), "program", r.Taken)
	return c.checks
}
