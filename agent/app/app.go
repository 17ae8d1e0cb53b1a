// Package app wires the agent: the engine that carries out commands, the link to the server, and the observer between them.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/agent/engine"
	"hawser/agent/health"
	"hawser/agent/herald"
	"hawser/agent/logs"
	"hawser/agent/uplink"
	"hawser/agent/watch"
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
	// Telling is called before and after each step of what happened, on its way to the server and to people: for the same.
	Telling func(when, step string)
	// Backoff, MaxBackoff and Silence are uplink's; tests make them short.
	Backoff, MaxBackoff, Silence time.Duration
	// Machine is where log bundles are collected; the zero value has neither files nor programs.
	Machine logs.Machine
	// Sample is how often the node is measured; 0: every 5 s.
	Sample time.Duration
	// Watch has failures noticed by events, where the driver is of a real node.
	Watch bool
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
	health   *health.Collector
	logs     *logs.Collector
	watch    *watch.Watcher // nil: monitors alone notice failures

	// telling is held while something that was observed is handed on: by engine.Watch, or by the collector. It comes before mu.
	telling sync.Mutex
	last    *ha.State // the last observation, without this node's health; guarded by telling
	herald  *herald.Herald

	mu      sync.Mutex // guards what follows
	facts   ha.Facts
	standIn time.Time // until when this node reports everything, although another one decides
	quorate bool      // at the last observation

	// Touched only in what engine.Watch, Look and LookConfig call, one at a time.
	ran     bool // the stack did at the last observation
	decides bool // this node is the controller, or nobody is elected
	untold  bool // the configuration has changed since it was told from here
}

// New opens what an earlier process left in the state folder. Close must be called.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Telling == nil {
		o.Telling = func(string, string) {}
	}
	e, err := engine.New(engine.Options{Driver: o.Driver, StateDir: o.StateDir, Log: o.Log, Hook: o.Hook})
	if err != nil {
		return nil, err
	}
	a := &App{o: o, engine: e}
	if err := a.readFacts(ctx); err != nil {
		return nil, err
	}
	a.herald, err = herald.New(herald.Options{
		Dir: o.StateDir, Node: o.Driver.Node(), Waiting: func() []wire.Event { return a.link.Waiting() }, Handed: func(key string) bool { return a.link.Handed(key) },
		Speaks: a.speaks, Write: engine.WriteFile, Hook: o.Telling, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	a.link, err = uplink.Open(uplink.Options{
		Mailed: a.herald.Mailed,
		Dir:    o.StateDir, Execute: a.execute, Facts: a.Facts, Version: version.String(), Boot: bootID(), Stopping: engine.ErrStopping,
		Hook: o.Telling,
		Log:  o.Log, Backoff: o.Backoff, MaxBackoff: o.MaxBackoff, Silence: o.Silence,
	})
	if err != nil {
		return nil, err
	}
	a.observer, err = newObserver(o.StateDir, a.link.Tell, o.Telling, o.Log)
	if err != nil {
		return nil, errors.Join(err, a.link.Close())
	}
	a.logs = logs.New(logs.Options{Machine: o.Machine, Cluster: o.Driver, StateDir: o.StateDir, Log: o.Log})
	a.health = health.New(health.Options{
		Host: o.Driver, Node: o.Driver.Node(), Path: filepath.Join(o.StateDir, "health.json"), Write: engine.WriteFile, Told: a.felt, Log: o.Log, Every: o.Sample,
	})
	if host, can := o.Driver.(watch.Host); o.Watch && can {
		a.watch = watch.New(watch.Options{Host: host, Node: o.Driver.Node(), Told: a.noticed, Log: o.Log})
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
		err := a.engine.Watch(ctx, func(s ha.State) { a.askAgain(ctx, s); a.observed(ctx, s) }, a.configured)
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("watch the cluster: %w", err)
	})
	g.Go(func() error { a.watchFacts(ctx); return nil })
	g.Go(func() error { return a.health.Run(ctx) })
	g.Go(func() error { return a.herald.Run(ctx) })
	if a.watch != nil {
		g.Go(func() error { a.watch.Run(ctx); return nil })
	}
	return g.Wait()
}

// speaks says whether this node belongs to a part of its cluster that has quorum.
func (a *App) speaks() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.quorate
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
func (a *App) observed(ctx context.Context, s ha.State) {
	a.health.Observe(s)
	if a.watch != nil {
		a.watch.Observe(s)
	}
	a.telling.Lock()
	a.last = &s
	all := a.handOn(s, s.At)
	a.telling.Unlock()
	a.decides = all || s.DC == "" || s.DC == s.Reporter
	if a.decides && a.untold && s.Running {
		a.tellAfresh(ctx)
	}
}

// tellAfresh tells the configuration as it is now. This node has come to decide, and what it read when another did may be older than what
// that one has told since: it would be taken for a backup that somebody has restored.
func (a *App) tellAfresh(ctx context.Context) {
	c, err := a.engine.Config(ctx)
	if err != nil {
		if ctx.Err() == nil {
			a.o.Log.Warn("configuration not read; it is told with the next observation", "err", err)
		}
		return
	}
	a.untold = false
	a.link.SetConfig(c)
}

