package preflight

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Service is what a host would run as a part of a cluster's service.
type Service struct {
	wire.InspectServiceArgs
	Root         string                // where the host's files lie; empty: at /
	Certificates *ha.CertificatesState // nil where there are to be none
}

// The codes of checks of a service; those that one host cannot answer alone are the server's.
const (
	shell        = "shell"            // shell, bash
	device       = "device_there"     // device
	deviceName   = "device_name"      // device, better
	deviceMapped = "device_multipath" // device, map
	directory    = "data_directory"   // directory, count
	unitThere    = "unit_there"       // unit
	unitBoot     = "unit_at_boot"     // unit
	unitRunning  = "unit_idle"        // unit
	client       = "client_there"     // program
	agentThere   = "agent_there"      // agent
	addressNet   = "address_network"  // address, interface
	addressFree  = "address_free"     // address, how
	certificates = "certificates"     // missing, until
	certsNone    = "certificates_none"
	certsExpired = "certificates_expired" // until
	certsClient  = "certificates_client"
)

// CheckService looks whether the host is fit for its part of a service. What one host cannot know, such as whether the other one's disk
// has the same size, is compared by who asks both.
func CheckService(ctx context.Context, h Host, s Service) ha.ServiceInspection {
	c := &checker{Host: h}
	out := ha.ServiceInspection{Node: h.Name, Certificates: s.Certificates}
	c.clock(ctx)
	c.shell(s)
	if s.Disk != "" {
		out.Size, out.Stable = c.device(s)
	}
	if s.Directory != "" {
		c.directory(s)
	}
	c.program(ctx, s)
	if s.Address != "" {
		out.Interface, out.Network = c.address(ctx, s)
	}
	if s.Certificates != nil {
		c.certificates(*s.Certificates)
	}
	out.Checks = c.checks
	return out
}

// shell: resource agents are written for POSIX, so that dash does as well as bash; what database makers bring along most often is not.
func (c *checker) shell(s Service) {
	at := func(name string) string { return filepath.Join(s.Root, name) }
	target, err := filepath.EvalSymlinks(at("/bin/sh"))
	_, bash := os.Stat(at("/bin/bash"))
	switch {
	case err != nil:
		c.add(shell, Failed, "shell", "", "bash", "")
	case bash != nil:
		c.add(shell, Warning, "shell", filepath.Base(target), "bash", "/bin/bash")
	default:
		c.add(shell, OK, "shell", filepath.Base(target), "bash", "/bin/bash")
	}
}

// device: the kernel numbers disks anew at each boot, and multipathd takes a disk for itself that it knows.
func (c *checker) device(s Service) (size int64, stable string) {
	path := filepath.Join(s.Root, s.Disk)
	info, err := os.Stat(path)
	if err != nil || info.Mode()&os.ModeDevice == 0 || info.Mode()&os.ModeCharDevice != 0 {
		c.add(device, Failed, "device", s.Disk)
		return 0, ""
	}
	c.add(device, OK, "device", s.Disk)
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path
	}
	if f, err := os.Open(path); err == nil {
		if n, err := unix.IoctlGetInt(int(f.Fd()), unix.BLKGETSIZE64); err == nil {
			size = int64(n)
		}
		_ = f.Close()
	}
	if settled(s.Disk) {
		c.add(deviceName, OK, "device", s.Disk, "better", "")
	} else {
		links, _ := filepath.Glob(filepath.Join(s.Root, "/dev/disk/by-id/*"))
		slices.Sort(links)
		for _, link := range links {
			if to, err := filepath.EvalSymlinks(link); err == nil && to == target && (stable == "" || strings.Contains(link, "/wwn-")) {
				stable = strings.TrimPrefix(link, strings.TrimSuffix(s.Root, "/"))
			}
		}
		c.add(deviceName, Warning, "device", s.Disk, "better", stable)
	}
	holders, _ := filepath.Glob(filepath.Join(s.Root, "/sys/class/block", filepath.Base(target), "holders/*"))
	for _, h := range holders {
		data, err := os.ReadFile(filepath.Join(h, "dm/uuid"))
		if err == nil && strings.HasPrefix(string(data), "mpath-") {
			name, _ := os.ReadFile(filepath.Join(h, "dm/name"))
			c.add(deviceMapped, Failed, "device", s.Disk, "map", "/dev/mapper/"+strings.TrimSpace(string(name)))
			return size, stable
		}
	}
	c.add(deviceMapped, OK, "device", s.Disk, "map", "")
	return size, stable
}

// settled says whether a name of a device means the same one after the next boot.
func settled(path string) bool {
	for _, dir := range []string{"/dev/disk/by-", "/dev/mapper/", "/dev/zvol/", "/dev/md/"} {
		if strings.HasPrefix(path, dir) && !strings.HasPrefix(path, "/dev/disk/by-path/") {
			return true
		}
	}
	return strings.Count(strings.TrimPrefix(path, "/dev/"), "/") == 1 && !strings.HasPrefix(path, "/dev/disk/") // a logical volume
}

// directory: what is in it would be hidden by what is mounted over it, and somebody would look for it.
func (c *checker) directory(s Service) {
	list, err := os.ReadDir(filepath.Join(s.Root, s.Directory))
	n := len(list)
	if n == 1 && list[0].Name() == "lost+found" {
		n = 0
	}
	switch {
	case s.Held, os.IsNotExist(err), err == nil && n == 0:
		c.add(directory, OK, "directory", s.Directory, "count", "0")
	default:
		c.add(directory, Failed, "directory", s.Directory, "count", strconv.Itoa(n))
	}
}

