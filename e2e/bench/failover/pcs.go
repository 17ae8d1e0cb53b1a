package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/ha"
)

// pcs is the same cluster as pcs builds it: the same service with the same agents and the same fence device. Stock takes every
// default that pcs and the agents' metadata have; tuned takes Hawser's totem and link times, and its operations, so
// that what is left between the columns is merit.
type pcs struct {
	s       *stage.Stage
	profile string // whose timing tuned takes; empty for stock
}

func (p pcs) tuned() bool { return p.profile != "" }

func (p pcs) Name() string {
	if p.tuned() {
		return tunedColumn
	}
	return stockColumn
}

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
	if err := p.auth(ctx); err != nil {
		return err
	}
	first := p.s.Nodes()[0]
	for _, argv := range [][]string{
		p.setup(),
		{"pcs", "cluster", "enable", "--all"},
		{"pcs", "cluster", "start", "--all", "--wait=120"},
	} {
		if _, err := p.s.Exec(ctx, first, argv...); err != nil {
			return err
		}
	}
	if _, err := p.pcs(ctx, "stonith", "create", "fence", "fence_sandbox", "pcmk_host_list="+strings.Join(p.s.Nodes(), " "),
		"op", "monitor", "interval=60s", "timeout=20s"); err != nil {
		return err
	}
	if _, err := p.s.Sandbox(ctx, "prepare-disk"); err != nil {
		return err
	}
	if err := p.Clone(ctx, p.s.PingClone(ha.StockPingAgent).Resource); err != nil {
		return err
	}
	group := stage.Postgres(stage.Group, p.s.Virtual())
	for _, m := range group.Resource.Members {
		m.Agent = strings.Replace(m.Agent, "ocf:hawser:", "ocf:heartbeat:", 1) // a peer has nothing of Hawser's
		if _, err := p.pcs(ctx, append(p.create(m), "--group", stage.Group)...); err != nil {
			return err
		}
	}
	_, err := p.pcs(ctx, "constraint", "location", stage.Group, "rule", "score=-INFINITY", "pingd", "lt", "1", "or", "not_defined", "pingd")
	return err
}

// auth lets pcs know its nodes. The password is made up for these nodes, which nothing outside can reach; pcs has no other way.
func (p pcs) auth(ctx context.Context) error {
	const password = "sandbox-only"
	for _, n := range p.s.Nodes() {
		if _, err := p.s.ExecInput(ctx, []byte("hacluster:"+password+"\n"), n, "chpasswd"); err != nil {
			return err
		}
		if _, err := p.s.Exec(ctx, n, "systemctl", "enable", "--now", "--quiet", "pcsd"); err != nil {
			return err
		}
	}
	argv := []string{"pcs", "host", "auth", "-u", "hacluster", "-p", password}
	for _, n := range p.s.Nodes() {
		argv = append(argv, n, "addr="+p.s.Address(n, 0))
	}
	return stage.Until(ctx, time.Minute, "pcs host auth", func(ctx context.Context) (bool, error) {
		_, err := p.s.Exec(ctx, p.s.Nodes()[0], argv...)
		return err == nil, err
	})
}

// setup is the call that makes the cluster. The link times are those that Hawser gives to every link of its own clusters;
// sameTotem checks that nothing was forgotten.
func (p pcs) setup() []string {
	argv := []string{"pcs", "cluster", "setup", cluster}
	nodes := p.s.Nodes()
	for _, n := range nodes {
		argv = append(argv, n, "addr="+p.s.Address(n, 0), "addr="+p.s.Address(n, 1))
	}
	if p.tuned() {
		t := ha.Timing{Profile: p.profile}.Resolved(len(nodes))
		argv = append(argv, "transport", "knet")
		like := ha.Setup{Timing: t, Nodes: make([]ha.SetupNode, len(nodes)), Links: []ha.Link{{Number: 0}, {Number: 1}}}
		for _, l := range like.ResolvedLinks() {
			argv = append(argv, "link", fmt.Sprintf("linknumber=%d", l.Number), fmt.Sprintf("link_priority=%d", l.Priority),
				fmt.Sprintf("ping_interval=%d", l.PingInterval), fmt.Sprintf("ping_timeout=%d", l.PingTimeout), fmt.Sprintf("pong_count=%d", l.PongCount))
		}
		argv = append(argv, "totem", fmt.Sprintf("token=%d", t.Token), fmt.Sprintf("consensus=%d", t.Consensus),
			fmt.Sprintf("token_coefficient=%d", *t.TokenCoefficient))
	}
	return append(argv, "--force") // nodes that had a cluster before
}

// create is the call that creates a resource, without what it becomes a part of.
func (p pcs) create(r ha.Resource) []string {
	argv := []string{"resource", "create", r.ID, r.Agent}
	for _, k := range slices.Sorted(maps.Keys(r.Parameters)) {
		argv = append(argv, k+"="+r.Parameters[k])
	}
	if !p.tuned() {
		return argv
	}
	for _, op := range r.Operations {
		argv = append(argv, "op", op.Name)
		if op.Interval != "" {
			argv = append(argv, "interval="+op.Interval)
		}
		argv = append(argv, "timeout="+op.Timeout)
		for _, k := range slices.Sorted(maps.Keys(op.Parameters)) {
			argv = append(argv, k+"="+op.Parameters[k])
		}
	}
	return argv
}

func (p pcs) Standby(ctx context.Context, node string) error {
	_, err := p.pcs(ctx, "node", "standby", node)
	return err
}

func (p pcs) Unstandby(ctx context.Context, node string) error {
	_, err := p.pcs(ctx, "node", "unstandby", node)
	return err
}

func (p pcs) Cleanup(ctx context.Context, resource string) error {
	_, err := p.pcs(ctx, "resource", "cleanup", resource)
	return err
}

func (p pcs) Meta(ctx context.Context, resource, name, value string) error {
	_, err := p.pcs(ctx, "resource", "meta", resource, name+"="+value)
	return err
}

// Clone names the clone as pcs does, by its member.
func (p pcs) Clone(ctx context.Context, clone ha.Resource) error {
	_, err := p.pcs(ctx, append(p.create(clone.Members[0]), "clone")...)
	return err
}

func (p pcs) Delete(ctx context.Context, clone ha.Resource) error {
	_, err := p.pcs(ctx, "resource", "delete", clone.Members[0].ID)
	return err
}

// Destroy stops first: destroy alone kills, and the database would recover from a crash in the next column.
func (p pcs) Destroy(ctx context.Context) error {
	for _, verb := range []string{"stop", "destroy"} {
		if _, err := p.s.Exec(ctx, p.s.Nodes()[0], "pcs", "cluster", verb, "--all"); err != nil {
			return err
		}
	}
	return nil
}
