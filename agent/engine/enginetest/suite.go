// Package enginetest is what every driver of the engine must do. It runs on simulated nodes always, and on real ones in e2e.
package enginetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Cluster is three hosts without a cluster, on which the suite may do what it likes.
type Cluster struct {
	// Setup is the cluster that is made of them, with IDs and timing filled in.
	Setup ha.Setup
	// Engines are the hosts' own, by name.
	Engines map[string]*engine.Engine
	// FailMonitor lets the monitor of a resource fail once where it runs.
	FailMonitor func(t *testing.T, resource, node string)
	// Properties are set first; where fencing is on, Device is a fence device that works.
	Properties map[string]string
	Device     *ha.Resource
	// Remote, where set, is a further host among Engines that is in no cluster, and RemoteAddress where the others reach it.
	Remote, RemoteAddress string
	// Volumes, where set, is where the first two hosts can have a replicated volume.
	Volumes *Volumes
	// Patience bounds one command.
	Patience time.Duration
}

// Run makes a cluster, does with it what the product does, and takes it down again. It is one story, because making a
// cluster is what takes the time on real nodes.
func Run(t *testing.T, c *Cluster) {
	s := &story{Cluster: c}
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Preflight", s.preflight},
		{"Configure", s.configure},
		{"Start", s.start},
		{"Properties", s.properties},
		{"CreateGroup", s.createGroup},
		{"RefuseBadInput", s.refuseBadInput},
		{"Expect", s.expect},
		{"Secrets", s.secrets},
		{"Update", s.update},
		{"Move", s.move},
		{"Rehearsal", s.rehearsal},
		{"Restart", s.restart},
		{"FailAndCleanup", s.failAndCleanup},
		{"Standby", s.standby},
		{"Revert", s.revert},
		{"Constraints", s.constraints},
		{"Delete", s.delete},
		{"Remote", s.remote},
		{"Volumes", s.volumes},
		{"StopNode", s.stopNode},
		{"RemoveNode", s.removeNode},
		{"Deconfigure", s.deconfigure},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			t.Fatalf("%s failed; what follows would tell nothing", chapter.name)
		}
	}
}

type story struct {
	*Cluster
	commands int
}

func (s *story) names() []string {
	var list []string
	for _, n := range s.Setup.Nodes {
		list = append(list, n.Name)
	}
	return list
}

// do gives a command to a host.
func (s *story) do(t *testing.T, host string, name wire.CommandName, args any) (json.RawMessage, error) {
	t.Helper()
	data, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	s.commands++
	c := wire.Command{ID: fmt.Sprintf("suite-%d-%d", time.Now().UnixNano(), s.commands), Name: name, Args: data, Deadline: time.Now().Add(s.Patience)}
	out, err := s.Engines[host].Do(context.WithoutCancel(t.Context()), c, nil)
	if fault.CodeOf(err) == fault.Internal {
		t.Fatalf("%s on %s: %v", name, host, err)
	}
	// The same command again is not carried out again, and its result is the same.
	again, err2 := s.Engines[host].Do(context.WithoutCancel(t.Context()), c, nil)
	changes := !slices.Contains([]wire.CommandName{wire.Preflight, wire.Observe, wire.Agents, wire.Metadata, wire.Settle, wire.CheckRemote, wire.ReadRemoteKey, wire.VolumeInspect, wire.VolumeList, wire.VolumeSplit}, name)
	if changes && (!bytes.Equal(out, again) || fault.CodeOf(err) != fault.CodeOf(err2)) {
		t.Errorf("%s again: %v instead of %v", name, err2, err)
	}
	return out, err
}

func (s *story) must(t *testing.T, host string, name wire.CommandName, args any) json.RawMessage {
	t.Helper()
	out, err := s.do(t, host, name, args)
	if err != nil {
		t.Fatalf("%s on %s: %v", name, host, err)
	}
	return out
}

func (s *story) edit(t *testing.T, edits ...ha.Edit) wire.EditOutput {
	t.Helper()
	return decode[wire.EditOutput](t, s.must(t, s.names()[0], wire.EditConfig, wire.EditArgs{Edits: edits, Wait: true}))
}

