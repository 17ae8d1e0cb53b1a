package vm_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/e2e/vm/remote"
	"hawser/internal/ha"
)

const (
	volumeName = "data"
	// minor and port are of the volume.
	minor = 0
	port  = 7789
	// secret is the one that the two sides prove themselves to each other with.
	secret = "between-the-two"
)

// plain is a volume of two machines that nothing but the driver runs: no cluster decides who is Primary.
type plain struct {
	*pair
	story   *testing.T // the test that all chapters belong to
	drivers map[string]*remote.Driver
	flaky   map[string]*vm.Flaky
	db      database
	writer  *writer
}

// TestVolume is one story about what happens to data: each chapter needs the volume that the one before has left.
func TestVolume(t *testing.T) {
	need(t)
	p := newPlain(t)
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Document", p.document},
		{"Create", p.create},
		{"PrimaryLosesPower", p.primaryLosesPower},
		{"DiskLies", p.diskLies},
		{"Partition", p.partition},
		{"SecondaryLosesPower", p.secondaryLosesPower},
		{"BothLosePower", p.bothLosePower},
		{"NoFlushes", p.noFlushes},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			return
		}
	}
}

// newPair boots two machines for DRBD.
func newPair(t *testing.T, dir string, r *results) *pair {
	t.Helper()
	return boot(t, drbdOptions(dir), r)
}

// boot boots two machines.
func boot(t *testing.T, opt vm.Options, r *results) *pair {
	t.Helper()
	rig, err := vm.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	p := &pair{rig: rig, names: [2]string(opt.Names), results: r}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		if t.Failed() {
			p.explain(ctx, t)
		}
		if err := rig.Down(ctx); err != nil {
			t.Error(err)
		}
		if left, _ := net.Interfaces(); len(left) > 1 { // loopback
			t.Errorf("left: %v", left)
		}
	})
	if err := rig.Up(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("machines after %s", rig.Booted().Round(time.Second))
	return p
}

func (p *pair) explain(ctx context.Context, t *testing.T) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, n := range p.names {
		m := p.rig.Machine(n)
		t.Logf("%s: runs ended %+v", n, m.Ends(time.Time{}))
		tail(t, m)
		out, err := m.Exec(ctx, nil, "sh", "-c", "cat /proc/drbd; head -n 50 /etc/drbd.d/*.res; dmesg | grep -E 'drbd|block' | tail -n 60; tail -n 20 /tmp/pg.log; tail -n 40 /etc/hawser/mirror/*.log; crm_mon -1rfm3; journalctl --no-pager -q -n 60 | cut -c 1-220")
		t.Logf("%s: %v\n%s", n, err, out)
	}
}

func newPlain(t *testing.T) *plain {
	t.Helper()
	r := newResults(t, "Volumes: what happens to data", `Two machines with DRBD 8.4, driven by the product's driver alone, and a PostgreSQL that is written to
from outside without a pause. What a disk had not flushed is lost with its machine's power; copies are compared byte by byte.

两台虚拟机运行 DRBD 8.4，仅由产品的驱动操作，外部客户端持续写入 PostgreSQL。断电时磁盘未落盘的数据一并丢失；两份副本逐字节比较。`)
	p := &plain{story: t, pair: newPair(t, "plain", r), drivers: map[string]*remote.Driver{}, flaky: map[string]*vm.Flaky{}}
	for _, n := range p.names {
		p.drivers[n] = p.driver(t, n)
		p.lay(t, n)
	}
	p.db = database{p.pair, fmt.Sprintf("/dev/drbd%d", minor)}
	return p
}

// lay puts the device that can lie over a machine's disk; it is gone after each boot.
func (p *plain) lay(t *testing.T, node string) {
	t.Helper()
	f, err := p.rig.Machine(node).Flaky(t.Context(), lunDevice(dataLUN))
	if err != nil {
		t.Fatal(err)
	}
	p.flaky[node] = f
}

