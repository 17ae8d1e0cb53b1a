package core

import (
	"encoding/binary"
	"fmt"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// target is what is under way on a Secondary for its Primary.
type target struct {
	writing int             // writes on the disk, of whatever session
	low     uint64          // all up to here are on the disk
	written map[uint64]bool // beyond it
	flushes []uint64        // that wait for what was sent before them
}

func (t *target) forget() {
	t.low, t.written, t.flushes = 0, map[uint64]bool{}, nil
}

// become makes this side the target of a Primary. From now on its data are a mixture, and its disk says so before the first block comes.
func (c *Core) become() {
	c.mode = Target
	full := c.link.verdict.full
	c.changeSuper(func(s *format.Super) {
		c.remember(s)
		s.Term = max(s.Term, c.link.theirs.Term)
		follow(s, c.link.theirs.Meetings)
		if !c.keeps(TargetInconsistent) {
			return
		}
		s.State, s.Source = format.Inconsistent, c.link.theirs.Current
		if full {
			s.Current = 0 // no bitmap tells any more what is missing here
		}
	}, c.inSession(c.ready))
}

// follow notes a meeting on the Secondary's side, before the Primary does.
func follow(s *format.Super, leader uint64) { s.Meetings, s.Led = leader+1, false }

// ready tells the Primary what this side may have written alone, and that it may begin.
func (c *Core) ready() {
	m := c.store.bitmap
	for page := range c.store.super.Geometry.Pages() {
		first, end := c.store.super.Geometry.PageSpan(page)
		if bit := m.Next(first); bit >= 0 && bit < end {
			c.send(0, wire.Frame{Type: wire.Bits, Sequence: uint64(page), Payload: m.Page(page)})
		}
	}
	c.send(0, wire.Frame{Type: wire.Ready})
}

// fromPrimary takes what a Primary sends.
func (c *Core) fromPrimary(f wire.Frame) error {
	switch f.Type {
	case wire.Promote:
		return c.promoted(f)
	case wire.Equal:
		return c.equal(f.Payload)
	case wire.Equalled:
		c.equalled()
		return nil
	}
	if c.mode != Target {
		return nil
	}
	switch f.Type {
	case wire.Write:
		return c.apply(WritePeer, f)
	case wire.Resync:
		c.pace.moved += uint64(len(f.Payload))
		return c.apply(WriteResync, f)
	case wire.Discard:
		return c.drop(f)
	case wire.Flush:
		c.target.low = max(c.target.low, uint64(f.Offset))
		c.target.flushes = append(c.target.flushes, f.Sequence)
		c.flushTarget()
	case wire.SyncEnd:
		return c.syncEnd(f.Payload)
	case wire.Detach:
		return c.survive()
	case wire.Fetch:
		return c.fetch(f)
	case wire.Compare:
		return c.digest(f)
	default:
		return fmt.Errorf("%w: %s from a Primary", wire.ErrFrame, f.Type)
	}
	return nil
}

// promoted is the peer's word that it is Primary now: both had the same, so nothing else changes.
func (c *Core) promoted(f wire.Frame) error {
	if c.set.claiming {
		return ErrTwoPrimaries // the set decides between the two
	}
	if c.mode != Met || c.link.verdict.order != same || f.Term <= c.Term() {
		return ErrStalePrimary
	}
	c.endFirst(ErrBegun)
	c.mode = Target
	c.target.low = uint64(f.Offset)
	c.changeSuper(func(s *format.Super) {
		s.Term = f.Term
		follow(s, c.link.theirs.Meetings)
	}, c.inSession(func() { c.send(0, wire.Frame{Type: wire.Promoted}) }))
	return nil
}

// apply writes what the Primary writes. Overlapping writes are never in flight together: the Primary sees to that.
func (c *Core) apply(name Op, f wire.Frame) error {
	if !c.inside(f.Offset, int64(len(f.Payload))) {
		return fmt.Errorf("%w: %s of %d bytes at %d", ErrRange, f.Type, len(f.Payload), f.Offset)
	}
	c.write(name, c.dataOffset(f.Offset), f.Payload, c.applying(f))
	return nil
}

// drop discards what the Primary discards. A part is no larger than an extent.
func (c *Core) drop(f wire.Frame) error {
	if len(f.Payload) != 4 {
		return fmt.Errorf("%w: %s of %d bytes", wire.ErrFrame, f.Type, len(f.Payload))
	}
	length := int64(binary.LittleEndian.Uint32(f.Payload))
	if !c.inside(f.Offset, length) || length > c.store.super.Geometry.Extent {
		return fmt.Errorf("%w: %s of %d bytes at %d", ErrRange, f.Type, length, f.Offset)
	}
	c.discardDisk(DiscardPeer, c.dataOffset(f.Offset), length, c.applying(f))
	return nil
}

// applying counts a change that is on its way to the disk, and returns what follows when it is there.
func (c *Core) applying(f wire.Frame) func() {
	c.target.writing++
	answer := c.inSession(func() {
		c.target.written[f.Sequence] = true
		c.send(0, wire.Frame{Type: wire.Written, Sequence: f.Sequence})
		c.flushTarget()
	})
	return func() {
		c.target.writing--
		answer()
		c.greet() // it may have waited for this
	}
}

// flushTarget begins the flushes for which everything is there. Connections do not keep the order among each other.
func (c *Core) flushTarget() {
	t := &c.target
	for t.written[t.low+1] {
		t.low++
		delete(t.written, t.low)
	}
	var waiting []uint64
	for _, sequence := range t.flushes {
		if sequence > t.low && c.keeps(Barrier) {
			waiting = append(waiting, sequence)
			continue
		}
		c.flushDisk(FlushPeer, c.inSession(func() { c.send(0, wire.Frame{Type: wire.Flushed, Sequence: sequence}) }))
	}
	t.flushes = waiting
}

// syncEnd: this side has everything, and what it knew of differences is over.
func (c *Core) syncEnd(payload []byte) error {
	g, err := wire.DecodeGenerations(payload)
	if err != nil {
		return err
	}
	c.store.bitmap.ClearAll()
	c.store.forgetLog()
	c.changeSuper(func(s *format.Super) {
		s.State, s.Current, s.Base, s.Source, s.Past = format.Consistent, g.Current, 0, 0, g.Past
		s.Active, s.PeerFailed = false, false
	}, c.inSession(func() { c.send(0, wire.Frame{Type: wire.SyncEnded}) }))
	return nil
}
