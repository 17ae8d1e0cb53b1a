package ha

import (
	"slices"
	"time"
)

// State is what a cluster is, as Pacemaker and Corosync report it at one moment.
type State struct {
	At            time.Time       `json:"at" doc:"When it was observed (UTC)."`
	Reporter      string          `json:"reporter" doc:"Node that observed it."`
	Engine        string          `json:"engine" enum:"pacemaker,simulated" doc:"What is behind it; a simulated cluster is always called so."`
	Running       bool            `json:"running" doc:"Whether Pacemaker answers on the reporter."`
	DC            string          `json:"dc,omitempty" doc:"Node that decides (designated controller)."`
	Quorate       bool            `json:"quorate"`
	Votes         int             `json:"votes" doc:"Votes present."`
	ExpectedVotes int             `json:"expectedVotes"`
	QuorumVotes   int             `json:"quorumVotes" doc:"Votes needed for quorum."`
	Maintenance   bool            `json:"maintenance" doc:"Whole cluster in maintenance mode."`
	Fencing       bool            `json:"fencing" doc:"stonith-enabled."`
	Pacemaker     string          `json:"pacemaker,omitempty" doc:"Version of Pacemaker."`
	Corosync      string          `json:"corosync,omitempty" doc:"Version of Corosync."`
	FeatureSet    string          `json:"featureSet,omitempty" doc:"CIB feature set (crm_feature_set)."`
	Busy          bool            `json:"busy" doc:"A transition is going on (the controller is not idle)."`
	Nodes         []NodeState     `json:"nodes"`
	Resources     []ResourceState `json:"resources" doc:"In the CIB's order; members inside their parents."`
	Links         []LinkState     `json:"links"`
	Health        []NodeHealth    `json:"health,omitempty" doc:"What nodes measure of themselves, each of itself alone."`
	Volumes       []VolumeState   `json:"volumes,omitempty" doc:"Replicated volumes, each as each of its nodes sees it."`
	Watched       []Watching      `json:"watched,omitempty" doc:"What nodes watch for events at this moment, each on itself alone."`
	Unheard       []string        `json:"unheard,omitempty" doc:"Nodes that do not report while the reporter has no quorum: what is said of them is what the reporter alone sees."`
	Failures      []Failure       `json:"failures,omitempty"`
	FenceHistory  []FenceAction   `json:"fenceHistory,omitempty" doc:"Newest first."`
	Conf          *ConfState      `json:"conf,omitempty" doc:"The reporter's corosync.conf."`
	QuorumFlags   []string        `json:"quorumFlags,omitempty" doc:"Options of votequorum that are in force: wait_for_all, last_man_standing, auto_tie_breaker, two_node, qdevice."`
	Device        *DeviceState    `json:"device,omitempty" doc:"The quorum device as the reporter sees it."`
	Stragglers    []string        `json:"stragglers,omitempty" doc:"Nodes whose corosync.conf is older than the cluster's; the server finds them."`
}

// ConfState tells one node's corosync.conf from another's.
type ConfState struct {
	Version uint64 `json:"version" doc:"config_version: the number of the change that it is from."`
	Digest  string `json:"digest" doc:"Hash of what Corosync makes of it: nodes, links, timing and quorum."`
}

// DeviceState is the quorum device as one node sees it.
type DeviceState struct {
	Connected  bool     `json:"connected" doc:"The node's corosync-qdevice is connected to the arbiter."`
	Voting     bool     `json:"voting" doc:"The arbiter's last answer gave this node its vote."`
	Votes      int      `json:"votes" doc:"Votes of the device that count now."`
	Algorithm  string   `json:"algorithm,omitempty"`
	Address    string   `json:"address,omitempty" doc:"Where the arbiter is."`
	State      string   `json:"state,omitempty" doc:"In the daemon's own words."`
	Heuristics string   `json:"heuristics,omitempty" enum:"pass,fail,none" doc:"What this node's heuristics gave last; none where they have not run."`
	Lost       []string `json:"lost,omitempty" doc:"Nodes that are online and not connected to the arbiter; the server finds them."`
}

