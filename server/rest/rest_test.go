package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/auth"
	"hawser/server/reconcile"
	"hawser/server/rest"
)

// services is everything behind the interface: it answers with what it was asked, or with fail.
type services struct {
	line    lineService
	mu      sync.Mutex
	fail    error
	begun   []reconcile.Request
	audit   []api.AuditEntry
	queries []any
	scoped  *api.Session // what the token "scoped" opens
}

func (s *services) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fail
}

// Tokens are the roles; with separated behind it, the role where the three administrations are separated.
func (s *services) session(token string) (api.Session, error) {
	role, separated := strings.CutSuffix(token, separated)
	if s.scoped != nil && token == "scoped" {
		return *s.scoped, nil
	}
	if !slices.Contains(auth.Roles[:], role) {
		return api.Session{}, fault.New(fault.Anonymous, "session.expired", "no such session")
	}
	return api.Session{User: api.User{Name: "a-" + role, Role: role}, Permissions: auth.Permissions(role, separated)}, nil
}

const separated = "-separated"

func (s *services) Login(_ context.Context, in api.Login, _ string) (api.Session, string, error) {
	if in.Password != "right" {
		return api.Session{}, "", fault.New(fault.Anonymous, "login.wrong", "wrong")
	}
	session, err := s.session("viewer")
	session.Expires = time.Now().Add(time.Hour)
	return session, "viewer", err
}

func (s *services) Session(_ context.Context, token, _ string) (api.Session, error) {
	return s.session(token)
}
func (s *services) Logout(context.Context, string) error { return s.err() }
func (s *services) ChangePassword(context.Context, string, api.PasswordChange) error {
	return s.err()
}
func (s *services) Users(context.Context) ([]api.User, error) { return nil, s.err() }
func (s *services) CreateUser(_ context.Context, in api.NewUser) (api.User, error) {
	return api.User{Name: in.Name}, s.err()
}

func (s *services) EditUser(_ context.Context, _, name string, _ api.UserChange) (api.User, error) {
	return api.User{Name: name}, s.err()
}
func (s *services) DeleteUser(context.Context, string) error { return s.err() }
func (s *services) SetupTOTP(context.Context, string, api.Confirmation) (api.TOTPSetup, error) {
	return api.TOTPSetup{}, s.err()
}

func (s *services) ConfirmTOTP(context.Context, string, api.TOTPCode) (api.RecoveryCodes, error) {
	return api.RecoveryCodes{}, s.err()
}

func (s *services) RemoveTOTP(context.Context, string, api.Confirmation) error { return s.err() }

func (s *services) RenewRecovery(context.Context, string, api.Confirmation) (api.RecoveryCodes, error) {
	return api.RecoveryCodes{}, s.err()
}

func (s *services) ResetTOTP(context.Context, string) (api.User, error) { return api.User{}, s.err() }

func (s *services) Sessions(context.Context, string, string) ([]api.Access, error) {
	return nil, s.err()
}
func (s *services) RevokeSession(context.Context, string, string) error  { return s.err() }
func (s *services) Tokens(context.Context, string) ([]api.Access, error) { return nil, s.err() }
func (s *services) RevokeToken(context.Context, string, string) error    { return s.err() }
func (s *services) Access(context.Context, string) ([]api.Access, error) { return nil, s.err() }
func (s *services) RevokeAccess(context.Context, string) error           { return s.err() }
func (s *services) Policy(context.Context) (api.Policy, error)           { return api.Policy{}, s.err() }

func (s *services) CreateToken(context.Context, string, api.NewToken) (api.TokenMade, error) {
	return api.TokenMade{}, s.err()
}

func (s *services) EditPolicy(context.Context, api.PolicyChange) (api.Policy, error) {
	return api.Policy{}, s.err()
}

func (s *services) Verify(context.Context, ...api.AuditHead) (api.AuditCheck, error) {
	return api.AuditCheck{}, s.err()
}

func (s *services) Export(_ context.Context, w io.Writer, _ api.AuditExportQuery) error {
	if err := s.err(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "exported")
	return err
}

