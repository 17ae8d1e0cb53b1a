package sim

import (
	"bytes"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

const dataConnections = 2

// connection is a link of the two nodes: a control connection and several for data, each in order by itself.
type connection struct {
	number uint64
	lives  [3]int  // of the node's daemon when the link was made
	open   [3]bool // by node: it has not closed it
	last   [3][1 + dataConnections]int64
	lags   int // a connection for data on which everything comes late, out of a full buffer; 0 is none
}

// network delivers what the nodes send, late, and while a direction is cut after that.
type network struct {
	w     *world
	links map[uint64]*connection
	next  uint64
	now   *connection // the newest link
	cut   [3]int      // by sender: how many faults cut its direction
	held  [3][]func() // what is delivered when the cut ends
}

func (n *network) send(from int, number uint64, lane int, f wire.Frame) {
	l := n.links[number]
	if l == nil || !l.open[from] || l.lives[from] != n.w.nodes[from].life {
		return
	}
	b := f.Append(nil)
	n.deliver(l, from, lane, func() {
		got, err := wire.Read(bytes.NewReader(b))
		if err != nil {
			n.w.fail("frame %s is not read: %v", f.Type, err)
			return
		}
		n.w.nodes[3-from].receive(core.Received{Link: number, Frame: got})
	})
}

// deliver carries something to the other end, behind what went before on that connection.
func (n *network) deliver(l *connection, from, lane int, f func()) {
	if n.cut[from] > 0 {
		n.held[from] = append(n.held[from], func() { n.deliver(l, from, lane, f) })
		return
	}
	delay := n.w.between(50, 1000)
	if n.w.chance(10) {
		delay *= 20
	}
	if lane != 0 && lane == l.lags {
		delay += n.w.between(10_000, 100_000)
	}
	at := max(n.w.now+delay, l.last[from][lane]+1)
	l.last[from][lane] = at
	to := 3 - from
	n.w.at(at, func() {
		if n.w.nodes[to].life == l.lives[to] && n.w.nodes[to].running {
			f()
		}
	})
}

// close ends a link at one end; the other hears of it behind the frames of the control connection, and data may come later still.
func (n *network) close(from int, number uint64) {
	l := n.links[number]
	if l == nil || !l.open[from] {
		return
	}
	l.open[from] = false
	n.deliver(l, from, 0, func() {
		to := 3 - from
		l.open[to] = false
		n.w.nodes[to].handle(core.Unlinked{Link: number})
	})
}

// broken ends the newest link at both ends, each in its time.
func (n *network) broken() {
	if l := n.now; l != nil {
		for node := 1; node <= 2; node++ {
			n.w.at(n.w.now+n.w.between(0, 20000), func() {
				if l.open[node] && l.lives[node] == n.w.nodes[node].life {
					l.open[node] = false
					n.w.nodes[node].handle(core.Unlinked{Link: l.number})
				}
			})
		}
	}
}

// connect makes a link where there is none that both ends use.
func (n *network) connect() {
	a, b := n.w.nodes[1], n.w.nodes[2]
	if !a.running || !b.running || n.cut[1]+n.cut[2] > 0 {
		return
	}
	if l := n.now; l != nil && l.open[1] && l.open[2] && l.lives[1] == a.life && l.lives[2] == b.life {
		return
	}
	n.next++
	l := &connection{number: n.next, lives: [3]int{0, a.life, b.life}, open: [3]bool{false, true, true}}
	if n.w.chance(100) && !n.w.calm {
		l.lags = int(n.w.between(1, 1+dataConnections))
	}
	n.links[l.number], n.now = l, l
	for from := 1; from <= 2; from++ {
		to := 3 - from
		n.deliver(l, from, 0, func() { n.w.nodes[to].handle(core.Linked{Link: l.number}) })
	}
}

// heal ends one fault of a direction.
func (n *network) heal(from int) {
	if n.cut[from]--; n.cut[from] == 0 {
		held := n.held[from]
		n.held[from] = nil
		for _, f := range held {
			f()
		}
	}
}
