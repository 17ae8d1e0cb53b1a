package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	// watchedUnit is a service of systemd with one process, and watchedID the resource that runs it. Its monitor comes so seldom that
	// whatever is noticed in this test has been noticed by an event.
	watchedUnit = "hawser-watched.service"
	watchedID   = "watched"
	// noticedWithin is how long a failure may take to be recovered from that was noticed by an event, on two busy cores.
	noticedWithin = 5 * time.Second
	// quietFor is how long nothing may happen where nothing is to happen.
	quietFor = 3 * time.Second
)

// watching is the shared stage with a service whose process a test may kill.
type watching struct {
	*stage.Stage
	t    *testing.T
	node string
}

func (w *watching) cli(argv ...string) {
	w.t.Helper()
	if out, err := w.CLI(w.t.Context(), argv...); err != nil {
		w.t.Fatalf("hawser %s: %v: %s", strings.Join(argv, " "), err, out)
	}
}

func (w *watching) on(argv ...string) string {
	w.t.Helper()
	out, err := w.Exec(w.t.Context(), w.node, argv...)
	if err != nil {
		w.t.Fatalf("%s: %v: %v", w.node, argv, err)
	}
	return strings.TrimSpace(string(out))
}

// main is the main process of the unit, 0 where none runs.
func (w *watching) main(ctx context.Context) (string, error) {
	out, err := w.Exec(ctx, w.node, "systemctl", "show", "--property=MainPID", "--value", watchedUnit)
	return strings.TrimSpace(string(out)), err
}

// running waits until the unit has a process other than old, and returns how long that took.
func (w *watching) running(old string) time.Duration {
	w.t.Helper()
	begin := time.Now()
	err := stage.Until(w.t.Context(), time.Minute, "another process of "+watchedUnit, func(ctx context.Context) (bool, error) {
		pid, err := w.main(ctx)
		return err == nil && pid != "0" && pid != old, errors.Join(err, fmt.Errorf("it is %s", pid))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return time.Since(begin)
}

// kill ends the unit's process and returns its PID.
func (w *watching) kill() string {
	w.t.Helper()
	pid := w.on("systemctl", "show", "--property=MainPID", "--value", watchedUnit)
	w.on("kill", "-9", pid)
	return pid
}

// quiet is true as long as no process has come in place of one that was killed.
func (w *watching) quiet(old string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), quietFor)
	defer cancel()
	err := stage.Until(ctx, quietFor, "a process that nobody may start", func(ctx context.Context) (bool, error) {
		pid, err := w.main(ctx)
		return err == nil && pid != "0" && pid != old, err
	})
	if err == nil {
		w.t.Fatalf("%s was started again, although nobody was to report it", watchedUnit)
	}
}

