package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/insync"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// inSync is the daemon's helper: it needs no configuration, because a volume's daemon tells it all in its question.
func inSync() *cobra.Command {
	var nodes, volume string
	c := &cobra.Command{
		Use: "in-sync", Short: "Change the in-sync set in the cluster, as the daemon asks on standard input", Args: cobra.NoArgs,
		Long: "Reads a question (JSON), fences the peer where that is needed, changes the set by compare and set, and answers on standard output.\nExit status: 0 answered, 1 nobody knows whether it was changed, 2 wrong command line.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			daemonID := os.Getppid()
			var q daemon.Question
			d := json.NewDecoder(cmd.InOrStdin())
			d.DisallowUnknownFields()
			if err := d.Decode(&q); err != nil {
				return fault.New(fault.Invalid, "mirror.question", "a question that is not understood: %w", err).With("why", err.Error())
			}
			k, err := keeper(nodes, q.UUID)
			if err != nil {
				return err
			}
			k.Alive = func() bool { return os.Getppid() == daemonID }
			a, err := answer(cmd.Context(), k, q)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(a)
		},
	}
	c.PersistentFlags().StringVar(&nodes, "nodes", "", "the cluster's names of the nodes with side 1 and side 2: N1,N2")
	_ = c.MarkPersistentFlagRequired("nodes") // fails for a flag that is not there only
	set := func(use, short string, do func(context.Context, *cobra.Command, insync.Keeper) error) *cobra.Command {
		o := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := keeper(nodes, volume)
			if err != nil {
				return err
			}
			return insync.Fault(do(cmd.Context(), cmd, k))
		}}
		o.Flags().StringVar(&volume, "volume", "", "UUID of the volume: 32 hexadecimal digits")
		_ = o.MarkFlagRequired("volume")
		return o
	}
	var members []uint
	declare := set("declare", "Make the set of a new volume", func(ctx context.Context, _ *cobra.Command, k insync.Keeper) error {
		var sides []uint8
		for _, m := range members {
			sides = append(sides, uint8(min(m, 3))) //nolint:gosec // bounded
		}
		return k.Declare(ctx, sides...)
	})
	declare.Flags().UintSliceVar(&members, "members", nil, "sides whose data count: 1, 2, or both where they are equal")
	_ = declare.MarkFlagRequired("members")
	c.AddCommand(
		declare,
		set("show", "Tell the set, as JSON", func(ctx context.Context, cmd *cobra.Command, k insync.Keeper) error {
			s, err := k.Set(ctx)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(done(s))
		}),
		set("forget", "Take the set away: nobody can promote the volume any more", func(ctx context.Context, _ *cobra.Command, k insync.Keeper) error {
			return k.Forget(ctx)
		}),
	)
	return c
}

func keeper(nodes, volume string) (insync.Keeper, error) {
	one, two, _ := strings.Cut(nodes, ",")
	k := insync.Keeper{Runner: run.System{}, Volume: volume, Nodes: [2]string{one, two}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	return k, insync.Fault(k.Validate())
}

// answer carries a question out. What the set refuses is an answer; any other error says that nobody knows.
func answer(ctx context.Context, k insync.Keeper, q daemon.Question) (daemon.Answer, error) {
	c, err := q.Wants()
	if err != nil {
		return daemon.Answer{}, err
	}
	s, err := k.Change(ctx, c)
	if reason := daemon.Reason(err); reason != "" {
		return daemon.Answer{Outcome: "denied", Reason: reason}, nil
	}
	if err != nil {
		return daemon.Answer{}, insync.Fault(err)
	}
	return done(s), nil
}

func done(s core.InSync) daemon.Answer {
	a := daemon.Answer{Outcome: "done", Term: s.Term, Seen: s.Seen}
	for n := uint8(1); n <= 2; n++ {
		if s.Members[n] {
			a.Members = append(a.Members, n)
		}
	}
	return a
}
