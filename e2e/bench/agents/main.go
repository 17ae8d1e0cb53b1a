// Command agents measures Hawser's agents for a virtual IP, a file system and addresses that answer against the stock ones of the same names:
// both start, monitor and stop the same in turn. No cluster is needed; what is measured is what Pacemaker would wait for, and how many
// processes begin, because each of them costs the machine while it has other work.
package main

import (
	"bytes"
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
)

const (
	// allowed is what an operation may take; it is told to the agents as Pacemaker tells it.
	allowed = 20 * time.Second
	// The exit codes of the OCF standard.
	success, notRunning = 0, 7
	// namespace is where the address comes up: nobody outside sees it.
	namespace = "hawser-bench-agents"
)

// stock is where the other agent of that name is.
var stock = map[string]string{"IPaddr2": "heartbeat", "Filesystem": "heartbeat", "ping": "pacemaker"}

// step is an action and what it must end with.
type step struct {
	name, action string
	code         int
	level        string
}

var steps = []step{
	{"monitor where it does not run", "monitor", notRunning, "0"},
	{"start", "start", success, "0"},
	{"monitor", "monitor", success, "0"},
	{"stop", "stop", success, "0"},
}

// agents are those that are measured, with what they are told.
var agents = []string{"IPaddr2", "Filesystem", "ping"}

func main() {
	out := flag.String("out", "build/bench/agents.json", "file for the results")
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
		fmt.Fprintln(os.Stderr, "bench agents:", err)
		os.Exit(1)
	}
}

func text(commit string, rounds int, load string, rows []table.Row) string {
	return fmt.Sprintf("# Agents for virtual IP, file system and addresses that answer\n\nWritten by `make bench-agents`, commit %s, %s, on a machine with %d processors (load %s): `ocf:hawser:IPaddr2`, `Filesystem` and `ping` against those of `ocf:heartbeat` and `ocf:pacemaker` (peer), %d rounds, in turn on the same address (IPv4, in a network namespace), the same empty ext4 on a loop device, and one address that answers at once, with a program in the place of `attrd_updater` that does nothing. It is the time of the agents alone, without a cluster. Processes are those that began on the machine meanwhile.\n\n%s",
		commit, time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), load, rounds, table.Markdown(rows))
}

// bench is one run.
type bench struct {
	dir        string
	parameters map[string][]string
	took       map[string]map[bool][]float64 // by metric, and whether it is Hawser's
}

// measure has both kinds do all of it, so many times.
func measure(ctx context.Context, rounds int) (rows []table.Row, err error) {
	dir, err := os.MkdirTemp("", "hawser-bench-agents")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := bench{dir: dir, took: map[string]map[bool][]float64{}}
	cleanup, err := b.prepare(ctx)
	defer func() { err = errors.Join(err, cleanup()) }()
	if err != nil {
		return nil, err
	}
	for round := range rounds {
		for _, agent := range agents {
			for _, hawser := range []bool{round%2 == 0, round%2 == 1} { // neither is always the first
				for _, s := range steps {
					if err := b.run(ctx, agent, hawser, s); err != nil {
						return nil, fmt.Errorf("round %d, hawser %t: %s: %w", round+1, hawser, agent, err)
					}
				}
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
	}
	for _, agent := range agents {
		for _, s := range steps {
			name := agent + ": " + s.name
			own, peer := b.took[name][true], b.took[name][false]
			rows = append(rows, table.Against(name+", median", "ms", table.Median(own), table.Median(peer), 0.5),
				table.Against(name+", worst", "ms", slices.Max(own), slices.Max(peer), 1)) // the worst is also what else the machine did
			name += ", processes"
			rows = append(rows, table.Against(name, "count", table.Median(b.took[name][true]), table.Median(b.took[name][false]), 0.5))
		}
	}
	return rows, nil
}

// prepare lays out Hawser's agents and makes network and disk; what it returns takes them away, however far it came.
func (b *bench) prepare(ctx context.Context) (cleanup func() error, err error) {
	var undo [][]string
	cleanup = func() error {
		var errs []error
		for _, argv := range slices.Backward(undo) {
			errs = append(errs, do(context.WithoutCancel(ctx), argv...))
		}
		return errors.Join(errs...)
	}
	if _, err := ocf.Install(b.dir, os.WriteFile); err != nil {
		return cleanup, err
	}
	if err := do(ctx, "ip", "netns", "add", namespace); err != nil {
		return cleanup, err
	}
	undo = append(undo, []string{"ip", "netns", "del", namespace})
	for _, argv := range [][]string{
		{"ip", "-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", "peer0"},
		{"ip", "-n", namespace, "addr", "add", "10.77.0.2/24", "dev", "eth0"},
		{"ip", "-n", namespace, "link", "set", "eth0", "up"},
		{"ip", "-n", namespace, "link", "set", "lo", "up"},
		{"ip", "-n", namespace, "link", "set", "peer0", "up"},
	} {
		if err := do(ctx, argv...); err != nil {
			return cleanup, err
		}
	}
	image := filepath.Join(b.dir, "image")
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 64<<20)); err != nil {
		return cleanup, err
	}
	if err := do(ctx, "mkfs.ext4", "-q", image); err != nil {
		return cleanup, err
	}
	device, err := exec.CommandContext(ctx, "losetup", "--find", "--show", image).Output()
	if err != nil {
		return cleanup, fmt.Errorf("losetup: %w", err)
	}
	name := strings.TrimSpace(string(device))
	undo = append(undo, []string{"losetup", "--detach", name})
	b.parameters = map[string][]string{
		"IPaddr2":    {"OCF_RESKEY_ip=10.77.0.100", "OCF_RESKEY_cidr_netmask=24", "OCF_RESKEY_nic=eth0"},
		"Filesystem": {"OCF_RESKEY_device=" + name, "OCF_RESKEY_directory=" + filepath.Join(b.dir, "mnt"), "OCF_RESKEY_fstype=ext4"},
	}
	b.parameters["ping"] = []string{
		"OCF_RESKEY_host_list=127.0.0.1", "OCF_RESKEY_name=bench", "OCF_RESKEY_dampen=0", "OCF_RESKEY_timeout=1",
		"OCF_RESKEY_attempts=2", "OCF_RESKEY_options=-i 0.2", "OCF_RESKEY_pidfile=" + filepath.Join(b.dir, "ping"), // of the stock agent
	}
	return cleanup, errors.Join(os.Mkdir(filepath.Join(b.dir, "mnt"), 0o700), os.Symlink("/bin/true", filepath.Join(b.dir, "attrd_updater")))
}

