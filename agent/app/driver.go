package app

import (
	"hawser/agent/engine"
	"hawser/agent/engine/live"
)

// NewDriver returns the driver that the configuration names.
func NewDriver(Config) (engine.Driver, error) {
	return live.New(live.Options{})
}
