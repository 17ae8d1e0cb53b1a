// Package health measures this node and colours it, so that Pacemaker moves services away from a node that is not well.
//
// What is measured becomes a colour in a machine without a clock (Machine); the colour becomes a transient node attribute, by attrd.
// The policy comes from the cluster's own configuration. No server is needed for any of it.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"hawser/internal/ha"
)

// Host is the node that is measured and coloured.
type Host interface {
	// Vitals measures; what cannot be measured is a reading with an error, what needs a second look has no reading yet.
	Vitals(ctx context.Context, ask Ask) []ha.HealthReading
	// Colours are the node's attributes as the cluster has them now, and Paint sets one; no colour takes it away.
	Colours(ctx context.Context) (map[ha.HealthKind]ha.Colour, error)
	Paint(ctx context.Context, k ha.HealthKind, c ha.Colour) error
}

// Options make a Collector. Host, Node and Write are required.
type Options struct {
	Host Host
	Node string
	// Path is a file that keeps since when which colour is ours, and Write writes it so that it is the old or the new one after a crash.
	Path  string
	Write func(path string, data []byte, mode os.FileMode) error
	// Told is called, by Run, when there is something new to tell.
	Told  func()
	Log   *slog.Logger
	Every time.Duration    // between two samples; 0: 5 s
	Now   func() time.Time // nil: time.Now
}

const (
	sampleEvery = 5 * time.Second
	// keepFor is how much of the past is kept.
	keepFor = time.Hour
	// settleTime is how long attrd's news may take into the status; before that a difference means nothing.
	settleTime = 5 * time.Second
	// doubtEvery is how often attrd is asked at most because of what the status says: a status that was not read anew says the same again.
	doubtEvery = time.Minute
	// quiet is how long a small change of a value goes untold.
	quiet = time.Minute
)

// Collector measures, and colours the node.
type Collector struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex // guards what follows; not held while anything is measured or asked
	policy  *policy    // nil: not read yet
	member  bool       // the node is online in a running cluster
	kept    map[ha.HealthKind]kept
	painted map[ha.HealthKind]ha.Colour // nil: to be asked for
	at      time.Time                   // of the last colour that was set
	doubted time.Time                   // when the status was last better than what was set
	told    *ha.NodeHealth
	toldAt  time.Time
	ring    []ha.HealthSample

	// Touched by Run alone.
	machines map[string]*machine // by measure
}

// policy is what the configuration says to this node.
type policy struct {
	ha.HealthPolicy
	agents []ha.HealthAgent
}

// kept is what the file holds of one kind.
type kept struct {
	Colour ha.Colour `json:"colour"` // that this agent has set
	Since  time.Time `json:"since"`
}

// machine is the machine of one measure with the rule that it works by.
type machine struct {
	*Machine
	rule Rule
}

// New returns a Collector that knows what an earlier one has set.
func New(o Options) *Collector {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Every == 0 {
		o.Every = sampleEvery
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Told == nil {
		o.Told = func() {}
	}
	c := &Collector{o: o, wake: make(chan struct{}, 1), kept: map[ha.HealthKind]kept{}, machines: map[string]*machine{}}
	data, err := os.ReadFile(o.Path)
	if err == nil {
		err = json.Unmarshal(data, &c.kept)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		o.Log.Warn("since when the node has its colours is not known", "file", o.Path, "err", err)
	}
	return c
}

// Configure takes the cluster's configuration.
func (c *Collector) Configure(cfg ha.Config) {
	p, _ := ha.HealthOf(cfg)
	c.mu.Lock()
	c.policy = &policy{p, ha.HealthAgents(cfg)}
	c.mu.Unlock()
	c.poke()
}

// Observe takes an observation of the cluster: whether this node is in it, and whether it still has its colours.
func (c *Collector) Observe(s ha.State) {
	i := slices.IndexFunc(s.Nodes, func(n ha.NodeState) bool { return n.Name == c.o.Node })
	member := s.Running && i >= 0 && s.Nodes[i].Online
	c.mu.Lock()
	defer c.mu.Unlock()
	came := member && !c.member
	c.member = member
	switch {
	case !member:
		c.painted = nil
	case came:
		c.poke()
	case s.Nodes[i].Health != "" && c.worst().Worse(ha.Colour(s.Nodes[i].Health)) && s.At.Sub(c.at) > settleTime && s.At.Sub(c.doubted) > doubtEvery:
		c.painted, c.doubted = nil, s.At // somebody else may have changed it: look what it is
		c.poke()
	}
}

// worst is the worst colour that the node has by this agent. The caller holds mu.
func (c *Collector) worst() ha.Colour {
	w := ha.Green
	for _, colour := range c.painted {
		if colour.Worse(w) {
			w = colour
		}
	}
	return w
}

// poke has Run look at once.
func (c *Collector) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Health is what there is to tell of this node; nil as long as nothing is known.
func (c *Collector) Health() *ha.NodeHealth {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// History is the last hour.
func (c *Collector) History() ha.HealthHistory {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ha.HealthHistory{Node: c.o.Node, Samples: slices.Clone(c.ring)}
}

// Run works until ctx ends.
func (c *Collector) Run(ctx context.Context) error {
	tick := time.NewTicker(c.o.Every)
	defer tick.Stop()
	var readings []ha.HealthReading
	for sample := true; ; {
		at := c.o.Now()
		if sample {
			readings = c.o.Host.Vitals(ctx, c.ask())
			c.remember(readings, at)
		}
		c.look(ctx, readings, sample, at)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			sample = true
		case <-c.wake:
			sample = false
		}
	}
}

// ask says what is to be measured.
func (c *Collector) ask() Ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.policy == nil {
		return Ask{Mounts: []string{"/"}}
	}
	r := c.policy.RuleFor(c.o.Node, ha.HealthDisk)
	return Ask{Mounts: r.MountPoints(), SMART: r.SMART && r.On && c.policy.Move != ha.MoveOff}
}

