package reconcile_test

import (
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

// remoteOf asks for a remote node.
func remoteOf(name string, r ha.NewRemote) reconcile.Request {
	return reconcile.Request{Kind: "node.add", Cluster: "demo", Object: name, Node: &ha.SetupNode{Name: name}, Remote: &r}
}

// withRemote is the demo with a remote node r1.
func withRemote(t *testing.T) *site {
	t.Helper()
	s := demo(t)
	s.enrol("r1", 9)
	s.do(remoteOf("r1", ha.NewRemote{Address: "10.0.1.9", Port: 3122}))
	return s
}

func (s *site) node(name string) api.Node {
	s.t.Helper()
	s.tell("")
	n, err := s.fleet.Node(s.t.Context(), "demo", name)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestAddRemote(t *testing.T) {
	s := withRemote(t)
	h := s.by("r1")
	if !h.remote || h.remotePort != 3122 || len(h.remoteKey) != 4096 || h.setup != nil {
		t.Errorf("the host is %+v", h)
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		if s.by(n).remoteKey != h.remoteKey || len(s.by(n).setup.Nodes) != 3 {
			t.Errorf("%s has another key, or another set-up", n)
		}
	}
	r := s.config.Resources[slices.IndexFunc(s.config.Resources, func(r ha.Resource) bool { return r.ID == "r1" })]
	if r.Agent != ha.RemoteAgent || r.Parameters["server"] != "10.0.1.9" || r.Parameters["port"] != "3122" || r.Parameters["reconnect_interval"] != "60s" || len(r.Operations) == 0 {
		t.Errorf("the connection is %+v", r)
	}
	n := s.node("r1")
	if n.Kind != ha.RemoteNode || !n.Online || !n.Enrolled || n.Connection != "r1" || !slices.Equal(n.Addresses, []string{"10.0.1.9"}) || n.Config == nil {
		t.Errorf("shown as %+v", n)
	}
	c, err := s.fleet.Cluster(t.Context(), "demo")
	if err != nil || c.Online != 3 || len(c.Nodes) != 3 || !c.Quorate {
		t.Errorf("the members are %+v, %v", c.Cluster, err)
	}
	host, err := s.fleet.Host(t.Context(), "r1")
	if err != nil || host.Cluster != "demo" {
		t.Errorf("host %+v, %v", host, err)
	}
	latest, err := s.store.LatestRevision(t.Context(), "demo")
	if err != nil || latest.Action != "node.add" || latest.State != "applied" || latest.Object != "r1" {
		t.Errorf("revision %+v, %v", latest, err)
	}
	t.Run("Second", func(t *testing.T) { // the key that is there is the key
		s.enrol("r2", 10)
		s.do(remoteOf("r2", ha.NewRemote{})) // the address is found
		if s.by("r2").remoteKey != h.remoteKey || s.by("r2").remotePort != ha.RemotePort {
			t.Errorf("got %+v", s.by("r2"))
		}
		if n := s.node("r2"); len(n.Addresses) != 1 || !strings.HasPrefix(n.Addresses[0], "10.0.") {
			t.Errorf("shown as %+v", n)
		}
	})
	t.Run("FullNodeGetsTheKey", func(t *testing.T) {
		s.enrol("n4", 4)
		node := setup("demo", "n1", "n2", "n3", "n4").Nodes[3]
		s.do(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n4", Node: &node})
		if s.by("n4").remoteKey != h.remoteKey {
			t.Error("it could not connect to the remote nodes")
		}
		if host, err := s.fleet.Host(t.Context(), "r1"); err != nil || host.Cluster != "demo" {
			t.Errorf("r1 has lost its cluster: %+v, %v", host, err)
		}
	})
	t.Run("PowerAndRest", func(t *testing.T) {
		s.do(reconcile.Request{Kind: "node.stop", Cluster: "demo", Object: "r1"})
		if n := s.node("r1"); n.Online {
			t.Error("it is still online")
		}
		if !s.by("r1").remote {
			t.Error("the daemon was ended; the connection alone should have been")
		}
		s.do(reconcile.Request{Kind: "node.start", Cluster: "demo", Object: "r1"})
		if n := s.node("r1"); !n.Online {
			t.Error("it is not back")
		}
		s.do(reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "r1"})
		s.do(reconcile.Request{Kind: "node.fence", Cluster: "demo", Object: "r1", Action: "off", Confirm: "r1"})
		if s.counts["node.fence r1"] != 0 {
			t.Error("it was asked to fence itself")
		}
	})
	t.Run("Remove", func(t *testing.T) {
		if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "resource.delete", Cluster: "demo", Object: "r1"}); fault.Public(err) == nil || fault.Public(err).Reason != "remote.remove_node" {
			t.Errorf("the connection alone is deleted: %v", err)
		}
		op := s.do(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "r1"})
		if h := s.by("r1"); h.remote || h.remoteKey != "" {
			t.Errorf("left on the host: %+v", h)
		}
		if slices.ContainsFunc(s.config.Resources, func(r ha.Resource) bool { return r.ID == "r1" }) {
			t.Error("the connection is left")
		}
		if host, err := s.fleet.Host(t.Context(), "r1"); err != nil || host.Cluster != "" {
			t.Errorf("host %+v, %v", host, err)
		}
		if op.Revision == 0 || s.by("n1").remoteKey == "" {
			t.Errorf("revision %d; the members' key is for r2, too", op.Revision)
		}
	})
	t.Run("RemoveDead", func(t *testing.T) {
		s.mu.Lock()
		s.by("r2").away, s.by("r2").remote = true, false
		s.mu.Unlock()
		s.tell("")
		s.do(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "r2"})
		if host, err := s.fleet.Host(t.Context(), "r2"); err != nil || host.Cluster != "" {
			t.Errorf("host %+v, %v", host, err)
		}
	})
}

