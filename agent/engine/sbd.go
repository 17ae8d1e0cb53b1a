package engine

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// SBD is the part of a Driver that concerns SBD and files of secrets.
type SBD interface {
	// InspectSBD tells what there is of SBD on this host, and what those devices carry. It changes nothing.
	InspectSBD(ctx context.Context, devices []string) (ha.SBDHost, error)
	// ConfigureSBD sets lines of SBD's file and lets it start with Corosync; nil takes them back and lets it not.
	ConfigureSBD(ctx context.Context, settings map[string]string) error
	// CreateSBD makes headers. What the devices carry has been looked at just before.
	CreateSBD(ctx context.Context, devices []string, watchdog, msgwait int) error
	// PutSecret keeps a secret in a file that root alone can read; nil removes it.
	PutSecret(ctx context.Context, name string, value []byte) error
}

func inspectSBD(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.InspectSBDArgs](c)
	if err != nil {
		return nil, err
	}
	if err := ha.ValidateSBD(ha.SBD{Devices: args.Devices}); err != nil {
		return nil, err
	}
	host, err := e.driver.InspectSBD(ctx, args.Devices)
	if err != nil {
		return nil, err
	}
	return host, nil
}

func planConfigureSBD(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.ConfigureSBDArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d := t.e.driver
	var before ha.SBDHost
	same := func(h ha.SBDHost) bool {
		if h.Enabled != (args.Settings != nil) {
			return false
		}
		for name, value := range args.Settings {
			if h.Settings[name] != value {
				return false
			}
		}
		return true
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepSBD,
		Plan: func(ctx context.Context) (bool, error) {
			before, err = d.InspectSBD(ctx, nil)
			switch {
			case err != nil:
				return false, err
			case !before.Installed && args.Settings == nil:
				return true, nil
			case !before.Installed:
				return false, fault.New(fault.Conflict, "sbd.not_installed", "SBD is not installed on %s", d.Node()).With("node", d.Node())
			case args.Settings != nil && len(before.Watchdogs) == 0:
				return false, fault.New(fault.Conflict, "sbd.no_watchdog", "%s has no watchdog", d.Node()).With("node", d.Node(), "device", args.Settings["SBD_WATCHDOG_DEV"])
			}
			return same(before), nil
		},
		Commit: func(ctx context.Context) error { return d.ConfigureSBD(ctx, args.Settings) },
		Verify: func(ctx context.Context) error {
			now, err := d.InspectSBD(ctx, nil)
			if err == nil && !same(now) {
				err = fault.New(fault.Failed, "sbd.not_written", "SBD's configuration on %s is not what was written", d.Node()).With("node", d.Node())
			}
			return err
		},
	}}}, nil
}

func planCreateSBD(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.CreateSBDArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := ha.ValidateSBD(ha.SBD{Devices: args.Devices}); err != nil {
		return plan{}, err
	}
	d := t.e.driver
	right := func(h ha.SBDHost) bool {
		return !slices.ContainsFunc(h.Disks, func(x ha.SBDDisk) bool {
			return slices.Contains(args.Devices, x.Device) && (x.Content != ha.DiskSBD || x.Watchdog != args.Watchdog || x.Msgwait != args.Msgwait)
		})
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepHeader,
		Plan: func(ctx context.Context) (bool, error) {
			h, err := d.InspectSBD(ctx, args.Devices)
			if err != nil {
				return false, err
			}
			var f fault.Fields
			for i, x := range h.Disks {
				at := "devices[" + string(rune('0'+i)) + "]"
				switch {
				case !slices.Contains(args.Devices, x.Device):
				case x.Missing:
					f.Add(at, "sbd.device_missing", "not on "+d.Node(), "device", x.Device, "node", d.Node())
				case x.Failed:
					f.Add(at, "sbd.device_failed", "cannot be read on "+d.Node(), "device", x.Device, "node", d.Node())
				case x.Content != ha.DiskEmpty && x.Content != ha.DiskSBD && x.Content != args.Override:
					f.Add(at, "sbd.device_used", "carries "+x.Content, "device", x.Device, "node", d.Node(), "content", x.Content)
				}
			}
			if err := f.Err(); err != nil {
				return false, err
			}
			return right(h), nil
		},
		Commit: func(ctx context.Context) error { return d.CreateSBD(ctx, args.Devices, args.Watchdog, args.Msgwait) },
		Verify: func(ctx context.Context) error {
			h, err := d.InspectSBD(ctx, args.Devices)
			if err == nil && !right(h) {
				err = fault.New(fault.Failed, "sbd.header_missing", "the header on %s is not what was written", strings.Join(args.Devices, ", ")).
					With("device", strings.Join(args.Devices, ", "), "node", d.Node())
			}
			return err
		},
	}}}, nil
}

// secretName is what the server makes of a hash: nothing that could leave the folder.
var secretName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{7,79}$`)

func planSecret(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.SecretArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if !secretName.MatchString(args.Name) || len(args.Value) > 64<<10 {
		var f fault.Fields
		f.Add("name", "id.invalid", "not a name", "id", args.Name)
		return plan{}, f.Err()
	}
	value := args.Value
	if t.command.Name == wire.DropSecret {
		value = nil
	} else if len(value) == 0 {
		var f fault.Fields
		f.Add("value", "field.required", "missing")
		return plan{}, f.Err()
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name:   stepSecret,
		Commit: func(ctx context.Context) error { return t.e.driver.PutSecret(ctx, args.Name, value) },
	}}}, nil
}
