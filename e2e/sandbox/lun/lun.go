// Package lun is the sandbox's shared disk: one process per node serves a file of its own by FUSE, below the node's own
// loop device, and all of them share one store. A node's writes stay in its process until it flushes, so a loss of power
// loses them; two nodes that mount it corrupt it, as on a real SAN; every change is in a journal with its initiator.
package lun

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// FileName is the name of the disk's file below the mount point.
const FileName = "disk"

// Mode is how the disk behaves towards one node.
type Mode string

// The modes a disk can be told to be in. Off is for good: it ends with the process.
const (
	OK   Mode = "ok"
	Err  Mode = "fail"
	Hang Mode = "hang"
	Slow Mode = "slow"
	Down Mode = "off"
)

// Fault is a mode with the delay that belongs to Slow.
type Fault struct {
	Mode  Mode          `json:"mode"`
	Delay time.Duration `json:"delay,omitempty"`
}

// Status is what a LUN process says about itself.
type Status struct {
	Node    string `json:"node"`
	Fault   Fault  `json:"fault"`
	Dirty   int64  `json:"dirty"` // bytes that a loss of power would take
	Writes  int64  `json:"writes"`
	Flushes int64  `json:"flushes"`
	Dropped int64  `json:"dropped"` // at the last loss of power or of the path
}

// Config is what a Server needs.
type Config struct {
	Node    string
	Store   string // the one file behind all nodes
	Size    int64
	Mount   string // directory; the disk is FileName in it
	Journal string
	Socket  string // where the faults are asked for
	// WriteThrough shows what one node writes to all others at once, as an array does whose write cache is common to all its initiators.
	WriteThrough bool
	Log          *slog.Logger
}

// Server serves the disk to one node.
type Server struct {
	fuse.RawFileSystem
	cfg     Config
	cache   *cache
	journal *Journal

	mu      sync.Mutex // guards what follows; held in read mode of gate's owner only for moments
	fault   Fault
	changed chan struct{} // closed and replaced with each new fault
	writes  int64
	flushes int64
	dropped int64

	// gate is held for reading by each request that touches the cache, and for writing by a change to fail or off:
	// after the change returns, no request from before it can still reach the store.
	gate sync.RWMutex
}

// NewServer opens the store and the journal.
func NewServer(cfg Config) (*Server, error) {
	store, err := os.OpenFile(cfg.Store, os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	journal, err := OpenJournal(cfg.Journal)
	if err != nil {
		store.Close()
		return nil, err
	}
	c := newCache(store, cfg.Size)
	c.through = cfg.WriteThrough
	return &Server{
		RawFileSystem: fuse.NewDefaultRawFileSystem(), cfg: cfg, cache: c, journal: journal,
		fault: Fault{Mode: OK}, changed: make(chan struct{}),
	}, nil
}

// Run mounts and serves until the file system is unmounted, its connection is aborted, or ctx ends.
func (s *Server) Run(ctx context.Context) error {
	_ = os.Remove(s.cfg.Socket)
	ln, err := net.Listen("unix", s.cfg.Socket)
	if err != nil {
		return err
	}
	control := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = control.Serve(ln) }()
	defer func() { control.Close(); <-done }()

	srv, err := s.serve()
	if err != nil {
		return fmt.Errorf("mount %s: %w", s.cfg.Mount, err)
	}
	if err := s.journal.Append(Record{Node: s.cfg.Node, Op: Attach}); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		_ = s.Set(Fault{Mode: Down})
		_ = srv.Unmount()
	})
	defer stop()
	srv.Serve()
	return nil
}

// serve mounts. The library opens /dev/fuse without close-on-exec: a program that is started meanwhile, and that uses the disk, would
// keep the connection open that its own end waits for.
func (s *Server) serve() (*fuse.Server, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	srv, err := fuse.NewServer(s, s.cfg.Mount, &fuse.MountOptions{
		DirectMountStrict: true, AllowOther: true, MaxWrite: 1 << 20, MaxBackground: 256, FsName: "hawser-lun-" + s.cfg.Node, Name: "lun",
		DisableXAttrs: true, DisableSplice: true, // there is no file to splice from, and a megabyte with its header is more than a pipe takes
	})
	if err != nil {
		return nil, err
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, errors.Join(err, srv.Unmount())
	}
	for _, f := range open {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && to == "/dev/fuse" {
			if fd, err := strconv.Atoi(f.Name()); err == nil {
				syscall.CloseOnExec(fd)
			}
		}
	}
	return srv, nil
}

