// Package device is the disk under one side of a mirror: a block device, or a regular file, read and written past the page cache. What it
// answers after an error is what is on it, not what a cache would like to be there.
package device

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// Block is what offsets, lengths and memory are aligned to: O_DIRECT demands it of devices with large sectors.
const Block = format.BlockSize

// Why a device is not taken.
var (
	ErrInUse    = errors.New("mounted, or part of something else, or another mirror has it")
	ErrNoDevice = errors.New("neither a block device nor a regular file")
	ErrDirect   = errors.New("cannot be read and written past the page cache")
	ErrNameless = errors.New("it has neither a WWN nor a serial number, by which a copy could be told from it")
	ErrAligned  = errors.New("not on the borders of blocks")
)

// Device is an open device, which nobody else may open so.
type Device struct {
	file   *os.File
	size   int64
	id     format.ID
	sector int

	punches atomic.Bool // until it has refused to
}

// Open opens a device for a mirror alone.
func Open(path string) (*Device, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDevice, err)
	}
	block := info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0
	if !block && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, ErrNoDevice)
	}
	flags := unix.O_RDWR | unix.O_DIRECT | unix.O_CLOEXEC
	if block {
		flags |= unix.O_EXCL // of a block device: nobody has mounted it, or holds it so
	}
	f, err := os.OpenFile(path, flags, 0)
	switch {
	case errors.Is(err, unix.EBUSY):
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	case errors.Is(err, unix.EINVAL):
		return nil, fmt.Errorf("%s: %w", path, ErrDirect)
	case err != nil:
		return nil, err
	}
	d := &Device{file: f, sector: 512}
	d.punches.Store(true)
	if err := d.examine(path, block); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return d, nil
}

// examine locks the device and learns what it is.
func (d *Device) examine(path string, block bool) error {
	fd := int(d.file.Fd())
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	var err error
	if d.size, err = sizeOf(fd, block); err != nil {
		return fmt.Errorf("size of %s: %w", path, err)
	}
	if block {
		if d.sector, err = unix.IoctlGetInt(fd, unix.BLKSSZGET); err != nil || d.sector > Block {
			return fmt.Errorf("%s: sectors of %d bytes: %w", path, d.sector, errors.Join(ErrAligned, err))
		}
	}
	name, err := nameOf(fd, block)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256([]byte(name))
	d.id = format.ID(sum[:16])
	return nil
}

func sizeOf(fd int, block bool) (int64, error) {
	if !block {
		var st unix.Stat_t
		err := unix.Fstat(fd, &st)
		return st.Size, err
	}
	var size uint64
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.BLKGETSIZE64, uintptr(unsafe.Pointer(&size))); errno != 0 { //nolint:gosec // the ioctl writes one uint64
		return 0, errno
	}
	return int64(size), nil //nolint:gosec // no device is that large
}

// Size is the device's, in bytes.
func (d *Device) Size() int64 { return d.size }

// ID tells this device from a copy of it.
func (d *Device) ID() format.ID { return d.id }

// Close lets go of the device.
func (d *Device) Close() error { return d.file.Close() }

// ReadAt reads a piece, into memory that is aligned. The length is one of whole blocks.
func (d *Device) ReadAt(length, offset int64) ([]byte, error) {
	b := memory(int(length))
	return b, d.all(b, offset, unix.Pread)
}

// pieces are large pieces of memory that are used again: to clear them costs as much as to read into them.
var pieces = sync.Pool{New: func() any { return Aligned(pieceSize) }}

// pieceSize is of the largest request; smaller ones than pieceLeast have memory of their own.
const (
	pieceSize  = 1 << 20
	pieceLeast = 64 << 10
)

func memory(n int) []byte {
	if n < pieceLeast || n > pieceSize {
		return Aligned(n)
	}
	b, _ := pieces.Get().([]byte)
	return b[:n]
}

// Free takes back what ReadAt has returned and nobody uses any more. Whoever does not call it leaves it to the collector.
func Free(b []byte) {
	if cap(b) == pieceSize && aligned(b[:1]) {
		pieces.Put(b[:pieceSize]) //nolint:staticcheck // a slice's header is small beside what it saves
	}
}

// WriteAt writes a piece of whole blocks.
func (d *Device) WriteAt(b []byte, offset int64) error {
	if !aligned(b) {
		b = append(Aligned(len(b))[:0], b...)
	}
	return d.all(b, offset, unix.Pwrite)
}

// all carries on after what the kernel has done in part.
func (d *Device) all(b []byte, offset int64, do func(int, []byte, int64) (int, error)) error {
	if len(b)%Block != 0 || offset%Block != 0 || offset < 0 {
		return fmt.Errorf("%w: %d bytes at %d", ErrAligned, len(b), offset)
	}
	fd := int(d.file.Fd())
	for len(b) > 0 {
		n, err := do(fd, b, offset)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case n == 0:
			return unix.EIO // behind the end: the device has shrunk
		default:
			b, offset = b[n:], offset+int64(n)
		}
	}
	return nil
}

