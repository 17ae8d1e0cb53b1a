// Package insight plays changes and failures through, and explains why resources are where they are: by asking Pacemaker's own
// scheduler about copies of the CIB. No decision is made here, and no reason is given that the scheduler has not confirmed.
package insight

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Scheduler decides on a copy of a CIB.
type Scheduler interface {
	Schedule(ctx context.Context, cib []byte, o pacemaker.Look) (pacemaker.Decision, error)
}

// Play is a scenario that has been applied to a copy.
type Play struct {
	Now     *pacemaker.CIB // as it is
	Changed *pacemaker.CIB // with the scenario's changes of the configuration
	// Lose, Stop and Fail are what the scenario does to nodes and resources, and Quorate whether the cluster has quorum once they have happened.
	Lose    []string
	Stop    []string
	Fail    []ha.FailedMonitor
	Quorate bool
	// NodeDetection is how long it takes to notice that a node is gone.
	NodeDetection time.Duration
	Times         *pacemaker.Times
	At            time.Time
}

// carryLimit is up to how many operations in the history the tool may carry actions out itself: it then needs tens of
// milliseconds for each action. Above it only the first transition is told.
const carryLimit = 600

// maxTransitions is how far it is looked: real clusters come to rest in two or three transitions.
const maxTransitions = 5

// Forecast asks the scheduler what it would do.
func Forecast(ctx context.Context, s Scheduler, p Play) (ha.Forecast, error) {
	f := ha.Forecast{
		Quorate: p.Quorate, Differences: pacemaker.Differences(p.Now, p.Changed), Actions: []ha.ForecastAction{}, Steps: []ha.ForecastStep{}, Services: []ha.Interruption{},
	}
	next := p.Changed.Clone()
	for i, name := range p.Lose {
		if !p.remote(name) && !next.LoseNode(name) {
			return f, wrong(fmt.Sprintf("loseNodes[%d]", i), "whatif.node_not_there", "is no member that is online", "node", name)
		}
	}
	for i, name := range p.Stop {
		if !next.ShutDown(name, p.At) {
			return f, wrong(fmt.Sprintf("stopNodes[%d]", i), "whatif.node_not_there", "is no member that is online", "node", name)
		}
	}
	next.SetQuorum(p.Quorate)
	inject, detection, err := p.injections()
	if err != nil {
		return f, err
	}
	f.Detection = detection
	// What the cluster does without the scenario is not told as the scenario's doing.
	base, err := s.Schedule(ctx, p.Now.Bytes(), pacemaker.Look{At: p.At})
	if err != nil {
		return f, err
	}
	f.Busy = len(open(base.Actions)) > 0
	c := course{play: p, forecast: &f, before: base.Resources, config: p.Changed.Config(), agents: agentsOf(p.Now.History(), p.Changed.Config())}
	c.measure()
	history := p.Now.History()
	cib := next.Bytes()
	for n := range maxTransitions {
		carry := len(history) <= carryLimit
		d, err := s.Schedule(ctx, cib, pacemaker.Look{At: p.At, Inject: inject, Carry: carry, Graph: true})
		if err != nil {
			return f, err
		}
		// What the scheduler cannot do it wants again and again. It is told once, and only where the scenario is the cause.
		d.Actions = slices.DeleteFunc(d.Actions, func(a ha.ForecastAction) bool { return a.Blocked && (n > 0 || slices.Contains(base.Actions, a)) })
		c.add(n, d)
		if len(open(d.Actions)) == 0 {
			f.Rest = true
			break
		}
		if !carry || ctx.Err() != nil {
			break
		}
		cib, inject = d.After, nil
	}
	c.interruptions()
	return f, ctx.Err()
}

// open are the actions that will be carried out.
func open(list []ha.ForecastAction) []ha.ForecastAction {
	return slices.DeleteFunc(slices.Clone(list), func(a ha.ForecastAction) bool { return a.Blocked })
}

func wrong(field, reason, message string, pairs ...string) error {
	var f fault.Fields
	f.Add(field, reason, message, pairs...)
	return f.Err()
}

