package diskhb_test

import (
	"errors"
	"io"
	"sync"
	"time"

	"hawser/agent/diskhb"
)

// disk is a shared device in memory, the store behind any number of paths.
type disk struct {
	mu   sync.Mutex
	data []byte
}

func newDisk(size int64) *disk { return &disk{data: make([]byte, size)} }

// path is one node's path to the disk, which can be hurt.
type path struct {
	*disk
	latency time.Duration

	state sync.Mutex
	fail  error
	reads chan struct{} // not nil: reads wait until it is closed
	gate  chan struct{} // the same for writes
	tear  bool          // the next write stops in the middle
}

func (d *disk) path() *path { return &path{disk: d, latency: 50 * time.Microsecond} }

func (p *path) wait(write bool) error {
	time.Sleep(p.latency)
	p.state.Lock()
	gate, err := p.reads, p.fail
	if write {
		gate = p.gate
	}
	p.state.Unlock()
	if gate != nil {
		<-gate
	}
	return err
}

func (p *path) ReadAt(b []byte, off int64) error {
	if err := p.wait(false); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if copy(b, p.data[off:]) != len(b) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (p *path) WriteAt(b []byte, off int64) error {
	if err := p.wait(true); err != nil {
		return err
	}
	p.state.Lock()
	torn := p.tear
	p.tear = false
	p.state.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if off+int64(len(b)) > int64(len(p.data)) {
		return errors.New("write beyond the end")
	}
	if torn {
		b = b[:512] // one logical sector is all that a disk promises
	}
	copy(p.data[off:], b)
	return nil
}

func (p *path) Sync() error { return nil }
func (p *path) Size() int64 { return int64(len(p.data)) }

func (p *path) break_(err error) { p.state.Lock(); p.fail = err; p.state.Unlock() }

// hang makes reads, writes or both wait until the function that it returns is called.
func (p *path) hang(reads, writes bool) func() {
	gate := make(chan struct{})
	p.state.Lock()
	defer p.state.Unlock()
	if reads {
		p.reads = gate
	}
	if writes {
		p.gate = gate
	}
	return sync.OnceFunc(func() {
		p.state.Lock()
		p.reads, p.gate = nil, nil
		p.state.Unlock()
		close(gate)
	})
}

// garbage writes over a part of the disk, past all nodes.
func (d *disk) garbage(off, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.data[off : off+n] {
		d.data[off+int64(i)] = byte(i*7 + 3)
	}
}

func (d *disk) get(off, n int64) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.data[off:off+n]...)
}

func (d *disk) put(off int64, b []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.data[off:], b)
}

// wire is a TUN device in memory.
type wire struct {
	in     chan []byte // what the node sends
	out    chan []byte // what it receives
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire {
	return &wire{in: make(chan []byte, 4096), out: make(chan []byte, 1<<16), closed: make(chan struct{})}
}

func (w *wire) Read(b []byte) (int, error) {
	select {
	case p := <-w.in:
		return copy(b, p), nil
	case <-w.closed:
		return 0, io.EOF
	}
}

func (w *wire) Write(b []byte) (int, error) {
	w.out <- append([]byte(nil), b...)
	return len(b), nil
}

func (w *wire) Close() error { w.once.Do(func() { close(w.closed) }); return nil }

var _ diskhb.Device = (*path)(nil)
