package sim_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hawser/internal/wire"
)

// program is the true hawser-agent, built once for this test.
type program struct {
	t      *testing.T
	binary string
	config string
}

func newProgram(t *testing.T) *program {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := t.TempDir()
	p := &program{t: t, binary: filepath.Join(dir, "hawser-agent"), config: filepath.Join(dir, "agent.yaml")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, "hawser/agent/cmd/hawser-agent").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.WriteFile(p.config, fmt.Appendf(nil, "stateDir: %s\n", filepath.Join(dir, "state")), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs the program to its end.
func (p *program) run(stdin string, args ...string) (out string, code int) {
	p.t.Helper()
	c := exec.CommandContext(p.t.Context(), p.binary, append(args, "--config", p.config)...)
	c.Stdin, c.Env = strings.NewReader(stdin), append(os.Environ(), "LC_ALL=C")
	data, err := c.CombinedOutput()
	if c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return string(data), c.ProcessState.ExitCode()
}

// start starts "run"; kill ends it without a word.
func (p *program) start() (kill func()) {
	p.t.Helper()
	var log bytes.Buffer
	c := exec.Command(p.binary, "run", "--config", p.config)
	c.Stderr = &log
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := false
	kill = func() {
		if ended {
			return
		}
		ended = true
		_ = c.Process.Signal(syscall.SIGKILL)
		_ = c.Wait() // always "killed"
		if p.t.Failed() {
			p.t.Log(log.String())
		}
	}
	p.t.Cleanup(kill)
	return kill
}

// TestProgram: one command makes a host a member, and kill -9 is a restart like any other.
func TestProgram(t *testing.T) {
	s := newLinkServer(t)
	p := newProgram(t)
	if out, code := p.run("", "run"); code != 1 || !strings.Contains(out, "has not enrolled") {
		t.Errorf("run before enrolment: %d, %s", code, out)
	}
	if out, code := p.run("", "enroll", "--server", s.url, "--token", "made-up", "--ca-sha256", s.ca.Fingerprint()); code != 1 || !strings.Contains(out, "does not know") {
		t.Errorf("a made-up token: %d, %s", code, out)
	}
	if out, code := p.run("", "enroll", "--server", s.url); code != 2 {
		t.Errorf("flags are missing: %d, %s", code, out)
	}
	if out, code := p.run("", "enroll", "--server", "http://x", "--token", "t", "--ca-sha256", "zz"); code != 2 || strings.Count(out, "\n") < 3 {
		t.Errorf("two mistakes, told at once: %d, %s", code, out)
	}
	out, code := p.run(s.token("n1")+"\n", "enroll", "--server", s.url, "--token-file", "-", "--ca-sha256", s.ca.Fingerprint())
	if code != 0 || !strings.Contains(out, "Enrolled at") {
		t.Fatalf("enroll: %d, %s", code, out)
	}
	if out, code := p.run("t", "enroll", "--server", s.url, "--token-file", "-", "--ca-sha256", s.ca.Fingerprint()); code != 1 || !strings.Contains(out, "enrolled at") {
		t.Errorf("enrolled twice: %d, %s", code, out)
	}
	s.mu.Lock()
	var host string
	for _, id := range s.names {
		host = id
	}
	s.mu.Unlock()
	for range 2 {
		kill := p.start()
		eventually(t, "the agent to be connected", func() bool { return s.hub.Connected(host) })
		r, err := s.hub.Do(t.Context(), host, wire.Command{Name: wire.Observe}, nil)
		if err != nil || !bytes.Contains(r.Output, []byte(`"engine":"pacemaker"`)) {
			t.Errorf("observe: %s, %v", r.Output, err)
		}
		if out, code := p.run("t", "enroll", "--again", "--server", s.url, "--token-file", "-", "--ca-sha256", s.ca.Fingerprint()); code != 1 || !strings.Contains(out, "is using") {
			t.Errorf("enrol under a running agent: %d, %s", code, out)
		}
		kill()
		eventually(t, "the agent to be gone", func() bool { return !s.hub.Connected(host) })
	}
}
