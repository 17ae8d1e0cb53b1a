package replicationtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Name is the volume on which the suite works.
const Name = "suite"

// What its sides prove themselves to each other with: each volume that is made has a secret of its own, as the server gives it.
const (
	firstSecret  = "a-Secret-of-the-Suite"
	secondSecret = "a-Secret-of-the-Volume-that-is-made-again"
)

// Run does with a pair what the product does, as one story: metadata and syncs are what takes the time.
func Run(t *testing.T, p *Pair) {
	s := &story{Pair: p, Traits: p.Traits, secret: firstSecret}
	if s.Traits == nil {
		d := drbd
		d.Device = fmt.Sprintf("/dev/drbd%d", p.Minor)
		s.Traits = &d
	}
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Inspect", s.inspect},
		{"Refusals", s.refusals},
		{"Create", s.create},
		{"FirstSync", s.firstSync},
		{"Roles", s.roles},
		{"Protocols", s.protocols},
		{"Connection", s.connection},
		{"Disk", s.disk},
		{"Verify", s.verify},
		{"Invalidate", s.invalidate},
		{"Crash", s.crash},
		{"SplitBrainKeepFirst", func(t *testing.T) { s.split(t, 0) }},
		{"SplitBrainKeepSecond", func(t *testing.T) { s.split(t, 1) }},
		{"Watch", s.watch},
		{"Remove", s.remove},
		{"SkippedSync", s.skip},
		{"WrongSecret", s.wrongSecret},
		{"RemoveAgain", s.remove},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			t.Fatalf("%s failed; what follows would tell nothing", chapter.name)
		}
	}
}

type story struct {
	*Pair
	*Traits
	secret string
}

// ctx outlives a failing test for as long as a tool needs.
func (s *story) ctx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*s.Patience)
	t.Cleanup(cancel)
	return ctx
}

// Volume is the volume of the suite.
func (s *story) volume() ha.Volume {
	v := ha.Volume{Name: Name, Driver: s.Sides[0].Driver.Name(), Device: s.Device, Protocol: "C", Options: map[string]map[string]string{}}
	for section, options := range s.Options {
		v.Options[section] = maps.Clone(options)
	}
	for i, side := range s.Sides {
		v.Replicas = append(v.Replicas, ha.Replica{Node: side.Node, ID: i, Disk: side.Disk, Address: side.Address, Port: s.Port})
	}
	return v
}

// twice does something two times: done twice is done once.
func twice(t *testing.T, what string, do func() error) {
	t.Helper()
	for _, time := range []string{"", " again"} {
		if err := do(); err != nil {
			t.Fatalf("%s%s: %v", what, time, err)
		}
	}
}

func (s *story) act(t *testing.T, side int, action ha.VolumeAction) {
	t.Helper()
	twice(t, fmt.Sprintf("%s on %s", action, s.Sides[side].Node), func() error { return s.Sides[side].Driver.Act(s.ctx(t), Name, action, 0) })
}

// refused demands a fault with that reason, its own or that of one of its fields.
func refused(t *testing.T, what, reason string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: accepted", what)
		return
	}
	f := fault.Public(err)
	if f.Reason != reason && !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Reason == reason }) {
		t.Errorf("%s: refused as %s %v (%v), want %s", what, f.Reason, f.Fields, err, reason)
	}
}

// state is the volume as a side sees it.
func (s *story) state(t *testing.T, side int) ha.VolumeState {
	t.Helper()
	list, err := s.Sides[side].Driver.Status(s.ctx(t))
	if err != nil {
		t.Fatalf("status of %s: %v", s.Sides[side].Node, err)
	}
	for _, v := range list {
		if v.Name == Name {
			return v
		}
	}
	return ha.VolumeState{Name: Name}
}

func peer(v ha.VolumeState) ha.VolumePeer {
	if len(v.Peers) == 0 {
		return ha.VolumePeer{}
	}
	return v.Peers[0]
}

