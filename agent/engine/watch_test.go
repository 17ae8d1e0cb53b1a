package engine_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
)

// TestWatchTellsWhoseChange: what this engine has changed bears its command's ID, what somebody changes with Pacemaker's own
// tools bears none, and both are told soon.
func TestWatchTellsWhoseChange(t *testing.T) {
	b := newBench(t)
	e, err := engine.New(engine.Options{Driver: b.drivers["n1"], StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	configs, states := make(chan wire.Config, 16), make(chan ha.State, 256)
	ended := make(chan error, 1)
	go func() {
		ended <- e.Watch(ctx, func(s ha.State) { states <- s }, func(c wire.Config) { configs <- c })
	}()
	next := func(property, value string) wire.Config {
		t.Helper()
		for {
			select {
			case c := <-configs:
				if c.Config.Properties[property] == value {
					return c
				}
			case <-time.After(30 * time.Second): // the machine may be busy; the figure of 2 s is measured on real nodes
				t.Fatalf("nobody tells of %s=%s", property, value)
			}
		}
	}
	if first := next("stonith-enabled", "false"); first.Command != "" || first.Cluster != "sim" {
		t.Errorf("the first is told as %q of %q", first.Command, first.Cluster)
	}
	c := b.command(wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "5"}}}})
	if _, err := e.Do(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	if got := next("batch-limit", "5"); got.Command != c.ID {
		t.Errorf("our own change is told as %q", got.Command)
	}
	files, err := filepath.Glob(b.dir + "/clusters/*/cib.xml")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	outside := exec.CommandContext(t.Context(), "crm_attribute", "--name=batch-limit", "--update=6")
	outside.Env = append(os.Environ(), "CIB_file="+files[0], "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if out, err := outside.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := next("batch-limit", "6"); got.Command != "" {
		t.Errorf("somebody else's change is told as %q", got.Command)
	}
	if err := b.drivers["n3"].World().PowerOff(t.Context(), "n3"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() error {
		for {
			select {
			case s := <-states:
				for _, n := range s.Nodes {
					if n.Name == "n3" && !n.Online {
						return nil
					}
				}
			default:
				return errors.New("n3 is not told as lost")
			}
		}
	})
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch ended with %v", err)
	}
}

// deaf is a driver that tells of nothing after the first observation.
type deaf struct{ engine.Driver }

func (deaf) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	changed(engine.Trigger{})
	<-ctx.Done()
	return nil
}

// TestLookTells: what a command has changed is told when it ends, not when a watcher comes by.
func TestLookTells(t *testing.T) {
	b := newBench(t)
	e, err := engine.New(engine.Options{Driver: deaf{b.drivers["n1"]}, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Look(t.Context()); err != nil {
		t.Fatalf("nobody watches: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	states, ended := make(chan ha.State, 2), make(chan error, 1)
	go func() { ended <- e.Watch(ctx, func(s ha.State) { states <- s }, func(wire.Config) {}) }()
	if s := <-states; !s.Running {
		t.Fatal("the simulated stack does not run")
	}
	if _, err := e.Do(t.Context(), b.command(wire.StopHost, wire.StopArgs{Cluster: "sim", Force: true}), nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-states:
		if s.Running {
			t.Error("the stopped stack is told as running")
		}
	default:
		t.Error("nothing is told")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch ended with %v", err)
	}
}

// slow is deaf, too, and hands out what it has read of the configuration only when it may.
type slow struct {
	deaf
	read chan struct{} // closed when the configuration was read for the first time
	let  chan struct{}
	held *atomic.Bool
}

func (s slow) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	changed(engine.Trigger{Config: true})
	<-ctx.Done()
	return nil
}

func (s slow) CIB(ctx context.Context) ([]byte, error) {
	data, err := s.deaf.CIB(ctx)
	if s.held.CompareAndSwap(false, true) {
		close(s.read)
		<-s.let
	}
	return data, err
}

// TestConfigOrder: a configuration that Watch read before a command changed it is not told after the one that the command left. It would
// be taken for a backup that somebody has restored.
func TestConfigOrder(t *testing.T) {
	b := newBench(t)
	d := slow{deaf: deaf{b.drivers["n1"]}, read: make(chan struct{}), let: make(chan struct{}), held: &atomic.Bool{}}
	e, err := engine.New(engine.Options{Driver: d, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 2)
	tell := func(c wire.Config) { told <- c.Config.Properties["batch-limit"] }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Watch(ctx, func(ha.State) {}, tell) }()
	<-d.read
	if _, err := b.do(wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "5"}}}}); err != nil {
		t.Fatal(err)
	}
	looked := make(chan error, 1)
	go func() { looked <- e.LookConfig(t.Context(), tell) }()
	select {
	case value := <-told:
		close(d.let)
		t.Fatalf("%q is told before what was read earlier", value)
	case <-time.After(300 * time.Millisecond): // it has had its chance
	}
	close(d.let)
	if err := <-looked; err != nil {
		t.Fatal(err)
	}
	if first, second := <-told, <-told; first != "" || second != "5" {
		t.Errorf("told %q, then %q", first, second)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch ended with %v", err)
	}
}
