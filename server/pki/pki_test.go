package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/server/pki"
)

func open(t *testing.T, o pki.Options) *pki.Authority {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Names == nil {
		o.Names = []string{"127.0.0.1", "ha.example"}
	}
	a, err := pki.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOpenKeepsTheAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	first := open(t, pki.Options{Dir: dir})
	second := open(t, pki.Options{Dir: dir})
	if first.Fingerprint() != second.Fingerprint() {
		t.Error("a restart makes another CA")
	}
	block, _ := pem.Decode(first.PEM())
	sum := sha256.Sum256(block.Bytes)
	if got := hex.EncodeToString(sum[:]); got != first.Fingerprint() {
		t.Errorf("fingerprint %s, SHA-256 of the certificate is %s", first.Fingerprint(), got)
	}
	if leaf(t, first).SerialNumber.Cmp(leaf(t, second).SerialNumber) != 0 {
		t.Error("a restart makes another server certificate, which people have accepted in their browsers")
	}
	for name, mode := range map[string]os.FileMode{"ca.key": 0o600, "server.pem": 0o600, "ca.crt": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestOpenAfterACrash(t *testing.T) {
	o := pki.Options{Dir: t.TempDir(), Names: []string{"127.0.0.1"}}
	first := open(t, o)
	// Between key and certificate: nobody has seen the certificate.
	if err := os.Remove(filepath.Join(o.Dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	second := open(t, o)
	if first.Fingerprint() == second.Fingerprint() {
		t.Error("the same certificate out of nothing")
	}
	if err := leaf(t, second).CheckSignatureFrom(root(t, second)); err != nil {
		t.Errorf("the server's certificate is still that of the lost CA: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string){
		"KeyLost":    func(t *testing.T, dir string) { remove(t, dir, "ca.key") },
		"KeyExposed": func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, "ca.key"), 0o644) },
		"KeyForeign": func(t *testing.T, dir string) {
			other := t.TempDir()
			open(t, pki.Options{Dir: other})
			key, err := os.ReadFile(filepath.Join(other, "ca.key"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "ca.key"), key, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"CertificateTorn": func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "ca.crt"), 100); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, pki.Options{Dir: dir})
			damage(t, dir)
			if _, err := pki.Open(pki.Options{Dir: dir, Names: []string{"127.0.0.1"}}); err == nil {
				t.Error("opened in silence")
			}
		})
	}
}

func TestServerCertificate(t *testing.T) {
	now := time.Now()
	o := pki.Options{Dir: t.TempDir(), Names: []string{"ha.example", "10.0.0.1"}, Now: func() time.Time { return now }}
	a := open(t, o)
	first := leaf(t, a)
	for _, name := range []string{"ha.example", "10.0.0.1"} {
		if err := first.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	now = now.Add(50 * 24 * time.Hour)
	if leaf(t, a).SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Error("renewed although two thirds are not over")
	}
	now = now.Add(15 * 24 * time.Hour)
	if leaf(t, a).SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("not renewed after two thirds of its life")
	}
	o.Names = []string{"10.0.0.1", "ha.example"} // the same in another order
	same := leaf(t, open(t, o))
	if same.SerialNumber.Cmp(leaf(t, a).SerialNumber) != 0 {
		t.Error("made anew for the same names")
	}
	o.Names = []string{"other.example"}
	if err := leaf(t, open(t, o)).VerifyHostname("other.example"); err != nil {
		t.Error("not made anew for other names:", err)
	}
}

func TestIdentify(t *testing.T) {
	revoked := map[string]bool{}
	now := time.Now()
	a := open(t, pki.Options{Revoked: func(serial string) bool { return revoked[serial] }, Now: func() time.Time { return now }})
	pair, issued := agentPair(t, a, "h1")
	state := handshake(t, a, &pair)
	id, err := a.Identify(state)
	if err != nil || id.Host != "h1" || id.Serial != issued.Serial {
		t.Fatalf("got %+v, %v", id, err)
	}
	reason := func(state *tls.ConnectionState) string {
		_, err := a.Identify(state)
		f, _ := errors.AsType[*fault.Error](err)
		if f == nil {
			return ""
		}
		return f.Reason
	}
	if got := reason(handshake(t, a, nil)); got != "agent.certificate_missing" {
		t.Errorf("without a certificate: %q", got)
	}
	if got := reason(nil); got != "agent.certificate_missing" {
		t.Errorf("without TLS: %q", got)
	}
	revoked[issued.Serial] = true
	if got := reason(state); got != "host.revoked" {
		t.Errorf("revoked: %q", got)
	}
	delete(revoked, issued.Serial)
	now = now.Add(91 * 24 * time.Hour)
	if got := reason(state); got != "agent.certificate_expired" {
		t.Errorf("expired on an open connection: %q", got)
	}
}

// TestIdentifyForeign: a certificate of another CA does not even come through the handshake.
func TestIdentifyForeign(t *testing.T) {
	a, other := open(t, pki.Options{}), open(t, pki.Options{})
	pair, _ := agentPair(t, other, "h1")
	if _, err := tryHandshake(t, a, &pair); err == nil {
		t.Error("a certificate of another authority was let in")
	}
}

func TestSignAgentRefusesNames(t *testing.T) {
	a := open(t, pki.Options{})
	r := request(t)
	for _, host := range []string{"", "H1", "a b", "-x", "x/../y", "ä"} {
		if _, err := a.SignAgent(r, host); err == nil {
			t.Errorf("signed for %q", host)
		}
	}
}

func FuzzReadRequest(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		if r, err := pki.ReadRequest(data); err == nil && len(r.Key()) != 64 {
			t.Error("a request without a key")
		}
	})
}

func request(t *testing.T) pki.Request {
	t.Helper()
	r, _ := requestWithKey(t)
	return r
}

func requestWithKey(t *testing.T) (pki.Request, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.ReadRequest(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	return r, key
}

func agentPair(t *testing.T, a *pki.Authority, host string) (tls.Certificate, pki.Issued) {
	t.Helper()
	r, key := requestWithKey(t)
	issued, err := a.SignAgent(r, host)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(issued.PEM)
	return tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key}, issued
}

// handshake returns what the server sees of a client with this certificate, or with none.
func handshake(t *testing.T, a *pki.Authority, pair *tls.Certificate) *tls.ConnectionState {
	t.Helper()
	state, err := tryHandshake(t, a, pair)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func tryHandshake(t *testing.T, a *pki.Authority, pair *tls.Certificate) (*tls.ConnectionState, error) {
	t.Helper()
	clientEnd, serverEnd := net.Pipe()
	conf := &tls.Config{RootCAs: a.Pool(), ServerName: "ha.example"}
	if pair != nil {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	}
	client, server := tls.Client(clientEnd, conf), tls.Server(serverEnd, a.TLS())
	done := make(chan error, 1)
	go func() {
		err := client.HandshakeContext(t.Context())
		if err == nil {
			_, err = client.Read(make([]byte, 1)) // takes in what the server says of the certificate
		}
		done <- err
	}()
	err := server.HandshakeContext(t.Context())
	state := server.ConnectionState()
	_ = server.Close()
	_ = clientEnd.Close()
	<-done
	return &state, err
}

// leaf is the certificate that the server shows.
func leaf(t *testing.T, a *pki.Authority) *x509.Certificate {
	t.Helper()
	pair, err := a.TLS().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func root(t *testing.T, a *pki.Authority) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(a.PEM())
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