// wait waits until both sides are so.
func (s *story) wait(t *testing.T, what string, so func(a, b ha.VolumeState) bool) (ha.VolumeState, ha.VolumeState) {
	t.Helper()
	deadline := time.Now().Add(s.Patience)
	for {
		a, b := s.state(t, 0), s.state(t, 1)
		if so(a, b) {
			return a, b
		}
		if time.Now().After(deadline) {
			t.Fatalf("not %s in %v:\n%+v\n%+v", what, s.Patience, a, b)
		}
		time.Sleep(50 * time.Millisecond) // a bounded wait's own beat
	}
}

func connected(v ha.VolumeState) bool {
	return peer(v).Connection == ha.PeerConnected && peer(v).Replication != "Off"
}

func (s *story) inSync(t *testing.T) {
	t.Helper()
	s.wait(t, "in sync", func(a, b ha.VolumeState) bool {
		for _, v := range []ha.VolumeState{a, b} {
			if !connected(v) || v.Disk != ha.DiskUpToDate || peer(v).Disk != ha.DiskUpToDate || peer(v).Replication != ha.ReplicaEstablish || peer(v).OutOfSync != 0 || v.Split != nil {
				return false
			}
		}
		return true
	})
}

func (s *story) inspect(t *testing.T) {
	for _, side := range s.Sides {
		kernel, tools, err := side.Driver.Versions(s.ctx(t))
		if err != nil || kernel == "" || tools == "" {
			t.Fatalf("%s: kernel %q, tools %q, %v", side.Node, kernel, tools, err)
		}
		i, err := side.Driver.Inspect(s.ctx(t), side.Disk)
		if err != nil || i.Node != side.Node || i.Disk.SizeBytes == 0 || i.Disk.InUse || len(i.Disk.Carries) > 0 {
			t.Errorf("%s: %+v, %v", side.Node, i, err)
		}
		if s.taken(i) || slices.Contains(i.Ports, s.Port) || slices.Contains(i.Names, Name) {
			t.Errorf("%s: what the suite needs is taken: %+v", side.Node, i)
		}
		_, err = side.Driver.Inspect(s.ctx(t), "/dev/no-such-disk")
		refused(t, "no disk", "volume.no_device", err)
		_, err = side.Driver.Inspect(s.ctx(t), "../etc/passwd")
		refused(t, "no path", "volume.disk", err)
	}
}

func (s *story) refusals(t *testing.T) {
	d, ctx := s.Sides[0].Driver, s.ctx(t)
	bad := func(what, reason string, change func(*ha.Volume)) {
		v := s.volume()
		change(&v)
		refused(t, what, reason, d.Configure(ctx, v, s.secret))
	}
	bad("name", "field.format", func(v *ha.Volume) { v.Name = "no spaces" })
	bad("device", s.deviceReason(), func(v *ha.Volume) { v.Device = "/dev/sda" })
	bad("protocol", "field.one_of", func(v *ha.Volume) { v.Protocol = "D" })
	bad("one side", "volume.replicas", func(v *ha.Volume) { v.Replicas = v.Replicas[:1] })
	bad("node twice", "volume.node_twice", func(v *ha.Volume) { v.Replicas[1].Node = v.Replicas[0].Node })
	bad("address twice", "volume.address_twice", func(v *ha.Volume) { v.Replicas[1].Address = v.Replicas[0].Address })
	bad("no address", "volume.address", func(v *ha.Volume) { v.Replicas[1].Address = "host" })
	bad("port", "field.range", func(v *ha.Volume) { v.Replicas[1].Port = 70000 })
	bad("disk", "volume.disk", func(v *ha.Volume) { v.Replicas[0].Disk = "/dev/../etc/passwd" })
	bad("option", "volume.option_unknown", func(v *ha.Volume) { v.Options[s.Number[0]]["no-such-option"] = "1" })
	bad("value", "volume.option_value", func(v *ha.Volume) { v.Options[s.Number[0]][s.Number[1]] = "soon" })
	bad("not here", "volume.not_here", func(v *ha.Volume) { v.Replicas[0].Node = "somebody-else" })
	for what, err := range map[string]error{
		"create of nothing": d.Create(ctx, Name, nil), "up of nothing": d.Up(ctx, Name), "promote of nothing": d.Act(ctx, Name, ha.VolumePromote, 0),
		"sync of nothing": d.FirstSync(ctx, Name, ha.SyncFull), "format of nothing": d.Format(ctx, Name, "ext4"), "wipe of nothing": d.Wipe(ctx, Name),
	} {
		refused(t, what, "volume.unknown", err)
	}
	if list, err := d.Volumes(ctx); err != nil || slices.ContainsFunc(list, func(v ha.Volume) bool { return v.Name == Name }) {
		t.Errorf("what was refused is there: %+v, %v", list, err)
	}
}

