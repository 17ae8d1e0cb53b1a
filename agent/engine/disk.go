package engine

import (
	"context"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Disk is what a driver does that can carry the heartbeat over a shared disk; a simulated node cannot. Errors that a user may be told are
// faults.
type Disk interface {
	// InspectDisk looks at a device and changes nothing.
	InspectDisk(ctx context.Context, device string) (ha.DiskInspection, error)
	// PrepareDisk lays a device out for a cluster. It refuses whatever is in use, and whatever carries more, or less, than is named.
	// Where the device has this UUID already nothing is done.
	PrepareDisk(ctx context.Context, a wire.DiskPrepareArgs) error
	// WipeDisk takes the layout away, provided that it still has this UUID.
	WipeDisk(ctx context.Context, device, uuid string) error
	// ProbeDisk writes a nonce and reads others.
	ProbeDisk(ctx context.Context, a wire.DiskProbeArgs) error
	// DiskFiles are the files as they are; WriteDiskFiles makes them so, nil removes them. CheckDiskFiles makes and checks them.
	DiskFiles(ctx context.Context) (DiskFiles, error)
	WriteDiskFiles(ctx context.Context, f DiskFiles) error
	NewDiskFiles(ctx context.Context, a wire.DiskEnableArgs) (DiskFiles, error)
	// StartDisk starts the daemon with its present files, anew where it runs, at each boot too, and waits until it works.
	StartDisk(ctx context.Context) error
	// StopDisk ends the daemon and takes the network device away.
	StopDisk(ctx context.Context) error
	// DiskHeartbeat asks the daemon.
	DiskHeartbeat(ctx context.Context) (ha.DiskHeartbeat, error)
}

// DiskFiles are the files of the disk heartbeat on a host; nil where absent.
type DiskFiles struct {
	Config []byte `json:"config"`
	Key    []byte `json:"key"`
}

// The steps of the disk heartbeat.
const (
	stepFormat    = "format_disk"
	stepWipe      = "wipe_disk"
	stepDiskFiles = "write_disk_files"
	stepDiskStart = "start_disk_heartbeat"
	stepDiskStop  = "stop_disk_heartbeat"
)

func (e *Engine) disk() (Disk, error) {
	d, can := e.driver.(Disk)
	if !can {
		return nil, fault.New(fault.Conflict, "diskhb.simulated", "a simulated node has no disk to share").With("node", e.driver.Node())
	}
	return d, nil
}

func inspectDisk(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.DiskInspectArgs](c)
	if err != nil {
		return nil, err
	}
	d, err := e.disk()
	if err != nil {
		return nil, err
	}
	return d.InspectDisk(ctx, args.Device)
}

func probeDisk(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.DiskProbeArgs](c)
	if err != nil {
		return nil, err
	}
	d, err := e.disk()
	if err != nil {
		return nil, err
	}
	return wire.NoArgs{}, d.ProbeDisk(ctx, args)
}

func diskStatus(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	d, err := e.disk()
	if err != nil {
		return nil, err
	}
	return d.DiskHeartbeat(ctx)
}

// planPrepareDisk formats a device. Taken back, the layout goes; what an override has destroyed does not come back, which is why it has
// to be named.
func planPrepareDisk(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.DiskPrepareArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d, err := t.e.disk()
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepFormat,
		Plan: func(ctx context.Context) (bool, error) {
			i, err := d.InspectDisk(ctx, args.Device)
			return err == nil && i.UUID == args.UUID, err
		},
		Commit: func(ctx context.Context) error { return d.PrepareDisk(ctx, args) },
		Verify: func(ctx context.Context) error {
			i, err := d.InspectDisk(ctx, args.Device)
			if err == nil && i.UUID != args.UUID {
				err = fault.New(fault.Failed, "diskhb.not_formatted", "%s on %s does not keep what is written to it", args.Device, t.e.driver.Node()).
					With("device", args.Device, "node", t.e.driver.Node())
			}
			return err
		},
		RollBack: func(ctx context.Context) error { return d.WipeDisk(ctx, args.Device, args.UUID) },
	}}}, nil
}

// planEnableDisk gives this host the files of the disk heartbeat and starts its daemon. Corosync learns of the link afterwards.
func planEnableDisk(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.DiskEnableArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d, err := t.e.disk()
	if err != nil {
		return plan{}, err
	}
	var before, after DiskFiles
	load := func() error {
		if !t.has("before") {
			return nil
		}
		if err := t.load("before", &before); err != nil {
			return err
		}
		return t.load("after", &after)
	}
	return plan{onHost: true, resume: goBack, steps: []Step{
		{
			Name: stepDiskFiles,
			Plan: func(ctx context.Context) (bool, error) {
				if err := t.e.mustBe(ctx, args.Cluster); err != nil {
					return false, err
				}
				var err error
				if before, err = d.DiskFiles(ctx); err != nil {
					return false, err
				}
				if after, err = d.NewDiskFiles(ctx, args); err != nil {
					return false, err
				}
				if err := t.keep("before", before); err != nil {
					return false, err
				}
				return false, t.keep("after", after)
			},
			Commit: func(ctx context.Context) error {
				if err := load(); err != nil {
					return err
				}
				return d.WriteDiskFiles(ctx, after)
			},
			RollBack: func(ctx context.Context) error {
				if err := load(); err != nil {
					return err
				}
				return d.WriteDiskFiles(ctx, before)
			},
		},
		{
			Name:   stepDiskStart,
			Commit: d.StartDisk,
			RollBack: func(ctx context.Context) error {
				if err := load(); err != nil {
					return err
				}
				if before.Config == nil {
					return d.StopDisk(ctx)
				}
				if err := d.WriteDiskFiles(ctx, before); err != nil {
					return err
				}
				return d.StartDisk(ctx)
			},
		},
	}}, nil
}

// planDisableDisk ends it. There is no way back from half of it, and done again it is done once.
func planDisableDisk(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.DiskDisableArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d, err := t.e.disk()
	if err != nil {
		return plan{}, err
	}
	steps := []Step{{
		Name: stepDiskStop,
		Commit: func(ctx context.Context) error {
			if err := d.StopDisk(ctx); err != nil {
				return err
			}
			return d.WriteDiskFiles(ctx, DiskFiles{})
		},
	}}
	if args.Wipe {
		steps = append(steps, Step{Name: stepWipe, Commit: func(ctx context.Context) error { return d.WipeDisk(ctx, args.Device, args.UUID) }})
	}
	return plan{onHost: true, resume: goOn, steps: steps}, nil
}

// endDisk ends the disk heartbeat of a host that leaves its cluster, where it has one. The disk itself is the others'.
func (e *Engine) endDisk(ctx context.Context) error {
	d, can := e.driver.(Disk)
	if !can {
		return nil
	}
	f, err := d.DiskFiles(ctx)
	if err != nil || f.Config == nil {
		return err
	}
	if err := d.StopDisk(ctx); err != nil {
		return err
	}
	return d.WriteDiskFiles(ctx, DiskFiles{})
}
