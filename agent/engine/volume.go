package engine

import (
	"context"
	"slices"

	"hawser/agent/replication"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Replicating is what a driver does whose host can have replicated volumes.
type Replicating interface {
	Replication() replication.Driver
}

// The steps of volumes.
const (
	stepVolumeFile   = "volume_file"
	stepVolumeMake   = "volume_metadata"
	stepVolumeUp     = "volume_up"
	stepVolumeSync   = "volume_first_sync"
	stepVolumeFormat = "volume_format"
	stepVolumeAct    = "volume_act"
	stepVolumeDown   = "volume_down"
	stepVolumeWipe   = "volume_wipe"
	stepVolumeForget = "volume_forget"
)

func (e *Engine) replication() (replication.Driver, error) {
	if d, can := e.driver.(Replicating); can {
		return d.Replication(), nil
	}
	return nil, fault.New(fault.Conflict, "volume.no_driver", "host %s cannot replicate", e.driver.Node()).With("node", e.driver.Node())
}

// aboutVolume reads what a command says, and finds what carries it out.
func aboutVolume[T any](e *Engine, c wire.Command) (args T, d replication.Driver, err error) {
	if args, err = decode[T](c); err != nil {
		return args, nil, err
	}
	d, err = e.replication()
	return args, d, err
}

// volumes are this host's volumes as they are; what was known before where they cannot be asked.
func (e *Engine) volumes(ctx context.Context, before []ha.VolumeState) []ha.VolumeState {
	d, err := e.replication()
	if err != nil {
		return nil
	}
	list, err := d.Status(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("volumes not observed", "err", err)
		}
		return before
	}
	return list
}

func inspectVolume(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, d, err := aboutVolume[wire.VolumeInspectArgs](e, c)
	if err != nil {
		return nil, err
	}
	if all, several := d.(replication.Drivers); several && args.Driver != "" {
		return all.InspectFor(ctx, args.Driver, args.Disk)
	}
	if args.Driver != "" && args.Driver != d.Name() {
		return nil, fault.New(fault.Conflict, "volume.driver_unknown", "there is no driver %q on %s", args.Driver, e.driver.Node()).With("driver", string(args.Driver))
	}
	return d.Inspect(ctx, args.Disk)
}

func listVolumes(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	d, err := e.replication()
	if err != nil {
		return nil, err
	}
	list, err := d.Volumes(ctx)
	if err != nil {
		return nil, err
	}
	states, err := d.Status(ctx)
	if err != nil {
		return nil, err
	}
	return wire.VolumeListOutput{Volumes: list, States: states}, nil
}

func splitVolume(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, d, err := aboutVolume[wire.VolumeNameArgs](e, c)
	if err != nil {
		return nil, err
	}
	return d.Split(ctx, args.Name)
}

// findVolume returns what is configured by that name, nil where nothing is.
func findVolume(ctx context.Context, d replication.Driver, name string) (*ha.Volume, error) {
	list, err := d.Volumes(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(v ha.Volume) bool { return v.Name == name }); i >= 0 {
		return &list[i], nil
	}
	return nil, nil
}

// planConfigureVolume writes a volume's file. The driver itself puts the old file back where DRBD does not take the new one.
func planConfigureVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumeConfigureArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	name := args.Volume.Name
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name: stepVolumeFile,
		Plan: func(ctx context.Context) (bool, error) {
			if err := t.e.mustBe(ctx, args.Cluster); err != nil {
				return false, err
			}
			before, err := findVolume(ctx, d, name)
			switch {
			case err != nil:
				return false, err
			case before != nil && !args.Update:
				return false, fault.New(fault.Conflict, "volume.exists", "there is a volume %s on %s already", name, t.e.driver.Node()).With("volume", name, "node", t.e.driver.Node())
			case before == nil && args.Update:
				return false, fault.New(fault.NotFound, "volume.unknown", "there is no volume %s on %s", name, t.e.driver.Node()).With("volume", name, "node", t.e.driver.Node())
			}
			return false, t.keep("before", before)
		},
		Commit: func(ctx context.Context) error { return d.Configure(ctx, args.Volume, string(args.Secret)) },
		RollBack: func(ctx context.Context) error {
			var before *ha.Volume
			if err := t.load("before", &before); err != nil {
				return err
			}
			if before != nil {
				return d.Configure(ctx, *before, "")
			}
			if now, err := findVolume(ctx, d, name); err != nil || now == nil {
				return err
			}
			return d.Forget(ctx, name)
		},
	}}}, nil
}

// planPrepareVolume lays metadata out and brings the volume up. Taken back, the metadata go, unless there were some before; what an override
// has destroyed does not come back, which is why it has to be named.
func planPrepareVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumePrepareArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{
		{
			Name:     stepVolumeMake,
			Commit:   func(ctx context.Context) error { return d.Create(ctx, args.Name, args.Destroy) },
			RollBack: func(ctx context.Context) error { return d.Wipe(ctx, args.Name) }, // only what Create has made
		},
		{
			Name:     stepVolumeUp,
			Commit:   func(ctx context.Context) error { return d.Up(ctx, args.Name) },
			RollBack: func(ctx context.Context) error { return d.Down(ctx, args.Name) },
		},
	}}, nil
}

func planSyncVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumeSyncArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	if args.How != ha.SyncFull && args.How != ha.SyncSkip {
		var f fault.Fields
		f.Add("how", "field.one_of", "not full or skip", "value", string(args.How), "allowed", "full, skip")
		return plan{}, f.Err()
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepVolumeSync, Commit: func(ctx context.Context) error { return d.FirstSync(ctx, args.Name, args.How) },
	}}}, nil
}

func planFormatVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumeFormatArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepVolumeFormat, Commit: func(ctx context.Context) error { return d.Format(ctx, args.Name, args.Type) },
	}}}, nil
}

func planActVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumeActArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepVolumeAct, Commit: func(ctx context.Context) error { return d.Act(ctx, args.Name, args.Action, args.Limit) },
	}}}, nil
}

// planRemoveVolume takes a volume away. There is no way back from half of it, and done again it is done once. What others have configured is
// refused before anything has changed.
func planRemoveVolume(_ context.Context, t *task) (plan, error) {
	args, d, err := aboutVolume[wire.VolumeRemoveArgs](t.e, t.command)
	if err != nil {
		return plan{}, err
	}
	steps := []Step{{
		Name: stepVolumeDown,
		Plan: func(ctx context.Context) (bool, error) {
			v, err := findVolume(ctx, d, args.Name)
			if err == nil && v != nil && v.Foreign {
				err = fault.New(fault.Conflict, "volume.foreign", "%s was not written by Hawser", v.File).With("volume", args.Name, "node", t.e.driver.Node(), "file", v.File)
			}
			return v == nil, err
		},
		Commit: func(ctx context.Context) error { return d.Down(ctx, args.Name) },
	}}
	there := func(do func(context.Context, string) error) func(context.Context) error {
		return func(ctx context.Context) error {
			if v, err := findVolume(ctx, d, args.Name); err != nil || v == nil {
				return err
			}
			return do(ctx, args.Name)
		}
	}
	if args.Wipe {
		steps = append(steps, Step{Name: stepVolumeWipe, Commit: there(d.Wipe)})
	}
	steps = append(steps, Step{Name: stepVolumeForget, Commit: there(d.Forget)})
	return plan{onHost: true, resume: goOn, steps: steps}, nil
}
