package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) constraintCommands() *cobra.Command {
	return a.group("constraint",
		verb{key: "constraint.list", args: []string{"cluster"}, run: listConstraints},
		verb{key: "constraint.create", args: []string{"cluster", "kind"}, long: true, flags: func(f *pflag.FlagSet) {
			for _, name := range []string{"id", "resource", "node", "score", "with", "first", "then", "action", "order-kind"} {
				f.String(name, "", a.t("cli.flag.constraint."+strings.ReplaceAll(name, "-", "_")))
			}
			f.StringArray("rule", nil, a.t("cli.flag.constraint.rule"))
			f.String("bool", "and", a.t("cli.flag.constraint.bool"))
			f.StringP("file", "f", "", a.t("cli.flag.file_constraint"))
		}, run: createConstraint},
		verb{key: "constraint.delete", args: []string{"cluster", "constraint"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.constraint.delete", "name", k.args["constraint"]); err != nil {
				return err
			}
			return k.start(ctx, "constraint.delete", nil)
		}},
	)
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
		var parts []string
		for _, e := range c.Rule.Expressions {
			parts = append(parts, strings.TrimSpace(e.Attribute+" "+e.Operation+" "+e.Value))
		}
		return c.Resource + ": " + strings.Join(parts, " "+firstOf(c.Rule.Bool, "and")+" ")
	case c.Kind == ha.Location:
		return k.t("cli.constraint.location", "resource", c.Resource, "node", c.Node)
	case c.Kind == ha.Colocation && strings.HasPrefix(c.Score, "-"):
		return k.t("cli.constraint.apart", "resource", c.Resource, "with", c.With)
	case c.Kind == ha.Colocation:
		return k.t("cli.constraint.together", "resource", c.Resource, "with", c.With)
	case c.Kind == ha.Order:
		return k.t("cli.constraint.order", "first", c.First, "then", c.Then)
	}
	return c.XML
}

func createConstraint(ctx context.Context, k *call) error {
	var c ha.Constraint
	if file := k.flag("file"); file != "" {
		if err := k.readYAML(file, &c); err != nil {
			return err
		}
	} else {
		c = ha.Constraint{
			ID: k.flag("id"), Kind: ha.ConstraintKind(k.args["kind"]), Resource: k.flag("resource"), Node: k.flag("node"), Score: k.flag("score"),
			With: k.flag("with"), First: k.flag("first"), Then: k.flag("then"), Action: k.flag("action"), OrderKind: k.flag("order-kind"),
		}
		if rules := k.list("rule"); len(rules) > 0 {
			c.Rule = &ha.Rule{Score: c.Score, Bool: k.flag("bool")}
			c.Score = ""
			for _, text := range rules {
				e, err := expression(text)
				if err != nil {
					return err
				}
				c.Rule.Expressions = append(c.Rule.Expressions, e)
			}
		}
		if c.ID == "" {
			c.ID = constraintID(c)
		}
	}
	if err := ha.ValidateConstraint(c); err != nil {
		return err
	}
	return k.start(ctx, "constraint.create", c)
}

// constraintID makes an ID out of what a constraint is about, so that the same one made twice is refused.
func constraintID(c ha.Constraint) string {
	parts := []string{string(c.Kind)}
	for _, p := range []string{c.Resource, c.With, c.First, c.Then, c.Node} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if c.Rule != nil {
		parts = append(parts, "rule")
	}
	return strings.Join(parts, "-")
}

// expression reads "ATTRIBUTE OPERATION [TYPE:]VALUE", for example "pingd lt integer:1".
func expression(text string) (ha.Expression, error) {
	fields := strings.Fields(text)
	if len(fields) < 2 || len(fields) > 3 {
		return ha.Expression{}, fault.New(fault.Invalid, "cli.rule_invalid", "%q is not ATTRIBUTE OPERATION [VALUE]", text).With("value", text)
	}
	e := ha.Expression{Attribute: fields[0], Operation: fields[1]}
	if len(fields) == 3 {
		e.Value = fields[2]
		if kind, value, ok := strings.Cut(e.Value, ":"); ok && kind != "" {
			switch kind {
			case "string", "integer", "number", "version":
				e.Type, e.Value = kind, value
			}
		}
	}
	return e, nil
}
