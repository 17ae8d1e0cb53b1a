package sim_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hawser/agent/uplink"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/hub"
	"hawser/server/pki"
)

// memory is a hub.Handler that keeps everything in memory, as the store does on disk.
type memory struct {
	mu       sync.Mutex
	tokens   map[string]string // token → key that used it
	names    map[string]string // name → host
	serials  map[string]string // serial → host
	revoked  map[string]bool   // hosts
	states   map[string]ha.State
	configs  map[string][]wire.Config
	events   map[string][]wire.Event
	facts    map[string]ha.Facts
	online   map[string]int
	failing  error // what Event answers
	issuing  error // what Issued answers
	hold     bool  // Event takes as long as it is let, and a moment more
	holding  atomic.Int32
	connects int
	overlap  bool // a host had two sessions at once
}

func newMemory() *memory {
	return &memory{
		tokens: map[string]string{}, names: map[string]string{}, serials: map[string]string{}, revoked: map[string]bool{},
		states: map[string]ha.State{}, configs: map[string][]wire.Config{}, events: map[string][]wire.Event{},
		facts: map[string]ha.Facts{}, online: map[string]int{},
	}
}

func (m *memory) Enrol(_ context.Context, e hub.Enrolment) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key, known := m.tokens[e.Token]
	switch {
	case !known:
		return "", hub.ErrTokenUnknown()
	case key == e.Key:
		return m.names[e.Facts.Hostname], nil
	case key != "":
		return "", hub.ErrTokenUsed()
	case m.names[e.Facts.Hostname] != "":
		return "", hub.ErrNameTaken(e.Facts.Hostname)
	}
	m.tokens[e.Token] = e.Key
	m.names[e.Facts.Hostname] = "h-" + e.Facts.Hostname
	return m.names[e.Facts.Hostname], nil
}

func (m *memory) Issued(_ context.Context, host string, c hub.Certificate) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.issuing != nil {
		return m.issuing
	}
	m.serials[c.Serial] = host
	return nil
}

func (m *memory) Revoked(serial string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revoked[m.serials[serial]]
}

func (m *memory) Connected(_ context.Context, host string, hello wire.Hello) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.online[host]++
	m.connects++
	m.overlap = m.overlap || m.online[host] > 1
	m.facts[host] = hello.Facts
	var seq uint64
	for _, e := range m.events[host] {
		seq = max(seq, e.Seq)
	}
	return seq, nil
}

func (m *memory) Disconnected(host string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.online[host]--
}

func (m *memory) Report(_ context.Context, host string, r wire.Report) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.states[host]
	if _, known := m.states[host]; !known && !r.Delta.Full {
		return errors.New("the first report of a session is not full")
	}
	m.states[host] = ha.Apply(&old, r.Delta)
	return nil
}

func (m *memory) Config(_ context.Context, host string, c wire.Config) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.configs[host] = append(m.configs[host], c)
	return nil
}

func (m *memory) Event(ctx context.Context, host string, e wire.Event) error {
	m.mu.Lock()
	hold := m.hold
	m.mu.Unlock()
	if hold {
		m.holding.Add(1)
		<-ctx.Done()
		time.Sleep(100 * time.Millisecond) // a store that is slow to give up
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return m.failing
	}
	for _, had := range m.events[host] {
		if had.Seq == e.Seq {
			return nil
		}
	}
	m.events[host] = append(m.events[host], e)
	return nil
}

func (m *memory) Facts(_ context.Context, host string, f ha.Facts) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.facts[host] = f
	return nil
}

func (m *memory) stored(host string) []wire.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]wire.Event(nil), m.events[host]...)
}

// linkServer is a server of nothing but the link, with the store in memory.
type linkServer struct {
	*memory
	ca    *pki.Authority
	hub   *hub.Hub
	url   string
	clock atomic.Int64 // nanoseconds that the authority's clock is ahead
	// shutdown ends the server, once.
	shutdown func()
}

func newLinkServer(t *testing.T) *linkServer {
	t.Helper()
	return newLinkServerAt(t, 0)
}

// newLinkServerAt begins with the authority's clock ahead.
func newLinkServerAt(t *testing.T, ahead time.Duration) *linkServer {
	t.Helper()
	// The folder first: it is removed when nothing is left that may write in it, a handshake that is under way for one.
	dir := t.TempDir()
	testkit.NoLeaks(t)
	m := newMemory()
	ls := &linkServer{memory: m}
	ls.clock.Store(int64(ahead))
	ca, err := pki.Open(pki.Options{
		Dir: dir, Names: []string{"127.0.0.1"}, Revoked: m.Revoked, Log: testLog(t),
		Now: func() time.Time { return time.Now().Add(time.Duration(ls.clock.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Options{CA: ca, Handler: m, Log: testLog(t), Grace: 4 * time.Second, Ping: 200 * time.Millisecond})
	listener, err := tls.Listen("tcp", "127.0.0.1:0", ca.TLS())
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h.Handler(), ErrorLog: slog.NewLogLogger(testLog(t).Handler(), slog.LevelDebug)}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.Serve(listener) }) // always http.ErrServerClosed
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	ls.shutdown = sync.OnceFunc(func() {
		cancel()
		_ = s.Close()
		running.Wait()
	})
	t.Cleanup(ls.shutdown)
	ls.ca, ls.hub, ls.url = ca, h, "https://"+listener.Addr().String()
	return ls
}

// token makes an enrolment token.
func (s *linkServer) token(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens["token-"+name] = ""
	return "token-" + name
}

// enrol makes a host a member and returns its state folder.
func (s *linkServer) enrol(t *testing.T, name, url string) (dir, host string) {
	t.Helper()
	dir = t.TempDir()
	host, err := uplink.Enrol(t.Context(), uplink.Enrolment{
		Dir: dir, Server: url, Token: s.token(name), CASHA256: s.ca.Fingerprint(), Facts: ha.Facts{Hostname: name},
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, host
}

// runLink runs an agent's side until the test ends or stop is called.
func runLink(t *testing.T, o uplink.Options) (l *uplink.Link, stop func()) {
	t.Helper()
	if o.Facts == nil {
		o.Facts = func() ha.Facts { return ha.Facts{Hostname: "n"} }
	}
	o.Log, o.Backoff, o.MaxBackoff, o.Silence = testLog(t), 20*time.Millisecond, 500*time.Millisecond, 2*time.Second
	l, err := uplink.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, l.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return l, stop
}

func testLog(t *testing.T) *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return slog.New(slog.DiscardHandler)
}

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	testkit.EventuallyWithin(t, time.Minute, func() error {
		if !ok() {
			return errors.New("still waiting for: " + what)
		}
		return nil
	})
}

func reasonOf(err error) string {
	f, is := errors.AsType[*fault.Error](err)
	if !is {
		return ""
	}
	return f.Reason
}