// numbered says whether devices have numbers, which may be taken.
func (s *story) numbered() bool { return s.Pair.Traits == nil }

func (s *story) taken(i ha.VolumeInspection) bool {
	if !s.numbered() {
		return slices.Contains(i.Names, Name)
	}
	return slices.Contains(i.Minors, s.Minor)
}

func (s *story) deviceReason() string {
	if !s.numbered() {
		return "volume.mirror_device"
	}
	return "volume.device"
}

// make configures, lays metadata out and brings up, on both sides.
func (s *story) make(t *testing.T) {
	t.Helper()
	for i, side := range s.Sides {
		twice(t, "configure "+side.Node, func() error { return side.Driver.Configure(s.ctx(t), s.volume(), s.secret) })
		v := s.configured(t, i)
		if v.Foreign || v.Protocol != "C" || v.Replicas[1].Disk != s.Sides[1].Disk || v.Options[s.Number[0]][s.Number[1]] != s.Options[s.Number[0]][s.Number[1]] {
			t.Errorf("configured on %s: %+v", side.Node, v)
		}
		if strings.Contains(fmt.Sprintf("%+v", v), s.secret) || v.Options["net"]["shared-secret"] != "***" || v.Exposed != "" {
			t.Errorf("the secret is told on %s: %+v", side.Node, v)
		}
		seen, err := side.Driver.Inspect(s.ctx(t), side.Disk)
		if err != nil {
			t.Fatal(err)
		}
		if len(seen.Disk.Carries) > 0 { // from a chapter before
			refused(t, "create over "+strings.Join(seen.Disk.Carries, ","), "volume.disk_occupied", side.Driver.Create(s.ctx(t), Name, nil))
		} else {
			refused(t, "create over what is not there", "volume.nothing_there", side.Driver.Create(s.ctx(t), Name, []string{"ext4"}))
		}
		if err := side.Driver.Create(s.ctx(t), Name, seen.Disk.Carries); err != nil {
			t.Fatalf("create on %s: %v", side.Node, err)
		}
		if err := side.Driver.Create(s.ctx(t), Name, nil); err != nil {
			t.Fatalf("create on %s again: %v", side.Node, err)
		}
		refused(t, "act on what is down", "volume.down", side.Driver.Act(s.ctx(t), Name, ha.VolumePromote, 0))
	}
	for _, side := range s.Sides {
		twice(t, "up on "+side.Node, func() error { return side.Driver.Up(s.ctx(t), Name) })
	}
}

func (s *story) configured(t *testing.T, side int) ha.Volume {
	t.Helper()
	list, err := s.Sides[side].Driver.Volumes(s.ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		if v.Name == Name {
			return v
		}
	}
	t.Fatalf("%s does not tell of the volume: %+v", s.Sides[side].Node, list)
	return ha.Volume{}
}

