package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

const (
	password = "correct horse battery"
	token    = "token-of-the-session"
)

var day = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// server is a small Hawser: one cluster that changes as it is told, operations that take three looks, and the true faults.
type server struct {
	*httptest.Server

	mu        sync.Mutex // guards everything below
	called    map[string]bool
	requests  []string // route and body of what changes something
	clusters  map[string]*cluster
	ops       map[string]*operation
	users     map[string]*api.User
	events    []api.Event
	alarms    alarms
	asked     []api.LicenseRequest
	logs      logs
	signedIn  bool
	account   account
	export    []byte // what an export of the audit log answers with
	demo      api.Demo
	down      int // answers that fail with 503 from now on
	failNext  *fault.Error
	listeners []chan api.Live
	syncs     int                        // looks at a volume while which it is syncing
	looked    func(id string, looks int) // called with the lock held, whenever an operation was looked at
}

type cluster struct {
	api.Cluster
	setup       ha.Setup
	nodes       []api.Node
	resources   []ha.Resource
	stopped     map[string]bool
	properties  map[string]string
	defaults    api.Defaults
	constraints []ha.Constraint
	sets        []ha.AttributeSet
	tags        []ha.Tag
	targets     map[string]ha.Target
	revisions   []api.Revision
	version     ha.Version
}

type operation struct {
	api.Operation
	looks int
	apply func()
}

func newServer(t *testing.T) *server {
	s := &server{called: map[string]bool{}, clusters: map[string]*cluster{}, ops: map[string]*operation{}, users: map[string]*api.User{}}
	s.users["admin"] = &api.User{Name: "admin", Role: "admin", Created: day}
	s.demo = api.Demo{Running: true, Target: "10.0.0.100:5432", Serving: true, Acknowledged: 1200, Attempts: 1203, LongestOutageMS: 1480}
	s.events = []api.Event{{ID: 1, At: day, Cluster: "demo", Kind: "resource.moved", Severity: ha.Warning, Object: "vip", Args: map[string]string{"resource": "vip", "from": "n1", "to": "n2"}}}
	s.alarms = newAlarms()
	s.account, s.export = newAccount(), []byte("the log\n")
	s.logs = newLogs(2)
	s.add(ha.Setup{Name: "demo", Nodes: []ha.SetupNode{{Name: "n1", Addresses: []string{"10.0.1.11", "10.0.2.11"}}, {Name: "n2", Addresses: []string{"10.0.1.12", "10.0.2.12"}}}})
	demo := s.clusters["demo"]
	demo.resources = []ha.Resource{
		{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_sandbox"},
		{ID: "pg", Kind: ha.Group, Members: []ha.Resource{{
			ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.0.100"},
			Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}},
		}}},
	}
	demo.constraints = []ha.Constraint{{ID: "c1", Kind: ha.Location, Resource: "pg", Node: "n1", Score: "100"}}
	demo.tags = []ha.Tag{{ID: "night", Resources: []string{"fence", "pg"}}}
	demo.revisions = []api.Revision{{
		Number: 1, At: day, Author: "admin", Origin: "hawser", Action: "cluster.create", Object: "demo", State: "applied", Revertible: true,
		Differences: []ha.Difference{{Object: "property", ID: "stonith-enabled", After: "true", Change: ha.Added}},
	}}
	mux := http.NewServeMux()
	for _, r := range api.Routes {
		mux.HandleFunc(r.Method+" "+api.Prefix+r.Path, func(w http.ResponseWriter, q *http.Request) { s.serve(r, w, q) })
	}
	mux.HandleFunc("GET "+api.LivePath, s.live)
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) add(setup ha.Setup) {
	c := &cluster{setup: setup, stopped: map[string]bool{}, targets: map[string]ha.Target{}, properties: map[string]string{"stonith-enabled": "true"}}
	c.Cluster = api.Cluster{Name: setup.Name, Quorate: true, Running: true, Engine: "simulated", Created: day}
	for _, n := range setup.Nodes {
		c.nodes = append(c.nodes, api.Node{Name: n.Name, Kind: ha.MemberNode, Online: true, Enrolled: true, Connected: true, Addresses: n.Addresses})
	}
	s.clusters[setup.Name] = c
}

