package ha

import (
	"strconv"
	"time"

	"hawser/internal/fault"
)

// VolumeDriver is what replicates a volume.
type VolumeDriver string

// The drivers.
const (
	DRBD   VolumeDriver = "drbd"
	Mirror VolumeDriver = "mirror" // Hawser's own; preview
)

// Volume is a replicated block device as it should be. One side writes at a time (Primary); Pacemaker decides which.
type Volume struct {
	Name     string       `json:"name" doc:"Name of the volume, and of the DRBD resource."`
	Driver   VolumeDriver `json:"driver" enum:"drbd,mirror" doc:"drbd, or mirror: Hawser's own, without a kernel module (preview)."`
	Device   string       `json:"device" doc:"What is mounted, for example /dev/drbd3 or /dev/hawser/data."`
	Protocol string       `json:"protocol" enum:"A,B,C" doc:"When a write is done: A once the peer has been sent it, B once the peer has received it, C once the peer's disk has it. Only C loses nothing."`
	Replicas []Replica    `json:"replicas"`
	// Options are those of the driver, by section and name, for example disk, on-io-error. A secret is *** in them.
	Options map[string]map[string]string `json:"options,omitempty" doc:"Options of the driver, by section (disk, net, handlers, startup, options) and name."`
	// Inherited are those that the volume has from a common section; what it sets itself is not among them.
	Inherited map[string]map[string]string `json:"inherited,omitempty" doc:"Options from a common section that the volume does not set itself."`
	File      string                       `json:"file,omitempty" doc:"Where it is configured."`
	Exposed   string                       `json:"exposed,omitempty" doc:"File in which others than root can read the secret."`
	Unread    *fault.Error                 `json:"unread,omitempty" doc:"Why the file cannot be read; nothing else is known of the volume then."`
	Foreign   bool                         `json:"foreign,omitempty" doc:"The file was not written by Hawser: it is read and kept, never written."`
}

// Replica is one side of a volume.
type Replica struct {
	Node    string `json:"node"`
	ID      int    `json:"id" doc:"DRBD 9's node-id."`
	Disk    string `json:"disk" doc:"Block device below, by a name that stays: /dev/disk/by-id/…, a logical volume."`
	Address string `json:"address" doc:"IP address for replication."`
	Port    int    `json:"port"`
	Meta    string `json:"meta,omitempty" doc:"Where the metadata are; internal where absent."`
}

// VolumeState is a volume as one of its nodes sees it. The words are DRBD's.
type VolumeState struct {
	Name      string       `json:"name"`
	Driver    VolumeDriver `json:"driver"`
	Node      string       `json:"node" doc:"Who tells."`
	Up        bool         `json:"up" doc:"The driver knows the volume; otherwise only its configuration is there."`
	Device    string       `json:"device"`
	Size      int64        `json:"size,omitempty" doc:"Bytes that can be used."`
	Protocol  string       `json:"protocol,omitempty"`
	Role      string       `json:"role" enum:"Primary,Secondary,Unknown"`
	Disk      string       `json:"disk" doc:"UpToDate, Inconsistent, Outdated, Consistent, Diskless, Attaching, Detaching, Failed, Negotiating or DUnknown."`
	Quorum    *bool        `json:"quorum,omitempty" doc:"DRBD 9 with quorum."`
	Suspended bool         `json:"suspended,omitempty" doc:"Writes wait."`
	Peers     []VolumePeer `json:"peers"`
	// Split is what this side knows of a split brain that is not resolved.
	Split *SplitSide `json:"split,omitempty"`
}

// VolumePeer is another side, as seen from here.
type VolumePeer struct {
	Node        string  `json:"node"`
	Connection  string  `json:"connection" doc:"Connected, Connecting, StandAlone, Disconnecting, Unconnected, Timeout, BrokenPipe, NetworkFailure, ProtocolError or TearDown."`
	Role        string  `json:"role" enum:"Primary,Secondary,Unknown"`
	Disk        string  `json:"disk"`
	Replication string  `json:"replication" doc:"Off, Established, SyncSource, SyncTarget, PausedSyncS, PausedSyncT, VerifyS, VerifyT, WFBitMapS, WFBitMapT, Ahead, Behind …"`
	Done        float64 `json:"done,omitempty" doc:"Percent of a resync or verification."`
	OutOfSync   int64   `json:"outOfSync,omitempty" doc:"Bytes that the two sides do not have alike."`
	Rate        int64   `json:"rate,omitempty" doc:"Bytes per second of a resync or verification, lately."`
	Left        int64   `json:"left,omitempty" doc:"Seconds until it is done, at this rate."`
	Limit       int64   `json:"limit,omitempty" doc:"Bytes per second that it may use at most; 0 where the controller decides."`
}