func decode[T any](t *testing.T, data json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

// observe reads the cluster from a host.
func (s *story) observe(t *testing.T, host string) wire.ObserveOutput {
	t.Helper()
	return decode[wire.ObserveOutput](t, s.must(t, host, wire.Observe, wire.NoArgs{}))
}

// runsOn returns where a resource runs.
func (s *story) runsOn(t *testing.T, id string) []string {
	t.Helper()
	var on []string
	for _, r := range ha.Leaves(s.observe(t, s.names()[0]).State.Resources) {
		if r.ID == id {
			on = append(on, r.ActiveOn()...)
		}
	}
	return on
}

// refused demands a fault with that reason, among its fields or its own, and an unchanged configuration.
func (s *story) refused(t *testing.T, what, reason string, name wire.CommandName, args any) {
	t.Helper()
	host := s.names()[0]
	before := s.observe(t, host)
	out, err := s.do(t, host, name, args)
	if err == nil {
		t.Errorf("%s: accepted: %s", what, out)
		return
	}
	f := fault.Public(err)
	if f.Reason != reason && !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Reason == reason }) {
		t.Errorf("%s: refused as %s %v (%v), want %s", what, f.Reason, f.Fields, err, reason)
	}
	if after := s.observe(t, host); before.Config != nil && after.Config.XML != before.Config.XML {
		t.Errorf("%s: refused, but the configuration has changed", what)
	}
}

func (s *story) preflight(t *testing.T) {
	for _, host := range s.names() {
		out := decode[wire.PreflightOutput](t, s.must(t, host, wire.Preflight, wire.PreflightArgs{Setup: &s.Setup}))
		if len(out.Checks) < 4 {
			t.Errorf("%s: only %d checks", host, len(out.Checks))
		}
		for _, c := range out.Checks {
			if c.Result == "failed" {
				t.Errorf("%s: %s %v", host, c.Code, c.Args)
			}
		}
	}
	wrong := s.Setup
	wrong.Nodes = slices.Clone(wrong.Nodes)
	wrong.Nodes[0].Addresses = slices.Clone(wrong.Nodes[0].Addresses)
	wrong.Nodes[0].Addresses[0] = "192.0.2.1"
	out := decode[wire.PreflightOutput](t, s.must(t, s.names()[0], wire.Preflight, wire.PreflightArgs{Setup: &wrong}))
	if !slices.ContainsFunc(out.Checks, func(c ha.Check) bool { return c.Code == "addresses" && c.Result == "failed" }) {
		t.Errorf("an address of no interface passes: %+v", out.Checks)
	}
}

func (s *story) configure(t *testing.T) {
	key := bytes.Repeat([]byte{42}, 256)
	args := wire.ConfigureArgs{Setup: s.Setup, Authkey: key}
	host := s.names()[0]

	bad := args
	bad.Setup.Name = "no spaces!"
	s.refused(t, "name", "cluster.name_invalid", wire.Configure, bad)
	bad = args
	bad.Setup.Nodes = bad.Setup.Nodes[1:]
	s.refused(t, "not a member", "node.not_in_setup", wire.Configure, bad)
	bad = args
	bad.Authkey = key[:8]
	s.refused(t, "short key", "field.range", wire.Configure, bad)
	bad = args
	bad.Update = true
	s.refused(t, "update of nothing", "cluster.not_configured", wire.Configure, bad)
	s.refused(t, "start of nothing", "cluster.not_configured", wire.StartHost, wire.StartArgs{Cluster: s.Setup.Name})

	for _, host := range s.names() {
		s.must(t, host, wire.Configure, args)
		s.must(t, host, wire.Configure, args) // done twice is done once
	}
	bad = args
	bad.Setup.Name = "another"
	s.refused(t, "another cluster", "cluster.other_configured", wire.Configure, bad)
	bad = args
	bad.Authkey = bytes.Repeat([]byte{43}, 256)
	s.refused(t, "another key", "cluster.already_configured", wire.Configure, bad)
	f, err := s.Engines[host].Facts(t.Context())
	if err != nil || f.Cluster != s.Setup.Name {
		t.Errorf("facts: %q, %v", f.Cluster, err)
	}
}

