package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// policyNumbers are the flags that are numbers, and where each stands in the policy.
var policyNumbers = []struct {
	flag string
	of   func(*api.Policy) *int
}{
	{"min-length", func(p *api.Policy) *int { return &p.Password.MinLength }},
	{"classes", func(p *api.Policy) *int { return &p.Password.Classes }},
	{"history", func(p *api.Policy) *int { return &p.Password.History }},
	{"max-age-days", func(p *api.Policy) *int { return &p.Password.MaxAgeDays }},
	{"failures", func(p *api.Policy) *int { return &p.Lock.Failures }},
	{"first-wait", func(p *api.Policy) *int { return &p.Lock.FirstSeconds }},
	{"longest-wait", func(p *api.Policy) *int { return &p.Lock.LongestMinutes }},
	{"idle-minutes", func(p *api.Policy) *int { return &p.Session.IdleMinutes }},
	{"session-hours", func(p *api.Policy) *int { return &p.Session.LifeHours }},
	{"cli-hours", func(p *api.Policy) *int { return &p.Session.CLIHours }},
	{"token-days", func(p *api.Policy) *int { return &p.Session.TokenMaxDays }},
}

func (a *app) policyCommands() *cobra.Command {
	return a.group("policy",
		verb{key: "policy.show", run: func(ctx context.Context, k *call) error {
			var p api.Policy
			if err := k.do(ctx, "policy.show", nil, &p); err != nil {
				return err
			}
			return k.printPolicy(p)
		}},
		verb{key: "policy.edit", flags: func(f *pflag.FlagSet) {
			f.String("separation", "", a.t("cli.flag.policy.separation"))
			f.String("second-factor", "", a.t("cli.flag.policy.second_factor"))
			f.String("first-change", "", a.t("cli.flag.policy.first_change"))
			for _, n := range policyNumbers {
				f.Int(n.flag, 0, a.t("cli.flag.policy."+n.flag))
			}
		}, run: editPolicy},
	)
}

func editPolicy(ctx context.Context, k *call) error {
	var p api.Policy
	if err := k.do(ctx, "policy.show", nil, &p); err != nil {
		return err
	}
	var change api.PolicyChange
	changed := k.flags.Changed
	for _, n := range policyNumbers {
		if changed(n.flag) {
			value, err := k.flags.GetInt(n.flag)
			if err != nil {
				return err
			}
			*n.of(&p) = value
			change.Password, change.Lock, change.Session = &p.Password, &p.Lock, &p.Session
		}
	}
	for flag, set := range map[string]func(bool){
		"separation":   func(on bool) { change.Separation = &on },
		"first-change": func(on bool) { p.Password.FirstChange = on; change.Password = &p.Password },
	} {
		switch value := k.flag(flag); value {
		case "":
		case "on", "off":
			set(value == "on")
		default:
			return fault.New(fault.Invalid, "cli.flag_value", "--%s is on or off", flag).With("name", "--"+flag, "value", value)
		}
	}
	if value := k.flag("second-factor"); value != "" {
		change.SecondFactor = &value
	}
	if change == (api.PolicyChange{}) {
		return fault.New(fault.Invalid, "cli.nothing_to_change", "nothing to change")
	}
	if on := change.Separation; on != nil && *on {
		if err := k.confirm(revertible, "cli.ask.policy.separation"); err != nil {
			return err
		}
	}
	if err := k.do(ctx, "policy.edit", change, &p); err != nil {
		return err
	}
	return k.printPolicy(p)
}

func (k *call) printPolicy(p api.Policy) error {
	pairs := []string{
		"policy.separation", k.yesNo(p.Separation), "policy.second_factor", k.t("cli.second_factor." + p.SecondFactor),
		"policy.first_change", k.yesNo(p.Password.FirstChange),
	}
	for _, n := range policyNumbers {
		pairs = append(pairs, "policy."+n.flag, strconv.Itoa(*n.of(&p)))
	}
	return k.printFacts(p, pairs...)
}
