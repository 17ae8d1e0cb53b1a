// Package diskhb carries a heartbeat link over a shared block device: IP packets of a TUN device go into slots on the disk,
// which the other nodes poll. Corosync runs its link 7 over it and needs no change.
//
// DESIGN.md says why it is as it is; docs/formats/diskhb.md has every byte on the disk.
package diskhb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// The layout, in blocks. A node writes only its own blocks.
const (
	BlockSize = 4096
	RingSlots = 256 // slots of each node's ring
	MaxNodes  = 32  // most nodes that a device can be formatted for; node IDs are 1 to the number it was formatted for

	superVersion = 1
	superblocks  = 2 // copies, in the first blocks
)

var superMagic = [8]byte{'H', 'A', 'W', 'S', 'E', 'R', 'H', 'B'}

// UUID names one formatting of a device.
type UUID [16]byte

func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseUUID reads what String wrote.
func ParseUUID(text string) (UUID, error) {
	var u UUID
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return u, fmt.Errorf("%q is not a UUID", text)
	}
	raw, err := hex.DecodeString(text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:])
	if err != nil {
		return u, fmt.Errorf("%q is not a UUID", text)
	}
	copy(u[:], raw)
	return u, nil
}

// Super is the superblock: whose device this is, and how it is laid out.
type Super struct {
	UUID    UUID
	Cluster string // its name, for people and for the refusal of another cluster
	Nodes   int    // how many nodes there is room for
	Slots   int    // of each ring
	Created time.Time
}

// NewSuper returns the superblock of a device that is to be formatted.
func NewSuper(uuid UUID, cluster string, nodes int, now time.Time) Super {
	return Super{UUID: uuid, Cluster: cluster, Nodes: nodes, Slots: RingSlots, Created: now.UTC().Round(0)}
}

// maxClusterName is the room for the name in the superblock.
const maxClusterName = 64

// Validate says what is wrong with the numbers.
func (s Super) Validate() error {
	switch {
	case s.Nodes < 2 || s.Nodes > MaxNodes:
		return fmt.Errorf("room for %d nodes, want 2 to %d", s.Nodes, MaxNodes)
	case s.Slots != RingSlots:
		return fmt.Errorf("rings of %d slots, want %d", s.Slots, RingSlots)
	case s.Cluster == "" || len(s.Cluster) > maxClusterName || bytes.IndexByte([]byte(s.Cluster), 0) >= 0:
		return fmt.Errorf("cluster name %q", s.Cluster)
	case s.UUID == UUID{}:
		return errors.New("no UUID")
	}
	return nil
}

// Size is how many bytes of the device are used.
func (s Super) Size() int64 { return s.ring(s.Nodes+1, 0) }

// probe is where node writes its nonce when the device is tried.
func (s Super) probe(node int) int64 { return int64(superblocks+node-1) * BlockSize }

// head is where node's head is; the heads of all nodes lie one after the other, so that one read polls them all.
func (s Super) head(node int) int64 { return int64(superblocks+s.Nodes+node-1) * BlockSize }

// ring is where node's slot of a sequence number is.
func (s Super) ring(node int, sequence uint64) int64 {
	return (int64(superblocks+2*s.Nodes) + int64(node-1)*int64(s.Slots) + int64(sequence%uint64(s.Slots))) * BlockSize
}

// Errors of a superblock.
var (
	// ErrNoSuper says that there is no superblock of ours.
	ErrNoSuper = errors.New("no disk heartbeat on this device")
	// ErrBadSuper says that there is one, and that it cannot be used.
	ErrBadSuper = errors.New("damaged superblock")
)

// encode writes the block. The checksum is not keyed: whoever finds the device must be able to tell whose it is.
func (s Super) encode(b []byte) {
	clear(b[:BlockSize])
	le := binary.LittleEndian
	copy(b, superMagic[:])
	le.PutUint16(b[8:], superVersion)
	le.PutUint16(b[10:], uint16(s.Nodes))
	le.PutUint32(b[12:], uint32(s.Slots))
	le.PutUint32(b[16:], BlockSize)
	copy(b[24:40], s.UUID[:])
	le.PutUint64(b[40:], uint64(s.Created.UnixNano()))
	copy(b[48:48+maxClusterName], s.Cluster)
	sum := sha256.Sum256(b[:BlockSize-trailerSize])
	copy(b[BlockSize-trailerSize:], sum[:])
}

