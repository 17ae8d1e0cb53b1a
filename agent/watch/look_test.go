package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// world is a cluster of one node with one resource, db, whose process and whose Pacemaker the test plays.
type world struct {
	t  *testing.T
	mu sync.Mutex // guards what follows
	life
}

// life is all that changes in a world.
type life struct {
	// What runs.
	alive bool
	code  int // of the monitor, where it does not follow from alive
	// unsettled is how often the monitor says that it does not know yet.
	unsettled int
	// What Pacemaker knows.
	call    int
	op      string // the last operation that ended
	pending string
	failed  bool
	// flying is how often Pacemaker's own monitor is still seen in flight; when it lands it finds what there is, if finds.
	flying int
	finds  bool
	landed time.Time
	// stopping says that Pacemaker's stop is seen in flight.
	stopping bool
	// What it was told to do.
	properties, meta, node, transient, defaults map[string]string
	onFail, interval                            string
	// hook is called, once, when the watcher comes to a point.
	hook map[string]func()
	// cut says that every way is known to be; wayErr, that it is not known which one there is.
	cut    bool
	wayErr error
	// What was asked and told.
	asked    int // whether anybody is reached
	checks   int
	levels   []int
	reported []int // the call of the life that was reported as failed
}

func newWorld(t *testing.T) *world {
	return &world{t: t, life: newLife(10)}
}

// newLife is a resource that was started by a call, and is well.
func newLife(call int) life {
	return life{alive: true, call: call, op: "start", interval: "10s", hook: map[string]func(){}}
}

