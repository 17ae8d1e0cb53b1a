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

// MigrationRequest carries the file of a cluster over to other machines.
type MigrationRequest struct {
	YAML    string            `json:"yaml" maxLength:"1048576" doc:"As config.export gives it with setup."`
	Files   map[string]string `json:"files,omitempty" doc:"Contents of the files that values refer to with fromFile."`
	Mapping string            `json:"mapping" maxLength:"1048576" doc:"YAML: what nodes, addresses and devices are called over there."`
}

// Migration is the same cluster on other machines. Nothing has been changed: cluster.create takes the set-up, config.apply the file.
type Migration struct {
	Cluster string   `json:"cluster"`
	Setup   ha.Setup `json:"setup"`
	YAML    string   `json:"yaml" doc:"The file with the new names. Values that came from files stand in it: keep it as carefully."`
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
