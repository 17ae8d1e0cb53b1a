package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/internal/words"
	"hawser/server/reconcile"
)

func TestKindsAreTheLongRoutes(t *testing.T) {
	var want []string
	for _, r := range api.Routes {
		if r.Long {
			want = append(want, r.Name)
		}
	}
	slices.Sort(want)
	if got := reconcile.Kinds(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestCreate(t *testing.T) {
	s := demo(t)
	page, err := s.store.Operations(t.Context(), api.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var steps, told []string
	for _, st := range page.Items[0].Steps {
		steps = append(steps, st.Name)
		for _, within := range st.Steps {
			told = append(told, within.Name+"@"+within.Node) // by the machines
		}
		if st.State != "done" {
			t.Errorf("step %+v", st)
		}
	}
	if want := strings.Fields("preflight preflight preflight configure configure configure start start start await properties observe"); !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if !slices.Contains(told, "patch@n1") || !slices.Contains(told, "patch@n3") {
		t.Errorf("within the steps %v", told)
	}
	key := s.by("n1").authkey
	for i, name := range []string{"n1", "n2", "n3"} {
		h := s.by(name)
		if !h.running || h.setup == nil || h.authkey != key || len(key) != 256 || h.setup.Nodes[i].ID != i+1 || h.setup.Timing.Token == 0 {
			t.Errorf("%s: %+v", name, h)
		}
	}
	c, err := s.fleet.Cluster(t.Context(), "demo")
	if err != nil || !c.Quorate || c.Online != 3 || c.Revision != 1 || c.Config == nil {
		t.Errorf("cluster %+v, err %v", c.Cluster, err)
	}
	r, _, err := s.store.Revision(t.Context(), "demo", 1)
	if err != nil || r.Author != "ann" || r.Action != "cluster.create" || r.State != "applied" {
		t.Errorf("revision %+v, err %v", r, err)
	}
	for _, topic := range []string{"operation", "cluster", "revision", "host"} {
		if !s.live.has(topic) {
			t.Errorf("nothing was published on %s", topic)
		}
	}
}

// gone fails the test where anything is left of the cluster.
func (s *site) gone(cluster string) {
	s.t.Helper()
	s.mu.Lock()
	for _, h := range s.hosts {
		if h.setup != nil || h.running {
			s.t.Errorf("%s still has files or runs: %+v", h.name, h)
		}
	}
	s.mu.Unlock()
	if _, err := s.fleet.Cluster(s.t.Context(), cluster); fault.CodeOf(err) != fault.NotFound {
		s.t.Errorf("the cluster is still there: %v", err)
	}
	hosts, err := s.fleet.Hosts(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range hosts {
		if h.Cluster != "" {
			s.t.Errorf("host %s still belongs to %s", h.Name, h.Cluster)
		}
	}
	if _, err := s.store.Secret(s.t.Context(), "authkey/"+cluster); fault.CodeOf(err) != fault.NotFound {
		s.t.Errorf("its key is still there: %v", err)
	}
}

func TestCreate_PreflightFails(t *testing.T) {
	s := newSite(t, "n1", "n2")
	s.by("n2").checks = []ha.Check{{Code: "packages", Result: "failed", Args: map[string]string{"missing": "pacemaker"}}}
	set := setup("demo", "n1", "n2")
	op := s.end(s.begin(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set}))
	if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "preflight.failed" || op.Fault.Args["node"] != "n2" || len(op.Fault.Fields) != 1 {
		t.Errorf("got %s, %+v", op.State, op.Fault)
	}
	if n := s.counts["host.configure n1"] + s.counts["host.deconfigure n1"]; n != 0 {
		t.Errorf("n1 was touched %d times", n)
	}
	s.gone("demo")
}

func TestCreate_StartFails(t *testing.T) {
	s := newSite(t, "n1", "n2", "n3")
	s.refuse = func(host string, c wire.Command) error {
		if host == "n3" && c.Name == wire.StartHost {
			return fault.New(fault.Failed, "node.start_failed", "corosync does not start")
		}
		return nil
	}
	set := setup("demo", "n1", "n2", "n3")
	op := s.end(s.begin(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set}))
	if op.State != "rolled_back" || op.Fault.Reason != "node.start_failed" || op.Fault.Args["node"] != "n3" {
		t.Errorf("got %s, %+v", op.State, op.Fault)
	}
	s.gone("demo")
}

// TestCreate_RollBackFails: what could not be taken back is named, and the cluster stays visible.
func TestCreate_RollBackFails(t *testing.T) {
	s := newSite(t, "n1", "n2")
	s.refuse = func(host string, c wire.Command) error {
		if host == "n2" && (c.Name == wire.StartHost || c.Name == wire.Deconfigure) {
			return fault.New(fault.Failed, "node.start_failed", "disk is full")
		}
		return nil
	}
	set := setup("demo", "n1", "n2")
	op := s.end(s.begin(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set}))
	if op.State != "failed" || op.Fault.Reason != "operation.not_rolled_back" {
		t.Errorf("got %s, %+v", op.State, op.Fault)
	}
	if s.by("n1").setup != nil {
		t.Error("n1 still has its files")
	}
	if _, err := s.fleet.Cluster(t.Context(), "demo"); err != nil {
		t.Errorf("the cluster that is half there has been forgotten: %v", err)
	}
}

// TestCreate_HostAwayForAMoment: a network that is cut for less than patience does no harm.
func TestCreate_HostAwayForAMoment(t *testing.T) {
	s := newSite(t, "n1", "n2")
	var mu sync.Mutex
	left := 3
	s.refuse = func(host string, c wire.Command) error {
		mu.Lock()
		defer mu.Unlock()
		if host == "n2" && c.Name == wire.StartHost && left > 0 {
			left--
			return fault.New(fault.Unreachable, "host.unreachable", "away")
		}
		return nil
	}
	set := setup("demo", "n1", "n2")
	s.do(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set})
	if left != 0 {
		t.Errorf("%d tries left", left)
	}
}

