package sim

import (
	"errors"
	"slices"

	"hawser/agent/replication/mirror/core"
)

const sector = 512 // what a disk writes at once

var errIO = errors.New("input/output error")

// disk is a device with a volatile cache. It outlives the node's daemon; with the node's power goes what was not flushed, sector by sector.
type disk struct {
	w    *world
	node int

	durable []byte
	cache   []byte       // what reads return
	pending []*diskWrite // not durable: those that have ended, in that order, then those in flight
	life    int          // grows when what is in flight ends without an answer
	stalled int64        // nothing ends before

	traps []trap
	count map[core.Op]int
}

// diskWrite is a write that is not durable.
type diskWrite struct {
	offset int64
	data   []byte
	ended  bool
}

// trap makes an operation of a name go wrong, once.
type trap struct {
	op   core.Op
	skip int // as many of that name pass first
	tear bool
}

func newDisk(w *world, node int, size int64) *disk {
	return &disk{w: w, node: node, durable: make([]byte, size), cache: make([]byte, size), count: map[core.Op]int{}}
}

// trapped says whether an operation is one that goes wrong.
func (d *disk) trapped(op core.Op) (fails, tears bool) {
	d.count[op]++
	for i := range d.traps {
		t := &d.traps[i]
		if t.op != op {
			continue
		}
		if t.skip--; t.skip >= 0 {
			continue
		}
		tear := t.tear
		d.traps = slices.Delete(d.traps, i, i+1)
		d.w.sprung = true
		d.w.nodes[d.node].spoilt = d.w.nodes[d.node].spoilt || !tear
		d.w.oracle.powerLost(d.w.nodes[d.node])
		d.w.tell("disk %d: %s goes wrong, tear %v", d.node, op, tear)
		return !tear, tear
	}
	return false, false
}

// later calls f when an operation ends, unless the node has lost its power or its daemon by then.
func (d *disk) later(f func()) {
	life := d.life
	delay := d.w.between(100, 1500)
	switch {
	case d.w.chance(20):
		delay *= 8
	case d.w.chance(1):
		delay = d.w.between(20_000, 120_000) // the drive tries again and again
	}
	d.w.at(max(d.w.now+delay, d.stalled+delay), func() {
		if d.life == life {
			f()
		}
	})
}

func (d *disk) read(op core.DiskRead, done func(core.DiskDone)) {
	fails, tears := d.trapped(op.Name)
	if tears {
		d.w.powerOff(d.node)
		return
	}
	d.later(func() {
		if fails {
			done(core.DiskDone{Op: op.Op, Err: errIO})
			return
		}
		data := make([]byte, op.Length)
		copy(data, d.cache[op.Offset:])
		done(core.DiskDone{Op: op.Op, Data: data})
	})
}

func (d *disk) write(op core.DiskWrite, done func(core.DiskDone)) {
	w := &diskWrite{offset: op.Offset, data: append([]byte(nil), op.Data...)}
	fails, tears := d.trapped(op.Name)
	d.pending = append(d.pending, w)
	if tears {
		d.w.powerOff(d.node)
		return
	}
	d.later(func() {
		if fails {
			d.drop(w)
			done(core.DiskDone{Op: op.Op, Err: errIO})
			return
		}
		d.end(w)
		done(core.DiskDone{Op: op.Op})
	})
}

// end moves a write behind all that have ended before it.
func (d *disk) end(w *diskWrite) {
	d.drop(w)
	w.ended = true
	at := 0
	for at < len(d.pending) && d.pending[at].ended {
		at++
	}
	d.pending = append(d.pending, nil)
	copy(d.pending[at+1:], d.pending[at:])
	d.pending[at] = w
	copy(d.cache[w.offset:], w.data)
}

func (d *disk) drop(w *diskWrite) {
	kept := d.pending[:0]
	for _, p := range d.pending {
		if p != w {
			kept = append(kept, p)
		}
	}
	d.pending = kept
}

func (d *disk) flush(op core.DiskFlush, done func(core.DiskDone)) {
	var covered []*diskWrite
	for _, p := range d.pending {
		if p.ended {
			covered = append(covered, p)
		}
	}
	fails, tears := d.trapped(op.Name)
	if tears {
		d.w.powerOff(d.node)
		return
	}
	d.later(func() {
		for _, p := range covered {
			if !slices.Contains(d.pending, p) {
				continue // another flush was quicker
			}
			if !fails || d.w.chance(50) {
				copy(d.durable[p.offset:], p.data)
			}
			d.drop(p) // of a flush that fails the kernel forgets what it did not write
		}
		if fails {
			done(core.DiskDone{Op: op.Op, Err: errIO})
			return
		}
		done(core.DiskDone{Op: op.Op})
	})
}

// losePower keeps of each sector any version since the last flush.
func (d *disk) losePower() {
	d.life++
	mood := d.w.between(0, 3) // keep all, lose all, or anything
	for at := int64(0); at < int64(len(d.durable)); at += sector {
		d.settle(at, mood)
	}
	d.pending = nil
	copy(d.cache, d.durable)
}

func (d *disk) settle(at, mood int64) {
	for _, p := range d.pending {
		if p.offset > at || at >= p.offset+int64(len(p.data)) {
			continue
		}
		if mood == 0 || (mood == 2 && d.w.chance(50)) {
			copy(d.durable[at:at+sector], p.data[at-p.offset:])
		}
	}
}

// loseDaemon ends what is in flight: each write is carried out or not. A disk that has failed shows what it really has.
func (d *disk) loseDaemon() {
	d.life++
	for _, p := range append([]*diskWrite(nil), d.pending...) {
		if p.ended {
			continue
		}
		if d.w.chance(50) {
			d.end(p)
		} else {
			d.drop(p)
		}
	}
	copy(d.cache, d.durable)
	for _, p := range d.pending {
		copy(d.cache[p.offset:], p.data)
	}
}