func (s *services) Hosts(context.Context) ([]api.Host, error)       { return nil, s.err() }
func (s *services) Host(context.Context, string) (api.Host, error)  { return api.Host{}, s.err() }
func (s *services) Revoke(context.Context, string) error            { return s.err() }
func (s *services) Clusters(context.Context) ([]api.Cluster, error) { return nil, s.err() }
func (s *services) Token(context.Context, string, time.Duration) (api.EnrolmentToken, error) {
	return api.EnrolmentToken{}, s.err()
}

func (s *services) Cluster(context.Context, string) (api.ClusterDetail, error) {
	return api.ClusterDetail{}, s.err()
}
func (s *services) Nodes(context.Context, string) ([]api.Node, error) { return nil, s.err() }
func (s *services) Node(context.Context, string, string) (api.Node, error) {
	return api.Node{}, s.err()
}

func (s *services) Resources(context.Context, string) ([]api.Resource, error) { return nil, s.err() }

func (s *services) Resource(context.Context, string, string) (api.Resource, error) {
	return api.Resource{}, s.err()
}

func (s *services) Constraints(context.Context, string) ([]ha.Constraint, error) {
	return nil, s.err()
}

func (s *services) Tags(context.Context, string) ([]api.TagShown, error) { return nil, s.err() }

func (s *services) AttributeSets(context.Context, string) ([]ha.AttributeSet, error) {
	return nil, s.err()
}

func (s *services) Begin(_ context.Context, r reconcile.Request) (api.Operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = append(s.begun, r)
	return api.Operation{ID: "op", Kind: r.Kind, Cluster: r.Cluster}, s.fail
}

func (s *services) Preflight(context.Context, string, ha.Setup) (api.PreflightResult, error) {
	return api.PreflightResult{}, s.err()
}
func (s *services) Remove(context.Context, string) error { return s.err() }
func (s *services) Agents(context.Context, string, string) ([]api.AgentName, error) {
	return nil, s.err()
}

func (s *services) Metadata(context.Context, string, string, string, string) (ha.AgentMetadata, error) {
	return ha.AgentMetadata{}, s.err()
}

func (s *services) Links(context.Context, string) (api.Links, error) { return api.Links{}, s.err() }
func (s *services) Disk(context.Context, string, string) (api.DiskHeartbeatShown, error) {
	return api.DiskHeartbeatShown{Nodes: []api.DiskHeartbeatNode{}}, s.err()
}

func (s *services) Timing(context.Context, string, string) (api.TimingShown, error) {
	return api.TimingShown{}, s.err()
}

func (s *services) Health(context.Context, string) (api.HealthShown, error) {
	return api.HealthShown{Policy: ha.DefaultHealth()}, s.err()
}

func (s *services) PlanHealth(context.Context, string, api.HealthQuestion) (api.HealthPlan, ha.Scenario, error) {
	return api.HealthPlan{Policy: ha.DefaultHealth()}, ha.Scenario{}, s.err()
}

func (s *services) HealthHistory(context.Context, string, string, string) (ha.HealthHistory, error) {
	return ha.HealthHistory{}, s.err()
}

func (s *services) Quorum(context.Context, string) (api.QuorumShown, error) {
	return api.QuorumShown{}, s.err()
}

func (s *services) QDevice(context.Context, string, string) (api.QDeviceShown, error) {
	return api.QDeviceShown{}, s.err()
}

func (s *services) PlanQDevice(context.Context, string, string, api.QDevice) (api.QDevicePlan, error) {
	return api.QDevicePlan{}, s.err()
}

func (s *services) Arbiter(context.Context, string, string) (api.ArbiterShown, error) {
	return api.ArbiterShown{}, s.err()
}

func (s *services) PlanQuorum(context.Context, string, api.QuorumChange) (api.QuorumPlan, error) {
	return api.QuorumPlan{}, s.err()
}

func (s *services) query(q any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries = append(s.queries, q)
}

func (s *services) Revisions(_ context.Context, _ string, q api.RevisionQuery) (api.Page[api.Revision], error) {
	s.query(q)
	return api.Page[api.Revision]{Items: []api.Revision{}}, s.err()
}

func (s *services) Fencing(context.Context, string) (ha.Fencing, error) { return ha.Fencing{}, s.err() }

func (s *services) Evidence(context.Context, string) (api.EvidenceReport, error) {
	return api.EvidenceReport{}, s.err()
}

