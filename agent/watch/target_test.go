package watch

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"hawser/internal/ha"
)

// TestTargetOf: what there is to follow of agents as they are configured.
func TestTargetOf(t *testing.T) {
	described := func(defaults ...string) ha.AgentMetadata {
		var m ha.AgentMetadata
		for i := 0; i+1 < len(defaults); i += 2 {
			m.Parameters = append(m.Parameters, ha.AgentParameter{Name: defaults[i], Default: defaults[i+1]})
		}
		return m
	}
	for name, c := range map[string]struct {
		agent      string
		parameters map[string]string
		metadata   ha.AgentMetadata
		want       Target
	}{
		"Unit":          {"systemd:nginx", nil, ha.AgentMetadata{}, Target{Unit: "nginx.service"}},
		"Instance":      {"systemd:pg@15", nil, ha.AgentMetadata{}, Target{Unit: "pg@15.service"}},
		"Mount unit":    {"systemd:srv.mount", nil, ha.AgentMetadata{}, Target{Unit: "srv.mount"}},
		"Service":       {"service:nginx", nil, ha.AgentMetadata{}, Target{Unit: "nginx.service"}},
		"PostgreSQL":    {"ocf:heartbeat:pgsql", map[string]string{"pgdata": "/srv/pg/data"}, described("pgdata", "/var/lib/pgsql/data"), Target{PIDFiles: []string{"/srv/pg/data/postmaster.pid"}}},
		"Default":       {"ocf:heartbeat:pgsql", nil, described("pgdata", "/var/lib/pgsql/data"), Target{PIDFiles: []string{"/var/lib/pgsql/data/postmaster.pid"}}},
		"Hawser's":      {"ocf:hawser:pgsql", map[string]string{"pgdata": "/srv/pg/data"}, described("pgdata", "/var/lib/pgsql/data", "config", "", "pgctl", ""), Target{PIDFiles: []string{"/srv/pg/data/postmaster.pid"}}},
		"MySQL":         {"ocf:heartbeat:mysql", nil, described("pid", "/run/mysqld/mysqld.pid", "socket", "/run/mysqld/mysqld.sock"), Target{PIDFiles: []string{"/run/mysqld/mysqld.pid"}}},
		"Redis":         {"ocf:heartbeat:redis", nil, described("rundir", "/run/redis", "pidfile_name", "redis.pid"), Target{PIDFiles: []string{"/run/redis/redis.pid"}}},
		"Shell's":       {"ocf:heartbeat:named", nil, described("named_pidfile", "${HA_VARRUN}/named.pid"), Target{}},
		"Relative":      {"ocf:heartbeat:named", map[string]string{"named_pidfile": "../named.pid"}, ha.AgentMetadata{}, Target{}},
		"Anything":      {"ocf:heartbeat:anything", map[string]string{"binfile": "/bin/x"}, described("pidfile", "/var/run/anything_anything.pid"), Target{PIDFiles: []string{"/run/anything_x.pid"}}},
		"Anything else": {"ocf:heartbeat:anything", map[string]string{"pidfile": "/run/x.pid"}, ha.AgentMetadata{}, Target{PIDFiles: []string{"/run/x.pid"}}},
		"KWDB":          {"ocf:hawser:kwdb", nil, described("unit", "kaiwudb.service", "command", ""), Target{Unit: "kaiwudb.service"}},
		"KWDB command":  {"ocf:hawser:kwdb", map[string]string{"command": "kwbase start"}, described("unit", "kaiwudb.service", "command", ""), Target{}},
		"KWDB short":    {"ocf:hawser:kwdb", map[string]string{"unit": "kaiwudb"}, described("unit", "kaiwudb.service", "command", ""), Target{Unit: "kaiwudb.service"}},
		"Own unit":      {"ocf:hawser:systemd", map[string]string{"unit": "nginx"}, described("unit", ""), Target{Unit: "nginx.service"}},
		"Own full":      {"ocf:hawser:systemd", map[string]string{"unit": "nginx.service"}, ha.AgentMetadata{}, Target{Unit: "nginx.service"}},
		"Own instance":  {"ocf:hawser:systemd", map[string]string{"unit": "pg@15.2"}, ha.AgentMetadata{}, Target{Unit: "pg@15.2.service"}},
		"Own mount":     {"ocf:hawser:systemd", map[string]string{"unit": "srv.mount"}, ha.AgentMetadata{}, Target{Unit: "srv.mount"}},
		"Own without":   {"ocf:hawser:systemd", nil, described("unit", ""), Target{}},
		"Other's unit":  {"ocf:other:thing", map[string]string{"unit": "thing.service"}, ha.AgentMetadata{}, Target{Unit: "thing.service"}},
		"Other's word":  {"ocf:other:thing", map[string]string{"unit": "7"}, ha.AgentMetadata{}, Target{}},
		"Address":       {"ocf:heartbeat:IPaddr2", map[string]string{"ip": "10.0.0.9"}, ha.AgentMetadata{}, Target{Address: netip.MustParseAddr("10.0.0.9")}},
		"Own address":   {"ocf:hawser:IPaddr2", map[string]string{"ip": "10.0.0.9"}, ha.AgentMetadata{}, Target{Address: netip.MustParseAddr("10.0.0.9")}},
		"No address":    {"ocf:heartbeat:IPaddr2", map[string]string{"ip": "$(reboot)"}, ha.AgentMetadata{}, Target{}},
		"Ping":          {"ocf:pacemaker:ping", nil, described("pidfile", "/run/ping-x"), Target{Reach: true}},
		"Own ping":      {"ocf:hawser:ping", nil, described("name", "pingd"), Target{Reach: true}},
		"Own fs":        {"ocf:hawser:Filesystem", map[string]string{"directory": "/srv/pg"}, ha.AgentMetadata{}, Target{Mount: "/srv/pg"}},
		"File system":   {"ocf:heartbeat:Filesystem", map[string]string{"directory": "/srv/pg/", "options": "noatime,ro"}, ha.AgentMetadata{}, Target{Mount: "/srv/pg", ReadOnly: true}},
		"DRBD":          {"ocf:linbit:drbd", map[string]string{"drbd_resource": "r0"}, ha.AgentMetadata{}, Target{Volume: "r0"}},
		"Mirror":        {"ocf:hawser:mirror", map[string]string{"config": "/etc/hawser/mirror/data.json"}, described("binary", "/usr/bin/hawser-mirror"), Target{Volume: "data", PIDFiles: []string{"/run/hawser-mirror/data/pid"}}},
		"Other mirror":  {"ocf:hawser:mirror", map[string]string{"config": "/etc/hawser/mirror/../data.json"}, ha.AgentMetadata{}, Target{}},
		"Dummy":         {"ocf:heartbeat:Dummy", nil, described("state", "/run/Dummy-x.state"), Target{}},
		"Init script":   {"lsb:thing", nil, ha.AgentMetadata{}, Target{}},
	} {
		c.want.Resource = "x"
		if got := targetOf(ha.Watched{ID: "x", Agent: c.agent, Parameters: c.parameters}, c.metadata); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// shy is a host whose agents do not describe themselves.
type shy struct {
	*world
	asked int
}

func (s *shy) Metadata(context.Context, string, string) (ha.AgentMetadata, error) {
	s.asked++
	return ha.AgentMetadata{}, errors.New("not now")
}

// TestTargets: what runs here and is managed is watched, and nothing else.
func TestTargets(t *testing.T) {
	monitor := []ha.Operation{{Name: "monitor", Interval: "10s"}}
	primitive := func(id, agent string) ha.Resource {
		return ha.Resource{ID: id, Kind: ha.Primitive, Agent: agent, Operations: monitor, Parameters: map[string]string{"pgdata": "/d", "drbd_resource": "r0"}}
	}
	cfg := ha.Config{Properties: map[string]string{ha.WatchProperty: "on"}, Resources: []ha.Resource{primitive("db", "ocf:heartbeat:pgsql"), primitive("disk", "ocf:linbit:drbd"), primitive("away", "systemd:a"), primitive("shy", "systemd:b")}}
	here := func(id, role string) ha.ResourceState {
		return ha.ResourceState{ID: id, Kind: ha.Primitive, Role: role, Managed: true, Nodes: []string{"n1"}}
	}
	seen := func() ha.State {
		return ha.State{
			Running: true, Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2", Online: true}},
			Resources: []ha.ResourceState{here("db", "Started"), here("disk", "Promoted"), here("shy", "Starting"), {ID: "away", Kind: ha.Primitive, Role: "Started", Managed: true, Nodes: []string{"n2"}}},
			Volumes:   []ha.VolumeState{{Name: "r0/0", Node: "n2", Disk: "Failed"}, {Name: "r0/0", Node: "n1", Disk: "UpToDate"}, {Name: "r0/1", Node: "n1", Disk: "Diskless"}},
		}
	}
	host := &shy{world: newWorld(t)}
	w := New(Options{Host: host, Node: "n1", Sources: []Source{}})
	look := func(change func(*ha.State)) []Target {
		s := seen()
		change(&s)
		w.Configure(cfg)
		w.Observe(s)
		return w.targets(t.Context())
	}
	all := []Target{{Resource: "db", PIDFiles: []string{"/d/postmaster.pid"}}, {Resource: "disk", Volume: "r0", Disk: "Diskless"}}
	if got := look(func(*ha.State) {}); !reflect.DeepEqual(got, all) {
		t.Errorf("%+v", got)
	}
	if got := look(func(*ha.State) {}); !reflect.DeepEqual(got, all) || host.asked != 2 {
		t.Errorf("%+v, asked %d times", got, host.asked)
	}
	for name, change := range map[string]func(*ha.State){
		"stack down":          func(s *ha.State) { s.Running = false },
		"cluster maintenance": func(s *ha.State) { s.Maintenance = true },
		"node maintenance":    func(s *ha.State) { s.Nodes[0].Maintenance = true },
		"node away":           func(s *ha.State) { s.Nodes[0].Online = false },
		"not managed":         func(s *ha.State) { s.Resources[0].Managed, s.Resources[1].Managed = false, false },
		"not wanted":          func(s *ha.State) { s.Resources[0].Disabled, s.Resources[1].Orphaned = true, true },
	} {
		if got := look(change); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
