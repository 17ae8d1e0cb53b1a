// Package auth knows who may sign in, who has signed in, and what each role permits.
//
// A session is a row in the store; its token is opaque, random, and kept as a hash only. docs/decisions/0005 says why no JWT.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/version"
)

// How long sessions last. A browser's ends after half a day in which nobody did anything, a script's after a month; whoever
// works without a break signs in again after a week.
const (
	browserIdle = 12 * time.Hour
	browserLife = 7 * 24 * time.Hour
	bearerLife  = 30 * 24 * time.Hour
	// touchEvery keeps a busy console from writing the session's row with every request.
	touchEvery = time.Minute
)

// Account is a user with what only this package may see.
type Account struct {
	api.User
	Hash string // argon2id of the password
}

// Session is somebody who has signed in.
type Session struct {
	Hash    string // SHA-256 of the token
	User    string
	Address string
	Bearer  bool
	Created time.Time
	Seen    time.Time
	Expires time.Time
}

// Store keeps accounts and sessions. Where there is no such object, it returns a NotFound fault.
type Store interface {
	Accounts(ctx context.Context) ([]Account, error)
	Account(ctx context.Context, name string) (Account, error)
	// CreateAccount returns a Conflict fault where the name is taken.
	CreateAccount(ctx context.Context, a Account) error
	// ChangeAccount hands change the account and all others, in one transaction; nothing is kept where it returns an error.
	ChangeAccount(ctx context.Context, name string, change func(a *Account, others []Account) error) (Account, error)
	DeleteAccount(ctx context.Context, name string, check func(a Account, others []Account) error) error

	CreateSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash string) (Session, error)
	TouchSession(ctx context.Context, hash string, seen, expires time.Time) error
	DeleteSession(ctx context.Context, hash string) error
	// DeleteSessionsOf ends all sessions of a user but the one named.
	DeleteSessionsOf(ctx context.Context, user, but string) error
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
}

// Options are what an Auth needs. Store is required.
type Options struct {
	Store Store
	Demo  bool // sessions say that there is a demo panel
	Now   func() time.Time
	Log   *slog.Logger
}

// Auth answers who somebody is.
type Auth struct {
	o     Options
	locks *locks
	slots chan struct{} // bounds the memory that hashing passwords takes at once
}

// New returns an Auth.
func New(o Options) *Auth {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Auth{o: o, locks: newLocks(), slots: make(chan struct{}, hashesAtOnce)}
}

// Run deletes sessions that have expired, until ctx ends.
func (a *Auth) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.o.Store.DeleteExpiredSessions(ctx, a.o.Now()); err != nil && ctx.Err() == nil {
			a.o.Log.Warn("expired sessions were not deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// errWrong is one answer to a wrong name, a wrong password and a disabled user: it must not help to guess names.
func errWrong() *fault.Error {
	return fault.New(fault.Anonymous, "login.wrong", "wrong name or password")
}

// Login signs in.
func (a *Auth) Login(ctx context.Context, in api.Login, address string) (api.Session, string, error) {
	now := a.o.Now()
	attempt := a.locks.begin(in.Name, address, now)
	if attempt.wait > 0 {
		return api.Session{}, "", errLocked(attempt.wait)
	}
	account, err := a.o.Store.Account(ctx, in.Name)
	known := err == nil
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return api.Session{}, "", err
	}
	if !known {
		account.Hash = strangersHash() // so that an unknown name takes as long as a wrong password
	}
	right, err := a.verify(ctx, in.Password, account.Hash)
	if err != nil {
		return api.Session{}, "", err
	}
	if !known || !right || account.Disabled {
		if wait := a.locks.failed(in.Name, address, now); wait > 0 {
			a.o.Log.Warn("login locked", "user", in.Name, "address", address, "for", wait)
		}
		return api.Session{}, "", errWrong()
	}
	a.locks.succeeded(in.Name, address)
	token := rand.Text()
	s := Session{Hash: hashToken(token), User: account.Name, Address: address, Bearer: in.Bearer, Created: now, Seen: now, Expires: now.Add(browserIdle)}
	if in.Bearer {
		s.Expires = now.Add(bearerLife)
	}
	if err := a.o.Store.CreateSession(ctx, s); err != nil {
		return api.Session{}, "", err
	}
	return a.session(account, s), token, nil
}

// Session returns who signed in with that token.
func (a *Auth) Session(ctx context.Context, token string) (api.Session, error) {
	gone := fault.New(fault.Anonymous, "session.expired", "the session has ended; sign in again")
	hash := hashToken(token)
	s, err := a.o.Store.Session(ctx, hash)
	if fault.CodeOf(err) == fault.NotFound {
		return api.Session{}, gone
	} else if err != nil {
		return api.Session{}, err
	}
	now := a.o.Now()
	account, err := a.o.Store.Account(ctx, s.User)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return api.Session{}, err
	}
	if err != nil || account.Disabled || !now.Before(s.Expires) {
		return api.Session{}, gone
	}
	if now.Sub(s.Seen) >= touchEvery {
		if !s.Bearer {
			s.Expires = earlier(now.Add(browserIdle), s.Created.Add(browserLife))
		}
		if err := a.o.Store.TouchSession(ctx, hash, now, s.Expires); err != nil {
			return api.Session{}, err
		}
	}
	return a.session(account, s), nil
}

