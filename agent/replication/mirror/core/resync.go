package core

import (
	"fmt"
	"slices"
	"time"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

const resyncBatch = 32 // pieces that are flushed together

// resync copies what is dirty to the target, while the application writes.
type resync struct {
	cursor  int
	copying map[int]uint64 // pieces on their way, with the sequence of their frame; no write begins there
	copied  []int          // pieces that the target has, and has not flushed
	bad     map[int]bool   // pieces that cannot be read here
	since   time.Duration  // when the first of copied was there
	flushes bool
	ending  bool
}

// copies says whether a piece is on its way.
func (r *resync) copies() bool { return r != nil && len(r.copying) > 0 }

// locks says whether a piece of the volume is on its way.
func (r *resync) locks(first, end int) bool {
	if r == nil || len(r.copying) == 0 {
		return false
	}
	for bit := first; bit < end; bit++ {
		if _, ok := r.copying[bit]; ok {
			return true
		}
	}
	return false
}

// fromTarget takes what a Secondary sends to this Primary.
func (c *Core) fromTarget(f wire.Frame) error {
	switch f.Type {
	case wire.Bits:
		if c.mode == Alone && c.keeps(TargetBits) {
			return c.store.bitmap.Merge(int(min(f.Sequence, format.MaxBits)), f.Payload)
		}
	case wire.Ready:
		c.peerReady()
	case wire.Promoted:
		if c.mode == Suspended && !c.set.parting {
			c.changeSuper(lead, c.inSession(c.paired))
		}
	case wire.Promote:
		c.halt(ErrSuperseded) // under a newer term: this promotion, still waiting for the peer, is void
	case wire.Written:
		c.written(f.Sequence)
	case wire.Flushed:
		c.flushed(f.Sequence)
	case wire.SyncEnded:
		c.syncEnded()
	case wire.Detached:
		c.noted()
	case wire.Fetched:
		c.fetched(f)
	case wire.Compared:
		return c.digested(f)
	default:
		return fmt.Errorf("%w: %s from a Secondary", wire.ErrFrame, f.Type)
	}
	return nil
}

// peerReady begins the resync, once the meeting is noted and all that is to be copied is dirty on the disk.
func (c *Core) peerReady() {
	if c.mode != Alone {
		return
	}
	if c.link.verdict.full {
		c.store.bitmap.SetAll()
	}
	c.changeSuper(lead, c.inSession(c.beginSync))
}

// lead notes a meeting on the Primary's side. The peer has noted it already.
func lead(s *format.Super) {
	s.Meetings++
	s.Led = true
}

func (c *Core) beginSync() {
	c.mode = Syncing
	c.link.base = c.app.sequence
	c.sync = &resync{copying: map[int]uint64{}, bad: map[int]bool{}}
	c.flush(func() {}) // the target learns where the session's sequences begin
	c.pace.begin(c)
	c.tellPace()
	c.pump()
}

// syncMore sends further pieces, flushes those that are there, and ends the resync.
func (c *Core) syncMore() {
	r := c.sync
	if r == nil || r.ending {
		return
	}
	more := true
	for more && len(r.copied) < 2*resyncBatch && c.mayCopy() {
		bit := c.nextDirty()
		if more = bit >= 0; more {
			c.copyPiece(bit)
		}
	}
	switch {
	case len(r.copied) >= resyncBatch, len(r.copied) > 0 && ((!more && len(r.copying) == 0) || c.now-r.since >= judging):
		c.flushCopied()
	case len(r.copied) == 0 && len(r.copying) == 0 && !c.store.bitmap.Any():
		c.endSync()
	}
}

// nextDirty is the next piece that can be copied now: not on its way already, and without a write in flight.
func (c *Core) nextDirty() int {
	r := c.sync
	for range 2 {
		for bit := c.store.bitmap.Next(r.cursor); bit >= 0; bit = c.store.bitmap.Next(bit + 1) {
			if !r.locks(bit, bit+1) && !r.bad[bit] && !slices.Contains(r.copied, bit) && (!c.inFlight(bit) || !c.keeps(ResyncLocked)) {
				r.cursor = bit
				return bit
			}
		}
		r.cursor = 0
	}
	return -1
}

func (c *Core) inFlight(bit int) bool {
	return slices.ContainsFunc(c.app.flight, func(w *request) bool {
		first, end := c.bits(w)
		return bit >= first && bit < end
	})
}

// copyPiece reads a piece and sends it. One that cannot be read stays dirty: the target is never given something else for it.
func (c *Core) copyPiece(bit int) {
	r, g := c.sync, c.store.super.Geometry
	offset := int64(bit) * g.Bit
	length := min(g.Bit, g.Size-offset)
	r.copying[bit] = 0
	c.pace.spend(length)
	session := c.link.session
	c.read(ReadResync, c.dataOffset(offset), length, func(data []byte, err error) {
		if c.link.session != session {
			return
		}
		if err != nil && c.keeps(BadBlockStays) {
			delete(r.copying, bit)
			r.bad[bit] = true
			c.emit(BadBlock{offset})
			c.pump()
			return
		}
		if err != nil {
			data = make([]byte, length)
		}
		c.app.sequence++
		r.copying[bit] = c.app.sequence
		c.replicate(wire.Resync, c.app.sequence, offset, length, data)
	})
}

// written is the target's word that it has a piece.
func (r *resync) written(c *Core, sequence uint64) {
	if r == nil {
		return
	}
	for bit, s := range r.copying {
		if s == sequence {
			delete(r.copying, bit)
			if len(r.copied) == 0 {
				r.since = c.now
			}
			r.copied = append(r.copied, bit)
			c.pace.moved += uint64(c.store.super.Geometry.Bit)
			if !c.keeps(BitmapAfterFlush) {
				c.store.bitmap.Clear(bit)
			}
			break
		}
	}
	c.pump()
}

// flushCopied makes the copied pieces durable, on this side too, and only then are they clean.
func (c *Core) flushCopied() {
	r := c.sync
	if r.flushes {
		return
	}
	r.flushes = true
	n := len(r.copied) // others may come meanwhile
	clean := c.inSession(func() {
		for _, bit := range r.copied[:n] {
			c.store.bitmap.Clear(bit)
		}
		r.copied, r.flushes, r.since = slices.Clone(r.copied[n:]), false, c.now
		c.syncMore()
	})
	if !c.keeps(BitmapAfterFlush) {
		clean()
		return
	}
	c.flush(clean)
}

// endSync tells the target that it has everything, once this side's disk says so.
func (c *Core) endSync() {
	c.sync.ending = true
	if !c.keeps(IncludeAfterEnd) && c.set.asking == 0 {
		c.ask(Include)
	}
	s := c.store.super
	s.Join()
	end := wire.Generations{Current: s.Current, Past: s.Past}
	c.commit(c.inSession(func() { c.send(0, wire.Frame{Type: wire.SyncEnd, Payload: end.Encode()}) }))
}

func (c *Core) syncEnded() {
	if c.sync != nil && c.sync.ending {
		c.changeSuper((*format.Super).Join, c.inSession(c.paired))
	}
}
