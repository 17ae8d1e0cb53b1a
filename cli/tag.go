package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) tagCommands() *cobra.Command {
	resources := func(names ...string) func(*pflag.FlagSet) {
		return func(f *pflag.FlagSet) {
			for _, name := range names {
				f.StringSlice(name, nil, a.t("cli.flag.tag."+name))
			}
		}
	}
	return a.group("tag",
		verb{key: "tag.list", args: []string{"cluster"}, run: listTags},
		verb{key: "tag.create", args: []string{"cluster", "tag"}, long: true, flags: resources("resource"), run: func(ctx context.Context, k *call) error {
			t := ha.Tag{ID: k.args["tag"], Resources: k.list("resource")}
			if err := ha.ValidateTag(t); err != nil {
				return err
			}
			return k.start(ctx, "tag.create", t)
		}},
		verb{key: "tag.edit", args: []string{"cluster", "tag"}, long: true, flags: resources("resource", "add", "remove"), run: editTag},
		a.onTag("tag.delete", revertible),
		a.onTag("tag.start", harmless),
		a.onTag("tag.stop", revertible),
	)
}

func (a *app) onTag(route string, w weight) verb {
	return verb{key: route, args: []string{"cluster", "tag"}, long: true, run: func(ctx context.Context, k *call) error {
		if err := k.confirm(w, "cli.ask."+route, "name", k.args["tag"]); err != nil {
			return err
		}
		return k.start(ctx, route, nil)
	}}
}

func listTags(ctx context.Context, k *call) error {
	list, err := client.All[api.TagShown](ctx, k.api, client.Request{Route: "tag.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.TagShown]{"id", func(t api.TagShown) string { return t.ID }},
		column[api.TagShown]{"resources", func(t api.TagShown) string {
			var parts []string
			for _, r := range t.Resources {
				parts = append(parts, strings.TrimSpace(r.ID+" "+k.tagged(r)))
			}
			return strings.Join(parts, k.t("cli.comma"))
		}},
	)
}

// tagged says what a resource that has a tag does, and where.
func (k *call) tagged(r api.Tagged) string {
	if r.Role == "" {
		return ""
	}
	words := k.t("cli.role." + strings.ToLower(r.Role))
	if len(r.Nodes) > 0 {
		words += " " + strings.Join(r.Nodes, "+")
	}
	return "(" + words + ")"
}

// editTag sends back what was read, with the version: if somebody else was faster, the server says so.
func editTag(ctx context.Context, k *call) error {
	list, err := client.All[api.TagShown](ctx, k.api, client.Request{Route: "tag.list", Path: map[string]string{"cluster": k.args["cluster"]}}, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t api.TagShown) bool { return t.ID == k.args["tag"] })
	if i < 0 {
		return fault.New(fault.NotFound, "tag.unknown", "no tag %q", k.args["tag"]).With("id", k.args["tag"])
	}
	body := api.EditTag{Resources: k.list("resource"), Version: list[i].Version}
	if len(body.Resources) == 0 {
		for _, r := range list[i].Resources {
			body.Resources = append(body.Resources, r.ID)
		}
	}
	for _, id := range k.list("add") {
		if !slices.Contains(body.Resources, id) {
			body.Resources = append(body.Resources, id)
		}
	}
	body.Resources = slices.DeleteFunc(body.Resources, func(id string) bool { return slices.Contains(k.list("remove"), id) })
	if err := ha.ValidateTag(ha.Tag{ID: k.args["tag"], Resources: body.Resources}); err != nil {
		return err
	}
	return k.start(ctx, "tag.edit", body)
}
