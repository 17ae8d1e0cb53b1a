package health_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hawser/agent/health"
	"hawser/internal/ha"
)

// node is a host with an attrd, both thought up.
type node struct {
	mu     sync.Mutex
	values map[string]float64 // by measure; below 0 it cannot be read
	attrd  map[ha.HealthKind]ha.Colour
	down   bool // nobody answers
	sets   []string
}

func (n *node) Vitals(_ context.Context, ask health.Ask) []ha.HealthReading {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []ha.HealthReading
	for _, m := range []string{ha.MeasureCPU, ha.MeasureMemory, ha.MeasureSpace, ha.MeasureIOWait} {
		r := ha.HealthReading{Measure: m, Percent: n.values[m]}
		if r.Percent < 0 {
			r.Percent, r.Error = 0, "broken"
		}
		if m == ha.MeasureSpace {
			r.Object = ask.Mounts[0]
		}
		list = append(list, r)
	}
	return list
}

var errDown = errors.New("nobody answers")

func (n *node) Colours(context.Context) (map[ha.HealthKind]ha.Colour, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return nil, errDown
	}
	found := maps.Clone(n.attrd)
	if found == nil {
		found = map[ha.HealthKind]ha.Colour{}
	}
	return found, nil
}

func (n *node) Paint(_ context.Context, k ha.HealthKind, c ha.Colour) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return errDown
	}
	if n.attrd == nil {
		n.attrd = map[ha.HealthKind]ha.Colour{}
	}
	if n.attrd[k] = c; c == "" {
		delete(n.attrd, k)
	}
	n.sets = append(n.sets, string(k)+"="+string(c))
	return nil
}

func (n *node) set(measure string, percent float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.values == nil {
		n.values = map[string]float64{}
	}
	n.values[measure] = percent
}

func (n *node) colour(k ha.HealthKind) ha.Colour {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.attrd[k]
}

func (n *node) painted() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.sets)
}

// trial is a collector that runs on a node, in a bubble of time.
type trial struct {
	*health.Collector
	node *node
	told int
	stop func()
}

func begin(t *testing.T, n *node, dir string) *trial {
	t.Helper()
	x := &trial{node: n}
	x.Collector = health.New(health.Options{
		Host: n, Node: "n1", Path: filepath.Join(dir, "health.json"), Told: func() { x.told++ },
		Write: func(path string, data []byte, mode os.FileMode) error { return os.WriteFile(path, data, mode) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	x.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return x
}

// in is an observation of a cluster that the node is in, with the worst colour that Pacemaker knows of.
func in(colour ha.Colour) ha.State {
	return ha.State{At: time.Now(), Running: true, Nodes: []ha.NodeState{{Name: "n1", Online: true, Health: string(colour)}}}
}

// policy is a configuration with smart migration, quick.
func policyOf(change func(*ha.HealthPolicy)) ha.Config {
	p := ha.DefaultHealth()
	p.Move = ha.MoveRed
	for _, k := range ha.HealthKinds {
		p.Rule(k).Lasts, p.Rule(k).Back = 20, 40
	}
	if change != nil {
		change(&p)
	}
	cfg := ha.Config{Properties: map[string]string{}}
	for _, e := range p.Edits(cfg) {
		maps.Copy(cfg.Properties, e.Values)
	}
	return cfg
}

// settle lets time pass until every sample that is due has been looked at.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble: no time passes outside
	synctest.Wait()
}

func TestCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{}
		n.set(ha.MeasureCPU, 99)
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		pass(time.Minute)
		if x.Health() != nil || n.painted() > 0 {
			t.Fatalf("before it knows the policy: %+v, %v", x.Health(), n.sets)
		}
		x.Observe(in(""))
		x.Configure(policyOf(nil))
		pass(15 * time.Second)
		if h := x.Health(); h == nil || h.Kind(ha.HealthCPU).Colour != ha.Green || h.Kind(ha.HealthCPU).Readings[0].Red != 95 || n.painted() > 0 {
			t.Fatalf("not yet: %+v, %v", h, n.sets)
		}
		pass(15 * time.Second)
		if n.colour(ha.HealthCPU) != ha.Red || x.Health().Kind(ha.HealthCPU).Colour != ha.Red || n.painted() != 1 {
			t.Fatalf("it has lasted: %v, %+v", n.sets, x.Health())
		}
		n.set(ha.MeasureCPU, 5)
		pass(30 * time.Second)
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Fatal("too early")
		}
		pass(40 * time.Second)
		if n.colour(ha.HealthCPU) != ha.Green || n.painted() != 2 {
			t.Fatalf("it is over: %v", n.sets)
		}
		n.set(ha.MeasureMemory, -1)
		pass(5 * time.Minute)
		if k := x.Health().Kind(ha.HealthMemory); k.Colour != ha.Green || k.Readings[0].Error != "broken" {
			t.Errorf("what cannot be read: %+v", k)
		}
		if h := x.History(); len(h.Samples) < 80 || h.Samples[0].Values[ha.MeasureCPU] != 99 {
			t.Errorf("the past: %d samples", len(h.Samples))
		}
		pass(2 * time.Hour)
		if h := x.History(); len(h.Samples) > 722 {
			t.Errorf("the past does not end: %d samples", len(h.Samples))
		}
	})
}

