package sim

import (
	"bytes"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// nextFault lets something happen, and something else later, until calm.
func (w *world) nextFault() {
	if w.calm {
		return
	}
	n := w.nodes[w.between(1, 3)]
	faults := []struct {
		name string
		do   func(*node)
	}{
		{"daemon killed", w.killed},
		{"daemon killed", w.killed},
		{"power off", func(n *node) { w.powerOff(n.number) }},
		{"power off", func(n *node) { w.powerOff(n.number) }},
		{"blackout", func(*node) { w.powerOff(1); w.powerOff(2) }},
		{"one-way cut", func(n *node) { w.cut(n.number) }},
		{"cut", func(*node) { w.cut(1); w.cut(2) }},
		{"out of the cluster", w.isolate},
		{"partition", func(n *node) { w.cut(1); w.cut(2); w.isolate(n) }},
		{"verification", w.verify},
		{"verification", w.verify},
		{"move", func(*node) { w.cluster.move() }},
		{"move", func(*node) { w.cluster.move() }},
		{"disk error", w.diskError},
		{"disk of the Primary", w.primaryDisk},
		{"disk of the Primary", w.primaryDisk},
		{"torn", w.torn},
		{"disk stalls", w.stall},
		{"disk dies slowly", w.die},
		{"move and power off", w.moveAndLose},
		{"link broken", func(*node) { w.net.broken() }},
		{"link broken", func(*node) { w.net.broken() }},
		{"disk replaced", w.replace},
		{"disk restored", w.restore},
		{"move and disk restored", w.moveAndRestore},
		{"crash and crash again", w.crashTwice},
		{"resync and blackout", w.resyncAndLose},
		{"data given up", w.person.invalidate},
		{"data given up, and the disk of the Primary", w.person.invalidateAndFail},
		{"first sync of what has data", w.person.wrongly},
		{"best side lost", w.person.lose},
		{"best side lost", w.person.lose},
	}
	f := faults[w.between(0, int64(len(faults)))]
	w.count["fault: "+f.name]++
	w.tell("-- fault: %s, node %d", f.name, n.number)
	f.do(n)
	w.after(w.pace*w.between(2_000, 150_000), w.nextFault)
}

// script is a course of its own: resyncs both ways, promotions with and without the peer, a crash, a demotion, the loss of a disk.
func (w *world) script() {
	w.at(120_000, func() { w.verify(nil) })
	w.at(150_000, w.net.broken)
	w.at(400_000, w.cluster.move)
	w.at(600_000, func() { w.powerOff(w.cluster.other()) })
	w.at(900_000, w.cluster.move)
	w.at(1_050_000, w.net.broken)
	w.at(500_000, func() {
		n := w.nodes[3-w.cluster.other()]
		n.disk.traps = append(n.disk.traps, trap{op: core.FlushData})
	})
	w.at(1_200_000, func() { w.killed(w.nodes[3-w.cluster.other()]) })
}

// verify compares both sides, where the Primary can.
func (w *world) verify(*node) {
	if n := w.nodes[w.cluster.holder]; n != nil && n.running {
		n.handle(core.Verify{})
	}
}

func (w *world) killed(n *node) {
	n.kill()
	w.after(w.between(10_000, 150_000), n.start)
}

func (w *world) cut(from int) {
	w.net.cut[from]++
	w.after(w.between(5_000, 400_000), func() { w.net.heal(from) })
}

func (w *world) isolate(n *node) {
	w.cluster.apart[n.number]++
	w.after(w.between(20_000, 400_000), func() { w.cluster.apart[n.number]-- })
}

func (w *world) diskError(n *node) {
	ops := core.Ops()
	w.arm(n, trap{op: ops[w.between(0, int64(len(ops)))], skip: int(w.between(0, 5))})
}

// arm makes an operation of a disk go wrong, unless the other's disk is no better: two disks at once are not survived.
func (w *world) arm(n *node, t trap) {
	if other := w.nodes[3-n.number]; !other.spoilt && len(other.disk.traps) == 0 {
		n.disk.traps = append(n.disk.traps, t)
	}
}

// primaryDisk fails on a Primary whose peer has everything.
func (w *world) primaryDisk(*node) {
	if n := w.nodes[w.cluster.holder]; n != nil && n.running && n.core.InSet() {
		ops := []core.Op{core.ReadData, core.WriteData, core.FlushData, core.WriteLog, core.FlushMetadata}
		w.arm(n, trap{op: ops[w.between(0, int64(len(ops)))]})
	}
}

// torn is a loss of power in the midst of an operation.
func (w *world) torn(n *node) {
	ops := core.Ops()
	n.disk.traps = append(n.disk.traps, trap{op: ops[w.between(0, int64(len(ops)))], skip: int(w.between(0, 5)), tear: true})
}

func (w *world) stall(n *node) {
	n.disk.stalled = w.now + w.between(5_000, 250_000)
}

// die is a disk that stalls, a link that is given up for it, and a loss of power with what had not come to the disk.
func (w *world) die(n *node) {
	w.stall(n)
	w.after(w.between(1_000, 30_000), w.net.broken)
	w.after(w.between(20_000, 150_000), func() { w.powerOff(n.number) })
}

// moveAndLose is a node that is lost right after a planned move.
func (w *world) moveAndLose(n *node) {
	w.cluster.move()
	w.after(w.between(2_000, 40_000), func() { w.powerOff(n.number) })
}

// spare says whether a node's disk can go without anything being lost: the other has all that was promised.
func (w *world) spare(n *node) bool {
	other := w.nodes[3-n.number]
	s, err := other.superblock()
	return !other.spoilt && len(other.disk.traps) == 0 && err == nil && s.State == format.Consistent && w.cluster.set.Members[1] && w.cluster.set.Members[2]
}

// replace puts a blank disk in a node.
func (w *world) replace(n *node) {
	if w.spare(n) && w.chance(300) {
		w.powerOff(n.number)
		n.lay(format.Inconsistent, 0)
		n.spoilt = true
		w.oracle.term[n.number] = 0
	}
}

// resyncAndLose has a resync begin, and takes the power from both about when it ends.
func (w *world) resyncAndLose(*node) {
	w.net.broken()
	w.after(w.between(40_000, 150_000), func() { w.powerOff(1); w.powerOff(2) })
}

// moveAndRestore copies a disk back over a planned move, which changes no generation.
func (w *world) moveAndRestore(n *node) {
	n.copied = bytes.Clone(n.disk.durable)
	w.cluster.move()
	w.after(w.between(50_000, 200_000), func() { w.restore(n) })
}

// crashTwice loses the Primary, and again or its disk while it recovers.
func (w *world) crashTwice(*node) {
	if n := w.nodes[w.cluster.holder]; n != nil {
		w.powerOff(n.number)
		ops := []core.Op{core.WriteBitmap, core.WriteBitmap, core.FlushMetadata, core.WriteSuperFirst}
		w.arm(n, trap{op: ops[w.between(0, int64(len(ops)))], tear: w.chance(500)})
	}
}

// restore copies a node's disk back to what it was, and makes a copy for the next time. One that nobody can tell from the present is
// left alone: the peer must have noted a later meeting, and the set a later term.
func (w *world) restore(n *node) {
	copied := n.copied
	n.copied = bytes.Clone(n.disk.durable)
	if copied == nil || !w.spare(n) {
		return
	}
	then, err := format.ReadSuper(copied[:2*format.BlockSize])
	other, otherErr := w.nodes[3-n.number].superblock()
	if err != nil || otherErr != nil || (other.Meetings < then.Meetings+2 && (other.Meetings == then.Meetings || !other.Led)) || then.Term >= w.cluster.set.Seen {
		return
	}
	w.count["restored"]++
	w.tell("node %d: disk restored to term %d", n.number, then.Term)
	w.powerOff(n.number)
	copy(n.disk.durable, copied)
	copy(n.disk.cache, copied)
	n.disk.pending = nil
	n.spoilt = true
	w.oracle.term[n.number] = then.Term
}
