package vm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox/lun"
	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/internal/ha"
)

const (
	cluster = "vm"
	// writerDisk carries the writer's file system, sbdDisk SBD's header.
	writerDisk, sbdDisk = 0, 1
	sbdDevice           = "/dev/hawser/lun1"
	// watchdog is what the tests ask for, in seconds. SBD's own 5 are less than an emulated machine may stand still on a busy host.
	watchdog = 15
	// slow is by how much a bound in these tests is longer, at least, than the product's own figure: three machines share two cores,
	// and each of their instructions is translated. Where something else runs beside them it is more, see newYard.
	slow, slowest = 3, 20
	// quietBoot is what machines take to boot where nothing else runs.
	quietBoot = 15 * time.Second
)

// yard is a cluster of three virtual machines, two services, and a watchdog in each machine.
type yard struct {
	*stage.Stage
	rig     *vm.Rig
	results *results
	times   ha.SBDTimes
	// detection is how long Corosync may need to agree on a membership without a node.
	detection time.Duration
	slow      time.Duration // between slow and slowest
}

// TestSBD is one story: each chapter needs the cluster that the one before has left.
func TestSBD(t *testing.T) {
	need(t)
	y := newYard(t)
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Times", y.diskTimes},
		{"FenceTest", y.fenceTest},
		{"LosesNetwork", y.losesNetwork},
		{"LosesDisk", y.losesDisk},
		{"Frozen", y.frozen},
		{"Diskless", y.diskless},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			return
		}
	}
}

func newYard(t *testing.T) *yard {
	t.Helper()
	opt := options("sbd", "n1", "n2", "n3")
	opt.Disks = []vm.Disk{{Size: 64 << 20}, {Size: 8 << 20}}
	rig, err := vm.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	y := &yard{rig: rig, results: newResults(t, "SBD", "")}
	y.Stage = stage.New(stage.Options{
		Root: root(), Dir: filepath.Join(root(), "build", "vm", "stage"), Nodes: opt.Names, Instance: opt.Instance, Machines: rig, Patience: slowest, Log: os.Stderr,
	})
	if err := os.RemoveAll(y.Options().Dir); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		if t.Failed() {
			y.explain(ctx, t)
		}
		if err := y.Down(ctx); err != nil {
			t.Error(err)
		}
	})
	begin := time.Now()
	if err := y.Up(ctx); err != nil {
		t.Fatal(err)
	}
	// How long the boot took says how much of the processor these machines get here and now.
	y.slow = min(max(slow, slow*rig.Booted()/quietBoot), slowest)
	y.results.intro = fmt.Sprintf(`Three machines with softdog, and a shared disk with its log of writers. Bounds are %[1]d times the product's own figures (three
times at least, more where the machines took longer to boot than on idle cores).

三台虚拟机，带 softdog 和记录写入者的共享磁盘。时限取产品自身数值的 %[1]d 倍（至少三倍，按虚拟机启动所需时间放宽）。`, y.slow)
	t.Logf("machines after %s, server and agents after %s: bounds are %d times the product's", rig.Booted().Round(time.Second), time.Since(begin).Round(time.Second), y.slow)
	args := []string{"cluster", "create", cluster, "--profile", ha.ProfileTolerant}
	for _, n := range y.Nodes() {
		args = append(args, "--node", n+"="+y.Address(n, 0)+","+y.Address(n, 1))
	}
	y.must(t, args...)
	y.detection = ha.Timing{Profile: ha.ProfileTolerant}.DetectionTime(len(y.Nodes()))
	y.must(t, "sbd", "set", cluster, "--device", sbdDevice, "--watchdog-timeout", strconv.Itoa(watchdog), "--restart")
	if err := y.PrepareWriter(ctx); err != nil {
		t.Fatal(err)
	}
	if err := y.ProtectWriter(ctx, cluster); err != nil {
		t.Fatal(err)
	}
	y.must(t, "resource", "create", cluster, "dummy", "ocf:pacemaker:Dummy", "--op", "monitor:interval=10s,timeout=60s")
	y.well(t)
	t.Logf("cluster, SBD and services after %s", time.Since(begin).Round(time.Second))
	return y
}

