package ocf_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/ocf"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

const virtual = "10.77.0.100"

// host is a place in a network of its own: eth0 is the agent's, and its cable leads to peer0 in another's.
type host struct {
	*place
	peer string
}

func newHost(t *testing.T) *host {
	t.Helper()
	testkit.Need(t, "root", "sandbox", "ocf")
	p := &place{t: t, name: "IPaddr2", dir: t.TempDir(), path: os.Getenv("PATH"), allowed: 20 * time.Second}
	h := &host{place: p, peer: fmt.Sprintf("hawserocf%dp", os.Getpid())}
	p.netns = strings.TrimSuffix(h.peer, "p")
	if _, err := ocf.Install(p.dir, engine.WriteFile); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{p.dir, filepath.Dir(p.dir)} { // ocf-tester looks whether another user may start the agent
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
			t.Fatal(err)
		}
	}
	for _, ns := range []string{p.netns, h.peer} {
		h.must("ip", "netns", "add", ns)
		t.Cleanup(func() { h.must("ip", "netns", "del", ns) })
	}
	h.must("ip", "-n", p.netns, "link", "add", "eth0", "type", "veth", "peer", "name", "peer0", "netns", h.peer)
	h.inside("ip", "link", "set", "lo", "up")
	h.inside("ip", "addr", "add", "10.77.0.2/24", "dev", "eth0")
	h.inside("ip", "addr", "add", "fd77::2/64", "dev", "eth0", "nodad")
	h.inside("ip", "link", "set", "eth0", "up")
	h.there("ip", "addr", "add", "10.77.0.3/24", "dev", "peer0")
	h.there("ip", "link", "set", "peer0", "up")
	p.parameters = map[string]string{"ip": virtual}
	return h
}

// must runs a program and returns what it printed.
func (h *host) must(argv ...string) string {
	h.t.Helper()
	out, err := run.System{}.Run(context.WithoutCancel(h.t.Context()), run.Cmd(argv[0], argv[1:]...).Within(20*time.Second))
	if err != nil {
		h.t.Fatalf("%v: %v: %s%s", argv, err, out.Stdout, out.Stderr)
	}
	return string(out.Stdout)
}

// inside runs it in the agent's network, there in that of its peer.
func (h *host) inside(argv ...string) string {
	h.t.Helper()
	return h.must(append([]string{"ip", "netns", "exec", h.netns}, argv...)...)
}

func (h *host) there(argv ...string) string {
	h.t.Helper()
	return h.must(append([]string{"ip", "netns", "exec", h.peer}, argv...)...)
}

func (h *host) addresses() string {
	h.t.Helper()
	return h.inside("ip", "-o", "addr", "show", "dev", "eth0")
}

func (h *host) has(words ...string) {
	h.t.Helper()
	now := h.addresses()
	for _, w := range words {
		if !strings.Contains(now, w) {
			h.t.Errorf("no %q in %s", w, now)
		}
	}
}

func (h *host) hasNot(word string) {
	h.t.Helper()
	if now := h.addresses(); strings.Contains(now, word) {
		h.t.Errorf("%q in %s", word, now)
	}
}

func TestIPaddr2(t *testing.T) {
	h := newHost(t)
	h.want(notRunning, "monitor")
	h.want(success, "stop")
	h.want(success, "start")
	h.has(virtual+"/24", "brd 10.77.0.255")
	h.want(success, "monitor")
	h.want(success, "start")
	h.want(success, "stop")
	h.hasNot(virtual)
	h.want(notRunning, "monitor")
	h.want(success, "stop")
	h.has("10.77.0.2/24")

	h.parameters = map[string]string{"ip": virtual, "nic": "eth0", "cidr_netmask": "32", "iflabel": "svc"}
	h.want(success, "start")
	h.has(virtual+"/32", "eth0:svc")
	h.want(success, "monitor")
	h.want(success, "stop")
	h.hasNot(virtual)
}

func TestIPaddr2Tester(t *testing.T) {
	newHost(t).tester(t)
}

// TestIPaddr2Place: where nothing says which interface, the narrowest network decides; an address on the loopback, as load balancers'
// nodes have, is not the service's; and one that is on another interface than asked for is not there.
func TestIPaddr2Place(t *testing.T) {
	h := newHost(t)
	h.inside("ip", "link", "add", "wide", "type", "veth", "peer", "name", "wide1")
	h.inside("ip", "addr", "add", "10.77.9.9/16", "dev", "wide")
	h.inside("ip", "link", "set", "wide", "up")
	h.inside("ip", "addr", "add", virtual+"/32", "dev", "lo")
	h.want(notRunning, "monitor")
	h.want(success, "start")
	h.has(virtual + "/24")
	h.want(success, "stop")
	h.hasNot(virtual)
	if on := h.inside("ip", "-o", "addr", "show", "dev", "lo"); !strings.Contains(on, virtual) {
		t.Errorf("the loopback's address is gone: %s", on)
	}
	h.inside("ip", "addr", "add", virtual+"/16", "dev", "wide")
	h.parameters["nic"] = "eth0"
	h.want(notRunning, "monitor")

	h.parameters = map[string]string{"ip": "192.0.2.1"}
	h.want(notRunning, "monitor")
	h.want(installed, "start", "no interface in the network of 192.0.2.1")
	h.parameters["nic"] = "eth7"
	h.want(notRunning, "monitor")
	h.want(success, "stop")
	h.want(installed, "start", "there is no interface eth7")
}