// head computes what lists show of a cluster.
func (c *cluster) head() api.Cluster {
	h := c.Cluster
	h.Nodes, h.Online = nil, 0
	standby := 0
	for _, n := range c.nodes {
		h.Nodes = append(h.Nodes, n.Name)
		if n.Online {
			h.Online++
		}
		if n.Standby {
			standby++
		}
	}
	h.Resources, h.Desired, h.Started = 1, 1, 1
	h.Verdict = ha.Verdict{Level: ha.Protected, Survives: 1}
	if standby > 0 {
		h.Verdict = ha.Verdict{Level: ha.Unprotected, Reasons: []ha.Reason{
			{Code: ha.ReasonNoTaker, Level: ha.Unprotected, Args: map[string]string{"resource": "pg", "node": "n2"}},
			{Code: ha.ReasonNodeStandby, Level: ha.Protected, Args: map[string]string{"node": "n1"}},
		}}
	}
	h.Revision = len(c.revisions)
	return h
}

// rows are the resources as lists show them: groups, then their members.
func (c *cluster) rows() []api.Resource {
	rows := []api.Resource{}
	var walk func(parent string, list []ha.Resource)
	walk = func(parent string, list []ha.Resource) {
		for _, r := range list {
			row := api.Resource{ID: r.ID, Type: string(r.Kind), Agent: r.Agent, Parent: parent, Role: "Started", Node: c.active(), Nodes: []string{c.active()}, Managed: true}
			if c.stopped[r.ID] || c.stopped[parent] {
				row.Role, row.Node, row.Nodes, row.Disabled = "Stopped", "", []string{}, true
			}
			rows = append(rows, row)
			walk(r.ID, r.Members)
		}
	}
	walk("", c.resources)
	return rows
}

func (c *cluster) active() string {
	for _, n := range c.nodes {
		if n.Online && !n.Standby {
			return n.Name
		}
	}
	return ""
}

func find(list []ha.Resource, id string) *ha.Resource {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if r := find(list[i].Members, id); r != nil {
			return r
		}
	}
	return nil
}

func (s *server) serve(r api.Route, w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.called[r.Name] = true
	if s.down > 0 {
		s.down--
		http.Error(w, "gone", http.StatusServiceUnavailable)
		return
	}
	if r.Permission != api.Public && (!s.signedIn || q.Header.Get("Authorization") != "Bearer "+token) {
		refuse(w, fault.New(fault.Anonymous, "session.none", "not signed in"))
		return
	}
	if r.Name == "logs.download" {
		s.download(w, q)
		return
	}
	raw := json.RawMessage{}
	if q.Body != nil && q.ContentLength != 0 {
		if err := json.NewDecoder(q.Body).Decode(&raw); err != nil {
			refuse(w, fault.New(fault.Invalid, "request.invalid", "%w", err))
			return
		}
	}
	if r.Method != http.MethodGet && !strings.HasPrefix(r.Name, "session") {
		s.requests = append(s.requests, strings.TrimSpace(r.Name+" "+string(raw)))
	}
	if r.Name == "audit.export" {
		_, _ = w.Write(s.export)
		return
	}
	answer, err := s.answer(r, q, raw)
	if err != nil {
		refuse(w, fault.Public(err))
		return
	}
	if r.Long {
		w.WriteHeader(http.StatusAccepted)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func refuse(w http.ResponseWriter, e *fault.Error) {
	status := map[fault.Code]int{
		fault.Invalid: 400, fault.Anonymous: 401, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409, fault.TooMany: 429, fault.Failed: 502,
	}[e.Code]
	w.WriteHeader(max(status, 400))
	_ = json.NewEncoder(w).Encode(e)
}

func page[T any](items []T) api.Page[T] { return api.Page[T]{Items: items} }

func body[T any](raw json.RawMessage) T {
	var v T
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &v); err != nil {
			panic(err)
		}
	}
	return v
}

// long starts an operation: planned at the first look, committed at the second, done at the third.
func (s *server) long(r api.Route, c, object string, apply func()) api.Operation {
	id := fmt.Sprintf("op-%d", len(s.ops)+1)
	op := &operation{Operation: api.Operation{ID: id, Kind: r.Name, Cluster: c, Object: object, Actor: "admin", State: "running", Started: day}, apply: apply}
	op.Fault, s.failNext = s.failNext, nil
	s.ops[id] = op
	return s.look(op)
}

