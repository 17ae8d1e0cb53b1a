// Package preflight looks whether a host is fit to be a node, and says how to mend what is not. It changes nothing.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"hawser/agent/corosync"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// The results of a check.
const (
	OK      = "ok"
	Warning = "warning"
	Failed  = "failed"
)

// Host is the host that is looked at.
type Host struct {
	Runner run.Runner
	Name   string // by which the cluster would know it
	Conf   []byte // its corosync.conf; nil where there is none
	Up     bool   // whether daemons of a cluster run
	// Resolve looks a name up as this host does; nil means the system's resolver.
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error)
	// Prefixes are the addresses of its interfaces with their networks; nil means this machine's.
	Prefixes []netip.Prefix
}

// Check looks at the host, and at how it would fit into setup if that is not nil.
func Check(ctx context.Context, h Host, setup *ha.Setup) []ha.Check {
	if h.Resolve == nil {
		h.Resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	c := &checker{Host: h}
	c.packages(ctx)
	c.programs()
	c.clock(ctx)
	c.cluster()
	c.disk()
	c.watchdog()
	c.multipath(ctx)
	if setup != nil {
		c.member(*setup)
		c.addresses(*setup)
		c.names(ctx, *setup)
		c.ports(*setup)
		c.links(*setup)
		c.size(*setup)
	}
	return c.checks
}

// Simulated looks at a host that does not exist: at what can be wrong with one all the same.
func Simulated(ctx context.Context, h Host, setup *ha.Setup) []ha.Check {
	c := &checker{Host: h}
	c.packages(ctx)
	c.cluster()
	if setup != nil {
		c.member(*setup)
		c.addresses(*setup)
		c.links(*setup)
		c.size(*setup)
	}
	return c.checks
}

type checker struct {
	Host
	checks []ha.Check
}

// The codes of checks. The sentences are in internal/words; args are named in the comment.
const (
	packages  = "packages"          // pacemaker, corosync; missing
	programs  = "programs"          // missing
	clock     = "time_sync"         //
	cluster   = "no_other_cluster"  // cluster
	space     = "disk_space"        // path, free
	watchdog  = "watchdog"          // device
	multipath = "multipath"         //
	member    = "node_name"         // node, names
	addresses = "addresses"         // missing
	names     = "names_resolve"     // name, got, want
	ports     = "ports_free"        // address, port
	links     = "separate_networks" // network, links
	twoLinks  = "two_links"         //
	size      = "node_count"        // nodes
)

func (c *checker) add(code, result string, pairs ...string) {
	check := ha.Check{Code: code, Result: result}
	for i := 0; i+1 < len(pairs); i += 2 {
		if check.Args == nil {
			check.Args = map[string]string{}
		}
		check.Args[pairs[i]] = pairs[i+1]
	}
	c.checks = append(c.checks, check)
}

func (c *checker) packages(ctx context.Context) {
	var missing []string
	pcmk, err := pacemaker.Tools{Runner: c.Runner}.Version(ctx)
	if err != nil {
		missing = append(missing, "pacemaker")
	}
	cs, err := corosync.Tools{Runner: c.Runner}.Version(ctx)
	if err != nil {
		missing = append(missing, "corosync")
	}
	for name, path := range map[string]string{"resource-agents": "/usr/lib/ocf/resource.d/heartbeat/IPaddr2", "pacemaker-cli-utils": "/usr/sbin/crm_resource"} {
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, name)
		}
	}
	result := OK
	switch {
	case len(missing) > 0:
		result = Failed
	case olderThan(cs, 3): // knet, which carries the links
		result, missing = Failed, []string{"corosync >= 3"}
	case olderThan(pcmk, 2):
		result, missing = Failed, []string{"pacemaker >= 2"}
	}
	c.add(packages, result, "pacemaker", pcmk, "corosync", cs, "missing", strings.Join(missing, ", "))
}

func olderThan(version string, major int) bool {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	return err == nil && n < major
}

// programs are those that agents need and packages do not bring: without fuser and modprobe Filesystem says "not installed".
func (c *checker) programs() {
	var missing []string
	for _, name := range []string{"fuser", "modprobe", "ip"} {
		if _, err := run.Find(name); err != nil {
			missing = append(missing, name)
		}
	}
	result := OK
	if len(missing) > 0 {
		result = Failed
	}
	c.add(programs, result, "missing", strings.Join(missing, ", "))
}

// clock asks the kernel whether something keeps its clock in step.
func (c *checker) clock(context.Context) {
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0 {
		c.add(clock, OK)
		return
	}
	c.add(clock, Warning)
}

// cluster looks for another cluster, or remains of one.
func (c *checker) cluster() {
	if c.Conf != nil && !corosync.Stock(c.Conf) {
		name := "?"
		if conf, err := corosync.Parse(c.Conf); err == nil {
			name = conf.ClusterName()
		}
		c.add(cluster, Failed, "cluster", name)
		return
	}
	if c.Up {
		c.add(cluster, Failed, "cluster", "corosync, pacemaker")
		return
	}
	c.add(cluster, OK, "cluster", "")
}

// minFree is what logs, CIB and scheduler inputs need for some weeks without anybody looking.
const minFree = 512 << 20

