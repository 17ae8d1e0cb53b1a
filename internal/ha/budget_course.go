package ha

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Pacemaker's own defaults. Source: Pacemaker Explained 2.1.
const (
	stockFencing = 60 * time.Second
	stockTimeout = 20 * time.Second
)

// budgeter computes budgets of one configuration.
type budgeter struct {
	BudgetBasis
	look  finder
	nodes []string             // those that may die: members; "" where none is known
	at    map[string]*placedIn // primitives
	edges []orderEdge          // what must be kept in order
	bound map[string][]string  // primitives that move with each other, both ways
	seen  map[string][]string  // where primitives run
	event map[string]bool      // primitives whose failure an event tells of
	took  map[[2]string][]OperationTime
}

// placedIn is a primitive with what holds it, outermost first.
type placedIn struct {
	Resource
	holders []Resource
}

// clone returns the clone or bundle that holds it.
func (p *placedIn) clone() *Resource {
	for i := range p.holders {
		if p.holders[i].Kind == Clone || p.holders[i].Kind == Bundle {
			return &p.holders[i]
		}
	}
	return nil
}

// leads says that it is a clone one instance of which is promoted.
func (p *placedIn) leads() bool {
	c := p.clone()
	return c != nil && Yes(c.Meta["promotable"])
}

// moves says whether it is somewhere and goes elsewhere as a whole. A clone's instances are there already.
func (p *placedIn) moves() bool {
	c := p.clone()
	return c == nil || c.Kind == Clone && c.Meta["clone-max"] == "1"
}

func newBudgeter(basis BudgetBasis) *budgeter {
	b := &budgeter{
		BudgetBasis: basis, look: finder{cfg: basis.Config, st: basis.State}, at: map[string]*placedIn{}, bound: map[string][]string{},
		seen: map[string][]string{}, event: map[string]bool{}, took: map[[2]string][]OperationTime{}, edges: orderEdges(*basis.Config),
	}
	b.nodes = memberNames(*basis.Config, *orZero(basis.State), basis.Setup)
	if len(b.nodes) == 0 {
		b.nodes = []string{""}
	}
	leaves := map[string][]string{}
	var walk func(list []Resource, holders []Resource)
	walk = func(list []Resource, holders []Resource) {
		for _, r := range list {
			if r.Kind == Primitive {
				b.at[r.ID] = &placedIn{r, holders}
				leaves[r.ID] = append(leaves[r.ID], r.ID)
				for _, h := range holders {
					leaves[h.ID] = append(leaves[h.ID], r.ID)
				}
			}
			walk(r.Members, append(slices.Clone(holders), r))
		}
	}
	walk(basis.Config.Resources, nil)
	b.bind(leaves)
	if basis.State != nil {
		for _, r := range Leaves(basis.State.Resources) {
			b.seen[r.ID] = append(b.seen[r.ID], r.ActiveOn()...)
			b.event[r.ID] = b.event[r.ID] || r.ByEvent
		}
	}
	for _, o := range basis.Times {
		key := [2]string{o.Resource, o.Operation}
		b.took[key] = append(b.took[key], o)
	}
	return b
}