func (s *story) create(t *testing.T) {
	if disk := s.Sides[0].Occupied; disk != "" {
		v := s.volume()
		v.Replicas[0].Disk = disk
		d := s.Sides[0].Driver
		if err := d.Configure(s.ctx(t), v, s.secret); err != nil {
			t.Fatal(err)
		}
		refused(t, "a disk with data", "volume.disk_occupied", d.Create(s.ctx(t), Name, nil))
		refused(t, "a disk with other data", "volume.disk_occupied", d.Create(s.ctx(t), Name, []string{"xfs"}))
		if err := d.Forget(s.ctx(t), Name); err != nil {
			t.Fatal(err)
		}
		if i, err := d.Inspect(s.ctx(t), disk); err != nil || !slices.Contains(i.Disk.Carries, "ext4") {
			t.Errorf("what was on %s: %+v, %v", disk, i.Disk, err)
		}
	}
	s.make(t)
	a, b := s.wait(t, "connected", func(a, b ha.VolumeState) bool { return connected(a) && connected(b) })
	for i, v := range []ha.VolumeState{a, b} {
		if !v.Up || v.Role != ha.VolumeSecondary || v.Disk != ha.DiskInconsistent || v.Size == 0 || peer(v).Node != s.Sides[1-i].Node || v.Node != s.Sides[i].Node {
			t.Errorf("got %+v", v)
		}
	}
	refused(t, "promote without data", "volume.no_data", s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumePromote, 0))
	i, err := s.Sides[0].Driver.Inspect(s.ctx(t), s.Sides[0].Disk)
	if err != nil || !i.Disk.InUse || !s.taken(i) || !slices.Contains(i.Names, Name) || !slices.Contains(i.Ports, s.Port) {
		t.Errorf("what is up is not seen as taken: %+v, %v", i, err)
	}
	other := s.volume()
	other.Name = Name + "-2"
	refused(t, "the same device", "volume.device_taken", s.Sides[0].Driver.Configure(s.ctx(t), other, s.secret))
	other.Device = s.Device + "1"
	refused(t, "the same port", "volume.port_taken", s.Sides[0].Driver.Configure(s.ctx(t), other, s.secret))
}

func (s *story) firstSync(t *testing.T) {
	d := s.Sides[0].Driver
	twice(t, "first sync", func() error { return d.FirstSync(s.ctx(t), Name, ha.SyncFull) })
	if s.Slow {
		s.progress(t)
	}
	s.inSync(t)
	if a := s.state(t, 0); a.Role != ha.VolumeSecondary {
		t.Errorf("the first sync leaves %s as %s", a.Node, a.Role)
	}
	twice(t, "first sync of what is in sync", func() error { return d.FirstSync(s.ctx(t), Name, ha.SyncFull) })
}

// progress watches a resync that goes on, bounds it, pauses it.
func (s *story) progress(t *testing.T) {
	const limit = 1 << 20
	d := s.Sides[0].Driver
	twice(t, "limit", func() error { return d.Act(s.ctx(t), Name, ha.VolumeLimit, limit) })
	refused(t, "limit of nothing", "field.range", d.Act(s.ctx(t), Name, ha.VolumeLimit, 10))
	a, b := s.wait(t, "syncing with a rate", func(a, b ha.VolumeState) bool {
		return peer(a).Replication == ha.ReplicaSyncSource && peer(b).Replication == ha.ReplicaSyncTarget && peer(a).Rate > 0 && peer(a).Left > 0 && peer(b).Rate > 0
	})
	if p := peer(a); p.Done <= 0 || p.Done >= 100 || p.OutOfSync <= 0 || p.OutOfSync > a.Size || p.Limit != limit || peer(b).Done <= 0 {
		t.Errorf("progress %+v and %+v", p, peer(b))
	}
	refused(t, "verify meanwhile", "volume.syncing", d.Act(s.ctx(t), Name, ha.VolumeVerify, 0))
	s.act(t, 0, ha.VolumePause)
	a, _ = s.wait(t, "paused", func(a, b ha.VolumeState) bool {
		return peer(a).Replication == "PausedSyncS" && peer(b).Replication == "PausedSyncT"
	})
	left := peer(a).OutOfSync
	s.act(t, 0, ha.VolumeResume)
	s.wait(t, "going on", func(a, _ ha.VolumeState) bool {
		return peer(a).Replication == ha.ReplicaSyncSource && peer(a).OutOfSync < left
	})
	twice(t, "no limit", func() error { return d.Act(s.ctx(t), Name, ha.VolumeLimit, 0) })
	if p := peer(s.state(t, 0)); p.Limit != 0 {
		t.Errorf("limit is %d", p.Limit)
	}
}

func pattern(seed byte) []byte { return bytes.Repeat([]byte{seed, seed ^ 0x5a, 17, seed + 1}, 16<<10) }

