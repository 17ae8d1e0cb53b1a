package diskhb

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// watchTick is how often it is looked whether the disk answers. It also tells that the process itself was stopped.
	watchTick = 200 * time.Millisecond
	// guardTick is how often the superblock is read again: somebody may have put a file system on the device.
	guardTick = 10 * time.Second
	// drained is how long after a frame that had waited in the TUN device there must be no other: it was the last.
	drained = 5 * time.Millisecond
	// endWait is how long an I/O that hangs may hold the end of the daemon.
	endWait = 2 * time.Second
	// sendRate bounds what is put on the disk in a second: far above what Corosync needs, far below what would hurt the array.
	sendRate  = 8 << 20
	sendBurst = 2 << 20
)

// Options make a Link.
type Options struct {
	Device  Device
	Packets Packets
	Super   Super // what the device must carry
	Node    int
	Nodes   []int // of all nodes of the cluster
	Key     []byte
	Filter  Filter
	// Host tells this boot of this host from all others: a head that it wrote itself is taken over without waiting.
	Host   uint64
	Timing Timing
	Log    *slog.Logger
	// Guard says what else the device carries; nil: it is not asked. Anything found ends the link.
	Guard func(Device) ([]Signature, error)
	// State is told of each change of state.
	State func(State)
}

// KeySize is the length of the key. It is the link's own: Corosync's authkey never leaves Corosync.
const KeySize = 32

// Link is the heartbeat over one device.
type Link struct {
	o      Options
	writer *writer
	reader *reader
	pace   *pace
	read   gauge
	write  gauge
	count  counters
	awake  atomic.Int64 // when the watcher ran last
	began  time.Time

	mu      sync.Mutex // guards what is below
	state   State
	since   time.Time
	why     string
	stalls  uint64
	longest time.Duration
}

// New checks the options; nothing is written yet.
func New(o Options) (*Link, error) {
	if err := o.Super.Validate(); err != nil {
		return nil, err
	}
	if o.Node < 1 || o.Node > o.Super.Nodes {
		return nil, fmt.Errorf("node %d: the device has room for 1 to %d", o.Node, o.Super.Nodes)
	}
	if !slices.Contains(o.Nodes, o.Node) {
		return nil, fmt.Errorf("node %d is none of the cluster's", o.Node)
	}
	for _, n := range o.Nodes {
		if n < 1 || n > o.Super.Nodes {
			return nil, fmt.Errorf("node %d: the device has room for 1 to %d", n, o.Super.Nodes)
		}
	}
	if len(o.Key) != KeySize {
		return nil, fmt.Errorf("key of %d bytes, want %d", len(o.Key), KeySize)
	}
	if !o.Filter.Prefix.IsValid() || !o.Filter.Prefix.Addr().Is4() || o.Filter.Prefix.Bits() != 24 {
		return nil, fmt.Errorf("network %s: want an IPv4 network with 24 bits", o.Filter.Prefix)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Timing = o.Timing.withDefaults(len(o.Nodes))
	now := time.Now()
	l := &Link{o: o, pace: newPace(o.Timing, now), state: Starting, since: now, began: now}
	l.awake.Store(now.UnixNano())
	l.writer = &writer{
		dev: o.Device, super: o.Super, node: o.Node, host: o.Host, random: random, timing: o.Timing, sealer: newSealer(o.Key, o.Super.UUID),
		pace: l.pace, io: &l.write, count: &l.count, queue: make(chan frame, queueFrames), heal: make(chan struct{}, 1),
	}
	l.reader = &reader{
		dev: o.Device, super: o.Super, node: o.Node, host: o.Host, timing: o.Timing, sealer: newSealer(o.Key, o.Super.UUID), pace: l.pace,
		io: &l.read, count: &l.count, filter: o.Filter, out: o.Packets, own: l.writer,
	}
	l.reader.begin(o.Nodes)
	return l, nil
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// Run carries packets until ctx ends, which is no error, or until the device must not be used any longer: ErrReserved, ErrNotOurs,
// ErrCloned. It closes Packets. A disk that does not answer is waited for, however long it takes.
func (l *Link) Run(ctx context.Context) error {
	defer l.o.Packets.Close()
	last, err := l.takeOver(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		l.enter(Stopped, err)
		return err
	}
	l.writer.begin(last)
	l.reader.lastPoll = time.Now()
	l.enter(Working, nil)
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return l.writer.run(inner) })
	group.Go(func() error { return l.reader.run(inner) })
	group.Go(func() error { return l.watch(inner) })
	group.Go(func() error { return l.guard(inner) })
	group.Go(func() error { return l.accept(inner) })
	done := make(chan error, 1)
	go func() { done <- group.Wait() }() // it ends with the group, or with the process where an I/O never returns
	select {
	case err = <-done:
	case <-inner.Done():
		_ = l.o.Packets.Close()
		select {
		case err = <-done:
		case <-time.After(endWait):
			err = errors.Join(context.Cause(inner), errors.New("the disk does not answer"))
		}
	}
	if ctx.Err() != nil && !final(err) {
		return nil
	}
	l.enter(Stopped, err)
	return err
}

