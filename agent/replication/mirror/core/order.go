package core

import (
	"errors"
	"fmt"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// What a person orders of the data themselves: which count first, which are given up, which are used although they should not be. The set
// is told before the disk, so that an order that was broken off can be given again, and never leaves a member without data.

// first is a first sync that was ordered and has not ended.
type first struct {
	same bool // nothing is to be copied: the peer notes that it has the same
	told bool // it has
}

// unwritten says whether a side's data have never been anybody's: no promotion, no meeting with one that was promoted.
func unwritten(s format.Super) bool {
	return s.Term == 0 && s.Meetings == 0 && s.Base == 0 && !s.Active
}

// firstSync makes this side's data the first that count. What is in sync already, or is being copied from here, stays as it is.
func (c *Core) firstSync(equal bool) {
	if c.joined() || (c.mode == Met && c.link.verdict.order == same && !unwritten(c.store.super)) {
		c.emit(Begun{})
		return
	}
	if err := c.unready(equal); err != nil {
		c.emit(Begun{err})
		return
	}
	if c.link.own != nil && c.link.session == 0 {
		c.dropLink() // what the peer has been told will not be true any more
	}
	c.first = &first{same: equal}
	c.ask(Begin)
}

func (c *Core) unready(equal bool) error {
	order := c.link.verdict.order
	switch {
	case c.busy() || c.primary():
		return ErrNotReady
	case c.keeps(BeginOnce) && (c.mode == Target || !unwritten(c.store.super)):
		return ErrBegun
	case equal && c.mode != Met:
		return ErrNoPeer
	case c.keeps(BeginOnce) && equal && order != blank && c.link.theirs.Current != 0 && c.link.theirs.Current != c.store.super.Current:
		return ErrNoPeer
	}
	return nil
}

// begun: the set says that this side's data count, or, the second time, that the peer's do too.
func (c *Core) begun(a Answered) {
	switch {
	case c.first == nil: // the peer was lost meanwhile
	case c.mode != Apart && c.mode != Met:
		c.endFirst(ErrBegun)
	case a.Outcome == Denied && c.keeps(BeginOnce):
		c.endFirst(a.Reason)
	case a.Outcome == Unknown:
		c.endFirst(ErrUnanswered)
	case c.first.told:
		c.endFirst(nil)
		c.dropLink() // they meet again as two that have the same
	default:
		c.count(c.generation(), c.counted)
	}
}

// count gives this side's data a generation, unless they have one.
func (c *Core) count(g format.Generation, then func()) {
	c.settling = true
	c.changeSuper(func(s *format.Super) {
		if s.Current == 0 || !c.keeps(BeginOnce) {
			s.Current = g
		}
		s.State, s.Source = format.Consistent, 0
	}, func() {
		c.settling = false
		then()
		c.greet()
	})
}

func (c *Core) counted() {
	switch {
	case c.first == nil: // the peer was lost meanwhile: the order can be given again
	case c.first.same:
		g := wire.Generations{Current: c.store.super.Current}
		c.send(0, wire.Frame{Type: wire.Equal, Payload: g.Encode()})
	default:
		c.endFirst(nil)
		c.dropLink() // what the peer knows of this side is not true any more
	}
}

// equal is the peer's word that both have the same. It is taken by a side on which nothing ever was.
func (c *Core) equal(payload []byte) error {
	g, err := wire.DecodeGenerations(payload)
	s := c.store.super
	switch {
	case err != nil:
		return err
	case c.mode != Met || c.busy():
		c.dropLink() // not now: the order can be given again
		return nil
	case c.keeps(BeginOnce) && (!unwritten(s) || (s.Current != 0 && s.Current != g.Current)):
		return ErrBegun
	}
	c.count(g.Current, c.inSession(func() { c.send(0, wire.Frame{Type: wire.Equalled}) }))
	return nil
}

func (c *Core) equalled() {
	if c.first != nil && c.first.same && !c.first.told && c.set.asking == 0 {
		c.first.told = true
		c.ask(Begin)
	}
}

// peerGone ends a first sync that needs the peer.
func (c *Core) peerGone() {
	if c.first != nil && c.first.same {
		c.endFirst(ErrNoPeer)
	}
}

func (c *Core) endFirst(err error) {
	if c.first != nil {
		c.first = nil
		c.emit(Begun{err})
	}
}

// invalidate gives this side's data up.
func (c *Core) invalidate() {
	if err := c.unsourced(); err != nil {
		c.emit(Invalidated{err})
		return
	}
	if !c.keeps(GiveUpFirst) {
		c.void(func() { c.emit(Invalidated{}) })
		return
	}
	c.set.giving = true
	c.ask(GiveUp)
}

// unsourced says why this side's data cannot be given up. The peer has the same or newer ones, as far as this side can see, or others, so that
// a person has to choose; the set has the last word.
func (c *Core) unsourced() error {
	switch {
	case c.primary():
		return ErrPrimary
	case c.busy():
		return ErrNotReady
	case c.mode == Target:
		return nil
	case c.mode == Met && (c.link.verdict.order == same || c.link.verdict.order == behind):
		return nil
	case c.mode == Apart && c.apart != nil && !errors.Is(c.apart, ErrKey) && !errors.Is(c.apart, ErrNoData):
		return nil
	}
	return ErrNoSource
}

func (c *Core) gaveUp(a Answered) {
	c.set.giving = false
	switch a.Outcome {
	case Done:
		c.void(func() { c.emit(Invalidated{}) })
		return
	case Denied:
		c.emit(Invalidated{fmt.Errorf("%w: %w", ErrNoSource, a.Reason)})
	default:
		c.emit(Invalidated{ErrUnanswered})
	}
	c.greet()
}

// void notes that there are no data here. The peer, which may be Primary, sees this side leave, and will copy everything.
func (c *Core) void(then func()) {
	c.settling = true
	c.dropLink()
	c.changeSuper(func(s *format.Super) {
		s.State, s.Current, s.Base, s.Source, s.Past = format.Inconsistent, 0, 0, 0, [format.PastGenerations]format.Generation{}
	}, func() {
		c.settling = false
		then()
		c.greet()
	})
}

// overrule makes of data that should not be used those that are. What they lack nobody can tell any more: so a new line of meetings begins,
// and a peer of an earlier one that has data is refused until a person gives them up. Its number is the promotion's, which the set gives: this
// side may know nothing of a line that the other has begun.
func (c *Core) overrule(s *format.Super) {
	s.State, s.Source, s.Base = format.Consistent, 0, 0
	if s.Current == 0 {
		s.Current = c.generation()
	}
	s.Meetings, s.Led = s.Term<<lineBits, false
}
