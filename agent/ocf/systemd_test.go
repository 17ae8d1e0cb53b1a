package ocf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/ocf"
	"hawser/internal/testkit"
)

// managerFile is where the stand-in for systemd keeps what it knows.
const managerFile = "manager.json"

const (
	webUnit  = "web.service"
	dropIns  = "/run/systemd/system/" + webUnit + ".d"
	ourDrop  = dropIns + "/zz-hawser.conf"
	stopping = "17" // number of a job
)

// manager is a systemd that has one unit, and Pacemaker beside it.
type manager struct {
	Load, Active, Job, Result, Type, Boot string
	Status, Main                          int
	// Kept says that another unit names it, so that systemd keeps it in mind while it does not run. What is kept was read by a name and a time.
	Kept, InMind bool
	Read         map[string]time.Time
	Reloads      int
	Starts, Ever int    // how often it was started: since the last reset-failed, and in all
	Goes         string // how a start goes: well, fails, ends
	Stays        bool   // a stop does not get to its end
	Again        int    // how often its socket starts it after a stop
	Cluster      string // a job of Pacemaker's own unit
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// change does something to the systemd in a folder. Two may not at once.
func change(dir string, do func(*manager)) error {
	path := filepath.Join(dir, managerFile)
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	var m manager
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	do(&m)
	m.advance()
	if raw, err = json.Marshal(m); err != nil {
		return err
	}
	// In one step: a systemctl that waits may be ended at any moment.
	return errors.Join(os.WriteFile(path+".new", raw, 0o600), os.Rename(path+".new", path))
}

// onDisk are the unit's drop-ins that systemd would read.
func onDisk() map[string]time.Time {
	found := map[string]time.Time{}
	paths, _ := filepath.Glob(dropIns + "/*.conf")
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			found[p] = info.ModTime()
		}
	}
	return found
}

// remember has the unit in mind from now on.
func (m *manager) remember() {
	if !m.InMind {
		m.Read, m.InMind = onDisk(), true
	}
}

// stale says whether what was read is not what is there.
func (m *manager) stale() bool {
	now := onDisk()
	if len(now) != len(m.Read) {
		return true
	}
	for p, at := range now {
		if read, is := m.Read[p]; !is || at.After(read) {
			return true
		}
	}
	return false
}

