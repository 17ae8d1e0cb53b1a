package sim_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// need says what a simulated cluster cannot do without.
func need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes up to a minute")
	}
	testkit.Need(t, "pacemaker-tools")
	t.TempDir() // it is removed after the check for leaks, when nothing writes in it any more
	testkit.NoLeaks(t)
}

// start starts a simulation that ends with the test.
func start(t *testing.T, nodes ...string) *sim.Sim {
	t.Helper()
	return startIn(t, t.TempDir(), nodes...)
}

// startIn is start with everything in a folder of the caller's.
func startIn(t *testing.T, dir string, nodes ...string) *sim.Sim {
	t.Helper()
	need(t)
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Nodes: nodes, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onNode waits until a resource runs on one of these nodes, and nowhere else.
func onNode(t *testing.T, s *sim.Sim, resource string, nodes ...string) string {
	t.Helper()
	return onNodeOf(t, s, "demo", resource, nodes...)
}

// onNodeOf is onNode in the cluster of that name.
func onNodeOf(t *testing.T, s *sim.Sim, cluster, resource string, nodes ...string) string {
	t.Helper()
	var where string
	err := s.WaitFor(t.Context(), fmt.Sprintf("%s on one of %v", resource, nodes), func(ctx context.Context) error {
		var list api.Page[api.Resource]
		if err := s.API.Do(ctx, client.Request{Route: "resource.list", Path: map[string]string{"cluster": cluster}}, &list); err != nil {
			return err
		}
		for _, r := range list.Items {
			if r.ID == resource && slices.Contains(nodes, r.Node) && !r.Failed {
				where = r.Node
				return nil
			} else if r.ID == resource {
				return fmt.Errorf("%s is %s on %q, failed %v", r.ID, r.Role, r.Node, r.Failed)
			}
		}
		return fmt.Errorf("no resource %s among %d", resource, len(list.Items))
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// TestServiceSurvives: a cluster made through the API keeps its service through the death of a node, and the time line tells it.
func TestServiceSurvives(t *testing.T) {
	s := start(t, "n1", "n2", "n3")
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	first := onNode(t, s, "vip", "n1", "n2", "n3")
	told := timeLine(t, s)
	if err := s.Node(first).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	others := slices.DeleteFunc([]string{"n1", "n2", "n3"}, func(n string) bool { return n == first })
	onNode(t, s, "vip", others...)
	news := func() string {
		list := timeLine(t, s)
		return strings.Join(list[:len(list)-len(told)], " ")
	}
	eventually(t, "the time line", func() bool {
		return strings.Contains(news(), "node.lost") && strings.Contains(news(), "node.fenced") && strings.Contains(news(), "resource.moved:vip")
	})
	for _, once := range []string{"node.lost:" + first, "node.fenced:" + first, "resource.moved:vip"} {
		if n := strings.Count(news(), once); n != 1 {
			t.Errorf("%s is told %d times: %s", once, n, news())
		}
	}
	if err := s.Node(first).PowerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestLife goes through what happens to one cluster: its server and agents start anew, an agent is cut off, somebody changes
// it with another tool.
func TestLife(t *testing.T) {
	need(t)
	dir := t.TempDir()
	open := func() *sim.Sim {
		s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	where := onNode(t, s, "vip", "n1", "n2", "n3")
	eventually(t, "the verdict", func() bool { return cluster(t, s).Verdict.Level == ha.Protected })

	before := timeLine(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	onNode(t, s, "vip", where)
	eventually(t, "a fresh report", func() bool { return !cluster(t, s).Stale })
	if after := timeLine(t, s); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a restart of server and agents made news:\n%v\nbefore\n%v", after, before)
	}

	t.Run("AgentCutOff", func(t *testing.T) {
		s.Node(where).Partition(true)
		eventually(t, "the host to be shown as away", func() bool { return connected(t, s) == 2 })
		onNode(t, s, "vip", where) // the cluster has not noticed
		// What concerns the cluster is done by another node.
		if _, err := s.Do(t.Context(), client.Request{Route: "node.standby", Path: map[string]string{"cluster": "demo", "node": where}}); err != nil {
			t.Fatal(err)
		}
		others := slices.DeleteFunc([]string{"n1", "n2", "n3"}, func(n string) bool { return n == where })
		onNode(t, s, "vip", others...)
		s.Node(where).Partition(false)
		eventually(t, "the host to be back", func() bool { return connected(t, s) == 3 })
	})

	t.Run("ChangeFromOutside", func(t *testing.T) {
		newest := cluster(t, s).Revision
		c := exec.CommandContext(t.Context(), "crm_attribute", "--name", "cluster-recheck-interval", "--update", "7min")
		c.Env = append(os.Environ(), "CIB_file="+filepath.Join(dir, "world", "clusters", "demo", "cib.xml"))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var revision api.Revision
		eventually(t, "a revision from outside", func() bool {
			var list api.Page[api.Revision]
			if err := s.API.Do(t.Context(), client.Request{Route: "revision.list", Path: map[string]string{"cluster": "demo"}}, &list); err != nil || len(list.Items) == 0 {
				return false
			}
			revision = list.Items[0]
			return revision.Number > newest
		})
		if revision.Origin != "outside" || len(revision.Differences) != 1 || revision.Differences[0].After != "7min" {
			t.Errorf("got %+v", revision)
		}
	})
}

// TestSplitBrain: the side that has lost all its links is fenced, and the service runs once.
func TestSplitBrain(t *testing.T) {
	s := start(t, "n1", "n2", "n3")
	if err := s.Play(t.Context(), "split-brain"); err != nil {
		t.Fatal(err)
	}
	onNode(t, s, "vip", "n2", "n3")
	eventually(t, "the fencing in the time line", func() bool { return slices.Contains(timeLine(t, s), "node.fenced:n1") })
}

func cluster(t *testing.T, s *sim.Sim) api.ClusterDetail {
	t.Helper()
	var c api.ClusterDetail
	if err := s.API.Do(t.Context(), client.Request{Route: "cluster.show", Path: map[string]string{"cluster": "demo"}}, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func connected(t *testing.T, s *sim.Sim) int {
	t.Helper()
	var hosts api.Page[api.Host]
	if err := s.API.Do(t.Context(), client.Request{Route: "host.list"}, &hosts); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, h := range hosts.Items {
		if h.Connected {
			n++
		}
	}
	return n
}

func timeLine(t *testing.T, s *sim.Sim) []string {
	t.Helper()
	var events api.Page[api.Event]
	if err := s.API.Do(t.Context(), client.Request{Route: "event.list", Query: url.Values{"limit": {"200"}}}, &events); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range events.Items {
		list = append(list, e.Kind+":"+e.Object)
	}
	return list
}
