package fuse

import (
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// The part of the kernel's protocol (include/uapi/linux/fuse.h) that one file needs. Version 7.23 is of Linux 3.15, 7.31 of 5.2; what is
// newer than the kernel's own is not used.
const (
	major = 7
	minor = 31

	opLookup      = 1
	opForget      = 2
	opGetattr     = 3
	opSetattr     = 4
	opOpen        = 14
	opRead        = 15
	opWrite       = 16
	opStatfs      = 17
	opRelease     = 18
	opFsync       = 20
	opFlush       = 25
	opInit        = 26
	opOpendir     = 27
	opReaddir     = 28
	opReleasedir  = 29
	opFsyncdir    = 30
	opInterrupt   = 36
	opDestroy     = 38
	opBatchForget = 42
	opFallocate   = 43

	initAsyncRead = 1 << 0
	initBigWrites = 1 << 5
	initAsyncDIO  = 1 << 15 // or the kernel sends one request of a loop device after the other
	initMaxPages  = 1 << 22

	openDirect   = 1 << 0 // no page cache of the file: what the loop device writes is here when it has been told so
	openParallel = 1 << 6 // writes at once; older kernels ignore it

	inHeader  = 40
	outHeader = 16
	writeIn   = 40

	fallocateIn = 32

	rootNode = 1
	fileNode = 2

	maxWrite   = 1 << 20
	background = 128 // requests that the kernel has under way at once
)

var le = binary.LittleEndian

// header is what stands before each request.
type header struct {
	op     uint32
	unique uint64
	node   uint64
	body   []byte
	data   []byte // of a write
}

var errShort = errors.New("the kernel has sent a request that is cut off")

// parse reads a request of n bytes, of which the first are in head and the others in data.
func parse(head, data []byte, n int) (header, error) {
	if n < inHeader || int(le.Uint32(head)) != n {
		return header{}, errShort
	}
	h := header{op: le.Uint32(head[4:]), unique: le.Uint64(head[8:]), node: le.Uint64(head[16:]), body: head[inHeader:min(n, len(head))]}
	switch more := n - len(head); {
	case more <= 0:
	case h.op == opWrite:
		h.data = data[:more]
	default:
		h.body = append(slices.Clone(h.body), data[:more]...)
	}
	return h, nil
}

// answer is the head of a reply.
func answer(unique uint64, payload int, errno unix.Errno) []byte {
	b := make([]byte, outHeader)
	le.PutUint32(b, uint32(outHeader+payload)) //nolint:gosec // at most 1 MiB and a header
	le.PutUint32(b[4:], uint32(-int32(errno))) //nolint:gosec // an error number, negative as the protocol has it
	le.PutUint64(b[8:], unique)
	return b
}

// initOut agrees on what both sides know.
func initOut(body []byte) ([]byte, error) {
	if len(body) < 16 {
		return nil, errShort
	}
	b := make([]byte, 64)
	le.PutUint32(b, major)
	le.PutUint32(b[4:], minor)
	if le.Uint32(body) > major {
		return b, nil // it will ask again, in our version
	}
	le.PutUint32(b[12:], le.Uint32(body[12:])&(initAsyncRead|initBigWrites|initAsyncDIO|initMaxPages))
	le.PutUint16(b[16:], background)
	le.PutUint16(b[18:], background*3/4)
	le.PutUint32(b[20:], maxWrite)
	le.PutUint32(b[24:], 1)
	le.PutUint16(b[28:], maxWrite/4096)
	return b, nil
}

// attr describes a node: the folder, or the file in it.
func (s *Server) attr(node uint64) []byte {
	b := make([]byte, 88)
	le.PutUint64(b, node)
	mode, links := uint32(unix.S_IFDIR|0o500), uint32(2)
	if node == fileNode {
		mode, links = unix.S_IFREG|0o600, 1
		le.PutUint64(b[8:], uint64(s.size))      //nolint:gosec // sizes are positive
		le.PutUint64(b[16:], uint64(s.size/512)) //nolint:gosec // sizes are positive
	}
	le.PutUint32(b[60:], mode)
	le.PutUint32(b[64:], links)
	le.PutUint32(b[80:], 4096)
	return b
}

// forEver is how long the kernel may believe what it was told: nothing of it changes.
const forEver = 1 << 30

func (s *Server) entry() []byte {
	b := make([]byte, 40)
	le.PutUint64(b, fileNode)
	le.PutUint64(b[16:], forEver)
	le.PutUint64(b[24:], forEver)
	return append(b, s.attr(fileNode)...)
}

func (s *Server) attrOut(node uint64) []byte {
	b := make([]byte, 16)
	le.PutUint64(b, forEver)
	return append(b, s.attr(node)...)
}

func statfsOut(size int64) []byte {
	b := make([]byte, 80)
	le.PutUint64(b, uint64(size/4096)) //nolint:gosec // sizes are positive
	le.PutUint32(b[40:], 4096)
	le.PutUint32(b[44:], 255)
	le.PutUint32(b[48:], 4096)
	return b
}

// direntOut is the folder's contents, from an offset.
func direntOut(offset uint64) []byte {
	if offset > 0 {
		return nil
	}
	b := make([]byte, 24, 32)
	le.PutUint64(b, fileNode)
	le.PutUint64(b[8:], 1)
	le.PutUint32(b[16:], uint32(len(File)))
	le.PutUint32(b[20:], unix.S_IFREG>>12)
	return append(append(b, File...), make([]byte, 8-len(File)%8)...)
}
