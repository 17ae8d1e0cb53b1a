// Package live is the engine's driver for Pacemaker and Corosync as they run on this host.
package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/facts"
	"hawser/agent/health"
	"hawser/agent/pacemaker"
	"hawser/agent/preflight"
	"hawser/agent/replication"
	"hawser/agent/replication/drbd"
	"hawser/agent/replication/mirror/volume"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// The daemons' own places. Source: corosync 3, pacemaker 2; the same on Debian, RHEL, openEuler and Kylin.
const (
	confPath    = "/etc/corosync/corosync.conf"
	keyPath     = "/etc/corosync/authkey"
	cibDir      = "/var/lib/pacemaker/cib"
	inputsDir   = "/var/lib/pacemaker/pengine"
	corosyncDir = "/var/lib/corosync"
)

const (
	// startWait is how long daemons may take until they answer: corosync waits for its network, pacemaker for corosync.
	startWait = 90 * time.Second
	// stopWait is longer than pacemaker.service's own TimeoutStopSec: it stops all its resources first.
	stopWait = 31 * time.Minute
	// votesAge is how long votes are believed while no node comes or goes: they change by hand only.
	votesAge = time.Minute
	// linksAge is how old latencies may be. Whether a link works is noticed at once where corosync has a log file.
	linksAge = 20 * time.Second
)

// Options make a Driver.
type Options struct {
	Runner run.Runner // nil: programs of this machine
	Node   string     // empty: what this host calls itself
	Root   string     // where the host's files lie; empty: at /
	Times  string     // file that keeps how long operations took; empty: only as long as this process
	Proc   string     // where the kernel's figures are read; empty: /proc
	// Volumes is the file in which is kept what the kernel forgets of replicated volumes; empty: the agent's own place.
	Volumes string
	Log     *slog.Logger
}

// Driver implements engine.Driver.
type Driver struct {
	runner   run.Runner
	node     string
	root     string
	cluster  pacemaker.Tools
	corosync corosync.Tools
	vitals   health.Reader
	volumes  replication.Drivers

	mu       sync.Mutex // guards what is below; not held while a program runs
	votes    corosync.Votes
	votesKey string
	votesAt  time.Time
	links    []ha.LinkState
	linksAt  time.Time
	counters map[string]string // corosync's, as of linksAt
	dc       string
	working  bool      // this node's controller has begun a transition
	heardAt  time.Time // when it said how it is
	version  string    // of corosync
	device   deviceSeen
}

// New returns the driver of this host.
func New(o Options) (*Driver, error) {
	if o.Runner == nil {
		o.Runner = run.System{}
	}
	if o.Node == "" {
		name, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("name of this host: %w", err)
		}
		o.Node = name
	}
	return &Driver{runner: o.Runner, node: o.Node, root: o.Root, cluster: pacemaker.Tools{Runner: o.Runner, Times: pacemaker.OpenTimes(o.Times)}, corosync: corosync.Tools{Runner: o.Runner}, vitals: health.Reader{Proc: o.Proc, Runner: o.Runner}, volumes: replication.Drivers{drbd.New(drbd.Options{
		Node: o.Node, Runner: o.Runner, Root: o.Root, State: cmp.Or(o.Volumes, filepath.Join(o.Root, "/var/lib/hawser-agent/volumes.json")), Write: engine.WriteFile, Log: o.Log,
	}), volume.New(volume.Options{
		Node: o.Node, Runner: o.Runner, Root: o.Root, Write: engine.WriteFile, Log: o.Log,
		// In the agent's own group the memory of a volume would be the agent's, and the agent's limit the volume's.
		Launch: []string{"systemd-run", "--scope", "--quiet", "--collect"},
	})}}, nil
}

// path is where a file of the host lies.
func (d *Driver) path(name string) string { return filepath.Join(d.root, name) }

// Engine implements engine.Driver.
func (d *Driver) Engine() string { return "pacemaker" }

// Replication is the host's replication driver.
func (d *Driver) Replication() replication.Driver { return d.volumes }

// Node implements engine.Driver.
func (d *Driver) Node() string { return d.node }

