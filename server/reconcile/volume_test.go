package reconcile_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// unfenced is a cluster that runs resources although it has no fence device.
func unfenced(t *testing.T) *site {
	s := demo(t)
	s.byHand(func(c *ha.Config) { c.Properties = map[string]string{"stonith-enabled": "false"} })
	return s
}

func newVolume() api.NewVolume {
	return api.NewVolume{Name: "data", Replicas: []api.NewReplica{{Node: "n1", Disk: "/dev/vg/data"}, {Node: "n2", Disk: "/dev/vg/data"}}}
}

func makeVolume(v api.NewVolume) reconcile.Request {
	return reconcile.Request{Kind: "volume.create", Cluster: "demo", Object: v.Name, Volume: &v}
}

// volume is a volume as the server shows it.
func (s *site) volume(name string) api.VolumeShown {
	s.t.Helper()
	v, err := s.engine.Volume(s.t.Context(), "ann", "demo", name)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// TestVolume makes a volume, changes it, and takes it away, and looks at what nodes and cluster have each time.
func TestVolume(t *testing.T) {
	s := unfenced(t)
	s.do(makeVolume(newVolume()))
	v := s.volume("data")
	if v.Volume.Device != "/dev/drbd1" || v.Volume.Replicas[0].Port != 7790 || v.Volume.Replicas[1].Address != "10.0.1.2" || v.Volume.Protocol != "C" {
		t.Errorf("made as %+v", v.Volume)
	}
	if v.Verdict != ha.VolumeSyncing || v.UpToDate != 1 || v.Resource != "data-clone" || len(v.Differing) > 0 {
		t.Errorf("it is %s with %d copies, run by %q, differing on %v", v.Verdict, v.UpToDate, v.Resource, v.Differing)
	}
	s.refused(reconcile.Request{Kind: "node.remove", Cluster: "demo", Object: "n2"}, "node.has_volumes")
	s.mu.Lock()
	one, two := s.by("n1").volumes["data"], s.by("n2").volumes["data"]
	if one.secret == "" || one.secret != two.secret || len(one.secret) > 64 {
		t.Errorf("secrets %q and %q", one.secret, two.secret)
	}
	if got := one.Options["net"]["fencing"]; got != "resource-only" {
		t.Errorf("a cluster that does not fence: fencing %q", got)
	}
	secret := one.secret
	clone, home := ha.FindResource(s.config.Resources, "data-clone"), s.config.Constraints
	if clone == nil || clone.Meta["clone-max"] != "2" || clone.Members[0].Parameters["drbd_resource"] != "data" || len(home) != 1 || len(home[0].Rule.Expressions) != 2 {
		t.Errorf("the cluster has %+v and %+v", clone, home)
	}
	s.mu.Unlock()
	list, err := s.store.Operations(t.Context(), api.OperationQuery{})
	told, encodeErr := json.Marshal(list)
	if err != nil || encodeErr != nil || !strings.Contains(string(told), "volume_configure") || strings.Contains(string(told), secret) {
		t.Errorf("operations show the secret, or nothing (%v, %v)", err, encodeErr)
	}

	edit := api.EditVolume{Protocol: "B", Options: map[string]map[string]string{"net": {"max-buffers": "8000", "verify-alg": ""}}}
	s.do(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &edit})
	v = s.volume("data")
	if o := v.Volume.Options["net"]; v.Volume.Protocol != "B" || o["max-buffers"] != "8000" || o["verify-alg"] != "" || o["fencing"] != "resource-only" {
		t.Errorf("changed to %s %v", v.Volume.Protocol, o)
	}
	s.refused(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &edit}, "volume.so_already")
	s.refused(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &api.EditVolume{Options: map[string]map[string]string{"net": {"max-bufers": "1"}}}}, "volume.option_unknown")
	s.refused(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &api.EditVolume{Options: map[string]map[string]string{"net": {"shared-secret": ""}}}}, "volume.option_elsewhere")

	s.byHand(func(c *ha.Config) {
		c.Resources = append(c.Resources, ha.Resource{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": "/dev/drbd1"}})
	})
	if got := s.volume("data").User; got != "fs" {
		t.Errorf("used by %q", got)
	}
	remove := reconcile.Request{Kind: "volume.delete", Cluster: "demo", Object: "data"}
	s.refused(remove, "volume.has_users")
	s.byHand(func(c *ha.Config) {
		c.Resources = slices.DeleteFunc(c.Resources, func(r ha.Resource) bool { return r.ID == "fs" })
	})
	s.mu.Lock()
	s.by("n1").mounted = "/mnt"
	s.mu.Unlock()
	s.refused(remove, "volume.mounted")
	s.mu.Lock()
	s.by("n1").mounted = ""
	s.mu.Unlock()
	s.do(remove)
	if left := s.sides("data"); len(left) > 0 {
		t.Errorf("it is left on %v", left)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ha.FindResource(s.config.Resources, "data") != nil || len(s.config.Constraints) > 0 {
		t.Errorf("left in the cluster: %+v %+v", s.config.Resources, s.config.Constraints)
	}
}

// refused begins what must be refused, with this reason as its own or that of a field, and leaves no operation behind.
func (s *site) refused(r reconcile.Request, reason string) {
	s.t.Helper()
	r.Actor = "ann"
	op, err := s.engine.Begin(s.t.Context(), r)
	f := fault.Public(err)
	switch {
	case f == nil:
		s.end(op)
		s.t.Errorf("%s begins, and must be refused with %s", r.Kind, reason)
	case f.Reason != reason && !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Reason == reason }):
		s.t.Errorf("%s: refused with %s %+v and not %s", r.Kind, f.Reason, f.Fields, reason)
	}
}

