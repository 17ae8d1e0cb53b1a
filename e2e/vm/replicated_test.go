package vm_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/e2e/vm"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post/posttest"
)

// replicated is the product on two machines: a cluster that fences by SBD, a volume, and a PostgreSQL on it, which stands for KWDB.
type replicated struct {
	*pair
	story *testing.T // the test that all chapters belong to
	*stage.Stage
	writer  *writer
	mailbox *posttest.Post // of the administrator
	marks   int
}

// slowAgent is what an agent may take on emulated processors: DRBD's starts dozens of programs.
const slowAgent = "120s"

// virtual is the database's address, in the network where its clients are.
func (p *replicated) virtual() string {
	return fmt.Sprintf("10.%d.%d.100", p.Stage.Options().Instance, clients)
}

// TestReplicated is one story: each chapter needs the cluster that the one before has left.
func TestReplicated(t *testing.T) {
	need(t)
	p := newReplicated(t)
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"Refused", p.refused},
		{"Create", p.create},
		{"Serve", p.serve},
		{"PrimaryLosesPower", p.primaryLosesPower},
		{"Partition", p.partition},
		{"Verification", p.verification},
		{"SplitBrain", p.splitBrain},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			return
		}
	}
}

func newReplicated(t *testing.T) *replicated {
	t.Helper()
	r := newResults(t, "Replication under Pacemaker", `Two machines with DRBD 8.4, Corosync, Pacemaker and SBD on a third, small disk; a volume, a file system, PostgreSQL and a virtual
address, all made by `+"`hawser`"+`. A client outside writes to the address without a pause and keeps what was acknowledged.

两台虚拟机运行 DRBD 8.4、Corosync、Pacemaker，隔离由小型共享磁盘上的 SBD 完成；复制卷、文件系统、PostgreSQL 与虚拟 IP 均由 `+"`hawser`"+` 创建。外部客户端持续写入并记录每个已确认的编号。`)
	opt := drbdOptions("replicated")
	rig, err := vm.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	p := &replicated{story: t, pair: &pair{rig: rig, names: [2]string(opt.Names), results: r}}
	p.Stage = stage.New(stage.Options{
		Root: root(), Dir: filepath.Join(root(), "build", "vm", "stage"), Nodes: opt.Names, Instance: opt.Instance, Machines: rig, Patience: slowest, Log: os.Stderr,
		Server: "alarms: {allowLocal: true}\n",
	})
	if err := os.RemoveAll(p.Stage.Options().Dir); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		if t.Failed() {
			p.explain(ctx, t)
		}
		if err := p.Down(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := p.Up(ctx); err != nil {
		t.Fatal(err)
	}
	args := []string{"cluster", "create", cluster, "--profile", ha.ProfileTolerant}
	for _, n := range p.Nodes() {
		args = append(args, "--node", n+"="+p.Address(n, 0)+","+p.Address(n, 1))
	}
	p.must(t, args...)
	p.must(t, "cluster", "defaults", cluster, "operation.timeout="+slowAgent) // emulated
	p.must(t, "sbd", "set", cluster, "--device", lunDevice(sbdLUN), "--watchdog-timeout", strconv.Itoa(watchdog), "--restart")
	p.well(t)
	l, err := net.Listen("tcp", net.JoinHostPort(p.Host(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	p.mailbox = posttest.New(t, posttest.Options{Listener: l})
	p.must(t, "alert-rule", "set", "default", "--on", "--severity", "warning", "--wait", "1s", "--every", "0s")
	p.must(t, "channel", "set", "ops", "--on", "--language", "en", "--server", p.Host(), "--port", strconv.Itoa(p.mailbox.Port()), "--security", "none",
		"--sender", "ha@site.example", "--recipient", "ops@site.example")
	return p
}

// mails is how many the administrator has.
func (p *replicated) mails() int { return len(p.mailbox.Mails()) }

// mailed waits for a mail after the first ones that says all of this.
func (p *replicated) mailed(t *testing.T, after int, says ...string) {
	t.Helper()
	if err := stage.Until(t.Context(), soon, fmt.Sprintf("a mail that says %q", says), func(context.Context) (bool, error) {
		var seen []string
		for _, m := range p.mailbox.Mails()[after:] {
			text := m.Header.Get("Subject") + "\n" + strings.ReplaceAll(m.Raw, "=\r\n", "")
			if !slices.ContainsFunc(says, func(part string) bool { return !strings.Contains(text, part) }) {
				return true, nil
			}
			seen = append(seen, m.Header.Get("Subject"))
		}
		return false, fmt.Errorf("mails: %q", seen)
	}); err != nil {
		t.Fatal(err)
	}
}

func (p *replicated) must(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := p.CLI(t.Context(), args...)
	if err != nil {
		t.Fatalf("hawser %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (p *replicated) well(t *testing.T, services ...string) {
	t.Helper()
	for _, n := range p.names {
		if err := p.rig.Machine(n).WaitUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.WaitWell(t.Context(), cluster, services...); err != nil {
		t.Fatal(err)
	}
}

// wanted is the volume of these tests.
func (p *replicated) wanted() api.NewVolume {
	v := api.NewVolume{Name: volumeName}
	for _, n := range p.names {
		v.Replicas = append(v.Replicas, api.NewReplica{Node: n, Disk: lunDevice(dataLUN)})
	}
	return v
}

// shown is what "hawser volume show" says.
func (p *replicated) shown(ctx context.Context) (api.VolumeShown, error) {
	var v api.VolumeShown
	err := p.JSON(ctx, &v, "volume", "show", cluster, volumeName)
	return v, err
}

// judged waits until the product judges the volume so.
func (p *replicated) judged(t *testing.T, verdict string) api.VolumeShown {
	t.Helper()
	var v api.VolumeShown
	if err := stage.Until(t.Context(), soon, "volume is "+verdict, func(ctx context.Context) (bool, error) {
		var err error
		v, err = p.shown(ctx)
		return err == nil && v.Verdict == verdict, errors.Join(err, fmt.Errorf("%s: %+v", v.Verdict, v.States))
	}); err != nil {
		t.Fatal(err)
	}
	return v
}

// create: from two blank disks to a volume that Pacemaker runs.
func (p *replicated) create(t *testing.T) {
	p.results.begin()
	n1, n2 := p.names[0], p.names[1]
	begin := time.Now()
	p.must(t, asks("create", p.wanted())...)
	made := time.Since(begin)
	p.reaches(t, n1, minor, "in sync", inSync)
	v := p.judged(t, ha.VolumeOK)
	synced := time.Since(begin)
	if v.Resource == "" || v.UpToDate != 2 || v.Volume.Foreign || len(v.Differing) != 0 {
		t.Errorf("hawser volume show: %+v", v)
	}
	for _, n := range p.names {
		// What the product has written is what DRBD's own parser takes, and what the kernel runs: nothing is left to adjust.
		if out := p.in(t, n, "drbdadm", "-d", "adjust", volumeName); out != "" {
			t.Errorf("%s: drbdadm would adjust: %s", n, out)
		}
		if mode := p.in(t, n, "stat", "-c", "%a %U", "/etc/drbd.d/"+volumeName+".res"); mode != "600 root" {
			t.Errorf("%s: the file with the secret is %s", n, mode)
		}
	}
	if a, b := p.seen(t, n1, minor), p.seen(t, n2, minor); (a.Role == "Primary") == (b.Role == "Primary") {
		t.Errorf("Primary: %+v and %+v", a, b)
	}
	p.results.add("`hawser volume create`", fmt.Sprintf("two blank disks of %d MiB", dataSize>>20), fmt.Sprintf("operation %.0f s, in sync after %.0f s, one Primary by Pacemaker, nothing for `drbdadm adjust` to do", made.Seconds(), synced.Seconds()),
		"UpToDate on both sides, by /proc/drbd; a promotable clone")
}

// primary is where the volume is Primary, as the kernels say.
func (p *replicated) primary(t *testing.T) string {
	t.Helper()
	var at string
	if err := stage.Until(t.Context(), soon, "one Primary", func(context.Context) (bool, error) {
		var list []string
		for _, n := range p.names {
			if p.rig.Machine(n).Running() && p.seen(t, n, minor).Role == "Primary" {
				list = append(list, n)
			}
		}
		at = strings.Join(list, " ")
		return len(list) == 1, fmt.Errorf("Primary on %v", list)
	}); err != nil {
		t.Fatal(err)
	}
	return at
}

// serve: a file system, PostgreSQL and the address follow the Primary.
func (p *replicated) serve(t *testing.T) {
	p.results.begin()
	at := p.primary(t)
	db := database{p.pair, fmt.Sprintf("/dev/drbd%d", minor)}
	p.in(t, at, "mkfs.ext4", "-q", db.device)
	db.init(t, at)
	v, err := p.shown(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := stage.Postgres(stage.Group, p.virtual())
	r.Constraints = []ha.Constraint{
		{ID: "pg-with-volume", Kind: ha.Colocation, Resource: stage.Group, With: v.Resource, WithRole: "Promoted", Score: "INFINITY"},
		{ID: "pg-after-volume", Kind: ha.Order, First: v.Resource, Action: "promote", Then: stage.Group, ThenAction: "start"},
	}
	for i := range r.Resource.Members {
		m := &r.Resource.Members[i]
		switch m.Agent {
		case "ocf:heartbeat:Filesystem":
			m.Parameters["device"] = db.device
		case "ocf:heartbeat:IPaddr2":
			m.Parameters["nic"] = fmt.Sprintf("eth%d", clients)
		}
		for j := range m.Operations { // emulated
			m.Operations[j].Timeout = slowAgent
		}
	}
	begin := time.Now()
	if err := p.Create(t.Context(), cluster, r); err != nil {
		t.Fatal(err)
	}
	p.well(t, stage.Group)
	p.writer = writes(p.story, p.story.TempDir(), p.virtual())
	p.writer.acknowledged(t, 20)
	if v := p.judged(t, ha.VolumeOK); v.User == "" {
		t.Errorf("hawser volume show does not know who uses it: %+v", v)
	}
	p.results.add("Service on the volume", "file system, PostgreSQL, virtual IP; with the promoted clone, after its promotion", fmt.Sprintf("serves after %.0f s", time.Since(begin).Seconds()), "rows acknowledged through the virtual IP")
}

// moved waits until the service runs elsewhere and takes rows there.
func (p *replicated) moved(t *testing.T, from string, since time.Time) (string, time.Duration) {
	t.Helper()
	to := p.other(from)
	if err := stage.Until(t.Context(), soon, "service on "+to, func(ctx context.Context) (bool, error) {
		at, err := p.Active(ctx, cluster, stage.Group)
		return at == to, errors.Join(err, fmt.Errorf("on %q", at))
	}); err != nil {
		t.Fatal(err)
	}
	p.writer.acknowledged(t, 5)
	return to, time.Since(since)
}

// whole waits until everything is as it should be, and wants each acknowledged row.
func (p *replicated) whole(t *testing.T) string {
	t.Helper()
	begin := time.Now()
	p.well(t, stage.Group)
	p.reaches(t, p.primary(t), minor, "in sync", inSync)
	p.judged(t, ha.VolumeOK)
	return fmt.Sprintf("both copies again after %.0f s; %d rows acknowledged, none lost", time.Since(begin).Seconds(), p.writer.none(t))
}

// primaryLosesPower: the other side is promoted once the first is fenced, and the first rejoins.
func (p *replicated) primaryLosesPower(t *testing.T) {
	p.results.begin()
	victim, mails := p.primary(t), p.mails()
	p.writer.acknowledged(t, 30)
	since := time.Now()
	p.kill(t, victim)
	_, took := p.moved(t, victim, since)
	p.judged(t, ha.VolumeDegraded)
	p.mailed(t, mails, "Volume "+volumeName+" on "+p.other(victim)+" has lost "+victim)
	p.start(t, victim)
	p.results.add("Primary loses its power", "under load; what its disk had not flushed is lost", fmt.Sprintf("serves elsewhere after %.0f s; back: %s", took.Seconds(), p.whole(t)), "promoted after fencing, no acknowledged row lost, a mail says that replication is interrupted, rejoins by itself")
}

// partition: one side is fenced before the other goes on.
func (p *replicated) partition(t *testing.T) {
	p.results.begin()
	victim := p.primary(t)
	p.writer.acknowledged(t, 30)
	since := time.Now()
	p.part(t, victim, true, 1, 2)
	var gone string
	if err := stage.Until(t.Context(), soon, "one side is fenced", func(context.Context) (bool, error) {
		for _, n := range p.names {
			if len(p.rig.Machine(n).Ends(since)) > 0 {
				gone = n
			}
		}
		return gone != "", nil
	}); err != nil {
		t.Fatal(err)
	}
	fenced := time.Since(since)
	p.part(t, victim, false, 1, 2)
	p.writer.acknowledged(t, 5)
	took := time.Since(since)
	p.results.add("Partition", "of both networks between the nodes; clients reach both", fmt.Sprintf("%s was fenced after %.0f s, serves after %.0f s; healed: %s",
		map[bool]string{true: "the Primary", false: "the Secondary"}[gone == victim], fenced.Seconds(), took.Seconds(), p.whole(t)), "writes wait for fencing; no acknowledged row lost")
}

// verification is what KWDB's document has an administrator do: write, standby, read on the other node, and back again.
func (p *replicated) verification(t *testing.T) {
	p.results.begin()
	first := p.primary(t)
	var seen []string
	for _, from := range []string{first, p.other(first)} {
		mark := p.mark(t)
		since := time.Now()
		p.must(t, "node", "standby", cluster, from)
		to, took := p.moved(t, from, since)
		if got := p.marked(t); got != mark {
			t.Errorf("on %s there is %q of what was written on %s", to, got, from)
		}
		p.must(t, "node", "unstandby", cluster, from)
		seen = append(seen, fmt.Sprintf("to %s in %.0f s, %s", to, took.Seconds(), p.whole(t)))
	}
	p.results.add("Verification of KWDB's document", "write, standby, read on the peer, unstandby, and back again", strings.Join(seen, "; "), "what was written on one node is read on the other")
}

// mark writes a text through the address that the service is reached at, marked reads it.
func (p *replicated) mark(t *testing.T) string {
	t.Helper()
	p.marks++
	text := fmt.Sprintf("mark %d", p.marks)
	p.query(t, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS mark (t text); UPDATE mark SET t = '%[1]s'; INSERT INTO mark SELECT '%[1]s' WHERE NOT EXISTS (SELECT FROM mark)`, text))
	return text
}

func (p *replicated) marked(t *testing.T) string {
	t.Helper()
	return p.query(t, `SELECT t FROM mark`)
}

// query asks the database where it is.
func (p *replicated) query(t *testing.T, sql string) string {
	t.Helper()
	at, err := p.Active(t.Context(), cluster, stage.Group)
	if err != nil || at == "" {
		t.Fatalf("service on %q: %v", at, err)
	}
	return p.in(t, at, pgBin+"psql", "-h", p.virtual(), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtc", sql)
}
