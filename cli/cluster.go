package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// clusterRow is a cluster as scripts get it: its verdict is one word, what it rests on stands beside.
type clusterRow struct {
	api.Cluster
	Verdict  ha.Level    `json:"verdict"`
	Survives int         `json:"survives"`
	Reasons  []ha.Reason `json:"reasons"`
}

// clusterFull is the same with all that is known.
type clusterFull struct {
	api.ClusterDetail
	Verdict  ha.Level    `json:"verdict"`
	Survives int         `json:"survives"`
	Reasons  []ha.Reason `json:"reasons"`
}

func (a *app) clusterCommands() *cobra.Command {
	return a.group("cluster", append(a.adoptVerbs(),
		verb{key: "cluster.list", run: listClusters},
		verb{key: "cluster.show", args: []string{"cluster"}, run: showCluster},
		verb{key: "cluster.create", args: []string{"name"}, long: true, flags: a.setupFlags, run: func(ctx context.Context, k *call) error {
			setup, err := k.setup()
			if err != nil {
				return err
			}
			return k.start(ctx, "cluster.create", setup)
		}},
		verb{key: "cluster.destroy", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("confirm", "", a.t("cli.flag.confirm"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirmName(k.args["cluster"], "cli.ask.cluster.destroy"); err != nil {
				return err
			}
			return k.start(ctx, "cluster.destroy", api.DestroyRequest{Confirm: k.args["cluster"]})
		}},
		verb{key: "cluster.remove", args: []string{"cluster"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.cluster.remove", "name", k.args["cluster"]); err != nil {
				return err
			}
			return k.do(ctx, "cluster.remove", nil, nil)
		}},
		verb{key: "cluster.start", args: []string{"cluster"}, long: true, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "cluster.start", nil)
		}},
		a.stopping("cluster.stop"),
		a.stopping("cluster.restart"),
		verb{key: "cluster.cleanup", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("node", "", a.t("cli.flag.cleanup_node"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "cluster.cleanup", api.CleanupResource{Node: k.flag("node")})
		}},
		verb{key: "cluster.failures", args: []string{"cluster"}, run: listFailures},
		verb{key: "cluster.properties", args: []string{"cluster", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
			f.Bool("all", false, a.t("cli.flag.all_options"))
		}, run: clusterProperties},
		verb{key: "cluster.defaults", args: []string{"cluster", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("unset", nil, a.t("cli.flag.unset_default"))
		}, run: clusterDefaults},
	)...)
}

// stopping makes a command that stops a whole cluster.
func (a *app) stopping(route string) verb {
	return verb{key: route, args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
		f.Bool("force", false, a.t("cli.flag.force"))
	}, run: func(ctx context.Context, k *call) error {
		if err := k.confirm(revertible, "cli.ask."+route, "name", k.args["cluster"]); err != nil {
			return err
		}
		return k.start(ctx, route, api.StopOptions{Force: k.isSet("force")})
	}}
}

func listClusters(ctx context.Context, k *call) error {
	clusters, err := client.All[api.Cluster](ctx, k.api, client.Request{Route: "cluster.list"}, 0)
	if err != nil {
		return err
	}
	rows := make([]clusterRow, 0, len(clusters))
	for _, c := range clusters {
		rows = append(rows, clusterRow{Cluster: c, Verdict: c.Verdict.Level, Survives: c.Verdict.Survives, Reasons: orEmpty(c.Verdict.Reasons)})
	}
	return printList(k.app, rows,
		column[clusterRow]{"name", func(c clusterRow) string { return c.Name }},
		column[clusterRow]{"verdict", func(c clusterRow) string { return k.t("level." + string(c.Verdict)) }},
		column[clusterRow]{"quorate", func(c clusterRow) string { return k.yesNo(c.Quorate) }},
		column[clusterRow]{"nodes_online", func(c clusterRow) string { return fmt.Sprintf("%d/%d", c.Online, len(c.Nodes)) }},
		column[clusterRow]{"resources", func(c clusterRow) string { return fmt.Sprintf("%d/%d", c.Started, c.Desired) }},
		column[clusterRow]{"survives", func(c clusterRow) string { return strconv.Itoa(c.Survives) }},
		column[clusterRow]{"reason", func(c clusterRow) string { return k.worst(c.Reasons) }},
	)
}

func orEmpty(reasons []ha.Reason) []ha.Reason {
	if reasons == nil {
		return []ha.Reason{}
	}
	return reasons
}

// worst is the first reason as a sentence, with the number of the others.
func (k *call) worst(reasons []ha.Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	text := k.words.Sentence("verdict."+reasons[0].Code, reasons[0].Args)
	if more := len(reasons) - 1; more > 0 {
		text += k.t("cli.more", "count", strconv.Itoa(more))
	}
	return text
}

func showCluster(ctx context.Context, k *call) error {
	var c api.ClusterDetail
	if err := k.do(ctx, "cluster.show", nil, &c); err != nil {
		return err
	}
	full := clusterFull{ClusterDetail: c, Verdict: c.Verdict.Level, Survives: c.Verdict.Survives, Reasons: orEmpty(c.Verdict.Reasons)}
	if k.output != "table" {
		return k.printData(full)
	}
	votes, dc := "", ""
	if c.State != nil {
		votes = fmt.Sprintf("%d / %d", c.State.Votes, c.State.QuorumVotes)
		dc = c.State.DC
	}
	stale := ""
	if c.Stale {
		stale = k.t("cli.stale", "time", clock(c.Seen))
	}
	if err := k.printFacts(full, "name", c.Name, "label", c.Label, "verdict", k.t("level."+string(c.Verdict.Level)), "stale", stale,
		"survives", strconv.Itoa(c.Verdict.Survives), "quorate", k.yesNo(c.Quorate), "votes", votes, "dc", dc, "engine", c.Engine,
		"nodes_online", fmt.Sprintf("%d/%d", c.Online, len(c.Nodes)), "resources", fmt.Sprintf("%d/%d", c.Started, c.Desired),
		"revision", strconv.Itoa(c.Revision), "created", clock(c.Created)); err != nil {
		return err
	}
	for _, r := range c.Verdict.Reasons {
		if _, err := fmt.Fprintf(k.env.Stdout, "  %s: %s\n", k.t("level."+string(r.Level)), k.words.Sentence("verdict."+r.Code, r.Args)); err != nil {
			return err
		}
	}
	return nil
}

