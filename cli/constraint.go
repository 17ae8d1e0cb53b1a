package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) constraintCommands() *cobra.Command {
	return a.group("constraint",
		verb{key: "constraint.list", args: []string{"cluster"}, run: listConstraints},
		verb{key: "constraint.create", args: []string{"cluster", "kind"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("id", "", a.t("cli.flag.constraint.id"))
			a.constraintFlags(f)
		}, run: createConstraint},
		verb{key: "constraint.edit", args: []string{"cluster", "constraint"}, long: true, flags: a.constraintFlags, run: editConstraint},
		verb{key: "constraint.delete", args: []string{"cluster", "constraint"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.constraint.delete", "name", k.args["constraint"]); err != nil {
				return err
			}
			return k.start(ctx, "constraint.delete", nil)
		}},
	)
}

// constraintFields are the fields that have a flag of their own.
func constraintFields(c *ha.Constraint) map[string]*string {
	return map[string]*string{
		"resource": &c.Resource, "role": &c.Role, "node": &c.Node, "score": &c.Score, "with": &c.With, "with-role": &c.WithRole,
		"first": &c.First, "then": &c.Then, "action": &c.Action, "then-action": &c.ThenAction, "order-kind": &c.OrderKind,
		"symmetrical": &c.Symmetrical, "ticket": &c.Ticket, "loss-policy": &c.LossPolicy, "discovery": &c.Discovery,
	}
}

func (a *app) constraintFlags(f *pflag.FlagSet) {
	for _, name := range slices.Sorted(maps.Keys(constraintFields(&ha.Constraint{}))) {
		f.String(name, "", a.t("cli.flag.constraint."+strings.ReplaceAll(name, "-", "_")))
	}
	f.StringArray("set", nil, a.t("cli.flag.constraint.set"))
	f.StringArray("rule", nil, a.t("cli.flag.constraint.rule"))
	f.String("bool", "and", a.t("cli.flag.constraint.bool"))
	f.StringP("file", "f", "", a.t("cli.flag.file_constraint"))
}

