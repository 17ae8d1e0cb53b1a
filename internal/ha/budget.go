package ha

import (
	"cmp"
	"slices"
	"time"
)

// Budget is the failover budget of a service: how long it is away in each event that it is protected from, and which part of that time
// each step takes. It is computed from the configuration and from what was measured on this cluster. Pacemaker's own work between the
// steps is not in it: it takes a fraction of a second, and nobody sets it.
type Budget struct {
	Service string        `json:"service" doc:"ID of a group, or of a primitive that is in none."`
	Events  []BudgetEvent `json:"events" doc:"planned, node, application, threshold, in this order; what cannot happen to it is absent."`
}

// BudgetEvent is one event, and how long the service is away in it.
type BudgetEvent struct {
	Event   Event     `json:"event" enum:"planned,node,application,threshold" doc:"planned: a person moves it. node: its node dies. application: a member of it crashes and is started again where it was. threshold: that happens so often that it moves (migration-threshold)."`
	Never   Never     `json:"never,omitempty" enum:"no_taker,no_fencing,no_quorum,not_watched,held" doc:"Why it does not come back by itself: no other node may run it; the lost node can never be fenced; the rest has no quorum; nobody notices; on-fail holds it."`
	Because string    `json:"because,omitempty" doc:"The node or resource that never is about."`
	Typical BudgetSum `json:"typical" doc:"What is to be expected: medians of what was measured, half of a monitor's interval."`
	Worst   BudgetSum `json:"worst" doc:"Every step takes as long as its time-out lets it, and none fails."`
	Target  *int      `json:"targetSeconds,omitempty" doc:"The RTO that was promised; absent where none was."`
	Answer  Answer    `json:"answer,omitempty" enum:"met,missed,unknown" doc:"met: what is to be expected is within the target, or even the worst is. missed: it is not. unknown: it depends on what was never measured. Absent without a target."`
	Finding *Finding  `json:"finding,omitempty" doc:"Where the target is not met: what takes the most of it, and what to do about it."`
}

// Event is what a budget is for.
type Event string

// The events of a budget.
const (
	EventPlanned     Event = "planned"
	EventNode        Event = "node"
	EventApplication Event = "application"
	EventThreshold   Event = "threshold"
)

// BudgetEvents are all of them, in the order in which they are told.
var BudgetEvents = []Event{EventPlanned, EventNode, EventApplication, EventThreshold}

// Never is why a service does not come back by itself.
type Never string

// The reasons.
const (
	NoTaker    Never = "no_taker"
	NoFencing  Never = "no_fencing"
	NoQuorum   Never = "no_quorum"
	NotWatched Never = "not_watched"
	Held       Never = "held"
)

// Nevers are all of them.
var Nevers = []Never{NoTaker, NoFencing, NoQuorum, NotWatched, Held}

// BudgetSum is a time with the steps that it is made of: those on the longest way. What goes on beside them costs nothing.
type BudgetSum struct {
	MS       int          `json:"ms"`
	Exact    bool         `json:"exact" doc:"Nothing in it is unknown; false: it is at least this long."`
	Resource string       `json:"resource,omitempty" doc:"The member whose crash takes longest."`
	Parts    []BudgetPart `json:"parts" doc:"In their order; their sum is the whole."`
}

// BudgetPart is one step.
type BudgetPart struct {
	Kind   PartKind   `json:"kind" enum:"token,consensus,monitor,event,delay,fence,demote,stop,start,promote" doc:"token, consensus: until the death of a node is noticed. monitor, event: until a crash is. delay, fence: until the node is fenced. The others are operations of resources."`
	Object string     `json:"object,omitempty" doc:"The resource, or the node that is fenced."`
	By     string     `json:"by,omitempty" doc:"Of fencing: the devices."`
	MS     int        `json:"ms"`
	Source PartSource `json:"source" enum:"measured,configured,assumed,unknown" doc:"measured: median of what was seen on this cluster. configured: it stands in the configuration. assumed: Pacemaker's or Corosync's own default, because nothing is configured. unknown: never measured; counts as nothing."`
	At     time.Time  `json:"at,omitzero" doc:"Of what was measured: when last."`
	Count  int        `json:"count,omitempty" doc:"Of what was measured: how often."`
}

