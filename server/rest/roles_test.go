package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

// groups is who may call what, written by hand: a route that is in none of them fails the test. Roles stand for the mode in which
// everything is administered together; where it is separated, admin is in the groups of Admin no longer that say so.
var groups = []struct {
	routes    string
	together  string // roles, "nobody" for who is not signed in
	separated string
}{
	{
		routes:   "session.create",
		together: "nobody viewer operator admin security auditor", separated: "nobody viewer operator admin security auditor",
	},
	{ // what is one's own, and looking
		routes: `session.show session.delete password.change totp.setup totp.confirm totp.remove totp.recovery session.list session.revoke
			token.list token.create token.revoke policy.show
			host.list host.show cluster.list cluster.show cluster.discover node.list node.show link.list diskhb.show timing.show quorum.show
			quorum.plan qdevice.show qdevice.arbiter resource.list resource.show constraint.list attributes.list rule.check tag.list target.list budget.list budget.show fence.list
			sbd.show evidence.show check.list why.show whatif.play health.show health.whatif health.history agent.list agent.show revision.list
			revision.show revision.compare config.export config.plan config.migrate config.read config.compare property.list alarm.list alarm.show
			silence.list alertrule.list event.list timeline.list logs.list logs.show operation.list operation.show demo.show license.status
			volume.list volume.show volume.parse`,
		together: "viewer operator admin security auditor", separated: "viewer operator admin security auditor",
	},
	{ // start, stop, move, take on an alarm
		routes: `cluster.start cluster.stop cluster.restart cluster.cleanup node.standby node.unstandby node.maintenance node.unmaintenance node.start
			node.stop node.sync resource.start resource.stop resource.restart resource.move resource.cleanup resource.ban resource.clear
			resource.refresh resource.manage resource.unmanage tag.start tag.stop alarm.ack alarm.resolve silence.create silence.delete demo.reset
			demo.verify volume.act`,
		together: "operator admin", separated: "operator admin",
	},
	{ // the system: configuration of clusters, hosts, who is told
		routes: `host.token host.preflight host.revoke cluster.create cluster.adopt cluster.destroy cluster.remove cluster.properties defaults.set
			node.add node.remove node.fence node.attributes node.utilization link.add link.edit link.remove diskhb.inspect diskhb.enable
			diskhb.disable timing.set quorum.edit qdevice.plan qdevice.set qdevice.remove resource.create resource.edit resource.delete
			resource.place resource.prefer resource.failback resource.utilization constraint.create constraint.edit constraint.delete
			attributes.create attributes.edit attributes.delete service.check service.database service.spread tag.create tag.edit tag.delete target.set target.remove fence.levels fence.test sbd.plan
			sbd.set sbd.remove ping.create check.fix health.set health.unset revision.revert config.apply channel.list channel.show
			channel.create channel.edit channel.delete channel.test alertrule.create alertrule.edit alertrule.delete message.list message.retry
			message.giveup logs.collect logs.download logs.delete license.request license.requests license.activate license.ukey
			volume.check volume.create volume.edit volume.delete volume.resolve`,
		together: "admin", separated: "admin",
	},
	{ // security: who may do what
		routes:   `user.list user.create user.edit user.delete totp.reset access.list access.revoke policy.edit`,
		together: "admin security", separated: "security",
	},
	{ // audit: what was done
		routes:   `audit.list audit.verify audit.export`,
		together: "admin auditor", separated: "auditor",
	},
}

// TestEveryRouteForEveryRole: who may gets through, and nobody else, in both modes. Whatever changes something is in the audit
// log, whoever tried.
func TestEveryRouteForEveryRole(t *testing.T) {
	synctest.Test(t, everyRouteForEveryRole)
}

func everyRouteForEveryRole(t *testing.T) {
	services, server := newServer(t)
	defer running(t, server)()
	seen := map[string]bool{}
	for _, g := range groups {
		for _, name := range strings.Fields(g.routes) {
			r, known := api.RouteNamed(name)
			if !known || seen[name] {
				t.Errorf("%s: no such route, or in two groups", name)
				continue
			}
			seen[name] = true
			for _, mode := range []struct{ suffix, who string }{{"", g.together}, {separated, g.separated}} {
				who := strings.Fields(mode.who)
				for _, role := range append([]string{"nobody"}, auth.Roles[:]...) {
					services.audit = nil
					token := role + mode.suffix
					if role == "nobody" {
						token = ""
						time.Sleep(time.Minute) // in which a few calls of strangers have an entry each
						synctest.Wait()
					}
					w := serve(server, request(t, r, token))
					checkAccess(t, services, r, role, fmt.Sprintf("%s/%s%s", name, role, mode.suffix), w, slices.Contains(who, role))
				}
			}
		}
	}
	for _, r := range api.Routes {
		if !seen[r.Name] {
			t.Errorf("%s is in no group: who may call it?", r.Name)
		}
	}
}

