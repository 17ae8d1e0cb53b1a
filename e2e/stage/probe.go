package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// runDir is where the sandbox keeps its sockets.
func (s *Stage) runDir() string {
	if s.opt.Instance == 213 {
		return "/run/hawser-sandbox"
	}
	return fmt.Sprintf("/run/hawser-sandbox-%d", s.opt.Instance)
}

func (s *Stage) probeSocket() string { return filepath.Join(s.runDir(), "probe.sock") }

// StartProbe starts the client outside the cluster, which writes through the virtual IP, where it does not run.
func (s *Stage) StartProbe(ctx context.Context) error {
	s.say("client")
	_, err := s.Sandbox(ctx, "probe", "start", "--target", s.Virtual())
	return err
}

// StopProbe ends it.
func (s *Stage) StopProbe(ctx context.Context) error {
	_, err := s.Sandbox(ctx, "probe", "stop")
	return err
}

// NeverTwo searches the shared disk's log for a time in which two nodes wrote, and fails where it finds one.
func (s *Stage) NeverTwo(ctx context.Context) error {
	_, err := s.Sandbox(ctx, "lun-log")
	return err
}

// Agents starts or stops the agents of all nodes.
func (s *Stage) Agents(ctx context.Context, verb string) error {
	for _, n := range s.opt.Nodes {
		if _, err := s.Exec(ctx, n, "systemctl", verb, "hawser-agent"); err != nil {
			return err
		}
	}
	return nil
}

// AgentPID is the process ID of a node's agent, as the host counts. The node counts for itself, from its own init; the kernel
// tells both numbers.
func (s *Stage) AgentPID(ctx context.Context, node string) (int, error) {
	own, err := s.Exec(ctx, node, "readlink", "/proc/1/ns/pid")
	if err != nil {
		return 0, err
	}
	stats, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		dir := filepath.Dir(path)
		comm, err := os.ReadFile(path)
		if err != nil || strings.TrimSpace(string(comm)) != "hawser-agent" {
			continue
		}
		if ns, err := os.Readlink(filepath.Join(dir, "ns", "pid")); err == nil && ns == strings.TrimSpace(string(own)) {
			return strconv.Atoi(filepath.Base(dir))
		}
	}
	return 0, fmt.Errorf("no agent runs on %s", node)
}
