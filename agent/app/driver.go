package app

import (
	"path/filepath"

	"hawser/agent/engine"
	"hawser/agent/engine/live"
)

// NewDriver returns the driver that the configuration names.
func NewDriver(c Config) (engine.Driver, error) {
	return live.New(live.Options{Times: filepath.Join(c.StateDir, "times.json"), Volumes: filepath.Join(c.StateDir, "volumes.json"), Proc: c.HostProc})
}
