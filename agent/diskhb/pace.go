package diskhb

import (
	"sync"
	"time"
)

// Timing is how often the disk is asked, and when something is too old. The zero value of a field is its default.
type Timing struct {
	Busy      time.Duration // pause between polls while frames are carried: 1 ms
	Hold      time.Duration // how long after a frame that lasts: 20 ms
	Idle      time.Duration // longest pause while the cluster lives on the disk: 20 ms
	IdleWell  time.Duration // longest pause while the network is well: 100 ms, and more with more than ten nodes
	Refresh   time.Duration // how often the head is written when there is nothing to send: 1 s
	Stale     time.Duration // frames older than this are dropped: 500 ms
	Stall     time.Duration // a read or write that takes longer is called a stall: 500 ms
	CloneWait time.Duration // how long a head of another host is watched before it is taken over: 2.5 times Refresh
}

func (t Timing) withDefaults(nodes int) Timing {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&t.Busy, time.Millisecond)
	set(&t.Hold, 20*time.Millisecond)
	set(&t.Idle, 20*time.Millisecond)
	// A poll reads the heads of all nodes, and every node polls: the load on the disk grows with the square. DESIGN.md has the figures.
	set(&t.IdleWell, min(max(100*time.Millisecond, time.Duration(nodes)*10*time.Millisecond), 200*time.Millisecond))
	set(&t.Refresh, time.Second)
	set(&t.Stale, 500*time.Millisecond)
	set(&t.Stall, 500*time.Millisecond)
	set(&t.CloneWait, 5*t.Refresh/2)
	return t
}

// As long as a network link works, this link carries knet's own frames only: pings and pongs, which may take their time, and each half
// minute a probe of the path and its answer. What Corosync itself sends is longer than the former and shorter than the latter, ciphers
// included: the token of an idle cluster is 156 bytes where a ping is 108. So the first frame between the two says that the network is gone
// and that the token must go round here within its time-out, although nobody was looking.
const (
	// knetMore is how much longer than the shortest frame knet's own may be: two blocks of a cipher.
	knetMore = 32
	// probeFrom is the length from which a frame may be a probe. Where it is not, the token comes right behind it.
	probeFrom = MTU - 200
	// lengthFor is how long the shortest frame is remembered: with another cipher all are longer.
	lengthFor = time.Minute
	// useWithin: two of Corosync's own frames within it, and the cluster lives on the disk. Even an idle token comes twice as often.
	useWithin = 2 * time.Second
	// wellAfter is how long there must have been none.
	wellAfter = 5 * time.Second
	// alert is how long such a frame keeps everybody awake: twice the time after which Corosync sends a token again (balanced profile).
	alert = 500 * time.Millisecond
)

// pace decides how soon the next poll is, from the traffic alone: whether the network is well need not be asked of anybody.
type pace struct {
	timing Timing

	mu       sync.Mutex // guards what is below
	shortest [2]int     // frame, now and in the minute before
	since    time.Time  // when that minute began
	frame    time.Time  // the last frame of Corosync's own that this node has sent or received
	used     time.Time  // the last one that had another within useWithin
	active   time.Time  // the last one at all, those between two others too
	alerted  time.Time  // the last one of these that came while the network was well
	pause    time.Duration
	kick     chan struct{} // something was sent: an answer may come
}

func newPace(t Timing, now time.Time) *pace {
	// Nothing is known yet: after a restart the cluster may be living on the disk.
	return &pace{timing: t, shortest: [2]int{MTU, MTU}, since: now, active: now, used: now, pause: t.Busy, kick: make(chan struct{}, 1)}
}

// carried notes a frame that this node has sent or received.
func (p *pace) carried(length int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.notice(length, now) {
		return
	}
	if now.Sub(p.frame) < useWithin {
		p.used = now
	}
	p.frame = now
}

// passed notes a frame between two others: the token that goes round there will be here next.
func (p *pace) passed(length int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notice(length, now)
}

// notice says whether a frame is Corosync's own, and sees to it that the next is looked for soon. It is called with mu held.
func (p *pace) notice(length int, now time.Time) bool {
	if now.Sub(p.since) > lengthFor {
		p.shortest[0], p.shortest[1], p.since = MTU, p.shortest[0], now
	}
	p.shortest[0] = min(p.shortest[0], length)
	if length <= min(p.shortest[0], p.shortest[1])+knetMore || length >= probeFrom {
		return false
	}
	if now.Sub(p.used) > wellAfter {
		p.alerted = now
	}
	p.active = now
	select {
	case p.kick <- struct{}{}:
	default:
	}
	return true
}

// hurry asks for a poll at once: a head could not be read.
func (p *pace) hurry(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = now
}

// inUse says whether the cluster lives on this link.
func (p *pace) inUse(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Sub(p.used) <= wellAfter
}

// calm says whether nothing is in a hurry: only pings have been carried lately.
func (p *pace) calm(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Sub(p.used) > wellAfter && now.Sub(p.alerted) > alert
}

// next is the pause before the next poll.
func (p *pace) next(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	longest := p.timing.Idle
	if now.Sub(p.used) > wellAfter {
		longest = p.timing.IdleWell
	}
	if now.Sub(p.active) < p.timing.Hold || now.Sub(p.alerted) < alert {
		p.pause = p.timing.Busy
	} else {
		p.pause = min(2*p.pause, longest)
	}
	return p.pause
}
