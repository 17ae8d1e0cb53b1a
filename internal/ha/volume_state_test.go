package ha_test

import (
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

// mirrored is a cluster of which this node tells a volume that is well.
func mirrored() ha.State {
	return ha.State{
		At: time.Now(), Running: true, Quorate: true, Reporter: "a", DC: "a", Nodes: []ha.NodeState{{Name: "a", Online: true}, {Name: "b", Online: true}},
		Volumes: []ha.VolumeState{{
			Name: "data", Node: "a", Up: true, Role: ha.VolumeSecondary, Disk: ha.DiskUpToDate,
			Peers: []ha.VolumePeer{{Node: "b", Connection: ha.PeerConnected, Disk: ha.DiskUpToDate, Replication: ha.ReplicaEstablish}},
		}},
	}
}

// TestDiffVolumes: what becomes of a volume is told, opens its alarm, and the way back resolves that.
func TestDiffVolumes(t *testing.T) {
	type volume = ha.VolumeState
	for _, c := range []struct {
		name        string
		do          func(*volume)
		there, back string // kinds with their severities
		alarm       ha.AlarmKind
		object      string
	}{
		{"nothing", func(*volume) {}, "", "", "", ""},
		{"progress", func(v *volume) { v.Peers[0].Rate, v.Size = 7, 9 }, "", "", "", ""},
		{"disconnected", func(v *volume) { v.Peers[0].Connection, v.Peers[0].Replication = ha.PeerConnecting, "Off" }, "volume.disconnected warning", "volume.connected info", ha.AlarmReplication, "data"},
		{"shaking hands", func(v *volume) { v.Peers[0].Replication = "Off" }, "volume.disconnected warning", "volume.connected info", ha.AlarmReplication, "data"},
		{"split brain", func(v *volume) {
			v.Peers[0].Connection, v.Peers[0].Replication, v.Split = ha.PeerStandAlone, "Off", &ha.SplitSide{}
		}, "volume.disconnected warning, volume.split_brain critical", "volume.connected info, volume.split_over info", ha.AlarmSplit, "data"},
		{"disk lost", func(v *volume) { v.Disk = ha.DiskDiskless }, "volume.disk_lost critical", "volume.disk_back info", ha.AlarmVolumeDisk, "data|a"},
		{"disk failed", func(v *volume) { v.Disk = ha.DiskFailed }, "volume.disk_lost critical", "volume.disk_back info", ha.AlarmVolumeDisk, "data|a"},
		{"target of a resync", func(v *volume) {
			v.Disk, v.Peers[0].Replication, v.Peers[0].OutOfSync = ha.DiskInconsistent, ha.ReplicaSyncTarget, 5
		}, "volume.sync_begun info", "volume.sync_done info", "", ""},
		{"source of a resync", func(v *volume) { v.Peers[0].Replication = ha.ReplicaSyncSource }, "", "", "", ""},
		{"verifying", func(v *volume) { v.Peers[0].Replication = "VerifyS" }, "", "volume.verified info", "", ""},
		{"down", func(v *volume) { *v = volume{Name: "data", Node: "a"} }, "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, now := mirrored(), mirrored()
			c.do(&now.Volumes[0])
			told := func(old, now ha.State) (string, []ha.Change) {
				var list []string
				changes := ha.Diff(old, now)
				for _, x := range changes {
					list = append(list, string(x.Kind)+" "+string(x.Severity))
					if x.Object != "data" || x.Args["volume"] != "data" || x.Args["node"] != "a" {
						t.Errorf("%+v", x)
					}
				}
				return strings.Join(list, ", "), changes
			}
			there, opens := told(old, now)
			back, resolves := told(now, old)
			if there != c.there || back != c.back {
				t.Errorf("told %q and %q, want %q and %q", there, back, c.there, c.back)
			}
			if c.alarm == "" {
				return
			}
			has := func(list []ha.Change, e ha.Effect) bool {
				for _, x := range list {
					for _, s := range ha.AlarmSteps(x) {
						if s.Effect == e && s.Kind == c.alarm && s.Object == c.object {
							return true
						}
					}
				}
				return false
			}
			if !has(opens, ha.Opens) || !has(resolves, ha.Resolves) {
				t.Errorf("alarm %s of %s: opened %v, resolved %v", c.alarm, c.object, has(opens, ha.Opens), has(resolves, ha.Resolves))
			}
			if ha.AlarmOver(c.alarm, c.object, now) || !ha.AlarmOver(c.alarm, c.object, old) {
				t.Errorf("over while it lasts %v, over when it is %v", ha.AlarmOver(c.alarm, c.object, now), ha.AlarmOver(c.alarm, c.object, old))
			}
		})
	}
}

