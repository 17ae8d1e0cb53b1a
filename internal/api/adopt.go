package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// FoundCluster is a cluster that an enrolled host belongs to, and that this server does not manage: it was made by other means.
type FoundCluster struct {
	Name      string       `json:"name"`
	Engine    string       `json:"engine,omitempty" enum:"pacemaker,simulated"`
	Nodes     []FoundNode  `json:"nodes" doc:"As its corosync.conf has them."`
	Running   bool         `json:"running"`
	Quorate   bool         `json:"quorate"`
	Online    int          `json:"online" doc:"Nodes online."`
	Resources int          `json:"resources" doc:"Primitives configured, fence devices apart."`
	Started   int          `json:"started" doc:"Primitives that run and have not failed."`
	Verdict   *ha.Verdict  `json:"verdict,omitempty" doc:"What would be said of it; findings do not stand in the way."`
	Fault     *fault.Error `json:"fault,omitempty" doc:"Why it cannot be adopted as it is."`
}

// FoundNode is a node of a FoundCluster.
type FoundNode struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses,omitempty"`
	Enrolled  bool     `json:"enrolled" doc:"It has an enrolled agent."`
	Connected bool     `json:"connected" doc:"Its agent is connected."`
}

// AdoptCluster takes a cluster that was made by other means into management. Nothing on its nodes is changed.
type AdoptCluster struct {
	Label string `json:"label,omitempty" maxLength:"64" doc:"Name for people, in their own language."`
}
