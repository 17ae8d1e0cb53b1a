package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"hawser/e2e/sandbox/lun"
)

// path is a node's way to one shared disk, or to the private one: a process that serves it, and a loop device.
type path struct {
	lun     int
	name    string
	store   string // the file behind it
	journal string
	through bool   // what is written is seen by all nodes at once
	mount   string // where its process mounts
	socket  string
	device  string // the device file, in a folder that is mounted into the node

	// Guarded by the node's state.
	server  *child
	loopDev string
	fault   lun.Fault
}

// gone is a path that has vanished: requests fail, and the device file is not there. It is the sandbox's alone; a LUN process
// knows it as fail.
const gone lun.Mode = "gone"

func newPath(l Layout, n *node, i int) *path {
	p := n.path(i, lunName(i), LUNDevice(i))
	p.store, p.journal = l.store(i), l.Journal(i)
	// What nodes tell each other over a disk must be seen without a flush; what a file system needs is the first disk's loss of power.
	p.through = i > 0
	return p
}

// newPrivate is a disk that no other node has. It loses with the power what was not flushed, as the first shared one does.
func newPrivate(l Layout, n *node, i int) *path {
	p := n.path(i, "private", PrivateDevice)
	p.store, p.journal = l.private(n.name)+".img", l.private(n.name)+".journal"
	return p
}

func (n *node) path(i int, name, device string) *path {
	return &path{
		lun: i, name: name, mount: filepath.Join(n.dir, fmt.Sprintf("lun%d", i)), socket: filepath.Join(n.dir, fmt.Sprintf("lun%d.sock", i)),
		device: filepath.Join(n.devDir(), filepath.Base(device)), fault: lun.Fault{Mode: lun.OK},
	}
}

func (p *path) status(ctx context.Context) (lun.Status, error) {
	var st lun.Status
	err := call(ctx, unixClient(p.socket, 2*time.Second), http.MethodGet, "/status", nil, &st)
	return st, err
}

func (p *path) set(ctx context.Context, f lun.Fault) error {
	return call(ctx, unixClient(p.socket, 5*time.Second), http.MethodPost, "/fault", f, nil)
}

// apply makes the path what its fault says.
func (p *path) apply(ctx context.Context, f lun.Fault) error {
	if f.Mode == gone {
		if err := os.Remove(p.device); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return p.set(ctx, lun.Fault{Mode: lun.Err})
	}
	if err := p.makeDevice(); err != nil {
		return err
	}
	return p.set(ctx, f)
}

