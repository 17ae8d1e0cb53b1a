package ha

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"hawser/internal/fault"
)

// Rule is a condition: expressions that are joined by Bool. In a location constraint it decides where its score counts, in a set of
// attributes whether the set counts at all. Source: Pacemaker Explained 2.1, "Rules".
type Rule struct {
	Score          string       `json:"score,omitempty" doc:"Of a location constraint's rule: INFINITY, -INFINITY or a whole number between -1000000 and 1000000."`
	ScoreAttribute string       `json:"scoreAttribute,omitempty" doc:"Of a location constraint's rule: the node attribute that holds the score."`
	Role           string       `json:"role,omitempty" doc:"Of a location constraint's rule: only for instances in this role."`
	Bool           string       `json:"bool,omitempty" enum:"and,or" doc:"How its expressions are joined; and where absent."`
	Expressions    []Expression `json:"expressions"`
}

// Expression is one condition of a rule: it compares a node attribute, unless one of Date, Agent, Op and Rule is set.
type Expression struct {
	Attribute string      `json:"attribute,omitempty" doc:"Node attribute, for example pingd."`
	Operation string      `json:"operation,omitempty" enum:"lt,gt,lte,gte,eq,ne,defined,not_defined"`
	Value     string      `json:"value,omitempty"`
	Type      string      `json:"type,omitempty" enum:"string,integer,number,version"`
	Source    string      `json:"source,omitempty" enum:"literal,param,meta" doc:"What value is: itself, or the name of a parameter or meta attribute of the resource."`
	Date      *DateMatch  `json:"date,omitempty" doc:"A condition on the time."`
	Agent     *AgentMatch `json:"agent,omitempty" doc:"A condition on the resource's agent; only of defaults."`
	Op        *OpMatch    `json:"op,omitempty" doc:"A condition on the operation; only of operation defaults."`
	Rule      *Rule       `json:"rule,omitempty" doc:"A rule within the rule."`
}

// DateMatch is true at certain times.
type DateMatch struct {
	Operation string            `json:"operation" enum:"gt,lt,in_range,date_spec"`
	Start     string            `json:"start,omitempty" doc:"ISO 8601, for example 2026-01-31 08:00:00Z."`
	End       string            `json:"end,omitempty" doc:"ISO 8601."`
	Duration  map[string]string `json:"duration,omitempty" doc:"in_range: how long after start, instead of an end: seconds, minutes, hours, days, weeks, months, years."`
	Spec      map[string]string `json:"spec,omitempty" doc:"date_spec: for example hours=9-16, weekdays=1-5 (1 is Monday)."`
}

// AgentMatch is true for resources of an agent; what is empty matches everything.
type AgentMatch struct {
	Class    string `json:"class,omitempty"`
	Provider string `json:"provider,omitempty"`
	Type     string `json:"type,omitempty"`
}

// OpMatch is true for an operation.
type OpMatch struct {
	Name     string `json:"name"`
	Interval string `json:"interval,omitempty"`
}

// Equal says whether two rules say the same. Either may be nil.
func (r *Rule) Equal(o *Rule) bool { return reflect.DeepEqual(r, o) }

// ruleUse is where a rule stands: what it may ask differs.
type ruleUse struct{ location, agent, op bool }

// Bounds of a rule: what no person writes.
const (
	maxRuleDepth = 16
	maxRuleSize  = 256
)

var (
	ruleOperations = []string{"lt", "gt", "lte", "gte", "eq", "ne", "defined", "not_defined"}
	ruleTypes      = []string{"string", "integer", "number", "version"}
	ruleSources    = []string{"literal", "param", "meta"}
	// roles are those of resources; Master and Slave are what Pacemaker before 2.1 calls promoted and unpromoted.
	roles = []string{"Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"}
	// specUnits and durationUnits are in the order in which a person says them.
	specUnits     = []string{"years", "weekyears", "months", "weeks", "monthdays", "weekdays", "yearsdays", "yeardays", "hours", "minutes", "seconds", "moon"}
	durationUnits = []string{"years", "months", "weeks", "days", "hours", "minutes", "seconds"}
	specValue     = regexp.MustCompile(`^[0-9]{1,6}(-[0-9]{0,6})?$`)
	aCount        = regexp.MustCompile(`^[0-9]{1,9}$`)
	// aDate is ISO 8601 as far as Pacemaker reads it: calendar, ordinal and week dates, with or without time and zone.
	aDate = regexp.MustCompile(`^[0-9]{4}-?([0-9]{2}-?[0-9]{2}|[0-9]{3}|W[0-9]{2}-?[0-9])([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2})?)?\s?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$`)
)

