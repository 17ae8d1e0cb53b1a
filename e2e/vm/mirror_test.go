package vm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fileset"
	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/e2e/vm/remote"
	"hawser/internal/ha"
)

// arbiter keeps the in-sync set of a mirror on this side, where both machines reach it by the network for management: it is what a quorate
// cluster with a third vote is, without fencing. A side that reaches it and is in the set may go on alone, the other is refused from then on.
type arbiter struct {
	file    string
	address string
}

// newArbiter answers at an address of this side until the test ends.
func newArbiter(t *testing.T, host string, set core.InSync) *arbiter {
	t.Helper()
	a := &arbiter{file: filepath.Join(t.TempDir(), "set")}
	if err := fileset.Write(a.file, set); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	a.address = l.Addr().String()
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			group.Go(func() {
				defer conn.Close()
				if err := fileset.Helper(a.file, conn, conn); err != nil {
					fmt.Fprintln(os.Stderr, "in-sync set:", err) // who asked hears nothing, and asks again
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		group.Wait()
	})
	return a
}

func (a *arbiter) set(t *testing.T) core.InSync {
	t.Helper()
	set, err := fileset.Read(a.file)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// mirrored is a mirror on two machines that nothing but the driver runs; the set is kept by the arbiter.
type mirrored struct {
	*pair
	arbiter *arbiter
	drivers map[string]*remote.Driver
	disks   map[string]string // below the volume, by node
	db      database
}

// mirrorDevice is where the Primary finds the volume.
const mirrorDevice = ha.MirrorDeviceDir + volumeName

// newMirrored boots two machines with the kernel's modules that a mirror needs.
func newMirrored(t *testing.T, opt vm.Options, r *results) *mirrored {
	t.Helper()
	m := &mirrored{pair: boot(t, opt, r), drivers: map[string]*remote.Driver{}, disks: map[string]string{}}
	m.arbiter = newArbiter(t, gateway(opt), core.InSync{})
	m.db = database{m.pair, mirrorDevice}
	for _, n := range m.names {
		m.able(t, n)
		m.drivers[n] = m.driver(t, n, "/opt/hawser/in-sync-set", m.arbiter.address)
	}
	return m
}

// gateway is this side's address in the network for management.
func gateway(opt vm.Options) string { return fmt.Sprintf("10.%d.%d.1", opt.Instance, clients) }

// able loads what a mirror needs of the kernel; a host's systemd does it by itself.
func (m *mirrored) able(t *testing.T, node string) {
	t.Helper()
	m.in(t, node, "sh", "-ec", "modprobe -a fuse loop; mountpoint -q /sys/fs/fuse/connections || mount -t fusectl none /sys/fs/fuse/connections")
}

// create makes the volume on disks that are blank, which nothing need be copied between.
func (m *mirrored) create(t *testing.T, options map[string]string) {
	t.Helper()
	ctx := t.Context()
	v := ha.Volume{Name: volumeName, Driver: ha.Mirror, Device: mirrorDevice, Protocol: "C", Options: map[string]map[string]string{"net": options}}
	for i, n := range m.names {
		v.Replicas = append(v.Replicas, ha.Replica{Node: n, ID: i, Disk: m.disks[n], Address: m.rig.Address(n, replicates), Port: port})
	}
	for _, n := range m.names {
		d := m.drivers[n]
		if err := errors.Join(d.Configure(ctx, v, secret), d.Create(ctx, volumeName, nil), d.Up(ctx, volumeName)); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
	}
	if err := m.drivers[m.names[0]].FirstSync(ctx, volumeName, ha.SyncSkip); err != nil {
		t.Fatal(err)
	}
}

// remove takes the volume away on both machines, and its set.
func (m *mirrored) remove(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, n := range m.names {
		d := m.drivers[n]
		if err := errors.Join(d.Down(ctx, volumeName), d.Forget(ctx, volumeName)); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
	}
	if err := fileset.Write(m.arbiter.file, core.InSync{}); err != nil {
		t.Fatal(err)
	}
}

func (m *mirrored) act(t *testing.T, node string, action ha.VolumeAction) {
	t.Helper()
	if err := m.drivers[node].Act(t.Context(), volumeName, action, 0); err != nil {
		t.Fatalf("%s: %s: %v", node, action, err)
	}
}

// status asks a machine's daemon.
func (m *mirrored) status(ctx context.Context, node string) (daemon.Status, error) {
	var s daemon.Status
	out, err := m.rig.Machine(node).Exec(ctx, nil, "/opt/hawser/hawser-mirror", "--config", ha.MirrorConfigDir+"/"+volumeName+".json", "status")
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	return s, err
}

// becomes waits until a side is so.
func (m *mirrored) becomes(t *testing.T, node, what string, so func(daemon.Status) bool) daemon.Status {
	t.Helper()
	var s daemon.Status
	if err := stage.Until(t.Context(), soon, node+": "+what, func(ctx context.Context) (bool, error) {
		var err error
		s, err = m.status(ctx, node)
		return err == nil && so(s), errors.Join(err, fmt.Errorf("%+v %s", s, fmt.Sprint(s.Problem)))
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func paired(s daemon.Status) bool {
	return s.Mode == core.Paired.String() && s.PeerInSet && s.OutOfSync == 0
}

func without(s daemon.Status) bool { return s.Mode == core.Alone.String() }

// scribe is a program in a machine that writes records to a file, and tells this side of each lot once it is durable.
type scribe struct {
	in   io.WriteCloser
	out  *json.Decoder
	done chan error
	last int
}

// writesRecords begins, in the file of that name below a database's mount.
func (m *mirrored) writesRecords(t *testing.T, node string) *scribe {
	t.Helper()
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	s := &scribe{in: in, out: json.NewDecoder(out), done: make(chan error, 1)}
	go func() {
		err := m.rig.Machine(node).Run(context.WithoutCancel(t.Context()), stdin, stdout, os.Stderr, "/opt/hawser/records", "write", pgMount+"/"+recordsFile)
		_ = stdin.CloseWithError(io.ErrClosedPipe) // a request to what has ended fails
		_ = stdout.Close()
		s.done <- err
	}()
	return s
}

const recordsFile = "records"

// more has some more written, and returns once they are durable.
func (s *scribe) more(n int) error {
	if _, err := fmt.Fprintln(s.in, n); err != nil {
		return err
	}
	return s.out.Decode(&s.last) // a number is JSON
}

// end ends the program, which may have ended with its machine.
func (s *scribe) end() error {
	_ = s.in.Close()
	return <-s.done
}

// verifying is a load of fio that reads back what it has written, time after time.
type verifying struct {
	stop context.CancelFunc
	done chan error
	runs int // guarded by done
}

// verifies begins it on a file below a database's mount.
func (m *mirrored) verifies(t *testing.T, node string) *verifying {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	v := &verifying{stop: stop, done: make(chan error, 1)}
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			// Once begun a run is let end, but for a machine that goes.
			if _, err = m.rig.Machine(node).Exec(context.WithoutCancel(ctx), nil, "sh", "-c", `fio "$@" >/tmp/fio.log 2>&1 || { tail -n 20 /tmp/fio.log >&2; exit 1; }`, "sh",
				"--name=verified", "--filename="+pgMount+"/fio", "--size=2M", "--bs=4k", "--rw=randwrite", "--ioengine=libaio", "--direct=1", "--iodepth=8",
				"--fsync=16", "--verify=crc32c", "--verify_fatal=1", "--randrepeat=0", "--rate_iops=40"); err == nil {
				v.runs++
			}
		}
		v.done <- err
	}()
	return v
}

// end waits for the run that is under way, and says how many there were.
func (v *verifying) end() (int, error) {
	v.stop()
	err := <-v.done
	return v.runs, err
}
