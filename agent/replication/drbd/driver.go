// Package drbd replicates volumes by DRBD, through its own tools and files. DRBD 8.4 and 9 are driven alike; which of the two it is, is asked of
// the kernel, because drbdadm reads its files by the grammar of the module that is loaded.
//
// DRBD's tools hand a resource's secret to one another as an argument (drbdadm to drbdsetup, drbd-utils 9.22): for that moment the users of the
// host can see it. Hawser itself never does.
package drbd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"hawser/agent/run"
	lang "hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Options make a Driver.
type Options struct {
	Node   string // name of this host, in the cluster and in DRBD's files (uname -n)
	Runner run.Runner
	Root   string // where the host's files are; empty for /
	State  string // file in which the driver keeps what the kernel forgets
	// Write replaces a file so that after a crash it is the old or the new one.
	Write func(path string, data []byte, mode os.FileMode) error
	Log   *slog.Logger
}

// Driver implements replication.Driver. Its methods may be called at once.
type Driver struct {
	o Options

	acting sync.Mutex // held by what changes something; no two of these at once

	mu     sync.Mutex // guards what follows; held while the memory is written down, so that an older one never follows a newer
	memory memory
	looks  map[string]look // by volume and peer, for rates
	busy   bool            // something is being synced or verified
	// listens: events2 is followed, and has told all that was so at its start.
	listens bool
}

// The files of DRBD and of the kernel.
const (
	confFile   = "/etc/drbd.conf"
	confDir    = "/etc/drbd.d"
	procFile   = "/proc/drbd"
	moduleFile = "/sys/module/drbd/version"
)

// Times of the tools. One that attaches a disk replays its activity log, which takes as long as the disk does.
const (
	askTime  = 15 * time.Second
	actTime  = 2 * time.Minute
	makeTime = 10 * time.Minute // file systems and metadata of large disks
)

// New returns a Driver. A state file that cannot be read is begun anew: what it holds is evidence, not configuration.
func New(o Options) *Driver {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Driver{o: o, looks: map[string]look{}}
	d.memory = readMemory(o.State, o.Log)
	return d
}

// Name implements replication.Driver.
func (d *Driver) Name() ha.VolumeDriver { return ha.DRBD }

func (d *Driver) path(name string) string { return filepath.Join(d.o.Root, name) }

// read reads a file of the host; nil where there is none.
func (d *Driver) read(name string) []byte {
	data, err := os.ReadFile(d.path(name))
	if err != nil {
		return nil
	}
	return data
}

// loaded is the version of the module that is in the kernel.
func (d *Driver) loaded() string {
	if v := strings.TrimSpace(string(d.read(moduleFile))); v != "" {
		return v
	}
	// version: 8.4.11 (api:1/proto:86-101)
	line, _, _ := strings.Cut(string(d.read(procFile)), "\n")
	if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "version:" {
		return fields[1]
	}
	return ""
}

// Versions implements replication.Driver.
func (d *Driver) Versions(ctx context.Context) (kernel, tools string, err error) {
	if kernel = d.loaded(); kernel == "" {
		out, err := d.o.Runner.Run(ctx, run.Cmd("modinfo", "--field", "version", "drbd").Within(askTime))
		if ctx.Err() != nil {
			return "", "", context.Cause(ctx)
		}
		if err == nil {
			kernel = strings.TrimSpace(string(out.Stdout))
		}
	}
	out, err := d.o.Runner.Run(ctx, run.Cmd("drbdadm", "--version").Within(askTime))
	switch {
	case ctx.Err() != nil:
		return "", "", context.Cause(ctx)
	case run.Missing(err):
		return kernel, "", nil
	}
	for line := range strings.Lines(string(out.Stdout)) { // its exit status depends on the module
		if v, is := strings.CutPrefix(strings.TrimSpace(line), "DRBDADM_VERSION="); is {
			tools = v
		}
	}
	return kernel, tools, nil
}

// ready has the module loaded, and says which dialect it speaks.
func (d *Driver) ready(ctx context.Context) (lang.Dialect, error) {
	if v := d.loaded(); v != "" {
		return lang.DialectOf(v), nil
	}
	_, err := d.o.Runner.Run(ctx, run.Cmd("modprobe", "drbd").Within(askTime))
	if v := d.loaded(); v != "" {
		return lang.DialectOf(v), nil
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	why := "/proc/drbd is not there"
	if err != nil {
		why = run.Words(err)
	}
	return 0, fault.New(fault.Conflict, "volume.no_module", "the kernel of %s has no DRBD: %s", d.o.Node, why).With("node", d.o.Node, "why", why)
}

// admin runs drbdadm.
func (d *Driver) admin(ctx context.Context, name string, args ...string) (run.Output, error) {
	out, err := d.o.Runner.Run(ctx, run.Cmd("drbdadm", args...).Within(actTime))
	return out, d.told(ctx, name, err)
}

// refusals are what the kernel answers to what it will not do, by number. [drbd_strings.c, state change errors of 8.4 and 9]
var refusals = map[string]string{
	"(-1)":  "volume.other_primary",
	"(-2)":  "volume.no_data",
	"(-12)": "volume.in_use",
}

// told makes a fault of what a tool says.
func (d *Driver) told(ctx context.Context, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case run.Missing(err):
		return fault.New(fault.Conflict, "volume.no_tools", "drbd-utils are not installed on %s", d.o.Node).With("node", d.o.Node)
	}
	words := d.redacted(run.Words(err))
	for number, reason := range refusals {
		if strings.Contains(words, "State change failed: "+number) || strings.Contains(words, ": "+number+" ") {
			return fault.New(fault.Conflict, reason, "DRBD refuses it for volume %s on %s: %s", name, d.o.Node, words).With("volume", name, "node", d.o.Node, "why", words)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Failed, "volume.slow", "DRBD's tools did not end in time for volume %s on %s", name, d.o.Node).With("volume", name, "node", d.o.Node)
	}
	return fault.New(fault.Failed, "volume.failed", "DRBD on %s, volume %s: %s", d.o.Node, name, words).With("volume", name, "node", d.o.Node, "why", words)
}

// redacted takes secrets out of what tools say.
func (d *Driver) redacted(text string) string {
	for _, s := range d.secrets() {
		text = strings.ReplaceAll(text, s, lang.Hidden)
	}
	return text
}

// conflict is a refusal that concerns a volume.
func (d *Driver) conflict(reason, name, format string, args ...any) *fault.Error {
	return fault.New(fault.Conflict, reason, "volume %s on %s: %s", name, d.o.Node, fmt.Sprintf(format, args...)).With("volume", name, "node", d.o.Node)
}

// one is what drbdadm calls the single device of a volume.
func one(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return name + "/0"
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
