package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// machine is a made-up /proc.
type machine struct {
	t   *testing.T
	dir string
}

func (m machine) write(pid int, name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, strconv.Itoa(pid), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m machine) runs(pid, parent int, name string, args, environment []string) {
	m.t.Helper()
	m.write(pid, "comm", name+"\n")
	m.write(pid, "stat", fmt.Sprintf("%d (%s) S %d 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %d 20\n", pid, name, parent, 1000+pid))
	m.write(pid, "cmdline", strings.Join(args, "\x00")+"\x00")
	m.write(pid, "environ", strings.Join(environment, "\x00")+"\x00")
}

// TestInFlight: what the executor runs, told from what others run, with a kernel that lists children and one that does not.
func TestInFlight(t *testing.T) {
	for _, lists := range []bool{true, false} {
		m := machine{t, t.TempDir()}
		x := newExecutor(m.dir)
		if x.runs("db", "monitor") {
			t.Error("a monitor is in flight without an executor")
		}
		agent := func(operation string) []string {
			return []string{"/bin/sh", "/usr/lib/ocf/resource.d/heartbeat/pgsql", operation}
		}
		of := func(id string) []string {
			return []string{"OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=" + id, "PATH=/bin"}
		}
		m.runs(40, 1, "pacemaker-execd", []string{"/usr/libexec/pacemaker/pacemaker-execd"}, nil)
		m.runs(41, 40, "pgsql", agent("monitor"), of("db"))
		m.runs(42, 40, "pgsql", agent("start"), of("other"))
		m.runs(43, 40, "pgsql", agent("monitor"), of("clone:0"))
		m.runs(44, 9, "pgsql", agent("monitor"), of("beside")) // of crm_resource, for example
		m.runs(45, 40, "sh", []string{"sh"}, nil)
		if lists {
			m.write(40, "task/40/children", "41 42 43 45 ")
		}
		for id, want := range map[string]bool{"db": true, "other": false, "clone": true, "beside": false, "d": false} {
			if got := x.runs(id, "monitor"); got != want {
				t.Errorf("children listed %t: %q in flight %t", lists, id, got)
			}
		}
		for id, want := range map[string]bool{"db": false, "other": true} {
			if got := x.runs(id, "start"); got != want {
				t.Errorf("children listed %t: start of %q in flight %t", lists, id, got)
			}
		}
		// Another executor takes its place.
		if err := os.RemoveAll(filepath.Join(m.dir, "40")); err != nil {
			t.Fatal(err)
		}
		if x.runs("db", "monitor") {
			t.Error("a monitor of an executor that has ended is in flight")
		}
		m.runs(50, 1, "pacemaker-execd", nil, nil)
		m.runs(51, 50, "pgsql", agent("monitor"), of("db"))
		if lists {
			m.write(50, "task/50/children", "51")
		}
		if !x.runs("db", "monitor") {
			t.Error("another executor is not found")
		}
	}
}
