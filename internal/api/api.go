// Package api is the REST interface: its routes as data, and the bodies that they take and give.
// Server, CLI and console (through OpenAPI) share it; so a test can hold the three against each other.
package api

import (
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Cluster is a cluster in lists and the head of its page.
type Cluster struct {
	Name      string     `json:"name"`
	Label     string     `json:"label,omitempty" doc:"Name for people, in their own language."`
	Verdict   ha.Verdict `json:"verdict"`
	Quorate   bool       `json:"quorate"`
	Running   bool       `json:"running"`
	Engine    string     `json:"engine" enum:"pacemaker,simulated"`
	Nodes     []string   `json:"nodes" doc:"Names of its nodes."`
	Online    int        `json:"online" doc:"Nodes online."`
	Resources int        `json:"resources" doc:"Primitives configured, fence devices apart."`
	Desired   int        `json:"desired" doc:"Primitives that should run."`
	Started   int        `json:"started" doc:"Primitives that the cluster reports as running and not failed."`
	Failed    int        `json:"failed" doc:"Primitives that have failed."`
	Revision  int        `json:"revision" doc:"Number of the newest revision."`
	Epoch     ha.Version `json:"version" doc:"Version of the CIB that the server has seen last."`
	Seen      time.Time  `json:"seen,omitzero" doc:"When its state was last confirmed by a node."`
	Stale     bool       `json:"stale" doc:"No node reports; what is shown is from seen."`
	Created   time.Time  `json:"created"`
	LastMove  *Outage    `json:"lastFailover,omitempty"`
}

// Outage is a failover that was seen.
type Outage struct {
	At       time.Time `json:"at"`
	Resource string    `json:"resource"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to"`
	TookMS   int       `json:"tookMs" doc:"From the first sign of failure to started again, as the cluster reports it, in milliseconds."`
}

// ClusterDetail is a cluster with all that is known of it.
type ClusterDetail struct {
	Cluster
	State  *ha.State  `json:"state,omitempty" doc:"Observed; absent until a node has reported."`
	Config *ha.Config `json:"config,omitempty" doc:"Configured; absent until a node has reported."`
	Setup  *ha.Setup  `json:"setup,omitempty" doc:"Nodes, links and timing as in corosync.conf."`
}

// Node is a node of a cluster: the cluster's view and its host's.
type Node struct {
	Name        string          `json:"name"`
	Kind        string          `json:"kind" enum:"member,remote,guest,ping" doc:"member runs Corosync and has a vote; remote runs pacemaker_remote alone; guest the same inside of what a resource runs."`
	Connection  string          `json:"connection,omitempty" doc:"Of a remote or guest node: the resource by which the cluster reaches it; of a guest, what carries it."`
	Through     string          `json:"through,omitempty" doc:"Of a remote or guest node: the node on which that resource runs."`
	Online      bool            `json:"online"`
	Standby     bool            `json:"standby"`
	Maintenance bool            `json:"maintenance"`
	Unclean     bool            `json:"unclean"`
	DC          bool            `json:"dc"`
	Enrolled    bool            `json:"enrolled" doc:"It has an agent that is enrolled with this server; without one, others tell of it."`
	Connected   bool            `json:"connected" doc:"Its agent is connected to this server."`
	Resources   []string        `json:"resources" doc:"Primitives that run there."`
	State       *ha.NodeState   `json:"state,omitempty"`
	Facts       *ha.Facts       `json:"facts,omitempty"`
	Config      *ha.NodeConfig  `json:"config,omitempty" doc:"Its permanent attributes and its capacity."`
	Addresses   []string        `json:"addresses,omitempty" doc:"Heartbeat addresses, one for each link."`
	Links       []ha.LinkState  `json:"links,omitempty"`
	LastFence   *ha.FenceAction `json:"lastFence,omitempty"`
}

// Resource is a resource in lists: what is configured and what is observed. Groups come before their members, flat, with Parent set.
type Resource struct {
	ID       string            `json:"id"`
	Type     string            `json:"type" enum:"primitive,group,clone,bundle,template"`
	Agent    string            `json:"agent,omitempty"`
	Parent   string            `json:"parent,omitempty"`
	Role     string            `json:"role"`
	Node     string            `json:"node" doc:"Where it runs; several, joined by commas, for a clone. Empty where it does not run."`
	Nodes    []string          `json:"nodes"`
	Managed  bool              `json:"managed"`
	Failed   bool              `json:"failed"`
	Blocked  bool              `json:"blocked"`
	Disabled bool              `json:"disabled" doc:"Stopped on purpose."`
	Config   *ha.Resource      `json:"config,omitempty" doc:"Only where one resource is asked for."`
	State    *ha.ResourceState `json:"state,omitempty" doc:"Only where one resource is asked for."`
	Failures []ha.Failure      `json:"failures,omitempty"`
	Failback *ha.Failback      `json:"failback,omitempty" doc:"When it returns to its first node; only where one resource is asked for that has an order of nodes."`
	Version  *ha.Version       `json:"version,omitempty" doc:"CIB version of config; send it back with an edit."`
}

// Host is an enrolled machine, in a cluster or not.
type Host struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Cluster   string    `json:"cluster,omitempty" doc:"Cluster that it belongs to."`
	Connected bool      `json:"connected"`
	Seen      time.Time `json:"seen,omitzero"`
	Enrolled  time.Time `json:"enrolled"`
	Expires   time.Time `json:"expires" doc:"End of its certificate."`
	Revoked   bool      `json:"revoked"`
	Agent     string    `json:"agent" doc:"Version of its agent."`
	Facts     ha.Facts  `json:"facts"`
	Serves    []string  `json:"serves,omitempty" doc:"Clusters whose quorum device it is."`
}

