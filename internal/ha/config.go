// Package ha is the cluster model: what a cluster should be (Config), what it is (State), how the two are checked and compared.
// It does no I/O and imports nothing of ours but internal/fault. The names are Pacemaker's and Corosync's.
package ha

// Setup is what a person asks for when a cluster is created: its name, nodes, heartbeat links and timing.
type Setup struct {
	Name       string            `json:"name" doc:"Name of the cluster: 1 to 15 letters, digits, hyphens, underscores."`
	Nodes      []SetupNode       `json:"nodes" doc:"1 to 32 nodes."`
	Timing     Timing            `json:"timing,omitzero" doc:"Corosync's timing; zero values mean the balanced profile."`
	Autostart  bool              `json:"autostart" doc:"Start corosync and pacemaker when a node boots."`
	Properties map[string]string `json:"properties,omitempty" doc:"Cluster properties to begin with, for example no-quorum-policy."`
	// Links has one entry for each address of a node, in the same order. Nil means network links 0, 1, … with times that follow
	// from the token, and leaves what a file says otherwise as it is.
	Links []Link `json:"links,omitempty" doc:"Heartbeat links, in the order of the nodes' addresses; absent: 0, 1, … with times that follow from the token."`
	// Quorum is nil where Hawser decides: two_node with two nodes, plain majority otherwise.
	Quorum *Quorum `json:"quorum,omitempty" doc:"Options of votequorum; absent: Hawser decides."`
	// Version counts the changes of corosync.conf. A node that was off during one has a lower version: Corosync ends rather than
	// let it join the others with an old file (config_version in corosync.conf(5)).
	Version uint64 `json:"version,omitempty" doc:"Number of the change of corosync.conf (config_version)."`
}

// FirstStartProperty is set on nodes that start for the first time, and taken away once they are a cluster: see the live driver's Start.
const FirstStartProperty = "dc-deadtime"

// SetupNode is one node of a Setup.
type SetupNode struct {
	Name      string   `json:"name" doc:"Name of the node; must be the enrolled host's name."`
	ID        int      `json:"id,omitempty" doc:"Corosync node ID; 0 lets Hawser choose."`
	Addresses []string `json:"addresses" doc:"One address for each heartbeat link, in the order of the links: 1 to 7."`
	Votes     *int     `json:"votes,omitempty" doc:"Votes of the node; 1 where absent."`
}

// Timing is corosync's totem timing, in milliseconds. Source: corosync.conf(5).
type Timing struct {
	Profile   string `json:"profile,omitempty" enum:"fast,balanced,tolerant,custom" doc:"Named set of values."`
	Token     int    `json:"token,omitempty" doc:"Time until a lost token is noticed, in milliseconds."`
	Consensus int    `json:"consensus,omitempty" doc:"Time to agree on a new membership, in milliseconds; 0 means 1.2 × token."`
	// TokenCoefficient is added for each node beyond two; nil means corosync's own 650 ms, because 0 is a choice.
	TokenCoefficient *int `json:"tokenCoefficient,omitempty" doc:"Milliseconds added to token for each node beyond two."`
}

// Version is the version of a CIB, in the order in which Pacemaker compares it.
type Version struct {
	AdminEpoch int `json:"adminEpoch"`
	Epoch      int `json:"epoch"`
	NumUpdates int `json:"numUpdates"`
}

// SameConfig says whether two versions hold the same configuration: num_updates counts changes of status only.
func (v Version) SameConfig(w Version) bool {
	return v.AdminEpoch == w.AdminEpoch && v.Epoch == w.Epoch
}

