package drbd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/diskhb"
	"hawser/agent/run"
	lang "hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// agentFile is the resource agent by which Pacemaker runs volumes. Debian has it in drbd-utils, others in a package of its own.
const agentFile = "/usr/lib/ocf/resource.d/linbit/drbd"

// inspect looks at a device as the disk heartbeat does: what libblkid knows, what it does not, and whether it is blank.
func (d *Driver) inspect(ctx context.Context, path string) (diskhb.Inspection, error) {
	return diskhb.Inspect(ctx, d.o.Runner, path)
}

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

// Inspect implements replication.Driver.
func (d *Driver) Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error) {
	out := ha.VolumeInspection{Node: d.o.Node, Checks: []ha.Check{}}
	var err error
	if out.Driver, out.Tools, err = d.Versions(ctx); err != nil {
		return out, err
	}
	check := func(code string, ok bool, pairs ...string) {
		c := ha.Check{Code: code, Result: "ok", Args: map[string]string{"node": d.o.Node}}
		if !ok {
			c.Result = "failed"
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			c.Args[pairs[i]] = pairs[i+1]
		}
		out.Checks = append(out.Checks, c)
	}
	check("drbd_module", out.Driver != "", "version", out.Driver)
	check("drbd_tools", out.Tools != "", "version", out.Tools)
	info, err := os.Stat(d.path(agentFile))
	check("drbd_agent", err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0, "agent", ha.DRBDAgent)
	list, _ := d.volumes()
	for _, v := range list {
		out.Names = append(out.Names, v.Name)
		if n := lang.Minor(v.Device); n >= 0 {
			out.Minors = append(out.Minors, n)
		}
		if r, err := d.side(v); err == nil && r.Port > 0 {
			out.Ports = append(out.Ports, r.Port)
		}
	}
	p, _, err := d.kernel(ctx)
	if err != nil && out.Tools != "" {
		return out, err
	}
	for name, r := range p {
		out.Names = append(out.Names, name)
		for _, x := range r.devices {
			out.Minors = append(out.Minors, x.minor)
		}
	}
	out.Ports = append(out.Ports, listening(string(d.read("/proc/net/tcp"))+string(d.read("/proc/net/tcp6")))...)
	for _, list := range []*[]int{&out.Minors, &out.Ports} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.Sort(out.Names)
	out.Names = slices.Compact(out.Names)
	if disk == "" {
		return out, nil
	}
	if err := checkPath(disk); err != nil {
		return out, err
	}
	i, err := d.inspect(ctx, d.devicePath(disk))
	if err != nil {
		return out, d.disk(disk, err)
	}
	out.Disk = ha.DiskInspection{Device: disk, SizeBytes: uint64(max(0, i.Size)), InUse: i.InUse, Carries: i.Kinds()}
	if i.Super != nil {
		out.Disk.Cluster, out.Disk.UUID = i.Super.Cluster, i.Super.UUID.String()
	}
	return out, nil
}

func checkPath(disk string) error {
	if diskhb.CheckPath(disk) == nil && !strings.HasPrefix(disk, "/dev/drbd") {
		return nil
	}
	var f fault.Fields
	f.Add("disk", "volume.disk", "not the path of a block device", "disk", disk)
	return f.Err()
}