func (s *server) look(op *operation) api.Operation {
	shown := op.Operation
	shown.Fault = nil
	step := func(phase, state string) api.Step {
		return api.Step{Name: "fake", Node: "n1", Phase: phase, State: state, At: day}
	}
	heading := func(state string, within ...api.Step) []api.Step {
		return []api.Step{{Name: "heading", Node: "n1", Phase: within[len(within)-1].Phase, State: state, At: day, Steps: within}}
	}
	switch op.looks {
	case 0:
		shown.Percent, shown.Steps = 10, heading("running", step("plan", "running"))
	case 1:
		shown.Percent, shown.Steps = 50, heading("running", step("plan", "done"), step("commit", "running"))
	default:
		shown.Percent, shown.Ended = 100, day.Add(3*time.Second)
		shown.State, shown.Steps = "succeeded", heading("done", step("plan", "done"), step("commit", "done"), step("verify", "done"))
		if op.Fault != nil {
			shown.State, shown.Fault = "rolled_back", op.Fault
			shown.Steps = heading("failed", step("plan", "done"), step("commit", "failed"), step("roll_back", "done"))
		} else if op.apply != nil {
			op.apply()
			op.apply = nil
		}
	}
	op.looks++
	if s.looked != nil {
		s.looked(op.ID, op.looks)
	}
	return shown
}

