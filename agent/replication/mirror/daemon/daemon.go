// Package daemon is one side of a mirror at work: the core, fed by one loop with what disk, network, front end and cluster tell, just as
// the simulation feeds it. One process serves one volume.
package daemon

import (
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/device"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/fuse"
	"hawser/agent/replication/mirror/tcp"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// Daemon is one side of a volume.
type Daemon struct {
	config Config
	log    *slog.Logger
	loop   *loop
	device *device.Device
	*device.Queue
	link    *tcp.Transport
	cluster func(uint64, core.Change) // asks the helper, and waits for its answer
	running sync.WaitGroup            // what is under way for the control socket and for the cluster

	state // the loop's own
}

// state is what the loop keeps beside the core. Nobody else reads or writes it.
type state struct {
	core      *core.Core
	requests  map[uint64]asked
	last      uint64
	front     *fuse.Server
	promoting []chan error
	demoting  []chan error

	beginning    []chan error
	invalidating []chan error
	// copying: this side is Primary for the core alone, so that the peer gets what it lacks; nobody writes, and it ends with the copy.
	copying  bool
	leaving  bool  // the demotion that ends it is under way
	problem  error // why the peer is not worked with, or not reached
	bad      []int64
	verified *core.Verified // the last one, where none is under way
	detached error
	halted   error
}

// asked is a request of the front end under way.
type asked struct {
	server  *fuse.Server
	request fuse.Request
}

// errSmall is a device that does not hold what its metadata promise.
var errSmall = errors.New("the device is smaller than the volume and its metadata")

// Run serves the volume until ctx ends, or until this side must not go on: then the error says why.
func Run(ctx context.Context, c Config, r run.Runner, log *slog.Logger) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	lock, err := c.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	dev, err := device.Open(c.Device)
	if err != nil {
		return Fault(err)
	}
	defer dev.Close()
	d := &Daemon{config: c, log: log, device: dev}
	if err := d.begin(key); err != nil {
		return Fault(err)
	}
	return Fault(d.serve(ctx, key, helper{config: c, runner: r, log: log}))
}

// lock keeps a second daemon from the volume's folder.
func (c Config) lock() (*os.File, error) {
	if err := os.MkdirAll(c.Dir(), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.Dir(), "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fault.New(fault.Conflict, "mirror.running", "another daemon serves %s", c.Name).With("volume", c.Name), f.Close())
	}
	return f, nil
}

// begin makes the core of what the device says.
func (d *Daemon) begin(key []byte) error {
	volume, err := d.config.id()
	if err != nil {
		return err
	}
	super, err := Super(d.device)
	if err != nil {
		return fmt.Errorf("%s: %w", d.config.Device, err)
	}
	var seed [32]byte
	if _, err := crypto.Read(seed[:]); err != nil {
		return err
	}
	d.core = core.New(core.Config{
		Volume: volume, Device: d.device.ID(), Node: d.config.Side, Size: d.config.Size, Area: super.Geometry.DataOffset(), Key: key,
		Data: dataConnections, Random: rand.New(rand.NewChaCha8(seed)), Timing: d.config.timing(), Rate: d.config.rate(), //nolint:gosec // seeded with true randomness
	})
	d.requests = map[uint64]asked{}
	d.loop = newLoop(d.core)
	d.loop.world, d.loop.ticked = d, d.copied
	return nil
}

// Super reads a device's superblock, and demands that the device is as large as that says.
func Super(d *device.Device) (format.Super, error) {
	if d.Size() < 2*format.BlockSize {
		return format.Super{}, errSmall
	}
	b, err := d.ReadAt(2*format.BlockSize, 0)
	if err != nil {
		return format.Super{}, err
	}
	s, err := format.ReadSuper(b)
	if err == nil && s.Geometry.DeviceSize() > d.Size() {
		err = fmt.Errorf("%w: %d bytes, %d are needed", errSmall, d.Size(), s.Geometry.DeviceSize())
	}
	return s, err
}

// serve runs everything until the end.
func (d *Daemon) serve(ctx context.Context, key []byte, h helper) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	d.cluster = func(id uint64, c core.Change) { d.loop.tell(h.ask(ctx, id, c)) }
	var err error
	d.link, err = tcp.New(ctx, tcp.Options{
		Local: d.config.Address, Peer: d.config.Address, Dial: d.config.Side == 1, Connections: connections, Key: key,
		Retry: d.config.timing().Retry, Log: d.log, Tell: d.event, Failed: d.noLink,
	})
	if err != nil {
		return fault.New(fault.Failed, "mirror.listen", "listen on %s: %w", d.config.Address, err).With("address", d.config.Address, "why", err.Error())
	}
	control, err := listen(d)
	if err != nil {
		return err
	}
	d.Queue = device.NewQueue(d.device, func(done core.DiskDone) { d.loop.tell(done) })
	var all sync.WaitGroup
	all.Go(d.loop.run)
	all.Go(func() { _ = d.link.Run(ctx) }) // has no error but ctx's end
	all.Go(func() { control.run(ctx) })
	select {
	case <-ctx.Done():
	case <-d.loop.done:
	}
	end()
	d.loop.stop()
	all.Wait()
	d.Queue.Close()
	if d.front != nil { // the loop has ended: its state is ours
		_ = d.front.Close()
	}
	d.running.Wait()
	return d.halted
}

// event takes what the link tells.
func (d *Daemon) event(e core.Event) {
	d.loop.do(func() {
		d.loop.handle(e)
		if inSession(d.core.Mode()) {
			d.problem = nil
		}
	})
}

// noLink keeps why there is no link to the peer. What has a sentence of its own, such as a wrong key, tells more than a lost connection.
func (d *Daemon) noLink(err error) {
	d.loop.do(func() {
		d.log.Debug("no link to the peer", "err", err)
		if named(err) || !named(d.problem) {
			d.problem = err
		}
	})
}

func named(err error) bool {
	_, ok := errors.AsType[*fault.Error](Fault(err))
	return ok
}

// Discards implements fuse.Volume.
func (d *Daemon) Discards() bool { return d.device.Punches() }

// Ask implements fuse.Volume.
func (d *Daemon) Ask(s *fuse.Server, r fuse.Request) {
	kind := map[fuse.Kind]core.Kind{fuse.Read: core.Read, fuse.Write: core.Write, fuse.Flush: core.Flush, fuse.Discard: core.Discard}[r.Kind]
	d.loop.do(func() {
		d.last++
		d.requests[d.last] = asked{server: s, request: fuse.Request{Unique: r.Unique, Kind: r.Kind, Length: r.Length}}
		d.loop.handle(core.Request{ID: d.last, Kind: kind, Offset: r.Offset, Length: r.Length, Data: r.Data, Own: true})
	}) // after its end the mount is closed, and that answers
}

// Free implements fuse.Volume.
func (d *Daemon) Free(data []byte) { device.Free(data) }