// TestKilledAnywhere kills the server before and after every named step of the creation of a cluster. Afterwards the cluster is
// there whole or not at all, and no host has done anything twice.
func TestKilledAnywhere(t *testing.T) {
	for _, fails := range []bool{false, true} {
		steps := []string{"preflight", "configure", "start", "await", "properties", "observe"}
		if fails {
			steps = []string{"undo.configure", "await"}
		}
		for _, step := range steps {
			for _, when := range []string{"before", "after"} {
				t.Run(fmt.Sprintf("fails=%t/%s %s", fails, when, step), func(t *testing.T) {
					s := newSite(t, "n1", "n2", "n3")
					s.stop()
					killed := make(chan struct{})
					var once sync.Once
					s.start(func(w, name string) {
						if w == when && name == step {
							s.kill()
							once.Do(func() { close(killed) })
						}
					})
					s.tell("")
					s.refuse = func(_ string, c wire.Command) error {
						if fails && c.Name == wire.Settle {
							return fault.New(fault.Failed, "command.timeout", "not in time")
						}
						return nil
					}
					set := setup("demo", "n1", "n2", "n3")
					set.Properties = map[string]string{"no-quorum-policy": "stop"}
					op := s.begin(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set})
					<-killed
					s.restart()
					op = s.end(op)
					if fails {
						if op.State != "rolled_back" || op.Fault.Reason != "command.timeout" {
							t.Errorf("got %s, %+v", op.State, op.Fault)
						}
						s.gone("demo")
						return
					}
					if op.State != "succeeded" {
						t.Fatalf("got %s, %+v", op.State, op.Fault)
					}
					c, err := s.fleet.Cluster(t.Context(), "demo")
					if err != nil || c.Online != 3 || c.Revision != 1 || c.Config.Properties["no-quorum-policy"] != "stop" {
						t.Errorf("cluster %+v, err %v", c.Cluster, err)
					}
					for what, n := range s.counts {
						if n > 1 && !strings.HasPrefix(what, "cluster.observe") {
							t.Errorf("%s was done %d times", what, n)
						}
					}
				})
			}
		}
	}
}

func TestBusy(t *testing.T) {
	s := demo(t)
	hold := make(chan struct{})
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.StopHost {
			<-hold // under the machines' lock: everything waits
		}
		return nil
	}
	op := s.begin(reconcile.Request{Kind: "cluster.stop", Cluster: "demo"})
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n1", Actor: "bob"})
	close(hold)
	f := fault.Public(err)
	if f == nil || f.Code != fault.Conflict || f.Reason != "cluster.busy" || f.Args["operation"] != op.ID || f.Args["route"] != "cluster.stop" || f.Args["actor"] != "ann" {
		t.Errorf("got %+v", f)
	}
	if op := s.end(op); op.State != "succeeded" {
		t.Errorf("%+v", op)
	}
}

