package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// kind is one kind of operation. All of it is code: what an operation needs to know after a restart is in its memo.
type kind struct {
	// check refuses what cannot be, and resolves what must not change later (IDs, hosts) into the memo.
	check func(ctx context.Context, e *Engine, m *memo) error
	// take takes names and hosts, once more after a restart where it is not known whether it has been done. Nil where there
	// are none.
	take func(ctx context.Context, e *Engine, m *memo) error
	// plan lays out the steps. It is a pure function of the memo: after a restart the same steps come out.
	plan func(e *Engine, m *memo) ([]stage, error)
	// give takes back what take took, after all has been rolled back. Nil where there is nothing.
	give func(ctx context.Context, e *Engine, m *memo) error
}

// stage is steps that run at once; the next stage begins when all have ended.
type stage []step

// step is one named step. A nil do is nothing to do.
type step struct {
	name string
	node string
	args map[string]string // of its sentence
	do   func(ctx context.Context, j *job, s *spot) error
	// undo takes the step back when a later one, or the step itself, has failed. Nil where nothing has to be.
	undo func(ctx context.Context, j *job, s *spot) error
}

// memo is what an operation must know after a restart. It is kept encrypted.
type memo struct {
	Request Request `json:"request"`
	// Rolling says that it is being taken back, and why.
	Rolling bool         `json:"rolling,omitempty"`
	Why     *fault.Error `json:"why,omitempty"`
	// Hosts are the hosts' IDs by node, as they were when the operation began.
	Hosts map[string]string `json:"hosts,omitempty"`
	// Remotes are those of remote nodes, and Remote says that the operation is about one.
	Remotes map[string]string `json:"remotes,omitempty"`
	Remote  bool              `json:"remote,omitempty"`
	// Host is the one that is asked for what concerns the whole cluster; the same after a restart, because it knows what it did.
	Host string `json:"host,omitempty"`
	Node string `json:"node,omitempty"` // its name
	// Before and After are the set-up before and after a change of members.
	Before *ha.Setup `json:"before,omitempty"`
	After  *ha.Setup `json:"after,omitempty"`
	// Gone says that the node in question is off and takes no commands.
	Gone bool `json:"gone,omitempty"`
	// Revision is the number of the revision that is being made.
	Revision int `json:"revision,omitempty"`
	// Undone are the places of steps that have been taken back.
	Undone []int `json:"undone,omitempty"`
	// Edits are what is changed in the configuration.
	Edits []ha.Edit `json:"edits,omitempty"`
	// Retracted are edits that come before all others: what is no longer true as soon as the rest has begun.
	Retracted []ha.Edit `json:"retracted,omitempty"`
	// Affected are the resources that a tag has when the operation begins.
	Affected []string `json:"affected,omitempty"`
	// Until is when the constraint of a move or ban expires; never where zero.
	Until time.Time `json:"until,omitzero"`
	// Rounds are the set-ups that the cluster goes through, the first is the one before; each is one reload.
	Rounds []ha.Setup `json:"rounds,omitempty"`
	// Touched says that files of a round may have been written.
	Touched bool `json:"touched,omitempty"`
	// Present are the nodes that take part: those that are off get the files when they are back. Members are those of them that are
	// online, and Sound the links that connected all of them when the operation began.
	Present []string `json:"present,omitempty"`
	Members []string `json:"members,omitempty"`
	Sound   []int    `json:"sound,omitempty"`
	// Carried is what one step hands to the next: certificates on their way between hosts.
	Carried map[string][]byte `json:"carried,omitempty"`
	// Arbiter is the host of the quorum device, where it can be asked, and Former the one that it takes the place of.
	Arbiter *arbiter `json:"arbiter,omitempty"`
	Former  *arbiter `json:"former,omitempty"`
	// VoteNeeded says that without the arbiter's vote the nodes that are there would have no quorum until they have read their files again.
	VoteNeeded bool `json:"voteNeeded,omitempty"`
	// Disk is the disk heartbeat that is being set up, or taken away.
	Disk *diskRequest `json:"disk,omitempty"`
	// Volumes are replicated volumes that are made, changed or taken away.
	Volumes []volumePlan `json:"volumes,omitempty"`
	// Databases are those that are made protected services.
	Databases []databasePlan `json:"databases,omitempty"`
	// Begun is when a fencing that is tried was asked for: an older one is no evidence of it.
	Begun time.Time `json:"begun,omitzero"`
	// Secrets are put into files of these names on every node; Obsolete are the names of files that nothing reads afterwards.
	Secrets  map[string][]byte `json:"secrets,omitempty"`
	Obsolete []string          `json:"obsolete,omitempty"`
	// SBDTimes are the times that were derived when the operation began.
	SBDTimes *ha.SBDTimes `json:"sbdTimes,omitempty"`
	// Started is when the operation began; a cluster that it makes is known by it.
	Started time.Time `json:"started"`
}

