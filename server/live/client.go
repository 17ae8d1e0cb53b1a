package live

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
)

// client is one browser.
type client struct {
	conn   *websocket.Conn
	filled chan struct{} // has a token when there is something to send
	ended  chan struct{} // closed by end

	mu    sync.Mutex // guards what follows; taken under Hub.mu
	queue []api.Live
	place map[string]int // where in queue an object waits
	code  int            // why it ended; 0 as long as it has not
}

func newClient(conn *websocket.Conn) *client {
	return &client{conn: conn, filled: make(chan struct{}, 1), ended: make(chan struct{}), place: map[string]int{}}
}

// key names what a message is about; messages of one key replace each other. Events do not: each is its own.
func key(m api.Live) string {
	id := m.ID
	switch {
	case m.Event != nil:
		id = strconv.FormatInt(m.Event.ID, 10)
	case m.Operation != nil:
		id = m.Operation.ID
	}
	return m.Topic + "\x00" + m.Cluster + "\x00" + id
}

// push queues a message, in the place of one about the same object that still waits. Where the queue is full the client is cut off.
func (c *client) push(m api.Live, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return
	}
	k := key(m)
	if i, waits := c.place[k]; waits {
		c.queue[i] = m
		return
	}
	if len(c.queue) >= most {
		c.endLocked(closeSlow)
		return
	}
	c.place[k] = len(c.queue)
	c.queue = append(c.queue, m)
	select {
	case c.filled <- struct{}{}:
	default:
	}
}

func (c *client) take() []api.Live {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.queue
	c.queue = nil
	clear(c.place)
	return list
}

// end ends the stream; it waits for nothing.
func (c *client) end(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(code)
}

func (c *client) endLocked(code int) {
	if c.code == 0 {
		c.code = code
		close(c.ended)
		// A write that is stuck gets a second more, not what is left of its own time. The connection below is asked: it
		// may be, by any goroutine.
		_ = c.conn.NetConn().SetWriteDeadline(time.Now().Add(time.Second))
	}
}

// write is the only writer of data. Numbers are given here, per stream: merged messages leave no gap.
func (c *client) write(ping time.Duration, still func() bool) {
	defer c.conn.Close() // ends drain
	tick := time.NewTicker(ping)
	defer tick.Stop()
	var seq int64
	for {
		select {
		case <-c.ended:
			c.mu.Lock()
			code := c.code
			c.mu.Unlock()
			c.goodbye(code)
			return
		case <-tick.C:
			if !still() {
				c.end(closeSession)
				continue
			}
			if err := c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)); err != nil {
				return
			}
		case <-c.filled:
			for _, m := range c.take() {
				seq++
				m.Seq = seq
				if err := c.conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
					return
				}
				if err := c.conn.WriteJSON(m); err != nil {
					return
				}
			}
		}
	}
}

// drain reads what the client sends, which is nothing but pongs and the end.
func (c *client) drain(silence time.Duration) {
	c.conn.SetReadLimit(maxRequest)
	extend := func(string) error { return c.conn.SetReadDeadline(time.Now().Add(silence)) }
	c.conn.SetPongHandler(extend)
	if extend("") != nil {
		return
	}
	for {
		_, r, err := c.conn.NextReader()
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return
		}
	}
}

func (c *client) goodbye(code int) {
	reason := map[int]string{closeSlow: "slow", closeSession: "session"}[code]
	// The stream ends anyway; that the browser may not hear why is no news.
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
}

// sameOrigin says whether a page of this server asks, or a program, which sends no Origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}