// noticed waits for the event of a failure that was noticed, and returns it.
func (w *watching) noticed(resource string, since time.Time) api.Event {
	w.t.Helper()
	var found api.Event
	err := stage.Until(w.t.Context(), 20*time.Second, "the event of "+resource, func(ctx context.Context) (bool, error) {
		list, err := w.reported(ctx, since)
		for _, e := range list {
			if e.Object == resource {
				found = e
				return true, nil
			}
		}
		return false, errors.Join(err, fmt.Errorf("told: %+v", list))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// reported are the failures that nodes have noticed by events since a time.
func (w *watching) reported(ctx context.Context, since time.Time) ([]api.Event, error) {
	events, err := w.Events(ctx, clusterName, since)
	var list []api.Event
	for _, e := range events {
		for _, k := range ha.WatchKinds {
			if e.Kind == string(k) {
				list = append(list, e)
			}
		}
	}
	return list, err
}

// none fails where a node has reported anything since.
func (w *watching) none(what string, since time.Time) {
	w.t.Helper()
	list, err := w.reported(w.t.Context(), since)
	if err != nil || len(list) > 0 {
		w.t.Fatalf("%s: reported %+v, %v", what, list, err)
	}
}

// TestWatch kills the postmaster and the process of a service whose monitor comes every two minutes: both are there again at once, and
// the time line says who has noticed. What somebody has ordered is never reported, and switched off nothing is.
func TestWatch(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	w := &watching{Stage: s, t: t, node: home(t, s, "beside")} // where the database does not run
	for _, n := range s.Nodes() {
		unit := "[Unit]\nDescription=watched by a test\n[Service]\nExecStart=/usr/bin/sleep infinity\n"
		if _, err := s.ExecInput(ctx, []byte(unit), n, "sh", "-c", "cat >/run/systemd/system/"+watchedUnit+" && systemctl daemon-reload"); err != nil {
			t.Fatal(err)
		}
	}
	w.cli("cluster", "properties", clusterName, ha.WatchProperty+"=on")
	w.cli("resource", "create", clusterName, watchedID, "systemd:"+strings.TrimSuffix(watchedUnit, ".service"), "--op", "monitor:interval=120s,timeout=20s")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		_, _ = s.CLI(ctx, "cluster", "properties", clusterName, "--unset", ha.WatchProperty, "--unset", "maintenance-mode")
		_, _ = s.CLI(ctx, "resource", "delete", clusterName, watchedID, "--yes")
		_, _ = s.CLI(ctx, "resource", "cleanup", clusterName, stage.Group)
	})
	w.cli("resource", "prefer", clusterName, watchedID, "--node", w.node)
	if err := s.WaitWell(ctx, clusterName, stage.Group, watchedID); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		do   func(*watching)
	}{
		{"postmaster", (*watching).postmaster},
		{"process of a service", (*watching).process},
		{"restart", (*watching).restarted},
		{"stop and start", (*watching).stopped},
		{"maintenance", (*watching).maintained},
		{"switched off", (*watching).off},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(&watching{s, t, w.node}) }) {
			explain(t, s)
			t.FailNow()
		}
	}
}

// outage kills the postmaster, and returns how long the client had no answer.
func (w *watching) outage() time.Duration {
	w.t.Helper()
	ctx := w.t.Context()
	active, err := w.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		w.t.Fatalf("active on %q: %v", active, err)
	}
	took, err := w.Outage(ctx, time.Minute,
		func(ctx context.Context) error {
			_, err := w.Sandbox(ctx, "kill", active, "postgres", "--first")
			return err
		},
		func(ctx context.Context) (bool, error) {
			r, err := resourceOf(ctx, w.Stage, stage.Group+"-db")
			return err == nil && r.Role == "Started", errors.Join(err, fmt.Errorf("it is %s", r.Role))
		})
	if err != nil {
		w.t.Fatal(err)
	}
	return took
}

// postmaster is killed with detection by events and without: its monitor comes every five seconds.
func (w *watching) postmaster() {
	since := time.Now()
	with := w.outage()
	told := w.once(stage.Group+"-db", since)
	w.cli("resource", "cleanup", clusterName, stage.Group)
	w.cli("cluster", "properties", clusterName, ha.WatchProperty+"=off")
	since = time.Now()
	without := w.outage()
	w.none("switched off", since)
	w.cli("resource", "cleanup", clusterName, stage.Group)
	w.cli("cluster", "properties", clusterName, ha.WatchProperty+"=on")
	w.t.Logf("client without an answer: %v with events (%s), %v with the monitor alone", with, told, without)
	if with > noticedWithin {
		w.t.Errorf("client without an answer for %v", with)
	}
	lost, err := w.Verify(w.t.Context())
	if err != nil || lost != 0 {
		w.t.Errorf("%d acknowledged rows are missing, %v", lost, err)
	}
}

