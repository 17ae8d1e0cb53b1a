package health_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/agent/health"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// proc is a folder with the kernel's figures.
type proc string

func (p proc) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(p), name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// stat writes ticks of the processors: busy, idle and waiting for disks.
func (p proc) stat(t *testing.T, busy, idle, wait int) {
	t.Helper()
	p.write(t, "stat", fmt.Sprintf("cpu  %d 0 0 %d %d 0 0 0 0 0\ncpu0 %d 0 0 %d %d 0 0 0 0 0\n", busy, idle, wait, busy, idle, wait))
}

func reading(list []ha.HealthReading, measure string) (ha.HealthReading, bool) {
	for _, r := range list {
		if r.Measure == measure {
			return r, true
		}
	}
	return ha.HealthReading{}, false
}

func TestReader(t *testing.T) {
	p := proc(t.TempDir())
	r := health.Reader{Proc: string(p)}
	ask := health.Ask{Mounts: []string{t.TempDir()}}
	p.stat(t, 1000, 1000, 0)
	p.write(t, "meminfo", "MemTotal:  1000 kB\nMemFree: 50 kB\nMemAvailable: 250 kB\nBuffers: 0 kB\nCached: 0 kB\n")
	first := r.Vitals(t.Context(), ask)
	if _, has := reading(first, ha.MeasureCPU); has {
		t.Errorf("a load out of nothing: %+v", first)
	}
	if m, _ := reading(first, ha.MeasureMemory); m.Percent != 75 {
		t.Errorf("memory: %+v", m)
	}
	if s, has := reading(first, ha.MeasureSpace); !has || s.Error != "" || s.Percent <= 0 || s.Percent > 100 || s.Object != ask.Mounts[0] {
		t.Errorf("space: %+v", s)
	}
	p.stat(t, 1600, 1300, 100)
	second := r.Vitals(t.Context(), ask)
	if c, _ := reading(second, ha.MeasureCPU); math.Abs(c.Percent-60) > 0.01 {
		t.Errorf("load: %+v", c)
	}
	if w, _ := reading(second, ha.MeasureIOWait); math.Abs(w.Percent-10) > 0.01 {
		t.Errorf("waiting: %+v", w)
	}
	if _, has := reading(second, ha.MeasureSMART); has {
		t.Error("disks were asked, although nobody wants to know")
	}
	p.write(t, "meminfo", "nothing\n")
	if m, _ := reading(r.Vitals(t.Context(), ask), ha.MeasureMemory); m.Error == "" {
		t.Errorf("memory that cannot be read: %+v", m)
	}
	if err := os.Remove(filepath.Join(string(p), "stat")); err != nil {
		t.Fatal(err)
	}
	if c, has := reading(r.Vitals(t.Context(), ask), ha.MeasureCPU); !has || c.Error == "" {
		t.Errorf("load that cannot be read: %+v", c)
	}
	ask.Mounts = []string{"/nowhere/at/all"}
	if s, _ := reading(r.Vitals(t.Context(), ask), ha.MeasureSpace); s.Error == "" {
		t.Errorf("no mount point is there: %+v", s)
	}
	ask.Mounts = append(ask.Mounts, t.TempDir())
	if s, _ := reading(r.Vitals(t.Context(), ask), ha.MeasureSpace); s.Error != "" || s.Object != ask.Mounts[1] {
		t.Errorf("one of two is there: %+v", s)
	}
}

// disks answers as smartctl does.
type disks map[string]string

func (d disks) Run(_ context.Context, c run.Command) (run.Output, error) {
	if c.Args[0] == "--scan" {
		var list []string
		for name := range d {
			list = append(list, fmt.Sprintf(`{"name":%q,"type":"sat"}`, name))
		}
		return run.Output{Stdout: []byte(`{"devices":[` + strings.Join(list, ",") + `]}`)}, nil
	}
	out := run.Output{Stdout: []byte(d[c.Args[len(c.Args)-1]]), Code: 8} // a bit that tells of the past
	return out, run.NewError("smartctl", out)
}

func TestSMART(t *testing.T) {
	const good, bad = `{"smart_status":{"passed":true}}`, `{"smart_status":{"passed":false}}`
	for _, c := range []struct {
		name  string
		disks disks
		want  ha.HealthReading
	}{
		{"all pass", disks{"/dev/sda": good, "/dev/sdb": good}, ha.HealthReading{}},
		{"one fails", disks{"/dev/sda": good, "/dev/sdb": bad}, ha.HealthReading{Percent: 100, Object: "/dev/sdb"}},
		{"none says", disks{"/dev/sda": `{}`}, ha.HealthReading{Error: "no disk says how it is"}},
		{"none is there", disks{}, ha.HealthReading{Error: "no disk says how it is"}},
		{"a name that is none", disks{"/dev/sda;reboot": bad}, ha.HealthReading{Error: "no disk says how it is"}},
	} {
		r := health.Reader{Proc: t.TempDir(), Runner: c.disks}
		got, _ := reading(r.Vitals(t.Context(), health.Ask{SMART: true}), ha.MeasureSMART)
		c.want.Measure = ha.MeasureSMART
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
