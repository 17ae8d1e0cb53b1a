package core

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"hawser/agent/replication/mirror/wire"
)

// application is what is under way for the application on a Primary.
type application struct {
	queue      []*request // not begun, in the order of their coming
	flight     []*request // writes that have begun and are not acknowledged
	barriers   []*barrier // flushes that have begun
	sequence   uint64     // of the newest write or block of a resync
	confirmed  uint64     // up to here both sides have flushed everything
	makingRoom bool

	reads           []*request // that have begun
	sequenceOfReads uint64

	// unconfirmed are the dirty bits of what was sent to the peer and not flushed there since, with their newest sequence.
	unconfirmed map[int]uint64
}

// request is a Request under way.
type request struct {
	Request
	sequence uint64
	came     time.Duration
	pieces   uint64 // of a resync that had begun when it came
	beside   bool   // one of them was on its way
	then     func() // instead of a Reply
	since    time.Duration
	local    bool // on this side's disk
	remote   bool // on the peer's
	peer     bool // the peer's counts
	extents  []*extent
}

// barrier is a flush of everything up to a sequence.
type barrier struct {
	sequence uint64
	since    time.Duration
	issued   bool
	local    bool
	remote   bool
	peer     bool
	then     func()
}

// size is how many bytes are read or changed.
func (w *request) size() int64 {
	if w.Kind == Write {
		return int64(len(w.Data))
	}
	return w.Length
}

// changes says whether it is a write, or a discard, which is ordered and logged as one.
func (w *request) changes() bool { return w.Kind == Write || w.Kind == Discard }

func (w *request) span() (from, to int64) { return w.Offset, w.Offset + w.size() }

func overlap(a, b *request) bool {
	aFrom, aTo := a.span()
	bFrom, bTo := b.span()
	return aFrom < bTo && bFrom < aTo
}

func (c *Core) request(r Request) {
	if err := c.refuses(r); err != nil {
		c.emit(Reply{ID: r.ID, Err: err})
		return
	}
	if !r.Own && c.keeps(PrivateCopy) {
		r.Data = slices.Clone(r.Data)
	}
	if r.Kind == Discard {
		c.discard(r)
	} else {
		c.queue(&request{Request: r})
	}
	c.pump()
}

func (c *Core) queue(r *request) {
	r.came, r.pieces, r.beside = c.now, c.pace.pieces, c.sync.copies()
	c.app.queue = append(c.app.queue, r)
}

// discards is how many parts of one discard are under way at once.
const discards = 16

// discard asks for the extents of a discard one after the other: all of them at once might not fit into the log.
func (c *Core) discard(r Request) {
	extent, at, end := c.store.super.Geometry.Extent, r.Offset, r.Offset+r.Length
	under := 0
	var next func()
	next = func() {
		for ; at < end && under < discards; under++ {
			to := min(end, (at/extent+1)*extent)
			c.queue(&request{Request: Request{ID: r.ID, Kind: Discard, Offset: at, Length: to - at}, then: func() {
				under--
				next()
			}})
			at = to
		}
		if under == 0 {
			c.emit(Reply{ID: r.ID})
		}
	}
	next()
}

func (c *Core) refuses(r Request) error {
	length := (&request{Request: r}).size()
	switch {
	case !c.primary() || c.set.demoting:
		return ErrNotPrimary
	case r.Kind != Flush && (!c.inside(r.Offset, length) || (r.Kind != Discard && length > wire.MaxPayload)):
		return ErrRange
	}
	return nil
}

// inside says whether a piece lies in the volume and on the borders of sectors.
func (c *Core) inside(offset, length int64) bool {
	size := c.store.super.Geometry.Size
	return offset >= 0 && length > 0 && length <= size && offset <= size-length && offset%512 == 0 && length%512 == 0
}

// pump begins whatever may begin. It is called after every change that somebody may wait for.
func (c *Core) pump() {
	if !c.open() {
		return
	}
	c.syncMore() // first, or a piece that is written without a pause would never be copied
	c.verifyMore()
	waiting := c.app.queue
	c.app.queue = nil
	var held []*request
	head := true
	for _, r := range waiting {
		if r.changes() {
			if c.collides(r, held) || !c.covered(r, head) {
				held = append(held, r)
				head = false
				continue
			}
		}
		c.begin(r)
	}
	c.app.queue = append(held, c.app.queue...)
	c.ceding()
}

