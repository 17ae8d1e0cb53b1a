package ha

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// oldNews is how far before the last observation a fencing may lie and still be told: a fencer that was restarted
// gets its history back from its peers, and that is no news.
const oldNews = 10 * time.Minute

// telling is the order in which changes of one moment are told: causes before effects.
var telling = []ChangeKind{
	ClusterStarted, ClusterStopped, ClusterMaintained, ClusterManaged,
	HealthRed, HealthYellow, HealthBlind, LinkLost, DiskHeartStalled, DiskAlone, QDeviceLost, VolumeDiskLost, VolumeDisconnected, VolumeSplitBrain, VolumeDiffers, NodeStandby, NodeMaintenance, NodeLost, NodeUnclean, QuorumLost, FenceBegun, FenceFailed, NodeFenced, DCChanged,
	HealthGreen, HealthSeen, DiskHeartWorks, DiskAloneOver, LinkRestored, QDeviceRestored, VolumeDiskBack, VolumeConnected, VolumeSplitOver, VolumeSyncBegun, VolumeSyncDone, VolumeVerified, NodeJoined, QuorumGained, NodeActive, NodeManaged,
	ResourceUnmanaged, ResourceManaged, ResourceFailed, ResourceFaulty, ResourceStopped, ResourceMoved, ResourceStarted, ResourcePromoted, ResourceRecovered,
}

// Diff says what became different from old to new, causes before effects. It is silent where there is nothing to compare with,
// and tells only the start or the stop of a cluster where it was, or is, not running: what starts or stops with it goes without saying.
func Diff(old, new State) []Change {
	if old.At.IsZero() && len(old.Nodes) == 0 {
		return nil
	}
	d := differ{old: old, new: new, wasNode: map[string]NodeState{}, node: map[string]NodeState{}}
	for _, n := range old.Nodes {
		d.wasNode[n.Name] = n
	}
	for _, n := range new.Nodes {
		d.node[n.Name] = n
	}
	switch {
	case !old.Running && !new.Running:
		d.volumes() // replication goes on without a cluster
		return d.changes
	case !old.Running:
		d.add(ClusterStarted, Info, "")
		d.volumes()
		return d.changes
	case !new.Running:
		d.add(ClusterStopped, Warning, "")
		d.volumes()
		return d.changes
	}
	d.cluster()
	d.nodes()
	d.links()
	d.disk()
	d.device()
	d.health()
	d.volumes()
	d.fencing()
	d.resources()
	slices.SortStableFunc(d.changes, func(a, b Change) int {
		return cmp.Compare(slices.Index(telling, a.Kind), slices.Index(telling, b.Kind))
	})
	return d.changes
}

// differ gathers the changes between two states.
type differ struct {
	old, new      State
	wasNode, node map[string]NodeState
	changes       []Change
}

// add notes a change; pairs are the arguments of its sentence.
func (d *differ) add(kind ChangeKind, severity Severity, object string, pairs ...string) {
	c := Change{Kind: kind, Severity: severity, Object: object}
	for i := 0; i+1 < len(pairs); i += 2 {
		if c.Args == nil {
			c.Args = make(map[string]string, len(pairs)/2)
		}
		c.Args[pairs[i]] = pairs[i+1]
	}
	d.changes = append(d.changes, c)
}

func (d *differ) cluster() {
	votes := []string{"votes", strconv.Itoa(d.new.Votes), "needed", strconv.Itoa(d.new.QuorumVotes)}
	switch {
	case d.old.Quorate && !d.new.Quorate:
		d.add(QuorumLost, Critical, "", votes...)
	case !d.old.Quorate && d.new.Quorate:
		d.add(QuorumGained, Info, "", votes...)
	}
	switch {
	case !d.old.Maintenance && d.new.Maintenance:
		d.add(ClusterMaintained, Warning, "")
	case d.old.Maintenance && !d.new.Maintenance:
		d.add(ClusterManaged, Info, "")
	}
	if d.old.DC != "" && d.new.DC != "" && d.old.DC != d.new.DC {
		d.add(DCChanged, Info, d.new.DC, "from", d.old.DC, "to", d.new.DC)
	}
}

func (d *differ) nodes() {
	for _, n := range d.new.Nodes {
		was, known := d.wasNode[n.Name]
		arg := []string{"node", n.Name}
		switch {
		case n.Online && !was.Online:
			d.add(NodeJoined, Info, n.Name, arg...)
		case was.Online && !n.Online:
			d.add(NodeLost, lossOf(was, n), n.Name, arg...)
		}
		if !known {
			continue
		}
		if n.Unclean && !was.Unclean {
			d.add(NodeUnclean, Critical, n.Name, arg...)
		}
		if n.Standby && !was.Standby {
			d.add(NodeStandby, Info, n.Name, arg...)
		}
		if was.Standby && !n.Standby {
			d.add(NodeActive, Info, n.Name, arg...)
		}
		if n.Maintenance && !was.Maintenance {
			d.add(NodeMaintenance, Warning, n.Name, arg...)
		}
		if was.Maintenance && !n.Maintenance {
			d.add(NodeManaged, Info, n.Name, arg...)
		}
	}
	for _, was := range d.old.Nodes {
		if _, still := d.node[was.Name]; !still && was.Online {
			d.add(NodeLost, Warning, was.Name, "node", was.Name)
		}
	}
}

