package wire

import (
	"time"

	"hawser/internal/ha"
)

// The commands of a cluster that was not made by Hawser.
const (
	// ReadFiles tells what a host's cluster files say: NoArgs → FilesOutput. Nothing changes.
	ReadFiles CommandName = "host.files"
	// StandIn makes a node report everything for StandInFor, although another one decides: that one has no agent, or its agent is
	// away. NoArgs → NoArgs. It is asked for again as long as it is needed.
	StandIn CommandName = "cluster.stand_in"
)

// StandInFor is how long a node stands in after it was asked to.
const StandInFor = 30 * time.Second

// FilesOutput is what a host's cluster files say.
type FilesOutput struct {
	Setup     ha.Setup `json:"setup"`
	Digest    string   `json:"digest"`
	Authkey   []byte   `json:"authkey,omitempty"` // secret; empty where the cluster does without encryption
	Transport string   `json:"transport"`         // knet, udp or udpu
	Encrypted bool     `json:"encrypted"`
}
