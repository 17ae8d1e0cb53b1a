package target

import (
	"context"
	"encoding/json"
	"fmt"
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

// timesPatience bounds the question how long operations took: a person waits, and what a node does not tell in time another may know.
const timesPatience = 6 * time.Second

// Budgets computes the failover budget of every service, against its target.
func (t *Targets) Budgets(ctx context.Context, actor, cluster string) ([]ha.Budget, error) {
	k, err := t.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	kept, err := t.o.Store.Targets(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return against(ha.Budgets(basis(k, k.Config.Config, t.times(ctx, actor, k))), kept), ctx.Err()
}

// Budget computes that of one service.
func (t *Targets) Budget(ctx context.Context, actor, cluster, service string) (ha.Budget, error) {
	list, err := t.Budgets(ctx, actor, cluster)
	if err != nil {
		return ha.Budget{}, err
	}
	for _, b := range list {
		if b.Service == service {
			return b, nil
		}
	}
	return ha.Budget{}, noService(cluster, service)
}

// Breaks says which targets a change of the configuration would break. A cluster without targets is asked nothing.
func (t *Targets) Breaks(ctx context.Context, actor, cluster string, after ha.Config) ([]ha.Finding, error) {
	kept, err := t.o.Store.Targets(ctx, cluster)
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	k, err := t.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	times := t.times(ctx, actor, k)
	before := against(ha.Budgets(basis(k, k.Config.Config, times)), kept)
	return ha.Breaks(before, against(ha.Budgets(basis(k, &after, times)), kept)), ctx.Err()
}

// BreaksTiming says of each of some timings which targets it would break.
func (t *Targets) BreaksTiming(ctx context.Context, actor, cluster string, timings []ha.Timing) ([][]ha.Finding, error) {
	list := make([][]ha.Finding, len(timings))
	kept, err := t.o.Store.Targets(ctx, cluster)
	if err != nil || len(kept) == 0 {
		return list, err
	}
	k, err := t.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	b := basis(k, k.Config.Config, t.times(ctx, actor, k))
	before := against(ha.Budgets(b), kept)
	for i, timing := range timings {
		b.Setup.Timing = timing
		list[i] = ha.Breaks(before, against(ha.Budgets(b), kept))
	}
	return list, ctx.Err()
}

func noService(cluster, service string) error {
	return fault.New(fault.NotFound, "target.no_service", "cluster %s has no service %s", cluster, service).With("cluster", cluster, "service", service)
}

func basis(k fleet.Known, cfg *ha.Config, times []ha.OperationTime) ha.BudgetBasis {
	return ha.BudgetBasis{Config: cfg, State: k.State, Setup: k.Setup, Times: times}
}

func against(list []ha.Budget, kept map[string]ha.Target) []ha.Budget {
	for i, b := range list {
		list[i] = b.Against(kept[b.Service])
	}
	return list
}

// times asks every member that is connected: each has seen only what happened while its agent ran. Who does not answer is passed over,
// because a budget without its figures says so itself.
func (t *Targets) times(ctx context.Context, actor string, k fleet.Known) []ha.OperationTime {
	answers := make([][]ha.OperationTime, len(k.Members))
	var wg sync.WaitGroup
	for i, m := range k.Members {
		if !m.Connected || t.o.Agents == nil {
			continue
		}
		wg.Go(func() {
			if list, err := t.timesOf(ctx, actor, m.Host); err == nil {
				answers[i] = list
			}
		})
	}
	wg.Wait()
	return ha.MergeTimes(answers...)
}

func (t *Targets) timesOf(ctx context.Context, actor, host string) ([]ha.OperationTime, error) {
	args, err := json.Marshal(wire.NoArgs{})
	if err != nil {
		return nil, fmt.Errorf("encode arguments of %s: %w", wire.OperationTimes, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timesPatience)
	defer cancel()
	r, err := t.o.Agents.Do(ctx, host, wire.Command{Name: wire.OperationTimes, Args: args, Actor: actor, Deadline: t.o.Now().Add(timesPatience).UTC()}, nil)
	if err != nil {
		return nil, err
	}
	var out wire.OperationTimesOutput
	if err := json.Unmarshal(r.Output, &out); err != nil {
		return nil, fmt.Errorf("read output of %s: %w", wire.OperationTimes, err)
	}
	return out.Times, nil
}
