package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// cursor is what one session has told so far. It belongs to the session's writer.
type cursor struct {
	cluster string
	state   *ha.State // what the server has
	at      time.Time // when that was observed
	event   uint64    // newest event that was sent
}

// session dials, and serves the connection until it breaks or ctx ends. It says whether the server welcomed the agent.
func (l *Link) session(ctx, commands context.Context) (welcomed bool, err error) {
	conn, err := l.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Whatever ends the context closes the connection, which ends both reader and writer.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := wire.WriteFrame(conn, wire.Message{Kind: wire.KindHello, Hello: l.hello()}); err != nil {
		return false, err
	}
	welcome, err := l.welcome(conn)
	if err != nil {
		return false, err
	}
	if err := l.spool.meet(welcome.AckSeq); err != nil {
		return false, err
	}
	if err := l.spool.ack(welcome.AckSeq); err != nil {
		return false, err
	}
	l.begin(welcome)
	defer l.end()
	l.o.Log.Info("connected to the server", "server", l.server())

	var others sync.WaitGroup
	others.Go(func() { cancel(l.write(ctx, conn, cursor{event: welcome.AckSeq})) })
	others.Go(func() {
		select {
		case <-l.reconnect:
			cancel(errRenewed)
		case <-ctx.Done():
		}
	})
	err = l.read(commands, conn)
	cancel(err)
	others.Wait()
	return true, context.Cause(ctx)
}

// confirm is how old the server's last word on the state may become, as long as observations come.
const confirm = 8 * time.Second

// errRenewed ends a session in order to begin one with the new certificate.
var errRenewed = errors.New("the certificate was renewed")

func (l *Link) dial(ctx context.Context) (*websocket.Conn, error) {
	l.mu.Lock()
	id := l.id
	l.mu.Unlock()
	conf, err := id.tls()
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{TLSClientConfig: conf, HandshakeTimeout: 10 * time.Second, ReadBufferSize: 16 << 10, WriteBufferSize: 16 << 10}
	conn, r, err := dialer.DialContext(ctx, "wss"+strings.TrimPrefix(id.Server, "https")+wire.PathConnect, http.Header{})
	if err != nil {
		if r != nil {
			// gorilla keeps the first kilobyte of the answer, which is enough for a fault.
			body, _ := io.ReadAll(r.Body)
			return nil, faultIn(body, r.StatusCode)
		}
		return nil, fmt.Errorf("dial: %w", err)
	}
	conn.SetReadLimit(wire.MaxMessage)
	return conn, nil
}

func (l *Link) hello() *wire.Hello {
	seq, _, _ := l.spool.last()
	return &wire.Hello{
		Version: wire.Version, Agent: l.o.Version, Host: l.Host(), Boot: l.o.Boot, Started: l.started,
		Facts: l.o.Facts(), LastSeq: seq, Running: l.running(),
	}
}

// welcome reads the server's answer to the hello.
func (l *Link) welcome(conn *websocket.Conn) (wire.Welcome, error) {
	data, err := wire.ReadFrame(conn, l.o.Silence+10*time.Second) // the server may wait that long for an older session to end
	if err != nil {
		return wire.Welcome{}, refusal(err)
	}
	var m wire.Message
	if err := json.Unmarshal(data, &m); err != nil || m.Welcome == nil {
		return wire.Welcome{}, errors.New("the server's first message is no welcome")
	}
	if m.Welcome.Version < wire.Oldest {
		return wire.Welcome{}, fault.New(fault.Invalid, "server.too_old", "the server speaks version %d of the protocol, this agent %d to %d: upgrade the server", m.Welcome.Version, wire.Oldest, wire.Version)
	}
	return *m.Welcome, nil
}

// refusal makes the reason in a close frame readable.
func refusal(err error) error {
	if c, is := errors.AsType[*websocket.CloseError](err); is && c.Code == wire.CloseRefused {
		return fmt.Errorf("the server ended the connection: %s", c.Text)
	}
	return err
}

// begin makes ready what is told at the start of each session.
func (l *Link) begin(w wire.Welcome) {
	untold := l.journal.untold()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected = true
	if !w.Time.IsZero() {
		l.skew = time.Until(w.Time)
	}
	l.progress, l.answers, l.facts = nil, nil, nil
	l.configs = nil
	if l.config != nil {
		l.configs = append(l.configs, *l.config)
	}
	l.resend = untold
}

