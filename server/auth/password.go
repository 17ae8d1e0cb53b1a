package auth

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/alexedwards/argon2id"

	"hawser/internal/fault"
)

// Bounds of passwords. NIST SP 800-63B asks for length, not for kinds of characters.
const (
	minPassword = 10
	maxPassword = 256
)

// hashing is OWASP's second choice (19 MiB, two passes, one thread): the library's own default of 64 MiB would be most of
// what the server is to take at rest. Two at once, the rest waits.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const hashesAtOnce = 2

func (a *Auth) hash(ctx context.Context, password string) (string, error) {
	if err := a.slot(ctx); err != nil {
		return "", err
	}
	defer func() { <-a.slots }()
	hash, err := argon2id.CreateHash(password, hashing)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

func (a *Auth) verify(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	if err := a.slot(ctx); err != nil {
		return false, err
	}
	defer func() { <-a.slots }()
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

// strangersHash is compared with where there is no such user.
var strangersHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash("nobody has this password", hashing)
	if err != nil {
		panic(err) // no randomness: nothing works then
	}
	return hash
})

func checkPassword(path, password, name string) error {
	var f fault.Fields
	addPassword(&f, path, password, name)
	return f.Err()
}

func addPassword(f *fault.Fields, path, password, name string) {
	switch {
	case len(password) < minPassword:
		f.Add(path, "field.too_short", "at least 10 characters", "min", strconv.Itoa(minPassword))
	case len(password) > maxPassword:
		f.Add(path, "field.too_long", "at most 256 characters", "max", strconv.Itoa(maxPassword))
	case strings.EqualFold(password, name), strings.Count(password, password[:1]) == len(password):
		f.Add(path, "password.weak", "is the name, or one character over and over")
	}
}