// isDate says whether text is a time that Pacemaker reads.
func isDate(text string) bool {
	if !aDate.MatchString(text) {
		return false
	}
	if len(text) >= 10 && text[4] == '-' && text[7] == '-' {
		_, err := time.Parse(time.DateOnly, text[:10])
		return err == nil
	}
	return true
}

// checkRule checks a rule as it would be made. The outermost one of a location constraint has a score.
func checkRule(f *fault.Fields, at string, r Rule, use ruleUse) {
	if use.location {
		switch {
		case r.Score != "" && r.ScoreAttribute != "":
			f.Add(at+"scoreAttribute", "rule.one_score", "a score or an attribute that holds it, not both")
		case r.ScoreAttribute != "":
			if !valueName.MatchString(r.ScoreAttribute) {
				f.Add(at+"scoreAttribute", "attribute.name_invalid", "not a name that the cluster takes", "name", r.ScoreAttribute)
			}
		case !required(f, at+"score", r.Score):
			checkScore(f, at+"score", r.Score)
		}
		checkRole(f, at+"role", r.Role)
	} else if r.ScoreAttribute != "" || r.Role != "" {
		f.Add(at+"role", "rule.location_only", "only a location constraint's rule has a score attribute or a role")
	}
	size := 0
	checkExpressions(f, at, r, use, 0, &size)
	if size > maxRuleSize {
		f.Add(at+"expressions", "rule.too_large", "too many expressions", "max", fmt.Sprint(maxRuleSize))
	}
}

func checkExpressions(f *fault.Fields, at string, r Rule, use ruleUse, depth int, size *int) {
	if r.Bool != "" && r.Bool != "and" && r.Bool != "or" {
		f.Add(at+"bool", "field.one_of", "unknown", "value", r.Bool, "allowed", "and, or")
	}
	if len(r.Expressions) == 0 {
		f.Add(at+"expressions", "field.required", "missing")
	}
	if depth >= maxRuleDepth {
		f.Add(at+"expressions", "rule.too_deep", "rules are nested too deep", "max", fmt.Sprint(maxRuleDepth))
		return
	}
	for i, e := range r.Expressions {
		*size++
		if *size > maxRuleSize {
			return
		}
		here := fmt.Sprintf("%sexpressions[%d].", at, i)
		kinds := 0
		for _, is := range []bool{e.Date != nil, e.Agent != nil, e.Op != nil, e.Rule != nil, e.Attribute != "" || e.Operation != ""} {
			if is {
				kinds++
			}
		}
		switch {
		case kinds > 1:
			f.Add(here+"attribute", "rule.one_condition", "an expression is one condition")
		case e.Rule != nil:
			checkExpressions(f, here+"rule.", *e.Rule, use, depth+1, size)
		case e.Date != nil:
			checkDate(f, here+"date.", *e.Date)
		case e.Agent != nil:
			checkAgentMatch(f, here+"agent.", *e.Agent, use)
		case e.Op != nil:
			if !use.op {
				f.Add(here+"op", "rule.op_only", "only a rule of operation defaults can ask for the operation")
			}
			if !required(f, here+"op.name", e.Op.Name) && !xmlID.MatchString(e.Op.Name) {
				f.Add(here+"op.name", "attribute.name_invalid", "not a name that the cluster takes", "name", e.Op.Name)
			}
			checkDuration(f, here+"op.interval", e.Op.Interval)
		default:
			checkComparison(f, here, e)
		}
	}
}

