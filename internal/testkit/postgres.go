package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Postgres is a PostgreSQL of its own: a Unix socket in a temporary folder, no port at all.
type Postgres struct {
	dir, bin string
	as       *syscall.Credential
	server   *exec.Cmd
	said     strings.Builder
	n        int
}

// StartPostgres starts one. The caller stops it, after a failure, too; a test that is killed leaves none behind.
func StartPostgres() (*Postgres, error) {
	p, err := InitPostgres()
	if err != nil {
		return p, err
	}
	server := p.command("postgres", "-D", p.Data(), "-k", p.dir, "-c", "listen_addresses=", "-c", "fsync=off")
	server.Stderr = &p.said
	server.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	if err := server.Start(); err != nil {
		return p, err
	}
	p.server = server
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err = p.run("pg_isready", "-h", p.dir, "-q"); err == nil {
			return p, nil
		}
		if time.Now().After(until) {
			return p, fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
}

// InitPostgres makes the data of one that somebody else starts. The caller stops it all the same, which removes them.
func InitPostgres() (p *Postgres, err error) {
	p = &Postgres{}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err == nil && len(found) == 0 {
		found, err = filepath.Glob("/usr/pgsql-*/bin")
	}
	if err != nil || len(found) == 0 {
		return p, fmt.Errorf("find PostgreSQL: %v, %w", found, err)
	}
	p.bin = slices.Max(found)
	// Below /tmp, because a Unix socket's path may have 107 characters only.
	if p.dir, err = os.MkdirTemp("", "hawser-pg"); err != nil {
		return p, err
	}
	if err := p.asPostgres(); err != nil {
		return p, err
	}
	return p, p.run("initdb", "-D", p.Data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
}

// Dir is where everything of it is, its socket too; its own user can write there.
func (p *Postgres) Dir() string { return p.dir }

// Data is its data directory.
func (p *Postgres) Data() string { return filepath.Join(p.dir, "data") }

// Program is the path of one of its programs.
func (p *Postgres) Program(name string) string { return filepath.Join(p.bin, name) }

// Stop ends it and leaves nothing behind.
func (p *Postgres) Stop() {
	if p.server != nil {
		_ = p.server.Process.Signal(syscall.SIGQUIT)
		_ = p.server.Wait()
	}
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// Database returns the connection string of an empty database.
func (p *Postgres) Database(t *testing.T) string {
	t.Helper()
	p.n++
	name := fmt.Sprint("test", p.n)
	if err := p.run("createdb", "-h", p.dir, "-U", "postgres", name); err != nil {
		t.Fatal(err)
	}
	return "postgres:///" + name + "?host=" + p.dir + "&user=postgres"
}

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(p.Program(name), args...)
	c.Dir, c.SysProcAttr = p.dir, &syscall.SysProcAttr{Credential: p.as}
	return c
}

func (p *Postgres) run(name string, args ...string) error {
	if out, err := p.command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// asPostgres makes PostgreSQL run as its user where the tests are root's: it refuses root.
func (p *Postgres) asPostgres() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, uid, gid)
}
