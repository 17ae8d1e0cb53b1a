package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

func (a *app) userCommands() *cobra.Command {
	secret := func(f *pflag.FlagSet) { f.Bool("password-stdin", false, a.t("cli.flag.password_stdin")) }
	return a.group("user",
		verb{key: "user.list", run: listUsers},
		verb{key: "user.create", args: []string{"user"}, flags: func(f *pflag.FlagSet) {
			f.String("role", "viewer", a.t("cli.flag.role"))
			secret(f)
		}, run: func(ctx context.Context, k *call) error {
			password, err := k.password("cli.ask_new_password", "name", k.args["user"])
			if err != nil {
				return err
			}
			var u api.User
			err = k.do(ctx, "user.create", api.NewUser{Name: k.args["user"], Role: k.flag("role"), Password: password}, &u)
			if err != nil {
				return err
			}
			return k.printUser(u)
		}},
		verb{key: "user.edit", args: []string{"user"}, flags: func(f *pflag.FlagSet) {
			f.String("role", "", a.t("cli.flag.role"))
			f.String("language", "", a.t("cli.flag.user_language"))
			f.Bool("disable", false, a.t("cli.flag.disable"))
			f.Bool("enable", false, a.t("cli.flag.enable"))
		}, run: editUser},
		verb{key: "user.delete", args: []string{"user"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.user.delete", "name", k.args["user"]); err != nil {
				return err
			}
			return k.do(ctx, "user.delete", nil, nil)
		}},
		verb{key: "user.password", args: []string{"user?"}, flags: secret, run: changePassword},
	)
}

func listUsers(ctx context.Context, k *call) error {
	list, err := client.All[api.User](ctx, k.api, client.Request{Route: "user.list"}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.User]{"name", func(u api.User) string { return u.Name }},
		column[api.User]{"role", func(u api.User) string { return k.t("cli.role." + u.Role) }},
		column[api.User]{"second_factor", func(u api.User) string { return k.yesNo(u.SecondFactor) }},
		column[api.User]{"disabled", func(u api.User) string { return k.yesNo(u.Disabled) }},
		column[api.User]{"seen", func(u api.User) string { return clock(u.LastSeen) }},
	)
}

func (k *call) printUser(u api.User) error {
	return k.printFacts(u, "name", u.Name, "role", k.t("cli.role."+u.Role), "second_factor", k.yesNo(u.SecondFactor), "must_change", k.yesNo(u.MustChange),
		"disabled", k.yesNo(u.Disabled), "created", clock(u.Created))
}

func editUser(ctx context.Context, k *call) error {
	var change api.UserChange
	if role := k.flag("role"); role != "" {
		change.Role = &role
	}
	if language := k.flag("language"); language != "" {
		change.Language = &language
	}
	if k.isSet("disable") && k.isSet("enable") {
		return fault.New(fault.Invalid, "cli.flags_exclusive", "--disable and --enable exclude each other").With("a", "--disable", "b", "--enable")
	}
	if k.isSet("disable") || k.isSet("enable") {
		disabled := k.isSet("disable")
		change.Disabled = &disabled
	}
	if change == (api.UserChange{}) {
		return fault.New(fault.Invalid, "cli.nothing_to_change", "nothing to change")
	}
	var u api.User
	if err := k.do(ctx, "user.edit", change, &u); err != nil {
		return err
	}
	return k.printUser(u)
}

// changePassword changes one's own password, which asks for the one that is to go, or as an administrator somebody else's.
func changePassword(ctx context.Context, k *call) error {
	if name := k.args["user"]; name != "" {
		password, err := k.password("cli.ask_new_password", "name", name)
		if err != nil {
			return err
		}
		return k.do(ctx, "user.edit", api.UserChange{Password: &password}, nil)
	}
	current, err := k.password("cli.ask_current_password")
	if err != nil {
		return err
	}
	next, err := k.password("cli.ask_next_password")
	if err != nil {
		return err
	}
	return k.do(ctx, "password.change", api.PasswordChange{Current: current, New: next}, nil)
}