func TestIPaddr2Version6(t *testing.T) {
	h := newHost(t)
	h.parameters = map[string]string{"ip": "fd77::0:64"}
	h.want(notRunning, "monitor")
	h.want(success, "start")
	h.has("fd77::64/64")
	h.hasNot("fd77::64/64 scope global tentative")
	h.want(success, "monitor")
	h.want(success, "stop")
	h.hasNot("fd77::64")

	// Somebody else has it.
	h.there("ip", "addr", "add", "fd77::64/64", "dev", "peer0", "nodad")
	h.want(generic, "start", "somebody else has fd77::0:64")
	h.hasNot("fd77::64")

	// It is here and may not be used: a monitor says so, and a stop takes it away.
	h.inside("ip", "addr", "add", "fd77::64/64", "dev", "eth0")
	testkit.Eventually(t, func() error {
		if now := h.inside("ip", "addr", "show", "dev", "eth0"); !strings.Contains(now, "dadfailed") {
			return fmt.Errorf("the kernel has not found out: %s", now)
		}
		return nil
	})
	h.want(generic, "monitor", "somebody else has fd77::0:64")
	h.want(success, "stop")
	h.hasNot("fd77::64")
}

// TestIPaddr2Announces: a neighbour that knows the address at another card learns where it is now; and what is announced no more after a stop.
func TestIPaddr2Announces(t *testing.T) {
	h := newHost(t)
	h.there("sysctl", "-q", "-w", "net.ipv4.neigh.peer0.locktime=0")
	h.there("ip", "neigh", "replace", virtual, "lladdr", "02:00:00:00:00:01", "nud", "stale", "dev", "peer0")
	h.parameters["arp_count"], h.parameters["arp_interval"] = "1000", "100"
	h.want(success, "start")
	card := strings.TrimSpace(h.inside("cat", "/sys/class/net/eth0/address"))
	testkit.Eventually(t, func() error {
		if now := h.there("ip", "neigh", "show", virtual); !strings.Contains(now, card) {
			return fmt.Errorf("the neighbour knows %q, and not %s", now, card)
		}
		return nil
	})
	noted, err := os.ReadFile(h.dir + "/hawser-announce-" + virtual)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(noted)))
	if err != nil {
		t.Fatal(err)
	}
	h.want(success, "stop")
	testkit.Eventually(t, func() error {
		if !dead(pid) {
			return fmt.Errorf("process %d still announces", pid)
		}
		return nil
	})
}

func TestIPaddr2Duplicate(t *testing.T) {
	h := newHost(t)
	h.there("ip", "addr", "add", virtual+"/24", "dev", "peer0")
	h.parameters["run_arping"] = "true"
	h.want(generic, "start", "somebody else has "+virtual)
	h.hasNot(virtual)
	h.there("ip", "addr", "del", virtual+"/24", "dev", "peer0")
	h.want(success, "start")
	h.has(virtual)
}

// TestIPaddr2InterfaceDown: an address that nobody can reach is none, and a start mends it.
func TestIPaddr2InterfaceDown(t *testing.T) {
	h := newHost(t)
	h.want(success, "start")
	h.inside("ip", "link", "set", "eth0", "down")
	h.want(generic, "monitor", "interface eth0 is down")
	h.want(success, "stop")
	h.parameters["nic"], h.parameters["cidr_netmask"] = "eth0", "24"
	h.want(success, "start")
	h.want(success, "monitor")
	if now := h.inside("ip", "-o", "link", "show", "dev", "eth0"); !strings.Contains(now, ",UP") {
		t.Errorf("eth0 is down: %s", now)
	}
}

func TestIPaddr2Values(t *testing.T) {
	h := newHost(t)
	for name, c := range map[string]struct{ parameter, value string }{
		"none": {"ip", ""}, "name": {"ip", "db.example"}, "large": {"ip", "10.77.0.256"}, "short": {"ip", "10.77.0"}, "option": {"ip", "-6"},
		"shell": {"ip", "10.77.0.1;reboot"}, "prefix": {"cidr_netmask", "33"}, "mask": {"cidr_netmask", "255.255.255.0"}, "nic": {"nic", "../lo"},
		"nic option": {"nic", "-all"}, "label": {"iflabel", "a b"}, "broadcast": {"broadcast", "all"}, "count": {"arp_count", "-1"}, "life": {"preferred_lft", "long"},
	} {
		t.Run(name, func(t *testing.T) {
			h.parameters = map[string]string{"ip": virtual, c.parameter: c.value}
			for _, action := range []string{"start", "validate-all", "monitor"} {
				h.want(configured, action, c.parameter)
			}
		})
	}
	h.hasNot(virtual)
}
