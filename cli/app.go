// Package cli is the command line: a client of the REST interface like any other, in the user's language.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hawser/cli/client"
	"hawser/internal/fault"
	"hawser/internal/version"
	"hawser/internal/words"
)

// Env is the world around a run: what main takes from the operating system, and tests make up.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	// Terminal says that a person reads Stderr and types: questions may be asked and progress be drawn in place.
	Terminal bool
	// ReadPassword reads a line without showing it; nil where nobody types.
	ReadPassword func() (string, error)
	// Become lets another program of Hawser go on in the place of this process, in a language; it returns only where it cannot.
	Become func(argv []string, language string) error
}

// The exit codes. Scripts may rely on them.
const (
	ExitOK          = 0
	ExitFailed      = 1   // the cluster was asked and could not, or something is broken
	ExitUsage       = 2   // wrong arguments, or a request that makes no sense
	ExitNotFound    = 3   // no such object
	ExitConflict    = 4   // exists already, in use, or changed meanwhile
	ExitDenied      = 5   // not signed in, not allowed, or not licensed
	ExitUnreachable = 6   // server or node does not answer; may be tried again
	ExitTimeout     = 7   // --timeout passed; the operation goes on
	ExitTooMany     = 8   // too many requests, or locked out for a time
	ExitInterrupted = 130 // Ctrl-C; the operation goes on
)

var exitCodes = map[fault.Code]int{
	fault.Invalid: ExitUsage, fault.TooLarge: ExitUsage, fault.NotFound: ExitNotFound, fault.Conflict: ExitConflict,
	fault.Anonymous: ExitDenied, fault.Denied: ExitDenied, fault.Unlicensed: ExitDenied, fault.TooMany: ExitTooMany,
	fault.Unreachable: ExitUnreachable, fault.Failed: ExitFailed, fault.Internal: ExitFailed,
}

// app is one run.
type app struct {
	env   Env
	words words.Catalogue

	// Flags of every command.
	output      string
	language    string
	contextName string
	cluster     string
	yes         bool
	noWait      bool
	timeout     time.Duration
}

// errTimeout ends the watching of an operation, not the operation.
var errTimeout = errors.New("timeout")

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	a := &app{env: env, words: words.For(language(env))}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errTimeout):
		return ExitTimeout
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	e := fault.Public(err)
	if e.Code == fault.Internal && e.Reason == "internal" {
		// Errors of this very program (a file that cannot be read): the user may see them all.
		a.say("%s%s", a.t("cli.error"), err)
		return ExitFailed
	}
	a.say("%s%s", a.t("cli.error"), a.words.Fault(e))
	if e.Code == fault.Failed && e.Reason != "" && a.words.Has(e.Reason) && e.Message != "" && a.words.Language() != words.English {
		a.say("%s", e.Message) // the cluster's own words
	}
	if e.Code == fault.Anonymous {
		a.say("%s", a.t("cli.login_hint"))
	}
	return exitCodes[e.Code]
}

// language finds the language before flags are parsed, because the help texts of the flags need it.
func language(env Env) string {
	for i, arg := range env.Args {
		if v, ok := strings.CutPrefix(arg, "--lang="); ok {
			return words.Match(v)
		}
		if arg == "--lang" && i+1 < len(env.Args) {
			return words.Match(env.Args[i+1])
		}
		if arg == "--" {
			break
		}
	}
	for _, name := range []string{"HAWSER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env.Getenv(name); v != "" {
			return words.Match(v)
		}
	}
	return words.English
}

// t returns the text under key; pairs fill its blanks.
func (a *app) t(key string, pairs ...string) string {
	args := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return a.words.Sentence(key, args)
}