func (w *world) do(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// at is a point that the watcher has come to.
func (w *world) at(point string) {
	w.mu.Lock()
	h := w.hook[point]
	delete(w.hook, point)
	w.mu.Unlock()
	if h != nil {
		h()
	}
}

func nvpairs(tag, id string, values map[string]string) string {
	if len(values) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%s id=%q>", tag, id)
	for name, value := range values {
		fmt.Fprintf(&b, `<nvpair id="%s-%s" name=%q value=%q/>`, id, strings.ReplaceAll(name, "#", "."), name, value)
	}
	fmt.Fprintf(&b, "</%s>", tag)
	return b.String()
}

func (w *world) CIB(context.Context) ([]byte, error) {
	w.at("cib")
	w.mu.Lock()
	defer w.mu.Unlock()
	var ops strings.Builder
	op := func(name string, call, interval, code, status int) {
		fmt.Fprintf(&ops, `<lrm_rsc_op id="db_%s_%d" operation=%q call-id="%d" rc-code="%d" op-status="%d" interval="%d" transition-key="3:%d:0:key"/>`, name, interval, name, call, code, status, interval, call)
	}
	op(w.op, w.call, 0, 0, 0)
	if w.failed && time.Since(w.landed) > hurry.Again/2 { // what has been found takes its time to be recorded
		op("asyncmon", w.call+2, 0, 1, 4)
	} else if w.op != "stop" {
		op("monitor", w.call+1, 10000, 0, 0)
	}
	if w.pending != "" {
		op(w.pending, -1, 0, 193, -1)
	}
	properties := map[string]string{ha.WatchProperty: "on"}
	maps.Copy(properties, w.properties)
	onFail := ""
	if w.onFail != "" {
		onFail = ` on-fail="` + w.onFail + `"`
	}
	return fmt.Appendf(nil, `<cib epoch="1" num_updates="%d" admin_epoch="0" have-quorum="1"><configuration><crm_config>%s</crm_config>
<nodes><node id="1" uname="n1">%s</node></nodes>
<resources><group id="g"><primitive id="db" class="ocf" provider="heartbeat" type="pgsql">%s<operations><op id="db-m" name="monitor" interval=%q%s/></operations></primitive></group></resources><constraints/>
<rsc_defaults>%s</rsc_defaults></configuration>
<status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><transient_attributes id="1">%s</transient_attributes>
<lrm id="1"><lrm_resources><lrm_resource id="db" class="ocf" provider="heartbeat" type="pgsql">%s</lrm_resource></lrm_resources></lrm></node_state></status></cib>`,
		w.call, nvpairs("cluster_property_set", "cib-bootstrap-options", properties), nvpairs("instance_attributes", "n1-a", w.node),
		nvpairs("meta_attributes", "db-meta", w.meta), w.interval, onFail, nvpairs("meta_attributes", "defaults", w.defaults), nvpairs("instance_attributes", "n1-t", w.transient), ops.String()), nil
}

func (w *world) Metadata(context.Context, string, string) (ha.AgentMetadata, error) {
	return ha.AgentMetadata{}, nil
}

func (w *world) Units(context.Context, []string) (map[string]Unit, error) { return nil, nil }

func (w *world) Check(_ context.Context, r ha.Watched) (int, error) {
	w.at("check")
	defer w.at("checked")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checks++
	w.levels = append(w.levels, r.Level)
	switch {
	case w.unsettled > 0:
		w.unsettled--
		return Unsettled, nil
	case w.alive:
		return 0, nil
	case w.code != 0:
		return w.code, nil
	}
	return 7, nil
}

func (w *world) Unreached(context.Context, ha.Watched) (bool, error) {
	w.at("unreached")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flying > 0 {
		w.t.Error("noted while a monitor is in flight, which notes its answer last")
	}
	w.asked++
	return w.cut, w.wayErr
}

// Fail is where every mistake shows: nothing may be reported that lives, or that Pacemaker is at work on.
func (w *world) Fail(_ context.Context, resource string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if resource != "db" || w.alive || w.pending != "" || w.op == "stop" || w.failed {
		w.t.Errorf("%s is reported as failed: alive %t, pending %q, last %s, known %t", resource, w.alive, w.pending, w.op, w.failed)
	}
	w.failed = true
	w.reported = append(w.reported, w.call)
	return nil
}

// inFlight is what the executor's processes tell.
func (w *world) inFlight(_, operation string) bool {
	w.at("flight")
	w.mu.Lock()
	defer w.mu.Unlock()
	if operation == "stop" {
		return w.stopping
	}
	if w.flying > 0 {
		w.flying--
		if w.flying == 0 && w.finds && !w.alive {
			w.failed, w.landed = true, time.Now()
		}
	}
	return w.flying > 0
}

func (w *world) Recount(context.Context, string, int) error {
	w.t.Error("what nobody has counted is counted anew")
	return nil
}

// restart is Pacemaker's.
func (w *world) restart() {
	w.do(func() { w.pending = "stop" })
	w.do(func() { w.alive = false })
	w.do(func() { w.pending, w.op, w.call = "start", "stop", w.call+5; w.failed = false })
	w.do(func() { w.alive = true })
	w.do(func() { w.pending, w.op, w.call = "", "start", w.call+5 })
}

func (w *world) kill() { w.do(func() { w.alive = false }) }

// bell is a source that the test rings.
type bell struct {
	mu   sync.Mutex
	sign func(Sign)
	last []Target
	told int // how often it was told what to follow
}

func (*bell) Name() string { return "bell" }

func (b *bell) Follow(targets []Target) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = targets
	b.told++
}

// Watched is whatever it was told to follow, and what is none of anybody's business.
func (b *bell) Watched() (ha.ChangeKind, []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []string{"stranger"}
	for _, t := range b.last {
		list = append(list, t.Resource)
	}
	return ha.WatchProcess, list
}

func (b *bell) Run(ctx context.Context, sign func(Sign)) error {
	b.mu.Lock()
	b.sign = sign
	b.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (b *bell) ring(resource string, kind ha.ChangeKind) {
	b.mu.Lock()
	sign := b.sign
	b.mu.Unlock()
	sign(Sign{Resource: resource, Kind: kind, What: "4711", At: time.Now()})
}

// guard is a Watcher of a world.
type guard struct {
	*Watcher
	*bell
	*world
	noticed chan Noticed
}

// hurry is a pace for tests.
var hurry = Pace{Again: time.Millisecond, Settle: 20 * time.Second, Restart: time.Millisecond, Recount: time.Hour}

func watchOver(t *testing.T, w *world) *guard {
	t.Helper()
	g := &guard{bell: &bell{}, world: w, noticed: make(chan Noticed, 1000)}
	g.Watcher = New(Options{Host: w, Node: "n1", Told: func(n Noticed) { g.noticed <- n }, Sources: []Source{g.bell}, InFlight: w.inFlight, Pace: hurry})
	g.start(t)
	return g
}

// start runs the watcher until the test ends.
func (g *guard) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); g.Watcher.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	g.see(t)
}

