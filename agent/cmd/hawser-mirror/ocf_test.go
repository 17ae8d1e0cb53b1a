package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/ocf"
	"hawser/internal/testkit"
)

// The exit codes of the OCF standard.
const (
	success        = 0
	generic        = 1
	installed      = 5
	configured     = 6
	notRunning     = 7
	asPromoted     = 8
	failedPromoted = 9
)

// place is a node with the resource agent, one side of a volume, and a CIB in a file, which Pacemaker's own tools read and change. The other
// node has left it in good order.
type place struct {
	*rig
	t       *testing.T
	side    *side
	cib     string
	config  string
	allowed time.Duration
	before  string // of PATH
}

func newPlace(t *testing.T) *place {
	t.Helper()
	testkit.Need(t, "root", "fuse", "ocf", "pacemaker-tools")
	r := newRig(t, diskSize)
	p := &place{rig: r, t: t, side: r.sides[1], allowed: time.Minute, before: os.Getenv("PATH")}
	dir := filepath.Dir(r.set)
	p.cib = filepath.Join(dir, "cib.xml")
	must(t, os.WriteFile(p.cib, []byte(cluster(`in_ccm="false" crmd="offline" join="down" expected="down"`)), 0o600))
	p.side.Nodes, p.side.Helper, p.side.Link = []string{"n1", "n2"}, nil, "/dev/hawser/test-"+filepath.Base(dir)
	p.side.save(t)
	p.config = p.side.file
	script, is := ocf.Script("ocf:hawser:mirror")
	if !is {
		t.Fatal("there is no agent")
	}
	must(t, os.MkdirAll(filepath.Dir(p.agent()), 0o755)) //nolint:gosec // a folder of a test
	must(t, os.WriteFile(p.agent(), script, 0o755))
	for _, d := range []string{dir, filepath.Dir(dir)} { // ocf-tester looks whether another user may start the agent
		must(t, os.Chmod(d, 0o755)) //nolint:gosec // a folder of a test
	}
	t.Cleanup(func() {
		p.allowed, p.config = time.Minute, p.side.file
		p.want(success, "stop")
	})
	p.side.order(t, "create-metadata", "--data", "source")
	p.tool("in-sync", "declare", "--nodes", "n1,n2", "--volume", volumeID, "--members", "1")
	return p
}

// cluster is a CIB of two nodes, the first of which is here and sees the second so.
func cluster(peer string) string {
	return `<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config/><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/><constraints/></configuration><status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/><node_state id="2" uname="n2" ` + peer + `/></status></cib>`
}

// tool runs hawser-mirror in the cluster.
func (p *place) tool(args ...string) string {
	p.t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), be+"=1", "HAWSER_LANG=en", "CIB_file="+p.cib)
	out, err := c.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

func (p *place) agent() string {
	return filepath.Join(filepath.Dir(p.set), ocf.Dir, "hawser", "mirror")
}

func (p *place) parameters() []string {
	self, err := filepath.Abs(os.Args[0])
	must(p.t, err)
	return []string{"config=" + p.config, "binary=" + self, "meet=0"}
}

func (p *place) environment() []string {
	env := append(os.Environ(), be+"=1", "HAWSER_LANG=en", "CIB_file="+p.cib, "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=vol", "OCF_RESOURCE_TYPE=mirror",
		"HA_RSCTMP="+filepath.Dir(p.set), "HA_LOGFACILITY=none", "OCF_RESKEY_CRM_meta_timeout="+fmt.Sprint(p.allowed.Milliseconds()),
		"OCF_RESKEY_CRM_meta_on_node=n1", "OCF_RESKEY_crm_feature_set=3.16.2", "OCF_RESKEY_CRM_meta_interval=10000")
	for _, o := range p.parameters() {
		env = append(env, "OCF_RESKEY_"+o)
	}
	return env
}

// run runs one action and returns its exit code with what it said.
func (p *place) run(action string, more ...string) (int, string) {
	p.t.Helper()
	c := exec.Command(p.agent(), action)
	c.Env = append(p.environment(), more...)
	began := time.Now()
	out, err := c.CombinedOutput()
	if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
		p.t.Fatalf("%s: %v", action, err)
	}
	if took := time.Since(began); took > p.allowed {
		p.t.Errorf("%s took %v of %v", action, took, p.allowed)
	}
	return c.ProcessState.ExitCode(), string(out)
}

func (p *place) want(code int, action string, words ...string) {
	p.t.Helper()
	got, said := p.run(action)
	if got != code {
		p.t.Fatalf("%s: %d, want %d: %s", action, got, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			p.t.Errorf("%s said nothing of %q: %s", action, w, said)
		}
	}
}

// score demands that the cluster has this promotion score; none is empty.
func (p *place) score(want string) {
	p.t.Helper()
	b, err := os.ReadFile(p.cib)
	must(p.t, err)
	got := ""
	if _, rest, found := strings.Cut(string(b), `name="master-vol" value="`); found {
		got, _, _ = strings.Cut(rest, `"`)
	}
	if got != want {
		p.t.Errorf("promotion score %q, want %q", got, want)
	}
}

