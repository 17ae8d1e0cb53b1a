package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hawser/agent/replication/mirror"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// node is a machine with one side of the volume. It carries out what the core wants.
type node struct {
	w        *world
	number   int
	disk     *disk
	seed     uint64
	core     *core.Core
	powered  bool
	running  bool // the daemon
	life     int  // of the daemon
	granted  bool // it was told to be Primary, and is
	ceding   bool
	copied   []byte // of the disk, for a restore
	spoilt   bool   // its disk has failed, was replaced, restored or given up, and has not got everything since
	before   bool   // what spoilt was before a give-up was ordered
	rejected string
	refused  string
}

var (
	volume = format.ID{'v'}
	key    = []byte("secret of the simulation")
	timing = core.Timing{Ping: 20 * time.Millisecond, Silence: 60 * time.Millisecond, Slow: 150 * time.Millisecond, Retry: 20 * time.Millisecond}
)

var _ mirror.World = (*node)(nil)

// lay makes the device a replica.
func (n *node) lay(state format.State, g format.Generation) {
	b, err := format.Lay(format.Super{Volume: volume, Device: format.ID{byte(n.number)}, Node: uint8(n.number), Geometry: geometry, State: state, Current: g})
	if err != nil {
		panic(err)
	}
	clear(n.disk.durable)
	copy(n.disk.durable, b)
	copy(n.disk.cache, n.disk.durable)
	n.disk.pending = nil
}

func (n *node) start() {
	if !n.powered || n.running {
		return
	}
	n.life++
	n.running, n.granted, n.ceding = true, false, false
	n.core = core.New(core.Config{
		Volume: volume, Device: format.ID{byte(n.number)}, Node: uint8(n.number), Size: geometry.Size, Area: geometry.DataOffset(), Key: key,
		Data: dataConnections, Random: rand.New(rand.NewPCG(n.seed, uint64(n.life)<<8|uint64(n.number))), Timing: timing,
	})
	n.core.Break(n.w.options.Break)
	n.w.tell("node %d: daemon starts", n.number)
	mirror.Carry(n, n.core.Start())
	n.tick(n.life)
}

func (n *node) tick(life int) {
	if n.running && n.life == life {
		n.handle(core.Tick{Now: time.Duration(n.w.now) * time.Microsecond})
		n.w.after(tickTime, func() { n.tick(life) })
	}
}

// handle hands an event to the core and carries out what comes of it.
func (n *node) handle(e core.Event) {
	if !n.running {
		return
	}
	before := n.core.Mode()
	n.core.At(time.Duration(n.w.now) * time.Microsecond)
	effects := n.core.Handle(e)
	after := n.core.Mode()
	if before != after {
		if n.w.options.Tell {
			s, _ := n.superblock()
			n.w.tell("node %d: %s -> %s; disk: %s, term %d, meetings %d, generation %x, base %x", n.number, before, after, s.State, s.Term, s.Meetings, s.Current, s.Base)
		}
		n.w.oracle.modeChanged(n, before, after)
	}
	mirror.Carry(n, effects)
}

func (n *node) receive(r core.Received) {
	if n.w.options.Tell && r.Frame.Type != wire.Ping && r.Frame.Type != wire.Pong {
		n.w.tell("node %d: gets %s %d at %d", n.number, r.Frame.Type, r.Frame.Sequence, r.Frame.Offset)
	}
	n.w.oracle.frame(n, r.Frame)
	n.handle(r)
}

// kill ends the daemon.
func (n *node) kill() {
	if n.running {
		n.w.tell("node %d: daemon ends", n.number)
		n.running, n.granted = false, false
		n.life++
		n.disk.loseDaemon()
		n.w.app.forget(n)
		if l := n.w.net.now; l != nil {
			n.w.net.close(n.number, l.number)
		}
	}
}

// powerOff ends everything at once. Nobody tells the peer.
func (w *world) powerOff(number int) {
	n := w.nodes[number]
	if !n.powered {
		return
	}
	w.tell("node %d: power off", number)
	n.powered, n.running, n.granted = false, false, false
	n.life++
	n.disk.losePower()
	w.app.forget(n)
	w.cluster.lost(n)
	w.oracle.powerLost(n)
	w.after(w.between(50_000, 400_000), func() { w.powerOn(number) })
}

func (w *world) powerOn(number int) {
	n := w.nodes[number]
	if !n.powered {
		w.tell("node %d: power on", number)
		n.powered = true
		w.cluster.joined(n)
		w.after(w.between(1000, 50_000), n.start)
	}
}

func (n *node) done(d core.DiskDone) { n.handle(d) }

