package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/server/store"
	"hawser/server/store/storetest"
)

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func execute(driver, dsn string) func(*testing.T, string) {
	return func(t *testing.T, statement string) {
		t.Helper()
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		dir := t.TempDir()
		file := filepath.Join(dir, "db")
		return storetest.Database{
			Open: func(t *testing.T) *store.Store {
				return open(t, store.Options{File: file, KeyFile: filepath.Join(dir, "key")})
			},
			Exec: execute("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"),
		}
	})
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		dir, dsn := t.TempDir(), newDatabase(t)
		return storetest.Database{
			Open: func(t *testing.T) *store.Store {
				return open(t, store.Options{DSN: dsn, KeyFile: filepath.Join(dir, "key")})
			},
			Exec: execute("pgx", dsn),
		}
	})
}

// TestFilesAreSecret: whoever reads the database file finds no secret in it, and nobody else can read file or key.
func TestFilesAreSecret(t *testing.T) {
	dir := t.TempDir()
	s := open(t, store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err := s.PutSecret(t.Context(), "x", []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"db", "db-wal", "key"} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "hunter2") {
			t.Errorf("%s holds the secret", name)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	db, key := filepath.Join(dir, "db"), filepath.Join(dir, "key")
	s := open(t, store.Options{File: db, KeyFile: key})
	if err := s.PutSecret(t.Context(), "x", []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	t.Run("Another", func(t *testing.T) {
		other := open(t, store.Options{File: db, KeyFile: filepath.Join(dir, "other")})
		if _, err := other.Secret(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "key file") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ReadableByOthers", func(t *testing.T) {
		if err := os.Chmod(key, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), store.Options{File: db, KeyFile: key}); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("got %v", err)
		}
	})
}

func TestPasswordOfDSNIsNotTold(t *testing.T) {
	_, err := store.Open(t.Context(), store.Options{DSN: "postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1", KeyFile: filepath.Join(t.TempDir(), "key")})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
