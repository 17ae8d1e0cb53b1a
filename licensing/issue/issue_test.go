package issue_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"

	"hawser/licensing"
	"hawser/licensing/issue"
)

func TestKey(t *testing.T) {
	key, file, err := issue.NewKey([]byte("correct horse battery"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, key.Seed()) {
		t.Error("the file shows the key")
	}
	got, err := issue.OpenKey(file, []byte("correct horse battery"))
	if err != nil || !got.Equal(key) {
		t.Errorf("got another key, %v", err)
	}
	if keys, err := licensing.ParseKeys(issue.Public(key)); err != nil || !keys[0].Equal(key.Public()) {
		t.Errorf("the public half: %v, %v", keys, err)
	}
	for name, c := range map[string]struct{ file, passphrase []byte }{
		"a wrong passphrase": {file, []byte("correct horse batterie")},
		"no key":             {[]byte("hello"), []byte("correct horse battery")},
		"cut off":            {file[:80], []byte("correct horse battery")},
	} {
		if _, err := issue.OpenKey(c.file, c.passphrase); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, _, err := issue.NewKey([]byte("short")); err == nil {
		t.Error("a short passphrase is taken")
	}
}

func TestRegister(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "register")
	l := licensing.Licence{Customer: "Bank", Kind: licensing.Trial, Issued: 2525, From: 2525, Until: 2600}
	for want := uint32(1); want < 4; want++ {
		got, signature, err := issue.OpenRegister(path).Issue(l, key)
		if err != nil || got.Number != want {
			t.Fatalf("got number %d, %v, want %d", got.Number, err, want)
		}
		if _, err := licensing.Open(licensing.Document(got, signature), []ed25519.PublicKey{public}); err != nil {
			t.Error(err)
		}
	}
	l.Customer = ""
	if _, _, err := issue.OpenRegister(path).Issue(l, key); err == nil {
		t.Error("a licence for nobody is signed")
	}
	if next, err := issue.OpenRegister(path).Next(); err != nil || next != 4 {
		t.Errorf("after a refusal the next number is %d, %v", next, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"twice": append(data, data...), "cut off": data[:len(data)-40]} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := issue.OpenRegister(path).Next(); err == nil {
			t.Errorf("a register that is %s gives a number", name)
		}
	}
}