// EnrolmentToken lets one host enrol, once.
type EnrolmentToken struct {
	Token    string    `json:"token" doc:"Shown once."`
	Expires  time.Time `json:"expires"`
	CASHA256 string    `json:"caSha256" doc:"SHA-256 of the server's CA certificate, hexadecimal."`
	Server   string    `json:"server" doc:"Address that agents dial."`
	Command  []string  `json:"command" doc:"What to run on the host, argument by argument."`
}

// TokenRequest asks for an EnrolmentToken.
type TokenRequest struct {
	Minutes int `json:"minutes,omitempty" minimum:"1" maximum:"10080" doc:"How long it is good for; 60 where it is not given."`
}

// Operation is long work: its steps, progress and outcome. It goes on whoever watches.
type Operation struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind" doc:"The route's name, for example cluster.create."`
	Cluster  string       `json:"cluster,omitempty"`
	Object   string       `json:"object,omitempty" doc:"Node or resource concerned."`
	Actor    string       `json:"actor"`
	State    string       `json:"state" enum:"pending,running,succeeded,failed,rolled_back"`
	Percent  int          `json:"percent" minimum:"0" maximum:"100"`
	Steps    []Step       `json:"steps"`
	Revision int          `json:"revision,omitempty"`
	Fault    *fault.Error `json:"fault,omitempty"`
	Started  time.Time    `json:"started"`
	Ended    time.Time    `json:"ended,omitzero"`
}

// Step is one step of an Operation: the server's is the heading, what an agent does for it stands within. step.<name> in
// internal/words is its sentence.
type Step struct {
	Name  string            `json:"name"`
	Node  string            `json:"node,omitempty"`
	Phase string            `json:"phase,omitempty" enum:"plan,commit,verify,roll_back"`
	State string            `json:"state" enum:"waiting,running,done,failed,skipped"`
	Args  map[string]string `json:"args,omitempty"`
	At    time.Time         `json:"at,omitzero"`
	Ended time.Time         `json:"ended,omitzero"`
	Fault *fault.Error      `json:"fault,omitempty"`
	Steps []Step            `json:"steps,omitempty" doc:"What the node's agent does within it; these have no steps of their own."`
}

// Revision is one change of a cluster's configuration.
type Revision struct {
	Number      int             `json:"number"`
	At          time.Time       `json:"at"`
	Author      string          `json:"author" doc:"User of Hawser, or what the CIB says of a change from outside."`
	Origin      string          `json:"origin" enum:"hawser,outside"`
	Action      string          `json:"action" doc:"The route's name; outside for a change from outside."`
	Object      string          `json:"object,omitempty"`
	State       string          `json:"state" enum:"pending,applied,failed"`
	Fault       *fault.Error    `json:"fault,omitempty"`
	Operation   string          `json:"operation,omitempty"`
	Version     ha.Version      `json:"version" doc:"CIB version after it."`
	Differences []ha.Difference `json:"differences"`
	Revertible  bool            `json:"revertible"`
	Reverts     int             `json:"reverts,omitempty" doc:"Number of the revision that this one takes back."`
}