// takeOver finds out how far this node's area was used, and that nobody uses it.
func (l *Link) takeOver(ctx context.Context) (uint64, error) {
	for {
		s, err := ReadSuper(l.o.Device)
		if err == nil && s.UUID != l.o.Super.UUID {
			return 0, fmt.Errorf("%w: the disk heartbeat %s of cluster %q", ErrNotOurs, s.UUID, s.Cluster)
		}
		if errors.Is(err, ErrNoSuper) || errors.Is(err, ErrBadSuper) {
			return 0, fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		var last uint64
		if err == nil {
			last, err = l.reader.predecessor(ctx)
		}
		if err == nil || final(err) || errors.Is(err, ErrCloned) {
			return last, err
		}
		l.note(err)
		if err := sleep(ctx, errorPause); err != nil {
			return 0, err
		}
	}
}

// accept takes packets from the TUN device.
func (l *Link) accept(ctx context.Context) error {
	buf := make([]byte, 1<<16)
	budget, filled := float64(sendBurst), time.Now()
	old := false // what is read is from before the process was stopped
	put := func(f frame) {
		select {
		case l.writer.queue <- f:
		default:
			l.count.overflow.Add(1)
		}
	}
	newest := time.AfterFunc(0, func() {})
	for {
		begin := time.Now()
		n, err := l.o.Packets.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read packets: %w", err)
		}
		now := time.Now()
		switch {
		case now.Sub(time.Unix(0, l.awake.Load())) > l.o.Timing.Stale:
			old = true
		case now.Sub(begin) > time.Millisecond:
			old = false // the device's queue was empty
		}
		to, ok := l.o.Filter.destination(buf[:n], l.o.Node)
		if !ok {
			l.count.refused.Add(1)
			continue
		}
		if old {
			// The last of them is sent: it may be the token, which Corosync would send again much later only.
			newest.Stop()
			f := frame{data: slices.Clone(buf[:n]), to: to, at: now}
			newest = time.AfterFunc(drained, func() { put(f) })
			l.count.staleOut.Add(1)
			continue
		}
		budget = min(sendBurst, budget+now.Sub(filled).Seconds()*sendRate)
		filled = now
		if budget < float64(n) {
			l.count.overflow.Add(1)
			continue
		}
		budget -= float64(n)
		put(frame{data: slices.Clone(buf[:n]), to: to, at: now})
	}
}

// watch notices that the disk does not answer, which the reader and the writer cannot while they wait for it.
func (l *Link) watch(ctx context.Context) error {
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := time.Now()
		l.awake.Store(now.UnixNano())
		hung := max(l.read.hanging(now), l.write.hanging(now))
		failed := l.read.status().Failed
		if failed == "" {
			failed = l.write.status().Failed
		}
		l.mu.Lock()
		state, since := l.state, l.since
		l.mu.Unlock()
		switch {
		case state == Working && (hung > l.o.Timing.Stall || failed != ""):
			why := errors.New("no answer")
			if failed != "" {
				why = errors.New(failed)
			}
			l.mu.Lock()
			l.stalls++
			l.mu.Unlock()
			l.o.Log.Error("disk link stalled", "device", l.o.Super.UUID.String(), "err", why)
			l.enter(Stalled, why)
		case state == Stalled:
			l.mu.Lock()
			l.longest = max(l.longest, now.Sub(since)+l.o.Timing.Stall)
			l.mu.Unlock()
			if hung < l.o.Timing.Stall && failed == "" {
				l.o.Log.Warn("disk link works again", "after", now.Sub(since).String())
				l.enter(Working, nil)
			}
		}
	}
}

// guard looks whether the device is still ours.
func (l *Link) guard(ctx context.Context) error {
	for {
		if err := sleep(ctx, guardTick); err != nil {
			return nil
		}
		s, err := ReadSuper(l.o.Device)
		if err == nil && s.UUID != l.o.Super.UUID {
			return fmt.Errorf("%w: the disk heartbeat %s of cluster %q", ErrNotOurs, s.UUID, s.Cluster)
		}
		if errors.Is(err, ErrNoSuper) || errors.Is(err, ErrBadSuper) {
			return fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		if final(err) {
			return err
		}
		if err != nil || l.o.Guard == nil {
			continue // the watcher tells of a disk that does not answer
		}
		found, err := l.o.Guard(l.o.Device)
		if err == nil && len(found) > 0 {
			return fmt.Errorf("%w: %s", ErrNotOurs, found[0])
		}
	}
}

func (l *Link) enter(s State, why error) {
	l.mu.Lock()
	l.state, l.since = s, time.Now()
	l.why = ""
	if why != nil {
		l.why = why.Error()
	}
	l.mu.Unlock()
	if l.o.State != nil {
		l.o.State(s)
	}
}

func (l *Link) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = err.Error()
}

// Status tells how the link is.
func (l *Link) Status() Status {
	now := time.Now()
	l.mu.Lock()
	st := Status{
		At: now.UTC(), Node: l.o.Node, Cluster: l.o.Super.Cluster, UUID: l.o.Super.UUID.String(), State: l.state, Since: l.since.UTC(), Why: l.why,
		Stalls: l.stalls, Longest: l.longest.Milliseconds(),
	}
	l.mu.Unlock()
	st.InUse = st.State != Starting && now.Sub(l.began) > wellAfter && l.pace.inUse(now)
	st.Read, st.Write, st.Counters = l.read.status(), l.write.status(), l.count.read()
	l.reader.mu.Lock()
	defer l.reader.mu.Unlock()
	for _, p := range l.reader.told {
		p.Alive = !p.Seen.IsZero() && now.Sub(p.Seen) < 3*l.o.Timing.Refresh
		p.Seen = p.Seen.UTC().Round(0)
		st.Peers = append(st.Peers, p)
	}
	return st
}
