package ha

import "time"

// corosync's own defaults and bounds, in milliseconds. Source: corosync.conf(5), 3.1.
const (
	stockCoefficient = 650
	minToken         = 100
	maxToken         = 60_000
)

// The profiles of Timing.
const (
	ProfileFast     = "fast"     // dedicated links and machines that always get their processor time
	ProfileBalanced = "balanced" // the default: what corosync 2 used for years
	ProfileTolerant = "tolerant" // virtual machines that pause, shared or slow networks
	ProfileCustom   = "custom"   // the values as they are given
)

// profiles gives each profile its token and the addition for each node beyond two.
var profiles = map[string]struct{ token, coefficient int }{
	ProfileFast:     {700, 50}, // the shortest that bears the loss of a link, see ResolvedLinks
	ProfileBalanced: {1000, 200},
	ProfileTolerant: {5000, stockCoefficient},
}

// Resolved returns t with every value filled in for a cluster of so many nodes. A named profile decides all values;
// custom, or no profile with a token given, takes them as they stand. Consensus is never below 1.2 × the token in
// force, because below that a ring of more than two nodes may never form: so it grows when nodes are added.
func (t Timing) Resolved(nodes int) Timing {
	if t.Profile == "" {
		t.Profile = ProfileBalanced
		if t.Token != 0 {
			t.Profile = ProfileCustom
		}
	}
	if p, named := profiles[t.Profile]; named {
		coefficient := p.coefficient
		t.Token, t.Consensus, t.TokenCoefficient = p.token, 0, &coefficient
	} else {
		if t.Token == 0 {
			t.Token = profiles[ProfileBalanced].token
		}
		coefficient := stockCoefficient
		if t.TokenCoefficient != nil {
			coefficient = *t.TokenCoefficient
		}
		t.TokenCoefficient = &coefficient
	}
	t.Consensus = max(t.Consensus, (t.inForce(nodes)*12+9)/10)
	return t
}

// inForce is the token timeout that corosync computes from token and coefficient.
func (t Timing) inForce(nodes int) int {
	coefficient := stockCoefficient
	if t.TokenCoefficient != nil {
		coefficient = *t.TokenCoefficient
	}
	return t.Token + max(0, nodes-2)*coefficient
}

// DetectionTime is how long after the death of a node the others have agreed on a membership without it, at worst:
// the token must be missed and the rest must come to a consensus. Fencing comes after that.
func (t Timing) DetectionTime(nodes int) time.Duration {
	r := t.Resolved(nodes)
	return time.Duration(r.inForce(nodes)+r.Consensus) * time.Millisecond
}
