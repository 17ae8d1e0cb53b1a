package insight

import (
	"context"
	"maps"
	"slices"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// Store holds what the scheduler was given each time that it decided on this node.
type Store interface {
	// Inputs are newest first; Input reads one, which may have been dropped meanwhile.
	Inputs(ctx context.Context) ([]pacemaker.Input, error)
	Input(ctx context.Context, name string) ([]byte, error)
}

// mostInputs and lookBack bound how far back is looked: reading one takes milliseconds in a small cluster, a second in the largest.
const (
	mostInputs = 100
	lookBack   = 10 * time.Second
)

// A decision is carried out soon, and the nodes' clocks may differ a little.
const (
	carriedOut = 10 * time.Minute
	clockSkew  = 5 * time.Second
)

// Moved tells the last decision by which a resource came to where it is or was stopped, and what it came from, by asking the
// scheduler anew about what it had before it then. It is nil where the store does not reach back to it (another node may have
// decided), and for what runs in several places.
func Moved(ctx context.Context, s Scheduler, store Store, cib *pacemaker.CIB, resource string) (*ha.Moved, error) {
	list, err := store.Inputs(ctx)
	if err != nil {
		return nil, err
	}
	r := ha.FindResource(cib.Config().Resources, resource)
	if r == nil {
		return nil, nil
	}
	p := past{ctx: ctx, s: s, leaf: firstLeaf(*r)}
	newer, begun := cib, time.Now()
	for _, in := range list[:min(len(list), mostInputs)] {
		if time.Since(begun) > lookBack {
			break
		}
		data, err := store.Input(ctx, in.Name)
		if err != nil {
			return nil, ctx.Err() // the store is a ring: its end has been reached
		}
		older, err := pacemaker.ParseCIB(data)
		if err != nil {
			return nil, ctx.Err()
		}
		told, known := p.step(in, older, newer)
		if told != nil || !known {
			return told, ctx.Err()
		}
		newer = older
	}
	return nil, ctx.Err()
}

// past goes back from input to input.
type past struct {
	ctx  context.Context
	s    Scheduler
	leaf string
	// came is the start out of nowhere that has been passed; what had taken the resource away is still looked for.
	came *came
}

type came struct {
	*why
	to string
}

// step looks at the decision between two inputs. It says false where nothing more can be known.
func (p *past) step(in pacemaker.Input, older, newer *pacemaker.CIB) (*ha.Moved, bool) {
	from, to := older.ActiveOn(p.leaf), newer.ActiveOn(p.leaf)
	if len(from) > 1 || len(to) > 1 {
		return nil, false
	}
	if slices.Equal(from, to) {
		return nil, true
	}
	if !carriedOutAfter(in, newer, p.leaf, from, to) {
		return nil, false
	}
	w, d, err := newWhy(p.ctx, p.s, older, p.leaf, in.Written)
	if err != nil {
		return nil, false
	}
	stays := slices.Equal(w.now.place, from)
	switch {
	case stays && (p.came == nil || !acts(d, p.leaf)):
		return nil, false // it was not this scheduler that decided it
	case stays && from[0] == p.came.to:
		p.came = nil // restarted where it was
		return nil, true
	case stays:
		// It was to be restarted where it was, which failed.
		m := &ha.Moved{Action: "move", From: from[0], To: p.came.to, At: p.came.at, Causes: unknown}
		for _, n := range p.came.now.nodes {
			if n.Name == from[0] {
				m.Causes = p.came.notThere(n).Causes
			}
		}
		return m, true
	case len(from) == 0:
		if p.came == nil {
			p.came = &came{why: w, to: to[0]}
		}
		return nil, true
	}
	m := &ha.Moved{Action: "move", From: from[0], At: in.Written}
	m.Causes = asked(w.cfg, w.confirm(func(o outcome) bool { return slices.Equal(o.place, from) }))
	switch {
	case len(w.now.place) > 0 && len(to) > 0:
		m.To = to[0]
	case len(w.now.place) > 0 && p.came != nil:
		m.To = p.came.to
	case len(w.now.place) > 0:
		m.To = w.now.place[0] // it is under way
	case p.came != nil:
		// It was stopped for a reason, and started when that was gone.
		m.Action, m.From, m.To, m.At = "start", "", p.came.to, p.came.at
		m.Causes = slices.DeleteFunc(m.Causes, p.came.holds)
	default:
		m.Action = "stop"
	}
	if len(m.Causes) == 0 {
		m.Causes = unknown
	}
	return m, true
}

// holds says whether something is still so that may be a cause.
func (w *why) holds(c ha.Cause) bool {
	return slices.ContainsFunc(w.list, func(o candidate) bool { return o.cause.Code == c.Code && maps.Equal(o.cause.Args, c.Args) })
}

// carriedOutAfter says whether what a node reports about the resource may have come from the decision on an input. Between two
// inputs of this node another one may have decided, much later.
func carriedOutAfter(in pacemaker.Input, newer *pacemaker.CIB, leaf string, from, to []string) bool {
	node := from
	if len(to) > 0 {
		node = to
	}
	at := newer.LastActed(leaf, node[0])
	if at.IsZero() {
		return true // a node that was fenced has no history left
	}
	return at.After(in.Written.Add(-clockSkew)) && at.Before(in.Written.Add(carriedOut))
}

func acts(d pacemaker.Decision, leaf string) bool {
	return slices.ContainsFunc(d.Actions, func(a ha.ForecastAction) bool { return a.Resource == leaf && !a.Blocked })
}

// asked names a constraint by what it is for where somebody has made it to move the resource.
func asked(cfg ha.Config, causes []ha.Cause) []ha.Cause {
	for i, c := range causes {
		at := slices.IndexFunc(cfg.Constraints, func(made ha.Constraint) bool { return made.ID == c.Args["constraint"] && made.ByMove(made.Resource) })
		if c.Code == ha.WhyLocation && at >= 0 {
			causes[i] = cause(ha.WhyAsked, "constraint", c.Args["constraint"], "resource", c.Args["resource"])
		}
	}
	return causes
}
