package auth_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

func ptr[T any](v T) *T { return &v }

// user makes a user who has signed in and chosen a password.
func user(t *testing.T, a *auth.Auth, name, role string) {
	t.Helper()
	ctx := t.Context()
	if _, err := a.CreateUser(ctx, api.NewUser{Name: name, Role: role, Password: "given to them"}); err != nil {
		t.Fatal(err)
	}
	token, err := login(ctx, a, name, "given to them", "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ChangePassword(ctx, token, api.PasswordChange{Current: "given to them", New: "chosen themselves"}); err != nil {
		t.Fatal(err)
	}
}

func session(t *testing.T, a *auth.Auth, token string) api.Session {
	t.Helper()
	s, err := a.Session(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signIn(t *testing.T, a *auth.Auth, name, password string) string {
	t.Helper()
	token, err := login(t.Context(), a, name, password, "x")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func reasons(err error) string {
	f := fault.Public(err)
	if f == nil {
		return ""
	}
	var list []string
	for _, field := range f.Fields {
		list = append(list, field.Path+" "+field.Reason)
	}
	if len(list) == 0 {
		return f.Reason
	}
	return strings.Join(list, ", ")
}

func edit(t *testing.T, a *auth.Auth, change api.PolicyChange) {
	t.Helper()
	if _, err := a.EditPolicy(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// TestSeparation: it can be switched on only when somebody of each kind has signed in; then admin is the system's alone, at once,
// and none of the three can be the last to go.
func TestSeparation(t *testing.T) {
	a, _, _ := newAuth(t)
	ctx := t.Context()
	admin := signIn(t, a, "admin", "first password")
	on := api.PolicyChange{Separation: ptr(true)}
	if _, err := a.EditPolicy(ctx, on); reasons(err) != "separation policy.nobody_of_security, separation policy.nobody_of_auditor" {
		t.Errorf("with nobody but admin: %s", reasons(err))
	}
	user(t, a, "sue", "security")
	if _, err := a.CreateUser(ctx, api.NewUser{Name: "aud", Role: "auditor", Password: "given to them"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.EditPolicy(ctx, on); reasons(err) != "separation policy.nobody_of_auditor" {
		t.Errorf("an auditor who never signed in: %s", reasons(err))
	}
	if s := session(t, a, admin); s.Separated || !slices.Contains(s.Permissions, "user.list") {
		t.Errorf("before: %+v", s)
	}
	if err := a.DeleteUser(ctx, "aud"); err != nil { // may still go
		t.Fatal(err)
	}
	user(t, a, "aud", "auditor")
	edit(t, a, on)
	if s := session(t, a, admin); !s.Separated || slices.Contains(s.Permissions, "user.list") || slices.Contains(s.Permissions, "audit.list") || !slices.Contains(s.Permissions, "cluster.create") {
		t.Errorf("a session of admin goes on with %v", s.Permissions)
	}
	for name, role := range map[string]string{"admin": "admin", "sue": "security", "aud": "auditor"} {
		want := "user.last_" + role
		if err := a.DeleteUser(ctx, name); reasons(err) != want {
			t.Errorf("%s deleted: %s", name, reasons(err))
		}
		if _, err := a.EditUser(ctx, "x", name, api.UserChange{Disabled: ptr(true)}); reasons(err) != want {
			t.Errorf("%s disabled: %s", name, reasons(err))
		}
		if _, err := a.EditUser(ctx, "x", name, api.UserChange{Role: ptr("viewer")}); reasons(err) != want {
			t.Errorf("%s made a viewer: %s", name, reasons(err))
		}
	}
	if _, err := a.EditUser(ctx, "sue", "sue", api.UserChange{Role: ptr("admin"), Password: ptr("another password")}); reasons(err) != "role user.own_role, password user.own_password" {
		t.Errorf("sue gives herself more: %s", reasons(err))
	}
	edit(t, a, api.PolicyChange{Separation: ptr(false)})
	if s := session(t, a, admin); !slices.Contains(s.Permissions, "user.list") {
		t.Error("admin has not got back what it had")
	}
}

// TestPasswordRules: each rule refuses what it is there for, and nothing else.
func TestPasswordRules(t *testing.T) {
	a, _, _ := newAuth(t)
	edit(t, a, api.PolicyChange{Password: &api.PasswordRules{MinLength: 8, Classes: 3, History: 2}})
	for password, want := range map[string]string{
		"Ab1defg":                  "new field.too_short",
		"密码密码密1a":                  "new field.too_short",
		"密码长度应按字符A1":               "",
		"abcdefgh12":               "new password.classes",
		"ABCDEFGH12":               "new password.classes",
		"Abcdefgh12":               "",
		"abcdefgh1-":               "",
		"Aaaa1111":                 "new password.weak",
		"My-Admin-12":              "new password.weak",
		strings.Repeat("A1-b", 65): "new field.too_long",
	} {
		token := signIn(t, a, "admin", "first password")
		err := a.ChangePassword(t.Context(), token, api.PasswordChange{Current: "first password", New: password})
		if got := reasons(err); got != want {
			t.Errorf("%q: %s, want %q", password, got, want)
		}
		if err == nil { // back, past the history
			edit(t, a, api.PolicyChange{Password: &api.PasswordRules{MinLength: 8, Classes: 1}})
			if err := a.ChangePassword(t.Context(), token, api.PasswordChange{Current: password, New: "first password"}); err != nil {
				t.Fatal(err)
			}
			edit(t, a, api.PolicyChange{Password: &api.PasswordRules{MinLength: 8, Classes: 3, History: 2}})
		}
	}
}

func TestPasswordHistory(t *testing.T) {
	a, _, _ := newAuth(t)
	token := signIn(t, a, "admin", "first password")
	edit(t, a, api.PolicyChange{Password: &api.PasswordRules{MinLength: 10, Classes: 1, History: 2}})
	change := func(from, to string) string {
		return reasons(a.ChangePassword(t.Context(), token, api.PasswordChange{Current: from, New: to}))
	}
	for i, c := range [][3]string{
		{"first password", "first password", "new password.same"},
		{"first password", "second password", ""},
		{"second password", "first password", "new password.used"},
		{"second password", "third password", ""},
		{"third password", "second password", "new password.used"},
		{"third password", "first password", ""}, // two changes ago
	} {
		if got := change(c[0], c[1]); got != c[2] {
			t.Errorf("change %d: %q, want %q", i, got, c[2])
		}
	}
}

// TestMustChange: a password that was given, or is too old, opens nothing but the way to another.
func TestMustChange(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	if _, err := a.CreateUser(ctx, api.NewUser{Name: "ann", Role: "operator", Password: "given to them"}); err != nil {
		t.Fatal(err)
	}
	token := signIn(t, a, "ann", "given to them")
	s := session(t, a, token)
	if s.Must != api.MustPassword || slices.Contains(s.Permissions, "cluster.list") || !slices.Contains(s.Permissions, "password.change") {
		t.Errorf("at first: %+v", s)
	}
	if err := a.ChangePassword(ctx, token, api.PasswordChange{Current: "given to them", New: "chosen herself"}); err != nil {
		t.Fatal(err)
	}
	if s := session(t, a, token); s.Must != "" || !slices.Contains(s.Permissions, "cluster.list") {
		t.Errorf("then: %+v", s)
	}
	edit(t, a, api.PolicyChange{Password: &api.PasswordRules{MinLength: 10, Classes: 1, MaxAgeDays: 30}})
	c.now = c.now.AddDate(0, 0, 31)
	token = signIn(t, a, "ann", "chosen herself")
	if s := session(t, a, token); s.Must != api.MustPassword {
		t.Errorf("after a month: %+v", s)
	}
	if err := a.ChangePassword(ctx, token, api.PasswordChange{Current: "chosen herself", New: "something else"}); err != nil {
		t.Fatal(err)
	}
	if s := session(t, a, token); s.Must != "" {
		t.Errorf("then: %+v", s)
	}
	// Without firstChange what is given may stay.
	if _, err := a.EditUser(ctx, "admin", "ann", api.UserChange{Password: ptr("given once more")}); err != nil {
		t.Fatal(err)
	}
	if s := session(t, a, signIn(t, a, "ann", "given once more")); s.Must != "" {
		t.Errorf("without the rule: %+v", s)
	}
}

func TestCheckPolicy(t *testing.T) {
	a, _, _ := newAuth(t)
	d := auth.DefaultPolicy()
	for want, change := range map[string]func(*api.PolicyChange){
		"secondFactor field.one_of":          func(p *api.PolicyChange) { p.SecondFactor = ptr("some") },
		"password.minLength field.too_small": func(p *api.PolicyChange) { d := d.Password; d.MinLength = 1; p.Password = &d },
		"password.history field.too_big":     func(p *api.PolicyChange) { d := d.Password; d.History = 99; p.Password = &d },
		"lock.firstSeconds policy.first_over_longest": func(p *api.PolicyChange) {
			p.Lock = &api.LockRules{Failures: 5, FirstSeconds: 61, LongestMinutes: 1}
		},
		"session.idleMinutes policy.idle_over_life": func(p *api.PolicyChange) {
			d := d.Session
			d.LifeHours, d.IdleMinutes = 1, 61
			p.Session = &d
		},
	} {
		var c api.PolicyChange
		change(&c)
		if _, err := a.EditPolicy(t.Context(), c); reasons(err) != want {
			t.Errorf("got %q, want %q", reasons(err), want)
		}
	}
	if p, err := a.Policy(t.Context()); err != nil || p != d {
		t.Errorf("something was kept: %+v, err %v", p, err)
	}
}

// TestSessionRules: a stricter policy holds for sessions that have begun, and for the waits of those who guess.
func TestSessionRules(t *testing.T) {
	a, _, c := newAuth(t)
	token := signIn(t, a, "admin", "first password")
	edit(t, a, api.PolicyChange{Session: &api.SessionRules{IdleMinutes: 10, LifeHours: 1, CLIHours: 1, TokenMaxDays: 1}})
	c.now = c.now.Add(11 * time.Minute)
	if _, err := a.Session(t.Context(), token, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("got %v", err)
	}
	edit(t, a, api.PolicyChange{Lock: &api.LockRules{Failures: 3, FirstSeconds: 100, LongestMinutes: 3}})
	codes := func(n int) (last fault.Code) {
		for range n {
			_, err := login(t.Context(), a, "admin", "wrong", "bad")
			last = fault.CodeOf(err)
		}
		return last
	}
	if got := codes(3); got != fault.Anonymous {
		t.Errorf("the third: %s", got)
	}
	if got := codes(1); got != fault.TooMany {
		t.Errorf("the fourth: %s", got)
	}
	c.now = c.now.Add(101 * time.Second)
	if got := codes(1); got != fault.Anonymous {
		t.Errorf("after the wait: %s", got)
	}
	c.now = c.now.Add(179 * time.Second)
	if got := codes(1); got != fault.TooMany {
		t.Errorf("before three minutes: %s", got)
	}
	c.now = c.now.Add(2 * time.Second)
	if got := codes(1); got != fault.Anonymous {
		t.Errorf("the wait was not bounded: %s", got)
	}
}

// TestRecover: whoever is root on the host can always let somebody in.
func TestRecover(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	token := signIn(t, a, "admin", "first password")
	enable(t, a, c, token, "first password")
	password, err := a.Recover(ctx, "admin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(ctx, token, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("the old session goes on: %v", err)
	}
	if s := session(t, a, signIn(t, a, "admin", password)); s.Must != api.MustPassword || s.User.SecondFactor {
		t.Errorf("session %+v", s)
	}
	if _, err := a.Recover(context.Background(), "nobody"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}
