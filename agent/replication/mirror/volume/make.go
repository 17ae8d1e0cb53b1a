package volume

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/diskhb"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/mirror"
)

// disk makes a fault of what is wrong with a device.
func (d *Driver) disk(path string, err error) error {
	where := []string{"disk", path, "node", d.o.Node}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, diskhb.ErrInUse):
		return fault.New(fault.Conflict, "volume.disk_in_use", "%s on %s is mounted, or part of something else", path, d.o.Node).With(where...)
	case errors.Is(err, diskhb.ErrNoBlockDevice), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return fault.New(fault.Invalid, "volume.no_device", "there is no block device %s on %s", path, d.o.Node).With(where...)
	}
	return fault.New(fault.Failed, "volume.disk_failed", "%s on %s: %w", path, d.o.Node, err).With(append(where, "why", err.Error())...)
}

// agentFile is the resource agent by which Pacemaker runs volumes; hawser-agent lays it out.
const agentFile = "/usr/lib/ocf/resource.d/hawser/mirror"

// Inspect implements replication.Driver.
func (d *Driver) Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error) {
	out := ha.VolumeInspection{Node: d.o.Node, Checks: []ha.Check{}}
	var err error
	if out.Driver, out.Tools, err = d.Versions(ctx); err != nil {
		return out, err
	}
	able := fuse.Able("/dev")
	info, err := os.Stat(d.path(agentFile))
	for _, c := range []struct {
		code string
		ok   bool
	}{
		{"mirror_fuse", !errors.Is(able, fuse.ErrNoFUSE)},
		{"mirror_loop", !errors.Is(able, fuse.ErrNoLoop)},
		{"mirror_tools", out.Tools != ""},
		{"mirror_agent", err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0},
	} {
		result := "ok"
		if !c.ok {
			result = "failed"
		}
		out.Checks = append(out.Checks, ha.Check{Code: c.code, Result: result, Args: map[string]string{"node": d.o.Node, "version": out.Tools, "agent": ha.MirrorAgent}})
	}
	all, err := d.records()
	if err != nil {
		return out, err
	}
	for _, r := range all {
		out.Names = append(out.Names, r.Volume.Name)
		if own := r.Volume.On(d.o.Node); own != nil {
			out.Ports = append(out.Ports, own.Port)
		}
	}
	out.Ports = append(out.Ports, listening()...)
	slices.Sort(out.Ports)
	out.Ports = slices.Compact(out.Ports)
	if disk == "" {
		return out, nil
	}
	if !mirror.IsDisk(disk) || diskhb.CheckPath(disk) != nil {
		var f fault.Fields
		f.Add("disk", "volume.disk", "not the path of a block device", "disk", disk)
		return out, f.Err()
	}
	i, err := diskhb.Inspect(ctx, d.o.Runner, disk)
	if err != nil {
		return out, d.disk(disk, err)
	}
	out.Disk = ha.DiskInspection{Device: disk, SizeBytes: uint64(max(0, i.Size)), InUse: i.InUse, Carries: i.Kinds()}
	for _, r := range all { // a daemon opens it for itself alone, which does not keep a look from it
		if own := r.Volume.On(d.o.Node); own != nil && own.Disk == disk {
			pid, _, err := daemon.Look(ctx, d.config(r))
			out.Disk.InUse = out.Disk.InUse || pid != 0 || err != nil
		}
	}
	return out, nil
}

// listening are the TCP ports of this host that something listens at (state 0A of /proc/net/tcp).
func listening() []int {
	var ports []int
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // no such protocol here
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if len(f) < 4 || f[3] != "0A" {
				continue
			}
			if _, hex, ok := strings.Cut(f[1], ":"); ok {
				if n, err := strconv.ParseUint(hex, 16, 16); err == nil {
					ports = append(ports, int(n))
				}
			}
		}
	}
	return ports
}

// Create implements replication.Driver.
func (d *Driver) Create(ctx context.Context, name string, destroy []string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	_, c, err := d.open(name)
	if err != nil {
		return err
	}
	if pid, _, err := daemon.Look(ctx, c); err != nil || pid != 0 {
		return d.told(name, err) // it has its disk: done before
	}
	i, err := diskhb.Inspect(ctx, d.o.Runner, c.Device)
	if err != nil {
		return d.disk(c.Device, err)
	}
	if i.InUse {
		return d.disk(c.Device, diskhb.ErrInUse)
	}
	own, err := daemon.Bears(c)
	if err != nil {
		return d.told(name, err)
	}
	if own && len(destroy) == 0 {
		return nil // it bears just what was laid out here
	}
	kinds := i.Kinds()
	if own { // our own list calls it data
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return k == "data" })
	}
	if err := daemon.Create(c, daemon.Nothing, kinds, destroy); err != nil {
		return d.told(name, err)
	}
	return nil
}

// Wipe implements replication.Driver.
func (d *Driver) Wipe(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	_, c, err := d.open(name)
	if err != nil {
		return err
	}
	if pid, _, err := daemon.Look(ctx, c); err != nil || pid != 0 {
		return d.conflict("volume.up", name, "it is up")
	}
	return d.told(name, daemon.Wipe(c))
}
