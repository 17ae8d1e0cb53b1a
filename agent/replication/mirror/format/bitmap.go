package format

import (
	"bytes"
	"fmt"
	"math/bits"
)

const pageHeader = 32

var pageMagic = [4]byte{'H', 'W', 'M', 'B'}

// Bitmap says of each piece of the volume whether the peer may have something else there. It remembers which of its pages have changed
// since they were last taken.
type Bitmap struct {
	geometry Geometry
	words    []uint64
	changed  []bool // by page
}

// NewBitmap returns one without a bit set.
func NewBitmap(g Geometry) *Bitmap {
	return &Bitmap{geometry: g, words: make([]uint64, (g.Pages()*pageBits+63)/64), changed: make([]bool, g.Pages())}
}

// Test says whether a bit is set.
func (m *Bitmap) Test(bit int) bool { return m.words[bit/64]&(1<<(bit%64)) != 0 }

// Set sets a bit.
func (m *Bitmap) Set(bit int) {
	if !m.Test(bit) {
		m.words[bit/64] |= 1 << (bit % 64)
		m.changed[bit/pageBits] = true
	}
}

// Clear clears a bit.
func (m *Bitmap) Clear(bit int) {
	if m.Test(bit) {
		m.words[bit/64] &^= 1 << (bit % 64)
		m.changed[bit/pageBits] = true
	}
}

// Span returns the first bit of a piece of the volume, and the one behind its last.
func (g Geometry) Span(offset, length int64) (first, end int) {
	return int(offset / g.Bit), min(int((offset+length+g.Bit-1)/g.Bit), g.Bits())
}

// SetSpan sets all bits of a piece of the volume.
func (m *Bitmap) SetSpan(offset, length int64) {
	for bit, end := m.geometry.Span(offset, length); bit < end; bit++ {
		m.Set(bit)
	}
}

// SetAll sets every bit.
func (m *Bitmap) SetAll() { m.SetSpan(0, m.geometry.Size) }

// ClearAll clears every bit.
func (m *Bitmap) ClearAll() {
	for bit := m.Next(0); bit >= 0; bit = m.Next(bit) {
		m.Clear(bit)
	}
}

// Next returns the first set bit from one on, or -1.
func (m *Bitmap) Next(from int) int {
	for w := from / 64; w < len(m.words); w++ {
		word := m.words[w]
		if w == from/64 {
			word &= ^uint64(0) << (from % 64)
		}
		if word != 0 {
			return w*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// Any says whether a bit is set at all.
func (m *Bitmap) Any() bool { return m.Next(0) >= 0 }

// Count is how many bits are set.
func (m *Bitmap) Count() int {
	n := 0
	for _, w := range m.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// TakeChanged returns the pages that have changed since the last call.
func (m *Bitmap) TakeChanged() []int {
	var pages []int
	for p, c := range m.changed {
		if c {
			pages = append(pages, p)
			m.changed[p] = false
		}
	}
	return pages
}

// Page returns the bits of a page, as they stand on the disk and on the wire.
func (m *Bitmap) Page(page int) []byte {
	b := make([]byte, pageBits/8)
	for i := range pageBits / 64 {
		le.PutUint64(b[8*i:], m.words[page*(pageBits/64)+i])
	}
	return b
}

// Merge sets the bits that a page from elsewhere has; one with a bit behind the volume's end is refused.
func (m *Bitmap) Merge(page int, b []byte) error {
	if page < 0 || page >= m.geometry.Pages() || len(b) != pageBits/8 {
		return fmt.Errorf("%w: page %d of the bitmap", ErrContent, page)
	}
	for i := range pageBits / 64 {
		word := le.Uint64(b[8*i:])
		for ; word != 0; word &= word - 1 {
			bit := page*pageBits + i*64 + bits.TrailingZeros64(word)
			if bit >= m.geometry.Bits() {
				return fmt.Errorf("%w: bit %d", ErrContent, bit)
			}
			m.Set(bit)
		}
	}
	return nil
}

// Replace makes a page's bits what Page has returned.
func (m *Bitmap) Replace(page int, content []byte) {
	m.combine(page, content, func(_, b uint64) uint64 { return b })
}

// Restrict leaves of a page's bits those that are in what Page has returned.
func (m *Bitmap) Restrict(page int, content []byte) {
	m.combine(page, content, func(a, b uint64) uint64 { return a & b })
}

func (m *Bitmap) combine(page int, content []byte, f func(a, b uint64) uint64) {
	for i := range pageBits / 64 {
		w := &m.words[page*(pageBits/64)+i]
		*w = f(*w, le.Uint64(content[8*i:]))
	}
}

// SetPage sets every bit of a page: what it said is not known any more.
func (m *Bitmap) SetPage(page int) {
	for bit := page * pageBits; bit < min((page+1)*pageBits, m.geometry.Bits()); bit++ {
		m.Set(bit)
	}
}

// EncodePage returns a block with bits that Page has returned, with its checksum.
func EncodePage(volume ID, page int, content []byte) []byte {
	b := make([]byte, BlockSize)
	copy(b, pageMagic[:])
	le.PutUint16(b[4:], Version)
	le.PutUint32(b[8:], uint32(page))
	copy(b[16:], volume[:])
	copy(b[pageHeader:], content)
	seal(b)
	return b
}

// DecodePage returns the bits of a block that is page number page of this volume.
func DecodePage(b []byte, volume ID, page int) ([]byte, error) {
	if len(b) != BlockSize || !bytes.Equal(b[:4], pageMagic[:]) || le.Uint16(b[4:]) != Version || !whole(b) ||
		!bytes.Equal(b[16:32], volume[:]) || le.Uint32(b[8:]) != uint32(page) {
		return nil, fmt.Errorf("%w: page %d of the bitmap", ErrContent, page)
	}
	return b[pageHeader:sealed], nil
}
