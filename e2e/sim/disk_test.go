package sim_test

import (
	"slices"
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

var inDemo = map[string]string{"cluster": "demo"}

// TestDiskHeartbeat: a disk that carries something is looked at, refused, and taken only where all of it is named; the cluster then
// has link 7, and is without it again afterwards.
func TestDiskHeartbeat(t *testing.T) {
	s := start(t, "n1", "n2", "n3")
	if err := s.CreateCluster(t.Context(), "demo", "n1", "n2", "n3"); err != nil {
		t.Fatal(err)
	}
	inspect := func(device string) (d api.DiskInspected) {
		t.Helper()
		if err := s.API.Do(t.Context(), client.Request{Route: "diskhb.inspect", Path: inDemo, Body: api.DiskQuestion{Device: device}}, &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	const blank, used = "/dev/disk/by-id/sim-shared-1", "/dev/disk/by-id/sim-shared-3"
	if d := inspect(blank); !d.Same || len(d.Carries) > 0 || len(d.Nodes) != 3 {
		t.Errorf("a blank disk is %+v", d)
	}
	if d := inspect("/dev/nothing"); d.Same || d.Nodes[0].Fault == nil || d.Nodes[0].Fault.Reason != "diskhb.no_device" {
		t.Errorf("no disk is %+v", d)
	}
	if d := inspect(used); !slices.Equal(d.Carries, []string{"ext4"}) {
		t.Errorf("a disk with a file system carries %v", d.Carries)
	}
	enable := func(body api.NewDiskHeartbeat) error {
		_, err := s.Do(t.Context(), client.Request{Route: "diskhb.enable", Path: inDemo, Body: body})
		return err
	}
	if f := fault.Public(enable(api.NewDiskHeartbeat{Device: used})); f == nil || f.Reason != "diskhb.occupied" || f.Args["carries"] != "ext4" {
		t.Errorf("a disk that carries something: %v", f)
	}
	if err := enable(api.NewDiskHeartbeat{Device: used, Destroy: []string{"ext4"}}); err != nil {
		t.Fatal(err)
	}
	var shown api.DiskHeartbeatShown
	if err := s.API.Do(t.Context(), client.Request{Route: "diskhb.show", Path: inDemo}, &shown); err != nil || !shown.Enabled || len(shown.Nodes) != 3 {
		t.Fatalf("shown %+v, err %v", shown, err)
	}
	for _, n := range shown.Nodes {
		if n.Heartbeat == nil || n.Heartbeat.State != ha.DiskWorking || len(n.Heartbeat.Peers) != 2 || n.Heartbeat.InUse {
			t.Errorf("%s: %+v, %v", n.Node, n.Heartbeat, n.Fault)
		}
	}
	var links api.Links
	if err := s.API.Do(t.Context(), client.Request{Route: "link.list", Path: inDemo}, &links); err != nil || links.Links[len(links.Links)-1].Number != ha.DiskLinkNumber {
		t.Errorf("links %+v, err %v", links.Links, err)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "diskhb.disable", Path: inDemo}); err != nil {
		t.Fatal(err)
	}
	if d := inspect(used); len(d.Carries) > 0 {
		t.Errorf("after it was disabled the disk carries %v", d.Carries)
	}
}

// TestSBDOnSimulatedNodes: what SBD would mean is said beforehand; each node gets its own watchdog, and nothing protects before the
// cluster was restarted.
func TestSBDOnSimulatedNodes(t *testing.T) {
	s := start(t, "n1", "n2", "n3")
	if err := s.CreateCluster(t.Context(), "demo", "n1", "n2", "n3"); err != nil {
		t.Fatal(err)
	}
	show := func() (v ha.SBDView) {
		t.Helper()
		if err := s.API.Do(t.Context(), client.Request{Route: "sbd.show", Path: inDemo}, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	want := ha.SBD{Devices: []string{}, Watchdog: "/dev/watchdog0", Watchdogs: map[string]string{"n2": "/dev/watchdog1"}}
	var plan api.SBDPlan
	if err := s.API.Do(t.Context(), client.Request{Route: "sbd.plan", Path: inDemo, Body: want}, &plan); err != nil || !plan.Restart || plan.Times.StonithWatchdog != 10 {
		t.Errorf("planned %+v, err %v", plan, err)
	}
	if v := show(); v.Configured {
		t.Errorf("planning has set it up: %+v", v)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "sbd.set", Path: inDemo, Body: want}); err != nil {
		t.Fatal(err)
	}
	if v := show(); !v.Configured || v.Active || v.Nodes["n2"].Settings["SBD_WATCHDOG_DEV"] != "/dev/watchdog1" {
		t.Errorf("set up, not restarted: %+v", v)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "sbd.remove", Path: inDemo, Body: api.StopOptions{Force: true}}); err != nil {
		t.Fatal(err)
	}
	if v := show(); v.Configured {
		t.Errorf("removed: %+v", v)
	}
}
