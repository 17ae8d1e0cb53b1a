package diskhb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Device is a shared block device. Offsets, lengths and buffers are multiples of BlockSize; what WriteAt has written is seen by all
// nodes' ReadAt, and only one logical sector of it at once. A call may hang for as long as the path to the disk does.
// Calls may be made at the same time.
type Device interface {
	ReadAt(p []byte, off int64) error
	WriteAt(p []byte, off int64) error
	Sync() error
	Size() int64
}

// Errors of a device.
var (
	// ErrReserved says that the device is reserved by somebody (SCSI reservation conflict): nobody may write any longer.
	ErrReserved = errors.New("the device is reserved for somebody else")
	// ErrNotOurs says that the superblock is another one than at the start, or none: somebody else uses the device.
	ErrNotOurs = errors.New("the device carries something else by now")
	// ErrTooSmall says that the layout does not fit.
	ErrTooSmall = errors.New("the device is too small")
	// ErrInUse says that this host uses the device for something else: it is mounted, or part of a volume.
	ErrInUse = errors.New("the device is in use on this host")
	// ErrNoBlockDevice says that the path is something else.
	ErrNoBlockDevice = errors.New("not a block device")
)

// alignedBlocks returns n zeroed blocks, aligned as direct I/O needs it.
func alignedBlocks(n int) []byte {
	raw := make([]byte, n*BlockSize+BlockSize)
	shift := int(-uintptr(unsafe.Pointer(unsafe.SliceData(raw))) & (BlockSize - 1))
	return raw[shift : shift+n*BlockSize : shift+n*BlockSize]
}

// Disk is a block device of this host, past all caches of this host. A device that went away is opened again by the next call.
type Disk struct {
	path  string
	flags int
	lanes lanes

	mu    sync.Mutex // guards what is below; held while the device is opened, not during I/O
	file  *os.File
	size  int64
	owner UUID // set: a device that is opened again must carry this superblock, or another disk has taken the name
}

// Mode says what a device is opened for.
type Mode int

// Modes of opening.
const (
	// ReadOnly looks only.
	ReadOnly Mode = iota
	// Shared is what the daemon does: many nodes, and the agent's checks beside it.
	Shared
	// Exclusive fails where this host has it mounted or in a volume: for formatting.
	Exclusive
)

// OpenDisk opens the block device at path.
func OpenDisk(path string, mode Mode) (*Disk, error) {
	d := &Disk{path: path, flags: unix.O_DIRECT | unix.O_CLOEXEC}
	switch mode {
	case ReadOnly:
		d.flags |= unix.O_RDONLY
	case Shared:
		d.flags |= unix.O_RDWR
	case Exclusive:
		d.flags |= unix.O_RDWR | unix.O_EXCL
	}
	_, err := d.handle()
	return d, err
}

// Async has calls made without a thread that waits for each. It is for who makes many.
func (d *Disk) Async() { d.lanes.set(true) }

// Close closes the device.
func (d *Disk) Close() error {
	d.lanes.set(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	d.file = nil
	return err
}

func (d *Disk) handle() (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file != nil {
		return d.file, nil
	}
	// O_EXCL without O_CREAT is a claim on a block device; on anything else it means nothing, which is refused below.
	fd, err := unix.Open(d.path, d.flags, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, fmt.Errorf("%s: %w", d.path, ErrInUse)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: d.path, Err: err}
	}
	f := os.NewFile(uintptr(fd), d.path)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errors.Join(&os.PathError{Op: "stat", Path: d.path, Err: err}, f.Close())
	}
	if st.Mode&unix.S_IFMT != unix.S_IFBLK {
		return nil, errors.Join(fmt.Errorf("%s: %w", d.path, ErrNoBlockDevice), f.Close())
	}
	size, err := unix.Seek(fd, 0, unix.SEEK_END)
	if err != nil {
		return nil, errors.Join(&os.PathError{Op: "size", Path: d.path, Err: err}, f.Close())
	}
	if d.owner != (UUID{}) {
		s, err := ReadSuper(opened{f})
		if err == nil && s.UUID != d.owner {
			err = fmt.Errorf("%s: %w", d.path, ErrNotOurs)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	d.file, d.size = f, size
	return f, nil
}

// Expect makes uuid a condition of opening the device again.
func (d *Disk) Expect(uuid UUID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owner = uuid
}

// opened is a device for one look at its superblock.
type opened struct{ file *os.File }

func (o opened) ReadAt(p []byte, off int64) error {
	_, err := o.file.ReadAt(p, off)
	return err
}
func (opened) WriteAt([]byte, int64) error { return errors.ErrUnsupported }
func (opened) Sync() error                 { return errors.ErrUnsupported }
func (opened) Size() int64                 { return 0 }

// drop closes a handle whose device went away, so that the next call opens the path anew.
func (d *Disk) drop(f *os.File, err error) {
	if !errors.Is(err, unix.ENODEV) && !errors.Is(err, unix.ENXIO) && !errors.Is(err, unix.EIO) && !errors.Is(err, unix.EBADF) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == f {
		_ = f.Close()
		d.file = nil
	}
}

// translate names the error that ends everything. Linux tells a reservation conflict as EBADE (BLK_STS_NEXUS, or BLK_STS_RESV_CONFLICT).
func translate(err error) error {
	if errors.Is(err, unix.EBADE) {
		return fmt.Errorf("%w: %w", ErrReserved, err)
	}
	return err
}

// ReadAt implements Device.
func (d *Disk) ReadAt(p []byte, off int64) error { return d.do(laneRead, p, off) }

// WriteAt implements Device.
func (d *Disk) WriteAt(p []byte, off int64) error { return d.do(laneWrite, p, off) }

func (d *Disk) do(op uint16, p []byte, off int64) error {
	f, err := d.handle()
	if err != nil {
		return err
	}
	if err := d.transfer(f, op, p, off); err != nil {
		d.drop(f, err)
		return translate(err)
	}
	return nil
}

func (d *Disk) transfer(f *os.File, op uint16, p []byte, off int64) error {
	if l := d.lanes.take(); l != nil {
		n, err := l.do(op, f, p, off)
		d.lanes.give(l)
		if !errors.Is(err, errSubmit) {
			if err == nil && n < len(p) {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				err = &os.PathError{Op: "direct I/O", Path: d.path, Err: err}
			}
			return err
		}
	}
	// os.File keeps the descriptor while a call is in it: closing it meanwhile cannot lead the call to another file.
	var err error
	if op == laneRead {
		_, err = f.ReadAt(p, off)
	} else {
		_, err = f.WriteAt(p, off)
	}
	return err
}

// Sync implements Device: after formatting, not in the path of heartbeats, which must be seen and need not survive.
func (d *Disk) Sync() error {
	f, err := d.handle()
	if err != nil {
		return err
	}
	return translate(f.Sync())
}

// Size implements Device.
func (d *Disk) Size() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size
}