func (s *server) live(w http.ResponseWriter, q *http.Request) {
	if q.Header.Get("Authorization") != "Bearer "+token {
		refuse(w, fault.New(fault.Anonymous, "session.none", "not signed in"))
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, q, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	feed := make(chan api.Live)
	if conn.WriteJSON(api.Live{Topic: "hello"}) != nil {
		return
	}
	s.mu.Lock()
	s.listeners = append(s.listeners, feed)
	s.mu.Unlock()
	gone := make(chan struct{})
	go func() { // until the client goes
		defer close(gone)
		_, _, _ = conn.ReadMessage()
	}()
	for {
		select {
		case m, open := <-feed:
			if !open || conn.WriteJSON(m) != nil {
				return
			}
		case <-gone:
			return
		}
	}
}

// answer carries a route out.
func (s *server) answer(r api.Route, q *http.Request, raw json.RawMessage) (any, error) {
	noun, verb, _ := strings.Cut(r.Name, ".")
	switch noun {
	case "session", "password", "user", "totp", "token", "access", "policy":
		return s.people(r.Name, q, raw)
	case "host":
		return s.host(verb, q, raw)
	case "event":
		return page(s.events), nil
	case "alarm", "silence", "channel", "alertrule", "message":
		return s.alarm(r.Name, q, raw)
	case "qdevice":
		if verb == "arbiter" {
			return api.ArbiterShown{Host: "arb", Serves: []string{"demo"}, Arbiter: ha.Arbiter{Installed: true, Running: true, Clusters: []ha.ArbiterCluster{
				{Name: "demo", Nodes: []ha.ArbiterNode{{ID: 1, Name: "n1", Secured: true, Vote: "ack", Heuristics: "pass"}, {ID: 2}}},
			}}}, nil
		}
	case "license":
		return s.license(verb, raw)
	case "rule":
		rule, err := ha.ParseRule(body[api.RuleCheck](raw).Text)
		return api.RuleShown{Rule: rule, Text: rule.Text()}, err
	case "audit":
		if verb == "verify" {
			return s.verify(q), nil
		}
		return page([]api.AuditEntry{{ID: 1, At: day, Actor: "admin", Address: "127.0.0.1", Action: "cluster.create", Object: "demo", Outcome: "ok"}}), nil
	case "demo":
		if verb == "verify" {
			s.demo.Verified = day
		}
		return s.demo, nil
	case "operation":
		if verb == "list" {
			var ops []api.Operation
			for _, op := range s.ops {
				ops = append(ops, op.Operation)
			}
			slices.SortFunc(ops, func(a, b api.Operation) int { return strings.Compare(a.ID, b.ID) })
			return page(ops), nil
		}
		op := s.ops[q.PathValue("operation")]
		if op == nil {
			return nil, fault.New(fault.NotFound, "operation.unknown", "no such operation")
		}
		return s.look(op), nil
	}
	if out, known := s.adopt(r, q); known {
		return out, nil
	}
	switch r.Name {
	case "cluster.list":
		list := []api.Cluster{}
		for _, name := range sortedNames(s.clusters) {
			list = append(list, s.clusters[name].head())
		}
		return page(list), nil
	case "volume.parse":
		return api.VolumeReading{Volumes: []ha.Volume{aVolume().Volume}, Findings: aVolume().Findings}, nil
	case "cluster.create":
		setup := body[ha.Setup](raw)
		if s.clusters[setup.Name] != nil {
			return nil, fault.New(fault.Conflict, "cluster.name_taken", "taken").With("name", setup.Name)
		}
		return s.long(r, setup.Name, "", func() { s.add(setup) }), nil
	}
	c := s.clusters[q.PathValue("cluster")]
	if c == nil {
		return nil, fault.New(fault.NotFound, "cluster.unknown", "no cluster").With("name", q.PathValue("cluster"))
	}
	if out, known := s.heartbeat(c, r, q); known {
		return out, nil
	}
	if out, known := s.volumes(c, r, q, raw); known {
		return out, nil
	}
	if out, known, err := s.manifest(c, r, raw); known {
		return out, err
	}
	return s.inCluster(c, r, q, raw)
}

func sortedNames(m map[string]*cluster) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *server) people(route string, q *http.Request, raw json.RawMessage) (any, error) {
	session := api.Session{User: *s.users["admin"], Expires: day.Add(12 * time.Hour), Version: "test"}
	switch route {
	case "session.create":
		l := body[api.Login](raw)
		if l.Password != password || !l.Bearer || s.users[l.Name] == nil {
			return nil, fault.New(fault.Anonymous, "session.wrong", "wrong name or password")
		}
		if s.account.code != "" && l.Code != s.account.code {
			reason := map[bool]string{true: "login.code_needed", false: "login.code_wrong"}[l.Code == ""]
			return nil, fault.New(fault.Anonymous, reason, "the code")
		}
		s.signedIn = true
		session.Token, session.Must = token, s.account.must
		return session, nil
	case "session.show":
		session.Must = s.account.must
		return session, nil
	case "session.delete":
		s.signedIn = false
	case "user.list":
		list := []api.User{}
		for _, u := range s.users {
			list = append(list, *u)
		}
		slices.SortFunc(list, func(a, b api.User) int { return strings.Compare(a.Name, b.Name) })
		return page(list), nil
	case "user.create":
		n := body[api.NewUser](raw)
		s.users[n.Name] = &api.User{Name: n.Name, Role: n.Role, Created: day}
		return s.users[n.Name], nil
	case "user.edit", "user.delete":
		u := s.users[q.PathValue("user")]
		if u == nil {
			return nil, fault.New(fault.NotFound, "user.unknown", "no user")
		}
		change := body[api.UserChange](raw)
		if change.Role != nil {
			u.Role = *change.Role
		}
		if route == "user.delete" {
			delete(s.users, u.Name)
		}
		return u, nil
	}
	return s.own(route, raw), nil
}

func (s *server) host(verb string, q *http.Request, raw json.RawMessage) (any, error) {
	h := api.Host{ID: "h1", Name: "n1", Cluster: "demo", Connected: true, Seen: day, Agent: "0.1.0", Facts: ha.Facts{OS: "Debian GNU/Linux 12", CPUs: 2, MemoryBytes: 4 << 30}}
	switch verb {
	case "list":
		return page([]api.Host{h}), nil
	case "token":
		return api.EnrolmentToken{
			Token: "T0KEN", Expires: day, CASHA256: "ab12", Server: "https://192.0.2.1:8443",
			Command: []string{"hawser-agent", "enroll", "--server", "https://192.0.2.1:8443", "--token", "T0KEN", "--ca-sha256", "ab12"},
		}, nil
	case "preflight":
		bad := body[api.PreflightRequest](raw).Setup.Nodes[0].Name != "n1"
		result := "ok"
		if bad {
			result = "failed"
		}
		return api.PreflightResult{OK: !bad, Hosts: []api.HostPreflight{{Host: "n1", Checks: []ha.Check{{Code: "fake", Result: result}}}}}, nil
	}
	if q.PathValue("host") != "n1" {
		return nil, fault.New(fault.NotFound, "host.unknown", "no host")
	}
	return h, nil
}
