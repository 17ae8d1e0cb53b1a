// Package core is the mirror's state machine: one side of a volume, as events in and effects out. It has no goroutine, no clock, and no
// input or output of its own, so that the simulation runs what the daemon runs. DESIGN.md beside this folder says why it is as it is.
package core

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// Config is what a core is told at its birth.
type Config struct {
	Volume format.ID
	Device format.ID // of the device that it has been given
	Node   uint8
	Size   int64  // of the volume, as the cluster's configuration has it; 0 is any
	Area   int64  // bytes of metadata at the device's beginning: Geometry.DataOffset
	Key    []byte // shared with the peer
	Data   int    // connections for data
	Random *rand.Rand
	Timing Timing
	Rate   Rate
}

// Timing are the bounds of waiting. A peer that exceeds one is given up by the in-sync set's rules, never by time alone.
type Timing struct {
	Ping    time.Duration // between two questions whether the peer is there
	Silence time.Duration // after which a peer that says nothing is lost; a meeting that does not end, too
	Slow    time.Duration // after which a peer that does not carry out a write or flush is lost
	Retry   time.Duration // between two changes of the set that were not answered
}

// Mode is where a side stands.
type Mode uint8

// The modes. The last five are those of a Primary.
const (
	Down      Mode = iota // not started, or halted
	Apart                 // Secondary, no session
	Met                   // Secondary, in a session with another
	Target                // Secondary, written by the Primary
	Suspended             // Primary; whether the peer goes on is open: nothing begins, nothing is acknowledged
	Alone                 // Primary without the peer, which is out of the set
	Syncing               // Primary; the peer gets what it lacks, and each write
	Paired                // Primary; the peer has everything
	Remote                // Primary without a disk of its own, on the peer's
)

func (m Mode) String() string {
	return [...]string{"Down", "Apart", "Met", "Target", "Suspended", "Alone", "Syncing", "Paired", "Remote"}[m]
}

// Why an order or a request is refused.
var (
	ErrNotReady     = errors.New("this side is not ready")
	ErrNotPrimary   = errors.New("this side is not Primary")
	ErrInconsistent = errors.New("this side's data are a mixture of old and new: a resync has not ended")
	ErrOutdated     = errors.New("this side's data are outdated")
	ErrPeerNewer    = errors.New("the peer has newer data")
	ErrPeerPrimary  = errors.New("the peer is Primary")
	ErrUnanswered   = errors.New("the in-sync set could not be changed: no quorum, or fencing is not confirmed")
	ErrRange        = errors.New("outside of the volume")
	ErrNoDisk       = errors.New("this side has no disk, and the peer with the other is lost")
	ErrOtherDevice  = errors.New("the metadata were made for another device: this is a copy")
	ErrOtherSize    = errors.New("the volume is of another size than configured")
	ErrConfigured   = errors.New("the device carries another volume or another side")
	ErrPrimary      = errors.New("this side is Primary")
	ErrNoSource     = errors.New("the peer is not known to have what this side has, or newer")
	ErrNoPeer       = errors.New("the peer is not there, or not blank")
	ErrNotSo        = errors.New("this side's data are not what the override names")
)

// Core is one side of a volume. It is used by one goroutine at a time.
type Core struct {
	cfg    Config
	broken Rule
	out    []Effect
	now    time.Duration

	ops  map[uint64]func([]byte, error) // what follows when a disk operation ends
	last uint64                         // number of the newest operation or ask

	mode     Mode
	settling bool // something must be on the disk before this side meets anybody
	store    store
	link     link
	set      claims
	app      application
	target   target
	sync     *resync
	check    *verification
	first    *first
	pace     pace
	apart    error // why the peer was not worked with, in the newest meeting
}

// New returns a side that has not started.
func New(cfg Config) *Core {
	c := &Core{cfg: cfg, ops: map[uint64]func([]byte, error){}}
	c.target.forget()
	return c
}

// Mode is where this side stands.
func (c *Core) Mode() Mode { return c.mode }

// Term is of the newest promotion that this side knows.
func (c *Core) Term() uint64 { return c.store.super.Term }

// Super is this side's superblock, as it is or is about to be on the disk.
func (c *Core) Super() format.Super { return c.store.super }

// Dirty is how many pieces the peer may lack, by the bitmap.
func (c *Core) Dirty() int { return c.store.bitmap.Count() }

// InSet is whether the peer is known to be in the in-sync set.
func (c *Core) InSet() bool { return c.mode == Paired && c.set.included }

// Alike is whether the peer is there, and both are known to have the same.
func (c *Core) Alike() bool {
	return c.mode == Paired || (c.mode == Target && c.store.super.State == format.Consistent) ||
		(c.mode == Met && c.link.verdict.order == same && c.store.super.State == format.Consistent)
}

func (c *Core) primary() bool { return c.mode >= Suspended }
func (c *Core) open() bool    { return c.mode >= Alone }
func (c *Core) joined() bool  { return c.mode >= Syncing }

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

