package ha

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// FenceLevel is one level of the fencing topology: its devices must all succeed, and only where one of them fails is the next
// level tried. Exactly one of Node, Pattern and Attribute says for whom it is. Source: Pacemaker Explained, "Fencing Topology".
type FenceLevel struct {
	ID        string   `json:"id,omitempty"`
	Node      string   `json:"node,omitempty" doc:"The node that it is for."`
	Pattern   string   `json:"pattern,omitempty" doc:"Regular expression (POSIX extended) of the nodes' names that it is for."`
	Attribute string   `json:"attribute,omitempty" doc:"Node attribute that the nodes have that it is for; its value is in value."`
	Value     string   `json:"value,omitempty"`
	Index     int      `json:"index" minimum:"1" maximum:"9" doc:"1 is tried first."`
	Devices   []string `json:"devices" doc:"IDs of fence devices; all of them must succeed."`
}

// MaxFenceLevels is how many levels Pacemaker knows.
const MaxFenceLevels = 9

// SetFenceLevels makes the levels of one target exactly these. An edit with a target and no level removes them.
const SetFenceLevels EditOp = "fencing.levels" // Levels: the target and, where there are any, all of its levels

// target is what tells levels of one target from those of others.
func (l FenceLevel) target() [4]string { return [4]string{l.Node, l.Pattern, l.Attribute, l.Value} }

// key names a level for people: whom it is for, and its number.
func (l FenceLevel) key() string {
	who := cmp.Or(l.Node, l.Pattern)
	if l.Attribute != "" {
		who = l.Attribute + "=" + l.Value
	}
	return fmt.Sprintf("%s %d", who, l.Index)
}

// SameTarget says whether two levels are for the same nodes by the same words.
func (l FenceLevel) SameTarget(o FenceLevel) bool { return l.target() == o.target() }

// FenceRecord is a fencing that has succeeded, as the server keeps it: Pacemaker forgets its history when all nodes have stopped.
type FenceRecord struct {
	Node     string    `json:"node" doc:"Who was fenced."`
	At       time.Time `json:"at"`
	Action   string    `json:"action" enum:"reboot,off,on"`
	Device   string    `json:"device,omitempty" doc:"The device that did it; where several could have, all of them."`
	Delegate string    `json:"delegate,omitempty" doc:"Node that carried it out."`
	Origin   string    `json:"origin,omitempty" doc:"Node that asked."`
	Client   string    `json:"client,omitempty" doc:"Program that asked, for example pacemaker-controld."`
	Actor    string    `json:"actor,omitempty" doc:"User of Hawser who asked, where one did."`
	Test     bool      `json:"test,omitempty" doc:"It was a test."`
}

// sameFencing is how far the clocks and second counts of two nodes that tell of one fencing may differ. No node is fenced
// twice within it: it has to start again before.
const sameFencing = 5 * time.Second

// Remember returns the last successful fencing of each node, out of what was known and what is told now, and says whether
// anything is new. What tells more of a fencing that is known is merged into it.
func Remember(known []FenceRecord, told ...FenceRecord) ([]FenceRecord, bool) {
	out, changed := slices.Clone(known), false
	for _, r := range told {
		i := slices.IndexFunc(out, func(k FenceRecord) bool { return k.Node == r.Node })
		switch {
		case r.Action == "on" || r.At.IsZero():
		case i < 0:
			out, changed = append(out, r), true
		case r.At.Sub(out[i].At).Abs() <= sameFencing:
			merged := out[i]
			merged.Device, merged.Delegate = cmp.Or(merged.Device, r.Device), cmp.Or(merged.Delegate, r.Delegate)
			merged.Origin, merged.Client = cmp.Or(merged.Origin, r.Origin), cmp.Or(merged.Client, r.Client)
			merged.Actor, merged.Test = cmp.Or(merged.Actor, r.Actor), merged.Test || r.Test
			if r.Test && r.Device != "" {
				merged.Device = r.Device // whoever asked for one device knows better than who only saw the outcome
			}
			changed = changed || merged != out[i]
			out[i] = merged
		case r.At.After(out[i].At):
			out[i], changed = r, true
		}
	}
	return out, changed
}

