package ha

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hawser/internal/fault"
)

// The text of a rule, as people write it and as it is printed:
//
//	rule      = operand { "and" operand } | operand { "or" operand }
//	operand   = "(" rule ")" | condition
//	condition = ("defined" | "not_defined") ATTRIBUTE
//	          | ATTRIBUTE ("lt"|"gt"|"lte"|"gte"|"eq"|"ne") [TYPE] [SOURCE] VALUE
//	          | "date" ("gt" | "lt") DATE
//	          | "date" "in_range" [DATE] "to" (DATE | "duration" UNIT=COUNT …)
//	          | "date-spec" UNIT=RANGE …
//	          | "resource" [CLASS]:[PROVIDER]:[TYPE]
//	          | "op" NAME ["interval="TIME]
//
// It is pcs' own form. What holds blanks or parentheses, or is one of these words, stands in double quotes, where \ keeps the
// next character. "and" and "or" are not mixed without parentheses, because nobody remembers which of them is first.

// maxRuleText bounds a text in bytes.
const maxRuleText = 16 << 10

var ruleWords = []string{"and", "or", "defined", "not_defined", "date", "date-spec", "resource", "op", "to", "duration"}

// Text writes the rule's condition; score and role are not part of it.
func (r Rule) Text() string {
	parts := make([]string, 0, len(r.Expressions))
	for _, e := range r.Expressions {
		parts = append(parts, e.text())
	}
	return strings.Join(parts, " "+r.join()+" ")
}

func (r Rule) join() string {
	if r.Bool == "or" {
		return "or"
	}
	return "and"
}

func (e Expression) text() string {
	switch {
	case e.Rule != nil:
		return "(" + e.Rule.Text() + ")"
	case e.Date != nil:
		return e.Date.text()
	case e.Agent != nil:
		return "resource " + quoted(e.Agent.Class+":"+e.Agent.Provider+":"+e.Agent.Type)
	case e.Op != nil:
		text := "op " + quoted(e.Op.Name)
		if e.Op.Interval != "" {
			text += " interval=" + quoted(e.Op.Interval)
		}
		return text
	case strings.HasSuffix(e.Operation, "defined"):
		return e.Operation + " " + quoted(e.Attribute)
	}
	parts := []string{quoted(e.Attribute), quoted(e.Operation)}
	for _, word := range []string{e.Type, e.Source} {
		if word != "" {
			parts = append(parts, word)
		}
	}
	return strings.Join(append(parts, quoted(e.Value)), " ")
}

func (d DateMatch) text() string {
	units := func(values map[string]string, order []string) string {
		var parts []string
		for _, unit := range unitsOf(values, order) {
			parts = append(parts, unit+"="+quoted(values[unit]))
		}
		return strings.Join(parts, " ")
	}
	switch d.Operation {
	case "gt":
		return "date gt " + quoted(d.Start)
	case "lt":
		return "date lt " + quoted(d.End)
	case "date_spec":
		return "date-spec " + units(d.Spec, specUnits)
	}
	text := "date in_range "
	if d.Start != "" {
		text += quoted(d.Start) + " "
	}
	if len(d.Duration) > 0 {
		return text + "to duration " + units(d.Duration, durationUnits)
	}
	return text + "to " + quoted(d.End)
}

// unitsOf returns the units of values in their order, those that the order does not know after them.
func unitsOf(values map[string]string, order []string) []string {
	var list []string
	for _, unit := range order {
		if _, has := values[unit]; has {
			list = append(list, unit)
		}
	}
	for _, unit := range sortedKeys(values) {
		if !slices.Contains(order, unit) {
			list = append(list, unit)
		}
	}
	return list
}

// Units returns the names of values in the order in which a person says them, others after them, sorted.
func Units(values map[string]string) []string { return unitsOf(values, specUnits) }

