package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

// serverOver kills the server at each step of an operation, and starts it again.
func (k *killing) serverOver(t *testing.T, sc scenario) {
	ctx := t.Context()
	before, err := k.picture(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the one that is shipped again
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := errors.Join(k.s.StopServer(ctx), k.s.StartServer(ctx)); err != nil {
			t.Error(err)
		}
	})
	passed := filepath.Join(t.TempDir(), "passed")
	if err := k.serve(t, "", passed); err != nil {
		t.Fatal(err)
	}
	learn := func(run func(context.Context) ([]string, error)) ([]string, string) {
		_, left := k.learn(t, sc, run)
		data, err := os.ReadFile(passed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(passed); err != nil {
			t.Fatal(err)
		}
		points := strings.Fields(string(data))
		slices.Sort(points)
		return slices.Compact(points), left
	}
	there, after := learn(sc.there)
	back, again := learn(sc.back)
	if before != again || before == after {
		t.Fatalf("the way back does not lead back:\n%s", difference(before, again))
	}
	if !long() {
		there, back = []string{"after:configure"}, nil
	}
	t.Logf("%v and %v", there, back)
	for len(there)+len(back) > 0 {
		for _, way := range []struct {
			points   *[]string
			run      func(context.Context) ([]string, error)
			from, to string
		}{{&there, sc.there, before, after}, {&back, sc.back, after, before}} {
			point := ""
			if len(*way.points) > 0 {
				point, *way.points = (*way.points)[0], (*way.points)[1:]
			}
			if k.serverOnce(t, sc, way.run, death{server: point}, way.from, way.to) != way.to {
				t.Fatal("it cannot go on from here")
			}
		}
	}
	if long() { // on the way back from a step that an agent's death has ended
		for _, point := range []string{"before:undo.configure", "after:undo.configure"} {
			k.serverOnce(t, sc, sc.there, death{server: point, agent: &spot{k.s.Nodes()[2], "host.configure/write_files/commit/after"}}, before, after)
		}
	}
}

// death says who is to die, and where.
type death struct {
	server string
	agent  *spot
}

// serve starts the server that can be told where to die.
func (k *killing) serve(t *testing.T, point, passed string) error {
	t.Setenv("HAWSER_TEST_KILL", point)
	t.Setenv("HAWSER_TEST_PASSED", passed)
	if err := errors.Join(k.s.StopServer(t.Context()), k.k.StartServer(t.Context())); err != nil {
		return err
	}
	return k.s.WaitConnected(t.Context(), k.s.Nodes()...)
}

// serverOnce runs an operation in which the server dies, starts it again, and checks what must be so afterwards.
func (k *killing) serverOnce(t *testing.T, sc scenario, run func(context.Context) ([]string, error), d death, from, to string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), operationLimit)
	defer cancel()
	o := outcome{point: "server " + d.server}
	now, err := func() (string, error) {
		args, err := run(ctx)
		if err != nil {
			return "", err
		}
		o.what = strings.Join(args[:2], " ")
		if d.agent != nil {
			o.point += ", agent " + d.agent.point
			if _, err := k.s.ExecInput(ctx, []byte(d.agent.point+"\n"), d.agent.node, "tee", killFile); err != nil {
				return "", err
			}
		}
		if d.server == "" {
			o.point = "nowhere"
			_, err := k.s.CLI(ctx, args...)
			return to, err
		}
		if err := k.serve(t, d.server, ""); err != nil {
			return "", err
		}
		told := make(chan error, 1)
		go func() { _, err := k.s.CLI(ctx, args...); told <- err }()
		defer func() { <-told }()
		if err := stage.Until(ctx, 2*time.Minute, "death of the server at "+d.server, func(context.Context) (bool, error) { return k.s.ServerPID() == 0, nil }); err != nil {
			return "", err
		}
		if err := k.s.StartServer(ctx); err != nil {
			return "", err
		}
		op, err := k.ended(ctx)
		if err != nil {
			return "", err
		}
		o.says = op.State
		if op.Fault != nil {
			o.says += ": " + op.Fault.Reason
		}
		if d.agent == nil && op.State != "succeeded" {
			return "", fmt.Errorf("it has not gone on: %w", op.Fault)
		}
		return k.expect(ctx, sc, op, from, to)
	}()
	if o.left = "as after"; now != to {
		o.left = "as before"
	}
	if err != nil {
		o.failed, o.left = true, o.left+", **wrong**"
		t.Errorf("%s, killed at %s: %v", o.what, o.point, err)
	} else {
		t.Logf("%s, killed at %s: %s, %s", o.what, o.point, o.says, o.left)
	}
	if d.server != "" {
		k.outcomes = append(k.outcomes, o)
	}
	return now
}

// ended waits for the end of the newest operation.
func (k *killing) ended(ctx context.Context) (api.Operation, error) {
	var op api.Operation
	err := stage.Until(ctx, operationLimit, "end of the operation", func(ctx context.Context) (bool, error) {
		var err error
		op, err = k.newestOperation(ctx)
		return err == nil && !op.Ended.IsZero(), err
	})
	return op, err
}

// cutTime is how long the network is cut: longer than the server waits for an agent before it calls it unreachable.
const cutTime = time.Minute

// cutDuring begins an operation, cuts all nodes off from the server for a minute as soon as it is at work, and lets it end.
func (k *killing) cutDuring(t *testing.T, there, back []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*operationLimit)
	defer cancel()
	if err := k.s.WaitConnected(ctx, k.s.Machines()...); err != nil { // who died last may be on its way
		t.Fatal(err)
	}
	before, err := k.picture(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, after := k.learn(t, scenario{}, argv(there...))
	if _, again := k.learn(t, scenario{}, argv(back...)); again != before {
		t.Fatalf("the way back does not lead back:\n%s", difference(before, again))
	}
	ran, err := k.daemons(ctx, k.s.Nodes())
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{what: strings.Join(there[:2], " "), point: "network cut for a minute"}
	if _, err := k.s.CLI(ctx, append(slices.Clone(there), "--no-wait")...); err != nil {
		t.Fatal(err)
	}
	for _, n := range k.s.Nodes() {
		if _, err := k.s.Sandbox(ctx, "cut-server", n); err != nil {
			t.Error(err)
		}
	}
	minute := time.NewTimer(cutTime) // what is tried, not what is waited for
	select {
	case <-minute.C:
	case <-ctx.Done():
	}
	op, err := k.newestOperation(ctx)
	if err != nil || !op.Ended.IsZero() {
		t.Errorf("the operation did not live to see the end of the cut: %+v, %v", op, err)
	}
	for _, n := range k.s.Nodes() {
		if _, err := k.s.Sandbox(ctx, "restore-server", n); err != nil {
			t.Error(err)
		}
	}
	if op, err = k.ended(ctx); err != nil {
		t.Fatal(err)
	}
	o.says, o.left = op.State, "as after"
	if op.Fault != nil {
		o.says, o.left = op.State+": "+op.Fault.Reason, "as before"
	}
	now, err := k.expect(ctx, scenario{}, op, before, after)
	if err == nil && !strings.Contains(before, "inactive") {
		var still string
		if still, err = k.daemons(ctx, k.s.Nodes()); err == nil && still != ran {
			err = fmt.Errorf("what ran was disturbed:\n%s", difference(ran, still))
		}
	}
	if err != nil {
		o.failed, o.left = true, o.left+", **wrong**"
		t.Error(err)
	}
	k.outcomes = append(k.outcomes, o)
	if now == after {
		if _, err := k.s.CLI(ctx, back...); err != nil {
			t.Error(err)
		}
	}
}
