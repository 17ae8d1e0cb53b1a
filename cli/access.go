package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

// sessionCommands are about one's own sessions, accessCommands about everybody's sessions and tokens.
func (a *app) sessionCommands() *cobra.Command {
	return a.group("session",
		verb{key: "session.list", run: func(ctx context.Context, k *call) error { return k.listAccess(ctx, "session.list") }},
		verb{key: "session.revoke", args: []string{"session"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "session.revoke", nil, nil)
		}},
	)
}

func (a *app) accessCommands() *cobra.Command {
	return a.group("access",
		verb{key: "access.list", run: func(ctx context.Context, k *call) error { return k.listAccess(ctx, "access.list") }},
		verb{key: "access.revoke", args: []string{"access"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "access.revoke", nil, nil)
		}},
	)
}

func (a *app) tokenCommands() *cobra.Command {
	return a.group("token",
		verb{key: "token.list", run: func(ctx context.Context, k *call) error { return k.listAccess(ctx, "token.list") }},
		verb{key: "token.create", args: []string{"label"}, flags: func(f *pflag.FlagSet) {
			f.String("role", "viewer", a.t("cli.flag.token_role"))
			f.StringSlice("only-cluster", nil, a.t("cli.flag.token_cluster"))
			f.Int("days", 90, a.t("cli.flag.days"))
			f.String("to", "", a.t("cli.flag.token_to"))
		}, run: createToken},
		verb{key: "token.revoke", args: []string{"token"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "token.revoke", nil, nil)
		}},
	)
}

func (k *call) listAccess(ctx context.Context, route string) error {
	list, err := client.All[api.Access](ctx, k.api, client.Request{Route: route}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Access]{"id", func(x api.Access) string { return x.ID }},
		column[api.Access]{"kind", func(x api.Access) string {
			kind := k.t("cli.access." + x.Kind)
			if x.Current {
				kind += " *"
			}
			return kind
		}},
		column[api.Access]{"user", func(x api.Access) string { return x.User }},
		column[api.Access]{"label", func(x api.Access) string { return x.Label }},
		column[api.Access]{"scope", func(x api.Access) string {
			if x.Role == "" {
				return ""
			}
			return strings.Join(append([]string{k.t("cli.role." + x.Role)}, x.Clusters...), " · ")
		}},
		column[api.Access]{"address", func(x api.Access) string { return x.Address }},
		column[api.Access]{"seen", func(x api.Access) string { return clock(x.Seen) }},
		column[api.Access]{"expires", func(x api.Access) string { return clock(x.Expires) }},
	)
}

// createToken prints a token once, or writes it into a file that nobody else can read.
func createToken(ctx context.Context, k *call) error {
	days, err := k.flags.GetInt("days")
	if err != nil {
		return err
	}
	label := k.args["label"]
	delete(k.args, "label") // it is no part of the path
	var made api.TokenMade
	if err := k.do(ctx, "token.create", api.NewToken{Label: label, Role: k.flag("role"), Clusters: k.list("only-cluster"), Days: days}, &made); err != nil {
		return err
	}
	if to := k.flag("to"); to != "" {
		if err := writeNew(to, func(w io.Writer) error { _, err := fmt.Fprintln(w, made.Token); return err }); err != nil {
			// It cannot be shown again, so it is not left behind.
			k.args["token"] = made.ID
			return errors.Join(err, k.do(ctx, "token.revoke", nil, nil))
		}
		made.Token = ""
	} else {
		k.say("%s", k.t("cli.token.once"))
	}
	return k.printFacts(made, "id", made.ID, "label", made.Label, "expires", clock(made.Expires), "token", made.Token)
}

// writeNew makes a file that nobody else can read. It replaces none, and what could not be written whole is taken away again.
func writeNew(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", path)
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
