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

// DiskQuestion names the device that is to be looked at.
type DiskQuestion struct {
	Device string `json:"device" doc:"Path of the disk, the same on all nodes."`
}

// DiskInspected is what every node says of a device that may come to carry the heartbeat. Nothing was written to it.
type DiskInspected struct {
	Device  string          `json:"device"`
	Same    bool            `json:"same" doc:"Every node answers, and as far as can be seen without writing it is one and the same disk."`
	InUse   bool            `json:"inUse" doc:"Mounted, or part of a volume, on a node: it will be refused."`
	Carries []string        `json:"carries" doc:"What is on it and would be lost, by the names that an override must give."`
	Nodes   []InspectedNode `json:"nodes"`
}

// InspectedNode is one node's answer, or why there is none.
type InspectedNode struct {
	Node       string             `json:"node"`
	Inspection *ha.DiskInspection `json:"inspection,omitempty"`
	Fault      *fault.Error       `json:"fault,omitempty"`
}
