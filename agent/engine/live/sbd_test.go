package live_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/agent/engine/live"
	"hawser/agent/run"
	"hawser/internal/ha"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSBD: watchdogs are read without being opened, the file keeps what Hawser does not know, and what a disk carries is named.
func TestSBD(t *testing.T) {
	root := t.TempDir()
	programs := &run.Fake{}
	enabled := "disabled"
	programs.Program("systemctl", func(_ context.Context, c run.Command) run.Output {
		switch c.Args[0] {
		case "enable", "disable":
			enabled = c.Args[0] + "d"
		case "is-enabled":
			return run.Output{Stdout: []byte(enabled + "\n")}
		}
		return run.Output{}
	})
	programs.Program("sbd", func(_ context.Context, c run.Command) run.Output {
		if c.Args[len(c.Args)-1] == "dump" && strings.HasSuffix(c.Args[1], "/pills") {
			return run.Output{Stdout: []byte("==Dumping header on disk /dev/pills\nHeader version     : 2.1\nUUID               : 8e4c\nTimeout (watchdog) : 5\nTimeout (allocate) : 2\nTimeout (msgwait)  : 10\n")}
		}
		if c.Args[len(c.Args)-1] == "dump" {
			return run.Output{Code: 1}
		}
		return run.Output{}
	})
	programs.Program("dd", func(_ context.Context, c run.Command) run.Output {
		if c.Args[0] == "if=/dev/dead" {
			return run.Output{Code: 1}
		}
		return run.Output{}
	})
	programs.Program("blkid", func(_ context.Context, c run.Command) run.Output {
		if strings.HasSuffix(c.Args[len(c.Args)-1], "/files") {
			return run.Output{Stdout: []byte("DEVNAME=/dev/files\nUUID=1\nTYPE=ext4\n")}
		}
		return run.Output{Code: 2}
	})
	write(t, root, "/sys/class/watchdog/watchdog0/identity", "Software Watchdog\n")
	write(t, root, "/sys/class/watchdog/watchdog0/timeout", "60\n")
	write(t, root, "/sys/class/watchdog/watchdog1/identity", "iTCO_wdt\n") // not given to this host
	write(t, root, "/dev/watchdog0", "")
	write(t, root, "/dev/pills", "")
	write(t, root, "/dev/files", "x")
	write(t, root, "/dev/dead", "x")
	write(t, root, "/dev/zeros", string(make([]byte, 4096)))
	write(t, root, "/dev/somebody", "superblock of nobody's")
	write(t, root, "/etc/default/sbd", "# a word\nSBD_OPTS=\"-W\"\nSBD_DEVICE=\"/dev/old\"\nSBD_WATCHDOG_TIMEOUT=5\n")
	d, err := live.New(live.Options{Runner: programs, Node: "n1", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	h, err := d.InspectSBD(t.Context(), []string{"/dev/pills", "/dev/files", "/dev/zeros", "/dev/somebody", "/dev/dead"})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Watchdogs) != 1 || !h.Watchdogs[0].Soft || h.Watchdogs[0].Timeout != 60 || !h.Installed || h.Enabled {
		t.Errorf("got %+v", h)
	}
	for i, want := range []string{ha.DiskSBD, "ext4", ha.DiskEmpty, ha.DiskData} {
		if h.Disks[i].Content != want {
			t.Errorf("%s: %q, want %q", h.Disks[i].Device, h.Disks[i].Content, want)
		}
	}
	if p := h.Disks[0]; p.UUID != "8e4c" || p.Watchdog != 5 || p.Msgwait != 10 {
		t.Errorf("header %+v", p)
	}
	if dead := h.Disks[4]; !dead.Failed || dead.Missing || dead.Content != "" {
		t.Errorf("a disk that cannot be read: %+v", dead)
	}
	if last := h.Disks[5]; last.Device != "/dev/old" || !last.Missing {
		t.Errorf("the configured device: %+v", last)
	}
	if err := d.ConfigureSBD(t.Context(), map[string]string{"SBD_DEVICE": "/dev/pills", "SBD_WATCHDOG_TIMEOUT": "15", "SBD_PACEMAKER": "yes", "SBD_DELAY_START": "133"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "/etc/default/sbd"))
	want := "# a word\nSBD_OPTS=\"-W\"\nSBD_DEVICE=\"/dev/pills\"\nSBD_WATCHDOG_TIMEOUT=\"15\"\nSBD_DELAY_START=\"133\"\nSBD_PACEMAKER=\"yes\"\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, want %q, err %v", got, want, err)
	}
	if h, err = d.InspectSBD(t.Context(), nil); err != nil || !h.Enabled || h.Settings["SBD_DEVICE"] != "/dev/pills" || h.Settings["SBD_OPTS"] != "-W" {
		t.Errorf("got %+v, err %v", h, err)
	}
}

// TestSBDPatience: systemd waits for longer than SBD's delay, and no longer than usual once SBD is gone.
func TestSBDPatience(t *testing.T) {
	root := t.TempDir()
	programs := &run.Fake{}
	reloads := 0
	programs.Program("systemctl", func(_ context.Context, c run.Command) run.Output {
		if c.Args[0] == "daemon-reload" {
			reloads++
		}
		return run.Output{}
	})
	d, err := live.New(live.Options{Runner: programs, Node: "n1", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "/etc/systemd/system/sbd.service.d/hawser.conf")
	for range 2 {
		if err := d.ConfigureSBD(t.Context(), map[string]string{"SBD_DELAY_START": "133"}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(got), "[Service]\nTimeoutStartSec=223\n") || reloads != 1 {
		t.Errorf("got %q, %d reloads, err %v", got, reloads, err)
	}
	if err := d.ConfigureSBD(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) || reloads != 2 {
		t.Errorf("%d reloads, err %v", reloads, err)
	}
}

// TestSecretFile: root's alone, and gone when it is taken back.
func TestSecretFile(t *testing.T) {
	root := t.TempDir()
	d, err := live.New(live.Options{Runner: &run.Fake{}, Node: "n1", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.PutSecret(t.Context(), "fence-0123", []byte("hush")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "/var/lib/hawser/secrets/fence-0123")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, err %v", info, err)
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("folder %v, err %v", dir, err)
	}
	for range 2 {
		if err := d.PutSecret(t.Context(), "fence-0123", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}
