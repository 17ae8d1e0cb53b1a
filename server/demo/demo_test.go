package demo_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"hawser/internal/fault"
	"hawser/server/demo"
)

// probe is the demo's client on a socket of its own.
func probe(t *testing.T, h http.Handler) *demo.Client {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}} //nolint:gosec // a test's own client
	s.Start()
	t.Cleanup(s.Close)
	return demo.New(socket)
}

// TestFigures: the client's figures are shown as it tells them; reset and verify reach it.
func TestFigures(t *testing.T) {
	longest, lost := 2500, 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"running":true,"serving":true,"target":"10.0.0.100","longestOutageMs":%d,"acknowledged":41,"attempts":43,"lost":%d}`, longest, lost)
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { longest = 0 })
	mux.HandleFunc("POST /verify", func(http.ResponseWriter, *http.Request) { lost = 3 })
	c := probe(t, mux)
	d, err := c.Show(t.Context())
	if err != nil || !d.Serving || d.LongestOutageMS != 2500 || d.Acknowledged != 41 || d.Attempts != 43 || d.Lost != 0 || d.Recent == nil {
		t.Errorf("got %+v, err %v", d, err)
	}
	if d, err := c.Verify(t.Context()); err != nil || d.Lost != 3 {
		t.Errorf("verified: %+v, err %v", d, err)
	}
	if err := c.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	if d, err := c.Show(t.Context()); err != nil || d.LongestOutageMS != 0 {
		t.Errorf("after the reset: %+v, err %v", d, err)
	}
}

func TestTrouble(t *testing.T) {
	if _, err := demo.New(filepath.Join(t.TempDir(), "none")).Show(t.Context()); fault.CodeOf(err) != fault.Unreachable {
		t.Errorf("nobody is there: %v", err)
	}
	refusing := probe(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no database", http.StatusServiceUnavailable)
	}))
	_, err := refusing.Verify(t.Context())
	if f := fault.Public(err); f == nil || f.Reason != "demo.failed" || f.Args["why"] == "" {
		t.Errorf("it cannot: %v", err)
	}
	babbling := probe(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	if _, err := babbling.Show(t.Context()); fault.CodeOf(err) != fault.Internal {
		t.Errorf("no JSON: %v", err)
	}
}
