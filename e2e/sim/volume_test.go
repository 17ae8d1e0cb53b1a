package sim_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
)

const localDisk = "/dev/disk/by-id/sim-local-1"

// unfenced makes a cluster of two nodes that starts services although there is no fence device.
func unfenced(t *testing.T, s *sim.Sim) {
	t.Helper()
	if err := s.CreateCluster(t.Context(), "demo", "n1", "n2"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "cluster.properties", Path: inDemo, Body: api.Properties{Set: map[string]string{"stonith-enabled": "false"}}}); err != nil {
		t.Fatal(err)
	}
}

func ofVolume(name string) map[string]string {
	return map[string]string{"cluster": "demo", "volume": name}
}

// withVolume makes a cluster of two nodes with a volume whose sides are alike, replicated over the second link.
func withVolume(t *testing.T) *sim.Sim {
	t.Helper()
	s := start(t, "n1", "n2")
	unfenced(t, s)
	var cluster api.ClusterDetail
	if err := s.API.Do(t.Context(), client.Request{Route: "cluster.show", Path: inDemo}, &cluster); err != nil {
		t.Fatal(err)
	}
	in := api.NewVolume{Name: "data", Sync: ha.SyncSkip}
	for _, n := range cluster.Setup.Nodes {
		in.Replicas = append(in.Replicas, api.NewReplica{Node: n.Name, Disk: localDisk, Address: n.Addresses[1]})
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "volume.create", Path: inDemo, Body: in}); err != nil {
		t.Fatal(err)
	}
	return s
}

