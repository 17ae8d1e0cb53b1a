package auth_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enable sets a second factor up and moves the clock on, so that the code it took is a used one of before.
func enable(t *testing.T, a *auth.Auth, c *clock, token, password string) (secret string, recovery []string) {
	t.Helper()
	setup, err := a.SetupTOTP(t.Context(), token, api.Confirmation{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	codes, err := a.ConfirmTOTP(t.Context(), token, api.TOTPCode{Code: code(t, setup.Secret, c.now)})
	if err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Minute)
	return setup.Secret, codes.Codes
}

func loginWith(t *testing.T, a *auth.Auth, password, code, address string) string {
	t.Helper()
	_, _, err := a.Login(t.Context(), api.Login{Name: "admin", Password: password, Code: code}, address)
	return reasons(err)
}

// TestTOTP: the password alone is no longer enough, a code is good once, and only around its time.
func TestTOTP(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	token := signIn(t, a, "admin", "first password")
	other := signIn(t, a, "admin", "first password")
	if _, err := a.SetupTOTP(ctx, token, api.Confirmation{Password: "wrong"}); reasons(err) != "password password.wrong" {
		t.Errorf("without the password: %s", reasons(err))
	}
	if _, err := a.ConfirmTOTP(ctx, token, api.TOTPCode{Code: "123456"}); reasons(err) != "totp.none_pending" {
		t.Errorf("without a setup: %s", reasons(err))
	}
	setup, err := a.SetupTOTP(ctx, token, api.Confirmation{Password: "first password"})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(setup.URI); err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != setup.Secret || u.Query().Get("issuer") != "Hawser" || !strings.HasSuffix(u.Path, ":admin") {
		t.Errorf("URI %s, err %v", setup.URI, err)
	}
	picture, err := base64.StdEncoding.DecodeString(setup.QR)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Errorf("QR code: %v", err)
	}
	if got := loginWith(t, a, "first password", "", "x"); got != "" {
		t.Errorf("a factor that is only being set up counts: %s", got)
	}
	if _, err := a.ConfirmTOTP(ctx, token, api.TOTPCode{Code: code(t, setup.Secret, c.now.Add(-10*time.Minute))}); reasons(err) != "code totp.wrong" {
		t.Errorf("an old code: %s", reasons(err))
	}
	recovery, err := a.ConfirmTOTP(ctx, token, api.TOTPCode{Code: code(t, setup.Secret, c.now)})
	if err != nil || len(recovery.Codes) != 10 {
		t.Fatalf("codes %v, err %v", recovery, err)
	}
	if _, err := a.Session(ctx, other, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("another session goes on: %v", err)
	}
	for i, try := range []struct {
		password, code string
		after          time.Duration
		want           string
	}{
		{"first password", "", 0, "login.code_needed"},
		{"wrong", code(t, setup.Secret, c.now), 0, "login.wrong"},
		{"first password", code(t, setup.Secret, c.now), 0, "login.code_wrong"}, // the one that has set it up
		{"first password", "123", 0, "login.code_wrong"},
		{"first password", code(t, setup.Secret, c.now.Add(30*time.Second)), 30 * time.Second, ""},
		{"first password", code(t, setup.Secret, c.now.Add(30*time.Second)), 0, "login.code_wrong"},  // again
		{"first password", code(t, setup.Secret, c.now.Add(90*time.Second)), 30 * time.Second, ""},   // a clock that is ahead
		{"first password", code(t, setup.Secret, c.now.Add(60*time.Second)), 0, "login.code_wrong"},  // before one that was taken
		{"first password", code(t, setup.Secret, c.now.Add(150*time.Second)), 120 * time.Second, ""}, // one that is behind
		{"first password", recovery.Codes[0], 0, ""},
		{"first password", recovery.Codes[0], 0, "login.code_wrong"},
		{"first password", strings.ToLower(strings.ReplaceAll(recovery.Codes[1], "-", " ")), 0, ""},
	} {
		c.now = c.now.Add(try.after)
		if got := loginWith(t, a, try.password, try.code, "x"); got != try.want {
			t.Errorf("login %d: %q, want %q", i, got, try.want)
		}
	}
	t.Run("NewRecoveryCodes", func(t *testing.T) {
		fresh, err := a.RenewRecovery(ctx, token, api.Confirmation{Password: "first password"})
		if err != nil {
			t.Fatal(err)
		}
		if got := loginWith(t, a, "first password", recovery.Codes[5], "x"); got != "login.code_wrong" {
			t.Errorf("an old one: %q", got)
		}
		if got := loginWith(t, a, "first password", fresh.Codes[5], "x"); got != "" {
			t.Errorf("a new one: %q", got)
		}
	})
	t.Run("Removed", func(t *testing.T) {
		if err := a.RemoveTOTP(ctx, token, api.Confirmation{Password: "wrong"}); reasons(err) != "password password.wrong" {
			t.Errorf("without the password: %s", reasons(err))
		}
		if err := a.RemoveTOTP(ctx, token, api.Confirmation{Password: "first password"}); err != nil {
			t.Fatal(err)
		}
		if got := loginWith(t, a, "first password", "", "x"); got != "" {
			t.Errorf("got %q", got)
		}
		if _, err := a.RenewRecovery(ctx, token, api.Confirmation{Password: "first password"}); reasons(err) != "totp.none" {
			t.Errorf("recovery codes of nothing: %s", reasons(err))
		}
	})
}

