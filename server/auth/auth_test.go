package auth_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
	"hawser/server/store"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newAuth(t *testing.T) (*auth.Auth, *store.Store, *clock) {
	t.Helper()
	return newAuthIn(t, t.TempDir())
}

func newAuthIn(t *testing.T, dir string) (*auth.Auth, *store.Store, *clock) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	a := auth.New(auth.Options{Store: s, Now: c.Now})
	if password, err := a.Bootstrap(t.Context(), "first password"); err != nil || password != "first password" {
		t.Fatalf("got %q, err %v", password, err)
	}
	return a, s, c
}

func login(ctx context.Context, a *auth.Auth, name, password, address string) (string, error) {
	_, token, err := a.Login(ctx, api.Login{Name: name, Password: password}, address)
	return token, err
}

func TestBootstrap(t *testing.T) {
	a, _, _ := newAuth(t)
	if password, err := a.Bootstrap(t.Context(), ""); err != nil || password != "" {
		t.Errorf("with a user: got %q, err %v", password, err)
	}
	if _, err := login(t.Context(), a, "admin", "first password", "x"); err != nil {
		t.Error(err)
	}
}

func TestLogin(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	token, err := login(ctx, a, "admin", "first password", "x")
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Session(ctx, token, "")
	if err != nil || s.User.Name != "admin" || len(s.Permissions) != len(api.Routes) {
		t.Errorf("session %+v, err %v", s, err)
	}
	for name, given := range map[string]string{"admin": "wrong", "nobody": "first password"} {
		_, err := login(ctx, a, name, given, "x")
		if f := fault.Public(err); f.Code != fault.Anonymous || f.Reason != "login.wrong" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	t.Run("Idle", func(t *testing.T) {
		c.now = c.now.Add(11 * time.Hour)
		if _, err := a.Session(ctx, token, ""); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(11 * time.Hour)
		if _, err := a.Session(ctx, token, ""); err != nil {
			t.Errorf("use did not prolong it: %v", err)
		}
		c.now = c.now.Add(13 * time.Hour)
		if _, err := a.Session(ctx, token, ""); fault.CodeOf(err) != fault.Anonymous {
			t.Errorf("after half a day without use: %v", err)
		}
	})
	t.Run("LoggedOut", func(t *testing.T) {
		token, err := login(ctx, a, "admin", "first password", "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Logout(ctx, token); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(ctx, token, ""); fault.CodeOf(err) != fault.Anonymous {
			t.Errorf("got %v", err)
		}
	})
}

func TestUsers(t *testing.T) {
	a, _, _ := newAuth(t)
	ctx := t.Context()
	if _, err := a.CreateUser(ctx, api.NewUser{Name: "ann", Role: "viewer", Password: "a good password"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   api.NewUser
		path string
		code fault.Code
	}{
		"name":     {api.NewUser{Name: "1 x", Role: "viewer", Password: "a good password"}, "name", fault.Invalid},
		"taken":    {api.NewUser{Name: "ann", Role: "viewer", Password: "a good password"}, "name", fault.Conflict},
		"role":     {api.NewUser{Name: "bob", Role: "king", Password: "a good password"}, "role", fault.Invalid},
		"short":    {api.NewUser{Name: "bob", Role: "viewer", Password: "short"}, "password", fault.Invalid},
		"weak":     {api.NewUser{Name: "bob", Role: "viewer", Password: "aaaaaaaaaaaa"}, "password", fault.Invalid},
		"own name": {api.NewUser{Name: "bobbobbobbob", Role: "viewer", Password: "bobbobbobbob"}, "password", fault.Invalid},
	} {
		_, err := a.CreateUser(ctx, c.in)
		if f := fault.Public(err); f == nil || f.Code != c.code || len(f.Fields) != 1 || f.Fields[0].Path != c.path {
			t.Errorf("%s: %+v", name, f)
		}
	}
	token, err := login(ctx, a, "ann", "a good password", "x")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("OwnPassword", func(t *testing.T) {
		other, err := login(ctx, a, "ann", "a good password", "x")
		if err != nil {
			t.Fatal(err)
		}
		err = a.ChangePassword(ctx, token, api.PasswordChange{Current: "wrong", New: "a better password"})
		if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != "current" {
			t.Errorf("wrong password in force: %+v", f)
		}
		if err := a.ChangePassword(ctx, token, api.PasswordChange{Current: "a good password", New: "a better password"}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(ctx, token, ""); err != nil {
			t.Errorf("one's own session ended: %v", err)
		}
		if _, err := a.Session(ctx, other, ""); fault.CodeOf(err) != fault.Anonymous {
			t.Errorf("the other session goes on: %v", err)
		}
	})
	t.Run("Disabled", func(t *testing.T) {
		yes := true
		if _, err := a.EditUser(ctx, "root", "ann", api.UserChange{Disabled: &yes}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(ctx, token, ""); fault.CodeOf(err) != fault.Anonymous {
			t.Errorf("the session goes on: %v", err)
		}
		if _, err := login(ctx, a, "ann", "a better password", "x"); fault.CodeOf(err) != fault.Anonymous {
			t.Errorf("signing in: %v", err)
		}
	})
	t.Run("LastAdmin", func(t *testing.T) {
		viewer := "viewer"
		if _, err := a.EditUser(ctx, "root", "admin", api.UserChange{Role: &viewer}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("demoted: %v", err)
		}
		if err := a.DeleteUser(ctx, "admin"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("deleted: %v", err)
		}
	})
	if err := a.DeleteUser(ctx, "ann"); err != nil {
		t.Error(err)
	}
	if err := a.DeleteUser(ctx, "ann"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestAllows(t *testing.T) {
	all := []api.Permission{api.Public, api.Self, api.Read, api.Operate, api.Admin, api.Security, api.Audit}
	for role, want := range map[string][2][]api.Permission{ // together, and separated
		"viewer":   {all[:3], all[:3]},
		"operator": {all[:4], all[:4]},
		"admin":    {all, all[:5]},
		"security": {{api.Public, api.Self, api.Read, api.Security}, {api.Public, api.Self, api.Read, api.Security}},
		"auditor":  {{api.Public, api.Self, api.Read, api.Audit}, {api.Public, api.Self, api.Read, api.Audit}},
		"stranger": {},
	} {
		for i, separated := range []bool{false, true} {
			var got []api.Permission
			for _, p := range all {
				if auth.Allows(role, p, separated) {
					got = append(got, p)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want[i]) {
				t.Errorf("%s, separated %v: got %v, want %v", role, separated, got, want[i])
			}
		}
	}
}
