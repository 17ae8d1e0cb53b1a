package ha

import (
	"regexp"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// Failback says when a service returns to an earlier node of its order that is well again. It is made of stickiness alone, so that
// Pacemaker carries it out, with nobody else there: stickiness below the order's steps lets it return, above them it stays, and a
// rule on the time lets it return at certain hours.
type Failback struct {
	Mode     string `json:"mode" enum:"automatic,manual,scheduled" doc:"automatic: at once. manual: when somebody moves it. scheduled: during the given hours."`
	Weekdays string `json:"weekdays,omitempty" doc:"scheduled: 1 is Monday, for example 6-7; absent: every day."`
	Hours    string `json:"hours,omitempty" doc:"scheduled: hours of the day in the nodes' time zone, for example 2-3 for 02:00 to 03:59. Pacemaker notices within its cluster-recheck-interval."`
}

// The modes of failback.
const (
	FailbackAutomatic = "automatic"
	FailbackManual    = "manual"
	FailbackScheduled = "scheduled"
)

// holding is a stickiness that outweighs every order of nodes that Hawser makes. It counts once for each member of a group, and must
// stay below INFINITY for all of them together: a move asks with INFINITY, and would be tied otherwise.
const holding = "20000"

const stickinessName = "resource-stickiness"

// FailbackID is the ID of the set of meta attributes that lets a resource return at certain hours.
func FailbackID(resource string) string { return resource + "-failback" }

// FailbackSet is that set, nil where there is none.
func FailbackSet(cfg Config, resource string) *AttributeSet {
	for i, s := range cfg.AttributeSets {
		if s.ID == FailbackID(resource) && s.Kind == MetaSet && s.Resource == resource {
			return &cfg.AttributeSets[i]
		}
	}
	return nil
}

var hourRange = regexp.MustCompile(`^[0-9]{1,2}(-[0-9]{1,2})?$`)

// ValidateFailback checks a failback by itself.
func ValidateFailback(b Failback) error {
	var f fault.Fields
	within := func(field, text string, from, to int) {
		first, last, isRange := strings.Cut(text, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(last)
		if !hourRange.MatchString(text) || errA != nil || errB != nil || a < from || b > to || b < a {
			f.Add(field, "failback.range", "not a number or a range such as 2-3", "value", text, "from", strconv.Itoa(from), "to", strconv.Itoa(to))
		}
	}
	switch {
	case required(&f, "mode", b.Mode):
	case b.Mode != FailbackAutomatic && b.Mode != FailbackManual && b.Mode != FailbackScheduled:
		f.Add("mode", "field.one_of", "unknown", "value", b.Mode, "allowed", strings.Join([]string{FailbackAutomatic, FailbackManual, FailbackScheduled}, ", "))
	case b.Mode != FailbackScheduled:
		for field, text := range map[string]string{"weekdays": b.Weekdays, "hours": b.Hours} {
			if text != "" {
				f.Add(field, "failback.unscheduled", "only where it is scheduled", "field", field)
			}
		}
	default:
		if !required(&f, "hours", b.Hours) {
			within("hours", b.Hours, 0, 23)
		}
		if b.Weekdays != "" {
			within("weekdays", b.Weekdays, 1, 7)
		}
	}
	return f.Err()
}

// FailbackOf tells when a resource returns. It is nil where no node is preferred to all others: there is nowhere to return to.
func FailbackOf(cfg Config, id string) *Failback {
	r := FindResource(cfg.Resources, id)
	lead := preferenceLead(cfg, id)
	if r == nil || lead <= 0 {
		return nil
	}
	if s := FailbackSet(cfg, id); s != nil && s.Rule != nil && len(s.Rule.Expressions) == 1 {
		if d := s.Rule.Expressions[0].Date; d != nil && d.Operation == "date_spec" && Score(s.Values[stickinessName])*primitives(*r) < lead {
			return &Failback{Mode: FailbackScheduled, Weekdays: d.Spec["weekdays"], Hours: d.Spec["hours"]}
		}
	}
	text := r.Meta[stickinessName]
	if text == "" {
		text = cfg.ResourceDefaults[stickinessName]
	}
	if Score(text)*primitives(*r) < lead {
		return &Failback{Mode: FailbackAutomatic}
	}
	return &Failback{Mode: FailbackManual}
}

// CanStay says whether stickiness can hold a resource away from its first node. It cannot where that is preferred with INFINITY.
func CanStay(cfg Config, id string) bool {
	r := FindResource(cfg.Resources, id)
	return r != nil && Score(holding)*primitives(*r) >= preferenceLead(cfg, id)
}

// yielding is a stickiness that lets a resource return. It is more than none where that is possible: without any, the scheduler moves
// what runs only to even out the load.
func yielding(cfg Config, id string) string {
	if r := FindResource(cfg.Resources, id); r != nil && primitives(*r) < preferenceLead(cfg, id) {
		return "1"
	}
	return "0"
}

// preferenceLead is by how much a resource's first node outweighs all others, which have 0 where nothing is said of them.
func preferenceLead(cfg Config, id string) int {
	best, second := 0, 0
	for _, c := range cfg.Constraints {
		if c.Kind != Location || c.Resource != id || c.Node == "" || c.ByMove(id) {
			continue
		}
		if s := Score(c.Score); s > best {
			best, second = s, best
		} else if s > second {
			second = s
		}
	}
	return best - second
}

// primitives counts what a resource is made of: the stickiness of each counts.
func primitives(r Resource) int {
	if len(r.Members) == 0 {
		return 1
	}
	n := 0
	for _, m := range r.Members {
		n += primitives(m)
	}
	return n
}

// Edits make the failback of a resource this one.
func (b Failback) Edits(cfg Config, id string) []Edit {
	stickiness := holding
	if b.Mode == FailbackAutomatic {
		stickiness = yielding(cfg, id)
	}
	edits := []Edit{{Op: SetMeta, ID: id, Values: map[string]string{stickinessName: stickiness}}}
	if b.Mode == FailbackScheduled {
		spec := map[string]string{"hours": b.Hours}
		if b.Weekdays != "" {
			spec["weekdays"] = b.Weekdays
		}
		set := AttributeSet{
			ID: FailbackID(id), Kind: MetaSet, Resource: id, Values: map[string]string{stickinessName: yielding(cfg, id)},
			Rule: &Rule{Expressions: []Expression{{Date: &DateMatch{Operation: "date_spec", Spec: spec}}}},
		}
		return append(edits, Edit{Op: PutAttributes, ID: set.ID, Attributes: &set})
	}
	if s := FailbackSet(cfg, id); s != nil {
		edits = append(edits, Edit{Op: DeleteAttributes, ID: s.ID})
	}
	return edits
}