func (a *Auth) session(account Account, s Session) api.Session {
	return api.Session{
		User: account.User, Permissions: Permissions(account.Role), Expires: s.Expires.UTC(), Demo: a.o.Demo, Version: version.String(),
	}
}

// Logout ends a session; one that has ended already is no error.
func (a *Auth) Logout(ctx context.Context, token string) error {
	return a.o.Store.DeleteSession(ctx, hashToken(token))
}

// ChangePassword changes the password of whoever holds the token, and ends that user's other sessions.
func (a *Auth) ChangePassword(ctx context.Context, token string, in api.PasswordChange) error {
	session, err := a.Session(ctx, token)
	if err != nil {
		return err
	}
	name := session.User.Name
	account, err := a.o.Store.Account(ctx, name)
	if err != nil {
		return err
	}
	now := a.o.Now()
	if attempt := a.locks.begin(name, "", now); attempt.wait > 0 {
		return errLocked(attempt.wait)
	}
	right, err := a.verify(ctx, in.Current, account.Hash)
	if err != nil {
		return err
	}
	if !right {
		a.locks.failed(name, "", now)
		var f fault.Fields
		f.Add("current", "password.wrong", "is not the password in force")
		return f.Err()
	}
	a.locks.succeeded(name, "")
	if err := checkPassword("new", in.New, name); err != nil {
		return err
	}
	hash, err := a.hash(ctx, in.New)
	if err != nil {
		return err
	}
	if _, err := a.o.Store.ChangeAccount(ctx, name, func(c *Account, _ []Account) error { c.Hash = hash; return nil }); err != nil {
		return err
	}
	return a.o.Store.DeleteSessionsOf(ctx, name, hashToken(token))
}

// Permissions returns the names of the routes that a role may call, those that need nobody included.
func Permissions(role string) []string {
	var names []string
	for _, r := range api.Routes {
		if Allows(role, r.Permission) {
			names = append(names, r.Name)
		}
	}
	return names
}

// The roles.
const (
	RoleAdmin    = "admin"
	RoleOperator = "operator"
	RoleViewer   = "viewer"
)

// Roles are all roles.
var Roles = [...]string{RoleAdmin, RoleOperator, RoleViewer}

// Allows says whether a role has a permission.
func Allows(role string, p api.Permission) bool {
	switch p {
	case api.Public, api.Self:
		return slices.Contains(Roles[:], role)
	case api.Read:
		return slices.Contains(Roles[:], role)
	case api.Operate:
		return role == RoleAdmin || role == RoleOperator
	}
	return role == RoleAdmin
}

