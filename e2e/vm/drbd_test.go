package vm_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/e2e/sandbox/probe"
	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/e2e/vm/remote"
	"hawser/internal/testkit"
)

// The networks and disks of two machines that replicate. Clients come by the network for management, so that a cut of the others leaves
// both sides within their reach.
const (
	clients    = 0
	replicates = 1

	sbdLUN   = 0 // shared
	dataLUN  = 1 // own, from here on
	smallLUN = 2 // not as large as data
	spareLUN = 3

	dataSize = 160 << 20 // large enough for a database, small enough for a first sync on emulated processors
)

// soon bounds whatever happens on the machines. Emulated processors that share two cores with a build take their time.
const soon = 10 * time.Minute

func lunDevice(disk int) string { return fmt.Sprintf("/dev/hawser/lun%d", disk) }

// drbdOptions are two machines, each with disks of its own whose caches are lost with its power.
func drbdOptions(dir string) vm.Options {
	opt := options(dir, "n1", "n2")
	opt.Disks = []vm.Disk{{Size: 8 << 20}, {Size: dataSize, Own: true}, {Size: 128 << 20, Own: true}, {Size: 64 << 20, Own: true}}
	return opt
}

// pair is a rig of two machines in one test.
type pair struct {
	rig     *vm.Rig
	names   [2]string
	results *results
}