// holds demands that the volume, where it is Primary, has what was written.
func (s *story) holds(t *testing.T, side int, at int64, want []byte) {
	t.Helper()
	if got := s.Sides[side].Read(t, s.Device, at, len(want)); !bytes.Equal(got, want) {
		t.Errorf("%s does not have what was written at %d", s.Sides[side].Node, at)
	}
}

func (s *story) write(t *testing.T, side int, at int64, data []byte) {
	t.Helper()
	s.Sides[side].Write(t, s.Device, at, data)
}

func (s *story) roles(t *testing.T) {
	s.act(t, 0, ha.VolumePromote)
	s.wait(t, "Primary seen by both", func(a, b ha.VolumeState) bool {
		return a.Role == ha.VolumePrimary && peer(b).Role == ha.VolumePrimary && b.Role == ha.VolumeSecondary
	})
	refused(t, "a second Primary", "volume.other_primary", s.Sides[1].Driver.Act(s.ctx(t), Name, ha.VolumePromote, 0))
	refused(t, "format of a Secondary", "volume.not_primary", s.Sides[1].Driver.Format(s.ctx(t), Name, "ext4"))
	refused(t, "format as nonsense", "field.one_of", s.Sides[0].Driver.Format(s.ctx(t), Name, "fat"))
	s.write(t, 0, 1<<20, pattern(1))
	refused(t, "format over data", "volume.occupied", s.Sides[0].Driver.Format(s.ctx(t), Name, "ext4"))
	s.act(t, 0, ha.VolumeDemote)
	s.act(t, 1, ha.VolumePromote)
	s.holds(t, 1, 1<<20, pattern(1))
	s.write(t, 1, 2<<20, pattern(2))
	s.act(t, 1, ha.VolumeDemote)
	s.inSync(t)
}

func (s *story) protocols(t *testing.T) {
	for _, p := range []string{"A", "B", "C"} {
		v := s.volume()
		v.Protocol = p
		if !slices.Contains(s.Traits.Protocols, p) {
			for _, side := range s.Sides {
				refused(t, "protocol "+p+" on "+side.Node, "field.one_of", side.Driver.Configure(s.ctx(t), v, ""))
			}
			continue
		}
		for _, side := range s.Sides {
			twice(t, "protocol "+p+" on "+side.Node, func() error { return side.Driver.Configure(s.ctx(t), v, "") })
		}
		s.wait(t, "connected by "+p, func(a, b ha.VolumeState) bool {
			return connected(a) && connected(b) && a.Protocol == p && b.Protocol == p
		})
		s.act(t, 0, ha.VolumePromote)
		s.write(t, 0, 1<<20, pattern(p[0]))
		s.act(t, 0, ha.VolumeDemote)
		s.inSync(t)
	}
}

func (s *story) connection(t *testing.T) {
	s.act(t, 0, ha.VolumeDisconnect)
	a, b := s.wait(t, "disconnected", func(a, b ha.VolumeState) bool {
		return peer(a).Connection == ha.PeerStandAlone && peer(b).Connection != ha.PeerConnected
	})
	if a.Split != nil || b.Split != nil {
		t.Errorf("who disconnects has no split brain: %+v, %+v", a.Split, b.Split)
	}
	refused(t, "verify alone", "volume.not_connected", s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeVerify, 0))
	refused(t, "invalidate alone", "volume.no_source", s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeInvalidate, 0))
	s.act(t, 0, ha.VolumePromote)
	s.write(t, 0, 3<<20, pattern(3))
	s.wait(t, "counting what the other does not have", func(a, _ ha.VolumeState) bool { return peer(a).OutOfSync >= int64(len(pattern(3))) })
	s.act(t, 0, ha.VolumeDemote)
	if a := s.state(t, 0); a.Split != nil {
		t.Errorf("who disconnects and writes has no split brain: %+v", a.Split)
	}
	s.act(t, 0, ha.VolumeConnect)
	s.inSync(t)
}

