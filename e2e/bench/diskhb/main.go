// Command diskhb measures the disk heartbeat on real nodes: how long the cluster stands still, whether its membership holds, and what
// the link costs. The peer is the prototype in which the idea was tried first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/diskhb"
	"hawser/e2e/bench/table"
	"hawser/e2e/stage"
)

const (
	cluster  = "disk"
	instance = 236
	// restTime is how long the cost at rest is measured.
	restTime = 30 * time.Second
	// settle is how long a link must have been up: for nine seconds after it came up, as after each change of its times, knet gives its
	// pings up to ten times their time-out, and a cut in that time is noticed after the token's.
	settle = 12 * time.Second
)

func main() {
	out := flag.String("out", "build/bench/diskhb.json", "file for the results")
	doc := flag.String("doc", "", "file for the results as people read them; none")
	commit := flag.String("commit", "unknown", "what is measured, for that file")
	bin := flag.String("bin", "", "folder of the programs (build/bin)")
	rounds := flag.Int("rounds", 3, "how often each event happens")
	keep := flag.Bool("keep", false, "leave the nodes up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	rows, err := measure(ctx, *bin, *rounds, *keep)
	if err == nil {
		table.Print(os.Stdout, rows)
		err = table.WriteJSON(*out, rows)
	}
	if err == nil && *doc != "" {
		err = os.WriteFile(*doc, page(rows, *rounds, *commit), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench diskhb:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, bin string, rounds int, keep bool) (rows []table.Row, err error) {
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
	rest, err := cost(ctx, s)
	if err != nil {
		return nil, err
	}
	total := &outcome{}
	for _, profile := range []string{"fast", "balanced"} {
		if profile != "fast" {
			if err := timing(ctx, s, "--profile", profile); err != nil {
				return nil, err
			}
		}
		cut, back, err := cuts(ctx, s, rounds)
		if err != nil {
			return nil, err
		}
		total.add(cut)
		total.add(back)
		rows = append(rows,
			figure("all links cut, longest stall, "+profile, "s", cut.worst.Seconds(), 0.72, "< 1", cut.worst < time.Second),
			figure("network back, longest stall, "+profile, "s", back.worst.Seconds(), 0, "< 0.5", back.worst < 500*time.Millisecond),
		)
	}
	// As the prototype was measured: with a token of 3 s. A shorter one is rightly over before a daemon that stands still goes on.
	if err := timing(ctx, s, "--token", "3000", "--coefficient", "650"); err != nil {
		return nil, err
	}
	if err := s.WaitLinks(ctx, 3); err != nil {
		return nil, err
	}
	if err := wait(ctx, settle); err != nil {
		return nil, err
	}
	cut := outcome{}
	if err := cut.strike(ctx, s, 9*time.Second, s.CutNetwork); err != nil {
		return nil, err
	}
	total.add(cut)
	rows = append(rows, figure("all links cut, longest stall, token of 3 s", "s", cut.worst.Seconds(), 0, "< 3", cut.worst < 3*time.Second))
	for _, e := range []struct {
		name  string
		peer  time.Duration
		limit time.Duration
		do    func(context.Context) error
	}{
		{"daemon killed, longest stall", 1800 * time.Millisecond, 1800 * time.Millisecond, tell(s, "KILL")},
		{"daemon stopped for 2 s, longest stall", 2060 * time.Millisecond, 2200 * time.Millisecond, func(ctx context.Context) error {
			// In one call: on a busy machine a second one may take longer than the token.
			_, err := s.Exec(ctx, s.Nodes()[1], "sh", "-c", "p=$(systemctl show --property=MainPID --value hawser-diskhb); kill -STOP $p; sleep 2; kill -CONT $p")
			return err
		}},
		{"garbage over all heads for some seconds, longest stall", 890 * time.Millisecond, 890 * time.Millisecond, func(ctx context.Context) error {
			for range 40 { // by docs/formats/diskhb.md
				if _, err := s.Sandbox(ctx, "lun-garbage", "--lun", "1", strconv.Itoa((2+diskhb.MaxNodes)*diskhb.BlockSize), strconv.Itoa(3*diskhb.BlockSize)); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		got := outcome{}
		for range rounds {
			if err := got.strike(ctx, s, 9*time.Second, e.do); err != nil {
				return nil, err
			}
		}
		total.add(got)
		rows = append(rows, figure(e.name, "s", got.worst.Seconds(), e.peer.Seconds(), fmt.Sprintf("<= %.2f", e.limit.Seconds()), got.worst <= e.limit))
	}
	busy, err := cost(ctx, s)
	if err != nil {
		return nil, err
	}
	return append(rows,
		figure("changes of the ring ID, all events", "", float64(total.changes), 0, "0", total.changes == 0),
		figure("messages lost, all events", "", float64(total.lost), 0, "0", total.lost == 0),
		figure("processor of one node, network well", "%", rest.processor, 1, "< 1", rest.processor < 1),
		figure("reads of one node, network well", "/s", rest.reads, 92, "< 92", rest.reads < 92),
		figure("writes of one node, network well", "/s", rest.writes, 7, "< 15", rest.writes < 15),
		figure("processor of one node, living on the disk", "%", busy.processor, 15, "< 15", busy.processor < 15),
		figure("reads of one node, living on the disk", "/s", busy.reads, 156, "< 1000", busy.reads < 1000),
	), nil
}

func timing(ctx context.Context, s *stage.Stage, args ...string) error {
	_, err := s.CLI(ctx, append([]string{"timing", "set", cluster}, args...)...)
	return err
}

// tell sends one node's daemon a signal.
func tell(s *stage.Stage, signal string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.Exec(ctx, s.Nodes()[1], "systemctl", "kill", "--signal="+signal, "hawser-diskhb")
		return err
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func figure(metric, unit string, own, peer float64, aim string, met bool) table.Row {
	r := table.Row{Metric: metric, Unit: unit, Hawser: own, Aim: aim, Met: met}
	if peer > 0 {
		ratio := own / peer
		r.Peer, r.Ratio = &peer, &ratio
	}
	return r
}

// outcome is what events of one kind have come to.
type outcome struct {
	worst   time.Duration // longest time without a message
	lost    int           // messages
	changes int           // of the ring ID or the number of members
}

func (o *outcome) add(p outcome) {
	o.worst, o.lost, o.changes = max(o.worst, p.worst), o.lost+p.lost, o.changes+p.changes
}

// strike lets something happen while messages go round.
func (o *outcome) strike(ctx context.Context, s *stage.Stage, during time.Duration, do func(context.Context) error) error {
	before, _, err := s.Ring(ctx, s.Nodes()[0])
	if err != nil {
		return err
	}
	got, err := s.Stalls(ctx, during, do)
	if err != nil {
		return err
	}
	after, members, err := s.Ring(ctx, s.Nodes()[0])
	if err != nil {
		return err
	}
	one := outcome{worst: got.Gap, lost: got.Lost}
	if after != before || members != len(s.Nodes()) {
		one.changes = 1
	}
	fmt.Fprintf(os.Stderr, "stall %s, lost %d, ring %s then %s\n", got.Gap, got.Lost, before, after)
	o.add(one)
	return nil
}

// cuts cuts and heals the network again and again.
func cuts(ctx context.Context, s *stage.Stage, rounds int) (cut, back outcome, err error) {
	for range rounds {
		if err := s.WaitLinks(ctx, 3); err != nil {
			return cut, back, err
		}
		if err := wait(ctx, settle); err != nil {
			return cut, back, err
		}
		if err := cut.strike(ctx, s, 9*time.Second, s.CutNetwork); err != nil {
			return cut, back, err
		}
		if err := back.strike(ctx, s, 8*time.Second, s.HealNetwork); err != nil {
			return cut, back, err
		}
	}
	return cut, back, s.WaitLinks(ctx, 3)
}

// load is what the node's daemon that used most has used: processor time in percent of one processor, calls in a second.
type load struct{ processor, reads, writes float64 }

// cost measures it, once the daemons have noticed how the network is.
func cost(ctx context.Context, s *stage.Stage) (load, error) {
	if err := wait(ctx, 15*time.Second); err != nil {
		return load{}, err
	}
	type used struct {
		at            time.Time
		processor     time.Duration
		reads, writes uint64
	}
	look := func() (map[string]used, error) {
		m := map[string]used{}
		for _, n := range s.Nodes() {
			st, err := s.DiskStatus(ctx, n)
			if err != nil {
				return nil, err
			}
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
			m[n] = used{time.Now(), time.Duration(user+system) * time.Second / 100, st.Read.Calls, st.Write.Calls} // USER_HZ
		}
		return m, nil
	}
	first, err := look()
	if err != nil {
		return load{}, err
	}
	if err := wait(ctx, restTime); err != nil {
		return load{}, err
	}
	last, err := look()
	if err != nil {
		return load{}, err
	}
	var worst load
	for n, b := range first {
		e := last[n]
		seconds := e.at.Sub(b.at).Seconds()
		worst.processor = max(worst.processor, 100*(e.processor-b.processor).Seconds()/seconds)
		worst.reads = max(worst.reads, float64(e.reads-b.reads)/seconds)
		worst.writes = max(worst.writes, float64(e.writes-b.writes)/seconds)
	}
	return worst, nil
}

// page is the results as docs/results keeps them.
func page(rows []table.Row, rounds int, commit string) []byte {
	var b strings.Builder
	average, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(&b, "# Disk heartbeat\n\nWritten by `make bench-diskhb ROUNDS=%d`, commit %s, %s. Three nodes and their disk on one machine with %d processors, load at the end: %s.\n\n",
		rounds, commit, time.Now().UTC().Format("2006-01-02 15:04 UTC"), runtime.NumCPU(), strings.Join(strings.Fields(string(average))[:3], ", "))
	b.WriteString("Each stall is the longest of all rounds, on the node where it was longest; 20 messages a second are sent on each node. ")
	b.WriteString("Each cost is that of the node that used most. The peer is the prototype in which the idea was tried first, on another machine.\n\n")
	b.WriteString(table.Markdown(rows))
	return []byte(b.String())
}