// Fenced returns the successes of a cluster's own history as records; what did them is told where only one path could have.
func Fenced(cfg *Config, st State) []FenceRecord {
	var list []FenceRecord
	for _, f := range st.FenceHistory {
		if f.Status == FenceSuccess {
			r := FenceRecord{Node: f.Node, At: f.At, Action: f.Action, Delegate: f.Delegate, Origin: f.Origin, Client: f.Client}
			if cfg != nil {
				if paths := FencePaths(*cfg, f.Node, nil); len(paths) > 0 {
					r.Device = strings.Join(paths[0].Devices, " ")
				}
			}
			list = append(list, r)
		}
	}
	return list
}

// FencePath is one way to fence a node: a level of its topology, or, where it has none, any of the devices that cover it.
type FencePath struct {
	Level   int      `json:"level" doc:"0 where no topology names the node: Pacemaker then takes any device that covers it, one after the other."`
	Devices []string `json:"devices"`
	// Missing are devices of the level that cannot fence the node: they are not there, switched off, or their host list leaves it out.
	Missing []string `json:"missing,omitempty" doc:"Devices of the level that are not there, are switched off, or do not know the node: the level fails."`
}

// FencePaths are the ways to fence a node in the order in which Pacemaker takes them. Attributes are those of the nodes, for
// levels that are for nodes with an attribute; nil where nobody knows them.
func FencePaths(cfg Config, node string, attributes map[string]string) []FencePath {
	devices := map[string]Resource{}
	var any []string
	for _, d := range fenceDevices(cfg.Resources, false) {
		devices[d.ID] = d
		if mayFence(d, node) {
			any = append(any, d.ID)
		}
	}
	if attributes == nil {
		for _, n := range cfg.Nodes {
			if n.Name == node {
				attributes = n.Attributes
			}
		}
	}
	levels := levelsFor(cfg.Levels, node, attributes)
	if len(levels) == 0 {
		if len(any) == 0 {
			return nil
		}
		return []FencePath{{Devices: any}}
	}
	var paths []FencePath
	for _, l := range levels {
		p := FencePath{Level: l.Index, Devices: l.Devices}
		for _, id := range l.Devices {
			if d, has := devices[id]; id != watchdogDevice && (!has || !mayFence(d, node)) {
				p.Missing = append(p.Missing, id)
			}
		}
		paths = append(paths, p)
	}
	return paths
}

// watchdogDevice is the name of the device that Pacemaker makes itself where a watchdog fences.
const watchdogDevice = "watchdog"

// levelsFor returns the levels of one node, first level first. A level by name wins over one by pattern, and that over one by
// attribute. Source: find_topology_for_host in pacemaker-fenced, 2.1.
func levelsFor(all []FenceLevel, node string, attributes map[string]string) []FenceLevel {
	fits := []func(l FenceLevel) bool{
		func(l FenceLevel) bool { return l.Node != "" && strings.EqualFold(l.Node, node) },
		func(l FenceLevel) bool { return l.Pattern != "" && posixMatch(l.Pattern, node) },
		func(l FenceLevel) bool { return l.Attribute != "" && attributes[l.Attribute] == l.Value },
	}
	for _, fit := range fits {
		var found []FenceLevel
		for _, l := range all {
			if fit(l) && (len(found) == 0 || found[0].SameTarget(l)) {
				found = append(found, l)
			}
		}
		if len(found) > 0 {
			slices.SortStableFunc(found, func(a, b FenceLevel) int { return cmp.Compare(a.Index, b.Index) })
			return found
		}
	}
	return nil
}

// Fencing is all that is known of how a cluster fences.
type Fencing struct {
	Enabled          bool          `json:"enabled" doc:"stonith-enabled."`
	Timeout          string        `json:"timeout,omitempty" doc:"stonith-timeout; Pacemaker's own 60s where it is not set."`
	PriorityDelay    string        `json:"priorityDelay,omitempty" doc:"priority-fencing-delay."`
	Watchdog         bool          `json:"watchdog" doc:"A node that loses quorum resets itself (have-watchdog and stonith-watchdog-timeout)."`
	WatchdogTimeout  string        `json:"watchdogTimeout,omitempty" doc:"stonith-watchdog-timeout."`
	Devices          []FenceDevice `json:"devices"`
	Levels           []FenceLevel  `json:"levels" doc:"The fencing topology, level 1 first."`
	Nodes            []NodeFencing `json:"nodes" doc:"How each node would be fenced, and when it last was."`
	Failures         []FenceAction `json:"failures" doc:"Fencings that failed and that the cluster remembers, newest first."`
	Waiting          []Reason      `json:"waiting" doc:"What the cluster is waiting for now; verdict.<code> is its sentence."`
	Race             *FenceRace    `json:"race,omitempty" doc:"With two nodes: what keeps them from shooting each other at once, or what Hawser proposes."`
	NeedsFencingTest []string      `json:"untested" doc:"Nodes that have never been seen to be fenced."`
}

