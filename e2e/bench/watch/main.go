// Command watch measures detection by events: what it costs to watch many resources at rest, and how long after a kill Pacemaker would
// be told. Processes, PID files, CIB, scheduler and monitors are real, by the installed tools on a file; only the report itself goes
// nowhere, because there is no cluster.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
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

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/agent/watch"
	"hawser/e2e/bench/table"
	"hawser/internal/ha"
)

const (
	node      = "n1"
	resources = 200
	// soon is within what a kill is to be reported.
	soon = 500 * time.Millisecond
	// killing is a file that is there once processes are killed.
	killing = "killing"
	// patience is how long a report is waited for.
	patience = time.Minute
)

func main() {
	out := flag.String("out", "build/bench/watch.json", "file for the results")
	doc := flag.String("doc", "", "file for the results as people read them; none")
	commit := flag.String("commit", "unknown", "what is measured, for that file")
	rounds := flag.Int("rounds", 60, "how many processes are killed, each way")
	rest := flag.Duration("rest", 30*time.Second, "how long the cost at rest is measured")
	work := flag.String("work", "", "of the process that is measured: its folder")
	blind := flag.Bool("blind", false, "of the process that is measured: it has no pidfd")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	if *work != "" {
		exit(watchAll(ctx, *work, *blind))
		return
	}
	var rows []table.Row
	var err error
	for _, blind := range []bool{false, true} {
		more, failed := measure(ctx, blind, max(*rounds, 1), *rest)
		rows, err = append(rows, more...), errors.Join(err, failed)
	}
	if err == nil {
		table.Print(os.Stdout, rows)
		err = table.WriteJSON(*out, rows)
	}
	if err == nil && *doc != "" {
		text := fmt.Sprintf("# Detection by events\n\nWritten by `make bench-watch`, commit %s, %s, on a machine with %d processors: %d resources with a process each, %d of them killed one after the other, each way; %v at rest. Processes, PID files, monitors (`crm_resource --force-check` of `ocf:heartbeat:anything`) and CIB (`cibadmin`, on a file) are real; what Pacemaker does then is in `failover.md`. The process that is measured watches and does nothing else.\n\n%s",
			*commit, time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), resources, *rounds, *rest, table.Markdown(rows))
		err = os.WriteFile(*doc, []byte(text), 0o644)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench watch:", err)
		os.Exit(1)
	}
}

// notice is what the measured process prints: empty where it has begun.
type notice struct {
	Resource string    `json:"resource"`
	Sign     time.Time `json:"sign"`
	Told     time.Time `json:"told"`
}

// host is the real tools on a file.
type host struct{ pacemaker.Tools }

func (host) Units(context.Context, []string) (map[string]watch.Unit, error) { return nil, nil }

func (h host) Check(ctx context.Context, w ha.Watched) (int, error) {
	return h.Tools.Check(ctx, w.ID, w.Level, w.Timeout)
}

// Unreached implements watch.Host: no carrier is lost here.
func (host) Unreached(context.Context, ha.Watched) (bool, error) { return false, nil }

func (host) Fail(context.Context, string) error { return nil } // there is no cluster that could be told

func (host) Recount(context.Context, string, int) error { return nil } // nor one that could have counted

// watchAll is the process that is measured.
func watchAll(ctx context.Context, dir string, blind bool) error {
	h := host{pacemaker.Tools{Runner: run.System{}, File: filepath.Join(dir, "cib.xml")}}
	data, err := h.CIB(ctx)
	if err != nil {
		return err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return err
	}
	cfg := cib.Config()
	st := ha.State{Running: true, Reporter: node, DC: node, Nodes: []ha.NodeState{{Name: node, Online: true}}}
	for _, r := range cfg.Resources {
		st.Resources = append(st.Resources, ha.ResourceState{ID: r.ID, Kind: ha.Primitive, Agent: r.Agent, Role: "Started", Managed: true, Nodes: []string{node}})
	}
	out := json.NewEncoder(os.Stdout)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var open func(int) (int, error)
	if blind {
		open = func(int) (int, error) { return -1, unix.ENOSYS }
	}
	w := watch.New(watch.Options{
		Host: h, Node: node, Log: slog.New(slog.DiscardHandler),
		Told: func(n watch.Noticed) {
			if err := out.Encode(notice{n.Resource, n.At, n.At.Add(n.Took)}); err != nil {
				log.Error("report not printed", "err", err)
			}
		},
		Sources: []watch.Source{watch.NewProcesses(h.Units, open, slog.New(slog.DiscardHandler)), watch.NewLinks(), watch.NewMounts(), watch.NewVolumes()},
	})
	w.Configure(cfg)
	w.Observe(st)
	if err := out.Encode(notice{}); err != nil {
		return err
	}
	tick := time.NewTicker(10 * time.Second) // as the engine confirms what it has seen
	defer tick.Stop()
	go func() {
		for n := 1; ; n++ {
			<-tick.C
			if _, err := os.Stat(filepath.Join(dir, killing)); err == nil { // what has failed is observed, as in a cluster
				st.Failures = []ha.Failure{{Resource: id(0), Node: node, Count: n}}
			}
			w.Observe(st)
		}
	}()
	w.Run(ctx)
	return nil
}

