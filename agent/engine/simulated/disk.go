package simulated

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hawser/agent/engine"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// disk is a simulated disk that all hosts of a world share.
type disk struct {
	Path   string         `json:"path"`
	Size   uint64         `json:"size"`
	Holds  string         `json:"holds,omitempty"`  // a file system's name, sbd, hawser; empty where it is blank
	UUID   string         `json:"uuid,omitempty"`   // of what it holds
	Nonces map[int][]byte `json:"nonces,omitempty"` // what nodes have written in order to try it
	// Cluster is whose disk heartbeat it carries; Watchdog and Msgwait are in SBD's header.
	Cluster  string `json:"cluster,omitempty"`
	Watchdog int    `json:"watchdog,omitempty"`
	Msgwait  int    `json:"msgwait,omitempty"`
}

// diskHeart is what holds for the disk heartbeat of a host.
type diskHeart struct {
	Files   engine.DiskFiles `json:"files"`
	Started time.Time        `json:"started,omitzero"` // zero: the daemon does not run
}

// heartbeatOn is a disk that carries the heartbeat, by the name that an override gives it.
const heartbeatOn = "hawser"

// newDisks are the shared disks of a new world: two of them carry something.
func newDisks() []disk {
	return []disk{
		{Path: "/dev/disk/by-id/sim-shared-1", Size: 64 << 20},
		{Path: "/dev/disk/by-id/sim-shared-2", Size: 64 << 20},
		{Path: "/dev/disk/by-id/sim-shared-3", Size: 1 << 30, Holds: "ext4", UUID: "5d2b1a3c-0001-4f6e-9b1d-2f6f7a1c9e10"},
		{Path: "/dev/disk/by-id/sim-shared-4", Size: 1 << 30, Holds: "LVM2_member", UUID: "PvN2q1-0002"},
	}
}

func (w *World) disksPath() string { return filepath.Join(w.dir, "disks.json") }

// disks returns the shared disks. The caller holds the lock, or does not mind one that is just being written.
func (w *World) disks() ([]disk, error) {
	var list []disk
	err := readJSON(w.disksPath(), &list)
	if errors.Is(err, os.ErrNotExist) {
		return newDisks(), nil
	}
	return list, err
}

// changeDisk changes a disk under the world's lock.
func (d *Driver) changeDisk(ctx context.Context, path string, change func(*disk) error) error {
	unlock, err := d.world.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	list, err := d.world.disks()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(x disk) bool { return x.Path == path })
	if i < 0 {
		return d.noDisk(path)
	}
	if err := change(&list[i]); err != nil {
		return err
	}
	return writeJSON(d.world.disksPath(), list)
}

func (d *Driver) noDisk(path string) error {
	return fault.New(fault.NotFound, "diskhb.no_device", "no block device %s on %s", path, d.node).With("device", path, "node", d.node)
}

// changeHost changes this host's own record, without letting its cluster find another balance.
func (d *Driver) changeHost(ctx context.Context, change func(*host)) error {
	unlock, err := d.world.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := d.self(ctx)
	if err != nil {
		return err
	}
	change(&h)
	return writeJSON(d.world.hostPath(d.node), h)
}

// blockDevices are the shared disks as every host tells them.
func (w *World) blockDevices() []ha.Device {
	list, err := w.disks()
	if err != nil {
		return nil
	}
	var out []ha.Device
	for _, x := range list {
		one := ha.Device{Path: x.Path, SizeBytes: x.Size}
		if x.Holds != heartbeatOn && x.Holds != ha.DiskSBD { // lsblk knows neither
			one.FileSystem, one.UUID = x.Holds, x.UUID
		}
		out = append(out, one)
	}
	return out
}

// InspectDisk implements engine.Disk.
func (d *Driver) InspectDisk(_ context.Context, path string) (ha.DiskInspection, error) {
	list, err := d.world.disks()
	if err != nil {
		return ha.DiskInspection{}, err
	}
	i := slices.IndexFunc(list, func(x disk) bool { return x.Path == path })
	if i < 0 {
		return ha.DiskInspection{}, d.noDisk(path)
	}
	out := ha.DiskInspection{Device: path, SizeBytes: list[i].Size, Cluster: list[i].Cluster}
	if list[i].Holds != "" {
		out.Carries = []string{list[i].Holds}
	}
	if list[i].Holds == heartbeatOn {
		out.UUID = list[i].UUID
	}
	return out, nil
}

// PrepareDisk implements engine.Disk.
func (d *Driver) PrepareDisk(ctx context.Context, a wire.DiskPrepareArgs) error {
	return d.changeDisk(ctx, a.Device, func(x *disk) error {
		if named := strings.Join(a.Destroy, ","); x.UUID != a.UUID && named != x.Holds {
			return fault.New(fault.Conflict, "diskhb.occupied", "%s on %s carries %s", a.Device, d.node, x.Holds).
				With("device", a.Device, "node", d.node, "carries", x.Holds)
		}
		*x = disk{Path: x.Path, Size: x.Size, Holds: heartbeatOn, UUID: a.UUID, Cluster: a.Cluster}
		return nil
	})
}