// Start begins: the metadata are read. It is called once, before Handle.
func (c *Core) Start() []Effect {
	c.settling = true
	c.read(ReadMetadata, 0, c.cfg.Area, c.load)
	return c.take()
}

// At tells the time of the next event, by the clock of Tick.
func (c *Core) At(now time.Duration) { c.now = now }

func (c *Core) take() []Effect {
	out := c.out
	c.out = nil
	return out
}

// Handle takes an event and returns what is to be done, in this order.
func (c *Core) Handle(e Event) []Effect {
	if d, ok := e.(DiskDone); ok {
		c.diskDone(d)
		return c.take()
	}
	if c.mode == Down {
		c.whileDown(e)
		return c.take()
	}
	switch e := e.(type) {
	case Linked:
		c.linked(e.Link)
	case Unlinked:
		c.unlinked(e.Link)
	case Received:
		c.received(e)
	case Tick:
		c.tick(e.Now)
	case Answered:
		c.answered(e)
	case Promote:
		c.promote(e.Despite)
	case Demote:
		c.demote()
	case Verify:
		c.verify()
	case FirstSync:
		c.firstSync(e.Same)
	case Invalidate:
		c.invalidate()
	case Hold, Limit:
		c.paced(e)
	case Request:
		c.request(e)
	}
	return c.take()
}

// whileDown remembers what will matter after the start, and refuses orders.
func (c *Core) whileDown(e Event) {
	switch e := e.(type) {
	case Linked:
		c.link = link{number: e.Link}
	case Unlinked:
		if c.link.number == e.Link {
			c.link = link{}
		}
	case Received:
		if e.Link == c.link.number && e.Frame.Type == wire.Hello {
			c.link.greeted(e.Frame.Payload)
		}
	case Tick:
		c.now = e.Now
	case Promote:
		c.emit(Refused{ErrNotReady})
	case Verify:
		c.emit(Verified{Err: ErrNotReady})
	case Hold, Limit:
		c.paced(e)
	case FirstSync:
		c.emit(Begun{ErrNotReady})
	case Invalidate:
		c.emit(Invalidated{ErrNotReady})
	case Request:
		c.emit(Reply{ID: e.ID, Err: ErrNotReady})
	}
}

// load takes over what the disk says, and makes a crash of this side as Primary a matter of the bitmap.
func (c *Core) load(b []byte, err error) {
	if err != nil {
		c.halt(fmt.Errorf("%s: %w", ReadMetadata, err))
		return
	}
	m, err := format.Decode(b)
	if err == nil {
		err = c.admit(m.Super)
	}
	if err != nil {
		c.halt(err)
		return
	}
	c.store.open(m)
	if m.Super.Active && c.keeps(LogAfterCrash) {
		c.recover(m)
	}
	c.store.logChanged = !c.keeps(LogClearedLast)
	c.commit(func() {
		c.store.super.Active = false
		c.store.forgetLog()
		c.commit(func() {
			c.mode, c.settling = Apart, false
			c.greet()
		})
	})
}

func (c *Core) recover(m format.Metadata) {
	if m.LogLost {
		c.store.bitmap.SetAll()
		return
	}
	extent := m.Super.Geometry.Extent
	for _, e := range m.Log.Extents {
		c.store.bitmap.SetSpan(int64(e)*extent, min(extent, m.Super.Geometry.Size-int64(e)*extent))
	}
}

// admit refuses a device that is not the one of this side.
func (c *Core) admit(s format.Super) error {
	switch {
	case s.Volume != c.cfg.Volume || s.Node != c.cfg.Node:
		return fmt.Errorf("%w: volume %s, side %d", ErrConfigured, s.Volume, s.Node)
	case s.Device != c.cfg.Device:
		return ErrOtherDevice
	case c.cfg.Size != 0 && s.Geometry.Size != c.cfg.Size:
		return fmt.Errorf("%w: %d bytes", ErrOtherSize, s.Geometry.Size)
	}
	return nil
}

// fail is the end of this side's disk. A Primary whose peer has everything goes on with that one's. Any other side ends, and tells the
// peer, so that it need not wait for silence.
func (c *Core) fail(err error) {
	if c.InSet() && !c.set.demoting {
		c.detach(err)
		return
	}
	if c.link.session != 0 {
		c.send(0, wire.Frame{Type: wire.DiskFailed})
	}
	c.halt(err)
}

// halt ends this side. Nothing of what was asked is answered: only the cluster can say what becomes of it.
func (c *Core) halt(err error) {
	c.endVerify()
	c.endFirst(ErrNotReady)
	c.mode = Down
	c.link = link{}
	clear(c.ops)
	c.emit(Halted{err})
}

func (c *Core) generation() format.Generation {
	return format.Generation(max(c.cfg.Random.Uint64(), 1))
}
