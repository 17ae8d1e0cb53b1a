package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/bench/table"
	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	unitInstance = 236 // a sandbox of its own: a node of it reboots
	// unitRounds is how often each of the two agents moves its unit.
	unitRounds = 6
	unitLimit  = 10 * time.Second // for what takes a fraction of a second, on two busy cores
)

// unitYard is a cluster of two nodes with units of systemd.
type unitYard struct {
	*stage.Stage
	box *sandbox.Sandbox
}

// TestUnit runs units of systemd by ocf:hawser:systemd: units of every kind by the agent alone, then in a cluster, beside Pacemaker's own
// class, with the times that both take.
func TestUnit(t *testing.T) {
	wider(t)
	instance := envOr("HAWSER_UNIT_INSTANCE", unitInstance)
	y := &unitYard{Stage: ownStage(t, "units", stage.Options{Instance: instance, Nodes: []string{"n1", "n2"}})}
	var err error
	if y.box, err = sandbox.New(sandbox.Options{Instance: instance}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, y.Stage)
		}
	})
	for _, step := range []func() error{
		func() error { return y.Up(t.Context()) },
		func() error { return y.CreateCluster(t.Context(), clusterName, "balanced") },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Kinds", y.kinds},
		{"KeptInMind", y.keptInMind},
		{"Times", y.times},
		{"Killed", y.killed},
		{"StopPacemaker", func(t *testing.T) { y.leaves(t, "systemctl", "stop", "pacemaker", "corosync") }},
		{"Reboot", func(t *testing.T) { y.leaves(t, "systemctl", "reboot") }},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			t.FailNow()
		}
	}
}

// lay puts a unit on all nodes, where it survives a reboot.
func (y *unitYard) lay(t *testing.T, name, text string) {
	t.Helper()
	for _, n := range y.Nodes() {
		if _, err := y.ExecInput(t.Context(), []byte(text), n, "sh", "-c", `mkdir -p "${0%/*}" && cat >"$0" && systemctl daemon-reload`, "/etc/systemd/system/"+name); err != nil {
			t.Fatal(err)
		}
	}
}

// agent runs an action of the agent on the first node, as Pacemaker would.
func (y *unitYard) agent(t *testing.T, unit, action string) (int, string) {
	t.Helper()
	said := on(t, y.Stage, y.Nodes()[0], "sh", "-c",
		"OCF_RESKEY_unit="+unit+" OCF_RESKEY_CRM_meta_timeout=20000 /usr/lib/ocf/resource.d/hawser/systemd "+action+` 2>&1; echo "exit $?"`)
	said, code, _ := strings.Cut(said, "exit ")
	n, err := strconv.Atoi(code)
	if err != nil {
		t.Fatalf("%s of %s: %s%s", action, unit, said, code)
	}
	return n, said
}

func (y *unitYard) want(t *testing.T, unit, action string, code int, words ...string) {
	t.Helper()
	got, said := y.agent(t, unit, action)
	if got != code {
		t.Errorf("%s: %s ended with %d, want %d: %s", unit, action, got, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("%s: %s said nothing of %q: %s", unit, action, w, said)
		}
	}
}

// property is what systemd on the first node says of a unit.
func (y *unitYard) property(t *testing.T, unit, name string) string {
	t.Helper()
	argv := []string{"systemctl", "show", "--value", "--property=" + name}
	if unit != "" { // systemd itself
		argv = append(argv, unit)
	}
	return on(t, y.Stage, y.Nodes()[0], argv...)
}

