package remote_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hawser/agent/replication"
	"hawser/e2e/vm/remote"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// there is the driver in the machine; what it does not have here panics.
type there struct {
	replication.Driver
	secret  string
	destroy []string
	changed chan struct{}
}

func (d *there) Name() ha.VolumeDriver { return ha.DRBD }

func (d *there) Versions(context.Context) (kernel, tools string, err error) {
	return "8.4.11", "9.22.0", nil
}

func (d *there) Configure(_ context.Context, v ha.Volume, secret string) error {
	d.secret = secret + v.Replicas[1].Disk
	return nil
}

func (d *there) Create(_ context.Context, name string, destroy []string) error {
	d.destroy = destroy
	return fault.New(fault.Conflict, "volume.disk_in_use", "%s is in use", name).With("disk", name)
}

func (d *there) Up(context.Context, string) error { return errors.New("a bug") }

func (d *there) Watch(ctx context.Context, changed func()) error {
	for {
		select {
		case <-d.changed:
			changed()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestDriver(t *testing.T) {
	far := &there{changed: make(chan struct{})}
	var dialled atomic.Int32
	d := remote.New(func(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
		if dialled.Add(1) == 2 {
			return errors.New("the machine is off")
		}
		return remote.Serve(ctx, far, stdin, stdout)
	})
	t.Cleanup(d.Close)
	ctx := t.Context()

	if d.Name() != ha.DRBD {
		t.Error("no name")
	}
	if kernel, tools, err := d.Versions(ctx); kernel != "8.4.11" || tools != "9.22.0" || err != nil {
		t.Errorf("versions %q, %q, %v", kernel, tools, err)
	}
	if err := d.Configure(ctx, ha.Volume{Replicas: []ha.Replica{{}, {Disk: "/dev/b"}}}, "secret"); err != nil || far.secret != "secret/dev/b" {
		t.Errorf("configured with %q, %v", far.secret, err)
	}
	err := d.Create(ctx, "/dev/a", []string{"ext4"})
	if f, is := errors.AsType[*fault.Error](err); !is || f.Reason != "volume.disk_in_use" || f.Args["disk"] != "/dev/a" {
		t.Errorf("a fault arrives as %v", err)
	}
	if !reflect.DeepEqual(far.destroy, []string{"ext4"}) {
		t.Errorf("arrived: %v", far.destroy)
	}
	if err := d.Up(ctx, "x"); err == nil || fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("an error that is no fault arrives as %v", err)
	}

	watching, stop := context.WithCancel(ctx)
	var changes atomic.Int32
	done := make(chan error)
	go func() { done <- d.Watch(watching, func() { changes.Add(1) }) }()
	far.changed <- struct{}{}
	far.changed <- struct{}{}
	testkit.EventuallyWithin(t, 10*time.Second, func() error {
		if changes.Load() != 2 {
			return errors.New("not told of both changes")
		}
		return nil
	})
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("watching ended with %v", err)
	}

	d.Close()
	if _, _, err := d.Versions(ctx); err == nil {
		t.Error("a machine that is off answers")
	}
	if _, _, err := d.Versions(ctx); err != nil || dialled.Load() != 3 {
		t.Errorf("after the machine is back: %v, dialled %d times", err, dialled.Load())
	}
}
