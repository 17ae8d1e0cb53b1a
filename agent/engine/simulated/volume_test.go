package simulated_test

import (
	"slices"
	"testing"
	"time"

	"hawser/agent/engine/simulated"
	"hawser/agent/replication"
	"hawser/agent/replication/replicationtest"
	"hawser/internal/ha"
)

// TestVolumes: simulated volumes pass the suite that real DRBD passes in virtual machines.
func TestVolumes(t *testing.T) {
	suite(t, ha.DRBD, &replicationtest.Pair{Minor: 3, Port: 7788, Patience: 30 * time.Second})
}

// TestMirrors: simulated mirrors pass the suite as the daemons do, with what a mirror has not declared as they declare it.
func TestMirrors(t *testing.T) {
	suite(t, ha.Mirror, &replicationtest.Pair{Port: 7788, Patience: 30 * time.Second, Traits: &replicationtest.Traits{
		Device: ha.MirrorDeviceDir + replicationtest.Name, Options: map[string]map[string]string{"net": {"silence": "2000"}}, Number: [2]string{"net", "silence"},
		Metadata: "mirror", Protocols: []string{"C"}, Arbitrated: true, Attached: true, PrimaryVerifies: true, Refused: ha.PeerStandAlone,
	}})
}

// only is one driver of a host.
func only(t *testing.T, all replication.Driver, name ha.VolumeDriver) replication.Driver {
	t.Helper()
	drivers, several := all.(replication.Drivers)
	i := slices.IndexFunc(drivers, func(d replication.Driver) bool { return d.Name() == name })
	if !several || i < 0 {
		t.Fatalf("no driver %s among %v", name, all)
	}
	return drivers[i]
}

func suite(t *testing.T, driver ha.VolumeDriver, pair *replicationtest.Pair) {
	t.Helper()
	dir := t.TempDir()
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
			Node: node, Driver: only(t, d.Replication(), driver), Disk: "/dev/disk/by-id/sim-local-1", Occupied: "/dev/disk/by-id/sim-local-3", Address: []string{"10.72.0.1", "10.72.0.2"}[i],
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