func (s *story) start(t *testing.T) {
	s.refused(t, "start of another", "cluster.other_configured", wire.StartHost, wire.StartArgs{Cluster: "another"})
	for _, host := range s.names() {
		s.must(t, host, wire.StartHost, wire.StartArgs{Cluster: s.Setup.Name})
	}
	s.must(t, s.names()[0], wire.Settle, wire.SettleArgs{Online: s.names(), Quorate: true})
	st := s.observe(t, s.names()[1]).State
	if !st.Running || !st.Quorate || st.DC == "" || st.Votes != len(s.names()) || len(st.Nodes) != len(s.names()) {
		t.Errorf("got %+v", st)
	}
	for _, l := range st.Links {
		if !l.Connected || l.Address == "" {
			t.Errorf("link %+v", l)
		}
	}
	if want := (len(s.names()) - 1) * len(s.Setup.Nodes[0].Addresses); len(st.Links) != want {
		t.Errorf("%d links, want %d", len(st.Links), want)
	}
}

func (s *story) properties(t *testing.T) {
	edits := []ha.Edit{{Op: ha.SetProperties, Values: s.Properties}, {Op: ha.SetResourceDefault, Values: map[string]string{"resource-stickiness": "100"}}}
	if s.Device != nil {
		edits = append(edits, ha.Edit{Op: ha.CreateResource, Resource: s.Device})
	}
	out := s.edit(t, edits...)
	if !out.Settled || out.After.Epoch <= out.Before.Epoch || len(out.Differences) == 0 {
		t.Errorf("got settled %v, %+v → %+v, %d differences", out.Settled, out.Before, out.After, len(out.Differences))
	}
	same := s.edit(t, edits[1])
	if same.After != same.Before {
		t.Errorf("setting what is set changes the configuration: %+v → %+v", same.Before, same.After)
	}
	cfg := s.observe(t, s.names()[2]).Config.Config
	if cfg.ResourceDefaults["resource-stickiness"] != "100" {
		t.Errorf("defaults are %v", cfg.ResourceDefaults)
	}
}

func dummy(id string) ha.Resource {
	return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}
}

func (s *story) createGroup(t *testing.T) {
	group := ha.Resource{ID: "svc", Kind: ha.Group, Members: []ha.Resource{dummy("one"), dummy("two")}}
	out := s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &group})
	if out.State == nil || !slices.ContainsFunc(out.State.Resources, func(r ha.ResourceState) bool { return r.ID == "svc" && r.Role == "Started" }) {
		t.Errorf("not started: %+v", out.State)
	}
	third := dummy("three")
	s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &third, Group: "svc", Before: "two"})
	cfg := s.observe(t, s.names()[0]).Config.Config
	i := slices.IndexFunc(cfg.Resources, func(r ha.Resource) bool { return r.ID == "svc" })
	var ids []string
	for _, m := range cfg.Resources[i].Members {
		ids = append(ids, m.ID)
		if len(m.Operations) == 0 {
			t.Errorf("%s has no operations: its agent advises some", m.ID)
		}
	}
	if got := strings.Join(ids, " "); got != "one three two" {
		t.Errorf("members are %q", got)
	}
	if one, two := s.runsOn(t, "one"), s.runsOn(t, "two"); len(one) != 1 || !slices.Equal(one, two) {
		t.Errorf("one on %v, two on %v", one, two)
	}
}

