package cli

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"hawser/cli/client"
	"hawser/internal/ha"
)

func (a *app) budgetCommand() *cobra.Command {
	return a.verb(verb{key: "budget", args: []string{"cluster", "service?"}, run: showBudget})
}

func showBudget(ctx context.Context, k *call) error {
	if k.args["service"] == "" {
		return listBudgets(ctx, k)
	}
	var b ha.Budget
	if err := k.do(ctx, "budget.show", nil, &b); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(b)
	}
	for i, e := range b.Events {
		if i > 0 {
			k.line("")
		}
		if err := k.printBudgetEvent(e); err != nil {
			return err
		}
	}
	return nil
}

// budgeted is one event of a service.
type budgeted struct {
	service string
	ha.BudgetEvent
}

func listBudgets(ctx context.Context, k *call) error {
	list, err := client.All[ha.Budget](ctx, k.api, client.Request{Route: "budget.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	if k.output != "table" {
		return printList(k.app, list)
	}
	var rows []budgeted
	for _, b := range list {
		for i, e := range b.Events {
			row := budgeted{BudgetEvent: e}
			if i == 0 {
				row.service = b.Service
			}
			rows = append(rows, row)
		}
	}
	if err := printList(k.app, rows,
		column[budgeted]{"service", func(b budgeted) string { return b.service }},
		column[budgeted]{"budget_event", func(b budgeted) string { return k.t("budget.event." + string(b.Event)) }},
		column[budgeted]{"expected_time", func(b budgeted) string { return k.expected(b.BudgetEvent) }},
		column[budgeted]{"at_worst", func(b budgeted) string {
			if b.Never != "" {
				return ""
			}
			return seconds(b.Worst.MS)
		}},
		column[budgeted]{"budget_target", func(b budgeted) string {
			if b.Target == nil {
				return "–"
			}
			return strconv.Itoa(*b.Target) + " s"
		}},
		column[budgeted]{"kept", func(b budgeted) string {
			if b.Answer == "" {
				return ""
			}
			return k.t("target." + string(b.Answer))
		}},
	); err != nil {
		return err
	}
	for _, b := range rows {
		k.budgetFinding(b.BudgetEvent)
	}
	return nil
}

// expected says how long a service would be away.
func (k *call) expected(e ha.BudgetEvent) string {
	switch {
	case e.Never != "":
		return k.t("cli.budget.stays_away")
	case !e.Typical.Exact && e.Typical.MS == 0:
		return k.t("budget.source.unknown")
	case !e.Typical.Exact:
		return k.t("cli.budget.at_least", "time", seconds(e.Typical.MS))
	}
	return seconds(e.Typical.MS)
}

// budgetFinding says why a target is not met, and what to do about it.
func (k *call) budgetFinding(e ha.BudgetEvent) {
	if f := e.Finding; f != nil {
		k.line(k.t("cli.budget.finding", "what", k.words.Sentence("finding."+f.Code, f.Args), "do", k.words.Sentence("finding."+f.Code+".do", f.Args)))
	}
}

// printBudgetEvent lists the steps of an event: those that are to be expected, with what they may take at worst.
func (k *call) printBudgetEvent(e ha.BudgetEvent) error {
	name := k.t("budget.event." + string(e.Event))
	text := k.t("cli.budget.comes_back", "event", name, "time", k.expected(e), "worst", seconds(e.Worst.MS))
	if e.Never != "" {
		text = k.t("cli.budget.never", "event", name)
	}
	if e.Target != nil {
		text += k.t("cli.budget.of_target", "target", strconv.Itoa(*e.Target), "answer", k.t("target."+string(e.Answer)))
	}
	k.line(text)
	if e.Never != "" && e.Finding == nil {
		k.line(k.t("budget.never."+string(e.Never), "object", e.Because))
	}
	k.budgetFinding(e)
	if e.Never != "" || len(e.Typical.Parts)+len(e.Worst.Parts) == 0 {
		return nil
	}
	type step struct{ usual, worst *ha.BudgetPart }
	var steps []step
	for i := range e.Typical.Parts {
		steps = append(steps, step{usual: &e.Typical.Parts[i]})
	}
	next := 0
	for i := range e.Worst.Parts {
		p := &e.Worst.Parts[i]
		if at := slices.IndexFunc(steps, func(s step) bool { return s.usual != nil && s.usual.Kind == p.Kind && s.usual.Object == p.Object }); at >= 0 {
			steps[at].worst, next = p, at+1
		} else {
			steps, next = slices.Insert(steps, next, step{worst: p}), next+1
		}
	}
	part := func(s step) ha.BudgetPart {
		if s.usual != nil {
			return *s.usual
		}
		return *s.worst
	}
	long := func(p *ha.BudgetPart) string {
		if p == nil || p.Source == ha.SourceUnknown {
			return "–"
		}
		return seconds(p.MS)
	}
	from := func(p *ha.BudgetPart) string {
		switch {
		case p == nil:
			return ""
		case p.Source == ha.SourceMeasured:
			return k.t("cli.budget.measured", "at", clock(p.At), "count", strconv.Itoa(p.Count))
		}
		return k.t("budget.source." + string(p.Source))
	}
	return printList(k.app, steps,
		column[step]{"budget_step", func(s step) string { return k.t("budget.part." + string(part(s).Kind)) }},
		column[step]{"object", func(s step) string { return part(s).Object }},
		column[step]{"expected_time", func(s step) string { return long(s.usual) }},
		column[step]{"time_from", func(s step) string { return from(s.usual) }},
		column[step]{"at_worst", func(s step) string { return long(s.worst) }},
		column[step]{"limit_from", func(s step) string { return from(s.worst) }},
	)
}
