package ha

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// AlarmKind names a condition that somebody has to know of, from when it began until it is over. Together with a cluster and an
// object it is the alarm's key. The title for people is alarm.<kind> in internal/words.
type AlarmKind string

// The kinds of alarms; the comment says what their object is.
const (
	AlarmNodeAway    AlarmKind = "node.away"            // node
	AlarmNodeFenced  AlarmKind = "node.fenced"          // node; a notice
	AlarmFencing     AlarmKind = "node.fencing"         // node that is to be fenced, and is not yet
	AlarmMaintenance AlarmKind = "maintenance"          // node, or nothing: the cluster
	AlarmStraggler   AlarmKind = "node.straggler"       // node
	AlarmForeign     AlarmKind = "node.foreign"         // node; a notice
	AlarmQuorum      AlarmKind = "quorum.lost"          //
	AlarmClusterDown AlarmKind = "cluster.stopped"      //
	AlarmLink        AlarmKind = "link.lost"            // the two nodes and the link's number: n1|n2|0
	AlarmDiskStalled AlarmKind = "diskhb.stalled"       // node
	AlarmDiskAlone   AlarmKind = "diskhb.alone"         // the two nodes: n1|n2
	AlarmDevice      AlarmKind = "qdevice.lost"         // node
	AlarmFailed      AlarmKind = "resource.failed"      // resource
	AlarmStopped     AlarmKind = "resource.stopped"     // resource
	AlarmMoved       AlarmKind = "resource.moved"       // resource; a notice
	AlarmUnmanaged   AlarmKind = "resource.unmanaged"   // resource
	AlarmOutside     AlarmKind = "config.outside"       // a notice
	AlarmHealth      AlarmKind = "health.bad"           // node and kind: n1|cpu
	AlarmBlind       AlarmKind = "health.blind"         // the same: it cannot be measured
	AlarmSplit       AlarmKind = "volume.split"         // volume
	AlarmReplication AlarmKind = "volume.disconnected"  // volume
	AlarmVolumeDisk  AlarmKind = "volume.disk"          // volume and node: r0|n1
	AlarmDiffers     AlarmKind = "volume.differs"       // volume
	AlarmSynced      AlarmKind = "volume.synced"        // volume; a notice
	AlarmAgent       AlarmKind = "agent.away"           // host
	AlarmCertificate AlarmKind = "certificate.expiring" // whose: ca, server or a host
	AlarmDisk        AlarmKind = "disk.full"            // host
	AlarmLicence     AlarmKind = "licence.expiring"     // the licence's number, or trial
	AlarmUkey        AlarmKind = "licence.ukey"         // the number of the licence whose token is missing
	AlarmClock       AlarmKind = "licence.clock"        // a notice
	AlarmTarget      AlarmKind = "target.missed"        // service; a notice
)

// AlarmKinds are all kinds of alarms, worst first where nothing else orders them.
var AlarmKinds = []AlarmKind{
	AlarmQuorum, AlarmSplit, AlarmFencing, AlarmNodeAway, AlarmNodeFenced, AlarmFailed, AlarmStopped, AlarmMoved, AlarmClusterDown, AlarmVolumeDisk, AlarmReplication, AlarmDiffers, AlarmDiskAlone,
	AlarmTarget, AlarmDiskStalled, AlarmHealth, AlarmLink, AlarmDevice, AlarmAgent, AlarmBlind, AlarmDisk, AlarmCertificate, AlarmLicence, AlarmUkey, AlarmStraggler,
	AlarmForeign, AlarmClock, AlarmSynced, AlarmOutside, AlarmUnmanaged, AlarmMaintenance,
}

// Effect is what an event does to an alarm.
type Effect string

// The effects.
const (
	Opens    Effect = "opens"    // the condition has begun, or has been seen again
	Resolves Effect = "resolves" // it is over
	Notes    Effect = "notes"    // it happened and has no end: told once, open never
)

// AlarmStep is what one event does to one alarm.
type AlarmStep struct {
	Effect Effect
	Kind   AlarmKind
	Object string
	Link   string // resolves every alarm of this link, whoever its ends are
}

