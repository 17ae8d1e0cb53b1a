package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Waiting asks again in steps that grow: most changes take less than a second, and a long start should not be slowed
// down by the questions of those who wait for it.
const (
	firstPoll = 150 * time.Millisecond
	lastPoll  = time.Second
	// defaultWait is how long a command without a deadline waits: longer than any advised start or stop timeout.
	defaultWait = 15 * time.Minute
)

// settled waits until the cluster is idle and returns what it is then.
func (e *Engine) settled(ctx context.Context) (ha.State, error) {
	return e.await(ctx, func(ha.State) error { return nil })
}

// errNotYet says that an idle cluster is not yet what is waited for, but may become so without a push, for example when a
// node boots.
var errNotYet = errors.New("not yet")

// await waits until the cluster is idle and check is content with it. Check returns errNotYet to go on waiting; any other
// error ends it.
func (e *Engine) await(ctx context.Context, check func(ha.State) error) (ha.State, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultWait)
	defer cancel()
	var st ha.State
	pause := firstPoll
	for {
		began := time.Now()
		idle, err := e.driver.Idle(ctx)
		if err == nil && idle {
			// The state that is judged must be of after the moment at which the cluster was idle.
			if st, err = e.driver.State(ctx); err == nil && st.Running && !st.Busy {
				if err = check(st); err == nil || !errors.Is(err, errNotYet) {
					return st, err
				}
			}
		}
		if err != nil && !errors.Is(err, errNotYet) && !errors.Is(err, ErrDown) && ctx.Err() == nil {
			e.log.Debug("still waiting for the cluster", "err", err)
		}
		select {
		case <-ctx.Done():
			return st, context.Cause(ctx)
		case <-time.After(max(pause, min(time.Since(began), lastPoll))): // on a slow machine asking is work that delays the answer
		}
		pause = min(pause*3/2, lastPoll)
	}
}

func settle(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.SettleArgs](c)
	if err != nil {
		return nil, err
	}
	_, err = e.await(ctx, func(st ha.State) error {
		if args.Quorate && !st.Quorate {
			return errNotYet
		}
		for _, name := range args.Online {
			if n := nodeOf(st, name); n == nil || !n.Online || n.Pending {
				return errNotYet
			}
		}
		for _, id := range args.Started {
			r := find(st.Resources, id)
			if r == nil {
				return fault.New(fault.NotFound, "resource.unknown", "no resource %q", id).With("resource", id)
			}
			if !running(*r) {
				switch err := failureOf(st, *r); {
				case err != nil:
					return err
				case args.Now && r.Disabled:
					return fault.New(fault.Conflict, "resource.still_disabled", "resource %s is stopped on purpose, by itself or by what holds it", id).With("resource", id)
				case args.Now:
					return notRunning(st, *r)
				}
				return errNotYet
			}
		}
		for _, id := range args.Stopped {
			if r := find(st.Resources, id); r != nil && len(r.Nodes) > 0 {
				if args.Now {
					return notStopped(st, *r)
				}
				return errNotYet
			}
		}
		return nil
	})
	return nil, err
}

// nodeOf returns the node of that name, or nil.
func nodeOf(st ha.State, name string) *ha.NodeState {
	for i := range st.Nodes {
		if strings.EqualFold(st.Nodes[i].Name, name) {
			return &st.Nodes[i]
		}
	}
	return nil
}

// find returns a resource at whatever depth, or nil.
func find(list []ha.ResourceState, id string) *ha.ResourceState {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if found := find(list[i].Members, id); found != nil {
			return found
		}
	}
	return nil
}

// running says whether a resource runs as a whole: a group with all members that are not switched off, a clone with at least
// one instance.
func running(r ha.ResourceState) bool {
	switch r.Role {
	case "Started", "Promoted", "Unpromoted":
		return true
	case "Mixed":
		return r.Kind != ha.Group
	}
	return false
}

// failureOf returns why a resource does not run, if an operation of it has failed: in the words of its agent.
func failureOf(st ha.State, r ha.ResourceState) error {
	ids := []string{r.ID}
	for _, m := range ha.Leaves([]ha.ResourceState{r}) {
		ids = append(ids, m.ID)
	}
	var last *ha.Failure
	for i, f := range st.Failures {
		if slices.Contains(ids, f.Resource) && (last == nil || f.At.After(last.At)) {
			last = &st.Failures[i]
		}
	}
	if last == nil {
		return nil
	}
	words := last.Reason
	if words == "" {
		words = last.Exit
	}
	return fault.New(fault.Failed, "resource.operation_failed", "%s of %s failed on %s: %s (%s)", last.Operation, last.Resource, last.Node, words, last.Exit).
		With("resource", last.Resource, "node", last.Node, "operation", last.Operation, "exit", last.Exit, "why", words)
}

// notRunning says why a resource does not run in an idle cluster, as far as can be told.
func notRunning(st ha.State, r ha.ResourceState) error {
	if err := failureOf(st, r); err != nil {
		return err
	}
	nodes := 0
	for _, n := range st.Nodes {
		if n.Online && !n.Standby && !n.Maintenance && !n.Pending {
			nodes++
		}
	}
	const text = "resource %s does not run: %s"
	switch {
	case !st.Quorate:
		return fault.New(fault.Failed, "resource.stopped_no_quorum", text, r.ID, "the cluster has no quorum").With("resource", r.ID)
	case nodes == 0:
		return fault.New(fault.Failed, "resource.stopped_no_node", text, r.ID, "no node may run resources").With("resource", r.ID)
	case st.Fencing && !fenceable(st) && !strings.HasPrefix(r.Agent, "stonith:"):
		return fault.New(fault.Failed, "resource.stopped_no_fencing", text, r.ID, "fencing is required, but there is no fence device").With("resource", r.ID)
	}
	return fault.New(fault.Failed, "resource.stopped_no_place", text, r.ID, "no node is allowed to run it").With("resource", r.ID)
}

// notStopped says why a resource still runs in an idle cluster, as far as can be told.
func notStopped(st ha.State, r ha.ResourceState) error {
	if err := failureOf(st, r); err != nil {
		return err
	}
	return fault.New(fault.Failed, "resource.not_stopped", "resource %s does not stop", r.ID).With("resource", r.ID)
}

// fenceable says whether there is any fence device.
func fenceable(st ha.State) bool {
	return slices.ContainsFunc(ha.Leaves(st.Resources), func(r ha.ResourceState) bool { return strings.HasPrefix(r.Agent, "stonith:") && !r.Disabled })
}
