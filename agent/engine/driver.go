package engine

import (
	"context"
	"errors"
	"time"

	"hawser/agent/health"
	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// ErrMoved is returned by Cluster.Patch where the CIB is no longer the one that the change was made from.
var ErrMoved = errors.New("the configuration has changed meanwhile")

// ErrDown is returned where Pacemaker does not run on this node, so that nobody can be asked.
var ErrDown = errors.New("the cluster does not run on this node")

// Driver is what carries commands out: live on Pacemaker and Corosync, or simulated. All methods may be called at once.
// A fault.Error from a driver is told as it is; any other error is a broken machine.
type Driver interface {
	// Engine is "pacemaker" or "simulated".
	Engine() string
	// Node is the name by which the cluster knows this host.
	Node() string
	Host
	Cluster
	SBD
	QDevice
	Remote
	health.Host
}

// Host is the part of a Driver that concerns this host alone.
type Host interface {
	Facts(ctx context.Context) (ha.Facts, error)
	// Preflight changes nothing. Setup is nil where the host is checked alone.
	Preflight(ctx context.Context, setup *ha.Setup) ([]ha.Check, error)
	// Files returns the cluster's files as they are.
	Files(ctx context.Context) (Files, error)
	// CheckFiles refuses what Corosync itself would refuse, before anything is written.
	CheckFiles(ctx context.Context, f Files) error
	// WriteFiles brings the files to f. After a crash each file is the old or the new one, never a part.
	WriteFiles(ctx context.Context, f Files) error
	// Forget removes what a stopped cluster leaves on this host: CIB, scheduler inputs, corosync's state.
	Forget(ctx context.Context) error
	// Start starts corosync and pacemaker and returns when Pacemaker answers. Stop stops them, pacemaker first.
	// Both are content where that is so already.
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	// Running says whether Pacemaker answers on this host, and Up whether any of the cluster's daemons runs.
	Running(ctx context.Context) (bool, error)
	Up(ctx context.Context) (bool, error)
	// Reload makes corosync read its file again and checks that it took it.
	Reload(ctx context.Context) error
	// Loaded is the version of its configuration (config_version) that corosync has in force, and Links are this node's links as
	// they are this moment. Both return ErrDown where corosync does not run.
	Loaded(ctx context.Context) (uint64, error)
	Links(ctx context.Context) ([]ha.LinkState, error)
	// Missed is the longest time for which corosync was not given the processor, as far as it has noted.
	Missed(ctx context.Context) (time.Duration, error)
}

// Files are a cluster's files on one host; nil where absent.
type Files struct {
	Conf      []byte `json:"conf,omitempty"`    // corosync.conf
	Authkey   []byte `json:"authkey,omitempty"` // mode 0400
	Autostart bool   `json:"autostart"`         // corosync and pacemaker start when the host boots
}

// Cluster is the part of a Driver that concerns the cluster as a whole. Its methods return ErrDown where this node is not part
// of a running one.
type Cluster interface {
	// CIB returns the whole CIB.
	CIB(ctx context.Context) ([]byte, error)
	// Patch turns the CIB before, as CIB returned it, into after. It is one atomic step, and ErrMoved where it is not before any
	// longer. After's version must be stamped.
	Patch(ctx context.Context, before, after []byte) error
	// State observes the cluster.
	State(ctx context.Context) (ha.State, error)
	// Idle says whether nothing is going on and nothing is about to: the controller is idle and the scheduler has no action left.
	Idle(ctx context.Context) (bool, error)
	// Foresee returns a CIB and its resources as they would be after the scheduler had brought that CIB to rest.
	Foresee(ctx context.Context, cib []byte) ([]byte, []ha.ResourceState, error)
	// Schedule asks the scheduler about any CIB, without anything happening. It works on a copy; a CIB that the installed
	// Pacemaker cannot read is a Failed fault.
	Schedule(ctx context.Context, cib []byte, o pacemaker.Look) (pacemaker.Decision, error)
	// Times are how long operations took that were seen to end.
	Times() *pacemaker.Times
	// Inputs are what the scheduler was given on this node and has stored, newest first; Input reads one.
	Inputs(ctx context.Context) ([]pacemaker.Input, error)
	Input(ctx context.Context, name string) ([]byte, error)
	// Cleanup forgets failures, of all resources or nodes where these are empty, and has the states probed again.
	Cleanup(ctx context.Context, resource, node string) error
	// Refresh forgets everything that is known of a resource, of all resources or nodes where these are empty, and has it probed again.
	Refresh(ctx context.Context, resource, node string) error
	// Fence fences node and returns when that has succeeded or failed.
	Fence(ctx context.Context, node, action string) error
	// Plugs asks a fence agent, with these parameters, which machines its device knows; nil where it does not say.
	Plugs(ctx context.Context, agent string, parameters map[string]string) []string
	// ForgetNode removes what the daemons remember of a node that is in no file any longer.
	ForgetNode(ctx context.Context, node string) error
	// Agents lists the resource and fence agents of this host as class:provider:type.
	Agents(ctx context.Context) ([]string, error)
	// Metadata describes an agent; fault.NotFound where there is none.
	Metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error)
	// Options describes the cluster's properties, in Pacemaker's own words.
	Options(ctx context.Context, language string) ([]ha.AgentParameter, error)
	// Watch calls changed, one call at a time, whenever something may have changed, until ctx ends. It calls it at once, and
	// at least every Confirm even if nothing did.
	Watch(ctx context.Context, changed func(Trigger)) error
}

// Trigger says what may have changed.
type Trigger struct {
	Config bool // the configuration, too
	// Same says that nothing has changed since the last call: what was observed then is still so.
	Same bool
}
