package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// DatabaseCheck is what would become of a database; nothing was changed.
type DatabaseCheck struct {
	OK           bool           `json:"ok" doc:"Nothing failed; warnings may remain."`
	Database     ha.Database    `json:"database" doc:"With its defaults filled in."`
	Checks       []ServiceCheck `json:"checks"`
	Nodes        []ServiceNode  `json:"nodes"`
	Volume       *VolumeCheck   `json:"volume,omitempty" doc:"The volume that would be made; absent where it is there."`
	Device       string         `json:"device,omitempty" doc:"What would be mounted."`
	Certificates string         `json:"certificates" enum:"make,keep,none" doc:"What would become of the certificates."`
	Source       string         `json:"source,omitempty" doc:"Node on which they would be made: it has the authority's key."`
	Changes      int            `json:"changes" doc:"Things that would be made or changed; 0 where it is so already."`
	Resources    []ha.Resource  `json:"resources" doc:"The group as it would be."`
	Refused      *fault.Error   `json:"refused,omitempty" doc:"With what service.database would refuse it now, field by field; absent where it would begin."`
}

// ServiceCheck is one check, with the field of the request that it is about.
type ServiceCheck struct {
	Field string `json:"field,omitempty" doc:"For example sides[1].disk; empty where none can mend it."`
	Node  string `json:"node,omitempty" doc:"Empty where it is about all of them."`
	ha.Check
}

// ServiceNode is what one node says, or why it cannot be asked.
type ServiceNode struct {
	Node       string                `json:"node"`
	Inspection *ha.ServiceInspection `json:"inspection,omitempty"`
	Fault      *fault.Error          `json:"fault,omitempty"`
}