// Config is what a cluster should be: the CIB's configuration section, typed. What Hawser has no word for is in Other.
type Config struct {
	Version           Version           `json:"version"`
	Origin            string            `json:"origin,omitempty" doc:"Node that wrote the last change (update-origin)."`
	Client            string            `json:"client,omitempty" doc:"Program that wrote the last change (update-client)."`
	User              string            `json:"user,omitempty" doc:"User that wrote the last change (update-user)."`
	Written           string            `json:"written,omitempty" doc:"When the CIB was last written, as it says itself (cib-last-written)."`
	Properties        map[string]string `json:"properties"`
	ResourceDefaults  map[string]string `json:"resourceDefaults,omitempty"`
	OperationDefaults map[string]string `json:"operationDefaults,omitempty"`
	Nodes             []NodeConfig      `json:"nodes"`
	Resources         []Resource        `json:"resources" doc:"In the CIB's order."`
	Constraints       []Constraint      `json:"constraints"`
	AttributeSets     []AttributeSet    `json:"attributeSets,omitempty" doc:"Values that hold only while a rule is true, in the CIB's order."`
	Tags              []Tag             `json:"tags,omitempty" doc:"In the CIB's order."`
	Levels            []FenceLevel      `json:"fenceLevels,omitempty" doc:"The fencing topology, in the CIB's order."`
	Other             []Fragment        `json:"other,omitempty" doc:"Elements that Hawser keeps but has no form for."`
}

