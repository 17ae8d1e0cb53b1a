package ha_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func second(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

// saw is a change at a second of the test; pairs are its arguments.
func saw(n int, kind ha.ChangeKind, severity ha.Severity, object string, pairs ...string) ha.Happening {
	h := ha.Happening{At: second(n), Change: ha.Change{Kind: kind, Severity: severity, Object: object, Args: map[string]string{}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Args[pairs[i]] = pairs[i+1]
	}
	return h
}

func stopped(n int, resource string) ha.Happening {
	return saw(n, ha.ResourceStopped, ha.Warning, resource, "node", "n1")
}

func started(n int, resource string) ha.Happening {
	return saw(n, ha.ResourceStarted, ha.Info, resource, "node", "n2")
}

func moved(n int, resource string) ha.Happening {
	return saw(n, ha.ResourceMoved, ha.Warning, resource, "from", "n1", "to", "n2")
}

var theService = ha.Service{ID: "g", Members: []string{"fs", "db"}, Tied: []string{"data", "data-clone"}, Volumes: []string{"data"}}

// during is work from 100 to 140.
func during(kind, object string) []ha.Work {
	return []ha.Work{{Since: second(100), Until: second(140), Kind: kind, Object: object}}
}

func text(r ha.RTO) string {
	if r.Last == nil || r.Worst == nil {
		return fmt.Sprint(r.Number)
	}
	return fmt.Sprintf("%d last %v worst %v", r.Number, r.Last.Seconds, r.Worst.Seconds)
}

// TestStandRTO: how long a service was away is measured over all its members, planned apart from trouble.
func TestStandRTO(t *testing.T) {
	work := during("resource.move", "g")
	running := &ha.State{At: second(1000), Running: true, Quorate: true, Resources: []ha.ResourceState{
		{ID: "g", Kind: ha.Group, Members: []ha.ResourceState{{ID: "fs", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}}, {ID: "db", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}}}},
	}}
	for name, c := range map[string]struct {
		changes            []ha.Happening
		works              []ha.Work
		state              *ha.State
		planned, unplanned string
	}{
		"Nothing": {planned: "0", unplanned: "0"},
		"NodeLost": {
			changes:   []ha.Happening{saw(1, ha.NodeUnclean, ha.Critical, "n1", "node", "n1"), saw(5, ha.NodeFenced, ha.Critical, "n1", "action", "reboot"), moved(8, "fs"), moved(11, "db"), saw(60, ha.NodeJoined, ha.Info, "n1")},
			unplanned: "1 last 10 worst 10", planned: "0",
		},
		"Failed":    {changes: []ha.Happening{saw(1, ha.ResourceFailed, ha.Critical, "db", "node", "n1"), stopped(2, "fs"), started(4, "fs"), started(6, "db")}, unplanned: "1 last 5 worst 5", planned: "0"},
		"Of others": {changes: []ha.Happening{saw(1, ha.ResourceFailed, ha.Critical, "web", "node", "n1"), started(9, "web")}, unplanned: "0", planned: "0"},
		"Moved by a person, seen at both ends only": {
			changes: []ha.Happening{moved(103, "fs"), moved(104, "db")}, works: work, planned: "1 last 4 worst 4", unplanned: "0",
		},
		"Moved by a person, seen stopped": {
			changes: []ha.Happening{stopped(102, "db"), stopped(103, "fs"), started(105, "fs"), started(107, "db")}, works: work, planned: "1 last 5 worst 5", unplanned: "0",
		},
		"A member stopped by a person": {
			changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("resource.stop", "db"), planned: "1 last 5 worst 5", unplanned: "0",
		},
		"Tied to what a person moves": {
			changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("resource.move", "data-clone"), planned: "1 last 5 worst 5", unplanned: "0",
		},
		"On a volume that a person promotes": {
			changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("volume.act", "data"), planned: "1 last 5 worst 5", unplanned: "0",
		},
		"Its node in standby": {
			changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("node.standby", "n1"), planned: "1 last 5 worst 5", unplanned: "0",
		},
		"Its node stopped, seen at both ends only": {changes: []ha.Happening{moved(103, "db")}, works: during("node.stop", "n1"), planned: "1 last 3 worst 3", unplanned: "0"},
		"Back to a node that is active again":      {changes: []ha.Happening{moved(103, "db")}, works: during("node.unstandby", "n2"), planned: "1 last 3 worst 3", unplanned: "0"},
		"A file is applied":                        {changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("config.apply", "demo"), planned: "1 last 5 worst 5", unplanned: "0"},
		"Another node in standby": {
			changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("node.standby", "n3"), planned: "0", unplanned: "1 last 5 worst 5",
		},
		"Another node stopped":              {changes: []ha.Happening{moved(103, "db")}, works: during("node.stop", "n3"), planned: "0", unplanned: "0"},
		"Another service moved by a person": {changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("resource.move", "web"), planned: "0", unplanned: "1 last 5 worst 5"},
		"Another volume made meanwhile":     {changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("volume.create", "other"), planned: "0", unplanned: "1 last 5 worst 5"},
		"A link added meanwhile":            {changes: []ha.Happening{stopped(102, "db"), started(107, "db")}, works: during("link.add", "1"), planned: "0", unplanned: "1 last 5 worst 5"},
		"Moved by nobody":                   {changes: []ha.Happening{moved(10, "fs"), moved(11, "db")}, works: work, planned: "0", unplanned: "0"},
		"Stopped by nobody":                 {changes: []ha.Happening{stopped(10, "db"), started(17, "db")}, works: work, planned: "0", unplanned: "1 last 7 worst 7"},
		"Stopped on purpose from outside": {
			changes: []ha.Happening{saw(10, ha.ResourceStopped, ha.Info, "db", "node", "n1"), started(20, "db")}, planned: "1 last 10 worst 10", unplanned: "0",
		},
		"Trouble while a person is at it": {
			changes: []ha.Happening{saw(110, ha.ResourceFailed, ha.Critical, "db", "node", "n1"), started(130, "db")}, works: work, planned: "0", unplanned: "1 last 20 worst 20",
		},
		"A node that is switched on was not lost": {
			changes: []ha.Happening{saw(1, ha.NodeFenced, ha.Critical, "n1", "action", "on"), moved(8, "fs")}, planned: "0", unplanned: "0",
		},
		"The last is not the worst": {
			changes:   []ha.Happening{stopped(10, "db"), started(40, "db"), stopped(50, "db"), started(52, "db")},
			unplanned: "2 last 2 worst 30", planned: "0",
		},
		"Away still":              {changes: []ha.Happening{stopped(900, "db")}, unplanned: "1 last 100 worst 100", planned: "0"},
		"Back, and nobody saw it": {changes: []ha.Happening{stopped(900, "db")}, state: running, unplanned: "0", planned: "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ha.Stand(theService, ha.Target{}, ha.History{Changes: c.changes, Works: c.works}, c.state, second(1000))
			if got := text(s.RTOPlanned); got != c.planned {
				t.Errorf("planned %s, want %s", got, c.planned)
			}
			if got := text(s.RTOUnplanned); got != c.unplanned {
				t.Errorf("unplanned %s, want %s", got, c.unplanned)
			}
			if s.RTOPlanned.Answer != "" || s.RPOPlanned.Answer != "" {
				t.Errorf("answers where nothing was promised: %+v", s)
			}
		})
	}
}

