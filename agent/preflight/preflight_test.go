package preflight_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// fit is a host of a cluster of three, with two networks, on which nothing is wrong that this machine does not bring.
func fit() (preflight.Host, ha.Setup) {
	var programs run.Fake
	programs.Program("pacemakerd", func(context.Context, run.Command) run.Output {
		return run.Output{Stdout: []byte("Pacemaker 2.1.5-1\nWritten by …\n")}
	})
	programs.Program("corosync", func(context.Context, run.Command) run.Output {
		return run.Output{Stdout: []byte("Corosync Cluster Engine, version '3.1.7'\n")}
	})
	h := preflight.Host{
		Runner: &programs, Name: "n1",
		Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("127.1.0.1/16")},
		Resolve: func(_ context.Context, name string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0." + name[1:])}, nil
		},
	}
	// Loopback stands in for networks: any of its addresses can be listened on.
	s := ha.Setup{Name: "c"}
	for _, n := range []string{"1", "2", "3"} {
		s.Nodes = append(s.Nodes, ha.SetupNode{Name: "n" + n, Addresses: []string{"127.0.0." + n, "127.1.0." + n}})
	}
	return h, s
}

func results(checks []ha.Check) map[string]string {
	all := map[string]string{}
	for _, c := range checks {
		all[c.Code] = c.Result
	}
	return all
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		what, code, want string
		spoil            func(*preflight.Host, *ha.Setup)
	}{
		{"NameFits", "node_name", "ok", nil},
		{"NameUnknown", "node_name", "failed", func(h *preflight.Host, _ *ha.Setup) { h.Name = "n9" }},
		{"AddressesFit", "addresses", "ok", nil},
		{"AddressElsewhere", "addresses", "failed", func(_ *preflight.Host, s *ha.Setup) { s.Nodes[0].Addresses[1] = "192.0.2.1" }},
		{"NamesResolve", "names_resolve", "ok", nil},
		{"NameOfAnother", "names_resolve", "warning", func(h *preflight.Host, _ *ha.Setup) {
			h.Resolve = func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
			}
		}},
		{"NoName", "names_resolve", "warning", func(h *preflight.Host, _ *ha.Setup) {
			h.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
		}},
		{"Networks", "separate_networks", "ok", nil},
		{"OneNetwork", "separate_networks", "failed", func(h *preflight.Host, _ *ha.Setup) {
			h.Prefixes[1] = netip.MustParsePrefix("127.1.0.1/8")
		}},
		{"TwoLinks", "two_links", "ok", nil},
		{"OneLink", "two_links", "warning", func(_ *preflight.Host, s *ha.Setup) {
			for i := range s.Nodes {
				s.Nodes[i].Addresses = s.Nodes[i].Addresses[:1]
			}
		}},
		{"Three", "node_count", "ok", nil},
		{"Two", "node_count", "warning", func(_ *preflight.Host, s *ha.Setup) { s.Nodes = s.Nodes[:2] }},
		{"NoCluster", "no_other_cluster", "ok", nil},
		{"Remains", "no_other_cluster", "failed", func(h *preflight.Host, _ *ha.Setup) { h.Conf = []byte("totem {\n cluster_name: old\n}\n") }},
		{"Running", "no_other_cluster", "failed", func(h *preflight.Host, _ *ha.Setup) { h.Up = true }},
		{"DebiansExample", "no_other_cluster", "ok", func(h *preflight.Host, _ *ha.Setup) {
			h.Conf = []byte("totem {\n cluster_name: debian\n}\nnodelist {\n node {\n name: node1\n nodeid: 1\n ring0_addr: 127.0.0.1\n }\n}\n")
		}},
		{"Old", "packages", "failed", func(h *preflight.Host, _ *ha.Setup) {
			h.Runner.(*run.Fake).Program("corosync", func(context.Context, run.Command) run.Output {
				return run.Output{Stdout: []byte("Corosync Cluster Engine, version '2.4.5'\n")}
			})
		}},
		{"NotInstalled", "packages", "failed", func(h *preflight.Host, _ *ha.Setup) { h.Runner = &run.Fake{} }},
	} {
		t.Run(c.what, func(t *testing.T) {
			h, s := fit()
			if c.spoil != nil {
				c.spoil(&h, &s)
			}
			if got := results(preflight.Check(t.Context(), h, &s))[c.code]; got != c.want {
				t.Errorf("%s is %q, want %s", c.code, got, c.want)
			}
		})
	}
}

// TestPortTaken needs corosync's own port on loopback; where somebody has it, that is the test.
func TestPortTaken(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:"+strconv.Itoa(5405))
	if err == nil {
		defer conn.Close()
	} else {
		t.Log("taken already:", err)
	}
	h, s := fit()
	if got := results(preflight.Check(t.Context(), h, &s))["ports_free"]; got != "failed" {
		t.Errorf("ports_free is %q", got)
	}
}

// TestAlone: a host that is to be no node yet is asked only what concerns itself.
func TestAlone(t *testing.T) {
	h, _ := fit()
	got := results(preflight.Check(t.Context(), h, nil))
	for _, code := range []string{"packages", "programs", "time_sync", "no_other_cluster", "disk_space", "watchdog", "multipath"} {
		if got[code] == "" {
			t.Errorf("%s was not looked at", code)
		}
	}
	if got["addresses"] != "" {
		t.Error("addresses were looked at without any")
	}
	if _, err := os.Stat("/dev/watchdog"); err == nil != (got["watchdog"] == "ok") {
		t.Errorf("watchdog is %q", got["watchdog"])
	}
}
