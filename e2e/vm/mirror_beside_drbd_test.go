package vm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"hawser/e2e/bench/table"
	"hawser/e2e/vm"
	"hawser/e2e/vm/remote"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

const (
	besideTurns = 3
	besideMount = "/srv/beside"

	drbdLUN   = 0 // of the two disks that each machine has
	mirrorLUN = 1
)

// besideLoads are those of make bench-volume, as fio has them.
var besideLoads = []struct {
	name string
	fio  []string
}{
	{"4k write QD1", []string{"--rw=randwrite", "--bs=4k", "--iodepth=1"}},
	{"4k write QD32", []string{"--rw=randwrite", "--bs=4k", "--iodepth=32"}},
	{"1M write", []string{"--rw=write", "--bs=1M", "--iodepth=8"}},
	{"4k read QD1", []string{"--rw=randread", "--bs=4k", "--iodepth=1"}},
	{"4k read QD32", []string{"--rw=randread", "--bs=4k", "--iodepth=32"}},
	{"1M read", []string{"--rw=read", "--bs=1M", "--iodepth=8"}},
	{"4k write+fsync", []string{"--rw=randwrite", "--bs=4k", "--iodepth=1", "--fsync=1"}},
}

// beside is one of the two volumes that are measured.
type beside struct {
	device  string
	drivers map[string]*remote.Driver
	primary string
	// inSync wants both sides to have everything.
	inSync func(t *testing.T, primary string)
}

// TestMirrorBesideDRBD measures a mirror and a volume of DRBD in turn, on disks of the same machines.
func TestMirrorBesideDRBD(t *testing.T) {
	need(t)
	testkit.Need(t, "fuse")
	r := newResults(t, "The mirror's speed beside DRBD", fmt.Sprintf(`Two machines, a disk on each for either volume, both in sync; fio on the block device, past the page cache, on both in turn, the median
of %d turns. No aim is set: on an emulated processor a system call and a switch between programs cost far more, beside the kernel's own work, than on a real one, and the mirror's way has several of
them.

两台虚拟机，每台为两种卷各备一块磁盘，均已同步；fio 绕过页缓存直接读写块设备，两种卷轮流进行，取 %d 次的中位数。不设目标：在软件模拟的处理器上，系统调用和进程切换相对内核自身工作的代价远高于真机，而镜像的路径上有多次。`,
		besideTurns, besideTurns))
	opt := options("beside", "n1", "n2")
	opt.Disks = []vm.Disk{drbdLUN: {Size: 128 << 20, Own: true}, mirrorLUN: {Size: 128 << 20, Own: true}}
	m := newMirrored(t, opt, r)
	both := [2]*beside{m.drbdBeside(t), m.mirrorBeside(t)}
	n1 := m.names[0]
	inTurn := func(name, unit, form string, measure func(b *beside) float64) {
		r.begin()
		var seen [2][]float64
		for turn := range besideTurns {
			for i := range both {
				i = (i + turn) % len(both) // neither is always the first
				seen[i] = append(seen[i], measure(both[i]))
			}
		}
		drbd, mirror := table.Median(seen[0]), table.Median(seen[1])
		r.add(name, fmt.Sprintf("%d times", besideTurns), fmt.Sprintf("DRBD "+form+" %s, mirror "+form+" %s: %.2f", drbd, unit, mirror, unit, mirror/drbd), "–")
	}
	for _, l := range besideLoads {
		inTurn(l.name, "/s", "%.0f", func(b *beside) float64 { return m.fio(t, n1, b.device, l.fio) })
	}
	for _, b := range both {
		b.inSync(t, n1)
		m.in(t, n1, "mkfs.ext4", "-q", "-F", b.device) // over what fio has written, which the product would refuse to
	}
	inTurn("promote to mounted", "s", "%.2f", func(b *beside) float64 { return m.moves(t, b).Seconds() })
}