func (y *unitYard) kinds(t *testing.T) {
	const runs, failed, missing, down = 0, 1, 5, 7
	for _, c := range []struct {
		name, text string
		code       int
		words      []string
	}{
		{"simple", "Type=simple\nRestart=always\nExecStart=/usr/bin/sleep infinity", runs, nil},
		{"notify", "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'sleep 1; systemd-notify --ready; exec sleep infinity'", runs, nil},
		{"forking", "Type=forking\nExecStart=/bin/sh -c 'sleep infinity &'", runs, nil},
		{"oneshot", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true", runs, nil},
		{"ends", "Type=oneshot\nExecStart=/bin/true", failed, []string{"RemainAfterExit=yes"}},
		{"fails", "Type=forking\nExecStart=/bin/sh -c 'exit 4'", failed, []string{"Result=exit-code"}},
		{"noprogram", "Type=simple\nExecStart=/nowhere/program", failed, []string{"Result=exit-code, status 203"}},
		{"nouser", "Type=simple\nUser=nobody-of-that-name\nExecStart=/usr/bin/sleep infinity", failed, []string{"Result=exit-code, status 217"}},
		{"late", "Type=notify\nTimeoutStartSec=1\nExecStart=/usr/bin/sleep infinity", failed, []string{"Result=timeout"}},
	} {
		unit := "hawser-kind-" + c.name + ".service"
		y.lay(t, unit, "[Unit]\nDescription=of a test\n[Service]\n"+c.text+"\n")
		y.want(t, unit, "monitor", down)
		began := time.Now()
		y.want(t, unit, "start", c.code, c.words...)
		if took := time.Since(began); c.name == "notify" && took < time.Second {
			t.Errorf("it was ready after %s", took)
		}
		if c.code == runs {
			y.want(t, unit, "monitor", runs)
			y.want(t, unit, "start", runs)
			if c.name != "oneshot" { // which systemd never starts again
				if restart := y.property(t, unit, "Restart"); restart != "no" {
					t.Errorf("%s: systemd restarts it: %s", unit, restart)
				}
			}
			if before := strings.Fields(y.property(t, unit, "Before")); !slices.Contains(before, "pacemaker.service") {
				t.Errorf("%s: it is before %v", unit, before)
			}
		} else {
			y.want(t, unit, "monitor", down)
		}
		y.want(t, unit, "stop", 0)
		y.want(t, unit, "monitor", down)
		if paths := y.property(t, unit, "DropInPaths"); paths != "" && c.code == runs { // of what has failed systemd keeps what it knows
			t.Errorf("%s: systemd still reads %s", unit, paths)
		}
	}
	const swift = "hawser-kind-simple.service"
	for range 8 { // systemd would refuse the sixth within ten seconds
		y.want(t, swift, "start", 0)
		y.want(t, swift, "stop", 0)
	}
	y.want(t, "hawser-not-there", "start", missing, "no unit hawser-not-there.service")
	y.want(t, "hawser-not-there", "stop", 0)
	on(t, y.Stage, y.Nodes()[0], "systemctl", "mask", "--runtime", "hawser-kind-masked.service")
	y.want(t, "hawser-kind-masked", "start", missing, "masked")
	on(t, y.Stage, y.Nodes()[0], "systemctl", "unmask", "--runtime", "hawser-kind-masked.service")
	// An administrator's own drop-in does not outdo the cluster's.
	y.lay(t, swift+".d/override.conf", "[Service]\nRestart=always\n")
	y.want(t, swift, "start", 0)
	if restart := y.property(t, swift, "Restart"); restart != "no" {
		t.Errorf("systemd restarts it: %s", restart)
	}
	y.want(t, swift, "stop", 0)
	if restart := y.property(t, swift, "Restart"); restart != "always" {
		t.Errorf("what is no longer the cluster's has Restart=%s", restart)
	}
}

// keptInMind: a unit that another one names has been read by systemd before the agent comes.
func (y *unitYard) keptInMind(t *testing.T) {
	const unit, namer = "hawser-kind-kept.service", "hawser-kind-namer.service"
	y.lay(t, unit, "[Service]\nExecStart=/usr/bin/sleep infinity\nRestart=always\n")
	y.lay(t, namer, "[Unit]\nAfter="+unit+"\n[Service]\nExecStart=/usr/bin/sleep infinity\n")
	node := y.Nodes()[0]
	on(t, y.Stage, node, "systemctl", "start", namer)
	read := func() string { return y.property(t, "", "UnitsLoadTimestampMonotonic") }
	for round := range 3 {
		before := read()
		y.want(t, unit, "start", 0)
		if restart := y.property(t, unit, "Restart"); restart != "no" {
			t.Errorf("round %d: systemd restarts it: %s", round, restart)
		}
		y.want(t, unit, "stop", 0)
		if anew := read() != before; anew != (round == 0) {
			t.Errorf("round %d: everything was read anew: %t", round, anew)
		}
	}
	on(t, y.Stage, node, "systemctl", "stop", namer)
}

// unitTimes are what Pacemaker needed, in milliseconds.
type unitTimes struct{ start, stop, move []float64 }

var execTime = regexp.MustCompile(` exec-time="([0-9]+)"`)

// times moves two units that are alike, in turn: one by Pacemaker's own class, one by the agent.
func (y *unitYard) times(t *testing.T) {
	resources := []string{"plain", "swift"}
	for _, r := range resources {
		y.lay(t, "hawser-"+r+".service", "[Service]\nExecStart=/usr/bin/sleep infinity\n")
	}
	monitored := []string{"--op", "monitor:interval=120s,timeout=20s", "--op", "start:timeout=100s", "--op", "stop:timeout=100s"}
	command(t, y.Stage, append([]string{"resource", "create", clusterName, "plain", "systemd:hawser-plain"}, monitored...)...)
	command(t, y.Stage, append([]string{"resource", "create", clusterName, "swift", ha.SystemdAgent, "unit=hawser-swift.service"}, monitored...)...)
	if err := y.WaitWell(t.Context(), clusterName, resources...); err != nil {
		t.Fatal(err)
	}
	took := map[string]*unitTimes{"plain": {}, "swift": {}}
	for range unitRounds {
		for _, r := range resources {
			y.move(t, r, took[r])
		}
	}
	for _, r := range resources {
		on(t, y.Stage, y.Nodes()[0], "crm_resource", "--clear", "-r", r)
		t.Logf("%s: start %s, stop %s, move %s", map[string]string{"plain": "systemd:", "swift": ha.SystemdAgent}[r],
			spread(took[r].start), spread(took[r].stop), spread(took[r].move))
	}
	// The least of each: what else a busy machine does is in all the others.
	if own, peer := slices.Min(took["swift"].move), slices.Min(took["plain"].move); own > peer/2 {
		t.Errorf("a move took %.0f ms, by Pacemaker's own class %.0f", own, peer)
	}
	if paths := on(t, y.Stage, y.Nodes()[0], "sh", "-c", "ls /run/systemd/system/*.d/zz-hawser.conf"); strings.Count(paths, "\n") > 0 {
		t.Errorf("drop-ins of what does not run: %s", paths)
	}
}

// spread says how many figures are spread.
func spread(list []float64) string {
	return fmt.Sprintf("%.0f ms (%.0f to %.0f)", table.Median(list), slices.Min(list), slices.Max(list))
}

// move has the cluster move a resource to the other node, and adds what that took: until the cluster has noted the start there.
func (y *unitYard) move(t *testing.T, id string, took *unitTimes) {
	t.Helper()
	from, err := y.Active(t.Context(), clusterName, id)
	if err != nil || from == "" {
		t.Fatalf("%s runs on %q: %v", id, from, err)
	}
	to := y.Nodes()[0]
	if from == to {
		to = y.Nodes()[1]
	}
	out, err := y.Exec(t.Context(), to, "sh", "-c", fmt.Sprintf(`id=%s to=%s from=%s
		last() { cibadmin -Q -o status --xpath "//node_state[@uname='$1']//lrm_rsc_op[@id='${id}_last_0' and @operation='$2' and @rc-code='0']" 2>/dev/null; }
		begin=$(date +%%s%%N)
		crm_resource --move -r "$id" -N "$to" >/dev/null 2>&1 || exit
		until last "$to" start >/dev/null; do sleep 0.02; done
		end=$(date +%%s%%N)
		last "$from" stop; last "$to" start; echo " exec-time=\"$(((end - begin) / 1000000))\""`, id, to, from))
	times := execTime.FindAllStringSubmatch(string(out), -1)
	if err != nil || len(times) != 3 {
		t.Fatalf("move of %s to %s: %v: %s", id, to, err, out)
	}
	for i, list := range []*[]float64{&took.stop, &took.start, &took.move} {
		ms, _ := strconv.ParseFloat(times[i][1], 64)
		*list = append(*list, ms)
	}
	err = stage.Until(t.Context(), time.Minute, id+" on "+to, func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, clusterName)
		r := stage.Find(st.Resources, id)
		return r != nil && !st.Busy && slices.Equal(r.Nodes, []string{to}), errors.Join(err, fmt.Errorf("%+v", r))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// killed: detection by events follows the unit of the agent.
func (y *unitYard) killed(t *testing.T) {
	command(t, y.Stage, "cluster", "properties", clusterName, ha.WatchProperty+"=on")
	node, err := y.Active(t.Context(), clusterName, "swift")
	if err != nil || node == "" {
		t.Fatal(node, err)
	}
	w := &watching{Stage: y.Stage, t: t, node: node}
	main := func(ctx context.Context) string {
		out, _ := y.Exec(ctx, node, "systemctl", "show", "--property=MainPID", "--value", "hawser-swift.service")
		return strings.TrimSpace(string(out))
	}
	err = stage.Until(t.Context(), 30*time.Second, "swift is watched", func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, clusterName)
		return slices.ContainsFunc(st.Watched, func(one ha.Watching) bool { return one.Resource == "swift" && one.Node == node }), err
	})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		since := time.Now()
		old := main(t.Context())
		w.on("kill", "-9", old)
		begin := time.Now()
		err := stage.Until(t.Context(), time.Minute, "another process", func(ctx context.Context) (bool, error) {
			pid := main(ctx)
			return pid != "" && pid != "0" && pid != old, nil
		})
		took := time.Since(begin)
		if err != nil {
			t.Fatal(err)
		}
		e := w.noticed("swift", since)
		t.Logf("round %d: reported after %s ms, another process after %v", round+1, e.Args["ms"], took)
		if took > noticedWithin || !slices.Contains([]string{old, "hawser-swift.service"}, e.Args["what"]) {
			t.Errorf("round %d: after %v, told %+v", round+1, took, e.Args)
		}
		w.once("swift", since)
		command(t, y.Stage, "resource", "cleanup", clusterName, "swift")
		if err := y.WaitWell(t.Context(), clusterName, "swift"); err != nil {
			t.Fatal(err)
		}
	}
	command(t, y.Stage, "cluster", "properties", clusterName, "--unset", ha.WatchProperty)
}