func TestEdit(t *testing.T) {
	s := demo(t)
	op := s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n2"})
	r, bodies, err := s.store.Revision(t.Context(), "demo", op.Revision)
	if err != nil || r.Number != 2 || r.State != "applied" || r.Author != "ann" || r.Object != "n2" || r.Operation != op.ID || len(r.Differences) == 0 || bodies.Before == "" {
		t.Errorf("revision %+v, err %v", r, err)
	}
	t.Run("Again", func(t *testing.T) {
		op := s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n2"})
		latest, err := s.store.LatestRevision(t.Context(), "demo")
		if err != nil || latest.Number != 2 || op.Revision != 0 {
			t.Errorf("what changed nothing made revision %+v (%d), err %v", latest, op.Revision, err)
		}
	})
	t.Run("Revert", func(t *testing.T) {
		op := s.do(reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 2})
		r, _, err := s.store.Revision(t.Context(), "demo", op.Revision)
		if err != nil || r.Number != 3 || r.Reverts != 2 || r.Action != "revision.revert" {
			t.Errorf("revision %+v, err %v", r, err)
		}
		if got := s.standby("n2"); got != "" {
			t.Errorf("standby is %q", got)
		}
		_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 1})
		if f := fault.Public(err); f.Reason != "revision.not_revertible" {
			t.Errorf("the first revision: %+v", f)
		}
	})
	t.Run("RevertConflict", func(t *testing.T) {
		s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n3"})
		op := s.end(s.begin(reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 2}))
		if op.State != "failed" || op.Fault.Reason != "config.revert_conflict" {
			t.Errorf("got %s, %+v", op.State, op.Fault)
		}
		latest, err := s.store.LatestRevision(t.Context(), "demo")
		if err != nil || latest.State != "failed" || latest.Fault == nil {
			t.Errorf("revision %+v, err %v", latest, err)
		}
	})
}

// TestFromOutside: what somebody changes past Hawser is a revision of its own at once.
func TestFromOutside(t *testing.T) {
	s := demo(t)
	s.byHand(func(c *ha.Config) { c.Properties["stonith-enabled"] = "false" })
	r, bodies, err := s.store.Revision(t.Context(), "demo", 2)
	if err != nil || r.Origin != "outside" || r.Author != "root@n2 (cibadmin)" || r.Object != "stonith-enabled" || bodies.After == "" || !r.Revertible {
		t.Fatalf("revision %+v, err %v", r, err)
	}
	events, err := s.store.Events(t.Context(), api.EventQuery{Kind: "config.outside"})
	if err != nil || len(events.Items) != 1 || events.Items[0].Args["revision"] != "2" {
		t.Errorf("events %+v, err %v", events.Items, err)
	}
	s.tell("") // told again, as after a reconnect
	s.restart()
	if latest, err := s.store.LatestRevision(t.Context(), "demo"); err != nil || latest.Number != 2 {
		t.Errorf("told again: %+v, err %v", latest, err)
	}
	t.Run("Reverted", func(t *testing.T) {
		s.do(reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 2})
		if v := s.config.Properties["stonith-enabled"]; v != "" {
			t.Errorf("it is still %q", v)
		}
	})
}

// TestOutsideInTheNextCluster: a cluster that was made anew under the same name counts its versions from the beginning, and what
// was ours in the old one is not ours in this one.
func TestOutsideInTheNextCluster(t *testing.T) {
	s := demo(t)
	for _, name := range []string{"a", "b", "c"} {
		s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{name: "1"}})
	}
	s.do(reconcile.Request{Kind: "cluster.destroy", Cluster: "demo", Confirm: "demo"})
	set := setup("demo", "n1", "n2", "n3")
	s.do(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set})
	s.byHand(func(c *ha.Config) { c.Properties = map[string]string{"stonith-enabled": "false"} })
	if latest, err := s.store.LatestRevision(t.Context(), "demo"); err != nil || latest.Origin != "outside" {
		t.Errorf("revision %+v, err %v", latest, err)
	}
}

