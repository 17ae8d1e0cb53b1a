// Package fuse offers a volume as one file, by the kernel's classic /dev/fuse: a loop device on it makes a block device for kernels that
// have no other way. Other front ends (NBD, ublk) may stand beside it: all that it needs is Volume.
//
// Who mounts is another process than who serves. A process that waits for its own mount, and is killed meanwhile, never ends: the kernel
// waits for its answer, and keeps its descriptors open until then.
package fuse

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// File is the name of the volume's file in the mounted folder.
const File = "volume"

// Type is what the mount table calls such a mount.
const Type = "fuse.hawser-mirror"

// Kind is what the kernel wants of the volume.
type Kind uint8

// The kinds.
const (
	Read Kind = iota + 1
	Write
	Flush
	Discard
)

// Request is one of them.
type Request struct {
	Unique uint64
	Kind   Kind
	Offset int64
	Length int64
	Data   []byte // of a write; nobody else has it
}

// Volume carries requests out, in any order, and ends each with one Reply.
type Volume interface {
	Ask(s *Server, r Request)
	// Free takes back the data of a Reply.
	Free(data []byte)
	// Discards says whether a discard is worth asking for; what it leaves is zeroes.
	Discards() bool
}

// Mount mounts the folder, in which the file is, and returns the descriptor by which it is served. It does not wait for who serves.
func Mount(dir string) (*os.File, error) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions", fd)
	if err := unix.Mount("hawser-mirror", dir, Type, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_NOATIME, options); err != nil {
		return nil, errors.Join(fmt.Errorf("mount %s: %w", dir, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "/dev/fuse"), nil
}

// Mounted says whether a mount is on the folder: a second one would hide it, and be served by who is gone. The table is read, the mount
// not touched.
func Mounted(dir string) (bool, error) {
	number, err := mountNumber(dir)
	return number != "", err
}

// mountNumber is the device number of what is mounted on the folder.
func mountNumber(dir string) (string, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 4 && fields[4] == dir {
			return fields[2], nil
		}
	}
	return "", nil
}

// Abort ends what is mounted on the folder although who serves it neither answers nor ends: a thread of it may wait for a page that
// waits for its answer. All that is pending gets an error.
func Abort(dir string) (err error) {
	number, err := mountNumber(dir)
	if err != nil || number == "" {
		return err
	}
	// The kernel lists FUSE's connections in a file system of its own. A container has none at the usual place, and no place for it.
	control := dir + ".control"
	if err := os.MkdirAll(control, 0o700); err != nil {
		return err
	}
	if err := unix.Mount("fusectl", control, "fusectl", 0, ""); err != nil {
		return fmt.Errorf("mount %s: %w", control, err)
	}
	defer func() {
		err = errors.Join(err, unix.Unmount(control, unix.MNT_DETACH))
		_ = os.Remove(control) // stays where an earlier call was killed, and does no harm
	}()
	_, minor, _ := strings.Cut(number, ":")
	err = os.WriteFile(filepath.Join(control, minor, "abort"), []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has ended already
	}
	return err
}

const (
	// readers take requests at once.
	readers = 4
	// writers answer with large data; small ones are answered at once by whoever has them.
	writers = 2
	large   = 64 << 10
)

// answered is a large answer that waits for a writer.
type answered struct {
	unique uint64
	data   []byte
}

// Server serves one mount.
type Server struct {
	dev    *os.File
	raw    syscall.RawConn
	size   int64
	volume Volume
	log    *slog.Logger

	answers chan answered // has room for all that the kernel asks for at once
	ended   chan struct{}
	reading sync.WaitGroup
	writing sync.WaitGroup
	once    sync.Once
}

