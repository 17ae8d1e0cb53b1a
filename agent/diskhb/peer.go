package diskhb

import (
	"slices"
	"time"
)

// peer is what is known of another node's area. It is pure: it is told heads and answers which slots are to be delivered.
type peer struct {
	known       bool
	incarnation uint64
	last        uint64 // newest sequence that was delivered, or given up
	beat        uint64
	seen        time.Time // when it was last seen to live
	past        []uint64  // incarnations that are over; a head of one is a replay
	// candidate is a head that claims to be a new life, but whose sequence lies behind. A head that was put back is a still
	// picture; a living one goes on.
	candidate struct{ incarnation, sequence, beat uint64 }

	bad bool // the head could not be read the last time
}

// pastLives is how many incarnations are remembered; more restarts than that within the life of a reader are restarts of a broken node.
const pastLives = 64

// verdict is what a head means.
type verdict int

const (
	same    verdict = iota // nothing new
	alive                  // no new slot, but the node lives
	fresh                  // slots up to the head's are to be delivered
	reborn                 // the same, of a new life
	adopted                // first sight: it lives, nothing of what it sent before is delivered
	replay                 // an old picture
)

// judge takes a head whose HMAC is good.
func (p *peer) judge(h header, now time.Time) verdict {
	switch {
	case !p.known:
		// Whether it lives is not known before it moves: the head of a node that is long dead looks the same.
		*p = peer{known: true, incarnation: h.Incarnation, last: h.Sequence, beat: h.Beat, past: p.past}
		return adopted
	case h.Incarnation == p.incarnation:
		switch {
		case h.Sequence > p.last && h.Beat > p.beat:
			p.beat, p.seen = h.Beat, now
			return fresh
		case h.Sequence == p.last && h.Beat > p.beat, h.Sequence < p.last && h.Beat > p.beat:
			// The latter where slots were delivered from the ring while the head was damaged.
			p.beat, p.seen = h.Beat, now
			return alive
		case h.Sequence == p.last && h.Beat == p.beat:
			return same
		}
		return replay
	case slices.Contains(p.past, h.Incarnation):
		return replay
	case h.First > p.last:
		p.begin(h, now)
		p.last = h.First - 1
		if h.Sequence == p.last {
			return alive
		}
		return reborn
	case p.candidate.incarnation == h.Incarnation && (h.Beat > p.candidate.beat || h.Sequence > p.candidate.sequence):
		// It lives, and has lost its own area. What it sent before it was believed is not delivered.
		p.begin(h, now)
		p.last = h.Sequence
		return alive
	case p.candidate.incarnation != h.Incarnation:
		p.candidate.incarnation, p.candidate.sequence, p.candidate.beat = h.Incarnation, h.Sequence, h.Beat
	}
	return replay
}

func (p *peer) begin(h header, now time.Time) {
	p.past = append(p.past, p.incarnation)
	if len(p.past) > pastLives {
		p.past = p.past[1:]
	}
	p.incarnation, p.beat, p.seen = h.Incarnation, h.Beat, now
	p.candidate.incarnation = 0
}

// unchanged says, without an HMAC, that a block is what was judged before. A forged block that looks unchanged changes nothing.
func (p *peer) unchanged(h header) bool {
	return p.known && h.Incarnation == p.incarnation && h.Sequence == p.last && h.Beat == p.beat
}
