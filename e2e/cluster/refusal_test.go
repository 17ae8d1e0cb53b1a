package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"sigs.k8s.io/yaml"

	"hawser/e2e/stage"
	"hawser/internal/api"
	apifault "hawser/internal/fault"
	"hawser/internal/words"
)

// refusal is bad input and how it must be refused: with the exit status of its kind, and words that name what is wrong: the
// field where there is one, and the thing. They are the same in both languages.
type refusal struct {
	name  string
	argv  []string
	stdin string
	code  int
	says  []string
}

// refused gives the product bad input through the command line, in both languages.
func refused(t *testing.T, s *stage.Stage, c refusal) {
	t.Helper()
	told := map[string]string{}
	for _, language := range words.Languages {
		_, err := s.CLIInput(t.Context(), []byte(c.stdin), append(slices.Clone(c.argv), "--lang", language)...)
		told[language] = refusedWith(t, err, c)
	}
	inBothLanguages(t, told)
}

// refusedWith checks the end of one program and returns what it said.
func refusedWith(t *testing.T, err error, c refusal) string {
	t.Helper()
	exit, ok := errors.AsType[*stage.ExitError](err)
	if !ok {
		t.Fatalf("not refused: %v", err)
	}
	if exit.Code != c.code {
		t.Errorf("exit status %d, want %d: %s", exit.Code, c.code, exit.Stderr)
	}
	for _, word := range c.says {
		if !strings.Contains(exit.Stderr, word) {
			t.Errorf("does not name %q: %s", word, exit.Stderr)
		}
	}
	return exit.Stderr
}

// inBothLanguages checks that what was said is a sentence of each language, and not one for both.
func inBothLanguages(t *testing.T, told map[string]string) {
	t.Helper()
	chinese := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	if !chinese(told[words.Chinese]) || chinese(told[words.English]) {
		t.Errorf("in Chinese %q, in English %q", told[words.Chinese], told[words.English])
	}
	t.Logf("%s\n%s", strings.TrimSpace(told[words.Chinese]), strings.TrimSpace(told[words.English]))
}

// unchanged does something and checks that no node's configuration is another afterwards, neither Pacemaker's nor corosync's,
// as the nodes themselves have it, and that the server has neither more clusters nor more revisions.
func unchanged(t *testing.T, s *stage.Stage, do func()) {
	t.Helper()
	look := func() map[string]string {
		seen := map[string]string{"revision": fmt.Sprint(newest(t, s).Number), "clusters": fmt.Sprint(len(list(t, s, "cluster", "list")))}
		for _, n := range s.Nodes() {
			for _, argv := range [][]string{
				{"cibadmin", "--query", "--scope", "configuration"},
				{"sha256sum", "/etc/corosync/corosync.conf", "/etc/corosync/authkey"},
			} {
				out, err := s.Exec(t.Context(), n, argv...)
				if err != nil {
					t.Fatal(err)
				}
				seen[n+": "+argv[0]] = string(out)
			}
		}
		return seen
	}
	before := look()
	do()
	for key, now := range look() {
		if now != before[key] {
			t.Errorf("%s was\n%s\nand is\n%s", key, before[key], now)
		}
	}
}

