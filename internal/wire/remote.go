package wire

// The commands of Pacemaker Remote. The key by which members and remote nodes know each other is one for the whole cluster.
const (
	// Of the host that becomes, or is, a remote node.
	CheckRemote CommandName = "remote.preflight" // CheckRemoteArgs → PreflightOutput: nothing changes
	JoinRemote  CommandName = "remote.join"      // JoinRemoteArgs: key, pacemaker_remote now and at each boot; returns when it listens
	LeaveRemote CommandName = "remote.leave"     // NoArgs: the daemon ends, the key goes
	// Of a member.
	ReadRemoteKey CommandName = "remote.key.read" // NoArgs → RemoteKeyOutput: nothing changes
	PutRemoteKey  CommandName = "remote.key.put"  // RemoteKeyArgs
)

// CheckRemoteArgs say where the members would reach the host.
type CheckRemoteArgs struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
}

// JoinRemoteArgs is what a host needs in order to be a remote node. The agent refuses it where the host is one of another cluster.
type JoinRemoteArgs struct {
	Cluster string `json:"cluster"`
	Key     []byte `json:"key"` // secret
	Port    int    `json:"port"`
}

// RemoteKeyArgs is the cluster's key; none takes it away.
type RemoteKeyArgs struct {
	Key []byte `json:"key,omitempty"` // secret
}

// RemoteKeyOutput is the key that a member has; none where it has none.
type RemoteKeyOutput struct {
	Key []byte `json:"key,omitempty"` // secret
}
