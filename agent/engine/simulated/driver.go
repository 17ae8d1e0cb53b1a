package simulated

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/facts"
	"hawser/agent/ocf"
	"hawser/agent/pacemaker"
	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Options make a Driver.
type Options struct {
	Dir    string     // the world; shared by all hosts of it
	Node   string     // which of its hosts this is
	Runner run.Runner // nil: programs of this machine
}

// Driver implements engine.Driver for one simulated host.
type Driver struct {
	world *World
	node  string
	calm  atomic.Value // fingerprint (string) with which CIB found the cluster settled
}

// reading is what crm_mon says of a cluster. Hosts of one process share it: they all read the same file, and with 32 of them crm_mon would
// keep the machine busy for a minute after each change of a large cluster.
type reading struct {
	mu     sync.Mutex // guards what is below; held while crm_mon runs, so that it runs once for one CIB
	seen   [32]byte   // of the CIB
	status ha.State
}

// readings are those of this process, by the file.
var readings sync.Map

// New returns the driver of a simulated host, which is made where it is missing.
func New(o Options) (*Driver, error) {
	if err := ha.CheckNodeName(o.Node); err != nil {
		return nil, err
	}
	w, err := Open(o.Dir, o.Runner)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	unlock, err := w.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := w.join(o.Node); err != nil {
		return nil, err
	}
	return &Driver{world: w, node: o.Node}, nil
}

// World returns what can happen to the hosts.
func (d *Driver) World() *World { return d.world }

// Engine implements engine.Driver.
func (d *Driver) Engine() string { return "simulated" }

// Node implements engine.Driver.
func (d *Driver) Node() string { return d.node }

// networks are how many networks a simulated host is connected to.
const networks = 3

// address is a host's address in one of its networks: 10.71.0.1, 10.72.0.1 …
func address(number, network int) string {
	return fmt.Sprintf("10.%d.%d.%d", 71+network, number/250, number%250+1)
}

func (d *Driver) self(context.Context) (host, error) {
	var h host
	err := readJSON(d.world.hostPath(d.node), &h)
	return h, err
}

// Facts implements engine.Driver: the machine's own but for its name, ID and interfaces.
func (d *Driver) Facts(ctx context.Context) (ha.Facts, error) {
	h, err := d.self(ctx)
	if err != nil {
		return ha.Facts{}, err
	}
	f := facts.Read(ctx, d.world.runner)
	sum := sha256.Sum256([]byte(d.world.dir + "\n" + d.node))
	f.Hostname, f.MachineID, f.Engine, f.BlockDevices = d.node, hex.EncodeToString(sum[:16]), d.Engine(), d.world.blockDevices()
	f.Interfaces = nil
	for n := range networks {
		f.Interfaces = append(f.Interfaces, ha.Interface{Name: fmt.Sprintf("sim%d", n), Addresses: []string{address(h.Number, n) + "/16"}, MTU: 1500, Up: !slices.Contains(h.Cut, n)})
	}
	f.Pacemaker, _ = pacemaker.Tools{Runner: d.world.runner}.Version(ctx)
	f.Corosync, _ = corosync.Tools{Runner: d.world.runner}.Version(ctx)
	if s, configured := h.setup(); configured {
		f.Cluster = s.Name
	}
	return f, nil
}

// Preflight implements engine.Driver: what can be wrong with a simulated host.
func (d *Driver) Preflight(ctx context.Context, setup *ha.Setup) ([]ha.Check, error) {
	h, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	return preflight.Simulated(ctx, preflight.Host{Runner: d.world.runner, Name: d.node, Conf: h.Files.Conf, Up: h.Started, Prefixes: h.prefixes()}, setup), nil
}

// Files implements engine.Driver.
func (d *Driver) Files(ctx context.Context) (engine.Files, error) {
	h, err := d.self(ctx)
	return h.Files, err
}

// CheckFiles implements engine.Driver: corosync's addresses must be this host's.
func (d *Driver) CheckFiles(ctx context.Context, f engine.Files) error {
	h, err := d.self(ctx)
	if err != nil || f.Conf == nil {
		return err
	}
	conf, err := corosync.Parse(f.Conf)
	if err != nil {
		return err
	}
	s, err := conf.Setup()
	if err != nil {
		return err
	}
	for _, n := range s.Nodes {
		for _, a := range n.Addresses {
			if n.Name == d.node && !slices.ContainsFunc([]int{0, 1, 2}, func(net int) bool { return address(h.Number, net) == a }) && !h.onDisk(a) {
				return fault.New(fault.Invalid, "cluster.conf_refused", "corosync on host %s refuses the configuration: no interface has %s", d.node, a).
					With("node", d.node, "why", "no interface has "+a)
			}
		}
	}
	return nil
}