// TestVolumeRefused: whatever is wrong with a request is told before anything is changed, and by the check, too.
func TestVolumeRefused(t *testing.T) {
	s := unfenced(t)
	s.byHand(func(c *ha.Config) {
		c.Resources = append(c.Resources, ha.Resource{ID: "taken", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"})
	})
	s.mu.Lock()
	s.by("n2").places = map[string]ha.DiskInspection{
		"/dev/vg/small": {SizeBytes: 1 << 20}, "/dev/vg/used": {SizeBytes: 1 << 30, InUse: true},
		"/dev/vg/full": {SizeBytes: 1 << 30, Carries: []string{"ext4"}},
	}
	s.mu.Unlock()
	minor := 0
	for reason, change := range map[string]func(*api.NewVolume){
		"resource.id_taken":    func(v *api.NewVolume) { v.Name = "taken" },
		"field.format":         func(v *api.NewVolume) { v.Name = "a b" },
		"node.unknown":         func(v *api.NewVolume) { v.Replicas[1].Node = "n9" },
		"volume.node_twice":    func(v *api.NewVolume) { v.Replicas[1].Node = "n1" },
		"volume.replicas":      func(v *api.NewVolume) { v.Replicas = v.Replicas[:1] },
		"volume.disk":          func(v *api.NewVolume) { v.Replicas[1].Disk = "vg/data" },
		"volume.disk_in_use":   func(v *api.NewVolume) { v.Replicas[1].Disk = "/dev/vg/used" },
		"volume.disk_occupied": func(v *api.NewVolume) { v.Replicas[1].Disk = "/dev/vg/full" },
		"volume.nothing_there": func(v *api.NewVolume) { v.Replicas[0].Destroy = []string{"xfs"} },
		"volume.sizes_differ":  func(v *api.NewVolume) { v.Replicas[1].Disk = "/dev/vg/small" },
		"volume.skip_blank": func(v *api.NewVolume) {
			v.Replicas[1].Disk, v.Replicas[1].Destroy, v.Sync = "/dev/vg/full", []string{"ext4"}, ha.SyncSkip
		},
		"volume.port_used":        func(v *api.NewVolume) { v.Port = 7789 },
		"volume.minor_taken":      func(v *api.NewVolume) { v.Minor = &minor },
		"address.not_on_host":     func(v *api.NewVolume) { v.Replicas[0].Address = "10.9.9.9" },
		"volume.address_twice":    func(v *api.NewVolume) { v.Replicas[0].Address = "10.0.1.2" },
		"volume.other_network":    func(v *api.NewVolume) { v.Replicas[1].Address = "10.0.2.2" },
		"field.one_of":            func(v *api.NewVolume) { v.Protocol = "D" },
		"volume.no_replica":       func(v *api.NewVolume) { v.From = "n3" },
		"volume.option_unknown":   func(v *api.NewVolume) { v.Options = map[string]map[string]string{"net": {"nonsense": "1"}} },
		"volume.option_elsewhere": func(v *api.NewVolume) { v.Options = map[string]map[string]string{"net": {"shared-secret": "1"}} },
	} {
		v := newVolume()
		change(&v)
		s.refused(makeVolume(v), reason)
		c, err := s.engine.CheckVolume(t.Context(), "ann", "demo", v)
		if err != nil || c.Refused == nil || !slices.ContainsFunc(c.Refused.Fields, func(f fault.Field) bool { return f.Reason == reason }) {
			t.Errorf("the check of %s: %v %+v", reason, err, c.Refused)
		}
	}
	if c, err := s.engine.CheckVolume(t.Context(), "ann", "demo", newVolume()); err != nil || c.Refused != nil || c.Nodes[0].Inspection == nil || len(c.Findings) > 0 {
		t.Errorf("the check of what can be: %v %+v", err, c)
	}
	s.mu.Lock()
	made := s.counts["volume.configure n1"] + s.counts["volume.prepare n1"]
	s.mu.Unlock()
	if made != 0 {
		t.Errorf("%d commands have changed something", made)
	}
	s.byHand(func(c *ha.Config) { c.Properties = nil })
	s.refused(makeVolume(newVolume()), "volume.no_fence_device")
	s.byHand(func(c *ha.Config) { c.Properties = map[string]string{"stonith-enabled": "false"} })
	s.bars.mu.Lock()
	s.bars.over = true
	s.bars.mu.Unlock()
	s.refused(makeVolume(newVolume()), "licence.trial_over")
}

// TestVolumeLacking: what a node lacks for DRBD is told of that node, all at once, by the check and by the creation, and nothing is changed.
func TestVolumeLacking(t *testing.T) {
	s := unfenced(t)
	s.mu.Lock()
	s.by("n2").lacks = []string{"module", "tools", "agent"}
	s.mu.Unlock()
	c, err := s.engine.CheckVolume(t.Context(), "ann", "demo", newVolume())
	if err != nil || c.Refused == nil || c.Refused.Code != fault.Conflict {
		t.Fatalf("%v %+v", err, c.Refused)
	}
	got := map[string]bool{}
	for _, f := range c.Refused.Fields {
		if f.Path != "replicas[1].node" || f.Args["node"] != "n2" {
			t.Errorf("%+v is not told of n2", f)
		}
		got[f.Reason] = true
	}
	for _, reason := range []string{"volume.module_missing", "volume.no_tools", "volume.no_agent"} {
		if !got[reason] {
			t.Errorf("%s is not told: %+v", reason, c.Refused.Fields)
		}
		s.refused(makeVolume(newVolume()), reason)
	}
	if left := s.sides("data"); len(left) > 0 {
		t.Errorf("left on %v", left)
	}
}

// TestMirror makes a volume of Hawser's own driver: DRBD's module, options and numbers have no part in it, its own refusals do.
func TestMirror(t *testing.T) {
	s := unfenced(t)
	in := newVolume()
	in.Driver = ha.Mirror
	s.mu.Lock()
	s.by("n2").lacks = []string{"fuse"}
	s.mu.Unlock()
	s.refused(makeVolume(in), "check.mirror_fuse.failed")
	s.mu.Lock()
	s.by("n2").lacks = []string{"module", "tools", "agent"} // of DRBD
	s.mu.Unlock()
	minor, numbered := 3, in
	numbered.Minor = &minor
	s.refused(makeVolume(numbered), "volume.no_minor")
	three := in
	three.Protocol = "A"
	s.refused(makeVolume(three), "field.one_of")
	inside := in
	inside.Replicas = []api.NewReplica{{Node: "n1", Disk: "/dev/hawser/other"}, in.Replicas[1]}
	s.refused(makeVolume(inside), "volume.disk")

	s.do(makeVolume(in))
	v := s.volume("data")
	if v.Volume.Driver != ha.Mirror || v.Volume.Device != "/dev/hawser/data" || v.Volume.Protocol != "C" || v.Resource != "data-clone" || len(v.Findings) != 0 {
		t.Errorf("made as %+v, run by %q, with %v", v.Volume, v.Resource, v.Findings)
	}
	s.mu.Lock()
	runner, _ := ha.VolumeRunner(s.config.Resources, "data")
	if runner == nil || runner.Agent != ha.MirrorAgent || runner.Parameters["config"] != "/etc/hawser/mirror/data.json" || s.by("n1").volumes["data"].secret == "" {
		t.Errorf("the cluster has %+v", runner)
	}
	s.mu.Unlock()
	s.refused(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &api.EditVolume{Protocol: "A"}}, "field.one_of")
	s.do(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "data", VolumeEdit: &api.EditVolume{Options: map[string]map[string]string{"net": {"silence": "8000"}}}})
	act := func(action ha.VolumeAction, node string) reconcile.Request {
		return reconcile.Request{Kind: "volume.act", Cluster: "demo", Object: "data", VolumeAct: &api.ActOnVolume{Action: action, Node: node}}
	}
	s.mu.Lock()
	s.by("n2").volumes["data"].done = true
	s.promoted = "n1"
	s.mu.Unlock()
	s.refused(act(ha.VolumeDetach, "n2"), "volume.action_unsupported")
	s.refused(act(ha.VolumeVerify, "n2"), "volume.not_primary")
	s.do(act(ha.VolumeVerify, "n1"))

	s.mu.Lock()
	for _, node := range []string{"n1", "n2"} {
		r := s.by(node).volumes["data"]
		r.alone, r.split = true, &ha.SplitSide{Node: node}
	}
	s.acts = nil
	s.mu.Unlock()
	s.do(reconcile.Request{Kind: "volume.resolve", Cluster: "demo", Object: "data", Keep: "n1"})
	s.mu.Lock()
	if want := []string{"invalidate n2", "connect n1"}; !slices.Equal(s.acts, want) {
		t.Errorf("a split is ended by %q, want %q", s.acts, want)
	}
	s.mu.Unlock()
	s.do(reconcile.Request{Kind: "volume.delete", Cluster: "demo", Object: "data"})
	if left := s.sides("data"); len(left) > 0 {
		t.Errorf("left on %v", left)
	}
}

