package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/cli"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/words"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	time.Local = time.UTC // tables show local time
	os.Exit(m.Run())
}

// person is somebody at a command line: a home of their own, and a server.
type person struct {
	t        *testing.T
	server   *server
	config   string
	language string
	terminal bool
	typed    string            // what they type
	env      map[string]string // further variables
	screen   screen            // what the last command printed
}

// screen is what a command prints, to be read while it still runs.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Reset()
}

type result struct {
	code     int
	out, err string
}

func newPerson(t *testing.T, s *server) *person {
	return &person{t: t, server: s, config: filepath.Join(t.TempDir(), "home", "config.yaml"), language: "en"}
}

// signedIn is a person who has signed in.
func signedIn(t *testing.T) *person {
	p := newPerson(t, newServer(t))
	p.typed = password + "\n"
	if r := p.run("login", "--server", p.server.URL, "--ca-file", p.caFile(), "--user", "admin", "--password-stdin"); r.code != cli.ExitOK {
		t.Fatalf("login: %d %s", r.code, r.err)
	}
	p.typed = ""
	return p
}

func (p *person) caFile() string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func (p *person) runWith(ctx context.Context, args ...string) result {
	p.t.Helper()
	var err bytes.Buffer
	p.screen.clear()
	code := cli.Run(ctx, cli.Env{
		Args: args, Stdin: strings.NewReader(p.typed), Stdout: &p.screen, Stderr: &err, Terminal: p.terminal,
		Getenv: func(name string) string {
			switch name {
			case "HAWSER_CONFIG":
				return p.config
			case "LANG":
				return p.language
			}
			return p.env[name]
		},
	})
	return result{code, p.screen.String(), err.String()}
}

func (p *person) run(args ...string) result {
	p.t.Helper()
	return p.runWith(p.t.Context(), args...)
}

