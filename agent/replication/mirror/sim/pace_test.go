package sim_test

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hawser/agent/replication/mirror"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// What a resync leaves the application, on disks and a network that do one thing after the other and take their time for it, by a clock that
// takes none. Nothing fails here.

const (
	diskTime  = 80 * time.Microsecond // of any operation
	diskRate  = 400 << 20             // bytes per second beside it
	flushTime = 200 * time.Microsecond
	netTime   = 50 * time.Microsecond
	netRate   = 1 << 30
)

var busyGeometry = format.Geometry{Size: 256 << 20, Bit: 64 << 10, Extent: 4 << 20, Slots: format.MaxSlots}

// line is something that does one thing after the other.
type line struct{ free time.Duration }

func (l *line) takes(now, long time.Duration) time.Duration {
	l.free = max(l.free, now) + long
	return l.free
}

// busy is two sides, of which the first is Primary, and an application that writes without a pause.
type busy struct {
	now    time.Duration
	serial int
	events moments
	sides  [3]*busySide
	set    core.InSync
	random *rand.Rand

	hands    int // writes of the application under way at once
	think    time.Duration
	last     uint64
	begun    map[uint64]time.Duration
	took     []time.Duration
	finished time.Duration // when the peer had everything
}

type busySide struct {
	*busy
	number int
	core   *core.Core
	area   []byte
	disk   line
	wire   line
}

type moment struct {
	at     time.Duration
	serial int
	do     func()
}

type moments []moment

func (m moments) Len() int { return len(m) }
func (m moments) Less(a, b int) bool {
	return m[a].at < m[b].at || (m[a].at == m[b].at && m[a].serial < m[b].serial)
}
func (m moments) Swap(a, b int) { m[a], m[b] = m[b], m[a] }
func (m *moments) Push(x any)   { *m = append(*m, x.(moment)) }
func (m *moments) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}

var _ mirror.World = (*busySide)(nil)

// newBusy starts both sides; the second is blank, or has what the first has.
func newBusy(t *testing.T, blank bool, rate core.Rate) *busy {
	t.Helper()
	b := &busy{random: rand.New(rand.NewPCG(1, 2)), begun: map[uint64]time.Duration{}, set: core.InSync{Members: [3]bool{false, true, !blank}}}
	for n := 1; n <= 2; n++ {
		super := format.Super{Volume: format.ID{'v'}, Device: format.ID{byte(n)}, Node: uint8(n), Geometry: busyGeometry, State: format.Consistent, Current: 7}
		if blank && n == 2 {
			super.State, super.Current = format.Inconsistent, 0
		}
		area, err := format.Lay(super)
		if err != nil {
			t.Fatal(err)
		}
		s := &busySide{busy: b, number: n, area: area}
		s.core = core.New(core.Config{
			Volume: super.Volume, Device: super.Device, Node: uint8(n), Size: busyGeometry.Size, Area: int64(len(area)), Key: []byte("key"), Data: 2,
			Random: rand.New(rand.NewPCG(1, uint64(n))), Rate: rate,
			Timing: core.Timing{Ping: time.Second, Silence: 5 * time.Second, Slow: 10 * time.Second, Retry: time.Second},
		})
		b.sides[n] = s
		mirror.Carry(s, s.core.Start())
		s.tick()
	}
	b.until(t, 100*time.Millisecond)
	for _, s := range b.sides[1:] {
		s.handle(core.Linked{Link: 1})
	}
	b.until(t, 200*time.Millisecond)
	b.sides[1].handle(core.Promote{})
	if blank {
		b.until(t, 300*time.Millisecond)
		for _, s := range b.sides[1:] { // a promotion without the peer has ended the link
			s.handle(core.Linked{Link: 2})
		}
	}
	return b
}

func (b *busy) at(when time.Duration, do func()) {
	b.serial++
	heap.Push(&b.events, moment{max(when, b.now), b.serial, do})
}