func (s *story) refuseBadInput(t *testing.T) {
	create := func(change func(*ha.Resource)) wire.EditArgs {
		r := dummy("fresh")
		change(&r)
		return wire.EditArgs{Edits: []ha.Edit{{Op: ha.CreateResource, Resource: &r}}}
	}
	for _, c := range []struct {
		what, reason string
		args         wire.EditArgs
	}{
		{"taken ID", "resource.id_taken", create(func(r *ha.Resource) { r.ID = "one" })},
		{"bad ID", "id.invalid", create(func(r *ha.Resource) { r.ID = "1 x" })},
		{"unknown agent", "agent.unknown", create(func(r *ha.Resource) { r.Agent = "ocf:heartbeat:NoSuchAgent" })},
		{"missing parameter", "field.required", create(func(r *ha.Resource) { r.Agent = "ocf:heartbeat:IPaddr2" })},
		{"unknown parameter", "parameter.unknown", create(func(r *ha.Resource) { r.Parameters = map[string]string{"ipp": "1"} })},
		{"bad interval", "duration.invalid", create(func(r *ha.Resource) { r.Operations = []ha.Operation{{Name: "monitor", Interval: "often"}} })},
		{"unknown group", "resource.unknown", wire.EditArgs{Edits: []ha.Edit{{Op: ha.PlaceResource, ID: "one", Group: "nothing"}}}},
		{"unknown resource", "resource.unknown", wire.EditArgs{Edits: []ha.Edit{{Op: ha.DeleteResource, ID: "nothing"}}}},
		{"bad score", "score.invalid", wire.EditArgs{Edits: []ha.Edit{{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "c", Kind: ha.Location, Resource: "svc", Node: s.names()[0], Score: "much"}}}}},
		{"unknown node", "node.unknown", wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetNodeAttributes, Node: "nobody", Values: map[string]string{"standby": "on"}}}}},
		{"no edits", "field.required", wire.EditArgs{}},
		{"second of two", "resource.unknown", wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "7"}}, {Op: ha.SetMeta, ID: "nothing", Values: map[string]string{"priority": "1"}}}}},
	} {
		s.refused(t, c.what, c.reason, wire.EditConfig, c.args)
	}
	s.refused(t, "move to nowhere", "node.unknown", wire.Move, wire.MoveArgs{Resource: "svc", Node: "nobody"})
	s.refused(t, "move of nothing", "resource.unknown", wire.Move, wire.MoveArgs{Resource: "nothing"})
	s.refused(t, "restart of nothing", "resource.unknown", wire.Restart, wire.RestartArgs{Resource: "nothing"})
	s.refused(t, "clean-up of nothing", "resource.unknown", wire.Cleanup, wire.CleanupArgs{Resource: "nothing"})
	s.refused(t, "unknown fence action", "fence.action_unknown", wire.Fence, wire.FenceArgs{Node: s.names()[1], Action: "tickle"})
}

// expect: a configuration that its author has not seen is not edited.
func (s *story) expect(t *testing.T) {
	seen := s.observe(t, s.names()[0]).Config.Config.Version
	s.edit(t, ha.Edit{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "11"}})
	stale := wire.EditArgs{Edits: []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "12"}}}, Expect: &seen}
	s.refused(t, "stale", "config.moved_on", wire.EditConfig, stale)
	seen = s.observe(t, s.names()[0]).Config.Config.Version
	dry := wire.EditArgs{Edits: stale.Edits, Expect: &seen, DryRun: true}
	out := decode[wire.EditOutput](t, s.must(t, s.names()[0], wire.EditConfig, dry))
	if len(out.Differences) != 1 || out.Differences[0].After != "12" {
		t.Errorf("dry run tells %+v", out.Differences)
	}
	if now := s.observe(t, s.names()[0]).Config.Config; now.Properties["batch-limit"] != "11" {
		t.Error("a dry run has changed something")
	}
	s.must(t, s.names()[0], wire.EditConfig, wire.EditArgs{Edits: stale.Edits, Expect: &seen})
}

// secrets go in and are never told again; *** keeps them.
func (s *story) secrets(t *testing.T) {
	r := dummy("sealed")
	r.Parameters = map[string]string{"envfile": "/x"}
	r.Meta = map[string]string{"admin_password": "hunter2", "target-role": "Stopped"}
	out := s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &r})
	told, err := json.Marshal(out.Differences)
	if err != nil || strings.Contains(string(told), "hunter2") {
		t.Errorf("the password is told: %s", told)
	}
	r.Meta = map[string]string{"admin_password": pacemaker.Hidden, "target-role": "Stopped", "priority": "5"}
	out = s.edit(t, ha.Edit{Op: ha.UpdateResource, Resource: &r})
	if !strings.Contains(out.AfterXML, "hunter2") {
		t.Error("*** did not keep the password")
	}
	r.Meta["admin_password"] = "hunter3"
	out = s.edit(t, ha.Edit{Op: ha.UpdateResource, Resource: &r})
	if len(out.Differences) != 1 || out.Differences[0].Field != "meta.admin_password" || out.Differences[0].After != pacemaker.Hidden {
		t.Errorf("a new password is told as %+v", out.Differences)
	}
	s.edit(t, ha.Edit{Op: ha.DeleteResource, ID: "sealed"})
}

