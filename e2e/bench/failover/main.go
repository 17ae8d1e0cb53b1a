// Command failover measures the outage that a client sees, for the same service on the same nodes under three managements:
// Hawser, pcs with every default, and pcs with Hawser's timing. It prints a table and writes it as JSON.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"hawser/e2e/stage"
)

// row is one line of a benchmark, as every benchmark of the project writes it.
type row struct {
	Metric     string  `json:"metric"`
	Unit       string  `json:"unit"`
	Hawser     float64 `json:"hawser"`
	Peer       float64 `json:"peer"`
	Ratio      float64 `json:"ratio"`
	Tuned      float64 `json:"tuned,omitempty"`
	RatioTuned float64 `json:"ratio_tuned,omitempty"`
	Worst      float64 `json:"worst,omitempty"`
	Aim        string  `json:"aim"`
	Met        bool    `json:"met"`
}

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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *rounds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench-failover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, out string) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	s := stage.New(stage.Options{Root: root, Dir: filepath.Join(root, "build", "bench-stage"), Listen: "127.0.0.1:8444", Instance: 222, Log: os.Stderr})
	defer func() { _ = s.Down(context.WithoutCancel(ctx)) }()
	if err := s.Up(ctx); err != nil {
		return err
	}
	outages := map[string]map[string][]time.Duration{} // column → event → outages
	var rest []row
	for _, p := range []peer{hawser{s}, pcs{s: s}, pcs{s: s, tuned: true}} {
		fmt.Fprintf(os.Stderr, "column %s\n", p.Name())
		if _, isPeer := p.(pcs); isPeer {
			// Nothing of Hawser may help or hinder a peer.
			if err := s.Agents(ctx, "stop"); err != nil {
				return err
			}
		}
		if err := p.Build(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
		if err := s.StartProbe(ctx); err != nil {
			return err
		}
		if outages[p.Name()], err = column(ctx, s, p, rounds); err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
		if p.Name() == "hawser" {
			if rest, err = atRest(ctx, s); err != nil {
				return err
			}
		}
		if err := s.StopProbe(ctx); err != nil {
			return err
		}
		if err := p.Destroy(ctx); err != nil {
			return err
		}
	}
	var rows []row
	for _, e := range events {
		rows = append(rows, compare(e.name, outages["hawser"][e.name], outages["stock"][e.name], outages["tuned"][e.name]))
	}
	rows = append(rows, rest...)
	printTable(rows, rounds)
	raw, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, append(raw, '\n'), 0o644)
}

// column lets every event happen rounds times under one management.
func column(ctx context.Context, s *stage.Stage, p peer, rounds int) (map[string][]time.Duration, error) {
	found := map[string][]time.Duration{}
	for _, e := range events {
		for round := range rounds {
			if err := p.Well(ctx); err != nil {
				return nil, err
			}
			active, err := p.Active(ctx)
			if err != nil || active == "" {
				return nil, fmt.Errorf("before %s: active on %q: %w", e.name, active, err)
			}
			outage, err := s.Outage(ctx, 3*time.Minute,
				func(ctx context.Context) error { return e.strike(ctx, s, p, active) },
				func(ctx context.Context) (bool, error) {
					now, err := p.Active(ctx)
					return now != "" && (now != active || !e.moves), err
				})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
			fmt.Fprintf(os.Stderr, "  %s %d/%d: %s\n", e.name, round+1, rounds, outage)
			found[e.name] = append(found[e.name], outage)
			if err := e.heal(ctx, s, p, active); err != nil {
				return nil, err
			}
		}
	}
	lost, err := s.Verify(ctx)
	if err != nil {
		return nil, err
	}
	if lost != 0 {
		return nil, fmt.Errorf("%d acknowledged rows are missing", lost)
	}
	return found, nil
}

// compare makes a row of medians. Better than the tuned peer is the aim; what is equal within a tenth is no merit and no shame.
func compare(name string, own, stock, tuned []time.Duration) row {
	r := row{
		Metric: name, Unit: "s median", Hawser: median(own), Peer: median(stock), Tuned: median(tuned),
		Worst: slices.Max(own).Seconds(), Aim: "≤ 1.1 × tuned peer",
	}
	r.Ratio, r.RatioTuned = r.Hawser/r.Peer, r.Hawser/r.Tuned
	r.Met = r.RatioTuned <= 1.1
	return r
}

func median(list []time.Duration) float64 {
	sorted := slices.SortedFunc(slices.Values(list), cmp.Compare)
	return sorted[len(sorted)/2].Seconds()
}

func printTable(rows []row, rounds int) {
	fmt.Printf("%d rounds each; outage as the client saw it. peer: pcs with its defaults; tuned: pcs with Hawser's timing.\n\n", rounds)
	fmt.Printf("%-28s %-10s %9s %9s %9s %9s %7s %7s  %-22s %s\n", "metric", "unit", "hawser", "worst", "peer", "tuned", "ratio", "r.tuned", "aim", "met")
	for _, r := range rows {
		fmt.Printf("%-28s %-10s %9.2f %9.2f %9.2f %9.2f %7.2f %7.2f  %-22s %s\n",
			r.Metric, r.Unit, r.Hawser, r.Worst, r.Peer, r.Tuned, r.Ratio, r.RatioTuned, r.Aim, strings.ToUpper(fmt.Sprint(r.Met)))
	}
}
