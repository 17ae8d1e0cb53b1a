package insight

import (
	"context"
	"regexp"
	"slices"
	"sync"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

const (
	// mostDecisions bounds a list; playTime is how long the scheduler may be asked for one: what is not known by then is known the
	// next time.
	mostDecisions = 500
	playTime      = 3 * time.Second
	// mostPlayed bounds what is remembered; a decision has a few hundred bytes.
	mostPlayed = 2000
)

// Decisions remembers what the scheduler has decided: an input never changes. It may be used by several goroutines at once.
type Decisions struct {
	mu     sync.Mutex // guards what follows; not held while the scheduler is asked
	played map[pacemaker.Input][]ha.ForecastAction
	order  []pacemaker.Input
}

// inputKind is how the scheduler files what it was given.
var inputKind = regexp.MustCompile(`^pe-(input|warn|error)-`)

// List returns what was decided on a node in a span, newest first, without decisions that nothing came of. The newest are played
// first.
func (d *Decisions) List(ctx context.Context, s Scheduler, store Store, node string, since, until time.Time, limit int) ([]ha.Decision, error) {
	inputs, err := store.Inputs(ctx)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	list := []ha.Decision{}
	for _, in := range inputs {
		if !until.IsZero() && !in.Written.Before(until) {
			continue
		}
		if in.Written.Before(since) || len(list) >= min(limit, mostDecisions) {
			break
		}
		one := ha.Decision{At: in.Written.UTC(), Node: node, Input: in.Name, Kind: "input", Actions: []ha.ForecastAction{}}
		if m := inputKind.FindStringSubmatch(in.Name); m != nil {
			one.Kind = m[1]
		}
		actions, known := d.known(in)
		if !known && time.Since(begun) < playTime {
			actions, known = d.play(ctx, s, store, in)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !known:
			one.Unplayed = true
		case len(actions) == 0 && one.Kind == "input":
			continue // it has decided to leave all as it is
		default:
			one.Actions = actions
		}
		list = append(list, one)
	}
	return list, nil
}

func (d *Decisions) known(in pacemaker.Input) ([]ha.ForecastAction, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	actions, known := d.played[in]
	return actions, known
}

// play asks the scheduler. What it cannot read has no actions: a file that was dropped meanwhile, an input that it could not work with.
func (d *Decisions) play(ctx context.Context, s Scheduler, store Store, in pacemaker.Input) ([]ha.ForecastAction, bool) {
	actions := []ha.ForecastAction{}
	if cib, err := store.Input(ctx, in.Name); err == nil {
		decision, err := s.Schedule(ctx, cib, pacemaker.Look{At: in.Written})
		if ctx.Err() != nil {
			return nil, false
		}
		if err == nil {
			actions = append(actions, decision.Actions...)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.played == nil {
		d.played = map[pacemaker.Input][]ha.ForecastAction{}
	}
	if _, twice := d.played[in]; !twice {
		d.order = append(d.order, in)
	}
	d.played[in] = actions
	for len(d.order) > mostPlayed {
		delete(d.played, d.order[0])
		d.order = slices.Delete(d.order, 0, 1)
	}
	return actions, true
}
