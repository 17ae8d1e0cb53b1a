package ha

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// StaleAfter is how old an observation may be and still be judged. Reports come on every change and are confirmed at
// least every ten seconds; three missed confirmations are no hiccup.
const StaleAfter = 30 * time.Second

// The codes of reasons, worst first. Args are named in the comment.
const (
	ReasonNoReport         = "no_report"          //
	ReasonStale            = "stale"              // seconds
	ReasonMinority         = "minority_report"    // node, nodes
	ReasonActiveTwice      = "resource_twice"     // resource, nodes
	ReasonQuorumLost       = "quorum_lost"        // votes, needed
	ReasonNodeUnclean      = "node_unclean"       // node
	ReasonResourceFailed   = "resource_failed"    // resource
	ReasonResourceBlocked  = "resource_blocked"   // resource
	ReasonResourceStopped  = "resource_stopped"   // resource
	ReasonNoTaker          = "no_taker"           // resource, node
	ReasonVolumeSplit      = "volume_split"       // volume
	ReasonVolumeDown       = "volume_down"        // volume
	ReasonVolumeDegraded   = "volume_degraded"    // volume, nodes
	ReasonVolumeSyncing    = "volume_syncing"     // volume
	ReasonQuorumMargin     = "quorum_margin"      // votes, needed
	ReasonNoFencing        = "no_fencing"         //
	ReasonFencingDisabled  = "fencing_disabled"   //
	ReasonFencePending     = "fence_pending"      // node, devices
	ReasonFenceRetry       = "fence_retry"        // node, devices
	ReasonFenceFailed      = "fence_failed"       // node
	ReasonFenceUncovered   = "fence_uncovered"    // node
	ReasonFenceDevice      = "fence_device_down"  // resource
	ReasonFencePath        = "fence_path_shared"  // resource, address, link
	ReasonFenceUntested    = "fence_untested"     // nodes
	ReasonNodeLost         = "node_lost"          // node
	ReasonLinkLost         = "link_lost"          // node, peer, link
	ReasonOneLink          = "one_link"           //
	ReasonStraggler        = "straggler"          // node
	ReasonQDeviceLost      = "qdevice_lost"       // address
	ReasonQDeviceCut       = "qdevice_cut"        // address, nodes
	ReasonResourceBanned   = "resource_banned"    // resource, node, count
	ReasonResourceLimit    = "resource_limit"     // resource, node
	ReasonNodeHealth       = "node_health"        // node, health
	ReasonUnmanaged        = "resource_unmanaged" // resource
	ReasonNodeMaintenance  = "node_maintenance"   // node
	ReasonMaintenance      = "maintenance"        //
	ReasonNotRunning       = "not_running"        //
	ReasonNodeStandby      = "node_standby"       // node
	ReasonResourceDisabled = "resource_disabled"  // resource
)

// ReasonCodes are all codes that Judge gives, worst first.
var ReasonCodes = []string{
	ReasonNoReport, ReasonStale, ReasonMinority, ReasonActiveTwice, ReasonQuorumLost, ReasonFencePending, ReasonFenceRetry, ReasonNodeUnclean, ReasonResourceFailed, ReasonResourceBlocked,
	ReasonVolumeSplit, ReasonVolumeDown, ReasonResourceStopped, ReasonVolumeDegraded, ReasonVolumeSyncing, ReasonNoTaker, ReasonQuorumMargin, ReasonNoFencing, ReasonFencingDisabled, ReasonFenceFailed,
	ReasonFenceUncovered, ReasonFenceDevice, ReasonFencePath, ReasonFenceUntested, ReasonNodeLost, ReasonLinkLost, ReasonOneLink, ReasonStraggler, ReasonQDeviceLost, ReasonQDeviceCut, ReasonResourceBanned, ReasonResourceLimit,
	ReasonNodeHealth, ReasonUnmanaged, ReasonNodeMaintenance, ReasonMaintenance, ReasonNotRunning, ReasonNodeStandby, ReasonResourceDisabled,
}

// severity orders levels, worst first. A reason of level Protected is a remark: it lowers nothing.
var severity = []Level{UnknownLevel, Unprotected, AtRisk, InMaintenance, StoppedCluster, Protected}

// Judge answers "is everything all right?" from what is configured (nil where nobody has told yet) and what is observed.
// st.At must be when the observation was last confirmed, not when it last changed.
func Judge(cfg *Config, st *State, now time.Time) Verdict {
	return JudgeWith(cfg, st, Background{}, now)
}

