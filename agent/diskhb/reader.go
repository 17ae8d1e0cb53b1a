package diskhb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	// readSlots is how many slots of a ring are read at once.
	readSlots = 32
	// lately is how far back a node looks that has not looked for a while: Corosync sends a token of 4 s again within it.
	lately = time.Second
)

// ErrCloned says that another host writes this node's area.
var ErrCloned = errors.New("another host uses this node's number on the disk")

// reader polls the heads of all nodes and delivers what is new.
type reader struct {
	dev    Device
	super  Super
	node   int
	host   uint64
	timing Timing
	sealer *sealer
	pace   *pace
	io     *gauge
	count  *counters
	filter Filter
	out    Packets
	own    *writer

	table, slots []byte
	highest      int
	lastPoll     time.Time
	foreign      struct {
		header
		since time.Time
	}

	peers map[int]*peer
	stats map[int]*peerCounters

	mu   sync.Mutex // guards told
	told []PeerStatus
}

func (r *reader) begin(peers []int) {
	r.peers, r.stats = map[int]*peer{}, map[int]*peerCounters{}
	r.highest = r.node
	for _, n := range peers {
		if n != r.node {
			r.peers[n], r.stats[n] = &peer{}, &peerCounters{}
			r.highest = max(r.highest, n)
		}
	}
	r.table, r.slots = alignedBlocks(r.highest), alignedBlocks(readSlots)
	r.lastPoll = time.Now()
	r.tell()
}

// run polls until ctx ends.
func (r *reader) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		err := r.poll(time.Now())
		if final(err) || errors.Is(err, ErrCloned) {
			return err
		}
		pause := errorPause
		if err == nil {
			pause = r.pace.next(time.Now())
		}
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-r.pace.kick:
			// Something was sent; the answer takes at least as long as a busy pause.
			if err := sleep(ctx, r.timing.Busy); err != nil {
				return nil
			}
		}
	}
}

func (r *reader) read(b []byte, off int64) error {
	return r.io.do(len(b), func() error { return r.dev.ReadAt(b, off) })
}

// poll reads all heads once.
func (r *reader) poll(begin time.Time) error {
	before, onWay := r.own.done.Load(), r.own.begun.Load()
	if err := r.read(r.table, r.super.head(1)); err != nil {
		return err
	}
	now := time.Now()
	// After a pause what waits may be as old as the pause, and of no use any longer: see visit.
	stale := now.Sub(r.lastPoll) > r.timing.Stale
	r.lastPoll = now
	if err := r.look(before, onWay, now); err != nil {
		return err
	}
	var errs error
	for n := 1; n <= r.highest; n++ {
		if r.peers[n] != nil {
			errs = errors.Join(errs, r.visit(n, stale, now))
		}
	}
	r.tell()
	return errs
}

// tell leaves a copy for Status, which must not wait for the disk.
func (r *reader) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = r.told[:0]
	for n := 1; n <= r.highest; n++ {
		if p, c := r.peers[n], r.stats[n]; p != nil {
			r.told = append(r.told, PeerStatus{Node: n, Seen: p.seen, Lives: c.lives, Damaged: c.damaged, Lost: c.lost, Replays: c.replays})
		}
	}
}

// visit takes one peer's head.
func (r *reader) visit(n int, stale bool, now time.Time) error {
	block := r.table[(n-1)*BlockSize : n*BlockSize]
	p, c := r.peers[n], r.stats[n]
	if p.unchanged(getHeader(block)) && !p.bad {
		return nil
	}
	h, err := r.sealer.open(block, n)
	if errors.Is(err, errEmpty) && !p.known {
		return nil
	}
	if err != nil {
		// Torn by a write that is going on, or damaged. Either way the ring has what the head cannot tell.
		if !p.bad {
			c.damaged++
			r.count.damaged.Add(1)
		}
		p.bad = true
		r.pace.hurry(now)
		if !p.known || stale {
			return nil
		}
		_, err := r.catchUp(p, c, n, p.last+readSlots, math.MinInt64, true)
		return err
	}
	p.bad = false
	before := p.incarnation
	switch v := p.judge(h, now); v {
	case replay:
		c.replays++
		r.count.replays.Add(1)
	case fresh, reborn:
		if p.incarnation != before {
			c.lives++
		}
		since := int64(math.MinInt64)
		if stale {
			// Only what the writer has sent lately is taken, by its own clock. Corosync sends its token again until it has an answer, about
			// four times within its time-out, and pings in between: who waits for the next time wastes a quarter of that, and a token that
			// has been seen is not seen twice (totemsrp's token_seq).
			since = h.Stamp - int64(lately)
			if waiting := h.Sequence - p.last; waiting > readSlots {
				c.lost += waiting - readSlots
				r.count.staleIn.Add(waiting - readSlots)
				p.last = h.Sequence - readSlots
			}
		}
		if h.Sequence-p.last > uint64(r.super.Slots-readSlots) {
			// The writer may be overwriting the rest at this moment.
			skip := h.Sequence - p.last - 1
			c.lost += skip
			r.count.lost.Add(skip)
			p.last = h.Sequence - 1
		}
		if _, err := r.catchUp(p, c, n, h.Sequence-1, since, false); err != nil {
			return err
		}
		r.deliver(block, h)
		p.last = h.Sequence
	case alive:
		if p.incarnation != before {
			c.lives++
		}
	}
	return nil
}

