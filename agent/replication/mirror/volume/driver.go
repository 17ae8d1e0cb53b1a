// Package volume drives mirrors as replication.Driver wants it: configuration, metadata, daemons and their orders. What is decided about data
// is decided by the daemon; what is configured is in files that belong to Hawser alone.
package volume

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/mirror"
	"hawser/internal/version"
)

// Options make a Driver.
type Options struct {
	Node    string // name of this host in the cluster
	Runner  run.Runner
	Root    string   // where the host's files are; empty for /
	Program []string // hawser-mirror, with arguments before its own; empty for /usr/bin/hawser-mirror
	Launch  []string // what a daemon is started by, which becomes the program; nothing
	Helper  []string // what changes the in-sync set; empty for the program itself
	// Write replaces a file so that after a crash it is the old or the new one.
	Write func(path string, data []byte, mode os.FileMode) error
	Log   *slog.Logger
}

// Driver implements replication.Driver. Its methods may be called at once.
type Driver struct {
	o      Options
	acting sync.Mutex // held by what changes something; no two of these at once
}

// New returns a Driver.
func New(o Options) *Driver {
	if len(o.Program) == 0 {
		o.Program = []string{"/usr/bin/hawser-mirror"}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Driver{o: o}
}

// Name implements replication.Driver.
func (d *Driver) Name() ha.VolumeDriver { return ha.Mirror }

// Versions implements replication.Driver. The kernel's part is its FUSE.
func (d *Driver) Versions(context.Context) (kernel, tools string, err error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "", "", err
	}
	if _, err := os.Stat("/dev/fuse"); err == nil {
		kernel = unix.ByteSliceToString(name.Release[:])
	}
	if _, err := run.Find(d.o.Program[0]); err == nil {
		tools = version.String()
	}
	return kernel, tools, nil
}

// record is what the driver keeps of a volume; what the daemon is told is made of it.
type record struct {
	Volume ha.Volume `json:"volume"`
	UUID   string    `json:"uuid"`
}

func (d *Driver) path(name string) string { return filepath.Join("/", d.o.Root, name) }

func (d *Driver) file(name, suffix string) string {
	return d.path(filepath.Join(ha.MirrorConfigDir, name+suffix))
}

// The files of a volume: what it should be, what its daemon is told, its key, and what its daemon says.
const (
	volumeFile = ".volume"
	configFile = ".json"
	keyFile    = ".key"
	logFile    = ".log"
)

func (d *Driver) records() ([]record, error) {
	files, err := filepath.Glob(d.file("*", volumeFile))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var list []record
	for _, f := range files {
		r, err := d.read(strings.TrimSuffix(filepath.Base(f), volumeFile))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// read reads what is kept of a volume; one that is not there is a fault.
func (d *Driver) read(name string) (record, error) {
	var r record
	unknown := fault.New(fault.NotFound, "volume.unknown", "there is no volume %s on %s", name, d.o.Node).With("volume", name, "node", d.o.Node)
	if !plain.MatchString(name) {
		return r, unknown
	}
	b, err := os.ReadFile(d.file(name, volumeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, unknown
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil || r.Volume.Name != name {
		return r, fmt.Errorf("%s: not the record of volume %s: %w", d.file(name, volumeFile), name, err)
	}
	return r, nil
}

// config is what the daemon of this side is told.
func (d *Driver) config(r record) daemon.Config {
	v := r.Volume
	side := slices.IndexFunc(v.Replicas, func(x ha.Replica) bool { return x.Node == d.o.Node })
	listens := v.Replicas[1]
	return daemon.Config{
		Name: v.Name, Volume: r.UUID, Side: uint8(side + 1), Device: v.Replicas[side].Disk, Address: hostPort(listens.Address, listens.Port), //nolint:gosec // 1 or 2
		KeyFile: d.file(v.Name, keyFile), RunDir: d.path(daemon.RunDir), Nodes: v.Nodes(), Helper: d.o.Helper, Link: d.path(v.Device), Timing: timing(v.Options[mirror.Net]),
	}
}

// open is the configuration of a volume's daemon.
func (d *Driver) open(name string) (record, daemon.Config, error) {
	r, err := d.read(name)
	if err != nil {
		return r, daemon.Config{}, err
	}
	return r, d.config(r), nil
}

// up is the same with the daemon's state, and refuses a volume that is down.
func (d *Driver) up(ctx context.Context, name string) (daemon.Config, daemon.Status, error) {
	_, c, err := d.open(name)
	if err != nil {
		return c, daemon.Status{}, err
	}
	pid, s, err := daemon.Look(ctx, c)
	if err == nil && pid == 0 {
		err = d.conflict("volume.down", name, "it is down")
	}
	return c, s, d.told(name, err)
}

// conflict is a refusal that concerns a volume.
func (d *Driver) conflict(reason, name, format string, args ...any) *fault.Error {
	return fault.New(fault.Conflict, reason, "volume %s on %s: %s", name, d.o.Node, fmt.Sprintf(format, args...)).With("volume", name, "node", d.o.Node)
}

// reasons are what the daemon's refusals are called where any driver may have them.
var reasons = map[string]string{
	"mirror.occupied": "volume.disk_occupied", "mirror.nothing_there": "volume.nothing_there", "mirror.in_use": "volume.in_use",
	"mirror.inconsistent": "volume.no_data", "mirror.no_data": "volume.no_data", "mirror.outdated": "volume.outdated", "mirror.peer_primary": "volume.other_primary",
	"mirror.no_device": "volume.no_device", "mirror.device_in_use": "volume.disk_in_use", "mirror.down": "volume.down", "mirror.no_source": "volume.no_source",
	"mirror.primary": "volume.primary",
}

// told makes of a daemon's fault one of a volume.
func (d *Driver) told(name string, err error) error {
	if err == nil {
		return nil
	}
	f := fault.Public(daemon.Fault(err))
	reason, known := reasons[f.Reason]
	if !known {
		return daemon.Fault(err)
	}
	out := fault.New(f.Code, reason, "volume %s on %s: %w", name, d.o.Node, err).With("volume", name, "node", d.o.Node)
	for key, value := range f.Args {
		if other, is := map[string]string{"device": "disk", "kinds": "carries"}[key]; is {
			key = other
		}
		out = out.With(key, value)
	}
	return out
}
