package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

func (s *site) device(id string) {
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: id, Resource: &ha.Resource{ID: id, Kind: ha.Primitive, Agent: "stonith:fence_x"}})
}

func (s *site) verdictHas(reason string) bool {
	c, err := s.fleet.Cluster(s.t.Context(), "demo")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range c.Verdict.Reasons {
		if r.Code == reason {
			return true
		}
	}
	return false
}

// TestFenceTest: a test is evidence that stays: with who asked for it and which device did it, over a restart of the server and
// after the cluster has forgotten.
func TestFenceTest(t *testing.T) {
	s := demo(t)
	s.device("f")
	if !s.verdictHas(ha.ReasonFenceUntested) {
		t.Fatal("fencing was never tested and nobody says so")
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		before := s.counts["node.fence "+n]
		op := s.do(reconcile.Request{Kind: "fence.test", Cluster: "demo", Object: n, Target: "f", Confirm: n})
		if got := len(op.Steps); got < 2 || op.Actor == "" {
			t.Errorf("operation %+v", op)
		}
		if s.counts["node.fence "+n] != before {
			t.Errorf("%s was asked to fence itself", n)
		}
	}
	s.mu.Lock()
	s.history = nil // as Pacemaker does
	s.mu.Unlock()
	s.tell("")
	s.restart()
	s.tell("")
	if s.verdictHas(ha.ReasonFenceUntested) {
		t.Error("the evidence is gone")
	}
	v, err := s.fleet.Fencing(t.Context(), "demo")
	if err != nil || len(v.Nodes) != 3 || v.Nodes[1].Last == nil {
		t.Fatalf("got %+v, err %v", v, err)
	}
	if l := v.Nodes[1].Last; l.Actor != "ann" || l.Device != "f" || !l.Test || l.Delegate == "" || time.Since(l.At) > time.Hour {
		t.Errorf("got %+v", l)
	}
	e, err := s.fleet.Evidence(t.Context(), "demo")
	if err != nil || len(e.Evidence) == 0 {
		t.Fatalf("got %+v, err %v", e, err)
	}
}

// TestFenceTestWithoutTrace: an answer that the cluster's history does not bear out is no evidence.
func TestFenceTestWithoutTrace(t *testing.T) {
	s := demo(t)
	s.device("f")
	old := ha.FenceAction{Node: "n2", Action: "reboot", Status: ha.FenceSuccess, At: time.Now().Add(-time.Hour).UTC()}
	s.mu.Lock()
	s.history = []ha.FenceAction{old}
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.Fence {
			return fault.New(fault.Failed, "fence.failed", "no").With("node", "n2", "why", "no")
		}
		return nil
	}
	s.mu.Unlock()
	op := s.end(s.begin(reconcile.Request{Kind: "fence.test", Cluster: "demo", Object: "n2", Confirm: "n2"}))
	if op.State == "succeeded" || op.Fault == nil || op.Fault.Reason != "fence.failed" {
		t.Errorf("operation %+v", op)
	}
}

// TestFenceTestRefused: what a test would cost is said before anything is done, and --force is the way past it.
func TestFenceTestRefused(t *testing.T) {
	s := demo(t)
	s.device("f")
	refused := func(r reconcile.Request) string {
		t.Helper()
		r.Kind, r.Cluster = "fence.test", "demo"
		_, err := s.engine.Begin(t.Context(), r)
		f := fault.Public(err)
		if f == nil {
			t.Fatalf("%+v was not refused", r)
		}
		if len(f.Fields) > 0 {
			return f.Fields[0].Reason
		}
		return f.Reason
	}
	if got := refused(reconcile.Request{Object: "n2", Confirm: "n1"}); got != "confirm.mismatch" {
		t.Error(got)
	}
	if got := refused(reconcile.Request{Object: "n9", Confirm: "n9"}); got != "node.not_found" {
		t.Error(got)
	}
	if got := refused(reconcile.Request{Object: "n2", Confirm: "n2", Target: "g"}); got != "fence.device_elsewhere" {
		t.Error(got)
	}
	s.do(reconcile.Request{Kind: "node.stop", Cluster: "demo", Object: "n3"})
	if got := refused(reconcile.Request{Object: "n2", Confirm: "n2"}); got != "fence.test_quorum" {
		t.Error(got)
	}
	s.do(reconcile.Request{Kind: "fence.test", Cluster: "demo", Object: "n2", Confirm: "n2", Force: true})
	s.mu.Lock()
	s.history = append(s.history, ha.FenceAction{Node: "n1", Action: "reboot", Status: ha.FencePending})
	s.mu.Unlock()
	s.tell("")
	if got := refused(reconcile.Request{Object: "n2", Confirm: "n2", Force: true}); got != "fence.test_busy" {
		t.Error(got)
	}
}