// measure starts what is watched, and the process that watches.
func measure(ctx context.Context, blind bool, rounds int, rest time.Duration) ([]table.Row, error) {
	dir, err := os.MkdirTemp("", "bench-watch-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var sleepers []*exec.Cmd
	defer func() {
		for _, c := range sleepers {
			end(c)
		}
	}()
	for i := range resources {
		c, err := begin(ctx, dir, i)
		if err != nil {
			return nil, err
		}
		sleepers = append(sleepers, c)
	}
	starts := make([]int, resources)
	if err := writeCIB(dir, starts); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	watcher := exec.CommandContext(ctx, self, "-work", dir, fmt.Sprintf("-blind=%t", blind))
	watcher.Stderr = os.Stderr
	watcher.Env = append(os.Environ(), "GOMEMLIMIT=96MiB") // as the agent's unit has it
	stdout, err := watcher.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := watcher.Start(); err != nil {
		return nil, err
	}
	defer end(watcher)
	notices := make(chan notice, resources)
	go follow(stdout, notices)
	if _, err := next(ctx, notices); err != nil { // it has begun
		return nil, fmt.Errorf("the watcher has not begun: %w", err)
	}
	how := "pidfd"
	if blind {
		how = "without pidfd"
	}
	fmt.Fprintf(os.Stderr, "%s: at rest for %v\n", how, rest)
	if err := pause(ctx, 5*time.Second); err != nil { // it has found the processes by then
		return nil, err
	}
	before, err := used(watcher.Process.Pid)
	if err != nil {
		return nil, err
	}
	rested := time.Now()
	if err := pause(ctx, rest); err != nil {
		return nil, err
	}
	after, err := used(watcher.Process.Pid)
	if err != nil {
		return nil, err
	}
	share := 100 * (after - before).Seconds() / time.Since(rested).Seconds()
	memory, err := resident(watcher.Process.Pid)
	if err != nil {
		return nil, err
	}
	var signs, told []float64
	missed := 0
	if err := os.WriteFile(filepath.Join(dir, killing), nil, 0o600); err != nil {
		return nil, err
	}
	for round := range rounds {
		i := round % resources
		killed := time.Now()
		end(sleepers[i])
		n, err := next(ctx, notices)
		if err != nil {
			return nil, fmt.Errorf("%s, round %d: %w", how, round+1, err)
		}
		if n.Resource != id(i) {
			return nil, fmt.Errorf("%s, round %d: %s is reported, which lives", how, round+1, n.Resource)
		}
		took := n.Told.Sub(killed)
		signs, told = append(signs, milliseconds(n.Sign.Sub(killed))), append(told, milliseconds(took))
		if took > soon {
			missed++
		}
		// What Pacemaker would do: it lives again, another life.
		starts[i]++
		if sleepers[i], err = begin(ctx, dir, i); err != nil {
			return nil, err
		}
		if err := writeCIB(dir, starts); err != nil {
			return nil, err
		}
	}
	select {
	case n := <-notices:
		return nil, fmt.Errorf("%s: %s is reported, which lives", how, n.Resource)
	default:
	}
	named := func(metric string) string { return metric + ", " + how }
	return []table.Row{
		table.Below(named(fmt.Sprintf("processor at rest, %d resources", resources)), "% of a core", share, 0, 1),
		table.Below(named(fmt.Sprintf("memory, %d resources", resources)), "MiB", memory, 0, 60),
		table.Below(named("from kill to sign, median"), "ms", quantile(signs, 0.5), 0, 250),
		table.Below(named("from kill to report, median"), "ms", quantile(told, 0.5), 0, milliseconds(soon)),
		table.Below(named("from kill to report, p95"), "ms", quantile(told, 0.95), 0, milliseconds(soon)),
		table.Below(named("from kill to report, worst"), "ms", quantile(told, 1), 0, milliseconds(soon)),
		table.Below(named("kills not reported within 0.5 s"), "%", 100*float64(missed)/float64(rounds), 0, 0.1),
	}, nil
}

// begin starts the process of a resource.
func begin(ctx context.Context, dir string, i int) (*exec.Cmd, error) {
	c := exec.CommandContext(ctx, "sleep", "3600")
	if err := c.Start(); err != nil {
		return nil, err
	}
	return c, replace(pidFile(dir, i), fmt.Appendf(nil, "%d\n", c.Process.Pid))
}

// writeCIB writes the cluster, of which each resource has been started again so many times.
func writeCIB(dir string, starts []int) error {
	return replace(filepath.Join(dir, "cib.xml"), cib(dir, starts))
}

// replace writes a file in one step: it is read all the time.
func replace(path string, data []byte) error {
	return errors.Join(os.WriteFile(path+".new", data, 0o600), os.Rename(path+".new", path))
}

func end(c *exec.Cmd) {
	if c.ProcessState == nil {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}

func follow(r io.Reader, notices chan<- notice) {
	defer close(notices)
	for s := bufio.NewScanner(r); s.Scan(); {
		var n notice
		if json.Unmarshal(s.Bytes(), &n) == nil {
			notices <- n
		}
	}
}

func next(ctx context.Context, notices <-chan notice) (notice, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case n, open := <-notices:
		if !open {
			return n, errors.New("it has ended")
		}
		return n, nil
	case <-timer.C:
		return notice{}, fmt.Errorf("nothing within %v", patience)
	case <-ctx.Done():
		return notice{}, ctx.Err()
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func id(i int) string { return fmt.Sprintf("r%03d", i) }

func pidFile(dir string, i int) string { return filepath.Join(dir, id(i)+".pid") }

// cib is a cluster of one node on which all resources run.
func cib(dir string, starts []int) []byte {
	var config, status strings.Builder
	for i := range resources {
		fmt.Fprintf(&config, `<primitive id=%[1]q class="ocf" provider="heartbeat" type="anything"><instance_attributes id="%[1]s-a"><nvpair id="%[1]s-b" name="binfile" value="/bin/sleep"/><nvpair id="%[1]s-p" name="pidfile" value=%[2]q/></instance_attributes><operations><op id="%[1]s-m" name="monitor" interval="10s" timeout="20s"/></operations></primitive>`, id(i), pidFile(dir, i))
		call := 10 + 2*i + 2*resources*starts[i]
		fmt.Fprintf(&status, `<lrm_resource id=%[1]q class="ocf" provider="heartbeat" type="anything"><lrm_rsc_op id="%[1]s_last_0" operation_key="%[1]s_start_0" operation="start" crm-debug-origin="x" crm_feature_set="3.16.2" transition-key="%[2]d:2:0:6c5bd2b5-0000-4000-8000-000000000000" transition-magic="0:0;%[2]d:2:0:6c5bd2b5-0000-4000-8000-000000000000" call-id="%[2]d" rc-code="0" op-status="0" interval="0" exec-time="20" queue-time="0" op-digest="x"/></lrm_resource>`, id(i), call)
	}
	return fmt.Appendf(nil, `<cib validate-with="pacemaker-3.0" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="s" name="stonith-enabled" value="false"/><nvpair id="w" name="hawser-watch" value="on"/></cluster_property_set></crm_config><nodes><node id="1" uname=%[1]q/></nodes><resources>%[2]s</resources><constraints/></configuration><status><node_state id="1" uname=%[1]q in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>%[3]s</lrm_resources></lrm></node_state></status></cib>`,
		node, config.String(), status.String())
}

// used is the processor time that a process has taken, without that of the programs that it has started. Source: proc_pid_stat(5).
func used(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("stat cannot be read")
	}
	user, err1 := strconv.ParseInt(string(fields[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[12]), 10, 64)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that Go knows
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// resident is the memory of a process in MiB.
func resident(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, is := strings.CutPrefix(line, "VmRSS:"); is {
			kib, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("status has no VmRSS")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func quantile(list []float64, q float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[min(int(q*float64(len(list))), len(list)-1)]
}
