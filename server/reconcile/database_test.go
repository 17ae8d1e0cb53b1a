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

const databaseSecret = "key of a node"

func aDatabase() ha.Database {
	return ha.Database{
		Name: "kwdb", Directory: "/var/lib/kwdb", Address: "10.0.1.200/24",
		Sides: []ha.DatabaseSide{{Node: "n1", Disk: "/dev/vg/data"}, {Node: "n2", Disk: "/dev/vg/data"}},
	}
}

func makeDatabase(d ha.Database) reconcile.Request {
	return reconcile.Request{Kind: "service.database", Cluster: "demo", Object: d.Name, Database: &d}
}

// withAuthority is a cluster on whose first node the database's authority was made; n2 has certificates of another one.
func withAuthority(t *testing.T) *site {
	s := unfenced(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by("n1").service = service{caKey: true, files: map[string][]byte{"ca.crt": []byte("authority")}}
	s.by("n2").service = service{files: map[string][]byte{"ca.crt": []byte("another")}}
	return s
}

// TestDatabase makes a database, and says what every node and the cluster have of it then.
func TestDatabase(t *testing.T) {
	s := withAuthority(t)
	s.byHand(func(c *ha.Config) { // an address that the cluster moves, on n2 now
		c.Resources = append(c.Resources, ha.Resource{ID: "web", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.1.102"}})
	})
	s.do(makeDatabase(aDatabase()))
	s.mu.Lock()
	for _, name := range []string{"n1", "n2"} {
		h := s.by(name)
		own := h.service
		if !slices.Equal(own.directories, []string{"/var/lib/kwdb"}) || own.unsettled || string(own.files["ca.crt"]) != "authority" || own.files["ca.key"] != nil {
			t.Errorf("%s has %+v", name, own)
		}
		if got := h.volumes["kwdb-data"]; got == nil || !got.up {
			t.Errorf("%s has the volume %+v", name, got)
		}
		// 10.0.1.101 carries no heartbeat, and is in the network of the virtual IP address.
		if got, want := string(own.files["node.crt"]), "n1 10.0.1.1 10.0.2.1 10.0.1.101 n2 10.0.1.2 10.0.2.2 10.0.1.200 localhost 127.0.0.1 0.0.0.0"; got != want {
			t.Errorf("the certificate of %s is for %s, want %s", name, got, want)
		}
	}
	if got := s.by("n1").volumes["kwdb-data"].system + s.by("n2").volumes["kwdb-data"].system; got != "ext4" {
		t.Errorf("formatted as %q", got)
	}
	group := ha.FindResource(s.config.Resources, "kwdb")
	if group == nil || len(group.Members) != 3 || ha.FindResource(s.config.Resources, "kwdb-data-clone") == nil {
		t.Errorf("the cluster has %+v", s.config.Resources)
	}
	s.mu.Unlock()
	list, err := s.store.Operations(t.Context(), api.OperationQuery{})
	told, encodeErr := json.Marshal(list)
	if err != nil || encodeErr != nil || !strings.Contains(string(told), "service_install") || strings.Contains(string(told), databaseSecret) {
		t.Errorf("operations show a key, or nothing (%v, %v)", err, encodeErr)
	}
	s.refused(makeDatabase(aDatabase()), "database.so_already")
}

// TestDatabaseOnMirror makes a database on a volume of Hawser's own driver, on nodes without DRBD, and goes on with it; of another driver it
// cannot be any more.
func TestDatabaseOnMirror(t *testing.T) {
	s := withAuthority(t)
	s.mu.Lock()
	s.by("n2").lacks = []string{"module", "tools", "agent"} // of DRBD
	s.mu.Unlock()
	s.refused(makeDatabase(aDatabase()), "volume.module_missing")
	want := aDatabase()
	want.Driver = "zfs"
	s.refused(makeDatabase(want), "field.one_of")
	want.Driver, want.Protocol = ha.Mirror, "A"
	s.refused(makeDatabase(want), "field.one_of")
	want.Protocol = ""
	c, err := s.engine.CheckDatabase(t.Context(), "ann", "demo", want)
	if err != nil || !c.OK || c.Device != "/dev/hawser/kwdb-data" || c.Volume == nil || c.Volume.Volume.Driver != ha.Mirror {
		t.Fatalf("%+v, %+v, %v", c, c.Refused, err)
	}
	if !slices.ContainsFunc(c.Checks, func(k api.ServiceCheck) bool { return k.Code == "fencing_mirror" && k.Result == "warning" }) {
		t.Errorf("what a mirror does without fencing is not told: %+v", c.Checks)
	}
	op := s.do(makeDatabase(want))
	if last := op.Steps[len(op.Steps)-1]; last.Args["driver"] != string(ha.Mirror) {
		t.Errorf("the operation does not tell the driver: %+v", last)
	}
	s.mu.Lock()
	runner, _ := ha.VolumeRunner(s.config.Resources, "kwdb-data")
	files := ha.FindResource(s.config.Resources, "kwdb-fs")
	if runner == nil || runner.Agent != ha.MirrorAgent || files == nil || files.Parameters["device"] != "/dev/hawser/kwdb-data" || files.Operations[2].Timeout != "80s" {
		t.Errorf("the cluster has %+v, %+v", runner, files)
	}
	s.mu.Unlock()
	for driver, reason := range map[ha.VolumeDriver]string{"": "database.so_already", ha.Mirror: "database.so_already", ha.DRBD: "database.other_driver"} {
		want.Driver = driver
		s.refused(makeDatabase(want), reason)
	}
}

// TestDatabaseTakenBack: wherever it fails, nothing is left of it, neither on the nodes nor in the cluster, and certificates are those that
// were there; by itself and as a part of a file.
func TestDatabaseTakenBack(t *testing.T) {
	data, err := json.Marshal(aDatabase())
	if err != nil {
		t.Fatal(err)
	}
	file := "format: 1\ncluster: demo\nproperties: {stonith-enabled: 'false', start-failure-is-fatal: 'false'}\ndatabases:\n  - " + string(data) + "\n" // JSON is YAML
	for way, request := range map[string]reconcile.Request{
		"Alone":  makeDatabase(aDatabase()),
		"InFile": {Kind: "config.apply", Cluster: "demo", Manifest: &api.ManifestChange{YAML: file}},
	} {
		for _, c := range []struct {
			what string
			name wire.CommandName
			host string
			with string // what its arguments hold
		}{
			{"Directory", wire.PrepareService, "n2", ""},
			{"Volume", wire.VolumeConfigure, "n2", ""},
			{"Metadata", wire.VolumePrepare, "n2", ""},
			{"Sync", wire.VolumeSync, "n1", ""},
			{"Run", wire.EditConfig, "n1", `"kwdb-data-clone"`},
			{"Format", wire.VolumeFormat, "n1", ""},
			{"Make", wire.MakeCertificates, "n1", ""},
			{"Install", wire.InstallCertificates, "n2", ""},
			{"Group", wire.EditConfig, "n1", `"kwdb-fs"`},
			{"Start", wire.Settle, "n1", `"kwdb-fs"`},
		} {
			t.Run(way+"/"+c.what, func(t *testing.T) {
				s := withAuthority(t)
				failed := false
				s.mu.Lock()
				s.machines.refuse = func(host string, cmd wire.Command) error {
					if cmd.Name != c.name || host != c.host || cmd.ID == "" || strings.HasSuffix(cmd.ID, "-undo") || !strings.Contains(string(cmd.Args), c.with) {
						return nil
					}
					failed = true
					return fault.New(fault.Failed, "fake.failed", "broken")
				}
				s.mu.Unlock()
				op := s.end(s.begin(request))
				if op.State != "rolled_back" || op.Fault == nil || op.Fault.Reason != "fake.failed" || !failed {
					t.Errorf("it ended %s: %v", op.State, op.Fault)
				}
				if left := s.sides("kwdb-data"); len(left) > 0 {
					t.Errorf("the volume is left on %v", left)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				for name, authority := range map[string]string{"n1": "authority", "n2": "another"} {
					own := s.by(name).service
					if len(own.directories) > 0 || own.unsettled || len(own.files) != 1 || string(own.files["ca.crt"]) != authority {
						t.Errorf("%s is left with %+v", name, own)
					}
				}
				if len(s.config.Resources)+len(s.config.Constraints) > 0 || len(s.config.Properties) != 1 {
					t.Errorf("left in the cluster: %+v %+v %+v", s.config.Resources, s.config.Constraints, s.config.Properties)
				}
			})
		}
	}
}

// TestDatabaseDirectoryKept: a directory that was there before stays when the rest is taken back, and only where it was.
func TestDatabaseDirectoryKept(t *testing.T) {
	s := withAuthority(t)
	s.mu.Lock()
	s.by("n1").service.directories = []string{"/var/lib/kwdb"}
	s.machines.refuse = func(_ string, cmd wire.Command) error {
		if cmd.Name == wire.VolumeFormat {
			return fault.New(fault.Failed, "fake.failed", "broken")
		}
		return nil
	}
	s.mu.Unlock()
	if op := s.end(s.begin(makeDatabase(aDatabase()))); op.State != "rolled_back" {
		t.Errorf("it ended %s: %v", op.State, op.Fault)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, two := s.by("n1").service.directories, s.by("n2").service.directories; !slices.Equal(one, []string{"/var/lib/kwdb"}) || len(two) > 0 {
		t.Errorf("n1 has %v, n2 has %v", one, two)
	}
}

// TestDatabaseUnsettled: a database that runs is not taken back because what was there before cannot be thrown away.
func TestDatabaseUnsettled(t *testing.T) {
	s := withAuthority(t)
	s.mu.Lock()
	s.machines.refuse = func(host string, cmd wire.Command) error {
		if cmd.Name == wire.SettleCertificates && host == "n2" {
			return fault.New(fault.Failed, "fake.failed", "broken")
		}
		return nil
	}
	s.mu.Unlock()
	s.do(makeDatabase(aDatabase()))
}
