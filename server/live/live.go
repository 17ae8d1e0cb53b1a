// Package live tells browsers what changed, over a WebSocket.
//
// A message says which object changed; whoever shows it asks for it again by REST. So messages about one object may be
// merged, and a client that cannot keep up is cut off: it connects again and asks for everything, which costs less than
// to queue for it without end.
package live

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
)

// Options are what a Hub needs. Allow is required.
type Options struct {
	// Allow says who may listen. Still is asked every few seconds, and
	// the stream ends when it says no: after a logout, at the session's end, when the user is disabled.
	Allow func(*http.Request) (still func() bool, err error)
	// Refuse answers a request that Allow did not let through.
	Refuse func(http.ResponseWriter, *http.Request, error)
	// Origins are allowed beside the server's own, for example http://localhost:5173 while the console is developed.
	Origins []string
	Log     *slog.Logger
	// Ping is the interval of pings; 15 s where zero.
	Ping time.Duration
	// Queue is how many objects may wait for a client; beyond it the client is cut off. 1000 where zero.
	Queue int
}

// Bounds of one client.
const (
	defaultPing  = 15 * time.Second
	defaultQueue = 1000
	writeWait    = 10 * time.Second // a browser that takes nothing for so long has gone to sleep
	maxRequest   = 512              // clients have nothing to say
)

// closeSlow and closeSession tell a client why it was cut off; both mean: connect again, if you are still signed in.
const (
	closeSlow    = 4001
	closeSession = 4002
)

// Hub is the clients that listen.
type Hub struct {
	o        Options
	upgrader websocket.Upgrader
	wg       sync.WaitGroup

	mu      sync.Mutex // guards what follows
	closed  bool
	clients map[*client]struct{}
}

// New returns a Hub. Run must be called, and ends its clients.
func New(o Options) *Hub {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Ping == 0 {
		o.Ping = defaultPing
	}
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	h := &Hub{o: o, clients: map[*client]struct{}{}}
	// A page of another site must not listen with the cookie of whoever visits it.
	h.upgrader = websocket.Upgrader{HandshakeTimeout: writeWait, CheckOrigin: func(r *http.Request) bool {
		return slices.Contains(o.Origins, r.Header.Get("Origin")) || sameOrigin(r)
	}}
	return h
}

// Publish tells every client. It never waits.
func (h *Hub) Publish(m api.Live) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		c.push(m, h.o.Queue)
	}
}

// Clients returns how many listen.
func (h *Hub) Clients() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// Run waits for ctx to end, closes all streams and returns when none is left.
func (h *Hub) Run(ctx context.Context) error {
	<-ctx.Done()
	h.mu.Lock()
	h.closed = true
	for c := range h.clients {
		c.end(websocket.CloseGoingAway)
	}
	h.mu.Unlock()
	h.wg.Wait()
	return nil
}

// ServeHTTP is one stream from its upgrade to its end.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	still, err := h.o.Allow(r)
	if err != nil {
		h.o.Refuse(w, r, err)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.o.Log.Debug("live stream was not upgraded", "err", err)
		return
	}
	defer conn.Close()
	c := newClient(conn)
	if !h.admit(c) {
		c.goodbye(websocket.CloseGoingAway)
		return
	}
	defer h.leave(c)
	var writer sync.WaitGroup
	defer writer.Wait()
	defer c.end(websocket.CloseNormalClosure)
	writer.Go(func() { c.write(h.o.Ping, still) })
	c.drain(4 * h.o.Ping)
}

func (h *Hub) admit(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.wg.Add(1)
	h.clients[c] = struct{}{}
	c.push(api.Live{Topic: "hello"}, h.o.Queue)
	return true
}

func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	h.wg.Done()
}
