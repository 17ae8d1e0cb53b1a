package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// TestMembers takes a node out of a running cluster of three and takes it in again, starts and stops parts of the cluster and
// all of it, and ends it: by the commands that a script would use, looking at what the nodes themselves say. The protected
// service must not notice what is not about it.
func TestMembers(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	others := slices.DeleteFunc(slices.Clone(s.Nodes()), func(n string) bool { return n == active })
	leaver := others[1]
	staying := slices.DeleteFunc(slices.Clone(s.Nodes()), func(n string) bool { return n == leaver })
	for _, c := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"fields", func(t *testing.T) { promisedFields(t, s, active) }},
		{"remove a node", func(t *testing.T) { removeNode(t, s, active, leaver, staying) }},
		{"add it again", func(t *testing.T) { addNode(t, s, active, leaver) }},
		{"stop and start a node", func(t *testing.T) { stopNode(t, s, active, leaver) }},
		{"maintenance of a node", func(t *testing.T) { maintainNode(t, s, active) }},
		{"stop, start and restart the cluster", func(t *testing.T) { stopCluster(t, s) }},
		{"destroy the cluster", func(t *testing.T) { destroyCluster(t, s) }},
		{"forget a cluster", func(t *testing.T) { forgetCluster(t, s, others) }},
	} {
		if !t.Run(c.name, c.do) {
			explain(t, s)
			t.FailNow() // each goes on from where the one before has left the cluster
		}
	}
}

// command runs hawser as a script would.
func command(t *testing.T, s *stage.Stage, argv ...string) {
	t.Helper()
	if _, err := s.CLI(t.Context(), argv...); err != nil {
		t.Fatal(err)
	}
}

// on runs a program on a node and returns what it printed, whatever its status: what it says is looked at.
func on(t *testing.T, s *stage.Stage, node string, argv ...string) string {
	t.Helper()
	out, _ := s.Exec(t.Context(), node, argv...)
	return strings.TrimSpace(string(out))
}

// list returns what a command prints with -o json, as a script without Hawser's types reads it.
func list(t *testing.T, s *stage.Stage, argv ...string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	if err := s.JSON(t.Context(), &rows, argv...); err != nil {
		t.Fatal(err)
	}
	return rows
}

// row returns the object of that name.
func row(t *testing.T, rows []map[string]any, key, name string) map[string]any {
	t.Helper()
	for _, r := range rows {
		if r[key] == name {
			return r
		}
	}
	t.Fatalf("no %s %q in %v", key, name, rows)
	return nil
}

// has fails where a field is not what it should be.
func has(t *testing.T, row map[string]any, field string, want any) {
	t.Helper()
	if got, there := row[field]; !there || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is %v (there: %t), want %v, in %v", field, got, there, want, row)
	}
}

// promisedFields checks every field that scripts may rely on.
func promisedFields(t *testing.T, s *stage.Stage, active string) {
	var names []any
	for _, n := range s.Nodes() {
		names = append(names, n)
	}
	c := row(t, list(t, s, "cluster", "list"), "name", clusterName)
	has(t, c, "quorate", true)
	has(t, c, "nodes", names)
	if v, _ := c["verdict"].(string); v != string(ha.Protected) && v != string(ha.AtRisk) {
		t.Errorf("verdict %v", c["verdict"])
	}
	has(t, c, "resources", 4) // file system, database, virtual IP and the ping on all nodes
	nodes := list(t, s, "node", "list", clusterName)
	if len(nodes) != len(names) {
		t.Errorf("%d nodes", len(nodes))
	}
	for _, n := range nodes {
		has(t, n, "online", true)
		has(t, n, "standby", false)
		has(t, n, "maintenance", false)
		r, ok := n["resources"].([]any)
		if runs := slices.Contains(r, any(stage.Group+"-db")); !ok || runs != (n["name"] == active) {
			t.Errorf("resources of %v: %v; the service is on %s", n["name"], n["resources"], active)
		}
	}
	resources := list(t, s, "resource", "list", clusterName)
	for id, want := range map[string]map[string]any{
		stage.Group:         {"type": "group", "agent": "", "role": "Started", "node": active, "managed": true, "failed": false},
		stage.Group + "-db": {"type": "primitive", "agent": "ocf:hawser:pgsql", "role": "Started", "node": active, "managed": true, "failed": false},
	} {
		r := row(t, resources, "id", id)
		for field, value := range want {
			has(t, r, field, value)
		}
	}
}