// TestOwnChangesAreNotFromOutside: another node tells of our change before the one that made it has answered, and does not know
// whose it is.
func TestOwnChangesAreNotFromOutside(t *testing.T) {
	s := demo(t)
	s.silent = true
	s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n2"})
	s.tell("")
	page, err := s.store.Revisions(t.Context(), "demo", api.RevisionQuery{})
	if err != nil || len(page.Items) != 2 || page.Items[0].Origin != "hawser" {
		t.Errorf("revisions %+v, err %v", page.Items, err)
	}
}

// TestOutsideWhileWeChange: what somebody else changes while our own command is at work is not lost in it.
func TestOutsideWhileWeChange(t *testing.T) {
	s := demo(t)
	var once sync.Once
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.EditConfig && c.ID != "" {
			once.Do(func() {
				s.mu.Unlock()
				s.byHand(func(c *ha.Config) { c.Properties = map[string]string{"stonith-enabled": "false"} })
				s.mu.Lock()
			})
		}
		return nil
	}
	s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n2"})
	page, err := s.store.Revisions(t.Context(), "demo", api.RevisionQuery{})
	if err != nil || len(page.Items) != 3 {
		t.Fatalf("revisions %+v, err %v", page.Items, err)
	}
	origins := []string{page.Items[0].Origin, page.Items[1].Origin}
	slices.Sort(origins)
	if !slices.Equal(origins, []string{"hawser", "outside"}) {
		t.Errorf("origins %v", origins)
	}
}

// TestSelfIsWaitedFor: nobody is turned away because the server is tidying up by itself at that moment, or is only looking whether it may.
func TestSelfIsWaitedFor(t *testing.T) {
	t.Run("AtWork", func(t *testing.T) { selfIsWaitedFor(t, func(c wire.Command) bool { return c.ID != "" }) })
	t.Run("Checking", func(t *testing.T) { selfIsWaitedFor(t, func(c wire.Command) bool { return c.ID == "" }) })
}

// selfIsWaitedFor holds the server's own command of that kind.
func selfIsWaitedFor(t *testing.T, held func(wire.Command) bool) {
	s := demo(t)
	const own = "1"
	reached, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.EditConfig && c.Actor == reconcile.Self && held(c) {
			once.Do(func() {
				s.mu.Unlock()
				close(reached)
				<-goOn
				s.mu.Lock()
			})
		}
		return nil
	}
	self := reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Actor: reconcile.Self, Set: map[string]string{"a": own}}
	begun := make(chan error, 1)
	go func() {
		_, err := s.engine.Begin(t.Context(), self)
		begun <- err
	}()
	<-reached
	type answer struct {
		op  api.Operation
		err error
	}
	person := make(chan answer, 1)
	go func() {
		op, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Actor: "ann", Set: map[string]string{"b": "2"}})
		person <- answer{op, err}
	}()
	select {
	case a := <-person:
		t.Errorf("not waited for: %v", a.err)
	case <-time.After(100 * time.Millisecond): // long enough to be turned away
	}
	if _, err := s.engine.Begin(t.Context(), self); fault.Public(err).Reason != "cluster.busy" {
		t.Errorf("the server waits for itself: %v", err)
	}
	close(goOn)
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		return
	}
	a := <-person
	if a.err != nil {
		t.Fatal(a.err)
	}
	if s.end(a.op); s.config.Properties["a"] != own || s.config.Properties["b"] != "2" {
		t.Errorf("properties %v", s.config.Properties)
	}
}

func (s *site) standby(node string) string {
	for _, n := range s.config.Nodes {
		if n.Name == node {
			return n.Attributes["standby"]
		}
	}
	return ""
}

