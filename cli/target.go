package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) targetCommands() *cobra.Command {
	return a.group("target",
		verb{key: "target.list", args: []string{"cluster"}, run: listTargets},
		verb{key: "target.set", args: []string{"cluster", "service"}, flags: func(f *pflag.FlagSet) {
			for _, goal := range []string{"rto-planned", "rto-unplanned", "rpo-planned", "rpo-unplanned"} {
				f.Int(goal, 0, a.t("cli.flag."+strings.ReplaceAll(goal, "-", "_")))
			}
		}, run: func(ctx context.Context, k *call) error {
			t := ha.Target{RTOPlanned: k.given("rto-planned"), RTOUnplanned: k.given("rto-unplanned"), RPOPlanned: k.given("rpo-planned"), RPOUnplanned: k.given("rpo-unplanned")}
			if err := ha.ValidateTarget(t); err != nil {
				return err
			}
			return k.do(ctx, "target.set", t, nil)
		}},
		verb{key: "target.remove", args: []string{"cluster", "service"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "target.remove", nil, nil)
		}},
	)
}

// goal is one of the four things that may be promised for a service.
type goal struct {
	service, name string
	target        *int
	answer        ha.Answer
	stands        string
}

func listTargets(ctx context.Context, k *call) error {
	list, err := client.All[api.TargetShown](ctx, k.api, client.Request{Route: "target.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	if k.output != "table" {
		return printList(k.app, list)
	}
	var goals []goal
	for _, s := range list {
		t, name := ha.Target{}, s.Service
		if s.Target != nil {
			t = *s.Target
		}
		if s.Gone {
			name = k.t("cli.target.gone", "service", s.Service)
		}
		goals = append(goals,
			goal{name, "rto_planned", t.RTOPlanned, s.Standing.RTOPlanned.Answer, k.rto(s.Standing.RTOPlanned)},
			goal{"", "rto_unplanned", t.RTOUnplanned, s.Standing.RTOUnplanned.Answer, k.rto(s.Standing.RTOUnplanned)},
			goal{"", "rpo_planned", t.RPOPlanned, s.Standing.RPOPlanned.Answer, k.rpo(s.Standing.RPOPlanned)},
			goal{"", "rpo_unplanned", t.RPOUnplanned, s.Standing.RPOUnplanned.Answer, strings.TrimSpace(k.rpo(s.Standing.RPOUnplanned) + " " + k.exposed(s.Standing.Exposed))})
	}
	return printList(k.app, goals,
		column[goal]{"service", func(g goal) string { return g.service }},
		column[goal]{"goal", func(g goal) string { return k.t("target." + g.name) }},
		column[goal]{"target", func(g goal) string {
			if g.target == nil {
				return "–"
			}
			return strconv.Itoa(*g.target) + " s"
		}},
		column[goal]{"kept", func(g goal) string {
			if g.answer == "" {
				return ""
			}
			return k.t("target." + string(g.answer))
		}},
		column[goal]{"stands", func(g goal) string { return g.stands }},
	)
}

// rto says how long a service really was away.
func (k *call) rto(r ha.RTO) string {
	if r.Worst == nil || r.Last == nil {
		return k.t("cli.target.unmeasured")
	}
	long := func(a ha.Absence) string { return seconds(int(a.Seconds * 1000)) }
	return k.t("cli.target.away", "worst", long(*r.Worst), "last", long(*r.Last), "at", clock(r.Last.Since), "count", strconv.Itoa(r.Number))
}

// rpo says what would be lost, and why.
func (k *call) rpo(r ha.RPO) string {
	text := k.t("rpo."+string(r.Basis), "volume", r.Volume)
	if r.Basis != ha.RPOExposed {
		return text
	}
	if !r.Since.IsZero() {
		text += " " + k.t("cli.target.since", "since", clock(r.Since))
	}
	if r.OutOfSync > 0 {
		text += " " + k.t("cli.target.out_of_sync", "size", bytesOf(uint64(r.OutOfSync)))
	}
	return text
}

// exposed says how much a service was exposed lately; nothing where it was not.
func (k *call) exposed(e *ha.Exposed) string {
	if e == nil || e.Worst == nil {
		return ""
	}
	text := k.t("cli.target.exposed", "count", strconv.Itoa(e.Number), "worst", seconds(int(e.Lasted*1000)), "at", clock(e.Worst.Started))
	if e.Worst.Bytes > 0 {
		text += " " + k.t("cli.target.out_of_sync", "size", bytesOf(uint64(e.Worst.Bytes)))
	}
	return text
}
