package simulated

import (
	"context"
	"maps"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// InspectSBD implements engine.SBD: every simulated host has SBD and a watchdog that is as good as one of hardware.
func (d *Driver) InspectSBD(ctx context.Context, devices []string) (ha.SBDHost, error) {
	h, err := d.self(ctx)
	if err != nil {
		return ha.SBDHost{}, err
	}
	out := ha.SBDHost{
		Installed: true, Enabled: h.SBD != nil, Active: h.SBD != nil && h.Power && h.Started && !h.SBDLate, File: "/etc/default/sbd", Settings: maps.Clone(h.SBD),
		Watchdogs: []ha.WatchdogFact{
			{Device: "/dev/watchdog0", Identity: "Simulated Watchdog", Timeout: 30},
			{Device: "/dev/watchdog1", Identity: "Software Watchdog", Timeout: 60, Soft: true},
		},
	}
	list, err := d.world.disks()
	if err != nil {
		return out, err
	}
	all := slices.Clone(devices)
	for one := range strings.SplitSeq(h.SBD["SBD_DEVICE"], ";") {
		if one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	for _, one := range all {
		x := ha.SBDDisk{Device: one, Missing: true}
		if i := slices.IndexFunc(list, func(o disk) bool { return o.Path == one }); i >= 0 {
			x = ha.SBDDisk{Device: one, Content: list[i].Holds, Watchdog: list[i].Watchdog, Msgwait: list[i].Msgwait}
			switch x.Content {
			case "":
				x.Content = ha.DiskEmpty
			case ha.DiskSBD:
				x.UUID = list[i].UUID
			}
		}
		out.Disks = append(out.Disks, x)
	}
	return out, nil
}

// ConfigureSBD implements engine.SBD: it starts when the cluster does.
func (d *Driver) ConfigureSBD(ctx context.Context, settings map[string]string) error {
	return d.changeHost(ctx, func(h *host) {
		if settings == nil {
			h.SBD, h.SBDLate = nil, false
			return
		}
		h.SBDLate = h.SBDLate || h.Started && (h.SBD == nil || h.SBD["SBD_DEVICE"] != settings["SBD_DEVICE"])
		if h.SBD == nil {
			h.SBD = map[string]string{}
		}
		maps.Copy(h.SBD, settings)
	})
}

// CreateSBD implements engine.SBD.
func (d *Driver) CreateSBD(ctx context.Context, devices []string, watchdog, msgwait int) error {
	for _, path := range devices {
		if err := d.changeDisk(ctx, path, func(x *disk) error {
			if x.Size < 1<<20 {
				return fault.New(fault.Failed, "sbd.create_failed", "%s is too small", path).With("node", d.node, "why", path+" is too small")
			}
			*x = disk{Path: x.Path, Size: x.Size, Holds: ha.DiskSBD, UUID: "sbd-" + x.Path[len(x.Path)-1:], Watchdog: watchdog, Msgwait: msgwait}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// PutSecret implements engine.SBD: no agent would read the file.
func (d *Driver) PutSecret(context.Context, string, []byte) error { return nil }