// TestCollectorRestart: an agent that starts again takes the colour over, and neither makes it green nor red by itself.
func TestCollectorRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, dir := &node{}, t.TempDir()
		n.set(ha.MeasureCPU, 99)
		x := begin(t, n, dir)
		x.Observe(in(""))
		x.Configure(policyOf(nil))
		pass(30 * time.Second)
		since := x.Health().Kind(ha.HealthCPU).Since
		x.stop()
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Fatal("not red before")
		}
		n.set(ha.MeasureCPU, 90) // neither red nor away from it
		pass(time.Minute)
		x = begin(t, n, dir)
		x.Observe(in(ha.Red))
		x.Configure(policyOf(nil))
		pass(10 * time.Minute)
		if k := x.Health().Kind(ha.HealthCPU); k.Colour != ha.Red || !k.Since.Equal(since) || n.painted() != 1 {
			t.Errorf("it has become %+v, by %v", k, n.sets)
		}
		x.stop()
	})
}

// TestCollectorSwitchedOff: nothing is left of a colour, and what somebody else has set stays.
func TestCollectorSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{attrd: map[ha.HealthKind]ha.Colour{ha.HealthDisk: ha.Yellow}}
		n.set(ha.MeasureCPU, 99)
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		off := func(p *ha.HealthPolicy) { p.Disk.On = false }
		x.Observe(in(ha.Yellow))
		x.Configure(policyOf(off))
		pass(time.Minute)
		if n.colour(ha.HealthCPU) != ha.Red || n.colour(ha.HealthDisk) != ha.Yellow {
			t.Fatalf("got %v", n.attrd)
		}
		if k := x.Health().Kind(ha.HealthDisk); k.Off != "kind_off" || k.Colour != "" || len(k.Readings) == 0 {
			t.Errorf("a kind that is off: %+v", k)
		}
		x.Configure(ha.Config{})
		pass(10 * time.Second)
		if len(n.attrd) != 1 || n.attrd[ha.HealthDisk] != ha.Yellow || x.Health().Kind(ha.HealthCPU).Off != "off" {
			t.Errorf("left: %v, %+v", n.attrd, x.Health())
		}
	})
}

// TestCollectorAgent: what a resource of the cluster writes is left to it.
func TestCollectorAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{attrd: map[ha.HealthKind]ha.Colour{ha.HealthCPU: ha.Yellow}}
		n.set(ha.MeasureCPU, 99)
		n.set(ha.MeasureSpace, 99)
		n.set(ha.MeasureIOWait, 99)
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		x.Observe(in(ha.Yellow))
		cfg := policyOf(func(p *ha.HealthPolicy) { p.Disk.IOWait = &ha.HealthLimits{Yellow: 30, Red: 60} })
		cfg.Resources = []ha.Resource{{ID: "c", Kind: ha.Clone, Members: []ha.Resource{
			{ID: "load", Kind: ha.Primitive, Agent: "ocf:pacemaker:HealthCPU"},
			{ID: "info", Kind: ha.Primitive, Agent: "ocf:pacemaker:SysInfo", Parameters: map[string]string{"min_disk_free": "1G"}},
		}}}
		x.Configure(cfg)
		pass(time.Minute)
		if k := x.Health().Kind(ha.HealthCPU); k.Off != "agent" || k.Agent != "load" || n.colour(ha.HealthCPU) != ha.Yellow {
			t.Errorf("processors: %+v, %v", k, n.attrd)
		}
		// Of the disks only the space is left to it.
		if k := x.Health().Kind(ha.HealthDisk); k.Off != "" || len(k.Readings) != 1 || k.Readings[0].Measure != ha.MeasureIOWait || n.colour(ha.HealthDisk) != ha.Red {
			t.Errorf("disks: %+v, %v", k, n.attrd)
		}
	})
}

