package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/app"
)

// TestRecover: whoever is root on the host lets somebody in again while the server runs, and the audit log says so.
func TestRecover(t *testing.T) {
	dir := t.TempDir()
	c := configure(t, dir)
	s := start(t, c)
	password, err := os.ReadFile(filepath.Join(dir, "admin-password"))
	if err != nil {
		t.Fatal(err)
	}
	old := s.login(strings.TrimSpace(string(password)))
	var out bytes.Buffer
	if err := app.Recover(t.Context(), c, "nobody", &out); fault.CodeOf(err) != fault.NotFound || out.Len() > 0 {
		t.Errorf("of nobody: %v, %q", err, out.String())
	}
	if err := app.Recover(t.Context(), c, "admin", &out); err != nil {
		t.Fatal(err)
	}
	if f := s.call("GET", "/api/v1/clusters", old, nil, nil); f == nil || f.Reason != "session.expired" {
		t.Errorf("the old session: %+v", f)
	}
	once := strings.TrimSpace(out.String())
	token := s.login(once)
	if f := s.call("GET", "/api/v1/users", token, nil, nil); f == nil || f.Reason != "session.must_password" {
		t.Errorf("before another password is chosen: %+v", f)
	}
	if f := s.call("POST", "/api/v1/session/password", token, api.PasswordChange{Current: once, New: "chosen by itself"}, nil); f != nil {
		t.Fatal(f)
	}
	var audit api.Page[api.AuditEntry]
	if f := s.call("GET", "/api/v1/audit", token, nil, &audit); f != nil {
		t.Fatal(f)
	}
	found := false
	for _, e := range audit.Items {
		found = found || e.Action == "user.recover" && e.Actor == "root" && e.Object == "admin"
	}
	if !found {
		t.Errorf("audit log: %+v", audit.Items)
	}
	// What another program has written goes on as one log.
	var check api.AuditCheck
	if f := s.call("GET", "/api/v1/audit/verify", token, nil, &check); f != nil || !check.OK || check.Since != 1 {
		t.Errorf("check %+v, %+v", check, f)
	}
}