// TestTwoAtOnce: an agent tells of our change and of somebody else's as one. Ours is not told a second time, and taking the other
// back leaves ours as it is.
func TestTwoAtOnce(t *testing.T) {
	s := demo(t)
	s.mu.Lock()
	s.mute = true // nobody tells of our change in time
	s.mu.Unlock()
	s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n2"})
	s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"a": "1", "b": "1", "c": "1"}})
	s.mu.Lock()
	s.mute = false
	s.mu.Unlock()
	s.byHand(func(c *ha.Config) {
		c.Properties["b"], c.Properties["d"] = "2", "2"
		delete(c.Properties, "c")
	})
	r, bodies, err := s.store.Revision(t.Context(), "demo", 4)
	if err != nil || r.Origin != "outside" {
		t.Fatalf("revision %+v, err %v", r, err)
	}
	var got []string
	for _, d := range r.Differences {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %q→%q", d.Change, d.ID, d.Before, d.After)))
	}
	slices.Sort(got)
	if want := []string{`added d ""→"2"`, `changed b "1"→"2"`, `removed c "1"→""`}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.Contains(bodies.Before, "standby") {
		t.Error("what was before it does not have our change")
	}
	s.do(reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 4})
	if s.standby("n2") != "on" || s.config.Properties["b"] != "1" || s.config.Properties["c"] != "1" {
		t.Errorf("after the revert: %+v", s.config)
	}
}

func TestMembers(t *testing.T) {
	s := demo(t)
	s.enrol("n4", 4)
	node := setup("demo", "n1", "n2", "n3", "n4").Nodes[3]
	var mu sync.Mutex
	behind := map[string]int{}
	s.stop()
	s.start(func(when, step string) {
		mu.Lock()
		defer mu.Unlock()
		if n := len(s.fleet.Stragglers()); n > 0 {
			behind[when+" "+step] = n
		}
	})
	s.tell("")
	s.do(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n4", Node: &node})
	if len(behind) > 0 {
		t.Errorf("while a node joins the others count as stragglers: %v", behind)
	}
	for _, n := range []string{"n1", "n4"} {
		if h := s.by(n); h.setup == nil || len(h.setup.Nodes) != 4 || h.setup.Nodes[3].ID != 4 {
			t.Errorf("%s: %+v", n, h.setup)
		}
	}
	c, err := s.fleet.Cluster(t.Context(), "demo")
	if err != nil || c.Online != 4 || len(c.Nodes) != 4 {
		t.Errorf("cluster %+v, err %v", c.Cluster, err)
	}
	latest, err := s.store.LatestRevision(t.Context(), "demo")
	if err != nil || latest.Number != 2 || latest.State != "applied" || latest.Origin != "hawser" || latest.Action != "node.add" || latest.Object != "n4" {
		t.Errorf("the node that joined made revision %+v, err %v", latest, err)
	}
	if len(latest.Differences) == 0 || latest.Differences[0].Object != "node" || latest.Differences[0].ID != "n4" || latest.Differences[0].Change != "added" {
		t.Errorf("differences %+v", latest.Differences)
	}
	if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 2}); fault.Public(err).Reason != "revision.not_revertible" {
		t.Errorf("its revert: %v", err)
	}
	t.Run("Remove", func(t *testing.T) {
		op := s.do(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "n1"})
		if h := s.by("n1"); h.setup != nil || h.running {
			t.Errorf("n1: %+v", h)
		}
		if h := s.by("n2"); len(h.setup.Nodes) != 3 {
			t.Errorf("n2: %+v", h.setup)
		}
		if op.Revision == 0 {
			t.Error("no revision was made")
		}
		if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: op.Revision}); fault.Public(err).Reason != "revision.not_revertible" {
			t.Errorf("its revert: %v", err)
		}
		host, err := s.fleet.Host(t.Context(), "n1")
		if err != nil || host.Cluster != "" {
			t.Errorf("host %+v, err %v", host, err)
		}
	})
	t.Run("AddFails", func(t *testing.T) {
		s.refuse = func(_ string, c wire.Command) error {
			if c.Name == wire.Settle {
				return fault.New(fault.Failed, "command.timeout", "not in time")
			}
			return nil
		}
		defer func() { s.refuse = nil }()
		node := setup("demo", "n1").Nodes[0]
		op := s.end(s.begin(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n1", Node: &node}))
		if op.State != "rolled_back" {
			t.Fatalf("got %s, %+v", op.State, op.Fault)
		}
		if h := s.by("n1"); h.setup != nil || h.running {
			t.Errorf("n1: %+v", h)
		}
		if h := s.by("n2"); len(h.setup.Nodes) != 3 {
			t.Errorf("n2: %+v", h.setup)
		}
		if slices.ContainsFunc(s.config.Nodes, func(n ha.NodeConfig) bool { return n.Name == "n1" }) {
			t.Error("the cluster still knows n1")
		}
	})
	t.Run("RemoveDead", func(t *testing.T) {
		s.mu.Lock()
		s.by("n4").away, s.by("n4").running = true, false
		s.mu.Unlock()
		s.tell("")
		s.do(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "n4"})
		if h := s.by("n2"); len(h.setup.Nodes) != 2 {
			t.Errorf("n2: %+v", h.setup)
		}
	})
}

