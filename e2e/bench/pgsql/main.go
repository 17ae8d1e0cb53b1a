// Command pgsql measures Hawser's agent for PostgreSQL against the stock one: both start, monitor and stop the same database in turn. No
// cluster is needed; what is measured is what Pacemaker would wait for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/ocf"
	"hawser/e2e/bench/table"
	"hawser/internal/testkit"
)

const (
	own   = "ocf:hawser:pgsql"
	stock = "/usr/lib/ocf/resource.d/heartbeat/pgsql"
	// allowed is what an operation may take; it is told to the agents as Pacemaker tells it.
	allowed = time.Minute
	// The exit codes of the OCF standard.
	success, notRunning = 0, 7
)

// metrics are what is measured, in the order of the table, with the ratio that is aimed at.
var metrics = []struct {
	name string
	most float64
}{
	{"start", 1},
	{"monitor", 1},
	{"monitor of level 10", 1},
	{"stop", 0.3},
	{"monitor where it does not run", 1},
	{"planned move: stop, start", 0.5},
	{"start after a crash", 0.5},
	{"killed postmaster: monitor, stop, start", 0.5},
}

func main() {
	out := flag.String("out", "build/bench/pgsql.json", "file for the results")
	doc := flag.String("doc", "", "file for the results as people read them; none")
	commit := flag.String("commit", "unknown", "what is measured, for that file")
	rounds := flag.Int("rounds", 20, "how often each agent does all of it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	before := table.Load()
	rows, err := measure(ctx, max(*rounds, 1))
	if err == nil {
		table.Print(os.Stdout, rows)
		err = table.WriteJSON(*out, rows)
	}
	if err == nil && *doc != "" {
		err = os.WriteFile(*doc, []byte(text(*commit, *rounds, before+" before, "+table.Load()+" after", rows)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench pgsql:", err)
		os.Exit(1)
	}
}

func text(commit string, rounds int, load string, rows []table.Row) string {
	return fmt.Sprintf("# PostgreSQL's agents\n\nWritten by `make bench-pgsql`, commit %s, %s, on a machine with %d processors (load %s): `ocf:hawser:pgsql` against `ocf:heartbeat:pgsql` (peer), %d rounds, in turn on the same database, which is empty and writes with fsync. It is the time of the agents alone: no cluster, no file system, no address. After a crash hardly any log has to be read. Hawser's start has a statement answered, as the stock one's has.\n\n%s",
		commit, time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), load, rounds, table.Markdown(rows))
}

// measure has both agents do all of it, so many times.
func measure(ctx context.Context, rounds int) ([]table.Row, error) {
	// What the agents leave to run becomes a child of this program, which notices its end as init does.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	pg, err := testkit.InitPostgres()
	defer pg.Stop()
	if err != nil {
		return nil, err
	}
	b := &bench{ctx: ctx, pg: pg, took: map[string]map[bool][]float64{}}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	defer func() { _, _ = b.run(true, "stop", success) }() // after a failure it may run
	for round := range rounds {
		for _, hawser := range []bool{round%2 == 0, round%2 == 1} { // neither is always the first
			if err := b.round(hawser); err != nil {
				return nil, fmt.Errorf("round %d, hawser %t: %w", round+1, hawser, err)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
	}
	var rows []table.Row
	for _, m := range metrics {
		hawser, peer := b.took[m.name][true], b.took[m.name][false]
		rows = append(rows, table.Against(m.name+", median", "ms", table.Median(hawser), table.Median(peer), m.most),
			table.Against(m.name+", worst", "ms", slices.Max(hawser), slices.Max(peer), 1)) // the worst is also what else the machine did
	}
	return rows, nil
}

type bench struct {
	ctx   context.Context //nolint:containedctx // of the one run
	pg    *testkit.Postgres
	took  map[string]map[bool][]float64 // by metric, and whether it is Hawser's
	ended chan struct{}                 // closed when the postmaster that was started last has ended
}

// prepare lays out Hawser's agent and sets the database's socket.
func (b *bench) prepare() error {
	if err := os.Chmod(b.pg.Dir(), 0o755); err != nil {
		return err
	}
	script, _ := ocf.Script(own)
	if err := os.WriteFile(filepath.Join(b.pg.Dir(), "agent"), script, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(b.pg.Data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "listen_addresses = ''\nunix_socket_directories = '%s'\n", b.pg.Dir())
	return errors.Join(err, f.Close())
}

// round is a life of the database that ends well, and one that ends badly.
func (b *bench) round(hawser bool) error {
	var failed error
	do := func(metric, action string, code int, with ...string) time.Duration {
		if failed != nil {
			return 0
		}
		took, err := b.run(hawser, action, code, with...)
		if failed = err; err == nil && metric != "" {
			b.note(hawser, metric, took)
		}
		return took
	}
	start := do("start", "start", success)
	do("monitor", "monitor", success)
	do("monitor of level 10", "monitor", success, "OCF_CHECK_LEVEL=10")
	stop := do("stop", "stop", success)
	do("monitor where it does not run", "monitor", notRunning)
	do("", "start", success)
	if failed != nil {
		return failed
	}
	if err := b.kill(); err != nil {
		return err
	}
	noticed := do("", "monitor", notRunning)
	cleared := do("", "stop", success)
	again := do("start after a crash", "start", success)
	do("", "stop", success)
	if failed != nil {
		return failed
	}
	b.note(hawser, "planned move: stop, start", stop+start)
	b.note(hawser, "killed postmaster: monitor, stop, start", noticed+cleared+again)
	return nil
}

func (b *bench) note(hawser bool, metric string, took time.Duration) {
	if b.took[metric] == nil {
		b.took[metric] = map[bool][]float64{}
	}
	b.took[metric][hawser] = append(b.took[metric][hawser], float64(took.Microseconds())/1000)
}

// run runs one action as Pacemaker does, and returns how long it took.
func (b *bench) run(hawser bool, action string, code int, with ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(b.ctx, allowed)
	defer cancel()
	agent := stock
	if hawser {
		agent = filepath.Join(b.pg.Dir(), "agent")
	}
	c := exec.CommandContext(ctx, agent, action)
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=db", "OCF_RESOURCE_TYPE=pgsql", "OCF_RESOURCE_PROVIDER=bench",
		"OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "HA_RSCTMP=" + b.pg.Dir(), "HA_LOGFACILITY=none",
		"OCF_RESKEY_CRM_meta_timeout=" + strconv.FormatInt(allowed.Milliseconds(), 10), "OCF_RESKEY_CRM_meta_interval=10000",
		"OCF_RESKEY_pgctl=" + b.pg.Program("pg_ctl"), "OCF_RESKEY_psql=" + b.pg.Program("psql"), "OCF_RESKEY_pgdata=" + b.pg.Data(), "OCF_RESKEY_socketdir=" + b.pg.Dir(), "OCF_RESKEY_logfile=" + filepath.Join(b.pg.Dir(), "log"),
	}, with...)
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	began := time.Now()
	err := c.Run()
	took := time.Since(began)
	if got := c.ProcessState.ExitCode(); got != code {
		log, _ := os.ReadFile(filepath.Join(b.pg.Dir(), "log")) // what there is of it helps
		return took, fmt.Errorf("%s ended with %d, want %d: %w: %s\n%s", action, got, code, err, last(said.String()), last(string(log)))
	}
	if action == "start" {
		return took, b.adopt()
	}
	return took, nil
}

// adopt waits for the end of the postmaster that there is now, beside everything else.
func (b *bench) adopt() error {
	pid, err := b.postmaster()
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	b.ended = ended
	go func() {
		defer close(ended)
		for {
			if _, err := unix.Wait4(pid, nil, 0, nil); !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	return nil
}

// kill kills the postmaster, and returns when nothing of it is left.
func (b *bench) kill() error {
	pid, err := b.postmaster()
	if err != nil {
		return err
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		return err
	}
	<-b.ended
	for b.left() { // the stock agent starts beside them, which PostgreSQL refuses; it then waits for ever
		if err := b.ctx.Err(); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// left says whether a process still works in the data directory.
func (b *bench) left() bool {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	return slices.ContainsFunc(links, func(link string) bool {
		dir, err := os.Readlink(link)
		return err == nil && dir == b.pg.Data()
	})
}

func (b *bench) postmaster() (int, error) {
	data, err := os.ReadFile(filepath.Join(b.pg.Data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return strconv.Atoi(first)
}

// last is the end of what may be long.
func last(text string) string { return text[max(0, len(text)-2000):] }