// TestTOTP_LockOut: who has the password cannot guess codes, from however many addresses.
func TestTOTP_LockOut(t *testing.T) {
	a, _, c := newAuth(t)
	secret, _ := enable(t, a, c, signIn(t, a, "admin", "first password"), "first password")
	for i := range 5 {
		if got := loginWith(t, a, "first password", "000000", string(rune('a'+i))); got != "login.code_wrong" {
			t.Fatalf("guess %d: %s", i, got)
		}
	}
	if got := loginWith(t, a, "first password", code(t, secret, c.now), "z"); got != "login.locked" {
		t.Errorf("the sixth: %s", got)
	}
	c.now = c.now.Add(6 * time.Second)
	if got := loginWith(t, a, "first password", code(t, secret, c.now), "z"); got != "" {
		t.Errorf("after the wait: %s", got)
	}
}

// TestTOTP_Enforced: whoever has to have a second factor can do nothing but set one up; whoever has lost it is let in again.
func TestTOTP_Enforced(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	user(t, a, "ann", "viewer")
	user(t, a, "sue", "security")
	edit(t, a, api.PolicyChange{SecondFactor: ptr("administrators")})
	for name, want := range map[string]string{"ann": "", "sue": api.MustSecondFactor} {
		s := session(t, a, signIn(t, a, name, "chosen themselves"))
		if s.Must != want || slices.Contains(s.Permissions, "cluster.list") == (want != "") {
			t.Errorf("%s: %+v", name, s)
		}
	}
	token := signIn(t, a, "sue", "chosen themselves")
	enable(t, a, c, token, "chosen themselves")
	if s := session(t, a, token); s.Must != "" || !slices.Contains(s.Permissions, "user.list") {
		t.Errorf("with one: %+v", s)
	}
	if err := a.RemoveTOTP(ctx, token, api.Confirmation{Password: "chosen themselves"}); reasons(err) != "totp.required" {
		t.Errorf("removed: %s", reasons(err))
	}
	if u, err := a.ResetTOTP(ctx, "sue"); err != nil || u.SecondFactor {
		t.Errorf("reset: %+v, err %v", u, err)
	}
	if _, err := a.Session(ctx, token, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("the session goes on: %v", err)
	}
	if s := session(t, a, signIn(t, a, "sue", "chosen themselves")); s.Must != api.MustSecondFactor {
		t.Errorf("after the reset: %+v", s)
	}
}

// TestTOTP_AtRest: neither secret nor recovery codes can be read in the database.
func TestTOTP_AtRest(t *testing.T) {
	dir := t.TempDir()
	a, s, c := newAuthIn(t, dir)
	secret, recovery := enable(t, a, c, signIn(t, a, "admin", "first password"), "first password")
	account, err := s.Account(t.Context(), "admin")
	if err != nil || account.Factor.Secret != secret {
		t.Fatalf("the test looks for the wrong thing: %+v, err %v", account.Factor, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append(recovery, secret, strings.ReplaceAll(recovery[0], "-", "")) {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s holds %s", f, text)
			}
		}
	}
}
