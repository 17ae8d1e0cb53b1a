package ha

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Survival is what a cluster can lose and stay quorate, as far as votes decide it.
type Survival struct {
	Nodes     int  `json:"nodes" doc:"Nodes that may be lost at once, whichever they are."`
	OneByOne  int  `json:"oneByOne" doc:"Nodes that may be lost one after another, with time to settle in between."`
	Of        int  `json:"of" doc:"Nodes that are there."`
	Votes     int  `json:"votes" doc:"Votes that are there."`
	Needed    int  `json:"needed" doc:"Votes needed for quorum."`
	Quorate   bool `json:"quorate"`
	Arbiter   bool `json:"arbiter" doc:"A quorum device votes."`
	NoArbiter int  `json:"noArbiter" doc:"Nodes that may be lost while the arbiter is away; -1 where its loss alone costs quorum."`
	// Reasons say it in words: survives.<code> in internal/words.
	Reasons []Reason `json:"reasons"`
}

// The codes of what a cluster survives. Args are named in the comment.
const (
	SurvivesNothing    = "lost"       // votes, needed: it is not quorate as it is
	SurvivesNone       = "none"       // nodes
	SurvivesSome       = "some"       // names: each of these, but not every node
	SurvivesAny        = "any"        // count, nodes
	SurvivesOneByOne   = "one_by_one" // count, nodes
	SurvivesHalf       = "half"       // count, node: exactly half, where node is among the rest
	SurvivesNoArbiter  = "no_arbiter" // the arbiter, as long as all nodes are there
	SurvivesWithout    = "without"    // count: the arbiter and so many nodes
	SurvivesArbiterNot = "arbiter"    // not the arbiter
)

// SurvivalCodes are all codes that Survives gives.
var SurvivalCodes = []string{
	SurvivesNothing, SurvivesNone, SurvivesSome, SurvivesAny, SurvivesOneByOne, SurvivesHalf, SurvivesNoArbiter, SurvivesWithout, SurvivesArbiterNot,
}

// Poll is who is there at one moment.
type Poll struct {
	Setup    Setup
	Present  []string // nodes
	Arbiter  bool     // the device is connected
	Expected int      // what votequorum expects now; 0: what the set-up says. last_man_standing lowers it
}

// voter is a node with its votes.
type voter struct {
	name  string
	id    int
	votes int
}

// present are the voters that are there, in the order of their IDs.
func (p Poll) present() []voter {
	var list []voter
	for _, n := range p.Setup.Nodes {
		if slices.Contains(p.Present, n.Name) {
			list = append(list, voter{n.Name, n.ID, n.VoteCount()})
		}
	}
	slices.SortFunc(list, func(a, b voter) int { return cmp.Compare(a.id, b.id) })
	return list
}

func (p Poll) expected() int {
	if p.Expected > 0 {
		return p.Expected
	}
	return p.Setup.ExpectedVotes()
}

// Quorate says whether those who are left of those who were there may go on, by the rules of votequorum and qnetd:
//
//   - a majority of the expected votes, or one vote with two_node;
//   - with auto_tie_breaker half of them (rounded down), where the rest cannot have a majority and the tie-breaking node of those
//     who were there is among the left;
//   - ffsplit gives its vote to a side of at least half of all configured nodes, lms to whoever is left.
//
// Source: corosync 3.1 exec/votequorum.c, are_we_quorate; corosync-qdevice 3.0 qnetd-algo-ffsplit.c, partition_cmp.
func (p Poll) Quorate(left []string) bool {
	var now []voter
	for _, v := range p.present() {
		if slices.Contains(left, v.name) {
			now = append(now, v)
		}
	}
	return p.quorate(p.present(), now, p.expected())
}

func (p Poll) quorate(before, now []voter, expected int) bool {
	if len(now) == 0 {
		return false
	}
	q := p.Setup.EffectiveQuorum()
	votes := 0
	for _, v := range now {
		votes += v.votes
	}
	if d := q.Device; d != nil && p.Arbiter && (d.Algorithm == LastMan || 2*len(now) >= len(p.Setup.Nodes)) {
		votes += p.Setup.DeviceVotes()
	}
	needed := expected/2 + 1
	if q.TwoNode && expected == 2 {
		needed = 1
	}
	if votes >= needed {
		return true
	}
	if !q.AutoTieBreaker || votes != expected/2 || len(before)-len(now) >= needed {
		return false
	}
	tie, has := tieBreaker(q.AutoTieBreakerNode, before)
	return has && slices.ContainsFunc(now, func(v voter) bool { return v.id == tie })
}

// tieBreaker returns the ID of the node that decides among those who were there.
func tieBreaker(rule string, before []voter) (int, bool) {
	if len(before) == 0 {
		return 0, false
	}
	switch rule {
	case TieLowest, "":
		return before[0].id, true
	case TieHighest:
		return before[len(before)-1].id, true
	}
	for _, text := range strings.Fields(rule) {
		id, err := strconv.Atoi(text)
		if err == nil && slices.ContainsFunc(before, func(v voter) bool { return v.id == id }) {
			return id, true
		}
	}
	return 0, false
}

