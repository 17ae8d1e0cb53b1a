package ha_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// mistakes are the paths and reasons of a refusal.
func mistakes(err error) string {
	text := ""
	if p := fault.Public(err); p != nil {
		for _, f := range p.Fields {
			if text != "" {
				text += "; "
			}
			text += f.Path + " " + f.Reason
		}
	}
	return text
}

func linked(addresses ...[]string) ha.Setup {
	s := ha.Setup{Name: "c"}
	for i, a := range addresses {
		s.Nodes = append(s.Nodes, ha.SetupNode{Name: string(rune('a' + i)), ID: i + 1, Addresses: a})
	}
	return s
}

func TestLinkInAndOut(t *testing.T) {
	s := linked([]string{"10.0.0.1", "10.0.1.1"}, []string{"10.0.0.2", "10.0.1.2"})
	added := s.WithLink(ha.Link{Number: 3}, map[string]string{"a": "10.0.3.1", "b": "10.0.3.2"})
	between := added.WithLink(ha.Link{Number: 2}, map[string]string{"a": "10.0.2.1", "b": "10.0.2.2"})
	if got, want := between.Nodes[1].Addresses, []string{"10.0.0.2", "10.0.1.2", "10.0.2.2", "10.0.3.2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := ha.ValidateSetup(between); err != nil {
		t.Error(err)
	}
	without := between.WithoutLink(0)
	if got := without.Address("b", 3); got != "10.0.3.2" || without.Address("b", 0) != "" || without.FreeLink() != 0 {
		t.Errorf("after link 0 has gone link 3 is at %q, free is %d", got, without.FreeLink())
	}
	if len(s.Nodes[0].Addresses) != 2 || s.Links != nil {
		t.Error("the set-up before has changed")
	}
	if added.Digest() == s.Digest() || between.WithoutLink(2).Digest() != added.Digest() {
		t.Error("the digest does not tell set-ups apart by their links")
	}
}

