package auth

import (
	"context"
	"crypto/rand"
	"regexp"
	"slices"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

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

// CreateUser makes a user, who has to choose another password at the first login where the policy says so.
func (a *Auth) CreateUser(ctx context.Context, in api.NewUser) (api.User, error) {
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return api.User{}, err
	}
	return a.createUser(ctx, in, policy, policy.Password.FirstChange)
}

func (a *Auth) createUser(ctx context.Context, in api.NewUser, policy api.Policy, mustChange bool) (api.User, error) {
	var f fault.Fields
	if !userName.MatchString(in.Name) {
		f.Add("name", "user.name_invalid", "a letter first, then letters, digits, dots, hyphens, underscores", "name", in.Name)
	}
	checkRole(&f, in.Role)
	addPassword(&f, "password", in.Password, in.Name, policy.Password)
	if err := f.Err(); err != nil {
		return api.User{}, err
	}
	hash, err := a.hash(ctx, in.Password)
	if err != nil {
		return api.User{}, err
	}
	now := a.o.Now().UTC().Truncate(time.Microsecond)
	account := Account{User: api.User{Name: in.Name, Role: in.Role, MustChange: mustChange, Created: now, PasswordSet: now}, Hash: hash}
	if err := a.o.Store.CreateAccount(ctx, account); err != nil {
		return api.User{}, err
	}
	return account.User, nil
}

// EditUser changes a user. Whoever loses the role, the password or the right to sign in loses the sessions too; whoever gets a password
// from somebody else loses the API tokens as well, because nobody knows who has made them.
func (a *Auth) EditUser(ctx context.Context, actor, name string, in api.UserChange) (api.User, error) {
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return api.User{}, err
	}
	var f fault.Fields
	if in.Role != nil {
		checkRole(&f, *in.Role)
		if actor == name {
			f.Add("role", "user.own_role", "nobody changes their own role")
		}
	}
	if in.Password != nil {
		addPassword(&f, "password", *in.Password, name, policy.Password)
		if actor == name {
			f.Add("password", "user.own_password", "one's own password is changed with the one in force")
		}
	}
	if err := f.Err(); err != nil {
		return api.User{}, err
	}
	var hash string
	if in.Password != nil {
		if hash, err = a.hash(ctx, *in.Password); err != nil {
			return api.User{}, err
		}
	}
	account, err := a.o.Store.ChangeAccount(ctx, name, func(c *Account, others []Account, p api.Policy) error {
		set(&c.Role, in.Role)
		set(&c.Disabled, in.Disabled)
		set(&c.Language, in.Language)
		if hash != "" {
			c.setPassword(hash, a.o.Now())
			c.MustChange = p.Password.FirstChange
		}
		return someoneStays(append(slices.Clone(others), *c), name, p.Separation)
	})
	if err != nil {
		return api.User{}, err
	}
	switch {
	case in.Password != nil:
		err = a.o.Store.DeleteAccessOf(ctx, name)
	case in.Role != nil || account.Disabled:
		err = a.o.Store.DeleteSessionsOf(ctx, name, "")
	}
	if err != nil {
		return api.User{}, err
	}
	return account.User, nil
}

// DeleteUser deletes a user with all sessions and tokens.
func (a *Auth) DeleteUser(ctx context.Context, name string) error {
	return a.o.Store.DeleteAccount(ctx, name, func(_ Account, others []Account, p api.Policy) error {
		return someoneStays(others, name, p.Separation)
	})
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
	policy, err := a.o.Store.Policy(ctx)
	if err != nil {
		return "", err
	}
	// Nobody else knows this password, so it may stay.
	if _, err := a.createUser(ctx, api.NewUser{Name: "admin", Role: RoleAdmin, Password: password}, policy, false); err != nil {
		return "", err
	}
	return password, nil
}

// Recover lets somebody in again who has lost password or second factor, for whoever is root on the server's host: it enables
// the user, takes the second factor away, ends sessions and API tokens, and returns a password for one login.
func (a *Auth) Recover(ctx context.Context, name string) (string, error) {
	password := rand.Text()
	hash, err := a.hash(ctx, password)
	if err != nil {
		return "", err
	}
	if _, err := a.o.Store.ChangeAccount(ctx, name, func(c *Account, _ []Account, _ api.Policy) error {
		c.setPassword(hash, a.o.Now())
		c.Factor, c.Disabled, c.MustChange = Factor{}, false, true
		return nil
	}); err != nil {
		return "", err
	}
	return password, a.o.Store.DeleteAccessOf(ctx, name)
}
