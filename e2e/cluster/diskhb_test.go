package cluster_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hawser/agent/diskhb"
	"hawser/e2e/stage"
)

const (
	diskCluster  = "disk"
	diskInstance = 236 // of the sandbox: these tests need a second shared disk
)

// diskStage is a stage of its own with a cluster of three nodes, two network links and a disk heartbeat.
func diskStage(t *testing.T) *stage.Stage {
	t.Helper()
	s := ownStage(t, "disk", stage.Options{Instance: envOr("HAWSER_DISK_INSTANCE", diskInstance), LUNs: 2})
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return s.Up(ctx) },
		func() error { return s.CreateCluster(ctx, diskCluster, "balanced") },
		func() error { return s.EnableDisk(ctx, diskCluster) },
	} {
		if err := step(); err != nil {
			explain(t, s)
			t.Fatal(err)
		}
	}
	return s
}

// steady does something while messages go round, and holds Corosync to one membership under one ring ID, to no lost message,
// and to a longest stall.
func steady(t *testing.T, s *stage.Stage, during, longest time.Duration, strike func(context.Context) error) {
	t.Helper()
	ctx := t.Context()
	before := map[string]string{}
	for _, n := range s.Nodes() {
		id, members, err := s.Ring(ctx, n)
		if err != nil || members != len(s.Nodes()) {
			t.Fatalf("before: %s sees %d nodes: %v", n, members, err)
		}
		before[n] = id
	}
	got, err := s.Stalls(ctx, during, strike)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("longest stall %s, latency %s, lost %d", got.Gap, got.Latency, got.Lost)
	if got.Gap > longest || got.Lost != 0 || got.NodesLost != 0 {
		explain(t, s)
		t.Errorf("longest stall %s, at most %s; %d messages lost, %d nodes lost", got.Gap, longest, got.Lost, got.NodesLost)
	}
	for _, n := range s.Nodes() {
		id, members, err := s.Ring(ctx, n)
		if err != nil || members != len(s.Nodes()) || id != before[n] {
			t.Errorf("after: %s sees %d nodes in ring %s, before it was %s: %v", n, members, id, before[n], err)
		}
	}
}

// TestDiskHeartbeat: a cluster whose network is gone stays one cluster and can be changed; and what breaks on the disk's side costs time
// and no node. The stalls are those of docs/formats and the first prototype, or better.
func TestDiskHeartbeat(t *testing.T) {
	s := diskStage(t)
	ctx := t.Context()

	t.Run("AllLinksCut", func(t *testing.T) {
		steady(t, s, 12*time.Second, time.Second, s.CutNetwork)
		if st, err := s.DiskStatus(ctx, "n1"); err != nil || !st.InUse {
			t.Errorf("the cluster lives on the disk, and the daemon says %+v, %v", st, err)
		}
		id, _, err := s.Ring(ctx, "n1")
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"resource", "create", diskCluster, "alone", "ocf:pacemaker:Dummy"},
			{"resource", "move", diskCluster, "alone", "--node", "n2"},
			{"resource", "move", diskCluster, "alone", "--node", "n3"},
		} {
			if _, err := s.CLI(ctx, args...); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := s.Resource(ctx, diskCluster, "alone"); err != nil || r.Node != "n3" {
			t.Errorf("the resource is on %q: %v", r.Node, err)
		}
		if again, members, err := s.Ring(ctx, "n1"); err != nil || again != id || members != 3 {
			t.Errorf("meanwhile the ring became %s with %d nodes: %v", again, members, err)
		}
	})

	// As the first measurements were made: a token of 3 s. With a shorter one a stop of two seconds is rightly the end of a membership.
	// Even this change goes over the disk.
	if _, err := s.CLI(ctx, "timing", "set", diskCluster, "--token", "3000", "--coefficient", "650"); err != nil {
		t.Fatal(err)
	}
	exec := func(node string, args ...string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Exec(ctx, node, args...); return err }
	}
	t.Run("DaemonKilled", func(t *testing.T) {
		steady(t, s, 10*time.Second, 1800*time.Millisecond, exec("n2", "systemctl", "kill", "--signal=KILL", "hawser-diskhb"))
	})
	t.Run("DaemonStopped", func(t *testing.T) {
		steady(t, s, 12*time.Second, 2600*time.Millisecond, func(ctx context.Context) error {
			if err := exec("n2", "systemctl", "kill", "--signal=STOP", "hawser-diskhb")(ctx); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second): // this long the daemon is to stand still
			}
			return exec("n2", "systemctl", "kill", "--signal=CONT", "hawser-diskhb")(ctx)
		})
	})
	t.Run("GarbageOverHeads", func(t *testing.T) {
		steady(t, s, 14*time.Second, 900*time.Millisecond, func(ctx context.Context) error {
			for range 40 { // over all heads, by docs/formats/diskhb.md
				if _, err := s.Sandbox(ctx, "lun-garbage", "--lun", "1", fmt.Sprint((2+32)*4096), fmt.Sprint(3*4096)); err != nil {
					return err
				}
			}
			return nil
		})
		damaged := uint64(0)
		for _, n := range s.Nodes() {
			st, err := s.DiskStatus(ctx, n)
			if err != nil {
				t.Fatal(err)
			}
			damaged += st.Counters.Damaged + st.Counters.Healed
		}
		if damaged == 0 {
			t.Error("no daemon has seen a damaged head")
		}
	})
	t.Run("NetworkBack", func(t *testing.T) {
		steady(t, s, 10*time.Second, 900*time.Millisecond, s.HealNetwork)
		if err := s.WaitLinks(ctx, 3); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("DeviceRemoved", func(t *testing.T) {
		state := func(want diskhb.State) {
			t.Helper()
			if err := stage.Until(ctx, 20*time.Second, "disk heartbeat "+string(want), func(ctx context.Context) (bool, error) {
				st, err := s.DiskStatus(ctx, "n3")
				return st.State == want, fmt.Errorf("it is %s: %w", st.State, err)
			}); err != nil {
				t.Error(err)
			}
		}
		steady(t, s, 10*time.Second, 900*time.Millisecond, func(ctx context.Context) error {
			_, err := s.Sandbox(ctx, "lun", "n3", "gone", "--lun", "1")
			return err
		})
		state(diskhb.Stalled)
		if _, err := s.Sandbox(ctx, "lun", "n3", "ok", "--lun", "1"); err != nil {
			t.Fatal(err)
		}
		state(diskhb.Working)
		if err := s.WaitLinks(ctx, 3); err != nil {
			t.Error(err)
		}
	})
	t.Run("CloneRefused", func(t *testing.T) {
		// n3 gives itself n2's number: its daemon must end before it writes anything, and n2's must not notice.
		if _, err := s.Exec(ctx, "n3", "sed", "-i", "s/^node: 3$/node: 2/", diskhb.ConfigFile); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Exec(ctx, "n3", "systemctl", "restart", "hawser-diskhb"); err != nil {
			t.Fatal(err)
		}
		if err := stage.Until(ctx, 20*time.Second, "clone stopped", func(ctx context.Context) (bool, error) {
			st, err := s.DiskStatus(ctx, "n3")
			return st.State == diskhb.Stopped && strings.Contains(st.Why, diskhb.ErrCloned.Error()), fmt.Errorf("%s %s: %w", st.State, st.Why, err)
		}); err != nil {
			t.Error(err)
		}
		if st, err := s.DiskStatus(ctx, "n2"); err != nil || st.State != diskhb.Working || st.Counters.Strangers != 0 {
			t.Errorf("n2: %+v, %v", st, err)
		}
	})
}