// Facts implements engine.Driver.
func (d *Driver) Facts(ctx context.Context) (ha.Facts, error) {
	f := facts.Read(ctx, d.runner)
	f.Engine = d.Engine()
	f.Hostname = d.node
	f.Pacemaker, _ = d.cluster.Version(ctx) // empty where it is not installed
	f.Corosync = d.corosyncVersion(ctx)
	if files, err := d.Files(ctx); err == nil && files.Conf != nil && !corosync.Stock(files.Conf) {
		if conf, err := corosync.Parse(files.Conf); err == nil {
			f.Cluster = conf.ClusterName()
		}
	}
	return f, nil
}

func (d *Driver) corosyncVersion(ctx context.Context) string {
	d.mu.Lock()
	known := d.version
	d.mu.Unlock()
	if known != "" {
		return known
	}
	v, err := d.corosync.Version(ctx)
	if err != nil {
		return ""
	}
	d.mu.Lock()
	d.version = v
	d.mu.Unlock()
	return v
}

// Preflight implements engine.Driver.
func (d *Driver) Preflight(ctx context.Context, setup *ha.Setup) ([]ha.Check, error) {
	files, err := d.Files(ctx)
	if err != nil {
		return nil, err
	}
	up, err := d.Up(ctx)
	if err != nil {
		return nil, err
	}
	return preflight.Check(ctx, preflight.Host{Runner: d.runner, Name: d.node, Conf: files.Conf, Up: up}, setup), nil
}

// units are the daemons, in the order in which they start.
var units = []string{"corosync.service", "pacemaker.service"}

// Files implements engine.Driver.
func (d *Driver) Files(ctx context.Context) (engine.Files, error) {
	var f engine.Files
	var err error
	if f.Conf, err = readFile(d.path(confPath)); err != nil {
		return f, err
	}
	if f.Authkey, err = readFile(d.path(keyPath)); err != nil {
		return f, err
	}
	out, err := d.runner.Run(ctx, run.Cmd("systemctl", "is-enabled", "pacemaker.service"))
	if run.Missing(err) {
		return f, err
	}
	f.Autostart = strings.TrimSpace(string(out.Stdout)) == "enabled" // any other answer has a status that is not 0
	return f, nil
}

// readFile returns nil for a file that is not there.
func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// CheckFiles implements engine.Driver.
func (d *Driver) CheckFiles(ctx context.Context, f engine.Files) error {
	if f.Conf == nil {
		return nil
	}
	err := d.corosync.Check(ctx, f.Conf, f.Authkey)
	switch {
	case err == nil:
		return nil
	case run.Missing(err):
		return fault.New(fault.Conflict, "host.no_corosync", "corosync is not installed on host %s", d.node).With("node", d.node)
	case ctx.Err() != nil:
		return err
	}
	return fault.New(fault.Invalid, "cluster.conf_refused", "corosync on host %s refuses the configuration: %s", d.node, run.Words(err)).
		With("node", d.node, "why", reason(run.Words(err)))
}

// reason takes the sentence that matters out of corosync's log lines.
func reason(words string) string {
	for line := range strings.Lines(words) {
		if _, text, found := strings.Cut(line, "error in config: "); found {
			return strings.TrimSpace(text)
		}
	}
	return words
}

// WriteFiles implements engine.Driver. The key comes before the configuration that needs it, and goes after it.
func (d *Driver) WriteFiles(ctx context.Context, f engine.Files) error {
	if f.Conf != nil || f.Authkey != nil {
		if err := os.MkdirAll(filepath.Dir(d.path(confPath)), 0o755); err != nil {
			return err
		}
	}
	if f.Conf == nil {
		if err := removeFile(d.path(confPath)); err != nil {
			return err
		}
	}
	if f.Authkey != nil {
		if err := engine.WriteFile(d.path(keyPath), f.Authkey, 0o400); err != nil {
			return fmt.Errorf("write %s: %w", d.path(keyPath), err)
		}
	}
	if f.Conf != nil {
		if err := engine.WriteFile(d.path(confPath), f.Conf, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", d.path(confPath), err)
		}
	}
	if f.Authkey == nil {
		if err := removeFile(d.path(keyPath)); err != nil {
			return err
		}
	}
	verb := "disable"
	if f.Autostart {
		verb = "enable"
	}
	// corosync-qdevice starts at boot with the others. Where it is not installed there is nothing to disable.
	if !f.Autostart || !hasDevice(f.Conf) {
		_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "disable", "--quiet", qdeviceUnit))
	} else if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "enable", "--quiet", qdeviceUnit)); err != nil {
		return fmt.Errorf("enable %s: %w", qdeviceUnit, err)
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", append([]string{verb, "--quiet"}, units...)...)); err != nil && f.Autostart {
		return fmt.Errorf("%s daemons: %w", verb, err)
	}
	return nil
}

