package ha

import (
	"slices"
	"strings"
)

// actionOf is an action of a primitive: what an order is between.
type actionOf struct{ id, action string }

// orderEdge says that one action comes before another, and which constraint or group says so.
type orderEdge struct {
	from, to actionOf
	by       string
}

// NewCycle returns a cycle among the orders of a configuration that another one, before it, does not have: the resources in
// their order, the first one again at the end, and the constraint or group that closes it. Nil where there is none.
// The scheduler breaks a cycle at some place of its own choice, or leaves all of it stopped.
func NewCycle(before, after Config) (path []string, by string) {
	was := map[orderEdge]bool{}
	for _, e := range orderEdges(before) {
		e.by = ""
		was[e] = true
	}
	edges := orderEdges(after)
	next := map[actionOf][]orderEdge{}
	for _, e := range edges {
		next[e.from] = append(next[e.from], e)
	}
	for _, e := range edges {
		plain := e
		plain.by = ""
		if was[plain] {
			continue
		}
		if way := wayFrom(next, e.to, e.from, map[actionOf]bool{}); way != nil {
			path = []string{e.from.id}
			for _, a := range way {
				if path[len(path)-1] != a.id {
					path = append(path, a.id)
				}
			}
			if path[len(path)-1] != path[0] || len(path) == 1 {
				path = append(path, path[0])
			}
			return path, e.by
		}
	}
	return nil, ""
}

// wayFrom returns the actions from one to another, both included, or nil.
func wayFrom(next map[actionOf][]orderEdge, from, to actionOf, seen map[actionOf]bool) []actionOf {
	if from == to {
		return []actionOf{to}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, e := range next[from] {
		if way := wayFrom(next, e.to, to, seen); way != nil {
			return append([]actionOf{from}, way...)
		}
	}
	return nil
}

// orderEdges are all orders that must be kept: of constraints that are not optional, of groups, and of each resource itself.
func orderEdges(cfg Config) []orderEdge {
	o := orders{leaves: map[string][]string{}}
	var walk func(list []Resource) []string
	walk = func(list []Resource) []string {
		var all []string
		for _, r := range list {
			own := []string{r.ID}
			if len(r.Members) > 0 {
				own = walk(r.Members)
			}
			o.leaves[r.ID] = own
			if r.Kind == Group && !no(r.Meta["ordered"]) {
				for i := 1; i < len(own); i++ {
					o.edge(own[i-1], "start", own[i], "start", r.ID)
					o.edge(own[i], "stop", own[i-1], "stop", r.ID)
				}
			}
			if len(r.Members) == 0 {
				o.edge(r.ID, "start", r.ID, "promote", r.ID)
				o.edge(r.ID, "demote", r.ID, "stop", r.ID)
			}
			all = append(all, own...)
		}
		return all
	}
	walk(cfg.Resources)
	for _, t := range cfg.Tags {
		var all []string
		for _, id := range t.Resources {
			all = append(all, o.leaves[id]...)
		}
		if _, is := o.leaves[t.ID]; !is {
			o.leaves[t.ID] = all
		}
	}
	for _, c := range cfg.Constraints {
		if c.Kind == Order && !c.Complex && mandatory(c.OrderKind, c.Score) {
			o.constraint(c)
		}
	}
	return o.edges
}

// mandatory says whether an order must be kept. A score of 0 is how optional was said before there were kinds.
func mandatory(kind, scoreText string) bool {
	if kind != "" {
		return kind == "Mandatory"
	}
	return scoreText == "" || score(scoreText) > 0
}

// no says that a truth value is given and false.
func no(text string) bool {
	return slices.Contains([]string{"false", "off", "no", "n", "0"}, strings.ToLower(text))
}

type orders struct {
	leaves map[string][]string // the primitives of a resource or tag
	edges  []orderEdge
}

func (o *orders) edge(from, action, to, then, by string) {
	o.edges = append(o.edges, orderEdge{actionOf{from, action}, actionOf{to, then}, by})
}

// between orders all of first before all of then, and the reverse for the opposite actions.
func (o *orders) between(first, action, then, thenAction string, symmetrical bool, by string) {
	if action == "" {
		action = "start"
	}
	if thenAction == "" {
		thenAction = action
	}
	opposite := map[string]string{"start": "stop", "stop": "start", "promote": "demote", "demote": "promote"}
	for _, a := range o.leaves[first] {
		for _, b := range o.leaves[then] {
			o.edge(a, action, b, thenAction, by)
			if symmetrical {
				o.edge(b, opposite[thenAction], a, opposite[action], by)
			}
		}
	}
}

func (o *orders) constraint(c Constraint) {
	symmetrical := !no(c.Symmetrical)
	if len(c.Sets) == 0 {
		o.between(c.First, c.Action, c.Then, c.ThenAction, symmetrical, c.ID)
		return
	}
	for i, set := range c.Sets {
		if !no(set.Sequential) {
			for n := 1; n < len(set.Resources); n++ {
				o.between(set.Resources[n-1], set.Action, set.Resources[n], set.Action, symmetrical, c.ID)
			}
		}
		if i == 0 {
			continue
		}
		before := c.Sets[i-1]
		for _, a := range before.Resources {
			for _, b := range set.Resources {
				action, then := before.Action, set.Action
				if then == "" {
					then = "start"
				}
				o.between(a, action, b, then, symmetrical, c.ID)
			}
		}
	}
}
