package replication

import (
	"context"
	"errors"
	"slices"
	"sync"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Drivers are the drivers of one host as one: each volume is its own driver's. There is at least one; the first is meant where a volume is
// not there.
type Drivers []Driver

// Name is the first one's.
func (d Drivers) Name() ha.VolumeDriver { return d[0].Name() }

// Versions are the first one's.
func (d Drivers) Versions(ctx context.Context) (kernel, tools string, err error) {
	return d[0].Versions(ctx)
}

// Inspect is InspectFor the first one.
func (d Drivers) Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error) {
	return d.InspectFor(ctx, d[0].Name(), disk)
}

// InspectFor looks at a disk for a volume of a driver. Names and ports are taken by whatever driver.
func (d Drivers) InspectFor(ctx context.Context, name ha.VolumeDriver, disk string) (ha.VolumeInspection, error) {
	of, err := d.of(name)
	if err != nil {
		return ha.VolumeInspection{}, err
	}
	out, err := of.Inspect(ctx, disk)
	if err != nil {
		return out, err
	}
	for _, one := range d {
		if one == of {
			continue
		}
		list, err := one.Volumes(ctx)
		if err != nil {
			return out, err
		}
		for _, v := range list {
			out.Names = append(out.Names, v.Name)
			if own := v.On(out.Node); own != nil && own.Port != 0 {
				out.Ports = append(out.Ports, own.Port)
			}
		}
	}
	slices.Sort(out.Names)
	slices.Sort(out.Ports)
	out.Names, out.Ports = slices.Compact(out.Names), slices.Compact(out.Ports)
	return out, nil
}

// of is the driver of a name.
func (d Drivers) of(name ha.VolumeDriver) (Driver, error) {
	for _, one := range d {
		if one.Name() == name {
			return one, nil
		}
	}
	return nil, fault.New(fault.Conflict, "volume.driver_unknown", "there is no driver %q here", name).With("driver", string(name))
}

// owner is the driver of a volume that is there, the first one of any other.
func (d Drivers) owner(ctx context.Context, volume string) (Driver, error) {
	for _, one := range d[1:] {
		list, err := one.Volumes(ctx)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(v ha.Volume) bool { return v.Name == volume }) {
			return one, nil
		}
	}
	return d[0], nil
}

// by has the driver of a volume do something.
func (d Drivers) by(ctx context.Context, volume string, do func(Driver) error) error {
	one, err := d.owner(ctx, volume)
	if err != nil {
		return err
	}
	return do(one)
}

// Volumes are all drivers'.
func (d Drivers) Volumes(ctx context.Context) ([]ha.Volume, error) {
	return each(d, func(one Driver) ([]ha.Volume, error) { return one.Volumes(ctx) })
}

// Status is all drivers'.
func (d Drivers) Status(ctx context.Context) ([]ha.VolumeState, error) {
	return each(d, func(one Driver) ([]ha.VolumeState, error) { return one.Status(ctx) })
}

func each[T any](d Drivers, tell func(Driver) ([]T, error)) ([]T, error) {
	var all []T
	for _, one := range d {
		list, err := tell(one)
		if err != nil {
			return all, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// Watch calls changed for all drivers, until ctx ends or one of them cannot watch any more.
func (d Drivers) Watch(ctx context.Context, changed func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(d))
	var all sync.WaitGroup
	for i, one := range d {
		all.Go(func() {
			defer cancel()
			errs[i] = one.Watch(ctx, changed)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// Configure is of the driver that the volume names. One that another driver has by that name is refused.
func (d Drivers) Configure(ctx context.Context, v ha.Volume, secret string) error {
	of, err := d.of(v.Driver)
	if err != nil {
		return err
	}
	for _, one := range d {
		if one == of {
			continue
		}
		list, err := one.Volumes(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(o ha.Volume) bool { return o.Name == v.Name }) {
			return fault.New(fault.Conflict, "volume.other_driver", "there is a volume %s of driver %s", v.Name, one.Name()).With("volume", v.Name, "driver", string(one.Name()))
		}
	}
	return of.Configure(ctx, v, secret)
}

// Forget is the volume's own driver's, as are all that follow.
func (d Drivers) Forget(ctx context.Context, name string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Forget(ctx, name) })
}

// Create implements Driver.
func (d Drivers) Create(ctx context.Context, name string, destroy []string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Create(ctx, name, destroy) })
}

// Wipe implements Driver.
func (d Drivers) Wipe(ctx context.Context, name string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Wipe(ctx, name) })
}

// Up implements Driver.
func (d Drivers) Up(ctx context.Context, name string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Up(ctx, name) })
}

// Down implements Driver.
func (d Drivers) Down(ctx context.Context, name string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Down(ctx, name) })
}

// FirstSync implements Driver.
func (d Drivers) FirstSync(ctx context.Context, name string, how ha.FirstSync) error {
	return d.by(ctx, name, func(one Driver) error { return one.FirstSync(ctx, name, how) })
}

// Act implements Driver.
func (d Drivers) Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error {
	return d.by(ctx, name, func(one Driver) error { return one.Act(ctx, name, action, limit) })
}

// Format implements Driver.
func (d Drivers) Format(ctx context.Context, name, kind string) error {
	return d.by(ctx, name, func(one Driver) error { return one.Format(ctx, name, kind) })
}

// Split implements Driver.
func (d Drivers) Split(ctx context.Context, name string) (side ha.SplitSide, err error) {
	err = d.by(ctx, name, func(one Driver) error {
		side, err = one.Split(ctx, name)
		return err
	})
	return side, err
}
