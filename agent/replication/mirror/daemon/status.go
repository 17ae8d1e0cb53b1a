package daemon

import (
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/internal/fault"
)

// Status is how one side stands. Role, Disk, Connection and Replication are DRBD's words.
type Status struct {
	Name        string    `json:"name"`
	Volume      string    `json:"volume"`
	Side        uint8     `json:"side"`
	Size        int64     `json:"size"`
	Mode        string    `json:"mode"` // of core.Mode
	Role        string    `json:"role"`
	Disk        string    `json:"disk"`
	Connection  string    `json:"connection"`
	Replication string    `json:"replication"`
	Term        uint64    `json:"term"`
	OutOfSync   int64     `json:"out_of_sync"` // bytes that the peer may lack, by the bitmap; on a target, that it lacks itself
	Resync      Resyncing `json:"resync"`
	PeerInSet   bool      `json:"peer_in_set"` // the peer is known to be in the in-sync set
	Copying     bool      `json:"copying"`     // nobody uses the volume here, and the peer gets what it lacks
	Served      bool      `json:"served"`      // a front end is mounted
	Flushes     uint64    `json:"flushes"`     // of this side's device, since the daemon's start
	BadBlocks   []int64   `json:"bad_blocks,omitempty"`
	// Verification is the one that is under way, or the last one.
	Verification *Verification `json:"verification,omitempty"`
	// Unfit is why this side would not be promoted, whatever the in-sync set says.
	Unfit *fault.Error `json:"unfit,omitempty"`
	// Problem is why the sides do not work together, or do not reach each other.
	Problem *fault.Error `json:"problem,omitempty"`
}

// Resyncing is how a resync goes, and what a person wants of it. Rates are bytes per second.
type Resyncing struct {
	Rate    int64 `json:"rate"`              // measured
	Allowed int64 `json:"allowed,omitempty"` // what the application leaves it
	Limit   int64 `json:"limit,omitempty"`
	Paused  bool  `json:"paused"` // here
	ByPeer  bool  `json:"paused_by_peer"`
}

// Verification is how a comparison of both sides goes, or has ended. What differs is copied when the sides meet the next time.
type Verification struct {
	Underway  bool         `json:"underway"`
	Compared  int64        `json:"compared"` // bytes, so far
	Different int64        `json:"different"`
	Problem   *fault.Error `json:"problem,omitempty"` // why it was broken off
}

func (d *Daemon) verification() *Verification {
	compared, different, underway := d.core.Verifying()
	switch {
	case underway:
		return &Verification{Underway: true, Compared: compared, Different: different}
	case d.verified == nil:
		return nil
	case d.verified.Err != nil:
		return &Verification{Problem: told(d.verified.Err)}
	}
	return &Verification{Compared: d.core.Super().Geometry.Size, Different: d.verified.Different}
}

// status is called by the loop.
func (d *Daemon) status() Status {
	s, m := d.core.Super(), d.core.Mode()
	out := Status{
		Name: d.config.Name, Volume: d.config.Volume, Side: d.config.Side, Size: s.Geometry.Size, Mode: m.String(), Role: "Secondary",
		Disk: d.disk(m), Connection: d.connection(m), Replication: "Off", Term: s.Term, PeerInSet: d.core.InSet(), Copying: d.copying, Served: d.front != nil, BadBlocks: d.bad,
		Flushes: d.Flushes(), Verification: d.verification(),
	}
	if m != core.Down {
		out.OutOfSync = min(int64(d.core.Dirty())*s.Geometry.Bit, s.Geometry.Size)
	}
	if m >= core.Suspended && !d.copying && !d.leaving {
		out.Role = "Primary"
	}
	r := d.core.Resync()
	out.Resync = Resyncing{Rate: r.Rate, Allowed: r.Allowed, Limit: r.Limit, Paused: r.Held, ByPeer: r.ByPeer}
	paused := r.Held || r.ByPeer
	switch {
	case m == core.Syncing && paused:
		out.Replication = "PausedSyncS"
	case m == core.Syncing:
		out.Replication = "SyncSource"
	case m == core.Target && s.State == format.Inconsistent:
		out.Replication, out.OutOfSync = "SyncTarget", r.Left
		if paused {
			out.Replication = "PausedSyncT"
		}
	case m == core.Paired, m == core.Remote, m == core.Target, m == core.Met:
		out.Replication = "Established"
	}
	if err := d.core.Unfit(); err != nil {
		out.Unfit = told(err)
	}
	if out.Connection != "Connected" && d.problem != nil {
		out.Problem = told(d.problem)
	}
	return out
}

// disk is what this side's data are worth, as far as it knows.
func (d *Daemon) disk(m core.Mode) string {
	state := d.core.Super().State
	switch {
	case m == core.Down:
		return "Attaching"
	case m == core.Remote:
		return "Failed"
	case m >= core.Suspended, d.core.Alike():
		return "UpToDate"
	}
	return state.String()
}

func inSession(m core.Mode) bool {
	return m == core.Met || m == core.Target || m == core.Syncing || m == core.Paired || m == core.Remote
}

func (d *Daemon) connection(m core.Mode) string {
	switch {
	case inSession(m):
		return "Connected"
	case !d.link.Enabled():
		return "StandAlone"
	}
	return "Connecting"
}

// told is an error as a person may see it.
func told(err error) *fault.Error {
	f := fault.Public(Fault(err))
	if f.Reason == "internal" {
		f = fault.New(fault.Unreachable, "mirror.no_peer", "the peer is not reached: %w", err).With("why", err.Error())
	}
	return f
}
