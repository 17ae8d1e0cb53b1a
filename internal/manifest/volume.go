package manifest

import (
	"fmt"

	"hawser/internal/ha"
)

// Volume is a replicated volume. One that is not there is made; of one that is there, protocol and options become what the file says, and
// options that the file does not name stay as they are. A file never takes a volume away: what is left out stays.
type Volume struct {
	Name     string                       `json:"name" doc:"Name of the volume, and of the DRBD resource or the mirror."`
	Driver   ha.VolumeDriver              `json:"driver,omitempty" enum:"drbd,mirror" doc:"Of a new volume: drbd where absent; mirror is Hawser's own, without a kernel module (preview)."`
	Protocol string                       `json:"protocol,omitempty" enum:"A,B,C" doc:"C where absent from a new volume. A mirror has C only."`
	Port     int                          `json:"port,omitempty" doc:"TCP port; the first free one where absent from a new volume."`
	Minor    *int                         `json:"minor,omitempty" doc:"Of DRBD: number of the device; the first free one where absent from a new volume."`
	Options  map[string]map[string]string `json:"options,omitempty" doc:"Options of the driver by section and name; an empty value gives one back to its default."`
	Sync     ha.FirstSync                 `json:"sync,omitempty" enum:"full,skip" doc:"Of a new volume: full, or skip for blank disks."`
	From     string                       `json:"from,omitempty" doc:"Of a new volume: node whose data are kept; the first where absent."`
	Replicas []Replica                    `json:"replicas"`
}

// Replica is one side of a volume.
type Replica struct {
	Node    string   `json:"node"`
	Disk    string   `json:"disk" doc:"Block device that is given away whole, by a name that stays."`
	Address string   `json:"address,omitempty" doc:"IP address for replication; that of the first heartbeat link where absent from a new volume."`
	Destroy []string `json:"destroy,omitempty" doc:"Of a new volume: what is on the disk and may be destroyed, all of it."`
}

// VolumeOf is a volume as a file has it. The minor is that of DRBD's device; a mirror has none, and one protocol only.
func VolumeOf(v ha.Volume, minor int) Volume {
	out := Volume{Name: v.Name, Protocol: v.Protocol, Minor: &minor, Options: map[string]map[string]string{}}
	if v.Driver == ha.Mirror {
		out.Driver, out.Protocol, out.Minor = ha.Mirror, "", nil
	}
	for section, values := range v.Options {
		for name, value := range values {
			if value == kept {
				continue
			}
			if out.Options[section] == nil {
				out.Options[section] = map[string]string{}
			}
			out.Options[section][name] = value
		}
	}
	for _, r := range v.Replicas {
		out.Port = r.Port
		out.Replicas = append(out.Replicas, Replica{Node: r.Node, Disk: r.Disk, Address: r.Address})
	}
	return out
}

// Keep adds the clones and rules by which volumes of the file run now, where the file leaves them out: they belong to the volumes, and a
// file that names those says that they are to run.
func (d *Document) Keep(now ha.Config) {
	for _, v := range d.Volumes {
		runner, clone := ha.VolumeRunner(now.Resources, v.Name)
		if runner == nil || clone == "" {
			continue
		}
		if listed, _ := ha.VolumeRunner(d.Resources, v.Name); listed != nil {
			continue // then it says all of it
		}
		if d.Resources != nil {
			d.Resources = append(d.Resources, *ha.FindResource(now.Resources, clone))
		}
		for _, c := range now.Constraints {
			if d.Constraints != nil && c.ID == ha.VolumeHome(v.Name) && !d.hasConstraint(c.ID) {
				d.Constraints = append(d.Constraints, plain(c))
			}
		}
	}
}

func (d *Document) hasConstraint(id string) bool {
	for _, c := range d.Constraints {
		if c.ID == id {
			return true
		}
	}
	return false
}

// volumes carries volumes over to other machines.
func (g *migration) volumes(list []Volume) []Volume {
	var out []Volume
	for i, v := range list {
		replicas := v.Replicas
		v.Replicas = nil
		if v.From != "" {
			v.From = g.node(fmt.Sprintf("volumes[%d].from", i), v.From)
		}
		for n, r := range replicas {
			at := fmt.Sprintf("volumes[%d].replicas[%d].", i, n)
			r.Node, r.Destroy = g.node(at+"node", r.Node), nil
			r.Disk = g.answer(Need{Kind: NeedDevice, Value: r.Disk, Resource: v.Name, Parameter: "disk", At: at + "disk"}, g.Devices, r.Disk)
			if r.Address != "" {
				r.Address = g.answer(Need{Kind: NeedAddress, Value: r.Address, Resource: v.Name, Parameter: "address", At: at + "address"}, g.Addresses, r.Address)
			}
			v.Replicas = append(v.Replicas, r)
		}
		out = append(out, v)
	}
	return out
}
