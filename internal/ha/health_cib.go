package ha

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// HealthSet is the ID of the property set in which the policy stands. cib-bootstrap-options wins over every other set, wherever it
// stands, and no name of ours is one that Pacemaker knows: so neither shadows the other [2.1.5].
const HealthSet = "hawser-health"

// healthPrefix begins the names of its properties.
const healthPrefix = "hawser-health-"

// IsHealthProperty says whether a property belongs to the policy.
func IsHealthProperty(name string) bool { return strings.HasPrefix(name, healthPrefix) }

const (
	healthMove = healthPrefix + "move"
	// healthStickiness keeps what the default of resource-stickiness was before Hawser raised it.
	healthStickiness = healthPrefix + "stickiness-before"
	unsetStickiness  = "none"
	healthStrategy   = "node-health-strategy"
	healthBase       = "node-health-base"
	healthGreen      = "node-health-green"
	healthYellow     = "node-health-yellow"
	healthRed        = "node-health-red"
)

// Text is the rule as the CIB has it: a switch, then name=value, divided by spaces.
func (r HealthRule) Text() string {
	words := []string{"off"}
	if r.On {
		words[0] = "on"
	}
	words = append(words, "yellow="+strconv.Itoa(r.Yellow), "red="+strconv.Itoa(r.Red), "lasts="+strconv.Itoa(r.Lasts)+"s", "back="+strconv.Itoa(r.Back)+"s", "margin="+strconv.Itoa(r.Margin))
	if len(r.Mounts) > 0 {
		words = append(words, "mounts="+strings.Join(r.Mounts, ","))
	}
	if r.IOWait != nil {
		words = append(words, "iowait="+strconv.Itoa(r.IOWait.Yellow)+"/"+strconv.Itoa(r.IOWait.Red))
	}
	if r.SMART {
		words = append(words, "smart=on")
	}
	return strings.Join(words, " ")
}

// ParseHealthRule reads a rule. What the text does not name is as in base.
func ParseHealthRule(k HealthKind, text string, base HealthRule) (HealthRule, error) {
	r := base
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		number := func(into *int, unit string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(value, unit))
			*into = n
			return err
		}
		err := error(nil)
		switch name {
		case "on", "off":
			r.On = name == "on"
		case "yellow":
			err = number(&r.Yellow, "%")
		case "red":
			err = number(&r.Red, "%")
		case "lasts":
			err = number(&r.Lasts, "s")
		case "back":
			err = number(&r.Back, "s")
		case "margin":
			err = number(&r.Margin, "%")
		case "mounts":
			r.Mounts = strings.Split(value, ",")
		case "iowait":
			r.IOWait, err = parseLimits(value)
		case "smart":
			r.SMART = Yes(value)
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			return base, errors.New(word)
		}
	}
	p := DefaultHealth()
	*p.Rule(k) = r
	if err := ValidateHealth(p); err != nil {
		return base, err
	}
	return r, nil
}

func defaultRule(k HealthKind) HealthRule {
	p := DefaultHealth()
	return *p.Rule(k)
}

func parseLimits(text string) (*HealthLimits, error) {
	if text == "off" {
		return nil, nil
	}
	y, r, _ := strings.Cut(text, "/")
	yellow, errY := strconv.Atoi(y)
	red, errR := strconv.Atoi(r)
	return &HealthLimits{Yellow: yellow, Red: red}, errors.Join(errY, errR)
}

// HealthMistake is a value of the policy in the CIB that cannot be read: somebody has written it by hand.
type HealthMistake struct {
	Node  string `json:"node,omitempty" doc:"Whose attribute; empty for a cluster property."`
	Name  string `json:"name"`
	Value string `json:"value"`
	Why   string `json:"why" doc:"The word that is wrong, or what is wrong with it."`
}

// CheckHealthValue says what is wrong with a value of the policy; empty where nothing is, or the name is none of the policy's.
func CheckHealthValue(name, value string) string {
	if name == healthMove && !slices.Contains(HealthMoves, HealthMove(value)) {
		return value
	}
	for _, k := range HealthKinds {
		if name == k.property() {
			if _, err := ParseHealthRule(k, value, defaultRule(k)); err != nil {
				return err.Error()
			}
		}
	}
	return ""
}

