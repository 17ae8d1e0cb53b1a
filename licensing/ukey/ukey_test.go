package ukey_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/testkit"
	"hawser/licensing/ukey"
	"hawser/licensing/ukey/pkcs11"
)

// The test's own program is the helper where this is set: what it says is how it behaves.
const helper = "HAWSER_TEST_UKEY"

func TestMain(m *testing.M) {
	switch os.Getenv(helper) {
	case "":
		os.Exit(m.Run())
	case "serve":
		if err := pkcs11.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	case "crash":
		panic("as a library might")
	case "hang":
		time.Sleep(time.Minute)
	case "flood":
		for range 1 << 20 {
			fmt.Println("{}")
		}
	case "nonsense":
		fmt.Println("Segmentation fault")
	case "empty":
		fmt.Println("{}")
	}
}

func reader(t testing.TB, s *testkit.SoftToken, how string) ukey.Reader {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := ukey.Reader{Program: []string{self}, Module: testkit.SoftModule(), Env: append(os.Environ(), helper+"="+how)}
	if s != nil {
		r.Label, r.Env = s.Label, append(s.Env, helper+"="+how)
	}
	return r
}

func keyOf(t testing.TB, public crypto.PublicKey) [32]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(der)
}

func reason(err error) string {
	if f := fault.Public(err); f != nil {
		return f.Reason
	}
	return ""
}

// TestToken: a token of SoftHSM proves the keys that it has, of both kinds, and no other.
func TestToken(t *testing.T) {
	testkit.Need(t, "softhsm")
	s := testkit.NewSoftToken(t, "hawser", "1234")
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.Import(t, "a1", rsaKey)
	s.Import(t, "b2", ecKey)
	r := reader(t, s, "serve")
	if token, err := r.Look(t.Context()); err != nil || token.Label != "hawser" || token.Serial == "" {
		t.Errorf("looked: %+v, %v", token, err)
	}
	for name, public := range map[string]crypto.PublicKey{"RSA": rsaKey.Public(), "P-256": ecKey.Public()} {
		if token, err := r.Prove(t.Context(), keyOf(t, public), s.PIN); err != nil || token.Label != "hawser" {
			t.Errorf("%s: %+v, %v", name, token, err)
		}
	}
	key := keyOf(t, rsaKey.Public())
	if _, err := r.Prove(t.Context(), keyOf(t, foreign.Public()), s.PIN); reason(err) != "ukey.other" {
		t.Errorf("the key of another token: %v", err)
	}
	if _, err := r.Prove(t.Context(), key, "9999"); reason(err) != "ukey.pin" {
		t.Errorf("a wrong PIN: %v", err)
	}
	r.Label = "another"
	if _, err := r.Prove(t.Context(), key, s.PIN); reason(err) != "ukey.absent" {
		t.Errorf("a token of another name: %v", err)
	}
	r.Label = ""
	s.Pull(t)
	if _, err := r.Prove(t.Context(), key, s.PIN); reason(err) != "ukey.absent" {
		t.Errorf("pulled out: %v", err)
	}
	s.Plug(t)
	if _, err := r.Prove(t.Context(), key, s.PIN); err != nil {
		t.Errorf("put in again: %v", err)
	}
}

// TestLibrary: a library that does not load, or is none, is refused with what is wrong.
func TestLibrary(t *testing.T) {
	r := reader(t, nil, "serve")
	broken := filepath.Join(t.TempDir(), "broken.so")
	if err := os.WriteFile(broken, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/no/such/library.so", broken} {
		r.Module = file
		if _, err := r.Look(t.Context()); reason(err) != "ukey.load" || fault.Public(err).Args["module"] != file {
			t.Errorf("%s: %v", file, err)
		}
	}
	found, err := filepath.Glob("/lib/*/libm.so.6")
	if err != nil || len(found) == 0 {
		t.Skip("no other library to try")
	}
	r.Module = found[0]
	if _, err := r.Look(t.Context()); reason(err) != "ukey.not_pkcs11" {
		t.Errorf("%s: %v", found[0], err)
	}
}

// TestHelper: whatever becomes of the program, the server gets a fault and goes on.
func TestHelper(t *testing.T) {
	for how, want := range map[string]string{"crash": "ukey.crashed", "flood": "ukey.crashed", "nonsense": "ukey.crashed", "empty": "ukey.crashed"} {
		if _, err := reader(t, nil, how).Look(t.Context()); reason(err) != want {
			t.Errorf("%s: %v", how, err)
		}
	}
	r := reader(t, nil, "serve")
	r.Program = []string{"/no/such/hawser-ukey"}
	if _, err := r.Look(t.Context()); reason(err) != "ukey.no_helper" {
		t.Errorf("without it: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := reader(t, nil, "hang").Look(ctx); reason(err) != "ukey.slow" || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
		t.Errorf("one that hangs: %v after %v", err, time.Since(began))
	}
}
