package ocf_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/ocf"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// The exit codes of the OCF standard.
const (
	success     = 0
	generic     = 1
	installed   = 5
	configured  = 6
	notRunning  = 7
	unsupported = 3
)

// place is a host with the agent, a database and what the agent is told of it.
type place struct {
	t          *testing.T
	name       string // of the agent
	dir        string
	parameters map[string]string
	path       string
	allowed    time.Duration
	level      string // of the monitor
	netns      string // network namespace in which the agent runs; the test's own where empty
	runDir     string // what the agent sees as /run; the machine's own where empty
}

func newPlace(t *testing.T) *place {
	t.Helper()
	testkit.Need(t, "ocf")
	p := &place{t: t, name: "kwdb", dir: t.TempDir(), path: os.Getenv("PATH"), allowed: 90 * time.Second}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bin/kwbase", "systemd/systemctl"} {
		if err := os.MkdirAll(filepath.Join(p.dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ocf.Install(p.dir, engine.WriteFile); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{p.dir, filepath.Dir(p.dir)} { // ocf-tester looks whether another user may start the agent
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
			t.Fatal(err)
		}
	}
	binary := filepath.Join(p.dir, "bin/kwbase")
	p.parameters = map[string]string{
		"command": fmt.Sprintf("%s start-single-node --insecure --store=%s --listen-addr=127.0.0.1:%s", binary, p.dir, port),
		"binary":  binary, "insecure": "true", "port": port, "timeout": "20", "stop_grace": "1",
	}
	p.mood("answer")
	t.Cleanup(func() {
		p.mood("answer")
		p.path, p.parameters["binary"] = os.Getenv("PATH"), binary
		p.run("stop")
	})
	return p
}

// byUnit has the database run as a unit.
func (p *place) byUnit() {
	if err := os.WriteFile(filepath.Join(p.dir, "exec"), []byte(p.parameters["command"]), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.path = filepath.Join(p.dir, "systemd") + ":" + p.path
	p.parameters["command"] = ""
	p.t.Cleanup(func() { p.run("stop") })
}

func (p *place) mood(m string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "mood"), []byte(m), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) agent() string { return filepath.Join(p.dir, ocf.Dir, "hawser", p.name) }

func (p *place) environment() []string {
	env := []string{
		"PATH=" + p.path, "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=db", "OCF_RESOURCE_TYPE=" + p.name, "HA_RSCTMP=" + p.dir, "HA_LOGFACILITY=none",
		"OCF_RESKEY_CRM_meta_timeout=" + fmt.Sprint(p.allowed.Milliseconds()), "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1",
		"GORACE=atexit_sleep_ms=0", // the race detector has each program that stands in sleep for a second at its end
	}
	if p.level != "" {
		env = append(env, "OCF_CHECK_LEVEL="+p.level)
	}
	for name, value := range p.parameters {
		env = append(env, "OCF_RESKEY_"+name+"="+value)
	}
	return env
}

// within is a command in the place's network, and with its /run.
func (p *place) within(argv ...string) run.Command {
	if p.runDir != "" {
		argv = append([]string{"unshare", "-m", "sh", "-c", `mount --bind "$0" /run && exec "$@"`, p.runDir}, argv...)
	}
	if p.netns != "" {
		argv = append([]string{"ip", "netns", "exec", p.netns}, argv...)
	}
	return run.Cmd(argv[0], argv[1:]...)
}

// run runs one action and returns its exit code with what it said.
func (p *place) run(action string) (int, string) {
	p.t.Helper()
	limit := p.allowed + 20*time.Second // it ends before Pacemaker's time is over; on a busy machine a little after
	ctx, cancel := context.WithTimeout(context.Background(), limit+5*time.Second)
	defer cancel()
	out, err := run.System{}.Run(ctx, p.within(p.agent(), action).With(p.environment()...).Within(limit))
	if out.Code < 0 {
		p.t.Fatalf("%s did not end within %s: %v", action, limit, err)
	}
	return out.Code, string(out.Stdout) + string(out.Stderr)
}

func (p *place) want(code int, action string, words ...string) {
	p.t.Helper()
	got, said := p.run(action)
	if got != code {
		p.t.Fatalf("%s ended with %d, want %d: %s", action, got, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			p.t.Errorf("%s said nothing of %q: %s", action, w, said)
		}
	}
}

func TestOCFTester(t *testing.T) {
	p := newPlace(t)
	for _, way := range []string{"command", "unit"} {
		t.Run(way, func(t *testing.T) {
			if way == "unit" {
				p.byUnit()
			}
			p.tester(t)
		})
	}
}

// tester has ocf-tester judge the agent.
func (p *place) tester(t *testing.T) {
	t.Helper()
	args := []string{"-n", "db"}
	for name, value := range p.parameters {
		if value != "" {
			args = append(args, "-o", name+"="+value)
		}
	}
	out, err := run.System{}.Run(t.Context(), p.within(append(append([]string{"ocf-tester"}, args...), "-v", p.agent())...).
		With("PATH="+p.path, "HA_RSCTMP="+p.dir, "HA_LOGFACILITY=none", "OCF_ROOT=/usr/lib/ocf").Within(5*time.Minute))
	if err != nil || !strings.Contains(string(out.Stdout), "passed all tests") {
		t.Fatalf("%v\n%s%s", err, out.Stdout, out.Stderr)
	}
}

func TestStartedIsNotAnswers(t *testing.T) {
	for _, way := range []string{"command", "unit"} {
		t.Run(way, func(t *testing.T) {
			p := newPlace(t)
			if way == "unit" {
				p.byUnit()
			}
			p.want(notRunning, "monitor")
			p.mood("recover")
			done := make(chan int, 1)
			go func() { code, _ := p.run("start"); done <- code }()
			testkit.Eventually(t, func() error { // its process is there
				if !p.process() {
					return fmt.Errorf("no process yet")
				}
				return nil
			})
			select {
			case code := <-done:
				t.Fatalf("start ended with %d while the database recovers", code)
			case <-time.After(1500 * time.Millisecond): // what must not happen needs time in which it could
			}
			p.mood("answer")
			if code := <-done; code != success {
				t.Fatalf("start ended with %d", code)
			}
			p.want(success, "start") // again: nothing to do
			p.want(success, "monitor")
			p.want(success, "stop")
			if p.process() {
				t.Error("a process is left after stop")
			}
			p.want(success, "stop")
			p.want(notRunning, "monitor")
		})
	}
}

// process says whether the database's process is there.
func (p *place) process() bool {
	p.t.Helper()
	out, _ := run.System{}.Run(p.t.Context(), run.Cmd("pgrep", "-f", "--", "start-single-node --insecure --store="+p.dir))
	for pid := range strings.FieldsSeq(string(out.Stdout)) {
		if status, err := os.ReadFile("/proc/" + pid + "/status"); err == nil && !strings.Contains(string(status), "State:\tZ") {
			return true
		}
	}
	return false
}

func TestHangingIsFailed(t *testing.T) {
	p := newPlace(t)
	p.parameters["recovery"] = "0"
	p.want(success, "start")
	p.parameters["timeout"] = "2" // from here on nothing answers, and however busy the machine is, that is seen in time
	p.mood("hang")
	began := time.Now()
	p.want(generic, "monitor", "failed", "no answer within 2 s")
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to see that nothing answers", took)
	}
	// While it may still be recovering it is waited for, as long as Pacemaker waits, and said to be starting.
	p.parameters["recovery"], p.allowed = "3600", 6*time.Second
	p.want(generic, "monitor", "starting", "in recovery")
	p.mood("answer")
	p.parameters["timeout"], p.allowed = "20", 90*time.Second
	p.want(success, "monitor")
}

