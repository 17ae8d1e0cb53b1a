package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/fleet"
	"hawser/server/reconcile"
	"hawser/server/store"
)

// machines are hosts with agents that behave: files are written, daemons run, one configuration is shared by all that run,
// a command is carried out once under its ID, and what changed is told to the fleet.
type machines struct {
	telling sync.Mutex // held while hosts report; taken before mu
	t       *testing.T
	fleet   *fleet.Fleet

	mu      sync.Mutex
	hosts   map[string]*machine // by ID
	config  ha.Config
	results map[string]wire.Result
	counts  map[string]int                          // effects, for example "configure n1"
	refuse  func(host string, c wire.Command) error // a failure to give instead of doing it
	mute    bool                                    // configurations are not told at all
	silent  bool                                    // configurations are told without the command that made them
	history []ha.FenceAction                        // what the cluster remembers of fencings

	cut      bool     // sides of volumes do not come to see each other
	promoted string   // node that Pacemaker has promoted a volume on; the first complete one where empty
	acts     []string // what was done to sides of volumes, and where
}

type machine struct {
	id, name string
	away     bool
	setup    *ha.Setup
	authkey  string
	running  bool
	checks   []ha.Check
	secrets  map[string]string
	sbd      ha.SBDHost
	disks    map[string]ha.SBDDisk
	qnetd    *ha.Arbiter
	serves   []string // clusters that it keeps something of
	ticket   string   // stands for its certificate: the arbiter's name and the cluster's
	asked    string
	device   bool // corosync-qdevice runs

	volumes map[string]*replica
	places  map[string]ha.DiskInspection // disks that are not blank, by path
	mounted string
	lacks   []string // of DRBD: module, tools, agent; of the mirror: fuse

	service service

	remoteKey  string
	remote     bool // pacemaker_remote runs
	remotePort int
}

func (m *machines) Connected(host string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hosts[host] != nil && !m.hosts[host].away
}
func (m *machines) Seen(string) time.Time { return time.Now() }
func (m *machines) Drop(string)           {}

func (m *machines) by(name string) *machine {
	for _, h := range m.hosts {
		if h.name == name {
			return h
		}
	}
	return nil
}

func (m *machines) Do(ctx context.Context, host string, c wire.Command, progress func(wire.Progress)) (wire.Result, error) {
	if err := ctx.Err(); err != nil {
		return wire.Result{}, err
	}
	m.mu.Lock()
	h := m.hosts[host]
	if m.refuse != nil {
		if err := m.refuse(h.name, c); err != nil {
			m.mu.Unlock()
			if fault.CodeOf(err) == fault.Unreachable {
				return wire.Result{}, err
			}
			return wire.Result{Command: c.ID, Fault: fault.Public(err)}, err
		}
	}
	if h.away {
		m.mu.Unlock()
		return wire.Result{}, fault.New(fault.Unreachable, "host.unreachable", "%s is away", h.name).With("host", h.name)
	}
	if r, has := m.results[c.ID]; has && c.ID != "" {
		m.mu.Unlock()
		if r.Fault != nil {
			return r, r.Fault
		}
		return r, nil
	}
	out, changed, err := m.do(h, c)
	r := wire.Result{Command: c.ID, Fault: fault.Public(err)}
	if r.Command == "" {
		r.Command = "some"
	}
	if out != nil {
		data, encodeErr := json.Marshal(out)
		if encodeErr != nil {
			panic(encodeErr)
		}
		r.Output = data
	}
	if c.ID != "" {
		m.results[c.ID] = r
	}
	m.mu.Unlock()
	if progress != nil {
		progress(wire.Progress{Command: c.ID, Step: "patch", Phase: wire.Commit})
	}
	if changed {
		m.tell(c.ID) // before the result, as agents may
	}
	return r, err
}

func decode[T any](c wire.Command) T {
	var args T
	if err := json.Unmarshal(c.Args, &args); err != nil {
		panic(err)
	}
	return args
}

