package wire_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/wire"
)

// connect returns the two ends of a connection.
func connect(t *testing.T) (client, server *websocket.Conn) {
	t.Helper()
	up := websocket.Upgrader{}
	got := make(chan *websocket.Conn, 1)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
		}
		got <- conn
	}))
	t.Cleanup(h.Close)
	client, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	server = <-got
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

func TestFrame(t *testing.T) {
	client, server := connect(t)
	sent := make(chan error, 1)
	go func() {
		sent <- wire.WriteFrame(client, wire.Message{Kind: wire.KindConfig, Config: &wire.Config{XML: strings.Repeat("x", 1<<20)}})
	}()
	data, err := wire.ReadFrame(server, 10*time.Second)
	if err != nil || len(data) < 1<<20 {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestFrameTooLarge(t *testing.T) {
	client, server := connect(t)
	if err := wire.WriteFrame(client, wire.Message{Config: &wire.Config{XML: strings.Repeat("x", wire.MaxMessage)}}); err == nil {
		t.Error("sent what the other side does not take")
	}
	server.SetReadLimit(100)
	if err := wire.WriteFrame(client, wire.Message{Config: &wire.Config{XML: strings.Repeat("x", 1000)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.ReadFrame(server, 10*time.Second); !errors.Is(err, websocket.ErrReadLimit) {
		t.Errorf("got %v, want the read limit", err)
	}
}

// TestSilence: nothing for a while is the end, but a ping is something.
func TestSilence(t *testing.T) {
	client, server := connect(t)
	const silence = 1500 * time.Millisecond // a busy machine may not ping for a while
	began := time.Now()
	stop := make(chan struct{})
	go func() {
		tick := time.NewTicker(silence / 15)
		defer tick.Stop()
		for range 35 {
			<-tick.C
			_ = client.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		}
		close(stop)
	}()
	_, err := wire.ReadFrame(server, silence)
	<-stop
	timeout, is := errors.AsType[net.Error](err)
	if !is || !timeout.Timeout() {
		t.Fatalf("got %v, want a timeout", err)
	}
	if took := time.Since(began); took < 2*silence {
		t.Errorf("ended after %v although pings came for %v", took, 35*silence/15)
	}
}
