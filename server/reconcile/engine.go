// Package reconcile brings a cluster from what it is to what was asked for: as operations of named steps that survive the
// end of the server, and as revisions that can be taken back. DESIGN.md says what it promises.
package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// Agents carries commands to hosts. The same command ID is carried out once, however often it is sent.
type Agents interface {
	Do(ctx context.Context, host string, c wire.Command, progress func(wire.Progress)) (wire.Result, error)
}

// Picture is what is known of hosts and clusters.
type Picture interface {
	Known(cluster string) (fleet.Known, error)
	Machine(name string) (fleet.Machine, error)
	CreateCluster(ctx context.Context, c fleet.Cluster, hosts []string) error
	SetMembers(ctx context.Context, cluster string, setup ha.Setup, hosts []string) error
	DeleteCluster(ctx context.Context, cluster string) error
	Observed(ctx context.Context, host, cluster string, st ha.State, cfg *fleet.Configuration, command string) error
	Revised(cluster string, number int)
	Stragglers() []fleet.Straggler
	// Serves names the clusters whose quorum device a host is.
	Serves(host string) []string
	// Unmanaged are hosts of clusters that were made elsewhere, by the name of the cluster.
	Unmanaged() map[string][]fleet.Machine
	Joiners() []fleet.Joiner
	StandIns() []fleet.StandIn
	Lapsed(now time.Time) []fleet.Lapsed
	Note(ctx context.Context, key string, e api.Event) error
	// Fenced keeps that a node was fenced, with what only the asker knows.
	Fenced(ctx context.Context, cluster string, r ha.FenceRecord) error
	// Findings looks for what is unsafe in a cluster.
	Findings(ctx context.Context, cluster string) ([]ha.Finding, error)
}

// Store keeps operations, revisions and secrets. Where there is no such object, it returns a NotFound fault.
type Store interface {
	// SaveOperation keeps an operation with its memo, new or known. The memo holds secrets; nil leaves it as it is.
	SaveOperation(ctx context.Context, op api.Operation, memo []byte) error
	// Unfinished returns the operations that have not ended, oldest first, with their memos.
	Unfinished(ctx context.Context) ([]api.Operation, [][]byte, error)
	Operation(ctx context.Context, id string) (api.Operation, error)

	// AddRevision gives a revision the next number of its cluster.
	AddRevision(ctx context.Context, cluster string, r api.Revision, b Bodies) (api.Revision, error)
	// ChangeRevision changes a revision; bodies that are empty stay.
	ChangeRevision(ctx context.Context, cluster string, r api.Revision, b Bodies) error
	DeleteRevision(ctx context.Context, cluster string, number int) error
	Revision(ctx context.Context, cluster string, number int) (api.Revision, Bodies, error)
	// LatestRevision returns the newest revision, number 0 where there is none.
	LatestRevision(ctx context.Context, cluster string) (api.Revision, error)

	Secret(ctx context.Context, name string) ([]byte, error)
	PutSecret(ctx context.Context, name string, value []byte) error
	DeleteSecret(ctx context.Context, name string) error
}

// Licence says whether something may be added; the fault says why not. It is asked before an operation begins, never again.
type Licence interface {
	Growth(ctx context.Context, g ha.Growth) error
}

// Bodies are a configuration before and after a revision; they hold secrets.
type Bodies struct {
	Before, After string
}

// Publisher tells browsers what changed. It never waits.
type Publisher interface {
	Publish(m api.Live)
}

// Options are what an Engine needs. Agents, Picture and Store are required.
type Options struct {
	Agents  Agents
	Picture Picture
	Store   Store
	Live    Publisher
	Licence Licence // everything may be added where nil
	Targets Targets // no timing breaks any where nil
	Log     *slog.Logger
	Now     func() time.Time
	// Hook, where set, is called before and after each named step of an operation. Tests end the process there.
	Hook func(when, step string)
	// Patience is how long a command waits for a host whose agent is away, beyond what Agents waits. A network that is cut
	// for a minute must not end an operation half way. 90 s where zero; taking back waits five times as long.
	Patience time.Duration
}

// Engine carries out operations.
type Engine struct {
	o Options

	growing sync.Mutex // held from asking the licence until what is added counts; taken before mu

	mu      sync.Mutex          // guards what follows; no I/O and no callback under it
	closed  bool                // Run has ended: nothing new begins
	started bool                // Run has begun
	claims  map[string]*claim   // by cluster
	jobs    map[string]*job     // running operations
	edits   map[string]*ownEdit // cluster → what our own commands change there
	waiting []*job              // begun before Run was called
	wg      sync.WaitGroup
	ctx     context.Context //nolint:containedctx // the life of Run, for operations that outlive the request that began them
}

