package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"hawser/agent/replication/mirror/wire"
)

// verifyWindow is how many pieces are compared at once.
const verifyWindow = 4

// ErrBroken is a verification that has not come to its end.
var ErrBroken = errors.New("the verification was broken off: the peer, a disk or the role was lost")

// verification compares both sides, piece by piece, while the application writes. What differs is made dirty, so that it is copied when
// the sides meet the next time; until then both stay as they are, and a person may look.
type verification struct {
	next      int // piece that comes next
	under     map[int]*comparison
	sequence  uint64
	different int64
}

// comparison is a piece under way: no write begins there.
type comparison struct {
	sequence    uint64
	since       time.Duration
	own, theirs []byte
}

// Verifying tells of a verification: bytes that were compared, bytes that differ, and whether it is under way.
func (c *Core) Verifying() (compared, different int64, underway bool) {
	v, g := c.check, c.store.super.Geometry
	if v == nil {
		return 0, 0, false
	}
	return min(int64(v.next-len(v.under))*g.Bit, g.Size), v.different, true
}

// verify is a person's order. One that is under way goes on.
func (c *Core) verify() {
	switch {
	case c.mode != Paired || c.set.demoting:
		c.emit(Verified{Err: ErrNotReady})
	case c.check == nil:
		c.check = &verification{under: map[int]*comparison{}}
		c.pump()
	}
}

// locks says whether a piece of the volume is being compared.
func (v *verification) locks(first, end int) bool {
	if v == nil {
		return false
	}
	for bit := range v.under {
		if bit >= first && bit < end {
			return true
		}
	}
	return false
}

// verifyMore compares further pieces. One with a write in flight is waited for: pump asks here first, so it comes to its turn.
func (c *Core) verifyMore() {
	v := c.check
	if v == nil {
		return
	}
	bits := c.store.super.Geometry.Bits()
	for v.next < bits && len(v.under) < verifyWindow && (!c.inFlight(v.next) || !c.keeps(VerifyLocked)) {
		c.compare(v.next)
		v.next++
	}
	if v.next == bits && len(v.under) == 0 {
		c.check = nil
		c.commit(func() { c.emit(Verified{Different: v.different}) })
	}
}

func (c *Core) compare(bit int) {
	v, g := c.check, c.store.super.Geometry
	offset := int64(bit) * g.Bit
	length := min(g.Bit, g.Size-offset)
	v.sequence++
	p := &comparison{sequence: v.sequence, since: c.now}
	v.under[bit] = p
	c.send(0, wire.Frame{Type: wire.Compare, Sequence: p.sequence, Offset: offset, Payload: binary.LittleEndian.AppendUint32(nil, uint32(length))})
	c.read(ReadVerify, c.dataOffset(offset), length, func(data []byte, err error) {
		switch {
		case c.check != v:
		case err != nil:
			c.fail(fmt.Errorf("%s: %w", ReadVerify, err))
		default:
			sum := sha256.Sum256(data)
			p.own = sum[:]
			c.compared(bit)
		}
	})
}

// digest answers a Compare, on the Secondary.
func (c *Core) digest(f wire.Frame) error {
	return c.readForPeer(f, func(data []byte) {
		sum := sha256.Sum256(data)
		c.send(0, wire.Frame{Type: wire.Compared, Sequence: f.Sequence, Payload: sum[:]})
	})
}

// digested takes the peer's sum.
func (c *Core) digested(f wire.Frame) error {
	if len(f.Payload) != sha256.Size {
		return fmt.Errorf("%w: a sum of %d bytes", wire.ErrFrame, len(f.Payload))
	}
	if c.check == nil {
		return nil // broken off meanwhile
	}
	for bit, p := range c.check.under {
		if p.sequence == f.Sequence {
			p.theirs = f.Payload
			c.compared(bit)
			return nil
		}
	}
	return nil
}

// compared ends the comparison of a piece of which both sums are there.
func (c *Core) compared(bit int) {
	v, g := c.check, c.store.super.Geometry
	p := v.under[bit]
	if p.own == nil || p.theirs == nil {
		return
	}
	delete(v.under, bit)
	if !bytes.Equal(p.own, p.theirs) {
		c.store.bitmap.Set(bit)
		v.different += min(g.Bit, g.Size-int64(bit)*g.Bit)
		c.commitSoon()
	}
	c.pump()
}

// endVerify breaks a verification off.
func (c *Core) endVerify() {
	if c.check != nil {
		c.check = nil
		c.emit(Verified{Err: ErrBroken})
	}
}

// verifyOverdue says whether the peer owes a sum for too long.
func (c *Core) verifyOverdue() bool {
	if c.check == nil {
		return false
	}
	for _, p := range c.check.under {
		if p.theirs == nil && c.now-p.since > c.cfg.Timing.Slow {
			return true
		}
	}
	return false
}