// FenceDevice is a fence device: what is configured and what is observed.
type FenceDevice struct {
	ID         string            `json:"id"`
	Agent      string            `json:"agent"`
	Parameters map[string]string `json:"parameters" doc:"Secret values are ***."`
	Hosts      []FenceHost       `json:"hosts" doc:"The nodes that it fences by its host list or map; empty where it is asked, or fences all."`
	Check      string            `json:"check" enum:"static-list,dynamic-list,status,none" doc:"How Pacemaker finds out which nodes it fences (pcmk_host_check)."`
	DelayBase  string            `json:"delayBase,omitempty" doc:"Static delay (pcmk_delay_base)."`
	DelayMax   string            `json:"delayMax,omitempty" doc:"Upper bound of the random delay (pcmk_delay_max)."`
	Disabled   bool              `json:"disabled" doc:"Switched off on purpose."`
	Role       string            `json:"role"`
	Node       string            `json:"node,omitempty" doc:"Where it is monitored; it can be used from every node."`
	Failed     bool              `json:"failed"`
	Failures   []Failure         `json:"failures,omitempty"`
}

// FenceHost is a node with the name that the device knows it by.
type FenceHost struct {
	Node  string `json:"node"`
	Plug  string `json:"plug" doc:"The device's own name for it; the node's name where there is no map."`
	Delay string `json:"delay,omitempty" doc:"Static delay of this node, where pcmk_delay_base has one for each."`
}

// NodeFencing is how a node would be fenced, and when it last was.
type NodeFencing struct {
	Node    string       `json:"node"`
	Paths   []FencePath  `json:"paths" doc:"The ways to fence it, in order."`
	Covered bool         `json:"covered" doc:"At least one way is whole."`
	Last    *FenceRecord `json:"last,omitempty" doc:"Its last successful fencing, kept by the server."`
	Failure *FenceAction `json:"failure,omitempty" doc:"Its last fencing, where that failed."`
	Remote  bool         `json:"remote,omitempty" doc:"It is a remote node: the members' watchdogs do not fence it."`
	Idle    bool         `json:"idle,omitempty" doc:"A remote node on which nothing runs: nothing waits for its fencing."`
}

// Fences says whether the node would be fenced: by a device, or by its own watchdog.
func (n NodeFencing) Fences(watchdog bool) bool { return n.Covered || watchdog && !n.Remote }

// Hosts returns the nodes that a fence device has in its list or map.
func Hosts(d Resource) []FenceHost {
	var list []FenceHost
	add := func(node, plug string) {
		if node != "" && !slices.ContainsFunc(list, func(h FenceHost) bool { return h.Node == node }) {
			list = append(list, FenceHost{Node: node, Plug: plug})
		}
	}
	for _, pair := range splitHosts(d.Parameters["pcmk_host_map"]) {
		node, plug, _ := strings.Cut(pair, ":")
		add(node, plug)
	}
	for _, node := range splitHosts(d.Parameters["pcmk_host_list"]) {
		add(node, node)
	}
	for _, pair := range splitHosts(d.Parameters["pcmk_delay_base"]) {
		node, delay, each := strings.Cut(pair, ":")
		for i := range list {
			if each && list[i].Node == node {
				list[i].Delay = delay
			}
		}
	}
	return list
}

// splitHosts splits a list as Pacemaker does: by white space, commas and semicolons.
func splitHosts(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\n", r) })
}

// HostCheck is how Pacemaker finds out which nodes a device fences. Source: pacemaker-fenced(7), pcmk_host_check.
func HostCheck(d Resource) string {
	if c := d.Parameters["pcmk_host_check"]; c != "" {
		return c
	}
	if d.Parameters["pcmk_host_list"] != "" || d.Parameters["pcmk_host_map"] != "" {
		return "static-list"
	}
	return "dynamic-list"
}

