package wire

import "hawser/internal/ha"

// The commands that concern corosync.conf and the heartbeat links, of one host.
const (
	ReadConf   CommandName = "host.conf"  // NoArgs → ConfOutput: nothing changes
	AwaitLinks CommandName = "host.links" // LinksArgs → LinksOutput: returns when the links are as they should be
)

// ConfOutput is a node's corosync.conf as Hawser reads it, and what its machine is like.
type ConfOutput struct {
	Setup  ha.Setup `json:"setup"`
	Digest string   `json:"digest"`
	// JitterUS is by how much a program was woken too late at worst in a moment of looking, in microseconds.
	JitterUS int `json:"jitterUs"`
	// MissedUS is the longest time for which corosync itself was not given the processor, as it has noted; 0 where never.
	MissedUS int `json:"missedUs,omitempty"`
}

// LinksArgs says what must be seen from a node.
type LinksArgs struct {
	Version uint64   `json:"version,omitempty"` // of its configuration that corosync has loaded, at least
	Peers   []string `json:"peers"`             // nodes that must be members beside it
	Links   []int    `json:"links"`             // links that must be connected to each of them
	Gone    []int    `json:"gone,omitempty"`    // links that must not be there any longer
}

// LinksOutput is what was seen.
type LinksOutput struct {
	Links []ha.LinkState `json:"links"`
}
