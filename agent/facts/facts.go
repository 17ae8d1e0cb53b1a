// Package facts says what a host is, from /proc, /sys and the file system.
package facts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// Read gathers what can be known without asking the cluster. What is unknown is left empty.
func Read(ctx context.Context, r run.Runner) ha.Facts {
	f := ha.Facts{Architecture: runtime.GOARCH, CPUs: runtime.NumCPU(), Interfaces: []ha.Interface{}}
	f.Hostname, _ = os.Hostname()
	f.MachineID = line("/etc/machine-id")
	f.OS = osName()
	f.Kernel = line("/proc/sys/kernel/osrelease")
	f.MemoryBytes = memory()
	var fs unix.Statfs_t
	if unix.Statfs("/", &fs) == nil {
		f.DiskBytes, f.DiskFree = fs.Blocks*uint64(fs.Bsize), fs.Bavail*uint64(fs.Bsize)
	}
	f.Interfaces = append(f.Interfaces, interfaces()...)
	f.BlockDevices = blockDevices(ctx, r)
	return f
}

func line(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(first)
}

func osName() string {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		if v, found := strings.CutPrefix(s.Text(), "PRETTY_NAME="); found {
			if text, err := strconv.Unquote(v); err == nil {
				return text
			}
			return v
		}
	}
	return ""
}

func memory() uint64 {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		if v, found := strings.CutPrefix(s.Text(), "MemTotal:"); found {
			kb, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// interfaces are those that could carry a heartbeat or a service: not loopback.
func interfaces() []ha.Interface {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []ha.Interface
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			continue
		}
		one := ha.Interface{Name: i.Name, MTU: i.MTU, Up: i.Flags&net.FlagUp != 0 && i.Flags&net.FlagRunning != 0, Addresses: []string{}}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if n, isNet := a.(*net.IPNet); isNet && !n.IP.IsLinkLocalUnicast() {
				one.Addresses = append(one.Addresses, n.String())
			}
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b ha.Interface) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// blockDevices asks lsblk, and calls each device by its most stable name.
func blockDevices(ctx context.Context, r run.Runner) []ha.Device {
	out, err := r.Run(ctx, run.Cmd("lsblk", "--json", "--bytes", "--paths", "--output", "NAME,SIZE,FSTYPE,UUID,TYPE,RO"))
	if err != nil {
		return nil
	}
	type device struct {
		Name     string   `json:"name"`
		Size     uint64   `json:"size"`
		FSType   string   `json:"fstype"`
		UUID     string   `json:"uuid"`
		Type     string   `json:"type"`
		ReadOnly bool     `json:"ro"`
		Children []device `json:"children"`
	}
	var told struct {
		Devices []device `json:"blockdevices"`
	}
	if json.Unmarshal(out.Stdout, &told) != nil {
		return nil
	}
	stable := stableNames()
	var list []ha.Device
	var walk func([]device)
	walk = func(devices []device) {
		for _, d := range devices {
			if len(d.Children) == 0 && d.Size > 0 && d.Type != "rom" {
				path := d.Name
				if s := stable[d.Name]; s != "" {
					path = s
				}
				list = append(list, ha.Device{Path: path, SizeBytes: d.Size, FileSystem: d.FSType, UUID: d.UUID})
			}
			walk(d.Children)
		}
	}
	walk(told.Devices)
	slices.SortFunc(list, func(a, b ha.Device) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(list, func(a, b ha.Device) bool { return a.Path == b.Path })
}

// stableNames maps devices to names that survive a reboot: by WWN, else by ID.
func stableNames() map[string]string {
	names := map[string]string{}
	links, err := filepath.Glob("/dev/disk/by-id/*")
	if err != nil {
		return names
	}
	slices.Sort(links)
	for _, link := range links {
		target, err := filepath.EvalSymlinks(link)
		if err != nil {
			continue
		}
		if old := names[target]; old == "" || strings.Contains(link, "/wwn-") && !strings.Contains(old, "/wwn-") {
			names[target] = link
		}
	}
	return names
}
