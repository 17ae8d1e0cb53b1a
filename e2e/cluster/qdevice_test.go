package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// qdeviceInstance is the sandbox's: other tests with a stage of their own run beside this one.
const qdeviceInstance = 239

// TestQDevice gives a cluster of two an arbiter, changes it, loses it, adds and removes a node meanwhile, takes it away and ends the
// cluster; each time it is asked on the nodes and on the arbiter what they say themselves.
func TestQDevice(t *testing.T) {
	wider(t)
	testkit.Need(t, "sandbox")
	all := ownStage(t, "qdevice", stage.Options{Instance: envOr("HAWSER_QDEVICE_INSTANCE", qdeviceInstance), Nodes: []string{"n1", "n2", "n3"}, Links: splitLinks, Arbiter: true})
	if err := all.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Options{Instance: all.Options().Instance})
	if err != nil {
		t.Fatal(err)
	}
	q := &quorumDevice{Stage: all.First(2), box: box}
	if err := q.CreateCluster(t.Context(), clusterName, "balanced"); err != nil {
		t.Fatal(err)
	}
	if err := q.WaitWell(t.Context(), clusterName); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"refused", q.refused},
		{"unreachable", q.unreachable},
		{"set", q.set},
		{"set again", q.setAgain},
		{"change", q.change},
		{"arbiter lost", q.lost},
		{"add a node", func(t *testing.T) { q.add(t, all) }},
		{"remove the node", q.leave},
		{"remove", q.remove},
		{"destroyed with it", q.destroy},
	} {
		if !t.Run(c.name, c.do) {
			explain(t, all)
			t.Log(on(t, all, stage.Arbiter, "journalctl", "--no-pager", "-q", "-n", "60"))
			t.FailNow() // each goes on from where the one before has left the cluster
		}
	}
}

type quorumDevice struct {
	*stage.Stage
	box *sandbox.Sandbox
}

// where the certificates are.
const (
	nodeKeys = "/etc/corosync/qdevice/net/nssdb"
	signed   = "/etc/corosync/qnetd/nssdb/cluster-" + clusterName + ".crt"
)

// votes waits until corosync on each node counts so: expected votes, total votes, quorum.
func (q *quorumDevice) votes(t *testing.T, want string, nodes ...string) {
	t.Helper()
	for _, n := range nodes {
		if err := stage.Until(t.Context(), 30*time.Second, "votes on "+n, func(ctx context.Context) (bool, error) {
			got, err := votesOf(ctx, q.Stage, n)
			if err == nil && got != want {
				err = fmt.Errorf("votes are %s, want %s", got, want)
			}
			return err == nil, err
		}); err != nil {
			t.Error(err)
		}
	}
}

// clients are the nodes of the cluster that the arbiter itself names.
func (q *quorumDevice) clients(t *testing.T) ha.ArbiterCluster {
	t.Helper()
	var a api.ArbiterShown
	if err := q.JSON(t.Context(), &a, "qdevice", "arbiter", stage.Arbiter); err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Clusters {
		if c.Name == clusterName {
			return c
		}
	}
	return ha.ArbiterCluster{}
}

// absent says that a file or folder is not there.
func (q *quorumDevice) absent(t *testing.T, node, path string) {
	t.Helper()
	if out := on(t, q.Stage, node, "ls", "-d", path); out != "" {
		t.Errorf("%s has %s", node, out)
	}
}

func (q *quorumDevice) shown(t *testing.T) *api.QDeviceStatus {
	t.Helper()
	var d api.QDeviceShown
	if err := q.JSON(t.Context(), &d, "qdevice", "show", clusterName); err != nil {
		t.Fatal(err)
	}
	return d.Device
}

