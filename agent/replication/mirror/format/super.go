package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

const (
	// Version is that of everything on the disk.
	Version = 1

	sealed = BlockSize - sha256.Size // what the checksum at the end of each block covers
)

var (
	superMagic = [8]byte{'H', 'A', 'W', 'S', 'E', 'R', 'M', 'R'}
	le         = binary.LittleEndian
)

// Why metadata are refused.
var (
	ErrNone     = errors.New("no mirror on this device")
	ErrChecksum = errors.New("both copies of the superblock are damaged")
	ErrVersion  = errors.New("metadata of a version that this program does not know")
	ErrContent  = errors.New("metadata that no program of ours writes")
)

// ID names a volume or a device.
type ID [16]byte

func (i ID) String() string { return hex.EncodeToString(i[:]) }

// Generation names a state of the data that both sides may have in common. Zero is none: such data count for nothing.
type Generation uint64

// PastGenerations is how many of them a superblock remembers beside the current one and the base.
const PastGenerations = 4

// State is what a side's data are worth by themselves. Whether they are up to date is known only in a session.
type State uint8

// The states on the disk.
const (
	Consistent   State = 1 // as they were at some moment of the generation Current
	Inconsistent State = 2 // a mixture: a resync has begun and not ended, or nothing has ever been there
	Outdated     State = 3 // consistent, and known to be behind: never promoted
)

func (s State) String() string {
	switch s {
	case Consistent:
		return "Consistent"
	case Inconsistent:
		return "Inconsistent"
	case Outdated:
		return "Outdated"
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Super is the superblock: whose device this is, and where its data stand.
type Super struct {
	Volume   ID
	Device   ID    // of the device under it; a copy on another device is told by it
	Node     uint8 // which side this is: 1 or 2
	Geometry Geometry

	Sequence uint64 // grows with each writing of the superblock
	Meetings uint64 // how often the sides have begun to work together: who has forgotten one was restored from a copy
	Term     uint64 // of the newest promotion that this side has made or accepted; nothing of a lower one is taken

	State      State
	Active     bool       // it is Primary, or was when it crashed: the activity log counts
	PeerFailed bool       // the peer's disk has failed: it needs everything
	Led        bool       // it was Primary in the newest meeting, and noted that after the peer had
	Current    Generation // of these data
	Base       Generation // the last one in common with the peer, while that is behind; zero while it is not
	Source     Generation // while Inconsistent: whose data are being copied here
	Past       [PastGenerations]Generation
}

// Part begins a new generation that the peer does not have. Where it is behind already nothing changes.
func (s *Super) Part(next Generation) {
	if s.Base == 0 {
		s.Base, s.Current = s.Current, next
	}
}

// Join ends the difference: the peer has the current generation.
func (s *Super) Join() {
	s.PeerFailed = false
	if s.Base != 0 {
		copy(s.Past[1:], s.Past[:])
		s.Past[0], s.Base = s.Base, 0
	}
}

// Validate says what is wrong with the numbers.
func (s Super) Validate() error {
	switch {
	case s.Volume == ID{}:
		return fmt.Errorf("%w: no volume", ErrContent)
	case s.Node != 1 && s.Node != 2:
		return fmt.Errorf("%w: side %d", ErrContent, s.Node)
	case s.State < Consistent || s.State > Outdated:
		return fmt.Errorf("%w: %s", ErrContent, s.State)
	case s.State == Consistent && s.Current == 0:
		return fmt.Errorf("%w: consistent without a generation", ErrContent)
	case s.Base != 0 && s.Base == s.Current:
		return fmt.Errorf("%w: ahead of itself", ErrContent)
	}
	return s.Geometry.Validate()
}

// Encode returns the block, with its checksum.
func (s Super) Encode() []byte {
	b := make([]byte, BlockSize)
	copy(b, superMagic[:])
	le.PutUint16(b[8:], Version)
	b[10], b[11] = s.Node, byte(s.State)
	b[12], b[13], b[14] = flag(s.Active), flag(s.PeerFailed), flag(s.Led)
	copy(b[16:], s.Volume[:])
	copy(b[32:], s.Device[:])
	for i, v := range []uint64{
		uint64(s.Geometry.Size), uint64(s.Geometry.Bit), uint64(s.Geometry.Extent), uint64(s.Geometry.Slots),
		s.Sequence, s.Meetings, s.Term, uint64(s.Current), uint64(s.Base), uint64(s.Source),
	} {
		le.PutUint64(b[48+8*i:], v)
	}
	for i, g := range s.Past {
		le.PutUint64(b[128+8*i:], uint64(g))
	}
	seal(b)
	return b
}

// DecodeSuper reads a block. Nothing of it is believed before its checksum, but its version: a newer program may sum otherwise.
func DecodeSuper(b []byte) (Super, error) {
	if len(b) != BlockSize || !bytes.Equal(b[:8], superMagic[:]) {
		return Super{}, ErrNone
	}
	if v := le.Uint16(b[8:]); v != Version {
		return Super{}, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	if !whole(b) {
		return Super{}, ErrChecksum
	}
	u := func(at int) uint64 { return le.Uint64(b[at:]) }
	s := Super{
		Volume: ID(b[16:32]), Device: ID(b[32:48]), Node: b[10], State: State(b[11]), Active: b[12] == 1, PeerFailed: b[13] == 1, Led: b[14] == 1,
		Sequence: u(80), Meetings: u(88), Term: u(96), Current: Generation(u(104)), Base: Generation(u(112)), Source: Generation(u(120)),
	}
	s.Geometry = Geometry{Size: int64(u(48)), Bit: int64(u(56)), Extent: int64(u(64)), Slots: int(u(72))}
	for i := range s.Past {
		s.Past[i] = Generation(u(128 + 8*i))
	}
	if err := s.Validate(); err != nil {
		return Super{}, err
	}
	if !bytes.Equal(s.Encode(), b) { // flags other than 0 and 1, bytes behind the fields
		return Super{}, ErrContent
	}
	return s, nil
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// seal writes the checksum of a block to its end.
func seal(b []byte) {
	sum := sha256.Sum256(b[:sealed])
	copy(b[sealed:], sum[:])
}

func whole(b []byte) bool {
	sum := sha256.Sum256(b[:sealed])
	return bytes.Equal(b[sealed:], sum[:])
}