func (s *services) Why(context.Context, string, string, string) (ha.Explanation, error) {
	return ha.Explanation{}, s.err()
}

func (s *services) PlanSBD(context.Context, string, string, ha.SBD) (api.SBDPlan, error) {
	return api.SBDPlan{Nodes: map[string]string{}, Disks: []ha.SBDDisk{}}, s.err()
}

func (s *services) InspectDisk(context.Context, string, string, string) (api.DiskInspected, error) {
	return api.DiskInspected{Carries: []string{}, Nodes: []api.InspectedNode{}}, s.err()
}

func (s *services) WhatIf(context.Context, string, string, ha.Scenario) (ha.Forecast, error) {
	return ha.Forecast{}, s.err()
}

func (s *services) Findings(context.Context, string, string) ([]ha.Finding, error) {
	return nil, s.err()
}

func (s *services) CheckDatabase(context.Context, string, string, ha.Database) (api.DatabaseCheck, error) {
	return api.DatabaseCheck{}, s.err()
}

func (s *services) Volumes(context.Context, string, string) ([]api.VolumeShown, error) {
	return nil, s.err()
}

func (s *services) Volume(context.Context, string, string, string) (api.VolumeShown, error) {
	return api.VolumeShown{}, s.err()
}

func (s *services) CheckVolume(context.Context, string, string, api.NewVolume) (api.VolumeCheck, error) {
	return api.VolumeCheck{}, s.err()
}

func (s *services) ParseVolumes(api.VolumeText) (api.VolumeReading, error) {
	return api.VolumeReading{}, s.err()
}

func (s *services) SBD(context.Context, string, string) (ha.SBDView, error) {
	return ha.SBDView{}, s.err()
}

func (s *services) Revision(context.Context, string, int) (api.Revision, error) {
	return api.Revision{}, s.err()
}

func (s *services) Events(_ context.Context, q api.EventQuery) (api.Page[api.Event], error) {
	s.query(q)
	return api.Page[api.Event]{Items: []api.Event{}}, s.err()
}

func (s *services) Operations(_ context.Context, q api.OperationQuery) (api.Page[api.Operation], error) {
	s.query(q)
	return api.Page[api.Operation]{Items: []api.Operation{}}, s.err()
}

func (s *services) Operation(context.Context, string) (api.Operation, error) {
	return api.Operation{}, s.err()
}

func (s *services) Audit(_ context.Context, q api.AuditQuery) (api.Page[api.AuditEntry], error) {
	s.query(q)
	return api.Page[api.AuditEntry]{Items: []api.AuditEntry{}}, s.err()
}

func (s *services) Record(_ context.Context, e api.AuditEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.audit = append(s.audit, e)
	return nil
}

type demoService struct{ *services }

func (d demoService) Show(context.Context) (api.Demo, error)   { return api.Demo{}, d.err() }
func (d demoService) Reset(context.Context) error              { return d.err() }
func (d demoService) Verify(context.Context) (api.Demo, error) { return api.Demo{}, d.err() }

func newServer(t *testing.T) (*services, *rest.Server) {
	t.Helper()
	s := &services{}
	return s, rest.New(rest.Options{
		Accounts: s, Hosts: s, Clusters: s, Changes: s, Insight: s, History: s, Audit: s, Alerts: alertService{s}, Licences: licenseService{s}, Targets: targetService{s}, Logs: logService{t}, Timeline: &s.line, Demo: demoService{s},
		Console: fstest.MapFS{
			"index.html": {Data: []byte("<title>console</title>")}, "assets/a.js": {Data: []byte("1")}, "assets/large.js": {Data: []byte(large)}, "placeholder.html": {Data: []byte("?")},
		},
		Metrics:    http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }),
		ScrapeFrom: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
}

// large is a file that is worth to be compressed.
var large = strings.Repeat("export const rope = 'hawser';\n", 1000)

