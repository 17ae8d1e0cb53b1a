package app_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/testkit"
	"hawser/server/app"
	"hawser/server/backup"
	"hawser/server/config"
	"hawser/server/store"
)

const passphrase = "correct horse battery staple"

// installed is a server with its configuration file, and the backup that was made of it while it ran.
type installed struct {
	dir    string
	config config.Config
	file   string // configuration
	backup string
}

func install(t *testing.T) (*server, installed) {
	t.Helper()
	root := t.TempDir()
	i := installed{dir: filepath.Join(root, "data"), file: filepath.Join(root, "etc", "server.yaml"), backup: filepath.Join(root, "backup.age")}
	text := "dataDir: " + i.dir + "\nlisten: ['127.0.0.1:0']\nnames: [localhost, 127.0.0.1]\nagentAddress: https://127.0.0.1:1\n"
	if err := os.MkdirAll(filepath.Dir(i.file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(i.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if i.config, err = config.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return start(t, i.config), i
}

func (i installed) archive() app.Archive {
	return app.Archive{File: i.backup, Passphrase: passphrase, Config: i.file, Work: 10}
}

func (i installed) password(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(i.dir, "admin-password"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// left are the names beside the data folder: what a restore may have left.
func left(t *testing.T, i installed) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(i.dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestBackup: a server that runs is backed up, lost with its configuration, and is the same again elsewhere.
func TestBackup(t *testing.T) {
	s, i := install(t)
	token := s.login(i.password(t))
	if f := s.call("POST", "/api/v1/users", token, api.NewUser{Name: "ann", Role: "viewer", Password: "a good password"}, nil); f != nil {
		t.Fatal(f)
	}
	if m, err := app.Backup(t.Context(), i.config, i.archive()); err != nil || m.CA == "" {
		t.Fatalf("manifest %+v, err %v", m, err)
	}
	if info, err := os.Stat(i.backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("backup %v, err %v", info, err)
	}
	if _, err := app.Backup(t.Context(), i.config, i.archive()); fault.Public(err).Reason != "backup.file_there" {
		t.Errorf("over one that is there: %v", err)
	}
	inside := i.archive()
	inside.File = filepath.Join(i.dir, "pki", "backup.age")
	if _, err := app.Backup(t.Context(), i.config, inside); fault.Public(err).Reason != "backup.file_inside" {
		t.Errorf("into the data folder: %v", err)
	}
	ca := s.app.CA()
	s.stop()
	for _, path := range []string{i.dir, i.file} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	check := i.archive()
	check.Check = true
	if _, err := app.Restore(t.Context(), check, nil); err != nil {
		t.Fatal(err)
	}
	if got := left(t, i); !slices.Equal(got, []string{"backup.age", "etc"}) {
		t.Errorf("a check has left %v", got)
	}
	if _, err := app.Restore(t.Context(), i.archive(), nil); err != nil {
		t.Fatal(err)
	}
	if got := left(t, i); !slices.Equal(got, []string{"backup.age", "data", "etc"}) {
		t.Errorf("a restore has left %v", got)
	}
	for _, file := range []string{"secret.key", "hawser.db", "pki/ca.key", "audit.head"} {
		if info, err := os.Stat(filepath.Join(i.dir, file)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, err %v", file, info, err)
		}
	}
	c, err := config.Read(i.file)
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, c)
	if !bytes.Equal(s.app.CA(), ca) {
		t.Error("the CA is another")
	}
	if f := s.call("GET", "/api/v1/users", token, nil, nil); f == nil || f.Reason != "session.expired" {
		t.Errorf("a session of before: %+v", f)
	}
	token = s.login(i.password(t))
	var users api.Page[api.User]
	if f := s.call("GET", "/api/v1/users", token, nil, &users); f != nil || len(users.Items) != 2 {
		t.Errorf("users %+v, %+v", users, f)
	}
	var verified api.AuditCheck
	if f := s.call("GET", "/api/v1/audit/verify", token, nil, &verified); f != nil || !verified.OK || verified.Since != 1 {
		t.Errorf("audit log %+v, %+v", verified, f)
	}
	var entries api.Page[api.AuditEntry]
	if f := s.call("GET", "/api/v1/audit", token, nil, &entries); f != nil {
		t.Fatal(f)
	}
	var actions []string
	for _, e := range entries.Items {
		actions = append(actions, e.Action)
	}
	if want := []string{"session.create", "backup.restore", "backup.create", "user.create", "session.create"}; !slices.Equal(actions, want) {
		t.Errorf("the audit log has %v, want %v", actions, want)
	}
}

// TestRestoreRefuses: what is refused has changed nothing.
func TestRestoreRefuses(t *testing.T) {
	s, i := install(t)
	if _, err := app.Backup(t.Context(), i.config, i.archive()); err != nil {
		t.Fatal(err)
	}
	names := left(t, i)
	refused := func(want string, change func(*app.Archive)) {
		t.Helper()
		a := i.archive()
		change(&a)
		_, err := app.Restore(t.Context(), a, nil)
		if f := fault.Public(err); f == nil || f.Reason != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if got := left(t, i); !slices.Equal(got, names) {
			t.Errorf("%s has left %v", want, got)
		}
	}
	refused("backup.dir_not_empty", func(*app.Archive) {})
	refused("server.running", func(a *app.Archive) { a.Replace = true })
	if _, err := app.New(t.Context(), i.config, app.Options{}); fault.Public(err).Reason != "server.running" {
		t.Errorf("a second server: %v", err)
	}
	s.stop()
	refused("backup.wrong_passphrase", func(a *app.Archive) { a.Replace, a.Passphrase = true, "not this one at all" })
	whole, err := os.ReadFile(i.backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(i.backup, whole[:len(whole)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	refused("backup.damaged", func(a *app.Archive) { a.Replace = true })
	if err := os.WriteFile(i.backup, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	// The server that was there is as it was.
	s = start(t, i.config)
	s.login(i.password(t))
	s.stop()
	// In its place, with what was there kept beside.
	a := i.archive()
	a.Replace = true
	if _, err := app.Restore(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	aside, err := filepath.Glob(i.dir + ".before-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("kept beside: %v, err %v", aside, err)
	}
	if _, err := os.Stat(filepath.Join(aside[0], "hawser.db")); err != nil {
		t.Error(err)
	}
	start(t, i.config).login(i.password(t))
	a.File = filepath.Join(t.TempDir(), "none")
	if _, err := app.Restore(t.Context(), a, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no backup: %v", err)
	}
}

// TestRestoreIntoPostgres: a restore that fails late, when the database is filled already, leaves it as empty as it was; so it can be
// tried again.
func TestRestoreIntoPostgres(t *testing.T) {
	testkit.Need(t, "postgres")
	p, err := testkit.StartPostgres()
	defer p.Stop()
	if err != nil {
		t.Fatal(err)
	}
	s, i := install(t)
	if _, err := app.Backup(t.Context(), i.config, i.archive()); err != nil {
		t.Fatal(err)
	}
	// One that is whole, and still no server could start on it: its CA is not the one it names.
	wrong := i.archive()
	wrong.File += ".wrong"
	out, err := os.Create(wrong.File)
	if err != nil {
		t.Fatal(err)
	}
	configuration, err := os.ReadFile(i.file)
	if err != nil {
		t.Fatal(err)
	}
	err = backup.Write(out, passphrase, backup.Source{
		Manifest: backup.Manifest{Version: "1", CA: "another"}, Dir: i.dir, Config: configuration, Work: 10,
		Dump: func(w io.Writer, schema func(int64) error) error {
			return store.Dump(t.Context(), store.Options{File: filepath.Join(i.dir, "hawser.db")}, w, schema)
		},
	})
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	password := i.password(t)
	s.stop()
	if err := os.RemoveAll(i.dir); err != nil {
		t.Fatal(err)
	}
	elsewhere := string(configuration) + "database: {dsn: '" + p.Database(t) + "'}\n"
	if err := os.WriteFile(i.file, []byte(elsewhere), 0o600); err != nil {
		t.Fatal(err)
	}
	names := left(t, i)
	for range 2 {
		if _, err := app.Restore(t.Context(), wrong, nil); fault.Public(err).Reason != "backup.damaged" {
			t.Errorf("a backup of another CA: %v", err)
		}
	}
	if got := left(t, i); !slices.Equal(got, names) {
		t.Errorf("it has left %v", got)
	}
	if _, err := app.Restore(t.Context(), i.archive(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := config.Read(i.file)
	if err != nil {
		t.Fatal(err)
	}
	start(t, c).login(password)
	if _, err := os.Stat(filepath.Join(i.dir, "hawser.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database beside the one in PostgreSQL: %v", err)
	}
}
