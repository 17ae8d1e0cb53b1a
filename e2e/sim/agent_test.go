package sim_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/app"
	"hawser/agent/engine"
	"hawser/agent/health"
	"hawser/internal/ha"
)

// view is a driver that observes what a test shows it, and can do nothing.
type view struct {
	engine.Driver // nil: whatever the test does not expect panics
	node          string

	mu      sync.Mutex // guards what follows
	state   ha.State
	changed chan struct{}
}

func newView(node string) *view {
	v := &view{node: node, changed: make(chan struct{}, 1)}
	return v
}

func (v *view) Engine() string { return "simulated" }
func (v *view) Node() string   { return v.node }

func (v *view) Facts(context.Context) (ha.Facts, error) {
	return ha.Facts{Hostname: v.node, Cluster: "demo", Engine: "simulated"}, nil
}

func (v *view) State(context.Context) (ha.State, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state, nil
}

func (v *view) Vitals(context.Context, health.Ask) []ha.HealthReading { return nil }

func (v *view) CIB(context.Context) ([]byte, error) { return nil, engine.ErrDown }

func (v *view) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	for {
		changed(engine.Trigger{})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-v.changed:
		}
	}
}

// show lets the node see a cluster with this controller and these nodes online, of n1, n2 and n3.
func (v *view) show(dc string, online string, links ...ha.LinkState) {
	s := ha.State{
		At: time.Now().UTC(), Reporter: v.node, Engine: "simulated", Running: dc != "down", DC: dc, Quorate: true,
		Resources: []ha.ResourceState{{ID: "web", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}, Managed: true}}, Links: links,
	}
	if dc == "down" {
		s.DC, s.Resources = "", nil
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		if s.Running {
			s.Nodes = append(s.Nodes, ha.NodeState{Name: n, Online: strings.Contains(online, n)})
		}
	}
	v.mu.Lock()
	s.Votes = v.state.Votes + 1 // every showing differs in something that every node reports
	v.state = s
	v.mu.Unlock()
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

// member is an agent with a view.
type member struct {
	*view
	host, dir string
	app       *app.App
	stop      func()
}

func (s *linkServer) member(t *testing.T, name string) *member {
	t.Helper()
	dir, host := s.enrol(t, name, s.url)
	m := &member{view: newView(name), host: host, dir: dir}
	return m
}

func (m *member) start(t *testing.T) {
	t.Helper()
	a, err := app.New(t.Context(), app.Options{Driver: m.view, StateDir: m.dir, Log: testLog(t), Backoff: 20 * time.Millisecond, Silence: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	m.app = a
	m.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(m.stop)
}

// told returns the kinds of the events that the server has of a host.
func (s *linkServer) told(host string) string {
	var list []string
	for _, e := range s.stored(host) {
		list = append(list, string(e.Change.Kind)+":"+e.Change.Object)
	}
	return strings.Join(list, " ")
}

// seen waits until the server's copy of what the host reports is as of the view's present state.
func (s *linkServer) seen(t *testing.T, m *member) ha.State {
	t.Helper()
	var got ha.State
	eventually(t, "the report of "+m.node, func() bool {
		m.view.mu.Lock()
		at := m.state.At
		m.view.mu.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		got = s.states[m.host]
		return got.At.Equal(at)
	})
	return got
}

func TestWhoReportsWhat(t *testing.T) {
	s := newLinkServer(t)
	n1, n2 := s.member(t, "n1"), s.member(t, "n2")
	link := ha.LinkState{Node: "n2", Peer: "n1", Enabled: true, Connected: true}
	n1.show("n1", "n1 n2 n3")
	n2.show("n1", "n1 n2 n3", link, ha.LinkState{Node: "n1", Peer: "n2", Enabled: true, Connected: true})
	n1.start(t)
	n2.start(t)
	if got := s.seen(t, n1); len(got.Nodes) != 3 || len(got.Resources) != 1 {
		t.Errorf("the controller reports %d nodes, %d resources", len(got.Nodes), len(got.Resources))
	}
	if got := s.seen(t, n2); !got.Running || got.DC != "n1" || len(got.Nodes) != 0 || len(got.Resources) != 0 || fmt.Sprint(got.Links) != fmt.Sprint([]ha.LinkState{link}) {
		t.Errorf("another node reports more than its own: %+v", got)
	}
	n2.show("down", "")
	if got := s.seen(t, n2); got.Running {
		t.Errorf("a node whose stack is down reports %+v", got)
	}
	n2.show("n2", "n2 n3")
	if got := s.seen(t, n2); len(got.Nodes) != 3 {
		t.Errorf("a new controller reports %+v", got)
	}
}

func TestEventsAreToldOnce(t *testing.T) {
	s := newLinkServer(t)
	n1, n2 := s.member(t, "n1"), s.member(t, "n2")
	for _, m := range []*member{n1, n2} {
		m.show("n1", "n1 n2 n3")
		m.start(t)
		s.seen(t, m)
	}
	for _, m := range []*member{n1, n2} {
		m.show("n1", "n1 n2")
		s.seen(t, m)
	}
	eventually(t, "the loss of n3", func() bool { return s.told(n1.host) == "node.lost:n3" })
	if got := s.told(n2.host); got != "" {
		t.Errorf("n2, which is not the controller, tells %s", got)
	}
	// The controller dies; as long as nobody is elected nobody tells, then its successor does.
	n1.stop()
	n2.show("", "n2")
	s.seen(t, n2)
	if got := s.told(n2.host); got != "" {
		t.Errorf("told without a controller: %s", got)
	}
	n2.show("n2", "n2")
	eventually(t, "the loss of n1", func() bool { return strings.Contains(s.told(n2.host), "node.lost:n1") })
	if got := s.told(n2.host); strings.Contains(got, "n3") {
		t.Errorf("n2 tells again what n1 has told: %s", got)
	}
}

// TestEventsWhileAgentIsDown: what happens while the agent does not run is told when it does.
func TestEventsWhileAgentIsDown(t *testing.T) {
	s := newLinkServer(t)
	n1 := s.member(t, "n1")
	n1.show("n1", "n1 n2 n3")
	n1.start(t)
	s.seen(t, n1)
	n1.stop()
	n1.show("n1", "n1 n2")
	n1.start(t)
	eventually(t, "the loss of n3", func() bool { return s.told(n1.host) == "node.lost:n3" })
}

// TestLinkIsToldByOneEnd: the controller cannot see links between others.
func TestLinkIsToldByOneEnd(t *testing.T) {
	s := newLinkServer(t)
	n2, n3 := s.member(t, "n2"), s.member(t, "n3")
	link := func(node, peer string, number int, up bool) ha.LinkState {
		return ha.LinkState{Node: node, Peer: peer, Link: number, Enabled: true, Connected: up}
	}
	for _, up := range []bool{true, false} {
		n2.show("n1", "n1 n2 n3", link("n2", "n3", 0, up), link("n2", "n3", 1, true))
		n3.show("n1", "n1 n2 n3", link("n3", "n2", 0, up), link("n3", "n2", 1, true))
		for _, m := range []*member{n2, n3} {
			if up {
				m.start(t)
			}
			s.seen(t, m)
		}
	}
	eventually(t, "the loss of the link", func() bool { return s.told(n2.host) == "link.lost:n2" })
	if got := s.told(n3.host); got != "" {
		t.Errorf("the other end tells it too: %s", got)
	}
}
