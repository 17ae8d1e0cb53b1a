package ha

import (
	"fmt"
	"slices"
	"strings"

	"hawser/internal/fault"
)

// ConstraintKind is the kind of a relation.
type ConstraintKind string

// The kinds of constraints, with Pacemaker's names.
const (
	Location   ConstraintKind = "location"
	Colocation ConstraintKind = "colocation"
	Order      ConstraintKind = "order"
	Ticket     ConstraintKind = "ticket"
)

// Constraint is a relation between resources, or of a resource to nodes. Fields that a kind has no use for are empty.
// A constraint that says more than these fields can has Complex set: it is shown and kept, not edited.
type Constraint struct {
	ID            string         `json:"id"`
	Kind          ConstraintKind `json:"kind" enum:"location,colocation,order,ticket"`
	Resource      string         `json:"resource,omitempty" doc:"Location, ticket: the resource or tag. Colocation: the one that follows (rsc)."`
	Pattern       string         `json:"pattern,omitempty" doc:"Location: an extended regular expression over IDs instead of one resource (rsc-pattern)."`
	Role          string         `json:"role,omitempty" doc:"Location, colocation, ticket: the role of resource that it is about."`
	Node          string         `json:"node,omitempty" doc:"Location: the node."`
	Score         string         `json:"score,omitempty" doc:"INFINITY, -INFINITY or a whole number between -1000000 and 1000000."`
	Rule          *Rule          `json:"rule,omitempty" doc:"Location: where it holds, instead of a node."`
	Discovery     string         `json:"discovery,omitempty" enum:"always,never,exclusive" doc:"Location: where the cluster looks whether the resource runs (resource-discovery)."`
	With          string         `json:"with,omitempty" doc:"Colocation: the one that leads (with-rsc)."`
	WithRole      string         `json:"withRole,omitempty" doc:"Colocation: the role of with."`
	NodeAttribute string         `json:"nodeAttribute,omitempty" doc:"Colocation: nodes with the same value of this attribute count as one place."`
	Influence     string         `json:"influence,omitempty" doc:"Colocation: whether resource has a say in where with runs."`
	First         string         `json:"first,omitempty" doc:"Order: the one before."`
	Then          string         `json:"then,omitempty" doc:"Order: the one after."`
	Action        string         `json:"action,omitempty" doc:"Order: the action of first; start where empty."`
	ThenAction    string         `json:"thenAction,omitempty" doc:"Order: the action of then; that of first where empty."`
	OrderKind     string         `json:"orderKind,omitempty" enum:"Mandatory,Optional,Serialize"`
	Symmetrical   string         `json:"symmetrical,omitempty" doc:"Order: false where the reverse order does not hold for stopping."`
	RequireAll    string         `json:"requireAll,omitempty" doc:"Order: false where one active instance of first is enough."`
	Ticket        string         `json:"ticket,omitempty" doc:"Ticket: its name."`
	LossPolicy    string         `json:"lossPolicy,omitempty" enum:"stop,demote,fence,freeze" doc:"Ticket: what is done without it."`
	Sets          []ResourceSet  `json:"sets,omitempty" doc:"Several resources instead of one or two."`
	Complex       bool           `json:"complex,omitempty" doc:"Says more than these fields can; see xml."`
	XML           string         `json:"xml,omitempty" doc:"The element as the CIB has it."`
}

// ResourceSet is several resources in one constraint. Source: Pacemaker Explained 2.1, "Resource Sets".
type ResourceSet struct {
	Resources  []string `json:"resources" doc:"IDs of resources or tags."`
	Sequential string   `json:"sequential,omitempty" doc:"false where they are not related to each other, only to the other sets."`
	RequireAll string   `json:"requireAll,omitempty" doc:"Order: false where one of them is enough."`
	Ordering   string   `json:"ordering,omitempty" enum:"group,listed" doc:"Of old colocations."`
	Action     string   `json:"action,omitempty" doc:"Order: start, stop, promote or demote."`
	Role       string   `json:"role,omitempty"`
	Score      string   `json:"score,omitempty" doc:"Colocation: of the resources in the set."`
	Kind       string   `json:"kind,omitempty" enum:"Mandatory,Optional,Serialize"`
}

