package sim

import (
	"bytes"
	"encoding/binary"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// record is a write, as the application knows it.
type record struct {
	id      uint64 // what its blocks contain; 0 of a discard
	key     uint64 // of the request; several discards have one content
	node    *node
	fua     bool
	issued  uint64
	acked   uint64 // 0: not
	flushed bool
}

// oracle knows what must be there, and watches over the invariants:
//   - what was acknowledged and flushed is on every side that is promoted; what was acknowledged is there unless that side has lost its
//     power since;
//   - what a promoted side has shown does not change again, and what it lacked does not come back;
//   - nothing is acknowledged that a later promotion has lost;
//   - nothing is acknowledged without a peer that is in the in-sync set;
//   - nobody is promoted outside of the in-sync set, nor beside another Primary;
//   - who goes on alone has a generation of its own on its disk;
//   - both sides are alike when a resync ends, and in the end;
//   - before the first block of a promotion the target's disk has its term, before the first of a resync it says Inconsistent.
type oracle struct {
	w       *world
	history [blocks][]*record // what a block may contain, oldest first
	dark    [3]uint64         // when a node last lost what was not flushed
	term    [3]uint64         // the newest promotion that each node must know
	frames  [3]*wire.Frame    // being handled
	checked [3]uint64         // session whose beginning was checked
}

func newOracle(w *world) *oracle {
	o := &oracle{w: w}
	for b := range o.history {
		o.history[b] = []*record{{acked: w.stamp(), flushed: true}}
	}
	return o
}

func (o *oracle) powerLost(n *node) { o.dark[n.number] = o.w.stamp() }

func (o *oracle) issued(r *record, at, length int) *record {
	r.issued = o.w.stamp()
	for b := at; b < at+length; b++ {
		o.history[b] = append(o.history[b], r)
	}
	return r
}

func (o *oracle) replied(c *call, data []byte) {
	switch c.kind {
	case core.Write, core.Discard:
		o.acknowledged(c)
	case core.Flush:
		o.flushed(c)
	case core.Read:
		if c.node.number == o.w.cluster.holder {
			o.readBack(c, data)
		}
	}
}

// acknowledged: the write is in the history of each of its blocks, or a promotion has lost it.
func (o *oracle) acknowledged(c *call) {
	c.write.acked = o.w.stamp()
	for b := c.block; b < c.block+c.length; b++ {
		i := o.latest(b, func(r *record) bool { return r.key == c.write.key })
		if i < 0 {
			o.w.fail("node %d acknowledged write %d of block %d, which a later promotion has lost", c.node.number, c.write.id, b)
			return
		}
		r := o.history[b][i]
		r.acked = c.write.acked
		r.flushed = r.flushed || c.write.fua
	}
}

// flushed: what the node had acknowledged before the flush was asked for is durable.
func (o *oracle) flushed(c *call) {
	o.w.count["flush"]++
	for b := range o.history {
		for _, r := range o.history[b] {
			if r.node == c.node && r.acked != 0 && r.acked < c.issued {
				r.flushed = true
			}
		}
	}
}

func (o *oracle) readBack(c *call, data []byte) {
	id, ok := contentOf(data)
	i := o.find(c.block, id)
	least := o.newest(c.block, func(r *record) bool { return r.acked != 0 && r.acked < c.issued })
	if !ok || i < least {
		o.w.fail("node %d read %d from block %d, want at least %d", c.node.number, id, c.block, o.history[c.block][least].id)
	}
}

// excluded: what is acknowledged while the peer lacks something is acknowledged after the peer was put out of the set.
func (o *oracle) excluded(n *node) {
	members := o.w.cluster.set.Members
	switch m := n.core.Mode(); {
	case (m == core.Alone || m == core.Syncing) && members[3-n.number]:
		o.w.fail("node %d acknowledges while %s, with its peer in the set", n.number, m)
	case m == core.Remote && members[n.number]:
		o.w.fail("node %d acknowledges while %s, and is in the set", n.number, m)
	}
}

// find returns the place of a content in a block's history, the newest where it was there several times; -1 where it never was.
func (o *oracle) find(block int, id uint64) int {
	return o.latest(block, func(r *record) bool { return r.id == id })
}

func (o *oracle) latest(block int, is func(*record) bool) int {
	for i := len(o.history[block]) - 1; i >= 0; i-- {
		if is(o.history[block][i]) {
			return i
		}
	}
	return -1
}

func (o *oracle) newest(block int, is func(*record) bool) int { return max(o.latest(block, is), 0) }

// contentOf reads which write a block is of; false where it is a mixture.
func contentOf(b []byte) (uint64, bool) {
	id := binary.LittleEndian.Uint64(b)
	for i := 8; i < len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:]) != id {
			return id, false
		}
	}
	return id, true
}

func (n *node) block(b int) []byte {
	at := geometry.DataOffset() + int64(b)*sector
	return n.disk.cache[at : at+sector]
}

// look checks a block of a node and returns its place in the history.
func (o *oracle) look(n *node, b int) int {
	id, ok := contentOf(n.block(b))
	i := o.find(b, id)
	durable := o.newest(b, func(r *record) bool { return r.flushed })
	shown := o.newest(b, func(r *record) bool { return r.acked != 0 && r.issued > o.dark[n.number] })
	switch {
	case !ok || i < 0:
		o.w.fail("node %d has in block %d what it cannot have: %d", n.number, b, id)
	case i < durable:
		o.w.fail("node %d has write %d in block %d; write %d was acknowledged and flushed", n.number, id, b, o.history[b][durable].id)
	case i < shown:
		o.w.fail("node %d has write %d in block %d; write %d was acknowledged, and this side has not lost its power", n.number, id, b, o.history[b][shown].id)
	}
	return i
}

