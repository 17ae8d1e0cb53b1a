package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

type userRow struct {
	Name        string `gorm:"primaryKey"`
	Role        string
	Language    string
	Disabled    bool
	MustChange  bool
	PasswordSet int64
	Hash        string
	Past        []string `gorm:"serializer:json"`
	Factor      []byte
	Created     int64
	Seen        int64
}

func (userRow) TableName() string { return "users" }

// factorPlace binds an encrypted second factor to its user.
func factorPlace(name string) string { return "factor/" + name }

func (s *Store) account(r userRow) (auth.Account, error) {
	a := auth.Account{
		User: api.User{
			Name: r.Name, Role: r.Role, Language: r.Language, Disabled: r.Disabled, MustChange: r.MustChange, PasswordSet: timeOf(r.PasswordSet),
			Created: timeOf(r.Created), LastSeen: timeOf(r.Seen),
		},
		Hash: r.Hash, Past: r.Past,
	}
	data, err := s.seal.open(factorPlace(r.Name), r.Factor)
	if err != nil {
		return a, err
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &a.Factor); err != nil {
			return a, fmt.Errorf("read second factor of %s: %w", r.Name, err)
		}
	}
	a.SecondFactor = a.Factor.Secret != ""
	return a, nil
}

func (s *Store) rowOf(a auth.Account) (userRow, error) {
	r := userRow{
		Name: a.Name, Role: a.Role, Language: a.Language, Disabled: a.Disabled, MustChange: a.MustChange, PasswordSet: micros(a.PasswordSet),
		Hash: a.Hash, Past: a.Past, Created: micros(a.Created), Seen: micros(a.LastSeen),
	}
	if a.Factor.Secret == "" && a.Factor.Pending == "" {
		return r, nil
	}
	data, err := json.Marshal(a.Factor)
	if err != nil {
		return r, err
	}
	r.Factor, err = s.seal.seal(factorPlace(a.Name), data)
	return r, err
}

type sessionRow struct {
	Hash     string `gorm:"primaryKey"`
	UserName string
	Address  string
	Bearer   bool
	Created  int64
	Seen     int64
	Expires  int64
}

func (sessionRow) TableName() string { return "sessions" }

func errNoUser(name string) *fault.Error {
	return fault.New(fault.NotFound, "user.not_found", "there is no user %s", name).With("name", name)
}

// Accounts returns all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]auth.Account, error) {
	return s.accounts(s.reader(ctx))
}

func (s *Store) accounts(db *gorm.DB) ([]auth.Account, error) {
	var rows []userRow
	if err := db.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Account, 0, len(rows))
	for _, r := range rows {
		a, err := s.account(r)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// Account returns one account.
func (s *Store) Account(ctx context.Context, name string) (auth.Account, error) {
	var row userRow
	if err := s.reader(ctx).Where("name = ?", name).Take(&row).Error; err != nil {
		return auth.Account{}, found(err, errNoUser(name))
	}
	return s.account(row)
}

// CreateAccount keeps a new account.
func (s *Store) CreateAccount(ctx context.Context, a auth.Account) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&userRow{}).Where("name = ?", a.Name).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			f := fault.New(fault.Conflict, "user.name_taken", "there is a user %s already", a.Name).With("name", a.Name)
			f.Fields = []fault.Field{{Path: "name", Reason: "user.name_taken", Message: f.Message, Args: f.Args}}
			return f
		}
		row, err := s.rowOf(a)
		if err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
}

// split parts one account from all others.
func (s *Store) split(tx *gorm.DB, name string) (one auth.Account, others []auth.Account, err error) {
	all, err := s.accounts(tx)
	if err != nil {
		return one, nil, err
	}
	has := false
	for _, a := range all {
		if a.Name == name {
			one, has = a, true
		} else {
			others = append(others, a)
		}
	}
	if !has {
		return one, nil, errNoUser(name)
	}
	return one, others, nil
}

