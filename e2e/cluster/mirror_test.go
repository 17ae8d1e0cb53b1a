package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
	"hawser/internal/ha"
)

const mirrorInstance = 246

// mirrorDisks are the sizes of each side, MiB: no larger than needed, because both are read in every round. XFS takes none below 300 MiB.
var mirrorDisks = map[string]int{"ext4": 192, "xfs": 320}

// mirrored is PostgreSQL on a mirror whose sides are on two of three nodes, with the client outside that writes rows.
type mirrored struct {
	*stage.Stage
	m      *stage.Mirror
	fstype string
	random *rand.Rand
}

// step is one thing that is done to a mirror, or waited for.
type step func(context.Context, *mirrored) error

// hurt is what happens to a mirror in one round: steps in turn, after which the client can be served again.
type hurt struct {
	name  string
	steps func(primary, secondary string) []step
	moves bool // the other side must be promoted
	stays bool // no promotion at all: the Primary goes on
	heals bool // without fencing
}

const (
	mirrorDeadline = 3 * time.Minute
	// suspense is how long the Primary's writes may wait for the cluster to say that the peer is out of the set.
	suspense = time.Minute
)

var hurts = []hurt{
	{name: "daemon of the Primary killed", heals: true, steps: func(p, _ string) []step { return []step{daemonKilled(p)} }},
	{name: "daemon of the Secondary killed", stays: true, heals: true, steps: func(_, s string) []step { return []step{daemonKilled(s)} }},
	{name: "power off of the Primary", moves: true, steps: func(p, s string) []step { return []step{off(p), primary(s)} }},
	{name: "power off of the Secondary", stays: true, steps: func(p, s string) []step { return []step{off(s), alone(p)} }},
	{name: "replication link cut", stays: true, heals: true, steps: func(p, _ string) []step { return []step{cut(p), alone(p)} }},
	{name: "power off of both", steps: func(p, s string) []step { return []step{off(p, s), powered(p), powered(s)} }},
	// A node that is fenced stays off in these, so that it is known who is there.
	{name: "Secondary off, then the Primary; the Secondary back first", stays: true, steps: func(p, s string) []step {
		return []step{staysOff, off(s), alone(p), rows(10), off(p), powered(s), notPromoted(p, s), powered(p), comesBack}
	}},
	{name: "link cut, then power off of the Primary", stays: true, steps: func(p, s string) []step {
		return []step{staysOff, cut(p), alone(p), rows(10), off(p), whole(p), notPromoted(p, s), powered(p), comesBack}
	}},
	{name: "power off of the Primary, and of the other in the midst of the resync", steps: func(p, s string) []step {
		return []step{off(p), primary(s), powered(p), copying(s), off(s), powered(s)}
	}},
}

func daemonKilled(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		_, err := r.Sandbox(ctx, "kill", node, "hawser-mirror")
		return err
	}
}

// off takes the power from nodes at once.
func off(nodes ...string) step {
	return func(ctx context.Context, r *mirrored) error {
		errs := make(chan error, len(nodes))
		for _, n := range nodes {
			go func() {
				_, err := r.Sandbox(ctx, "poweroff", n)
				errs <- err
			}()
		}
		var all error
		for range nodes {
			all = errors.Join(all, <-errs)
		}
		return all
	}
}

func powered(node string) step {
	return func(ctx context.Context, r *mirrored) error { return powerOn(ctx, r.Stage, node) }
}

// cut cuts the link between the sides: the cable, or what is behind it.
func cut(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		how := []string{"cut-link", node, fmt.Sprint(stage.MirrorLink)}
		if r.random.IntN(2) == 0 {
			how = append(how, "--silent")
		}
		_, err := r.Sandbox(ctx, how...)
		return err
	}
}

// whole plugs it in again.
func whole(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		_, err := r.Sandbox(ctx, "restore-link", node, fmt.Sprint(stage.MirrorLink))
		return err
	}
}

// staysOff has nodes that are fenced stay off, until comesBack.
func staysOff(ctx context.Context, r *mirrored) error {
	_, err := r.CLI(ctx, "cluster", "properties", clusterName, "stonith-action=off")
	return err
}

func comesBack(ctx context.Context, r *mirrored) error {
	_, err := r.CLI(ctx, "cluster", "properties", clusterName, "--unset", "stonith-action")
	return err
}

// watcher is the node without a side, which is never hurt.
func (r *mirrored) watcher() string { return r.Nodes()[2] }

