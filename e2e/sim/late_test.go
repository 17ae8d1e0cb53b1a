package sim_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// late is a node whose agent notices what happens seconds late, as on a machine that is starved. What a command does it knows at once.
type late struct {
	*simulated.Driver
	looked *sync.Map // node → when its last look began, after that has ended
}

func (l late) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	return l.Driver.Watch(ctx, func(t engine.Trigger) {
		select {
		case <-time.After(2 * time.Second):
			began := time.Now()
			changed(t)
			l.looked.Store(l.Node(), began)
		case <-ctx.Done():
		}
	})
}

// lateSim is a simulation of such nodes.
func lateSim(t *testing.T, dir string) (s *sim.Sim, looked *sync.Map) {
	t.Helper()
	looked = &sync.Map{}
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t), Watched: func(d *simulated.Driver) engine.Driver { return late{d, looked} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.CreateCluster(t.Context(), "demo", "n1", "n2", "n3"); err != nil {
		t.Fatal(err)
	}
	return s, looked
}

// TestOneCommandAfterTheOther: a script waits for each command and gives the next at once. What the one has done the next must know,
// whoever notices it late.
func TestOneCommandAfterTheOther(t *testing.T) {
	need(t)
	s, _ := lateSim(t, t.TempDir())
	do := func(route string, body any, path ...string) {
		t.Helper()
		p := maps.Clone(demoPath())
		for i := 0; i < len(path); i += 2 {
			p[path[i]] = path[i+1]
		}
		if _, err := s.Do(t.Context(), client.Request{Route: route, Path: p, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	links := func() (l api.Links) {
		t.Helper()
		if err := s.API.Do(t.Context(), client.Request{Route: "link.list", Path: demoPath()}, &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	priority := 5
	again := func() api.LinkChange { priority++; return api.LinkChange{Priority: &priority} }

	do("link.edit", again(), "link", "0")
	for _, n := range links().Nodes {
		if n.State != "same" {
			t.Errorf("after a change of corosync.conf the file of %s is called %s", n.Node, n.State)
		}
	}
	if list := cluster(t, s).State.Stragglers; len(list) > 0 {
		t.Errorf("%v are called stragglers", list)
	}

	// A link that was just added carries the cluster where the other one is taken away.
	ends := map[string]string{}
	for _, e := range links().Links[1].Ends {
		ends[e.Node] = e.Address
	}
	do("link.remove", nil, "link", "1")
	do("link.add", api.NewLink{Addresses: ends})
	do("link.remove", nil, "link", "0")

	dc := cluster(t, s).State.DC
	for _, node := range []string{map[string]string{"n1": "n2", "n2": "n3", "n3": "n1"}[dc], dc} {
		do("node.stop", nil, "node", node)
		do("link.edit", again(), "link", "1")
		do("node.start", nil, "node", node)
		do("diskhb.enable", api.NewDiskHeartbeat{Device: "/dev/disk/by-id/sim-shared-1"}) // wants every node online
		do("diskhb.disable", nil)
	}

	do("cluster.properties", api.Properties{Set: map[string]string{"stonith-enabled": "false"}})
	do("cluster.stop", nil)
	do("cluster.start", nil)
	do("resource.create", api.NewResource{Resource: ha.Resource{ID: "ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.8.7"}}})
	do("cluster.restart", nil)
	do("node.standby", nil, "node", "n2")
}

// TestWhoDecidesNext: a node that comes to decide tells the configuration as it is then, not as it was when it last had no say. The older
// one would be taken for a restored backup, and Hawser's own last change for one that was taken back from outside.
func TestWhoDecidesNext(t *testing.T) {
	need(t)
	dir := t.TempDir()
	s, looked := lateSim(t, dir)
	byHand := exec.CommandContext(t.Context(), "crm_attribute", "--name", "cluster-recheck-interval", "--update", "7min")
	byHand.Env = append(os.Environ(), "CIB_file="+filepath.Join(dir, "world", "clusters", "demo", "cib.xml"))
	if out, err := byHand.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	changed := time.Now()
	outside := func() (list []api.Revision) {
		t.Helper()
		var all api.Page[api.Revision]
		if err := s.API.Do(t.Context(), client.Request{Route: "revision.list", Path: demoPath()}, &all); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all.Items, func(r api.Revision) bool { return r.Origin != "outside" })
	}
	eventually(t, "the change by hand", func() bool { return len(outside()) == 1 })
	dc := cluster(t, s).State.DC
	for _, node := range []string{"n1", "n2", "n3"} {
		eventually(t, node+" to have seen it", func() bool {
			at, has := looked.Load(node)
			return has && at.(time.Time).After(changed) //nolint:forcetypeassert // late stores it
		})
	}
	do := func(r client.Request) {
		t.Helper()
		if _, err := s.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	set := func(name, value string) {
		t.Helper()
		do(client.Request{Route: "cluster.properties", Path: demoPath(), Body: api.Properties{Set: map[string]string{name: value}}})
	}
	set("batch-limit", "9")
	do(client.Request{Route: "node.stop", Path: map[string]string{"cluster": "demo", "node": dc}})
	var next string
	eventually(t, "another to decide", func() bool { next = cluster(t, s).State.DC; return next != dc && next != "" })
	set("migration-limit", "3") // what it had to tell before that is there, too
	if list := outside(); len(list) != 1 {
		t.Errorf("%s decides, and tells of a change from outside: %+v", next, list[0].Differences)
	}
	if got := cluster(t, s).Config.Properties["batch-limit"]; got != "9" {
		t.Errorf("batch-limit is %q", got)
	}
}