// Serve begins to serve a mount, by the descriptor that Mount has returned. It ends when the mount does.
func Serve(dev *os.File, size int64, v Volume, log *slog.Logger) (*Server, error) {
	fd, err := unix.FcntlInt(dev.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	// Without blocking: then readers wait in the runtime and not in the kernel, and Close wakes them.
	if err := errors.Join(unix.SetNonblock(fd, true), dev.Close()); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	s := &Server{dev: os.NewFile(uintptr(fd), "/dev/fuse"), size: size, volume: v, log: log, answers: make(chan answered, 2*background), ended: make(chan struct{})}
	if s.raw, err = s.dev.SyscallConn(); err != nil {
		return nil, errors.Join(err, s.dev.Close())
	}
	for range readers {
		s.reading.Go(s.read)
	}
	for range writers {
		s.writing.Go(s.write)
	}
	return s, nil
}

// Close ends the mount for who uses it, in whatever namespace there is a copy of it: what they ask from now on gets an error.
func (s *Server) Close() error { return s.dev.Close() }

// Wait returns when nothing is read from the mount any more.
func (s *Server) Wait() {
	s.reading.Wait()
	s.once.Do(func() { close(s.ended) })
	s.writing.Wait()
}

func (s *Server) write() {
	for {
		select {
		case a := <-s.answers:
			s.send(a.unique, a.data, 0)
			s.volume.Free(a.data)
		case <-s.ended:
			return
		}
	}
}

// read takes requests. The data of a write come behind its head into memory of their own, which a large one takes with it.
func (s *Server) read() {
	head, data := make([]byte, inHeader+writeIn), make([]byte, maxWrite+4096)
	for {
		n, err := s.take(head, data)
		switch {
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue // the request was taken back
		case err != nil: // unmounted, which the runtime tells in several ways, or closed here
			s.log.Debug("FUSE has ended", "err", err)
			return
		}
		h, err := parse(head, data, n)
		if err != nil {
			s.log.Error("FUSE is not understood", "err", err)
			return
		}
		switch {
		case len(h.data) >= large:
			data = make([]byte, maxWrite+4096)
		case len(h.data) > 0:
			h.data = bytes.Clone(h.data)
		}
		s.request(h)
	}
}

// take waits for a request.
func (s *Server) take(head, data []byte) (n int, err error) {
	waited := s.raw.Read(func(fd uintptr) bool {
		n, err = unix.Readv(int(fd), [][]byte{head, data})
		return !errors.Is(err, unix.EAGAIN)
	})
	return n, errors.Join(waited, err)
}

func (s *Server) request(h header) {
	switch h.op {
	case opForget, opBatchForget, opInterrupt:
		return // have no answer; what is interrupted comes to its end
	case opRead, opWrite, opFsync, opFallocate:
		s.data(h)
		return
	}
	payload, errno := s.meta(h)
	s.send(h.unique, payload, errno)
}

// meta answers what is not about the data.
func (s *Server) meta(h header) ([]byte, unix.Errno) {
	switch h.op {
	case opInit:
		b, err := initOut(h.body)
		if err != nil {
			return nil, unix.EPROTO
		}
		return b, 0
	case opLookup:
		if h.node != rootNode || strings.TrimRight(string(h.body), "\x00") != File {
			return nil, unix.ENOENT
		}
		return s.entry(), 0
	case opGetattr:
		return s.attrOut(h.node), 0
	case opSetattr:
		return nil, unix.EPERM // its size is the volume's
	case opOpen:
		b := make([]byte, 16)
		le.PutUint32(b[8:], openDirect|openParallel)
		return b, 0
	case opOpendir:
		return make([]byte, 16), 0
	case opReaddir:
		if len(h.body) < 16 {
			return nil, unix.EPROTO
		}
		return direntOut(le.Uint64(h.body[8:])), 0
	case opStatfs:
		return statfsOut(s.size), 0
	case opRelease, opReleasedir, opFlush, opFsyncdir, opDestroy:
		return nil, 0
	}
	return nil, unix.ENOSYS
}

// data hands on what is.
func (s *Server) data(h header) {
	r, errno := s.decode(h)
	if errno != 0 || (r.Kind != Flush && r.Length == 0) { // behind the end there is nothing
		s.send(h.unique, nil, errno)
		return
	}
	s.volume.Ask(s, r)
}

func (s *Server) decode(h header) (Request, unix.Errno) {
	r := Request{Unique: h.unique, Kind: Flush}
	if h.node != fileNode {
		return r, unix.EISDIR
	}
	if h.op == opFsync {
		return r, 0
	}
	if h.op == opFallocate {
		return s.fallocate(h)
	}
	if len(h.body) < writeIn {
		return r, unix.EPROTO
	}
	r.Offset, r.Length = int64(le.Uint64(h.body[8:])), int64(le.Uint32(h.body[16:])) //nolint:gosec // judged below
	if r.Offset < 0 || r.Offset > s.size {
		return r, unix.EINVAL
	}
	if h.op == opRead {
		r.Kind, r.Length = Read, min(r.Length, s.size-r.Offset)
	} else {
		r.Kind, r.Data = Write, h.data
		if int64(len(r.Data)) != r.Length {
			return r, unix.EPROTO
		}
		if r.Length > s.size-r.Offset {
			return r, unix.ENOSPC
		}
	}
	switch {
	case r.Length > maxWrite, r.Offset%4096 != 0, r.Length%4096 != 0:
		return r, unix.EINVAL // the disk below is asked for whole blocks, and the loop device has no smaller ones
	}
	return r, 0
}

// fallocate is a discard where it punches a hole. Anything else is refused, and not by ENOSYS, which the kernel would remember for ever: it writes
// the zeroes then. So it does where a discard would only be such a write.
func (s *Server) fallocate(h header) (Request, unix.Errno) {
	r := Request{Unique: h.unique, Kind: Discard}
	if len(h.body) < fallocateIn {
		return r, unix.EPROTO
	}
	mode := le.Uint32(h.body[24:])
	if mode != unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE || !s.volume.Discards() {
		return r, unix.EOPNOTSUPP
	}
	r.Offset, r.Length = int64(le.Uint64(h.body[8:])), int64(le.Uint64(h.body[16:])) //nolint:gosec // judged below
	if r.Offset < 0 || r.Length <= 0 || r.Offset > s.size || r.Length > s.size-r.Offset || r.Offset%4096 != 0 || r.Length%4096 != 0 {
		return r, unix.EINVAL
	}
	return r, 0
}

// Reply ends a request. It does not wait.
func (s *Server) Reply(r Request, data []byte, err error) {
	switch {
	case err != nil:
		s.send(r.Unique, nil, unix.EIO)
	case r.Kind == Write:
		b := make([]byte, 8)
		le.PutUint32(b, uint32(r.Length)) //nolint:gosec // at most 1 MiB
		s.send(r.Unique, b, 0)
	case len(data) >= large:
		s.answers <- answered{r.Unique, data}
	default:
		s.send(r.Unique, data, 0)
		s.volume.Free(data)
	}
}

func (s *Server) send(unique uint64, payload []byte, errno unix.Errno) {
	head := answer(unique, len(payload), errno)
	err := s.raw.Write(func(fd uintptr) bool {
		for {
			_, err := unix.Writev(int(fd), [][]byte{head, payload})
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENODEV) { // taken back; unmounted
				s.log.Error("an answer to FUSE was not taken", "err", err)
			}
			return true
		}
	})
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		s.log.Error("an answer to FUSE was not taken", "err", err)
	}
}
