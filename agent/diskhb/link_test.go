package diskhb_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"hawser/agent/diskhb"
)

var (
	uuid   = diskhb.UUID{1, 2, 3, 4}
	super  = diskhb.NewSuper(uuid, "trial", 4, time.Unix(1_800_000_000, 0))
	key    = bytes.Repeat([]byte{7}, diskhb.KeySize)
	filter = diskhb.Filter{Prefix: netip.MustParsePrefix("192.168.250.0/24"), Port: diskhb.Port}
)

// Places in the layout, by docs/formats/diskhb.md and not by the code.
func headAt(node int) int64 { return int64(2+4+node-1) * 4096 }

func ringAt(node int, sequence uint64) int64 {
	return (2 + 2*4 + int64(node-1)*256 + int64(sequence%256)) * 4096
}

// udp is a packet of knet's, as long as asked for.
func udp(from, to, length int, text string) []byte {
	p := make([]byte, max(length, 28+len(text)))
	p[0], p[8], p[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	copy(p[12:], []byte{192, 168, 250, byte(from)})
	copy(p[16:], []byte{192, 168, 250, byte(to)})
	binary.BigEndian.PutUint16(p[20:], diskhb.Port)
	binary.BigEndian.PutUint16(p[22:], diskhb.Port)
	binary.BigEndian.PutUint16(p[24:], uint16(len(p)-20))
	copy(p[28:], text)
	return p
}

// node is a link at work.
type node struct {
	t    *testing.T
	id   int
	path *path
	wire *wire
	link *diskhb.Link
	done chan error
	end  context.CancelFunc
}

func formatted(t *testing.T) *disk {
	t.Helper()
	d := newDisk(super.Size())
	if err := diskhb.Format(d.path(), super); err != nil {
		t.Fatal(err)
	}
	return d
}

func options(d *disk, id int) diskhb.Options {
	return diskhb.Options{Device: d.path(), Packets: newWire(), Super: super, Node: id, Nodes: []int{1, 2, 3}, Key: key, Filter: filter, Host: uint64(id * 100)}
}

func start(t *testing.T, o diskhb.Options) *node {
	t.Helper()
	l, err := diskhb.New(o)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, id: o.Node, path: o.Device.(*path), wire: o.Packets.(*wire), link: l, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	n.end = cancel
	go func() { n.done <- l.Run(ctx) }()
	t.Cleanup(func() { cancel() })
	return n
}

// stop ends a node as an ordered stop does.
func (n *node) stop() {
	n.t.Helper()
	n.end()
	if err := <-n.done; err != nil {
		n.t.Errorf("node %d ended with %v", n.id, err)
	}
}

func (n *node) send(to, length int, text string) { n.wire.in <- udp(n.id, to, length, text) }

// got returns the texts that have arrived.
func (n *node) got() []string {
	var list []string
	for {
		select {
		case p := <-n.wire.out:
			list = append(list, string(bytes.TrimRight(p[28:], "\x00")))
		default:
			return list
		}
	}
}

func (n *node) peer(id int) diskhb.PeerStatus {
	for _, p := range n.link.Status().Peers {
		if p.Node == id {
			return p
		}
	}
	n.t.Fatalf("node %d knows no node %d", n.id, id)
	return diskhb.PeerStatus{}
}

func (n *node) is(state diskhb.State) {
	n.t.Helper()
	if got := n.link.Status(); got.State != state {
		n.t.Errorf("node %d is %s (%s), want %s", n.id, got.State, got.Why, state)
	}
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// inBubble runs a test with two nodes that have met, in time that passes only when everybody waits.
func inBubble(t *testing.T, test func(t *testing.T, d *disk, a, b *node)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := formatted(t)
		a, b := start(t, options(d, 1)), start(t, options(d, 2))
		time.Sleep(3 * time.Second)
		a.is(diskhb.Working)
		b.is(diskhb.Working)
		test(t, d, a, b)
		a.stop()
		b.stop()
	})
}

