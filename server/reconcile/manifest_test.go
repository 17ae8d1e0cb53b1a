package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// TestApplyManifest: a file that was exported changes nothing; changed it is one revision; applied again it changes nothing.
func TestApplyManifest(t *testing.T) {
	s := demo(t)
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{ID: "web", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}})
	m, err := s.engine.Manifest(t.Context(), "demo", false)
	if err != nil {
		t.Fatal(err)
	}
	plan := func(text string) api.ManifestPlan {
		t.Helper()
		p, err := s.engine.PlanManifest(t.Context(), "ann", "demo", api.ManifestChange{YAML: text})
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Public(err).Fields)
		}
		return p
	}
	if p := plan(m.YAML); p.Edits != 0 || len(p.Differences) != 0 {
		t.Fatalf("a file as it was exported asks for %+v\n%s", p, m.YAML)
	}
	changed := strings.Replace(m.YAML, "resources:\n", "resources:\n  - {id: db, kind: primitive, agent: 'ocf:heartbeat:Dummy', parameters: {state: /run/db}}\n", 1)
	changed += "constraints:\n  - {id: near, kind: location, resource: db, node: n1, score: \"50\"}\n"
	before := s.revision()
	p := plan(changed)
	if p.Edits != 2 || len(p.Differences) == 0 || s.revision() != before {
		t.Errorf("plan %+v", p)
	}
	op := s.do(reconcile.Request{Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: changed}, Version: &p.Version})
	if s.revision() != before+1 || op.Revision != before+1 {
		t.Errorf("%d revisions came of it", s.revision()-before)
	}
	if p := plan(changed); p.Edits != 0 {
		t.Errorf("applied again it asks for %+v", p)
	}
	s.do(reconcile.Request{Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: changed}})
	if s.revision() != before+1 {
		t.Error("applied again it is a revision")
	}
	for name, c := range map[string]struct{ text, reason, path string }{
		"old version":   {changed, "config.changed_since", ""},
		"unknown key":   {strings.Replace(changed, "kind: primitive", "knd: primitive", 1), "yaml.unknown_key", "resources[0].knd"},
		"other cluster": {strings.Replace(changed, "cluster: demo", "cluster: prod", 1), "manifest.other_cluster", "cluster"},
		"refused there": {strings.Replace(changed, "  - {id: db,", "  - {id: no, kind: primitive, agent: 'ocf:heartbeat:None'}\n  - {id: db,", 1), "agent.unknown", "resources[0].agent"},
	} {
		t.Run(name, func(t *testing.T) {
			r := reconcile.Request{Kind: "config.apply", Cluster: "demo", Actor: "ann", Manifest: &api.ManifestChange{YAML: c.text}}
			if c.path == "" {
				r.Version = &p.Version
			}
			_, err := s.engine.Begin(t.Context(), r)
			f := fault.Public(err)
			if f == nil {
				t.Fatal("it is not refused")
			}
			reason, path := f.Reason, ""
			if len(f.Fields) > 0 && c.path != "" {
				reason, path = f.Fields[0].Reason, f.Fields[0].Path
			}
			if reason != c.reason || path != c.path {
				t.Errorf("got %s %s (%v), want %s %s", reason, path, err, c.reason, c.path)
			}
		})
	}
}

// revision is the number of the newest revision.
func (s *site) revision() int {
	s.t.Helper()
	r, err := s.store.LatestRevision(s.t.Context(), "demo")
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Number
}

