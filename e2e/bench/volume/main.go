// Command volume measures the mirror against a plain loop device on the same disk: both sides of a volume and the load are on this machine, so
// what is measured is what the way through FUSE, the link and the second copy costs, on a machine that has to do all of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/fileset"
	"hawser/e2e/bench/table"
)

// asHelper is the first argument where this program is the helper that keeps the in-sync set.
const asHelper = "in-sync-set"

// loads are what is measured, with the ratio that is aimed at.
var loads = []struct {
	load
	least float64
}{
	{load{name: "4k write QD1", size: 4 << 10, depth: 1, write: true}, 0.45},
	{load{name: "4k write QD32", size: 4 << 10, depth: 32, write: true}, 0.3},
	{load{name: "1M write", size: 1 << 20, depth: 8, write: true}, 0.35},
	{load{name: "4k read QD1", size: 4 << 10, depth: 1}, 0.55},
	{load{name: "4k read QD32", size: 4 << 10, depth: 32}, 0.7},
	{load{name: "1M read", size: 1 << 20, depth: 8}, 0.9},
	{load{name: "4k write+fsync", size: 4 << 10, depth: 1, write: true, sync: true}, 0.35},
}

const (
	mounted    = 0.3 // seconds from the order to be Primary until the file system is there
	mostMemory = 64  // MiB of one daemon
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == asHelper {
		exit(fileset.Helper(os.Args[2], os.Stdin, os.Stdout))
	}
	out := flag.String("out", "build/bench/volume.json", "file for the results")
	doc := flag.String("doc", "", "file for the results as people read them; none")
	commit := flag.String("commit", "unknown", "what is measured, for that file")
	rounds := flag.Int("rounds", 5, "how often each is measured")
	long := flag.Duration("long", 2*time.Second, "how long each is measured")
	program := flag.String("program", "build/bin/hawser-mirror", "the daemon")
	work := flag.String("work", "build/bench", "a folder on the disk that is measured")
	only := flag.String("only", "", "the load that is measured; all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	before := table.Load()
	rows, err := measure(ctx, *program, *work, *only, max(*rounds, 1), *long)
	if err == nil {
		table.Print(os.Stdout, rows)
		err = table.WriteJSON(*out, rows)
	}
	if err == nil && *doc != "" {
		err = os.WriteFile(*doc, []byte(text(*commit, *rounds, *long, before+" before, "+table.Load()+" after", rows)), 0o644)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench volume:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func text(commit string, rounds int, long time.Duration, load string, rows []table.Row) string {
	return fmt.Sprintf("# The mirror's speed\n\nWritten by `make bench-volume`, commit %s, %s, on a machine with %d processors (load %s): a mirror whose two sides, load and disk are all on this machine, against a plain loop device (peer) on the same disk, in turn. Median of %d rounds of %v; both past the page cache. The link is TLS over loopback, without the way of a network. Processor time is of both daemons.\n\n%s",
		commit, time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), load, rounds, long, table.Markdown(rows))
}

// measure makes a volume, and measures it in turn with the plain device.
func measure(ctx context.Context, program, work, only string, rounds int, long time.Duration) (rows []table.Row, err error) {
	b, err := newBench(ctx, program, work)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := b.end(); err == nil {
			err = e
		}
	}()
	device, err := b.promote(1)
	if err != nil {
		return nil, err
	}
	for _, l := range loads {
		if only != "" && l.name != only {
			continue
		}
		var own, plain, cpu []float64
		for round := range rounds {
			for _, mirror := range []bool{round%2 == 0, round%2 == 1} { // neither is always the first
				path := b.plain
				if mirror {
					path = device
				}
				used := b.processor()
				n, err := l.run(ctx, path, long)
				if err != nil {
					return nil, fmt.Errorf("%s on %s: %w", l.name, path, err)
				}
				if mirror {
					own, cpu = append(own, n/long.Seconds()), append(cpu, (b.processor()-used).Seconds()*1e6/n)
				} else {
					plain = append(plain, n/long.Seconds())
				}
			}
		}
		unit, scale := "/s", 1.0
		if l.size == 1<<20 {
			unit = "MiB/s"
		}
		rows = append(rows, table.AtLeast(l.name, unit, table.Median(own)*scale, table.Median(plain)*scale, l.least),
			table.Seen(l.name+", processor", "µs each", table.Median(cpu)))
		fmt.Fprintln(os.Stderr, l.name)
	}
	if only == "" {
		took, err := b.failovers(rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, table.Below("promote to mounted", "s", table.Median(took), 0, mounted))
	}
	memory, err := b.memory()
	return append(rows, table.Below("memory of a daemon, most", "MiB", memory, 0, mostMemory)), err
}
