package cluster_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/bundle"
)

const (
	logsInstance = 244
	logsCluster  = "archive"
	// collectedWithin bounds a bundle with a node that hangs: the server gives an agent 15 s of silence and 20 s to come back.
	collectedWithin = 75 * time.Second
)

// TestLogs: secrets are planted wherever nodes and server can have them, and every log tells them. A bundle of three nodes, the agent of
// one of which is stopped in its tracks, has all that the others and the server know, no secret, and says why the third is missing.
func TestLogs(t *testing.T) {
	wider(t)
	s := ownStage(t, "logs", stage.Options{Instance: envOr("HAWSER_LOGS_INSTANCE", logsInstance), Nodes: []string{"n1", "n2", "n3"}})
	ctx := t.Context()
	h := &sick{s, t}
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, s)
		}
	})
	if err := s.Up(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateCluster(ctx, logsCluster, "balanced"); err != nil {
		t.Fatal(err)
	}
	planted := h.plant()
	// What the agents keep for mail while the server is away is there once the settings have reached them.
	h.wait("the settings of mail on the nodes", time.Minute, func(ctx context.Context) (bool, error) {
		_, err := s.Exec(ctx, "n1", "test", "-s", "/var/lib/hawser-agent/alarms.json")
		return err == nil, err
	})
	h.cli("resource", "move", logsCluster, "box", "n2")
	// The node that decides has what the scheduler was given; it stays.
	st, err := s.State(ctx, logsCluster)
	if err != nil {
		t.Fatal(err)
	}
	others := slices.DeleteFunc(slices.Clone(s.Nodes()), func(n string) bool { return n == st.DC })
	if len(others) != 2 {
		t.Fatalf("%q decides among %v", st.DC, s.Nodes())
	}
	off, hung := others[0], others[1]

	pid, err := s.AgentPID(ctx, hung)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	cont := func() {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Errorf("let the agent go on: %v", err)
		}
	}
	t.Cleanup(cont)
	file := filepath.Join(t.TempDir(), "archive.tar.zst")
	began := time.Now()
	h.cli("logs", "collect", logsCluster, "--since", "1h", "-o", file)
	took := time.Since(began)
	t.Logf("with an agent that hangs: %v", took.Round(time.Millisecond))
	if took > collectedWithin {
		t.Errorf("it took %v", took)
	}
	files := readBundle(t, file)
	h.noSecret(files, planted)
	h.complete(files, st.DC, off)
	if reason := missing(t, files, hung); reason != "host.unreachable" && reason != "command.no_answer" {
		t.Errorf("of %s it says %q", hung, reason)
	}

	// A download that was broken off is gone on with.
	var list []api.LogBundle
	if err := s.JSON(ctx, &list, "logs", "list", logsCluster); err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	again := file + ".again"
	if err := os.WriteFile(again+"."+list[0].ID+".part", data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	h.cli("logs", "download", logsCluster, list[0].ID, "-o", again)
	if whole, err := os.ReadFile(again); err != nil || string(whole) != string(data) {
		t.Errorf("gone on with: %d bytes, not %d: %v", len(whole), len(data), err)
	}
	cont()

	// A node without power is known to be away a moment later; until then it is one that does not answer. Fencing must not start it again.
	h.cli("cluster", "properties", logsCluster, "stonith-action=off")
	if _, err := s.Sandbox(ctx, "poweroff", off); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	h.cli("logs", "collect", logsCluster, "--since", "1h", "--node", st.DC, "--node", off, "-o", file+".off")
	t.Logf("with a node that is off: %v", time.Since(began).Round(time.Millisecond))
	files = readBundle(t, file+".off")
	h.noSecret(files, planted)
	h.complete(files, st.DC)
	if reason := missing(t, files, off); reason != "host.unreachable" && reason != "command.no_answer" {
		t.Errorf("of %s it says %q", off, reason)
	}
	if _, err := s.Sandbox(ctx, "poweron", off); err != nil {
		t.Error(err)
	}
}