// volumeIs waits until a volume is as it should be, and returns it.
func volumeIs(t *testing.T, s *sim.Sim, name, what string, is func(api.VolumeShown) bool) (v api.VolumeShown) {
	t.Helper()
	err := s.WaitFor(t.Context(), fmt.Sprintf("volume %s to be %s", name, what), func(ctx context.Context) error {
		v = api.VolumeShown{}
		if err := s.API.Do(ctx, client.Request{Route: "volume.show", Path: ofVolume(name)}, &v); err != nil {
			return err
		}
		if !is(v) {
			return fmt.Errorf("it is %s: %+v", v.Verdict, v.States)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// primary are the nodes on which a volume is Primary.
func primary(v api.VolumeShown) (list []string) {
	for _, st := range v.States {
		if st.Role == ha.VolumePrimary {
			list = append(list, st.Node)
		}
	}
	return list
}

// event waits for an event of a volume.
func volumeEvent(t *testing.T, s *sim.Sim, kind string) {
	t.Helper()
	err := s.WaitFor(t.Context(), "the event "+kind, func(ctx context.Context) error {
		var list api.Page[api.Event]
		if err := s.API.Do(ctx, client.Request{Route: "event.list"}, &list); err != nil {
			return err
		}
		if !slices.ContainsFunc(list.Items, func(e api.Event) bool { return e.Kind == kind }) {
			return fmt.Errorf("none among %d", len(list.Items))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func actOn(s *sim.Sim, ctx context.Context, name string, action ha.VolumeAction, node string) error {
	_, err := s.Do(ctx, client.Request{Route: "volume.act", Path: ofVolume(name), Body: api.ActOnVolume{Action: action, Node: node}})
	return err
}

// TestVolumeBadInput: what cannot be is refused over REST by the check and by the creation alike, with the field that is wrong and why; so is it
// in a file.
func TestVolumeBadInput(t *testing.T) {
	s := withVolume(t)
	const second, small = "/dev/disk/by-id/sim-local-2", "/dev/disk/by-id/sim-local-4"
	on := func(disks ...string) (list []api.NewReplica) {
		for i, disk := range disks {
			list = append(list, api.NewReplica{Node: fmt.Sprintf("n%d", i+1), Disk: disk})
		}
		return list
	}
	twice := on(second, second)
	twice[1].Node = "n1"
	for name, c := range map[string]struct {
		in                  api.NewVolume
		field, reason, args string
	}{
		"NodeTwice":     {api.NewVolume{Name: "more", Replicas: twice}, "replicas[1].node", "volume.node_twice", "n1"},
		"PortTaken":     {api.NewVolume{Name: "more", Port: 7788, Replicas: on(second, second)}, "port", "volume.port_used", "7788"},
		"NumberTaken":   {api.NewVolume{Name: "more", Minor: new(int), Replicas: on(second, second)}, "minor", "volume.minor_taken", "0"},
		"OtherSize":     {api.NewVolume{Name: "more", Replicas: on(second, small)}, "replicas[1].disk", "volume.sizes_differ", "4294967296"},
		"DiskTaken":     {api.NewVolume{Name: "more", Replicas: on(second, localDisk)}, "replicas[1].disk", "volume.disk_in_use", localDisk},
		"NameTaken":     {api.NewVolume{Name: "data", Replicas: on(second, second)}, "name", "volume.name_taken", "data"},
		"WithoutSecret": {api.NewVolume{Name: "more", Replicas: on(second, second), Options: map[string]map[string]string{"net": {"shared-secret": ""}}}, "options.net.shared-secret", "volume.option_elsewhere", "shared-secret"},
	} {
		t.Run(name, func(t *testing.T) {
			told := func(f *fault.Error) bool {
				return f != nil && slices.ContainsFunc(f.Fields, func(x fault.Field) bool {
					return x.Path == c.field && x.Reason == c.reason && slices.Contains(slices.Collect(maps.Values(x.Args)), c.args)
				})
			}
			var check api.VolumeCheck
			if err := s.API.Do(t.Context(), client.Request{Route: "volume.check", Path: inDemo, Body: c.in}, &check); err != nil || !told(check.Refused) {
				t.Errorf("the check: %v %+v", err, check.Refused)
			}
			if _, err := s.Do(t.Context(), client.Request{Route: "volume.create", Path: inDemo, Body: c.in}); !told(fault.Public(err)) {
				t.Errorf("the creation: %v %+v", err, fault.Public(err))
			}
		})
	}
	file := "format: 1\ncluster: demo\nvolumes:\n  - name: more\n    replicas:\n      - {node: n1, disk: " + second + "}\n      - {node: n1, disk: " + second + "}\n"
	_, err := s.Do(t.Context(), client.Request{Route: "config.apply", Path: inDemo, Body: api.ManifestChange{YAML: file}})
	if f := fault.Public(err); f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool {
		return x.Path == "volumes[0].replicas[1].node" && x.Reason == "volume.node_twice"
	}) {
		t.Errorf("a node twice in a file: %v %+v", err, fault.Public(err))
	}
}

// TestVolumeFirstSync: the operation ends when the sync has begun and one side is Primary; the sync goes on, can be paused and resumed, and
// until it is done the cluster is not protected.
func TestVolumeFirstSync(t *testing.T) {
	s := start(t, "n1", "n2")
	unfenced(t, s)
	in := api.NewVolume{Name: "big", From: "n2", Replicas: []api.NewReplica{{Node: "n1", Disk: localDisk}, {Node: "n2", Disk: "/dev/disk/by-id/sim-local-3", Destroy: []string{"ext4"}}}}
	var check api.VolumeCheck
	if err := s.API.Do(t.Context(), client.Request{Route: "volume.check", Path: inDemo, Body: in}, &check); err != nil || check.Refused != nil {
		t.Fatalf("the check refuses with %v: %v", check.Refused, err)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "volume.create", Path: inDemo, Body: in}); err != nil {
		t.Fatal(err)
	}
	v := volumeIs(t, s, "big", "syncing from n2", func(v api.VolumeShown) bool {
		return v.Verdict == ha.VolumeSyncing && v.UpToDate == 1 && slices.Equal(primary(v), []string{"n2"})
	})
	if v.Resource != "big-clone" {
		t.Errorf("run by %q", v.Resource)
	}
	if err := actOn(s, t.Context(), "big", ha.VolumePause, "n1"); err != nil {
		t.Fatal(err)
	}
	paused := func(v api.VolumeShown) bool {
		return slices.ContainsFunc(v.States, func(st ha.VolumeState) bool {
			return slices.ContainsFunc(st.Peers, func(p ha.VolumePeer) bool { return p.Replication == "PausedSyncT" })
		})
	}
	volumeIs(t, s, "big", "paused", paused)
	err := s.WaitFor(t.Context(), "the verdict to tell it", func(ctx context.Context) error {
		var c api.ClusterDetail
		if err := s.API.Do(ctx, client.Request{Route: "cluster.show", Path: inDemo}, &c); err != nil {
			return err
		}
		if c.Verdict.Survives != 0 || !slices.ContainsFunc(c.Verdict.Reasons, func(r ha.Reason) bool { return r.Code == ha.ReasonVolumeSyncing }) {
			return fmt.Errorf("it is %+v", c.Verdict)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := actOn(s, t.Context(), "big", ha.VolumeResume, "n1"); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "big", "syncing again", func(v api.VolumeShown) bool { return v.Verdict != ha.VolumeSyncing || !paused(v) })
}

// TestVolumeSplitBrain: the role moves; the sides are parted and both written; they do not come together again by themselves, everybody is
// told, and a person ends it.
func TestVolumeSplitBrain(t *testing.T) {
	s := withVolume(t)
	v := volumeIs(t, s, "data", "in sync with one Primary", func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeOK && len(primary(v)) == 1 })
	first := primary(v)[0]
	second := map[string]string{"n1": "n2", "n2": "n1"}[first]
	if err := actOn(s, t.Context(), "data", ha.VolumePromote, second); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "Primary on the other", func(v api.VolumeShown) bool { return slices.Equal(primary(v), []string{second}) })

	if err := s.Node(first).CutLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "degraded", func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeDegraded })
	volumeEvent(t, s, "volume.disconnected")
	world := s.Node(first).World()
	if err := world.WriteVolume(t.Context(), second, "data", 0, []byte("written on the second")); err != nil {
		t.Fatal(err)
	}
	if err := actOn(s, t.Context(), "data", ha.VolumePromote, first); err != nil {
		t.Fatal(err)
	}
	if err := world.WriteVolume(t.Context(), first, "data", 0, []byte("written on the first")); err != nil {
		t.Fatal(err)
	}
	if err := s.Node(first).RestoreLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	v = volumeIs(t, s, "data", "split", func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeSplit })
	volumeEvent(t, s, "volume.split_brain")
	for _, st := range v.States {
		if st.Split == nil || !st.Split.WasPrimary || st.Split.Changed == 0 {
			t.Errorf("%s shows %+v", st.Node, st.Split)
		}
	}
	if f := fault.Public(actOn(s, t.Context(), "data", ha.VolumeConnect, first)); f == nil || f.Reason != "volume.split" {
		t.Errorf("it connects, or is refused with %v", f)
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "volume.resolve", Path: ofVolume("data"), Body: api.ResolveSplit{Keep: second}}); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "in sync on the second's data", func(v api.VolumeShown) bool {
		return v.Verdict == ha.VolumeOK && slices.Equal(primary(v), []string{second})
	})
	for _, node := range []string{second, first} { // only a Primary can be read
		if err := actOn(s, t.Context(), "data", ha.VolumePromote, node); err != nil {
			t.Fatal(err)
		}
		volumeIs(t, s, "data", "Primary on "+node, func(v api.VolumeShown) bool { return slices.Equal(primary(v), []string{node}) })
		if got, err := world.ReadVolume(t.Context(), node, "data", 0, len("written on the second")); err != nil || string(got) != "written on the second" {
			t.Errorf("%s has %q, %v", node, got, err)
		}
	}
	if _, err := s.Do(t.Context(), client.Request{Route: "volume.delete", Path: ofVolume("data"), Body: api.DeleteVolume{Wipe: true}}); err != nil {
		t.Fatal(err)
	}
	var list api.Page[api.VolumeShown]
	if err := s.API.Do(t.Context(), client.Request{Route: "volume.list", Path: inDemo}, &list); err != nil || len(list.Items) > 0 {
		t.Errorf("left: %+v, %v", list.Items, err)
	}
}

// TestVolumeExposed: while one side of a volume is alone that is written down, and a service whose RPO it misses is told of once; it ends once
// both sides are alike again.
func TestVolumeExposed(t *testing.T) {
	s := withVolume(t)
	do := func(route string, path map[string]string, body any) {
		t.Helper()
		if _, err := s.Do(t.Context(), client.Request{Route: route, Path: path, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	do("resource.create", inDemo, api.NewResource{Resource: ha.Resource{ID: "svc", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}})
	do("constraint.create", inDemo, ha.Constraint{ID: "svc-with-data", Kind: ha.Colocation, Resource: "svc", With: "data-clone", WithRole: "Promoted", Score: "INFINITY"})
	target := map[string]string{"cluster": "demo", "service": "svc"}
	if err := s.API.Do(t.Context(), client.Request{Route: "target.set", Path: target, Body: ha.Target{RPOUnplanned: new(int)}}, nil); err != nil {
		t.Fatal(err)
	}
	// An exposure, of its first sync for one, ends when the server writes that down, which is a little later than it is seen.
	v := volumeIs(t, s, "data", "in sync with one Primary, and not exposed", func(v api.VolumeShown) bool {
		return v.Verdict == ha.VolumeOK && len(primary(v)) == 1 && (len(v.Exposures) == 0 || !v.Exposures[0].Ended.IsZero())
	})
	on := s.Node(primary(v)[0])
	if err := on.CutLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := on.World().WriteVolume(t.Context(), primary(v)[0], "data", 0, []byte("written while alone")); err != nil {
		t.Fatal(err)
	}
	v = volumeIs(t, s, "data", "exposed", func(v api.VolumeShown) bool { return len(v.Exposures) > 0 && v.Exposures[0].Ended.IsZero() })
	begun := v.Exposures[0].Started
	volumeEvent(t, s, "target.rpo_missed")
	if err := on.RestoreLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "no longer exposed", func(v api.VolumeShown) bool {
		return v.Verdict == ha.VolumeOK && v.Exposures[0].Started.Equal(begun) && v.Exposures[0].Ended.After(begun)
	})
	var list api.Page[api.TargetShown]
	if err := s.API.Do(t.Context(), client.Request{Route: "target.list", Path: inDemo}, &list); err != nil || len(list.Items) != 1 || list.Items[0].Standing.Exposed == nil || list.Items[0].Standing.Exposed.Worst.Volume != "data" {
		t.Errorf("%+v, %v", list.Items, err)
	}
	var events api.Page[api.Event]
	if err := s.API.Do(t.Context(), client.Request{Route: "event.list"}, &events); err != nil {
		t.Fatal(err)
	}
	since := begun.Local().Format(post.Clock)
	told := slices.DeleteFunc(events.Items, func(e api.Event) bool { return e.Kind != "target.rpo_missed" || e.Args["since"] != since })
	if len(told) != 1 || told[0].Object != "svc" || told[0].Args["volume"] != "data" {
		t.Errorf("told %+v", told)
	}
	var alarms api.Page[api.Alarm]
	if err := s.API.Do(t.Context(), client.Request{Route: "alarm.list"}, &alarms); err != nil || !slices.ContainsFunc(alarms.Items, func(a api.Alarm) bool { return a.Kind == ha.AlarmTarget && a.Object == "svc" && a.Notice }) {
		t.Errorf("no notice among %d alarms, %v", len(alarms.Items), err)
	}
}

// TestVolumeServerEnds: server and agents end while a volume is being made, and go on where they were once they are back.
func TestVolumeServerEnds(t *testing.T) {
	need(t)
	dir := t.TempDir()
	begin := func() *sim.Sim {
		t.Helper()
		s, err := sim.New(t.Context(), sim.Options{Dir: dir, Nodes: []string{"n1", "n2"}, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := begin()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	unfenced(t, s)
	in := api.NewVolume{Name: "data", Sync: ha.SyncSkip, Replicas: []api.NewReplica{{Node: "n1", Disk: localDisk}, {Node: "n2", Disk: localDisk}}}
	var op api.Operation
	if err := s.API.Do(t.Context(), client.Request{Route: "volume.create", Path: inDemo, Body: in}, &op); err != nil {
		t.Fatal(err)
	}
	look := func(ctx context.Context, is func() bool) error {
		if err := s.API.Do(ctx, client.Request{Route: "operation.show", Path: map[string]string{"operation": op.ID}}, &op); err != nil {
			return err
		}
		if !is() {
			return fmt.Errorf("operation is %s at %d %%: %w", op.State, op.Percent, op.Fault)
		}
		return nil
	}
	if err := s.WaitFor(t.Context(), "it to have begun", func(ctx context.Context) error { return look(ctx, func() bool { return op.Percent > 0 }) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = begin()
	if err := s.WaitFor(t.Context(), "it to end", func(ctx context.Context) error { return look(ctx, func() bool { return !op.Ended.IsZero() }) }); err != nil {
		t.Fatal(err)
	}
	if op.State != "succeeded" {
		t.Fatalf("it ended %s: %v", op.State, op.Fault)
	}
	volumeIs(t, s, "data", "in sync with one Primary", func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeOK && len(primary(v)) == 1 })
}