// volume is one with two sides; change makes of it what the test is about.
func volume(change func(n1, n2 *ha.VolumeState)) *ha.State {
	side := func(node, peer string) ha.VolumeState {
		return ha.VolumeState{
			Name: "data", Node: node, Up: true, Device: "/dev/drbd0", Protocol: "C", Disk: ha.DiskUpToDate,
			Peers: []ha.VolumePeer{{Node: peer, Connection: ha.PeerConnected, Replication: ha.ReplicaEstablish, Disk: ha.DiskUpToDate}},
		}
	}
	s := &ha.State{At: second(1000), Running: true, Volumes: []ha.VolumeState{side("n1", "n2"), side("n2", "n1")}}
	if change != nil {
		change(&s.Volumes[0], &s.Volumes[1])
	}
	return s
}

func parted(n1, n2 *ha.VolumeState) {
	n1.Peers[0].Connection, n2.Peers[0].Connection = ha.PeerConnecting, ha.PeerConnecting
	n1.Peers[0].OutOfSync = 4096
}

// TestStandRPO: nothing is lost where every side has everything on disk; otherwise since when, or that nobody knows.
func TestStandRPO(t *testing.T) {
	about := func(n int, kind ha.ChangeKind) ha.Happening {
		return saw(n, kind, ha.Warning, "data", "volume", "data", "node", "n1", "peer", "n2")
	}
	lost, back := about(100, ha.VolumeDisconnected), about(200, ha.VolumeConnected)
	syncing := func(n1, n2 *ha.VolumeState) {
		n2.Disk, n1.Peers[0].Replication = ha.DiskInconsistent, ha.ReplicaSyncSource
	}
	for name, c := range map[string]struct {
		service            ha.Service
		state              *ha.State
		changes            []ha.Happening
		planned, unplanned string
	}{
		"C, whole":           {state: volume(nil), planned: "replicated 0", unplanned: "replicated 0"},
		"C, whole since":     {state: volume(nil), changes: []ha.Happening{lost, back}, planned: "replicated 0", unplanned: "replicated 0"},
		"A":                  {state: volume(func(n1, n2 *ha.VolumeState) { n1.Protocol, n2.Protocol = "A", "A" }), planned: "replicated 0", unplanned: "asynchronous ?"},
		"Protocol not told":  {state: volume(func(n1, n2 *ha.VolumeState) { n1.Protocol, n2.Protocol = "", "" }), planned: "replicated 0", unplanned: "unknown ?"},
		"Apart":              {state: volume(parted), changes: []ha.Happening{lost}, planned: "exposed 900 4096", unplanned: "exposed 900 4096"},
		"Apart, told twice":  {state: volume(parted), changes: []ha.Happening{lost, about(103, ha.VolumeDisconnected)}, planned: "exposed 900 4096", unplanned: "exposed 900 4096"},
		"Apart once more":    {state: volume(parted), changes: []ha.Happening{lost, back, about(700, ha.VolumeDisconnected)}, planned: "exposed 300 4096", unplanned: "exposed 300 4096"},
		"Apart, nobody saw":  {state: volume(parted), planned: "exposed ? 4096", unplanned: "exposed ? 4096"},
		"Not up to date yet": {state: volume(syncing), changes: []ha.Happening{lost, back, about(200, ha.VolumeSyncBegun), back}, planned: "exposed 900", unplanned: "exposed 900"},
		"Synced, then apart": {
			state: volume(parted), changes: []ha.Happening{lost, back, about(200, ha.VolumeSyncBegun), about(300, ha.VolumeSyncDone), about(400, ha.VolumeDiskLost)},
			planned: "exposed 600 4096", unplanned: "exposed 600 4096",
		},
		"Of another volume": {
			state: volume(parted), changes: []ha.Happening{lost, saw(150, ha.VolumeConnected, ha.Info, "other", "volume", "other")}, planned: "exposed 900 4096", unplanned: "exposed 900 4096",
		},
		"Replication off": {state: volume(func(n1, _ *ha.VolumeState) { n1.Peers[0].Replication = "Off" }), planned: "exposed ?", unplanned: "exposed ?"},
		"Nobody tells":    {planned: "unknown ?", unplanned: "unknown ?"},
		"Not told lately": {state: func() *ha.State { s := volume(nil); s.At = second(900); return s }(), planned: "unknown ?", unplanned: "unknown ?"},
		"Down everywhere": {state: volume(func(n1, n2 *ha.VolumeState) { n1.Up, n2.Up = false, false }), planned: "unknown ?", unplanned: "unknown ?"},
		"Shared":          {service: ha.Service{ID: "g", Shared: true}, planned: "shared 0", unplanned: "shared 0"},
		"Shared, and a volume that is apart": {
			service: ha.Service{ID: "g", Shared: true, Volumes: []string{"data"}}, state: volume(parted), changes: []ha.Happening{lost}, planned: "exposed 900 4096", unplanned: "exposed 900 4096",
		},
		"No storage": {service: ha.Service{ID: "g"}, planned: "unknown ?", unplanned: "unknown ?"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.service.ID == "" {
				c.service = ha.Service{ID: "g", Volumes: []string{"data"}}
			}
			s := ha.Stand(c.service, ha.Target{}, ha.History{Changes: c.changes}, c.state, second(1000))
			text := func(r ha.RPO) string {
				out := string(r.Basis) + " ?"
				if r.Seconds != nil {
					out = fmt.Sprint(r.Basis, " ", *r.Seconds)
				}
				if r.OutOfSync > 0 {
					out += fmt.Sprint(" ", r.OutOfSync)
				}
				return out
			}
			if got := text(s.RPOPlanned); got != c.planned {
				t.Errorf("planned %s, want %s", got, c.planned)
			}
			if got := text(s.RPOUnplanned); got != c.unplanned {
				t.Errorf("unplanned %s, want %s", got, c.unplanned)
			}
		})
	}
}

