package drbd

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/run"
	lang "hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Up implements replication.Driver.
func (d *Driver) Up(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	if _, err := d.volume(name); err != nil {
		return err
	}
	if _, err := d.ready(ctx); err != nil {
		return err
	}
	s, err := d.one(ctx, name)
	if err != nil {
		return err
	}
	if s.Up && s.Disk != ha.DiskDiskless && !apart(s) {
		return nil
	}
	verb := "up"
	if s.Up {
		verb = "adjust" // does what is missing
	}
	d.note(name, func(n *note) { n.Asked, n.Limit = false, 0 })
	_, err = d.admin(ctx, name, verb, lang.ResourceOf(name))
	return err
}

// apart says whether a connection is closed.
func apart(s ha.VolumeState) bool {
	return slices.ContainsFunc(s.Peers, func(p ha.VolumePeer) bool { return p.Connection == ha.PeerStandAlone })
}

// Down implements replication.Driver.
func (d *Driver) Down(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	if !d.known(ctx, name) {
		return nil
	}
	d.note(name, func(n *note) { n.Limit = 0 })
	_, err := d.admin(ctx, name, "down", lang.ResourceOf(name))
	return err
}

// peerOf is the only other side of a volume.
func peerOf(s ha.VolumeState) ha.VolumePeer {
	if len(s.Peers) == 0 {
		return ha.VolumePeer{Connection: ha.PeerStandAlone, Replication: "Off", Disk: "DUnknown"}
	}
	return s.Peers[0]
}

// FirstSync implements replication.Driver.
func (d *Driver) FirstSync(ctx context.Context, name string, how ha.FirstSync) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	p := peerOf(s)
	switch {
	case p.Connection != ha.PeerConnected:
		return d.conflict("volume.not_connected", name, "the sides are not connected")
	case s.Disk == ha.DiskUpToDate && (p.Disk == ha.DiskUpToDate || p.Replication == ha.ReplicaSyncSource || p.Replication == "PausedSyncS"):
		return nil // done before
	case p.Disk == ha.DiskUpToDate || p.Disk == "Consistent":
		return d.conflict("volume.peer_has_data", name, "%s has the data, which would be overwritten", p.Node).With("peer", p.Node)
	case s.Disk == ha.DiskDiskless:
		return d.conflict("volume.no_disk", name, "its disk is not attached")
	}
	if how == ha.SyncSkip {
		_, err := d.admin(ctx, name, "--", "--clear-bitmap", "new-current-uuid", one(name))
		return err
	}
	if _, err := d.admin(ctx, name, "primary", "--force", lang.ResourceOf(name)); err != nil {
		return err
	}
	// Who is Primary is Pacemaker's to decide. The resync goes on from a Secondary just as well.
	if s.Role == ha.VolumePrimary {
		return nil
	}
	return d.settled(ctx, name, func() error {
		_, err := d.admin(ctx, name, "secondary", lang.ResourceOf(name))
		return err
	})
}

// settleTime is how long the kernel may be busy with a change of state before another one is refused for good.
const settleTime = 10 * time.Second