// see has the watcher observe the cluster as it stood before anything happened: observations are always late.
func (g *guard) see(t *testing.T) {
	t.Helper()
	calm := newWorld(t)
	data, err := calm.CIB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		t.Fatal(err)
	}
	g.Configure(cib.Config())
	g.Observe(ha.State{
		Running: true, Reporter: "n1", Nodes: []ha.NodeState{{Name: "n1", Online: true}},
		Resources: []ha.ResourceState{{ID: "g", Kind: ha.Group, Members: []ha.ResourceState{{ID: "db", Kind: ha.Primitive, Role: "Started", Managed: true, Nodes: []string{"n1"}}}}},
	})
	testkit.Eventually(t, func() error {
		g.bell.mu.Lock()
		defer g.bell.mu.Unlock()
		if len(g.last) != 1 || g.sign == nil {
			return errors.New("nothing is watched yet")
		}
		return nil
	})
}

// calm waits until nothing is looked at any more.
func (g *guard) calm(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, func() error {
		g.Watcher.mu.Lock()
		defer g.Watcher.mu.Unlock()
		for id, c := range g.cases {
			if c.busy {
				return fmt.Errorf("%s is still looked at", id)
			}
		}
		return nil
	})
}

// pardon forgets that looks have found nothing: a round of a test is not to wait for those before it.
func (g *guard) pardon() {
	g.Watcher.mu.Lock()
	defer g.Watcher.mu.Unlock()
	for _, c := range g.cases {
		c.healthy = 0
	}
}

// forget forgets how everything stood.
func (g *guard) forget() {
	g.Watcher.mu.Lock()
	defer g.Watcher.mu.Unlock()
	clear(g.lives)
}

// rounds is how often each scenario is tried.
const rounds = 300

var points = []string{"cib", "check", "checked"}

// TestStopInFlight: while Pacemaker stops a resource, nobody asks how it is; afterwards it is looked at as before.
func TestStopInFlight(t *testing.T) {
	g := watchOver(t, newWorld(t))
	g.do(func() { g.stopping = true })
	g.kill()
	g.ring("db", ha.WatchProcess)
	g.calm(t)
	g.do(func() {
		if g.checks > 0 || len(g.reported) > 0 {
			t.Errorf("%d checks, reported %v while it is stopped", g.checks, g.reported)
		}
		g.life = newLife(20)
	})
	g.kill()
	g.ring("db", ha.WatchProcess)
	g.calm(t)
	g.do(func() {
		if !reflect.DeepEqual(g.reported, []int{20}) {
			t.Errorf("the next life's failure is reported as %v", g.reported)
		}
	})
}