// bind finds what is always on one node: the members of a group, and what a colocation without an exception ties together, whichever of
// them leads. Of a clone only the promoted instance is in one place.
func (b *budgeter) bind(leaves map[string][]string) {
	tie := func(ids []string) {
		for _, id := range ids {
			for _, other := range ids {
				if id != other && !slices.Contains(b.bound[id], other) {
					b.bound[id] = append(b.bound[id], other)
				}
			}
		}
	}
	ends := func(id, role string) []string {
		if tag := slices.IndexFunc(b.Config.Tags, func(t Tag) bool { return t.ID == id }); leaves[id] == nil && tag >= 0 {
			var all []string
			for _, r := range b.Config.Tags[tag].Resources {
				all = append(all, leaves[r]...)
			}
			return all
		}
		return slices.DeleteFunc(slices.Clone(leaves[id]), func(leaf string) bool {
			return !b.at[leaf].moves() && (!b.at[leaf].leads() || !promotedRole(role))
		})
	}
	for _, r := range b.Config.Resources {
		if r.Kind == Group {
			tie(leaves[r.ID])
		}
	}
	for _, c := range b.Config.Constraints {
		switch {
		case c.Kind != Colocation || c.Complex:
		case len(c.Sets) == 0 && score(c.Score) >= infinity:
			if one, with := ends(c.Resource, c.Role), ends(c.With, c.WithRole); len(one) > 0 && len(with) > 0 {
				tie(slices.Concat(one, with))
			}
		default:
			var all []string
			for _, set := range c.Sets {
				if score(cmp.Or(set.Score, c.Score)) < infinity {
					continue
				}
				for _, id := range set.Resources {
					all = append(all, ends(id, set.Role)...)
				}
			}
			tie(all)
		}
	}
}