// listening are the ports in /proc/net/tcp that something listens at (state 0A).
func listening(text string) []int {
	var ports []int
	for line := range strings.Lines(text) {
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
	return ports
}

// kindDRBD is what libblkid, and the list of Hawser, call DRBD's metadata.
const kindDRBD = "drbd"

// Create implements replication.Driver.
func (d *Driver) Create(ctx context.Context, name string, destroy []string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	v, err := d.volume(name)
	if err != nil {
		return err
	}
	if v.Foreign {
		return d.conflict("volume.foreign", name, "%s was not written by Hawser", v.File).With("file", v.File)
	}
	own, err := d.side(v)
	if err != nil {
		return err
	}
	if own.Meta != "" {
		return d.conflict("volume.external_meta", name, "metadata on a device of their own are laid out by hand")
	}
	if _, err := d.ready(ctx); err != nil {
		return err
	}
	if s, err := d.one(ctx, name); err != nil || s.Up && s.Disk != ha.DiskDiskless {
		return err // it has its disk: done before
	}
	path := d.devicePath(own.Disk)
	i, err := d.inspect(ctx, path)
	if err != nil {
		return d.disk(own.Disk, err)
	}
	if i.InUse {
		return d.disk(own.Disk, diskhb.ErrInUse)
	}
	before := d.recall(name)
	if before.Made != "" && before.Making == "" && slices.Equal(i.Kinds(), []string{kindDRBD}) && before.Made == d.identity(ctx, v, own) {
		return nil // it bears just what was laid out here
	}
	if before.Making != own.Disk || !within(i.Kinds(), append(slices.Clone(destroy), kindDRBD)) { // else an earlier process was interrupted in the middle
		if err := d.allowed(own.Disk, i.Kinds(), destroy); err != nil {
			return err
		}
	}
	made := fmt.Sprintf("%016X", rand.Uint64()) //nolint:gosec // a name, no secret
	d.note(name, func(n *note) { *n = note{Made: made, Making: own.Disk} })
	if len(i.Carries) > 0 {
		if err := diskhb.Clear(path, i.Carries); err != nil {
			return d.disk(own.Disk, err)
		}
	}
	if _, err := d.admin(ctx, name, "--", "--force", "create-md", lang.ResourceOf(name)); err != nil {
		return err
	}
	if _, err := d.meta(ctx, v, own, "write-dev-uuid", made); err != nil {
		return d.told(ctx, name, err)
	}
	d.note(name, func(n *note) { n.Making = "" })
	return nil
}

// within says whether every kind is among others.
func within(kinds, others []string) bool {
	return !slices.ContainsFunc(kinds, func(k string) bool { return !slices.Contains(others, k) })
}

// allowed refuses a disk that carries what destroy does not name, or not what it names.
func (d *Driver) allowed(disk string, kinds, destroy []string) error {
	named := slices.Clone(destroy)
	slices.Sort(named)
	named = slices.Compact(named)
	where := []string{"disk", disk, "node", d.o.Node}
	switch {
	case slices.Equal(kinds, named):
		return nil
	case len(kinds) == 0:
		return fault.New(fault.Conflict, "volume.nothing_there", "%s on %s is blank: there is nothing to destroy", disk, d.o.Node).With(where...)
	}
	carries := strings.Join(kinds, ",")
	return fault.New(fault.Conflict, "volume.disk_occupied", "%s on %s carries %s", disk, d.o.Node, carries).With(append(where, "carries", carries)...)
}

// identity is the number by which metadata can be told from others' (device-uuid), empty where there are none.
func (d *Driver) identity(ctx context.Context, v ha.Volume, own ha.Replica) string {
	out, err := d.meta(ctx, v, own, "read-dev-uuid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out.Stdout))
}

// meta runs drbdmeta on the disk of this side.
func (d *Driver) meta(ctx context.Context, v ha.Volume, own ha.Replica, args ...string) (run.Output, error) {
	format := "v08"
	if lang.DialectOf(d.loaded()) == lang.V9 {
		format = "v09"
	}
	return d.o.Runner.Run(ctx, run.Cmd("drbdmeta", append([]string{strconv.Itoa(lang.Minor(v.Device)), format, d.devicePath(own.Disk), "internal"}, args...)...).Within(askTime))
}

// Wipe implements replication.Driver.
func (d *Driver) Wipe(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	v, err := d.volume(name)
	if err != nil {
		return err
	}
	own, err := d.side(v)
	if err != nil {
		return err
	}
	if d.known(ctx, name) {
		return d.conflict("volume.up", name, "it is up")
	}
	// Only what was laid out here: the disk of a volume whose making was refused may bear somebody else's.
	if n := d.recall(name); n.Making != own.Disk && (n.Made == "" || n.Made != d.identity(ctx, v, own)) {
		return nil
	}
	_, err = d.admin(ctx, name, "--", "--force", "wipe-md", lang.ResourceOf(name))
	if err == nil {
		d.note(name, func(n *note) { n.Made, n.Making = "", "" })
	}
	return err
}
