// Package testkit helps tests: it says loudly what a test cannot do without, waits with a bound, and notices goroutines left behind.
package testkit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// MustVariable names needs, separated by commas, that may not be missing: where one is, the test fails instead of
// being skipped. "all" names every need. Continuous integration sets it, so that a skip cannot hide.
const MustVariable = "HAWSER_TEST_MUST"

// Need skips the test where something it cannot do without is missing, and says so; it fails where HAWSER_TEST_MUST names it.
func Need(t testing.TB, needs ...string) {
	t.Helper()
	for _, need := range needs {
		if _, known := probes[need]; !known {
			t.Fatalf("testkit.Need: nobody knows how to look for %q", need)
		}
		why := Missing(need)
		if why == "" {
			continue
		}
		must := strings.Split(os.Getenv(MustVariable), ",")
		if slices.Contains(must, need) || slices.Contains(must, "all") {
			t.Fatalf("needs %s, which %s demands: %s", need, MustVariable, why)
		}
		t.Skipf("SKIPPED, NOT TESTED: needs %s: %s", need, why)
	}
}

// Missing says what a need lacks, and nothing where it lacks nothing.
func Missing(need string) string { return probes[need]() }

// probes look for each need and say what is missing, or nothing.
var probes = map[string]func() string{
	"root": func() string {
		if os.Geteuid() != 0 {
			return "not run as root"
		}
		return ""
	},
	"sandbox": func() string {
		if os.Geteuid() != 0 {
			return "not run as root"
		}
		return programs("systemd-nspawn", "ip", "losetup")
	},
	"vm": func() string {
		if os.Geteuid() != 0 {
			return "not run as root"
		}
		for _, device := range []string{"/dev/net/tun", "/dev/fuse"} {
			if _, err := os.Stat(device); err != nil {
				return err.Error()
			}
		}
		return programs("qemu-system-x86_64", "qemu-img", "debootstrap", "busybox", "ssh", "ip", "mkfs.ext4", "modprobe")
	},
	"fuse": func() string {
		if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
			return err.Error()
		} else if err := f.Close(); err != nil {
			return err.Error()
		}
		return programs("fusermount3")
	},
	"pacemaker-tools": func() string {
		return programs("crm_simulate", "cibadmin", "crm_mon", "crm_resource", "crm_verify", "crm_diff")
	},
	"pacemaker-remote": func() string {
		if path, err := Remoted(); err != nil {
			return err.Error()
		} else if _, err := os.Stat(path); err != nil {
			return "not unpacked by scripts/install test: " + err.Error()
		}
		return ""
	},
	"postgres": func() string {
		for _, pattern := range []string{"/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres"} {
			if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
				return ""
			}
		}
		return programs("postgres", "initdb")
	},
	"corosync": func() string { return programs("corosync") },
	"ocf": func() string {
		if _, err := os.Stat("/usr/lib/ocf/lib/heartbeat/ocf-shellfuncs"); err != nil {
			return "no resource-agents: " + err.Error()
		}
		return programs("ocf-tester", "xmllint", "setsid", "setpriv", "runuser", "getent", "timeout", "pgrep", "ps")
	},
	"address": func() string {
		if own, err := Address(); err != nil {
			return err.Error()
		} else if own == "" {
			return "this machine has no address but loopback"
		}
		return ""
	},
	"softhsm": func() string {
		if SoftModule() == "" {
			return "no libsofthsm2.so"
		}
		return programs("softhsm2-util")
	},
	"chromium": func() string { return programs("chromium") },
	"node":     func() string { return programs("node", "npm") },
	"ipv6": func() string {
		l, err := net.Listen("tcp6", "[::1]:0")
		if err != nil {
			return err.Error()
		}
		if err := l.Close(); err != nil {
			return err.Error()
		}
		return ""
	},
}

// Remoted is where scripts/install puts pacemaker-remoted, which cannot be installed beside pacemaker: below the project's root.
func Remoted() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "build", "tools", "pacemaker-remote", "usr", "sbin", "pacemaker-remoted"), nil
		}
	}
	return "", os.ErrNotExist
}

// Address returns an IPv4 address of this machine that is not loopback, empty where it has none.
func Address() (string, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	own := ""
	for _, a := range addresses {
		if n, isNet := a.(*net.IPNet); isNet && n.IP.To4() != nil && !n.IP.IsLoopback() {
			own = n.IP.String()
		}
	}
	return own, nil
}

// programs looks for programs, also where an ordinary user's path does not lead, and names those that are missing.
func programs(names ...string) string {
	var missing []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if _, err := exec.LookPath(filepath.Join("/usr/sbin", name)); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "not installed: " + strings.Join(missing, ", ")
}
