package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hawser/agent/diskhb"
	"hawser/agent/engine"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// The units of the disk heartbeat, in the order in which they start.
var diskUnits = []string{"hawser-diskhb-setup.service", "hawser-diskhb.service"}

// diskWait is how long the daemon may take until it works: it first watches whether another host has its number.
const diskWait = 20 * time.Second

// told gives what agent/diskhb says the names that users know.
func (d *Driver) told(device string, err error) error {
	if err == nil {
		return nil
	}
	where := []string{"device", device, "node", d.node}
	var occupied *diskhb.OccupiedError
	switch {
	case errors.As(err, &occupied):
		kinds := strings.Join(occupied.Kinds, ",")
		if kinds == "" {
			return fault.New(fault.Conflict, "diskhb.nothing_there", "%s on %s is blank: there is nothing to destroy", device, d.node).With(where...)
		}
		return fault.New(fault.Conflict, "diskhb.occupied", "%s on %s carries %s", device, d.node, kinds).With(append(where, "carries", kinds)...)
	case errors.Is(err, diskhb.ErrInUse):
		return fault.New(fault.Conflict, "diskhb.in_use", "%s on %s is mounted, or part of a volume", device, d.node).With(where...)
	case errors.Is(err, diskhb.ErrTooSmall):
		return fault.New(fault.Conflict, "diskhb.too_small", "%s on %s is too small: %w", device, d.node, err).With(append(where, "needed", "34")...)
	case errors.Is(err, diskhb.ErrNotShared):
		return fault.New(fault.Conflict, "diskhb.not_shared", "%s on %s is another disk than on the other nodes: %w", device, d.node, err).With(where...)
	case errors.Is(err, diskhb.ErrReserved):
		return fault.New(fault.Conflict, "diskhb.reserved", "%s on %s is reserved for somebody else", device, d.node).With(where...)
	case errors.Is(err, diskhb.ErrNoBlockDevice), errors.Is(err, os.ErrNotExist):
		return fault.New(fault.Invalid, "diskhb.no_device", "there is no block device %s on %s", device, d.node).With(where...)
	}
	return fault.New(fault.Failed, "diskhb.disk_failed", "%s on %s: %w", device, d.node, err).With(append(where, "why", err.Error())...)
}

func checkDevice(device string) error {
	if err := diskhb.CheckPath(device); err != nil {
		var f fault.Fields
		f.Add("device", "diskhb.path", "not the path of a device", "device", device)
		return f.Err()
	}
	return nil
}

func checkUUID(text string) (diskhb.UUID, error) {
	u, err := diskhb.ParseUUID(text)
	if err != nil {
		var f fault.Fields
		f.Add("uuid", "field.format", "not a UUID", "value", text)
		return u, f.Err()
	}
	return u, nil
}

// InspectDisk implements engine.Disk.
func (d *Driver) InspectDisk(ctx context.Context, device string) (ha.DiskInspection, error) {
	if err := checkDevice(device); err != nil {
		return ha.DiskInspection{}, err
	}
	i, err := diskhb.Inspect(ctx, d.runner, device)
	if err != nil {
		return ha.DiskInspection{}, d.told(device, err)
	}
	out := ha.DiskInspection{Device: device, SizeBytes: uint64(i.Size), InUse: i.InUse, Carries: i.Kinds()}
	if i.Super != nil {
		out.Cluster, out.UUID = i.Super.Cluster, i.Super.UUID.String()
	}
	return out, nil
}

// PrepareDisk implements engine.Disk.
func (d *Driver) PrepareDisk(ctx context.Context, a wire.DiskPrepareArgs) error {
	if err := checkDevice(a.Device); err != nil {
		return err
	}
	uuid, err := checkUUID(a.UUID)
	if err != nil {
		return err
	}
	return d.told(a.Device, diskhb.Prepare(ctx, d.runner, a.Device, diskhb.NewSuper(uuid, a.Cluster, diskhb.MaxNodes, time.Now()), a.Destroy))
}