// alone waits until the Primary goes on without its peer, and demands that the set says so.
func alone(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		if err := stage.Until(ctx, suspense, node+" alone", func(ctx context.Context) (bool, error) {
			st, err := r.m.Status(ctx, node)
			return st.Mode == core.Alone.String(), errors.Join(err, fmt.Errorf("%+v", st))
		}); err != nil {
			return err
		}
		set, err := r.m.Set(ctx, r.watcher())
		if err == nil && !slices.Equal(set.Members, []uint8{r.m.Side(node)}) {
			err = fmt.Errorf("%s goes on alone, and the set is %+v", node, set)
		}
		return err
	}
}

func primary(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		return stage.Until(ctx, mirrorDeadline, node+" Primary", func(ctx context.Context) (bool, error) {
			st, err := r.m.Status(ctx, node)
			return st.Role == ha.VolumePrimary, errors.Join(err, fmt.Errorf("%+v", st))
		})
	}
}

// copying waits until the other side gets what it lacks; a resync of a moment may be over already.
func copying(node string) step {
	return func(ctx context.Context, r *mirrored) error {
		return stage.Until(ctx, mirrorDeadline, "resync from "+node, func(ctx context.Context) (bool, error) {
			st, err := r.m.Status(ctx, node)
			return st.Mode == core.Syncing.String() || st.Mode == core.Paired.String(), errors.Join(err, fmt.Errorf("%+v", st))
		})
	}
}

// rows waits until the client has so many more.
func rows(n int64) step {
	return func(ctx context.Context, r *mirrored) error {
		begin, err := r.Client(ctx)
		if err != nil {
			return err
		}
		return stage.Until(ctx, mirrorDeadline, "more rows", func(ctx context.Context) (bool, error) {
			now, err := r.Client(ctx)
			return now.Acknowledged >= begin.Acknowledged+n, err
		})
	}
}

// notPromoted demands that a side which lacks rows is not promoted while the one that has them is off, whoever asks for it.
func notPromoted(has, lacks string) step {
	return func(ctx context.Context, r *mirrored) error {
		// Pacemaker runs it, has fenced the other node, and has nothing to do any more.
		if err := stage.Until(ctx, mirrorDeadline, "a cluster at rest without "+has, func(ctx context.Context) (bool, error) {
			st, err := r.State(ctx, clusterName)
			if err != nil {
				return false, err
			}
			for _, n := range st.Nodes {
				if n.Unclean || n.Pending || n.Online != (n.Name != has) {
					return false, fmt.Errorf("node %s: %+v", n.Name, n)
				}
			}
			side, err := r.m.Status(ctx, lacks)
			return err == nil && !st.Busy && side.Mode == core.Apart.String(), errors.Join(err, fmt.Errorf("busy %t, %+v", st.Busy, side))
		}); err != nil {
			return err
		}
		set, err := r.m.Set(ctx, lacks)
		if err != nil || !slices.Equal(set.Members, []uint8{r.m.Side(has)}) {
			return errors.Join(err, fmt.Errorf("%s alone has everything, and the set is %+v", has, set))
		}
		if out, err := r.m.Order(ctx, lacks, "promote"); err == nil {
			return fmt.Errorf("%s was promoted although it lacks rows: %s", lacks, out)
		} else if !strings.Contains(err.Error(), "outdated") && !strings.Contains(err.Error(), "newer data") {
			return fmt.Errorf("%s was not promoted, but for another reason: %w", lacks, err)
		}
		side, err := r.m.Status(ctx, lacks)
		if err == nil && (side.Role != ha.VolumeSecondary || side.Unfit == nil) {
			err = fmt.Errorf("%s lacks rows: %+v", lacks, side)
		}
		return err
	}
}

