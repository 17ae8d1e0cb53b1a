package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/engine/live"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// machine is a host whose files lie in a folder, and whose programs are functions.
type machine struct {
	t    *testing.T
	root string
	run.Fake
	driver *live.Driver

	mu      sync.Mutex // guards what is below
	active  map[string]bool
	enabled bool
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir(), active: map[string]bool{}}
	for _, dir := range []string{"/etc/corosync", "/run", "/var/lib/pacemaker/cib", "/var/lib/pacemaker/pengine", "/var/lib/corosync", "/var/log/pacemaker", "/var/log/corosync"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m.Program("systemctl", m.systemctl)
	m.Program("crm_mon", func(context.Context, run.Command) run.Output {
		data, err := os.ReadFile("../../pacemaker/testdata/2.1.5/crm_mon/fenced.xml")
		if err != nil {
			t.Error(err)
		}
		return run.Output{Stdout: data}
	})
	m.Program("cibadmin", func(_ context.Context, c run.Command) run.Output {
		if slices.Equal(c.Args, []string{"--empty"}) {
			return run.Output{Stdout: []byte(`<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`)}
		}
		if !m.up() {
			return run.Output{Code: 102, Stderr: []byte("Connection to the CIB manager failed")}
		}
		return run.Output{Stdout: []byte("<cib><configuration/></cib>")}
	})
	var err error
	if m.driver, err = live.New(live.Options{Runner: &m.Fake, Node: "m1", Root: m.root}); err != nil {
		t.Fatal(err)
	}
	return m
}

// systemctl behaves: pacemaker's socket is there while the unit is active, and pacemaker needs corosync.
func (m *machine) systemctl(_ context.Context, c run.Command) run.Output {
	m.mu.Lock()
	defer m.mu.Unlock()
	unit := c.Args[len(c.Args)-1]
	socket := filepath.Join(m.root, "/run/cib_rw")
	switch c.Args[0] {
	case "start":
		if unit == "pacemaker.service" {
			if !m.active["corosync.service"] {
				return run.Output{Code: 1, Stderr: []byte("dependency failed")}
			}
			m.write("/run/cib_rw", "")
		}
		m.active[unit] = true
	case "stop":
		m.active[unit] = false
		if unit == "pacemaker.service" {
			if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
				m.t.Error(err)
			}
		}
	case "is-active":
		if !m.active[unit] {
			return run.Output{Code: 3, Stdout: []byte("inactive\n")}
		}
		return run.Output{Stdout: []byte("active\n")}
	case "enable", "disable":
		m.enabled = c.Args[0] == "enable"
	case "is-enabled":
		if !m.enabled {
			return run.Output{Code: 1, Stdout: []byte("disabled\n")}
		}
		return run.Output{Stdout: []byte("enabled\n")}
	}
	return run.Output{}
}

func (m *machine) up() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.active["pacemaker.service"]
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	f, err := os.OpenFile(filepath.Join(m.root, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Error(err)
		return
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		m.t.Error(err)
	}
}

