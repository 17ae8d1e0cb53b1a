// Package format is what the mirror keeps on a replica's device besides the data: superblock, activity log, dirty bitmap.
// Pure: bytes in, values out, and back. docs/formats/mirror.md has every byte.
package format

import (
	"errors"
	"fmt"
)

const (
	// BlockSize is what is read and written at once. A disk promises no more than one logical sector of it at once.
	BlockSize = 4096
	// MaxSlots is the room for extents in a block of the activity log.
	MaxSlots = (sealed - logHeader) / 4
	// MaxBits bounds the dirty bitmap: 32 MiB in memory and on disk.
	MaxBits = 1 << 28

	smallest = 512 // sector: nothing is counted in less

	superCopies = 2
	logCopies   = 2
	firstPage   = superCopies + logCopies // block of the bitmap's first page
	pageBits    = (sealed - pageHeader) * 8
)

// Geometry is how a volume is divided. Both replicas have the same.
type Geometry struct {
	Size   int64 // bytes of the volume
	Bit    int64 // bytes that a bit of the dirty bitmap stands for; a power of two
	Extent int64 // bytes of an extent of the activity log; a power of two, at least Bit
	Slots  int   // extents that may be active at once
}

// ErrGeometry is a division that no volume has.
var ErrGeometry = errors.New("impossible geometry")

// Validate says what is wrong with the numbers; whatever follows may rely on them.
func (g Geometry) Validate() error {
	switch {
	case g.Size <= 0 || g.Size%smallest != 0:
		return fmt.Errorf("%w: size %d", ErrGeometry, g.Size)
	case !powerOfTwo(g.Bit) || g.Bit < smallest || g.Bit > 1<<30:
		return fmt.Errorf("%w: %d bytes for a bit", ErrGeometry, g.Bit)
	case !powerOfTwo(g.Extent) || g.Extent < g.Bit || g.Extent > 1<<30:
		return fmt.Errorf("%w: extents of %d bytes", ErrGeometry, g.Extent)
	case g.Size/g.Bit >= MaxBits:
		return fmt.Errorf("%w: more than %d bits", ErrGeometry, MaxBits)
	case g.Slots < 1 || g.Slots > MaxSlots:
		return fmt.Errorf("%w: %d slots", ErrGeometry, g.Slots)
	}
	return nil
}

func powerOfTwo(n int64) bool { return n > 0 && n&(n-1) == 0 }

// Bits is how many bits the dirty bitmap has.
func (g Geometry) Bits() int { return int((g.Size + g.Bit - 1) / g.Bit) }

// Extents is how many extents the volume has.
func (g Geometry) Extents() int { return int((g.Size + g.Extent - 1) / g.Extent) }

// Pages is how many blocks the dirty bitmap takes.
func (g Geometry) Pages() int { return (g.Bits() + pageBits - 1) / pageBits }

// DataOffset is where the volume's first byte lies on the device: behind the metadata.
func (g Geometry) DataOffset() int64 { return int64(firstPage+g.Pages()) * BlockSize }

// DeviceSize is how large a device must be.
func (g Geometry) DeviceSize() int64 { return g.DataOffset() + g.Size }

// SuperOffset is where a copy of the superblock lies, 0 or 1.
func SuperOffset(replica int) int64 { return int64(replica) * BlockSize }

// LogOffset is where the activity log of a sequence lies: the two places take turns, so that a torn write never touches the newest one
// that is whole.
func LogOffset(sequence uint64) int64 { return (superCopies + int64(sequence%logCopies)) * BlockSize }

// PageOffset is where a page of the dirty bitmap lies.
func PageOffset(page int) int64 { return (firstPage + int64(page)) * BlockSize }

// PageSpan returns the first bit of a page of the dirty bitmap, and the one behind its last.
func (g Geometry) PageSpan(page int) (first, end int) {
	return page * pageBits, min((page+1)*pageBits, g.Bits())
}