// Background is what the server knows besides a cluster's configuration and its present state.
type Background struct {
	Setup  Setup
	Fenced []FenceRecord    // last success of each node
	Facts  map[string]Facts // of the nodes' hosts
}

// ViewFencing brings together how a cluster fences. Either of cfg and st may be nil.
func ViewFencing(cfg *Config, st *State, b Background) Fencing {
	cfg, st = orZero(cfg), orZero(st)
	known, _ := Remember(b.Fenced, Fenced(cfg, *st)...)
	v := Fencing{
		Enabled: st.Fencing, Timeout: cfg.Properties["stonith-timeout"], PriorityDelay: cfg.Properties["priority-fencing-delay"],
		Watchdog: watchdogFences(*cfg), WatchdogTimeout: cfg.Properties["stonith-watchdog-timeout"],
		Devices: []FenceDevice{}, Levels: slices.Clone(cfg.Levels), Nodes: []NodeFencing{}, Failures: []FenceAction{}, Waiting: Waiting(cfg, st), NeedsFencingTest: []string{},
	}
	if v.Levels == nil {
		v.Levels = []FenceLevel{}
	}
	observed := map[string]ResourceState{}
	for _, r := range Leaves(st.Resources) {
		observed[r.ID] = r
	}
	on := map[string]bool{}
	for _, d := range fenceDevices(cfg.Resources, false) {
		on[d.ID] = true
	}
	for _, d := range allFenceDevices(cfg.Resources) {
		r := observed[d.ID]
		one := FenceDevice{
			ID: d.ID, Agent: d.Agent, Parameters: maps.Clone(d.Parameters), Hosts: Hosts(d), Check: HostCheck(d), DelayMax: d.Parameters["pcmk_delay_max"],
			Disabled: !on[d.ID], Role: cmp.Or(r.Role, "Unknown"), Failed: r.Failed,
		}
		if base := d.Parameters["pcmk_delay_base"]; !strings.Contains(base, ":") {
			one.DelayBase = base
		}
		if one.Parameters == nil {
			one.Parameters = map[string]string{}
		}
		if one.Hosts == nil {
			one.Hosts = []FenceHost{}
		}
		if len(r.Nodes) > 0 {
			one.Node = r.Nodes[0]
		}
		for _, f := range st.Failures {
			if f.Resource == d.ID {
				one.Failures = append(one.Failures, f)
			}
		}
		v.Devices = append(v.Devices, one)
	}
	last := lastAttempts(st.FenceHistory)
	view := func(n string, remote, idle bool) {
		one := NodeFencing{Node: n, Paths: FencePaths(*cfg, n, attributesOf(*st, n)), Remote: remote, Idle: idle}
		if one.Paths == nil {
			one.Paths = []FencePath{}
		}
		one.Covered = covered(one.Paths)
		if f := last[n]; f.Status == FenceFailure {
			one.Failure = &f
		}
		if i := slices.IndexFunc(known, func(r FenceRecord) bool { return r.Node == n }); i >= 0 {
			one.Last = &known[i]
		} else if !idle {
			v.NeedsFencingTest = append(v.NeedsFencingTest, n)
		}
		v.Nodes = append(v.Nodes, one)
	}
	for _, n := range memberNames(*cfg, *st, b.Setup) {
		view(n, false, false)
	}
	v.Race = raceOf(*cfg, v) // of members: a remote node fences nobody
	for _, r := range Remotes(cfg.Resources) {
		if r.Kind == RemoteNode {
			view(r.Name, true, !slices.ContainsFunc(st.Nodes, func(n NodeState) bool { return n.Name == r.Name && len(n.Resources) > 0 }))
		}
	}
	for _, f := range st.FenceHistory {
		if f.Status == FenceFailure {
			v.Failures = append(v.Failures, f)
		}
	}
	return v
}

// covered says whether one of the paths is whole.
func covered(paths []FencePath) bool {
	return slices.ContainsFunc(paths, func(p FencePath) bool { return len(p.Devices) > 0 && len(p.Missing) == 0 })
}

