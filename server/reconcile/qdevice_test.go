package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// connected says whether a machine's quorum device is where its files say, and known there.
func (h *machine) connected() bool {
	return h.device && h.setup != nil && h.setup.Quorum != nil && h.setup.Quorum.Device != nil && strings.HasSuffix(h.ticket, "/"+h.setup.Name)
}

// qdevice carries out what concerns a quorum device. The caller holds mu.
func (m *machines) qdevice(h *machine, c wire.Command) (any, bool, error) {
	switch c.Name {
	case wire.InspectArbiter:
		if h.qnetd == nil {
			return ha.Arbiter{}, false, nil
		}
		return *h.qnetd, false, nil
	case wire.PrepareArbiter:
		before := *h.qnetd
		h.qnetd.Running = true
		return wire.ArbiterOutput{CA: []byte(h.name), Before: before}, false, nil
	case wire.SignDevices:
		args := decode[wire.SignArgs](c)
		if !slices.Contains(h.serves, args.Cluster) {
			h.serves = append(h.serves, args.Cluster)
		}
		return wire.SignOutput{Certificates: args.Requests}, false, nil
	case wire.LeaveArbiter:
		args := decode[wire.LeaveArbiterArgs](c)
		h.serves = slices.DeleteFunc(h.serves, func(s string) bool { return s == args.Cluster })
		if args.Before != nil {
			h.qnetd.Running = args.Before.Running
		}
	case wire.InspectDevice:
		return ha.DeviceHost{Installed: true, Certified: h.ticket != ""}, false, nil
	case wire.RequestDevice:
		args := decode[wire.RequestDeviceArgs](c)
		if want := string(args.CA) + "/" + args.Cluster; h.ticket != want {
			return wire.RequestDeviceOutput{Request: []byte(want)}, false, nil
		}
		return wire.RequestDeviceOutput{}, false, nil
	case wire.InstallDevice:
		h.asked, h.ticket = h.ticket, string(decode[wire.InstallDeviceArgs](c).Certificate)
	case wire.SettleDevice:
		if decode[wire.SettleDeviceArgs](c).Restore {
			h.ticket = h.asked
		}
		h.asked = ""
	case wire.StartDevice:
		h.device = true
		return nil, true, nil
	case wire.StopDevice:
		h.device = false
		if decode[wire.StopDeviceArgs](c).Forget {
			h.ticket = ""
		}
		return nil, true, nil
	}
	return nil, false, nil
}

// withArbiter is a cluster of these nodes beside a host that can be its arbiter, and one that cannot.
func withArbiter(t *testing.T, nodes ...string) *site {
	t.Helper()
	s := newSite(t, append(slices.Clone(nodes), "arb", "bare")...)
	s.mu.Lock()
	s.by("arb").qnetd = &ha.Arbiter{Installed: true}
	s.mu.Unlock()
	set := setup("demo", nodes...)
	s.do(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set})
	return s
}

func setQDevice(in api.QDevice) reconcile.Request {
	return reconcile.Request{Kind: "qdevice.set", Cluster: "demo", Object: in.Host, QDevice: &in}
}

// have is what a node's files say of its quorum.
func (s *site) have(node string) ha.Quorum {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by(node).setup.EffectiveQuorum()
}