// scenarios are what may happen to a process that ends; reports is how many reports are right.
var scenarios = []struct {
	name    string
	reports int
	play    func(w *world, ring func())
}{
	{"killed", 1, func(w *world, ring func()) { w.kill(); ring() }},
	{"killed, and told often", 1, func(w *world, ring func()) {
		w.kill()
		for range 1 + rand.IntN(5) {
			ring()
		}
	}},
	{"killed, and still there for its parent", 1, func(w *world, ring func()) {
		w.do(func() { w.hook["checked"] = w.kill }) // the first look finds a zombie
		ring()
	}},
	{"killed, and there for its parent for long", 1, func(w *world, ring func()) {
		w.do(func() {
			w.hook["checked"] = func() { w.do(func() { w.hook["checked"] = func() { w.do(func() { w.hook["checked"] = w.kill }) } }) }
		})
		ring()
	}},
	{"killed while its first monitor runs", 1, func(w *world, ring func()) {
		w.do(func() { w.pending = "monitor" })
		w.kill()
		w.do(func() {
			w.hook["cib"] = func() { w.do(func() { w.hook["cib"] = func() { w.do(func() { w.pending = "" }) } }) }
		})
		ring()
	}},
	{"killed, and on its way down", 1, func(w *world, ring func()) { w.do(func() { w.unsettled = 1 + rand.IntN(4) }); w.kill(); ring() }},
	{"found by a monitor in flight", 0, func(w *world, ring func()) {
		w.do(func() { w.flying, w.finds = 2+rand.IntN(9), true })
		w.kill()
		ring()
	}},
	{"found by a monitor that begins meanwhile", 0, func(w *world, ring func()) {
		w.kill()
		w.do(func() { w.hook["checked"] = func() { w.do(func() { w.flying, w.finds = 2+rand.IntN(9), true }) } })
		ring()
	}},
	{"found by a monitor that begins at the last moment", 0, func(w *world, ring func()) {
		w.kill()
		begin := func() { w.flying, w.finds = 2+rand.IntN(9), true }
		w.do(func() { w.hook["checked"] = func() { w.do(func() { w.hook["cib"] = func() { w.do(begin) } }) } })
		ring()
	}},
	{"found by a monitor that has just ended", 0, func(w *world, ring func()) {
		w.kill()
		w.do(func() { w.flying, w.finds = 2, true })
		ring()
	}},
	{"missed by a monitor in flight", 1, func(w *world, ring func()) {
		w.do(func() { w.flying = 2 + rand.IntN(9) })
		w.kill()
		ring()
	}},
	{"on its way up again", 0, func(w *world, ring func()) { w.do(func() { w.unsettled = 1 + rand.IntN(4) }); ring() }},
	{"replaced by itself", 0, func(_ *world, ring func()) { ring() }},
	{"stopped by Pacemaker", 0, func(w *world, ring func()) {
		w.do(func() { w.pending = "stop" })
		w.kill()
		w.do(func() {
			w.hook[points[rand.IntN(2)]] = func() { w.do(func() { w.op, w.pending, w.call = "stop", "", w.call+5 }) }
		})
		ring()
		w.do(func() { w.op, w.pending = "stop", "" })
	}},
	{"moved away", 0, func(w *world, ring func()) {
		w.do(func() { w.pending = "migrate_to" })
		w.kill()
		w.do(func() { w.op, w.pending, w.call = "migrate_to", "", w.call+5 })
		ring()
	}},
	{"restarted by Pacemaker", 0, func(w *world, ring func()) { w.restart(); ring() }},
	{"restarted by Pacemaker meanwhile", 0, func(w *world, ring func()) {
		w.kill()
		w.do(func() { w.hook[points[rand.IntN(len(points))]] = w.restart })
		ring()
	}},
	{"killed while Pacemaker begins to stop it", 0, func(w *world, ring func()) {
		w.kill()
		stop := func() { w.do(func() { w.op, w.pending, w.call = "stop", "", w.call+5 }) }
		begin := func() { w.pending, w.hook["cib"] = "stop", func() { w.do(func() { w.hook["cib"] = stop }) } }
		w.do(func() { w.hook[points[1+rand.IntN(2)]] = func() { w.do(begin) } })
		ring()
	}},
	{"known to Pacemaker already", 0, func(w *world, ring func()) { w.kill(); w.do(func() { w.failed = true }); ring() }},
	{"cluster in maintenance", 0, ordered(func(w *world) { w.properties = map[string]string{"maintenance-mode": "true"} })},
	{"all resources to be stopped", 0, ordered(func(w *world) { w.properties = map[string]string{"stop-all-resources": "true"} })},
	{"switched off", 0, ordered(func(w *world) { w.properties = map[string]string{ha.WatchProperty: "off"} })},
	{"resource in maintenance", 0, ordered(func(w *world) { w.meta = map[string]string{"maintenance": "true"} })},
	{"not managed", 0, ordered(func(w *world) { w.meta = map[string]string{"is-managed": "false"} })},
	{"not managed by default", 0, ordered(func(w *world) { w.defaults = map[string]string{"is-managed": "false"} })},
	{"to be stopped", 0, ordered(func(w *world) { w.meta = map[string]string{"target-role": "Stopped"} })},
	{"monitor that blocks", 0, ordered(func(w *world) { w.onFail = "block" })},
	{"monitor taken away", 0, ordered(func(w *world) { w.interval = "0" })},
	{"node in standby", 0, ordered(func(w *world) { w.node = map[string]string{"standby": "on"} })},
	{"node in standby until it restarts", 0, ordered(func(w *world) { w.transient = map[string]string{"standby": "true"} })},
	{"node in maintenance", 0, ordered(func(w *world) { w.node = map[string]string{"maintenance": "true"} })},
	{"node that leaves", 0, ordered(func(w *world) { w.transient = map[string]string{"shutdown": "1700000000"} })},
	{"not installed", 0, func(w *world, ring func()) { w.kill(); w.do(func() { w.code = 5 }); ring() }},
}

