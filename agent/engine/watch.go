package engine

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Confirm is how often an observation is told at least, changed or not: internal/ha calls one of 30 s stale.
const Confirm = 10 * time.Second

// watched is what Watch and Look share.
type watched struct {
	mu   sync.Mutex // held from the moment of an observation until it is told, the configuration too, so that none overtakes a newer one
	tell func(ha.State)
	seen ha.State // zero: nothing yet
}

// look observes and tells. The caller holds mu.
func (e *Engine) look(ctx context.Context) (ha.State, error) {
	st, err := e.driver.State(ctx)
	if err != nil {
		return ha.State{}, err
	}
	st.Volumes = e.volumes(ctx, e.watch.seen.Volumes)
	e.watch.seen = st
	e.watch.tell(st)
	return st, nil
}

// seen returns what was observed last, where somebody watches and it is fresh: asking for the state of a large cluster takes seconds.
func (e *Engine) seen(ctx context.Context) (ha.State, error) {
	e.watch.mu.Lock()
	st := e.watch.seen
	e.watch.mu.Unlock()
	if !st.At.IsZero() && now().Sub(st.At) <= 2*Confirm {
		return st, nil
	}
	return e.driver.State(ctx)
}

// Look observes now and tells Watch's caller of it, as a command does that has changed what there is to see: whoever has waited
// for its result must not see what was before it. Nothing where nobody watches.
func (e *Engine) Look(ctx context.Context) error {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	if e.watch.tell == nil {
		return nil
	}
	_, err := e.look(ctx)
	return err
}

// LookConfig reads the configuration now and tells it, as a command does that has changed it. None that was read before it is told after
// it: an older one from the node that decides is a backup that somebody has restored.
func (e *Engine) LookConfig(ctx context.Context, tell func(wire.Config)) error {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	c, err := e.Config(ctx)
	if err != nil {
		return err
	}
	tell(c)
	return nil
}

// Watch observes until ctx ends. State is called for every observation, at least every Confirm; config whenever the
// configuration is another one than the last that was told, and once at the beginning. Config.Command is set where this
// engine made the change. Calls come one at a time; one that takes long delays the next, which then tells the newest.
func (e *Engine) Watch(ctx context.Context, state func(ha.State), config func(wire.Config)) error {
	told := false
	var last ha.Version
	e.watch.mu.Lock()
	e.watch.tell = state
	e.watch.mu.Unlock()
	if d, err := e.replication(); err == nil {
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := d.Watch(ctx, func() { e.lookVolumes(ctx) }); err != nil && ctx.Err() == nil {
				e.log.Error("volumes are not watched", "err", err)
			}
		}()
		defer func() { cancel(); <-ended }()
	}
	return e.driver.Watch(ctx, func(t Trigger) {
		e.watch.mu.Lock()
		defer e.watch.mu.Unlock()
		if seen := &e.watch.seen; t.Same && !seen.At.IsZero() {
			seen.At = now()
			state(*seen)
			return
		}
		st, err := e.look(ctx)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("cluster not observed", "err", err)
			}
			return
		}
		if !st.Running || !t.Config && told {
			told = told && st.Running // whatever happens while nobody looks is told when it is back
			return
		}
		c, err := e.Config(ctx)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, ErrDown) {
				e.log.Warn("configuration not read", "err", err)
			}
			told = false
			return
		}
		if told && c.Config.Version.SameConfig(last) {
			return
		}
		told, last = true, c.Config.Version
		config(c)
	})
}

// lookVolumes observes this host's volumes alone, and tells where they are different. The rest of the cluster has nothing to do with it, and
// asking for it would take a program for each block that DRBD copies.
func (e *Engine) lookVolumes(ctx context.Context) {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	seen := &e.watch.seen
	if seen.At.IsZero() || e.watch.tell == nil {
		return
	}
	list := e.volumes(ctx, seen.Volumes)
	if len(list) == len(seen.Volumes) && (len(list) == 0 || reflect.DeepEqual(list, seen.Volumes)) || ctx.Err() != nil {
		return
	}
	seen.Volumes, seen.At = list, now()
	e.watch.tell(*seen)
}

// Config reads the configuration as it is.
func (e *Engine) Config(ctx context.Context) (wire.Config, error) {
	data, err := e.driver.CIB(ctx)
	if err != nil {
		return wire.Config{}, err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return wire.Config{}, err
	}
	c := wire.Config{Cluster: cib.ClusterName(), Config: cib.Config(), XML: cib.ConfigXML()}
	c.Command = e.maker(cib)
	return c, nil
}

func observe(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	st, err := e.driver.State(ctx)
	if err != nil {
		return nil, err
	}
	st.Volumes = e.volumes(ctx, nil)
	out := wire.ObserveOutput{State: st}
	if st.Running {
		c, err := e.Config(ctx)
		if err != nil {
			return nil, err
		}
		out.Config = &c
	}
	return out, nil
}