// TestQDevice gives two nodes an arbiter, changes it, takes it away, and looks at what nodes and arbiter have each time.
func TestQDevice(t *testing.T) {
	s := withArbiter(t, "n1", "n2")
	plan, err := s.engine.PlanQDevice(t.Context(), "ann", "demo", api.QDevice{Host: "arb"})
	if err != nil || plan.Complete.Nodes != 1 || !slices.Equal(plan.Cleared, []string{"two_node", "wait_for_all"}) || plan.Device.Algorithm != ha.FiftyFifty {
		t.Fatalf("foreseen: %+v, %v", plan, err)
	}
	s.do(setQDevice(api.QDevice{Host: "arb", Ping: []string{"192.0.2.254"}}))
	for _, n := range []string{"n1", "n2"} {
		q := s.have(n)
		if q.TwoNode || q.WaitForAll || q.Device == nil || q.Device.Address != "10.0.1.3" || q.Device.Ping[0] != "192.0.2.254" || q.Device.TieBreaker != ha.TieLowest {
			t.Errorf("%s has %+v, device %+v", n, q, q.Device)
		}
		if m := s.by(n); m.ticket != "arb/demo" || !m.device {
			t.Errorf("%s has the certificate %q, its daemon runs: %v", n, m.ticket, m.device)
		}
	}
	shown, err := s.engine.QDevice(t.Context(), "ann", "demo")
	if err != nil || shown.Device == nil || !shown.Device.Connected || shown.Device.Votes != 1 || !shown.Device.Arbiter || shown.Device.Host != "arb" {
		t.Errorf("shown as %+v, %v", shown.Device, err)
	}
	if a, err := s.engine.Arbiter(t.Context(), "ann", "arb"); err != nil || !a.Running || !slices.Equal(a.Serves, []string{"demo"}) {
		t.Errorf("the arbiter is shown as %+v, %v", a, err)
	}
	if _, err := s.engine.Begin(t.Context(), setQDevice(api.QDevice{Host: "arb", Ping: []string{"192.0.2.254"}})); fault.Public(err) == nil || fault.Public(err).Reason != "cluster.conf_same" {
		t.Errorf("the same again: %v", err)
	}
	stops := s.counts["qdevice.stop n1"]
	s.do(setQDevice(api.QDevice{Host: "arb", Algorithm: ha.LastMan, TieBreaker: "n2"}))
	if q := s.have("n1"); q.Device.Algorithm != ha.LastMan || q.Device.TieBreaker != "2" || len(q.Device.Ping) != 0 {
		t.Errorf("changed to %+v", q.Device)
	}
	if s.counts["qdevice.stop n1"] != stops+1 || !s.by("n1").device {
		t.Error("the daemon was not stopped before it was started with another algorithm")
	}
	s.do(reconcile.Request{Kind: "qdevice.remove", Cluster: "demo"})
	for _, n := range []string{"n1", "n2"} {
		if q := s.have(n); !q.TwoNode || !q.WaitForAll || q.Device != nil {
			t.Errorf("afterwards %s has %+v", n, q)
		}
		if m := s.by(n); m.ticket != "" || m.device {
			t.Errorf("afterwards %s has the certificate %q, its daemon runs: %v", n, m.ticket, m.device)
		}
	}
	if left := s.by("arb").serves; len(left) > 0 {
		t.Errorf("the arbiter keeps %v", left)
	}
	if op, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "qdevice.remove", Cluster: "demo"}); err == nil {
		t.Errorf("it is removed once more: %+v", op)
	}
}