func (p *pair) in(t *testing.T, node string, args ...string) string {
	t.Helper()
	out, err := p.rig.Machine(node).Exec(t.Context(), nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (p *pair) other(node string) string {
	if node == p.names[0] {
		return p.names[1]
	}
	return p.names[0]
}

// part unplugs a machine from the networks named, or plugs it in again.
func (p *pair) part(t *testing.T, node string, cut bool, networks ...int) {
	t.Helper()
	for _, n := range networks {
		if err := p.rig.Machine(node).CutLink(t.Context(), n, cut); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *pair) kill(t *testing.T, node string) {
	t.Helper()
	if err := p.rig.Machine(node).Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) start(t *testing.T, node string) {
	t.Helper()
	if err := p.rig.Machine(node).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// driver is the product's driver in a machine: DRBD's, or the mirror's where it is given what keeps the in-sync set.
func (p *pair) driver(t *testing.T, node string, helper ...string) *remote.Driver {
	t.Helper()
	m := p.rig.Machine(node)
	d := remote.New(func(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
		var stderr bytes.Buffer
		err := m.Run(ctx, stdin, stdout, &stderr, append([]string{"/opt/hawser/volume-driver"}, helper...)...)
		if err != nil {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
		}
		return err
	})
	t.Cleanup(d.Close)
	return d
}

// kernel is a volume as the kernel itself shows it, which no part of the product has touched.
type kernel struct {
	Connection, Role, PeerRole, Disk, PeerDisk string
	OutOfSync                                  int64 // KiB
}

var kernelLine = regexp.MustCompile(`(?m)^ *(\d+): cs:(\S+) ro:(\S+)/(\S+) ds:(\S+)/(\S+)[^\n]*\n[^\n]* oos:(\d+)`)

// seen reads /proc/drbd. A volume that is not up is the zero kernel.
func (p *pair) seen(t *testing.T, node string, minor int) kernel {
	t.Helper()
	out, err := p.rig.Machine(node).Exec(t.Context(), nil, "cat", "/proc/drbd")
	if err != nil {
		return kernel{}
	}
	for _, m := range kernelLine.FindAllStringSubmatch(string(out), -1) {
		if m[1] != strconv.Itoa(minor) {
			continue
		}
		oos, err := strconv.ParseInt(m[7], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return kernel{Connection: m[2], Role: m[3], PeerRole: m[4], Disk: m[5], PeerDisk: m[6], OutOfSync: oos}
	}
	return kernel{}
}

// reaches waits until the kernel shows a volume as it should be.
func (p *pair) reaches(t *testing.T, node string, minor int, what string, ok func(kernel) bool) kernel {
	t.Helper()
	var k kernel
	if err := stage.Until(t.Context(), soon, node+": "+what, func(context.Context) (bool, error) {
		k = p.seen(t, node, minor)
		return ok(k), fmt.Errorf("%+v", k)
	}); err != nil {
		t.Fatal(err)
	}
	return k
}

func inSync(k kernel) bool {
	return k.Connection == "Connected" && k.Disk == "UpToDate" && k.PeerDisk == "UpToDate" && k.OutOfSync == 0
}

// alike wants the same below a volume on both machines.
func (p *pair) alike(t *testing.T, disk int, size int64) {
	t.Helper()
	if at := p.differ(t, disk, size); at >= 0 {
		t.Fatalf("the two copies differ in the MiB from %d on", at)
	}
}

// differ compares what is below a volume on both machines, byte by byte, in the files that are their disks, and says where they begin to
// differ, or -1. Nobody may write meanwhile.
func (p *pair) differ(t *testing.T, disk int, size int64) int64 {
	t.Helper()
	var files [2]*os.File
	for i, node := range p.names {
		p.in(t, node, "sh", "-c", `sync "$1" && blockdev --flushbufs "$1"`, "sh", lunDevice(disk))
		f, err := os.Open(p.rig.Machine(node).Store(disk))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	var a, b [1 << 20]byte
	for at := int64(0); at < size; at += int64(len(a)) {
		n := min(int64(len(a)), size-at)
		for i, to := range [][]byte{a[:n], b[:n]} {
			if _, err := files[i].ReadAt(to, at); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(a[:n], b[:n]) {
			return at
		}
	}
	return -1
}

// database is a PostgreSQL on a device, started without a cluster.
type database struct {
	pair   *pair
	device string
}

const (
	pgMount = "/srv/pg"
	pgBin   = "/usr/lib/postgresql/15/bin/"
)

// init makes a database on the device's file system.
func (d database) init(t *testing.T, node string) {
	t.Helper()
	d.pair.in(t, node, "sh", "-ec", `mkdir -p $1; mount $2 $1; install -d -o postgres -m 700 $1/data
		runuser -u postgres -- $3/initdb -D $1/data -A trust --wal-segsize=1 --no-locale -E UTF8 --no-instructions --no-sync >/dev/null
		echo "host all all all trust" >>$1/data/pg_hba.conf
		printf "listen_addresses='*'\nmax_wal_size='32MB'\nmin_wal_size='8MB'\nshared_buffers='16MB'\njit=off\n" >>$1/data/postgresql.conf
		sync; umount $1`, "sh", pgMount, d.device, pgBin)
}

// start mounts and starts it; the kernel and PostgreSQL replay what their journals say.
func (d database) start(t *testing.T, node string) {
	t.Helper()
	d.pair.in(t, node, "sh", "-ec", `mkdir -p $1; mount $2 $1; runuser -u postgres -- $3/pg_ctl -D $1/data -l /tmp/pg.log -w -t 300 start >/dev/null`, "sh", pgMount, d.device, pgBin)
}

func (d database) stop(t *testing.T, node string) {
	t.Helper()
	d.pair.in(t, node, "sh", "-ec", `runuser -u postgres -- $2/pg_ctl -D $1/data -m fast -w -t 300 stop >/dev/null; umount $1`, "sh", pgMount, pgBin)
}

// writer is the client outside, which keeps what was acknowledged to it.
type writer struct {
	*probe.Probe
	acks string
	dsn  string
	stop func()
}

// writes begins to write to a database at any of some addresses, a row after the other, until the test ends.
func writes(t *testing.T, dir string, hosts ...string) *writer {
	t.Helper()
	for i := range hosts {
		hosts[i] += ":5432"
	}
	w := &writer{acks: filepath.Join(dir, "acks"), dsn: "postgres://postgres@" + strings.Join(hosts, ",") + "/postgres?sslmode=disable&connect_timeout=8"}
	p, err := probe.New(probe.Config{
		DSN: w.dsn, Target: hosts[0], Acks: w.acks, Status: filepath.Join(dir, "status"), Socket: filepath.Join(dir, "probe.sock"),
		Timeout: 40 * time.Second, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Probe = p
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

// acknowledged waits until so many more rows were acknowledged.
func (w *writer) acknowledged(t *testing.T, more int64) {
	t.Helper()
	from := w.Status().Acknowledged
	testkit.EventuallyWithin(t, soon, func() error {
		if s := w.Status(); s.Acknowledged < from+more {
			return fmt.Errorf("%d rows of %d; %s", s.Acknowledged-from, more, s.LastError)
		}
		return nil
	})
}

// none wants each acknowledged row to be there, and says how many there are.
func (w *writer) none(t *testing.T) int64 {
	t.Helper()
	v, err := w.compare(t)
	if err != nil {
		t.Fatal(err)
	}
	if v.Lost != 0 || v.Found == 0 {
		t.Fatalf("of %d rows that were acknowledged %d are lost: %v", v.Acknowledged, v.Lost, v.Missing)
	}
	return v.Found
}

func (w *writer) compare(t *testing.T) (probe.Verification, error) {
	t.Helper()
	var v probe.Verification
	err := stage.Until(t.Context(), soon, "comparison", func(ctx context.Context) (bool, error) {
		var err error
		v, err = w.Verify(ctx, w.dsn)
		return err == nil, err
	})
	return v, err
}
