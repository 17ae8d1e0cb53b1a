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

// remoteInstance is the sandbox's: other tests with a stage of their own run beside this one.
const remoteInstance = 241

// lossTime bounds how long the members may take to find out that a remote node does not answer, or does again: the monitor of the
// connection comes every 60 s and has 30 s, and they try to connect again every 60 s.
const lossTime = 4 * time.Minute

// The nodes of the test: two members, and a host with pacemaker_remote alone.
const (
	remoteNode = "n3"
	guestNode  = "guest1"
	wanderer   = "wanderer" // what runs on it
)

// TestRemote gives a cluster of two a Pacemaker Remote node with a real pacemaker-remoted, has a resource run there, kills the host,
// takes the node out again, and lets the same host be a guest node; each time it is asked on the nodes what they say themselves.
func TestRemote(t *testing.T) {
	wider(t)
	testkit.Need(t, "sandbox", "pacemaker-remote")
	all := ownStage(t, "remote", stage.Options{Instance: envOr("HAWSER_REMOTE_INSTANCE", remoteInstance), Nodes: []string{"n1", "n2", remoteNode}})
	ctx := t.Context()
	if err := all.Up(ctx); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Options{Instance: all.Options().Instance})
	if err != nil {
		t.Fatal(err)
	}
	r := &remotes{Stage: all.First(2), all: all, box: box}
	if err := r.CreateCluster(ctx, clusterName, "balanced"); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitWell(ctx, clusterName); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"without the package", r.uninstalled},
		{"refused", r.refused},
		{"add", r.add},
		{"run there", r.run},
		{"standby and maintenance", r.rest},
		{"stop and start", r.power},
		{"foreseen", r.foreseen},
		{"host lost", r.lost},
		{"remove", r.remove},
		{"guest", r.guest},
		{"destroyed with it", r.destroy},
	} {
		if !t.Run(c.name, c.do) {
			explain(t, all)
			t.FailNow() // each goes on from where the one before has left the cluster
		}
	}
}

type remotes struct {
	*stage.Stage // of the members
	all          *stage.Stage
	box          *sandbox.Sandbox
}