// catchUp delivers the ring's slots up to a sequence, but for those that the writer has stamped before since. Without knowing how far
// the writer is (blind) it ends at the first that is not there.
func (r *reader) catchUp(p *peer, c *peerCounters, n int, upTo uint64, since int64, blind bool) (int, error) {
	got := 0
	for p.last < upTo {
		from := p.last + 1
		k := min(int(upTo-p.last), readSlots, r.super.Slots-int(from%uint64(r.super.Slots)))
		b := r.slots[:k*BlockSize]
		if err := r.read(b, r.super.ring(n, from)); err != nil {
			return got, err
		}
		r.count.ringReads.Add(1)
		for i := range k {
			block := b[i*BlockSize : (i+1)*BlockSize]
			h, err := r.sealer.open(block, n)
			switch {
			case err != nil || h.Incarnation != p.incarnation || h.Sequence != p.last+1:
				if blind {
					return got, nil
				}
				c.lost++
				r.count.lost.Add(1)
			case h.Stamp < since:
				c.lost++
				r.count.staleIn.Add(1)
			default:
				r.deliver(block, h)
				got++
				if blind {
					p.seen = r.lastPoll // it wrote that slot after the last one
				}
			}
			p.last++
		}
	}
	return got, nil
}

// deliver hands over what is for this node.
func (r *reader) deliver(block []byte, h header) {
	for to, packet := range frames(block, h) {
		if to != r.node {
			r.pace.passed(len(packet), r.lastPoll)
			continue
		}
		if dest, ok := r.filter.destination(packet, h.Node); !ok || dest != r.node {
			r.count.refused.Add(1)
			continue
		}
		if _, err := r.out.Write(packet); err != nil {
			r.count.undelivered.Add(1)
			continue
		}
		r.count.framesIn.Add(1)
		r.count.bytesIn.Add(uint64(len(packet)))
		r.pace.carried(len(packet), r.lastPoll)
	}
}

// look checks this node's own head: whether it is whole, and whether it is its own. done and begun are the writer's beats from before the read.
func (r *reader) look(done, begun uint64, now time.Time) error {
	if begun == 0 {
		return nil // nothing was written yet
	}
	h, err := r.sealer.open(r.table[(r.node-1)*BlockSize:r.node*BlockSize], r.node)
	mine := err == nil && h.Incarnation == r.own.incarnation.Load()
	if mine && h.Beat >= done {
		return nil
	}
	if r.own.begun.Load() != done || begun != done {
		return nil // it was being written; the next poll tells
	}
	if err == nil && !mine {
		if err := r.stranger(h, now); err != nil {
			return err
		}
	}
	r.pace.hurry(now)
	select {
	case r.own.heal <- struct{}{}:
	default:
	}
	return nil
}

// stranger deals with a head in this node's place that another daemon has written: what a killed predecessor had on its way to the
// disk arrives once; a clone goes on. Of two that began at the same moment the one with the lower host stays.
func (r *reader) stranger(h header, now time.Time) error {
	f := &r.foreign
	if f.Incarnation == 0 || now.Sub(f.since) > 10*r.timing.Refresh {
		f.header, f.since = h, now
		r.own.behind.Store(h.Sequence)
		return nil
	}
	if h.Incarnation == f.Incarnation && h.Beat <= f.Beat {
		return nil // the same again
	}
	r.count.strangers.Add(1)
	if h.Host <= r.host || now.Sub(f.since) > 3*r.timing.Refresh {
		return fmt.Errorf("%w: node %d", ErrCloned, r.node)
	}
	f.header = h
	r.own.behind.Store(h.Sequence)
	return nil
}

// predecessor reads this node's area before it is taken over, and returns the highest sequence that was ever used in it. Where another host,
// or this one before its last start, wrote it, it is watched until it is sure that nobody writes any longer.
func (r *reader) predecessor(ctx context.Context) (uint64, error) {
	area := alignedBlocks(r.super.Slots)
	head := alignedBlocks(1)
	if err := r.read(head, r.super.head(r.node)); err != nil {
		return 0, err
	}
	if err := r.read(area, r.super.ring(r.node, 0)); err != nil {
		return 0, err
	}
	h, err := r.sealer.open(head, r.node)
	last, host := uint64(0), r.host
	if err == nil {
		last, host = h.Sequence, h.Host
	}
	for i := range r.super.Slots {
		if s, err := r.sealer.open(area[i*BlockSize:(i+1)*BlockSize], r.node); err == nil && s.Sequence > last {
			last, host = s.Sequence, s.Host
		}
	}
	if host == r.host {
		return last, nil
	}
	again := alignedBlocks(1)
	for end := time.Now().Add(r.timing.CloneWait); time.Now().Before(end); {
		if err := sleep(ctx, r.timing.Refresh/10); err != nil {
			return 0, err
		}
		if err := r.read(again, r.super.head(r.node)); err != nil {
			return 0, err
		}
		s, err := r.sealer.open(again, r.node)
		if err != nil {
			continue
		}
		if h.Incarnation != 0 && (s.Beat != h.Beat || s.Incarnation != h.Incarnation) {
			return 0, fmt.Errorf("%w: node %d", ErrCloned, r.node)
		}
		h = s
		last = max(last, s.Sequence)
	}
	return last, nil
}