func (q *quorumDevice) refused(t *testing.T) {
	ctx := t.Context()
	if out, err := q.Exec(ctx, stage.Arbiter, "systemd-run", "--unit=squatter", "python3", "-m", "http.server", fmt.Sprint(ha.QNetPort)); err != nil {
		t.Fatal(err, string(out))
	}
	if err := stage.Until(ctx, 20*time.Second, "somebody at the port", func(ctx context.Context) (bool, error) {
		return strings.Contains(on(t, q.Stage, stage.Arbiter, "ss", "-H", "-ltn"), fmt.Sprint(ha.QNetPort)), nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		argv []string
		says string
	}{
		{"a node of the cluster", []string{"n1"}, "inside"},
		{"a host that is not enrolled", []string{"n9"}, "n9"},
		{"port taken", []string{stage.Arbiter}, "python3 listens at port 5403"},
		{"an address of a node", []string{stage.Arbiter, "--address", q.Address("n2", 0)}, "n2"},
		{"no address", []string{stage.Arbiter, "--address", "arb.example"}, "address"},
		{"unknown algorithm", []string{stage.Arbiter, "--algorithm", "test"}, "algorithm"},
		{"unknown tie-breaker", []string{stage.Arbiter, "--tie-breaker", "n9"}, "n9"},
		{"a ping that is none", []string{stage.Arbiter, "--ping", "-f"}, "ping"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := q.CLI(ctx, append([]string{"qdevice", "set", clusterName}, c.argv...)...)
			exit, is := errors.AsType[*stage.ExitError](err)
			if !is || !strings.Contains(exit.Stderr, c.says) {
				t.Errorf("want %q, got %v", c.says, err)
			}
		})
	}
	command(t, q.Stage, "quorum", "edit", clusterName, "--two-node=false", "--wait-for-all", "--auto-tie-breaker")
	if _, err := q.CLI(ctx, "qdevice", "set", clusterName, stage.Arbiter); err == nil || !strings.Contains(err.Error(), "auto_tie_breaker") {
		t.Errorf("beside auto_tie_breaker: %v", err)
	}
	command(t, q.Stage, "quorum", "edit", clusterName, "--auto-tie-breaker=false", "--two-node")
	if _, err := q.Exec(ctx, stage.Arbiter, "systemctl", "stop", "squatter"); err != nil {
		t.Fatal(err)
	}
	q.absent(t, "n1", nodeKeys)
	q.absent(t, stage.Arbiter, signed)
}

// unreachable: an arbiter that no node reaches at that address takes all back, before corosync.conf has been touched.
func (q *quorumDevice) unreachable(t *testing.T) {
	_, err := q.CLI(t.Context(), "qdevice", "set", clusterName, stage.Arbiter, "--address", q.Service(77))
	if err == nil || !strings.Contains(err.Error(), "does not reach the arbiter") {
		t.Errorf("got %v", err)
	}
	q.absent(t, "n1", nodeKeys)
	q.absent(t, stage.Arbiter, signed)
	if state := on(t, q.Stage, stage.Arbiter, "systemctl", "is-active", "corosync-qnetd"); state != "inactive" {
		t.Errorf("corosync-qnetd is %s", state)
	}
	q.votes(t, "2 2 1", q.Nodes()...)
}

func (q *quorumDevice) set(t *testing.T) {
	ctx := t.Context()
	var plan api.QDevicePlan
	if err := q.JSON(ctx, &plan, "qdevice", "plan", clusterName, stage.Arbiter); err != nil {
		t.Fatal(err)
	}
	if plan.Device.Address == "" || plan.Complete.Nodes != 1 || !slices.Contains(plan.Cleared, "two_node") {
		t.Errorf("foreseen: %+v", plan)
	}
	command(t, q.Stage, "qdevice", "set", clusterName, stage.Arbiter, "--ping", q.Service(254))
	q.votes(t, "3 3 2", q.Nodes()...)
	for _, n := range q.Nodes() {
		if flags := on(t, q.Stage, n, "corosync-quorumtool", "-s"); strings.Contains(flags, "2Node") {
			t.Errorf("%s still has two_node:\n%s", n, flags)
		}
		if on(t, q.Stage, n, "systemctl", "is-enabled", "corosync-qdevice") != "enabled" {
			t.Errorf("corosync-qdevice does not start at boot on %s", n)
		}
		// Whoever may list processes sees no secret, and the key is the node's own.
		if out := on(t, q.Stage, n, "find", nodeKeys, "-perm", "/077", "-not", "-type", "d"); strings.Contains(out, "key4.db") {
			t.Errorf("others may read %s", out)
		}
	}
	a, b := on(t, q.Stage, "n1", "sha256sum", nodeKeys+"/key4.db"), on(t, q.Stage, "n2", "sha256sum", nodeKeys+"/key4.db")
	if a == "" || a == b {
		t.Errorf("the nodes have one key: %s", a)
	}
	q.connected(t)
}

