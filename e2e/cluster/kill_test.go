package cluster_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// operationLimit bounds one operation with a death in it: creating a cluster takes half a minute on two busy cores.
const operationLimit = 4 * time.Minute

// scenario is an operation that brings the cluster from one state to another, and one that brings it back.
type scenario struct {
	name string
	// there and back are what the command line is given. Where back is nil the cluster is afterwards as it was.
	there, back func(ctx context.Context) ([]string, error)
	first       []string // what the command line is given before all that, for good
	touched     []string // nodes whose daemons the operation itself starts, stops or shoots
	only        []string // the steps that are tried; all where empty
	short       []string // the points that make test tries
	open        bool     // an operation that was interrupted may say that its end is not known
}

func argv(args ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return args, nil }
}

// spot is a point in the agent of a node.
type spot struct{ node, point string }

// long says whether everything is tried.
func long() bool { return os.Getenv("HAWSER_LONG") != "" }

// TestKilled ends the agent by SIGKILL before and after every named step of the engine, the server likewise while it creates a
// cluster, and cuts the network between them for a minute. Afterwards configuration and files are as before or as after, the
// operation says which and why, and nothing that ran was disturbed.
func TestKilled(t *testing.T) {
	wider(t)
	s := protected(t)
	k := newKilling(t, s, clusterName)
	if path := os.Getenv("HAWSER_KILL_RESULTS"); path != "" {
		t.Cleanup(func() {
			if err := k.write(path); err != nil {
				t.Error(err)
			}
		})
	}
	if os.Getenv("HAWSER_KILL_RESUME") != "" { // what an earlier run has tried well is not tried again
		earlier, err := outcomesOf(os.Getenv("HAWSER_KILL_RESULTS"))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range earlier {
			k.tried[o.what+" "+o.point] = !o.failed
		}
	}
	ctx := t.Context()
	group := func(id string) api.NewResource {
		r := ha.Resource{ID: id, Kind: ha.Group}
		for _, suffix := range []string{"-a", "-b"} {
			r.Members = append(r.Members, ha.Resource{ID: id + suffix, Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy"})
		}
		return api.NewResource{Resource: r}
	}
	if err := s.Create(ctx, clusterName, group("moved")); err != nil {
		t.Fatal(err)
	}
	extra := group("extra")
	if err := s.Create(ctx, clusterName, extra); err != nil { // leaves its file
		t.Fatal(err)
	}
	file := filepath.Join(s.Options().Dir, "extra.yaml")
	home, err := s.Active(ctx, clusterName, "moved")
	if err != nil || home == "" {
		t.Fatal(home, err)
	}
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	// What is started, stopped and shot runs nothing.
	var idle string
	for _, n := range s.Nodes() {
		if n != active {
			idle = n
		}
	}
	if home == idle {
		home = active
		if _, err := s.CLI(ctx, "resource", "move", clusterName, "moved", home); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CLI(ctx, "resource", "delete", clusterName, "extra"); err != nil {
		t.Fatal(err)
	}
	away := idle
	c := clusterName
	if long() {
		if err := errors.Join(s.InstallDisk(ctx), s.InstallRemote(ctx, stage.Arbiter)); err != nil {
			t.Fatal(err)
		}
		// After the whole cluster was stopped the service comes back where it was.
		if _, err := s.CLI(ctx, "resource", "prefer", c, stage.Group, "--node", active); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CLI(ctx, "link", "edit", c, "1", "--priority", "2"); err != nil {
			t.Fatal(err)
		}
		guarded := api.NewResource{Resource: ha.Resource{
			ID: "guarded", Kind: ha.Primitive, Agent: "stonith:fence_sandbox",
			Parameters: map[string]string{"device": "3", "pcmk_host_list": strings.Join(s.Nodes(), " "), "password": planted},
		}}
		if err := s.Create(ctx, c, guarded); err != nil { // leaves its file
			t.Fatal(err)
		}
		if _, err := s.CLI(ctx, "resource", "delete", c, "guarded"); err != nil {
			t.Fatal(err)
		}
	}
	scenarios := []scenario{
		{
			name: "cluster properties", there: argv("cluster", "properties", c, "pe-warn-series-max=77"), back: argv("cluster", "properties", c, "--unset", "pe-warn-series-max"),
			short: []string{"config.edit/patch/commit/after"},
		},
		{
			name: "resource create, delete", there: argv("resource", "create", c, "-f", file), back: argv("resource", "delete", c, "extra"),
			short: []string{"config.edit/patch/commit/before", "config.edit/stop_resources/commit/after"},
		},
		{
			name: "resource create in a group, revision revert", there: argv("resource", "create", c, "two", "ocf:pacemaker:Dummy", "--group", "moved"),
			back: func(context.Context) ([]string, error) {
				return []string{"revision", "revert", c, fmt.Sprint(newest(t, s).Number)}, nil
			},
			short: []string{"config.revert/patch/commit/after"},
		},
		{
			name: "resource edit in a change window", there: argv("resource", "edit", c, "moved-a", "op_sleep=0", "--keep-running"),
			back: argv("resource", "edit", c, "moved-a", "--unset", "op_sleep", "--keep-running"),
		},
		{
			name: "resource delete, revision revert", there: argv("resource", "delete", c, "moved-b"),
			back: func(context.Context) ([]string, error) {
				return []string{"revision", "revert", c, fmt.Sprint(newest(t, s).Number)}, nil
			},
		},
		{
			name: "resource move", there: argv("resource", "move", c, "moved", away), back: argv("resource", "move", c, "moved", home),
			short: []string{"resource.move/constrain/commit/after", "resource.move/arrive/verify/before"},
		},
		{name: "resource restart", there: argv("resource", "restart", c, "moved"), short: []string{"resource.restart/stop_resource/commit/after"}},
		{name: "resource cleanup", there: argv("resource", "cleanup", c, "moved")},
		{
			name: "node stop, start", there: argv("node", "stop", c, idle), back: argv("node", "start", c, idle), touched: []string{idle},
			short: []string{"host.stop/stop_daemons/commit/after", "host.start/start_daemons/commit/before"},
		},
		{
			name: "node remove, add", there: argv("node", "remove", c, idle), touched: []string{idle},
			back: argv("node", "add", c, idle, "--address", s.Address(idle, 0), "--address", s.Address(idle, 1)),
			only: []string{"write_files", "reload", "forget_node"},
		},
		{name: "node fence", there: argv("node", "fence", c, idle, "--confirm", idle, "--action", "reboot"), touched: []string{idle}, open: true},
		{name: "link edit", there: argv("link", "edit", c, "1", "--priority", "3"), back: argv("link", "edit", c, "1", "--priority", "2")},
		{
			name: "fence device with a password", there: argv("resource", "create", c, "-f", filepath.Join(s.Options().Dir, "guarded.yaml")),
			back: argv("resource", "delete", c, "guarded"),
		},
		{name: "fence test", there: argv("fence", "test", c, idle, "--device", "fence", "--confirm", idle), touched: []string{idle}, open: true},
		{name: "diskhb enable, disable", there: argv("diskhb", "enable", c, stage.HeartbeatDevice), back: argv("diskhb", "disable", c)},
		{
			name: "remote node add, remove", there: argv("node", "add", c, stage.Arbiter, "--remote", "--address", s.ArbiterAddress()),
			back: argv("node", "remove", c, stage.Arbiter),
		},
		{
			name: "qdevice set, remove", back: argv("qdevice", "remove", c),
			there: func(ctx context.Context) ([]string, error) {
				// An arbiter stays prepared for the next cluster; here each is the first.
				_, err := s.Exec(ctx, stage.Arbiter, "systemctl", "disable", "--now", "--quiet", "corosync-qnetd")
				return []string{"qdevice", "set", c, stage.Arbiter, "--address", s.ArbiterAddress()}, err
			},
		},
		{name: "cluster stop, start", first: []string{"resource", "prefer", c, "moved", "--node", home}, there: argv("cluster", "stop", c), back: argv("cluster", "start", c), touched: s.Nodes()},
	}
	for _, sc := range scenarios {
		if long() || len(sc.short) > 0 {
			t.Run(sc.name, func(t *testing.T) { k.served(t, sc) })
		}
	}
	if _, err := s.CLI(ctx, "resource", "delete", c, "moved"); err != nil {
		t.Error(err)
	}
	if err := s.NeverTwo(ctx); err != nil {
		t.Error(err)
	}
	if long() {
		t.Run("network cut", func(t *testing.T) {
			k.cutDuring(t, []string{"resource", "create", c, "-f", file}, []string{"resource", "delete", c, "extra"})
		})
	}
	k.fromNothing(t)
	part := strings.Contains(flag.Lookup("test.run").Value.String(), "/") // a run of some scenarios alone
	if long() && !t.Failed() && !part {
		for command, steps := range engine.Steps() {
			for _, step := range steps {
				// SBD needs a watchdog, and volumes and the databases on them need DRBD, which no node of the sandbox has: e2e/vm has SBD and
				// volumes, agent/engine all of them on simulated nodes.
				if !k.reached[string(command)+"/"+step] && !strings.HasPrefix(step, "sbd_") && !strings.HasPrefix(step, "volume_") && !strings.HasPrefix(string(command), "service.") {
					t.Errorf("no operation of this test has a step %s of %s", step, command)
				}
			}
		}
	}
}

// fromNothing takes the cluster away, has it made and destroyed while agents and server die, and leaves none.
func (k *killing) fromNothing(t *testing.T) {
	s, ctx := k.s, t.Context()
	destroy := argv("cluster", "destroy", k.cluster, "--confirm", k.cluster)
	create := []string{"cluster", "create", k.cluster, "--profile", "balanced"}
	for _, n := range s.Nodes() {
		create = append(create, "--node", n+"="+s.Address(n, 0)+","+s.Address(n, 1))
	}
	if err := s.StopProbe(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CLI(ctx, "cluster", "destroy", k.cluster, "--confirm", k.cluster); err != nil {
		t.Fatal(err)
	}
	sc := scenario{
		name: "cluster create, destroy", there: argv(create...), back: destroy, touched: s.Nodes(),
		short: []string{"host.configure/write_files/commit/after"},
	}
	t.Run("agents, "+sc.name, func(t *testing.T) { k.over(t, sc) })
	t.Run("server, "+sc.name, func(t *testing.T) { k.serverOver(t, sc) })
	if long() {
		t.Run("network cut, "+sc.name, func(t *testing.T) {
			k.cutDuring(t, create, []string{"cluster", "destroy", k.cluster, "--confirm", k.cluster})
		})
	}
}

// answerTime is how long the client may be without an answer. On busy cores one takes a second now and then; a database that is
// started again takes longer than this.
const answerTime = 3 * time.Second

// served kills agents, and has the client outside the cluster look on.
func (k *killing) served(t *testing.T, sc scenario) {
	if _, err := k.s.CLI(t.Context(), "demo", "reset"); err != nil {
		t.Fatal(err)
	}
	k.over(t, sc)
	if d, err := k.s.Client(t.Context()); err != nil || len(sc.touched) < len(k.s.Nodes()) && time.Duration(d.LongestOutageMS)*time.Millisecond > answerTime {
		t.Errorf("the client was without an answer: %+v, %v", d, err)
	}
}

// over kills one agent at each point of an operation.
func (k *killing) over(t *testing.T, sc scenario) {
	ctx := t.Context()
	if sc.first != nil {
		if _, err := k.s.CLI(ctx, sc.first...); err != nil {
			t.Fatal(err)
		}
	}
	before, err := k.picture(ctx)
	if err != nil {
		t.Fatal(err)
	}
	there, after := k.learn(t, sc, sc.there)
	if (sc.back == nil) != (before == after) {
		t.Fatalf("before and after must differ exactly where there is something to take back:\n%s", difference(before, after))
	}
	var back []spot
	if sc.back != nil {
		var again string
		if back, again = k.learn(t, sc, sc.back); again != before {
			t.Fatalf("the way back does not lead back:\n%s", difference(before, again))
		}
	}
	t.Logf("%d and %d points", len(there), len(back))
	for at := before; len(there)+len(back) > 0; {
		list, run, from, to := &there, sc.there, before, after
		if at == after && sc.back != nil {
			list, run, from, to = &back, sc.back, after, before
		}
		var die *spot
		if len(*list) > 0 {
			die, *list = &(*list)[0], (*list)[1:]
		}
		if at = k.once(t, sc, run, die, from, to); at == "" {
			return
		}
		if m := k.missed; m != nil && m.node != "" && k.again[m.point] < 3 {
			k.again[m.point]++
			*list = append(*list, *m)
		}
	}
	if back := sc.back; back != nil {
		if now, err := k.picture(ctx); err == nil && now == after {
			k.once(t, sc, back, nil, after, before)
		}
	}
}

// learn runs an operation in which nobody dies, and returns the points to die at and what is left.
func (k *killing) learn(t *testing.T, sc scenario, run func(context.Context) ([]string, error)) ([]spot, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), operationLimit)
	defer cancel()
	if _, err := k.passed(ctx); err != nil {
		t.Fatal(err)
	}
	args, err := run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.s.CLI(ctx, args...); err != nil {
		t.Fatal(err)
	}
	if err := k.settled(ctx, sc); err != nil {
		t.Fatal(err)
	}
	all, err := k.passed(ctx)
	if err != nil {
		t.Fatal(err)
	}
	points := worthDying(k.s.Machines(), all)
	points = slices.DeleteFunc(points, func(p spot) bool {
		step, once := strings.Split(p.point, "/")[1], strings.Join(args[:2], " ")+" "+p.point
		if k.tried[once] {
			return true
		}
		k.tried[once] = true
		return len(sc.only) > 0 && !slices.Contains(sc.only, step) || !long() && !slices.Contains(sc.short, p.point)
	})
	now, err := k.picture(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return points, now
}

// settled waits for a node that an operation has shot.
func (k *killing) settled(ctx context.Context, sc scenario) error {
	if !sc.open {
		return nil
	}
	if err := k.s.WaitWell(ctx, k.cluster, stage.Group); err != nil {
		return err
	}
	return k.rig(ctx)
}

// worthDying returns the points before and after each step, in the agent that passed it; where several did, they take turns.
// What a step is to change it changes in its commit, and after that, before it is noted, is the hardest moment; a step that only
// waits has none, and one that only looks has but its plan.
func worthDying(nodes []string, passed map[string][]string) []spot {
	var list []spot
	turn := 0
	for _, first := range nodes {
		for _, p := range passed[first] {
			part := strings.Split(p, "/")
			does := func(phase string) bool {
				return slices.Contains(passed[first], part[0]+"/"+part[1]+"/"+phase+"/before")
			}
			if part[2] != "commit" && does("commit") || part[2] == "plan" && does("verify") || slices.ContainsFunc(list, func(s spot) bool { return s.point == p }) {
				continue
			}
			var who []string
			for _, n := range nodes {
				if slices.Contains(passed[n], p) {
					who = append(who, n)
				}
			}
			list = append(list, spot{who[turn%len(who)], p})
			turn++
		}
	}
	return list
}

// once runs an operation in which one agent dies, checks what must be so afterwards, and returns how it is now.
func (k *killing) once(t *testing.T, sc scenario, run func(context.Context) ([]string, error), die *spot, from, to string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), operationLimit)
	defer cancel()
	o := outcome{point: "nowhere"}
	k.missed = nil
	now, err := func() (string, error) {
		args, err := run(ctx)
		if err != nil {
			return "", err
		}
		o.what = strings.Join(args[:2], " ")
		if die != nil {
			o.point = die.point
			if _, err := k.s.ExecInput(ctx, []byte(die.point+"\n"), die.node, "tee", killFile); err != nil {
				return "", err
			}
		}
		calm := slices.DeleteFunc(slices.Clone(k.s.Nodes()), func(n string) bool { return slices.Contains(sc.touched, n) })
		ran, err := k.daemons(ctx, calm)
		if err != nil {
			return "", err
		}
		foreign, err := k.outside(ctx)
		if err != nil {
			return "", err
		}
		_, cliErr := k.s.CLI(ctx, args...)
		op, err := k.newestOperation(ctx)
		if err != nil {
			return "", errors.Join(cliErr, err)
		}
		o.says = op.State
		if op.Fault != nil {
			o.says += ": " + op.Fault.Reason
		}
		if err := k.settled(ctx, sc); err != nil {
			return "", err
		}
		passed, err := k.passed(ctx)
		if err != nil {
			return "", err
		}
		if die != nil {
			if left, err := k.s.Exec(ctx, die.node, "cat", killFile); err == nil && strings.TrimSpace(string(left)) != "" {
				if err := k.miss(ctx, *die, passed); err != nil {
					return "", err
				}
			}
		}
		now, err := k.expect(ctx, sc, op, from, to)
		if err != nil {
			return now, errors.Join(cliErr, err)
		}
		if still, err := k.daemons(ctx, calm); err != nil || still != ran {
			return now, errors.Join(err, fmt.Errorf("what ran was disturbed:\n%s", difference(ran, still)))
		}
		if n, err := k.outside(ctx); err != nil || n > foreign {
			return now, errors.Join(err, errors.New("a change of ours is told as somebody else's"))
		}
		return now, nil
	}()
	switch now {
	case "":
		o.left = "?"
	case to:
		o.left = "as after"
	default:
		o.left = "as before"
	}
	if from == to {
		o.left = "as before"
	}
	if err != nil {
		o.failed, o.left = true, o.left+", **wrong**"
		t.Errorf("%s, killed at %s (%+v): %v", o.what, o.point, die, err)
	} else {
		if k.missed != nil {
			o.point = fmt.Sprintf("nowhere: %s was passed on %q", o.point, k.missed.node)
		}
		t.Logf("%s, killed at %s: %s, %s", o.what, o.point, o.says, o.left)
	}
	if die != nil && (k.missed == nil || err != nil) {
		k.outcomes = append(k.outcomes, o)
	}
	return now
}

// miss notes that nobody has died where somebody was to: this time another node has passed the point, or nobody has, because what the
// step is there for was done already (an arbiter stays prepared).
func (k *killing) miss(ctx context.Context, die spot, passed map[string][]string) error {
	k.missed = &spot{point: die.point}
	for n, points := range passed {
		if slices.Contains(points, die.point) {
			k.missed.node = n
		}
	}
	_, err := k.s.Exec(ctx, die.node, "rm", "-f", killFile)
	return err
}

// expect waits until the cluster is as an operation says that it has left it.
func (k *killing) expect(ctx context.Context, sc scenario, op api.Operation, from, to string) (string, error) {
	want := to
	if op.State != "succeeded" {
		want = from
		if op.Fault == nil || op.Fault.Reason != "command.interrupted" && (!sc.open || op.Fault.Reason != "command.unknown_end") {
			return "", fmt.Errorf("it is %s, because of %w", op.State, op.Fault)
		}
	}
	var now string
	err := stage.Until(ctx, 45*time.Second, "the state that the operation tells ("+op.State+")", func(ctx context.Context) (bool, error) {
		seen, err := k.picture(ctx)
		if err == nil {
			now = seen
		}
		return now == want, err
	})
	if err != nil {
		if now != from && now != to {
			return "", fmt.Errorf("%w: it is neither as before nor as after:\n%s", err, difference(want, now))
		}
		return now, fmt.Errorf("%w:\n%s", err, difference(want, now))
	}
	return now, nil
}

// difference shows the lines that only one of two texts has.
func difference(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	text := ""
	for _, line := range left {
		if !slices.Contains(right, line) {
			text += "- " + line + "\n"
		}
	}
	for _, line := range right {
		if !slices.Contains(left, line) {
			text += "+ " + line + "\n"
		}
	}
	return text
}
