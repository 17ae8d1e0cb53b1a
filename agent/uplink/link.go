package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// ErrCancelled is the cause of the end of a command's context where nobody waits for it any longer.
var ErrCancelled = errors.New("nobody waits for the command any longer")

// Executor carries out a command; several may run at once. There may be an output beside an error. A command that comes
// with the ID of one that was interrupted is the same command: the Executor finds out how far it came.
// The end of ctx has a cause: Options.Stopping, ErrCancelled, or context.DeadlineExceeded. On Stopping the Executor leaves the
// command as it stands, to be taken up by the next process.
type Executor func(ctx context.Context, c wire.Command, progress func(wire.Progress)) (output json.RawMessage, err error)

// Options are what a Link needs. Dir, Execute and Facts are required.
type Options struct {
	Dir     string // state folder, where Enrol left the identity
	Execute Executor
	Facts   func() ha.Facts // asked at each connection
	Version string          // of the agent
	Boot    string          // boot ID of the machine
	// Mailed, where set, says whom this node has told of an event itself, by the event's key; it is told with the event.
	Mailed func(key string) []wire.Mailed
	// Stopping is the cause with which Run ends commands when it ends itself; an error of its own where nil.
	Stopping error
	// Hook is called before and after each step of an event on its way to the server: tests end the process there.
	Hook func(when, step string)
	Log  *slog.Logger

	// Backoff is the first pause between attempts to connect; it doubles up to MaxBackoff. 500 ms and 10 s where zero.
	Backoff, MaxBackoff time.Duration
	// Silence is how long the server may say nothing, pings included, before the connection counts as lost. 20 s where zero.
	Silence time.Duration
}

const (
	defaultBackoff    = 500 * time.Millisecond
	defaultMaxBackoff = 10 * time.Second // a server that came back is useless until its agents have
	defaultSilence    = 20 * time.Second // the server pings every five
	// maxConfigs and maxProgress bound what waits for a server that is away; the newest stays.
	maxConfigs  = 64
	maxProgress = 256
	// maxRunning bounds commands at once; each is a goroutine and at most a few programs.
	maxRunning = 32
	// stopWait is what commands get to come to a safe point when the agent stops.
	stopWait = 20 * time.Second
)

// Link is the agent's side of the connection.
type Link struct {
	o       Options
	lock    *os.File
	spool   *spool
	journal *journal
	started time.Time
	wake    chan struct{} // has a token when there may be something to send

	mu        sync.Mutex // guards what follows; innermost but for spool and journal, which are never called under it
	id        Identity
	connected bool
	skew      time.Duration // server's clock minus ours
	cluster   string
	state     *ha.State // what the server should know; nil until there is one
	config    *wire.Config
	configs   []wire.Config // not sent yet
	facts     *ha.Facts     // not sent yet
	progress  []wire.Progress
	cancels   map[string]context.CancelCauseFunc
	resend    []string // results to tell (again)
	reconnect chan struct{}
	answers   []wire.Result // to commands that could not be noted
	commands  sync.WaitGroup
}

// Open reads what an earlier process left in o.Dir. Close must be called.
func Open(o Options) (*Link, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Backoff == 0 {
		o.Backoff = defaultBackoff
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = defaultMaxBackoff
	}
	if o.Silence == 0 {
		o.Silence = defaultSilence
	}
	if o.Hook == nil {
		o.Hook = func(string, string) {}
	}
	if o.Stopping == nil {
		o.Stopping = errors.New("the agent is stopping")
	}
	id, err := ReadIdentity(o.Dir)
	if err != nil {
		return nil, err
	}
	held, err := lock(o.Dir)
	if err != nil {
		return nil, err
	}
	l := &Link{
		o: o, lock: held, id: id, started: time.Now().UTC(), wake: make(chan struct{}, 1),
		cancels: map[string]context.CancelCauseFunc{}, reconnect: make(chan struct{}, 1),
	}
	if l.spool, err = openSpool(spoolPath(o.Dir), o.Hook); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	if l.journal, err = openJournal(journalPath(o.Dir), o.Log); err != nil {
		return nil, errors.Join(err, l.spool.close(), held.Close())
	}
	return l, nil
}

// Close lets go of the state folder. Run must have returned.
func (l *Link) Close() error { return errors.Join(l.spool.close(), l.lock.Close()) }

// Host returns the ID that enrolment gave.
func (l *Link) Host() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id.Host
}

