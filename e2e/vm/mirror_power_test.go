package vm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/format"
	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/internal/ha"
)

const (
	powerLUN  = 0
	powerSize = 192 << 20
)

// powered is a mirror under PostgreSQL and fio, whose machines, daemons and link are taken from it.
type powered struct {
	*mirrored
	primary string
	writer  *writer
	seed    int // of the file that fio has written last
}

// hurt is what happens in one round, and how it is served again.
type hurt struct {
	name string
	do   func(p *powered, t *testing.T) string
}

var hurts = []hurt{
	{"Daemon of the Primary killed", (*powered).primaryKilled},
	{"Daemon of the Secondary killed", (*powered).secondaryKilled},
	{"Primary loses its power", (*powered).primaryOff},
	{"Secondary loses its power", (*powered).secondaryOff},
	{"Link cut", (*powered).linkCut},
	{"Both lose their power at once", (*powered).bothOff},
}

// TestMirrorPower takes daemons, power and link from a mirror of two machines, under load.
func TestMirrorPower(t *testing.T) {
	need(t)
	r := newResults(t, "The mirror: what happens to data", `Two machines with a mirror, driven by the product's driver alone; the in-sync set is kept outside, as a third vote would. PostgreSQL is
written to from outside without a pause, and before each round fio writes a file of 8 MiB that it verifies (crc32c) afterwards where the volume then is. What a disk had not flushed is lost with its
machine's power; the copies are compared byte by byte after each round.

两台虚拟机上的镜像，仅由产品的驱动操作；同步集合保存在虚拟机之外，相当于第三票。外部客户端持续写入 PostgreSQL；每轮之前 fio 写入 8 MiB 文件，之后在卷所在的一侧校验（crc32c）。断电时磁盘未落盘的数据一并丢失；每轮之后逐字节比较两份副本。`)
	opt := options("mirror-power", "n1", "n2")
	opt.Disks = []vm.Disk{powerLUN: {Size: powerSize, Own: true}}
	m := newMirrored(t, opt, r)
	p := &powered{mirrored: m, primary: m.names[0]}
	for _, n := range m.names {
		m.disks[n] = virtioDisk(powerLUN)
	}
	m.create(t, nil)
	m.act(t, p.primary, ha.VolumePromote)
	if err := m.drivers[p.primary].Format(t.Context(), volumeName, "ext4"); err != nil {
		t.Fatal(err)
	}
	m.db.init(t, p.primary)
	m.db.start(t, p.primary)
	p.writer = writes(t, t.TempDir(), m.rig.Address(m.names[0], clients), m.rig.Address(m.names[1], clients))
	m.becomes(t, p.primary, "in sync", paired)
	for _, h := range hurts {
		r.begin()
		p.fio(t, "--do_verify=0", "--fsync=16", "--end_fsync=1")
		p.writer.acknowledged(t, 20)
		seen := h.do(p, t)
		p.writer.acknowledged(t, 5)
		p.fio(t, "--verify_only")
		rows := p.writer.none(t)
		p.becomes(t, p.primary, "in sync", paired)
		p.alike(t)
		r.add(h.name, "under PostgreSQL's load, Primary was "+p.primary, fmt.Sprintf("%s; %d rows acknowledged, none lost; fio reads back what it wrote; copies alike", seen, rows), "no acknowledged row or block lost, both copies alike")
	}
}

// secondary is the other one.
func (p *powered) secondary() string { return p.other(p.primary) }

// fio writes a file, or verifies it: with the same seed it knows what has to be where.
func (p *powered) fio(t *testing.T, args ...string) {
	t.Helper()
	if args[0] != "--verify_only" {
		p.seed++
	}
	p.in(t, p.primary, append([]string{
		"fio", "--name=verified", "--filename=" + pgMount + "/fio", "--size=8M", "--bs=4k", "--rw=randwrite", "--ioengine=libaio", "--direct=1", "--iodepth=8",
		"--verify=crc32c", "--verify_fatal=1", fmt.Sprint("--randseed=", p.seed), "--output=/tmp/fio.log",
	}, args...)...)
}

// daemonKilled ends a daemon as a bug does.
func (p *powered) daemonKilled(t *testing.T, node string) {
	t.Helper()
	p.in(t, node, "sh", "-ec", "kill -KILL $(pidof hawser-mirror)")
}

func (p *powered) primaryKilled(t *testing.T) string {
	was := p.primary
	p.daemonKilled(t, was)
	// What was on the device has lost it. A cluster does the same, or fences.
	p.in(t, was, "sh", "-c", `runuser -u postgres -- $2/pg_ctl -D $1/data -m immediate -w stop >/dev/null 2>&1; umount $1`, "sh", pgMount, pgBin)
	took := p.takesOver(t)
	p.up(t, was)
	return fmt.Sprintf("the peer serves after %.0f s", took.Seconds())
}

func (p *powered) secondaryKilled(t *testing.T) string {
	p.daemonKilled(t, p.secondary())
	begin := time.Now()
	p.becomes(t, p.primary, "alone", without)
	p.writer.acknowledged(t, 20)
	p.up(t, p.secondary())
	return fmt.Sprintf("the Primary goes on after %.0f s at most", time.Since(begin).Seconds())
}