// advance carries a stop to its end, where it does not wait, and forgets what nobody names.
func (m *manager) advance() {
	_, ordered := m.Read[ourDrop]
	if m.Job == stopping && !m.Stays && (m.Cluster == "" || !ordered) {
		m.Job = "0"
		if m.Active = "inactive"; m.Again > 0 {
			m.Again, m.Active = m.Again-1, "active"
		}
	}
	if m.Active == "inactive" && !m.Kept && m.Job != stopping {
		m.InMind, m.Read, m.Starts = false, nil, 0
	}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// show prints a unit as systemctl does: not in the order in which it was asked.
func (m *manager) show(unit string) {
	switch unit {
	case webUnit:
		m.remember()
		var paths []string
		for p := range m.Read {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		fmt.Printf("Type=%s\nMainPID=%d\nResult=%s\nExecMainStatus=%d\nLoadState=%s\nActiveState=%s\nDropInPaths=%s\nUnitFileState=%s\nNeedDaemonReload=%s\n",
			m.Type, m.Main, m.Result, m.Status, m.Load, m.Active, strings.Join(paths, " "), m.Boot, yes(m.stale()))
		if m.Job != "0" {
			fmt.Printf("Job=%s\n", m.Job)
		}
	case "pacemaker.service":
		fmt.Println("LoadState=loaded\nActiveState=active")
		if m.Cluster != "" {
			fmt.Printf("Job=%s\n", m.Cluster)
		}
	default:
		fmt.Println("LoadState=not-found\nActiveState=inactive\nNeedDaemonReload=no")
	}
}

// manage is systemctl.
func manage(dir string, args []string) int {
	verb, block, units := args[0], !slices.Contains(args, "--no-block"), []string(nil)
	if i := slices.Index(args, "--"); i > 0 {
		units = args[i+1:]
	}
	known := slices.Contains(units, webUnit)
	code := 0
	say := func(with int, text string) {
		fmt.Fprintln(os.Stderr, text)
		code = with
	}
	for {
		waits := false
		err := change(dir, func(m *manager) {
			switch verb {
			case "show":
				for i, u := range units {
					if i > 0 {
						fmt.Println()
					}
					m.show(u)
				}
			case "is-active":
				state := "inactive"
				if known {
					state = m.Active
				}
				fmt.Println(state)
				if state != "active" && state != "reloading" {
					code = 3
				}
			case "daemon-reload":
				m.Reloads++
				m.Read = onDisk()
			case "reset-failed":
				if !known || !m.InMind {
					say(1, "Unit not loaded.")
					return
				}
				m.Starts = 0
				if m.Active == "failed" {
					m.Active = "inactive"
				}
			case "start":
				m.start(known, say)
			case "stop":
				switch {
				case !known || !m.InMind:
					say(5, "Failed to stop: Unit not loaded.")
				case m.Active == "inactive" || m.Active == "failed" && m.Job == "0":
				default:
					m.Job = stopping
					m.advance()
					waits = block && m.Job == stopping
				}
			default:
				say(2, "Unknown command verb "+verb)
			}
		})
		if err != nil {
			say(1, err.Error())
		}
		if !waits {
			return code
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (m *manager) start(known bool, say func(int, string)) {
	switch {
	case !known:
		say(5, "Failed to start: Unit not found.")
		return
	case m.Active == "active":
		return
	}
	m.remember()
	m.Starts, m.Ever = m.Starts+1, m.Ever+1
	switch {
	case m.Starts > 5:
		m.Active, m.Result = "failed", "start-limit-hit"
		say(1, "Job for web.service failed.\nSee journalctl.")
	case m.Goes == "fails":
		m.Active, m.Result, m.Status = "failed", "exit-code", 3
		say(1, "Job for web.service failed because the control process exited with error code.\nSee journalctl.")
	case m.Goes == "ends":
		m.Active, m.Result, m.Status = "inactive", "success", 0
	default:
		m.Active, m.Result, m.Status = "active", "success", 0
	}
}

// service is a place with that systemd.
type service struct{ *place }

func newService(t *testing.T) *service {
	t.Helper()
	testkit.Need(t, "root", "sandbox", "ocf")
	s := &service{&place{t: t, name: "systemd", dir: t.TempDir(), allowed: 20 * time.Second, parameters: map[string]string{"unit": webUnit}}}
	s.path = filepath.Join(s.dir, "systemd") + ":" + os.Getenv("PATH")
	s.runDir = filepath.Join(s.dir, "run")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(s.runDir, "systemd/system"), filepath.Join(s.dir, "systemd")} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(s.dir, "systemd/systemctl")); err != nil {
		t.Fatal(err)
	}
	if _, err := ocf.Install(s.dir, engine.WriteFile); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{s.dir, filepath.Dir(s.dir)} { // ocf-tester looks whether another user may start the agent
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
			t.Fatal(err)
		}
	}
	s.set(func(m *manager) {
		*m = manager{Load: "loaded", Active: "inactive", Job: "0", Result: "success", Type: "notify", Boot: "disabled"}
	})
	return s
}

// set changes the systemd.
func (s *service) set(do func(*manager)) {
	s.t.Helper()
	if err := change(s.dir, do); err != nil {
		s.t.Fatal(err)
	}
}

// is looks at it.
func (s *service) is() (seen manager) {
	s.t.Helper()
	s.set(func(m *manager) { seen = *m })
	return seen
}

// laid is the drop-in that systemd would read; empty where there is none.
func (s *service) laid(unit string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.runDir, "systemd/system", unit+".d", "zz-hawser.conf"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(text)
}

// reloads fails where systemd has read everything anew more or less often.
func (s *service) reloads(want int) {
	s.t.Helper()
	if got := s.is().Reloads; got != want {
		s.t.Errorf("%d times daemon-reload, want %d", got, want)
	}
}

func TestSystemd(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run("kept in mind "+yes(kept), func(t *testing.T) {
			s := newService(t)
			s.set(func(m *manager) { m.Kept = kept; m.remember() })
			for round := range 3 {
				s.want(notRunning, "monitor")
				s.want(success, "stop")
				s.want(success, "start")
				m := s.is()
				if _, read := m.Read[ourDrop]; m.Active != "active" || !read {
					t.Errorf("round %d: %+v", round, m)
				}
				for _, line := range []string{"Before=pacemaker.service pacemaker_remote.service", "[Service]", "Restart=no"} {
					if text := s.laid(webUnit); !strings.Contains(text, line+"\n") {
						t.Errorf("no %q in %q", line, text)
					}
				}
				s.want(success, "monitor")
				s.want(success, "start") // again: nothing to do
				if m := s.is(); m.Ever != round+1 {
					t.Errorf("round %d: %d starts", round, m.Ever)
				}
				s.want(success, "stop")
				if text := s.laid(webUnit); text != "" {
					t.Errorf("after a stop it is still told: %q", text)
				}
				s.want(success, "stop")
			}
			// Once where systemd had read the unit before, and never after: what comes back is what it has read.
			s.reloads(map[bool]int{false: 0, true: 1}[kept])
			if kept {
				s.set(func(m *manager) { m.Read = map[string]time.Time{} }) // somebody else's, while it was aside
				s.want(success, "start")
				s.reloads(2)
			}
		})
	}
}

func TestSystemdTester(t *testing.T) {
	newService(t).tester(t)
}

// TestSystemdOther: a drop-in of another version is replaced, and systemd told.
func TestSystemdOther(t *testing.T) {
	s := newService(t)
	s.want(success, "start")
	path := filepath.Join(s.runDir, "systemd/system", webUnit+".d", "zz-hawser.conf")
	if err := os.WriteFile(path, []byte("[Service]\nRestart=always\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(success, "start")
	s.reloads(1)
	if text := s.laid(webUnit); !strings.Contains(text, "Restart=no") {
		t.Errorf("it says %q", text)
	}
}

func TestSystemdNames(t *testing.T) {
	s := newService(t)
	for _, bad := range []string{"", "web service", "web;reboot", "$(reboot).service", "../web.service", "a/b.mount", "web*.service", "wéb", "pg@.service", "pg@", "sda.device", "web.slice", "s.scope", strings.Repeat("w", 256)} {
		s.parameters["unit"] = bad
		for _, action := range []string{"start", "stop", "monitor", "validate-all"} {
			if code, said := s.run(action); code != configured || !strings.Contains(said, "ocf-exit-reason:unit ") {
				t.Errorf("%q: %s ended with %d: %s", bad, action, code, said)
			}
		}
	}
	for _, good := range []string{"other", "other.service", "pg@15-main", `srv-my\x2dfs.mount`, "a.b", "a:b_c.timer", "-.mount"} {
		s.parameters["unit"] = good
		if code, said := s.run("monitor"); code != notRunning {
			t.Errorf("%q: monitor ended with %d: %s", good, code, said)
		}
	}
	for _, same := range []string{"web", "web.service"} {
		s.parameters["unit"] = same
		s.want(success, "validate-all")
	}
}

// TestSystemdKinds: what only a service understands is told to services only.
func TestSystemdKinds(t *testing.T) {
	s := newService(t)
	s.parameters["unit"] = "srv.mount"
	s.want(installed, "start", "no unit srv.mount")
	if dir := filepath.Join(s.runDir, "systemd/system/srv.mount.d"); exists(dir) {
		t.Errorf("%s is left", dir)
	}
	script, err := os.ReadFile(s.agent())
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(script), "\ntext() {")
	end := strings.Index(string(script)[at:], "\n}\n")
	out, err := exec.Command("sh", "-c", "unit=srv.mount\n"+string(script)[at:at+end+3]+"text\necho \"$text\"").Output()
	if err != nil || strings.Contains(string(out), "Restart") || !strings.Contains(string(out), "Before=") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestSystemdNotThere: a unit that this node does not have, or may not start.
func TestSystemdNotThere(t *testing.T) {
	for load, word := range map[string]string{"not-found": "no unit web.service", "masked": "masked", "bad-setting": "LoadState=bad-setting"} {
		s := newService(t)
		s.set(func(m *manager) { m.Load = load })
		s.want(installed, "start", "ocf-exit-reason:", word)
		if dir := filepath.Join(s.runDir, "systemd/system", webUnit+".d"); exists(dir) {
			t.Errorf("%s: %s is left", load, dir)
		}
		s.want(installed, "validate-all", word)
		s.want(notRunning, "monitor")
		s.want(success, "stop")
	}
	// Its file has gone while it runs: it is what has to be stopped.
	s := newService(t)
	s.want(success, "start")
	s.set(func(m *manager) { m.Load = "not-found" })
	s.want(success, "monitor")
	s.want(success, "stop")
	if m := s.is(); m.Active != "inactive" {
		t.Errorf("it is %s", m.Active)
	}
}

func TestSystemdFails(t *testing.T) {
	s := newService(t)
	s.set(func(m *manager) { m.Goes = "fails" })
	s.want(generic, "start", "ocf-exit-reason:web.service not started: Result=exit-code, status 3: Job for web.service failed because")
	s.want(notRunning, "monitor", "ocf-exit-reason:web.service has failed: Result=exit-code, status 3")
	s.want(success, "stop")
	s.set(func(m *manager) { m.Goes, m.Starts, m.Kept, m.InMind = "", 5, true, true }) // started so often that systemd would refuse
	s.want(success, "start")
	s.want(success, "stop")
	s.set(func(m *manager) { m.Goes = "ends" })
	s.want(generic, "start", "RemainAfterExit=yes")
}

// TestSystemdSimple: a process that has not got as far as its program is no unit that has started.
func TestSystemdSimple(t *testing.T) {
	s := newService(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "(web)")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(path)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	s.set(func(m *manager) { m.Type, m.Main = "simple", child.Process.Pid })
	type end struct {
		code int
		said string
	}
	done := make(chan end, 1)
	go func() { code, said := s.run("start"); done <- end{code, said} }()
	testkit.Eventually(t, func() error {
		if s.is().Active != "active" {
			return errors.New("not started yet")
		}
		return nil
	})
	select {
	case e := <-done:
		t.Errorf("start ended with %d before there was a program: %s", e.code, e.said)
		done <- e
	case <-time.After(300 * time.Millisecond): // what must not happen needs time in which it could
	}
	s.set(func(m *manager) { m.Active, m.Result, m.Status = "failed", "exit-code", 203 })
	_ = child.Process.Kill()
	_ = child.Wait()
	if e := <-done; e.code != generic || !strings.Contains(e.said, "Result=exit-code, status 203") {
		t.Errorf("start ended with %d: %s", e.code, e.said)
	}
	s.set(func(m *manager) { m.Active, m.Main = "inactive", os.Getpid() })
	s.want(success, "start")
}

// TestSystemdOnItsWay: what is neither up nor down is waited for.
func TestSystemdOnItsWay(t *testing.T) {
	for _, c := range []struct {
		name, job, then string
		want            int
	}{
		{"activating", "3", "active", success},
		{"deactivating", stopping, "inactive", notRunning},
		{"inactive", "3", "active", success}, // between the stop and the start of a restart
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t)
			s.set(func(m *manager) { m.Active, m.Job, m.Stays, m.InMind = c.name, c.job, true, true })
			done := make(chan int, 1)
			go func() { code, _ := s.run("monitor"); done <- code }()
			select {
			case code := <-done:
				t.Errorf("monitor ended with %d meanwhile", code)
				done <- code
			case <-time.After(500 * time.Millisecond): // what must not happen needs time in which it could
			}
			s.set(func(m *manager) { m.Active, m.Job = c.then, "0" })
			if code := <-done; code != c.want {
				t.Errorf("monitor ended with %d, want %d", code, c.want)
			}
		})
	}
	s := newService(t)
	s.allowed = 5 * time.Second
	s.set(func(m *manager) { m.Active, m.Job = "activating", "3" })
	began := time.Now()
	s.want(generic, "monitor", "ocf-exit-reason:web.service is still activating")
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("given up after %s", took)
	}
	s.set(func(m *manager) { m.Active, m.Job = "reloading", "0" })
	s.want(success, "monitor")
}

