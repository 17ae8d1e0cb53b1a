// Package watch notices failures of resources on this node as they happen, and tells Pacemaker of them.
//
// Pacemaker acts within a quarter of a second once it knows, and knows when a monitor comes round. Sources follow what the kernel
// tells anyway: processes that end, addresses and carriers that go, mounts that change, disks that a volume loses. What they tell
// is a sign and no more. The resource's own monitor says whether there is a failure, and the CIB, whether it is one that concerns
// Pacemaker: what it has ordered itself, and what is not its to manage, is never reported. See docs/decisions/0016-watch.md.
//
// Whatever goes wrong here ends in the log. Pacemaker's own monitors go on beside it, as they would without it.
package watch

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"hawser/internal/ha"
)

// Host is the node and the cluster that it belongs to.
type Host interface {
	// CIB returns the whole CIB, as this node has it.
	CIB(ctx context.Context) ([]byte, error)
	// Metadata describes an agent.
	Metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error)
	// Units returns how systemd's units are; those that it does not know are left out.
	Units(ctx context.Context, names []string) (map[string]Unit, error)
	// Check runs the monitor of a resource on this node and returns its exit code, or Unsettled. An error says that it was not heard.
	Check(ctx context.Context, w ha.Watched) (int, error)
	// Unreached notes for the cluster that a resource which measures whether others are reached reaches nobody, where that is certain without
	// a packet: every way leads over an interface without a carrier. It says whether it was.
	Unreached(ctx context.Context, w ha.Watched) (bool, error)
	// Fail tells Pacemaker that a resource has failed on this node.
	Fail(ctx context.Context, resource string) error
	// Recount sets an attribute of this node by which Pacemaker counts failures.
	Recount(ctx context.Context, attribute string, failures int) error
}

// Unsettled is what Check returns where the resource is on its way up or down: it has to be asked again.
const Unsettled = -1

// Unit is a unit of systemd.
type Unit struct {
	Active  string // ActiveState: active, reloading, inactive, failed, activating, deactivating …
	MainPID int    // 0 where there is none
	CGroup  string // its control group, below the mount point
	// Invocation is another one each time that it is started; empty before systemd 232.
	Invocation string
	Job        bool // systemd has been told to start, stop or restart it, and has not done so yet
}

// Sign is what a source tells: something has happened to a resource that may be a failure.
type Sign struct {
	Resource string
	Kind     ha.ChangeKind // what it is told as, where it is one
	What     string        // PID, interface, mount point …
	At       time.Time
}

// Source follows one kind of event.
type Source interface {
	// Name is what the log calls it.
	Name() string
	// Follow takes what there is to watch, in place of what there was. The same again says that something has happened in the cluster.
	Follow(targets []Target)
	// Watched lists the resources whose failure it would tell now, and as what. What it takes for a sign that is no failure of the
	// resource itself is not among them.
	Watched() (ha.ChangeKind, []string)
	// Run tells of signs until ctx ends; an earlier end is an error, and Run is called again. Sign does not wait.
	Run(ctx context.Context, sign func(Sign)) error
}

// Noticed is a failure that Pacemaker was told of.
type Noticed struct {
	Sign
	Node string
	Run  string        // of the resource: see pacemaker.Standing
	Took time.Duration // from the sign until Pacemaker knew
}

// Options make a Watcher. Host and Node are required.
type Options struct {
	Host Host
	Node string
	// Told is called for each failure that was reported, by several goroutines.
	Told func(Noticed)
	Log  *slog.Logger
	// Sources are what is followed; nil: all that there are.
	Sources []Source
	// InFlight says whether Pacemaker itself has an operation of a resource run at this moment, such as monitor; nil: what its executor's
	// processes tell.
	InFlight func(resource, operation string) bool
	Pace     Pace
}

// Pace is how long is waited for what. The zero value is the product's; tests are in a hurry.
type Pace struct {
	Again   time.Duration // before something unsettled is looked at again; 0: 200 ms
	Settle  time.Duration // how long it may stay unsettled; 0: 30 s
	Restart time.Duration // before what has ended by mistake is begun anew, doubled each time up to a minute; 0: 1 s
	Recount time.Duration // before it is seen what has been counted, ten times as long for what takes long; 0: 1 s
}

const (
	again       = 200 * time.Millisecond
	settle      = 30 * time.Second
	restart     = time.Second
	recount     = time.Second
	restartMost = time.Minute
	// together is how many resources are looked at at once: each look runs programs.
	together = 4
	// calm is how long nothing must have changed until it is noted how everything stands: no programs beside a failover.
	calm = 2 * time.Second
	// metadataAge is how long is waited until an agent that did not describe itself is asked again.
	metadataAge = time.Minute
)

