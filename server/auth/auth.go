// Package auth knows who may sign in, who has signed in, and what each role permits.
//
// A session is a row in the store; its token is opaque, random, and kept as a hash only. docs/decisions/0005 says why no JWT.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/version"
)

// touchEvery keeps a busy console from writing the session's row with every request.
const touchEvery = time.Minute

// Account is a user with what only this package may see.
type Account struct {
	api.User
	Hash   string   // argon2id of the password
	Past   []string // those before, newest first
	Factor Factor
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

// Store keeps accounts, sessions, tokens and the policy. Where there is no such object, it returns a NotFound fault.
type Store interface {
	Accounts(ctx context.Context) ([]Account, error)
	Account(ctx context.Context, name string) (Account, error)
	// CreateAccount returns a Conflict fault where the name is taken.
	CreateAccount(ctx context.Context, a Account) error
	// ChangeAccount hands change the account, all others and the policy, in one transaction; nothing is kept where it returns an
	// error.
	ChangeAccount(ctx context.Context, name string, change func(a *Account, others []Account, p api.Policy) error) (Account, error)
	DeleteAccount(ctx context.Context, name string, check func(a Account, others []Account, p api.Policy) error) error

	// CreateSession keeps a session of an account where check lets it; nothing changes the account in between.
	CreateSession(ctx context.Context, s Session, check func(Account) error) error
	Session(ctx context.Context, hash string) (Session, error)
	// Sessions lists the sessions of a user, or of all where that is "".
	Sessions(ctx context.Context, user string) ([]Session, error)
	TouchSession(ctx context.Context, hash string, seen, expires time.Time) error
	DeleteSession(ctx context.Context, hash string) error
	// DeleteSessionsOf ends all sessions of a user but the one named.
	DeleteSessionsOf(ctx context.Context, user, but string) error
	DeleteExpiredSessions(ctx context.Context, now time.Time) error

	// CreateAPIToken keeps a token where that session goes on; nothing ends it in between. Where it does not, it returns a NotFound
	// fault.
	CreateAPIToken(ctx context.Context, t Token, session string) error
	APIToken(ctx context.Context, hash string) (Token, error)
	APITokens(ctx context.Context, user string) ([]Token, error)
	TouchAPIToken(ctx context.Context, hash string, seen time.Time, address string) error
	DeleteAPIToken(ctx context.Context, hash string) error
	// DeleteAccessOf ends all sessions and API tokens of a user.
	DeleteAccessOf(ctx context.Context, user string) error

	// Policy returns DefaultPolicy where none was kept.
	Policy(ctx context.Context) (api.Policy, error)
	// ChangePolicy hands change the policy and all accounts, in one transaction.
	ChangePolicy(ctx context.Context, change func(p *api.Policy, accounts []Account) error) (api.Policy, error)
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
	// slots bounds the memory that hashing passwords takes at once. A login keeps its slot until it is decided, so that guesses
	// made at once are counted one after the other.
	slots chan struct{}
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

// Login signs in.
func (a *Auth) Login(ctx context.Context, in api.Login, address string) (api.Session, string, error) {
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return api.Session{}, "", err
	}
	account, err := a.check(ctx, in, address, policy.Lock)
	if err != nil {
		return api.Session{}, "", err
	}
	now := a.o.Now()
	token := rand.Text()
	s := Session{Hash: hashToken(token), User: account.Name, Address: address, Bearer: in.Bearer, Created: now, Seen: now}
	s.Expires = expires(s, now, policy.Session)
	if err := a.o.Store.CreateSession(ctx, s, func(c Account) error {
		// Hashing takes its time: what was changed meanwhile has ended all sessions, and this must not be one more.
		if c.Hash != account.Hash || c.Factor.Secret != account.Factor.Secret || c.Disabled {
			return errWrong()
		}
		return nil
	}); fault.CodeOf(err) == fault.NotFound {
		return api.Session{}, "", errWrong()
	} else if err != nil {
		return api.Session{}, "", err
	}
	return a.session(account, policy, s.Expires), token, nil
}

func errWrong() *fault.Error {
	return fault.New(fault.Anonymous, "login.wrong", "wrong name or password")
}

// expires says when a session ends that is used now.
func expires(s Session, now time.Time, rules api.SessionRules) time.Time {
	if s.Bearer {
		return s.Created.Add(time.Duration(rules.CLIHours) * time.Hour)
	}
	return earlier(now.Add(time.Duration(rules.IdleMinutes)*time.Minute), s.Created.Add(time.Duration(rules.LifeHours)*time.Hour))
}

// check says whether somebody is who they say they are.
func (a *Auth) check(ctx context.Context, in api.Login, address string, rules api.LockRules) (Account, error) {
	if err := a.slot(ctx); err != nil {
		return Account{}, err
	}
	defer a.free()
	keys, now := a.locks.passwordOf(in.Name, address), a.o.Now()
	if wait := a.locks.wait(keys, now); wait > 0 {
		return Account{}, errLocked(wait)
	}
	failed := func(keys []lockKey, f *fault.Error) error {
		if wait := a.locks.failed(keys, rules, now); wait > 0 {
			a.o.Log.Warn("login locked", "user", in.Name, "address", address, "for", wait)
		}
		return f
	}
	account, err := a.o.Store.Account(ctx, in.Name)
	known := err == nil
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return Account{}, err
	}
	if !known {
		account.Hash = strangersHash() // so that an unknown name takes as long as a wrong password
	}
	right, err := matches(in.Password, account.Hash)
	if err != nil {
		return Account{}, err
	}
	if !known || !right || account.Disabled {
		// One answer to a wrong name, a wrong password and a disabled user: it must not help to guess names.
		return Account{}, failed(keys, errWrong())
	}
	if account.SecondFactor {
		codes := a.locks.codeOf(account.Name, address)
		if wait := a.locks.wait(codes, now); wait > 0 {
			return Account{}, errLocked(wait)
		}
		if in.Code == "" {
			return Account{}, fault.New(fault.Anonymous, "login.code_needed", "a code of the second factor is needed")
		}
		account, err = a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, _ api.Policy) error {
			right, err := c.take(in.Code, now)
			if err == nil && !right {
				err = fault.New(fault.Anonymous, "login.code_wrong", "wrong code")
			}
			return err
		})
		if fault.CodeOf(err) == fault.Anonymous {
			return Account{}, failed(append(keys, codes...), fault.New(fault.Anonymous, "login.code_wrong", "the code is wrong, or was used before"))
		} else if err != nil {
			return Account{}, err
		}
	}
	a.locks.succeeded(in.Name, address, now)
	return account, nil
}

