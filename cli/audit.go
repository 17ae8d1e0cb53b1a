package cli

import (
	"context"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
)

func (a *app) auditCommands() *cobra.Command {
	return a.group("audit", verb{key: "audit.list", flags: func(f *pflag.FlagSet) {
		f.Int("limit", 50, a.t("cli.flag.limit"))
	}, run: listAudit})
}

func listAudit(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	list, err := client.All[api.AuditEntry](ctx, k.api, client.Request{Route: "audit.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.AuditEntry]{"id", func(e api.AuditEntry) string { return strconv.FormatInt(e.ID, 10) }},
		column[api.AuditEntry]{"time", func(e api.AuditEntry) string { return clock(e.At) }},
		column[api.AuditEntry]{"actor", func(e api.AuditEntry) string { return e.Actor }},
		column[api.AuditEntry]{"address", func(e api.AuditEntry) string { return e.Address }},
		column[api.AuditEntry]{"action", func(e api.AuditEntry) string { return k.t("route." + e.Action) }},
		column[api.AuditEntry]{"object", func(e api.AuditEntry) string { return e.Object }},
		column[api.AuditEntry]{"outcome", func(e api.AuditEntry) string { return e.Outcome }},
	)
}