// volume is the volume with what its disks must be told beside the defaults. A resync leaves nearly everything to a client that writes
// without a pause, 250 KiB/s in all, unless it is given a rate of its own.
func (p *plain) volume(disk map[string]string) ha.Volume {
	options := map[string]map[string]string{"disk": {"c-min-rate": "8M"}}
	maps.Copy(options["disk"], disk)
	v := ha.Volume{Name: volumeName, Driver: ha.DRBD, Device: p.db.device, Protocol: "C", Options: options}
	for i, n := range p.names {
		v.Replicas = append(v.Replicas, ha.Replica{Node: n, ID: i, Disk: p.flaky[n].Device(), Address: p.rig.Address(n, replicates), Port: port})
	}
	return v
}

// act has the product do something, and fails where it cannot.
func (p *plain) act(t *testing.T, node string, action ha.VolumeAction) {
	t.Helper()
	if err := p.drivers[node].Act(t.Context(), volumeName, action, 0); err != nil {
		t.Fatalf("%s: %s: %v", node, action, err)
	}
}

// back starts a machine, lays its disk and brings the volume up.
func (p *plain) back(t *testing.T, node string) {
	t.Helper()
	p.start(t, node)
	p.lay(t, node)
	p.up(t, node)
}

func (p *plain) up(t *testing.T, node string) {
	t.Helper()
	if err := p.drivers[node].Up(t.Context(), volumeName); err != nil {
		t.Fatalf("%s: up: %v", node, err)
	}
}

