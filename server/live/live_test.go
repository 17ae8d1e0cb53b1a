package live_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
	"hawser/internal/testkit"
	"hawser/server/live"
)

type server struct {
	hub     *live.Hub
	url     string
	allowed atomic.Bool
	valid   atomic.Bool
}

func newServer(t *testing.T, o live.Options) *server {
	t.Helper()
	testkit.NoLeaks(t)
	s := &server{}
	s.allowed.Store(true)
	s.valid.Store(true)
	o.Allow = func(*http.Request) (func() bool, error) {
		if !s.allowed.Load() {
			return nil, errors.New("not signed in")
		}
		return s.valid.Load, nil
	}
	o.Refuse = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusUnauthorized) }
	s.hub = live.New(o)
	h := httptest.NewServer(s.hub)
	s.url = "ws" + strings.TrimPrefix(h.URL, "http")
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.hub.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait(); h.Close() })
	return s
}

func (s *server) dial(t *testing.T, origin string) (*websocket.Conn, int) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, r, err := websocket.DefaultDialer.DialContext(t.Context(), s.url, header)
	if err != nil {
		if r == nil {
			t.Fatal(err)
		}
		return nil, r.StatusCode
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, r.StatusCode
}

func next(t *testing.T, conn *websocket.Conn) api.Live {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var m api.Live
	if err := conn.ReadJSON(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStream(t *testing.T) {
	s := newServer(t, live.Options{})
	conn, _ := s.dial(t, "")
	if m := next(t, conn); m.Topic != "hello" || m.Seq != 1 {
		t.Fatalf("first: %+v", m)
	}
	s.hub.Publish(api.Live{Topic: "cluster", Cluster: "demo"})
	if m := next(t, conn); m.Topic != "cluster" || m.Cluster != "demo" || m.Seq != 2 {
		t.Errorf("second: %+v", m)
	}
	s.hub.Publish(api.Live{Topic: "event", Event: &api.Event{ID: 7, Kind: "node.lost"}})
	if m := next(t, conn); m.Event == nil || m.Event.Kind != "node.lost" || m.Seq != 3 {
		t.Errorf("third: %+v", m)
	}
}

func TestWhoMayListen(t *testing.T) {
	s := newServer(t, live.Options{Origins: []string{"http://localhost:5173"}})
	own := "http" + strings.TrimPrefix(s.url, "ws")
	for origin, want := range map[string]int{
		"":                       http.StatusSwitchingProtocols, // a program
		own:                      http.StatusSwitchingProtocols,
		"http://localhost:5173":  http.StatusSwitchingProtocols,
		"http://evil.example":    http.StatusForbidden,
		own + ".evil.example":    http.StatusForbidden,
		"http://localhost:51730": http.StatusForbidden,
		"null":                   http.StatusForbidden,
	} {
		if _, got := s.dial(t, origin); got != want {
			t.Errorf("origin %q: status %d, want %d", origin, got, want)
		}
	}
	s.allowed.Store(false)
	if _, got := s.dial(t, own); got != http.StatusUnauthorized {
		t.Errorf("not signed in: status %d", got)
	}
}

// TestSessionEnds: the stream does not outlive the session that opened it.
func TestSessionEnds(t *testing.T) {
	s := newServer(t, live.Options{Ping: 500 * time.Millisecond})
	conn, _ := s.dial(t, "")
	next(t, conn)
	s.valid.Store(false)
	_, _, err := conn.ReadMessage()
	if c, is := errors.AsType[*websocket.CloseError](err); !is || c.Code != 4002 {
		t.Errorf("got %v, want close code 4002", err)
	}
}

// TestSlowClient: who does not read is cut off, and nobody else waits for it.
func TestSlowClient(t *testing.T) {
	s := newServer(t, live.Options{Queue: 50})
	slow, _ := s.dial(t, "")
	fast, _ := s.dial(t, "")
	next(t, fast)
	got := make(chan int64, 1)
	var read atomic.Int64 // the fast one's last
	go func() {
		var seq int64
		for {
			var m api.Live
			if fast.ReadJSON(&m) != nil || m.Topic == "demo" {
				got <- seq
				return
			}
			seq = m.Seq
			if m.Event != nil {
				read.Store(m.Event.ID)
			}
		}
	}()
	long := strings.Repeat("x", 64<<10)
	var id int64
	testkit.EventuallyWithin(t, 5*time.Second, func() error { // sooner than the deadline of a stuck write
		if read.Load() < id { // who reads is never cut off, however slow the machine is
			return errors.New("the fast client has not read all")
		}
		for range 10 { // fewer than the queue holds
			id++
			s.hub.Publish(api.Live{Topic: "event", Event: &api.Event{ID: id, Object: long}})
		}
		if s.hub.Clients() > 1 {
			return errors.New("the slow client still listens")
		}
		return nil
	})
	s.hub.Publish(api.Live{Topic: "demo"})
	if seq := <-got; seq < 50 {
		t.Errorf("the fast client got %d messages", seq)
	}
	_ = slow
}

// TestMerge: of many changes of one object only the newest is sent, operations and events apart.
func TestMerge(t *testing.T) {
	s := newServer(t, live.Options{Queue: 10})
	conn, _ := s.dial(t, "")
	next(t, conn)
	for i := range 5000 {
		s.hub.Publish(api.Live{Topic: "operation", ID: "o1", Operation: &api.Operation{ID: "o1", Percent: i % 101}})
		s.hub.Publish(api.Live{Topic: "cluster", Cluster: "demo"})
	}
	s.hub.Publish(api.Live{Topic: "operation", ID: "o1", Operation: &api.Operation{ID: "o1", Percent: 100, State: "succeeded"}})
	seen := 0
	for seq := int64(2); ; seq++ {
		m := next(t, conn)
		if m.Seq != seq {
			t.Fatalf("a gap: %d after %d", m.Seq, seq-1)
		}
		seen++
		if m.Operation != nil && m.Operation.State == "succeeded" {
			break
		}
	}
	if seen >= 10001 {
		t.Errorf("%d messages: nothing was merged", seen)
	}
}

func TestServerStops(t *testing.T) {
	testkit.NoLeaks(t)
	hub := live.New(live.Options{Allow: func(*http.Request) (func() bool, error) { return func() bool { return true }, nil }})
	h := httptest.NewServer(hub)
	defer h.Close()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	next(t, conn)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	_, _, err = conn.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("got %v", err)
	}
}
