// Package sim runs both sides of a volume on disks that lose what was not flushed, a network that delays, cuts and reorders, a cluster
// that fences, and a clock that takes no time: all from one seed. It is for tests; nothing that is shipped imports it.
package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// The volume: small, so that everything meets everything.
var geometry = format.Geometry{Size: 32 << 10, Bit: 1 << 10, Extent: 4 << 10, Slots: 3}

// Policy is what the cluster guarantees before a side is promoted or goes on alone.
type Policy uint8

// The policies.
const (
	Quorum   Policy = iota // three votes, a lost node is fenced before its services start elsewhere
	TwoNodes               // two votes: nothing without the other or its fencing; after a total outage both must have met
	NoFence                // three votes, no fencing: the partition with quorum promotes while the other still believes to be Primary
	policies
)

func (p Policy) String() string { return [...]string{"quorum", "two nodes", "no fencing"}[p] }

// Options are what a run differs in beside its seed.
type Options struct {
	Break  core.Rule
	Trap   core.Op // this operation goes wrong once ...
	Skip   int     // ... after so many of its name ...
	Tear   bool    // ... by a loss of power in the midst of it, else by an error ...
	On     int     // ... on this node
	Script bool    // a fixed course with each operation in it, instead of random faults
	Policy func(Policy) Policy
	Tell   bool // keep the story
}

// Result is how a run ended.
type Result struct {
	Seed      uint64
	Policy    Policy
	Violation string // empty: all invariants held
	Story     []string
	Sprung    bool               // the trap has caught something
	Ops       [3]map[core.Op]int // how often each operation was carried out, by node
	Count     map[string]int     // how often what has happened
	Virtual   int64              // microseconds
}

// world is one run.
type world struct {
	random *rand.Rand
	now    int64 // microseconds
	events queue
	serial uint64

	options Options
	policy  Policy
	nodes   [3]*node
	net     *network
	cluster *cluster
	app     *app
	oracle  *oracle
	person  *operator
	sprung  bool
	pace    int64  // how far apart faults are
	calm    bool   // no more faults
	clock   uint64 // order of what the oracle has seen
	count   map[string]int
	broken  string
	story   []string
}

type event struct {
	at     int64
	serial uint64
	do     func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(a, b int) bool {
	return q[a].at < q[b].at || (q[a].at == q[b].at && q[a].serial < q[b].serial)
}
func (q queue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *queue) Push(e any)   { *q = append(*q, e.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

func (w *world) at(when int64, do func()) {
	w.serial++
	heap.Push(&w.events, event{max(when, w.now), w.serial, do})
}

func (w *world) stamp() uint64 {
	w.clock++
	return w.clock
}

func (w *world) after(delay int64, do func()) { w.at(w.now+delay, do) }

// between returns a number of at least low and less than high.
func (w *world) between(low, high int64) int64 { return low + w.random.Int64N(high-low) }

// chance is true so many times of a thousand.
func (w *world) chance(permille int64) bool { return w.random.Int64N(1000) < permille }

func (w *world) tell(format string, args ...any) {
	if w.options.Tell {
		w.story = append(w.story, fmt.Sprintf("%9.3f ms  ", float64(w.now)/1000)+fmt.Sprintf(format, args...))
	}
}

// fail ends the run: an invariant is broken.
func (w *world) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
		w.tell("VIOLATION: %s", w.broken)
	}
}

const (
	chaosTime = 1_500_000 // virtual microseconds of faults
	healTime  = 8_000_000 // within which everything is well again
	tickTime  = 10_000
)

// Run is one run. The same seed and options give the same run.
func Run(seed uint64, o Options) Result {
	w := &world{random: rand.New(rand.NewPCG(seed, 0x6d6972726f72)), options: o, count: map[string]int{}}
	w.policy, w.pace = Policy(w.between(0, int64(policies))), w.between(1, 4)
	if o.Policy != nil {
		w.policy = o.Policy(w.policy)
	}
	w.build(seed)
	w.run(chaosTime, func() bool { return false })
	w.calm = true
	w.tell("-- calm")
	w.nodes[1].disk.traps, w.nodes[2].disk.traps = nil, nil
	if !w.run(w.now+healTime, w.settled) && w.broken == "" {
		w.fail("not whole again after %d s: %s", healTime/1_000_000, w.state())
	}
	if w.broken == "" {
		w.oracle.final()
	}
	r := Result{
		Seed: seed, Policy: w.policy, Violation: w.broken, Story: w.story, Sprung: w.sprung, Count: w.count, Virtual: w.now,
		Ops: [3]map[core.Op]int{nil, w.nodes[1].disk.count, w.nodes[2].disk.count},
	}
	return r
}

// run carries out events until a moment, or until done.
func (w *world) run(until int64, done func() bool) bool {
	for w.broken == "" && len(w.events) > 0 && w.events[0].at <= until {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
		if done() {
			return true
		}
	}
	return false
}

func (w *world) build(seed uint64) {
	w.oracle = newOracle(w)
	w.net = &network{w: w, links: map[uint64]*connection{}}
	w.cluster = &cluster{w: w, set: core.InSync{Members: [3]bool{false, true, true}}}
	w.app = &app{w: w}
	w.person = newOperator(w, seed)
	for i := 1; i <= 2; i++ {
		n := &node{w: w, number: i, powered: true, seed: seed}
		n.disk = newDisk(w, i, geometry.DeviceSize())
		n.lay(format.Consistent, 1)
		w.nodes[i] = n
	}
	w.person.prepare()
	if o := w.options; o.Trap != 0 {
		w.nodes[o.On].disk.traps = []trap{{op: o.Trap, skip: o.Skip, tear: o.Tear}}
	}
	w.cluster.begin()
	for i := 1; i <= 2; i++ {
		w.nodes[i].start()
	}
	w.every(tickTime, w.net.connect)
	w.every(15_000, w.cluster.decide)
	w.app.next()
	w.person.begin()
	if w.options.Script {
		w.script()
	} else {
		w.after(w.between(50_000, 200_000), w.nextFault)
	}
}

func (w *world) every(period int64, f func()) {
	w.after(period, func() {
		f()
		w.every(period, f)
	})
}

// settled is how it should be in the end: one Primary, the peer in the set, and an application whose last flush was acknowledged. A peer whose
// disk was copied back a moment ago has not been missed yet.
func (w *world) settled() bool {
	for i := 1; i <= 2; i++ {
		n, peer := w.nodes[i], w.nodes[3-i]
		if n.running && n.core.InSet() && w.cluster.holder == i && n.granted && !n.ceding && peer.running && !peer.spoilt {
			return w.app.finished(n)
		}
	}
	return false
}

func (w *world) state() string {
	text := fmt.Sprintf("policy %s, term %d, members %v, holder %d", w.policy, w.cluster.set.Term, w.cluster.set.Members, w.cluster.holder)
	for i := 1; i <= 2; i++ {
		n := w.nodes[i]
		text += fmt.Sprintf("; node %d powered %v running %v", i, n.powered, n.running)
		if n.running {
			text += fmt.Sprintf(" %s, last refusals %q %q", n.core.Mode(), n.rejected, n.refused)
		}
	}
	return text
}