// TestStandAnswers: the worst that was measured decides; what was not measured is neither met nor missed.
func TestStandAnswers(t *testing.T) {
	of := func(n int) *int { return &n }
	changes := []ha.Happening{stopped(10, "db"), started(40, "db"), stopped(50, "db"), started(52, "db")}
	lost := saw(100, ha.VolumeDisconnected, ha.Warning, "data", "volume", "data")
	on := theService
	on.Volumes = []string{"data"}
	for name, c := range map[string]struct {
		target  ha.Target
		changes []ha.Happening
		state   *ha.State
		want    [4]ha.Answer
	}{
		"Met":                   {ha.Target{RTOUnplanned: of(30), RPOPlanned: of(0), RPOUnplanned: of(0)}, changes, volume(nil), [4]ha.Answer{"", "met", "met", "met"}},
		"Missed by the worst":   {ha.Target{RTOUnplanned: of(29)}, changes, volume(nil), [4]ha.Answer{"", "missed", "", ""}},
		"Not measured":          {ha.Target{RTOPlanned: of(5)}, changes, volume(nil), [4]ha.Answer{"unknown", "", "", ""}},
		"Apart":                 {ha.Target{RPOPlanned: of(899), RPOUnplanned: of(900)}, append(changes, lost), volume(parted), [4]ha.Answer{"", "", "missed", "met"}},
		"Apart, since when?":    {ha.Target{RPOPlanned: of(0), RPOUnplanned: of(60)}, nil, volume(parted), [4]ha.Answer{"", "", "missed", "unknown"}},
		"Nobody knows the data": {ha.Target{RPOUnplanned: of(0)}, nil, nil, [4]ha.Answer{"", "", "", "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := ha.Stand(on, c.target, ha.History{Changes: c.changes}, c.state, second(1000))
			if got := [4]ha.Answer{s.RTOPlanned.Answer, s.RTOUnplanned.Answer, s.RPOPlanned.Answer, s.RPOUnplanned.Answer}; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestServices: groups and primitives that are in none, with what they keep their data on.
func TestServices(t *testing.T) {
	filesystem := func(id, device string, more ...string) ha.Resource {
		p := map[string]string{"device": device}
		for i := 0; i+1 < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: p}
	}
	c := ha.Config{
		Resources: []ha.Resource{
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_ipmilan"},
			{ID: "r1", Kind: ha.Primitive, Agent: ha.RemoteAgent},
			{ID: "data-clone", Kind: ha.Clone, Members: []ha.Resource{{ID: "data", Kind: ha.Primitive, Agent: ha.DRBDAgent, Parameters: map[string]string{"drbd_resource": "data"}}}},
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{filesystem("fs", "/dev/drbd0"), {ID: "db", Kind: ha.Primitive, Agent: "systemd:db"}}},
			filesystem("lun", "/dev/mapper/lun"),
			filesystem("memory", "none", "fstype", "tmpfs"),
			filesystem("bound", "/srv/a", "options", "ro,bind"),
			{ID: "beside", Kind: ha.Primitive, Agent: "systemd:beside"},
		},
		Constraints: []ha.Constraint{
			{ID: "c", Kind: ha.Colocation, Resource: "beside", With: "data-clone", Score: "INFINITY"},
			{ID: "o", Kind: ha.Order, First: "data-clone", Action: "promote", Then: "g"},
			{ID: "l", Kind: ha.Location, Resource: "g", Node: "n1", Score: "100"},
		},
		Tags: []ha.Tag{{ID: "evening", Resources: []string{"data"}}, {ID: "morning", Resources: []string{"elsewhere"}}},
	}
	var got []string
	for _, s := range ha.Services(c, volume(nil)) {
		got = append(got, fmt.Sprintf("%s%v%v%t%v", s.ID, s.Members, s.Volumes, s.Shared, s.Tied))
	}
	want := "g[fs db][data]false[beside data data-clone evening] lun[lun][]true[] memory[memory][]false[] bound[bound][]false[] beside[beside][data]false[data data-clone db evening fs g]"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}
