package api

import (
	"time"

	"hawser/internal/ha"
)

// TargetShown is a service of a cluster with what was promised for it and where it stands.
type TargetShown struct {
	Service  string      `json:"service" doc:"ID of a group, or of a primitive that is in none."`
	Gone     bool        `json:"gone,omitempty" doc:"There is no such service any more: only its target is left."`
	Target   *ha.Target  `json:"target,omitempty" doc:"Absent where nothing was promised."`
	Standing ha.Standing `json:"standing"`
	Since    time.Time   `json:"since" doc:"What happened since then counts: 90 days, or less where less is known."`
}
