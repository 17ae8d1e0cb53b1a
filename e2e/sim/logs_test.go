package sim_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/logs"
	"hawser/agent/run"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/bundle"
	"hawser/internal/fault"
)

// secrets that are planted on the nodes and on the server.
const (
	drbdSecret = "drbd-planted-Secret"
	smtpSecret = "smtp&planted\"Secret"
	cibSecret  = "cib-planted-Secret"
)

// TestLogBundle collects a bundle of three nodes, one of which is off: what the two others and the server have is there, without
// any secret, and the index says why there is nothing of the third.
func TestLogBundle(t *testing.T) {
	need(t)
	dir := t.TempDir()
	said := func(who string, secrets ...string) string {
		var b strings.Builder
		for _, s := range secrets {
			fmt.Fprintf(&b, "%s said %s and %s\n", who, s, base64.StdEncoding.EncodeToString([]byte(s)))
		}
		return b.String() + who + ": all is well\n"
	}
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t), Machine: func(node string) logs.Machine {
		root := filepath.Join(dir, "roots", node)
		for name, text := range map[string]string{"etc/drbd.d/r0.res": "shared-secret \"" + drbdSecret + "\";\n", "etc/corosync/authkey": "authkey-planted-Secret"} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700); err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
				t.Error(err)
			}
		}
		f := &run.Fake{}
		f.Program("journalctl", func(context.Context, run.Command) run.Output {
			return run.Output{Stdout: []byte(said(node, drbdSecret, smtpSecret, cibSecret))}
		})
		return logs.Machine{Runner: f, Root: root}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	const cluster = "demo"
	path := map[string]string{"cluster": cluster}
	do := func(r client.Request, out any) {
		t.Helper()
		if err := s.API.Do(t.Context(), r, out); err != nil {
			t.Fatal(err)
		}
	}
	password := smtpSecret
	do(client.Request{Route: "channel.create", Body: api.NewChannel{Name: "ops", ChannelForm: api.ChannelForm{
		Kind: api.ChannelMail, Language: "en",
		Mail: &api.MailSettings{Server: "mail.example", Port: 25, Security: "starttls", Sender: "ha@site.example", Login: "ha", Password: &password, Recipients: []string{"ops@site.example"}},
	}}}, nil)
	if _, err := s.Do(t.Context(), client.Request{Route: "node.attributes", Path: map[string]string{"cluster": cluster, "node": "n1"}, Body: api.ValueChange{Set: map[string]string{"db_password": cibSecret}}}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "server", "log"), 0o700); err != nil {
		t.Fatal(err)
	}
	line := "time=" + time.Now().UTC().Format(time.RFC3339Nano) + " level=INFO msg=" + strings.ReplaceAll(said("server", smtpSecret, cibSecret), "\n", " ") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "server", "log", "server.log"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}

	// What is wrong is refused before anything is asked of a node.
	now := time.Now().UTC()
	for reason, n := range map[string]api.NewLogBundle{
		"logs.future":    {Since: now.Add(time.Hour), Until: now.Add(2 * time.Hour)},
		"logs.backwards": {Since: now, Until: now.Add(-time.Hour)},
		"logs.too_long":  {Since: now.AddDate(0, -1, 0)},
		"node.unknown":   {Nodes: []string{"n1", "nobody"}},
		"field.repeated": {Nodes: []string{"n1", "n1"}},
	} {
		err := s.API.Do(t.Context(), client.Request{Route: "logs.collect", Path: path, Body: n}, nil)
		f := fault.Public(err)
		if f.Code != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Reason == reason }) {
			t.Errorf("%s: %v", reason, err)
		}
	}

	if err := s.Node("n3").PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server to know that n3 is off", func() bool { return connected(t, s) == 2 })
	var b api.LogBundle
	do(client.Request{Route: "logs.collect", Path: path, Body: api.NewLogBundle{}}, &b)
	one := map[string]string{"cluster": cluster, "bundle": b.ID}
	eventually(t, "the bundle", func() bool {
		do(client.Request{Route: "logs.show", Path: one}, &b)
		return b.State != api.LogCollecting
	})
	if b.State != api.LogReady || b.Nodes[0].State != api.LogDone || b.Nodes[2].State != api.LogFailed || b.Nodes[2].Fault.Reason != "host.unreachable" {
		t.Fatalf("bundle: %+v", b)
	}

	var file bytes.Buffer
	if _, err := s.API.Download(t.Context(), client.Request{Route: "logs.download", Path: one}, 0, b.SHA256, &file); err != nil {
		t.Fatal(err)
	}
	var rest bytes.Buffer
	if _, err := s.API.Download(t.Context(), client.Request{Route: "logs.download", Path: one}, 1000, b.SHA256, &rest); err != nil || !bytes.Equal(rest.Bytes(), file.Bytes()[1000:]) {
		t.Errorf("the rest after 1000 bytes: %d bytes, %v", rest.Len(), err)
	}
	if _, err := s.API.Download(t.Context(), client.Request{Route: "logs.download", Path: one}, 1000, "another", &rest); fault.Public(err).Reason != "logs.file_differs" {
		t.Errorf("the rest of another file: %v", err)
	}
	files := map[string]string{}
	if err := bundle.Read(t.Context(), &file, 1<<30, func(name string, _ int64, r io.Reader) error {
		data, err := io.ReadAll(r)
		files[name] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		for _, secret := range []string{drbdSecret, cibSecret, smtpSecret, "authkey-planted", base64.StdEncoding.EncodeToString([]byte(smtpSecret)), base64.StdEncoding.EncodeToString([]byte(cibSecret)), base64.StdEncoding.EncodeToString([]byte(drbdSecret)), "PRIVATE KEY-----\nM"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %s", name, secret)
			}
		}
	}
	for name, want := range map[string]string{
		"index.html": "n3", "manifest.json": `"host.unreachable"`, "nodes/n1/journal/cluster.log": "n1: all is well", "nodes/n2/cib.xml": "<resources>", "nodes/n1/etc/drbd.d/r0.res": `"***"`,
		"server/server.log": "all is well", "server/events.jsonl": "node.", "server/operations.jsonl": "cluster.create", "server/revisions.jsonl": "resource.create", "server/cluster.json": cluster, "server/server.yaml": "dataDir",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s has no %s: %.300s", name, want, files[name])
		}
	}
	if strings.Contains(files["nodes/n3/cib.xml"], "cib") {
		t.Error("a node that is off has a CIB")
	}
	var m struct {
		Format  string
		Version int
		Nodes   []struct {
			Node, State string
			Entries     []struct{ Path, SHA256 string }
		}
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil || m.Format != "hawser-log-bundle" || m.Version != 1 || len(m.Nodes) != 3 {
		t.Errorf("manifest: %+v, %v", m, err)
	}
	for _, e := range m.Nodes[0].Entries {
		if e.Path != "" && files[e.Path] == "" && e.SHA256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
			t.Errorf("%s is in the manifest, and not in the bundle", e.Path)
		}
	}
	do(client.Request{Route: "logs.delete", Path: one}, nil)
	if left, err := os.ReadDir(filepath.Join(dir, "server", "bundles")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
