package insight

import (
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// mostQuestions bounds how often the scheduler is asked for one explanation: a question takes tens of milliseconds in a small
// cluster and seconds in the largest. What is not asked any more stays unknown.
const mostQuestions = 60

// Why explains where a resource is, by asking the scheduler what it would do without each thing that may be the cause.
func Why(ctx context.Context, s Scheduler, cib *pacemaker.CIB, resource string, at time.Time) (ha.Explanation, error) {
	cfg := cib.Config()
	r := ha.FindResource(cfg.Resources, resource)
	if r == nil || r.Kind == ha.Template {
		return ha.Explanation{}, fault.New(fault.NotFound, "resource.unknown", "no resource %q", resource).With("resource", resource)
	}
	w, d, err := newWhy(ctx, s, cib, firstLeaf(*r), at)
	if err != nil {
		return ha.Explanation{}, err
	}
	out := ha.Explanation{Resource: resource, Role: "Stopped", Nodes: []string{}, Causes: []ha.Cause{}, Elsewhere: []ha.NotThere{}}
	for _, leaf := range ha.Leaves(d.Resources) {
		if leaf.ID == w.leaf {
			w.unmanaged = !leaf.Managed
			if len(leaf.Nodes) > 0 {
				out.Role, out.Nodes = leaf.Role, append(out.Nodes, leaf.Nodes...)
			}
		}
	}
	w.active = out.Nodes
	for _, n := range w.now.nodes {
		if !slices.Contains(out.Nodes, n.Name) && n.Kind != "ping" {
			out.Elsewhere = append(out.Elsewhere, w.notThere(n))
		}
	}
	if len(out.Nodes) == 0 {
		out.Causes = w.stopped(out.Elsewhere)
	} else {
		out.Causes = w.here(out.Elsewhere)
	}
	return out, ctx.Err()
}

// firstLeaf is the primitive that stands for a resource: the first of a group is where the group is.
func firstLeaf(r ha.Resource) string {
	for len(r.Members) > 0 {
		r = r.Members[0]
	}
	return r.ID
}

// why is an explanation at work.
type why struct {
	ctx       context.Context
	s         Scheduler
	cib       *pacemaker.CIB
	cfg       ha.Config
	at        time.Time
	leaf      string
	active    []string
	unmanaged bool
	now       outcome
	list      []candidate
	scratch   *pacemaker.CIB // a copy to find out what there is to be thought away
	asked     int
	alone     map[int]*outcome // the outcome without each candidate, nil where there is none
}

// newWhy asks what the scheduler makes of the CIB as it is.
func newWhy(ctx context.Context, s Scheduler, cib *pacemaker.CIB, leaf string, at time.Time) (*why, pacemaker.Decision, error) {
	w := &why{ctx: ctx, s: s, cib: cib, cfg: cib.Config(), at: at, leaf: leaf, scratch: cib.Clone()}
	d, err := w.ask(cib)
	if err != nil {
		return nil, d, err
	}
	w.now = w.outcome(d)
	w.candidates()
	return w, d, nil
}

func (w *why) ask(cib *pacemaker.CIB) (pacemaker.Decision, error) {
	return w.s.Schedule(w.ctx, cib.Bytes(), pacemaker.Look{At: w.at, Scores: w.leaf})
}

// outcome is what the scheduler makes of the resource.
type outcome struct {
	nodes  []ha.NodeState
	place  []string       // where it will be
	scores map[string]int // the last word, by node
}

// candidate is something that may be a cause, and how the cluster would be without it.
type candidate struct {
	cause   ha.Cause
	without func(*pacemaker.CIB) error
}

func (w *why) outcome(d pacemaker.Decision) outcome {
	o := outcome{nodes: d.Nodes, scores: map[string]int{}}
	for _, r := range ha.Leaves(d.Resources) {
		if r.ID == w.leaf {
			o.place = append(o.place, r.Nodes...)
		}
	}
	drop := func(node string) {
		o.place = slices.DeleteFunc(o.place, func(n string) bool { return n == node })
	}
	for _, a := range d.Actions {
		if a.Resource != w.leaf || a.Blocked {
			continue
		}
		switch a.Kind {
		case "stop":
			drop(a.From)
		case "start":
			o.place = append(o.place, a.To)
		case "move", "migrate", "promote", "recover", "restart":
			drop(a.From)
			drop(a.To)
			o.place = append(o.place, a.To)
		}
	}
	for _, s := range d.Scores {
		if s.Resource != w.leaf || !s.Final {
			continue
		}
		// Of a clone's instances the best counts: one of them may be there.
		if v, has := o.scores[s.Node]; !has || s.Value > v {
			o.scores[s.Node] = s.Value
		}
	}
	return o
}

// without asks what the scheduler would do without some of the candidates. It says whether there was an answer.
func (w *why) without(list ...int) (outcome, bool) {
	if len(list) == 1 {
		w.askAlone(list[0])
		if o := w.alone[list[0]]; o != nil {
			return *o, true
		}
		return outcome{}, false
	}
	if w.asked >= mostQuestions {
		return outcome{}, false
	}
	w.asked++
	o := w.think(list...)
	if o == nil {
		return outcome{}, false
	}
	return *o, true
}

// think is the outcome without some of the candidates, nil where the scheduler has no answer.
func (w *why) think(list ...int) *outcome {
	if w.ctx.Err() != nil {
		return nil
	}
	changed := w.cib.Clone()
	for _, i := range list {
		if w.list[i].without(changed) != nil {
			return nil
		}
	}
	d, err := w.ask(changed)
	if err != nil {
		return nil
	}
	o := w.outcome(d)
	return &o
}

// sideBySide is how many questions are asked at once: each keeps a processor busy, and the node has other work to do.
const sideBySide = 2

// askAlone finds the outcome without each of some candidates, as far as it is not known.
func (w *why) askAlone(list ...int) {
	if w.alone == nil {
		w.alone = map[int]*outcome{}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(i int) bool { _, has := w.alone[i]; return has })
	list = list[:min(len(list), mostQuestions-w.asked)]
	w.asked += len(list)
	found := make([]*outcome, len(list))
	var group errgroup.Group
	group.SetLimit(sideBySide)
	for n, i := range list {
		group.Go(func() error {
			found[n] = w.think(i)
			return nil
		})
	}
	_ = group.Wait() // what has no answer is nil
	for n, i := range list {
		w.alone[i] = found[n]
	}
}

// those are the candidates for which match says so.
func (w *why) those(match func(candidate) bool) []int {
	var list []int
	for i, c := range w.list {
		if match(c) {
			list = append(list, i)
		}
	}
	return list
}

// confirm returns the candidates without which want holds: each that is enough by itself, or else the fewest that are only together.
func (w *why) confirm(want func(outcome) bool) []ha.Cause {
	var causes []ha.Cause
	w.askAlone(w.those(func(candidate) bool { return true })...)
	for i := range w.list {
		if o, answered := w.without(i); answered && want(o) {
			causes = append(causes, w.list[i].cause)
		}
	}
	if len(causes) > 0 {
		return causes
	}
	var set []int
	enough := false
	for i := range w.list {
		set = append(set, i)
		if len(set) < 2 {
			continue
		}
		if o, answered := w.without(set...); answered && want(o) {
			enough = true
			break
		}
	}
	if !enough {
		return nil
	}
	for i := len(set) - 2; i >= 0; i-- { // the last one is needed, or the set had been enough before it
		fewer := slices.Delete(slices.Clone(set), i, i+1)
		if o, answered := w.without(fewer...); answered && want(o) {
			set = fewer
		}
	}
	for _, i := range set {
		causes = append(causes, w.list[i].cause)
	}
	return causes
}

var unknown = []ha.Cause{{Code: ha.WhyUnknown}}

func cause(code string, pairs ...string) ha.Cause {
	c := ha.Cause{Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if c.Args == nil {
			c.Args = map[string]string{}
		}
		c.Args[pairs[i]] = pairs[i+1]
	}
	return c
}

// stopped says why it runs nowhere.
func (w *why) stopped(elsewhere []ha.NotThere) []ha.Cause {
	if len(w.now.place) > 0 {
		return unknown // it is about to start
	}
	if causes := w.confirm(func(o outcome) bool { return len(o.place) > 0 }); causes != nil {
		return causes
	}
	return unknown
}

// nodeCause is what the node itself is the cause of: nothing is placed on such a node, whatever the scores.
func nodeCause(n ha.NodeState) (ha.Cause, bool) {
	switch {
	case n.Unclean:
		return cause(ha.WhyFencing, "node", n.Name), true
	case n.Shutdown:
		return cause(ha.WhyShutdown, "node", n.Name), true
	case !n.Online || n.Pending:
		return cause(ha.WhyOffline, "node", n.Name), true
	case n.Standby:
		return cause(ha.WhyStandby, "node", n.Name), true
	case n.Maintenance:
		return cause(ha.WhyNodeMaintained, "node", n.Name), true
	}
	return ha.Cause{}, false
}

// notThere says why it is not on a node.
func (w *why) notThere(n ha.NodeState) ha.NotThere {
	score, has := w.now.scores[n.Name]
	out := ha.NotThere{Node: n.Name, Causes: unknown}
	if has {
		out.Score = scoreText(score)
	}
	if c, is := nodeCause(n); is {
		out.Causes = []ha.Cause{c}
		return out
	}
	there := func(o outcome) bool { return slices.Contains(o.place, n.Name) }
	switch {
	case has && score <= -ha.Infinity:
		allowed := func(o outcome) bool { s, has := o.scores[n.Name]; return has && s > -ha.Infinity }
		if causes := w.confirm(allowed); causes != nil {
			out.Causes = causes
		}
	case len(w.active) == 0:
		if causes := w.confirm(there); causes != nil {
			out.Causes = causes
		}
	case has && len(w.active) == 1:
		those := w.those(func(c candidate) bool { return c.cause.Code == ha.WhyStickiness || c.cause.Code == ha.WhyLocation })
		w.askAlone(those...)
		for _, i := range those {
			if o, answered := w.without(i); answered && there(o) {
				out.Causes = []ha.Cause{w.list[i].cause}
				return out
			}
		}
		if best, known := w.now.scores[w.active[0]]; known && best > score {
			out.Causes = []ha.Cause{cause(ha.WhyLowerScore, "score", scoreText(score), "best", scoreText(best))}
		} else if known && best == score {
			out.Causes = []ha.Cause{cause(ha.WhyBalance)}
		}
	}
	return out
}

// here says why it is where it is.
func (w *why) here(elsewhere []ha.NotThere) []ha.Cause {
	if w.unmanaged {
		for _, c := range w.list {
			switch c.cause.Code {
			case ha.WhyMaintenance, ha.WhyUnmanaged:
				return []ha.Cause{c.cause}
			}
		}
		for _, n := range w.now.nodes {
			if n.Maintenance && slices.Contains(w.active, n.Name) {
				return []ha.Cause{cause(ha.WhyNodeMaintained, "node", n.Name)}
			}
		}
		return unknown
	}
	if len(w.active) > 1 || !slices.Equal(w.active, w.now.place) {
		return unknown // instances of a clone are where they may be; what is about to move has no reason to be here
	}
	node := w.active[0]
	// One relation that bars every other node is why it is here.
	if shared := sharedCause(elsewhere); shared != nil {
		return []ha.Cause{*shared}
	}
	if barred := slices.IndexFunc(elsewhere, func(n ha.NotThere) bool { return !w.barred(n) }); barred < 0 {
		return []ha.Cause{cause(ha.WhyOnlyNode, "node", node)}
	}
	own, known := w.now.scores[node]
	if !known {
		return unknown
	}
	best := -ha.Infinity
	for _, n := range elsewhere {
		if s, has := w.now.scores[n.Node]; has && !w.barred(n) {
			best = max(best, s)
		}
	}
	if own <= best {
		return []ha.Cause{cause(ha.WhyBalance)}
	}
	// What gives this node the most of its lead.
	most, found := 0, -1
	those := w.those(func(c candidate) bool {
		return c.cause.Code == ha.WhyStickiness || c.cause.Code == ha.WhyLocation || c.cause.Code == ha.WhyColocation
	})
	w.askAlone(those...)
	for _, i := range those {
		o, answered := w.without(i)
		if s, has := o.scores[node]; answered && has && own-s > most {
			most, found = own-s, i
		}
	}
	if found >= 0 {
		return []ha.Cause{w.list[found].cause}
	}
	// Nothing speaks for this node: what speaks against the others?
	for _, n := range elsewhere {
		if !w.barred(n) && n.Causes[0].Code == ha.WhyLocation {
			return []ha.Cause{n.Causes[0]}
		}
	}
	return unknown
}

// barred says whether a node cannot take the resource at all.
func (w *why) barred(n ha.NotThere) bool {
	switch n.Causes[0].Code {
	case ha.WhyOffline, ha.WhyShutdown, ha.WhyStandby, ha.WhyFencing, ha.WhyNodeMaintained:
		return true
	}
	return n.Score == scoreText(-ha.Infinity)
}

// sharedCause is the colocation that keeps a resource from every other node.
func sharedCause(elsewhere []ha.NotThere) *ha.Cause {
	if len(elsewhere) == 0 {
		return nil
	}
	count := map[string]int{}
	for _, n := range elsewhere {
		for _, c := range n.Causes {
			if c.Code == ha.WhyColocation {
				count[c.Args["constraint"]]++
				if count[c.Args["constraint"]] == len(elsewhere) {
					return &c
				}
			}
		}
	}
	return nil
}

func scoreText(n int) string {
	switch {
	case n >= ha.Infinity:
		return "INFINITY"
	case n <= -ha.Infinity:
		return "-INFINITY"
	}
	return strconv.Itoa(n)
}