// SplitSide is what one side of a split brain can show: what a person needs in order to choose whose data are kept.
type SplitSide struct {
	Node       string    `json:"node"`
	Since      time.Time `json:"since,omitzero" doc:"When this side lost the other."`
	Primary    bool      `json:"primary" doc:"It is Primary now."`
	WasPrimary bool      `json:"wasPrimary" doc:"It was Primary after the sides had lost each other."`
	From       time.Time `json:"from,omitzero" doc:"First moment after that at which it was seen as Primary."`
	Until      time.Time `json:"until,omitzero" doc:"Last such moment."`
	Changed    int64     `json:"changed" doc:"Bytes written here since, and unknown to the other side."`
	Mounted    string    `json:"mounted,omitempty" doc:"Where the volume is mounted now."`
	Generation []string  `json:"generation,omitempty" doc:"Generation identifiers, current first."`
}

// Diverged says whether two sides have data of which neither is an earlier state of the other's: a split brain. Nothing is said where a side
// shows no generations.
func (s SplitSide) Diverged(o SplitSide) bool {
	if len(s.Generation) == 0 || len(o.Generation) == 0 {
		return false
	}
	return !s.knows(o.Generation[0]) && !o.knows(s.Generation[0])
}

// knows says whether a generation is this side's current or an earlier one. The lowest bit of an identifier says that a side is Primary, and
// belongs to no identity. [drbd_int.h: UUID_PRIMARY]
func (s SplitSide) knows(id string) bool {
	for _, own := range s.Generation {
		a, err1 := strconv.ParseUint(own, 16, 64)
		b, err2 := strconv.ParseUint(id, 16, 64)
		if err1 == nil && err2 == nil && a|1 == b|1 {
			return true
		}
	}
	return false
}

// The states of disks, connections and replication that Hawser itself asks for. Source: drbd_strings.c of DRBD 8.4 and 9.
const (
	VolumePrimary     = "Primary"
	VolumeSecondary   = "Secondary"
	DiskUpToDate      = "UpToDate"
	DiskInconsistent  = "Inconsistent"
	DiskDiskless      = "Diskless"
	DiskFailed        = "Failed"
	PeerConnected     = "Connected"
	PeerConnecting    = "Connecting"
	PeerStandAlone    = "StandAlone"
	ReplicaEstablish  = "Established"
	ReplicaSyncSource = "SyncSource"
	ReplicaSyncTarget = "SyncTarget"
)

// VolumeAction is what can be done to one side of a volume.
type VolumeAction string

// The actions on one node. Promote and demote are Pacemaker's where the volume is a resource.
const (
	VolumeConnect    VolumeAction = "connect"
	VolumeDisconnect VolumeAction = "disconnect"
	VolumeAttach     VolumeAction = "attach"
	VolumeDetach     VolumeAction = "detach"
	VolumePause      VolumeAction = "pause"      // the resync
	VolumeResume     VolumeAction = "resume"     // the resync
	VolumeLimit      VolumeAction = "limit"      // the resync, bytes per second
	VolumeVerify     VolumeAction = "verify"     // compare with the peer, online
	VolumeInvalidate VolumeAction = "invalidate" // this side's data are void: copy everything from the peer
	VolumeDiscard    VolumeAction = "discard"    // give up this side's changes of a split brain: connect as the victim
	VolumePromote    VolumeAction = "promote"
	VolumeDemote     VolumeAction = "demote"
)

// FirstSync says how both sides become alike the first time.
type FirstSync string

// The ways. A first sync that is skipped leaves both sides as they are: only where nothing that is on them will ever be read.
const (
	SyncFull FirstSync = "full" // everything is copied from one side to the other
	SyncSkip FirstSync = "skip" // both are declared alike
)

// VolumeInspection is what a host says about a place for a volume, before anything is written.
type VolumeInspection struct {
	Node   string         `json:"node"`
	Disk   DiskInspection `json:"disk"`
	Driver string         `json:"driver,omitempty" doc:"Version of the kernel module; empty where there is none."`
	Tools  string         `json:"tools,omitempty" doc:"Version of drbd-utils."`
	Names  []string       `json:"names,omitempty" doc:"Volumes that are configured on the host."`
	Minors []int          `json:"minors,omitempty" doc:"Numbers of devices that are taken."`
	Ports  []int          `json:"ports,omitempty" doc:"TCP ports that something listens at, or another volume has."`
	Checks []Check        `json:"checks,omitempty"`
}
