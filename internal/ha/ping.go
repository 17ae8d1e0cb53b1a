package ha

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
)

// Ping is what nodes measure in order to know whether they see their clients, and what is kept away from those that do not.
type Ping struct {
	Addresses []string `json:"addresses" doc:"What every node pings: 1 to 8 addresses outside of the cluster, for example the gateway of the clients' network."`
	Protect   []string `json:"protect,omitempty" doc:"IDs of resources and groups that run only where enough addresses answer."`
	Threshold int      `json:"threshold,omitempty" minimum:"1" maximum:"8" doc:"How many addresses must answer; 1 where it is not given."`
	Interval  string   `json:"interval,omitempty" doc:"How often is pinged; 2s where it is not given."`
}

// The names of what a Ping makes.
const (
	PingID        = "ping"         // the primitive
	PingCloneID   = "connectivity" // the clone around it
	PingAttribute = "pingd"        // the node attribute: how many addresses answer
	maxPingTo     = 8              // by Pacemaker's agent each takes up to two seconds of the monitor's twenty
	// pingDampen is how long an answer waits for those of other nodes. It bridges what an event does to several at once, a switch that goes
	// for example; nothing bridges the monitors' interval, and all of it is outage where this node alone has lost its clients.
	pingDampen = "200ms"
	// PingAgent is Hawser's own resource agent for it.
	PingAgent = "ocf:hawser:ping"
	// StockPingAgent is Pacemaker's, which clusters have that are older than Hawser's, and may go on with.
	StockPingAgent = "ocf:pacemaker:ping"
)

// PingRuleID is the ID of the rule that keeps a resource where its clients are seen.
func PingRuleID(resource string) string { return resource + "-sees-clients" }

// Pings says whether an agent counts addresses that answer.
func Pings(agent string) bool { return agent == PingAgent || agent == StockPingAgent }

// Clone is the resource that measures on every node, by one of the two agents. Each address that answers counts one.
func (p Ping) Clone(agent string) Resource {
	interval := p.Interval
	if interval == "" {
		interval = "2s"
	}
	parameters := map[string]string{"host_list": strings.Join(p.Addresses, " "), "name": PingAttribute, "multiplier": "1", "dampen": pingDampen, "timeout": "1"}
	if agent == StockPingAgent {
		// The second try follows at once: a second between them, which is ping's own, would be outage as well, and an answer that is a second old
		// would be noted after a carrier is lost.
		parameters["attempts"], parameters["options"] = "2", "-i 0.2"
	}
	return Resource{
		ID: PingCloneID, Kind: Clone,
		Members: []Resource{{
			ID: PingID, Kind: Primitive, Agent: agent, Parameters: parameters,
			Operations: []Operation{{Name: "monitor", Interval: interval, Timeout: "20s"}, {Name: "start", Interval: "0s", Timeout: "20s"}, {Name: "stop", Interval: "0s", Timeout: "20s"}},
		}},
	}
}

// Rule keeps a resource away from nodes that see too few addresses. A node that has not measured yet counts as one: a service
// that starts before the first answer would have to move at once.
func (p Ping) Rule(resource string) Constraint {
	return Constraint{
		ID: PingRuleID(resource), Kind: Location, Resource: resource,
		Rule: &Rule{Score: "-INFINITY", Bool: "or", Expressions: []Expression{
			{Attribute: PingAttribute, Operation: "lt", Value: strconv.Itoa(max(1, p.Threshold)), Type: "integer"},
			{Attribute: PingAttribute, Operation: "not_defined"},
		}},
	}
}

// ValidatePing checks a Ping by itself and against the addresses of the cluster's own nodes: a node always reaches itself.
func ValidatePing(p Ping, setup Setup) error {
	var f fault.Fields
	switch {
	case len(p.Addresses) == 0:
		f.Add("addresses", "field.required", "missing")
	case len(p.Addresses) > maxPingTo:
		f.Add("addresses", "ping.too_many", "at most 8 addresses", "max", strconv.Itoa(maxPingTo))
	}
	seen := map[netip.Addr]bool{}
	for i, text := range p.Addresses {
		at := "addresses[" + strconv.Itoa(i) + "]"
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			f.Add(at, "address.invalid", "not an IP address", "address", text)
			continue
		}
		a = a.Unmap()
		if a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() {
			f.Add(at, "address.unusable", "an address that no other node can reach", "address", text)
		}
		if seen[a] {
			f.Add(at, "ping.twice", "given twice", "address", text)
		}
		seen[a] = true
		for _, n := range setup.Nodes {
			for _, own := range n.Addresses {
				if b, err := netip.ParseAddr(own); err == nil && b.Unmap() == a {
					f.Add(at, "ping.own_address", "an address of node "+n.Name, "address", text, "node", n.Name)
				}
			}
		}
	}
	if p.Threshold < 0 || p.Threshold > len(p.Addresses) && len(p.Addresses) > 0 {
		f.Add("threshold", "field.range", "out of range", "min", "1", "max", strconv.Itoa(len(p.Addresses)))
	}
	if p.Interval != "" {
		if d, ok := ParseTime(p.Interval); !ok || d < time.Second {
			f.Add("interval", "duration.invalid", "not a time", "value", p.Interval)
		}
	}
	return f.Err()
}