// do carries a command out. The caller holds mu.
func (m *machines) do(h *machine, c wire.Command) (out any, changed bool, err error) {
	m.counts[string(c.Name)+" "+h.name]++
	switch c.Name {
	case wire.Preflight:
		return wire.PreflightOutput{Checks: h.checks}, false, nil
	case wire.Configure:
		args := decode[wire.ConfigureArgs](c)
		if h.setup != nil && !args.Update {
			return nil, false, fault.New(fault.Conflict, "cluster.already_configured", "%s has files", h.name)
		}
		h.setup, h.authkey = &args.Setup, string(args.Authkey)
		return nil, false, nil
	case wire.Deconfigure:
		h.setup, h.authkey, h.running, h.device, h.ticket, h.remoteKey = nil, "", false, false, "", ""
		if !slices.ContainsFunc(slices.Collect(maps.Values(m.hosts)), func(h *machine) bool { return h.setup != nil }) {
			m.config = emptyConfig() // its copies of the CIB are gone with the last of them
		}
		return nil, true, nil
	case wire.StartHost:
		h.sbd.Active, h.device = h.sbd.Enabled, h.ticket != ""
		if !h.running {
			h.running = true
			if !slices.ContainsFunc(m.config.Nodes, func(n ha.NodeConfig) bool { return n.Name == h.name }) {
				m.config.Nodes = append(m.config.Nodes, ha.NodeConfig{ID: fmt.Sprint(len(m.config.Nodes) + 1), Name: h.name})
				m.config.Version.Epoch++
			}
		}
		return nil, true, nil
	case wire.StopHost:
		h.running = false
		return nil, true, nil
	case wire.Fence:
		args := decode[wire.FenceArgs](c)
		m.history = append(m.history, ha.FenceAction{Node: args.Node, Action: args.Action, Status: ha.FenceSuccess, Delegate: h.name, Client: "stonith_admin", At: time.Now().UTC()})
		return nil, false, nil
	case wire.Reload, wire.Settle, wire.Cleanup, wire.Restart:
		return nil, false, nil
	case wire.CheckRemote:
		return wire.PreflightOutput{Checks: h.checks}, false, nil
	case wire.ReadRemoteKey:
		return wire.RemoteKeyOutput{Key: []byte(h.remoteKey)}, false, nil
	case wire.PutRemoteKey:
		h.remoteKey = string(decode[wire.RemoteKeyArgs](c).Key)
		return nil, false, nil
	case wire.JoinRemote:
		args := decode[wire.JoinRemoteArgs](c)
		h.remoteKey, h.remote, h.remotePort = string(args.Key), true, args.Port
		return nil, true, nil
	case wire.LeaveRemote:
		h.remoteKey, h.remote, h.remotePort = "", false, 0
		return nil, true, nil
	case wire.ReadConf:
		return wire.ConfOutput{Setup: *h.setup, Digest: h.setup.Digest()}, false, nil
	case wire.AwaitLinks:
		return wire.LinksOutput{}, false, nil
	case wire.InspectArbiter, wire.PrepareArbiter, wire.SignDevices, wire.LeaveArbiter, wire.InspectDevice, wire.RequestDevice, wire.InstallDevice,
		wire.SettleDevice, wire.StartDevice, wire.StopDevice:
		return m.qdevice(h, c)
	case wire.ReadFiles:
		return wire.FilesOutput{Setup: *h.setup, Digest: h.setup.Digest(), Authkey: []byte(h.authkey), Transport: "knet", Encrypted: true}, false, nil
	case wire.Compare:
		args := decode[wire.CompareArgs](c)
		var before, after ha.Config
		for data, into := range map[string]*ha.Config{args.BeforeXML: &before, args.AfterXML: &after} {
			if err := json.Unmarshal([]byte(data), into); err != nil {
				panic(err)
			}
		}
		return wire.CompareOutput{Differences: ha.DiffConfig(before, after)}, false, nil
	case wire.Options:
		return wire.OptionsOutput{Options: []ha.AgentParameter{
			{Name: "no-quorum-policy", Type: "select", Default: "stop", Options: []string{"stop", "ignore"}, Short: "What to do without quorum"},
			{Name: "stonith-timeout", Type: "time", Default: "60s", Short: "*** Advanced Use Only *** How long to wait"},
		}}, false, nil
	case wire.StandIn:
		return wire.NoArgs{}, false, nil
	case wire.Move:
		args := decode[wire.MoveArgs](c)
		if args.Promoted {
			m.promoted = args.Node
			m.acts = append(m.acts, "move "+args.Resource+" "+args.Node)
		}
		if !args.Keep {
			return wire.EditOutput{Differences: []ha.Difference{}}, false, nil
		}
		next := clone(m.config)
		made := ha.Constraint{ID: ha.MoveID(args.Resource), Kind: ha.Location, Resource: args.Resource, Node: args.Node, Score: "INFINITY"}
		if args.Ban {
			made.ID, made.Score = ha.BanID(args.Resource, args.Node), "-INFINITY"
		}
		if !args.Until.IsZero() {
			made.Rule = &ha.Rule{Score: made.Score, Expressions: []ha.Expression{
				{Attribute: "#uname", Operation: "eq", Value: args.Node}, {Date: &ha.DateMatch{Operation: "lt", End: args.Until.UTC().Format("2006-01-02 15:04:05Z")}},
			}}
			made.Node, made.Score = "", ""
		}
		next.Constraints = append(next.Constraints, made)
		return m.change(next, false)
	case wire.Observe:
		return wire.ObserveOutput{State: m.state(h), Config: &wire.Config{Cluster: h.setup.Name, Config: m.config, XML: m.xml()}}, false, nil
	case wire.EditConfig:
		args := decode[wire.EditArgs](c)
		if args.Expect != nil && !args.Expect.SameConfig(m.config.Version) {
			return nil, false, fault.New(fault.Conflict, "config.moved_on", "moved on")
		}
		next := clone(m.config)
		for i, e := range args.Edits {
			if err := apply(&next, e, i); err != nil {
				return nil, false, err
			}
		}
		return m.change(next, args.DryRun)
	case wire.Revert:
		args := decode[wire.RevertArgs](c)
		var before, after ha.Config
		for data, into := range map[string]*ha.Config{args.BeforeXML: &before, args.AfterXML: &after} {
			if err := json.Unmarshal([]byte(data), into); err != nil {
				panic(err)
			}
		}
		if len(ha.DiffConfig(after, m.config)) > 0 {
			return nil, false, fault.New(fault.Conflict, "config.revert_conflict", "it has changed since")
		}
		return m.change(before, args.DryRun)
	case wire.PutSecret:
		args := decode[wire.SecretArgs](c)
		h.secrets[args.Name] = string(args.Value)
		return nil, false, nil
	case wire.DropSecret:
		delete(h.secrets, decode[wire.SecretArgs](c).Name)
		return nil, false, nil
	case wire.InspectSBD:
		out := h.sbd
		for _, d := range decode[wire.InspectSBDArgs](c).Devices {
			out.Disks = append(out.Disks, h.disks[d])
		}
		return out, false, nil
	case wire.ConfigureSBD:
		args := decode[wire.ConfigureSBDArgs](c)
		h.sbd.Settings, h.sbd.Enabled = args.Settings, args.Settings != nil
		return nil, false, nil
	case wire.CreateSBD:
		args := decode[wire.CreateSBDArgs](c)
		for _, device := range args.Devices {
			uuid := "made by " + h.name
			for _, each := range m.hosts {
				if d, has := each.disks[device]; has && each.disks != nil && d.Multipath == h.disks[device].Multipath {
					d.Content, d.UUID, d.Watchdog, d.Msgwait = ha.DiskSBD, uuid, args.Watchdog, args.Msgwait
					each.disks[device] = d
				}
			}
		}
		return nil, false, nil
	case wire.VolumeInspect, wire.VolumeList, wire.VolumeConfigure, wire.VolumePrepare, wire.VolumeSync, wire.VolumeRemove, wire.VolumeSplit, wire.VolumeAct,
		wire.VolumeFormat:
		return m.volume(h, c)
	case wire.InspectService, wire.PrepareService, wire.MakeCertificates, wire.InstallCertificates, wire.SettleCertificates:
		return m.serve(h, c)
	case wire.Metadata:
		return ha.AgentMetadata{Parameters: []ha.AgentParameter{{Name: "password"}, {Name: "password_script"}, {Name: "login_passwd"}, {Name: "identity_file"}}}, false, nil
	case wire.Agents:
		return wire.AgentsOutput{Agents: []string{"ocf:heartbeat:Dummy"}}, false, nil
	}
	panic("the fake has no " + string(c.Name))
}