// lossOf grades the loss of a node: one that announced its shutdown is no alarm.
func lossOf(was, is NodeState) Severity {
	switch {
	case is.Unclean:
		return Critical
	case was.Shutdown || is.Shutdown:
		return Info
	default:
		return Warning
	}
}

// links tells each link between two nodes once, whoever of the two noticed. A pair of which no link is left is no
// matter of links: one of the two is about to be lost, and that is told. So is a link of a node that is not online.
func (d *differ) links() {
	was := make(map[string]LinkState, len(d.old.Links))
	for _, l := range d.old.Links {
		was[l.key()] = l
	}
	alive := map[string]bool{}
	for _, l := range d.new.Links {
		if l.Enabled && l.Connected {
			alive[l.pair()] = true
		}
	}
	type wire struct {
		kind ChangeKind
		pair string
		link int
	}
	told := map[wire]bool{}
	for _, l := range d.new.Links {
		before, known := was[l.key()]
		if !known || before.Connected == l.Connected || !l.Enabled || !d.node[l.Node].Online || !d.node[l.Peer].Online {
			continue
		}
		kind, severity := LinkRestored, Info
		if !l.Connected {
			kind, severity = LinkLost, Warning
		}
		w := wire{kind, l.pair(), l.Link}
		if told[w] || kind == LinkLost && !alive[l.pair()] {
			continue
		}
		if !d.wasNode[l.Node].Online || !d.wasNode[l.Peer].Online {
			continue // it came with its node, and that is told
		}
		told[w] = true
		d.add(kind, severity, l.Node, "node", l.Node, "peer", l.Peer, "link", strconv.Itoa(l.Link))
	}
}

// device tells when the arbiter goes and comes. That it is set up or taken away is told by whoever does it.
func (d *differ) device() {
	was, is := d.old.Device, d.new.Device
	if was == nil || is == nil || was.Connected == is.Connected {
		return
	}
	kind, severity := QDeviceRestored, Info
	if !is.Connected {
		kind, severity = QDeviceLost, Warning
	}
	d.add(kind, severity, d.new.Reporter, "node", d.new.Reporter, "address", is.Address)
}

// pair names the two ends of a link, whoever looks.
func (l LinkState) pair() string {
	return min(l.Node, l.Peer) + "|" + max(l.Node, l.Peer)
}

func (d *differ) fencing() {
	// Two rows of one fencing are told apart by all but its delegate: while it is pending there is none.
	key := func(f FenceAction) FenceAction { f.Delegate = ""; return f }
	known := map[FenceAction]bool{}
	for _, f := range d.old.FenceHistory {
		known[key(f)] = true
	}
	// Pacemaker tries again every few seconds: the first failure is news, the next ones are not, until an attempt succeeds.
	failing, pending := map[string]bool{}, map[string]bool{}
	for _, f := range d.old.FenceHistory {
		pending[f.Node] = pending[f.Node] || f.Status == FencePending
	}
	for _, f := range slices.Backward(d.old.FenceHistory) {
		if f.Status != FencePending {
			failing[f.Node] = f.Status == FenceFailure
		}
	}
	for _, f := range slices.Backward(d.new.FenceHistory) {
		if known[key(f)] || !f.At.IsZero() && f.At.Before(d.old.At.Add(-oldNews)) {
			continue
		}
		switch f.Status {
		case FencePending:
			// While a device hangs nothing else happens: whoever waits must be told for what. Attempts after the first are no news.
			if !pending[f.Node] && !failing[f.Node] {
				d.add(FenceBegun, Warning, f.Node, "node", f.Node, "action", f.Action)
			}
			pending[f.Node] = true
		case FenceSuccess:
			failing[f.Node] = false
			d.add(NodeFenced, Critical, f.Node, "node", f.Node, "action", f.Action, "delegate", f.Delegate)
		case FenceFailure:
			if !failing[f.Node] {
				d.add(FenceFailed, Critical, f.Node, "node", f.Node, "action", f.Action)
			}
			failing[f.Node] = true
		}
	}
}

// activity is where a primitive runs, gathered over all its instances.
type activity struct {
	id       string
	disabled bool     // stopped on purpose
	device   bool     // a fence device: nobody is without it while it moves
	on       []string // nodes, in the order of the report
	promoted []string
	failed   bool
	managed  bool
}

// Leaves returns the primitives among resources, at whatever depth, in order. The instances of a clone have one ID each or share one.
func Leaves(resources []ResourceState) []ResourceState {
	var out []ResourceState
	for _, r := range resources {
		if len(r.Members) > 0 {
			out = append(out, Leaves(r.Members)...)
		} else if r.Kind == Primitive || r.Kind == "" {
			out = append(out, r)
		}
	}
	return out
}