// undisturbed does something that must not concern the service: it stays where it is, the same process of it, and the client
// does not notice.
func undisturbed(t *testing.T, s *stage.Stage, active string, do func(ctx context.Context) error) {
	t.Helper()
	before := postmaster(t, s, active)
	outage, err := s.Outage(t.Context(), time.Minute, do, func(context.Context) (bool, error) { return true, nil })
	if err != nil {
		t.Fatal(err)
	}
	if outage > 2*time.Second {
		t.Errorf("the client was without an answer for %s", outage)
	}
	if after := postmaster(t, s, active); after != before {
		t.Errorf("the database was process %s, and is %s", before, after)
	}
}

// postmaster is the process of the database on a node.
func postmaster(t *testing.T, s *stage.Stage, node string) string {
	t.Helper()
	pid, _, _ := strings.Cut(on(t, s, node, "cat", "/srv/pg/data/postmaster.pid"), "\n")
	if pid == "" {
		t.Fatalf("no database on %s", node)
	}
	return pid
}

// quorum checks what corosync itself says of its votes, on every node, and what its file says.
func quorum(t *testing.T, s *stage.Stage, nodes []string) {
	t.Helper()
	two := len(nodes) == 2
	for _, n := range nodes {
		said := on(t, s, n, "corosync-quorumtool", "-s")
		for key, want := range map[string]string{"Expected votes:": fmt.Sprint(len(nodes)), "Total votes:": fmt.Sprint(len(nodes)), "Quorate:": "Yes"} {
			_, rest, _ := strings.Cut(said, key)
			if got, _, _ := strings.Cut(strings.TrimSpace(rest), "\n"); got != want {
				t.Errorf("%s: %s %q, want %q", n, key, got, want)
			}
		}
		_, flags, _ := strings.Cut(said, "Flags:")
		flags, _, _ = strings.Cut(strings.TrimSpace(flags), "\n")
		if strings.Contains(flags, "2Node") != two || strings.Contains(flags, "WaitForAll") != two {
			t.Errorf("%s: flags %q with %d nodes", n, flags, len(nodes))
		}
		conf := on(t, s, n, "cat", "/etc/corosync/corosync.conf")
		if strings.Contains(conf, "two_node: 1") != two || strings.Contains(conf, "wait_for_all: 1") != two || strings.Count(conf, "nodeid:") != len(nodes) {
			t.Errorf("%s: with %d nodes corosync.conf is\n%s", n, len(nodes), conf)
		}
	}
}

// clean checks that nothing of a cluster is left on a host, and that the server has it as one that is free.
func clean(t *testing.T, s *stage.Stage, node string) {
	t.Helper()
	left := on(t, s, node, "find", "/etc/corosync/corosync.conf", "/etc/corosync/authkey", "/var/lib/pacemaker/cib", "/var/lib/pacemaker/pengine",
		"/var/lib/corosync", "-type", "f")
	if left != "" {
		t.Errorf("left on %s:\n%s", node, left)
	}
	for _, unit := range []string{"corosync", "pacemaker"} {
		if got := on(t, s, node, "systemctl", "is-active", unit); got != "inactive" {
			t.Errorf("%s on %s is %s", unit, node, got)
		}
		if got := on(t, s, node, "systemctl", "is-enabled", unit); got != "disabled" {
			t.Errorf("%s on %s is %s", unit, node, got)
		}
	}
	host := row(t, list(t, s, "host", "list"), "name", node)
	if c, there := host["cluster"]; there && c != "" {
		t.Errorf("host %s is in cluster %v", node, c)
	}
}