func (s *story) update(t *testing.T) {
	r := dummy("two")
	r.Parameters = map[string]string{"fake": "changed"}
	r.Operations = []ha.Operation{{Name: "monitor", Interval: "7s", Timeout: "21s"}}
	s.edit(t, ha.Edit{Op: ha.UpdateResource, Resource: &r})
	var got *ha.Resource
	for _, top := range s.observe(t, s.names()[0]).Config.Config.Resources {
		for _, m := range top.Members {
			if m.ID == "two" {
				got = &m
			}
		}
	}
	if got == nil || got.Parameters["fake"] != "changed" || len(got.Operations) != 1 || got.Operations[0].Interval != "7s" || got.Operations[0].Timeout != "21s" {
		t.Errorf("got %+v", got)
	}
	if on := s.runsOn(t, "two"); len(on) != 1 {
		t.Errorf("it runs on %v", on)
	}
}

func (s *story) move(t *testing.T) {
	from := s.runsOn(t, "one")[0]
	to := s.names()[slices.IndexFunc(s.names(), func(n string) bool { return n != from })]
	before := s.observe(t, s.names()[0]).Config
	s.must(t, s.names()[0], wire.Move, wire.MoveArgs{Resource: "three", Node: to})
	if on := s.runsOn(t, "one"); !slices.Equal(on, []string{to}) {
		t.Errorf("it runs on %v, want %s", on, to)
	}
	if after := s.observe(t, s.names()[0]).Config; after.XML != before.XML {
		t.Errorf("the move has left something behind")
	}
	s.must(t, s.names()[0], wire.Move, wire.MoveArgs{Resource: "svc", Node: to}) // it is there already
	s.must(t, s.names()[0], wire.Move, wire.MoveArgs{Resource: "svc"})
	if on := s.runsOn(t, "one"); len(on) != 1 || on[0] == to {
		t.Errorf("it runs on %v, want anywhere but %s", on, to)
	}
	if after := s.observe(t, s.names()[0]).Config; after.XML != before.XML {
		t.Errorf("the move has left something behind")
	}
}

// rehearsal: a move that the cluster would not make, or would take back, is refused before anything stops.
func (s *story) rehearsal(t *testing.T) {
	home := s.runsOn(t, "one")[0]
	to := s.names()[slices.IndexFunc(s.names(), func(n string) bool { return n != home })]
	s.edit(t, ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "never", Kind: ha.Location, Resource: "svc", Node: to, Score: "-INFINITY"}})
	s.refused(t, "barred node", "resource.not_moved", wire.Move, wire.MoveArgs{Resource: "svc", Node: to})
	s.edit(t, ha.Edit{Op: ha.DeleteConstraint, ID: "never"},
		ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "home", Kind: ha.Location, Resource: "svc", Node: home, Score: "500000"}})
	s.refused(t, "no stickiness", "resource.would_move_back", wire.Move, wire.MoveArgs{Resource: "svc", Node: to})
	if on := s.runsOn(t, "one"); !slices.Equal(on, []string{home}) {
		t.Errorf("it runs on %v", on)
	}
	s.edit(t, ha.Edit{Op: ha.DeleteConstraint, ID: "home"})
}

func (s *story) restart(t *testing.T) {
	before, on := s.observe(t, s.names()[0]).Config, s.runsOn(t, "one")
	s.must(t, s.names()[0], wire.Restart, wire.RestartArgs{Resource: "svc"})
	if now := s.runsOn(t, "one"); !slices.Equal(now, on) {
		t.Errorf("it runs on %v, was on %v", now, on)
	}
	if after := s.observe(t, s.names()[0]).Config; after.XML != before.XML {
		t.Errorf("the restart has left something behind:\n%s\n%s", before.XML, after.XML)
	}
}

