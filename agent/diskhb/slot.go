package diskhb

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"iter"
)

// A slot is one block: header, frames, and the HMAC over both.
const (
	headerSize  = 64
	trailerSize = sha256.Size
	frameHeader = 4
	// Capacity is how many bytes a slot has for frames, each with its header of 4.
	Capacity = BlockSize - headerSize - trailerSize

	slotMagic   = 0x53425748 // "HWBS"
	slotVersion = 1
)

// Errors of a slot.
var (
	errEmpty   = errors.New("empty slot")
	errSum     = errors.New("wrong checksum") // torn, garbage, forged, or of another cluster
	errContent = errors.New("content that no writer makes")
)

// header is what a slot says of itself. A head is a copy of its node's newest slot, with a beat that grows each time the head is written.
type header struct {
	Node        int
	Incarnation uint64 // random for each life of a daemon
	Sequence    uint64 // of this slot; grows by one, and through all incarnations
	First       uint64 // first sequence of this incarnation
	Stamp       int64  // the writer's clock, for people: nothing is decided by it
	Beat        uint64 // how often this incarnation has written its head
	Host        uint64 // which host, and which boot of it
	Frames      int
	Used        int // bytes of frames
}

func (h header) put(b []byte) {
	le := binary.LittleEndian
	le.PutUint32(b, slotMagic)
	le.PutUint16(b[4:], slotVersion)
	le.PutUint16(b[6:], uint16(h.Node))
	le.PutUint64(b[8:], h.Incarnation)
	le.PutUint64(b[16:], h.Sequence)
	le.PutUint64(b[24:], h.First)
	le.PutUint64(b[32:], uint64(h.Stamp))
	le.PutUint64(b[40:], h.Beat)
	le.PutUint64(b[48:], h.Host)
	le.PutUint16(b[56:], uint16(h.Frames))
	le.PutUint16(b[58:], uint16(h.Used))
	le.PutUint32(b[60:], 0)
}

func getHeader(b []byte) header {
	le := binary.LittleEndian
	return header{
		Node: int(le.Uint16(b[6:])), Incarnation: le.Uint64(b[8:]), Sequence: le.Uint64(b[16:]), First: le.Uint64(b[24:]),
		Stamp: int64(le.Uint64(b[32:])), Beat: le.Uint64(b[40:]), Host: le.Uint64(b[48:]), Frames: int(le.Uint16(b[56:])), Used: int(le.Uint16(b[58:])),
	}
}

// sealer computes the HMAC of slots; it belongs to one goroutine. The device's UUID goes into it first: a slot of an earlier
// formatting is a forgery.
type sealer struct {
	mac  hash.Hash
	uuid UUID
	sum  [trailerSize]byte
}

func newSealer(key []byte, uuid UUID) *sealer {
	return &sealer{mac: hmac.New(sha256.New, key), uuid: uuid}
}

func (s *sealer) of(b []byte) []byte {
	s.mac.Reset()
	s.mac.Write(s.uuid[:])
	s.mac.Write(b[:BlockSize-trailerSize])
	return s.mac.Sum(s.sum[:0])
}

func (s *sealer) seal(b []byte) { copy(b[BlockSize-trailerSize:], s.of(b)) }

// open checks a block that should be a slot of node. Nothing of a block is believed before its HMAC.
func (s *sealer) open(b []byte, node int) (header, error) {
	le := binary.LittleEndian
	if le.Uint32(b) != slotMagic {
		for _, c := range b[:headerSize] {
			if c != 0 {
				return header{}, errSum
			}
		}
		return header{}, errEmpty
	}
	if !hmac.Equal(s.of(b), b[BlockSize-trailerSize:BlockSize]) {
		return header{}, errSum
	}
	h := getHeader(b)
	if le.Uint16(b[4:]) != slotVersion || h.Node != node || h.Used > Capacity || h.First > h.Sequence+1 {
		return header{}, errContent // a block of another node's area, or of a later version
	}
	return h, nil
}

// frames yields the frames of an opened slot with their destinations; it ends at the first that does not fit.
func frames(b []byte, h header) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		at, end := headerSize, headerSize+h.Used
		for range h.Frames {
			if at+frameHeader > end {
				return
			}
			length := int(binary.LittleEndian.Uint16(b[at:]))
			to := int(binary.LittleEndian.Uint16(b[at+2:]))
			at += frameHeader
			if length == 0 || at+length > end {
				return
			}
			if !yield(to, b[at:at+length]) {
				return
			}
			at += length
		}
	}
}

// builder fills a slot.
type builder struct {
	block  []byte
	frames int
	used   int
}

func (s *builder) reset(block []byte) {
	clear(block)
	*s = builder{block: block}
}

// add appends a frame, and says no where there is no room.
func (s *builder) add(to int, frame []byte) bool {
	if s.used+frameHeader+len(frame) > Capacity {
		return false
	}
	at := headerSize + s.used
	binary.LittleEndian.PutUint16(s.block[at:], uint16(len(frame)))
	binary.LittleEndian.PutUint16(s.block[at+2:], uint16(to))
	copy(s.block[at+frameHeader:], frame)
	s.used += frameHeader + len(frame)
	s.frames++
	return true
}
