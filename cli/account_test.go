package cli_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/cli"
	"hawser/internal/api"
	"hawser/internal/chain"
)

// TestSecondFactor: the code is asked for after the password, and never an argument; without one there is no session.
func TestSecondFactor(t *testing.T) {
	p := newPerson(t, newServer(t))
	p.server.account.code = "123456"
	login := []string{"login", "--server", p.server.URL, "--ca-file", p.caFile(), "--user", "admin", "--password-stdin"}
	p.typed = password + "\n"
	if r := p.run(login...); r.code != cli.ExitDenied || !strings.Contains(r.err, "second factor") {
		t.Errorf("without a code: exit %d, %s", r.code, r.err)
	}
	p.typed = password + "\n654321\n"
	if r := p.run(login...); r.code != cli.ExitDenied || !strings.Contains(r.err, "code is wrong") {
		t.Errorf("with a wrong one: exit %d, %s", r.code, r.err)
	}
	p.typed = password + "\n 123456 \n"
	if r := p.run(login...); r.code != cli.ExitOK {
		t.Errorf("with the code: exit %d, %s", r.code, r.err)
	}
	p.must("cluster", "list")
}

// TestMustSet: whoever has to choose a password or set up a second factor is led there by the login itself.
func TestMustSet(t *testing.T) {
	p := newPerson(t, newServer(t))
	login := []string{"login", "--server", p.server.URL, "--ca-file", p.caFile(), "--user", "admin", "--password-stdin"}
	p.server.account.must = api.MustPassword
	p.typed = password + "\na new password\n"
	if r := p.run(login...); r.code != cli.ExitOK || !slices.Contains(p.server.requests, `password.change {"current":"`+password+`","new":"a new password"}`) {
		t.Errorf("password: exit %d, %s\n%v", r.code, r.err, p.server.requests)
	}
	p.server.account.must = api.MustSecondFactor
	p.typed = password + "\n123456\n"
	r := p.run(login...)
	if r.code != cli.ExitOK || !slices.Contains(p.server.requests, `totp.setup {"password":"`+password+`"}`) || !slices.Contains(p.server.requests, `totp.confirm {"code":"123456"}`) {
		t.Errorf("second factor: exit %d, %s\n%v", r.code, r.err, p.server.requests)
	}
	if !strings.Contains(r.out, "AAAA-BBBB-CCCC-DDDD") || strings.Contains(r.out, "JBSWY3DPEHPK3PXP") {
		t.Errorf("printed:\n%s", r.out)
	}
}

