package reconcile

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// syncNode brings a node that was off while corosync.conf was changed to the same file. Corosync itself keeps such a node out: it ends when
// it meets others with a higher config_version; so its daemons are started again where they should run.
var syncNode = kind{
	check: func(_ context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		one, err := member(k, m.Request.Object)
		if err != nil {
			return err
		}
		if !one.Connected {
			return errAway(one)
		}
		m.hosts(k)
		m.Host, m.Node = one.Host, one.Node
		m.After = &k.Setup
		if other, err := k.Asked(one.Node); err == nil {
			m.Members = []string{other.Node} // who tells whether it is back
		}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		node, setup := m.Node, *m.After
		stages := []stage{
			{{name: "update", node: node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.configure(ctx, s, node, setup, true, 0)
			}}},
			{{name: "reread", node: node, do: func(ctx context.Context, j *job, s *spot) error {
				if err := j.reload(ctx, s, node); err != nil {
					// Corosync may be about to end, because it has met the others with its old file: then it reads the new one when it
					// is started again.
					j.e.o.Log.Info("straggler does not reload", "cluster", j.op.Cluster, "node", node, "err", err)
					return errSkip
				}
				return nil
			}}},
		}
		if setup.Autostart {
			stages = append(stages, stage{{name: "start", node: node, do: func(ctx context.Context, j *job, s *spot) error { return j.startStraggler(ctx, s) }}})
			for _, other := range m.Members {
				stages = append(stages, stage{settleStep(other, wire.SettleArgs{Online: []string{node}})})
			}
		}
		return append(stages, stage{{name: "record", do: func(ctx context.Context, j *job, _ *spot) error {
			version := strconv.FormatUint(setup.Version, 10)
			return j.e.o.Picture.Note(ctx, j.op.Cluster+"/synced/"+j.op.ID, api.Event{
				At: j.e.now(), Cluster: j.op.Cluster, Kind: string(ha.NodeSynced), Severity: ha.Info, Object: node, Actor: j.op.Actor,
				Args: map[string]string{"node": node, "version": version},
			})
		}}}), nil
	},
}

// startTries is how often a straggler is started: its Corosync may end under the hands of who starts it, because it met the others with its
// old file a moment before it got the new one.
const startTries = 5

func (j *job) startStraggler(ctx context.Context, s *spot) error {
	var err error
	for try := range startTries {
		a := j.to(s.node, wire.StartHost, wire.StartArgs{Cluster: j.op.Cluster})
		a.timeout, a.nth = startTime, try
		if _, err = j.send(ctx, s, a, nil); err == nil || fault.CodeOf(err) != fault.Failed {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return err
}

const (
	// stragglerLook is how often stragglers are looked for, stragglerPause how long one is left alone after an attempt: its agent
	// has to tell what has become of it.
	stragglerLook  = time.Second
	stragglerPause = 30 * time.Second
	// Self is the actor of what the server does by itself.
	Self = "hawser"
)

// watchStragglers brings stragglers to the same configuration until ctx ends.
func (e *Engine) watchStragglers(ctx context.Context) {
	tick := time.NewTicker(stragglerLook)
	defer tick.Stop()
	tried, cleared := map[fleet.Straggler]time.Time{}, map[fleet.Lapsed]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		e.clearLapsed(ctx, cleared)
		for s, at := range tried {
			if time.Since(at) > stragglerPause {
				delete(tried, s)
			}
		}
		for _, s := range e.o.Picture.Stragglers() {
			if _, lately := tried[s]; lately || e.busy(s.Cluster) {
				continue
			}
			tried[s] = time.Now()
			if err := e.syncStraggler(ctx, s); err != nil && ctx.Err() == nil {
				e.o.Log.Warn("straggler not brought to the cluster's corosync.conf", "cluster", s.Cluster, "node", s.Node, "err", err)
			}
		}
	}
}

func (e *Engine) busy(cluster string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.claims[cluster] != nil
}

// isBehind asks a straggler itself: what it has told last may have been seen before its file was written.
func (e *Engine) isBehind(ctx context.Context, actor string, s fleet.Straggler) (bool, error) {
	var out wire.ConfOutput
	if err := e.read(ctx, actor, s.Host, wire.ReadConf, wire.NoArgs{}, &out); err != nil {
		return false, named(err, s.Node)
	}
	return out.Setup.Version < s.Want, nil
}

func (e *Engine) syncStraggler(ctx context.Context, s fleet.Straggler) error {
	if is, err := e.isBehind(ctx, Self, s); err != nil || !is {
		return err
	}
	have, want := strconv.FormatUint(s.Version, 10), strconv.FormatUint(s.Want, 10)
	if err := e.o.Picture.Note(ctx, fmt.Sprintf("%s/straggler/%s/%s-%s", s.Cluster, s.Node, have, want), api.Event{
		At: e.now(), Cluster: s.Cluster, Kind: string(ha.NodeStraggler), Severity: ha.Warning, Object: s.Node, Actor: Self,
		Args: map[string]string{"node": s.Node, "version": have, "want": want},
	}); err != nil {
		return err
	}
	_, err := e.Begin(ctx, Request{Kind: "node.sync", Cluster: s.Cluster, Object: s.Node, Actor: Self})
	if fault.CodeOf(err) == fault.Conflict {
		return nil // something else is changing the cluster; it is looked at again
	}
	return err
}
