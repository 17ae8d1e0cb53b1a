package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"hawser/agent/replication/mirror/format"
)

const greetingSize = 136

// ErrGreeting is one that no program of ours sends.
var ErrGreeting = errors.New("malformed greeting")

// Greeting is what a side says of itself when the two meet.
type Greeting struct {
	Volume   format.ID
	Node     uint8
	Nonce    [16]byte // new for each meeting
	Geometry format.Geometry

	Term     uint64
	Meetings uint64

	Primary    bool
	Dirty      bool // it may have written what we do not have: its bitmap is not empty, or it crashed as Primary
	PeerFailed bool
	Led        bool
	State      format.State
	Current    format.Generation
	Base       format.Generation
	Past       [format.PastGenerations]format.Generation
}

// Encode returns the payload of a Hello.
func (g Greeting) Encode() []byte {
	b := make([]byte, greetingSize)
	le.PutUint16(b, Version)
	b[2], b[3] = g.Node, byte(g.State)
	b[4], b[5], b[6], b[7] = flag(g.Primary), flag(g.Dirty), flag(g.PeerFailed), flag(g.Led)
	copy(b[8:], g.Volume[:])
	copy(b[24:], g.Nonce[:])
	for i, v := range []uint64{
		uint64(g.Geometry.Size), uint64(g.Geometry.Bit), uint64(g.Geometry.Extent), uint64(g.Geometry.Slots),
		g.Term, g.Meetings, uint64(g.Current), uint64(g.Base),
	} {
		le.PutUint64(b[40+8*i:], v)
	}
	for i, p := range g.Past {
		le.PutUint64(b[104+8*i:], uint64(p))
	}
	return b
}

// DecodeGreeting reads the payload of a Hello.
func DecodeGreeting(b []byte) (Greeting, error) {
	if len(b) < 2 {
		return Greeting{}, ErrGreeting
	}
	if v := le.Uint16(b); v != Version {
		return Greeting{}, fmt.Errorf("%w: %d", ErrProtocol, v)
	}
	if len(b) != greetingSize {
		return Greeting{}, fmt.Errorf("%w: %d bytes", ErrGreeting, len(b))
	}
	u := func(at int) uint64 { return le.Uint64(b[at:]) }
	g := Greeting{
		Volume: format.ID(b[8:24]), Node: b[2], Nonce: [16]byte(b[24:40]),
		Geometry: format.Geometry{Size: int64(u(40)), Bit: int64(u(48)), Extent: int64(u(56)), Slots: int(u(64))},
		Term:     u(72), Meetings: u(80),
		Primary: b[4] == 1, Dirty: b[5] == 1, PeerFailed: b[6] == 1, Led: b[7] == 1, State: format.State(b[3]),
		Current: format.Generation(u(88)), Base: format.Generation(u(96)),
	}
	for i := range g.Past {
		g.Past[i] = format.Generation(u(104 + 8*i))
	}
	if err := g.Geometry.Validate(); err != nil {
		return Greeting{}, fmt.Errorf("%w: %w", ErrGreeting, err)
	}
	if g.State < format.Consistent || g.State > format.Outdated || !bytes.Equal(g.Encode(), b) {
		return Greeting{}, fmt.Errorf("%w: state %d, or bytes that mean nothing", ErrGreeting, g.State)
	}
	return g, nil
}

// Generations is the payload of a SyncEnd: what the target's data are from now on.
type Generations struct {
	Current format.Generation
	Past    [format.PastGenerations]format.Generation
}

// Encode returns the payload.
func (g Generations) Encode() []byte {
	b := make([]byte, 8+8*format.PastGenerations)
	le.PutUint64(b, uint64(g.Current))
	for i, p := range g.Past {
		le.PutUint64(b[8+8*i:], uint64(p))
	}
	return b
}

// DecodeGenerations reads the payload of a SyncEnd.
func DecodeGenerations(b []byte) (Generations, error) {
	if len(b) != 8+8*format.PastGenerations || le.Uint64(b) == 0 {
		return Generations{}, fmt.Errorf("%w: %d bytes of generations", ErrFrame, len(b))
	}
	g := Generations{Current: format.Generation(le.Uint64(b))}
	for i := range g.Past {
		g.Past[i] = format.Generation(le.Uint64(b[8+8*i:]))
	}
	return g, nil
}

// Prove returns what shows that a side knows the key, in answer to the other's greeting: an HMAC over both, the prover's first. It cannot
// be sent back to its maker, and holds for this meeting alone.
func Prove(key, own, peer []byte) []byte { return sum(key, "proof", own, peer) }

// Proven checks the peer's proof.
func Proven(key, own, peer, proof []byte) bool { return hmac.Equal(proof, Prove(key, peer, own)) }

// SessionOf returns the number of the session that both greetings have begun, the same on both sides; never 0.
func SessionOf(key, own, peer []byte) uint64 {
	if bytes.Compare(own, peer) > 0 {
		own, peer = peer, own
	}
	return max(le.Uint64(sum(key, "session", own, peer)), 1)
}

func sum(key []byte, what string, first, second []byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range [][]byte{[]byte("hawser mirror " + what), first, second} {
		h.Write(part)
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
