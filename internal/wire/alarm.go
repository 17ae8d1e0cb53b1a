package wire

import (
	"encoding/json"
	"time"
)

// AlarmSettings makes a host keep what it needs in order to tell people itself while the server is away: AlarmArgs → NoArgs. Nothing
// is kept where it is to tell nobody.
const AlarmSettings CommandName = "alarm.settings"

// AlarmArgs are the settings; they hold secrets.
type AlarmArgs struct {
	Settings json.RawMessage `json:"settings"` // post.Settings
}

// Mailed says that a node has told a recipient of an event itself, because the server was away.
type Mailed struct {
	Channel   string    `json:"channel"`
	Recipient string    `json:"recipient"`
	MessageID string    `json:"messageId"`
	Node      string    `json:"node"`
	At        time.Time `json:"at"`
	// Unknown: nobody knows whether the mail arrived. The server sends it again under the same name.
	Unknown bool `json:"unknown,omitempty"`
}