// companions are the primitives that are always where a service is, its members among them.
func (b *budgeter) companions(s Service) []string {
	list := slices.Clone(s.Members)
	for i := 0; i < len(list); i++ { // list grows while it is walked
		for _, other := range b.bound[list[i]] {
			if !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
	}
	return list
}

// migrates says that all of a service goes elsewhere without being stopped.
func (b *budgeter) migrates(s Service) bool {
	return !slices.ContainsFunc(b.companions(s), func(id string) bool {
		return !b.at[id].moves() || !Yes(b.look.meta(b.at[id].Resource, b.at[id].holders, "allow-migrate"))
	})
}

// here is the node on which a service runs; empty where nobody knows.
func (b *budgeter) here(s Service) string {
	for _, id := range s.Members {
		if on := b.seen[id]; len(on) > 0 {
			return on[0]
		}
	}
	return ""
}

// taker says whether two nodes may run the service as it is configured. Whether they are there now, the verdict tells.
func (b *budgeter) taker(s Service) bool {
	j := judge{cfg: b.Config, st: &State{}}
	bound := j.boundTo(s.ID)
	names := slices.Clone(b.nodes)
	if names[0] == "" {
		return true
	}
	if !onMembersOnly(b.Config.Resources, bound) {
		for _, r := range Remotes(b.Config.Resources) {
			names = append(names, r.Name)
		}
	}
	may := 0
	for _, n := range names {
		if !j.barred(bound, n) {
			may++
		}
	}
	return may > 1
}

func (b *budgeter) quorateWithout(node string) bool {
	if b.look.property("no-quorum-policy") == "ignore" || len(b.Setup.Nodes) < 2 || !slices.ContainsFunc(b.Setup.Nodes, func(n SetupNode) bool { return n.Name == node }) {
		return true
	}
	p := Poll{Setup: b.Setup, Arbiter: b.Setup.EffectiveQuorum().Device != nil}
	var left []string
	for _, n := range b.Setup.Nodes {
		p.Present = append(p.Present, n.Name)
		if n.Name != node {
			left = append(left, n.Name)
		}
	}
	return p.Quorate(left)
}

// taken is a beginning: what has to pass before anything is stopped or started.
type taken struct {
	typical, worst []BudgetPart
	none           bool // it never passes
}

// detectNode: a member is missed by its token, a remote node by the monitor of the resource that connects to it.
func (b *budgeter) detectNode(node string) taken {
	if r, is := FindRemote(b.Config.Resources, node); is {
		t, _ := b.detectCrash(r.Connection)
		return t
	}
	n := max(len(b.nodes), len(b.Setup.Nodes))
	source := SourceConfigured
	if b.Setup.Timing == (Timing{}) {
		source = SourceAssumed
	}
	t := b.Setup.Timing.Resolved(n)
	parts := []BudgetPart{{Kind: PartToken, MS: t.inForce(n), Source: source}, {Kind: PartConsensus, MS: t.Consensus, Source: source}}
	return taken{typical: parts, worst: slices.Clone(parts)}
}

// detectCrash: of all repeated monitors of a resource that runs the quickest notices that it does not any more. On average half of its
// interval has passed. Where an event tells of it, a monitor only confirms it; what the event does not tell, the next monitor does.
func (b *budgeter) detectCrash(id string) (taken, Never) {
	p := b.at[id]
	var quickest *Operation
	for _, op := range repeated(b.operations(p)) {
		if op.Role != "" && !strings.EqualFold(op.Role, "Started") {
			continue
		}
		if quickest == nil || milliseconds(op.Interval) < milliseconds(quickest.Interval) {
			quickest = &op
		}
	}
	switch {
	case quickest == nil && !b.event[id]:
		return taken{}, NotWatched
	case slices.Contains([]string{"ignore", "block", "stop"}, b.onFail(id)):
		return taken{}, Held
	}
	run := b.measured(id, "monitor", func(n string) bool { return true })
	confirmed := BudgetPart{Kind: PartEvent, Object: id, MS: run.MedianMS, Source: SourceMeasured, At: run.At, Count: run.Count}
	if run.Count == 0 {
		confirmed.Source = SourceUnknown
	}
	if quickest == nil {
		limit, source := b.timeout(p, Operation{Name: "monitor"})
		return taken{typical: []BudgetPart{confirmed}, worst: []BudgetPart{{Kind: PartEvent, Object: id, MS: limit, Source: source}}}, ""
	}
	interval := milliseconds(quickest.Interval)
	limit, _ := b.timeout(p, *quickest)
	polled := BudgetPart{Kind: PartMonitor, Object: id, MS: interval/2 + run.MedianMS, Source: SourceConfigured}
	t := taken{typical: []BudgetPart{polled}, worst: []BudgetPart{{Kind: PartMonitor, Object: id, MS: interval + limit, Source: SourceConfigured}}}
	if b.event[id] {
		t.typical = []BudgetPart{confirmed}
	}
	return t, ""
}

// fences says whether lost nodes are fenced before their services start elsewhere.
func (b *budgeter) fences() bool { return !b.look.no("stonith-enabled") }

// fencing is how long the fencing of a node takes. What was measured holds the delays; what is configured is a limit.
func (b *budgeter) fencing(node string, s *Service) taken {
	if !b.fences() {
		return taken{}
	}
	var attributes map[string]string
	if b.State != nil {
		attributes = attributesOf(*b.State, node)
	}
	paths := slices.DeleteFunc(FencePaths(*b.Config, node, attributes), func(p FencePath) bool { return len(p.Missing) > 0 || len(p.Devices) == 0 })
	_, remote := FindRemote(b.Config.Resources, node)
	if len(paths) == 0 {
		if !watchdogFences(*b.Config) || remote {
			return taken{none: true}
		}
		paths = []FencePath{{Level: 1, Devices: []string{watchdogDevice}}}
	}
	var t taken
	devices := map[string]Resource{}
	for _, d := range fenceDevices(b.Config.Resources, false) {
		devices[d.ID] = d
	}
	delays, longest := 0, 0 // of the level's devices, or of the slowest of those of which any will do
	limits, source := 0, SourceConfigured
	for _, id := range paths[0].Devices {
		limit, from := b.fenceLimit(devices[id])
		if id == watchdogDevice {
			limit, from = milliseconds(b.look.property("stonith-watchdog-timeout")), SourceConfigured
		}
		least, most := fenceDelay(devices[id], node)
		if from == SourceAssumed {
			source = from
		}
		if paths[0].Level > 0 {
			delays, longest, limits = delays+(least+most)/2, longest+most, limits+limit
		} else if most+limit > longest+limits {
			delays, longest, limits = (least+most)/2, most, limit
		}
	}
	if s != nil && len(b.nodes) == 2 && b.hasPriority(*s) {
		wait := milliseconds(b.look.property("priority-fencing-delay"))
		delays, longest = delays+wait, longest+wait
	}
	by := strings.Join(paths[0].Devices, ", ")
	if longest > 0 {
		t.worst = append(t.worst, BudgetPart{Kind: PartDelay, Object: node, By: by, MS: longest, Source: SourceConfigured})
	}
	t.worst = append(t.worst, BudgetPart{Kind: PartFence, Object: node, By: by, MS: limits, Source: source})
	m := b.measured("", FenceOperation, func(n string) bool { return n == node })
	switch {
	case m.Count > 0:
		t.typical = []BudgetPart{{Kind: PartFence, Object: node, By: by, MS: m.MedianMS, Source: SourceMeasured, At: m.At, Count: m.Count}}
		return t
	case by == watchdogDevice: // the others wait for exactly as long
		t.typical = slices.Clone(t.worst)
		return t
	case delays > 0:
		t.typical = append(t.typical, BudgetPart{Kind: PartDelay, Object: node, By: by, MS: delays, Source: SourceConfigured})
	}
	t.typical = append(t.typical, BudgetPart{Kind: PartFence, Object: node, By: by, Source: SourceUnknown})
	return t
}

func (b *budgeter) hasPriority(s Service) bool {
	return slices.ContainsFunc(s.Members, func(id string) bool { return score(b.look.meta(b.at[id].Resource, b.at[id].holders, "priority")) > 0 })
}

// fenceLimit is how long a device may take. Its own time-out wins over the cluster's.
func (b *budgeter) fenceLimit(d Resource) (int, PartSource) {
	action := cmp.Or(b.look.property("stonith-action"), "reboot")
	if own := milliseconds(d.Parameters["pcmk_"+action+"_timeout"]); own > 0 {
		return own, SourceConfigured
	}
	if all := milliseconds(b.look.property("stonith-timeout")); all > 0 {
		return all, SourceConfigured
	}
	return int(stockFencing / time.Millisecond), SourceAssumed
}

// fenceDelay is how long a device waits before it fences a node: from pcmk_delay_base up to pcmk_delay_max.
func fenceDelay(d Resource, node string) (least, most int) {
	base := d.Parameters["pcmk_delay_base"]
	if strings.Contains(base, ":") {
		base = ""
		for _, h := range Hosts(d) {
			if h.Node == node {
				base = h.Delay
			}
		}
	}
	least = milliseconds(base)
	return least, max(least, milliseconds(d.Parameters["pcmk_delay_max"]))
}

// operations are those of a resource, then those of its template.
func (b *budgeter) operations(p *placedIn) []Operation {
	if t := b.look.template(p.Resource); t != nil {
		return append(slices.Clone(p.Operations), t.Operations...)
	}
	return p.Operations
}

// timeout is how long an operation may take, with the delay before it.
func (b *budgeter) timeout(p *placedIn, op Operation) (int, PartSource) {
	if own := milliseconds(op.Timeout); own > 0 {
		return own + milliseconds(op.Options["start-delay"]), SourceConfigured
	}
	if all := milliseconds(b.Config.OperationDefaults["timeout"]); all > 0 {
		return all + milliseconds(op.Options["start-delay"]), SourceConfigured
	}
	return int(stockTimeout/time.Millisecond) + milliseconds(op.Options["start-delay"]), SourceAssumed
}

func (b *budgeter) operation(p *placedIn, name string) Operation {
	for _, op := range b.operations(p) {
		if op.Name == name {
			return op
		}
	}
	return Operation{Name: name}
}

// onFail is what is done about a failed monitor.
func (b *budgeter) onFail(id string) string {
	for _, op := range repeated(b.operations(b.at[id])) {
		if op.OnFail != "" {
			return op.OnFail
		}
	}
	return b.Config.OperationDefaults["on-fail"]
}

// thresholdOf is after how many failures a resource leaves its node; 0 or Infinity: never.
func (b *budgeter) thresholdOf(id string) int {
	p := b.at[id]
	return score(b.look.meta(p.Resource, p.holders, "migration-threshold"))
}

// measured is how long an operation takes on the slowest of certain nodes; where it was measured on none of these, on any.
func (b *budgeter) measured(id, operation string, on func(node string) bool) OperationTime {
	var found, any OperationTime
	for _, o := range b.took[[2]string{id, operation}] {
		if o.MedianMS >= any.MedianMS {
			any = o
		}
		if on(o.Node) && o.MedianMS >= found.MedianMS {
			found = o
		}
	}
	if found.Count == 0 {
		return any
	}
	return found
}

// moved are the actions that take a service away from its node: of its own members, of what is always with it, and of what depends on them.
func (b *budgeter) moved(s Service) map[actionOf]bool {
	down := map[actionOf]bool{}
	for _, id := range b.companions(s) {
		if b.at[id].moves() {
			down[actionOf{id, "stop"}] = true
		} else {
			down[actionOf{id, "demote"}] = true
		}
	}
	return down
}

// lost are the actions that bring back what a service needs and what died with its node: itself, what is always with it, and what must
// have started before, if it ran there.
func (b *budgeter) lost(s Service, node string) map[actionOf]bool {
	up := map[actionOf]bool{}
	for a := range b.moved(s) {
		up[again(a)] = true
	}
	for grown := true; grown; {
		grown = false
		for _, e := range b.edges {
			p := b.at[e.from.id]
			if up[e.to] && !up[e.from] && e.from.action == "start" && p != nil && p.moves() && slices.Contains(b.seen[e.from.id], node) {
				up[e.from], grown = true, true
			}
		}
	}
	return up
}

// again is the action that undoes one that takes something away.
func again(a actionOf) actionOf {
	if a.action == "demote" {
		return actionOf{a.id, "promote"}
	}
	return actionOf{a.id, "start"}
}

// way is what has to be done in an event: down takes away and is undone afterwards, up only brings back.
type way struct {
	service   Service
	down, up  map[actionOf]bool
	from      string // the node on which it runs
	elsewhere bool   // it comes back on another node
	asked     bool   // it works until its first own stop begins
	crashed   string
}

// timesOf is how long a way takes.
type timesOf struct{ typical, worst BudgetSum }

// course computes how long a service is away, along the longest way through what has to be done one after the other.
func (b *budgeter) course(w way, begin *taken) timesOf {
	actions := maps.Clone(w.up)
	if actions == nil {
		actions = map[actionOf]bool{}
	}
	down := maps.Clone(w.down)
	for grown := true; grown; { // what depends on something is stopped before it
		grown = false
		for _, e := range b.edges {
			takesAway := e.from.action == "stop" || e.from.action == "demote" && b.at[e.from.id] != nil && b.at[e.from.id].leads()
			if down[e.to] && !down[e.from] && takesAway && b.at[e.from.id] != nil {
				down[e.from], grown = true, true
			}
		}
	}
	for a := range down {
		actions[a], actions[again(a)] = true, true
	}
	before := map[actionOf][]actionOf{}
	for _, e := range b.edges {
		if actions[e.from] && actions[e.to] && e.from != e.to {
			before[e.to] = append(before[e.to], e.from)
		}
	}
	for a := range down {
		before[again(a)] = append(before[again(a)], a)
	}
	if begin == nil {
		begin = &taken{}
	}
	t := timesOf{
		typical: b.longest(w, actions, before, func(a actionOf) BudgetPart { return b.expected(a, w) }),
		worst:   b.longest(w, actions, before, b.limit),
	}
	t.typical.begin(begin.typical)
	t.worst.begin(begin.worst)
	t.typical.Resource, t.worst.Resource = w.crashed, w.crashed
	return t
}

// begin puts what has to pass first in front.
func (s *BudgetSum) begin(parts []BudgetPart) {
	s.Parts = slices.Concat(parts, s.Parts)
	s.MS = total(s.Parts)
	s.Exact = !slices.ContainsFunc(s.Parts, func(p BudgetPart) bool { return p.Source == SourceUnknown })
}

func total(parts []BudgetPart) int {
	sum := 0
	for _, p := range parts {
		sum += p.MS
	}
	return sum
}

// starting is how long a service takes to start on a node on which nothing of it runs.
func (b *budgeter) starting(s Service) timesOf {
	return b.course(way{service: s, up: b.lost(s, ""), elsewhere: true}, nil)
}

// expected is how long an action usually takes: what is taken away where it was, what is brought back where it will be.
func (b *budgeter) expected(a actionOf, w way) BudgetPart {
	p := BudgetPart{Kind: PartKind(a.action), Object: a.id, Source: SourceUnknown}
	back := a.action == "start" || a.action == "promote"
	m := b.measured(a.id, a.action, func(node string) bool { return w.from == "" || (node == w.from) != (back && w.elsewhere) })
	if m.Count > 0 {
		p.MS, p.Source, p.At, p.Count = m.MedianMS, SourceMeasured, m.At, m.Count
		p.MS += milliseconds(b.operation(b.at[a.id], a.action).Options["start-delay"])
	}
	return p
}

// limit is how long an action may take.
func (b *budgeter) limit(a actionOf) BudgetPart {
	ms, source := b.timeout(b.at[a.id], b.operation(b.at[a.id], a.action))
	return BudgetPart{Kind: PartKind(a.action), Object: a.id, MS: ms, Source: source}
}

// longest is the longest way to the last action that brings a member of the service back. Where it works until it is stopped, the way
// begins there.
func (b *budgeter) longest(w way, actions map[actionOf]bool, before map[actionOf][]actionOf, part func(actionOf) BudgetPart) BudgetSum {
	ends, steps := map[actionOf]int{}, map[actionOf]BudgetPart{}
	last := map[actionOf]actionOf{} // what each action waits for longest
	depth := map[actionOf]int{}     // so that what takes no time still has its place
	follows := map[actionOf]bool{}  // what takes a member away, and all that waits for it
	own := func(a actionOf) bool { return slices.Contains(w.service.Members, a.id) }
	takes := func(a actionOf) bool { return a.action == "stop" || a.action == "demote" }
	var place func(a actionOf)
	place = func(a actionOf) {
		if _, placed := steps[a]; placed {
			return // or being placed: Pacemaker breaks a ring of orders somewhere, too
		}
		steps[a] = part(a)
		follows[a] = own(a) && takes(a)
		begin := 0
		for _, x := range before[a] {
			place(x)
			follows[a] = follows[a] || follows[x]
			if prior, has := last[a]; !has || ends[x] > ends[prior] || ends[x] == ends[prior] && depth[x] > depth[prior] {
				last[a], begin = x, ends[x]
			}
		}
		if x, has := last[a]; has {
			depth[a] = depth[x] + 1
		}
		ends[a] = begin + steps[a].MS
	}
	var final actionOf
	start := -1 // when the first own action takes it away
	for _, a := range sortedActions(actions) {
		place(a)
		switch begin := ends[a] - steps[a].MS; {
		case !own(a):
		case takes(a) && (start < 0 || begin < start):
			start = begin
		case !takes(a) && (final.id == "" || ends[a] > ends[final] || ends[a] == ends[final] && depth[a] > depth[final]):
			final = a
		}
	}
	if !w.asked {
		start = 0
	}
	sum := BudgetSum{Parts: []BudgetPart{}}
	seen := map[actionOf]bool{}
	for a, more := final, final.id != ""; more && !seen[a]; a, more = next(last, a) {
		seen[a] = true
		p := steps[a]
		begin := ends[a] - p.MS
		if w.asked && ends[a] <= start && !follows[a] {
			break // it is over when the service stops to work
		}
		p.MS = ends[a] - max(begin, start)
		sum.Parts = append(sum.Parts, p)
	}
	slices.Reverse(sum.Parts)
	return sum
}

func next(last map[actionOf]actionOf, a actionOf) (actionOf, bool) {
	x, has := last[a]
	return x, has
}

// sortedActions makes the same way out of the same actions each time.
func sortedActions(set map[actionOf]bool) []actionOf {
	return slices.SortedFunc(maps.Keys(set), func(a, b actionOf) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.action, b.action)) })
}