// wait waits until a node is as it should be, as the product tells it.
func (r *remotes) wait(t *testing.T, node, what string, is func(api.Node) bool) api.Node {
	t.Helper()
	var n api.Node
	if err := stage.Until(t.Context(), lossTime, node+" "+what, func(ctx context.Context) (bool, error) {
		var err error
		if n, err = r.Node(ctx, clusterName, node); err != nil {
			return false, err
		}
		return is(n), fmt.Errorf("%+v", n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// runsOn waits until the wanderer runs on one of these nodes, as the product and the cluster itself tell it.
func (r *remotes) runsOn(t *testing.T, nodes ...string) {
	t.Helper()
	if err := stage.Until(t.Context(), lossTime, wanderer+" on "+strings.Join(nodes, " or "), func(ctx context.Context) (bool, error) {
		res, err := resourceOf(ctx, r.Stage, wanderer)
		if err != nil {
			return false, err
		}
		if len(res.Nodes) != 1 || !slices.Contains(nodes, res.Nodes[0]) || res.Role != "Started" {
			return false, fmt.Errorf("%s on %v", res.Role, res.Nodes)
		}
		said := on(t, r.Stage, "n1", "crm_resource", "--resource", wanderer, "--locate")
		return strings.Contains(said, "is running on: "+res.Nodes[0]), errors.New(said)
	}); err != nil {
		t.Fatal(err)
	}
}

// unchanged checks that a refusal has left nothing behind.
func (r *remotes) unchanged(t *testing.T) {
	t.Helper()
	for _, n := range []string{"n1", "n2", remoteNode} {
		if out := on(t, r.all, n, "ls", "-d", stage.RemoteKey); out != "" {
			t.Errorf("%s has %s", n, out)
		}
	}
	r.unknown(t, remoteNode)
	if host := row(t, list(t, r.all, "host", "list"), "name", remoteNode); host["cluster"] != nil && host["cluster"] != "" {
		t.Errorf("host %s is in cluster %v", remoteNode, host["cluster"])
	}
}

// unknown checks that the cluster has no node of that name, and nothing that names one: neither configured nor remembered.
func (r *remotes) unknown(t *testing.T, node string) {
	t.Helper()
	cfg := on(t, r.Stage, "n1", "cibadmin", "--query", "--scope", "configuration")
	status := on(t, r.Stage, "n1", "cibadmin", "--query", "--scope", "status")
	if cfg == "" || strings.Contains(cfg, `"`+node+`"`) || strings.Contains(status, `uname="`+node+`"`) {
		t.Errorf("the cluster knows %s:\n%s\n%s", node, cfg, status)
	}
}

// uninstalled: a host without pacemaker-remote is found out before anything has changed.
func (r *remotes) uninstalled(t *testing.T) {
	_, err := r.CLI(t.Context(), "node", "add", clusterName, remoteNode, "--remote")
	exit, is := errors.AsType[*stage.ExitError](err)
	if !is || !strings.Contains(exit.Stderr, "pacemaker-remote") {
		t.Errorf("got %v", err)
	}
	r.unchanged(t)
	if err := r.InstallRemote(t.Context(), remoteNode); err != nil {
		t.Fatal(err)
	}
}

func (r *remotes) refused(t *testing.T) {
	ctx := t.Context()
	command(t, r.Stage, "resource", "create", clusterName, "taken", "ocf:pacemaker:Dummy")
	if out, err := r.Exec(ctx, remoteNode, "systemd-run", "--unit=squatter", "python3", "-m", "http.server", "3122"); err != nil {
		t.Fatal(err, string(out))
	}
	if err := stage.Until(ctx, 20*time.Second, "somebody at the port", func(context.Context) (bool, error) {
		return strings.Contains(on(t, r.all, remoteNode, "ss", "-H", "-ltn"), ":3122"), nil
	}); err != nil {
		t.Fatal(err)
	}
	add := func(argv ...string) []string { return append([]string{"node", "add", clusterName}, argv...) }
	for _, c := range []refusal{
		{name: "a member", argv: add("n1", "--remote"), code: 4, says: []string{"n1"}},
		{name: "a host that is not enrolled", argv: add("n9", "--remote"), code: 2, says: []string{"n9"}},
		{name: "a resource's name", argv: add("taken", "--remote"), code: 4, says: []string{"taken"}},
		{name: "an address of another host", argv: add(remoteNode, "--remote", "--address", r.Address("n1", 0)), code: 2, says: []string{r.Address("n1", 0)}},
		{name: "no address", argv: add(remoteNode, "--remote", "--address", "localhost"), code: 2, says: []string{"localhost"}},
		{name: "two addresses", argv: add(remoteNode, "--remote", "--address", "10.0.0.1,10.0.0.2"), code: 2},
		{name: "no port", argv: add(remoteNode, "--remote", "--port", "70000"), code: 2, says: []string{"70000"}},
		{name: "an ID", argv: add(remoteNode, "--remote", "--id", "7"), code: 2},
		{name: "port without remote", argv: add(remoteNode, "--port", "3122", "--address", r.all.Address(remoteNode, 0)), code: 2, says: []string{"--remote"}},
		{name: "by hand", argv: []string{"resource", "create", clusterName, "r9", "ocf:pacemaker:remote", "server=192.0.2.9"}, code: 2, says: []string{"node add"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, r.Stage, c) })
	}
	// What the host itself finds ends the operation with everything as before.
	_, err := r.CLI(ctx, add(remoteNode, "--remote", "--port", "3122")...)
	exit, is := errors.AsType[*stage.ExitError](err)
	if !is || !strings.Contains(exit.Stderr, "3122") || !strings.Contains(exit.Stderr, "python3") {
		t.Errorf("a port that is taken: %v", err)
	}
	if _, err := r.Exec(ctx, remoteNode, "systemctl", "stop", "squatter"); err != nil {
		t.Fatal(err)
	}
	command(t, r.Stage, "resource", "delete", clusterName, "taken")
	r.unchanged(t)
}

func (r *remotes) add(t *testing.T) {
	ctx := t.Context()
	before := votesOrDie(t, r.Stage)
	command(t, r.Stage, "node", "add", clusterName, remoteNode, "--remote", "--address", r.all.Address(remoteNode, 0))
	n := r.wait(t, remoteNode, "online", func(n api.Node) bool { return n.Online })
	if n.Kind != ha.RemoteNode || n.Connection != remoteNode || n.Through == "" || !n.Enrolled {
		t.Errorf("shown as %+v", n)
	}
	if said := on(t, r.Stage, "n1", "crm_mon", "-1"); !strings.Contains(said, "RemoteOnline: [ "+remoteNode+" ]") {
		t.Errorf("the cluster says\n%s", said)
	}
	if after := votesOrDie(t, r.Stage); after != before {
		t.Errorf("votes were %s and are %s", before, after)
	}
	// One key, which nobody else reads, and a daemon that comes back by itself.
	key := ""
	for _, node := range []string{"n1", "n2", remoteNode} {
		if got := on(t, r.all, node, "stat", "-c", "%a %U:%G", stage.RemoteKey); got != "640 root:haclient" {
			t.Errorf("the key on %s is %s", node, got)
		}
		sum, _, _ := strings.Cut(on(t, r.all, node, "sha256sum", stage.RemoteKey), " ")
		if key == "" {
			key = sum
		}
		if sum != key || sum == "" {
			t.Errorf("%s has another key", node)
		}
	}
	for _, question := range []string{"is-active", "is-enabled"} {
		if got := on(t, r.all, remoteNode, "systemctl", question, "pacemaker_remote"); got != map[string]string{"is-active": "active", "is-enabled": "enabled"}[question] {
			t.Errorf("pacemaker_remote %s: %s", question, got)
		}
	}
	var host api.Host
	if err := r.JSON(ctx, &host, "host", "show", remoteNode); err != nil || host.Cluster != clusterName {
		t.Errorf("the host is %+v, %v", host, err)
	}
	// Its agent sees sockets of Pacemaker's names and does not take itself for a member; the picture stays the members'.
	st, err := r.State(ctx, clusterName)
	if err != nil || st.Reporter == remoteNode || len(st.Nodes) != 3 || !st.Quorate {
		t.Errorf("state %+v, %v", st, err)
	}
	rev := newest(t, r.Stage)
	if rev.Action != "node.add" || rev.Origin != "hawser" || rev.State != "applied" || rev.Object != remoteNode {
		t.Errorf("revision %+v", rev)
	}
}

func votesOrDie(t *testing.T, s *stage.Stage) string {
	t.Helper()
	votes, err := votesOf(t.Context(), s, "n1")
	if err != nil {
		t.Fatal(err)
	}
	return votes
}

// run: something runs there; without a fence device for the node the verdict says what is missing, with one it does not.
func (r *remotes) run(t *testing.T) {
	command(t, r.Stage, "resource", "create", clusterName, wanderer, "ocf:pacemaker:Dummy", "--op", "monitor:interval=5s,timeout=20s")
	command(t, r.Stage, "resource", "prefer", clusterName, wanderer, "--node", remoteNode)
	r.runsOn(t, remoteNode)
	if state := on(t, r.all, remoteNode, "ls", "/run/"); !strings.Contains(state, "Dummy-"+wanderer) {
		t.Errorf("nothing of it on the host: %q", state)
	}
	uncovered := func(want bool) {
		t.Helper()
		if err := stage.Until(t.Context(), 30*time.Second, "the verdict on fencing", func(ctx context.Context) (bool, error) {
			reasons, err := r.Reasons(ctx, clusterName)
			told := slices.ContainsFunc(reasons, func(x ha.Reason) bool { return x.Code == ha.ReasonFenceUncovered && x.Args["node"] == remoteNode })
			return err == nil && told == want, errors.Join(err, fmt.Errorf("%+v", reasons))
		}); err != nil {
			t.Error(err)
		}
	}
	uncovered(true)
	command(t, r.Stage, "resource", "edit", clusterName, "fence", "pcmk_host_list=n1 n2 "+remoteNode)
	uncovered(false)
}

func (r *remotes) rest(t *testing.T) {
	command(t, r.Stage, "node", "standby", clusterName, remoteNode)
	r.runsOn(t, "n1", "n2")
	r.wait(t, remoteNode, "on standby", func(n api.Node) bool { return n.Standby && n.Online })
	command(t, r.Stage, "node", "unstandby", clusterName, remoteNode)
	r.runsOn(t, remoteNode)
	command(t, r.Stage, "node", "maintenance", clusterName, remoteNode)
	r.wait(t, remoteNode, "in maintenance", func(n api.Node) bool { return n.Maintenance && n.Online })
	command(t, r.Stage, "node", "unmaintenance", clusterName, remoteNode)
	r.wait(t, remoteNode, "back in management", func(n api.Node) bool { return !n.Maintenance })
	command(t, r.Stage, "node", "attribute", clusterName, remoteNode, "rack=7")
	if said := on(t, r.Stage, "n1", "crm_attribute", "--type", "nodes", "--node", remoteNode, "--name", "rack", "--query", "--quiet"); said != "7" {
		t.Errorf("the cluster has rack %q", said)
	}
}

func (r *remotes) power(t *testing.T) {
	command(t, r.Stage, "node", "stop", clusterName, remoteNode)
	r.runsOn(t, "n1", "n2")
	n := r.wait(t, remoteNode, "offline", func(n api.Node) bool { return !n.Online })
	if n.Unclean || n.LastFence != nil {
		t.Errorf("stopping it was taken for a loss: %+v", n)
	}
	command(t, r.Stage, "node", "start", clusterName, remoteNode)
	r.wait(t, remoteNode, "online", func(n api.Node) bool { return n.Online })
	r.runsOn(t, remoteNode)
}

// foreseen: what becomes of the node is foreseen, and where the resource is explained.
func (r *remotes) foreseen(t *testing.T) {
	ctx := t.Context()
	var f ha.Forecast
	if err := r.JSON(ctx, &f, "whatif", clusterName, "--lose", remoteNode); err != nil {
		t.Fatal(err)
	}
	fences := slices.ContainsFunc(f.Actions, func(a ha.ForecastAction) bool { return a.Kind == "fence" && a.To == remoteNode })
	moves := slices.ContainsFunc(f.Actions, func(a ha.ForecastAction) bool { return a.Resource == wanderer && a.To != remoteNode && a.To != "" })
	if !fences || !moves || !f.Quorate {
		t.Errorf("foreseen: quorate %t, %+v", f.Quorate, f.Actions)
	}
	var e ha.Explanation
	if err := r.JSON(ctx, &e, "why", clusterName, wanderer); err != nil || !slices.Equal(e.Nodes, []string{remoteNode}) || len(e.Elsewhere) != 2 {
		t.Errorf("explained as %+v, %v", e, err)
	}
}

// lost: a host that dies is fenced, what ran there runs elsewhere, and when it is back it is connected again by itself.
func (r *remotes) lost(t *testing.T) {
	ctx := t.Context()
	since := time.Now()
	if err := r.box.PowerOff(ctx, remoteNode); err != nil {
		t.Fatal(err)
	}
	r.runsOn(t, "n1", "n2")
	if err := stage.Until(ctx, time.Minute, "the fencing of "+remoteNode, func(ctx context.Context) (bool, error) {
		events, err := r.Events(ctx, clusterName, since)
		fenced := slices.ContainsFunc(events, func(e api.Event) bool { return e.Kind == string(ha.NodeFenced) && e.Object == remoteNode })
		return fenced, errors.Join(err, fmt.Errorf("%+v", events))
	}); err != nil {
		t.Error(err)
	}
	if st, err := r.State(ctx, clusterName); err != nil || !st.Quorate || st.Votes != 2 {
		t.Errorf("the members are %+v, %v", st, err)
	}
	if err := r.box.PowerOn(ctx, remoteNode); err != nil { // where fencing has not done so
		t.Fatal(err)
	}
	r.wait(t, remoteNode, "online again", func(n api.Node) bool { return n.Online && !n.Unclean })
	r.runsOn(t, remoteNode)
	if err := r.WaitConnected(ctx, remoteNode); err != nil {
		t.Fatal(err)
	}
}

func (r *remotes) remove(t *testing.T) {
	if _, err := r.CLI(t.Context(), "resource", "delete", clusterName, remoteNode); err == nil || !strings.Contains(err.Error(), "node remove") {
		t.Errorf("the connection is deleted like any resource: %v", err)
	}
	command(t, r.Stage, "node", "remove", clusterName, remoteNode)
	r.runsOn(t, "n1", "n2")
	r.unknown(t, remoteNode)
	if out := on(t, r.all, remoteNode, "ls", "-d", stage.RemoteKey); out != "" {
		t.Errorf("the key is left: %s", out)
	}
	for question, want := range map[string]string{"is-active": "inactive", "is-enabled": "disabled"} {
		if got := on(t, r.all, remoteNode, "systemctl", question, "pacemaker_remote"); got != want {
			t.Errorf("pacemaker_remote %s: %s", question, got)
		}
	}
	host := row(t, list(t, r.all, "host", "list"), "name", remoteNode)
	if c, there := host["cluster"]; there && c != "" {
		t.Errorf("the host is in cluster %v", c)
	}
	if nodes := list(t, r.Stage, "node", "list", clusterName); len(nodes) != 2 {
		t.Errorf("nodes %v", nodes)
	}
}

// guest: a Dummy stands for the virtual machine, as in Pacemaker's own tests; what is inside of it is the host that was a remote node.
func (r *remotes) guest(t *testing.T) {
	ctx := t.Context()
	at := r.all.Address(remoteNode, 0)
	create := func(argv ...string) []string {
		return append([]string{"resource", "create", clusterName, "vm", "ocf:pacemaker:Dummy"}, argv...)
	}
	for _, c := range []refusal{
		{name: "a member's name", argv: create("--meta", "remote-node=n1"), code: 4, says: []string{"n1"}},
		{name: "a resource's name", argv: create("--meta", "remote-node="+wanderer), code: 4, says: []string{wanderer}},
		{name: "its own name", argv: create("--meta", "remote-node=vm"), code: 2},
		{name: "no name", argv: create("--meta", "remote-node=no name"), code: 2, says: []string{"no name"}},
		{name: "no address", argv: create("--meta", "remote-node="+guestNode, "--meta", "remote-addr=no address"), code: 2, says: []string{"no address"}},
		{name: "no port", argv: create("--meta", "remote-node="+guestNode, "--meta", "remote-port=70001"), code: 2, says: []string{"70001"}},
		{name: "no time", argv: create("--meta", "remote-node="+guestNode, "--meta", "remote-connect-timeout=soon"), code: 2, says: []string{"soon"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, r.Stage, c) })
	}
	// What an administrator does inside of the machine.
	key, err := r.Exec(ctx, "n1", "cat", stage.RemoteKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ExecInput(ctx, key, remoteNode, "tee", stage.RemoteKey); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Exec(ctx, remoteNode, "systemctl", "start", "pacemaker_remote"); err != nil {
		t.Fatal(err)
	}
	command(t, r.Stage, create("--meta", "remote-node="+guestNode, "--meta", "remote-addr="+at, "--op", "monitor:interval=10s,timeout=20s")...)
	n := r.wait(t, guestNode, "online", func(n api.Node) bool { return n.Online })
	if n.Kind != ha.GuestNode || n.Connection != "vm" || n.Through == "" {
		t.Errorf("shown as %+v", n)
	}
	for _, res := range list(t, r.Stage, "resource", "list", clusterName) {
		if res["id"] == guestNode {
			t.Errorf("the connection is listed as a resource: %v", res)
		}
	}
	command(t, r.Stage, "resource", "prefer", clusterName, wanderer, "--node", guestNode)
	r.runsOn(t, guestNode)
	command(t, r.Stage, "node", "standby", clusterName, guestNode)
	r.runsOn(t, "n1", "n2")
	command(t, r.Stage, "node", "unstandby", clusterName, guestNode)
	r.runsOn(t, guestNode)
	for _, argv := range [][]string{{"node", "remove", clusterName, guestNode}, {"node", "stop", clusterName, guestNode}} {
		if _, err := r.CLI(ctx, argv...); err == nil || !strings.Contains(err.Error(), "vm") {
			t.Errorf("%v: %v", argv, err)
		}
	}
	command(t, r.Stage, "resource", "delete", clusterName, "vm")
	r.runsOn(t, "n1", "n2")
	r.unknown(t, guestNode)
	if _, err := r.Exec(ctx, remoteNode, "systemctl", "stop", "pacemaker_remote"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Exec(ctx, remoteNode, "rm", "-f", stage.RemoteKey); err != nil {
		t.Fatal(err)
	}
}

// destroy: a remote node goes with its cluster, and its host is free.
func (r *remotes) destroy(t *testing.T) {
	command(t, r.Stage, "node", "add", clusterName, remoteNode, "--remote") // the address is found
	r.wait(t, remoteNode, "online", func(n api.Node) bool { return n.Online })
	command(t, r.Stage, "cluster", "destroy", clusterName, "--confirm", clusterName)
	for _, node := range []string{"n1", "n2", remoteNode} {
		if out := on(t, r.all, node, "ls", "-d", stage.RemoteKey); out != "" {
			t.Errorf("%s has %s", node, out)
		}
		host := row(t, list(t, r.all, "host", "list"), "name", node)
		if c, there := host["cluster"]; there && c != "" {
			t.Errorf("host %s is in cluster %v", node, c)
		}
	}
	if got := on(t, r.all, remoteNode, "systemctl", "is-active", "pacemaker_remote"); got != "inactive" {
		t.Errorf("pacemaker_remote is %s", got)
	}
}