func TestCarries(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		a.send(2, 100, "to b")
		a.send(3, 100, "to c")
		b.send(1, 100, "to a")
		time.Sleep(100 * time.Millisecond)
		want(t, a.got(), "to a")
		want(t, b.got(), "to b")
		if !a.peer(2).Alive || a.peer(3).Alive {
			t.Errorf("peers of 1: %+v", a.link.Status().Peers)
		}
	})
}

// TestOrder: a burst of several batches, full slots and the wrap of the ring included, arrives whole and in order.
func TestOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		for round := range 12 {
			var expect []string
			for i := range 60 {
				text := fmt.Sprintf("%d.%d", round, i)
				expect = append(expect, text)
				a.send(2, 200+(i*37)%1300, text)
			}
			time.Sleep(200 * time.Millisecond)
			want(t, b.got(), expect...)
		}
		if c := b.link.Status().Counters; c.Lost != 0 || c.RingReads == 0 {
			t.Errorf("%+v", c)
		}
	})
}

// TestSilence: a node that has ended is told as not alive within three refreshes, and its head on the disk does not make it live.
func TestSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		c := start(t, options(d, 3))
		time.Sleep(2 * time.Second)
		if !a.peer(3).Alive {
			t.Error("3 is not seen")
		}
		c.stop()
		time.Sleep(4 * time.Second)
		if p := a.peer(3); p.Alive || p.Seen.IsZero() {
			t.Errorf("3 has ended: %+v", p)
		}
		b.stop()
		b.end, b.done = func() {}, closed()
		late := start(t, options(d, 2))
		time.Sleep(4 * time.Second)
		if p := late.peer(3); p.Alive {
			t.Errorf("3 was dead before 2 began: %+v", p)
		}
		late.stop()
	})
}

func closed() chan error { c := make(chan error, 1); c <- nil; return c }

// TestFirstSight: what was sent before a node began is not delivered to it.
func TestFirstSight(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, _ *node) {
		a.send(3, 100, "before")
		time.Sleep(100 * time.Millisecond)
		c := start(t, options(d, 3))
		time.Sleep(time.Second)
		want(t, c.got())
		a.send(3, 100, "after")
		time.Sleep(100 * time.Millisecond)
		want(t, c.got(), "after")
		c.stop()
	})
}

// TestRestart: a new life of a node begins at its first sequence: everything that it sends arrives, at once, nothing of the old one again.
func TestRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		a.send(2, 100, "old")
		time.Sleep(100 * time.Millisecond)
		a.stop()
		a.end, a.done = func() {}, closed()
		again := start(t, options(d, 1))
		again.send(2, 100, "new")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "old", "new")
		again.is(diskhb.Working)
		if p := b.peer(1); p.Lives != 1 {
			t.Errorf("%+v", p)
		}
		again.stop()
	})
}

// TestReplay: old pictures of a head and of slots, put back by whatever means, deliver nothing and hide nothing.
func TestReplay(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		a.send(2, 100, "one")
		time.Sleep(100 * time.Millisecond)
		old := d.get(headAt(1), 4096)
		oldRing := d.get(ringAt(1, 0), 256*4096)
		a.send(2, 100, "two")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "one", "two")
		d.put(headAt(1), old)
		time.Sleep(80 * time.Millisecond)
		want(t, b.got())
		if got := a.link.Status().Counters.Healed; got == 0 {
			t.Error("the owner has not healed its head")
		}
		a.stop()
		a.end, a.done = func() {}, closed()
		again := start(t, options(d, 1))
		time.Sleep(100 * time.Millisecond)
		d.put(ringAt(1, 0), oldRing)
		d.put(headAt(1), old) // of a life that is over
		time.Sleep(20 * time.Millisecond)
		again.send(2, 100, "three")
		time.Sleep(200 * time.Millisecond)
		want(t, b.got(), "three")
		if b.peer(1).Replays == 0 {
			t.Error("no replay was noticed")
		}
		again.stop()
	})
}

