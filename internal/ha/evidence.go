package ha

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Evidence is one fact that the verdict stands on. evidence.<code> in internal/words is its sentence, evidence.<code>.do says what
// to do about it where its level is not Protected.
type Evidence struct {
	Code   string            `json:"code"`
	Level  Level             `json:"level" enum:"protected,at_risk,unprotected,maintenance,stopped,unknown" doc:"What it means for the cluster; protected: it speaks for it."`
	Object string            `json:"object,omitempty" doc:"Node, device or resource concerned."`
	At     time.Time         `json:"at,omitzero" doc:"When it was seen."`
	Source string            `json:"source" enum:"cluster,configuration,host,hawser" doc:"Who says so: the running cluster, its configuration, a host, or what Hawser has kept."`
	Args   map[string]string `json:"args,omitempty"`
}

// The codes of evidence. Args are named in the comment.
const (
	EvidenceFenced         = "fenced"          // node, device, by
	EvidenceNeverFenced    = "never_fenced"    // node
	EvidenceFenceFailed    = "fence_failed"    // node, at
	EvidenceCovered        = "covered"         // node, paths
	EvidenceUncovered      = "uncovered"       // node
	EvidenceFencingOff     = "fencing_off"     //
	EvidenceWatchdog       = "watchdog"        // timeout
	EvidencePathApart      = "path_apart"      // device, address
	EvidencePathShared     = "path_shared"     // device, address, link
	EvidencePathOneOfSome  = "path_on_link"    // device, address, link
	EvidencePathUnknown    = "path_unknown"    // device
	EvidenceQuorum         = "quorum"          // votes, expected, needed, margin
	EvidenceQuorumTight    = "quorum_tight"    // votes, expected, needed
	EvidenceNoQuorum       = "no_quorum"       // votes, expected, needed
	EvidenceQDevice        = "qdevice"         // address, votes, algorithm
	EvidenceQDeviceLost    = "qdevice_lost"    // address, nodes
	EvidenceLinks          = "links"           // links
	EvidenceOneLink        = "one_link"        //
	EvidenceStopFences     = "stop_fences"     // resource, timeout
	EvidenceStopTight      = "stop_tight"      // resource, timeout
	EvidenceStopBlocks     = "stop_blocks"     // resource, onFail
	EvidenceReported       = "reported"        // seconds
	EvidenceNotReported    = "not_reported"    //
	EvidenceRace           = "race"            // kind
	EvidenceRaceUndecided  = "race_undecided"  // device, parameter, value
	EvidenceFencingPending = "fencing_pending" // node, devices
)

// EvidenceCodes are all codes that Gather gives.
var EvidenceCodes = []string{
	EvidenceFenced, EvidenceNeverFenced, EvidenceFenceFailed, EvidenceCovered, EvidenceUncovered, EvidenceFencingOff, EvidenceWatchdog,
	EvidencePathApart, EvidencePathShared, EvidencePathOneOfSome, EvidencePathUnknown, EvidenceQuorum, EvidenceQuorumTight, EvidenceNoQuorum,
	EvidenceQDevice, EvidenceQDeviceLost, EvidenceLinks, EvidenceOneLink, EvidenceStopFences, EvidenceStopTight, EvidenceStopBlocks, EvidenceReported, EvidenceNotReported,
	EvidenceRace, EvidenceRaceUndecided, EvidenceFencingPending,
}

// Gather collects the evidence for the verdict of a cluster, worst first.
func Gather(cfg *Config, st *State, b Background, now time.Time) []Evidence {
	if st == nil || st.At.IsZero() || now.Sub(st.At) > StaleAfter {
		return []Evidence{{Code: EvidenceNotReported, Level: UnknownLevel, Source: "hawser"}}
	}
	g := gatherer{cfg: orZero(cfg), st: st, b: b}
	g.add(EvidenceReported, Protected, "hawser", st.Reporter, st.At, "node", st.Reporter, "seconds", strconv.Itoa(int(now.Sub(st.At).Seconds())))
	if st.Running {
		g.quorum()
		g.device()
		g.linkNumbers()
	}
	g.view = ViewFencing(g.cfg, st, b)
	g.fencing()
	for _, d := range fenceDevices(g.cfg.Resources, false) {
		g.path(d)
	}
	g.stops(g.cfg.Resources, false)
	slices.SortStableFunc(g.list, func(a, b Evidence) int {
		return cmp.Compare(slices.Index(severity, a.Level), slices.Index(severity, b.Level))
	})
	return g.list
}

type gatherer struct {
	cfg  *Config
	st   *State
	b    Background
	view Fencing
	list []Evidence
}

func (g *gatherer) add(code string, level Level, source, object string, at time.Time, pairs ...string) {
	e := Evidence{Code: code, Level: level, Source: source, Object: object, At: at}
	for i := 0; i+1 < len(pairs); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[pairs[i]] = pairs[i+1]
	}
	g.list = append(g.list, e)
}

