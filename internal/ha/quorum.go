package ha

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// Quorum is how a cluster decides who may go on. The names are votequorum's. Source: votequorum(5), corosync-qdevice(8).
type Quorum struct {
	ExpectedVotes         int           `json:"expectedVotes,omitempty" doc:"Votes there would be with all nodes up; 0: the sum of the nodes' votes."`
	TwoNode               bool          `json:"twoNode,omitempty" doc:"One of two nodes is enough; implies waitForAll."`
	WaitForAll            bool          `json:"waitForAll,omitempty" doc:"Quorate for the first time only after all nodes have been seen at once."`
	LastManStanding       bool          `json:"lastManStanding,omitempty" doc:"Expected votes follow the nodes that are left."`
	LastManStandingWindow int           `json:"lastManStandingWindow,omitempty" doc:"Milliseconds until they do; 10000 where absent."`
	AutoTieBreaker        bool          `json:"autoTieBreaker,omitempty" doc:"Half of the votes are enough for the side with the tie-breaking node."`
	AutoTieBreakerNode    string        `json:"autoTieBreakerNode,omitempty" doc:"lowest, highest, or node IDs separated by spaces; lowest where absent."`
	Device                *QuorumDevice `json:"device,omitempty"`
}

// QuorumDevice is an arbiter outside of the cluster.
type QuorumDevice struct {
	Host       string   `json:"host" doc:"Name of the enrolled host that runs corosync-qnetd."`
	Address    string   `json:"address" doc:"Its address as the nodes reach it."`
	Algorithm  string   `json:"algorithm" enum:"ffsplit,lms" doc:"ffsplit: one vote for one half. lms: as many votes as keep the last node quorate."`
	TieBreaker string   `json:"tieBreaker,omitempty" doc:"Side that wins where all else is equal: lowest, highest, or a node's ID; lowest where absent."`
	Ping       []string `json:"ping,omitempty" doc:"Heuristics: addresses that a side must reach to be preferred."`
}

// The algorithms of a quorum device, and what breaks a tie.
const (
	FiftyFifty  = "ffsplit"
	LastMan     = "lms"
	TieLowest   = "lowest"
	TieHighest  = "highest"
	maxVotes    = 100
	maxPings    = 10
	stockWindow = 10_000
	minWindow   = 1_000
	maxWindow   = 600_000
)

// VoteCount is how many votes a node has.
func (n SetupNode) VoteCount() int {
	if n.Votes == nil {
		return 1
	}
	return *n.Votes
}

// EffectiveQuorum returns the options with defaults filled in, and what Hawser decides where the set-up says nothing.
func (s Setup) EffectiveQuorum() Quorum {
	if s.Quorum == nil {
		two := len(s.Nodes) == 2
		return Quorum{TwoNode: two, WaitForAll: two}
	}
	q := *s.Quorum
	if q.LastManStanding && q.LastManStandingWindow == 0 {
		q.LastManStandingWindow = stockWindow
	}
	if !q.LastManStanding {
		q.LastManStandingWindow = 0
	}
	if q.AutoTieBreaker && q.AutoTieBreakerNode == "" {
		q.AutoTieBreakerNode = TieLowest
	}
	if !q.AutoTieBreaker {
		q.AutoTieBreakerNode = ""
	}
	if q.Device != nil {
		d := *q.Device
		if d.TieBreaker == "" {
			d.TieBreaker = TieLowest
		}
		q.Device = &d
	}
	return q
}

// Requorum returns the options for a set-up that had another number of nodes before. two_node implies wait_for_all and fits two nodes
// only: both are cleared when a third node joins, and set when two are left that have no other way to survive.
func (s Setup) Requorum(before int) Setup {
	if s.Quorum == nil {
		return s
	}
	q := *s.Quorum
	q.ExpectedVotes = 0 // what somebody fixed for other nodes would make quorum too easy or impossible
	switch n := len(s.Nodes); {
	case n != 2 && q.TwoNode:
		q.TwoNode, q.WaitForAll = false, q.LastManStanding
	case n == 2 && before != 2 && q.Device == nil && !q.AutoTieBreaker && !q.LastManStanding && s.evenVotes():
		q.TwoNode, q.WaitForAll = true, true
	}
	s.Quorum = &q
	return s
}

func (s Setup) evenVotes() bool {
	return !slices.ContainsFunc(s.Nodes, func(n SetupNode) bool { return n.VoteCount() != 1 })
}

// DeviceVotes is how many votes the quorum device has: one with ffsplit, and with lms as many as all nodes but one.
func (s Setup) DeviceVotes() int {
	q := s.EffectiveQuorum()
	switch {
	case q.Device == nil:
		return 0
	case q.Device.Algorithm == LastMan:
		return max(0, s.NodeVotes()-1)
	}
	return 1
}

// NodeVotes is the sum of the nodes' votes.
func (s Setup) NodeVotes() int {
	sum := 0
	for _, n := range s.Nodes {
		sum += n.VoteCount()
	}
	return sum
}

