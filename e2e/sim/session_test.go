package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hawser/agent/uplink"
	"hawser/e2e/sim"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// worker carries out commands when it is told to, and counts how often each began.
type worker struct {
	begun  atomic.Int32
	gate   chan struct{} // closed: commands may end
	causes chan error    // why the context of a command ended
}

func newWorker() *worker { return &worker{gate: make(chan struct{}), causes: make(chan error, 10)} }

func (w *worker) do(ctx context.Context, c wire.Command, progress func(wire.Progress)) (json.RawMessage, error) {
	w.begun.Add(1)
	progress(wire.Progress{Step: "work", Phase: wire.Commit})
	select {
	case <-w.gate:
		return json.Marshal(string(c.Name) + " done")
	case <-ctx.Done():
		w.causes <- context.Cause(ctx)
		return nil, context.Cause(ctx)
	}
}

// patience is far longer than anything takes, so that only what never comes fails.
const patience = 30 * time.Second

// outcome is what Hub.Do returned.
type outcome struct {
	result wire.Result
	err    error
}

func (s *linkServer) doAsync(ctx context.Context, host string, c wire.Command) <-chan outcome {
	ch := make(chan outcome, 1)
	go func() {
		r, err := s.hub.Do(ctx, host, c, nil)
		ch <- outcome{r, err}
	}()
	return ch
}

func want(t *testing.T, ch <-chan outcome, output string) {
	t.Helper()
	select {
	case o := <-ch:
		if o.err != nil || string(o.result.Output) != `"`+output+`"` {
			t.Fatalf("got %s, %v; want %s", o.result.Output, o.err, output)
		}
	case <-time.After(patience):
		t.Fatal("no result")
	}
}

// line is a server, an agent, and a network between them.
type line struct {
	*linkServer
	net  *sim.Network
	dir  string
	host string
	work *worker
	link *uplink.Link
	stop func()
}

func newLine(t *testing.T) *line {
	t.Helper()
	s := newLinkServer(t)
	p := newNetwork(t, strings.TrimPrefix(s.url, "https://"))
	dir, host := s.enrol(t, "n1", p.URL())
	l := &line{linkServer: s, net: p, dir: dir, host: host, work: newWorker()}
	l.link, l.stop = runLink(t, uplink.Options{Dir: dir, Execute: l.work.do})
	l.connected(t)
	return l
}

