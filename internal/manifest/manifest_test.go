package manifest_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
)

const sample = `format: 1
cluster: prod
properties:
  no-quorum-policy: stop
resources:
  - id: web
    kind: group
    members:
      - id: ip
        kind: primitive
        agent: ocf:heartbeat:IPaddr2
        parameters: {ip: 10.0.0.1, cidr_netmask: 24}
        operations:
          - {name: monitor, interval: 10s, timeout: 20s}
      - id: db
        kind: primitive
        agent: ocf:pacemaker:Dummy
  - id: fence
    kind: primitive
    agent: stonith:fence_ipmilan
    parameters:
      password: {fromFile: /root/ipmi}
constraints:
  - {id: far, kind: location, resource: web, node: n2, score: "100"}
tags:
  - {id: all, resources: [web]}
`

func read(t *testing.T, text string) (manifest.Document, manifest.Places) {
	t.Helper()
	d, places, err := manifest.Read([]byte(text), map[string]string{"/root/ipmi": "secret"})
	if err != nil {
		t.Fatalf("%v %+v", err, fault.Public(err).Fields)
	}
	return d, places
}

func TestRead(t *testing.T) {
	d, places := read(t, sample)
	ip := d.Resources[0].Members[0]
	if d.Cluster != "prod" || ip.Parameters["cidr_netmask"] != "24" || ip.Operations[0].Interval != "10s" || d.Resources[1].Parameters["password"] != "secret" {
		t.Errorf("read %+v", d)
	}
	if got := places["resources[0].members[0].parameters.ip"]; got != 12 {
		t.Errorf("the address stands in line %d", got)
	}
	names, err := manifest.Files([]byte(sample))
	if err != nil || len(names) != 1 || names[0] != "/root/ipmi" {
		t.Errorf("files %v, err %v", names, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, path, reason, line string }{
		"unknown key":   {"format: 1\ncluster: a\nresources:\n  - {id: x, kind: primitive, agnet: y}\n", "resources[0].agnet", "yaml.unknown_key", "4"},
		"unknown top":   {"format: 1\ncluster: a\nresource: []\n", "resource", "yaml.unknown_key", "3"},
		"twice":         {"format: 1\ncluster: a\nproperties:\n  a: 1\n  a: 2\n", "properties.a", "yaml.twice", "5"},
		"no list":       {"format: 1\ncluster: a\nresources: {}\n", "resources", "yaml.kind", "3"},
		"nothing":       {"format: 1\ncluster: a\nproperties:\n", "properties", "yaml.kind", "3"},
		"missing":       {"format: 1\ncluster: a\nresources:\n  - {id: x}\n", "resources[0].kind", "yaml.missing", "4"},
		"no number":     {"format: one\ncluster: a\n", "format", "yaml.kind", "1"},
		"other format":  {"format: 2\ncluster: a\n", "format", "yaml.format", "1"},
		"alias":         {"format: 1\ncluster: a\nproperties: &p {a: b}\n", "properties", "yaml.alias", "3"},
		"syntax":        {"format: 1\ncluster: [\n", "yaml", "yaml.syntax", ""},
		"two documents": {"format: 1\ncluster: a\n---\nformat: 1\n", "yaml", "yaml.several", ""},
		"empty":         {"", "yaml", "yaml.empty", "1"},
		"file missing":  {"format: 1\ncluster: a\nproperties:\n  a: {fromFile: /nowhere}\n", "properties.a", "yaml.file_missing", "4"},
		"mapping":       {"format: 1\ncluster: a\nproperties:\n  a: {b: c}\n", "properties.a", "yaml.kind", "4"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := manifest.Read([]byte(c.text), nil)
			f, is := errors.AsType[*fault.Error](err)
			if !is || len(f.Fields) != 1 {
				t.Fatalf("got %v", err)
			}
			got := f.Fields[0]
			if got.Path != c.path || got.Reason != c.reason || c.line != "" && got.Args["line"] != c.line {
				t.Errorf("got %s %s line %s, want %s %s line %s", got.Path, got.Reason, got.Args["line"], c.path, c.reason, c.line)
			}
		})
	}
}

