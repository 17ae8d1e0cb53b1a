package core

import (
	"errors"
	"fmt"
)

// InSync is what the cluster keeps of a volume, in the quorate CIB: the newest promotion, and which sides have everything that was
// acknowledged. Whoever carries out a Change compares and sets: what was read must still stand when the result is written. A Claim is given
// up where the daemon that asked has died: carried out late, it would supersede the next life of the same side, which would halt for nothing.
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
	Keep bool   // Claim: the peer stays, because it has the same
}

// ChangeKind is what is to become of the set.
type ChangeKind uint8

// The changes. Exclude, and Claim without Keep, are made only after the cluster knows that the peer cannot be promoted by anybody
// meanwhile: it sees the peer as a member of the same quorate partition, or fencing of the peer is confirmed.
const (
	Claim   ChangeKind = iota + 1 // become Primary under a new term
	Exclude                       // go on without the peer
	Include                       // the peer has everything again
	Yield                         // this side's disk has failed: the peer alone has everything
)

func (k ChangeKind) String() string {
	return [...]string{"?", "claim", "exclude", "include", "yield"}[k]
}

// Why the set refuses.
var (
	ErrNotMember  = errors.New("this side is not in the in-sync set: the peer has newer data")
	ErrSuperseded = errors.New("the peer has been promoted since")
	ErrForgotten  = errors.New("this side's disk has forgotten a promotion that it had noted: it was restored from a copy")
)

// Change returns the set as it becomes.
func (s InSync) Change(c Change) (InSync, error) {
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
			return s, fmt.Errorf("%w, and neither is the peer", ErrNotMember)
		}
		s.Members[c.Node] = false
	}
	return s, nil
}