func TestStartThatFails(t *testing.T) {
	for _, way := range []string{"command", "unit"} {
		t.Run(way, func(t *testing.T) {
			p := newPlace(t)
			if way == "unit" {
				p.byUnit()
			}
			p.mood("broken")
			p.want(generic, "start", "failed", "ended before it answered")
			p.want(notRunning, "monitor")
		})
	}
	t.Run("too long", func(t *testing.T) {
		p := newPlace(t)
		p.mood("recover")
		p.allowed = 5 * time.Second
		p.want(generic, "start", "starting", "in recovery")
		p.allowed = 90 * time.Second
		p.want(success, "stop")
	})
}

func TestStubbornIsKilled(t *testing.T) {
	p := newPlace(t)
	p.parameters["command"] += " --stubborn"
	p.want(success, "start")
	p.want(success, "stop")
	if p.process() {
		t.Error("it is still there")
	}
}

// TestProbeElsewhere: on a node that has neither the data nor, as where it lies on them, the program, nothing runs and nothing is wrong.
func TestProbeElsewhere(t *testing.T) {
	p := newPlace(t)
	p.parameters["binary"], p.parameters["datadir"] = "/nowhere/kwbase", "/nowhere"
	p.want(notRunning, "monitor")
	p.want(success, "stop")
	p.want(installed, "start", "there is no program")
	p.parameters["binary"] = filepath.Join(p.dir, "bin/kwbase")
	p.parameters["datadir"] = p.dir
	p.want(generic, "start", "nothing is mounted")
	p.parameters["datadir"] = ""
	p.parameters["insecure"], p.parameters["certs_dir"] = "false", "/nowhere"
	p.want(installed, "validate-all", "ca.crt")
	p.parameters["insecure"], p.parameters["port"] = "true", "0"
	p.want(configured, "validate-all", "port")
	p.want(unsupported, "promote")
	p.byUnit()
	p.parameters["port"], p.parameters["unit"] = "1", "other.service"
	p.want(notRunning, "monitor")
	p.want(installed, "validate-all", "other.service")
}

