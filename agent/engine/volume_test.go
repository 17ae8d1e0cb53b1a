package engine_test

import (
	"encoding/json"
	"slices"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// volumePicture is everything that a command about a volume may leave behind on a host.
func (b *bench) volumePicture() string {
	b.t.Helper()
	out, err := b.do(wire.VolumeList, wire.NoArgs{})
	if err != nil {
		b.t.Fatal(err)
	}
	var list wire.VolumeListOutput
	if err := json.Unmarshal(out, &list); err != nil {
		b.t.Fatal(err)
	}
	disk, err := b.do(wire.VolumeInspect, wire.VolumeInspectArgs{Driver: ha.DRBD, Disk: "/dev/disk/by-id/sim-local-1"})
	if err != nil {
		b.t.Fatal(err)
	}
	for i := range list.States { // a generation is new each time
		list.States[i].Split = nil
	}
	data, err := json.Marshal(list)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data) + string(disk)
}

// killedAnywhere kills the agent at every point of a command, and starts it again. Each time everything that the picture shows is as before or
// as after, and the result says which. It returns whether the command is carried out in the end.
func (b *bench) killedAnywhere(name wire.CommandName, args any, undo func(), picture func() string) (changed bool) {
	b.t.Helper()
	undo()
	before := picture()
	b.points = nil
	if _, err := b.do(name, args); err != nil {
		b.t.Fatal(err)
	}
	points, after := slices.Clone(b.points), picture()
	if before == after || len(points) < 2 {
		b.t.Fatalf("only %v, or nothing has changed: %s", points, after)
	}
	changed = true
	for _, point := range points {
		if changed {
			undo()
			if now := picture(); now != before {
				b.t.Fatalf("the test cannot undo:\n%s\n%s", before, now)
			}
		}
		b.die = point
		command := b.command(name, args)
		if r, ok := b.run(command); ok {
			b.t.Fatalf("%s: it was not killed: %v", point, r.err)
		}
		r, _ := b.run(command)
		switch now := picture(); {
		case r.err == nil && now == after:
			changed = true
		case fault.Public(r.err) != nil && fault.Public(r.err).Reason == "command.interrupted" && now == before:
			changed = false
		default:
			b.t.Fatalf("%s: the result is %v, but now it is\n%s\nbefore\n%s\nafter\n%s", point, r.err, now, before, after)
		}
	}
	return changed
}

// TestVolumeKilledAnywhere kills the agent at every point of every command that changes a volume, and starts it again. Afterwards the volume
// is as before or as after, and the result says which.
func TestVolumeKilledAnywhere(t *testing.T) {
	b := newBench(t)
	v := ha.Volume{Name: "data", Driver: ha.DRBD, Device: "/dev/drbd3", Protocol: "C", Options: map[string]map[string]string{"net": {"verify-alg": "sha256"}}}
	for i, n := range []string{"n1", "n2"} {
		v.Replicas = append(v.Replicas, ha.Replica{Node: n, ID: i, Disk: "/dev/disk/by-id/sim-local-1", Address: b.setup.Nodes[i].Addresses[0], Port: 7788})
	}
	configure := wire.VolumeConfigureArgs{Cluster: b.setup.Name, Volume: v, Secret: []byte("secret")}
	other := configure
	other.Update, other.Volume.Protocol = true, "A"
	back := configure
	back.Update = true
	prepare, wipe := wire.VolumePrepareArgs{Name: "data"}, wire.VolumeRemoveArgs{Name: "data", Wipe: true}
	act := func(a ha.VolumeAction) wire.VolumeActArgs { return wire.VolumeActArgs{Name: "data", Action: a} }
	type step struct {
		name wire.CommandName
		args any
	}
	for _, c := range []struct {
		what string
		do   step
		undo []step
	}{
		{"Configure", step{wire.VolumeConfigure, configure}, []step{{wire.VolumeRemove, wipe}}},
		{"Prepare", step{wire.VolumePrepare, prepare}, []step{{wire.VolumeRemove, wipe}, {wire.VolumeConfigure, configure}}},
		{"Change", step{wire.VolumeConfigure, other}, []step{{wire.VolumeConfigure, back}}},
		{"Disconnect", step{wire.VolumeAct, act(ha.VolumeDisconnect)}, []step{{wire.VolumeAct, act(ha.VolumeConnect)}}},
		{"Remove", step{wire.VolumeRemove, wipe}, []step{{wire.VolumeRemove, wipe}, {wire.VolumeConfigure, configure}, {wire.VolumePrepare, prepare}}},
	} {
		if !t.Run(c.what, func(t *testing.T) {
			b.t = t
			undo := func() {
				for _, u := range c.undo {
					if _, err := b.do(u.name, u.args); err != nil {
						t.Fatal(err)
					}
				}
			}
			if !b.killedAnywhere(c.do.name, c.do.args, undo, b.volumePicture) {
				if _, err := b.do(c.do.name, c.do.args); err != nil {
					t.Fatal(err)
				}
			}
		}) {
			return
		}
	}
}