// TestMirrorManifest: a file makes a mirror, asks for nothing once it is there and as it was exported, and is refused where it asks for what only
// DRBD has, with the field that is wrong.
func TestMirrorManifest(t *testing.T) {
	s := unfenced(t)
	const file = "format: 1\ncluster: demo\nvolumes:\n- name: data\n  driver: mirror\n  replicas:\n  - {node: n1, disk: /dev/vg/data}\n  - {node: n2, disk: /dev/vg/data}\n"
	apply := func(text string) reconcile.Request {
		return reconcile.Request{Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: text}}
	}
	refused := func(more, path, reason string) {
		t.Helper()
		_, err := s.engine.PlanManifest(t.Context(), "ann", "demo", api.ManifestChange{YAML: strings.Replace(file, "  driver: mirror\n", more, 1)})
		f := fault.Public(err)
		if f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool {
			return x.Path == path && x.Reason == reason && x.Args["line"] != ""
		}) {
			t.Errorf("%s: refused with %+v, want %s of %s", strings.TrimSpace(more), f, reason, path)
		}
	}
	for more, want := range map[string][2]string{
		"  driver: mirror\n  protocol: A\n":                            {"volumes[0].protocol", "field.one_of"},
		"  driver: mirror\n  minor: 3\n":                               {"volumes[0].minor", "volume.no_minor"},
		"  driver: mirror\n  options: {disk: {on-io-error: detach}}\n": {"volumes[0].options.disk", "volume.section"},
		"  driver: mirror\n  options: {net: {verify-alg: crc32c}}\n":   {"volumes[0].options.net.verify-alg", "volume.option_unknown"},
		"  driver: zfs\n":                {"volumes[0].driver", "field.one_of"},
		"  driver: mirror\n  from: n3\n": {"volumes[0].from", "volume.no_replica"},
		"  driver: mirror\n  options: {net: {shared-secret: something}}\n": {"volumes[0].options.net.shared-secret", "volume.option_elsewhere"},
	} {
		refused(more, want[0], want[1])
	}

	s.do(apply(file))
	v := s.volume("data")
	if v.Volume.Driver != ha.Mirror || v.Volume.Device != "/dev/hawser/data" || v.Resource != "data-clone" {
		t.Fatalf("made as %+v, run by %q", v.Volume, v.Resource)
	}
	exported, err := s.engine.Manifest(t.Context(), "demo", false)
	if err != nil || !strings.Contains(exported.YAML, "driver: mirror") || strings.Contains(exported.YAML, "minor") || strings.Contains(exported.YAML, "protocol") || strings.Contains(exported.YAML, "***") {
		t.Fatalf("exported: %v\n%s", err, exported.YAML)
	}
	for _, text := range []string{file, exported.YAML, strings.Replace(file, "driver: mirror", "protocol: C", 1)} {
		plan, err := s.engine.PlanManifest(t.Context(), "ann", "demo", api.ManifestChange{YAML: text})
		if err != nil || plan.Edits != 0 || len(plan.Differences) != 0 {
			t.Errorf("asks for %+v, %v:\n%s", plan.Differences, err, text)
		}
	}
	refused("  driver: drbd\n", "volumes[0].driver", "volume.fixed")
	refused("  driver: mirror\n  minor: 0\n", "volumes[0].minor", "volume.no_minor")
	refused("  driver: mirror\n  protocol: B\n", "volumes[0].protocol", "field.one_of")
	s.do(apply(strings.Replace(file, "  driver: mirror\n", "  driver: mirror\n  options: {net: {silence: 8000}}\n", 1)))
	if got := s.volume("data").Volume.Options["net"]["silence"]; got != "8000" {
		t.Errorf("changed to %q", got)
	}
}