// Connected says whether the server has welcomed this agent.
func (l *Link) Connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.connected
}

// SetState says what the server should know of the observed state. Only the newest counts, and only differences travel.
// The state must not be changed afterwards.
func (l *Link) SetState(cluster string, s ha.State) {
	l.mu.Lock()
	l.cluster, l.state = cluster, &s
	l.mu.Unlock()
	l.signal()
}

// SetConfig says that the configuration changed. As long as the server is there each is sent; of those that came while it
// was away only the newest few.
func (l *Link) SetConfig(c wire.Config) {
	l.mu.Lock()
	l.config = &c
	if l.connected {
		l.configs = append(l.configs, c)
		l.configs = l.configs[max(0, len(l.configs)-maxConfigs):]
	}
	l.mu.Unlock()
	l.signal()
}

// SetFacts says that what the host says of itself changed.
func (l *Link) SetFacts(f ha.Facts) {
	l.mu.Lock()
	l.facts = &f
	l.mu.Unlock()
	l.signal()
}

// Tell has the events on disk when it returns; they reach the server, once, whenever it is there. One with a Key that was
// told already is left out.
func (l *Link) Tell(events ...wire.Event) error {
	_, _, before := l.spool.last()
	if err := l.spool.add(events...); err != nil {
		return err
	}
	if _, _, lost := l.spool.last(); lost > before {
		l.o.Log.Warn("the spool of events is full: the least important were dropped", "dropped", lost-before)
	}
	l.signal()
	return nil
}

// Waiting returns the events that the server has not confirmed, oldest first.
func (l *Link) Waiting() []wire.Event { return l.spool.all() }

// Handed says of an event that waits, by its key, whether it was sent to a server: that may have it although it has not confirmed it.
func (l *Link) Handed(key string) bool { return l.spool.wasHanded(key) }

// Run keeps the connection until ctx ends, and carries out commands. Those that an earlier process did not finish are
// taken up first. When Run returns, no command runs any more.
func (l *Link) Run(ctx context.Context) error {
	commands, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	for _, id := range l.journal.unfinished() {
		p, err := l.journal.read(id)
		if err != nil {
			l.o.Log.Error("a command that was interrupted is unreadable", "command", id, "err", err)
			continue
		}
		l.o.Log.Info("taking up a command that was interrupted", "command", id, "name", p.Command.Name)
		l.command(commands, p.Command, true)
	}
	var renewal sync.WaitGroup
	renewal.Go(func() { l.renew(ctx) })
	l.dialForever(ctx, commands)
	stop(l.o.Stopping)
	renewal.Wait()
	done := make(chan struct{})
	go func() { l.commands.Wait(); close(done) }()
	late := time.NewTimer(stopWait)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		return fmt.Errorf("commands %v do not come to a safe point", l.running())
	}
}

// dialForever is one session after the other.
func (l *Link) dialForever(ctx, commands context.Context) {
	pause := l.o.Backoff
	for ctx.Err() == nil {
		began := time.Now()
		welcomed, err := l.session(ctx, commands)
		if ctx.Err() != nil {
			return
		}
		log := l.o.Log.With("server", l.server(), "err", err)
		switch {
		case welcomed && time.Since(began) > 10*l.o.Backoff:
			pause = l.o.Backoff
			log.Warn("connection to the server lost")
		case welcomed:
			log.Warn("connection to the server lost soon after it was made")
		default:
			log.Warn("no connection to the server")
		}
		// Half of the pause is chance, so that a server that comes back is not met by all its agents at once.
		wait := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
		if pause *= 2; pause > l.o.MaxBackoff {
			pause = l.o.MaxBackoff
		}
	}
}

func (l *Link) server() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id.Server
}

