package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) checkCommands() *cobra.Command {
	return a.group("check",
		verb{key: "check.list", args: []string{"cluster"}, run: listFindings},
		verb{key: "check.fix", args: []string{"cluster", "code", "object?"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.check.fix", "name", strings.TrimSpace(k.args["code"]+" "+k.args["object"])); err != nil {
				return err
			}
			return k.start(ctx, "check.fix", api.FixFinding{Code: k.args["code"], Object: k.args["object"]})
		}},
	)
}

func listFindings(ctx context.Context, k *call) error {
	list, err := client.All[ha.Finding](ctx, k.api, client.Request{Route: "check.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	if k.output == "table" && len(list) == 0 {
		k.line(k.t("cli.check.none"))
		return nil
	}
	return printList(k.app, list,
		column[ha.Finding]{"severity", func(f ha.Finding) string { return k.t("cli.severity." + string(f.Severity)) }},
		column[ha.Finding]{"finding", func(f ha.Finding) string { return strings.TrimSpace(f.Code + " " + f.Object) }},
		column[ha.Finding]{"what", func(f ha.Finding) string { return k.words.Sentence("finding."+f.Code, f.Args) }},
		column[ha.Finding]{"to_do", func(f ha.Finding) string { return k.words.Sentence("finding."+f.Code+".do", f.Args) }},
		column[ha.Finding]{"fix", func(f ha.Finding) string { return k.yesNo(len(f.Fix) > 0) }},
	)
}

func (a *app) whatIfCommand() *cobra.Command {
	return a.verb(verb{key: "whatif", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
		f.StringSlice("lose", nil, a.t("cli.flag.whatif.lose"))
		f.StringSlice("stop-node", nil, a.t("cli.flag.whatif.stop_node"))
		f.StringSlice("fail", nil, a.t("cli.flag.whatif.fail"))
		f.StringSlice("move", nil, a.t("cli.flag.whatif.move"))
		f.StringSlice("promote", nil, a.t("cli.flag.whatif.promote"))
		f.StringSlice("restart", nil, a.t("cli.flag.whatif.restart"))
		f.StringSlice("cleanup", nil, a.t("cli.flag.whatif.cleanup"))
		f.StringSlice("stop", nil, a.t("cli.flag.whatif.stop"))
		f.StringSlice("start", nil, a.t("cli.flag.whatif.start"))
		f.StringSlice("standby", nil, a.t("cli.flag.whatif.standby"))
		f.StringSlice("unstandby", nil, a.t("cli.flag.whatif.unstandby"))
		f.StringSlice("set", nil, a.t("cli.flag.whatif.set"))
		f.Bool("no-quorum", false, a.t("cli.flag.whatif.no_quorum"))
		f.StringP("file", "f", "", a.t("cli.flag.whatif.file"))
		f.Bool("steps", false, a.t("cli.flag.whatif.steps"))
	}, run: whatIf})
}

// scenario puts together what the flags say. A file holds a scenario or a part of one; flags are added to it.
func (k *call) scenario() (ha.Scenario, error) {
	var s ha.Scenario
	if file := k.flag("file"); file != "" {
		if err := k.readYAML(file, &s); err != nil {
			return s, err
		}
	}
	s.LoseNodes = append(s.LoseNodes, k.list("lose")...)
	s.StopNodes = append(s.StopNodes, k.list("stop-node")...)
	s.LoseQuorum = s.LoseQuorum || k.isSet("no-quorum")
	for _, text := range k.list("fail") {
		resource, node, _ := strings.Cut(text, "@")
		s.Fail = append(s.Fail, ha.FailedMonitor{Resource: resource, Node: node})
	}
	for _, text := range k.list("move") {
		resource, node, _ := strings.Cut(text, "@")
		s.Move = append(s.Move, ha.Relocation{Resource: resource, Node: node})
	}
	for _, text := range k.list("promote") {
		clone, node, _ := strings.Cut(text, "@")
		s.Move = append(s.Move, ha.Relocation{Resource: clone, Node: node, Promoted: true})
	}
	s.Restart = append(s.Restart, k.list("restart")...)
	for _, text := range k.list("cleanup") {
		resource, node, _ := strings.Cut(text, "@")
		s.Cleanup = append(s.Cleanup, ha.CleanedUp{Resource: resource, Node: node})
	}
	for _, id := range k.list("stop") {
		s.Edits = append(s.Edits, ha.Edit{Op: ha.SetMeta, ID: id, Values: map[string]string{"target-role": "Stopped"}})
	}
	for _, id := range k.list("start") {
		s.Edits = append(s.Edits, ha.Edit{Op: ha.SetMeta, ID: id, Unset: []string{"target-role"}})
	}
	for _, node := range k.list("standby") {
		s.Edits = append(s.Edits, ha.Edit{Op: ha.SetNodeAttributes, Node: node, Values: map[string]string{"standby": "on"}})
	}
	for _, node := range k.list("unstandby") {
		s.Edits = append(s.Edits, ha.Edit{Op: ha.SetNodeAttributes, Node: node, Unset: []string{"standby"}})
	}
	values, err := k.pairs(k.list("set"))
	if err != nil {
		return s, err
	}
	if len(values) > 0 {
		s.Edits = append(s.Edits, ha.Edit{Op: ha.SetProperties, Values: values})
	}
	return s, ha.ValidateScenario(s)
}

