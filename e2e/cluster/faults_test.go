// Package cluster_test tries the product on real nodes: a sandbox, Corosync and Pacemaker, the server, its agents and the CLI.
package cluster_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
)

// fault is something that breaks, and what must come of it.
type fault struct {
	name     string
	strike   func(ctx context.Context, s *stage.Stage, active string) error
	heal     func(ctx context.Context, s *stage.Stage, struck string) error
	moves    bool          // the service must run elsewhere afterwards
	stays    bool          // the service must not be interrupted
	fenced   bool          // the struck node must have been fenced
	deadline time.Duration // from the strike until the client is served, generous on two cores
}

func box(args ...string) func(context.Context, *stage.Stage, string) error {
	return func(ctx context.Context, s *stage.Stage, node string) error {
		for _, verb := range args {
			argv := []string{verb, node}
			switch verb {
			case "cut-link-0", "restore-link-0":
				argv = []string{verb[:len(verb)-2], node, "0"}
			case "cut-link-1", "restore-link-1":
				argv = []string{verb[:len(verb)-2], node, "1"}
			case "lun-fail":
				argv = []string{"lun", node, "fail"}
			case "lun-ok":
				argv = []string{"lun", node, "ok"}
			case "kill-postgres":
				argv = []string{"kill", node, "postgres"}
			}
			if _, err := s.Sandbox(ctx, argv...); err != nil {
				return err
			}
		}
		return nil
	}
}

func cli(verb string) func(context.Context, *stage.Stage, string) error {
	return func(ctx context.Context, s *stage.Stage, node string) error {
		_, err := s.CLI(ctx, "node", verb, clusterName, node)
		return err
	}
}

func nothing(context.Context, *stage.Stage, string) error { return nil }

// powerOn starts a node that the fence device has left off, and is content with one that it has started again itself. A cluster that
// fences the node while it boots has it boot once more.
func powerOn(ctx context.Context, s *stage.Stage, node string) (err error) {
	for range 3 {
		if _, err = s.Sandbox(ctx, "poweron", node); err == nil || !strings.Contains(err.Error(), "its power was taken while it booted") {
			return err
		}
	}
	return err
}

var faults = []fault{
	{name: "planned", strike: cli("standby"), heal: cli("unstandby"), moves: true, deadline: 30 * time.Second},
	{name: "node crash", strike: box("poweroff"), heal: powerOn, moves: true, fenced: true, deadline: 60 * time.Second},
	{name: "application killed", strike: box("kill-postgres"), heal: nothing, deadline: 60 * time.Second},
	{name: "one heartbeat link cut", strike: box("cut-link-0"), heal: box("restore-link-0"), stays: true, deadline: 30 * time.Second},
	{
		name: "all heartbeat links cut", strike: box("cut-link-0", "cut-link-1"),
		heal: func(ctx context.Context, s *stage.Stage, node string) error {
			if err := box("restore-link-0", "restore-link-1")(ctx, s, node); err != nil {
				return err
			}
			return powerOn(ctx, s, node)
		},
		moves: true, fenced: true, deadline: 60 * time.Second,
	},
	{name: "disk fails", strike: box("lun-fail"), heal: box("lun-ok"), moves: true, deadline: 120 * time.Second},
	{name: "service network lost", strike: box("cut-client"), heal: box("restore-client"), moves: true, deadline: 60 * time.Second},
}

func repeats(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("HAWSER_REPEATS"))
	if err != nil || n < 1 {
		return 2
	}
	return n
}

// TestFaults lets each fault happen to the node that runs the service. The client outside must be served again within the
// deadline, no row that was acknowledged may be missing although the shared disk drops what was not flushed, and the disk's
// own log must show no time with two nodes writing.
func TestFaults(t *testing.T) {
	s := protected(t)
	report := newReport(t, os.Getenv("HAWSER_RESULTS"), fmt.Sprintf("# Faults on real nodes\n\nCommit %s, %s, %d repeats each (`make test-long`). The outage is what the client outside the cluster saw; it writes a row every 50 ms.\nIn every round all acknowledged rows were read back, and the shared disk's log was searched for two writers.\nThere is no seed: the moments of the faults are what the machine makes them.",
		os.Getenv("HAWSER_COMMIT"), time.Now().UTC().Format("2006-01-02"), repeats(t)))
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			for round := range repeats(t) {
				outage, err := try(t.Context(), s, f)
				report.add(f.name, outage, err)
				if err != nil {
					explain(t, s)
					t.Fatalf("round %d: %v", round+1, err)
				}
				t.Logf("round %d: client without an answer for %s", round+1, outage)
			}
		})
	}
}

// try lets one fault happen once and heals it again.
func try(ctx context.Context, s *stage.Stage, f fault) (time.Duration, error) {
	if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
		return 0, fmt.Errorf("before: %w", err)
	}
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		return 0, fmt.Errorf("before: active on %q: %w", active, err)
	}
	begin := time.Now()
	outage, err := s.Outage(ctx, f.deadline,
		func(ctx context.Context) error { return f.strike(ctx, s, active) },
		func(ctx context.Context) (bool, error) { return dealtWith(ctx, s, f, active, begin) })
	if err != nil {
		return outage, fmt.Errorf("%s on %s: %w", f.name, active, err)
	}
	if f.stays && outage > 2*time.Second {
		return outage, fmt.Errorf("%s: the client was without an answer for %s, although nothing had to move", f.name, outage)
	}
	if err := f.heal(ctx, s, active); err != nil {
		return outage, fmt.Errorf("heal %s: %w", f.name, err)
	}
	if _, err := s.CLI(ctx, "resource", "cleanup", clusterName, stage.Group); err != nil {
		return outage, err
	}
	if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
		return outage, fmt.Errorf("after: %w", err)
	}
	lost, err := s.Verify(ctx)
	if err != nil {
		return outage, err
	}
	if lost != 0 {
		return outage, fmt.Errorf("%d acknowledged rows are missing", lost)
	}
	return outage, s.NeverTwo(ctx)
}

// dealtWith says whether the cluster has done what the fault asks of it.
func dealtWith(ctx context.Context, s *stage.Stage, f fault, struck string, since time.Time) (bool, error) {
	st, err := s.State(ctx, clusterName)
	if err != nil {
		return false, err
	}
	r := stage.Find(st.Resources, stage.Group)
	if r == nil || r.Role != "Started" || len(r.Nodes) != 1 {
		return false, fmt.Errorf("service: %+v", r)
	}
	if f.moves && r.Nodes[0] == struck {
		return false, fmt.Errorf("service still on %s", struck)
	}
	if f.stays {
		if r.Nodes[0] != struck {
			return false, fmt.Errorf("service moved to %s", r.Nodes[0])
		}
		for _, l := range st.Links {
			if !l.Connected && (l.Node == struck || l.Peer == struck) {
				return true, nil // the loss was noticed, and nothing moved
			}
		}
		return false, fmt.Errorf("no link of %s is reported as lost", struck)
	}
	if !f.fenced {
		return true, nil
	}
	for _, a := range st.FenceHistory {
		// Pacemaker keeps fence times in whole seconds.
		if a.Node == struck && a.Status == "success" && a.At.After(since.Add(-time.Second)) {
			return true, nil
		}
	}
	return false, fmt.Errorf("%s was not fenced: %+v", struck, st.FenceHistory)
}
