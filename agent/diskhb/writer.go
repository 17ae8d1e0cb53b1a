package diskhb

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// queueFrames is how many frames may wait: more than Corosync's largest burst.
	queueFrames = 4096
	// batchSlots is how many slots are written at once.
	batchSlots = 16
	// gather is how long a ping waits for others while the network is well.
	gather = 3 * time.Millisecond
	// errorPause is how long a device that answers with an error is left alone.
	errorPause = 50 * time.Millisecond
)

// frame is a packet that waits to be written.
type frame struct {
	data []byte
	to   int
	at   time.Time
}

// writer writes this node's area; nobody else does.
type writer struct {
	dev    Device
	super  Super
	node   int
	host   uint64
	random func() uint64
	timing Timing
	sealer *sealer
	pace   *pace
	io     *gauge
	count  *counters
	queue  chan frame
	heal   chan struct{}

	// begun and done are the beats of the head: written to the device, and known to be there. The reader tells damage from a write
	// that is on its way by them.
	begun, done atomic.Uint64
	incarnation atomic.Uint64
	behind      atomic.Uint64 // sequence of a foreign head: the next incarnation must begin beyond it; 0: none

	sequence, first, beat uint64
	head, ring            []byte
}

// begin takes over the area: sequences go on beyond anything that was ever there.
func (w *writer) begin(last uint64) {
	w.head, w.ring = alignedBlocks(1), alignedBlocks(batchSlots)
	w.born(last)
}

func (w *writer) born(last uint64) {
	w.incarnation.Store(w.random())
	// A ring's length further: what a killed daemon had on its way to the disk is of a lower number.
	w.sequence = last + RingSlots
	w.first = w.sequence + 1
	var b builder
	b.reset(w.head)
}

// run writes what comes and keeps the head fresh. It ends with ctx, or where the device must not be written any longer.
func (w *writer) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case f := <-w.queue:
			if w.pace.calm(time.Now()) {
				// Pings to all peers come within a moment: one slot, and one look of each peer, instead of many.
				if err := sleep(ctx, gather); err != nil {
					return nil
				}
			}
			err = w.send(f)
		case <-w.heal:
			w.count.healed.Add(1)
			if last := w.behind.Swap(0); last != 0 {
				// Peers may have taken the foreign head for a new life of this node: only another new life brings them back.
				w.born(max(w.sequence, last))
			}
			err = w.refresh()
		case <-timer.C:
			err = w.refresh()
		}
		if final(err) {
			return err
		}
		next := w.timing.Refresh
		if err != nil {
			if err := sleep(ctx, errorPause); err != nil {
				return nil
			}
			next = 0
		}
		timer.Reset(next)
	}
}

// final says whether an error ends the link: after anything else it is tried again.
func final(err error) bool { return errors.Is(err, ErrReserved) || errors.Is(err, ErrNotOurs) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (w *writer) header(b builder) header {
	return header{
		Node: w.node, Incarnation: w.incarnation.Load(), Sequence: w.sequence, First: w.first, Stamp: time.Now().UnixNano(),
		Beat: w.beat, Host: w.host, Frames: b.frames, Used: b.used,
	}
}

// refresh writes the head again, with what was in it.
func (w *writer) refresh() error {
	h := getHeader(w.head)
	again := w.header(builder{frames: h.Frames, used: h.Used})
	return w.writeHead(again)
}

// writeHead gives the head its beat and writes it.
func (w *writer) writeHead(h header) error {
	w.beat++
	h.Beat = w.beat
	h.put(w.head)
	w.sealer.seal(w.head)
	w.begun.Store(w.beat)
	err := w.write(w.head, w.super.head(w.node))
	if err == nil {
		w.done.Store(h.Beat)
	}
	return err
}

func (w *writer) write(b []byte, off int64) error {
	return w.io.do(len(b), func() error { return w.dev.WriteAt(b, off) })
}

// send writes f and what waits behind it. What is too old is dropped: a token of half a second ago only does harm.
func (w *writer) send(f frame) error {
	var b builder
	k := 0
	open := func() { b.reset(w.ring[k*BlockSize : (k+1)*BlockSize]) }
	shut := func() {
		w.sequence++
		h := w.header(b)
		h.Beat++ // as the head that follows it
		h.put(b.block)
		w.sealer.seal(b.block)
		k++
	}
	open()
	now := time.Now()
	for more := true; more; {
		if now.Sub(f.at) > w.timing.Stale {
			w.count.staleOut.Add(1)
		} else {
			if !b.add(f.to, f.data) {
				shut()
				open()
				b.add(f.to, f.data)
			}
			w.count.framesOut.Add(1)
			w.count.bytesOut.Add(uint64(len(f.data)))
			w.pace.carried(len(f.data), now)
		}
		if k == batchSlots-1 && b.used > Capacity-MTU-frameHeader {
			break // the next one might need a slot that is not there
		}
		select {
		case f = <-w.queue:
		default:
			more = false
		}
	}
	if b.frames > 0 {
		shut()
	}
	if k == 0 {
		return nil
	}
	last := w.ring[(k-1)*BlockSize : k*BlockSize]
	copy(w.head, last)
	first := w.sequence - uint64(k) + 1
	if k > 1 || w.pace.calm(now) {
		// The head makes peers look at the ring, where everything must be by then. Pings alone are in no hurry.
		return errors.Join(w.writeRing(first, k), w.writeHead(getHeader(w.head)))
	}
	var group sync.WaitGroup
	var ringErr error
	group.Go(func() { ringErr = w.writeRing(first, k) })
	headErr := w.writeHead(getHeader(w.head))
	group.Wait()
	return errors.Join(ringErr, headErr)
}

func (w *writer) writeRing(first uint64, k int) error {
	n := min(k, w.super.Slots-int(first%uint64(w.super.Slots)))
	err := w.write(w.ring[:n*BlockSize], w.super.ring(w.node, first))
	if n < k && err == nil {
		err = w.write(w.ring[n*BlockSize:k*BlockSize], w.super.ring(w.node, first+uint64(n)))
	}
	return err
}
