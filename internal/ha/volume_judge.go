package ha

import (
	"slices"
	"strings"
)

// The verdicts on a volume.
const (
	VolumeOK       = "ok"       // every side has everything and is connected
	VolumeSyncing  = "syncing"  // a side is being brought up to date
	VolumeDegraded = "degraded" // it works, and the loss of one side would be the loss of the volume
	VolumeSplit    = "split"    // the sides have gone apart: each has writes that the other does not have
	VolumeDown     = "down"     // no side that tells has a complete copy that can be used
	VolumeUnknown  = "unknown"  // no side tells
)

// JudgeVolume says how a volume is, and how many complete copies there are now, from what its nodes tell. A side that does not tell
// counts by what its peers last knew of it, as long as they are connected to it.
func JudgeVolume(v Volume, states []VolumeState) (verdict string, upToDate int) {
	complete := map[string]bool{}
	syncing, split, whole := false, false, true
	for _, s := range states {
		split = split || s.Split != nil
		if !s.Up {
			whole = false
			continue
		}
		if s.Disk == DiskUpToDate {
			complete[s.Node] = true
		}
		for _, p := range s.Peers {
			told := slices.ContainsFunc(states, func(o VolumeState) bool { return o.Node == p.Node })
			if !told && p.Connection == PeerConnected && p.Disk == DiskUpToDate {
				complete[p.Node] = true
			}
			whole = whole && p.Connection == PeerConnected
			syncing = syncing || p.Syncing()
		}
	}
	switch upToDate = len(complete); {
	case len(states) == 0:
		return VolumeUnknown, 0
	case split:
		return VolumeSplit, upToDate
	case upToDate == 0:
		return VolumeDown, 0
	case syncing:
		return VolumeSyncing, upToDate
	case whole && upToDate >= len(v.Replicas):
		return VolumeOK, upToDate
	}
	return VolumeDegraded, upToDate
}

// Syncing says whether data are being copied to or from the peer, or are waiting for it: a verification copies nothing.
func (p VolumePeer) Syncing() bool {
	switch p.Replication {
	case ReplicaSyncSource, ReplicaSyncTarget, "PausedSyncS", "PausedSyncT", "StartingSyncS", "StartingSyncT", "WFBitMapS", "WFBitMapT", "WFSyncUUID":
		return true
	}
	return false
}

// On returns the replica of a node, nil where it has none.
func (v Volume) On(node string) *Replica {
	for i := range v.Replicas {
		if v.Replicas[i].Node == node {
			return &v.Replicas[i]
		}
	}
	return nil
}

// Nodes are the nodes that have a replica, in order.
func (v Volume) Nodes() []string {
	var list []string
	for _, r := range v.Replicas {
		list = append(list, r.Node)
	}
	return list
}

// VolumesOf are the volumes as a node itself sees them.
func (s State) VolumesOf(node string) []VolumeState {
	var own []VolumeState
	for _, v := range s.Volumes {
		if v.Node == node {
			own = append(own, v)
		}
	}
	return own
}

// volumes tells of volumes of which one side alone has everything: its loss would be theirs. Such a volume that the cluster runs
// leaves it without protection; of one that it does not run it is a risk that somebody else has taken.
func (j *judge) volumes() {
	by := map[string][]VolumeState{}
	for _, s := range j.st.Volumes {
		by[s.Name] = append(by[s.Name], s)
	}
	for _, name := range sortedKeys(by) {
		states := by[name]
		if !slices.ContainsFunc(states, func(s VolumeState) bool { return s.Up }) {
			continue // stopped: its resource tells that
		}
		verdict, _ := JudgeVolume(asSeen(states), states)
		code := map[string]string{
			VolumeSplit: ReasonVolumeSplit, VolumeDown: ReasonVolumeDown, VolumeDegraded: ReasonVolumeDegraded, VolumeSyncing: ReasonVolumeSyncing,
		}[verdict]
		if code == "" {
			continue
		}
		level := AtRisk
		if runner, _ := VolumeRunner(j.cfg.Resources, name); runner != nil {
			level = Unprotected
			j.lower(0)
		}
		args := []string{"volume", name}
		if code == ReasonVolumeDegraded {
			args = append(args, "nodes", strings.Join(complete(states), ", "))
		}
		j.add(code, level, args...)
	}
}

// asSeen is a volume as far as states of it tell.
func asSeen(states []VolumeState) Volume {
	v := Volume{Name: states[0].Name}
	add := func(node string) {
		if v.On(node) == nil {
			v.Replicas = append(v.Replicas, Replica{Node: node})
		}
	}
	for _, s := range states {
		add(s.Node)
		for _, p := range s.Peers {
			add(p.Node)
		}
	}
	return v
}

// complete are the nodes that have everything.
func complete(states []VolumeState) []string {
	var list []string
	for _, s := range states {
		if s.Up && s.Disk == DiskUpToDate {
			list = append(list, s.Node)
		}
	}
	slices.Sort(list)
	return list
}
