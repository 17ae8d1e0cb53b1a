package preflight_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// machine is a host on which a database can run, but for its disk, which takes a block device.
type machine struct {
	t        *testing.T
	host     preflight.Host
	service  preflight.Service
	unit     map[string]string // what systemctl says, by its verb
	ping     int               // the status with which it ends
	neighbor string
}

func (m *machine) file(name, text string, mode os.FileMode) {
	m.t.Helper()
	path := filepath.Join(m.service.Root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

func ready(t *testing.T) *machine {
	programs := &run.Fake{}
	m := &machine{t: t, ping: 1, unit: map[string]string{"show": "loaded", "is-enabled": "disabled", "is-active": "inactive"}}
	programs.Program("systemctl", func(_ context.Context, c run.Command) run.Output {
		return run.Output{Stdout: []byte(m.unit[c.Args[0]] + "\n")}
	})
	programs.Program("ping", func(context.Context, run.Command) run.Output { return run.Output{Code: m.ping} })
	programs.Program("ip", func(context.Context, run.Command) run.Output { return run.Output{Stdout: []byte(m.neighbor)} })
	m.host = preflight.Host{Runner: programs, Name: "n1", Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("198.51.100.1/24")}}
	m.service = preflight.Service{Root: t.TempDir(), Certificates: &ha.CertificatesState{Authority: "x", Client: true}, InspectServiceArgs: wire.InspectServiceArgs{
		Directory: "/var/lib/kwdb", Address: "192.0.2.10/24", Unit: "kaiwudb.service", Agent: "ocf:hawser:kwdb", Binary: "/opt/kwbase",
	}}
	m.file("/bin/sh", "", 0o755)
	m.file("/bin/bash", "", 0o755)
	m.file("/usr/lib/ocf/resource.d/hawser/kwdb", "", 0o755)
	m.file("/opt/kwbase", "", 0o755)
	return m
}

func TestCheckService(t *testing.T) {
	for _, c := range []struct {
		what, code, want string
		spoil            func(*machine)
	}{
		{"Shell", "shell", "ok", nil},
		{"NoBash", "shell", "warning", func(m *machine) { _ = os.Remove(filepath.Join(m.service.Root, "/bin/bash")) }},
		{"NoShell", "shell", "failed", func(m *machine) { _ = os.Remove(filepath.Join(m.service.Root, "/bin/sh")) }},
		{"NoDevice", "device_there", "failed", func(m *machine) { m.service.Disk = "/dev/vg/data" }},
		{"DeviceIsFile", "device_there", "failed", func(m *machine) { m.service.Disk = "/dev/vg/data"; m.file("/dev/vg/data", "x", 0o600) }},
		{"NoDirectory", "data_directory", "ok", nil},
		{"EmptyDirectory", "data_directory", "ok", func(m *machine) { m.file("/var/lib/kwdb/lost+found", "", 0o600) }},
		{"FullDirectory", "data_directory", "failed", func(m *machine) { m.file("/var/lib/kwdb/data", "", 0o600) }},
		{"HeldDirectory", "data_directory", "ok", func(m *machine) { m.file("/var/lib/kwdb/data", "", 0o600); m.service.Held = true }},
		{"DirectoryIsFile", "data_directory", "failed", func(m *machine) { m.file("/var/lib/kwdb", "", 0o600) }},
		{"Agent", "agent_there", "ok", nil},
		{"NoAgent", "agent_there", "failed", func(m *machine) { m.service.Agent = "ocf:hawser:other" }},
		{"Client", "client_there", "ok", nil},
		{"NoClient", "client_there", "failed", func(m *machine) { m.service.Binary = "/opt/other" }},
		{"ClientCannotRun", "client_there", "failed", func(m *machine) { m.service.Binary = "/opt/plain"; m.file("/opt/plain", "", 0o644) }},
		{"Unit", "unit_there", "ok", nil},
		{"NoUnit", "unit_there", "failed", func(m *machine) { m.unit["show"] = "not-found" }},
		{"NotAtBoot", "unit_at_boot", "ok", nil},
		{"AtBoot", "unit_at_boot", "failed", func(m *machine) { m.unit["is-enabled"] = "enabled" }},
		{"Idle", "unit_idle", "ok", nil},
		{"Runs", "unit_idle", "failed", func(m *machine) { m.unit["is-active"] = "active" }},
		{"RunsAsOurs", "unit_idle", "ok", func(m *machine) { m.unit["is-active"], m.service.Held = "active", true }},
		{"Network", "address_network", "ok", nil},
		{"OtherNetwork", "address_network", "failed", func(m *machine) { m.service.Address = "203.0.113.10/24" }},
		{"OtherLength", "address_network", "failed", func(m *machine) { m.service.Address = "192.0.2.10/25" }},
		{"OtherInterface", "address_network", "failed", func(m *machine) { m.service.Interface = "sim1" }},
		{"Free", "address_free", "ok", nil},
		{"Answers", "address_free", "failed", func(m *machine) { m.ping = 0 }},
		{"AnswersARP", "address_free", "failed", func(m *machine) { m.neighbor = "192.0.2.10 dev eth0 lladdr 52:54:00:00:00:01 REACHABLE\n" }},
		{"StaleARP", "address_free", "ok", func(m *machine) { m.neighbor = "192.0.2.10 dev eth0 lladdr 52:54:00:00:00:01 STALE\n" }},
		{"OwnAddress", "address_free", "failed", func(m *machine) { m.service.Address = "192.0.2.1/24" }},
		{"HeldAddress", "address_free", "ok", func(m *machine) { m.ping, m.service.Held = 0, true }},
		{"Certificates", "certificates", "ok", nil},
		{"CertificatesShort", "certificates", "warning", func(m *machine) { m.service.Certificates.Missing = []string{"n2"} }},
		{"CertificatesNone", "certificates_none", "warning", func(m *machine) { m.service.Certificates.Authority = "" }},
		{"CertificatesExpired", "certificates_expired", "warning", func(m *machine) { m.service.Certificates.Expired = true }},
		{"CertificatesClient", "certificates_client", "warning", func(m *machine) { m.service.Certificates.Client = false }},
	} {
		t.Run(c.what, func(t *testing.T) {
			m := ready(t)
			if c.spoil != nil {
				c.spoil(m)
			}
			out := preflight.CheckService(t.Context(), m.host, m.service)
			if got := results(out.Checks)[c.code]; got != c.want {
				t.Errorf("%s is %q, want %q: %+v", c.code, got, c.want, out.Checks)
			}
			if c.spoil == nil && (out.Interface != "sim0" || out.Network != "192.0.2.0/24") {
				t.Errorf("carried by %s in %s", out.Interface, out.Network)
			}
		})
	}
}