// say writes a line for the person, beside the output.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.env.Stderr, format+"\n", args...)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "hawser",
		Short:         a.t("cli.hawser"),
		Long:          a.t("cli.hawser.long"),
		Version:       version.String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	f := root.PersistentFlags()
	f.StringVarP(&a.output, "output", "o", "table", a.t("cli.flag.output"))
	f.StringVar(&a.language, "lang", "", a.t("cli.flag.lang"))
	f.StringVar(&a.contextName, "context", "", a.t("cli.flag.context"))
	f.StringVarP(&a.cluster, "cluster", "c", "", a.t("cli.flag.cluster"))
	f.BoolVarP(&a.yes, "yes", "y", false, a.t("cli.flag.yes"))
	f.BoolP("help", "h", false, a.t("cli.flag.help"))
	root.Flags().Bool("version", false, a.t("cli.flag.version"))
	root.SetVersionTemplate("hawser {{.Version}}\n")
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(a.flagError)
	root.SetHelpFunc(a.help)
	root.SetUsageFunc(func(c *cobra.Command) error { a.help(c, nil); return nil })
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		switch a.output {
		case "table", "json", "yaml":
			return nil
		}
		return fault.New(fault.Invalid, "cli.output_unknown", "no output format %q", a.output).With("value", a.output)
	}
	a.noun(root)
	root.AddCommand(
		a.clusterCommands(), a.nodeCommands(), a.linkCommands(), a.diskCommands(), a.timingCommands(), a.quorumCommands(), a.qdeviceCommands(), a.resourceCommands(), a.volumeCommands(), a.constraintCommands(), a.attributesCommands(), a.ruleCommands(), a.serviceCommands(), a.tagCommands(), a.targetCommands(), a.budgetCommand(), a.agentCommands(),
		a.fenceCommands(), a.healthCommands(), a.whatIfCommand(), a.whyCommand(), a.checkCommands(), a.sbdCommands(), a.evidenceCommands(), a.pingCommands(),
		a.revisionCommands(), a.eventCommands(), a.timelineCommand(), a.logsCommands(), a.alarmCommands(), a.channelCommands(), a.alertRuleCommands(), a.messageCommands(), a.operationCommands(), a.hostCommands(), a.userCommands(), a.totpCommands(), a.sessionCommands(), a.tokenCommands(), a.accessCommands(), a.policyCommands(),
		a.auditCommands(), a.licenseCommands(), a.demoCommands(), a.contextCommands(), a.login(), a.logout(), a.whoami(), a.completion(),
	)
	root.AddCommand(a.manifestCommands()...)
	root.AddCommand(a.backupCommands()...)
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: a.t("cli.help"), DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return a.unknownCommand(root, strings.Join(args, " "))
			}
			return target.Help()
		},
	})
	return root
}

// noun makes a command that only holds others: called by itself it shows its help, with anything else it says what it knows.
func (a *app) noun(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.SuggestionsMinimumDistance = 2
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.unknownCommand(c, args[0])
		}
		return c.Help()
	}
	return c
}

func (a *app) unknownCommand(c *cobra.Command, name string) error {
	e := fault.New(fault.Invalid, "cli.command_unknown", "no command %q of %s", name, c.CommandPath()).With("name", name, "command", c.CommandPath())
	if near := c.SuggestionsFor(name); len(near) > 0 {
		e.Reason = "cli.command_unknown_near"
		e = e.With("near", strings.Join(near, ", "))
	}
	return e
}

// client returns a client for the chosen context.
func (a *app) client() (*client.Client, error) {
	where, err := a.connection()
	if err != nil {
		return nil, err
	}
	return client.New(client.Options{Server: where.Server, CA: []byte(where.CA), Token: where.Token, Language: a.words.Language()})
}

// readFile reads a file that an argument names, "-" for standard input.
func (a *app) readFile(name string) ([]byte, error) {
	var raw []byte
	var err error
	if name == "-" {
		raw, err = io.ReadAll(a.env.Stdin)
	} else {
		raw, err = os.ReadFile(filepath.Clean(name))
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "cli.file_unreadable", "%w", err).With("file", name)
	}
	return raw, nil
}
