package cluster_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

// Where the agent that tests build is in a node, what it reads and what it writes. /run is gone with the node's power, and the
// agent that is shipped is back.
const (
	killAgent  = "/run/hawser-kill/hawser-agent"
	killDropIn = "/run/systemd/system/hawser-agent.service.d/kill.conf"
	killFile   = "/run/hawser-killpoints"
	passedFile = "/run/hawser-passed"
)

// killing is the stage with agents, and where it is asked for a server, that can be told where to die.
type killing struct {
	t        *testing.T
	s        *stage.Stage // with the server that is shipped
	k        *stage.Stage // the same stage, with the other
	agent    []byte
	cluster  string
	outcomes []outcome
	reached  map[string]bool // command/step
	tried    map[string]bool // operation and point
	missed   *spot           // where nobody has died, and who has passed it instead
	again    map[string]int  // how often a point was tried again on another node
}

// outcome is what came of one death.
type outcome struct {
	what, point, says, left, commit string
	failed                          bool
}

func newKilling(t *testing.T, s *stage.Stage, cluster string) *killing {
	t.Helper()
	o := s.Options()
	shipped := o.Bin
	o.Bin = filepath.Join(o.Root, "build", "killpoints")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-trimpath", "-o", o.Bin+"/", "./server/cmd/...", "./agent/cmd/...")
	build.Dir, build.Env = o.Root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("programs that can be told where to die: %v\n%s", err, out)
	}
	// No program that is shipped can be told to die, by whatever file or variable.
	for _, name := range []string{"hawser-agent", "hawser-server"} {
		for dir, want := range map[string]bool{o.Bin: true, shipped: false} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Contains(data, []byte(killFile)) || bytes.Contains(data, []byte("HAWSER_TEST_KILL")); got != want {
				t.Fatalf("%s/%s can be told to die: %t", dir, name, got)
			}
		}
	}
	for _, name := range []string{"hawser", "sandbox"} {
		if err := os.Symlink(filepath.Join(shipped, name), filepath.Join(o.Bin, name)); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	k := &killing{t: t, s: s, k: stage.New(o), cluster: cluster, reached: map[string]bool{}, tried: map[string]bool{}, again: map[string]int{}}
	var err error
	if k.agent, err = os.ReadFile(filepath.Join(o.Bin, "hawser-agent")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		for _, n := range s.Machines() {
			_, err := s.Exec(ctx, n, "sh", "-c", "rm -f "+killDropIn+" "+killFile+" && systemctl daemon-reload && systemctl restart hawser-agent")
			if err != nil {
				t.Error(err)
			}
		}
		if err := s.WaitConnected(ctx, s.Machines()...); err != nil {
			t.Error(err)
		}
	})
	for _, n := range s.Machines() { // of an earlier run
		if _, err := s.Exec(t.Context(), n, "rm", "-f", killDropIn); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.rig(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

// rig gives every machine the agent that can be told where to die, unless it has it.
func (k *killing) rig(ctx context.Context) error {
	for _, n := range k.s.Machines() {
		if _, err := k.s.Exec(ctx, n, "test", "-e", killDropIn); err == nil {
			continue
		}
		if _, err := k.s.ExecInput(ctx, k.agent, n, "sh", "-c", "mkdir -p "+filepath.Dir(killAgent)+" "+filepath.Dir(killDropIn)+" && cat >"+killAgent+".new && chmod 755 "+killAgent+".new && mv "+killAgent+".new "+killAgent); err != nil {
			return err
		}
		unit := "[Service]\nExecStart=\nExecStart=" + killAgent + " run\nRestartSec=100ms\n"
		if _, err := k.s.ExecInput(ctx, []byte(unit), n, "sh", "-c", "cat >"+killDropIn+" && systemctl daemon-reload && systemctl restart hawser-agent"); err != nil {
			return err
		}
	}
	return k.s.WaitConnected(ctx, k.s.Machines()...)
}

// passed returns the points that the agents have passed since it was asked last, by machine.
func (k *killing) passed(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	for _, n := range k.s.Machines() {
		out, err := k.s.Exec(ctx, n, "sh", "-c", "cat "+passedFile+" 2>/dev/null; rm -f "+passedFile)
		if err != nil {
			return nil, err
		}
		all[n] = strings.Fields(string(out))
		for _, p := range all[n] {
			parts := strings.Split(p, "/")
			k.reached[parts[0]+"/"+parts[1]] = true
		}
	}
	return all, nil
}

// picture is everything that must be as before or as after: the files of every node, the configuration, and what runs where.
func (k *killing) picture(ctx context.Context) (string, error) {
	var text strings.Builder
	keys := map[string]bool{}
	asked := ""
	for _, n := range k.s.Nodes() {
		out, err := k.s.Exec(ctx, n, "sh", "-c", `for d in /etc/corosync /etc/hawser /etc/pacemaker; do test -d $d && find $d -type f -printf '%p %m %u ' -exec sha256sum {} \; ; done
			for u in corosync pacemaker corosync-qdevice hawser-diskhb; do echo $u $(systemctl is-enabled $u) $(systemctl is-active $u); done; cat /etc/corosync/corosync.conf 2>/dev/null`)
		if err != nil && len(out) == 0 {
			return "", err
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Fields(line)
			if len(f) > 3 && f[0] == "/etc/corosync/authkey" {
				keys[f[3]] = true
			}
			if len(f) > 3 && made(f[0]) {
				line = strings.Join(f[:3], " ") + "\n"
			}
			if len(f) == 2 && f[0] == "config_version:" { // counts the changes, those that were taken back too
				continue
			}
			if line == "pacemaker enabled active\n" || line == "pacemaker disabled active\n" {
				asked = n
			}
			text.WriteString(n + ": " + line)
		}
	}
	fmt.Fprintf(&text, "keys: %d\n", len(keys))
	if asked == "" {
		return text.String(), nil
	}
	cib, err := k.s.Exec(ctx, asked, "cibadmin", "--query", "--scope", "configuration")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(cib)) {
		if !strings.Contains(line, "last-lrm-refresh") { // when Pacemaker was asked to clean up last
			text.WriteString(secretFile.ReplaceAllString(line, "/secrets/"))
		}
	}
	mon, err := k.s.Exec(ctx, asked, "crm_mon", "--one-shot", "--inactive", "--output-as=xml")
	if err != nil {
		return "", err
	}
	places, err := places(mon)
	return text.String() + strings.Join(places, "\n"), err
}

// secretFile is the name of a file with a password, which is another each time.
var secretFile = regexp.MustCompile(`/secrets/[a-z0-9-]+`)

// made says whether a file has other content each time it is made: keys, certificates, and what counts changes. The content of
// corosync.conf is part of the picture line by line.
func made(path string) bool {
	return path == "/etc/corosync/authkey" || path == "/etc/corosync/corosync.conf" || strings.HasPrefix(path, "/etc/corosync/q") || strings.HasPrefix(path, "/etc/hawser/")
}

// places says what crm_mon tells of nodes and resources. Where a fence device runs is of no meaning.
func places(mon []byte) ([]string, error) {
	var list []string
	resource, agent := "", ""
	d := xml.NewDecoder(bytes.NewReader(mon))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			slices.Sort(list)
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			at := map[string]string{}
			for _, a := range e.Attr {
				at[a.Name.Local] = a.Value
			}
			switch {
			case e.Name.Local == "resource" && at["role"] != "":
				resource, agent = fmt.Sprintf("%s %s active=%s failed=%s managed=%s", at["id"], at["role"], at["active"], at["failed"], at["managed"]), at["resource_agent"]
			case e.Name.Local == "node" && resource != "" && !strings.HasPrefix(agent, "stonith:"):
				resource += " " + at["name"]
			case e.Name.Local == "node" && at["online"] != "":
				list = append(list, fmt.Sprintf("node %s online=%s standby=%s maintenance=%s pending=%s unclean=%s", at["name"], at["online"], at["standby"], at["maintenance"], at["pending"], at["unclean"]))
			case e.Name.Local == "failure":
				list = append(list, "failure "+at["op_key"]+" "+at["exitstatus"])
			}
		case xml.EndElement:
			if e.Name.Local == "resource" && resource != "" {
				list, resource = append(list, resource), ""
			}
		}
	}
}