// mirrorBeside makes a mirror whose first side is Primary.
func (m *mirrored) mirrorBeside(t *testing.T) *beside {
	t.Helper()
	for _, n := range m.names {
		m.disks[n] = m.in(t, n, "readlink", "-f", lunDevice(mirrorLUN)) // the product takes no device of a mirror's own folder for a disk
	}
	m.create(t, nil)
	m.act(t, m.names[0], ha.VolumePromote)
	b := &beside{device: mirrorDevice, drivers: m.drivers, primary: m.names[0], inSync: func(t *testing.T, primary string) { t.Helper(); m.becomes(t, primary, "in sync", paired) }}
	b.inSync(t, m.names[0])
	return b
}

// drbdBeside makes the same of DRBD, on disks that are blank, too.
func (m *mirrored) drbdBeside(t *testing.T) *beside {
	t.Helper()
	b := &beside{
		device: fmt.Sprintf("/dev/drbd%d", minor), drivers: map[string]*remote.Driver{}, primary: m.names[0],
		inSync: func(t *testing.T, primary string) { t.Helper(); m.reaches(t, primary, minor, "in sync", inSync) },
	}
	v := ha.Volume{Name: volumeName, Driver: ha.DRBD, Device: b.device, Protocol: "C"}
	for i, n := range m.names {
		v.Replicas = append(v.Replicas, ha.Replica{Node: n, ID: i, Disk: lunDevice(drbdLUN), Address: m.rig.Address(n, replicates), Port: port + 1})
	}
	ctx := t.Context()
	for _, n := range m.names {
		d := m.driver(t, n)
		b.drivers[n] = d
		if err := errors.Join(d.Configure(ctx, v, secret), d.Create(ctx, volumeName, nil), d.Up(ctx, volumeName)); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
	}
	n1 := m.names[0]
	m.reaches(t, n1, minor, "connected", func(k kernel) bool { return k.Connection == "Connected" })
	if err := errors.Join(b.drivers[n1].FirstSync(ctx, volumeName, ha.SyncSkip), b.drivers[n1].Act(ctx, volumeName, ha.VolumePromote, 0)); err != nil {
		t.Fatal(err)
	}
	b.inSync(t, n1)
	return b
}

// moves makes the other side Primary, and says how long it took from the order until the file system is there.
func (m *mirrored) moves(t *testing.T, b *beside) time.Duration {
	t.Helper()
	from, to := b.primary, m.other(b.primary)
	if err := b.drivers[from].Act(t.Context(), volumeName, ha.VolumeDemote, 0); err != nil {
		t.Fatalf("%s: demote: %v", from, err)
	}
	begin := time.Now()
	if err := b.drivers[to].Act(t.Context(), volumeName, ha.VolumePromote, 0); err != nil {
		t.Fatalf("%s: promote: %v", to, err)
	}
	m.in(t, to, "mount", "-m", b.device, besideMount)
	took := time.Since(begin)
	b.primary = to
	m.in(t, to, "umount", besideMount)
	b.inSync(t, to)
	return took
}

// fio returns how many requests were answered in a second.
func (p *pair) fio(t *testing.T, node, device string, load []string) float64 {
	t.Helper()
	out := p.in(t, node, append([]string{
		"fio", "--name=load", "--filename=" + device, "--direct=1", "--ioengine=libaio", "--runtime=5", "--time_based", "--randrepeat=0", "--norandommap",
		"--output-format=json",
	}, load...)...)
	type requests struct {
		IOPS float64 `json:"iops"`
	}
	var told struct {
		Jobs []struct {
			Error int      `json:"error"`
			Read  requests `json:"read"`
			Write requests `json:"write"`
		} `json:"jobs"`
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || len(told.Jobs) != 1 || told.Jobs[0].Error != 0 {
		t.Fatalf("fio: %v: %s", err, out)
	}
	return told.Jobs[0].Read.IOPS + told.Jobs[0].Write.IOPS
}
