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
	IdleWell  time.Duration // longest pause while the network is well: 50 ms, and more with more than eight nodes
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
	set(&t.IdleWell, min(max(50*time.Millisecond, time.Duration(nodes)*7*time.Millisecond), 200*time.Millisecond))
	set(&t.Refresh, time.Second)
	set(&t.Stale, 500*time.Millisecond)
	set(&t.Stall, 500*time.Millisecond)
	set(&t.CloneWait, 5*t.Refresh/2)
	return t
}

const (
	// rateWindow is the time in which frames are counted.
	rateWindow = time.Second
	// rateEach is what knet itself sends and receives in it for each peer: a ping and a pong each way, as the link's ping interval is a
	// second; and rateMore is room for its probes of the path, which come each minute.
	rateEach, rateMore = 4, 4
	// wellAfter is how long there must have been no more than that: the token goes round many times a second.
	wellAfter = 5 * time.Second
)

// As long as a network link works, this link carries knet's pings and pongs only, which are all of one length, and which may take their
// time. A frame of another length is the first sign that Corosync's own traffic comes over the disk: the token must go round within
// its time-out although nobody was looking.
const (
	lengthsKept   = 32 // frames that are remembered while the network is well
	lengthRegular = 8  // a length that so many of them have is that of pings
	// alert is how long such a frame keeps everybody awake: twice the time after which Corosync sends a token again (balanced profile).
	alert = 500 * time.Millisecond
)

// pace decides how soon the next poll is, from the traffic alone: whether the network is well need not be asked of anybody.
type pace struct {
	timing Timing

	mu      sync.Mutex  // guards what is below
	recent  []time.Time // a ring: when the last frames came, as many as knet may send and receive by itself in the window
	at      int
	lengths [lengthsKept]int // a ring
	length  int
	active  time.Time // the last frame that calls for fast polls
	alerted time.Time // the last frame that was no ping while the network was well
	used    time.Time // the last time that there was more traffic than knet's own
	pause   time.Duration
	kick    chan struct{} // something was sent: an answer may come
}

func newPace(t Timing, nodes int, now time.Time) *pace {
	// Nothing is known yet: after a restart the cluster may be living on the disk.
	return &pace{timing: t, recent: make([]time.Time, rateEach*(nodes-1)+rateMore), active: now, used: now, pause: t.Busy, kick: make(chan struct{}, 1)}
}

// carried notes a frame that this node has sent or received.
func (p *pace) carried(length int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.recent[p.at]) < rateWindow {
		p.used = now
	}
	p.recent[p.at] = now
	p.at = (p.at + 1) % len(p.recent)
	p.notice(length, now)
}

// passed notes a frame between two others: the token that goes round there will be here next.
func (p *pace) passed(length int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notice(length, now)
}

// notice is called with mu held.
func (p *pace) notice(length int, now time.Time) {
	if now.Sub(p.used) > wellAfter {
		n := 0
		for _, l := range p.lengths {
			if l == length {
				n++
			}
		}
		p.lengths[p.length] = length
		p.length = (p.length + 1) % lengthsKept
		if n >= lengthRegular {
			return // a ping
		}
		p.alerted = now
	}
	p.active = now
	select {
	case p.kick <- struct{}{}:
	default:
	}
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
