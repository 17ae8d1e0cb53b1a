// Package mirror is what a mirror's configuration can be, for server and agent.
package mirror

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

var (
	plain    = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$`)
	diskPath = regexp.MustCompile(`^/dev/[a-zA-Z0-9/._:+@-]{1,120}$`)
)

// Net is the section of options that there is, SecretName the option in it that is never told, and Hidden what is told in its place.
const (
	Net        = "net"
	SecretName = "shared-secret"
	Hidden     = "***"
)

// Options are those of the section net, milliseconds all of them.
var Options = []string{"ping", "retry", "silence", "slow"}

const maxMilliseconds = 600_000

// Check refuses what a mirror cannot be, all mistakes at once.
func Check(v ha.Volume) error {
	var f fault.Fields
	if !plain.MatchString(v.Name) {
		f.Add("name", "field.format", "not a name", "value", v.Name, "format", "A-Z a-z 0-9 . _ -")
	}
	if v.Driver != ha.Mirror {
		f.Add("driver", "field.one_of", "not mirror", "value", string(v.Driver), "allowed", string(ha.Mirror))
	}
	if name, in := strings.CutPrefix(v.Device, ha.MirrorDeviceDir); !in || !plain.MatchString(name) {
		f.Add("device", "volume.mirror_device", "not /dev/hawser and a name", "device", v.Device)
	}
	if v.Protocol != "C" {
		f.Add("protocol", "field.one_of", "not C", "value", v.Protocol, "allowed", "C")
	}
	if len(v.Replicas) != 2 {
		f.Add("replicas", "volume.replicas", "not two sides", "count", strconv.Itoa(len(v.Replicas)), "min", "2", "max", "2")
	}
	nodes, addresses := map[string]bool{}, map[netip.Addr]bool{}
	for i, r := range v.Replicas {
		at := fmt.Sprintf("replicas.%d.", i)
		switch {
		case !plain.MatchString(r.Node):
			f.Add(at+"node", "field.format", "not a node's name", "value", r.Node, "format", "A-Z a-z 0-9 . _ -")
		case nodes[r.Node]:
			f.Add(at+"node", "volume.node_twice", "named twice", "node", r.Node)
		}
		nodes[r.Node] = true
		if !IsDisk(r.Disk) {
			f.Add(at+"disk", "volume.disk", "not the path of a block device", "disk", r.Disk)
		}
		a, err := netip.ParseAddr(r.Address)
		switch {
		case err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast():
			f.Add(at+"address", "volume.address", "not an address", "value", r.Address)
		case addresses[a]:
			f.Add(at+"address", "volume.address_twice", "two sides have this address", "value", r.Address)
		}
		addresses[a] = true
		if r.Port < 1 || r.Port > 65535 {
			f.Add(at+"port", "field.range", "out of range", "min", "1", "max", "65535")
		}
		if r.Meta != "" {
			f.Add(at+"meta", "volume.disk", "a mirror has its metadata on its disk", "disk", r.Meta)
		}
	}
	checkOptions(&f, v.Options)
	return f.Err()
}

// IsDisk says whether a path may be that of a disk below a mirror.
func IsDisk(path string) bool {
	return diskPath.MatchString(path) && !strings.Contains(path, "/../") && !strings.HasPrefix(path, ha.MirrorDeviceDir)
}

func checkOptions(f *fault.Fields, all map[string]map[string]string) {
	for _, section := range slices.Sorted(maps.Keys(all)) {
		if section != Net {
			f.Add("options."+section, "volume.section", "no section of options", "section", section)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all[section])) {
			value, at := all[section][name], "options."+section+"."+name
			n, err := strconv.Atoi(value)
			switch {
			case name == SecretName:
				if value != Hidden {
					f.Add(at, "volume.option_elsewhere", "has a place of its own", "option", name)
				}
			case !slices.Contains(Options, name):
				f.Add(at, "volume.option_unknown", "nobody knows this option", "option", name)
			case err != nil || n < 0 || n > maxMilliseconds || strconv.Itoa(n) != value:
				f.Add(at, "volume.option_value", "not milliseconds", "option", name, "value", value, "allowed", "0 … 600000")
			}
		}
	}
}