// survives says whether any count of those who are there may be lost at once. Of all sets of that size the worst is the one with
// the most votes: with and without the tie-breaking node, because half of the votes are enough only with it. All else
// depends on the number alone, so these two stand for every set.
func (p Poll) survives(before []voter, count, expected int) bool {
	if count >= len(before) {
		return false
	}
	tie, has := tieBreaker(p.Setup.EffectiveQuorum().AutoTieBreakerNode, before)
	byVotes := slices.Clone(before)
	slices.SortStableFunc(byVotes, func(a, b voter) int { return cmp.Compare(b.votes, a.votes) })
	lose := func(with bool) bool {
		var left []voter
		lost := 0
		if with {
			lost = 1
		}
		for _, v := range byVotes {
			switch {
			case has && v.id == tie && with:
			case has && v.id == tie, lost == count:
				left = append(left, v)
			default:
				lost++
			}
		}
		return lost != count || p.quorate(before, left, expected)
	}
	if count == 0 {
		return p.quorate(before, before, expected)
	}
	return lose(false) && (!has || lose(true))
}

func (p Poll) most(before []voter, expected int) int {
	n := -1
	for n+1 < max(1, len(before)) && p.survives(before, n+1, expected) {
		n++
	}
	return n
}

// oneByOne is how many may go one after another. With last_man_standing the expected votes follow those who are left, never
// below two: the last of two decides nothing.
func (p Poll) oneByOne(before []voter, expected int) int {
	q := p.Setup.EffectiveQuorum()
	if !q.LastManStanding || q.Device != nil || !p.Setup.evenVotes() {
		return p.most(before, expected)
	}
	lost := 0
	for rest := before; len(rest) > 1 && p.survives(rest, 1, expected); lost++ {
		rest = rest[1:] // every node has one vote: it does not matter which
		expected = max(2, len(rest))
	}
	return lost
}

// Survives counts what may be lost by votes alone. Whether the services go on as well, Judge says.
func (p Poll) Survives() Survival {
	before, expected := p.present(), p.expected()
	q := p.Setup.EffectiveQuorum()
	s := Survival{Of: len(before), Needed: expected/2 + 1, Arbiter: q.Device != nil && p.Arbiter, NoArbiter: -1}
	if q.TwoNode && expected == 2 {
		s.Needed = 1
	}
	for _, v := range before {
		s.Votes += v.votes
	}
	if s.Arbiter && (q.Device.Algorithm == LastMan || 2*len(before) >= len(p.Setup.Nodes)) {
		s.Votes += p.Setup.DeviceVotes()
	}
	most := p.most(before, expected)
	s.Quorate = most >= 0
	s.Nodes, s.OneByOne = max(0, most), max(0, p.oneByOne(before, expected))
	add := func(code string, pairs ...string) {
		r := Reason{Code: code, Level: Protected, Args: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			r.Args[pairs[i]] = pairs[i+1]
		}
		s.Reasons = append(s.Reasons, r)
	}
	nodes := strconv.Itoa(s.Of)
	switch {
	case !s.Quorate:
		s.OneByOne = 0
		add(SurvivesNothing, "votes", strconv.Itoa(s.Votes), "needed", strconv.Itoa(s.Needed))
		s.Reasons[0].Level = Unprotected
		return s
	case s.Nodes > 0:
		add(SurvivesAny, "count", strconv.Itoa(s.Nodes), "nodes", nodes)
	default:
		if names := p.single(before, expected); len(names) > 0 {
			add(SurvivesSome, "names", strings.Join(names, ", "))
		} else {
			add(SurvivesNone, "nodes", nodes)
		}
		s.Reasons[0].Level = Unprotected
	}
	if s.OneByOne > s.Nodes {
		add(SurvivesOneByOne, "count", strconv.Itoa(s.OneByOne), "nodes", nodes)
	}
	if half := p.half(before, expected); half > s.Nodes {
		tie, _ := tieBreaker(q.AutoTieBreakerNode, before)
		for _, v := range before {
			if v.id == tie {
				add(SurvivesHalf, "count", strconv.Itoa(half), "node", v.name)
			}
		}
	}
	if s.Arbiter {
		alone := p
		alone.Arbiter = false
		s.NoArbiter = alone.most(before, expected)
		switch {
		case s.NoArbiter < 0:
			add(SurvivesArbiterNot)
			s.Reasons[len(s.Reasons)-1].Level = AtRisk
		case s.NoArbiter == 0:
			add(SurvivesNoArbiter)
		default:
			add(SurvivesWithout, "count", strconv.Itoa(s.NoArbiter))
		}
	}
	return s
}

// single returns the nodes each of which may be lost alone, where not every node may.
func (p Poll) single(before []voter, expected int) []string {
	var names []string
	for i, v := range before {
		if p.quorate(before, slices.Delete(slices.Clone(before), i, i+1), expected) {
			names = append(names, v.name)
		}
	}
	return names
}

// half is how many may be lost at once as long as the tie-breaking node stays.
func (p Poll) half(before []voter, expected int) int {
	q := p.Setup.EffectiveQuorum()
	tie, has := tieBreaker(q.AutoTieBreakerNode, before)
	if !q.AutoTieBreaker || !has || !p.Setup.evenVotes() {
		return 0
	}
	var others, left []voter
	for _, v := range before {
		if v.id == tie {
			left = append(left, v)
		} else {
			others = append(others, v)
		}
	}
	count := 0
	for n := 1; n < len(before) && p.quorate(before, slices.Concat(left, others[min(n, len(others)):]), expected); n++ {
		count = n
	}
	return count
}
