package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hawser/e2e/sandbox"
)

// network are the verbs that hurt networks.
func (r *root) network() []*cobra.Command {
	make := func(use, short string, args int, withMode bool, do func(context.Context, *sandbox.Sandbox, []string, sandbox.CutMode) error) *cobra.Command {
		var silent, in, out bool
		cmd := &cobra.Command{
			Use: use, Short: short, Args: cobra.ExactArgs(args),
			RunE: func(cmd *cobra.Command, args []string) error {
				s, err := r.open()
				if err != nil {
					return err
				}
				mode := sandbox.Pulled
				switch {
				case silent || in && out:
					mode = sandbox.Silent
				case in:
					mode = sandbox.In
				case out:
					mode = sandbox.Out
				}
				return do(cmd.Context(), s, args, mode)
			},
		}
		if withMode {
			cmd.Flags().BoolVar(&silent, "silent", false, "keep the carrier and lose everything, as a dead switch does")
			cmd.Flags().BoolVar(&in, "in", false, "lose only what would arrive at the node")
			cmd.Flags().BoolVar(&out, "out", false, "lose only what the node sends")
		}
		return cmd
	}
	return []*cobra.Command{
		make("cut-link NODE LINK", "cut the cable of a heartbeat link, counted from 0", 2, true, func(ctx context.Context, s *sandbox.Sandbox, a []string, m sandbox.CutMode) error {
			n, err := link(a[1])
			if err != nil {
				return err
			}
			return s.CutLink(ctx, a[0], n, m)
		}),
		make("restore-link NODE LINK", "plug it in again", 2, false, func(ctx context.Context, s *sandbox.Sandbox, a []string, _ sandbox.CutMode) error {
			n, err := link(a[1])
			if err != nil {
				return err
			}
			return s.RestoreLink(ctx, a[0], n)
		}),
		make("cut-client NODE", "cut the cable of the service network", 1, true, func(ctx context.Context, s *sandbox.Sandbox, a []string, m sandbox.CutMode) error {
			return s.CutClient(ctx, a[0], m)
		}),
		make("restore-client NODE", "plug it in again", 1, false, func(ctx context.Context, s *sandbox.Sandbox, a []string, _ sandbox.CutMode) error {
			return s.RestoreClient(ctx, a[0])
		}),
		make("cut-server NODE", "cut the cable of the management network", 1, true, func(ctx context.Context, s *sandbox.Sandbox, a []string, m sandbox.CutMode) error {
			return s.CutServer(ctx, a[0], m)
		}),
		make("restore-server NODE", "plug it in again", 1, false, func(ctx context.Context, s *sandbox.Sandbox, a []string, _ sandbox.CutMode) error {
			return s.RestoreServer(ctx, a[0])
		}),
		make("cut-arbiter NODE", "cut a node's cable to the arbiter, or with arb the arbiter's own", 1, true, func(ctx context.Context, s *sandbox.Sandbox, a []string, m sandbox.CutMode) error {
			return s.CutArbiter(ctx, a[0], m)
		}),
		make("restore-arbiter NODE", "plug it in again", 1, false, func(ctx context.Context, s *sandbox.Sandbox, a []string, _ sandbox.CutMode) error {
			return s.RestoreArbiter(ctx, a[0])
		}),
		r.impairLink(), r.flapLink(), r.partition(),
		make("heal", "end a partition, plug all cables in, make bad ones good", 0, false, func(ctx context.Context, s *sandbox.Sandbox, _ []string, _ sandbox.CutMode) error {
			return s.Heal(ctx)
		}),
	}
}

// link reads the number of a heartbeat link; whether the sandbox has it, the daemon knows.
func link(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 6 {
		return 0, fmt.Errorf("link %q: must be from 0 to 6", s)
	}
	return n, nil
}

func (r *root) impairLink() *cobra.Command {
	var i sandbox.Impairment
	var in, out bool
	cmd := &cobra.Command{
		Use: "impair-link NODE LINK", Short: "make a heartbeat link slow, unsteady or lossy, both ways; without options it is good again", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			n, err := link(args[1])
			if err != nil {
				return err
			}
			switch {
			case in && !out:
				i.Way = sandbox.In
			case out && !in:
				i.Way = sandbox.Out
			}
			return s.ImpairLink(cmd.Context(), args[0], n, i)
		},
	}
	f := cmd.Flags()
	f.DurationVar(&i.Delay, "delay", 0, "each frame comes so much later, such as 20ms")
	f.DurationVar(&i.Jitter, "jitter", 0, "more or less than the delay by up to this")
	f.Float64Var(&i.Loss, "loss", 0, "percent of frames that are lost")
	f.BoolVar(&in, "in", false, "only what arrives at the node")
	f.BoolVar(&out, "out", false, "only what the node sends")
	return cmd
}

func (r *root) flapLink() *cobra.Command {
	var count int
	var over time.Duration
	cmd := &cobra.Command{
		Use: "flap-link NODE LINK", Short: "pull a heartbeat link's cable and plug it in again, many times", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			n, err := link(args[1])
			if err != nil {
				return err
			}
			return s.FlapLink(cmd.Context(), args[0], n, count, over)
		},
	}
	cmd.Flags().IntVar(&count, "count", 20, "how often")
	cmd.Flags().DurationVar(&over, "over", time.Minute, "spread over this time")
	return cmd
}

func (r *root) partition() *cobra.Command {
	return &cobra.Command{
		Use: "partition NODE,NODE… NODE,NODE…", Short: "divide all heartbeat networks between groups of nodes", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			var groups [][]string
			for _, a := range args {
				groups = append(groups, strings.Split(a, ","))
			}
			return s.Partition(cmd.Context(), groups...)
		},
	}
}
