package api

import (
	"time"

	"hawser/internal/ha"
)

// Manifest is a cluster's configuration as a file. docs/formats/cluster.schema.json is its JSON Schema.
type Manifest struct {
	Cluster string     `json:"cluster"`
	Version ha.Version `json:"version" doc:"CIB version that was written."`
	YAML    string     `json:"yaml" doc:"Secrets are *** in it; *** leaves a secret as it is."`
}

// ManifestChange makes a cluster what a file says, as one revision.
type ManifestChange struct {
	YAML    string            `json:"yaml" maxLength:"1048576"`
	Files   map[string]string `json:"files,omitempty" doc:"Contents of the files that values refer to with fromFile, by their names in the YAML."`
	Version *ha.Version       `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// ManifestPlan is what applying a file would change. Nothing has been changed.
type ManifestPlan struct {
	Version     ha.Version      `json:"version" doc:"CIB version that it was compared with; give it when the file is applied."`
	Edits       int             `json:"edits" doc:"Changes to be made in one patch; 0 where there is nothing to do."`
	Differences []ha.Difference `json:"differences"`
}

// ManifestFile is the text of a file.
type ManifestFile struct {
	YAML  string            `json:"yaml" maxLength:"1048576"`
	Files map[string]string `json:"files,omitempty" doc:"Contents of the files that values refer to with fromFile."`
}

// ManifestContents is what stands in the file of a cluster that is to be carried over, and what a mapping has to answer.
type ManifestContents struct {
	Cluster     string         `json:"cluster"`
	Nodes       []string       `json:"nodes"`
	Links       []ManifestLink `json:"links" doc:"Heartbeat links that a network carries."`
	Resources   []ha.Resource  `json:"resources"`
	Constraints int            `json:"constraints"`
	Needs       []MappingNeed  `json:"needs"`
	Stays       []string       `json:"stays" enum:"disk_heartbeat,quorum_device" doc:"What lies outside of the nodes and is not carried over."`
}

// ManifestLink is a heartbeat link of the old cluster.
type ManifestLink struct {
	Number    int      `json:"number"`
	Addresses []string `json:"addresses" doc:"In the order of the nodes."`
}

// MappingNeed is something in a parameter that is called otherwise on other machines, or that they do not have.
type MappingNeed struct {
	Kind      string `json:"kind" enum:"address,device,secret" doc:"The part of a mapping that answers it: addresses, devices, secrets."`
	Value     string `json:"value" doc:"Its key there."`
	Resource  string `json:"resource"`
	Parameter string `json:"parameter"`
	Path      string `json:"path" doc:"Where it stands in the file; a fault names it so."`
}

// ManifestComparison is what a cluster has otherwise than a file.
type ManifestComparison struct {
	Version     ha.Version      `json:"version" doc:"CIB version that was compared."`
	Differences []ha.Difference `json:"differences" doc:"From the file to the cluster. Secrets are not compared."`
}

// MigrationRequest carries the file of a cluster over to other machines.
type MigrationRequest struct {
	YAML    string            `json:"yaml" maxLength:"1048576" doc:"As config.export gives it with setup."`
	Files   map[string]string `json:"files,omitempty" doc:"Contents of the files that values of either refer to with fromFile."`
	Mapping string            `json:"mapping" maxLength:"1048576" doc:"YAML or JSON: what nodes, addresses and devices are called over there."`
}

// Migration is the same cluster on other machines. Nothing has been changed: cluster.create takes the set-up, config.apply the file.
type Migration struct {
	Cluster     string          `json:"cluster"`
	Setup       ha.Setup        `json:"setup"`
	YAML        string          `json:"yaml" doc:"The file with the new names. Values that came from files stand in it: keep it as carefully."`
	Differences []ha.Difference `json:"differences" doc:"What the mapping changes in the configuration."`
}

// Comparison is the difference between the configurations after two revisions.
type Comparison struct {
	Cluster     string          `json:"cluster"`
	From        RevisionHead    `json:"from"`
	To          RevisionHead    `json:"to" doc:"Number 0 is the configuration as it is now."`
	Differences []ha.Difference `json:"differences"`
}

// RevisionHead names a revision.
type RevisionHead struct {
	Number  int        `json:"number"`
	At      time.Time  `json:"at,omitzero"`
	Author  string     `json:"author,omitempty"`
	Version ha.Version `json:"version"`
}

// ClusterOption is a cluster property, or a default of resources or operations, as Pacemaker itself describes it.
type ClusterOption struct {
	ha.AgentParameter
	Scope     string            `json:"scope" enum:"property,resource,operation" doc:"What it is an option of: the cluster, resources that do not say otherwise, operations that do not say otherwise."`
	Value     string            `json:"value,omitempty" doc:"What is set; absent where the default holds."`
	Set       bool              `json:"set"`
	Dangers   []ha.OptionDanger `json:"dangers,omitempty" doc:"Values that may do harm."`
	Dangerous string            `json:"dangerous,omitempty" doc:"option.danger.<code> in the catalogue says what may come of the value that is set."`
	Advanced  bool              `json:"advanced" doc:"For those who know what they do."`
	Own       bool              `json:"own" doc:"Pacemaker sets it itself."`
}
