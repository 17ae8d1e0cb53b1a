package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	healthInstance = 243
	healthCluster  = "ward"
	// movedWithin is how long a service may take to be elsewhere once a value is there: it must last, be seen, and the service stops and starts.
	movedWithin = time.Minute
)

// feeder is a program on a node that writes the kernel's figures as two files say: nodes of the sandbox share /proc, so that a load on
// one would be seen on all. What an agent reads there it reads as it reads /proc.
const feeder = `set -e
mkdir -p /run/feed/proc /run/fill
mountpoint -q /run/fill || mount -t tmpfs -o size=8m tmpfs /run/fill
cd /run/feed
echo 5 >cpu; echo 30 >mem
busy=0; idle=0
while :; do
  c=$(cat cpu); m=$(cat mem)
  busy=$((busy + c)); idle=$((idle + 100 - c))
  printf 'cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 %d 0 0 %d 0 0 0 0 0 0\n' $busy $idle $busy $idle >proc/stat.new
  printf 'MemTotal: 100000 kB\nMemFree: 0 kB\nMemAvailable: %d kB\nBuffers: 0 kB\nCached: 0 kB\n' $(((100 - m) * 1000)) >proc/meminfo.new
  mv proc/stat.new proc/stat; mv proc/meminfo.new proc/meminfo
  sleep 1
done
`

// sick is a cluster whose nodes are as well as the test says.
type sick struct {
	*stage.Stage
	t *testing.T
}

// ward brings it up: web, which prefers n1 and returns there, and stay, which the colours do not concern.
func ward(t *testing.T) *sick {
	s := &sick{ownStage(t, "health", stage.Options{Instance: envOr("HAWSER_HEALTH_INSTANCE", healthInstance), Nodes: []string{"n1", "n2", "n3"}}), t}
	ctx := t.Context()
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, s.Stage)
		}
	})
	if err := s.Up(ctx); err != nil {
		t.Fatal(err)
	}
	for _, n := range s.Nodes() {
		// By a file: systemd would put its own values for what a shell calls by a dollar.
		if _, err := s.ExecInput(ctx, []byte(feeder), n, "tee", "/run/feeder.sh"); err != nil {
			t.Fatal(err)
		}
		s.on(n, "systemd-run", "--quiet", "--collect", "--unit=hawser-feed", "sh", "/run/feeder.sh")
		s.sh(n, "mkdir -p /etc/hawser && echo 'hostProc: /run/feed/proc' >/etc/hawser/agent.yaml")
		s.wait("the first figures", time.Minute, func(ctx context.Context) (bool, error) {
			_, err := s.Exec(ctx, n, "test", "-s", "/run/feed/proc/meminfo")
			return err == nil, err
		})
	}
	if err := s.Agents(ctx, "restart"); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitConnected(ctx, s.Nodes()...); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateCluster(ctx, healthCluster, "balanced"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"web", "stay"} {
		s.cli("resource", "create", healthCluster, id, "ocf:pacemaker:Dummy")
		s.cli("resource", "prefer", healthCluster, id, "--node", "n1")
	}
	return s
}

func (s *sick) on(node string, argv ...string) string {
	s.t.Helper()
	out, err := s.Exec(s.t.Context(), node, argv...)
	if err != nil {
		s.t.Fatalf("%s: %v: %v", node, argv, err)
	}
	return string(out)
}

func (s *sick) sh(node, script string) string {
	s.t.Helper()
	return s.on(node, "sh", "-c", script)
}

func (s *sick) cli(argv ...string) string {
	s.t.Helper()
	out, err := s.CLI(s.t.Context(), argv...)
	if err != nil {
		s.t.Fatalf("hawser %s: %v", strings.Join(argv, " "), err)
	}
	return string(out)
}

func (s *sick) wait(what string, within time.Duration, check func(context.Context) (bool, error)) {
	s.t.Helper()
	if err := stage.Until(s.t.Context(), within, what, check); err != nil {
		s.t.Fatal(err)
	}
}

// attribute is what attrd has of a node, empty where nothing.
func (s *sick) attribute(ctx context.Context, node string, k ha.HealthKind) (string, error) {
	out, err := s.Exec(ctx, "n2", "attrd_updater", "--name="+k.Attribute(), "--query", "--node="+node)
	if _, ended := errors.AsType[*stage.ExitError](err); ended {
		return "", nil // there is none
	}
	_, value, _ := strings.Cut(string(out), `value="`)
	value, _, _ = strings.Cut(value, `"`)
	return value, err
}

// colour waits until the cluster itself has a colour of a node.
func (s *sick) colour(node string, k ha.HealthKind, want ha.Colour) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%s of %s to be %s", k, node, want), movedWithin, func(ctx context.Context) (bool, error) {
		got, err := s.attribute(ctx, node, k)
		return ha.Colour(got) == want, errors.Join(err, fmt.Errorf("it is %q", got))
	})
}