// until carries out what happens until a moment.
func (b *busy) until(t *testing.T, end time.Duration) {
	t.Helper()
	for len(b.events) > 0 && b.events[0].at <= end {
		m := heap.Pop(&b.events).(moment)
		b.now = m.at
		m.do()
		if b.finished == 0 && b.sides[2] != nil && b.sides[1].core.Mode() == core.Paired {
			b.finished = b.now
		}
	}
	b.now = end
}

// ask writes at a place of the application's own.
func (b *busy) ask() {
	b.last++
	b.begun[b.last] = b.now
	at := b.random.Int64N(busyGeometry.Size/4096) * 4096
	b.sides[1].handle(core.Request{ID: b.last, Kind: core.Write, Offset: at, Data: make([]byte, 4096)})
}

func (s *busySide) tick() {
	s.handle(core.Tick{Now: s.now})
	s.at(s.now+50*time.Millisecond, s.tick)
}

func (s *busySide) handle(e core.Event) {
	s.core.At(s.now)
	mirror.Carry(s, s.core.Handle(e))
}

func (s *busySide) done(bytes int64, fixed time.Duration, d core.DiskDone) {
	s.at(s.disk.takes(s.now, fixed+time.Duration(bytes*int64(time.Second)/diskRate)), func() { s.handle(d) })
}

func (s *busySide) Read(r core.DiskRead) {
	b := make([]byte, r.Length)
	if r.Offset < int64(len(s.area)) {
		copy(b, s.area[r.Offset:])
	}
	s.done(r.Length, diskTime, core.DiskDone{Op: r.Op, Data: b})
}

func (s *busySide) Write(w core.DiskWrite) {
	if w.Offset < int64(len(s.area)) {
		copy(s.area[w.Offset:], w.Data)
	}
	s.done(int64(len(w.Data)), diskTime, core.DiskDone{Op: w.Op})
}

func (s *busySide) Discard(d core.DiskDiscard) { s.done(0, diskTime, core.DiskDone{Op: d.Op}) }
func (s *busySide) Flush(f core.DiskFlush)     { s.done(0, flushTime, core.DiskDone{Op: f.Op}) }

func (s *busySide) Send(link uint64, _ int, f wire.Frame) {
	peer := s.sides[3-s.number]
	arrives := s.wire.takes(s.now, time.Duration(int64(len(f.Payload)+wire.HeaderSize)*int64(time.Second)/netRate)) + netTime
	s.at(arrives, func() { peer.handle(core.Received{Link: link, Frame: f}) })
}

func (s *busySide) Close(link uint64) {
	peer := s.sides[3-s.number]
	s.at(s.now+netTime, func() { peer.handle(core.Unlinked{Link: link}) })
}

func (s *busySide) Change(id uint64, c core.Change) {
	s.at(s.now+10*time.Millisecond, func() {
		set, err := s.set.Change(c)
		a := core.Answered{Ask: id, Outcome: core.Done, Set: set, Reason: err}
		if err != nil {
			a.Outcome = core.Denied
		}
		s.set = set
		s.handle(a)
	})
}

func (s *busySide) Reply(id uint64, _ []byte, _ error) {
	s.took = append(s.took, s.now-s.begun[id])
	delete(s.begun, id)
	s.at(s.now+s.think, s.ask)
}

func (s *busySide) Granted(uint64)        {}
func (s *busySide) Refused(error)         {}
func (s *busySide) Ceded()                {}
func (s *busySide) Begun(error)           {}
func (s *busySide) Invalidated(error)     {}
func (s *busySide) Rejected(error)        {}
func (s *busySide) BadBlock(int64)        {}
func (s *busySide) Detached(error)        {}
func (s *busySide) Verified(int64, error) {}
func (s *busySide) Halted(error)          {}

// feels lets the application work for a while, and returns the middle and the ninety-ninth of a hundred of what it has felt.
func (b *busy) feels(t *testing.T, long time.Duration) (middle, late time.Duration) {
	t.Helper()
	b.took = nil
	b.until(t, b.now+long)
	slices.Sort(b.took)
	if len(b.took) < 100 {
		t.Fatalf("%d writes in %v", len(b.took), long)
	}
	return b.took[len(b.took)/2], b.took[len(b.took)*99/100]
}

