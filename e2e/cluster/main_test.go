package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/testkit"
)

const clusterName = "trial"

// instance is the shared stage's sandbox: a demo that runs is left alone. Another one lets these tests run twice side by side.
func instance() int { return envOr("HAWSER_SANDBOX_INSTANCE", 221) }

// envOr returns the number that an environment variable gives.
func envOr(name string, orElse int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return orElse
}

// ownStage returns a stage beside the shared one, not up yet, which is taken down when the test ends. Dir is below build.
// A test with a stage of its own runs after those of the shared one.
func ownStage(t *testing.T, dir string, o stage.Options) *stage.Stage {
	t.Helper()
	testkit.Need(t, "sandbox")
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	o.Root, o.Bin, o.Dir, o.Log = root, os.Getenv("HAWSER_BIN"), filepath.Join(root, "build", dir), os.Stderr
	o.Listen = fmt.Sprintf("127.0.0.1:%d", 8223+o.Instance)
	s := stage.New(o)
	t.Cleanup(func() {
		if os.Getenv("HAWSER_KEEP") != "" {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		if err := s.Down(ctx); err != nil {
			t.Errorf("leaving the stage: %v", err)
		}
	})
	return s
}

// wider leaves a test to make test-all: make test tries on real nodes what everything else stands on.
func wider(t *testing.T) {
	t.Helper()
	if os.Getenv("HAWSER_NODES") != "all" && !long() {
		t.Skip("NOT TRIED here, but by make test-all")
	}
}

// onlyLong leaves a test to make test-long. Why says what it waits for.
func onlyLong(t *testing.T, why string) {
	t.Helper()
	if !long() {
		t.Skip("NOT TRIED here, but by make test-long: " + why)
	}
}

// shared is the one stage that all tests of this package stand on: building a cluster for each would take most of their time.
var shared struct {
	once  sync.Once
	stage *stage.Stage
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.stage != nil && os.Getenv("HAWSER_KEEP") == "" {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := shared.stage.Down(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "leaving the stage:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// up returns the stage with its nodes, server and agents, and no cluster of its own making yet.
func up(t *testing.T) *stage.Stage {
	t.Helper()
	testkit.Need(t, "sandbox")
	shared.once.Do(func() {
		root, err := filepath.Abs("../..")
		if err != nil {
			shared.err = err
			return
		}
		o := stage.Options{Root: root, Dir: filepath.Join(root, "build", "trial"), Listen: fmt.Sprintf("127.0.0.1:%d", 8223+instance()), Instance: instance(), Log: os.Stderr}
		if long() { // what TestKilled tries only then needs them
			o.LUNs, o.Arbiter = 2, true
		}
		shared.stage = stage.New(o)
		// The first test's context ends with the test; the stage lives on.
		shared.err = shared.stage.Up(context.Background())
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.stage
}

// leave takes the shared stage down: the next test gets a new one.
func leave(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	if err := shared.stage.Down(ctx); err != nil {
		t.Errorf("leaving the stage: %v", err)
	}
	shared.stage, shared.once = nil, sync.Once{}
}

// protected returns the stage with a cluster that protects PostgreSQL, its client writing.
func protected(t *testing.T) *stage.Stage {
	t.Helper()
	s := up(t)
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return s.WaitConnected(ctx, s.Nodes()...) }, // an earlier test may have had a node or the server away
		func() error { return s.CreateCluster(ctx, clusterName, "balanced") },
		func() error { return s.ProtectPostgres(ctx, clusterName) },
		func() error { return s.StartProbe(ctx) },
		func() error { return s.WaitWell(ctx, clusterName, stage.Group) },
	} {
		if err := step(); err != nil {
			explain(t, s)
			t.Fatal(err)
		}
	}
	return s
}

// firstPasswordsStay lets those whom a test makes users work with the password that the test has given them.
func firstPasswordsStay(t *testing.T, s *stage.Stage) {
	t.Helper()
	if _, err := s.CLI(t.Context(), "policy", "edit", "--first-change", "off"); err != nil {
		t.Fatal(err)
	}
}

// explain logs what the nodes themselves say, for whoever reads a failure.
func explain(t *testing.T, s *stage.Stage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	for _, n := range s.Nodes() {
		if out, err := s.Exec(ctx, n, "crm_mon", "-1", "-r", "-f", "-A", "-m", "3"); err == nil {
			t.Logf("%s: crm_mon\n%s", n, out)
		}
		if out, err := s.Exec(ctx, n, "journalctl", "--no-pager", "-q", "-n", "60", "-p", "info"); err == nil {
			t.Logf("%s: journal\n%s", n, out)
		}
	}
	if out, err := s.Sandbox(ctx, "status"); err == nil {
		t.Logf("sandbox\n%s", out)
	}
}

// report gathers outages, and writes them to a file where there is one.
type report struct {
	path    string
	title   string // and what is said before the table
	order   []string
	outages map[string][]time.Duration
	failed  map[string]int
}

func newReport(t *testing.T, path, title string) *report {
	r := &report{path: path, title: title, outages: map[string][]time.Duration{}, failed: map[string]int{}}
	t.Cleanup(func() { r.write(t) })
	return r
}

func (r *report) add(name string, outage time.Duration, err error) {
	if !slices.Contains(r.order, name) {
		r.order = append(r.order, name)
	}
	if err != nil {
		r.failed[name]++
		return
	}
	r.outages[name] = append(r.outages[name], outage)
}

func (r *report) write(t *testing.T) {
	if r.path == "" {
		return
	}
	text := r.title + "\n\n| fault | rounds passed | failed | median | longest |\n| --- | --- | --- | --- | --- |\n"
	for _, name := range r.order {
		list := slices.Sorted(slices.Values(r.outages[name]))
		median, worst := "–", "–"
		if len(list) > 0 {
			median, worst = fmt.Sprintf("%.2f s", list[len(list)/2].Seconds()), fmt.Sprintf("%.2f s", list[len(list)-1].Seconds())
		}
		text += fmt.Sprintf("| %s | %d | %d | %s | %s |\n", name, len(list), r.failed[name], median, worst)
	}
	if err := os.WriteFile(r.path, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}