// ordered has somebody order something, and the process end, in any order: the watcher may be under way already.
func ordered(order func(*world)) func(*world, func()) {
	return func(w *world, ring func()) {
		if rand.IntN(2) == 0 {
			w.do(func() { order(w) })
			w.kill()
		} else {
			w.kill()
			w.do(func() { w.hook[points[rand.IntN(len(points))]] = func() { w.do(func() { order(w) }) } })
		}
		ring()
	}
}

// TestScenarios plays each of them a few hundred times: what is a failure is reported once, and nothing else ever.
func TestScenarios(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := watchOver(t, w)
			for round := range rounds {
				w.do(func() { w.life = newLife(w.call + 100) })
				g.pardon()
				// As it stands at first, as it stood in an earlier life, and not at all.
				switch round % 3 {
				case 0:
					if err := g.note(t.Context()); err != nil {
						t.Fatal(err)
					}
				case 1:
					g.forget()
				}
				s.play(w, func() { g.ring("db", ha.WatchProcess) })
				g.calm(t)
				w.mu.Lock()
				reported := slices.Clone(w.reported)
				w.mu.Unlock()
				if len(reported) != s.reports {
					t.Fatalf("round %d: reported %v", round, reported)
				}
			}
			if n := len(g.noticed); n != rounds*s.reports {
				t.Errorf("%d told of %d", n, rounds*s.reports)
			}
		})
	}
}

// TestAgainAfterStart: a failure is reported once in each life, also where Pacemaker's note of it is slow to come.
func TestAgainAfterStart(t *testing.T) {
	w := newWorld(t)
	g := watchOver(t, w)
	if err := g.note(t.Context()); err != nil { // and not again: the next failure comes before everything has calmed down
		t.Fatal(err)
	}
	for range 5 {
		w.kill()
		for range 3 {
			g.ring("db", ha.WatchProcess)
			g.calm(t)
			w.do(func() { w.failed = false }) // it has not come yet
		}
		w.restart()
	}
	if n := len(g.noticed); n != 5 {
		t.Errorf("%d failures are told, not 5", n)
	}
	for range 5 {
		if n := <-g.noticed; n.Resource != "db" || n.Node != "n1" || n.What != "4711" || n.Took <= 0 || n.Run == "" {
			t.Errorf("%+v", n)
		}
	}
}

// TestSignOfAnEarlierLife: what a sign of an earlier life leads to is told with the sign of its own life, or with when it was found.
func TestSignOfAnEarlierLife(t *testing.T) {
	for _, rings := range []bool{false, true} {
		w := newWorld(t)
		g := watchOver(t, w)
		old := time.Now().Add(-time.Hour)
		w.do(func() {
			w.pending = "stop"
			w.hook["cib"] = func() { // the first that is asked
				w.do(func() {
					w.hook["cib"] = func() { // the next, after a while
						w.restart()
						w.kill()
						if rings {
							g.sign(Sign{Resource: "db", Kind: ha.WatchProcess, What: "4712", At: time.Now()})
						}
					}
				})
			}
		})
		g.sign(Sign{Resource: "db", Kind: ha.WatchProcess, What: "4711", At: old})
		n := <-g.noticed
		if n.Took > time.Minute || rings != (n.What == "4712") {
			t.Errorf("rings %t: told of %s, %v ago", rings, n.What, n.Took)
		}
		g.calm(t)
		if n := w.count(); n != 1 { // the sign that came is spent
			t.Errorf("rings %t: looked at %d times", rings, n)
		}
	}
}