// quoted writes a word so that it is read as one.
func quoted(text string) string {
	plain := text != "" && !typed(text) && !slices.Contains(ruleWords, text) && !slices.Contains(ruleTypes, text) && !slices.Contains(ruleSources, text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"\`, r) })
	if plain {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// typed says whether text looks like a value with its type before a colon, which is how some write what is two words here.
func typed(text string) bool {
	kind, _, is := strings.Cut(text, ":")
	return is && slices.Contains(ruleTypes, kind)
}

// ParseRule reads the text of a rule. A fault says at which character, counted from 1, it goes wrong, and what was expected there.
// Whether the conditions make sense where the rule is to stand is not checked here.
func ParseRule(text string) (Rule, error) {
	if len(text) > maxRuleText {
		return Rule{}, fault.New(fault.Invalid, "rule.too_large", "more than %d bytes", maxRuleText).With("max", fmt.Sprint(maxRuleText))
	}
	if !utf8.ValidString(text) || !xmlText(text) {
		return Rule{}, fault.New(fault.Invalid, "rule.characters", "holds characters that XML cannot carry")
	}
	p := ruleParser{}
	if err := p.split(text); err != nil {
		return Rule{}, err
	}
	r, err := p.rule(0)
	if err != nil {
		return Rule{}, err
	}
	if t := p.peek(); !t.end {
		return Rule{}, p.wrong(t, "and, or")
	}
	return r, nil
}

// ruleToken is a word or a parenthesis.
type ruleToken struct {
	text   string
	at     int  // of its first character, from 1
	quoted bool // begins with a quote: never a word of the language
	sign   bool // a parenthesis
	end    bool
}

func (t ruleToken) is(word string) bool { return !t.quoted && !t.end && t.text == word }

type ruleParser struct {
	tokens []ruleToken
	next   int
	size   int
}

// split makes words of a text.
func (p *ruleParser) split(text string) error {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		switch c := runes[i]; {
		case unicode.IsSpace(c):
			i++
		case c == '(' || c == ')':
			p.tokens = append(p.tokens, ruleToken{text: string(c), at: i + 1, sign: true})
			i++
		default:
			t := ruleToken{at: i + 1, quoted: c == '"'}
			var word strings.Builder
			inside := 0 // the place of an open quote
			for ; i < len(runes); i++ {
				c := runes[i]
				if c == '"' {
					if inside > 0 {
						inside = 0
					} else {
						inside = i + 1
					}
					continue
				}
				if inside > 0 && c == '\\' && i+1 < len(runes) {
					i++
					word.WriteRune(runes[i])
					continue
				}
				if inside == 0 && (unicode.IsSpace(c) || c == '(' || c == ')') {
					break
				}
				word.WriteRune(c)
			}
			if inside > 0 {
				return fault.New(fault.Invalid, "rule.quote", "the quote at character %d is not closed", inside).With("position", fmt.Sprint(inside))
			}
			t.text = word.String()
			p.tokens = append(p.tokens, t)
		}
	}
	p.tokens = append(p.tokens, ruleToken{at: len(runes) + 1, end: true})
	return nil
}

func (p *ruleParser) peek() ruleToken { return p.tokens[p.next] }

func (p *ruleParser) take() ruleToken {
	t := p.tokens[p.next]
	if !t.end {
		p.next++
	}
	return t
}

// wrong is the fault of something that stands where something else must.
func (p *ruleParser) wrong(t ruleToken, want string) error {
	if t.end {
		return fault.New(fault.Invalid, "rule.end", "the rule ends at character %d, where %s is expected", t.at, want).
			With("position", fmt.Sprint(t.at), "want", want)
	}
	return fault.New(fault.Invalid, "rule.unexpected", "%q at character %d, where %s is expected", t.text, t.at, want).
		With("position", fmt.Sprint(t.at), "got", t.text, "want", want)
}

func (p *ruleParser) rule(depth int) (Rule, error) {
	if depth > maxRuleDepth {
		return Rule{}, fault.New(fault.Invalid, "rule.too_deep", "rules are nested more than %d deep", maxRuleDepth).With("max", fmt.Sprint(maxRuleDepth))
	}
	var r Rule
	for {
		if p.size++; p.size > maxRuleSize {
			return r, fault.New(fault.Invalid, "rule.too_large", "more than %d expressions", maxRuleSize).With("max", fmt.Sprint(maxRuleSize))
		}
		e, err := p.operand(depth)
		if err != nil {
			return r, err
		}
		r.Expressions = append(r.Expressions, e)
		t := p.peek()
		if !t.is("and") && !t.is("or") {
			return r, nil
		}
		if r.Bool != "" && r.Bool != t.text {
			return r, fault.New(fault.Invalid, "rule.mixed", "%q at character %d after %q: put parentheses around what belongs together", t.text, t.at, r.Bool).
				With("position", fmt.Sprint(t.at), "got", t.text, "had", r.Bool)
		}
		r.Bool = t.text
		p.take()
	}
}

// word takes a word that is no parenthesis and, unless it is quoted, none that joins conditions.
func (p *ruleParser) word(want string) (ruleToken, error) {
	t := p.peek()
	if t.end || t.sign || t.is("and") || t.is("or") {
		return t, p.wrong(t, want)
	}
	return p.take(), nil
}

func (p *ruleParser) operand(depth int) (Expression, error) {
	if p.peek().sign && p.peek().text == "(" {
		open := p.take()
		inner, err := p.rule(depth + 1)
		if err != nil {
			return Expression{}, err
		}
		if t := p.peek(); !t.sign || t.text != ")" {
			if t.end {
				return Expression{}, fault.New(fault.Invalid, "rule.unclosed", "the parenthesis at character %d is not closed", open.at).With("position", fmt.Sprint(open.at))
			}
			return Expression{}, p.wrong(t, "and, or, )")
		}
		p.take()
		return Expression{Rule: &inner}, nil
	}
	first, err := p.word("ATTRIBUTE, defined, not_defined, date, date-spec, resource, op, (")
	if err != nil {
		return Expression{}, err
	}
	switch {
	case first.is("defined"), first.is("not_defined"):
		name, err := p.attribute()
		return Expression{Operation: first.text, Attribute: name}, err
	case first.is("date"):
		return p.date()
	case first.is("date-spec"):
		spec, err := p.units(specUnits, func(v string) bool { return specValue.MatchString(v) })
		return Expression{Date: &DateMatch{Operation: "date_spec", Spec: spec}}, err
	case first.is("resource"):
		return p.agent()
	case first.is("op"):
		return p.op()
	}
	if !valueName.MatchString(first.text) {
		return Expression{}, p.wrong(first, "ATTRIBUTE, defined, not_defined, date, date-spec, resource, op, (")
	}
	return p.comparison(first.text)
}

func (p *ruleParser) attribute() (string, error) {
	t, err := p.word("ATTRIBUTE")
	if err == nil && !valueName.MatchString(t.text) {
		err = p.wrong(t, "ATTRIBUTE")
	}
	return t.text, err
}

func (p *ruleParser) comparison(attribute string) (Expression, error) {
	const operators = "lt, gt, lte, gte, eq, ne"
	op, err := p.word(operators)
	if err != nil {
		return Expression{}, err
	}
	if op.quoted || !slices.Contains(ruleOperations[:6], op.text) {
		return Expression{}, p.wrong(op, operators)
	}
	e := Expression{Attribute: attribute, Operation: op.text}
	// A type or a source is one only where a value follows.
	valueFollows := func() bool {
		t := p.tokens[min(p.next+1, len(p.tokens)-1)]
		return !t.end && !t.sign && !t.is("and") && !t.is("or")
	}
	if t := p.peek(); !t.quoted && slices.Contains(ruleTypes, t.text) && valueFollows() {
		e.Type = p.take().text
	}
	if t := p.peek(); !t.quoted && slices.Contains(ruleSources, t.text) && valueFollows() {
		e.Source = p.take().text
	}
	value, err := p.word("VALUE")
	if err == nil && (value.text == "" || !value.quoted && typed(value.text)) {
		err = p.wrong(value, "[string, integer, number, version] VALUE")
	}
	e.Value = value.text
	return e, err
}

func (p *ruleParser) date() (Expression, error) {
	const operators = "gt, lt, in_range"
	op, err := p.word(operators)
	if err != nil {
		return Expression{}, err
	}
	d := &DateMatch{Operation: op.text}
	switch {
	case op.is("gt"):
		d.Start, err = p.moment("DATE")
	case op.is("lt"):
		d.End, err = p.moment("DATE")
	case op.is("in_range"):
		if !p.peek().is("to") {
			if d.Start, err = p.moment("DATE, to"); err != nil {
				return Expression{}, err
			}
		}
		if t := p.peek(); !t.is("to") {
			return Expression{}, p.wrong(t, "to")
		}
		p.take()
		if p.peek().is("duration") && d.Start != "" {
			p.take()
			d.Duration, err = p.units(durationUnits, func(v string) bool { return aCount.MatchString(v) })
		} else {
			d.End, err = p.moment("DATE, duration")
		}
	default:
		err = p.wrong(op, operators)
	}
	return Expression{Date: d}, err
}

func (p *ruleParser) moment(want string) (string, error) {
	t, err := p.word(want)
	if err == nil && !isDate(t.text) {
		err = fault.New(fault.Invalid, "rule.date_at", "%q at character %d is no date such as 2026-01-31 or \"2026-01-31 08:00:00Z\"", t.text, t.at).
			With("position", fmt.Sprint(t.at), "got", t.text)
	}
	return t.text, err
}

// units reads UNIT=VALUE as long as there are some; at least one.
func (p *ruleParser) units(allowed []string, fits func(string) bool) (map[string]string, error) {
	values := map[string]string{}
	for {
		t := p.peek()
		unit, value, is := strings.Cut(t.text, "=")
		if t.end || t.sign || !is {
			if len(values) == 0 {
				return values, p.wrong(t, allowed[0]+"=…")
			}
			return values, nil
		}
		if _, twice := values[unit]; twice || !slices.Contains(allowed, unit) || !fits(value) {
			return values, p.wrong(t, strings.Join(allowed, "=…, ")+"=…")
		}
		values[unit] = value
		p.take()
	}
}

func (p *ruleParser) agent() (Expression, error) {
	t, err := p.word("CLASS:PROVIDER:TYPE")
	if err != nil {
		return Expression{}, err
	}
	parts := strings.SplitN(t.text, ":", 3)
	if len(parts) == 2 { // a class without providers
		parts = []string{parts[0], "", parts[1]}
	}
	m := &AgentMatch{}
	if len(parts) == 3 {
		*m = AgentMatch{Class: parts[0], Provider: parts[1], Type: parts[2]}
	}
	for _, part := range parts {
		if part != "" && !agentPart.MatchString(part) {
			return Expression{}, p.wrong(t, "CLASS:PROVIDER:TYPE")
		}
	}
	if *m == (AgentMatch{}) {
		return Expression{}, p.wrong(t, "CLASS:PROVIDER:TYPE")
	}
	return Expression{Agent: m}, nil
}

func (p *ruleParser) op() (Expression, error) {
	t, err := p.word("NAME")
	if err != nil {
		return Expression{}, err
	}
	if !xmlID.MatchString(t.text) {
		return Expression{}, p.wrong(t, "NAME")
	}
	m := &OpMatch{Name: t.text}
	if next := p.peek(); strings.HasPrefix(next.text, "interval=") && !next.sign {
		if m.Interval = strings.TrimPrefix(next.text, "interval="); !duration.MatchString(m.Interval) || m.Interval == "P" {
			return Expression{}, p.wrong(next, "interval=10s")
		}
		p.take()
	}
	return Expression{Op: m}, nil
}
