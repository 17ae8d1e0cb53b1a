package ha

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"hawser/internal/fault"
)

// Smart migration: each node measures how it is and says so with a colour; Pacemaker moves what runs there, by its own node health.
// The policy is in the CIB, as cluster properties that only Hawser reads (docs/decisions/0009).

// HealthKind is what a node measures of itself.
type HealthKind string

// The kinds.
const (
	HealthCPU    HealthKind = "cpu"
	HealthMemory HealthKind = "mem"
	HealthDisk   HealthKind = "disk"
)

// HealthKinds are all of them.
var HealthKinds = []HealthKind{HealthCPU, HealthMemory, HealthDisk}

// Attribute is the node attribute that holds the colour: Pacemaker adds up all whose name begins with #health.
func (k HealthKind) Attribute() string { return "#health-" + string(k) }

// property is the name of the cluster property, and of the node's attribute, that holds the rule.
func (k HealthKind) property() string { return healthPrefix + string(k) }

// Colour says how well a node is.
type Colour string

// The colours, best first.
const (
	Green  Colour = "green"
	Yellow Colour = "yellow"
	Red    Colour = "red"
)

// Colours are all colours, best first.
var Colours = []Colour{Green, Yellow, Red}

// Worse says whether c is worse than d. None is as good as green.
func (c Colour) Worse(d Colour) bool { return c.rank() > d.rank() }

func (c Colour) rank() int { return max(0, slices.Index(Colours, c)) }

// HealthMove is what a colour leads to.
type HealthMove string

// What a colour leads to.
const (
	MoveOff    HealthMove = "off"    // nothing: nodes are not coloured
	MoveRed    HealthMove = "red"    // what runs on a red node moves
	MoveYellow HealthMove = "yellow" // what runs on a red or yellow node moves
	MovePrefer HealthMove = "prefer" // nothing moves, but what starts prefers greener nodes
)

// HealthMoves are all of them.
var HealthMoves = []HealthMove{MoveOff, MoveRed, MoveYellow, MovePrefer}

// HealthPolicy is smart migration in one cluster.
type HealthPolicy struct {
	Move   HealthMove        `json:"move" enum:"off,red,yellow,prefer" doc:"off: nothing. red: what runs on a red node moves. yellow: what runs on a red or yellow node moves. prefer: nothing moves, what starts prefers greener nodes."`
	CPU    HealthRule        `json:"cpu" doc:"Load of all processors."`
	Memory HealthRule        `json:"mem" doc:"Memory that is not available to programs."`
	Disk   HealthRule        `json:"disk" doc:"The fullest of the mount points; where asked for also waiting for disks, and SMART."`
	Nodes  []NodeHealthRules `json:"nodes,omitempty" doc:"Nodes with rules of their own."`
	Except []string          `json:"except,omitempty" doc:"Top-level resources that the colours do not concern."`
}

// NodeHealthRules are the rules of one node that differ from the cluster's.
type NodeHealthRules struct {
	Node   string      `json:"node"`
	CPU    *HealthRule `json:"cpu,omitempty"`
	Memory *HealthRule `json:"mem,omitempty"`
	Disk   *HealthRule `json:"disk,omitempty"`
}

// HealthRule is when a value makes which colour.
type HealthRule struct {
	On     bool `json:"on"`
	Yellow int  `json:"yellow" doc:"Percent from which on it is yellow."`
	Red    int  `json:"red" doc:"Percent from which on it is red."`
	// Lasts and Back are seconds because that is how they are written in the CIB, next to percents.
	Lasts  int           `json:"lastsSeconds" doc:"How long a value must be there until the colour becomes worse."`
	Back   int           `json:"backSeconds" doc:"How long it must be away until the colour becomes better."`
	Margin int           `json:"margin" doc:"Points by which it must be below the threshold in order to count as away."`
	Mounts []string      `json:"mounts,omitempty" doc:"disk: mount points that are watched; absent: /."`
	IOWait *HealthLimits `json:"iowait,omitempty" doc:"disk: time that processors wait for disks; absent: not watched."`
	SMART  bool          `json:"smart,omitempty" doc:"disk: a disk whose own verdict (smartctl) is that it fails is red."`
}

// HealthLimits are the two thresholds of a further value.
type HealthLimits struct {
	Yellow int `json:"yellow" doc:"Percent."`
	Red    int `json:"red" doc:"Percent."`
}