func TestOCFTester(t *testing.T) {
	p := newPlace(t)
	args := []string{"-n", "vol"}
	for _, o := range p.parameters() {
		args = append(args, "-o", o)
	}
	c := exec.Command("ocf-tester", append(args, "-v", p.agent())...)
	c.Env = p.environment()
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "passed all tests") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestResource: the agent tells what is stopped, running, promoted and failed apart, and only a side that may be promoted has a score.
func TestResource(t *testing.T) {
	p := newPlace(t)
	p.want(notRunning, "monitor")
	p.want(success, "start")
	p.score("10")
	p.want(success, "start")
	p.want(success, "monitor")
	p.want(success, "demote")
	p.want(success, "promote")
	p.score("10000")
	p.want(asPromoted, "monitor")
	if to, err := os.Readlink(p.side.Link); err != nil || !strings.HasPrefix(to, "/dev/loop") {
		t.Errorf("%s leads to %q, %v", p.side.Link, to, err)
	}
	p.want(success, "promote")
	p.want(success, "demote")
	p.score("10")
	if _, err := os.Lstat(p.side.Link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is left: %v", err)
	}
	p.want(success, "monitor")

	// A daemon that dies is failed where it was promoted, and stopped where it was not.
	p.want(success, "promote")
	p.killDaemon(unix.SIGKILL)
	p.want(failedPromoted, "monitor", "its daemon has died")
	p.score("")
	p.want(success, "demote")
	p.want(notRunning, "monitor")
	p.want(success, "start")
	p.score("10")
	p.killDaemon(unix.SIGKILL)
	p.want(notRunning, "monitor")
	p.want(success, "stop")
	p.score("")

	// One that hangs is failed, and a stop ends it in time.
	p.want(success, "start")
	p.killDaemon(unix.SIGSTOP)
	p.want(generic, "monitor", "does not answer")
	p.score("")
	p.allowed = 25 * time.Second
	p.want(success, "stop")
	p.allowed = time.Minute
	p.want(notRunning, "monitor")
	p.want(success, "start")
	p.want(success, "promote")
	p.killDaemon(unix.SIGSTOP)
	p.want(failedPromoted, "monitor", "does not answer")
	p.allowed = 25 * time.Second
	p.want(success, "stop")
	p.allowed = time.Minute
	p.want(notRunning, "monitor")
}

// killDaemon sends the side's daemon a signal, and waits until it has come.
func (p *place) killDaemon(s unix.Signal) {
	p.t.Helper()
	pid := p.pid()
	must(p.t, unix.Kill(pid, s))
	want := map[unix.Signal]string{unix.SIGSTOP: ") T ", unix.SIGKILL: ""}[s]
	testkit.Eventually(p.t, func() error {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		switch {
		case want == "" && (err != nil || strings.Contains(string(b), ") Z ")), want != "" && strings.Contains(string(b), want):
			return nil
		}
		return fmt.Errorf("process %d: %s, %w", pid, b, err)
	})
}

// pid finds the daemon by its own configuration.
func (p *place) pid() int {
	p.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(p.t, err)
	for _, f := range all {
		b, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(b), "\x00--config\x00"+p.side.file+"\x00run\x00") {
			var pid int
			if _, err := fmt.Sscanf(f, "/proc/%d/", &pid); err == nil {
				return pid
			}
		}
	}
	p.t.Fatal("no daemon runs")
	return 0
}

// TestStopInUse: a device that is mounted fails demote and stop; what was written through it is not lost.
func TestStopInUse(t *testing.T) {
	p := newPlace(t)
	p.want(success, "start")
	p.want(success, "promote")
	dir := filepath.Join(t.TempDir(), "fs")
	must(t, os.Mkdir(dir, 0o700))
	tool(t, "mkfs.ext4", "-q", "-F", p.side.Link)
	tool(t, "mount", p.side.Link, dir)
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	p.want(generic, "demote", "still in use")
	p.want(generic, "stop", "still in use")
	p.want(asPromoted, "monitor")
	testkit.Eventually(t, func() error { return unix.Unmount(dir, 0) })
	p.want(success, "stop")
	p.want(notRunning, "monitor")
}

// TestOutdated: a side that the set does not name has no score, and is not promoted.
func TestOutdated(t *testing.T) {
	p := newPlace(t)
	b, err := os.ReadFile(p.cib)
	must(t, err)
	must(t, os.WriteFile(p.cib, []byte(strings.Replace(string(b), "members=1", "members=2", 1)), 0o600))
	p.want(success, "start")
	p.score("")
	p.want(generic, "promote", "outdated")
	p.score("")
	p.want(success, "monitor")

	// Without quorum nothing can be said of a score, and nobody is promoted; what was known stays.
	b, err = os.ReadFile(p.cib)
	must(t, err)
	must(t, os.WriteFile(p.cib, []byte(strings.Replace(string(b), `have-quorum="1"`, `have-quorum="0"`, 1)), 0o600))
	p.want(success, "monitor")
	p.score("")
}

// TestInconsistent: a side that has nothing yet has no score, whatever the set says.
func TestInconsistent(t *testing.T) {
	p := newPlace(t)
	p.side.order(t, "create-metadata", "--destroy", "mirror")
	p.want(success, "start")
	p.score("")
	p.want(generic, "promote", "mixture of old and new")
	p.score("")
}

// TestNotHere: on a node that has nothing of it, a probe finds nothing; what is configured wrong is told.
func TestNotHere(t *testing.T) {
	p := newPlace(t)
	p.config = "/nowhere/v.json"
	probe := func(want int) {
		t.Helper()
		if code, said := p.run("monitor", "OCF_RESKEY_CRM_meta_interval=0"); code != want {
			t.Errorf("probe: %d, want %d: %s", code, want, said)
		}
	}
	probe(notRunning)
	p.want(success, "stop")
	p.want(installed, "start", "no configuration")
	p.want(installed, "monitor", "no configuration")
	p.config = "v.json"
	p.want(configured, "validate-all", "absolute path")
	p.config = p.side.file
	must(t, os.WriteFile(p.side.file, []byte("{}"), 0o600))
	p.want(installed, "validate-all", "hexadecimal")
	p.side.save(t)
	probe(notRunning)
	must(t, os.Truncate(p.side.Device, 0))
	p.want(generic, "start", "failed")
	p.want(notRunning, "monitor")
	must(t, os.Truncate(p.side.Device, diskSize))
}
