package sim_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/agent/uplink"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/hub"
)

func TestEnrolRefuses(t *testing.T) {
	s := newLinkServer(t)
	other := newLinkServer(t)
	s.enrol(t, "taken", s.url)
	good := func(name string) uplink.Enrolment {
		return uplink.Enrolment{Dir: t.TempDir(), Server: s.url, Token: s.token(name), CASHA256: s.ca.Fingerprint(), Facts: ha.Facts{Hostname: name}}
	}
	for _, c := range []struct {
		name   string
		change func(*uplink.Enrolment)
		want   string // the fault's reason, or that of its only field
	}{
		{"WrongFingerprint", func(e *uplink.Enrolment) { e.CASHA256 = other.ca.Fingerprint() }, "enrol.fingerprint_mismatch"},
		{"FingerprintTooShort", func(e *uplink.Enrolment) { e.CASHA256 = "abcd" }, "enrol.fingerprint_invalid"},
		{"UnknownToken", func(e *uplink.Enrolment) { e.Token = "made-up" }, "enrol.token_unknown"},
		{"UsedToken", func(e *uplink.Enrolment) { e.Token = "token-taken" }, "enrol.token_used"},
		{"NoToken", func(e *uplink.Enrolment) { e.Token = "" }, "field.required"},
		{"NameTaken", func(e *uplink.Enrolment) { e.Facts.Hostname = "taken" }, "enrol.name_taken"},
		{"NameNoHostname", func(e *uplink.Enrolment) { e.Facts.Hostname = "a b" }, "enrol.hostname_invalid"},
		{"NotHTTPS", func(e *uplink.Enrolment) { e.Server = strings.Replace(s.url, "https", "http", 1) }, "enrol.server_not_https"},
		{"NoAddress", func(e *uplink.Enrolment) { e.Server = "ha-server" }, "enrol.server_invalid"},
		{"NobodyThere", func(e *uplink.Enrolment) { e.Server = "https://127.0.0.1:1" }, "server.unreachable"},
		{"NameNotInCertificate", func(e *uplink.Enrolment) { e.Server = strings.Replace(s.url, "127.0.0.1", "localhost", 1) }, "enrol.server_name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := good("n-" + strings.ToLower(c.name))
			c.change(&e)
			_, err := uplink.Enrol(t.Context(), e)
			f, is := errors.AsType[*fault.Error](err)
			if !is {
				t.Fatalf("got %v, want a fault", err)
			}
			got := f.Reason
			if len(f.Fields) == 1 {
				got = f.Fields[0].Reason
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
			if _, err := uplink.ReadIdentity(e.Dir); reasonOf(err) != "agent.not_enrolled" {
				t.Errorf("a refused host has an identity: %v", err)
			}
		})
	}
	// What was refused before the token was sent has not used it.
	e := good("n-wrongfingerprint")
	if _, err := uplink.Enrol(t.Context(), e); err != nil {
		t.Errorf("the token of a refused enrolment is gone: %v", err)
	}
}

// TestWrongFingerprintSendsNoToken: an impostor that answers in the server's place learns nothing.
func TestWrongFingerprintSendsNoToken(t *testing.T) {
	impostor := newLinkServer(t)
	asked := impostor.token("n1")
	_, err := uplink.Enrol(t.Context(), uplink.Enrolment{
		Dir: t.TempDir(), Server: impostor.url, Token: asked, CASHA256: strings.Repeat("ab", 32), Facts: ha.Facts{Hostname: "n1"},
	})
	if reasonOf(err) != "enrol.fingerprint_mismatch" {
		t.Fatalf("got %v", err)
	}
	impostor.mu.Lock()
	defer impostor.mu.Unlock()
	if impostor.tokens[asked] != "" || len(impostor.names) != 0 {
		t.Error("the token reached a server with another CA")
	}
}