func (s *story) disk(t *testing.T) {
	if s.Attached {
		for _, a := range []ha.VolumeAction{ha.VolumeDetach, ha.VolumeAttach} {
			refused(t, string(a), "volume.action_unsupported", s.Sides[1].Driver.Act(s.ctx(t), Name, a, 0))
		}
		s.inSync(t)
		return
	}
	s.act(t, 1, ha.VolumeDetach)
	s.wait(t, "diskless", func(a, b ha.VolumeState) bool { return b.Disk == ha.DiskDiskless && peer(a).Disk == ha.DiskDiskless })
	s.act(t, 0, ha.VolumePromote)
	s.write(t, 0, 4<<20, pattern(4))
	s.act(t, 0, ha.VolumeDemote)
	s.act(t, 1, ha.VolumeAttach)
	s.inSync(t)
	s.act(t, 1, ha.VolumePromote)
	s.holds(t, 1, 4<<20, pattern(4))
	s.act(t, 1, ha.VolumeDemote)
}

func (s *story) verify(t *testing.T) {
	if s.PrimaryVerifies {
		refused(t, "verify of a Secondary", "volume.not_primary", s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeVerify, 0))
		s.act(t, 0, ha.VolumePromote)
		s.inSync(t)
	}
	run := func(want bool) {
		t.Helper()
		if err := s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeVerify, 0); err != nil {
			t.Fatal(err)
		}
		s.wait(t, fmt.Sprintf("verified, difference %v", want), func(a, b ha.VolumeState) bool {
			return peer(a).Replication == ha.ReplicaEstablish && peer(b).Replication == ha.ReplicaEstablish && (peer(a).OutOfSync > 0) == want
		})
	}
	run(false)
	s.Sides[1].Plant(t, 5<<20, pattern(5))
	run(true)
	// Verifying marks; what is marked is copied when the sides meet again and one has written meanwhile.
	s.act(t, 0, ha.VolumePromote)
	s.act(t, 1, ha.VolumeDisconnect)
	s.write(t, 0, 10<<20, pattern(10))
	s.act(t, 1, ha.VolumeConnect)
	s.inSync(t)
	if s.PrimaryVerifies {
		run(false)
		s.act(t, 0, ha.VolumeDemote)
		return
	}
	s.act(t, 0, ha.VolumeDemote)
	run(false)
}

func (s *story) invalidate(t *testing.T) {
	s.act(t, 0, ha.VolumePromote)
	refused(t, "invalidate of what is in use", "volume.primary", s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeInvalidate, 0))
	s.Sides[1].Plant(t, 6<<20, pattern(6))
	if err := s.Sides[1].Driver.Act(s.ctx(t), Name, ha.VolumeInvalidate, 0); err != nil {
		t.Fatal(err)
	}
	s.inSync(t)
	s.act(t, 0, ha.VolumeDemote)
	s.act(t, 1, ha.VolumePromote)
	if got := s.Sides[1].Read(t, s.Device, 6<<20, len(pattern(6))); bytes.Equal(got, pattern(6)) {
		t.Error("invalidated data are still there")
	}
	s.act(t, 1, ha.VolumeDemote)
}

// crash: what was acknowledged is there after the Primary has lost its power.
func (s *story) crash(t *testing.T) {
	if s.Sides[0].Kill == nil {
		t.Skip("these hosts cannot be killed")
	}
	s.act(t, 0, ha.VolumePromote)
	s.write(t, 0, 7<<20, pattern(7))
	s.Sides[0].Kill(t)
	deadline := time.Now().Add(s.Patience)
	for connected(s.state(t, 1)) {
		if time.Now().After(deadline) {
			t.Fatal("the survivor does not see that its peer is gone")
		}
		time.Sleep(50 * time.Millisecond) // a bounded wait's own beat
	}
	s.act(t, 1, ha.VolumePromote)
	s.holds(t, 1, 7<<20, pattern(7))
	s.write(t, 1, 8<<20, pattern(8))
	s.Sides[0].Revive(t)
	twice(t, "up after the crash", func() error { return s.Sides[0].Driver.Up(s.ctx(t), Name) })
	s.inSync(t)
	s.act(t, 1, ha.VolumeDemote)
	s.act(t, 0, ha.VolumePromote)
	s.holds(t, 0, 8<<20, pattern(8))
	s.act(t, 0, ha.VolumeDemote)
}

