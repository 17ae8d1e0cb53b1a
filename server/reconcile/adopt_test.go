package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// madeElsewhere is a site with a running cluster of which the server knows nothing but that the named hosts say they belong to it.
func madeElsewhere(t *testing.T, known ...string) *site {
	t.Helper()
	s := demo(t)
	if err := s.engine.Remove(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	for _, name := range known {
		s.saysItIsIn(name, "demo")
	}
	s.mu.Lock()
	clear(s.counts)
	s.mu.Unlock()
	return s
}

// saysItIsIn has a host's agent tell which cluster it is configured for.
func (s *site) saysItIsIn(name, cluster string) {
	s.t.Helper()
	machine, err := s.machines.fleet.Machine(name)
	if err != nil {
		s.t.Fatal(err)
	}
	facts := machine.Facts
	facts.Cluster = cluster
	if err := s.machines.fleet.Facts(s.t.Context(), machine.ID, facts); err != nil {
		s.t.Fatal(err)
	}
}

func TestAdopt(t *testing.T) {
	s := madeElsewhere(t, "n1")
	found, err := s.engine.Found(t.Context(), "ann")
	if err != nil || len(found) != 1 {
		t.Fatalf("found %+v, err %v", found, err)
	}
	c := found[0]
	if c.Name != "demo" || c.Fault != nil || len(c.Nodes) != 3 || !c.Nodes[0].Connected || c.Nodes[1].Enrolled || !c.Quorate || c.Online != 3 || c.Verdict == nil {
		t.Errorf("found %+v", c)
	}
	s.do(reconcile.Request{Kind: "cluster.adopt", Cluster: "demo"})
	s.mu.Lock()
	for what := range s.counts {
		name, _, _ := strings.Cut(what, " ")
		if !wire.CommandName(name).Reads() {
			t.Errorf("it did %s", what)
		}
	}
	key := s.by("n1").authkey
	s.mu.Unlock()
	k, err := s.machines.fleet.Known("demo")
	if err != nil || len(k.Setup.Nodes) != 3 || k.Members[0].Host == "" || k.Members[1].Host != "" || k.Config.Config == nil {
		t.Errorf("known %+v, err %v", k, err)
	}
	if kept, err := s.store.Secret(t.Context(), "authkey/demo"); err != nil || string(kept) != key {
		t.Errorf("its key was not kept: %v", err)
	}
	r, _, err := s.store.Revision(t.Context(), "demo", 1)
	if err != nil || r.Action != "cluster.adopt" || r.Author != "ann" || r.State != "applied" {
		t.Errorf("revision %+v, err %v", r, err)
	}
	s.tell("")
	s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"stop-all-resources": "false"}})

	// A second agent is enrolled: it has the same files, so it is the member that it says it is.
	s.saysItIsIn("n2", "demo")
	member := func(name string) error {
		k, err := s.machines.fleet.Known("demo")
		if err != nil {
			return err
		}
		for _, m := range k.Members {
			if m.Node == name && m.Host != "" {
				return nil
			}
		}
		return fmt.Errorf("%s is no member", name)
	}
	testkit.Eventually(t, func() error { return member("n2") })

	// A third says so too, and has another key.
	s.mu.Lock()
	s.by("n3").authkey = strings.Repeat("x", 256)
	s.mu.Unlock()
	s.saysItIsIn("n3", "demo")
	testkit.Eventually(t, func() error {
		page, err := s.store.Events(t.Context(), api.EventQuery{})
		if err == nil && !slices.ContainsFunc(page.Items, func(e api.Event) bool { return e.Kind == string(ha.NodeForeign) && e.Object == "n3" }) {
			err = fmt.Errorf("no event among %d", len(page.Items))
		}
		return err
	})
	if member("n3") == nil {
		t.Error("a host with another key became a member")
	}
	if err := s.engine.Remove(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	s.saysItIsIn("n3", "demo")
	if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.adopt", Cluster: "demo", Actor: "ann"}); fault.CodeOf(err) != fault.Conflict ||
		fault.Public(err).Reason != "cluster.files_differ" {
		t.Errorf("two clusters of one name: %v", err)
	}
}

func TestAdoptRefuses(t *testing.T) {
	refused := func(t *testing.T, s *site, cluster, reason string) {
		t.Helper()
		_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "cluster.adopt", Cluster: cluster, Actor: "ann"})
		f := fault.Public(err)
		if f == nil {
			t.Fatal("it is not refused")
		}
		got := f.Reason
		if len(f.Fields) > 0 {
			got = f.Fields[0].Reason
		}
		if got != reason {
			t.Errorf("got %s (%v), want %s", got, err, reason)
		}
	}
	t.Run("Unknown", func(t *testing.T) { refused(t, madeElsewhere(t), "demo", "cluster.not_found_on_hosts") })
	t.Run("Managed", func(t *testing.T) { refused(t, demo(t), "demo", "cluster.name_taken") })
	t.Run("AgentAway", func(t *testing.T) {
		s := madeElsewhere(t, "n1")
		s.mu.Lock()
		s.by("n1").away = true
		s.mu.Unlock()
		refused(t, s, "demo", "host.unreachable")
	})
	t.Run("NodeManagedElsewhere", func(t *testing.T) {
		s := madeElsewhere(t, "n1")
		s.mu.Lock()
		s.by("n3").setup = nil
		s.mu.Unlock()
		set := setup("other", "n3")
		set.Nodes[0].Addresses = []string{"10.0.1.3", "10.0.2.3"}
		s.do(reconcile.Request{Kind: "cluster.create", Cluster: "other", Setup: &set})
		refused(t, s, "demo", "host.in_cluster")
	})
	t.Run("NoNodeOfIt", func(t *testing.T) {
		s := madeElsewhere(t, "n1")
		s.mu.Lock()
		other := setup("demo", "m1", "m2")
		s.by("n1").setup = &other
		s.mu.Unlock()
		refused(t, s, "demo", "node.not_in_setup")
	})
}
