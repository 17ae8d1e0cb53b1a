package ocf_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/ocf"
	"hawser/internal/testkit"
)

const permission = 4 // of the OCF standard

// database is a place with a true PostgreSQL.
type database struct {
	*place
	pg *testkit.Postgres
}

// made holds one PostgreSQL that was never started: each test has a copy of its data.
var made *testkit.Postgres

func newDatabase(t *testing.T) *database {
	t.Helper()
	testkit.Need(t, "root", "ocf", "postgres")
	var err error
	if made == nil {
		if made, err = testkit.InitPostgres(); err != nil {
			t.Fatal(err)
		}
	}
	d := &database{place: &place{t: t, name: "pgsql", path: os.Getenv("PATH"), allowed: time.Minute}, pg: made}
	if d.dir, err = os.MkdirTemp("", "hawser-pg"); err != nil { // a socket's path may have 107 characters only
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(d.dir) })
	if err := os.Chmod(d.dir, 0o755); err != nil { //nolint:gosec // a folder of a test
		t.Fatal(err)
	}
	if _, err := ocf.Install(d.dir, engine.WriteFile); err != nil {
		t.Fatal(err)
	}
	d.shell(`install -d -o postgres "$0/log" "$0/run" && cp -a "$1" "$0/data"`, made.Data())
	d.configure("listen_addresses = ''", "fsync = off", "unix_socket_directories = '"+d.dir+"/run'")
	d.parameters = map[string]string{"pgctl": made.Program("pg_ctl"), "pgdata": d.dir + "/data", "logfile": d.dir + "/log/pg.log"}
	before := d.parameters
	t.Cleanup(func() {
		d.parameters, d.path, d.allowed = before, os.Getenv("PATH"), time.Minute
		d.continueAll()
		d.run("stop")
		for _, pid := range d.processes() { // whatever is wrong with the agent
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return d
}

// shell runs a script that gets the database's folder and more.
func (d *database) shell(script string, args ...string) string {
	d.t.Helper()
	out, err := exec.Command("sh", append([]string{"-euc", script, d.dir}, args...)...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v: %s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *database) configure(lines ...string) {
	d.t.Helper()
	f, err := os.OpenFile(d.dir+"/data/postgresql.conf", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	fmt.Fprintln(f, strings.Join(lines, "\n"))
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *database) lock() string { return d.dir + "/data/postmaster.pid" }

// postmaster is the process that the lock names.
func (d *database) postmaster() int {
	d.t.Helper()
	data, err := os.ReadFile(d.lock())
	if err != nil {
		d.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		d.t.Fatal(err)
	}
	return pid
}

// processes lists what lives of PostgreSQL and has the data directory as its own.
func (d *database) processes() []int {
	var list []int
	found, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range found {
		if dir, err := os.Readlink(link); err != nil || dir != d.dir+"/data" {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		if exe, _ := os.Readlink(filepath.Join(filepath.Dir(link), "exe")); filepath.Base(exe) == "postgres" && !dead(pid) {
			list = append(list, pid)
		}
	}
	return list
}

func dead(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(status), "State:\tZ")
}

func (d *database) continueAll() {
	for _, pid := range d.processes() {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// sql asks the database beside the agent.
func (d *database) sql(statement string) string {
	d.t.Helper()
	out, err := d.session(statement).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v: %s", statement, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *database) session(statement string) *exec.Cmd {
	return exec.Command(d.pg.Program("psql"), "-XqAt", "-h", d.dir+"/run", "-U", "postgres", "-d", "template1", "-c", statement)
}

// kill kills a process and waits for its end.
func (d *database) kill(pid int, signal syscall.Signal) {
	d.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		d.t.Fatal(err)
	}
	testkit.Eventually(d.t, func() error {
		if !dead(pid) {
			return fmt.Errorf("process %d is still there", pid)
		}
		return nil
	})
}

func (d *database) wantNothing() {
	d.t.Helper()
	if left := d.processes(); len(left) != 0 {
		d.t.Errorf("processes are left: %v", left)
	}
}

// TestPostgresTester: as ocf-tester has it, also where bash is the system's shell.
func TestPostgresTester(t *testing.T) {
	d := newDatabase(t)
	for _, shell := range []string{"/bin/dash", "/bin/bash"} {
		t.Run(filepath.Base(shell), func(t *testing.T) {
			d.shell(`ln -sf "$1" "$0/sh" && sed -i "1s,.*,#!$0/sh," "$2"`, shell, d.agent())
			d.tester(t)
		})
	}
}

func TestPostgresStartMonitorStop(t *testing.T) {
	d := newDatabase(t)
	d.want(notRunning, "monitor")
	d.want(success, "start")
	if got := d.sql("select 7"); got != "7" {
		t.Errorf("it answers %q", got)
	}
	first := d.postmaster()
	d.want(success, "start") // again: nothing to do
	if d.postmaster() != first {
		t.Error("the second start has started another one")
	}
	d.want(success, "monitor")
	d.want(success, "stop")
	d.wantNothing()
	if state := d.shell(`LC_ALL=C "$1" -D "$0/data" | grep "cluster state"`, d.pg.Program("pg_controldata")); !strings.HasSuffix(state, "shut down") {
		t.Error(state)
	}
	d.want(success, "stop")
	d.want(notRunning, "monitor")
}

// TestPostgresNoWholeSeconds: each action costs less than the shortest wait of an agent that waits in whole seconds.
func TestPostgresNoWholeSeconds(t *testing.T) {
	d := newDatabase(t)
	best := map[string]time.Duration{}
	for range 3 { // on a busy machine one of them is quick enough
		for _, action := range []string{"start", "monitor", "stop", "monitor of nothing"} {
			began := time.Now()
			code, said := d.run(strings.Fields(action)[0])
			if code != success && code != notRunning {
				t.Fatal(action, code, said)
			}
			if took := time.Since(began); best[action] == 0 || took < best[action] {
				best[action] = took
			}
		}
	}
	for action, took := range best {
		if took >= time.Second {
			t.Errorf("%s takes %v", action, took)
		}
	}
}

// TestPostgresAsksOnce: it is asked when it says that it lets clients in, and not while it is still writing that down.
func TestPostgresAsksOnce(t *testing.T) {
	d := newDatabase(t)
	d.shell(`printf '#!/bin/sh\necho asked >>"%s"\nexec "%s" "$@"\n' "$0/log/asked" "$1" >"$0/psql" && chmod 755 "$0/psql"`, d.pg.Program("psql"))
	d.parameters["psql"] = d.dir + "/psql"
	for range 6 {
		d.want(success, "start")
		d.want(success, "stop")
	}
	if asked, err := os.ReadFile(d.dir + "/log/asked"); err != nil || strings.Count(string(asked), "asked") != 6 {
		t.Errorf("%v, asked %d times in 6 starts", err, strings.Count(string(asked), "asked"))
	}
}

// TestPostgresKilled: the postmaster dies, with a client that keeps a process of it busy.
func TestPostgresKilled(t *testing.T) {
	d := newDatabase(t)
	d.want(success, "start")
	d.sql("create table t (n int); insert into t values (42)")
	busy := d.session("select pg_backend_pid() from generate_series(1, 1) where (select count(*) from generate_series(1, 100000000000)) > 0")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = busy.Process.Kill(); _ = busy.Wait() })
	var worker int
	testkit.Eventually(t, func() error {
		id := d.sql("select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()")
		var err error
		worker, err = strconv.Atoi(id)
		return err
	})
	d.kill(d.postmaster(), syscall.SIGKILL)
	d.want(notRunning, "monitor")
	if dead(worker) {
		t.Fatal("the busy process has not outlived its postmaster: nothing is tried here")
	}
	d.want(success, "start") // also without a stop before it
	if !dead(worker) {
		t.Error("a process of the postmaster that is gone still writes")
	}
	if got := d.sql("select n from t"); got != "42" {
		t.Errorf("after recovery: %q", got)
	}
	d.kill(d.postmaster(), syscall.SIGKILL)
	d.want(success, "stop")
	d.wantNothing()
	if _, err := os.Stat(d.lock()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the lock of what is gone is left: ", err)
	}
}

// TestPostgresBackendKilled: PostgreSQL recovers by itself, which is no reason for a restart.
func TestPostgresBackendKilled(t *testing.T) {
	d := newDatabase(t)
	d.want(success, "start")
	main := d.postmaster()
	sleeper := d.session("select pg_sleep(3600)")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	testkit.Eventually(t, func() (err error) {
		pid, err = strconv.Atoi(d.sql("select pid from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()"))
		return err
	})
	d.kill(pid, syscall.SIGKILL)
	d.want(success, "monitor")
	_ = sleeper.Wait()
	if d.postmaster() != main {
		t.Error("it is another one")
	}
}

// leave leaves a lock behind as a node does that loses its power, with another process in it.
func (d *database) leave(pid string) {
	d.t.Helper()
	d.want(success, "start")
	d.sql("create table if not exists t (n int); insert into t values (42)")
	d.kill(d.postmaster(), syscall.SIGKILL)
	testkit.Eventually(d.t, func() error {
		if left := d.processes(); len(left) > 0 {
			return fmt.Errorf("%v are left", left)
		}
		return nil
	})
	if err := os.Remove(d.dir + "/pgsql-db.note"); err != nil { // another node's, or of before a boot
		d.t.Fatal(err)
	}
	d.shell(`sed -i "1s/.*/$1/" "$0/data/postmaster.pid"`, pid)
}

// stranger is a process of PostgreSQL's user that is none of PostgreSQL: PostgreSQL itself takes it for another postmaster.
func (d *database) stranger(dir string) int {
	d.t.Helper()
	c := exec.Command("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "sleep", "3600")
	c.Dir = dir
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	testkit.Eventually(d.t, func() error {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", c.Process.Pid)); err != nil || filepath.Base(exe) == "setpriv" {
			return fmt.Errorf("%s %w", exe, err)
		}
		return nil
	})
	return c.Process.Pid
}

func TestPostgresStaleLock(t *testing.T) {
	for name, dir := range map[string]string{"stranger": "/", "stranger in the data directory": "data"} {
		t.Run(name, func(t *testing.T) {
			d := newDatabase(t)
			if dir != "/" {
				dir = filepath.Join(d.dir, dir)
			}
			pid := d.stranger(dir)
			d.leave(strconv.Itoa(pid))
			d.want(notRunning, "monitor")
			d.want(success, "stop")
			if dead(pid) {
				t.Fatal("stop has ended a stranger")
			}
			if d.postmaster() != pid {
				t.Error("stop has changed the lock of another")
			}
			d.want(success, "start")
			if got := d.sql("select n from t"); got != "42" || dead(pid) {
				t.Errorf("%q, stranger dead: %t", got, dead(pid))
			}
		})
	}
	t.Run("another postmaster", func(t *testing.T) {
		other, d := newDatabase(t), newDatabase(t)
		other.want(success, "start")
		d.leave(strconv.Itoa(other.postmaster()))
		d.want(notRunning, "monitor")
		d.want(success, "stop")
		d.want(success, "start")
		other.want(success, "monitor")
		if got := other.sql("select 7"); got != "7" || d.postmaster() == other.postmaster() {
			t.Errorf("the other one answers %q", got)
		}
	})
	t.Run("no process", func(t *testing.T) {
		d := newDatabase(t)
		d.leave("4194300")
		d.want(success, "start")
		if got := d.sql("select n from t"); got != "42" {
			t.Errorf("after recovery: %q", got)
		}
	})
	t.Run("empty", func(t *testing.T) {
		d := newDatabase(t)
		d.leave("")
		if err := os.Truncate(d.lock(), 0); err != nil {
			t.Fatal(err)
		}
		d.shell(`rm -f "$0"/run/.s.PGSQL.*`) // the other node has its own
		d.want(notRunning, "monitor")
		d.want(success, "start")
	})
}

// TestPostgresForeignLock: on a file system that several nodes have mounted at once the other one may be running.
func TestPostgresForeignLock(t *testing.T) {
	d := newDatabase(t)
	d.leave("4194300")
	d.shell(`mkdir "$0/bin" && printf '#!/bin/sh\ncase "$*" in "-f -c %%T"*) echo nfs ;; *) exec /usr/bin/stat "$@" ;; esac\n' >"$0/bin/stat" && chmod 755 "$0/bin/stat"`)
	d.path = d.dir + "/bin:" + d.path
	d.want(generic, "start", "another one may be running", "4194300")
	if d.postmaster() != 4194300 {
		t.Error("the lock is changed")
	}
	d.want(notRunning, "monitor")
	// Nobody could be asked whether the cluster fences.
	answers := func(word string) {
		d.shell(`printf '#!/bin/sh\necho ` + word + `\n' >"$0/bin/crm_attribute" && chmod 755 "$0/bin/crm_attribute"`)
	}
	answers("false")
	d.want(generic, "start", "another one may be running")
	answers("true")
	d.want(success, "start")
	d.want(success, "stop")
	answers("false")
	d.leave("4194300")
	d.parameters["foreign_lock"] = "start"
	d.want(success, "start")
	d.parameters["foreign_lock"] = "refuse"
	d.kill(d.postmaster(), syscall.SIGKILL)
	d.want(success, "start") // it is this node's own, and it knows
	d.want(success, "stop")
	d.path, d.parameters["foreign_lock"] = os.Getenv("PATH"), "auto"
	d.leave("4194300")
	d.parameters["foreign_lock"] = "refuse"
	d.want(generic, "start", "another one may be running")
}

// TestPostgresLockGone: somebody has removed postmaster.pid, or the file system from under it.
func TestPostgresLockGone(t *testing.T) {
	d := newDatabase(t)
	d.want(success, "start")
	pid := d.postmaster()
	d.shell(`mv "$0/data" "$0/elsewhere" && mkdir "$0/data"`)
	d.want(generic, "monitor", "does not answer")
	d.want(success, "stop")
	if !dead(pid) {
		t.Error("it still runs")
	}
	d.shell(`rmdir "$0/data" && mv "$0/elsewhere" "$0/data"`)
}

// TestPostgresAlone: a person works on the data without the cluster.
func TestPostgresAlone(t *testing.T) {
	d := newDatabase(t)
	c := exec.Command("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", d.pg.Program("postgres"), "--single", "-D", d.dir+"/data", "template1")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	testkit.Eventually(t, func() error {
		if data, err := os.ReadFile(d.lock()); err != nil || !strings.HasPrefix(string(data), "-") {
			return fmt.Errorf("%q %w", data, err)
		}
		return nil
	})
	d.want(notRunning, "monitor")
	d.want(generic, "start", "alone")
	if dead(c.Process.Pid) {
		t.Error("start has ended it")
	}
}

func TestPostgresStopEscalates(t *testing.T) {
	t.Run("immediate", func(t *testing.T) {
		d := newDatabase(t)
		d.parameters["stop_escalate"] = "1"
		d.want(success, "start")
		// A process that hangs keeps a fast shutdown waiting for ever; an immediate one kills it after five seconds.
		sleeper := d.session("select pg_sleep(3600)")
		if err := sleeper.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() })
		var pid int
		testkit.Eventually(t, func() (err error) {
			pid, err = strconv.Atoi(d.sql("select pid from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()"))
			return err
		})
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		d.want(success, "stop")
		d.wantNothing()
		log, err := os.ReadFile(d.parameters["logfile"])
		if err != nil || !strings.Contains(string(log), "received fast shutdown request") || !strings.Contains(string(log), "received immediate shutdown request") {
			t.Errorf("%v\n%s", err, log)
		}
	})
	t.Run("hanging", func(t *testing.T) {
		d := newDatabase(t)
		d.want(success, "start")
		pid := d.postmaster()
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		d.allowed = 10 * time.Second
		began := time.Now()
		d.want(success, "stop")
		if took := time.Since(began); took > d.allowed {
			t.Errorf("it took %v of %v", took, d.allowed)
		}
		d.wantNothing()
		d.allowed = time.Minute
		d.want(success, "start")
	})
}

func TestPostgresHanging(t *testing.T) {
	d := newDatabase(t)
	d.want(success, "start")
	if err := syscall.Kill(d.postmaster(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d.allowed = 5 * time.Second
	began := time.Now()
	d.want(generic, "monitor", "does not answer")
	if took := time.Since(began); took > d.allowed {
		t.Errorf("Pacemaker would have ended it: %v", took)
	}
	d.continueAll()
	d.allowed = time.Minute
	d.want(success, "monitor")
}

// TestPostgresStatement: what is configured is asked by each monitor; without it level 10 asks.
func TestPostgresStatement(t *testing.T) {
	d := newDatabase(t)
	d.want(success, "start")
	d.parameters["monitor_sql"] = "select broken from nowhere"
	d.want(generic, "monitor", `relation "nowhere" does not exist`)
	d.parameters["monitor_sql"] = "select 1;"
	d.want(success, "monitor")
	delete(d.parameters, "monitor_sql")
	log := func() string { data, _ := os.ReadFile(d.parameters["logfile"]); return string(data) }
	d.sql("alter system set log_statement = 'all'")
	d.sql("select pg_reload_conf()")
	testkit.Eventually(t, func() error {
		if d.sql("show log_statement") != "all" {
			return errors.New("not reloaded")
		}
		return nil
	})
	before := strings.Count(log(), "select now()")
	d.want(success, "monitor")
	if got := strings.Count(log(), "select now()"); got != before {
		t.Errorf("level 0 has asked a statement")
	}
	d.level = "10"
	d.want(success, "monitor")
	if got := strings.Count(log(), "select now()"); got != before+1 {
		t.Errorf("level 10 has asked %d statements", got-before)
	}
}

// TestPostgresPassword: the password is used, and is in no list of arguments and not with the database.
func TestPostgresPassword(t *testing.T) {
	d := newDatabase(t)
	d.parameters["monitor_user"], d.parameters["monitor_password"] = "watcher", "s3cret-Wort"
	d.shell(`printf 'local all postgres trust\nlocal all watcher scram-sha-256\n' >"$0/data/pg_hba.conf"`)
	delete(d.parameters, "monitor_user")
	delete(d.parameters, "monitor_password")
	d.want(success, "start")
	d.sql("create role watcher login password 's3cret-Wort'")
	d.want(success, "stop")
	d.parameters["monitor_user"], d.parameters["monitor_password"] = "watcher", "s3cret-Wort"
	d.parameters["monitor_sql"] = "select pg_sleep(1)"
	d.want(success, "start")
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", d.postmaster()))
	if err != nil || strings.Contains(string(environment), "s3cret") || strings.Contains(string(environment), "OCF_") {
		t.Errorf("%v %q", err, environment)
	}
	done := make(chan int, 1)
	go func() { code, _ := d.run("monitor"); done <- code }()
	asked := false
	for code := -1; code < 0; {
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, line := range lines {
			data, _ := os.ReadFile(line)
			asked = asked || strings.Contains(string(data), "select pg_sleep(1)")
			if strings.Contains(string(data), "s3cret") {
				t.Fatalf("%q", data)
			}
		}
		select {
		case code = <-done:
			if code != success || !asked {
				t.Errorf("monitor ended with %d, seen: %t", code, asked)
			}
		default:
		}
	}
	d.parameters["monitor_password"] = "wrong"
	d.want(generic, "monitor", "password authentication failed")
}

// TestPostgresConfiguration: what cannot work is told by the code that the standard has for it.
func TestPostgresConfiguration(t *testing.T) {
	d := newDatabase(t)
	at := func(name, value string, code int, action string, words ...string) {
		t.Helper()
		t.Logf("%s=%q", name, value)
		before, had := d.parameters[name]
		d.parameters[name] = value
		d.want(code, action, words...)
		d.want(notRunning, "monitor") // a probe finds nothing, whatever is configured
		d.want(success, "stop")
		if d.parameters[name] = before; !had {
			delete(d.parameters, name)
		}
	}
	d.want(success, "validate-all")
	d.want(unsupported, "promote")
	for _, c := range [][2]string{
		{"pgport", "0"},
		{"pgport", "5432 -c x=1"},
		{"pgport", "65536"},
		{"stop_escalate", "-1"},
		{"pgdata", "data"},
		{"pgdata", ""},
		{"pgdba", "postgres; id"},
		{"pgdba", "-x"},
		{"pgdba", ""},
		{"pgdba", "root"},
		{"pghost", "$(id)"},
		{"pghost", "-c"},
		{"config", "conf"},
		{"logfile", "log"},
		{"socketdir", "run"},
		{"pgctl", "pg_ctl"},
		{"psql", "psql"},
		{"pglibs", "lib"},
		{"pgdb", "host=evil"},
		{"pgdb", "postgresql://evil"},
		{"pgdb", "-l"},
		{"pgdb", ""},
		{"monitor_sql", `\! touch /tmp/x`},
		{"monitor_user", "watcher"},
		{"monitor_password", "x"},
		{"foreign_lock", "maybe"},
		{"start_opt", "-c x=$(id)"},
		{"start_opt", "-c x=`id`"},
		{"start_opt", "-c 'x"},
		{"start_opt", "-D /elsewhere"},
		{"start_opt", "-c data_directory=/elsewhere"},
		{"start_opt", "a\nb"},
		{"rep_mode", "sync"},
		{"ctl_opt", "-w"},
	} {
		at(c[0], c[1], configured, "validate-all", strings.Split(c[0], "_")[0])
	}
	at("pgctl", "/nowhere/pg_ctl", installed, "start", "no program")
	at("psql", "/nowhere/psql", installed, "start", "no program")
	at("pgdba", "nobody-of-that-name", installed, "start", "no user")
	at("config", "/nowhere/postgresql.conf", installed, "start", "no file")
	at("pgdata", "/nowhere", installed, "start", "no database")
	at("pgdata", "/nowhere", success, "validate-all") // where it is not mounted yet
	at("start_opt", "-c nonsense=1", generic, "start", "ended before it answered", "nonsense")
	at("logfile", d.dir+"/nobody/pg.log", generic, "start", "cannot be written")
	d.shell(`chown root "$0/data"`)
	d.want(permission, "start", "must belong to postgres")
	d.shell(`chown postgres "$0/data" && chmod 755 "$0/data"`)
	d.want(permission, "start", "0700")
	d.shell(`chmod 700 "$0/data"`)
	d.parameters["start_opt"] = `-c "application_name=two words" -c cluster_name=';touch x;*'`
	d.parameters["pgctl"] = ""
	d.want(success, "start")
	if got := d.sql("show cluster_name"); got != ";touch x;*" {
		t.Errorf("cluster_name is %q", got)
	}
	arguments, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", d.postmaster()))
	if !slices.Contains(strings.Split(string(arguments), "\x00"), "application_name=two words") {
		t.Errorf("%q", arguments)
	}
	// What runs and cannot be asked is no more than that.
	d.parameters["psql"] = "/nowhere/psql"
	d.want(installed, "monitor", "no program")
	d.parameters["psql"] = ""
	d.parameters["monitor_sql"] = `\q`
	d.want(configured, "monitor", "backslash")
}

// TestPostgresStartTimesOut: recovery takes longer than the start may.
func TestPostgresStartTimesOut(t *testing.T) {
	d := newDatabase(t)
	d.parameters["monitor_sql"] = "select pg_sleep(3600)"
	d.allowed = 4 * time.Second
	began := time.Now()
	d.want(generic, "start", "starting", "no answer within")
	if took := time.Since(began); took > d.allowed {
		t.Errorf("Pacemaker would have ended it: %v", took)
	}
	d.allowed = time.Minute
	d.want(success, "stop")
	d.wantNothing()
}

// TestPostgresSocketDir: it is made where the boot has taken it away.
func TestPostgresSocketDir(t *testing.T) {
	d := newDatabase(t)
	d.parameters["socketdir"] = d.dir + "/made"
	d.parameters["start_opt"] = "-c unix_socket_directories=" + d.dir + "/made"
	d.parameters["pgport"] = "6789"
	d.want(success, "start")
	d.want(success, "monitor")
	if _, err := os.Stat(d.dir + "/made/.s.PGSQL.6789"); err != nil {
		t.Error(err)
	}
}

// TestPostgresAddress: it listens at the address and the port that are configured, and is asked there.
func TestPostgresAddress(t *testing.T) {
	d := newDatabase(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	d.parameters["pghost"], d.parameters["pgport"], d.parameters["pglibs"] = "127.0.0.1", port, "/usr/lib:"+d.dir
	d.want(success, "start")
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", d.postmaster()))
	if err != nil || !strings.Contains(string(environment), "LD_LIBRARY_PATH=/usr/lib:"+d.dir) {
		t.Errorf("%v %q", err, environment)
	}
	d.want(success, "monitor")
	d.parameters["pghost"] = "127.0.0.2" // nobody listens there
	d.want(generic, "monitor", "no answer at port "+port+" of 127.0.0.2")
}

// TestPostgresWholeFileSystem: before it recovers from a crash PostgreSQL writes a file system of its own as a whole, unless its configuration
// says how, or somebody does by an option.
func TestPostgresWholeFileSystem(t *testing.T) {
	for name, c := range map[string]struct {
		own     bool // it has a file system of its own
		conf    string
		options string
		want    string
	}{
		"of its own":                 {own: true, want: "syncfs"},
		"of its own, configured":     {own: true, conf: " Recovery_Init_Sync_Method = fsync", want: "fsync"},
		"of its own, by an option":   {own: true, options: "-c recovery_init_sync_method=fsync", want: "fsync"},
		"the system's":               {want: "fsync"},
		"the system's, by an option": {options: "-c recovery_init_sync_method=syncfs", want: "syncfs"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDatabase(t)
			if c.own {
				d.shell(`mv "$0/data" "$0/was" && mkdir "$0/data" && mount -t tmpfs -o mode=0700 tmpfs "$0/data" && chown postgres: "$0/data" && cp -a "$0/was/." "$0/data"`)
				t.Cleanup(func() { d.run("stop"); d.shell(`umount "$0/data"`) })
			} else if d.shell(`stat -c %m "$0/data"`) != "/" {
				t.Skip("there is no place on the system's own file system")
			}
			if c.conf != "" {
				d.configure(c.conf)
			}
			if c.options != "" {
				d.parameters["start_opt"] = c.options
			}
			d.want(success, "start")
			if got := d.sql("show recovery_init_sync_method"); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
