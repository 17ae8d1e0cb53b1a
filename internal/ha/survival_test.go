package ha_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hawser/internal/ha"
)

func setupOf(votes []int, q ha.Quorum) ha.Setup {
	s := ha.Setup{Name: "c", Quorum: &q}
	for i, v := range votes {
		n := ha.SetupNode{Name: fmt.Sprintf("n%d", i+1), ID: i + 1, Addresses: []string{fmt.Sprintf("10.0.0.%d", i+1)}}
		if v != 1 {
			n.Votes = &v
		}
		s.Nodes = append(s.Nodes, n)
	}
	return s
}

func everybody(s ha.Setup) []string {
	var list []string
	for _, n := range s.Nodes {
		list = append(list, n.Name)
	}
	return list
}

func ones(n int) []int { return slices.Repeat([]int{1}, n) }

// bruteForce counts how many of those present may be lost, by trying every set.
func bruteForce(p ha.Poll) int {
	n := len(p.Present)
	fatal := n // size of the smallest set whose loss costs quorum
	for set := range 1 << n {
		var left []string
		for i, name := range p.Present {
			if set&(1<<i) == 0 {
				left = append(left, name)
			}
		}
		if !p.Quorate(left) {
			fatal = min(fatal, n-len(left))
		}
	}
	return fatal - 1
}

// TestSurvivesIsExact holds the count to every set of losses there is, for made-up clusters of every kind.
func TestSurvivesIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[int]int{}
	for range 3000 {
		votes := make([]int, 1+r.IntN(8))
		for i := range votes {
			votes[i] = 1
			if r.IntN(4) == 0 {
				votes[i] = r.IntN(4)
			}
		}
		q := ha.Quorum{AutoTieBreaker: r.IntN(2) == 0, AutoTieBreakerNode: []string{"", "lowest", "highest", "2 1", "9 3"}[r.IntN(5)]}
		if r.IntN(3) == 0 {
			q = ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: []string{ha.FiftyFifty, ha.LastMan}[r.IntN(2)]}}
		}
		if len(votes) == 2 && r.IntN(2) == 0 {
			votes, q = ones(2), ha.Quorum{TwoNode: true, WaitForAll: true}
		}
		s := setupOf(votes, q)
		p := ha.Poll{Setup: s, Arbiter: r.IntN(2) == 0}
		for _, name := range everybody(s) {
			if r.IntN(5) > 0 {
				p.Present = append(p.Present, name)
			}
		}
		got, want := p.Survives(), bruteForce(p)
		if len(p.Present) == 0 {
			continue
		}
		if got.Quorate != (want >= 0) || got.Nodes != max(0, want) {
			t.Fatalf("votes %v, %+v, device %+v, arbiter %v, present %v: survives %d (quorate %v), by trying all %d", votes, q, q.Device, p.Arbiter, p.Present, got.Nodes, got.Quorate, want)
		}
		seen[want]++
	}
	if len(seen) < 5 {
		t.Errorf("only these outcomes were met: %v", seen)
	}
}

// TestSurvives has the rules of votequorum(5) and corosync-qdevice(8) by example.
func TestSurvives(t *testing.T) {
	device := func(algorithm string) ha.Quorum {
		return ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: algorithm}}
	}
	lms := ha.Quorum{LastManStanding: true, WaitForAll: true}
	for _, c := range []struct {
		name                       string
		votes                      []int
		quorum                     ha.Quorum
		gone                       int
		arbiter                    bool
		nodes, oneByOne, noArbiter int
		codes                      []string
	}{
		{"TwoPlain", ones(2), ha.Quorum{}, 0, false, 0, 0, -1, []string{"none"}},
		{"TwoNode", ones(2), ha.Quorum{TwoNode: true, WaitForAll: true}, 0, false, 1, 1, -1, []string{"any"}},
		{"TwoWithDevice", ones(2), device(ha.FiftyFifty), 0, true, 1, 1, 0, []string{"any", "no_arbiter"}},
		{"TwoDeviceAway", ones(2), device(ha.FiftyFifty), 0, false, 0, 0, -1, []string{"none"}},
		{"Three", ones(3), ha.Quorum{}, 0, false, 1, 1, -1, []string{"any"}},
		{"ThreeOneGone", ones(3), ha.Quorum{}, 1, false, 0, 0, -1, []string{"none"}},
		{"ThreeTwoGone", ones(3), ha.Quorum{}, 2, false, 0, 0, -1, []string{"lost"}},
		{"FourWithFiftyFifty", ones(4), device(ha.FiftyFifty), 0, true, 2, 2, 1, []string{"any", "without"}},
		{"FourWithLastMan", ones(4), device(ha.LastMan), 0, true, 3, 3, 0, []string{"any", "no_arbiter"}},
		{"FourTieBreaker", ones(4), ha.Quorum{AutoTieBreaker: true}, 0, false, 1, 1, -1, []string{"any", "half"}},
		{"EightLastManStanding", ones(8), lms, 0, false, 3, 6, -1, []string{"any", "one_by_one"}},
		{"Uneven", []int{3, 1, 1}, ha.Quorum{}, 0, false, 0, 0, -1, []string{"some"}},
		{"ThirtyTwo", ones(32), ha.Quorum{}, 0, false, 15, 15, -1, []string{"any"}},
		{"Single", ones(1), ha.Quorum{}, 0, false, 0, 0, -1, []string{"none"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setupOf(c.votes, c.quorum)
			got := ha.Poll{Setup: s, Present: everybody(s)[c.gone:], Arbiter: c.arbiter}.Survives()
			var codes []string
			for _, r := range got.Reasons {
				codes = append(codes, r.Code)
			}
			if got.Nodes != c.nodes || got.OneByOne != c.oneByOne || got.NoArbiter != c.noArbiter || !slices.Equal(codes, c.codes) {
				t.Errorf("got %+v, codes %v", got, codes)
			}
		})
	}
}

