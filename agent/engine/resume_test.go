package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hawser/agent/engine"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// TestResumedWhileStopping: an agent that is told to end just when it takes up what an earlier one has left leaves it as it is.
// Taken back, and then gone on with by the next, the command would wait for what nobody has asked for any longer.
func TestResumedWhileStopping(t *testing.T) {
	b := newBench(t)
	c := b.command(wire.EditConfig, wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.DeleteResource, ID: "svc"}}})
	b.die = "config.edit/stop_resources/commit/after"
	if r, ok := b.run(c); ok {
		t.Fatalf("it was not killed: %v", r.err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(engine.ErrStopping)
	b.ctx = ctx
	left := b.picture()
	if r, ok := b.run(c); !ok || !errors.Is(r.err, engine.ErrStopping) {
		t.Fatalf("%v, %v", ok, r.err)
	}
	if now := b.picture(); now != left {
		t.Errorf("an agent that ends has changed\n%s\nto\n%s", left, now)
	}
	b.ctx = nil
	if r, ok := b.run(c); !ok || r.err != nil {
		t.Fatalf("%v, %v", ok, r.err)
	}
	if strings.Contains(b.picture(), "svc") {
		t.Error("it is still there")
	}
}

// TestKilledTakingBack: what is being taken back when the agent is killed goes on being taken back, and says why it was.
func TestKilledTakingBack(t *testing.T) {
	b := newBench(t)
	before := b.picture()
	c := b.command(wire.EditConfig, wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.DeleteResource, ID: "svc"}}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.ctx, b.endAt, b.end = ctx, "config.edit/stop_resources/verify/before", cancel
	b.die = "config.edit/stop_resources/roll_back/before"
	if r, ok := b.run(c); ok {
		t.Fatalf("it was not killed: %v", r.err)
	}
	b.ctx, b.endAt = nil, ""
	r, ok := b.run(c)
	if f := fault.Public(r.err); !ok || f == nil || f.Reason != "command.cancelled" {
		t.Errorf("%v, %v", ok, r.err)
	}
	if now := b.picture(); now != before {
		t.Errorf("before\n%s\nnow\n%s", before, now)
	}
}

// TestRevertOfWhatRuns: what is deleted while it runs is asked to stop first. That is no change of somebody else's, which a revert
// would refuse to touch, and it is not what a revert of the deletion brings back.
func TestRevertOfWhatRuns(t *testing.T) {
	b := newBench(t)
	two := ha.Resource{ID: "two", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Operations: []ha.Operation{{Name: "monitor", Interval: "10s"}}}
	edit := func(name wire.CommandName, args any) wire.EditOutput {
		t.Helper()
		data, err := b.do(name, args)
		if err != nil {
			t.Fatal(err)
		}
		var out wire.EditOutput
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := b.picture()
	made := edit(wire.EditConfig, wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.CreateResource, Resource: &two, Group: "svc"}}})
	with := b.picture()
	edit(wire.Revert, wire.RevertArgs{BeforeXML: made.BeforeXML, AfterXML: made.AfterXML})
	if now := b.picture(); now != before {
		t.Errorf("revert of the creation: before\n%s\nnow\n%s", before, now)
	}
	edit(wire.EditConfig, wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.CreateResource, Resource: &two, Group: "svc"}}})
	gone := edit(wire.EditConfig, wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.DeleteResource, ID: "two"}}})
	edit(wire.Revert, wire.RevertArgs{BeforeXML: gone.BeforeXML, AfterXML: gone.AfterXML})
	if _, err := b.onN2().Do(t.Context(), wire.Command{ID: "settle", Name: wire.Settle, Args: json.RawMessage(`{"started":["two"]}`)}, nil); err != nil {
		t.Error(err)
	}
	if now := b.picture(); now != with {
		t.Errorf("revert of the deletion: before\n%s\nnow\n%s", with, now)
	}
}

// TestSteps: the list of steps by which tests kill agents is that of the plans.
func TestSteps(t *testing.T) {
	seen := map[string]bool{}
	for command, steps := range engine.Steps() {
		for _, s := range steps {
			if seen[string(command)+s] {
				t.Errorf("%s has the step %s twice", command, s)
			}
			seen[string(command)+s] = true
		}
		if len(steps) == 0 {
			t.Errorf("%s has no step", command)
		}
	}
}