func TestDestroy(t *testing.T) {
	s := demo(t)
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.destroy", Cluster: "demo", Confirm: "dmeo"})
	if f := fault.Public(err); f == nil || f.Code != fault.Invalid || f.Fields[0].Path != "confirm" {
		t.Errorf("got %+v", f)
	}
	s.do(reconcile.Request{Kind: "cluster.destroy", Cluster: "demo", Confirm: "demo"})
	s.gone("demo")
}

func TestRemove(t *testing.T) {
	s := demo(t)
	if err := s.engine.Remove(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if h := s.by("n1"); !h.running || h.setup == nil {
		t.Errorf("n1 was touched: %+v", h)
	}
	if err := s.engine.Remove(t.Context(), "demo"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestPower(t *testing.T) {
	s := demo(t)
	s.do(reconcile.Request{Kind: "cluster.stop", Cluster: "demo"})
	c, err := s.fleet.Cluster(t.Context(), "demo")
	if err != nil || c.Running || c.Verdict.Level != ha.StoppedCluster || c.Online != 0 {
		t.Errorf("cluster %+v, err %v", c.Cluster, err)
	}
	_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n1"})
	if f := fault.Public(err); f.Reason != "cluster.stopped" {
		t.Errorf("an edit of a stopped cluster: %+v", f)
	}
	s.do(reconcile.Request{Kind: "cluster.start", Cluster: "demo"})
	s.do(reconcile.Request{Kind: "node.stop", Cluster: "demo", Object: "n3"})
	if s.by("n3").running {
		t.Error("n3 runs")
	}
	s.do(reconcile.Request{Kind: "node.start", Cluster: "demo", Object: "n3"})
	s.do(reconcile.Request{Kind: "cluster.restart", Cluster: "demo"})
	s.do(reconcile.Request{Kind: "node.fence", Cluster: "demo", Object: "n1", Action: "off", Confirm: "n1"})
	if s.counts["node.fence n1"] != 0 {
		t.Error("n1 was asked to fence itself")
	}
	s.mu.Lock()
	s.by("n2").away = true
	s.mu.Unlock()
	_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.start", Cluster: "demo"})
	if f := fault.Public(err); f.Code != fault.Unreachable || f.Args["host"] != "n2" {
		t.Errorf("got %+v", f)
	}
}

func TestResources(t *testing.T) {
	s := demo(t)
	vip := ha.Resource{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}
	s.do(reconcile.Request{
		Kind: "resource.create", Cluster: "demo", Object: "vip", Resource: &vip,
		Constraints: []ha.Constraint{{ID: "vip-n1", Kind: ha.Location, Resource: "vip", Node: "n1", Score: "100"}},
	})
	if len(s.config.Constraints) != 1 {
		t.Errorf("constraints %+v", s.config.Constraints)
	}
	for _, kind := range []string{"resource.stop", "resource.start", "resource.unmanage", "resource.manage", "resource.restart", "resource.cleanup"} {
		s.do(reconcile.Request{Kind: kind, Cluster: "demo", Object: "vip"})
		want := map[string]map[string]string{"resource.stop": {"target-role": "Stopped"}, "resource.unmanage": {"is-managed": "false"}}[kind]
		if got := s.config.Resources[0].Meta; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: meta %v, want %v", kind, got, want)
		}
	}
	r, err := s.fleet.Resource(t.Context(), "demo", "vip")
	if err != nil {
		t.Fatal(err)
	}
	edited := *r.Config
	edited.Parameters = map[string]string{"ip": "10.0.1.99"}
	s.do(reconcile.Request{Kind: "resource.edit", Cluster: "demo", Object: "vip", Resource: &edited, Version: r.Version})
	_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "resource.edit", Cluster: "demo", Object: "vip", Resource: &edited, Version: r.Version})
	if f := fault.Public(err); f.Code != fault.Conflict || f.Reason != "config.changed_since" {
		t.Errorf("an edit of what has moved on: %+v", f)
	}
	s.do(reconcile.Request{Kind: "constraint.delete", Cluster: "demo", Object: "vip-n1"})
	s.do(reconcile.Request{Kind: "resource.delete", Cluster: "demo", Object: "vip"})
	if len(s.config.Resources) != 0 {
		t.Errorf("resources %+v", s.config.Resources)
	}
}