func newNetwork(t *testing.T, target string) *sim.Network {
	t.Helper()
	p, err := sim.NewNetwork(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (l *line) connected(t *testing.T) {
	t.Helper()
	eventually(t, "the agent to be connected", func() bool { return l.hub.Connected(l.host) && l.link.Connected() })
}

func TestCommand(t *testing.T) {
	l := newLine(t)
	close(l.work.gate)
	var steps []string
	r, err := l.hub.Do(t.Context(), l.host, wire.Command{ID: "c1", Name: wire.EditConfig}, func(p wire.Progress) { steps = append(steps, p.Step+"/"+string(p.Phase)) })
	if err != nil || string(r.Output) != `"config.edit done"` {
		t.Fatalf("got %s, %v", r.Output, err)
	}
	if fmt.Sprint(steps) != "[work/commit]" {
		t.Errorf("steps %v", steps)
	}
	// The same ID again is answered from the journal.
	r, err = l.hub.Do(t.Context(), l.host, wire.Command{ID: "c1", Name: wire.EditConfig}, nil)
	if err != nil || string(r.Output) != `"config.edit done"` || l.work.begun.Load() != 1 {
		t.Errorf("again: %s, %v, begun %d times; want the same result and once", r.Output, err, l.work.begun.Load())
	}
}

// TestCommandSurvivesBrokenConnection: the line breaks while the command runs.
func TestCommandSurvivesBrokenConnection(t *testing.T) {
	l := newLine(t)
	done := l.doAsync(t.Context(), l.host, wire.Command{Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.net.Break()
	l.connected(t)
	close(l.work.gate)
	want(t, done, "config.edit done")
	if n := l.work.begun.Load(); n != 1 {
		t.Errorf("begun %d times", n)
	}
}

// TestCommandWaitsForAgent: a command that is given while the agent is away is sent when it is back.
func TestCommandWaitsForAgent(t *testing.T) {
	l := newLine(t)
	close(l.work.gate)
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.hub.Connected(l.host) })
	done := l.doAsync(t.Context(), l.host, wire.Command{Name: wire.EditConfig})
	l.net.Restore()
	want(t, done, "config.edit done")
}

// TestResultLost: the command ends while nothing can be told.
func TestResultLost(t *testing.T) {
	l := newLine(t)
	done := l.doAsync(t.Context(), l.host, wire.Command{Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.link.Connected() })
	close(l.work.gate)
	eventually(t, "the result to be noted", func() bool { return len(l.files(t, "commands/*.json")) == 1 })
	l.net.Restore()
	want(t, done, "config.edit done")
	if n := l.work.begun.Load(); n != 1 {
		t.Errorf("begun %d times", n)
	}
	eventually(t, "the result to be confirmed", func() bool { return len(l.files(t, "commands/*.told")) == 1 })
}

func (l *line) files(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(l.dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestBreakAtEveryMessage breaks the line after more and more bytes, in the middle of frames, and wants every command
// answered and carried out once.
func TestBreakAtEveryMessage(t *testing.T) {
	l := newLine(t)
	close(l.work.gate)
	for i, bytes := range []int{0, 1, 40, 100, 200, 400, 800, 1600, 3200} {
		l.net.BreakAfter(bytes)
		r, err := l.hub.Do(t.Context(), l.host, wire.Command{ID: fmt.Sprint("c", bytes), Name: wire.EditConfig}, nil)
		if err != nil || r.Output == nil {
			t.Fatalf("after %d bytes: %s, %v", bytes, r.Output, err)
		}
		if n := int(l.work.begun.Load()); n != i+1 {
			t.Fatalf("after %d bytes: %d commands begun, want %d", bytes, n, i+1)
		}
	}
}

// TestAgentRestartsDuringCommand: the agent ends in an orderly way; the command is taken up, its waiter gets the result.
func TestAgentRestartsDuringCommand(t *testing.T) {
	l := newLine(t)
	done := l.doAsync(t.Context(), l.host, wire.Command{ID: "c1", Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.net.Cut()
	l.stop()
	next := newWorker()
	runLink(t, uplink.Options{Dir: l.dir, Execute: next.do})
	eventually(t, "the command to be taken up, server or not", func() bool { return next.begun.Load() == 1 })
	l.net.Restore()
	close(next.gate)
	want(t, done, "config.edit done")
	if n := next.begun.Load(); n != 1 {
		t.Errorf("taken up %d times", n)
	}
}

// TestAgentKilled: a process that is killed leaves its state folder as it is at that moment. So a copy of the folder, taken at
// any moment, must do.
func TestAgentKilled(t *testing.T) {
	l := newLine(t)
	done := l.doAsync(t.Context(), l.host, wire.Command{ID: "c1", Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.net.Cut()
	for i := range 5 {
		if err := l.link.Tell(event(fmt.Sprint("k", i))); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		t.Fatal(err)
	}
	l.stop()
	l.net.Restore()
	next := newWorker()
	close(next.gate)
	runLink(t, uplink.Options{Dir: dir, Execute: next.do})
	want(t, done, "config.edit done")
	eventually(t, "the events", func() bool { return len(l.stored(l.host)) == 5 })
}

func TestCancel(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := l.doAsync(ctx, l.host, wire.Command{ID: "c1", Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	cancel()
	if o := <-done; !errors.Is(o.err, context.Canceled) {
		t.Errorf("the waiter got %v", o.err)
	}
	select {
	case cause := <-l.work.causes:
		if !errors.Is(cause, uplink.ErrCancelled) {
			t.Errorf("the command ended because of %v", cause)
		}
	case <-time.After(patience):
		t.Fatal("the command goes on although nobody waits")
	}
}

// TestCancelWhileAway: nobody waits any longer when the agent is back.
func TestCancelWhileAway(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := l.doAsync(ctx, l.host, wire.Command{ID: "c1", Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.hub.Connected(l.host) })
	cancel()
	<-done
	l.net.Restore()
	select {
	case <-l.work.causes:
	case <-time.After(patience):
		t.Fatal("the agent was not told")
	}
}

func TestDeadline(t *testing.T) {
	l := newLine(t)
	_, err := l.hub.Do(t.Context(), l.host, wire.Command{Name: wire.EditConfig, Deadline: time.Now().Add(2 * time.Second)}, nil) // in which it begins
	if reasonOf(err) != "command.deadline" {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	l := newLine(t)
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.hub.Connected(l.host) })
	began := time.Now()
	_, err := l.hub.Do(t.Context(), l.host, wire.Command{Name: wire.EditConfig}, nil)
	if took := time.Since(began); reasonOf(err) != "host.unreachable" || took > patience || took < time.Second {
		t.Errorf("got %v after %v; want host.unreachable after about the grace of 4 s", err, took)
	}
	if n := l.work.begun.Load(); n != 0 {
		t.Errorf("begun %d times", n)
	}
	// What was given up does not begin when the agent is back.
	l.net.Restore()
	l.connected(t)
	eventually(t, "the cancelled command to be noted", func() bool { return len(l.files(t, "commands/*.told")) == 1 })
	if n := l.work.begun.Load(); n != 0 {
		t.Errorf("begun %d times after the agent came back", n)
	}
}

// TestPulledCable: no side closes anything. Both notice, and it goes on when the cable is back.
func TestPulledCable(t *testing.T) {
	l := newLine(t)
	l.net.Hang(true)
	eventually(t, "the hub to notice", func() bool { return !l.hub.Connected(l.host) })
	eventually(t, "the agent to notice", func() bool { return !l.link.Connected() })
	l.net.Hang(false)
	l.connected(t)
}

func event(key string) wire.Event {
	return wire.Event{At: time.Now().UTC(), Cluster: "c", Key: key, Change: ha.Change{Kind: ha.NodeLost, Severity: ha.Critical, Object: key}}
}

// TestEventsWhileAway: what happens while the server is away arrives when it is back: once, in order.
func TestEventsWhileAway(t *testing.T) {
	l := newLine(t)
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.link.Connected() })
	for i := range 50 {
		if err := l.link.Tell(event(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 { // told again, as by an observer that was killed in between
			if err := l.link.Tell(event(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for bytes := range 5 { // and the line breaks amid them
		l.net.Restore()
		l.net.BreakAfter(2000 + 1500*bytes)
		eventually(t, "the line to break", func() bool { return !l.link.Connected() || len(l.stored(l.host)) == 50 })
	}
	l.net.Restore()
	eventually(t, "all events", func() bool { return len(l.stored(l.host)) == 50 })
	for i, e := range l.stored(l.host) {
		if e.Change.Object != fmt.Sprint(i) || e.Seq != uint64(i+1) {
			t.Fatalf("event %d is %s with number %d", i, e.Change.Object, e.Seq)
		}
	}
}

// TestEventNotStored: as long as the store refuses, the agent keeps the event.
func TestEventNotStored(t *testing.T) {
	l := newLine(t)
	l.setFailing(errors.New("the disk is full"))
	if err := l.link.Tell(event("k")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hub to end the session", func() bool { return !l.hub.Connected(l.host) })
	if n := len(l.stored(l.host)); n != 0 {
		t.Fatalf("%d events are stored", n)
	}
	l.setFailing(nil)
	eventually(t, "the event", func() bool { return len(l.stored(l.host)) == 1 })
}

func (m *memory) setFailing(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = err
}

// TestState: what the server has is what the agent observed last, whatever was lost in between.
func TestState(t *testing.T) {
	l := newLine(t)
	state := ha.State{At: time.Now().UTC(), Reporter: "n1", Running: true, DC: "n1", Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2", Online: true}}}
	same := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, differs := ha.MakeDelta(new(l.states[l.host]), state)
		return !differs
	}
	l.link.SetState("c", state)
	eventually(t, "the first state", same)
	state.Nodes = []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2"}}
	l.link.SetState("c", state)
	eventually(t, "the difference", same)
	l.net.Cut()
	eventually(t, "the line to be down", func() bool { return !l.link.Connected() })
	state.Nodes = []ha.NodeState{{Name: "n1", Online: true}}
	state.Quorate = true
	l.link.SetState("c", state)
	l.net.Restore()
	eventually(t, "the state after the reconnect", same)
}

// TestConfigComesAgain: after a reconnect the newest configuration is told again.
func TestConfigComesAgain(t *testing.T) {
	l := newLine(t)
	l.link.SetConfig(wire.Config{Cluster: "c", XML: "<one/>"})
	got := func() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.configs[l.host]) }
	eventually(t, "the configuration", func() bool { return got() > 0 })
	before := got()
	l.net.Break()
	eventually(t, "the configuration again", func() bool { return got() > before })
}

// TestNewestSessionWins: a host dials again while the server still takes the old connection for alive, and is in the middle of
// storing what came over it. The new session takes over, and the store never sees two.
func TestNewestSessionWins(t *testing.T) {
	l := newLine(t)
	dir := filepath.Join(t.TempDir(), "again")
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		t.Fatal(err)
	}
	identity, err := os.ReadFile(filepath.Join(dir, "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	// It comes by another way, past the network that is about to hang.
	if err := os.WriteFile(filepath.Join(dir, "identity.json"), []byte(strings.Replace(string(identity), l.net.URL(), l.url, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	l.setHold(true)
	if err := l.link.Tell(event("k")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the event to be in the store", func() bool { return l.holding.Load() == 1 })
	l.net.Hang(true)
	second, stop := runLink(t, uplink.Options{Dir: dir, Execute: nothing})
	l.setHold(false)
	eventually(t, "the second to be connected", second.Connected)
	l.mu.Lock()
	if l.overlap {
		t.Error("two sessions of one host at once in the store")
	}
	l.mu.Unlock()
	stop()
	l.net.Hang(false)
	eventually(t, "the first to be back", func() bool { return l.link.Connected() && l.hub.Connected(l.host) })
}

func (m *memory) setHold(hold bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hold = hold
}

func TestManyCommandsAtOnce(t *testing.T) {
	l := newLine(t)
	close(l.work.gate)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := l.hub.Do(t.Context(), l.host, wire.Command{ID: fmt.Sprint("c", i), Name: wire.EditConfig}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := l.work.begun.Load(); n != 20 {
		t.Errorf("%d begun", n)
	}
}

// TestServerStops: whoever waits is told, and the sessions end.
func TestServerStops(t *testing.T) {
	l := newLine(t)
	done := l.doAsync(t.Context(), l.host, wire.Command{Name: wire.EditConfig})
	eventually(t, "the command to begin", func() bool { return l.work.begun.Load() == 1 })
	l.shutdown()
	if o := <-done; reasonOf(o.err) != "server.stopping" {
		t.Errorf("the waiter got %v", o.err)
	}
	close(l.work.gate)
}