// TestVolumeCheckBare: before a disk is chosen the nodes say whether they have the driver.
func TestVolumeCheckBare(t *testing.T) {
	s := unfenced(t)
	s.mu.Lock()
	s.by("n2").lacks = []string{"module"}
	s.mu.Unlock()
	c, err := s.engine.CheckVolume(t.Context(), "ann", "demo", api.NewVolume{Replicas: []api.NewReplica{{Node: "n1"}, {Node: "n2"}}})
	if err != nil || c.Refused == nil || len(c.Nodes) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, n := range c.Nodes {
		if n.Inspection == nil || (n.Inspection.Driver == "") != (n.Node == "n2") {
			t.Errorf("%s says %+v", n.Node, n.Inspection)
		}
	}
}

// TestVolumeSecret: a new volume has a secret, and nobody is warned that it has none, nor can have it taken away.
func TestVolumeSecret(t *testing.T) {
	s := unfenced(t)
	none := func(v api.NewVolume) api.VolumeCheck {
		t.Helper()
		c, err := s.engine.CheckVolume(t.Context(), "ann", "demo", v)
		if err != nil || slices.ContainsFunc(c.Findings, func(f ha.Finding) bool { return f.Code == ha.FindingDRBDNoSecret }) {
			t.Errorf("%v %+v", err, c.Findings)
		}
		return c
	}
	none(newVolume())
	v := newVolume()
	v.Options = map[string]map[string]string{"net": {"shared-secret": ""}}
	if c := none(v); c.Refused == nil || len(c.Refused.Fields) != 1 || c.Refused.Fields[0].Reason != "volume.option_elsewhere" {
		t.Errorf("refused with %+v", c.Refused)
	}
}