// Rule returns the cluster's rule of a kind, to be read or changed.
func (p *HealthPolicy) Rule(k HealthKind) *HealthRule {
	return map[HealthKind]*HealthRule{HealthCPU: &p.CPU, HealthMemory: &p.Memory, HealthDisk: &p.Disk}[k]
}

// Rule returns a node's own rule of a kind, nil where it has none.
func (n NodeHealthRules) Rule(k HealthKind) *HealthRule {
	return map[HealthKind]*HealthRule{HealthCPU: n.CPU, HealthMemory: n.Memory, HealthDisk: n.Disk}[k]
}

// SetRule gives the node its own rule of a kind; nil takes it away.
func (n *NodeHealthRules) SetRule(k HealthKind, r *HealthRule) {
	*map[HealthKind]**HealthRule{HealthCPU: &n.CPU, HealthMemory: &n.Memory, HealthDisk: &n.Disk}[k] = r
}

// RuleFor returns the rule of a kind that holds on a node.
func (p HealthPolicy) RuleFor(node string, k HealthKind) HealthRule {
	for _, n := range p.Nodes {
		if own := n.Rule(k); n.Node == node && own != nil {
			return *own
		}
	}
	return *p.Rule(k)
}

// Node returns a node's own rules, which are made where there are none.
func (p *HealthPolicy) Node(name string) *NodeHealthRules {
	i := slices.IndexFunc(p.Nodes, func(n NodeHealthRules) bool { return n.Node == name })
	if i < 0 {
		p.Nodes = append(p.Nodes, NodeHealthRules{Node: name})
		i = len(p.Nodes) - 1
	}
	return &p.Nodes[i]
}

// DefaultHealth is the policy that a cluster begins with: switched off, with thresholds that are worth something once it is on.
func DefaultHealth() HealthPolicy {
	return HealthPolicy{
		Move:   MoveOff,
		CPU:    HealthRule{On: true, Yellow: 80, Red: 95, Lasts: 60, Back: 120, Margin: 5},
		Memory: HealthRule{On: true, Yellow: 85, Red: 95, Lasts: 60, Back: 120, Margin: 5},
		Disk:   HealthRule{On: true, Yellow: 85, Red: 95, Lasts: 60, Back: 120, Margin: 2},
	}
}

// The measures that make up the kinds.
const (
	MeasureCPU    = "cpu"
	MeasureMemory = "mem"
	MeasureSpace  = "space"
	MeasureIOWait = "iowait"
	MeasureSMART  = "smart"
)

// Measures are the measures of a kind, in the order in which they are shown.
func (k HealthKind) Measures() []string {
	return map[HealthKind][]string{HealthCPU: {MeasureCPU}, HealthMemory: {MeasureMemory}, HealthDisk: {MeasureSpace, MeasureIOWait, MeasureSMART}}[k]
}

// Limits are the thresholds of a measure; none where it is not watched. A disk that fails by its own verdict has 100 percent.
func (r HealthRule) Limits(measure string) (HealthLimits, bool) {
	switch measure {
	case MeasureIOWait:
		if r.IOWait == nil {
			return HealthLimits{}, false
		}
		return *r.IOWait, true
	case MeasureSMART:
		return HealthLimits{Yellow: 100, Red: 100}, r.SMART
	}
	return HealthLimits{Yellow: r.Yellow, Red: r.Red}, true
}

// ColourOf is the colour of a value for itself, as if it had lasted.
func (l HealthLimits) ColourOf(value float64) Colour {
	switch {
	case value >= float64(l.Red):
		return Red
	case value >= float64(l.Yellow):
		return Yellow
	}
	return Green
}

// MountPoints are the mount points that are watched.
func (r HealthRule) MountPoints() []string {
	if len(r.Mounts) == 0 {
		return []string{"/"}
	}
	return r.Mounts
}

// The bounds of a rule. A value that lasts shorter than two samples is seen by chance.
const (
	minLasts, maxLasts = 10, 3600
	minBack, maxBack   = 10, 86400
	maxMargin          = 50
	maxMounts          = 16
)

// mountPoint keeps commas and spaces out: the CIB's text is divided by them.
var mountPoint = regexp.MustCompile(`^/[^\s,=]*$`)