// TestAddRemote_TakenBack: wherever it fails, everything is as before.
func TestAddRemote_TakenBack(t *testing.T) {
	for _, at := range []wire.CommandName{wire.CheckRemote, wire.PutRemoteKey, wire.JoinRemote, wire.EditConfig, wire.Settle} {
		t.Run(string(at), func(t *testing.T) {
			s := demo(t)
			s.enrol("r1", 9)
			s.refuse = func(host string, c wire.Command) error {
				if c.Name == at && c.ID != "" && !strings.HasSuffix(c.ID, "-undo") && (at != wire.PutRemoteKey || host == "n2") {
					return fault.New(fault.Failed, "command.timeout", "not in time")
				}
				return nil
			}
			op := s.end(s.begin(remoteOf("r1", ha.NewRemote{Address: "10.0.1.9"})))
			if op.State != "rolled_back" {
				t.Fatalf("got %s, %+v", op.State, op.Fault)
			}
			for _, n := range []string{"n1", "n2", "n3", "r1"} {
				if h := s.by(n); h.remoteKey != "" || h.remote {
					t.Errorf("left on %s: %+v", n, h)
				}
			}
			if slices.ContainsFunc(s.config.Resources, func(r ha.Resource) bool { return r.ID == "r1" }) {
				t.Error("the connection is left")
			}
			if host, err := s.fleet.Host(t.Context(), "r1"); err != nil || host.Cluster != "" {
				t.Errorf("host %+v, %v", host, err)
			}
			if latest, err := s.store.LatestRevision(t.Context(), "demo"); err != nil || latest.Action == "node.add" && latest.State == "applied" {
				t.Errorf("revision %+v, %v", latest, err)
			}
		})
	}
}

// TestAddRemote_ServerKilled kills the server at each step; the next one carries the operation to its end.
func TestAddRemote_ServerKilled(t *testing.T) {
	for _, step := range []string{"preflight", "remote_keys", "remote_key", "join_remote", "edit", "await"} {
		for _, when := range []string{"before", "after"} {
			t.Run(when+" "+step, func(t *testing.T) {
				s := demo(t)
				s.enrol("r1", 9)
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
				op := s.begin(remoteOf("r1", ha.NewRemote{Address: "10.0.1.9"}))
				<-killed
				s.restart()
				if op = s.end(op); op.State != "succeeded" {
					t.Fatalf("got %s: %+v", op.State, op.Fault)
				}
				if h := s.by("r1"); !h.remote || h.remoteKey == "" || h.remoteKey != s.by("n3").remoteKey {
					t.Errorf("the host is %+v", h)
				}
			})
		}
	}
}