// meaning is what a kind of event means for alarms. Alarms of several objects are named by object, which is the change's own
// object where nil.
type meaning struct {
	opens    AlarmKind
	notes    AlarmKind
	resolves []AlarmKind
	object   func(Change) string
	// nothing says that the kind concerns no alarm, so that silence is a decision and not an omission.
	nothing bool
}

// ends names two nodes in one order, whoever of them told.
func ends(c Change) string {
	a, b := c.Args["node"], c.Args["peer"]
	return min(a, b) + "|" + max(a, b)
}

func linkEnds(c Change) string { return ends(c) + "|" + c.Args["link"] }

func measured(c Change) string { return c.Args["node"] + "|" + c.Args["kind"] }

func nobody(Change) string { return "" }

func volumeDisk(c Change) string { return c.Args["volume"] + "|" + c.Args["node"] }

// meanings says of every kind of event what it means. A test holds it against the kinds that there are.
var meanings = map[ChangeKind]meaning{
	NodeLost:          {opens: AlarmNodeAway},
	NodeUnclean:       {opens: AlarmNodeAway},
	NodeCutOff:        {opens: AlarmNodeAway},
	NodeJoined:        {resolves: []AlarmKind{AlarmNodeAway, AlarmFencing}},
	NodeFenced:        {notes: AlarmNodeFenced, resolves: []AlarmKind{AlarmFencing}},
	FenceBegun:        {opens: AlarmFencing},
	FenceFailed:       {opens: AlarmFencing},
	NodeStandby:       {nothing: true},
	NodeActive:        {nothing: true},
	NodeMaintenance:   {opens: AlarmMaintenance},
	NodeManaged:       {resolves: []AlarmKind{AlarmMaintenance}},
	ClusterMaintained: {opens: AlarmMaintenance, object: nobody},
	ClusterManaged:    {resolves: []AlarmKind{AlarmMaintenance}, object: nobody},
	ResourceFailed:    {opens: AlarmFailed},
	ResourceFaulty:    {opens: AlarmFailed},
	ResourceRecovered: {resolves: []AlarmKind{AlarmFailed, AlarmStopped}},
	ResourceStarted:   {resolves: []AlarmKind{AlarmFailed, AlarmStopped}},
	ResourcePromoted:  {resolves: []AlarmKind{AlarmFailed, AlarmStopped}},
	ResourceStopped:   {opens: AlarmStopped},
	ResourceMoved:     {notes: AlarmMoved, resolves: []AlarmKind{AlarmFailed, AlarmStopped}},
	ResourceUnmanaged: {opens: AlarmUnmanaged},
	ResourceManaged:   {resolves: []AlarmKind{AlarmUnmanaged}},
	// The failure itself opens an alarm, once the cluster has noted it.
	WatchProcess:       {nothing: true},
	WatchAddress:       {nothing: true},
	WatchCarrier:       {nothing: true},
	WatchUnmounted:     {nothing: true},
	WatchReadOnly:      {nothing: true},
	WatchDisk:          {nothing: true},
	LinkLost:           {opens: AlarmLink, object: linkEnds},
	LinkRestored:       {resolves: []AlarmKind{AlarmLink}, object: linkEnds},
	LinkRemoved:        {resolves: []AlarmKind{AlarmLink}},
	LinkAdded:          {nothing: true},
	LinkChanged:        {nothing: true},
	QuorumLost:         {opens: AlarmQuorum, object: nobody},
	QuorumGained:       {resolves: []AlarmKind{AlarmQuorum}, object: nobody},
	ClusterStopped:     {opens: AlarmClusterDown, object: nobody},
	ClusterStarted:     {resolves: []AlarmKind{AlarmClusterDown}, object: nobody},
	ClusterAdopted:     {nothing: true},
	DCChanged:          {nothing: true},
	NodeStraggler:      {opens: AlarmStraggler},
	NodeSynced:         {resolves: []AlarmKind{AlarmStraggler}},
	NodeEnrolled:       {nothing: true},
	NodeForeign:        {notes: AlarmForeign},
	DiskEnabled:        {nothing: true},
	DiskDisabled:       {nothing: true},
	DiskHeartStalled:   {opens: AlarmDiskStalled, object: func(c Change) string { return c.Args["node"] }},
	DiskHeartWorks:     {resolves: []AlarmKind{AlarmDiskStalled}, object: func(c Change) string { return c.Args["node"] }},
	DiskAlone:          {opens: AlarmDiskAlone, object: ends},
	DiskAloneOver:      {resolves: []AlarmKind{AlarmDiskAlone}, object: ends},
	TimingChanged:      {nothing: true},
	QuorumChanged:      {nothing: true},
	QDeviceSet:         {nothing: true},
	QDeviceRemoved:     {nothing: true},
	QDeviceLost:        {opens: AlarmDevice},
	QDeviceRestored:    {resolves: []AlarmKind{AlarmDevice}},
	HealthRed:          {opens: AlarmHealth, object: measured},
	HealthYellow:       {opens: AlarmHealth, object: measured},
	HealthGreen:        {resolves: []AlarmKind{AlarmHealth}, object: measured},
	HealthBlind:        {opens: AlarmBlind, object: measured},
	HealthSeen:         {resolves: []AlarmKind{AlarmBlind}, object: measured},
	VolumeDisconnected: {opens: AlarmReplication},
	VolumeConnected:    {resolves: []AlarmKind{AlarmReplication}},
	VolumeSplitBrain:   {opens: AlarmSplit},
	VolumeSplitOver:    {resolves: []AlarmKind{AlarmSplit}},
	VolumeSyncBegun:    {nothing: true},
	VolumeSyncDone:     {notes: AlarmSynced, resolves: []AlarmKind{AlarmDiffers}},
	VolumeDiskLost:     {opens: AlarmVolumeDisk, object: volumeDisk},
	VolumeDiskBack:     {resolves: []AlarmKind{AlarmVolumeDisk}, object: volumeDisk},
	VolumeVerified:     {resolves: []AlarmKind{AlarmDiffers}},
	VolumeDiffers:      {opens: AlarmDiffers},
	ConfigOutside:      {notes: AlarmOutside, object: nobody},
	AgentAway:          {opens: AlarmAgent},
	AgentBack:          {resolves: []AlarmKind{AlarmAgent}},
	CertificateEnding:  {opens: AlarmCertificate},
	CertificateMade:    {resolves: []AlarmKind{AlarmCertificate}},
	DiskFull:           {opens: AlarmDisk},
	DiskFree:           {resolves: []AlarmKind{AlarmDisk}},
	LicenceEnding:      {opens: AlarmLicence},
	LicenceOver:        {opens: AlarmLicence},
	LicenceMade:        {resolves: []AlarmKind{AlarmLicence}},
	UkeyAway:           {opens: AlarmUkey},
	UkeyBack:           {resolves: []AlarmKind{AlarmUkey}},
	ClockBack:          {notes: AlarmClock, object: nobody},
	RTOMissed:          {notes: AlarmTarget},
	RPOMissed:          {notes: AlarmTarget},
}

