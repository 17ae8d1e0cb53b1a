package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

func TestTokens(t *testing.T) {
	a, s, c := newAuth(t)
	ctx := t.Context()
	user(t, a, "ann", "operator")
	ann := signIn(t, a, "ann", "chosen themselves")
	for want, in := range map[string]api.NewToken{
		"label field.required":       {Label: " ", Role: "viewer", Days: 1},
		"role field.one_of":          {Label: "x", Role: "king", Days: 1},
		"role token.role_exceeds":    {Label: "x", Role: "admin", Days: 1},
		"days token.too_long":        {Label: "x", Role: "viewer", Days: 366},
		"days field.too_small":       {Label: "x", Role: "viewer"},
		"clusters[0] field.required": {Label: "x", Role: "viewer", Days: 1, Clusters: []string{""}},
	} {
		if _, err := a.CreateToken(ctx, ann, in); reasons(err) != want {
			t.Errorf("got %q, want %q", reasons(err), want)
		}
	}
	made, err := a.CreateToken(ctx, ann, api.NewToken{Label: "ci", Role: "viewer", Days: 2})
	if err != nil || !strings.HasPrefix(made.Token, "hwt_") {
		t.Fatalf("made %+v, err %v", made, err)
	}
	if stored, err := s.APITokens(ctx, "ann"); err != nil || len(stored) != 1 || strings.Contains(stored[0].Hash, made.Token[4:]) {
		t.Errorf("stored %+v, err %v", stored, err)
	}
	x, err := a.Session(ctx, made.Token, "10.0.0.7")
	if err != nil || x.User.Name != "ann" || x.User.Role != "viewer" {
		t.Fatalf("session %+v, err %v", x, err)
	}
	may := func(names ...string) {
		t.Helper()
		x, err := a.Session(ctx, made.Token, "10.0.0.7")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			no := strings.HasPrefix(name, "!")
			if slices.Contains(x.Permissions, strings.TrimPrefix(name, "!")) == no {
				t.Errorf("%s: %v", name, x.Permissions)
			}
		}
	}
	if _, err := a.EditPolicy(ctx, api.PolicyChange{SecondFactor: ptr("everybody")}); err != nil {
		t.Fatal(err)
	}
	if x, err := a.Session(ctx, made.Token, ""); err != nil || x.Must != "" {
		t.Errorf("a token must %q, err %v", x.Must, err)
	}
	may("cluster.list", "session.show", "!resource.move", "!user.list", "!token.create", "!password.change", "!totp.setup", "!session.list")
	c.now = c.now.Add(time.Hour)
	if _, err := a.Session(ctx, made.Token, ""); err != nil { // as the live stream asks
		t.Fatal(err)
	}
	list, err := a.Tokens(ctx, "ann")
	if err != nil || len(list) != 1 || list[0].Address != "10.0.0.7" || !list[0].Seen.Equal(c.now) || list[0].Label != "ci" {
		t.Errorf("list %+v, err %v", list, err)
	}
	t.Run("FollowsItsUser", func(t *testing.T) {
		made, err := a.CreateToken(ctx, ann, api.NewToken{Label: "op", Role: "operator", Days: 2})
		if err != nil {
			t.Fatal(err)
		}
		if x, err := a.Session(ctx, made.Token, ""); err != nil || !slices.Contains(x.Permissions, "resource.move") {
			t.Errorf("session %+v, err %v", x, err)
		}
		if _, err := a.EditUser(ctx, "admin", "ann", api.UserChange{Role: ptr("viewer")}); err != nil {
			t.Fatal(err)
		}
		if x, err := a.Session(ctx, made.Token, ""); err != nil || slices.Contains(x.Permissions, "resource.move") || !slices.Contains(x.Permissions, "cluster.list") {
			t.Errorf("of a viewer: %+v, err %v", x, err)
		}
		if _, err := a.EditUser(ctx, "admin", "ann", api.UserChange{Disabled: ptr(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(ctx, made.Token, ""); reasons(err) != "token.unknown" {
			t.Errorf("of somebody disabled: %v", err)
		}
		if _, err := a.EditUser(ctx, "admin", "ann", api.UserChange{Disabled: ptr(false)}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("OfAClusterOnly", func(t *testing.T) {
		made, err := a.CreateToken(ctx, signIn(t, a, "admin", "first password"), api.NewToken{Label: "one", Role: "admin", Days: 2, Clusters: []string{"demo"}})
		if err != nil {
			t.Fatal(err)
		}
		x, err := a.Session(ctx, made.Token, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"cluster.create", "host.list", "user.list", "audit.list", "channel.list", "config.migrate"} {
			if slices.Contains(x.Permissions, name) {
				t.Errorf("may %s", name)
			}
		}
		for _, name := range []string{"cluster.list", "cluster.show", "resource.edit", "operation.show", "event.list"} {
			if !slices.Contains(x.Permissions, name) {
				t.Errorf("may not %s", name)
			}
		}
	})
	t.Run("Expires", func(t *testing.T) {
		c.now = c.now.AddDate(0, 0, 2)
		if _, err := a.Session(ctx, made.Token, ""); reasons(err) != "token.expired" {
			t.Errorf("got %v", err)
		}
		if list, err := a.Tokens(ctx, "ann"); err != nil || len(list) != 2 {
			t.Errorf("those that expired are listed: %+v, err %v", list, err)
		}
	})
}

// TestRevoke: own ones are one's own, everybody's are the security administrator's.
func TestRevoke(t *testing.T) {
	a, _, _ := newAuth(t)
	ctx := t.Context()
	user(t, a, "ann", "viewer")
	mine, other := signIn(t, a, "ann", "chosen themselves"), signIn(t, a, "admin", "first password")
	list, err := a.Sessions(ctx, "ann", mine)
	if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(x api.Access) bool { return x.Current }) { // that of user(), too
		t.Fatalf("list %+v, err %v", list, err)
	}
	admins, err := a.Sessions(ctx, "admin", other)
	if err != nil || len(admins) != 1 || !admins[0].Current || admins[0].Kind != "browser" {
		t.Fatalf("list %+v, err %v", admins, err)
	}
	if err := a.RevokeSession(ctx, "ann", admins[0].ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another's session: %v", err)
	}
	made, err := a.CreateToken(ctx, other, api.NewToken{Label: "x", Role: "viewer", Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RevokeToken(ctx, "ann", made.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another's token: %v", err)
	}
	if err := a.RevokeToken(ctx, "admin", admins[0].ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a session as a token: %v", err)
	}
	if all, err := a.Access(ctx, other); err != nil || len(all) != 4 {
		t.Errorf("all: %+v, err %v", all, err)
	}
	for _, x := range list {
		if x.Current {
			if err := a.RevokeSession(ctx, "ann", x.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := a.Session(ctx, mine, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("a revoked session: %v", err)
	}
	if err := a.RevokeAccess(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(ctx, made.Token, ""); reasons(err) != "token.unknown" {
		t.Errorf("a revoked token: %v", err)
	}
	if err := a.RevokeAccess(ctx, admins[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(ctx, other, ""); fault.CodeOf(err) != fault.Anonymous {
		t.Errorf("a revoked session: %v", err)
	}
}