// Watcher notices failures.
type Watcher struct {
	o    Options
	wake chan struct{}
	seat chan struct{} // holds one for each look that is going on

	mu     sync.Mutex // guards what follows; not held while anything is asked
	cfg    *ha.Config
	state  *ha.State
	cases  map[string]*suspicion  // by resource
	rules  map[string]ha.Watched  // what is watched now, by resource
	agents map[string]description // what agents say of themselves
	looks  sync.WaitGroup         // looks that are going on
	told   map[string]string      // the life of a resource whose failure was reported
	lives  map[string]string      // the life of each resource as it was noted last
	// reports are those of which it is not known yet how often their failures count; counting says that somebody looks.
	reports  map[string]*followed
	counting bool
}

type description struct {
	ha.AgentMetadata
	known bool
	at    time.Time
}

// New returns a Watcher.
func New(o Options) *Watcher {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Told == nil {
		o.Told = func(Noticed) {}
	}
	o.Pace.Again, o.Pace.Settle, o.Pace.Restart = orElse(o.Pace.Again, again), orElse(o.Pace.Settle, settle), orElse(o.Pace.Restart, restart)
	o.Pace.Recount = orElse(o.Pace.Recount, recount)
	if o.InFlight == nil {
		o.InFlight = newExecutor("/proc").runs
	}
	if o.Sources == nil {
		o.Sources = []Source{NewProcesses(o.Host.Units, nil, o.Log), NewLinks(), NewMounts(), NewVolumes()}
	}
	return &Watcher{
		o: o, wake: make(chan struct{}, 1), seat: make(chan struct{}, together),
		cases: map[string]*suspicion{}, rules: map[string]ha.Watched{}, agents: map[string]description{}, told: map[string]string{}, lives: map[string]string{},
		reports: map[string]*followed{},
	}
}

func orElse(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}

// Configure takes the cluster's configuration.
func (w *Watcher) Configure(cfg ha.Config) {
	w.mu.Lock()
	w.cfg = &cfg
	w.mu.Unlock()
	w.poke()
}

// Observe takes an observation of the cluster.
func (w *Watcher) Observe(s ha.State) {
	w.mu.Lock()
	w.state = &s
	w.mu.Unlock()
	w.poke()
}

// Watching lists what is watched at this moment, by resource.
func (w *Watcher) Watching() []ha.Watching {
	by := map[string][]ha.ChangeKind{}
	for _, s := range w.o.Sources {
		kind, resources := s.Watched()
		for _, id := range resources {
			if !slices.Contains(by[id], kind) {
				by[id] = append(by[id], kind)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []ha.Watching
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if _, watched := w.rules[id]; watched {
			list = append(list, ha.Watching{Node: w.o.Node, Resource: id, By: by[id]})
		}
	}
	return list
}

func (w *Watcher) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What ends by mistake is logged and begun anew.
func (w *Watcher) Run(ctx context.Context) {
	var parts sync.WaitGroup
	for _, s := range w.o.Sources {
		parts.Go(func() {
			w.keep(ctx, s.Name(), func(ctx context.Context) error {
				return s.Run(ctx, func(x Sign) { w.suspect(ctx, x) })
			})
		})
	}
	parts.Go(func() { w.keep(ctx, "targets", w.follow) })
	parts.Wait()
	w.looks.Wait()
}

// keep runs a part until ctx ends.
func (w *Watcher) keep(ctx context.Context, name string, part func(context.Context) error) {
	wait := w.o.Pace.Restart
	for ctx.Err() == nil {
		began := time.Now()
		err := w.guarded(ctx, part)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > restartMost {
			wait = w.o.Pace.Restart
		}
		w.o.Log.Error("detection by events has stopped in part and is begun anew; monitors go on", "part", name, "err", err, "wait", wait)
		pause(ctx, wait)
		wait = min(2*wait, restartMost)
	}
}

// guarded turns a panic into an error: a mistake in here must not end the agent.
func (w *Watcher) guarded(ctx context.Context, part func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return part(ctx)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// follow has the sources follow what runs here, whenever that changes.
func (w *Watcher) follow(ctx context.Context) error {
	var last []Target
	var seen ha.State
	var calmed <-chan time.Time
	first := true
	for {
		moved := false
		w.mu.Lock()
		if st := w.state; st != nil && (!reflect.DeepEqual(st.Resources, seen.Resources) || !reflect.DeepEqual(st.Failures, seen.Failures)) {
			seen, calmed, moved = *st, time.After(calm), true
		}
		w.mu.Unlock()
		// What has just been started is where it was, as a target, but not the process that was there.
		if targets := w.targets(ctx); first || moved || !reflect.DeepEqual(targets, last) {
			for _, s := range w.o.Sources {
				s.Follow(targets)
			}
			last, first = targets, false
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-calmed:
			calmed = nil
			if err := w.note(ctx); err != nil && ctx.Err() == nil {
				w.o.Log.Debug("not noted how everything stands", "err", err)
			}
		}
	}
}
