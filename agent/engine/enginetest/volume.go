package enginetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Volumes is where the first two hosts can have a replicated volume. What volumes do is tried in replicationtest; here, that commands do it.
type Volumes struct {
	Disk      string // blank, on both
	Device    string // a free /dev/drbd and number
	Port      int
	Addresses [2]string
}

func (s *story) volumes(t *testing.T) {
	if s.Volumes == nil {
		t.Skip("these hosts replicate nothing")
	}
	hosts := s.names()[:2]
	v := ha.Volume{
		Name: "suite", Driver: ha.DRBD, Device: s.Volumes.Device, Protocol: "C", Options: map[string]map[string]string{"net": {"verify-alg": "sha256"}},
	}
	for i, host := range hosts {
		v.Replicas = append(v.Replicas, ha.Replica{Node: host, ID: i, Disk: s.Volumes.Disk, Address: s.Volumes.Addresses[i], Port: s.Volumes.Port})
	}
	configure := wire.VolumeConfigureArgs{Cluster: s.Setup.Name, Volume: v, Secret: []byte("suite-Secret")}
	wrong := configure
	wrong.Cluster = "another"
	s.refused(t, "another cluster", "cluster.other_configured", wire.VolumeConfigure, wrong)
	wrong = configure
	wrong.Update = true
	s.refused(t, "update of nothing", "volume.unknown", wire.VolumeConfigure, wrong)
	wrong = configure
	wrong.Volume.Device = "/dev/sda"
	s.refused(t, "no device", "volume.device", wire.VolumeConfigure, wrong)
	s.refused(t, "sync of nothing", "volume.unknown", wire.VolumeSync, wire.VolumeSyncArgs{Name: "suite", How: ha.SyncFull})
	s.refused(t, "sync by a word that is none", "field.one_of", wire.VolumeSync, wire.VolumeSyncArgs{Name: "suite", How: "half"})
	s.must(t, hosts[0], wire.VolumeRemove, wire.VolumeRemoveArgs{Name: "suite"}) // what is not there is gone

	for _, host := range hosts {
		i := decode[ha.VolumeInspection](t, s.must(t, host, wire.VolumeInspect, wire.VolumeInspectArgs{Driver: ha.DRBD, Disk: s.Volumes.Disk}))
		if i.Driver == "" || i.Disk.SizeBytes == 0 || len(i.Disk.Carries) > 0 || slices.Contains(i.Names, "suite") {
			t.Errorf("%s: %+v", host, i)
		}
		s.must(t, host, wire.VolumeConfigure, configure)
	}
	s.refused(t, "made twice", "volume.exists", wire.VolumeConfigure, configure)
	s.refused(t, "what is not there may be destroyed", "volume.nothing_there", wire.VolumePrepare, wire.VolumePrepareArgs{Name: "suite", Destroy: []string{"xfs"}})
	for _, host := range hosts {
		s.must(t, host, wire.VolumePrepare, wire.VolumePrepareArgs{Name: "suite"})
	}
	s.volume(t, hosts[0], "connected", func(v ha.VolumeState) bool { return v.Peers[0].Connection == ha.PeerConnected })
	s.must(t, hosts[0], wire.VolumeSync, wire.VolumeSyncArgs{Name: "suite", How: ha.SyncSkip})
	s.volume(t, hosts[1], "up to date", func(v ha.VolumeState) bool { return v.Disk == ha.DiskUpToDate })
	s.must(t, hosts[0], wire.VolumeAct, wire.VolumeActArgs{Name: "suite", Action: ha.VolumePromote})
	s.refused(t, "format as nonsense", "field.one_of", wire.VolumeFormat, wire.VolumeFormatArgs{Name: "suite", Type: "fat"})
	s.must(t, hosts[0], wire.VolumeFormat, wire.VolumeFormatArgs{Name: "suite", Type: "ext4"})
	s.refused(t, "formatted twice", "volume.occupied", wire.VolumeFormat, wire.VolumeFormatArgs{Name: "suite", Type: "ext4"})
	s.must(t, hosts[0], wire.VolumeAct, wire.VolumeActArgs{Name: "suite", Action: ha.VolumeDemote})
	if side := decode[ha.SplitSide](t, s.must(t, hosts[0], wire.VolumeSplit, wire.VolumeNameArgs{Name: "suite"})); side.Node != hosts[0] || len(side.Generation) == 0 {
		t.Errorf("got %+v", side)
	}

	change := configure
	change.Update, change.Secret, change.Volume.Protocol = true, nil, "B"
	for _, host := range hosts {
		s.must(t, host, wire.VolumeConfigure, change)
	}
	s.volume(t, hosts[1], "by protocol B", func(v ha.VolumeState) bool { return v.Protocol == "B" && v.Peers[0].Connection == ha.PeerConnected })
	out := s.must(t, hosts[0], wire.VolumeList, wire.NoArgs{})
	list := decode[wire.VolumeListOutput](t, out)
	if i := slices.IndexFunc(list.Volumes, func(v ha.Volume) bool { return v.Name == "suite" }); i < 0 || list.Volumes[i].Protocol != "B" || strings.Contains(string(out), "suite-Secret") {
		t.Errorf("got %s", out)
	}
	for _, host := range hosts {
		s.must(t, host, wire.VolumeRemove, wire.VolumeRemoveArgs{Name: "suite", Wipe: true})
		if st := s.observe(t, host).State; st.VolumeOf("suite", host) != nil {
			t.Errorf("%s still tells of it: %+v", host, st.Volumes)
		}
	}
}

// volume waits until a host tells of the volume that it is so.
func (s *story) volume(t *testing.T, host, what string, so func(ha.VolumeState) bool) {
	t.Helper()
	deadline := time.Now().Add(s.Patience)
	for {
		st := s.observe(t, host).State
		if v := st.VolumeOf("suite", host); v != nil && len(v.Peers) > 0 && so(*v) {
			return
		}
		if time.Now().After(deadline) {
			data, _ := json.Marshal(st.Volumes)
			t.Fatalf("%s: not %s: %s", host, what, data)
		}
		time.Sleep(50 * time.Millisecond) // a bounded wait's own beat
	}
}
