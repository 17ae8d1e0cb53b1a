package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hawser/internal/words"
)

// Manual returns the reference of all commands in a language, as Markdown.
func Manual(language string) string {
	a := &app{env: Env{Getenv: func(string) string { return "" }}, words: words.For(language)}
	root := a.root()
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "# %s\n\n%s\n\n", a.t("cli.manual.title"), a.t("cli.manual.intro"))
	_, _ = fmt.Fprintf(&b, "%s\n\n", root.Long)
	_, _ = fmt.Fprintf(&b, "## %s\n\n```\n%s\n```\n\n", a.t("cli.manual.exit_codes"), a.exitTable())
	_, _ = fmt.Fprintf(&b, "## %s\n\n```\n%s\n```\n\n", a.t("cli.manual.environment"), a.t("cli.help.environment.text"))
	var flags strings.Builder
	_ = align(&flags, flagRows(root.PersistentFlags(), nil))
	_, _ = fmt.Fprintf(&b, "## %s\n\n```\n%s```\n\n", a.t("cli.manual.global"), flags.String())
	_, _ = fmt.Fprintf(&b, "## %s\n\n%s\n", a.t("cli.manual.json"), a.t("cli.manual.json.text"))
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			continue
		}
		a.chapter(&b, c)
	}
	return b.String()
}

// chapter writes a noun with its verbs, or a command that stands alone.
func (a *app) chapter(b *strings.Builder, c *cobra.Command) {
	_, _ = fmt.Fprintf(b, "\n## hawser %s\n\n%s\n", c.Name(), c.Short)
	if !c.HasSubCommands() {
		a.entry(b, c)
		return
	}
	for _, sub := range c.Commands() {
		_, _ = fmt.Fprintf(b, "\n### hawser %s %s\n\n%s\n", c.Name(), sub.Name(), sub.Short)
		a.entry(b, sub)
	}
}

func (a *app) entry(b *strings.Builder, c *cobra.Command) {
	if c.Long != "" {
		_, _ = fmt.Fprintf(b, "\n%s\n", c.Long)
	}
	_, _ = fmt.Fprintf(b, "\n```\n%s\n", usage(c))
	_ = align(b, flagRows(c.LocalFlags(), c.InheritedFlags()))
	_, _ = fmt.Fprint(b, "```\n")
	if c.Example != "" {
		_, _ = fmt.Fprintf(b, "\n```\n%s\n```\n", c.Example)
	}
}