// TestLostArea: a node whose whole area was overwritten while it was down is believed again once it is seen to go on.
func TestLostArea(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		for range 50 {
			a.send(2, 100, "x")
			time.Sleep(10 * time.Millisecond)
		}
		b.got()
		a.stop()
		a.end, a.done = func() {}, closed()
		d.put(headAt(1), make([]byte, 4096))
		d.put(ringAt(1, 0), make([]byte, 256*4096))
		again := start(t, options(d, 1))
		time.Sleep(3 * time.Second)
		again.send(2, 100, "again")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "again")
		again.stop()
	})
}

// TestTorn: a head of which one sector only was written is healed, and what it carried arrives by the ring.
func TestTorn(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		a.send(2, 100, "before")
		time.Sleep(100 * time.Millisecond)
		half := d.get(headAt(1), 4096)
		half[20] ^= 1 // the sequence of another write
		d.put(headAt(1), half)
		a.send(2, 100, "after")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "before", "after")
		a.path.state.Lock()
		a.path.tear = true
		a.path.state.Unlock()
		a.send(2, 1000, "torn")
		time.Sleep(300 * time.Millisecond)
		want(t, b.got(), "torn")
	})
}

// TestGarbage: garbage over all heads again and again costs some latency and no frame.
func TestGarbage(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		var expect []string
		for i := range 200 {
			text := fmt.Sprint(i)
			expect = append(expect, text)
			a.send(2, 120+i, text)
			time.Sleep(5 * time.Millisecond)
			d.garbage(headAt(1), 2*4096)
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), expect...)
		if s := b.link.Status(); s.Counters.Damaged < 50 || s.Counters.Healed < 100 {
			t.Errorf("%+v", s.Counters)
		}
	})
}

// TestHealsAtOnce: a damaged head does not wait for the next refresh.
func TestHealsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		whole := d.get(headAt(1), 4096)
		d.garbage(headAt(1), 4096)
		time.Sleep(70 * time.Millisecond)
		if got := d.get(headAt(1), 4096); !bytes.Equal(got[:16], whole[:16]) {
			t.Error("the head is still damaged")
		}
	})
}

// TestForged: without the key nothing is believed; with the key of an earlier formatting neither.
func TestForged(t *testing.T) {
	for name, forge := range map[string]func(*diskhb.Options){
		"Key":  func(o *diskhb.Options) { o.Key = bytes.Repeat([]byte{8}, diskhb.KeySize) },
		"UUID": func(o *diskhb.Options) { o.Super.UUID[5] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, d *disk, a, b *node) {
				o := options(d, 3)
				forge(&o)
				other := newDisk(super.Size())
				if err := diskhb.Format(other.path(), o.Super); err != nil {
					t.Fatal(err)
				}
				o.Device = other.path()
				c := start(t, o)
				time.Sleep(time.Second)
				for range 20 {
					c.send(1, 100, "forged")
					time.Sleep(50 * time.Millisecond)
					d.put(headAt(3), other.get(headAt(3), 4096))
				}
				time.Sleep(time.Second)
				want(t, a.got())
				if a.peer(3).Alive {
					t.Error("a forged head makes a node live")
				}
				c.stop()
			})
		})
	}
}

// TestOtherArea: a good slot in another node's place is not believed.
func TestOtherArea(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		for range 30 {
			d.put(headAt(3), d.get(headAt(2), 4096))
			b.send(1, 100, "b")
			time.Sleep(50 * time.Millisecond)
		}
		if a.peer(3).Alive {
			t.Error("2's head in 3's place makes 3 live")
		}
	})
}

