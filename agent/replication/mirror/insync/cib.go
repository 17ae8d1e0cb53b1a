package insync

import (
	"fmt"
	"strconv"
	"strings"

	"hawser/agent/replication/mirror/core"
)

// cib is what is read of the CIB.
type cib struct {
	HaveQuorum string        `xml:"have-quorum,attr"`
	Sets       []propertySet `xml:"configuration>crm_config>cluster_property_set"`
	Nodes      []nodeState   `xml:"status>node_state"`
}

type propertySet struct {
	ID    string   `xml:"id,attr"`
	Pairs []nvpair `xml:"nvpair"`
}

type nvpair struct {
	ID    string `xml:"id,attr"`
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type nodeState struct {
	Name       string `xml:"uname,attr"`
	Member     string `xml:"in_ccm,attr"`
	Controller string `xml:"crmd,attr"`
	Expected   string `xml:"expected,attr"`
}

func (c cib) quorate() bool { return c.HaveQuorum == "1" || c.HaveQuorum == "true" }

// set is the in-sync set of a volume.
func (c cib) set(volume string) (core.InSync, error) {
	for _, s := range c.Sets {
		if s.ID != SetID {
			continue
		}
		for _, p := range s.Pairs {
			if p.ID == pairID(volume) {
				return parse(p.Value)
			}
		}
	}
	return core.InSync{}, fmt.Errorf("%w: %s", ErrNoSet, volume)
}

// property is a property of the cluster; the set that Pacemaker's tools write to has precedence, then the earlier one.
func (c cib) property(name string) string {
	value, found := "", false
	for _, s := range c.Sets {
		for _, p := range s.Pairs {
			if p.Name == name && (!found || s.ID == "cib-bootstrap-options") {
				value, found = p.Value, true
			}
		}
	}
	return value
}

// fences says whether the cluster turns lost nodes off; it does unless it is told not to.
func (c cib) fences() bool {
	switch strings.ToLower(c.property("stonith-enabled")) {
	case "false", "off", "no", "n", "0":
		return false
	}
	return true
}

// standing is how this part of the cluster sees a node.
type standing uint8

const (
	lost   standing = iota // not here, and nobody knows what it does
	member                 // of this part: it has the same CIB
	gone                   // it has left in good order, or is fenced
)

// standing is judged as Pacemaker's scheduler does: a node that is away and was expected to be may do anything. One that has left is
// expected to be down, and so is one whose fencing is confirmed.
func (c cib) standing(node string) standing {
	for _, n := range c.Nodes {
		if !strings.EqualFold(n.Name, node) {
			continue
		}
		switch in, runs := since(n.Member), since(n.Controller); {
		case in && runs:
			return member
		case !runs && n.Expected == "down":
			return gone
		}
	}
	return lost
}

// since says whether something is so: up to Pacemaker 2.1.6 true or online, then the second since when, and 0 where it is not.
func since(value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	return value == "true" || value == "online" || err == nil && n > 0
}
