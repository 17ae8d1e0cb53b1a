package diskhb

import (
	"encoding/json"
	"io"
	"sync/atomic"
	"time"
)

// Status is what the daemon tells of itself.
type Status struct {
	At       time.Time    `json:"at"`
	Node     int          `json:"node"`
	Device   string       `json:"device"`
	Cluster  string       `json:"cluster"`
	UUID     string       `json:"uuid"`
	State    State        `json:"state"`
	Since    time.Time    `json:"since"`            // of the state
	Why      string       `json:"why,omitempty"`    // for people: the last error
	InUse    bool         `json:"inUse"`            // Corosync's own traffic goes over the disk: the network does not carry it
	Stalls   uint64       `json:"stalls"`           // since the start
	Longest  int64        `json:"longestStallMs"`   // since the start
	Locked   bool         `json:"memoryLocked"`     //
	RealTime bool         `json:"realTime"`         // SCHED_RR, as Corosync has
	Limits   []string     `json:"limits,omitempty"` // why one of them is not so
	Peers    []PeerStatus `json:"peers"`
	Read     IO           `json:"read"`
	Write    IO           `json:"write"`
	Counters Counters     `json:"counters"`
}

// State is the daemon's.
type State string

// States of the daemon.
const (
	Starting State = "starting" // it watches whether anybody else has its number
	Working  State = "working"
	Stalled  State = "stalled" // the disk has not answered for longer than Timing.Stall
	Stopped  State = "stopped" // it has ended for good, for the reason that Why gives
)

// PeerStatus is another node as its area shows it.
type PeerStatus struct {
	Node    int       `json:"node"`
	Alive   bool      `json:"alive"`             // its head has moved within three refreshes
	Seen    time.Time `json:"lastSeen,omitzero"` // when it moved last
	Lives   uint64    `json:"restarts"`
	Damaged uint64    `json:"damagedHeads"`
	Lost    uint64    `json:"lostSlots"`
	Replays uint64    `json:"replays"`
}

// IO is what one kind of I/O has come to.
type IO struct {
	Calls     uint64 `json:"calls"`
	Bytes     uint64 `json:"bytes"`
	Errors    uint64 `json:"errors"`
	MeanUS    int64  `json:"meanUs"`
	LongestUS int64  `json:"longestUs"`
	Failed    string `json:"failed,omitempty"` // the last call's error
}

// Counters count since the start.
type Counters struct {
	FramesOut   uint64 `json:"framesOut"`
	FramesIn    uint64 `json:"framesIn"`
	BytesOut    uint64 `json:"bytesOut"`
	BytesIn     uint64 `json:"bytesIn"`
	StaleOut    uint64 `json:"staleOut"`    // dropped before they were written: too old
	StaleIn     uint64 `json:"staleIn"`     // slots dropped after they were read: this node had not looked for too long
	Refused     uint64 `json:"refused"`     // neither Corosync's port nor the right addresses
	Overflow    uint64 `json:"overflow"`    // more than may wait, or than may be sent in a second
	Undelivered uint64 `json:"undelivered"` // the TUN device did not take them
	Lost        uint64 `json:"lost"`        // slots that were overwritten or damaged before they were read
	Damaged     uint64 `json:"damaged"`     // heads
	Replays     uint64 `json:"replays"`
	Healed      uint64 `json:"healed"` // this node's own head
	Strangers   uint64 `json:"strangers"`
	RingReads   uint64 `json:"ringReads"`
}

type counters struct {
	framesOut, framesIn, bytesOut, bytesIn, staleOut, staleIn, refused, overflow, undelivered, lost, damaged, replays, healed, strangers, ringReads atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		FramesOut: c.framesOut.Load(), FramesIn: c.framesIn.Load(), BytesOut: c.bytesOut.Load(), BytesIn: c.bytesIn.Load(), StaleOut: c.staleOut.Load(),
		StaleIn: c.staleIn.Load(), Refused: c.refused.Load(), Overflow: c.overflow.Load(), Undelivered: c.undelivered.Load(), Lost: c.lost.Load(),
		Damaged: c.damaged.Load(), Replays: c.replays.Load(), Healed: c.healed.Load(), Strangers: c.strangers.Load(), RingReads: c.ringReads.Load(),
	}
}

// peerCounters are guarded by the reader's mutex.
type peerCounters struct{ lives, damaged, lost, replays uint64 }

// Print writes the Status for people who read JSON.
func (s Status) Print(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}
