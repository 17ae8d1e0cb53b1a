package replication_test

import (
	"context"
	"slices"
	"testing"

	"hawser/agent/replication"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// one is a driver that has volumes and says what it was told.
type one struct {
	replication.Driver
	name    ha.VolumeDriver
	volumes []ha.Volume
	did     []string
}

func (o *one) Name() ha.VolumeDriver { return o.name }

func (o *one) Volumes(context.Context) ([]ha.Volume, error) { return o.volumes, nil }

func (o *one) Inspect(_ context.Context, disk string) (ha.VolumeInspection, error) {
	return ha.VolumeInspection{Node: "n1", Names: []string{"own"}, Ports: []int{22}, Disk: ha.DiskInspection{Device: disk}}, nil
}

func (o *one) Configure(_ context.Context, v ha.Volume, _ string) error {
	o.volumes = append(o.volumes, v)
	return nil
}

func (o *one) Up(_ context.Context, name string) error {
	o.did = append(o.did, "up "+name)
	return nil
}

func (o *one) Watch(ctx context.Context, changed func()) error {
	changed()
	<-ctx.Done()
	return nil
}

// TestDrivers: each volume is its own driver's, and no name or port is given twice.
func TestDrivers(t *testing.T) {
	ctx := t.Context()
	first, second := &one{name: ha.DRBD}, &one{name: ha.Mirror}
	all := replication.Drivers{first, second}
	v := ha.Volume{Name: "data", Driver: ha.Mirror, Replicas: []ha.Replica{{Node: "n1", Port: 7790}, {Node: "n2", Port: 7790}}}
	if err := all.Configure(ctx, v, "secret"); err != nil || len(first.volumes) != 0 || len(second.volumes) != 1 {
		t.Fatal(err, first.volumes, second.volumes)
	}
	v.Driver = ha.DRBD
	if err := all.Configure(ctx, v, "secret"); fault.Public(err).Reason != "volume.other_driver" {
		t.Errorf("a name that the other driver has: %v", err)
	}
	v.Driver = "none"
	if err := all.Configure(ctx, v, "secret"); fault.Public(err).Reason != "volume.driver_unknown" {
		t.Errorf("a driver that nobody is: %v", err)
	}
	for _, name := range []string{"data", "other"} {
		if err := all.Up(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(first.did, []string{"up other"}) || !slices.Equal(second.did, []string{"up data"}) {
		t.Errorf("carried out by %v and %v", first.did, second.did)
	}
	i, err := all.InspectFor(ctx, ha.DRBD, "/dev/vg/x")
	if err != nil || !slices.Equal(i.Names, []string{"data", "own"}) || !slices.Equal(i.Ports, []int{22, 7790}) || i.Disk.Device != "/dev/vg/x" {
		t.Errorf("%+v %v", i, err)
	}
	if list, err := all.Volumes(ctx); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
	watch, end := context.WithCancel(ctx)
	changes := make(chan struct{}, 2)
	ended := make(chan error, 1)
	go func() { ended <- all.Watch(watch, func() { changes <- struct{}{} }) }()
	<-changes
	<-changes
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