// Session returns who signed in with that token; address is from where it is used, "" where that is not known.
func (a *Auth) Session(ctx context.Context, token, address string) (api.Session, error) {
	if strings.HasPrefix(token, tokenPrefix) {
		return a.tokenSession(ctx, token, address)
	}
	hash := hashToken(token)
	s, err := a.o.Store.Session(ctx, hash)
	if fault.CodeOf(err) == fault.NotFound {
		return api.Session{}, errEnded()
	} else if err != nil {
		return api.Session{}, err
	}
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return api.Session{}, err
	}
	now := a.o.Now()
	account, err := a.o.Store.Account(ctx, s.User)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return api.Session{}, err
	}
	// A policy that was made stricter holds for sessions that have begun before.
	s.Expires = earlier(s.Expires, expires(s, s.Seen, policy.Session))
	if err != nil || account.Disabled || !now.Before(s.Expires) {
		return api.Session{}, errEnded()
	}
	if now.Sub(s.Seen) >= touchEvery {
		s.Expires = expires(s, now, policy.Session)
		if err := a.o.Store.TouchSession(ctx, hash, now, s.Expires); err != nil {
			return api.Session{}, err
		}
	}
	return a.session(account, policy, s.Expires), nil
}

func errEnded() *fault.Error {
	return fault.New(fault.Anonymous, "session.expired", "the session has ended; sign in again")
}

func (a *Auth) session(account Account, policy api.Policy, expires time.Time) api.Session {
	s := api.Session{
		User: account.User, Permissions: Permissions(account.Role, policy.Separation), Must: must(account, policy, a.o.Now()),
		Expires: expires.UTC(), Separated: policy.Separation, Demo: a.o.Demo, Version: version.String(),
	}
	if s.Must != "" {
		s.Permissions = slices.Clone(first[s.Must])
	}
	return s
}

// Logout ends a session; one that has ended already is no error.
func (a *Auth) Logout(ctx context.Context, token string) error {
	return a.o.Store.DeleteSession(ctx, hashToken(token))
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
