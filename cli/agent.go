package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) agentCommands() *cobra.Command {
	return a.group("agent",
		verb{key: "agent.list", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
			f.String("match", "", a.t("cli.flag.match"))
		}, run: listAgents},
		verb{key: "agent.show", args: []string{"cluster", "agent"}, run: showAgent},
	)
}

func listAgents(ctx context.Context, k *call) error {
	all, err := client.All[api.AgentName](ctx, k.api, client.Request{Route: "agent.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	list := []api.AgentName{}
	for _, one := range all {
		if strings.Contains(strings.ToLower(one.Agent), strings.ToLower(k.flag("match"))) {
			list = append(list, one)
		}
	}
	return printList(k.app, list, column[api.AgentName]{"agent", func(n api.AgentName) string { return n.Agent }})
}

func showAgent(ctx context.Context, k *call) error {
	var m ha.AgentMetadata
	if err := k.do(ctx, "agent.show", nil, &m); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(m)
	}
	if err := k.printFacts(m, "agent", m.Agent, "version", m.Version, "what", m.Short); err != nil {
		return err
	}
	if text := strings.TrimSpace(m.Long); text != "" {
		if _, err := fmt.Fprintf(k.env.Stdout, "\n%s\n", text); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(k.env.Stdout); err != nil {
		return err
	}
	return printList(k.app, m.Parameters,
		column[ha.AgentParameter]{"parameter", func(p ha.AgentParameter) string { return p.Name }},
		column[ha.AgentParameter]{"type", func(p ha.AgentParameter) string { return p.Type }},
		column[ha.AgentParameter]{"required", func(p ha.AgentParameter) string { return k.yesNo(p.Required) }},
		column[ha.AgentParameter]{"default", func(p ha.AgentParameter) string { return p.Default }},
		column[ha.AgentParameter]{"what", func(p ha.AgentParameter) string { return strings.Join(strings.Fields(p.Short), " ") }},
	)
}
