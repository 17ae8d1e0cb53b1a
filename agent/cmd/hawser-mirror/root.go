package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"hawser/agent/diskhb"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/device"
	"hawser/agent/replication/mirror/fuse"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/version"
)

func root() *cobra.Command {
	config := ""
	c := &cobra.Command{
		Use: "hawser-mirror", Short: "One side of a mirror, Hawser's own replicated volume", Version: version.String(), SilenceUsage: true, SilenceErrors: true,
		Long: "Serves one side of a mirror, or gives orders to the daemon that does. Preview: see the manual, The mirror.\nExit status: 0 done, 1 failed or refused, 2 wrong configuration or command line.",
		Args: cobra.NoArgs,
	}
	c.PersistentFlags().StringVar(&config, "config", "", "configuration file of this side")
	order := func(use, short string, do func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			if config == "" {
				return fault.New(fault.Invalid, "mirror.no_config", "--config is missing")
			}
			conf, err := daemon.ReadConfig(config)
			if err != nil {
				return err
			}
			return do(cmd.Context(), cmd, conf)
		}}
	}
	c.AddCommand(
		create(order),
		inSync(),
		order("run", "Serve this side until told to end", serve),
		order("status", "Tell how this side stands, as JSON", tell(daemon.GiveStatus)),
		promote(order),
		order("demote", "Take the block device away and make this side Secondary", func(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
			return daemon.Lower(ctx, conf)
		}),
		firstSync(order),
		order("resync", "Copy to the peer what it lacks, although nobody uses the volume here", tell(daemon.Resync)),
		order("pause", "Have no resync go on, from here or to here", tell(daemon.Pause)),
		order("resume", "Have it go on", tell(daemon.Resume)),
		limit(order),
		order("invalidate", "Give this side's data up: it gets everything from the peer anew", tell(daemon.Invalidate)),
		order("verify", "Begin to compare both sides, where this one is Primary; status tells how it goes", tell(daemon.Verify)),
		order("connect", "Look for the peer again", tell(daemon.Connect)),
		order("disconnect", "Leave the peer, and do not look for it", tell(daemon.Disconnect)),
		order("check", "Say whether the configuration can be used on this host", func(context.Context, *cobra.Command, daemon.Config) error {
			return daemon.Fault(fuse.Able("/dev"))
		}),
		start(order, &config),
		stop(order),
		order("standing", "Tell in one line how this side stands, for the resource agent: state, promotion score, why", func(ctx context.Context, cmd *cobra.Command, conf daemon.Config) error {
			s := stand(ctx, conf, inSyncOf(conf))
			_, err := fmt.Fprintln(cmd.OutOrStdout(), s)
			return err
		}),
		order("release", "Take away the block device that a daemon which has died has left behind", func(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
			return daemon.Release(ctx, conf)
		}),
	)
	return c
}

func promote(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command) *cobra.Command {
	despite := ""
	c := order("promote", "Make this side Primary and print its block device", func(ctx context.Context, cmd *cobra.Command, conf daemon.Config) error {
		raise := daemon.Raise
		if despite != "" {
			raise = func(ctx context.Context, conf daemon.Config) (string, error) {
				return daemon.Override(ctx, conf, despite)
			}
		}
		path, err := raise(ctx, conf)
		if err == nil {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
		}
		return err
	})
	c.Flags().StringVar(&despite, "despite", "", "after the loss of the better side: promote although this side's data are outdated, or inconsistent; what they lack is lost")
	return c
}

func firstSync(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command) *cobra.Command {
	skip := false
	c := order("first-sync", "Make this side's data the first that count, and copy them to the peer", func(ctx context.Context, cmd *cobra.Command, conf daemon.Config) error {
		if skip {
			return tell(daemon.SkipSync)(ctx, cmd, conf)
		}
		return tell(daemon.FirstSync)(ctx, cmd, conf)
	})
	c.Flags().BoolVar(&skip, "skip", false, "copy nothing: both sides are blank, and the peer is there")
	return c
}

func limit(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command) *cobra.Command {
	var rate int64
	c := order("limit", "Bound a resync from here, until the daemon ends", func(ctx context.Context, cmd *cobra.Command, conf daemon.Config) error {
		return say(ctx, cmd, conf, daemon.Message{Order: daemon.Limit, Rate: rate})
	})
	c.Flags().Int64Var(&rate, "rate", 0, "bytes per second; 0 takes the limit away")
	return c
}

func tell(o daemon.Order) func(context.Context, *cobra.Command, daemon.Config) error {
	return func(ctx context.Context, cmd *cobra.Command, conf daemon.Config) error {
		return say(ctx, cmd, conf, daemon.Message{Order: o})
	}
}

func say(ctx context.Context, cmd *cobra.Command, conf daemon.Config, m daemon.Message) error {
	s, err := daemon.Say(ctx, conf, m, nil)
	if err != nil {
		return err
	}
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(s)
}

func serve(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("volume", conf.Name, "side", conf.Side)
	if err := harden(log); err != nil {
		return err
	}
	return daemon.Run(ctx, conf, run.System{}, log)
}

func create(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command) *cobra.Command {
	var data string
	var destroy []string
	c := order("create-metadata", "Lay a device out; refused where it carries anything that --destroy does not name", func(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
		if _, err := os.Stat(conf.Device); err != nil {
			return fmt.Errorf("%w: %w", device.ErrNoDevice, err)
		}
		signatures, err := diskhb.Known(ctx, run.System{}, conf.Device)
		if err != nil {
			return err
		}
		var kinds []string
		for _, s := range signatures {
			kinds = append(kinds, s.Kind)
		}
		return daemon.Create(conf, daemon.Data(data), kinds, destroy)
	})
	c.Flags().StringVar(&data, "data", string(daemon.Nothing), "what is there: none (it gets everything), source (the peer gets everything), equal (both have the same)")
	c.Flags().StringSliceVar(&destroy, "destroy", nil, "what may be lost, by the names that the refusal gives")
	return c
}