// TestRefusals gives the product bad input of every kind that the command line can give.
func TestRefusals(t *testing.T) {
	s := protected(t)
	oneMinute(t, s)
	active, err := s.Active(t.Context(), clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	a := s.Address
	// Where the service runs, a second address of the service network is on the same interface.
	overlap := active + "=" + s.Service(11+slices.Index(s.Nodes(), active)) + "," + s.Virtual()
	// Each value is as long as one may be; it is their number that makes the request too large.
	body := "resource:\n  id: large\n  kind: primitive\n  agent: ocf:heartbeat:Dummy\n  parameters:\n"
	for i := range 300 {
		body += fmt.Sprintf("    p%d: %s\n", i, strings.Repeat("x", 4000))
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	// Hosts tell of their addresses once a minute.
	if err := stage.Until(t.Context(), 75*time.Second, "virtual IP among the host's addresses", func(context.Context) (bool, error) {
		return strings.Contains(fmt.Sprint(row(t, list(t, s, "host", "list"), "name", active)["facts"]), s.Virtual()+"/"), nil
	}); err != nil {
		t.Fatal(err)
	}
	viewer, nobody := other(t, s, "viewer"), other(t, s, "nobody")
	signIn(t, s, viewer, "watcher")
	unchanged(t, s, func() {
		for _, c := range []refusal{
			{name: "cluster name that corosync refuses", argv: []string{"cluster", "create", "no spaces", "--node", "n1=" + a("n1", 0)}, code: 2, says: []string{"name: ", "no spaces"}},
			{name: "cluster name that is too long", argv: []string{"cluster", "create", "sixteen-letters-", "--node", "n1=" + a("n1", 0)}, code: 2, says: []string{"name: ", "15"}},
			{name: "cluster name that is taken", argv: []string{"cluster", "create", clusterName, "--node", "n1=" + a("n1", 0)}, code: 4, says: []string{"name", clusterName}},
			{name: "node name that Pacemaker refuses", argv: []string{"cluster", "create", "second", "--node", "n1 n2=" + a("n1", 0)}, code: 2, says: []string{"nodes[0].name"}},
			{name: "node name that is an option", argv: []string{"cluster", "create", "second", "--node=-n1=" + a("n1", 0)}, code: 2, says: []string{"nodes[0].name", "-n1"}},
			{name: "names that differ in case", argv: []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0), "--node", "N1=" + a("n2", 0)}, code: 2, says: []string{"nodes[1].name", "N1"}},
			{name: "node in another cluster", argv: []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0)}, code: 4, says: []string{"nodes[0].name", clusterName}},
			{name: "unknown host", argv: []string{"cluster", "create", "second", "--node", "n9=10.99.1.99"}, code: 2, says: []string{"nodes[0].name", "n9"}},
			{name: "unknown host as a new node", argv: []string{"node", "add", clusterName, "n9", "--address", "10.99.1.99", "--address", "10.99.2.99"}, code: 2, says: []string{"node.name", "n9"}},
			// The host is in a cluster already, too: that decides the status, and both are told.
			{name: "address of no interface", argv: []string{"cluster", "create", "second", "--node", "n1=10.99.99.99"}, code: 4, says: []string{"nodes[0].addresses[0]", "10.99.99.99"}},
			{name: "links in one network", argv: []string{"cluster", "create", "second", "--node", overlap}, code: 4, says: []string{"nodes[0].addresses[1]", s.Virtual()}},
			{name: "not an address", argv: []string{"cluster", "create", "second", "--node", "n1=10.99.99"}, code: 2, says: []string{"nodes[0].addresses[0]", "10.99.99"}},
			{name: "eight links", argv: []string{"cluster", "create", "second", "--node", "n1=10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8"}, code: 2, says: []string{"nodes[0].addresses"}},
			{name: "same address twice", argv: []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0) + "," + a("n1", 0)}, code: 2, says: []string{"nodes[0].addresses[1]", a("n1", 0)}},
			{name: "same address on two nodes", argv: []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0), "--node", "n2=" + a("n1", 0)}, code: 2, says: []string{"nodes[1].addresses[0]", a("n1", 0)}},
			{name: "unknown agent", argv: []string{"resource", "create", clusterName, "x", "ocf:heartbeat:NoSuchAgent"}, code: 2, says: []string{"resource.agent", "NoSuchAgent"}},
			{name: "missing parameter", argv: []string{"resource", "create", clusterName, "x", "ocf:heartbeat:IPaddr2"}, code: 2, says: []string{"resource.parameters.ip"}},
			{name: "ID that is taken", argv: []string{"resource", "create", clusterName, stage.Group, "ocf:heartbeat:Dummy"}, code: 4, says: []string{"id", stage.Group}},
			{name: "ID that XML refuses", argv: []string{"resource", "create", clusterName, "1st:resource", "ocf:heartbeat:Dummy"}, code: 2, says: []string{"id", "1st:resource"}},
			{name: "unknown resource", argv: []string{"resource", "stop", clusterName, "nobody"}, code: 3, says: []string{"nobody"}},
			{name: "unknown node", argv: []string{"node", "standby", clusterName, "n9"}, code: 3, says: []string{"n9"}},
			{name: "unknown cluster", argv: []string{"cluster", "show", "nowhere"}, code: 3, says: []string{"nowhere"}},
			{name: "destroy without the name", argv: []string{"cluster", "destroy", clusterName, "--confirm", "wrong"}, code: 2, says: []string{"confirm"}},
			{name: "body too large", argv: []string{"resource", "create", clusterName, "-f", large}, code: 2, says: []string{"1 MiB"}},
		} {
			t.Run(c.name, func(t *testing.T) { refused(t, s, c) })
		}
		t.Run("no permission", func(t *testing.T) {
			refused(t, viewer, refusal{argv: []string{"node", "standby", clusterName, active}, code: 5})
		})
		t.Run("not signed in", func(t *testing.T) {
			refused(t, nobody, refusal{argv: []string{"node", "standby", clusterName, active}, code: 5})
		})
	})
}

