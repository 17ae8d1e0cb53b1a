package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"hawser/e2e/stage"
)

// restSpan is how long processes are watched at rest.
const restSpan = 30 * time.Second

// atRest measures what server and agent use while nothing happens: shares of one core, and resident memory.
func atRest(ctx context.Context, s *stage.Stage) ([]row, error) {
	node := s.Nodes()[0]
	agent, err := s.AgentPID(ctx, node)
	if err != nil {
		return nil, err
	}
	pids := map[string]int{"agent": agent, "server": s.ServerPID()}
	before := map[string]time.Duration{}
	for name, pid := range pids {
		if before[name], err = cpuTime(pid); err != nil {
			return nil, err
		}
	}
	timer := time.NewTimer(restSpan)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
	}
	rows := []row{}
	for _, limit := range []struct {
		name   string
		cpu    float64 // per cent of a core, 0 for none
		memory float64 // MiB
	}{{"agent", 1, 40}, {"server", 0, 100}} {
		after, err := cpuTime(pids[limit.name])
		if err != nil {
			return nil, err
		}
		used := 100 * float64(after-before[limit.name]) / float64(restSpan)
		resident, err := residentMiB(pids[limit.name])
		if err != nil {
			return nil, err
		}
		cpu := row{Metric: limit.name + " at rest: CPU", Unit: "% of core", Hawser: used, Aim: "reported", Met: true}
		if limit.cpu > 0 {
			cpu.Aim, cpu.Met = fmt.Sprintf("< %.0f %%", limit.cpu), used < limit.cpu
		}
		rows = append(rows, cpu, row{
			Metric: limit.name + " at rest: memory", Unit: "MiB", Hawser: resident,
			Aim: fmt.Sprintf("< %.0f MiB", limit.memory), Met: resident < limit.memory,
		})
	}
	return rows, nil
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