// TestTokens: a token goes into a file that nobody else reads, and is used from a file or the environment.
func TestTokens(t *testing.T) {
	p := signedIn(t)
	file := filepath.Join(t.TempDir(), "token")
	r := p.run("token", "create", "ci", "--to", file)
	data, err := os.ReadFile(file)
	if r.code != cli.ExitOK || err != nil || string(data) != "hwt_SECRET\n" || strings.Contains(r.out+r.err, "SECRET") {
		t.Errorf("exit %d, err %v, file %q\n%s%s", r.code, err, data, r.out, r.err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, err %v", info.Mode(), err)
	}
	p.server.requests = nil
	if r := p.run("token", "create", "ci", "--to", file); r.code != cli.ExitUsage || !slices.Contains(p.server.requests, "token.revoke") {
		t.Errorf("a file that is there: exit %d, %s\n%v", r.code, r.err, p.server.requests)
	}
	p.env = map[string]string{"HAWSER_TOKEN": "wrong"}
	if r := p.run("cluster", "list"); r.code != cli.ExitDenied {
		t.Errorf("HAWSER_TOKEN is not used: exit %d", r.code)
	}
	right := filepath.Join(t.TempDir(), "right")
	if err := os.WriteFile(right, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["HAWSER_TOKEN_FILE"] = right
	p.must("cluster", "list")
}

func TestPolicy(t *testing.T) {
	p := signedIn(t)
	for want, args := range map[string][]string{
		`policy.edit {"separation":true}`:          {"--separation", "on"},
		`policy.edit {"secondFactor":"everybody"}`: {"--second-factor", "everybody"},
		`policy.edit {"password":{"minLength":10,"classes":1,"history":0,"maxAgeDays":0,"firstChange":false}}`: {"--first-change", "off"},
	} {
		p.server.account, p.server.requests = newAccount(), nil
		p.must(append([]string{"policy", "edit"}, args...)...)
		if !slices.Contains(p.server.requests, want) {
			t.Errorf("%v sent %v", args, p.server.requests)
		}
	}
	p.server.account = newAccount()
	p.must("policy", "edit", "--history", "5", "--first-wait", "9", "--token-days", "30")
	if got := p.server.account.policy.Password; got.History != 5 || got.MinLength != 10 || !got.FirstChange {
		t.Errorf("password rules %+v", got)
	}
	for _, args := range [][]string{{}, {"--separation", "perhaps"}, {"--history", "x"}} {
		if r := p.run(append([]string{"policy", "edit"}, args...)...); r.code != cli.ExitUsage {
			t.Errorf("%v: exit %d", args, r.code)
		}
	}
}

// TestAuditFiles: an export is checked without a server; a log that does not hold is a failure with its place.
func TestAuditFiles(t *testing.T) {
	p := signedIn(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, data []byte) string {
		if err := os.WriteFile(path(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	ca := write("ca.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	export := func(entries int) []byte {
		var b bytes.Buffer
		w, err := chain.NewWriter(&b, api.AuditJSONL, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		hash := ""
		for i := range entries {
			e := api.AuditEntry{ID: int64(i + 1), At: day, Actor: "ann", Action: "node.standby", Outcome: "ok"}
			if e.Hash, err = chain.Hash(hash, e); err != nil {
				t.Fatal(err)
			}
			hash = e.Hash
			if err := w.Entry(e); err != nil {
				t.Fatal(err)
			}
		}
		head, err := chain.Sign(int64(entries), hash, day, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(head); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	p.server.export = export(3)
	whole := path("whole.jsonl")
	p.must("audit", "export", "--to", whole)
	older := write("older.jsonl", export(2))
	p.server.Close() // from here on there is no server
	p.must("audit", "verify", "--in", whole, "--ca-file", ca)
	p.must("audit", "verify", "--in", whole, "--older", older, "--ca-file", ca)
	for name, c := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"Cut":      {[]string{"--in", older, "--older", whole, "--ca-file", ca}, cli.ExitFailed, "cut off from entry 3"},
		"Changed":  {[]string{"--in", write("changed", bytes.Replace(export(3), []byte(`"ann"`), []byte(`"bob"`), 1)), "--ca-file", ca}, cli.ExitFailed, "entry 1 is not what was written"},
		"Foreign":  {[]string{"--in", whole}, cli.ExitFailed, "not signed by this server"}, // the context's CA is another
		"NoFile":   {[]string{"--in", path("none"), "--ca-file", ca}, cli.ExitUsage, "none"},
		"NoExport": {[]string{"--in", ca, "--ca-file", ca}, cli.ExitUsage, "ca.crt"},
		"NoCA":     {[]string{"--in", whole, "--ca-file", whole}, cli.ExitUsage, "certificate"},
		"NoServer": {[]string{"--older", older, "--ca-file", ca}, cli.ExitUnreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.run(append([]string{"audit", "verify"}, c.args...)...)
			if r.code != c.code || !strings.Contains(r.err, c.say) {
				t.Errorf("exit %d, want %d: %s%s", r.code, c.code, r.out, r.err)
			}
		})
	}
}

// TestAuditVerify: the server is asked for the end of an earlier export, and what it finds is a failure here.
func TestAuditVerify(t *testing.T) {
	p := signedIn(t)
	p.server.account.check = api.AuditCheck{Head: api.AuditHead{Entries: 6, Hash: "h", At: day}, Since: 1, Broken: &api.AuditBreak{Entry: 4, Reason: chain.Missing}}
	r := p.run("audit", "verify")
	if r.code != cli.ExitFailed || !strings.Contains(r.err, "entry 4 is missing") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if q, err := url.ParseQuery(p.server.account.older); err != nil || len(q) != 0 {
		t.Errorf("asked for %v", q)
	}
}

// TestBackup: the server's own program does it, with the passphrase's file by name only and the file last.
func TestBackup(t *testing.T) {
	for want, args := range map[string][]string{
		"hawser-server backup --config /etc/hawser/server.yaml -- /b/x.age":                  {"backup", "/b/x.age"},
		"hawser-server restore --config /c --passphrase-file /p --check --replace -- -x.age": {"restore", "--config", "/c", "--passphrase-file", "/p", "--check", "--replace", "--", "-x.age"},
	} {
		var got []string
		code := cli.Run(t.Context(), cli.Env{
			Args: args, Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" },
			Become: func(argv []string, _ string) error { got = argv; return nil },
		})
		if code != cli.ExitOK || strings.Join(got, " ") != want {
			t.Errorf("exit %d, ran %q, want %q", code, got, want)
		}
	}
	p := newPerson(t, newServer(t))
	if r := p.run("backup", "/b/x.age"); r.code != cli.ExitUsage || !strings.Contains(r.err, "management server") {
		t.Errorf("without a server: exit %d, %s", r.code, r.err)
	}
}
