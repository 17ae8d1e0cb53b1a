package app_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/app"
	"hawser/server/config"
)

// server is a running server.
type server struct {
	t    *testing.T
	app  *app.App
	url  string
	http *http.Client
	stop func()
}

func configure(t *testing.T, dir string) config.Config {
	t.Helper()
	c, err := config.Parse([]byte("dataDir: " + dir + "\nlisten: ['127.0.0.1:0']\nnames: [localhost, 127.0.0.1]\nagentAddress: https://127.0.0.1:1\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func start(t *testing.T, c config.Config) *server {
	t.Helper()
	return startWith(t, c, app.Options{})
}

func startWith(t *testing.T, c config.Config, o app.Options) *server {
	t.Helper()
	a, err := app.New(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA())
	s := &server{t: t, app: a, url: "https://" + a.Addresses()[0]}
	s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		s.http.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(s.stop)
	return s
}

func (s *server) call(method, path, token string, body, out any) *fault.Error {
	s.t.Helper()
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := s.http.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode >= 400 {
		f := &fault.Error{}
		if err := json.Unmarshal(data, f); err != nil {
			s.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, data)
		}
		return f
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			s.t.Fatalf("%s %s: %v: %s", method, path, err, data)
		}
	}
	return nil
}

func (s *server) login(password string) string {
	s.t.Helper()
	var session api.Session
	if f := s.call("POST", "/api/v1/session", "", api.Login{Name: "admin", Password: password, Bearer: true}, &session); f != nil {
		s.t.Fatal(f)
	}
	return session.Token
}

// TestFirstStartAndRestart: the first start makes CA, database and admin; the next finds them as they were.
func TestFirstStartAndRestart(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	c := configure(t, dir)
	s := start(t, c)
	password, err := os.ReadFile(filepath.Join(dir, "admin-password"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"admin-password", "secret.key", "hawser.db", "pki/ca.key"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, err %v", file, info, err)
		}
	}
	token := s.login(strings.TrimSpace(string(password)))
	if f := s.call("POST", "/api/v1/users", token, api.NewUser{Name: "ann", Role: "viewer", Password: "a good password"}, nil); f != nil {
		t.Fatal(f)
	}
	if f := s.call("GET", "/healthz", "", nil, nil); f != nil {
		t.Error(f)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil || !bytes.Equal(ca, s.app.CA()) {
		t.Errorf("ca.crt: %v", err)
	}
	s.stop()

	s = start(t, c)
	if !bytes.Equal(ca, s.app.CA()) {
		t.Error("the CA is another")
	}
	var users api.Page[api.User]
	if f := s.call("GET", "/api/v1/users", token, nil, &users); f != nil || len(users.Items) != 2 {
		t.Errorf("the session of before: %+v, users %+v", f, users)
	}
	var audit api.Page[api.AuditEntry]
	if f := s.call("GET", "/api/v1/audit", token, nil, &audit); f != nil || len(audit.Items) != 2 || audit.Items[0].Object != "ann" || audit.Items[1].Actor != "admin" {
		t.Errorf("audit %+v, %+v", f, audit)
	}
	s.stop()
	var out bytes.Buffer
	if err := app.CheckAudit(t.Context(), c, &out); err != nil || !strings.HasPrefix(out.String(), "2 entries") {
		t.Errorf("got %q, err %v", out.String(), err)
	}
}

func TestGivenPassword(t *testing.T) {
	dir := t.TempDir()
	c := configure(t, dir)
	if err := os.WriteFile(c.AdminPasswordFile, []byte("a given password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	s.login("a given password")
}

// TestPortTaken: what cannot listen does not start, and says so.
func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := configure(t, t.TempDir())
	c.Listen = []string{l.Addr().String()}
	if _, err := app.New(t.Context(), c, app.Options{}); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

// TestLive: who is signed in hears what changes; who is not, does not.
func TestLive(t *testing.T) {
	dir := t.TempDir()
	c := configure(t, dir)
	if err := os.WriteFile(c.AdminPasswordFile, []byte("a given password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	token := s.login("a given password")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.app.CA())
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	address := "wss" + strings.TrimPrefix(s.url, "https") + api.LivePath
	_, answer, err := dialer.DialContext(t.Context(), address, nil)
	if err == nil || answer == nil || answer.StatusCode != http.StatusUnauthorized {
		t.Fatalf("not signed in: %v, %v", answer, err)
	}
	answer.Body.Close()
	conn, answer, err := dialer.DialContext(t.Context(), address, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	defer conn.Close()
	var m api.Live
	if err := conn.ReadJSON(&m); err != nil || m.Topic != "hello" {
		t.Errorf("got %+v, err %v", m, err)
	}
}

// TestAgentsNeedACertificate: a session of a person opens nothing of the agents'.
func TestAgentsNeedACertificate(t *testing.T) {
	dir := t.TempDir()
	c := configure(t, dir)
	if err := os.WriteFile(c.AdminPasswordFile, []byte("a given password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	token := s.login("a given password")
	if f := s.call("GET", wire.PathConnect, token, nil, nil); f == nil || f.Reason != "agent.certificate_missing" {
		t.Errorf("got %+v", f)
	}
	if f := s.call("POST", wire.PathEnrol, "", wire.EnrolRequest{Token: "wrong", CSR: "x"}, nil); f == nil {
		t.Error("enrolled with a wrong token")
	}
}
