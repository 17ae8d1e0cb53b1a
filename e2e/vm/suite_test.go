package vm_test

import (
	"bytes"
	"fmt"
	"testing"

	"hawser/agent/replication/replicationtest"
)

// TestDriver runs the suite for replication drivers on real DRBD.
func TestDriver(t *testing.T) {
	need(t)
	r := newResults(t, "Driver for DRBD", `The suite that every replication driver passes (agent/replication/replicationtest), on DRBD 8.4 in two machines.

所有复制驱动共用的测试套件（agent/replication/replicationtest），在两台虚拟机的 DRBD 8.4 上运行。`)
	p := newPair(t, "suite", r)
	n1, n2 := p.names[0], p.names[1]
	p.in(t, n1, "mkfs.ext4", "-q", lunDevice(spareLUN))
	suite := &replicationtest.Pair{
		Cut:  func(t *testing.T) { p.part(t, n1, true, replicates) },
		Heal: func(t *testing.T) { p.part(t, n1, false, replicates) },
		// The smaller of the disks, which takes long enough at the rate that the suite asks for.
		Minor: minor, Port: port, Slow: true, Patience: soon,
	}
	for i, n := range p.names {
		suite.Sides[i] = p.side(t, n)
	}
	suite.Sides[0].Occupied = lunDevice(spareLUN)
	for _, n := range []string{n1, n2} {
		if out := p.in(t, n, "modprobe", "drbd"); out != "" {
			t.Error(out)
		}
	}
	replicationtest.Run(t, suite)
	r.add("The whole suite", "create, sync with progress, limit and pause, roles, protocols, disk, verify, invalidate, loss of power, split brain both ways, wrong secret, remove", "passed", "passed")
}

// side is one machine as the suite wants it.
func (p *pair) side(t *testing.T, node string) *replicationtest.Side {
	t.Helper()
	m := p.rig.Machine(node)
	write := func(t *testing.T, device string, at int64, data []byte) {
		t.Helper()
		if _, err := m.Exec(t.Context(), data, "dd", "of="+device, "bs=64k", fmt.Sprintf("seek=%d", at), "oflag=seek_bytes", "iflag=fullblock", "conv=notrunc,fsync", "status=none"); err != nil {
			t.Fatal(err)
		}
	}
	return &replicationtest.Side{
		Node: node, Driver: p.driver(t, node), Disk: lunDevice(smallLUN), Address: p.rig.Address(node, replicates),
		Write: write,
		Read: func(t *testing.T, device string, at int64, n int) []byte {
			t.Helper()
			p.in(t, node, "blockdev", "--flushbufs", device)
			out, err := m.Exec(t.Context(), nil, "dd", "if="+device, "bs=64k", fmt.Sprintf("skip=%d", at), fmt.Sprintf("count=%d", n), "iflag=skip_bytes,count_bytes,fullblock", "status=none")
			if err != nil {
				t.Fatal(err)
			}
			return bytes.Clone(out)
		},
		Plant:  func(t *testing.T, at int64, data []byte) { t.Helper(); write(t, lunDevice(smallLUN), at, data) },
		Kill:   func(t *testing.T) { t.Helper(); p.kill(t, node) },
		Revive: func(t *testing.T) { t.Helper(); p.start(t, node) },
	}
}
