package ha

import (
	"fmt"
	"slices"
	"strconv"

	"hawser/internal/fault"
)

// Arbiter is what a host has of corosync-qnetd, and whom it serves.
type Arbiter struct {
	Installed bool             `json:"installed" doc:"The package corosync-qnetd is there."`
	Ready     bool             `json:"ready" doc:"It has its certificate authority."`
	Running   bool             `json:"running"`
	Enabled   bool             `json:"enabled" doc:"It starts when the host boots."`
	Taken     string           `json:"portTaken,omitempty" doc:"Program that listens at its port while it does not run."`
	Clusters  []ArbiterCluster `json:"clusters" doc:"Clusters whose nodes are connected to it, whoever set them up."`
}

// ArbiterCluster is a cluster that is connected to an arbiter.
type ArbiterCluster struct {
	Name       string        `json:"name"`
	Algorithm  string        `json:"algorithm" doc:"In the daemon's own words."`
	TieBreaker string        `json:"tieBreaker" doc:"In the daemon's own words."`
	Nodes      []ArbiterNode `json:"nodes"`
}

// ArbiterNode is a node's connection as the arbiter sees it.
type ArbiterNode struct {
	ID         int    `json:"id"`
	Name       string `json:"name,omitempty" doc:"Where this server knows the cluster."`
	Address    string `json:"address,omitempty" doc:"Where it is connected from."`
	Secured    bool   `json:"secured" doc:"By TLS, with a certificate of the node's own that was verified."`
	Vote       string `json:"vote,omitempty" enum:"ack,nack,none" doc:"The last answer: ack gives the vote."`
	Heuristics string `json:"heuristics,omitempty" enum:"pass,fail,none" doc:"What the node last said of its own heuristics; none where it has not run any."`
}

// DeviceHost is what a node has of corosync-qdevice.
type DeviceHost struct {
	Installed bool `json:"installed" doc:"The package corosync-qdevice is there."`
	Certified bool `json:"certified" doc:"It has a certificate for its cluster."`
	Running   bool `json:"running"`
}

// Refuse says why a host cannot be an arbiter, nil where it can.
func (a Arbiter) Refuse(host string) error {
	switch {
	case !a.Installed:
		return fault.New(fault.Conflict, "qdevice.no_qnetd", "corosync-qnetd is not installed on host %s", host).With("host", host)
	case a.Taken != "":
		return fault.New(fault.Conflict, "qdevice.port_taken", "%s listens at port %d of host %s", a.Taken, QNetPort, host).
			With("host", host, "port", strconv.Itoa(QNetPort), "program", a.Taken)
	}
	return nil
}

// Refuse says why a node cannot have a quorum device, nil where it can.
func (h DeviceHost) Refuse(node string) error {
	if h.Installed {
		return nil
	}
	return fault.New(fault.Conflict, "qdevice.not_installed", "corosync-qdevice is not installed on node %s", node).With("node", node)
}

// QNetPort is where corosync-qnetd listens (TCP).
const QNetPort = 5403

// WithDevice returns the set-up with a quorum device, or another one than before. two_node, and wait_for_all which it implies, go:
// with a device they would let a single node go on by itself. What somebody has chosen (auto_tie_breaker, last_man_standing) stays, and
// ValidateSetup refuses it.
func (s Setup) WithDevice(d QuorumDevice) Setup {
	q := s.EffectiveQuorum()
	if q.TwoNode {
		q.TwoNode, q.WaitForAll = false, false
	}
	q.ExpectedVotes = 0
	q.Device = &d
	s.Quorum = &q
	return s
}

// WithoutDevice returns the set-up without its quorum device. Two nodes that have no other way to survive get two_node back.
func (s Setup) WithoutDevice() Setup {
	q := s.EffectiveQuorum()
	q.Device, q.ExpectedVotes = nil, 0
	if len(s.Nodes) == 2 && s.evenVotes() && !q.AutoTieBreaker && !q.LastManStanding {
		q.TwoNode, q.WaitForAll = true, true
	}
	s.Quorum = &q
	return s
}

// DeviceConflict names the option that does not go together with a quorum device, "" where there is none. two_node is not among them:
// it is taken out.
func (s Setup) DeviceConflict() string {
	switch q := s.EffectiveQuorum(); {
	case q.AutoTieBreaker:
		return "auto_tie_breaker"
	case q.LastManStanding:
		return "last_man_standing"
	}
	return ""
}

func checkDevice(f *fault.Fields, s Setup, q Quorum) {
	for _, conflict := range []struct {
		set         bool
		path, other string
	}{{q.TwoNode, "quorum.twoNode", "two_node"}, {q.AutoTieBreaker, "quorum.autoTieBreaker", "auto_tie_breaker"}, {q.LastManStanding, "quorum.lastManStanding", "last_man_standing"}} {
		if conflict.set {
			f.Add(conflict.path, "quorum.conflict", "not together", "one", conflict.other, "other", "qdevice")
		}
	}
	d := q.Device
	const at = "quorum.device."
	if len(s.Nodes) < 2 {
		f.Add(at+"host", "qdevice.one_node", "one node needs no arbiter: without it it would stop")
	}
	if !required(f, at+"address", d.Address) {
		checkReachable(f, at+"address", d.Address)
	}
	for _, n := range s.Nodes {
		if slices.Contains(n.Addresses, d.Address) {
			f.Add(at+"address", "qdevice.address_of_node", "is an address of a node: an arbiter inside the cluster decides nothing", "address", d.Address, "node", n.Name)
		}
	}
	if d.Algorithm != FiftyFifty && d.Algorithm != LastMan {
		f.Add(at+"algorithm", "field.one_of", "unknown algorithm", "value", d.Algorithm, "allowed", "ffsplit, lms")
	}
	if !s.evenVotes() {
		f.Add(at+"algorithm", "qdevice.one_vote", "every node has one vote", "algorithm", d.Algorithm)
	}
	checkTieBreaker(f, at+"tieBreaker", d.TieBreaker, s, false)
	if len(d.Ping) > maxPings {
		f.Add(at+"ping", "field.range", "out of range", "min", "0", "max", strconv.Itoa(maxPings))
	}
	for i, text := range d.Ping {
		checkReachable(f, fmt.Sprintf("%sping[%d]", at, i), text)
	}
}
