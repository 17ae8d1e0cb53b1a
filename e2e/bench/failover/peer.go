package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
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
	// Cleanup forgets the failures of a resource.
	Cleanup(ctx context.Context, resource string) error
	// Meta sets a meta attribute of a resource; an empty value takes it away.
	Meta(ctx context.Context, resource, name, value string) error
	// Clone adds a clone with one member.
	Clone(ctx context.Context, clone ha.Resource) error
	// Delete removes such a clone.
	Delete(ctx context.Context, clone ha.Resource) error
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
	watch   bool   // detection by events is switched on
	set     string // a cluster property on top, name=value
}

func (hawser) Name() string { return ownColumn }

func (h hawser) Build(ctx context.Context) error {
	if err := h.s.CreateCluster(ctx, cluster, h.profile); err != nil {
		return err
	}
	if err := h.s.ProtectPostgres(ctx, cluster); err != nil {
		return err
	}
	if h.set != "" {
		if _, err := h.s.CLI(ctx, "cluster", "properties", cluster, h.set); err != nil {
			return err
		}
	}
	if !h.watch {
		return nil
	}
	if _, err := h.s.CLI(ctx, "cluster", "properties", cluster, ha.WatchProperty+"=on"); err != nil {
		return err
	}
	return stage.Until(ctx, 30*time.Second, "detection by events", func(ctx context.Context) (bool, error) {
		st, err := h.s.State(ctx, cluster)
		at := slices.IndexFunc(st.Watched, func(w ha.Watching) bool { return w.Resource == database })
		return err == nil && at >= 0, errors.Join(err, fmt.Errorf("watched: %+v", st.Watched))
	})
}

func (h hawser) Standby(ctx context.Context, node string) error {
	_, err := h.s.CLI(ctx, "node", "standby", cluster, node)
	return err
}

func (h hawser) Unstandby(ctx context.Context, node string) error {
	_, err := h.s.CLI(ctx, "node", "unstandby", cluster, node)
	return err
}

func (h hawser) Cleanup(ctx context.Context, resource string) error {
	_, err := h.s.CLI(ctx, "resource", "cleanup", cluster, resource)
	return err
}

func (h hawser) Meta(ctx context.Context, resource, name, value string) error {
	change := []string{"--meta", name + "=" + value}
	if value == "" {
		change = []string{"--unset-meta", name}
	}
	_, err := h.s.CLI(ctx, append([]string{"resource", "edit", cluster, resource}, change...)...)
	return err
}

func (h hawser) Clone(ctx context.Context, clone ha.Resource) error {
	return h.s.Create(ctx, cluster, api.NewResource{Resource: clone})
}

func (h hawser) Delete(ctx context.Context, clone ha.Resource) error {
	_, err := h.s.CLI(ctx, "resource", "delete", cluster, clone.ID)
	return err
}

func (h hawser) Destroy(ctx context.Context) error {
	_, err := h.s.CLI(ctx, "cluster", "destroy", cluster, "--confirm", cluster)
	return err
}
