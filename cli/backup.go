package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/fault"
)

// backupCommands are carried out by hawser-server, on its own host: what is lost when the server is cannot be asked for over the
// network, and everything that it holds should not be.
func (a *app) backupCommands() []*cobra.Command {
	flags := func(f *pflag.FlagSet) {
		f.String("passphrase-file", "", a.t("cli.flag.passphrase_file"))
		f.String("config", "/etc/hawser/server.yaml", a.t("cli.flag.server_config"))
	}
	return []*cobra.Command{
		a.verb(verb{key: "backup", args: []string{"file"}, local: true, flags: flags, run: func(_ context.Context, k *call) error {
			return k.handOver("backup", k.args["file"])
		}}),
		a.verb(verb{key: "restore", args: []string{"file"}, local: true, flags: func(f *pflag.FlagSet) {
			flags(f)
			f.Bool("check", false, a.t("cli.flag.restore_check"))
			f.Bool("replace", false, a.t("cli.flag.restore_replace"))
		}, run: func(_ context.Context, k *call) error {
			return k.handOver("restore", k.args["file"])
		}}),
	}
}

// handOver lets hawser-server go on in the place of this process; it returns only where that cannot be.
func (k *call) handOver(name, file string) error {
	argv := []string{"hawser-server", name, "--config", k.flag("config")}
	if p := k.flag("passphrase-file"); p != "" {
		argv = append(argv, "--passphrase-file", p)
	}
	for _, flag := range []string{"check", "replace"} {
		if k.isSet(flag) {
			argv = append(argv, "--"+flag)
		}
	}
	if k.env.Become == nil {
		return fault.New(fault.Invalid, "cli.no_server_here", "hawser-server is not on this host")
	}
	if err := k.env.Become(append(argv, "--", file), k.words.Language()); err != nil {
		return fault.New(fault.Invalid, "cli.no_server_here", "hawser-server is not on this host: %w", err)
	}
	return nil
}