// Discard makes zeroes of a piece, without room where the device guarantees that they are zeroes; else they are written.
func (d *Device) Discard(offset, length int64) error {
	if length%Block != 0 || offset%Block != 0 || offset < 0 {
		return fmt.Errorf("%w: %d bytes at %d", ErrAligned, length, offset)
	}
	if d.punches.Load() {
		// Of a block device this is a write of zeroes that the device itself makes, or nothing (blkdev_fallocate, since Linux 4.9).
		err := ignoringEINTR(func() error {
			return unix.Fallocate(int(d.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, offset, length)
		})
		if !errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
		d.punches.Store(false)
	}
	zeroes := Aligned(int(min(length, zeroesAtOnce)))
	for length > 0 {
		n := min(length, int64(len(zeroes)))
		if err := d.WriteAt(zeroes[:n], offset); err != nil {
			return err
		}
		offset, length = offset+n, length-n
	}
	return nil
}

// zeroesAtOnce are written by one call.
const zeroesAtOnce = 1 << 20

// Punches says whether a discard frees room here, as far as is known.
func (d *Device) Punches() bool { return d.punches.Load() }

func ignoringEINTR(do func() error) error {
	for {
		if err := do(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Sync makes durable what was written before.
func (d *Device) Sync() error {
	return ignoringEINTR(func() error { return unix.Fdatasync(int(d.file.Fd())) })
}

func aligned(b []byte) bool {
	return len(b) == 0 || uintptr(unsafe.Pointer(&b[0]))%Block == 0 //nolint:gosec // the address is looked at, not used
}

// Aligned returns memory that the kernel reads and writes without a copy.
func Aligned(n int) []byte {
	b := make([]byte, n)
	if aligned(b) {
		return b
	}
	b = make([]byte, n+Block)
	skip := Block - int(uintptr(unsafe.Pointer(&b[0]))%Block) //nolint:gosec // as above
	return b[skip : skip+n : skip+n]
}

// workers carry out reads and writes at once: as many as a disk may have use for.
const workers = 32

// Queue carries out a core's operations on a device, in any order, and tells the end of each.
type Queue struct {
	device *Device
	tell   func(core.DiskDone)

	mu      sync.Mutex
	more    *sync.Cond // of work, or the end
	work    []func()
	flushes []uint64
	flushed *sync.Cond
	closed  bool
	synced  uint64

	running sync.WaitGroup
}

// NewQueue begins. Tell is called from several goroutines, and may wait.
func NewQueue(d *Device, tell func(core.DiskDone)) *Queue {
	q := &Queue{device: d, tell: tell}
	q.more, q.flushed = sync.NewCond(&q.mu), sync.NewCond(&q.mu)
	for range workers {
		q.running.Go(q.serve)
	}
	q.running.Go(q.flush)
	return q
}

// Close waits for what is under way; what has not begun is not done.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.more.Broadcast()
	q.flushed.Broadcast()
	q.mu.Unlock()
	q.running.Wait()
}

// Read implements mirror.Disk.
func (q *Queue) Read(r core.DiskRead) {
	q.add(func() {
		data, err := q.device.ReadAt(r.Length, r.Offset)
		q.tell(core.DiskDone{Op: r.Op, Data: data, Err: err})
	})
}

// Write implements mirror.Disk.
func (q *Queue) Write(w core.DiskWrite) {
	q.add(func() { q.tell(core.DiskDone{Op: w.Op, Err: q.device.WriteAt(w.Data, w.Offset)}) })
}

// Discard implements mirror.Disk.
func (q *Queue) Discard(r core.DiskDiscard) {
	q.add(func() { q.tell(core.DiskDone{Op: r.Op, Err: q.device.Discard(r.Offset, r.Length)}) })
}

// Flush implements mirror.Disk. Those that wait are carried out by one: it begins after all of them were asked for.
func (q *Queue) Flush(f core.DiskFlush) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flushes = append(q.flushes, f.Op)
	q.flushed.Signal()
}

// Flushes is how often the device was flushed.
func (q *Queue) Flushes() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.synced
}

func (q *Queue) add(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = append(q.work, f)
	q.more.Signal()
}

func (q *Queue) serve() {
	for {
		q.mu.Lock()
		for len(q.work) == 0 && !q.closed {
			q.more.Wait()
		}
		if q.closed {
			q.mu.Unlock()
			return
		}
		f := q.work[0]
		q.work = q.work[1:]
		q.mu.Unlock()
		f()
	}
}

func (q *Queue) flush() {
	for {
		q.mu.Lock()
		for len(q.flushes) == 0 && !q.closed {
			q.flushed.Wait()
		}
		if q.closed {
			q.mu.Unlock()
			return
		}
		ops := q.flushes
		q.flushes = nil
		q.mu.Unlock()
		err := q.device.Sync()
		q.mu.Lock()
		q.synced++
		q.mu.Unlock()
		for _, op := range ops {
			q.tell(core.DiskDone{Op: op, Err: err})
		}
	}
}
