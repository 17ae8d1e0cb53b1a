// Package manifest is a cluster's configuration as a YAML file that people keep and edit: reader, writer, JSON Schema, and what has to
// be changed in a cluster to make it what the file says. It does no I/O.
package manifest

import (
	"slices"

	"hawser/internal/ha"
)

// Format is the format that this package reads and writes.
const Format = 1

// Document is the file. A section that is not there stays as it is in the cluster; one that is there is all that there is to be of it.
type Document struct {
	Format            int               `json:"format" doc:"Format of this file: 1."`
	Cluster           string            `json:"cluster" doc:"Name of the cluster."`
	Properties        map[string]string `json:"properties,omitempty" doc:"Cluster properties; those that Pacemaker sets itself are left out."`
	ResourceDefaults  map[string]string `json:"resourceDefaults,omitempty" doc:"Meta attributes of every resource that does not say otherwise."`
	OperationDefaults map[string]string `json:"operationDefaults,omitempty" doc:"Options of every operation that does not say otherwise."`
	Nodes             []Node            `json:"nodes,omitempty" doc:"Attributes of nodes. Nodes are neither added nor removed by a file, and one that is left out stays as it is."`
	Databases         []ha.Database     `json:"databases,omitempty" doc:"Databases as protected services: volume, file system, database, virtual IP address and their relations. One that is left out stays as it is; none is taken away by a file."`
	Volumes           []Volume          `json:"volumes,omitempty" doc:"Replicated volumes, matched by name. One that is left out stays as it is; none is taken away by a file."`
	Resources         []ha.Resource     `json:"resources,omitempty" doc:"Resources, matched by ID. Members of a group are kept in this order."`
	Constraints       []ha.Constraint   `json:"constraints,omitempty" doc:"Relations, matched by ID."`
	Tags              []ha.Tag          `json:"tags,omitempty" doc:"Tags, matched by ID."`
	FenceLevels       []ha.FenceLevel   `json:"fenceLevels,omitempty" doc:"The fencing topology, matched by target."`
	// Setup is for moving a cluster to other machines; applying a file does not touch it.
	Setup *ha.Setup `json:"setup,omitempty" doc:"Nodes, heartbeat links, timing and votes, for moving the cluster to other machines. Applying the file does not change them."`
}

// Node is the attributes of a node.
type Node struct {
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Permanent node attributes: exactly these."`
}

// own are properties that Pacemaker's daemons write themselves.
var own = []string{"dc-version", "cluster-infrastructure", "cluster-name", "have-watchdog", "last-lrm-refresh"}

// From makes the document of a configuration. Secrets are *** in it, as they are in c.
func From(cluster string, c ha.Config) Document {
	d := Document{Format: Format, Cluster: cluster, Properties: map[string]string{}, ResourceDefaults: c.ResourceDefaults, OperationDefaults: c.OperationDefaults}
	for name, value := range c.Properties {
		if !slices.Contains(own, name) {
			d.Properties[name] = value
		}
	}
	for _, n := range c.Nodes {
		d.Nodes = append(d.Nodes, Node{Name: n.Name, Attributes: n.Attributes})
	}
	d.Resources, d.Tags, d.FenceLevels = c.Resources, c.Tags, c.Levels
	for _, x := range c.Constraints {
		d.Constraints = append(d.Constraints, plain(x))
	}
	return d
}

// plain leaves the element out where the fields say all of it.
func plain(c ha.Constraint) ha.Constraint {
	if !c.Complex {
		c.XML = ""
	}
	return c
}