// HealthOf reads the policy of a cluster. A rule that cannot be read is switched off: nothing moves by mistake.
func HealthOf(cfg Config) (HealthPolicy, []HealthMistake) {
	p := DefaultHealth()
	var wrong []HealthMistake
	if text, set := cfg.Properties[healthMove]; set {
		if p.Move = HealthMove(text); !slices.Contains(HealthMoves, p.Move) {
			wrong = append(wrong, HealthMistake{Name: healthMove, Value: text, Why: text})
			p.Move = MoveOff
		}
	}
	read := func(node string, k HealthKind, text string, base HealthRule) HealthRule {
		r, err := ParseHealthRule(k, text, base)
		if err != nil {
			wrong = append(wrong, HealthMistake{Node: node, Name: k.property(), Value: text, Why: err.Error()})
			r = base
			r.On = false
		}
		return r
	}
	for _, k := range HealthKinds {
		if text, set := cfg.Properties[k.property()]; set {
			*p.Rule(k) = read("", k, text, *p.Rule(k))
		}
	}
	for _, n := range cfg.Nodes {
		for _, k := range HealthKinds {
			if text, set := n.Attributes[k.property()]; set {
				own := read(n.Name, k, text, *p.Rule(k))
				p.Node(n.Name).SetRule(k, &own)
			}
		}
	}
	for _, c := range cfg.Constraints {
		if isException(c) {
			for _, s := range c.Sets {
				for _, id := range s.Resources {
					if !slices.Contains(p.Except, id) {
						p.Except = append(p.Except, id)
					}
				}
			}
			if c.Resource != "" && !slices.Contains(p.Except, c.Resource) {
				p.Except = append(p.Except, c.Resource)
			}
		}
	}
	slices.Sort(p.Except)
	return p, wrong
}

// HealthScores are what Pacemaker weighs colours with.
type HealthScores struct {
	Base   int `json:"base" doc:"What every node has, so that the sum is never negative: the last node is not emptied."`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
}

const (
	// baseScore is above what all attributes can cost together, and far enough below INFINITY that preferences and stickiness fit between.
	baseScore = 600000
	// redAltogether is what all attributes cost together where all are red.
	redAltogether = 540000
	// preferRed and preferYellow are below the step of every order of nodes that Hawser makes.
	preferRed, preferYellow = 4, 1
)

// Scores are the scores of a policy. All attributes red must cost less than the base, and all yellow less than one that is red:
// the more attributes there are, the less each of them may cost.
func (p HealthPolicy) Scores(cfg Config) HealthScores {
	n := len(HealthKinds) + len(foreignAttributes(cfg))
	red := redAltogether / n
	switch p.Move {
	case MoveRed:
		return HealthScores{Base: baseScore, Red: -red}
	case MoveYellow:
		return HealthScores{Base: baseScore, Yellow: -(red / n * 5 / 6 / 1000 * 1000), Red: -red}
	case MovePrefer:
		return HealthScores{Base: baseScore, Yellow: -preferYellow, Red: -preferRed - (n - len(HealthKinds))}
	}
	return HealthScores{}
}

// HealthAgent is a resource that colours nodes by itself.
type HealthAgent struct {
	Resource  string     `json:"resource"`
	Agent     string     `json:"agent"`
	Attribute string     `json:"attribute"`
	Kind      HealthKind `json:"kind"`
	Measures  []string   `json:"measures" doc:"What Hawser leaves to it."`
}

// HealthAgents are the resources of a cluster that colour nodes. SysInfo does where it is told how much space must be free.
func HealthAgents(cfg Config) []HealthAgent {
	var list []HealthAgent
	var walk func([]Resource)
	walk = func(resources []Resource) {
		for _, r := range resources {
			a := HealthAgent{Resource: r.ID, Agent: r.Agent}
			switch r.Agent[strings.LastIndex(r.Agent, ":")+1:] {
			case "HealthCPU":
				a.Attribute, a.Kind, a.Measures = "#health-cpu", HealthCPU, HealthCPU.Measures()
			case "HealthMEM":
				a.Attribute, a.Kind, a.Measures = "#health-mem", HealthMemory, HealthMemory.Measures()
			case "HealthIOWait":
				a.Attribute, a.Kind, a.Measures = "#health-iowait", HealthDisk, []string{MeasureIOWait}
			case "HealthSMART":
				a.Attribute, a.Kind, a.Measures = "#health-smart", HealthDisk, []string{MeasureSMART}
			case "SysInfo":
				if r.Parameters["min_disk_free"] != "" {
					a.Attribute, a.Kind, a.Measures = "#health_disk", HealthDisk, []string{MeasureSpace}
				}
			}
			if a.Kind != "" && strings.HasPrefix(r.Agent, "ocf:") {
				list = append(list, a)
			}
			walk(r.Members)
		}
	}
	walk(cfg.Resources)
	return list
}

