// Command hawser-mirror serves one side of a mirror, Hawser's own replicated volume, gives orders to the one that does, and changes the volume's
// in-sync set in the cluster. Preview.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/internal/fault"
	"hawser/internal/words"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hawser-mirror:", sentence(err))
		os.Exit(code(err))
	}
}

// sentence says in the person's language what went wrong.
func sentence(err error) string {
	err = daemon.Fault(err)
	if fault.CodeOf(err) == fault.Internal {
		return err.Error() // whoever calls this program is root
	}
	return words.For(words.Match(os.Getenv("HAWSER_LANG"), os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))).Fault(fault.Public(err))
}

func code(err error) int {
	if fault.CodeOf(daemon.Fault(err)) == fault.Invalid {
		return exitUsage
	}
	return exitFailed
}