func (c *checker) disk() {
	worst, at := uint64(1<<63), "/"
	for _, path := range []string{"/", "/var", "/var/log", "/var/lib"} {
		var fs unix.Statfs_t
		if unix.Statfs(path, &fs) == nil {
			if free := fs.Bavail * uint64(fs.Bsize); free < worst {
				worst, at = free, path
			}
		}
	}
	result := OK
	switch {
	case worst < minFree/8:
		result = Failed
	case worst < minFree:
		result = Warning
	}
	c.add(space, result, "path", at, "free", strconv.FormatUint(worst>>20, 10))
}

// watchdog is information: SBD needs one, other fencing does not.
func (c *checker) watchdog() {
	for _, path := range []string{"/dev/watchdog", "/dev/watchdog0"} {
		if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			c.add(watchdog, OK, "device", path)
			return
		}
	}
	c.add(watchdog, Warning, "device", "")
}

// multipath takes disks away from those who use them by another name.
func (c *checker) multipath(context.Context) {
	if _, err := os.Stat("/run/multipathd.pid"); err == nil {
		c.add(multipath, Warning)
		return
	}
	c.add(multipath, OK)
}

func (c *checker) member(s ha.Setup) {
	var all []string
	for _, n := range s.Nodes {
		if n.Name == c.Name {
			c.add(member, OK, "node", c.Name, "names", "")
			return
		}
		all = append(all, n.Name)
	}
	c.add(member, Failed, "node", c.Name, "names", strings.Join(all, ", "))
}

// own returns the addresses that the setup gives this host.
func (c *checker) own(s ha.Setup) []string {
	for _, n := range s.Nodes {
		if n.Name == c.Name {
			return n.Addresses
		}
	}
	return nil
}

func (c *checker) addresses(s ha.Setup) {
	have := map[netip.Addr]bool{}
	for _, p := range c.prefixes() {
		have[p.Addr()] = true
	}
	var missing []string
	for _, text := range c.own(s) {
		if a, err := netip.ParseAddr(text); err != nil || !have[a.Unmap()] {
			missing = append(missing, text)
		}
	}
	result := OK
	if len(missing) > 0 {
		result = Failed
	}
	c.add(addresses, result, "missing", strings.Join(missing, ", "))
}

// prefixes are the addresses of the host's interfaces with their networks.
func (c *checker) prefixes() []netip.Prefix {
	if c.Prefixes != nil {
		return c.Prefixes
	}
	var list []netip.Prefix
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()))
		}
	}
	return list
}

// names: a name that means another host than the one with the given addresses sends fencing and people to the wrong machine.
// A name that means nothing is no obstacle: Corosync is given addresses.
func (c *checker) names(ctx context.Context, s ha.Setup) {
	result, name, found, want := OK, "", "", ""
	for _, n := range s.Nodes {
		list, err := c.Resolve(ctx, n.Name)
		if err != nil || len(list) == 0 {
			if result == OK {
				result, name, found, want = Warning, n.Name, "", strings.Join(n.Addresses, ", ")
			}
			continue
		}
		fits := false
		var texts []string
		for _, a := range list {
			texts = append(texts, a.Unmap().String())
			for _, own := range n.Addresses {
				if o, err := netip.ParseAddr(own); err == nil && o.Unmap() == a.Unmap() {
					fits = true
				}
			}
			if n.Name == c.Name && a.IsLoopback() { // Debian's 127.0.1.1: Corosync is given addresses and does not mind
				fits = true
			}
		}
		if !fits { // it may be the address of another network of that host: worth a look, no more
			result, name, found, want = Warning, n.Name, strings.Join(texts, ", "), strings.Join(n.Addresses, ", ")
		}
	}
	c.add(names, result, "name", name, "got", found, "want", want)
}

// firstPort is corosync's port for link 0; each further link has the next. Source: corosync.conf(5), mcastport.
const firstPort = 5405

// ports: a port that somebody else holds keeps corosync from starting.
func (c *checker) ports(s ha.Setup) {
	if c.Up {
		return // it is corosync itself that holds them, and that is told elsewhere
	}
	for link, text := range c.own(s) {
		address := net.JoinHostPort(text, strconv.Itoa(firstPort+link))
		conn, err := net.ListenPacket("udp", address)
		if err == nil {
			_ = conn.Close()
			continue
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			c.add(ports, Failed, "address", text, "port", strconv.Itoa(firstPort+link))
			return
		}
	}
	c.add(ports, OK, "address", "", "port", "")
}

// links: two links in one network share its switch, and the kernel sends both through the same interface.
func (c *checker) links(s ha.Setup) {
	own := c.own(s)
	if len(own) == 0 {
		return
	}
	if len(own) == 1 && len(s.Nodes) > 1 {
		c.add(twoLinks, Warning)
	} else {
		c.add(twoLinks, OK)
	}
	byNetwork := map[netip.Prefix]int{}
	for link, text := range own {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		for _, p := range c.prefixes() {
			if p.Addr() != a.Unmap() {
				continue
			}
			network := p.Masked()
			if other, has := byNetwork[network]; has {
				c.add(links, Failed, "network", network.String(), "links", fmt.Sprintf("%d, %d", other, link))
				return
			}
			byNetwork[network] = link
		}
	}
	c.add(links, OK, "network", "", "links", "")
}

// size: two nodes cannot tell who is cut off, an even number can be split in halves, and beyond 16 the token is slow.
func (c *checker) size(s ha.Setup) {
	n := len(s.Nodes)
	result := OK
	if n == 2 || n > 16 {
		result = Warning
	}
	c.add(size, result, "nodes", strconv.Itoa(n))
}