func do(ctx context.Context, argv ...string) error {
	if out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w: %s", argv, err, out)
	}
	return nil
}

// run runs one action as Pacemaker does, and notes how long it took and how many processes began.
func (b *bench) run(ctx context.Context, agent string, hawser bool, s step) error {
	ctx, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	path := filepath.Join(ocf.Dir, stock[agent], agent)
	if hawser {
		path = filepath.Join(b.dir, ocf.Dir, "hawser", agent)
	}
	argv := []string{path, s.action}
	if agent != "Filesystem" {
		argv = append([]string{"ip", "netns", "exec", namespace}, argv...)
	}
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Env = append([]string{
		"PATH=" + b.dir + ":" + os.Getenv("PATH"), "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=bench", "OCF_RESOURCE_TYPE=" + agent, "OCF_RESOURCE_PROVIDER=bench",
		"OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "HA_RSCTMP=" + b.dir, "HA_LOGFACILITY=none", "OCF_CHECK_LEVEL=" + s.level,
		"OCF_RESKEY_CRM_meta_timeout=" + strconv.FormatInt(allowed.Milliseconds(), 10), "OCF_RESKEY_CRM_meta_interval=10000",
	}, b.parameters[agent]...)
	// A file, not a pipe: what goes on in the background keeps a pipe open.
	said, err := os.CreateTemp(b.dir, "said")
	if err != nil {
		return err
	}
	defer said.Close()
	c.Stdout, c.Stderr = said, said
	forks, err := forked()
	if err != nil {
		return err
	}
	began := time.Now()
	err = c.Run()
	took := time.Since(began)
	now, forkErr := forked()
	if got := c.ProcessState.ExitCode(); got != s.code {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s ended with %d, want %d: %w: %s", s.action, got, s.code, err, text)
	}
	if forkErr != nil {
		return forkErr
	}
	b.note(agent+": "+s.name, hawser, float64(took.Microseconds())/1000)
	b.note(agent+": "+s.name+", processes", hawser, float64(now-forks))
	return nil
}

func (b *bench) note(metric string, hawser bool, value float64) {
	if b.took[metric] == nil {
		b.took[metric] = map[bool][]float64{}
	}
	b.took[metric][hawser] = append(b.took[metric][hawser], value)
}

// forked is how many processes have begun since the machine booted.
func forked() (int64, error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(data, []byte("\nprocesses "))
	if !found {
		return 0, errors.New("/proc/stat says nothing of processes")
	}
	number, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.ParseInt(string(number), 10, 64)
}
