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

// Answer is a decision that may still be being made.
type Answer struct {
	done     chan struct{} // closed when the fields below are set
	decision pacemaker.Decision
	err      error
}

// Ask puts a question to the scheduler and does not wait: it thinks in a process of its own, while there is other work to do.
func Ask(ctx context.Context, s Scheduler, cib []byte, o pacemaker.Look) *Answer {
	a := &Answer{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.decision, a.err = s.Schedule(ctx, cib, o)
	}()
	return a
}

// Decision waits for the answer.
func (a *Answer) Decision() (pacemaker.Decision, error) {
	<-a.done
	return a.decision, a.err
}

// Play is a scenario that has been applied to a copy.
type Play struct {
	Now     *pacemaker.CIB // as it is
	Base    *Answer        // what the scheduler makes of that; where it is nil, it is asked
	Changed *pacemaker.CIB // with the scenario's changes of the configuration; Forecast changes it further
	// Lose, Stop and Fail are what the scenario does to nodes and resources, and Quorate whether the cluster has quorum once they have happened.
	Lose    []string
	Stop    []string
	Fail    []ha.FailedMonitor
	Quorate bool
	// Begin is Changed with what does not stay: the first half of a restart, forgotten failures; nil where there is nothing. And Then is what
	// is changed in turn, each once the cluster has come to rest after the one before.
	Begin *pacemaker.CIB
	Then  [][]ha.Edit
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
	if p.Base == nil {
		p.Base = Ask(ctx, s, p.Now.Bytes(), pacemaker.Look{At: p.At})
	}
	c := newCourse(p, &f)
	next := p.Changed
	if p.Begin != nil {
		next = p.Begin
	}
	for i, name := range p.Lose {
		if !c.remote(name) && !next.LoseNode(name) {
			return f, wrong(fmt.Sprintf("loseNodes[%d]", i), "whatif.node_not_there", "is no member that is online", "node", name)
		}
	}
	for i, name := range p.Stop {
		if !next.ShutDown(name, p.At) {
			return f, wrong(fmt.Sprintf("stopNodes[%d]", i), "whatif.node_not_there", "is no member that is online", "node", name)
		}
	}
	next.SetQuorum(p.Quorate)
	inject, detection, err := c.injections()
	if err != nil {
		return f, err
	}
	f.Detection = detection
	cib := next.Bytes()
	var base pacemaker.Decision
	for n := range maxTransitions + 2*len(p.Then) {
		carry := len(c.history) <= carryLimit
		d, err := s.Schedule(ctx, cib, pacemaker.Look{At: p.At, Inject: inject, Carry: carry, Graph: true})
		if err != nil {
			return f, err
		}
		if n == 0 {
			// What the cluster does without the scenario is not told as the scenario's doing.
			if base, err = p.Base.Decision(); err != nil {
				return f, err
			}
			f.Busy, c.before = len(open(base.Actions)) > 0, base.Resources
		}
		// What the scheduler cannot do it wants again and again. It is told once, and only where the scenario is the cause.
		d.Actions = slices.DeleteFunc(d.Actions, func(a ha.ForecastAction) bool { return a.Blocked && (n > 0 || slices.Contains(base.Actions, a)) })
		c.add(n, d)
		rest := len(open(d.Actions)) == 0
		if rest && len(p.Then) == 0 {
			f.Rest = true
			break
		}
		if !carry || ctx.Err() != nil {
			break
		}
		cib, inject = d.After, nil
		if rest {
			if cib, err = edited(cib, p.Then[0]); err != nil {
				return f, err
			}
			p.Then = p.Then[1:]
		}
	}
	c.interruptions()
	return f, ctx.Err()
}

func edited(cib []byte, edits []ha.Edit) ([]byte, error) {
	c, err := pacemaker.ParseCIB(cib)
	if err == nil {
		err = c.Apply(edits)
	}
	if err != nil {
		return nil, err
	}
	return c.Bytes(), nil
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
func (c *course) injections() ([]string, *ha.Detection, error) {
	var d *ha.Detection
	p := c.play
	if p.NodeDetection > 0 && slices.ContainsFunc(p.Lose, func(name string) bool { return !c.remote(name) }) {
		ms := int(p.NodeDetection.Milliseconds())
		d = &ha.Detection{Kind: "node", ExpectedMS: ms, WorstMS: ms}
	}
	var list []string
	fail := func(resource, node string, code int) (found bool) {
		for _, ran := range activeMonitors(c.history, resource) {
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
		if c.remote(name) && !fail(name, "", 1) {
			return nil, nil, wrong(fmt.Sprintf("loseNodes[%d]", i), "whatif.node_not_there", "is no node that is online", "node", name)
		}
	}
	for i, m := range p.Fail {
		at := fmt.Sprintf("fail[%d].resource", i)
		r := ha.FindResource(c.config.Resources, m.Resource)
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
func (c *course) remote(name string) bool {
	_, is := ha.FindRemote(c.config.Resources, name)
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

// topOf returns the top-level resource that id is, or is inside of.
func topOf(list []ha.Resource, id string) *ha.Resource {
	for i := range list {
		if ha.FindResource(list[i:i+1], id) != nil {
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