// TestSystemdStops: a stop that has ended is one of a unit that has.
func TestSystemdStops(t *testing.T) {
	s := newService(t)
	s.want(success, "start")
	s.set(func(m *manager) { m.Again = 2 }) // its socket is still there
	s.want(success, "stop")
	if m := s.is(); m.Active != "inactive" {
		t.Errorf("it is %s", m.Active)
	}
	s.want(success, "start")
	s.allowed = 5 * time.Second
	s.set(func(m *manager) { m.Stays = true })
	s.want(generic, "stop", "ocf-exit-reason:web.service not stopped, but active")
	if s.laid(webUnit) == "" {
		t.Error("it runs, and systemd may start it again")
	}
	s.allowed = 20 * time.Second
	s.set(func(m *manager) { m.Stays, m.Active, m.Job = false, "failed", "0" })
	s.want(success, "stop")
}

// TestSystemdShutdown: Pacemaker's own stop waits for this one, and systemd would have this one wait for Pacemaker's.
func TestSystemdShutdown(t *testing.T) {
	s := newService(t)
	s.want(success, "start")
	s.set(func(m *manager) { m.Cluster = stopping })
	s.want(success, "stop") // it would wait until its time is up
	s.reloads(1)
}

// TestSystemdAtBoot: a unit that systemd starts at boot is run all the same, and said.
func TestSystemdAtBoot(t *testing.T) {
	s := newService(t)
	s.set(func(m *manager) { m.Boot = "enabled" })
	s.want(success, "start", "systemctl disable web.service")
	s.want(success, "stop")
	s.set(func(m *manager) { m.Boot = "static" })
	if _, said := s.run("start"); strings.Contains(said, "disable") {
		t.Error(said)
	}
}
