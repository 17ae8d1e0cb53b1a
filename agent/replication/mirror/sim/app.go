package sim

import (
	"encoding/binary"

	"hawser/agent/replication/mirror/core"
)

const blocks = 64 // of 512 bytes, in the volume

// app is the application: it writes, flushes and reads where the volume is Primary, and remembers nothing over a failover.
type app struct {
	w       *world
	serial  uint64
	pending []*call
	closing bool
	closed  bool
}

// call is a request that was not answered.
type call struct {
	id     uint64
	node   *node
	kind   core.Kind
	block  int
	length int // in blocks
	write  *record
	issued uint64
	last   bool // the flush that ends the run
}

// next asks for something, and for something else later.
func (a *app) next() {
	a.w.after(a.w.between(300, 3000), a.next)
	n := a.w.nodes[a.w.cluster.holder]
	if a.w.policy == NoFence && a.w.chance(500) {
		n = a.w.nodes[a.w.between(1, 3)] // one that was left alone has an application, too
	}
	if n == nil || !n.running || !n.granted || n.ceding || a.closing || len(a.pending) > 6 {
		return
	}
	switch r := a.w.between(0, 100); {
	case r < 6:
		a.discard(n)
	case r < 70:
		a.write(n)
	case r < 85:
		a.issue(&call{node: n, kind: core.Flush}, core.Request{Kind: core.Flush})
	default:
		at := a.place()
		a.issue(&call{node: n, kind: core.Read, block: at, length: 1}, core.Request{Kind: core.Read, Offset: int64(at) * sector, Length: sector})
	}
}

// place is often where others have been.
func (a *app) place() int {
	if a.w.chance(500) {
		return int(a.w.between(0, 12))
	}
	return int(a.w.between(0, blocks-2))
}

func (a *app) write(n *node) {
	at, length := a.place(), int(a.w.between(1, 4))
	length = min(length, blocks-at)
	c := &call{node: n, kind: core.Write, block: at, length: length}
	a.serial++
	c.write = a.w.oracle.issued(&record{id: a.serial, key: a.serial, node: n, fua: a.w.chance(60)}, at, length)
	data := make([]byte, length*sector)
	stampBlocks(data, c.write.id)
	a.issue(c, core.Request{Kind: core.Write, Offset: int64(at) * sector, Data: data, FUA: c.write.fua})
	stampBlocks(data, 1<<63) // the buffer belongs to the application again
}

// discard is of more than a write has, over the borders of extents.
func (a *app) discard(n *node) {
	at, length := a.place(), int(a.w.between(1, 20))
	length = min(length, blocks-at)
	c := &call{node: n, kind: core.Discard, block: at, length: length}
	a.serial++
	c.write = a.w.oracle.issued(&record{key: a.serial, node: n}, at, length)
	a.issue(c, core.Request{Kind: core.Discard, Offset: int64(at) * sector, Length: int64(length) * sector})
}

func stampBlocks(data []byte, id uint64) {
	for i := 0; i < len(data); i += 8 {
		binary.LittleEndian.PutUint64(data[i:], id)
	}
}

func (a *app) issue(c *call, r core.Request) {
	a.serial++
	c.id, r.ID, c.issued = a.serial, a.serial, a.w.stamp()
	a.pending = append(a.pending, c)
	a.w.count["request"]++
	if a.w.options.Tell {
		id := uint64(0)
		if c.write != nil {
			id = c.write.id
		}
		a.w.tell("app: request %d on node %d: kind %d, block %d +%d, content %d", c.id, c.node.number, c.kind, c.block, c.length, id)
	}
	c.node.handle(r)
}

func (a *app) reply(n *node, id uint64, data []byte, err error) {
	for i, c := range a.pending {
		if c.id != id || c.node != n {
			continue
		}
		a.pending = append(a.pending[:i:i], a.pending[i+1:]...)
		if err == nil {
			a.w.tell("app: reply to %d", id)
			a.w.oracle.replied(c, data)
			a.w.oracle.excluded(n)
			a.closed = a.closed || c.last
		}
		return
	}
}

// forget gives up what was asked of a node that is gone.
func (a *app) forget(n *node) {
	var kept []*call
	for _, c := range a.pending {
		if c.node != n {
			kept = append(kept, c)
		}
	}
	a.pending = kept
}

// writing says whether a write to a block is not answered.
func (a *app) writing(block int) bool {
	for _, c := range a.pending {
		if c.write != nil && c.block <= block && block < c.block+c.length {
			return true
		}
	}
	return false
}

// finished stops the application, flushes once more, and says whether that was acknowledged.
func (a *app) finished(n *node) bool {
	a.closing = true
	if len(a.pending) == 0 && !a.closed {
		a.issue(&call{node: n, kind: core.Flush, last: true}, core.Request{Kind: core.Flush})
	}
	return a.closed
}
