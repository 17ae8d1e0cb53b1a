// Command failover measures the outage that a client sees, for the same service on the same nodes under three managements:
// Hawser, pcs with every default, and pcs with Hawser's timing. It prints a table and writes it as JSON. Or it traces where the time
// goes, event by event, and draws it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hawser/e2e/bench/table"
	"hawser/e2e/stage"
)

const (
	// instance is the sandbox's: a demo or tests that run are left alone.
	instance = 222
	listen   = "127.0.0.1:8445"
	// outageTimeout is how long a round may take; a service that is away for longer is broken, not slow.
	outageTimeout = 3 * time.Minute
	// phases is the longest monitor interval of the database among the columns of equal timing: rounds strike at moments
	// spread evenly over it, because a monitor that happens to come right after the blow would be luck.
	phases = 5 * time.Second
	// selfTest is how long a node that was reset needs before it boots. Real firmware needs longer; without any, the node's boot would
	// take the processors, which all nodes share here, from those that take over, and its return would interrupt them.
	selfTest = 30 * time.Second
	// batch is how many rounds a cluster is good for before the next column's is built.
	batch = 5
)

// options are what the command line says.
type options struct {
	rounds  int
	out     string
	profile string
	only    string
	event   string
	set     string
	watch   bool
	trace   string
	commit  string
	add     string
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 60, "rounds of each event in each column")
	flag.StringVar(&o.out, "out", "build/bench/failover.json", "where to write the table as JSON; people read the .md beside it")
	flag.StringVar(&o.profile, "profile", "fast", "Hawser's timing profile, which the tuned peer takes too")
	flag.StringVar(&o.only, "only", "", "one column alone, for trying; no table is written: hawser, stock pcs, tuned peer")
	flag.StringVar(&o.event, "event", "", "only events with this in their name, for trying; no table is written")
	flag.StringVar(&o.set, "set", "", "a cluster property that Hawser's column has on top, as name=value, for trying; no table is written")
	flag.BoolVar(&o.watch, "watch", true, "Hawser's column has detection by events switched on (hawser-watch=on), which is off by default")
	flag.StringVar(&o.trace, "trace", "", "folder: instead of the table, one round is traced and drawn there; -only says of which column, Hawser's where it does not")
	flag.StringVar(&o.commit, "commit", "unknown", "what is measured, for the texts")
	flag.StringVar(&o.add, "add", "", "file of runs: this run's is added, and the table is of them all; remove the file where what is measured has changed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-failover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.rounds < 1 {
		return fmt.Errorf("%d rounds: at least one is needed", o.rounds)
	}
	if o.trace != "" {
		o.rounds = 1
		if o.only == "" {
			o.only = ownColumn
		}
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	s := stage.New(stage.Options{Root: root, Dir: filepath.Join(root, "build", "bench-stage"), Listen: listen, Instance: instance, SelfTest: selfTest, Log: os.Stderr})
	b := bench{s: s, o: o, found: results{outages: map[string]map[string][]time.Duration{}, watch: o.watch}}
	if b.earlier, err = earlier(o.add); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.keep())
		}
		err = errors.Join(err, s.Down(context.WithoutCancel(ctx)))
	}()
	if err := s.Up(ctx); err != nil {
		return err
	}
	if err := s.PrepareGreeter(ctx); err != nil {
		return err
	}
	columns := []peer{hawser{s, o.profile, o.watch, o.set}, pcs{s: s}, pcs{s, o.profile}}
	tried := false
	// Some rounds of one column, then of the next: a machine that becomes slower while all of this goes on is as slow for each.
	for first := 0; first < o.rounds; first += batch {
		for _, p := range columns {
			if o.only != "" && o.only != p.Name() {
				continue
			}
			tried = true
			if err := b.turn(ctx, p, first, min(first+batch, o.rounds)); err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
		}
	}
	switch {
	case !tried:
		return fmt.Errorf("no column %q: %s, %s, %s", o.only, ownColumn, stockColumn, tunedColumn)
	case o.trace != "" || o.trying():
		return nil
	}
	return b.write(o.out)
}

// trying says whether only a part is run.
func (o options) trying() bool { return o.only != "" || o.event != "" || o.set != "" }

// bench is what is measured, and where.
type bench struct {
	s     *stage.Stage
	o     options
	found results
	own   map[string]string // Hawser's timing
	// earlier are runs that the table is of, too.
	earlier []measured
	// courses are those that were traced.
	courses []course
}

// write prints the table and writes it for people and for programs.
func (b *bench) write(out string) error {
	list := with(b.earlier, b.found.measured(b.o.commit))
	all := results{outages: together(list), rest: b.found.rest, watch: b.found.watch}
	page := all.page(told(list))
	fmt.Print(page)
	if err := table.WriteJSON(out, all.rows()); err != nil {
		return err
	}
	if b.o.add != "" {
		if err := keepRuns(b.o.add, list); err != nil {
			return err
		}
	}
	return os.WriteFile(strings.TrimSuffix(out, ".json")+".md", []byte(page), 0o644)
}