func (c *Core) begin(r *request) {
	switch r.Kind {
	case Write, Discard:
		c.beginWrite(r)
	case Flush:
		c.flush(func() { c.emit(Reply{ID: r.ID}) })
	case Read:
		c.beginRead(r)
	}
}

func (c *Core) beginRead(r *request) {
	c.app.reads = append(c.app.reads, r)
	if c.mode == Remote {
		c.sendFetch(r)
		return
	}
	c.read(ReadData, c.dataOffset(r.Offset), r.Length, func(data []byte, err error) {
		if err != nil {
			c.fail(fmt.Errorf("%s: %w", ReadData, err))
			return
		}
		c.app.reads = slices.DeleteFunc(c.app.reads, func(o *request) bool { return o == r })
		c.pace.ended(c, r)
		c.emit(Reply{ID: r.ID, Data: data})
		c.ceding()
	})
}

// collides says whether a write has to wait for one that overlaps it, or for a piece that is being copied. Both sides then carry them
// out in the same order, whatever connections they take.
func (c *Core) collides(w *request, earlier []*request) bool {
	over := func(o *request) bool { return overlap(w, o) }
	if c.keeps(OverlapInOrder) && (slices.ContainsFunc(c.app.flight, over) || slices.ContainsFunc(earlier, over)) {
		return true
	}
	first, end := c.bits(w)
	return (c.keeps(ResyncLocked) && c.sync.locks(first, end)) || (c.keeps(VerifyLocked) && c.check.locks(first, end))
}

func (c *Core) bits(w *request) (first, end int) {
	return c.store.super.Geometry.Span(w.Offset, w.size())
}

// covered says whether the disk tells that the sides may differ where the write goes: the activity log while there is a peer, the dirty
// bitmap while there is none.
func (c *Core) covered(w *request, head bool) bool {
	switch {
	case c.mode == Remote:
		return true // the peer alone has everything, and its disk says so
	case w.Kind == Discard && !c.keeps(DiscardLogged):
		return true
	case c.joined():
		return c.logged(w, head)
	}
	if !c.keeps(DirtyBeforeWrite) {
		return true
	}
	c.store.bitmap.SetSpan(w.Offset, w.size())
	for bit, end := c.bits(w); bit < end; bit++ {
		if !c.store.durable.Test(bit) {
			c.commitSoon()
			return false
		}
	}
	return true
}

func (c *Core) beginWrite(w *request) {
	c.app.sequence++
	w.sequence, w.since = c.app.sequence, c.now
	c.app.flight = append(c.app.flight, w)
	if c.joined() {
		c.use(w)
		w.peer = c.keeps(AckOfBoth)
		switch {
		case w.Kind == Write:
			c.replicate(wire.Write, w.sequence, w.Offset, w.size(), w.Data)
		case c.keeps(DiscardBoth):
			c.replicate(wire.Discard, w.sequence, w.Offset, w.size(), binary.LittleEndian.AppendUint32(nil, uint32(w.size())))
		default:
			w.remote = true
		}
	}
	if c.mode == Remote {
		w.local = true
		return
	}
	written := func() {
		w.local = true
		c.advance()
		c.settle(w)
	}
	if w.Kind == Discard {
		c.discardDisk(DiscardData, c.dataOffset(w.Offset), w.Length, written)
		return
	}
	c.write(WriteData, c.dataOffset(w.Offset), w.Data, written)
}

// replicate sends data to the peer. From now on it may or may not have them, until it confirms a flush.
func (c *Core) replicate(what wire.Type, sequence uint64, offset, length int64, payload []byte) {
	first, end := c.store.super.Geometry.Span(offset, length)
	for bit := first; bit < end; bit++ {
		c.app.unconfirmed[bit] = sequence
	}
	connection := 1 + int(sequence%uint64(c.cfg.Data))
	c.send(connection, wire.Frame{Type: what, Sequence: sequence, Offset: offset, Payload: payload})
}

