package simulated

import (
	"context"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// InspectSBD implements engine.SBD: a host that is only thought has no watchdog and no disk.
func (d *Driver) InspectSBD(context.Context, []string) (ha.SBDHost, error) {
	return ha.SBDHost{Watchdogs: []ha.WatchdogFact{}}, nil
}

func (d *Driver) noSBD() error {
	return fault.New(fault.Conflict, "sbd.simulated", "%s is simulated and has no SBD", d.node).With("node", d.node)
}

// ConfigureSBD implements engine.SBD.
func (d *Driver) ConfigureSBD(_ context.Context, settings map[string]string) error {
	if settings == nil {
		return nil
	}
	return d.noSBD()
}

// CreateSBD implements engine.SBD.
func (d *Driver) CreateSBD(context.Context, []string, int, int) error { return d.noSBD() }

// PutSecret implements engine.SBD: no agent would read the file.
func (d *Driver) PutSecret(context.Context, string, []byte) error { return nil }
