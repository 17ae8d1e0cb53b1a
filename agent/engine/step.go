package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// rollBackTime bounds a roll back, which must not depend on the context that has just ended: a CIB patch takes milliseconds,
// but the cluster may be electing a controller.
const rollBackTime = 60 * time.Second

// Step is one named part of a command. Nil functions are nothing to do.
type Step struct {
	Name string
	// Plan refuses what must not or cannot be done, before anything has changed, and says whether it is so already.
	// The plans of all steps are asked before the first commit.
	Plan func(context.Context) (done bool, err error)
	// Commit does it. It may be called again after it was interrupted anywhere.
	Commit func(context.Context) error
	// Verify waits until it can be seen to be done.
	Verify func(context.Context) error
	// RollBack takes it back. It is called when this step or a later one failed after the commit was begun, and may be
	// called again.
	RollBack func(context.Context) error
}

// resume says what to do with a command whose agent was killed.
type resume int

const (
	goOn   resume = iota // finish it: every step may be done again
	goBack               // take it back, unless all commits were done
	never                // neither repeat nor take back; say what is known
)

// plan is a command as it will be carried out.
type plan struct {
	steps  []Step
	resume resume
	// output is what the command gives; it is asked after the last step, and after a failure where partial is set.
	output  func(context.Context) (any, error)
	partial bool
	onHost  bool // it changes this host's files or daemons
}

// task is a command at work.
type task struct {
	e        *Engine
	command  wire.Command
	entry    *entry
	progress func(wire.Progress)
	resumed  bool
}

// has says whether the plan of an earlier process, or this one, has kept a value.
func (t *task) has(name string) bool { _, has := t.entry.Data[name]; return has }

// load reads a kept value.
func (t *task) load(name string, into any) error {
	if err := json.Unmarshal(t.entry.Data[name], into); err != nil {
		return fmt.Errorf("journal of %s: %s: %w", t.command.ID, name, err)
	}
	return nil
}

// keep notes a value that must outlive this process. It is on disk before the first commit.
func (t *task) keep(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if t.entry.Data == nil {
		t.entry.Data = map[string]json.RawMessage{}
	}
	t.entry.Data[name] = data
	return t.e.journal.store(t.entry)
}

func (t *task) step(name string) *stepEntry {
	for i := range t.entry.Steps {
		if t.entry.Steps[i].Name == name {
			return &t.entry.Steps[i]
		}
	}
	t.entry.Steps = append(t.entry.Steps, stepEntry{Name: name})
	return &t.entry.Steps[len(t.entry.Steps)-1]
}

// mark changes the entry of a step and writes the journal.
func (t *task) mark(name string, change func(*stepEntry)) error {
	change(t.step(name))
	return t.e.journal.store(t.entry)
}

// at tells that a phase begins, and lets tests end the process.
func (t *task) at(step string, phase wire.Phase) {
	t.progress(wire.Progress{Command: t.command.ID, Step: step, Phase: phase, At: now()})
	t.e.hook(Point{Command: t.command.Name, Step: step, Phase: phase})
}

func (t *task) after(step string, phase wire.Phase) {
	t.e.hook(Point{Command: t.command.Name, Step: step, Phase: phase, After: true})
}

// carryOut runs or resumes a command and notes its outcome.
func (e *Engine) carryOut(ctx context.Context, c wire.Command, b builder, progress func(wire.Progress)) (json.RawMessage, error) {
	found, err := e.journal.load(c.ID)
	if err != nil {
		return nil, err
	}
	t := &task{e: e, command: c, entry: found, progress: progress, resumed: found != nil}
	if found == nil {
		t.entry = &entry{Command: c, Begun: now()}
	} else if found.Outcome != nil {
		if found.Outcome.Fault != nil {
			return found.Outcome.Output, found.Outcome.Fault
		}
		return found.Outcome.Output, nil
	}
	if !c.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.Deadline)
		defer cancel()
	}
	p, err := b.plan(ctx, t)
	for _, s := range p.steps {
		if !slices.Contains(b.steps, s.Name) { // before anything has changed: a step of which Steps does not know is tested by nobody
			return nil, fmt.Errorf("step %s is not in the list of %s", s.Name, c.Name)
		}
	}
	if err == nil {
		if p.onHost {
			e.host.Lock()
			defer e.host.Unlock()
		}
		err = t.run(ctx, p)
	}
	if errors.Is(context.Cause(ctx), ErrStopping) && err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Name, c.ID, ErrStopping)
	}
	err = e.explain(ctx, err)
	var out any
	if p.output != nil && (err == nil || p.partial) {
		var outErr error
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollBackTime)
		if out, outErr = p.output(after); outErr != nil && err == nil {
			err = e.explain(ctx, outErr)
		}
		cancel()
	}
	output, err := encode(out, err)
	t.entry.Outcome = &outcome{At: now(), Output: output}
	if err != nil {
		if fault.CodeOf(err) == fault.Internal {
			e.log.Error("command failed", "command", c.ID, "name", string(c.Name), "err", err)
		}
		t.entry.Outcome.Fault = fault.Public(err)
	}
	// Arguments and data may be secret and are done with.
	t.entry.Command.Args, t.entry.Data = nil, nil
	if storeErr := e.journal.store(t.entry); storeErr != nil {
		return output, errors.Join(err, storeErr)
	}
	if forgetErr := e.journal.forget(); forgetErr != nil {
		e.log.Warn("journal not tidied", "err", forgetErr)
	}
	return output, err
}