// ExpectedVotes is what votequorum expects with every node and the device there.
func (s Setup) ExpectedVotes() int {
	if q := s.EffectiveQuorum(); q.ExpectedVotes > 0 {
		return q.ExpectedVotes + s.DeviceVotes()
	}
	return s.NodeVotes() + s.DeviceVotes()
}

// VotesNeeded is how many votes make a side quorate.
func (s Setup) VotesNeeded() int {
	if s.EffectiveQuorum().TwoNode && s.ExpectedVotes() == 2 {
		return 1
	}
	return s.ExpectedVotes()/2 + 1
}

// checkQuorum refuses votes and options that contradict each other, or with which no cluster would ever be quorate.
func checkQuorum(f *fault.Fields, s Setup) {
	for i, n := range s.Nodes {
		if v := n.VoteCount(); v < 0 || v > maxVotes {
			f.Add(fmt.Sprintf("nodes[%d].votes", i), "field.range", "out of range", "min", "0", "max", strconv.Itoa(maxVotes))
		}
	}
	if len(s.Nodes) > 0 && s.NodeVotes() == 0 {
		f.Add("quorum.votes", "quorum.no_votes", "no node has a vote")
	}
	if s.Quorum == nil {
		return
	}
	q := s.EffectiveQuorum()
	nodeVotes := strconv.Itoa(s.NodeVotes())
	switch {
	case q.ExpectedVotes < 0:
		f.Add("quorum.expectedVotes", "field.range", "out of range", "min", "0", "max", nodeVotes)
	case q.ExpectedVotes > 0 && q.ExpectedVotes < s.NodeVotes():
		// Two sides could then both have more than half of what is expected.
		f.Add("quorum.expectedVotes", "quorum.expected_low", "less than the nodes' votes together: two sides could both go on", "votes", nodeVotes)
	case s.NodeVotes() > 0 && s.VotesNeeded() > s.NodeVotes()+s.DeviceVotes():
		f.Add("quorum.expectedVotes", "quorum.impossible", "not even all nodes together would be quorate",
			"needed", strconv.Itoa(s.VotesNeeded()), "votes", strconv.Itoa(s.NodeVotes()+s.DeviceVotes()))
	}
	if q.TwoNode {
		switch {
		case len(s.Nodes) != 2:
			f.Add("quorum.twoNode", "quorum.two_node_count", "only for exactly two nodes", "nodes", strconv.Itoa(len(s.Nodes)))
		case !s.evenVotes():
			f.Add("quorum.twoNode", "quorum.two_node_votes", "both nodes have one vote")
		case q.AutoTieBreaker:
			// votequorum switches two_node off then and only logs it.
			f.Add("quorum.twoNode", "quorum.conflict", "not together", "one", "two_node", "other", "auto_tie_breaker")
		case !q.WaitForAll:
			f.Add("quorum.waitForAll", "quorum.two_node_wait", "without it two nodes that start apart shoot each other in turn")
		}
	}
	if q.LastManStanding {
		if !s.evenVotes() {
			f.Add("quorum.lastManStanding", "quorum.lms_votes", "every node has one vote")
		}
		if !q.WaitForAll {
			f.Add("quorum.waitForAll", "quorum.lms_wait", "last_man_standing needs wait_for_all")
		}
		if q.LastManStandingWindow < minWindow || q.LastManStandingWindow > maxWindow {
			f.Add("quorum.lastManStandingWindow", "field.range", "out of range", "min", strconv.Itoa(minWindow), "max", strconv.Itoa(maxWindow))
		}
	}
	if q.AutoTieBreaker {
		checkTieBreaker(f, "quorum.autoTieBreakerNode", q.AutoTieBreakerNode, s, true)
		if s.ExpectedVotes()%2 == 1 && !q.WaitForAll {
			f.Add("quorum.waitForAll", "quorum.atb_wait", "auto_tie_breaker needs it with an odd number of votes")
		}
	}
	if q.Device != nil {
		checkDevice(f, s, q)
	}
}

// checkReachable refuses what is no address of another machine.
func checkReachable(f *fault.Fields, at, text string) {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil || a.Zone() != "":
		f.Add(at, "address.invalid", "not an IP address", "address", text)
	case a.IsUnspecified() || a.IsMulticast() || a.IsLoopback():
		f.Add(at, "address.unusable", "an address that no other node can reach", "address", text)
	}
}

func checkTieBreaker(f *fault.Fields, at, value string, s Setup, several bool) {
	if value == TieLowest || value == TieHighest {
		return
	}
	ids := strings.Fields(value)
	if len(ids) == 0 || len(ids) > 1 && !several {
		f.Add(at, "quorum.tie_breaker", "lowest, highest or the ID of a node", "value", value)
		return
	}
	for _, id := range ids {
		n, err := strconv.Atoi(id)
		if err != nil || !slices.ContainsFunc(s.Nodes, func(o SetupNode) bool { return o.ID == n }) {
			f.Add(at, "quorum.tie_breaker", "lowest, highest or the ID of a node", "value", value)
			return
		}
	}
}