// NodeState is a node as the cluster sees it.
type NodeState struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"`
	Kind        string            `json:"kind,omitempty" enum:"member,remote,guest,ping" doc:"member runs Corosync and has a vote; remote runs pacemaker_remote alone; guest the same inside of what a resource runs."`
	Online      bool              `json:"online"`
	Pending     bool              `json:"pending,omitempty" doc:"Joining."`
	Unclean     bool              `json:"unclean,omitempty" doc:"State unknown; must be fenced before its resources may start elsewhere."`
	Standby     bool              `json:"standby"`
	Maintenance bool              `json:"maintenance"`
	Shutdown    bool              `json:"shutdown,omitempty"`
	DC          bool              `json:"dc,omitempty"`
	Health      string            `json:"health,omitempty" enum:"green,yellow,red"`
	Attributes  map[string]string `json:"attributes,omitempty" doc:"Transient and permanent node attributes."`
	Resources   []string          `json:"resources" doc:"IDs of primitives that run there."`
	Connection  string            `json:"connection,omitempty" doc:"Of a remote or guest node: the resource by which the cluster reaches it; of a guest, what carries it."`
	Through     string            `json:"through,omitempty" doc:"Of a remote or guest node: the node on which that resource runs."`
}

// ResourceState is a resource as the cluster sees it.
type ResourceState struct {
	ID         string          `json:"id"`
	Kind       ResourceKind    `json:"kind" enum:"primitive,group,clone,bundle,template"`
	Agent      string          `json:"agent,omitempty"`
	Role       string          `json:"role" enum:"Started,Stopped,Promoted,Unpromoted,Starting,Stopping,Promoting,Demoting,Migrating,Mixed,Unknown"`
	TargetRole string          `json:"targetRole,omitempty" doc:"Role that was asked for, where one was."`
	Nodes      []string        `json:"nodes" doc:"Where it is active; more than one for a clone, or where something is wrong."`
	Managed    bool            `json:"managed"`
	Failed     bool            `json:"failed"`
	Blocked    bool            `json:"blocked,omitempty"`
	Orphaned   bool            `json:"orphaned,omitempty"`
	Disabled   bool            `json:"disabled,omitempty" doc:"Stopped on purpose (target-role)."`
	Members    []ResourceState `json:"members,omitempty"`
	// ByEvent is set by the server, from what the nodes watch.
	ByEvent bool `json:"byEvent,omitempty" doc:"That it fails is noticed by an event at once, and then confirmed by its monitor; otherwise by the next monitor."`
}

// LinkState is a heartbeat link as one node sees it towards one peer.
type LinkState struct {
	Node      string `json:"node" doc:"Who looks."`
	Peer      string `json:"peer" doc:"At whom."`
	Link      int    `json:"link" doc:"Corosync's link number, 0 to 7."`
	Address   string `json:"address,omitempty" doc:"The looking node's own address on this link."`
	Enabled   bool   `json:"enabled"`
	Connected bool   `json:"connected"`
	LatencyUS int    `json:"latencyUs,omitempty" doc:"Average latency in microseconds."`
	WorstUS   int    `json:"worstUs,omitempty" doc:"Longest latency since the link came up, in microseconds."`
	// Loss is of the pings between the last two looks.
	Loss float64 `json:"lossPercent,omitempty" doc:"Pings without an answer, in percent, lately."`
	MTU  int     `json:"mtu,omitempty" doc:"Bytes of data that a packet carries, as knet has found."`
	Cuts int     `json:"cuts,omitempty" doc:"How often it was given up since Corosync started."`
	// Kind and Stalled are of the link over the disk.
	Kind    LinkKind `json:"kind,omitempty" enum:"network,disk" doc:"network where absent."`
	Stalled bool     `json:"stalled,omitempty" doc:"The looking node's disk does not answer."`
}

// Failure is a failed operation that the cluster remembers until it is cleaned up.
type Failure struct {
	Resource  string    `json:"resource"`
	Node      string    `json:"node"`
	Operation string    `json:"operation" doc:"For example monitor."`
	Interval  string    `json:"interval,omitempty"`
	ExitCode  int       `json:"exitCode"`
	Exit      string    `json:"exit,omitempty" doc:"OCF's word for the exit code, for example not running."`
	Reason    string    `json:"reason,omitempty" doc:"The agent's own words."`
	Count     int       `json:"count,omitempty" doc:"fail-count."`
	Call      int       `json:"call,omitempty" doc:"Its number on its node, by which failures of one second are told apart."`
	At        time.Time `json:"at,omitzero"`
}