// promoted checks a promotion. What the new Primary shows is the truth from now on.
func (o *oracle) promoted(n *node, term uint64) {
	other := o.w.nodes[3-n.number]
	switch set := o.w.cluster.set; {
	case !set.Members[n.number] || term != set.Term:
		o.w.fail("node %d promoted under term %d; the set is %v", n.number, term, set)
	case o.w.policy != NoFence && other.running && other.core.Mode() >= core.Alone:
		o.w.fail("node %d promoted beside node %d", n.number, other.number)
	}
	o.term[n.number] = term
	if s, err := n.superblock(); err != nil || s.Term < term {
		o.w.fail("node %d promoted under term %d, which is not on its disk: %v", n.number, term, err)
	}
	for b := range o.history {
		i := o.look(n, b)
		if o.w.broken != "" {
			return
		}
		now := *o.history[b][i]
		now.issued, now.acked = o.w.stamp(), o.w.stamp()
		o.history[b] = append(o.history[b][:i:i], &now)
		o.forgetFlushed(b)
	}
}

// forgive takes for the truth what a node shows that a person has had promoted against what was known of its data.
func (o *oracle) forgive(n *node) {
	for b := range o.history {
		id, _ := contentOf(n.block(b))
		now := record{id: id, node: n}
		if i := o.find(b, id); i >= 0 {
			now = *o.history[b][i]
		}
		now.issued, now.acked, now.flushed = o.w.stamp(), o.w.stamp(), false
		o.history[b] = []*record{&now}
	}
}

// forgetFlushed drops what is older than a flushed write: it may not come back.
func (o *oracle) forgetFlushed(b int) {
	o.history[b] = o.history[b][o.newest(b, func(r *record) bool { return r.flushed }):]
}

func (n *node) superblock() (format.Super, error) {
	return format.ReadSuper(n.disk.durable[:2*format.BlockSize])
}

// frame notes what a node is about to handle.
func (o *oracle) frame(n *node, f wire.Frame) { o.frames[n.number] = &f }

// diskWrite checks what a frame of a Primary leads to.
func (o *oracle) diskWrite(n *node, d core.DiskWrite) {
	f := o.frames[n.number]
	if f == nil || (d.Name != core.WritePeer && d.Name != core.DiscardPeer && d.Name != core.WriteResync) {
		return
	}
	if f.Term < o.term[n.number] {
		o.w.fail("node %d takes %s of term %d although it knows of term %d", n.number, f.Type, f.Term, o.term[n.number])
	}
	if o.checked[n.number] == f.Session && d.Name != core.WriteResync {
		return
	}
	o.checked[n.number] = f.Session
	s, err := n.superblock()
	switch {
	case err != nil:
		o.w.fail("node %d: %v", n.number, err)
	case s.Term < f.Term:
		o.w.fail("node %d takes a write of term %d, its disk has %d", n.number, f.Term, s.Term)
	case d.Name == core.WriteResync && s.State != format.Inconsistent:
		o.w.fail("node %d takes a block of a resync, its disk says %s", n.number, s.State)
	}
	o.term[n.number] = f.Term
}

// modeChanged compares the sides when one says that both have everything.
func (o *oracle) modeChanged(n *node, before, after core.Mode) {
	if s, err := n.superblock(); after == core.Alone && (err != nil || s.Base == 0) {
		o.w.fail("node %d goes on alone, and its disk has no generation of its own: %v", n.number, err)
	}
	if s, err := o.w.nodes[3-n.number].superblock(); after == core.Remote && (err != nil || s.Base == 0 || !s.PeerFailed) {
		o.w.fail("node %d goes on with its peer's disk, which does not say so: %v", n.number, err)
	}
	if after != core.Paired {
		return
	}
	o.w.nodes[3-n.number].spoilt = false
	if before == core.Syncing {
		o.w.count["resync"]++
	}
	if other := o.w.nodes[3-n.number]; other.running && other.core.Mode() == core.Target {
		o.compare(n, "when node %d paired", n.number)
	}
}

func (o *oracle) compare(n *node, when string, args ...any) {
	other := o.w.nodes[3-n.number]
	for b := range o.history {
		if !o.w.app.writing(b) && !bytes.Equal(n.block(b), other.block(b)) {
			mine, _ := contentOf(n.block(b))
			theirs, _ := contentOf(other.block(b))
			o.w.fail("block %d differs "+when+": %d on node %d, %d on the other", append(append([]any{b}, args...), mine, n.number, theirs)...)
			return
		}
	}
}

// final checks what is left in the end: both alike, in the cache and below it, with all that was promised.
func (o *oracle) final() {
	o.compare(o.w.nodes[1], "in the end")
	for i := 1; i <= 2; i++ {
		n := o.w.nodes[i]
		at := geometry.DataOffset()
		if !bytes.Equal(n.disk.cache[at:], n.disk.durable[at:]) {
			o.w.fail("node %d has not made durable what was flushed", i)
		}
		for b := range o.history {
			o.look(n, b)
		}
	}
}