// plant puts secrets wherever there are any, lets logs tell them, and returns them. Some stand there already: the keys of corosync
// and of the agents. What all nodes of a cluster share is told by each of them; its own key a node alone can tell.
func (s *sick) plant() []string {
	s.t.Helper()
	const (
		cibSecret  = "Planted-cib&<7>-Secret"
		drbdSecret = "Planted-drbd-Secret"
		smtpSecret = "Planted-smtp-Secret"
		sbdSecret  = "Planted-sbd-Secret"
	)
	keys := map[string]string{
		"/etc/pacemaker/authkey":               "Planted-remote-Secret",
		"/etc/hawser/diskhb.key":               "Planted-diskhb-Secret",
		"/var/lib/hawser/secrets/fence-test":   "Planted-fence-Secret",
		"/var/lib/pacemaker/lrm/secrets/x/key": "Planted-lrm-Secret",
	}
	planted := append([]string{cibSecret, drbdSecret, smtpSecret, sbdSecret}, slices.Sorted(maps.Values(keys))...)
	s.cli("resource", "create", logsCluster, "box", "ocf:pacemaker:Dummy", "passwd="+cibSecret)
	if _, err := s.CLIInput(s.t.Context(), []byte(smtpSecret), "channel", "set", "ops", "--kind", "mail", "--server", "mail.example", "--port", "587", "--security", "starttls",
		"--sender", "ha@site.example", "--recipient", "ops@site.example", "--login", "ha", "--password-file", "-", "--language", "en", "--from-nodes"); err != nil {
		s.t.Fatal(err)
	}
	for _, n := range s.Nodes() {
		files := map[string]string{
			"/etc/drbd.d/r0.res": "resource r0 {\n net {\n  shared-secret \"" + drbdSecret + "\";\n }\n}\n",
			"/etc/sysconfig/sbd": "SBD_PASSWORD='" + sbdSecret + "'\n",
		}
		maps.Copy(files, keys)
		for name, text := range files {
			s.sh(n, "mkdir -p "+filepath.Dir(name))
			if _, err := s.ExecInput(s.t.Context(), []byte(text), n, "tee", name); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	key, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s.on("n1", "base64", "/etc/corosync/authkey")), ""))
	if err != nil || len(key) < 128 {
		s.t.Fatalf("authkey of %d bytes: %v", len(key), err)
	}
	planted = append(planted, string(key))
	shared := planted
	for _, n := range s.Nodes() {
		own := slices.Clone(shared)
		var id struct{ Key string }
		if err := json.Unmarshal([]byte(s.on(n, "cat", "/var/lib/hawser-agent/identity.json")), &id); err != nil {
			s.t.Fatal(err)
		}
		for line := range strings.Lines(id.Key) {
			if !strings.HasPrefix(line, "-----") && len(line) > 20 {
				own = append(own, strings.TrimSpace(line))
			}
		}
		planted = append(planted, own[len(shared):]...)
		var told strings.Builder
		for _, secret := range own {
			for _, form := range spelled(secret) {
				if !strings.ContainsAny(form, "\x00\n") {
					fmt.Fprintf(&told, "somebody said %s aloud\n", form)
				}
			}
		}
		told.WriteString("login with password=Unknown-Secret-1 failed\nget {\"api_key\":\"Unknown-Secret-2\"}\nrun: fence_ipmilan -a 10.0.0.9 -l admin -p Unknown-Secret-3\nAuthorization: Bearer Unknown-Secret-4\nthe planted lines end here\n")
		for _, argv := range [][]string{{"systemd-cat", "-t", "planted"}, {"tee", "-a", "/var/log/pacemaker/pacemaker.log"}} {
			if _, err := s.ExecInput(s.t.Context(), []byte(told.String()), n, argv...); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return append(planted, "Unknown-Secret-")
}

// spelled are forms in which a secret may be told.
func spelled(secret string) []string {
	raw := []byte(secret)
	forms := []string{
		secret, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(secret), base64.StdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
	if quoted, err := json.Marshal(secret); err == nil && utf8.Valid(raw) { // of a key of any bytes JSON keeps but a few
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	return forms
}

func readBundle(t *testing.T, name string) map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := map[string]string{}
	if err := bundle.Read(t.Context(), f, 4<<30, func(name string, _ int64, r io.Reader) error {
		data, err := io.ReadAll(r)
		files[name] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func (s *sick) noSecret(files map[string]string, planted []string) {
	s.t.Helper()
	for name, text := range files {
		for _, secret := range planted {
			for _, form := range spelled(secret) {
				if at := strings.Index(text, form); at >= 0 {
					s.t.Errorf("%s has a secret: %q", name, text[max(0, at-60):min(len(text), at+40)])
				}
			}
		}
		if strings.Contains(name, "authkey") || strings.Contains(name, "identity") || strings.Contains(name, "secrets") || strings.HasSuffix(name, ".key") {
			s.t.Errorf("%s must not be there", name)
		}
	}
}

// complete says what is missing of nodes that answered, and of the server.
func (s *sick) complete(files map[string]string, nodes ...string) {
	s.t.Helper()
	want := map[string]string{
		"index.html": logsCluster, "server/server.log": "level=", "server/events.jsonl": "{", "server/operations.jsonl": "cluster.create", "server/revisions.jsonl": "resource.create",
	}
	for _, n := range nodes {
		for name, text := range map[string]string{
			"cib.xml": `name="passwd" value="***"`, "etc/corosync/corosync.conf": "nodelist", "etc/drbd.d/r0.res": `"***"`, "journal/cluster.log": "corosync", "journal/all.log": "the planted lines end here",
			"log/pacemaker/pacemaker.log": "pacemaker-", "state/crm_mon.txt": "box", "state/corosync-links.txt": "nodeid", "state/corosync-quorum.txt": "Quorate", "state/units.txt": "Id=corosync.service",
			"state/processes.txt": "corosync", "state/addresses.txt": "lo",
		} {
			want["nodes/"+n+"/"+name] = text
		}
	}
	for name, text := range want {
		if !strings.Contains(files[name], text) {
			s.t.Errorf("%s has no %q: %d bytes: %.200q", name, text, len(files[name]), files[name])
		}
	}
	inputs := 0
	for name := range files {
		if strings.Contains(name, "/pengine/") {
			inputs++
		}
	}
	if inputs == 0 {
		s.t.Error("no input of the scheduler is there: one of the nodes has decided")
	}
}

// missing is why a node is not in a bundle.
func missing(t *testing.T, files map[string]string, node string) string {
	t.Helper()
	var m struct {
		Nodes []struct {
			Node, State string
			Fault       struct{ Reason string }
		}
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil {
		t.Fatal(err)
	}
	for _, n := range m.Nodes {
		if n.Node == node && n.State == "failed" {
			if !strings.Contains(files["index.html"], node) {
				t.Errorf("the index does not name %s", node)
			}
			return n.Fault.Reason
		}
	}
	return ""
}