// connected waits until both ends say that all nodes are connected.
func (q *quorumDevice) connected(t *testing.T) {
	t.Helper()
	if err := stage.Until(t.Context(), 30*time.Second, "the device as both ends see it", func(context.Context) (bool, error) {
		d := q.shown(t)
		if d == nil || !d.Connected || d.Votes == 0 || !d.Arbiter {
			return false, fmt.Errorf("shown as %+v", d)
		}
		for _, n := range d.Nodes {
			if !n.Connected || !n.Voting || n.Seen == nil || !n.Seen.Secured || n.Seen.Vote != "ack" {
				return false, fmt.Errorf("%s is shown as %+v, seen as %+v", n.Node, n, n.Seen)
			}
		}
		return true, nil
	}); err != nil {
		t.Error(err)
	}
}

func (q *quorumDevice) setAgain(t *testing.T) {
	if d := q.shown(t); d == nil || d.Nodes[0].Heuristics != "pass" {
		t.Errorf("heuristics: %+v", d)
	}
	if _, err := q.CLI(t.Context(), "qdevice", "set", clusterName, stage.Arbiter, "--ping", q.Service(254)); err == nil || !strings.Contains(err.Error(), "so already") {
		t.Errorf("the same again: %v", err)
	}
	// What is not as it should be is repaired by the same again.
	if _, err := q.Exec(t.Context(), "n2", "systemctl", "stop", "corosync-qdevice"); err != nil {
		t.Fatal(err)
	}
	q.waitReason(t, "qdevice_cut", "qdevice_lost")
	command(t, q.Stage, "qdevice", "set", clusterName, stage.Arbiter, "--ping", q.Service(254))
	q.connected(t)
}

// waitReason waits until the verdict names one of these.
func (q *quorumDevice) waitReason(t *testing.T, codes ...string) {
	t.Helper()
	if err := stage.Until(t.Context(), time.Minute, "the verdict says "+strings.Join(codes, " or "), func(ctx context.Context) (bool, error) {
		list, err := q.Reasons(ctx, clusterName)
		return slices.ContainsFunc(list, func(r ha.Reason) bool { return slices.Contains(codes, r.Code) }), err
	}); err != nil {
		t.Error(err)
	}
}

func (q *quorumDevice) change(t *testing.T) {
	command(t, q.Stage, "qdevice", "set", clusterName, stage.Arbiter, "--algorithm", "lms", "--tie-breaker", "n2")
	q.votes(t, "3 3 2", q.Nodes()...)
	q.connected(t)
	if c := q.clients(t); !strings.Contains(strings.ToLower(c.Algorithm), "lms") && !strings.Contains(strings.ToLower(c.Algorithm), "last man") || !strings.HasSuffix(c.TieBreaker, "2") {
		t.Errorf("the arbiter has %+v", c)
	}
	command(t, q.Stage, "qdevice", "set", clusterName, stage.Arbiter)
	q.connected(t)
	if c := q.clients(t); !strings.Contains(c.Algorithm, "Fifty") || len(c.Nodes) != 2 {
		t.Errorf("the arbiter has %+v", c)
	}
}

