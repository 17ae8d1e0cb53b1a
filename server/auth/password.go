package auth

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"hawser/internal/api"
	"hawser/internal/fault"
)

const (
	maxPassword = 256 // bytes
	maxHistory  = 24  // how many old passwords are remembered at most
	// fewest is how many different characters a password must have, whatever its length.
	fewest = 5
	// nameInPassword is how long a name must be so that a password must not hold it: two letters occur in anything.
	nameInPassword = 4
)

// hashing is OWASP's second choice (19 MiB, two passes, one thread): the library's own default of 64 MiB would be most of
// what the server is to take at rest. Two at once, the rest waits.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const hashesAtOnce = 2

func (a *Auth) hash(ctx context.Context, password string) (string, error) {
	if err := a.slot(ctx); err != nil {
		return "", err
	}
	defer a.free()
	hash, err := argon2id.CreateHash(password, hashing)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// matches compares; the caller has a slot.
func matches(password, hash string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return right, nil
}

// slot waits until a password may be hashed.
func (a *Auth) slot(ctx context.Context) error {
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Auth) free() { <-a.slots }

// strangersHash is compared with where there is no such user.
var strangersHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash("nobody has this password", hashing)
	if err != nil {
		panic(err) // no randomness: nothing works then
	}
	return hash
})

// addPassword says what is wrong with a new password.
func addPassword(f *fault.Fields, path, password, name string, rules api.PasswordRules) {
	switch length := utf8.RuneCountInString(password); {
	case length < rules.MinLength:
		f.Add(path, "field.too_short", "is too short", "min", strconv.Itoa(rules.MinLength))
	case len(password) > maxPassword:
		f.Add(path, "field.too_long", "at most 256 characters", "max", strconv.Itoa(maxPassword))
	case classes(password) < rules.Classes:
		f.Add(path, "password.classes", "has too few kinds of characters", "count", strconv.Itoa(rules.Classes))
	case different(password) < fewest, len(name) >= nameInPassword && strings.Contains(strings.ToLower(password), strings.ToLower(name)):
		f.Add(path, "password.weak", "has fewer than five different characters, or the name in it", "count", strconv.Itoa(fewest))
	}
}

// classes counts the kinds of characters: small letters, capitals, digits, all others. Letters without case, such as Chinese
// ones, are others.
func classes(password string) int {
	var has [4]bool
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			has[0] = true
		case unicode.IsUpper(r):
			has[1] = true
		case unicode.IsDigit(r):
			has[2] = true
		default:
			has[3] = true
		}
	}
	n := 0
	for _, h := range has {
		if h {
			n++
		}
	}
	return n
}

func different(password string) int {
	seen := map[rune]bool{}
	for _, r := range password {
		seen[r] = true
	}
	return len(seen)
}

// used says whether a password is the one in force or one of those before, as far back as the policy looks.
func (a *Auth) used(ctx context.Context, account Account, password string, history int) (bool, error) {
	if history == 0 {
		return false, nil
	}
	if err := a.slot(ctx); err != nil {
		return false, err
	}
	defer a.free()
	before := append([]string{account.Hash}, account.Past...)
	for _, hash := range before[:min(history, len(before))] {
		if same, err := matches(password, hash); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// setPassword puts a new password in force and remembers the old one.
func (c *Account) setPassword(hash string, now time.Time) {
	c.Past = append([]string{c.Hash}, c.Past...)
	c.Past = c.Past[:min(len(c.Past), maxHistory)]
	c.Hash, c.PasswordSet, c.MustChange = hash, now.UTC().Truncate(time.Microsecond), false
}

// confirm asks for the password of who has signed in already, and counts wrong ones.
func (a *Auth) confirm(ctx context.Context, account Account, path, password string, rules api.LockRules) error {
	if err := a.slot(ctx); err != nil {
		return err
	}
	defer a.free()
	keys, now := a.locks.passwordOf(account.Name, ""), a.o.Now()
	if wait := a.locks.wait(keys, now); wait > 0 {
		return errLocked(wait)
	}
	right, err := matches(password, account.Hash)
	if err != nil {
		return err
	}
	if !right {
		a.locks.failed(keys, rules, now)
		var f fault.Fields
		f.Add(path, "password.wrong", "is not the password in force")
		return f.Err()
	}
	a.locks.succeeded(account.Name, "", now)
	return nil
}

// ChangePassword changes the password of whoever holds the token, and ends that user's other sessions.
func (a *Auth) ChangePassword(ctx context.Context, token string, in api.PasswordChange) error {
	account, policy, err := a.self(ctx, token)
	if err != nil {
		return err
	}
	if err := a.confirm(ctx, account, "current", in.Current, policy.Lock); err != nil {
		return err
	}
	var f fault.Fields
	addPassword(&f, "new", in.New, account.Name, policy.Password)
	if in.New == in.Current {
		f.Add("new", "password.same", "is the password in force")
	} else if again, err := a.used(ctx, account, in.New, policy.Password.History); err != nil {
		return err
	} else if again {
		f.Add("new", "password.used", "was used before", "count", strconv.Itoa(policy.Password.History))
	}
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := a.hash(ctx, in.New)
	if err != nil {
		return err
	}
	if _, err := a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, _ api.Policy) error {
		c.setPassword(hash, a.o.Now())
		return nil
	}); err != nil {
		return err
	}
	return a.o.Store.DeleteSessionsOf(ctx, account.Name, hashToken(token))
}

// self returns who holds a token, and the policy.
func (a *Auth) self(ctx context.Context, token string) (Account, api.Policy, error) {
	session, err := a.Session(ctx, token, "")
	if err != nil {
		return Account{}, api.Policy{}, err
	}
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return Account{}, api.Policy{}, err
	}
	account, err := a.o.Store.Account(ctx, session.User.Name)
	return account, policy, err
}
