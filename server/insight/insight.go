// Package insight answers what would happen, why it is as it is, and what ought to be different. It changes nothing: what-if and
// why are asked of an agent, which lets Pacemaker's own scheduler decide on copies.
package insight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// Options make an Insight. All are required.
type Options struct {
	Agents  Agents
	Picture Picture
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

// WhatIf has a scenario played through on a member of the cluster, the one that decides where it can be asked.
func (i *Insight) WhatIf(ctx context.Context, actor, cluster string, s ha.Scenario) (ha.Forecast, error) {
	var f ha.Forecast
	if err := ha.ValidateScenario(s); err != nil {
		return f, err
	}
	err := i.ask(ctx, actor, cluster, wire.WhatIf, s, &f)
	return f, err
}

// Why has the place of a resource explained on a member of the cluster.
func (i *Insight) Why(ctx context.Context, actor, cluster, resource string) (ha.Explanation, error) {
	var e ha.Explanation
	err := i.ask(ctx, actor, cluster, wire.Why, wire.WhyArgs{Resource: resource}, &e)
	return e, err
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
