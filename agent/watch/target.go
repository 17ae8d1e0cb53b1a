package watch

import (
	"context"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hawser/internal/ha"
)

// Target is a resource that runs on this node, and what there is of it to follow.
type Target struct {
	Resource string
	Unit     string     // of systemd
	PIDFiles []string   // where its processes are named
	Address  netip.Addr // a virtual IP
	// Reach says that the resource measures whether others are reached: when a carrier goes, its own monitor finds out what that means.
	Reach    bool
	Mount    string // mount point
	ReadOnly bool   // it is mounted so on purpose
	Volume   string // replicated
	Disk     string // of the volume, on this node
}

// targets lists what runs on this node and is to be watched, in the order of the resources.
func (w *Watcher) targets(ctx context.Context) []Target {
	w.mu.Lock()
	cfg, st := w.cfg, w.state
	w.mu.Unlock()
	if cfg == nil || st == nil || !st.Running || st.Maintenance {
		w.watching(nil)
		return nil
	}
	here := map[string]ha.ResourceState{}
	for _, r := range ha.Leaves(st.Resources) {
		if slices.Contains(r.Nodes, w.o.Node) && r.Managed && !r.Orphaned && !r.Disabled && slices.Contains([]string{"Started", "Promoted", "Unpromoted"}, r.Role) {
			here[r.ID] = r
		}
	}
	if i := slices.IndexFunc(st.Nodes, func(n ha.NodeState) bool { return n.Name == w.o.Node }); i < 0 || !st.Nodes[i].Online || st.Nodes[i].Maintenance {
		clear(here)
	}
	rules, list := map[string]ha.Watched{}, []Target(nil)
	for _, r := range ha.WatchedOf(*cfg) {
		if _, runs := here[r.ID]; !runs || r.Why != "" {
			continue
		}
		t := targetOf(r, w.describe(ctx, r.Agent))
		if t.Volume != "" {
			for _, v := range st.Volumes {
				if v.Node == w.o.Node && (v.Name == t.Volume || strings.HasPrefix(v.Name, t.Volume+"/")) && worse(v.Disk, t.Disk) {
					t.Disk = v.Disk
				}
			}
		}
		rules[r.ID] = r
		list = append(list, t)
	}
	w.watching(rules)
	return list
}

// watching notes what is watched from now on.
func (w *Watcher) watching(rules map[string]ha.Watched) {
	w.mu.Lock()
	w.rules = rules
	w.mu.Unlock()
}

// describe asks an agent what parameters it has, once. One that does not answer is asked again after a while.
func (w *Watcher) describe(ctx context.Context, agent string) ha.AgentMetadata {
	w.mu.Lock()
	d, asked := w.agents[agent]
	w.mu.Unlock()
	if !strings.HasPrefix(agent, "ocf:") || asked && (d.known || time.Since(d.at) < metadataAge) {
		return d.AgentMetadata
	}
	m, err := w.o.Host.Metadata(ctx, agent, "en")
	if err != nil && ctx.Err() == nil {
		w.o.Log.Warn("agent does not describe itself; what it names its files by is not known", "agent", agent, "err", err)
	}
	w.mu.Lock()
	w.agents[agent] = description{m, err == nil, time.Now()}
	w.mu.Unlock()
	return m
}

// targetOf says what there is of a resource to follow.
func targetOf(r ha.Watched, m ha.AgentMetadata) Target {
	t := Target{Resource: r.ID}
	value := func(name string) string {
		if v, set := r.Parameters[name]; set {
			return v
		}
		for _, p := range m.Parameters {
			if p.Name == name {
				return p.Default
			}
		}
		return ""
	}
	if t.Unit = UnitOf(r); t.Unit != "" || !strings.HasPrefix(r.Agent, "ocf:") {
		return t
	}
	switch r.Agent {
	case "ocf:hawser:IPaddr2", "ocf:heartbeat:IPaddr2", "ocf:heartbeat:IPaddr":
		if a, err := netip.ParseAddr(value("ip")); err == nil {
			t.Address = a.Unmap()
		}
		return t
	case ha.PingAgent, ha.StockPingAgent, "ocf:heartbeat:ethmonitor":
		t.Reach = true
		return t
	case "ocf:hawser:Filesystem", "ocf:heartbeat:Filesystem":
		if dir := value("directory"); filepath.IsAbs(dir) {
			t.Mount = filepath.Clean(dir)
		}
		t.ReadOnly = slices.Contains(strings.Split(value("options"), ","), "ro")
		return t
	case "ocf:linbit:drbd":
		t.Volume = value("drbd_resource")
		return t
	case ha.MirrorAgent:
		if t.Volume = ha.MirrorOf(value("config")); t.Volume != "" {
			t.PIDFiles = []string{ha.MirrorPIDFile(t.Volume)}
		}
		return t
	case "ocf:heartbeat:anything":
		if r.Parameters["pidfile"] == "" { // what it says by default names nobody: it does not know for whom it is asked
			t.PIDFiles = []string{"/run/anything_" + r.ID + ".pid"}
			return t
		}
	}
	names := map[string]bool{}
	for name := range r.Parameters {
		names[name] = true
	}
	for _, p := range m.Parameters {
		names[p.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		v := value(name)
		switch {
		// Another's agent may mean something else by it, where the value is not a unit's full name.
		case name == "unit" && value("command") == "" && (strings.HasPrefix(r.Agent, "ocf:hawser:") || ha.UnitName(v) == v):
			t.Unit = ha.UnitName(v)
		case name == "pgdata":
			t.addPIDFile(v, "postmaster.pid")
		case namesPIDFile(name):
			if v != "" && !filepath.IsAbs(v) {
				t.addPIDFile(value("rundir"), v)
			} else {
				t.addPIDFile(v)
			}
		}
	}
	return t
}

// addPIDFile adds a file that can be one: agents put into their descriptions what only a shell would fill in.
func (t *Target) addPIDFile(parts ...string) {
	path := filepath.Join(parts...)
	if parts[0] != "" && filepath.IsAbs(path) && !strings.ContainsAny(path, "$%`{*") {
		t.PIDFiles = append(t.PIDFiles, path)
	}
}

// namesPIDFile says whether a parameter of that name holds the path of a PID file: pid, pidfile, named_pidfile, catalina_pid …
func namesPIDFile(name string) bool {
	name = strings.ToLower(name)
	return name == "pid" || strings.Contains(name, "pidfile") || strings.Contains(name, "pid_file") || strings.HasSuffix(name, "_pid")
}

// UnitOf is what systemd calls the unit whose state is all that the resource's monitor asks for; empty where it is none, or not certain which.
func UnitOf(r ha.Watched) string {
	switch class, name, _ := strings.Cut(r.Agent, ":"); {
	case class == "systemd" || class == "service":
		return ha.UnitName(name)
	case r.Agent == ha.SystemdAgent && !r.Ruled:
		return ha.UnitName(r.Parameters["unit"])
	}
	return ""
}