func (y *yard) must(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := y.CLI(t.Context(), args...)
	if err != nil {
		t.Fatalf("hawser %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// well waits until all machines are up and the cluster is as it should be.
func (y *yard) well(t *testing.T) {
	t.Helper()
	for _, n := range y.Nodes() {
		if err := y.rig.Machine(n).WaitUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := y.WaitWell(t.Context(), cluster, stage.WriterGroup, "dummy"); err != nil {
		t.Fatal(err)
	}
}

func (y *yard) explain(ctx context.Context, t *testing.T) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, n := range y.Nodes() {
		t.Logf("%s: runs ended %+v", n, y.rig.Machine(n).Ends(time.Time{}))
		tail(t, y.rig.Machine(n))
		for _, args := range [][]string{{"crm_mon", "-1", "-r", "-f", "-m", "3"}, {"sh", "-c", "journalctl --no-pager -q -n 80 | cut -c 1-220"}} {
			if out, err := y.Exec(ctx, n, args...); err == nil {
				t.Logf("%s: %s\n%s", n, args[0], out)
			}
		}
	}
}

// view is what "hawser sbd show" says.
func (y *yard) view(t *testing.T) ha.SBDView {
	t.Helper()
	var v ha.SBDView
	if err := y.JSON(t.Context(), &v, "sbd", "show", cluster); err != nil {
		t.Fatal(err)
	}
	return v
}

// inForce is what the cluster's own tools say of a property, "" where it is not set.
func (y *yard) inForce(t *testing.T, name string) string {
	t.Helper()
	out, err := y.Exec(t.Context(), y.Nodes()[0], "crm_attribute", "--type", "crm_config", "--name", name, "--query", "--quiet", "--default", "")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (y *yard) settings(t *testing.T, node string) map[string]string {
	t.Helper()
	out, err := y.Exec(t.Context(), node, "grep", "^SBD_", "/etc/default/sbd")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		set[name] = strings.Trim(value, `"`)
	}
	return set
}

// same compares one figure as Hawser shows it with the one in force.
func same(t *testing.T, what string, shown, inForce int) {
	t.Helper()
	if shown != inForce || shown == 0 {
		t.Errorf("%s: Hawser shows %d, in force is %d", what, shown, inForce)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSuffix(text, "s"))
	if err != nil {
		t.Errorf("not a number of seconds: %q", text)
	}
	return n
}

// running is the timeout that the kernel's watchdog has now.
func (y *yard) running(t *testing.T, node string) int {
	t.Helper()
	out, err := y.Exec(t.Context(), node, "cat", "/sys/class/watchdog/watchdog0/timeout")
	if err != nil {
		t.Fatal(err)
	}
	return number(t, strings.TrimSpace(string(out)))
}

// diskTimes: what Hawser derives and shows is what SBD, its header, the kernel and Pacemaker have.
func (y *yard) diskTimes(t *testing.T) {
	v := y.view(t)
	if !v.Configured || !v.Active || v.Times == nil || v.Resource == "" || !slices.Equal(v.Devices, []string{sbdDevice}) {
		t.Fatalf("hawser sbd show: %+v", v)
	}
	y.times = *v.Times
	if !slices.ContainsFunc(v.Findings, func(r ha.Reason) bool { return r.Code == "softdog" }) {
		t.Error("nothing is said of softdog")
	}
	if n := len(v.Findings); n != len(y.Nodes()) {
		t.Errorf("findings: %+v", v.Findings)
	}
	for _, n := range y.Nodes() {
		out, err := y.Exec(t.Context(), n, "sbd", "-d", sbdDevice, "dump")
		if err != nil {
			t.Fatal(err)
		}
		header := map[string]int{}
		for _, m := range regexp.MustCompile(`(?m)^Timeout \((\w+)\)\s*: (\d+)$`).FindAllStringSubmatch(string(out), -1) {
			header[m[1]] = number(t, m[2])
		}
		same(t, n+": watchdog in the header", y.times.Watchdog, header["watchdog"])
		same(t, n+": msgwait in the header", y.times.Msgwait, header["msgwait"])
		same(t, n+": the kernel's watchdog", y.times.Watchdog, y.running(t, n))
		set := y.settings(t, n)
		same(t, n+": SBD_WATCHDOG_TIMEOUT", y.times.Watchdog, number(t, set["SBD_WATCHDOG_TIMEOUT"]))
		same(t, n+": SBD_DELAY_START", y.times.DelayStart, number(t, set["SBD_DELAY_START"]))
	}
	same(t, "stonith-timeout", y.times.Stonith, number(t, y.inForce(t, "stonith-timeout")))
	power, err := y.Exec(t.Context(), y.Nodes()[0], "crm_resource", "--resource", v.Resource, "--get-parameter", "power_timeout")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "power_timeout of fence_sbd", y.times.Power, number(t, strings.TrimSpace(string(power))))
	y.results.add("Times, one disk", "`hawser sbd show` against `sbd dump`, the kernel, SBD's file and the CIB on 3 nodes",
		fmt.Sprintf("watchdog %d s, msgwait %d s, power_timeout %d s, delay %d s, stonith-timeout %d s", y.times.Watchdog, y.times.Msgwait, y.times.Power, y.times.DelayStart, y.times.Stonith), "the same figures everywhere")
}

// struck is what a chapter wants to see of a machine that must go, and what it has seen.
type struck struct {
	node   string
	since  time.Time
	causes []vm.Cause    // any of these
	bound  time.Duration // from the strike to the machine's end
}

var (
	pill   = []vm.Cause{vm.Reset}
	starve = []vm.Cause{vm.Watchdog}
	// alone is a node that SBD finds on its own: SBD resets it, or lets the watchdog do it where it waits for a disk that does not answer.
	alone = []vm.Cause{vm.Reset, vm.Watchdog}
)

// gone waits for the end, and for the services elsewhere, with never two writers. It returns what it has seen.
func (y *yard) gone(t *testing.T, s struck) string {
	t.Helper()
	ctx := t.Context()
	end, err := y.rig.Machine(s.node).WaitEnd(ctx, s.since, s.bound)
	if err != nil {
		t.Fatal(err)
	}
	took := end.At.Sub(s.since)
	if !slices.Contains(s.causes, end.Cause) {
		t.Fatalf("%s ended by %s, want %v; it said last:\n%s", s.node, end.Cause, s.causes, end.Last)
	}
	y.others(t, s.node)
	return fmt.Sprintf("%s after %.1f s", end.Cause, took.Seconds())
}

// others finds the machines that have ended beside the one that should.
func (y *yard) others(t *testing.T, struck ...string) {
	t.Helper()
	for _, n := range y.Nodes() {
		if !slices.Contains(struck, n) && len(y.rig.Machine(n).Ends(y.results.begun)) > 0 {
			t.Fatalf("%s has ended, too: %+v", n, y.rig.Machine(n).Ends(y.results.begun))
		}
	}
}

// moved waits until the writer writes from another machine, and wants never two writers.
func (y *yard) moved(t *testing.T, from string, since time.Time, bound time.Duration) string {
	t.Helper()
	var to string
	if err := stage.Until(t.Context(), bound, "writer elsewhere", func(context.Context) (bool, error) {
		list, err := y.rig.Writers(writerDisk, since)
		if err != nil || len(list) == 0 {
			return false, err
		}
		to = list[len(list)-1]
		return to != from, fmt.Errorf("%v has written", list)
	}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(since)
	y.neverTwo(t)
	return fmt.Sprintf("service on %s after %.0f s", to, took.Seconds())
}

func (y *yard) neverTwo(t *testing.T) {
	t.Helper()
	overlaps, err := y.rig.Overlaps(writerDisk)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range overlaps {
		t.Errorf("two writers: %s", o)
	}
}

func (y *yard) active(t *testing.T) string {
	t.Helper()
	node, err := y.Active(t.Context(), cluster, stage.WriterGroup)
	if err != nil || node == "" {
		t.Fatalf("writer on %q: %v", node, err)
	}
	return node
}

// cut unplugs a machine from both heartbeat networks, or plugs it in.
func (y *yard) cut(t *testing.T, node string, cut bool) {
	t.Helper()
	for _, network := range []int{1, 2} {
		if err := y.rig.Machine(node).CutLink(t.Context(), network, cut); err != nil {
			t.Fatal(err)
		}
	}
}

// fenced waits until the cluster remembers that a node was fenced.
func (y *yard) fenced(t *testing.T, node string, since time.Time) ha.FenceAction {
	t.Helper()
	var found ha.FenceAction
	if err := stage.Until(t.Context(), 2*time.Minute, "fencing of "+node+" in the history", func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, cluster)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(st.FenceHistory, func(f ha.FenceAction) bool {
			return f.Node == node && f.Status == ha.FenceSuccess && f.At.After(since.Add(-2*time.Second))
		})
		if i >= 0 {
			found = st.FenceHistory[i]
		}
		return i >= 0, fmt.Errorf("%+v", st.FenceHistory)
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// fenceTest: Hawser's own button shoots a machine by a poison pill.
func (y *yard) fenceTest(t *testing.T) {
	y.results.begin()
	victim := y.free(t)
	since := time.Now()
	y.must(t, "fence", "test", cluster, victim, "--confirm", victim)
	took := time.Since(since)
	seen := y.gone(t, struck{victim, since, pill, y.slow * seconds(y.times.Msgwait)})
	y.fenced(t, victim, since)
	y.neverTwo(t)
	y.well(t)
	y.results.add("`hawser fence test`", "a node without the writer", seen+fmt.Sprintf("; the command says so after %.0f s; the node is back", took.Seconds()),
		fmt.Sprintf("%s by poison pill within %d × msgwait", vm.Reset, y.slow))
}

// free is a node without services, or at least without the writer.
func (y *yard) free(t *testing.T) string {
	t.Helper()
	writer := y.active(t)
	dummy, err := y.Active(t.Context(), cluster, "dummy")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range y.Nodes() {
		if n != writer && n != dummy {
			return n
		}
	}
	for _, n := range y.Nodes() {
		if n != writer {
			return n
		}
	}
	return ""
}

// losesNetwork: the node with the service is cut off, sees its disk, and swallows a poison pill.
func (y *yard) losesNetwork(t *testing.T) {
	y.results.begin()
	victim := y.active(t)
	since := time.Now()
	y.cut(t, victim, true)
	fence := y.detection + seconds(y.times.Msgwait)
	seen := y.gone(t, struck{victim, since, pill, y.slow * fence})
	seen += "; " + y.moved(t, victim, since, y.slow*(fence+seconds(y.times.Msgwait)))
	y.fenced(t, victim, since)
	y.cut(t, victim, false)
	y.well(t)
	y.neverTwo(t)
	y.results.add("Node loses both networks", "of the node with the writer; it sees the disk", seen+"; never two writers; the node is back",
		fmt.Sprintf("reset by poison pill within %d × (detection + msgwait)", y.slow))
}

// losesDisk: without its disk a node stays up for as long as it sees its peers, and resets itself once it does not.
func (y *yard) losesDisk(t *testing.T) {
	y.results.begin()
	victim := y.active(t)
	m := y.rig.Machine(victim)
	lost := time.Now()
	if err := m.Disk(sbdDisk, lun.Err); err != nil {
		t.Fatal(err)
	}
	// Twice what a node without peers may live; a machine that ends meanwhile fails the test at once.
	const hold = 3 * watchdog * time.Second
	if end, err := m.WaitEnd(t.Context(), lost, hold); err == nil {
		t.Fatalf("%s ended by %s though it sees its peers; it said last:\n%s", victim, end.Cause, end.Last)
	}
	if now := y.active(t); now != victim {
		t.Errorf("the writer has moved to %s", now)
	}
	v := y.view(t)
	if !slices.ContainsFunc(v.Findings, func(r ha.Reason) bool { return r.Code == "device_lost" && r.Args["node"] == victim }) {
		t.Errorf("hawser sbd show does not say that %s has lost its disk: %+v", victim, v.Findings)
	}
	y.others(t)
	y.results.add("Node loses the SBD disk only", "of the node with the writer", fmt.Sprintf("up, service where it was, after %.0f s; `hawser sbd show` names node and disk", hold.Seconds()),
		"stays up while it sees its peers")

	y.results.begin()
	since := time.Now()
	y.cut(t, victim, true)
	bound := y.slow * (y.detection + seconds(y.times.Watchdog))
	seen := y.gone(t, struck{victim, since, alone, bound})
	seen += "; " + y.moved(t, victim, since, y.slow*(y.detection+2*seconds(y.times.Msgwait)))
	y.fenced(t, victim, since)
	y.cut(t, victim, false)
	y.well(t)
	y.neverTwo(t)
	y.results.add("… and then its peers", "both networks of the same node", seen+"; never two writers; the node is back",
		fmt.Sprintf("resets itself within %d × (detection %.0f s + watchdog %d s)", y.slow, y.detection.Seconds(), y.times.Watchdog))
}

// frozen: where SBD itself is stopped, the kernel's watchdog resets the node.
func (y *yard) frozen(t *testing.T) {
	y.results.begin()
	victim := y.active(t)
	since := time.Now()
	if _, err := y.Exec(t.Context(), victim, "killall", "-STOP", "sbd"); err != nil {
		t.Fatal(err)
	}
	seen := y.gone(t, struck{victim, since, starve, y.slow * seconds(y.times.Watchdog)})
	seen += "; " + y.moved(t, victim, since, y.slow*(y.detection+2*seconds(y.times.Msgwait)))
	y.well(t)
	y.neverTwo(t)
	y.results.add("SBD stands still", "all its processes stopped on the node with the writer", seen+"; never two writers; the node is back",
		fmt.Sprintf("softdog resets the node within %d × watchdog", y.slow))
}

// diskless: the same cluster goes over to the watchdog alone. A node that loses quorum resets itself, the others wait that long.
func (y *yard) diskless(t *testing.T) {
	y.must(t, "sbd", "set", cluster, "--watchdog-timeout", strconv.Itoa(watchdog), "--restart")
	y.well(t)
	v := y.view(t)
	if !v.Configured || !v.Active || v.Times == nil || v.Resource != "" || len(v.Devices) != 0 {
		raw, _ := json.Marshal(v)
		t.Fatalf("hawser sbd show: %s", raw)
	}
	y.times = *v.Times
	for _, n := range y.Nodes() {
		set := y.settings(t, n)
		same(t, n+": SBD_WATCHDOG_TIMEOUT", y.times.Watchdog, number(t, set["SBD_WATCHDOG_TIMEOUT"]))
		same(t, n+": SBD_DELAY_START", y.times.DelayStart, number(t, set["SBD_DELAY_START"]))
		same(t, n+": the kernel's watchdog", y.times.Watchdog, y.running(t, n))
	}
	same(t, "stonith-watchdog-timeout", y.times.StonithWatchdog, number(t, y.inForce(t, "stonith-watchdog-timeout")))
	same(t, "stonith-timeout", y.times.Stonith, number(t, y.inForce(t, "stonith-timeout")))
	y.results.add("Times, diskless", "`hawser sbd show` against the kernel, SBD's file and the CIB on 3 nodes",
		fmt.Sprintf("watchdog %d s, stonith-watchdog-timeout %d s, delay %d s, stonith-timeout %d s", y.times.Watchdog, y.times.StonithWatchdog, y.times.DelayStart, y.times.Stonith), "the same figures everywhere")

	y.results.begin()
	victim := y.active(t)
	since := time.Now()
	y.cut(t, victim, true)
	seen := y.gone(t, struck{victim, since, alone, y.slow * (y.detection + seconds(y.times.Watchdog))})
	seen += "; " + y.moved(t, victim, since, y.slow*(y.detection+2*seconds(y.times.StonithWatchdog)))
	y.fenced(t, victim, since)
	y.cut(t, victim, false)
	y.well(t)
	y.neverTwo(t)
	y.results.add("Diskless: node loses quorum", "both networks of the node with the writer", seen+"; never two writers; the node is back",
		fmt.Sprintf("resets itself within %d × (detection %.0f s + watchdog %d s)", y.slow, y.detection.Seconds(), y.times.Watchdog))
}