// job is an operation at work.
type job struct {
	e       *Engine
	kind    kind
	stages  []stage
	untaken bool          // an earlier process may have ended before it took what it needs
	done    chan struct{} // closed when the outcome is there for everybody to see

	mu   sync.Mutex // guards what follows
	op   api.Operation
	memo memo
	own  []int              // place of each step of the plan in op.Steps
	sub  map[int][]api.Step // steps that agents tell of, by the step of the plan

	saving sync.Mutex // one writer at a time, so that an older state never overwrites a newer
}

// spot is a step of the plan at its place.
type spot struct {
	step
	place int // among the steps of the plan
	undo  bool
}

// revive makes a job of an operation that an earlier process left.
func (e *Engine) revive(op api.Operation, data []byte) (*job, error) {
	var m memo
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read memo: %w", err)
	}
	k, known := kinds[op.Kind]
	if !known {
		return nil, fmt.Errorf("unknown kind %s", op.Kind)
	}
	stages, err := k.plan(e, &m)
	if err != nil {
		return nil, err
	}
	j := &job{e: e, kind: k, memo: m, stages: stages, done: make(chan struct{}), op: op, untaken: op.State == statePending}
	kept := op.Steps
	j.layOut()
	// Steps of the plan are those without a parent; what agents told of comes again.
	i := 0
	for _, s := range kept {
		if i < len(j.own) && s.Name == j.op.Steps[j.own[i]].Name && s.Node == j.op.Steps[j.own[i]].Node {
			j.op.Steps[j.own[i]] = s
			i++
		}
	}
	if i != len(j.own) {
		return nil, errors.New("its steps are not those of this version")
	}
	return j, nil
}

// layOut fills in the operation's steps.
func (j *job) layOut() {
	j.op.Steps, j.own = []api.Step{}, nil
	for _, g := range j.stages {
		for _, s := range g {
			j.own = append(j.own, len(j.op.Steps))
			j.op.Steps = append(j.op.Steps, api.Step{Name: s.name, Node: s.node, Args: s.args, State: stepWaiting})
		}
	}
	j.sub = map[int][]api.Step{}
}

// Step states.
const (
	stepWaiting = "waiting"
	stepRunning = "running"
	stepDone    = "done"
	stepFailed  = "failed"
	stepSkipped = "skipped"
)

// snapshot returns the operation as people see it: the steps that agents tell of stand within their own.
func (j *job) snapshot() api.Operation {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.shown()
}

func (j *job) shown() api.Operation {
	op := j.op
	op.Steps = make([]api.Step, 0, len(j.op.Steps))
	for i, place := range j.own {
		s := j.op.Steps[place]
		s.Steps = slices.Clone(j.sub[i])
		op.Steps = append(op.Steps, s)
	}
	return op
}

// save keeps the operation and tells who watches.
func (j *job) save(ctx context.Context) error {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	op := j.op
	op.Steps = append([]api.Step(nil), j.op.Steps...)
	shown := j.shown()
	data, err := json.Marshal(j.memo)
	j.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode memo: %w", err)
	}
	if !op.Ended.IsZero() {
		data = []byte{} // its secrets are done with
		op = shown
	}
	if err := j.e.o.Store.SaveOperation(ctx, op, data); err != nil {
		return err
	}
	j.publish(shown)
	return nil
}

func (j *job) publish(op api.Operation) {
	if j.e.o.Live != nil {
		j.e.o.Live.Publish(api.Live{Topic: "operation", Cluster: op.Cluster, ID: op.ID, Operation: &op})
	}
}

