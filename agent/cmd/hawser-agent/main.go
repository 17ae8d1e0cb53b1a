// Command hawser-agent runs on every node, as root, and does there what the server asks.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"hawser/internal/fault"
)

// Exit codes; the help text lists them.
const (
	exitFailed = 1
	exitUsage  = 2 // the command line, the configuration or a value is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	var began bool // the command line and the configuration were good
	err := root(&began).ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	code := exitFailed
	if !began {
		code = exitUsage
	}
	if f, told := errors.AsType[*fault.Error](err); told {
		fmt.Fprintln(os.Stderr, "hawser-agent:", catalogue().Fault(f))
		if f.Code == fault.Invalid {
			code = exitUsage
		}
	} else {
		fmt.Fprintln(os.Stderr, "hawser-agent:", err)
	}
	os.Exit(code)
}