// bodies are right bodies of the routes that need one.
var bodies = map[string]any{
	"alarm.ack":            api.AckAlarm{Note: "x"},
	"silence.create":       api.NewSilence{Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Reason: "x"},
	"channel.create":       api.NewChannel{Name: "ops", ChannelForm: channelForm},
	"channel.edit":         channelForm,
	"license.request":      api.NewLicenseRequest{Customer: "Bank"},
	"license.activate":     api.ActivateLicense{Text: "x"},
	"license.ukey":         api.SetLicenseUkey{},
	"alertrule.create":     api.AlertRule{Name: "x", Severity: "warning"},
	"alertrule.edit":       api.EditAlertRule{Severity: "warning"},
	"session.create":       api.Login{Name: "x", Password: "right"},
	"password.change":      api.PasswordChange{Current: "x", New: "0123456789"},
	"user.create":          api.NewUser{Name: "x", Role: "viewer", Password: "0123456789"},
	"user.edit":            api.UserChange{},
	"totp.setup":           api.Confirmation{},
	"totp.confirm":         api.TOTPCode{Code: "123456"},
	"totp.remove":          api.Confirmation{},
	"totp.recovery":        api.Confirmation{},
	"token.create":         api.NewToken{Label: "x", Role: "viewer", Days: 1},
	"policy.edit":          api.PolicyChange{},
	"host.token":           api.TokenRequest{},
	"host.preflight":       api.PreflightRequest{Setup: ha.Setup{Nodes: []ha.SetupNode{}}},
	"cluster.create":       ha.Setup{Name: "c", Nodes: []ha.SetupNode{}},
	"cluster.destroy":      api.DestroyRequest{},
	"cluster.properties":   api.Properties{},
	"defaults.set":         api.Defaults{},
	"node.add":             api.AddNode{Node: ha.SetupNode{Addresses: []string{}}},
	"node.fence":           api.FenceRequest{Action: "off"},
	"resource.create":      api.NewResource{Resource: ha.Resource{Kind: ha.Primitive}},
	"resource.edit":        api.EditResource{Resource: ha.Resource{Kind: ha.Primitive}},
	"constraint.create":    ha.Constraint{Kind: ha.Location},
	"constraint.edit":      api.EditConstraint{Constraint: ha.Constraint{Kind: ha.Location}},
	"attributes.create":    aSet,
	"attributes.edit":      api.EditAttributes{Set: aSet},
	"rule.check":           api.RuleCheck{Text: "a eq 1"},
	"service.spread":       api.Spread{Services: []string{"a"}, Working: []string{"n"}},
	"tag.create":           ha.Tag{ID: "t", Resources: []string{"r"}},
	"tag.edit":             api.EditTag{Resources: []string{"r"}},
	"node.attributes":      api.ValueChange{},
	"node.utilization":     api.ValueChange{},
	"resource.place":       api.PlaceResource{},
	"resource.prefer":      api.PreferNodes{Nodes: []string{}},
	"resource.failback":    api.SetFailback{Failback: ha.Failback{Mode: ha.FailbackManual}},
	"resource.utilization": api.ValueChange{},
	"link.add":             api.NewLink{Addresses: map[string]string{}},
	"link.edit":            api.LinkChange{},
	"diskhb.enable":        api.NewDiskHeartbeat{Device: "/dev/sdx"},
	"timing.set":           ha.Timing{Profile: "fast"},
	"quorum.plan":          api.QuorumChange{},
	"quorum.edit":          api.QuorumChange{},
	"fence.levels":         api.FenceLevels{Levels: [][]string{{"f"}}},
	"fence.test":           api.FenceTest{Node: "n"},
	"sbd.set":              ha.SBD{Devices: []string{}},
	"ping.create":          ha.Ping{Addresses: []string{"10.0.0.1"}},
	"diskhb.inspect":       api.DiskQuestion{Device: "/dev/sdx"},
	"config.apply":         api.ManifestChange{},
	"config.plan":          api.ManifestChange{},
	"config.migrate":       api.MigrationRequest{},
	"config.read":          api.ManifestFile{},
	"config.compare":       api.ManifestFile{},
	"check.fix":            api.FixFinding{Code: "one_link"},
	"whatif.play":          ha.Scenario{},
	"qdevice.plan":         api.QDevice{Host: "h"},
	"qdevice.set":          api.QDevice{Host: "h"},
	"sbd.plan":             ha.SBD{Devices: []string{}},
	"health.set":           api.SetHealth{HealthPolicy: ha.DefaultHealth()},
	"health.whatif":        api.HealthQuestion{},
	"logs.collect":         api.NewLogBundle{},
	"service.check":        aDatabase,
	"service.database":     aDatabase,
	"target.set":           ha.Target{RTOPlanned: new(int)},
	"volume.check":         aVolume,
	"volume.create":        aVolume,
	"volume.parse":         api.VolumeText{Text: "resource r {}"},
	"volume.edit":          api.EditVolume{Protocol: "B"},
	"volume.delete":        api.DeleteVolume{},
	"volume.act":           api.ActOnVolume{Action: ha.VolumeVerify, Node: "n"},
	"volume.resolve":       api.ResolveSplit{Keep: "n"},
}