// keepTrying saves where nothing may go on unsaved. A database that is away for a moment must not end an operation half way.
func (j *job) keepTrying(ctx context.Context) error {
	pause := 100 * time.Millisecond
	for {
		err := j.save(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		j.e.o.Log.Error("operation cannot be kept; trying again", "operation", j.op.ID, "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause = min(2*pause, 10*time.Second)
		}
	}
}

// run carries the operation out, or takes it up where an earlier process left it.
func (j *job) run(ctx context.Context) {
	log := j.e.o.Log.With("operation", j.op.ID, "kind", j.op.Kind, "cluster", j.op.Cluster)
	j.change(func() { j.op.State = stateRunning })
	var err error
	if !j.rolling() {
		if j.untaken && j.kind.take != nil {
			err = j.kind.take(ctx, j.e, &j.memo)
		}
		if err == nil {
			err = j.keepTrying(ctx)
		}
		if err == nil {
			err = j.forward(ctx)
		}
		if ctx.Err() != nil {
			return // the server ends; it goes on at the next start
		}
		if err != nil {
			log.Warn("operation failed", "err", err)
			j.change(func() { j.memo.Rolling, j.memo.Why = true, fault.Public(err) })
		}
	}
	state := stateSucceeded
	if j.rolling() {
		state = stateFailed
		undone, backErr := j.back(ctx)
		if ctx.Err() != nil {
			return
		}
		switch {
		case backErr != nil:
			log.Error("operation was not taken back", "err", backErr)
			j.change(func() { j.memo.Why = notUndone(j.memo.Why, backErr) })
		case undone:
			state = stateRolledBack
		}
	}
	j.end(ctx, state)
}

func (j *job) rolling() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.memo.Rolling
}

// ended says whether the outcome is there for everybody to see.
func (j *job) ended() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.op.Ended.IsZero()
}

func (j *job) change(do func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	do()
}

func notUndone(why *fault.Error, err error) *fault.Error {
	f := fault.New(fault.Failed, "operation.not_rolled_back", "%s; it could not be taken back everywhere: %s", why.Message, err).
		With("why", why.Message, "left", fault.Public(err).Message)
	f.Fields = why.Fields
	return f
}

// end keeps the outcome. The memo's secrets go with it.
func (j *job) end(ctx context.Context, state string) {
	j.change(func() {
		j.op.State, j.op.Ended, j.op.Percent = state, j.e.now(), 100
		if state != stateSucceeded {
			j.op.Fault = j.memo.Why
			if j.op.Fault != nil && j.op.Fault.Code == fault.Internal {
				j.op.Fault = &fault.Error{Code: fault.Internal, Reason: "internal", Message: "internal error; the server's log says more"}
			}
		}
	})
	if err := j.keepTrying(ctx); err != nil {
		j.e.o.Log.Error("end of operation was not kept", "operation", j.op.ID, "err", err)
		return
	}
	close(j.done)
	j.e.o.Log.Info("operation ended", "operation", j.op.ID, "kind", j.op.Kind, "cluster", j.op.Cluster, "state", state)
}

// forward does the stages in order.
func (j *job) forward(ctx context.Context) error {
	place := 0
	for _, g := range j.stages {
		var wg sync.WaitGroup
		errs := make([]error, len(g))
		for i, s := range g {
			if j.state(place+i) == stepDone || j.state(place+i) == stepSkipped {
				continue
			}
			wg.Go(func() { errs[i] = j.do(ctx, &spot{step: s, place: place + i}) })
		}
		wg.Wait()
		if err := first(errs); err != nil {
			return err
		}
		place += len(g)
	}
	return nil
}

// first returns the most telling of several failures: the first that is not a mere absence, all others told beside it.
func first(errs []error) error {
	all := errors.Join(errs...)
	if all == nil {
		return nil
	}
	for _, err := range errs {
		if err != nil && fault.CodeOf(err) != fault.Unreachable {
			return errors.Join(err, all)
		}
	}
	return all
}

func (j *job) state(place int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.op.Steps[j.own[place]].State
}

// errSkip says that a step had nothing to do.
var errSkip = errors.New("nothing to do")

// do carries out one step.
func (j *job) do(ctx context.Context, s *spot) error {
	j.mark(s, func(st *api.Step) { st.State, st.At, st.Fault = stepRunning, j.e.now(), nil })
	if err := j.keepTrying(ctx); err != nil {
		return err
	}
	j.e.o.Hook("before", s.name)
	var err error
	if s.step.do != nil {
		err = s.step.do(ctx, j, s)
	}
	if ctx.Err() != nil {
		return ctx.Err() // it is still marked as running, and is done again with the same command IDs
	}
	j.e.o.Hook("after", s.name)
	j.settleSubs(s.place, err)
	j.mark(s, func(st *api.Step) {
		st.Ended, st.State = j.e.now(), stepDone
		switch {
		case errors.Is(err, errSkip):
			st.State = stepSkipped
		case err != nil:
			st.State, st.Fault = stepFailed, fault.Public(err)
		}
	})
	if errors.Is(err, errSkip) {
		err = nil
	}
	return errors.Join(err, j.keepTrying(ctx))
}

