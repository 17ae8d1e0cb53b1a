// Package storetest is the suite that every database under server/store must pass.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/audit"
	"hawser/server/auth"
	"hawser/server/fleet"
	"hawser/server/pki"
	"hawser/server/reconcile"
	"hawser/server/store"
)

// Database is an empty database for one test.
type Database struct {
	// Open opens it; the same one again when it is called twice, as after a restart.
	Open func(t *testing.T) *store.Store
	// Exec runs a statement past the store, as somebody does who edits the database by hand.
	Exec func(t *testing.T, statement string)
}

// Run runs the suite; each test gets a database of its own.
func Run(t *testing.T, database func(t *testing.T) Database) {
	for name, test := range map[string]func(*testing.T, Database){
		"Accounts":            accounts,
		"LastAdmin":           lastAdmin,
		"Sessions":            sessions,
		"APITokens":           apiTokens,
		"Policy":              policies,
		"Enrolment":           enrolment,
		"Revocation":          revocation,
		"Clusters":            clusters,
		"MembersAreExclusive": members,
		"Fencing":             fencing,
		"Operations":          operations,
		"Revisions":           revisions,
		"EventsOnce":          eventsOnce,
		"EventsByQuery":       eventsByQuery,
		"AlarmsOnce":          alarmsOnce,
		"AlarmsGathered":      alarmsGathered,
		"AlarmsTogether":      alarmsTogether,
		"ToldByNode":          toldByNode,
		"SilencesEnd":         silencesEnd,
		"ChannelsKept":        channelsKept,
		"Prune":               prune,
		"AuditChain":          auditChain,
		"Secrets":             secrets,
		"AllSecrets":          allSecrets,
		"Timeline":            timeline,
		"Targets":             targets,
		"Exposures":           exposures,
		"News":                news,
		"WritersTakeTurns":    writers,
	} {
		t.Run(name, func(t *testing.T) { test(t, database(t)) })
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func code(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func accounts(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	a := auth.Account{User: api.User{Name: "ann", Role: "operator", Created: start}, Hash: "h"}
	must(t, s.CreateAccount(ctx, a))
	code(t, s.CreateAccount(ctx, a), fault.Conflict)
	changed, err := s.ChangeAccount(ctx, "ann", func(a *auth.Account, others []auth.Account, _ api.Policy) error {
		a.Language, a.Disabled = "zh", true
		a.Past, a.MustChange, a.PasswordSet = []string{"g"}, true, start
		a.Factor = auth.Factor{Secret: "JBSWY3DPEHPK3PXP", Step: 7, Recovery: []string{"r"}}
		if len(others) != 0 {
			t.Errorf("others: %v", others)
		}
		return nil
	})
	must(t, err)
	got, err := d.Open(t).Account(ctx, "ann")
	must(t, err)
	if !reflect.DeepEqual(got, changed) || got.Language != "zh" || !got.Disabled || !got.Created.Equal(start) || got.Hash != "h" || !got.SecondFactor || got.Factor.Step != 7 {
		t.Errorf("got %+v, changed %+v", got, changed)
	}
	_, err = s.ChangeAccount(ctx, "bob", func(*auth.Account, []auth.Account, api.Policy) error { return nil })
	code(t, err, fault.NotFound)
	_, err = s.Account(ctx, "bob")
	code(t, err, fault.NotFound)
	no := errors.New("no")
	if err := s.DeleteAccount(ctx, "ann", func(auth.Account, []auth.Account, api.Policy) error { return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	must(t, s.DeleteAccount(ctx, "ann", func(auth.Account, []auth.Account, api.Policy) error { return nil }))
	list, err := s.Accounts(ctx)
	if err != nil || len(list) != 0 {
		t.Errorf("accounts %v, err %v", list, err)
	}
}

// lastAdmin: two administrators who demote each other at once cannot both succeed.
func lastAdmin(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for _, name := range []string{"a", "b"} {
		must(t, s.CreateAccount(ctx, auth.Account{User: api.User{Name: name, Role: "admin", Created: start}}))
	}
	a := auth.New(auth.Options{Store: s})
	viewer := "viewer"
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, name := range []string{"a", "b"} {
		wg.Go(func() { _, errs[i] = a.EditUser(ctx, "root", name, api.UserChange{Role: &viewer}) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("errors %v and %v: exactly one must be refused", errs[0], errs[1])
	}
}

func willing(auth.Account) error { return nil }

func sessions(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.CreateAccount(ctx, auth.Account{User: api.User{Name: "ann", Role: "viewer", Created: start}}))
	for i := range 3 {
		must(t, s.CreateSession(ctx, auth.Session{
			Hash: fmt.Sprint("s", i), User: "ann", Created: start, Seen: start, Expires: start.Add(time.Duration(i+1) * time.Hour), Bearer: i == 1,
		}, willing))
	}
	no := errors.New("no")
	if err := s.CreateSession(ctx, auth.Session{Hash: "refused", User: "ann", Created: start, Seen: start, Expires: start.Add(time.Hour)}, func(a auth.Account) error {
		if a.Name != "ann" {
			t.Errorf("asked about %+v", a)
		}
		return no
	}); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	_, err := s.Session(ctx, "refused")
	code(t, err, fault.NotFound)
	code(t, s.CreateSession(ctx, auth.Session{Hash: "strange", User: "bob", Created: start, Seen: start, Expires: start.Add(time.Hour)}, willing), fault.NotFound)
	must(t, s.TouchSession(ctx, "s1", start.Add(time.Minute), start.Add(5*time.Hour)))
	got, err := s.Session(ctx, "s1")
	must(t, err)
	if !got.Bearer || !got.Expires.Equal(start.Add(5*time.Hour)) || got.User != "ann" {
		t.Errorf("got %+v", got)
	}
	must(t, s.DeleteExpiredSessions(ctx, start.Add(90*time.Minute)))
	_, err = s.Session(ctx, "s0")
	code(t, err, fault.NotFound)
	must(t, s.DeleteSessionsOf(ctx, "ann", "s2"))
	_, err = s.Session(ctx, "s1")
	code(t, err, fault.NotFound)
	must(t, s.DeleteAccount(ctx, "ann", func(auth.Account, []auth.Account, api.Policy) error { return nil }))
	_, err = s.Session(ctx, "s2")
	code(t, err, fault.NotFound)
}

func claimAs(id, name, key string) func(*fleet.Token, []fleet.Host) (fleet.Host, error) {
	return func(tok *fleet.Token, _ []fleet.Host) (fleet.Host, error) {
		if tok == nil {
			return fleet.Host{}, fleet.ErrTokenUnknown
		}
		tok.Host, tok.Key = id, key
		return fleet.Host{ID: id, Name: name, Enrolled: start, Facts: ha.Facts{Hostname: name, CPUs: 2}}, nil
	}
}

// host enrols a host.
func host(t *testing.T, s *store.Store, id, name string) {
	t.Helper()
	must(t, s.CreateToken(t.Context(), fleet.Token{Hash: "token-" + id, Created: start, Expires: start.Add(time.Hour)}))
	_, err := s.Enrol(t.Context(), "token-"+id, claimAs(id, name, "k"))
	must(t, err)
}

func enrolment(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	host(t, s, "h1", "n1")
	_, err := s.Enrol(ctx, "nobody's", claimAs("h2", "n2", "k"))
	if !errors.Is(err, fleet.ErrTokenUnknown) {
		t.Errorf("unknown token: %v", err)
	}
	_, err = s.Enrol(ctx, "token-h1", func(tok *fleet.Token, hosts []fleet.Host) (fleet.Host, error) {
		if tok == nil || tok.Host != "h1" || tok.Key != "k" || len(hosts) != 1 {
			t.Errorf("token %+v, hosts %+v", tok, hosts)
		}
		return hosts[0], nil
	})
	must(t, err)
	must(t, s.SaveHost(ctx, fleet.Host{ID: "h1", Agent: "1.2", Seen: start, Facts: ha.Facts{Hostname: "n1", CPUs: 4}}))
	list, err := d.Open(t).Hosts(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Facts.CPUs != 4 || list[0].Agent != "1.2" || list[0].Name != "n1" || !list[0].Enrolled.Equal(start) {
		t.Errorf("hosts %+v", list)
	}
}

func revocation(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	host(t, s, "h1", "n1")
	must(t, s.AddCertificate(ctx, "h1", "aa", start.Add(time.Hour)))
	must(t, s.AddCertificate(ctx, "h1", "bb", start.Add(2*time.Hour)))
	serials, err := s.RevokeHost(ctx, "h1")
	slices.Sort(serials)
	if err != nil || !slices.Equal(serials, []string{"aa", "bb"}) {
		t.Errorf("serials %v, err %v", serials, err)
	}
	code(t, s.AddCertificate(ctx, "h1", "cc", start), fault.NotFound)
	_, err = s.RevokeHost(ctx, "h9")
	code(t, err, fault.NotFound)
	again, err := d.Open(t).RevokedSerials(ctx)
	slices.Sort(again)
	if err != nil || !slices.Equal(again, []string{"aa", "bb"}) {
		t.Errorf("after a restart: %v, err %v", again, err)
	}
	// Its name is free again.
	host(t, s, "h2", "n1")
}

func cluster(name string) fleet.Cluster {
	return fleet.Cluster{Name: name, Created: start, Setup: ha.Setup{Name: name, Nodes: []ha.SetupNode{{Name: "n1", ID: 1, Addresses: []string{"10.0.0.1"}}}}}
}

func clusters(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	host(t, s, "h1", "n1")
	must(t, s.CreateCluster(ctx, cluster("demo"), []string{"h1"}))
	code(t, s.CreateCluster(ctx, cluster("demo"), nil), fault.Conflict)
	st := &ha.State{At: start, Engine: "simulated", Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1", Online: true, Resources: []string{}}}}
	must(t, s.SaveObserved(ctx, "demo", st, start, &api.Outage{Resource: "vip", TookMS: 12}))
	cfg := &ha.Config{Version: ha.Version{Epoch: 7}, Properties: map[string]string{"a": "b"}}
	must(t, s.SaveConfig(ctx, "demo", cfg, "<configuration secret='hunter2'/>"))
	code(t, s.SaveConfig(ctx, "none", cfg, ""), fault.NotFound)
	list, err := d.Open(t).Clusters(ctx)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("clusters %+v", list)
	}
	c := list[0]
	if c.Engine != "simulated" || c.State == nil || !c.State.Nodes[0].Online || c.Config.Version.Epoch != 7 || !strings.Contains(c.XML, "hunter2") ||
		c.LastMove.Resource != "vip" || !c.Seen.Equal(start) || c.Setup.Nodes[0].ID != 1 {
		t.Errorf("got %+v", c)
	}
	must(t, s.DeleteCluster(ctx, "demo"))
	code(t, s.DeleteCluster(ctx, "demo"), fault.NotFound)
	hosts, err := s.Hosts(ctx)
	if err != nil || hosts[0].Cluster != "" {
		t.Errorf("hosts %+v, err %v", hosts, err)
	}
}

// members: a host belongs to one cluster, and what could not be taken whole is not taken at all.
func members(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	host(t, s, "h1", "n1")
	host(t, s, "h2", "n2")
	must(t, s.CreateCluster(ctx, cluster("a"), []string{"h1"}))
	code(t, s.CreateCluster(ctx, cluster("b"), []string{"h2", "h1"}), fault.Conflict)
	list, err := s.Clusters(ctx)
	if err != nil || len(list) != 1 {
		t.Errorf("clusters %+v, err %v", list, err)
	}
	must(t, s.SetMembers(ctx, "a", cluster("a").Setup, []string{"h1", "h2"}))
	must(t, s.SetMembers(ctx, "a", cluster("a").Setup, []string{"h2"}))
	hosts, err := s.Hosts(ctx)
	must(t, err)
	for _, h := range hosts {
		if want := map[string]string{"h1": "", "h2": "a"}[h.ID]; h.Cluster != want {
			t.Errorf("host %s is in %q, want %q", h.ID, h.Cluster, want)
		}
	}
}

func operations(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	op := api.Operation{ID: "O1", Kind: "cluster.create", Cluster: "demo", Actor: "ann", State: "running", Started: start, Steps: []api.Step{{Name: "a", State: "waiting"}, {Name: "b", State: "waiting"}}}
	must(t, s.SaveOperation(ctx, op, []byte(`{"secret":"hunter2"}`)))
	op.Steps[1].State, op.Percent = "done", 50
	op.Fault = fault.New(fault.Failed, "internal", "no").With("node", "n1")
	must(t, s.SaveOperation(ctx, op, nil))
	ops, memos, err := d.Open(t).Unfinished(ctx)
	must(t, err)
	if len(ops) != 1 || string(memos[0]) != `{"secret":"hunter2"}` || ops[0].Steps[1].State != "done" || ops[0].Percent != 50 || ops[0].Fault.Args["node"] != "n1" {
		t.Fatalf("ops %+v, memos %s", ops, memos)
	}
	op.State, op.Ended = "succeeded", start.Add(time.Minute)
	op.Steps = append(op.Steps, api.Step{Name: "settle", State: "done"})
	must(t, s.SaveOperation(ctx, op, []byte{}))
	ops, _, err = s.Unfinished(ctx)
	if err != nil || len(ops) != 0 {
		t.Errorf("unfinished %+v, err %v", ops, err)
	}
	for i := range 3 {
		must(t, s.SaveOperation(ctx, api.Operation{ID: fmt.Sprint("P", i), Cluster: "other", State: "running", Started: start.Add(time.Duration(i+1) * time.Hour)}, []byte("{}")))
	}
	p, err := s.Operations(ctx, api.OperationQuery{Cut: api.Cut{Limit: 2}})
	must(t, err)
	if len(p.Items) != 2 || p.Items[0].ID != "P2" || p.Next == "" {
		t.Fatalf("page %+v", p)
	}
	p, err = s.Operations(ctx, api.OperationQuery{Cut: api.Cut{Limit: 2, Cursor: p.Next}})
	must(t, err)
	if len(p.Items) != 2 || p.Items[0].ID != "P0" || p.Items[1].ID != "O1" || p.Next != "" || len(p.Items[1].Steps) != 3 {
		t.Errorf("page %+v", p)
	}
	p, err = s.Operations(ctx, api.OperationQuery{Cluster: "demo", State: "succeeded"})
	if err != nil || len(p.Items) != 1 {
		t.Errorf("page %+v, err %v", p, err)
	}
	p, err = s.Operations(ctx, api.OperationQuery{Active: true})
	if err != nil || len(p.Items) != 3 {
		t.Errorf("page %+v, err %v", p, err)
	}
	_, err = s.Operations(ctx, api.OperationQuery{Cut: api.Cut{Cursor: "x"}})
	code(t, err, fault.Invalid)
	_, err = s.Operation(ctx, "none")
	code(t, err, fault.NotFound)
}

func revisions(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.CreateCluster(ctx, cluster("demo"), nil))
	_, err := s.AddRevision(ctx, "none", api.Revision{At: start}, reconcile.Bodies{})
	code(t, err, fault.NotFound)
	r, err := s.AddRevision(ctx, "demo", api.Revision{At: start, Author: "ann", State: "pending", Operation: "O1"}, reconcile.Bodies{})
	must(t, err)
	if r.Number != 1 || r.Revertible {
		t.Errorf("got %+v", r)
	}
	r.State, r.Version, r.Differences = "applied", ha.Version{Epoch: 9}, []ha.Difference{{Object: "resource", ID: "vip", Change: "added"}}
	must(t, s.ChangeRevision(ctx, "demo", r, reconcile.Bodies{Before: "<a secret='hunter2'/>", After: "<b/>"}))
	got, bodies, err := d.Open(t).Revision(ctx, "demo", 1)
	must(t, err)
	if got.State != "applied" || got.Version.Epoch != 9 || len(got.Differences) != 1 || !got.Revertible || bodies.Before != "<a secret='hunter2'/>" || bodies.After != "<b/>" {
		t.Errorf("got %+v, %+v", got, bodies)
	}
	r2, err := s.AddRevision(ctx, "demo", api.Revision{At: start, State: "pending"}, reconcile.Bodies{})
	must(t, err)
	latest, err := s.LatestRevision(ctx, "demo")
	if err != nil || latest.Number != 2 || r2.Number != 2 {
		t.Errorf("latest %+v, err %v", latest, err)
	}
	must(t, s.DeleteRevision(ctx, "demo", 2))
	p, err := s.Revisions(ctx, "demo", api.RevisionQuery{})
	if err != nil || len(p.Items) != 1 || !p.Items[0].Revertible || p.Items[0].Author != "ann" {
		t.Errorf("page %+v, err %v", p, err)
	}
	_, err = s.Revisions(ctx, "none", api.RevisionQuery{})
	code(t, err, fault.NotFound)
	_, _, err = s.Revision(ctx, "demo", 7)
	code(t, err, fault.NotFound)
	must(t, s.DeleteCluster(ctx, "demo"))
	must(t, s.CreateCluster(ctx, cluster("demo"), nil))
	if latest, err = s.LatestRevision(ctx, "demo"); err != nil || latest.Number != 0 {
		t.Errorf("a new cluster of the same name has revision %+v, err %v", latest, err)
	}
}

func eventsOnce(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	host(t, s, "h1", "n1")
	host(t, s, "h2", "n2")
	e := api.Event{At: start, Cluster: "demo", Kind: "node.lost", Severity: ha.Critical, Object: "n3", Args: map[string]string{"node": "n3"}}
	add := func(host string, seq uint64, key string, want bool) {
		t.Helper()
		got, isNew, err := s.AddEvent(ctx, host, seq, key, e)
		if err != nil || isNew != want || isNew && got.ID == 0 {
			t.Errorf("%s %d %s: new %v (%+v), err %v; want %v", host, seq, key, isNew, got, err, want)
		}
	}
	add("h1", 1, "k1", true)
	add("h1", 1, "k1", false) // the acknowledgement was lost
	add("h1", 1, "k9", false) // the number decides
	add("h2", 1, "k1", false) // two nodes tell of one thing
	add("h2", 2, "k2", true)
	add("", 0, "k3", true) // the server's own
	_, _, err := s.AddEvent(ctx, "h9", 1, "k", e)
	code(t, err, fault.NotFound)
	hosts, err := d.Open(t).Hosts(ctx)
	must(t, err)
	for _, h := range hosts {
		if want := map[string]uint64{"h1": 1, "h2": 2}[h.ID]; h.AckSeq != want {
			t.Errorf("host %s has told %d, want %d", h.ID, h.AckSeq, want)
		}
	}
	p, err := s.Events(ctx, api.EventQuery{})
	if err != nil || len(p.Items) != 3 || p.Items[2].Args["node"] != "n3" || p.Items[2].Severity != ha.Critical {
		t.Errorf("events %+v, err %v", p.Items, err)
	}
}

func eventsByQuery(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for i, e := range []api.Event{
		{Cluster: "a", Kind: "node.lost", Severity: ha.Critical, Object: "n1"},
		{Cluster: "a", Kind: "node.joined", Severity: ha.Info, Object: "n1"},
		{Cluster: "b", Kind: "resource.moved", Severity: ha.Warning, Object: "vip"},
	} {
		e.At = start.Add(time.Duration(i) * time.Hour)
		_, _, err := s.AddEvent(ctx, "", 0, fmt.Sprint(i), e)
		must(t, err)
	}
	for name, c := range map[string]struct {
		q    api.EventQuery
		want []string
	}{
		"all, newest first": {api.EventQuery{}, []string{"resource.moved", "node.joined", "node.lost"}},
		"cluster":           {api.EventQuery{Cluster: "a"}, []string{"node.joined", "node.lost"}},
		"kind":              {api.EventQuery{Kind: "node.lost"}, []string{"node.lost"}},
		"kinds":             {api.EventQuery{Kind: "node.*"}, []string{"node.joined", "node.lost"}},
		"this or worse":     {api.EventQuery{Severity: "warning"}, []string{"resource.moved", "node.lost"}},
		"object":            {api.EventQuery{Object: "vip"}, []string{"resource.moved"}},
		"since":             {api.EventQuery{Since: start.Add(time.Hour)}, []string{"resource.moved", "node.joined"}},
		"until":             {api.EventQuery{Until: start.Add(time.Hour)}, []string{"node.lost"}},
		"limit":             {api.EventQuery{Cut: api.Cut{Limit: 1}}, []string{"resource.moved"}},
	} {
		p, err := s.Events(ctx, c.q)
		must(t, err)
		var got []string
		for _, e := range p.Items {
			got = append(got, e.Kind)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func prune(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for i := range 10 {
		_, _, err := s.AddEvent(ctx, "", 0, fmt.Sprint(i), api.Event{At: start.Add(time.Duration(i) * time.Hour), Kind: fmt.Sprint(i), Severity: ha.Info})
		must(t, err)
	}
	must(t, s.SaveOperation(ctx, api.Operation{ID: "old", Started: start, Ended: start.Add(time.Minute), Steps: []api.Step{{Name: "a"}}}, nil))
	must(t, s.SaveOperation(ctx, api.Operation{ID: "runs", Started: start}, nil))
	n, err := s.Prune(ctx, start.Add(2*time.Hour), 5)
	if err != nil || n != 5 {
		t.Errorf("deleted %d, err %v", n, err)
	}
	p, err := s.Events(ctx, api.EventQuery{})
	if err != nil || len(p.Items) != 5 || p.Items[4].Kind != "5" {
		t.Errorf("left %+v, err %v", p.Items, err)
	}
	_, err = s.Operation(ctx, "old")
	code(t, err, fault.NotFound)
	_, err = s.Operation(ctx, "runs")
	must(t, err)
}

func auditChain(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	authority, err := pki.Open(pki.Options{Dir: t.TempDir(), Names: []string{"localhost"}})
	must(t, err)
	o := audit.Options{Store: s, Key: authority.Signer(), CA: authority.Certificate(), File: filepath.Join(t.TempDir(), "audit.head")}
	log, err := audit.New(o)
	must(t, err)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := log.Record(ctx, api.AuditEntry{Actor: fmt.Sprint(i), Action: "user.create", Outcome: "ok"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	o.Store = d.Open(t)
	again, err := audit.New(o)
	must(t, err)
	check, err := again.Verify(ctx)
	if err != nil || !check.OK || check.Head.Entries != 20 || check.Since != 1 {
		t.Errorf("check %+v, err %v", check, err)
	}
	p, err := s.Audit(ctx, api.AuditQuery{Cut: api.Cut{Limit: 5}})
	if err != nil || len(p.Items) != 5 || p.Items[0].Hash != check.Head.Hash || p.Next == "" {
		t.Errorf("page %+v, err %v", p, err)
	}
	// Somebody edits an entry in the database.
	d.Exec(t, "UPDATE audit SET actor = 'eve' WHERE id = 7")
	check, err = log.Verify(ctx)
	if err != nil || check.OK || *check.Broken != (api.AuditBreak{Entry: 7, Reason: "changed"}) {
		t.Errorf("an edited entry: %+v, err %v", check.Broken, err)
	}
	d.Exec(t, "UPDATE audit SET actor = '6' WHERE id = 7")
	// Somebody cuts the end off, and what happens next is written after what is left.
	d.Exec(t, "DELETE FROM audit WHERE id > 15")
	must(t, again.Record(ctx, api.AuditEntry{Actor: "eve", Action: "user.create", Outcome: "ok"}))
	for range 10 {
		must(t, again.Record(ctx, api.AuditEntry{Actor: "eve", Action: "user.create", Outcome: "ok"}))
	}
	check, err = again.Verify(ctx)
	if err != nil || check.OK || check.Broken.Entry > 20 {
		t.Errorf("a log that was cut: %+v, err %v", check, err)
	}
}

// apiTokens: a token is found by its hash, and goes with its user.
func apiTokens(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.CreateAccount(ctx, auth.Account{User: api.User{Name: "ann", Role: "viewer", Created: start}}))
	want := auth.Token{Hash: "abc", User: "ann", Label: "ci", Role: "viewer", Clusters: []string{"a", "b"}, Created: start, Expires: start.Add(time.Hour)}
	must(t, s.CreateSession(ctx, auth.Session{Hash: "s", User: "ann", Created: start, Seen: start, Expires: start.Add(time.Hour)}, willing))
	code(t, s.CreateAPIToken(ctx, want, "ended"), fault.NotFound)
	must(t, s.CreateAPIToken(ctx, want, "s"))
	must(t, s.TouchAPIToken(ctx, "abc", start.Add(time.Minute), "10.0.0.1"))
	want.Seen, want.Address = start.Add(time.Minute), "10.0.0.1"
	got, err := d.Open(t).APIToken(ctx, "abc")
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for user, n := range map[string]int{"": 1, "ann": 1, "bob": 0} {
		if list, err := s.APITokens(ctx, user); err != nil || len(list) != n {
			t.Errorf("of %q: %v, err %v", user, list, err)
		}
	}
	must(t, s.DeleteAccessOf(ctx, "bob"))
	_, err = s.Session(ctx, "s")
	must(t, err)
	must(t, s.DeleteAccessOf(ctx, "ann"))
	_, err = s.Session(ctx, "s")
	code(t, err, fault.NotFound)
	_, err = s.APIToken(ctx, "abc")
	code(t, err, fault.NotFound)
	must(t, s.CreateSession(ctx, auth.Session{Hash: "s", User: "ann", Created: start, Seen: start, Expires: start.Add(time.Hour)}, willing))
	must(t, s.CreateAPIToken(ctx, want, "s"))
	must(t, s.DeleteAccount(ctx, "ann", func(auth.Account, []auth.Account, api.Policy) error { return nil }))
	_, err = s.APIToken(ctx, "abc")
	code(t, err, fault.NotFound)
}

// policies: what was kept comes back, and what is refused is not kept.
func policies(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	if p, err := s.Policy(ctx); err != nil || p != auth.DefaultPolicy() {
		t.Errorf("at first: %+v, err %v", p, err)
	}
	no := errors.New("no")
	if _, err := s.ChangePolicy(ctx, func(p *api.Policy, _ []auth.Account) error { p.Separation = true; return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	_, err := s.ChangePolicy(ctx, func(p *api.Policy, _ []auth.Account) error { p.Password.History = 3; return nil })
	must(t, err)
	_, err = s.ChangePolicy(ctx, func(p *api.Policy, _ []auth.Account) error { p.Password.Classes = 2; return nil })
	must(t, err)
	if p, err := d.Open(t).Policy(ctx); err != nil || p.Separation || p.Password.History != 3 || p.Password.Classes != 2 {
		t.Errorf("then: %+v, err %v", p, err)
	}
}

func secrets(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.PutSecret(ctx, "authkey/demo", []byte("one")))
	must(t, s.PutSecret(ctx, "authkey/demo", []byte("hunter2")))
	got, err := d.Open(t).Secret(ctx, "authkey/demo")
	if err != nil || string(got) != "hunter2" {
		t.Errorf("got %q, err %v", got, err)
	}
	must(t, s.DeleteSecret(ctx, "authkey/demo"))
	must(t, s.DeleteSecret(ctx, "authkey/demo"))
	_, err = s.Secret(ctx, "authkey/demo")
	code(t, err, fault.NotFound)
}

// writers: many who read before they write, at once and from two processes, while others read: nobody is told that the
// database is busy, and no number is given twice.
func writers(t *testing.T, d Database) {
	s, other, ctx := d.Open(t), d.Open(t), t.Context()
	must(t, s.CreateCluster(ctx, cluster("demo"), nil))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := s
			if i%2 == 0 {
				s = other
			}
			for range 5 {
				if _, err := s.AddRevision(ctx, "demo", api.Revision{At: start}, reconcile.Bodies{After: "<x/>"}); err != nil {
					t.Error(err)
				}
				if _, err := s.Revisions(ctx, "demo", api.RevisionQuery{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if latest, err := s.LatestRevision(ctx, "demo"); err != nil || latest.Number != 40 {
		t.Errorf("latest %d, err %v", latest.Number, err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.PutSecret(done, "x", nil); err == nil {
		t.Error("a context that has ended does not end a write")
	}
}