// foreignAttributes are health attributes beside Hawser's own.
func foreignAttributes(cfg Config) []string {
	var list []string
	for _, a := range HealthAgents(cfg) {
		own := slices.ContainsFunc(HealthKinds, func(k HealthKind) bool { return k.Attribute() == a.Attribute })
		if !own && !slices.Contains(list, a.Attribute) {
			list = append(list, a.Attribute)
		}
	}
	return list
}

// exceptPrefix begins the IDs of the constraints that give excepted resources back what the colours cost them.
const exceptPrefix = "hawser-health-except-"

func isException(c Constraint) bool {
	return c.Kind == Location && !c.Complex && strings.HasPrefix(c.ID, exceptPrefix)
}

// exceptions are those constraints: one for each attribute and colour. The meta attribute that Pacemaker has for it,
// allow-unhealthy-nodes, counts only where a node's sum is negative [2.1.5], which a base of 600000 keeps from ever happening.
func (p HealthPolicy) exceptions(cfg Config) []Constraint {
	if len(p.Except) == 0 {
		return nil
	}
	if p.Move == MoveOff { // they cost nothing without colours, and keep what is excepted until it is on again
		p.Move = MoveRed
	}
	scores := p.Scores(cfg)
	var attributes []string
	for _, k := range HealthKinds {
		attributes = append(attributes, k.Attribute())
	}
	var list []Constraint
	for _, attribute := range append(attributes, foreignAttributes(cfg)...) {
		for _, c := range []struct {
			colour Colour
			score  int
		}{{Yellow, scores.Yellow}, {Red, scores.Red}} {
			if c.score == 0 {
				continue
			}
			one := Constraint{
				ID: exceptPrefix + strings.Trim(strings.TrimPrefix(attribute, "#health"), "-_") + "-" + string(c.colour), Kind: Location,
				Rule: &Rule{Score: strconv.Itoa(-c.score), Expressions: []Expression{{Attribute: attribute, Operation: "eq", Value: string(c.colour)}}},
			}
			if attribute == "#health_disk" {
				one.ID = exceptPrefix + "sysinfo-" + string(c.colour)
			}
			if one.Resource = p.Except[0]; len(p.Except) > 1 {
				one.Resource, one.Sets = "", []ResourceSet{{Resources: slices.Clone(p.Except)}}
			}
			list = append(list, one)
		}
	}
	return list
}

// preferStickiness holds what runs against what colours cost where they only prefer.
func (p HealthPolicy) preferStickiness(cfg Config) int {
	return -p.Scores(cfg).Red*(len(HealthKinds)+len(foreignAttributes(cfg))) + 1
}

// Edits make the policy of a cluster this one. What is so already is not touched.
func (p HealthPolicy) Edits(cfg Config) []Edit {
	values := map[string]string{healthMove: string(p.Move)}
	for _, k := range HealthKinds {
		values[k.property()] = p.Rule(k).Text()
	}
	unset := []string{}
	if p.Move == MoveOff {
		unset = ownScores(cfg)
	} else {
		s := p.Scores(cfg)
		maps.Copy(values, map[string]string{healthStrategy: "progressive", healthBase: strconv.Itoa(s.Base), healthYellow: strconv.Itoa(s.Yellow), healthRed: strconv.Itoa(s.Red)})
		if Score(cfg.Properties[healthGreen]) != 0 {
			values[healthGreen] = "0"
		}
	}
	var edits []Edit
	if p.Move == MovePrefer {
		if was, need := cfg.ResourceDefaults[stickinessName], p.preferStickiness(cfg); Score(was) < need {
			edits = append(edits, Edit{Op: SetResourceDefault, Values: map[string]string{stickinessName: strconv.Itoa(need)}})
			if _, kept := cfg.Properties[healthStickiness]; !kept {
				values[healthStickiness] = was
				if was == "" {
					values[healthStickiness] = unsetStickiness
				}
			}
		}
	} else {
		edits = append(edits, giveStickinessBack(cfg, &unset)...)
	}
	edits = slices.Concat(setValuesOf(cfg, values, unset), edits)
	for _, n := range cfg.Nodes {
		own := map[string]string{}
		var none []string
		for _, k := range HealthKinds {
			var rule *HealthRule
			if i := slices.IndexFunc(p.Nodes, func(r NodeHealthRules) bool { return r.Node == n.Name }); i >= 0 {
				rule = p.Nodes[i].Rule(k)
			}
			if rule != nil {
				own[k.property()] = rule.Text()
			} else {
				none = append(none, k.property())
			}
		}
		if set, gone := different(n.Attributes, own, none); len(set)+len(gone) > 0 {
			edits = append(edits, Edit{Op: SetNodeAttributes, Node: n.Name, Values: set, Unset: gone})
		}
	}
	return append(edits, p.exceptionEdits(cfg)...)
}

