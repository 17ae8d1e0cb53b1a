package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"hawser/internal/api"
	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
	"hawser/server/fleet"
)

// fileVolumes is what a file asks of volumes.
type fileVolumes struct {
	made, changed []volumePlan
	edits         []ha.Edit // what runs those that are made, where the file does not say it itself
	at            []string  // the places of edits
	differences   []ha.Difference
}

func (f fileVolumes) plans() []volumePlan { return append(slices.Clone(f.made), f.changed...) }

// volumesOf works out what a file asks of volumes. The nodes are asked only where it says anything of volumes.
func (e *Engine) volumesOf(ctx context.Context, actor string, k fleet.Known, d manifest.Document, places manifest.Places) (fileVolumes, error) {
	var out fileVolumes
	if len(d.Volumes) == 0 {
		return out, nil
	}
	var faults fault.Fields
	code := fault.Invalid
	here := e.askVolumes(ctx, actor, k)
	seen := map[string]bool{}
	for i, w := range d.Volumes {
		at := fmt.Sprintf("volumes[%d]", i)
		refuse := func(err error) {
			if f := fault.Public(err); f != nil && f.Code == fault.Conflict {
				code = fault.Conflict
			}
			list := fields(err, at+".")
			if f := fault.Public(err); len(list) == 0 && f != nil {
				list.Add(at, f.Reason, f.Message, flatten(f.Args)...)
			}
			for _, f := range list {
				if line := places[f.Path]; line > 0 || places[at] > 0 {
					if line == 0 {
						line = places[at]
					}
					args := map[string]string{"line": strconv.Itoa(line)}
					for name, value := range f.Args {
						args[name] = value
					}
					f.Args = args
				}
				faults = append(faults, f)
			}
		}
		if seen[w.Name] {
			refuse(fault.New(fault.Conflict, "volume.name_taken", "given twice").With("volume", w.Name, "node", "–"))
			continue
		}
		seen[w.Name] = true
		if here[w.Name] == nil {
			found, p, err := e.examine(ctx, actor, k, newVolume(w), out.made...)
			switch {
			case err != nil:
				return out, err
			case found.Refused != nil:
				refuse(found.Refused)
				continue
			}
			p.Secret = newVolumeSecret()
			out.made = append(out.made, p)
			out.differences = append(out.differences, ha.Difference{Object: "volume", ID: w.Name, Change: "added"})
			if runner, _ := ha.VolumeRunner(d.Resources, w.Name); runner == nil {
				for _, x := range ha.RunVolume(p.Volume) {
					out.edits, out.at = append(out.edits, x), append(out.at, at)
				}
			}
			continue
		}
		p, list, err := e.fileChange(ctx, actor, k, w)
		switch {
		case err != nil:
			refuse(err)
		case len(list) > 0:
			out.changed = append(out.changed, p)
			out.differences = append(out.differences, list...)
		}
	}
	return out, withCode(faults.Err(), code)
}

// newVolume is a volume of a file as a request.
func newVolume(w manifest.Volume) api.NewVolume {
	in := api.NewVolume{Name: w.Name, Driver: w.Driver, Protocol: w.Protocol, Port: w.Port, Minor: w.Minor, Options: w.Options, Sync: w.Sync, From: w.From}
	for _, r := range w.Replicas {
		in.Replicas = append(in.Replicas, api.NewReplica{Node: r.Node, Disk: r.Disk, Address: r.Address, Destroy: r.Destroy})
	}
	return in
}

// fileChange works out what a file changes of a volume that is there. Where it is, it stays: to move data takes more than a line in a file.
func (e *Engine) fileChange(ctx context.Context, actor string, k fleet.Known, w manifest.Volume) (volumePlan, []ha.Difference, error) {
	m := memo{Request: Request{Cluster: k.Setup.Name, Actor: actor, Object: w.Name}}
	own, err := e.ownVolume(ctx, &m, k)
	if err != nil {
		return volumePlan{}, nil, err
	}
	v := own.shown.Volume
	var f fault.Fields
	fixed := func(path, is, wanted string) {
		if wanted != "" && wanted != is {
			f.Add(path, "volume.fixed", "cannot be changed by a file", "volume", v.Name, "is", is, "want", wanted)
		}
	}
	fixed("driver", string(v.Driver), string(w.Driver))
	switch {
	case w.Minor != nil && v.Driver == ha.Mirror:
		f.Add("minor", "volume.no_minor", "a mirror's device has a name")
	case w.Minor != nil:
		fixed("minor", strconv.Itoa(drbd.Minor(v.Device)), strconv.Itoa(*w.Minor))
	}
	for i, r := range w.Replicas {
		at := fmt.Sprintf("replicas[%d].", i)
		is := v.On(r.Node)
		if is == nil {
			f.Add(at+"node", "volume.no_replica", "has no replica of it", "node", r.Node, "volume", v.Name)
			continue
		}
		fixed(at+"disk", is.Disk, r.Disk)
		fixed(at+"address", is.Address, r.Address)
		if w.Port != 0 && i == 0 {
			fixed("port", strconv.Itoa(is.Port), strconv.Itoa(w.Port))
		}
	}
	if len(w.Replicas) != len(v.Replicas) {
		f.Add("replicas", "volume.fixed", "cannot be changed by a file", "volume", v.Name, "is", strconv.Itoa(len(v.Replicas)), "want", strconv.Itoa(len(w.Replicas)))
	}
	if err := f.Err(); err != nil {
		return volumePlan{}, nil, err
	}
	p, err := own.edited(api.EditVolume{Protocol: w.Protocol, Options: w.Options})
	if told := fault.Public(err); told != nil && told.Reason == "volume.so_already" {
		return p, nil, nil
	}
	return p, volumeDifferences(v, p.Volume), err
}

// volumeDifferences are those of a volume before and after a change.
func volumeDifferences(before, after ha.Volume) []ha.Difference {
	var list []ha.Difference
	tell := func(field, was, is string) {
		if was != is {
			list = append(list, ha.Difference{Object: "volume", ID: after.Name, Field: field, Before: was, After: is, Change: "changed"})
		}
	}
	tell("protocol", before.Protocol, after.Protocol)
	for _, section := range drbd.Sections {
		names := map[string]bool{}
		for _, values := range []map[string]string{before.Options[section], after.Options[section]} {
			for name := range values {
				names[name] = true
			}
		}
		for _, name := range sorted(names) {
			tell(section+"."+name, before.Options[section][name], after.Options[section][name])
		}
	}
	return list
}
