package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/fault"
)

// Order is what the daemon can be told over its socket.
type Order string

// The orders. Done twice is done once.
const (
	GiveStatus Order = "status"
	Promote    Order = "promote"
	Demote     Order = "demote"
	// FirstSync makes this side's data the first that count, and copies them; SkipSync declares that the peer has the same.
	FirstSync Order = "first-sync"
	SkipSync  Order = "skip-sync"
	// Resync copies to the peer what it lacks, although nobody uses the volume here.
	Resync Order = "resync"
	// Pause has no resync go on, Resume has it; Limit bounds it by Message.Rate.
	Pause  Order = "pause"
	Resume Order = "resume"
	Limit  Order = "limit"
	// Invalidate gives this side's data up; it gets everything anew.
	Invalidate Order = "invalidate"
	// Serve comes with the descriptor of a mounted front end.
	Serve Order = "serve"
	// Unserve ends it: nobody is to use the volume any more.
	Unserve    Order = "unserve"
	Connect    Order = "connect"
	Verify     Order = "verify"
	Disconnect Order = "disconnect"
)

// Message is a request on the socket, result its answer: one of each on a connection.
type Message struct {
	Order Order `json:"order"`
	// Despite is of Promote: the state of this side's data, outdated or inconsistent, that a person knows of and overrides.
	Despite string `json:"despite,omitempty"`
	// Rate is of Limit: bytes per second; 0 gives the resync back to the configuration's bounds.
	Rate int64 `json:"rate,omitempty"`
}

type result struct {
	Status Status       `json:"status"`
	Fault  *fault.Error `json:"fault,omitempty"`
}

const (
	maxMessage = 4096
	// askTime is how long whoever asks may take to say what.
	askTime = 5 * time.Second
	// orderTime is longer than the helper's: fencing may take its time.
	orderTime = helperTime + 10*time.Second
)

// control takes orders over a Unix socket that only root may use.
type control struct {
	d        *Daemon
	listener *net.UnixListener
	log      *slog.Logger
}

func listen(d *Daemon) (*control, error) {
	path := d.config.Socket()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of a daemon that has died: the lock is ours
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.Chmod(path, 0o600), // the folder is closed to others, too
		os.WriteFile(d.config.PIDFile(), fmt.Appendln(nil, os.Getpid()), 0o600))
	return &control{d: d, listener: l, log: d.log}, err
}

func (c *control) run(ctx context.Context) {
	var running sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { _ = c.listener.Close() })
	defer stop()
	for {
		conn, err := c.listener.AcceptUnix()
		if err != nil {
			break // closed: nothing else ends a listener on a Unix socket but a lack of descriptors, and then this side is of no use
		}
		running.Go(func() {
			defer conn.Close()
			c.answer(ctx, conn)
		})
	}
	running.Wait()
	_ = os.Remove(c.d.config.PIDFile()) // what is left of one that is killed names nobody
}

func (c *control) answer(ctx context.Context, conn *net.UnixConn) {
	m, file, err := receive(conn)
	var r result
	if err == nil {
		r.Status, err = c.d.order(ctx, m, file)
	}
	if err != nil {
		if !named(err) {
			c.log.Error("an order failed", "order", string(m.Order), "err", err)
		}
		r.Fault = fault.Public(Fault(err))
	}
	_ = conn.SetWriteDeadline(time.Now().Add(askTime))
	_ = json.NewEncoder(conn).Encode(r) // who has gone needs no answer
}

// receive reads a message, and the descriptor that may come with it.
func receive(conn *net.UnixConn) (Message, *os.File, error) {
	var m Message
	if err := conn.SetReadDeadline(time.Now().Add(askTime)); err != nil {
		return m, nil, err
	}
	b, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4))
	n, rights, _, _, err := conn.ReadMsgUnix(b, oob)
	if err != nil {
		return m, nil, err
	}
	file, err := descriptor(oob[:rights])
	if err != nil {
		return m, nil, err
	}
	if err := json.Unmarshal(b[:n], &m); err != nil {
		return m, nil, errors.Join(fmt.Errorf("an order that is not understood: %w", err), closeFile(file))
	}
	return m, file, nil
}

