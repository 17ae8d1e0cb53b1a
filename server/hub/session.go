package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// session is one connection of one agent.
type session struct {
	host  string
	conn  *websocket.Conn
	out   *outbox
	heard atomic.Int64 // when the agent was last heard, in nanoseconds of Unix time
	ready bool         // guarded by Hub.mu: welcomed, commands may be sent

	once   sync.Once
	cancel context.CancelFunc
	reason atomic.Value // string: why it was closed
}

// sessionEnded is the reason of a session whose connection ended by itself.
const sessionEnded = "session.ended"

// close ends the session from any goroutine, under any lock: it waits for nothing. The goroutines of the session see it.
func (s *session) close(reason string) {
	s.once.Do(func() {
		s.reason.Store(reason)
		s.cancel()
		// A write that is stuck gets a second more, not what is left of its own time: a newer session waits for the end of
		// this one. The connection below is asked: it may be, by any goroutine.
		_ = s.conn.NetConn().SetWriteDeadline(time.Now().Add(time.Second))
	})
}

// connect is one session from its upgrade to its end.
func (h *Hub) connect(w http.ResponseWriter, r *http.Request) {
	id, err := h.o.CA.Identify(r.TLS)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.o.Log.Debug("connection of an agent was not upgraded", "host", id.Host, "err", err)
		return
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &session{host: id.Host, conn: conn, out: newOutbox(), cancel: cancel}
	log := h.o.Log.With("host", s.host)

	hello, err := s.hello()
	if err != nil {
		log.Warn("agent refused", "err", err)
		goodbye(conn, err)
		return
	}
	slot, err := h.admit(s)
	if err != nil {
		goodbye(conn, fault.New(fault.Unreachable, "server.stopping", "%w", err))
		return
	}
	defer h.wg.Done()
	defer h.leave(s)
	err = h.occupy(ctx, slot, func() error {
		return h.attend(ctx, s, hello, id.RenewBy, func() error {
			_, err := h.o.CA.Identify(r.TLS)
			return err
		})
	})
	if reason, closed := s.reason.Load().(string); closed && reason != sessionEnded {
		err = errors.New(reason)
	}
	log.Info("agent disconnected", "err", err)
}

// hello reads the first message.
func (s *session) hello() (wire.Hello, error) {
	s.conn.SetReadLimit(wire.MaxMessage)
	if err := s.conn.SetReadDeadline(time.Now().Add(helloWait)); err != nil {
		return wire.Hello{}, err
	}
	_, data, err := s.conn.ReadMessage()
	if err != nil {
		return wire.Hello{}, fmt.Errorf("wait for hello: %w", err)
	}
	var m wire.Message
	if err := json.Unmarshal(data, &m); err != nil || m.Kind != wire.KindHello || m.Hello == nil {
		return wire.Hello{}, fault.New(fault.Invalid, "agent.no_hello", "the agent did not begin with a hello")
	}
	switch {
	case m.Hello.Version < wire.Oldest:
		return wire.Hello{}, fault.New(fault.Invalid, "agent.too_old", "the agent speaks version %d of the protocol, this server %d to %d: upgrade the agent", m.Hello.Version, wire.Oldest, wire.Version)
	case m.Hello.Host != s.host:
		return wire.Hello{}, fault.New(fault.Denied, "agent.certificate_host", "the agent calls itself %s, its certificate says %s", m.Hello.Host, s.host)
	}
	return *m.Hello, nil
}

