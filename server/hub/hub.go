package hub

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/wire"
	"hawser/server/pki"
)

// Options are what a Hub needs. CA and Handler are required.
type Options struct {
	CA      *pki.Authority
	Handler Handler
	// Uploads takes files; none where nil.
	Uploads Uploads
	Log     *slog.Logger

	// Grace is how long an agent may be away before a command to it is given up. 20 s where zero: a restarted agent is
	// back within two, one behind a switch that restarts within ten.
	Grace time.Duration
	// Ping is the interval of pings; after three without an answer the agent counts as gone. 5 s where zero.
	Ping time.Duration
}

// How long things may take.
const (
	defaultGrace = 20 * time.Second
	defaultPing  = 5 * time.Second
	// shortGrace is what a command waits for an agent that has been away for longer than Grace already.
	shortGrace = 2 * time.Second
	// helloWait is for the first message after the upgrade, takeover for the end of the session that a new one replaces.
	helloWait = 10 * time.Second
	takeover  = 10 * time.Second
	// storeWait bounds one call of the Handler; a store that takes longer is broken, and the agent will tell it again.
	storeWait = 30 * time.Second
	// defaultDeadline is for commands that come without one, resultSlack what an agent gets for rolling back after it.
	defaultDeadline = 5 * time.Minute
	resultSlack     = 30 * time.Second
)

// Hub holds the sessions of all agents.
type Hub struct {
	o        Options
	upgrader websocket.Upgrader
	limit    *limiter
	wg       sync.WaitGroup // one for each session

	mu       sync.Mutex // guards what follows; no I/O and no callback under it
	closed   bool
	started  time.Time
	sessions map[string]*session // the newest of each host, ready or not
	away     map[string]time.Time
	calls    map[string]*call
	cancels  map[string][]string      // host → commands that nobody waits for, to be told when it is back
	slots    map[string]chan struct{} // host → room for the one session that the store knows of
	changed  chan struct{}            // closed and replaced when a host comes or goes
}

// New returns a Hub. Run must be called, and ends its sessions.
func New(o Options) *Hub {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if o.Ping == 0 {
		o.Ping = defaultPing
	}
	return &Hub{
		o: o,
		upgrader: websocket.Upgrader{
			HandshakeTimeout: helloWait,
			ReadBufferSize:   16 << 10,
			WriteBufferSize:  16 << 10,
			// Only browsers send an Origin, and no browser has business here.
			CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
		},
		limit:    newLimiter(),
		started:  time.Now(),
		sessions: map[string]*session{},
		away:     map[string]time.Time{},
		calls:    map[string]*call{},
		cancels:  map[string][]string{},
		slots:    map[string]chan struct{}{},
		changed:  make(chan struct{}),
	}
}

// Handler serves the agents' routes: /agent/v1/enroll, /agent/v1/renew, /agent/v1/connect and /agent/v1/upload/.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /agent/v1/enroll", h.enrol)
	mux.HandleFunc("POST /agent/v1/renew", h.renew)
	mux.HandleFunc("GET /agent/v1/connect", h.connect)
	mux.HandleFunc("GET "+wire.PathUpload+"{name}", h.upload)
	mux.HandleFunc("PUT "+wire.PathUpload+"{name}", h.upload)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.refuse(w, r, errNoRoute(r)) })
	return mux
}

// Run waits for ctx to end, then closes all sessions and returns when none is left.
func (h *Hub) Run(ctx context.Context) error {
	<-ctx.Done()
	h.mu.Lock()
	h.closed = true
	for _, s := range h.sessions {
		s.close("server.stopping")
	}
	h.mu.Unlock()
	h.wg.Wait()
	return nil
}

// Connected says whether the host's agent is connected and welcomed.
func (h *Hub) Connected(host string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready(host) != nil
}

// Seen returns when the host's agent was last heard of, in this life of the server. A connected agent answers pings,
// so its last report is confirmed as of then.
func (h *Hub) Seen(host string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.ready(host); s != nil {
		return time.Unix(0, s.heard.Load()).UTC()
	}
	return h.away[host]
}

// Drop ends the host's session, after it was revoked or removed. It may come back if its certificate lets it.
func (h *Hub) Drop(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sessions[host]; s != nil {
		s.close("host.revoked")
	}
}

// ready returns the host's session if commands may be sent on it. The caller holds mu.
func (h *Hub) ready(host string) *session {
	if s := h.sessions[host]; s != nil && s.ready {
		return s
	}
	return nil
}

// admit makes s the session of its host, and tells the one before to end. It returns the slot that s must fill before the
// store hears of it: the calls of the one before may be under way still.
func (h *Hub) admit(s *session) (slot chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errors.New("the server is stopping")
	}
	if before := h.sessions[s.host]; before != nil {
		before.close("session.replaced")
	}
	h.sessions[s.host] = s
	if h.slots[s.host] == nil {
		h.slots[s.host] = make(chan struct{}, 1)
	}
	h.wg.Add(1)
	return h.slots[s.host], nil
}

// open lets commands flow on s and sends those that wait for it.
func (h *Hub) open(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.ready = true
	delete(h.away, s.host)
	for _, c := range h.calls {
		if c.host == s.host {
			s.out.push(wire.Message{Kind: wire.KindCommand, Command: &c.command})
		}
	}
	for _, id := range h.cancels[s.host] {
		s.out.push(wire.Message{Kind: wire.KindCancel, Cancel: &wire.Cancel{ID: id}})
	}
	delete(h.cancels, s.host)
	h.broadcast()
}

// leave takes s out; again does no harm.
func (h *Hub) leave(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ready {
		h.away[s.host] = time.Now().UTC()
	}
	s.ready = false
	if h.sessions[s.host] == s {
		delete(h.sessions, s.host)
	}
	h.broadcast()
}

// broadcast wakes all commands that watch for a host. The caller holds mu.
func (h *Hub) broadcast() {
	close(h.changed)
	h.changed = make(chan struct{})
}