// TestResolvedLinks: times follow the token, priorities the place, and a link over the disk is the last choice.
func TestResolvedLinks(t *testing.T) {
	s := linked([]string{"10.0.0.1", "192.168.250.1"}, []string{"10.0.0.2", "192.168.250.2"})
	s.Timing = ha.Timing{Profile: ha.ProfileTolerant}
	s.Links = []ha.Link{{Number: 0}, {Number: 7, Kind: ha.DiskLink, PingInterval: 1000, PingTimeout: 6000, PongCount: 1}}
	want := []ha.Link{
		{Number: 0, Kind: ha.NetworkLink, Priority: 2, PingInterval: 500, PingTimeout: 1500, PongCount: 2},
		{Number: 7, Kind: ha.DiskLink, Priority: 1, PingInterval: 1000, PingTimeout: 6000, PongCount: 1},
	}
	if got := s.ResolvedLinks(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := ha.ValidateSetup(s); err != nil {
		t.Error(err)
	}
}

// TestLinksKnetCanKeep: knet looks at its links every 200 ms; no profile may give a link a time-out that is over at every look, nor a token
// that is over before the link is given up and the token sent once more, which is a quarter of it later (corosync.conf(5)).
func TestLinksKnetCanKeep(t *testing.T) {
	const look = 200
	for _, profile := range []string{ha.ProfileFast, ha.ProfileBalanced, ha.ProfileTolerant} {
		s := linked([]string{"10.0.0.1", "10.0.1.1"}, []string{"10.0.0.2", "10.0.1.2"})
		s.Timing = ha.Timing{Profile: profile}
		token := s.Timing.Resolved(2).Token
		for _, l := range ha.LinkTimings(s) {
			given := (max(l.PingTimeout, l.PingInterval+look) + look - 1) / look * look
			if l.PingTimeout < look*5/4 || given+token/4 >= token {
				t.Errorf("%s: token %d ms, link %+v", profile, token, l)
			}
			if l.Recovery < given {
				t.Errorf("%s: a cut link is given up after %d ms, said are %d", profile, given, l.Recovery)
			}
		}
	}
}

func TestLinksRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ha.Setup)
		want   string
	}{
		{"Eighth", func(s *ha.Setup) {
			for i := range 6 {
				*s = s.WithLink(ha.Link{Number: i + 1}, map[string]string{"a": "10.1." + string(rune('1'+i)) + ".1", "b": "10.1." + string(rune('1'+i)) + ".2"})
			}
			*s = s.WithLink(ha.Link{Number: 7}, map[string]string{"a": "10.2.0.1", "b": "10.2.0.2"})
		}, "links[7].number link.number_network; links link.too_many"},
		{"Twice", func(s *ha.Setup) { s.Links = []ha.Link{{Number: 0}, {Number: 0}} }, "nodes[0].addresses link.count_uneven; nodes[1].addresses link.count_uneven; links[1].number link.number_taken"},
		{"DiskElsewhere", func(s *ha.Setup) { s.Links[0].Kind = ha.DiskLink }, "links[0].number link.number_disk; links link.last"},
		{"UnknownKind", func(s *ha.Setup) { s.Links[0].Kind = "pigeon" }, "links[0].kind field.one_of; links link.last"},
		{"IntervalAlone", func(s *ha.Setup) { s.Links[0].PingInterval = 100 }, "links[0].pingTimeout link.pings_together"},
		{"TimeoutShort", func(s *ha.Setup) { s.Links[0].PingInterval, s.Links[0].PingTimeout = 500, 400 }, "links[0].pingTimeout link.ping_timeout_low"},
		{"TimeoutKnetCannotKeep", func(s *ha.Setup) { s.Links[0].PingInterval, s.Links[0].PingTimeout = 50, 150 }, "links[0].pingTimeout field.range"},
		{"TimeoutLong", func(s *ha.Setup) { s.Links[0].PingInterval, s.Links[0].PingTimeout = 200, 5000 }, "links[0].pingTimeout link.ping_timeout_high"},
		{"Priority", func(s *ha.Setup) { s.Links[0].Priority = 256 }, "links[0].priority field.range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := linked([]string{"10.0.0.1"}, []string{"10.0.0.2"})
			s.Links = []ha.Link{{Number: 0}}
			c.change(&s)
			if got := mistakes(ha.ValidateSetup(s)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinkChecks(t *testing.T) {
	host := func(mtu int, addresses ...string) ha.Facts {
		f := ha.Facts{}
		for i, a := range addresses {
			f.Interfaces = append(f.Interfaces, ha.Interface{Name: "eth" + string(rune('0'+i)), Addresses: []string{a}, MTU: mtu, Up: true})
		}
		return f
	}
	one := ha.Facts{Interfaces: []ha.Interface{{Name: "eth0", Addresses: []string{"10.0.0.1/24", "10.0.0.11/24", "fd00::1/64"}, MTU: 1500}}}
	for _, c := range []struct {
		name  string
		setup ha.Setup
		facts map[string]ha.Facts
		want  []string
	}{
		{"Well", linked([]string{"10.0.0.1", "fd00::1"}, []string{"10.0.0.2", "fd00::2"}), map[string]ha.Facts{"a": host(1500, "10.0.0.1/24", "fd00::1/64"), "b": host(1500, "10.0.0.2/24", "fd00::2/64")}, nil},
		{"One", linked([]string{"10.0.0.1"}, []string{"10.0.0.2"}), nil, []string{"one_network_link"}},
		{"OneInterface", linked([]string{"10.0.0.1", "fd00::1"}), map[string]ha.Facts{"a": one}, []string{"link_interface"}},
		{"OneSubnet", linked([]string{"10.0.0.1", "10.0.0.11"}), map[string]ha.Facts{"a": one}, []string{"link_interface", "link_subnet"}},
		{
			"MTU", linked([]string{"10.0.0.1"}, []string{"10.0.0.2"}).WithLink(ha.Link{Number: 1}, map[string]string{"a": "10.1.0.1", "b": "10.1.0.2"}),
			map[string]ha.Facts{"a": host(1500, "10.0.0.1/24", "10.1.0.1/24"), "b": host(9000, "10.0.0.2/24", "10.1.0.2/24")},
			[]string{"link_mtu", "link_mtu"},
		},
		{"NoInterface", linked([]string{"10.0.9.1", "10.0.0.1"}), map[string]ha.Facts{"a": one}, []string{"link_address"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, check := range ha.LinkChecks(c.setup, c.facts) {
				got = append(got, check.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestProfiles(t *testing.T) {
	s := linked([]string{"10.0.0.1"}, []string{"10.0.0.2"}, []string{"10.0.0.3"})
	link := ha.LinkState{Node: "a", Peer: "b", Connected: true, LatencyUS: 200, WorstUS: 1000}
	slow := link
	slow.Link, slow.LatencyUS, slow.WorstUS = 1, 90_000, 300_000 // the other link of the pair carries everything
	for _, c := range []struct {
		name             string
		jitterUS, missed int
		links            []ha.LinkState
		want             string
	}{
		{"Quiet", 2000, 0, []ha.LinkState{link, slow}, ha.ProfileFast},
		{"Busy", 180_000, 0, []ha.LinkState{link}, ha.ProfileBalanced},
		{"Paused", 1000, 900_000, []ha.LinkState{link}, ha.ProfileTolerant},
		{"Far", 1000, 0, []ha.LinkState{slow}, ha.ProfileTolerant},
		{"Hopeless", 2_000_000, 0, nil, ha.ProfileCustom},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := ha.Measure(c.links, c.jitterUS, c.missed)
			list, advice := ha.Profiles(s, nil, m)
			if advice != c.want || len(list) != 3 || !list[1].InForce || list[0].InForce {
				t.Errorf("advice %s of %+v, measured %+v", advice, list, m)
			}
		})
	}
}

func TestNodeLoss(t *testing.T) {
	cfg := &ha.Config{
		Properties: map[string]string{"stonith-timeout": "90s"},
		Resources: []ha.Resource{
			{ID: "f", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"pcmk_delay_max": "5"}},
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{
				{ID: "ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2"},
				{ID: "db", Kind: ha.Primitive, Agent: "ocf:heartbeat:pgsql", Operations: []ha.Operation{{Name: "start", Timeout: "2min"}}},
			}},
		},
	}
	got := ha.NodeLossOf(ha.Timing{Profile: ha.ProfileBalanced}, 3, cfg)
	want := ha.NodeLoss{TokenMS: 1200, ConsensusMS: 1440, DetectionMS: 2640, FencingMS: 95_000, StartMS: 140_000}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	cfg.Properties["stonith-enabled"] = "false"
	if got := ha.NodeLossOf(ha.Timing{}, 3, cfg); got.FencingMS != 0 {
		t.Errorf("without fencing it takes %d ms", got.FencingMS)
	}
	for text, want := range map[string]time.Duration{"20": 20 * time.Second, "500ms": 500 * time.Millisecond, " 2 min": 2 * time.Minute, "": 0, "often": 0} {
		if got, _ := ha.ParseTime(text); got != want {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}
