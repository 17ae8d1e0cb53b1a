package live

import (
	"context"

	"hawser/agent/health"
	"hawser/internal/ha"
)

// Vitals implements health.Host.
func (d *Driver) Vitals(ctx context.Context, ask health.Ask) []ha.HealthReading {
	return d.vitals.Vitals(ctx, ask)
}

// Colours implements health.Host.
func (d *Driver) Colours(ctx context.Context) (map[ha.HealthKind]ha.Colour, error) {
	c, err := d.cluster.Colours(ctx, d.node)
	return c, translate(err)
}

// Paint implements health.Host.
func (d *Driver) Paint(ctx context.Context, k ha.HealthKind, c ha.Colour) error {
	return translate(d.cluster.Paint(ctx, d.node, k, c))
}