func parseSuper(b []byte) (Super, error) {
	if !bytes.Equal(b[:8], superMagic[:]) {
		return Super{}, ErrNoSuper
	}
	le := binary.LittleEndian
	if sum := sha256.Sum256(b[:BlockSize-trailerSize]); !bytes.Equal(sum[:], b[BlockSize-trailerSize:BlockSize]) {
		return Super{}, fmt.Errorf("%w: wrong checksum", ErrBadSuper)
	}
	if v := le.Uint16(b[8:]); v != superVersion {
		return Super{}, fmt.Errorf("%w: version %d, this program knows %d", ErrBadSuper, v, superVersion)
	}
	if v := le.Uint32(b[16:]); v != BlockSize {
		return Super{}, fmt.Errorf("%w: blocks of %d bytes", ErrBadSuper, v)
	}
	name, _, _ := bytes.Cut(b[48:48+maxClusterName], []byte{0})
	s := Super{
		Cluster: string(name), Nodes: int(le.Uint16(b[10:])), Slots: int(le.Uint32(b[12:])),
		Created: time.Unix(0, int64(le.Uint64(b[40:]))).UTC(),
	}
	copy(s.UUID[:], b[24:40])
	if err := s.Validate(); err != nil {
		return Super{}, fmt.Errorf("%w: %w", ErrBadSuper, err)
	}
	return s, nil
}

// ReadSuper reads the superblock; the second copy counts where the first one is damaged. Both good and different is damage too:
// a formatting was interrupted between them.
func ReadSuper(d Device) (Super, error) {
	buf := alignedBlocks(superblocks)
	if err := d.ReadAt(buf, 0); err != nil {
		return Super{}, err
	}
	first, err1 := parseSuper(buf[:BlockSize])
	second, err2 := parseSuper(buf[BlockSize:])
	switch {
	case err1 == nil && err2 == nil && first != second:
		return Super{}, fmt.Errorf("%w: the copies differ", ErrBadSuper)
	case err1 == nil:
		return first, nil
	case err2 == nil:
		return second, nil
	case errors.Is(err1, ErrBadSuper):
		return Super{}, err1
	case errors.Is(err2, ErrBadSuper):
		return Super{}, err2
	}
	return Super{}, ErrNoSuper
}

// Format lays a device out: everything is zeroed before the superblocks are written, so that a formatting that was cut short
// leaves no device that looks whole. Whoever calls it has made sure that nothing of value is there.
func Format(d Device, s Super) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if have := d.Size(); have < s.Size() {
		return fmt.Errorf("%w: %d bytes, %d are needed", ErrTooSmall, have, s.Size())
	}
	if err := clearBlocks(d, 0, s.Size()); err != nil {
		return err
	}
	block := alignedBlocks(1)
	s.encode(block)
	for i := range int64(superblocks) {
		if err := d.WriteAt(block, i*BlockSize); err != nil {
			return fmt.Errorf("write superblock: %w", err)
		}
	}
	return d.Sync()
}

// clearBlocks writes zeroes.
func clearBlocks(d Device, from, to int64) error {
	const chunk = 256
	zero := alignedBlocks(chunk)
	for off := from; off < to; {
		n := min(int64(len(zero)), to-off)
		if err := d.WriteAt(zero[:n], off); err != nil {
			return fmt.Errorf("clear: %w", err)
		}
		off += n
	}
	return nil
}

// Wipe leaves a device as blank as it was before it was formatted, so that it may be used again, provided that it is still that of uuid:
// a device that somebody else has formatted meanwhile stays. The superblocks go last: a wiping that was cut short can be done again.
func Wipe(d Device, uuid UUID) error {
	s, err := ReadSuper(d)
	if errors.Is(err, ErrNoSuper) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.UUID != uuid {
		return fmt.Errorf("the device carries the disk heartbeat of cluster %q (%s) by now", s.Cluster, s.UUID)
	}
	if err := clearBlocks(d, superblocks*BlockSize, s.Size()); err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	if err := clearBlocks(d, 0, superblocks*BlockSize); err != nil {
		return err
	}
	return d.Sync()
}