func (j *job) mark(s *spot, change func(*api.Step)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&j.op.Steps[j.own[s.place]])
	ended := 0
	for _, place := range j.own {
		switch j.op.Steps[place].State {
		case stepDone, stepSkipped, stepFailed:
			ended++
		}
	}
	j.op.Percent = min(99, 100*ended/max(1, len(j.own)))
}

// back takes back what was begun, last first. It goes on after a failure, so that as much as possible is as it was.
func (j *job) back(ctx context.Context) (undone bool, err error) {
	if err := j.keepTrying(ctx); err != nil {
		return false, err
	}
	type ref struct {
		s     step
		place int
	}
	var stages [][]ref
	place := 0
	for _, g := range j.stages {
		var refs []ref
		for _, s := range g {
			refs = append(refs, ref{s, place})
			place++
		}
		stages = append(stages, refs)
	}
	var errs []error
	for i := len(stages) - 1; i >= 0; i-- {
		var wg sync.WaitGroup
		failed := make([]error, len(stages[i]))
		for n, r := range stages[i] {
			state := j.state(r.place)
			if r.s.undo == nil || state == stepWaiting || state == stepSkipped {
				continue
			}
			undone = true
			wg.Go(func() { failed[n] = j.undo(ctx, &spot{step: r.s, place: r.place, undo: true}) })
		}
		wg.Wait()
		errs = append(errs, failed...)
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	err = errors.Join(errs...)
	if j.kind.give != nil && err == nil {
		undone = true
		err = j.kind.give(ctx, j.e, &j.memo)
	}
	return undone, err
}

func (j *job) undo(ctx context.Context, s *spot) error {
	for _, done := range j.memoUndone() {
		if done == s.place {
			return nil
		}
	}
	j.mark(s, func(st *api.Step) { st.Phase = string(wire.RollBack) })
	j.publish(j.snapshot())
	j.e.o.Hook("before", "undo."+s.name)
	err := s.step.undo(ctx, j, s)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.e.o.Hook("after", "undo."+s.name)
	if err != nil {
		j.mark(s, func(st *api.Step) { st.State, st.Fault = stepFailed, fault.Public(err) })
		return errors.Join(err, j.keepTrying(ctx))
	}
	j.change(func() { j.memo.Undone = append(j.memo.Undone, s.place) })
	return j.keepTrying(ctx)
}

func (j *job) memoUndone() []int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]int(nil), j.memo.Undone...)
}

// commandID names a command of a step: the same one after a restart, so that the agent carries it out once.
func (j *job) commandID(s *spot, nth int) string {
	id := j.op.ID + "-" + strconv.Itoa(s.place) + "-" + strconv.Itoa(nth)
	if s.undo {
		id += "-undo"
	}
	return id
}

// progress shows what an agent tells, within the step.
func (j *job) progress(s *spot, p wire.Progress) {
	j.mu.Lock()
	list := j.sub[s.place]
	now := j.e.now()
	if n := len(list); n > 0 && list[n-1].State == stepRunning {
		list[n-1].State, list[n-1].Ended = stepDone, now
		if list[n-1].Name == p.Step && list[n-1].Phase != string(wire.RollBack) && p.Phase != wire.RollBack {
			list = list[:n-1] // the same step in its next phase
		}
	}
	list = append(list, api.Step{Name: p.Step, Node: s.node, Phase: string(p.Phase), State: stepRunning, Args: p.Args, At: now})
	j.sub[s.place] = list
	j.op.Steps[j.own[s.place]].Phase = string(p.Phase)
	op := j.shown()
	j.mu.Unlock()
	j.publish(op)
}

func (j *job) settleSubs(place int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if list := j.sub[place]; len(list) > 0 {
		last := &list[len(list)-1]
		if last.State == stepRunning {
			last.State, last.Ended = stepDone, j.e.now()
			if err != nil && !errors.Is(err, errSkip) {
				last.State = stepFailed
			}
		}
	}
}

// names joins node names for a sentence.
func names(list []string) string { return strings.Join(list, ", ") }