// WipeDisk implements engine.Disk.
func (d *Driver) WipeDisk(_ context.Context, device, id string) error {
	uuid, err := checkUUID(id)
	if err != nil {
		return err
	}
	disk, err := diskhb.OpenDisk(device, diskhb.Exclusive)
	if err != nil {
		return d.told(device, err)
	}
	defer disk.Close()
	return d.told(device, diskhb.Wipe(disk, uuid))
}

// ProbeDisk implements engine.Disk.
func (d *Driver) ProbeDisk(_ context.Context, a wire.DiskProbeArgs) error {
	if err := checkDevice(a.Device); err != nil {
		return err
	}
	uuid, err := checkUUID(a.UUID)
	if err != nil {
		return err
	}
	disk, err := diskhb.OpenDisk(a.Device, diskhb.Shared)
	if err != nil {
		return d.told(a.Device, err)
	}
	defer disk.Close()
	super, err := diskhb.ReadSuper(disk)
	if err == nil && super.UUID != uuid || errors.Is(err, diskhb.ErrNoSuper) || errors.Is(err, diskhb.ErrBadSuper) {
		// Another node has just laid the device out: here is another one, or an old picture of it.
		return d.told(a.Device, diskhb.ErrNotShared)
	}
	if err == nil && len(a.Write) > 0 {
		err = diskhb.WriteProbe(disk, super, a.Node, a.Write)
	}
	for node, nonce := range a.Expect {
		if err == nil {
			err = diskhb.ReadProbe(disk, super, node, nonce)
		}
	}
	return d.told(a.Device, err)
}

// DiskFiles implements engine.Disk.
func (d *Driver) DiskFiles(context.Context) (engine.DiskFiles, error) {
	var f engine.DiskFiles
	var err error
	if f.Config, err = readFile(d.path(diskhb.ConfigFile)); err != nil {
		return f, err
	}
	f.Key, err = readFile(d.path(diskhb.KeyFile))
	return f, err
}

// NewDiskFiles implements engine.Disk.
func (d *Driver) NewDiskFiles(ctx context.Context, a wire.DiskEnableArgs) (engine.DiskFiles, error) {
	c := diskhb.Config{Cluster: a.Cluster, UUID: a.UUID, Device: a.Device, Node: a.Node, Nodes: a.Nodes, Prefix: a.Prefix, Port: diskhb.Port}
	var f fault.Fields
	if err := c.Validate(); err != nil {
		f.Add("", "diskhb.config", "not a configuration of the disk heartbeat", "why", err.Error())
	}
	if len(a.Key) != diskhb.KeySize {
		f.Add("key", "field.range", "out of range", "min", fmt.Sprint(diskhb.KeySize), "max", fmt.Sprint(diskhb.KeySize))
	}
	if err := f.Err(); err != nil {
		return engine.DiskFiles{}, err
	}
	for _, unit := range diskUnits {
		out, err := d.runner.Run(ctx, run.Cmd("systemctl", "show", "--property=LoadState", "--value", unit))
		if err != nil {
			return engine.DiskFiles{}, err
		}
		if strings.TrimSpace(string(out.Stdout)) != "loaded" {
			return engine.DiskFiles{}, fault.New(fault.Conflict, "diskhb.not_installed", "%s is not installed on host %s", unit, d.node).With("node", d.node, "unit", unit)
		}
	}
	return engine.DiskFiles{Config: c.Bytes(), Key: a.Key}, nil
}

// WriteDiskFiles implements engine.Disk. The key comes before the configuration that needs it, and goes after it.
func (d *Driver) WriteDiskFiles(_ context.Context, f engine.DiskFiles) error {
	config, key := d.path(diskhb.ConfigFile), d.path(diskhb.KeyFile)
	if f.Config == nil {
		return errors.Join(removeFile(config), removeFile(key))
	}
	if err := os.MkdirAll(filepath.Dir(config), 0o755); err != nil {
		return err
	}
	if err := engine.WriteFile(key, f.Key, 0o400); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	if err := engine.WriteFile(config, f.Config, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", config, err)
	}
	return nil
}

