package ha_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
)

// joined adds a remote node r1, connected through n1, and a guest g1 that vm carries on n2. On the remote node runs job.
func joined(cfg *ha.Config, s *ha.State) {
	r1 := ha.NewRemote{Address: "10.0.0.9"}.Resource("r1")
	cfg.Resources = append(cfg.Resources, r1,
		ha.Resource{ID: "vm", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Meta: map[string]string{"remote-node": "g1"}},
		ha.Resource{ID: "job", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"})
	s.Nodes = append(s.Nodes,
		ha.NodeState{Name: "r1", ID: "r1", Kind: ha.RemoteNode, Online: true, Connection: "r1", Through: "n1", Resources: []string{"job"}},
		ha.NodeState{Name: "g1", ID: "g1", Kind: ha.GuestNode, Online: true, Connection: "vm", Through: "n2", Resources: []string{}})
	for id, on := range map[string]string{"r1": "n1", "vm": "n2", "job": "r1"} {
		r := ha.ResourceState{ID: id, Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Role: "Started", Nodes: []string{on}, Managed: true}
		if id == "r1" {
			r.Agent = ha.RemoteAgent
		}
		s.Resources = append(s.Resources, r)
	}
}

func TestJudgeRemotes(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(cfg *ha.Config, s *ha.State)
		level    ha.Level
		survives int
		reasons  string
	}{
		// Five nodes are there, but three votes: one loss is survived, as without the two.
		{"NoVotes", func(*ha.Config, *ha.State) {}, ha.Protected, 1, ""},
		{"Uncovered", func(cfg *ha.Config, _ *ha.State) {
			cfg.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1 n2 n3"}
		}, ha.Unprotected, 0, "fence_uncovered r1"},
		{"UncoveredAndIdle", func(cfg *ha.Config, s *ha.State) {
			cfg.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1 n2 n3"}
			s.Nodes[3].Resources = nil
		}, ha.Protected, 1, ""},
		{"WatchdogIsOfMembers", func(cfg *ha.Config, s *ha.State) {
			cfg.Resources, s.Resources = cfg.Resources[1:], s.Resources[1:]
			cfg.Properties["have-watchdog"], cfg.Properties["stonith-watchdog-timeout"] = "true", "10s"
		}, ha.Unprotected, 0, "fence_uncovered r1"},
		// Only members connect: with two of them resting the connection has nowhere to go, however many other nodes there are.
		{"ConnectionOnMembersOnly", func(_ *ha.Config, s *ha.State) { s.Nodes[1].Standby, s.Nodes[2].Standby = true, true }, ha.Unprotected, 0, "no_taker r1"},
		{"StoppedOnPurpose", func(_ *ha.Config, s *ha.State) {
			for i, r := range s.Resources {
				if r.ID == "vm" {
					s.Resources[i].Role, s.Resources[i].Nodes, s.Resources[i].Disabled = "Stopped", nil, true
				}
			}
			s.Nodes[4].Online = false
		}, ha.Protected, 1, "resource_disabled vm"},
		{"Lost", func(_ *ha.Config, s *ha.State) { s.Nodes[3].Online = false }, ha.AtRisk, 1, "node_lost r1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, s := config(), three()
			joined(&cfg, &s)
			c.change(&cfg, &s)
			background := ha.Background{Fenced: []ha.FenceRecord{
				{Node: "n1", At: epoch.Add(-time.Hour)}, {Node: "n2", At: epoch.Add(-time.Hour)}, {Node: "n3", At: epoch.Add(-time.Hour)}, {Node: "r1", At: epoch.Add(-time.Hour)},
			}}
			v := ha.JudgeWith(&cfg, &s, background, epoch.Add(time.Second))
			var told []string
			for _, r := range v.Reasons {
				told = append(told, strings.TrimSpace(r.Code+" "+r.Args["node"]+" "+r.Args["resource"]))
			}
			wanted := c.reasons == "" && len(told) == 0 || slices.ContainsFunc(told, func(text string) bool {
				code, about, _ := strings.Cut(c.reasons, " ")
				return strings.HasPrefix(text, code) && strings.Contains(text, about)
			})
			if v.Level != c.level || v.Survives != c.survives || !wanted {
				t.Errorf("got %s, survives %d, %q\nwant %s, survives %d, %q", v.Level, v.Survives, told, c.level, c.survives, c.reasons)
			}
		})
	}
}