// FenceAction is a fencing that was asked for.
type FenceAction struct {
	Node     string    `json:"node" doc:"Who was to be fenced."`
	Action   string    `json:"action" enum:"reboot,off,on"`
	Status   string    `json:"status" enum:"success,failed,pending"`
	Origin   string    `json:"origin,omitempty" doc:"Node that asked."`
	Delegate string    `json:"delegate,omitempty" doc:"Node that carried it out."`
	Client   string    `json:"client,omitempty" doc:"Program that asked, for example pacemaker-controld."`
	At       time.Time `json:"at,omitzero"`
}

// The states of a FenceAction.
const (
	FenceSuccess = "success"
	FenceFailure = "failed"
	FencePending = "pending"
)

// Change is one thing that became different between two States, for the time line, alarms and live views.
type Change struct {
	Kind     ChangeKind        `json:"kind"`
	Severity Severity          `json:"severity" enum:"info,warning,critical"`
	Object   string            `json:"object" doc:"Node, resource or link concerned."`
	Args     map[string]string `json:"args,omitempty" doc:"Values for the sentence of this kind (event.<kind> in internal/words)."`
}

// Severity of a change or an event.
type Severity string

// Severities, mildest first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// AtLeast says whether s is as bad as least or worse. Whatever has no severity is the mildest.
func (s Severity) AtLeast(least Severity) bool { return s.number() >= least.number() }

func (s Severity) number() int { return max(0, slices.Index(Severities, s)) }

// Severities are all severities, mildest first.
var Severities = []Severity{Info, Warning, Critical}

// ChangeKind names what became different. The sentence for people is event.<kind> in internal/words.
type ChangeKind string

