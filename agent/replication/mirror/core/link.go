package core

import (
	"fmt"
	"time"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// link is the connection to the peer, and the meeting that makes a session of it.
type link struct {
	number  uint64        // 0 is none
	session uint64        // 0 before the meeting has ended well
	base    uint64        // newest sequence before the session
	since   time.Duration // when this side greeted
	heard   time.Duration
	asked   time.Duration

	own, peer []byte // greetings as they were sent
	mine      wire.Greeting
	theirs    wire.Greeting
	verdict   verdict
	held      bool  // the peer wants no resync now
	left      int64 // bytes that the Primary has still to copy here
}

// greeted keeps the peer's greeting.
func (l *link) greeted(payload []byte) { l.peer = payload }

func (c *Core) linked(number uint64) {
	c.lost()
	c.link.number = number
	c.greet()
}

func (c *Core) unlinked(number uint64) {
	if c.link.number == number {
		c.lost()
	}
}

// dropLink closes the link; what was known of the peer by it ends with it.
func (c *Core) dropLink() {
	if c.link.number != 0 {
		c.emit(Drop{c.link.number})
		c.lost()
	}
}

// lost ends the session. A Primary that has a peer in the in-sync set stands still until that is settled.
func (c *Core) lost() {
	had := c.link.session != 0
	c.link, c.sync = link{}, nil
	c.peerGone()
	c.endVerify()
	c.target.forget()
	switch {
	case !had:
	case !c.primary():
		c.mode = Apart
	case c.mode == Alone: // met, and nothing sent yet
	case c.store.gone:
		c.halt(ErrNoDisk)
	default:
		c.part()
	}
}

// send sends a frame of the session.
func (c *Core) send(connection int, f wire.Frame) {
	f.Session, f.Term = c.link.session, c.store.super.Term
	c.emit(Send{Link: c.link.number, Connection: connection, Frame: f})
}

// greet tells the peer where this side stands, once that is settled: it is on the disk, and nothing is under way that would make it untrue.
func (c *Core) greet() {
	if c.link.number == 0 || c.link.own != nil || (c.mode != Apart && c.mode != Alone) || c.unsettled() {
		return
	}
	s := c.store.super
	g := wire.Greeting{
		Volume: s.Volume, Node: s.Node, Geometry: s.Geometry, Term: s.Term, Meetings: s.Meetings, Led: s.Led,
		Primary: c.primary(), Dirty: c.store.bitmap.Any(), PeerFailed: s.PeerFailed, State: s.State, Current: s.Current, Base: s.Base, Past: s.Past,
	}
	for i := range g.Nonce {
		g.Nonce[i] = byte(c.cfg.Random.Uint32())
	}
	c.link.mine, c.link.own, c.link.since = g, g.Encode(), c.now
	c.send(0, wire.Frame{Type: wire.Hello, Payload: c.link.own})
	c.prove()
}

func (c *Core) unsettled() bool {
	return c.settling || c.set.claiming || c.set.giving || c.first != nil ||
		(c.target.writing > 0 && c.keeps(DrainBeforeMeeting)) ||
		(!c.store.settled() && c.keeps(GreetWhatIsDurable))
}

// Silent is for how long nothing has been heard of the peer, where there is one.
func (c *Core) Silent() time.Duration { return c.now - c.link.heard }

func (c *Core) received(e Received) {
	f := e.Frame
	if f.Type <= wire.Refuse {
		if e.Link == c.link.number && c.link.session == 0 {
			c.meeting(f)
		}
		return
	}
	if !c.current(f) {
		return
	}
	c.link.heard = c.now
	if err := c.frame(f); err != nil {
		c.reject(err)
	}
}

// current refuses what an earlier session, or a Primary of an earlier promotion, has left in a connection's buffers.
func (c *Core) current(f wire.Frame) bool {
	if !c.keeps(FramesOfSession) {
		return c.link.session != 0
	}
	return c.link.session != 0 && f.Session == c.link.session && (f.Term >= c.store.super.Term || !byPrimary(f.Type))
}

// byPrimary says whether only a Primary sends such frames.
func byPrimary(t wire.Type) bool {
	switch t {
	case wire.Write, wire.Discard, wire.Resync, wire.Flush, wire.Promote, wire.SyncEnd, wire.Detach, wire.Fetch, wire.Compare:
		return true
	}
	return false
}

func (c *Core) meeting(f wire.Frame) {
	switch f.Type {
	case wire.Hello:
		if c.link.peer == nil {
			c.link.greeted(f.Payload)
			c.greet()
			c.prove()
		}
	case wire.Proof:
		c.proven(f.Payload)
	case wire.Refuse:
		c.apart = fmt.Errorf("%w: %.200q", ErrByPeer, f.Payload)
		c.emit(Rejected{c.apart})
		c.dropLink()
	}
}

// prove answers the peer's greeting, once both are known.
func (c *Core) prove() {
	if c.link.own == nil || c.link.peer == nil || c.link.theirs.Node != 0 {
		return
	}
	g, err := wire.DecodeGreeting(c.link.peer)
	if err != nil {
		c.reject(err)
		return
	}
	c.link.theirs = g
	c.send(0, wire.Frame{Type: wire.Proof, Payload: wire.Prove(c.cfg.Key, c.link.own, c.link.peer)})
}

func (c *Core) proven(proof []byte) {
	l := &c.link
	if l.own == nil || l.peer == nil || !wire.Proven(c.cfg.Key, l.own, l.peer, proof) {
		c.reject(ErrKey)
		return
	}
	if err := c.meet(); err != nil {
		c.reject(err)
	}
}

// reject ends a meeting or a session with a peer that this side does not work with.
func (c *Core) reject(err error) {
	if c.link.session == 0 {
		c.send(0, wire.Frame{Type: wire.Refuse, Payload: []byte(err.Error())})
	}
	c.apart = err
	c.emit(Rejected{err})
	c.dropLink()
}

// meet begins the session. A Primary waits for the other to be ready; of two Secondaries each knows now what the other is worth.
func (c *Core) meet() error {
	l := &c.link
	if err := identify(l.mine, l.theirs); err != nil {
		return err
	}
	if !c.keeps(RestoredGetsAll) {
		l.mine.Meetings, l.theirs.Meetings = 0, 0
	}
	v, err := judge(l.mine, l.theirs)
	if err != nil {
		return err
	}
	if (l.mine.Primary && v.order != ahead) || (l.theirs.Primary && (v.order != behind || l.theirs.Term < c.store.super.Term)) {
		return ErrStalePrimary
	}
	l.verdict, l.session, l.base = v, wire.SessionOf(c.cfg.Key, l.own, l.peer), c.app.sequence
	l.heard, l.asked = c.now, c.now
	c.apart = nil
	if c.pace.held {
		c.tellPace()
	}
	switch {
	case l.mine.Primary:
	case l.theirs.Primary:
		c.become()
	default:
		c.mode = Met
		c.changeSuper(c.remember, func() {})
	}
	return nil
}

// remember keeps what the meeting has told of this side where it is behind.
func (c *Core) remember(s *format.Super) {
	if restored(c.link.mine, c.link.theirs) {
		s.Current = 0
		outdate(s)
	}
	if c.link.verdict.order == behind && c.link.mine.Current != c.link.theirs.Current {
		outdate(s)
	}
}

// inSession returns f, to be called later, in this session alone.
func (c *Core) inSession(f func()) func() {
	session := c.link.session
	return func() {
		if c.link.session == session && session != 0 {
			f()
		}
	}
}

// frame takes a frame of the session.
func (c *Core) frame(f wire.Frame) error {
	switch f.Type {
	case wire.Ping:
		c.send(0, wire.Frame{Type: wire.Pong})
	case wire.Pong:
	case wire.Pace:
		c.link.held, c.link.left = f.Sequence == 1, f.Offset
		c.pump()
	case wire.DiskFailed:
		c.set.peerFailed = c.primary()
		c.dropLink()
	default:
		if c.primary() {
			return c.fromTarget(f)
		}
		return c.fromPrimary(f)
	}
	return nil
}

// tick gives up a peer that is silent or too slow, and tries again what was not answered.
func (c *Core) tick(now time.Duration) {
	c.now = now
	t, l := c.cfg.Timing, &c.link
	switch {
	case l.number == 0:
	case l.session == 0 && l.own != nil && now-l.since > t.Silence:
		c.dropLink()
	case l.session != 0 && (now-l.heard > t.Silence || c.overdue() || c.verifyOverdue()):
		c.dropLink()
	case l.session != 0 && now-l.asked >= t.Ping:
		l.asked = now
		c.send(0, wire.Frame{Type: wire.Ping})
		if c.sync != nil {
			c.tellPace()
		}
	}
	c.retry()
	c.pace.measure(now)
	c.pump()
}
