package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Links is the heartbeat of a cluster: what is configured, what is seen, and what is weak about it.
type Links struct {
	Links  []LinkShown    `json:"links" doc:"In the order of their numbers."`
	Matrix []ha.LinkState `json:"matrix" doc:"Every link as every node sees it towards every other."`
	Checks []ha.Check     `json:"checks" doc:"Only what is wrong: one link, a shared interface or subnet, MTUs that differ, an address that no interface has."`
	Nodes  []ConfNode     `json:"nodes" doc:"Whose corosync.conf is which."`
	Free   int            `json:"free" doc:"Number that the next network link gets; -1 where there are seven."`
}

// LinkShown is a configured link with every value filled in.
type LinkShown struct {
	ha.Link
	Auto  bool      `json:"auto" doc:"Its times follow from the token."`
	Ranks bool      `json:"autoPriority" doc:"Its priority follows from its place."`
	Ends  []LinkEnd `json:"ends"`
}

// LinkEnd is a node's end of a link.
type LinkEnd struct {
	Node      string `json:"node"`
	Address   string `json:"address"`
	Interface string `json:"interface,omitempty" doc:"Empty where no interface of the host has the address, or the host is not known."`
	Network   string `json:"network,omitempty"`
	MTU       int    `json:"mtu,omitempty" doc:"Of the interface."`
	Up        bool   `json:"up" doc:"The interface is up."`
}

// ConfNode is a node's corosync.conf.
type ConfNode struct {
	Node      string `json:"node"`
	Connected bool   `json:"connected" doc:"Its agent is connected."`
	Online    bool   `json:"online" doc:"The cluster sees it."`
	State     string `json:"state" enum:"same,straggler,differs,unknown" doc:"straggler: an older version, which is replaced as soon as may be. differs: somebody has changed it past Hawser."`
	Version   uint64 `json:"version"`
	Digest    string `json:"digest,omitempty"`
}

// NewLink adds a network link to a running cluster.
type NewLink struct {
	Number       *int              `json:"number,omitempty" minimum:"0" maximum:"6" doc:"The lowest that is free where absent."`
	Addresses    map[string]string `json:"addresses" doc:"Address by node: every node needs one, on an interface of its own."`
	Priority     int               `json:"priority,omitempty" doc:"0: after the links that are there."`
	PingInterval int               `json:"pingInterval,omitempty" doc:"Milliseconds; 0: follows from the token."`
	PingTimeout  int               `json:"pingTimeout,omitempty" doc:"Milliseconds; 0: follows from the token."`
	PongCount    int               `json:"pongCount,omitempty"`
}

// LinkChange changes a link; what is absent stays. Other addresses take the link out and put it in again, one after the other.
type LinkChange struct {
	Addresses    map[string]string `json:"addresses,omitempty" doc:"Address by node, of the nodes whose address changes."`
	Priority     *int              `json:"priority,omitempty" doc:"0: follows from its place."`
	PingInterval *int              `json:"pingInterval,omitempty" doc:"Milliseconds; 0 for both times: they follow from the token."`
	PingTimeout  *int              `json:"pingTimeout,omitempty"`
	PongCount    *int              `json:"pongCount,omitempty" doc:"0: two."`
}

// TimingShown is how fast a cluster notices, and how fast it could.
type TimingShown struct {
	Timing   ha.Timing       `json:"timing" doc:"As it is configured, every value filled in."`
	Budget   ha.NodeLoss     `json:"budget"`
	Measured ha.Measured     `json:"measured"`
	Profiles []ha.Profile    `json:"profiles" doc:"fast, balanced, tolerant: what each would mean here, and whether it is safe."`
	Advice   string          `json:"advice" enum:"fast,balanced,tolerant,custom" doc:"The fastest that is safe by what was measured."`
	Hosts    []MeasuredHost  `json:"hosts" doc:"Nodes that were looked at just now."`
	Links    []ha.LinkTiming `json:"links" doc:"Ping times in force, by link."`
}

// MeasuredHost is how promptly a node's machine wakes a program.
type MeasuredHost struct {
	Node     string       `json:"node"`
	JitterUS int          `json:"jitterUs"`
	MissedUS int          `json:"missedUs,omitempty" doc:"Longest pause that Corosync itself has noted."`
	Fault    *fault.Error `json:"fault,omitempty"`
}

// QuorumShown is who may go on, and what the cluster survives.
type QuorumShown struct {
	Configured ha.Quorum      `json:"configured"`
	Nodes      []QuorumNode   `json:"nodes"`
	Votes      int            `json:"votes" doc:"Votes present, as votequorum counts them."`
	Expected   int            `json:"expectedVotes"`
	Needed     int            `json:"needed" doc:"Votes needed for quorum."`
	Quorate    bool           `json:"quorate"`
	InForce    []string       `json:"inForce" doc:"Options that are in force: wait_for_all, last_man_standing, auto_tie_breaker, two_node, qdevice."`
	Restart    []string       `json:"restart" doc:"Options that Corosync reads only when it starts and that are not yet in force, or no longer configured: restart the cluster."`
	Survives   ha.Survival    `json:"survives" doc:"Now, with the nodes that are there."`
	Complete   ha.Survival    `json:"complete" doc:"With all nodes there, and the arbiter."`
	Device     *QDeviceStatus `json:"device,omitempty"`
}

// QuorumNode is a node's vote.
type QuorumNode struct {
	Node   string `json:"node"`
	Votes  int    `json:"votes"`
	Online bool   `json:"online"`
}

// QuorumChange changes votes and options; what is absent stays.
type QuorumChange struct {
	Votes                 map[string]int `json:"votes,omitempty" doc:"By node, of the nodes whose votes change."`
	ExpectedVotes         *int           `json:"expectedVotes,omitempty" doc:"0: the sum of the nodes' votes."`
	WaitForAll            *bool          `json:"waitForAll,omitempty"`
	LastManStanding       *bool          `json:"lastManStanding,omitempty"`
	LastManStandingWindow *int           `json:"lastManStandingWindow,omitempty" doc:"Milliseconds."`
	AutoTieBreaker        *bool          `json:"autoTieBreaker,omitempty"`
	AutoTieBreakerNode    *string        `json:"autoTieBreakerNode,omitempty" doc:"lowest, highest, or node IDs separated by spaces."`
	TwoNode               *bool          `json:"twoNode,omitempty" doc:"Implies waitForAll."`
}

// QuorumPlan is what a change would mean; nothing has changed.
type QuorumPlan struct {
	Before   ha.Survival `json:"before" doc:"With the nodes that are there now."`
	After    ha.Survival `json:"after"`
	Complete ha.Survival `json:"complete" doc:"After the change, with all nodes there."`
	Restart  []string    `json:"restart" doc:"Options that come into force only when the cluster is restarted."`
}
