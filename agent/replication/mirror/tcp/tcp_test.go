package tcp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/tcp"
	"hawser/agent/replication/mirror/wire"
	"hawser/internal/testkit"
)

// end is one side of a link, and what it was told.
type end struct {
	*tcp.Transport
	mu       sync.Mutex
	link     uint64
	linked   int
	unlinked int
	frames   []wire.Frame
	failures []error
}

func (e *end) tell(x core.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch x := x.(type) {
	case core.Linked:
		e.link = x.Link
		e.linked++
	case core.Unlinked:
		e.unlinked++
		if e.link == x.Link {
			e.link = 0
		}
	case core.Received:
		e.frames = append(e.frames, x.Frame)
	}
}

func (e *end) see(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

func (e *end) number() (n uint64) {
	e.see(func() { n = e.link })
	return n
}

func (e *end) failed(want error) error {
	var err error
	e.see(func() {
		if !slices.ContainsFunc(e.failures, func(f error) bool { return errors.Is(f, want) }) {
			err = fmt.Errorf("failures are %v", e.failures)
		}
	})
	return err
}

// start runs one end until the test's.
func start(t *testing.T, address string, dial bool, key byte) *end {
	t.Helper()
	e := &end{}
	var err error
	e.Transport, err = tcp.New(t.Context(), tcp.Options{
		Local: address, Peer: address, Dial: dial, Connections: 3, Key: bytes.Repeat([]byte{key}, tcp.MinKey), Retry: 20 * time.Millisecond,
		Log: slog.New(slog.DiscardHandler), Tell: e.tell, Failed: func(err error) { e.see(func() { e.failures = append(e.failures, err) }) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		_ = e.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return e
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func linked(t *testing.T, ends ...*end) {
	t.Helper()
	testkit.Eventually(t, func() error {
		for _, e := range ends {
			if e.number() == 0 {
				return errors.New("no link")
			}
		}
		return nil
	})
}

// TestFrames: frames of each connection come whole and in order; a link that one side ends is ended on both, and another one comes.
func TestFrames(t *testing.T) {
	testkit.NoLeaks(t)
	address := free(t)
	a, b := start(t, address, true, 1), start(t, address, false, 1)
	linked(t, a, b)
	const n = 300
	for i := range uint64(n) {
		f := wire.Frame{Type: wire.Write, Sequence: i, Payload: bytes.Repeat([]byte{byte(i)}, int(i)*512)}
		a.Send(a.number(), int(i%3), f)
	}
	b.Send(b.number(), 0, wire.Frame{Type: wire.Ping})
	b.Send(b.number()+7, 0, wire.Frame{Type: wire.Pong}) // a link that is not there
	testkit.Eventually(t, func() error {
		var got, back int
		b.see(func() { got = len(b.frames) })
		a.see(func() { back = len(a.frames) })
		if got != n || back != 1 {
			return fmt.Errorf("%d and %d frames have come", got, back)
		}
		return nil
	})
	last := [3]uint64{}
	for _, f := range b.frames {
		if c := f.Sequence % 3; f.Sequence < last[c] || len(f.Payload) != int(f.Sequence)*512 {
			t.Fatalf("frame %d of %d bytes after %d", f.Sequence, len(f.Payload), last[c])
		} else {
			last[c] = f.Sequence
		}
	}
	// What was said before the end arrives.
	old := a.number()
	b.Send(b.number(), 0, wire.Frame{Type: wire.Refuse, Payload: []byte("because")})
	b.Close(b.number())
	testkit.Eventually(t, func() error {
		var err error
		a.see(func() {
			if a.link == old || a.link == 0 || a.unlinked < 1 || string(a.frames[len(a.frames)-1].Payload) != "because" {
				err = fmt.Errorf("link %d, %d ended, %d frames", a.link, a.unlinked, len(a.frames))
			}
		})
		return err
	})
	a.Enable(false)
	testkit.Eventually(t, func() error {
		if a.number()+b.number() != 0 {
			return errors.New("still linked")
		}
		return nil
	})
	a.Enable(true)
	linked(t, a, b)
}

// TestWrongKey: no link, and both sides know why.
func TestWrongKey(t *testing.T) {
	testkit.NoLeaks(t)
	address := free(t)
	a, b := start(t, address, true, 1), start(t, address, false, 2)
	for _, e := range []*end{a, b} {
		testkit.Eventually(t, func() error { return e.failed(tcp.ErrKey) })
	}
	a.see(func() {
		if a.linked != 0 {
			t.Error("linked")
		}
	})
	if _, err := tcp.New(t.Context(), tcp.Options{Key: make([]byte, tcp.MinKey-1)}); !errors.Is(err, tcp.ErrShortKey) {
		t.Errorf("a short key: %v", err)
	}
}

// TestStrangers: who does not know the key gets nothing, and does not disturb a link.
func TestStrangers(t *testing.T) {
	testkit.NoLeaks(t)
	address := free(t)
	a, b := start(t, address, true, 1), start(t, address, false, 1)
	linked(t, a, b)
	for _, say := range []string{"", "GET / HTTP/1.0\r\n\r\n", "HWMLINK\x01 and more of that, as long as it takes"} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, say); err != nil {
			t.Fatal(err)
		}
		if say == "" {
			_ = c.Close()
			continue
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, io.EOF) {
			t.Logf("%q: %v", say, err) // reset is as good as closed
		}
		_ = c.Close()
	}
	anonymous := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true})
	if _, err := anonymous.Read(make([]byte, 1)); err == nil {
		t.Error("a peer without a certificate is answered")
	}
	_ = anonymous.Close()
	a.see(func() {
		if a.linked != 1 || a.unlinked != 0 {
			t.Errorf("linked %d times, ended %d times", a.linked, a.unlinked)
		}
	})
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGarbled: bytes that are no frame end the link.
func TestGarbled(t *testing.T) {
	testkit.NoLeaks(t)
	address := free(t)
	a, b := start(t, address, true, 1), start(t, address, false, 1)
	linked(t, a, b)
	a.Send(a.number(), 1, wire.Frame{Type: 99})
	testkit.Eventually(t, func() error { return b.failed(wire.ErrFrame) })
	testkit.Eventually(t, func() error {
		var err error
		a.see(func() {
			if a.unlinked == 0 {
				err = errors.New("the link goes on")
			}
		})
		return err
	})
}