// AttributeSet is values that hold only while a rule is true.
type AttributeSet struct {
	ID       string            `json:"id" doc:"XML ID: letter or underscore first, then letters, digits, . _ -"`
	Kind     string            `json:"kind" enum:"parameters,meta,properties,resource_defaults,op_defaults"`
	Resource string            `json:"resource,omitempty" doc:"The resource whose parameters or meta attributes they are; empty for the kinds that concern the cluster."`
	Score    string            `json:"score,omitempty" doc:"Sets are asked in descending order of their scores; 1 where absent, so that it comes before values without a rule."`
	Rule     *Rule             `json:"rule"`
	Values   map[string]string `json:"values" doc:"Secret values are ***."`
}

// The kinds of attribute sets.
const (
	ParameterSet       = "parameters"
	MetaSet            = "meta"
	PropertySet        = "properties"
	ResourceDefaultSet = "resource_defaults"
	OpDefaultSet       = "op_defaults"
)

var attributeSetKinds = []string{ParameterSet, MetaSet, PropertySet, ResourceDefaultSet, OpDefaultSet}

// ValidateAttributeSet checks a set by itself. Whether its resource exists, the cluster knows.
func ValidateAttributeSet(s AttributeSet) error {
	var f fault.Fields
	checkID(&f, "id", s.ID)
	ofResource := s.Kind == ParameterSet || s.Kind == MetaSet
	switch {
	case required(&f, "kind", s.Kind):
	case !slices.Contains(attributeSetKinds, s.Kind):
		f.Add("kind", "field.one_of", "unknown kind", "value", s.Kind, "allowed", strings.Join(attributeSetKinds, ", "))
	case ofResource:
		checkID(&f, "resource", s.Resource)
	case s.Resource != "":
		f.Add("resource", "constraint.unwanted", "this kind has no such field", "kind", s.Kind, "field", "resource")
	}
	if s.Score != "" {
		checkScore(&f, "score", s.Score)
	}
	if s.Rule == nil {
		required(&f, "rule", "")
	} else {
		checkRule(&f, "rule.", *s.Rule, ruleUse{agent: s.Kind == ResourceDefaultSet || s.Kind == OpDefaultSet, op: s.Kind == OpDefaultSet})
	}
	if len(s.Values) == 0 {
		f.Add("values", "field.required", "missing")
	}
	checkValues(&f, "values", s.Values)
	if s.Kind == MetaSet || s.Kind == ResourceDefaultSet {
		checkMeta(&f, "values.", s.Values)
	}
	return f.Err()
}

// ValidateConstraint checks a constraint by itself. Whether its resources and nodes exist, the cluster knows.
func ValidateConstraint(c Constraint) error {
	var f fault.Fields
	checkConstraint(&f, "", c)
	return f.Err()
}

var (
	actions     = []string{"start", "stop", "promote", "demote"}
	orderKinds  = []string{"Mandatory", "Optional", "Serialize"}
	discoveries = []string{"always", "never", "exclusive"}
	losses      = []string{"stop", "demote", "fence", "freeze"}
)

// kindsOf names the kinds of constraints that have a field.
var kindsOf = map[string][]ConstraintKind{
	"resource": {Location, Colocation, Ticket}, "pattern": {Location}, "role": {Location, Colocation, Ticket}, "node": {Location},
	"score": {Location, Colocation, Order}, "discovery": {Location}, "with": {Colocation}, "withRole": {Colocation},
	"nodeAttribute": {Colocation}, "influence": {Colocation}, "first": {Order}, "then": {Order}, "action": {Order},
	"thenAction": {Order}, "orderKind": {Order}, "symmetrical": {Order}, "requireAll": {Order}, "ticket": {Ticket}, "lossPolicy": {Ticket},
}

func (c Constraint) fields() map[string]string {
	return map[string]string{
		"resource": c.Resource, "pattern": c.Pattern, "role": c.Role, "node": c.Node, "score": c.Score, "discovery": c.Discovery,
		"with": c.With, "withRole": c.WithRole, "nodeAttribute": c.NodeAttribute, "influence": c.Influence, "first": c.First,
		"then": c.Then, "action": c.Action, "thenAction": c.ThenAction, "orderKind": c.OrderKind, "symmetrical": c.Symmetrical,
		"requireAll": c.RequireAll, "ticket": c.Ticket, "lossPolicy": c.LossPolicy,
	}
}

// References are the resources and tags that a constraint names, by the field that names them.
func (c Constraint) References() map[string]string {
	list := map[string]string{}
	for field, id := range map[string]string{"resource": c.Resource, "with": c.With, "first": c.First, "then": c.Then} {
		if id != "" {
			list[field] = id
		}
	}
	for i, set := range c.Sets {
		for n, id := range set.Resources {
			list[fmt.Sprintf("sets[%d].resources[%d]", i, n)] = id
		}
	}
	return list
}

