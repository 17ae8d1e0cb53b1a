package ha_test

import (
	"testing"
	"time"

	"hawser/internal/ha"
)

// twoSides are the states of a volume as both its nodes see it, each with a peer; change makes it another one.
func twoSides(change func(a, b *ha.VolumeState)) []ha.VolumeState {
	side := func(node, peer string) ha.VolumeState {
		return ha.VolumeState{Name: "data", Node: node, Up: true, Disk: ha.DiskUpToDate, Role: ha.VolumeSecondary, Peers: []ha.VolumePeer{{
			Node: peer, Connection: ha.PeerConnected, Disk: ha.DiskUpToDate, Replication: ha.ReplicaEstablish,
		}}}
	}
	list := []ha.VolumeState{side("n1", "n2"), side("n2", "n1")}
	if change != nil {
		change(&list[0], &list[1])
	}
	return list
}

func apart(a, b *ha.VolumeState) {
	a.Peers[0].Connection, b.Peers[0].Connection = ha.PeerConnecting, ha.PeerConnecting
	a.Peers[0].Replication, b.Peers[0].Replication = "Off", "Off"
}

// TestJudgeVolume: what the nodes tell, put together, is one word and a number of copies.
func TestJudgeVolume(t *testing.T) {
	v := ha.Volume{Name: "data", Replicas: []ha.Replica{{Node: "n1"}, {Node: "n2"}}}
	for _, c := range []struct {
		name    string
		states  []ha.VolumeState
		verdict string
		copies  int
	}{
		{"nobody tells", nil, ha.VolumeUnknown, 0},
		{"alike", twoSides(nil), ha.VolumeOK, 2},
		{"one tells, of both", twoSides(nil)[:1], ha.VolumeOK, 2},
		{"one tells, of itself", twoSides(apart)[:1], ha.VolumeDegraded, 1},
		{"apart", twoSides(apart), ha.VolumeDegraded, 2},
		{"one down", twoSides(func(a, b *ha.VolumeState) { apart(a, b); b.Up = false }), ha.VolumeDegraded, 1},
		{"first sync", twoSides(func(a, b *ha.VolumeState) {
			b.Disk, a.Peers[0].Replication, b.Peers[0].Replication = ha.DiskInconsistent, ha.ReplicaSyncSource, ha.ReplicaSyncTarget
		}), ha.VolumeSyncing, 1},
		{"verified", twoSides(func(a, b *ha.VolumeState) { a.Peers[0].Replication, b.Peers[0].Replication = "VerifyS", "VerifyT" }), ha.VolumeOK, 2},
		{"without data", twoSides(func(a, b *ha.VolumeState) { a.Disk, b.Disk = ha.DiskInconsistent, ha.DiskDiskless }), ha.VolumeDown, 0},
		{"split", twoSides(func(a, b *ha.VolumeState) { apart(a, b); b.Split = &ha.SplitSide{Node: "n2"} }), ha.VolumeSplit, 2},
		{"both down", twoSides(func(a, b *ha.VolumeState) { a.Up, b.Up = false, false }), ha.VolumeDown, 0},
	} {
		if verdict, copies := ha.JudgeVolume(v, c.states); verdict != c.verdict || copies != c.copies {
			t.Errorf("%s: %s with %d copies, not %s with %d", c.name, verdict, copies, c.verdict, c.copies)
		}
	}
}

// TestVerdictOfVolumes: a cluster is not protected as long as a volume that it runs is complete on one side alone.
func TestVerdictOfVolumes(t *testing.T) {
	runs := &ha.Config{}
	for _, e := range ha.RunVolume(ha.Volume{Name: "data", Replicas: []ha.Replica{{Node: "n1"}, {Node: "n2"}}}) {
		if e.Resource != nil {
			runs.Resources = append(runs.Resources, *e.Resource)
		}
	}
	for _, c := range []struct {
		name   string
		cfg    *ha.Config
		states []ha.VolumeState
		code   string
		level  ha.Level
	}{
		{"alike", runs, twoSides(nil), "", ""},
		{"apart", runs, twoSides(apart), ha.ReasonVolumeDegraded, ha.Unprotected},
		{"apart, and none of the cluster's", &ha.Config{}, twoSides(apart), ha.ReasonVolumeDegraded, ha.AtRisk},
		{"split", runs, twoSides(func(a, b *ha.VolumeState) { apart(a, b); a.Split = &ha.SplitSide{} }), ha.ReasonVolumeSplit, ha.Unprotected},
		{"stopped", runs, twoSides(func(a, b *ha.VolumeState) { a.Up, b.Up = false, false }), "", ""},
	} {
		now := time.Now()
		st := &ha.State{At: now, Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2", Online: true}}, Volumes: c.states}
		v := ha.Judge(c.cfg, st, now)
		found := ha.Reason{}
		for _, r := range v.Reasons {
			if r.Args["volume"] == "data" {
				found = r
			}
		}
		if found.Code != c.code || found.Level != c.level || c.level == ha.Unprotected && v.Survives != 0 {
			t.Errorf("%s: %+v, survives %d", c.name, found, v.Survives)
		}
	}
}

// TestVolumeUsers: what uses a volume is found by its device under each of its names, and by relations to what runs it.
func TestVolumeUsers(t *testing.T) {
	v := ha.Volume{Name: "data", Device: "/dev/drbd3", Replicas: []ha.Replica{{Node: "n1"}, {Node: "n2"}}}
	fs := func(id, device string) ha.Resource {
		return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": device}}
	}
	var c ha.Config
	for _, e := range ha.RunVolume(v) {
		if e.Resource != nil {
			c.Resources = append(c.Resources, *e.Resource)
		}
	}
	if users := ha.VolumeUsers(c, v); len(users) > 0 {
		t.Errorf("used by %v", users)
	}
	if r, clone := ha.VolumeRunner(c.Resources, "data"); r == nil || clone != "data-clone" {
		t.Errorf("run by %v in %s", r, clone)
	}
	c.Resources = append(c.Resources, fs("a", "/dev/drbd3"), fs("b", "/dev/drbd/by-res/data/0"), fs("other", "/dev/drbd30"), fs("c", "/dev/sda1"), fs("d", "/dev/sdb"))
	c.Constraints = []ha.Constraint{
		{ID: "x", Kind: ha.Colocation, Resource: "c", With: "data-clone", WithRole: "Promoted"}, {ID: "y", Kind: ha.Order, First: "data", Then: "d"},
	}
	users := ha.VolumeUsers(c, v)
	if len(users) != 4 || users[0] != "a" || users[1] != "b" || users[2] != "c" || users[3] != "d" {
		t.Errorf("used by %v", users)
	}
}