// daemons tells the daemons of the cluster and the database, each with PID and start time: one that was restarted is another. What a
// daemon forks has its name until it becomes the program that it is to run.
func (k *killing) daemons(ctx context.Context, nodes []string) (string, error) {
	node := map[string]string{}
	for _, n := range nodes {
		ns, err := k.s.Exec(ctx, n, "readlink", "/proc/1/ns/pid")
		if err != nil {
			return "", err
		}
		node[strings.TrimSpace(string(ns))] = n
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return "", err
	}
	var list []string
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		comm := string(raw[bytes.IndexByte(raw, '(')+1 : bytes.LastIndexByte(raw, ')')])
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		ns, err := os.Readlink(filepath.Join(filepath.Dir(path), "ns", "pid"))
		argv, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if len(argv) == 0 || comm == "pacemakerd" && bytes.Count(argv, []byte{0}) > 1 {
			continue // an agent of ours or of a resource asks which version is installed: gone in a moment, or already
		}
		if n := node[ns]; err == nil && n != "" && (comm == "corosync" || strings.HasPrefix(comm, "pacemaker") || comm == "postgres") && !childOf(fields[1], comm) {
			list = append(list, n+" "+comm+" "+filepath.Base(filepath.Dir(path))+" "+fields[19])
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n"), nil
}

func childOf(parent, comm string) bool {
	name, err := os.ReadFile("/proc/" + parent + "/comm")
	return err == nil && strings.TrimSpace(string(name)) == comm
}

// newestOperation is the one that was begun last, whatever it is about.
func (k *killing) newestOperation(ctx context.Context) (api.Operation, error) {
	var list []api.Operation
	if err := k.s.JSON(ctx, &list, "operation", "list"); err != nil {
		return api.Operation{}, err
	}
	var newest api.Operation
	for _, o := range list {
		if o.Started.After(newest.Started) {
			newest = o
		}
	}
	return newest, nil
}

// outside counts the revisions that are told as somebody else's.
func (k *killing) outside(ctx context.Context) (int, error) {
	var list []api.Revision
	if err := k.s.JSON(ctx, &list, "revision", "list", k.cluster); err != nil {
		if exit, ok := errors.AsType[*stage.ExitError](err); ok && exit.Code == 3 {
			return 0, nil // no cluster
		}
		return 0, err
	}
	n := 0
	for _, r := range list {
		if r.Origin != "hawser" {
			n++
		}
	}
	return n, nil
}

// outcomesOf reads the table that an earlier run has written, if there is one.
func outcomesOf(path string) ([]outcome, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []outcome
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if len(cells) == 5 && cells[0] != "operation" && !strings.HasPrefix(cells[0], "---") {
			list = append(list, outcome{what: cells[0], point: cells[1], says: cells[2], left: cells[3], commit: cells[4], failed: strings.Contains(cells[3], "**wrong**")})
		}
	}
	return list, nil
}

