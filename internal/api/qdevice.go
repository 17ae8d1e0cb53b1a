package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// QDevice gives a cluster an arbiter.
type QDevice struct {
	Host       string   `json:"host" doc:"Enrolled host that belongs to no cluster, by name. One arbiter serves many clusters."`
	Address    string   `json:"address,omitempty" doc:"Its address as the nodes reach it; where absent one is chosen in a network that all nodes are in."`
	Algorithm  string   `json:"algorithm,omitempty" enum:"ffsplit,lms" doc:"ffsplit where absent."`
	TieBreaker string   `json:"tieBreaker,omitempty" doc:"Side that wins where all else is equal: lowest or highest node ID, or the side of the node of this name; lowest where absent."`
	Ping       []string `json:"ping,omitempty" doc:"Heuristics: addresses that the nodes of a side must reach to be preferred."`
}

// QDevicePlan is what a quorum device would mean; nothing has changed.
type QDevicePlan struct {
	Device   ha.QuorumDevice `json:"device" doc:"With every value filled in."`
	Before   ha.Survival     `json:"before" doc:"With the nodes that are there now."`
	After    ha.Survival     `json:"after"`
	Complete ha.Survival     `json:"complete" doc:"After the change, with all nodes there."`
	Cleared  []string        `json:"cleared" doc:"Options that do not go together with a quorum device and are taken out: two_node, wait_for_all."`
}

// QDeviceShown is a cluster's quorum device; Device is absent where there is none.
type QDeviceShown struct {
	Device *QDeviceStatus `json:"device,omitempty"`
}

// QDeviceStatus is the arbiter of a cluster as its nodes see it, and, where it was asked, as it sees them.
type QDeviceStatus struct {
	ha.QuorumDevice
	Votes     int           `json:"votes" doc:"Votes of the device that count now."`
	Connected bool          `json:"connected" doc:"Every node that is online is connected to the arbiter."`
	Nodes     []QDeviceNode `json:"nodes"`
	Arbiter   bool          `json:"arbiterConnected" doc:"The agent of the arbiter is connected to this server."`
	Fault     *fault.Error  `json:"fault,omitempty" doc:"Why the arbiter could not be asked."`
}

// QDeviceNode is a node's connection to the arbiter, seen from both ends.
type QDeviceNode struct {
	Node       string `json:"node"`
	Online     bool   `json:"online"`
	Connected  bool   `json:"connected" doc:"The node says so."`
	Voting     bool   `json:"voting" doc:"The arbiter gives its side the vote."`
	State      string `json:"state,omitempty" doc:"In the daemon's own words."`
	Heuristics string `json:"heuristics,omitempty" enum:"pass,fail,none" doc:"What the node's own heuristics gave last; none where it has not run any."`
	// Seen is what the arbiter itself says.
	Seen *ha.ArbiterNode `json:"seen,omitempty" doc:"The same as the arbiter sees it; absent where it does not see the node, or was not asked."`
}

// ArbiterShown is a host as an arbiter.
type ArbiterShown struct {
	Host   string   `json:"host"`
	Serves []string `json:"serves" doc:"Clusters of this server whose quorum device it is."`
	ha.Arbiter
}
