// Command hawser-sim runs the true server and the true agents in one process, on simulated nodes: for the development of the
// console, and for machines on which real nodes cannot run. It needs no root.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"hawser/e2e/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "hawser-sim:", err)
		os.Exit(1)
	}
}

// options are the flags of all commands.
type options struct {
	dir      string
	listen   string
	scenario string
	origins  []string
	local    bool
	verbose  bool
}

func root() *cobra.Command {
	var o options
	c := &cobra.Command{Use: "hawser-sim", Short: "Hawser on simulated nodes", SilenceErrors: true, SilenceUsage: true}
	f := c.PersistentFlags()
	f.StringVar(&o.dir, "dir", "build/sim", "folder for everything that is kept")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", "address of the server")
	f.StringVar(&o.scenario, "scenario", "healthy", fmt.Sprintf("what there is to begin with, one of %v; only where nothing is kept yet", sim.Scenarios()))
	f.StringSliceVar(&o.origins, "origin", nil, "further origins from which browsers may come, for example http://localhost:5173")
	f.BoolVar(&o.local, "allow-local", false, "let messages about alarms be sent to this machine itself")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log what server and agents do")
	c.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		o.dir, err = filepath.Abs(o.dir)
		return err
	}
	c.AddCommand(
		&cobra.Command{Use: "run", Short: "Run until told to end", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context()) }},
		&cobra.Command{Use: "up", Short: "Run in the background; a second time says where it is", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return o.up(c.Context()) }},
		&cobra.Command{Use: "down", Short: "End what up has started, and forget everything", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return o.down(c.Context()) }},
	)
	return c
}