// TestQDeviceRefused: whatever cannot be is refused before anything has changed.
func TestQDeviceRefused(t *testing.T) {
	s := withArbiter(t, "n1", "n2", "n3")
	s.mu.Lock()
	s.by("bare").qnetd = &ha.Arbiter{Installed: true, Taken: "nginx"}
	s.mu.Unlock()
	for name, c := range map[string]struct {
		in   api.QDevice
		want string // reason, or path and reason of a field
	}{
		"Inside":      {api.QDevice{Host: "n1"}, "host qdevice.inside"},
		"Unknown":     {api.QDevice{Host: "n9"}, "host host.not_enrolled"},
		"PortTaken":   {api.QDevice{Host: "bare"}, "qdevice.port_taken"},
		"NodeAddress": {api.QDevice{Host: "arb", Address: "10.0.1.2"}, "address qdevice.address_of_node"},
		"NoAddress":   {api.QDevice{Host: "arb", Address: "nowhere"}, "address address.invalid"},
		"Algorithm":   {api.QDevice{Host: "arb", Algorithm: "test"}, "algorithm field.one_of"},
		"TieBreaker":  {api.QDevice{Host: "arb", TieBreaker: "n9"}, "tieBreaker node.unknown"},
		"Ping":        {api.QDevice{Host: "arb", Ping: []string{"-f"}}, "ping[0] address.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.engine.Begin(t.Context(), setQDevice(c.in))
			p := fault.Public(err)
			if p == nil {
				t.Fatal("it was begun")
			}
			got := p.Reason
			if len(p.Fields) > 0 {
				got = p.Fields[0].Path + " " + p.Fields[0].Reason
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	s.mu.Lock()
	s.by("bare").qnetd = nil
	s.mu.Unlock()
	if _, err := s.engine.Begin(t.Context(), setQDevice(api.QDevice{Host: "bare"})); fault.Public(err) == nil || fault.Public(err).Reason != "qdevice.no_qnetd" {
		t.Errorf("a host without the package: %v", err)
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		if s.counts["host.configure "+n] != 1 || s.counts["qdevice.request "+n] != 0 {
			t.Errorf("%s was touched", n)
		}
	}
}

// TestQDeviceTakenBack: a node whose daemon gets no vote takes everything back, on the nodes and on the arbiter.
func TestQDeviceTakenBack(t *testing.T) {
	s := withArbiter(t, "n1", "n2")
	s.refuse = func(host string, c wire.Command) error {
		if host == "n2" && c.Name == wire.StartDevice {
			return fault.New(fault.Failed, "qdevice.not_connected", "no")
		}
		return nil
	}
	op := s.end(s.begin(setQDevice(api.QDevice{Host: "arb"})))
	if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "qdevice.not_connected" {
		t.Fatalf("%s: %v", op.State, op.Fault)
	}
	for _, n := range []string{"n1", "n2"} {
		m := s.by(n)
		if q := s.have(n); q.Device != nil || !q.TwoNode || m.ticket != "" || m.device {
			t.Errorf("%s has %+v, the certificate %q, its daemon runs: %v", n, q, m.ticket, m.device)
		}
	}
	if a := s.by("arb"); len(a.serves) > 0 || a.qnetd.Running {
		t.Errorf("the arbiter keeps %v and runs: %v", a.serves, a.qnetd.Running)
	}
	if shown, err := s.engine.QDevice(t.Context(), "ann", "demo"); err != nil || shown.Device != nil {
		t.Errorf("shown as %+v, %v", shown.Device, err)
	}
}

// TestQDeviceMembers: nodes that come get a certificate, nodes that go leave none behind, and an arbiter is no node.
func TestQDeviceMembers(t *testing.T) {
	s := withArbiter(t, "n1", "n2")
	s.enrol("n3", 6)
	s.do(setQDevice(api.QDevice{Host: "arb", Algorithm: ha.LastMan, TieBreaker: "n2"}))
	node := func(n string, last int) *ha.SetupNode {
		return &ha.SetupNode{Name: n, Addresses: []string{fmt.Sprintf("10.0.1.%d", last), fmt.Sprintf("10.0.2.%d", last)}}
	}
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "node.add", Cluster: "demo", Node: node("arb", 3)})
	if p := fault.Public(err); p == nil || len(p.Fields) == 0 || !slices.ContainsFunc(p.Fields, func(f fault.Field) bool { return f.Reason == "qdevice.is_arbiter" }) {
		t.Errorf("the arbiter as a node: %v", err)
	}
	s.do(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n3", Node: node("n3", 6)})
	if m := s.by("n3"); m.ticket != "arb/demo" || !m.device {
		t.Errorf("the new node has the certificate %q, its daemon runs: %v", m.ticket, m.device)
	}
	if q := s.have("n1"); q.Device == nil || q.TwoNode {
		t.Errorf("n1 has %+v", q)
	}
	for node, want := range map[string]string{"n2": "qdevice.tie_breaker_node"} {
		if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: node}); fault.Public(err) == nil || fault.Public(err).Reason != want {
			t.Errorf("removing %s: %v", node, err)
		}
	}
	s.do(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "n3"})
	if m := s.by("n3"); m.ticket != "" {
		t.Errorf("the node that has gone keeps %q", m.ticket)
	}
	if _, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "n1"}); fault.Public(err) == nil || fault.Public(err).Reason != "qdevice.remove_first" {
		t.Errorf("removing the last but one: %v", err)
	}
	s.do(reconcile.Request{Kind: "cluster.destroy", Cluster: "demo", Confirm: "demo"})
	if a := s.by("arb"); len(a.serves) > 0 {
		t.Errorf("after its end the arbiter keeps %v", a.serves)
	}
	if m := s.by("n1"); m.ticket != "" {
		t.Errorf("after its end n1 keeps %q", m.ticket)
	}
}
