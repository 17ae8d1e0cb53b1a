package core

import (
	"math"
	"time"

	"hawser/agent/replication/mirror/wire"
)

// Rate bounds a resync, in bytes per second.
type Rate struct {
	Min int64 // as much it gets whatever the application feels of it
	Max int64 // 0 is none
}

// The controller of a resync. What counts is what the application feels: how long its reads and writes take beside pieces that are on their way,
// against how long they take without. From time to time no piece begins, so that the second is known. Where it feels too much the rate falls by
// a third; else it grows, and quickly where there is no application. The window is one piece while there is one: what is queued before a write
// it has to wait for.
const (
	judging     = 200 * time.Millisecond // between two judgements
	listening   = 4 * time.Second        // between two looks at the application alone
	listenMost  = 500 * time.Millisecond // one such look
	heardEnough = 8                      // requests that end one
	idleWindow  = 8                      // pieces on their way at once where there is no application
	startRate   = 32 << 20
	burst       = 50 * time.Millisecond // what may be sent at once, by the rate: the daemon's tick
	slackTime   = 200 * time.Microsecond
)

// felt is how long one kind of request takes.
type felt struct {
	alone  float64 // without a piece beside it, in nanoseconds, smoothed; 0 is not known
	beside float64 // sum since the last judgement
	n      int
}

// tooSlow says whether requests take more than half as long again as they would alone.
func (f *felt) tooSlow() bool {
	return f.n > 0 && f.alone > 0 && f.beside/float64(f.n) > 1.5*f.alone+float64(slackTime)
}

// pace is how a resync goes.
type pace struct {
	held   bool  // by a person
	limit  int64 // by a person; 0 is none
	rate   float64
	credit float64 // bytes that may be sent now
	filled time.Duration
	judged time.Duration
	pieces uint64 // that have begun
	reads  felt
	writes felt
	ends   int           // of requests, since the last judgement
	busy   bool          // there is an application, by the last judgement
	heard  time.Duration // when the application was last listened to alone
	listen time.Duration // until then no piece begins; 0: they may
	alone  int           // requests that have ended meanwhile

	moved   uint64 // bytes that were copied, from here or to here
	counted uint64
	clock   time.Duration
	speed   float64 // bytes per second, smoothed
}

// begin begins with a guess.
func (p *pace) begin(c *Core) {
	p.rate, p.credit, p.filled, p.judged = startRate, startRate*burst.Seconds(), c.now, c.now
	p.reads, p.writes, p.heard, p.listen, p.busy = felt{}, felt{}, c.now-listening, 0, false
}

// ended takes note of a request of the application.
func (p *pace) ended(c *Core, r *request) {
	p.ends++
	f := &p.reads
	switch r.Kind {
	case Discard: // takes as long as it takes
		return
	case Write:
		f = &p.writes
	}
	took := float64(max(c.now-r.came, 1))
	switch {
	case r.beside || r.pieces != p.pieces:
		f.beside += took
		f.n++
	case f.alone == 0:
		f.alone = took
	default:
		f.alone += (took - f.alone) / 8
	}
	if p.listen != 0 && !r.beside && r.pieces == p.pieces {
		p.alone++
	}
}

// spend notes that a piece begins.
func (p *pace) spend(length int64) {
	p.pieces++
	p.credit -= float64(length)
}

// mayCopy says whether a piece may begin now.
func (c *Core) mayCopy() bool {
	p := &c.pace
	if p.held || c.link.held {
		return false
	}
	c.judgePace()
	window := idleWindow
	if p.busy || len(c.app.flight)+len(c.app.reads) > 0 {
		window = 1
	}
	return p.listen == 0 && len(c.sync.copying) < window && p.credit > 0
}

// judgePace lets time pass: credit grows by the rate, and the rate is judged.
func (c *Core) judgePace() {
	p := &c.pace
	least, most := float64(c.cfg.Rate.Min), float64(math.MaxInt32)
	for _, bound := range []int64{c.cfg.Rate.Max, p.limit} {
		if bound > 0 {
			most = min(most, float64(bound))
		}
	}
	p.rate = min(max(p.rate, least, 1), most)
	p.credit = min(p.credit+p.rate*(c.now-p.filled).Seconds(), p.rate*burst.Seconds())
	p.filled = c.now
	if p.listen != 0 && (c.now >= p.listen || p.alone >= heardEnough) {
		p.listen, p.heard = 0, c.now
	}
	if c.now-p.judged < judging {
		return
	}
	p.judged = c.now
	waits := len(c.app.flight) + len(c.app.reads) + len(c.app.queue)
	p.busy = p.ends > 0 || waits > 0
	switch {
	case !p.busy:
		p.rate *= 2
	case p.reads.tooSlow() || p.writes.tooSlow() || (p.ends == 0 && waits > 0):
		p.rate *= 2.0 / 3
	default:
		p.rate += max(p.rate/8, 256<<10)
	}
	p.rate = min(max(p.rate, least, 1), most)
	p.ends = 0
	for _, f := range []*felt{&p.reads, &p.writes} {
		f.beside, f.n = 0, 0
	}
	if p.busy && p.listen == 0 && c.now-p.heard >= listening {
		p.listen, p.alone = c.now+listenMost, 0
	}
}

// measure tells how fast a resync is, as people want to know it.
func (p *pace) measure(now time.Duration) {
	if took := now - p.clock; took >= time.Second {
		p.speed += (float64(p.moved-p.counted)/took.Seconds() - p.speed) / 2
		if p.moved == p.counted && p.speed < 1024 {
			p.speed = 0
		}
		p.counted, p.clock = p.moved, now
	}
}

// paced takes a person's wish. Either side may hold a resync; the side that copies has its limit.
func (c *Core) paced(e Event) {
	switch e := e.(type) {
	case Hold:
		c.pace.held = e.On
		if c.link.session != 0 {
			c.tellPace()
		}
	case Limit:
		c.pace.limit = max(e.Rate, 0)
		c.pace.credit = 0
	}
	c.pump()
}

// tellPace tells the peer whether this side wants a resync, and what is left of it.
func (c *Core) tellPace() {
	f := wire.Frame{Type: wire.Pace}
	if c.pace.held {
		f.Sequence = 1
	}
	if c.primary() {
		f.Offset = c.left()
	}
	c.send(0, f)
}

func (c *Core) left() int64 {
	g := c.store.super.Geometry
	return min(int64(c.store.bitmap.Count())*g.Bit, g.Size)
}

// Resyncing is how a resync goes.
type Resyncing struct {
	Left    int64 // bytes
	Rate    int64 // bytes per second, measured
	Allowed int64 // bytes per second, by the controller; 0 on the side that gets them
	Limit   int64 // by a person; 0 is none
	Held    bool  // by a person, here
	ByPeer  bool  // by a person, there
}

// Resync tells of a resync from here or to here, and of what a person wants of the next.
func (c *Core) Resync() Resyncing {
	p := c.pace
	r := Resyncing{Rate: int64(p.speed), Limit: p.limit, Held: p.held, ByPeer: c.link.held}
	switch c.mode {
	case Syncing:
		r.Left, r.Allowed = c.left(), int64(p.rate)
	case Target:
		r.Left = c.link.left
	}
	return r
}