// Set changes how the disk behaves. With Err and Down what was not flushed is dropped, and when Set returns
// nothing of the node can reach the store any more. Down cannot be taken back.
func (s *Server) Set(f Fault) error {
	switch f.Mode {
	case OK, Err, Hang, Slow, Down:
	default:
		return fmt.Errorf("unknown mode %q", f.Mode)
	}
	s.mu.Lock()
	if s.fault.Mode == Down {
		s.mu.Unlock()
		if f.Mode == Down {
			return nil
		}
		return errors.New("the node is off")
	}
	before := s.fault.Mode
	s.fault = f
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()

	switch {
	case f.Mode == Down, f.Mode == Err && before != Err:
		s.gate.Lock()
		defer s.gate.Unlock()
		lost := s.cache.drop()
		s.mu.Lock()
		s.dropped = lost
		s.mu.Unlock()
		op := Off
		if f.Mode == Err {
			op = Fail
		}
		return s.journal.Append(Record{Node: s.cfg.Node, Op: op, Length: lost})
	}
	return nil
}

// Status says how the disk is.
func (s *Server) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{
		Node: s.cfg.Node, Fault: s.fault, Dirty: s.cache.dirtyBytes(), Writes: s.writes, Flushes: s.flushes, Dropped: s.dropped,
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(s.Status()) })
	mux.HandleFunc("POST /fault", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		err := json.NewDecoder(r.Body).Decode(&f)
		if err == nil {
			err = s.Set(f)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(s.Status())
	})
	mux.HandleFunc("POST /forget", func(w http.ResponseWriter, _ *http.Request) {
		s.cache.drop()
		_ = json.NewEncoder(w).Encode(s.Status())
	})
	mux.HandleFunc("POST /reopen", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.journal.Reopen(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// enter waits until the fault lets a request through. It returns false where the request must fail;
// where it returns true, the caller holds gate for reading.
func (s *Server) enter(cancel <-chan struct{}) bool {
	slept := false
	for {
		s.mu.Lock()
		f, changed := s.fault, s.changed
		s.mu.Unlock()
		switch f.Mode {
		case Err, Down:
			return false
		case Hang:
			// The caller's death does not end it: a hung disk keeps its tasks in D state, and that is what is tested.
			<-changed
			continue
		case Slow:
			if !slept {
				slept = true
				t := time.NewTimer(f.Delay)
				select {
				case <-t.C:
				case <-changed:
				}
				t.Stop()
				continue
			}
		}
		s.gate.RLock()
		s.mu.Lock()
		same := s.changed == changed
		s.mu.Unlock()
		if same {
			return true
		}
		s.gate.RUnlock()
	}
}

const (
	superOffset = 1024
	superLength = 1024
)

// writeOp says what a write is: an ordinary one, or one of ext4's primary superblock, which tells whether it is mounted.
// Offsets are those of ext4's disk format: magic at 0x38, s_state at 0x3A, s_feature_incompat at 0x60, where 4 is "needs recovery".
func writeOp(data []byte, off int64) Op {
	if off > superOffset || off+int64(len(data)) < superOffset+superLength {
		return Write
	}
	sb := data[superOffset-off:]
	if binary.LittleEndian.Uint16(sb[0x38:]) != 0xEF53 {
		return Write
	}
	if binary.LittleEndian.Uint32(sb[0x60:])&4 != 0 || binary.LittleEndian.Uint16(sb[0x3A:])&1 == 0 {
		return Mount
	}
	return Unmount
}

func (s *Server) attr(node uint64, a *fuse.Attr) {
	a.Ino, a.Mode, a.Nlink, a.Blksize = node, fuse.S_IFDIR|0o755, 1, page
	if node == 2 {
		a.Mode, a.Size = fuse.S_IFREG|0o600, uint64(s.cfg.Size)
		a.Blocks = a.Size / sector
	}
}

// Lookup finds the one file.
func (s *Server) Lookup(_ <-chan struct{}, _ *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	if name != FileName {
		return fuse.ENOENT
	}
	out.NodeId, out.EntryValid, out.AttrValid = 2, 3600, 3600
	s.attr(2, &out.Attr)
	return fuse.OK
}

// GetAttr answers without the fault: a loop device asks for the size while it is set up.
func (s *Server) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	out.AttrValid = 3600
	s.attr(in.NodeId, &out.Attr)
	return fuse.OK
}

// SetAttr changes nothing.
func (s *Server) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	s.attr(in.NodeId, &out.Attr)
	return fuse.OK
}

