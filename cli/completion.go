package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// completionPatience is how long a shell waits for names from the server: longer, and the person has typed them.
const completionPatience = 2 * time.Second

func (a *app) completion() *cobra.Command {
	return a.verb(verb{key: "completion", args: []string{"shell"}, local: true, run: func(_ context.Context, k *call) error {
		root := k.root()
		switch k.args["shell"] {
		case "bash":
			return root.GenBashCompletionV2(k.env.Stdout, true)
		case "zsh":
			return root.GenZshCompletion(k.env.Stdout)
		case "fish":
			return root.GenFishCompletion(k.env.Stdout, true)
		}
		return fault.New(fault.Invalid, "field.one_of", "no completion for %q", k.args["shell"]).With("value", k.args["shell"], "allowed", "bash, zsh, fish")
	}})
}

// complete offers the names that an argument can have, as the server has them; nothing where it does not answer at once.
func (a *app) complete(v verb) cobra.CompletionFunc {
	return func(c *cobra.Command, given []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(given) >= len(v.args) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), completionPatience)
		defer cancel()
		var names []string
		switch strings.TrimSuffix(v.args[len(given)], "?") {
		case "shell":
			names = []string{"bash", "zsh", "fish"}
		case "kind":
			names = []string{string(ha.Location), string(ha.Colocation), string(ha.Order)}
		case "name":
			if v.key == "context.use" {
				f, err := a.loadFile()
				if err != nil {
					return nil, cobra.ShellCompDirectiveError
				}
				for _, known := range f.Contexts {
					names = append(names, known.Name)
				}
			}
		default:
			names = a.namesOf(ctx, strings.TrimSuffix(v.args[len(given)], "?"), given)
		}
		names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, begun) })
		slices.Sort(names)
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// namesOf asks the server for the names of a kind of object; the cluster, where one matters, is the first argument.
func (a *app) namesOf(ctx context.Context, kind string, given []string) []string {
	server, err := a.client()
	if err != nil {
		return nil
	}
	path := map[string]string{}
	if len(given) > 0 {
		path["cluster"] = given[0]
	}
	switch kind {
	case "cluster":
		return names(ctx, server, "cluster.list", path, func(c api.Cluster) string { return c.Name })
	case "volume":
		return names(ctx, server, "volume.list", path, func(v api.VolumeShown) string { return v.Volume.Name })
	case "node", "keep":
		return names(ctx, server, "node.list", path, func(n api.Node) string { return n.Name })
	case "resource":
		return names(ctx, server, "resource.list", path, func(r api.Resource) string { return r.ID })
	case "constraint":
		return names(ctx, server, "constraint.list", path, func(c ha.Constraint) string { return c.ID })
	case "agent":
		return names(ctx, server, "agent.list", path, func(n api.AgentName) string { return n.Agent })
	case "host":
		return names(ctx, server, "host.list", path, func(h api.Host) string { return h.Name })
	case "user":
		return names(ctx, server, "user.list", path, func(u api.User) string { return u.Name })
	}
	return nil
}

func names[T any](ctx context.Context, c *client.Client, route string, path map[string]string, name func(T) string) []string {
	list, err := client.All[T](ctx, c, client.Request{Route: route, Path: path}, 0)
	if err != nil {
		return nil // a shell has no place for an error message
	}
	var out []string
	for _, one := range list {
		out = append(out, name(one))
	}
	return out
}