// must runs a command that has to succeed, and returns what it printed.
func (p *person) must(args ...string) string {
	p.t.Helper()
	r := p.run(args...)
	if r.code != cli.ExitOK {
		p.t.Fatalf("hawser %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// everyCommand is one call of each command, in an order that works on the fake.
var everyCommand = [][]string{
	{"whoami"},
	{"cluster", "list"},
	{"cluster", "show", "demo"},
	{"cluster", "create", "second", "--node", "m1=10.1.1.1,10.1.2.1", "--node", "m2=10.1.1.2,10.1.2.2", "--profile", "fast", "--property", "no-quorum-policy=stop"},
	{"cluster", "stop", "second"},
	{"cluster", "start", "second"},
	{"cluster", "restart", "second"},
	{"cluster", "properties", "demo", "maintenance-mode=true"},
	{"cluster", "properties", "demo"},
	{"cluster", "defaults", "demo", "resource.resource-stickiness=100", "operation.timeout=60s"},
	{"cluster", "defaults", "demo"},
	{"why", "demo", "pg"},
	{"check", "list", "demo"},
	{"check", "fix", "demo", "no_stickiness", "resource-stickiness", "-y"},
	{"whatif", "demo", "--restart", "pg", "--cleanup", "db@n1"},
	{"whatif", "demo", "--lose", "n1", "--fail", "pg@n1", "--steps"},
	{"whatif", "demo", "--promote", "data-clone@n2"},
	{"cluster", "destroy", "second", "--confirm", "second"},
	{"node", "list", "demo"},
	{"node", "show", "demo", "n1"},
	{"node", "add", "demo", "n3", "--address", "10.0.1.13,10.0.2.13"},
	{"node", "add", "demo", "r1", "--remote", "--address", "10.0.1.21", "--port", "3122"},
	{"node", "list", "demo"},
	{"node", "show", "demo", "r1"},
	{"node", "remove", "demo", "r1", "--yes"},
	{"node", "remove", "demo", "n3", "--yes"},
	{"node", "standby", "demo", "n1"},
	{"node", "list"},
	{"cluster", "list"},
	{"node", "unstandby", "demo", "n1"},
	{"node", "maintenance", "demo", "n1"},
	{"node", "unmaintenance", "demo", "n1"},
	{"node", "stop", "demo", "n2"},
	{"node", "start", "demo", "n2"},
	{"node", "fence", "demo", "n2", "--confirm", "n2"},
	{"node", "sync", "demo", "n2"},
	{"link", "list", "demo"},
	{"link", "add", "demo", "n1=10.0.3.11", "n2=10.0.3.12", "--priority", "5"},
	{"link", "edit", "demo", "1", "n2=10.0.2.22"},
	{"link", "remove", "demo", "1", "--yes"},
	{"diskhb", "show", "demo"},
	{"diskhb", "inspect", "demo", "/dev/mapper/hb"},
	{"diskhb", "enable", "demo", "/dev/mapper/hb"},
	{"diskhb", "disable", "demo", "--yes"},
	{"volume", "list", "demo"},
	{"volume", "show", "demo", "data"},
	{"volume", "check", "demo", "data", "n1=/dev/vg/data", "n2=/dev/vg/data"},
	{"volume", "parse", "testdata/data.res"},
	{"volume", "create", "demo", "data", "n1=/dev/vg/data", "n2=/dev/vg/data", "--destroy", "n2=ext4"},
	{"volume", "create", "demo", "data", "n1=/dev/vg/data", "n2=/dev/vg/data", "--driver", "mirror"},
	{"volume", "edit", "demo", "data", "--option", "net.max-buffers=8000"},
	{"volume", "promote", "demo", "data", "n2"},
	{"volume", "connect", "demo", "data", "n1"},
	{"volume", "disconnect", "demo", "data", "n1"},
	{"volume", "attach", "demo", "data", "n1"},
	{"volume", "detach", "demo", "data", "n1"},
	{"volume", "pause", "demo", "data", "n1"},
	{"volume", "resume", "demo", "data", "n1"},
	{"volume", "limit", "demo", "data", "n1", "50M"},
	{"volume", "verify", "demo", "data", "n1"},
	{"volume", "invalidate", "demo", "data", "n1", "--yes"},
	{"volume", "resolve", "demo", "data", "n1", "--confirm", "data"},
	{"volume", "delete", "demo", "data", "--confirm", "data"},
	{"timing", "show", "demo"},
	{"timing", "set", "demo", "--profile", "fast"},
	{"quorum", "show", "demo"},
	{"quorum", "plan", "demo", "--wait-for-all"},
	{"quorum", "edit", "demo", "--votes", "n1=2"},
	{"qdevice", "show", "demo"},
	{"qdevice", "plan", "demo", "arb"},
	{"qdevice", "set", "demo", "arb", "--address", "10.0.9.100"},
	{"qdevice", "remove", "demo", "--yes"},
	{"qdevice", "arbiter", "arb"},
	{"health", "show", "demo"},
	{"health", "set", "demo", "--move", "red"},
	{"health", "whatif", "demo", "--colour", "n2:mem=yellow"},
	{"health", "history", "demo", "n1"},
	{"health", "unset", "demo", "--yes"},
	{"resource", "list", "demo"},
	{"resource", "show", "demo", "vip"},
	{"resource", "create", "demo", "web", "systemd:nginx", "--op", "monitor:interval=10s,timeout=20s", "--group", "pg"},
	{"resource", "edit", "demo", "vip", "ip=10.0.0.101"},
	{"resource", "stop", "demo", "pg"},
	{"resource", "list", "demo"},
	{"resource", "start", "demo", "pg"},
	{"resource", "restart", "demo", "pg"},
	{"resource", "move", "demo", "pg", "n2"},
	{"resource", "cleanup", "demo", "pg"},
	{"resource", "unmanage", "demo", "pg"},
	{"resource", "manage", "demo", "pg"},
	{"constraint", "create", "demo", "order", "--first", "fence", "--then", "pg"},
	{"constraint", "edit", "demo", "order-fence-pg", "--order-kind", "Optional"},
	{"constraint", "create", "demo", "location", "--resource", "pg", "--score", "-INFINITY", "--rule", "pingd lt integer 1 or not_defined pingd"},
	{"constraint", "create", "demo", "colocation", "--set", "pg", "--set", "vip fence", "--score", "INFINITY"},
	{"constraint", "list", "demo"},
	{"attributes", "create", "demo", "resource_defaults", "--rule", "date-spec weekdays=6-7", "resource-stickiness=0"},
	{"attributes", "edit", "demo", "resource-defaults-rule", "resource-stickiness=50"},
	{"attributes", "list", "demo"},
	{"attributes", "delete", "demo", "resource-defaults-rule"},
	{"rule", "check", "pingd gt 0 and (date gt 2026-01-01 or #uname eq n1)"},
	{"service", "check", "demo", "kwdb", "n1=/dev/vg0/a", "n2=/dev/vg0/a", "--directory", "/var/lib/kwdb", "--address", "192.0.2.10/24"},
	{"service", "check", "demo", "kwdb", "n1=/dev/vg0/a", "n2=/dev/vg0/a", "--directory", "/var/lib/kwdb", "--address", "192.0.2.10/24", "--driver", "mirror"},
	{"service", "database", "demo", "kwdb", "n1=/dev/vg0/a", "n2=/dev/vg0/a", "--directory", "/var/lib/kwdb", "--address", "192.0.2.10/24"},
	{"service", "database", "demo", "kwdb", "n1=/dev/vg0/a", "n2=/dev/vg0/a", "--directory", "/var/lib/kwdb", "--address", "192.0.2.10/24", "--driver", "mirror"},
	{"service", "spread", "demo", "--service", "pg,web", "--working", "n1,n2"},
	{"tag", "create", "demo", "office", "--resource", "pg,vip"},
	{"tag", "list", "demo"},
	{"tag", "edit", "demo", "office", "--remove", "vip"},
	{"tag", "stop", "demo", "office"},
	{"tag", "start", "demo", "office"},
	{"tag", "delete", "demo", "office"},
	{"target", "list", "demo"},
	{"target", "set", "demo", "pg", "--rto-planned", "10", "--rto-unplanned", "60", "--rpo-planned", "0"},
	{"target", "list", "demo"},
	{"target", "set", "demo", "vip", "--rto-planned", "10"},
	{"budget", "demo"},
	{"budget", "demo", "pg"},
	{"target", "remove", "demo", "pg"},
	{"budget", "demo", "pg"},
	{"resource", "ban", "demo", "pg", "n1", "--lifetime", "2h"},
	{"resource", "clear", "demo", "pg"},
	{"resource", "place", "demo", "vip", "--group", "pg"},
	{"resource", "prefer", "demo", "pg", "--node", "n1,n2"},
	{"resource", "failback", "demo", "pg", "scheduled", "--hours", "2-3", "--weekdays", "6-7"},
	{"resource", "utilization", "demo", "vip", "memory=512"},
	{"resource", "utilization", "demo", "vip"},
	{"resource", "refresh", "demo", "pg"},
	{"node", "attribute", "demo", "n1", "rack=a1"},
	{"node", "attribute", "demo", "n1"},
	{"node", "utilization", "demo", "n1", "memory=4096"},
	{"node", "utilization", "demo", "n1"},
	{"cluster", "cleanup", "demo"},
	{"cluster", "failures", "demo"},
	{"constraint", "delete", "demo", "order-fence-pg"},
	{"resource", "delete", "demo", "pg"},
	{"agent", "list", "demo", "--match", "ipaddr"},
	{"agent", "show", "demo", "ocf:heartbeat:IPaddr2"},
	{"revision", "list", "demo"},
	{"revision", "show", "demo", "1"},
	{"revision", "revert", "demo", "1"},
	{"timeline", "demo", "--severity", "info", "--source", "event,decision", "--source", "audit"},
	{"logs", "collect", "demo", "--since", "2h", "--node", "n1", "--node", "n2", "-o", "-"},
	{"logs", "collect", "demo", "--no-wait"},
	{"logs", "list", "demo"},
	{"logs", "show", "demo", "b1"},
	{"logs", "download", "demo", "b1", "-o", "-"},
	{"logs", "delete", "demo", "b1"},
	{"event", "list"},
	{"alarm", "list", "--open"},
	{"alarm", "show", "7"},
	{"alarm", "ack", "7", "--note", "cable"},
	{"alarm", "silence", "demo", "--kind", "link.*", "--for", "2h", "--reason", "new switch"},
	{"alarm", "silences"},
	{"alarm", "unsilence", "1"},
	{"alarm", "resolve", "7"},
	{"channel", "set", "ops", "--server", "smtp.example.com", "--sender", "ha@example.com", "--recipient", "ops@example.com,chief@example.com", "--login", "ha", "--password-file", "testdata/secret"},
	{"channel", "set", "ops", "--port", "465", "--security", "tls", "--off"},
	{"channel", "set", "group", "--kind", "dingtalk", "--url", "https://hook.example/?access_token=x", "--secret-file", "testdata/secret"},
	{"channel", "show", "ops"},
	{"channel", "list"},
	{"channel", "test", "ops"},
	{"channel", "delete", "group", "--yes"},
	{"alert-rule", "list"},
	{"alert-rule", "set", "nights", "--severity", "critical", "--only-cluster", "demo", "--channel", "ops", "--wait", "30s"},
	{"alert-rule", "set", "nights", "--off"},
	{"alert-rule", "delete", "nights", "--yes"},
	{"message", "list", "--waiting"},
	{"message", "retry", "4"},
	{"message", "giveup", "4", "--yes"},
	{"operation", "list", "--limit", "1"},
	{"operation", "show", "op-1"},
	{"operation", "watch", "op-1"},
	{"host", "list"},
	{"host", "show", "n1"},
	{"host", "token"},
	{"host", "preflight", "new", "--node", "n1=10.0.1.11"},
	{"host", "revoke", "n1", "--yes"},
	{"user", "list"},
	{"user", "create", "li", "--role", "operator"},
	{"user", "edit", "li", "--role", "viewer"},
	{"user", "password", "li"},
	{"user", "password"},
	{"user", "delete", "li", "--yes"},
	{"totp", "setup"},
	{"totp", "recovery"},
	{"totp", "remove"},
	{"totp", "reset", "admin", "--yes"},
	{"session", "list"},
	{"session", "revoke", "0123456789abcdef"},
	{"token", "list"},
	{"token", "create", "ci", "--role", "viewer", "--only-cluster", "demo,second", "--days", "30"},
	{"token", "revoke", "fedcba9876543210"},
	{"access", "list"},
	{"access", "revoke", "fedcba9876543210"},
	{"policy", "show"},
	{"policy", "edit", "--min-length", "12", "--classes", "3", "--second-factor", "administrators", "--separation", "on"},
	{"audit", "list"},
	{"license", "status"},
	{"license", "request", "--customer", "Bank", "--nodes", "48"},
	{"license", "request", "--last"},
	{"license", "activate", "--from", "testdata/site.licence", "--dry-run"},
	{"license", "site", "--from", "testdata/site.licence"},
	{"license", "ukey"},
	{"license", "ukey", "--pin"},
	{"audit", "verify"},
	{"audit", "export"},
	{"demo", "show"},
	{"demo", "verify"},
	{"demo", "reset"},
	{"fence", "list"},
	{"fence", "levels", "--node", "n1", "--level", "fence", "--level", "pdu-a,pdu-b"},
	{"fence", "test", "n2", "--confirm", "n2"},
	{"evidence", "show"},
	{"sbd", "show"},
	{"sbd", "plan", "--device", "/dev/disk/by-id/a"},
	{"sbd", "set", "--device", "/dev/disk/by-id/a", "--path-timeout", "20"},
	{"sbd", "remove", "--yes"},
	{"ping", "create", "--address", "10.0.0.254", "--protect", "pg"},
	{"export", "demo"},
	{"apply", "-f", "testdata/demo.yaml", "--dry-run"},
	{"apply", "-f", "testdata/demo.yaml", "--yes"},
	{"revision", "diff", "demo", "1"},
	{"cluster", "properties", "demo", "--all"},
	{"cluster", "properties", "demo", "no-quorum-policy=ignore"},
	{"export", "demo", "--setup"},
	{"cluster", "migrate", "-f", "testdata/demo.yaml", "--map", "testdata/map.yaml"},
	{"cluster", "discover"},
	{"cluster", "adopt", "old"},
	{"node", "list", "old"},
	{"cluster", "remove", "demo", "--yes"},
	{"context", "list"},
	{"logout"},
}

// passwords are typed for every command; those that ask for none leave them.
const passwords = "first password\nsecond password\n"

// TestEveryCommand runs every command in both languages, compares what people see, and holds the commands to the routes: each
// route is called by a command, or says why not.
func TestEveryCommand(t *testing.T) {
	for _, language := range words.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := signedIn(t)
			p.language = language
			p.typed = passwords
			var seen strings.Builder
			for _, args := range everyCommand {
				r := p.run(args...)
				if r.code != cli.ExitOK {
					t.Fatalf("hawser %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
				}
				seen.WriteString("$ hawser " + strings.Join(args, " ") + "\n" + r.out + r.err + "\n")
			}
			got := strings.ReplaceAll(seen.String(), p.server.Listener.Addr().String(), "SERVER")
			if raw := regexp.MustCompile(`\b(cli|route|event|verdict|level)\.[a-z_.]+\b`).FindString(got); raw != "" {
				t.Errorf("a key without a sentence was printed: %s", raw)
			}
			golden(t, filepath.Join("testdata", language+".golden"), got)
			for _, r := range api.Routes {
				if !p.server.called[r.Name] && r.NoCLI == "" {
					t.Errorf("no command calls the route %s", r.Name)
				}
			}
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d (rewrite with -update)\ngot  %q\nwant %q", path, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d (rewrite with -update)", path, len(g), len(w))
}

// TestJSON holds the fields that scripts rely on.
func TestJSON(t *testing.T) {
	p := signedIn(t)
	for command, fields := range map[string][]string{
		"cluster list":   {"name", "verdict", "quorate", "nodes", "resources", "survives", "reasons", "online"},
		"node list":      {"name", "online", "standby", "maintenance", "resources"},
		"resource list":  {"id", "type", "agent", "role", "node", "managed", "failed"},
		"event list":     {"id", "kind", "severity", "args"},
		"revision list":  {"number", "author", "state", "differences"},
		"operation list": nil,
		"budget":         {"service", "events"},
	} {
		t.Run(command, func(t *testing.T) {
			out := p.must(append(strings.Fields(command), "-o", "json")...)
			var rows []map[string]any
			if err := json.Unmarshal([]byte(out), &rows); err != nil {
				t.Fatalf("not an array of objects: %v\n%s", err, out)
			}
			if fields != nil && len(rows) == 0 {
				t.Fatal("an empty array")
			}
			for _, f := range fields {
				if _, has := rows[0][f]; !has {
					t.Errorf("no field %s in %v", f, rows[0])
				}
			}
		})
	}
	var rows []struct{ Verdict string }
	if err := json.Unmarshal([]byte(p.must("cluster", "list", "-o", "json")), &rows); err != nil || rows[0].Verdict != "protected" {
		t.Errorf("verdict is %+v, err %v; want a plain word", rows, err)
	}
	if out := p.must("node", "list", "-o", "yaml"); !strings.HasPrefix(out, "- name: n1\n  kind: member\n  online: true\n") {
		t.Errorf("YAML does not look as people write it:\n%s", out)
	}
	var op api.Operation
	if err := json.Unmarshal([]byte(p.must("node", "standby", "n1", "-o", "json")), &op); err != nil || op.State != "succeeded" {
		t.Errorf("operation %+v, err %v; want it as it ended", op, err)
	}
}

// TestWhatIsSent holds the bodies that commands make of their arguments.
func TestWhatIsSent(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	file := filepath.Join(t.TempDir(), "service.yaml")
	for path, text := range map[string]string{
		secret: "hush\n",
		file:   "resource:\n  id: g\n  kind: group\n  members:\n  - {id: d, kind: primitive, agent: 'ocf:pacemaker:Dummy'}\nconstraints:\n- {id: l, kind: location, resource: g, node: n1, score: \"50\"}\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args  []string
		typed string
		want  string
	}{
		{
			[]string{"cluster", "create", "x", "--node", "n1=10.0.1.1,10.0.2.1", "--token", "700"},
			"",
			`cluster.create {"name":"x","nodes":[{"name":"n1","addresses":["10.0.1.1","10.0.2.1"]}],"timing":{"token":700},"autostart":true}`,
		},
		{
			[]string{"resource", "create", "vip2", "ocf:heartbeat:IPaddr2", "ip=10.0.0.7", "--op", "monitor:interval=10s,timeout=20s,on-fail=fence,start-delay=1s", "--meta", "priority=5", "--group", "pg"},
			"",
			`resource.create {"resource":{"id":"vip2","kind":"primitive","agent":"ocf:heartbeat:IPaddr2","parameters":{"ip":"10.0.0.7"},"meta":{"priority":"5"},"operations":[{"name":"monitor","interval":"10s","timeout":"20s","onFail":"fence","options":{"start-delay":"1s"}}]},"group":"pg"}`,
		},
		{
			[]string{"resource", "create", "demo", "f", "stonith:fence_ipmilan", "password=@" + secret, "username=-", "lanplus=@@x"},
			"root\n",
			`resource.create {"resource":{"id":"f","kind":"primitive","agent":"stonith:fence_ipmilan","parameters":{"lanplus":"@x","password":"hush","username":"root"}}}`,
		},
		{
			[]string{"resource", "create", "p", "ocf:pacemaker:ping", "host_list=10.0.0.1", "--clone"},
			"",
			`resource.create {"resource":{"id":"p-clone","kind":"clone","members":[{"id":"p","kind":"primitive","agent":"ocf:pacemaker:ping","parameters":{"host_list":"10.0.0.1"}}]}}`,
		},
		{
			[]string{"resource", "create", "demo", "-f", file},
			"",
			`resource.create {"resource":{"id":"g","kind":"group","members":[{"id":"d","kind":"primitive","agent":"ocf:pacemaker:Dummy"}]},"constraints":[{"id":"l","kind":"location","resource":"g","node":"n1","score":"50"}]}`,
		},
		{
			[]string{"resource", "edit", "vip", "nic=eth0", "--unset", "ip", "--op", "monitor:timeout=40s", "--meta", "migration-threshold=3"},
			"",
			`resource.edit {"resource":{"id":"vip","kind":"primitive","agent":"ocf:heartbeat:IPaddr2","parameters":{"nic":"eth0"},"meta":{"migration-threshold":"3"},"operations":[{"name":"monitor","interval":"10s","timeout":"40s"}]},"version":{"adminEpoch":0,"epoch":0,"numUpdates":0}}`,
		},
		{[]string{"resource", "move", "pg"}, "", `resource.move {}`},
		{
			[]string{"link", "add", "n1=10.0.3.1", "n2=10.0.3.2", "--number", "0", "--ping-interval", "50", "--ping-timeout", "150"},
			"",
			`link.add {"number":0,"addresses":{"n1":"10.0.3.1","n2":"10.0.3.2"},"pingInterval":50,"pingTimeout":150}`,
		},
		{[]string{"link", "edit", "1", "--priority", "0"}, "", `link.edit {"priority":0}`},
		{
			[]string{"diskhb", "enable", "/dev/mapper/hb", "--prefix", "192.168.251.0/24", "--destroy", "ext4,gpt"},
			"",
			`diskhb.enable {"device":"/dev/mapper/hb","prefix":"192.168.251.0/24","destroy":["ext4","gpt"]}`,
		},
		{
			[]string{
				"volume", "create", "data", "n2=/dev/b", "n1=/dev/a", "--address", "n1=10.0.2.1", "--destroy", "n2=ext4,gpt", "--option", "net.max-buffers=8000",
				"--option", "disk.c-max-rate=", "--minor", "0", "--from", "n1", "--skip-sync",
			},
			"",
			`volume.create {"name":"data","replicas":[{"node":"n2","disk":"/dev/b","destroy":["ext4","gpt"]},{"node":"n1","disk":"/dev/a","address":"10.0.2.1"}],"minor":0,"options":{"disk":{"c-max-rate":""},"net":{"max-buffers":"8000"}},"sync":"skip","from":"n1"}`,
		},
		{[]string{"volume", "limit", "data", "n2", "50M"}, "", `volume.act {"action":"limit","node":"n2","limit":52428800}`},
		{[]string{"volume", "limit", "data", "n2", "auto"}, "", `volume.act {"action":"limit","node":"n2"}`},
		{[]string{"volume", "delete", "data", "--wipe", "--confirm", "data"}, "", `volume.delete {"wipe":true}`},
		{[]string{"volume", "resolve", "data", "n2", "--confirm", "data"}, "", `volume.resolve {"keep":"n2"}`},
		{
			[]string{"sbd", "set", "--watchdog", "/dev/watchdog0", "--watchdog", "n2=/dev/watchdog1"},
			"",
			`sbd.set {"devices":[],"watchdog":"/dev/watchdog0","watchdogs":{"n2":"/dev/watchdog1"}}`,
		},
		{
			[]string{"health", "set", "demo", "--move", "yellow", "--cpu", "yellow=70 lasts=30s", "--except", "pg"},
			"",
			`health.set {"move":"yellow","cpu":{"on":true,"yellow":70,"red":95,"lastsSeconds":30,"backSeconds":120,"margin":5},"mem":{"on":true,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":5},"disk":{"on":true,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":2},"nodes":[{"node":"n2","mem":{"on":false,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":5}}],"except":["pg"],"version":{"adminEpoch":0,"epoch":7,"numUpdates":0}}`,
		},
		{
			[]string{"health", "set", "demo", "--node", "n2", "--inherit", "mem", "--disk", "off"},
			"",
			`health.set {"move":"red","cpu":{"on":true,"yellow":80,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":5},"mem":{"on":true,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":5},"disk":{"on":true,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":2},"nodes":[{"node":"n2","disk":{"on":false,"yellow":85,"red":95,"lastsSeconds":60,"backSeconds":120,"margin":2}}],"version":{"adminEpoch":0,"epoch":7,"numUpdates":0}}`,
		},
		{
			[]string{"whatif", "demo", "--promote", "data-clone@n2", "--move", "pg"},
			"",
			`whatif.play {"move":[{"resource":"pg"},{"resource":"data-clone","node":"n2","promoted":true}]}`,
		},
		{
			[]string{"health", "whatif", "demo", "--colour", "n1:cpu=red"},
			"",
			`health.whatif {"colours":[{"node":"n1","kind":"cpu","colour":"red"}]}`,
		},
		{[]string{"timing", "set", "--token", "800", "--coefficient", "0"}, "", `timing.set {"profile":"custom","token":800,"tokenCoefficient":0}`},
		{
			[]string{"qdevice", "set", "arb", "--algorithm", "lms", "--tie-breaker", "n2", "--ping", "10.0.3.254,10.0.3.253"},
			"",
			`qdevice.set {"host":"arb","algorithm":"lms","tieBreaker":"n2","ping":["10.0.3.254","10.0.3.253"]}`,
		},
		{
			[]string{"quorum", "edit", "--votes", "n1=0", "--two-node=false", "--tie-breaker", "highest"},
			"",
			`quorum.edit {"votes":{"n1":0},"autoTieBreakerNode":"highest","twoNode":false}`,
		},
		{
			[]string{"constraint", "create", "location", "--resource", "pg", "--score", "-INFINITY", "--bool", "or", "--rule", "pingd lt integer 1", "--rule", "not_defined pingd"},
			"",
			`constraint.create {"id":"location-pg-rule","kind":"location","resource":"pg","rule":{"score":"-INFINITY","bool":"or","expressions":[{"attribute":"pingd","operation":"lt","value":"1","type":"integer"},{"attribute":"pingd","operation":"not_defined"}]}}`,
		},
		{
			[]string{"constraint", "create", "location", "--resource", "pg", "--score", "100", "--rule", "rack eq a or (date-spec hours=8-17 and defined ups)"},
			"",
			`constraint.create {"id":"location-pg-rule","kind":"location","resource":"pg","rule":{"score":"100","bool":"or","expressions":[{"attribute":"rack","operation":"eq","value":"a"},{"rule":{"bool":"and","expressions":[{"date":{"operation":"date_spec","spec":{"hours":"8-17"}}},{"attribute":"ups","operation":"defined"}]}}]}}`,
		},
		{
			[]string{"constraint", "create", "order", "--set", "a b sequential=false", "--set", "c action=promote"},
			"",
			`constraint.create {"id":"order-a-b-c","kind":"order","sets":[{"resources":["a","b"],"sequential":"false"},{"resources":["c"],"action":"promote"}]}`,
		},
		{[]string{"constraint", "edit", "c1", "--score", "200"}, "", `constraint.edit {"constraint":{"id":"c1","kind":"location","resource":"pg","node":"n1","score":"200"}}`},
		{
			[]string{"attributes", "create", "meta", "--resource", "vip", "--rule", "date gt 2026-01-01", "priority=5"},
			"",
			`attributes.create {"id":"vip-meta-rule","kind":"meta","resource":"vip","rule":{"expressions":[{"date":{"operation":"gt","start":"2026-01-01"}}]},"values":{"priority":"5"}}`,
		},
		{[]string{"resource", "move", "demo", "pg", "n2", "--lifetime", "8h"}, "", `resource.move {"node":"n2","lifetime":"8h"}`},
		{[]string{"resource", "ban", "demo", "pg", "n1"}, "", `resource.ban {"node":"n1"}`},
		{[]string{"resource", "place", "vip"}, "", `resource.place {}`},
		{[]string{"resource", "prefer", "pg", "--node", "n1,n2", "--only"}, "", `resource.prefer {"nodes":["n1","n2"],"only":true}`},
		{[]string{"resource", "failback", "pg", "scheduled", "--hours", "2-3"}, "", `resource.failback {"mode":"scheduled","hours":"2-3"}`},
		{[]string{"node", "attribute", "n1", "rack=a", "--unset", "b"}, "", `node.attributes {"set":{"rack":"a"},"unset":["b"]}`},
		{[]string{"service", "spread", "--service", "a,b", "--working", "n1,n2", "--standby", "n3"}, "", `service.spread {"services":["a","b"],"working":["n1","n2"],"standby":["n3"]}`},
		{[]string{"tag", "edit", "night", "--add", "vip", "--remove", "pg"}, "", `tag.edit {"resources":["fence","vip"],"version":{"adminEpoch":0,"epoch":0,"numUpdates":0}}`},
		{
			[]string{"resource", "create", "vip2", "@address", "ip=10.0.0.8"},
			"",
			`resource.create {"resource":{"id":"vip2","kind":"primitive","template":"address","parameters":{"ip":"10.0.0.8"}}}`,
		},
		{[]string{"cluster", "properties", "a=1", "b=2", "--unset", "c"}, "", `cluster.properties {"set":{"a":"1","b":"2"},"unset":["c"]}`},
		{[]string{"cluster", "defaults", "resource.migration-threshold=3", "operation.timeout=60s", "--unset", "resource.resource-stickiness"}, "", `defaults.set {"resource":{"set":{"migration-threshold":"3"},"unset":["resource-stickiness"]},"operation":{"set":{"timeout":"60s"}}}`},
		{[]string{"cluster", "stop", "--force"}, "", `cluster.stop {"force":true}`},
		{[]string{"node", "fence", "n2", "--action", "off", "--confirm", "n2"}, "", `node.fence {"action":"off","confirm":"n2"}`},
		{[]string{"fence", "levels", "demo", "--pattern", "^n", "--level", "a,b", "--level", "c"}, "", `fence.levels {"pattern":"^n","levels":[["a","b"],["c"]]}`},
		{[]string{"fence", "levels", "--node", "n1"}, "", `fence.levels {"node":"n1","levels":[]}`},
		{[]string{"fence", "test", "n2", "--device", "f", "--confirm", "n2", "--force"}, "", `fence.test {"node":"n2","device":"f","confirm":"n2","force":true}`},
		{[]string{"ping", "create", "--address", "10.0.0.1,10.0.0.2", "--protect", "pg", "--threshold", "2"}, "", `ping.create {"addresses":["10.0.0.1","10.0.0.2"],"protect":["pg"],"threshold":2}`},
		{[]string{"user", "password"}, "old one\nnew one\n", `password.change {"current":"old one","new":"new one"}`},
	} {
		t.Run(strings.Join(c.args[:2], " "), func(t *testing.T) {
			p := signedIn(t)
			p.typed = c.typed
			p.must(c.args...)
			if got := p.server.requests[len(p.server.requests)-1]; got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		with func(*person)
		code int
		says string
	}{
		{"UnknownCommand", []string{"cluster", "lsit"}, nil, cli.ExitUsage, "Did you mean list?"},
		{"UnknownFlag", []string{"cluster", "list", "--colour"}, nil, cli.ExitUsage, "There is no option --colour."},
		{"FlagWithoutValue", []string{"cluster", "list", "-o"}, nil, cli.ExitUsage, "--output needs a value."},
		{"FlagValue", []string{"event", "list", "--limit", "many"}, nil, cli.ExitUsage, "many is no value for --limit."},
		{"UnknownFormat", []string{"cluster", "list", "-o", "xml"}, nil, cli.ExitUsage, "There is no output format xml"},
		{"TooFewArguments", []string{"user", "create"}, nil, cli.ExitUsage, "hawser user create USER"},
		{"TooManyArguments", []string{"cluster", "list", "x"}, nil, cli.ExitUsage, "hawser cluster list"},
		{"ClusterTwice", []string{"node", "show", "demo", "n1", "-c", "demo"}, nil, cli.ExitUsage, "named twice"},
		{"InvalidSetup", []string{"cluster", "create", "a b", "--node", "42=x"}, nil, cli.ExitUsage, "nodes[0].addresses[0]: “x” is not an IP address."},
		{"BadPair", []string{"cluster", "create", "x", "--property", "novalue"}, nil, cli.ExitUsage, "“novalue” is not NAME=VALUE."},
		{"FileTypo", []string{"resource", "create", "-f", "testdata/typo.yaml"}, nil, cli.ExitUsage, "unknown field"},
		{"NotFound", []string{"cluster", "show", "nope"}, nil, cli.ExitNotFound, "Error:"},
		{"NoSuchService", []string{"budget", "demo", "none"}, nil, cli.ExitNotFound, "has no service none"},
		{"Conflict", []string{"cluster", "create", "demo", "--node", "n1=10.0.0.1"}, nil, cli.ExitConflict, "Error:"},
		{"UnknownContext", []string{"cluster", "list", "--context", "other"}, nil, cli.ExitNotFound, "There is no context other."},
		{"Anonymous", []string{"cluster", "list"}, func(p *person) { p.server.signedIn = false }, cli.ExitDenied, "hawser login"},
		{"NeverSignedIn", []string{"cluster", "list"}, func(p *person) { p.config += ".none" }, cli.ExitDenied, "No server is known yet."},
		{"ServerDown", []string{"cluster", "list"}, func(p *person) { p.server.Close() }, cli.ExitUnreachable, "does not answer: dial tcp"},
		{"OtherServer", []string{"cluster", "list"}, func(p *person) { p.env = map[string]string{"HAWSER_SERVER": "https://127.0.0.1:1"} }, cli.ExitUnreachable, "127.0.0.1:1 does not answer: dial tcp 127.0.0.1:1: connect: connection refused."},
		{"OperationFails", []string{"node", "standby", "n1"}, func(p *person) {
			p.server.failNext = fault.New(fault.Failed, "request.invalid", "crm_attribute: no such node")
		}, cli.ExitFailed, "everything is as before"},
		{"FinalUnasked", []string{"cluster", "remove", "demo"}, nil, cli.ExitUsage, "--yes"},
		{"DestroyUnconfirmed", []string{"cluster", "destroy", "demo", "--yes"}, nil, cli.ExitUsage, "--confirm demo"},
		{"FenceWrongName", []string{"node", "fence", "n1", "--confirm", "n2"}, nil, cli.ExitUsage, "--confirm n1"},
		{"TestWrongName", []string{"fence", "test", "n1", "--confirm", "n2"}, nil, cli.ExitUsage, "--confirm n1"},
		{"PingNothing", []string{"ping", "create"}, nil, cli.ExitUsage, "Required"},
		{"SaidNo", []string{"cluster", "stop"}, func(p *person) { p.terminal, p.typed = true, "n\n" }, cli.ExitUsage, "nothing was done"},
		{"Preflight", []string{"host", "preflight", "x", "--node", "bad=10.0.0.1"}, nil, cli.ExitFailed, "not ready"},
		{"RowsLost", []string{"demo", "verify"}, func(p *person) { p.server.demo.Lost = 3 }, cli.ExitFailed, "3 acknowledged rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := signedIn(t)
			if c.with != nil {
				c.with(p)
			}
			before := len(p.server.requests)
			r := p.run(c.args...)
			if r.code != c.code || !strings.Contains(r.err, c.says) {
				t.Errorf("exit code %d, want %d; it says %q, want %q in it", r.code, c.code, r.err, c.says)
			}
			if c.code == cli.ExitUsage && len(p.server.requests) != before {
				t.Errorf("sent %v although it was refused", p.server.requests[before:])
			}
		})
	}
}

// TestWhichCluster: a cluster that nobody names is the one of --cluster, of HAWSER_CLUSTER, or the only one.
func TestWhichCluster(t *testing.T) {
	p := signedIn(t)
	p.must("cluster", "create", "second", "--node", "m1=10.1.1.1")
	if r := p.run("node", "list"); r.code != cli.ExitUsage || !strings.Contains(r.err, "There are 2 clusters") {
		t.Errorf("two clusters, none named: %d %s", r.code, r.err)
	}
	if out := p.must("node", "list", "-c", "second"); !strings.Contains(out, "m1") {
		t.Errorf("--cluster is not heeded:\n%s", out)
	}
	p.env = map[string]string{"HAWSER_CLUSTER": "second"}
	if out := p.must("node", "show", "m1"); !strings.Contains(out, "m1") {
		t.Errorf("HAWSER_CLUSTER is not heeded:\n%s", out)
	}
}

// TestServerAway: a server that is restarted while an operation goes on costs a line, not the command.
func TestServerAway(t *testing.T) {
	p := signedIn(t)
	p.server.looked = func(_ string, looks int) {
		if looks == 2 {
			p.server.down = 2 // answers fail
		}
	}
	r := p.run("node", "standby", "demo", "n1")
	if r.code != cli.ExitOK || !strings.Contains(r.out, "done") || strings.Count(r.err, "does not answer") != 1 {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestInterrupted: Ctrl-C and --timeout end the watching, and say how to watch on.
func TestInterrupted(t *testing.T) {
	p := signedIn(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupt"))
	if r := p.runWith(ctx, "node", "standby", "demo", "n1"); r.code != cli.ExitInterrupted {
		t.Errorf("interrupted before it began: exit code %d", r.code)
	}
	r := p.run("node", "standby", "demo", "n1", "--timeout", "1ms")
	if r.code != cli.ExitTimeout || !strings.Contains(r.err, "hawser operation watch op-1") {
		t.Errorf("exit code %d, want %d; it says %q", r.code, cli.ExitTimeout, r.err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	p.server.looked = func(id string, looks int) {
		if id == "op-2" && looks == 2 { // it is being watched
			cancel(errors.New("interrupt"))
		}
	}
	r = p.runWith(ctx, "node", "standby", "demo", "n1")
	if r.code != cli.ExitInterrupted || !strings.Contains(r.err, "hawser operation watch op-2") {
		t.Errorf("exit code %d, want %d; it says %q", r.code, cli.ExitInterrupted, r.err)
	}
}

// TestProgressBar: at a terminal there is a bar, elsewhere not a single control character.
func TestProgressBar(t *testing.T) {
	p := signedIn(t)
	if r := p.run("node", "standby", "demo", "n1"); strings.ContainsAny(r.err, "\r\x1b") || !strings.Contains(r.err, "[commit]") {
		t.Errorf("not at a terminal: %q", r.err)
	}
	// What the agent does stands within the server's step: the heading comes first and names the node, once for all.
	if lines := strings.Split(p.run("node", "standby", "demo", "n1").err, "\n"); lines[0] != "… n1: heading" || lines[1] != "    … [plan] fake" {
		t.Errorf("not at a terminal: %q", lines)
	}
	p.terminal = true
	if r := p.run("node", "unstandby", "demo", "n1"); strings.Count(r.err, "✓ n1: heading") != 1 || !strings.Contains(r.err, "n1: heading: fake") {
		t.Errorf("at a terminal: %q", r.err)
	}
	p.terminal = true
	if r := p.run("node", "unstandby", "demo", "n1"); !strings.Contains(r.err, "50 %") || !strings.HasSuffix(r.err, "\n") && !strings.HasSuffix(r.err, "\x1b[K") {
		t.Errorf("at a terminal: %q", r.err)
	}
}

func TestCompletion(t *testing.T) {
	p := signedIn(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out := p.must("completion", shell); !strings.Contains(out, "hawser") || len(out) < 500 {
			t.Errorf("%s: %d bytes", shell, len(out))
		}
	}
	for want, args := range map[string][]string{
		"demo":                  {"node", "list", ""},
		"n2":                    {"node", "standby", "demo", "n"},
		"vip":                   {"resource", "show", "demo", "v"},
		"ocf:heartbeat:IPaddr2": {"agent", "show", "demo", "ocf"},
	} {
		if out := p.must(append([]string{"__complete"}, args...)...); !strings.Contains(out, want+"\n") {
			t.Errorf("%v: %q is not offered in\n%s", args, want, out)
		}
	}
}

// TestManual: the committed reference is what the program says.
func TestManual(t *testing.T) {
	for _, language := range words.Languages {
		want, err := os.ReadFile(filepath.Join("..", "docs", "manual", language, "cli.md"))
		if err != nil {
			t.Fatal(err)
		}
		if got := cli.Manual(language); got != string(want) {
			t.Errorf("docs/manual/%s/cli.md is not up to date: go run ./cli/cmd/gendoc", language)
		}
		if !strings.Contains(string(want), "resource create") {
			t.Error("the manual does not tell of resource create")
		}
	}
}

// TestHelp: the help of every command is in the person's language.
func TestHelp(t *testing.T) {
	p := newPerson(t, newServer(t))
	p.language = "zh_CN.UTF-8"
	for _, args := range [][]string{{}, {"help"}, {"--help"}, {"node"}, {"node", "standby", "--help"}, {"help", "resource", "create"}, {"cluster", "list", "--lang", "zh", "-h"}} {
		r := p.run(args...)
		if r.code != cli.ExitOK || !strings.Contains(r.out, "用法：") || strings.Contains(r.out, "Usage") || strings.Contains(r.out, "cli.") {
			t.Errorf("%v: exit code %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	if r := p.run("--version"); r.code != cli.ExitOK || !strings.HasPrefix(r.out, "hawser ") {
		t.Errorf("--version: %d %q", r.code, r.out)
	}
}