func checkComparison(f *fault.Fields, here string, e Expression) {
	if !required(f, here+"attribute", e.Attribute) && !valueName.MatchString(e.Attribute) {
		f.Add(here+"attribute", "attribute.name_invalid", "not a name that the cluster takes", "name", e.Attribute)
	}
	if !slices.Contains(ruleOperations, e.Operation) {
		f.Add(here+"operation", "field.one_of", "unknown", "value", e.Operation, "allowed", strings.Join(ruleOperations, ", "))
	} else if needs := !strings.HasSuffix(e.Operation, "defined"); needs {
		required(f, here+"value", e.Value)
	}
	if e.Type != "" && !slices.Contains(ruleTypes, e.Type) {
		f.Add(here+"type", "field.one_of", "unknown", "value", e.Type, "allowed", strings.Join(ruleTypes, ", "))
	}
	if e.Source != "" && !slices.Contains(ruleSources, e.Source) {
		f.Add(here+"source", "field.one_of", "unknown", "value", e.Source, "allowed", strings.Join(ruleSources, ", "))
	}
	if !xmlText(e.Value) {
		f.Add(here+"value", "attribute.value_invalid", "holds characters that XML cannot carry", "name", e.Attribute)
	}
}

func checkDate(f *fault.Fields, at string, d DateMatch) {
	date := func(field, value string, needed bool) {
		if value == "" {
			if needed {
				required(f, at+field, value)
			}
		} else if !isDate(value) {
			f.Add(at+field, "rule.date_invalid", "not a time such as 2026-01-31 or 2026-01-31 08:00:00Z", "value", value)
		}
	}
	units := func(field string, values map[string]string, allowed []string, form *regexp.Regexp) {
		for _, unit := range sortedKeys(values) {
			switch {
			case !slices.Contains(allowed, unit):
				f.Add(at+field+"."+unit, "field.one_of", "unknown", "value", unit, "allowed", strings.Join(allowed, ", "))
			case !form.MatchString(values[unit]):
				f.Add(at+field+"."+unit, "rule.unit_invalid", "not a number, or a range such as 9-16", "value", values[unit])
			}
		}
	}
	switch d.Operation {
	case "gt":
		date("start", d.Start, true)
	case "lt":
		date("end", d.End, true)
	case "in_range":
		date("start", d.Start, len(d.Duration) > 0)
		date("end", d.End, len(d.Duration) == 0)
		if d.End != "" && len(d.Duration) > 0 {
			f.Add(at+"duration", "rule.end_or_duration", "an end or a duration, not both")
		}
		units("duration", d.Duration, durationUnits, aCount)
	case "date_spec":
		if len(d.Spec) == 0 {
			f.Add(at+"spec", "field.required", "missing")
		}
		units("spec", d.Spec, specUnits, specValue)
	default:
		f.Add(at+"operation", "field.one_of", "unknown", "value", d.Operation, "allowed", "gt, lt, in_range, date_spec")
	}
}

func checkAgentMatch(f *fault.Fields, at string, m AgentMatch, use ruleUse) {
	if !use.agent {
		f.Add(strings.TrimSuffix(at, "."), "rule.agent_only", "only a rule of defaults can ask for the agent")
	}
	if m == (AgentMatch{}) {
		f.Add(at+"type", "field.required", "missing")
	}
	for _, part := range [...][2]string{{"class", m.Class}, {"provider", m.Provider}, {"type", m.Type}} {
		if part[1] != "" && !agentPart.MatchString(part[1]) {
			f.Add(at+part[0], "agent.name_invalid", "not a part of an agent's name", "agent", part[1])
		}
	}
}

var agentPart = regexp.MustCompile(`^[A-Za-z0-9_.@\\-]+$`)

func checkRole(f *fault.Fields, path, role string) {
	if role != "" && !slices.Contains(roles, role) {
		f.Add(path, "field.one_of", "unknown", "value", role, "allowed", strings.Join(roles, ", "))
	}
}

// Dates calls visit for every condition on the time, at whatever depth.
func (r *Rule) Dates(visit func(DateMatch)) {
	if r == nil {
		return
	}
	for _, e := range r.Expressions {
		if e.Date != nil {
			visit(*e.Date)
		}
		e.Rule.Dates(visit)
	}
}
