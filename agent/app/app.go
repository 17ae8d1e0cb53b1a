// Package app wires the agent: the engine that carries out commands, the link to the server, and the observer between them.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/agent/engine"
	"hawser/agent/uplink"
	"hawser/internal/ha"
	"hawser/internal/version"
	"hawser/internal/wire"
)

// Options are what an App needs. Driver and StateDir are required; the host must have enrolled with that StateDir.
type Options struct {
	Driver   engine.Driver
	StateDir string
	Log      *slog.Logger
	// Hook is called at each point of each step of a command: tests end the process there.
	Hook func(engine.Point)
	// Backoff, MaxBackoff and Silence are uplink's; tests make them short.
	Backoff, MaxBackoff, Silence time.Duration
}

const (
	// factsEvery is how often the host is asked what it is: interfaces and disks change by hand.
	factsEvery = time.Minute
	factsWait  = 20 * time.Second
)

// App is the agent. Ending it and starting it again disturbs nothing that runs on the node: it owns no process of the
// cluster, and what it was doing is taken up from the journals.
type App struct {
	o        Options
	engine   *engine.Engine
	link     *uplink.Link
	observer *observer

	mu      sync.Mutex // guards what follows
	facts   ha.Facts
	standIn time.Time // until when this node reports everything, although another one decides

	// Touched only by engine.Watch, which makes one call at a time.
	ran     bool         // the stack did at the last observation
	decides bool         // this node is the controller, or nobody is elected
	config  *wire.Config // the newest that was read, where it was not told yet
}

// New opens what an earlier process left in the state folder. Close must be called.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, err := engine.New(engine.Options{Driver: o.Driver, StateDir: o.StateDir, Log: o.Log, Hook: o.Hook})
	if err != nil {
		return nil, err
	}
	a := &App{o: o, engine: e}
	if err := a.readFacts(ctx); err != nil {
		return nil, err
	}
	a.link, err = uplink.Open(uplink.Options{
		Dir: o.StateDir, Execute: a.execute, Facts: a.Facts, Version: version.String(), Boot: bootID(), Stopping: engine.ErrStopping,
		Log: o.Log, Backoff: o.Backoff, MaxBackoff: o.MaxBackoff, Silence: o.Silence,
	})
	if err != nil {
		return nil, err
	}
	a.observer, err = newObserver(o.StateDir, a.link.Tell, o.Log)
	if err != nil {
		return nil, errors.Join(err, a.link.Close())
	}
	return a, nil
}

// Close lets go of the state folder. Run must have returned.
func (a *App) Close() error { return a.link.Close() }

// Host returns the ID that enrolment gave.
func (a *App) Host() string { return a.link.Host() }

// Connected says whether the server has welcomed this agent.
func (a *App) Connected() bool { return a.link.Connected() }

// Facts returns what the host said of itself last.
func (a *App) Facts() ha.Facts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.facts
}

// Run works until ctx ends.
func (a *App) Run(ctx context.Context) error {
	a.o.Log.Info("agent runs", "version", version.String(), "host", a.Host(), "engine", a.o.Driver.Engine(), "node", a.o.Driver.Node())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.link.Run(ctx) })
	g.Go(func() error {
		err := a.engine.Watch(ctx, func(s ha.State) { a.askAgain(ctx, s); a.observed(s) }, a.configured)
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("watch the cluster: %w", err)
	})
	g.Go(func() error { a.watchFacts(ctx); return nil })
	return g.Wait()
}

// askAgain asks the host what it is where somebody may have made it a member of a cluster, or no member any more, by hand: that is
// done while the stack stands still. Otherwise a host that has been taken out of a cluster would be refused to the next one for as
// long as factsEvery.
func (a *App) askAgain(ctx context.Context, s ha.State) {
	if s.Running && a.ran {
		return
	}
	a.ran = s.Running
	if err := a.readFacts(ctx); err != nil && ctx.Err() == nil {
		a.o.Log.Warn("host not asked what it is", "err", err)
	}
}

// observed hands on an observation: what the server should see of it, and what is news in it.
func (a *App) observed(s ha.State) {
	cluster := a.Facts().Cluster
	a.mu.Lock()
	all := time.Now().Before(a.standIn)
	a.mu.Unlock()
	shared := s
	if !all {
		shared = Share(s)
	}
	a.link.SetState(cluster, shared)
	if err := a.observer.observe(cluster, s, all); err != nil {
		a.o.Log.Error("events not kept; they will be derived again", "err", err)
	}
	a.decides = all || s.DC == "" || s.DC == s.Reporter
	a.tellConfig()
}