// makeDevice makes the disk's device file. The file itself must not be a mount: the Filesystem agent, asked to stop, unmounts
// whatever is mounted on the name of its device.
func (p *path) makeDevice() error {
	d := loop{path: p.loopDev}
	err := unix.Mknod(p.device, unix.S_IFBLK|0o660, int(unix.Mkdev(7, uint32(d.number()))))
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// startPaths starts the node's LUN processes and binds its loop devices.
func (h *Host) startPaths(ctx context.Context, n *node) error {
	if len(n.luns) == 0 {
		return nil
	}
	if err := os.MkdirAll(n.devDir(), 0o755); err != nil {
		return err
	}
	// A file system of its own, because /run may be one without devices.
	if err := unix.Mount("tmpfs", n.devDir(), "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=755,size=64k"); err != nil {
		return err
	}
	for _, p := range n.luns {
		if err := h.startPath(ctx, n, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (h *Host) startPath(ctx context.Context, n *node, p *path) error {
	l := h.layout
	if err := os.MkdirAll(p.mount, 0o755); err != nil {
		return err
	}
	name := p.name + "-" + n.name
	c, err := h.start(name, nil, l.binary(), "lun-server", "--node="+n.name, "--store="+p.store, fmt.Sprintf("--size=%d", h.cfg.lunSize(p.lun)),
		"--mount="+p.mount, "--journal="+p.journal, "--socket="+p.socket, fmt.Sprintf("--write-through=%t", p.through))
	if err != nil {
		return err
	}
	n.set(func() { p.server = c })
	if err := until(ctx, lunTimeout, "LUN process of "+n.name, func() error {
		if c.ended() {
			return fmt.Errorf("it has ended: %s", tail(filepath.Join(l.logs(), name+".log"), 3))
		}
		mounts, err := mountsBelow(p.mount)
		if err != nil || len(mounts) == 0 {
			return errors.Join(errLater, err)
		}
		_, err = p.status(ctx)
		return err
	}); err != nil {
		return err
	}
	// Bound while the disk is well: a fault that the node comes back to is set afterwards.
	dev, err := attachLoop(filepath.Join(p.mount, lun.FileName), l.loopName(n.name, p.name), true)
	if err != nil {
		return err
	}
	n.set(func() { p.loopDev = dev })
	if p.fault.Mode == lun.OK {
		return p.makeDevice()
	}
	return p.apply(ctx, p.fault)
}

// stop takes a node's path away for good: what was not flushed is dropped, and nothing more gets through.
func (h *Host) stopPath(ctx context.Context, n *node, p *path) error {
	if p.server == nil {
		return nil
	}
	if !p.server.ended() {
		err := p.set(ctx, lun.Fault{Mode: lun.Down})
		if err == nil {
			return nil
		}
		// It does not answer. Dead, it cannot flush either; then the journal gets the line that it could not write.
		h.log.Warn("while powering off", "node", n.name, "step", "disk", "err", err)
		if err := p.server.Kill(); err != nil {
			return err
		}
		if err := until(ctx, offTimeout, "end of the LUN process", func() error { return pending(p.server.ended(), "it runs") }); err != nil {
			return err
		}
	}
	return appendOff(p.journal, n.name)
}

func appendOff(journal, node string) error {
	j, err := lun.OpenJournal(journal)
	if err != nil {
		return err
	}
	defer j.Close()
	return j.Append(lun.Record{Node: node, Op: lun.Off})
}

func (h *Host) checkLUN(i int) error {
	if i < 0 || i >= h.cfg.LUNs {
		return fmt.Errorf("no shared disk lun%d: there are %d", i, h.cfg.LUNs)
	}
	return nil
}

func (h *Host) setLUN(ctx context.Context, n *node, i int, f lun.Fault) error {
	switch f.Mode {
	case lun.OK, lun.Err, lun.Hang, lun.Slow, gone:
	default:
		return fmt.Errorf("unknown mode %q: ok, fail, hang, slow or gone", f.Mode)
	}
	if err := h.checkLUN(i); err != nil {
		return err
	}
	if n.arbiter {
		return fmt.Errorf("%s has no shared disk", n.name)
	}
	n.change.Lock()
	defer n.change.Unlock()
	p := n.luns[i]
	if n.power != PowerOff {
		if err := p.apply(ctx, f); err != nil {
			return err
		}
	}
	n.set(func() { p.fault = f })
	return nil
}

// wipe makes a shared disk as new, and empties its journal. It refuses while a node has the disk mounted.
func (h *Host) wipe(ctx context.Context, i int) error {
	if err := h.checkLUN(i); err != nil {
		return err
	}
	for _, n := range h.members() {
		n.change.Lock()
		defer n.change.Unlock()
	}
	for _, n := range h.members() {
		if n.power == PowerOff {
			continue
		}
		mounts, err := readMounts(fmt.Sprintf("/proc/%d/mountinfo", n.leader.PID))
		if err != nil {
			return err
		}
		dev := fmt.Sprintf("7:%d", loop{path: n.luns[i].loopDev}.number())
		for _, m := range mounts {
			if m.dev == dev {
				return fmt.Errorf("%s has the shared disk mounted on %s", n.name, m.point)
			}
		}
		if err := call(ctx, unixClient(n.luns[i].socket, lunTimeout), http.MethodPost, "/forget", nil, nil); err != nil {
			return err
		}
	}
	if err := os.Remove(lun.Rotated(h.layout.Journal(i))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(os.Truncate(h.layout.store(i), 0), os.Truncate(h.layout.store(i), h.cfg.lunSize(i)), os.Truncate(h.layout.Journal(i), 0))
}

// garbage writes random bytes over a range of the disk itself, as a stranger does who has it mapped by mistake. What a node has
// written and not flushed lies over it still, as in a real disk's cache.
func (h *Host) garbage(i int, offset, length int64) error {
	if err := h.checkLUN(i); err != nil {
		return err
	}
	if size := h.cfg.lunSize(i); offset < 0 || length <= 0 || length > size || offset > size-length {
		return fmt.Errorf("range %d+%d: the disk has %d bytes", offset, length, size)
	}
	j, err := lun.OpenJournal(h.layout.Journal(i))
	if err != nil {
		return err
	}
	defer j.Close()
	if err := j.Append(lun.Record{Node: "-", Op: lun.Mark, Offset: offset, Length: length}); err != nil {
		return err
	}
	f, err := os.OpenFile(h.layout.store(i), os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	random := rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32d", time.Now().UnixNano()))))
	buf := make([]byte, 1<<20)
	for length > 0 {
		piece := buf[:min(int64(len(buf)), length)]
		_, _ = random.Read(piece)
		if _, err := f.WriteAt(piece, offset); err != nil {
			return err
		}
		offset, length = offset+int64(len(piece)), length-int64(len(piece))
	}
	return f.Sync()
}