// config is a configuration that the sample, without its new secret, describes.
func config() ha.Config {
	return ha.Config{
		Properties: map[string]string{"no-quorum-policy": "stop", "dc-version": "2.1.5"},
		Nodes:      []ha.NodeConfig{{ID: "1", Name: "n1", Attributes: map[string]string{"standby": "on"}}, {ID: "2", Name: "n2"}},
		Resources: []ha.Resource{
			{ID: "web", Kind: ha.Group, Members: []ha.Resource{
				{ID: "ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.0.1"}},
				{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem"},
				{ID: "db", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"},
			}},
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_ipmilan", Parameters: map[string]string{"password": "***"}},
			{ID: "pings", Kind: ha.Clone, Members: []ha.Resource{{ID: "ping", Kind: ha.Primitive, Agent: "ocf:pacemaker:ping"}}},
		},
		Constraints: []ha.Constraint{{ID: "far", Kind: ha.Location, Resource: "web", Node: "n2", Score: "100", XML: "<rsc_location/>"}, {ID: "odd", Kind: ha.Order, Complex: true, XML: "<rsc_order/>"}},
		Tags:        []ha.Tag{{ID: "all", Resources: []string{"web", "fence"}}},
		Levels:      []ha.FenceLevel{{ID: "l1", Node: "n1", Index: 1, Devices: []string{"fence"}}},
	}
}

// exported is a configuration as a file, changed.
func exported(t *testing.T, c ha.Config, changes ...string) (manifest.Document, manifest.Places) {
	t.Helper()
	text, err := manifest.From("prod", c).Bytes("kept")
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(changed, changes[i]) {
			t.Fatalf("no %q in\n%s", changes[i], changed)
		}
		changed = strings.Replace(changed, changes[i], changes[i+1], 1)
	}
	return read(t, changed)
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    string // the edits, in short
	}{
		"nothing":         {nil, ""},
		"property":        {[]string{"no-quorum-policy: stop", "no-quorum-policy: freeze"}, "properties.set"},
		"node":            {[]string{`standby: "on"`, `maintenance: "true"`}, "node.attributes"},
		"parameter":       {[]string{"ip: 10.0.0.1", "ip: 10.0.0.2"}, "resource.update ip"},
		"secret":          {[]string{`password: '***'`, "password: {fromFile: /root/ipmi}"}, "resource.update fence"},
		"constraint":      {[]string{`score: "100"`, `score: "200"`}, "constraint.delete far, constraint.create far"},
		"tag":             {[]string{"    resources:\n      - web\n      - fence\n", "    resources: [fence]\n"}, "tag.delete all, tag.create all"},
		"level":           {[]string{"index: 1", "index: 2"}, "fencing.levels"},
		"member removed":  {[]string{"      - id: fs\n        kind: primitive\n        agent: ocf:heartbeat:Filesystem\n", ""}, "resource.delete fs"},
		"members ordered": {[]string{"id: fs\n        kind: primitive\n        agent: ocf:heartbeat:Filesystem\n      - id: db\n        kind: primitive\n        agent: ocf:pacemaker:Dummy", "id: db\n        kind: primitive\n        agent: ocf:pacemaker:Dummy\n      - id: fs\n        kind: primitive\n        agent: ocf:heartbeat:Filesystem"}, "resource.place fs web<"},
		"member moved out": {
			[]string{"      - id: fs\n        kind: primitive\n        agent: ocf:heartbeat:Filesystem\n", "", "  - id: fence", "  - {id: fs, kind: primitive, agent: 'ocf:heartbeat:Filesystem'}\n  - id: fence"},
			"resource.place fs",
		},
		"member new": {[]string{"      - id: fs", "      - {id: vg, kind: primitive, agent: 'ocf:heartbeat:LVM-activate'}\n      - id: fs"}, "resource.create vg web<fs"},
		"bundle new": {[]string{"  - id: fence\n", "  - {id: box, kind: bundle, container: {technology: podman, image: 'local/box:1', options: {replicas: '2'}}}\n  - id: fence\n"}, "resource.create box"},
		"clone gone": {[]string{"  - id: pings\n    kind: clone\n    members:\n      - id: ping\n        kind: primitive\n        agent: ocf:pacemaker:ping\n", ""}, "resource.delete pings"},
	} {
		t.Run(name, func(t *testing.T) {
			d, places := exported(t, config(), c.changes...)
			p, err := manifest.Compare(config(), d, places)
			if err != nil {
				t.Fatalf("%v %+v", err, fault.Public(err).Fields)
			}
			var got []string
			for i, e := range p.Edits {
				text := strings.TrimSpace(string(e.Op) + " " + e.ID)
				if e.Group != "" {
					text += " " + e.Group + "<" + e.Before
				}
				got = append(got, text)
				if p.At[i] == "" {
					t.Errorf("%s has no place", text)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

func TestCompareRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		changes      []string
		path, reason string
	}{
		"no node":          {[]string{"name: n2", "name: n9"}, "nodes[1].name", "node.unknown"},
		"other agent":      {[]string{"agent: ocf:pacemaker:Dummy", "agent: ocf:pacemaker:Stateful"}, "resources[0].members[2].agent", "resource.agent_fixed"},
		"complex":          {[]string{"xml: <rsc_order/>", "xml: <rsc_order x='y'/>"}, "constraints[1]", "manifest.complex"},
		"ID twice":         {[]string{"id: fs", "id: ip"}, "resources[0].members[1].id", "resource.id_taken"},
		"out of a clone":   {[]string{"  - id: pings\n    kind: clone\n    members:\n      - id: ping\n        kind: primitive\n        agent: ocf:pacemaker:ping\n", "  - {id: ping, kind: primitive, agent: 'ocf:pacemaker:ping'}\n"}, "resources[2]", "manifest.move"},
		"secret of a new":  {[]string{"id: fence\n    kind", "id: fence2\n    kind", "      - fence\n", "", "      - fence\n", "      - fence2\n"}, "resources[1].parameters.password", "manifest.secret"},
		"Pacemaker's own":  {[]string{"properties:", "properties:\n  dc-version: 9"}, "properties.dc-version", "properties.own"},
		"names what goes":  {[]string{"  - id: fence\n    kind: primitive\n    agent: stonith:fence_ipmilan\n    parameters:\n      password: '***'\n", "", "      - fence\n", ""}, "fenceLevels[0].devices[0]", "resource.unknown"},
		"constraint twice": {[]string{"id: odd", "id: far"}, "constraints[1].id", "constraint.id_taken"},
	} {
		t.Run(name, func(t *testing.T) {
			d, places := exported(t, config(), c.changes...)
			_, err := manifest.Compare(config(), d, places)
			f, is := errors.AsType[*fault.Error](err)
			if !is || len(f.Fields) == 0 {
				t.Fatalf("got %v", err)
			}
			if got := f.Fields[0]; got.Path != c.path || got.Reason != c.reason {
				t.Errorf("got %+v, want %s %s", f.Fields, c.path, c.reason)
			}
		})
	}
}

// TestAbsentSectionStays: what a file does not speak of is not its business.
func TestAbsentSectionStays(t *testing.T) {
	d, places := read(t, "format: 1\ncluster: prod\nproperties: {no-quorum-policy: stop}\n")
	if p, err := manifest.Compare(config(), d, places); err != nil || len(p.Edits) != 0 {
		t.Errorf("edits %+v, err %v", p.Edits, err)
	}
	d, places = read(t, "format: 1\ncluster: prod\ntags: []\n")
	if p, err := manifest.Compare(config(), d, places); err != nil || len(p.Edits) != 1 || p.Edits[0].Op != ha.DeleteTag {
		t.Errorf("edits %+v, err %v", p.Edits, err)
	}
}

// TestSchemaIsCommitted holds the schema that people use to the types that read the file.
func TestSchemaIsCommitted(t *testing.T) {
	want, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/formats/cluster.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/formats/cluster.schema.json is not what the types say: make gen")
	}
	var s map[string]any
	if err := json.Unmarshal(want, &s); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	text, err := manifest.From("prod", config()).Bytes("")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, text string) {
		d, places, err := manifest.Read([]byte(text), nil)
		if err != nil {
			return
		}
		_, _ = manifest.Compare(config(), d, places)
		again, err := d.Bytes("")
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		back, _, err := manifest.Read(again, nil)
		if err != nil {
			t.Fatalf("%v: %q became %q", fault.Public(err).Fields, text, again)
		}
		a, _ := json.Marshal(d)
		b, _ := json.Marshal(back)
		if string(a) != string(b) {
			t.Fatalf("%s became %s", a, b)
		}
	})
}

