package auth_test

import (
	"fmt"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

// TestLockOut: whoever guesses waits longer and longer, and locks out neither the user elsewhere nor for ever.
func TestLockOut(t *testing.T) {
	a, _, c := newAuth(t)
	ctx := t.Context()
	fail := func() fault.Code {
		_, err := login(ctx, a, "admin", "wrong", "bad")
		return fault.CodeOf(err)
	}
	for i := range 5 {
		if got := fail(); got != fault.Anonymous {
			t.Fatalf("failure %d: %s", i, got)
		}
	}
	if got := fail(); got != fault.TooMany {
		t.Errorf("the sixth: %s", got)
	}
	if _, err := login(ctx, a, "admin", "first password", "bad"); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("the right password while locked: %v", err)
	}
	if _, err := login(ctx, a, "admin", "first password", "good"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	c.now = c.now.Add(6 * time.Second)
	if got := fail(); got != fault.Anonymous {
		t.Errorf("after the lock: %s", got)
	}
	c.now = c.now.Add(6 * time.Second)
	if got := fail(); got != fault.TooMany {
		t.Errorf("the lock has not grown: %s", got)
	}
	c.now = c.now.Add(5 * time.Second)
	if _, err := login(ctx, a, "admin", "first password", "bad"); err != nil {
		t.Errorf("the right password after the lock: %v", err)
	}
	if got := fail(); got != fault.Anonymous {
		t.Errorf("success did not forgive: %s", got)
	}
}

// guess tries a password and says with what it was refused.
func guess(t *testing.T, a *auth.Auth, name, password, address string) fault.Code {
	t.Helper()
	_, err := login(t.Context(), a, name, password, address)
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

// spray tries names that nobody has until the address is locked, and returns how many that took.
func spray(t *testing.T, a *auth.Auth, address string) int {
	t.Helper()
	for i := range 1000 {
		switch got := guess(t, a, fmt.Sprint("user", i), "wrong", address); got {
		case fault.Anonymous:
		case fault.TooMany:
			return i
		default:
			t.Fatalf("attempt %d: %s", i, got)
		}
	}
	t.Fatalf("a thousand names from %s", address)
	return 0
}

// TestLockOut_ManyNames: one origin that tries many names is stopped, later than one that tries one name; with IPv6 that is a
// subscriber's network.
func TestLockOut_ManyNames(t *testing.T) {
	a, _, c := newAuth(t)
	if n := spray(t, a, "2001:db8::1"); n != 100 {
		t.Errorf("stopped after %d", n)
	}
	if got := guess(t, a, "admin", "first password", "2001:db8::2"); got != fault.TooMany {
		t.Errorf("from the same network: %q", got)
	}
	if got := guess(t, a, "admin", "first password", "2001:db8:0:1::1"); got != "" {
		t.Errorf("from another network: %q", got)
	}
	// It goes on being stopped: each further guess costs more, up to a quarter of an hour.
	guesses := 0
	for until := c.now.Add(12 * time.Hour); c.now.Before(until); c.now = c.now.Add(time.Minute) {
		if guess(t, a, fmt.Sprint("more", guesses), "wrong", "2001:db8::3") == fault.Anonymous {
			guesses++
		}
	}
	if guesses > 60 {
		t.Errorf("%d guesses in half a day", guesses)
	}
}

// TestLockOut_Colleagues: behind one address, somebody who guesses keeps out neither those who have been there before nor those who
// mistype and then sign in.
func TestLockOut_Colleagues(t *testing.T) {
	a, _, _ := newAuth(t)
	user(t, a, "ann", "viewer")
	user(t, a, "bob", "viewer")
	const nat = "192.0.2.1"
	if got := guess(t, a, "ann", "chosen themselves", nat); got != "" {
		t.Fatal(got)
	}
	for range 5 {
		guess(t, a, "bob", "wrong", nat)
	}
	if got := guess(t, a, "bob", "chosen themselves", nat); got != fault.TooMany {
		t.Errorf("who has failed five times: %q", got)
	}
	if got := guess(t, a, "ann", "chosen themselves", nat); got != "" {
		t.Errorf("a colleague of who failed: %q", got)
	}
	spray(t, a, nat)
	if got := guess(t, a, "admin", "first password", nat); got != fault.TooMany {
		t.Errorf("who has never been there: %q", got)
	}
	if got := guess(t, a, "ann", "chosen themselves", nat); got != "" {
		t.Errorf("who has been there before: %q", got)
	}
	// Who is known may not guess for ever either.
	for range 5 {
		guess(t, a, "ann", "wrong", nat)
	}
	if got := guess(t, a, "ann", "wrong", nat); got != fault.TooMany {
		t.Errorf("guesses with a known name: %q", got)
	}
}

// TestLockOut_Forgiven: many people who mistype now and then, and sign in, are never taken for an attack.
func TestLockOut_Forgiven(t *testing.T) {
	a, _, c := newAuth(t)
	user(t, a, "ann", "viewer")
	for i := range 60 {
		for range 3 {
			if got := guess(t, a, "ann", "wrong", "192.0.2.1"); got != fault.Anonymous {
				t.Fatalf("day %d: %q", i, got)
			}
		}
		if got := guess(t, a, "ann", "chosen themselves", "192.0.2.1"); got != "" {
			t.Fatalf("day %d: %q", i, got)
		}
		c.now = c.now.Add(10 * time.Minute)
	}
	if got := guess(t, a, "admin", "first password", "192.0.2.1"); got != "" {
		t.Errorf("a newcomer: %q", got)
	}
	// A good password does not pay for guesses with other names.
	for i := range 99 {
		guess(t, a, fmt.Sprint("user", i), "wrong", "192.0.2.1")
		guess(t, a, "ann", "chosen themselves", "192.0.2.1")
	}
	guess(t, a, "x", "wrong", "192.0.2.1")
	if got := guess(t, a, "y", "wrong", "192.0.2.1"); got != fault.TooMany {
		t.Errorf("a hundred guesses between good ones: %q", got)
	}
}

// TestLockOut_Elsewhere: nobody can keep an administrator out who signs in from another place, however long and from however many places
// they try, not even with the password and wrong codes.
func TestLockOut_Elsewhere(t *testing.T) {
	a, _, c := newAuth(t)
	for i := range 300 {
		guess(t, a, "admin", "wrong", fmt.Sprint("198.51.100.", i%250))
		if i%50 == 0 {
			if got := guess(t, a, "admin", "first password", "192.0.2.1"); got != "" {
				t.Fatalf("after %d guesses: %q", i, got)
			}
		}
	}
	secret, codes := enable(t, a, c, signIn(t, a, "admin", "first password"), "first password")
	try := func(given, address string) fault.Code {
		_, _, err := a.Login(t.Context(), api.Login{Name: "admin", Password: "first password", Code: given}, address)
		if err == nil {
			return ""
		}
		return fault.CodeOf(err)
	}
	for i := range 10 {
		try("000000", fmt.Sprint("198.51.100.", i))
	}
	if got := try("000000", "203.0.113.9"); got != fault.TooMany {
		t.Errorf("a stranger's code after ten wrong ones from elsewhere: %q", got)
	}
	if got := try(code(t, secret, c.now), "192.0.2.1"); got != "" {
		t.Errorf("where the administrator has been before: %q", got)
	}
	c.now = c.now.Add(time.Minute)
	try("000000", "203.0.113.10")
	if got := try("000000", "203.0.113.11"); got != fault.TooMany {
		t.Errorf("strangers were forgiven: %q", got)
	}
	for range 5 {
		try("000000", "192.0.2.1")
	}
	if got := try(codes[0], "192.0.2.1"); got != fault.TooMany {
		t.Errorf("codes are guessed where the administrator has been: %q", got)
	}
}