func (l *Link) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// command carries a command out unless that was done before, in which case its result is told again. Taken up says that an
// earlier process has begun it.
func (l *Link) command(commands context.Context, c wire.Command, takenUp bool) {
	run, now := true, time.Now().UTC()
	if !c.Name.Reads() {
		var err error
		if run, err = l.journal.begin(c, now); err != nil {
			// It could not be noted, so it must not begin: after a restart nobody would know of it.
			l.o.Log.Error("command not carried out", "command", c.ID, "name", c.Name, "err", err)
			if _, told := errors.AsType[*fault.Error](err); !told {
				err = fault.New(fault.Failed, "command.not_noted", "the agent could not write down the command, so it did not begin: %w", err).With("detail", err.Error())
			}
			l.answer(wire.Result{Command: c.ID, Fault: fault.Public(err)})
			return
		}
	}
	if !run {
		l.tellResults()
		return
	}
	l.mu.Lock()
	if l.cancels[c.ID] != nil { // one that reads, and came again after a reconnect
		l.mu.Unlock()
		return
	}
	full := len(l.cancels) >= maxRunning
	ctx, cancel := context.WithCancelCause(commands)
	l.cancels[c.ID] = cancel
	l.mu.Unlock()
	l.commands.Go(func() {
		defer func() {
			cancel(nil)
			l.mu.Lock()
			delete(l.cancels, c.ID)
			l.mu.Unlock()
		}()
		r := wire.Result{Command: c.ID}
		switch {
		case full && !takenUp:
			r.Fault = fault.New(fault.TooMany, "command.too_many", "the agent carries out %d commands already", maxRunning)
		case !c.Deadline.After(now) && !takenUp:
			r.Fault = fault.New(fault.Unreachable, "command.too_late", "the command reached the host after its time")
		case !l.execute(ctx, c, &r):
			l.journal.leave(c.ID)
			return
		}
		if c.Name.Reads() {
			l.answer(r)
			return
		}
		r.At = time.Now().UTC()
		if err := l.journal.finish(r); err != nil {
			// Told from memory it would be lost with the connection. The next process takes the command up and finds it done.
			l.o.Log.Error("the result of a command could not be noted", "command", c.ID, "name", c.Name, "err", err)
			return
		}
		l.tellResults()
	})
}

// answer tells a result that is not in the journal. It is lost with the connection; the server asks again then.
func (l *Link) answer(r wire.Result) {
	r.At = time.Now().UTC()
	l.mu.Lock()
	l.answers = append(l.answers, r)
	l.mu.Unlock()
	l.signal()
}

// execute fills in r, or returns false where the command is left to the next process.
func (l *Link) execute(ctx context.Context, c wire.Command, r *wire.Result) bool {
	ctx, end := context.WithDeadline(ctx, c.Deadline)
	defer end()
	log := l.o.Log.With("command", c.ID, "name", c.Name, "actor", c.Actor)
	log.Debug("command begins")
	output, err := l.o.Execute(ctx, c, func(p wire.Progress) {
		p.Command = c.ID
		if p.At.IsZero() {
			p.At = time.Now().UTC()
		}
		l.mu.Lock()
		l.addProgress(p)
		l.mu.Unlock()
		l.signal()
	})
	cause := context.Cause(ctx)
	if err == nil {
		r.Output = output
		log.Info("command done")
		return true
	}
	if errors.Is(cause, l.o.Stopping) {
		log.Info("command left to the next start of the agent", "err", err)
		return false
	}
	log.Warn("command failed", "err", err)
	if _, told := errors.AsType[*fault.Error](err); !told {
		switch {
		case errors.Is(cause, ErrCancelled):
			err = fault.New(fault.Conflict, "command.cancelled", "the command was cancelled: %w", err)
		case errors.Is(cause, context.DeadlineExceeded):
			err = fault.New(fault.Failed, "command.deadline", "the command did not end in time: %w", err)
		}
	}
	r.Output, r.Fault = output, fault.Public(err)
	return true
}

// addProgress keeps a step to send; the caller holds mu. With the server away it is of no use to anybody.
func (l *Link) addProgress(p wire.Progress) {
	if l.connected {
		l.progress = append(l.progress, p)
		l.progress = l.progress[max(0, len(l.progress)-maxProgress):]
	}
}

// tellResults has every result sent that the server does not have.
func (l *Link) tellResults() {
	ids := l.journal.untold()
	l.mu.Lock()
	l.resend = ids
	l.mu.Unlock()
	l.signal()
}

func (l *Link) cancel(id string) {
	l.mu.Lock()
	cancel := l.cancels[id]
	l.mu.Unlock()
	if cancel != nil {
		cancel(ErrCancelled)
		return
	}
	if err := l.journal.cancel(id, time.Now().UTC()); err != nil {
		l.o.Log.Error("cannot note that a command was cancelled", "command", id, "err", err)
	}
}

// running returns the IDs of commands under way.
func (l *Link) running() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]string, 0, len(l.cancels))
	for id := range l.cancels {
		ids = append(ids, id)
	}
	return ids
}
