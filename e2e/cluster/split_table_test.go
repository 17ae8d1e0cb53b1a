package cluster_test

import (
	"context"
	"slices"
	"time"

	"hawser/e2e/sandbox"
)

// topology is a shape of cluster.
type topology struct {
	id, name string
	nodes    int
	arbiter  bool
	second   bool // with a second fence device behind the first
}

var topologies = []topology{
	{id: "two", name: "2 nodes", nodes: 2},
	{id: "three", name: "3 nodes", nodes: 3, second: true},
	{id: "two-q", name: "2 nodes and a quorum device", nodes: 2, arbiter: true},
	{id: "four-q", name: "4 nodes, 2:2, and a quorum device", nodes: 4, arbiter: true},
}

// splitRow is a fault, and what must come of it: written down before it was ever tried.
type splitRow struct {
	on       []string // IDs of topologies
	name     string
	short    bool // in the short run, too
	strike   func(context.Context, *arena) error
	survivor func(*arena) []string // who may be the only one to write from the deadline on
	expected string                // the same in words
	deadline time.Duration         // from the end of the strike
	fences   bool                  // a node is fenced: the row is over when that and the survivor's next write are seen
	quiet    bool                  // nobody may be fenced
	twice    bool                  // the test of the test: two nodes write, and it must be seen. The last row of a topology
	names    []string              // one of these reasons must be named by the product within five seconds
	hangs    bool                  // a fence device does not answer
	// notBefore is how long the new active must have waited at least.
	notBefore time.Duration
}

// Who survives.
func stays(a *arena) []string  { return []string{a.active} }
func moves(a *arena) []string  { return a.others }
func nobody(*arena) []string   { return []string{"none"} }
func anyOne(a *arena) []string { return a.Nodes() }

// What the product may say while fencing does not succeed.
var (
	saysFailed  = []string{"fence_failed", "fence_retry"}
	saysWaiting = []string{"fence_pending", "fence_failed"}
)

var splitRows = []splitRow{
	{
		on: []string{"two"}, name: "all links cut", short: true, strike: cutAll(""),
		survivor: stays, expected: "the active node; the other is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two"}, name: "cut one way, the active node hears nothing", strike: cutAll(sandbox.In),
		survivor: stays, expected: "the active node; the other is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two"}, name: "cut one way, the active node is not heard", strike: cutAll(sandbox.Out),
		survivor: stays, expected: "the active node; the other is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two"}, name: "all links cut, fencing fails", short: true, strike: steps(device(sandbox.FenceFail), cutAll("")),
		survivor: stays, expected: "the active node; no new one", deadline: 15 * time.Second, names: saysFailed,
	},
	{
		on: []string{"two"}, name: "all links cut, fencing hangs", strike: steps(device(sandbox.FenceHang), cutAll("")),
		survivor: stays, expected: "the active node; no new one", deadline: 15 * time.Second, hangs: true, names: saysWaiting,
	},
	{
		on: []string{"two"}, name: "the active node lost, fencing fails", strike: steps(device(sandbox.FenceFail), loseActive),
		survivor: nobody, expected: "none", deadline: 20 * time.Second, names: saysFailed,
	},
	{
		on: []string{"two"}, name: "the active node lost, its management board with it", strike: steps(device(sandbox.FenceBoard), loseActive),
		survivor: nobody, expected: "none", deadline: 20 * time.Second, names: saysFailed,
	},
	{
		on: []string{"three"}, name: "all links cut", short: true, strike: cutAll(""),
		survivor: moves, expected: "another node; the one that was active is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"three"}, name: "cut one way, the active node hears nothing", strike: cutAll(sandbox.In),
		survivor: moves, expected: "another node; the one that was active is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"three"}, name: "cut one way, the active node is not heard", strike: cutAll(sandbox.Out),
		survivor: moves, expected: "another node; the one that was active is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"three"}, name: "all links cut, fencing fails", strike: steps(allDevices(sandbox.FenceFail), cutAll("")),
		survivor: nobody, expected: "none: without quorum the active node stops, and the others wait", deadline: 20 * time.Second, names: saysFailed,
	},
	{
		on: []string{"three"}, name: "all links cut, fencing hangs", strike: steps(allDevices(sandbox.FenceHang), cutAll("")),
		survivor: nobody, expected: "none: without quorum the active node stops, and the others wait", deadline: 20 * time.Second, hangs: true, names: saysWaiting,
	},
	{
		on: []string{"three"}, name: "the first fence device fails", strike: steps(device(sandbox.FenceFail), cutAll("")),
		survivor: moves, expected: "another node, by the second device", deadline: 25 * time.Second, fences: true,
	},
	{
		on: []string{"three"}, name: "the first fence device hangs", strike: steps(device(sandbox.FenceHang), cutAll("")),
		survivor: moves, expected: "another node, by the second device", deadline: 45 * time.Second, fences: true, hangs: true, names: saysWaiting,
	},
	{
		on: []string{"three"}, name: "the fence device takes 8 s", strike: steps(slow(8*time.Second), cutAll("")),
		survivor: moves, expected: "another node, not before 8 s", deadline: 25 * time.Second, fences: true, hangs: true, names: saysWaiting, notBefore: 8 * time.Second,
	},
	{
		on: []string{"two", "three", "two-q", "four-q"}, name: "20 flaps of a link in 60 s", strike: flaps,
		survivor: stays, expected: "nothing happens", deadline: time.Second, quiet: true,
	},
	{
		on: []string{"two-q", "four-q"}, name: "split in halves", strike: split(""),
		survivor: anyOne, expected: "a node of the half that the arbiter chooses; the other half is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two-q", "four-q"}, name: "split one way, the active half hears nothing", strike: split(sandbox.In),
		survivor: anyOne, expected: "a node of the half that the arbiter chooses; the other half is fenced", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two-q", "four-q"}, name: "split in halves, only the other one sees the arbiter", strike: steps(hideArbiter, split("")),
		survivor: otherHalf, expected: "a node of the half that sees the arbiter", deadline: 15 * time.Second, fences: true,
	},
	{
		on: []string{"two-q", "four-q"}, name: "arbiter lost", strike: loseArbiter,
		survivor: stays, expected: "nothing happens", deadline: 20 * time.Second, quiet: true,
	},
	{
		on: []string{"two-q"}, name: "arbiter and the active node lost", strike: steps(loseArbiter, loseActive),
		survivor: nobody, expected: "none: one vote of three", deadline: 20 * time.Second,
	},
	{
		on: []string{"four-q"}, name: "arbiter and the active node lost", strike: steps(loseArbiter, loseActive),
		survivor: moves, expected: "another node: three votes of five", deadline: 25 * time.Second, fences: true,
	},
	{
		on: []string{"four-q"}, name: "split in halves, arbiter lost", strike: steps(loseArbiter, split("")),
		survivor: nobody, expected: "none: two votes of five on either side", deadline: 20 * time.Second,
	},
	{
		on: []string{"two-q", "four-q"}, name: "split in halves, only the other one sees the arbiter, fencing fails", strike: steps(device(sandbox.FenceFail), hideArbiter, split("")),
		survivor: nobody, expected: "none: without quorum the one half stops, and the other waits", deadline: 20 * time.Second, names: saysFailed,
	},
	{
		on: []string{"two-q", "four-q"}, name: "split in halves, only the other one sees the arbiter, fencing hangs", strike: steps(device(sandbox.FenceHang), hideArbiter, split("")),
		survivor: nobody, expected: "none: without quorum the one half stops, and the other waits", deadline: 20 * time.Second, hangs: true, names: saysWaiting,
	},
	{
		on: []string{"two"}, name: "all links cut, fencing lies", short: true, strike: steps(device(sandbox.FenceLie), cutAll("")),
		survivor: anyOne, expected: "both: the test of the test", deadline: 15 * time.Second, twice: true,
	},
}