func TestEnrolAgain(t *testing.T) {
	s := newLinkServer(t)
	dir, host := s.enrol(t, "n1", s.url)
	again := uplink.Enrolment{Dir: dir, Server: s.url, Token: s.token("n2"), CASHA256: s.ca.Fingerprint(), Facts: ha.Facts{Hostname: "n2"}}
	if _, err := uplink.Enrol(t.Context(), again); reasonOf(err) != "agent.enrolled" {
		t.Errorf("an enrolled host enrols again: %v", err)
	}
	again.Again = true
	second, err := uplink.Enrol(t.Context(), again)
	if err != nil || second == host {
		t.Errorf("with --again: %s, %v; want another ID than %s", second, err, host)
	}
	info, err := os.Stat(filepath.Join(dir, "identity.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("identity: mode %v, %v", info.Mode(), err)
	}
}

// TestEnrolAnswerLost: the server has used up the token, the host has nothing; it asks again with the same token.
func TestEnrolAnswerLost(t *testing.T) {
	s := newLinkServer(t)
	s.failIssued(errors.New("the disk is full"))
	e := uplink.Enrolment{Dir: t.TempDir(), Server: s.url, Token: s.token("n1"), CASHA256: s.ca.Fingerprint(), Facts: ha.Facts{Hostname: "n1"}}
	_, err := uplink.Enrol(t.Context(), e)
	if reasonOf(err) != "internal" || strings.Contains(err.Error(), "disk") {
		t.Fatalf("got %v, want a bare internal fault", err)
	}
	s.failIssued(nil)
	if _, err := uplink.Enrol(t.Context(), e); err != nil {
		t.Fatalf("the same host with the same token: %v", err)
	}
	e.Dir = t.TempDir()
	if _, err := uplink.Enrol(t.Context(), e); reasonOf(err) != "enrol.token_used" {
		t.Errorf("another host with the same token: %v", err)
	}
}

func TestEnrolIsLimited(t *testing.T) {
	s := newLinkServer(t)
	e := uplink.Enrolment{Dir: t.TempDir(), Server: s.url, Token: "guess", CASHA256: s.ca.Fingerprint(), Facts: ha.Facts{Hostname: "n1"}}
	for range 10 {
		if _, err := uplink.Enrol(t.Context(), e); reasonOf(err) != "enrol.token_unknown" {
			t.Fatalf("got %v", err)
		}
	}
	e.Token = s.token("n1") // even a good one, for a minute
	if _, err := uplink.Enrol(t.Context(), e); reasonOf(err) != "enrol.too_many" {
		t.Errorf("the eleventh: %v", err)
	}
}

func TestEnrolBodyBounded(t *testing.T) {
	s := newLinkServer(t)
	r := s.post(t, wire.PathEnrol, `{"token":"`+strings.Repeat("x", 1<<20)+`"}`)
	if r != http.StatusRequestEntityTooLarge {
		t.Errorf("more than a megabyte: status %d", r)
	}
	if r := s.post(t, wire.PathEnrol, `{"token":`); r != http.StatusUnprocessableEntity {
		t.Errorf("half a body: status %d", r)
	}
}

func TestAgentRoutesWantACertificate(t *testing.T) {
	s := newLinkServer(t)
	if got := s.post(t, wire.PathRenew, "{}"); got != http.StatusUnauthorized {
		t.Errorf("renew without a certificate: status %d, want 401", got)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+wire.PathConnect, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusUnauthorized {
		t.Errorf("connect without a certificate: status %d, want 401", r.StatusCode)
	}
}

// TestRevoked: who is put out is out at once, and does not come back.
func TestRevoked(t *testing.T) {
	s := newLinkServer(t)
	dir, host := s.enrol(t, "n1", s.url)
	l, _ := runLink(t, uplink.Options{Dir: dir, Execute: nothing})
	eventually(t, "the agent to be connected", func() bool { return s.hub.Connected(host) })
	s.mu.Lock()
	s.revoked[host] = true
	s.mu.Unlock()
	// No Drop: the hub looks at each ping.
	eventually(t, "the agent to be put out", func() bool { return !s.hub.Connected(host) && !l.Connected() })
	q, _ := os.ReadFile(filepath.Join(dir, "identity.json"))
	if len(q) == 0 {
		t.Error("the agent has forgotten who it was")
	}
	if _, err := s.hub.Do(t.Context(), host, wire.Command{Name: wire.Observe}, nil); reasonOf(err) != "host.unreachable" {
		t.Errorf("a command to a revoked host: %v", err)
	}
}

// TestRenew: at two thirds of its life a certificate is renewed and used, without losing the session for long.
func TestRenew(t *testing.T) {
	s := newLinkServerAt(t, -70*24*time.Hour)
	dir, host := s.enrol(t, "n1", s.url)
	before := serialOf(t, dir)
	s.clock.Store(0)
	runLink(t, uplink.Options{Dir: dir, Execute: nothing})
	eventually(t, "a new certificate", func() bool { return serialOf(t, dir) != before })
	s.mu.Lock()
	known := s.serials[serialOf(t, dir)]
	s.mu.Unlock()
	if known != host {
		t.Errorf("the new serial belongs to %q, want %q: it could not be revoked", known, host)
	}
	// The first session began with the old certificate, or was about to.
	eventually(t, "a session with it", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.connects >= 2
	})
	eventually(t, "the session to be open", func() bool { return s.hub.Connected(host) })
	if _, err := s.hub.Do(t.Context(), host, wire.Command{Name: wire.Observe}, nil); err != nil {
		t.Errorf("after the renewal: %v", err)
	}
}

func TestExpired(t *testing.T) {
	s := newLinkServer(t)
	dir, host := s.enrol(t, "n1", s.url)
	runLink(t, uplink.Options{Dir: dir, Execute: nothing})
	eventually(t, "the agent to be connected", func() bool { return s.hub.Connected(host) })
	s.clock.Store(int64(100 * 24 * time.Hour))
	eventually(t, "the session to end with its certificate", func() bool { return !s.hub.Connected(host) })
}

// client trusts the server and has no certificate.
func (s *linkServer) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.ca.Pool()}, DisableKeepAlives: true}}
}

func (s *linkServer) post(t *testing.T, path, body string) (status int) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

func serialOf(t *testing.T, dir string) string {
	t.Helper()
	id, err := uplink.ReadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(id.Certificate))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c.SerialNumber.Text(16)
}

func (m *memory) failIssued(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.issuing = err
}

var _ hub.Handler = (*memory)(nil)

// nothing is an Executor for tests that send no commands that matter.
var nothing uplink.Executor = func(context.Context, wire.Command, func(wire.Progress)) (json.RawMessage, error) { return nil, nil }
