package cli_test

import (
	"encoding/json"
	"net/http"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// aVolume is a volume of two sides that are alike.
func aVolume() api.VolumeShown {
	side := func(node, peer, role string) ha.VolumeState {
		return ha.VolumeState{
			Name: "data", Driver: ha.DRBD, Node: node, Up: true, Device: "/dev/drbd0", Size: 10 << 30, Role: role, Disk: ha.DiskUpToDate,
			Peers: []ha.VolumePeer{{Node: peer, Connection: ha.PeerConnected, Replication: ha.ReplicaEstablish, Disk: ha.DiskUpToDate}},
		}
	}
	return api.VolumeShown{
		Volume: ha.Volume{
			Name: "data", Driver: ha.DRBD, Device: "/dev/drbd0", Protocol: "C", File: "/etc/drbd.d/data.res",
			Replicas: []ha.Replica{{Node: "n1", Disk: "/dev/vg/data", Address: "10.0.1.11", Port: 7788}, {Node: "n2", ID: 1, Disk: "/dev/vg/data", Address: "10.0.1.12", Port: 7788}},
			Options:  map[string]map[string]string{"net": {"max-buffers": "8000"}},
		},
		States: []ha.VolumeState{side("n1", "n2", ha.VolumePrimary), side("n2", "n1", ha.VolumeSecondary)}, Verdict: ha.VolumeOK, UpToDate: 2,
		Resource: "data-clone", User: "fs",
		Findings: []ha.Finding{{Code: ha.FindingDRBDNoFlush, Severity: ha.Critical, Object: "data", Args: map[string]string{"volume": "data", "option": "disk-flushes"}}},
	}
}

// volumes answers the routes of volumes; known is false for any other. As long as looks are left it syncs.
func (s *server) volumes(c *cluster, r api.Route, q *http.Request, raw json.RawMessage) (out any, known bool) {
	v := aVolume()
	switch r.Name {
	case "volume.list":
		return page([]api.VolumeShown{v}), true
	case "volume.show":
		if q.PathValue("volume") == "split" {
			v.Verdict = ha.VolumeSplit
			v.States[0].Split = &ha.SplitSide{Node: "n1", Since: day, Primary: true, WasPrimary: true, From: day, Until: day.Add(time.Hour), Changed: 12 << 20, Mounted: "/srv"}
			v.States[1].Split = &ha.SplitSide{Node: "n2", Since: day}
		}
		if s.syncs > 0 {
			s.syncs--
			v.Verdict, v.UpToDate, v.States[1].Disk = ha.VolumeSyncing, 1, ha.DiskInconsistent
			v.States[1].Peers[0].Replication = ha.ReplicaSyncTarget
			v.States[1].Peers[0].Done, v.States[1].Peers[0].Rate, v.States[1].Peers[0].Left = 100-float64(s.syncs)*25, 50<<20, int64(s.syncs)*60
		}
		v.Exposures = []ha.Exposure{{Volume: "data", Started: day.Add(time.Hour)}, {Volume: "data", Started: day, Ended: day.Add(6 * time.Minute), Bytes: 12 << 20}}
		return v, true
	case "service.check":
		var d ha.Database
		if err := json.Unmarshal(raw, &d); err != nil {
			return nil, false
		}
		d, device := d.WithDefaults(), "/dev/drbd1"
		if d.Driver == ha.Mirror {
			device = ha.MirrorDeviceDir + d.Volume
		}
		return api.DatabaseCheck{OK: true, Database: d, Device: device, Changes: 2, Checks: []api.ServiceCheck{{Node: "n1", Check: ha.Check{Code: "time_sync", Result: "ok"}}}}, true
	case "volume.check":
		seen := func(node string, carries ...string) api.VolumeCheckNode {
			return api.VolumeCheckNode{Node: node, Inspection: &ha.VolumeInspection{Node: node, Driver: "8.4.11", Disk: ha.DiskInspection{SizeBytes: 10 << 30, Carries: carries}}}
		}
		return api.VolumeCheck{Volume: v.Volume, Nodes: []api.VolumeCheckNode{seen("n1"), seen("n2", "ext4")}, Findings: v.Findings}, true
	case "volume.create", "volume.edit", "volume.delete", "volume.act", "volume.resolve":
		return s.long(r, c.Name, q.PathValue("volume"), nil), true
	}
	return nil, false
}
