package drbd

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
	devicePath = regexp.MustCompile(`^/dev/drbd([0-9]{1,7})$`)
	diskPath   = regexp.MustCompile(`^/dev/[a-zA-Z0-9/._:+@-]{1,120}$`)
	nodeName   = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)
	optionName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
)

// nameForm is what names are made of, for people.
const nameForm = "A-Z a-z 0-9 . _ -"

// MaxMinor is the highest number of a device. [drbd_limits.h of 8.4]
const MaxMinor = 1<<20 - 1

// Minor is the number of a volume's device, -1 where it has none that Hawser knows.
func Minor(device string) int {
	m := devicePath.FindStringSubmatch(device)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > MaxMinor {
		return -1
	}
	return n
}

// Check refuses what cannot be written, or would not be taken by DRBD, all mistakes at once.
func Check(v ha.Volume, d Dialect) error {
	var f fault.Fields
	if !resourceName.MatchString(v.Name) || v.Name == "all" {
		f.Add("name", "field.format", "not a name of a resource", "value", v.Name, "format", nameForm)
	}
	if v.Driver != ha.DRBD {
		f.Add("driver", "field.one_of", "not drbd", "value", string(v.Driver), "allowed", "drbd")
	}
	if Minor(v.Device) < 0 {
		f.Add("device", "volume.device", "not /dev/drbd and a number", "device", v.Device)
	}
	if !slices.Contains([]string{"A", "B", "C"}, v.Protocol) {
		f.Add("protocol", "field.one_of", "not A, B or C", "value", v.Protocol, "allowed", "A, B, C")
	}
	if most := map[Dialect]int{V84: 2, V9: 16}[d]; len(v.Replicas) < 2 || len(v.Replicas) > most {
		f.Add("replicas", "volume.replicas", "not so many sides", "count", strconv.Itoa(len(v.Replicas)), "min", "2", "max", strconv.Itoa(most))
	}
	nodes, ids, addresses := map[string]bool{}, map[int]bool{}, map[string]bool{}
	for i, r := range v.Replicas {
		at := fmt.Sprintf("replicas.%d.", i)
		if !nodeName.MatchString(r.Node) {
			f.Add(at+"node", "field.format", "not a node's name", "value", r.Node, "format", nameForm)
		} else if nodes[r.Node] {
			f.Add(at+"node", "volume.node_twice", "named twice", "node", r.Node)
		}
		nodes[r.Node] = true
		if r.ID < 0 || r.ID > 31 || ids[r.ID] {
			f.Add(at+"id", "field.range", "out of range, or twice", "min", "0", "max", "31")
		}
		ids[r.ID] = true
		if !diskPath.MatchString(r.Disk) || strings.Contains(r.Disk, "/../") || strings.HasPrefix(r.Disk, "/dev/drbd") {
			f.Add(at+"disk", "volume.disk", "not the path of a block device", "disk", r.Disk)
		}
		if a, err := netip.ParseAddr(r.Address); err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() {
			f.Add(at+"address", "volume.address", "not an address", "value", r.Address)
		} else if addresses[a.String()] {
			f.Add(at+"address", "volume.address_twice", "two sides have this address", "value", r.Address)
		} else {
			addresses[a.String()] = true
		}
		if r.Port < 1 || r.Port > 65535 {
			f.Add(at+"port", "field.range", "out of range", "min", "1", "max", "65535")
		}
		if r.Meta != "" && !diskPath.MatchString(r.Meta) {
			f.Add(at+"meta", "volume.disk", "not the path of a block device", "disk", r.Meta)
		}
	}
	checkOptions(&f, v, d)
	return f.Err()
}

func checkOptions(f *fault.Fields, v ha.Volume, d Dialect) {
	for _, section := range slices.Sorted(maps.Keys(v.Options)) {
		if !slices.Contains(Sections, section) {
			f.Add("options."+section, "volume.section", "no section of options", "section", section)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(v.Options[section])) {
			value := v.Options[section][name]
			at := "options." + section + "." + name
			switch o := Find(section, name); {
			case section == Net && (name == secretName || name == "protocol"):
				if value != Hidden {
					f.Add(at, "volume.option_elsewhere", "has a place of its own", "option", name)
				}
			case !optionName.MatchString(name):
				f.Add(at, "field.format", "not the name of an option", "value", name, "format", "a-z 0-9 -")
			case o == nil:
				f.Add(at, "volume.option_unknown", "nobody knows this option", "option", name)
			case !o.In(d):
				f.Add(at, "volume.option_version", "this version of DRBD has no such option", "option", name, "version", d.String())
			default:
				if reason := o.Takes(value, d); reason != "" {
					f.Add(at, "volume.option_value", "not a value of this option", "option", name, "value", value, "allowed", o.Allowed(d))
				} else if len(escaped(value)) > maxQuoted || strings.ContainsAny(value, "\n\x00\r") {
					f.Add(at, "volume.option_value", "too long, or more than one line", "option", name, "value", "…", "allowed", "≤ 255")
				}
			}
		}
	}
}

// Allowed is what an option takes, for people.
func (o *Option) Allowed(d Dialect) string {
	switch o.Kind {
	case Switch:
		return "yes, no"
	case Choice:
		return strings.Join(slices.DeleteFunc(slices.Clone(o.Words), func(w string) bool { return d == V84 && slices.Contains(o.Words9, w) }), ", ")
	case Number:
		text := fmt.Sprintf("%d … %d", o.Min, o.Max)
		switch o.Scale {
		case "K":
			text = fmt.Sprintf("%dK … %dK", o.Min, o.Max)
		case "s":
			text = fmt.Sprintf("%ds … %ds", o.Min, o.Max)
		}
		return strings.Join(append(slices.Clone(o.Words), text), ", ")
	}
	return ""
}

// String is a dialect for people.
func (d Dialect) String() string {
	if d == V84 {
		return "8.4"
	}
	return "9"
}
