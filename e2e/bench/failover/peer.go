package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hawser/e2e/stage"
)

// peer is a way to build and drive the same service on the same nodes. All columns are hurt by the same hands.
type peer interface {
	// Name heads the column: hawser, stock, tuned.
	Name() string
	// Build makes the cluster with the protected database and returns when it serves.
	Build(ctx context.Context) error
	// Standby moves the service away from a node as an administrator would.
	Standby(ctx context.Context, node string) error
	// Unstandby takes the node back.
	Unstandby(ctx context.Context, node string) error
	// Active is the node that runs the service, "" where that cannot be told now.
	Active(ctx context.Context) (string, error)
	// Well returns when all nodes are back and nothing has failed.
	Well(ctx context.Context) error
	// Destroy removes the cluster.
	Destroy(ctx context.Context) error
}

// hawser is the product, through its CLI.
type hawser struct{ s *stage.Stage }

const cluster = "bench"

func (hawser) Name() string { return "hawser" }

func (h hawser) Build(ctx context.Context) error {
	if err := h.s.CreateCluster(ctx, cluster, "fast"); err != nil {
		return err
	}
	return h.s.ProtectPostgres(ctx, cluster)
}

func (h hawser) Standby(ctx context.Context, node string) error {
	_, err := h.s.CLI(ctx, "node", "standby", cluster, node)
	return err
}

func (h hawser) Unstandby(ctx context.Context, node string) error {
	_, err := h.s.CLI(ctx, "node", "unstandby", cluster, node)
	return err
}

func (h hawser) Active(ctx context.Context) (string, error) {
	return h.s.Active(ctx, cluster, stage.Group)
}

func (h hawser) Well(ctx context.Context) error {
	if _, err := h.s.CLI(ctx, "resource", "cleanup", cluster, stage.Group); err != nil {
		return err
	}
	return h.s.WaitWell(ctx, cluster, stage.Group)
}

func (h hawser) Destroy(ctx context.Context) error {
	_, err := h.s.CLI(ctx, "cluster", "destroy", cluster, "--confirm", cluster)
	return err
}

// pcs is the same cluster as pcs builds it. Stock takes every default that pcs and the agents' metadata have; tuned takes
// Hawser's token, consensus and monitor intervals, so that what is left between the columns is merit.
type pcs struct {
	s     *stage.Stage
	tuned bool
}

func (p pcs) Name() string {
	if p.tuned {
		return "tuned"
	}
	return "stock"
}

func (p pcs) first() string { return p.s.Nodes()[0] }

// pcs runs pcs on the first node that takes the call: the one that was asked before may have been fenced.
func (p pcs) pcs(ctx context.Context, args ...string) ([]byte, error) {
	var out []byte
	var err error
	for _, node := range p.s.Nodes() {
		if out, err = p.s.Exec(ctx, node, append([]string{"pcs"}, args...)...); err == nil {
			return out, nil
		}
	}
	return out, fmt.Errorf("pcs %s: %w", strings.Join(args, " "), err)
}

func (p pcs) Build(ctx context.Context) error {
	nodes := p.s.Nodes()
	// The password is made up for these nodes, which nothing outside can reach; pcs has no other way to know its peers.
	const password = "sandbox-only"
	for _, n := range nodes {
		if _, err := p.s.ExecInput(ctx, []byte("hacluster:"+password+"\n"), n, "chpasswd"); err != nil {
			return err
		}
		if _, err := p.s.Exec(ctx, n, "systemctl", "start", "pcsd"); err != nil {
			return err
		}
	}
	auth := append([]string{"pcs", "host", "auth", "-u", "hacluster", "-p", password}, nodes...)
	if err := stage.Until(ctx, time.Minute, "pcs host auth", func(ctx context.Context) (bool, error) {
		_, err := p.s.Exec(ctx, p.first(), auth...)
		return err == nil, err
	}); err != nil {
		return err
	}
	setup := []string{"pcs", "cluster", "setup", cluster}
	for _, n := range nodes {
		setup = append(setup, n, "addr="+p.s.Address(n, 0), "addr="+p.s.Address(n, 1))
	}
	if p.tuned {
		setup = append(setup, "totem", "token=500", "consensus=660", "token_coefficient=50")
	}
	if _, err := p.s.Exec(ctx, p.first(), append(setup, "--force")...); err != nil {
		return err
	}
	if _, err := p.s.Exec(ctx, p.first(), "pcs", "cluster", "enable", "--all"); err != nil {
		return err
	}
	if _, err := p.s.Exec(ctx, p.first(), "pcs", "cluster", "start", "--all", "--wait=120"); err != nil {
		return err
	}
	if _, err := p.pcs(ctx, "stonith", "create", "fence", "fence_sandbox", "pcmk_host_list="+strings.Join(nodes, " ")); err != nil {
		return err
	}
	if _, err := p.s.Sandbox(ctx, "prepare-disk"); err != nil {
		return err
	}
	service := stage.Postgres(stage.Group, p.s.Virtual())
	for _, m := range service.Resource.Members {
		args := []string{"resource", "create", m.ID, m.Agent}
		for k, v := range m.Parameters {
			args = append(args, k+"="+v)
		}
		if p.tuned {
			for _, op := range m.Operations {
				args = append(args, "op", op.Name, "timeout="+op.Timeout)
				if op.Name == "monitor" {
					args = append(args, "interval="+op.Interval)
				}
			}
		}
		if _, err := p.pcs(ctx, append(args, "--group", stage.Group)...); err != nil {
			return err
		}
	}
	return p.Well(ctx)
}

func (p pcs) Standby(ctx context.Context, node string) error {
	_, err := p.pcs(ctx, "node", "standby", node)
	return err
}

func (p pcs) Unstandby(ctx context.Context, node string) error {
	_, err := p.pcs(ctx, "node", "unstandby", node)
	return err
}

func (p pcs) Active(ctx context.Context) (string, error) {
	var last error
	for _, node := range p.s.Nodes() {
		out, err := p.s.Exec(ctx, node, "crm_resource", "--quiet", "--locate", "--resource", stage.Group+"-ip")
		if err != nil {
			last = err
			continue
		}
		if names := strings.Fields(string(out)); len(names) == 1 {
			return names[0], nil
		}
		return "", nil
	}
	return "", last
}

func (p pcs) Well(ctx context.Context) error {
	return stage.Until(ctx, 3*time.Minute, "the pcs cluster is well", func(ctx context.Context) (bool, error) {
		out, err := p.pcs(ctx, "status", "nodes")
		if err != nil {
			return false, err
		}
		for _, n := range p.s.Nodes() {
			line, _, _ := strings.Cut(string(out), "\n Standby:")
			if !strings.Contains(line, " "+n) {
				return false, fmt.Errorf("%s is not online: %s", n, out)
			}
		}
		if _, err := p.pcs(ctx, "resource", "cleanup"); err != nil {
			return false, err
		}
		active, err := p.Active(ctx)
		return active != "", err
	})
}

func (p pcs) Destroy(ctx context.Context) error {
	_, err := p.s.Exec(ctx, p.first(), "pcs", "cluster", "destroy", "--all")
	return err
}