// TestRefused: bad input is refused with a code, a reason and the field, and nothing is begun.
func TestRefused(t *testing.T) {
	s := demo(t)
	s.enrol("n4", 4)
	s.enrol("n5", 5)
	s.mu.Lock()
	s.by("n5").away = true
	s.mu.Unlock()
	s.byHand(func(c *ha.Config) {
		c.Resources = []ha.Resource{{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}}
	})
	with := func(change func(*ha.Setup)) reconcile.Request {
		set := setup("other", "n1", "n2")
		set.Nodes = []ha.SetupNode{{Name: "n4", Addresses: []string{"10.0.1.4", "10.0.2.4"}}}
		change(&set)
		return reconcile.Request{Kind: "cluster.create", Cluster: set.Name, Setup: &set}
	}
	resource := func(r ha.Resource) reconcile.Request {
		return reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: r.ID, Resource: &r}
	}
	dummy := func(id string) ha.Resource {
		return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}
	}
	for name, c := range map[string]struct {
		r            reconcile.Request
		code         fault.Code
		path, reason string
	}{
		"name":             {with(func(s *ha.Setup) { s.Name = "no spaces" }), fault.Invalid, "name", "cluster.name_invalid"},
		"name taken":       {with(func(s *ha.Setup) { s.Name = "demo" }), fault.Conflict, "name", "cluster.name_taken"},
		"unknown host":     {with(func(s *ha.Setup) { s.Nodes[0].Name = "n9" }), fault.Invalid, "nodes[0].name", "host.not_enrolled"},
		"host taken":       {with(func(s *ha.Setup) { s.Nodes[0] = setup("x", "n1").Nodes[0] }), fault.Conflict, "nodes[0].name", "host.in_cluster"},
		"host away":        {with(func(s *ha.Setup) { s.Nodes[0].Name = "n5" }), fault.Invalid, "nodes[0].name", "host.not_connected"},
		"foreign address":  {with(func(s *ha.Setup) { s.Nodes[0].Addresses[1] = "10.0.9.4" }), fault.Invalid, "nodes[0].addresses[1]", "address.not_on_host"},
		"overlapping":      {with(func(s *ha.Setup) { s.Nodes[0].Addresses[1] = "10.0.1.104" }), fault.Invalid, "nodes[0].addresses[1]", "link.overlap"},
		"no such cluster":  {reconcile.Request{Kind: "cluster.start", Cluster: "none"}, fault.NotFound, "", "cluster.not_found"},
		"no such node":     {reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "n9"}, fault.NotFound, "", "node.not_found"},
		"no such resource": {reconcile.Request{Kind: "resource.stop", Cluster: "demo", Object: "db"}, fault.NotFound, "", "resource.not_found"},
		"resource ID":      {resource(dummy("1st")), fault.Invalid, "resource.id", "id.invalid"},
		"ID taken":         {resource(dummy("vip")), fault.Conflict, "resource.id", "resource.id_taken"},
		"unknown agent":    {resource(ha.Resource{ID: "x", Kind: ha.Primitive, Agent: "ocf:heartbeat:None"}), fault.Invalid, "resource.agent", "agent.unknown"},
		"no such group":    {reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{ID: "x", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}, Group: "g"}, fault.Invalid, "group", "resource.unknown"},
		"own property":     {reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"dc-version": "1"}}, fault.Invalid, "set.dc-version", "properties.own"},
		"default":          {reconcile.Request{Kind: "defaults.set", Cluster: "demo", Set: map[string]string{"resource-stickiness": "much"}}, fault.Invalid, "resource.set.resource-stickiness", "score.invalid"},
		"op default":       {reconcile.Request{Kind: "defaults.set", Cluster: "demo", OpSet: map[string]string{"timeout": "soon"}}, fault.Invalid, "operation.set.timeout", "duration.invalid"},
		"no default":       {reconcile.Request{Kind: "defaults.set", Cluster: "demo"}, fault.Invalid, "resource", "field.required"},
		"property name":    {reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"a b": "1"}}, fault.Invalid, "set.a b", "attribute.name_invalid"},
		"constraint": {
			reconcile.Request{Kind: "constraint.create", Cluster: "demo", Constraints: []ha.Constraint{{ID: "c", Kind: ha.Colocation, Resource: "vip", With: "db", Score: "INFINITY"}}},
			fault.Invalid, "with", "resource.unknown",
		},
		"fence unconfirmed": {reconcile.Request{Kind: "node.fence", Cluster: "demo", Object: "n1", Action: "off", Confirm: "n2"}, fault.Invalid, "confirm", "confirm.mismatch"},
		"move to nowhere":   {reconcile.Request{Kind: "resource.move", Cluster: "demo", Object: "vip", Target: "n9"}, fault.NotFound, "", "node.not_found"},
		"no such revision":  {reconcile.Request{Kind: "revision.revert", Cluster: "demo", Revision: 99}, fault.NotFound, "", "revision.not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			before := clone(s.config)
			_, err := s.engine.Begin(t.Context(), c.r)
			f := fault.Public(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("got %+v, want %s", f, c.code)
			}
			path, reason := "", f.Reason
			if len(f.Fields) > 0 {
				path, reason = f.Fields[0].Path, f.Fields[0].Reason
			}
			if path != c.path || reason != c.reason {
				t.Errorf("got %s at %q, want %s at %q (%+v)", reason, path, c.reason, c.path, f)
			}
			if d := ha.DiffConfig(before, s.config); len(d) > 0 {
				t.Errorf("the cluster has changed: %v", d)
			}
			// Nothing holds the cluster.
			if err := s.engine.Remove(t.Context(), "none"); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("got %v", err)
			}
		})
	}
	page, err := s.store.Operations(t.Context(), api.OperationQuery{Active: true})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("operations %+v, err %v", page.Items, err)
	}
}

