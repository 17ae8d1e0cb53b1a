package live_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// remoteMachine is a host with pacemaker_remote, which listens while its unit is active.
func remoteMachine(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t)
	m.Program("systemctl", func(ctx context.Context, c run.Command) run.Output {
		if c.Args[0] == "show" {
			return run.Output{Stdout: []byte("loaded\n")}
		}
		return m.systemctl(ctx, c)
	})
	m.Program("ss", func(_ context.Context, c run.Command) run.Output {
		m.mu.Lock()
		defer m.mu.Unlock()
		at := strings.TrimPrefix(c.Args[len(c.Args)-1], "sport = :")
		conf, err := os.ReadFile(filepath.Join(m.root, "/etc/default/pacemaker"))
		if err != nil {
			conf = nil
		}
		port := "3121"
		if strings.Contains(string(conf), `PCMK_remote_port="3122"`) {
			port = "3122"
		}
		if !m.active["pacemaker_remote.service"] || at != port {
			return run.Output{}
		}
		return run.Output{Stdout: []byte(`LISTEN 0 1 *:3121 *:* users:(("pacemaker-remot",pid=7,fd=3))`)}
	})
	return m
}

func TestRemoteKey(t *testing.T) {
	m := newMachine(t)
	key := bytes.Repeat([]byte("secret"), 100)
	for range 2 { // done twice is done once
		if err := m.driver.WriteRemoteKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	got, err := m.driver.RemoteKey(t.Context())
	if err != nil || !bytes.Equal(got, key) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	info, err := os.Stat(filepath.Join(m.root, "/etc/pacemaker/authkey"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the key has mode %v, %v", info.Mode(), err)
	}
	for range 2 {
		if err := m.driver.WriteRemoteKey(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := m.driver.RemoteKey(t.Context()); err != nil || got != nil {
		t.Errorf("left are %d bytes, %v", len(got), err)
	}
	for _, c := range m.Seen() {
		if strings.Contains(strings.Join(c.Args, " "), "secret") {
			t.Errorf("the key is in the arguments of %s", c.Name)
		}
	}
}

func TestStartRemote(t *testing.T) {
	m := remoteMachine(t)
	if err := os.MkdirAll(filepath.Join(m.root, "/etc/default"), 0o700); err != nil {
		t.Fatal(err)
	}
	m.write("/etc/default/pacemaker", "# ours\nPCMK_logfile=/var/log/x\n")
	for _, port := range []int{3122, ha.RemotePort} {
		if err := m.driver.StartRemote(t.Context(), port); err != nil {
			t.Fatal(err)
		}
		h, err := m.driver.InspectRemote(t.Context())
		if want := (ha.RemoteHost{Installed: true, Running: true, Enabled: true, Port: port}); err != nil || h != want {
			t.Errorf("got %+v, want %+v, %v", h, want, err)
		}
	}
	if err := m.driver.StartRemote(t.Context(), 3122); err != nil {
		t.Fatal(err)
	}
	checks, err := m.driver.CheckRemote(t.Context(), "192.0.2.1", 3122)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"remote_package": "ok", "remote_idle": "failed", "addresses": "failed", "remote_port_free": "ok", "no_other_cluster": "ok"} {
		if i := slices.IndexFunc(checks, func(c ha.Check) bool { return c.Code == code }); i < 0 || checks[i].Result != want {
			t.Errorf("%s is not %s in %+v", code, want, checks)
		}
	}
	for range 2 {
		if err := m.driver.StopRemote(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := m.driver.InspectRemote(t.Context()); err != nil || h.Running || h.Enabled || h.Port != ha.RemotePort {
		t.Errorf("left is %+v, %v", h, err)
	}
	if data, err := os.ReadFile(filepath.Join(m.root, "/etc/default/pacemaker")); err != nil || string(data) != "# ours\nPCMK_logfile=/var/log/x\n" {
		t.Errorf("Pacemaker's file is %q, %v", data, err)
	}
}

// TestRemoteIsNoMember: pacemaker_remote has sockets of the CIB manager's names, and its host no cluster of its own to tell of.
func TestRemoteIsNoMember(t *testing.T) {
	m := newMachine(t)
	m.write("/run/cib_rw", "")
	if st, err := m.driver.State(t.Context()); err != nil || st.Running {
		t.Errorf("got %+v, %v", st, err)
	}
	if up, err := m.driver.Up(t.Context()); err != nil || up {
		t.Errorf("it counts as a member that is up: %v", err)
	}
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: ours\n}\n")
	if st, err := m.driver.State(t.Context()); err != nil || !st.Running {
		t.Errorf("a member is taken for a remote node: %+v, %v", st, err)
	}
}

func TestRemoteNotInstalled(t *testing.T) {
	m := newMachine(t)
	m.Program("systemctl", func(ctx context.Context, c run.Command) run.Output {
		if c.Args[0] == "show" {
			return run.Output{Stdout: []byte("not-found\n")}
		}
		return m.systemctl(ctx, c)
	})
	if err := m.driver.StopRemote(t.Context()); err != nil {
		t.Errorf("to end what is not there is an error: %v", err)
	}
	checks, err := m.driver.CheckRemote(t.Context(), "192.0.2.1", ha.RemotePort)
	if err != nil || !slices.ContainsFunc(checks, func(c ha.Check) bool { return c.Code == "remote_package" && c.Result == "failed" }) {
		t.Errorf("got %+v, %v", checks, fault.Public(err))
	}
}