func (s *story) failAndCleanup(t *testing.T) {
	on := s.runsOn(t, "two")[0]
	s.FailMonitor(t, "two", on)
	s.must(t, s.names()[0], wire.Settle, wire.SettleArgs{Started: []string{"svc"}})
	st := s.observe(t, s.names()[0]).State
	i := slices.IndexFunc(st.Failures, func(f ha.Failure) bool { return f.Resource == "two" && f.Node == on })
	if i < 0 || st.Failures[i].Count < 1 {
		t.Fatalf("failures are %+v", st.Failures)
	}
	s.must(t, s.names()[0], wire.Cleanup, wire.CleanupArgs{Resource: "svc"})
	st = s.observe(t, s.names()[0]).State
	if len(st.Failures) > 0 || len(s.runsOn(t, "two")) != 1 {
		t.Errorf("failures are %+v, it runs on %v", st.Failures, s.runsOn(t, "two"))
	}
}

func (s *story) standby(t *testing.T) {
	on := s.runsOn(t, "one")[0]
	s.edit(t, ha.Edit{Op: ha.SetNodeAttributes, Node: on, Values: map[string]string{"standby": "on"}})
	now := s.runsOn(t, "one")
	if len(now) != 1 || now[0] == on {
		t.Errorf("it runs on %v", now)
	}
	st := s.observe(t, s.names()[0]).State
	for _, n := range st.Nodes {
		if n.Standby != (n.Name == on) {
			t.Errorf("%s: standby is %v", n.Name, n.Standby)
		}
	}
	s.refused(t, "move to standby", "node.not_ready", wire.Move, wire.MoveArgs{Resource: "svc", Node: on})
	s.edit(t, ha.Edit{Op: ha.SetNodeAttributes, Node: on, Unset: []string{"standby"}})
	if got := s.runsOn(t, "one"); !slices.Equal(got, now) {
		t.Errorf("it went from %v to %v although it is sticky", now, got)
	}
}

func (s *story) revert(t *testing.T) {
	before := s.observe(t, s.names()[0]).Config
	first := s.edit(t, ha.Edit{Op: ha.SetMeta, ID: "svc", Values: map[string]string{"priority": "3"}}, ha.Edit{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "33"}})
	s.edit(t, ha.Edit{Op: ha.SetMeta, ID: "one", Values: map[string]string{"priority": "4"}})
	s.must(t, s.names()[0], wire.Revert, wire.RevertArgs{BeforeXML: first.BeforeXML, AfterXML: first.AfterXML})
	cfg := s.observe(t, s.names()[0]).Config.Config
	if cfg.Properties["batch-limit"] != before.Config.Properties["batch-limit"] {
		t.Errorf("batch-limit is %q", cfg.Properties["batch-limit"])
	}
	for _, r := range cfg.Resources {
		if r.ID == "svc" && (r.Meta["priority"] != "" || r.Members[0].Meta["priority"] != "4") {
			t.Errorf("got %+v", r)
		}
	}
	second := s.edit(t, ha.Edit{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "34"}})
	s.edit(t, ha.Edit{Op: ha.SetProperties, Values: map[string]string{"batch-limit": "35"}})
	s.refused(t, "changed again since", "config.revert_conflict", wire.Revert, wire.RevertArgs{BeforeXML: second.BeforeXML, AfterXML: second.AfterXML})
	s.edit(t, ha.Edit{Op: ha.SetMeta, ID: "one", Unset: []string{"priority"}})
}

func (s *story) constraints(t *testing.T) {
	solo := dummy("solo")
	s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &solo},
		ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "apart", Kind: ha.Colocation, Resource: "solo", With: "svc", Score: "-INFINITY"}},
		ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "after", Kind: ha.Order, First: "svc", Then: "solo"}})
	if a, b := s.runsOn(t, "solo"), s.runsOn(t, "one"); len(a) != 1 || slices.Equal(a, b) {
		t.Errorf("solo runs on %v, svc on %v", a, b)
	}
	cfg := s.observe(t, s.names()[0]).Config.Config
	if len(cfg.Constraints) != 2 || cfg.Constraints[0].Complex || cfg.Constraints[1].Complex {
		t.Errorf("constraints are %+v", cfg.Constraints)
	}
	s.edit(t, ha.Edit{Op: ha.DeleteConstraint, ID: "after"})
}

