package ha

import (
	"slices"
	"strconv"
	"time"
)

// NodeHealth is what a node measures of itself.
type NodeHealth struct {
	Node  string       `json:"node"`
	Kinds []KindHealth `json:"kinds"`
}

// KindHealth is one kind of a node's health.
type KindHealth struct {
	Kind   HealthKind `json:"kind" enum:"cpu,mem,disk"`
	Colour Colour     `json:"colour,omitempty" enum:"green,yellow,red" doc:"As the cluster knows it; absent where the node is not coloured by this kind."`
	Since  time.Time  `json:"since,omitzero" doc:"Since when it has this colour, as far as the agent knows."`
	// Readings are of all measures of the kind that are watched.
	Readings []HealthReading `json:"readings,omitempty"`
	Off      string          `json:"off,omitempty" enum:"off,kind_off,agent" doc:"Why it is not coloured: smart migration is off, this kind is off, or a resource of the cluster does it."`
	Agent    string          `json:"agent,omitempty" doc:"The resource that does."`
}

// HealthReading is one value that was measured.
type HealthReading struct {
	Measure string  `json:"measure" enum:"cpu,mem,space,iowait,smart"`
	Object  string  `json:"object,omitempty" doc:"Mount point or disk, the worst of them."`
	Percent float64 `json:"percent" doc:"In whole percent; a small change is told late."`
	Yellow  int     `json:"yellow,omitempty" doc:"Threshold in force; absent where the kind is off."`
	Red     int     `json:"red,omitempty"`
	Colour  Colour  `json:"colour,omitempty" enum:"green,yellow,red" doc:"What this measure by itself makes of the node."`
	Error   string  `json:"error,omitempty" doc:"Why it cannot be measured; the colour stays what it was."`
}

// HealthSample is what was measured at one moment.
type HealthSample struct {
	At     time.Time          `json:"at"`
	Values map[string]float64 `json:"values" doc:"Percent by measure: cpu, mem, space, iowait, smart."`
}

// HealthHistory is what a node has measured in the last hour.
type HealthHistory struct {
	Node    string         `json:"node"`
	Samples []HealthSample `json:"samples" doc:"Oldest first."`
}

// HealthOf returns what a node has told of itself, nil where nothing.
func (s *State) HealthOf(node string) *NodeHealth {
	if s == nil {
		return nil
	}
	if i := slices.IndexFunc(s.Health, func(h NodeHealth) bool { return h.Node == node }); i >= 0 {
		return &s.Health[i]
	}
	return nil
}

// Kind returns one kind, nil where nothing is known of it.
func (h *NodeHealth) Kind(k HealthKind) *KindHealth {
	if h == nil {
		return nil
	}
	if i := slices.IndexFunc(h.Kinds, func(o KindHealth) bool { return o.Kind == k }); i >= 0 {
		return &h.Kinds[i]
	}
	return nil
}

// worst is the reading that makes the colour, or comes nearest to.
func (k KindHealth) worst() (HealthReading, bool) {
	var worst HealthReading
	found := false
	for _, r := range k.Readings {
		if r.Error == "" && r.Red > 0 && (!found || r.Colour.Worse(worst.Colour) || r.Colour == worst.Colour && r.Percent-float64(r.Red) > worst.Percent-float64(worst.Red)) {
			worst, found = r, true
		}
	}
	return worst, found
}

// blind is why a kind cannot be measured, empty where it can.
func (k KindHealth) blind() string {
	for _, r := range k.Readings {
		if r.Error != "" && r.Red > 0 {
			return r.Error
		}
	}
	return ""
}

// health tells new colours. Where somebody has switched colouring off, that is told as a change of the configuration.
func (d *differ) health() {
	for _, h := range d.new.Health {
		before := d.old.HealthOf(h.Node)
		for _, k := range h.Kinds {
			var was KindHealth
			if o := before.Kind(k.Kind); o != nil {
				was = *o
			}
			if k.Colour != "" && (k.Colour.Worse(was.Colour) || was.Colour.Worse(k.Colour)) {
				d.colour(h.Node, was.Colour, k)
			}
			switch why := k.blind(); {
			case why != "" && was.blind() == "":
				d.add(HealthBlind, Warning, h.Node, "node", h.Node, "kind", string(k.Kind), "why", why)
			case why == "" && was.blind() != "":
				d.add(HealthSeen, Info, h.Node, "node", h.Node, "kind", string(k.Kind))
			}
		}
	}
}

func (d *differ) colour(node string, from Colour, k KindHealth) {
	kind, severity := HealthGreen, Info
	switch k.Colour {
	case Red:
		kind, severity = HealthRed, Critical
	case Yellow:
		kind, severity = HealthYellow, Warning
	}
	if from == "" {
		from = Green
	}
	pairs := []string{"node", node, "kind", string(k.Kind), "from", string(from)}
	if r, found := k.worst(); found {
		limit := r.Yellow
		if k.Colour == Red {
			limit = r.Red
		}
		pairs = append(pairs, "value", strconv.FormatFloat(r.Percent, 'f', -1, 64), "threshold", strconv.Itoa(limit), "measure", r.Measure)
		if r.Object != "" {
			pairs = append(pairs, "object", r.Object)
		}
	}
	d.add(kind, severity, node, pairs...)
}

// HealthHolds are services that stay on a red node, or where colours only prefer follow them nevertheless: their stickiness is above,
// or below, what a colour costs.
func HealthHolds(cfg Config, p HealthPolicy) []string {
	list := []string{}
	if p.Move == MoveOff {
		return list
	}
	red := -p.Scores(cfg).Red
	for _, r := range cfg.Resources {
		if r.Kind == Template || r.Kind == Clone || r.Kind == Bundle || IsFenceDevice(r.Agent) || slices.Contains(p.Except, r.ID) {
			continue
		}
		text := r.Meta[stickinessName]
		if text == "" {
			text = cfg.ResourceDefaults[stickinessName]
		}
		held := Score(text) * primitives(r)
		if p.Move == MovePrefer && held < p.preferStickiness(cfg) && preferenceLead(cfg, r.ID) == 0 || p.Move != MovePrefer && held >= red {
			list = append(list, r.ID)
		}
	}
	return list
}

// health: what keeps smart migration from doing what it is set to.
func (f *finder) health() {
	p, wrong := HealthOf(*f.cfg)
	for _, m := range wrong {
		object := m.Name
		if m.Node != "" {
			object = m.Node
		}
		f.add(FindingHealthUnread, Warning, object, nil, "name", m.Name, "value", m.Value, "why", m.Why)
	}
	if p.Move == MoveOff {
		return
	}
	if edits := p.Edits(*f.cfg); len(edits) > 0 && len(wrong) == 0 {
		f.add(FindingHealthChanged, Warning, "node-health-strategy", nil) // mending it may move services
	}
	for _, id := range HealthHolds(*f.cfg, p) {
		if p.Move != MovePrefer {
			f.add(FindingHealthHeld, Warning, id, nil, "resource", id)
		}
	}
	for _, a := range HealthAgents(*f.cfg) {
		f.add(FindingHealthAgent, Info, a.Resource, nil, "resource", a.Resource, "agent", a.Agent, "kind", string(a.Kind))
	}
	if f.st == nil {
		return
	}
	for _, h := range f.st.Health {
		for _, k := range h.Kinds {
			if why := k.blind(); why != "" {
				f.add(FindingHealthBlind, Warning, h.Node, nil, "node", h.Node, "kind", string(k.Kind), "why", why)
			}
		}
	}
}
