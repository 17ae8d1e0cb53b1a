package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) sbdCommands() *cobra.Command {
	return a.group("sbd",
		verb{key: "sbd.show", args: []string{"cluster"}, run: showSBD},
		verb{key: "sbd.set", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("device", nil, a.t("cli.flag.sbd.device"))
			f.String("watchdog", "", a.t("cli.flag.sbd.watchdog"))
			f.Int("watchdog-timeout", 0, a.t("cli.flag.sbd.timeout"))
			f.Int("path-timeout", 0, a.t("cli.flag.sbd.path"))
			f.String("override", "", a.t("cli.flag.sbd.override"))
			f.Bool("restart", false, a.t("cli.flag.sbd.restart"))
		}, run: func(ctx context.Context, k *call) error {
			timeout, err := k.flags.GetInt("watchdog-timeout")
			if err != nil {
				return err
			}
			path, err := k.flags.GetInt("path-timeout")
			if err != nil {
				return err
			}
			s := ha.SBD{Devices: k.list("device"), Watchdog: k.flag("watchdog"), Timeout: timeout, Path: path, Override: k.flag("override"), Restart: k.isSet("restart")}
			if s.Devices == nil {
				s.Devices = []string{}
			}
			if err := ha.ValidateSBD(s); err != nil {
				return err
			}
			if s.Restart {
				if err := k.confirm(revertible, "cli.ask.sbd.set", "name", k.args["cluster"]); err != nil {
					return err
				}
			}
			return k.start(ctx, "sbd.set", s)
		}},
		verb{key: "sbd.remove", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.Bool("force", false, a.t("cli.flag.force"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.sbd.remove", "name", k.args["cluster"]); err != nil {
				return err
			}
			return k.start(ctx, "sbd.remove", api.StopOptions{Force: k.isSet("force")})
		}},
	)
}

func showSBD(ctx context.Context, k *call) error {
	var v ha.SBDView
	if err := k.do(ctx, "sbd.show", nil, &v); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(v)
	}
	type row struct {
		node string
		ha.SBDHost
	}
	var rows []row
	for _, node := range slices.Sorted(maps.Keys(v.Nodes)) {
		rows = append(rows, row{node, v.Nodes[node]})
	}
	if err := printList(k.app, rows,
		column[row]{"node", func(r row) string { return r.node }},
		column[row]{"installed", func(r row) string { return k.yesNo(r.Installed) }},
		column[row]{"running", func(r row) string { return k.yesNo(r.Active) }},
		column[row]{"watchdog", func(r row) string {
			var list []string
			for _, w := range r.Watchdogs {
				list = append(list, strings.TrimSpace(w.Device+" "+w.Identity))
			}
			return strings.Join(list, ", ")
		}},
		column[row]{"devices", func(r row) string { return r.Settings["SBD_DEVICE"] }},
	); err != nil {
		return err
	}
	if v.Times != nil {
		for _, d := range v.Times.Derivation {
			if _, err := fmt.Fprintf(k.env.Stdout, "%s = %d: %s\n", d.Name, d.Value, k.words.Sentence("sbd.rule."+d.Rule, d.Args)); err != nil {
				return err
			}
		}
	}
	for _, f := range v.Findings {
		if _, err := fmt.Fprintln(k.env.Stdout, k.words.Sentence("sbd.finding."+f.Code, f.Args)); err != nil {
			return err
		}
	}
	return nil
}