// Open turns the page cache off: what one node has read must never answer for what another has written since.
func (s *Server) Open(_ <-chan struct{}, _ *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_DIRECT_IO | fuse.FOPEN_PARALLEL_DIRECT_WRITES
	return fuse.OK
}

// StatFs gives plausible numbers.
func (s *Server) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	out.Bsize, out.Frsize, out.NameLen, out.Blocks = page, page, 255, uint64(s.cfg.Size/page)
	return fuse.OK
}

func (s *Server) Read(cancel <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	if !s.enter(cancel) {
		return nil, fuse.EIO
	}
	defer s.gate.RUnlock()
	n, err := s.cache.read(buf[:in.Size], int64(in.Offset))
	if err != nil {
		s.cfg.Log.Error("read", "node", s.cfg.Node, "offset", in.Offset, "err", err)
		return nil, fuse.EIO
	}
	return fuse.ReadResultData(buf[:n]), fuse.OK
}

func (s *Server) Write(cancel <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	if st := s.change(cancel, writeOp(data, int64(in.Offset)), data, int64(in.Offset), int64(len(data))); !st.Ok() {
		return 0, st
	}
	return uint32(len(data)), fuse.OK
}

// change records and does a write. The record comes first: a change that is in the cache and not in the journal
// would be one that no test can see.
func (s *Server) change(cancel <-chan struct{}, op Op, data []byte, off, length int64) fuse.Status {
	if !s.enter(cancel) {
		return fuse.EIO
	}
	defer s.gate.RUnlock()
	if err := s.journal.Append(Record{Node: s.cfg.Node, Op: op, Offset: off, Length: length}); err != nil {
		s.cfg.Log.Error("journal", "node", s.cfg.Node, "err", err)
		return fuse.EIO
	}
	destaged, err := s.cache.write(data, off, length)
	if errors.Is(err, errAlign) {
		return fuse.EINVAL
	}
	if err == nil && destaged > 0 {
		err = s.journal.Append(Record{Node: s.cfg.Node, Op: Destage, Length: destaged})
	}
	if err != nil {
		s.cfg.Log.Error("write", "node", s.cfg.Node, "offset", off, "err", err)
		return fuse.EIO
	}
	s.mu.Lock()
	s.writes++
	s.mu.Unlock()
	return fuse.OK
}

// Fsync is the disk's flush. It must never answer ENOSYS: the kernel would remember that and never ask again.
func (s *Server) Fsync(cancel <-chan struct{}, _ *fuse.FsyncIn) fuse.Status {
	if !s.enter(cancel) {
		return fuse.EIO
	}
	defer s.gate.RUnlock()
	moved, err := s.cache.flush()
	if err == nil {
		err = s.journal.Append(Record{Node: s.cfg.Node, Op: Flush, Length: moved})
	}
	if err != nil {
		s.cfg.Log.Error("flush", "node", s.cfg.Node, "err", err)
		return fuse.EIO
	}
	s.mu.Lock()
	s.flushes++
	s.mu.Unlock()
	return fuse.OK
}

// Flush is what FUSE calls the end of one descriptor, not of a cache.
func (s *Server) Flush(_ <-chan struct{}, _ *fuse.FlushIn) fuse.Status { return fuse.OK }

// Release has nothing to do.
func (s *Server) Release(_ <-chan struct{}, _ *fuse.ReleaseIn) {}

// Fallocate is a discard or a write of zeroes. It must never answer ENOSYS either.
func (s *Server) Fallocate(cancel <-chan struct{}, in *fuse.FallocateIn) fuse.Status {
	const punch, zero = 0x02, 0x10
	if in.Mode&(punch|zero) == 0 {
		return fuse.Status(syscall.EOPNOTSUPP)
	}
	return s.change(cancel, Zero, nil, int64(in.Offset), int64(in.Length))
}
