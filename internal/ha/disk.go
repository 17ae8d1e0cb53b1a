package ha

import (
	"strings"
	"time"
)

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

// disk tells when a node's disk does not answer, and when two nodes have no way to each other but the disk.
func (d *differ) disk() {
	stalled := func(s State) map[string]bool {
		m := map[string]bool{}
		for _, l := range s.Links {
			if l.Kind == DiskLink {
				m[l.Node] = m[l.Node] || l.Stalled
			}
		}
		return m
	}
	was, is := stalled(d.old), stalled(d.new)
	for _, n := range d.new.Nodes {
		before, had := was[n.Name]
		now, has := is[n.Name]
		switch {
		case !had || !has || before == now:
		case now:
			d.add(DiskHeartStalled, Warning, n.Name, "node", n.Name)
		default:
			d.add(DiskHeartWorks, Info, n.Name, "node", n.Name)
		}
	}
	old, fresh := d.old.aloneOnDisk(), d.new.aloneOnDisk()
	for _, p := range sortedKeys(fresh) {
		before, had := old[p]
		if node, peer, _ := strings.Cut(p, "|"); had && before != fresh[p] {
			if fresh[p] {
				d.add(DiskAlone, Critical, node, "node", node, "peer", peer)
			} else {
				d.add(DiskAloneOver, Info, node, "node", node, "peer", peer)
			}
		}
	}
}

// aloneOnDisk says of each pair of nodes with a link over the disk whether that link alone connects them.
func (s State) aloneOnDisk() map[string]bool {
	network, disk := map[string]bool{}, map[string]bool{}
	for _, l := range s.Links {
		switch {
		case l.Kind == DiskLink:
			disk[l.pair()] = disk[l.pair()] || l.Connected
		case l.Connected:
			network[l.pair()] = true
		}
	}
	alone := map[string]bool{}
	for p, on := range disk {
		alone[p] = on && !network[p]
	}
	return alone
}
