package logs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/logs"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/bundle"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

var (
	now   = time.Date(2026, 11, 29, 15, 0, 0, 0, time.Local)
	since = now.Add(-2 * time.Hour)
)

// secret is one that is planted, under the name of the place where it is.
func secret(place string) string { return "S3cret&" + place + `"<pl>'nted` }

type node struct {
	t      *testing.T
	root   string
	state  string
	run    *run.Fake
	cib    string
	inputs map[string]string
}

func newNode(t *testing.T) *node {
	n := &node{t: t, root: t.TempDir(), state: t.TempDir(), run: &run.Fake{}, inputs: map[string]string{}}
	return n
}

func (n *node) CIB(context.Context) ([]byte, error) {
	if n.cib == "" {
		return nil, errors.New("not running")
	}
	return []byte(n.cib), nil
}

func (n *node) Inputs(context.Context) ([]pacemaker.Input, error) {
	var list []pacemaker.Input
	for name := range n.inputs {
		list = append(list, pacemaker.Input{Name: name, Written: now.Add(-time.Minute)})
	}
	return list, nil
}

func (n *node) Input(_ context.Context, name string) ([]byte, error) {
	return []byte(n.inputs[name]), nil
}

func (n *node) file(name string, text string) {
	n.t.Helper()
	path := filepath.Join(n.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	if err := os.Chtimes(path, now, now); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) prints(name, text string) {
	n.run.Program(name, func(context.Context, run.Command) run.Output { return run.Output{Stdout: []byte(text)} })
}

func (n *node) collect(q logs.Request) (part logs.Part, files map[string]string) {
	n.t.Helper()
	c := logs.New(logs.Options{Machine: logs.Machine{Runner: n.run, Root: n.root}, Cluster: n, StateDir: n.state, Now: func() time.Time { return now }})
	files = map[string]string{}
	part, err := c.Collect(n.t.Context(), q, func(string, int, int) {}, func(p logs.Part) error {
		f, err := os.Open(p.File)
		if err != nil {
			return err
		}
		defer f.Close()
		return bundle.Read(n.t.Context(), f, 1<<40, func(name string, _ int64, r io.Reader) error {
			data, err := io.ReadAll(r)
			files[name] = string(data)
			return err
		})
	})
	if err != nil {
		n.t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(n.state, "bundle", "*")); err != nil || len(left) > 0 {
		n.t.Errorf("left behind: %v, %v", left, err)
	}
	return part, files
}

func span() logs.Request {
	return logs.Request{Since: since, Until: now, SourceBytes: ha.LogSourceBytes, NodeBytes: ha.LogNodeBytes}
}

func (n *node) fill() {
	n.cib = `<cib><configuration><resources><primitive id="fence"><instance_attributes id="i"><nvpair id="p" name="passwd" value="` + xmlText(secret("cib")) + `"/></instance_attributes></primitive></resources></configuration></cib>`
	n.inputs["pe-input-7.bz2"] = `<cib><nvpair id="p" name="password" value="` + xmlText(secret("input")) + `"/><nvpair id="q" name="ip" value="10.0.0.100"/></cib>`
	n.file("/etc/corosync/corosync.conf", "totem {\n  token: 3000\n  cluster_name: demo\n}\n")
	n.file("/etc/corosync/authkey", string(binaryKey('c')))
	n.file("/etc/pacemaker/authkey", string(binaryKey('p')))
	n.file("/etc/hawser/diskhb.key", string(binaryKey('d')))
	n.file("/var/lib/hawser/secrets/fence-1", secret("fence"))
	n.file("/var/lib/pacemaker/lrm/secrets/db/passwd", secret("lrm"))
	n.file("/etc/drbd.d/r0.res", "resource r0 {\n net {\n  cram-hmac-alg sha1;\n  shared-secret \"drbd-shared-Secret\";\n }\n}\n")
	n.file("/etc/sysconfig/sbd", "SBD_DEVICE=/dev/sdb\nSBD_PASSWORD='sbd-Secret'\n")
	n.file("/etc/fstab", "//nas/x /mnt cifs username=u,password=fstab-Secret,vers=3 0 0\n")
	identity, _ := json.Marshal(map[string]string{"host": "h1", "key": pemKey, "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"})
	alarms, _ := json.Marshal(map[string]any{"channels": []any{map[string]any{"Secrets": map[string]string{"password": secret("smtp"), "url": "https://hooks/send?key=hook-Secret"}}}})
	for name, data := range map[string][]byte{"identity.json": identity, "alarms.json": alarms, "health.json": []byte(`{"samples":1}`)} {
		if err := os.WriteFile(filepath.Join(n.state, name), data, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	// Programs say everything that they should not.
	var told strings.Builder
	for _, s := range planted() {
		for _, form := range []string{s, base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s)), xmlText(s)} {
			fmt.Fprintf(&told, "2026-11-29T14:00:00+0000 n1 daemon[1]: said %s.\n", form)
		}
	}
	told.WriteString("2026-11-29T14:00:00+0000 n1 app[1]: login password=unknown-Secret1 failed\n2026-11-29T14:00:00+0000 n1 app[1]: {\"token\":\"unknown-Secret2\"}\n" +
		"2026-11-29T14:00:00+0000 n1 sudo[1]: COMMAND=/usr/sbin/fence_ipmilan -a 10.0.0.9 -p unknown-Secret3\n2026-11-29T14:00:00+0000 n1 app[1]: Authorization: Basic dW5rbm93bi1TZWNyZXQ0\n" +
		"2026-11-29T14:00:00+0000 n1 app[1]: all is well\n")
	for _, p := range []string{"journalctl", "crm_mon", "corosync-cmapctl", "drbdsetup", "stonith_admin"} {
		n.prints(p, told.String())
	}
	n.file("/var/log/pacemaker/pacemaker.log", "Nov 28 09:00:00.000 n1 pacemaker-based [1] info: long ago\nNov 29 14:30:00.000 n1 pacemaker-based [1] info: +  /cib/configuration/resources/primitive[@id='f']/instance_attributes[@id='f-ia']/nvpair[@id='f-instance_attributes-passwd']:  @value=unknown-Secret5\n  of the same line\n"+
		told.String())
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("Nov 29 13:10:00 n1 corosync[2]: rotated, secret: unknown-Secret6\n"))
	_ = z.Close()
	n.file("/var/log/cluster/corosync.log-20261129.gz", packed.String())
}

