package reconcile

import (
	"context"
	"slices"
	"strings"
	"sync"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// Targets says which targets of services timings would break.
type Targets interface {
	BreaksTiming(ctx context.Context, actor, cluster string, timings []ha.Timing) ([][]ha.Finding, error)
}

// setTiming changes how fast the cluster notices. Ping times that follow from the token follow it; those that somebody has set by hand
// stay, if they still fit.
func setTiming(_ context.Context, _ *Engine, m *memo, _ fleet.Known, before ha.Setup) ([]ha.Setup, error) {
	after := before
	after.Timing = *m.Request.Timing
	if err := ha.ValidateTiming(after.Timing, len(after.Nodes)); err != nil {
		return nil, err
	}
	after.Timing = after.Timing.Resolved(len(after.Nodes))
	after.Links = slices.Clone(after.LinkList())
	return []ha.Setup{after}, nil
}

// Timing shows how fast a cluster notices, measures its network and machines, and says which profile is safe.
func (e *Engine) Timing(ctx context.Context, actor, cluster string) (api.TimingShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.TimingShown{}, err
	}
	out := api.TimingShown{Hosts: e.measure(ctx, actor, k), Links: ha.LinkTimings(k.Setup)}
	jitter, missed := 0, 0
	for _, h := range out.Hosts {
		jitter, missed = max(jitter, h.JitterUS), max(missed, h.MissedUS)
	}
	var links []ha.LinkState
	if k.State != nil {
		links = k.State.Links
	}
	n := len(k.Setup.Nodes)
	out.Timing = k.Setup.Timing.Resolved(n)
	out.Budget = ha.NodeLossOf(out.Timing, n, k.Config.Config)
	if k.LastMove != nil {
		out.Budget.LastOutageMS = k.LastMove.TookMS
	}
	out.Measured = ha.Measure(links, jitter, missed)
	out.Profiles, out.Advice = ha.Profiles(k.Setup, k.Config.Config, out.Measured)
	if e.o.Targets == nil {
		return out, nil
	}
	var timings []ha.Timing
	for _, p := range out.Profiles {
		timings = append(timings, ha.Timing{Profile: p.Name})
	}
	breaks, err := e.o.Targets.BreaksTiming(ctx, actor, cluster, timings)
	if err != nil {
		return api.TimingShown{}, err
	}
	for i, list := range breaks {
		out.Profiles[i].Breaks = list
	}
	return out, nil
}

// measure looks at the nodes that are connected, all at once.
func (e *Engine) measure(ctx context.Context, actor string, k fleet.Known) []api.MeasuredHost {
	list := []api.MeasuredHost{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, one := range k.Members {
		if !one.Connected {
			continue
		}
		wg.Go(func() {
			h := api.MeasuredHost{Node: one.Node}
			var out wire.ConfOutput
			if err := e.read(ctx, actor, one.Host, wire.ReadConf, wire.NoArgs{}, &out); err != nil {
				h.Fault = fault.Public(err)
			}
			h.JitterUS, h.MissedUS = out.JitterUS, out.MissedUS
			mu.Lock()
			defer mu.Unlock()
			list = append(list, h)
		})
	}
	wg.Wait()
	slices.SortFunc(list, func(a, b api.MeasuredHost) int { return strings.Compare(a.Node, b.Node) })
	return list
}
