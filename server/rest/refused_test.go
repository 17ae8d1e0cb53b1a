package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hawser/internal/api"
	"hawser/server/rest"
)

// running runs the server's own part until the test ends.
func running(t *testing.T, server *rest.Server) (stop func()) {
	t.Helper()
	ctx, done := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	return func() {
		done()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// told is what the audit log has of strangers: how many entries of their own, and what was counted from where.
func told(s *services) (own int, counted []string) {
	for _, e := range s.audit {
		if e.Action == "session.refused" {
			counted = append(counted, e.Address+" "+e.Object+" "+e.Outcome)
		} else {
			own++
		}
	}
	slices.Sort(counted)
	s.audit = nil
	return own, counted
}

// TestStrangersDoNotFillTheLog: whoever has not signed in leaves a few entries a minute and a number, whatever is asked for and from
// wherever. Who has signed in leaves an entry for each call that was refused.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		services, server := newServer(t)
		stop := running(t, server)
		call := func(method, path, body, token, from string) {
			q := httptest.NewRequestWithContext(t.Context(), method, "https://server"+api.Prefix+path, strings.NewReader(body))
			q.RemoteAddr = from
			q.Header.Set("Content-Type", "application/json")
			if token != "" {
				q.Header.Set("Authorization", "Bearer "+token)
			}
			if w := serve(server, q); w.Code < http.StatusBadRequest {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		minute := func() { time.Sleep(time.Minute); synctest.Wait() }
		for range 100 {
			call("POST", "/clusters", "{}", "", "192.0.2.1:1000")
			call("DELETE", "/clusters/c", "", "no such token", "192.0.2.1:2000")
			call("POST", "/session", `{"name":"x","password":"wrong"}`, "", "192.0.2.1:3000")
			call("POST", "/session", "no JSON", "", "192.0.2.1:3000")
			call("PATCH", "/policy", "{}", "viewer", "192.0.2.1:4000")
		}
		minute()
		if own, counted := told(services); own != 5+100 || !slices.Equal(counted, []string{"192.0.2.1 395 denied"}) {
			t.Errorf("from one address: %d entries, counted %v", own, counted)
		}
		// One subscriber has many addresses of IPv6.
		for i := range 50 {
			call("POST", "/clusters", "{}", "", fmt.Sprintf("[2001:db8::%x]:1", i+1))
		}
		minute()
		if own, counted := told(services); own != 5 || !slices.Equal(counted, []string{"2001:db8::/64 45 denied"}) {
			t.Errorf("from one network: %d entries, counted %v", own, counted)
		}
		for i := range 10_000 {
			call("POST", "/clusters", "{}", "", fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
		}
		minute()
		if own, counted := told(services); own != 30 || !slices.Equal(counted, []string{"others 9970 denied"}) {
			t.Errorf("from everywhere: %d entries, counted %v", own, counted)
		}
		minute()
		if own, counted := told(services); own != 0 || len(counted) != 0 {
			t.Errorf("of nothing: %d entries, counted %v", own, counted)
		}
		// What is counted is kept when the server ends.
		for range 7 {
			call("POST", "/clusters", "{}", "", "192.0.2.1:1000")
		}
		stop()
		if own, counted := told(services); own != 5 || !slices.Equal(counted, []string{"192.0.2.1 2 denied"}) {
			t.Errorf("at the end: %d entries, counted %v", own, counted)
		}
	})
}