// ValidateHealth checks a policy by itself.
func ValidateHealth(p HealthPolicy) error {
	var f fault.Fields
	switch {
	case required(&f, "move", string(p.Move)):
	case !slices.Contains(HealthMoves, p.Move):
		f.Add("move", "field.one_of", "unknown", "value", string(p.Move), "allowed", "off, red, yellow, prefer")
	}
	for _, k := range HealthKinds {
		checkHealthRule(&f, string(k)+".", k, *p.Rule(k))
	}
	for i, n := range p.Nodes {
		at := fmt.Sprintf("nodes[%d].", i)
		checkNodeName(&f, at+"node", n.Node)
		if slices.ContainsFunc(p.Nodes[:i], func(o NodeHealthRules) bool { return o.Node == n.Node }) {
			f.Add(at+"node", "node.twice", "given twice", "node", n.Node)
		}
		for _, k := range HealthKinds {
			if own := n.Rule(k); own != nil {
				checkHealthRule(&f, at+string(k)+".", k, *own)
			}
		}
	}
	for i, id := range p.Except {
		at := fmt.Sprintf("except[%d]", i)
		checkID(&f, at, id)
		if slices.Contains(p.Except[:i], id) {
			f.Add(at, "resource.id_taken", "given twice", "id", id)
		}
	}
	return f.Err()
}

func checkHealthRule(f *fault.Fields, at string, k HealthKind, r HealthRule) {
	within := func(field string, n, from, to int) {
		if n < from || n > to {
			f.Add(at+field, "field.range", "out of range", "min", strconv.Itoa(from), "max", strconv.Itoa(to))
		}
	}
	limits := func(field string, l HealthLimits) {
		within(field+"yellow", l.Yellow, 1, 99)
		within(field+"red", l.Red, 2, 100)
		if l.Red <= l.Yellow {
			f.Add(at+field+"red", "health.red_below_yellow", "must be above yellow", "yellow", strconv.Itoa(l.Yellow), "red", strconv.Itoa(l.Red))
		}
	}
	limits("", HealthLimits{Yellow: r.Yellow, Red: r.Red})
	within("lastsSeconds", r.Lasts, minLasts, maxLasts)
	within("backSeconds", r.Back, minBack, maxBack)
	within("margin", r.Margin, 0, maxMargin)
	lowest := r.Yellow
	if r.IOWait != nil {
		lowest = min(lowest, r.IOWait.Yellow)
	}
	if r.Margin >= lowest {
		f.Add(at+"margin", "health.margin_too_wide", "no value could be so far below yellow", "yellow", strconv.Itoa(lowest))
	}
	if k != HealthDisk {
		for field, given := range map[string]bool{"mounts": len(r.Mounts) > 0, "iowait": r.IOWait != nil, "smart": r.SMART} {
			if given {
				f.Add(at+field, "health.disk_only", "only of disk")
			}
		}
		return
	}
	if len(r.Mounts) > maxMounts {
		f.Add(at+"mounts", "field.too_many", "too many", "max", strconv.Itoa(maxMounts))
	}
	for i, m := range r.Mounts {
		if !mountPoint.MatchString(m) || len(m) > 255 || !xmlText(m) {
			f.Add(fmt.Sprintf("%smounts[%d]", at, i), "health.mount_invalid", "not an absolute path without spaces, commas and equal signs", "value", m)
		}
	}
	if r.IOWait != nil {
		limits("iowait.", *r.IOWait)
	}
}

// CheckColours checks colours that somebody has thought up for nodes.
func CheckColours(f *fault.Fields, path string, list []NodeColour) {
	for i, c := range list {
		at := fmt.Sprintf("%s[%d].", path, i)
		checkNodeName(f, at+"node", c.Node)
		if !slices.Contains(HealthKinds, c.Kind) {
			f.Add(at+"kind", "field.one_of", "unknown", "value", string(c.Kind), "allowed", "cpu, mem, disk")
		}
		if !slices.Contains(Colours, c.Colour) {
			f.Add(at+"colour", "field.one_of", "unknown", "value", string(c.Colour), "allowed", "green, yellow, red")
		}
		if slices.ContainsFunc(list[:i], func(o NodeColour) bool { return o.Node == c.Node && o.Kind == c.Kind }) {
			f.Add(at+"node", "whatif.twice", "named twice", "name", c.Node+" "+string(c.Kind))
		}
	}
}