func closeFile(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

func descriptor(oob []byte) (*os.File, error) {
	if len(oob) == 0 {
		return nil, nil //nolint:nilnil // none is a valid answer
	}
	list, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(list) != 1 {
		return nil, errors.Join(errors.New("control messages that are not understood"), err)
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(errors.New("not one descriptor"), err)
	}
	return os.NewFile(uintptr(fds[0]), "/dev/fuse"), nil
}

// order carries an order out and returns how the side stands after it.
func (d *Daemon) order(ctx context.Context, m Message, file *os.File) (Status, error) {
	o := m.Order
	if file != nil && o != Serve {
		return Status{}, errors.Join(errors.New("a descriptor that nobody has asked for"), file.Close())
	}
	var err error
	switch o {
	case GiveStatus:
	case Promote:
		err = d.promote(ctx, m.Despite)
	case FirstSync, SkipSync:
		err = d.firstSync(ctx, o == SkipSync)
	case Resync:
		err = d.resync(ctx)
	case Pause, Resume:
		d.loop.tell(core.Hold{On: o == Pause})
	case Limit:
		err = d.limit(m.Rate)
	case Invalidate:
		err = d.await(ctx, core.Invalidate{}, &d.invalidating)
	case Demote:
		err = d.demote(ctx)
	case Serve:
		err = d.serveFront(file)
	case Verify:
		err = d.verify()
	case Unserve:
		d.unserve()
	case Connect, Disconnect:
		d.link.Enable(o == Connect)
	default:
		err = fault.New(fault.Invalid, "mirror.order", "an unknown order %q", o).With("order", string(o))
	}
	if err != nil {
		return Status{}, err
	}
	var s Status
	if !d.loop.wait(func() { s = d.status() }) && o != Demote { // a side without a disk ends with its role
		err = errEnded
	}
	return s, err
}

// errEnded: the daemon ends, and says why where it was started.
var errEnded = fault.New(fault.Unreachable, "mirror.ended", "the daemon is ending")

// await hands an order of the cluster's to the core and waits for its end. Several may wait for one.
func (d *Daemon) await(ctx context.Context, e core.Event, waiting *[]chan error) error {
	ctx, cancel := context.WithTimeout(ctx, orderTime)
	defer cancel()
	end := make(chan error, 1)
	d.loop.do(func() {
		*waiting = append(*waiting, end)
		if len(*waiting) == 1 {
			d.loop.handle(e)
		}
	})
	select {
	case err := <-end:
		return err
	case <-d.loop.ended:
		select {
		case err := <-end: // the order's end was the daemon's, too
			return err
		default:
			return errEnded
		}
	case <-ctx.Done():
		d.loop.do(func() { leave(waiting, end) })
		return fault.New(fault.Unreachable, "mirror.no_quorum", "the order has not come to its end: %w", ctx.Err())
	}
}

// demote refuses while somebody uses the volume: what is written after it would be lost.
func (d *Daemon) demote(ctx context.Context) error {
	served := false
	if d.loop.wait(func() { served, d.copying = d.front != nil, false }); served {
		return fault.New(fault.Conflict, "mirror.in_use", "the volume's device is still there")
	}
	return d.await(ctx, core.Demote{}, &d.demoting)
}

// serveFront begins to serve a mount. There is one at a time, and only on a Primary.
func (d *Daemon) serveFront(file *os.File) error {
	if file == nil {
		return errors.New("no descriptor came with the order")
	}
	var err error
	served := d.loop.wait(func() {
		switch {
		case d.front != nil:
			err = fault.New(fault.Conflict, "mirror.served", "the volume is served already")
		case d.core.Mode() < core.Suspended || d.copying:
			err = core.ErrNotPrimary
		default:
			d.front, err = fuse.Serve(file, d.core.Super().Geometry.Size, d, d.log)
			file = nil // it has closed it
		}
		if d.front != nil && err == nil {
			front := d.front
			d.running.Go(func() { d.unmounted(front) })
		}
	})
	if !served {
		err = errEnded
	}
	return errors.Join(err, closeFile(file))
}

// verify begins a comparison of both sides. It is refused at once, or goes on.
func (d *Daemon) verify() error {
	var err error
	d.loop.wait(func() {
		d.verified = nil
		d.loop.handle(core.Verify{})
		if d.verified != nil && errors.Is(d.verified.Err, core.ErrNotReady) {
			err, d.verified = fault.New(fault.Conflict, "mirror.verify_not_now", "only a Primary whose peer has everything can compare"), nil
		}
	})
	return err
}

// unserve ends a mount.
func (d *Daemon) unserve() {
	var front *fuse.Server
	if d.loop.wait(func() { front = d.front }); front != nil {
		_ = front.Close() // an error says that it is closed
		front.Wait()
		d.gone(front)
	}
}

// unmounted waits for the end of a mount.
func (d *Daemon) unmounted(s *fuse.Server) {
	s.Wait()
	_ = s.Close()
	d.gone(s)
}

func (d *Daemon) gone(s *fuse.Server) {
	d.loop.do(func() {
		if d.front == s {
			d.front = nil
		}
	})
}

// Tell gives an order to the daemon of a volume.
func Tell(ctx context.Context, c Config, o Order, file *os.File) (Status, error) {
	return Say(ctx, c, Message{Order: o}, file)
}

// Say gives an order that says more.
func Say(ctx context.Context, c Config, m Message, file *os.File) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, orderTime+askTime)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return Status{}, err
	}
	defer conn.Close()
	return c.tell(conn, m, file)
}

// dial reaches the daemon. What is done on the connection ends with ctx.
func (c Config) dial(ctx context.Context) (*net.UnixConn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", c.Socket())
	if err != nil {
		return nil, fault.New(fault.Unreachable, "mirror.down", "the daemon of %s does not run: %w", c.Name, err).With("volume", c.Name)
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a Unix socket"), conn.Close())
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := socket.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, socket.Close())
		}
	}
	return socket, nil
}

func (c Config) tell(socket *net.UnixConn, m Message, file *os.File) (Status, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return Status{}, err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	if _, _, err := socket.WriteMsgUnix(b, rights, nil); err != nil {
		return Status{}, err
	}
	var r result
	if err := json.NewDecoder(io.LimitReader(socket, 1<<20)).Decode(&r); err != nil {
		return Status{}, fault.New(fault.Unreachable, "mirror.down", "the daemon of %s has died: %w", c.Name, err).With("volume", c.Name)
	}
	if r.Fault != nil {
		return r.Status, r.Fault
	}
	return r.Status, nil
}
