package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// bars is a licence that remembers what it was asked, and bars everything that it is asked while it is over.
type bars struct {
	mu    sync.Mutex
	over  bool
	asked []ha.Growth
	hear  func(ha.Growth) // where set, is told what is asked for
}

func (b *bars) Growth(_ context.Context, g ha.Growth) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, g)
	if b.hear != nil {
		b.hear(g)
	}
	if b.over {
		return fault.New(fault.Unlicensed, "licence.trial_over", "over")
	}
	return nil
}

// growth is what the licence was asked since the last time.
func (b *bars) growth() []ha.Growth {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

func (b *bars) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
}

func primitive(id, agent string) reconcile.Request {
	return reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: id, Resource: &ha.Resource{ID: id, Kind: ha.Primitive, Agent: agent}}
}

// TestGrowth: the licence is asked what an operation adds, and only where it adds something.
func TestGrowth(t *testing.T) {
	s := demo(t)
	want := func(what string, growth ...ha.Growth) {
		t.Helper()
		if got := s.bars.growth(); !slices.Equal(got, growth) {
			t.Errorf("%s: asked for %+v, want %+v", what, got, growth)
		}
	}
	want("a cluster", ha.Growth{Clusters: 1, Nodes: 3})
	s.enrol("n4", 4)
	s.do(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n4", Node: &ha.SetupNode{Name: "n4", Addresses: []string{"10.0.1.4", "10.0.2.4"}}})
	want("a member", ha.Growth{Nodes: 1})
	s.enrol("r1", 9)
	s.do(remoteOf("r1", ha.NewRemote{Address: "10.0.1.9", Port: 3121}))
	want("a remote node", ha.Growth{Nodes: 1, Remotes: 1})
	s.do(primitive("web", "systemd:nginx"))
	want("a resource", ha.Growth{Resources: 1})
	s.do(primitive("fence", "stonith:fence_x"))
	want("a fence device")
	s.do(reconcile.Request{Kind: "resource.edit", Cluster: "demo", Object: "web", Resource: &ha.Resource{ID: "web", Kind: ha.Primitive, Agent: "systemd:nginx", Meta: map[string]string{"resource-stickiness": "1"}}})
	want("an edit")
}

// TestBarred: without a licence nothing is added, and everything else goes on: edits, undoing, un-banning, fencing, deleting, protection that
// is added, and what had begun before.
func TestBarred(t *testing.T) {
	s := demo(t)
	s.do(primitive("web", "systemd:nginx"))
	s.do(primitive("db", "systemd:postgresql"))
	s.enrol("n4", 4)
	s.enrol("n5", 5)
	s.enrol("r1", 9)
	m, err := s.engine.Manifest(t.Context(), "demo", false)
	if err != nil {
		t.Fatal(err)
	}
	s.bars.end()
	more := strings.Replace(m.YAML, "resources:\n", "resources:\n  - id: extra\n    kind: primitive\n    agent: systemd:extra\n", 1)
	second := ha.Setup{Name: "second", Autostart: true, Nodes: []ha.SetupNode{
		{Name: "n4", Addresses: []string{"10.0.1.4", "10.0.2.4"}}, {Name: "n5", Addresses: []string{"10.0.1.5", "10.0.2.5"}},
	}}
	before, err := s.store.Operations(t.Context(), api.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]reconcile.Request{
		"a cluster":              {Kind: "cluster.create", Cluster: "second", Setup: &second},
		"a member":               {Kind: "node.add", Cluster: "demo", Object: "n4", Node: &ha.SetupNode{Name: "n4", Addresses: []string{"10.0.1.4", "10.0.2.4"}}},
		"a remote node":          remoteOf("r1", ha.NewRemote{Address: "10.0.1.9", Port: 3121}),
		"a resource":             primitive("extra", "systemd:extra"),
		"a resource from a file": {Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: more}},
	} {
		r.Actor = "ann"
		if _, err := s.engine.Begin(t.Context(), r); fault.CodeOf(err) != fault.Unlicensed {
			t.Errorf("%s: %v (%+v)", name, err, fault.Public(err))
		}
	}
	after, err := s.store.Operations(t.Context(), api.OperationQuery{})
	if err != nil || len(after.Items) != len(before.Items) {
		t.Errorf("%d operations began, %v", len(after.Items)-len(before.Items), err)
	}
	on := func(kind, object string, change ...func(*reconcile.Request)) {
		t.Helper()
		r := reconcile.Request{Kind: kind, Cluster: "demo", Object: object}
		for _, c := range change {
			c(&r)
		}
		s.do(r)
	}
	on("resource.edit", "web", func(r *reconcile.Request) {
		r.Resource = &ha.Resource{ID: "web", Kind: ha.Primitive, Agent: "systemd:nginx", Meta: map[string]string{"resource-stickiness": "1"}}
	})
	on("cluster.properties", "", func(r *reconcile.Request) { r.Set = map[string]string{"no-quorum-policy": "stop"} })
	on("config.apply", "", func(r *reconcile.Request) {
		r.Manifest = &api.ManifestChange{YAML: strings.Replace(m.YAML, "systemd:nginx", "systemd:nginx\n    meta: {migration-threshold: \"3\"}", 1)}
	})
	on("resource.ban", "web", func(r *reconcile.Request) { r.Target = "n1" })
	on("resource.clear", "web")
	on("resource.stop", "web")
	on("resource.start", "web")
	on("node.standby", "n1")
	on("node.unstandby", "n1")
	s.do(primitive("fence", "stonith:fence_x"))
	on("node.fence", "n3", func(r *reconcile.Request) { r.Action, r.Confirm = "reboot", "n3" })
	on("resource.delete", "db")
	latest, err := s.store.LatestRevision(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	on("revision.revert", "", func(r *reconcile.Request) { r.Revision = latest.Number }) // the resource is there again
	on("node.remove", "n3")
	on("cluster.destroy", "", func(r *reconcile.Request) { r.Confirm = "demo" })
}

// TestGrowthAtOnce: of many that want to add something at once, each is told after what the ones before add counts; so a limit is kept.
func TestGrowthAtOnce(t *testing.T) {
	const clusters = 8
	s := newSite(t)
	goOn := make(chan struct{})
	s.refuse = func(string, wire.Command) error { <-goOn; return nil }
	defer close(goOn)
	promised := 0
	s.bars.hear = func(g ha.Growth) {
		if counts, _ := s.fleet.Size(); counts != promised {
			t.Errorf("%d clusters count, %d were promised", counts, promised)
		}
		promised += g.Clusters
	}
	sets := make([]ha.Setup, clusters)
	for i := range sets {
		set := ha.Setup{Name: fmt.Sprint("c", i), Autostart: true}
		for n := 2*i + 1; n <= 2*i+2; n++ {
			name := fmt.Sprint("n", n)
			s.enrol(name, n)
			set.Nodes = append(set.Nodes, ha.SetupNode{Name: name, Addresses: []string{fmt.Sprint("10.0.1.", n), fmt.Sprint("10.0.2.", n)}})
		}
		sets[i] = set
	}
	var all sync.WaitGroup
	for _, set := range sets {
		all.Go(func() {
			if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.create", Cluster: set.Name, Setup: &set, Actor: "ann"}); err != nil {
				t.Errorf("%s: %v", set.Name, err)
			}
		})
	}
	all.Wait()
	if promised != clusters {
		t.Errorf("%d clusters began", promised)
	}
}

// TestBarredMeanwhile: a licence that ends while an operation is at work does not end it, not even when the server is restarted.
func TestBarredMeanwhile(t *testing.T) {
	s := demo(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.EditConfig && !decode[wire.EditArgs](c).DryRun {
			once.Do(func() { close(began) })
			<-goOn
		}
		return nil
	}
	op := s.begin(primitive("web", "systemd:nginx"))
	<-began
	s.bars.end()
	s.kill()
	close(goOn)
	s.restart()
	if op = s.end(op); op.State != "succeeded" {
		t.Errorf("it %s: %+v", op.State, op.Fault)
	}
}
