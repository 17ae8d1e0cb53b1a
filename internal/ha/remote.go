package ha

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	"hawser/internal/fault"
)

// The kinds of nodes. Only members run corosync and have votes. Source: Pacemaker Remote 2.1, "Scaling a Pacemaker Cluster".
const (
	MemberNode = "member"
	RemoteNode = "remote" // runs pacemaker_remote alone; a resource that has the node's name connects to it
	GuestNode  = "guest"  // the same inside of what a resource runs, for example a virtual machine
	PingNode   = "ping"   // of Pacemaker 1.0
)

// RemoteAgent is the agent of the resource that connects to a remote node. It is part of Pacemaker.
const RemoteAgent = "ocf:pacemaker:remote"

// RemotePort is where pacemaker_remote listens (TCP), unless it is told otherwise. Source: pacemaker-remoted(8).
const RemotePort = 3121

// IsMember says whether a node runs corosync and votes. Whoever tells nothing of the kind means one that does.
func (n NodeState) IsMember() bool { return n.Kind == "" || n.Kind == MemberNode }

// IsMember says whether a configured node is one that runs corosync.
func (n NodeConfig) IsMember() bool { return n.Kind == "" || n.Kind == MemberNode }

// NewRemote is what is asked for with a remote node beside its name.
type NewRemote struct {
	Address string `json:"address,omitempty" doc:"Where the members reach it: an address of the host. Absent: one in a network that all members are in."`
	Port    int    `json:"port,omitempty" doc:"TCP port of pacemaker_remote; 3121 where it is not given."`
}

// ValidateRemote checks a remote node before any host is asked. The address may be left to Hawser.
func ValidateRemote(name string, r NewRemote) error {
	var f fault.Fields
	checkRemoteName(&f, "node.name", name)
	if r.Address != "" {
		checkReachable(&f, "remote.address", r.Address)
	}
	if r.Port != 0 {
		checkPort(&f, "remote.port", strconv.Itoa(r.Port))
	}
	return f.Err()
}

// checkRemoteName: a remote node has the name of the resource that connects to it, so it must be fit for both.
func checkRemoteName(f *fault.Fields, path, name string) {
	before := len(*f)
	checkNodeName(f, path, name)
	if len(*f) == before && !xmlID.MatchString(name) {
		f.Add(path, "remote.name_invalid", "must begin with a letter: it is a resource's ID as well", "name", name)
	}
}

// Resource is the resource that makes a host a remote node.
func (r NewRemote) Resource(name string) Resource {
	res := Resource{
		ID: name, Kind: Primitive, Agent: RemoteAgent, Parameters: map[string]string{"server": r.Address, "reconnect_interval": "60s"},
		Operations: []Operation{
			{Name: "start", Interval: "0s", Timeout: "60s"},
			{Name: "stop", Interval: "0s", Timeout: "60s"},
			{Name: "monitor", Interval: "60s", Timeout: "30s"},
		},
	}
	if r.Port != 0 && r.Port != RemotePort {
		res.Parameters["port"] = strconv.Itoa(r.Port)
	}
	return res
}

// RemoteConfig is a node without corosync, as the resources make it.
type RemoteConfig struct {
	Name       string
	Kind       string // RemoteNode or GuestNode
	Connection string // the resource by which the cluster reaches it
}

// Remotes are the remote and guest nodes that resources make, in the resources' order.
func Remotes(list []Resource) []RemoteConfig {
	var out []RemoteConfig
	for _, r := range list {
		switch guest := r.Meta["remote-node"]; {
		case r.Kind != Primitive:
		case guest != "":
			out = append(out, RemoteConfig{Name: guest, Kind: GuestNode, Connection: r.ID})
		case r.Agent == RemoteAgent:
			out = append(out, RemoteConfig{Name: r.ID, Kind: RemoteNode, Connection: r.ID})
		}
		out = append(out, Remotes(r.Members)...)
	}
	return out
}

// FindRemote returns the remote or guest node of that name.
func FindRemote(list []Resource, name string) (RemoteConfig, bool) {
	for _, r := range Remotes(list) {
		if r.Name == name {
			return r, true
		}
	}
	return RemoteConfig{}, false
}

// onMembersOnly says whether one of the resources can run on members alone: what connects to a remote node, or carries a guest.
func onMembersOnly(list []Resource, ids []string) bool {
	return slices.ContainsFunc(Remotes(list), func(r RemoteConfig) bool { return slices.Contains(ids, r.Connection) })
}

// hostName is a name that a resolver may know.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$`)

// checkServer takes an address, or a name that the members' resolvers know.
func checkServer(f *fault.Fields, path, text string) {
	if _, err := netip.ParseAddr(text); err != nil && !hostName.MatchString(text) {
		f.Add(path, "remote.server_invalid", "neither an address nor a host's name", "address", text)
	}
}

// checkGuest checks the meta attributes that make a guest node of what a resource runs.
func checkGuest(f *fault.Fields, at string, r Resource) {
	name, is := r.Meta["remote-node"]
	if is {
		checkRemoteName(f, at+"meta.remote-node", name)
		switch {
		case r.Kind != Primitive:
			f.Add(at+"meta.remote-node", "guest.primitive_only", "only a primitive carries a guest node", "id", r.ID)
		case name == r.ID:
			f.Add(at+"meta.remote-node", "guest.own_name", "a guest node needs another name than its resource", "name", name)
		case r.Agent == RemoteAgent || IsFenceDevice(r.Agent):
			f.Add(at+"meta.remote-node", "guest.agent_unfit", "what this agent runs is no machine", "id", r.ID, "agent", r.Agent)
		}
	}
	if text, has := r.Meta["remote-addr"]; has {
		checkServer(f, at+"meta.remote-addr", text)
	}
	if text, has := r.Meta["remote-port"]; has && !required(f, at+"meta.remote-port", text) {
		checkPort(f, at+"meta.remote-port", text)
	}
	if text, has := r.Meta["remote-connect-timeout"]; has && !required(f, at+"meta.remote-connect-timeout", text) {
		checkDuration(f, at+"meta.remote-connect-timeout", text)
	}
}

// checkConnection checks what a remote node is reached by.
func checkConnection(f *fault.Fields, at string, r Resource) {
	if text, has := r.Parameters["server"]; has {
		checkServer(f, at+"parameters.server", text)
	}
	checkPort(f, at+"parameters.port", r.Parameters["port"])
	checkDuration(f, at+"parameters.reconnect_interval", r.Parameters["reconnect_interval"])
}

// RemoteHost is a host as one that is, or may become, a remote node.
type RemoteHost struct {
	Installed bool `json:"installed"`
	Running   bool `json:"running"`
	Enabled   bool `json:"enabled"` // it starts at boot
	Port      int  `json:"port"`    // where it listens, or would
}

// NodeNames are the names of all nodes: those with an entry, and those that resources make.
func (c Config) NodeNames() []string {
	var names []string
	for _, n := range c.Nodes {
		names = append(names, n.Name)
	}
	for _, n := range Remotes(c.Resources) {
		names = append(names, n.Name)
	}
	return names
}
