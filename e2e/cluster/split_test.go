package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
	"hawser/internal/testkit"
)

// splitInstance is the sandbox's: these tests need another shape than the others, and can run beside them.
const splitInstance = 222

// arena is a cluster of one topology, with the writer running on it.
type arena struct {
	*stage.Stage
	box     *sandbox.Sandbox
	cluster string
	arbiter bool     // gives a vote
	second  bool     // there is a second fence device
	active  string   // runs the writer when the fault strikes
	others  []string // the rest of its nodes
}

// links of the arena's nodes.
const splitLinks = 2

// TestSplit goes through the table of shapes and faults in split_table_test.go. What must come of each was written there
// beforehand; the proof is the shared disk's own log of who wrote when.
func TestSplit(t *testing.T) {
	testkit.Need(t, "sandbox")
	s := splitStage(t)
	box, err := sandbox.New(sandbox.Options{Instance: envOr("HAWSER_SPLIT_INSTANCE", splitInstance)})
	if err != nil {
		t.Fatal(err)
	}
	results := newSplitReport(t)
	for _, top := range topologies {
		rows := rowsOf(top, os.Getenv("HAWSER_RESULTS") != "")
		if len(rows) == 0 {
			continue
		}
		t.Run(top.name, func(t *testing.T) {
			if top.arbiter && s.Can(t.Context(), "qdevice", "set") != nil {
				t.Skip("NOT TRIED: this product cannot set up a quorum device")
			}
			a := &arena{Stage: s.First(top.nodes), box: box, cluster: top.id, arbiter: top.arbiter, second: top.second}
			if err := a.form(t.Context(), top); err != nil {
				explain(t, a.Stage)
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := a.dissolve(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			for _, r := range rows {
				t.Run(r.name, func(t *testing.T) {
					o, err := a.try(t.Context(), r)
					if r.twice {
						if err = seen(err); err == nil {
							o.survivor = "two, and it was seen"
						}
					}
					results.add(top, r, o, err)
					if err == nil {
						t.Log(o)
						return
					}
					t.Error(err)
					explain(t, a.Stage)
					// The rows that follow are owed a cluster that is well.
					if err := a.recover(t.Context(), true); err != nil {
						t.Errorf("after: %v", err)
					}
				})
			}
		})
	}
}

// seen is what a row is worth in which two nodes were made to write: the judgement that all others rest on must say so.
func seen(err error) error {
	if errors.Is(err, errTwoWriters) {
		return nil
	}
	return fmt.Errorf("two nodes were made to write, and what the test says is: %w", err)
}

// splitStage brings up four nodes and an arbiter, without a cluster.
func splitStage(t *testing.T) *stage.Stage {
	t.Helper()
	s := ownStage(t, "split", stage.Options{
		Instance: envOr("HAWSER_SPLIT_INSTANCE", splitInstance), Nodes: []string{"n1", "n2", "n3", "n4"}, Links: splitLinks, Arbiter: true,
	})
	if err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// form makes the cluster and the writer on it, all through the product.
func (a *arena) form(ctx context.Context, top topology) error {
	if err := a.mend(ctx); err != nil {
		return err
	}
	if err := a.Destroy(ctx, a.cluster); err != nil {
		return err
	}
	if err := a.box.LUN().Wipe(ctx); err != nil {
		return err
	}
	if err := a.PrepareWriter(ctx); err != nil {
		return err
	}
	if err := a.CreateCluster(ctx, a.cluster, "balanced"); err != nil {
		return err
	}
	// Of two halves of the same size, the one that runs the writer shoots first.
	if _, err := a.CLI(ctx, "cluster", "properties", a.cluster, "priority-fencing-delay=5s"); err != nil {
		return err
	}
	if top.second {
		if err := a.secondDevice(ctx); err != nil {
			return err
		}
	}
	if top.arbiter {
		if err := a.addArbiter(ctx); err != nil {
			return err
		}
	}
	if err := a.ProtectWriter(ctx, a.cluster); err != nil {
		return err
	}
	return a.WaitWell(ctx, a.cluster, stage.WriterGroup)
}

// dissolve has the product take it apart, from nodes that start anew: some may have been told that they are dead.
func (a *arena) dissolve(ctx context.Context) error {
	if err := a.powerOff(ctx); err != nil {
		return err
	}
	if err := a.mend(ctx); err != nil {
		return err
	}
	if err := a.WaitConnected(ctx, a.Nodes()...); err != nil {
		return err
	}
	return a.Destroy(ctx, a.cluster)
}

func (a *arena) powerOff(ctx context.Context) error {
	for _, n := range a.Nodes() {
		if err := a.box.PowerOff(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// mend gives all machines power, whole cables, and fence devices that work.
func (a *arena) mend(ctx context.Context) error {
	for d := 1; d <= 2; d++ {
		if err := a.box.SetFenceDeviceNumber(ctx, d, "", sandbox.FenceMode{Mode: sandbox.FenceOK}); err != nil {
			return err
		}
	}
	if err := a.box.Heal(ctx); err != nil {
		return err
	}
	machines := a.Nodes()
	if a.arbiter {
		machines = append(slices.Clone(machines), sandbox.Arbiter)
	}
	for _, n := range machines {
		// A cluster that can fence again may take the power of a node that boots.
		if err := sandbox.Until(ctx, time.Minute, n+" is on", func(ctx context.Context) error { return a.box.PowerOn(ctx, n) }); err != nil {
			return err
		}
	}
	return nil
}

// secondDevice adds a fence device that is asked where the first does not succeed, as the second level. The first is given up after ten
// seconds.
func (a *arena) secondDevice(ctx context.Context) error {
	for _, args := range [][]string{
		{"resource", "edit", a.cluster, "fence", "pcmk_reboot_timeout=10s"},
		{"resource", "create", a.cluster, "fence2", "stonith:fence_sandbox", "device=2", "pcmk_host_list=" + strings.Join(a.Nodes(), " "), "--op", "monitor:interval=60s,timeout=20s"},
		{"fence", "levels", a.cluster, "--pattern", ".*", "--level", "fence", "--level", "fence2"},
	} {
		if _, err := a.CLI(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// recover mends, and waits until the cluster is well again. A node that has been told that it is dead and is not, or that
// mounted a disk beside another, is started anew.
func (a *arena) recover(ctx context.Context, anew bool) error {
	if anew {
		if err := a.powerOff(ctx); err != nil {
			return err
		}
	}
	if err := a.mend(ctx); err != nil {
		return err
	}
	if err := a.WaitConnected(ctx, a.Nodes()...); err != nil {
		return err
	}
	// A fence device whose start has failed is not tried again before somebody says that it has been seen to. What it owed comes first:
	// a node that was to be fenced while nothing could is fenced once the device works, although the links are back.
	if err := stage.Until(ctx, 3*time.Minute, "failures are cleaned up", func(ctx context.Context) (bool, error) {
		if err := a.WaitWell(ctx, a.cluster); err != nil {
			return false, err
		}
		for _, id := range []string{stage.WriterGroup, "fence", "fence2"} {
			if _, err := a.CLI(ctx, "resource", "cleanup", a.cluster, id); err != nil && (id != "fence2" || a.second) {
				return false, err
			}
		}
		return true, nil
	}); err != nil {
		return err
	}
	if a.arbiter {
		if err := a.waitClients(ctx, len(a.Nodes())); err != nil {
			return err
		}
	}
	return a.WaitWell(ctx, a.cluster, stage.WriterGroup)
}

// splitOutcome is what came of a row.
type splitOutcome struct {
	active, survivor string        // "none" where nobody wrote at the end
	took             time.Duration // from the end of the fault until the first write of a new node; the longest pause where it stayed
	named            string        // the reason that the product named
	namedAfter       time.Duration // after the fence devices were asked
}

func (o splitOutcome) String() string {
	text := fmt.Sprintf("active %s, survivor %s, %.1f s", o.active, o.survivor, o.took.Seconds())
	if o.named != "" {
		text += fmt.Sprintf("; the product named %s after %.1f s", o.named, o.namedAfter.Seconds())
	}
	return text
}

var errTwoWriters = errors.New("the shared disk had two writers")

// Bounds of a row.
const (
	holds      = 5 * time.Second // for so long after the deadline the outcome must not change
	pause      = 2 * time.Second // a writer that is not to be interrupted may miss this long on two busy cores
	nameWithin = 5 * time.Second // within which the product says why nothing starts
	// secondTry is how much later that is in a half of two nodes: the other one tries as well, after a priority-fencing-delay of its own,
	// before Pacemaker says that fencing has failed.
	secondTry = 7 * time.Second
	// noticing is how long a cluster may take to ask for a fencing, and twice more where it asks an arbiter first. It is assumed where a
	// fence device hangs: Pacemaker lets a fencing wait until the device's monitor, which hangs as well, has timed out.
	noticing = 5 * time.Second
)

// try lets a row's fault happen, and judges what came of it.
func (a *arena) try(ctx context.Context, r splitRow) (o splitOutcome, err error) {
	if err := a.WaitWell(ctx, a.cluster, stage.WriterGroup); err != nil {
		return o, fmt.Errorf("before: %w", err)
	}
	if a.active, err = a.Active(ctx, a.cluster, stage.WriterGroup); err != nil || a.active == "" {
		return o, fmt.Errorf("before: active on %q: %w", a.active, err)
	}
	a.others = slices.DeleteFunc(slices.Clone(a.Nodes()), func(n string) bool { return n == a.active })
	o.active = a.active
	begin := time.Now()
	if err := r.strike(ctx, a); err != nil {
		return o, fmt.Errorf("strike: %w", err)
	}
	struck := time.Now() // flapping takes its time
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	names := make(chan naming, 1)
	go func() { names <- a.waitNamed(ctx, r, begin, struck) }()
	if err := a.waitUntil(ctx, struck.Add(r.deadline), func() bool { return r.fences && a.settled(ctx, r, struck) }); err != nil {
		return o, err
	}
	from := time.Now()
	if err := a.waitUntil(ctx, from.Add(holds), func() bool { return false }); err != nil {
		return o, err
	}
	n := <-names
	o.named, o.namedAfter = n.reason, n.after
	if err := errors.Join(a.judge(ctx, r, moments{begin: begin, struck: struck, settled: from}, &o), n.err); err != nil {
		return o, err
	}
	if err := a.recover(ctx, false); err != nil {
		return o, fmt.Errorf("after: %w", err)
	}
	return o, a.twoWriters(begin)
}

// addArbiter gives the cluster a quorum device on the arbiter.
func (a *arena) addArbiter(ctx context.Context) error {
	if _, err := a.CLI(ctx, "qdevice", "set", a.cluster, stage.Arbiter, "--address", a.ArbiterAddress()); err != nil {
		return err
	}
	return a.waitClients(ctx, len(a.Nodes()))
}

// waitClients waits until the arbiter itself sees so many nodes.
func (a *arena) waitClients(ctx context.Context, want int) error {
	return stage.Until(ctx, time.Minute, fmt.Sprintf("the arbiter sees %d nodes", want), func(ctx context.Context) (bool, error) {
		out, err := a.Exec(ctx, stage.Arbiter, "corosync-qnetd-tool", "-s")
		if err != nil {
			return false, err
		}
		_, after, _ := strings.Cut(string(out), "Connected clients:")
		clients, _, _ := strings.Cut(after, "\n")
		return strings.TrimSpace(clients) == strconv.Itoa(want), fmt.Errorf("it sees %s", strings.TrimSpace(clients))
	})
}