// TestAddresses: the source must own the area, the destination must be the node that reads, and only Corosync's port travels.
func TestAddresses(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		ok := func() []byte { return udp(1, 2, 100, "ok") }
		bad := map[string]func() []byte{
			"Source":       func() []byte { return udp(3, 2, 100, "bad") },
			"Self":         func() []byte { return udp(1, 1, 100, "bad") },
			"Broadcast":    func() []byte { return udp(1, 255, 100, "bad") },
			"Elsewhere":    func() []byte { p := ok(); p[16] = 10; return p },
			"Port":         func() []byte { p := ok(); p[23]++; return p },
			"TCP":          func() []byte { p := ok(); p[9] = 6; return p },
			"IPv6":         func() []byte { p := ok(); p[0] = 0x60; return p },
			"Fragment":     func() []byte { p := ok(); p[7] = 1; return p },
			"Length":       func() []byte { p := ok(); p[3]++; return p },
			"HeaderSize":   func() []byte { p := ok(); p[0] = 0x4f; return p[:40] },
			"TooShort":     func() []byte { return ok()[:27] },
			"SomebodyElse": func() []byte { return udp(1, 3, 100, "bad") },
		}
		for name, p := range bad {
			a.wire.in <- p()
			time.Sleep(90 * time.Millisecond)
			if got := b.got(); len(got) > 0 {
				t.Errorf("%s: delivered %q", name, got)
			}
		}
		if got := a.link.Status().Counters.Refused; got != uint64(len(bad)-1) {
			t.Errorf("%d refused of %d", got, len(bad)-1)
		}
		a.wire.in <- ok()
		time.Sleep(90 * time.Millisecond)
		want(t, b.got(), "ok")
	})
}

// TestStaleOut: what waited for half a second while the disk hung is dropped, what comes afterwards is not.
func TestStaleOut(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		release := a.path.hang(true, true)
		a.send(2, 100, "first") // it is on its way to the disk
		time.Sleep(20 * time.Millisecond)
		for range 20 {
			a.send(2, 100, "old")
		}
		time.Sleep(1200 * time.Millisecond)
		a.is(diskhb.Stalled)
		a.send(2, 100, "young")
		time.Sleep(100 * time.Millisecond)
		release()
		time.Sleep(300 * time.Millisecond)
		want(t, b.got(), "first", "young")
		s := a.link.Status()
		if s.Counters.StaleOut != 20 || s.Stalls != 1 || s.Longest < 1000 || s.State != diskhb.Working {
			t.Errorf("%+v", s)
		}
	})
}

// TestStaleIn: a node that has not looked for a while takes only what was sent last of what was sent meanwhile.
func TestStaleIn(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		release := b.path.hang(true, true)
		time.Sleep(100 * time.Millisecond)
		for _, rest := range []int{700, 900, 300} { // a token that is sent again, and a ping behind it
			a.send(2, 100, fmt.Sprint("before ", rest))
			time.Sleep(time.Duration(rest) * time.Millisecond)
		}
		release()
		time.Sleep(100 * time.Millisecond)
		a.send(2, 100, "new")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "before 900", "before 300", "new")
		if s := b.link.Status(); s.Counters.StaleIn != 1 {
			t.Errorf("%+v", s.Counters)
		}
		// Of a flood the end is enough.
		release = b.path.hang(true, true)
		time.Sleep(100 * time.Millisecond)
		for i := range 100 {
			a.send(2, 100, fmt.Sprint(i))
			time.Sleep(10 * time.Millisecond)
		}
		release()
		time.Sleep(100 * time.Millisecond)
		if got := b.got(); len(got) == 0 || len(got) > 40 || got[len(got)-1] != "99" {
			t.Errorf("got %q", got)
		}
	})
}

// TestHalves: the reader does not wait for the writer, nor the other way round; and an I/O that never comes back does not hold the end.
func TestHalves(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		release := a.path.hang(false, true)
		time.Sleep(2 * time.Second)
		a.is(diskhb.Stalled)
		b.send(1, 100, "in")
		time.Sleep(100 * time.Millisecond)
		want(t, a.got(), "in")
		release()
		time.Sleep(time.Second)
		release = a.path.hang(true, false)
		time.Sleep(2 * time.Second)
		a.is(diskhb.Stalled)
		a.send(2, 100, "out")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "out")
		release()
		time.Sleep(time.Second)
		a.is(diskhb.Working)
		release = a.path.hang(true, true)
		time.Sleep(2 * time.Second)
		a.end()
		if err := <-a.done; err != nil {
			t.Errorf("ended with %v", err)
		}
		release()
		a.done = closed()
	})
}