// TestRemoteHasNoVote: what the loss of a remote node costs, and how the nodes are fenced.
func TestRemoteHasNoVote(t *testing.T) {
	cfg, s := config(), three()
	joined(&cfg, &s)
	if loss := ha.LossOf(&cfg, s, ha.Setup{}, "r1"); loss.Votes != s.Votes || loss.Quorum {
		t.Errorf("fencing it costs %+v", loss)
	}
	cfg.Resources[0].Parameters = map[string]string{"pcmk_host_list": "n1 n2 n3"}
	find := func() ha.NodeFencing {
		for _, n := range ha.ViewFencing(&cfg, &s, ha.Background{}).Nodes {
			if n.Node == "r1" {
				return n
			}
		}
		return ha.NodeFencing{}
	}
	if n := find(); !n.Remote || n.Idle || n.Covered || n.Fences(true) {
		t.Errorf("got %+v", n)
	}
	s.Nodes[3].Resources = nil
	if n := find(); !n.Idle {
		t.Errorf("got %+v", n)
	}
	if v := ha.ViewFencing(&cfg, &s, ha.Background{}); slices.Contains(v.NeedsFencingTest, "r1") {
		t.Errorf("an idle remote node is to be tested: %v", v.NeedsFencingTest)
	}
}

func TestRemotes(t *testing.T) {
	cfg, s := config(), three()
	joined(&cfg, &s)
	got := ha.Remotes(cfg.Resources)
	want := []ha.RemoteConfig{{Name: "r1", Kind: ha.RemoteNode, Connection: "r1"}, {Name: "g1", Kind: ha.GuestNode, Connection: "vm"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if r := (ha.NewRemote{Address: "10.0.0.9", Port: 3122}).Resource("r1"); r.Parameters["port"] != "3122" || ha.ValidateResource(r) != nil {
		t.Errorf("got %+v, %v", r, ha.ValidateResource(r))
	}
	if r := (ha.NewRemote{Address: "10.0.0.9", Port: ha.RemotePort}).Resource("r1"); r.Parameters["port"] != "" {
		t.Errorf("the port that goes without saying is said: %+v", r)
	}
}

func TestValidateRemote(t *testing.T) {
	for _, c := range []struct {
		what, name string
		give       ha.NewRemote
		want       string
	}{
		{"Whole", "r1", ha.NewRemote{Address: "10.0.0.9", Port: 3122}, "<nil>"},
		{"LeftOpen", "r1.example", ha.NewRemote{}, "<nil>"},
		{"NoName", "", ha.NewRemote{}, "node.name field.required"},
		{"DigitFirst", "1r", ha.NewRemote{}, "node.name remote.name_invalid"},
		{"Blank", "r 1", ha.NewRemote{}, "node.name node.name_invalid"},
		{"Loopback", "r1", ha.NewRemote{Address: "127.0.0.1"}, "remote.address address.unusable"},
		{"HostName", "r1", ha.NewRemote{Address: "r1.example"}, "remote.address address.invalid"},
		{"Port", "r1", ha.NewRemote{Port: 65536}, "remote.port field.port"},
		{"PortBelow", "r1", ha.NewRemote{Port: -1}, "remote.port field.port"},
	} {
		if got := complaints(ha.ValidateRemote(c.name, c.give)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
}

func TestValidateGuest(t *testing.T) {
	for _, c := range []struct {
		what string
		meta map[string]string
		kind ha.ResourceKind
		want string
	}{
		{"Whole", map[string]string{"remote-node": "g1", "remote-addr": "10.0.0.10", "remote-port": "3121", "remote-connect-timeout": "60s", "remote-allow-migrate": "false"}, "", "<nil>"},
		{"Named", map[string]string{"remote-node": "g1", "remote-addr": "g1.example"}, "", "<nil>"},
		{"OwnName", map[string]string{"remote-node": "vm"}, "", "meta.remote-node guest.own_name"},
		{"NoName", map[string]string{"remote-node": ""}, "", "meta.remote-node field.required"},
		{"Blank", map[string]string{"remote-node": "g 1"}, "", "meta.remote-node node.name_invalid"},
		{"Address", map[string]string{"remote-node": "g1", "remote-addr": "10.0.0.10 "}, "", "meta.remote-addr remote.server_invalid"},
		{"Port", map[string]string{"remote-node": "g1", "remote-port": "0"}, "", "meta.remote-port field.port"},
		{"Timeout", map[string]string{"remote-node": "g1", "remote-connect-timeout": "soon"}, "", "meta.remote-connect-timeout duration.invalid"},
		{"Group", map[string]string{"remote-node": "g1"}, ha.Group, "meta.remote-node guest.primitive_only"},
	} {
		r := ha.Resource{ID: "vm", Kind: ha.Primitive, Agent: "ocf:heartbeat:VirtualDomain", Meta: c.meta}
		if c.kind != "" {
			r.Kind, r.Agent, r.Members = c.kind, "", []ha.Resource{{ID: "inner", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"}}
		}
		if got := complaints(ha.ValidateResource(r)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	// An edit is held to what is new in it.
	now := ha.Resource{ID: "r1", Kind: ha.Primitive, Agent: ha.RemoteAgent, Parameters: map[string]string{"server": "somewhere odd!"}}
	want := now
	want.Parameters = map[string]string{"server": "somewhere odd!", "port": "0"}
	if got := complaints(ha.ValidateResource(ha.News(want, now))); got != "parameters.port field.port" {
		t.Errorf("got %s", got)
	}
}
