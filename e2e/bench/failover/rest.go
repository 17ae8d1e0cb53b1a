package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"hawser/e2e/bench/table"
	"hawser/e2e/stage"
)

// At rest a minute is watched, memory every few seconds of it.
const (
	restSpan  = time.Minute
	restEvery = 5 * time.Second
)

// process is one that is watched at rest.
type process struct {
	name   string
	pid    int
	before time.Duration
	rss    []float64 // MiB
}

// atRest measures what server and agents use while nothing happens, the client not writing: shares of one core, and resident
// memory, averaged. Of the agents the one that uses most counts.
func atRest(ctx context.Context, s *stage.Stage) ([]table.Row, error) {
	watched := []*process{{name: "server", pid: s.ServerPID()}}
	for _, node := range s.Nodes() {
		pid, err := s.AgentPID(ctx, node)
		if err != nil {
			return nil, err
		}
		watched = append(watched, &process{name: "agent", pid: pid})
	}
	// What the last round left to do, an event to be delivered for example, is no rest.
	if err := pause(ctx, restEvery); err != nil {
		return nil, err
	}
	begun := time.Now()
	var err error
	for _, p := range watched {
		if p.before, err = cpuTime(p.pid); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for time.Since(begun) < restSpan {
		if err := pause(ctx, restEvery); err != nil {
			return nil, err
		}
		for _, p := range watched {
			mib, err := residentMiB(p.pid)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			p.rss = append(p.rss, mib)
		}
	}
	span := time.Since(begun)
	cpu, memory := map[string]float64{}, map[string]float64{}
	for _, p := range watched {
		after, err := cpuTime(p.pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		share := 100 * float64(after-p.before) / float64(span)
		fmt.Fprintf(os.Stderr, "  %s %d at rest: %.2f %% of a core, %.1f MiB\n", p.name, p.pid, share, mean(p.rss))
		cpu[p.name], memory[p.name] = max(cpu[p.name], share), max(memory[p.name], mean(p.rss))
	}
	return []table.Row{
		table.Below("agent at rest, processor", "% of a core", cpu["agent"], 0, 1),
		table.Below("agent at rest, memory", "MiB", memory["agent"], 0, 40),
		table.Below("server at rest, memory", "MiB", memory["server"], 0, 100),
	}, nil
}

// pause lets time pass; here it is what is measured, not a wait for something.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// cpuTime is the processor time of a process and of the children that it has waited for: programs that the agent starts count too.
func cpuTime(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100 on every Linux
}

func residentMiB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
