package sim

import (
	"math/rand/v2"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// operator is the person who says which data are the first that count, which are given up, and which are used although they should not be.
type operator struct {
	w      *world
	source int  // side whose data are to be the first; 0: they are
	same   bool // ... and the other's are the same
	lost   int  // side that had everything and is gone; 0 is none, or what is left is in use
	apart  bool // there was an override: whoever comes back with other data is refused
	differ bool // the sides had different data before the first sync
}

// garbage is what stands on a disk before the first sync.
const garbage = 1 << 62

// newOperator has an origin of chance of its own, so that most runs begin with a volume that is in use.
func newOperator(w *world, seed uint64) *operator {
	r := rand.New(rand.NewPCG(seed, 0x706572736f6e))
	o := &operator{w: w}
	if !w.options.Script && r.IntN(5) == 0 {
		o.source, o.same = 1+r.IntN(2), r.IntN(2) == 0
	}
	return o
}

// prepare makes the sides what they are before a first sync.
func (o *operator) prepare() {
	if o.source == 0 {
		return
	}
	o.w.cluster.set = core.InSync{}
	for _, n := range o.w.nodes[1:] {
		n.lay(format.Inconsistent, 0)
		if !o.same && n.number != o.source {
			stampBlocks(n.disk.durable[geometry.DataOffset():], garbage)
			copy(n.disk.cache, n.disk.durable)
			o.differ = true
		}
	}
}

// begin orders the first sync until it is begun.
func (o *operator) begin() {
	if o.source == 0 {
		return
	}
	o.w.after(o.w.between(5_000, 60_000), o.begin)
	if n := o.w.nodes[o.source]; n.running {
		n.handle(core.FirstSync{Same: o.same})
	}
}

func (o *operator) begun(n *node, err error) {
	switch {
	case err != nil:
		o.w.count["first sync: "+root(err)]++
	case n.number == o.source:
		o.source = 0
		o.w.count["first sync"]++
	}
}

// wrongly orders a first sync of a volume that has data. Until the first promotion it is no mistake, only too much: then what is said of the
// sides has to be true, because nobody can know better.
func (o *operator) wrongly(n *node) {
	if o.source == 0 && n.running {
		same := o.w.chance(500)
		n.handle(core.FirstSync{Same: same && (!o.differ || o.w.cluster.set.Term != 0)})
	}
}

// invalidate gives up what the other side has, too.
func (o *operator) invalidate(n *node) {
	if n.running && o.w.spare(n) {
		o.giveUp(n)
	}
}

// invalidateAndFail has the Primary's disk fail before it hears of it.
func (o *operator) invalidateAndFail(*node) {
	primary := o.w.nodes[o.w.cluster.holder]
	if primary == nil || !primary.running || !primary.core.InSet() {
		return
	}
	if n := o.w.nodes[3-primary.number]; n.running && o.w.spare(n) {
		primary.disk.traps = append(primary.disk.traps, trap{op: core.WriteData})
		o.w.cut(n.number)
		o.giveUp(n)
	}
}

// giveUp orders it. Until it is answered it counts as done: the set may have it.
func (o *operator) giveUp(n *node) {
	n.before, n.spoilt = n.spoilt, true
	n.handle(core.Invalidate{})
}

func (o *operator) invalidated(n *node, err error) {
	if err != nil {
		n.spoilt = n.before
		o.w.count["given up: "+root(err)]++
		return
	}
	n.spoilt = true
	o.w.count["given up"]++
}

// lose takes the only side that has everything, for good or for a while; nobody knows which.
func (o *operator) lose(*node) {
	members := o.w.cluster.set.Members
	if o.w.policy == NoFence || o.lost != 0 || o.source != 0 || members[1] == members[2] {
		return
	}
	best, left := o.w.nodes[1], o.w.nodes[2]
	if members[2] {
		best, left = left, best
	}
	if left.running && left.core.Mode() >= core.Suspended {
		return // it is about to go on with the disk that would be lost
	}
	s, err := left.superblock()
	if err != nil || (s.Current == 0 && s.Term == 0) {
		return // there is nothing left
	}
	o.lost = best.number
	o.w.powerOff(best.number)
	if o.w.chance(500) {
		best.lay(format.Inconsistent, 0)
		best.spoilt = true
		o.w.oracle.term[best.number] = 0
	}
	o.override()
}

// override has the side promoted that is left, by the name of what is known of it, until that or the other is Primary.
func (o *operator) override() {
	if o.lost == 0 || o.w.nodes[1].granted || o.w.nodes[2].granted {
		o.lost = 0
		return
	}
	o.w.after(o.w.between(15_000, 60_000), o.override)
	left := o.w.nodes[3-o.lost]
	if left.refused == core.ErrPeerNewer.Error() {
		left = o.w.nodes[o.lost] // it is back, after an override that only the set knows of
	}
	if !left.running || o.w.cluster.holder != 0 || !o.w.cluster.may(left.number) || !o.w.cluster.clean(3-left.number) {
		return
	}
	if s, err := left.superblock(); err == nil && s.State != format.Consistent {
		o.w.cluster.order(left.number, s.State)
	}
}

// overrode: the set has it, and what the node shows is the truth from now on.
func (o *operator) overrode(n *node) {
	n.spoilt, o.apart = false, true
	o.w.oracle.forgive(n)
}

// resolves says whether a refusal of the peer is the operator's affair: what comes back from before an override is given up.
func (o *operator) resolves(n *node) bool {
	if o.lost != 0 {
		return true // it is waited for what becomes of it
	}
	if !o.apart {
		return false
	}
	life := n.life
	o.w.after(o.w.between(1_000, 30_000), func() {
		if n.life == life && n.running && !o.w.cluster.set.Members[n.number] {
			o.giveUp(n)
		}
	})
	return true
}
