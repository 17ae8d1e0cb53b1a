// Command volume-driver has the product's replication driver do what the test outside asks for, on standard input.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"hawser/agent/engine"
	"hawser/agent/replication/drbd"
	"hawser/agent/run"
	"hawser/e2e/vm/remote"
)

func main() {
	node, err := os.Hostname()
	if err == nil {
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		err = remote.Serve(context.Background(), drbd.New(drbd.Options{
			Node: node, Runner: run.System{}, State: "/var/lib/volume-driver.json", Write: engine.WriteFile, Log: log,
		}), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "volume-driver:", err)
		os.Exit(1)
	}
}
