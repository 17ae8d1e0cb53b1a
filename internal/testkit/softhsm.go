package testkit

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// SoftModule is the PKCS #11 library of SoftHSM, empty where there is none.
func SoftModule() string {
	for _, pattern := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// SoftToken is a token of SoftHSM, which keeps everything in a folder.
type SoftToken struct {
	Label, PIN string
	Env        []string // of programs that are to find it
	dir        string
}

// NewSoftToken makes a token. The test needs "softhsm".
func NewSoftToken(t testing.TB, label, pin string) *SoftToken {
	t.Helper()
	s := &SoftToken{Label: label, PIN: pin, dir: t.TempDir()}
	conf := filepath.Join(s.dir, "softhsm2.conf")
	if err := os.Mkdir(s.tokens(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+s.tokens()+"\nobjectstore.backend = file\nlog.level = ERROR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	s.util(t, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "87654321")
	return s
}

func (s *SoftToken) tokens() string { return filepath.Join(s.dir, "tokens") }

func (s *SoftToken) util(t testing.TB, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "softhsm2-util", args...)
	c.Env = s.Env
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("softhsm2-util %v: %v\n%s", args, err, out)
	}
}

// Import puts a private key onto the token.
func (s *SoftToken) Import(t testing.TB, id string, key any) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.dir, id+".pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.util(t, "--import", file, "--token", s.Label, "--label", id, "--id", id, "--pin", s.PIN)
}

// Pull takes the token out.
func (s *SoftToken) Pull(t testing.TB) {
	t.Helper()
	if err := os.Rename(s.tokens(), s.tokens()+".out"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.tokens(), 0o700); err != nil {
		t.Fatal(err)
	}
}

// Plug puts it in again.
func (s *SoftToken) Plug(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(s.tokens()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.tokens()+".out", s.tokens()); err != nil {
		t.Fatal(err)
	}
}