// ChangeAccount changes an account in one transaction.
func (s *Store) ChangeAccount(ctx context.Context, name string, change func(a *auth.Account, others []auth.Account, p api.Policy) error) (auth.Account, error) {
	var changed auth.Account
	err := s.tx(ctx, func(tx *gorm.DB) error {
		a, others, err := s.split(tx, name)
		if err != nil {
			return err
		}
		p, err := policy(tx)
		if err != nil {
			return err
		}
		if err := change(&a, others, p); err != nil {
			return err
		}
		a.Name = name
		row, err := s.rowOf(a)
		if err != nil {
			return err
		}
		if changed, err = s.account(row); err != nil {
			return err
		}
		return tx.Save(&row).Error
	})
	return changed, err
}

// DeleteAccount deletes an account with its sessions and tokens, where check lets it.
func (s *Store) DeleteAccount(ctx context.Context, name string, check func(a auth.Account, others []auth.Account, p api.Policy) error) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		a, others, err := s.split(tx, name)
		if err != nil {
			return err
		}
		p, err := policy(tx)
		if err != nil {
			return err
		}
		if err := check(a, others, p); err != nil {
			return err
		}
		return tx.Where("name = ?", name).Delete(&userRow{}).Error
	})
}

type policyRow struct {
	ID   int `gorm:"primaryKey;autoIncrement:false"`
	Body string
}

func (policyRow) TableName() string { return "policy" }

func policy(db *gorm.DB) (api.Policy, error) {
	p := auth.DefaultPolicy() // what an older version did not keep has its default
	var row policyRow
	err := db.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(row.Body), &p); err != nil {
		return p, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// Policy returns what holds for everybody who signs in.
func (s *Store) Policy(ctx context.Context) (api.Policy, error) { return policy(s.reader(ctx)) }

// ChangePolicy changes it in one transaction.
func (s *Store) ChangePolicy(ctx context.Context, change func(p *api.Policy, accounts []auth.Account) error) (api.Policy, error) {
	var p api.Policy
	err := s.tx(ctx, func(tx *gorm.DB) error {
		accounts, err := s.accounts(tx)
		if err != nil {
			return err
		}
		if p, err = policy(tx); err != nil {
			return err
		}
		if err := change(&p, accounts); err != nil {
			return err
		}
		body, err := json.Marshal(p)
		if err != nil {
			return err
		}
		return tx.Save(&policyRow{ID: 1, Body: string(body)}).Error
	})
	return p, err
}

// CreateSession keeps a session, and that its user has been here, where check lets it.
func (s *Store) CreateSession(ctx context.Context, x auth.Session, check func(auth.Account) error) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		a, _, err := s.split(tx, x.User)
		if err != nil {
			return err
		}
		if err := check(a); err != nil {
			return err
		}
		row := sessionRow{
			Hash: x.Hash, UserName: x.User, Address: x.Address, Bearer: x.Bearer, Created: micros(x.Created), Seen: micros(x.Seen), Expires: micros(x.Expires),
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Model(&userRow{}).Where("name = ?", x.User).Update("seen", micros(x.Seen)).Error
	})
}

func errNoSession() *fault.Error {
	return fault.New(fault.NotFound, "session.expired", "no such session")
}

// Session returns the session with that hash.
func (s *Store) Session(ctx context.Context, hash string) (auth.Session, error) {
	var r sessionRow
	if err := s.reader(ctx).Where("hash = ?", hash).Take(&r).Error; err != nil {
		return auth.Session{}, found(err, errNoSession())
	}
	return r.session(), nil
}

func (r sessionRow) session() auth.Session {
	return auth.Session{
		Hash: r.Hash, User: r.UserName, Address: r.Address, Bearer: r.Bearer,
		Created: timeOf(r.Created), Seen: timeOf(r.Seen), Expires: timeOf(r.Expires),
	}
}

// Sessions returns the sessions of a user, or of all, the last used first.
func (s *Store) Sessions(ctx context.Context, user string) ([]auth.Session, error) {
	var rows []sessionRow
	if err := ofUser(s.reader(ctx), user).Order("seen DESC, hash").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Session, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.session())
	}
	return list, nil
}