var aVolume = api.NewVolume{Name: "v", Replicas: []api.NewReplica{{Node: "n", Disk: "/dev/vg/v"}, {Node: "m", Disk: "/dev/vg/v"}}}

var aDatabase = ha.Database{Name: "d", Directory: "/data", Address: "192.0.2.10/24", Sides: []ha.DatabaseSide{{Node: "n", Disk: "/dev/vg/d"}, {Node: "m", Disk: "/dev/vg/d"}}}

// aSet is a set of attributes with a rule.
var aSet = ha.AttributeSet{
	ID: "s", Kind: ha.PropertySet, Values: map[string]string{"batch-limit": "1"},
	Rule: &ha.Rule{Expressions: []ha.Expression{{Attribute: "a", Operation: "defined"}}},
}

var blanks = strings.NewReplacer("{set}", "s", "{tag}", "t", "{user}", "u", "{host}", "h", "{cluster}", "c", "{node}", "n", "{resource}", "r", "{constraint}", "k",
	"{agent}", "ocf:heartbeat:IPaddr2", "{revision}", "7", "{operation}", "o", "{link}", "1", "{alarm}", "1", "{silence}", "1", "{channel}", "ops", "{rule}", "x", "{message}", "1",
	"{session}", "s", "{token}", "k", "{access}", "a", "{volume}", "v", "{service}", "g")