// The kinds of changes. Args are named in the comment.
const (
	NodeLost          ChangeKind = "node.lost"           // node
	NodeJoined        ChangeKind = "node.joined"         // node
	NodeUnclean       ChangeKind = "node.unclean"        // node
	NodeStandby       ChangeKind = "node.standby"        // node
	NodeActive        ChangeKind = "node.active"         // node
	NodeMaintenance   ChangeKind = "node.maintenance"    // node
	NodeManaged       ChangeKind = "node.managed"        // node
	NodeCutOff        ChangeKind = "node.cut_off"        // nodes: told by the server, see server/fleet
	NodeFenced        ChangeKind = "node.fenced"         // node, action, delegate
	FenceFailed       ChangeKind = "fence.failed"        // node, action
	FenceBegun        ChangeKind = "fence.begun"         // node, action
	ResourceStarted   ChangeKind = "resource.started"    // resource, node
	ResourceStopped   ChangeKind = "resource.stopped"    // resource, node
	ResourceMoved     ChangeKind = "resource.moved"      // resource, from, to
	ResourceFailed    ChangeKind = "resource.failed"     // resource, node, operation, exit
	ResourceFaulty    ChangeKind = "resource.faulty"     // resource: failed, and the cluster does not say where and how
	ResourceRecovered ChangeKind = "resource.recovered"  // resource
	ResourcePromoted  ChangeKind = "resource.promoted"   // resource, node
	ResourceUnmanaged ChangeKind = "resource.unmanaged"  // resource
	ResourceManaged   ChangeKind = "resource.managed"    // resource
	LinkLost          ChangeKind = "link.lost"           // node, peer, link
	LinkRestored      ChangeKind = "link.restored"       // node, peer, link
	QuorumLost        ChangeKind = "quorum.lost"         // votes, needed
	QuorumGained      ChangeKind = "quorum.gained"       // votes, needed
	ClusterStarted    ChangeKind = "cluster.started"     //
	ClusterStopped    ChangeKind = "cluster.stopped"     //
	ClusterMaintained ChangeKind = "cluster.maintenance" //
	ClusterManaged    ChangeKind = "cluster.managed"     //
	DCChanged         ChangeKind = "dc.changed"          // from, to
	NodeStraggler     ChangeKind = "node.straggler"      // node, version, want
	NodeSynced        ChangeKind = "node.synced"         // node, version
	ClusterAdopted    ChangeKind = "cluster.adopted"     //
	NodeEnrolled      ChangeKind = "node.enrolled"       // node: its agent has become a member
	NodeForeign       ChangeKind = "node.foreign"        // node: its agent says it is a member, its files say otherwise
	LinkAdded         ChangeKind = "link.added"          // link, actor
	LinkChanged       ChangeKind = "link.changed"        // link, actor
	LinkRemoved       ChangeKind = "link.removed"        // link, actor
	DiskEnabled       ChangeKind = "diskhb.enabled"      // actor
	DiskDisabled      ChangeKind = "diskhb.disabled"     // actor
	DiskHeartStalled  ChangeKind = "diskhb.stalled"      // node
	DiskHeartWorks    ChangeKind = "diskhb.works"        // node
	DiskAlone         ChangeKind = "diskhb.alone"        // node, peer
	DiskAloneOver     ChangeKind = "diskhb.alone_over"   // node, peer
	TimingChanged     ChangeKind = "timing.changed"      // actor
	QuorumChanged     ChangeKind = "quorum.changed"      // actor
	QDeviceSet        ChangeKind = "qdevice.set"         // host, actor
	QDeviceRemoved    ChangeKind = "qdevice.removed"     // host, actor
	QDeviceLost       ChangeKind = "qdevice.lost"        // node, address
	QDeviceRestored   ChangeKind = "qdevice.restored"    // node, address
	HealthRed         ChangeKind = "health.red"          // node, kind, from; value, threshold, object: what was measured, where that is known
	HealthYellow      ChangeKind = "health.yellow"       // the same
	HealthGreen       ChangeKind = "health.green"        // the same
	HealthBlind       ChangeKind = "health.blind"        // node, kind, why: it cannot be measured; the colour stays
	HealthSeen        ChangeKind = "health.seen"         // node, kind: it can again
	// Of replicated volumes each side tells its own: node is who tells, peer the other side.
	VolumeDisconnected ChangeKind = "volume.disconnected" // volume, node, peer
	VolumeConnected    ChangeKind = "volume.connected"    // volume, node, peer
	VolumeSplitBrain   ChangeKind = "volume.split_brain"  // volume, node, peer
	VolumeSplitOver    ChangeKind = "volume.split_over"   // volume, node, peer
	VolumeSyncBegun    ChangeKind = "volume.sync_begun"   // volume, node (whose data are made), peer (whose data they are), bytes
	VolumeSyncDone     ChangeKind = "volume.sync_done"    // volume, node, peer
	VolumeDiskLost     ChangeKind = "volume.disk_lost"    // volume, node, disk (its state)
	VolumeDiskBack     ChangeKind = "volume.disk_back"    // volume, node
	VolumeVerified     ChangeKind = "volume.verified"     // volume, node, peer: nothing was found
	VolumeDiffers      ChangeKind = "volume.verify_found" // volume, node, peer, bytes
	ConfigOutside      ChangeKind = "config.outside"      // author, revision, count
	// Told by the server of itself and of its agents.
	AgentAway         ChangeKind = "agent.away"           // node, since
	AgentBack         ChangeKind = "agent.back"           // node
	CertificateEnding ChangeKind = "certificate.expiring" // name, days
	CertificateMade   ChangeKind = "certificate.renewed"  // name, until
	DiskFull          ChangeKind = "disk.full"            // node, free
	DiskFree          ChangeKind = "disk.free"            // node, free
	LicenceEnding     ChangeKind = "licence.expiring"     // name, days
	LicenceOver       ChangeKind = "licence.over"         // name
	LicenceMade       ChangeKind = "licence.renewed"      // name
	UkeyAway          ChangeKind = "licence.ukey_away"    // name, until
	UkeyBack          ChangeKind = "licence.ukey_back"    // name
	ClockBack         ChangeKind = "licence.clock_back"   // reached
	RTOMissed         ChangeKind = "target.rto_missed"    // service, goal (rto_planned, rto_unplanned), promised, seconds, since
	RPOMissed         ChangeKind = "target.rpo_missed"    // service, goal (rpo_planned, rpo_unplanned), promised, seconds, since, volume
)

