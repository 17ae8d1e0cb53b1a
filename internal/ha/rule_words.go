package ha

import "strings"

// Sentence says in a language what must be so for the rule to be true. say returns the sentence of a key with its blanks filled;
// the keys are those of RuleKeys.
func (r Rule) Sentence(say func(key string, pairs ...string) string) string {
	parts := make([]string, 0, len(r.Expressions))
	for _, e := range r.Expressions {
		parts = append(parts, e.sentence(say))
	}
	return strings.Join(parts, say("rule.say."+r.join()))
}

func (e Expression) sentence(say func(key string, pairs ...string) string) string {
	switch {
	case e.Rule != nil:
		return say("rule.say.nested", "rule", e.Rule.Sentence(say))
	case e.Date != nil:
		return e.Date.sentence(say)
	case e.Agent != nil:
		return say("rule.say.agent", "agent", strings.Trim(e.Agent.Class+":"+e.Agent.Provider+":"+e.Agent.Type, ":"))
	case e.Op != nil && e.Op.Interval != "":
		return say("rule.say.op_interval", "name", e.Op.Name, "interval", e.Op.Interval)
	case e.Op != nil:
		return say("rule.say.op", "name", e.Op.Name)
	}
	name := e.Attribute
	if name == "#uname" {
		name = say("rule.say.node_name")
	}
	value := e.Value
	if e.Source == "param" || e.Source == "meta" {
		value = say("rule.say."+e.Source, "name", value)
	}
	return say("rule.say."+e.Operation, "attribute", name, "value", value)
}

func (d DateMatch) sentence(say func(key string, pairs ...string) string) string {
	units := func(values map[string]string, order []string, prefix string) string {
		var parts []string
		for _, unit := range unitsOf(values, order) {
			parts = append(parts, say(prefix+unit, "value", values[unit]))
		}
		return strings.Join(parts, say("rule.say.comma"))
	}
	switch {
	case d.Operation == "gt":
		return say("rule.say.after", "start", d.Start)
	case d.Operation == "lt":
		return say("rule.say.until", "end", d.End)
	case d.Operation == "date_spec":
		return say("rule.say.spec", "times", units(d.Spec, specUnits, "rule.spec."))
	case len(d.Duration) > 0:
		return say("rule.say.for", "start", d.Start, "duration", units(d.Duration, durationUnits, "rule.duration."))
	case d.Start == "":
		return say("rule.say.until", "end", d.End)
	}
	return say("rule.say.between", "start", d.Start, "end", d.End)
}

// RuleKeys are the keys of the sentences of rules.
func RuleKeys() []string {
	var keys []string
	for _, key := range append([]string{
		"and", "or", "comma", "nested", "agent", "op", "op_interval", "node_name", "param", "meta", "after", "until", "spec", "for", "between",
	}, ruleOperations...) {
		keys = append(keys, "rule.say."+key)
	}
	for _, unit := range specUnits {
		keys = append(keys, "rule.spec."+unit)
	}
	for _, unit := range durationUnits {
		keys = append(keys, "rule.duration."+unit)
	}
	return keys
}