func (n *node) Read(r core.DiskRead) { n.disk.read(r, n.done) }

func (n *node) Write(d core.DiskWrite) {
	n.w.oracle.diskWrite(n, d)
	n.disk.write(d, n.done)
}

func (n *node) Discard(d core.DiskDiscard) {
	n.Write(core.DiskWrite{Op: d.Op, Name: d.Name, Offset: d.Offset, Data: make([]byte, d.Length)})
}

func (n *node) Flush(f core.DiskFlush) { n.disk.flush(f, n.done) }

func (n *node) Send(link uint64, connection int, f wire.Frame) {
	n.w.net.send(n.number, link, connection, f)
}

func (n *node) Close(link uint64) { n.w.net.close(n.number, link) }

func (n *node) Change(id uint64, c core.Change) { n.w.cluster.change(n, id, c) }

func (n *node) Granted(term uint64) {
	if n.granted {
		return
	}
	n.w.tell("node %d: granted term %d", n.number, term)
	n.granted = true
	n.w.count["promotion"]++
	n.w.oracle.promoted(n, term)
	n.w.cluster.promoted(n)
}

func (n *node) Refused(reason error) {
	n.w.tell("node %d: promotion refused: %v", n.number, reason)
	n.refused = reason.Error()
	n.w.count["refused: "+root(reason)]++
	n.w.cluster.refused(n)
}

func (n *node) Ceded() {
	n.w.tell("node %d: ceded", n.number)
	n.granted, n.ceding = false, false
	n.w.count["demotion"]++
	n.w.cluster.ceded(n)
}

func (n *node) Begun(err error) {
	n.w.tell("node %d: first sync: %v", n.number, err)
	n.w.person.begun(n, err)
}

func (n *node) Invalidated(err error) {
	n.w.tell("node %d: given up: %v", n.number, err)
	n.w.person.invalidated(n, err)
}

func (n *node) Reply(id uint64, data []byte, err error) { n.w.app.reply(n, id, data, err) }

func (n *node) Rejected(peer error) {
	n.w.tell("node %d: peer rejected: %v", n.number, peer)
	n.rejected = peer.Error()
	if n.w.person.resolves(n) {
		return
	}
	if n.w.policy != NoFence || !errors.Is(peer, core.ErrTwoPrimaries) {
		n.w.fail("node %d rejected its peer: %v", n.number, peer) // they are of one volume, and nobody plays tricks
	}
}

// Verified: nothing that the core does makes two sides differ while both have everything.
func (n *node) Verified(different int64, err error) {
	n.w.tell("node %d: verified: %d bytes differ, %v", n.number, different, err)
	switch {
	case err != nil:
		n.w.count["verification: "+root(err)]++
	case different > 0:
		n.w.fail("node %d: a verification has found a difference of %d bytes", n.number, different)
	default:
		n.w.count["verified"]++
	}
}

func (n *node) BadBlock(offset int64) {
	n.w.tell("node %d: bad block at %d", n.number, offset)
	n.w.count["bad block"]++
	n.w.after(n.w.between(10_000, 50_000), n.w.net.broken) // somebody sees to it, and the resync begins anew
}

// Detached: somebody sees to it that the volume moves to where the disk is.
func (n *node) Detached(reason error) {
	n.w.tell("node %d: goes on with the peer's disk: %v", n.number, reason)
	n.w.count["detached"]++
	life := n.life
	n.w.after(n.w.between(20_000, 200_000), func() { n.leave(life) })
}

func (n *node) leave(life int) {
	if n.life == life && n.running && n.core.Mode() == core.Remote {
		n.w.cluster.move()
		n.w.after(20_000, func() { n.leave(life) })
	}
}

func (n *node) Halted(reason error) {
	n.w.tell("node %d: halted: %v", n.number, reason)
	n.w.count["halted: "+root(reason)]++
	superseded := errors.Is(reason, core.ErrSuperseded) || errors.Is(reason, core.ErrNotMember)
	alone := errors.Is(reason, core.ErrNoSource) // its disk failed when its peer had just given its data up
	if !errors.Is(reason, errIO) && !errors.Is(reason, core.ErrNoDisk) && !alone && !(superseded && n.w.policy == NoFence) {
		n.w.fail("node %d halted: %v", n.number, reason)
	}
	life := n.life
	n.w.after(0, func() {
		if n.life == life {
			n.kill()
			n.w.after(n.w.between(20_000, 100_000), n.start)
		}
	})
}

// root is the innermost error's text, without what differs between runs.
func root(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprintf("%.40s", err)
		}
		err = inner
	}
}
