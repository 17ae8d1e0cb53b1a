package volume

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hawser/agent/diskhb"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

const (
	// lifeTime bounds start and end of a daemon.
	lifeTime = time.Minute
	// graceTime is what of it a daemon has for an end in good order.
	graceTime = 45 * time.Second
	// makeTime is for file systems on large disks.
	makeTime = 10 * time.Minute
	// meetTime is how long two sides may take to meet after they were told to connect.
	meetTime = 10 * time.Second
	// passing is how long a promotion waits for a peer that has just left, as both do when one of them has changed.
	passing = 3 * time.Second
)

func (d *Driver) start(ctx context.Context, c daemon.Config) error {
	ctx, cancel := context.WithTimeout(ctx, lifeTime)
	defer cancel()
	return d.told(c.Name, daemon.Start(ctx, c, d.file(c.Name, configFile), append(slices.Clone(d.o.Launch), d.o.Program...), d.file(c.Name, logFile)))
}

func (d *Driver) end(ctx context.Context, c daemon.Config) error {
	ctx, cancel := context.WithTimeout(ctx, lifeTime)
	defer cancel()
	grace, end := context.WithTimeout(ctx, graceTime)
	defer end()
	return d.told(c.Name, daemon.End(ctx, grace, c))
}

// Up implements replication.Driver.
func (d *Driver) Up(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	_, c, err := d.open(name)
	if err != nil {
		return err
	}
	if err := d.start(ctx, c); err != nil {
		return err
	}
	_, err = daemon.Tell(ctx, c, daemon.Connect, nil)
	return d.told(name, err)
}

// Down implements replication.Driver.
func (d *Driver) Down(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	_, c, err := d.open(name)
	if err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			return nil
		}
		return err
	}
	return d.end(ctx, c)
}

// FirstSync implements replication.Driver.
func (d *Driver) FirstSync(ctx context.Context, name string, how ha.FirstSync) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	c, s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	if s, err = d.meet(ctx, c); err != nil {
		return err
	}
	switch {
	case s.Copying && how == ha.SyncFull:
		return nil // it has begun
	case s.Connection != ha.PeerConnected:
		return d.conflict("volume.not_connected", name, "the sides are not connected")
	}
	order := daemon.FirstSync
	if how == ha.SyncSkip {
		order = daemon.SkipSync
	}
	return d.settled(ctx, name, func() error {
		_, err := daemon.Tell(ctx, c, order, nil)
		return err
	})
}

