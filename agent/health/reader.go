package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// Ask says what is to be measured beside processors and memory.
type Ask struct {
	Mounts []string
	SMART  bool
}

// Reader measures this host. The zero value works; it may be used by one goroutine at a time.
type Reader struct {
	// Proc is where the kernel's figures are; /proc where empty. Containers whose /proc tells of their host have another one.
	Proc   string
	Runner run.Runner

	last    *cpu.TimesStat
	mu      sync.Mutex // guards hanging
	hanging map[string]bool
	smart   smartSeen
}

const (
	// spaceWait is how long a file system may take to say how full it is: one whose disk is gone never answers.
	spaceWait = 2 * time.Second
	// smartAge is how long a disk's verdict is believed: it changes over days, and asking wakes a disk that sleeps.
	smartAge  = 10 * time.Minute
	smartTime = 20 * time.Second
)

// Vitals measures once. Processors are measured from one call to the next, so that the first one says nothing of them.
func (r *Reader) Vitals(ctx context.Context, ask Ask) []ha.HealthReading {
	if r.Proc != "" {
		ctx = context.WithValue(ctx, common.EnvKey, common.EnvMap{common.HostProcEnvKey: r.Proc})
	}
	list := r.processors(ctx)
	if v, err := mem.VirtualMemoryWithContext(ctx); err != nil || v.Total == 0 {
		list = append(list, unread(ha.MeasureMemory, "", err))
	} else {
		list = append(list, ha.HealthReading{Measure: ha.MeasureMemory, Percent: 100 * float64(v.Total-min(v.Available, v.Total)) / float64(v.Total)})
	}
	list = append(list, r.space(ctx, ask.Mounts))
	if ask.SMART {
		list = append(list, r.verdict(ctx))
	}
	return list
}

func unread(measure, object string, err error) ha.HealthReading {
	if err == nil {
		err = errors.New("no figures")
	}
	return ha.HealthReading{Measure: measure, Object: object, Error: err.Error()}
}

// processors compares with the last time. Time that a hypervisor has taken away counts as load: it is missing.
func (r *Reader) processors(ctx context.Context) []ha.HealthReading {
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil || len(times) == 0 {
		r.last = nil
		return []ha.HealthReading{unread(ha.MeasureCPU, "", err), unread(ha.MeasureIOWait, "", err)}
	}
	now, was := times[0], r.last
	r.last = &now
	if was == nil {
		return nil
	}
	total := func(t cpu.TimesStat) float64 { // user holds the guests' time
		return t.User + t.Nice + t.System + t.Idle + t.Iowait + t.Irq + t.Softirq + t.Steal
	}
	passed := total(now) - total(*was)
	if passed <= 0 { // the same moment, or counters that began anew
		return nil
	}
	share := func(d float64) float64 { return min(max(100*d/passed, 0), 100) }
	waited := now.Iowait - was.Iowait
	return []ha.HealthReading{
		{Measure: ha.MeasureCPU, Percent: share(passed - (now.Idle - was.Idle) - waited)},
		{Measure: ha.MeasureIOWait, Percent: share(waited)},
	}
}

// space is of the fullest of the mount points. One that is not there, because its service runs elsewhere, says nothing.
func (r *Reader) space(ctx context.Context, mounts []string) ha.HealthReading {
	worst := ha.HealthReading{Measure: ha.MeasureSpace}
	for _, m := range mounts {
		used, err := r.used(ctx, m)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return unread(ha.MeasureSpace, m, err)
		case used > worst.Percent || worst.Object == "":
			worst.Percent, worst.Object = used, m
		}
	}
	if worst.Object == "" {
		return unread(ha.MeasureSpace, strings.Join(mounts, " "), fs.ErrNotExist)
	}
	return worst
}

// used asks a file system how full it is. One that hangs is not asked again until it has answered.
func (r *Reader) used(ctx context.Context, path string) (float64, error) {
	r.mu.Lock()
	hangs := r.hanging[path]
	if r.hanging == nil {
		r.hanging = map[string]bool{}
	}
	r.hanging[path] = true
	r.mu.Unlock()
	if hangs {
		return 0, fmt.Errorf("%s does not answer", path)
	}
	type answer struct {
		used float64
		err  error
	}
	done := make(chan answer, 1)
	go func() { // ends when the kernel answers
		u, err := disk.UsageWithContext(ctx, path)
		r.mu.Lock()
		delete(r.hanging, path)
		r.mu.Unlock()
		if err != nil {
			done <- answer{err: err}
			return
		}
		done <- answer{used: u.UsedPercent}
	}()
	wait := time.NewTimer(spaceWait)
	defer wait.Stop()
	select {
	case a := <-done:
		return a.used, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-wait.C:
		return 0, fmt.Errorf("%s does not answer", path)
	}
}

// smartSeen is what disks have said of themselves.
type smartSeen struct {
	at      time.Time
	reading ha.HealthReading
}

// verdict is 100 percent where a disk says that it fails.
func (r *Reader) verdict(ctx context.Context) ha.HealthReading {
	if !r.smart.at.IsZero() && time.Since(r.smart.at) < smartAge {
		return r.smart.reading
	}
	r.smart = smartSeen{at: time.Now(), reading: r.askDisks(ctx)}
	return r.smart.reading
}

func (r *Reader) askDisks(ctx context.Context) ha.HealthReading {
	var runner run.Runner = run.System{}
	if r.Runner != nil {
		runner = r.Runner
	}
	out, err := runner.Run(ctx, run.Cmd("smartctl", "--scan", "--json").Within(smartTime))
	if run.Missing(err) {
		return unread(ha.MeasureSMART, "", errors.New("smartctl is not installed"))
	}
	var scan struct {
		Devices []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"devices"`
	}
	if jsonErr := json.Unmarshal(out.Stdout, &scan); jsonErr != nil {
		return unread(ha.MeasureSMART, "", errors.Join(err, jsonErr))
	}
	asked := 0
	for _, d := range scan.Devices {
		if !deviceName.MatchString(d.Name) || !deviceType.MatchString(d.Type) {
			continue
		}
		// The exit status is a set of bits that also tells of old errors; the verdict stands in the output.
		out, _ := runner.Run(ctx, run.Cmd("smartctl", "--health", "--json", "--device="+d.Type, d.Name).Within(smartTime))
		passed, known := parseVerdict(out.Stdout)
		if known {
			asked++
		}
		if known && !passed {
			return ha.HealthReading{Measure: ha.MeasureSMART, Object: d.Name, Percent: 100}
		}
	}
	if asked == 0 {
		return unread(ha.MeasureSMART, "", errors.New("no disk says how it is"))
	}
	return ha.HealthReading{Measure: ha.MeasureSMART}
}

var (
	deviceName = regexp.MustCompile(`^/dev/[A-Za-z0-9/_.-]+$`)
	deviceType = regexp.MustCompile(`^[A-Za-z0-9,+_-]+$`)
)

// parseVerdict reads what smartctl says of one disk.
func parseVerdict(data []byte) (passed, known bool) {
	var v struct {
		Status *struct {
			Passed bool `json:"passed"`
		} `json:"smart_status"`
	}
	if json.Unmarshal(data, &v) != nil || v.Status == nil {
		return false, false
	}
	return v.Status.Passed, true
}

// find returns the reading of a measure.
func find(list []ha.HealthReading, measure string) (ha.HealthReading, bool) {
	i := slices.IndexFunc(list, func(r ha.HealthReading) bool { return r.Measure == measure })
	if i < 0 {
		return ha.HealthReading{}, false
	}
	return list[i], true
}