// PartKind is what a part is.
type PartKind string

// The kinds of parts, in the order in which they come.
const (
	PartToken     PartKind = "token"
	PartConsensus PartKind = "consensus"
	PartMonitor   PartKind = "monitor"
	PartEvent     PartKind = "event"
	PartDelay     PartKind = "delay"
	PartFence     PartKind = "fence"
	PartDemote    PartKind = "demote"
	PartStop      PartKind = "stop"
	PartStart     PartKind = "start"
	PartPromote   PartKind = "promote"
)

// PartKinds are all of them.
var PartKinds = []PartKind{PartToken, PartConsensus, PartMonitor, PartEvent, PartDelay, PartFence, PartDemote, PartStop, PartStart, PartPromote}

// PartSource is where the time of a part comes from.
type PartSource string

// The sources.
const (
	SourceMeasured   PartSource = "measured"
	SourceConfigured PartSource = "configured"
	SourceAssumed    PartSource = "assumed"
	SourceUnknown    PartSource = "unknown"
)

// PartSources are all of them.
var PartSources = []PartSource{SourceMeasured, SourceConfigured, SourceAssumed, SourceUnknown}

// FenceOperation is the operation under which the fencing of a node is measured; it has no resource.
const FenceOperation = "fence"

// OperationTime is how long an operation has taken on a node.
type OperationTime struct {
	Resource  string    `json:"resource,omitempty"`
	Operation string    `json:"operation" doc:"start, stop, promote, demote, monitor; fence for the fencing of the node."`
	Node      string    `json:"node"`
	MedianMS  int       `json:"medianMs"`
	Count     int       `json:"count"`
	At        time.Time `json:"at,omitzero" doc:"The newest."`
}

// MergeTimes puts together what several nodes have measured of the same operations: of each the one that has seen it last.
func MergeTimes(lists ...[]OperationTime) []OperationTime {
	type key struct{ resource, operation, node string }
	newest := map[key]OperationTime{}
	for _, o := range slices.Concat(lists...) {
		k := key{o.Resource, o.Operation, o.Node}
		if known, has := newest[k]; !has || cmp.Or(o.At.Compare(known.At), cmp.Compare(o.Count, known.Count)) > 0 {
			newest[k] = o
		}
	}
	var out []OperationTime
	for _, o := range newest {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b OperationTime) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Node, b.Node))
	})
	return out
}

// BudgetBasis is what budgets are computed from. Config is required; without the others less is known.
type BudgetBasis struct {
	Config *Config
	State  *State
	Setup  Setup
	Times  []OperationTime
}

// Budgets computes the budget of every service, in the order of the configuration.
func Budgets(basis BudgetBasis) []Budget {
	list := []Budget{}
	if basis.Config == nil {
		return list
	}
	b := newBudgeter(basis)
	for _, s := range Services(*basis.Config, basis.State) {
		list = append(list, b.of(s))
	}
	return list
}

// of computes the budget of one service.
func (b *budgeter) of(s Service) Budget {
	out := Budget{Service: s.ID}
	for _, one := range []func(Service) (BudgetEvent, bool){b.planned, b.node, b.application, b.threshold} {
		if e, is := one(s); is {
			out.Events = append(out.Events, e)
		}
	}
	return out
}

// worse takes the longer of two sums, the expected and the worst each by itself.
func (e *BudgetEvent) worse(t timesOf) {
	longer := func(a, b BudgetSum) bool {
		return a.Parts == nil || b.MS > a.MS || b.MS == a.MS && a.Exact && !b.Exact
	}
	if longer(e.Typical, t.typical) {
		e.Typical = t.typical
	}
	if longer(e.Worst, t.worst) {
		e.Worst = t.worst
	}
}