func (g *gatherer) quorum() {
	if g.st.QuorumVotes == 0 {
		return // the simulated engine does not count
	}
	margin := g.st.Votes - g.st.QuorumVotes
	args := []string{
		"votes", strconv.Itoa(g.st.Votes), "expected", strconv.Itoa(g.st.ExpectedVotes), "needed", strconv.Itoa(g.st.QuorumVotes), "margin", strconv.Itoa(max(0, margin)),
	}
	switch {
	case !g.st.Quorate:
		g.add(EvidenceNoQuorum, Unprotected, "cluster", "", g.st.At, args...)
	case margin <= 0:
		g.add(EvidenceQuorumTight, Unprotected, "cluster", "", g.st.At, args...)
	default:
		g.add(EvidenceQuorum, Protected, "cluster", "", g.st.At, args...)
	}
}

func (g *gatherer) device() {
	d := g.st.Device
	switch {
	case d == nil:
	case d.Connected && len(d.Lost) == 0:
		g.add(EvidenceQDevice, Protected, "cluster", "", g.st.At, "address", d.Address, "votes", strconv.Itoa(d.Votes), "algorithm", d.Algorithm)
	default:
		lost := d.Lost
		if len(lost) == 0 {
			lost = []string{g.st.Reporter}
		}
		g.add(EvidenceQDeviceLost, AtRisk, "cluster", "", g.st.At, "address", d.Address, "nodes", strings.Join(lost, ", "))
	}
}

func (g *gatherer) linkNumbers() {
	numbers := map[int]bool{}
	for _, l := range g.st.Links {
		if l.Enabled && l.Connected {
			numbers[l.Link] = true
		}
	}
	switch {
	case g.view.members() == 1 || len(numbers) == 0:
	case len(numbers) == 1:
		g.add(EvidenceOneLink, AtRisk, "cluster", "", g.st.At)
	default:
		g.add(EvidenceLinks, Protected, "cluster", "", g.st.At, "links", strconv.Itoa(len(numbers)))
	}
}

func (g *gatherer) fencing() {
	if g.view.members() < 2 {
		return
	}
	if !g.view.Enabled && g.st.Running {
		g.add(EvidenceFencingOff, AtRisk, "configuration", "", g.st.At)
		return
	}
	if g.view.Watchdog {
		g.add(EvidenceWatchdog, Protected, "configuration", "", g.st.At, "timeout", g.view.WatchdogTimeout)
	}
	for _, w := range g.view.Waiting {
		g.add(EvidenceFencingPending, Unprotected, "cluster", w.Args["node"], g.st.At, "node", w.Args["node"], "devices", cmp.Or(w.Args["devices"], "–"))
	}
	for _, n := range g.view.Nodes {
		switch {
		case n.Idle:
			continue
		case n.Covered:
			var ways []string
			for _, p := range n.Paths {
				ways = append(ways, strings.Join(p.Devices, " + "))
			}
			g.add(EvidenceCovered, Protected, "configuration", n.Node, g.st.At, "node", n.Node, "paths", strings.Join(ways, " → "))
		case !n.Fences(g.view.Watchdog):
			g.add(EvidenceUncovered, Unprotected, "configuration", n.Node, g.st.At, "node", n.Node)
		}
		if n.Failure != nil {
			g.add(EvidenceFenceFailed, AtRisk, "cluster", n.Node, n.Failure.At, "node", n.Node, "at", n.Failure.At.Format(time.RFC3339))
		}
		if n.Last != nil {
			g.add(EvidenceFenced, Protected, "hawser", n.Node, n.Last.At, "node", n.Node,
				"device", cmp.Or(n.Last.Device, "–"), "by", cmp.Or(n.Last.Actor, n.Last.Client, n.Last.Origin, "–"))
		} else {
			g.add(EvidenceNeverFenced, AtRisk, "hawser", n.Node, time.Time{}, "node", n.Node)
		}
	}
	if r := g.view.Race; r != nil && r.Kind == "none" {
		g.add(EvidenceRaceUndecided, Protected, "configuration", r.Device, g.st.At, "device", r.Device, "parameter", r.Parameter, "value", r.Value)
	} else if r != nil {
		g.add(EvidenceRace, Protected, "configuration", "", g.st.At, "kind", r.Kind)
	}
}

// addressNames are the parameters under which fence agents take the address of their device.
var addressNames = []string{"ip", "ipaddr", "hostname", "host"}

// path looks whether fencing would still be reached when the heartbeat is gone.
func (g *gatherer) path(d Resource) {
	text := deviceAddress(d)
	if text == "" {
		return // it is reached by no network: a disk, a serial line, a hypervisor's socket
	}
	link, networks, known := heartbeatOf(text, g.b)
	args := []string{"device", d.ID, "address", text, "link", strconv.Itoa(link)}
	switch {
	case !known:
		g.add(EvidencePathUnknown, Protected, "configuration", d.ID, g.st.At, args...)
	case link < 0:
		g.add(EvidencePathApart, Protected, "host", d.ID, g.st.At, args...)
	case networks > 1:
		g.add(EvidencePathOneOfSome, Protected, "host", d.ID, g.st.At, args...)
	default:
		g.add(EvidencePathShared, AtRisk, "host", d.ID, g.st.At, args...)
	}
}

