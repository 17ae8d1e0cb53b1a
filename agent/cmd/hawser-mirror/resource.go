package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fuse"
	"hawser/agent/replication/mirror/insync"
	"hawser/agent/run"
)

// What follows is what the resource agent asks for: all that is to be decided is decided here, where it can be tried.

const (
	// startTime and stopTime bound the commands where nothing else is said.
	startTime = time.Minute
	stopTime  = time.Minute
	// spare is what is left of a stop's time once the daemon has to be killed.
	spare = 10 * time.Second
)

func start(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command, file *string) *cobra.Command {
	var within, meet time.Duration
	log := ""
	c := order("start", "Start the daemon of this side, and wait until it has read its metadata", func(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if err := fuse.Able("/dev"); err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		path, err := filepath.Abs(*file)
		if err != nil {
			return err
		}
		if log == "" {
			log = filepath.Join(conf.Dir(), "log")
			if err := os.MkdirAll(conf.Dir(), 0o700); err != nil {
				return err
			}
		}
		if err := daemon.Start(ctx, conf, path, []string{self}, log); err != nil {
			return err
		}
		meeting(ctx, conf, meet)
		return nil
	})
	c.Flags().DurationVar(&within, "within", startTime, "time until it must have ended")
	c.Flags().DurationVar(&meet, "meet", 0, "time that the peer is waited for at most: which side is promoted is better known once they have met")
	c.Flags().StringVar(&log, "log", "", "file for what the daemon says; log in its run folder where empty")
	return c
}

// meeting waits until the sides have met, for a while.
func meeting(ctx context.Context, conf daemon.Config, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if s, err := daemon.Tell(ctx, conf, daemon.GiveStatus, nil); err != nil || s.Connection == "Connected" {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func stop(order func(string, string, func(context.Context, *cobra.Command, daemon.Config) error) *cobra.Command) *cobra.Command {
	var within time.Duration
	c := order("stop", "Demote this side where it is Primary, end its daemon, and take away what is left of it", func(ctx context.Context, _ *cobra.Command, conf daemon.Config) error {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		grace, end := context.WithTimeout(ctx, max(within-spare, within/2))
		defer end()
		return daemon.End(ctx, grace, conf)
	})
	c.Flags().DurationVar(&within, "within", stopTime, "time until it must have ended; the daemon is killed in time before")
	return c
}

// State is how Pacemaker is told that a side is.
type state string

const (
	stopped  state = "stopped"
	running  state = "running"  // Secondary
	promoted state = "promoted" // Primary, with its block device
	failed   state = "failed"
	lost     state = "failed-promoted" // it was Primary, and cannot be used any more
)

// standing is the state with the promotion score that goes with it.
type standing struct {
	state state
	score int  // 0 is none
	open  bool // nothing can be said of the score now: what there is stays
	why   string
}

// String is one line for the agent.
func (s standing) String() string {
	score := "-"
	switch {
	case s.open:
		score = "?"
	case s.score > 0:
		score = strconv.Itoa(s.score)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", s.state, score, strings.Join(strings.Fields(s.why), " ")))
}

// The promotion scores. A Primary stays what it is, also without a disk of its own: whoever moves it decides when. A side that has met the
// other, and lacks nothing, comes before one that is alone; whether that may be promoted at all the in-sync set says.
const (
	scorePrimary  = 10000
	scoreDiskless = 2000
	scoreMet      = 1000
	scoreAlone    = 10
)

// stand looks at a side. member asks the cluster whether the side is in the in-sync set; nil where nobody can be asked.
func stand(ctx context.Context, conf daemon.Config, member func(context.Context) (bool, error)) standing {
	pid, s, err := daemon.Look(ctx, conf)
	left, leftErr := conf.Left()
	switch {
	case leftErr != nil:
		return standing{state: failed, open: true, why: leftErr.Error()}
	case pid == 0 && err != nil:
		return standing{state: failed, open: true, why: sentence(err)}
	case pid == 0 && left:
		return standing{state: lost, why: "its daemon has died, and its block device is still there"}
	case pid == 0:
		return standing{state: stopped}
	case err != nil && left:
		return standing{state: lost, why: "its daemon does not answer: " + sentence(err)}
	case err != nil:
		return standing{state: failed, why: "its daemon does not answer: " + sentence(err)}
	case s.Role == "Primary" && (!s.Served || !left):
		return standing{state: lost, why: "its block device is gone"}
	case s.Role == "Primary" && s.Disk == "Failed":
		return standing{state: promoted, score: scoreDiskless}
	case s.Role == "Primary":
		return standing{state: promoted, score: scorePrimary}
	}
	return secondary(ctx, s, member)
}

// secondary finds the score of a Secondary: none for one that would not be promoted, by its disk or by the in-sync set.
func secondary(ctx context.Context, s daemon.Status, member func(context.Context) (bool, error)) standing {
	whole := s.Mode == core.Target.String() && s.Disk == "UpToDate" // the Primary's peer, which is promoted once that one is not any more
	switch {
	case whole, s.Unfit == nil:
	case s.Unfit.Reason == "mirror.not_ready":
		return standing{state: running, open: true}
	default:
		return standing{state: running}
	}
	score := scoreAlone
	if s.Connection == "Connected" {
		score = scoreMet
	}
	if member == nil {
		return standing{state: running, score: score}
	}
	in, err := member(ctx)
	switch {
	case err != nil:
		return standing{state: running, open: true, why: err.Error()}
	case !in:
		return standing{state: running}
	}
	return standing{state: running, score: score}
}

// inSyncOf asks the set of a volume's cluster.
func inSyncOf(conf daemon.Config) func(context.Context) (bool, error) {
	if len(conf.Nodes) != 2 {
		return nil
	}
	k := insync.Keeper{Runner: run.System{}, Volume: conf.Volume, Nodes: [2]string(conf.Nodes)}
	return func(ctx context.Context) (bool, error) {
		s, err := k.Set(ctx)
		return err == nil && s.Members[conf.Side], err
	}
}