// ActiveOn returns the nodes on which the resource runs: one that is only starting does not run yet.
func (r ResourceState) ActiveOn() []string {
	switch r.Role {
	case "Stopped", "Starting", "Unknown", "":
		return nil
	}
	return r.Nodes
}

func activities(s State) (order []string, byID map[string]*activity) {
	byID = map[string]*activity{}
	for _, r := range Leaves(s.Resources) {
		a := byID[r.ID]
		if a == nil {
			a = &activity{id: r.ID, managed: true}
			byID[r.ID] = a
			order = append(order, r.ID)
		}
		for _, n := range r.ActiveOn() {
			if !slices.Contains(a.on, n) {
				a.on = append(a.on, n)
			}
			if r.Role == "Promoted" && !slices.Contains(a.promoted, n) {
				a.promoted = append(a.promoted, n)
			}
		}
		a.failed = a.failed || r.Failed
		a.disabled = a.disabled || r.Disabled
		a.device = a.device || IsFenceDevice(r.Agent)
		a.managed = a.managed && r.Managed
	}
	return order, byID
}

func (d *differ) resources() {
	wasOrder, was := activities(d.old)
	order, is := activities(d.new)
	news := d.failures()
	for _, id := range order {
		now, before := is[id], was[id]
		if before == nil {
			before = &activity{id: id, managed: now.managed}
		}
		d.failure(id, now.failed && !before.failed, news[id])
		d.movement(id, before.on, now.on, gradeOf(now))
		for _, n := range without(now.promoted, before.promoted) {
			d.add(ResourcePromoted, Info, id, "resource", id, "node", n)
		}
		if before.failed && !now.failed && len(now.on) > 0 {
			d.add(ResourceRecovered, Info, id, "resource", id)
		}
		switch {
		case before.managed && !now.managed && !d.new.Maintenance:
			d.add(ResourceUnmanaged, Warning, id, "resource", id)
		case !before.managed && now.managed && !d.old.Maintenance:
			d.add(ResourceManaged, Info, id, "resource", id)
		}
	}
	for _, id := range wasOrder {
		if is[id] == nil {
			d.movement(id, was[id].on, nil, Info)
		}
	}
}

// gradeOf grades that a resource moves or stops: what somebody has stopped is no alarm, and a fence device is no service.
func gradeOf(a *activity) Severity {
	if a.disabled || a.device {
		return Info
	}
	return Warning
}

// movement tells starts, stops, and as one change a stop here with a start there; grade is of the last two.
func (d *differ) movement(id string, before, now []string, grade Severity) {
	left, came := without(before, now), without(now, before)
	moves := min(len(left), len(came))
	for i := range moves {
		d.add(ResourceMoved, grade, id, "resource", id, "from", left[i], "to", came[i])
	}
	for _, n := range left[moves:] {
		d.add(ResourceStopped, grade, id, "resource", id, "node", n)
	}
	for _, n := range came[moves:] {
		d.add(ResourceStarted, Info, id, "resource", id, "node", n)
	}
}

// failures returns the failed operations that are new, or failed once more, by resource.
func (d *differ) failures() map[string][]Failure {
	type place struct{ resource, node, operation, interval string }
	at := func(f Failure) place { return place{f.Resource, f.Node, f.Operation, f.Interval} }
	was := map[place]Failure{}
	for _, f := range d.old.Failures {
		was[at(f)] = f
	}
	news := map[string][]Failure{}
	for _, f := range d.new.Failures {
		if before, known := was[at(f)]; !known || f.Count > before.Count || f.Call != before.Call || f.At.After(before.At) {
			news[f.Resource] = append(news[f.Resource], f)
		}
	}
	return news
}

// failure tells each new failure. Where the cluster calls a resource failed and no failure of it is new, the newest one that it
// remembers is the cause; where it remembers none, it tells just that.
func (d *differ) failure(id string, failed bool, news []Failure) {
	if failed && len(news) == 0 {
		var newest *Failure
		for i, f := range d.new.Failures {
			if f.Resource == id && (newest == nil || f.At.After(newest.At)) {
				newest = &d.new.Failures[i]
			}
		}
		if newest == nil {
			d.add(ResourceFaulty, Critical, id, "resource", id)
			return
		}
		news = []Failure{*newest}
	}
	for _, f := range news {
		exit := f.Exit
		if exit == "" {
			exit = strconv.Itoa(f.ExitCode)
		}
		if f.Node == "" || f.Operation == "" {
			d.add(ResourceFaulty, Critical, id, "resource", id)
			continue
		}
		d.add(ResourceFailed, Critical, id, "resource", id, "node", f.Node, "operation", f.Operation, "exit", exit)
	}
}

// without returns the elements of a that b does not have.
func without(a, b []string) []string {
	var out []string
	for _, e := range a {
		if !slices.Contains(b, e) {
			out = append(out, e)
		}
	}
	return out
}
