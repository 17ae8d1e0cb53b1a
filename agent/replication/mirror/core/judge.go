package core

import (
	"errors"
	"slices"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// Why two sides do not work together.
var (
	ErrOtherVolume  = errors.New("the peer belongs to another volume")
	ErrSameNode     = errors.New("the peer claims to be this side")
	ErrSize         = errors.New("the peer's device is of another size or is divided otherwise")
	ErrKey          = errors.New("the peer does not know the key")
	ErrTwoPrimaries = errors.New("both sides are Primary, or about to be")
	ErrStalePrimary = errors.New("the peer is Primary of an earlier promotion, or without the newest data")
	ErrNoData       = errors.New("neither side has consistent data")
	ErrSplitBrain   = errors.New("split brain: both sides were written while apart")
	ErrByPeer       = errors.New("refused by the peer")
	ErrUnrelated    = errors.New("the peer's data have nothing in common with these")
)

// order is how these data stand to the peer's.
type order uint8

const (
	same order = iota + 1
	ahead
	behind
	blank // nothing was ever on either: a person says whose data are the first that count
)

// verdict is what a meeting has found.
type verdict struct {
	order order
	full  bool // the bitmap does not tell the difference: everything is copied
}

// identify refuses a peer that is none.
func identify(me, peer wire.Greeting) error {
	switch {
	case me.Volume != peer.Volume:
		return ErrOtherVolume
	case me.Node == peer.Node || peer.Node < 1 || peer.Node > 2:
		return ErrSameNode
	case me.Geometry != peer.Geometry:
		return ErrSize
	case me.Primary && peer.Primary:
		return ErrTwoPrimaries
	}
	return nil
}

// judge compares two sides by what they say of their data. Both come to the same result, turned round.
func judge(me, peer wire.Greeting) (verdict, error) {
	if never(me) && never(peer) {
		return verdict{order: blank}, nil
	}
	if me.Meetings>>lineBits != peer.Meetings>>lineBits && me.Current != 0 && peer.Current != 0 {
		return verdict{}, ErrUnrelated
	}
	if worthless(me, peer) && worthless(peer, me) {
		return verdict{}, ErrNoData
	}
	if worthless(peer, me) {
		return verdict{ahead, restored(peer, me) || !follows(me, peer)}, nil
	}
	if worthless(me, peer) {
		return verdict{behind, restored(me, peer) || !follows(peer, me)}, nil
	}
	if me.Current == peer.Current {
		return judgeSame(me, peer)
	}
	return judgeApart(me, peer)
}

// worthless data are no source: a mixture, or older than what the other side has seen of them already.
func worthless(side, other wire.Greeting) bool {
	return side.State == format.Inconsistent || side.Current == 0 || restored(side, other)
}

// restored says whether a side has forgotten a meeting that both had noted: its device was copied back. The Secondary notes a meeting
// first; a Primary that lacks the newest one may have crashed before it came to that.
func restored(side, other wire.Greeting) bool {
	return other.Meetings > side.Meetings+1 || (other.Meetings == side.Meetings+1 && other.Led)
}

// lineBits are the bits of the number of meetings that count them; those above are the term of the last override, which began a line of its own.
const lineBits = 32

// never says whether nothing was ever on a side: it has no data, and has met nobody who had.
func never(side wire.Greeting) bool {
	return side.State == format.Inconsistent && side.Current == 0 && side.Base == 0 && side.Term == 0 && side.Meetings == 0
}

// follows says whether a's bitmap is all that b lacks.
func follows(a, b wire.Greeting) bool {
	return b.Current != 0 && (a.Base == b.Current || a.Current == b.Current) && !a.PeerFailed
}

// judgeSame compares sides of one generation: whoever may have written more is ahead, unless the set has excluded it.
func judgeSame(me, peer wire.Greeting) (verdict, error) {
	meMore, peerMore := me.Base != 0 || me.Dirty, peer.Base != 0 || peer.Dirty
	switch {
	case me.State == format.Outdated && peer.State != format.Outdated:
		return verdict{behind, peer.PeerFailed}, nil
	case peer.State == format.Outdated && me.State != format.Outdated:
		return verdict{ahead, me.PeerFailed}, nil
	case meMore && peerMore:
		return verdict{}, ErrSplitBrain
	case meMore:
		return verdict{ahead, me.PeerFailed}, nil
	case peerMore:
		return verdict{behind, peer.PeerFailed}, nil
	}
	return verdict{same, false}, nil
}

// judgeApart compares sides of different generations: the one that knows the other's is ahead.
func judgeApart(me, peer wire.Greeting) (verdict, error) {
	mine, theirs := history(me), history(peer)
	switch knowsPeer, knowsMe := slices.Contains(mine, peer.Current), slices.Contains(theirs, me.Current); {
	case knowsPeer && !knowsMe:
		return verdict{ahead, !follows(me, peer)}, nil
	case knowsMe && !knowsPeer:
		return verdict{behind, !follows(peer, me)}, nil
	}
	if slices.ContainsFunc(mine, func(g format.Generation) bool { return slices.Contains(theirs, g) }) {
		return verdict{}, ErrSplitBrain
	}
	return verdict{}, ErrUnrelated
}

// history are the generations that a side's data have gone through.
func history(g wire.Greeting) []format.Generation {
	return slices.DeleteFunc(append([]format.Generation{g.Base}, g.Past[:]...), func(g format.Generation) bool { return g == 0 })
}