// TestVerifyFound: a verification that has found something is told by who has begun it, and is over when nothing differs any more.
func TestVerifyFound(t *testing.T) {
	old, now := mirrored(), mirrored()
	old.Volumes[0].Peers[0].Replication, now.Volumes[0].Peers[0].OutOfSync = "VerifyS", 4096
	changes := ha.Diff(old, now)
	if len(changes) != 1 || changes[0].Kind != ha.VolumeDiffers || changes[0].Args["bytes"] != "4096" {
		t.Fatalf("%+v", changes)
	}
	if ha.AlarmOver(ha.AlarmDiffers, "data", now) || !ha.AlarmOver(ha.AlarmDiffers, "data", mirrored()) {
		t.Error("over too early, or never")
	}
	old.Volumes[0].Peers[0].Replication = "VerifyT"
	if changes := ha.Diff(old, now); len(changes) != 0 {
		t.Errorf("the other side tells as well: %+v", changes)
	}
}

// TestVolumesWithoutCluster: replication goes on while no cluster runs, and what somebody has wanted so is no warning.
func TestVolumesWithoutCluster(t *testing.T) {
	old, now := mirrored(), mirrored()
	now.Volumes[0].Peers[0].Connection = ha.PeerConnecting
	now.Nodes[1].Standby, old.Nodes[1].Standby = true, true
	if changes := ha.Diff(old, now); len(changes) != 1 || changes[0].Severity != ha.Info {
		t.Errorf("beside a node in standby: %+v", changes)
	}
	old.Running, now.Running = false, false
	if changes := ha.Diff(old, now); len(changes) != 1 || changes[0].Kind != ha.VolumeDisconnected {
		t.Errorf("without a cluster: %+v", changes)
	}
}

// TestDeltaVolumes: volumes travel as differences, and one that is gone is gone.
func TestDeltaVolumes(t *testing.T) {
	old, now := mirrored(), mirrored()
	now.Volumes = append(now.Volumes, ha.VolumeState{Name: "data", Node: "b", Up: true}, ha.VolumeState{Name: "more", Node: "a"})
	d, changed := ha.MakeDelta(&old, now)
	if !changed || d.Full || len(d.State.Volumes) != 2 {
		t.Fatalf("%v: %+v", changed, d)
	}
	there := ha.Apply(&old, d)
	if len(there.Volumes) != 3 || there.VolumeOf("data", "b") == nil || there.VolumeOf("data", "c") != nil {
		t.Errorf("%+v", there.Volumes)
	}
	d, _ = ha.MakeDelta(&there, old)
	if back := ha.Apply(&there, d); len(d.State.Volumes) != 0 || len(back.Volumes) != 1 || len(d.GoneVols) != 2 {
		t.Errorf("%+v", d)
	}
}

// TestDiverged: two sides have gone apart only where neither knows the other's data; the bit that says Primary is no difference.
func TestDiverged(t *testing.T) {
	side := func(ids ...string) ha.SplitSide { return ha.SplitSide{Generation: ids} }
	for _, c := range []struct {
		a, b ha.SplitSide
		want bool
	}{
		{side("AAAAAAAAAAAAAAA1", "1"), side("BBBBBBBBBBBBBBB1", "1"), true},
		{side("AAAAAAAAAAAAAAA1", "1"), side("AAAAAAAAAAAAAAA0"), false},
		{side("AAAAAAAAAAAAAAA1", "BBBBBBBBBBBBBBB0"), side("BBBBBBBBBBBBBBB1", "1"), false},
		{side(), side("BBBBBBBBBBBBBBB1"), false},
		{side("x"), side("y"), true},
	} {
		if got := c.a.Diverged(c.b); got != c.want || c.b.Diverged(c.a) != c.want {
			t.Errorf("%v and %v: %v", c.a.Generation, c.b.Generation, got)
		}
	}
}