// JudgeWith is Judge with what the server has kept: the last fencing of each node, and where their hosts' networks are.
func JudgeWith(cfg *Config, st *State, b Background, now time.Time) Verdict {
	if st == nil || st.At.IsZero() {
		return Verdict{Level: UnknownLevel, Reasons: []Reason{{Code: ReasonNoReport, Level: UnknownLevel}}}
	}
	if age := now.Sub(st.At); age > StaleAfter {
		args := map[string]string{"seconds": strconv.Itoa(int(age.Seconds()))}
		return Verdict{Level: UnknownLevel, Reasons: []Reason{{Code: ReasonStale, Level: UnknownLevel, Args: args}}}
	}
	if !st.Running {
		j := judge{st: st}
		j.minority(StoppedCluster)
		j.add(ReasonNotRunning, StoppedCluster)
		return Verdict{Level: StoppedCluster, Reasons: j.reasons}
	}
	if cfg == nil {
		cfg = &Config{}
	}
	j := judge{cfg: cfg, st: st, background: b}
	j.minority(Unprotected)
	j.quorum()
	j.nodes()
	j.fencing()
	j.links()
	j.membership()
	j.services()
	j.volumes()
	if st.Maintenance {
		j.add(ReasonMaintenance, InMaintenance)
	}
	slices.SortStableFunc(j.reasons, func(a, b Reason) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severity, a.Level), slices.Index(severity, b.Level)),
			cmp.Compare(slices.Index(ReasonCodes, a.Code), slices.Index(ReasonCodes, b.Code)))
	})
	v := Verdict{Level: Protected, Survives: max(0, j.survives), Reasons: j.reasons}
	if len(j.reasons) > 0 {
		v.Level = j.reasons[0].Level
	}
	if st.Maintenance {
		v.Level, v.Survives = InMaintenance, 0 // nothing is recovered while the cluster keeps its hands off
	}
	return v
}

// judge gathers the reasons of a verdict.
type judge struct {
	cfg        *Config
	st         *State
	background Background
	reasons    []Reason
	survives   int
}

func (j *judge) add(code string, level Level, pairs ...string) {
	r := Reason{Code: code, Level: level}
	for i := 0; i+1 < len(pairs); i += 2 {
		if r.Args == nil {
			r.Args = make(map[string]string, len(pairs)/2)
		}
		r.Args[pairs[i]] = pairs[i+1]
	}
	j.reasons = append(j.reasons, r)
}

// minority says of a picture that comes from a part without quorum that the rest may see another one.
func (j *judge) minority(level Level) {
	if len(j.st.Unheard) > 0 {
		j.add(ReasonMinority, level, "node", j.st.Reporter, "nodes", strings.Join(j.st.Unheard, ", "))
	}
}

// lower takes n as the number of losses that are survived, where it is smaller than what was known before.
func (j *judge) lower(n int) { j.survives = min(j.survives, n) }

// quorum counts how many votes may go before what is left is too few. Corosync keeps the expected votes as they are when a
// node dies, so it is plain subtraction; with two_node the votes needed are 1, and the arithmetic is the same.
func (j *judge) quorum() {
	online := 0
	for _, n := range j.st.Nodes {
		if n.Online && n.IsMember() {
			online++
		}
	}
	j.survives = max(0, online-1)
	if j.cfg.Properties["no-quorum-policy"] == "ignore" {
		return
	}
	votes := []string{"votes", strconv.Itoa(j.st.Votes), "needed", strconv.Itoa(j.st.QuorumVotes)}
	if !j.st.Quorate {
		j.survives = 0
		j.add(ReasonQuorumLost, Unprotected, votes...)
		return
	}
	if j.st.QuorumVotes == 0 {
		return // nobody told the votes: the simulated engine is quorate or it is not
	}
	margin := j.st.Votes - j.st.QuorumVotes
	j.lower(margin)
	if margin <= 0 {
		j.add(ReasonQuorumMargin, Unprotected, votes...)
	}
}

func (j *judge) nodes() {
	onPurpose := j.stoppedOnPurpose()
	for _, n := range j.st.Nodes {
		switch {
		case n.Unclean:
			j.lower(0)
			j.add(ReasonNodeUnclean, Unprotected, "node", n.Name)
		case !n.Online && onPurpose[n.Connection]: // that of a remote or guest node; told with the resource
		case !n.Online && !n.Pending:
			j.add(ReasonNodeLost, AtRisk, "node", n.Name)
		case n.Maintenance && !j.st.Maintenance:
			j.add(ReasonNodeMaintenance, AtRisk, "node", n.Name)
		case n.Standby:
			j.add(ReasonNodeStandby, Protected, "node", n.Name)
		}
		if n.Online && (n.Health == "yellow" || n.Health == "red") {
			j.add(ReasonNodeHealth, AtRisk, "node", n.Name, "health", n.Health)
		}
	}
}

