package main

import (
	"os"

	"github.com/spf13/cobra"

	"hawser/agent/app"
	"hawser/internal/version"
	"hawser/internal/words"
)

// root is the command line. Began is set as soon as it and the configuration have been found to be good.
func root(began *bool) *cobra.Command {
	var configFile string
	c := &cobra.Command{
		Use:           "hawser-agent",
		Short:         "Hawser's agent: drives Corosync and Pacemaker on this node",
		Long:          "Hawser's agent: drives Corosync and Pacemaker on this node.\n\nExit codes: 0 done, 1 failed, 2 the request or the configuration is wrong.",
		Version:       version.String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	c.PersistentFlags().StringVar(&configFile, "config", app.DefaultConfigFile, "configuration file; may be missing at its default place")
	read := func(c *cobra.Command) (app.Config, error) {
		conf, err := app.ReadConfig(configFile, c.Flags().Changed("config"))
		*began = err == nil
		return conf, err
	}
	c.AddCommand(enroll(read), run(read), preflight(read), checkConfig(read), assessCommand(began), versionCommand())
	return c
}

// reader reads the configuration that the command line names.
type reader func(*cobra.Command) (app.Config, error)

func catalogue() words.Catalogue {
	return words.For(words.Match(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
}
