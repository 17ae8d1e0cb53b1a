package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hawser/e2e/sandbox/host"
)

func (s *Sandbox) cut(ctx context.Context, node, what string, how CutMode) error {
	return s.do(ctx, host.Command{Verb: "cut", Node: node, What: what, Cut: how}, nil)
}

func heartbeat(link int) string { return fmt.Sprintf("hb%d", link) }

// CutLink cuts the cable of a heartbeat link, counted from 0. It stays cut while the node is off and on again.
func (s *Sandbox) CutLink(ctx context.Context, node string, link int, how CutMode) error {
	return s.cut(ctx, node, heartbeat(link), how)
}

// RestoreLink plugs it in again.
func (s *Sandbox) RestoreLink(ctx context.Context, node string, link int) error {
	return s.CutLink(ctx, node, link, "")
}

// CutClient cuts the cable of the service network.
func (s *Sandbox) CutClient(ctx context.Context, node string, how CutMode) error {
	return s.cut(ctx, node, "client", how)
}

// RestoreClient plugs it in again.
func (s *Sandbox) RestoreClient(ctx context.Context, node string) error {
	return s.CutClient(ctx, node, "")
}

// CutServer cuts the cable of the management network, on which agents reach their server.
func (s *Sandbox) CutServer(ctx context.Context, node string, how CutMode) error {
	return s.cut(ctx, node, "mgmt", how)
}

// RestoreServer plugs it in again.
func (s *Sandbox) RestoreServer(ctx context.Context, node string) error {
	return s.CutServer(ctx, node, "")
}

// CutArbiter cuts a node's cable to the arbiter, or the arbiter's own.
func (s *Sandbox) CutArbiter(ctx context.Context, node string, how CutMode) error {
	return s.cut(ctx, node, "arbiter", how)
}

// RestoreArbiter plugs it in again.
func (s *Sandbox) RestoreArbiter(ctx context.Context, node string) error {
	return s.CutArbiter(ctx, node, "")
}

// ImpairLink makes a heartbeat link slow, unsteady or lossy; with the zero Impairment it is good again.
func (s *Sandbox) ImpairLink(ctx context.Context, node string, link int, i Impairment) error {
	return s.do(ctx, host.Command{Verb: "impair", Node: node, What: heartbeat(link), Impair: i}, nil)
}

// FlapLink pulls a heartbeat link's cable and plugs it in again, count times spread evenly over a time. It ends plugged in,
// even where ctx ends before.
func (s *Sandbox) FlapLink(ctx context.Context, node string, link, count int, over time.Duration) (err error) {
	if count < 1 || over <= 0 {
		return fmt.Errorf("%d times over %s: must be more than nothing", count, over)
	}
	defer func() { err = errors.Join(err, s.RestoreLink(context.WithoutCancel(ctx), node, link)) }()
	half := time.NewTicker(over / time.Duration(2*count))
	defer half.Stop()
	for i := range 2 * count {
		how := Pulled
		if i%2 == 1 {
			how = ""
		}
		if err := s.CutLink(ctx, node, link, how); err != nil {
			return err
		}
		select {
		case <-half.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Partition divides all heartbeat networks at once: nodes of different groups do not meet, those of one group do. Every node is
// in one group. What else is cut stays cut.
func (s *Sandbox) Partition(ctx context.Context, groups ...[]string) error {
	return s.do(ctx, host.Command{Verb: "partition", Groups: groups}, nil)
}

// Heal ends a partition, plugs all cables of all machines in, and makes bad ones good.
func (s *Sandbox) Heal(ctx context.Context) error {
	return s.do(ctx, host.Command{Verb: "heal"}, nil)
}