// keep keeps, of a run that ends early, what it has measured and what the server said: the stage goes with its end.
func (b *bench) keep() error {
	base := strings.TrimSuffix(b.o.out, ".json")
	var err error
	if b.found.complete() > 0 && !b.o.trying() {
		err = b.write(base + ".partial.json")
	}
	log, readErr := os.ReadFile(b.s.ServerLog())
	if errors.Is(readErr, os.ErrNotExist) {
		return err // it was never started
	}
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	kept := base + ".server.log"
	fmt.Fprintln(os.Stderr, "bench-failover: the server's log is kept in", kept)
	return errors.Join(err, os.MkdirAll(filepath.Dir(kept), 0o755), os.WriteFile(kept, log, 0o600))
}

// turn has one management build its cluster, goes through rounds on it, and takes it down.
func (b *bench) turn(ctx context.Context, p peer, first, end int) error {
	begun := time.Now()
	if err := b.agents(ctx, p.Name() == ownColumn); err != nil {
		return err
	}
	if err := p.Build(ctx); err != nil {
		return err
	}
	timing, err := totem(ctx, b.s)
	if err != nil {
		return err
	}
	switch {
	case p.Name() == ownColumn:
		b.own = timing
	case p.Name() == tunedColumn && b.own != nil:
		if err := sameTotem(b.own, timing); err != nil {
			return err
		}
	}
	if err := b.s.StartProbe(ctx); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: built in %s\n", p.Name(), time.Since(begun).Round(time.Second))
	for round := first; round < end; round++ {
		if err := b.round(ctx, p, round); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	if p.Name() == ownColumn && first == 0 && b.o.trace == "" {
		if b.found.rest, err = atRest(ctx, b.s); err != nil {
			return err
		}
	}
	return errors.Join(b.s.StopProbe(ctx), p.Destroy(ctx))
}

// round lets every event happen once, the client writing. No acknowledged row may be missing afterwards, nor may two nodes have
// written at once: an outage that is short because data was risked counts for nothing.
func (b *bench) round(ctx context.Context, p peer, round int) error {
	took := map[string]time.Duration{}
	for _, e := range events {
		if b.o.trace != "" && !e.traced || !strings.Contains(e.name, b.o.event) {
			continue
		}
		begun := time.Now()
		outage, err := b.once(ctx, p, e, phases*time.Duration(2*round+1)/time.Duration(2*b.o.rounds))
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		fmt.Fprintf(os.Stderr, "  %s, %s %d/%d: %s (it took %s)\n", p.Name(), e.name, round+1, b.o.rounds, outage, time.Since(begun).Round(time.Second))
		took[e.name] = outage
	}
	if _, err := waitWell(ctx, b.s, p); err != nil {
		return err
	}
	lost, err := b.s.Verify(ctx)
	if err != nil {
		return err
	}
	if lost != 0 {
		return fmt.Errorf("%d acknowledged rows are missing", lost)
	}
	if err := b.s.NeverTwo(ctx); err != nil {
		return err
	}
	b.found.add(p.Name(), took)
	return nil
}

// agents has the agents run for Hawser's own column only: nothing of Hawser may help or hinder a peer, and a node that is fenced
// starts what is enabled.
func (b *bench) agents(ctx context.Context, run bool) error {
	verbs := []string{"disable", "stop"}
	if run {
		verbs = []string{"enable", "start"}
	}
	for _, verb := range verbs {
		if err := b.s.Agents(ctx, verb); err != nil {
			return fmt.Errorf("%s agents: %w", verb, err)
		}
	}
	if !run {
		return nil
	}
	return b.s.WaitConnected(ctx, b.s.Nodes()...)
}

// once lets one event happen at a phase of the monitor's interval, and heals it.
func (b *bench) once(ctx context.Context, p peer, e event, phase time.Duration) (time.Duration, error) {
	if e.prepare != nil {
		if err := e.prepare(ctx, p); err != nil {
			return 0, fmt.Errorf("prepare: %w", err)
		}
	}
	active, err := waitWell(ctx, b.s, p)
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, phase); err != nil {
		return 0, err
	}
	measure := e.measure
	if measure == nil {
		measure = ofDatabase
	}
	struck := blow{event: e, s: b.s, p: p, active: active}
	outage, err := measure(ctx, &struck)
	if err != nil {
		return 0, err
	}
	if b.o.trace != "" {
		if err := b.trace(ctx, p, &struck); err != nil {
			return 0, fmt.Errorf("trace: %w", err)
		}
	}
	if err := e.heal(ctx, b.s, p, active); err != nil {
		return 0, fmt.Errorf("heal: %w", err)
	}
	return outage, nil
}
