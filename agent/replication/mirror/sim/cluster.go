package sim

import (
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// cluster is Pacemaker, the CIB and the fence devices, as far as the volume sees them.
type cluster struct {
	w       *world
	set     core.InSync
	apart   [3]int  // by node: how many faults keep it from the others
	quorate [3]bool // by node: it may change the CIB
	fenced  [3]bool // off, by fencing, and not back
	fencing [3]bool // under way
	holder  int     // whom Pacemaker has ordered to be Primary
	pending bool    // ... and who has not answered
	prefer  int
	ordered int64 // when the holder was ordered
	life    int   // of its daemon then
}

func (c *cluster) begin() {
	c.prefer = int(c.w.between(1, 3))
	c.quorate = [3]bool{false, true, true}
}

// reach says whether a node hears the cluster's network: with three votes the third, with two the other node.
func (c *cluster) reach(n int) bool {
	if c.w.policy == TwoNodes {
		return c.w.nodes[n].powered && c.w.nodes[3-n].powered && c.apart[1]+c.apart[2] == 0
	}
	return c.w.nodes[n].powered && c.apart[n] == 0
}

// update finds who has quorum. With two nodes one that is alone has it only after fencing the other, which must have been its peer before.
func (c *cluster) update() {
	for n := 1; n <= 2; n++ {
		switch {
		case c.reach(n):
			c.quorate[n] = true
		case c.w.policy == TwoNodes && c.w.nodes[n].powered && c.quorate[n] && c.fenced[3-n]:
		case c.w.policy == TwoNodes && c.w.nodes[n].powered && c.quorate[n]:
			c.fence(n, 3-n)
		default:
			c.quorate[n] = false
		}
	}
}

// may says whether a node can change the CIB now.
func (c *cluster) may(n int) bool {
	c.update()
	return c.quorate[n] && (c.reach(n) || c.fenced[3-n])
}

// fence switches a node off, after a while. Of two that fence each other one is quicker.
func (c *cluster) fence(by, n int) {
	if c.fencing[n] || c.fenced[n] {
		return
	}
	c.fencing[n] = true
	c.w.count["fencing"]++
	c.w.tell("cluster: node %d fences node %d", by, n)
	c.w.after(c.w.between(20_000, 150_000), func() {
		c.fencing[n] = false
		lone := c.w.policy == TwoNodes && !c.w.nodes[by].powered
		if lone || c.reach(n) || c.fenced[n] {
			return // who fences was fenced itself, or all is well again
		}
		c.fenced[n] = true
		c.w.tell("cluster: node %d is fenced", n)
		c.w.powerOff(n)
		if c.holder == n {
			c.holder = 0
		}
	})
}

func (c *cluster) lost(n *node) {
	c.quorate[n.number] = false
	if c.holder == n.number && c.pending {
		c.pending = false
	}
}

func (c *cluster) joined(n *node) { c.fenced[n.number] = false }

// change is the fence-peer helper.
func (c *cluster) change(n *node, id uint64, change core.Change) {
	life := n.life
	delay := c.w.between(500, 20_000)
	if c.w.chance(100) {
		delay *= 5
	}
	c.w.after(delay, func() {
		answer := core.Answered{Ask: id, Outcome: core.Unknown}
		clean := change.Kind != core.Override || c.clean(3-n.number)
		if c.may(n.number) && clean && (n.life == life || !change.Dies()) { // the helper goes on although the daemon has died
			answer.Outcome, answer.Reason = c.commit(n, change)
			answer.Set = c.set
		}
		if c.w.chance(50) && !c.w.calm {
			answer = core.Answered{Ask: id, Outcome: core.Unknown} // it was done, or not, and nobody hears of it
		}
		c.w.after(c.w.between(100, 5000), func() {
			if n.life == life {
				n.handle(answer)
			}
		})
	})
}

func (c *cluster) commit(n *node, change core.Change) (core.Outcome, error) {
	set, err := c.set.Change(change)
	c.w.tell("cluster: node %d %s term %d keep %v: %v -> %v, %v", n.number, change.Kind, change.Term, change.Keep, c.set, set, err)
	if err != nil {
		return core.Denied, err
	}
	c.set = set
	c.w.count[change.Kind.String()]++
	return core.Done, nil
}

// decide is Pacemaker's loop.
func (c *cluster) decide() {
	c.update()
	c.fenceLost()
	if c.holder != 0 {
		c.watch(c.w.nodes[c.holder])
		return
	}
	for _, n := range []int{c.prefer, 3 - c.prefer} {
		if c.may(n) && c.w.nodes[n].running && c.clean(3-n) {
			c.order(n, 0)
			return
		}
	}
}

// fenceLost fences whom the quorate part does not see.
func (c *cluster) fenceLost() {
	if c.w.policy != Quorum {
		return // with two nodes update does it
	}
	for n := 1; n <= 2; n++ {
		if !c.reach(n) && c.reach(3-n) {
			c.fence(3-n, n)
		}
	}
}

// watch is the monitor of the side that was ordered to be Primary.
func (c *cluster) watch(n *node) {
	switch {
	case !c.may(n.number) && c.w.policy == NoFence && c.may(3-n.number):
		c.w.tell("cluster: node %d is lost, and not fenced", n.number)
		c.holder, c.prefer = 0, 3-n.number
	case !n.powered && c.fenced[n.number], n.life != c.life && n.powered && c.may(n.number):
		c.holder, c.prefer = 0, int(c.w.between(1, 3)) // fenced, or stopped with the daemon's end
	case n.granted && c.w.now-c.ordered > 2_000_000 && n.core.Mode() == core.Suspended:
		c.w.tell("cluster: node %d is stuck", n.number)
		n.kill()
		c.w.after(10_000, n.start)
	}
}

// clean says whether a node is certain not to be Primary.
func (c *cluster) clean(n int) bool {
	o := c.w.nodes[n]
	if c.fenced[n] || (c.w.policy == NoFence && !c.reach(n)) {
		return true
	}
	return c.reach(n) && (!o.running || o.core.Mode() < core.Suspended)
}

func (c *cluster) order(n int, despite format.State) {
	c.holder, c.pending, c.ordered, c.life = n, true, c.w.now, c.w.nodes[n].life
	c.w.tell("cluster: promote node %d, despite %d", n, despite)
	c.w.nodes[n].overriding = despite != 0
	c.w.nodes[n].handle(core.Promote{Despite: despite})
}

func (c *cluster) promoted(n *node) {
	if c.holder == n.number {
		c.pending = false
	}
}

func (c *cluster) refused(n *node) {
	if c.holder == n.number {
		c.holder, c.pending, c.prefer = 0, false, 3-n.number
	}
}

func (c *cluster) ceded(n *node) {
	if c.holder == n.number {
		c.holder, c.prefer = 0, 3-n.number
	}
}

// move is somebody's wish to have the Primary elsewhere.
func (c *cluster) move() {
	if n := c.w.nodes[c.holder]; n != nil && n.granted && !n.ceding && c.may(n.number) {
		c.w.tell("cluster: demote node %d", n.number)
		n.ceding = true
		n.handle(core.Demote{})
	}
}

// other is the node that is not to be Primary.
func (c *cluster) other() int {
	if c.holder == 1 {
		return 2
	}
	return 1
}