// takesOver makes a machine Primary once it knows that it may, and starts the database there. It says how long that took.
func (p *plain) takesOver(t *testing.T, node string) time.Duration {
	t.Helper()
	begin := time.Now()
	if err := stage.Until(t.Context(), soon, node+" becomes Primary", func(ctx context.Context) (bool, error) {
		err := p.drivers[node].Act(ctx, volumeName, ha.VolumePromote, 0)
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	p.db.start(t, node)
	p.writer.acknowledged(t, 5)
	return time.Since(begin)
}

// kill takes the power of a machine, and with it the driver that runs there: the next call finds a new one.
func (p *plain) kill(t *testing.T, node string) {
	t.Helper()
	p.pair.kill(t, node)
	p.drivers[node].Close()
}

// rejoins brings a machine back as the side that is overwritten, and wants both copies alike, byte by byte, while nobody writes.
func (p *plain) rejoins(t *testing.T, node string) string {
	t.Helper()
	begin := time.Now()
	p.back(t, node)
	p.reaches(t, p.other(node), minor, "in sync with "+node, inSync)
	took := time.Since(begin)
	p.quietly(t, p.other(node), func() { p.alike(t, dataLUN, p.size(t, node)) })
	return fmt.Sprintf("back and in sync after %.0f s, copies alike", took.Seconds())
}

// quietly stops the database for a while.
func (p *plain) quietly(t *testing.T, node string, do func()) {
	t.Helper()
	p.db.stop(t, node)
	do()
	p.db.start(t, node)
	p.writer.acknowledged(t, 5)
}

// size is what of the disk is the volume's data: the metadata behind it are each side's own. A Secondary's device cannot be opened.
func (p *plain) size(t *testing.T, node string) int64 {
	t.Helper()
	const sector = 512 // of the kernel's figures, whatever the disk has
	var n int64
	if _, err := fmt.Sscan(p.in(t, node, "cat", "/sys/class/block/"+filepath.Base(p.db.device)+"/size"), &n); err != nil {
		t.Fatal(err)
	}
	return n * sector
}

// create: the product makes the volume, copies one side to the other and tells how far it is; then a database goes on it.
func (p *plain) create(t *testing.T) {
	p.results.begin()
	ctx := t.Context()
	v := p.volume(nil)
	for _, n := range p.names {
		d := p.drivers[n]
		if err := d.Configure(ctx, v, secret); err != nil {
			t.Fatalf("%s: configure: %v", n, err)
		}
		if err := d.Create(ctx, volumeName, nil); err != nil {
			t.Fatalf("%s: create: %v", n, err)
		}
		p.up(t, n)
	}
	n1, n2 := p.names[0], p.names[1]
	p.reaches(t, n1, minor, "connected", func(k kernel) bool { return k.Connection == "Connected" })
	begin := time.Now()
	if err := p.drivers[n1].FirstSync(ctx, volumeName, ha.SyncFull); err != nil {
		t.Fatal(err)
	}
	var told []string
	p.reaches(t, n2, minor, "in sync", func(k kernel) bool {
		states, err := p.drivers[n2].Status(ctx)
		if err == nil && len(states) == 1 && len(states[0].Peers) == 1 {
			if peer := states[0].Peers[0]; peer.Replication == ha.ReplicaSyncTarget && peer.Done > 0 {
				told = append(told, fmt.Sprintf("%.0f %%", peer.Done))
			}
		}
		return inSync(k)
	})
	if len(told) == 0 {
		t.Error("nothing was told of its progress")
	}
	p.results.add(fmt.Sprintf("First sync of %d MiB", dataSize>>20), "from one side to the other, blank disks", fmt.Sprintf("in sync after %.0f s; progress told on the way: %s", time.Since(begin).Seconds(), strings.Join(few(told), ", ")), "UpToDate on both sides, by /proc/drbd")
	p.act(t, n1, ha.VolumePromote)
	if err := p.drivers[n1].Format(ctx, volumeName, "ext4"); err != nil {
		t.Fatal(err)
	}
	p.db.init(t, n1)
	p.db.start(t, n1)
	p.writer = writes(p.story, p.story.TempDir(), p.rig.Address(n1, clients), p.rig.Address(n2, clients))
	p.writer.acknowledged(t, 20)
}

// few are some of many, from the first to the last.
func few(list []string) []string {
	list = slices.Compact(list)
	const most = 5
	if len(list) <= most {
		return list
	}
	var some []string
	for i := range most {
		some = append(some, list[i*(len(list)-1)/(most-1)])
	}
	return some
}

// primaryLosesPower: whatever its disk had not flushed is gone with it.
func (p *plain) primaryLosesPower(t *testing.T) {
	p.results.begin()
	n1, n2 := p.names[0], p.names[1]
	p.writer.acknowledged(t, 50)
	p.kill(t, n1)
	dropped, err := p.rig.Machine(n1).Dropped(dataLUN)
	if err != nil {
		t.Fatal(err)
	}
	took := p.takesOver(t, n2)
	rows := p.writer.none(t)
	seen := fmt.Sprintf("serves again after %.0f s, %d rows acknowledged, none lost; its disk lost %d KiB; %s", took.Seconds(), rows, dropped>>10, p.rejoins(t, n1))
	p.results.add("Primary loses its power", "under PostgreSQL's load; what its disk had not flushed is lost", seen, "no acknowledged row lost, both copies alike")
}

// diskLies: the Primary's disk keeps nothing from an instant on, though it says so, and then the Primary is gone: its activity log must
// have it fetch whatever it may have missed.
func (p *plain) diskLies(t *testing.T) {
	p.results.begin()
	n1, n2 := p.names[0], p.names[1]
	if err := p.flaky[n2].Lie(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.writer.acknowledged(t, 50)
	p.kill(t, n2)
	took := p.takesOver(t, n1)
	rows := p.writer.none(t)
	p.results.add("Primary's disk keeps nothing more", "dm-flakey drops its writes for 50 rows, then it loses its power",
		fmt.Sprintf("serves again after %.0f s, %d rows acknowledged, none lost; %s", took.Seconds(), rows, p.rejoins(t, n2)), "no acknowledged row lost, both copies alike")
}

// partition: the Primary goes on alone and remembers what the other side misses.
func (p *plain) partition(t *testing.T) {
	p.results.begin()
	n1, n2 := p.names[0], p.names[1]
	p.part(t, n1, true, replicates)
	begin := time.Now()
	p.reaches(t, n1, minor, "alone", func(k kernel) bool { return k.Connection == "WFConnection" })
	noticed := time.Since(begin)
	p.writer.acknowledged(t, 30)
	k := p.seen(t, n1, minor)
	if k.OutOfSync == 0 {
		t.Errorf("it has written alone, and knows of nothing that the other side misses: %+v", k)
	}
	p.part(t, n1, false, replicates)
	begin = time.Now()
	p.reaches(t, n1, minor, "in sync", inSync) // the other side may not have noticed that it was cut off
	p.reaches(t, n2, minor, "in sync", inSync)
	healed := time.Since(begin)
	p.quietly(t, n1, func() { p.alike(t, dataLUN, p.size(t, n2)) })
	p.results.add("Partition", "of the network for replication", fmt.Sprintf("noticed after %.0f s, %d KiB out of sync after 30 rows, in sync %.0f s after it healed; %d rows, none lost, copies alike",
		noticed.Seconds(), k.OutOfSync, healed.Seconds(), p.writer.none(t)), "serves on, remembers, catches up")
}

// secondaryLosesPower: what it has acknowledged and not flushed, the Primary still knows when it is back.
func (p *plain) secondaryLosesPower(t *testing.T) {
	p.results.begin()
	n1, n2 := p.names[0], p.names[1]
	p.overwrite(t, n1)
	p.kill(t, n2)
	dropped, err := p.rig.Machine(n2).Dropped(dataLUN)
	if err != nil {
		t.Fatal(err)
	}
	p.results.add("Secondary loses its power", "right after data were written over others and synced", fmt.Sprintf("its disk lost %d KiB; %s; %d rows acknowledged, none lost", dropped>>10, p.rejoins(t, n2), p.writer.none(t)), "copies alike")
}

// overwrite writes over a file whose place on the disk is given, and syncs it: data and a flush, and nothing in the file system's journal,
// whose commits would have everything before them flushed.
func (p *plain) overwrite(t *testing.T, node string) {
	t.Helper()
	file := pgMount + "/over"
	p.in(t, node, "sh", "-ec", `test -e $1 || dd if=/dev/urandom of=$1 bs=1M count=2 conv=fsync; sync; dd if=/dev/urandom of=$1 bs=1M count=2 conv=notrunc,fdatasync`, "sh", file)
}

// bothLosePower: what was acknowledged has been flushed on both.
func (p *plain) bothLosePower(t *testing.T) {
	p.results.begin()
	p.writer.acknowledged(t, 50)
	p.blackout(t)
	took := p.takesOver(t, p.names[1]) // the one that was Secondary
	rows := p.writer.none(t)
	p.results.add("Both lose their power at once", "under load; the Secondary is then made Primary", fmt.Sprintf("serves again %.0f s after both are up, %d rows acknowledged, none lost", took.Seconds(), rows), "no acknowledged row lost")
}

// blackout takes both machines' power and gives it back.
func (p *plain) blackout(t *testing.T) {
	t.Helper()
	for _, n := range p.names {
		p.kill(t, n)
	}
	for _, n := range p.names {
		p.back(t, n)
	}
	p.reaches(t, p.names[1], minor, "in sync", inSync)
}

// noFlushes is a loss of the Secondary's power with what a widely copied configuration says, on disks with a cache that nothing keeps
// alive: the Primary forgets at once what the other side says it has. It shows that the finding about it is right, and that the chapters
// above could have failed. A commit of the file system's journal at the wrong moment would save the data: hence several tries.
func (p *plain) noFlushes(t *testing.T) {
	p.results.begin()
	ctx := t.Context()
	v := p.volume(map[string]string{"disk-flushes": "no", "md-flushes": "no", "disk-barrier": "no"})
	for _, n := range p.names {
		if err := p.drivers[n].Configure(ctx, v, secret); err != nil {
			t.Fatal(err)
		}
	}
	n1, n2 := p.names[0], p.names[1] // Secondary, Primary
	const most = 5
	at, tries := int64(-1), 0
	for ; at < 0 && tries < most; tries++ {
		p.overwrite(t, n2)
		p.kill(t, n1)
		p.back(t, n1)
		p.reaches(t, n2, minor, "in sync, as it says", inSync)
		p.quietly(t, n2, func() { at = p.differ(t, dataLUN, p.size(t, n1)) })
	}
	if at < 0 {
		t.Fatal("nothing is lost without flushes: then these tests prove nothing")
	}
	p.results.add("… with no-disk-flushes", "as the document for KWDB has it, on disks whose cache no battery keeps", fmt.Sprintf("try %d: both sides say that they are in sync, and the copies differ", tries),
		"loses data: what the finding says")
}
