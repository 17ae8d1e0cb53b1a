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
		verb{key: "sbd.plan", args: []string{"cluster"}, flags: a.sbdFlags, run: planSBD},
		verb{key: "sbd.set", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			a.sbdFlags(f)
			f.Bool("restart", false, a.t("cli.flag.sbd.restart"))
		}, run: func(ctx context.Context, k *call) error {
			s, err := k.sbd()
			if err != nil {
				return err
			}
			if s.Restart = k.isSet("restart"); s.Restart {
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

func (a *app) sbdFlags(f *pflag.FlagSet) {
	f.StringSlice("device", nil, a.t("cli.flag.sbd.device"))
	f.StringSlice("watchdog", nil, a.t("cli.flag.sbd.watchdog"))
	f.Int("watchdog-timeout", 0, a.t("cli.flag.sbd.timeout"))
	f.Int("path-timeout", 0, a.t("cli.flag.sbd.path"))
	f.String("override", "", a.t("cli.flag.sbd.override"))
}

// sbd is what the flags ask for. A watchdog is that of every node, or NODE=DEVICE.
func (k *call) sbd() (ha.SBD, error) {
	timeout, err := k.flags.GetInt("watchdog-timeout")
	if err != nil {
		return ha.SBD{}, err
	}
	path, err := k.flags.GetInt("path-timeout")
	if err != nil {
		return ha.SBD{}, err
	}
	s := ha.SBD{Devices: k.list("device"), Timeout: timeout, Path: path, Override: k.flag("override")}
	if s.Devices == nil {
		s.Devices = []string{}
	}
	for _, text := range k.list("watchdog") {
		node, device, named := strings.Cut(text, "=")
		switch {
		case !named:
			s.Watchdog = text
		case s.Watchdogs == nil:
			s.Watchdogs = map[string]string{node: device}
		default:
			s.Watchdogs[node] = device
		}
	}
	return s, ha.ValidateSBD(s)
}

func planSBD(ctx context.Context, k *call) error {
	s, err := k.sbd()
	if err != nil {
		return err
	}
	var p api.SBDPlan
	if err := k.do(ctx, "sbd.plan", s, &p); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(p)
	}
	for _, node := range slices.Sorted(maps.Keys(p.Nodes)) {
		k.line(node + ": " + p.Nodes[node])
	}
	if err := k.printTimes(p.Times); err != nil {
		return err
	}
	if p.Restart {
		k.line(k.t("cli.sbd_restart"))
	}
	return nil
}

// printTimes says how each time follows from the others.
func (k *call) printTimes(t ha.SBDTimes) error {
	for _, d := range t.Derivation {
		if _, err := fmt.Fprintf(k.env.Stdout, "%s = %d: %s\n", d.Name, d.Value, k.words.Sentence("sbd.rule."+d.Rule, d.Args)); err != nil {
			return err
		}
	}
	return nil
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
		if err := k.printTimes(*v.Times); err != nil {
			return err
		}
	}
	for _, f := range v.Findings {
		if _, err := fmt.Fprintln(k.env.Stdout, k.words.Sentence("sbd.finding."+f.Code, f.Args)); err != nil {
			return err
		}
	}
	return nil
}
