package corosync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/ha"
)

// quorum writes how the cluster decides who may go on. Where the set-up says nothing, two_node is set with exactly two nodes and no
// quorum device, and cleared otherwise: it implies wait_for_all, and with a third node or a device it would let a single
// node be quorate; all else that the file says stays. Source: votequorum(5).
func (c *Conf) quorum(s ha.Setup) {
	q := c.root.ensure("quorum")
	q.set("provider", "corosync_votequorum")
	if s.Quorum != nil {
		c.explicitQuorum(q, s)
		return
	}
	device := q.section("device")
	two := ""
	if len(s.Nodes) == 2 && device == nil {
		two = "1"
	}
	if two == "" && q.get("two_node") != "" && q.get("wait_for_all") == "1" {
		q.set("wait_for_all", "")
	}
	q.set("two_node", two)
	if two != "" {
		q.set("wait_for_all", "1") // implied; written down because people look for it
	}
}

func (c *Conf) explicitQuorum(q *Section, s ha.Setup) {
	want := s.EffectiveQuorum()
	flag := func(key string, on bool) {
		value := ""
		if on {
			value = "1"
		}
		q.set(key, value)
	}
	count := func(key string, n int) {
		value := ""
		if n != 0 {
			value = strconv.Itoa(n)
		}
		q.set(key, value)
	}
	count("expected_votes", want.ExpectedVotes)
	flag("two_node", want.TwoNode)
	flag("wait_for_all", want.WaitForAll)
	flag("last_man_standing", want.LastManStanding)
	count("last_man_standing_window", want.LastManStandingWindow)
	flag("auto_tie_breaker", want.AutoTieBreaker)
	q.set("auto_tie_breaker_node", want.AutoTieBreakerNode)
	if want.Device == nil {
		q.Items = slices.DeleteFunc(q.Items, func(it Item) bool { return it.Section != nil && it.Section.Name == "device" })
		return
	}
	c.device(q, s, *want.Device)
}

// pingProgram is what heuristics run. Corosync starts it without a shell, argument by argument. Source: corosync-qdevice(8).
const (
	pingProgram = "/bin/ping"
	pingKey     = "exec_ping"
)

// How long qdevice waits for an answer of the arbiter while all is well, and while nodes come and go, in milliseconds; and how often
// the heuristics run meanwhile. Its own defaults: shorter ones would take the vote away for a busy network.
const (
	deviceTimeout    = 10_000
	deviceSync       = 30_000
	heuristicsPeriod = 30_000
)

func (c *Conf) device(q *Section, s ha.Setup, want ha.QuorumDevice) {
	d := q.ensure("device")
	d.set("model", "net")
	d.set("votes", strconv.Itoa(s.DeviceVotes()))
	d.set("timeout", strconv.Itoa(deviceTimeout))
	d.set("sync_timeout", strconv.Itoa(deviceSync))
	net := d.ensure("net")
	net.set("host", want.Address)
	net.set("algorithm", want.Algorithm)
	net.set("tie_breaker", want.TieBreaker)
	net.set("tls", "required")
	d.Items = slices.DeleteFunc(d.Items, func(it Item) bool { return it.Section != nil && it.Section.Name == "heuristics" })
	if len(want.Ping) == 0 {
		return
	}
	h := d.ensure("heuristics")
	h.set("mode", "on")
	h.set("interval", strconv.Itoa(heuristicsPeriod))
	for i, address := range want.Ping {
		h.set(pingKey+strconv.Itoa(i), pingProgram+" -n -q -c 1 -W 1 "+address)
	}
}

// readQuorum reads the options back.
func (c *Conf) readQuorum() (*ha.Quorum, error) {
	q := c.root.section("quorum")
	if q == nil {
		return nil, nil
	}
	out := &ha.Quorum{}
	for _, flag := range []struct {
		key  string
		into *bool
	}{
		{"two_node", &out.TwoNode}, {"wait_for_all", &out.WaitForAll}, {"last_man_standing", &out.LastManStanding}, {"auto_tie_breaker", &out.AutoTieBreaker},
	} {
		*flag.into = q.get(flag.key) == "1"
	}
	if out.TwoNode && q.get("wait_for_all") == "" {
		out.WaitForAll = true // implied
	}
	for _, number := range []struct {
		key  string
		into *int
	}{{"expected_votes", &out.ExpectedVotes}, {"last_man_standing_window", &out.LastManStandingWindow}} {
		text := q.get(number.key)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("corosync.conf: %s is %q", number.key, text)
		}
		*number.into = n
	}
	out.AutoTieBreakerNode = q.get("auto_tie_breaker_node")
	if d := q.section("device"); d != nil && d.get("model") == "net" {
		net := d.section("net")
		out.Device = &ha.QuorumDevice{Address: net.get("host"), Algorithm: net.get("algorithm"), TieBreaker: net.get("tie_breaker")}
		if out.Device.Algorithm == "" {
			out.Device.Algorithm = ha.FiftyFifty
		}
		if h := d.section("heuristics"); h.get("mode") == "on" || h.get("mode") == "sync" {
			for i := 0; ; i++ {
				words := strings.Fields(h.get(pingKey + strconv.Itoa(i)))
				if len(words) == 0 {
					break
				}
				out.Device.Ping = append(out.Device.Ping, words[len(words)-1])
			}
		}
	}
	return out, nil
}
