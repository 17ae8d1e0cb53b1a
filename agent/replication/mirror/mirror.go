// Package mirror binds the state machine of a replicated volume to the world: what a side needs of it, as small interfaces. The daemon and
// the simulation implement them; the decisions are in core, the bytes in format and wire.
//
// insync keeps the in-sync set in the CIB, volume is the driver. Nothing offers it yet.
package mirror

import (
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

// Disk is the device under one side. Its methods start an operation and return; each ends with one core.DiskDone. A write is in the disk's
// cache when it has ended; a flush makes durable the writes that had ended before it was started.
type Disk interface {
	Read(core.DiskRead)
	Write(core.DiskWrite)
	// Discard makes zeroes of a piece, as a write of them would.
	Discard(core.DiskDiscard)
	Flush(core.DiskFlush)
}

// Transport is the link to the peer: several connections that stand and fall together. It comes with core.Linked, frames with
// core.Received, its end with core.Unlinked.
type Transport interface {
	// Send keeps the order of frames of one connection, drops them all where the link is gone, and never waits.
	Send(link uint64, connection int, f wire.Frame)
	// Close ends a link. After a while a new one is tried.
	Close(link uint64)
}

// Cluster keeps the in-sync set, in the CIB, and says what it wants of this side.
type Cluster interface {
	// Change carries out a change of the set: fencing first where the peer is not in this quorate partition, then compare and set. It
	// ends with one core.Answered.
	Change(id uint64, c core.Change)
	// Granted and Refused answer core.Promote, Ceded answers core.Demote.
	Granted(term uint64)
	Refused(reason error)
	Ceded()
	// Begun answers core.FirstSync, Invalidated core.Invalidate; the error is why it is refused.
	Begun(err error)
	Invalidated(err error)
}

// FrontEnd is what the application's requests come from, as core.Request.
type FrontEnd interface {
	Reply(id uint64, data []byte, err error)
}

// Watcher is told what a person should know.
type Watcher interface {
	Rejected(peer error)
	BadBlock(offset int64)
	// Detached: this side goes on with the peer's disk, the only one that is left.
	Detached(reason error)
	// Verified: a verification has ended, or could not begin. So many bytes are in pieces that differ.
	Verified(different int64, err error)
	// Halted: the process ends, and is started again by whoever watches over it.
	Halted(reason error)
}

// World is all of it. No method waits, and none calls the core back.
type World interface {
	Disk
	Transport
	Cluster
	FrontEnd
	Watcher
}

// Carry carries out what a core wants, in its order.
func Carry(w World, effects []core.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case core.DiskRead:
			w.Read(e)
		case core.DiskWrite:
			w.Write(e)
		case core.DiskDiscard:
			w.Discard(e)
		case core.DiskFlush:
			w.Flush(e)
		case core.Send:
			w.Send(e.Link, e.Connection, e.Frame)
		case core.Drop:
			w.Close(e.Link)
		case core.Ask:
			w.Change(e.ID, e.Change)
		case core.Reply:
			w.Reply(e.ID, e.Data, e.Err)
		case core.Granted:
			w.Granted(e.Term)
		case core.Refused:
			w.Refused(e.Err)
		case core.Ceded:
			w.Ceded()
		case core.Begun:
			w.Begun(e.Err)
		case core.Invalidated:
			w.Invalidated(e.Err)
		case core.Rejected:
			w.Rejected(e.Err)
		case core.BadBlock:
			w.BadBlock(e.Offset)
		case core.Detached:
			w.Detached(e.Err)
		case core.Verified:
			w.Verified(e.Different, e.Err)
		case core.Halted:
			w.Halted(e.Err)
		}
	}
}