func TestFenceLevels(t *testing.T) {
	s := demo(t)
	s.device("f")
	s.device("g")
	levels := []ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"f"}}, {Node: "n1", Index: 2, Devices: []string{"g"}}}
	s.do(reconcile.Request{Kind: "fence.levels", Cluster: "demo", Levels: levels})
	v, err := s.fleet.Fencing(t.Context(), "demo")
	if err != nil || len(v.Levels) != 2 || len(v.Nodes[0].Paths) != 2 || v.Nodes[0].Paths[1].Devices[0] != "g" {
		t.Fatalf("got %+v, err %v", v, err)
	}
	levels[1].Devices = []string{"h"}
	_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "fence.levels", Cluster: "demo", Levels: levels})
	if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != "levels[1][0]" {
		t.Errorf("got %+v", f)
	}
}

// TestPingOlder: a cluster that measures by Pacemaker's agent goes on with it.
func TestPingOlder(t *testing.T) {
	s := demo(t)
	there := ha.Ping{Addresses: []string{"10.0.9.254"}}.Clone(ha.StockPingAgent)
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: ha.PingCloneID, Resource: &there})
	s.do(reconcile.Request{Kind: "ping.create", Cluster: "demo", Object: ha.PingCloneID, Ping: &ha.Ping{Addresses: []string{"10.0.9.253"}}})
	got := s.config.Resources[len(s.config.Resources)-1].Members[0]
	if got.Agent != ha.StockPingAgent || got.Parameters["host_list"] != "10.0.9.253" || got.Parameters["attempts"] != "2" {
		t.Errorf("got %+v", got)
	}
}

// TestPing: one step makes the measuring and the rules, done twice is done once, and a changed wish changes what is there.
func TestPing(t *testing.T) {
	s := demo(t)
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: "web", Resource: &ha.Resource{ID: "web", Kind: ha.Group, Members: []ha.Resource{
		{ID: "web-ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"},
	}}})
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: "db", Resource: &ha.Resource{ID: "db", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}})
	ask := func(p ha.Ping) {
		s.do(reconcile.Request{Kind: "ping.create", Cluster: "demo", Object: ha.PingCloneID, Ping: &p})
	}
	p := ha.Ping{Addresses: []string{"10.0.9.254"}, Protect: []string{"web", "db"}}
	ask(p)
	if got := s.config.Resources[len(s.config.Resources)-1]; got.ID != ha.PingCloneID || len(got.Members) != 1 || got.Members[0].Agent != ha.PingAgent || got.Members[0].Parameters["host_list"] != "10.0.9.254" {
		t.Errorf("got %+v", got)
	}
	if got := len(s.config.Constraints); got != 2 || s.config.Constraints[0].Rule == nil || s.config.Constraints[0].Rule.Expressions[0].Value != "1" {
		t.Errorf("constraints %+v", s.config.Constraints)
	}
	before := clone(s.config)
	ask(p)
	if d := ha.DiffConfig(before, s.config); len(d) > 0 {
		t.Errorf("done again, it changed %v", d)
	}
	p.Addresses, p.Threshold = append(p.Addresses, "10.0.9.253"), 2
	ask(p)
	if len(s.config.Constraints) != 2 || s.config.Constraints[0].Rule.Expressions[0].Value != "2" {
		t.Errorf("constraints %+v", s.config.Constraints)
	}
	for want, p := range map[string]ha.Ping{
		"addresses field.required":      {},
		"addresses[0] ping.own_address": {Addresses: []string{"10.0.1.1"}},
		"addresses[1] ping.twice":       {Addresses: []string{"10.0.9.1", "10.0.9.1"}},
		"protect[0] resource.unknown":   {Addresses: []string{"10.0.9.1"}, Protect: []string{"nothing"}},
		"protect[0] ping.member":        {Addresses: []string{"10.0.9.1"}, Protect: []string{"web-ip"}},
		"threshold field.range":         {Addresses: []string{"10.0.9.1"}, Threshold: 2},
	} {
		_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "ping.create", Cluster: "demo", Object: ha.PingCloneID, Ping: &p})
		f := fault.Public(err)
		if f == nil || len(f.Fields) == 0 || !strings.HasPrefix(f.Fields[0].Path+" "+f.Fields[0].Reason, want) {
			t.Errorf("want %s, got %+v", want, f)
		}
	}
}
