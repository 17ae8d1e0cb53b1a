package sim_test

import (
	"slices"
	"strings"
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestDatabase makes a database a protected service from two nodes with a spare disk, by a file: everything in one operation, in its order;
// the same file again changes nothing.
func TestDatabase(t *testing.T) {
	s := start(t, "n1", "n2")
	ctx := t.Context()
	if err := s.CreateCluster(ctx, "demo", "n1", "n2"); err != nil {
		t.Fatal(err)
	}
	path := map[string]string{"cluster": "demo"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Public(err))
		}
	}
	_, err := s.Do(ctx, client.Request{Route: "cluster.properties", Path: path, Body: api.Properties{Set: map[string]string{"stonith-enabled": "false"}}})
	must(err)
	want := ha.Database{
		Name: "kwdb", Directory: "/var/lib/kwdb", Address: "10.71.200.10/16", Parameters: ha.Values{"user": "root"},
		Sides: []ha.DatabaseSide{{Node: "n1", Disk: "/dev/disk/by-id/sim-local-1"}, {Node: "n2", Disk: "/dev/disk/by-id/sim-local-1"}},
	}
	var c api.DatabaseCheck
	must(s.API.Do(ctx, client.Request{Route: "service.check", Path: path, Body: want}, &c))
	if !c.OK || c.Certificates != ha.CertificatesMake || c.Source != "n1" || c.Device == "" || c.Changes == 0 {
		t.Fatalf("%+v %+v", c, c.Refused)
	}
	t.Run("refused", func(t *testing.T) {
		bad := want
		bad.Address = "192.0.2.10/24" // no node is in that network
		var c api.DatabaseCheck
		must(s.API.Do(ctx, client.Request{Route: "service.check", Path: path, Body: bad}, &c))
		if c.OK || c.Refused == nil || !slices.ContainsFunc(c.Refused.Fields, func(f fault.Field) bool {
			return f.Path == "address" && f.Reason == "check.address_network.failed" && f.Args["node"] == "n2"
		}) || slices.ContainsFunc(c.Checks, func(k api.ServiceCheck) bool { return k.Code == "same_subnet" }) {
			t.Errorf("%+v", c.Refused)
		}
		bad.Sides, bad.Directory = bad.Sides[:1], "/etc"
		must(s.API.Do(ctx, client.Request{Route: "service.check", Path: path, Body: bad}, &c))
		if got := paths(c.Refused); !slices.Contains(got, "sides") || !slices.Contains(got, "directory") {
			t.Errorf("%v", got)
		}
	})

	file := `format: 1
cluster: demo
databases:
  - name: kwdb
    sides:
      - {node: n1, disk: /dev/disk/by-id/sim-local-1}
      - {node: n2, disk: /dev/disk/by-id/sim-local-1}
    directory: /var/lib/kwdb
    address: 10.71.200.10/16
    parameters: {user: root}
`
	t.Run("NodeTwiceInFile", func(t *testing.T) {
		bad := strings.Replace(file, "{node: n2, ", "{node: n1, ", 1)
		for _, route := range []string{"config.plan", "config.apply"} {
			_, err := s.Do(ctx, client.Request{Route: route, Path: path, Body: api.ManifestChange{YAML: bad}})
			if f := fault.Public(err); f == nil || !slices.ContainsFunc(f.Fields, func(f fault.Field) bool {
				return f.Path == "databases[0].sides[1].node" && f.Reason == "database.node_twice" && f.Args["node"] == "n1"
			}) {
				t.Errorf("%s: %v %+v", route, err, f)
			}
		}
	})
	var plan api.ManifestPlan
	must(s.API.Do(ctx, client.Request{Route: "config.plan", Path: path, Body: api.ManifestChange{YAML: file}}, &plan))
	if plan.Edits != 1 || len(plan.Differences) != 1 || plan.Differences[0].Object != "database" {
		t.Fatalf("%+v", plan)
	}
	op, err := s.Do(ctx, client.Request{Route: "config.apply", Path: path, Body: api.ManifestChange{YAML: file}})
	must(err)
	var steps []string
	for _, st := range op.Steps {
		if n := len(steps); n == 0 || steps[n-1] != st.Name {
			steps = append(steps, st.Name)
		}
	}
	order := "edit service_directory volume_configure volume_prepare volume_connected volume_sync edit volume_promoted service_format " +
		"service_certificates service_install service_edit service_started service_settle"
	if got := strings.Join(steps, " "); got != order {
		t.Errorf("steps\n%s, want\n%s", got, order)
	}
	var d api.ClusterDetail
	must(s.API.Do(ctx, client.Request{Route: "cluster.show", Path: path}, &d))
	clone := ha.FindResource(d.Config.Resources, "kwdb-data-clone")
	group := ha.FindResource(d.Config.Resources, "kwdb")
	if clone == nil || group == nil || len(group.Members) != 3 || group.Members[0].ID != "kwdb-fs" || group.Members[1].Agent != ha.KWDBAgent || group.Members[2].ID != "kwdb-ip" {
		t.Fatalf("%+v", group)
	}
	if group.Meta["migration-threshold"] != "2" || group.Meta["failure-timeout"] != "10min" {
		t.Errorf("%v", group.Meta)
	}
	for _, id := range []string{"kwdb-with-kwdb-data", "kwdb-after-kwdb-data"} {
		if !slices.ContainsFunc(d.Config.Constraints, func(c ha.Constraint) bool { return c.ID == id }) {
			t.Errorf("no constraint %s in %+v", id, d.Config.Constraints)
		}
	}
	var promoted, runs []string
	for _, r := range ha.Leaves(d.State.Resources) {
		if r.ID == "kwdb-data" && r.Role == "Promoted" {
			promoted = append(promoted, r.Nodes...)
		}
		if r.ID == "kwdb-ip" {
			runs = r.Nodes
		}
	}
	if len(promoted) != 1 || !slices.Equal(promoted, runs) {
		t.Errorf("promoted on %v, the address on %v", promoted, runs)
	}

	must(s.API.Do(ctx, client.Request{Route: "config.plan", Path: path, Body: api.ManifestChange{YAML: file}}, &plan))
	if plan.Edits != 0 {
		t.Errorf("the same file again asks for %+v", plan)
	}
	_, err = s.Do(ctx, client.Request{Route: "service.database", Path: path, Body: want})
	if f := fault.Public(err); f == nil || f.Reason != "database.so_already" {
		t.Errorf("the same again: %v", err)
	}
}

