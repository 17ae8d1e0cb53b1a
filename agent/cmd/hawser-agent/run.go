package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hawser/agent/app"
	"hawser/agent/engine"
	"hawser/agent/logs"
	"hawser/agent/ocf"
	agentrun "hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/version"
)

func run(read reader) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Work until told to end; systemd starts this",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := read(c)
			if err != nil {
				return err
			}
			log := conf.Logger(c.ErrOrStderr())
			driver, err := app.NewDriver(conf)
			if err != nil {
				return err
			}
			// A node without our agents is a node all the same; what it lacks is told when a service wants it.
			switch written, err := ocf.Install("/", engine.WriteFile); {
			case err != nil:
				log.Warn("resource agents not laid out", "err", err)
			case len(written) > 0:
				log.Info("resource agents laid out", "files", written)
			}
			a, err := app.New(c.Context(), app.Options{Driver: driver, StateDir: conf.StateDir, Log: log, Hook: hook(), Watch: conf.Watch, Machine: logs.Machine{Runner: agentrun.System{}, Root: "/"}})
			if err != nil {
				return err
			}
			return errors.Join(a.Run(c.Context()), a.Close())
		},
	}
}

func preflight(read reader) *cobra.Command {
	return &cobra.Command{
		Use:   "preflight",
		Short: "Check whether this host is fit to be a node; changes nothing",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := read(c)
			if err != nil {
				return err
			}
			driver, err := app.NewDriver(conf)
			if err != nil {
				return err
			}
			checks, err := driver.Preflight(c.Context(), nil)
			if err != nil {
				return err
			}
			words, out, failed := catalogue(), c.OutOrStdout(), 0
			for _, k := range checks {
				mark := map[string]string{"ok": "✓", "warning": "!", "failed": "✗"}[k.Result]
				fmt.Fprintf(out, "%s %s: %s\n", mark, words.Sentence("check."+k.Code, k.Args), words.Sentence("check."+k.Code+"."+k.Result, k.Args))
				if k.Result != "ok" && words.Has("check."+k.Code+".fix") {
					fmt.Fprintf(out, "  → %s\n", words.Sentence("check."+k.Code+".fix", k.Args))
				}
				if k.Result == "failed" {
					failed++
				}
			}
			if failed > 0 {
				return fault.New(fault.Failed, "agent.preflight_failed", "%d checks failed", failed).With("count", fmt.Sprint(failed))
			}
			return nil
		},
	}
}

func checkConfig(read reader) *cobra.Command {
	return &cobra.Command{
		Use:   "check-config",
		Short: "Read the configuration and tell all mistakes in it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := read(c)
			return err
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), version.String())
			return err
		},
	}
}