// New returns an Engine. Run must be called, and carries the operations out.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience == 0 {
		o.Patience = 90 * time.Second
	}
	if o.Hook == nil {
		o.Hook = func(string, string) {}
	}
	return &Engine{o: o, claims: map[string]*claim{}, jobs: map[string]*job{}, edits: map[string]*ownEdit{}}
}

// Resume reads the operations that an earlier process left, so that their clusters are taken before anybody asks. They go
// on when Run is called.
func (e *Engine) Resume(ctx context.Context) error {
	ops, memos, err := e.o.Store.Unfinished(ctx)
	if err != nil {
		return err
	}
	for i, op := range ops {
		j, err := e.revive(op, memos[i])
		if err != nil {
			// What it was doing cannot be told any more: say so, rather than begin it anew.
			e.o.Log.Error("operation cannot be resumed", "operation", op.ID, "err", err)
			op.State, op.Ended = stateFailed, e.now()
			op.Fault = fault.New(fault.Failed, "operation.lost", "the server was restarted and cannot go on with operation %s", op.ID).With("operation", op.ID)
			if err := e.o.Store.SaveOperation(ctx, op, nil); err != nil {
				return err
			}
			continue
		}
		e.mu.Lock()
		e.claims[op.Cluster] = newClaim(op.ID, op.Kind, op.Actor)
		e.jobs[op.ID] = j
		e.waiting = append(e.waiting, j)
		e.mu.Unlock()
	}
	return nil
}

// Run carries operations out until ctx ends; it returns when none is at work any more. What had not ended goes on at the next start.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	e.ctx, e.started = ctx, true
	waiting := e.waiting
	e.waiting = nil
	for _, j := range waiting {
		e.launch(j)
	}
	e.mu.Unlock()
	e.wg.Go(func() { e.watchAdopted(ctx) })
	e.watchStragglers(ctx)
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.wg.Wait()
	return nil
}

// launch starts an operation. The caller holds mu.
func (e *Engine) launch(j *job) {
	ctx := e.ctx
	e.wg.Go(func() {
		j.run(ctx)
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.jobs, j.op.ID)
		e.freed(j.op.Cluster, j.op.ID)
	})
}

// Operation states.
const (
	statePending    = "pending"
	stateRunning    = "running"
	stateSucceeded  = "succeeded"
	stateFailed     = "failed"
	stateRolledBack = "rolled_back"
)

// Begin checks a request and starts the operation.
func (e *Engine) Begin(ctx context.Context, r Request) (api.Operation, error) {
	k, known := kinds[r.Kind]
	if !known {
		return api.Operation{}, fault.New(fault.Internal, "internal", "no operation of kind %s", r.Kind)
	}
	id := rand.Text()
	if err := e.claimSoon(ctx, r.Cluster, newClaim(id, r.Kind, r.Actor)); err != nil {
		return api.Operation{}, err
	}
	op, err := e.begin(ctx, k, id, r)
	if err != nil {
		e.release(r.Cluster, id)
		return api.Operation{}, err
	}
	return op, nil
}

// selfWait bounds how long a change waits for one that the server makes by itself. That takes moments as a rule, and nobody should
// be turned away for it.
const selfWait = 20 * time.Second

// claim says who changes a cluster, from before it is known whether it may until it has ended.
type claim struct {
	id, kind, actor string
	free            chan struct{} // closed when it is given up
}

func newClaim(id, kind, actor string) *claim {
	return &claim{id: id, kind: kind, actor: actor, free: make(chan struct{})}
}