// AlarmSteps says what an event does to which alarms: first what it resolves, then what it opens or notes. It is nothing for a
// kind that nobody knows: an agent may be newer than its server.
func AlarmSteps(c Change) []AlarmStep {
	m, known := meanings[c.Kind]
	if !known || m.nothing || c.Args["action"] == "on" { // switched on: nobody was lost by that
		return nil
	}
	object := c.Object
	if m.object != nil {
		object = m.object(c)
	}
	var steps []AlarmStep
	for _, k := range m.resolves {
		s := AlarmStep{Effect: Resolves, Kind: k, Object: object}
		if c.Kind == LinkRemoved {
			s = AlarmStep{Effect: Resolves, Kind: k, Link: c.Args["link"]}
		}
		steps = append(steps, s)
	}
	if m.opens != "" {
		steps = append(steps, AlarmStep{Effect: Opens, Kind: m.opens, Object: object})
	}
	if m.notes != "" {
		steps = append(steps, AlarmStep{Effect: Notes, Kind: m.notes, Object: object})
	}
	return steps
}

// AlarmDecided says whether it is decided what a kind of event means for alarms.
func AlarmDecided(kind ChangeKind) bool {
	m, known := meanings[kind]
	return known && (m.nothing || m.opens != "" || m.notes != "" || len(m.resolves) > 0)
}