func whatIf(ctx context.Context, k *call) error {
	s, err := k.scenario()
	if err != nil {
		return err
	}
	var f ha.Forecast
	if err := k.do(ctx, "whatif.play", s, &f); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(f)
	}
	return k.printForecast(f)
}

// printForecast says what the scheduler would do.
func (k *call) printForecast(f ha.Forecast) error {
	if !f.Quorate {
		k.line(k.t("whatif.no_quorum"))
	}
	if f.Busy {
		k.line(k.t("whatif.busy"))
	}
	if len(f.Doubtful) > 0 {
		k.line(k.t("whatif.doubtful", "resources", strings.Join(f.Doubtful, ", ")))
	}
	for _, w := range f.Warnings {
		k.line(k.t("cli.whatif.warning", "what", k.words.Sentence("finding."+w.Code, w.Args), "do", k.words.Sentence("finding."+w.Code+".do", w.Args)))
	}
	if len(f.Actions) == 0 {
		k.line(k.t("whatif.nothing"))
		return nil
	}
	for _, i := range f.Services {
		k.line(k.interruption(i))
	}
	if len(f.Services) == 0 {
		k.line(k.t("whatif.no_interruption"))
	}
	k.line("")
	if err := printList(k.app, f.Actions,
		column[ha.ForecastAction]{"action", func(x ha.ForecastAction) string {
			text := k.t("whatif.action." + x.Kind)
			if x.Blocked {
				text += " (" + k.t("whatif.blocked") + ")"
			}
			return text
		}},
		column[ha.ForecastAction]{"resource", func(x ha.ForecastAction) string { return x.Resource }},
		column[ha.ForecastAction]{"from", func(x ha.ForecastAction) string { return x.From }},
		column[ha.ForecastAction]{"to", func(x ha.ForecastAction) string { return x.To }},
		column[ha.ForecastAction]{"reason", func(x ha.ForecastAction) string { return x.Reason }},
	); err != nil {
		return err
	}
	if k.isSet("steps") {
		k.line("")
		if err := printList(k.app, f.Steps,
			column[ha.ForecastStep]{"begin", func(x ha.ForecastStep) string { return seconds(x.BeginMS) }},
			column[ha.ForecastStep]{"operation", func(x ha.ForecastStep) string { return x.Operation }},
			column[ha.ForecastStep]{"resource", func(x ha.ForecastStep) string { return x.Resource }},
			column[ha.ForecastStep]{"node", func(x ha.ForecastStep) string { return x.Node }},
			column[ha.ForecastStep]{"took", func(x ha.ForecastStep) string {
				if !x.Measured {
					return k.t("whatif.never_measured")
				}
				return seconds(x.DurationMS)
			}},
		); err != nil {
			return err
		}
	}
	if !f.Rest {
		k.line(k.t("whatif.more"))
	}
	return nil
}

// interruption says how long a service would be away.
func (k *call) interruption(i ha.Interruption) string {
	if !i.Ends {
		return k.t("whatif.stays_down", "service", i.Service)
	}
	key := "whatif.outage"
	if !i.Exact {
		key = "whatif.outage_least"
	}
	text := k.t(key, "service", i.Service, "time", seconds(i.OutageMS))
	if i.DetectMS > 0 {
		text += " " + k.t("whatif.of_it_detection", "time", seconds(i.DetectMS))
	}
	if i.FenceMS > 0 {
		text += " " + k.t("whatif.of_it_fencing", "time", seconds(i.FenceMS))
	}
	if len(i.Missing) > 0 {
		text += " " + k.t("whatif.missing", "what", strings.Join(i.Missing, ", "))
	}
	return text
}

// seconds writes milliseconds as people say them.
func seconds(ms int) string {
	d := time.Duration(ms) * time.Millisecond
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return strconv.Itoa(int(d.Round(time.Second).Seconds())) + " s"
}