func TestFiles(t *testing.T) {
	m := newMachine(t)
	want := engine.Files{Conf: []byte("totem {\n}\n"), Authkey: bytes.Repeat([]byte{1}, 128), Autostart: true}
	for range 2 { // done twice is done once
		if err := m.driver.WriteFiles(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := m.driver.Files(t.Context())
	if err != nil || !bytes.Equal(got.Conf, want.Conf) || !bytes.Equal(got.Authkey, want.Authkey) || !got.Autostart {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(filepath.Join(m.root, "/etc/corosync/authkey"))
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("the key has mode %v, %v", info.Mode(), err)
	}
	m.write("/var/lib/pacemaker/cib/cib.xml", "<cib/>")
	m.write("/var/lib/pacemaker/pengine/pe-input-1.bz2", "x")
	if err := m.driver.WriteFiles(t.Context(), engine.Files{}); err != nil {
		t.Fatal(err)
	}
	if err := m.driver.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err = m.driver.Files(t.Context())
	left, _ := filepath.Glob(m.root + "/var/lib/pacemaker/*/*")
	if err != nil || got.Conf != nil || got.Authkey != nil || got.Autostart || len(left) > 0 {
		t.Errorf("left are %+v and %v, %v", got, left, err)
	}
	for _, c := range m.Seen() {
		if strings.Contains(strings.Join(c.Args, " "), string(want.Authkey)) {
			t.Errorf("the key is in the arguments of %s", c.Name)
		}
	}
}

func TestStartAndStop(t *testing.T) {
	m := newMachine(t)
	st, err := m.driver.State(t.Context())
	if err != nil || st.Running || st.Engine != "pacemaker" || st.Reporter != "m1" {
		t.Errorf("got %+v, %v", st, err)
	}
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: ours\n}\n")
	if err := m.driver.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if on, err := m.driver.Running(t.Context()); err != nil || !on {
		t.Errorf("it does not run: %v", err)
	}
	if st, err = m.driver.State(t.Context()); err != nil || !st.Running || len(st.Nodes) != 3 {
		t.Errorf("got %+v, %v", st, err)
	}
	if err := m.driver.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if up, err := m.driver.Up(t.Context()); err != nil || up {
		t.Errorf("it is still up: %v", err)
	}
	if _, err := m.driver.CIB(t.Context()); !errors.Is(err, engine.ErrDown) {
		t.Errorf("got %v", err)
	}
}

// TestFirstStart: a node without a CIB gets one that does not have it wait for others, and that none of theirs can lose against.
func TestFirstStart(t *testing.T) {
	m := newMachine(t)
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: ours\n}\n")
	path := filepath.Join(m.root, "/var/lib/pacemaker/cib/cib.xml")
	if err := m.driver.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil || cib.Version() != (ha.Version{}) || cib.Config().Properties[ha.FirstStartProperty] == "" {
		t.Errorf("%v: %s", err, data)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	// A node that has been in a cluster keeps what it knows, whatever of it is left.
	for _, kept := range []string{path, filepath.Join(filepath.Dir(path), "cib-1.raw")} {
		if err := errors.Join(m.driver.Stop(t.Context()), m.driver.Forget(t.Context()), os.WriteFile(kept, []byte("<cib/>"), 0o600), m.driver.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		found, _ := filepath.Glob(filepath.Dir(path) + "/*")
		if data, err := os.ReadFile(kept); err != nil || string(data) != "<cib/>" || len(found) != 1 {
			t.Errorf("%v: %s, %v", err, data, found)
		}
	}
}

// TestWatch follows logs as the daemons write them: what they tell is told at once, their chatter is not told at all.
func TestWatch(t *testing.T) {
	m := newMachine(t)
	m.write("/etc/corosync/corosync.conf", "logging {\n to_logfile: yes\n logfile: /var/log/corosync/corosync.log\n}\n")
	m.write("/var/log/pacemaker/pacemaker.log", "Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @epoch=1\n")
	m.write("/var/log/corosync/corosync.log", "")
	if err := m.driver.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	triggers, ended := make(chan engine.Trigger, 64), make(chan error, 1)
	go func() { ended <- m.driver.Watch(ctx, func(tr engine.Trigger) { triggers <- tr }) }()
	want := func(what string, config bool) {
		t.Helper()
		select {
		case tr := <-triggers:
			if tr.Same || tr.Config != config {
				t.Errorf("%s is told as %+v", what, tr)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s is not told", what)
		}
	}
	silence := func(what string) {
		t.Helper()
		select {
		case tr := <-triggers:
			t.Errorf("%s is told as %+v", what, tr)
		case <-time.After(time.Second): // longer than signs are gathered
		}
	}
	want("the beginning", true)
	silence("what was logged before")
	m.write("/var/log/pacemaker/pacemaker.log", "Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @num_updates=9\n")
	want("a status", false)
	m.write("/var/log/pacemaker/pacemaker.log", "Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @epoch=6, @num_updates=0\n")
	want("a configuration", true)
	m.write("/var/log/pacemaker/pacemaker.log", "Nov 21 m1 IPaddr2(ip)[77] INFO: ARPING 10.0.0.1\nNov 21 m1 pacemaker-contr")
	silence("an agent's chatter")
	m.write("/var/log/pacemaker/pacemaker.log", "old [45] (do_state_transition) notice: State transition S_TRANSITION_ENGINE -> S_IDLE\n")
	want("a line in two parts", false)
	m.write("/var/log/corosync/corosync.log", "Nov 21 [21] m1 corosync info    [KNET  ] link: host: 2 link: 1 is down\n")
	want("a link", false)
	if err := os.Rename(m.root+"/var/log/pacemaker/pacemaker.log", m.root+"/var/log/pacemaker/pacemaker.log.1"); err != nil {
		t.Fatal(err)
	}
	m.write("/var/log/pacemaker/pacemaker.log", "Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @num_updates=10\n")
	want("a line of a new file", false)
	m.write("/var/lib/pacemaker/cib/cib.xml", "<cib/>")
	want("the CIB's file", true)
	if err := m.driver.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("the end of pacemaker", true)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch ended with %v", err)
	}
}

// TestWatchRests: an observation that takes long, as on a busy machine, is not followed by the next at once, however much happens.
func TestWatchRests(t *testing.T) {
	const takes, during = 250 * time.Millisecond, 5 * time.Second
	m := newMachine(t)
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: ours\n}\n")
	m.write("/var/log/pacemaker/pacemaker.log", "")
	if err := m.driver.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	looked, ended := 0, make(chan error, 1)
	go func() {
		ended <- m.driver.Watch(ctx, func(engine.Trigger) {
			looked++
			<-time.After(takes)
		})
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		<-tick.C
		m.write("/var/log/pacemaker/pacemaker.log", fmt.Sprintf("Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @num_updates=%d\n", n))
	}
	if err := <-ended; err != nil {
		t.Errorf("Watch ended with %v", err)
	}
	if most := int(during/(5*takes)) + 1; looked < 2 || looked > most {
		t.Errorf("%d observations of %s in %s, want %d at most", looked, takes, during, most)
	}
}

// watched starts a host whose logs are followed, as soon as its first look is over. The end of it stops following.
func watched(t *testing.T) (m *machine, looks chan engine.Trigger, end func()) {
	t.Helper()
	m = newMachine(t)
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: ours\n}\n")
	m.write("/var/log/pacemaker/pacemaker.log", "")
	if err := m.driver.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	looks, ended := make(chan engine.Trigger, 64), make(chan error, 1)
	go func() { ended <- m.driver.Watch(ctx, func(tr engine.Trigger) { looks <- tr }) }()
	<-looks
	return m, looks, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Watch ended with %v", err)
		}
	}
}