// TestPidOfSomebodyElse: a number that the kernel has given to another program since is not the database.
func TestPidOfSomebodyElse(t *testing.T) {
	p := newPlace(t)
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.dir, "kwdb-db.pid")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%d 1 %s", os.Getpid(), boot), 0o600); err != nil {
		t.Fatal(err)
	}
	p.want(notRunning, "monitor")
	p.want(success, "stop")
}

func TestMetadata(t *testing.T) {
	for name, parameters := range map[string]int{"kwdb": 15, "pgsql": 17, "mirror": 3, "systemd": 1} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.name = name
			_, text := p.run("meta-data")
			known := map[string]string{"kwdb": "datadir", "pgsql": "pgdata", "mirror": "config", "systemd": "unit"}[name]
			called := map[string]string{"zh-CN": "数据目录", "en": "Data directory"}
			switch name {
			case "mirror":
				called = map[string]string{"zh-CN": "配置文件", "en": "Configuration file"}
			case "systemd":
				called = map[string]string{"zh-CN": "单元", "en": "Unit"}
			}
			for language, want := range called {
				m, err := pacemaker.ParseMetadata("ocf:hawser:"+name, []byte(text), language)
				if err != nil {
					t.Fatal(err)
				}
				if m.Short == "" || len(m.Parameters) != parameters || len(m.Actions) < 5 {
					t.Errorf("%s: %q, %d parameters, %d actions", language, m.Short, len(m.Parameters), len(m.Actions))
				}
				if !slices.ContainsFunc(m.Parameters, func(p ha.AgentParameter) bool { return p.Name == known && p.Short == want }) {
					t.Errorf("%s: %s is not called %q", language, known, want)
				}
				for _, one := range m.Parameters {
					if one.Long == "" || one.Short == "" {
						t.Errorf("%s: parameter %s has no description", language, one.Name)
					}
				}
			}
		})
	}
}

func TestInstall(t *testing.T) {
	root := t.TempDir()
	first, err := ocf.Install(root, engine.WriteFile)
	if err != nil || len(first) == 0 {
		t.Fatal(first, err)
	}
	if again, err := ocf.Install(root, engine.WriteFile); err != nil || len(again) != 0 {
		t.Errorf("written again: %v %v", again, err)
	}
	if err := os.WriteFile(first[0], []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if again, err := ocf.Install(root, engine.WriteFile); err != nil || len(again) != 1 {
		t.Errorf("not mended: %v %v", again, err)
	}
	info, err := os.Stat(first[0])
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v %v", info, err)
	}
}

// TestInstallReadable: Pacemaker's controller is not root, and reads how agents describe themselves; also where the folder was made so that it
// could not.
func TestInstallReadable(t *testing.T) {
	root := t.TempDir()
	before := syscall.Umask(0o077) // the agent's own
	defer syscall.Umask(before)
	for _, round := range []string{"new", "made before"} {
		if _, err := ocf.Install(root, engine.WriteFile); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(root, ocf.Dir, "hawser")
		for path, want := range map[string]os.FileMode{dir: 0o755, filepath.Join(dir, "pgsql"): 0o755} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %s: %v, %v", round, path, info.Mode(), err)
			}
		}
		if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // as it was made
			t.Fatal(err)
		}
	}
}