// TestToldAgain: sources are told again where the cluster has changed, although what is to be followed is the same.
func TestToldAgain(t *testing.T) {
	g := watchOver(t, newWorld(t))
	told := func() int {
		g.bell.mu.Lock()
		defer g.bell.mu.Unlock()
		return g.bell.told
	}
	before := told()
	g.Watcher.mu.Lock()
	st := *g.state
	g.Watcher.mu.Unlock()
	st.Failures = []ha.Failure{{Resource: "db", Node: "n1", Count: 1}}
	g.Observe(st)
	testkit.Eventually(t, func() error {
		if told() == before {
			return errors.New("not told again")
		}
		return nil
	})
}

// TestWatching: what is told as watched is what sources see of what may be reported.
func TestWatching(t *testing.T) {
	w := newWorld(t)
	g := watchOver(t, w)
	want := []ha.Watching{{Node: "n1", Resource: "db", By: []ha.ChangeKind{ha.WatchProcess}}}
	if got := g.Watching(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	g.Observe(ha.State{Running: true, Reporter: "n1", Maintenance: true})
	testkit.Eventually(t, func() error {
		if got := g.Watching(); len(got) > 0 {
			return fmt.Errorf("in maintenance: %+v", got)
		}
		return nil
	})
}

// TestSignsInOneLife: where the monitor has found it well since a sign, the failure is told with the next one.
func TestSignsInOneLife(t *testing.T) {
	w := newWorld(t)
	g := watchOver(t, w)
	w.do(func() {
		w.hook["checked"] = func() {
			w.kill()
			g.sign(Sign{Resource: "db", Kind: ha.WatchProcess, What: "4712", At: time.Now()})
		}
	})
	g.sign(Sign{Resource: "db", Kind: ha.WatchProcess, What: "4711", At: time.Now()})
	if n := <-g.noticed; n.What != "4712" {
		t.Errorf("told of %s", n.What)
	}
}

// TestReadOnlyIsWritten: what is mounted read-only is found by a monitor that writes.
func TestReadOnlyIsWritten(t *testing.T) {
	w := newWorld(t)
	g := watchOver(t, w)
	g.ring("db", ha.WatchReadOnly)
	g.calm(t)
	g.ring("db", ha.WatchUnmounted)
	g.calm(t)
	if !slices.Equal(w.levels, []int{20, 0}) {
		t.Errorf("levels %v", w.levels)
	}
}

// TestCarrier: where a carrier is lost and every way with it, nothing is waited for; else the monitor finds out. Only a carrier says anything
// of ways.
func TestCarrier(t *testing.T) {
	for name, c := range map[string]struct {
		kind          ha.ChangeKind
		cut           bool
		err           error
		asked, checks int
	}{
		"every way is cut":   {ha.WatchCarrier, true, nil, 1, 0},
		"another way":        {ha.WatchCarrier, false, nil, 1, 1},
		"ways not known":     {ha.WatchCarrier, true, errors.New("no program ip"), 1, 1},
		"an address is gone": {ha.WatchAddress, true, nil, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cut, w.wayErr, w.flying = c.cut, c.err, 3
			g := watchOver(t, w)
			g.ring("db", c.kind)
			g.calm(t)
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.asked != c.asked || w.checks != c.checks || len(w.reported) > 0 {
				t.Errorf("asked %d, checked %d, reported %v; want %d, %d, none", w.asked, w.checks, w.reported, c.asked, c.checks)
			}
		})
	}
}

// TestRestless: a resource that gives signs all the time, and is well, is looked at less and less often.
func TestRestless(t *testing.T) {
	for healthy, want := range map[int]time.Duration{0: 0, freely - 1: 0, freely: time.Second, freely + 2: 4 * time.Second, freely + 90: seldom} {
		if got := restraint(healthy); got != want {
			t.Errorf("after %d looks in vain: %v, not %v", healthy, got, want)
		}
	}
	w := newWorld(t)
	g := watchOver(t, w)
	for range freely {
		g.ring("db", ha.WatchAddress)
		g.calm(t)
	}
	if n := w.count(); n != freely {
		t.Fatalf("%d looks at %d signs", n, freely)
	}
	rang := time.Now()
	g.ring("db", ha.WatchAddress)
	select {
	case <-t.Context().Done():
	case <-time.After(300 * time.Millisecond): // far longer than a look takes
	}
	if n := w.count(); n != freely && time.Since(rang) < restraint(freely) {
		t.Errorf("the next look has not waited: %d", n)
	}
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.checks
}

