// Command diskhb measures the disk heartbeat on real nodes: how long the cluster stands still, whether its membership holds, and what
// the link costs. The peer is the prototype in which the idea was tried first.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/e2e/stage"
)

// row is one line of a benchmark, as every benchmark of the project writes it.
type row struct {
	Metric string   `json:"metric"`
	Unit   string   `json:"unit"`
	Hawser float64  `json:"hawser"`
	Peer   *float64 `json:"peer"`
	Ratio  *float64 `json:"ratio"`
	Aim    string   `json:"aim"`
	Met    bool     `json:"met"`
}

const (
	cluster  = "disk"
	instance = 236
	// restTime is how long the cost at rest is measured.
	restTime = 30 * time.Second
)

func main() {
	out := flag.String("out", "build/bench/diskhb.json", "file for the results")
	bin := flag.String("bin", "", "folder of the programs (build/bin)")
	rounds := flag.Int("rounds", 3, "how often each event happens")
	keep := flag.Bool("keep", false, "leave the nodes up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	rows, err := measure(ctx, *bin, *rounds, *keep)
	if err == nil {
		err = write(*out, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench diskhb:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, bin string, rounds int, keep bool) (rows []row, err error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	s := stage.New(stage.Options{
		Root: root, Bin: bin, Dir: filepath.Join(root, "build", "bench-disk"), Listen: fmt.Sprintf("127.0.0.1:%d", 8223+instance), Instance: instance, LUNs: 2, Log: os.Stderr,
	})
	if !keep {
		defer func() {
			down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
			defer cancel()
			err = errors.Join(err, s.Down(down))
		}()
	}
	if err := s.Up(ctx); err != nil {
		return nil, err
	}
	if err := s.CreateCluster(ctx, cluster, "fast"); err != nil {
		return nil, err
	}
	if err := s.EnableDisk(ctx, cluster); err != nil {
		return nil, err
	}
	for _, profile := range []string{"fast", "balanced"} {
		if profile != "fast" {
			if _, err := s.CLI(ctx, "timing", "set", cluster, "--profile", profile); err != nil {
				return nil, err
			}
		}
		cut, back, changes, err := cuts(ctx, s, rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			figure("all links cut, longest stall, "+profile, "s", cut.Seconds(), 0.72, "< 1", cut < time.Second),
			figure("network back, longest stall, "+profile, "s", back.Seconds(), 0, "< 0.5", back < 500*time.Millisecond),
			figure("all links cut, changes of the ring ID, "+profile, "", float64(changes), 0, "0", changes == 0),
		)
	}
	busy, err := cost(ctx, s, func() error { return s.CutNetwork(ctx) })
	if err != nil {
		return nil, err
	}
	idle, err := cost(ctx, s, func() error { return s.HealNetwork(ctx) })
	if err != nil {
		return nil, err
	}
	return append(rows,
		figure("processor of one node, network well", "%", idle, 1, "< 1", idle < 1),
		figure("processor of one node, living on the disk", "%", busy, 14, "< 14", busy < 14),
	), nil
}

func figure(metric, unit string, own, peer float64, aim string, met bool) row {
	r := row{Metric: metric, Unit: unit, Hawser: own, Aim: aim, Met: met}
	if peer > 0 {
		ratio := own / peer
		r.Peer, r.Ratio = &peer, &ratio
	}
	return r
}

// cuts cuts and heals the network again and again, and returns the worst of each, and how often the membership changed.
func cuts(ctx context.Context, s *stage.Stage, rounds int) (cut, back time.Duration, changes int, err error) {
	ring, _, err := s.Ring(ctx, s.Nodes()[0])
	if err != nil {
		return 0, 0, 0, err
	}
	for range rounds {
		for _, one := range []struct {
			strike func(context.Context) error
			worst  *time.Duration
		}{{s.CutNetwork, &cut}, {s.HealNetwork, &back}} {
			got, err := s.Stalls(ctx, 12*time.Second, one.strike)
			if err != nil {
				return 0, 0, 0, err
			}
			if got.Lost > 0 {
				return 0, 0, 0, fmt.Errorf("%d messages lost", got.Lost)
			}
			*one.worst = max(*one.worst, got.Gap)
			now, members, err := s.Ring(ctx, s.Nodes()[0])
			if err != nil {
				return 0, 0, 0, err
			}
			if now != ring || members != len(s.Nodes()) {
				changes++
			}
			ring = now
		}
		if err := s.WaitLinks(ctx, 3); err != nil {
			return 0, 0, 0, err
		}
	}
	return cut, back, changes, nil
}

// cost is the processor time of the node's daemon that used most, in percent of one processor.
func cost(ctx context.Context, s *stage.Stage, before func() error) (float64, error) {
	if err := before(); err != nil {
		return 0, err
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(15 * time.Second): // until the daemons have noticed, and links have been tried
	}
	used := func() (map[string]time.Duration, error) {
		m := map[string]time.Duration{}
		for _, n := range s.Nodes() {
			out, err := s.Exec(ctx, n, "systemctl", "show", "--property=MainPID", "--value", "hawser-diskhb")
			if err != nil {
				return nil, err
			}
			stat, err := s.Exec(ctx, n, "cat", "/proc/"+strings.TrimSpace(string(out))+"/stat")
			if err != nil {
				return nil, err
			}
			f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
			user, err1 := strconv.Atoi(f[11])
			system, err2 := strconv.Atoi(f[12])
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			m[n] = time.Duration(user+system) * time.Second / 100 // USER_HZ
		}
		return m, nil
	}
	begin := time.Now()
	first, err := used()
	if err != nil {
		return 0, err
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(restTime):
	}
	last, err := used()
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for n := range first {
		worst = max(worst, 100*(last[n]-first[n]).Seconds()/time.Since(begin).Seconds())
	}
	return worst, nil
}

func write(path string, rows []row) error {
	data, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Printf("%-50s %8.2f %-2s aim %s, met %t\n", r.Metric, r.Hawser, r.Unit, r.Aim, r.Met)
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