func clusterProperties(ctx context.Context, k *call) error {
	set, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	unset := k.list("unset")
	if k.isSet("all") && len(set)+len(unset) == 0 {
		return listOptions(ctx, k)
	}
	if len(set) > 0 || len(unset) > 0 {
		k.warnOfDanger(set)
		return k.start(ctx, "cluster.properties", api.Properties{Set: set, Unset: unset})
	}
	var c api.ClusterDetail
	if err := k.do(ctx, "cluster.show", nil, &c); err != nil {
		return err
	}
	if c.Config == nil {
		return fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	return k.printMap(c.Config.Properties)
}

// The defaults of resources and those of operations have names of their own kind: resource.NAME and operation.NAME.
const (
	resourceDefault  = "resource."
	operationDefault = "operation."
)

func clusterDefaults(ctx context.Context, k *call) error {
	set, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	var d api.Defaults
	part := func(name string) (*api.Values, string, error) {
		if rest, ok := strings.CutPrefix(name, resourceDefault); ok && rest != "" {
			return &d.Resource, rest, nil
		}
		if rest, ok := strings.CutPrefix(name, operationDefault); ok && rest != "" {
			return &d.Operation, rest, nil
		}
		return nil, "", fault.New(fault.Invalid, "cli.default_invalid", "%q is neither resource.NAME nor operation.NAME", name).With("name", name)
	}
	for name, value := range set {
		to, rest, err := part(name)
		if err != nil {
			return err
		}
		if to.Set == nil {
			to.Set = map[string]string{}
		}
		to.Set[rest] = value
	}
	unset := k.list("unset")
	for _, name := range unset {
		to, rest, err := part(name)
		if err != nil {
			return err
		}
		to.Unset = append(to.Unset, rest)
	}
	if len(set)+len(unset) > 0 {
		return k.start(ctx, "defaults.set", d)
	}
	var c api.ClusterDetail
	if err := k.do(ctx, "cluster.show", nil, &c); err != nil {
		return err
	}
	if c.Config == nil {
		return fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	all := map[string]string{}
	for name, value := range c.Config.ResourceDefaults {
		all[resourceDefault+name] = value
	}
	for name, value := range c.Config.OperationDefaults {
		all[operationDefault+name] = value
	}
	return k.printMap(all)
}

// setupFlags are the flags that describe a cluster to be.
func (a *app) setupFlags(f *pflag.FlagSet) {
	f.StringArray("node", nil, a.t("cli.flag.node_addresses"))
	f.String("profile", "", a.t("cli.flag.profile"))
	f.Int("token", 0, a.t("cli.flag.token"))
	f.StringArray("property", nil, a.t("cli.flag.property"))
	f.Bool("autostart", true, a.t("cli.flag.autostart"))
	f.StringP("file", "f", "", a.t("cli.flag.file_setup"))
}

// setup reads the cluster to be from a file or from the flags.
func (k *call) setup() (ha.Setup, error) {
	var s ha.Setup
	if file := k.flag("file"); file != "" {
		err := k.readYAML(file, &s)
		return s, err
	}
	s.Name, s.Autostart = k.args["name"], k.isSet("autostart")
	for _, text := range k.list("node") {
		name, addresses, ok := strings.Cut(text, "=")
		if !ok || name == "" || addresses == "" {
			return s, fault.New(fault.Invalid, "cli.node_invalid", "%q is not NAME=ADDRESS,ADDRESS", text).With("value", text)
		}
		s.Nodes = append(s.Nodes, ha.SetupNode{Name: name, Addresses: strings.Split(addresses, ",")})
	}
	var err error
	if s.Properties, err = k.pairs(k.list("property")); err != nil {
		return s, err
	}
	s.Timing.Profile = k.flag("profile")
	if s.Timing.Token, err = k.flags.GetInt("token"); err != nil {
		return s, err
	}
	// The same check as the server's, so that a mistake is told before anything is sent.
	return s, ha.ValidateSetup(s)
}

// listFailures prints the failures that the cluster remembers until they are cleaned up.
func listFailures(ctx context.Context, k *call) error {
	var c api.ClusterDetail
	if err := k.do(ctx, "cluster.show", nil, &c); err != nil {
		return err
	}
	if c.State == nil {
		return fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	return printList(k.app, c.State.Failures,
		column[ha.Failure]{"time", func(f ha.Failure) string { return clock(f.At) }},
		column[ha.Failure]{"resource", func(f ha.Failure) string { return f.Resource }},
		column[ha.Failure]{"node", func(f ha.Failure) string { return f.Node }},
		column[ha.Failure]{"operation", func(f ha.Failure) string { return f.Operation }},
		column[ha.Failure]{"count", func(f ha.Failure) string {
			if f.Count >= ha.Infinity {
				return "INFINITY"
			}
			return fmt.Sprint(f.Count)
		}},
		column[ha.Failure]{"exit", func(f ha.Failure) string { return firstOf(f.Exit, fmt.Sprint(f.ExitCode)) }},
		column[ha.Failure]{"reason", func(f ha.Failure) string { return f.Reason }},
	)
}