// leaves has the node with a group of two units end Pacemaker, and looks at who has stopped what: the second unit takes two seconds to stop, and
// the first must not end before it, as it would where systemd stopped it.
func (y *unitYard) leaves(t *testing.T, argv ...string) {
	ctx := t.Context()
	if ok, err := y.has(ctx, "pair"); err != nil {
		t.Fatal(err)
	} else if !ok {
		stamp := "ExecStopPost=/bin/sh -c 'date +%%s%%N >>/var/lib/%n.ended'\n"
		y.lay(t, "hawser-first.service", "[Service]\nExecStart=/usr/bin/sleep infinity\n"+stamp)
		y.lay(t, "hawser-second.service", "[Service]\nExecStart=/usr/bin/sleep infinity\nExecStop=/usr/bin/sleep 2\n"+stamp)
		pair := ha.Resource{ID: "pair", Kind: ha.Group}
		for _, r := range []string{"first", "second"} {
			pair.Members = append(pair.Members, ha.Resource{
				ID: r, Kind: ha.Primitive, Agent: ha.SystemdAgent, Parameters: map[string]string{"unit": "hawser-" + r},
				Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}, {Name: "stop", Timeout: "60s"}},
			})
		}
		if err := y.Create(ctx, clusterName, api.NewResource{Resource: pair}); err != nil {
			t.Fatal(err)
		}
	}
	if err := y.WaitWell(ctx, clusterName, "pair"); err != nil {
		t.Fatal(err)
	}
	node, err := y.Active(ctx, clusterName, "pair")
	if err != nil || node == "" {
		t.Fatal(node, err)
	}
	on(t, y.Stage, node, "sh", "-c", "rm -f /var/lib/hawser-*.ended")
	boots := func(ctx context.Context) int {
		n, err := y.box.Node(ctx, node)
		if err != nil {
			t.Fatal(err)
		}
		return n.Boots
	}
	before, begin := boots(ctx), time.Now()
	on(t, y.Stage, node, argv...)
	other := y.Nodes()[0]
	if other == node {
		other = y.Nodes()[1]
	}
	err = stage.Until(ctx, time.Minute, "the pair on the other node", func(ctx context.Context) (bool, error) {
		out, err := y.Exec(ctx, other, "systemctl", "is-active", "hawser-first.service", "hawser-second.service")
		return strings.Count(string(out), "active\n") == 2 && !strings.Contains(string(out), "inactive"), err
	})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	wantBoots := before
	if argv[1] == "reboot" {
		wantBoots++
		err := stage.Until(ctx, time.Minute, node+" boots", func(ctx context.Context) (bool, error) { return boots(ctx) > before, nil })
		if err != nil {
			t.Fatal(err)
		}
	} else {
		on(t, y.Stage, node, "systemctl", "start", "corosync", "pacemaker")
	}
	if err := y.WaitWell(ctx, clusterName, "pair"); err != nil {
		t.Fatal(err)
	}
	if got := boots(ctx); got != wantBoots {
		t.Errorf("%s has booted %d times, want %d: it was fenced", node, got, wantBoots)
	}
	ended := func(unit string) int64 {
		lines := strings.Fields(on(t, y.Stage, node, "cat", "/var/lib/"+unit+".ended"))
		if len(lines) == 0 {
			t.Fatalf("%s has not ended", unit)
		}
		at, err := strconv.ParseInt(lines[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	apart := time.Duration(ended("hawser-first.service") - ended("hawser-second.service"))
	t.Logf("%s: the pair ran on %s after %v; the first unit ended %v after the second", strings.Join(argv, " "), other, took, apart)
	if apart < 0 {
		t.Errorf("systemd has stopped a unit before the cluster did")
	}
	if took > 2*unitLimit {
		t.Errorf("it took %v", took)
	}
}

// has says whether there is a resource.
func (y *unitYard) has(ctx context.Context, id string) (bool, error) {
	st, err := y.State(ctx, clusterName)
	return stage.Find(st.Resources, id) != nil, err
}