// other is the same stage with a command line of another user.
func other(t *testing.T, s *stage.Stage, name string) *stage.Stage {
	t.Helper()
	return s.As(filepath.Join(t.TempDir(), name+".yaml"))
}

// signIn makes a user who may only look, and signs them in on a command line of their own.
func signIn(t *testing.T, s, as *stage.Stage, user string) {
	t.Helper()
	password := []byte("only-" + rand.Text())
	firstPasswordsStay(t, s)
	if _, err := s.CLIInput(t.Context(), password, "user", "create", user, "--role", "viewer", "--password-stdin"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.CLI(context.WithoutCancel(t.Context()), "user", "delete", user); err != nil {
			t.Error(err)
		}
	})
	if _, err := as.CLIInput(t.Context(), password, "login", "--server", s.URL(), "--ca-file", s.CAFile(), "--user", user, "--password-stdin"); err != nil {
		t.Fatal(err)
	}
}

// TestRefusalsOverHTTP looks at the statuses that programs see, and at what the command line never sends: a change that was
// made from an older configuration.
func TestRefusalsOverHTTP(t *testing.T) {
	s := protected(t)
	as := other(t, s, "viewer")
	signIn(t, s, as, "watcher")
	admin, viewer := tokenOf(t, s), tokenOf(t, as)
	resource := "/api/v1/clusters/" + clusterName + "/resources/" + stage.Group + "-ip"
	var shown map[string]any
	if status, body := call(t, s, admin, http.MethodGet, resource, nil); status != http.StatusOK || json.Unmarshal(body, &shown) != nil {
		t.Fatalf("%d: %s", status, body)
	}
	config, _ := shown["config"].(map[string]any)
	seen, _ := shown["version"].(map[string]any)
	old := map[string]any{"adminEpoch": seen["adminEpoch"], "epoch": seen["epoch"].(float64) - 1, "numUpdates": 0}
	edit := map[string]any{"resource": config, "version": old}
	standby := "/api/v1/clusters/" + clusterName + "/nodes/" + s.Nodes()[0] + "/standby"
	unchanged(t, s, func() {
		for _, c := range []struct {
			name, token, method, path string
			body                      any
			status                    int
			reason, field             string
		}{
			{"stale revision", admin, http.MethodPut, resource, edit, 409, "config.changed_since", ""},
			{"body too large", admin, http.MethodPost, "/api/v1/clusters", map[string]any{"name": strings.Repeat("x", 2<<20)}, 413, "request.too_large", ""},
			{"no permission", viewer, http.MethodPost, standby, map[string]any{}, 403, "role.denied", ""},
			{"not signed in", "", http.MethodPost, standby, map[string]any{}, 401, "session.missing", ""},
			{"made-up session", "made-up", http.MethodPost, standby, map[string]any{}, 401, "session.expired", ""},
			{"no JSON", admin, http.MethodPost, "/api/v1/clusters", json.RawMessage(`{"name":`), 400, "request.not_json", ""},
			{"unknown field", admin, http.MethodPost, "/api/v1/clusters", map[string]any{"name": "second", "nodes": []any{}, "colour": "red"}, 400, "request.invalid", "colour"},
		} {
			t.Run(c.name, func(t *testing.T) {
				status, raw := call(t, s, c.token, c.method, c.path, c.body)
				var f apifault.Error
				if err := json.Unmarshal(raw, &f); err != nil {
					t.Fatalf("%d, no fault: %.200s", status, raw)
				}
				if status != c.status || c.reason != "" && f.Reason != c.reason {
					t.Errorf("status %d, reason %s; want %d, %s: %s", status, f.Reason, c.status, c.reason, raw)
				}
				if c.field != "" && !slices.ContainsFunc(f.Fields, func(x apifault.Field) bool { return strings.HasSuffix(x.Path, c.field) }) {
					t.Errorf("no field %s in %+v", c.field, f.Fields)
				}
				told := map[string]string{}
				for _, language := range words.Languages {
					told[language] = words.For(language).Fault(&f)
				}
				inBothLanguages(t, told)
			})
		}
	})
}

