// Command insight measures how one large cluster is carried by server and agents, on simulated nodes: how long a page has to wait for
// its state, how long a forecast and an explanation take, and whether a revert brings back the very same configuration. The peer is
// Pacemaker's own tool, asked once for the same cluster.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/pacemaker"
	"hawser/cli/client"
	"hawser/e2e/bench/table"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/manifest"
)

const cluster = "large"

// disabled is which of ten groups is: its members can be put in another order without the simulation stopping and starting them, which
// takes it minutes in a cluster of this size.
const disabled = 4

func main() {
	nodes := flag.Int("nodes", 32, "nodes of the cluster")
	resources := flag.Int("resources", 500, "primitives, in groups of ten")
	rounds := flag.Int("rounds", 5, "how often each is measured; the median is told")
	out := flag.String("out", "build/bench/insight.json", "file for the results")
	doc := flag.String("doc", "", "file for the results as people read them; none")
	commit := flag.String("commit", "unknown", "what is measured, for that file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	rows, err := measure(ctx, *nodes, *resources, *rounds)
	if err == nil {
		table.Print(os.Stdout, rows)
		err = table.WriteJSON(*out, rows)
	}
	if err == nil && *doc != "" {
		text := fmt.Sprintf("# A large cluster\n\nWritten by `make bench-insight`, commit %s, %s: %d nodes and %d resources, all simulated, median of %d; server, agents and scheduler on one machine with %d processors. "+
			"The peer is one run of Pacemaker's own tool on the same CIB: crm_mon for the state, crm_simulate for what-if and why, which ask it several times.\n\n",
			*commit, time.Now().UTC().Format("2006-01-02"), *nodes, *resources, *rounds, runtime.NumCPU())
		err = os.WriteFile(*doc, []byte(text+table.Markdown(rows)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, nodes, resources, rounds int) (rows []table.Row, err error) {
	dir, err := os.MkdirTemp("", "bench-insight-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var names []string
	for i := range nodes {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	s, err := sim.New(ctx, sim.Options{Dir: dir, Nodes: names, Patience: 10 * time.Minute, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	say("%d agents are connected", nodes)
	if err := s.CreateCluster(ctx, cluster, names...); err != nil {
		return nil, err
	}
	if err := fill(ctx, s, resources); err != nil {
		return nil, err
	}
	if err := s.Node(names[0]).World().Probed(ctx, names[0]); err != nil {
		return nil, err
	}
	say("%d resources, of which nine in ten run, and every node knows which do not run on it", resources)
	b := bench{ctx: ctx, s: s, cib: filepath.Join(dir, "world", "clusters", cluster, "cib.xml"), rounds: rounds, groups: (resources + 99) / 100}
	return b.all()
}

// rest waits until the agents have read what has changed: here all of them share the processors that a question is answered with.
func rest(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for before := worked(); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		now := worked()
		if now-before < time.Second {
			return nil
		}
		before = now
	}
}

// worked is how long this process and the programs that it has run have kept processors busy.
func worked() (total time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return total
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// fill applies a file with groups of ten, which grows by a few at a time: what is started at once takes the simulation minutes, and so
// would probes, which are noted afterwards.
func fill(ctx context.Context, s *sim.Sim, resources int) error {
	d := manifest.Document{Format: manifest.Format, Cluster: cluster, Properties: map[string]string{"stonith-enabled": "false", "enable-startup-probes": "false"}, ResourceDefaults: map[string]string{"resource-stickiness": "1"}}
	for made := 0; made < resources; {
		g := ha.Resource{ID: fmt.Sprintf("g%d", len(d.Resources)+1), Kind: ha.Group}
		if len(d.Resources)%10 == disabled {
			g.Meta = map[string]string{"target-role": "Stopped"}
		}
		for range min(10, resources-made) {
			made++
			g.Members = append(g.Members, ha.Resource{
				ID: fmt.Sprintf("r%d", made), Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy",
				Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}},
			})
		}
		d.Resources = append(d.Resources, g)
		if len(d.Resources)%3 != 0 && made < resources {
			continue
		}
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if _, err = s.Do(ctx, client.Request{Route: "config.apply", Path: path(nil), Body: api.ManifestChange{YAML: string(text)}}); err != nil {
			return err
		}
		say("%d resources", made)
	}
	return nil
}

func path(more map[string]string) map[string]string {
	p := map[string]string{"cluster": cluster}
	for k, v := range more {
		p[k] = v
	}
	return p
}

type bench struct {
	ctx    context.Context
	s      *sim.Sim
	cib    string // the file that the simulated cluster keeps
	rounds int
	groups int // that are disabled
}

// each returns the median of as many measurements, each of a cluster at rest.
func (b bench) each(what string, do func() error) (float64, error) {
	var list []float64
	for range b.rounds {
		if err := rest(b.ctx); err != nil {
			return 0, err
		}
		begun := time.Now()
		if err := do(); err != nil {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
		list = append(list, time.Since(begun).Seconds())
	}
	slices.Sort(list)
	median := (list[(len(list)-1)/2] + list[len(list)/2]) / 2
	say("%s: %.2f s (%.2f to %.2f)", what, median, list[0], list[len(list)-1])
	return median, nil
}

func (b bench) get(route string, into any) error {
	return b.s.API.Do(b.ctx, client.Request{Route: route, Path: path(nil)}, into)
}

func (b bench) all() ([]table.Row, error) {
	// What the page of a cluster asks for.
	page, err := b.each("state of the cluster", func() error {
		var detail api.ClusterDetail
		var nodes api.Page[api.Node]
		var resources api.Page[api.Resource]
		return errors.Join(b.get("cluster.show", &detail), b.get("node.list", &nodes), b.get("resource.list", &resources))
	})
	if err != nil {
		return nil, err
	}
	mon, err := b.each("crm_mon", func() error { return b.tool("crm_mon", "--output-as=xml", "--inactive") })
	if err != nil {
		return nil, err
	}
	simulate, err := b.each("crm_simulate", func() error { return b.tool("crm_simulate", "--run", "--xml-file="+b.cib) })
	if err != nil {
		return nil, err
	}
	whatIf, err := b.each("what if a node is lost", func() error {
		var f ha.Forecast
		return b.s.API.Do(b.ctx, client.Request{Route: "whatif.play", Path: path(nil), Body: ha.Scenario{LoseNodes: []string{"n1"}}}, &f)
	})
	if err != nil {
		return nil, err
	}
	why, err := b.each("why", func() error {
		var e ha.Explanation
		return b.s.API.Do(b.ctx, client.Request{Route: "why.show", Path: path(map[string]string{"resource": "r1"})}, &e)
	})
	if err != nil {
		return nil, err
	}
	same, err := b.reverted()
	if err != nil {
		return nil, err
	}
	return []table.Row{
		table.Below("state on a page, as it is asked for", "s", page, mon, 2),
		table.Below("what-if, loss of a node", "s", whatIf, simulate, 3),
		table.Below("why a resource is where it is", "s", why, simulate, 10),
		table.Below("reverts that do not bring back the very same configuration", "", same, 0, 1),
	}, nil
}

// tool runs one of Pacemaker's tools on the simulated cluster's file.
func (b bench) tool(name string, args ...string) error {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Env = append(os.Environ(), "CIB_file="+b.cib, "LC_ALL=C")
	c.Stdout = io.Discard
	return c.Run()
}

// reverted puts the members of a group in another order and reverts that, and counts the reverts after which the configuration differs, in
// whatever character.
func (b bench) reverted() (float64, error) {
	wrong := 0.0
	for i := range b.rounds {
		if err := rest(b.ctx); err != nil {
			return 0, err
		}
		before, err := b.config()
		if err != nil {
			return 0, err
		}
		g := 10*(i%b.groups) + disabled // its members are r(10g+1) to r(10g+10)
		op, err := b.s.Do(b.ctx, client.Request{
			Route: "resource.place", Path: path(map[string]string{"resource": fmt.Sprintf("r%d", 10*g+5)}),
			Body: api.PlaceResource{Group: fmt.Sprintf("g%d", g+1), Before: fmt.Sprintf("r%d", 10*g+1)},
		})
		if err != nil {
			return 0, err
		}
		if changed, err := b.config(); err != nil {
			return 0, err
		} else if changed == before {
			return 0, errors.New("the order has not changed")
		}
		if _, err := b.s.Do(b.ctx, client.Request{Route: "revision.revert", Path: path(map[string]string{"revision": fmt.Sprint(op.Revision)})}); err != nil {
			return 0, err
		}
		after, err := b.config()
		if err != nil {
			return 0, err
		}
		if before != after {
			wrong++
			say("revert %d: the configuration is another: %d bytes, were %d", i+1, len(after), len(before))
		}
	}
	return wrong, nil
}

func (b bench) config() (string, error) {
	data, err := os.ReadFile(b.cib)
	if err != nil {
		return "", err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(cib.ConfigXML()), nil
}
