package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/server/auth"
)

type userRow struct {
	Name     string `gorm:"primaryKey"`
	Role     string
	Language string
	Disabled bool
	Hash     string
	Created  int64
	Seen     int64
}

func (userRow) TableName() string { return "users" }

func (r userRow) account() auth.Account {
	return auth.Account{
		User: api.User{Name: r.Name, Role: r.Role, Language: r.Language, Disabled: r.Disabled, Created: timeOf(r.Created), LastSeen: timeOf(r.Seen)},
		Hash: r.Hash,
	}
}

func rowOf(a auth.Account) userRow {
	return userRow{
		Name: a.Name, Role: a.Role, Language: a.Language, Disabled: a.Disabled, Hash: a.Hash, Created: micros(a.Created), Seen: micros(a.LastSeen),
	}
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
	return accounts(s.reader(ctx))
}

func accounts(db *gorm.DB) ([]auth.Account, error) {
	var rows []userRow
	if err := db.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Account, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.account())
	}
	return list, nil
}

// Account returns one account.
func (s *Store) Account(ctx context.Context, name string) (auth.Account, error) {
	var row userRow
	if err := s.reader(ctx).Where("name = ?", name).Take(&row).Error; err != nil {
		return auth.Account{}, found(err, errNoUser(name))
	}
	return row.account(), nil
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
		row := rowOf(a)
		return tx.Create(&row).Error
	})
}

// split parts one account from all others.
func split(tx *gorm.DB, name string) (one auth.Account, others []auth.Account, err error) {
	all, err := accounts(tx)
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
func (s *Store) ChangeAccount(ctx context.Context, name string, change func(a *auth.Account, others []auth.Account) error) (auth.Account, error) {
	var changed auth.Account
	err := s.tx(ctx, func(tx *gorm.DB) error {
		a, others, err := split(tx, name)
		if err != nil {
			return err
		}
		if err := change(&a, others); err != nil {
			return err
		}
		row := rowOf(a)
		row.Name = name
		changed = row.account()
		return tx.Save(&row).Error
	})
	return changed, err
}

// DeleteAccount deletes an account with its sessions, where check lets it.
func (s *Store) DeleteAccount(ctx context.Context, name string, check func(a auth.Account, others []auth.Account) error) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		a, others, err := split(tx, name)
		if err != nil {
			return err
		}
		if err := check(a, others); err != nil {
			return err
		}
		return tx.Where("name = ?", name).Delete(&userRow{}).Error
	})
}

// CreateSession keeps a session, and that its user has been here.
func (s *Store) CreateSession(ctx context.Context, x auth.Session) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
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
	return auth.Session{
		Hash: r.Hash, User: r.UserName, Address: r.Address, Bearer: r.Bearer,
		Created: timeOf(r.Created), Seen: timeOf(r.Seen), Expires: timeOf(r.Expires),
	}, nil
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
