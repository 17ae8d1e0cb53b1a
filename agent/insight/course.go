package insight

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// hop is what Pacemaker itself needs from the end of one operation to the beginning of the next that waited for it: the result
// goes to the controller, into the CIB, and the next order to its node.
const hop = 0 * time.Millisecond

// course is how a scenario goes on, in time.
type course struct {
	play     Play
	forecast *ha.Forecast
	before   []ha.ResourceState
	config   ha.Config
	history  []pacemaker.Ran   // of the CIB as it is
	agents   map[string]string // agent by primitive
	byAgent  map[string][]time.Duration
	last     map[string]time.Duration // the CIB's own history, by resource, operation and node
	lastAny  map[string]time.Duration // the same on any node
	offset   time.Duration            // when the current transition begins
	steps    []placed
}

// placed is an operation with its time.
type placed struct {
	pacemaker.GraphStep
	transition int
	begin, end time.Duration
	measured   bool
	first      int // where the steps of its transition begin in course.steps
}

// newCourse reads what was measured in the past.
func newCourse(p Play, f *ha.Forecast) *course {
	c := &course{
		play: p, forecast: f, config: p.Changed.Config(), history: p.Now.History(),
		byAgent: map[string][]time.Duration{}, last: map[string]time.Duration{}, lastAny: map[string]time.Duration{},
	}
	c.agents = agentsOf(c.history, c.config)
	for _, r := range c.history {
		if !r.Good() || r.Took <= 0 {
			continue
		}
		c.last[r.Resource+"|"+r.Operation+"|"+r.Node] = r.Took
		c.lastAny[r.Resource+"|"+r.Operation] = r.Took
		c.byAgent[r.Agent+"|"+r.Operation] = append(c.byAgent[r.Agent+"|"+r.Operation], r.Took)
	}
	return c
}

// took returns how long an operation takes: what was measured of this resource on this node, on any node, or of another resource
// with the same agent.
func (c *course) took(s pacemaker.GraphStep) (time.Duration, bool) {
	if s.Pseudo {
		return 0, true
	}
	if s.Operation == "fence" {
		return c.play.Times.Median("", pacemaker.Fencing, s.Node)
	}
	operation := s.Operation
	if operation == "monitor" {
		if s.Interval > 0 {
			return 0, true // nothing waits for it
		}
		operation = "probe"
	}
	if operation == "notify" || operation == "delete" || operation == "unfence" {
		d, _ := c.play.Times.Median(s.Resource, operation, s.Node)
		return d, true
	}
	if d, known := c.play.Times.Median(s.Resource, operation, s.Node); known {
		return d, true
	}
	if d, known := c.last[s.Resource+"|"+operation+"|"+s.Node]; known {
		return d, true
	}
	if d, known := c.lastAny[s.Resource+"|"+operation]; known {
		return d, true
	}
	if list := c.byAgent[c.agents[s.Resource]+"|"+operation]; len(list) > 0 {
		slices.Sort(list)
		return list[len(list)/2], true
	}
	return 0, false
}

// add appends a transition.
func (c *course) add(n int, d pacemaker.Decision) {
	for _, a := range d.Actions {
		a.Transition = n
		if top := topOf(c.config.Resources, a.Resource); top != nil {
			a.Service = top.ID
		}
		c.forecast.Actions = append(c.forecast.Actions, a)
	}
	first := len(c.steps)
	own := make([]placed, len(d.Steps))
	for i, s := range d.Steps {
		own[i] = placed{GraphStep: s, transition: n, first: first}
	}
	state := make([]int, len(own)) // 1: being placed, 2: placed
	var place func(i int)
	place = func(i int) {
		if state[i] != 0 {
			return // placed, or a ring that the scheduler's graphs do not have
		}
		state[i] = 1
		s := &own[i]
		s.begin = c.offset
		for _, b := range s.Before {
			place(b)
			if end := own[b].end; own[b].Pseudo || s.Pseudo {
				s.begin = max(s.begin, end)
			} else {
				s.begin = max(s.begin, end+hop)
			}
		}
		took, known := c.took(s.GraphStep)
		s.end, s.measured = s.begin+took, known
		state[i] = 2
	}
	end := c.offset
	for i := range own {
		place(i)
		end = max(end, own[i].end)
	}
	c.steps = append(c.steps, own...)
	c.offset = end
	told := slices.DeleteFunc(slices.Clone(own), func(s placed) bool { return s.Pseudo })
	slices.SortStableFunc(told, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(depth(own, a), depth(own, b)))
	})
	for _, s := range told {
		c.forecast.Steps = append(c.forecast.Steps, ha.ForecastStep{
			Transition: n, Operation: s.Operation, Resource: s.Resource, Node: s.Node,
			BeginMS: int(s.begin.Milliseconds()), DurationMS: int((s.end - s.begin).Milliseconds()), Measured: s.measured,
		})
	}
}

// depth is the longest way to a step, so that what was never measured still stands in order.
func depth(all []placed, s placed) int {
	seen := map[int]int{}
	var of func(list []int, left int) int
	of = func(list []int, left int) int {
		most := 0
		for _, b := range list {
			d, has := seen[b]
			if !has && left > 0 {
				d = of(all[b].Before, left-1) + 1
				seen[b] = d
			}
			most = max(most, d)
		}
		return most
	}
	return of(s.Before, len(all))
}

