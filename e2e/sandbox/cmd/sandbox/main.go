// Command sandbox brings real nodes up on this machine, and hurts them. The same program is, by name, the nodes' fence agent.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"hawser/e2e/sandbox/fence"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if filepath.Base(os.Args[0]) == "fence_sandbox" {
		os.Exit(fence.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	err := newRoot().ExecuteContext(ctx)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}
