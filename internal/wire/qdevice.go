package wire

import "hawser/internal/ha"

// The commands of the quorum device. A node's private key never leaves the node: it makes a request, the arbiter signs it.
const (
	// Of the arbiter.
	InspectArbiter CommandName = "arbiter.inspect" // NoArgs → ha.Arbiter: nothing changes
	PrepareArbiter CommandName = "arbiter.prepare" // ArbiterArgs → ArbiterOutput: certificate authority, daemon
	SignDevices    CommandName = "arbiter.sign"    // SignArgs → SignOutput
	LeaveArbiter   CommandName = "arbiter.leave"   // LeaveArbiterArgs: what it keeps of a cluster goes
	// Of a node.
	InspectDevice CommandName = "qdevice.inspect" // InspectDeviceArgs → ha.DeviceHost: nothing changes
	RequestDevice CommandName = "qdevice.request" // RequestDeviceArgs → RequestDeviceOutput: a new key, beside the one in use
	InstallDevice CommandName = "qdevice.install" // InstallDeviceArgs: the new key and certificate take the place of the old
	SettleDevice  CommandName = "qdevice.settle"  // SettleDeviceArgs: the old ones go, or come back
	StartDevice   CommandName = "qdevice.start"   // StartDeviceArgs: anew where it runs; returns when it has the arbiter's vote
	StopDevice    CommandName = "qdevice.stop"    // StopDeviceArgs
)

// ArbiterArgs names the cluster that an arbiter is to serve.
type ArbiterArgs struct {
	Cluster string `json:"cluster"`
}

// ArbiterOutput is what nodes must know of an arbiter, and what it was before.
type ArbiterOutput struct {
	CA     []byte     `json:"ca"` // DER
	Before ha.Arbiter `json:"before"`
}

// SignArgs are requests by node. The agent signs only what asks for the name of this cluster.
type SignArgs struct {
	Cluster  string            `json:"cluster"`
	Requests map[string][]byte `json:"requests"` // DER
}

// SignOutput are certificates by node.
type SignOutput struct {
	Certificates map[string][]byte `json:"certificates"` // DER
}

// LeaveArbiterArgs end what an arbiter has of a cluster.
type LeaveArbiterArgs struct {
	Cluster string `json:"cluster"`
	// Before, where set, is what the arbiter was before this operation: it becomes that again.
	Before *ha.Arbiter `json:"before,omitempty"`
}

// InspectDeviceArgs names the node's cluster.
type InspectDeviceArgs struct {
	Cluster string `json:"cluster"`
}

// RequestDeviceArgs ask for a request to an arbiter. It is tried whether the arbiter is reached.
type RequestDeviceArgs struct {
	Cluster string `json:"cluster"`
	Address string `json:"address"`
	CA      []byte `json:"ca"` // DER
}

// RequestDeviceOutput is the request; empty where the node has a certificate of this authority for its cluster already.
type RequestDeviceOutput struct {
	Request []byte `json:"request,omitempty"` // DER
}

// InstallDeviceArgs is the certificate that was asked for.
type InstallDeviceArgs struct {
	Cluster     string `json:"cluster"`
	Certificate []byte `json:"certificate"` // DER
}

// SettleDeviceArgs say which key and certificate hold.
type SettleDeviceArgs struct {
	Restore bool `json:"restore"` // those from before
}

// StartDeviceArgs name the node's cluster.
type StartDeviceArgs struct {
	Cluster string `json:"cluster"`
}

// StopDeviceArgs say what goes with the daemon.
type StopDeviceArgs struct {
	Forget bool `json:"forget,omitempty"` // key and certificate, too
}