func (b *busy) work(hands int) {
	b.hands = hands
	for range hands {
		b.ask()
	}
}

// TestPace: a resync leaves an application that writes without a pause most of its latency, gets on beside it, and takes what there is when the
// application rests. Without a controller it takes much more.
func TestPace(t *testing.T) {
	for name, hands := range map[string]int{"OneWrite": 1, "EightWrites": 8} {
		t.Run(name, func(t *testing.T) {
			b := newBusy(t, false, core.Rate{})
			b.until(t, time.Second)
			b.work(hands)
			alone, aloneLate := b.feels(t, 2*time.Second)

			b = newBusy(t, true, core.Rate{Min: 1 << 20})
			b.until(t, 320*time.Millisecond)
			b.work(hands)
			b.until(t, 3*time.Second) // it finds out
			if b.sides[1].core.Mode() != core.Syncing {
				t.Fatalf("%s after 3 s: there is nothing to be seen", b.sides[1].core.Mode())
			}
			left := b.sides[1].core.Resync().Left
			beside, besideLate := b.feels(t, 2*time.Second)
			rate := (left - b.sides[1].core.Resync().Left) / 2

			u := newBusy(t, true, core.Rate{Min: 1 << 40})
			u.until(t, 320*time.Millisecond)
			u.work(hands)
			wild, wildLate := u.feels(t, 400*time.Millisecond)
			t.Logf("alone %v (%v), beside a resync of %d MiB/s %v (%v), without a controller %v (%v)", alone, aloneLate, rate>>20, beside, besideLate, wild, wildLate)
			if beside > 3*alone/2 || besideLate > 3*aloneLate {
				t.Errorf("the application is left too little")
			}
			if rate < 4<<20 {
				t.Errorf("the resync hardly gets on")
			}
			if wild < beside && wildLate < besideLate {
				t.Errorf("the controller makes nothing better")
			}
		})
	}
	t.Run("Idle", func(t *testing.T) {
		b := newBusy(t, true, core.Rate{Min: 1 << 20})
		begun := b.now
		b.until(t, 20*time.Second)
		took := b.finished - begun
		if rate := float64(busyGeometry.Size) / took.Seconds(); b.finished == 0 || rate < 0.4*diskRate {
			t.Errorf("%.0f MiB/s where nobody else wants anything, of %d", rate/(1<<20), diskRate>>20)
		}
	})
	t.Run("LimitAndHold", func(t *testing.T) {
		b := newBusy(t, true, core.Rate{Min: 1 << 20})
		b.until(t, 400*time.Millisecond)
		b.sides[1].handle(core.Limit{Rate: 8 << 20})
		b.until(t, time.Second)
		left := b.sides[1].core.Resync().Left
		b.until(t, 3*time.Second)
		if rate := (left - b.sides[1].core.Resync().Left) / 2; rate > 9<<20 || rate < 6<<20 {
			t.Errorf("%d bytes per second with a limit of 8 MiB/s", rate)
		}
		if r := b.sides[2].core.Resync(); r.Rate < 6<<20 || r.Left == 0 {
			t.Errorf("the target tells of %+v", r)
		}
		for _, who := range b.sides[1:] { // either may
			who.handle(core.Hold{On: true})
			b.until(t, b.now+200*time.Millisecond)
			left = b.sides[1].core.Resync().Left
			b.until(t, b.now+time.Second)
			if r := b.sides[1].core.Resync(); r.Left != left || (!r.Held && !r.ByPeer) {
				t.Errorf("held by side %d, it goes on: %+v", who.number, r)
			}
			who.handle(core.Hold{})
			b.until(t, b.now+time.Second)
			if r := b.sides[1].core.Resync(); r.Left >= left {
				t.Errorf("let go by side %d, it does not go on: %+v", who.number, r)
			}
		}
		b.sides[1].handle(core.Limit{})
		b.until(t, b.now+20*time.Second)
		if b.finished == 0 {
			t.Errorf("not at its end: %+v", b.sides[1].core.Resync())
		}
	})
}