// TestCollectorHeals: a colour that the cluster has lost is set again, whether Pacemaker was restarted or somebody has changed it; one
// that could not be set is set later.
func TestCollectorHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{down: true}
		n.set(ha.MeasureCPU, 99)
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		set := func(f func()) {
			n.mu.Lock()
			defer n.mu.Unlock()
			f()
		}
		x.Observe(in(""))
		x.Configure(policyOf(nil))
		pass(time.Minute)
		set(func() { n.down = false })
		pass(30 * time.Second)
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Fatalf("attrd has come late: %v", n.attrd)
		}
		x.Observe(in(ha.Red))
		x.Observe(ha.State{At: time.Now()})
		set(func() { clear(n.attrd) })
		pass(10 * time.Second)
		x.Observe(in(ha.Green))
		pass(time.Second)
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Fatalf("Pacemaker was restarted: %v", n.attrd)
		}
		x.Observe(in(ha.Green)) // news from before attrd's came through
		pass(time.Second)
		if n.painted() != 2 {
			t.Errorf("set once more without need: %v", n.sets)
		}
		set(func() { n.attrd[ha.HealthCPU] = ha.Green })
		pass(20 * time.Second)
		x.Observe(in(ha.Green))
		pass(time.Second)
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Errorf("somebody has changed it: %v", n.attrd)
		}
	})
}

// TestCollectorQuiet: a node at rest has nothing to tell, however its processors flicker; what changes for good is told in the end.
func TestCollectorQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{}
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		x.Observe(in(""))
		x.Configure(policyOf(nil))
		pass(11 * time.Second)
		before := x.told
		for i := range 60 {
			n.set(ha.MeasureCPU, float64(i%5))
			n.set(ha.MeasureMemory, 40.4+float64(i%2)/10)
			pass(5 * time.Second)
		}
		if got := x.told - before; got > 7 {
			t.Errorf("told %d times in five minutes of rest", got)
		}
		n.set(ha.MeasureMemory, 41)
		pass(70 * time.Second)
		if r := x.Health().Kind(ha.HealthMemory).Readings[0]; r.Percent != 41 {
			t.Errorf("it has stayed at %v", r.Percent)
		}
		n.set(ha.MeasureCPU, 60)
		pass(6 * time.Second)
		if r := x.Health().Kind(ha.HealthCPU).Readings[0]; r.Percent != 60 {
			t.Errorf("a load is told late: %v", r.Percent)
		}
	})
}

// TestCollectorRule: a new rule holds at once for what is to come, and nothing has lasted by it yet.
func TestCollectorRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &node{}
		n.set(ha.MeasureCPU, 50)
		x := begin(t, n, t.TempDir())
		defer func() { x.stop() }()
		x.Observe(in(""))
		x.Configure(policyOf(nil))
		pass(time.Minute)
		cfg := policyOf(nil)
		cfg.Nodes = []ha.NodeConfig{{Name: "n1", Attributes: map[string]string{"hawser-health-cpu": "yellow=30 red=40 lasts=20s"}}, {Name: "n2"}}
		x.Configure(cfg)
		pass(10 * time.Second)
		if n.painted() > 0 || x.Health().Kind(ha.HealthCPU).Readings[0].Red != 40 {
			t.Fatalf("at once: %v, %+v", n.sets, x.Health())
		}
		pass(20 * time.Second)
		if n.colour(ha.HealthCPU) != ha.Red {
			t.Errorf("it has lasted: %v", n.attrd)
		}
	})
}