// AlarmOver says of an open alarm whether the cluster's state shows that it is over: an event may have been missed, and what was
// taken out of the cluster tells nothing any more. It is false wherever the state cannot tell.
func AlarmOver(kind AlarmKind, object string, s State) bool {
	if !s.Running || !s.Quorate && kind != AlarmClusterDown {
		return false
	}
	switch kind {
	case AlarmSplit, AlarmReplication, AlarmVolumeDisk, AlarmDiffers:
		return s.volumeOver(kind, object)
	case AlarmQuorum, AlarmClusterDown:
		return true
	case AlarmNodeAway, AlarmFencing:
		n, there := s.node(object)
		return !there || n.Online && !n.Unclean
	case AlarmMaintenance:
		if object == "" {
			return !s.Maintenance
		}
		n, there := s.node(object)
		return !there || !n.Maintenance
	case AlarmStraggler:
		_, there := s.node(object)
		return !there
	case AlarmLink:
		return s.linkOver(object)
	case AlarmDiskStalled:
		return !slices.ContainsFunc(s.Links, func(l LinkState) bool { return l.Node == object && l.Stalled })
	case AlarmDiskAlone:
		return s.networkOver(object)
	case AlarmDevice:
		return s.Device == nil || s.Device.Connected && !slices.Contains(s.Device.Lost, object)
	case AlarmHealth, AlarmBlind:
		return s.healthOver(kind, object)
	case AlarmFailed, AlarmStopped, AlarmUnmanaged:
		return s.resourceOver(kind, object)
	}
	return false
}

func (s State) node(name string) (NodeState, bool) {
	i := slices.IndexFunc(s.Nodes, func(n NodeState) bool { return n.Name == name })
	if i < 0 {
		return NodeState{}, false
	}
	return s.Nodes[i], true
}

// linkOver says whether a link works from both of its ends, or is not there any more. What is not reported is not known to work.
func (s State) linkOver(object string) bool {
	there, works := false, 0
	for _, l := range s.Links {
		if l.pair()+"|"+strconv.Itoa(l.Link) != object || !l.Enabled {
			continue
		}
		there = true
		if l.Connected {
			works++
		} else {
			return false
		}
	}
	if there {
		return works > 0
	}
	// Nobody reports the link: it is gone where its ends report others.
	for _, l := range s.Links {
		if len(object) > len(l.pair()) && object[:len(l.pair())] == l.pair() {
			return true
		}
	}
	return false
}

// networkOver says whether two nodes reach each other over a network again, or have no link over a disk any more.
func (s State) networkOver(pair string) bool {
	disk, known := false, false
	for _, l := range s.Links {
		if l.pair() != pair || !l.Enabled {
			continue
		}
		known = true
		if l.Kind == DiskLink {
			disk = true
		} else if l.Connected {
			return true
		}
	}
	return known && !disk
}

// healthOver says whether a node is well by one kind, or can measure it, or is no longer coloured by it, or is not there any more. Who does
// not report says nothing.
func (s State) healthOver(alarm AlarmKind, object string) bool {
	name, kind, _ := strings.Cut(object, "|")
	if _, there := s.node(name); !there {
		return true
	}
	k := s.HealthOf(name).Kind(HealthKind(kind))
	if k == nil {
		return false
	}
	return k.Off != "" || alarm == AlarmHealth && k.Colour == Green || alarm == AlarmBlind && k.blind() == ""
}

// resourceOver says whether a resource is as it should be, was stopped on purpose, or is not there any more. Of a clone one
// instance that runs is enough: where the others may run is not known here.
func (s State) resourceOver(kind AlarmKind, id string) bool {
	there, active, disabled := false, false, false
	for _, r := range Leaves(s.Resources) {
		if r.ID != id {
			continue
		}
		if kind == AlarmUnmanaged && !r.Managed || kind == AlarmFailed && r.Failed {
			return false
		}
		there, active, disabled = true, active || len(r.ActiveOn()) > 0, disabled || r.Disabled
	}
	if !there {
		return len(s.Resources) > 0
	}
	return kind == AlarmUnmanaged || active || disabled
}

// MessageID names the message that an event causes on a channel for a recipient. Whoever sends it, server or node, and however
// often, gives it this name, so that a mailbox knows a second one as the first.
func MessageID(channel, recipient, domain, eventKey string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{channel, recipient, eventKey}, "\x00")))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
}
