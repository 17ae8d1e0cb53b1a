package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

const prefaceSize = 32

var (
	magic      = [8]byte{'H', 'W', 'M', 'L', 'I', 'N', 'K', 1}
	errPreface = errors.New("not a connection of a mirror's link")
)

// preface says to which link a connection belongs.
type preface struct {
	name         [16]byte
	index, total uint8
}

func (p preface) encode() []byte {
	b := make([]byte, prefaceSize)
	copy(b, magic[:])
	copy(b[8:], p.name[:])
	b[24], b[25] = p.index, p.total
	return b
}

func (t *Transport) decode(b []byte) (preface, error) {
	p := preface{name: [16]byte(b[8:24]), index: b[24], total: b[25]}
	if string(b) != string(p.encode()) || int(p.total) != t.o.Connections || p.index >= p.total {
		return p, errPreface
	}
	return p, nil
}

// gathering is a link of which not all connections have come.
type gathering struct {
	all     []net.Conn
	missing int
	begun   time.Time
}

// accepting takes connections. One that does not prove the key in time is cut, and there are never many of those.
func (t *Transport) accepting(ctx context.Context) {
	room := make(chan struct{}, strangers)
	for {
		raw, err := t.listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			t.o.Log.Warn("a connection was not taken", "err", err)
			select { // such as too many open files: it heals, and must not keep a processor busy until then
			case <-ctx.Done():
			case <-time.After(t.o.Retry):
			}
			continue
		}
		select {
		case room <- struct{}{}:
		default:
			_ = raw.Close()
			continue
		}
		t.running.Go(func() {
			defer func() { <-room }()
			if err := t.greet(ctx, raw); err != nil && ctx.Err() == nil {
				t.o.Failed(err)
			}
		})
	}
}

func (t *Transport) greet(ctx context.Context, raw net.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	c, err := t.secure(ctx, raw, tls.Server)
	if err != nil {
		return err
	}
	b := make([]byte, prefaceSize)
	if _, err := io.ReadFull(c, b); err != nil {
		return errors.Join(keyed(err), c.Close())
	}
	p, err := t.decode(b)
	if err == nil && !t.Enabled() {
		return c.Close()
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return t.gather(p, c)
}

// gather keeps a connection until its link is complete.
func (t *Transport) gather(p preface, c net.Conn) error {
	t.mu.Lock()
	for name, g := range t.waiting {
		if time.Since(g.begun) > handshakeTime {
			delete(t.waiting, name)
			closeConns(g.all)
		}
	}
	g := t.waiting[p.name]
	if g == nil {
		g = &gathering{all: make([]net.Conn, p.total), missing: int(p.total), begun: time.Now()}
		t.waiting[p.name] = g
	}
	taken := g.all[p.index] != nil
	if !taken {
		g.all[p.index] = c
		g.missing--
	}
	complete := g.missing == 0
	if complete {
		delete(t.waiting, p.name)
	}
	t.mu.Unlock()
	switch {
	case taken:
		return errors.Join(errPreface, c.Close())
	case !complete:
		return nil
	}
	p.index = 0
	if _, err := g.all[0].Write(p.encode()); err != nil {
		closeConns(g.all)
		return err
	}
	t.closeAll() // a new link takes the place of the one before it
	_, err := t.begin(g.all)
	return err
}

func closeConns(all []net.Conn) {
	for _, c := range all {
		if c != nil {
			_ = c.Close()
		}
	}
}
