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

// rule says a rule in the user's language.
func (k *call) rule(r ha.Rule) string { return r.Sentence(k.t) }

func (a *app) ruleCommands() *cobra.Command {
	return a.group("rule",
		verb{key: "rule.check", args: []string{"rule"}, run: func(ctx context.Context, k *call) error {
			var shown api.RuleShown
			if err := k.do(ctx, "rule.check", api.RuleCheck{Text: k.args["rule"]}, &shown); err != nil {
				return err
			}
			if k.output != "table" {
				return k.printData(shown)
			}
			return align(k.env.Stdout, [][]string{{shown.Text}, {k.rule(shown.Rule)}})
		}},
	)
}

func (a *app) attributesCommands() *cobra.Command {
	return a.group("attributes",
		verb{key: "attributes.list", args: []string{"cluster"}, run: listAttributes},
		verb{key: "attributes.create", args: []string{"cluster", "kind", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("id", "", a.t("cli.flag.attributes.id"))
			f.String("resource", "", a.t("cli.flag.attributes.resource"))
			f.String("rule", "", a.t("cli.flag.attributes.rule"))
			f.String("score", "", a.t("cli.flag.attributes.score"))
			f.StringP("file", "f", "", a.t("cli.flag.file_attributes"))
		}, run: createAttributes},
		verb{key: "attributes.edit", args: []string{"cluster", "id", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("rule", "", a.t("cli.flag.attributes.rule"))
			f.String("score", "", a.t("cli.flag.attributes.score"))
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
		}, run: editAttributes},
		verb{key: "attributes.delete", args: []string{"cluster", "id"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.attributes.delete", "name", k.args["id"]); err != nil {
				return err
			}
			return k.startAt(ctx, "attributes.delete", k.setPath(), nil)
		}},
	)
}

// setPath names the set as the route does.
func (k *call) setPath() map[string]string {
	return map[string]string{"cluster": k.args["cluster"], "set": k.args["id"]}
}

// startAt calls a Long route with a path of its own and follows its operation to the end.
func (k *call) startAt(ctx context.Context, route string, path map[string]string, body any) error {
	var op api.Operation
	if err := k.api.Do(ctx, client.Request{Route: route, Path: path, Body: body}, &op); err != nil {
		return err
	}
	return k.follow(ctx, op)
}

func listAttributes(ctx context.Context, k *call) error {
	list, err := client.All[ha.AttributeSet](ctx, k.api, client.Request{Route: "attributes.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[ha.AttributeSet]{"id", func(s ha.AttributeSet) string { return s.ID }},
		column[ha.AttributeSet]{"type", func(s ha.AttributeSet) string {
			return strings.TrimSpace(k.t("cli.attributes_kind."+s.Kind) + " " + s.Resource)
		}},
		column[ha.AttributeSet]{"score", func(s ha.AttributeSet) string { return s.Score }},
		column[ha.AttributeSet]{"values", func(s ha.AttributeSet) string {
			var parts []string
			for _, name := range slices.Sorted(maps.Keys(s.Values)) {
				parts = append(parts, name+"="+s.Values[name])
			}
			return strings.Join(parts, " ")
		}},
		column[ha.AttributeSet]{"rule", func(s ha.AttributeSet) string {
			if s.Rule == nil {
				return ""
			}
			return k.rule(*s.Rule)
		}},
	)
}

func createAttributes(ctx context.Context, k *call) error {
	var s ha.AttributeSet
	if file := k.flag("file"); file != "" {
		if err := k.readYAML(file, &s); err != nil {
			return err
		}
	} else {
		values, err := k.pairs(k.values)
		if err != nil {
			return err
		}
		r, err := ha.ParseRule(k.flag("rule"))
		if err != nil {
			return err
		}
		s = ha.AttributeSet{ID: k.flag("id"), Kind: k.args["kind"], Resource: k.flag("resource"), Score: k.flag("score"), Rule: &r, Values: values}
		if s.ID == "" {
			s.ID = strings.Join(slices.DeleteFunc([]string{s.Resource, strings.ReplaceAll(s.Kind, "_", "-"), "rule"}, func(p string) bool { return p == "" }), "-")
		}
	}
	if err := ha.ValidateAttributeSet(s); err != nil {
		return err
	}
	return k.start(ctx, "attributes.create", s)
}

// editAttributes sends back what was read, with the version.
func editAttributes(ctx context.Context, k *call) error {
	path := map[string]string{"cluster": k.args["cluster"]}
	list, err := client.All[ha.AttributeSet](ctx, k.api, client.Request{Route: "attributes.list", Path: path}, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s ha.AttributeSet) bool { return s.ID == k.args["id"] })
	if i < 0 {
		return fault.New(fault.NotFound, "attributes.unknown", "no attribute set %q", k.args["id"]).With("id", k.args["id"])
	}
	s := list[i]
	set, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	s.Values = change(s.Values, set, k.list("unset"))
	s.Score = firstOf(k.flag("score"), s.Score)
	if text := k.flag("rule"); text != "" {
		r, err := ha.ParseRule(text)
		if err != nil {
			return err
		}
		if s.Rule != nil {
			r.Score = s.Rule.Score
		}
		s.Rule = &r
	}
	if err := ha.ValidateAttributeSet(s); err != nil {
		return err
	}
	return k.startAt(ctx, "attributes.edit", k.setPath(), api.EditAttributes{Set: s})
}

func (a *app) serviceCommands() *cobra.Command {
	return a.group("service", append(a.databaseVerbs(),
		verb{key: "service.spread", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("service", nil, a.t("cli.flag.spread.service"))
			f.StringSlice("working", nil, a.t("cli.flag.spread.working"))
			f.StringSlice("standby", nil, a.t("cli.flag.spread.standby"))
			f.Bool("share", false, a.t("cli.flag.spread.share"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "service.spread", api.Spread{
				Services: k.list("service"), Working: k.list("working"), Standby: k.list("standby"), Share: k.isSet("share"),
			})
		}},
	)...)
}

// valueChange sets and removes values of an object, or shows them where nothing is to be changed.
func (k *call) valueChange(ctx context.Context, route string, show func() (map[string]string, error)) error {
	set, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	if len(set)+len(k.list("unset")) == 0 {
		values, err := show()
		if err != nil {
			return err
		}
		return k.printMap(values)
	}
	return k.start(ctx, route, api.ValueChange{Set: set, Unset: k.list("unset")})
}
