package sim_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/agent/watch"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
)

var _ watch.Host = manned{} // an agent whose driver is none watches nothing

// manned is a simulated node on which one process really runs: the one that a PID file names.
type manned struct {
	*simulated.Driver
	pidFile string
}

func (manned) Units(context.Context, []string) (map[string]watch.Unit, error) { return nil, nil }

func (m manned) Check(context.Context, ha.Watched) (int, error) {
	data, err := os.ReadFile(m.pidFile)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, err
	}
	if syscall.Kill(pid, 0) != nil {
		return 7, nil
	}
	return 0, nil
}

func (m manned) Fail(ctx context.Context, resource string) error {
	return m.World().FailResource(ctx, resource, m.Node())
}

func (manned) Unreached(context.Context, ha.Watched) (bool, error) { return false, nil }

func (manned) Recount(context.Context, string, int) error { return nil }

// TestWatch kills the process of a resource: its node notices, the cluster recovers, and the time line says both.
func TestWatch(t *testing.T) {
	need(t)
	dir := t.TempDir()
	pidFile := filepath.Join(dir, "app.pid")
	start := func() *exec.Cmd {
		t.Helper()
		c := exec.CommandContext(context.WithoutCancel(t.Context()), "sleep", "600")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n", c.Process.Pid), 0o600); err != nil {
			t.Fatal(err)
		}
		return c
	}
	app := start()
	end := func() { _ = app.Process.Kill(); _ = app.Wait() }
	t.Cleanup(func() { end() })
	s, err := sim.New(t.Context(), sim.Options{
		Dir: dir, Log: testLog(t), Nodes: []string{"n1"},
		Watched: func(d *simulated.Driver) engine.Driver { return manned{d, pidFile} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.CreateCluster(t.Context(), "demo", "n1"); err != nil {
		t.Fatal(err)
	}
	set := map[string]any{"set": map[string]string{"stonith-enabled": "false", ha.WatchProperty: "on"}} // there is nobody else to fence it
	if _, err := s.Do(t.Context(), client.Request{Route: "cluster.properties", Path: demoPath(), Body: set}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Do(t.Context(), client.Request{Route: "resource.create", Path: demoPath(), Body: api.NewResource{Resource: ha.Resource{
		ID: "app", Kind: ha.Primitive, Agent: "ocf:heartbeat:anything", Parameters: map[string]string{"binfile": "/bin/sleep", "pidfile": pidFile},
		Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.WaitFor(t.Context(), "the budget to know that its failure is noticed by an event", func(ctx context.Context) error {
		var b ha.Budget
		err := s.API.Do(ctx, client.Request{Route: "budget.show", Path: map[string]string{"cluster": "demo", "service": "app"}}, &b)
		for _, e := range b.Events {
			if e.Event == ha.EventApplication && len(e.Typical.Parts) > 0 && e.Typical.Parts[0].Kind == ha.PartEvent {
				return err
			}
		}
		return errors.Join(err, fmt.Errorf("it says %+v", b.Events))
	})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		since, pid := time.Now(), app.Process.Pid
		end()
		err := s.WaitFor(t.Context(), "the failure to be told", func(ctx context.Context) error {
			told := map[string]bool{}
			list, err := client.All[api.Event](ctx, s.API, client.Request{Route: "event.list", Query: map[string][]string{"cluster": {"demo"}, "object": {"app"}, "since": {since.UTC().Format(time.RFC3339Nano)}}}, 0)
			for _, e := range list {
				told[e.Kind] = true
				if e.Kind == string(ha.WatchProcess) && (e.Args["what"] != strconv.Itoa(pid) || e.Args["node"] != "n1" || e.Args["ms"] == "") {
					return fmt.Errorf("told %+v", e.Args)
				}
			}
			if !told[string(ha.WatchProcess)] || !told[string(ha.ResourceFailed)] {
				return errors.Join(err, fmt.Errorf("told %v", told))
			}
			return nil
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		app = start()
		if _, err := s.Do(t.Context(), client.Request{Route: "resource.cleanup", Path: map[string]string{"cluster": "demo", "resource": "app"}, Body: struct{}{}}); err != nil {
			t.Fatal(err)
		}
		// A failure that comes before it was seen that the last one is forgotten is not told from it.
		err = s.WaitFor(t.Context(), "the failure to be forgotten", func(ctx context.Context) error {
			var c api.ClusterDetail
			err := s.API.Do(ctx, client.Request{Route: "cluster.show", Path: demoPath()}, &c)
			if err == nil && (c.State == nil || len(c.State.Failures) > 0) {
				err = errors.New("it is not")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
