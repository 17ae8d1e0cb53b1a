package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help writes the help of a command in the user's language; cobra's own is in English only.
func (a *app) help(c *cobra.Command, _ []string) {
	w := c.OutOrStdout()
	text := c.Long
	if text == "" {
		text = c.Short
	}
	_, _ = fmt.Fprintf(w, "%s\n\n%s\n  %s\n", text, a.t("cli.help.usage"), usage(c))
	if c.Example != "" {
		_, _ = fmt.Fprintf(w, "\n%s\n%s\n", a.t("cli.help.examples"), indent(c.Example))
	}
	var rows [][]string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			rows = append(rows, []string{"  " + sub.Name(), sub.Short})
		}
	}
	a.section(w, "cli.help.commands", rows)
	a.section(w, "cli.help.flags", flagRows(c.LocalFlags(), c.InheritedFlags()))
	a.section(w, "cli.help.global", flagRows(c.InheritedFlags(), nil))
	if !c.HasParent() {
		_, _ = fmt.Fprintf(w, "\n%s\n%s\n", a.t("cli.help.exit_codes"), indent(a.exitTable()))
		_, _ = fmt.Fprintf(w, "\n%s\n%s\n", a.t("cli.help.environment"), indent(a.t("cli.help.environment.text")))
	}
}

// usage is how a command is called, with the names of what holds it.
func usage(c *cobra.Command) string {
	if c.HasParent() {
		return c.Parent().CommandPath() + " " + c.Use
	}
	return c.Use + " COMMAND"
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

func (a *app) section(w io.Writer, title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "\n%s\n", a.t(title))
	_ = align(w, rows)
}

// flagRows lists flags with their texts, but for those that are in without.
func flagRows(flags, without *pflag.FlagSet) [][]string {
	var rows [][]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || without != nil && without.Lookup(f.Name) != nil {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if value != "" && f.Value.Type() != "bool" {
			name += " " + strings.ToUpper(value)
		}
		switch f.DefValue {
		case "", "false", "0", "[]", "0s":
		default:
			text += " [" + strings.TrimSuffix(f.DefValue, "0s") + "]"
		}
		rows = append(rows, []string{name, text})
	})
	return rows
}

// exitTable lists the exit codes.
func (a *app) exitTable() string {
	var b strings.Builder
	for _, code := range []int{ExitOK, ExitFailed, ExitUsage, ExitNotFound, ExitConflict, ExitDenied, ExitUnreachable, ExitTimeout, ExitTooMany, ExitInterrupted} {
		_, _ = fmt.Fprintf(&b, "%3d  %s\n", code, a.t(fmt.Sprintf("cli.exit.%d", code)))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