// settled tries again what the kernel refuses while it is busy with the change before.
func (d *Driver) settled(ctx context.Context, name string, try func() error) error {
	deadline := time.Now().Add(settleTime)
	for {
		err := try()
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// up is a volume's state, and refuses one that is down.
func (d *Driver) up(ctx context.Context, name string) (ha.VolumeState, error) {
	s, err := d.one(ctx, name)
	if err == nil && !s.Up {
		err = d.conflict("volume.down", name, "it is down")
	}
	return s, err
}

// Act implements replication.Driver.
func (d *Driver) Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	r, p := lang.ResourceOf(name), peerOf(s)
	admin := func(args ...string) error {
		_, err := d.admin(ctx, name, args...)
		return err
	}
	switch action {
	case ha.VolumePromote:
		if s.Role == ha.VolumePrimary {
			return nil
		}
		return admin("primary", r)
	case ha.VolumeDemote:
		if s.Role == ha.VolumeSecondary {
			return nil
		}
		return admin("secondary", r)
	case ha.VolumeConnect:
		d.note(name, func(n *note) { n.Asked = false })
		if !apart(s) {
			return nil
		}
		return admin("connect", r)
	case ha.VolumeDisconnect:
		d.note(name, func(n *note) { n.Asked = true })
		if p.Connection == ha.PeerStandAlone {
			return nil
		}
		return admin("disconnect", r)
	case ha.VolumeDiscard:
		return d.discard(ctx, name, s)
	case ha.VolumeAttach:
		if s.Disk != ha.DiskDiskless {
			return nil
		}
		return admin("attach", r)
	case ha.VolumeDetach:
		if s.Disk == ha.DiskDiskless {
			return nil
		}
		return admin("detach", r)
	case ha.VolumeLimit:
		return d.limit(ctx, name, limit)
	}
	return d.copying(ctx, name, action, s)
}

// copying carries out what has to do with a resync or a verification.
func (d *Driver) copying(ctx context.Context, name string, action ha.VolumeAction, s ha.VolumeState) error {
	p, admin := peerOf(s), func(args ...string) error {
		_, err := d.admin(ctx, name, args...)
		return err
	}
	switch action {
	case ha.VolumePause, ha.VolumeResume:
		paused, err := d.paused(ctx, name)
		if err != nil {
			return err
		}
		if paused == (action == ha.VolumePause) {
			return nil
		}
		if action == ha.VolumePause {
			return admin("pause-sync", lang.ResourceOf(name))
		}
		return admin("resume-sync", lang.ResourceOf(name))
	case ha.VolumeVerify:
		v, err := d.volume(name)
		switch {
		case err != nil:
			return err
		case v.Options[lang.Net]["verify-alg"] == "" && v.Inherited[lang.Net]["verify-alg"] == "":
			return d.conflict("volume.no_verify_alg", name, "verify-alg is not set")
		case strings.HasPrefix(p.Replication, "Verify"):
			return nil
		case p.Connection != ha.PeerConnected:
			return d.conflict("volume.not_connected", name, "the sides are not connected")
		case p.Replication != ha.ReplicaEstablish:
			return d.conflict("volume.syncing", name, "a resync goes on")
		}
		return admin("verify", lang.ResourceOf(name))
	case ha.VolumeInvalidate:
		switch {
		case s.Role == ha.VolumePrimary:
			return d.conflict("volume.primary", name, "it is Primary here")
		case p.Replication == ha.ReplicaSyncTarget || p.Replication == "PausedSyncT":
			return nil
		case p.Connection != ha.PeerConnected || p.Disk != ha.DiskUpToDate:
			return d.conflict("volume.no_source", name, "no other side has complete data")
		}
		return admin("invalidate", one(name))
	}
	return fault.New(fault.Invalid, "volume.action_unknown", "unknown action %q", action).With("action", string(action))
}

// discard gives up this side's changes: it connects as the victim.
func (d *Driver) discard(ctx context.Context, name string, s ha.VolumeState) error {
	p := peerOf(s)
	switch {
	case p.Connection == ha.PeerConnected:
		return nil // done before, or there is nothing to resolve
	case s.Role == ha.VolumePrimary:
		return d.conflict("volume.primary", name, "it is Primary here, and its changes are in use")
	}
	r := lang.ResourceOf(name)
	if p.Connection != ha.PeerStandAlone {
		if _, err := d.admin(ctx, name, "disconnect", r); err != nil {
			return err
		}
	}
	d.note(name, func(n *note) { n.Asked = false })
	_, err := d.admin(ctx, name, "connect", "--discard-my-data", r)
	return err
}

// maxLimit is the highest resync-rate: 4 GiB/s. [drbd_limits.h]
const maxLimit = 4194304 << 10

// limit bounds the resync: the controller is switched off for as long, because it takes its highest rate for a wish.
func (d *Driver) limit(ctx context.Context, name string, limit int64) error {
	if limit == 0 {
		if _, err := d.admin(ctx, name, "adjust", lang.ResourceOf(name)); err != nil {
			return err
		}
		d.note(name, func(n *note) { n.Limit = 0 })
		return nil
	}
	if limit < 1<<10 || limit > maxLimit {
		var f fault.Fields
		f.Add("limit", "field.range", "out of range", "min", "1024", "max", itoa(maxLimit))
		return f.Err()
	}
	dialect, err := d.ready(ctx)
	if err != nil {
		return err
	}
	verb := "disk-options" // of 8.4; in 9 the rates are a matter of each peer
	if dialect == lang.V9 {
		verb = "peer-device-options"
	}
	if _, err := d.admin(ctx, name, verb, "--c-plan-ahead=0", "--resync-rate="+strconv.FormatInt(limit>>10, 10)+"K", lang.ResourceOf(name)); err != nil {
		return err
	}
	d.note(name, func(n *note) { n.Limit = limit })
	return nil
}

// paused says whether somebody on this host has paused the resync.
func (d *Driver) paused(ctx context.Context, name string) (bool, error) {
	p, _, err := d.kernel(ctx)
	if err != nil {
		return false, err
	}
	r, _ := p.of(name)
	if r == nil {
		return false, nil
	}
	for _, x := range r.peers {
		if y := x.devices[number(name)]; y != nil && strings.Contains(y.paused, "user") {
			return true, nil
		}
	}
	return false, nil
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
	s, err := d.up(ctx, name)
	if err != nil {
		return err
	}
	if s.Role != ha.VolumePrimary {
		return d.conflict("volume.not_primary", name, "it is not Primary here")
	}
	path := d.devicePath(s.Device)
	i, err := d.inspect(ctx, path)
	if err != nil {
		return d.disk(s.Device, err)
	}
	if i.InUse {
		return d.conflict("volume.in_use", name, "it is mounted, or in use otherwise").With("why", "")
	}
	if kinds := i.Kinds(); len(kinds) > 0 && d.recall(name).Formatting != kind {
		return d.conflict("volume.occupied", name, "it carries %s", strings.Join(kinds, ",")).With("carries", strings.Join(kinds, ","))
	}
	d.note(name, func(n *note) { n.Formatting = kind })
	_, err = d.o.Runner.Run(ctx, run.Cmd(args[0], append(slices.Clone(args[1:]), path)...).Within(makeTime))
	switch {
	case err == nil:
		d.note(name, func(n *note) { n.Formatting = "" })
		return nil
	case run.Missing(err):
		d.note(name, func(n *note) { n.Formatting = "" })
		return d.conflict("volume.no_mkfs", name, "%s is not installed", args[0]).With("program", args[0])
	}
	return d.told(ctx, name, err)
}