func request(t *testing.T, r api.Route, token string) *http.Request {
	t.Helper()
	var body io.Reader
	b, has := bodies[r.Name]
	if has {
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	q := httptest.NewRequestWithContext(t.Context(), r.Method, "https://server"+api.Prefix+blanks.Replace(r.Path), body)
	if has {
		q.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	return q
}

func serve(s http.Handler, q *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	return w
}

// faultOf reads an answer that must be a fault.
func faultOf(t *testing.T, w *httptest.ResponseRecorder) *fault.Error {
	t.Helper()
	f := &fault.Error{}
	if err := json.Unmarshal(w.Body.Bytes(), f); err != nil || f.Code == "" || f.Reason == "" || f.Message == "" {
		t.Fatalf("status %d: not a fault: %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if rest.StatusOf(f.Code) != w.Code {
		t.Errorf("code %s came with status %d", f.Code, w.Code)
	}
	return f
}

// TestLongRoutesBegin: each long route begins an operation of its own name, by who asked, on the cluster of its path.
func TestLongRoutesBegin(t *testing.T) {
	services, server := newServer(t)
	for _, r := range api.Routes {
		if !r.Long {
			continue
		}
		services.begun = nil
		serve(server, request(t, r, "admin"))
		if len(services.begun) != 1 || services.begun[0].Kind != r.Name || services.begun[0].Actor != "a-admin" || services.begun[0].Cluster != "c" {
			t.Errorf("%s began %+v", r.Name, services.begun)
		}
	}
}

// TestFaults: every kind of failure comes with its status, and what is internal stays inside.
func TestFaults(t *testing.T) {
	services, server := newServer(t)
	show, _ := api.RouteNamed("cluster.show")
	for code, want := range map[fault.Code]int{
		fault.Invalid: 400, fault.Anonymous: 401, fault.Unlicensed: 402, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.TooLarge: 413, fault.TooMany: 429, fault.Failed: 502, fault.Unreachable: 503,
	} {
		services.fail = fmt.Errorf("wrapped: %w", fault.New(code, "a.b", "text").With("k", "v"))
		w := serve(server, request(t, show, "admin"))
		if f := faultOf(t, w); w.Code != want || f.Code != code || f.Reason != "a.b" || f.Args["k"] != "v" {
			t.Errorf("%s: got %d, %+v", code, w.Code, f)
		}
	}
	for _, err := range []error{errors.New("password hunter2 in a message"), fault.New(fault.Internal, "x.y", "hunter2 in a fault")} {
		services.fail = err
		w := serve(server, request(t, show, "admin"))
		if f := faultOf(t, w); w.Code != 500 || f.Reason != "internal" || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
}

func TestBadRequests(t *testing.T) {
	services, server := newServer(t)
	post := func(path, contentType, body string) *httptest.ResponseRecorder {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://server"+api.Prefix+path, strings.NewReader(body))
		q.Header.Set("Content-Type", contentType)
		q.Header.Set("Authorization", "Bearer admin")
		return serve(server, q)
	}
	const json = "application/json"
	for name, c := range map[string]struct {
		w            *httptest.ResponseRecorder
		status       int
		reason, path string
	}{
		"too large":       {post("/clusters", json, `{"name":"`+strings.Repeat("x", 2<<20)+`"}`), 413, "request.too_large", ""},
		"no JSON":         {post("/clusters", json, `{"name":`), 400, "request.not_json", ""},
		"form":            {post("/clusters", "application/x-www-form-urlencoded", "name=x"), 400, "request.not_json", ""},
		"plain text":      {post("/clusters", "text/plain", `{"name":"x","nodes":[],"autostart":true}`), 400, "request.not_json", ""},
		"nothing":         {post("/clusters", json, ""), 400, "request.invalid", ""},
		"missing":         {post("/clusters", json, `{"name":"x","autostart":true}`), 400, "field.required", "nodes"},
		"missing inside":  {post("/clusters", json, `{"name":"x","nodes":[{"name":"a"}],"autostart":true}`), 400, "field.required", "nodes[0].addresses"},
		"unknown":         {post("/clusters", json, `{"name":"x","nodes":[],"autostart":true,"foo":1}`), 400, "field.unknown", "foo"},
		"wrong type":      {post("/clusters", json, `{"name":7,"nodes":[],"autostart":true}`), 400, "field.type", "name"},
		"none of these":   {post("/clusters/c/nodes/n/fence", json, `{"action":"explode","confirm":"n"}`), 400, "field.one_of", "action"},
		"too short":       {post("/session/tokens", json, `{"label":"","role":"viewer","days":1}`), 400, "field.too_short", "label"},
		"too big":         {post("/hosts/token", json, `{"minutes":99999}`), 400, "field.too_big", "minutes"},
		"unknown route":   {post("/nothing", json, `{}`), 404, "route.unknown", ""},
		"unknown method":  {post("/clusters/c", json, `{}`), 404, "route.unknown", ""},
		"cross-site form": {crossSite(t, server), 403, "request.cross_origin", ""},
	} {
		f := faultOf(t, c.w)
		reason, path := f.Reason, ""
		if len(f.Fields) > 0 {
			reason, path = f.Fields[0].Reason, f.Fields[0].Path
		}
		if c.w.Code != c.status || reason != c.reason || path != c.path {
			t.Errorf("%s: got %d %s at %q, want %d %s at %q", name, c.w.Code, reason, path, c.status, c.reason, c.path)
		}
	}
	if len(services.begun) > 0 {
		t.Errorf("begun: %+v", services.begun)
	}
}

func crossSite(t *testing.T, server http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	r, _ := api.RouteNamed("cluster.stop")
	q := request(t, r, "")
	q.AddCookie(&http.Cookie{Name: "__Host-hawser", Value: "admin"})
	q.Header.Set("Origin", "https://evil.example")
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	return serve(server, q)
}

func TestLogin(t *testing.T) {
	_, server := newServer(t)
	login := func(body string) *httptest.ResponseRecorder {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://server/api/v1/session", strings.NewReader(body))
		q.Header.Set("Content-Type", "application/json")
		return serve(server, q)
	}
	w := login(`{"name":"x","password":"right"}`)
	cookies := w.Result().Cookies()
	if w.Code != 200 || len(cookies) != 1 || strings.Contains(w.Body.String(), `"token"`) {
		t.Fatalf("got %d, %v, %s", w.Code, cookies, w.Body)
	}
	c := cookies[0]
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-") {
		t.Errorf("cookie %+v", c)
	}
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server/api/v1/clusters", nil)
	q.AddCookie(c)
	if w := serve(server, q); w.Code != 200 {
		t.Errorf("with the cookie: %d", w.Code)
	}
	w = login(`{"name":"x","password":"right","bearer":true}`)
	if !strings.Contains(w.Body.String(), `"token":"viewer"`) || len(w.Result().Cookies()) != 0 {
		t.Errorf("bearer: %s, cookies %v", w.Body, w.Result().Cookies())
	}
	if w := login(`{"name":"x","password":"wrong"}`); w.Code != 401 || len(w.Result().Cookies()) != 0 {
		t.Errorf("wrong password: %d", w.Code)
	}
	out, _ := api.RouteNamed("session.delete")
	w = serve(server, request(t, out, "viewer"))
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != "" || c[0].Expires.After(time.Now()) {
		t.Errorf("after signing out: %+v", c)
	}
}

func TestQueries(t *testing.T) {
	services, server := newServer(t)
	get := func(path string) *httptest.ResponseRecorder {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+api.Prefix+path, nil)
		q.Header.Set("Authorization", "Bearer admin")
		return serve(server, q)
	}
	w := get("/events?cluster=c&severity=warning&since=2026-01-02T03:04:05Z&limit=7&cursor=9&kind=node.*")
	want := api.EventQuery{Cluster: "c", Severity: "warning", Kind: "node.*", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Cut: api.Cut{Cursor: "9", Limit: 7}}
	if w.Code != 200 || len(services.queries) != 1 || services.queries[0] != want {
		t.Errorf("got %d, %+v: %s", w.Code, services.queries, w.Body)
	}
	for path, field := range map[string]string{
		"/events?limit=9999": "limit", "/events?severity=bad": "severity", "/events?since=yesterday": "since", "/events?sevrity=info": "sevrity",
		"/clusters/c/revisions/zero": "revision",
	} {
		if f := faultOf(t, get(path)); len(f.Fields) != 1 || f.Fields[0].Path != field || f.Fields[0].Reason == "field.invalid" {
			t.Errorf("%s: %+v", path, f)
		}
	}
}

func TestFiles(t *testing.T) {
	_, server := newServer(t)
	for path, want := range map[string]string{
		"/": "console", "/clusters/demo": "console", "/assets/a.js": "1",
	} {
		w := serve(server, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+path, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src 'unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server/assets/large.js", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := serve(server, r)
	size := w.Body.Len()
	if unpacked, err := gzip.NewReader(w.Body); err != nil {
		t.Errorf("a large file is not compressed: %v", err)
	} else if text, err := io.ReadAll(unpacked); err != nil || string(text) != large || size > len(large)/2 {
		t.Errorf("a large file of %d bytes came as %d, and is another: %v", len(large), size, err)
	}
	for _, path := range []string{"/assets/gone.js", "/api/v2/clusters", "/agent/v1/connect"} {
		if w := serve(server, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server"+path, nil)); w.Code != 404 {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	docs := serve(server, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server/api/docs", nil)).Body.String()
	for _, r := range api.Routes {
		if !strings.Contains(docs, `id="`+r.Name+`"`) {
			t.Errorf("the page of the interface does not show %s", r.Name)
		}
	}
	for _, foreign := range []string{"http://", "https://", "<script"} {
		if strings.Contains(docs, foreign) {
			t.Errorf("the page of the interface has %q", foreign)
		}
	}
}

func TestMetrics(t *testing.T) {
	_, server := newServer(t)
	for from, want := range map[string]int{"10.1.2.3:99": 200, "192.0.2.1:99": 401} {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://server/metrics", nil)
		q.RemoteAddr = from
		if w := serve(server, q); w.Code != want {
			t.Errorf("from %s: got %d, want %d", from, w.Code, want)
		}
		q.Header.Set("Authorization", "Bearer viewer")
		if w := serve(server, q); w.Code != 200 {
			t.Errorf("from %s, signed in: got %d", from, w.Code)
		}
	}
}