func checkAccess(t *testing.T, services *services, r api.Route, role, name string, w *httptest.ResponseRecorder, may bool) {
	t.Helper()
	want := http.StatusOK
	switch {
	case may && r.Long:
		want = http.StatusAccepted
	case !may && role == "nobody":
		want = http.StatusUnauthorized
	case !may:
		want = http.StatusForbidden
	}
	if w.Code != want {
		t.Errorf("%s: got %d, want %d: %s", name, w.Code, want, w.Body)
		return
	}
	if !may {
		faultOf(t, w)
	}
	if got := len(services.audit); got != map[bool]int{true: 1}[r.Audited()] {
		t.Errorf("%s: %d audit entries", name, got)
		return
	}
	if r.Audited() {
		e := services.audit[0]
		if e.Action != r.Name || (e.Outcome == "ok") != may || role != "nobody" && r.Permission != api.Public && e.Actor != "a-"+role || e.Address == "" {
			t.Errorf("%s: audit entry %+v", name, e)
		}
	}
}

// TestScopedToken: a token for some clusters reaches none of the others, whatever route it tries, and hears of none.
func TestScopedToken(t *testing.T) {
	services, server := newServer(t)
	all := auth.Permissions("admin", false)
	services.scoped = &api.Session{User: api.User{Name: "bot", Role: "admin"}, Permissions: all, Clusters: []string{"mine"}}
	for _, r := range api.Routes {
		w := serve(server, request(t, r, "scoped")) // path and body name the cluster c, or none
		switch r.Name {
		case "session.create", "session.show", "cluster.list":
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d: %s", r.Name, w.Code, w.Body)
			}
			continue
		}
		if w.Code != http.StatusForbidden || faultOf(t, w).Reason != "token.other_cluster" {
			t.Errorf("%s: %d: %s", r.Name, w.Code, w.Body)
		}
	}
	for path, want := range map[string]int{
		"/clusters/mine":               http.StatusOK,
		"/clusters/other":              http.StatusForbidden,
		"/events?cluster=mine":         http.StatusOK,
		"/events?cluster=other":        http.StatusForbidden,
		"/clusters/other?cluster=mine": http.StatusForbidden,
		"/clusters/mine/logs":          http.StatusOK,
		"/clusters/mine/logs/x/file":   http.StatusForbidden, // the server's own log is in it
	} {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+api.Prefix+path, nil)
		q.Header.Set("Authorization", "Bearer scoped")
		if w := serve(server, q); w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
	}
	if w := get(t, server, "/metrics", "scoped"); w.Code != http.StatusForbidden {
		t.Errorf("/metrics: %d", w.Code)
	}
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+api.LivePath, nil)
	q.Header.Set("Authorization", "Bearer scoped")
	if _, err := server.Allow(q); fault.CodeOf(err) != fault.Denied {
		t.Errorf("the live stream: %v", err)
	}
}

func get(t *testing.T, server http.Handler, path, token string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+path, nil)
	q.Header.Set("Authorization", "Bearer "+token)
	return serve(server, q)
}

// TestMust: whoever has to set something is told what, not that the role is too low.
func TestMust(t *testing.T) {
	services, server := newServer(t)
	for must, reason := range map[string]string{api.MustPassword: "session.must_password", api.MustSecondFactor: "session.must_second_factor"} {
		services.scoped = &api.Session{User: api.User{Name: "ann", Role: "admin"}, Must: must, Permissions: []string{"session.show"}}
		if w := get(t, server, api.Prefix+"/clusters", "scoped"); w.Code != http.StatusForbidden || faultOf(t, w).Reason != reason {
			t.Errorf("%s: %d: %s", must, w.Code, w.Body)
		}
		if w := get(t, server, api.Prefix+"/session", "scoped"); w.Code != http.StatusOK {
			t.Errorf("%s: %d: %s", must, w.Code, w.Body)
		}
	}
}

// TestTakenOut: who takes a log bundle or the audit log with them is in the audit log, although nothing was changed.
func TestTakenOut(t *testing.T) {
	services, server := newServer(t)
	for _, name := range []string{"logs.download", "audit.export"} {
		services.audit = nil
		r, _ := api.RouteNamed(name)
		serve(server, request(t, r, "admin"))
		if len(services.audit) != 1 || services.audit[0].Action != name || services.audit[0].Actor != "a-admin" || services.audit[0].Outcome != "ok" {
			t.Errorf("%s: %+v", name, services.audit)
		}
	}
}

// TestAuditExport: what fails before the first byte is a fault; the file has a name.
func TestAuditExport(t *testing.T) {
	services, server := newServer(t)
	w := get(t, server, api.Prefix+"/audit/export?format=csv", "auditor")
	if w.Code != http.StatusOK || w.Body.String() != "exported" || !strings.Contains(w.Header().Get("Content-Disposition"), "hawser-audit.csv") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	services.fail = fault.New(fault.NotFound, "audit.not_found", "no such entry")
	if w := get(t, server, api.Prefix+"/audit/export?from=9", "auditor"); w.Code != http.StatusNotFound || faultOf(t, w).Reason != "audit.not_found" {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