func checkConstraint(f *fault.Fields, at string, c Constraint) {
	checkID(f, at+"id", c.ID)
	if c.Complex {
		f.Add(at+"complex", "constraint.complex", "Hawser shows such a constraint, but does not make it", "id", c.ID)
		return
	}
	kinds := []string{"location", "colocation", "order", "ticket"}
	switch {
	case required(f, at+"kind", string(c.Kind)):
		return
	case !slices.Contains(kinds, string(c.Kind)):
		f.Add(at+"kind", "field.one_of", "unknown kind", "value", string(c.Kind), "allowed", strings.Join(kinds, ", "))
		return
	}
	given := c.fields()
	for _, name := range sortedKeys(given) {
		if given[name] != "" && !slices.Contains(kindsOf[name], c.Kind) {
			f.Add(at+name, "constraint.unwanted", "this kind has no such field", "kind", string(c.Kind), "field", name)
		}
	}
	if c.Rule != nil && c.Kind != Location {
		f.Add(at+"rule", "constraint.unwanted", "this kind has no such field", "kind", string(c.Kind), "field", "rule")
	}
	oneOf := func(field, value string, allowed []string) {
		if value != "" && !slices.Contains(allowed, value) {
			f.Add(at+field, "field.one_of", "unknown", "value", value, "allowed", strings.Join(allowed, ", "))
		}
	}
	checkRole(f, at+"role", c.Role)
	checkRole(f, at+"withRole", c.WithRole)
	oneOf("discovery", c.Discovery, discoveries)
	oneOf("influence", strings.ToLower(c.Influence), booleans)
	oneOf("action", c.Action, actions)
	oneOf("thenAction", c.ThenAction, actions)
	oneOf("orderKind", c.OrderKind, orderKinds)
	oneOf("symmetrical", strings.ToLower(c.Symmetrical), booleans)
	oneOf("requireAll", strings.ToLower(c.RequireAll), booleans)
	oneOf("lossPolicy", c.LossPolicy, losses)
	if c.Score != "" {
		checkScore(f, at+"score", c.Score)
	}
	if c.Score != "" && c.OrderKind != "" {
		f.Add(at+"score", "constraint.score_or_kind", "a kind or, in old clusters, a score", "id", c.ID)
	}
	if c.NodeAttribute != "" && !valueName.MatchString(c.NodeAttribute) {
		f.Add(at+"nodeAttribute", "attribute.name_invalid", "not a name that the cluster takes", "name", c.NodeAttribute)
	}
	checkSubjects(f, at, c)
	checkSets(f, at, c)
	if c.Kind == Location {
		switch {
		case c.Node == "" && c.Rule == nil:
			f.Add(at+"node", "field.required", "missing")
		case c.Node != "" && c.Rule != nil:
			f.Add(at+"rule", "constraint.node_or_rule", "a node or a rule, not both", "id", c.ID)
		case c.Rule != nil:
			checkRule(f, at+"rule.", *c.Rule, ruleUse{location: true})
			if c.Score != "" {
				f.Add(at+"score", "constraint.rule_score", "the score stands in the rule", "id", c.ID)
			}
		default:
			checkNodeName(f, at+"node", c.Node)
			required(f, at+"score", c.Score)
		}
	}
	if c.Kind == Colocation && len(c.Sets) == 0 {
		required(f, at+"score", c.Score)
	}
	if c.Kind == Ticket && !required(f, at+"ticket", c.Ticket) && !valueName.MatchString(c.Ticket) {
		f.Add(at+"ticket", "attribute.name_invalid", "not a name that the cluster takes", "name", c.Ticket)
	}
}