// exceptionEdits bring the constraints of excepted resources about.
func (p HealthPolicy) exceptionEdits(cfg Config) []Edit {
	var edits []Edit
	want := p.exceptions(cfg)
	for _, c := range cfg.Constraints {
		if c.Kind != Location || !strings.HasPrefix(c.ID, exceptPrefix) {
			continue
		}
		i := slices.IndexFunc(want, func(w Constraint) bool { return w.ID == c.ID })
		if i < 0 {
			edits = append(edits, Edit{Op: DeleteConstraint, ID: c.ID})
			continue
		}
		if one := want[i]; c.Complex || !sameException(c, one) {
			edits = append(edits, Edit{Op: DeleteConstraint, ID: c.ID}, Edit{Op: CreateConstraint, ID: one.ID, Constraint: &one})
		}
		want = slices.Delete(want, i, i+1)
	}
	for _, c := range want {
		edits = append(edits, Edit{Op: CreateConstraint, ID: c.ID, Constraint: &c})
	}
	return edits
}

func sameException(a, b Constraint) bool {
	resources := func(c Constraint) []string {
		list := []string{c.Resource}
		for _, s := range c.Sets {
			list = append(list, s.Resources...)
		}
		return slices.Sorted(slices.Values(list))
	}
	return slices.Equal(resources(a), resources(b)) && a.Rule != nil && a.Rule.Score == b.Rule.Score && slices.EqualFunc(a.Rule.Expressions, b.Rule.Expressions, func(x, y Expression) bool {
		return x.Attribute == y.Attribute && x.Operation == y.Operation && x.Value == y.Value
	})
}

// NoHealth are the edits that take away all that the policy has ever set.
func NoHealth(cfg Config) []Edit {
	off := DefaultHealth()
	edits := off.Edits(cfg) // what is not in the cluster's own names
	unset := ownScores(cfg)
	for name := range cfg.Properties {
		if IsHealthProperty(name) {
			unset = append(unset, name)
		}
	}
	slices.Sort(unset)
	edits = slices.DeleteFunc(edits, func(e Edit) bool { return e.Op == SetProperties })
	if len(unset) > 0 {
		edits = append([]Edit{{Op: SetProperties, Unset: slices.Compact(unset)}}, edits...)
	}
	return edits
}

// ownScores are the properties of Pacemaker's that the policy has set: where it moves nothing, they are somebody else's.
func ownScores(cfg Config) []string {
	if move := cfg.Properties[healthMove]; move == "" || move == string(MoveOff) {
		return nil
	}
	return []string{healthStrategy, healthBase, healthYellow, healthRed}
}

// giveStickinessBack undoes what a policy that only prefers has done to the default, unless somebody has changed it since.
func giveStickinessBack(cfg Config, unset *[]string) []Edit {
	was, kept := cfg.Properties[healthStickiness]
	if !kept {
		return nil
	}
	*unset = append(*unset, healthStickiness)
	if cfg.ResourceDefaults[stickinessName] != strconv.Itoa(HealthPolicy{Move: MovePrefer}.preferStickiness(cfg)) {
		return nil
	}
	if was == unsetStickiness {
		return []Edit{{Op: SetResourceDefault, Unset: []string{stickinessName}}}
	}
	return []Edit{{Op: SetResourceDefault, Values: map[string]string{stickinessName: was}}}
}

func setValuesOf(cfg Config, values map[string]string, unset []string) []Edit {
	set, gone := different(cfg.Properties, values, unset)
	if len(set)+len(gone) == 0 {
		return nil
	}
	return []Edit{{Op: SetProperties, Values: set, Unset: gone}}
}

// different leaves out what is so already.
func different(now, values map[string]string, unset []string) (set map[string]string, gone []string) {
	for name, value := range values {
		if old, has := now[name]; !has || old != value {
			if set == nil {
				set = map[string]string{}
			}
			set[name] = value
		}
	}
	for _, name := range unset {
		if _, has := now[name]; has {
			gone = append(gone, name)
		}
	}
	return set, gone
}
