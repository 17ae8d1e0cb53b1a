package core

import (
	"encoding/binary"
	"fmt"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// A Primary whose disk fails goes on with its peer's. The set says first that the peer alone has everything; then the peer notes it, in a
// generation of its own; then the application goes on. Whoever is promoted next is the peer. The other order would leave two generations,
// and a member of the set in each, where the set is not changed after all.

// detach gives up this side's disk. What was asked of it is not waited for.
func (c *Core) detach(err error) {
	c.endVerify()
	c.mode = Suspended
	c.store.gone, c.store.waiting = true, nil
	c.set.parting, c.set.included, c.set.lostDisk = true, false, err
	clear(c.ops)
	for _, w := range c.app.flight {
		w.local = true
	}
	for _, b := range c.app.barriers {
		b.issued, b.local = true, true
	}
	if !c.keeps(YieldFirst) {
		c.send(0, wire.Frame{Type: wire.Detach})
		return
	}
	c.set.yielding = true
	c.ask(Yield)
}

func (c *Core) yielded(a Answered) {
	switch {
	case a.Outcome == Done && c.keeps(PeerNotesFailure):
		c.set.yielding = false
		c.send(0, wire.Frame{Type: wire.Detach})
	case a.Outcome == Done:
		c.remote()
	case a.Outcome == Denied:
		c.halt(a.Reason)
	}
}

// survive is the peer's part: it has everything, and from now on it alone.
func (c *Core) survive() error {
	if c.store.super.State != format.Consistent {
		return fmt.Errorf("%w: a Detach in the midst of a resync", wire.ErrFrame)
	}
	next := c.generation()
	c.changeSuper(func(s *format.Super) {
		s.Part(next)
		s.PeerFailed = true
	}, c.inSession(func() { c.send(0, wire.Frame{Type: wire.Detached}) }))
	return nil
}

// noted: the peer's disk says so.
func (c *Core) noted() {
	if c.store.gone && c.mode == Suspended && !c.set.yielding {
		c.remote()
	}
}

// remote goes on: what this side's disk still owed is settled, and what was to be read here is read from the peer.
func (c *Core) remote() {
	c.mode = Remote
	c.set.yielding, c.set.parting = false, false
	c.emit(Detached{c.set.lostDisk})
	for _, r := range c.app.reads {
		c.sendFetch(r)
	}
	c.settleAll()
}

// sendFetch reads from the peer's disk.
func (c *Core) sendFetch(r *request) {
	c.app.sequenceOfReads++
	r.sequence, r.since = c.app.sequenceOfReads, c.now
	length := binary.LittleEndian.AppendUint32(nil, uint32(r.Length))
	c.send(0, wire.Frame{Type: wire.Fetch, Sequence: r.sequence, Offset: r.Offset, Payload: length})
}

// fetch answers a Primary that has no disk.
func (c *Core) fetch(f wire.Frame) error {
	return c.readForPeer(f, func(data []byte) {
		c.send(0, wire.Frame{Type: wire.Fetched, Sequence: f.Sequence, Payload: data})
	})
}

// readForPeer reads what a frame names. An error of this disk is the end of it.
func (c *Core) readForPeer(f wire.Frame, then func([]byte)) error {
	if len(f.Payload) != 4 || binary.LittleEndian.Uint32(f.Payload) > wire.MaxPayload || !c.inside(f.Offset, int64(binary.LittleEndian.Uint32(f.Payload))) {
		return fmt.Errorf("%w: %s at %d", ErrRange, f.Type, f.Offset)
	}
	session := c.link.session
	c.read(FetchPeer, c.dataOffset(f.Offset), int64(binary.LittleEndian.Uint32(f.Payload)), func(data []byte, err error) {
		switch {
		case err != nil:
			c.fail(fmt.Errorf("%s: %w", FetchPeer, err))
		case c.link.session == session:
			then(data)
		}
	})
	return nil
}

func (c *Core) fetched(f wire.Frame) {
	for i, r := range c.app.reads {
		if c.mode == Remote && r.sequence == f.Sequence && int64(len(f.Payload)) == r.Length {
			c.app.reads = append(c.app.reads[:i:i], c.app.reads[i+1:]...)
			c.emit(Reply{ID: r.ID, Data: f.Payload})
			c.ceding()
			return
		}
	}
}