// lost: nothing happens to the cluster, and it is said; back again, it is said too.
func (q *quorumDevice) lost(t *testing.T) {
	ctx := t.Context()
	since := time.Now()
	if err := q.box.PowerOff(ctx, stage.Arbiter); err != nil {
		t.Fatal(err)
	}
	q.votes(t, "3 2 2", q.Nodes()...)
	q.waitReason(t, "qdevice_lost")
	if d := q.shown(t); d == nil || d.Connected || d.Fault == nil {
		t.Errorf("shown as %+v", d)
	}
	if _, err := q.CLI(ctx, "qdevice", "set", clusterName, stage.Arbiter, "--algorithm", "lms"); err == nil {
		t.Error("it is changed without its host")
	}
	if err := q.box.PowerOn(ctx, stage.Arbiter); err != nil {
		t.Fatal(err)
	}
	q.votes(t, "3 3 2", q.Nodes()...)
	if err := q.WaitConnected(ctx, stage.Arbiter); err != nil {
		t.Fatal(err)
	}
	q.connected(t)
	for _, kind := range []ha.ChangeKind{ha.QDeviceLost, ha.QDeviceRestored} {
		if err := stage.Until(ctx, time.Minute, "the event "+string(kind), func(ctx context.Context) (bool, error) {
			list, err := q.Events(ctx, clusterName, since)
			return slices.ContainsFunc(list, func(e api.Event) bool { return e.Kind == string(kind) }), err
		}); err != nil {
			t.Error(err)
		}
	}
}

func (q *quorumDevice) add(t *testing.T, all *stage.Stage) {
	if _, err := q.CLI(t.Context(), "node", "add", clusterName, stage.Arbiter, "--address", q.ArbiterAddress()); err == nil || !strings.Contains(err.Error(), "arbiter of") {
		t.Errorf("the arbiter as a node: %v", err)
	}
	command(t, q.Stage, "node", "add", clusterName, "n3", "--address", all.Address("n3", 0)+","+all.Address("n3", 1))
	q.votes(t, "4 4 3", all.Nodes()...)
	q.connected(t)
	if c := q.clients(t); len(c.Nodes) != 3 {
		t.Errorf("the arbiter has %+v", c)
	}
}

func (q *quorumDevice) leave(t *testing.T) {
	command(t, q.Stage, "node", "remove", clusterName, "n3")
	q.absent(t, "n3", nodeKeys)
	q.votes(t, "3 3 2", q.Nodes()...)
	q.connected(t)
	if _, err := q.CLI(t.Context(), "node", "remove", clusterName, "n2"); err == nil || !strings.Contains(err.Error(), "quorum device") {
		t.Errorf("one of two is removed: %v", err)
	}
}

func (q *quorumDevice) remove(t *testing.T) {
	command(t, q.Stage, "qdevice", "remove", clusterName)
	q.votes(t, "2 2 1", q.Nodes()...)
	for _, n := range q.Nodes() {
		q.absent(t, n, nodeKeys)
		text := on(t, q.Stage, n, "corosync-quorumtool", "-s")
		if !strings.Contains(text, "2Node") || strings.Contains(text, "Qdevice") {
			t.Errorf("%s says\n%s", n, text)
		}
		if state := on(t, q.Stage, n, "systemctl", "is-enabled", "corosync-qdevice") + " " + on(t, q.Stage, n, "systemctl", "is-active", "corosync-qdevice"); state != "disabled inactive" {
			t.Errorf("corosync-qdevice on %s is %s", n, state)
		}
	}
	q.absent(t, stage.Arbiter, signed)
	if c := q.clients(t); len(c.Nodes) > 0 {
		t.Errorf("the arbiter still has %+v", c)
	}
	if d := q.shown(t); d != nil {
		t.Errorf("shown as %+v", d)
	}
}

func (q *quorumDevice) destroy(t *testing.T) {
	command(t, q.Stage, "qdevice", "set", clusterName, stage.Arbiter)
	q.connected(t)
	command(t, q.Stage, "cluster", "destroy", clusterName, "--confirm", clusterName)
	q.absent(t, stage.Arbiter, signed)
	for _, n := range q.Nodes() {
		q.absent(t, n, nodeKeys)
	}
	var a api.ArbiterShown
	if err := q.JSON(t.Context(), &a, "qdevice", "arbiter", stage.Arbiter); err != nil || len(a.Clusters) > 0 || len(a.Serves) > 0 {
		t.Errorf("the arbiter has %+v, %v", a, err)
	}
}
