package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) revisionCommands() *cobra.Command {
	return a.group("revision",
		verb{key: "revision.list", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
			f.Int("limit", 20, a.t("cli.flag.limit"))
		}, run: listRevisions},
		verb{key: "revision.show", args: []string{"cluster", "revision"}, run: showRevision},
		verb{key: "revision.diff", args: []string{"cluster", "revision", "other?"}, run: diffRevisions},
		verb{key: "revision.revert", args: []string{"cluster", "revision"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.revision.revert", "name", k.args["revision"]); err != nil {
				return err
			}
			return k.start(ctx, "revision.revert", nil)
		}},
	)
}

func listRevisions(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	list, err := client.All[api.Revision](ctx, k.api, client.Request{Route: "revision.list", Path: k.path(), Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Revision]{"revision", func(r api.Revision) string { return strconv.Itoa(r.Number) }},
		column[api.Revision]{"time", func(r api.Revision) string { return clock(r.At) }},
		column[api.Revision]{"author", func(r api.Revision) string { return r.Author }},
		column[api.Revision]{"origin", func(r api.Revision) string { return k.t("cli.origin." + r.Origin) }},
		column[api.Revision]{"action", k.revisionAction},
		column[api.Revision]{"object", func(r api.Revision) string { return r.Object }},
		column[api.Revision]{"state", func(r api.Revision) string { return k.t("cli.state." + r.State) }},
		column[api.Revision]{"differences", func(r api.Revision) string { return strconv.Itoa(len(r.Differences)) }},
	)
}

func (k *call) revisionAction(r api.Revision) string {
	if key := "route." + r.Action; k.words.Has(key) {
		return k.t(key)
	}
	return ""
}

func showRevision(ctx context.Context, k *call) error {
	var r api.Revision
	if err := k.do(ctx, "revision.show", nil, &r); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(r)
	}
	reason, reverts := "", ""
	if r.Fault != nil {
		reason = k.words.Fault(r.Fault)
	}
	if r.Reverts > 0 {
		reverts = strconv.Itoa(r.Reverts)
	}
	if err := k.printFacts(r, "revision", strconv.Itoa(r.Number), "time", clock(r.At), "author", r.Author, "origin", k.t("cli.origin."+r.Origin),
		"action", k.revisionAction(r), "object", r.Object, "state", k.t("cli.state."+r.State), "reason", reason, "reverts", reverts,
		"revertible", k.yesNo(r.Revertible)); err != nil {
		return err
	}
	if len(r.Differences) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(k.env.Stdout); err != nil {
		return err
	}
	return printList(k.app, r.Differences,
		column[ha.Difference]{"change", func(d ha.Difference) string {
			return map[string]string{"added": "+", "removed": "-", "changed": "~"}[d.Change]
		}},
		column[ha.Difference]{"object", func(d ha.Difference) string { return d.Object + " " + d.ID }},
		column[ha.Difference]{"field", func(d ha.Difference) string { return d.Field }},
		column[ha.Difference]{"before", func(d ha.Difference) string { return d.Before }},
		column[ha.Difference]{"after", func(d ha.Difference) string { return d.After }},
	)
}
