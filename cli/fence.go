package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) fenceCommands() *cobra.Command {
	return a.group("fence",
		verb{key: "fence.list", args: []string{"cluster"}, run: listFencing},
		verb{key: "fence.levels", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("node", "", a.t("cli.flag.fence.node"))
			f.String("pattern", "", a.t("cli.flag.fence.pattern"))
			f.String("attribute", "", a.t("cli.flag.fence.attribute"))
			f.String("value", "", a.t("cli.flag.fence.value"))
			f.StringArray("level", nil, a.t("cli.flag.fence.level"))
		}, run: setLevels},
		verb{key: "fence.test", args: []string{"cluster", "node"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("device", "", a.t("cli.flag.fence.device"))
			f.String("confirm", "", a.t("cli.flag.confirm"))
			f.Bool("force", false, a.t("cli.flag.force"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirmName(k.args["node"], "cli.ask.fence.test"); err != nil {
				return err
			}
			return k.start(ctx, "fence.test", api.FenceTest{Node: k.args["node"], Device: k.flag("device"), Confirm: k.args["node"], Force: k.isSet("force")})
		}},
	)
}

func listFencing(ctx context.Context, k *call) error {
	var v ha.Fencing
	if err := k.do(ctx, "fence.list", nil, &v); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(v)
	}
	for _, w := range v.Waiting {
		if _, err := fmt.Fprintln(k.env.Stdout, k.words.Sentence("verdict."+w.Code, w.Args)); err != nil {
			return err
		}
	}
	if err := printList(k.app, v.Devices,
		column[ha.FenceDevice]{"id", func(d ha.FenceDevice) string { return d.ID }},
		column[ha.FenceDevice]{"agent", func(d ha.FenceDevice) string { return strings.TrimPrefix(d.Agent, "stonith:") }},
		column[ha.FenceDevice]{"role", func(d ha.FenceDevice) string { return d.Role }},
		column[ha.FenceDevice]{"node", func(d ha.FenceDevice) string { return d.Node }},
		column[ha.FenceDevice]{"fences", func(d ha.FenceDevice) string {
			var hosts []string
			for _, h := range d.Hosts {
				if h.Plug != h.Node {
					h.Node += ":" + h.Plug
				}
				hosts = append(hosts, h.Node)
			}
			return firstOf(strings.Join(hosts, " "), d.Check)
		}},
		column[ha.FenceDevice]{"delay", func(d ha.FenceDevice) string { return firstOf(d.Parameters["pcmk_delay_base"], d.DelayMax) }},
	); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(k.env.Stdout); err != nil {
		return err
	}
	return printList(k.app, v.Nodes,
		column[ha.NodeFencing]{"node", func(n ha.NodeFencing) string { return n.Node }},
		column[ha.NodeFencing]{"covered", func(n ha.NodeFencing) string { return k.yesNo(n.Fences(v.Watchdog)) }},
		column[ha.NodeFencing]{"fence_paths", func(n ha.NodeFencing) string {
			var ways []string
			for _, p := range n.Paths {
				ways = append(ways, strings.Join(p.Devices, " + "))
			}
			return strings.Join(ways, " → ")
		}},
		column[ha.NodeFencing]{"last_fence", func(n ha.NodeFencing) string {
			if n.Last == nil {
				return k.t("cli.fence.never")
			}
			return strings.TrimSpace(clock(n.Last.At) + " " + n.Last.Device)
		}},
	)
}

func setLevels(ctx context.Context, k *call) error {
	body := api.FenceLevels{Node: k.flag("node"), Pattern: k.flag("pattern"), Attribute: k.flag("attribute"), Value: k.flag("value"), Levels: [][]string{}}
	for _, level := range k.list("level") {
		body.Levels = append(body.Levels, strings.Split(level, ","))
	}
	return k.start(ctx, "fence.levels", body)
}

func (a *app) evidenceCommands() *cobra.Command {
	return a.group("evidence", verb{key: "evidence.show", args: []string{"cluster"}, run: showEvidence})
}

func showEvidence(ctx context.Context, k *call) error {
	var v api.EvidenceReport
	if err := k.do(ctx, "evidence.show", nil, &v); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(v)
	}
	return printList(k.app, v.Evidence,
		column[ha.Evidence]{"verdict", func(e ha.Evidence) string { return k.t("level." + string(e.Level)) }},
		column[ha.Evidence]{"what", func(e ha.Evidence) string { return k.words.Sentence("evidence."+e.Code, e.Args) }},
		column[ha.Evidence]{"to_do", func(e ha.Evidence) string {
			if key := "evidence." + e.Code + ".do"; k.words.Has(key) {
				return k.words.Sentence(key, e.Args)
			}
			return ""
		}},
	)
}

func (a *app) pingCommands() *cobra.Command {
	return a.group("ping", verb{key: "ping.create", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
		f.StringSlice("address", nil, a.t("cli.flag.ping.address"))
		f.StringSlice("protect", nil, a.t("cli.flag.ping.protect"))
		f.Int("threshold", 0, a.t("cli.flag.ping.threshold"))
		f.String("interval", "", a.t("cli.flag.ping.interval"))
	}, run: func(ctx context.Context, k *call) error {
		threshold, err := k.flags.GetInt("threshold")
		if err != nil {
			return err
		}
		p := ha.Ping{Addresses: k.list("address"), Protect: k.list("protect"), Threshold: threshold, Interval: k.flag("interval")}
		if err := ha.ValidatePing(p, ha.Setup{}); err != nil {
			return err
		}
		return k.start(ctx, "ping.create", p)
	}})
}