// settled gives an order again that comes while the daemon is busy with the one before.
func (d *Driver) settled(ctx context.Context, name string, order func() error) error {
	wait, cancel := context.WithTimeout(ctx, meetTime)
	defer cancel()
	for {
		err := order()
		if err == nil || fault.Public(daemon.Fault(err)).Reason != "mirror.not_ready" {
			return d.told(name, err)
		}
		select {
		case <-wait.Done():
			return d.told(name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Act implements replication.Driver.
func (d *Driver) Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	c, s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	tell := func(o daemon.Order) error {
		return d.settled(ctx, name, func() error {
			_, err := daemon.Tell(ctx, c, o, nil)
			return err
		})
	}
	switch action {
	case ha.VolumePromote:
		// A peer that is met is kept in the in-sync set; one that is away is put out of it, and gets a resync.
		if s.Connection == ha.PeerConnecting {
			if _, err := d.until(ctx, c, passing, meets); err != nil {
				return err
			}
		}
		return d.settled(ctx, name, func() error {
			_, err := daemon.Raise(ctx, c)
			return err
		})
	case ha.VolumeDemote:
		// Who has everything is in the set a moment later; whoever is promoted next may be just that side.
		if _, err := d.until(ctx, c, meetTime, func(s daemon.Status) bool { return s.Mode != core.Paired.String() || s.PeerInSet }); err != nil {
			return err
		}
		return d.told(name, daemon.Lower(ctx, c))
	case ha.VolumeDisconnect:
		return tell(daemon.Disconnect)
	case ha.VolumeConnect:
		return d.connect(ctx, c)
	case ha.VolumeVerify:
		switch {
		case s.Connection != ha.PeerConnected:
			return d.conflict("volume.not_connected", name, "the sides are not connected")
		case s.Replication != ha.ReplicaEstablish:
			return d.conflict("volume.syncing", name, "a resync goes on")
		case s.Role != ha.VolumePrimary:
			return d.conflict("volume.not_primary", name, "it is not Primary here")
		}
		return tell(daemon.Verify)
	case ha.VolumeInvalidate:
		return tell(daemon.Invalidate)
	case ha.VolumePause:
		return tell(daemon.Pause)
	case ha.VolumeResume:
		return tell(daemon.Resume)
	case ha.VolumeLimit:
		_, err := daemon.Say(ctx, c, daemon.Message{Order: daemon.Limit, Rate: limit}, nil)
		return d.told(name, err)
	case ha.VolumeAttach, ha.VolumeDetach, ha.VolumeDiscard:
		return fault.New(fault.Conflict, "volume.action_unsupported", "mirrors have no action %q", action).With("action", string(action), "volume", name, "node", d.o.Node)
	}
	return fault.New(fault.Invalid, "volume.action_unknown", "unknown action %q", action).With("action", string(action))
}

// connect has both sides meet, and what this one has ahead copied: nobody else would, as long as neither is Primary.
func (d *Driver) connect(ctx context.Context, c daemon.Config) error {
	if _, err := daemon.Tell(ctx, c, daemon.Connect, nil); err != nil {
		return d.told(c.Name, err)
	}
	s, err := d.meet(ctx, c)
	if err == nil && s.Connection == ha.PeerConnected && s.Mode == core.Met.String() && s.OutOfSync > 0 && s.Unfit == nil {
		_, err = daemon.Tell(ctx, c, daemon.Resync, nil)
	}
	return d.told(c.Name, err) // the other side may be told later
}

// meet waits for a while until the sides are connected: they leave each other for a moment when one of them has changed what it told of itself.
func (d *Driver) meet(ctx context.Context, c daemon.Config) (daemon.Status, error) {
	return d.until(ctx, c, meetTime, meets)
}

func meets(s daemon.Status) bool { return s.Connection == ha.PeerConnected || s.Copying }

// until waits for a while until a side is so, and returns how it is then, so or not.
func (d *Driver) until(ctx context.Context, c daemon.Config, most time.Duration, so func(daemon.Status) bool) (daemon.Status, error) {
	wait, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		s, err := daemon.Tell(ctx, c, daemon.GiveStatus, nil)
		if err != nil || so(s) {
			return s, d.told(c.Name, err)
		}
		select {
		case <-wait.Done():
			return s, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Format implements replication.Driver.
func (d *Driver) Format(ctx context.Context, name, kind string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	args := map[string][]string{"ext4": {"mkfs.ext4", "-q", "-F"}, "xfs": {"mkfs.xfs", "-q", "-f"}}[kind]
	if args == nil {
		var f fault.Fields
		f.Add("type", "field.one_of", "not ext4 or xfs", "value", kind, "allowed", "ext4, xfs")
		return f.Err()
	}
	c, s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	if s.Role != ha.VolumePrimary {
		return d.conflict("volume.not_primary", name, "it is not Primary here")
	}
	device, err := filepath.EvalSymlinks(c.Link)
	if err != nil {
		return d.disk(c.Link, err)
	}
	i, err := diskhb.Inspect(ctx, d.o.Runner, device)
	if err != nil {
		return d.disk(device, err)
	}
	if i.InUse {
		return d.conflict("volume.in_use", name, "it is mounted, or in use otherwise").With("why", "")
	}
	if kinds := i.Kinds(); len(kinds) > 0 {
		return d.conflict("volume.occupied", name, "it carries %s", strings.Join(kinds, ",")).With("carries", strings.Join(kinds, ","))
	}
	_, err = d.o.Runner.Run(ctx, run.Cmd(args[0], append(args[1:len(args):len(args)], device)...).Within(makeTime))
	switch {
	case run.Missing(err):
		return d.conflict("volume.no_mkfs", name, "%s is not installed", args[0]).With("program", args[0])
	case err != nil:
		return fault.New(fault.Failed, "volume.mkfs_failed", "volume %s on %s: %w", name, d.o.Node, err).With("volume", name, "node", d.o.Node, "why", run.Words(err))
	}
	return nil
}
