package ha

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// FenceRace is what keeps two nodes that have lost sight of each other from shooting each other at the same moment.
type FenceRace struct {
	Kind string `json:"kind" enum:"none,static,random,priority" doc:"static: pcmk_delay_base differs between the nodes. random: pcmk_delay_max. priority: priority-fencing-delay, and a resource has a priority."`
	// Propose is what Hawser proposes where there is nothing yet: a parameter of a device.
	Device    string `json:"device,omitempty" doc:"Proposal: the fence device to change."`
	Parameter string `json:"parameter,omitempty" doc:"Proposal: its parameter."`
	Value     string `json:"value,omitempty" doc:"Proposal: the value."`
	Favours   string `json:"favours,omitempty" doc:"Proposal: the node that would win."`
}

// raceDelay is longer than the slowest common board needs to switch a node off, so that the node that waits is gone before its
// turn comes. It is added to an outage only where the favoured node is the one that died.
const raceDelay = "10s"

// raceOf is nil where there are not exactly two nodes, or nothing that could fence.
func raceOf(cfg Config, v Fencing) *FenceRace {
	devices := fenceDevices(cfg.Resources, false)
	if len(v.Nodes) != 2 || len(devices) == 0 {
		return nil
	}
	base := map[string]string{} // of each node: the delay of being fenced
	random := false
	for _, d := range devices {
		random = random || !noTime(d.Parameters["pcmk_delay_max"])
		for _, n := range v.Nodes {
			if !mayFence(d, n.Node) {
				continue
			}
			delay := d.Parameters["pcmk_delay_base"]
			if strings.Contains(delay, ":") {
				delay = ""
				for _, h := range Hosts(d) {
					if h.Node == n.Node {
						delay = h.Delay
					}
				}
			}
			if !noTime(delay) {
				base[n.Node] = delay
			}
		}
	}
	switch {
	case base[v.Nodes[0].Node] != base[v.Nodes[1].Node]:
		return &FenceRace{Kind: "static"}
	case !noTime(v.PriorityDelay) && hasPriority(cfg.Resources):
		return &FenceRace{Kind: "priority"}
	case random:
		return &FenceRace{Kind: "random"}
	}
	return propose(devices, v.Nodes[0].Node, v.Nodes[1].Node)
}

// propose gives the first node the better cards: whoever wants to fence it has to wait. A device of its own gets the delay; one
// that both share gets it for the one node, which takes a host list or map, else by chance.
func propose(devices []Resource, first, second string) *FenceRace {
	r := &FenceRace{Kind: "none", Favours: first, Parameter: "pcmk_delay_base"}
	for _, d := range devices {
		if mayFence(d, first) && !mayFence(d, second) {
			r.Device, r.Value = d.ID, raceDelay
			return r
		}
	}
	shared := slices.IndexFunc(devices, func(d Resource) bool { return mayFence(d, first) })
	if shared < 0 {
		return nil
	}
	r.Device = devices[shared].ID
	if len(Hosts(devices[shared])) > 0 {
		r.Value = first + ":" + raceDelay + ";" + second + ":0s"
	} else {
		r.Parameter, r.Value, r.Favours = "pcmk_delay_max", raceDelay, ""
	}
	return r
}

// noTime says that a delay is none.
func noTime(text string) bool { return strings.Trim(cmp.Or(text, "0"), "0smin ") == "" }

func hasPriority(list []Resource) bool {
	return slices.ContainsFunc(list, func(r Resource) bool { return score(r.Meta["priority"]) > 0 || hasPriority(r.Members) })
}

// posixMatch matches as Pacemaker does: POSIX extended, anywhere in the name. A pattern that is none matches nothing.
func posixMatch(pattern, name string) bool {
	re, err := regexp.CompilePOSIX(pattern)
	return err == nil && re.MatchString(name)
}
