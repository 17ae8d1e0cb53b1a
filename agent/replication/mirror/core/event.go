package core

import (
	"time"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// Event is something that has happened. Events are handed to Handle one after the other.
type Event interface{ event() }

// Events.
type (
	// DiskDone ends a DiskRead, DiskWrite, DiskDiscard or DiskFlush. Each ends once.
	DiskDone struct {
		Op   uint64
		Data []byte
		Err  error
	}
	// Linked: all connections to the peer stand. Numbers are never used twice; a new link ends the one before it.
	Linked struct{ Link uint64 }
	// Unlinked: the link is gone.
	Unlinked struct{ Link uint64 }
	// Received is a frame from the peer. Frames of one connection keep their order, others do not.
	Received struct {
		Link  uint64
		Frame wire.Frame
	}
	// Tick tells the time, by a clock that never goes back; several times a second.
	Tick struct{ Now time.Duration }
	// Answered ends an Ask.
	Answered struct {
		Ask     uint64
		Outcome Outcome
		Set     InSync // as it is now, where it is Done
		Reason  error  // where it is Denied
	}
	// Promote and Demote are the cluster's orders. Despite is a person's: the state of these data that is known and overridden.
	Promote struct{ Despite format.State }
	Demote  struct{}
	// Verify is an order to compare both sides.
	Verify struct{}
	// FirstSync is a person's order: this side's data are the first that count; Same: the peer's are the same, nothing is to be copied.
	FirstSync struct{ Same bool }
	// Hold is a person's wish that no resync goes on, or that it does; Limit bounds it, in bytes per second, and 0 gives it back to Rate.
	Hold  struct{ On bool }
	Limit struct{ Rate int64 }
	// Invalidate is a person's order: this side's data are given up, and it gets everything anew.
	Invalidate struct{}
	// Request is what an application wants of a volume that is Primary.
	Request struct {
		ID     uint64
		Kind   Kind
		Offset int64
		Length int64  // of a read or discard
		Data   []byte // of a write; may change as soon as Handle has returned, unless Own
		Own    bool   // nobody else has Data
		FUA    bool   // a write is durable before it is acknowledged
	}
)

// Kind is what is asked of the volume.
type Kind uint8

// The kinds.
const (
	Read Kind = iota + 1
	Write
	Flush
	Discard // what is there is zeroes from now on, and need not take room
)

// Outcome is how an Ask has ended.
type Outcome uint8

// The outcomes.
const (
	Done    Outcome = iota + 1
	Unknown         // no quorum, no fencing, no answer: it may have been done, and may not
	Denied          // the set does not allow it, and will not by itself
)

// Effect is something that a core wants done. What comes of it is an event.
type Effect interface{ effect() }

// Effects.
type (
	// DiskRead, DiskWrite and DiskFlush are started at once and end in any order. A flush covers the writes that had ended when it was
	// started, no others.
	DiskRead struct {
		Op     uint64
		Name   Op
		Offset int64
		Length int64
	}
	DiskWrite struct {
		Op     uint64
		Name   Op
		Offset int64
		Data   []byte // not changed any more
	}
	// DiskDiscard is as a DiskWrite of zeroes; a disk that cannot guarantee them otherwise writes them.
	DiskDiscard struct {
		Op     uint64
		Name   Op
		Offset int64
		Length int64
	}
	DiskFlush struct {
		Op   uint64
		Name Op
	}
	// Send sends a frame on one of the link's connections: 0 for control, others for data.
	Send struct {
		Link       uint64
		Connection int
		Frame      wire.Frame
	}
	// Drop closes the link. A new one is tried after a while.
	Drop struct{ Link uint64 }
	// Ask changes the in-sync set, see InSync.Change. One is under way at a time.
	Ask struct {
		ID     uint64
		Change Change
	}
	// Reply ends a Request.
	Reply struct {
		ID   uint64
		Data []byte
		Err  error
	}
	// Granted and Refused end a Promote, Ceded a Demote.
	Granted struct{ Term uint64 }
	Refused struct{ Err error }
	Ceded   struct{}
	// Begun ends a FirstSync, Invalidated an Invalidate; Err is why it is refused, or how far it did not come.
	Begun       struct{ Err error }
	Invalidated struct{ Err error }
	// Rejected: the two sides met and do not work together.
	Rejected struct{ Err error }
	// BadBlock: a piece of the volume cannot be read here, so the peer will not get it.
	BadBlock struct{ Offset int64 }
	// Detached: this side's disk has failed, and it goes on as Primary with the peer's.
	Detached struct{ Err error }
	// Verified ends a Verify: bytes of pieces that differ, which are dirty now.
	Verified struct {
		Different int64
		Err       error
	}
	// Halted: nothing more comes. The program ends; what was asked and not answered stays unanswered.
	Halted struct{ Err error }
)

func (DiskDone) event() {}
func (Linked) event()   {}
func (Unlinked) event() {}
func (Received) event() {}
func (Tick) event()     {}
func (Answered) event() {}
func (Promote) event()  {}
func (Demote) event()   {}
func (Verify) event()   {}
func (Request) event()  {}

func (FirstSync) event()  {}
func (Hold) event()       {}
func (Limit) event()      {}
func (Invalidate) event() {}

func (DiskRead) effect()  {}
func (DiskWrite) effect() {}
func (DiskFlush) effect() {}
func (Send) effect()      {}
func (Drop) effect()      {}
func (Ask) effect()       {}
func (Reply) effect()     {}
func (Granted) effect()   {}
func (Refused) effect()   {}
func (Ceded) effect()     {}
func (Begun) effect()     {}
func (Rejected) effect()  {}
func (BadBlock) effect()  {}
func (Detached) effect()  {}
func (Verified) effect()  {}
func (Halted) effect()    {}

func (DiskDiscard) effect() {}

func (Invalidated) effect() {}

// Op names an operation of the disk, so that each can be made to fail.
type Op uint8

// The operations.
const (
	ReadMetadata Op = iota + 1
	WriteSuperFirst
	FlushSuperFirst
	WriteSuperSecond
	FlushSuperSecond
	WriteLog
	WriteBitmap
	FlushMetadata
	ReadData
	WriteData
	FlushData
	ReadResync
	WriteResync
	WritePeer
	FlushPeer
	FetchPeer
	ReadVerify
	DiscardData
	DiscardPeer
	lastOp = DiscardPeer
)

// Ops are all of them.
func Ops() []Op {
	var all []Op
	for o := ReadMetadata; o <= lastOp; o++ {
		all = append(all, o)
	}
	return all
}

var opNames = [...]string{
	"?", "read metadata", "write superblock 0", "flush superblock 0", "write superblock 1", "flush superblock 1", "write activity log",
	"write bitmap", "flush metadata", "read data", "write data", "flush data", "read for resync", "write of resync", "write for the peer",
	"flush for the peer", "read for the peer", "read for a verification", "discard data", "discard for the peer",
}

func (o Op) String() string { return opNames[o] }