// NodeConfig is a node as the CIB's nodes section has it.
type NodeConfig struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind,omitempty" enum:"member,remote,ping"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Permanent node attributes, for example standby."`
	// Utilization is what placement-strategy weighs the utilization of resources against.
	Utilization map[string]string `json:"utilization,omitempty" doc:"Its capacity, in whole numbers, for example memory=65536."`
}

// ResourceKind tells a primitive from what holds others.
type ResourceKind string

// The kinds of resources, with Pacemaker's names.
const (
	Primitive ResourceKind = "primitive"
	Group     ResourceKind = "group"
	Clone     ResourceKind = "clone"
	Bundle    ResourceKind = "bundle"
	Template  ResourceKind = "template"
)

// Resource is a resource as it is configured.
type Resource struct {
	ID         string            `json:"id" doc:"XML ID: letter or underscore first, then letters, digits, . _ -"`
	Kind       ResourceKind      `json:"kind" enum:"primitive,group,clone,bundle,template"`
	Agent      string            `json:"agent,omitempty" doc:"Class, provider and type, for example ocf:heartbeat:IPaddr2; empty for groups, clones and bundles."`
	Template   string            `json:"template,omitempty" doc:"Template that a primitive takes its definition from."`
	Parameters map[string]string `json:"parameters,omitempty" doc:"Instance attributes. Secret values are ***."`
	Meta       map[string]string `json:"meta,omitempty" doc:"Meta attributes, for example target-role."`
	// Utilization is what an instance takes of a node's capacity; an edit of a resource without it leaves it as it is.
	Utilization map[string]string `json:"utilization,omitempty" doc:"What it takes of a node's capacity, in whole numbers, for example memory=2048; absent in an edit: as before."`
	Container   *Container        `json:"container,omitempty" doc:"Of a bundle: what it runs in; absent in an edit: as before."`
	Operations  []Operation       `json:"operations,omitempty"`
	Members     []Resource        `json:"members,omitempty" doc:"Members of a group, or what a clone or bundle holds."`
}

// Operation is an operation of a resource, for example monitor every 10 s. Times are Pacemaker's: a number with s, ms, min …
type Operation struct {
	Name     string            `json:"name" doc:"start, stop, monitor, promote, demote …"`
	Interval string            `json:"interval,omitempty" doc:"For example 10s; 0s where it is not repeated."`
	Timeout  string            `json:"timeout,omitempty" doc:"For example 20s."`
	OnFail   string            `json:"onFail,omitempty" enum:"ignore,block,stop,restart,standby,fence,demote,restart-container"`
	Role     string            `json:"role,omitempty"`
	Options  map[string]string `json:"options,omitempty" doc:"Any further attribute of the op element, for example start-delay."`
	// Parameters are not options: the agent is told them with this operation, Pacemaker takes no notice of them.
	Parameters map[string]string `json:"parameters,omitempty" doc:"Instance attributes of this operation alone, for example OCF_CHECK_LEVEL. Secret values are ***."`
}

// Tag names resources, so that they can be meant together.
type Tag struct {
	ID        string   `json:"id" doc:"XML ID: letter or underscore first, then letters, digits, . _ -"`
	Resources []string `json:"resources" doc:"IDs of what has the tag, in the CIB's order."`
}

// Fragment is an element that Hawser preserves without understanding it.
type Fragment struct {
	Path string `json:"path" doc:"Where it stands, for example configuration/acls."`
	ID   string `json:"id,omitempty"`
	XML  string `json:"xml"`
}

// Edit is one change to a Config. Exactly the fields that its Op names are set; an agent carries a list of edits out as one patch.
type Edit struct {
	Op         EditOp            `json:"op"`
	ID         string            `json:"id,omitempty" doc:"The object concerned."`
	Resource   *Resource         `json:"resource,omitempty"`
	Constraint *Constraint       `json:"constraint,omitempty"`
	Tag        *Tag              `json:"tag,omitempty"`
	Attributes *AttributeSet     `json:"attributes,omitempty"`
	Group      string            `json:"group,omitempty" doc:"resource.create, resource.place: the group it becomes a member of; empty for none."`
	Before     string            `json:"before,omitempty" doc:"The member before which it stands in its group; empty for last."`
	Node       string            `json:"node,omitempty" doc:"node.attributes: the node."`
	Values     map[string]string `json:"values,omitempty" doc:"Names and values to set."`
	Unset      []string          `json:"unset,omitempty" doc:"Names to remove."`
	Levels     []FenceLevel      `json:"levels,omitempty" doc:"fencing.levels: the levels of one target; a single one without devices removes them."`
}

// EditOp names a kind of Edit.
type EditOp string

// The edits. Each is idempotent where that makes sense: setting what is set already changes nothing.
const (
	SetProperties      EditOp = "properties.set"        // Values, Unset: cluster properties
	SetResourceDefault EditOp = "resource_defaults.set" // Values, Unset
	SetOpDefault       EditOp = "op_defaults.set"       // Values, Unset
	CreateResource     EditOp = "resource.create"       // Resource (with Members for a group), Group, Before
	UpdateResource     EditOp = "resource.update"       // Resource: parameters, meta and operations become exactly these; *** keeps a secret
	DeleteResource     EditOp = "resource.delete"       // ID: with its members, constraints and references
	PlaceResource      EditOp = "resource.place"        // ID, Group, Before: move into, out of, or within a group
	SetMeta            EditOp = "meta.set"              // ID, Values, Unset: meta attributes of a resource
	SetNodeAttributes  EditOp = "node.attributes"       // Node, Values, Unset: permanent attributes, for example standby=on
	SetUtilization     EditOp = "utilization.set"       // ID (a resource) or Node; Values, Unset
	PutAttributes      EditOp = "attributes.put"        // Attributes: a set with a rule, made where there is none of that ID
	DeleteAttributes   EditOp = "attributes.delete"     // ID of such a set
	CreateConstraint   EditOp = "constraint.create"     // Constraint
	UpdateConstraint   EditOp = "constraint.update"     // Constraint: it becomes exactly this; refused where it is complex
	DeleteConstraint   EditOp = "constraint.delete"     // ID
	CreateTag          EditOp = "tag.create"            // Tag
	UpdateTag          EditOp = "tag.update"            // Tag: its resources become exactly these
	DeleteTag          EditOp = "tag.delete"            // ID: refused while a constraint names it
	RemoveNode         EditOp = "node.remove"           // Node: its entry in the nodes section and its status
)

// Difference is one difference between two configurations, as a revision shows it.
type Difference struct {
	Object string `json:"object" doc:"What differs: property, resource, constraint, attribute_set, tag, node, default, fence_level, other."`
	ID     string `json:"id" doc:"Its ID or name."`
	Field  string `json:"field,omitempty" doc:"The part that differs, for example parameters.ip; empty where the whole was added or removed."`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	Change string `json:"change" enum:"added,removed,changed"`
}