// checkSubjects checks whom a constraint is about, where these are no sets.
func checkSubjects(f *fault.Fields, at string, c Constraint) {
	if len(c.Sets) > 0 {
		for field, value := range map[string]string{"resource": c.Resource, "with": c.With, "first": c.First, "then": c.Then, "pattern": c.Pattern} {
			if value != "" {
				f.Add(at+field, "constraint.sets_or_one", "sets of resources, or one", "id", c.ID)
			}
		}
		return
	}
	switch c.Kind {
	case Location:
		if c.Pattern != "" {
			if c.Resource != "" {
				f.Add(at+"pattern", "constraint.sets_or_one", "a resource or a pattern", "id", c.ID)
			}
			if len(c.Pattern) > MaxValue || !xmlText(c.Pattern) {
				f.Add(at+"pattern", "attribute.value_invalid", "holds characters that XML cannot carry", "name", "pattern")
			}
			return
		}
		checkID(f, at+"resource", c.Resource)
	case Ticket:
		checkID(f, at+"resource", c.Resource)
	case Colocation:
		checkID(f, at+"resource", c.Resource)
		checkID(f, at+"with", c.With)
		same(f, at+"with", c.Resource, c.With)
	case Order:
		checkID(f, at+"first", c.First)
		checkID(f, at+"then", c.Then)
		same(f, at+"then", c.First, c.Then)
	}
}

func checkSets(f *fault.Fields, at string, c Constraint) {
	seen := map[string]bool{}
	for i, set := range c.Sets {
		here := fmt.Sprintf("%ssets[%d].", at, i)
		if len(set.Resources) == 0 {
			f.Add(here+"resources", "field.required", "missing")
		}
		for n, id := range set.Resources {
			path := fmt.Sprintf("%sresources[%d]", here, n)
			checkID(f, path, id)
			if seen[id] && id != "" {
				f.Add(path, "constraint.same", "a resource cannot be related to itself", "resource", id)
			}
			seen[id] = true
		}
		for _, one := range []struct {
			field, value string
			kinds        []ConstraintKind
			allowed      []string
		}{
			{"sequential", strings.ToLower(set.Sequential), []ConstraintKind{Colocation, Order}, booleans},
			{"requireAll", strings.ToLower(set.RequireAll), []ConstraintKind{Order}, booleans},
			{"ordering", set.Ordering, []ConstraintKind{Colocation}, []string{"group", "listed"}},
			{"action", set.Action, []ConstraintKind{Order}, actions},
			{"role", set.Role, []ConstraintKind{Location, Colocation, Ticket}, roles},
			{"kind", set.Kind, []ConstraintKind{Order}, orderKinds},
		} {
			switch {
			case one.value == "":
			case !slices.Contains(one.kinds, c.Kind):
				f.Add(here+one.field, "constraint.unwanted", "this kind has no such field", "kind", string(c.Kind), "field", one.field)
			case !slices.Contains(one.allowed, one.value):
				f.Add(here+one.field, "field.one_of", "unknown", "value", one.value, "allowed", strings.Join(one.allowed, ", "))
			}
		}
		if set.Score != "" {
			checkScore(f, here+"score", set.Score)
		}
	}
	if len(c.Sets) == 1 && len(c.Sets[0].Resources) == 1 && c.Kind != Location && c.Kind != Ticket {
		f.Add(at+"sets[0].resources", "constraint.one_alone", "a relation needs two", "id", c.ID)
	}
}

// same refuses a relation of a resource to itself.
func same(f *fault.Fields, path, a, b string) {
	if a == b && a != "" {
		f.Add(path, "constraint.same", "a resource cannot be related to itself", "resource", a)
	}
}

// Text writes a constraint as one line of name=value, with the text of its rule.
func (c Constraint) Text() string {
	text := string(c.Kind) + " " + joined("resource", c.Resource, "pattern", c.Pattern, "role", c.Role, "with", c.With, "with-role", c.WithRole,
		"node-attribute", c.NodeAttribute, "influence", c.Influence, "first", c.First, "then", c.Then, "node", c.Node, "action", c.Action,
		"then-action", c.ThenAction, "kind", c.OrderKind, "symmetrical", c.Symmetrical, "require-all", c.RequireAll, "ticket", c.Ticket,
		"loss-policy", c.LossPolicy, "score", c.Score, "discovery", c.Discovery)
	for _, set := range c.Sets {
		text += " set(" + strings.Join(set.Resources, " ") + ")"
		if options := joined("sequential", set.Sequential, "require-all", set.RequireAll, "ordering", set.Ordering, "action", set.Action,
			"role", set.Role, "score", set.Score, "kind", set.Kind); options != "" {
			text += "[" + options + "]"
		}
	}
	if c.Rule != nil {
		head := joined("role", c.Rule.Role, "score-attribute", c.Rule.ScoreAttribute)
		text += " rule(" + strings.TrimSpace(c.Rule.Score+" "+head) + "): " + c.Rule.Text()
	}
	if c.Complex {
		text += " " + c.XML
	}
	return strings.TrimSpace(text)
}