func deviceAddress(d Resource) string {
	text := ""
	for _, name := range addressNames {
		text = cmp.Or(text, d.Parameters[name])
	}
	return text
}

// pathShared says that a device is reached through the only network that carries the heartbeat: when that fails, nobody can be fenced.
func pathShared(d Resource, b Background) (address, link string, shared bool) {
	address = deviceAddress(d)
	n, networks, known := heartbeatOf(address, b)
	return address, strconv.Itoa(n), address != "" && known && n >= 0 && networks == 1
}

// heartbeatOf says in the network of which heartbeat link an address lies, -1 for none, how many networks the links are in,
// and whether that can be told: a name that only the node resolves cannot.
func heartbeatOf(text string, b Background) (link, networks int, known bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || len(b.Facts) == 0 {
		return -1, 0, false
	}
	link = -1
	seen := map[netip.Prefix]bool{}
	for _, n := range b.Setup.Nodes {
		for l, own := range n.Addresses {
			for _, i := range b.Facts[n.Name].Interfaces {
				for _, prefix := range i.Addresses {
					p, err := netip.ParsePrefix(prefix)
					if err != nil || p.Addr().String() != own {
						continue
					}
					seen[p.Masked()] = true
					if p.Masked().Contains(a.Unmap()) {
						link = l
					}
				}
			}
		}
	}
	return link, len(seen), len(seen) > 0
}

// stockStop is Pacemaker's own time-out for an operation that has none.
const stockStop = "20s"

// stops tells for each resource what a stop that does not end in time leads to: with fencing, the node is shot.
func (g *gatherer) stops(list []Resource, off bool) {
	for _, r := range list {
		here := off || strings.EqualFold(r.Meta["target-role"], "Stopped")
		g.stops(r.Members, here)
		if here || r.Kind != Primitive || strings.HasPrefix(r.Agent, "stonith:") {
			continue
		}
		timeout, onFail := cmp.Or(g.cfg.OperationDefaults["timeout"], stockStop), g.cfg.OperationDefaults["on-fail"]
		given := g.cfg.OperationDefaults["timeout"] != ""
		for _, o := range r.Operations {
			if o.Name == "stop" {
				timeout, onFail, given = cmp.Or(o.Timeout, timeout), cmp.Or(o.OnFail, onFail), given || o.Timeout != ""
			}
		}
		switch {
		case onFail == "block" || onFail == "ignore":
			g.add(EvidenceStopBlocks, Protected, "configuration", r.ID, g.st.At, "resource", r.ID, "onFail", onFail, "timeout", timeout)
		case g.view.Enabled && !given:
			g.add(EvidenceStopTight, Protected, "configuration", r.ID, g.st.At, "resource", r.ID, "timeout", timeout)
		case g.view.Enabled:
			g.add(EvidenceStopFences, Protected, "configuration", r.ID, g.st.At, "resource", r.ID, "timeout", timeout)
		}
	}
}

// FenceLoss is what would be lost with a node that is fenced although it is well.
type FenceLoss struct {
	Votes    int      `json:"votes"`    // left
	Needed   int      `json:"needed"`   // for quorum
	Quorum   bool     `json:"quorum"`   // is lost
	Stranded []string `json:"stranded"` // resources that could run nowhere else
}

// LossOf foresees the fencing of a node that is online; nothing is lost with one that is not.
func LossOf(cfg *Config, st State, setup Setup, node string) FenceLoss {
	loss := FenceLoss{Votes: st.Votes, Needed: st.QuorumVotes}
	on := slices.ContainsFunc(st.Nodes, func(n NodeState) bool { return n.Name == node && n.Online })
	if !on || !st.Running {
		return loss
	}
	votes := 1
	if slices.ContainsFunc(st.Nodes, func(n NodeState) bool { return n.Name == node && !n.IsMember() }) {
		votes = 0
	}
	for _, n := range setup.Nodes {
		if n.Name == node {
			votes = n.VoteCount()
		}
	}
	loss.Votes -= votes
	loss.Quorum = st.QuorumVotes > 0 && st.Quorate && loss.Votes < st.QuorumVotes
	j := judge{cfg: orZero(cfg), st: &st}
	many := clones(st.Resources, false)
	for _, r := range Leaves(st.Resources) {
		if many[r.ID] || strings.HasPrefix(r.Agent, "stonith:") || !slices.Contains(r.ActiveOn(), node) {
			continue
		}
		takers := j.takers(r.ID)
		takers = slices.DeleteFunc(takers, func(n string) bool { return n == node })
		if top := topOf(st.Resources, r.ID); len(takers) == 0 && !slices.Contains(loss.Stranded, top) {
			loss.Stranded = append(loss.Stranded, top)
		}
	}
	return loss
}
