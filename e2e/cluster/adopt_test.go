package cluster_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// adoptInstance is the sandbox of the cluster that pcs makes.
const adoptInstance = 237

// pcsCluster is its name.
const pcsCluster = "ha-cluster"

// byPcs builds a cluster of two as a guide for a database says, command by command: no fencing, quorum ignored, one link. What the
// guide replicates with DRBD is a stateful resource here, and its service a stand-in.
func byPcs(t *testing.T, s *stage.Stage) {
	t.Helper()
	ctx := t.Context()
	const password = "sandbox-only" // of nodes that nothing outside can reach
	first := s.Nodes()[0]
	auth := []string{"pcs", "host", "auth", "-u", "hacluster", "-p", password}
	setup := []string{"pcs", "cluster", "setup", pcsCluster}
	for _, n := range s.Nodes() {
		if out, err := s.ExecInput(ctx, []byte("hacluster:"+password+"\n"), n, "chpasswd"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		on(t, s, n, "systemctl", "enable", "--now", "--quiet", "pcsd")
		auth = append(auth, n, "addr="+s.Address(n, 0))
		setup = append(setup, n, "addr="+s.Address(n, 0))
	}
	if err := stage.Until(ctx, time.Minute, "pcs host auth", func(ctx context.Context) (bool, error) {
		_, err := s.Exec(ctx, first, auth...)
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "prepare-disk"); err != nil {
		t.Fatal(err)
	}
	for _, argv := range [][]string{
		append(setup, "--start", "--enable", "--force"),
		{"pcs", "cluster", "start", "--all", "--wait=120", "--request-timeout=240"},
		{"pcs", "property", "set", "stonith-enabled=false", "no-quorum-policy=ignore"},
		{"pcs", "resource", "create", "ClusterIP", "ocf:heartbeat:IPaddr2", "ip=" + s.Virtual(), "cidr_netmask=24", "op", "monitor", "interval=30s"},
		{
			"pcs", "resource", "create", "KaiwuData", "ocf:pacemaker:Stateful", "op", "monitor", "interval=10s", "promotable",
			"promoted-max=1", "promoted-node-max=1", "clone-max=2", "clone-node-max=1", "notify=true",
		},
		{"pcs", "resource", "create", "KaiwuFS", "ocf:heartbeat:Filesystem", "device=/dev/hawser/lun0", "directory=/srv/pg", "fstype=ext4"},
		{"pcs", "constraint", "colocation", "add", "KaiwuFS", "with", "Promoted", "KaiwuData-clone", "INFINITY"},
		{"pcs", "constraint", "order", "promote", "KaiwuData-clone", "then", "start", "KaiwuFS"},
		{"pcs", "resource", "create", "KaiwuDB", "ocf:pacemaker:Dummy", "op", "monitor", "on-fail=restart"},
		{"pcs", "resource", "defaults", "update", "migration-threshold=2"},
		{"pcs", "resource", "meta", "KaiwuDB", "failure-timeout=10s"},
		{"pcs", "constraint", "colocation", "add", "KaiwuDB", "with", "KaiwuFS", "INFINITY"},
		{"pcs", "constraint", "order", "start", "KaiwuFS", "then", "start", "KaiwuDB"},
		{"pcs", "resource", "group", "add", "KaiwuDBGrp", "KaiwuFS", "KaiwuDB"},
		{"pcs", "constraint", "colocation", "add", "ClusterIP", "with", "KaiwuDB", "INFINITY"},
		{"crm_resource", "--wait", "--timeout=120s"},
	} {
		if out, err := s.Exec(ctx, first, argv...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

// asItIs is all that an adoption must leave alone on a node: the files, the configuration with its version, the processes with the
// time at which they started, and the operations that were carried out.
func asItIs(t *testing.T, s *stage.Stage, node string) map[string]string {
	t.Helper()
	cib := on(t, s, node, "cibadmin", "--query")
	version := regexp.MustCompile(` (admin_epoch|epoch)="[0-9]+"`).FindAllString(cib, 2)
	calls := regexp.MustCompile(`operation_key="[^"]+"[^>]* call-id="[0-9]+"`).FindAllString(cib, -1)
	slices.Sort(calls)
	got := map[string]string{
		"corosync.conf": on(t, s, node, "cat", "/etc/corosync/corosync.conf"),
		"files":         on(t, s, node, "stat", "-c", "%n %i %Y %a", "/etc/corosync/corosync.conf", "/etc/corosync/authkey", "/etc/pacemaker/authkey"),
		"key":           on(t, s, node, "sha256sum", "/etc/corosync/authkey"),
		"version":       strings.Join(version, ""),
		"configuration": on(t, s, node, "cibadmin", "--query", "--scope", "configuration"),
		"operations":    strings.Join(calls, "\n"),
		"units":         on(t, s, node, "systemctl", "show", "-p", "Id", "-p", "MainPID", "-p", "UnitFileState", "corosync", "pacemaker", "pcsd"),
	}
	for _, program := range []string{"corosync", "pacemakerd", "pacemaker-based", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd", "pacemaker-schedulerd", "pacemaker-controld"} {
		pid := on(t, s, node, "pidof", program)
		if pid == "" {
			t.Errorf("%s does not run on %s", program, node)
		}
		got[program] = on(t, s, node, "ps", "-o", "pid,lstart", "-p", pid)
	}
	if len(version) != 2 || len(calls) == 0 {
		t.Fatalf("the CIB of %s is not understood: %v, %d operations", node, version, len(calls))
	}
	return got
}

// TestAdopt takes a cluster that pcs has made and that runs into management, with the agent on one node first. Nothing of the cluster
// may change by it; everything must be shown; then one thing is changed through Hawser.
func TestAdopt(t *testing.T) {
	onlyLong(t, "it takes some minutes")
	s := ownStage(t, "adopt", stage.Options{Instance: envOr("HAWSER_ADOPT_INSTANCE", adoptInstance), Nodes: []string{"n1", "n2"}})
	ctx := t.Context()
	if err := s.UpWithoutAgents(ctx); err != nil {
		t.Fatal(err)
	}
	byPcs(t, s)
	// The agent comes to the node that does not decide: the one that does can then tell nothing.
	dc := on(t, s, "n1", "crmadmin", "--dc_lookup", "--quiet")
	one, other := "n1", "n2"
	if dc == one {
		one, other = other, one
	}
	before := map[string]map[string]string{}
	for _, n := range s.Nodes() {
		before[n] = asItIs(t, s, n)
	}
	untouched := func(when string) {
		t.Helper()
		for _, n := range s.Nodes() {
			now := asItIs(t, s, n)
			for _, what := range slices.Sorted(maps.Keys(now)) {
				if now[what] != before[n][what] {
					t.Errorf("%s on %s, %s: it was\n%s\nand is\n%s", what, n, when, before[n][what], now[what])
				}
			}
		}
	}
	if err := s.Enrol(ctx, one); err != nil {
		t.Fatal(err)
	}
	var found []api.FoundCluster
	if err := s.JSON(ctx, &found, "cluster", "discover"); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Name != pcsCluster || found[0].Fault != nil || len(found[0].Nodes) != 2 || found[0].Online != 2 || found[0].Verdict == nil {
		t.Fatalf("found %+v", found)
	}
	out, err := s.CLI(ctx, "cluster", "adopt", pcsCluster, "--label", "KWDB")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "hawser-agent enroll") || !strings.Contains(string(out), other) {
		t.Errorf("it does not say how %s is enrolled:\n%s", other, out)
	}
	untouched("after the adoption")
	shown(t, s, before[one]["configuration"])
	has(t, row(t, list(t, s, "node", "list", pcsCluster), "name", other), "enrolled", false)
	refused(t, s, refusal{argv: []string{"cluster", "adopt", pcsCluster}, code: 4, says: []string{pcsCluster}})
	unsafe(t, s)

	// The only agent is not on the node that decides, and tells of an outside change all the same.
	on(t, s, other, "pcs", "property", "set", "cluster-recheck-interval=7min")
	if err := stage.Until(ctx, 20*time.Second, "a revision from outside", func(context.Context) (bool, error) {
		rows := list(t, s, "revision", "list", pcsCluster)
		return rows[0]["origin"] == "outside", fmt.Errorf("%v", rows[0])
	}); err != nil {
		t.Error(err)
	}
	for _, n := range s.Nodes() {
		before[n] = asItIs(t, s, n)
	}
	if err := s.Enrol(ctx, other); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, 30*time.Second, other+" a member", func(context.Context) (bool, error) {
		n := row(t, list(t, s, "node", "list", pcsCluster), "name", other)
		return n["enrolled"] == true && n["connected"] == true, fmt.Errorf("%v", n)
	}); err != nil {
		t.Error(err)
	}
	untouched("after the second agent was enrolled")

	command(t, s, "resource", "edit", pcsCluster, "KaiwuDB", "op_sleep=0")
	command(t, s, "cluster", "properties", pcsCluster, "pe-warn-series-max=123")
	if got := on(t, s, other, "crm_attribute", "--name", "pe-warn-series-max", "--query", "--quiet"); got != "123" {
		t.Errorf("the property is %q", got)
	}
	asFile(t, s, other)
	mended(t, s, other)
	if cib := on(t, s, other, "cibadmin", "--query", "--scope", "resources"); !strings.Contains(cib, `name="op_sleep" value="0"`) {
		t.Errorf("the parameter is not there:\n%s", cib)
	}
	if conf := on(t, s, one, "cat", "/etc/corosync/corosync.conf"); conf != before[one]["corosync.conf"] {
		t.Errorf("corosync.conf became\n%s", conf)
	}
}

// asFile writes the configuration as a file and applies it, as it is and changed.
func asFile(t *testing.T, s *stage.Stage, node string) {
	t.Helper()
	ctx := t.Context()
	text, err := s.CLI(ctx, "export", pcsCluster)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cluster.yaml")
	apply := func(from, to string) {
		t.Helper()
		changed := strings.Replace(string(text), from, to, 1)
		if from != to && changed == string(text) {
			t.Fatalf("no %q in\n%s", from, text)
		}
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, s, "apply", "-f", file)
	}
	version := func() string { return on(t, s, node, "cibadmin", "--query", "--xpath", "/cib/configuration") }
	before := version()
	apply("", "")
	if after := version(); after != before {
		t.Errorf("a file as it was exported has changed the configuration to\n%s", after)
	}
	apply(`pe-warn-series-max: "123"`, "pe-warn-series-max: 124")
	if got := on(t, s, node, "crm_attribute", "--name", "pe-warn-series-max", "--query", "--quiet"); got != "124" {
		t.Errorf("the property is %q", got)
	}
	before = version()
	command(t, s, "apply", "-f", file)
	if after := version(); after != before {
		t.Errorf("applied again it has changed the configuration to\n%s", after)
	}
	options := list(t, s, "cluster", "properties", pcsCluster, "--all")
	quorum := row(t, options, "name", "no-quorum-policy")
	has(t, quorum, "value", "ignore")
	has(t, quorum, "default", "stop")
	has(t, quorum, "dangerous", "quorum_ignored")
	if quorum["short"] == "" || len(options) < 30 {
		t.Errorf("%d options, %v", len(options), quorum)
	}
}

// shown checks that every resource and every constraint of a configuration is there.
func shown(t *testing.T, s *stage.Stage, configuration string) {
	t.Helper()
	for what, tags := range map[string]string{"resource": "primitive|group|clone", "constraint": "rsc_location|rsc_colocation|rsc_order"} {
		ids := regexp.MustCompile(`<(?:`+tags+`)\b[^>]*? id="([^"]+)"`).FindAllStringSubmatch(configuration, -1)
		if len(ids) < 5 {
			t.Errorf("only %d of %s in\n%s", len(ids), what, configuration)
		}
		rows := list(t, s, what, "list", pcsCluster)
		for _, id := range ids {
			row(t, rows, "id", id[1])
		}
	}
	for _, r := range list(t, s, "resource", "list", pcsCluster) {
		if r["type"] == "primitive" && r["role"] == "Stopped" {
			t.Errorf("%v is told as stopped", r)
		}
	}
}

// unsafe checks that what is unsafe in it is told, and stands in nobody's way.
func unsafe(t *testing.T, s *stage.Stage) {
	t.Helper()
	c := row(t, list(t, s, "cluster", "list"), "name", pcsCluster)
	has(t, c, "verdict", string(ha.AtRisk))
	if reasons := fmt.Sprint(c["reasons"]); !strings.Contains(reasons, "fencing_disabled") {
		t.Errorf("that nobody is fenced is not told: %s", reasons)
	}
	found := findings(t, s)
	for _, want := range []string{
		"fencing_off stonith-enabled", "quorum_ignored no-quorum-policy", "one_link ", "vip_unordered ClusterIP", "no_stickiness resource-stickiness",
		"monitor_no_timeout ClusterIP",
	} {
		if !slices.Contains(found, want) {
			t.Errorf("%q is not found, but %q", want, found)
		}
	}
}

// findings are the code and the object of each.
func findings(t *testing.T, s *stage.Stage) []string {
	t.Helper()
	var found []string
	for _, f := range list(t, s, "check", "list", pcsCluster) {
		object, _ := f["object"].(string)
		found = append(found, fmt.Sprint(f["code"], " ", object))
	}
	return found
}

// mended fixes what can be fixed safely: the finding is gone, and nothing was started or stopped for it.
func mended(t *testing.T, s *stage.Stage, node string) {
	t.Helper()
	acted := func() string {
		cib := on(t, s, node, "cibadmin", "--query", "--xpath", "//lrm_rsc_op[@operation='start' or @operation='stop' or @operation='promote' or @operation='demote']")
		calls := regexp.MustCompile(`operation_key="[^"]+"[^>]* call-id="[0-9]+"`).FindAllString(cib, -1)
		slices.Sort(calls)
		return strings.Join(calls, "\n")
	}
	before := acted()
	if before == "" {
		t.Fatal("no start was ever noted")
	}
	for _, f := range [][]string{{"vip_unordered", "ClusterIP"}, {"monitor_no_timeout", "ClusterIP"}, {"no_stickiness", "resource-stickiness"}} {
		command(t, s, append([]string{"check", "fix", pcsCluster}, f...)...)
		if left := findings(t, s); slices.Contains(left, strings.Join(f, " ")) {
			t.Errorf("%q is still found: %q", f, left)
		}
	}
	if after := acted(); after != before {
		t.Errorf("starts and stops were\n%s\nand are\n%s", before, after)
	}
	refused(t, s, refusal{argv: []string{"check", "fix", pcsCluster, "fencing_off", "stonith-enabled"}, code: 4, says: []string{"stonith-enabled"}})
}