// program looks for all that runs the database. A unit that starts at boot would run on both nodes at once, on the empty directory.
func (c *checker) program(ctx context.Context, s Service) {
	if parts := strings.Split(s.Agent, ":"); len(parts) == 3 && parts[0] == "ocf" {
		result := OK
		if info, err := os.Stat(filepath.Join(s.Root, "/usr/lib/ocf/resource.d", parts[1], parts[2])); err != nil || info.Mode()&0o111 == 0 {
			result = Failed
		}
		c.add(agentThere, result, "agent", s.Agent)
	}
	if s.Binary != "" {
		result := OK
		if info, err := os.Stat(filepath.Join(s.Root, s.Binary)); err != nil || info.Mode()&0o111 == 0 || info.IsDir() {
			result = Failed
		}
		c.add(client, result, "program", s.Binary)
	}
	if s.Unit == "" {
		return
	}
	ask := func(args ...string) string {
		out, _ := c.Runner.Run(ctx, run.Cmd("systemctl", append(args, s.Unit)...)) // "no" is told by the status as well
		return strings.TrimSpace(string(out.Stdout))
	}
	if ask("show", "--property=LoadState", "--value") != "loaded" {
		c.add(unitThere, Failed, "unit", s.Unit)
		return
	}
	c.add(unitThere, OK, "unit", s.Unit)
	boot := OK
	if state := ask("is-enabled"); strings.HasPrefix(state, "enabled") || state == "alias" {
		boot = Failed
	}
	c.add(unitBoot, boot, "unit", s.Unit)
	idle := OK
	if state := ask("is-active"); !s.Held && (state == "active" || state == "activating" || state == "reloading") {
		idle = Failed
	}
	c.add(unitRunning, idle, "unit", s.Unit)
}

// address looks for the interface that can carry the virtual IP address, and whether anybody has it.
func (c *checker) address(ctx context.Context, s Service) (name, network string) {
	want, err := netip.ParsePrefix(s.Address)
	if err != nil {
		c.add(addressNet, Failed, "address", s.Address, "interface", s.Interface)
		return "", ""
	}
	own := false
	for _, one := range c.interfaces() {
		for _, p := range one.prefixes {
			own = own || p.Addr() == want.Addr()
			if p.Masked() == want.Masked() && p.Addr() != want.Addr() && name == "" && (s.Interface == "" || s.Interface == one.name) {
				name, network = one.name, p.Masked().String()
			}
		}
	}
	result := OK
	if name == "" {
		result = Failed
	}
	c.add(addressNet, result, "address", s.Address, "interface", name)
	switch {
	case s.Held:
		c.add(addressFree, OK, "address", want.Addr().String(), "how", "")
	case own:
		c.add(addressFree, Failed, "address", want.Addr().String(), "how", "own")
	default:
		how := c.answers(ctx, want.Addr())
		result = OK
		if how != "" {
			result = Failed
		}
		c.add(addressFree, result, "address", want.Addr().String(), "how", how)
	}
	return name, network
}

// answers says how somebody answers at an address, nothing where nobody does. Who does not answer a ping answers the question for his
// hardware address, which the kernel had to ask before.
func (c *checker) answers(ctx context.Context, a netip.Addr) string {
	if _, err := c.Runner.Run(ctx, run.Cmd("ping", "-n", "-c", "2", "-W", "1", a.String())); err == nil {
		return "ping"
	}
	out, err := c.Runner.Run(ctx, run.Cmd("ip", "neigh", "show", "to", a.String()))
	if err == nil && strings.Contains(string(out.Stdout), "lladdr") && strings.Contains(string(out.Stdout), "REACHABLE") {
		return "arp"
	}
	return ""
}

// adapter is a network interface.
type adapter struct {
	name     string
	prefixes []netip.Prefix
}

func (c *checker) interfaces() []adapter {
	if c.Prefixes != nil { // of a host that does not exist: an interface for each
		var list []adapter
		for i, p := range c.Prefixes {
			list = append(list, adapter{fmt.Sprintf("sim%d", i), []netip.Prefix{p}})
		}
		return list
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []adapter
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		one := adapter{name: i.Name}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				one.prefixes = append(one.prefixes, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()))
			}
		}
		list = append(list, one)
	}
	return list
}

// certificates: those that do not fit are made anew, which is who asks both nodes to decide.
func (c *checker) certificates(s ha.CertificatesState) {
	switch {
	case s.Fit():
		c.add(certificates, OK, "until", s.Until)
	case s.Authority == "":
		c.add(certsNone, Warning)
	case s.Expired:
		c.add(certsExpired, Warning, "until", s.Until)
	case len(s.Missing) > 0:
		c.add(certificates, Warning, "missing", strings.Join(s.Missing, ", "))
	default:
		c.add(certsClient, Warning)
	}
}

// SimulatedService looks at a host that does not exist, which has whatever it needs: its addresses are what can be wrong.
func SimulatedService(ctx context.Context, h Host, s Service) ha.ServiceInspection {
	c := &checker{Host: h}
	out := ha.ServiceInspection{Node: h.Name, Certificates: s.Certificates}
	if s.Address != "" {
		out.Interface, out.Network = c.address(ctx, s)
	}
	if s.Certificates != nil {
		c.certificates(*s.Certificates)
	}
	out.Checks = c.checks
	return out
}