// run carries out the steps of p, or takes them up where an earlier process left them.
func (t *task) run(ctx context.Context, p plan) error {
	if errors.Is(context.Cause(ctx), ErrStopping) {
		return ErrStopping // it stays as the process before this one has left it
	}
	if t.resumed && t.begun() {
		switch {
		case t.entry.Rolling != nil: // what was being taken back is not finished instead
			return t.takeBack(ctx, p, t.entry.Rolling)
		case p.resume == never:
			return t.interrupted(false)
		case p.resume == goBack && !t.committed(p), ctx.Err() != nil:
			t.e.log.Warn("taking back an interrupted command", "command", t.command.ID, "name", string(t.command.Name))
			return t.takeBack(ctx, p, t.interrupted(true))
		}
		t.e.log.Info("going on with an interrupted command", "command", t.command.ID, "name", string(t.command.Name))
	}
	skip := map[string]bool{}
	for _, s := range p.steps {
		if t.step(s.Name).Done {
			skip[s.Name] = true
			continue
		}
		if s.Plan == nil || t.step(s.Name).Committing {
			continue
		}
		t.at(s.Name, wire.Plan)
		done, err := s.Plan(ctx)
		if err != nil {
			return err
		}
		t.after(s.Name, wire.Plan)
		if done {
			skip[s.Name] = true
			t.step(s.Name).Done = true
		}
	}
	if err := t.e.journal.store(t.entry); err != nil {
		return err
	}
	for _, s := range p.steps {
		if skip[s.Name] {
			continue
		}
		if err := t.do(ctx, s); err != nil {
			if errors.Is(context.Cause(ctx), ErrStopping) {
				return err // taken up again after the restart
			}
			t.e.log.Warn("step failed", "command", t.command.ID, "name", string(t.command.Name), "step", s.Name, "err", err)
			return t.takeBack(ctx, p, t.e.explain(ctx, err))
		}
	}
	return nil
}

// takeBack rolls back because of why, which is noted first: whoever takes the command up after an interruption goes on with that.
func (t *task) takeBack(ctx context.Context, p plan, why error) error {
	t.entry.Rolling = fault.Public(why)
	if err := t.e.journal.store(t.entry); err != nil {
		return errors.Join(why, err)
	}
	back := t.rollBack(ctx, p)
	if back != nil && t.resumed {
		return errors.Join(back, why) // "interrupted" says that all is as before
	}
	return errors.Join(why, back)
}

// do commits and verifies one step.
func (t *task) do(ctx context.Context, s Step) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if s.Commit != nil && !t.step(s.Name).Committed {
		if err := t.mark(s.Name, func(e *stepEntry) { e.Committing = true }); err != nil {
			return err
		}
		t.at(s.Name, wire.Commit)
		if err := s.Commit(ctx); err != nil {
			return err
		}
		t.after(s.Name, wire.Commit) // before it is noted: an agent that is killed here is the hardest case
		if err := t.mark(s.Name, func(e *stepEntry) { e.Committed = true }); err != nil {
			return err
		}
	}
	if s.Verify != nil {
		t.at(s.Name, wire.Verify)
		if err := s.Verify(ctx); err != nil {
			return err
		}
		t.after(s.Name, wire.Verify)
	}
	return t.mark(s.Name, func(e *stepEntry) { e.Done = true })
}

// rollBack takes back what was begun, last first. It goes on after a failure, so that as much as possible is as it was.
func (t *task) rollBack(ctx context.Context, p plan) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollBackTime)
	defer cancel()
	var errs []error
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := p.steps[i]
		if s.RollBack == nil || !t.step(s.Name).Committing || t.step(s.Name).RolledBack {
			continue
		}
		t.at(s.Name, wire.RollBack)
		if err := s.RollBack(ctx); err != nil {
			errs = append(errs, fault.New(fault.Failed, "command.not_rolled_back", "step %s could not be taken back: %w", s.Name, err).
				With("step", s.Name, "why", err.Error()))
			continue
		}
		if err := t.mark(s.Name, func(e *stepEntry) { e.RolledBack = true }); err != nil {
			errs = append(errs, err)
		}
		t.after(s.Name, wire.RollBack)
	}
	return errors.Join(errs...)
}

// begun says whether anything may have changed.
func (t *task) begun() bool {
	for _, s := range t.entry.Steps {
		if s.Committing {
			return true
		}
	}
	return false
}

// committed says whether all steps that commit have done so.
func (t *task) committed(p plan) bool {
	for _, s := range p.steps {
		if e := t.step(s.Name); s.Commit != nil && !e.Committed && !e.Done {
			return false
		}
	}
	return true
}

// interrupted is the fault of a command that did not survive the end of its agent.
func (t *task) interrupted(takenBack bool) error {
	last := ""
	for _, s := range t.entry.Steps {
		if s.Committing {
			last = s.Name
		}
	}
	if takenBack {
		return fault.New(fault.Failed, "command.interrupted", "the agent ended during step %s; it was taken back", last).With("step", last)
	}
	return fault.New(fault.Failed, "command.unknown_end", "the agent ended during step %s; how that ended is not known", last).With("step", last)
}