func binaryKey(seed byte) []byte {
	key := make([]byte, 128)
	for i := range key {
		key[i] = seed ^ byte(i*37)
	}
	return key
}

const pemKey = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgplantedplanted\nhRANCAAQplantedplantedplantedplanted\n-----END PRIVATE KEY-----\n"

func planted() []string {
	list := []string{
		secret("cib"), secret("input"), secret("fence"), secret("lrm"), secret("smtp"), "drbd-shared-Secret", "sbd-Secret", "fstab-Secret", "hook-Secret",
		string(binaryKey('c')), string(binaryKey('p')), string(binaryKey('d')),
	}
	for line := range strings.Lines(pemKey) {
		if !strings.HasPrefix(line, "-----") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// TestNoSecret plants secrets in every place that has any, lets every log tell all of them in every spelling, and looks for them in
// what comes out.
func TestNoSecret(t *testing.T) {
	n := newNode(t)
	n.fill()
	part, files := n.collect(span())
	listed, err := json.Marshal(part.Entries)
	if err != nil {
		t.Fatal(err)
	}
	files["what is told of it"] = string(listed)
	searched := 0
	for name, text := range files {
		for _, s := range planted() {
			raw := []byte(s)
			for _, form := range []string{
				s, xmlText(s), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
			} {
				searched++
				if strings.Contains(text, form) {
					t.Errorf("%s has %q", name, form)
				}
			}
		}
		for _, unknown := range []string{"unknown-Secret", "dW5rbm93bi1TZWNyZXQ0", "authkey\x00"} {
			if strings.Contains(text, unknown) {
				at := strings.Index(text, unknown)
				t.Errorf("%s has %s", name, text[at:min(len(text), at+40)])
			}
		}
		if strings.Contains(name, "authkey") || strings.HasSuffix(name, ".key") || strings.Contains(name, "identity") || strings.Contains(name, "alarms") || strings.Contains(name, "secrets") {
			t.Errorf("%s must not be there", name)
		}
	}
	if searched < 1000 {
		t.Errorf("only %d searches", searched)
	}
	// What is no secret is there: a bundle from which everything is taken proves nothing.
	for name, want := range map[string]string{
		"cib.xml": `name="passwd" value="***"`, "etc/corosync/corosync.conf": "token: 3000", "etc/drbd.d/r0.res": `shared-secret "***"`, "journal/cluster.log": "all is well",
		"log/pacemaker/pacemaker.log": "of the same line", "log/cluster/corosync.log-20261129": "rotated, secret: ***", "state/crm_mon.txt": "all is well", "state/drbd-show.txt": "all is well",
		"agent/health.json": "samples", "pengine/" + now.Add(-time.Minute).UTC().Format("20060102T150405Z") + "-pe-input-7.xml": `value="10.0.0.100"`, "etc/sysconfig/sbd": "SBD_DEVICE=/dev/sdb",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s has no %s:\n%.500s", name, want, files[name])
		}
	}
	if strings.Contains(files["log/pacemaker/pacemaker.log"], "long ago") {
		t.Error("a line from before the span is there")
	}
	for _, c := range n.run.Seen() {
		if slices.ContainsFunc(planted(), func(s string) bool { return strings.Contains(c.String(), s) }) {
			t.Errorf("a secret is in the arguments of %s", c)
		}
	}
}

// TestLimits: a source that has too much is cut and says so; what has no room is named.
func TestLimits(t *testing.T) {
	n := newNode(t)
	n.fill()
	n.prints("journalctl", strings.Repeat("2026-11-29T14:00:00+0000 n1 app[1]: one of very many lines\n", 20_000))
	q := span()
	n.file("/var/log/messages", "Nov 29 14:00:00 n1 app: nothing that is not in the journal\n")
	q.SourceBytes, q.NodeBytes = 256<<10, 600<<10
	part, files := n.collect(q)
	total := 0
	for name, text := range files {
		total += len(text)
		if len(text) > int(q.SourceBytes) {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
	if total > int(q.NodeBytes) {
		t.Errorf("%d bytes in all", total)
	}
	cut, full := false, false
	for _, e := range part.Entries {
		cut = cut || e.Path == "journal/cluster.log" && e.Cut
		full = full || e.Fault != nil && e.Fault.Reason == "logs.node_full"
	}
	if !cut || !full {
		t.Errorf("cut %v, full %v: %+v", cut, full, part.Entries)
	}
	if text := files["journal/cluster.log"]; !strings.HasSuffix(text, "lines\n") {
		t.Errorf("a line is cut in two: %q", text[max(0, len(text)-60):])
	}
}

// TestFailures: a program that fails, hangs or is missing is named, and holds nothing up.
func TestFailures(t *testing.T) {
	n := newNode(t)
	n.file("/etc/drbd.d/r0.res", "shared-secret \"drbd-shared-Secret\";\n")
	n.run.Program("crm_mon", func(context.Context, run.Command) run.Output {
		return run.Output{Code: 102, Stderr: []byte("x\ncannot connect with drbd-shared-Secret\n"), Stdout: []byte("so far\n")}
	})
	if err := os.MkdirAll(filepath.Join(n.root, "/var/log/cluster"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(n.root, "/var/log/cluster/a.log")); err != nil {
		t.Fatal(err)
	}
	part, files := n.collect(span())
	reasons := map[string]string{}
	for _, e := range part.Entries {
		if e.Fault != nil {
			reasons[strings.Fields(e.Source)[0]] = e.Fault.Reason
			if strings.Contains(fmt.Sprint(e.Fault.Args, e.Fault.Message), "drbd-shared-Secret") {
				t.Errorf("a secret is in the reason: %v", e.Fault)
			}
		}
	}
	if reasons["crm_mon"] != "logs.command_failed" || reasons["ss"] != "logs.no_program" || reasons["CIB"] != "logs.not_running" || reasons["/var/log/cluster/a.log"] != "logs.source_failed" {
		t.Errorf("reasons: %v", reasons)
	}
	if files["state/crm_mon.txt"] != "so far\n" {
		t.Errorf("what a program printed before it failed: %q", files["state/crm_mon.txt"])
	}
	if _, there := files["state/sockets.txt"]; there {
		t.Error("a program that is not there has a file")
	}
}

// TestOddNames: a log that is there packed and unpacked, and one whose name cannot be in a bundle, cost nothing else.
func TestOddNames(t *testing.T) {
	n := newNode(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, "2026-11-29T14:00:00+00:00 packed\n"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	n.file("/var/log/pacemaker/pacemaker.log.1", "an older line\n")
	n.file("/var/log/pacemaker/pacemaker.log.1.gz", packed.String())
	n.file(`/var/log/drbd\x2d1.log`, "never\n")
	n.file("/var/log/messages", "a message\n")
	part, files := n.collect(span())
	for name, want := range map[string]string{"log/pacemaker/pacemaker.log.1": "an older line\n", "log/pacemaker/pacemaker.log.1.gz.txt": "2026-11-29T14:00:00+00:00 packed\n", "log/messages": "a message\n"} {
		if files[name] != want {
			t.Errorf("%s: got %q, want %q", name, files[name], want)
		}
	}
	if !slices.ContainsFunc(part.Entries, func(e ha.LogEntry) bool {
		return strings.HasPrefix(e.Source, "/var/log/drbd") && e.Path == "" && e.Fault != nil
	}) {
		t.Errorf("nothing is said of the odd name: %+v", part.Entries)
	}
}

// TestRefused: by the node too, for it knows its own disk.
func TestRefused(t *testing.T) {
	n := newNode(t)
	c := logs.New(logs.Options{Cluster: n, StateDir: n.state, Now: func() time.Time { return now }})
	nothing := func(string, int, int) {}
	for reason, q := range map[string]logs.Request{
		"logs.no_space":   {Since: since, Until: now, NodeBytes: 1 << 60},
		"request.invalid": {Since: now, Until: since},
	} {
		_, err := c.Collect(t.Context(), q, nothing, func(logs.Part) error { t.Error("sent"); return nil })
		if fault.Public(err).Reason != reason {
			t.Errorf("%v, not %s", err, reason)
		}
	}
	began, end := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	q := span()
	go func() {
		_, err := c.Collect(t.Context(), q, nothing, func(logs.Part) error { close(began); <-end; return nil })
		done <- err
	}()
	<-began
	if _, err := c.Collect(t.Context(), q, nothing, nil); fault.Public(err).Reason != "logs.busy" {
		t.Errorf("a second one at once: %v", err)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestHungProgram: one that nobody can end, as on a device that hangs, is left behind, and all else is there.
func TestHungProgram(t *testing.T) {
	n := newNode(t)
	n.prints("df", "all is well\n")
	answers := make(chan struct{})
	t.Cleanup(func() { close(answers) })
	n.run.Program("lsblk", func(context.Context, run.Command) run.Output {
		<-answers
		return run.Output{Stdout: []byte("too late\n")}
	})
	c := logs.New(logs.Options{
		Machine: logs.Machine{Runner: n.run, Root: n.root}, Cluster: n, StateDir: n.state, Now: func() time.Time { return now }, CommandTime: time.Second,
	})
	part, err := c.Collect(t.Context(), span(), func(string, int, int) {}, func(logs.Part) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range part.Entries {
		switch {
		case strings.HasPrefix(e.Source, "lsblk") && (e.Fault == nil || e.Fault.Reason != "logs.command_slow"),
			strings.HasPrefix(e.Source, "df") && e.Fault != nil:
			t.Errorf("%s: %v", e.Source, e.Fault)
		}
	}
}
