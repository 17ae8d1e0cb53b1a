package auth

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// tokenPrefix tells an API token from a session's, for the server and for whoever looks for leaked ones.
const tokenPrefix = "hwt_"

// idLength is how much of the hash of a token names it: enough to tell all apart, and no way back to the token.
const idLength = 16

// Token is an API token: what a program calls the interface with.
type Token struct {
	Hash     string // SHA-256 of the token
	User     string
	Label    string
	Role     string
	Clusters []string
	Address  string // from where it was last used
	Created  time.Time
	Seen     time.Time
	Expires  time.Time
}

func (s Session) access() api.Access {
	kind := "browser"
	if s.Bearer {
		kind = "cli"
	}
	return api.Access{ID: s.Hash[:idLength], Kind: kind, User: s.User, Address: s.Address, Created: s.Created, Seen: s.Seen, Expires: s.Expires}
}

func (t Token) access() api.Access {
	return api.Access{
		ID: t.Hash[:idLength], Kind: "token", User: t.User, Label: t.Label, Role: t.Role, Clusters: t.Clusters, Address: t.Address,
		Created: t.Created, Seen: t.Seen, Expires: t.Expires,
	}
}

// Sessions lists the sessions of whoever holds the token.
func (a *Auth) Sessions(ctx context.Context, user, token string) ([]api.Access, error) {
	list, err := a.o.Store.Sessions(ctx, user)
	if err != nil {
		return nil, err
	}
	var out []api.Access
	for _, s := range list {
		if a.o.Now().Before(s.Expires) {
			x := s.access()
			x.Current = s.Hash == hashToken(token)
			out = append(out, x)
		}
	}
	return out, nil
}

// Tokens lists a user's API tokens, those that have expired too: whoever wonders why a program fails looks here.
func (a *Auth) Tokens(ctx context.Context, user string) ([]api.Access, error) {
	list, err := a.o.Store.APITokens(ctx, user)
	if err != nil {
		return nil, err
	}
	var out []api.Access
	for _, t := range list {
		out = append(out, t.access())
	}
	return out, nil
}

// Access lists everybody's sessions and tokens.
func (a *Auth) Access(ctx context.Context, token string) ([]api.Access, error) {
	sessions, err := a.Sessions(ctx, "", token)
	if err != nil {
		return nil, err
	}
	tokens, err := a.Tokens(ctx, "")
	return append(sessions, tokens...), err
}

// RevokeSession ends a session of a user; RevokeToken a token; RevokeAccess either, whosever it is.
func (a *Auth) RevokeSession(ctx context.Context, user, id string) error {
	return a.revoke(ctx, user, id, true, false)
}

// RevokeToken ends an API token of a user.
func (a *Auth) RevokeToken(ctx context.Context, user, id string) error {
	return a.revoke(ctx, user, id, false, true)
}

// RevokeAccess ends a session or a token, whosever it is.
func (a *Auth) RevokeAccess(ctx context.Context, id string) error {
	return a.revoke(ctx, "", id, true, true)
}

func (a *Auth) revoke(ctx context.Context, user, id string, session, token bool) error {
	if session {
		list, err := a.o.Store.Sessions(ctx, user)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(list, func(s Session) bool { return s.Hash[:idLength] == id }); i >= 0 {
			return a.o.Store.DeleteSession(ctx, list[i].Hash)
		}
	}
	if token {
		list, err := a.o.Store.APITokens(ctx, user)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(list, func(t Token) bool { return t.Hash[:idLength] == id }); i >= 0 {
			return a.o.Store.DeleteAPIToken(ctx, list[i].Hash)
		}
	}
	return fault.New(fault.NotFound, "access.not_found", "there is no session or token %s", id).With("id", id)
}

