package simulated

import (
	"context"
	"maps"
	"slices"

	"hawser/agent/health"
	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// vitals are how a simulated host is where nobody has said otherwise: at rest.
var vitals = map[string]float64{ha.MeasureCPU: 6, ha.MeasureMemory: 41, ha.MeasureSpace: 37, ha.MeasureIOWait: 1, ha.MeasureSMART: 0}

// SetVital says how a host is from now on, in percent by measure (ha.MeasureCPU …). A negative value cannot be measured.
func (w *World) SetVital(ctx context.Context, name, measure string, percent float64) error {
	return w.change(ctx, name, func(h *host, _ *balance) error {
		if _, known := vitals[measure]; !known {
			return fault.New(fault.Invalid, "field.one_of", "unknown measure %q", measure).With("value", measure, "allowed", "cpu, mem, space, iowait, smart")
		}
		h.Vitals = maps.Clone(h.Vitals)
		if h.Vitals == nil {
			h.Vitals = map[string]float64{}
		}
		h.Vitals[measure] = percent
		return nil
	})
}

// Vitals implements health.Host.
func (d *Driver) Vitals(ctx context.Context, ask health.Ask) []ha.HealthReading {
	h, err := d.self(ctx)
	var list []ha.HealthReading
	for _, m := range slices.Sorted(maps.Keys(vitals)) {
		if m == ha.MeasureSMART && !ask.SMART {
			continue
		}
		r := ha.HealthReading{Measure: m, Percent: vitals[m]}
		if set, has := h.Vitals[m]; has {
			r.Percent = set
		}
		if m == ha.MeasureSpace && len(ask.Mounts) > 0 {
			r.Object = ask.Mounts[0]
		}
		switch {
		case err != nil:
			r.Percent, r.Error = 0, err.Error()
		case r.Percent < 0:
			r.Percent, r.Error = 0, "cannot be read"
		}
		list = append(list, r)
	}
	return list
}

// Colours implements health.Host.
func (d *Driver) Colours(ctx context.Context) (map[ha.HealthKind]ha.Colour, error) {
	data, err := d.CIB(ctx)
	if err != nil {
		return nil, err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return nil, err
	}
	return cib.Colours(d.node), nil
}

// Paint implements health.Host.
func (d *Driver) Paint(ctx context.Context, k ha.HealthKind, c ha.Colour) error {
	return d.at(ctx, func(_ host, b *balance) error {
		b.transient(d.node, k.Attribute(), string(c))
		return b.settle(ctx)
	})
}