// fencing asks whether a lost node would be made safe: a member, or a remote node on which something runs, because that starts
// elsewhere only after the node was fenced. A guest is ended by stopping what carries it. Without any device and with fencing
// required, its services stay down: no loss is survived. With fencing switched off they start elsewhere, but perhaps twice: that
// is a risk, not a stop.
func (j *judge) fencing() {
	var nodes []string
	for _, n := range j.st.Nodes {
		if n.IsMember() {
			nodes = append(nodes, n.Name)
		}
	}
	if len(nodes) < 2 {
		nodes = nil // a single member has nobody who could fence it
	}
	remote := map[string]bool{}
	for _, n := range j.st.Nodes {
		if n.Kind == RemoteNode && len(n.Resources) > 0 {
			nodes, remote[n.Name] = append(nodes, n.Name), true
		}
	}
	if len(nodes) == 0 {
		return
	}
	if !j.st.Fencing {
		j.add(ReasonFencingDisabled, AtRisk)
		return
	}
	for _, w := range Waiting(j.cfg, j.st) {
		if w.Code != ReasonNodeUnclean { // told with the nodes
			j.lower(0)
			j.reasons = append(j.reasons, w)
		}
	}
	devices := fenceDevices(j.cfg.Resources, false)
	watchdog := watchdogFences(*j.cfg)
	if len(devices) == 0 && !watchdog {
		j.lower(0)
		j.add(ReasonNoFencing, Unprotected)
		return
	}
	for _, n := range nodes {
		// A watchdog is of members: they reset themselves without quorum, which a remote node does not have to lose.
		if byDevice := !watchdog || remote[n]; byDevice && !covered(FencePaths(*j.cfg, n, attributesOf(*j.st, n))) {
			j.lower(0)
			j.add(ReasonFenceUncovered, Unprotected, "node", n)
		}
	}
	for _, r := range Leaves(j.st.Resources) {
		if strings.HasPrefix(r.Agent, "stonith:") && !r.Disabled && (r.Failed || r.Role == "Stopped") {
			j.add(ReasonFenceDevice, AtRisk, "resource", r.ID)
		}
	}
	for _, d := range devices {
		if address, link, shared := pathShared(d, j.background); shared {
			j.add(ReasonFencePath, AtRisk, "resource", d.ID, "address", address, "link", link)
		}
	}
	last := lastAttempts(j.st.FenceHistory)
	known, _ := Remember(j.background.Fenced, Fenced(nil, *j.st)...)
	var untested []string
	for _, n := range nodes {
		if last[n].Status == FenceFailure {
			j.add(ReasonFenceFailed, AtRisk, "node", n)
		}
		if !slices.ContainsFunc(known, func(r FenceRecord) bool { return r.Node == n }) {
			untested = append(untested, n)
		}
	}
	if len(untested) > 0 && len(devices) > 0 { // a watchdog alone is tested by what it is made of: there is nobody to ask
		j.add(ReasonFenceUntested, AtRisk, "nodes", strings.Join(untested, ", "))
	}
}

// fenceDevices returns the fence devices that are not switched off.
func fenceDevices(list []Resource, disabled bool) []Resource {
	var out []Resource
	for _, r := range list {
		off := disabled || strings.EqualFold(r.Meta["target-role"], "Stopped")
		if strings.HasPrefix(r.Agent, "stonith:") && !off {
			out = append(out, r)
		}
		out = append(out, fenceDevices(r.Members, off)...)
	}
	return out
}

// mayFence says whether the device could fence the node as far as its parameters tell. One without a list of hosts is asked
// by Pacemaker at run time, so it gets the benefit of the doubt.
func mayFence(d Resource, node string) bool {
	hosts := d.Parameters["pcmk_host_list"] + " " + d.Parameters["pcmk_host_map"]
	if strings.TrimSpace(hosts) == "" || d.Parameters["pcmk_host_check"] == "none" {
		return true
	}
	for _, h := range strings.FieldsFunc(hosts, func(r rune) bool { return strings.ContainsRune(" ,;\t\n", r) }) {
		name, _, _ := strings.Cut(h, ":")
		if name == node {
			return true
		}
	}
	return false
}

// membership tells what would keep a node out, or the arbiter's vote away, when the next thing happens.
func (j *judge) membership() {
	for _, node := range j.st.Stragglers {
		j.add(ReasonStraggler, AtRisk, "node", node)
	}
	switch d := j.st.Device; {
	case d == nil:
	case !d.Connected:
		j.add(ReasonQDeviceLost, AtRisk, "address", d.Address)
	case len(d.Lost) > 0:
		j.add(ReasonQDeviceCut, AtRisk, "address", d.Address, "nodes", strings.Join(d.Lost, ", "))
	}
}

func (j *judge) links() {
	online := map[string]bool{}
	members := 0
	for _, n := range j.st.Nodes {
		online[n.Name] = n.Online
		if n.IsMember() {
			members++
		}
	}
	numbers, told := map[int]bool{}, map[string]bool{}
	for _, l := range j.st.Links {
		if l.Enabled {
			numbers[l.Link] = true
		}
		key := l.pair() + "#" + strconv.Itoa(l.Link)
		if l.Enabled && !l.Connected && online[l.Node] && online[l.Peer] && !told[key] {
			told[key] = true
			j.add(ReasonLinkLost, AtRisk, "node", l.Node, "peer", l.Peer, "link", strconv.Itoa(l.Link))
		}
	}
	if len(numbers) == 1 && members > 1 {
		j.add(ReasonOneLink, AtRisk)
	}
}
