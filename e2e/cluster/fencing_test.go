package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	fencingInstance = 223 // a sandbox of its own: these tests shoot every node
	fencingCluster  = "shots"
	// planted is a password that must be nowhere but in its files.
	planted = "Zitronenfalter-7391"
)

// yard is a cluster of three nodes with a small service, whose fence devices can be made to fail and to hang.
type yard struct {
	*stage.Stage
	box *sandbox.Sandbox
}

// TestFencing is one story: each chapter needs the cluster that the one before has left.
func TestFencing(t *testing.T) {
	wider(t)
	instance := fencingSandbox()
	y := &yard{Stage: ownStage(t, "shots", stage.Options{Instance: instance})}
	var err error
	if y.box, err = sandbox.New(sandbox.Options{Instance: instance}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, y.Stage)
		}
	})
	if err := y.form(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"WrongHostMap", y.wrongHostMap},
		{"Ping", y.ping},
		{"Secrets", y.secrets},
		{"TestButton", y.testButton},
		{"NextLevel", y.nextLevel},
		{"Hangs", y.hangs},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			return
		}
	}
}

func (y *yard) must(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := y.CLI(t.Context(), args...)
	if err != nil {
		t.Fatalf("hawser %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// fencingSandbox is the number of the sandbox; another one lets this test run twice side by side.
func fencingSandbox() int { return envOr("HAWSER_FENCING_INSTANCE", fencingInstance) }

// destroy takes apart what an earlier run has left.
func (y *yard) destroy(ctx context.Context) error {
	_, err := y.CLI(ctx, "cluster", "destroy", fencingCluster, "--confirm", fencingCluster)
	if exit, ok := errors.AsType[*stage.ExitError](err); ok && exit.Code == 3 {
		return nil // there is none
	}
	return err
}

func (y *yard) reasons(ctx context.Context) ([]ha.Reason, error) {
	var c struct {
		Reasons []ha.Reason `json:"reasons"`
	}
	err := y.JSON(ctx, &c, "cluster", "show", fencingCluster)
	return c.Reasons, err
}

func (y *yard) events(ctx context.Context, since time.Time) ([]api.Event, error) {
	var all []api.Event
	err := y.JSON(ctx, &all, "event", "list", fencingCluster, "--limit", "200")
	return slices.DeleteFunc(all, func(e api.Event) bool { return e.At.Before(since) }), err
}

func (y *yard) form(ctx context.Context) error {
	if err := y.Up(ctx); err != nil {
		return err
	}
	if err := y.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: "ok"}); err != nil {
		return err
	}
	if err := y.destroy(ctx); err != nil {
		return err
	}
	if err := y.CreateCluster(ctx, fencingCluster, "balanced"); err != nil {
		return err
	}
	// A device that hangs is given up after ten seconds instead of a minute.
	for _, args := range [][]string{
		{"resource", "edit", fencingCluster, "fence", "pcmk_reboot_timeout=10", "pcmk_off_timeout=10"},
		{"resource", "create", fencingCluster, "web", "ocf:heartbeat:IPaddr2", "ip=" + y.Service(110), "cidr_netmask=24", "nic=svc0", "--op", "monitor:interval=5s,timeout=20s"},
	} {
		if _, err := y.CLI(ctx, args...); err != nil {
			return err
		}
	}
	return y.WaitWell(ctx, fencingCluster, "web")
}

// wrongHostMap: a map that would shoot the wrong machine is refused before anything changes.
func (y *yard) wrongHostMap(t *testing.T) {
	for name, parameters := range map[string][]string{
		"turned round": {"pcmk_host_map=n1:n2;n2:n1;n3:n3"},
		"one plug":     {"pcmk_host_map=n1:n1;n2:n1"},
		"no such plug": {"pcmk_host_map=n1:7"},
		"no such node": {"pcmk_host_list=n1 n9"},
	} {
		_, err := y.CLI(t.Context(), append([]string{"resource", "create", fencingCluster, "wrong", "stonith:fence_sandbox"}, parameters...)...)
		exit, refused := errors.AsType[*stage.ExitError](err)
		if !refused || exit.Code != 2 && exit.Code != 5 {
			t.Errorf("%s: not refused: %v", name, err)
		}
	}
	if _, err := y.CLI(t.Context(), "resource", "show", fencingCluster, "wrong"); err == nil {
		t.Error("a device that was refused is there")
	}
}

// ping: a node that sees its peers and not its clients gives its service away.
func (y *yard) ping(t *testing.T) {
	ctx := t.Context()
	ask := []string{"ping", "create", fencingCluster, "--address", y.Service(254), "--protect", "web"}
	y.must(t, ask...)
	var before, after []api.Revision
	if err := y.JSON(ctx, &before, "revision", "list", fencingCluster); err != nil {
		t.Fatal(err)
	}
	y.must(t, ask...)
	if err := y.JSON(ctx, &after, "revision", "list", fencingCluster); err != nil {
		t.Fatal(err)
	}
	if len(after) > 0 && len(before) > 0 && after[0].Version != before[0].Version {
		t.Errorf("done again, it changed the configuration: %+v", after[0].Differences)
	}
	if err := y.WaitWell(ctx, fencingCluster, "web"); err != nil {
		t.Fatal(err)
	}
	node, err := y.Active(ctx, fencingCluster, "web")
	if err != nil || node == "" {
		t.Fatal(node, err)
	}
	begin := time.Now()
	if _, err := y.Sandbox(ctx, "cut-client", node); err != nil {
		t.Fatal(err)
	}
	err = stage.Until(ctx, 40*time.Second, "the service elsewhere", func(ctx context.Context) (bool, error) {
		now, err := y.Active(ctx, fencingCluster, "web")
		return now != "" && now != node, err
	})
	t.Logf("the service left %s %s after its clients' network was cut", node, time.Since(begin).Round(100*time.Millisecond))
	if _, healErr := y.Sandbox(ctx, "restore-client", node); err != nil || healErr != nil {
		t.Fatal(err, healErr)
	}
}

// secrets: a password given to a fence device is in files of root's on every node, and nowhere else.
func (y *yard) secrets(t *testing.T) {
	ctx := t.Context()
	stop := make(chan struct{})
	seen := make(chan string, 1)
	go func() { // whatever is started meanwhile, on the host and in its nodes: they share its /proc
		defer close(seen)
		for {
			files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, f := range files {
				if data, err := os.ReadFile(f); err == nil && bytes.Contains(data, []byte(planted)) {
					seen <- strings.ReplaceAll(string(data), "\x00", " ")
					return
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	_, err := y.CLIInput(ctx, []byte(planted+"\n"), "resource", "create", fencingCluster, "guarded", "stonith:fence_sandbox", "device=3", "pcmk_host_list=n1 n2 n3", "password=-")
	close(stop)
	if line, found := <-seen; found {
		t.Errorf("in the arguments of a process: %s", line)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"resource", "show", fencingCluster, "guarded"},
		{"fence", "list", fencingCluster},
		{"cluster", "show", fencingCluster},
		{"revision", "list", fencingCluster},
		{"operation", "list", fencingCluster},
		{"audit", "list"},
		{"event", "list", fencingCluster},
	} {
		if out := y.must(t, append(args, "-o", "json")...); bytes.Contains(out, []byte(planted)) {
			t.Errorf("hawser %s tells the password", strings.Join(args, " "))
		}
	}
	for _, n := range y.Nodes() {
		cib, err := y.Exec(ctx, n, "cibadmin", "--query")
		if err != nil || bytes.Contains(cib, []byte(planted)) || !bytes.Contains(cib, []byte("cat /var/lib/hawser/secrets/fence-")) {
			t.Errorf("%s: the CIB has the password, or does not know where it is (%v)", n, err)
		}
		found, err := y.Exec(ctx, n, "grep", "-rlF", planted, "/var/lib/hawser", "/var/lib/hawser-agent", "/var/lib/pacemaker", "/var/log", "/etc", "/tmp")
		files := strings.Fields(string(found))
		if err != nil && len(files) == 0 {
			t.Errorf("%s: not even its own file has the password: %v", n, err)
			continue
		}
		for _, f := range files {
			mode, err := y.Exec(ctx, n, "stat", "-c", "%a %U", f)
			if !strings.HasPrefix(f, "/var/lib/hawser/secrets/") || strings.TrimSpace(string(mode)) != "600 root" {
				t.Errorf("%s: %s (%s, %v) has the password", n, f, strings.TrimSpace(string(mode)), err)
			}
		}
		if log, err := y.Exec(ctx, n, "journalctl", "--no-pager", "-q", "--grep", planted); err == nil && len(bytes.TrimSpace(log)) > 0 {
			t.Errorf("%s: the journal has the password: %s", n, log)
		}
	}
	err = filepath.WalkDir(y.Options().Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // a file that has gone meanwhile holds nothing
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(planted)) {
			t.Errorf("on the server: %s has the password", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	y.must(t, "resource", "delete", fencingCluster, "guarded")
	for _, n := range y.Nodes() {
		if out, err := y.Exec(ctx, n, "find", "/var/lib/hawser/secrets", "-type", "f"); err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("%s: left behind: %s %v", n, out, err)
		}
	}
}

func (y *yard) untested(t *testing.T) []string {
	t.Helper()
	var v ha.Fencing
	if err := y.JSON(t.Context(), &v, "fence", "list", fencingCluster); err != nil {
		t.Fatal(err)
	}
	return v.NeedsFencingTest
}

// testButton: nobody believes fencing before it was seen, node by node; then the verdict says so and keeps its evidence.
func (y *yard) testButton(t *testing.T) {
	ctx := t.Context()
	has := func() bool {
		reasons, err := y.reasons(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(reasons, func(r ha.Reason) bool { return r.Code == ha.ReasonFenceUntested })
	}
	if got := y.untested(t); len(got) != 3 || !has() {
		t.Fatalf("untested %v, and the verdict says so: %t", got, has())
	}
	for _, n := range y.Nodes() {
		begin := time.Now()
		y.must(t, "fence", "test", fencingCluster, n, "--device", "fence", "--confirm", n)
		t.Logf("%s was fenced and confirmed in %s", n, time.Since(begin).Round(100*time.Millisecond))
		if err := y.WaitWell(ctx, fencingCluster, "web"); err != nil {
			t.Fatal(err)
		}
	}
	var v ha.Fencing
	if err := y.JSON(ctx, &v, "fence", "list", fencingCluster); err != nil {
		t.Fatal(err)
	}
	for _, n := range v.Nodes {
		if n.Last == nil || n.Last.Device != "fence" || n.Last.Actor != "admin" || !n.Last.Test || time.Since(n.Last.At) > 10*time.Minute {
			t.Errorf("%s: %+v", n.Node, n.Last)
		}
	}
	if len(v.Levels) != 0 {
		t.Errorf("a test of one device has left its level behind: %+v", v.Levels)
	}
	if has() {
		t.Error("every node was fenced, and the verdict does not believe it")
	}
	// Pacemaker's history is not the server's.
	for _, n := range y.Nodes() {
		if _, err := y.Exec(ctx, n, "stonith_admin", "--cleanup", "--history=*"); err != nil {
			t.Fatal(err)
		}
	}
	// No log tells of a cleaned history: the agent sees it when it next reads everything.
	if err := stage.Until(ctx, 90*time.Second, "an empty history", func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, fencingCluster)
		return len(st.FenceHistory) == 0, err
	}); err != nil {
		t.Fatal(err)
	}
	if got := y.untested(t); len(got) != 0 || has() {
		t.Errorf("the evidence went with the cluster's history: %v", got)
	}
	var e api.EvidenceReport
	if err := y.JSON(ctx, &e, "evidence", "show", fencingCluster); err != nil {
		t.Fatal(err)
	}
	if e.Verdict.Level != ha.Protected {
		t.Errorf("verdict %+v", e.Verdict)
	}
	for _, n := range y.Nodes() {
		if !slices.ContainsFunc(e.Evidence, func(x ha.Evidence) bool { return x.Code == ha.EvidenceFenced && x.Object == n && !x.At.IsZero() }) {
			t.Errorf("no evidence for %s: %+v", n, e.Evidence)
		}
	}
	// With one node away, the next test would cost quorum.
	y.must(t, "node", "stop", fencingCluster, "n3")
	_, err := y.CLI(ctx, "fence", "test", fencingCluster, "n2", "--confirm", "n2")
	if exit, refused := errors.AsType[*stage.ExitError](err); !refused || !strings.Contains(exit.Stderr, "votes") {
		t.Errorf("a test that costs quorum: %v", err)
	}
	y.must(t, "node", "start", fencingCluster, "n3")
	if err := y.WaitWell(ctx, fencingCluster, "web"); err != nil {
		t.Fatal(err)
	}
}

// nextLevel: the device of the first level fails, that of the second does it.
func (y *yard) nextLevel(t *testing.T) {
	ctx := t.Context()
	y.must(t, "resource", "create", fencingCluster, "second", "stonith:fence_sandbox", "device=2", "pcmk_host_list=n1 n2 n3")
	y.must(t, "fence", "levels", fencingCluster, "--node", "n2", "--level", "fence", "--level", "second")
	if err := y.box.SetFenceDevice(ctx, "n2", sandbox.FenceMode{Mode: "fail"}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now().UTC()
	if _, err := y.Sandbox(ctx, "poweroff", "n2"); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, 60*time.Second, "n2 fenced by the second level", func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, fencingCluster)
		return slices.ContainsFunc(st.FenceHistory, func(f ha.FenceAction) bool {
			return f.Node == "n2" && f.Status == ha.FenceSuccess && f.At.After(begin.Add(-2*time.Second))
		}), err
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("fenced by the second level after %s", time.Since(begin).Round(100*time.Millisecond))
	if err := y.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: "ok"}); err != nil {
		t.Fatal(err)
	}
	if err := powerOn(ctx, y.Stage, "n2"); err != nil {
		t.Fatal(err)
	}
	y.must(t, "fence", "levels", fencingCluster, "--node", "n2")
	y.must(t, "resource", "delete", fencingCluster, "second")
	if err := y.WaitWell(ctx, fencingCluster, "web"); err != nil {
		t.Fatal(err)
	}
}

// hangs: a device that does not answer keeps the services waiting, and the product says for whom and for what.
func (y *yard) hangs(t *testing.T) {
	ctx := t.Context()
	node, err := y.Active(ctx, fencingCluster, "web")
	if err != nil || node == "" {
		t.Fatal(node, err)
	}
	if err := y.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: "hang"}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := y.Sandbox(ctx, "poweroff", node); err != nil {
		t.Fatal(err)
	}
	var unclean, named time.Time
	err = stage.Until(ctx, 40*time.Second, "what the cluster waits for", func(ctx context.Context) (bool, error) {
		st, err := y.State(ctx, fencingCluster)
		if err != nil {
			return false, err
		}
		if unclean.IsZero() && slices.ContainsFunc(st.Nodes, func(n ha.NodeState) bool { return n.Name == node && (n.Unclean || !n.Online) }) {
			unclean = time.Now()
		}
		reasons, err := y.reasons(ctx)
		if err != nil {
			return false, err
		}
		for _, r := range reasons {
			if (r.Code == ha.ReasonFencePending || r.Code == ha.ReasonFenceRetry) && r.Args["node"] == node && strings.Contains(r.Args["devices"], "fence") {
				named = time.Now()
				return true, nil
			}
		}
		return false, fmt.Errorf("it says %+v", reasons)
	})
	if err != nil {
		t.Fatal(err)
	}
	if unclean.IsZero() {
		unclean = named // both in one look
	}
	if named.Sub(unclean) > 5*time.Second {
		t.Errorf("named only %s after the loss was seen", named.Sub(unclean))
	}
	t.Logf("the loss was seen after %s, what is waited for was named after %s", unclean.Sub(begin).Round(100*time.Millisecond), named.Sub(begin).Round(100*time.Millisecond))
	events, err := y.events(ctx, begin.Add(-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e api.Event) bool { return e.Kind == string(ha.FenceBegun) && e.Object == node }) {
		t.Errorf("no event says that %s is being fenced: %+v", node, events)
	}
	if now, err := y.Active(ctx, fencingCluster, "web"); err != nil || now != "" && now != node {
		t.Errorf("the service runs on %s although %s is not known to be off (%v)", now, node, err)
	}
	if err := y.box.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: "ok"}); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, 90*time.Second, "the service elsewhere once the device answers", func(ctx context.Context) (bool, error) {
		now, err := y.Active(ctx, fencingCluster, "web")
		return now != "" && now != node, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := powerOn(ctx, y.Stage, node); err != nil {
		t.Fatal(err)
	}
	if err := y.WaitWell(ctx, fencingCluster, "web"); err != nil {
		t.Fatal(err)
	}
}