func TestPreflight(t *testing.T) {
	s := newSite(t, "n1", "n2")
	s.by("n2").checks = []ha.Check{{Code: "time", Result: "failed"}}
	r, err := s.engine.Preflight(t.Context(), "ann", setup("demo", "n1", "n2"))
	if err != nil || r.OK || len(r.Hosts) != 2 || r.Hosts[1].Checks[0].Code != "time" {
		t.Errorf("got %+v, err %v", r, err)
	}
	s.by("n2").checks[0].Result = "warning"
	if r, err = s.engine.Preflight(t.Context(), "ann", setup("demo", "n1", "n2")); err != nil || !r.OK {
		t.Errorf("got %+v, err %v", r, err)
	}
}

// TestStepsHaveSentences: every step that an operation has shown in these tests has its sentence in both languages.
func TestStepsHaveSentences(t *testing.T) {
	s := demo(t)
	s.enrol("n4", 4)
	node := setup("demo", "n1", "n2", "n3", "n4").Nodes[3]
	vip := ha.Resource{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}
	for _, r := range []reconcile.Request{
		{Kind: "cluster.properties", Set: map[string]string{"a": "b"}},
		{Kind: "node.add", Node: &node},
		{Kind: "node.remove", Object: "n4"},
		{Kind: "node.standby", Object: "n1"},
		{Kind: "revision.revert", Revision: 5},
		{Kind: "defaults.set", Set: map[string]string{"resource-stickiness": "100"}, OpSet: map[string]string{"timeout": "60s"}},
		{Kind: "resource.create", Resource: &vip},
		{Kind: "resource.restart", Object: "vip"},
		{Kind: "resource.cleanup", Object: "vip"},
		{Kind: "node.fence", Object: "n1", Action: "reboot", Confirm: "n1"},
		{Kind: "cluster.stop"},
		{Kind: "cluster.start"},
		{Kind: "cluster.destroy", Confirm: "demo"},
	} {
		r.Cluster = "demo"
		s.do(r)
	}
	page, err := s.store.Operations(t.Context(), api.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, op := range page.Items {
		for _, st := range op.Steps {
			if seen[st.Name] {
				continue
			}
			seen[st.Name] = true
			for _, language := range words.Languages {
				if key := "step." + st.Name; words.For(language).Sentence(key, nil) == key {
					t.Errorf("no sentence %s in %s", key, language)
				}
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %v were seen", seen)
	}
}