// StartDisk implements engine.Disk.
func (d *Driver) StartDisk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, diskWait)
	defer cancel()
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", append([]string{"reset-failed"}, diskUnits...)...))
	// The one that makes the network device does so again: its address follows from the configuration.
	for _, args := range [][]string{append([]string{"enable", "--quiet"}, diskUnits...), append([]string{"restart"}, diskUnits...)} {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", args...)); err != nil {
			return fault.New(fault.Failed, "diskhb.start_failed", "the disk heartbeat on %s does not start: %s", d.node, run.Words(err)).
				With("node", d.node, "why", d.journal(ctx, diskUnits[1], run.Words(err)))
		}
	}
	var last diskhb.Status
	for {
		s, err := diskhb.Ask(ctx, d.path(diskhb.RunDir))
		if err == nil && s.State == diskhb.Working {
			return nil
		}
		if err == nil {
			last = s
		}
		if last.State == diskhb.Stopped {
			return fault.New(fault.Failed, "diskhb.stopped", "the disk heartbeat on %s has ended: %s", d.node, last.Why).With("node", d.node, "why", last.Why)
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Failed, "diskhb.not_working", "the disk heartbeat on %s does not come to work: %s", d.node, last.Why).With("node", d.node, "why", last.Why)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// StopDisk implements engine.Disk.
func (d *Driver) StopDisk(ctx context.Context) error {
	failed := func(err error) error {
		return fault.New(fault.Failed, "diskhb.stop_failed", "the disk heartbeat on %s does not stop: %s", d.node, run.Words(err)).With("node", d.node, "why", run.Words(err))
	}
	for _, args := range [][]string{{"disable", "--quiet", diskUnits[0], diskUnits[1]}, {"stop", diskUnits[1], diskUnits[0]}} {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", args...)); err != nil {
			return failed(err)
		}
	}
	// Not by the unit's own stop: a restart must leave the device where it is.
	if err := diskhb.Remove(ctx, d.runner, diskhb.Interface); err != nil {
		return failed(err)
	}
	return nil
}

// DiskHeartbeat implements engine.Disk.
func (d *Driver) DiskHeartbeat(ctx context.Context) (ha.DiskHeartbeat, error) {
	s, err := diskhb.Ask(ctx, d.path(diskhb.RunDir))
	if errors.Is(err, diskhb.ErrDown) {
		return ha.DiskHeartbeat{State: ha.DiskDown, Peers: []ha.DiskPeer{}}, nil
	}
	if err != nil {
		return ha.DiskHeartbeat{}, err
	}
	out := ha.DiskHeartbeat{
		Device: s.Device, UUID: s.UUID, State: string(s.State), Since: s.Since, Why: s.Why, InUse: s.InUse, Stalls: s.Stalls, LongestStallMS: s.Longest,
		MemoryLocked: s.Locked, RealTime: s.RealTime, ReadUS: s.Read.MeanUS, WriteUS: s.Write.MeanUS, Peers: []ha.DiskPeer{},
	}
	for _, p := range s.Peers {
		out.Peers = append(out.Peers, ha.DiskPeer{ID: p.Node, Alive: p.Alive, LastSeen: p.Seen, Restarts: p.Lives, Lost: p.Lost})
	}
	return out, nil
}

// diskLinks says of the link over the disk that it is one, and whether this node's disk answers. The daemon answers from memory.
func (d *Driver) diskLinks(ctx context.Context, links []ha.LinkState) []ha.LinkState {
	i := slices.IndexFunc(links, func(l ha.LinkState) bool { return l.Link == ha.DiskLinkNumber })
	if i < 0 {
		return links
	}
	s, err := diskhb.Ask(ctx, d.path(diskhb.RunDir))
	links = slices.Clone(links)
	for i := range links {
		if links[i].Link == ha.DiskLinkNumber {
			links[i].Kind, links[i].Stalled = ha.DiskLink, err != nil || s.State == diskhb.Stalled || s.State == diskhb.Stopped
		}
	}
	return links
}