// rowsOf are the rows of a topology.
func rowsOf(top topology, long bool) []splitRow {
	var out []splitRow
	for _, r := range splitRows {
		for _, id := range r.on {
			if id == top.id && (long || r.short) {
				out = append(out, r)
			}
		}
	}
	return out
}

func steps(all ...func(context.Context, *arena) error) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		for _, f := range all {
			if err := f(ctx, a); err != nil {
				return err
			}
		}
		return nil
	}
}

// cutAll cuts the active node off from all others; "" in all heartbeat networks at once, otherwise cable by cable in one direction.
func cutAll(how sandbox.CutMode) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		if how == "" {
			return a.box.Partition(ctx, []string{a.active}, a.rest())
		}
		for link := range splitLinks {
			if err := a.box.CutLink(ctx, a.active, link, how); err != nil {
				return err
			}
		}
		return nil
	}
}

// rest are all of the sandbox's nodes but the active one.
func (a *arena) rest() []string {
	var out []string
	for _, n := range []string{"n1", "n2", "n3", "n4"} {
		if n != a.active {
			out = append(out, n)
		}
	}
	return out
}

// half are the nodes on the active one's side of a split: itself and, of four, the next.
func (a *arena) half() []string {
	return append([]string{a.active}, a.others[:len(a.others)/2]...)
}

func otherHalf(a *arena) []string { return a.others[len(a.others)/2:] }

// split parts the active node's half from the other; a direction other than "" cuts its cables one way, towards everybody.
func split(how sandbox.CutMode) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		if how == "" {
			beyond := slices.DeleteFunc(a.rest(), func(n string) bool { return slices.Contains(a.half(), n) })
			return a.box.Partition(ctx, a.half(), beyond)
		}
		for _, n := range a.half() {
			for link := range splitLinks {
				if err := a.box.CutLink(ctx, n, link, how); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// hideArbiter cuts the active node's half off from the arbiter, and waits until the arbiter has noticed: what is tried is the
// split afterwards.
func hideArbiter(ctx context.Context, a *arena) error {
	for _, n := range a.half() {
		if err := a.box.CutArbiter(ctx, n, sandbox.Pulled); err != nil {
			return err
		}
	}
	return a.waitClients(ctx, len(a.Nodes())-len(a.half()))
}

func loseArbiter(ctx context.Context, a *arena) error { return a.box.PowerOff(ctx, sandbox.Arbiter) }

func device(mode string) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		return a.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: mode})
	}
}

func allDevices(mode string) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		for d := 1; d <= 2; d++ {
			if err := a.box.SetFenceDeviceNumber(ctx, d, "", sandbox.FenceMode{Mode: mode}); err != nil {
				return err
			}
		}
		return nil
	}
}

func slow(by time.Duration) func(context.Context, *arena) error {
	return func(ctx context.Context, a *arena) error {
		return a.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: sandbox.FenceSlow, Delay: by})
	}
}

func loseActive(ctx context.Context, a *arena) error { return a.box.PowerOff(ctx, a.active) }

func flaps(ctx context.Context, a *arena) error {
	return a.box.FlapLink(ctx, a.active, 0, 20, time.Minute)
}
