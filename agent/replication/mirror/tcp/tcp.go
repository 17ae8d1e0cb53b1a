// Package tcp is the link to the peer: TLS 1.3 over several TCP connections, which stand and fall together. Side 1 dials, side 2 listens.
//
// On each connection the dialler first says to which link it belongs, in 32 bytes: a magic, the link's random name, the connection's
// number and how many there are. The listener sends the same back on the control connection once it has all of them.
package tcp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"hawser/agent/replication/mirror/core"
)

const (
	// handshakeTime bounds what a stranger can occupy, and how long a peer may take to set up a link.
	handshakeTime = 5 * time.Second
	// strangers is how many connections may be without proof of the key at once.
	strangers = 32
	bufferTCP = 4 << 20
)

// Options are what a transport is told at its birth.
type Options struct {
	Local, Peer string // addresses with ports
	Dial        bool   // or listen
	Connections int    // for control and data
	Key         []byte
	Retry       time.Duration // between two attempts
	Log         *slog.Logger
	// Tell takes core.Linked, core.Unlinked and core.Received, from several goroutines; it may wait. Failed is why there is no link.
	Tell   func(core.Event)
	Failed func(error)
}

// Transport keeps a link to the peer, and tries a new one where there is none.
type Transport struct {
	o        Options
	tls      *tls.Config
	listener net.Listener

	mu     sync.Mutex
	links  map[uint64]*link
	last   uint64
	off    bool // by a person's wish
	change chan struct{}

	waiting map[[16]byte]*gathering // links of which not all connections are there
	running sync.WaitGroup
}

// New binds the address; Run serves.
func New(ctx context.Context, o Options) (*Transport, error) {
	c, err := config(o.Key)
	if err != nil {
		return nil, err
	}
	t := &Transport{o: o, tls: c, links: map[uint64]*link{}, change: make(chan struct{}, 1), waiting: map[[16]byte]*gathering{}}
	if !o.Dial {
		t.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Local)
	}
	return t, err
}

// Run keeps the link until ctx ends.
func (t *Transport) Run(ctx context.Context) error {
	if t.o.Dial {
		t.dialling(ctx)
	} else {
		t.running.Go(func() { t.accepting(ctx) })
		<-ctx.Done()
		_ = t.listener.Close()
	}
	t.closeAll()
	t.running.Wait()
	for _, g := range t.waiting { // nobody else is there any more
		closeConns(g.all)
	}
	return nil
}

// Enable makes or ends links, as a person wishes.
func (t *Transport) Enable(on bool) {
	t.mu.Lock()
	t.off = !on
	t.mu.Unlock()
	if !on {
		t.closeAll()
	}
	t.wake()
}

// Enabled says whether links are wanted.
func (t *Transport) Enabled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.off
}

func (t *Transport) wake() {
	select {
	case t.change <- struct{}{}:
	default: // it is awake, or will be
	}
}

func (t *Transport) closeAll() {
	t.mu.Lock()
	var all []*link
	for _, l := range t.links {
		all = append(all, l)
	}
	t.mu.Unlock()
	for _, l := range all {
		l.close()
	}
}

// dialling makes links, one after the other.
func (t *Transport) dialling(ctx context.Context) {
	for ctx.Err() == nil {
		if t.Enabled() {
			if l, err := t.dial(ctx); err == nil {
				select {
				case <-l.done:
				case <-ctx.Done():
				}
			} else if ctx.Err() == nil {
				t.o.Failed(err)
			}
		}
		select {
		case <-ctx.Done():
		case <-t.change:
		case <-time.After(t.o.Retry):
		}
	}
}

func (t *Transport) dial(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	p := preface{total: uint8(t.o.Connections)} //nolint:gosec // a handful
	if _, err := rand.Read(p.name[:]); err != nil {
		return nil, err
	}
	var all []net.Conn
	fail := func(err error) (*link, error) {
		for _, c := range all {
			_ = c.Close()
		}
		return nil, err
	}
	for i := range t.o.Connections {
		c, err := t.connect(ctx)
		if err != nil {
			return fail(err)
		}
		all = append(all, c)
		p.index = uint8(i) //nolint:gosec // a handful
		if _, err := c.Write(p.encode()); err != nil {
			return fail(keyed(err))
		}
	}
	p.index = 0
	answer := make([]byte, prefaceSize)
	if _, err := io.ReadFull(all[0], answer); err != nil {
		return fail(keyed(err))
	}
	if !bytes.Equal(answer, p.encode()) {
		return fail(errPreface)
	}
	return t.begin(all)
}

// connect makes one connection, and proves the key on it.
func (t *Transport) connect(ctx context.Context) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.o.Peer)
	if err != nil {
		return nil, err
	}
	return t.secure(ctx, raw, tls.Client)
}

func (t *Transport) secure(ctx context.Context, raw net.Conn, as func(net.Conn, *tls.Config) *tls.Conn) (net.Conn, error) {
	if c, ok := raw.(*net.TCPConn); ok { // TCP_NODELAY is Go's own habit
		_, _ = c.SetReadBuffer(bufferTCP), c.SetWriteBuffer(bufferTCP) // of less the link is slower, no more
	}
	deadline, _ := ctx.Deadline()
	c := as(&packed{Conn: raw}, t.tls)
	err := c.SetDeadline(deadline)
	if err == nil {
		err = c.HandshakeContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(keyed(err), c.Close())
	}
	return c, nil
}

// keyed names a refusal of the identity. The dialler's own is refused only after its handshake has ended: the alert comes with the first
// read or write.
func keyed(err error) error {
	if alert := tls.AlertError(0); errors.As(err, &alert) || isAlert(err) {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	return err
}

// isAlert: crypto/tls wraps an alert that was received in an error of net's.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// begin makes a link of connections.
func (t *Transport) begin(all []net.Conn) (*link, error) {
	for _, c := range all {
		if err := c.SetDeadline(time.Time{}); err != nil {
			return nil, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	l := newLink(t, t.last, all)
	t.links[l.number] = l
	t.running.Go(l.run)
	return l, nil
}

func (t *Transport) link(number uint64) *link {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.links[number]
}

func (t *Transport) forget(l *link) {
	t.mu.Lock()
	delete(t.links, l.number)
	t.mu.Unlock()
}
