package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/fleet"
	"hawser/server/store"
)

// agents is who is connected, and when they were heard of.
type agents struct {
	mu      sync.Mutex
	seen    map[string]time.Time // of those that are connected
	dropped []string
}

func (a *agents) Connected(host string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, has := a.seen[host]
	return has
}

func (a *agents) Seen(host string) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[host]
}

func (a *agents) Drop(host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dropped = append(a.dropped, host)
}

type site struct {
	*fleet.Fleet
	t      *testing.T
	agents *agents
	store  *store.Store
	now    time.Time
	ids    map[string]string
}

func newSite(t *testing.T, nodes ...string) *site {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &site{t: t, agents: &agents{seen: map[string]time.Time{}}, store: st, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), ids: map[string]string{}}
	s.restart()
	var ids []string
	setup := ha.Setup{Name: "demo"}
	for _, n := range nodes {
		ids = append(ids, s.enrol(n))
		s.connect(n)
		setup.Nodes = append(setup.Nodes, ha.SetupNode{Name: n, Addresses: []string{"10.0.0.1"}})
	}
	if err := s.CreateCluster(t.Context(), fleet.Cluster{Name: "demo", Created: s.now, Setup: setup}, ids); err != nil {
		t.Fatal(err)
	}
	return s
}

// restart makes the picture anew from what is kept.
func (s *site) restart() {
	s.t.Helper()
	s.Fleet = fleet.New(fleet.Options{Store: s.store, Agents: s.agents, Server: "https://server:8443", CASHA256: "ab", Now: func() time.Time { return s.now }})
	if err := s.Load(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) enrol(name string) string {
	s.t.Helper()
	token, err := s.Token(s.t.Context(), "ann", time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	id, err := s.Enrol(s.t.Context(), token.Token, "key-"+name, ha.Facts{Hostname: name})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ids[name] = id
	return id
}

func (s *site) connect(name string) {
	s.t.Helper()
	s.agents.mu.Lock()
	s.agents.seen[s.ids[name]] = s.now
	s.agents.mu.Unlock()
	if _, err := s.Connected(s.t.Context(), s.ids[name], wire.Hello{Agent: "1", Facts: ha.Facts{Hostname: name}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) disconnect(name string) {
	s.agents.mu.Lock()
	delete(s.agents.seen, s.ids[name])
	s.agents.mu.Unlock()
	s.Disconnected(s.ids[name])
}

// state is a cluster as reporter sees it.
func state(reporter, dc string, online ...string) ha.State {
	st := ha.State{Reporter: reporter, Engine: "simulated", Running: true, DC: dc, Quorate: len(online) > 1, Fencing: true, Votes: len(online), QuorumVotes: 2}
	for _, n := range []string{"n1", "n2", "n3"} {
		st.Nodes = append(st.Nodes, ha.NodeState{Name: n, Kind: "member", Online: slices.Contains(online, n), Resources: []string{}})
	}
	return st
}

func (s *site) report(name string, st ha.State) {
	s.t.Helper()
	st.At = s.now
	if err := s.Report(s.t.Context(), s.ids[name], wire.Report{Cluster: "demo", Delta: ha.Delta{Full: true, State: st}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) cluster() api.ClusterDetail {
	s.t.Helper()
	c, err := s.Cluster(s.t.Context(), "demo")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// TestWhoIsBelieved: of two that contradict each other the one with quorum is believed, and of those who agree the one that decides.
func TestWhoIsBelieved(t *testing.T) {
	s := newSite(t, "n1", "n2", "n3")
	s.report("n1", state("n1", "n1", "n1")) // cut off, alone, decides for itself
	if c := s.cluster(); c.Quorate || c.Online != 1 {
		t.Errorf("one tells: %+v", c.Cluster)
	}
	s.report("n2", state("n2", "n2", "n2", "n3"))
	if c := s.cluster(); !c.Quorate || c.Online != 2 || c.State.Reporter != "n2" {
		t.Errorf("the part with quorum tells: %+v", c.Cluster)
	}
	other := state("n3", "n2", "n2", "n3")
	other.Nodes[0].Online = true // has not noticed yet
	s.report("n3", other)
	if c := s.cluster(); c.Online != 2 || c.State.Reporter != "n2" {
		t.Errorf("another node tells: %+v", c.Cluster)
	}
	// The deciding node's own agent goes away: the others know a little less, and it is shown.
	s.disconnect("n2")
	if c := s.cluster(); c.State.Reporter != "n3" || !c.Quorate {
		t.Errorf("the deciding node's agent is away: %+v", c.Cluster)
	}
}

// TestOvertaken: the deciding node dies without a word, so that its agent counts as connected for some seconds more. The one that
// decides now is believed at once, whatever their names; two halves that have noticed each other's absence stay as they are.
func TestOvertaken(t *testing.T) {
	s := newSite(t, "n1", "n2", "n3")
	s.report("n1", state("n1", "n1", "n1", "n2", "n3"))
	s.report("n2", state("n2", "n2", "n2", "n3"))
	if c := s.cluster(); c.State.Reporter != "n2" || c.Online != 2 {
		t.Errorf("n2 has taken over, and %s is believed: %d online", c.State.Reporter, c.Online)
	}
	// n1 was not dead, but parted: with a quorum of its own, as each of two nodes has.
	alone := state("n1", "n1", "n1")
	alone.Quorate = true
	s.report("n1", alone)
	if c := s.cluster(); c.State.Reporter != "n1" {
		t.Errorf("both halves have noticed, and %s is believed", c.State.Reporter)
	}
}

func TestLinks(t *testing.T) {
	s := newSite(t, "n1", "n2")
	link := func(node, peer string, up bool) ha.LinkState {
		return ha.LinkState{Node: node, Peer: peer, Enabled: true, Connected: up}
	}
	dc := state("n1", "n1", "n1", "n2")
	dc.Links = []ha.LinkState{link("n1", "n2", true), link("n2", "n1", true)}
	s.report("n1", dc)
	s.report("n2", ha.State{Reporter: "n2", Running: true, Quorate: true, DC: "n1", Links: []ha.LinkState{link("n2", "n1", false)}})
	links := s.cluster().State.Links
	if len(links) != 2 || !links[0].Connected || links[1].Connected || links[1].Node != "n2" {
		t.Errorf("got %+v: every node knows its own links best", links)
	}
	nodes, err := s.Nodes(t.Context(), "demo")
	if err != nil || len(nodes[1].Links) != 1 || nodes[1].Links[0].Connected {
		t.Errorf("nodes %+v, err %v", nodes, err)
	}
}

// TestWatched: every node tells what it watches itself; what runs there is noticed by events then, whoever decides.
func TestWatched(t *testing.T) {
	s := newSite(t, "n1", "n2")
	by := func(node, id string) ha.Watching {
		return ha.Watching{Node: node, Resource: id, By: []ha.ChangeKind{ha.WatchProcess}}
	}
	dc := state("n1", "n1", "n1", "n2")
	dc.Resources = []ha.ResourceState{{ID: "a", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}}, {ID: "b", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}}}
	dc.Watched = []ha.Watching{by("n2", "b")} // it cannot know
	s.report("n1", dc)
	s.report("n2", ha.State{Reporter: "n2", Running: true, Quorate: true, DC: "n1", Watched: []ha.Watching{by("n2", "a")}})
	st := s.cluster().State
	if len(st.Watched) != 1 || st.Watched[0].Resource != "a" || !st.Resources[0].ByEvent || st.Resources[1].ByEvent {
		t.Errorf("%+v, %+v", st.Watched, st.Resources)
	}
}

// TestStale: what nobody confirms any more is shown as of then, and not judged. A connection that is alive confirms it.
func TestStale(t *testing.T) {
	s := newSite(t, "n1", "n2")
	s.report("n1", state("n1", "n1", "n1", "n2"))
	began := s.now
	s.now = s.now.Add(time.Hour)
	s.agents.mu.Lock()
	s.agents.seen[s.ids["n1"]] = s.now.Add(-3 * time.Second)
	s.agents.mu.Unlock()
	if c := s.cluster(); c.Stale || c.Verdict.Level == ha.UnknownLevel {
		t.Errorf("an hour without change, confirmed by pings: %+v", c.Cluster)
	}
	s.disconnect("n1")
	s.disconnect("n2")
	s.now = s.now.Add(time.Minute)
	c := s.cluster()
	if !c.Stale || c.Verdict.Level != ha.UnknownLevel || c.Online != 2 || !c.Seen.Equal(began) {
		t.Errorf("nobody is connected: %+v", c.Cluster)
	}
}

// TestKept: what was observed and configured is there after a restart of the server, before any agent is back.
func TestKept(t *testing.T) {
	s := newSite(t, "n1", "n2")
	st := state("n1", "n1", "n1", "n2")
	st.Resources = []ha.ResourceState{{ID: "vip", Kind: ha.Primitive, Agent: "ocf:x:y", Role: "Started", Nodes: []string{"n1"}, Managed: true}}
	ctx := t.Context()
	if err := s.Observed(ctx, s.ids["n1"], "demo", st, nil, ""); err != nil {
		t.Fatal(err)
	}
	cfg := ha.Config{Version: ha.Version{Epoch: 5}, Resources: []ha.Resource{{ID: "vip", Kind: ha.Primitive, Agent: "ocf:x:y"}}}
	if err := s.Config(ctx, s.ids["n1"], wire.Config{Cluster: "demo", Config: cfg, XML: "<c/>"}); err != nil {
		t.Fatal(err)
	}
	s.flush()
	s.disconnect("n1")
	s.disconnect("n2")
	s.restart()
	c := s.cluster()
	if c.Config == nil || c.Config.Version.Epoch != 5 || c.Started != 1 || c.Resources != 1 || c.Engine != "simulated" {
		t.Errorf("got %+v", c.Cluster)
	}
	r, err := s.Resource(ctx, "demo", "vip")
	if err != nil || r.Node != "n1" || r.Role != "Started" || r.Config == nil || r.State == nil || r.Version.Epoch != 5 {
		t.Errorf("resource %+v, err %v", r, err)
	}
	// An older configuration is somebody's who has missed something.
	older := cfg
	older.Version.Epoch = 4
	if err := s.Config(ctx, s.ids["n2"], wire.Config{Cluster: "demo", Config: older}); err != nil {
		t.Fatal(err)
	}
	if c := s.cluster(); c.Config.Version.Epoch != 5 {
		t.Errorf("an older configuration was believed: %+v", c.Config)
	}
}

// TestRestoredBackup: an older configuration of the node that decides is one that it told late, where it tells the newest after it, and a
// backup that somebody has restored, where it does not.
func TestRestoredBackup(t *testing.T) {
	s := newSite(t, "n1", "n2")
	var mu sync.Mutex
	var taken []int
	s.Fleet = fleet.New(fleet.Options{Store: s.store, Agents: s.agents, Now: func() time.Time { return s.now }, Configured: func(_ context.Context, _ string, _, to fleet.Configuration, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		taken = append(taken, to.Config.Version.Epoch)
		return nil
	}})
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.connect("n1")
	s.connect("n2")
	s.report("n1", state("n1", "n1", "n1", "n2"))
	tell := func(node string, epoch int) {
		t.Helper()
		if err := s.Config(t.Context(), s.ids[node], wire.Config{Cluster: "demo", Config: ha.Config{Version: ha.Version{Epoch: epoch}}, XML: "<c/>"}); err != nil {
			t.Fatal(err)
		}
	}
	tell("n2", 5) // who has changed it tells it first
	tell("n1", 4)
	if got := s.cluster().Config.Version.Epoch; got != 5 {
		t.Errorf("%d, which is late, is believed at once", got)
	}
	tell("n1", 5)
	s.heard(time.Minute, "n1", "n2")
	tell("n1", 3)
	s.heard(time.Minute, "n1", "n2")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	testkit.Eventually(t, func() error {
		if got := s.cluster().Config.Version.Epoch; got != 3 {
			return fmt.Errorf("%d is known", got)
		}
		return nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !slices.Equal(taken, []int{5, 3}) {
		t.Errorf("taken over: %v", taken)
	}
}

// flush runs the fleet until it has ended, which is when it keeps what it has.
func (s *site) flush() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		s.t.Fatal(err)
	}
}

func TestResources(t *testing.T) {
	s := newSite(t, "n1", "n2")
	ctx := t.Context()
	cfg := ha.Config{Version: ha.Version{Epoch: 1}, Resources: []ha.Resource{
		{ID: "g", Kind: ha.Group, Members: []ha.Resource{{ID: "fs", Kind: ha.Primitive, Agent: "a"}, {ID: "db", Kind: ha.Primitive, Agent: "a"}}},
		{ID: "ping-clone", Kind: ha.Clone, Members: []ha.Resource{{ID: "ping", Kind: ha.Primitive, Agent: "a"}}},
		{ID: "fence", Kind: ha.Primitive, Agent: "stonith:x"},
		{ID: "new", Kind: ha.Primitive, Agent: "a"},
	}}
	if err := s.Config(ctx, s.ids["n1"], wire.Config{Cluster: "demo", Config: cfg}); err != nil {
		t.Fatal(err)
	}
	st := state("n1", "n1", "n1", "n2")
	p := func(id, role string, nodes ...string) ha.ResourceState {
		return ha.ResourceState{ID: id, Kind: ha.Primitive, Agent: "a", Role: role, Nodes: nodes, Managed: true}
	}
	group := ha.ResourceState{ID: "g", Kind: ha.Group, Role: "Stopped", Disabled: true, Managed: true, Members: []ha.ResourceState{p("fs", "Stopped"), p("db", "Stopped")}}
	clone := ha.ResourceState{ID: "ping-clone", Kind: ha.Clone, Role: "Started", Managed: true, Members: []ha.ResourceState{p("ping", "Started", "n1"), p("ping", "Started", "n2")}}
	fence := p("fence", "Started", "n1")
	fence.Agent = "stonith:x"
	orphan := p("old", "Started", "n2")
	orphan.Failed = true
	st.Resources = []ha.ResourceState{group, clone, fence, orphan}
	st.Failures = []ha.Failure{{Resource: "old", Node: "n2", Operation: "monitor"}}
	s.report("n1", st)
	list, err := s.Fleet.Resources(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list {
		got = append(got, r.ID+"<"+r.Parent+":"+r.Role+"@"+r.Node)
		if r.ID == "db" && !r.Disabled || r.ID == "old" && (!r.Failed || len(r.Failures) != 1) {
			t.Errorf("%+v", r)
		}
	}
	want := []string{"g<:Stopped@", "fs<g:Stopped@", "db<g:Stopped@", "ping-clone<:Started@", "ping<ping-clone:Started@n1,n2", "fence<:Started@n1", "new<:Unknown@", "old<:Started@n2"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	// fs, db, ping, old; two of them are stopped on purpose, one has failed.
	if c := s.cluster(); c.Resources != 4 || c.Desired != 2 || c.Started != 1 || c.Failed != 1 {
		t.Errorf("counts %+v", c.Cluster)
	}
	_, err = s.Resource(ctx, "demo", "none")
	if f := fault.Public(err); f.Reason != "resource.not_found" {
		t.Errorf("got %+v", f)
	}
}

func (s *site) event(name string, seq uint64, at time.Duration, kind ha.ChangeKind, object string, args map[string]string) {
	s.t.Helper()
	err := s.Event(s.t.Context(), s.ids[name], wire.Event{
		Seq: seq, At: s.now.Add(at), Cluster: "demo", Key: string(kind) + object, Change: ha.Change{Kind: kind, Severity: ha.Info, Object: object, Args: args},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestLastFailover(t *testing.T) {
	s := newSite(t, "n1", "n2")
	s.event("n2", 1, 0, ha.ResourceMoved, "planned", map[string]string{"from": "n1", "to": "n2"})
	if c := s.cluster(); c.LastMove != nil {
		t.Errorf("a planned move is no failover: %+v", c.LastMove)
	}
	s.event("n2", 2, time.Minute, ha.NodeLost, "n1", map[string]string{"node": "n1"})
	s.event("n2", 3, time.Minute+900*time.Millisecond, ha.NodeFenced, "n1", nil)
	s.event("n2", 4, time.Minute+2500*time.Millisecond, ha.ResourceMoved, "vip", map[string]string{"from": "n1", "to": "n2"})
	if m := s.cluster().LastMove; m == nil || m.Resource != "vip" || m.From != "n1" || m.To != "n2" || m.TookMS != 2500 {
		t.Errorf("got %+v", m)
	}
	// Somebody creates a resource soon after, another is moved by hand: neither has to do with it.
	s.event("n2", 10, time.Minute+3*time.Second, ha.ResourceStarted, "fresh", map[string]string{"node": "n2"})
	s.event("n2", 11, time.Minute+4*time.Second, ha.ResourceMoved, "by-hand", map[string]string{"from": "n2", "to": "n1"})
	if m := s.cluster().LastMove; m == nil || m.Resource != "vip" {
		t.Errorf("got %+v", m)
	}
	// An application fails, is stopped and starts again where it was.
	s.event("n2", 12, time.Hour, ha.ResourceFailed, "db", map[string]string{"node": "n2"})
	s.event("n2", 13, time.Hour+time.Second, ha.ResourceStopped, "db", map[string]string{"node": "n2"})
	s.event("n2", 14, time.Hour+3*time.Second, ha.ResourceStarted, "db", map[string]string{"node": "n2"})
	if m := s.cluster().LastMove; m == nil || m.Resource != "db" || m.From != "n2" || m.To != "n2" || m.TookMS != 3000 {
		t.Errorf("got %+v", m)
	}
	// Another failure soon after the first has its own beginning.
	s.event("n2", 16, time.Hour+2*time.Minute, ha.ResourceFailed, "db", map[string]string{"node": "n2"})
	s.event("n2", 17, time.Hour+2*time.Minute+3*time.Second, ha.ResourceStarted, "db", map[string]string{"node": "n2"})
	if m := s.cluster().LastMove; m == nil || m.TookMS != 3000 {
		t.Errorf("got %+v", m)
	}
	// A fence device that another node takes over is no failover: nobody was without it.
	s.report("n2", ha.State{Reporter: "n2", Running: true, Quorate: true, Resources: []ha.ResourceState{{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_ipmilan", Nodes: []string{}}}})
	s.event("n2", 30, time.Hour+5*time.Minute, ha.NodeUnclean, "n1", map[string]string{"node": "n1"})
	s.event("n2", 31, time.Hour+5*time.Minute+time.Second, ha.ResourceMoved, "fence", map[string]string{"from": "n1", "to": "n2"})
	if m := s.cluster().LastMove; m == nil || m.Resource != "db" {
		t.Errorf("got %+v", m)
	}
	// Told once more, and long after: neither changes anything.
	s.event("n2", 17, time.Hour+9*time.Second, ha.ResourceStarted, "db", map[string]string{"node": "n2"})
	s.event("n2", 18, 2*time.Hour, ha.ResourceStarted, "new", map[string]string{"node": "n1"})
	if m := s.cluster().LastMove; m == nil || m.Resource != "db" || m.TookMS != 3000 {
		t.Errorf("got %+v", m)
	}
}

func TestEnrolment(t *testing.T) {
	s := newSite(t, "n1")
	ctx := t.Context()
	token, err := s.Token(ctx, "ann", time.Minute)
	if err != nil || token.Server != "https://server:8443" || token.CASHA256 != "ab" || !slices.Contains(token.Command, token.Token) {
		t.Fatalf("token %+v, err %v", token, err)
	}
	try := func(token, key, name string) error {
		_, err := s.Enrol(ctx, token, key, ha.Facts{Hostname: name})
		return err
	}
	if err := try("wrong", "k", "n2"); err != fleet.ErrTokenUnknown { //nolint:errorlint // it is given as it is
		t.Errorf("wrong token: %v", err)
	}
	if err := try(token.Token, "k", "N1"); err != fleet.ErrNameTaken { //nolint:errorlint // it is given as it is
		t.Errorf("a name that is taken: %v", err)
	}
	if err := try(token.Token, "k", "n2"); err != nil {
		t.Errorf("right: %v", err)
	}
	if err := try(token.Token, "k", "n2"); err != nil {
		t.Errorf("again, with the same key: %v", err)
	}
	if err := try(token.Token, "other", "n3"); err != fleet.ErrTokenUsed { //nolint:errorlint // it is given as it is
		t.Errorf("used: %v", err)
	}
	late, err := s.Token(ctx, "ann", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	if err := try(late.Token, "k", "n3"); err != fleet.ErrTokenExpired { //nolint:errorlint // it is given as it is
		t.Errorf("expired: %v", err)
	}
}

// TestRevoked: a host that was put out gets nothing more, and comes back as the member that it was when it enrols again.
func TestRevoked(t *testing.T) {
	s := newSite(t, "n1", "n2")
	ctx := t.Context()
	old := s.ids["n1"]
	if err := s.Issued(ctx, old, "aa", s.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(ctx, "n1"); err != nil {
		t.Fatal(err)
	}
	if !s.Fleet.Revoked("aa") || !slices.Contains(s.agents.dropped, old) {
		t.Errorf("dropped %v", s.agents.dropped)
	}
	if _, err := s.Connected(ctx, old, wire.Hello{}); err != fleet.ErrRevoked { //nolint:errorlint // it is given as it is
		t.Errorf("got %v", err)
	}
	s.restart()
	if !s.Fleet.Revoked("aa") {
		t.Error("a restart of the server has forgotten it")
	}
	s.enrol("n1")
	k, err := s.Known("demo")
	if err != nil || k.Members[0].Host != s.ids["n1"] || s.ids["n1"] == old {
		t.Errorf("members %+v, err %v", k.Members, err)
	}
	hosts, err := s.Hosts(ctx)
	if err != nil || len(hosts) != 3 || !hosts[2].Revoked || hosts[2].Cluster != "" {
		t.Errorf("hosts %+v, err %v", hosts, err)
	}
	if err := s.Revoke(ctx, "nobody"); !strings.Contains(err.Error(), "nobody") {
		t.Errorf("got %v", err)
	}
}