// TestDatabaseOnMirror: where no kernel has DRBD, a database is made at the command line on a mirror. It runs where the mirror is Primary, waits
// as long as a mirror may make it wait, moves to the other node, and a file that asks for the same changes nothing.
func TestDatabaseOnMirror(t *testing.T) {
	dir := t.TempDir()
	s := startIn(t, dir, "n1", "n2")
	unfenced(t, s)
	if err := s.Node("n1").World().SetCopyRate(t.Context(), 16<<30); err != nil {
		t.Fatal(err)
	}
	hawser := commandLine(t, s, dir)
	service := func(verb string) string {
		return hawser("service", verb, "demo", "kwdb", "n1="+localDisk, "n2="+localDisk, "--driver", "mirror", "--directory", "/var/lib/kwdb", "--address", "10.71.200.10/16", "--param", "user=root")
	}
	if out := service("check"); !strings.Contains(out, "Volume kwdb-data: mirror, /dev/hawser/kwdb-data.") || !strings.Contains(out, "a side that is lost stops all writes") {
		t.Errorf("the check says\n%s", out)
	}
	service("database")
	whole := func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeOK && len(primary(v)) == 1 }
	v := volumeIs(t, s, "kwdb-data", "in sync with one Primary", whole)
	if v.Volume.Driver != ha.Mirror || v.Resource != "kwdb-data-clone" {
		t.Errorf("made as %+v, run by %q", v.Volume, v.Resource)
	}
	runs := func() []string {
		var d api.ClusterDetail
		if err := s.API.Do(t.Context(), client.Request{Route: "cluster.show", Path: inDemo}, &d); err != nil {
			t.Fatal(err)
		}
		for _, r := range ha.Leaves(d.State.Resources) {
			if r.ID == "kwdb-ip" {
				return r.Nodes
			}
		}
		return nil
	}
	first := primary(v)
	if got := runs(); !slices.Equal(got, first) {
		t.Errorf("the address is on %v, the mirror Primary on %v", got, first)
	}
	if out := hawser("check", "list", "demo"); strings.Contains(out, "kwdb-fs") || strings.Contains(out, "kwdb-db") {
		t.Errorf("found is\n%s", out)
	}
	if err := actOn(s, t.Context(), "kwdb-data", ha.VolumePromote, map[string]string{"n1": "n2", "n2": "n1"}[first[0]]); err != nil {
		t.Fatal(err)
	}
	v = volumeIs(t, s, "kwdb-data", "Primary on the other side", func(v api.VolumeShown) bool { return whole(v) && !slices.Equal(primary(v), first) })
	if got := runs(); !slices.Equal(got, primary(v)) {
		t.Errorf("the address is on %v, the mirror Primary on %v", got, primary(v))
	}

	file := "format: 1\ncluster: demo\ndatabases:\n  - name: kwdb\n    driver: mirror\n    sides: [{node: n1, disk: " + localDisk + "}, {node: n2, disk: " + localDisk +
		"}]\n    directory: /var/lib/kwdb\n    address: 10.71.200.10/16\n    parameters: {user: root}\n"
	for _, text := range []string{file, strings.Replace(file, "    driver: mirror\n", "", 1)} {
		var plan api.ManifestPlan
		if err := s.API.Do(t.Context(), client.Request{Route: "config.plan", Path: inDemo, Body: api.ManifestChange{YAML: text}}, &plan); err != nil || plan.Edits != 0 {
			t.Errorf("the same as a file asks for %+v, %v", plan, err)
		}
	}
	_, err := s.Do(t.Context(), client.Request{Route: "config.apply", Path: inDemo, Body: api.ManifestChange{YAML: strings.Replace(file, "driver: mirror", "driver: drbd", 1)}})
	if f := fault.Public(err); f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool {
		return x.Path == "databases[0].driver" && x.Reason == "database.other_driver"
	}) {
		t.Errorf("another driver is refused with %v", f)
	}
}

func paths(f *fault.Error) []string {
	var list []string
	if f != nil {
		for _, one := range f.Fields {
			list = append(list, one.Path)
		}
	}
	return list
}