// TestCompareManifest: a file says what its cluster is, and tells where it is not; what has to be mapped is read from it.
func TestCompareManifest(t *testing.T) {
	s := demo(t)
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Resource: &ha.Resource{
		ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy", Parameters: map[string]string{"state": "/dev/sdb1"},
	}})
	m, err := s.engine.Manifest(t.Context(), "demo", true)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.engine.CompareManifest("demo", api.ManifestFile{YAML: m.YAML}); err != nil || c.Differences == nil || len(c.Differences) != 0 || c.Version != m.Version {
		t.Errorf("a file as it was exported differs: %+v, err %v", c, err)
	}
	changed := api.ManifestFile{YAML: strings.Replace(m.YAML, "/dev/sdb1", "/dev/sdc1", 1)}
	if c, err := s.engine.CompareManifest("demo", changed); err != nil || len(c.Differences) != 1 || c.Differences[0].After != "/dev/sdb1" {
		t.Errorf("got %+v, err %v", c, err)
	}
	got, err := s.engine.ReadManifest(changed)
	if err != nil {
		t.Fatal(err)
	}
	want := api.MappingNeed{Kind: "device", Value: "/dev/sdc1", Resource: "vip", Parameter: "state", Path: "resources[0].parameters.state"}
	if len(got.Needs) != 1 || got.Needs[0] != want || len(got.Nodes) == 0 || len(got.Links) == 0 || len(got.Links[0].Addresses) != len(got.Nodes) {
		t.Errorf("got %+v", got)
	}
	if m, err = s.engine.Manifest(t.Context(), "demo", false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.ReadManifest(api.ManifestFile{YAML: m.YAML}); fault.Public(err) == nil || fault.Public(err).Fields[0].Reason != "migrate.no_setup" {
		t.Errorf("a file without a set-up: %v", err)
	}
}

func TestCompareRevisions(t *testing.T) {
	s := demo(t)
	set := func(value string) int {
		t.Helper()
		s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"no-quorum-policy": value}})
		return s.revision()
	}
	first, second := set("stop"), set("freeze")
	set("demote")
	for _, c := range []struct {
		from, to      int
		before, after string
	}{{first, second, "stop", "freeze"}, {second, first, "freeze", "stop"}, {first, 0, "stop", "demote"}} {
		got, err := s.engine.CompareRevisions(t.Context(), "ann", "demo", c.from, c.to)
		if err != nil || len(got.Differences) != 1 || got.Differences[0].Before != c.before || got.Differences[0].After != c.after || got.From.Number != c.from {
			t.Errorf("%d to %d: %+v, err %v", c.from, c.to, got, err)
		}
	}
	if _, err := s.engine.CompareRevisions(t.Context(), "ann", "demo", 99, 0); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a revision that is not there: %v", err)
	}
}

func TestOptions(t *testing.T) {
	s := demo(t)
	s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"no-quorum-policy": "ignore", "made-up": "1"}})
	list, err := s.engine.Options(t.Context(), "ann", "demo", "en")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]api.ClusterOption{}
	for _, o := range list {
		found[o.Scope+"."+o.Name] = o
	}
	if q := found["property.no-quorum-policy"]; q.Value != "ignore" || q.Default != "stop" || q.Dangerous != "quorum_ignored" || len(q.Dangers) == 0 || q.Short == "" {
		t.Errorf("got %+v", q)
	}
	if o := found["property.stonith-timeout"]; o.Set || !o.Advanced || o.Short != "How long to wait" {
		t.Errorf("got %+v", o)
	}
	if o := found["property.made-up"]; !o.Set || o.Value != "1" {
		t.Errorf("got %+v", o)
	}
	if o := found["resource.resource-stickiness"]; o.Value != "1" {
		t.Errorf("got %+v", o)
	}
	if o := found["property.load-threshold"]; o.Value != "400%" {
		t.Errorf("a new cluster is throttled early: %+v", o)
	}
	if o := found["property.transition-delay"]; o.Value != "50ms" {
		t.Errorf("a new cluster's controller does not wait for its own notes: %+v", o)
	}
	other := newSite(t, "n1", "n2", "n3")
	set := setup("other", "n1", "n2", "n3")
	set.Properties = map[string]string{"load-threshold": "60%"}
	other.do(reconcile.Request{Kind: "cluster.create", Cluster: "other", Setup: &set})
	list, err = other.engine.Options(t.Context(), "ann", "other", "en")
	if i := slices.IndexFunc(list, func(o api.ClusterOption) bool { return o.Name == "load-threshold" }); err != nil || i < 0 || list[i].Value != "60%" {
		t.Errorf("what was asked for is not there: %+v, err %v", list, err)
	}
}
