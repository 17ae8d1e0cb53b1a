package ha

import "time"

// DiskInspection is what one host says of a block device that is to carry the heartbeat; nothing was written to it.
type DiskInspection struct {
	Device    string   `json:"device"`
	SizeBytes uint64   `json:"sizeBytes"`
	InUse     bool     `json:"inUse" doc:"Mounted, or part of a volume, on this host: never written."`
	Carries   []string `json:"carries,omitempty" doc:"What is on it, by the names that an override must give: for example ext4, LVM2_member, gpt, hawser (a disk heartbeat), data (something unknown). Empty where it is blank."`
	Cluster   string   `json:"cluster,omitempty" doc:"Cluster whose disk heartbeat it carries."`
	UUID      string   `json:"uuid,omitempty" doc:"Of the disk heartbeat that it carries."`
}

// DiskHeartbeat is the disk heartbeat as one node's daemon tells it.
type DiskHeartbeat struct {
	Device         string     `json:"device"`
	UUID           string     `json:"uuid"`
	State          string     `json:"state" enum:"starting,working,stalled,stopped,down" doc:"down: no daemon answers."`
	Since          time.Time  `json:"since,omitzero"`
	Why            string     `json:"why,omitempty" doc:"The last error, in the system's own words."`
	InUse          bool       `json:"inUse" doc:"Corosync's own traffic goes over the disk: the network does not carry it."`
	Stalls         uint64     `json:"stalls" doc:"How often the disk did not answer, since the daemon's start."`
	LongestStallMS int64      `json:"longestStallMs"`
	MemoryLocked   bool       `json:"memoryLocked"`
	RealTime       bool       `json:"realTime" doc:"The daemon has real-time priority, as Corosync has."`
	ReadUS         int64      `json:"readUs" doc:"Mean time of a read, in microseconds."`
	WriteUS        int64      `json:"writeUs" doc:"Mean time of a write, in microseconds."`
	Peers          []DiskPeer `json:"peers"`
}

// The states of a DiskHeartbeat.
const (
	DiskWorking = "working"
	DiskStalled = "stalled"
	DiskStopped = "stopped"
	DiskDown    = "down"
)

// DiskPeer is another node as its part of the disk shows it.
type DiskPeer struct {
	ID       int       `json:"id" doc:"Node ID in corosync.conf."`
	Alive    bool      `json:"alive"`
	LastSeen time.Time `json:"lastSeen,omitzero"`
	Restarts uint64    `json:"restarts"`
	Lost     uint64    `json:"lostSlots" doc:"Slots that were overwritten before they were read."`
}
