package post

import (
	"hawser/internal/api"
)

// Settings are what a node needs in order to tell people itself while the server is away.
type Settings struct {
	// AfterSeconds is how long the server must not have confirmed an event.
	AfterSeconds int             `json:"afterSeconds"`
	Console      string          `json:"console"`
	Reach        Reach           `json:"reach"`
	Channels     []Channel       `json:"channels"` // mail only, with their passwords
	Rules        []api.AlertRule `json:"rules"`
	Silences     []api.Silence   `json:"silences"`
}
