package simulated_test

import (
	"testing"
	"time"

	"hawser/agent/engine/simulated"
	"hawser/agent/replication/replicationtest"
)

// TestVolumes: simulated volumes pass the suite that real DRBD passes in virtual machines.
func TestVolumes(t *testing.T) {
	dir := t.TempDir()
	pair := &replicationtest.Pair{Minor: 3, Port: 7788, Patience: 30 * time.Second}
	var world *simulated.World
	for i, node := range []string{"n1", "n2"} {
		d, err := simulated.New(simulated.Options{Dir: dir, Node: node})
		if err != nil {
			t.Fatal(err)
		}
		world = d.World()
		ctx := t.Context()
		must := func(t *testing.T, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		pair.Sides[i] = &replicationtest.Side{
			Node: node, Driver: d.Replication(), Disk: "/dev/disk/by-id/sim-local-1", Occupied: "/dev/disk/by-id/sim-local-3", Address: []string{"10.72.0.1", "10.72.0.2"}[i],
			Write: func(t *testing.T, _ string, at int64, data []byte) {
				t.Helper()
				must(t, world.WriteVolume(ctx, node, replicationtest.Name, at, data))
			},
			Read: func(t *testing.T, _ string, at int64, n int) []byte {
				t.Helper()
				data, err := world.ReadVolume(ctx, node, replicationtest.Name, at, n)
				must(t, err)
				return data
			},
			Plant: func(t *testing.T, at int64, data []byte) {
				t.Helper()
				must(t, world.DamageVolume(ctx, node, replicationtest.Name, at, data))
			},
			Kill:   func(t *testing.T) { t.Helper(); must(t, world.PowerOff(ctx, node)) },
			Revive: func(t *testing.T) { t.Helper(); must(t, world.PowerOn(ctx, node)) },
		}
	}
	pair.Cut = func(t *testing.T) {
		t.Helper()
		if err := world.CutLink(t.Context(), "n1", 1); err != nil {
			t.Fatal(err)
		}
	}
	pair.Heal = func(t *testing.T) {
		t.Helper()
		if err := world.RestoreLink(t.Context(), "n1", 1); err != nil {
			t.Fatal(err)
		}
	}
	pair.Slow = true
	if err := world.SetCopyRate(t.Context(), 8<<30); err != nil {
		t.Fatal(err)
	}
	replicationtest.Run(t, pair)
}