// interruptions finds the services that stop to work, and when they work again.
func (c *course) interruptions() {
	for _, top := range c.config.Resources {
		if strings.HasPrefix(top.Agent, "stonith:") || top.Kind == ha.Template {
			continue
		}
		if i, is := c.interruption(top); is {
			c.forecast.Services = append(c.forecast.Services, i)
		}
	}
	slices.SortStableFunc(c.forecast.Services, func(a, b ha.Interruption) int {
		if a.Ends != b.Ends {
			if a.Ends {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.OutageMS, a.OutageMS)
	})
}

// interruption of one service: from the first operation that takes something of it away to the last that brings it back. Of a
// promotable clone the promoted instance is the service; of any other clone, instances go on elsewhere and nothing is said unless
// the last one goes.
func (c *course) interruption(top ha.Resource) (ha.Interruption, bool) {
	promotable := top.Kind == ha.Clone && ha.Yes(top.Meta["promotable"])
	down, up := []string{"stop"}, []string{"start", "migrate_from"}
	if promotable {
		down, up = []string{"demote"}, []string{"promote"}
	}
	out := ha.Interruption{Service: top.ID, Ends: true, Exact: true}
	var begin, end []int
	left := map[string]int{}
	for i, s := range c.steps {
		if s.Resource == "" || ha.FindResource([]ha.Resource{top}, s.Resource) == nil || !c.ran(s.Resource, promotable) {
			continue
		}
		if slices.Contains(down, s.Operation) && primitive(top, s.Resource) {
			begin = append(begin, i)
			left[s.Resource]--
		}
		if slices.Contains(up, s.Operation) && primitive(top, s.Resource) {
			end = append(end, i)
			left[s.Resource]++
		}
	}
	if len(begin) == 0 && !c.fails(top) || top.Kind == ha.Clone && !promotable && !c.emptied(top, left) {
		return out, false
	}
	for _, balance := range left {
		out.Ends = out.Ends && balance >= 0
	}
	from := c.offset
	for _, i := range begin {
		from = min(from, c.steps[i].begin)
	}
	if c.fails(top) {
		from = 0
		if d := c.forecast.Detection; d != nil {
			out.DetectMS = d.ExpectedMS
		} else {
			out.Exact, out.Missing = false, append(out.Missing, "detection")
		}
	}
	to := from
	missing := map[string]bool{}
	for _, i := range end {
		to = max(to, c.steps[i].end)
		for _, b := range c.ancestors(i) {
			s := c.steps[b]
			if s.Operation == "fence" {
				out.FenceMS = max(out.FenceMS, int((s.end - s.begin).Milliseconds()))
			}
			if !s.measured && s.end >= from {
				missing[what(s)] = true
			}
		}
	}
	for name := range missing {
		out.Missing = append(out.Missing, name)
	}
	slices.Sort(out.Missing)
	out.Exact = out.Exact && len(missing) == 0
	out.OutageMS = int((to - from).Milliseconds()) + out.DetectMS
	return out, true
}

// what names an operation for people: program words, which stay as they are in every language.
func what(s placed) string {
	if s.Operation == "fence" {
		return "fence " + s.Node
	}
	return s.Operation + " " + s.Resource + "@" + s.Node
}

// ancestors are the steps of its own transition that a step waits for, and itself.
func (c *course) ancestors(i int) []int {
	first := c.steps[i].first
	seen := map[int]bool{i: true}
	list := []int{i}
	for n := 0; n < len(list); n++ {
		for _, b := range c.steps[list[n]].Before {
			if at := first + b; !seen[at] {
				seen[at] = true
				list = append(list, at)
			}
		}
	}
	return list
}

func primitive(top ha.Resource, id string) bool {
	r := ha.FindResource([]ha.Resource{top}, id)
	return r != nil && r.Kind == ha.Primitive
}

// ran says whether a resource runs before the scenario; of a promotable one, whether it is promoted anywhere.
func (c *course) ran(id string, promoted bool) bool {
	for _, r := range ha.Leaves(c.before) {
		if r.ID == id && len(r.Nodes) > 0 && (!promoted || r.Role == "Promoted") {
			return true
		}
	}
	return false
}

// fails says whether the scenario itself takes the service away, without asking it.
func (c *course) fails(top ha.Resource) bool {
	for _, m := range c.play.Fail {
		if ha.FindResource([]ha.Resource{top}, m.Resource) != nil && (top.Kind == ha.Primitive || top.Kind == ha.Group) {
			return true
		}
	}
	promotable := ha.Yes(top.Meta["promotable"])
	for _, r := range ha.Leaves(c.before) {
		if ha.FindResource([]ha.Resource{top}, r.ID) == nil || promotable && r.Role != "Promoted" || !promotable && top.Kind == ha.Clone {
			continue
		}
		if slices.ContainsFunc(r.Nodes, func(n string) bool { return slices.Contains(c.play.Lose, n) }) {
			return true
		}
	}
	return false
}

// emptied says whether a clone loses its last instance.
func (c *course) emptied(top ha.Resource, left map[string]int) bool {
	for _, r := range ha.Leaves(c.before) {
		if ha.FindResource([]ha.Resource{top}, r.ID) == nil {
			continue
		}
		active := 0
		for _, other := range ha.Leaves(c.before) {
			if other.ID == r.ID {
				active += len(other.Nodes)
			}
		}
		if active > 0 && active+left[r.ID] <= 0 {
			return true
		}
	}
	return false
}