var userName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._-]{0,63}$`)

// Users returns all users.
func (a *Auth) Users(ctx context.Context) ([]api.User, error) {
	accounts, err := a.o.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	users := make([]api.User, 0, len(accounts))
	for _, c := range accounts {
		users = append(users, c.User)
	}
	return users, nil
}

// CreateUser makes a user.
func (a *Auth) CreateUser(ctx context.Context, in api.NewUser) (api.User, error) {
	var f fault.Fields
	if !userName.MatchString(in.Name) {
		f.Add("name", "user.name_invalid", "a letter first, then letters, digits, dots, hyphens, underscores", "name", in.Name)
	}
	checkRole(&f, in.Role)
	addPassword(&f, "password", in.Password, in.Name)
	if err := f.Err(); err != nil {
		return api.User{}, err
	}
	hash, err := a.hash(ctx, in.Password)
	if err != nil {
		return api.User{}, err
	}
	account := Account{User: api.User{Name: in.Name, Role: in.Role, Created: a.o.Now().UTC().Truncate(time.Microsecond)}, Hash: hash}
	if err := a.o.Store.CreateAccount(ctx, account); err != nil {
		return api.User{}, err
	}
	return account.User, nil
}

func checkRole(f *fault.Fields, role string) {
	if !slices.Contains(Roles[:], role) {
		f.Add("role", "field.one_of", "unknown role", "value", role, "allowed", strings.Join(Roles[:], ", "))
	}
}

// EditUser changes a user. Whoever loses the role, the password or the right to sign in loses the sessions too.
func (a *Auth) EditUser(ctx context.Context, name string, in api.UserChange) (api.User, error) {
	var f fault.Fields
	if in.Role != nil {
		checkRole(&f, *in.Role)
	}
	if in.Password != nil {
		addPassword(&f, "password", *in.Password, name)
	}
	if err := f.Err(); err != nil {
		return api.User{}, err
	}
	var hash string
	if in.Password != nil {
		var err error
		if hash, err = a.hash(ctx, *in.Password); err != nil {
			return api.User{}, err
		}
	}
	account, err := a.o.Store.ChangeAccount(ctx, name, func(c *Account, others []Account) error {
		if in.Role != nil {
			c.Role = *in.Role
		}
		if in.Disabled != nil {
			c.Disabled = *in.Disabled
		}
		if in.Language != nil {
			c.Language = *in.Language
		}
		if hash != "" {
			c.Hash = hash
		}
		return someAdminStays(append(slices.Clone(others), *c), name)
	})
	if err != nil {
		return api.User{}, err
	}
	if in.Role != nil || in.Password != nil || account.Disabled {
		if err := a.o.Store.DeleteSessionsOf(ctx, name, ""); err != nil {
			return api.User{}, err
		}
	}
	return account.User, nil
}

// DeleteUser deletes a user with all sessions.
func (a *Auth) DeleteUser(ctx context.Context, name string) error {
	return a.o.Store.DeleteAccount(ctx, name, func(_ Account, others []Account) error { return someAdminStays(others, name) })
}

// someAdminStays refuses a change after which nobody could administer the server any more.
func someAdminStays(accounts []Account, name string) error {
	for _, c := range accounts {
		if c.Role == RoleAdmin && !c.Disabled {
			return nil
		}
	}
	return fault.New(fault.Conflict, "user.last_admin", "%s is the last administrator who can sign in", name).With("name", name)
}

// Bootstrap makes the user admin where there is no user at all, with that password or a random one, and returns the
// password then. It returns "" where there are users already.
func (a *Auth) Bootstrap(ctx context.Context, password string) (string, error) {
	accounts, err := a.o.Store.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return "", err
	}
	if password == "" {
		password = rand.Text()
	}
	_, err = a.CreateUser(ctx, api.NewUser{Name: "admin", Role: RoleAdmin, Password: password})
	if errors.Is(err, context.Canceled) {
		return "", err
	}
	if err != nil {
		return "", err
	}
	return password, nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
