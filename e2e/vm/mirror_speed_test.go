package vm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hawser/e2e/vm"
	"hawser/internal/ha"
)

const (
	rawLUN, besideLUN, mirrorLUN = 0, 1, 2

	speedSize   = 192 << 20
	speedRounds = 3
)

// speedLoads are fio's, past the page cache.
var speedLoads = []struct {
	name string
	args []string
	unit string
}{
	{"4 KiB random write, one at a time", []string{"--rw=randwrite", "--bs=4k", "--iodepth=1"}, "/s"},
	{"4 KiB random write, 32 at once", []string{"--rw=randwrite", "--bs=4k", "--iodepth=32"}, "/s"},
	{"1 MiB write in a row, 4 at once", []string{"--rw=write", "--bs=1m", "--iodepth=4"}, "MiB/s"},
	{"4 KiB random write with a flush after each", []string{"--rw=randwrite", "--bs=4k", "--iodepth=1", "--fsync=1"}, "/s"},
	{"4 KiB random read, one at a time", []string{"--rw=randread", "--bs=4k", "--iodepth=1"}, "/s"},
	{"4 KiB random read, 32 at once", []string{"--rw=randread", "--bs=4k", "--iodepth=32"}, "/s"},
	{"1 MiB read in a row, 4 at once", []string{"--rw=read", "--bs=1m", "--iodepth=4"}, "MiB/s"},
}

// TestMirrorBesideDRBD measures a plain disk, DRBD and the mirror in the same two machines, in turn.
func TestMirrorBesideDRBD(t *testing.T) {
	need(t)
	r := newResults(t, "The mirror beside DRBD: speed", fmt.Sprintf(`fio in the same machine on a disk, on DRBD 8.4 (protocol C) and on the mirror, each over a disk of its own of the same kind, in turn, %d rounds of
6 s; medians. **Emulated processors are slow, and a user-space program feels it more than a kernel module: the figures are worth nothing by themselves, their ratios little on other hardware.**

同一台虚拟机上依次对普通磁盘、DRBD 8.4（协议 C）和镜像运行 fio，三者各用一块同类磁盘，共 %d 轮，每轮 6 秒，取中位数。**软件模拟的处理器很慢，用户态程序比内核模块更受其累：数值本身没有意义，比值也难以推及其他硬件。**`, speedRounds, speedRounds))
	opt := options("mirror-speed", "n1", "n2")
	opt.Disks = []vm.Disk{rawLUN: {Size: speedSize, Own: true}, besideLUN: {Size: speedSize, Own: true}, mirrorLUN: {Size: speedSize, Own: true}}
	m := newMirrored(t, opt, r)
	n1 := m.names[0]
	for _, n := range m.names {
		m.disks[n] = virtioDisk(mirrorLUN)
	}
	m.create(t, nil)
	m.act(t, n1, ha.VolumePromote)
	m.becomes(t, n1, "in sync", paired)
	devices := map[string]string{"disk": lunDevice(rawLUN), "DRBD": m.beside(t), "mirror": mirrorDevice}
	for _, load := range speedLoads {
		r.begin()
		seen := map[string][]float64{}
		for range speedRounds {
			for _, name := range slices.Sorted(maps.Keys(devices)) {
				seen[name] = append(seen[name], m.speed(t, n1, devices[name], load.args, load.unit))
			}
		}
		median := func(name string) float64 {
			slices.Sort(seen[name])
			return seen[name][speedRounds/2]
		}
		disk, drbd, mirror := median("disk"), median("DRBD"), median("mirror")
		r.add(load.name, "fio "+strings.Join(load.args, " "), fmt.Sprintf("disk %.1f, DRBD %.1f, mirror %.1f %s: mirror/DRBD **%.2f**, mirror/disk %.2f, DRBD/disk %.2f", disk, drbd, mirror, load.unit, mirror/drbd, mirror/disk, drbd/disk), "the ratios")
	}
	m.act(t, n1, ha.VolumeDemote)
	m.remove(t)
}

// virtioDisk is a disk by the name that the kernel's own rules give it: those below /dev/hawser are for mirrors.
func virtioDisk(lun int) string { return fmt.Sprintf("/dev/disk/by-id/virtio-lun%d", lun) }

// beside makes a volume of DRBD in the same machines, and returns its device.
func (m *mirrored) beside(t *testing.T) string {
	t.Helper()
	ctx, name, first := t.Context(), "beside", m.names[0]
	v := ha.Volume{Name: name, Driver: ha.DRBD, Device: fmt.Sprintf("/dev/drbd%d", minor), Protocol: "C"}
	for i, n := range m.names {
		v.Replicas = append(v.Replicas, ha.Replica{Node: n, ID: i, Disk: virtioDisk(besideLUN), Address: m.rig.Address(n, replicates), Port: port + 1})
		m.in(t, n, "modprobe", "drbd")
	}
	for _, n := range m.names {
		d := m.driver(t, n)
		if err := errors.Join(d.Configure(ctx, v, secret), d.Create(ctx, name, nil), d.Up(ctx, name)); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
	}
	m.reaches(t, first, minor, "connected", func(k kernel) bool { return k.Connection == "Connected" })
	d := m.driver(t, first)
	if err := d.FirstSync(ctx, name, ha.SyncSkip); err != nil {
		t.Fatal(err)
	}
	m.reaches(t, first, minor, "in sync", inSync)
	if err := d.Act(ctx, name, ha.VolumePromote, 0); err != nil {
		t.Fatal(err)
	}
	return v.Device
}

// speed runs fio for a while.
func (m *mirrored) speed(t *testing.T, node, device string, args []string, unit string) float64 {
	t.Helper()
	var told struct {
		Jobs []struct {
			Read, Write struct {
				IOPS float64 `json:"iops"`
				BW   float64 `json:"bw_bytes"`
			}
		}
	}
	out := m.in(t, node, append([]string{"fio", "--name=speed", "--filename=" + device, "--size=128M", "--ioengine=libaio", "--direct=1", "--time_based", "--runtime=6", "--ramp_time=1",
		"--output-format=json"}, args...)...)
	if err := json.Unmarshal([]byte(out[strings.IndexByte(out, '{'):]), &told); err != nil || len(told.Jobs) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	j := told.Jobs[0]
	if unit == "MiB/s" {
		return (j.Read.BW + j.Write.BW) / (1 << 20)
	}
	return j.Read.IOPS + j.Write.IOPS
}
