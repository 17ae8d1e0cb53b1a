package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) nodeCommands() *cobra.Command {
	return a.group("node",
		verb{key: "node.list", args: []string{"cluster"}, run: listNodes},
		verb{key: "node.show", args: []string{"cluster", "node"}, run: showNode},
		verb{key: "node.add", args: []string{"cluster", "node"}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("address", nil, a.t("cli.flag.address"))
			f.Int("id", 0, a.t("cli.flag.node_id"))
			f.Bool("remote", false, a.t("cli.flag.remote"))
			f.Int("port", 0, a.t("cli.flag.remote_port"))
		}, run: addNode},
		a.onNode("node.remove", final),
		a.onNode("node.standby", harmless),
		a.onNode("node.unstandby", harmless),
		a.onNode("node.maintenance", harmless),
		a.onNode("node.unmaintenance", harmless),
		a.onNode("node.start", harmless),
		a.onNode("node.sync", harmless),
		verb{key: "node.stop", args: []string{"cluster", "node"}, long: true, flags: func(f *pflag.FlagSet) {
			f.Bool("force", false, a.t("cli.flag.force"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.node.stop", "name", k.args["node"]); err != nil {
				return err
			}
			return k.start(ctx, "node.stop", api.StopOptions{Force: k.isSet("force")})
		}},
		verb{key: "node.attribute", args: []string{"cluster", "node", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
		}, run: func(ctx context.Context, k *call) error {
			return k.valueChange(ctx, "node.attributes", func() (map[string]string, error) {
				n, err := k.nodeConfig(ctx)
				return n.Attributes, err
			})
		}},
		verb{key: "node.utilization", args: []string{"cluster", "node", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
		}, run: func(ctx context.Context, k *call) error {
			return k.valueChange(ctx, "node.utilization", func() (map[string]string, error) {
				n, err := k.nodeConfig(ctx)
				return n.Utilization, err
			})
		}},
		verb{key: "node.fence", args: []string{"cluster", "node"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("action", "reboot", a.t("cli.flag.fence_action"))
			f.String("confirm", "", a.t("cli.flag.confirm"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirmName(k.args["node"], "cli.ask.node.fence"); err != nil {
				return err
			}
			return k.start(ctx, "node.fence", api.FenceRequest{Action: k.flag("action"), Confirm: k.args["node"]})
		}},
	)
}

func addNode(ctx context.Context, k *call) error {
	id, err := k.flags.GetInt("id")
	if err != nil {
		return err
	}
	port, err := k.flags.GetInt("port")
	if err != nil {
		return err
	}
	add := api.AddNode{Node: ha.SetupNode{Name: k.args["node"], ID: id, Addresses: k.list("address")}}
	switch {
	case k.isSet("remote"):
		add.Remote = &ha.NewRemote{Port: port}
		switch given := add.Node.Addresses; len(given) {
		case 1:
			add.Remote.Address = given[0]
			fallthrough
		case 0:
			add.Node.Addresses = []string{}
		default: // links: the server says that a remote node has none
		}
	case k.flags.Changed("port"):
		return fault.New(fault.Invalid, "cli.port_without_remote", "--port belongs to --remote")
	}
	return k.start(ctx, "node.add", add)
}

// nodeConfig reads what is configured of a node.
func (k *call) nodeConfig(ctx context.Context) (ha.NodeConfig, error) {
	var n api.Node
	if err := k.do(ctx, "node.show", nil, &n); err != nil {
		return ha.NodeConfig{}, err
	}
	if n.Config == nil {
		return ha.NodeConfig{}, fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	return *n.Config, nil
}

// onNode makes a command that does one thing to a node.
func (a *app) onNode(route string, w weight) verb {
	return verb{key: route, args: []string{"cluster", "node"}, long: true, run: func(ctx context.Context, k *call) error {
		if err := k.confirm(w, "cli.ask."+route, "name", k.args["node"]); err != nil {
			return err
		}
		return k.start(ctx, route, nil)
	}}
}

func listNodes(ctx context.Context, k *call) error {
	nodes, err := client.All[api.Node](ctx, k.api, client.Request{Route: "node.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	for i := range nodes {
		if nodes[i].Resources == nil {
			nodes[i].Resources = []string{}
		}
	}
	return printList(k.app, nodes,
		column[api.Node]{"name", func(n api.Node) string { return n.Name }},
		column[api.Node]{"node_state", k.nodeState},
		column[api.Node]{"agent_connected", k.agentOf},
		column[api.Node]{"resources", func(n api.Node) string { return strings.Join(n.Resources, " ") }},
		column[api.Node]{"addresses", func(n api.Node) string { return strings.Join(n.Addresses, " ") }},
	)
}

// agentOf says whether a node's agent is connected, or that it has none.
func (k *call) agentOf(n api.Node) string {
	if !n.Enrolled {
		return k.t("cli.no_agent")
	}
	return k.yesNo(n.Connected)
}

// nodeState is the state of a node in the words that the console uses.
func (k *call) nodeState(n api.Node) string {
	var parts []string
	switch {
	case n.Unclean:
		parts = append(parts, k.t("cli.node_is.unclean"))
	case n.Online:
		parts = append(parts, k.t("cli.node_is.online"))
	default:
		parts = append(parts, k.t("cli.node_is.offline"))
	}
	if n.Standby {
		parts = append(parts, k.t("cli.node_is.standby"))
	}
	if n.Maintenance {
		parts = append(parts, k.t("cli.node_is.maintenance"))
	}
	if n.DC {
		parts = append(parts, "DC")
	}
	switch n.Kind {
	case ha.RemoteNode:
		parts = append(parts, k.t("cli.node_is.remote"))
	case ha.GuestNode:
		parts = append(parts, k.t("cli.node_is.guest"))
	}
	return strings.Join(parts, k.t("cli.comma"))
}

func showNode(ctx context.Context, k *call) error {
	var n api.Node
	if err := k.do(ctx, "node.show", nil, &n); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(n)
	}
	pairs := []string{
		"name", n.Name, "node_state", k.nodeState(n), "agent_connected", k.agentOf(n),
		"resources", strings.Join(n.Resources, " "), "addresses", strings.Join(n.Addresses, " "),
	}
	if n.Connection != "" {
		pairs = append(pairs, "connection", n.Connection, "through", n.Through)
	}
	if f := n.Facts; f != nil {
		pairs = append(pairs, "os", f.OS, "kernel", f.Kernel, "architecture", f.Architecture, "cpus", fmt.Sprint(f.CPUs),
			"memory", bytesOf(f.MemoryBytes), "disk_free", bytesOf(f.DiskFree), "pacemaker", f.Pacemaker, "corosync", f.Corosync)
	}
	if f := n.LastFence; f != nil {
		pairs = append(pairs, "last_fence", strings.TrimSpace(clock(f.At)+" "+f.Action+" "+f.Status))
	}
	if err := k.printFacts(n, pairs...); err != nil {
		return err
	}
	if len(n.Links) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(k.env.Stdout); err != nil {
		return err
	}
	return printList(k.app, n.Links,
		column[ha.LinkState]{"link", func(l ha.LinkState) string { return fmt.Sprint(l.Link) }},
		column[ha.LinkState]{"peer", func(l ha.LinkState) string { return l.Peer }},
		column[ha.LinkState]{"address", func(l ha.LinkState) string { return l.Address }},
		column[ha.LinkState]{"connected", func(l ha.LinkState) string { return k.yesNo(l.Connected) }},
		column[ha.LinkState]{"latency", func(l ha.LinkState) string { return fmt.Sprintf("%d µs", l.LatencyUS) }},
	)
}
