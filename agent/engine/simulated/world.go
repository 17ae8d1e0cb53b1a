// Package simulated is the engine's driver for clusters that do not exist: hosts are files in a shared folder, the
// scheduler is Pacemaker's own (crm_simulate on a CIB file), and around it stands a small fake of what the tools cannot do
// on a file: membership, power, failures, fencing, clean-up. No second scheduler is written here.
//
// Time does not pass: whatever the scheduler orders is done at once, so a simulated cluster is always idle. Operations
// succeed unless a test says otherwise. Any number of processes may share a folder; a lock file orders them.
package simulated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// World is a folder of simulated hosts and clusters. Its methods are what happens to machines, as opposed to what their
// administrators ask for. They may be called at once, also from several processes.
type World struct {
	dir    string
	runner run.Runner
}

// Open returns the world in a folder, which is made where it is missing.
func Open(dir string, r run.Runner) (*World, error) {
	if r == nil {
		r = run.System{}
	}
	for _, sub := range []string{"hosts", "clusters"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("make simulated world: %w", err)
		}
	}
	return &World{dir: dir, runner: r}, nil
}

// host is a simulated machine.
type host struct {
	Name    string       `json:"name"`
	Number  int          `json:"number"` // gives it its addresses
	Power   bool         `json:"power"`
	Started bool         `json:"started"` // corosync and pacemaker run
	Files   engine.Files `json:"files"`
	Cut     []int        `json:"cut,omitempty"` // links that are down
	Arbiter *arbiter     `json:"arbiter,omitempty"`
	Client  client       `json:"client,omitzero"`
	Remote  remote       `json:"remote,omitzero"`
	// Vitals are how it is, where somebody has said so.
	Vitals map[string]float64 `json:"vitals,omitempty"`

	SBD     map[string]string `json:"sbd,omitempty"`     // the lines of SBD's file; nil where it is off
	SBDLate bool              `json:"sbdLate,omitempty"` // configured while the cluster ran: it starts with the cluster's next start
	Disk    diskHeart         `json:"disk,omitzero"`
	Service service           `json:"service,omitzero"`
}

// start is what happens when the cluster's daemons start on a host.
func (h *host) start() {
	h.Started, h.SBDLate = true, false
	h.Client.Running = h.Client.Ticket != ""
}

// cluster is what a simulated cluster has beside its CIB.
type cluster struct {
	// Settled is the version of the CIB on which the scheduler had nothing left to do.
	Settled    ha.Version       `json:"settled"`
	History    []ha.FenceAction `json:"history,omitempty"`
	FailStart  []string         `json:"failStart,omitempty"`  // operations that fail, as crm_simulate's --op-fail takes them
	FenceFails bool             `json:"fenceFails,omitempty"` // the fence device is broken
}

