package core_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"hawser/agent/replication/mirror"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

var geometry = format.Geometry{Size: 64 << 10, Bit: 4 << 10, Extent: 16 << 10, Slots: 2}

// pair is two sides on disks and a network that are quick and well: for what the simulation does not try, because it must be refused.
type pair struct {
	t     *testing.T
	set   core.InSync
	sides [3]*side
	queue []func()
	links uint64
}

type side struct {
	*pair
	number int
	super  format.Super // what the device is laid out with
	cfg    core.Config
	core   *core.Core
	disk   []byte

	detached, granted, ceded  bool
	refused, rejected, halted error
	broken                    core.Op // fails from now on
	replies                   map[uint64]core.Reply
	sent                      []wire.Frame
	verified                  []core.Verified
	begun, invalidated        []error
}

var _ mirror.World = (*side)(nil)

func newPair(t *testing.T, change func(one, two *side)) *pair {
	t.Helper()
	p := &pair{t: t, set: core.InSync{Members: [3]bool{false, true, true}}}
	for n := 1; n <= 2; n++ {
		s := &side{pair: p, number: n, replies: map[uint64]core.Reply{}}
		s.super = format.Super{Volume: format.ID{'v'}, Device: format.ID{byte(n)}, Node: uint8(n), Geometry: geometry, State: format.Consistent, Current: 7}
		s.cfg = core.Config{
			Volume: s.super.Volume, Device: s.super.Device, Node: uint8(n), Size: geometry.Size, Key: []byte("key"), Data: 2,
			Random: rand.New(rand.NewPCG(1, uint64(n))), Timing: core.Timing{Ping: time.Second, Silence: 5 * time.Second, Slow: 20 * time.Second, Retry: time.Second},
		}
		p.sides[n] = s
	}
	if change != nil {
		change(p.sides[1], p.sides[2])
	}
	for _, s := range p.sides[1:] {
		b, err := format.Lay(s.super)
		if err != nil {
			t.Fatal(err)
		}
		s.disk = append(b, make([]byte, s.super.Geometry.Size)...)
	}
	return p
}

// start starts a side, with what its disk says.
func (s *side) start() {
	s.granted, s.refused, s.rejected, s.halted = false, nil, nil, nil
	s.cfg.Area = s.super.Geometry.DataOffset()
	s.core = core.New(s.cfg)
	mirror.Carry(s, s.core.Start())
	s.settle()
}

func (p *pair) start() (one, two *side) {
	p.sides[1].start()
	p.sides[2].start()
	return p.sides[1], p.sides[2]
}

// connect lets the two meet.
func (p *pair) connect() {
	p.links++
	for _, s := range p.sides[1:] {
		s.handle(core.Linked{Link: p.links})
	}
	p.settle()
}

func (p *pair) disconnect() {
	for _, s := range p.sides[1:] {
		s.handle(core.Unlinked{Link: p.links})
	}
	p.settle()
}

// settle carries out what there is to do until there is nothing.
func (p *pair) settle() {
	for steps := 0; len(p.queue) > 0; steps++ {
		if steps > 100_000 {
			p.t.Fatal("it does not come to rest")
		}
		p.step()
	}
}

func (p *pair) step() {
	p.t.Helper()
	if len(p.queue) == 0 {
		p.t.Fatal("it has come to rest")
	}
	f := p.queue[0]
	p.queue = p.queue[1:]
	f()
}

func (s *side) handle(e core.Event) { mirror.Carry(s, s.core.Handle(e)) }

// does hands the side an event and waits for all that comes of it.
func (s *side) does(e core.Event) {
	s.handle(e)
	s.settle()
}

func (s *side) later(e core.Event) {
	c := s.core
	s.queue = append(s.queue, func() {
		if s.core == c {
			s.handle(e)
		}
	})
}

func (s *side) write(id uint64, offset int64, fill byte) error {
	s.does(core.Request{ID: id, Kind: core.Write, Offset: offset, Data: bytes.Repeat([]byte{fill}, 4096)})
	r, ok := s.replies[id]
	if !ok {
		return errors.New("not acknowledged")
	}
	return r.Err
}

func (s *side) data() []byte { return s.disk[s.super.Geometry.DataOffset():] }

func (s *side) onDisk() format.Super {
	s.t.Helper()
	u, err := format.ReadSuper(s.disk)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func (s *side) Read(r core.DiskRead) {
	s.later(core.DiskDone{Op: r.Op, Err: s.fails(r.Name), Data: bytes.Clone(s.disk[r.Offset : r.Offset+r.Length])})
}

func (s *side) Write(w core.DiskWrite) {
	copy(s.disk[w.Offset:], w.Data)
	s.later(core.DiskDone{Op: w.Op, Err: s.fails(w.Name)})
}

func (s *side) Discard(d core.DiskDiscard) {
	clear(s.disk[d.Offset : d.Offset+d.Length])
	s.later(core.DiskDone{Op: d.Op, Err: s.fails(d.Name)})
}

func (s *side) Flush(f core.DiskFlush) { s.later(core.DiskDone{Op: f.Op, Err: s.fails(f.Name)}) }

func (s *side) fails(op core.Op) error {
	if op == s.broken {
		return errors.New("input/output error")
	}
	return nil
}

func (s *side) Send(link uint64, _ int, f wire.Frame) {
	s.sent = append(s.sent, f)
	if other := s.sides[3-s.number]; link == s.links && other.core != nil {
		other.later(core.Received{Link: link, Frame: f})
	}
}

func (s *side) Close(link uint64) {
	if other := s.sides[3-s.number]; other.core != nil {
		other.later(core.Unlinked{Link: link})
	}
}

func (s *side) Change(id uint64, c core.Change) {
	set, err := s.set.Change(c)
	outcome := core.Done
	if err != nil {
		outcome = core.Denied
	}
	s.set = set
	s.later(core.Answered{Ask: id, Outcome: outcome, Set: set, Reason: err})
}

func (s *side) Granted(uint64)        { s.granted = true }
func (s *side) Refused(err error)     { s.refused = err }
func (s *side) Begun(err error)       { s.begun = append(s.begun, err) }
func (s *side) Invalidated(err error) { s.invalidated = append(s.invalidated, err) }
func (s *side) Ceded()                { s.ceded, s.granted = true, false }
func (s *side) Reply(id uint64, d []byte, err error) {
	s.replies[id] = core.Reply{ID: id, Data: d, Err: err}
}
func (s *side) Detached(error) { s.detached = true }
func (s *side) BadBlock(int64) {}
func (s *side) Verified(different int64, err error) {
	s.verified = append(s.verified, core.Verified{Different: different, Err: err})
}

func (s *side) Rejected(err error) {
	if s.rejected == nil {
		s.rejected = err
	}
}

func (s *side) Halted(err error) { s.halted = err }