func (p *powered) primaryOff(t *testing.T) string {
	was := p.primary
	p.off(t, was)
	took := p.takesOver(t)
	p.back(t, was)
	return fmt.Sprintf("its disk lost %d KiB; the peer serves after %.0f s", p.dropped(t, was), took.Seconds())
}

func (p *powered) secondaryOff(t *testing.T) string {
	p.off(t, p.secondary())
	p.becomes(t, p.primary, "alone", without)
	p.writer.acknowledged(t, 20)
	p.back(t, p.secondary())
	return fmt.Sprintf("its disk lost %d KiB; the Primary goes on", p.dropped(t, p.secondary()))
}

func (p *powered) linkCut(t *testing.T) string {
	p.part(t, p.primary, true, replicates)
	begin := time.Now()
	p.becomes(t, p.primary, "alone", without)
	noticed := time.Since(begin)
	p.writer.acknowledged(t, 30)
	s, err := p.status(t.Context(), p.primary)
	if err != nil || s.OutOfSync == 0 {
		t.Fatalf("it has written alone, and knows of nothing that the other side misses: %+v, %v", s, err)
	}
	p.part(t, p.primary, false, replicates)
	return fmt.Sprintf("alone after %.0f s, %d KiB out of sync when the link heals", noticed.Seconds(), s.OutOfSync>>10)
}

// bothOff: the Primary that crashed may have more, and its peer is not promoted beside it.
func (p *powered) bothOff(t *testing.T) string {
	for _, n := range p.names {
		p.off(t, n)
	}
	for _, n := range p.names {
		p.back(t, n)
	}
	p.becomes(t, p.secondary(), "connected", func(s daemon.Status) bool { return s.Connection == ha.PeerConnected })
	if err := p.drivers[p.secondary()].Act(t.Context(), volumeName, ha.VolumePromote, 0); err == nil {
		t.Fatal("the Secondary was promoted beside the Primary that crashed")
	}
	begin := time.Now()
	p.act(t, p.primary, ha.VolumePromote)
	p.db.start(t, p.primary)
	p.writer.acknowledged(t, 5)
	return fmt.Sprintf("the disks lost %d and %d KiB; the peer is refused, the Primary serves %.0f s after both have met", p.dropped(t, p.names[0]), p.dropped(t, p.names[1]), time.Since(begin).Seconds())
}

// takesOver makes the peer Primary, with the database, and says how long that took.
func (p *powered) takesOver(t *testing.T) time.Duration {
	t.Helper()
	begin, next := time.Now(), p.secondary()
	if err := stage.Until(t.Context(), soon, next+" becomes Primary", func(ctx context.Context) (bool, error) {
		err := p.drivers[next].Act(ctx, volumeName, ha.VolumePromote, 0)
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	p.primary = next
	p.db.start(t, next)
	p.writer.acknowledged(t, 5)
	return time.Since(begin)
}

// off takes a machine's power, and with it the driver that runs there: the next call finds a new one.
func (p *powered) off(t *testing.T, node string) {
	t.Helper()
	p.kill(t, node)
	p.drivers[node].Close()
}

// back starts a machine, and brings the volume up.
func (p *powered) back(t *testing.T, node string) {
	t.Helper()
	p.start(t, node)
	p.able(t, node)
	p.up(t, node)
}

func (p *powered) up(t *testing.T, node string) {
	t.Helper()
	if err := p.drivers[node].Up(t.Context(), volumeName); err != nil {
		t.Fatalf("%s: up: %v", node, err)
	}
}

// dropped is how much a disk has lost with its machine's power, in KiB.
func (p *powered) dropped(t *testing.T, node string) int64 {
	t.Helper()
	n, err := p.rig.Machine(node).Dropped(powerLUN)
	if err != nil {
		t.Fatal(err)
	}
	return n >> 10
}

// alike stops the database, and wants the same data on both disks: the metadata before them are each side's own.
func (p *powered) alike(t *testing.T) {
	t.Helper()
	p.db.stop(t, p.primary)
	var stores []string
	for _, n := range p.names {
		p.in(t, n, "sync", virtioDisk(powerLUN))
		stores = append(stores, p.rig.Machine(n).Store(powerLUN))
	}
	g := geometry(t, stores[0])
	if out, err := exec.Command("cmp", "--ignore-initial="+fmt.Sprint(g.DataOffset()), "--bytes="+fmt.Sprint(g.Size), stores[0], stores[1]).CombinedOutput(); err != nil {
		t.Fatalf("the copies differ: %v: %s", err, out)
	}
	p.db.start(t, p.primary)
	p.writer.acknowledged(t, 5)
}

// geometry is how a volume lies on a disk, by the file that is the disk.
func geometry(t *testing.T, store string) format.Geometry {
	t.Helper()
	f, err := os.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 2*format.BlockSize)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	super, err := format.ReadSuper(b)
	if err != nil {
		t.Fatal(err)
	}
	return super.Geometry
}