// remember keeps a sample.
func (c *Collector) remember(readings []ha.HealthReading, at time.Time) {
	s := ha.HealthSample{At: at.UTC().Truncate(time.Second), Values: map[string]float64{}}
	for _, r := range readings {
		if r.Error == "" {
			s.Values[r.Measure] = math.Round(r.Percent*10) / 10
		}
	}
	if len(s.Values) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := 0
	for old < len(c.ring) && at.Sub(c.ring[old].At) > keepFor {
		old++
	}
	c.ring = append(slices.Delete(c.ring, 0, old), s)
}

// look decides on colours, sets them, and tells what is new. Fresh says that the readings have not been looked at yet.
func (c *Collector) look(ctx context.Context, readings []ha.HealthReading, fresh bool, at time.Time) {
	c.mu.Lock()
	p, member, asked := c.policy, c.member, c.painted != nil
	c.mu.Unlock()
	if p == nil {
		return
	}
	if member && !asked {
		colours, err := c.o.Host.Colours(ctx)
		if err != nil {
			if ctx.Err() == nil {
				c.o.Log.Warn("colours of the node not known", "err", err)
			}
			return
		}
		c.mu.Lock()
		c.painted = colours
		c.mu.Unlock()
	}
	h := ha.NodeHealth{Node: c.o.Node}
	for _, k := range ha.HealthKinds {
		h.Kinds = append(h.Kinds, c.kind(ctx, k, p, member, readings, fresh, at))
	}
	c.tell(h, at)
}

// kind decides on one kind.
func (c *Collector) kind(ctx context.Context, k ha.HealthKind, p *policy, member bool, readings []ha.HealthReading, fresh bool, at time.Time) ha.KindHealth {
	out := ha.KindHealth{Kind: k}
	measures, rule := k.Measures(), p.RuleFor(c.o.Node, k)
	switch {
	case p.Move == ha.MoveOff:
		out.Off = "off"
	case !rule.On:
		out.Off = "kind_off"
	default:
		for _, a := range p.agents {
			if a.Kind == k {
				measures = slices.DeleteFunc(slices.Clone(measures), func(m string) bool { return slices.Contains(a.Measures, m) })
				out.Agent = a.Resource
			}
		}
		if len(measures) == 0 || k == ha.HealthDisk && out.Agent != "" && !watched(rule, measures) {
			out.Off = "agent"
		}
	}
	c.mu.Lock()
	painted := c.painted[k]
	c.mu.Unlock()
	colour, seen := ha.Green, false
	for _, m := range k.Measures() {
		limits, watched := rule.Limits(m)
		if out.Off != "" || !watched || !slices.Contains(measures, m) {
			delete(c.machines, m)
			if r, has := find(readings, m); has && out.Off != "" && (m != ha.MeasureIOWait && m != ha.MeasureSMART || watched) {
				out.Readings = append(out.Readings, r)
			}
			continue
		}
		if !member {
			if r, has := find(readings, m); has {
				out.Readings = append(out.Readings, limited(r, limits))
			}
			continue
		}
		by := Rule{
			Yellow: float64(limits.Yellow), Red: float64(limits.Red), Margin: float64(rule.Margin),
			Lasts: time.Duration(rule.Lasts) * time.Second, Back: time.Duration(rule.Back) * time.Second,
		}
		x := c.machines[m]
		if x == nil {
			x = &machine{NewMachine(painted), by}
			c.machines[m] = x
		}
		if x.rule != by { // what has lasted has done so by another rule
			x.Blind()
			x.rule = by
		}
		r, has := find(readings, m)
		switch {
		case has && r.Error != "":
			x.Blind()
		case has && fresh:
			x.Next(by, r.Percent, at)
		}
		if has {
			r = limited(r, limits)
			r.Colour = x.Colour()
			out.Readings = append(out.Readings, r)
		}
		if x.Colour().Worse(colour) {
			colour = x.Colour()
		}
		seen = true
	}
	switch {
	case !member:
	case seen:
		out.Colour = c.paint(ctx, k, painted, colour, at)
	default:
		c.clear(ctx, k, painted, out.Off)
	}
	if out.Colour != "" {
		c.mu.Lock()
		out.Since = c.kept[k].Since
		c.mu.Unlock()
	}
	return out
}

