package core

import (
	"errors"
	"fmt"
)

// InSync is what the cluster keeps of a volume, in the quorate CIB: the newest promotion, and which sides have everything that was
// acknowledged. A set that is not there is the zero one to a Begin: nobody's data count so far. What becomes of any other change is unknown then:
// somebody may have taken the set away by mistake. Whoever carries out a Change compares and sets: what was
// read must still stand when the result is written. A Claim or Override is given up where the daemon that asked has died: carried out late, it
// would supersede the next life of the same side, which would halt for nothing.
type InSync struct {
	Term    uint64
	Seen    uint64  // the newest term that is on the disks of all who were members since
	Members [3]bool // by node; 0 is nobody
}

// Change is one thing that a side may ask.
type Change struct {
	Kind ChangeKind
	Node uint8
	Term uint64 // of the promotion that the side acts under; for a Claim the newest that its disk knows
	Keep bool   // Claim: the peer stays, because it has the same; Begin: it comes in, because it has
}

// ChangeKind is what is to become of the set.
type ChangeKind uint8

// The changes. Exclude, and Claim without Keep, are made only after the cluster knows that the peer cannot be promoted by anybody
// meanwhile: it sees the peer as a member of the same quorate partition, or fencing of the peer is confirmed. Override asks for more, because
// membership does not stand in its way: the peer is not Primary, for it is fenced or off, or the cluster sees it and sees it not promoted.
const (
	Claim      ChangeKind = iota + 1 // become Primary under a new term
	Exclude                          // go on without the peer
	Include                          // the peer has everything again
	Yield                            // this side's disk has failed: the peer alone has everything
	Begin                            // this side's data are the first that count
	GiveUp                           // this side's data count no more: the peer alone has everything
	Override                         // become Primary under a new term, a member or not: a person says so, and whose data are lost by it
	lastChange = Override
)

var changeNames = [...]string{"?", "claim", "exclude", "include", "yield", "begin", "give_up", "override"}

func (k ChangeKind) String() string { return changeNames[k] }

// ChangeOf returns the change of a name, 0 where there is none.
func ChangeOf(name string) ChangeKind {
	for k := Claim; k <= lastChange; k++ {
		if changeNames[k] == name {
			return k
		}
	}
	return 0
}

// Parts says whether a change leaves the peer behind, so that the cluster must know of it what is said above.
func (c Change) Parts() bool {
	return c.Kind == Exclude || c.Kind == Override || (c.Kind == Claim && !c.Keep)
}

// Dies says whether a change is given up with the daemon that has asked for it.
func (c Change) Dies() bool { return c.Kind == Claim || c.Kind == Override }

// Why the set refuses.
var (
	ErrNotMember  = errors.New("this side is not in the in-sync set: the peer has newer data")
	ErrSuperseded = errors.New("the peer has been promoted since")
	ErrForgotten  = errors.New("this side's disk has forgotten a promotion that it had noted: it was restored from a copy")
	ErrBegun      = errors.New("there are data on this volume that count")
	ErrNotBegun   = errors.New("no data on this volume have ever counted")
)

// Change returns the set as it becomes.
func (s InSync) Change(c Change) (InSync, error) {
	switch c.Kind {
	case Begin, GiveUp, Override:
		return s.ordered(c)
	}
	if !s.Members[c.Node] {
		if c.Kind == Yield && s.Term == c.Term {
			return s, nil // done before
		}
		return s, ErrNotMember
	}
	if c.Kind == Claim && c.Term < s.Seen {
		return s, fmt.Errorf("%w: it knows of term %d, had noted %d", ErrForgotten, c.Term, s.Seen)
	}
	if c.Kind != Claim && s.Term != c.Term {
		return s, fmt.Errorf("%w: term %d, not %d", ErrSuperseded, s.Term, c.Term)
	}
	peer := 3 - c.Node
	switch c.Kind {
	case Claim:
		s.Term++
		s.Members[peer] = s.Members[peer] && c.Keep
	case Exclude:
		s.Members[peer] = false
	case Include:
		s.Members[peer], s.Seen = true, s.Term
	case Yield:
		if !s.Members[peer] {
			return s, fmt.Errorf("%w: the peer is not in the set", ErrNoSource)
		}
		s.Members[c.Node] = false
	}
	return s, nil
}

// ordered is a change that a person has asked for.
func (s InSync) ordered(c Change) (InSync, error) {
	peer := 3 - c.Node
	switch {
	case c.Kind == Begin && (s.Term != 0 || (s.Members[peer] && !s.Members[c.Node])):
		return s, ErrBegun
	case c.Kind == Begin: // twice is once, and the second may bring the peer in
		s.Members[c.Node], s.Members[peer] = true, s.Members[peer] || c.Keep
	case s.Members == [3]bool{}:
		return s, ErrNotBegun
	case c.Kind == GiveUp && !s.Members[peer]:
		return s, fmt.Errorf("%w: the peer is not in the set", ErrNoSource)
	case c.Kind == GiveUp:
		s.Members[c.Node] = false
	default:
		s.Term++
		s.Members = [3]bool{}
		s.Members[c.Node] = true
	}
	return s, nil
}