func ofUser(db *gorm.DB, user string) *gorm.DB {
	if user == "" {
		return db
	}
	return db.Where("user_name = ?", user)
}

// TouchSession notes that a session is in use.
func (s *Store) TouchSession(ctx context.Context, hash string, seen, expires time.Time) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var r sessionRow
		if err := tx.Where("hash = ?", hash).Take(&r).Error; err != nil {
			return found(err, errNoSession())
		}
		if err := tx.Model(&sessionRow{}).Where("hash = ?", hash).Updates(map[string]any{"seen": micros(seen), "expires": micros(expires)}).Error; err != nil {
			return err
		}
		return tx.Model(&userRow{}).Where("name = ?", r.UserName).Update("seen", micros(seen)).Error
	})
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return tx.Where("hash = ?", hash).Delete(&sessionRow{}).Error })
}

// DeleteSessionsOf ends the sessions of a user but one.
func (s *Store) DeleteSessionsOf(ctx context.Context, user, but string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return tx.Where("user_name = ? AND hash <> ?", user, but).Delete(&sessionRow{}).Error
	})
}

// DeleteExpiredSessions deletes what has ended.
func (s *Store) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return tx.Where("expires <= ?", micros(now)).Delete(&sessionRow{}).Error })
}

type apiTokenRow struct {
	Hash     string `gorm:"primaryKey"`
	UserName string
	Label    string
	Role     string
	Clusters []string `gorm:"serializer:json"`
	Address  string
	Created  int64
	Seen     int64
	Expires  int64
}

func (apiTokenRow) TableName() string { return "api_tokens" }

func (r apiTokenRow) token() auth.Token {
	return auth.Token{
		Hash: r.Hash, User: r.UserName, Label: r.Label, Role: r.Role, Clusters: r.Clusters, Address: r.Address,
		Created: timeOf(r.Created), Seen: timeOf(r.Seen), Expires: timeOf(r.Expires),
	}
}

// CreateAPIToken keeps an API token where the session goes on that asks for it.
func (s *Store) CreateAPIToken(ctx context.Context, t auth.Token, session string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("hash = ?", session).Take(&sessionRow{}).Error; err != nil {
			return found(err, errNoSession())
		}
		return tx.Create(&apiTokenRow{
			Hash: t.Hash, UserName: t.User, Label: t.Label, Role: t.Role, Clusters: t.Clusters, Address: t.Address,
			Created: micros(t.Created), Seen: micros(t.Seen), Expires: micros(t.Expires),
		}).Error
	})
}

// APIToken returns the API token with that hash.
func (s *Store) APIToken(ctx context.Context, hash string) (auth.Token, error) {
	var r apiTokenRow
	if err := s.reader(ctx).Where("hash = ?", hash).Take(&r).Error; err != nil {
		return auth.Token{}, found(err, fault.New(fault.NotFound, "token.unknown", "no such token"))
	}
	return r.token(), nil
}

// APITokens returns the API tokens of a user, or of all, the newest first.
func (s *Store) APITokens(ctx context.Context, user string) ([]auth.Token, error) {
	var rows []apiTokenRow
	if err := ofUser(s.reader(ctx), user).Order("created DESC, hash").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Token, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.token())
	}
	return list, nil
}

// TouchAPIToken notes that an API token is in use, and from where.
func (s *Store) TouchAPIToken(ctx context.Context, hash string, seen time.Time, address string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&apiTokenRow{}).Where("hash = ?", hash).Updates(map[string]any{"seen": micros(seen), "address": address}).Error
	})
}

// DeleteAPIToken revokes an API token.
func (s *Store) DeleteAPIToken(ctx context.Context, hash string) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return tx.Where("hash = ?", hash).Delete(&apiTokenRow{}).Error })
}

// DeleteAccessOf ends all sessions and API tokens of a user.
func (s *Store) DeleteAccessOf(ctx context.Context, user string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("user_name = ?", user).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		return tx.Where("user_name = ?", user).Delete(&apiTokenRow{}).Error
	})
}
