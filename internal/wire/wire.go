// Package wire is the language between server and agent: JSON messages over a WebSocket that the agent opens with mutual TLS.
//
// An agent says Hello, the server answers Welcome. Then commands flow down, each with an ID under which the agent carries it out
// at most once, even across its own restart; progress, results, reports and events flow up. Events have a sequence number
// per agent, are spooled on the agent's disk, and are repeated until the server has acknowledged them.
package wire

import (
	"encoding/json"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Version is the protocol's version. A side talks to versions from Oldest to its own.
const (
	Version = 1
	Oldest  = 1
)

// MaxMessage bounds a message in bytes: the state and configuration of a cluster of 32 nodes and 500 resources is below 4 MiB.
const MaxMessage = 16 << 20

// Message is the envelope. Exactly the field that Kind names is set.
type Message struct {
	Kind     Kind      `json:"kind"`
	Hello    *Hello    `json:"hello,omitempty"`
	Welcome  *Welcome  `json:"welcome,omitempty"`
	Command  *Command  `json:"command,omitempty"`
	Cancel   *Cancel   `json:"cancel,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
	Result   *Result   `json:"result,omitempty"`
	Report   *Report   `json:"report,omitempty"`
	Config   *Config   `json:"config,omitempty"`
	Event    *Event    `json:"event,omitempty"`
	Ack      *Ack      `json:"ack,omitempty"`
	Facts    *ha.Facts `json:"facts,omitempty"`
}

// Kind names a message.
type Kind string

// The kinds of messages; the comment says who sends them.
const (
	KindHello    Kind = "hello"    // agent, first
	KindWelcome  Kind = "welcome"  // server, in answer
	KindCommand  Kind = "command"  // server
	KindCancel   Kind = "cancel"   // server: nobody waits for the result any longer
	KindProgress Kind = "progress" // agent
	KindResult   Kind = "result"   // agent; repeated after a reconnect until acknowledged
	KindReport   Kind = "report"   // agent: the observed state, differences only
	KindConfig   Kind = "config"   // agent: the configuration, whenever it changed
	KindEvent    Kind = "event"    // agent; repeated until acknowledged
	KindAck      Kind = "ack"      // server: events and results that are safely stored
	KindFacts    Kind = "facts"    // agent: what the host says of itself, when it changed
)

// Hello opens a session.
type Hello struct {
	Version int       `json:"version"`
	Agent   string    `json:"agent"`   // version of the agent
	Host    string    `json:"host"`    // ID from enrolment; must match the certificate
	Boot    string    `json:"boot"`    // boot ID of the machine
	Started time.Time `json:"started"` // start of this agent
	Facts   ha.Facts  `json:"facts"`
	LastSeq uint64    `json:"lastSeq"`           // newest event in the spool
	Running []string  `json:"running,omitempty"` // IDs of commands still being carried out
}

// Welcome accepts a session.
type Welcome struct {
	Version int       `json:"version"`
	AckSeq  uint64    `json:"ackSeq"`  // newest event that the server has
	RenewBy time.Time `json:"renewBy"` // when the agent should ask for a new certificate
	Time    time.Time `json:"time"`    // the server's clock: deadlines of commands are told by it, whatever the host's clock says
}

// Command asks an agent to do something. Args are the type that the comment at the command's name gives.
type Command struct {
	ID       string          `json:"id"`
	Name     CommandName     `json:"name"`
	Args     json.RawMessage `json:"args,omitempty"`
	Deadline time.Time       `json:"deadline"` // after it the agent gives up and rolls back
	Actor    string          `json:"actor"`    // who asked, for the node's own log
}

// CommandName names what an agent can do.
type CommandName string

// The commands. Every one may be sent again with the same ID and is then carried out once.
const (
	// Of one host.
	Preflight   CommandName = "host.preflight"   // PreflightArgs → PreflightOutput: nothing changes
	Configure   CommandName = "host.configure"   // ConfigureArgs: corosync.conf and authkey; no daemon is started
	Deconfigure CommandName = "host.deconfigure" // NoArgs: stops the cluster's daemons, removes its files and CIB from this host
	StartHost   CommandName = "host.start"       // StartArgs: corosync and pacemaker; returns when Pacemaker answers
	StopHost    CommandName = "host.stop"        // StopArgs: pacemaker (which stops or moves its resources) and corosync
	Reload      CommandName = "host.reload"      // NoArgs: corosync-cfgtool -R on this host
	// Of one host: the disk heartbeat.
	DiskInspect CommandName = "diskhb.inspect" // DiskInspectArgs → ha.DiskInspection: nothing changes
	DiskPrepare CommandName = "diskhb.prepare" // DiskPrepareArgs: lays the device out, unless it carries what is not named
	DiskProbe   CommandName = "diskhb.probe"   // DiskProbeArgs: writes this node's nonce, or reads the others'
	DiskEnable  CommandName = "diskhb.enable"  // DiskEnableArgs: files, network device, daemon
	DiskDisable CommandName = "diskhb.disable" // DiskDisableArgs: takes them away
	DiskStatus  CommandName = "diskhb.status"  // NoArgs → ha.DiskHeartbeat
	// Of one host: replicated volumes.
	VolumeInspect   CommandName = "volume.inspect"   // VolumeInspectArgs → ha.VolumeInspection: nothing changes
	VolumeList      CommandName = "volume.list"      // NoArgs → VolumeListOutput: nothing changes
	VolumeConfigure CommandName = "volume.configure" // VolumeConfigureArgs: the driver's configuration
	VolumePrepare   CommandName = "volume.prepare"   // VolumePrepareArgs: metadata on the disk, unless it carries what is not named; up
	VolumeSync      CommandName = "volume.sync"      // VolumeSyncArgs: the first sync, from this host
	VolumeFormat    CommandName = "volume.format"    // VolumeFormatArgs: makes a file system on the volume, where this host is Primary
	VolumeAct       CommandName = "volume.act"       // VolumeActArgs
	VolumeRemove    CommandName = "volume.remove"    // VolumeRemoveArgs: down, configuration away
	VolumeSplit     CommandName = "volume.split"     // VolumeNameArgs → ha.SplitSide: nothing changes
	// Of the cluster, sent to one of its nodes.
	EditConfig CommandName = "config.edit"      // EditArgs → EditOutput
	Revert     CommandName = "config.revert"    // RevertArgs → EditOutput
	Cleanup    CommandName = "resource.cleanup" // CleanupArgs
	Move       CommandName = "resource.move"    // MoveArgs → EditOutput
	Restart    CommandName = "resource.restart" // RestartArgs → EditOutput, of which only Made is set
	Settle     CommandName = "cluster.settle"   // SettleArgs: returns when the cluster is idle and the condition holds
	Fence      CommandName = "node.fence"       // FenceArgs
	Agents     CommandName = "agents.list"      // NoArgs → AgentsOutput
	Metadata   CommandName = "agents.metadata"  // MetadataArgs → ha.AgentMetadata
	Observe    CommandName = "cluster.observe"  // NoArgs → ObserveOutput: read afresh
	WhatIf     CommandName = "cluster.whatif"   // ha.Scenario → WhatIfOutput: nothing changes
	Why        CommandName = "resource.why"     // WhyArgs → ha.Explanation: nothing changes
)

// Reads says whether a command changes nothing. Such a command is not written down: where its result was lost it is done again.
func (n CommandName) Reads() bool {
	switch n {
	case AlarmSettings, WhatIf, Why, DiskInspect, DiskProbe, DiskStatus, VolumeInspect, VolumeList, VolumeSplit, Preflight, Agents, Metadata, Observe, Settle, ReadConf, AwaitLinks, InspectSBD, ReadFiles, StandIn, Compare, Options, InspectArbiter, InspectDevice, CheckRemote, ReadRemoteKey, HealthHistory, CollectLogs, Decisions, OperationTimes, InspectService, MakeCertificates:
		return true
	}
	return false
}

// NoArgs is for commands that need none.
type NoArgs struct{}

// PreflightArgs names the cluster that the host is to join; nil Setup checks the host alone.
type PreflightArgs struct {
	Setup *ha.Setup `json:"setup,omitempty"`
}

// PreflightOutput is what the checks found.
type PreflightOutput struct {
	Checks []ha.Check `json:"checks"`
}

// ConfigureArgs is what a node needs in order to belong to a cluster. The agent refuses it where another cluster is configured.
type ConfigureArgs struct {
	Setup   ha.Setup `json:"setup"` // node IDs and timing all filled in
	Authkey []byte   `json:"authkey"`
	// Update allows the files of the same cluster to be changed (a node added or removed); without it they must be absent.
	Update bool `json:"update"`
	// KeepDevice leaves corosync-qdevice running where the new files have no quorum device: its vote is needed until the reload.
	KeepDevice bool `json:"keepDevice,omitempty"`
}

// DiskInspectArgs names a block device.
type DiskInspectArgs struct {
	Device string `json:"device"`
}

// DiskPrepareArgs formats a device for a cluster. What is on it is destroyed only where Destroy names all of it, and nothing else.
type DiskPrepareArgs struct {
	Device  string   `json:"device"`
	Cluster string   `json:"cluster"`
	UUID    string   `json:"uuid"` // of this formatting: a device that has it already is left as it is
	Destroy []string `json:"destroy,omitempty"`
}

// DiskProbeArgs tries whether a device is the same on all nodes: each writes its nonce, then each reads all others'. It is written
// to the probe blocks of a device with this UUID only, so that doing it again does no harm.
type DiskProbeArgs struct {
	Device string         `json:"device"`
	UUID   string         `json:"uuid"`
	Node   int            `json:"node"`             // ID of this node
	Write  []byte         `json:"write,omitempty"`  // this node's nonce
	Expect map[int][]byte `json:"expect,omitempty"` // the others'
}

// DiskEnableArgs makes this host take part.
type DiskEnableArgs struct {
	Cluster string `json:"cluster"`
	Device  string `json:"device"`
	UUID    string `json:"uuid"`
	Node    int    `json:"node"`  // ID of this node
	Nodes   []int  `json:"nodes"` // IDs of all
	Prefix  string `json:"prefix"`
	Key     []byte `json:"key"` // the link's own, not Corosync's
}

// DiskDisableArgs ends it on this host.
type DiskDisableArgs struct {
	// Wipe takes the superblocks of this UUID off the device as well: for the last node.
	Wipe   bool   `json:"wipe,omitempty"`
	Device string `json:"device,omitempty"`
	UUID   string `json:"uuid,omitempty"`
}

// StartArgs says how long to wait for what.
type StartArgs struct {
	Cluster string `json:"cluster"`
}

// StopArgs stops a node.
type StopArgs struct {
	Cluster string `json:"cluster"`
	Force   bool   `json:"force"` // although quorum is lost by it
}

// EditArgs is a list of edits that are made in one patch or not at all.
type EditArgs struct {
	Edits []ha.Edit `json:"edits"`
	// Expect, where set, is the configuration that the author has seen; if it has moved on, the answer is a conflict.
	Expect *ha.Version `json:"expect,omitempty"`
	DryRun bool        `json:"dryRun,omitempty"`
	// KeepRunning is a primitive that must not be stopped by the edits; where that cannot be, nothing is changed.
	KeepRunning string `json:"keepRunning,omitempty"`
	// Wait asks that the cluster be idle again before the result is sent.
	Wait bool `json:"wait,omitempty"`
}

// EditOutput says what became of a configuration.
type EditOutput struct {
	Before      ha.Version      `json:"before"`
	After       ha.Version      `json:"after"`
	BeforeXML   string          `json:"beforeXml"` // the configuration section; holds secrets
	AfterXML    string          `json:"afterXml"`
	Differences []ha.Difference `json:"differences"` // secrets are ***
	Settled     bool            `json:"settled"`
	State       *ha.State       `json:"state,omitempty"`
	// Made are changes that the command has made beside that from Before to After, and most often taken back: a resource that is
	// stopped before it is deleted, the constraint that moves one.
	Made []Span `json:"made,omitempty"`
}

// Span is one change of a configuration: every version after the first, up to the second.
type Span struct {
	Before ha.Version `json:"before"`
	After  ha.Version `json:"after"`
}

// RevertArgs takes one revision back: elements that differ between Before and After become again what they were in Before,
// provided that they still are what they are in After; anything else is a conflict.
type RevertArgs struct {
	BeforeXML string `json:"beforeXml"`
	AfterXML  string `json:"afterXml"`
	DryRun    bool   `json:"dryRun,omitempty"`
}

// CleanupArgs names a resource and a node, either may be empty for all.
type CleanupArgs struct {
	Resource string `json:"resource,omitempty"`
	Node     string `json:"node,omitempty"`
	// Refresh forgets what did not fail, too: everything is probed anew.
	Refresh bool `json:"refresh,omitempty"`
}

// MoveArgs moves a resource. The constraint that does it is removed again when the resource has arrived, or the move has failed.
type MoveArgs struct {
	Resource string `json:"resource"`
	Node     string `json:"node,omitempty"` // empty: anywhere else
	// Promoted moves the promoted role of a promotable clone, which must have a Node to go to, and not its instances.
	Promoted bool `json:"promoted,omitempty"`
	// Ban drives it from Node instead, or from where it runs.
	Ban bool `json:"ban,omitempty"`
	// Keep leaves the constraint there when the resource has arrived, until Until, or for good where that is zero.
	Keep  bool      `json:"keep,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// RestartArgs restarts a resource where it runs.
type RestartArgs struct {
	Resource string `json:"resource"`
}

// SettleArgs says what must hold besides that the cluster is idle. Empty fields ask nothing.
type SettleArgs struct {
	Online  []string `json:"online,omitempty"` // nodes that must be online
	Quorate bool     `json:"quorate,omitempty"`
	Started []string `json:"started,omitempty"` // resources that must run
	Stopped []string `json:"stopped,omitempty"` // resources that must not run
	// Now judges the first idle cluster: a resource that is not as it must be by then is a fault that says why.
	Now bool `json:"now,omitempty"`
}

// FenceArgs fences a node for real.
type FenceArgs struct {
	Node   string `json:"node"`
	Action string `json:"action"` // reboot, off or on
	// Device, where set, is the one device that does it: the node's topology is that device alone while it lasts.
	Device string `json:"device,omitempty"`
}

// AgentsOutput lists the resource agents that a host has.
type AgentsOutput struct {
	Agents []string `json:"agents"` // class:provider:type
}

// MetadataArgs names an agent.
type MetadataArgs struct {
	Agent    string `json:"agent"`
	Language string `json:"language,omitempty"` // preferred language of the texts, for example zh-CN
}

// WhyArgs names a resource.
type WhyArgs struct {
	Resource string `json:"resource"`
}

// ObserveOutput is everything at once.
type ObserveOutput struct {
	State  ha.State `json:"state"`
	Config *Config  `json:"config,omitempty"`
}

// Cancel says that nobody waits for a command any longer; the agent stops it at its next safe point and rolls back.
type Cancel struct {
	ID string `json:"id"`
}

// Progress is one step of a command.
type Progress struct {
	Command string            `json:"command"`
	Step    string            `json:"step"` // step.<step> in internal/words is its sentence
	Phase   Phase             `json:"phase"`
	Args    map[string]string `json:"args,omitempty"`
	At      time.Time         `json:"at"`
}

// Phase is one of the four words with which every change is told, in progress, audit log and CLI.
type Phase string

// Phases of a change.
const (
	Plan     Phase = "plan"
	Commit   Phase = "commit"
	Verify   Phase = "verify"
	RollBack Phase = "roll_back"
)

// Result ends a command.
type Result struct {
	Command string          `json:"command"`
	Fault   *fault.Error    `json:"fault,omitempty"`
	Output  json.RawMessage `json:"output,omitempty"`
	At      time.Time       `json:"at"`
}

// Report brings the server's copy of the observed state up to date. After a reconnect the first one is full.
type Report struct {
	Cluster string   `json:"cluster"` // name in corosync.conf; empty where there is none
	Delta   ha.Delta `json:"delta"`
}

// Config is the configuration as the cluster has it.
type Config struct {
	Cluster string    `json:"cluster"`
	Config  ha.Config `json:"config"`
	XML     string    `json:"xml"` // the configuration section as it is; holds secrets, stored encrypted
	// Command is the ID of the command by which this agent made the change, empty where it came from outside.
	Command string `json:"command,omitempty"`
}

// Event is something that happened.
type Event struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Cluster string    `json:"cluster,omitempty"`
	Change  ha.Change `json:"change"`
	// Key tells repeated tellings of one thing (by several nodes, or again) from different things.
	Key string `json:"key"`
	// Inquorate says that the teller's part of the cluster had no quorum when it saw this: what it tells of others is hearsay
	// as long as nobody knows whether another part goes on.
	Inquorate bool `json:"inquorate,omitempty"`
	// Mailed says whom the node has told of it itself.
	Mailed []Mailed `json:"mailed,omitempty"`
}

// Ack says what the server has stored.
type Ack struct {
	Seq      uint64   `json:"seq,omitempty"`      // all events up to this one
	Commands []string `json:"commands,omitempty"` // results
}

// EnrolRequest is sent once, to POST /agent/v1/enroll, before the agent has a certificate.
type EnrolRequest struct {
	Token string   `json:"token"` // one-time
	CSR   string   `json:"csr"`   // PEM
	Facts ha.Facts `json:"facts"`
}

// EnrolAnswer makes the agent a member.
type EnrolAnswer struct {
	Host        string `json:"host"`        // ID of the host
	Certificate string `json:"certificate"` // PEM, for client authentication
	CA          string `json:"ca"`          // PEM
}

// RenewRequest is sent to POST /agent/v1/renew with the certificate that is about to expire.
type RenewRequest struct {
	CSR string `json:"csr"`
}

// RenewAnswer is the new certificate.
type RenewAnswer struct {
	Certificate string `json:"certificate"`
	CA          string `json:"ca"`
}