// claimSoon claims a cluster after what the server does there by itself.
func (e *Engine) claimSoon(ctx context.Context, cluster string, c *claim) error {
	until := time.NewTimer(selfWait)
	defer until.Stop()
	for {
		over, err := e.claim(cluster, c)
		if over == nil || c.actor == Self {
			return err
		}
		select {
		case <-over:
		case <-until.C:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// claim makes an operation the one that changes a cluster, or says which one does, and when that is over where the server does it by
// itself.
func (e *Engine) claim(cluster string, c *claim) (over <-chan struct{}, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, fault.New(fault.Unreachable, "server.stopping", "the server is stopping")
	}
	other := e.claims[cluster]
	if other != nil {
		over = other.free
		// One that is seen to have ended only has that written down yet: who waited for it may go on at once.
		if j := e.jobs[other.id]; j != nil && j.ended() {
			e.freed(cluster, other.id)
			other = nil
		} else if j != nil {
			over = j.done
		}
	}
	if other == nil {
		e.claims[cluster] = c
		return nil, nil
	}
	if other.actor != Self {
		over = nil
	}
	return over, fault.New(fault.Conflict, "cluster.busy", "operation %s (%s by %s) is changing cluster %s", other.id, other.kind, other.actor, cluster).
		With("cluster", cluster, "operation", other.id, "route", other.kind, "actor", other.actor)
}

func (e *Engine) release(cluster, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.freed(cluster, id)
}

// freed gives an operation's claim up, where it still has it. The caller holds mu.
func (e *Engine) freed(cluster, id string) {
	if c := e.claims[cluster]; c != nil && c.id == id {
		delete(e.claims, cluster)
		close(c.free)
	}
}

func (e *Engine) begin(ctx context.Context, k kind, id string, r Request) (api.Operation, error) {
	m := memo{Request: r, Started: e.now()}
	if err := k.check(ctx, e, &m); err != nil {
		return api.Operation{}, e.explained(ctx, r.Cluster, r.Version, "", err)
	}
	if g := m.growth(); e.o.Licence != nil && !g.None() {
		// What is added counts once it is taken; until then nobody else may hear that there is room.
		e.growing.Lock()
		defer e.growing.Unlock()
		if err := e.o.Licence.Growth(ctx, g); err != nil {
			return api.Operation{}, err
		}
	}
	stages, err := k.plan(e, &m)
	if err != nil {
		return api.Operation{}, err
	}
	j := &job{
		e: e, kind: k, memo: m, stages: stages, done: make(chan struct{}),
		op: api.Operation{ID: id, Kind: r.Kind, Cluster: r.Cluster, Object: m.Request.Object, Actor: r.Actor, State: statePending, Started: m.Started},
	}
	j.layOut()
	if err := j.save(ctx); err != nil {
		return api.Operation{}, err
	}
	// What must be taken before the answer, so that nobody else can (a name, a host): after the operation is kept, because
	// a server that is killed in between must know whose it is.
	if k.take != nil {
		if err := k.take(ctx, e, &m); err != nil {
			j.op.State, j.op.Ended, j.op.Fault = stateFailed, e.now(), fault.Public(err)
			return api.Operation{}, errors.Join(err, e.o.Store.SaveOperation(ctx, j.op, nil))
		}
	}
	op := j.snapshot()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.jobs[id] = j
	switch {
	case e.closed:
		// It is kept, and goes on at the next start.
	case e.started:
		e.launch(j)
	default:
		e.waiting = append(e.waiting, j)
	}
	return op, nil
}

// Remove takes a cluster out of the console only: nothing on its nodes is touched.
func (e *Engine) Remove(ctx context.Context, cluster string) error {
	if _, err := e.o.Picture.Known(cluster); err != nil {
		return err
	}
	id := rand.Text()
	if err := e.claimSoon(ctx, cluster, newClaim(id, "cluster.remove", "")); err != nil {
		return err
	}
	defer e.release(cluster, id)
	return e.drop(ctx, cluster)
}

// drop forgets a cluster and all that was remembered of it: the next of that name counts its versions from the beginning.
func (e *Engine) drop(ctx context.Context, cluster string) error {
	if err := e.o.Picture.DeleteCluster(ctx, cluster); err != nil {
		return err
	}
	e.mu.Lock()
	delete(e.edits, cluster)
	e.mu.Unlock()
	return e.o.Store.DeleteSecret(ctx, secretOf(cluster))
}

// Operation returns a running operation as it stands this moment, and says whether there is one of that ID.
func (e *Engine) Operation(id string) (api.Operation, bool) {
	e.mu.Lock()
	j := e.jobs[id]
	e.mu.Unlock()
	if j == nil {
		return api.Operation{}, false
	}
	return j.snapshot(), true
}

// Ours says whether a command is one of an operation of this server.
func (e *Engine) ours(ctx context.Context, command string) bool {
	id, _, _ := strings.Cut(command, "-")
	if id == "" {
		return false
	}
	e.mu.Lock()
	_, running := e.jobs[id]
	e.mu.Unlock()
	if running {
		return true
	}
	_, err := e.o.Store.Operation(ctx, id)
	return err == nil
}

func (e *Engine) now() time.Time { return e.o.Now().UTC().Truncate(time.Microsecond) }

// secretOf names the secret that a cluster's corosync key is kept under.
func secretOf(cluster string) string { return "authkey/" + cluster }

// Kinds are the kinds of operations there are, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
