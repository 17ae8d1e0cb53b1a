// Package wire is what the two sides of a mirror say to each other. Pure: bytes in, values out, and back. docs/formats/mirror.md has
// every byte.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	// Version is that of frames and of what they mean. Sides of different versions do not work together.
	Version = 1
	// HeaderSize is what stands before each payload.
	HeaderSize = 56
	// MaxPayload bounds what a peer can make us allocate.
	MaxPayload = 1 << 20

	magic = 0x4d4d5748 // "HWMM"
)

// Why a frame is not taken.
var (
	ErrFrame    = errors.New("not a frame of the mirror")
	ErrProtocol = errors.New("the peer speaks another version of the protocol")
	ErrChecksum = errors.New("frame with a wrong checksum")
)

// Type is what a frame says.
type Type uint8

// The types. Those up to Refuse belong to the meeting and to no session.
const (
	Hello  Type = 1 // who I am and where my data stand; payload: Greeting
	Proof  Type = 2 // I know the key; payload: 32 bytes
	Refuse Type = 3 // we do not work together; payload: the reason, for people

	Bits       Type = 4  // Sequence is a page of the bitmap, the payload its bits; before Ready
	Ready      Type = 5  // what I accept is on my disk: write
	Write      Type = 6  // Sequence; Offset and payload are the data
	Resync     Type = 7  // the same, of a piece that was dirty
	Written    Type = 8  // the write of that Sequence is done
	Flush      Type = 9  // make durable all of this session up to Sequence; Offset as in Promote
	Flushed    Type = 10 // done
	Promote    Type = 11 // I am Primary, under Term; Offset is the last sequence before the session
	Promoted   Type = 12 // Term is on my disk
	SyncEnd    Type = 13 // you have it all; payload: generations that are yours now
	SyncEnded  Type = 14 // they are on my disk
	Ping       Type = 15
	Pong       Type = 16
	DiskFailed Type = 17 // my disk has failed, and I am off
	Detach     Type = 18 // my disk has failed, and I go on with yours
	Detached   Type = 19 // my disk says that yours has failed
	Fetch      Type = 20 // Sequence names the answer; Offset and a payload of 4 bytes say which piece is wanted
	Fetched    Type = 21 // the data
	Compare    Type = 22 // as Fetch: send the sum of that piece
	Compared   Type = 23 // its SHA-256
	Equal      Type = 24 // you have what I have, by a person's word; payload: the generation that is yours now
	Equalled   Type = 25 // it is on my disk
	Discard    Type = 26 // as Write, of zeroes: the payload is 4 bytes, how many
	Pace       Type = 27 // Sequence is 1 where I want no resync now; from a Primary, Offset is what is left of it, in bytes

	lastType = Pace
)

var typeNames = [...]string{
	"?", "Hello", "Proof", "Refuse", "Bits", "Ready", "Write", "Resync", "Written", "Flush", "Flushed", "Promote", "Promoted", "SyncEnd",
	"SyncEnded", "Ping", "Pong", "DiskFailed",
	"Detach", "Detached", "Fetch", "Fetched", "Compare", "Compared", "Equal", "Equalled", "Discard", "Pace",
}

func (t Type) String() string {
	if t > lastType {
		t = 0
	}
	return typeNames[t]
}

// Frame is one message.
type Frame struct {
	Type     Type
	Session  uint64 // of the meeting that it belongs to; 0 in the meeting itself
	Term     uint64 // of the Primary's promotion
	Sequence uint64
	Offset   int64
	Payload  []byte
}

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Append appends the frame's bytes.
func (f Frame) Append(b []byte) []byte { return append(f.AppendHeader(b), f.Payload...) }

// AppendHeader appends what stands before the payload.
func (f Frame) AppendHeader(b []byte) []byte {
	var h [HeaderSize]byte
	le.PutUint32(h[0:], magic)
	h[4], h[5] = Version, byte(f.Type)
	le.PutUint32(h[8:], uint32(len(f.Payload)))
	le.PutUint32(h[12:], crc32.Checksum(f.Payload, castagnoli))
	le.PutUint64(h[16:], f.Session)
	le.PutUint64(h[24:], f.Term)
	le.PutUint64(h[32:], f.Sequence)
	le.PutUint64(h[40:], uint64(f.Offset))
	le.PutUint32(h[48:], crc32.Checksum(h[:48], castagnoli))
	return append(b, h[:]...)
}

// header reads a header and returns the frame without its payload, and the payload's length and checksum.
func header(h []byte) (f Frame, length int, sum uint32, err error) {
	switch {
	case len(h) < HeaderSize || le.Uint32(h) != magic:
		return f, 0, 0, ErrFrame
	case h[4] != Version:
		return f, 0, 0, fmt.Errorf("%w: %d", ErrProtocol, h[4])
	case le.Uint32(h[48:]) != crc32.Checksum(h[:48], castagnoli):
		return f, 0, 0, fmt.Errorf("%w: header", ErrChecksum)
	}
	f = Frame{Type: Type(h[5]), Session: le.Uint64(h[16:]), Term: le.Uint64(h[24:]), Sequence: le.Uint64(h[32:]), Offset: int64(le.Uint64(h[40:]))}
	n := le.Uint32(h[8:])
	if f.Type == 0 || f.Type > lastType || le.Uint16(h[6:]) != 0 || le.Uint32(h[52:]) != 0 || f.Offset < 0 || n > MaxPayload {
		return f, 0, 0, fmt.Errorf("%w: %s of %d bytes", ErrFrame, f.Type, n)
	}
	return f, int(n), le.Uint32(h[12:]), nil
}

// Read reads one frame from a connection. After any error but io.EOF before the first byte the connection is of no use.
func Read(r io.Reader) (Frame, error) {
	var h [HeaderSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return Frame{}, err
	}
	f, length, sum, err := header(h[:])
	if err != nil {
		return Frame{}, err
	}
	if length > 0 {
		f.Payload = make([]byte, length)
		if _, err := io.ReadFull(r, f.Payload); err != nil {
			return Frame{}, fmt.Errorf("%w: cut off: %w", ErrFrame, err)
		}
	}
	if crc32.Checksum(f.Payload, castagnoli) != sum {
		return Frame{}, fmt.Errorf("%w: %s", ErrChecksum, f.Type)
	}
	return f, nil
}