func (m *machines) change(next ha.Config, dry bool) (any, bool, error) {
	out := wire.EditOutput{Before: m.config.Version, BeforeXML: m.xml(), Differences: ha.DiffConfig(m.config, next)}
	changed := len(out.Differences) > 0 && !dry
	if changed {
		next.Version = m.config.Version
		next.Version.Epoch++
		next.Client, next.User = "cibadmin", "root"
		m.config = next
	}
	out.After, out.AfterXML = m.config.Version, m.xml()
	return out, changed, nil
}

// byHand changes the configuration as an administrator does on a node, past Hawser.
func (m *machines) byHand(change func(*ha.Config)) {
	m.mu.Lock()
	next := clone(m.config)
	change(&next)
	next.Version.Epoch++
	next.User, next.Origin, next.Client = "root", "n2", "cibadmin"
	m.config = next
	m.mu.Unlock()
	m.tell("")
}

func (m *machines) xml() string {
	data, err := json.Marshal(m.config)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func clone(c ha.Config) ha.Config {
	var out ha.Config
	data, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

func apply(c *ha.Config, e ha.Edit, i int) error {
	set := func(values map[string]string) map[string]string {
		out := maps.Clone(values)
		if out == nil {
			out = map[string]string{}
		}
		maps.Copy(out, e.Values)
		for _, n := range e.Unset {
			delete(out, n)
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	switch e.Op {
	case ha.SetProperties:
		c.Properties = set(c.Properties)
	case ha.SetResourceDefault:
		c.ResourceDefaults = set(c.ResourceDefaults)
	case ha.SetOpDefault:
		c.OperationDefaults = set(c.OperationDefaults)
	case ha.SetNodeAttributes:
		for n := range c.Nodes {
			if c.Nodes[n].Name == e.Node {
				c.Nodes[n].Attributes = set(c.Nodes[n].Attributes)
			}
		}
	case ha.RemoveNode:
		c.Nodes = slices.DeleteFunc(c.Nodes, func(n ha.NodeConfig) bool { return n.Name == e.Node })
	case ha.CreateResource:
		if e.Resource.Agent == "ocf:heartbeat:None" {
			var f fault.Fields
			f.Add(fmt.Sprintf("edits[%d].resource.agent", i), "agent.unknown", "no such agent", "agent", e.Resource.Agent)
			return f.Err()
		}
		c.Resources = append(c.Resources, *e.Resource)
	case ha.DeleteResource:
		c.Resources = slices.DeleteFunc(c.Resources, func(r ha.Resource) bool { return r.ID == e.ID })
		c.Constraints = slices.DeleteFunc(c.Constraints, func(x ha.Constraint) bool {
			return slices.Contains([]string{x.Resource, x.With, x.First, x.Then}, e.ID)
		})
	case ha.UpdateResource:
		*ha.FindResource(c.Resources, e.ID) = *e.Resource
	case ha.SetMeta:
		r := ha.FindResource(c.Resources, e.ID)
		r.Meta = set(r.Meta)
	case ha.SetFenceLevels:
		c.Levels = slices.DeleteFunc(c.Levels, func(l ha.FenceLevel) bool { return l.SameTarget(e.Levels[0]) })
		c.Levels = append(c.Levels, e.Levels...)
	case ha.UpdateConstraint:
		c.Constraints[slices.IndexFunc(c.Constraints, func(x ha.Constraint) bool { return x.ID == e.Constraint.ID })] = *e.Constraint
	case ha.CreateTag:
		c.Tags = append(c.Tags, *e.Tag)
	case ha.UpdateTag:
		c.Tags[slices.IndexFunc(c.Tags, func(t ha.Tag) bool { return t.ID == e.Tag.ID })] = *e.Tag
	case ha.DeleteTag:
		c.Tags = slices.DeleteFunc(c.Tags, func(t ha.Tag) bool { return t.ID == e.ID })
	case ha.PutAttributes:
		c.AttributeSets = append(slices.DeleteFunc(c.AttributeSets, func(s ha.AttributeSet) bool { return s.ID == e.Attributes.ID }), *e.Attributes)
	case ha.DeleteAttributes:
		c.AttributeSets = slices.DeleteFunc(c.AttributeSets, func(s ha.AttributeSet) bool { return s.ID == e.ID })
	case ha.SetUtilization:
		for n := range c.Nodes {
			if e.Node != "" && c.Nodes[n].Name == e.Node {
				c.Nodes[n].Utilization = set(c.Nodes[n].Utilization)
			}
		}
		if r := ha.FindResource(c.Resources, e.ID); r != nil {
			r.Utilization = set(r.Utilization)
		}
	case ha.PlaceResource:
		r := *ha.FindResource(c.Resources, e.ID)
		for i := range c.Resources {
			c.Resources[i].Members = slices.DeleteFunc(c.Resources[i].Members, func(m ha.Resource) bool { return m.ID == e.ID })
		}
		c.Resources = slices.DeleteFunc(c.Resources, func(o ha.Resource) bool { return o.ID == e.ID })
		if g := ha.FindResource(c.Resources, e.Group); g != nil {
			g.Members = append(g.Members, r)
		} else {
			c.Resources = append(c.Resources, r)
		}
	case ha.CreateConstraint:
		c.Constraints = append(c.Constraints, *e.Constraint)
	case ha.DeleteConstraint:
		c.Constraints = slices.DeleteFunc(c.Constraints, func(x ha.Constraint) bool { return x.ID == e.ID })
	}
	return nil
}

func (m *machines) state(h *machine) ha.State {
	s := ha.State{At: time.Now().UTC(), Reporter: h.name, Engine: "simulated", Running: h.running, Fencing: true, FenceHistory: slices.Clone(m.history)}
	var names []string
	for _, each := range m.hosts {
		if each.running {
			names = append(names, each.name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		s.DC = names[0]
	}
	if h.setup != nil {
		s.ExpectedVotes = len(h.setup.Nodes)
		for _, n := range h.setup.Nodes {
			s.Nodes = append(s.Nodes, ha.NodeState{Name: n.Name, Kind: "member", Online: slices.Contains(names, n.Name), DC: n.Name == s.DC, Resources: []string{}})
		}
	}
	for _, r := range ha.Remotes(m.config.Resources) {
		one := m.by(r.Name)
		stopped := ha.FindResource(m.config.Resources, r.Connection).Meta["target-role"] == "Stopped"
		s.Nodes = append(s.Nodes, ha.NodeState{
			Name: r.Name, Kind: r.Kind, Connection: r.Connection, Through: s.DC, Online: !stopped && (r.Kind == ha.GuestNode || one != nil && one.remote && one.remoteKey == h.remoteKey),
			Resources: []string{},
		})
	}
	s.Votes, s.QuorumVotes = len(names), s.ExpectedVotes/2+1
	if h.setup != nil {
		conf := ha.ConfState{Version: h.setup.Version, Digest: h.setup.Digest()}
		s.Conf = &conf
		if q := h.setup.Quorum; q != nil && q.Device != nil {
			s.ExpectedVotes, s.QuorumVotes = h.setup.ExpectedVotes(), h.setup.VotesNeeded()
			s.Device = &ha.DeviceState{Address: q.Device.Address, Connected: h.connected()}
			if s.Device.Connected {
				s.Device.Votes = h.setup.DeviceVotes()
				s.Votes += s.Device.Votes
			}
		}
	}
	s.Quorate = s.Votes >= s.QuorumVotes
	return s
}

// tell reports to the fleet what every connected host sees.
func (m *machines) tell(command string) {
	// A host tells in order: what was seen earlier never arrives after what was seen later.
	m.telling.Lock()
	defer m.telling.Unlock()
	m.mu.Lock()
	if m.silent {
		command = ""
	}
	type report struct {
		id     string
		state  ha.State
		config wire.Config
		mute   bool
	}
	var all []report
	for _, h := range m.hosts {
		if h.away || h.setup == nil {
			continue
		}
		all = append(all, report{h.id, m.state(h), wire.Config{Cluster: h.setup.Name, Config: clone(m.config), XML: m.xml(), Command: command}, m.mute})
	}
	m.mu.Unlock()
	for _, r := range all {
		if err := m.fleet.Report(context.Background(), r.id, wire.Report{Cluster: r.config.Cluster, Delta: ha.Delta{Full: true, State: r.state}}); err != nil {
			m.t.Error(err)
		}
		if r.state.Running && !r.mute {
			if err := m.fleet.Config(context.Background(), r.id, r.config); err != nil {
				m.t.Error(err)
			}
		}
	}
}

// site is a server with machines: store, fleet and engine are the true ones.
type site struct {
	*machines
	store  *store.Store
	engine *reconcile.Engine
	live   *published
	bars   *bars
	stop   func()
	kill   context.CancelFunc // ends the server without waiting, as the hook of a step may
}

// published remembers what browsers were told.
type published struct {
	mu   sync.Mutex
	list []api.Live
}

func (p *published) Publish(m api.Live) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, m)
}

func (p *published) has(topic string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.list, func(m api.Live) bool { return m.Topic == topic })
}

// newSite enrols these hosts; each has an address in two networks.
func newSite(t *testing.T, names ...string) *site {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	m := &machines{t: t, hosts: map[string]*machine{}, results: map[string]wire.Result{}, counts: map[string]int{}, config: emptyConfig()}
	s := &site{machines: m, store: st, live: &published{}, bars: &bars{}}
	t.Cleanup(func() {
		s.stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	s.start(nil)
	for i, name := range names {
		s.enrol(name, i+1)
	}
	return s
}

func emptyConfig() ha.Config { return ha.Config{Version: ha.Version{Epoch: 1}} }

func (s *site) enrol(name string, n int) {
	s.t.Helper()
	facts := ha.Facts{Hostname: name, Engine: "simulated", Interfaces: []ha.Interface{
		{Name: "eth0", Up: true, Addresses: []string{fmt.Sprintf("10.0.1.%d/24", n), fmt.Sprintf("10.0.1.%d/24", n+100)}},
		{Name: "eth1", Up: true, Addresses: []string{fmt.Sprintf("10.0.2.%d/24", n)}},
	}}
	token, err := s.fleet.Token(s.t.Context(), "admin", time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	id, err := s.fleet.Enrol(s.t.Context(), token.Token, "key", facts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.hosts[id] = &machine{id: id, name: name, checks: []ha.Check{{Code: "packages", Result: "ok"}}, secrets: map[string]string{}}
	s.mu.Unlock()
	if _, err := s.fleet.Connected(s.t.Context(), id, wire.Hello{Facts: facts}); err != nil {
		s.t.Fatal(err)
	}
}

// start starts the server's part, as after a crash where it has been started before.
func (s *site) start(hook func(when, step string)) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.kill = cancel
	s.machines.fleet = fleet.New(fleet.Options{
		Store: s.store, Agents: s.machines, Live: s.live, Server: "https://server:8443",
		Configured: func(ctx context.Context, cluster string, from, to fleet.Configuration, command string) error {
			return s.engine.Configured(ctx, cluster, from, to, command)
		},
	})
	if err := s.machines.fleet.Load(ctx); err != nil {
		s.t.Fatal(err)
	}
	s.engine = reconcile.New(reconcile.Options{
		Agents: s.machines, Picture: s.machines.fleet, Store: s.store, Live: s.live, Licence: s.bars, Hook: hook, Patience: 200 * time.Millisecond,
	})
	if err := s.engine.Resume(ctx); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	engine := s.engine
	go func() {
		defer close(ended)
		if err := engine.Run(ctx); err != nil {
			s.t.Error(err)
		}
	}()
	s.stop = func() {
		cancel()
		<-ended
	}
}

// restart ends the server and starts it again.
func (s *site) restart() {
	s.t.Helper()
	s.stop()
	s.start(nil)
	s.tell("")
}

func setup(name string, nodes ...string) ha.Setup {
	out := ha.Setup{Name: name, Autostart: true}
	for i, n := range nodes {
		out.Nodes = append(out.Nodes, ha.SetupNode{Name: n, Addresses: []string{fmt.Sprintf("10.0.1.%d", i+1), fmt.Sprintf("10.0.2.%d", i+1)}})
	}
	return out
}

// begin starts an operation and fails the test where it is refused.
func (s *site) begin(r reconcile.Request) api.Operation {
	s.t.Helper()
	r.Actor = "ann"
	op, err := s.engine.Begin(s.t.Context(), r)
	if err != nil {
		s.t.Fatalf("%s: %v (%+v)", r.Kind, err, fault.Public(err))
	}
	return op
}

// end waits until an operation has ended.
func (s *site) end(op api.Operation) api.Operation {
	s.t.Helper()
	testkit.Eventually(s.t, func() error {
		var err error
		if op, err = s.store.Operation(s.t.Context(), op.ID); err != nil {
			return err
		}
		if op.Ended.IsZero() {
			return fmt.Errorf("it is %s: %+v", op.State, op.Steps)
		}
		if _, running := s.engine.Operation(op.ID); running {
			return fmt.Errorf("it still holds its cluster")
		}
		return nil
	})
	return op
}

// do is begin and end, and fails the test where the operation does not succeed.
func (s *site) do(r reconcile.Request) api.Operation {
	s.t.Helper()
	op := s.end(s.begin(r))
	if op.State != "succeeded" {
		s.t.Fatalf("%s: %s: %v %+v", r.Kind, op.State, op.Fault, op.Steps)
	}
	return op
}

// demo is a site with a cluster.
func demo(t *testing.T) *site {
	t.Helper()
	s := newSite(t, "n1", "n2", "n3")
	set := setup("demo", "n1", "n2", "n3")
	s.do(reconcile.Request{Kind: "cluster.create", Cluster: "demo", Setup: &set})
	return s
}