// lock keeps others away from the folder until the function that it returns is called.
func (w *World) lock(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(w.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			_ = f.Close()
			return nil, fmt.Errorf("lock simulated world: %w", err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (w *World) hostPath(name string) string { return filepath.Join(w.dir, "hosts", name+".json") }
func (w *World) cibPath(cluster string) string {
	return filepath.Join(w.dir, "clusters", cluster, "cib.xml")
}

func (w *World) worldPath(cluster string) string {
	return filepath.Join(w.dir, "clusters", cluster, "world.json")
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return engine.WriteFile(path, data, 0o600)
}

// join makes a host known. The caller holds the lock.
func (w *World) join(name string) (host, error) {
	var h host
	err := readJSON(w.hostPath(name), &h)
	if !errors.Is(err, os.ErrNotExist) {
		return h, err
	}
	all, err := w.hosts()
	if err != nil {
		return h, err
	}
	h = host{Name: name, Number: 1, Power: true}
	for _, o := range all {
		h.Number = max(h.Number, o.Number+1)
	}
	return h, writeJSON(w.hostPath(name), h)
}

// hosts returns all hosts, by number.
func (w *World) hosts() ([]host, error) {
	files, err := filepath.Glob(filepath.Join(w.dir, "hosts", "*.json"))
	if err != nil {
		return nil, err
	}
	var list []host
	for _, file := range files {
		var h host
		if err := readJSON(file, &h); err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b host) int { return a.Number - b.Number })
	return list, nil
}

// setup returns the cluster that a host is configured for.
func (h host) setup() (ha.Setup, bool) {
	if h.Files.Conf == nil {
		return ha.Setup{}, false
	}
	conf, err := corosync.Parse(h.Files.Conf)
	if err != nil {
		return ha.Setup{}, false
	}
	s, err := conf.Setup()
	return s, err == nil
}

// change changes a host, and then lets its cluster find its new balance.
func (w *World) change(ctx context.Context, name string, change func(*host, *balance) error) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := w.join(name)
	if err != nil {
		return err
	}
	s, configured := h.setup()
	var b *balance
	if configured {
		if b, err = w.open(ctx, s); err != nil {
			return err
		}
	}
	if err := change(&h, b); err != nil {
		return err
	}
	if err := writeJSON(w.hostPath(name), h); err != nil {
		return err
	}
	if b == nil {
		return nil
	}
	return b.settle(ctx)
}

// PowerOff cuts the power: nothing is stopped in an orderly way, and the others must fence the host before they go on.
func (w *World) PowerOff(ctx context.Context, name string) error {
	if err := w.change(ctx, name, func(h *host, b *balance) error {
		if b != nil && h.Power && h.Started {
			b.crash(h.Name)
		}
		h.Power, h.Started = false, false
		return nil
	}); err != nil {
		return err
	}
	return w.reconnect(ctx, name)
}

// PowerOn boots the host; its cluster starts where it is set to.
func (w *World) PowerOn(ctx context.Context, name string) error {
	if err := w.change(ctx, name, func(h *host, b *balance) error {
		if h.Power {
			return nil
		}
		h.Power, h.Started = true, false
		if h.Files.Autostart && h.Files.Conf != nil {
			h.start()
		}
		if b != nil && h.Started {
			b.boot(h.Name)
		}
		return nil
	}); err != nil {
		return err
	}
	return w.reconnect(ctx, name)
}

// FailResource lets the monitor of a resource fail on the host where it runs, or on node.
func (w *World) FailResource(ctx context.Context, resource, node string) error {
	return w.change(ctx, node, func(_ *host, b *balance) error {
		if b == nil {
			return engine.ErrDown
		}
		return b.fail(ctx, resource, node)
	})
}

// Probed lets every online machine of the cluster of node know that what does not run on it is not there, as if each had probed: the
// simulation itself would take minutes for that in a large cluster.
func (w *World) Probed(ctx context.Context, node string) error {
	return w.change(ctx, node, func(_ *host, b *balance) error {
		if b == nil {
			return engine.ErrDown
		}
		b.probed()
		return nil
	})
}

// FailStart lets every start of a resource fail on node, until it is told again with fail false.
func (w *World) FailStart(ctx context.Context, resource, node string, fail bool) error {
	return w.change(ctx, node, func(_ *host, b *balance) error {
		if b == nil {
			return engine.ErrDown
		}
		spec := fmt.Sprintf("%s_start_0@%s=1", resource, node)
		b.world.FailStart = slices.DeleteFunc(b.world.FailStart, func(s string) bool { return s == spec })
		if fail {
			b.world.FailStart = append(b.world.FailStart, spec)
		}
		b.restless = true
		return nil
	})
}

// BreakFencing lets fencing fail in the cluster of node, until it is told again with broken false.
func (w *World) BreakFencing(ctx context.Context, node string, broken bool) error {
	return w.change(ctx, node, func(_ *host, b *balance) error {
		if b == nil {
			return engine.ErrDown
		}
		b.world.FenceFails, b.restless = broken, true
		return nil
	})
}

// CutLink takes a heartbeat link of a host down, RestoreLink brings it back. As long as one link is left the
// membership stays; a host that loses its last one is lost to the others as if it had crashed.
func (w *World) CutLink(ctx context.Context, name string, link int) error {
	return w.change(ctx, name, func(h *host, b *balance) error {
		if !slices.Contains(h.Cut, link) {
			h.Cut = append(h.Cut, link)
		}
		if s, configured := h.setup(); configured && h.Started && h.isolated(s) {
			b.crash(h.Name)
			h.Power, h.Started = false, false // the others fence it
		}
		return nil
	})
}

// RestoreLink brings a heartbeat link back.
func (w *World) RestoreLink(ctx context.Context, name string, link int) error {
	return w.change(ctx, name, func(h *host, _ *balance) error {
		h.Cut = slices.DeleteFunc(h.Cut, func(l int) bool { return l == link })
		return nil
	})
}

// isolated says whether all links of a host are cut.
func (h host) isolated(s ha.Setup) bool {
	for _, n := range s.Nodes {
		if n.Name == h.Name {
			for l := range n.Addresses {
				if !slices.Contains(h.Cut, l) {
					return false
				}
			}
		}
	}
	return true
}

// tools are Pacemaker's tools on the file of a cluster.
func (w *World) tools(cluster string) pacemaker.Tools {
	return pacemaker.Tools{Runner: w.runner, File: w.cibPath(cluster)}
}

// patch changes a cluster's CIB. The tool works on a copy: it empties the file before it writes it, and may be killed in between.
func (w *World) patch(ctx context.Context, cluster string, before, after []byte) error {
	path := w.cibPath(cluster)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tools := w.tools(cluster)
	tools.File = path + ".new"
	if err := engine.WriteFile(tools.File, data, 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(tools.File) }() // gone already where it has become the CIB
	if err := tools.Patch(ctx, before, after); err != nil {
		return err
	}
	return os.Rename(tools.File, path)
}

// missing says that Pacemaker's tools are not there.
func missing(err error) error {
	if run.Missing(err) {
		return fault.New(fault.Conflict, "host.no_pacemaker_tools", "Pacemaker's command-line tools are not installed; the simulation needs them")
	}
	return err
}

// label keeps the name of a cluster from leading out of the folder.
func label(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/\\") && name[0] != '.'
}
