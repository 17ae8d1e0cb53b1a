package volume

import (
	"context"
	"reflect"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/internal/ha"
)

// Status implements replication.Driver. A daemon that runs and does not answer is told as up, with a disk of which nothing is known.
func (d *Driver) Status(ctx context.Context) ([]ha.VolumeState, error) {
	all, err := d.records()
	if err != nil {
		return nil, err
	}
	list := make([]ha.VolumeState, 0, len(all))
	for _, r := range all {
		pid, s, err := daemon.Look(ctx, d.config(r))
		out := d.state(r.Volume, s)
		if pid == 0 && err == nil {
			out = d.state(r.Volume, daemon.Status{})
			out.Up = false
		} else if err != nil {
			out.Up, out.Disk, out.Role = true, "DUnknown", "Unknown"
		}
		list = append(list, out)
	}
	return list, nil
}

// state is one volume as this host sees it.
func (d *Driver) state(v ha.Volume, s daemon.Status) ha.VolumeState {
	out := ha.VolumeState{
		Name: v.Name, Driver: ha.Mirror, Node: d.o.Node, Up: true, Device: v.Device, Size: s.Size, Protocol: v.Protocol,
		Role: or(s.Role, "Unknown"), Disk: or(s.Disk, "DUnknown"), Suspended: s.Mode == core.Suspended.String(),
	}
	p := ha.VolumePeer{Node: other(v, d.o.Node), Connection: or(s.Connection, ha.PeerStandAlone), Role: "Unknown", Disk: "DUnknown", Replication: or(s.Replication, "Off"), OutOfSync: s.OutOfSync, Rate: s.Resync.Rate, Limit: s.Resync.Limit}
	if s.Problem != nil {
		switch s.Problem.Reason {
		case "mirror.no_peer":
		case "mirror.split_brain":
			side := d.evidence(s)
			out.Split = &side
			p.Connection = ha.PeerStandAlone
		default: // it goes on trying, and is refused each time
			p.Connection = "ProtocolError"
		}
	}
	if p.Connection == ha.PeerConnected {
		p.Role, p.Disk = seen(s)
	}
	if n := s.Size; p.Replication == ha.ReplicaSyncSource || p.Replication == ha.ReplicaSyncTarget {
		if n > 0 {
			p.Done = float64(int(10000*(1-float64(p.OutOfSync)/float64(n)))) / 100
		}
	}
	if x := s.Verification; x != nil && x.Underway && s.Size > 0 {
		p.Replication, p.Done = "VerifyS", float64(int(10000*float64(x.Compared)/float64(s.Size)))/100
	}
	out.Peers = []ha.VolumePeer{p}
	return out
}

// seen is what a side knows of its peer, by where it stands.
func seen(s daemon.Status) (role, disk string) {
	switch s.Mode {
	case core.Target.String():
		return ha.VolumePrimary, ha.DiskUpToDate
	case core.Syncing.String():
		return ha.VolumeSecondary, ha.DiskInconsistent
	case core.Paired.String(), core.Remote.String():
		return ha.VolumeSecondary, ha.DiskUpToDate
	case core.Met.String():
		if s.Disk == ha.DiskUpToDate { // both have the same
			return ha.VolumeSecondary, ha.DiskUpToDate
		}
		return ha.VolumeSecondary, "DUnknown"
	}
	return "Unknown", "DUnknown"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func other(v ha.Volume, node string) string {
	for _, r := range v.Replicas {
		if r.Node != node {
			return r.Node
		}
	}
	return ""
}

// evidence is what this side can show of a split brain.
func (d *Driver) evidence(s daemon.Status) ha.SplitSide {
	return ha.SplitSide{Node: d.o.Node, Primary: s.Role == ha.VolumePrimary, Changed: s.OutOfSync}
}

// Split implements replication.Driver.
func (d *Driver) Split(ctx context.Context, name string) (ha.SplitSide, error) {
	_, s, err := d.up(ctx, name)
	return d.evidence(s), err
}

// look is how often it is looked whether something is different. A look is a question to a daemon of this host.
const look = 500 * time.Millisecond

// Watch implements replication.Driver.
func (d *Driver) Watch(ctx context.Context, changed func()) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var before []ha.VolumeState
	for first := true; ; first = false {
		now, err := d.Status(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		if err != nil {
			d.o.Log.Warn("mirrors are not seen", "err", err)
		}
		if first || !reflect.DeepEqual(before, now) {
			before = now
			changed()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
