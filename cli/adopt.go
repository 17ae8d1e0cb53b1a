package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
)

// adoptVerbs are the commands for clusters that were made by other means.
func (a *app) adoptVerbs() []verb {
	return []verb{
		{key: "cluster.discover", run: discoverClusters},
		{key: "cluster.migrate", long: true, flags: func(f *pflag.FlagSet) {
			f.StringP("file", "f", "", a.t("cli.flag.file_manifest"))
			f.String("map", "", a.t("cli.flag.map"))
			f.Bool("dry-run", false, a.t("cli.flag.dry_run"))
		}, run: migrateCluster},
		{key: "cluster.adopt", args: []string{"name"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("label", "", a.t("cli.flag.label"))
		}, run: adoptCluster},
	}
}

func discoverClusters(ctx context.Context, k *call) error {
	found, err := client.All[api.FoundCluster](ctx, k.api, client.Request{Route: "cluster.discover"}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, found,
		column[api.FoundCluster]{"name", func(c api.FoundCluster) string { return c.Name }},
		column[api.FoundCluster]{"members", func(c api.FoundCluster) string {
			var names []string
			for _, n := range c.Nodes {
				name := n.Name
				if !n.Enrolled {
					name += " (" + k.t("cli.no_agent") + ")"
				}
				names = append(names, name)
			}
			return strings.Join(names, k.t("cli.comma"))
		}},
		column[api.FoundCluster]{"nodes_online", func(c api.FoundCluster) string { return fmt.Sprintf("%d/%d", c.Online, len(c.Nodes)) }},
		column[api.FoundCluster]{"quorate", func(c api.FoundCluster) string { return k.yesNo(c.Quorate) }},
		column[api.FoundCluster]{"resources", func(c api.FoundCluster) string { return strconv.Itoa(c.Started) + "/" + strconv.Itoa(c.Resources) }},
		column[api.FoundCluster]{"reason", func(c api.FoundCluster) string {
			switch {
			case c.Fault != nil:
				return k.words.Fault(c.Fault)
			case c.Verdict != nil:
				return k.worst(c.Verdict.Reasons)
			}
			return ""
		}},
	)
}

// tokenMinutes is how long the tokens for a cluster's other nodes are good: long enough to install the agent there.
const tokenMinutes = 60

// adoptCluster adopts a cluster and says how its other nodes get their agents: each needs a token of its own.
func adoptCluster(ctx context.Context, k *call) error {
	name := k.args["name"]
	k.args = map[string]string{"cluster": name}
	if err := k.start(ctx, "cluster.adopt", api.AdoptCluster{Label: k.flag("label")}); err != nil || k.noWait {
		return err
	}
	nodes, err := client.All[api.Node](ctx, k.api, client.Request{Route: "node.list", Path: k.path()}, 0)
	if err != nil || k.output != "table" {
		return err
	}
	for _, n := range nodes {
		if n.Enrolled {
			continue
		}
		var token api.EnrolmentToken
		if err := k.api.Do(ctx, client.Request{Route: "host.token", Body: api.TokenRequest{Minutes: tokenMinutes}}, &token); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(k.env.Stdout, "%s\n  %s\n", k.t("cli.adopt.enrol", "node", n.Name), strings.Join(token.Command, " ")); err != nil {
			return err
		}
	}
	return nil
}