// TestHealthInFile: smart migration is in the file, and comes out of it again in a cluster that has none.
func TestHealthInFile(t *testing.T) {
	nodes := []ha.NodeConfig{{ID: "1", Name: "n1"}, {ID: "2", Name: "n2"}}
	p := ha.DefaultHealth()
	p.Move, p.CPU.Yellow = ha.MoveYellow, 60
	own := p.Memory
	own.On = false
	p.Node("n2").SetRule(ha.HealthMemory, &own)
	from := ha.Config{Properties: map[string]string{}, Nodes: slices.Clone(nodes)}
	for _, e := range p.Edits(from) {
		switch e.Op {
		case ha.SetProperties:
			maps.Copy(from.Properties, e.Values)
		case ha.SetNodeAttributes:
			from.Nodes[1].Attributes = e.Values
		}
	}
	text, err := manifest.From("prod", from).Bytes("")
	if err != nil {
		t.Fatal(err)
	}
	d, places := read(t, string(text))
	plan, err := manifest.Compare(ha.Config{Nodes: nodes}, d, places)
	if err != nil || len(plan.Edits) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	to := ha.Config{Nodes: slices.Clone(nodes), Properties: plan.Edits[0].Values}
	to.Nodes[1].Attributes = plan.Edits[1].Values
	got, wrong := ha.HealthOf(to)
	if len(wrong) > 0 || got.Move != ha.MoveYellow || got.CPU.Yellow != 60 || got.RuleFor("n2", ha.HealthMemory).On || !got.RuleFor("n1", ha.HealthMemory).On {
		t.Errorf("it has become %+v, %v, by\n%s", got, wrong, text)
	}
}
