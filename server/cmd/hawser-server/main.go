// Command hawser-server is the management server: REST interface, console, sessions of agents.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"hawser/internal/version"
	"hawser/server/app"
	"hawser/server/config"
	"hawser/server/rest"
)

const usage = `usage: hawser-server COMMAND [--config FILE]

  run            serve until it is told to stop
  check-config   say everything that is wrong with the configuration
  check-audit    check the chain of the audit log
  openapi        print the OpenAPI 3.1 document of the REST interface
  version        print the version

Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
`

func main() {
	flags := flag.NewFlagSet("hawser-server", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	file := flags.String("config", "/etc/hawser/server.yaml", "the configuration file")
	if len(os.Args) < 2 || flags.Parse(os.Args[2:]) != nil || flags.NArg() > 0 {
		flags.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1], *file); err != nil {
		fmt.Fprintln(os.Stderr, "hawser-server:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong usage or configuration")

func command(ctx context.Context, name, file string) error {
	switch name {
	case "openapi":
		_, err := os.Stdout.Write(rest.Document())
		return err
	case "version":
		_, err := fmt.Println(version.String())
		return err
	case "run", "check-config", "check-audit":
	default:
		return fmt.Errorf("%w: no command %q", errUsage, name)
	}
	c, err := config.Read(file)
	if err != nil {
		return fmt.Errorf("%w: %s:\n%w", errUsage, file, err)
	}
	switch name {
	case "check-config":
		_, err = fmt.Println(file + ": ok")
		return err
	case "check-audit":
		return app.CheckAudit(ctx, c, os.Stdout)
	}
	return app.Serve(ctx, c, os.Stderr)
}
