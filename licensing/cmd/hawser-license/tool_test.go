package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/internal/words"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/machine"
	"hawser/licensing/qr"
)

// vendor is a vendor with a folder, a key and a register.
type vendor struct {
	t   *testing.T
	dir string
}

func newVendor(t *testing.T) vendor {
	v := vendor{t, t.TempDir()}
	v.write("pass", []byte("correct horse battery\n"))
	return v
}

func (v vendor) file(name string) string { return filepath.Join(v.dir, name) }

func (v vendor) write(name string, data []byte) string {
	v.t.Helper()
	if err := os.WriteFile(v.file(name), data, 0o600); err != nil {
		v.t.Fatal(err)
	}
	return v.file(name)
}

func (v vendor) run(args ...string) (out, errs string, code int) {
	v.t.Helper()
	var o, e bytes.Buffer
	code = tool{in: strings.NewReader(""), out: &o, words: words.For(words.English)}.run(args, &e)
	return strings.TrimSpace(o.String()), e.String(), code
}

func (v vendor) must(args ...string) string {
	v.t.Helper()
	out, errs, code := v.run(args...)
	if code != 0 {
		v.t.Fatalf("%v: %d %s", args, code, errs)
	}
	return out
}

func (v vendor) secret(args ...string) []string {
	return append(args, "-key", v.file("key"), "-passphrase-file", v.file("pass"))
}

func (v vendor) issue(args ...string) []string {
	return v.secret(append([]string{"issue", "-register", v.file("register")}, args...)...)
}

func request(t *testing.T) activation.Request {
	t.Helper()
	var p machine.Print
	p[machine.UUID], p[machine.System] = []machine.Hash{{1}}, []machine.Hash{{2}}
	r, err := activation.NewRequest("Bank", 48, 0, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVendor: a key, a request in each form that it comes in, and a licence of each kind.
func TestVendor(t *testing.T) {
	v := newVendor(t)
	public := v.must(v.secret("keygen")...)
	if again := v.must(v.secret("public")...); again != public {
		t.Errorf("the public half is %s, then %s", public, again)
	}
	keys, err := licensing.ParseKeys(public)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(v.file("key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file: %v, %v", info, err)
	}
	if _, _, code := v.run(v.secret("keygen")...); code == 0 {
		t.Error("a key file is written over")
	}
	r := request(t)
	picture, err := qr.PNG(r.Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{r.Text(), v.write("request", []byte(r.Text()+"\n")), v.write("request.png", picture)} {
		if out := v.must("read", form); !strings.Contains(out, "customer: Bank\nnodes: 48\n") {
			t.Errorf("read %s", out)
		}
	}
	code := v.must(v.issue("-request", v.file("request.png"), "-nodes", "48", "-until", "2099-12-31", "-features", "remote", "-qr", v.file("code.png"))...)
	a, err := activation.ParseActivation(code)
	if err != nil || !a.Answers(r) || licensing.Verify(a.Licence(r), a.Signature[:], keys) != nil || a.Nodes != 48 {
		t.Errorf("the code is %+v, %v", a, err)
	}
	if data, err := os.ReadFile(v.file("code.png")); err != nil {
		t.Error(err)
	} else if text, err := qr.Read(data); err != nil || text != code {
		t.Errorf("the picture says %q, %v", text, err)
	}
	tokenKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(tokenKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	pemFile := v.write("token.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	for i, args := range [][]string{
		{"-kind", "site", "-customer", "Bank", "-site", "Building 7", "-until", "never", "-from", "2026-01-01"},
		{"-kind", "ukey", "-customer", "Bank", "-token-key", pemFile, "-until", "2099-12-31"},
		{"-kind", "trial", "-customer", "Bank", "-until", "2099-12-31"},
	} {
		v.must(v.issue(append(args, "-out", v.file("doc"))...)...)
		data, err := os.ReadFile(v.file("doc"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := licensing.Open(data, keys)
		if err != nil || l.Number != uint32(i+2) || string(l.Kind) != args[1] {
			t.Errorf("%v: %+v, %v", args, l, err)
		}
		if out := v.must("show", "-trust", public, v.file("doc")); !strings.Contains(out, "customer: Bank") {
			t.Errorf("shown: %s", out)
		}
	}
}

// TestRefused: what is wrong is told, and nothing is signed.
func TestRefused(t *testing.T) {
	v := newVendor(t)
	public := v.must(v.secret("keygen")...)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "keygen"},
		{[]string{"nonsense"}, "keygen"},
		{[]string{"issue", "-what"}, "keygen"},
		{[]string{"read", "hello"}, "group"},
		{v.issue("-kind", "site", "-customer", "Bank", "-until", "never"), "site: "},
		{v.issue("-kind", "site", "-customer", "Bank", "-site", "x"), "until: "},
		{v.issue("-kind", "site", "-customer", "Bank", "-site", "x", "-until", "31.12.2026"), "until: "},
		{v.issue("-kind", "site", "-customer", "Bank", "-site", "x", "-until", "2020-01-01"), "until: "},
		{v.issue("-kind", "site", "-customer", "Bank", "-site", "x", "-until", "never", "-nodes", "70000"), "nodes: "},
		{v.issue("-kind", "site", "-customer", "Bank", "-site", "x", "-until", "never", "-features", "all"), "features: "},
		{v.issue("-kind", "node", "-customer", "Bank", "-until", "never"), "request: "},
		{v.issue("-kind", "ukey", "-customer", "Bank", "-until", "never", "-token-key", v.write("x", []byte("x"))), "public key"},
		{[]string{"show", "-trust", public, v.write("y", []byte("y"))}, "not a licence"},
		{[]string{"issue", "-register", v.file("register"), "-kind", "trial", "-customer", "Bank", "-until", "never", "-key", v.file("key")}, "passphrase-file"},
		{[]string{"public", "-key", v.file("key"), "-passphrase-file", v.write("z", []byte("wrong passphrase"))}, "passphrase is wrong"},
	} {
		if _, errs, code := v.run(c.args...); code == 0 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d %s", c.args, code, errs)
		}
	}
	if _, err := os.Stat(v.file("register")); err == nil {
		t.Error("something was signed")
	}
}