func never(e Event, why Never, because string) BudgetEvent {
	none := BudgetSum{Parts: []BudgetPart{}}
	return BudgetEvent{Event: e, Never: why, Because: because, Typical: none, Worst: none}
}

// planned: it stops here and starts there. What stops before it, because it depends on it, does not make it wait.
func (b *budgeter) planned(s Service) (BudgetEvent, bool) {
	if !b.taker(s) {
		return never(EventPlanned, NoTaker, s.ID), true
	}
	e := BudgetEvent{Event: EventPlanned}
	e.worse(b.course(way{service: s, down: b.moved(s), from: b.here(s), elsewhere: true, asked: true}, nil))
	if b.migrates(s) { // it answers meanwhile; where that fails, it is stopped and started
		e.Typical = BudgetSum{Exact: true, Parts: []BudgetPart{}}
	}
	return e, true
}

// node: it dies, is missed, is fenced, and what ran there starts elsewhere.
func (b *budgeter) node(s Service) (BudgetEvent, bool) {
	if !b.taker(s) {
		return never(EventNode, NoTaker, s.ID), true
	}
	here := b.here(s)
	nodes := b.nodes
	if here != "" {
		nodes = []string{here}
	}
	e := BudgetEvent{Event: EventNode}
	for _, node := range nodes {
		if !b.quorateWithout(node) {
			return never(EventNode, NoQuorum, node), true
		}
		lost := b.detectNode(node)
		if b.fences() {
			f := b.fencing(node, &s)
			if f.none {
				return never(EventNode, NoFencing, node), true
			}
			lost.typical, lost.worst = append(lost.typical, f.typical...), append(lost.worst, f.worst...)
		}
		e.worse(b.course(way{service: s, up: b.lost(s, node), from: node, elsewhere: true}, &lost))
	}
	return e, true
}

// application: a member crashes, and it and what depends on it are started again where they were. Of all members the crash that takes
// longest counts. One crash that moves the service at once is told as threshold.
func (b *budgeter) application(s Service) (BudgetEvent, bool) {
	e := BudgetEvent{Event: EventApplication}
	some := false
	for _, id := range s.Members {
		noticed, why := b.detectCrash(id)
		switch {
		case b.thresholdOf(id) == 1:
			continue
		case why != "":
			return never(EventApplication, why, id), true
		}
		some = true
		w := way{service: s, down: map[actionOf]bool{{id, "stop"}: true}, from: b.here(s), crashed: id}
		switch b.onFail(id) {
		case "standby":
			if !b.taker(s) {
				return never(EventApplication, NoTaker, id), true
			}
			w.down, w.elsewhere = b.moved(s), true
		case "fence":
			f := b.fencing(w.from, &s)
			if f.none || !b.fences() {
				return never(EventApplication, NoFencing, w.from), true
			}
			noticed.typical, noticed.worst = append(noticed.typical, f.typical...), append(noticed.worst, f.worst...)
			w.down, w.up, w.elsewhere = nil, b.lost(s, w.from), true
		}
		e.worse(b.course(w, &noticed))
	}
	return e, some
}

// threshold: a member has crashed so often that the service moves.
func (b *budgeter) threshold(s Service) (BudgetEvent, bool) {
	e := BudgetEvent{Event: EventThreshold}
	some := false
	for _, id := range s.Members {
		if n := b.thresholdOf(id); n <= 0 || n >= Infinity {
			continue
		}
		noticed, why := b.detectCrash(id)
		switch {
		case why != "":
			return never(EventThreshold, why, id), true
		case !b.taker(s):
			return never(EventThreshold, NoTaker, s.ID), true
		}
		some = true
		e.worse(b.course(way{service: s, down: b.moved(s), from: b.here(s), elsewhere: true, crashed: id}, &noticed))
	}
	return e, some
}
