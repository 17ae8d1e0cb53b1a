package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/agent/engine"
	"hawser/internal/fault"
	"hawser/internal/wire"
)

const (
	dataDir  = "/var/lib/kwdb"
	certsDir = "/etc/kaiwudb/certs"
)

// servicePicture is everything that a command about a service may leave behind on a host.
func (b *bench) servicePicture() string {
	b.t.Helper()
	has, err := b.drivers["n1"].HasDirectory(b.t.Context(), dataDir)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := b.do(wire.InspectService, wire.InspectServiceArgs{CertsDir: certsDir, CAKey: certsDir + "/ca.key", Names: []string{"n1", "n2"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprintf("directory %v\n%s", has, out)
}

// TestServiceKilledAnywhere kills the agent at every point of every command that changes something for a service, and starts it again. All steps
// that those commands have are passed.
func TestServiceKilledAnywhere(t *testing.T) {
	b := newBench(t)
	install := func(names string) wire.InstallCertificatesArgs {
		return wire.InstallCertificatesArgs{Dir: certsDir, Files: map[string][]byte{"node.crt": []byte(names), "node.key": []byte("secret")}}
	}
	back, forget := wire.SettleCertificatesArgs{Dir: certsDir, Restore: true}, wire.SettleCertificatesArgs{Dir: certsDir}
	here, gone := wire.PrepareServiceArgs{Directory: dataDir}, wire.PrepareServiceArgs{Directory: dataDir, Remove: true}
	type step struct {
		name wire.CommandName
		args any
	}
	passed := map[string]bool{}
	for _, c := range []struct {
		what string
		do   step
		undo []step
	}{
		{"Directory", step{wire.PrepareService, here}, []step{{wire.PrepareService, gone}}},
		{"NoDirectory", step{wire.PrepareService, gone}, []step{{wire.PrepareService, here}}},
		{"Install", step{wire.InstallCertificates, install("n1 n2")}, []step{{wire.SettleCertificates, back}}},
		{
			"Replace",
			step{wire.InstallCertificates, install("n1 n2")},
			[]step{{wire.SettleCertificates, forget}, {wire.InstallCertificates, install("n1")}, {wire.SettleCertificates, forget}},
		},
		{
			"PutBack",
			step{wire.SettleCertificates, back},
			[]step{{wire.SettleCertificates, forget}, {wire.InstallCertificates, install("n1")}, {wire.SettleCertificates, forget}, {wire.InstallCertificates, install("n1 n2")}},
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			b.t = t
			b.killedAnywhere(c.do.name, c.do.args, func() {
				for _, u := range c.undo {
					if _, err := b.do(u.name, u.args); err != nil {
						t.Fatal(err)
					}
				}
			}, b.servicePicture)
			for _, p := range b.points {
				part := strings.Split(p, "/")
				passed[part[0]+"/"+part[1]] = true
			}
		})
	}
	for command, steps := range engine.Steps() {
		for _, s := range steps {
			if strings.HasPrefix(string(command), "service.") && !passed[string(command)+"/"+s] {
				t.Errorf("nobody was killed at %s of %s", s, command)
			}
		}
	}
}

// TestServiceDirectory: it is told whether the directory was made, also by an agent that was killed once it had made it.
func TestServiceDirectory(t *testing.T) {
	b := newBench(t)
	made := func(c wire.Command) bool {
		t.Helper()
		r, ok := b.run(c)
		var out wire.PrepareServiceOutput
		if err := json.Unmarshal(r.out, &out); !ok || r.err != nil || err != nil {
			t.Fatalf("%v, %v, %s", r.err, err, r.out)
		}
		return out.Made
	}
	here := wire.PrepareServiceArgs{Directory: dataDir}
	if !made(b.command(wire.PrepareService, here)) || made(b.command(wire.PrepareService, here)) {
		t.Error("made the second time, or not the first")
	}
	if _, err := b.do(wire.PrepareService, wire.PrepareServiceArgs{Directory: dataDir, Remove: true}); err != nil {
		t.Fatal(err)
	}
	c := b.command(wire.PrepareService, here)
	b.die = engine.Point{Command: wire.PrepareService, Step: "make_directory", Phase: wire.Commit, After: true}.String()
	if _, ok := b.run(c); ok {
		t.Fatal("it was not killed")
	}
	if !made(c) {
		t.Error("killed after it had made it, it says that it was there")
	}
}

// TestServiceArguments: whatever a path or a name could do beyond being one is refused before anything is done.
func TestServiceArguments(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name          wire.CommandName
		args          any
		field, reason string
	}{
		{wire.PrepareService, wire.PrepareServiceArgs{Directory: "var/lib"}, "directory", "database.path"},
		{wire.PrepareService, wire.PrepareServiceArgs{Directory: "/var/../etc"}, "directory", "database.path"},
		{wire.PrepareService, wire.PrepareServiceArgs{Directory: "/", Remove: true}, "directory", "database.path"},
		{wire.InspectService, wire.InspectServiceArgs{Binary: "/bin/$(id)"}, "binary", "database.path"},
		{wire.MakeCertificates, wire.MakeCertificatesArgs{Binary: "/bin/kwbase", Dir: certsDir, CAKey: "/ca.key", Names: []string{"--ca-key=/x"}}, "names", "database.certified_name"},
		{wire.MakeCertificates, wire.MakeCertificatesArgs{Binary: "/bin/kwbase", Dir: certsDir, CAKey: "/ca.key"}, "names", "field.required"},
		{wire.InstallCertificates, wire.InstallCertificatesArgs{Dir: certsDir, Files: map[string][]byte{"../x.crt": nil}}, "files.../x.crt", "database.certificate_file"},
		{wire.InstallCertificates, wire.InstallCertificatesArgs{Dir: certsDir, Files: map[string][]byte{"ca.key": nil}}, "files.ca.key", "database.certificate_file"},
		{wire.InstallCertificates, wire.InstallCertificatesArgs{Dir: certsDir}, "files", "field.required"},
		{wire.SettleCertificates, wire.SettleCertificatesArgs{Dir: "certs"}, "dir", "database.path"},
	} {
		_, err := b.do(c.name, c.args)
		f := fault.Public(err)
		if f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Path == c.field && x.Reason == c.reason }) {
			told, _ := json.Marshal(f)
			t.Errorf("%s %+v: %s, want %s at %s", c.name, c.args, told, c.reason, c.field)
		}
	}
}