// where is on which node a resource runs, as the cluster itself says; empty where it does not run.
func (s *sick) where(ctx context.Context, id string) (string, error) {
	out, err := s.Exec(ctx, "n2", "crm_resource", "--locate", "--resource", id, "--quiet")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *sick) at(id, node string, want bool) {
	s.t.Helper()
	what := fmt.Sprintf("%s on %s: %v", id, node, want)
	s.wait(what, movedWithin, func(ctx context.Context) (bool, error) {
		on, err := s.where(ctx, id)
		return on != "" && (on == node) == want, errors.Join(err, fmt.Errorf("it is on %q", on))
	})
}

// load is what a test does to a node, and undo how it ends.
type load struct {
	kind       ha.HealthKind
	do, undo   string
	name       string
	meanwhile  func(*sick)
	afterwards func(*sick)
}

// TestHealth loads processors, memory and a disk of one node: its service moves, and comes back when the node is well. The agent is
// killed meanwhile, and the server is away meanwhile. An excepted service stays, and the last node is never emptied.
func TestHealth(t *testing.T) {
	wider(t)
	s := ward(t)
	ctx := t.Context()
	rule := "on yellow=80 red=95 lasts=10s back=10s margin=5"
	s.cli("health", "set", healthCluster, "--move", "red", "--cpu", rule, "--mem", rule, "--disk", rule+" mounts=/run/fill", "--except", "stay")
	s.at("web", "n1", true)
	// Pacemaker takes the set that only Hawser reads, and says nothing of it.
	s.on("n1", "crm_verify", "--live-check", "--verbose")
	for _, n := range s.Nodes() {
		if log := s.on(n, "journalctl", "--no-pager", "--quiet", "--unit=pacemaker"); strings.Contains(log, "hawser-health") && strings.Contains(log, "error") {
			for line := range strings.Lines(log) {
				if strings.Contains(line, "hawser-health") && strings.Contains(line, "error") {
					t.Errorf("%s: %s", n, line)
				}
			}
		}
	}
	var plan api.HealthPlan
	if err := s.JSON(ctx, &plan, "health", "whatif", healthCluster, "--colour", "n1:cpu=red"); err != nil {
		t.Fatal(err)
	}
	foretold := map[string]string{}
	for _, a := range plan.Forecast.Actions {
		foretold[a.Resource] = a.Kind + " " + a.From
	}
	if foretold["web"] != "move n1" || foretold["stay"] != "" {
		t.Errorf("foretold: %+v", plan.Forecast.Actions)
	}
	begin := time.Now()
	for _, l := range []load{
		{kind: ha.HealthCPU, name: "Processors", do: "echo 99 >/run/feed/cpu", undo: "echo 5 >/run/feed/cpu"},
		{
			kind: ha.HealthMemory, name: "Memory, and the agent is killed", do: "echo 97 >/run/feed/mem", undo: "echo 30 >/run/feed/mem",
			meanwhile: func(s *sick) {
				pid, err := s.AgentPID(s.t.Context(), "n1")
				if err == nil {
					err = syscall.Kill(pid, syscall.SIGKILL)
				}
				if err != nil {
					s.t.Fatal(err)
				}
				s.wait("another agent", movedWithin, func(ctx context.Context) (bool, error) {
					now, err := s.AgentPID(ctx, "n1")
					return err == nil && now != pid, err
				})
				if err := s.WaitConnected(s.t.Context(), "n1"); err != nil {
					s.t.Fatal(err)
				}
			},
		},
		{
			kind: ha.HealthDisk, name: "Disk, and the server is away", do: "head -c 8m /dev/zero >/run/fill/file || true", undo: "rm -f /run/fill/file",
			meanwhile: func(s *sick) {
				if err := s.KillServer(s.t.Context()); err != nil {
					s.t.Fatal(err)
				}
			},
			afterwards: func(s *sick) {
				if err := s.StartServer(s.t.Context()); err != nil {
					s.t.Fatal(err)
				}
				if err := s.WaitConnected(s.t.Context(), s.Nodes()...); err != nil {
					s.t.Fatal(err)
				}
			},
		},
	} {
		ok := t.Run(l.name, func(t *testing.T) {
			s := &sick{s.Stage, t}
			if l.kind == ha.HealthDisk { // the server is away before anything happens
				l.meanwhile(s)
			}
			s.sh("n1", l.do)
			s.colour("n1", l.kind, ha.Red)
			s.at("web", "n1", false)
			s.at("stay", "n1", true)
			if l.kind == ha.HealthMemory {
				l.meanwhile(s)
				if got, err := s.attribute(t.Context(), "n1", l.kind); err != nil || got != string(ha.Red) {
					t.Errorf("after a new start of the agent it is %q, %v", got, err)
				}
			}
			s.sh("n1", l.undo)
			s.colour("n1", l.kind, ha.Green)
			s.at("web", "n1", true)
			if l.afterwards != nil {
				l.afterwards(s)
			}
		})
		if !ok {
			return
		}
	}
	// Each change of colour was told once, whoever was away.
	want := map[string]int{}
	for _, k := range ha.HealthKinds {
		want["health.red n1 "+string(k)], want["health.green n1 "+string(k)] = 1, 1
	}
	s.wait("all changes to be told", movedWithin, func(ctx context.Context) (bool, error) {
		events, err := s.Events(ctx, healthCluster, begin.Add(-time.Second))
		told := map[string]int{}
		for _, e := range events {
			if strings.HasPrefix(e.Kind, "health.") {
				told[e.Kind+" "+e.Object+" "+e.Args["kind"]]++
			}
		}
		for what, n := range want {
			if told[what] != n {
				return false, errors.Join(err, fmt.Errorf("%s was told %d times of %v", what, told[what], told))
			}
		}
		return true, nil
	})
	t.Run("All nodes", func(t *testing.T) {
		s := &sick{s.Stage, t}
		for _, n := range s.Nodes() {
			s.sh(n, "echo 99 >/run/feed/cpu; echo 99 >/run/feed/mem; head -c 8m /dev/zero >/run/fill/file || true")
		}
		for _, n := range s.Nodes() {
			for _, k := range ha.HealthKinds {
				s.colour(n, k, ha.Red)
			}
		}
		for _, id := range []string{"web", "stay"} { // all are alike: the order of nodes decides
			s.at(id, "n1", true)
		}
		for _, n := range s.Nodes() {
			s.sh(n, "echo 5 >/run/feed/cpu; echo 30 >/run/feed/mem; rm -f /run/fill/file")
		}
		for _, n := range s.Nodes() {
			for _, k := range ha.HealthKinds {
				s.colour(n, k, ha.Green)
			}
		}
	})
	s.cli("health", "unset", healthCluster, "--yes")
	for _, n := range s.Nodes() {
		for _, k := range ha.HealthKinds {
			s.colour(n, k, "")
		}
	}
	if left := s.on("n1", "cibadmin", "--query", "--scope=crm_config"); strings.Contains(left, "health") {
		t.Errorf("left: %s", left)
	}
}

