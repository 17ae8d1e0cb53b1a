// Command hawser-diskhb carries Corosync's link 7 over a shared disk. It runs on each node of a cluster that has a disk heartbeat.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"hawser/agent/diskhb"
	"hawser/agent/run"
	"hawser/internal/version"
)

// Exit codes; the unit file knows them: what ended for good is not started again.
const (
	exitFailed = 1
	exitUsage  = 2
	exitEnded  = 3 // the device is reserved or carries something else, or another host has this node's number
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "hawser-diskhb:", err)
	code := exitFailed
	for _, final := range []error{diskhb.ErrReserved, diskhb.ErrNotOurs, diskhb.ErrCloned} {
		if errors.Is(err, final) {
			code = exitEnded
		}
	}
	if errors.Is(err, errUsage) {
		code = exitUsage
	}
	os.Exit(code)
}

var errUsage = errors.New("configuration")

func root() *cobra.Command {
	config := diskhb.ConfigFile
	c := &cobra.Command{
		Use: "hawser-diskhb", Short: "Heartbeat link over a shared disk", Version: version.String(), SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		Long: "Carries Corosync's link 7 over a shared disk (experimental).\nExit status: 0 ended when asked, 1 failed, 2 wrong configuration or command line, 3 ended for good: the device must not be used.",
	}
	c.PersistentFlags().StringVar(&config, "config", config, "configuration file")
	read := func() (diskhb.Config, error) {
		conf, err := diskhb.ReadConfig(config)
		if err != nil {
			return conf, fmt.Errorf("%w: %w", errUsage, err)
		}
		return conf, nil
	}
	c.AddCommand(
		&cobra.Command{Use: "run", Short: "Carry the link until told to end", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := read()
			if err != nil {
				return err
			}
			key, err := diskhb.ReadKey(diskhb.KeyFile)
			if err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			d := diskhb.Daemon{Config: conf, Key: key, Dir: diskhb.RunDir, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
			return d.Run(cmd.Context())
		}},
		&cobra.Command{Use: "setup", Short: "Make the network device of the link; it stays when the daemon ends", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := read()
			if err != nil {
				return err
			}
			return diskhb.Setup(cmd.Context(), run.System{}, conf.Network())
		}},
		&cobra.Command{Use: "remove", Short: "Take the network device of the link away", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			return diskhb.Remove(cmd.Context(), run.System{}, diskhb.Interface)
		}},
		format(),
		&cobra.Command{Use: "status", Short: "Tell how the link is, as JSON", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := diskhb.Ask(cmd.Context(), diskhb.RunDir)
			if err != nil {
				return err
			}
			return s.Print(cmd.OutOrStdout())
		}},
	)
	return c
}

// format is for tests and for repair: the agent formats devices itself.
func format() *cobra.Command {
	var cluster, id string
	var nodes int
	var destroy []string
	c := &cobra.Command{Use: "format DEVICE", Short: "Lay a device out; refused where it carries anything that --destroy does not name", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&cluster, "cluster", "", "name of the cluster")
	c.Flags().StringVar(&id, "uuid", "", "name of this formatting, as in the configuration of all nodes")
	c.Flags().IntVar(&nodes, "nodes", diskhb.MaxNodes, "room for so many nodes")
	c.Flags().StringSliceVar(&destroy, "destroy", nil, "what may be lost, by the names that the refusal gives")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		uuid, err := diskhb.ParseUUID(id)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return diskhb.Prepare(cmd.Context(), run.System{}, args[0], diskhb.NewSuper(uuid, cluster, nodes, time.Now()), destroy)
	}
	return c
}