// once lets one thing happen, waits until everything is well again, and looks whether it is.
func (r *mirrored) once(ctx context.Context, h hurt) (time.Duration, error) {
	p, err := r.m.WaitInSync(ctx)
	if err != nil {
		return 0, fmt.Errorf("before: %w", err)
	}
	s := r.m.Other(p)
	set, err := r.m.Set(ctx, r.watcher())
	if err != nil {
		return 0, err
	}
	before := set.Term
	if err := rows(1+r.random.Int64N(40))(ctx, r); err != nil { // some moment of the database's life
		return 0, fmt.Errorf("before: %w", err)
	}
	begin := time.Now()
	outage, err := r.Outage(ctx, mirrorDeadline,
		func(ctx context.Context) error {
			for _, do := range h.steps(p, s) {
				if err := do(ctx, r); err != nil {
					return err
				}
			}
			return nil
		},
		func(ctx context.Context) (bool, error) {
			at, err := r.Active(ctx, clusterName, stage.Group)
			return at != "" && (!h.moves || at == s) && (!h.stays || at == p), errors.Join(err, fmt.Errorf("the service is on %q, was on %s", at, p))
		})
	if err != nil {
		return outage, fmt.Errorf("%s, Primary on %s: %w", h.name, p, err)
	}
	if h.heals {
		if err := r.noneFenced(ctx, begin); err != nil {
			return outage, fmt.Errorf("%s, Primary on %s: %w", h.name, p, err)
		}
	}
	if err := r.well(ctx); err != nil {
		return outage, fmt.Errorf("%s, Primary on %s: afterwards: %w", h.name, p, err)
	}
	if set, err = r.m.Set(ctx, r.watcher()); err != nil || set.Term < before || h.moves && set.Term == before {
		return outage, errors.Join(err, fmt.Errorf("%s: the term of the set was %d, is %d", h.name, before, set.Term))
	}
	return outage, nil
}

// noneFenced demands that Pacemaker has fenced nobody since then: its times are whole seconds.
func (r *mirrored) noneFenced(ctx context.Context, since time.Time) error {
	st, err := r.State(ctx, clusterName)
	if err != nil {
		return err
	}
	for _, a := range st.FenceHistory {
		if a.At.After(since.Add(-time.Second)) {
			return fmt.Errorf("fenced: %+v", a)
		}
	}
	return nil
}

// well heals what is hurt, waits until the cluster and the volume are well, and then looks at everything that must be so: rows, both sides,
// the set, and the file system.
func (r *mirrored) well(ctx context.Context) error {
	if _, err := r.Sandbox(ctx, "heal"); err != nil {
		return err
	}
	for _, n := range r.m.Nodes {
		if err := powerOn(ctx, r.Stage, n); err != nil {
			return err
		}
	}
	for _, id := range []string{r.m.Clone(), stage.Group} {
		if _, err := r.CLI(ctx, "resource", "cleanup", clusterName, id); err != nil {
			return err
		}
	}
	if err := r.WaitWell(ctx, clusterName, stage.Group); err != nil {
		return err
	}
	at, err := r.m.WaitInSync(ctx)
	if err != nil {
		return err
	}
	if lost, err := r.Verify(ctx); err != nil || lost != 0 {
		return errors.Join(err, fmt.Errorf("%d acknowledged rows are missing", lost))
	}
	if n, err := r.m.Verify(ctx, at); err != nil || n != 0 {
		return errors.Join(err, fmt.Errorf("the sides differ in %d bytes", n))
	}
	return r.fsck(ctx)
}

// fsck looks at the file system while it is not mounted.
func (r *mirrored) fsck(ctx context.Context) error {
	if _, err := r.CLI(ctx, "resource", "stop", clusterName, stage.Group); err != nil {
		return err
	}
	at, err := r.m.Primary(ctx)
	if err != nil {
		return err
	}
	check := []string{"e2fsck", "-f", "-n", r.m.Device()}
	if r.fstype == "xfs" {
		check = []string{"xfs_repair", "-n", r.m.Device()}
	}
	out, err := r.Exec(ctx, at, check...)
	if err != nil {
		return fmt.Errorf("the file system is damaged: %w: %s", err, out)
	}
	if _, err := r.CLI(ctx, "resource", "start", clusterName, stage.Group); err != nil {
		return err
	}
	return r.WaitWell(ctx, clusterName, stage.Group)
}

// newMirrored brings everything up.
func newMirrored(t *testing.T, fstype string, seed uint64) *mirrored {
	t.Helper()
	s := ownStage(t, "mirror", stage.Options{Instance: envOr("HAWSER_MIRROR_INSTANCE", mirrorInstance), Private: mirrorDisks[fstype]})
	r := &mirrored{Stage: s, fstype: fstype, random: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // a test's
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return s.Up(ctx) },
		func() error { return s.CreateCluster(ctx, clusterName, "balanced") },
		func() error {
			if fstype != "ext4" || !long() {
				return nil // detection by events is off by default
			}
			_, err := s.CLI(ctx, "cluster", "properties", clusterName, ha.WatchProperty+"=on")
			return err
		},
		func() (err error) {
			r.m, err = s.MakeMirror(ctx, clusterName, "data", [2]string(s.Nodes()[:2]))
			return err
		},
		func() error { return r.m.ProtectOn(ctx, clusterName, fstype) },
		func() error { return s.StartProbe(ctx) },
		func() error { return s.WaitWell(ctx, clusterName, stage.Group) },
	} {
		if err := step(); err != nil {
			r.explain(t)
			t.Fatal(err)
		}
	}
	return r
}

