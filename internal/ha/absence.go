package ha

import (
	"slices"
	"strings"
	"time"
)

// Happening is a change and when it was seen.
type Happening struct {
	At time.Time
	Change
}

// Work is the span in which a person was changing a cluster: an operation of theirs, what it was and of what.
type Work struct {
	Since, Until time.Time
	Kind, Object string // as those of the operation: resource.move and the resource, node.standby and the node
}

// wide are the kinds of work whose object does not say which services they may stop or move.
var wide = []string{
	"cluster.start", "cluster.stop", "cluster.restart", "cluster.properties", "config.apply", "revision.revert", "check.fix", "defaults.set", "health.set", "health.unset",
	"constraint.create", "constraint.edit", "constraint.delete", "attributes.create", "attributes.edit", "attributes.delete", "service.spread",
}

func (w Work) noun() string {
	noun, _, _ := strings.Cut(w.Kind, ".")
	return noun
}

// on says whether what happened may be this work's doing as far as nodes go: work on a node stops and moves what is there.
func (w Work) on(c Happening) bool {
	return w.noun() != "node" || w.Object != "" && slices.Contains([]string{c.Args["node"], c.Args["from"], c.Args["to"]}, w.Object)
}

// concernedBy says whether work may stop or move a service.
func (s Service) concernedBy(w Work) bool {
	switch w.noun() {
	case "node":
		return true // of which node, the change tells
	case "volume":
		return slices.Contains(s.Volumes, w.Object)
	case "resource", "tag", "service":
		if w.Object == s.ID || slices.Contains(s.Members, w.Object) || slices.Contains(s.Tied, w.Object) {
			return true
		}
	}
	return slices.Contains(wide, w.Kind)
}

// clockSlack is how far the clocks of node and server may be apart, and how late an observation, so that both still mean one moment.
const clockSlack = 5 * time.Second

func (w Work) covers(at time.Time) bool {
	return !at.Before(w.Since.Add(-clockSlack)) && !at.After(w.Until.Add(clockSlack))
}

// Absence is how long a resource was not there.
type Absence struct {
	Resource string    `json:"-"`
	Planned  bool      `json:"-"` // a person has stopped or moved it
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero" doc:"Absent where it is not back yet."`
	Seconds  float64   `json:"seconds" doc:"How long; until now where it is not back yet."`
}

// gone is an absence that has begun.
type gone struct {
	since   time.Time
	planned bool
}

type absences struct {
	works []Work
	lost  map[string]time.Time // nodes
	down  map[string]gone
	list  []Absence
}

// Absences tells from changes which resources were away and how long, each by itself, in the order in which they came back. One is away
// from the first sign of trouble with it or with the node that it ran on until it runs again. Where there is no such sign it was stopped
// or moved on purpose: away since it was seen stopped, or, where nobody saw it between here and there, at most since the work began that
// moved it. A move that is nobody's work is no absence: how long it took is not known. Works are those that may stop or move what the changes
// tell of; those on a node count where that is the node.
func Absences(changes []Happening, works []Work) []Absence {
	a := absences{works: works, lost: map[string]time.Time{}, down: map[string]gone{}}
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Happening) int { return a.At.Compare(b.At) })
	for _, c := range changes {
		switch c.Kind {
		case NodeLost, NodeUnclean, NodeFenced, NodeJoined:
			a.node(c)
		default:
			a.resource(c)
		}
	}
	for _, name := range sortedKeys(a.down) {
		a.list = append(a.list, Absence{Resource: name, Planned: a.down[name].planned, Since: a.down[name].since})
	}
	return a.list
}

func (a *absences) node(c Happening) {
	switch _, already := a.lost[c.Object]; {
	case c.Kind == NodeJoined:
		delete(a.lost, c.Object)
	case already, c.Kind == NodeFenced && c.Args["action"] == "on", c.Kind != NodeFenced && c.Severity == Info:
	default:
		a.lost[c.Object] = c.At
	}
}

func (a *absences) resource(c Happening) {
	was, isDown := a.down[c.Object]
	begin := func(since time.Time, planned bool) {
		if !isDown {
			a.down[c.Object] = gone{since, planned}
		}
	}
	end := func(g gone) {
		delete(a.down, c.Object)
		a.list = append(a.list, Absence{Resource: c.Object, Planned: g.planned, Since: g.since, Until: c.At})
	}
	work := a.workAt(c)
	switch c.Kind {
	case ResourceFailed, ResourceFaulty:
		begin(c.At, false)
	case ResourceStopped:
		if since, hit := a.lost[c.Args["node"]]; hit {
			begin(since, false)
		} else {
			begin(c.At, work != nil || c.Severity == Info)
		}
	case ResourceMoved:
		since, hit := a.lost[c.Args["from"]]
		switch {
		case c.Severity == Info: // a fence device
		case hit && (!isDown || since.Before(was.since)):
			end(gone{since: since})
		case isDown:
			end(was)
		case work != nil:
			end(gone{since: earlier(work.Since, c.At), planned: true})
		}
	case ResourceStarted, ResourceRecovered, ResourcePromoted:
		if isDown {
			end(was)
		}
	}
}

// workAt returns the last work that was going on when something happened, and may have caused it; nil where there was none.
func (a *absences) workAt(c Happening) *Work {
	var last *Work
	for i, w := range a.works {
		if w.covers(c.At) && w.on(c) && (last == nil || w.Since.After(last.Since)) {
			last = &a.works[i]
		}
	}
	return last
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// absences are those of a service: it is away as long as one of its members is. What began with trouble is not planned, whatever a
// person did meanwhile.
func (s Service) absences(changes []Happening, works []Work) []Absence {
	own := slices.DeleteFunc(slices.Clone(changes), func(c Happening) bool {
		return strings.HasPrefix(string(c.Kind), "resource.") && !slices.Contains(s.Members, c.Object)
	})
	works = slices.DeleteFunc(slices.Clone(works), func(w Work) bool { return !s.concernedBy(w) })
	each := Absences(own, works)
	slices.SortStableFunc(each, func(a, b Absence) int { return a.Since.Compare(b.Since) })
	var list []Absence
	for _, a := range each {
		a.Resource = s.ID
		last := len(list) - 1
		if last < 0 || !list[last].Until.IsZero() && a.Since.After(list[last].Until) {
			list = append(list, a)
			continue
		}
		l := &list[last]
		l.Planned = l.Planned && a.Planned
		if a.Until.IsZero() || l.Until.IsZero() {
			l.Until = time.Time{}
		} else if a.Until.After(l.Until) {
			l.Until = a.Until
		}
	}
	return list
}
