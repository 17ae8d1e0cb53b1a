package cluster_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/diskhb"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	diskCluster  = "disk"
	diskInstance = 236 // of the sandbox: these tests need a second shared disk
)

// diskToken is the token of these tests: busy machines are late by more than the profiles bear, and it is for the benchmark to say how late.
// Whatever stands still for less than that must not change the membership. A daemon that is stopped for two seconds does.
var diskToken = []string{"--token", "3000", "--coefficient", "650"}

// diskStage is a stage of its own with a cluster of three nodes, two network links and the programs of the disk heartbeat.
func diskStage(t *testing.T) *stage.Stage {
	t.Helper()
	s := ownStage(t, "disk", stage.Options{Instance: envOr("HAWSER_DISK_INSTANCE", diskInstance), LUNs: 3})
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return s.Up(ctx) },
		func() error { return s.CreateCluster(ctx, diskCluster, "balanced") },
		func() error {
			_, err := s.CLI(ctx, append([]string{"timing", "set", diskCluster}, diskToken...)...)
			return err
		},
		func() error { return s.InstallDisk(ctx) },
	} {
		if err := step(); err != nil {
			explain(t, s)
			t.Fatal(err)
		}
	}
	return s
}

// refuseDisks gives the cluster disks that must not carry a heartbeat. Nothing is written to any, and nothing changes on the nodes.
func refuseDisks(t *testing.T, s *stage.Stage) {
	ctx := t.Context()
	sh := func(node, script string) string {
		t.Helper()
		out, err := s.Exec(ctx, node, "sh", "-c", script)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	// spare is as large as the disk of the heartbeat, and another disk.
	const spare, link = "/dev/hawser/lun2", "/dev/hawser-test"
	heads := func() string {
		return sh("n1", "for d in "+stage.HeartbeatDevice+" "+spare+"; do dd if=$d bs=1M count=8 iflag=direct 2>/dev/null | sha256sum; done")
	}
	for _, c := range []struct {
		name, device, prepare, undo string
		code                        int
		says                        []string
	}{
		{name: "not there", device: "/dev/hawser/lun7", code: 2, says: []string{"/dev/hawser/lun7", "n1"}},
		{name: "no device", device: "/etc/passwd", code: 2, says: []string{"device"}},
		{
			name: "not shared", device: link, code: 4, says: []string{link, "n3"},
			prepare: "ln -s " + stage.HeartbeatDevice + " " + link, // n3's, below, leads elsewhere
		},
		{name: "file system", device: spare, code: 4, says: []string{spare, "ext4"}, prepare: "[ $(hostname) != n1 ] || mkfs.ext4 -q -F " + spare},
		{name: "mounted", device: spare, code: 4, says: []string{spare, "n1"}, prepare: "[ $(hostname) != n1 ] || mount " + spare + " /mnt", undo: "! mountpoint -q /mnt || umount /mnt"},
		{
			name: "partitions", device: spare, code: 4, says: []string{spare, "gpt"},
			prepare: "[ $(hostname) != n1 ] || { wipefs -q -a " + spare + "; printf 'EFI PART' | dd of=" + spare + " bs=512 seek=1 conv=sync,notrunc oflag=direct 2>/dev/null; }",
			undo:    "wipefs -q -a " + spare,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, node := range s.Nodes() {
				prepare := c.prepare
				if c.name == "not shared" && node == "n3" {
					prepare = "ln -s " + spare + " " + link
				}
				if prepare != "" {
					sh(node, prepare)
				}
			}
			before := heads()
			refused(t, s, refusal{argv: []string{"diskhb", "enable", diskCluster, c.device}, code: c.code, says: c.says})
			if c.undo != "" {
				sh("n1", c.undo)
			} else if after := heads(); after != before {
				t.Errorf("something was written: before %s after %s", before, after)
			}
			for _, node := range s.Nodes() {
				if out := sh(node, "rm -f "+link+"; ls "+diskhb.ConfigFile+" 2>/dev/null || true; grep -c 'linknumber: 7' /etc/corosync/corosync.conf || true"); strings.TrimSpace(out) != "0" {
					t.Errorf("%s has changed: %s", node, out)
				}
			}
		})
	}
}

// steady does something while messages go round, and holds Corosync to one membership under one ring ID and to no lost message.
func steady(t *testing.T, s *stage.Stage, during time.Duration, strike func(context.Context) error) {
	t.Helper()
	ctx := t.Context()
	before := rings(t, s)
	got, err := s.Stalls(ctx, during, strike)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("longest stall %s, latency %s", got.Gap, got.Latency)
	if got.Lost != 0 || got.NodesLost != 0 {
		t.Errorf("%d messages and %d nodes lost, longest stall %s", got.Lost, got.NodesLost, got.Gap)
	}
	if after := rings(t, s); !maps.Equal(before, after) {
		t.Errorf("the membership was formed anew: before %v, after %v", before, after)
	}
	if t.Failed() {
		explain(t, s)
	}
}