func TestAddRemote_Refused(t *testing.T) {
	s := withRemote(t)
	s.enrol("free", 11)
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{ID: "vm", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy", Meta: map[string]string{"remote-node": "g1"}}})
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{ID: "free2", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}})
	s.enrol("free2", 12)
	node := func(change func(*ha.SetupNode)) reconcile.Request {
		r := remoteOf("free", ha.NewRemote{})
		change(r.Node)
		return r
	}
	for _, c := range []struct {
		what          string
		request       reconcile.Request
		reason, field string
		code          fault.Code
	}{
		{"Member", remoteOf("n1", ha.NewRemote{}), "node.name_taken", "node.name", fault.Conflict},
		{"Again", remoteOf("r1", ha.NewRemote{}), "node.name_taken", "node.name", fault.Conflict},
		{"Guest", remoteOf("g1", ha.NewRemote{}), "node.name_taken", "node.name", fault.Conflict},
		{"Resource", remoteOf("free2", ha.NewRemote{}), "resource.id_taken", "node.name", fault.Conflict},
		{"NotEnrolled", remoteOf("nobody", ha.NewRemote{}), "host.not_enrolled", "node.name", fault.Invalid},
		{"AddressElsewhere", remoteOf("free", ha.NewRemote{Address: "192.0.2.1"}), "address.not_on_host", "remote.address", fault.Invalid},
		{"NoAddress", remoteOf("free", ha.NewRemote{Address: "free.example"}), "address.invalid", "remote.address", fault.Invalid},
		{"Port", remoteOf("free", ha.NewRemote{Port: 70000}), "field.port", "remote.port", fault.Invalid},
		{"Links", node(func(n *ha.SetupNode) { n.Addresses = []string{"10.0.1.11"} }), "remote.no_links", "node.addresses", fault.Invalid},
		{"ID", node(func(n *ha.SetupNode) { n.ID = 7 }), "remote.no_corosync", "node.id", fault.Invalid},
		{"ByHand", reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{ID: "r9", Kind: ha.Primitive, Agent: ha.RemoteAgent}}, "remote.use_node_add", "resource.agent", fault.Invalid},
		{"GuestRemoved", reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "g1"}, "guest.by_resource", "", fault.Conflict},
		{"GuestStopped", reconcile.Request{Kind: "node.stop", Cluster: "demo", Object: "g1"}, "guest.by_resource", "", fault.Conflict},
		{"GuestFenced", reconcile.Request{Kind: "node.fence", Cluster: "demo", Object: "g1", Action: "off", Confirm: "g1"}, "guest.by_resource", "", fault.Conflict},
		{"Unknown", reconcile.Request{Kind: "node.standby", Cluster: "demo", Object: "r9"}, "node.not_found", "", fault.NotFound},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := s.engine.Begin(t.Context(), c.request)
			f := fault.Public(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("got %+v", f)
			}
			if c.field == "" && f.Reason != c.reason || c.field != "" && !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Path == c.field && x.Reason == c.reason }) {
				t.Errorf("got %+v, want %s at %s", f, c.reason, c.field)
			}
		})
	}
	t.Run("KeysDiffer", func(t *testing.T) {
		s.mu.Lock()
		s.by("n2").remoteKey = "another"
		s.mu.Unlock()
		op := s.end(s.begin(remoteOf("free", ha.NewRemote{})))
		if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "remote.keys_differ" {
			t.Errorf("got %s, %+v", op.State, op.Fault)
		}
	})
}

func TestDestroyWithRemote(t *testing.T) {
	s := withRemote(t)
	s.do(reconcile.Request{Kind: "cluster.destroy", Cluster: "demo", Confirm: "demo"})
	s.gone("demo")
	if h := s.by("r1"); h.remote || h.remoteKey != "" {
		t.Errorf("left on the host: %+v", h)
	}
}
