package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// NewDiskHeartbeat gives a cluster a heartbeat link over a shared disk.
type NewDiskHeartbeat struct {
	Device  string   `json:"device" doc:"Path of the shared disk, the same on all nodes: its most stable name below /dev. At least 34 MiB."`
	Prefix  string   `json:"prefix,omitempty" doc:"Network of the link's addresses, 24 bits; 192.168.250.0/24 where absent. A node's address ends with its ID."`
	Destroy []string `json:"destroy,omitempty" doc:"What is on the disk and may be lost, by the names that the refusal gives. All of it has to be named."`
}

// DiskHeartbeatShown is a cluster's heartbeat link over a shared disk.
type DiskHeartbeatShown struct {
	Enabled bool                `json:"enabled"`
	Link    *ha.Link            `json:"link,omitempty"`
	Nodes   []DiskHeartbeatNode `json:"nodes"`
}

// DiskHeartbeatNode is what one node's daemon says of itself, or why it cannot be asked.
type DiskHeartbeatNode struct {
	Node      string            `json:"node"`
	Address   string            `json:"address,omitempty"`
	Heartbeat *ha.DiskHeartbeat `json:"heartbeat,omitempty"`
	Fault     *fault.Error      `json:"fault,omitempty"`
}
