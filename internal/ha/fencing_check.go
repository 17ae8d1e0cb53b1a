package ha

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
)

// CheckFenceDevice refuses a fence device whose parameters cannot be right for the nodes of its cluster: a map or list that names
// nodes that are not there, or two nodes behind one plug, so that fencing one of them would hit the other.
func CheckFenceDevice(f *fault.Fields, at string, d Resource, nodes []string) {
	if !strings.HasPrefix(d.Agent, "stonith:") || len(nodes) == 0 {
		return
	}
	known := func(field, node string) {
		if !slices.Contains(nodes, node) {
			f.Add(at+"parameters."+field, "fence.host_unknown", "the cluster has no node "+node, "node", node, "nodes", strings.Join(nodes, ", "))
		}
	}
	plugs, mapped := map[string]string{}, map[string]bool{}
	for _, pair := range splitHosts(d.Parameters["pcmk_host_map"]) {
		node, plug, has := strings.Cut(pair, ":")
		if !has || node == "" || plug == "" {
			f.Add(at+"parameters.pcmk_host_map", "fence.map_invalid", "not NODE:PLUG", "pair", pair)
			continue
		}
		known("pcmk_host_map", node)
		if mapped[node] {
			f.Add(at+"parameters.pcmk_host_map", "fence.host_twice", node+" is given twice", "node", node)
		}
		mapped[node] = true
		if other, taken := plugs[plug]; taken && other != node {
			f.Add(at+"parameters.pcmk_host_map", "fence.plug_shared", "two nodes have the plug "+plug, "plug", plug, "node", node, "other", other)
		}
		plugs[plug] = node
	}
	for _, node := range splitHosts(d.Parameters["pcmk_host_list"]) {
		known("pcmk_host_list", node)
	}
	for _, name := range []string{"pcmk_delay_base", "pcmk_delay_max"} {
		for _, one := range splitHosts(d.Parameters[name]) {
			node, delay, each := strings.Cut(one, ":")
			if !each {
				delay = one
			} else {
				known(name, node)
			}
			if _, ok := ParseTime(delay); !ok {
				f.Add(at+"parameters."+name, "duration.invalid", "not a time", "value", one)
			}
		}
	}
	base, isBase := ParseTime(d.Parameters["pcmk_delay_base"])
	most, isMost := ParseTime(d.Parameters["pcmk_delay_max"])
	if isBase && isMost && base > most {
		f.Add(at+"parameters.pcmk_delay_max", "fence.delay_order", "the random delay ends before the static one",
			"base", d.Parameters["pcmk_delay_base"], "max", d.Parameters["pcmk_delay_max"])
	}
}

// CheckPlugs compares a device's host map with the plugs that the device itself lists; an empty list is a device that does not say.
// A node's name that the device knows as the plug of another node is a map that is turned round: the wrong machine would be shot.
func CheckPlugs(f *fault.Fields, at string, d Resource, listed []string) {
	if len(listed) == 0 || HostCheck(d) == "none" {
		return
	}
	field := "pcmk_host_list"
	if d.Parameters["pcmk_host_map"] != "" {
		field = "pcmk_host_map"
	}
	for _, h := range Hosts(d) {
		for _, plug := range strings.Split(h.Plug, ",") { // several plugs of one node
			switch {
			case !slices.Contains(listed, plug):
				f.Add(at+"parameters."+field, "fence.plug_unknown", "the device has no plug "+plug, "plug", plug, "node", h.Node, "plugs", strings.Join(listed, ", "))
			case plug != h.Node && slices.Contains(listed, h.Node):
				f.Add(at+"parameters."+field, "fence.map_wrong", "the device knows "+h.Node+" by its own name", "plug", plug, "node", h.Node)
			}
		}
	}
}

// ValidateFenceLevels checks the levels of one target against what is configured.
func ValidateFenceLevels(levels []FenceLevel, cfg *Config, nodes []string) error {
	var f fault.Fields
	cfg = orZero(cfg)
	if len(levels) == 0 {
		f.Add("node", "field.required", "missing")
		return f.Err()
	}
	first := levels[0]
	given := 0
	for _, v := range []string{first.Node, first.Pattern, first.Attribute} {
		if v != "" {
			given++
		}
	}
	switch {
	case given == 0:
		f.Add("node", "field.required", "missing")
	case given > 1:
		f.Add("node", "fence.one_target", "a node, a pattern or an attribute")
	case first.Node != "" && !slices.Contains(nodes, first.Node):
		f.Add("node", "node.unknown", "there is no such node", "node", first.Node)
	case first.Attribute != "" && first.Value == "":
		f.Add("value", "field.required", "missing")
	case first.Pattern != "":
		if !validPattern(first.Pattern) {
			f.Add("pattern", "fence.pattern_invalid", "not a regular expression", "pattern", first.Pattern)
		} else if len(nodes) > 0 && !slices.ContainsFunc(nodes, func(n string) bool { return posixMatch(first.Pattern, n) }) {
			f.Add("pattern", "fence.pattern_nobody", "matches no node", "pattern", first.Pattern)
		}
	}
	if len(levels) > MaxFenceLevels {
		f.Add("levels", "field.range", "out of range", "min", "1", "max", strconv.Itoa(MaxFenceLevels))
	}
	devices := allFenceDevices(cfg.Resources)
	for i, l := range levels {
		if len(l.Devices) == 0 && (len(levels) > 1 || l.Index != 0) {
			f.Add(fmt.Sprintf("levels[%d]", i), "field.required", "missing")
		}
		for k, id := range l.Devices {
			at := fmt.Sprintf("levels[%d][%d]", i, k)
			n := slices.IndexFunc(devices, func(d Resource) bool { return d.ID == id })
			switch {
			case slices.Contains(l.Devices[:k], id):
				f.Add(at, "fence.device_twice", "is in this level already", "device", id)
			case id == watchdogDevice:
			case n < 0:
				f.Add(at, "fence.device_unknown", "there is no such fence device", "device", id)
			case first.Node != "" && !mayFence(devices[n], first.Node):
				f.Add(at, "fence.device_elsewhere", "does not fence this node", "device", id, "node", first.Node)
			}
		}
	}
	return f.Err()
}

func validPattern(p string) bool {
	_, err := regexp.CompilePOSIX(p)
	return err == nil
}

// ParseTime reads a time as Pacemaker writes it: a number is seconds. ISO 8601 durations are none here: nobody writes a delay so.
func ParseTime(text string) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.ParseInt(digits, 10, 64)
	units := map[string]time.Duration{
		"": time.Second, "s": time.Second, "sec": time.Second, "ms": time.Millisecond, "msec": time.Millisecond,
		"us": time.Microsecond, "usec": time.Microsecond, "m": time.Minute, "min": time.Minute, "h": time.Hour, "hr": time.Hour,
	}
	unit, known := units[strings.TrimSpace(text[len(digits):])]
	if err != nil || !known || n < 0 || n > 1<<31 {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