// TestHealthWave: half an hour of a load that comes and goes, with periods from half to twice the time that it must last. Between two
// changes of colour there is always the time that a value must last and the way back together, and the service moves no more often.
func TestHealthWave(t *testing.T) {
	onlyLong(t, "half an hour of a load that comes and goes")
	s := ward(t)
	const lasts, back, length = 20 * time.Second, 20 * time.Second, 30 * time.Minute
	s.cli("health", "set", healthCluster, "--move", "red", "--cpu", fmt.Sprintf("on yellow=80 red=95 lasts=%.0fs back=%.0fs margin=5", lasts.Seconds(), back.Seconds()), "--mem", "off", "--disk", "off")
	s.at("web", "n1", true)
	// A load that stays does colour the node, or half an hour without a move would prove nothing.
	s.sh("n1", "echo 99 >/run/feed/cpu")
	s.at("web", "n1", false)
	s.sh("n1", "echo 5 >/run/feed/cpu")
	s.colour("n1", ha.HealthCPU, ha.Green)
	s.at("web", "n1", true)
	begin := time.Now()
	for n := 0; time.Since(begin) < length; n++ {
		half := lasts / 4 * time.Duration(1+n%4) // 0.25, 0.5, 0.75 and 1 × lasts: periods of 0.5 to 2 × lasts
		for _, percent := range []string{"99", "5"} {
			s.sh("n1", "echo "+percent+" >/run/feed/cpu")
			wave := time.NewTimer(half)
			select {
			case <-wave.C:
			case <-t.Context().Done():
				t.Fatal(t.Context().Err())
			}
		}
	}
	s.colour("n1", ha.HealthCPU, ha.Green)
	var events []api.Event
	if err := s.JSON(t.Context(), &events, "event", "list", healthCluster, "--limit", "500", "--since", (length + 5*time.Minute).String()); err != nil {
		t.Fatal(err)
	}
	var changes, moves []time.Time
	for _, e := range events {
		switch {
		case e.Object == "n1" && e.At.After(begin) && (e.Kind == string(ha.HealthRed) || e.Kind == string(ha.HealthGreen) || e.Kind == string(ha.HealthYellow)):
			changes = append(changes, e.At)
		case e.Object == "web" && e.Kind == string(ha.ResourceMoved) && e.At.After(begin):
			moves = append(moves, e.At)
		}
	}
	for i := 1; i < len(changes); i++ { // newest first
		if apart := changes[i-1].Sub(changes[i]); apart < lasts+back-time.Second {
			t.Errorf("two changes are %v apart", apart)
		}
	}
	if most := int(time.Since(begin)/(lasts+back)) + 1; len(moves) > most {
		t.Errorf("%d moves in %v, at most %d are allowed", len(moves), time.Since(begin), most)
	}
	t.Logf("%d changes of colour, %d moves in %v", len(changes), len(moves), length)
	if path := os.Getenv("HAWSER_HEALTH_RESULTS"); path != "" {
		text := fmt.Sprintf("# Smart migration under a wave\n\nCommit %s, %s: %v of a load that comes and goes with periods of 0.5 to 2 × %v, way back %v.\n\n| changes of colour | moves of the service | allowed |\n| --- | --- | --- |\n| %d | %d | %d |\n",
			os.Getenv("HAWSER_COMMIT"), time.Now().UTC().Format("2006-01-02"), length, lasts, back, len(changes), len(moves), int(length/(lasts+back))+1)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
}
