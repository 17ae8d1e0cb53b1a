package main

import (
	"context"

	"hawser/e2e/stage"
)

// peer is a way to build and drive the same service on the same nodes. All columns are hurt by the same hands and watched by
// the same eyes, so it says only what is done differently.
type peer interface {
	// Name heads the column.
	Name() string
	// Build makes the cluster with the protected database and returns when it serves.
	Build(ctx context.Context) error
	// Standby moves the service away from a node as an administrator would.
	Standby(ctx context.Context, node string) error
	// Unstandby takes the node back.
	Unstandby(ctx context.Context, node string) error
	// Cleanup forgets the failures of a round.
	Cleanup(ctx context.Context) error
	// Destroy removes the cluster.
	Destroy(ctx context.Context) error
}

// The names of the columns.
const (
	ownColumn   = "hawser"
	stockColumn = "stock pcs"
	tunedColumn = "tuned peer"
)

const cluster = "bench"

// hawser is the product, through its CLI.
type hawser struct {
	s       *stage.Stage
	profile string
}

func (hawser) Name() string { return ownColumn }

func (h hawser) Build(ctx context.Context) error {
	if err := h.s.CreateCluster(ctx, cluster, h.profile); err != nil {
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

func (h hawser) Cleanup(ctx context.Context) error {
	_, err := h.s.CLI(ctx, "resource", "cleanup", cluster, stage.Group)
	return err
}

func (h hawser) Destroy(ctx context.Context) error {
	_, err := h.s.CLI(ctx, "cluster", "destroy", cluster, "--confirm", cluster)
	return err
}
