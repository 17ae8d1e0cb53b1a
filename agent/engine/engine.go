// Package engine carries out the commands of internal/wire on one node: plan, commit, verify, roll back.
//
// Each command is a list of named steps. What a step is about to do is in a journal on disk before it does it, so that a command
// whose agent was killed anywhere is taken up again when it is given again with the same ID: it is finished, or taken
// back, and its result says which and why. A command that has ended gives the same result again.
package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"hawser/agent/insight"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// ErrStopping, as the cause of a context's end, says that the agent ends while the command should go on after its restart:
// nothing is rolled back. Any other end of a context is a cancellation.
var ErrStopping = errors.New("the agent is stopping")

// Options make an Engine.
type Options struct {
	Driver   Driver       // required
	StateDir string       // required: where the journal is kept, mode 0700
	Log      *slog.Logger // nil: nothing is logged
	// Hook, where set, is called at each point of each step. Tests end the process there.
	Hook func(Point)
}

// Point is a moment in a step.
type Point struct {
	Command wire.CommandName
	Step    string
	Phase   wire.Phase
	After   bool // the phase has just been carried out; else it is about to be
}

// String is how a Point is named on a command line: config.edit/patch/commit/before.
func (p Point) String() string {
	when := "before"
	if p.After {
		when = "after"
	}
	return fmt.Sprintf("%s/%s/%s/%s", p.Command, p.Step, p.Phase, when)
}

// Engine carries out commands. Its methods may be called at once.
type Engine struct {
	driver  Driver
	journal journal
	log     *slog.Logger
	hook    func(Point)

	watch     watched
	decisions insight.Decisions

	host sync.Mutex // held by a command that changes this host's files or daemons; no two of these at once

	mu      sync.Mutex                // guards what is below
	running map[string]chan struct{}  // commands at work, by ID; closed when done
	busy    map[string]string         // resources that a move or restart works on, and by which command
	made    []work                    // configurations that commands of this engine have made, newest last
	metas   map[string]cachedMetadata // what agents said of themselves
}

// New returns an Engine.
func New(o Options) (*Engine, error) {
	if o.Driver == nil || o.StateDir == "" {
		return nil, errors.New("engine: driver and state folder are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hook == nil {
		o.Hook = func(Point) {}
	}
	j, err := openJournal(filepath.Join(o.StateDir, "journal"))
	if err != nil {
		return nil, err
	}
	return &Engine{
		driver: o.Driver, journal: j, log: o.Log, hook: o.Hook,
		running: map[string]chan struct{}{}, busy: map[string]string{}, metas: map[string]cachedMetadata{},
	}, nil
}

// Facts says what the host is.
func (e *Engine) Facts(ctx context.Context) (ha.Facts, error) { return e.driver.Facts(ctx) }

// Do carries out a command and returns its output. Output and error may both be there: an edit that was made, but whose
// resource did not start, has both.
//
// The same ID again gives the same result, waits where the command is still at work, and takes up what an earlier process left.
// When ctx ends the command stops at its next safe point and rolls back, unless the cause is ErrStopping: then it is left as
// it stands, and err wraps ErrStopping.
func (e *Engine) Do(ctx context.Context, c wire.Command, progress func(wire.Progress)) (json.RawMessage, error) {
	if progress == nil {
		progress = func(wire.Progress) {}
	}
	build, known := commands[c.Name]
	if !known {
		return nil, fault.New(fault.Invalid, "command.unknown", "unknown command %q", c.Name).With("name", string(c.Name))
	}
	if build.reads != nil { // changes nothing, so there is nothing to remember
		if !c.Deadline.IsZero() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, c.Deadline)
			defer cancel()
		}
		out, err := build.reads(ctx, e, c)
		return encode(out, e.explain(ctx, err))
	}
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	for {
		e.mu.Lock()
		done, atWork := e.running[c.ID]
		if !atWork {
			done = make(chan struct{})
			e.running[c.ID] = done
		}
		e.mu.Unlock()
		if !atWork {
			defer func() {
				e.mu.Lock()
				delete(e.running, c.ID)
				e.mu.Unlock()
				close(done)
			}()
			break
		}
		select {
		case <-done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return e.carryOut(ctx, c, build, progress)
}

// encode makes an output fit for a wire.Result.
func encode(out any, err error) (json.RawMessage, error) {
	if out == nil {
		return nil, err
	}
	data, encodeErr := json.Marshal(out)
	if encodeErr != nil {
		return nil, errors.Join(err, fmt.Errorf("encode output: %w", encodeErr))
	}
	return data, err
}

// decode reads a command's arguments; unknown fields are of a newer server and are refused, because what they ask is unknown.
func decode[T any](c wire.Command) (T, error) {
	var args T
	if len(c.Args) == 0 {
		return args, nil
	}
	d := json.NewDecoder(bytes.NewReader(c.Args))
	d.DisallowUnknownFields()
	if err := d.Decode(&args); err != nil {
		return args, fault.New(fault.Invalid, "command.args_invalid", "arguments of %s: %w", c.Name, err).With("name", string(c.Name))
	}
	return args, nil
}

// explain turns what stopped a command into what a user may be told.
func (e *Engine) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrStopping):
		return err
	case fault.CodeOf(err) != fault.Internal:
		return err
	case errors.Is(err, ErrDown):
		return fault.New(fault.Unreachable, "cluster.not_running", "the cluster does not run on node %s", e.driver.Node()).With("node", e.driver.Node())
	case errors.Is(err, ErrMoved):
		return fault.New(fault.Conflict, "config.moved_on", "the configuration has changed meanwhile")
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
		return fault.New(fault.Failed, "command.timeout", "it was not done within its time: %w", err)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fault.New(fault.Failed, "command.cancelled", "cancelled: %w", err)
	}
	return err
}

// now is UTC, as everything inside.
func now() time.Time { return time.Now().UTC() }