// write makes the table of the long run. What an earlier run has tried and this one has not stays, with its commit.
func (k *killing) write(path string) error {
	tried := map[string]bool{}
	for i := range k.outcomes {
		k.outcomes[i].commit = os.Getenv("HAWSER_COMMIT")
		tried[k.outcomes[i].what+"|"+k.outcomes[i].point] = true
	}
	kept, err := outcomesOf(path)
	if err != nil {
		return err
	}
	kept = slices.DeleteFunc(kept, func(o outcome) bool { return tried[o.what+"|"+o.point] })
	all := slices.Concat(kept, k.outcomes)
	counts := map[bool]int{}
	rows := ""
	for _, o := range all {
		counts[o.failed]++
		rows += fmt.Sprintf("| %s | %s | %s | %s | %s |\n", o.what, o.point, o.says, o.left, o.commit)
	}
	text := fmt.Sprintf("# Killed at every step, on real nodes\n\nLast run %s (`RUN=TestKilled make test-long`, or a part of it, of which each row has the commit): %d deaths, %d of them with an outcome that must not be.\n"+
		"There is no seed: the loop goes over every named step of the engine, as the engine itself lists them, and over every step of the server's operation.\n"+
		"After each death the operation went on by itself. The state that is left is told from the files of all nodes, the CIB and what runs where; "+
		"but for the nodes that the operation itself starts or stops, no daemon of the cluster and not the database had another PID or start time than before, "+
		"and no change of ours was told as somebody else's.\n\n"+
		"| operation | killed at | the operation says | left | commit |\n| --- | --- | --- | --- | --- |\n%s",
		time.Now().UTC().Format("2006-01-02"), len(all), counts[true], rows)
	return os.WriteFile(path, []byte(text), 0o644)
}