// felt hands on the last observation with what this node has measured since.
func (a *App) felt() {
	a.telling.Lock()
	defer a.telling.Unlock()
	if a.last != nil {
		a.handOn(*a.last, time.Now().UTC())
	}
}

// handOn hands an observation on, with how this node is at that moment, and says whether this node tells everything. The caller
// holds telling.
func (a *App) handOn(s ha.State, at time.Time) (all bool) {
	cluster := a.Facts().Cluster
	if h := a.health.Health(); h != nil {
		s.Health = []ha.NodeHealth{*h}
	} else { // not known yet: what was told last still holds
		s.Health = a.observer.base.State.Health
	}
	if a.watch != nil {
		s.Watched = a.watch.Watching()
	}
	a.mu.Lock()
	all = time.Now().Before(a.standIn)
	a.quorate = s.Running && s.Quorate
	a.mu.Unlock()
	shared := s
	if !all {
		shared = Share(s)
	}
	a.link.SetState(cluster, shared)
	s.At = at
	if err := a.observer.observe(cluster, s, all); err != nil {
		a.o.Log.Error("events not kept; they will be derived again", "err", err)
	}
	return all
}

// noticed tells of a failure that this node has noticed and that Pacemaker knows of by now. What comes of it is observed like any other.
func (a *App) noticed(n watch.Noticed) {
	cluster := a.Facts().Cluster
	args := map[string]string{"resource": n.Resource, "node": n.Node, "what": n.What, "ms": strconv.FormatInt(n.Took.Milliseconds(), 10)}
	e := wire.Event{
		At: n.At.UTC(), Cluster: cluster, Inquorate: !a.speaks(), Key: keyOf(n.Kind, cluster, n.Resource, n.Node, n.Run),
		Change: ha.Change{Kind: n.Kind, Severity: ha.Warning, Object: n.Resource, Args: args},
	}
	if err := a.link.Tell(e); err != nil {
		a.o.Log.Error("event not kept", "kind", n.Kind, "resource", n.Resource, "err", err)
	}
}

// configured hands on a configuration. All nodes have the same one, so the controller tells it, and whoever made the change:
// only that node can say by which command. Any other node remembers that there is something to tell, in case it becomes the controller.
func (a *App) configured(c wire.Config) {
	a.health.Configure(c.Config)
	if a.watch != nil {
		a.watch.Configure(c.Config)
	}
	a.untold = !a.decides && c.Command == ""
	if !a.untold {
		a.link.SetConfig(c)
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
	if c.Name == wire.HealthHistory { // the same
		return json.Marshal(a.health.History())
	}
	if c.Name == wire.CollectLogs {
		return a.collect(ctx, c, progress)
	}
	if c.Name == wire.AlarmSettings {
		var args wire.AlarmArgs
		if err := json.Unmarshal(c.Args, &args); err != nil {
			return nil, fmt.Errorf("read settings of alarms: %w", err)
		}
		return json.RawMessage("{}"), a.herald.Keep(args.Settings)
	}
	out, err := a.engine.Do(ctx, c, progress)
	if !errors.Is(err, engine.ErrStopping) { // what is done then is found out by the next agent
		a.tellDone(ctx, c.Name)
	}
	return out, err
}

// tellDone tells what a command has changed, or has waited for: of the host, of the configuration, and of what there is to see.
func (a *App) tellDone(ctx context.Context, name wire.CommandName) {
	if name.Reads() && name != wire.Settle && name != wire.AwaitLinks {
		return
	}
	switch name {
	case wire.Configure, wire.Deconfigure:
		if err := a.readFacts(context.WithoutCancel(ctx)); err != nil {
			a.o.Log.Warn("host not asked what it is", "err", err)
		}
	case wire.EditConfig, wire.Revert, wire.Move, wire.Restart:
		a.tellOwn(ctx)
	}
	a.look(ctx)
}

// collect writes this node's part of a log bundle and sends it.
func (a *App) collect(ctx context.Context, c wire.Command, progress func(wire.Progress)) (json.RawMessage, error) {
	var args wire.CollectArgs
	if err := json.Unmarshal(c.Args, &args); err != nil {
		return nil, fmt.Errorf("read arguments of %s: %w", c.Name, err)
	}
	tell := func(source string, done, all int) {
		progress(wire.Progress{Step: "collect", Phase: wire.Commit, Args: map[string]string{"source": source, "done": strconv.Itoa(done), "all": strconv.Itoa(all)}})
	}
	q := logs.Request{Since: args.Since, Until: args.Until, SourceBytes: args.SourceBytes, NodeBytes: args.NodeBytes}
	part, err := a.logs.Collect(ctx, q, tell, func(p logs.Part) error {
		progress(wire.Progress{Step: "send", Phase: wire.Commit, Args: map[string]string{"bytes": strconv.FormatInt(p.Bytes, 10)}})
		return a.link.Upload(ctx, args.Upload, p.File)
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(wire.CollectOutput{Bytes: part.Bytes, SHA256: part.SHA256, Entries: part.Entries})
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
	err := a.engine.LookConfig(ctx, func(c wire.Config) {
		a.untold = false
		a.link.SetConfig(c)
	})
	if err != nil {
		a.o.Log.Debug("configuration not read after a command", "err", err)
	}
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
