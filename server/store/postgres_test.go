package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"hawser/internal/testkit"
)

// bin is where Debian's package postgresql-15 has its programs.
const bin = "/usr/lib/postgresql/15/bin/"

// server is one PostgreSQL for all tests of the package: a Unix socket in a temporary folder, no port at all.
type server struct {
	dir  string
	stop func()
}

var postgres struct {
	once sync.Once
	server
	err error
	n   int
}

func TestMain(m *testing.M) {
	code := m.Run()
	if postgres.stop != nil {
		postgres.stop()
	}
	os.Exit(code)
}

// newDatabase returns the DSN of an empty database.
func newDatabase(t *testing.T) string {
	t.Helper()
	testkit.Need(t, "postgres")
	postgres.once.Do(func() { postgres.server, postgres.err = startPostgres() })
	if postgres.err != nil {
		t.Fatal(postgres.err)
	}
	postgres.n++
	name := fmt.Sprint("test", postgres.n)
	db, err := sql.Open("pgx", dsn(postgres.dir, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return dsn(postgres.dir, name)
}

func dsn(dir, name string) string {
	return "postgres:///" + name + "?host=" + dir + "&user=postgres"
}

func startPostgres() (server, error) {
	// Below /tmp, because a Unix socket's path may have 107 characters only.
	dir, err := os.MkdirTemp("", "hawser-pg")
	if err != nil {
		return server{}, err
	}
	s := server{dir: dir, stop: func() { _ = os.RemoveAll(dir) }}
	credential, err := asPostgres(dir)
	if err != nil {
		return s, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(bin+"initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return s, fmt.Errorf("initdb: %w: %s", err, out)
	}
	var log strings.Builder
	p := exec.Command(bin+"postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	p.Dir, p.Stderr = dir, &log
	// Pdeathsig: a test that is killed leaves nothing behind.
	p.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGQUIT}
	if err := p.Start(); err != nil {
		return s, err
	}
	s.stop = func() {
		_ = p.Process.Signal(syscall.SIGQUIT)
		_ = p.Wait()
		_ = os.RemoveAll(dir)
	}
	db, err := sql.Open("pgx", dsn(dir, "postgres"))
	if err != nil {
		return s, err
	}
	defer db.Close()
	for until := time.Now().Add(30 * time.Second); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err := db.PingContext(ctx)
		cancel()
		if err == nil {
			return s, nil
		}
		if time.Now().After(until) {
			return s, fmt.Errorf("PostgreSQL does not answer: %w: %s", err, log.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// asPostgres returns the user under which PostgreSQL may run: it refuses root.
func asPostgres(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}
