package diskhb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Daemon is the link on this host: configuration, device, TUN device, and the socket where it tells its Status.
type Daemon struct {
	Config Config
	Key    []byte
	Dir    string // RunDir, but for tests
	Log    *slog.Logger

	limits   []string
	locked   bool
	realTime bool
}

// Run runs until ctx ends, or until the device must not be used any longer; then the reason is left in the stop file.
func (d *Daemon) Run(ctx context.Context) error {
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return err
	}
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	stopFile := filepath.Join(d.Dir, filepath.Base(StopFile))
	if err := os.Remove(stopFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	d.claim()
	uuid, err := ParseUUID(d.Config.UUID)
	if err != nil {
		return err
	}
	host, err := HostID()
	if err != nil {
		return err
	}
	disk, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer disk.Close()
	super, err := ReadSuper(disk)
	if err == nil && super.UUID != uuid {
		err = fmt.Errorf("%w: the disk heartbeat %s of cluster %q", ErrNotOurs, super.UUID, super.Cluster)
	}
	if errors.Is(err, ErrNoSuper) || errors.Is(err, ErrBadSuper) {
		err = fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if err != nil {
		d.leave(stopFile, Status{At: time.Now().UTC(), Node: d.Config.Node, Device: d.Config.Device, UUID: d.Config.UUID, State: Stopped, Why: err.Error()})
		return err
	}
	disk.Expect(uuid)
	disk.Async()
	n := d.Config.Network()
	tun, err := OpenTUN(n.Name)
	if err != nil {
		return err
	}
	link, err := New(Options{
		Device: disk, Packets: tun, Super: super, Node: d.Config.Node, Nodes: d.Config.Nodes, Key: d.Key, Filter: n.Filter, Host: host, Log: d.Log, Guard: Foreign,
	})
	if err != nil {
		return errors.Join(err, tun.Close())
	}
	status := func() Status {
		s := link.Status()
		s.Device, s.Locked, s.RealTime, s.Limits = d.Config.Device, d.locked, d.realTime, d.limits
		return s
	}
	end, err := d.serve(status)
	if err != nil {
		return errors.Join(err, tun.Close())
	}
	defer end()
	d.Log.Info("disk heartbeat", "device", d.Config.Device, "node", d.Config.Node, "uuid", d.Config.UUID, "locked", d.locked, "realtime", d.realTime)
	err = link.Run(ctx)
	if err != nil && ctx.Err() == nil {
		d.leave(stopFile, status())
	}
	return err
}

// open waits for the device: at boot it may come later than the daemon.
func (d *Daemon) open(ctx context.Context) (*Disk, error) {
	for told := false; ; told = true {
		disk, err := OpenDisk(d.Config.Device, Shared)
		if err == nil || errors.Is(err, ErrNoBlockDevice) {
			return disk, err
		}
		if !told {
			d.Log.Warn("device not there yet", "device", d.Config.Device, "err", err)
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, err
		}
	}
}

// lock makes this the only daemon of the host.
func (d *Daemon) lock() (func(), error) {
	f, err := os.OpenFile(filepath.Join(d.Dir, filepath.Base(LockFile)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("the disk heartbeat runs already on this host"), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// priority is below Corosync's own 99 and above everything that is not.
const priority = 50

// claim locks memory and takes real-time priority, as Corosync has: a node under load must not look dead. Where the host does not
// allow it the link works all the same, and says so.
func (d *Daemon) claim() {
	// Pages are locked as they are touched: Go maps far more than it uses.
	const onFault = 4 // MCL_ONFAULT, Linux 4.4
	err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | onFault)
	if d.locked = err == nil; err != nil {
		d.limits = append(d.limits, "mlockall: "+err.Error())
	}
	if err := realTime(); err != nil {
		d.limits = append(d.limits, "SCHED_RR: "+err.Error())
	} else {
		d.realTime = true
	}
}

// realTime gives all threads SCHED_RR; threads that come later have it from the one that makes them.
func realTime() error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range threads {
		var tid int
		if _, err := fmt.Sscan(t.Name(), &tid); err != nil {
			return err
		}
		attr := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: priority}
		if err := unix.SchedSetAttr(tid, attr, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			errs = append(errs, err)
			break
		}
	}
	return errors.Join(errs...)
}

// leave keeps the last Status for whoever asks why there is no daemon.
func (d *Daemon) leave(path string, s Status) {
	data, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		d.Log.Error("last status not kept", "err", err)
	}
}

// serve answers each connection with the Status.
func (d *Daemon) serve(status func() Status) (func(), error) {
	path := filepath.Join(d.Dir, filepath.Base(SocketFile))
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	old := unix.Umask(0o177)
	l, err := net.Listen("unix", path)
	unix.Umask(old)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(askTimeout))
			_ = json.NewEncoder(c).Encode(status())
			_ = c.Close()
		}
	}()
	return func() { _ = l.Close(); <-done }, nil
}

// askTimeout bounds one question: the daemon answers from memory.
const askTimeout = time.Second

// ErrDown says that no daemon answers.
var ErrDown = errors.New("the disk heartbeat does not run")

// Ask asks this host's daemon for its Status. Where none runs and one has ended for good, its last Status is told.
func Ask(ctx context.Context, dir string) (Status, error) {
	var s Status
	dialer := net.Dialer{Timeout: askTimeout}
	c, err := dialer.DialContext(ctx, "unix", filepath.Join(dir, filepath.Base(SocketFile)))
	if err != nil {
		data, fileErr := os.ReadFile(filepath.Join(dir, filepath.Base(StopFile)))
		if fileErr != nil || json.Unmarshal(data, &s) != nil {
			return Status{}, fmt.Errorf("%w: %w", ErrDown, err)
		}
		return s, nil
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(askTimeout))
	if err := json.NewDecoder(c).Decode(&s); err != nil {
		return Status{}, fmt.Errorf("ask the disk heartbeat: %w", err)
	}
	return s, nil
}