func listConstraints(ctx context.Context, k *call) error {
	list, err := client.All[ha.Constraint](ctx, k.api, client.Request{Route: "constraint.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[ha.Constraint]{"id", func(c ha.Constraint) string { return c.ID }},
		column[ha.Constraint]{"type", func(c ha.Constraint) string { return k.t("cli.kind." + string(c.Kind)) }},
		column[ha.Constraint]{"what", k.constraint},
		column[ha.Constraint]{"score", func(c ha.Constraint) string {
			if c.Rule != nil {
				return c.Rule.Score
			}
			return firstOf(c.Score, c.OrderKind)
		}},
	)
}

// constraint says what a constraint means.
func (k *call) constraint(c ha.Constraint) string {
	switch {
	case c.Complex:
		return c.XML
	case c.Kind == ha.Location && c.Rule != nil:
		return c.Resource + c.Pattern + setsText(c) + ": " + k.rule(*c.Rule)
	case len(c.Sets) > 0:
		return setsText(c)
	case c.Kind == ha.Location:
		return k.t("cli.constraint.location", "resource", c.Resource+c.Pattern, "node", c.Node)
	case c.Kind == ha.Colocation && strings.HasPrefix(c.Score, "-"):
		return k.t("cli.constraint.apart", "resource", c.Resource, "with", c.With)
	case c.Kind == ha.Colocation:
		return k.t("cli.constraint.together", "resource", c.Resource, "with", c.With)
	case c.Kind == ha.Order:
		return k.t("cli.constraint.order", "first", strings.TrimSpace(c.First+" "+c.Action), "then", strings.TrimSpace(c.Then+" "+c.ThenAction))
	case c.Kind == ha.Ticket:
		return k.t("cli.constraint.ticket", "resource", c.Resource, "ticket", c.Ticket)
	}
	return c.XML
}

// setsText writes sets of resources: those of one set in parentheses, with what holds for it.
func setsText(c ha.Constraint) string {
	var parts []string
	for _, set := range c.Sets {
		text := "(" + strings.Join(set.Resources, " ") + ")"
		for _, option := range [][2]string{
			{"sequential", set.Sequential}, {"require-all", set.RequireAll}, {"action", set.Action}, {"role", set.Role}, {"score", set.Score},
		} {
			if option[1] != "" {
				text += " " + option[0] + "=" + option[1]
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func createConstraint(ctx context.Context, k *call) error {
	c := ha.Constraint{ID: k.flag("id"), Kind: ha.ConstraintKind(k.args["kind"])}
	if err := k.fillConstraint(&c); err != nil {
		return err
	}
	if c.ID == "" {
		c.ID = constraintID(c)
	}
	if err := ha.ValidateConstraint(c); err != nil {
		return err
	}
	return k.start(ctx, "constraint.create", c)
}

// editConstraint sends back what was read with the flags put over it; with a file it becomes what that says.
func editConstraint(ctx context.Context, k *call) error {
	path := map[string]string{"cluster": k.args["cluster"]}
	list, err := client.All[ha.Constraint](ctx, k.api, client.Request{Route: "constraint.list", Path: path}, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c ha.Constraint) bool { return c.ID == k.args["constraint"] })
	if i < 0 {
		return fault.New(fault.NotFound, "constraint.unknown", "no constraint %q", k.args["constraint"]).With("id", k.args["constraint"])
	}
	c := list[i]
	c.XML = ""
	if err := k.fillConstraint(&c); err != nil {
		return err
	}
	if err := ha.ValidateConstraint(c); err != nil {
		return err
	}
	return k.start(ctx, "constraint.edit", api.EditConstraint{Constraint: c})
}

// fillConstraint puts what a file or the flags say over a constraint.
func (k *call) fillConstraint(c *ha.Constraint) error {
	if file := k.flag("file"); file != "" {
		id := c.ID
		*c = ha.Constraint{}
		if err := k.readYAML(file, c); err != nil {
			return err
		}
		c.ID = firstOf(id, c.ID)
		return nil
	}
	for name, field := range constraintFields(c) {
		if value := k.flag(name); value != "" {
			*field = value
		}
	}
	if texts := k.list("set"); len(texts) > 0 {
		c.Sets = nil
		for _, text := range texts {
			set, err := resourceSet(text)
			if err != nil {
				return err
			}
			c.Sets = append(c.Sets, set)
		}
	}
	rules := k.list("rule")
	if len(rules) == 0 {
		if c.Rule != nil && c.Score != "" { // the score of a rule stands in the rule
			r := *c.Rule
			r.Score, c.Score, c.Rule = c.Score, "", &r
		}
		return nil
	}
	score := c.Score
	if score == "" && c.Rule != nil {
		score = c.Rule.Score
	}
	all := ha.Rule{Score: score, Bool: k.flag("bool")}
	for _, text := range rules {
		r, err := ha.ParseRule(text)
		if err != nil {
			return err
		}
		switch {
		case len(rules) == 1:
			all.Bool, all.Expressions = r.Bool, r.Expressions
		case len(r.Expressions) == 1:
			all.Expressions = append(all.Expressions, r.Expressions[0])
		default:
			all.Expressions = append(all.Expressions, ha.Expression{Rule: &r})
		}
	}
	c.Rule, c.Score, c.Node = &all, "", ""
	return nil
}

// resourceSet reads "RESOURCE RESOURCE … [NAME=VALUE …]", for example "db web sequential=false".
func resourceSet(text string) (ha.ResourceSet, error) {
	var s ha.ResourceSet
	options := map[string]*string{
		"sequential": &s.Sequential, "require-all": &s.RequireAll, "action": &s.Action, "role": &s.Role, "score": &s.Score, "kind": &s.Kind,
	}
	for _, word := range strings.Fields(text) {
		name, value, isOption := strings.Cut(word, "=")
		switch option := options[name]; {
		case !isOption:
			s.Resources = append(s.Resources, word)
		case option == nil:
			return s, fault.New(fault.Invalid, "cli.set_invalid", "%q is no option of a set", word).With("value", word)
		default:
			*option = value
		}
	}
	return s, nil
}

// constraintID makes an ID out of what a constraint is about, so that the same one made twice is refused.
func constraintID(c ha.Constraint) string {
	parts := []string{string(c.Kind)}
	for _, p := range []string{c.Resource, c.With, c.First, c.Then, c.Node, c.Ticket} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	for _, set := range c.Sets {
		parts = append(parts, set.Resources...)
	}
	if c.Rule != nil {
		parts = append(parts, "rule")
	}
	id := strings.Join(parts, "-")
	return id[:min(len(id), ha.MaxID)]
}
