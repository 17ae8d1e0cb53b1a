package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"hawser/internal/api"
)

// enrol makes every machine's agent a member, unless it is one already, and waits until all are connected.
func (s *Stage) enrol(ctx context.Context) error {
	for _, node := range s.Machines() {
		if err := s.enrolNode(ctx, node); err != nil {
			return fmt.Errorf("enrol %s: %w", node, err)
		}
	}
	return s.WaitConnected(ctx, s.Machines()...)
}

// Enrol installs the agent on one node, enrols it, and waits until it is connected.
func (s *Stage) Enrol(ctx context.Context, node string) error {
	if err := s.enrolNode(ctx, node); err != nil {
		return fmt.Errorf("enrol %s: %w", node, err)
	}
	return s.WaitConnected(ctx, node)
}

func (s *Stage) enrolNode(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, s.patient(enrolTimeout))
	defer cancel()
	if _, err := s.Exec(ctx, node, "systemctl", "is-enabled", "--quiet", "hawser-agent"); err == nil {
		_, err := s.Exec(ctx, node, "systemctl", "start", "hawser-agent")
		return err
	}
	var token api.EnrolmentToken
	if err := s.JSON(ctx, &token, "host", "token"); err != nil {
		return err
	}
	// The token goes by standard input: arguments can be read by everybody on the node.
	if _, err := s.ExecInput(ctx, []byte(token.Token), node,
		"/opt/hawser/hawser-agent", "enroll", "--server", token.Server, "--token-file", "-", "--ca-sha256", token.CASHA256); err != nil {
		return err
	}
	unit, err := os.ReadFile(filepath.Join(s.opt.Root, "scripts", "hawser-agent.service"))
	if err != nil {
		return err
	}
	if _, err := s.ExecInput(ctx, unit, node, "tee", "/etc/systemd/system/hawser-agent.service"); err != nil {
		return err
	}
	if _, err := s.Exec(ctx, node, "ln", "-sf", "/opt/hawser/hawser-agent", "/usr/bin/hawser-agent"); err != nil {
		return err
	}
	_, err = s.Exec(ctx, node, "systemctl", "enable", "--now", "--quiet", "hawser-agent")
	return err
}

// WaitConnected waits until the agents of these nodes are connected to the server.
func (s *Stage) WaitConnected(ctx context.Context, nodes ...string) error {
	return Until(ctx, s.patient(enrolTimeout), fmt.Sprintf("agents of %v connected", nodes), func(ctx context.Context) (bool, error) {
		var hosts []api.Host
		if err := s.JSON(ctx, &hosts, "host", "list"); err != nil {
			return false, err
		}
		up := map[string]bool{}
		for _, h := range hosts {
			up[h.Name] = h.Connected
		}
		for _, n := range nodes {
			if !up[n] {
				return false, fmt.Errorf("%s is not connected", n)
			}
		}
		return true, nil
	})
}
