// Package store keeps everything that outlives the server, in SQLite or PostgreSQL. It is the only place that knows of either.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	_ "modernc.org/sqlite" // the driver called "sqlite": pure Go

	"hawser/internal/fault"
	"hawser/migrations"
)

// Options say where the database is.
type Options struct {
	// DSN is a PostgreSQL connection string (postgres://…). Empty: SQLite in File.
	DSN  string
	File string
	// KeyFile holds the key with which secrets are encrypted; it is made, with mode 0600, where it is missing.
	KeyFile string
	// AsIs opens a database that is there, and leaves its schema as it is: for commands beside a server that may be an older one.
	AsIs bool
	Now  func() time.Time // time.Now where nil
	Log  *slog.Logger
}

// SQLite takes one writer; whoever else wants to write waits. Readers see the state before.
const (
	sqliteReaders = 4
	// busy is how long a statement waits for another process's lock, for example that of a backup.
	busy = 10 * time.Second
	// postgresConns bounds connections: the server serves people, not a load.
	postgresConns = 8
)

// Store keeps everything.
type Store struct {
	read, write *gorm.DB
	postgres    bool
	seal        *sealer
	now         func() time.Time
	closers     []func() error
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AsIs {
		if err := there(o); err != nil {
			return nil, err
		}
	}
	seal, err := openKey(o.KeyFile)
	if err != nil {
		return nil, err
	}
	s := &Store{seal: seal, now: func() time.Time { return o.Now().UTC() }, postgres: o.DSN != ""}
	if s.postgres {
		err = s.openPostgres(o)
	} else {
		err = s.openSQLite(o)
	}
	if err == nil && !o.AsIs {
		err = s.migrate(ctx, o.Log)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// there says whether a database and its key are there, so that nothing is made where nothing is.
func there(o Options) error {
	files := []string{o.KeyFile}
	if o.DSN == "" {
		files = append(files, o.File)
	}
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return fmt.Errorf("open database: %w", err)
		}
	}
	return nil
}

// silent returns a configuration of its own each time: gorm keeps its connection in it.
func silent() *gorm.Config {
	return &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true}
}

func (s *Store) openSQLite(o Options) error {
	if err := os.MkdirAll(filepath.Dir(o.File), 0o700); err != nil {
		return fmt.Errorf("make folder of the database: %w", err)
	}
	// Made here, because SQLite would make it readable by all.
	f, err := os.OpenFile(o.File, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	pragmas := fmt.Sprintf("_pragma=journal_mode(WAL)&_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)", busy.Milliseconds())
	path := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: o.File}).EscapedPath()}).String()
	// A deferred transaction that begins by reading cannot become a writer when another writes meanwhile (SQLITE_BUSY at once,
	// whatever busy_timeout says): so writers take their lock at the beginning.
	if s.write, err = s.sqlite(path+"?"+pragmas+"&_txlock=immediate", 1); err != nil {
		return err
	}
	s.read, err = s.sqlite(path+"?"+pragmas+"&_pragma=query_only(1)", sqliteReaders)
	return err
}

func (s *Store) sqlite(dsn string, conns int) (*gorm.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.closers = append(s.closers, db.Close)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	g, err := gorm.Open(sqlite.New(sqlite.Config{DriverName: "sqlite", Conn: db}), silent())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return g, nil
}

func (s *Store) openPostgres(o Options) error {
	g, err := gorm.Open(postgres.Open(o.DSN), silent())
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", redacted(err, o.DSN))
	}
	db, err := g.DB()
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s.closers = append(s.closers, db.Close)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(2)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s.read, s.write = g, g
	return nil
}

// redacted keeps the password of a connection string out of what is logged.
func redacted(err error, dsn string) error {
	u, parseErr := url.Parse(dsn)
	if parseErr != nil || u.User == nil {
		return err
	}
	password, has := u.User.Password()
	if !has || password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "***"))
}

// migrations returns what brings the schema up to date.
func (s *Store) migrations() (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if s.postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	files, err := fs.Sub(migrations.Files, folder)
	if err != nil {
		return nil, err
	}
	db, err := s.write.DB()
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

func (s *Store) migrate(ctx context.Context, log *slog.Logger) error {
	p, err := s.migrations()
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	for _, r := range done {
		log.Info("database migrated", "migration", r.Source.Path, "took", r.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// Ready says whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	db, err := s.read.DB()
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}

// writers is the lock that all writing transactions take on PostgreSQL, so that there, too, one comes after the other:
// the code that reads before it writes need not know which database it stands on.
const writers = 0x6861777365 // "hawse"

// tx runs do in a transaction that writes.
func (s *Store) tx(ctx context.Context, do func(*gorm.DB) error) error {
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if s.postgres {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(writers)).Error; err != nil {
				return err
			}
		}
		return do(tx)
	})
}

func (s *Store) reader(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// found makes gorm's "no such row" the fault that users are told.
func found(err error, missing *fault.Error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return missing
	}
	return err
}

// affected returns missing where a statement changed no row.
func affected(tx *gorm.DB, missing *fault.Error) error {
	if tx.Error == nil && tx.RowsAffected == 0 {
		return missing
	}
	return tx.Error
}

// micros and timeOf are how times are kept: microseconds of Unix time, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
