package ha

import "time"

// Explanation says why a resource is where it is. Every cause in it has been confirmed: without it Pacemaker's scheduler decides
// otherwise. What could not be confirmed is "unknown".
type Explanation struct {
	Engine   string   `json:"engine" enum:"pacemaker,simulated"`
	Resource string   `json:"resource"`
	Role     string   `json:"role"`
	Nodes    []string `json:"nodes" doc:"Where it is active."`
	// Causes are why it is stopped, or why it is here; the first is the sentence for people.
	Causes []Cause `json:"causes"`
	// Elsewhere is why it is not on each other node.
	Elsewhere []NotThere `json:"elsewhere"`
	// Moved is how it came to be there.
	Moved *Moved `json:"moved,omitempty" doc:"Missing where the scheduler's store does not reach back to it, and for what runs in several places."`
}

// Moved is the last decision by which a resource came to where it is, or was stopped.
type Moved struct {
	At     time.Time `json:"at" doc:"When the scheduler decided it."`
	Action string    `json:"action" enum:"move,start,stop"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to,omitempty"`
	// Causes are what made it move or stop; of a start, what had stopped it before and is so no longer.
	Causes []Cause `json:"causes"`
}

// NotThere is why a resource is not on a node.
type NotThere struct {
	Node   string  `json:"node"`
	Score  string  `json:"score,omitempty" doc:"What the scheduler gives it there, when all is added up."`
	Causes []Cause `json:"causes"`
}

// Cause is one reason. why.<code> in internal/words is its sentence.
type Cause struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// The codes of causes. Args are named in the comment.
const (
	WhyDisabled       = "disabled"         // resource
	WhyUnmanaged      = "unmanaged"        // resource
	WhyMaintenance    = "maintenance"      //
	WhyNoQuorum       = "no_quorum"        // policy
	WhyNoFenceDevice  = "no_fence_device"  //
	WhyFencing        = "fencing"          // node
	WhyFailed         = "failed"           // resource, node, count
	WhyStandby        = "standby"          // node
	WhyOffline        = "offline"          // node
	WhyNodeMaintained = "node_maintenance" // node
	WhyHealth         = "health"           // node, health
	WhyLocation       = "location"         // constraint, resource, node, score
	WhyOptIn          = "opt_in"           // resource
	WhyColocation     = "colocation"       // constraint, resource, with
	WhyOrder          = "order"            // constraint, resource, first
	WhyGroup          = "group"            // group, resource, first
	WhyTicket         = "ticket"           // constraint, resource
	WhyCapacity       = "capacity"         //
	WhyCloneMax       = "clone_max"        // resource, count
	WhyOnlyNode       = "only_node"        // node
	WhyStickiness     = "stickiness"       // score
	WhyBalance        = "balance"          //
	WhyLowerScore     = "lower_score"      // score, best
	WhyAsked          = "asked"            // constraint, resource: a move or ban that somebody asked for
	WhyShutdown       = "shutdown"         // node
	WhyUnknown        = "unknown"          //
)

// WhyCodes are all codes of causes.
var WhyCodes = []string{
	WhyDisabled, WhyUnmanaged, WhyMaintenance, WhyNoQuorum, WhyNoFenceDevice, WhyFencing, WhyFailed, WhyStandby, WhyOffline, WhyNodeMaintained, WhyHealth, WhyLocation,
	WhyOptIn, WhyColocation, WhyOrder, WhyGroup, WhyTicket, WhyCapacity, WhyCloneMax, WhyOnlyNode, WhyStickiness, WhyBalance, WhyLowerScore, WhyAsked, WhyShutdown, WhyUnknown,
}