// TestErrors: a device that fails is called stalled at once, is asked again, and works again when it does.
func TestErrors(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		a.path.break_(errors.New("no such device"))
		time.Sleep(500 * time.Millisecond)
		a.is(diskhb.Stalled)
		if why := a.link.Status().Why; why != "no such device" {
			t.Errorf("why: %q", why)
		}
		time.Sleep(10 * time.Second)
		a.path.break_(nil)
		time.Sleep(1500 * time.Millisecond)
		a.is(diskhb.Working)
		a.send(2, 100, "back")
		time.Sleep(200 * time.Millisecond)
		want(t, b.got(), "back")
	})
}

// TestReserved: a reservation conflict ends the daemon: nobody may write any longer.
func TestReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := formatted(t)
		a := start(t, options(d, 1))
		time.Sleep(time.Second)
		a.path.break_(fmt.Errorf("write: %w", diskhb.ErrReserved))
		if err := <-a.done; !errors.Is(err, diskhb.ErrReserved) {
			t.Errorf("ended with %v", err)
		}
		a.is(diskhb.Stopped)
	})
}

// TestClone: a second host with the same number is refused before it writes anything; of two that begin together one stays.
func TestClone(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		o := options(d, 1)
		o.Host = 999
		c := start(t, o)
		if err := <-c.done; !errors.Is(err, diskhb.ErrCloned) {
			t.Errorf("ended with %v", err)
		}
		if got := a.link.Status().Counters.Strangers; got != 0 {
			t.Error("the clone has written")
		}
		a.send(2, 100, "still here")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "still here")
	})
}

func TestClonesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := formatted(t)
		b := start(t, options(d, 2))
		one, two := options(d, 1), options(d, 1)
		two.Host = one.Host + 5
		a, c := start(t, one), start(t, two)
		var stays *node
		select {
		case err := <-a.done:
			stays = c
			if !errors.Is(err, diskhb.ErrCloned) {
				t.Errorf("ended with %v", err)
			}
		case err := <-c.done:
			stays = a
			if !errors.Is(err, diskhb.ErrCloned) {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("both go on")
		}
		if stays == c {
			t.Error("the higher one stays")
		}
		time.Sleep(15 * time.Second)
		stays.is(diskhb.Working)
		stays.send(2, 100, "alone")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "alone")
		stays.stop()
		b.stop()
	})
}

// TestMoved: the same node on another host, or after a boot, takes over once it is sure that the old one writes no longer.
func TestMoved(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		a.stop()
		a.end, a.done = func() {}, closed()
		o := options(d, 1)
		o.Host = 999
		c := start(t, o)
		time.Sleep(time.Second)
		c.is(diskhb.Starting)
		time.Sleep(3 * time.Second)
		c.is(diskhb.Working)
		c.send(2, 100, "moved")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "moved")
		c.stop()
	})
}

// TestLateWrite: what a killed predecessor had on its way to the disk comes after its successor's first head; it is healed, and
// nobody is called a clone.
func TestLateWrite(t *testing.T) {
	inBubble(t, func(t *testing.T, d *disk, a, b *node) {
		a.send(2, 100, "last words")
		time.Sleep(100 * time.Millisecond)
		late := d.get(headAt(1), 4096)
		a.stop()
		a.end, a.done = func() {}, closed()
		again := start(t, options(d, 1))
		time.Sleep(100 * time.Millisecond)
		d.put(headAt(1), late)
		time.Sleep(5 * time.Second)
		again.is(diskhb.Working)
		again.send(2, 100, "new words")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "last words", "new words")
		again.stop()
	})
}

// TestSomebodyElse: a file system that is made on the device ends the link; so does another cluster's formatting.
func TestSomebodyElse(t *testing.T) {
	for name, hurt := range map[string]func(*disk) error{
		"Zeroed": func(d *disk) error { d.put(0, make([]byte, 8192)); return nil },
		"Ext4":   func(d *disk) error { d.put(0x438, []byte{0x53, 0xef}); return nil },
		"Formatted": func(d *disk) error {
			other := super
			other.UUID = diskhb.UUID{9}
			return diskhb.Format(d.path(), other)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := formatted(t)
				o := options(d, 1)
				o.Guard = diskhb.Foreign
				a := start(t, o)
				time.Sleep(12 * time.Second)
				a.is(diskhb.Working)
				if err := hurt(d); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				if err := <-a.done; !errors.Is(err, diskhb.ErrNotOurs) {
					t.Errorf("ended with %v", err)
				}
				if took := time.Since(begin); took > 11*time.Second {
					t.Errorf("after %s", took)
				}
			})
		})
	}
}