// explain tells what the sides say, and the nodes.
func (r *mirrored) explain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	explain(t, r.Stage)
	if r.m == nil {
		return
	}
	for _, n := range r.m.Nodes {
		out, err := r.m.Order(ctx, n, "status")
		t.Logf("%s: %s %v", n, out, err)
		out, err = r.Exec(ctx, n, "tail", "-n", "60", "/run/hawser-mirror/"+r.m.Name+"/log", ha.MirrorConfigDir+"/"+r.m.Name+".log")
		t.Logf("%s: %s %v", n, out, err)
	}
	set, err := r.m.Set(ctx, r.watcher())
	t.Logf("the set: %+v %v", set, err)
}

// TestMirror hurts a mirror under PostgreSQL again and again, in ways and at moments from a seed (HAWSER_SEED): every acknowledged row must be
// there, the file system clean, both sides alike after the resync, the in-sync set right, and no side be promoted that lacks anything.
// HAWSER_ROUNDS is how often for each file system. HAWSER_HURT names the only kind of round that is wanted. make test has ten rounds on ext4.
func TestMirror(t *testing.T) {
	seed, rounds, kinds := envOr("HAWSER_SEED", int(time.Now().Unix())), envOr("HAWSER_ROUNDS", 10), []string{"ext4"}
	if long() {
		kinds = append(kinds, "xfs")
	}
	if one := os.Getenv("HAWSER_FS"); one != "" {
		kinds = []string{one}
	}
	t.Logf("seed %d", seed)
	report := newReport(t, os.Getenv("HAWSER_MIRROR_RESULTS"), fmt.Sprintf(`# The mirror on real nodes

Commit %s, %s, seed %d, %d rounds for each file system (%s). Three nodes, two of which have a side of the mirror, on a disk that
loses with the power what was not flushed; PostgreSQL on the mirror, and a client outside that writes a row every 50 ms. In every round all acknowledged
rows were read back, both sides compared piece by piece, the in-sync set looked at, and the file system checked while it was not mounted. The outage is what the
client saw. With ext4 detection by events was on, with xfs it was off, as it is by default.`, os.Getenv("HAWSER_COMMIT"), time.Now().UTC().Format("2006-01-02"), seed, rounds, strings.Join(kinds, ", ")))
	for _, fstype := range kinds {
		t.Run(fstype, func(t *testing.T) {
			r := newMirrored(t, fstype, uint64(seed)) //nolint:gosec // any number will do
			r.rounds(t, rounds, report)
			if !long() || t.Failed() {
				return
			}
			if t.Run("minority", r.minority) {
				t.Run("spoilt", r.spoilt) // the last: a row is missing after it
			}
		})
	}
}

func (r *mirrored) rounds(t *testing.T, rounds int, rep *report) {
	only, order := os.Getenv("HAWSER_HURT"), []int(nil)
	for n := range rounds {
		if len(order) == 0 {
			order = r.random.Perm(len(hurts))
		}
		h := hurts[order[0]]
		order = order[1:]
		if only != "" && !strings.Contains(h.name, only) {
			continue
		}
		begin := time.Now()
		outage, err := r.once(t.Context(), h)
		rep.add(r.fstype+": "+h.name, outage, err)
		if err != nil {
			r.explain(t)
			t.Fatalf("round %d: %v", n+1, err)
		}
		t.Logf("round %d: %s: client without an answer for %s; %s in all", n+1, h.name, outage, time.Since(begin).Round(time.Second))
	}
}