// removeFile removes a file for good: after a power cut it is gone too.
func removeFile(path string) error {
	switch err := os.Remove(path); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return engine.SyncDir(filepath.Dir(path))
}

// Forget implements engine.Driver.
func (d *Driver) Forget(context.Context) error {
	var errs []error
	for _, pattern := range []string{cibDir + "/cib*", inputsDir + "/pe-*", inputsDir + "/*.last", corosyncDir + "/ringid_*"} {
		files, err := filepath.Glob(d.path(pattern))
		errs = append(errs, err)
		for _, file := range files {
			errs = append(errs, os.Remove(file))
		}
	}
	for _, dir := range []string{cibDir, inputsDir, corosyncDir} {
		if err := engine.SyncDir(d.path(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Start implements engine.Driver.
func (d *Driver) Start(ctx context.Context) error {
	wait := startWait + d.sbdDelay(ctx)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	// A unit that has failed too often is not started again until that is forgotten.
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", append([]string{"reset-failed"}, units...)...))
	if err := d.hurryFirstElection(ctx); err != nil {
		return err
	}
	for _, unit := range units {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "start", unit).Within(wait)); err != nil {
			return fault.New(fault.Failed, "node.start_failed", "%s on %s does not start: %s", unit, d.node, run.Words(err)).
				With("node", d.node, "unit", unit, "why", d.journal(ctx, unit, run.Words(err)))
		}
	}
	d.startOwnDevice(ctx)
	for {
		on, err := d.Running(ctx)
		if err == nil && on {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Failed, "node.not_started", "pacemaker on %s does not answer", d.node).With("node", d.node)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// firstDeadtime is the dc-deadtime of a first start. Nothing runs yet and nothing can be fenced, so nothing is lost where a node
// is later than that.
const firstDeadtime = "5s"

// hurryFirstElection leaves a CIB for a node that has none. For dc-deadtime, 20 s by default, every node of a cluster that starts as
// a whole waits for one that decides already, and where the daemons look for another value is the CIB. It has the lowest version there
// is: a node that joins a cluster takes that cluster's. Whoever makes a cluster takes the property away again.
func (d *Driver) hurryFirstElection(ctx context.Context) error {
	path := d.path(cibDir + "/cib.xml")
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil //nolint:nilerr // Pacemaker is not installed, or keeps its CIB elsewhere: it waits, as it does by itself
	}
	if found, err := filepath.Glob(d.path(cibDir + "/cib*")); err != nil || len(found) > 0 {
		return err
	}
	out, err := d.runner.Run(ctx, run.Cmd("cibadmin", "--empty"))
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	cib, err := pacemaker.ParseCIB(out.Stdout)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	if err := cib.Apply([]ha.Edit{{Op: ha.SetProperties, Values: map[string]string{ha.FirstStartProperty: firstDeadtime}}}); err != nil {
		return err
	}
	cib.Lowest()
	uid, gid := -1, -1
	if owner, ok := folder.Sys().(*syscall.Stat_t); ok {
		uid, gid = int(owner.Uid), int(owner.Gid)
	}
	if err := engine.WriteOwned(path, cib.Bytes(), 0o600, uid, gid); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// journal returns the last line that a unit has logged, which says more than systemctl does.
func (d *Driver) journal(ctx context.Context, unit, otherwise string) string {
	out, err := d.runner.Run(ctx, run.Cmd("journalctl", "--unit="+unit, "--lines=1", "--output=cat", "--priority=err"))
	if text := strings.TrimSpace(string(out.Stdout)); err == nil && text != "" {
		return text
	}
	return otherwise
}

// Stop implements engine.Driver.
func (d *Driver) Stop(ctx context.Context) error {
	for _, unit := range []string{units[1], units[0]} {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "stop", unit).Within(stopWait)); err != nil {
			return fault.New(fault.Failed, "node.stop_failed", "%s on %s does not stop: %s", unit, d.node, run.Words(err)).
				With("node", d.node, "unit", unit, "why", run.Words(err))
		}
	}
	return nil
}

// Running implements engine.Driver: the CIB manager has its socket, and answers.
func (d *Driver) Running(ctx context.Context) (bool, error) {
	if !d.listens() {
		return false, nil
	}
	_, err := d.cluster.CIB(ctx)
	if err != nil && ctx.Err() != nil {
		return false, err
	}
	return err == nil, nil
}

// Up implements engine.Driver.
func (d *Driver) Up(ctx context.Context) (bool, error) {
	for _, unit := range units {
		out, err := d.runner.Run(ctx, run.Cmd("systemctl", "is-active", unit))
		if run.Missing(err) || ctx.Err() != nil {
			return false, err
		}
		switch strings.TrimSpace(string(out.Stdout)) {
		case "active", "activating", "deactivating", "reloading":
			return true, nil
		}
	}
	return d.listens(), nil // started by hand
}

// Reload implements engine.Driver.
func (d *Driver) Reload(ctx context.Context) error {
	f, err := d.Files(ctx)
	if err != nil {
		return err
	}
	conf, err := corosync.Parse(f.Conf)
	if err != nil {
		return err
	}
	if err := d.corosync.Reload(ctx, conf); err != nil {
		return fault.New(fault.Failed, "node.reload_failed", "corosync on %s did not take its new configuration: %w", d.node, err).
			With("node", d.node, "why", err.Error())
	}
	d.mu.Lock()
	d.linksAt = time.Time{}
	d.votesAt = time.Time{}
	d.mu.Unlock()
	return nil
}

// Loaded implements engine.Driver.
func (d *Driver) Loaded(ctx context.Context) (uint64, error) {
	v, err := d.corosync.InForce(ctx)
	return v, translate(err)
}

// Links implements engine.Driver: as they are this moment.
func (d *Driver) Links(ctx context.Context) ([]ha.LinkState, error) {
	d.mu.Lock()
	before := d.counters
	d.mu.Unlock()
	links, _, err := d.corosync.Links(ctx, d.node, before)
	return links, translate(err)
}

// Missed implements engine.Driver.
func (d *Driver) Missed(ctx context.Context) (time.Duration, error) {
	missed, err := d.corosync.Missed(ctx)
	return missed, translate(err)
}

// CIB implements engine.Driver.
func (d *Driver) CIB(ctx context.Context) ([]byte, error) {
	data, err := d.cluster.CIB(ctx)
	return data, translate(err)
}

// translate gives the tools' errors the names that the engine knows.
func translate(err error) error {
	switch {
	case errors.Is(err, pacemaker.ErrDown), errors.Is(err, corosync.ErrDown):
		return fmt.Errorf("%w: %w", engine.ErrDown, err)
	case errors.Is(err, pacemaker.ErrMoved):
		return engine.ErrMoved
	case run.Missing(err):
		return fmt.Errorf("%w: %w", engine.ErrDown, err)
	}
	return err
}

// Patch implements engine.Driver.
func (d *Driver) Patch(ctx context.Context, before, after []byte) error {
	err := d.cluster.Patch(ctx, before, after)
	if e, ok := errors.AsType[*run.Error](err); ok && e.Name == "cibadmin" && !errors.Is(err, pacemaker.ErrDown) && ctx.Err() == nil {
		return fault.New(fault.Failed, "config.refused", "Pacemaker refuses the configuration: %s", run.Words(err)).With("why", run.Words(err))
	}
	return translate(err)
}

// State implements engine.Driver.
func (d *Driver) State(ctx context.Context) (ha.State, error) {
	if !d.listens() {
		return d.down(), nil
	}
	st, err := d.cluster.Status(ctx)
	if errors.Is(err, pacemaker.ErrDown) || run.Missing(err) {
		return d.down(), nil
	}
	if err != nil {
		return ha.State{}, err
	}
	st.At, st.Reporter, st.Engine = time.Now().UTC(), d.node, d.Engine()
	st.Corosync = d.corosyncVersion(ctx)
	d.mu.Lock()
	d.dc = st.DC
	d.mu.Unlock()
	st.Device = d.observeDevice(ctx)
	d.count(ctx, &st)
	st.Links = d.diskLinks(ctx, d.observeLinks(ctx))
	st.Conf = d.conf()
	return st, nil
}

// down is the state of a cluster that does not run here.
func (d *Driver) down() ha.State {
	return ha.State{
		At: time.Now().UTC(), Reporter: d.node, Engine: d.Engine(), Nodes: []ha.NodeState{}, Resources: []ha.ResourceState{}, Links: []ha.LinkState{},
		Conf: d.conf(),
	}
}

// conf tells this node's corosync.conf from those of others; nil where it has none that can be read.
func (d *Driver) conf() *ha.ConfState {
	data, err := readFile(d.path(confPath))
	if err != nil || data == nil || corosync.Stock(data) {
		return nil
	}
	return corosync.ConfState(data)
}

// count adds the votes, which are asked for again when a node has come or gone.
func (d *Driver) count(ctx context.Context, st *ha.State) {
	key := fmt.Sprint(st.Quorate)
	for _, n := range st.Nodes {
		key += fmt.Sprint(n.Name, n.Online)
	}
	d.mu.Lock()
	v, fresh := d.votes, d.votesKey == key && time.Since(d.votesAt) < votesAge && time.Since(d.device.changed) > deviceSettles
	d.mu.Unlock()
	if !fresh {
		now, err := d.corosync.Votes(ctx)
		if err == nil {
			v = now
			d.mu.Lock()
			d.votes, d.votesKey, d.votesAt = v, key, time.Now()
			d.mu.Unlock()
		}
	}
	st.Votes, st.ExpectedVotes, st.QuorumVotes, st.QuorumFlags = v.Present, v.Expected, v.Needed, v.Flags
	if st.Device != nil {
		st.Device.Votes = v.Device
	}
}

func (d *Driver) observeLinks(ctx context.Context) []ha.LinkState {
	d.mu.Lock()
	links, fresh := d.links, time.Since(d.linksAt) < linksAge
	before := d.counters
	d.mu.Unlock()
	if fresh {
		return links
	}
	now, counters, err := d.corosync.Links(ctx, d.node, before)
	if err != nil {
		now = []ha.LinkState{}
	}
	d.mu.Lock()
	d.links, d.linksAt, d.counters = now, time.Now(), counters
	d.mu.Unlock()
	return now
}

// Idle implements engine.Driver. The log of the controller that decides is believed first, where it is this node's: every question
// starts a program that takes time from whatever is going on. The scheduler is asked next: between its answer and the controller's,
// nothing new can have begun that the controller would not tell.
func (d *Driver) Idle(ctx context.Context) (bool, error) {
	if d.works() {
		return false, nil
	}
	pending, err := d.cluster.PendingActions(ctx)
	if err != nil || pending > 0 {
		return false, translate(err)
	}
	d.mu.Lock()
	dc := d.dc
	d.mu.Unlock()
	if dc == "" { // nobody has looked yet, or there was none
		st, err := d.State(ctx)
		if dc = st.DC; err != nil || dc == "" {
			return false, err
		}
	}
	idle, err := d.cluster.ControllerIdle(ctx, dc)
	if err != nil { // another may decide by now
		d.mu.Lock()
		d.dc = ""
		d.mu.Unlock()
	}
	return idle, translate(err)
}

// Foresee implements engine.Driver.
func (d *Driver) Foresee(ctx context.Context, cib []byte) ([]byte, []ha.ResourceState, error) {
	return d.cluster.Foresee(ctx, cib)
}

// Cleanup implements engine.Driver.
func (d *Driver) Cleanup(ctx context.Context, resource, node string) error {
	return translate(d.cluster.Cleanup(ctx, resource, node))
}

// Refresh implements engine.Driver.
func (d *Driver) Refresh(ctx context.Context, resource, node string) error {
	return translate(d.cluster.Refresh(ctx, resource, node))
}

// Fence implements engine.Driver.
func (d *Driver) Fence(ctx context.Context, node, action string) error {
	return translate(d.cluster.Fence(ctx, node, action))
}

// Plugs implements engine.Driver.
func (d *Driver) Plugs(ctx context.Context, agent string, parameters map[string]string) []string {
	return d.cluster.Plugs(ctx, agent, parameters)
}

// ForgetNode implements engine.Driver.
func (d *Driver) ForgetNode(ctx context.Context, node string) error {
	return translate(d.cluster.ForgetNode(ctx, node))
}

// Agents implements engine.Driver.
func (d *Driver) Agents(ctx context.Context) ([]string, error) { return d.cluster.Agents(ctx) }

// Options implements engine.Driver.
func (d *Driver) Options(ctx context.Context, language string) ([]ha.AgentParameter, error) {
	return d.cluster.Options(ctx, language)
}

// Metadata implements engine.Driver.
func (d *Driver) Metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error) {
	return d.cluster.Metadata(ctx, agent, language)
}
