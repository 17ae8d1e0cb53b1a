// Package insight answers what would happen, why it is as it is, and what ought to be different. It changes nothing: what-if and
// why are asked of an agent, which lets Pacemaker's own scheduler decide on copies.
package insight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// Agents sends a command to an agent and waits for its result.
type Agents interface {
	Do(ctx context.Context, host string, c wire.Command, progress func(wire.Progress)) (wire.Result, error)
}

// Picture is what is known of clusters.
type Picture interface {
	Known(cluster string) (fleet.Known, error)
}

// Targets says which targets of services a change would break.
type Targets interface {
	Breaks(ctx context.Context, actor, cluster string, after ha.Config) ([]ha.Finding, error)
}

// Options make an Insight. All are required.
type Options struct {
	Agents  Agents
	Picture Picture
	Targets Targets
	Now     func() time.Time // nil: time.Now
}

// Insight answers. Its methods may be called at once.
type Insight struct{ o Options }

// New returns an Insight.
func New(o Options) *Insight {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Insight{o}
}

// patience bounds a question: 32 nodes and 500 resources need a few seconds for each decision, and a why asks for several.
const patience = 2 * time.Minute

// WhatIf has a scenario played through on a member of the cluster, the one that decides where it can be asked. Of a scenario that changes
// the configuration it says as well which targets that would break.
func (i *Insight) WhatIf(ctx context.Context, actor, cluster string, s ha.Scenario) (ha.Forecast, error) {
	var f ha.Forecast
	if err := ha.ValidateScenario(s); err != nil {
		return f, err
	}
	var out wire.WhatIfOutput
	if err := i.ask(ctx, actor, cluster, wire.WhatIf, s, &out); err != nil {
		return f, err
	}
	f = out.Forecast
	var err error
	if out.Changed != nil {
		f.Warnings, err = i.o.Targets.Breaks(ctx, actor, cluster, *out.Changed)
	}
	return f, err
}

// Why has the place of a resource explained on a member of the cluster.
func (i *Insight) Why(ctx context.Context, actor, cluster, resource string) (ha.Explanation, error) {
	var e ha.Explanation
	err := i.ask(ctx, actor, cluster, wire.Why, wire.WhyArgs{Resource: resource}, &e)
	return e, err
}

// decisionsTime bounds a list of decisions: a person waits for it, and what is not there yet comes with the next one.
const decisionsTime = 6 * time.Second

// Decisions lists what Pacemaker's scheduler has decided in a span, newest first, and the nodes that did not answer: each node knows
// only what it has decided itself.
func (i *Insight) Decisions(ctx context.Context, actor, cluster string, since, until time.Time, limit int) (list []ha.Decision, silent []string, err error) {
	k, err := i.o.Picture.Known(cluster)
	if err != nil {
		return nil, nil, err
	}
	answers := make([][]ha.Decision, len(k.Members))
	failed := make([]bool, len(k.Members))
	var wg sync.WaitGroup
	for n, m := range k.Members {
		wg.Go(func() {
			var out wire.DecisionsOutput
			args := wire.DecisionsArgs{Since: since, Until: until, Limit: limit}
			failed[n] = !m.Connected || i.askMember(ctx, actor, m, decisionsTime, wire.Decisions, args, &out) != nil
			answers[n] = out.Decisions
		})
	}
	wg.Wait()
	for n, m := range k.Members {
		list = append(list, answers[n]...)
		if failed[n] {
			silent = append(silent, m.Node)
		}
	}
	slices.SortFunc(list, func(a, b ha.Decision) int { return b.At.Compare(a.At) })
	return list[:min(len(list), limit)], silent, ctx.Err()
}

// ask asks one member.
func (i *Insight) ask(ctx context.Context, actor, cluster string, name wire.CommandName, args, out any) error {
	k, err := i.o.Picture.Known(cluster)
	if err != nil {
		return err
	}
	member, err := k.Asked("")
	if err != nil {
		return err
	}
	return i.askMember(ctx, actor, member, patience, name, args, out)
}

func (i *Insight) askMember(ctx context.Context, actor string, member fleet.Member, patience time.Duration, name wire.CommandName, args, out any) error {
	data, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encode arguments of %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := wire.Command{Name: name, Args: data, Actor: actor, Deadline: i.o.Now().Add(patience).UTC()}
	r, err := i.o.Agents.Do(ctx, member.Host, c, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unreachable, "command.no_answer", "the agent of host %s has not answered in time", member.Node).With("host", member.Node)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.Output, out); err != nil {
		return fmt.Errorf("read output of %s: %w", name, err)
	}
	return nil
}