// Event is one line of the time line.
type Event struct {
	ID       int64             `json:"id"`
	At       time.Time         `json:"at"`
	Cluster  string            `json:"cluster,omitempty"`
	Kind     string            `json:"kind" doc:"event.<kind> in the catalogue is its sentence."`
	Severity ha.Severity       `json:"severity" enum:"info,warning,critical"`
	Object   string            `json:"object,omitempty"`
	Actor    string            `json:"actor,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
	// Told says whom a node has told of it already; it is not shown.
	Told []Told `json:"-"`
}

// Happening is the event as the cluster model has it.
func (e Event) Happening() ha.Happening {
	return ha.Happening{At: e.At, Change: ha.Change{Kind: ha.ChangeKind(e.Kind), Severity: e.Severity, Object: e.Object, Args: e.Args}}
}

// Told says that a node has told a recipient of an event itself, because the server was away.
type Told struct {
	Channel, Recipient, MessageID, Node string
	At                                  time.Time
	Unknown                             bool // nobody knows whether it arrived
}

// ArgSeenBy is the argument of an event that names the one node that saw it: a node without quorum told it, and nobody could be
// asked who had. The sentence event.seen_by in internal/words says so.
const ArgSeenBy = "seenBy"

// PreflightRequest asks what would stand in the way of a cluster.
type PreflightRequest struct {
	Setup ha.Setup `json:"setup"`
}

// PreflightResult is the findings of all hosts.
type PreflightResult struct {
	OK    bool            `json:"ok" doc:"Nothing failed; warnings may remain."`
	Hosts []HostPreflight `json:"hosts"`
}

// HostPreflight is the findings of one host.
type HostPreflight struct {
	Host   string       `json:"host"`
	Checks []ha.Check   `json:"checks"`
	Fault  *fault.Error `json:"fault,omitempty"`
}

// AddNode adds a node to a running cluster.
type AddNode struct {
	Node ha.SetupNode `json:"node"`
	// Remote makes it a remote node: it has no links, no ID and no votes.
	Remote *ha.NewRemote `json:"remote,omitempty" doc:"Make it a remote node: it runs resources without Corosync and has no vote. Node then has a name alone."`
}

// NewResource creates a primitive, or a group with its members, in one step.
type NewResource struct {
	Resource ha.Resource `json:"resource"`
	Group    string      `json:"group,omitempty" doc:"Group that it becomes the last member of."`
	// Constraints are made in the same patch, so that a resource never runs a moment without them.
	Constraints []ha.Constraint `json:"constraints,omitempty"`
}

// EditResource makes a resource's parameters, meta attributes and operations exactly these.
type EditResource struct {
	Resource    ha.Resource `json:"resource"`
	KeepRunning bool        `json:"keepRunning,omitempty" doc:"A change window: the primitive goes on running. It is taken out of management, changed, probed with the new values, and given back only where it was found running as before and nothing would be stopped; otherwise everything is taken back."`
	Version     *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// MoveResource moves a resource.
type MoveResource struct {
	Node     string `json:"node,omitempty" doc:"Where to; empty for anywhere else."`
	Lifetime string `json:"lifetime,omitempty" doc:"How long it is held there, for example 30min, 8h or 2d. Absent: it stays there only by its stickiness."`
}

// BanResource keeps a resource off a node.
type BanResource struct {
	Node     string `json:"node,omitempty" doc:"Which node; empty for the one where it runs."`
	Lifetime string `json:"lifetime,omitempty" doc:"How long, for example 30min, 8h or 2d; absent: until it is cleared."`
}

// ClearResource removes the constraints of moves and bans.
type ClearResource struct {
	Node string `json:"node,omitempty" doc:"Only those that concern this node."`
}

// PlaceResource moves a resource into, out of, or within a group. The group's constraints stay.
type PlaceResource struct {
	Group  string `json:"group,omitempty" doc:"The group; empty takes it out of its group."`
	Before string `json:"before,omitempty" doc:"The member before which it stands; empty for last."`
}

// PreferNodes is the order of nodes in which a resource would rather run: the first one is its usual place.
type PreferNodes struct {
	Nodes   []string    `json:"nodes" doc:"The first is preferred most; none removes the order."`
	Only    bool        `json:"only,omitempty" doc:"It may run on no other node."`
	Version *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// SetFailback says when a service returns to an earlier node of its order that is well again.
type SetFailback struct {
	ha.Failback
	Version *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// ValueChange sets and removes values of one object.
type ValueChange struct {
	Set     map[string]string `json:"set,omitempty"`
	Unset   []string          `json:"unset,omitempty"`
	Version *ha.Version       `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// EditConstraint makes a constraint exactly this.
type EditConstraint struct {
	Constraint ha.Constraint `json:"constraint"`
	Version    *ha.Version   `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// EditAttributes makes a set of attributes with a rule exactly this.
type EditAttributes struct {
	Set     ha.AttributeSet `json:"set"`
	Version *ha.Version     `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// RuleCheck asks what a rule says: as text, or as it is configured.
type RuleCheck struct {
	Text string   `json:"text,omitempty" doc:"For example pingd gt 0 and (date gt 2026-01-01 or #uname eq n1)."`
	Rule *ha.Rule `json:"rule,omitempty"`
}

// RuleShown is a rule in every form.
type RuleShown struct {
	Rule ha.Rule `json:"rule"`
	Text string  `json:"text"`
}

// Spread lets several services have working nodes of their own and share standby nodes (N+M).
type Spread struct {
	Services []string    `json:"services" doc:"Resources, most often groups; the first works on the first working node, and so on."`
	Working  []string    `json:"working" doc:"N working nodes."`
	Standby  []string    `json:"standby,omitempty" doc:"M standby nodes, in the order in which they take over."`
	Share    bool        `json:"share,omitempty" doc:"Where no node is free, two services may run on one; otherwise the second one stops."`
	Version  *ha.Version `json:"version,omitempty"`
}

// CleanupResource forgets failures.
type CleanupResource struct {
	Node string `json:"node,omitempty" doc:"Only on this node."`
}

// StopOptions are for what stops a node or a cluster.
type StopOptions struct {
	Force bool `json:"force,omitempty" doc:"Although quorum or a service is lost by it."`
}

// Properties sets and removes cluster properties.
type Properties struct {
	Set     map[string]string `json:"set,omitempty"`
	Unset   []string          `json:"unset,omitempty"`
	Version *ha.Version       `json:"version,omitempty"`
}

// Defaults sets and removes what holds for every resource, and for every operation, that does not say otherwise.
type Defaults struct {
	Resource  Values      `json:"resource,omitzero" doc:"Meta attributes of resources, for example resource-stickiness."`
	Operation Values      `json:"operation,omitzero" doc:"Of operations, for example timeout."`
	Version   *ha.Version `json:"version,omitempty"`
}

// Values are names with values to set, and names to remove.
type Values struct {
	Set   map[string]string `json:"set,omitempty"`
	Unset []string          `json:"unset,omitempty"`
}

// FenceRequest fences a node for real.
type FenceRequest struct {
	Action  string `json:"action" enum:"reboot,off"`
	Confirm string `json:"confirm" doc:"The node's name, typed again."`
}

// DestroyRequest destroys a cluster: its services stop, its configuration is removed from every node.
type DestroyRequest struct {
	Confirm string `json:"confirm" doc:"The cluster's name, typed again."`
}

// AgentName is an agent that a cluster's nodes have.
type AgentName struct {
	Agent string `json:"agent" doc:"class:provider:type"`
}

// Demo is what the demo's client outside the cluster sees.
type Demo struct {
	Running         bool      `json:"running"`
	Target          string    `json:"target" doc:"Address that it writes to."`
	Since           time.Time `json:"since"`
	Serving         bool      `json:"serving" doc:"The last attempt succeeded."`
	LastAck         time.Time `json:"lastAck,omitzero"`
	CurrentOutageMS int       `json:"currentOutageMs"`
	LongestOutageMS int       `json:"longestOutageMs" doc:"Since the last reset."`
	LongestAt       time.Time `json:"longestAt,omitzero"`
	Attempts        int64     `json:"attempts"`
	Acknowledged    int64     `json:"acknowledged"`
	Lost            int64     `json:"lost" doc:"Acknowledged rows that are missing, as of verified."`
	Verified        time.Time `json:"verified,omitzero"`
	LastError       string    `json:"lastError,omitempty"`
	// Recent is the outage in milliseconds of the last minutes, one value per second, oldest first; 0 is served.
	Recent []int `json:"recent"`
}

// Live is one message of the live stream: something changed; ask for it again. Sequence numbers have no gaps;
// a client that sees one, or reconnects, asks for everything again.
type Live struct {
	Seq     int64  `json:"seq"`
	Topic   string `json:"topic" enum:"hello,cluster,host,operation,revision,event,alarm,message,channel,alertrule,silence,license,bundle,target,demo"`
	Cluster string `json:"cluster,omitempty"`
	ID      string `json:"id,omitempty"`
	// Operation and Event are sent whole: they are small and people watch them.
	Operation *Operation `json:"operation,omitempty"`
	Event     *Event     `json:"event,omitempty"`
}

// Page is a part of a long list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Give it as cursor to get what comes after."`
}

// OK is the answer of routes that have nothing to say.
type OK struct {
	OK bool `json:"ok"`
}