// delete stops what it deletes, and takes along what names it.
func (s *story) delete(t *testing.T) {
	out := s.edit(t, ha.Edit{Op: ha.DeleteResource, ID: "solo"})
	cfg := s.observe(t, s.names()[0]).Config.Config
	if len(cfg.Constraints) != 0 {
		t.Errorf("constraints are left: %+v", cfg.Constraints)
	}
	if on := s.runsOn(t, "solo"); len(on) > 0 || strings.Contains(out.AfterXML, `"solo"`) {
		t.Errorf("it still runs on %v", on)
	}
}

// remote makes a host a remote node, has a resource run there, and takes it out again.
func (s *story) remote(t *testing.T) {
	if s.Remote == "" {
		t.Skip("there is no host for a remote node")
	}
	first, key := s.names()[0], bytes.Repeat([]byte{44}, 4096)
	checks := decode[wire.PreflightOutput](t, s.must(t, s.Remote, wire.CheckRemote, wire.CheckRemoteArgs{Address: s.RemoteAddress, Port: ha.RemotePort})).Checks
	for _, c := range checks {
		if c.Result == "failed" {
			t.Errorf("%s: %s %v", s.Remote, c.Code, c.Args)
		}
	}
	checks = decode[wire.PreflightOutput](t, s.must(t, s.Remote, wire.CheckRemote, wire.CheckRemoteArgs{Address: "192.0.2.1", Port: ha.RemotePort})).Checks
	if !slices.ContainsFunc(checks, func(c ha.Check) bool { return c.Code == "addresses" && c.Result == "failed" }) {
		t.Errorf("an address of no interface passes: %+v", checks)
	}
	join := wire.JoinRemoteArgs{Cluster: s.Setup.Name, Key: key, Port: ha.RemotePort}
	if _, err := s.do(t, first, wire.JoinRemote, join); fault.Public(err) == nil || fault.Public(err).Reason != "cluster.other_configured" {
		t.Errorf("a member becomes a remote node: %v", err)
	}
	for _, host := range s.names() {
		s.must(t, host, wire.PutRemoteKey, wire.RemoteKeyArgs{Key: key})
	}
	if got := decode[wire.RemoteKeyOutput](t, s.must(t, first, wire.ReadRemoteKey, wire.NoArgs{})).Key; !bytes.Equal(got, key) {
		t.Errorf("the key has %d bytes", len(got))
	}
	short := join
	short.Key = key[:8]
	if _, err := s.do(t, s.Remote, wire.JoinRemote, short); fault.Public(err) == nil || fault.Public(err).Fields[0].Reason != "field.range" {
		t.Errorf("a short key: %v", err)
	}
	s.must(t, s.Remote, wire.JoinRemote, join)
	s.must(t, s.Remote, wire.JoinRemote, join) // done twice is done once
	join.Key = bytes.Repeat([]byte{45}, 4096)
	if _, err := s.do(t, s.Remote, wire.JoinRemote, join); fault.Public(err) == nil || fault.Public(err).Reason != "remote.other_cluster" {
		t.Errorf("another cluster's key: %v", err)
	}

	connection := ha.NewRemote{Address: s.RemoteAddress, Port: ha.RemotePort}.Resource(s.Remote)
	s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &connection})
	s.must(t, first, wire.Settle, wire.SettleArgs{Online: []string{s.Remote}})
	st := s.observe(t, first).State
	n := st.Nodes[slices.IndexFunc(st.Nodes, func(n ha.NodeState) bool { return n.Name == s.Remote })]
	if n.Kind != ha.RemoteNode || n.Connection != s.Remote || n.Through == "" || st.Votes != len(s.names()) {
		t.Errorf("got %+v, %d votes", n, st.Votes)
	}
	guest := dummy("away")
	s.edit(t, ha.Edit{Op: ha.CreateResource, Resource: &guest},
		ha.Edit{Op: ha.CreateConstraint, Constraint: &ha.Constraint{ID: "there", Kind: ha.Location, Resource: "away", Node: s.Remote, Score: "INFINITY"}})
	if on := s.runsOn(t, "away"); !slices.Equal(on, []string{s.Remote}) {
		t.Errorf("it runs on %v", on)
	}
	s.edit(t, ha.Edit{Op: ha.SetNodeAttributes, Node: s.Remote, Values: map[string]string{"standby": "on"}})
	if on := s.runsOn(t, "away"); slices.Contains(on, s.Remote) {
		t.Errorf("on standby it still runs on %v", on)
	}
	s.edit(t, ha.Edit{Op: ha.SetNodeAttributes, Node: s.Remote, Unset: []string{"standby"}})
	s.refused(t, "a node that is online", "node.still_online", wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.RemoveNode, Node: s.Remote}}})
	taken := dummy("other")
	taken.Meta = map[string]string{"remote-node": s.Remote}
	s.refused(t, "a guest of its name", "resource.id_taken", wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.CreateResource, Resource: &taken}}})

	s.edit(t, ha.Edit{Op: ha.DeleteResource, ID: s.Remote}, ha.Edit{Op: ha.RemoveNode, Node: s.Remote})
	s.must(t, s.Remote, wire.LeaveRemote, wire.NoArgs{})
	if out := s.observe(t, first); slices.ContainsFunc(out.State.Nodes, func(n ha.NodeState) bool { return n.Name == s.Remote }) ||
		strings.Contains(out.Config.XML, `"`+s.Remote+`"`) || len(s.runsOn(t, "away")) != 1 {
		t.Errorf("left is %+v", out.State.Nodes)
	}
	if got := decode[wire.RemoteKeyOutput](t, s.must(t, s.Remote, wire.ReadRemoteKey, wire.NoArgs{})).Key; got != nil {
		t.Error("the host still has the key")
	}
	s.edit(t, ha.Edit{Op: ha.DeleteResource, ID: "away"})
	for _, host := range s.names() {
		s.must(t, host, wire.PutRemoteKey, wire.RemoteKeyArgs{})
	}
}

