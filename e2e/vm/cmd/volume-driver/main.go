// Command volume-driver has the product's replication driver do what the test outside asks for, on standard input: that for DRBD, or the
// mirror's where it is given what keeps the in-sync set.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"hawser/agent/engine"
	"hawser/agent/replication"
	"hawser/agent/replication/drbd"
	"hawser/agent/replication/mirror/volume"
	"hawser/agent/run"
	"hawser/e2e/vm/remote"
)

func main() {
	node, err := os.Hostname()
	if err == nil {
		err = remote.Serve(context.Background(), driver(node, os.Args[1:]), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "volume-driver:", err)
		os.Exit(1)
	}
}

func driver(node string, helper []string) replication.Driver {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if len(helper) > 0 {
		return volume.New(volume.Options{
			Node: node, Runner: run.System{}, Program: []string{"/opt/hawser/hawser-mirror"}, Helper: helper, Write: engine.WriteFile, Log: log,
		})
	}
	return drbd.New(drbd.Options{
		Node: node, Runner: run.System{}, State: "/var/lib/volume-driver.json", Write: engine.WriteFile, Log: log,
	})
}