// watched says whether any of the measures is.
func watched(r ha.HealthRule, measures []string) bool {
	return slices.ContainsFunc(measures, func(m string) bool { _, is := r.Limits(m); return is })
}

func limited(r ha.HealthReading, l ha.HealthLimits) ha.HealthReading {
	r.Yellow, r.Red = l.Yellow, l.Red
	return r
}

// paint brings the attribute to a colour and returns the one that it has then.
func (c *Collector) paint(ctx context.Context, k ha.HealthKind, painted, want ha.Colour, at time.Time) ha.Colour {
	has := painted
	if has == "" {
		has = ha.Green // what is not said to be otherwise
	}
	if want != has {
		if err := c.o.Host.Paint(ctx, k, want); err != nil {
			if ctx.Err() == nil {
				c.o.Log.Warn("node not coloured", "kind", k, "colour", want, "err", err)
			}
			return has
		}
		c.o.Log.Info("node coloured", "kind", k, "colour", want)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if want != has && c.painted != nil {
		c.painted[k], c.at = want, c.o.Now()
	}
	if before, known := c.kept[k]; !known || before.Colour != want {
		c.kept[k] = kept{Colour: want, Since: at.UTC().Truncate(time.Second)}
		c.save()
	}
	return want
}

// clear takes a colour away that this agent has set: where smart migration is off nothing of it is left. What a resource of the
// cluster writes to is not touched.
func (c *Collector) clear(ctx context.Context, k ha.HealthKind, painted ha.Colour, off string) {
	c.mu.Lock()
	_, own := c.kept[k]
	known := c.painted != nil
	c.mu.Unlock()
	if !own || !known || off == "" {
		return
	}
	if painted != "" && off != "agent" {
		if err := c.o.Host.Paint(ctx, k, ""); err != nil {
			if ctx.Err() == nil {
				c.o.Log.Warn("colour not taken away", "kind", k, "err", err)
			}
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.painted != nil && off != "agent" {
		delete(c.painted, k)
	}
	delete(c.kept, k)
	c.save()
}

// save keeps what is ours. Where it cannot be kept, only since when is lost. The caller holds mu.
func (c *Collector) save() {
	data, err := json.Marshal(c.kept)
	if err == nil {
		err = c.o.Write(c.o.Path, data, 0o600)
	}
	if err != nil {
		c.o.Log.Warn("colours not noted", "err", err)
	}
}

// tell compares with what was told last. A value that moves a little is news after a while only: a node at rest is silent.
func (c *Collector) tell(h ha.NodeHealth, at time.Time) {
	c.mu.Lock()
	old := c.told
	late := at.Sub(c.toldAt) >= quiet
	for i := range h.Kinds {
		for n := range h.Kinds[i].Readings {
			r := &h.Kinds[i].Readings[n]
			r.Percent = math.Round(r.Percent)
			if was, has := reading(old.Kind(h.Kinds[i].Kind), r.Measure); has && !late && math.Abs(was.Percent-r.Percent) < small(r.Measure) && was.Error == r.Error {
				r.Percent, r.Object = was.Percent, was.Object
			}
		}
	}
	news := old == nil || !reflect.DeepEqual(*old, h)
	if news {
		c.told, c.toldAt = &h, at
	}
	c.mu.Unlock()
	if news {
		c.o.Told()
	}
}

func reading(k *ha.KindHealth, measure string) (ha.HealthReading, bool) {
	if k == nil {
		return ha.HealthReading{}, false
	}
	return find(k.Readings, measure)
}

// small is how many points are news at once: processors never stand still.
func small(measure string) float64 {
	if measure == ha.MeasureCPU || measure == ha.MeasureIOWait {
		return 6
	}
	return 2
}
