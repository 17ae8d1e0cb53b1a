// Command hawser-server is the management server: REST interface, console, sessions of agents.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"hawser/internal/fault"
	"hawser/internal/version"
	"hawser/internal/words"
	"hawser/licensing"
	"hawser/server/app"
	"hawser/server/backup"
	"hawser/server/config"
	"hawser/server/rest"
)

const usage = `usage: hawser-server COMMAND [--config FILE]

  run              serve until it is told to stop
  check-config     say everything that is wrong with the configuration
  check-audit      check the chain of the audit log
  recover USER     let a user in again who has lost password or second factor; prints a password for one login
  backup FILE      write database, CA, keys and configuration into one encrypted file, while the server runs
  restore FILE     make a server out of a backup; the server must not run
  openapi          print the OpenAPI 3.1 document of the REST interface
  version          print the version, and by whose licences this build goes

backup and restore ask for the passphrase, or read it from --passphrase-file FILE; - is standard input.
restore --check only says whether the backup could be restored; --replace puts it in place of a data folder that is there,
which is kept beside.

Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, os.Args[1], os.Args[2:])
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "hawser-server:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "hawser-server:", told(err))
		os.Exit(1)
	}
}

// vendor says whose licences this build takes, and fails where the key that was built in is none.
func vendor() error {
	keys, err := licensing.VendorKeys()
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		fmt.Println("development build: it takes no licence and runs as a trial")
	}
	for _, k := range keys {
		fmt.Println("licences signed by " + base64.StdEncoding.EncodeToString(k))
	}
	return nil
}

// told is what a person reads of an error: the sentence of a fault in their language, with what the system says of it.
func told(err error) string {
	f, is := errors.AsType[*fault.Error](err)
	if !is || !sentences().Has(f.Reason) {
		return err.Error()
	}
	text := sentences().Fault(f)
	if cause := errors.Unwrap(f); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}

func sentences() words.Catalogue {
	for _, name := range []string{"HAWSER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return words.For(words.Match(v))
		}
	}
	return words.For(words.English)
}

var errUsage = errors.New("wrong usage or configuration")

func command(ctx context.Context, name string, args []string) error {
	switch name {
	case "openapi":
		_, err := os.Stdout.Write(rest.Document())
		return err
	case "version":
		fmt.Println(version.String())
		return vendor()
	case "help", "-h", "--help":
		return flag.ErrHelp
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("config", "/etc/hawser/server.yaml", "the configuration file")
	a := app.Archive{}
	passphrase, given := "", 0
	switch name {
	case "run", "check-config", "check-audit":
	case "recover":
		given = 1
	case "backup", "restore":
		given = 1
		flags.StringVar(&passphrase, "passphrase-file", "", "")
		if name == "restore" {
			flags.BoolVar(&a.Check, "check", false, "")
			flags.BoolVar(&a.Replace, "replace", false, "")
		}
	default:
		return fmt.Errorf("%w: no command %q; hawser-server help lists them", errUsage, name)
	}
	// Flags may stand before and after what is named.
	var named []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return err
		} else if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if flags.NArg() == 0 {
			break
		}
		named, args = append(named, flags.Arg(0)), flags.Args()[1:]
	}
	if len(named) != given {
		return fmt.Errorf("%w: hawser-server help says how %s is called", errUsage, name)
	}
	if name == "restore" || name == "backup" {
		a.File, a.Config = named[0], *file
		var err error
		if a.Passphrase, err = askPassphrase(passphrase, name == "backup"); err != nil {
			return err
		}
	}
	if name == "restore" {
		m, err := app.Restore(ctx, a, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err == nil {
			say(map[bool]string{true: "backup.checked", false: "backup.restored"}[a.Check], m)
		}
		return err
	}
	c, err := config.Read(*file)
	if err != nil {
		return fmt.Errorf("%w: %s:\n%w", errUsage, *file, err)
	}
	switch name {
	case "check-config":
		_, err = fmt.Println(*file + ": ok")
		return err
	case "check-audit":
		return app.CheckAudit(ctx, c, os.Stdout)
	case "recover":
		return app.Recover(ctx, c, named[0], os.Stdout)
	case "backup":
		m, err := app.Backup(ctx, c, a)
		if err == nil {
			say("backup.written", m)
		}
		return err
	}
	return app.Serve(ctx, c, os.Stderr)
}

func say(key string, m backup.Manifest) {
	fmt.Println(sentences().Sentence(key, map[string]string{
		"created": m.Created.Local().Format("2006-01-02 15:04:05"), "host": m.Host, "address": m.Address, "version": m.Version,
	}))
}

// askPassphrase reads the passphrase from a file or standard input, or asks for it at a terminal; twice where a mistake would
// make the backup useless. It is never an argument: arguments can be read by everybody on the machine.
func askPassphrase(file string, twice bool) (string, error) {
	if file != "" && file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read passphrase: %w", err)
		}
		defer f.Close()
		return app.ReadPassphrase(f)
	}
	if file == "-" || !term.IsTerminal(int(os.Stdin.Fd())) {
		return app.ReadPassphrase(os.Stdin)
	}
	ask := func(key string) (string, error) {
		fmt.Fprint(os.Stderr, sentences().Sentence(key, nil), " ")
		answer, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read passphrase: %w", err)
		}
		return string(answer), nil
	}
	first, err := ask("backup.ask_passphrase")
	if err != nil || !twice {
		return first, err
	}
	again, err := ask("backup.ask_again")
	if err == nil && again != first {
		err = fault.New(fault.Invalid, "backup.passphrases_differ", "the two passphrases differ")
	}
	return first, err
}