// once waits until one failure counts once, and says who has found it: whoever comes second at the same moment counts it as well, until
// the node takes its report back.
func (w *watching) once(resource string, since time.Time) (told string) {
	w.t.Helper()
	err := stage.Until(w.t.Context(), 20*time.Second, "one failure of "+resource, func(ctx context.Context) (bool, error) {
		events, err := w.reported(ctx, since)
		if err != nil {
			return false, err
		}
		st, err := w.State(ctx, clusterName)
		count := 0
		for _, f := range st.Failures {
			if f.Resource == resource {
				count = f.Count
			}
		}
		told = "found by its monitor in flight"
		for _, e := range events {
			if e.Object == resource {
				told = "reported after " + e.Args["ms"] + " ms"
			}
		}
		return count == 1, errors.Join(err, fmt.Errorf("it counts %d times, %s: %+v", count, told, st.Failures))
	})
	if err != nil {
		w.t.Error(err)
	}
	return told
}

func (w *watching) process() {
	for round := range 5 {
		since := time.Now()
		old := w.kill()
		took := w.running(old)
		e := w.noticed(watchedID, since)
		w.t.Logf("round %d: reported after %s ms, another process after %v", round+1, e.Args["ms"], took)
		// Where it was started after the cluster was observed last, the end is told of its unit.
		if took > noticedWithin || !slices.Contains([]string{old, watchedUnit}, e.Args["what"]) || e.Args["node"] != w.node {
			w.t.Errorf("round %d: after %v, told %+v", round+1, took, e.Args)
		}
		// A process that is killed while it is being started is a start that fails, for which there is no second one.
		w.started()
		w.once(watchedID, since)
		w.cli("resource", "cleanup", clusterName, watchedID)
	}
}

// started waits until the cluster has the unit started.
func (w *watching) started() {
	w.t.Helper()
	err := stage.Until(w.t.Context(), time.Minute, watchedID+" started", func(ctx context.Context) (bool, error) {
		r, err := resourceOf(ctx, w.Stage, watchedID)
		return err == nil && r.Role == "Started", errors.Join(err, fmt.Errorf("it is %s", r.Role))
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// restarted has Pacemaker restart it, and systemd behind its back: its process ends for a good reason each time.
func (w *watching) restarted() {
	since := time.Now()
	old := w.on("systemctl", "show", "--property=MainPID", "--value", watchedUnit)
	w.cli("resource", "restart", clusterName, watchedID)
	w.running(old)
	w.on("systemctl", "restart", watchedUnit)
	w.settled()
	w.none("restarted", since)
}

// settled waits for as long as a report would take to come.
func (w *watching) settled() {
	timer := time.NewTimer(quietFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.t.Context().Done():
	}
}

func (w *watching) stopped() {
	since := time.Now()
	w.cli("resource", "stop", clusterName, watchedID)
	w.settled()
	w.cli("resource", "start", clusterName, watchedID)
	w.running("")
	w.cli("node", "standby", clusterName, w.node)
	w.cli("node", "unstandby", clusterName, w.node)
	if err := w.WaitWell(w.t.Context(), clusterName, stage.Group, watchedID); err != nil {
		w.t.Fatal(err)
	}
	w.settled()
	w.none("stopped and moved", since)
	if r, err := resourceOf(w.t.Context(), w.Stage, watchedID); err != nil || len(r.Nodes) != 1 || r.Nodes[0] != w.node {
		w.cli("resource", "move", clusterName, watchedID, w.node)
	}
}

// maintained kills it in maintenance, where nobody may do anything; afterwards it is a failure like any other.
func (w *watching) maintained() {
	since := time.Now()
	w.cli("cluster", "properties", clusterName, "maintenance-mode=true")
	old := w.kill()
	w.quiet(old)
	w.none("in maintenance", since)
	w.cli("cluster", "properties", clusterName, "--unset", "maintenance-mode")
	w.running(old)
	w.cli("resource", "cleanup", clusterName, watchedID)
}

// off leaves a killed process to the monitor, which is far away. On again, what is found not to run is reported.
func (w *watching) off() {
	w.cli("cluster", "properties", clusterName, ha.WatchProperty+"=off")
	since := time.Now()
	old := w.kill()
	w.quiet(old)
	w.none("switched off", since)
	w.cli("cluster", "properties", clusterName, ha.WatchProperty+"=on")
	w.running(old)
	w.noticed(watchedID, since)
	w.cli("resource", "cleanup", clusterName, watchedID)
}