// TestWatchSettles: nobody looks in the middle of a failover, which tells something new all the time, and somebody does after it.
func TestWatchSettles(t *testing.T) {
	const course, step, steady = time.Second, 50 * time.Millisecond, 200 * time.Millisecond
	for try := 0; ; try++ {
		m, looks, end := watched(t)
		gap, before := time.Duration(0), time.Now()
		for began, n := before, 0; time.Since(began) < course; n++ {
			m.write("/var/log/pacemaker/pacemaker.log", fmt.Sprintf("Nov 21 m1 pacemaker-based [40] (cib_perform_op) info: +  /cib:  @num_updates=%d\n", n))
			<-time.After(step)
			gap, before = max(gap, time.Since(before)), time.Now()
		}
		during := len(looks)
		if gap > steady && try < 20 { // this machine did not come round to telling it steadily
			end()
			continue
		}
		if during > 0 {
			t.Errorf("%d looks in the middle of it", during)
		}
		select {
		case <-looks:
		case <-time.After(20 * time.Second):
			t.Error("no look after it")
		}
		end()
		return
	}
}

// TestIdle: while this node's controller says that a transition goes on, nobody asks whether it does; afterwards scheduler and controller
// are asked.
func TestIdle(t *testing.T) {
	m, looks, end := watched(t)
	defer end()
	var asked []string
	m.Program("crm_simulate", func(context.Context, run.Command) run.Output {
		asked = append(asked, "scheduler")
		return run.Output{Stdout: []byte("<pacemaker-result><actions/></pacemaker-result>")}
	})
	m.Program("crmadmin", func(_ context.Context, c run.Command) run.Output {
		asked = append(asked, c.Args[0])
		return run.Output{Stdout: []byte("Status of crmd@m1: S_IDLE (ok)")}
	})
	idle := func() bool {
		t.Helper()
		is, err := m.driver.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	const line = "Nov 21 m1 pacemaker-controld [45] (do_state_transition) notice: State transition %s | input=I cause=C\n"
	m.write("/var/log/pacemaker/pacemaker.log", fmt.Sprintf(line, "S_IDLE -> S_POLICY_ENGINE")+fmt.Sprintf(line, "S_POLICY_ENGINE -> S_TRANSITION_ENGINE"))
	<-looks
	if idle() || len(asked) > 0 {
		t.Errorf("in a transition %q is asked", asked)
	}
	m.write("/var/log/pacemaker/pacemaker.log", fmt.Sprintf(line, "S_TRANSITION_ENGINE -> S_IDLE"))
	<-looks
	if !idle() || !slices.Equal(asked, []string{"scheduler", "--status=m1"}) {
		t.Errorf("after it %q is asked", asked)
	}
}

func TestPreflight(t *testing.T) {
	m := newMachine(t)
	m.write("/etc/corosync/corosync.conf", "totem {\n version: 2\n cluster_name: theirs\n}\n")
	m.Program("corosync", func(context.Context, run.Command) run.Output {
		return run.Output{Stdout: []byte("Corosync Cluster Engine, version '2.4.5'\n")}
	})
	checks, err := m.driver.Preflight(t.Context(), &ha.Setup{Name: "x", Nodes: []ha.SetupNode{{Name: "other", Addresses: []string{"192.0.2.1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, c := range checks {
		found[c.Code] = c.Result
	}
	for code, want := range map[string]string{"packages": "failed", "no_other_cluster": "failed", "node_name": "failed"} {
		if found[code] != want {
			t.Errorf("%s is %q, want %s", code, found[code], want)
		}
	}
	testkit.NoLeaks(t)
}
