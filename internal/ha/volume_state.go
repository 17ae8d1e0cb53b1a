package ha

import (
	"slices"
	"strconv"
	"strings"
)

// VolumeOf returns a volume as one of its nodes tells it, nil where that node tells nothing.
func (s *State) VolumeOf(name, node string) *VolumeState {
	if s == nil {
		return nil
	}
	if i := slices.IndexFunc(s.Volumes, func(v VolumeState) bool { return v.Name == name && v.Node == node }); i >= 0 {
		return &s.Volumes[i]
	}
	return nil
}

// peer is another side, as seen from here; nil where that is not known.
func (v *VolumeState) peer(node string) *VolumePeer {
	if v == nil {
		return nil
	}
	if i := slices.IndexFunc(v.Peers, func(p VolumePeer) bool { return p.Node == node }); i >= 0 {
		return &v.Peers[i]
	}
	return nil
}

// replicates says whether what is written here reaches that side, or will once a resync has caught up.
func (p *VolumePeer) replicates() bool {
	return p != nil && p.Connection == PeerConnected && p.Replication != "Off"
}

// diskWorks says whether a side has a disk that it uses.
func (v VolumeState) diskWorks() bool {
	return v.Up && v.Disk != DiskDiskless && v.Disk != DiskFailed && v.Disk != "Detaching" && v.Disk != "DUnknown" && v.Disk != ""
}

func (p VolumePeer) target() bool {
	return p.Replication == ReplicaSyncTarget || p.Replication == "PausedSyncT"
}

func (p VolumePeer) verifies() bool { return p.Replication == "VerifyS" }

// volumes tells what became of volumes, each as its own side sees it. A side that was taken down on purpose tells nothing, and neither does one
// that was not known before: the other side tells that it is alone.
func (d *differ) volumes() {
	for i := range d.new.Volumes {
		now := &d.new.Volumes[i]
		was := d.old.VolumeOf(now.Name, now.Node)
		if was == nil || !was.Up || !now.Up {
			continue
		}
		switch had, has := was.diskWorks(), now.diskWorks(); {
		case had && !has:
			d.add(VolumeDiskLost, Critical, now.Name, "volume", now.Name, "node", now.Node, "disk", now.Disk)
		case !had && has:
			d.add(VolumeDiskBack, Info, now.Name, "volume", now.Name, "node", now.Node)
		}
		split := ""
		for _, p := range now.Peers {
			split = p.Node
			d.volumePeer(now, was.peer(p.Node), p)
		}
		switch args := []string{"volume", now.Name, "node", now.Node, "peer", split}; {
		case was.Split == nil && now.Split != nil:
			d.add(VolumeSplitBrain, Critical, now.Name, args...)
		case was.Split != nil && now.Split == nil:
			d.add(VolumeSplitOver, Info, now.Name, args...)
		}
	}
}

// volumePeer tells of one connection. A resync is told by the side whose data are made, a verification by the one that has begun it.
func (d *differ) volumePeer(v *VolumeState, was *VolumePeer, p VolumePeer) {
	if was == nil {
		return
	}
	args := []string{"volume", v.Name, "node", v.Node, "peer", p.Node}
	switch had, has := was.replicates(), p.replicates(); {
	case had && !has:
		severity := Warning
		if n := d.node[p.Node]; n.Standby || n.Shutdown || n.Maintenance { // somebody has wanted it so
			severity = Info
		}
		d.add(VolumeDisconnected, severity, v.Name, args...)
	case !had && has:
		d.add(VolumeConnected, Info, v.Name, args...)
	}
	switch {
	case !was.target() && p.target():
		d.add(VolumeSyncBegun, Info, v.Name, append(args, "bytes", strconv.FormatInt(p.OutOfSync, 10))...)
	case was.target() && !p.target() && p.replicates() && v.Disk == DiskUpToDate:
		d.add(VolumeSyncDone, Info, v.Name, args...)
	}
	if was.verifies() && !p.verifies() && p.replicates() {
		if p.OutOfSync > 0 {
			d.add(VolumeDiffers, Warning, v.Name, append(args, "bytes", strconv.FormatInt(p.OutOfSync, 10))...)
		} else {
			d.add(VolumeVerified, Info, v.Name, args...)
		}
	}
}

// volumeOver says whether no side of a volume shows a condition any longer. A volume of which nobody tells is not known to be well, unless its
// cluster tells of nodes and of no such volume at all.
func (s State) volumeOver(kind AlarmKind, object string) bool {
	name, node, _ := strings.Cut(object, "|")
	there := false
	for _, v := range s.Volumes {
		if v.Name != name || node != "" && v.Node != node {
			continue
		}
		there = true
		if !v.Up {
			continue
		}
		switch {
		case kind == AlarmSplit && v.Split != nil, kind == AlarmVolumeDisk && !v.diskWorks():
			return false
		case kind == AlarmReplication && slices.ContainsFunc(v.Peers, func(p VolumePeer) bool { return !p.replicates() }):
			return false
		case kind == AlarmDiffers && slices.ContainsFunc(v.Peers, func(p VolumePeer) bool { return p.OutOfSync > 0 || !p.replicates() }):
			return false
		}
	}
	return there
}