// WriteFiles implements engine.Driver.
func (d *Driver) WriteFiles(ctx context.Context, f engine.Files) error {
	unlock, err := d.world.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := d.self(ctx)
	if err != nil {
		return err
	}
	h.Files = f
	return writeJSON(d.world.hostPath(d.node), h)
}

// Forget implements engine.Driver: the last host of a cluster takes its CIB with it.
func (d *Driver) Forget(ctx context.Context) error {
	unlock, err := d.world.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	all, err := d.world.hosts()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, h := range all {
		if s, configured := h.setup(); configured {
			used[s.Name] = true
		}
	}
	dirs, err := filepath.Glob(filepath.Join(d.world.dir, "clusters", "*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range dirs {
		if !used[filepath.Base(dir)] {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

// Start implements engine.Driver.
func (d *Driver) Start(ctx context.Context) error {
	return d.world.change(ctx, d.node, func(h *host, b *balance) error {
		if b == nil || !h.Power {
			return fault.New(fault.Failed, "node.start_failed", "corosync on %s does not start: no configuration", d.node).
				With("node", d.node, "unit", "corosync", "why", "no configuration")
		}
		if !h.Started {
			h.start()
			b.boot(h.Name)
		}
		return nil
	})
}

// Stop implements engine.Driver.
func (d *Driver) Stop(ctx context.Context) error {
	return d.world.change(ctx, d.node, func(h *host, b *balance) error {
		if b != nil && h.Started {
			if err := b.leave(ctx, h.Name); err != nil {
				return err
			}
		}
		h.Started = false
		return nil
	})
}

// Running implements engine.Driver.
func (d *Driver) Running(ctx context.Context) (bool, error) {
	h, err := d.self(ctx)
	return h.Started && h.Power, err
}

// Up implements engine.Driver.
func (d *Driver) Up(ctx context.Context) (bool, error) { return d.Running(ctx) }

// Reload implements engine.Driver: the number of nodes decides the quorum.
func (d *Driver) Reload(ctx context.Context) error {
	return d.world.change(ctx, d.node, func(*host, *balance) error { return nil })
}

// Loaded implements engine.Driver: a simulated corosync reads its file all the time.
func (d *Driver) Loaded(ctx context.Context) (uint64, error) {
	var version uint64
	err := d.at(ctx, func(_ host, b *balance) error {
		version = b.setup.Version
		return nil
	})
	return version, err
}

// Links implements engine.Driver.
func (d *Driver) Links(ctx context.Context) ([]ha.LinkState, error) {
	var list []ha.LinkState
	err := d.at(ctx, func(h host, b *balance) (err error) {
		list, err = d.links(h, b)
		return err
	})
	return list, err
}

// Missed implements engine.Driver: what is not there misses nothing.
func (d *Driver) Missed(context.Context) (time.Duration, error) { return 0, nil }

// at calls f with this host's cluster at rest, under the lock.
func (d *Driver) at(ctx context.Context, f func(host, *balance) error) error {
	unlock, err := d.world.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := d.self(ctx)
	if err != nil {
		return err
	}
	s, configured := h.setup()
	if !configured || !h.Power || !h.Started {
		return engine.ErrDown
	}
	b, err := d.world.open(ctx, s)
	if err != nil {
		return err
	}
	// Somebody else may have changed the file with Pacemaker's tools.
	if err := b.settle(ctx); err != nil {
		return err
	}
	b.dirty = false
	return f(h, b)
}

// CIB implements engine.Driver.
func (d *Driver) CIB(ctx context.Context) ([]byte, error) {
	h, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	// A file that nobody has touched since is read as it is: to see whether a large cluster has to settle takes most of a second.
	if s, configured := h.setup(); configured && d.calm.Load() == d.fingerprint(ctx) {
		data, _, err := readCIB(ctx, d.world.cibPath(s.Name))
		return data, err
	}
	var data []byte
	err = d.at(ctx, func(_ host, b *balance) (err error) {
		if data, _, err = readCIB(ctx, b.w.cibPath(b.setup.Name)); err == nil { // what cibadmin --query would print
			d.calm.Store(d.fingerprint(ctx))
		}
		return err
	})
	return data, err
}

// Patch implements engine.Driver.
func (d *Driver) Patch(ctx context.Context, before, after []byte) error {
	return d.at(ctx, func(_ host, b *balance) error {
		err := b.w.patch(ctx, b.setup.Name, before, after)
		switch e, failed := errors.AsType[*run.Error](err); {
		case errors.Is(err, pacemaker.ErrMoved):
			return engine.ErrMoved
		case failed && e.Name == "cibadmin" && ctx.Err() == nil:
			return fault.New(fault.Failed, "config.refused", "Pacemaker refuses the configuration: %s", run.Words(err)).With("why", run.Words(err))
		case err != nil:
			return missing(err)
		}
		again, err := b.w.open(ctx, b.setup)
		if err != nil {
			return err
		}
		return again.settle(ctx)
	})
}

// State implements engine.Driver.
func (d *Driver) State(ctx context.Context) (ha.State, error) {
	down := ha.State{At: time.Now().UTC(), Reporter: d.node, Engine: d.Engine(), Nodes: []ha.NodeState{}, Resources: []ha.ResourceState{}, Links: []ha.LinkState{}}
	if h, err := d.self(ctx); err == nil && h.Files.Conf != nil {
		down.Conf = corosync.ConfState(h.Files.Conf)
	}
	var st ha.State
	err := d.at(ctx, func(h host, b *balance) (err error) {
		if st, err = d.read(ctx, b); err != nil {
			return missing(err)
		}
		st.At, st.Reporter, st.Engine = time.Now().UTC(), d.node, d.Engine()
		st.Conf = down.Conf
		if st.Device, err = d.Device(ctx); err != nil {
			return err
		}
		var online []string
		st.ExpectedVotes, st.QuorumVotes, st.QuorumFlags = b.setup.ExpectedVotes(), b.setup.VotesNeeded(), flags(b.setup.EffectiveQuorum())
		for _, n := range st.Nodes {
			if n.Online && n.IsMember() {
				st.Votes += votes(b.setup, n.Name)
				online = append(online, n.Name)
			}
		}
		if st.Device != nil {
			st.Device.Votes = b.deviceVotes(online)
			st.Votes += st.Device.Votes
		}
		st.FenceHistory = slices.Clone(b.world.History)
		st.Pacemaker, st.Corosync = "", ""
		st.Links, err = d.links(h, b)
		return err
	})
	if errors.Is(err, engine.ErrDown) {
		return down, nil
	}
	if err != nil {
		return st, err
	}
	if err := d.follow(ctx, st); err != nil {
		return st, err
	}
	return st, d.score(ctx, st)
}

// read has crm_mon read the CIB, if it is another one than the last.
func (d *Driver) read(ctx context.Context, b *balance) (ha.State, error) {
	path := b.w.cibPath(b.setup.Name)
	data, err := os.ReadFile(path)
	if err != nil {
		return ha.State{}, err
	}
	kept, _ := readings.LoadOrStore(path, &reading{})
	r := kept.(*reading)
	r.mu.Lock()
	defer r.mu.Unlock()
	if sum := sha256.Sum256(data); sum != r.seen {
		st, err := b.w.tools(b.setup.Name).Status(ctx)
		if err != nil {
			return ha.State{}, err
		}
		r.seen, r.status = sum, st
	}
	st := r.status
	st.Nodes = slices.Clone(st.Nodes)
	return st, nil
}

// links tells each link to each peer: it works where both ends do.
func (d *Driver) links(h host, b *balance) ([]ha.LinkState, error) {
	all, err := d.world.hosts()
	if err != nil {
		return nil, err
	}
	byName := map[string]host{}
	for _, o := range all {
		byName[o.Name] = o
	}
	links := []ha.LinkState{}
	var own []string
	for _, n := range b.setup.Nodes {
		if n.Name == d.node {
			own = n.Addresses
		}
	}
	for _, n := range b.setup.Nodes {
		if n.Name == d.node {
			continue
		}
		peer := byName[n.Name]
		for at, l := range b.setup.LinkList() {
			if at >= len(own) {
				break
			}
			theirs := b.setup.Address(n.Name, l.Number)
			here, there := networkOf(h, own[at]), networkOf(peer, theirs)
			up := peer.Power && peer.Started && here >= 0 && here == there && !slices.Contains(peer.Cut, there) && !slices.Contains(h.Cut, here)
			latency := 100 + 20*l.Number
			if l.Kind == ha.DiskLink {
				up, latency = peer.Started && h.onDisk(own[at]) && peer.onDisk(theirs), 6000
			}
			one := ha.LinkState{Node: d.node, Peer: n.Name, Link: l.Number, Kind: l.Kind, Address: own[at], Enabled: true, Connected: up, MTU: 1397}
			if up {
				one.LatencyUS, one.WorstUS = latency, 3*latency
			} else {
				one.Loss = 100
			}
			links = append(links, one)
		}
	}
	return links, nil
}

// networkOf says in which of its networks a host has an address, -1 where in none.
func networkOf(h host, a string) int {
	return slices.IndexFunc([]int{0, 1, 2}, func(network int) bool { return address(h.Number, network) == a })
}

// votes are those of a node of the set-up.
func votes(s ha.Setup, node string) int {
	for _, n := range s.Nodes {
		if n.Name == node {
			return n.VoteCount()
		}
	}
	return 0
}

// flags are the options in force, as votequorum calls them.
func flags(q ha.Quorum) []string {
	var list []string
	for _, f := range []struct {
		name string
		on   bool
	}{{"two_node", q.TwoNode}, {"wait_for_all", q.WaitForAll}, {"last_man_standing", q.LastManStanding}, {"auto_tie_breaker", q.AutoTieBreaker}, {"qdevice", q.Device != nil}} {
		if f.on {
			list = append(list, f.name)
		}
	}
	return list
}

// Idle implements engine.Driver: a simulated cluster is always at rest.
func (d *Driver) Idle(ctx context.Context) (bool, error) {
	err := d.at(ctx, func(host, *balance) error { return nil })
	return err == nil, err
}

// Foresee implements engine.Driver.
func (d *Driver) Foresee(ctx context.Context, cib []byte) ([]byte, []ha.ResourceState, error) {
	return pacemaker.Tools{Runner: d.world.runner}.Foresee(ctx, cib)
}

// Schedule implements engine.Driver.
func (d *Driver) Schedule(ctx context.Context, cib []byte, o pacemaker.Look) (pacemaker.Decision, error) {
	decision, err := pacemaker.Tools{Runner: d.world.runner}.Schedule(ctx, cib, o)
	return decision, missing(err)
}

// Times implements engine.Driver: here time does not pass.
func (d *Driver) Times() *pacemaker.Times { return &pacemaker.Times{} }

// Inputs implements engine.Driver: a simulated scheduler stores none.
func (d *Driver) Inputs(context.Context) ([]pacemaker.Input, error) { return nil, nil }

// Input implements engine.Driver.
func (d *Driver) Input(_ context.Context, name string) ([]byte, error) {
	return nil, fault.New(fault.NotFound, "insight.no_input", "no stored input %s", name).With("name", name)
}

// Cleanup implements engine.Driver.
func (d *Driver) Cleanup(ctx context.Context, resource, node string) error {
	return d.at(ctx, func(_ host, b *balance) error {
		b.clean(resource, node)
		return b.settle(ctx)
	})
}

// Refresh implements engine.Driver: whatever runs is found where it is, with the values that are configured by now.
func (d *Driver) Refresh(ctx context.Context, resource, node string) error {
	return d.at(ctx, func(_ host, b *balance) error {
		b.clean(resource, node)
		if err := b.probe(ctx, resource, node); err != nil {
			return err
		}
		return b.settle(ctx)
	})
}

// Plugs implements engine.Driver: the simulated device knows whatever it is asked for.
func (d *Driver) Plugs(context.Context, string, map[string]string) []string { return nil }

// Fence implements engine.Driver.
func (d *Driver) Fence(ctx context.Context, node, action string) error {
	if action == "on" {
		return d.world.PowerOn(ctx, node)
	}
	broken := false
	err := d.at(ctx, func(_ host, b *balance) error {
		broken = b.world.FenceFails
		f := ha.FenceAction{Node: node, Action: action, Status: ha.FenceSuccess, Origin: d.node, Delegate: d.node, Client: "stonith_admin", At: time.Now().UTC().Truncate(time.Microsecond)}
		if broken {
			f.Status, f.Delegate = ha.FenceFailure, ""
		}
		b.remember(f)
		return writeJSON(b.w.worldPath(b.setup.Name), b.world)
	})
	if err != nil {
		return err
	}
	if broken {
		return errors.New("the fence device does not answer")
	}
	if h, err := d.world.host(ctx, node); err != nil || h.Remote.Running {
		if err == nil {
			err = d.world.PowerOff(ctx, node)
		}
		if err == nil && action == "reboot" {
			err = d.world.PowerOn(ctx, node)
		}
		return err
	}
	return d.world.change(ctx, node, func(h *host, b *balance) error {
		if b != nil && h.Started {
			b.wipe(h.Name)
			b.set(h.Name, "in_ccm", "false", "crmd", "offline", "join", "down", "expected", "down")
		}
		h.Power, h.Started = action == "reboot", false
		if h.Power && h.Files.Autostart && b != nil {
			h.start()
			if err := b.settle(ctx); err != nil { // what ran there goes elsewhere before it is back
				return err
			}
			b.boot(h.Name)
		}
		return nil
	})
}

// ForgetNode implements engine.Driver: nobody remembers but the CIB.
func (d *Driver) ForgetNode(ctx context.Context, node string) error {
	return d.at(ctx, func(_ host, b *balance) error {
		if s := b.state(node); s != nil && b.id(node) == "" {
			s.Parent().RemoveChild(s)
			b.bump(false)
		}
		return b.settle(ctx)
	})
}

// Agents implements engine.Driver.
func (d *Driver) Agents(ctx context.Context) ([]string, error) {
	list, err := pacemaker.Tools{Runner: d.world.runner}.Agents(ctx)
	for _, agent := range []string{ha.DRBDAgent, ha.MirrorAgent} {
		if err == nil && !slices.Contains(list, agent) {
			list = append(list, agent)
		}
	}
	return list, missing(err)
}

// Options implements engine.Driver.
func (d *Driver) Options(ctx context.Context, language string) ([]ha.AgentParameter, error) {
	return pacemaker.Tools{Runner: d.world.runner}.Options(ctx, language)
}

// Metadata implements engine.Driver.
func (d *Driver) Metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error) {
	if script, own := ocf.Script(agent); own { // every simulated host has our own agents, this machine may not
		out, err := d.world.runner.Run(ctx, run.Cmd("sh", "-s", "meta-data").Input(script))
		if err != nil {
			return ha.AgentMetadata{}, err
		}
		return pacemaker.ParseMetadata(agent, out.Stdout, language)
	}
	if agent == ha.DRBDAgent {
		return drbdAgent(), nil
	}
	m, err := pacemaker.Tools{Runner: d.world.runner}.Metadata(ctx, agent, language)
	return m, missing(err)
}

// lookEvery is how often a host looks whether the files have changed: without a program, so that a thousand hosts in one
// process are no burden.
const lookEvery = 100 * time.Millisecond

// Watch implements engine.Driver.
func (d *Driver) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	seen, told := "", time.Time{}
	for {
		switch now := d.fingerprint(ctx); {
		case now != seen:
			changed(engine.Trigger{Config: true})
			seen, told = now, time.Now()
			if after := d.fingerprint(ctx); after != now {
				continue // looking has let the cluster settle, or somebody was quicker
			}
		case time.Since(told) >= engine.Confirm-lookEvery:
			changed(engine.Trigger{Same: true})
			told = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// fingerprint changes whenever a file that this host can see has changed.
func (d *Driver) fingerprint(ctx context.Context) string {
	h, err := d.self(ctx)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	note := func(path string) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%s %d %d;", filepath.Base(path), info.ModTime().UnixNano(), info.Size())
		}
	}
	note(d.world.hostPath(d.node))
	s, configured := h.setup()
	if !configured || !label(s.Name) {
		return b.String()
	}
	note(d.world.cibPath(s.Name))
	for _, n := range s.Nodes {
		note(d.world.hostPath(n.Name))
	}
	if s.Quorum != nil && s.Quorum.Device != nil && h.Client.Ticket != "" {
		name, _, _ := strings.Cut(h.Client.Ticket, "/")
		note(d.world.hostPath(name)) // the arbiter
	}
	return b.String()
}
