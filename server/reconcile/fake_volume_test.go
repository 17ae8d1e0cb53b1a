package reconcile_test

import (
	"slices"

	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// replica is one side of a volume on a machine.
type replica struct {
	ha.Volume
	secret   string
	up       bool
	done     bool // its data are complete
	alone    bool // StandAlone
	primary  bool
	split    *ha.SplitSide
	system   string   // file system on it
	prepared []string // what was allowed to be destroyed
}

// volume carries out what concerns replicated volumes. The caller holds mu.
func (m *machines) volume(h *machine, c wire.Command) (any, bool, error) {
	if h.volumes == nil {
		h.volumes = map[string]*replica{}
	}
	switch c.Name {
	case wire.VolumeInspect:
		args := decode[wire.VolumeInspectArgs](c)
		d := ha.VolumeInspection{Node: h.name, Driver: "8.4.11", Tools: "9.22.0", Ports: []int{22, 7788}, Minors: []int{0}, Disk: ha.DiskInspection{Device: args.Disk, SizeBytes: 1 << 30}}
		if h.name == "n2" {
			d.Ports = []int{7789}
		}
		if slices.Contains(h.lacks, "module") {
			d.Driver = ""
		}
		if slices.Contains(h.lacks, "tools") {
			d.Tools = ""
		}
		if slices.Contains(h.lacks, "fuse") && args.Driver == ha.Mirror {
			d.Checks = append(d.Checks, ha.Check{Code: "mirror_fuse", Result: "failed", Args: map[string]string{"node": h.name}})
		}
		if slices.Contains(h.lacks, "agent") && args.Driver == ha.DRBD {
			d.Checks = append(d.Checks, ha.Check{Code: "drbd_agent", Result: "failed", Args: map[string]string{"node": h.name}})
		}
		if over, has := h.places[args.Disk]; has {
			d.Disk = over
		}
		for name, r := range h.volumes {
			d.Names, d.Ports, d.Minors = append(d.Names, name), append(d.Ports, r.Replicas[0].Port), append(d.Minors, drbd.Minor(r.Device))
		}
		return d, false, nil
	case wire.VolumeList:
		out := wire.VolumeListOutput{Volumes: []ha.Volume{}, States: []ha.VolumeState{}}
		for _, r := range h.volumes {
			v := r.Volume
			v.File = "/etc/drbd.d/" + v.Name + ".res"
			out.Volumes, out.States = append(out.Volumes, v), append(out.States, m.side(h, r))
		}
		return out, false, nil
	case wire.VolumeConfigure:
		args := decode[wire.VolumeConfigureArgs](c)
		old := h.volumes[args.Volume.Name]
		if old != nil && !args.Update {
			return nil, false, fault.New(fault.Conflict, "volume.exists", "there already").With("volume", args.Volume.Name)
		}
		r := &replica{Volume: args.Volume, secret: string(args.Secret)}
		if old != nil {
			next := *old
			next.Volume = args.Volume
			r = &next
		}
		h.volumes[args.Volume.Name] = r
		return nil, true, nil
	case wire.VolumePrepare:
		args := decode[wire.VolumePrepareArgs](c)
		h.volumes[args.Name].up, h.volumes[args.Name].prepared = true, args.Destroy
		return nil, true, nil
	case wire.VolumeSync:
		h.volumes[decode[wire.VolumeSyncArgs](c).Name].done = true
		return nil, true, nil
	case wire.VolumeFormat:
		args := decode[wire.VolumeFormatArgs](c)
		if had := h.volumes[args.Name].system; had != "" {
			return nil, false, fault.New(fault.Conflict, "volume.carries", "there is something").With("carries", had)
		}
		h.volumes[args.Name].system = args.Type
		return nil, true, nil
	case wire.VolumeRemove:
		delete(h.volumes, decode[wire.VolumeRemoveArgs](c).Name)
		return nil, true, nil
	case wire.VolumeSplit:
		return ha.SplitSide{Node: h.name, Mounted: h.mounted}, false, nil
	case wire.VolumeAct:
		args := decode[wire.VolumeActArgs](c)
		m.acts = append(m.acts, string(args.Action)+" "+h.name)
		r := h.volumes[args.Name]
		switch args.Action {
		case ha.VolumeDisconnect:
			r.alone = true
		case ha.VolumeConnect, ha.VolumeDiscard, ha.VolumeInvalidate:
			r.alone, r.split = false, nil
		case ha.VolumeDemote:
			r.primary = false
		case ha.VolumePromote:
			r.primary = true
		}
		return nil, true, nil
	}
	panic("the fake has no " + string(c.Name))
}

// side is a side as its node tells it. Pacemaker's part is played here: of a volume that the configuration runs, the first complete side
// is Primary unless another was asked for.
func (m *machines) side(h *machine, r *replica) ha.VolumeState {
	st := ha.VolumeState{Name: r.Name, Driver: r.Driver, Node: h.name, Up: r.up, Device: r.Device, Protocol: r.Protocol, Role: ha.VolumeSecondary, Disk: ha.DiskInconsistent, Split: r.split, Peers: []ha.VolumePeer{}}
	if r.done {
		st.Disk = ha.DiskUpToDate
	}
	runner, _ := ha.VolumeRunner(m.config.Resources, r.Name)
	if r.primary || runner != nil && r.done && m.promoted == "" || runner != nil && m.promoted == h.name {
		st.Role = ha.VolumePrimary
	}
	for _, node := range r.Nodes() {
		if node == h.name {
			continue
		}
		p := ha.VolumePeer{Node: node, Connection: ha.PeerConnecting, Role: "Unknown", Disk: "DUnknown", Replication: "Off"}
		if r.alone {
			p.Connection = ha.PeerStandAlone
		}
		if o := m.by(node).volumes[r.Name]; o != nil && o.up && r.up && !o.alone && !r.alone && o.secret == r.secret && !m.cut {
			p.Connection, p.Replication, p.Disk = ha.PeerConnected, ha.ReplicaEstablish, ha.DiskInconsistent
			if o.done {
				p.Disk = ha.DiskUpToDate
			}
			if r.done != o.done {
				p.Replication = map[bool]string{true: ha.ReplicaSyncSource, false: ha.ReplicaSyncTarget}[r.done]
			}
		}
		st.Peers = append(st.Peers, p)
	}
	return st
}

// sides are the nodes that have a volume, sorted. The caller does not hold mu.
func (m *machines) sides(name string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, h := range m.hosts {
		if h.volumes[name] != nil {
			list = append(list, h.name)
		}
	}
	slices.Sort(list)
	return list
}
