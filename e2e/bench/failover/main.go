// Command failover measures the outage that a client sees, for the same service on the same nodes under three managements:
// Hawser, pcs with every default, and pcs with Hawser's timing. It prints a table and writes it as JSON.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
)

// event is something that is done to the active node, and the sign that the cluster has dealt with it.
type event struct {
	name   string
	moves  bool // the service must be elsewhere afterwards
	strike func(ctx context.Context, s *stage.Stage, p peer, active string) error
	heal   func(ctx context.Context, s *stage.Stage, p peer, struck string) error
}

var events = []event{
	{
		name: "planned move", moves: true,
		strike: func(ctx context.Context, _ *stage.Stage, p peer, active string) error { return p.Standby(ctx, active) },
		heal: func(ctx context.Context, _ *stage.Stage, p peer, struck string) error {
			return p.Unstandby(ctx, struck)
		},
	},
	{
		name: "node crash", moves: true,
		strike: func(ctx context.Context, s *stage.Stage, _ peer, active string) error {
			_, err := s.Sandbox(ctx, "poweroff", active)
			return err
		},
		heal: func(ctx context.Context, s *stage.Stage, _ peer, struck string) error {
			_, err := s.Sandbox(ctx, "poweron", struck)
			return err
		},
	},
	{
		name: "application crash",
		strike: func(ctx context.Context, s *stage.Stage, _ peer, active string) error {
			_, err := s.Sandbox(ctx, "kill", active, "postgres")
			return err
		},
		heal: func(context.Context, *stage.Stage, peer, string) error { return nil },
	},
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds of each event in each column")
	out := flag.String("out", "build/bench/failover.json", "where to write the table as JSON")
	profile := flag.String("profile", "fast", "Hawser's timing profile, which the tuned peer takes too")
	only := flag.String("only", "", "one column alone, for trying; no JSON is written: hawser, stock pcs, tuned peer")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *rounds, *out, *profile, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench-failover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, out, profile, only string) (err error) {
	if rounds < 1 {
		return fmt.Errorf("%d rounds: at least one is needed", rounds)
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	s := stage.New(stage.Options{Root: root, Dir: filepath.Join(root, "build", "bench-stage"), Listen: listen, Instance: instance, Log: os.Stderr})
	defer func() { err = errors.Join(err, s.Down(context.WithoutCancel(ctx))) }()
	if err := s.Up(ctx); err != nil {
		return err
	}
	found := results{outages: map[string]map[string][]time.Duration{}}
	b := bench{s: s, rounds: rounds, found: &found}
	// A round of one column, then one of the next: a machine that becomes slower while all of this goes on is as slow for each.
	for round := range rounds {
		for _, p := range []peer{hawser{s, profile}, pcs{s: s}, pcs{s, profile}} {
			if only != "" && only != p.Name() {
				continue
			}
			if err := b.turn(ctx, p, round); err != nil {
				return fmt.Errorf("%s, round %d: %w", p.Name(), round+1, err)
			}
		}
	}
	if only != "" {
		return nil
	}
	rows := found.rows()
	fmt.Printf("Outage as the client saw it, %d rounds each. Peer: pcs with Hawser's timing and operations, or with every default where it says %s.\n\n", rounds, stockColumn)
	table.Print(os.Stdout, rows)
	return table.WriteJSON(out, rows)
}

// bench is what is measured, and where.
type bench struct {
	s      *stage.Stage
	rounds int
	found  *results
	own    map[string]string // Hawser's timing
}

// turn has one management build its cluster, lets every event happen once, the client writing, and takes the cluster down. No
// acknowledged row may be missing afterwards, nor may two nodes have written at once: an outage that is short because data was risked
// counts for nothing.
func (b *bench) turn(ctx context.Context, p peer, round int) error {
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
	for _, e := range events {
		begun := time.Now()
		outage, err := once(ctx, b.s, p, e, phases*time.Duration(2*round+1)/time.Duration(2*b.rounds))
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		fmt.Fprintf(os.Stderr, "  %s, %s %d/%d: %s (it took %s)\n", p.Name(), e.name, round+1, b.rounds, outage, time.Since(begun).Round(time.Second))
		if b.found.outages[p.Name()] == nil {
			b.found.outages[p.Name()] = map[string][]time.Duration{}
		}
		b.found.outages[p.Name()][e.name] = append(b.found.outages[p.Name()][e.name], outage)
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
	if err := errors.Join(b.s.NeverTwo(ctx), b.s.StopProbe(ctx)); err != nil {
		return err
	}
	if p.Name() == ownColumn && round == 0 {
		if b.found.rest, err = atRest(ctx, b.s); err != nil {
			return err
		}
	}
	err = p.Destroy(ctx)
	fmt.Fprintf(os.Stderr, "%s, round %d took %s\n", p.Name(), round+1, time.Since(begun).Round(time.Second))
	return err
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
func once(ctx context.Context, s *stage.Stage, p peer, e event, phase time.Duration) (time.Duration, error) {
	active, err := waitWell(ctx, s, p)
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, phase); err != nil {
		return 0, err
	}
	outage, err := s.Outage(ctx, outageTimeout,
		func(ctx context.Context) error { return e.strike(ctx, s, p, active) },
		func(ctx context.Context) (bool, error) {
			st, err := look(ctx, s)
			if err != nil {
				return false, err
			}
			now := st.active()
			return now != "" && (now != active || !e.moves), fmt.Errorf("service on %q: %+v", now, st.Groups)
		})
	if err != nil {
		return 0, err
	}
	return outage, e.heal(ctx, s, p, active)
}