func attributesOf(st State, node string) map[string]string {
	for _, n := range st.Nodes {
		if n.Name == node {
			return n.Attributes
		}
	}
	return nil
}

// members counts the nodes that vote.
func (v Fencing) members() int {
	n := 0
	for _, one := range v.Nodes {
		if !one.Remote {
			n++
		}
	}
	return n
}

// memberNames are the nodes of the set-up, else those that the cluster tells, else those that are configured.
func memberNames(cfg Config, st State, setup Setup) []string {
	var names []string
	for _, n := range setup.Nodes {
		names = append(names, n.Name)
	}
	if len(names) == 0 {
		for _, n := range st.Nodes {
			if n.IsMember() {
				names = append(names, n.Name)
			}
		}
	}
	if len(names) == 0 {
		for _, n := range cfg.Nodes {
			if n.IsMember() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// lastAttempts returns the last fencing of each node that has ended.
func lastAttempts(history []FenceAction) map[string]FenceAction {
	last := map[string]FenceAction{}
	for _, f := range history {
		if f.Status == FencePending {
			continue
		}
		if newest, has := last[f.Node]; !has || f.At.After(newest.At) {
			last[f.Node] = f
		}
	}
	return last
}

// allFenceDevices returns every fence device, also those that are switched off.
func allFenceDevices(list []Resource) []Resource {
	var out []Resource
	for _, r := range list {
		if strings.HasPrefix(r.Agent, "stonith:") && r.Kind != Template {
			out = append(out, r)
		}
		out = append(out, allFenceDevices(r.Members)...)
	}
	return out
}

// Stuck says that the cluster starts nothing at all: it must be able to fence, and there is nothing that does it. Source: Pacemaker's
// scheduler, "Resource start-up disabled since no STONITH resources have been defined".
func (c Config) Stuck() bool {
	return (c.Properties["stonith-enabled"] == "" || Yes(c.Properties["stonith-enabled"])) && len(allFenceDevices(c.Resources)) == 0 && !watchdogFences(c)
}

// Fences says whether a cluster fences nodes: it is not switched off, and there is something to do it with.
func (c Config) Fences() bool {
	off := c.Properties["stonith-enabled"] != "" && !Yes(c.Properties["stonith-enabled"])
	return !off && (len(allFenceDevices(c.Resources)) > 0 || watchdogFences(c))
}

// watchdogFences says whether a node without quorum resets itself in a time that the others wait for.
func watchdogFences(cfg Config) bool {
	t := cfg.Properties["stonith-watchdog-timeout"]
	return cfg.Properties["have-watchdog"] == "true" && t != "" && t != "0" && t != "0s"
}

// Waiting says what keeps the cluster from going on as far as fencing goes: one reason for each node that is being fenced, or
// must be and is not.
func Waiting(cfg *Config, st *State) []Reason {
	list := []Reason{}
	if st == nil || !st.Running {
		return list
	}
	cfg = orZero(cfg)
	last := lastAttempts(st.FenceHistory)
	pending := map[string]bool{}
	for _, f := range st.FenceHistory {
		if f.Status != FencePending || pending[f.Node] {
			continue
		}
		pending[f.Node] = true
		list = append(list, waitingFor(ReasonFencePending, *cfg, *st, f.Node))
	}
	for _, n := range st.Nodes {
		switch {
		case !n.Unclean || pending[n.Name]:
		case last[n.Name].Status == FenceFailure:
			list = append(list, waitingFor(ReasonFenceRetry, *cfg, *st, n.Name))
		default:
			list = append(list, Reason{Code: ReasonNodeUnclean, Level: Unprotected, Args: map[string]string{"node": n.Name}})
		}
	}
	return list
}

// waitingFor names the devices that are at work, level by level.
func waitingFor(code string, cfg Config, st State, node string) Reason {
	var ways []string
	for _, p := range FencePaths(cfg, node, attributesOf(st, node)) {
		way := strings.Join(p.Devices, " + ")
		if p.Level > 0 {
			way = fmt.Sprintf("%d: %s", p.Level, way)
		}
		ways = append(ways, way)
	}
	return Reason{Code: code, Level: Unprotected, Args: map[string]string{"node": node, "devices": cmp.Or(strings.Join(ways, " → "), "–")}}
}