// TestVolumeTakenBack: wherever it fails, nothing is left of it, neither on the nodes nor in the cluster.
func TestVolumeTakenBack(t *testing.T) {
	for _, c := range []struct {
		name   wire.CommandName
		host   string
		reason string
	}{
		{wire.VolumeConfigure, "n2", ""}, {wire.VolumePrepare, "n2", ""}, {wire.VolumeSync, "n1", ""}, {wire.EditConfig, "n1", ""},
	} {
		t.Run(string(c.name), func(t *testing.T) {
			s := unfenced(t)
			s.mu.Lock()
			s.machines.refuse = func(host string, cmd wire.Command) error {
				if cmd.Name == c.name && host == c.host && cmd.ID != "" && !strings.HasSuffix(cmd.ID, "-undo") {
					return fault.New(fault.Failed, "fake.failed", "broken")
				}
				return nil
			}
			s.mu.Unlock()
			op := s.end(s.begin(makeVolume(newVolume())))
			if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "fake.failed" {
				t.Errorf("it ended %s: %v", op.State, op.Fault)
			}
			if left := s.sides("data"); len(left) > 0 {
				t.Errorf("left on %v", left)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.config.Resources)+len(s.config.Constraints) > 0 {
				t.Errorf("left in the cluster: %+v", s.config.Resources)
			}
		})
	}
	t.Run("one that came meanwhile", func(t *testing.T) {
		s := unfenced(t)
		s.mu.Lock()
		s.machines.refuse = func(host string, cmd wire.Command) error {
			if cmd.Name == wire.VolumeConfigure && host == "n2" {
				s.by("n2").volumes = map[string]*replica{"data": {}}
			}
			return nil
		}
		s.mu.Unlock()
		if op := s.end(s.begin(makeVolume(newVolume()))); op.State != "rolled_back" {
			t.Errorf("it ended %s: %v", op.State, op.Fault)
		}
		if left := s.sides("data"); !slices.Equal(left, []string{"n2"}) {
			t.Errorf("left on %v; that of n2 was not ours to remove", left)
		}
	})
}