// split: both sides write on their own; what each shows is enough to choose, and what was chosen is on both.
func (s *story) split(t *testing.T, keep int) {
	if s.Arbitrated {
		s.arbitrated(t, keep)
		return
	}
	lose := 1 - keep
	stop := s.watching(t) // the kernel says it once, to who listens
	s.act(t, 0, ha.VolumePromote)
	before := time.Now().Add(-time.Minute)
	s.Cut(t)
	s.wait(t, "apart", func(a, b ha.VolumeState) bool {
		return peer(a).Connection != ha.PeerConnected && peer(b).Connection != ha.PeerConnected
	})
	s.act(t, 1, ha.VolumePromote)
	s.write(t, 0, 9<<20, pattern(90))
	s.write(t, 1, 9<<20, pattern(91))
	if a := s.state(t, 0); a.Split != nil {
		t.Errorf("who has not met its peer again knows of no split brain: %+v", a.Split)
	}
	s.Heal(t)
	a, b := s.wait(t, "a split brain that both sides see", func(a, b ha.VolumeState) bool { return a.Split != nil && b.Split != nil })
	for i, v := range []ha.VolumeState{a, b} {
		side, err := s.Sides[i].Driver.Split(s.ctx(t), Name)
		if err != nil {
			t.Fatal(err)
		}
		if side.Node != v.Node || !side.Primary || !side.WasPrimary || side.Changed < int64(len(pattern(90))) || side.From.Before(before) || side.Until.Before(side.From) || side.Since.Before(before) {
			t.Errorf("evidence %+v", side)
		}
		refused(t, "a Primary as the victim", "volume.primary", s.Sides[i].Driver.Act(s.ctx(t), Name, ha.VolumeDiscard, 0))
	}
	if !a.Split.Diverged(*b.Split) || a.Split.Diverged(*a.Split) {
		t.Errorf("generations %v and %v", a.Split.Generation, b.Split.Generation)
	}
	s.act(t, lose, ha.VolumeDemote)
	if err := s.Sides[lose].Driver.Act(s.ctx(t), Name, ha.VolumeDiscard, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Sides[keep].Driver.Act(s.ctx(t), Name, ha.VolumeConnect, 0); err != nil {
		t.Fatal(err)
	}
	s.inSync(t)
	s.holds(t, keep, 9<<20, pattern(byte(90+keep)))
	s.act(t, keep, ha.VolumeDemote)
	s.act(t, lose, ha.VolumePromote)
	s.holds(t, lose, 9<<20, pattern(byte(90+keep)))
	s.act(t, lose, ha.VolumeDemote)
	stop()
}

// arbitrated: of two sides that do not see each other the Primary goes on, and the other one is refused, however often it is asked.
func (s *story) arbitrated(t *testing.T, keep int) {
	lose := 1 - keep
	s.act(t, keep, ha.VolumePromote)
	s.inSync(t)
	s.Cut(t)
	s.wait(t, "apart", func(a, b ha.VolumeState) bool {
		return peer(a).Connection != ha.PeerConnected && peer(b).Connection != ha.PeerConnected
	})
	s.write(t, keep, 9<<20, pattern(byte(90+keep)))
	for range 2 {
		refused(t, "a second Primary that sees nobody", "volume.outdated", s.Sides[lose].Driver.Act(s.ctx(t), Name, ha.VolumePromote, 0))
	}
	s.Heal(t)
	s.inSync(t)
	refused(t, "discard where nothing has split", "volume.action_unsupported", s.Sides[lose].Driver.Act(s.ctx(t), Name, ha.VolumeDiscard, 0))
	s.act(t, keep, ha.VolumeDemote)
	s.act(t, lose, ha.VolumePromote)
	s.holds(t, lose, 9<<20, pattern(byte(90+keep)))
	s.act(t, lose, ha.VolumeDemote)
	s.inSync(t)
}

// watching has both drivers watch until it is stopped.
func (s *story) watching(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, len(s.Sides))
	for _, side := range s.Sides {
		began := make(chan struct{}, 1)
		go func() {
			done <- side.Driver.Watch(ctx, func() {
				select {
				case began <- struct{}{}:
				default:
				}
			})
		}()
		select {
		case <-began:
		case <-time.After(s.Patience):
			t.Fatalf("%s does not watch", side.Node)
		}
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		for range s.Sides {
			if err := <-done; err != nil {
				t.Errorf("watch: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

// watch: what the other side does is noticed without being asked for.
func (s *story) watch(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	seen := make(chan struct{}, 64)
	done := make(chan error, 1)
	go func() {
		done <- s.Sides[1].Driver.Watch(ctx, func() {
			select {
			case seen <- struct{}{}:
			default:
			}
		})
	}()
	next := func(what string) {
		t.Helper()
		deadline := time.After(s.Patience)
		for {
			select {
			case <-seen:
				if role := peer(s.state(t, 1)).Role; what == "" || role == what {
					return
				}
			case <-deadline:
				t.Fatalf("not told of %q", what)
			}
		}
	}
	next("")
	if err := s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumePromote, 0); err != nil {
		t.Fatal(err)
	}
	next(ha.VolumePrimary)
	if err := s.Sides[0].Driver.Act(s.ctx(t), Name, ha.VolumeDemote, 0); err != nil {
		t.Fatal(err)
	}
	next(ha.VolumeSecondary)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func (s *story) remove(t *testing.T) {
	for _, side := range s.Sides {
		refused(t, "forget what is up", "volume.up", side.Driver.Forget(s.ctx(t), Name))
		refused(t, "wipe what is up", "volume.up", side.Driver.Wipe(s.ctx(t), Name))
		twice(t, "down on "+side.Node, func() error { return side.Driver.Down(s.ctx(t), Name) })
		twice(t, "wipe on "+side.Node, func() error { return side.Driver.Wipe(s.ctx(t), Name) })
		twice(t, "forget on "+side.Node, func() error { return side.Driver.Forget(s.ctx(t), Name) })
		i, err := side.Driver.Inspect(s.ctx(t), side.Disk)
		if err != nil || i.Disk.InUse || slices.Contains(i.Disk.Carries, s.Metadata) || slices.Contains(i.Names, Name) || s.numbered() && s.taken(i) {
			t.Errorf("what is left on %s: %+v, %v", side.Node, i, err)
		}
	}
	if a := s.state(t, 0); a.Up || a.Node != "" {
		t.Errorf("it is still told of: %+v", a)
	}
}

// skip: two sides that are declared alike are in sync at once.
func (s *story) skip(t *testing.T) {
	s.secret = secondSecret
	s.make(t)
	s.wait(t, "connected", func(a, b ha.VolumeState) bool { return connected(a) && connected(b) })
	twice(t, "skipped sync", func() error { return s.Sides[1].Driver.FirstSync(s.ctx(t), Name, ha.SyncSkip) })
	s.inSync(t)
	s.act(t, 1, ha.VolumePromote)
	s.act(t, 1, ha.VolumeDemote)
}

// wrongSecret: a side that does not know the secret is not let in.
func (s *story) wrongSecret(t *testing.T) {
	side := s.Sides[1]
	s.act(t, 1, ha.VolumeDisconnect)
	if err := side.Driver.Configure(s.ctx(t), s.volume(), "another-Secret"); err != nil {
		t.Fatal(err)
	}
	s.act(t, 0, ha.VolumeDisconnect)
	s.act(t, 0, ha.VolumeConnect)
	if err := side.Driver.Act(s.ctx(t), Name, ha.VolumeConnect, 0); err != nil {
		t.Fatal(err)
	}
	s.wait(t, "refused", func(a, b ha.VolumeState) bool {
		return !connected(a) && !connected(b) && (peer(a).Connection == s.Refused || peer(b).Connection == s.Refused)
	})
	for i := range s.Sides {
		if v := s.state(t, i); v.Split != nil {
			t.Errorf("a wrong secret is no split brain: %+v", v.Split)
		}
	}
	if err := side.Driver.Configure(s.ctx(t), s.volume(), s.secret); err != nil {
		t.Fatal(err)
	}
	for _, side := range s.Sides {
		if err := side.Driver.Up(s.ctx(t), Name); err != nil {
			t.Fatal(err)
		}
	}
	s.inSync(t)
}