func (l *Link) clockSkew() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.skew
}

func (l *Link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected = false
	l.progress, l.answers = nil, nil
}

// read takes what the server says.
func (l *Link) read(commands context.Context, conn *websocket.Conn) error {
	for {
		data, err := wire.ReadFrame(conn, l.o.Silence)
		if err != nil {
			return refusal(err)
		}
		var m wire.Message
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("read message: %w", err)
		}
		switch {
		case m.Command != nil:
			c := *m.Command
			c.Deadline = c.Deadline.Add(-l.clockSkew())
			l.command(commands, c, false)
		case m.Cancel != nil:
			l.cancel(m.Cancel.ID)
		case m.Ack != nil:
			if err := l.spool.ack(m.Ack.Seq); err != nil {
				return err
			}
			if err := l.journal.confirm(m.Ack.Commands); err != nil {
				return err
			}
		default:
			l.o.Log.Debug("message of an unknown kind", "kind", m.Kind)
		}
	}
}

// write is the only writer of data on the connection.
func (l *Link) write(ctx context.Context, conn *websocket.Conn, c cursor) error {
	for {
		m, err := l.next(&c)
		if err != nil {
			return err
		}
		if m != nil {
			if m.Event != nil {
				l.o.Hook("before", "event.send")
			}
			if err := wire.WriteFrame(conn, *m); err != nil {
				return err
			}
			if m.Event != nil {
				l.o.Hook("after", "event.send")
			}
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.wake:
		}
	}
}

// next returns what to send next, or nil. Facts and state go before results, so that whoever waits for a result finds the state
// that it led to; steps go before the result of their command.
func (l *Link) next(c *cursor) (*wire.Message, error) {
	l.mu.Lock()
	m, id := l.nextInMemory(c)
	l.mu.Unlock()
	if m != nil {
		return m, nil
	}
	if id != "" {
		p, err := l.journal.read(id)
		if err != nil || p.Result == nil {
			l.o.Log.Error("a result is unreadable", "command", id, "err", err)
			return l.next(c) // it was taken from the list already
		}
		return &wire.Message{Kind: wire.KindResult, Result: p.Result}, nil
	}
	if e, ok := l.spool.after(c.event); ok {
		c.event = e.Seq
		if err := l.spool.hand(e.Seq); err != nil {
			return nil, err
		}
		// After that: whoever is about to mail the event sees either that it is handed over, or is seen here.
		if l.o.Mailed != nil {
			e.Mailed = l.o.Mailed(e.Key)
		}
		return &wire.Message{Kind: wire.KindEvent, Event: &e}, nil
	}
	return nil, nil
}

// nextInMemory returns a message, or the ID of a result that is to be sent. The caller holds mu.
func (l *Link) nextInMemory(c *cursor) (*wire.Message, string) {
	switch {
	case len(l.progress) > 0:
		p := l.progress[0]
		l.progress = l.progress[1:]
		return &wire.Message{Kind: wire.KindProgress, Progress: &p}, ""
	case l.facts != nil:
		f := l.facts
		l.facts = nil
		return &wire.Message{Kind: wire.KindFacts, Facts: f}, ""
	case len(l.configs) > 0:
		conf := l.configs[0]
		l.configs = l.configs[1:]
		return &wire.Message{Kind: wire.KindConfig, Config: &conf}, ""
	case l.state != nil && (c.state != l.state || c.cluster != l.cluster):
		base := c.state
		if c.cluster != l.cluster {
			base = nil
		}
		delta, differs := ha.MakeDelta(base, *l.state)
		c.state, c.cluster = l.state, l.cluster
		// Nothing new is told too, now and then: the server calls an observation stale after a while.
		if differs || l.state.At.Sub(c.at) >= confirm {
			c.at = l.state.At
			return &wire.Message{Kind: wire.KindReport, Report: &wire.Report{Cluster: l.cluster, Delta: delta}}, ""
		}
		return l.nextInMemory(c)
	case len(l.answers) > 0:
		r := l.answers[0]
		l.answers = l.answers[1:]
		return &wire.Message{Kind: wire.KindResult, Result: &r}, ""
	case len(l.resend) > 0:
		id := l.resend[0]
		l.resend = l.resend[1:]
		return nil, id
	}
	return nil, ""
}