// TestPace: seldom while only pings travel, at once when the cluster's own traffic comes, and seldom again when it is over.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := formatted(t)
		a, b := start(t, options(d, 1)), start(t, options(d, 2))
		polls := func(during time.Duration) float64 {
			before := b.link.Status().Read.Calls
			time.Sleep(during)
			return float64(b.link.Status().Read.Calls-before) / during.Seconds()
		}
		// Pings each second, and now and then a probe of the path: what knet sends over a link that carries nothing.
		over := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				a.send(2, 108, "ping")
				b.send(1, 108, "pong")
				if i%30 == 20 {
					a.send(2, 1480, "probe")
					b.send(1, 92, "it came")
				}
				select {
				case <-over:
					return
				case <-time.After(time.Second):
				}
			}
		}()
		// arrives waits for a text, past pings.
		arrives := func(n *node, text string) {
			for {
				select {
				case p := <-n.wire.out:
					if string(bytes.TrimRight(p[28:], "\x00")) == text {
						return
					}
				case <-time.After(5 * time.Second):
					t.Fatalf("%q has not come to node %d", text, n.id)
				}
			}
		}
		time.Sleep(time.Second)
		time.Sleep(10 * time.Second)
		if got := polls(10 * time.Second); got > 30 {
			t.Errorf("%.0f polls a second while the network is well", got)
		}
		if b.link.Status().InUse {
			t.Error("pings are taken for use")
		}
		time.Sleep(11 * time.Second)
		// The first frame that is no ping wakes those up who only see it pass: the token comes to them next.
		o := options(d, 3)
		c := start(t, o)
		time.Sleep(15 * time.Second)
		a.send(2, 156, "token")
		time.Sleep(100 * time.Millisecond)
		b.got()
		begin := time.Now()
		b.send(3, 156, "token")
		arrives(c, "token")
		if took := time.Since(begin); took > 4*time.Millisecond {
			t.Errorf("the second hop of the token took %s", took)
		}
		c.stop()
		time.Sleep(10 * time.Second)
		b.got()
		begin = time.Now()
		a.send(2, 156, "token")
		arrives(b, "token")
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("the first token took %s", took)
		}
		// An idle token of a slow profile.
		for range 10 {
			a.send(2, 156, "token")
			b.send(1, 156, "token")
			time.Sleep(700 * time.Millisecond)
		}
		if !b.link.Status().InUse {
			t.Error("the cluster lives on the disk, and that is not told")
		}
		b.got()
		begin = time.Now()
		a.send(2, 156, "token")
		time.Sleep(time.Millisecond)
		a.send(2, 157, "message")
		arrives(b, "message")
		if took := time.Since(begin); took > 25*time.Millisecond {
			t.Errorf("a token and a message under way took %s", took)
		}
		time.Sleep(10 * time.Second)
		if got := polls(10 * time.Second); got > 30 {
			t.Errorf("%.0f polls a second when it is over", got)
		}
		close(over)
		a.stop()
		b.stop()
	})
}

// TestFlood: more than the cap is dropped, and the rest goes on.
func TestFlood(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *disk, a, b *node) {
		for range 40 {
			for range 1000 {
				a.send(2, 1400, "flood")
			}
			time.Sleep(50 * time.Millisecond)
		}
		if c := a.link.Status().Counters; c.Overflow < 20000 || c.FramesOut > 16000 {
			t.Errorf("%+v", c)
		}
		time.Sleep(2 * time.Second)
		b.got()
		a.send(2, 100, "after")
		time.Sleep(100 * time.Millisecond)
		want(t, b.got(), "after")
	})
}