// tokenOf returns the token that a command line has got.
func tokenOf(t *testing.T, s *stage.Stage) string {
	t.Helper()
	raw, err := os.ReadFile(s.Config())
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Contexts []struct {
			Token string `json:"token"`
		} `json:"contexts"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil || len(file.Contexts) != 1 || file.Contexts[0].Token == "" {
		t.Fatalf("no token in %s, err %v", s.Config(), err)
	}
	return file.Contexts[0].Token
}

// call speaks to the interface as a program of somebody else's would.
func call(t *testing.T, s *stage.Stage, token, method, path string, body any) (int, []byte) {
	t.Helper()
	raw, err := json.Marshal(body)
	if b, ready := body.(json.RawMessage); ready {
		raw, err = b, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client, err := s.HTTP()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, got
}

func enrolmentToken(t *testing.T, s *stage.Stage, minutes int) api.EnrolmentToken {
	t.Helper()
	var got api.EnrolmentToken
	if err := s.JSON(t.Context(), &got, "host", "token", "--minutes", strconv.Itoa(minutes)); err != nil {
		t.Fatal(err)
	}
	return got
}

var expiring struct {
	once  sync.Once
	token api.EnrolmentToken
}

// oneMinute is a token that is good for a minute, the shortest there is. A test that runs before the one which needs it asks for it, too:
// then nobody waits for its end.
func oneMinute(t *testing.T, s *stage.Stage) api.EnrolmentToken {
	t.Helper()
	expiring.once.Do(func() { expiring.token = enrolmentToken(t, s, 1) })
	return expiring.token
}

// TestRefusedEnrolment tries to make a host a member with what is no token, or not of this server.
func TestRefusedEnrolment(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	node := s.Nodes()[0]
	expiring, good, used := oneMinute(t, s), enrolmentToken(t, s, 5), enrolmentToken(t, s, 5)
	// Beside the agent that runs there: its own enrolment is not touched.
	beside := "/var/tmp/hawser-beside.yaml"
	if _, err := s.ExecInput(ctx, []byte("stateDir: /var/tmp/hawser-beside\n"), node, "tee", beside); err != nil {
		t.Fatal(err)
	}
	enrol := func(language, token, ca string) error {
		_, err := s.ExecInput(ctx, []byte(token), node, "env", "LC_ALL="+language, "/opt/hawser/hawser-agent", "--config", beside,
			"enroll", "--server", good.Server, "--token-file", "-", "--ca-sha256", ca)
		return err
	}
	takeToken(t, s, used)
	hosts := func() string { return fmt.Sprint(len(list(t, s, "host", "list"))) }
	had := hosts()
	unchanged(t, s, func() {
		for _, c := range []struct {
			name, token, ca string
			code            int
			says            string
		}{
			{"wrong token", "made-up", good.CASHA256, 1, ""},
			{"used token", used.Token, good.CASHA256, 1, ""},
			{"wrong fingerprint", good.Token, strings.Repeat("ab", 32), 1, good.CASHA256},
			{"no fingerprint", good.Token, "abc", 2, ""},
			{"name that is enrolled", good.Token, good.CASHA256, 1, node},
			{"expired token", expiring.Token, good.CASHA256, 1, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				if c.token == expiring.Token {
					if err := stage.Until(ctx, 90*time.Second, "end of the token", func(context.Context) (bool, error) { return time.Now().After(expiring.Expires), nil }); err != nil {
						t.Fatal(err)
					}
				}
				told := map[string]string{}
				for language, locale := range map[string]string{words.Chinese: "zh_CN.UTF-8", words.English: "C.UTF-8"} {
					told[language] = refusedWith(t, enrol(locale, c.token, c.ca), refusal{code: c.code, says: []string{c.says}})
				}
				inBothLanguages(t, told)
			})
		}
	})
	if now := hosts(); now != had {
		t.Errorf("there were %s hosts, and are %s", had, now)
	}
	if err := s.WaitConnected(ctx, s.Nodes()...); err != nil {
		t.Error(err)
	}
}

// takeToken has another host use a token: this machine itself, which is revoked again.
func takeToken(t *testing.T, s *stage.Stage, token api.EnrolmentToken) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "agent.yaml")
	if err := os.WriteFile(config, []byte("stateDir: "+filepath.Join(dir, "state")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.Program("hawser-agent"), "--config", config, "enroll", "--server", token.Server, "--token-file", "-", "--ca-sha256", token.CASHA256)
	cmd.Stdin = strings.NewReader(token.Token)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	command(t, s, "host", "revoke", name)
}

// TestServerAway cuts the agents off from the server while a node dies: the cluster must deal with it alone, and the server must
// hear of it afterwards.
func TestServerAway(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	t.Cleanup(func() { // whatever came of it, the tests that follow are owed a server and all nodes
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := errors.Join(s.StartServer(ctx), powerOn(ctx, s, active)); err != nil {
			t.Error(err)
		}
	})
	struck := time.Now()
	if err := s.KillServer(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "poweroff", active); err != nil {
		t.Fatal(err)
	}
	survivor := s.Nodes()[0]
	if survivor == active {
		survivor = s.Nodes()[1]
	}
	if err := stage.Until(ctx, time.Minute, "service taken over without a server", func(ctx context.Context) (bool, error) {
		out, err := s.Exec(ctx, survivor, "crm_resource", "--quiet", "--locate", "--resource", stage.Group+"-ip")
		where := strings.TrimSpace(string(out))
		return err == nil && where != "" && where != active, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.StartServer(ctx); err != nil {
		t.Fatal(err)
	}
	if err := powerOn(ctx, s, active); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
	var events []api.Event
	if err := stage.Until(ctx, 30*time.Second, "the node's end in the time line", func(ctx context.Context) (bool, error) {
		if err := s.JSON(ctx, &events, "event", "list", "--cluster", clusterName); err != nil {
			return false, err
		}
		told := map[string]int{}
		for _, e := range events {
			if e.At.After(struck) {
				told[e.Kind+" "+e.Args["node"]]++
			}
		}
		return told["node.lost "+active] == 1 && told["node.fenced "+active] == 1, nil
	}); err != nil {
		t.Fatalf("%v\n%+v", err, events)
	}
	if err := s.NeverTwo(ctx); err != nil {
		t.Error(err)
	}
}