// broken is a source that fails in every way.
type broken struct {
	bell
	mu   sync.Mutex
	runs int
}

func (b *broken) Run(ctx context.Context, sign func(Sign)) error {
	b.mu.Lock()
	b.runs++
	n := b.runs
	b.mu.Unlock()
	switch n {
	case 1:
		return errors.New("netlink is gone")
	case 2:
		panic("a mistake")
	}
	return b.bell.Run(ctx, sign)
}

// TestBegunAnew: a source that ends, or makes a mistake, is logged and begun anew, and its signs are followed.
func TestBegunAnew(t *testing.T) {
	testkit.NoLeaks(t)
	w, b := newWorld(t), &broken{}
	var mu sync.Mutex
	var log bytes.Buffer
	g := &guard{bell: &b.bell, world: w, noticed: make(chan Noticed, 10)}
	g.Watcher = New(Options{
		Host: w, Node: "n1", Told: func(n Noticed) { g.noticed <- n }, Sources: []Source{b}, Pace: hurry,
		Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil)),
	})
	g.start(t)
	w.kill()
	g.ring("db", ha.WatchProcess)
	<-g.noticed
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"netlink is gone", "a mistake"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// deaf is a host that nobody can ask.
type deaf struct{ *world }

func (deaf) CIB(context.Context) ([]byte, error) { return nil, errors.New("pacemaker does not answer") }

// faltering is a host on which everything fails the first time that it is tried.
type faltering struct {
	*world
	mu    sync.Mutex
	tried map[string]bool
}

func (f *faltering) falters(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tried[what] {
		return nil
	}
	f.tried[what] = true
	return fmt.Errorf("%s: try again", what)
}

func (f *faltering) CIB(ctx context.Context) ([]byte, error) {
	if err := f.falters("cib"); err != nil {
		return nil, err
	}
	return f.world.CIB(ctx)
}

func (f *faltering) Check(ctx context.Context, r ha.Watched) (int, error) {
	if err := f.falters("check"); err != nil {
		return 0, err
	}
	return f.world.Check(ctx, r)
}

func (f *faltering) Fail(ctx context.Context, resource string) error {
	if err := f.falters("fail"); err != nil {
		return err
	}
	return f.world.Fail(ctx, resource)
}

// TestTriedAgain: a tool that fails once does not cost the sign.
func TestTriedAgain(t *testing.T) {
	w := newWorld(t)
	f := &faltering{world: w, tried: map[string]bool{}}
	g := &guard{bell: &bell{}, world: w, noticed: make(chan Noticed, 10)}
	g.Watcher = New(Options{Host: f, Node: "n1", Told: func(n Noticed) { g.noticed <- n }, Sources: []Source{g.bell}, InFlight: w.inFlight, Pace: hurry})
	g.start(t)
	w.kill()
	g.ring("db", ha.WatchProcess)
	g.calm(t)
	if len(w.reported) != 1 || len(f.tried) != 3 {
		t.Errorf("reported %v, tried %v", w.reported, f.tried)
	}
}

// TestNobodyAnswers: where the cluster cannot be asked nothing is reported, and nothing hangs.
func TestNobodyAnswers(t *testing.T) {
	testkit.NoLeaks(t)
	w := newWorld(t)
	pace := hurry
	pace.Settle = 20 * time.Millisecond
	g := &guard{bell: &bell{}, world: w, noticed: make(chan Noticed, 10)}
	g.Watcher = New(Options{Host: deaf{w}, Node: "n1", Told: func(n Noticed) { g.noticed <- n }, Sources: []Source{g.bell}, Pace: pace})
	g.start(t)
	w.kill()
	g.ring("db", ha.WatchProcess)
	g.calm(t)
	if len(w.reported) != 0 || w.checks != 0 {
		t.Errorf("reported %v, checked %d times", w.reported, w.checks)
	}
}