// configured hands on a configuration. All nodes have the same one, so the controller tells it, and whoever made the change:
// only that node can say by which command. Any other node keeps it, in case it becomes the controller before it was told.
func (a *App) configured(c wire.Config) {
	a.config = &c
	a.tellConfig()
}

func (a *App) tellConfig() {
	if a.config != nil && (a.decides || a.config.Command != "") {
		a.link.SetConfig(*a.config)
		a.config = nil
	}
}

// execute carries out a command. What it changed about the host, the cluster or its configuration is known to the server before its
// result is: who has waited for the result reads nothing older.
func (a *App) execute(ctx context.Context, c wire.Command, progress func(wire.Progress)) (json.RawMessage, error) {
	if c.Name == wire.StandIn { // about what this agent tells, not about the host
		a.mu.Lock()
		a.standIn = time.Now().Add(wire.StandInFor)
		a.mu.Unlock()
		return json.RawMessage("{}"), nil
	}
	out, err := a.engine.Do(ctx, c, progress)
	stopping := errors.Is(err, engine.ErrStopping) // what is done then is found out by the next agent
	switch c.Name {
	case wire.Configure, wire.Deconfigure:
		if factsErr := a.readFacts(context.WithoutCancel(ctx)); factsErr != nil {
			a.o.Log.Warn("host not asked what it is", "err", factsErr)
		}
	case wire.EditConfig, wire.Revert, wire.Move, wire.Restart:
		if !stopping {
			a.tellOwn(ctx)
			a.look(ctx)
		}
	case wire.StartHost, wire.StopHost, wire.Settle, wire.Cleanup, wire.Fence:
		if !stopping {
			a.look(ctx)
		}
	}
	return out, err
}

// look tells how the cluster is after a command.
func (a *App) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWait)
	defer cancel()
	if err := a.engine.Look(ctx); err != nil {
		a.o.Log.Debug("cluster not observed after a command", "err", err)
	}
}

// tellWait bounds what is read after a command: what is not told now, Watch tells.
const tellWait = 10 * time.Second

// tellOwn tells the configuration as a command of this node has left it.
func (a *App) tellOwn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWait)
	defer cancel()
	c, err := a.engine.Config(ctx)
	if err != nil {
		a.o.Log.Debug("configuration not read after a command", "err", err)
		return
	}
	a.link.SetConfig(c)
}

func (a *App) watchFacts(ctx context.Context) {
	tick := time.NewTicker(factsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.readFacts(ctx); err != nil && ctx.Err() == nil {
				a.o.Log.Warn("host not asked what it is", "err", err)
			}
		}
	}
}

// readFacts asks the host, and tells the server where something changed that is worth telling.
func (a *App) readFacts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, factsWait)
	defer cancel()
	f, err := a.engine.Facts(ctx)
	if err != nil {
		return fmt.Errorf("ask the host what it is: %w", err)
	}
	a.mu.Lock()
	same := sameFacts(a.facts, f)
	if !same {
		a.facts = f
	}
	a.mu.Unlock()
	if !same && a.link != nil {
		a.link.SetFacts(f)
	}
	return nil
}

// sameFacts lets free space differ by a hundredth of the disk: it changes all the time.
func sameFacts(a, b ha.Facts) bool {
	if diff := max(a.DiskFree, b.DiskFree) - min(a.DiskFree, b.DiskFree); diff > b.DiskBytes/100 {
		return false
	}
	a.DiskFree = b.DiskFree
	return reflect.DeepEqual(a, b)
}

// Share returns the part of an observation that this node should report. The designated controller knows most and reports
// everything; so does a node where nobody has been elected, or whose own stack does not run. Any other node reports how
// its own stack is and what it alone can see: its ends of the heartbeat links.
func Share(s ha.State) ha.State {
	if !s.Running || s.DC == "" || s.DC == s.Reporter {
		return s
	}
	own := s
	own.Nodes, own.Resources, own.Failures, own.FenceHistory = nil, nil, nil, nil
	own.Links = nil
	for _, l := range s.Links {
		if l.Node == s.Reporter {
			own.Links = append(own.Links, l)
		}
	}
	return own
}

// bootID is the kernel's name for this boot; empty where it has none.
func bootID() string {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