func removeNode(t *testing.T, s *stage.Stage, active, leaver string, staying []string) {
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "remove", clusterName, leaver)
		return err
	})
	quorum(t, s, staying)
	clean(t, s, leaver)
	// Pacemaker 2.1.5's controller lists one that left as "lost" until it is restarted, whatever crm_node --remove is told.
	if cib := on(t, s, active, "cibadmin", "--query"); strings.Contains(cib, `uname="`+leaver+`"`) || cib == "" {
		t.Errorf("the cluster still knows %s:\n%s", leaver, cib)
	}
	if nodes := list(t, s, "node", "list", clusterName); len(nodes) != len(staying) {
		t.Errorf("nodes %v", nodes)
	}
	if r := newest(t, s); r.Action != "node.remove" || r.Origin != "hawser" || r.State != "applied" || r.Revertible {
		t.Errorf("revision %+v", r)
	}
}

func addNode(t *testing.T, s *stage.Stage, active, joiner string) {
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "add", clusterName, joiner, "--address", s.Address(joiner, 0), "--address", s.Address(joiner, 1))
		return err
	})
	if err := s.WaitWell(t.Context(), clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
	quorum(t, s, s.Nodes())
	has(t, row(t, list(t, s, "node", "list", clusterName), "name", joiner), "online", true)
	// All agents have told of the configuration by now: nobody's change is told as somebody's.
	r := newest(t, s)
	if r.Action != "node.add" || r.Origin != "hawser" || r.State != "applied" || r.Object != joiner || r.Author != "admin" || r.Revertible {
		t.Errorf("revision %+v", r)
	}
	if !slices.ContainsFunc(r.Differences, func(d ha.Difference) bool { return d.Object == "node" && d.ID == joiner && d.Change == "added" }) {
		t.Errorf("differences %+v", r.Differences)
	}
}

func stopNode(t *testing.T, s *stage.Stage, active, node string) {
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "stop", clusterName, node)
		return err
	})
	for _, unit := range []string{"corosync", "pacemaker"} {
		if got := on(t, s, node, "systemctl", "is-active", unit); got != "inactive" {
			t.Errorf("%s on %s is %s", unit, node, got)
		}
	}
	if err := stage.Until(t.Context(), 10*time.Second, node+" told as offline", func(context.Context) (bool, error) {
		n := row(t, list(t, s, "node", "list", clusterName), "name", node)
		return n["online"] == false, fmt.Errorf("%v", n)
	}); err != nil {
		t.Error(err)
	}
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "start", clusterName, node)
		return err
	})
	if err := s.WaitWell(t.Context(), clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
}

func maintainNode(t *testing.T, s *stage.Stage, active string) {
	told := func(want bool) {
		t.Helper()
		if err := stage.Until(t.Context(), 10*time.Second, "told", func(context.Context) (bool, error) {
			n := row(t, list(t, s, "node", "list", clusterName), "name", active)
			r := row(t, list(t, s, "resource", "list", clusterName), "id", stage.Group+"-db")
			return n["maintenance"] == want && r["managed"] == !want && r["role"] == "Started", fmt.Errorf("%v, %v", n, r)
		}); err != nil {
			t.Error(err)
		}
	}
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "maintenance", clusterName, active)
		return err
	})
	told(true)
	undisturbed(t, s, active, func(ctx context.Context) error {
		_, err := s.CLI(ctx, "node", "unmaintenance", clusterName, active)
		return err
	})
	told(false)
}