// CreateToken makes an API token for whoever holds the token of a session. It can do what both its role and its user's can, whatever
// becomes of that.
func (a *Auth) CreateToken(ctx context.Context, session string, in api.NewToken) (api.TokenMade, error) {
	account, policy, err := a.self(ctx, session)
	if err != nil {
		return api.TokenMade{}, err
	}
	var f fault.Fields
	in.Label = strings.TrimSpace(in.Label)
	if in.Label == "" {
		f.Add("label", "field.required", "is needed")
	}
	checkRole(&f, in.Role)
	mine := Permissions(account.Role, policy.Separation)
	if slices.ContainsFunc(Permissions(in.Role, policy.Separation), func(name string) bool { return !slices.Contains(mine, name) }) {
		f.Add("role", "token.role_exceeds", "may do more than you", "role", in.Role)
	}
	if in.Days < 1 {
		f.Add("days", "field.too_small", "at least one day", "min", "1")
	} else if in.Days > policy.Session.TokenMaxDays {
		f.Add("days", "token.too_long", "longer than the policy lets tokens live", "max", strconv.Itoa(policy.Session.TokenMaxDays))
	}
	for i, c := range in.Clusters {
		if strings.TrimSpace(c) == "" {
			f.Add("clusters["+strconv.Itoa(i)+"]", "field.required", "is empty")
		}
	}
	if err := f.Err(); err != nil {
		return api.TokenMade{}, err
	}
	token, now := tokenPrefix+rand.Text(), a.o.Now().UTC().Truncate(time.Microsecond)
	t := Token{
		Hash: hashToken(token), User: account.Name, Label: in.Label, Role: in.Role, Clusters: in.Clusters,
		Created: now, Expires: now.AddDate(0, 0, in.Days),
	}
	if err := a.o.Store.CreateAPIToken(ctx, t, hashToken(session)); fault.CodeOf(err) == fault.NotFound {
		return api.TokenMade{}, errEnded() // meanwhile
	} else if err != nil {
		return api.TokenMade{}, err
	}
	return api.TokenMade{Access: t.access(), Token: token}, nil
}

// withoutCluster are the routes beside those of one cluster that a token for some clusters may call: server/rest leaves out of
// their answers what is of others.
var withoutCluster = []string{"session.show", "cluster.list", "operation.show", "event.list", "operation.list", "alarm.list"}

// tokenSession returns what an API token may do.
func (a *Auth) tokenSession(ctx context.Context, token, address string) (api.Session, error) {
	now := a.o.Now()
	t, err := a.o.Store.APIToken(ctx, hashToken(token))
	if fault.CodeOf(err) == fault.NotFound {
		return api.Session{}, fault.New(fault.Anonymous, "token.unknown", "no such token, or it was revoked")
	} else if err != nil {
		return api.Session{}, err
	}
	if !now.Before(t.Expires) {
		return api.Session{}, fault.New(fault.Anonymous, "token.expired", "the token has expired")
	}
	account, err := a.o.Store.Account(ctx, t.User)
	if err != nil {
		return api.Session{}, err
	}
	if account.Disabled {
		return api.Session{}, fault.New(fault.Anonymous, "token.unknown", "the token's user may not sign in")
	}
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return api.Session{}, err
	}
	if address == "" { // not known: the last that was stays
		address = t.Address
	}
	if now.Sub(t.Seen) >= touchEvery || address != t.Address {
		if err := a.o.Store.TouchAPIToken(ctx, t.Hash, now, address); err != nil {
			return api.Session{}, err
		}
	}
	mine := Permissions(account.Role, policy.Separation)
	var names []string
	for _, r := range api.Routes {
		switch {
		case !slices.Contains(mine, r.Name), !Allows(t.Role, r.Permission, policy.Separation):
		case r.Permission == api.Self && r.Name != "session.show" && r.Name != "policy.show":
			// A token makes no tokens, and changes no password: what is the person's is the person's.
		case len(t.Clusters) > 0 && !strings.Contains(r.Path, "{cluster}") && !slices.Contains(withoutCluster, r.Name):
		default:
			names = append(names, r.Name)
		}
	}
	s := a.session(account, policy, t.Expires)
	s.User.Role, s.Permissions, s.Clusters = t.Role, names, t.Clusters
	s.Must = "" // a program can set nothing, and is not asked to
	return s, nil
}