func (s *story) stopNode(t *testing.T) {
	last := s.names()[2]
	s.must(t, last, wire.StopHost, wire.StopArgs{Cluster: s.Setup.Name})
	if st := s.observe(t, last).State; st.Running {
		t.Error("it still runs")
	}
	s.must(t, s.names()[0], wire.Settle, wire.SettleArgs{Quorate: true})
	st := s.observe(t, s.names()[0]).State
	for _, n := range st.Nodes {
		if n.Name == last && (n.Online || n.Unclean) {
			t.Errorf("got %+v", n)
		}
	}
	s.refused(t, "loses quorum", "node.stop_loses_quorum", wire.StopHost, wire.StopArgs{Cluster: s.Setup.Name})
	s.must(t, last, wire.StartHost, wire.StartArgs{Cluster: s.Setup.Name})
	s.must(t, s.names()[0], wire.Settle, wire.SettleArgs{Online: s.names()})
}

func (s *story) removeNode(t *testing.T) {
	last := s.names()[2]
	s.refused(t, "still online", "node.still_online", wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.RemoveNode, Node: last}}})
	s.must(t, last, wire.Deconfigure, wire.NoArgs{})
	rest := s.Setup
	rest.Nodes = rest.Nodes[:2]
	for _, host := range s.names()[:2] {
		s.must(t, host, wire.Configure, wire.ConfigureArgs{Setup: rest, Authkey: bytes.Repeat([]byte{42}, 256), Update: true})
	}
	s.must(t, s.names()[0], wire.Reload, wire.NoArgs{})
	s.edit(t, ha.Edit{Op: ha.RemoveNode, Node: last})
	st := s.observe(t, s.names()[0]).State
	if len(st.Nodes) != 2 || !st.Quorate {
		t.Errorf("nodes are %+v, quorate %v", st.Nodes, st.Quorate)
	}
}

func (s *story) deconfigure(t *testing.T) {
	for _, host := range s.names() {
		s.must(t, host, wire.Deconfigure, wire.NoArgs{})
		f, err := s.Engines[host].Facts(t.Context())
		if err != nil || f.Cluster != "" {
			t.Errorf("%s is still in %q, %v", host, f.Cluster, err)
		}
	}
}