// settle ends a write that both sides have.
func (c *Core) settle(w *request) {
	i := slices.Index(c.app.flight, w)
	if i < 0 || !w.local || (w.peer && !w.remote) || !c.open() {
		return
	}
	c.app.flight = slices.Delete(c.app.flight, i, i+1)
	for _, e := range w.extents {
		e.users--
	}
	c.pace.ended(c, w)
	switch {
	case w.then != nil:
		w.then()
	case w.FUA:
		c.flush(func() { c.emit(Reply{ID: w.ID}) })
	default:
		c.emit(Reply{ID: w.ID})
	}
	c.pump()
}

// written is the peer's word that it has a write.
func (c *Core) written(sequence uint64) {
	if i := slices.IndexFunc(c.app.flight, func(w *request) bool { return w.sequence == sequence }); i >= 0 {
		c.app.flight[i].remote = true
		c.settle(c.app.flight[i])
		return
	}
	c.sync.written(c, sequence)
}

// flush makes durable what has begun before it, on both sides, and then calls then.
func (c *Core) flush(then func()) {
	b := &barrier{sequence: c.app.sequence, since: c.now, then: then}
	if c.joined() && c.keeps(FlushOfBoth) {
		b.peer = true
		c.send(0, wire.Frame{Type: wire.Flush, Sequence: b.sequence, Offset: int64(c.link.base)})
	}
	c.app.barriers = append(c.app.barriers, b)
	c.advance()
}

// advance begins flushes of this side's disk that have waited for writes before them, and ends those that are through.
func (c *Core) advance() {
	for _, b := range c.app.barriers {
		if c.mode == Remote {
			b.issued, b.local = true, true
		}
		waits := func(w *request) bool { return w.sequence <= b.sequence && !w.local }
		if b.issued || slices.ContainsFunc(c.app.flight, waits) {
			continue
		}
		b.issued = true
		c.flushDisk(FlushData, func() {
			b.local = true
			c.ended(b)
		})
	}
}

func (c *Core) ended(b *barrier) {
	i := slices.Index(c.app.barriers, b)
	if i < 0 || !b.local || (b.peer && !b.remote) || !c.open() {
		return
	}
	c.app.barriers = slices.Delete(c.app.barriers, i, i+1)
	c.app.confirmed = max(c.app.confirmed, b.sequence)
	b.then()
	c.pump()
}

// flushed is the peer's word that all up to a sequence is durable there.
func (c *Core) flushed(sequence uint64) {
	for bit, newest := range c.app.unconfirmed {
		if newest <= sequence {
			delete(c.app.unconfirmed, bit)
		}
	}
	for _, b := range slices.Clone(c.app.barriers) {
		if b.sequence <= sequence && b.peer {
			b.remote = true
			c.ended(b)
		}
	}
}

// release lets go of the peer: what waits for it alone has waited enough.
func (c *Core) release() {
	for _, w := range c.app.flight {
		w.peer = false
	}
	for _, b := range c.app.barriers {
		b.peer = false
	}
	clear(c.app.unconfirmed)
	c.settleAll()
}

// settleAll ends what has waited for the mode to become one in which something may end.
func (c *Core) settleAll() {
	for _, w := range slices.Clone(c.app.flight) {
		c.settle(w)
	}
	for _, b := range slices.Clone(c.app.barriers) {
		c.ended(b)
	}
	c.pump()
}

// overdue says whether the peer owes an answer for too long.
func (c *Core) overdue() bool {
	late := func(since time.Duration) bool { return c.now-since > c.cfg.Timing.Slow }
	if c.mode == Remote && slices.ContainsFunc(c.app.reads, func(r *request) bool { return late(r.since) }) {
		return true
	}
	return slices.ContainsFunc(c.app.flight, func(w *request) bool { return w.peer && !w.remote && late(w.since) }) ||
		slices.ContainsFunc(c.app.barriers, func(b *barrier) bool { return b.peer && !b.remote && late(b.since) })
}