func stopCluster(t *testing.T, s *stage.Stage) {
	command(t, s, "cluster", "stop", clusterName)
	for _, n := range s.Nodes() {
		for _, unit := range []string{"corosync", "pacemaker"} {
			if got := on(t, s, n, "systemctl", "is-active", unit); got != "inactive" {
				t.Errorf("%s on %s is %s", unit, n, got)
			}
		}
		if got := on(t, s, n, "pgrep", "-x", "postgres"); got != "" {
			t.Errorf("the database still runs on %s: %s", n, got)
		}
	}
	has(t, row(t, list(t, s, "cluster", "list"), "name", clusterName), "quorate", false)
	command(t, s, "cluster", "start", clusterName)
	if err := s.WaitWell(t.Context(), clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
	active, err := s.Active(t.Context(), clusterName, stage.Group)
	if err != nil {
		t.Fatal(err)
	}
	before := on(t, s, active, "pidof", "-s", "pacemakerd")
	command(t, s, "cluster", "restart", clusterName)
	if err := s.WaitWell(t.Context(), clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
	if after := on(t, s, active, "pidof", "-s", "pacemakerd"); after == before || after == "" {
		t.Errorf("pacemakerd on %s was process %q and is %q", active, before, after)
	}
	if lost, err := s.Verify(t.Context()); err != nil || lost != 0 {
		t.Errorf("%d rows are missing, err %v", lost, err)
	}
}

func destroyCluster(t *testing.T, s *stage.Stage) {
	command(t, s, "cluster", "destroy", clusterName, "--confirm", clusterName)
	for _, n := range s.Nodes() {
		clean(t, s, n)
	}
	if clusters := list(t, s, "cluster", "list"); len(clusters) != 0 {
		t.Errorf("clusters %v", clusters)
	}
	// The database says itself whether it was stopped or killed.
	node := s.Nodes()[0]
	if out, err := s.Exec(t.Context(), node, "mount", "-o", "ro", "/dev/hawser/lun0", "/srv/pg"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said := on(t, s, node, "/usr/lib/postgresql/15/bin/pg_controldata", "/srv/pg/data")
	if out, err := s.Exec(t.Context(), node, "umount", "/srv/pg"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, state, _ := strings.Cut(said, "Database cluster state:")
	if state, _, _ = strings.Cut(strings.TrimSpace(state), "\n"); state != "shut down" {
		t.Errorf("the database was left %q", state)
	}
}

// forgetCluster has the server forget a cluster, which goes on without it, and whose nodes are not to be had for another.
func forgetCluster(t *testing.T, s *stage.Stage, nodes []string) {
	const name = "brief"
	argv := []string{"cluster", "create", name}
	for _, n := range nodes {
		argv = append(argv, "--node", n+"="+s.Address(n, 0)+","+s.Address(n, 1))
	}
	command(t, s, argv...)
	quorum(t, s, nodes)
	command(t, s, "cluster", "remove", name)
	if clusters := list(t, s, "cluster", "list"); len(clusters) != 0 {
		t.Errorf("clusters %v", clusters)
	}
	for _, n := range nodes {
		if got := on(t, s, n, "systemctl", "is-active", "pacemaker"); got != "active" {
			t.Errorf("pacemaker on %s is %s", n, got)
		}
	}
	quorum(t, s, nodes)
	before := on(t, s, nodes[0], "cat", "/etc/corosync/corosync.conf")
	refused(t, s, refusal{argv: []string{"cluster", "create", "other", "--node", nodes[0] + "=" + s.Address(nodes[0], 0)}, code: 4, says: []string{name}})
	if after := on(t, s, nodes[0], "cat", "/etc/corosync/corosync.conf"); after != before {
		t.Errorf("corosync.conf became\n%s", after)
	}
	// What the server has forgotten an administrator ends by hand.
	for _, n := range nodes {
		if out, err := s.Exec(t.Context(), n, "pcs", "cluster", "destroy"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := stage.Until(t.Context(), 20*time.Second, "hosts that are free again", func(ctx context.Context) (bool, error) {
		var hosts []api.Host
		err := s.JSON(ctx, &hosts, "host", "list")
		held := slices.DeleteFunc(hosts, func(h api.Host) bool { return h.Cluster == "" && h.Facts.Cluster == "" })
		return err == nil && len(held) == 0, errors.Join(err, fmt.Errorf("of a cluster still: %+v", held))
	}); err != nil {
		t.Error(err)
	}
}