// TestNothingThere: a cluster of which no node is seen is not quorate, and that is said.
func TestNothingThere(t *testing.T) {
	got := ha.Poll{Setup: setupOf(ones(3), ha.Quorum{})}.Survives()
	if got.Quorate || len(got.Reasons) != 1 || got.Reasons[0].Code != ha.SurvivesNothing {
		t.Errorf("got %+v", got)
	}
}

func TestQuorumRefused(t *testing.T) {
	two := ha.Quorum{TwoNode: true, WaitForAll: true}
	with := func(q ha.Quorum, change func(*ha.Quorum)) ha.Quorum { change(&q); return q }
	device := &ha.QuorumDevice{Host: "a", Address: "192.0.2.9", Algorithm: ha.FiftyFifty}
	for _, c := range []struct {
		name   string
		votes  []int
		quorum ha.Quorum
		want   string // path and reason; empty where it is right
	}{
		{"Right", ones(3), ha.Quorum{}, ""},
		{"TwoNode", ones(2), two, ""},
		{"TwoNodeOfThree", ones(3), two, "quorum.twoNode quorum.two_node_count"},
		{"TwoNodeUneven", []int{2, 1}, two, "quorum.twoNode quorum.two_node_votes"},
		{"TwoNodeWithoutWaiting", ones(2), ha.Quorum{TwoNode: true}, "quorum.waitForAll quorum.two_node_wait"},
		{"TwoNodeTieBreaker", ones(2), with(two, func(q *ha.Quorum) { q.AutoTieBreaker = true }), "quorum.twoNode quorum.conflict"},
		{"TwoNodeDevice", ones(2), with(two, func(q *ha.Quorum) { q.Device = device }), "quorum.twoNode quorum.conflict"},
		{"TieBreakerDevice", ones(4), ha.Quorum{AutoTieBreaker: true, Device: device, WaitForAll: true}, "quorum.autoTieBreaker quorum.conflict"},
		{"LastManDevice", ones(4), ha.Quorum{LastManStanding: true, WaitForAll: true, Device: device}, "quorum.lastManStanding quorum.conflict"},
		{"LastManWithoutWaiting", ones(4), ha.Quorum{LastManStanding: true}, "quorum.waitForAll quorum.lms_wait"},
		{"LastManUneven", []int{2, 1, 1}, ha.Quorum{LastManStanding: true, WaitForAll: true}, "quorum.lastManStanding quorum.lms_votes"},
		{"TieBreakerOdd", ones(3), ha.Quorum{AutoTieBreaker: true}, "quorum.waitForAll quorum.atb_wait"},
		{"TieBreakerUnknownNode", ones(4), ha.Quorum{AutoTieBreaker: true, AutoTieBreakerNode: "1 7"}, "quorum.autoTieBreakerNode quorum.tie_breaker"},
		{"NoVotes", []int{0, 0}, ha.Quorum{}, "quorum.votes quorum.no_votes"},
		{"ExpectedTooLow", ones(4), ha.Quorum{ExpectedVotes: 3}, "quorum.expectedVotes quorum.expected_low"},
		{"Impossible", ones(3), ha.Quorum{ExpectedVotes: 6}, "quorum.expectedVotes quorum.impossible"},
		{"DeviceAddress", ones(4), ha.Quorum{Device: &ha.QuorumDevice{Address: "127.0.0.1", Algorithm: "lms"}}, "quorum.device.address address.unusable"},
		{"DeviceAlgorithm", ones(4), ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: "test"}}, "quorum.device.algorithm field.one_of"},
		{"DevicePing", ones(4), ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: "lms", Ping: []string{"-c 3"}}}, "quorum.device.ping[0] address.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mistakes(ha.ValidateSetup(setupOf(c.votes, c.quorum))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestRequorum: what fits two nodes only goes when a third joins, and comes when two are left.
func TestRequorum(t *testing.T) {
	two := ha.Quorum{TwoNode: true, WaitForAll: true}
	if q := setupOf(ones(3), two).Requorum(2).Quorum; q.TwoNode || q.WaitForAll {
		t.Errorf("a third node leaves %+v", q)
	}
	if q := setupOf(ones(2), ha.Quorum{}).Requorum(3).Quorum; !q.TwoNode || !q.WaitForAll {
		t.Errorf("of three two are left: %+v", q)
	}
	if q := setupOf(ones(2), ha.Quorum{}).Requorum(2).Quorum; q.TwoNode {
		t.Error("somebody has switched two_node off, and it is on again")
	}
	if q := setupOf(ones(3), ha.Quorum{ExpectedVotes: 2}).Requorum(2).Quorum; q.ExpectedVotes != 0 {
		t.Errorf("expected votes stay %d", q.ExpectedVotes)
	}
}