// Delta is what must be sent so that the other side's copy of a State becomes the new one.
// Objects are whole; a nil list means "as before". See MakeDelta and Apply.
type Delta struct {
	Full      bool     `json:"full,omitempty" doc:"Everything is in it; forget what was there before."`
	State     State    `json:"state" doc:"Scalars always; lists only what changed."`
	GoneNodes []string `json:"goneNodes,omitempty"`
	GoneRes   []string `json:"goneResources,omitempty"`
	GoneLinks []string `json:"goneLinks,omitempty"`
	GoneWell  []string `json:"goneHealth,omitempty"`
	GoneVols  []string `json:"goneVolumes,omitempty" doc:"Volumes that are gone from a node: name@node."`
	Cleared   []string `json:"cleared,omitempty" doc:"Lists that became empty: failures, fenceHistory, watched."`
	Order     []string `json:"order,omitempty" doc:"IDs of top-level resources in their order, where it changed."`
}

// Verdict is the answer to "is everything all right?".
type Verdict struct {
	Level    Level    `json:"level" enum:"protected,at_risk,unprotected,maintenance,stopped,unknown"`
	Survives int      `json:"survives" doc:"How many nodes may be lost now, one after another, without losing quorum or a service."`
	Reasons  []Reason `json:"reasons,omitempty" doc:"Worst first. Empty where all is well."`
}

// Level is the head word of a Verdict.
type Level string

// Levels of protection.
const (
	Protected      Level = "protected"   // one more failure is survived
	AtRisk         Level = "at_risk"     // works, but something that protects is missing or untested
	Unprotected    Level = "unprotected" // a service is down, or the next failure stops one
	InMaintenance  Level = "maintenance" // somebody has taken the cluster out of management
	StoppedCluster Level = "stopped"     // stopped on purpose
	UnknownLevel   Level = "unknown"     // no node reports
)

// Reason is one cause of a Verdict. The sentence for people is verdict.<code> in internal/words.
type Reason struct {
	Code  string            `json:"code" doc:"For example no_fencing, one_link, node_lost, resource_failed, quorum_lost."`
	Level Level             `json:"level" enum:"protected,at_risk,unprotected,maintenance,stopped,unknown" doc:"How bad it is by itself."`
	Args  map[string]string `json:"args,omitempty"`
}

// Check is one preflight check of a host, with its fix.
type Check struct {
	Code   string            `json:"code" doc:"check.<code> in internal/words is its name, check.<code>.<result> its sentence, check.<code>.fix what to do."`
	Result string            `json:"result" enum:"ok,warning,failed"`
	Args   map[string]string `json:"args,omitempty"`
}

// Facts is what a host says of itself.
type Facts struct {
	Hostname     string      `json:"hostname"`
	MachineID    string      `json:"machineId"`
	OS           string      `json:"os" doc:"Pretty name of the operating system."`
	Kernel       string      `json:"kernel"`
	Architecture string      `json:"architecture" doc:"As Go names it: amd64, arm64, loong64."`
	CPUs         int         `json:"cpus"`
	MemoryBytes  uint64      `json:"memoryBytes"`
	DiskBytes    uint64      `json:"diskBytes" doc:"Size of the root file system."`
	DiskFree     uint64      `json:"diskFreeBytes"`
	Pacemaker    string      `json:"pacemaker,omitempty"`
	Corosync     string      `json:"corosync,omitempty"`
	Interfaces   []Interface `json:"interfaces"`
	BlockDevices []Device    `json:"blockDevices,omitempty"`
	Engine       string      `json:"engine" enum:"pacemaker,simulated"`
	Cluster      string      `json:"cluster,omitempty" doc:"Name of the cluster that the host's corosync.conf names."`
}

// Interface is a network interface of a host.
type Interface struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses" doc:"Addresses with prefix length, for example 10.0.0.1/24."`
	MTU       int      `json:"mtu"`
	Up        bool     `json:"up"`
}

// Device is a block device of a host.
type Device struct {
	Path       string `json:"path" doc:"The most stable name that it has."`
	SizeBytes  uint64 `json:"sizeBytes"`
	FileSystem string `json:"fileSystem,omitempty"`
	UUID       string `json:"uuid,omitempty"`
}