// TestVolumeKilled: a server that ends in the middle goes on, with the secret that it had made, and does nothing twice.
func TestVolumeKilled(t *testing.T) {
	for _, at := range []string{"volume_configure", "volume_prepare", "volume_connected", "volume_sync", "edit", "volume_promoted"} {
		t.Run(at, func(t *testing.T) {
			s := unfenced(t)
			s.stop()
			s.start(func(when, step string) {
				if when == "after" && step == at {
					s.kill()
				}
			})
			s.tell("")
			op := s.begin(makeVolume(newVolume()))
			s.stop()
			s.start(nil)
			s.tell("")
			if op = s.end(op); op.State != "succeeded" {
				t.Fatalf("it ended %s: %v %+v", op.State, op.Fault, op.Steps)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			one, two := s.by("n1").volumes["data"], s.by("n2").volumes["data"]
			if one == nil || two == nil || one.secret != two.secret || s.counts["volume.configure n1"] != 1 || s.counts["volume.sync n1"] != 1 {
				t.Errorf("sides %v %v; %d and %d times", one, two, s.counts["volume.configure n1"], s.counts["volume.sync n1"])
			}
		})
	}
}

// TestVolumeActs: what would cost data, or cannot have an effect, is refused; promoting is Pacemaker's.
func TestVolumeActs(t *testing.T) {
	s := unfenced(t)
	s.do(makeVolume(newVolume()))
	act := func(action ha.VolumeAction, node string) reconcile.Request {
		return reconcile.Request{Kind: "volume.act", Cluster: "demo", Object: "data", VolumeAct: &api.ActOnVolume{Action: action, Node: node}}
	}
	s.refused(act(ha.VolumeDetach, "n1"), "volume.last_copy")
	s.refused(act(ha.VolumeInvalidate, "n1"), "volume.primary")
	s.refused(act(ha.VolumeVerify, "n2"), "volume.syncing")
	s.refused(act(ha.VolumeConnect, "n3"), "volume.no_replica")
	s.do(act(ha.VolumePause, "n2"))
	s.mu.Lock()
	s.by("n2").volumes["data"].done = true
	s.mu.Unlock()
	s.refused(act(ha.VolumePause, "n2"), "volume.no_sync")
	s.do(act(ha.VolumePromote, "n2"))
	s.do(act(ha.VolumeDisconnect, "n1"))
	s.refused(act(ha.VolumeInvalidate, "n1"), "volume.no_source")
	if got := s.volume("data").Verdict; got != ha.VolumeDegraded {
		t.Errorf("disconnected it is %s", got)
	}
	s.do(act(ha.VolumeConnect, "n1"))
	if got := s.volume("data").Verdict; got != ha.VolumeOK {
		t.Errorf("connected again it is %s", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if want := []string{"pause n2", "move data-clone n2", "disconnect n1", "connect n1"}; !slices.Equal(s.acts, want) {
		t.Errorf("done: %v", s.acts)
	}
}

// TestVolumeSplit resolves a split brain both ways: the side that gives up its data is never Primary then.
func TestVolumeSplit(t *testing.T) {
	for keep, want := range map[string][]string{
		"n1": {"discard n2", "connect n1"},
		"n2": {"move data-clone n2", "discard n1", "connect n2"},
	} {
		t.Run(keep, func(t *testing.T) {
			s := unfenced(t)
			s.do(makeVolume(newVolume()))
			resolve := reconcile.Request{Kind: "volume.resolve", Cluster: "demo", Object: "data", Keep: keep}
			s.refused(resolve, "volume.no_split")
			s.byHand(func(c *ha.Config) { // as crm-fence-peer.sh does
				c.Constraints = append(c.Constraints, ha.Constraint{ID: "drbd-fence-by-handler-data-data-clone", Kind: ha.Location, Resource: "data-clone", Rule: &ha.Rule{
					Role: "Promoted", Score: "-INFINITY", Expressions: []ha.Expression{{Attribute: "#uname", Operation: "ne", Value: "n1"}},
				}})
			})
			s.mu.Lock()
			s.promoted = "n1"
			for _, node := range []string{"n1", "n2"} {
				r := s.by(node).volumes["data"]
				r.done, r.alone, r.split = true, true, &ha.SplitSide{Node: node, WasPrimary: true, Changed: 4096}
			}
			s.mu.Unlock()
			if got := s.volume("data").Verdict; got != ha.VolumeSplit {
				t.Errorf("it is %s", got)
			}
			s.refused(reconcile.Request{Kind: "volume.act", Cluster: "demo", Object: "data", VolumeAct: &api.ActOnVolume{Action: ha.VolumeConnect, Node: "n1"}}, "volume.split")
			s.do(resolve)
			if got := s.volume("data").Verdict; got != ha.VolumeOK {
				t.Errorf("resolved it is %s", got)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if !slices.Equal(s.acts, want) {
				t.Errorf("done: %v", s.acts)
			}
			if barred := slices.ContainsFunc(s.config.Constraints, func(c ha.Constraint) bool { return strings.HasPrefix(c.ID, "drbd-fence") }); barred != (keep == "n1") {
				t.Errorf("barred from being promoted: %v", barred)
			}
		})
	}
}

// TestVolumeForeign: what others have configured is shown and judged, and never changed.
func TestVolumeForeign(t *testing.T) {
	s := unfenced(t)
	s.mu.Lock()
	for _, node := range []string{"n1", "n2"} {
		s.by(node).volumes = map[string]*replica{"old": {up: true, done: true, Volume: ha.Volume{
			Name: "old", Driver: ha.DRBD, Device: "/dev/drbd9", Protocol: "A", Foreign: true,
			Replicas: []ha.Replica{{Node: "n1", Disk: "/dev/sdb", Address: "10.0.1.1", Port: 7799}, {Node: "n2", Disk: "/dev/sdb", Address: "10.0.1.2", Port: 7799}},
			Options:  map[string]map[string]string{"disk": {"disk-flushes": "no"}},
		}}}
	}
	s.by("n2").volumes["old"].Protocol = "B"
	s.mu.Unlock()
	v := s.volume("old")
	if v.Verdict != ha.VolumeOK || v.UpToDate != 2 || !slices.Equal(v.Differing, []string{"n2"}) {
		t.Errorf("shown as %s, %d copies, differing on %v", v.Verdict, v.UpToDate, v.Differing)
	}
	all, err := s.engine.Findings(t.Context(), "ann", "demo")
	if _, found := ha.FindFinding(all, ha.FindingDRBDNoFlush, "old"); err != nil || !found {
		t.Errorf("no finding of flushes among those of the cluster: %v %v", all, err)
	}
	s.refused(reconcile.Request{Kind: "volume.edit", Cluster: "demo", Object: "old", VolumeEdit: &api.EditVolume{Protocol: "C"}}, "volume.foreign")
	s.refused(reconcile.Request{Kind: "volume.delete", Cluster: "demo", Object: "old"}, "volume.foreign")
	s.do(reconcile.Request{Kind: "volume.act", Cluster: "demo", Object: "old", VolumeAct: &api.ActOnVolume{Action: ha.VolumeVerify, Node: "n1"}})
	if m, err := s.engine.Manifest(t.Context(), "demo", false); err != nil || strings.Contains(m.YAML, "volumes:") {
		t.Errorf("a file has the volume of others: %v\n%s", err, m.YAML)
	}
}

// TestVolumeManifest: a file makes a volume and what runs on it in one operation, applied again it changes nothing, and it never takes a
// volume away.
func TestVolumeManifest(t *testing.T) {
	s := unfenced(t)
	const file = `format: 1
cluster: demo
volumes:
- name: data
  replicas:
  - {node: n1, disk: /dev/vg/data}
  - {node: n2, disk: /dev/vg/data}
  options:
    net: {max-buffers: 8000}
resources:
- id: fs
  kind: primitive
  agent: ocf:heartbeat:Filesystem
  parameters: {device: /dev/drbd1, directory: /srv, fstype: ext4}
constraints:
- {id: with, kind: colocation, resource: fs, with: data-clone, withRole: Promoted, score: INFINITY}
`
	apply := func(text string) reconcile.Request {
		return reconcile.Request{Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: text}}
	}
	plan, err := s.engine.PlanManifest(t.Context(), "ann", "demo", api.ManifestChange{YAML: file})
	if err != nil || !slices.ContainsFunc(plan.Differences, func(d ha.Difference) bool { return d.Object == "volume" && d.Change == "added" }) {
		t.Fatalf("planned: %+v, %v", plan, err)
	}
	s.do(apply(file))
	v := s.volume("data")
	if v.User != "fs" || v.Resource != "data-clone" || v.Volume.Options["net"]["max-buffers"] != "8000" || v.Volume.Options["net"]["cram-hmac-alg"] == "" {
		t.Errorf("made as %+v", v)
	}
	again := func(text string, want int) {
		t.Helper()
		plan, err := s.engine.PlanManifest(t.Context(), "ann", "demo", api.ManifestChange{YAML: text})
		if err != nil || plan.Edits != want {
			t.Errorf("%d changes planned, %d wanted: %+v, %v", plan.Edits, want, plan.Differences, err)
		}
	}
	again(file, 0)
	exported, err := s.engine.Manifest(t.Context(), "demo", false)
	if err != nil || !strings.Contains(exported.YAML, "volumes:") || strings.Contains(exported.YAML, "***") {
		t.Fatalf("exported: %v\n%s", err, exported.YAML)
	}
	again(exported.YAML, 0)
	again("format: 1\ncluster: demo\nvolumes: []\n", 0)
	changed := strings.Replace(file, "max-buffers: 8000", "max-buffers: 9000", 1)
	again(changed, 1)
	s.do(apply(changed))
	if got := s.volume("data").Volume.Options["net"]["max-buffers"]; got != "9000" {
		t.Errorf("changed to %s", got)
	}
	s.refused(apply(strings.Replace(file, "/dev/vg/data", "/dev/vg/other", 1)), "volume.fixed")
	s.do(apply("format: 1\ncluster: demo\nvolumes:\n- {name: a, replicas: [{node: n1, disk: /dev/vg/a}, {node: n2, disk: /dev/vg/a}]}\n" +
		"- {name: b, replicas: [{node: n1, disk: /dev/vg/b}, {node: n2, disk: /dev/vg/b}]}\n"))
	if a, b := s.volume("a").Volume, s.volume("b").Volume; a.Device == b.Device || a.Replicas[0].Port == b.Replicas[0].Port {
		t.Errorf("two volumes of one file share %s, %s or port %d, %d", a.Device, b.Device, a.Replicas[0].Port, b.Replicas[0].Port)
	}
}