// injections are the failed monitors as crm_simulate takes them, and how long it takes until they are noticed.
func (p Play) injections() ([]string, *ha.Detection, error) {
	var d *ha.Detection
	if p.NodeDetection > 0 && slices.ContainsFunc(p.Lose, func(name string) bool { return !p.remote(name) }) {
		ms := int(p.NodeDetection.Milliseconds())
		d = &ha.Detection{Kind: "node", ExpectedMS: ms, WorstMS: ms}
	}
	var list []string
	history := p.Now.History()
	fail := func(resource, node string, code int) (found bool) {
		for _, ran := range activeMonitors(history, resource) {
			if node != "" && ran.Node != node {
				continue
			}
			found = true
			list = append(list, ran.Instance+"_monitor_"+strconv.Itoa(ran.Interval)+"@"+ran.Node+"="+strconv.Itoa(code))
			took, _ := p.Times.Median(resource, "monitor", ran.Node)
			if half := ran.Interval/2 + int(took.Milliseconds()); d == nil {
				d = &ha.Detection{Kind: "monitor", ExpectedMS: half, WorstMS: ran.Interval + int(took.Milliseconds())}
			}
		}
		return found
	}
	for i, name := range p.Lose {
		// A remote or guest node is no member: that it is gone is what the monitor of the connection says, which has the node's name.
		if p.remote(name) && !fail(name, "", 1) {
			return nil, nil, wrong(fmt.Sprintf("loseNodes[%d]", i), "whatif.node_not_there", "is no node that is online", "node", name)
		}
	}
	for i, m := range p.Fail {
		at := fmt.Sprintf("fail[%d].resource", i)
		r := findConfigured(p.Changed.Config().Resources, m.Resource)
		switch {
		case r == nil:
			return nil, nil, wrong(at, "resource.unknown", "there is no such resource", "resource", m.Resource)
		case r.Kind != ha.Primitive:
			return nil, nil, wrong(at, "whatif.not_primitive", "is no single resource: name one of its members", "resource", m.Resource)
		}
		if !fail(m.Resource, m.Node, 7) {
			return nil, nil, wrong(at, "whatif.no_monitor", "has no repeated monitor that runs: nobody would notice its failure", "resource", m.Resource)
		}
	}
	return list, d, nil
}

// remote says whether a node is one that a resource makes.
func (p Play) remote(name string) bool {
	_, is := ha.FindRemote(p.Changed.Config().Resources, name)
	return is
}

// activeMonitors are the repeated monitors that go on: those of the last start, not what a stop has ended.
func activeMonitors(history []pacemaker.Ran, resource string) []pacemaker.Ran {
	last := map[string]pacemaker.Ran{} // by node: the newest start or stop
	for _, r := range history {
		if r.Resource == resource && r.Interval == 0 && r.Call >= last[r.Node].Call {
			last[r.Node] = r
		}
	}
	var list []pacemaker.Ran
	seen := map[string]bool{}
	for _, r := range slices.Backward(history) {
		if r.Resource != resource || r.Interval == 0 || seen[r.Node] {
			continue
		}
		if op := last[r.Node]; op.Operation == "stop" && op.Call > r.Call || op.Operation == "probe" && op.Code == 7 && op.Call > r.Call {
			continue
		}
		seen[r.Node] = true
		list = append(list, r)
	}
	return list
}

func findConfigured(list []ha.Resource, id string) *ha.Resource {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if r := findConfigured(list[i].Members, id); r != nil {
			return r
		}
	}
	return nil
}

// topOf returns the top-level resource that id is, or is inside of.
func topOf(list []ha.Resource, id string) *ha.Resource {
	for i := range list {
		if findConfigured(list[i:i+1], id) != nil {
			return &list[i]
		}
	}
	return nil
}

// agentsOf names the agent of each primitive.
func agentsOf(history []pacemaker.Ran, cfg ha.Config) map[string]string {
	agents := map[string]string{}
	for _, r := range history {
		agents[r.Resource] = r.Agent
	}
	var walk func(list []ha.Resource)
	walk = func(list []ha.Resource) {
		for _, r := range list {
			if r.Agent != "" {
				agents[r.ID] = r.Agent
			}
			walk(r.Members)
		}
	}
	walk(cfg.Resources)
	return agents
}