// WipeDisk implements engine.Disk.
func (d *Driver) WipeDisk(ctx context.Context, path, uuid string) error {
	return d.changeDisk(ctx, path, func(x *disk) error {
		if x.UUID == uuid {
			*x = disk{Path: x.Path, Size: x.Size}
		}
		return nil
	})
}

// ProbeDisk implements engine.Disk.
func (d *Driver) ProbeDisk(ctx context.Context, a wire.DiskProbeArgs) error {
	return d.changeDisk(ctx, a.Device, func(x *disk) error {
		if x.Nonces == nil {
			x.Nonces = map[int][]byte{}
		}
		if a.Write != nil {
			x.Nonces[a.Node] = a.Write
		}
		for id, want := range a.Expect {
			if x.UUID != a.UUID || !bytes.Equal(x.Nonces[id], want) {
				return fault.New(fault.Conflict, "diskhb.not_shared", "%s on %s is another disk", a.Device, d.node).With("device", a.Device, "node", d.node)
			}
		}
		return nil
	})
}

// DiskFiles implements engine.Disk.
func (d *Driver) DiskFiles(ctx context.Context) (engine.DiskFiles, error) {
	h, err := d.self(ctx)
	return h.Disk.Files, err
}

// WriteDiskFiles implements engine.Disk.
func (d *Driver) WriteDiskFiles(ctx context.Context, f engine.DiskFiles) error {
	return d.changeHost(ctx, func(h *host) { h.Disk.Files = f })
}

// NewDiskFiles implements engine.Disk.
func (d *Driver) NewDiskFiles(_ context.Context, a wire.DiskEnableArgs) (engine.DiskFiles, error) {
	key := a.Key
	a.Key = nil // in a file of its own
	conf, err := json.Marshal(a)
	return engine.DiskFiles{Config: conf, Key: key}, err
}

// StartDisk implements engine.Disk.
func (d *Driver) StartDisk(ctx context.Context) error {
	return d.changeHost(ctx, func(h *host) { h.Disk.Started = time.Now().UTC() })
}

// StopDisk implements engine.Disk.
func (d *Driver) StopDisk(ctx context.Context) error {
	return d.changeHost(ctx, func(h *host) { h.Disk.Started = time.Time{} })
}

// DiskHeartbeat implements engine.Disk: a simulated disk answers at once and never stalls.
func (d *Driver) DiskHeartbeat(ctx context.Context) (ha.DiskHeartbeat, error) {
	h, err := d.self(ctx)
	if err != nil {
		return ha.DiskHeartbeat{}, err
	}
	out := ha.DiskHeartbeat{State: ha.DiskDown, Peers: []ha.DiskPeer{}}
	args, runs := h.heart()
	out.Device, out.UUID = args.Device, args.UUID
	if !runs {
		return out, nil
	}
	out.State, out.Since = ha.DiskWorking, h.Disk.Started
	out.MemoryLocked, out.RealTime, out.ReadUS, out.WriteUS = true, true, 400, 900
	all, err := d.world.hosts()
	if err != nil {
		return out, err
	}
	for _, o := range all {
		theirs, alive := o.heart()
		if o.Name != d.node && theirs.UUID == args.UUID && slices.Contains(args.Nodes, theirs.Node) {
			out.Peers = append(out.Peers, ha.DiskPeer{ID: theirs.Node, Alive: alive, LastSeen: time.Now().UTC()})
		}
	}
	links, err := d.Links(ctx)
	if errors.Is(err, engine.ErrDown) {
		return out, nil
	}
	for _, l := range links {
		over := func(kind ha.LinkKind) bool {
			return slices.ContainsFunc(links, func(o ha.LinkState) bool {
				return o.Peer == l.Peer && o.Connected && (o.Kind == ha.DiskLink) == (kind == ha.DiskLink)
			})
		}
		out.InUse = out.InUse || over(ha.DiskLink) && !over(ha.NetworkLink)
	}
	return out, err
}

// heart is what the disk heartbeat of a host was told, and whether it runs.
func (h host) heart() (wire.DiskEnableArgs, bool) {
	var a wire.DiskEnableArgs
	if h.Disk.Files.Config == nil || json.Unmarshal(h.Disk.Files.Config, &a) != nil {
		return wire.DiskEnableArgs{}, false
	}
	return a, h.Power && !h.Disk.Started.IsZero()
}

// onDisk says whether an address is that of this host's link over the disk: the daemon has made its interface.
func (h host) onDisk(a string) bool {
	args, runs := h.heart()
	prefix, _, _ := strings.Cut(args.Prefix, "/")
	at := strings.LastIndexByte(prefix, '.')
	return runs && at > 0 && strings.HasPrefix(a, prefix[:at+1])
}
