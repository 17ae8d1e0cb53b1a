package engine

import (
	"context"
	"errors"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Confirm is how often an observation is told at least, changed or not: internal/ha calls one of 30 s stale.
const Confirm = 10 * time.Second

// Watch observes until ctx ends. State is called for every observation, at least every Confirm; config whenever the
// configuration is another one than the last that was told, and once at the beginning. Config.Command is set where this
// engine made the change. Calls come one at a time; one that takes long delays the next, which then tells the newest.
func (e *Engine) Watch(ctx context.Context, state func(ha.State), config func(wire.Config)) error {
	told := false
	var last ha.Version
	var seen ha.State
	return e.driver.Watch(ctx, func(t Trigger) {
		if t.Same && !seen.At.IsZero() {
			seen.At = now()
			state(seen)
			return
		}
		st, err := e.driver.State(ctx)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("cluster not observed", "err", err)
			}
			return
		}
		seen = st
		state(st)
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