// rings returns the ring ID that each node sees, with all nodes in it.
func rings(t *testing.T, s *stage.Stage) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, n := range s.Nodes() {
		id, members, err := s.Ring(t.Context(), n)
		if err != nil || members != len(s.Nodes()) {
			t.Fatalf("%s sees %d nodes in ring %s: %v", n, members, id, err)
		}
		all[n] = id
	}
	return all
}

// diskBecomes waits until a node's daemon tells what is wanted.
func diskBecomes(t *testing.T, s *stage.Stage, node, what string, is func(diskhb.Status) bool) {
	t.Helper()
	var st diskhb.Status
	if err := stage.Until(t.Context(), 20*time.Second, "disk heartbeat of "+node+" "+what, func(ctx context.Context) (bool, error) {
		var err error
		st, err = s.DiskStatus(ctx, node)
		return err == nil && is(st), err
	}); err != nil {
		t.Errorf("%v; it says %+v", err, st)
	}
}

// TestDiskHeartbeat: a cluster whose network is gone stays one cluster and can be changed, and what breaks on the disk's side costs time
// and no node. How much time is measured by make bench-diskhb: here other programs may keep the machine busy.
func TestDiskHeartbeat(t *testing.T) {
	wider(t)
	s := diskStage(t)
	ctx := t.Context()
	t.Run("Refused", func(t *testing.T) { refuseDisks(t, s) })
	if err := s.EnableDisk(ctx, diskCluster); err != nil {
		explain(t, s)
		t.Fatal(err)
	}
	on := func(node string, args ...string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Exec(ctx, node, args...); return err }
	}

	t.Run("AllLinksCut", func(t *testing.T) {
		steady(t, s, 10*time.Second, s.CutNetwork)
		before := rings(t, s)
		for _, n := range s.Nodes() {
			diskBecomes(t, s, n, "in use", func(st diskhb.Status) bool { return st.InUse && st.State == diskhb.Working })
		}
		if err := stage.Until(ctx, 30*time.Second, "the event that tells it", func(ctx context.Context) (bool, error) {
			var events []api.Event
			err := s.JSON(ctx, &events, "event", "list", diskCluster, "--kind", string(ha.DiskAlone))
			return len(events) > 0, err
		}); err != nil {
			t.Error(err)
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
		if after := rings(t, s); !maps.Equal(before, after) {
			t.Errorf("meanwhile the membership was formed anew: before %v, after %v", before, after)
		}
	})

	// A daemon is killed, another stands still for two seconds, and all heads are written over, while nothing but the disk is left.
	t.Run("DiskOnly", func(t *testing.T) {
		steady(t, s, 16*time.Second, func(ctx context.Context) error {
			// In one call: on a busy machine a second one may take longer than the token.
			if err := on("n3", "sh", "-c", "p=$(systemctl show --property=MainPID --value hawser-diskhb); kill -STOP $p; sleep 2; kill -CONT $p")(ctx); err != nil {
				return err
			}
			if err := on("n2", "systemctl", "kill", "--signal=KILL", "hawser-diskhb")(ctx); err != nil {
				return err
			}
			for range 10 { // over all heads, by docs/formats/diskhb.md
				if _, err := s.Sandbox(ctx, "lun-garbage", "--lun", "1", fmt.Sprint((2+32)*4096), fmt.Sprint(3*4096)); err != nil {
					return err
				}
			}
			return nil
		})
		diskBecomes(t, s, "n1", "having seen n2's daemon start anew", func(st diskhb.Status) bool {
			return slices.ContainsFunc(st.Peers, func(p diskhb.PeerStatus) bool { return p.Node == 2 && p.Alive && p.Lives > 0 })
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

	// The network comes back; then one node's path to the disk goes away, and nobody but its daemon notices.
	t.Run("NetworkBackDiskGone", func(t *testing.T) {
		steady(t, s, 12*time.Second, func(ctx context.Context) error {
			if err := s.HealNetwork(ctx); err != nil {
				return err
			}
			if err := s.WaitLinks(ctx, 3); err != nil {
				return err
			}
			_, err := s.Sandbox(ctx, "lun", "n3", "gone", "--lun", "1")
			return err
		})
		diskBecomes(t, s, "n3", "stalled", func(st diskhb.Status) bool { return st.State == diskhb.Stalled })
		if _, err := s.Sandbox(ctx, "lun", "n3", "ok", "--lun", "1"); err != nil {
			t.Fatal(err)
		}
		diskBecomes(t, s, "n3", "working", func(st diskhb.Status) bool { return st.State == diskhb.Working })
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
		diskBecomes(t, s, "n3", "stopped as a clone", func(st diskhb.Status) bool {
			return st.State == diskhb.Stopped && strings.Contains(st.Why, diskhb.ErrCloned.Error())
		})
		if st, err := s.DiskStatus(ctx, "n2"); err != nil || st.State != diskhb.Working || st.Counters.Strangers != 0 {
			t.Errorf("n2: %+v, %v", st, err)
		}
	})
}
