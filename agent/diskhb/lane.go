package diskhb

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A lane carries one call to a device at a time by the kernel's asynchronous I/O: the thread does not wait, Go's poller does. A call that
// blocks a thread has Go look for another one to go on with, and for work for that, a dozen system calls in all; at rest that was most of
// what the daemon cost. Every kernel has this interface, io_uring is too new for some.
type lane struct {
	context uintptr // aio_context_t
	done    *os.File
	wait    syscall.RawConn // of done, an eventfd that tells the end of a call

	// What the kernel reads and writes is here, on the heap: a stack may move while a call is under way.
	list   *control
	call   control
	buffer *byte
	event  completion
	count  [8]byte
}

// control is struct iocb, completion struct io_event (linux/aio_abi.h), both little endian as all that Hawser is built for.
type control struct {
	_           uint64 // data, which comes back with the completion
	_           uint32 // key
	_           uint32 // flags
	op          uint16
	_           int16 // priority
	fd          uint32
	buffer      uint64
	length      uint64
	offset      int64
	_           uint64
	notify, efd uint32
}

type completion struct {
	data, call   uint64
	result, more int64
}

const (
	laneRead     = 0 // IOCB_CMD_PREAD
	laneWrite    = 1 // IOCB_CMD_PWRITE
	laneEventfd  = 1 // IOCB_FLAG_RESFD
	laneCallSize = 64
)

var _ = [1]struct{}{}[unsafe.Sizeof(control{})-laneCallSize]

// newLane fails where the system has no asynchronous I/O left, or does not permit it.
func newLane() (*lane, error) {
	l := &lane{}
	if _, _, e := unix.Syscall(unix.SYS_IO_SETUP, 1, uintptr(unsafe.Pointer(&l.context)), 0); e != 0 {
		return nil, os.NewSyscallError("io_setup", e)
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err == nil {
		l.done = os.NewFile(uintptr(fd), "eventfd")
		l.wait, err = l.done.SyscallConn()
	}
	if err != nil {
		l.close()
		return nil, os.NewSyscallError("eventfd", err)
	}
	l.list = &l.call
	l.call.efd = uint32(fd)
	return l, nil
}

// close gives back what an idle lane holds.
func (l *lane) close() {
	_, _, _ = unix.Syscall(unix.SYS_IO_DESTROY, l.context, 0, 0)
	if l.done != nil {
		_ = l.done.Close()
	}
}

// do reads or writes p at off, and returns how many bytes that were. It returns only once the kernel is done with p.
func (l *lane) do(op uint16, file *os.File, p []byte, off int64) (int, error) {
	device, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	l.buffer = unsafe.SliceData(p)
	l.call = control{
		op: op, buffer: uint64(uintptr(unsafe.Pointer(l.buffer))), length: uint64(len(p)), offset: off, notify: laneEventfd, efd: l.call.efd,
	}
	submitted := false
	var refused, closed error
	err = l.wait.Read(func(done uintptr) bool {
		if submitted {
			// Raw: none of these calls waits, so that Go need not prepare for one that does.
			n, _, _ := unix.RawSyscall(unix.SYS_READ, done, uintptr(unsafe.Pointer(&l.count)), uintptr(len(l.count)))
			return n == uintptr(len(l.count))
		}
		// Only now: the poller must not have forgotten an end that came before anybody waited for it.
		submitted = true
		closed = device.Control(func(fd uintptr) { // which cannot become another file's meanwhile; from then on the kernel holds the file
			l.call.fd = uint32(fd)
			if _, _, e := unix.RawSyscall(unix.SYS_IO_SUBMIT, l.context, 1, uintptr(unsafe.Pointer(&l.list))); e != 0 {
				refused = fmt.Errorf("%w: %w", errSubmit, e)
			}
		})
		return refused != nil || closed != nil
	})
	if err := errors.Join(refused, closed, err); err != nil {
		return 0, err
	}
	n, _, e := unix.RawSyscall6(unix.SYS_IO_GETEVENTS, l.context, 1, 1, uintptr(unsafe.Pointer(&l.event)), 0, 0)
	runtime.KeepAlive(p)
	switch {
	case e != 0:
		return 0, os.NewSyscallError("io_getevents", e)
	case n != 1:
		return 0, errors.New("io_getevents: no event")
	case l.event.result < 0:
		return 0, unix.Errno(-l.event.result)
	}
	return int(l.event.result), nil
}

// errSubmit says that the kernel takes no asynchronous call now; nothing has happened.
var errSubmit = errors.New("io_submit")

// lanes are those of one Disk that no call is on.
type lanes struct {
	mu   sync.Mutex // guards what is below
	on   bool
	idle []*lane
}

// take returns a lane, nil where calls are to be made without.
func (s *lanes) take() *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return nil
	}
	if n := len(s.idle); n > 0 {
		l := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return l
	}
	l, err := newLane()
	if err != nil {
		s.on = false // it would not be better the next time
		return nil
	}
	return l
}

func (s *lanes) give(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.idle = append(s.idle, l)
		return
	}
	l.close()
}

func (s *lanes) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
	for _, l := range s.idle {
		l.close()
	}
	s.idle = nil
}