// minority: the Primary is parted from both other nodes, and cannot be fenced for a while. It cannot change the set, and acknowledges
// nothing; nobody is promoted beside it. Once it is fenced the other side is.
func (r *mirrored) minority(t *testing.T) {
	ctx := t.Context()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			r.explain(t)
			t.Fatal(err)
		}
	}
	p, err := r.m.WaitInSync(ctx)
	fail(err)
	s := r.m.Other(p)
	was, err := r.m.Set(ctx, r.watcher())
	fail(err)
	// The helper is asked as the daemon asks it; with the peer in the cluster its own CIB has to confirm the change.
	if now, err := r.m.Ask(ctx, p, core.Include, was.Term); err != nil || now.Outcome != "done" || len(now.Members) != 2 {
		t.Fatalf("a change with both nodes there: %+v, %v", now, err)
	}
	if now, err := r.m.Ask(ctx, s, core.Exclude, was.Term-1); err != nil || now.Outcome != "denied" || now.Reason != "superseded" {
		t.Fatalf("a change by a side that is superseded: %+v, %v", now, err)
	}
	_, err = r.Sandbox(ctx, "fence-device", "hang")
	fail(err)
	t.Cleanup(func() {
		if _, err := r.Sandbox(context.WithoutCancel(ctx), "fence-device", "ok"); err != nil {
			t.Error(err)
		}
	})
	_, err = r.Sandbox(ctx, "partition", p, s+","+r.watcher())
	fail(err)
	fail(stage.Until(ctx, time.Minute, p+" without quorum, its writes suspended", func(ctx context.Context) (bool, error) {
		st, err := r.m.Status(ctx, p)
		if err != nil || st.Mode != core.Suspended.String() {
			return false, errors.Join(err, fmt.Errorf("%+v", st))
		}
		out, err := r.Exec(ctx, p, "crm_node", "-q")
		return strings.TrimSpace(string(out)) == "0", errors.Join(err, fmt.Errorf("quorum: %s", out))
	}))
	if now, err := r.m.Ask(ctx, p, core.Exclude, was.Term); err == nil || !strings.Contains(err.Error(), "quorum") {
		t.Errorf("a part without quorum has changed the set: %+v, %v", now, err)
	}
	served, err := r.Client(ctx)
	fail(err)
	if st, err := r.m.Status(ctx, s); err != nil || st.Role != ha.VolumeSecondary {
		t.Errorf("promoted beside a Primary that nobody has fenced: %+v, %v", st, err)
	}
	if now, err := r.m.Set(ctx, r.watcher()); err != nil || now.Term != was.Term || len(now.Members) != 2 {
		t.Errorf("the set was %+v, is %+v, %v", was, now, err)
	}
	if now, err := r.Client(ctx); err != nil || now.Acknowledged != served.Acknowledged {
		t.Errorf("acknowledged without quorum: %d rows, %d before, %v", now.Acknowledged, served.Acknowledged, err)
	}
	_, err = r.Sandbox(ctx, "fence-device", "ok")
	fail(err)
	fail(primary(s)(ctx, r))
	now, err := r.m.Set(ctx, r.watcher())
	if err != nil || now.Term != was.Term+1 {
		t.Errorf("the set was %+v, is %+v, %v", was, now, err)
	}
	fail(r.well(ctx))
}

// spoilt is the test of the test: what each round looks at is spoilt on purpose, and has to be found.
func (r *mirrored) spoilt(t *testing.T) {
	ctx := t.Context()
	p, err := r.m.WaitInSync(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := r.m.Other(p)
	// The volume is the end of the disk, and the file system does not write its last MiB.
	piece := fmt.Sprint(mirrorDisks[r.fstype]<<8 - 128)
	if _, err := r.Exec(ctx, s, "dd", "if=/dev/urandom", "of="+sandbox.PrivateDevice, "bs=4096", "count=1", "seek="+piece, "oflag=direct", "conv=notrunc"); err != nil {
		t.Fatal(err)
	}
	if n, err := r.m.Verify(ctx, p); err != nil || n == 0 {
		t.Errorf("a piece of %s was overwritten past the mirror, and %d bytes differ, %v", s, n, err)
	}
	for _, order := range []string{"disconnect", "connect"} { // what differs is copied when the sides meet
		if _, err := r.m.Order(ctx, p, order); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.m.WaitInSync(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := r.m.Verify(ctx, p); err != nil || n != 0 {
		t.Errorf("after they have met again %d bytes differ, %v", n, err)
	}
	if _, err := r.Exec(ctx, p, "runuser", "-u", "postgres", "--", "psql", "-d", "postgres", "-c", "DELETE FROM hawser_probe WHERE n = (SELECT n FROM hawser_probe ORDER BY n OFFSET 5 LIMIT 1)"); err != nil {
		t.Fatal(err)
	}
	if lost, err := r.Verify(ctx); err != nil || lost != 1 {
		t.Errorf("a row was deleted, and %d are missing, %v", lost, err)
	}
}