// occupy runs serve in the host's slot: the store never sees two sessions of one host.
func (h *Hub) occupy(ctx context.Context, slot chan struct{}, serve func() error) error {
	wait := time.NewTimer(takeover)
	defer wait.Stop()
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
		return serve()
	case <-wait.C:
		return errors.New("the session before does not end")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// attend serves a session that has said hello until it ends.
func (h *Hub) attend(ctx context.Context, s *session, hello wire.Hello, renewBy time.Time, still func() error) error {
	call, cancel := context.WithTimeout(ctx, storeWait)
	ackSeq, err := h.o.Handler.Connected(call, s.host, hello)
	cancel()
	if err != nil {
		goodbye(s.conn, err)
		return err
	}
	defer h.o.Handler.Disconnected(s.host)
	s.heard.Store(time.Now().UnixNano())
	s.out.push(wire.Message{Kind: wire.KindWelcome, Welcome: &wire.Welcome{Version: min(wire.Version, hello.Version), AckSeq: ackSeq, RenewBy: renewBy, Time: time.Now().UTC()}})
	defer h.leave(s) // before Disconnected: Connected says no by then
	var writer sync.WaitGroup
	defer writer.Wait()
	defer s.close(sessionEnded)
	writer.Go(func() { h.write(ctx, s, still) })
	h.open(s)
	h.o.Log.Info("agent connected", "host", s.host, "version", hello.Agent, "spooled", hello.LastSeq, "running", len(hello.Running))
	return h.read(ctx, s)
}

// read hands on what the agent says, one message after the other: a slow store makes the agent wait, as it should.
func (h *Hub) read(ctx context.Context, s *session) error {
	s.conn.SetPongHandler(func(string) error { s.heard.Store(time.Now().UnixNano()); return nil })
	for {
		data, err := wire.ReadFrame(s.conn, 3*h.o.Ping)
		if err != nil {
			return err
		}
		s.heard.Store(time.Now().UnixNano())
		var m wire.Message
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("read message: %w", err)
		}
		call, cancel := context.WithTimeout(ctx, storeWait)
		err = h.handle(call, s, m)
		cancel()
		if err != nil {
			return fmt.Errorf("handle %s: %w", m.Kind, err)
		}
	}
}

func (h *Hub) handle(ctx context.Context, s *session, m wire.Message) error {
	switch {
	case m.Progress != nil:
		h.progressed(s.host, *m.Progress)
	case m.Result != nil:
		h.finished(s.host, *m.Result)
		s.out.ackCommand(m.Result.Command)
	case m.Event != nil:
		if err := h.o.Handler.Event(ctx, s.host, *m.Event); errors.Is(err, ErrLater) {
			return nil
		} else if err != nil {
			return err
		}
		s.out.ackEvent(m.Event.Seq)
	case m.Report != nil:
		return h.o.Handler.Report(ctx, s.host, *m.Report)
	case m.Config != nil:
		return h.o.Handler.Config(ctx, s.host, *m.Config)
	case m.Facts != nil:
		return h.o.Handler.Facts(ctx, s.host, *m.Facts)
	default:
		// A newer agent may say what this server has no word for.
		h.o.Log.Debug("message of an unknown kind", "host", s.host, "kind", m.Kind)
	}
	return nil
}

// write is the only writer of data on the connection. It ends with the session, and then closes the connection, which
// ends the reader too.
func (h *Hub) write(ctx context.Context, s *session, still func() error) {
	defer s.conn.Close()
	ping := time.NewTicker(h.o.Ping)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			reason, _ := s.reason.Load().(string)
			closeWith(s.conn, reason)
			return
		case <-ping.C:
			if err := still(); err != nil { // revoked, or expired while connected
				s.close(fault.Public(err).Reason)
				continue
			}
			if err := s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(h.o.Ping)); err != nil {
				return
			}
		case <-s.out.filled:
			for _, m := range s.out.take() {
				if err := wire.WriteFrame(s.conn, m); err != nil {
					h.o.Log.Warn("agent does not take what is sent", "host", s.host, "err", err)
					return
				}
			}
		}
	}
}

// goodbye tells the agent why it is refused. Only before the session's writer has started.
func goodbye(conn *websocket.Conn, err error) { closeWith(conn, fault.Public(err).Reason) }

func closeWith(conn *websocket.Conn, reason string) {
	// The agent sees the reason in its own log; that the frame may not arrive is no news at this point.
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(wire.CloseRefused, reason), time.Now().Add(time.Second))
}
