package format

import (
	"bytes"
	"fmt"
)

const logHeader = 40

var logMagic = [4]byte{'H', 'W', 'M', 'A'}

// Log is the activity log: in which extents the sides may differ, should the Primary crash. It is written whole each time.
type Log struct {
	Sequence uint64
	Extents  []uint32
}

// Encode returns the block, with its checksum. More than MaxSlots extents are a programmer's mistake.
func (l Log) Encode(volume ID) []byte {
	b := make([]byte, BlockSize)
	copy(b, logMagic[:])
	le.PutUint16(b[4:], Version)
	le.PutUint64(b[8:], l.Sequence)
	copy(b[16:], volume[:])
	le.PutUint32(b[32:], uint32(len(l.Extents)))
	for i, e := range l.Extents {
		le.PutUint32(b[logHeader+4*i:], e)
	}
	seal(b)
	return b
}

// DecodeLog reads a block of this volume's activity log.
func DecodeLog(b []byte, volume ID, g Geometry) (Log, error) {
	if len(b) != BlockSize || !bytes.Equal(b[:4], logMagic[:]) || le.Uint16(b[4:]) != Version || !whole(b) || !bytes.Equal(b[16:32], volume[:]) {
		return Log{}, fmt.Errorf("%w: activity log", ErrContent)
	}
	n := le.Uint32(b[32:])
	if n > uint32(g.Slots) {
		return Log{}, fmt.Errorf("%w: %d active extents of %d", ErrContent, n, g.Slots)
	}
	l := Log{Sequence: le.Uint64(b[8:])}
	for i := range int(n) {
		e := le.Uint32(b[logHeader+4*i:])
		if int64(e) >= int64(g.Extents()) {
			return Log{}, fmt.Errorf("%w: extent %d", ErrContent, e)
		}
		l.Extents = append(l.Extents, e)
	}
	return l, nil
}
